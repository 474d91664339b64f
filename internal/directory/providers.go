package directory

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// SecretSealer keeps secrets that must be given to others again from whoever reads
// the database (secret.Keyring.For does).
type SecretSealer interface {
	Seal(plaintext []byte, additionalData ...string) []byte
	Open(sealed []byte, additionalData ...string) ([]byte, error)
}

// NewProvider is an OpenID provider as SetProvider is given it.
type NewProvider struct {
	Issuer   string
	ClientID string
	// ClientSecret is "" for a public client. Nil leaves the secret of the same
	// client at the same issuer, and means a public client for any other.
	ClientSecret *string
	GroupsClaim  string // "" means "groups"
	BasicGroups  []string
	ProGroups    []string
}

// maxGroups bounds each of a provider's lists of groups.
const maxGroups = 200

// SetProvider connects an account to the OpenID provider that answers for its
// people from now on, and makes it EnterpriseOIDC. It needs a verified domain,
// because the provider's word counts for addresses of those alone. Who chooses the
// provider can sign in as anybody of the account, so they MUST hold what its
// administrators do.
func (d *Directory) SetProvider(ctx context.Context, id chime.AccountID, p NewProvider) (provider chime.Provider, err error) {
	if err := p.validate(); err != nil {
		return provider, err
	}
	c := on("UpdateAccountOpenIdConfig", id).with("issuer", p.Issuer).with("clientId", p.ClientID).
		with("groupsClaim", p.GroupsClaim).with("basicGroups", p.BasicGroups).with("proGroups", p.ProGroups)
	if p.ClientSecret != nil && *p.ClientSecret != "" {
		c.with("clientSecret", audit.Hidden)
	}
	err = d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, _ *call) error {
		account, err := d.account(ctx, caller, tx, id)
		if err != nil {
			return err
		}
		if err := coversRoles(ctx, caller, tx, id); err != nil {
			return err
		}
		domains, err := tx.ListDomains(ctx, id)
		if err != nil {
			return err
		}
		verified := slices.ContainsFunc(domains, func(k chime.Domain) bool { return k.Status == chime.DomainVerified })
		if !verified || account.Type != chime.EnterpriseLWA && account.Type != chime.EnterpriseOIDC {
			return chime.Errorf(chime.Unprocessable, "Account %s has no verified domain. Add and verify one first.", id)
		}
		provider = chime.Provider{
			Account: id, Issuer: p.Issuer, ClientID: p.ClientID, GroupsClaim: p.GroupsClaim,
			BasicGroups: p.BasicGroups, ProGroups: p.ProGroups, Created: d.Now(),
		}
		if provider.SealedSecret, err = d.sealedSecret(ctx, tx, provider, p.ClientSecret); err != nil {
			return err
		}
		account.Type = chime.EnterpriseOIDC
		if err := tx.PutProvider(ctx, provider); err != nil {
			return err
		}
		return tx.PutAccounts(ctx, account)
	})
	return provider, err
}

// sealedSecret is what is kept of the secret that a provider is given.
func (d *Directory) sealedSecret(ctx context.Context, tx chime.Tx, p chime.Provider, secret *string) ([]byte, error) {
	if secret == nil {
		before, err := tx.Provider(ctx, p.Account)
		if err != nil || before == nil || before.Issuer != p.Issuer || before.ClientID != p.ClientID {
			return nil, err
		}
		return before.SealedSecret, nil
	}
	if *secret == "" {
		return nil, nil
	}
	if d.VerifySecrets != nil {
		if err := d.VerifySecrets(ctx, tx); err != nil {
			return nil, err
		}
	}
	return sealClientSecret(d.Secrets, p, []byte(*secret)), nil
}

func (p *NewProvider) validate() error {
	issuer, err := url.Parse(p.Issuer)
	if err != nil || len(p.Issuer) > maxURI || !secure(issuer) || issuer.RawQuery != "" || issuer.Fragment != "" || issuer.User != nil {
		return chime.Errorf(chime.BadRequest, "An issuer is an https URL without query and fragment, such as https://login.example.com.")
	}
	if strings.TrimSpace(p.ClientID) == "" {
		return chime.Errorf(chime.BadRequest, "A provider needs the client id that it knows Carillon by.")
	}
	if p.GroupsClaim == "" {
		p.GroupsClaim = "groups"
	}
	for _, groups := range [][]string{p.BasicGroups, p.ProGroups} {
		if len(groups) > maxGroups {
			return tooMany("groups", maxGroups)
		}
		if slices.ContainsFunc(groups, func(name string) bool { return strings.TrimSpace(name) == "" }) {
			return chime.Errorf(chime.BadRequest, "The name of a group has a character that is not blank.")
		}
	}
	return nil
}

// secure reports an absolute URL that nobody on the way can read: https, or http
// on this machine.
func secure(u *url.URL) bool {
	return u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()))
}

func loopback(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// GetProvider returns the account's OpenID provider, or nil. Its secret stays sealed.
func (d *Directory) GetProvider(ctx context.Context, id chime.AccountID) (provider *chime.Provider, err error) {
	err = d.read(ctx, on("GetAccountWithOpenIdConfig", id), func(caller iam.Caller, tx chime.Tx) error {
		if _, err := d.account(ctx, caller, tx, id); err != nil {
			return err
		}
		provider, err = tx.Provider(ctx, id)
		return err
	})
	return provider, err
}

// DeleteProvider disconnects an account from its OpenID provider and makes it
// EnterpriseLWA again. Its people then sign in by the methods of that type.
func (d *Directory) DeleteProvider(ctx context.Context, id chime.AccountID) error {
	return d.write(ctx, on("DeleteAccountOpenIdConfig", id), func(caller iam.Caller, tx chime.Tx, _ *call) error {
		account, err := d.account(ctx, caller, tx, id)
		if err != nil {
			return err
		}
		provider, err := tx.Provider(ctx, id)
		if err != nil {
			return err
		}
		if provider == nil {
			return chime.Errorf(chime.NotFound, "Account %s has no OpenID provider.", id)
		}
		if err := tx.DeleteProvider(ctx, id); err != nil || account.Type != chime.EnterpriseOIDC {
			return err
		}
		account.Type = chime.EnterpriseLWA
		return tx.PutAccounts(ctx, account)
	})
}

// ClientSecret returns the secret by which the provider knows Carillon; "" for a
// public client. It is for the sign-in alone.
func (d *Directory) ClientSecret(p chime.Provider) (string, error) {
	if len(p.SealedSecret) == 0 {
		return "", nil
	}
	secret, err := openClientSecret(d.Secrets, p)
	return string(secret), err
}

func sealClientSecret(s SecretSealer, p chime.Provider, secret []byte) []byte {
	return s.Seal(secret, string(p.Account), p.Issuer)
}

func openClientSecret(s SecretSealer, p chime.Provider) ([]byte, error) {
	return s.Open(p.SealedSecret, string(p.Account), p.Issuer)
}

// ResealProviders seals the client secrets of all providers with another master key,
// within the transaction that rotates it.
func ResealProviders(ctx context.Context, tx chime.Tx, former, next SecretSealer) error {
	for after := (chime.Provider{}); ; {
		page, err := tx.ScanProviders(ctx, after, jobPage)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1]
		for _, p := range page {
			if len(p.SealedSecret) == 0 {
				continue
			}
			secret, err := openClientSecret(former, p)
			if err != nil {
				return fmt.Errorf("opening the client secret of account %s: %w", p.Account, err)
			}
			p.SealedSecret = sealClientSecret(next, p, secret)
			if err := tx.PutProvider(ctx, p); err != nil {
				return err
			}
		}
	}
}
