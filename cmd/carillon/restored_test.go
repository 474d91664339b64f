package main

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
)

// TestRestoredSignIns: whatever a sign-in gave, before a backup or after it, is over
// once that backup is restored, and people sign in anew.
func TestRestoredSignIns(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "backup.db")
		h := newHouse(t, newDatabase(t), environment())
		testRestoredSignIns(t, h, func() { h.s.command(t, "backup", file) }, func() string {
			h.s.command(t, "restore", file, "--overwrite")
			return h.s.database
		})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		cluster := clusters.Start(t, postgrestest.Distribution())
		database, variables := newPostgres(t)
		h := newHouse(t, database, variables)
		var dump []byte
		backup := func() { dump = cluster.Run(t, nil, "pg_dump", "--format", "custom", "--dbname", database) }
		testRestoredSignIns(t, h, backup, func() string {
			back := cluster.NewDatabase(t, "template0")
			cluster.Run(t, dump, "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", "--dbname", back)
			command(t, variables, "restore", "--in-place", "--database", back)
			return back
		})
	})
}

// cutOff is somebody who is signed in, and an app that they use.
type cutOff struct {
	who     string
	browser *browser
	access  string
	refresh string
}

func (r *row) cutOff(tb testing.TB, who string) cutOff {
	tb.Helper()
	p := &person{email: who + "@example.com", browser: newBrowser(tb, r.s, r.mail)}
	if !p.browser.signInByMail(tb, p.email) {
		tb.Fatalf("%s could not sign in", who)
	}
	return cutOff{who, p.browser, r.tokenOf(tb, p, "access_token"), r.tokenOf(tb, p, "refresh_token")}
}

// wantLife wants all of it alive, or nothing.
func (r *row) wantLife(tb testing.TB, when string, c cutOff, want bool) {
	tb.Helper()
	c.browser.s = r.s
	for what, got := range map[string]bool{
		"session":       c.browser.signedIn(tb),
		"access token":  introspects(tb, r, &person{token: c.access}),
		"refresh token": introspects(tb, r, &person{token: c.refresh}),
	} {
		if got != want {
			tb.Errorf("%s, the %s of %s lives: got %v, want %v", when, what, c.who, got, want)
		}
	}
}

func testRestoredSignIns(t *testing.T, h *house, backup func(), restore func() string) {
	t.Helper()
	r := &row{house: h, domain: "example.com", accounts: map[string]string{}}
	stays, leaves := r.cutOff(t, "stays"), r.cutOff(t, "leaves")
	half := newBrowser(t, r.s, r.mail)
	login := half.begin(t)
	code := half.askCode(t, login, "half@example.com")
	backup()
	r.leads(t, leaves.browser.post(t, "/me/end-all"), "/me/signed-out")
	late := r.cutOff(t, "late")
	r.wantLife(t, "before the restoration", late, true)
	h.s.stop(t)
	h.restart(t, restore())
	for _, c := range []cutOff{stays, leaves, late} {
		r.wantLife(t, "after the restoration", c, false)
	}
	half.s = r.s
	if half.giveCode(t, login, code) {
		t.Error("a login of before the backup went on after the restoration")
	}
	h.s.command(t, "check")
	for _, c := range []cutOff{stays, late} {
		r.wantLife(t, "signed in anew", r.cutOff(t, c.who), true)
	}
}

// TestRotatedProviderSecret: a running server knows the client secret of a provider
// after another process rotated the master key.
func TestRotatedProviderSecret(t *testing.T) {
	t.Parallel()
	h := newHouse(t, newDatabase(t), environment())
	r := &row{house: h, domain: "corp.example", accounts: map[string]string{}}
	r.claim(t, office, r.domain)
	h.upstream.secret = "the client secret"
	h.s.variables["CARILLON_PROVIDER_CLIENT_SECRET"] = h.upstream.secret
	r.connect(t)
	signsIn := func(name string) bool {
		who := vouched{subject: name, email: name + "@corp.example"}
		return newBrowser(t, h.s, h.mail).signInByProvider(t, h.upstream, who.email, who)
	}
	if !signsIn("before") {
		t.Fatal("nobody could sign in before the rotation")
	}
	sealed := func() (secret []byte) {
		store, closeStore := openStore(t, h.s.database)
		defer closeStore()
		err := store.View(t.Context(), func(tx chime.Tx) error {
			p, err := tx.Provider(t.Context(), chime.AccountID(r.accounts[office]))
			if err != nil || p == nil {
				return errors.Join(err, errors.New("there is no provider"))
			}
			secret = p.SealedSecret
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	former := sealed()
	r.command(t, "keys", "rotate-master")
	if string(sealed()) == string(former) {
		t.Error("the rotation left the client secret as it was sealed")
	}
	if !signsIn("after") {
		t.Error("nobody could sign in after the rotation")
	}
	h.restart(t, h.s.database) // which has never known the former key
	if !signsIn("anew") {
		t.Error("nobody could sign in at a server that was started after the rotation")
	}
}
