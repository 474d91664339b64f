package iam

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/reqctx"
)

// Observe is told of a call that changed nothing: one that was refused, with the
// error, or one that read, with nil.
type Observe func(ctx context.Context, operation string, readOnly bool, params map[string]any, err error)

// Access is Admin for the callers of the API: each call is of the tenant of the
// caller whom the context carries, and takes the iam action of its name, on the
// ARN of the user whom it is about, or on "*". Its operations are those of AWS's
// IAM API. Beyond policies, nobody grants what they do not hold, and nobody
// changes the root.
//
// Errors that the caller can set right are a *chime.Error: BadRequest, Forbidden,
// NotFound, Conflict or Unprocessable.
type Access struct {
	Admin   *Admin
	Observe Observe
}

// FactsOf returns what conditions of policies may ask of the request that the
// context carries, at the time.
func FactsOf(ctx context.Context, now time.Time) Conditions {
	request := reqctx.From(ctx)
	return Conditions{
		SourceIP:        request.ClientAddr,
		Time:            now,
		SecureTransport: request.TLS,
		UserAgent:       request.UserAgent,
	}
}

// operation is a call in progress.
type operation struct {
	name     string
	readOnly bool
	user     string // whom it is about; "" for nobody
	params   map[string]any
}

func on(name, user string) operation {
	return operation{name: name, user: user, params: map[string]any{"userName": user}}
}

func reading(name string) operation { return operation{name: name, readOnly: true} }

func (o operation) with(name string, value any) operation {
	o.params[name] = value
	return o
}

// do runs fn when the caller may, for the caller's tenant.
func (a *Access) do(ctx context.Context, o operation, fn func(Caller) error) error {
	known, _ := CallerFrom(ctx)
	resource := AnyResource
	if o.user != "" {
		if err := checkUser(o.user, nil); err != nil {
			return err
		}
		resource = PrincipalARN(known.Tenant, o.user)
	}
	caller, err := Authorize(ctx, iamPrefix+o.name, resource, FactsOf(ctx, a.Admin.Now()))
	if err == nil {
		err = fn(caller)
	}
	if refused := chime.CodeOf(err) == chime.Forbidden; refused || err == nil && o.readOnly {
		a.Observe(ctx, o.name, o.readOnly, o.params, err)
	}
	return err
}

// ListUsers returns the principals of the tenant, the root among them, by name.
func (a *Access) ListUsers(ctx context.Context) (users []chime.Principal, err error) {
	err = a.do(ctx, reading("ListUsers"), func(c Caller) error {
		users, err = a.Admin.ListPrincipals(ctx, c.Tenant)
		return err
	})
	return users, err
}

// CreateUser makes a principal that may do nothing yet. The error is Conflict when
// there is one of the name.
func (a *Access) CreateUser(ctx context.Context, name string) (user chime.Principal, err error) {
	err = a.do(ctx, on(opCreateUser, name), func(c Caller) error {
		user, err = a.Admin.createPrincipal(ctx, c.Tenant, name)
		return err
	})
	return user, err
}

// DeleteUser deletes a principal with its keys and policies for good.
func (a *Access) DeleteUser(ctx context.Context, name string) error {
	return a.do(ctx, on(opDeleteUser, name), func(c Caller) error {
		return a.Admin.DeletePrincipal(ctx, c.Tenant, name)
	})
}

// UpdateUser disables a principal with all its keys, or enables it again.
func (a *Access) UpdateUser(ctx context.Context, name string, disabled bool) (user chime.Principal, err error) {
	err = a.do(ctx, on(opUpdateUser, name).with("status", status(disabled)), func(c Caller) error {
		user, err = a.Admin.setPrincipalDisabled(ctx, c.Tenant, name, disabled)
		return err
	})
	return user, err
}

// ListAccessKeys returns the keys of a user, by id, without their secrets.
func (a *Access) ListAccessKeys(ctx context.Context, user string) (keys []chime.AccessKey, err error) {
	o := on("ListAccessKeys", user)
	o.readOnly = true
	err = a.do(ctx, o, func(c Caller) error {
		if _, err := a.Admin.principal(ctx, c.Tenant, user); err != nil {
			return err
		}
		all, err := a.Admin.ListKeys(ctx, c.Tenant)
		keys = slices.DeleteFunc(all, func(k chime.AccessKey) bool { return k.Principal != user })
		return err
	})
	return keys, err
}

// CreateAccessKey makes a key for a user that exists. The secret is never seen
// again.
func (a *Access) CreateAccessKey(ctx context.Context, user string) (key NewKey, err error) {
	err = a.do(ctx, on(opCreateAccessKey, user), func(c Caller) error {
		key, err = a.Admin.createKey(ctx, c.Tenant, user)
		return err
	})
	return key, err
}

