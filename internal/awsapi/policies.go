package awsapi

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// Policy is a policy as a user has it: a managed one, or one of its own.
type Policy struct {
	Arn            *string `json:"Arn"` // of a managed policy
	Managed        bool    `json:"Managed"`
	PolicyDocument string  `json:"PolicyDocument"`
	PolicyName     string  `json:"PolicyName"`
}

// wirePolicy also returns the description of a managed policy.
func wirePolicy(p chime.PrincipalPolicy) (policy Policy, description string) {
	policy = Policy{PolicyDocument: p.Document, PolicyName: p.Name}
	if p.Document == "" {
		managed, _ := iam.ManagedPolicy(p.Name) // the zero one when a newer release attached it
		policy.Arn, policy.Managed, policy.PolicyDocument = new(iam.Managed{Name: p.Name}.ARN()), true, managed.Document
		description = managed.Description
	}
	return policy, description
}

// ListedPolicy is a policy of the tenant. Users' own policies of one name are
// several when they differ.
type ListedPolicy struct {
	Arn            *string  `json:"Arn"` // of a managed policy
	Description    *string  `json:"Description"`
	Managed        bool     `json:"Managed"`
	PolicyDocument string   `json:"PolicyDocument"`
	PolicyName     string   `json:"PolicyName"`
	UserNames      []string `json:"UserNames"` // who has it
}

func wireListedPolicy(p iam.PolicyUse) ListedPolicy {
	policy, description := wirePolicy(p.PrincipalPolicy)
	return ListedPolicy{
		Arn: policy.Arn, Description: orNull(description), Managed: policy.Managed, PolicyDocument: policy.PolicyDocument,
		PolicyName: policy.PolicyName, UserNames: append([]string{}, p.Users...),
	}
}

// ListPoliciesRequest is the input of iam:ListPolicies.
type ListPoliciesRequest struct{}

func (*ListPoliciesRequest) read(*reader) {}

// ListPoliciesResponse is the output of iam:ListPolicies.
type ListPoliciesResponse struct {
	Policies []ListedPolicy `json:"Policies"`
}

// ListUserPoliciesResponse is the output of iam:ListUserPolicies.
type ListUserPoliciesResponse struct {
	Policies []Policy `json:"Policies"`
}

// PolicyRequest names a policy of a principal in the path.
type PolicyRequest struct {
	UserName   string
	PolicyName string
}

func (in *PolicyRequest) read(r *reader) {
	*in = PolicyRequest{
		UserName:   required(r.label("UserName", "userName"), readNonEmptyString),
		PolicyName: required(r.label("PolicyName", "policyName"), readNonEmptyString),
	}
}

// PutUserPolicyRequest is the input of iam:PutUserPolicy.
type PutUserPolicyRequest struct {
	PolicyRequest
	PolicyDocument string // JSON
}

func (in *PutUserPolicyRequest) read(r *reader) {
	in.PolicyRequest.read(r)
	in.PolicyDocument = required(r.body("PolicyDocument"), readNonEmptyString)
}

func (a *api) listPolicies(ctx context.Context, _ *ListPoliciesRequest) (*ListPoliciesResponse, error) {
	policies, err := a.access.ListPolicies(ctx)
	if err != nil {
		return nil, err
	}
	return &ListPoliciesResponse{Policies: convert(policies, wireListedPolicy)}, nil
}

