package iam_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// installation is a database with its master key and what administers it.
type installation struct {
	*iam.Admin
	store   chime.Store
	file    secret.KeyFile
	records int
	failing error // what Record returns instead of recording
}

func install(t *testing.T) *installation {
	t.Helper()
	in := empty(t)
	if err := in.AdoptMasterKey(t.Context(), in.file.Settle); err != nil {
		t.Fatalf("adopting the master key: %v", err)
	}
	return in
}

// empty is an installation before its first start.
func empty(t *testing.T) *installation {
	t.Helper()
	store, err := sqlite.Open(t.Context(), sqlite.Memory)
	if err != nil {
		t.Fatalf("opening the database: %v", err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("closing the database: %v", err)
		}
	})
	in := &installation{store: store, file: secret.KeyFile{Path: filepath.Join(t.TempDir(), "master.key")}}
	in.Admin = in.admin(t)
	return in
}

// admin is that of another process on the same database.
func (in *installation) admin(t *testing.T) *iam.Admin {
	t.Helper()
	check, err := iam.CheckValue(t.Context(), in.store)
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := in.file.Open(check)
	if err != nil {
		t.Fatalf("opening the key file: %v", err)
	}
	return &iam.Admin{
		Store:  in.store,
		Sealer: secret.NewKeyring(key, in.file.Find).For(secret.AccessKeySecret),
		Record: in.record,
		Now:    func() time.Time { return time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC) },
	}
}

func (in *installation) record(ctx context.Context, tx chime.Tx, operation string, of chime.TenantID, params map[string]any) (id string, err error) {
	if in.failing != nil {
		return "", in.failing
	}
	in.records++
	text, err := json.Marshal(params)
	if err != nil {
		return "", err
	}
	id = fmt.Sprintf("%012d", in.records)
	return id, tx.AppendAudit(ctx, chime.AuditRecord{
		ID: id, Time: time.Unix(1, 0), Tenant: of,
		Operation: operation, Principal: "local:ops", Document: text,
	})
}

