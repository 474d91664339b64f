package secret_test

import (
	"bytes"
	"testing"

	"github.com/carillon-id/carillon/internal/secret"
)

func TestMAC(t *testing.T) {
	ring := secret.NewKeyring(secret.MasterKey{1}, nil)
	box := ring.For(secret.MailedCode)
	want := box.MAC("a", "b")
	if len(want) != 32 || !bytes.Equal(want, box.MAC("a", "b")) {
		t.Errorf("the same data: got %x and %x, want the same 32 bytes", want, box.MAC("a", "b"))
	}
	for name, got := range map[string][]byte{
		"other data":           box.MAC("a", "c"),
		"other parts":          box.MAC("ab"),
		"more parts":           box.MAC("a", "b", ""),
		"another purpose":      ring.For(secret.AccessKeySecret).MAC("a", "b"),
		"another master key":   secret.NewKeyring(secret.MasterKey{2}, nil).For(secret.MailedCode).MAC("a", "b"),
		"parts the other way":  box.MAC("b", "a"),
		"no data":              box.MAC(),
		"the same in one part": box.MAC("a\x00b"),
	} {
		if bytes.Equal(got, want) {
			t.Errorf("%s: got the same code", name)
		}
	}
}
