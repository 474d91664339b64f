package directory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
)

// Admission is a person who may sign in, and what admitting them has to tell the
// world: for Wake, after the commit.
type Admission struct {
	Subject chime.Subject
	Events  []chime.Event
}

// Admit decides, within a transaction, who a proof makes somebody, and does what
// comes with it. It returns a *Refusal when they may not sign in; the transaction
// MUST then be left with it. displayName is what somebody who registers wants to
// be called; "" for what the proof says. These are the rules:
//
//   - Somebody is who their passkey says, or their provider's subject by a link
//     that still holds, or the address that this very sign-in proved. An address
//     that is nobody's yet makes a person.
//   - The account that has verified the address's domain, else the account that
//     the person is in, says which methods count.
//   - A provider's word for an address counts only in domains that the provider's
//     own account has verified.
//   - Whoever is not in the account that has verified the domain joins it, by a
//     proof of the address under that very claim, whatever other account they are
//     in, suspended or not. Joining signs them out everywhere and voids earlier
//     passkeys and links: whoever had squatted the address stays outside.
//   - The groups that the provider of an account names decide the license, at
//     each sign-in.
//   - Everybody else needs to be free, or Registered where they are.
func (d *Directory) Admit(ctx context.Context, tx chime.Tx, proof chime.Proof, displayName string) (Admission, error) {
	a, err := d.newAdmission(tx, chime.Subject{})
	if err != nil {
		return Admission{}, err
	}
	a.proof, a.name = proof, validName(displayName)
	if a.name == "" {
		a.name = validName(proof.Name)
	}
	for _, step := range []func(context.Context) error{a.identify, a.findClaim, a.check, a.register, a.place, a.connect} {
		if err := step(ctx); err != nil {
			return Admission{}, err
		}
	}
	return Admission{a.subject, a.events}, MaySignIn(a.subject)
}

// admission is a sign-in that is being decided.
type admission struct {
	d   *Directory
	tx  chime.Tx // what it changes names the record
	now time.Time
	// recordID is that of the record of what the person did, and plain the
	// transaction for what no account has to do with: nobody's audit has that.
	recordID string
	plain    chime.Tx

	proof chime.Proof
	name  string // for somebody who registers

	subject chime.Subject
	known   bool          // the person was there before
	linked  bool          // by a link that holds
	proven  bool          // the proof's address is the person's
	claim   Claim         // of the address's domain
	license chime.License // that groups give
	events  []chime.Event
}

func (d *Directory) newAdmission(tx chime.Tx, subject chime.Subject) (*admission, error) {
	id, err := audit.NewID()
	if err != nil {
		return nil, err
	}
	return &admission{d: d, tx: recorded(tx, id), plain: tx, recordID: id, now: d.Now(), subject: subject}, nil
}

// identify finds out who it is.
func (a *admission) identify(ctx context.Context) error {
	switch {
	case a.proof.Method == chime.ByPasskey:
		return a.byPasskey(ctx)
	case a.proof.Upstream != nil:
		if err := a.byLink(ctx); err != nil || a.linked {
			return err
		}
	}
	switch {
	case a.proof.Email != "":
		return a.byAddress(ctx)
	case a.proof.Method == chime.ByAmazon:
		return refuse(AddressMissing)
	default:
		return refuse(NotAllowed)
	}
}

func (a *admission) byPasskey(ctx context.Context) error {
	subject, err := a.tx.Subject(ctx, a.proof.User, "")
	if err != nil {
		return err
	}
	if subject == nil || subject.Identity != a.proof.Identity {
		return refuse(NotAllowed)
	}
	a.subject, a.known = *subject, true
	return nil
}

// byLink finds the person whom the provider's subject is linked to. That stays so
// when the provider comes to call them by an address that is not theirs here.
func (a *admission) byLink(ctx context.Context) error {
	subject, err := Linked(ctx, a.tx, *a.proof.Upstream)
	if err != nil || subject == nil {
		return err
	}
	a.subject, a.known, a.linked = *subject, true, true
	if a.proof.Email == "" {
		return nil
	}
	key := chime.EmailKey(a.proof.Email)
	holders, err := a.tx.AddressHolders(ctx, []string{key})
	a.proven = holders[key] == subject.ID
	return err
}

// Linked returns the person whom a provider's subject is linked to, or nil.
func Linked(ctx context.Context, tx chime.Tx, upstream chime.Upstream) (*chime.Subject, error) {
	link, err := tx.Link(ctx, upstream.Issuer, upstream.Subject)
	if err != nil || link == nil {
		return nil, err
	}
	subject, err := tx.Subject(ctx, link.User, upstream.Account)
	if err != nil || subject == nil || subject.Identity != link.Identity {
		return nil, err
	}
	return subject, nil
}

