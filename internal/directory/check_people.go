package directory

import (
	"context"
	"fmt"

	"github.com/carillon-id/carillon/internal/chime"
)

func (c *checking) checkPeople(ctx context.Context, page []chime.Person) (findings []chime.Finding, err error) {
	h, err := c.holdersFor(ctx, page)
	if err != nil {
		return nil, err
	}
	claims := make([]claim, 0, len(page))
	for _, p := range page {
		findings = append(findings, h.compare(p)...)
		if p.PIN != "" && h.pins[p.PIN] == p.ID {
			c.held++
		}
		switch {
		case p.Free() && p.Record == "": // by their own act, which no tenant's audit has
		case p.Free():
			claims = append(claims, personClaim(p))
		default: // their record was looked at beside the member's, which it is often the same as
			c.settled++
		}
	}
	unrecorded, err := c.checkRecords(ctx, claims)
	return append(findings, unrecorded...), err
}

// peoplesHoldings are who holds the addresses and PINs of people.
type peoplesHoldings struct{ addresses, pins map[string]chime.UserID }

func (c *checking) holdersFor(ctx context.Context, page []chime.Person) (h peoplesHoldings, err error) {
	keys, pins := make([]string, 0, len(page)), make([]string, 0, len(page))
	for _, p := range page {
		keys, pins = append(keys, chime.EmailKey(p.Email)), append(pins, p.PIN)
	}
	if h.addresses, err = c.tx.AddressHolders(ctx, distinct(keys)); err != nil {
		return h, err
	}
	h.pins, err = c.tx.PINHolders(ctx, distinct(pins))
	return h, err
}

// compare says what of a person does not agree with who holds what.
func (h peoplesHoldings) compare(p chime.Person) (findings []chime.Finding) {
	found := func(kind chime.FindingKind, problem string) {
		findings = append(findings, chime.Finding{Kind: kind, Object: personName(p), Problem: problem, Remedy: rebuild})
	}
	if p.Signout.Epoch < 0 {
		found(chime.FoundConstraint, fmt.Sprintf("the epoch is %d", p.Signout.Epoch))
	}
	if holder := h.addresses[chime.EmailKey(p.Email)]; p.Email != "" && holder != p.ID {
		found(chime.FoundOrphan, fmt.Sprintf("the address %s is %s", p.Email, heldBy(holder)))
	}
	if holder := h.pins[p.PIN]; p.PIN != "" && holder != p.ID {
		found(chime.FoundOrphan, "the PIN is "+heldBy(holder))
	}
	return findings
}

func personName(p chime.Person) string { return "person " + string(p.ID) }

func heldBy(user chime.UserID) string {
	if user == "" {
		return "held by nobody"
	}
	return "held by user " + string(user)
}

// checkHomes looks for people who are in an account and no member of it.
func (c *checking) checkHomes(ctx context.Context, page []chime.Person) ([]chime.Finding, error) {
	var keys []chime.MemberKey
	for _, p := range page {
		if !p.Free() {
			keys = append(keys, chime.MemberKey{Account: p.Account, User: p.ID})
		}
	}
	members, err := c.tx.MembersAt(ctx, keys)
	if err != nil {
		return nil, err
	}
	present := make(map[chime.MemberKey]bool, len(members))
	for _, m := range members {
		present[m.Key()] = m.Status != chime.Unregistered
	}
	var findings []chime.Finding
	for _, key := range keys {
		if !present[key] {
			findings = append(findings, chime.Finding{
				Kind: chime.FoundOrphan, Object: "person " + string(key.User), Remedy: rebuild,
				Problem: fmt.Sprintf("they are in account %s and no member of it", key.Account),
			})
		}
	}
	return findings, nil
}

// checkAddresses looks for addresses that nobody can hold. That a holder is not
// known is nothing: whoever was invited and never registered keeps the address, with
// the id, when the invitation is withdrawn.
func (c *checking) checkAddresses(_ context.Context, page []chime.Holding) (findings []chime.Finding, err error) {
	for _, h := range page {
		var problem string
		switch {
		case h.User == "":
			problem = "it is held by nobody"
		case chime.EmailKey(h.Key) != h.Key:
			problem = "nobody is looked up by it, because of its capital letters"
		default:
			continue
		}
		findings = append(findings, chime.Finding{Kind: chime.FoundOrphan, Object: "address " + h.Key, Problem: problem, Remedy: rebuild})
	}
	return findings, nil
}

// checkPINs looks for PINs that are no person's.
func (c *checking) checkPINs(ctx context.Context, page []chime.Holding) (findings []chime.Finding, err error) {
	users := make([]chime.UserID, 0, len(page))
	for _, h := range page {
		users = append(users, h.User)
	}
	people, err := c.tx.People(ctx, distinct(users))
	if err != nil {
		return nil, err
	}
	pins := make(map[chime.UserID]string, len(people))
	for _, p := range people {
		pins[p.ID] = p.PIN
	}
	for _, h := range page {
		if pins[h.User] != h.Key {
			findings = append(findings, chime.Finding{
				Kind: chime.FoundOrphan, Object: "a PIN of user " + string(h.User), Problem: "there is no person with it", Remedy: rebuild,
			})
		}
	}
	return findings, nil
}
