package awsapi

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// AdministratorAccess is a member's role as an administrator, and its policies: the
// managed ones by name, and those of the role's own.
type AdministratorAccess struct {
	AccountID        string      `json:"AccountId"`
	DisplayName      *string     `json:"DisplayName"`
	EmailAddress     *string     `json:"EmailAddress"`
	GrantedTimestamp Timestamp   `json:"GrantedTimestamp"`
	InlinePolicies   []OwnPolicy `json:"InlinePolicies"`
	Policies         []string    `json:"Policies"`
	UserID           string      `json:"UserId"`
}

// OwnPolicy is a policy with its document.
type OwnPolicy struct {
	PolicyDocument string `json:"PolicyDocument"`
	PolicyName     string `json:"PolicyName"`
}

func wireAdministrator(a directory.Administrator) AdministratorAccess {
	wire := AdministratorAccess{
		AccountID: string(a.Account), DisplayName: orNull(a.DisplayName), EmailAddress: orNull(a.Email),
		GrantedTimestamp: Timestamp(a.Granted), InlinePolicies: []OwnPolicy{}, Policies: []string{}, UserID: string(a.User),
	}
	for _, p := range a.Policies {
		if p.Document == "" {
			wire.Policies = append(wire.Policies, p.Name)
		} else {
			wire.InlinePolicies = append(wire.InlinePolicies, OwnPolicy{p.Document, p.Name})
		}
	}
	return wire
}

// AdministratorRequest names a member of an account.
type AdministratorRequest struct{ AccountID, UserID string }

func (in *AdministratorRequest) read(r *reader) {
	*in = AdministratorRequest{
		AccountID: required(r.label("AccountId", "accountId"), readNonEmptyString),
		UserID:    required(r.label("UserId", "userId"), readNonEmptyString),
	}
}

// GrantAdministratorRequest is the input of GrantAdministrator. Without any policy
// the role is that of iam.AdministratorPolicy.
type GrantAdministratorRequest struct {
	AdministratorRequest

	InlinePolicies []OwnPolicy
	Policies       []string
}

func (in *GrantAdministratorRequest) read(r *reader) {
	in.AdministratorRequest.read(r)
	in.Policies = orZero(optional(r.body("Policies"), func(v value) []string { return readList(v, 0, 0, readNonEmptyString) }))
	in.InlinePolicies = orZero(optional(r.body("InlinePolicies"), func(v value) []OwnPolicy {
		return readList(v, 0, 0, func(v value) OwnPolicy {
			return OwnPolicy{
				PolicyDocument: required(v.member("PolicyDocument"), readNonEmptyString),
				PolicyName:     required(v.member("PolicyName"), readNonEmptyString),
			}
		})
	}))
}

// AdministratorResponse is the output of GrantAdministrator.
type AdministratorResponse struct {
	Administrator AdministratorAccess `json:"Administrator"`
}

// ListAdministratorsRequest is the input of ListAdministrators.
type ListAdministratorsRequest struct {
	MaxResults *int
	NextToken  *string
}

func (in *ListAdministratorsRequest) read(r *reader) {
	*in = ListAdministratorsRequest{
		MaxResults: optional(r.parameter("MaxResults", "max-results"), readProfileServiceMaxResults),
		NextToken:  optional(r.parameter("NextToken", "next-token"), readString),
	}
}

// ListAdministratorsResponse is the output of ListAdministrators.
type ListAdministratorsResponse struct {
	Administrators []AdministratorAccess `json:"Administrators"`
	NextToken      *string               `json:"NextToken"`
}

func (a *api) listAdministrators(ctx context.Context, in *ListAdministratorsRequest) (*ListAdministratorsResponse, error) {
	list, next, err := a.dir.ListAdministrators(ctx, page(in.NextToken, in.MaxResults))
	if err != nil {
		return nil, err
	}
	return &ListAdministratorsResponse{Administrators: convert(list, wireAdministrator), NextToken: orNull(next)}, nil
}

func (a *api) grantAdministrator(ctx context.Context, in *GrantAdministratorRequest) (*AdministratorResponse, error) {
	var policies []chime.PrincipalPolicy
	for _, name := range in.Policies {
		policies = append(policies, chime.PrincipalPolicy{Name: name})
	}
	for _, own := range in.InlinePolicies {
		policies = append(policies, chime.PrincipalPolicy{Name: own.PolicyName, Document: own.PolicyDocument})
	}
	granted, err := a.dir.GrantAdministrator(ctx, chime.AccountID(in.AccountID), chime.UserID(in.UserID), policies)
	if err != nil {
		return nil, err
	}
	return &AdministratorResponse{Administrator: wireAdministrator(granted)}, nil
}

func (a *api) revokeAdministrator(ctx context.Context, in *AdministratorRequest) (*struct{}, error) {
	return new(struct{}), a.dir.RevokeAdministrator(ctx, chime.AccountID(in.AccountID), chime.UserID(in.UserID))
}
