package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/carillon-id/carillon/internal/chime"
)

var (
	sessions = newKind(newTable("sessions", 2, "user_id session_id secret_hash epoch method device created expires ended upstream"),
		sessionRow, readSession)
	upstreamSessionsTable = newTable("upstream_sessions", 4, "sid issuer user_id session_id")

	grants = newKind(newTable("grants", 2, "user_id grant_id session_id client_id epoch created ended"), grantRow, sure(readGrant))
)

func sessionRow(s chime.Session) ([]any, error) {
	var upstream string
	var err error
	if s.Upstream != nil {
		upstream, err = encode(fmt.Sprintf("the upstream of session %q", s.ID), storedUpstream(*s.Upstream))
	}
	return []any{
		string(s.User), string(s.ID), s.SecretHash, s.Epoch, string(s.Method), s.Device,
		micros(s.Created), micros(s.Expires), micros(s.Ended), upstream,
	}, err
}

func readSession(r Row) (s chime.Session, err error) {
	s = chime.Session{
		User:       chime.UserID(r.Text(0)),
		ID:         chime.SessionID(r.Text(1)),
		SecretHash: optional(r.Bytes(2)),
		Epoch:      r.Int(3),
		Method:     chime.Method(r.Text(4)),
		Device:     r.Text(5),
		Created:    fromMicros(r.Int(6)),
		Expires:    fromMicros(r.Int(7)),
		Ended:      fromMicros(r.Int(8)),
	}
	if column := r.Text(9); column != "" {
		var u upstream
		err = decode(fmt.Sprintf("the upstream of session %q", s.ID), column, &u)
		s.Upstream = u.value()
	}
	return s, err
}

// upstream is a chime.Upstream as it is stored.
type upstream struct {
	Issuer      text   `json:"issuer"`
	Subject     text   `json:"subject"`
	SID         text   `json:"sid,omitempty"`
	Account     text   `json:"account,omitempty"`
	SealedToken []byte `json:"sealed_token,omitempty"`
	Confirmed   int64  `json:"confirmed"`
	Tried       int64  `json:"tried,omitempty"`
}

func storedUpstream(u chime.Upstream) upstream {
	return upstream{text(u.Issuer), text(u.Subject), text(u.SID), text(u.Account), u.SealedToken, micros(u.Confirmed), micros(u.Tried)}
}

func (u upstream) value() *chime.Upstream {
	return &chime.Upstream{
		Issuer: string(u.Issuer), Subject: string(u.Subject), SID: string(u.SID), Account: chime.AccountID(u.Account),
		SealedToken: u.SealedToken, Confirmed: fromMicros(u.Confirmed), Tried: fromMicros(u.Tried),
	}
}

func grantRow(g chime.Grant) ([]any, error) {
	return []any{
		string(g.User), string(g.ID), string(g.Session), string(g.Client), g.Epoch, micros(g.Created), micros(g.Ended),
	}, nil
}

func readGrant(r Row) chime.Grant {
	return chime.Grant{
		User:    chime.UserID(r.Text(0)),
		ID:      chime.GrantID(r.Text(1)),
		Session: chime.SessionID(r.Text(2)),
		Client:  chime.ClientID(r.Text(3)),
		Epoch:   r.Int(4),
		Created: fromMicros(r.Int(5)),
		Ended:   fromMicros(r.Int(6)),
	}
}

// SessionAndSubject implements chime.Sessions.
func (t tx) SessionAndSubject(ctx context.Context, user chime.UserID, id chime.SessionID, guess chime.AccountID) (
	session *chime.Session, subject *chime.Subject, err error,
) {
	subject, err = t.subjectAnd(ctx, user, guess, sessions.at(&session, string(user), string(id)))
	if session == nil || subject == nil || err != nil {
		return nil, nil, err
	}
	return session, subject, nil
}

// Sessions implements chime.Sessions.
func (t tx) Sessions(ctx context.Context, user chime.UserID) ([]chime.Session, error) {
	list, err := sessions.list(ctx, t, "WHERE user_id = $1", string(user))
	slices.SortFunc(list, func(a, b chime.Session) int { return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID)) })
	return list, err
}

// PutSessions implements chime.Sessions.
func (t tx) PutSessions(ctx context.Context, list ...chime.Session) error {
	if err := sessions.put(ctx, t, list...); err != nil {
		return err
	}
	var vouched [][]any
	for _, s := range list {
		if s.Upstream != nil && s.Upstream.SID != "" {
			vouched = append(vouched, []any{s.Upstream.SID, s.Upstream.Issuer, string(s.User), string(s.ID)})
		}
	}
	return t.insert(ctx, upstreamSessionsTable, vouched, " ON CONFLICT (sid, issuer, user_id, session_id) DO NOTHING")
}

// UpstreamSessions implements chime.Sessions. The keys of the sessions are looked
// up by the sid, and then the sessions by their keys, each in its own shard.
func (t tx) UpstreamSessions(ctx context.Context, issuer, sid string) (found []chime.Session, err error) {
	var keys []any // a user and a session each
	err = t.conn.Query(ctx, "SELECT user_id, session_id FROM upstream_sessions WHERE sid = $1 AND issuer = $2 ORDER BY user_id, session_id",
		[]any{sid, issuer}, func(r Row) error {
			keys = append(keys, r.Text(0), r.Text(1))
			return nil
		})
	if err != nil {
		return nil, err
	}
	for some := range slices.Chunk(keys, 2*maxRows) {
		page, err := sessions.list(ctx, t, "WHERE "+oneOf(sessions.columns[:sessions.keys], len(some)/2), slices.Clone(some)...)
		if err != nil {
			return nil, err
		}
		found = append(found, page...)
	}
	vouched := func(s chime.Session) bool {
		return s.Upstream != nil && s.Upstream.Issuer == issuer && s.Upstream.SID == sid
	}
	found = slices.DeleteFunc(found, func(s chime.Session) bool { return !vouched(s) })
	slices.SortFunc(found, func(a, b chime.Session) int { return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.ID, b.ID)) })
	return found, nil
}

// Grants implements chime.Sessions.
func (t tx) Grants(ctx context.Context, users []chime.UserID) (found []chime.Grant, err error) {
	err = chunks(users, func(some []chime.UserID) error {
		list, args := in(1, some, nil)
		page, err := grants.list(ctx, t, "WHERE user_id IN "+list, args...)
		found = append(found, page...)
		return err
	})
	return found, err
}

// PutGrants implements chime.Sessions.
func (t tx) PutGrants(ctx context.Context, list ...chime.Grant) error {
	return grants.put(ctx, t, list...)
}
