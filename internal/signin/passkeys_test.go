package signin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

// TestPasskeyProblems: what a script brings that is not right is told to it in
// words. That which is right, tests/signin has a browser bring.
func TestPasskeyProblems(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	problem := func(what string, got answer, status int, words string) {
		t.Helper()
		if got.status != status || got.header.Get("Content-Type") != "application/json" || !strings.Contains(got.body, words) {
			t.Errorf("%s: got %d with %q, want %d and %q", what, got.status, got.body, status, words)
		}
	}
	asked := func(what string, got answer) {
		t.Helper()
		if got.status != http.StatusOK || !strings.Contains(got.body, `{"publicKey":{`) || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %d with %q, want what to ask the browser", what, got.status, got.body)
		}
	}
	w.signIn(t, b, "app", "ann@example.com", "Ann")
	first := w.begin(t, b, "app")
	at := func(path string) string { return strings.Replace(first, "/signin?", path+"?", 1) }

	problem("an answer to nothing", b.post(t, at("/signin/passkey")), http.StatusForbidden, "Begin again")
	asked("signing in", b.post(t, at("/signin/passkey/begin")))
	problem("garbage", b.post(t, at("/signin/passkey")), http.StatusForbidden, "That passkey is not known here any more.")
	problem("a second answer", b.post(t, at("/signin/passkey")), http.StatusForbidden, "Begin again")
	asked("signing in", b.post(t, at("/signin/passkey/begin")))
	other := w.begin(t, b, "app")
	problem("in another login", b.post(t, strings.Replace(other, "/signin?", "/signin/passkey?", 1)), http.StatusForbidden, "Begin again")
	asked("signing in", b.post(t, at("/signin/passkey/begin")))
	w.pass(5 * 60e9)
	problem("too late", b.post(t, at("/signin/passkey")), http.StatusForbidden, "Begin again")
	asked("signing in", b.post(t, at("/signin/passkey/begin")))
	problem("to make one", b.post(t, "/me/passkeys"), http.StatusForbidden, "Begin again")

	asked("a new one", b.post(t, "/me/passkeys/begin"))
	problem("garbage", b.post(t, "/me/passkeys"), http.StatusBadRequest, "Your browser's answer was not right.")

	user := w.user(t, "ann@example.com")
	ctx := t.Context()
	err := w.Store.Update(ctx, func(tx chime.Tx) error {
		for i := range 20 {
			if err := tx.PutPasskey(ctx, chime.Passkey{User: user, ID: fmt.Sprintf("key%d", i), Name: "<b>", Key: []byte("{}"), Created: w.now()}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	problem("too many", b.post(t, "/me/passkeys/begin"), http.StatusConflict, "Remove one of your passkeys first.")
	if got := b.post(t, "/me/passkeys/delete", "passkey", "key3"); got.goes != "/me" {
		t.Errorf("removing one: got %d to %q", got.status, got.goes)
	}
	if n := strings.Count(b.get(t, "/me").body, "&lt;b&gt;</strong>"); n != 19 {
		t.Errorf("got %d passkeys, want 19", n)
	}
}

// user returns who has the address.
func (w *world) user(t *testing.T, address string) (user chime.UserID) {
	t.Helper()
	err := w.Store.View(t.Context(), func(tx chime.Tx) error {
		holders, err := tx.AddressHolders(t.Context(), []string{chime.EmailKey(address)})
		user = holders[chime.EmailKey(address)]
		return err
	})
	if err != nil || user == "" {
		t.Fatalf("got %q and %v, want who has %s", user, err, address)
	}
	return user
}
