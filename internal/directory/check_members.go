package directory

import (
	"context"
	"fmt"
	"slices"

	"github.com/carillon-id/carillon/internal/chime"
)

// accountsOf returns those of the accounts that there are.
func (c *checking) accountsOf(ctx context.Context, ids []chime.AccountID) (map[chime.AccountID]chime.Account, error) {
	accounts, err := c.tx.Accounts(ctx, distinct(ids))
	known := make(map[chime.AccountID]chime.Account, len(accounts))
	for _, a := range accounts {
		known[a.ID] = a
	}
	return known, err
}

// neighbors are what members are compared with.
type neighbors struct {
	accounts  map[chime.AccountID]chime.Account
	people    map[chime.UserID]chime.Person
	addresses map[string]chime.UserID // that the people do not tell
}

func (c *checking) neighborsOf(ctx context.Context, page []chime.Member) (n neighbors, err error) {
	accounts, users := make([]chime.AccountID, 0, len(page)), make([]chime.UserID, 0, len(page))
	for _, m := range page {
		accounts, users = append(accounts, m.Account), append(users, m.User)
	}
	if n.accounts, err = c.accountsOf(ctx, accounts); err != nil {
		return n, err
	}
	people, err := c.tx.People(ctx, distinct(users))
	if err != nil {
		return n, err
	}
	n.people = make(map[chime.UserID]chime.Person, len(people))
	for _, p := range people {
		n.people[p.ID] = p
	}
	var others []string
	for _, m := range page {
		if key := chime.EmailKey(m.Email); m.Email != "" && key != chime.EmailKey(n.people[m.User].Email) {
			others = append(others, key)
		}
	}
	n.addresses, err = c.tx.AddressHolders(ctx, distinct(others))
	return n, err
}

// sameProfile reports whether a member has what the person has. The address may be
// written otherwise, or be another one of theirs: that which they were invited by.
func (n neighbors) sameProfile(m chime.Member) bool {
	p, key := n.people[m.User], chime.EmailKey(m.Email)
	return m.DisplayName == p.DisplayName && m.PIN == p.PIN && (key == chime.EmailKey(p.Email) || n.addresses[key] == m.User)
}

func (c *checking) checkMembers(ctx context.Context, page []chime.Member) ([]chime.Finding, error) {
	n, err := c.neighborsOf(ctx, page)
	if err != nil {
		return nil, err
	}
	var findings []chime.Finding
	claims := make([]claim, 0, 2*len(page))
	for _, m := range page {
		object := fmt.Sprintf("member %s of account %s", m.User, m.Account)
		found := func(kind chime.FindingKind, problem, remedy string) {
			findings = append(findings, chime.Finding{Kind: kind, Object: object, Problem: problem, Remedy: remedy})
		}
		if problem := invalidMember(m); problem != "" {
			found(chime.FoundConstraint, problem, fromBackup)
		}
		if _, known := n.accounts[m.Account]; !known {
			found(chime.FoundOrphan, "there is no such account", rebuild)
		}
		person, registered := n.people[m.User]
		switch {
		case m.Status == chime.Unregistered:
			if problem := n.strayInvitation(m); problem != "" {
				found(chime.FoundOrphan, problem, "Withdraw the invitation with `aws chime batch-suspend-user`, and invite again.")
			}
		case !registered:
			found(chime.FoundOrphan, "there is no such person", rebuild)
		case person.Account != m.Account:
			found(chime.FoundOrphan, fmt.Sprintf("the person is in %s", place(person)), rebuild)
		default:
			c.homes++
			claims = append(claims, personClaim(person))
			if !n.sameProfile(m) {
				found(chime.FoundConstraint, "the address, name or PIN is not the person's", rebuild)
			}
		}
		claims = append(claims, memberClaim(object, m))
	}
	unrecorded, err := c.checkRecords(ctx, claims)
	if err != nil {
		return nil, err
	}
	powerless, err := c.checkRoles(ctx, page, n)
	return slices.Concat(findings, unrecorded, powerless), err
}