// recorded returns what was recorded since the last call, one line a change.
func (in *installation) recorded(t *testing.T, since int) []string {
	t.Helper()
	var lines []string
	err := in.store.View(t.Context(), func(tx chime.Tx) error {
		records, err := tx.ListAudit(t.Context(), chime.AuditQuery{AfterID: fmt.Sprintf("%012d", since), Limit: 100})
		for _, r := range records {
			lines = append(lines, fmt.Sprintf("%s %s %s", r.Operation, r.Tenant, r.Document))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func (in *installation) create(t *testing.T, of chime.TenantID, name string, policies ...chime.PrincipalPolicy) iam.NewKey {
	t.Helper()
	key, err := in.CreateKey(t.Context(), of, name, policies)
	if err != nil {
		t.Fatalf("creating a key for %s: %v", name, err)
	}
	return key
}

// lookup returns the identity of a key, nil when there is none.
func (in *installation) lookup(t *testing.T, keyID string) *iam.Identity {
	t.Helper()
	identity, ok, err := iam.NewAuthenticator(in.store, in.Sealer).Lookup(t.Context(), keyID, "")
	if err != nil {
		t.Fatalf("looking up %s: %v", keyID, err)
	}
	if !ok {
		return nil
	}
	return &identity
}

func (in *installation) principal(t *testing.T, of chime.TenantID, name string) *chime.Principal {
	t.Helper()
	all, err := in.ListPrincipals(t.Context(), of)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(p chime.Principal) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &all[i]
}

func (in *installation) keyIDs(t *testing.T, of chime.TenantID) []string {
	t.Helper()
	keys, err := in.ListKeys(t.Context(), of)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, k := range keys {
		if k.SealedSecret != nil {
			t.Errorf("got the secret of %s in a list, want it left out", k.ID)
		}
		ids = append(ids, k.ID)
	}
	return ids
}

var (
	readOnly = chime.PrincipalPolicy{Name: "AmazonChimeReadOnly"}
	ownUsers = chime.PrincipalPolicy{Name: "users", Document: `{"Statement":{"Effect":"Allow","Action":"chime:GetUser","Resource":"*"}}`}
	ownLists = chime.PrincipalPolicy{Name: "users", Document: `{"Statement":{"Effect":"Allow","Action":"chime:ListUsers","Resource":"*"}}`}
)

func TestCreateKey(t *testing.T) {
	in := install(t)
	key := in.create(t, tenant, "alice", readOnly, ownUsers)
	if key.NoPolicy || key.Tenant != tenant || key.User != "alice" {
		t.Errorf("got %+v, want alice's key with policies", key)
	}
	if !regexp.MustCompile(`^AKIA[A-Z2-7]{16}$`).MatchString(key.AccessKeyID) {
		t.Errorf("got access key id %q, want AKIA and 16 characters of base32", key.AccessKeyID)
	}
	if !regexp.MustCompile(`^[A-Za-z0-9+/]{40}$`).MatchString(key.SecretAccessKey) {
		t.Errorf("got a secret of %d characters, want 40 of base64", len(key.SecretAccessKey))
	}
	want := []string{
		`CreateUser 111122223333 {"userName":"alice"}`,
		`AttachUserPolicy 111122223333 {"policyArn":"arn:aws:iam::aws:policy/AmazonChimeReadOnly","userName":"alice"}`,
		`PutUserPolicy 111122223333 {"policyDocument":` + quote(t, ownUsers.Document) + `,"policyName":"users","userName":"alice"}`,
		`CreateAccessKey 111122223333 {"accessKeyId":"` + key.AccessKeyID + `","userName":"alice"}`,
	}
	if diff := cmp.Diff(want, in.recorded(t, 0)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestCreateKeyMakesThePrincipal(t *testing.T) {
	in := install(t)
	key := in.create(t, tenant, "alice", readOnly, ownUsers)
	alice := in.principal(t, tenant, "alice")
	if alice == nil || !regexp.MustCompile(`^AIDA[A-Z2-7]{17}$`).MatchString(alice.ID) {
		t.Fatalf("got %+v, want alice with a unique id", alice)
	}
	want := chime.Principal{Tenant: tenant, Name: "alice", ID: alice.ID, Created: in.Now(), Policies: []chime.PrincipalPolicy{readOnly, ownUsers}, Record: alice.Record}
	if diff := cmp.Diff(want, *alice); diff != "" {
		t.Errorf("principal (-want +got):\n%s", diff)
	}
	identity := in.lookup(t, key.AccessKeyID)
	if identity == nil || identity.Secret != key.SecretAccessKey || identity.PrincipalDisabled {
		t.Fatalf("got identity %+v, want that of the key", identity)
	}
	c := identity.Caller
	if c.ARN != "arn:aws:iam::111122223333:user/alice" || c.PrincipalID != alice.ID || c.AccessKeyID != key.AccessKeyID || c.Root || c.Local {
		t.Errorf("got caller %+v, want alice", c)
	}
	if c.Decide("chime:ListAccounts", "*", facts) != allow || c.Decide("chime:UpdateUser", account, facts) != none {
		t.Error("got other permissions than those of the policies")
	}
}

func quote(t *testing.T, s string) string {
	t.Helper()
	out, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestCreateKeyForKnownUser(t *testing.T) {
	in := install(t)
	first := in.create(t, tenant, "alice", ownUsers)
	before := in.principal(t, tenant, "alice")

	since := in.records
	second := in.create(t, tenant, "alice")
	if second.AccessKeyID == first.AccessKeyID || second.NoPolicy {
		t.Errorf("got %+v, want another key for alice, who has a policy", second)
	}
	if diff := cmp.Diff(before, in.principal(t, tenant, "alice")); diff != "" {
		t.Errorf("a key alone changed the principal (-want +got):\n%s", diff)
	}
	if got := in.recorded(t, since); len(got) != 1 || !strings.HasPrefix(got[0], "CreateAccessKey") {
		t.Errorf("got records %q, want that of the key alone", got)
	}

	in.create(t, tenant, "alice", readOnly, ownLists)
	if diff := cmp.Diff([]chime.PrincipalPolicy{ownLists, readOnly}, in.principal(t, tenant, "alice").Policies); diff != "" {
		t.Errorf("policies after adding (-want +got):\n%s", diff)
	}
	if other := in.create(t, "444455556666", "alice"); !other.NoPolicy {
		t.Error("alice of another tenant: got policies, want a new principal without")
	}
	if c := in.lookup(t, first.AccessKeyID).Caller; c.Decide("chime:ListUsers", account, facts) != allow || c.Decide("chime:GetUser", account, facts) != allow {
		t.Error("got the former permissions for the first key, want those of its principal now")
	}
}

func TestPrincipalWithoutPolicyMayDoNothing(t *testing.T) {
	in := install(t)
	key := in.create(t, tenant, "bob")
	if !key.NoPolicy {
		t.Error("got NoPolicy false, want the caller to be told")
	}
	if got := in.lookup(t, key.AccessKeyID).Caller.Decide("chime:GetUser", account, facts); got != none {
		t.Errorf("got %v, want a denial", got)
	}
}

func TestCreateKeyRefused(t *testing.T) {
	own := func(name, document string) chime.PrincipalPolicy {
		return chime.PrincipalPolicy{Name: name, Document: document}
	}
	tests := []struct {
		name     string
		tenant   chime.TenantID
		user     string
		policy   chime.PrincipalPolicy
		wantCode chime.Code
		want     string
	}{
		{"short tenant", "12345678901", "alice", readOnly, chime.BadRequest, "12 digits"},
		{"tenant of letters", "abcdefghijkl", "alice", readOnly, chime.BadRequest, "12 digits"},
		{"no user", tenant, "", readOnly, chime.BadRequest, "user name"},
		{"user with a slash", tenant, "a/b", readOnly, chime.BadRequest, "user name"},
		{"user with a line end", tenant, "alice\n", readOnly, chime.BadRequest, "user name"},
		{"long user", tenant, strings.Repeat("a", 65), readOnly, chime.BadRequest, "user name"},
		{"root with a policy", tenant, "root", readOnly, chime.BadRequest, "takes no policy"},
		{"almost root", tenant, "Root", readOnly, chime.BadRequest, "too like"},
		{"unknown managed policy", tenant, "alice", own("AdministratorAccess", ""), chime.NotFound, "policies list"},
		{"own policy of a managed name", tenant, "alice", own("AmazonChimeReadOnly", ownUsers.Document), chime.BadRequest, "give it another"},
		{"policy name", tenant, "alice", own("a b", ownUsers.Document), chime.BadRequest, "policy name"},
		{"policy document", tenant, "alice", own("users", `{"Statement":[]}`), chime.BadRequest, "policy users: "},
	}
	in := install(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			key, err := in.CreateKey(t.Context(), tt.tenant, tt.user, []chime.PrincipalPolicy{tt.policy})
			if chime.CodeOf(err) != tt.wantCode || !strings.Contains(err.Error(), tt.want) || key != (iam.NewKey{}) {
				t.Errorf("got %+v, %v, want %s with %q", key, err, tt.wantCode, tt.want)
			}
		})
	}
	if got, err := in.ListPrincipals(t.Context(), ""); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v, want no principal made", got, err)
	}
	longest := strings.Repeat("a", 64)
	if key := in.create(t, tenant, longest, own("+=,.@-_9", ownUsers.Document)); key.User != longest {
		t.Errorf("got %+v, want a key for a name of 64", key)
	}
}

func TestRootGetsFurtherKeys(t *testing.T) {
	in := install(t)
	key := in.create(t, tenant, chime.RootName)
	root := in.principal(t, tenant, chime.RootName)
	if key.NoPolicy || root == nil || root.ID != string(tenant) {
		t.Errorf("got %+v for %+v, want a key of the root, whose id is the tenant's", key, root)
	}
	c := in.lookup(t, key.AccessKeyID).Caller
	if !c.Root || c.ARN != "arn:aws:iam::111122223333:root" || c.Decide("chime:CreateAccount", "*", facts) != allow {
		t.Errorf("got caller %+v, want a root that may do everything", c)
	}
}

func TestDisableEnableDeleteKey(t *testing.T) {
	in := install(t)
	ctx := t.Context()
	key, other := in.create(t, tenant, "alice", readOnly), in.create(t, tenant, "alice")
	since := in.records
	steps := []struct {
		name string
		do   func() error
		want bool
	}{
		{"disable", func() error { return in.SetKeyDisabled(ctx, key.AccessKeyID, true) }, false},
		{"disable again", func() error { return in.SetKeyDisabled(ctx, key.AccessKeyID, true) }, false},
		{"enable", func() error { return in.SetKeyDisabled(ctx, key.AccessKeyID, false) }, true},
		{"delete", func() error { return in.DeleteKey(ctx, key.AccessKeyID) }, false},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if got := in.lookup(t, key.AccessKeyID) != nil; got != s.want {
			t.Errorf("after %s: got the key found %v, want %v", s.name, got, s.want)
		}
	}
	if in.lookup(t, other.AccessKeyID) == nil {
		t.Error("got the other key gone, want it untouched")
	}
	id := `"accessKeyId":"` + key.AccessKeyID + `",`
	want := []string{
		`UpdateAccessKey 111122223333 {` + id + `"status":"Inactive","userName":"alice"}`,
		`UpdateAccessKey 111122223333 {` + id + `"status":"Inactive","userName":"alice"}`,
		`UpdateAccessKey 111122223333 {` + id + `"status":"Active","userName":"alice"}`,
		`DeleteAccessKey 111122223333 {` + id + `"userName":"alice"}`,
	}
	if diff := cmp.Diff(want, in.recorded(t, since)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	for name, err := range map[string]error{
		"disable": in.SetKeyDisabled(ctx, key.AccessKeyID, true), "delete": in.DeleteKey(ctx, key.AccessKeyID),
	} {
		if chime.CodeOf(err) != chime.NotFound || !strings.Contains(err.Error(), "keys list") {
			t.Errorf("%s an unknown key: got %v, want a NotFound that says what to do", name, err)
		}
	}
}

func TestDisableEnableDeletePrincipal(t *testing.T) {
	in := install(t)
	ctx := t.Context()
	key := in.create(t, tenant, "alice", readOnly)
	since := in.records
	for _, disabled := range []bool{true, false} {
		if err := in.SetPrincipalDisabled(ctx, tenant, "alice", disabled); err != nil {
			t.Fatal(err)
		}
		identity := in.lookup(t, key.AccessKeyID)
		if identity == nil || identity.PrincipalDisabled != disabled || identity.Secret != key.SecretAccessKey {
			t.Errorf("got %+v, want the secret, to verify the signature, and disabled %v", identity, disabled)
		}
	}
	if err := in.DeletePrincipal(ctx, tenant, "alice"); err != nil {
		t.Fatal(err)
	}
	if got := in.keyIDs(t, ""); len(got) != 0 || in.principal(t, tenant, "alice") != nil || in.lookup(t, key.AccessKeyID) != nil {
		t.Errorf("got keys %q, want the principal gone with its keys", got)
	}
	want := []string{
		`UpdateUser 111122223333 {"status":"Inactive","userName":"alice"}`,
		`UpdateUser 111122223333 {"status":"Active","userName":"alice"}`,
		`DeleteUser 111122223333 {"userName":"alice"}`,
	}
	if diff := cmp.Diff(want, in.recorded(t, since)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestPrincipalChangesRefused(t *testing.T) {
	in := install(t)
	ctx := t.Context()
	root := in.create(t, tenant, chime.RootName)
	in.create(t, "444455556666", "alice")
	for _, tt := range []struct {
		name string
		code chime.Code
		want string
	}{{chime.RootName, chime.BadRequest, "its keys"}, {"alice", chime.NotFound, "principals list"}} {
		for verb, err := range map[string]error{
			"disable": in.SetPrincipalDisabled(ctx, tenant, tt.name, true), "delete": in.DeletePrincipal(ctx, tenant, tt.name),
		} {
			if chime.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s %s: got %v, want %s with %q", verb, tt.name, err, tt.code, tt.want)
			}
		}
	}
	if identity := in.lookup(t, root.AccessKeyID); identity == nil || identity.PrincipalDisabled {
		t.Error("got the root changed, want it untouched")
	}
	if in.principal(t, "444455556666", "alice") == nil {
		t.Error("got alice of another tenant gone, want her untouched")
	}
}

// A change that cannot be recorded does not happen.
func TestNoChangeWithoutRecord(t *testing.T) {
	in := install(t)
	ctx := t.Context()
	key := in.create(t, tenant, "alice", readOnly)
	alice := in.principal(t, tenant, "alice")
	in.failing = errors.New("audit is full")
	_, createErr := in.CreateKey(ctx, tenant, "bob", nil)
	_, addErr := in.CreateKey(ctx, tenant, "alice", []chime.PrincipalPolicy{ownUsers})
	_, _, firstErr := in.FirstRoot(ctx, tenant)
	for name, err := range map[string]error{
		"create": createErr, "add": addErr, "first root": firstErr,
		"disable key": in.SetKeyDisabled(ctx, key.AccessKeyID, true), "delete key": in.DeleteKey(ctx, key.AccessKeyID),
		"disable": in.SetPrincipalDisabled(ctx, tenant, "alice", true), "delete": in.DeletePrincipal(ctx, tenant, "alice"),
		"root": in.EnsureRoot(ctx, tenant, "AKIAROOTROOTROOTROOT", "secret"),
	} {
		if !errors.Is(err, in.failing) {
			t.Errorf("%s: got %v, want the error of Record", name, err)
		}
	}
	if diff := cmp.Diff([]string{key.AccessKeyID}, in.keyIDs(t, "")); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(alice, in.principal(t, tenant, "alice")); diff != "" || in.principal(t, tenant, "bob") != nil {
		t.Errorf("principals changed (-want +got):\n%s", diff)
	}
	if in.lookup(t, key.AccessKeyID) == nil {
		t.Error("got the key disabled, want it untouched")
	}
}

func TestListKeys(t *testing.T) {
	in := install(t)
	a, b := in.create(t, tenant, "alice"), in.create(t, "444455556666", "bob")
	all := []string{a.AccessKeyID, b.AccessKeyID}
	slices.Sort(all)
	for of, want := range map[chime.TenantID][]string{"": all, tenant: {a.AccessKeyID}, "777788889999": nil} {
		if diff := cmp.Diff(want, in.keyIDs(t, of)); diff != "" {
			t.Errorf("tenant %q (-want +got):\n%s", of, diff)
		}
	}
}
