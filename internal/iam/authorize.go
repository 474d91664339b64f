package iam

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
)

// Decision is what came of asking whether a caller may do something.
type Decision int

// The decisions. The zero Decision denies.
const (
	// ImplicitDeny: no policy allows it, or it is not the caller's tenant.
	ImplicitDeny Decision = iota
	// ExplicitDeny: a statement with the Effect Deny covers it.
	ExplicitDeny
	// UnreadableDeny: a policy of the caller cannot be read, and might deny it.
	UnreadableDeny
	// Allowed: nothing denies it and something allows it.
	Allowed
)

// Decide says whether the caller may do the action ("chime:GetUser", in any case,
// or an alias of it) to the resource (AnyResource or an AccountARN). A root or
// local caller may do everything within its tenant; nobody anything beyond it.
func (c Caller) Decide(action, resource string, facts Conditions) Decision {
	_, names := actionNames(action)
	return c.decide(names, resource, facts)
}

func (c Caller) decide(names []string, resource string, facts Conditions) Decision {
	switch {
	case c.Tenant == "" || !within(resource, c.Tenant):
		return ImplicitDeny
	case c.Root || c.Local:
		return Allowed
	}
	r := &request{names: names, resource: resource, caller: &c, facts: facts}
	decision := ImplicitDeny
	for _, p := range c.policies {
		if p == nil {
			return UnreadableDeny
		}
		for i := range p.statements {
			switch st := &p.statements[i]; {
			case !st.covers(r):
			case st.deny:
				return ExplicitDeny
			default:
				decision = Allowed
			}
		}
	}
	return decision
}

// Authorize returns nil when the caller may do the action to the resource, as
// Decide says, else a Forbidden in the words of AWS that names the action, an
// alias by its API operation.
func (c Caller) Authorize(action, resource string, facts Conditions) error {
	canonical, names := actionNames(action)
	var reason string
	switch c.decide(names, resource, facts) {
	case Allowed:
		return nil
	case ExplicitDeny:
		reason = "with an explicit deny in an identity-based policy"
	case UnreadableDeny:
		reason = "because an identity-based policy of the user cannot be read"
	default:
		reason = "because no identity-based policy allows the " + canonical + " action"
	}
	return chime.Errorf(chime.Forbidden, "User: %s is not authorized to perform: %s on resource: %s %s",
		c.Principal(), canonical, resource, reason)
}

// Authorize asks the caller that the context carries, and returns it. A context
// without one is Forbidden everything.
func Authorize(ctx context.Context, action, resource string, facts Conditions) (Caller, error) {
	c, ok := CallerFrom(ctx)
	if !ok {
		c = Caller{ARN: "anonymous"}
	}
	return c, c.Authorize(action, resource, facts)
}