// checkRoles looks for members with a role that is not there. Few have one.
func (c *checking) checkRoles(ctx context.Context, page []chime.Member, n neighbors) (findings []chime.Finding, err error) {
	for _, m := range page {
		if m.Role == "" {
			continue
		}
		role, err := c.tx.Administrator(ctx, n.accounts[m.Account].Tenant, m.Key())
		if err != nil {
			return nil, err
		}
		if role == nil || role.ID != m.Role || m.Status != chime.Registered {
			findings = append(findings, chime.Finding{
				Kind: chime.FoundOrphan, Object: fmt.Sprintf("member %s of account %s", m.User, m.Account),
				Problem: "they are an administrator, and there is no such role, or they are not Registered",
				Remedy:  "Revoke the role with `carillon admins revoke`, and grant it again.",
			})
		}
	}
	return findings, nil
}

func place(p chime.Person) string {
	if p.Free() {
		return "no account"
	}
	return "account " + string(p.Account)
}

// strayInvitation says what an invitation lacks. Its address may have become
// another's, but is somebody's.
func (n neighbors) strayInvitation(m chime.Member) string {
	switch {
	case n.people[m.User].Account == m.Account:
		return "it is an invitation, and the person is in that account"
	case m.Email != "" && n.addresses[chime.EmailKey(m.Email)] == "" && chime.EmailKey(m.Email) != chime.EmailKey(n.people[m.User].Email):
		return "nobody holds the address " + m.Email
	}
	return ""
}

// invalidMember says what of a member no operation would have written.
func invalidMember(m chime.Member) string {
	switch {
	case !oneOf(m.Status, chime.Registered, chime.Unregistered, chime.Suspended):
		return fmt.Sprintf("%q is no registration status", m.Status)
	case !oneOf(m.License, chime.Basic, chime.Plus, chime.Pro, chime.ProTrial) && (m.License != "" || m.Status != chime.Unregistered):
		return fmt.Sprintf("%q is no license", m.License)
	case !oneOf(m.Type, chime.PrivateUser, chime.SharedDevice):
		return fmt.Sprintf("%q is no user type", m.Type)
	case !oneOf(m.Invitation, "", chime.InvitationPending, chime.InvitationAccepted, chime.InvitationFailed):
		return fmt.Sprintf("%q is no invitation status", m.Invitation)
	case !oneOf(m.EmailStatus, "", chime.EmailNotSent, chime.EmailSent, chime.EmailFailed):
		return fmt.Sprintf("%q is no status of a mail", m.EmailStatus)
	case m.Signout.Epoch < 0:
		return fmt.Sprintf("the epoch is %d", m.Signout.Epoch)
	}
	return ""
}

func oneOf[T comparable](value T, values ...T) bool { return slices.Contains(values, value) }

func (c *checking) checkFormerMembers(ctx context.Context, page []chime.FormerMember) ([]chime.Finding, error) {
	ids, keys := make([]chime.AccountID, 0, len(page)), make([]chime.MemberKey, 0, len(page))
	for _, f := range page {
		ids, keys = append(ids, f.Account), append(keys, f.Key())
	}
	accounts, err := c.accountsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	members, err := c.tx.MembersAt(ctx, keys)
	if err != nil {
		return nil, err
	}
	present := make(map[chime.MemberKey]bool, len(members))
	for _, m := range members {
		present[m.Key()] = true
	}
	var findings []chime.Finding
	claims := make([]claim, 0, len(page))
	for _, f := range page {
		object := fmt.Sprintf("former member %s of account %s", f.User, f.Account)
		if _, known := accounts[f.Account]; !known {
			findings = append(findings, chime.Finding{
				Kind: chime.FoundOrphan, Object: object, Problem: "there is no such account", Remedy: rebuild,
			})
		}
		if present[f.Key()] {
			findings = append(findings, chime.Finding{
				Kind: chime.FoundConstraint, Object: object, Problem: "the user is a member of that account", Remedy: rebuild,
			})
		}
		claims = append(claims, formerClaim(object, f))
	}
	unrecorded, err := c.checkRecords(ctx, claims)
	return append(findings, unrecorded...), err
}
