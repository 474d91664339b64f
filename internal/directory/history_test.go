package directory_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
)

// historyOf returns the records of all pages, the newest first, and how many pages
// there were.
func (f *fixture) historyOf(t testing.TB, account chime.AccountID, user chime.UserID, limit int) (all []directory.HistoryRecord, pages int) {
	t.Helper()
	for p := (directory.Page{Limit: limit}); ; {
		list, next, err := f.ListUserHistory(asRoot(t), account, user, p)
		if err != nil || limit > 0 && len(list) > limit {
			t.Fatalf("a page of %d: got %v and %v", limit, list, err)
		}
		all = append(all, list...)
		pages++
		if p.Token = next; next == "" {
			return all, pages
		}
	}
}

func operationsOf(history []directory.HistoryRecord) (names []string) {
	for _, h := range history {
		names = append(names, h.Operation)
	}
	return names
}

func TestListUserHistory(t *testing.T) {
	f := newFixture(t)
	team, next := f.account(t, "team", chime.Team), f.account(t, "next", chime.Team)
	f.join(t, team, "bob")
	ann := f.invite(t, team, "ann@example.com")
	f.invite(t, next, "ann@example.com") // another account's business
	f.suspend(t, team, "bob", "nobody", ann)
	f.invite(t, team, "ann@example.com")
	f.accept(t, team, ann)
	checkCode(t, "LogoutUser", f.LogoutUser(asRoot(t), team, ann), "")
	for _, tenant := range []chime.TenantID{tenantOne, tenantTwo} { // of whom one is none of this tenant's business
		snoop := iam.WithCaller(t.Context(), iam.NewCaller(chime.Principal{Tenant: tenant, Name: "snoop"}, "AKIA"+string(tenant), nil))
		_, err := f.ResetPersonalPIN(snoop, team, ann)
		checkCode(t, "a denial", err, chime.Forbidden)
	}
	f.closeRecorder()

	all, _ := f.historyOf(t, team, ann, 0)
	check(t, "the operations", operationsOf(all), []string{"ResetPersonalPIN", "LogoutUser", "AcceptInvitation", "InviteUsers", "BatchSuspendUser", "InviteUsers"})
	check(t, "the principals", []string{all[0].Principal, all[1].Principal, all[2].Principal},
		[]string{"arn:aws:iam::111122223333:user/snoop", "arn:aws:iam::111122223333:root", "user:" + string(ann)})
	check(t, "the denial", all[0].Error, "ForbiddenException")
	for limit := 1; limit < 4; limit++ {
		paged, _ := f.historyOf(t, team, ann, limit)
		check(t, fmt.Sprintf("by pages of %d", limit), paged, all)
	}
	ofBob, _ := f.historyOf(t, team, "bob", 0)
	check(t, "of who was removed", operationsOf(ofBob), []string{"BatchSuspendUser"})
	unknown, _ := f.historyOf(t, team, "nobody", 0)
	if len(unknown) != 1 || unknown[0].UserError != string(chime.NotFound) || unknown[0].Error != "" {
		t.Errorf("of somebody whom a batch did not find: got %+v", unknown)
	}
	_, token, err := f.ListUserHistory(asRoot(t), team, ann, directory.Page{Limit: 1})
	checkCode(t, "ListUserHistory", err, "")
	for what, call := range map[string]struct {
		ctx     context.Context
		account chime.AccountID
		page    directory.Page
		code    chime.Code
	}{
		"another tenant's":        {root(t.Context(), tenantTwo), team, directory.Page{}, chime.NotFound},
		"an unknown account's":    {asRoot(t), "unknown", directory.Page{}, chime.NotFound},
		"another account's token": {asRoot(t), next, directory.Page{Token: token}, chime.BadRequest},
		"a page too long":         {asRoot(t), team, directory.Page{Limit: 201}, chime.BadRequest},
	} {
		_, _, err := f.ListUserHistory(call.ctx, call.account, ann, call.page)
		checkCode(t, what, err, call.code)
	}
}

// TestAHistoryIsLookedForInBoundedPages among many records of others: a page says
// that it has not looked at all of them.
func TestAHistoryIsLookedForInBoundedPages(t *testing.T) {
	f := newFixture(t)
	account := f.account(t, "lwa", chime.EnterpriseLWA)
	f.join(t, account, "ann")
	checkCode(t, "LogoutUser", f.LogoutUser(asRoot(t), account, "ann"), "")
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		var records []chime.AuditRecord
		for range 600 {
			r, err := audit.New(ctx, f.clock, audit.Event{Operation: "GetUser", Tenant: tenantOne, Account: account, Params: audit.Values{"userId": "other"}})
			if err != nil {
				return err
			}
			records = append(records, r)
		}
		return tx.AppendAudit(ctx, records...)
	})
	checkCode(t, "LogoutUser", f.LogoutUser(asRoot(t), account, "ann"), "")
	history, pages := f.historyOf(t, account, "ann", 200)
	check(t, "the operations", operationsOf(history), []string{"LogoutUser", "LogoutUser"})
	check(t, "the pages", pages, 3)
}
