package sqlstore

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

var credentials = newKind(newTable("credentials", 1, `hash kind user_id session_id grant_id client_id account_id epoch
	issued expires used ended scope request`), credentialRow, readCredential)

func credentialRow(c chime.Credential) ([]any, error) {
	request, err := encodeCodeRequest(c.Request)
	return []any{
		c.Hash, string(c.Kind), string(c.User), string(c.Session), string(c.Grant), string(c.Client), string(c.Account), c.Epoch,
		micros(c.Issued), micros(c.Expires), micros(c.Used), micros(c.Ended), c.Scope, request,
	}, err
}

func readCredential(r Row) (chime.Credential, error) {
	request, err := decodeCodeRequest(r.Text(13))
	return chime.Credential{
		Hash:    r.Text(0),
		Kind:    chime.CredentialKind(r.Text(1)),
		User:    chime.UserID(r.Text(2)),
		Session: chime.SessionID(r.Text(3)),
		Grant:   chime.GrantID(r.Text(4)),
		Client:  chime.ClientID(r.Text(5)),
		Account: chime.AccountID(r.Text(6)),
		Epoch:   r.Int(7),
		Issued:  fromMicros(r.Int(8)),
		Expires: fromMicros(r.Int(9)),
		Used:    fromMicros(r.Int(10)),
		Ended:   fromMicros(r.Int(11)),
		Scope:   r.Text(12),
		Request: request,
	}, err
}

// codeRequest is a chime.CodeRequest as it is stored.
type codeRequest struct {
	RedirectURI text  `json:"redirect_uri"`
	Challenge   text  `json:"challenge"`
	Nonce       text  `json:"nonce,omitempty"`
	AuthTime    int64 `json:"auth_time"`
}

// encodeCodeRequest is empty for the empty request, which tokens have.
func encodeCodeRequest(r chime.CodeRequest) (string, error) {
	if r == (chime.CodeRequest{}) {
		return "", nil
	}
	return encode("the request of a code", codeRequest{text(r.RedirectURI), text(r.Challenge), text(r.Nonce), micros(r.AuthTime)})
}

func decodeCodeRequest(column string) (chime.CodeRequest, error) {
	if column == "" {
		return chime.CodeRequest{}, nil
	}
	var r codeRequest
	err := decode("the request of a code", column, &r)
	return chime.CodeRequest{
		RedirectURI: string(r.RedirectURI), Challenge: string(r.Challenge), Nonce: string(r.Nonce), AuthTime: fromMicros(r.AuthTime),
	}, err
}

// Subject implements chime.Credentials.
func (t tx) Subject(ctx context.Context, user chime.UserID, guess chime.AccountID) (*chime.Subject, error) {
	return t.subjectAnd(ctx, user, guess)
}

// subjectAnd returns a person and where they stand, and asks more at the same time.
func (t tx) subjectAnd(ctx context.Context, user chime.UserID, guess chime.AccountID, more ...Query) (*chime.Subject, error) {
	var person *chime.Person
	var guessed roll
	queries := append(more, Query{
		"SELECT " + peopleColumns + " FROM people WHERE user_id = $1", []any{string(user)}, func(r Row) error {
			p := scanPerson(r)
			person = &p
			return nil
		},
	})
	if _, ok := t.conn.Conn.(Pipeliner); !ok {
		guess = "" // to ask again costs no journey
	}
	if guess != "" {
		queries = append(queries, guessed.standing(guess, user))
	}
	if err := t.conn.QueryAll(ctx, queries...); person == nil || err != nil {
		return nil, err
	}
	s := &chime.Subject{Person: *person}
	if person.Free() {
		return s, nil
	}
	if person.Account != guess {
		guessed = roll{}
		if err := t.conn.QueryAll(ctx, guessed.standing(person.Account, user)); err != nil {
			return nil, err
		}
	}
	s.Account = guessed.account
	if len(guessed.present) > 0 {
		s.Member = &guessed.present[0]
	}
	return s, nil
}