func (a *api) listUserPolicies(ctx context.Context, in *PrincipalRequest) (*ListUserPoliciesResponse, error) {
	policies, err := a.access.ListUserPolicies(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	return &ListUserPoliciesResponse{Policies: convert(policies, func(p chime.PrincipalPolicy) Policy {
		policy, _ := wirePolicy(p)
		return policy
	})}, nil
}

func (a *api) putUserPolicy(ctx context.Context, in *PutUserPolicyRequest) (*PrincipalResponse, error) {
	return principalResponse(a.access.PutUserPolicy(ctx, in.UserName, chime.PrincipalPolicy{Name: in.PolicyName, Document: in.PolicyDocument}))
}

func (a *api) attachUserPolicy(ctx context.Context, in *PolicyRequest) (*PrincipalResponse, error) {
	return principalResponse(a.access.AttachUserPolicy(ctx, in.UserName, in.PolicyName))
}

func (a *api) deleteUserPolicy(ctx context.Context, in *PolicyRequest) (*PrincipalResponse, error) {
	return principalResponse(a.access.DeleteUserPolicy(ctx, in.UserName, in.PolicyName))
}

func (a *api) detachUserPolicy(ctx context.Context, in *PolicyRequest) (*PrincipalResponse, error) {
	return principalResponse(a.access.DetachUserPolicy(ctx, in.UserName, in.PolicyName))
}

// SimulateRequest is the input of iam:SimulatePrincipalPolicy.
type SimulateRequest struct {
	Principal string
	Action    string
	Resource  *string           // "*" when absent
	Context   map[string]string // condition keys and their values
}

func (in *SimulateRequest) read(r *reader) {
	*in = SimulateRequest{
		Principal: required(r.body("Principal"), func(v value) string { return v.text(minLength(1), maxLength(256)) }),
		Action:    required(r.body("Action"), func(v value) string { return v.text(minLength(1), maxLength(128)) }),
		Resource:  optional(r.body("Resource"), func(v value) string { return v.text(minLength(1), maxLength(2048)) }),
		Context:   orZero(optional(r.body("Context"), readContext)),
	}
}

// readContext reads the values of condition keys. An unknown one is handed on, to
// be refused there.
func readContext(v value) map[string]string {
	values := map[string]string{}
	object, _ := v.raw.(map[string]any)
	for name := range object {
		values[name] = ""
	}
	for _, key := range []string{"aws:CurrentTime", "aws:SecureTransport", "aws:SourceIp", "aws:UserAgent"} {
		if text := optional(v.member(key), func(v value) string { return v.text() }); text != nil {
			values[key] = *text
		}
	}
	return values
}

// SimulateResponse is the output of iam:SimulatePrincipalPolicy.
type SimulateResponse struct {
	// Decision is allowed, explicitDeny or implicitDeny.
	Decision          string             `json:"Decision"`
	MatchedStatements []MatchedStatement `json:"MatchedStatements"`
	// Status is the principal's: one that is Inactive may do nothing, whatever its
	// policies say.
	Status string `json:"Status"`
}

// MatchedStatement is a statement that a decision came from.
type MatchedStatement struct {
	Effect     string  `json:"Effect"`
	Number     *int    `json:"Number"` // from 1; null for a policy that cannot be read
	PolicyName string  `json:"PolicyName"`
	Sid        *string `json:"Sid"`
}

func wireMatched(m iam.MatchedStatement) MatchedStatement {
	effect := "Allow"
	if m.Deny {
		effect = "Deny"
	}
	return MatchedStatement{Effect: effect, Number: orNull(m.Number), PolicyName: m.Policy, Sid: orNull(m.Sid)}
}

func wireDecision(d iam.Decision) string {
	switch d {
	case iam.Allowed:
		return "allowed"
	case iam.ExplicitDeny, iam.UnreadableDeny:
		return "explicitDeny"
	default:
		return "implicitDeny"
	}
}

func (a *api) simulatePrincipalPolicy(ctx context.Context, in *SimulateRequest) (*SimulateResponse, error) {
	q := iam.Question{Principal: in.Principal, Action: in.Action, Resource: iam.AnyResource, Context: in.Context}
	if in.Resource != nil {
		q.Resource = *in.Resource
	}
	s, err := a.access.SimulatePrincipalPolicy(ctx, q)
	if err != nil {
		return nil, err
	}
	return &SimulateResponse{
		Decision: wireDecision(s.Decision), MatchedStatements: convert(s.Matched, wireMatched), Status: wireStatus(s.Disabled),
	}, nil
}
