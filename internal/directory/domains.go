package directory

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

const (
	// maxDomains bounds the domains of an account.
	maxDomains = 200
	// proofLabel is where the TXT record of a domain's proof stands.
	proofLabel = "_carillon."
	// proofPrefix begins the record that counts; other records may stand beside it.
	proofPrefix = "carillon-domain-verification="
)

// Resolver looks up the TXT records of a name (net.Resolver does). One that does
// not exist is a net.DNSError that says so.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// ProofRecord returns the TXT record that proves the claim of a domain: the name
// that it stands at, and its text.
func ProofRecord(d chime.Domain) (name, text string) {
	return proofLabel + d.Name, proofPrefix + d.Challenge
}

// DomainName returns a domain as it is kept: lower case, in A-labels, without the
// root's dot (RFC 5891). The error is BadRequest for anything that is no domain
// of a mail address.
func DomainName(name string) (string, error) {
	key := chime.DomainKey(strings.TrimSpace(name))
	if key == "" || len(key) > 253 || !strings.Contains(key, ".") || net.ParseIP(key) != nil || strings.Contains(key, "..") {
		return "", chime.Errorf(chime.BadRequest, "%.80q is no domain such as example.com.", name)
	}
	return key, nil
}

// domainOf returns the domain of an address, as DomainName has it; "" for one that
// cannot be claimed.
func domainOf(address string) string {
	name, err := DomainName(address[strings.LastIndexByte(address, '@')+1:])
	if err != nil {
		return ""
	}
	return name
}

// AddDomain begins an account's claim of a domain. Adding it again returns the
// same claim.
func (d *Directory) AddDomain(ctx context.Context, id chime.AccountID, name string) (domain chime.Domain, err error) {
	name, err = DomainName(name)
	if err != nil {
		return domain, err
	}
	err = d.write(ctx, on("AddDomain", id).with("domainName", name), func(caller iam.Caller, tx chime.Tx, _ *call) error {
		account, err := d.account(ctx, caller, tx, id)
		if err != nil {
			return err
		}
		if account.Type == chime.EnterpriseDirectory {
			return wrongType(account, "a Team, EnterpriseLWA or EnterpriseOIDC")
		}
		domains, err := tx.ListDomains(ctx, id)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(domains, func(k chime.Domain) bool { return k.Name == name }); i >= 0 {
			domain = domains[i]
			return releasing(domain)
		}
		if len(domains) >= maxDomains {
			return chime.Errorf(chime.Unprocessable, "Account %s has %d domains already, and may not have more.", id, maxDomains)
		}
		domain = chime.Domain{Account: id, Name: name, Status: chime.DomainPending, Challenge: rand.Text(), Added: d.Now()}
		return tx.PutDomain(ctx, domain)
	})
	return domain, err
}

func releasing(domain chime.Domain) error {
	if domain.Status == chime.DomainReleasing {
		return chime.Errorf(chime.Conflict, "The members of domain %s are still being released. Try again when it is gone from the list.", domain.Name)
	}
	return nil
}

// GetDomain returns an account's claim of a domain.
func (d *Directory) GetDomain(ctx context.Context, id chime.AccountID, name string) (domain chime.Domain, err error) {
	name, err = DomainName(name)
	if err != nil {
		return domain, err
	}
	err = d.read(ctx, on("GetDomain", id).with("domainName", name), func(caller iam.Caller, tx chime.Tx) error {
		domain, err = d.domain(ctx, caller, tx, id, name)
		return err
	})
	return domain, err
}

func (d *Directory) domain(ctx context.Context, caller iam.Caller, tx chime.Tx, id chime.AccountID, name string) (chime.Domain, error) {
	if _, err := d.account(ctx, caller, tx, id); err != nil {
		return chime.Domain{}, err
	}
	domain, err := tx.Domain(ctx, id, name)
	if err == nil && domain == nil {
		err = chime.Errorf(chime.NotFound, "Account %s has not added domain %s.", id, name)
	}
	if err != nil {
		return chime.Domain{}, err
	}
	return *domain, nil
}

// ListDomains returns the domains of an account, ordered by name.
func (d *Directory) ListDomains(ctx context.Context, id chime.AccountID) (domains []chime.Domain, err error) {
	err = d.read(ctx, on("ListDomains", id), func(caller iam.Caller, tx chime.Tx) error {
		if _, err := d.account(ctx, caller, tx, id); err != nil {
			return err
		}
		domains, err = tx.ListDomains(ctx, id)
		return err
	})
	return domains, err
}

// VerifyDomain looks for the proof of a claim in the DNS. When it is there, the
// domain is the account's: everybody who proves an address in it from now on joins,
// and a Team account becomes EnterpriseLWA. The error is Conflict when another
// account has verified it before, and Unprocessable when the record is not there.
func (d *Directory) VerifyDomain(ctx context.Context, id chime.AccountID, name string, dns Resolver) (domain chime.Domain, err error) {
	domain, err = d.GetDomain(ctx, id, name)
	if err != nil || domain.Status == chime.DomainVerified {
		return domain, err
	}
	if err := findProof(ctx, domain, dns); err != nil {
		return domain, err
	}
	proven := domain.Challenge
	c := on("VerifyDomain", id).with("domainName", domain.Name)
	err = d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, c *call) error {
		if domain, err = d.domain(ctx, caller, tx, id, domain.Name); err != nil {
			return err
		}
		if domain.Challenge != proven || domain.Status != chime.DomainPending {
			return chime.Errorf(chime.Conflict, "The claim of domain %s changed meanwhile.", domain.Name)
		}
		domain.Status, domain.Verified = chime.DomainVerified, d.Now()
		return d.claimDomain(ctx, tx, domain, c)
	})
	return domain, err
}

// findProof returns nil when the DNS has the record that the claim asks for.
func findProof(ctx context.Context, domain chime.Domain, dns Resolver) error {
	if err := releasing(domain); err != nil {
		return err
	}
	name, text := ProofRecord(domain)
	records, err := dns.LookupTXT(ctx, name)
	var failure *net.DNSError
	switch {
	case errors.As(err, &failure) && failure.IsNotFound:
	case err != nil:
		return fmt.Errorf("looking up the TXT records of %s: %w", name,
			errors.Join(chime.Errorf(chime.ServiceUnavailable, "The DNS did not answer for %s. Try again later.", name), err))
	case slices.Contains(records, text):
		return nil
	}
	return chime.Errorf(chime.Unprocessable, "There is no TXT record at %s with the text %s. A new record takes a while to be seen.", name, text)
}

func (d *Directory) claimDomain(ctx context.Context, tx chime.Tx, domain chime.Domain, c *call) error {
	claims, err := tx.Claims(ctx, []string{domain.Name})
	if err != nil {
		return err
	}
	if holder := claims[domain.Name]; holder != "" {
		return chime.Errorf(chime.Conflict, "Domain %s has been verified by another account.", domain.Name)
	}
	if err := tx.Claim(ctx, domain.Name, domain.Account); err != nil {
		return err
	}
	if err := tx.PutDomain(ctx, domain); err != nil {
		return err
	}
	account, err := tx.Account(ctx, domain.Account)
	if err != nil {
		return err
	}
	account.ReleasedDomains = otherDomains(*account, domain.Name)
	if account.Type == chime.Team {
		account.Type = chime.EnterpriseLWA
		c.response = audit.Values{"account": audit.Values{"accountId": account.ID, "accountType": account.Type}}
	}
	return tx.PutAccounts(ctx, *account)
}
