package directory

import (
	"context"
	"strings"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

const (
	// maxScan is how many rows one request looks through at most, whatever it looks for.
	maxScan = 2000
	// MaxEntries is how many entries GetUsersByEntries takes.
	MaxEntries = 100
)

// UserSearch narrows ListUsersByFilter. Zero values do not filter. A user counts by
// what a list shows of them.
type UserSearch struct {
	// EmailPrefix is the beginning of an address. The case of ASCII letters does not count.
	EmailPrefix string
	Status      chime.RegistrationStatus
	License     chime.License
	Type        chime.UserType
}

func (s UserSearch) matches(m *chime.Member, shown User) bool {
	return (s.Status == "" || s.Status == shown.Status) &&
		(s.License == "" || s.License == shown.License) &&
		(s.Type == "" || s.Type == m.Type)
}

// selective reports whether some of the rows that are read may not match.
func (s UserSearch) selective() bool { return s.Status != "" || s.License != "" || s.Type != "" }

func (s UserSearch) params(c call) {
	for name, value := range map[string]string{
		"emailPrefix": s.EmailPrefix, "status": string(s.Status), "license": string(s.License), "userType": string(s.Type),
	} {
		if value != "" {
			c.with(name, value)
		}
	}
}

// listed is the member as lists show them.
func listed(m *chime.Member) User {
	u := view(m)
	u.PIN = ""
	return u
}

// ListUsersByFilter returns a page of the account's users who match, without their
// PINs, and the token of the next page, "" after the last. They are ordered by
// address when the search has a prefix of it, and else by id. It looks through at
// most maxScan users, so that a page may be short, or empty, and not the last.
func (d *Directory) ListUsersByFilter(ctx context.Context, id chime.AccountID, s UserSearch, p Page) (users []User, next string, err error) {
	c := on("ListUsersByFilter", id)
	s.params(c)
	err = d.read(ctx, c, func(caller iam.Caller, tx chime.Tx) error {
		prefix := chime.AddressOrder(s.EmailPrefix)
		bound := bindToken("ListUsersByFilter", string(caller.Tenant), string(id), prefix, string(s.Status), string(s.License), string(s.Type))
		after, limit, err := d.position(bound, p)
		if err != nil {
			return err
		}
		if _, err := d.account(ctx, caller, tx, id); err != nil {
			return err
		}
		scan := maxScan
		if !s.selective() {
			scan = limit + 1
		}
		members, err := searched(ctx, tx, id, prefix, chime.UserID(after), scan)
		if err != nil {
			return err
		}
		var position string
		if users, position = s.pick(members, prefix, limit, len(members) == scan); position != "" {
			next = d.Tokens.SealToken(bound, position)
		}
		return nil
	})
	return users, next, err
}

// pick returns those of the members who match, at most limit of them, and the position
// behind the last that was looked at; "" when none come after the members.
func (s UserSearch) pick(members []chime.Member, prefix string, limit int, more bool) (users []User, position string) {
	users = []User{}
	for i := range members {
		m := &members[i]
		order := chime.AddressOrder(m.Email)
		if !strings.HasPrefix(order, prefix) { // they are ordered by it
			return users, ""
		}
		if len(users) == limit {
			return users, position
		}
		if shown := listed(m); s.matches(m, shown) {
			users = append(users, shown)
		}
		if position = string(m.User); prefix != "" {
			position = order + "\x00" + position // no address holds it
		}
	}
	if !more {
		return users, ""
	}
	return users, position
}

// searched reads members by address from a prefix on, or by id. The position is one
// of pick.
func searched(ctx context.Context, tx chime.Tx, id chime.AccountID, prefix string, after chime.UserID, limit int) ([]chime.Member, error) {
	if prefix == "" {
		return tx.ListMembers(ctx, chime.MemberQuery{Account: id, After: after, Limit: limit, Brief: true})
	}
	from := chime.AddressPosition{Order: prefix}
	if order, user, ok := strings.Cut(string(after), "\x00"); ok {
		from = chime.AddressPosition{Order: order, User: chime.UserID(user)}
	}
	return tx.MembersByAddress(ctx, id, from, limit)
}

// GetUserByEmail returns the user with the address as their account sees them, as a
// list of at most one: who is in no account of the tenant is not in it. An
// invitation is not being in an account.
func (d *Directory) GetUserByEmail(ctx context.Context, email string) (users []User, err error) {
	c := call{operation: "GetUserByEmail", params: audit.Values{"email": email}}
	err = d.read(ctx, c, func(caller iam.Caller, tx chime.Tx) error {
		users = []User{}
		accounts, err := d.accountOf(ctx, caller, tx, AccountFilter{Email: email})
		if err != nil || len(accounts) == 0 {
			return err
		}
		users, err = d.userWithAddress(ctx, caller, tx, accounts[0].ID, chime.EmailKey(email), "")
		return err
	})
	return users, err
}

// ResolvedUser is whom an entry means; User is nil for nobody in the account.
type ResolvedUser struct {
	Entry string
	User  *User
}

// GetUsersByEntries returns whom of an account each entry means, in their order,
// without their PINs: an entry is the id or the address of a user, also of one whom a
// Team account suspended (decision 1).
func (d *Directory) GetUsersByEntries(ctx context.Context, id chime.AccountID, entries []string) (resolved []ResolvedUser, err error) {
	if len(entries) > MaxEntries {
		return nil, tooMany("entries", MaxEntries)
	}
	err = d.read(ctx, on("GetUsersByEntries", id).with("entries", entries), func(caller iam.Caller, tx chime.Tx) error {
		keys := make([]string, 0, len(entries))
		ids := make([]chime.UserID, 0, 2*len(entries))
		for _, entry := range entries {
			keys, ids = append(keys, chime.EmailKey(entry)), append(ids, chime.UserID(entry))
		}
		holders, err := tx.AddressHolders(ctx, distinct(keys))
		if err != nil {
			return err
		}
		for _, holder := range holders {
			ids = append(ids, holder)
		}
		known, err := d.knownUsers(ctx, caller, tx, id, distinct(ids))
		if err != nil {
			return err
		}
		resolved = make([]ResolvedUser, 0, len(entries))
		for i, entry := range entries {
			r := ResolvedUser{Entry: entry, User: known[chime.UserID(entry)]}
			if holder := known[holders[keys[i]]]; r.User == nil && holder != nil && chime.EmailKey(holder.Email) == keys[i] {
				r.User = holder
			}
			resolved = append(resolved, r)
		}
		return nil
	})
	return resolved, err
}

// knownUsers returns those of the users whom the account knows, as lists show them.
func (d *Directory) knownUsers(ctx context.Context, caller iam.Caller, tx chime.Tx, id chime.AccountID, users []chime.UserID) (map[chime.UserID]*User, error) {
	account, members, err := tx.AccountMembers(ctx, id, users)
	if err != nil {
		return nil, err
	}
	if err := visible(caller, id, account); err != nil {
		return nil, err
	}
	former, err := formerMembers(ctx, tx, *account, users)
	if err != nil {
		return nil, err
	}
	known := make(map[chime.UserID]*User, len(members))
	for _, f := range former {
		known[f.User] = new(formerView(f))
	}
	for i := range members {
		known[members[i].User] = new(listed(&members[i]))
	}
	return known, nil
}