// UpdateAccessKey disables a key of a user, or enables it again.
func (a *Access) UpdateAccessKey(ctx context.Context, user, keyID string, disabled bool) (key chime.AccessKey, err error) {
	o := on(opUpdateAccessKey, user).with("accessKeyId", keyID).with("status", status(disabled))
	err = a.do(ctx, o, func(c Caller) error {
		key, err = a.Admin.setKeyDisabled(ctx, keyRef{keyID, c.Tenant, user}, disabled)
		return err
	})
	return key, err
}

// DeleteAccessKey deletes a key of a user for good.
func (a *Access) DeleteAccessKey(ctx context.Context, user, keyID string) error {
	return a.do(ctx, on(opDeleteAccessKey, user).with("accessKeyId", keyID), func(c Caller) error {
		return a.Admin.deleteRef(ctx, keyRef{keyID, c.Tenant, user})
	})
}

// PolicyUse is a policy of the tenant, and who has it.
type PolicyUse struct {
	chime.PrincipalPolicy
	Users []string // by name
}

// ListPolicies returns the managed policies, and those of the tenant's users' own,
// both with their documents, by name. Two users' own policies of one name are one
// when they say the same.
func (a *Access) ListPolicies(ctx context.Context) (policies []PolicyUse, err error) {
	err = a.do(ctx, reading("ListPolicies"), func(c Caller) error {
		for _, m := range ManagedPolicies() {
			policies = append(policies, PolicyUse{PrincipalPolicy: chime.PrincipalPolicy{Name: m.Name}})
		}
		users, err := a.Admin.ListPrincipals(ctx, c.Tenant)
		for _, u := range users {
			for _, p := range u.Policies {
				i := slices.IndexFunc(policies, func(known PolicyUse) bool { return known.PrincipalPolicy == p })
				if i < 0 {
					i = len(policies)
					policies = append(policies, PolicyUse{PrincipalPolicy: p})
				}
				policies[i].Users = append(policies[i].Users, u.Name)
			}
		}
		return err
	})
	slices.SortStableFunc(policies, func(p, q PolicyUse) int { return strings.Compare(p.Name, q.Name) })
	return policies, err
}

// ListUserPolicies returns the policies of a user, in the order of their coming.
func (a *Access) ListUserPolicies(ctx context.Context, user string) (policies []chime.PrincipalPolicy, err error) {
	o := on("ListUserPolicies", user)
	o.readOnly = true
	err = a.do(ctx, o, func(c Caller) error {
		p, err := a.Admin.principal(ctx, c.Tenant, user)
		policies = p.Policies
		return err
	})
	return policies, err
}

// PutUserPolicy gives a user a policy of its own, in place of the one of the name.
func (a *Access) PutUserPolicy(ctx context.Context, user string, policy chime.PrincipalPolicy) (changed chime.Principal, err error) {
	o := on(opPutUserPolicy, user).with("policyName", policy.Name).with("policyDocument", policy.Document)
	err = a.do(ctx, o, func(c Caller) error {
		changed, err = a.Admin.putPolicy(ctx, c.Tenant, user, policy)
		return err
	})
	return changed, err
}

// AttachUserPolicy gives a user a managed policy.
func (a *Access) AttachUserPolicy(ctx context.Context, user, name string) (changed chime.Principal, err error) {
	err = a.do(ctx, on(opAttachUserPolicy, user).with("policyArn", Managed{Name: name}.ARN()), func(c Caller) error {
		if _, ok := ManagedPolicy(name); !ok {
			return chime.Errorf(chime.NotFound, "There is no managed policy %s", name)
		}
		changed, err = a.Admin.putPolicy(ctx, c.Tenant, user, chime.PrincipalPolicy{Name: name})
		return err
	})
	return changed, err
}

// DeleteUserPolicy deletes a policy of a user's own.
func (a *Access) DeleteUserPolicy(ctx context.Context, user, name string) (changed chime.Principal, err error) {
	err = a.do(ctx, on(opDeleteUserPolicy, user).with("policyName", name), func(c Caller) error {
		changed, err = a.Admin.removePolicy(ctx, c.Tenant, user, name, false)
		return err
	})
	return changed, err
}

// DetachUserPolicy takes a managed policy from a user.
func (a *Access) DetachUserPolicy(ctx context.Context, user, name string) (changed chime.Principal, err error) {
	err = a.do(ctx, on(opDetachUserPolicy, user).with("policyArn", Managed{Name: name}.ARN()), func(c Caller) error {
		changed, err = a.Admin.removePolicy(ctx, c.Tenant, user, name, true)
		return err
	})
	return changed, err
}
