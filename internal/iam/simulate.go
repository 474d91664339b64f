package iam

import (
	"context"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// Question is what SimulatePrincipalPolicy answers: may the principal do the
// action to the resource, in a request of which the facts are such.
type Question struct {
	Principal string // a name, or an ARN of the caller's tenant
	Action    string
	Resource  string
	// Context are the values of the condition keys aws:SourceIp, aws:CurrentTime,
	// aws:SecureTransport and aws:UserAgent. What is not given is absent, but for
	// the time, which is now.
	Context map[string]string
}

// Simulation is the answer to a Question.
type Simulation struct {
	Decision Decision
	// Disabled says that the principal is disabled and may do nothing, whatever its
	// policies say.
	Disabled bool
	// Matched are the statements that the Decision came from; none for a denial
	// because nothing allows it, and for the root.
	Matched []MatchedStatement
}

// MatchedStatement is a statement about the request of a Question.
type MatchedStatement struct {
	Policy string
	Sid    string
	Number int // from 1; 0 for a policy that cannot be read, and so denies
	Deny   bool
}

// SimulatePrincipalPolicy asks the policies of a principal as a request would. What
// is wrong with the question is a BadRequest.
func (a *Access) SimulatePrincipalPolicy(ctx context.Context, q Question) (s Simulation, err error) {
	caller, _ := CallerFrom(ctx)
	user, ok := principalName(caller.Tenant, q.Principal)
	if !ok {
		return s, notFoundUser(q.Principal)
	}
	if !simulatedForm.MatchString(q.Action) {
		return s, chime.Errorf(chime.BadRequest, `Action must be "service:name", without wildcards`)
	}
	facts, err := parseFacts(q.Context, a.Admin.Now())
	if err != nil {
		return s, err
	}
	o := on("SimulatePrincipalPolicy", user).with("actionNames", []string{q.Action}).with("resourceArns", []string{q.Resource})
	o.readOnly = true
	err = a.do(ctx, o, func(c Caller) error {
		p, err := a.Admin.principal(ctx, c.Tenant, user)
		if err == nil {
			s = simulate(p, q, facts)
		}
		return err
	})
	return s, err
}

var simulatedForm = regexp.MustCompile(`^[A-Za-z0-9-]+:[A-Za-z0-9_-]+$`)

// principalName returns the name of the tenant's principal of a name or ARN.
func principalName(tenant chime.TenantID, principal string) (name string, ok bool) {
	switch {
	case !strings.HasPrefix(principal, "arn:"):
		return principal, true
	case principal == PrincipalARN(tenant, chime.RootName):
		return chime.RootName, true
	}
	return strings.CutPrefix(principal, PrincipalARN(tenant, ""))
}

func simulate(p chime.Principal, q Question, facts Conditions) Simulation {
	c := NewCaller(p, "", parseAll(p.Policies))
	s := Simulation{Decision: c.Decide(q.Action, q.Resource, facts), Disabled: p.Disabled}
	_, names := actionNames(q.Action)
	r := &request{names: names, resource: q.Resource, caller: &c, facts: facts}
	for i, policy := range c.policies {
		name := p.Policies[i].Name
		if policy == nil && s.Decision == UnreadableDeny {
			s.Matched = append(s.Matched, MatchedStatement{Policy: name, Deny: true})
		}
		if policy == nil || s.Decision == ImplicitDeny || s.Decision == UnreadableDeny {
			continue
		}
		for _, st := range policy.of(s.Decision == ExplicitDeny) {
			if st.covers(r) {
				s.Matched = append(s.Matched, MatchedStatement{Policy: name, Sid: st.sid, Number: st.number, Deny: st.deny})
			}
		}
	}
	return s
}

func parseFacts(values map[string]string, now time.Time) (facts Conditions, err error) {
	facts.Time = now
	for key, value := range values {
		switch strings.ToLower(key) {
		case keySourceIP:
			facts.SourceIP, err = netip.ParseAddr(value)
		case keyCurrentTime:
			facts.Time, err = parseDate(value)
		case keySecureTransport:
			_, err = boolEquals(value)
			facts.SecureTransport = strings.EqualFold(value, "true")
		case keyUserAgent:
			facts.UserAgent = value
		default:
			return facts, chime.Errorf(chime.BadRequest,
				"Context holds %.100q: it takes aws:SourceIp, aws:CurrentTime, aws:SecureTransport and aws:UserAgent", key)
		}
		if err != nil {
			return facts, chime.Errorf(chime.BadRequest, "Context holds a value of %s that cannot be read", key)
		}
	}
	return facts, nil
}