// byAddress finds the person who holds the address, or the id that they will have:
// that which an invitation made.
func (a *admission) byAddress(ctx context.Context) error {
	key := chime.EmailKey(a.proof.Email)
	holders, err := a.tx.AddressHolders(ctx, []string{key})
	if err != nil {
		return err
	}
	a.proven = true
	subject, err := a.tx.Subject(ctx, holders[key], "")
	switch {
	case err != nil:
		return err
	case subject != nil:
		a.subject, a.known = *subject, true
		return nil
	}
	a.subject.Person = chime.Person{ID: holders[key], Email: a.proof.Email}
	if a.subject.ID == "" {
		a.subject.ID = chime.UserID(uuid.NewString())
		return a.tx.ClaimAddresses(ctx, map[string]chime.UserID{key: a.subject.ID})
	}
	return nil
}

// findClaim finds out whose the domain of the person's address is.
func (a *admission) findClaim(ctx context.Context) (err error) {
	if a.proven {
		a.claim, err = a.d.ClaimOf(ctx, a.tx, a.proof.Email)
		return err
	}
	a.claim, err = a.d.ClaimOf(ctx, a.tx, a.subject.Email)
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return nil // what is no address has no domain
	}
	return err
}

// account is the one whose rules count; nil for those of the free.
func (a *admission) account() *chime.Account {
	if a.claim.Account != nil {
		return a.claim.Account
	}
	return a.subject.Account
}

// joins reports whether the person is to come to the account that has verified the
// domain.
func (a *admission) joins() bool {
	return a.claim.Account != nil && a.subject.Person.Account != a.claim.Account.ID
}

// check refuses whoever may not sign in, or not like this.
func (a *admission) check(ctx context.Context) error {
	account, provider := a.account(), chime.AccountID("")
	if a.proof.Upstream != nil {
		provider = a.proof.Upstream.Account
	}
	err := mayUse(account, a.proof.Method, provider)
	switch {
	case err != nil:
		return err
	case a.proof.Method == chime.ByProvider && !a.linked && a.claim.Account == nil:
		return refuse(NotAllowed) // its word for an address does not count
	case a.joins():
		err = a.mayJoin()
	default:
		err = MaySignIn(a.subject)
	}
	if err != nil || account == nil || account.Type != chime.EnterpriseOIDC {
		return err
	}
	return a.checkGroups(ctx, *account)
}

// mayJoin wants a proof of the address under the very claim.
func (a *admission) mayJoin() error {
	switch {
	case !a.proven && a.proof.Method == chime.ByAmazon:
		return refuse(AddressMissing)
	case !a.proven:
		return refuse(NotAllowed)
	case a.proof.Claim != a.claim.ID:
		return refuse(LoginOver)
	}
	return nil
}

// checkGroups finds the license that the provider's groups give.
func (a *admission) checkGroups(ctx context.Context, account chime.Account) error {
	provider, err := a.tx.Provider(ctx, account.ID)
	switch {
	case err != nil:
		return err
	case provider == nil:
		return refuse(NoMethod)
	case provider.Issuer != a.proof.Upstream.Issuer:
		return refuse(LoginOver)
	}
	a.license, err = groupLicense(*provider, account.DefaultLicense, a.proof.Groups)
	return err
}

// groupLicense is the license that groups give: both kinds give Pro, none keeps
// out. A provider without any groups gives everybody the default.
func groupLicense(p chime.Provider, standard chime.License, groups []string) (chime.License, error) {
	in := func(group string) bool { return slices.Contains(groups, group) }
	switch {
	case len(p.ProGroups)+len(p.BasicGroups) == 0:
		return standard, nil
	case slices.ContainsFunc(p.ProGroups, in):
		return chime.Pro, nil
	case slices.ContainsFunc(p.BasicGroups, in):
		return chime.Basic, nil
	}
	return "", refuse(NotInGroups)
}

// register makes a person of somebody new, and of whom a release left only the
// address.
func (a *admission) register(ctx context.Context) error {
	if a.known && (!a.subject.Free() || !a.subject.Registered.IsZero() || a.subject.DisplayName != "") {
		return nil
	}
	if a.name == "" {
		return refuse(NameMissing)
	}
	pin, err := claimPIN(ctx, a.tx, a.subject.ID)
	if err != nil {
		return err
	}
	a.subject.DisplayName, a.subject.PIN, a.subject.Registered, a.subject.Record = a.name, pin, a.now, ""
	return a.plain.PutPeople(ctx, a.subject.Person)
}

// place puts the person where they belong, with the license that they have there.
func (a *admission) place(ctx context.Context) error {
	switch member := a.subject.Member; {
	case a.joins():
		return a.join(ctx)
	case a.license == "" || member.License == a.license:
		return nil
	default:
		member.License, member.Record = a.license, a.recordID
		if err := a.tx.PutStandings(ctx, *member); err != nil {
			return err
		}
		return a.record(ctx, "UpdateLicense", *a.subject.Account, audit.Values{"licenseType": a.license})
	}
}

