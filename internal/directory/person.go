package directory

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// CreateUser makes a Registered user of an EnterpriseDirectory account, meant
// for shared devices. Other accounts get their users otherwise.
func (d *Directory) CreateUser(ctx context.Context, id chime.AccountID, u NewUser) (created User, err error) {
	if u.Username == "" && u.Email == "" {
		return created, chime.Errorf(chime.BadRequest, "A new user needs a Username or an Email.")
	}
	if u.Email != "" && !chime.ValidEmail(u.Email) {
		return created, chime.Errorf(chime.BadRequest, "The address is not a valid e-mail address.")
	}
	if u.Type == "" {
		u.Type = chime.PrivateUser
	}
	c := on(opCreateUser, id).with("userType", u.Type)
	if u.Username != "" {
		c.with("username", u.Username)
	}
	if u.Email != "" {
		c.with("email", u.Email)
	}
	err = d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, c *call) error {
		account, err := d.account(ctx, caller, tx, id)
		if err != nil {
			return err
		}
		if account.Type != chime.EnterpriseDirectory {
			return chime.Errorf(chime.BadRequest, "Service received a bad request: users are created in EnterpriseDirectory accounts only.")
		}
		member, err := d.createMember(ctx, tx, account, u)
		if err != nil {
			return err
		}
		created = view(&member)
		c.response = audit.Values{"user": audit.Values{"userId": member.User}}
		return nil
	})
	return created, err
}

func (d *Directory) createMember(ctx context.Context, tx chime.Tx, account chime.Account, u NewUser) (chime.Member, error) {
	now := d.Now()
	member := chime.Member{
		Account:  account.ID,
		User:     chime.UserID(uuid.NewString()),
		Standing: chime.Standing{Status: chime.Registered, License: account.DefaultLicense},
		Profile:  chime.Profile{Email: u.Email, DisplayName: u.Username, Type: u.Type, Registered: now},
	}
	if member.DisplayName == "" {
		member.DisplayName = u.Email
	}
	if u.Email != "" {
		var err error
		if member.User, err = claimAddress(ctx, tx, u.Email, member.User); err != nil {
			return member, err
		}
	}
	if u.Type != chime.SharedDevice {
		pin, err := claimPIN(ctx, tx, member.User)
		if err != nil {
			return member, err
		}
		member.PIN = pin
	}
	person := chime.Person{
		ID: member.User, Account: account.ID, Email: u.Email, DisplayName: member.DisplayName, PIN: member.PIN, Registered: now,
	}
	if err := tx.PutMembers(ctx, member); err != nil {
		return member, err
	}
	return member, tx.PutPeople(ctx, person)
}

// claimAddress gives the address to a new user and returns their id: the given
// one or, of an address that was only ever invited, the one that the invitation
// made. Nobody keeps an address from its owner by inviting it.
func claimAddress(ctx context.Context, tx chime.Tx, email string, user chime.UserID) (chime.UserID, error) {
	key := chime.EmailKey(email)
	holders, err := tx.ResolveAddresses(ctx, map[string]chime.UserID{key: user})
	if err != nil || holders[key] == user {
		return user, err
	}
	people, err := tx.People(ctx, []chime.UserID{holders[key]})
	if err == nil && len(people) > 0 {
		err = chime.Errorf(chime.Conflict, "Request could not be completed due to a conflict: the address is in use.")
	}
	return holders[key], err
}

// LogoutUser signs a user out everywhere, by the epoch, without changing where
// they stand. A pending invitation grants nothing over the person: it is left
// as it is.
func (d *Directory) LogoutUser(ctx context.Context, id chime.AccountID, user chime.UserID) error {
	c := on(opLogout, id).with("userId", user).changing()
	return d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, c *call) error {
		_, member, err := d.member(ctx, caller, tx, id, user)
		if err != nil {
			return err
		}
		if member == nil {
			return notFoundUser(user)
		}
		if member.Status == chime.Unregistered {
			return nil
		}
		c.signedOut = []chime.EventPerson{{User: user, Epoch: member.Signout.Epoch}}
		member.Signout = member.Signout.Raise(c.now)
		return tx.PutStandings(ctx, *member)
	})
}

// ResetPersonalPIN gives a user a new meeting PIN; the old one is dead at once.
func (d *Directory) ResetPersonalPIN(ctx context.Context, id chime.AccountID, user chime.UserID) (changed User, err error) {
	c := on("ResetPersonalPIN", id).with("userId", user)
	err = d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, c *call) error {
		member, err := d.registered(ctx, caller, tx, id, user)
		if err != nil {
			return err
		}
		if member.PIN == "" {
			return chime.Errorf(chime.BadRequest, "User %s has no personal PIN.", user)
		}
		old := member.PIN
		if member.PIN, err = claimPIN(ctx, tx, user); err != nil {
			return err
		}
		if err := tx.ReleasePINs(ctx, []string{old}); err != nil {
			return err
		}
		changed = view(member)
		c.response = audit.Values{"user": audit.Values{"userId": user, "personalPIN": audit.Hidden}}
		return putProfile(ctx, tx, *member)
	})
	return changed, err
}

// putProfile writes what a member and the person both have.
func putProfile(ctx context.Context, tx chime.Tx, m chime.Member) error {
	people, err := tx.People(ctx, []chime.UserID{m.User})
	if err != nil {
		return err
	}
	for i := range people {
		people[i].Email, people[i].DisplayName, people[i].PIN = m.Email, m.DisplayName, m.PIN
	}
	if err := tx.PutMembers(ctx, m); err != nil {
		return err
	}
	return tx.PutPeople(ctx, people...)
}

// pinDigits is the length of a meeting PIN. It may begin with zeros.
const pinDigits = 10

// errPINs tells the operator that the space of PINs is crowded.
var errPINs = errors.New("no free meeting PIN found")

// claimPIN gives the user a random PIN that nobody has.
func claimPIN(ctx context.Context, tx chime.Tx, user chime.UserID) (string, error) {
	candidates := make([]string, 0, 10)
	for range cap(candidates) {
		pin, err := newPIN(Stretch{})
		if err != nil {
			return "", err
		}
		candidates = append(candidates, pin)
	}
	taken, err := tx.PINHolders(ctx, candidates)
	if err != nil {
		return "", err
	}
	for _, pin := range candidates {
		if taken[pin] == "" {
			return pin, tx.ClaimPINs(ctx, map[string]chime.UserID{pin: user})
		}
	}
	return "", errPINs
}

// Stretch is one of so many equal stretches of all PINs, counted from 0; the zero
// Stretch is all of them. PINs of one stretch stand side by side in a database, so
// that those of many people are written quickly. Each is as hard to guess as if
// all were drawn from the whole: as many numbers are left to each.
type Stretch struct{ Part, Of int64 }

// leastStretch is how many numbers a stretch has at least.
const leastStretch = 1_000_000

// numbers returns where the stretch begins and how many PINs there are in it.
func (s Stretch) numbers() (first, n int64) {
	const all = 10_000_000_000
	if s.Of <= 0 || all/s.Of < leastStretch {
		return 0, all
	}
	n = all / s.Of
	return s.Part % s.Of * n, n
}

func newPIN(from Stretch) (string, error) {
	first, n := from.numbers()
	at, err := rand.Int(rand.Reader, big.NewInt(n))
	if err != nil {
		return "", fmt.Errorf("making a PIN: %w", err)
	}
	return fmt.Sprintf("%0*d", pinDigits, first+at.Int64()), nil
}
