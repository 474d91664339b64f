package directory

import (
	"context"
	"reflect"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// GetUser returns a user as the account sees them, also one whom a Team account
// suspended (decision 1).
func (d *Directory) GetUser(ctx context.Context, id chime.AccountID, user chime.UserID) (found User, err error) {
	c, again := on("GetUser", id).with("userId", user), false
	err = d.read(ctx, c.readingOnce(), func(caller iam.Caller, tx chime.Tx) error {
		account, member, err := d.member(ctx, caller, tx, id, user)
		switch {
		case err != nil:
			return err
		case member != nil:
			found = view(member)
			return nil
		case !again: // they may be coming back, between one read and the next
			again = true
			return errAgain
		}
		former, err := formerMembers(ctx, tx, account, []chime.UserID{user})
		if err != nil {
			return err
		}
		f, ok := former[user]
		if !ok {
			return notFoundUser(user)
		}
		found = formerView(f)
		return nil
	})
	return found, err
}

// formerMembers returns those of the users whom the account suspended and still
// shows. Only Team accounts have such records.
func formerMembers(ctx context.Context, tx chime.Tx, account chime.Account, users []chime.UserID) (map[chime.UserID]chime.FormerMember, error) {
	if account.Type != chime.Team || len(users) == 0 {
		return nil, nil
	}
	list, err := tx.FormerMembers(ctx, account.ID, users)
	return showFormer(account, list), err
}

// showFormer returns the records by user: none, but for a Team account.
func showFormer(account chime.Account, list []chime.FormerMember) map[chime.UserID]chime.FormerMember {
	if account.Type != chime.Team {
		return nil
	}
	former := make(map[chime.UserID]chime.FormerMember, len(list))
	for _, f := range list {
		former[f.User] = f
	}
	return former
}

// ListUsers returns a page of the account's users, ordered by id, without their
// PINs, and the token of the next page, "" after the last.
func (d *Directory) ListUsers(ctx context.Context, id chime.AccountID, f UserFilter, p Page) (users []User, next string, err error) {
	c := on("ListUsers", id)
	if f.Email != "" {
		c.with("userEmail", f.Email)
	}
	if f.Type != "" {
		c.with("userType", f.Type)
	}
	err = d.read(ctx, c, func(caller iam.Caller, tx chime.Tx) error {
		key := chime.EmailKey(f.Email)
		bound := bindToken("ListUsers", string(caller.Tenant), string(id), key, string(f.Type))
		after, limit, err := d.position(bound, p)
		if err != nil {
			return err
		}
		if key != "" {
			users, err = d.userWithAddress(ctx, caller, tx, id, key, f.Type)
			return err
		}
		if _, err := d.account(ctx, caller, tx, id); err != nil {
			return err
		}
		members, err := tx.ListMembers(ctx, chime.MemberQuery{
			Account: id, Type: f.Type, After: chime.UserID(after), Limit: limit + 1, Brief: true,
		})
		if err != nil {
			return err
		}
		if len(members) > limit {
			members = members[:limit]
			next = d.Tokens.SealToken(bound, string(members[limit-1].User))
		}
		users = make([]User, 0, len(members))
		for i := range members {
			u := view(&members[i])
			u.PIN = ""
			users = append(users, u)
		}
		return nil
	})
	return users, next, err
}

// userWithAddress returns the user of the account who has the address, as a list
// shows them. An address is one person's in the whole directory.
func (d *Directory) userWithAddress(
	ctx context.Context, caller iam.Caller, tx chime.Tx, id chime.AccountID, key string, userType chime.UserType,
) ([]User, error) {
	holders, err := tx.AddressHolders(ctx, []string{key})
	if err != nil {
		return nil, err
	}
	_, member, err := d.member(ctx, caller, tx, id, holders[key])
	if err != nil || member == nil || chime.EmailKey(member.Email) != key || userType != "" && userType != member.Type {
		return nil, err
	}
	u := view(member)
	u.PIN = ""
	return []User{u}, nil
}

// UpdateUser changes a membership.
func (d *Directory) UpdateUser(ctx context.Context, id chime.AccountID, change UserChange) error {
	c := on("UpdateUser", id).changing()
	for name, value := range change.params() {
		c.with(name, value)
	}
	return d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, _ *call) error {
		account, member, err := d.member(ctx, caller, tx, id, change.User)
		if err != nil {
			return err
		}
		if account.Type.Managed() {
			return wrongType(account, "a Team or EnterpriseLWA")
		}
		if member == nil {
			return notFoundUser(change.User)
		}
		if refused := change.apply(account, member); refused != nil {
			return refused
		}
		return putChanged(ctx, tx, []UserChange{change}, []chime.Member{*member})
	})
}

