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
		{"DeleteDomain", "DELETE /accounts/{accountId}/domains/{domainName}", http.StatusNoContent, op(a.deleteDomain)},
		{"GetDomain", "GET /accounts/{accountId}/domains/{domainName}", http.StatusOK, op(a.getDomain)},
		{"ListDomains", "GET /accounts/{accountId}/domains", http.StatusOK, op(a.listDomains)},
		{"iam:GrantAdministrator", "PUT /iam/administrators/{accountId}/{userId}", http.StatusOK, op(a.grantAdministrator)},
		{"iam:ListAdministrators", "GET /iam/administrators", http.StatusOK, op(a.listAdministrators)},
		{"iam:RevokeAdministrator", "DELETE /iam/administrators/{accountId}/{userId}", http.StatusNoContent, op(a.revokeAdministrator)},
		{"sts:GetCallerIdentity", "GET /caller", http.StatusOK, op(a.getCaller)},
		{"VerifyDomain", "POST /accounts/{accountId}/domains/{domainName}?operation=verify", http.StatusOK, op(a.verifyDomain)},
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

// ListDomainsRequest is the input of ListDomains.
type ListDomainsRequest struct{ AccountID string }

func (in *ListDomainsRequest) read(r *reader) {
	in.AccountID = required(r.label("AccountId", "accountId"), readNonEmptyString)
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

func (a *api) listDomains(ctx context.Context, in *ListDomainsRequest) (*ListDomainsResponse, error) {
	domains, err := a.dir.ListDomains(ctx, chime.AccountID(in.AccountID))
	if err != nil {
		return nil, err
	}
	return &ListDomainsResponse{Domains: convert(domains, wireDomain)}, nil
}

func (a *api) deleteDomain(ctx context.Context, in *DomainRequest) (*struct{}, error) {
	return new(struct{}), a.dir.DeleteDomain(ctx, chime.AccountID(in.AccountID), in.DomainName)
}
