package awsapi

import (
	"context"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// ListDeletedAccountsRequest is the input of ListDeletedAccounts.
type ListDeletedAccountsRequest struct {
	MaxResults *int
	Name       *string
	NextToken  *string
}

func (in *ListDeletedAccountsRequest) read(r *reader) {
	*in = ListDeletedAccountsRequest{
		MaxResults: optional(r.parameter("MaxResults", "max-results"), readProfileServiceMaxResults),
		Name:       optional(r.parameter("Name", "name"), readAccountName),
		NextToken:  optional(r.parameter("NextToken", "next-token"), readString),
	}
}

// DeletedAccount is an account that was deleted and can be restored.
type DeletedAccount struct {
	Account
	DeletedTimestamp Timestamp `json:"DeletedTimestamp"`
	// PurgedTimestamp is from when on it can be restored no longer.
	PurgedTimestamp Timestamp `json:"PurgedTimestamp"`
}

// ListDeletedAccountsResponse is the output of ListDeletedAccounts.
type ListDeletedAccountsResponse struct {
	Accounts  []DeletedAccount `json:"Accounts"`
	NextToken *string          `json:"NextToken"`
}

// RestoreAccountRequest is the input of RestoreAccount.
type RestoreAccountRequest struct{ AccountID string }

func (in *RestoreAccountRequest) read(r *reader) {
	in.AccountID = required(r.label("AccountId", "accountId"), readNonEmptyString)
}

func (a *api) listDeletedAccounts(ctx context.Context, in *ListDeletedAccountsRequest) (*ListDeletedAccountsResponse, error) {
	accounts, next, err := a.dir.ListDeletedAccounts(ctx, orZero(in.Name), page(in.NextToken, in.MaxResults))
	if err != nil {
		return nil, err
	}
	return &ListDeletedAccountsResponse{NextToken: orNull(next), Accounts: convert(accounts, func(account chime.Account) DeletedAccount {
		return DeletedAccount{wireAccount(account), Timestamp(account.Deleted), Timestamp(account.Deleted.Add(directory.Retention))}
	})}, nil
}

func (a *api) restoreAccount(ctx context.Context, in *RestoreAccountRequest) (*GetAccountResponse, error) {
	account, err := a.dir.RestoreAccount(ctx, chime.AccountID(in.AccountID))
	if err != nil {
		return nil, err
	}
	return &GetAccountResponse{Account: new(wireAccount(account))}, nil
}

// readTime reads a time out of the query, in ISO 8601 (RFC 3339).
func readTime(v value) time.Time {
	var at time.Time
	v.text(func(s string) string {
		var err error
		if at, err = time.Parse(time.RFC3339, s); err != nil || at.Year() < 1970 {
			return "must be a time from 1970 on, such as 2026-01-31T12:00:00Z"
		}
		return ""
	})
	return at
}
