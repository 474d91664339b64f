package directory_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// licenses returns a change to Basic for each of the users.
func licenses(users ...chime.UserID) (changes []directory.UserChange) {
	for _, user := range users {
		changes = append(changes, directory.UserChange{User: user, License: new(chime.Basic)})
	}
	return changes
}

func TestUpdateUsersLimits(t *testing.T) {
	f := newFixture(t)
	team := f.account(t, "team", chime.Team)
	all := ids(21)
	f.join(t, team, all...)
	basic, pro := licenses(all[0])[0], directory.UserChange{User: all[0], License: new(chime.Pro)}
	for what, changes := range map[string][]directory.UserChange{
		"21 users":                   licenses(all...),
		"21 times one user":          licenses(slices.Repeat(all[:1], 21)...),
		"a blank id":                 licenses(all[0], " "),
		"an empty id":                licenses("", all[0]),
		"one user with two licenses": {basic, pro},
		"one user with and without":  {basic, {User: all[0]}},
		"one user with two types":    {{User: all[0], Type: new(chime.SharedDevice)}, {User: all[0], Type: new(chime.PrivateUser)}},
		"one user with two Alexas": {
			{User: all[0], Alexa: &directory.AlexaChange{Enabled: new(true)}}, {User: all[0], Alexa: &directory.AlexaChange{}},
		},
		"an unknown user with two licenses": {{User: "nobody", License: new(chime.Pro)}, {User: "nobody", License: new(chime.Basic)}},
	} {
		f.unchanged(t, "updating "+what, chime.BadRequest, func() error {
			_, err := f.UpdateUsers(asRoot(t), team, changes)
			return err
		}, team)
	}
	for what, changes := range map[string][]directory.UserChange{
		"nobody": {}, "20 users": licenses(all[:20]...), "20 times one user": licenses(slices.Repeat(all[:1], 20)...),
	} {
		refusals, err := f.UpdateUsers(asRoot(t), team, changes)
		checkCode(t, "updating "+what, err, "")
		check(t, "updating "+what, refusals, []directory.UserError(nil))
	}
}

func TestUpdateUsersOutcomes(t *testing.T) {
	f := newFixture(t)
	lwa, other := f.account(t, "lwa", chime.EnterpriseLWA), f.account(t, "other", chime.EnterpriseLWA)
	f.join(t, lwa, "u1", "u2", "u3")
	f.join(t, other, "elsewhere")
	f.suspend(t, lwa, "u3")
	got, err := f.UpdateUsers(asRoot(t), lwa, []directory.UserChange{
		{User: "nobody", License: new(chime.Basic)},
		{User: "u2", License: new(chime.Plus), Type: new(chime.SharedDevice)},
		{User: "u3", License: new(chime.Basic)},
		{User: "elsewhere", License: new(chime.Basic)},
		{User: "u2", License: new(chime.Plus), Type: new(chime.SharedDevice)},
		{User: "u1", Type: new(chime.SharedDevice), Alexa: &directory.AlexaChange{Enabled: new(true), RoomARN: new("arn:room")}},
	})
	checkCode(t, "UpdateUsers", err, "")
	check(t, "the outcomes", got, []directory.UserError{
		unknown("nobody"),
		{User: "u2", Code: chime.BadRequest, Message: "Account lwa does not support the license Plus, only Basic, Pro."},
		unknown("elsewhere"),
	})
	u1, u2, u3 := f.getUser(t, lwa, "u1"), f.getUser(t, lwa, "u2"), f.getUser(t, lwa, "u3")
	if u1.License != chime.Pro || u1.Type != chime.SharedDevice || *u1.Alexa != (chime.Alexa{Enabled: true, RoomARN: "arn:room"}) {
		t.Errorf("a change of type and Alexa: got %+v and %+v", u1, *u1.Alexa)
	}
	if u2.License != chime.Pro || u2.Type != chime.PrivateUser {
		t.Errorf("a refused change: got %s, %s, want nothing of it applied", u2.License, u2.Type)
	}
	if u3.License != chime.Basic || u3.Status != chime.Suspended {
		t.Errorf("a change of a suspended user: got %s, %s, want Basic and suspended still", u3.License, u3.Status)
	}
}

