package main

import (
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

// crashExample is a directory under load after a suspension of two users and an
// import of which the first users are on record: what was asked, and what was found.
type crashExample struct {
	*crashDirectory
	request *crashRequest
	run     *importRun
	records []crashRecord
	found   directoryState
}

func newCrashExample() crashExample {
	key := func(user chime.UserID) chime.MemberKey { return chime.MemberKey{Account: "lwa-0", User: user} }
	request := &crashRequest{
		tag: "crash/0/1", operation: "BatchSuspendUser", account: "lwa-0", users: []chime.UserID{"a", "b"}, answer: `{"UserErrors":[]}`,
	}
	run := &importRun{account: "imported", marker: "marker", version: "new"}
	e := crashExample{request: request, run: run, found: newDirectoryState(), crashDirectory: &crashDirectory{
		clients: []*crashClient{{requests: []*crashRequest{request}}}, importers: []*importer{{runs: []*importRun{run}}}, want: newDirectoryState(),
	}}
	for _, user := range []chime.UserID{"a", "b", "c"} {
		e.want.members[key(user)] = memberState{status: chime.Registered, name: "User"}
		e.found.members[key(user)] = memberState{status: chime.Registered, name: "User"}
	}
	for _, user := range request.users {
		e.found.members[key(user)] = memberState{status: chime.Suspended, epoch: 1, name: "User"}
	}
	suspension, accounts, users := crashRecord{id: "1", account: "lwa-0", EventName: "BatchSuspendUser", UserAgent: request.tag},
		crashRecord{id: "2", EventName: "Import"}, crashRecord{id: "3", EventName: "Import"}
	suspension.RequestParameters.UserIDList = request.users
	accounts.RequestParameters.AccountIDs = []chime.AccountID{run.account, run.marker}
	batch := importedUsers(run.account)[:importBatch]
	users.RequestParameters.Users = append(users.RequestParameters.Users, struct {
		AccountID chime.AccountID
		UserIDs   []chime.UserID
	}{run.account, batch})
	users.ResponseElements.UsersAdded = len(batch)
	e.records = []crashRecord{suspension, accounts, users}
	e.found.accounts[run.account], e.found.accounts[run.marker] = string(run.account), string(run.marker)
	for _, user := range batch {
		e.found.members[chime.MemberKey{Account: run.account, User: user}] = memberState{status: chime.Registered, name: run.version}
		e.found.people[user], e.found.holders[string(user)+"@example.com"] = run.account, user
	}
	return e
}

// TestCrashCheck: the crash test would notice what it looks for.
func TestCrashCheck(t *testing.T) {
	t.Parallel()
	a := chime.MemberKey{Account: "lwa-0", User: "a"}
	for _, c := range []struct {
		name  string
		spoil func(*crashExample)
		want  string // in the first finding; "" for none
	}{
		{"nothing wrong", func(*crashExample) {}, ""},
		{"a lost acknowledgement, done", func(e *crashExample) { e.request.answer = "" }, ""},
		{"a lost acknowledged request", func(e *crashExample) { e.records = e.records[1:] }, "was acknowledged, and has no record"},
		{"an effect without a record", func(e *crashExample) { e.request.answer, e.records = "", e.records[1:] }, "and was to be {Registered 0  User}"},
		{"a record without an effect", func(e *crashExample) { e.found.members = newCrashExample().want.members }, "and was to be"},
		{"half a batch", func(e *crashExample) { e.found.members[a] = e.want.members[a] }, "member {lwa-0 a} is {Registered 0  User}"},
		{"a user signed out twice", func(e *crashExample) { e.found.members[a] = memberState{chime.Suspended, 2, "", "User"} }, "is {Suspended 2  User}"},
		{"two records", func(e *crashExample) { e.records = append(e.records, e.records[0]) }, "has two records"},
		{"a record of another request", func(e *crashExample) { e.request.users = e.request.users[:1] }, "is that of another request"},
		{"a record that nobody asked for", func(e *crashExample) { e.clients[0].requests = nil }, "who asked nothing like that"},
		{"another outcome than the answer", func(e *crashExample) { e.request.answer = `{"UserErrors":[{"UserId":"a","ErrorCode":"NotFound"}]}` }, "and its record says"},
		{"another outcome than by the rules", func(e *crashExample) { delete(e.want.members, a); delete(e.found.members, a) }, "was to refuse [a]"},
		{"a member whom nobody made", func(e *crashExample) { e.found.members[chime.MemberKey{User: "x"}] = memberState{} }, "was not to be"},
		{"an import that ended well, and half is there", func(e *crashExample) { e.run.ended = true }, "only 1000 users are on record"},
		{"half a batch of an import on record", func(e *crashExample) {
			e.records[2].RequestParameters.Users[0].UserIDs = e.records[2].RequestParameters.Users[0].UserIDs[1:]
		}, "no whole batch"},
		{"half a batch of an import there", func(e *crashExample) { delete(e.found.people, "imported-00007") }, "person imported-00007 is missing"},
		{"an import that nobody ran", func(e *crashExample) { e.importers[0].runs = nil }, "which nobody ran"},
	} {
		e := newCrashExample()
		c.spoil(&e)
		var f findings
		e.replay(&f, e.records, e.found)
		e.want.compare(&f, e.found)
		got := strings.Join(f.list, "\n")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got the findings %q, want %q", c.name, got, c.want)
		}
	}
}
