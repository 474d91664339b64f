package awsapi

import (
	"context"
	"net/http"
	"reflect"
)

// Operation is an operation of the contract.
type Operation struct {
	Name   string
	Method string
	URI    string // with {labels}, and with its ?operation= where it has one
	Status int    // of success
	Errors []string
}

// Route is a line of the route table.
type Route struct {
	Operation string
	Pattern   string // method and URI in the contract's spelling
	Status    int    // of success
	invoke    invocation
}

// routes is the table of the operations that are served, in the contract's
// order. Any other one is unknown to this server.
func (a *api) routes() []Route {
	const ok, created, noContent = http.StatusOK, http.StatusCreated, http.StatusNoContent
	return []Route{
		{"AssociateSigninDelegateGroupsWithAccount", "POST /accounts/{accountId}?operation=associate-signin-delegate-groups", ok, op(a.associateSigninDelegateGroups)},
		{"BatchSuspendUser", "POST /accounts/{accountId}/users?operation=suspend", ok, op(a.batchSuspendUser)},
		{"BatchUnsuspendUser", "POST /accounts/{accountId}/users?operation=unsuspend", ok, op(a.batchUnsuspendUser)},
		{"BatchUpdateUser", "POST /accounts/{accountId}/users", ok, op(a.batchUpdateUser)},
		{"CreateAccount", "POST /accounts", created, op(a.createAccount)},
		{"CreateUser", "POST /accounts/{accountId}/users?operation=create", created, op(a.createUser)},
		{"DeleteAccount", "DELETE /accounts/{accountId}", noContent, op(a.deleteAccount)},
		{"DisassociateSigninDelegateGroupsFromAccount", "POST /accounts/{accountId}?operation=disassociate-signin-delegate-groups", ok, op(a.disassociateSigninDelegateGroups)},
		{"GetAccount", "GET /accounts/{accountId}", ok, op(a.getAccount)},
		{"GetAccountSettings", "GET /accounts/{accountId}/settings", ok, op(a.getAccountSettings)},
		{"GetUser", "GET /accounts/{accountId}/users/{userId}", ok, op(a.getUser)},
		{"GetUserSettings", "GET /accounts/{accountId}/users/{userId}/settings", ok, op(a.getUserSettings)},
		{"InviteUsers", "POST /accounts/{accountId}/users?operation=add", created, op(a.inviteUsers)},
		{"ListAccounts", "GET /accounts", ok, op(a.listAccounts)},
		{"ListUsers", "GET /accounts/{accountId}/users", ok, op(a.listUsers)},
		{"LogoutUser", "POST /accounts/{accountId}/users/{userId}?operation=logout", noContent, op(a.logoutUser)},
		{"ResetPersonalPIN", "POST /accounts/{accountId}/users/{userId}?operation=reset-personal-pin", ok, op(a.resetPersonalPIN)},
		{"UpdateAccount", "POST /accounts/{accountId}", ok, op(a.updateAccount)},
		{"UpdateAccountSettings", "PUT /accounts/{accountId}/settings", noContent, op(a.updateAccountSettings)},
		{"UpdateUser", "POST /accounts/{accountId}/users/{userId}", ok, op(a.updateUser)},
		{"UpdateUserSettings", "PUT /accounts/{accountId}/users/{userId}/settings", noContent, op(a.updateUserSettings)},
	}
}

// Routes returns the route table.
func Routes() []Route { return new(api).routes() }

// invocation is the method behind an operation.
type invocation struct {
	// run runs it on a request and returns its output.
	run func(context.Context, request) (any, error)
	// input sketches what it reads, and output is the type of what it returns.
	input  func() *sketch
	output reflect.Type
}

// input is a generated shape that reads itself out of a request.
type input[In any] interface {
	*In
	read(*reader)
}

// op makes an invocation of the method behind an operation: the input is bound
// here, once for all operations.
func op[In, Out any, P input[In]](f func(context.Context, *In) (*Out, error)) invocation {
	run := func(ctx context.Context, req request) (any, error) {
		in := new(In)
		r := reader{request: req}
		P(in).read(&r)
		if r.err != nil {
			return nil, r.err
		}
		return f(ctx, in)
	}
	shape := func() *sketch {
		r := reader{sketch: new(sketch)}
		P(new(In)).read(&r)
		return r.sketch
	}
	return invocation{run, shape, reflect.TypeFor[Out]()}
}
