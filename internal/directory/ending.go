package directory

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
)

// SignOut signs a person out everywhere, by their own wish, within a transaction
// that read the subject.
func (d *Directory) SignOut(ctx context.Context, tx chime.Tx, subject chime.Subject) ([]chime.Event, error) {
	a, err := d.newAdmission(tx, subject)
	if err != nil {
		return nil, err
	}
	if err := a.end(ctx, subject.Person.Account); err != nil {
		return nil, err
	}
	if subject.Member == nil {
		a.subject.Record = "" // no audit has what the free do
		return a.events, tx.PutPeople(ctx, a.subject.Person)
	}
	member := *subject.Member
	member.Signout = a.subject.Signout
	if err := a.tx.PutStandings(ctx, member); err != nil {
		return nil, err
	}
	return a.events, a.record(ctx, "SignOut", *subject.Account, nil)
}

// EndSessions ends sessions of a person, within a transaction that read them and
// the subject. Those that are over already stay as they are.
func (d *Directory) EndSessions(ctx context.Context, tx chime.Tx, subject chime.Subject, sessions ...chime.Session) (events []chime.Event, err error) {
	epoch := subject.CurrentSignout().Epoch
	var ended []chime.Session
	for _, s := range sessions {
		if !s.Ended.IsZero() || s.Epoch != epoch {
			continue
		}
		s.Ended = d.Now()
		ended = append(ended, s)
		err := putEvent(ctx, tx, &events, s.Ended, chime.Event{
			Account: subject.Person.Account, Kind: chime.SessionEnded, Session: s.ID,
			People: []chime.EventPerson{{User: s.User, Epoch: s.Epoch}},
		})
		if err != nil {
			return nil, err
		}
	}
	return events, tx.PutSessions(ctx, ended...)
}
