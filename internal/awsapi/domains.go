package awsapi

import (
	"context"
	"net/http"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// extensions are the routes beside the contract's: what administrators could do in
// Amazon Chime's console alone, under the names that AWS's service authorization
// reference has for it, where it has one (VerifyDomain is ours). The operations of
// other services are named with theirs.
func (a *api) extensions() []Route {
	return []Route{
		{"AddDomain", "POST /accounts/{accountId}/domains", http.StatusCreated, op(a.addDomain)},
		{"CancelInvitation", "DELETE /accounts/{accountId}/invitations/{userId}", http.StatusNoContent, op(a.cancelInvitation)},
		{"CreateApp", "POST /apps", http.StatusCreated, op(a.createApp)},
		{"DeleteAccountOpenIdConfig", "DELETE /accounts/{accountId}/openid-config", http.StatusNoContent, op(a.deleteOpenIDConfig)},
		{"DeleteApp", "DELETE /apps/{clientId}", http.StatusNoContent, op(a.deleteApp)},
		{"DeleteDomain", "DELETE /accounts/{accountId}/domains/{domainName}", http.StatusNoContent, op(a.deleteDomain)},
		{"EndUserSession", "DELETE /accounts/{accountId}/users/{userId}/sessions/{sessionId}", http.StatusNoContent, op(a.endUserSession)},
		{"GetAccountWithOpenIdConfig", "GET /accounts/{accountId}/openid-config", http.StatusOK, op(a.getOpenIDConfig)},
		{"GetApp", "GET /apps/{clientId}", http.StatusOK, op(a.getApp)},
		{"GetAuditRecord", "GET /audit/{eventId}", http.StatusOK, op(a.getAuditRecord)},
		{"GetDomain", "GET /accounts/{accountId}/domains/{domainName}", http.StatusOK, op(a.getDomain)},
		{"GetUserByEmail", "GET /users", http.StatusOK, op(a.getUserByEmail)},
		{"GetUsersByEntries", "POST /accounts/{accountId}/users?operation=resolve", http.StatusOK, op(a.getUsersByEntries)},
		{"ListApps", "GET /apps", http.StatusOK, op(a.listApps)},
		{"ListAuditRecords", "GET /audit?operation={operation}", http.StatusOK, op(a.listAuditRecords)},
		{"ListDeletedAccounts", "GET /deleted-accounts", http.StatusOK, op(a.listDeletedAccounts)},
		{"ListDomains", "GET /accounts/{accountId}/domains", http.StatusOK, op(a.listDomains)},
		{"ListInvitations", "GET /accounts/{accountId}/invitations", http.StatusOK, op(a.listInvitations)},
		{"ListSignouts", "GET /accounts/{accountId}/users/{userId}/signouts", http.StatusOK, op(a.listSignouts)},
		{"ListUserHistory", "GET /accounts/{accountId}/users/{userId}/history", http.StatusOK, op(a.listUserHistory)},
		{"ListUserSessions", "GET /accounts/{accountId}/users/{userId}/sessions", http.StatusOK, op(a.listUserSessions)},
		{"ListUsersByFilter", "GET /accounts/{accountId}/search", http.StatusOK, op(a.listUsersByFilter)},
		{"RestoreAccount", "POST /accounts/{accountId}?operation=restore", http.StatusOK, op(a.restoreAccount)},
		{"UpdateAccountOpenIdConfig", "PUT /accounts/{accountId}/openid-config", http.StatusOK, op(a.updateOpenIDConfig)},
		{"UpdateApp", "POST /apps/{clientId}", http.StatusOK, op(a.updateApp)},
		{"VerifyDomain", "POST /accounts/{accountId}/domains/{domainName}?operation=verify", http.StatusOK, op(a.verifyDomain)},
		{"iam:GrantAdministrator", "PUT /iam/administrators/{accountId}/{userId}", http.StatusOK, op(a.grantAdministrator)},
		{"iam:ListAdministrators", "GET /iam/administrators", http.StatusOK, op(a.listAdministrators)},
		{"iam:RevokeAdministrator", "DELETE /iam/administrators/{accountId}/{userId}", http.StatusNoContent, op(a.revokeAdministrator)},
		{"sts:GetCallerIdentity", "GET /caller", http.StatusOK, op(a.getCaller)},
	}
}

// Domain is an account's claim of a mail domain, and the DNS record that proves it.
type Domain struct {
	AccountID         string     `json:"AccountId"`
	AddedTimestamp    Timestamp  `json:"AddedTimestamp"`
	DomainName        string     `json:"DomainName"`
	RecordName        string     `json:"RecordName"`
	RecordType        string     `json:"RecordType"`
	RecordValue       string     `json:"RecordValue"`
	Status            string     `json:"Status"` // Pending, Verified or Releasing
	VerifiedTimestamp *Timestamp `json:"VerifiedTimestamp"`
}

func wireDomain(d chime.Domain) Domain {
	name, text := directory.ProofRecord(d)
	wire := Domain{
		AccountID: string(d.Account), AddedTimestamp: Timestamp(d.Added), DomainName: d.Name,
		RecordName: name, RecordType: "TXT", RecordValue: text, Status: string(d.Status),
	}
	if !d.Verified.IsZero() {
		wire.VerifiedTimestamp = new(Timestamp(d.Verified))
	}
	return wire
}

// DomainRequest names a domain of an account. AddDomain has the domain in the
// body, the others in the path.
type DomainRequest struct {
	AccountID  string
	DomainName string
}

// AddDomainRequest is the input of AddDomain.
type AddDomainRequest DomainRequest

func (in *AddDomainRequest) read(r *reader) {
	*in = AddDomainRequest{
		AccountID:  required(r.label("AccountId", "accountId"), readNonEmptyString),
		DomainName: required(r.body("DomainName"), readNonEmptyString),
	}
}

func (in *DomainRequest) read(r *reader) {
	*in = DomainRequest{
		AccountID:  required(r.label("AccountId", "accountId"), readNonEmptyString),
		DomainName: required(r.label("DomainName", "domainName"), readNonEmptyString),
	}
}

// DomainResponse is the output of the operations on one domain.
type DomainResponse struct {
	Domain Domain `json:"Domain"`
}

// ListDomainsResponse is the output of ListDomains.
type ListDomainsResponse struct {
	Domains []Domain `json:"Domains"`
}

func (a *api) addDomain(ctx context.Context, in *AddDomainRequest) (*DomainResponse, error) {
	domain, err := a.dir.AddDomain(ctx, chime.AccountID(in.AccountID), in.DomainName)
	return domainResponse(domain, err)
}

func (a *api) getDomain(ctx context.Context, in *DomainRequest) (*DomainResponse, error) {
	domain, err := a.dir.GetDomain(ctx, chime.AccountID(in.AccountID), in.DomainName)
	return domainResponse(domain, err)
}

func (a *api) verifyDomain(ctx context.Context, in *DomainRequest) (*DomainResponse, error) {
	domain, err := a.dir.VerifyDomain(ctx, chime.AccountID(in.AccountID), in.DomainName, a.dns)
	return domainResponse(domain, err)
}

func domainResponse(domain chime.Domain, err error) (*DomainResponse, error) {
	if err != nil {
		return nil, err
	}
	return &DomainResponse{Domain: wireDomain(domain)}, nil
}

func (a *api) listDomains(ctx context.Context, in *AccountRequest) (*ListDomainsResponse, error) {
	domains, err := a.dir.ListDomains(ctx, chime.AccountID(in.AccountID))
	if err != nil {
		return nil, err
	}
	return &ListDomainsResponse{Domains: convert(domains, wireDomain)}, nil
}

func (a *api) deleteDomain(ctx context.Context, in *DomainRequest) (*struct{}, error) {
	return new(struct{}), a.dir.DeleteDomain(ctx, chime.AccountID(in.AccountID), in.DomainName)
}
