package awsapi

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// Invitation is an invitation that nobody has accepted yet.
type Invitation struct {
	EmailAddress     string       `json:"EmailAddress"`
	EmailStatus      *EmailStatus `json:"EmailStatus"`
	ExpiresTimestamp Timestamp    `json:"ExpiresTimestamp"`
	InviteID         string       `json:"InviteId"`
	InvitedTimestamp Timestamp    `json:"InvitedTimestamp"`
	Status           InviteStatus `json:"Status"`
	UserID           string       `json:"UserId"`
}

func wireInvitation(i directory.PendingInvitation) Invitation {
	return Invitation{
		EmailAddress: i.Email, EmailStatus: orNull(EmailStatus(i.EmailStatus)), ExpiresTimestamp: Timestamp(i.Expires), InviteID: i.ID,
		InvitedTimestamp: Timestamp(i.Invited), Status: InviteStatus(i.Status), UserID: string(i.User),
	}
}

// ListInvitationsRequest is the input of ListInvitations.
type ListInvitationsRequest struct {
	AccountID  string
	MaxResults *int
	NextToken  *string
}

func (in *ListInvitationsRequest) read(r *reader) {
	*in = ListInvitationsRequest{
		AccountID:  required(r.label("AccountId", "accountId"), readNonEmptyString),
		MaxResults: optional(r.parameter("MaxResults", "max-results"), readProfileServiceMaxResults),
		NextToken:  optional(r.parameter("NextToken", "next-token"), readString),
	}
}

// ListInvitationsResponse is the output of ListInvitations. A page may be short, or
// empty, and have a next one.
type ListInvitationsResponse struct {
	Invitations []Invitation `json:"Invitations"`
	NextToken   *string      `json:"NextToken"`
}

// AccountUserRequest is the input of operations on a user of an account that take
// nothing else.
type AccountUserRequest struct {
	AccountID string
	UserID    string
}

func (in *AccountUserRequest) read(r *reader) {
	*in = AccountUserRequest{
		AccountID: required(r.label("AccountId", "accountId"), readNonEmptyString),
		UserID:    required(r.label("UserId", "userId"), readNonEmptyString),
	}
}

func (a *api) listInvitations(ctx context.Context, in *ListInvitationsRequest) (*ListInvitationsResponse, error) {
	list, next, err := a.dir.ListInvitations(ctx, chime.AccountID(in.AccountID), page(in.NextToken, in.MaxResults))
	if err != nil {
		return nil, err
	}
	return &ListInvitationsResponse{Invitations: convert(list, wireInvitation), NextToken: orNull(next)}, nil
}

func (a *api) cancelInvitation(ctx context.Context, in *AccountUserRequest) (*struct{}, error) {
	return new(struct{}), a.dir.CancelInvitation(ctx, chime.AccountID(in.AccountID), chime.UserID(in.UserID))
}
