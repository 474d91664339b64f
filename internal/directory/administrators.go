package directory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// maxRolePolicies is how many policies a role holds at most, as AWS attaches to one.
const maxRolePolicies = 20

// Administrator is a role, and who holds it.
type Administrator struct {
	chime.Administrator
	Email, DisplayName string
}

// GrantAdministrator gives a Registered member of an account a role with these
// policies, in place of those that it had; without any, with the policy
// iam.AdministratorPolicy. The role belongs to the membership: it ends when the
// member is suspended, leaves, is moved or is released, and does not come back.
// Nobody grants what they do not hold (iam.Caller.Covers).
func (d *Directory) GrantAdministrator(
	ctx context.Context, id chime.AccountID, user chime.UserID, policies []chime.PrincipalPolicy,
) (granted Administrator, err error) {
	if len(policies) == 0 {
		policies = []chime.PrincipalPolicy{{Name: iam.AdministratorPolicy}}
	}
	if err := checkRolePolicies(policies); err != nil {
		return granted, err
	}
	c := administering(opGrantAdministrator, id).with("userId", user).with("policies", policyValues(policies))
	c.grants = policies
	err = d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, c *call) error {
		member, err := d.grantee(ctx, caller, tx, id, user)
		if err != nil {
			return err
		}
		role, err := tx.Administrator(ctx, caller.Tenant, member.Key())
		if err != nil {
			return err
		}
		if role == nil || role.ID != member.Role {
			role = &chime.Administrator{
				Tenant: caller.Tenant, Account: id, User: user, ID: chime.RoleID(uuid.NewString()), Granted: c.now,
			}
		}
		role.Policies, member.Role = policies, role.ID
		granted = Administrator{*role, member.Email, member.DisplayName}
		if err := tx.PutAdministrator(ctx, *role); err != nil {
			return err
		}
		return tx.PutStandings(ctx, member)
	})
	return granted, err
}

// grantee is a member who can be given a role: somebody who can sign in.
func (d *Directory) grantee(ctx context.Context, caller iam.Caller, tx chime.Tx, id chime.AccountID, user chime.UserID) (chime.Member, error) {
	_, member, err := d.member(ctx, caller, tx, id, user)
	switch {
	case err != nil:
		return chime.Member{}, err
	case member == nil:
		return chime.Member{}, notFoundUser(user)
	case member.Status != chime.Registered || member.Type == chime.SharedDevice:
		return chime.Member{}, chime.Errorf(chime.Unprocessable, "User %s cannot be an administrator: only a person who is Registered can", user)
	}
	return *member, nil
}

// RevokeAdministrator takes the role from a member. What they were issued for it is
// refused from the next request on, and they stay signed in.
func (d *Directory) RevokeAdministrator(ctx context.Context, id chime.AccountID, user chime.UserID) error {
	c := administering("RevokeAdministrator", id).with("userId", user)
	return d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, _ *call) error {
		_, member, err := d.member(ctx, caller, tx, id, user)
		switch {
		case err != nil:
			return err
		case member == nil || member.Role == "":
			return chime.Errorf(chime.NotFound, "User %s is no administrator", user)
		}
		if err := tx.DeleteAdministrator(ctx, caller.Tenant, member.Key()); err != nil {
			return err
		}
		member.Role = ""
		return tx.PutStandings(ctx, *member)
	})
}

// rolePage is how many roles are read at once to judge them.
const rolePage = 200

// coversRoles refuses a caller who may not do all that the administrators of an
// account may: whoever becomes one of them gains nothing then. Roles that have ended
// and are not purged yet count too.
func coversRoles(ctx context.Context, caller iam.Caller, tx chime.Tx, id chime.AccountID) error {
	after := chime.MemberKey{Account: id}
	for {
		roles, err := tx.ListAdministrators(ctx, caller.Tenant, after, rolePage)
		if err != nil {
			return err
		}
		for _, role := range roles {
			if role.Account != id {
				return nil
			}
			if err := caller.Covers(role.Policies); err != nil {
				return chime.Errorf(chime.Forbidden, "Who sets the OpenID provider of account %s can sign in as its administrators. %v", id, err)
			}
			after = role.Key()
		}
		if len(roles) < rolePage {
			return nil
		}
	}
}

// ListAdministrators returns a page of the tenant's administrators, ordered by
// account and user, and the token of the next page, "" after the last. Those whose
// role has ended are left out, so a page may be shorter than its limit.
func (d *Directory) ListAdministrators(ctx context.Context, p Page) (list []Administrator, next string, err error) {
	c := administering("ListAdministrators", "")
	err = d.read(ctx, c, func(caller iam.Caller, tx chime.Tx) error {
		bound := bindToken("ListAdministrators", string(caller.Tenant))
		after, limit, err := d.position(bound, p)
		if err != nil {
			return err
		}
		roles, err := tx.ListAdministrators(ctx, caller.Tenant, memberKeyOf(after), limit+1)
		if err != nil {
			return err
		}
		next = ""
		if len(roles) > limit {
			roles = roles[:limit]
			next = d.Tokens.SealToken(bound, positionOf(roles[limit-1].Key()))
		}
		list, err = roleHolders(ctx, tx, roles)
		return err
	})
	return list, next, err
}

// roleHolders returns those of the roles that their members have.
func roleHolders(ctx context.Context, tx chime.Tx, roles []chime.Administrator) ([]Administrator, error) {
	keys := make([]chime.MemberKey, 0, len(roles))
	for _, r := range roles {
		keys = append(keys, r.Key())
	}
	members, err := tx.MembersAt(ctx, keys)
	held := make(map[chime.MemberKey]chime.Member, len(members))
	for _, m := range members {
		held[m.Key()] = m
	}
	list := make([]Administrator, 0, len(roles))
	for _, r := range roles {
		if m := held[r.Key()]; m.Role == r.ID {
			list = append(list, Administrator{r, m.Email, m.DisplayName})
		}
	}
	return list, err
}

// positionOf is a key in one text, from which memberKeyOf has it again.
func positionOf(key chime.MemberKey) string { return bindToken(string(key.Account)) + string(key.User) }

func memberKeyOf(position string) chime.MemberKey {
	var n int
	if _, err := fmt.Sscanf(position, "%d:", &n); err != nil {
		return chime.MemberKey{}
	}
	_, rest, _ := strings.Cut(position, ":")
	return chime.MemberKey{Account: chime.AccountID(rest[:n]), User: chime.UserID(rest[n:])}
}

func checkRolePolicies(policies []chime.PrincipalPolicy) error {
	if len(policies) > maxRolePolicies {
		return tooMany("policies", maxRolePolicies)
	}
	var names []string
	for _, p := range policies {
		if err := iam.CheckPolicy(p); err != nil {
			return err
		}
		if slices.Contains(names, p.Name) {
			return chime.Errorf(chime.BadRequest, "The policy %s is there twice.", p.Name)
		}
		names = append(names, p.Name)
	}
	return nil
}

// policyValues are policies as a record has them.
func policyValues(policies []chime.PrincipalPolicy) []audit.Values {
	values := make([]audit.Values, 0, len(policies))
	for _, p := range policies {
		v := audit.Values{"policyName": p.Name}
		if p.Document != "" {
			v["policyDocument"] = p.Document
		}
		values = append(values, v)
	}
	return values
}