func TestUpdateUser(t *testing.T) {
	f := newFixture(t)
	f.accountOf(t, tenantTwo, "foreign", chime.Team)
	for _, accountType := range chime.AccountTypes() {
		f.join(t, f.account(t, chime.AccountID(accountType), accountType), chime.UserID(accountType))
	}
	for _, c := range []struct {
		account chime.AccountID
		user    chime.UserID
		license chime.License
		want    chime.Code
	}{
		{"Team", "Team", chime.Basic, ""},
		{"EnterpriseLWA", "EnterpriseLWA", chime.Basic, ""},
		{"EnterpriseDirectory", "EnterpriseDirectory", chime.Basic, chime.Forbidden},
		{"EnterpriseOIDC", "EnterpriseOIDC", chime.Basic, chime.Forbidden},
		{"EnterpriseOIDC", "nobody", chime.Basic, chime.Forbidden},
		{"Team", "EnterpriseLWA", chime.Basic, chime.NotFound},
		{"Team", "nobody", chime.Basic, chime.NotFound},
		{"foreign", "Team", chime.Basic, chime.NotFound},
		{"unknown", "Team", chime.Basic, chime.NotFound},
		{"Team", "Team", chime.Plus, chime.BadRequest},
		{"Team", "Team", chime.ProTrial, chime.BadRequest},
		{"Team", "Team", "Gold", chime.BadRequest},
	} {
		change := directory.UserChange{User: c.user, License: new(c.license)}
		what := fmt.Sprintf("UpdateUser of %s in %s to %s", c.user, c.account, c.license)
		if c.want != "" {
			f.unchanged(t, what, c.want, func() error { return f.UpdateUser(asRoot(t), c.account, change) }, "Team", "EnterpriseLWA",
				"EnterpriseDirectory", "EnterpriseOIDC", "foreign")
			f.checkBatchLike(t, what, c.account, change, c.want)
			continue
		}
		checkCode(t, what, f.UpdateUser(asRoot(t), c.account, change), "")
		check(t, "the license after "+what, f.getUser(t, c.account, c.user).License, c.license)
		check(t, "the epoch after "+what, f.epoch(t, c.user), int64(0))
	}
}

// checkBatchLike sees to it that UpdateUsers refuses what UpdateUser does: for
// the user alone when that is about the user, else whole.
func (f *fixture) checkBatchLike(t *testing.T, what string, account chime.AccountID, change directory.UserChange, want chime.Code) {
	t.Helper()
	refusals, err := f.UpdateUsers(asRoot(t), account, []directory.UserChange{change})
	if account != "Team" {
		checkCode(t, what+" in a batch", err, want)
		return
	}
	checkCode(t, what+" in a batch", err, "")
	if len(refusals) != 1 || refusals[0].User != change.User || refusals[0].Code != want {
		t.Errorf("%s in a batch: got the outcomes %v, want one %s", what, refusals, want)
	}
}

func TestUserSettings(t *testing.T) {
	f := newFixture(t)
	lwa := f.account(t, "lwa", chime.EnterpriseLWA)
	f.join(t, lwa, "u1", "u2")
	f.suspend(t, lwa, "u2")
	for _, user := range []chime.UserID{"u1", "u2"} {
		got, err := f.GetUserSettings(asRoot(t), lwa, user)
		checkCode(t, "GetUserSettings", err, "")
		check(t, "the first settings", got, chime.Telephony{})
		for _, want := range []chime.Telephony{{InboundCalling: true}, {OutboundCalling: true}, {SMS: true}, {}} {
			checkCode(t, "UpdateUserSettings", f.UpdateUserSettings(asRoot(t), lwa, user, want), "")
			got, err := f.GetUserSettings(asRoot(t), lwa, user)
			checkCode(t, "GetUserSettings", err, "")
			check(t, "the settings", got, want)
		}
	}
	_, err := f.GetUserSettings(asRoot(t), lwa, "nobody")
	checkCode(t, "GetUserSettings of nobody", err, chime.NotFound)
	checkCode(t, "UpdateUserSettings of nobody", f.UpdateUserSettings(asRoot(t), lwa, "nobody", chime.Telephony{}), chime.NotFound)
}
