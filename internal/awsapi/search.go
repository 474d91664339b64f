package awsapi

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// GetUserByEmailRequest is the input of GetUserByEmail.
type GetUserByEmailRequest struct{ Email string }

func (in *GetUserByEmailRequest) read(r *reader) {
	in.Email = required(r.parameter("Email", "email"), readEmailAddress)
}

// GetUserByEmailResponse is the output of GetUserByEmail.
type GetUserByEmailResponse struct {
	Users []User `json:"Users"` // one, or none
}

// ListUsersByFilterRequest is the input of ListUsersByFilter.
type ListUsersByFilterRequest struct {
	AccountID   string
	EmailPrefix *string
	License     *License
	MaxResults  *int
	NextToken   *string
	Status      *RegistrationStatus
	UserType    *UserType
}

func (in *ListUsersByFilterRequest) read(r *reader) {
	*in = ListUsersByFilterRequest{
		AccountID:   required(r.label("AccountId", "accountId"), readNonEmptyString),
		EmailPrefix: optional(r.parameter("EmailPrefix", "email-prefix"), readSearch),
		License:     optional(r.parameter("License", "license"), readLicense),
		MaxResults:  optional(r.parameter("MaxResults", "max-results"), readProfileServiceMaxResults),
		NextToken:   optional(r.parameter("NextToken", "next-token"), readString),
		Status:      optional(r.parameter("Status", "status"), readRegistrationStatus),
		UserType:    optional(r.parameter("UserType", "user-type"), readUserType),
	}
}

// readSearch reads what is looked for: no longer than any address.
func readSearch(v value) string { return v.text(maxLength(chime.MaxEmailLength)) }

func readRegistrationStatus(v value) RegistrationStatus {
	return RegistrationStatus(v.enum(string(chime.Unregistered), string(chime.Registered), string(chime.Suspended)))
}

// GetUsersByEntriesRequest is the input of GetUsersByEntries.
type GetUsersByEntriesRequest struct {
	AccountID string
	Entries   []string `json:"Entries"` // ids and addresses
}

func (in *GetUsersByEntriesRequest) read(r *reader) {
	*in = GetUsersByEntriesRequest{
		AccountID: required(r.label("AccountId", "accountId"), readNonEmptyString),
		Entries: required(r.body("Entries"), func(v value) []string {
			return readList(v, 1, directory.MaxEntries, readNonEmptyString)
		}),
	}
}

// ResolvedEntry is whom an entry means.
type ResolvedEntry struct {
	Entry string `json:"Entry"`
	User  *User  `json:"User"`
}

// GetUsersByEntriesResponse is the output of GetUsersByEntries.
type GetUsersByEntriesResponse struct {
	Results []ResolvedEntry `json:"Results"` // in the order of the entries
}

func (a *api) getUserByEmail(ctx context.Context, in *GetUserByEmailRequest) (*GetUserByEmailResponse, error) {
	users, err := a.dir.GetUserByEmail(ctx, in.Email)
	if err != nil {
		return nil, err
	}
	return &GetUserByEmailResponse{Users: wireUsers(users)}, nil
}

func (a *api) listUsersByFilter(ctx context.Context, in *ListUsersByFilterRequest) (*ListUsersResponse, error) {
	users, next, err := a.dir.ListUsersByFilter(ctx, chime.AccountID(in.AccountID), directory.UserSearch{
		EmailPrefix: orZero(in.EmailPrefix), Status: chime.RegistrationStatus(orZero(in.Status)),
		License: chime.License(orZero(in.License)), Type: chime.UserType(orZero(in.UserType)),
	}, page(in.NextToken, in.MaxResults))
	if err != nil {
		return nil, err
	}
	return &ListUsersResponse{Users: wireUsers(users), NextToken: orNull(next)}, nil
}

func (a *api) getUsersByEntries(ctx context.Context, in *GetUsersByEntriesRequest) (*GetUsersByEntriesResponse, error) {
	resolved, err := a.dir.GetUsersByEntries(ctx, chime.AccountID(in.AccountID), in.Entries)
	if err != nil {
		return nil, err
	}
	return &GetUsersByEntriesResponse{Results: convert(resolved, func(r directory.ResolvedUser) ResolvedEntry {
		entry := ResolvedEntry{Entry: r.Entry}
		if r.User != nil {
			entry.User = new(wireUser(r.User))
		}
		return entry
	})}, nil
}
