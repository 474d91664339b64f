package awsapi

import (
	"context"
	"slices"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
)

// Action returns the IAM action of the route: "chime:" and the operation, unless
// the operation names another service itself, as "iam:ListUsers".
func (r Route) Action() string {
	if strings.Contains(r.Operation, ":") {
		return r.Operation
	}
	return "chime:" + r.Operation
}

// actions returns the actions of the routes that policies govern, each once. What
// belongs to "sts:" is everybody's.
func actions(routes []Route) []string {
	var all []string
	for _, r := range routes {
		if action := r.Action(); !strings.HasPrefix(action, "sts:") {
			all = append(all, action)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// GetCallerRequest is the input of GetCallerIdentity. With an account the actions
// are tried on it, without one on the resource "*".
type GetCallerRequest struct{ AccountID *string }

func (in *GetCallerRequest) read(r *reader) {
	in.AccountID = optional(r.parameter("AccountId", "account-id"), readNonEmptyString)
}

// CallerResponse is the output of GetCallerIdentity: who the caller is, and which
// of the server's actions they may do.
type CallerResponse struct {
	AccountID        *string    `json:"AccountId"` // of a person, who has short-lived credentials
	AllowedActions   []string   `json:"AllowedActions"`
	Arn              string     `json:"Arn"`
	DisplayName      *string    `json:"DisplayName"`
	ExpiresTimestamp *Timestamp `json:"ExpiresTimestamp"` // of short-lived credentials
	Principal        string     `json:"Principal"`
	Tenant           string     `json:"Tenant"`
	UserID           *string    `json:"UserId"`
}

// getCaller needs no policy, as AWS has it: whoever holds valid credentials may
// ask who they are.
func (a *api) getCaller(ctx context.Context, in *GetCallerRequest) (*CallerResponse, error) {
	caller, allowed := a.dir.Permissions(ctx, chime.AccountID(orZero(in.AccountID)), a.actions)
	out := &CallerResponse{AllowedActions: allowed, Arn: caller.ARN, Principal: caller.Name, Tenant: string(caller.Tenant)}
	if s := caller.Session; s != nil {
		out.AccountID, out.UserID, out.DisplayName = orNull(string(s.Account)), orNull(string(s.User)), orNull(s.DisplayName)
		out.ExpiresTimestamp = orNullTime(s.Expires)
	}
	return out, nil
}
