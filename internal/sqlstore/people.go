package sqlstore

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/carillon-id/carillon/internal/chime"
)

var (
	peopleTable    = newTable("people", 1, "user_id account_id email display_name pin registered epoch signed_out identity record_id")
	addressesTable = newTable("addresses", 1, "email_key user_id")
	pinsTable      = newTable("pins", 1, "pin user_id")
)

const peopleColumns = "user_id, account_id, email, display_name, pin, registered, epoch, signed_out, identity, record_id"

func scanPerson(r Row) chime.Person {
	return chime.Person{
		ID:          chime.UserID(r.Text(0)),
		Account:     chime.AccountID(r.Text(1)),
		Email:       r.Text(2),
		DisplayName: r.Text(3),
		PIN:         r.Text(4),
		Registered:  fromMicros(r.Int(5)),
		Signout:     chime.Signout{Epoch: r.Int(6), At: fromMicros(r.Int(7))},
		Identity:    r.Int(8),
		Record:      r.Text(9),
	}
}

// People implements chime.People.
func (t tx) People(ctx context.Context, ids []chime.UserID) ([]chime.Person, error) {
	var people []chime.Person
	err := chunks(ids, func(some []chime.UserID) error {
		list, args := in(1, some, nil)
		return t.conn.Query(ctx, `SELECT `+peopleColumns+` FROM people WHERE user_id IN `+list, args, func(r Row) error {
			people = append(people, scanPerson(r))
			return nil
		})
	})
	return people, err
}

// PutPeople implements chime.People.
func (t tx) PutPeople(ctx context.Context, people ...chime.Person) error {
	return t.upsert(ctx, peopleTable, peopleRows(people))
}

// PutLeavers implements chime.People.
func (t tx) PutLeavers(ctx context.Context, people ...chime.Person) error {
	return t.insert(ctx, peopleTable, peopleTable.distinct(peopleRows(people)), peopleTable.onConflict("identity"))
}

func peopleRows(people []chime.Person) [][]any {
	rows := make([][]any, 0, len(people))
	for _, p := range people {
		rows = append(rows, []any{
			string(p.ID), string(p.Account), p.Email, p.DisplayName, p.PIN, micros(p.Registered),
			p.Signout.Epoch, micros(p.Signout.At), p.Identity, p.Record,
		})
	}
	return rows
}

// ListFreePeople implements chime.People.
func (t tx) ListFreePeople(ctx context.Context, after chime.UserID, limit int) ([]chime.Person, error) {
	var people []chime.Person
	err := t.conn.Query(ctx, `SELECT `+peopleColumns+` FROM people WHERE account_id = '' AND user_id > $1
		ORDER BY user_id LIMIT $2`, []any{string(after), int64(limit)}, func(r Row) error {
		people = append(people, scanPerson(r))
		return nil
	})
	return people, err
}

// AddressHolders implements chime.People.
func (t tx) AddressHolders(ctx context.Context, keys []string) (map[string]chime.UserID, error) {
	return t.holders(ctx, addressesTable, keys)
}

// ClaimAddresses implements chime.People.
func (t tx) ClaimAddresses(ctx context.Context, holders map[string]chime.UserID) error {
	return t.claim(ctx, addressesTable, holders)
}

// ResolveAddresses implements chime.People.
func (t tx) ResolveAddresses(ctx context.Context, claims map[string]chime.UserID) (map[string]chime.UserID, error) {
	holders := make(map[string]chime.UserID, len(claims))
	queries, err := resolutions(claims, holders)
	if err != nil {
		return nil, err
	}
	return holders, t.conn.QueryAll(ctx, queries...)
}

// resolutions are the queries that find the holders of addresses. A known row is
// written as it is, so that the one statement returns it.
func resolutions(claims, holders map[string]chime.UserID) (queries []Query, err error) {
	for rows := range slices.Chunk(claimRows(claims), maxRows) {
		args := slices.Concat(rows...)
		if err := checkText(args); err != nil {
			return nil, err
		}
		queries = append(queries, Query{
			addressesTable.insertSQL(len(rows)) +
				" ON CONFLICT (email_key) DO UPDATE SET user_id = addresses.user_id RETURNING email_key, user_id", args,
			func(r Row) error {
				holders[r.Text(0)] = chime.UserID(r.Text(1))
				return nil
			},
		})
	}
	return queries, nil
}

// ReleaseAddresses implements chime.People.
func (t tx) ReleaseAddresses(ctx context.Context, keys []string) error {
	return t.release(ctx, addressesTable, keys)
}

// PINHolders implements chime.People.
func (t tx) PINHolders(ctx context.Context, pins []string) (map[string]chime.UserID, error) {
	return t.holders(ctx, pinsTable, pins)
}

// ClaimPINs implements chime.People.
func (t tx) ClaimPINs(ctx context.Context, holders map[string]chime.UserID) error {
	return t.claim(ctx, pinsTable, holders)
}

// ReleasePINs implements chime.People.
func (t tx) ReleasePINs(ctx context.Context, pins []string) error {
	return t.release(ctx, pinsTable, pins)
}

// holders, claim and release work on the tables that say who holds something
// that is unique across the directory: a key and a user_id.

func (t tx) holders(ctx context.Context, of table, keys []string) (map[string]chime.UserID, error) {
	holders := make(map[string]chime.UserID, len(keys))
	err := chunks(keys, func(some []string) error {
		list, args := in(1, some, nil)
		return t.conn.Query(ctx, "SELECT "+of.columns[0]+", user_id FROM "+of.name+" WHERE "+of.columns[0]+" IN "+list, args,
			func(r Row) error {
				holders[r.Text(0)] = chime.UserID(r.Text(1))
				return nil
			})
	})
	return holders, err
}

func (t tx) claim(ctx context.Context, of table, holders map[string]chime.UserID) error {
	return t.insert(ctx, of, claimRows(holders), "")
}

func claimRows(holders map[string]chime.UserID) [][]any {
	rows := make([][]any, 0, len(holders))
	for _, key := range slices.Sorted(maps.Keys(holders)) {
		rows = append(rows, []any{key, string(holders[key])})
	}
	return rows
}

func (t tx) release(ctx context.Context, of table, keys []string) error {
	return chunks(keys, func(some []string) error {
		list, args := in(1, some, nil)
		return t.conn.Exec(ctx, "DELETE FROM "+of.name+" WHERE "+of.columns[0]+" IN "+list, args...)
	})
}

func placeholder(n int) string { return "$" + strconv.Itoa(n) }