// Bearer implements chime.Credentials. Only where accounts and apps are known already
// is all that is there in one shard, too, and can be joined.
func (t tx) Bearer(ctx context.Context, hash string) (*chime.Bearer, error) {
	if _, ok := t.conn.Conn.(Recaller); ok {
		return t.joinedBearer(ctx, hash)
	}
	credential, err := credentials.get(ctx, t, hash)
	if credential == nil || err != nil {
		return nil, err
	}
	c := *credential
	b := &chime.Bearer{Credential: c}
	b.Subject, err = t.subjectAnd(
		ctx, c.User, c.Account,
		sessions.at(&b.Session, string(c.User), string(c.Session)),
		grants.at(&b.Grant, string(c.User), string(c.Grant)),
		apps.at(&b.App, string(c.Client)),
	)
	return b, err
}

// BriefBearer implements chime.Credentials. A journey that asks for the person too
// takes no longer; in one statement, one tree less is searched.
func (t tx) BriefBearer(ctx context.Context, hash string) (*chime.Bearer, error) {
	if _, ok := t.conn.Conn.(Recaller); !ok {
		return t.Bearer(ctx, hash)
	}
	b, err := t.bearer(ctx, briefBearerSQL, hash, readBriefBearer)
	if b == nil || err != nil {
		return nil, err
	}
	if b.Subject == nil {
		return t.joinedBearer(ctx, hash)
	}
	return b, t.complete(ctx, b)
}

// joinedBearer is Bearer in one statement; the app and the account are of many, and
// mostly known already.
func (t tx) joinedBearer(ctx context.Context, hash string) (*chime.Bearer, error) {
	b, err := t.bearer(ctx, bearerSQL, hash, readBearer)
	if b == nil || err != nil {
		return nil, err
	}
	return b, t.complete(ctx, b)
}

func (t tx) bearer(ctx context.Context, sql, hash string, read func(Row) (*chime.Bearer, error)) (b *chime.Bearer, err error) {
	err = t.conn.Query(ctx, sql, []any{hash}, func(r Row) (err error) {
		b, err = read(r)
		return err
	})
	return b, err
}

// complete adds the app and the account to what one statement read.
func (t tx) complete(ctx context.Context, b *chime.Bearer) (err error) {
	if b.App, err = t.App(ctx, b.Credential.Client); err != nil {
		return err
	}
	s := b.Subject
	if s == nil || s.Free() {
		return nil
	}
	if s.Account, err = t.Account(ctx, s.Person.Account); err != nil {
		return err
	}
	if s.Account == nil {
		s.Member = nil
	}
	return nil
}

// bearerSQL selects a credential, and all that is its person's, column by column as
// readBearer reads it; briefBearerSQL the same without the person, as readBriefBearer.
var (
	bearerSQL = carriedSQL(peopleTable.of("p")+", ") + `
		LEFT JOIN people p ON p.user_id = c.user_id
		LEFT JOIN members m ON m.account_id = p.account_id AND m.user_id = p.user_id
		WHERE c.hash = $1`
	briefBearerSQL = carriedSQL("") + `
		LEFT JOIN members m ON m.account_id = c.account_id AND m.user_id = c.user_id
		WHERE c.hash = $1`
)

// carriedSQL selects a credential with its session and grant, and more, and at last a
// membership m.
func carriedSQL(more string) string {
	return "SELECT " + credentials.of("c") + ", " + sessions.of("s") + ", " + grants.of("g") + ", " + more + "m.account_id, " + standingColumns + `
		FROM credentials c
		LEFT JOIN sessions s ON s.user_id = c.user_id AND s.session_id = c.session_id
		LEFT JOIN grants g ON g.user_id = c.user_id AND g.grant_id = c.grant_id`
}

func readBearer(r Row) (*chime.Bearer, error) {
	b, rest, err := readCarried(r)
	if err != nil || rest.Null(0) {
		return b, err
	}
	b.Subject = &chime.Subject{Person: scanPerson(rest)}
	if rest.first += len(peopleTable.columns); !rest.Null(0) {
		member := scanStanding(rest, 0)
		b.Subject.Member = &member
	}
	return b, nil
}

// readBriefBearer finds no Subject where the membership does not say where the
// person is.
func readBriefBearer(r Row) (*chime.Bearer, error) {
	b, rest, err := readCarried(r)
	if err != nil || rest.Null(0) {
		return b, err
	}
	if member := scanStanding(rest, 0); member.Status != chime.Unregistered {
		b.Subject = &chime.Subject{Person: chime.Person{ID: member.User, Account: member.Account}, Member: &member}
	}
	return b, nil
}