// join makes the person a Registered member of the account that has verified the
// domain.
func (a *admission) join(ctx context.Context) error {
	account := *a.claim.Account
	_, there, err := a.tx.AccountMembers(ctx, account.ID, []chime.UserID{a.subject.ID})
	if err != nil {
		return err
	}
	member := chime.Member{Account: account.ID, User: a.subject.ID, Profile: chime.Profile{Type: chime.PrivateUser}}
	if len(there) > 0 { // who was invited before the account had the domain
		member = there[0]
	}
	if a.known {
		if err := a.end(ctx, account.ID); err != nil {
			return err
		}
		a.subject.Identity++
		a.linked = false
	}
	if err := a.leave(ctx); err != nil {
		return err
	}
	for _, license := range []chime.License{account.DefaultLicense, member.License, a.license} {
		if license != "" {
			member.License = license
		}
	}
	member.Invitation, member.InviteID, member.EmailStatus, member.Invited = "", "", "", time.Time{}
	if err := a.tx.DeleteFormerMembers(ctx, account.ID, []chime.UserID{a.subject.ID}); err != nil {
		return err
	}
	if err := a.enter(ctx, account, member); err != nil {
		return err
	}
	return a.record(ctx, "JoinAccount", account, audit.Values{"domainName": domainOf(a.proof.Email), "licenseType": member.License})
}

// end signs the person out everywhere; the account has the event.
func (a *admission) end(ctx context.Context, account chime.AccountID) error {
	ended := a.subject.CurrentSignout()
	a.subject.Signout = ended.Raise(a.now)
	people := []chime.EventPerson{{User: a.subject.ID, Epoch: ended.Epoch}}
	return appendEvent(ctx, a.tx, &a.events, chime.SignedOut, account, a.now, people)
}

// leave takes the person out of the account that they are in, if any. Their
// sign-out is the person's own again.
func (a *admission) leave(ctx context.Context) error {
	from := a.subject.Account
	if from == nil {
		return nil
	}
	a.subject.Person.Account, a.subject.Account, a.subject.Member = "", nil, nil
	if err := a.tx.DeleteMembers(ctx, from.ID, []chime.UserID{a.subject.ID}); err != nil {
		return err
	}
	return a.d.recordOfPerson(ctx, a.tx, "", a.now, a.subject.ID, "LeaveAccount", *from, nil)
}

// enter makes the person the Registered member of the account.
func (a *admission) enter(ctx context.Context, account chime.Account, member chime.Member) error {
	p := &a.subject.Person
	p.Account = account.ID
	member.Status, member.Signout = chime.Registered, p.Signout
	member.DisplayName, member.PIN, member.Registered = p.DisplayName, p.PIN, p.Registered
	if member.Email == "" {
		member.Email = p.Email
	}
	p.Record, member.Record = a.recordID, a.recordID
	if err := a.tx.PutMembers(ctx, member); err != nil {
		return err
	}
	if err := a.tx.PutPeople(ctx, *p); err != nil {
		return err
	}
	member.Profile = chime.Profile{} // as reads of a subject leave it
	a.subject.Account, a.subject.Member = &account, &member
	return nil
}

// connect links the provider's subject to the person, as they are now.
func (a *admission) connect(ctx context.Context) error {
	upstream := a.proof.Upstream
	if upstream == nil || a.linked {
		return nil
	}
	return a.tx.PutLink(ctx, chime.Link{
		Issuer: upstream.Issuer, Subject: upstream.Subject, User: a.subject.ID, Identity: a.subject.Identity, Created: a.now,
	})
}

// record adds to the audit of an account what the person did, or had done to them,
// by signing in.
func (a *admission) record(ctx context.Context, operation string, account chime.Account, params audit.Values) error {
	return a.d.recordOfPerson(ctx, a.tx, a.recordID, a.now, a.subject.ID, operation, account, params)
}

// recordOfPerson adds a record to the audit of an account whose caller is a person,
// under the id, or one of its own for "".
func (d *Directory) recordOfPerson(
	ctx context.Context, tx chime.Tx, id string, now time.Time, user chime.UserID, operation string, account chime.Account, params audit.Values,
) error {
	values := audit.Values{"accountId": account.ID, "userId": user}
	for name, value := range params {
		values[name] = value
	}
	return appendRecord(ctx, tx, now, audit.Event{
		ID: id, Operation: operation, Identity: audit.Person(user, account.Tenant), Tenant: account.Tenant, Account: account.ID, Params: values,
	})
}

// maxDisplayName is the longest display name, in characters.
const maxDisplayName = 100

// validName returns a name without the space around it; "" for one that is none,
// or that would not stay on one line. Names in Persian or Hindi hold joiners, and
// names in Japanese a space of their own.
func validName(name string) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, name))
	const joiners = "\u200c\u200d"
	odd := func(r rune) bool { return !unicode.IsPrint(r) && !strings.ContainsRune(joiners, r) }
	if len([]rune(name)) > maxDisplayName || strings.ContainsFunc(name, odd) || strings.Trim(name, " "+joiners) == "" {
		return ""
	}
	return name
}