// UpdateUsers changes up to MaxUpdates memberships and returns whose change was
// refused and why. An id that comes twice must come with the same change.
func (d *Directory) UpdateUsers(ctx context.Context, id chime.AccountID, changes []UserChange) (refusals []UserError, err error) {
	changes, err = distinctChanges(changes)
	if err != nil {
		return nil, err
	}
	c := on("BatchUpdateUser", id).with("updateUserRequestItems", changeParams(changes)).changing()
	err = d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, c *call) error {
		users := make([]chime.UserID, 0, len(changes))
		for _, change := range changes {
			users = append(users, change.User)
		}
		account, members, err := d.batch(ctx, caller, tx, id, users)
		if err != nil {
			return err
		}
		if account.Type.Managed() {
			return wrongType(account, "a Team or EnterpriseLWA")
		}
		var outcomes outcomes
		var changed []chime.Member
		for _, change := range changes {
			member, ok := members[change.User]
			if !ok {
				outcomes.refuse(change.User, notFoundUser(change.User))
				continue
			}
			if refused := change.apply(account, &member); refused != nil {
				outcomes.refuse(change.User, refused)
				continue
			}
			changed = append(changed, member)
		}
		refusals = outcomes.errors
		c.response = outcomes.response()
		return putChanged(ctx, tx, changes, changed)
	})
	return refusals, err
}

// distinctChanges keeps the first of equal changes.
func distinctChanges(changes []UserChange) ([]UserChange, error) {
	if len(changes) > MaxUpdates {
		return nil, tooMany("users to update", MaxUpdates)
	}
	known := make(map[chime.UserID]UserChange, len(changes))
	distinct := make([]UserChange, 0, len(changes))
	for _, change := range changes {
		if err := validUserID(change.User); err != nil {
			return nil, err
		}
		first, ok := known[change.User]
		switch {
		case !ok:
			known[change.User] = change
			distinct = append(distinct, change)
		case !reflect.DeepEqual(first, change):
			return nil, chime.Errorf(chime.BadRequest, "User %s comes twice with different values.", change.User)
		}
	}
	return distinct, nil
}

// apply changes the member, or says why not.
func (u UserChange) apply(account chime.Account, m *chime.Member) *chime.Error {
	if u.License != nil {
		if !account.Supports(*u.License) {
			return unsupported(account, *u.License)
		}
		m.License = *u.License
	}
	if u.Type != nil {
		m.Type = *u.Type
	}
	if u.Alexa != nil && u.Alexa.Enabled != nil {
		m.Alexa.Enabled = *u.Alexa.Enabled
	}
	if u.Alexa != nil && u.Alexa.RoomARN != nil {
		m.Alexa.RoomARN = *u.Alexa.RoomARN
	}
	return nil
}

// putChanged writes members; their profiles only when a change touched one.
func putChanged(ctx context.Context, tx chime.Tx, changes []UserChange, members []chime.Member) error {
	for _, change := range changes {
		if change.Type != nil || change.Alexa != nil {
			return tx.PutMembers(ctx, members...)
		}
	}
	return tx.PutStandings(ctx, members...)
}

func (u UserChange) params() audit.Values {
	params := audit.Values{"userId": u.User}
	if u.License != nil {
		params["licenseType"] = *u.License
	}
	if u.Type != nil {
		params["userType"] = *u.Type
	}
	if u.Alexa != nil {
		alexa := audit.Values{}
		if u.Alexa.Enabled != nil {
			alexa["isAlexaForBusinessEnabled"] = *u.Alexa.Enabled
		}
		if u.Alexa.RoomARN != nil {
			alexa["alexaForBusinessRoomArn"] = audit.Hidden
		}
		params["alexaForBusinessMetadata"] = alexa
	}
	return params
}

func changeParams(changes []UserChange) []audit.Values {
	params := make([]audit.Values, 0, len(changes))
	for _, change := range changes {
		params = append(params, change.params())
	}
	return params
}

// GetUserSettings returns a user's calling permissions.
func (d *Directory) GetUserSettings(ctx context.Context, id chime.AccountID, user chime.UserID) (telephony chime.Telephony, err error) {
	c := on("GetUserSettings", id).with("userId", user)
	err = d.read(ctx, c.readingOnce(), func(caller iam.Caller, tx chime.Tx) error {
		member, err := d.registered(ctx, caller, tx, id, user)
		if err == nil {
			telephony = member.Telephony
		}
		return err
	})
	return telephony, err
}

// UpdateUserSettings sets a user's calling permissions.
func (d *Directory) UpdateUserSettings(ctx context.Context, id chime.AccountID, user chime.UserID, telephony chime.Telephony) error {
	c := on("UpdateUserSettings", id).with("userId", user).with("userSettings", audit.Values{"telephony": audit.Values{
		"inboundCalling": telephony.InboundCalling, "outboundCalling": telephony.OutboundCalling, "sMS": telephony.SMS,
	}})
	return d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, _ *call) error {
		member, err := d.registered(ctx, caller, tx, id, user)
		if err != nil {
			return err
		}
		member.Telephony = telephony
		return tx.PutMembers(ctx, *member)
	})
}

// registered reads a member who has registered, suspended ones included. A
// pending invitation has no settings and no PIN.
func (d *Directory) registered(ctx context.Context, caller iam.Caller, tx chime.Tx, id chime.AccountID, user chime.UserID) (*chime.Member, error) {
	_, member, err := d.member(ctx, caller, tx, id, user)
	if err != nil {
		return nil, err
	}
	if member == nil {
		return nil, notFoundUser(user)
	}
	if member.Status == chime.Unregistered {
		return nil, chime.Errorf(chime.BadRequest, "User %s has not registered yet.", user)
	}
	return member, nil
}