// readCarried reads what carriedSQL selects first, and returns the rest of the row.
func readCarried(r Row) (b *chime.Bearer, rest columnsFrom, err error) {
	b = new(chime.Bearer)
	if b.Credential, err = credentials.read(r); err != nil {
		return nil, rest, err
	}
	rest = columnsFrom{r, len(credentials.columns)}
	if b.Session, err = sessions.maybe(rest); err != nil {
		return nil, rest, err
	}
	rest.first += len(sessions.columns)
	if b.Grant, err = grants.maybe(rest); err != nil {
		return nil, rest, err
	}
	rest.first += len(grants.columns)
	return b, rest, nil
}

// PutCredentials implements chime.Credentials.
func (t tx) PutCredentials(ctx context.Context, list ...chime.Credential) error {
	return credentials.put(ctx, t, list...)
}

// DeleteExpired implements chime.Credentials. The rows are deleted by their keys,
// each in its own shard.
func (t tx) DeleteExpired(ctx context.Context, before time.Time, limit int) (int, error) {
	deleted := 0
	for _, of := range []table{credentials.table, logins.table} {
		var keys []string
		if err := t.expired(ctx, of, before, limit, func(r Row) { keys = append(keys, r.Text(0)) }); err != nil {
			return 0, err
		}
		if err := t.release(ctx, of, keys); err != nil {
			return 0, err
		}
		deleted += len(keys)
	}
	ended, err := t.deleteExpiredSessions(ctx, before, limit)
	return deleted + ended, err
}

// deleteExpiredSessions deletes sessions with their grants, and what they are found
// by.
func (t tx) deleteExpiredSessions(ctx context.Context, before time.Time, limit int) (int, error) {
	var ended, vouched []any // a user and a session each; with a sid and an issuer before them
	var all []chime.Session
	err := t.conn.Query(ctx, sessions.all+" WHERE "+expiredFirst, []any{micros(before), int64(limit)}, func(r Row) error {
		s, err := readSession(r)
		all = append(all, s)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, s := range all {
		key := []any{string(s.User), string(s.ID)}
		ended = append(ended, key...)
		if s.Upstream != nil && s.Upstream.SID != "" {
			vouched = append(append(vouched, s.Upstream.SID, s.Upstream.Issuer), key...)
		}
	}
	for some := range slices.Chunk(vouched, upstreamSessionsTable.keys*maxRows) {
		if err := t.removeAll(ctx, upstreamSessionsTable, upstreamSessionsTable.columns, some); err != nil {
			return 0, err
		}
	}
	for some := range slices.Chunk(ended, 2*maxRows) {
		for _, of := range []table{grants.table, sessions.table} {
			if err := t.removeAll(ctx, of, sessions.columns[:sessions.keys], some); err != nil {
				return 0, err
			}
		}
	}
	return len(all), nil
}

// expiredFirst selects what expired, what did so first first.
const expiredFirst = "expires > 0 AND expires < $1 ORDER BY expires LIMIT $2"

// expired finds the keys of rows that expired.
func (t tx) expired(ctx context.Context, of table, before time.Time, limit int, each func(Row)) error {
	keys := strings.Join(of.columns[:of.keys], ", ")
	return t.conn.Query(ctx, "SELECT "+keys+" FROM "+of.name+" WHERE "+expiredFirst,
		[]any{micros(before), int64(limit)}, func(r Row) error {
			each(r)
			return nil
		})
}

// removeAll deletes the rows with such values in the columns, row after row.
func (t tx) removeAll(ctx context.Context, from table, columns []string, values []any) error {
	return t.conn.Exec(ctx, "DELETE FROM "+from.name+" WHERE "+oneOf(columns, len(values)/len(columns)), slices.Clone(values)...)
}

// oneOf selects the rows that have one of n combinations of values in the columns.
func oneOf(columns []string, n int) string {
	combinations := make([]string, 0, n)
	for i := range n {
		conditions := make([]string, 0, len(columns))
		for j, column := range columns {
			conditions = append(conditions, column+" = "+placeholder(i*len(columns)+j+1))
		}
		combinations = append(combinations, "("+strings.Join(conditions, " AND ")+")")
	}
	return strings.Join(combinations, " OR ")
}
