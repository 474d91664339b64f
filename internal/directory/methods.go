package directory

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/carillon-id/carillon/internal/chime"
)

// Methods are the ways in which the holder of an address may sign in.
type Methods struct {
	Mail, Passkey, Amazon bool
	// Provider is the one that alone answers for the address; nil for none.
	Provider *chime.Provider
}

// Methods returns the ways in which the holder of the address may sign in. They
// follow from whose the address's domain is, so they are the same for known and
// unknown addresses. It returns a *Refusal for what is no address.
func (d *Directory) Methods(ctx context.Context, address string) (m Methods, err error) {
	err = d.Store.View(ctx, func(tx chime.Tx) error {
		c, err := d.ClaimOf(ctx, tx, address)
		if err != nil || c.Account == nil {
			m = Methods{Mail: true, Passkey: true, Amazon: true}
			return err
		}
		m = Methods{}
		switch c.Account.Type {
		case chime.EnterpriseLWA:
			m.Mail, m.Passkey, m.Amazon = true, true, true
		case chime.EnterpriseOIDC:
			m.Provider, err = tx.Provider(ctx, c.Account.ID)
		}
		return err
	})
	return m, err
}

// Claim is whose the domain of an address is. The zero Claim is nobody's.
type Claim struct {
	Account *chime.Account
	// ID names the claim; another one of the same account has another.
	ID string
}

// ClaimOf returns whose the domain of the address is. It returns a *Refusal for
// what is no address of a person.
func (d *Directory) ClaimOf(ctx context.Context, tx chime.Tx, address string) (Claim, error) {
	domain := domainOf(address)
	if domain == "" || !mailable(address) {
		return Claim{}, refuse(AddressInvalid)
	}
	claims, err := tx.Claims(ctx, []string{domain})
	if err != nil || claims[domain] == "" {
		return Claim{}, err
	}
	account, err := tx.Account(ctx, claims[domain])
	if err != nil || account == nil || account.Status != chime.AccountActive || account.Type == chime.Team {
		return Claim{}, err
	}
	verified, err := tx.Domain(ctx, account.ID, domain)
	if err != nil || verified == nil {
		return Claim{}, err
	}
	return Claim{Account: account, ID: verified.Challenge}, nil
}

// mailable reports an address that every mail server takes for the same one.
func mailable(address string) bool {
	return chime.ValidEmail(address) && utf8.ValidString(address) && strings.Count(address, "@") == 1 && !strings.HasSuffix(address, ".")
}

// MaySignIn is the rule for the person: it returns nil for free people and
// Registered members of active accounts, and a *Refusal for all others.
func MaySignIn(s chime.Subject) error {
	switch {
	case s.Free():
		return nil
	case s.Member == nil || s.Account == nil || s.Member.Status == chime.Unregistered:
		return refuse(NotAllowed)
	case s.Member.Status != chime.Registered || s.Account.Status != chime.AccountActive:
		return refuse(Suspended)
	}
	return nil
}

// MayGoOn is the rule for a session of the person: they may sign in, and by the
// method by which they did. An account that gets a provider ends by that the
// sessions of its people, at their next use.
func MayGoOn(s chime.Subject, session chime.Session) error {
	if err := MaySignIn(s); err != nil {
		return err
	}
	provider := chime.AccountID("")
	if session.Upstream != nil {
		provider = session.Upstream.Account
	}
	return mayUse(s.Account, session.Method, provider)
}

// MayHavePasskeys returns nil for somebody who may sign in by passkeys, and a
// *Refusal for all others.
func (d *Directory) MayHavePasskeys(ctx context.Context, tx chime.Tx, s chime.Subject) error {
	a := &admission{d: d, tx: tx, subject: s}
	if err := a.findClaim(ctx); err != nil {
		return err
	}
	return mayUse(a.account(), chime.ByPasskey, "")
}

// mayUse returns nil when an account's people may sign in by a method, through the
// provider of the given account if it is one's. A nil account is that of the free.
func mayUse(account *chime.Account, method chime.Method, provider chime.AccountID) error {
	kind := chime.Team
	if account != nil {
		kind = account.Type
	}
	switch kind {
	case chime.Team, chime.EnterpriseLWA:
		if method == chime.ByMail || method == chime.ByPasskey || method == chime.ByAmazon {
			return nil
		}
	case chime.EnterpriseOIDC:
		if method == chime.ByProvider && provider == account.ID {
			return nil
		}
		return refuse(UseProvider)
	case chime.EnterpriseDirectory:
		return refuse(NoMethod)
	}
	return refuse(NotAllowed)
}
