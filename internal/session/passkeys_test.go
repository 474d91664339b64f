package session_test

import (
	"fmt"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/session"
)

func TestPasskeys(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	ann := f.signIn(t, "ann@example.com")
	noError(t, "AddPasskey", f.AddPasskey(ctx, &ann.Signed, chime.Passkey{
		User: "another", ID: "key", Name: "My\r\nkey", Identity: 9, Key: []byte("public"),
	}))
	want := chime.Passkey{User: ann.Subject.ID, ID: "key", Name: "Mykey", Key: []byte("public"), Created: f.clock}
	keys := func() []chime.Passkey {
		t.Helper()
		person, keys, err := f.Passkeys(ctx, ann.Subject.ID)
		noError(t, "Passkeys", err)
		check(t, "whose they are", person.ID, ann.Subject.ID)
		return keys
	}
	check(t, "the passkeys", keys(), []chime.Passkey{want})
	noError(t, "UsePasskey", f.UsePasskey(ctx, ann.Subject.ID, "key", []byte("used once")))
	want.Key = []byte("used once")
	check(t, "the passkeys after a use", keys(), []chime.Passkey{want})
	isDead(t, "UsePasskey of one that is not there", f.UsePasskey(ctx, ann.Subject.ID, "another", nil))
	isDead(t, "UsePasskey of nobody", f.UsePasskey(ctx, "nobody", "key", nil))
	person, none, err := f.Passkeys(ctx, "nobody")
	if person != nil || len(none) > 0 || err != nil {
		t.Errorf("the passkeys of nobody: got %v, %v, %v, want none", person, none, err)
	}

	noError(t, "RemovePasskey", f.RemovePasskey(ctx, &ann.Signed, "key"))
	noError(t, "RemovePasskey again", f.RemovePasskey(ctx, &ann.Signed, "key"))
	check(t, "the number of passkeys that are left", len(keys()), 0)
	isDead(t, "UsePasskey of one that was removed", f.UsePasskey(ctx, ann.Subject.ID, "key", nil))
	for i := range session.MaxPasskeys {
		noError(t, "AddPasskey", f.AddPasskey(ctx, &ann.Signed, chime.Passkey{ID: fmt.Sprint("key ", i)}))
	}
	refused(t, "one passkey too many", f.AddPasskey(ctx, &ann.Signed, chime.Passkey{ID: "more"}), directory.NotAllowed)

	f.claim(t, "EnterpriseLWA", "example.com")
	refused(t, "a passkey for an address that was claimed", f.AddPasskey(ctx, &ann.Signed, chime.Passkey{ID: "new"}), directory.NotAllowed)
	f.signIn(t, "ann@example.com") // joins
	check(t, "the number of passkeys after joining", len(keys()), 0)
	isDead(t, "UsePasskey of one from before", f.UsePasskey(ctx, ann.Subject.ID, "key 1", nil))
	isDead(t, "AddPasskey by a session from before", f.AddPasskey(ctx, &ann.Signed, chime.Passkey{ID: "new"}))
	isDead(t, "RemovePasskey by it", f.RemovePasskey(ctx, &ann.Signed, "key 1"))
}
