package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

// outcome is what a batch answered, or what its record has of that.
type outcome struct {
	UserErrors []struct {
		UserID    chime.UserID
		ErrorCode chime.Code
	}
	Invites []struct{ InviteID, EmailAddress, Status string }
	// Of an import.
	UsersAdded, UsersReplaced int
	AddressesReserved         *int
}

// crashRecord is an audit record of the load.
type crashRecord struct {
	id                string
	account           chime.AccountID
	EventName         string
	UserAgent         string
	ErrorCode         string
	RequestParameters struct {
		UserIDList    []chime.UserID
		UserEmailList []string
		// Of an import.
		AccountIDs []chime.AccountID
		Users      []struct {
			AccountID chime.AccountID
			UserIDs   []chime.UserID
		}
	}
	ResponseElements outcome
}

// newRecords returns the records since the one with that id, in order.
func newRecords(tb testing.TB, store chime.Store, since string) []crashRecord {
	tb.Helper()
	ctx := tb.Context()
	var records []crashRecord
	err := store.View(ctx, func(tx chime.Tx) error {
		return scan(func(after string) ([]chime.AuditRecord, error) {
			return tx.ListAudit(ctx, chime.AuditQuery{AfterID: max(after, since), Limit: scanPage})
		}, func(r chime.AuditRecord) string {
			record := crashRecord{id: r.ID, account: r.Account}
			if err := json.Unmarshal(r.Document, &record); err != nil || record.EventName != r.Operation {
				tb.Errorf("the record %s of %s cannot be read: %v", r.ID, r.Operation, err)
			}
			records = append(records, record)
			return r.ID
		})
	})
	if err != nil {
		tb.Fatalf("reading the audit: %v", err)
	}
	return records
}

// countRecords returns how many records there are.
func countRecords(tb testing.TB, store chime.Store) int64 {
	tb.Helper()
	var counts map[string]int64
	err := store.View(tb.Context(), func(tx chime.Tx) (err error) {
		counts, err = tx.Counts(tb.Context())
		return err
	})
	if err != nil {
		tb.Fatalf("counting the records: %v", err)
	}
	return counts["account_audit"] + counts["tenant_audit"]
}

// replay brings what the directory is to hold up to date by the new records, each
// of which has to be that of a request, and notes acknowledged requests that left
// none.
func (d *crashDirectory) replay(f *findings, records []crashRecord, found directoryState) {
	byTag := map[string]crashRecord{}
	for _, r := range records {
		d.lastRecord = r.id
		switch {
		case r.ErrorCode != "":
			f.add("a record of %s by %s says that it failed: %s", r.EventName, r.UserAgent, r.ErrorCode)
		case r.EventName == "Import":
			d.replayImport(f, r)
		case byTag[r.UserAgent].id != "":
			f.add("%s has two records", r.UserAgent)
		default:
			byTag[r.UserAgent] = r
		}
	}
	for _, c := range d.clients {
		last := ""
		for _, request := range c.requests {
			record, ok := byTag[request.tag]
			delete(byTag, request.tag)
			switch {
			case !ok && request.answer != "":
				f.add("%s of %s was acknowledged, and has no record: %s", request.tag, request.operation, request.answer)
			case !ok:
				d.tally.undone++
			case record.id < last:
				f.add("the record of %s is older than the one before", request.tag)
			default:
				last = record.id
				d.tally.count(request)
				request.compare(f, record)
				d.apply(f, request, record.ResponseElements, found)
			}
		}
		c.requests = nil
	}
	for tag, r := range byTag {
		f.add("there is a record of %s by %q, who asked nothing like that", r.EventName, tag)
	}
	for _, i := range d.importers {
		i.endRuns(f, &d.tally)
	}
}

// compare notes where a record differs from its request, or from the answer to it.
func (r *crashRequest) compare(f *findings, record crashRecord) {
	if record.EventName != r.operation || record.account != r.account ||
		!slices.Equal(record.RequestParameters.UserIDList, r.users) || !slices.Equal(record.RequestParameters.UserEmailList, r.addresses) {
		f.add("the record of %s is that of another request: %+v, and not %+v", r.tag, record, *r)
	}
	if r.answer == "" {
		return
	}
	var answer outcome
	err := json.Unmarshal([]byte(r.answer), &answer)
	if err != nil || !slices.Equal(answer.UserErrors, record.ResponseElements.UserErrors) || !slices.Equal(answer.Invites, record.ResponseElements.Invites) {
		f.add("%s was answered %s (%v), and its record says %+v", r.tag, r.answer, err, record.ResponseElements)
	}
}

