package directory

import (
	"context"
	"errors"

	"github.com/carillon-id/carillon/internal/chime"
)

// Admission is a person who may sign in, and what admitting them has to tell the
// world: for Wake, after the commit.
type Admission struct {
	Subject chime.Subject
	Events  []chime.Event
}

// Admit decides, within a transaction, who a proof makes somebody, and does what
// comes with it: it registers whom it did not know, has them join the account that
// has verified their address's domain, links a provider's subject to them, and
// takes over the license that their groups give. It returns a *Refusal when they
// may not sign in, and has changed nothing then. displayName is what somebody who
// registers wants to be called; "" for what the proof says.
func (d *Directory) Admit(ctx context.Context, tx chime.Tx, proof chime.Proof, displayName string) (Admission, error) {
	return Admission{}, errors.New("not built yet")
}

// SignOut signs a person out everywhere, by their own wish, within a transaction.
func (d *Directory) SignOut(ctx context.Context, tx chime.Tx, subject chime.Subject) ([]chime.Event, error) {
	return nil, errors.New("not built yet")
}

// EndSessions ends sessions of a person within a transaction.
func (d *Directory) EndSessions(ctx context.Context, tx chime.Tx, subject chime.Subject, sessions ...chime.Session) ([]chime.Event, error) {
	return nil, errors.New("not built yet")
}