// apply does to what the directory is to hold what the request did, and notes
// where its outcome is another.
func (d *crashDirectory) apply(f *findings, r *crashRequest, got outcome, found directoryState) {
	if r.operation == "InviteUsers" {
		d.applyInvitations(f, r, got, found)
		return
	}
	var unknown []chime.UserID
	for _, user := range r.users {
		key := chime.MemberKey{Account: r.account, User: user}
		member, ok := d.want.members[key]
		_, left := d.want.former[key]
		switch {
		case !ok && !left:
			unknown = append(unknown, user)
		case !ok:
		case r.operation == "BatchUnsuspendUser":
			member.status = chime.Registered
			d.want.members[key] = member
		case strings.HasPrefix(string(r.account), "lwa-"):
			if member.status == chime.Registered {
				member.status, member.epoch = chime.Suspended, member.epoch+1
				d.want.members[key] = member
			}
		default:
			delete(d.want.members, key)
			if member.status == chime.Registered {
				d.want.former[key], d.want.people[user] = member.name, ""
			}
		}
	}
	var refused []chime.UserID
	for _, e := range got.UserErrors {
		refused = append(refused, e.UserID)
		if e.ErrorCode != chime.NotFound {
			f.add("%s refused user %s by %s", r.tag, e.UserID, e.ErrorCode)
		}
	}
	if !slices.Equal(refused, unknown) {
		f.add("%s refused the users %v, and was to refuse %v", r.tag, refused, unknown)
	}
}

// applyInvitations is apply for invitations. Which id somebody new was given only
// the directory knows.
func (d *crashDirectory) applyInvitations(f *findings, r *crashRequest, got outcome, found directoryState) {
	if len(got.Invites) != len(r.addresses) {
		f.add("%s invited %d addresses, and was to invite %d", r.tag, len(got.Invites), len(r.addresses))
		return
	}
	for i, address := range r.addresses {
		user, known := d.want.holders[address]
		if !known {
			if user = found.holders[address]; user == "" {
				f.add("%s invited %s, which nobody holds", r.tag, address)
				continue
			}
			d.want.holders[address] = user
			c := d.clients[clientOf(address)]
			c.invited = append(c.invited, user)
		}
		invite, key := got.Invites[i], chime.MemberKey{Account: r.account, User: user}
		member, ok := d.want.members[key]
		want := chime.InvitationPending
		if ok && member.status == chime.Registered {
			want = chime.InvitationAccepted
		} else {
			member.status, member.inviteID = chime.Unregistered, invite.InviteID
			d.want.members[key] = member
			delete(d.want.former, key)
		}
		if invite.EmailAddress != address || invite.Status != string(want) {
			f.add("%s invited %s as %s, and was to invite %s as %s", r.tag, invite.EmailAddress, invite.Status, address, want)
		}
	}
}

// clientOf is the number of the client whose address it is.
func clientOf(address string) (number int) {
	_, _ = fmt.Sscanf(address, "client-%d-", &number) // all of them are so
	return number
}

// replayImport is replay for a record of an import: that of its accounts, by which
// its run is known, or that of a batch of its users, which belongs to the run
// before it. Before its users a run reserves their addresses, which then are theirs
// whether they ever come to be or not.
func (d *crashDirectory) replayImport(f *findings, r crashRecord) {
	accounts, users := r.RequestParameters.AccountIDs, r.RequestParameters.Users
	if reserved := r.ResponseElements.AddressesReserved; reserved != nil && len(accounts)+len(users) == 0 {
		d.reserved += *reserved
		return
	}
	for _, i := range d.importers {
		for n, run := range i.runs {
			if len(users) == 0 && slices.Equal(accounts, []chime.AccountID{run.account, run.marker}) {
				i.begin(f, n)
				d.want.accounts[run.account], d.want.accounts[run.marker] = string(run.account), string(run.marker)
				return
			}
		}
		if run := i.running; run != nil && len(accounts) == 0 && len(users) == 1 && users[0].AccountID == run.account {
			batch := importedUsers(run.account)[min(run.done, importUsers):]
			batch = batch[:min(len(batch), importBatch)]
			if !slices.Equal(users[0].UserIDs, batch) || r.ResponseElements.UsersAdded+r.ResponseElements.UsersReplaced != len(batch) {
				f.add("%s has a record of %d users after the first %d, and no whole batch", run.marker, len(users[0].UserIDs), run.done)
			}
			run.done += len(batch)
			for _, user := range batch {
				d.want.members[chime.MemberKey{Account: run.account, User: user}] = memberState{status: chime.Registered, name: run.version}
				d.want.people[user], d.want.holders[string(user)+"@example.com"] = run.account, user
			}
			return
		}
	}
	f.add("there is a record of an import of the accounts %v and %d users, which nobody ran", accounts, len(users))
}

// begin makes the run number n the one that records are of.
func (i *importer) begin(f *findings, n int) {
	if i.running = i.runs[n]; i.running.begun {
		f.add("%s has two records of its accounts", i.running.marker)
	}
	i.running.begun = true
}

// endRuns notes runs that ended well, and did not do everything on record.
func (i *importer) endRuns(f *findings, t *tally) {
	for _, run := range i.runs {
		switch whole := run.begun && run.done == importUsers; {
		case run.ended && !whole:
			f.add("%s ended well, and only %d users are on record", run.marker, run.done)
		case run.ended:
			t.imports++
		case run.begun:
			t.importsInPart++
		default:
			t.importsUndone++
		}
	}
	i.runs, i.running = nil, nil
}
