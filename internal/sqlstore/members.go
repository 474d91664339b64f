package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
)

var (
	membersTable  = newTable("members", 2, "account_id user_id status license epoch signed_out role_id record_id")
	profilesTable = newTable("member_profiles", 2, `account_id user_id email display_name pin user_type registered
		invitation invite_id email_status invited alexa_enabled alexa_room_arn inbound_calling outbound_calling sms`)
	formerTable = newTable("former_members", 2, "account_id user_id email display_name user_type invitation invited registered removed record_id")
)

// The columns that scanMember reads, of the aliases m and p: those that a list
// shows stand first in a standing and in a profile.
const (
	memberColumns         = "m.account_id, " + standingColumns + ", " + profileColumns
	standingColumns       = listedStandingColumns + ", m.epoch, m.signed_out, m.role_id, m.record_id"
	profileColumns        = listedProfileColumns + ", p.pin, p.invite_id, p.email_status, p.inbound_calling, p.outbound_calling, p.sms"
	listedStandingColumns = "m.user_id, m.status, m.license"
	listedProfileColumns  = `p.email, p.display_name, p.user_type, p.registered, p.invitation, p.invited,
	p.alexa_enabled, p.alexa_room_arn`

	standingColumnCount      = 1 + 7 // with the account
	listedProfileColumnCount = 8
	memberColumnCount        = standingColumnCount + listedProfileColumnCount + 6
)

// scanMember reads memberColumns, the first of which is at column c.
func scanMember(r Row, c int) chime.Member {
	m := scanStanding(r, c)
	m.Profile = scanProfile(r, c+standingColumnCount)
	return m
}

// scanStanding reads an account_id and standingColumns into a member without a
// profile.
func scanStanding(r Row, c int) chime.Member {
	m := scanListedStanding(chime.AccountID(r.Text(c)), r, c+1)
	m.Signout, m.Role, m.Record = scanSignout(r, c+4), chime.RoleID(r.Text(c+6)), r.Text(c+7)
	return m
}

func scanSignout(r Row, c int) chime.Signout {
	return chime.Signout{Epoch: r.Int(c), At: fromMicros(r.Int(c + 1))}
}

func scanListedStanding(account chime.AccountID, r Row, c int) chime.Member {
	return chime.Member{
		Account:  account,
		User:     chime.UserID(r.Text(c)),
		Standing: chime.Standing{Status: chime.RegistrationStatus(r.Text(c + 1)), License: chime.License(r.Text(c + 2))},
	}
}

// scanProfile reads profileColumns.
func scanProfile(r Row, c int) chime.Profile {
	p := scanListedProfile(r, c)
	c += listedProfileColumnCount
	p.PIN, p.InviteID, p.EmailStatus = r.Text(c), r.Text(c+1), chime.EmailStatus(r.Text(c+2))
	p.Telephony = chime.Telephony{InboundCalling: r.Int(c+3) != 0, OutboundCalling: r.Int(c+4) != 0, SMS: r.Int(c+5) != 0}
	return p
}

func scanListedProfile(r Row, c int) chime.Profile {
	return chime.Profile{
		Email:       r.Text(c),
		DisplayName: r.Text(c + 1),
		Type:        chime.UserType(r.Text(c + 2)),
		Registered:  fromMicros(r.Int(c + 3)),
		Invitation:  chime.InvitationStatus(r.Text(c + 4)),
		Invited:     fromMicros(r.Int(c + 5)),
		Alexa:       chime.Alexa{Enabled: r.Int(c+6) != 0, RoomARN: r.Text(c + 7)},
	}
}

// ListMembers implements chime.Members. Standings and profiles of an account stand
// in the same order, so that a page is a stretch of each.
func (t tx) ListMembers(ctx context.Context, q chime.MemberQuery) ([]chime.Member, error) {
	if q.Type != "" {
		return t.membersOfType(ctx, q)
	}
	members := make([]chime.Member, 0, min(q.Limit, maxRows+1)) // a page and whether there is more
	read := 0                                                   // profiles
	standings, profiles := standingColumns, profileColumns
	if q.Brief {
		standings, profiles = listedStandingColumns, listedProfileColumns
	}
	const page = " WHERE account_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3"
	args := []any{string(q.Account), string(q.After), int64(q.Limit)}
	err := t.conn.QueryAll(
		ctx,
		Query{"SELECT " + standings + " FROM members m" + page, args, func(r Row) error {
			m := scanListedStanding(q.Account, r, 0)
			if !q.Brief {
				m.Signout, m.Role, m.Record = scanSignout(r, 3), chime.RoleID(r.Text(5)), r.Text(6)
			}
			members = append(members, m)
			return nil
		}},
		Query{"SELECT p.user_id, " + profiles + " FROM member_profiles p" + page, slices.Clone(args), func(r Row) error {
			if read == len(members) || string(members[read].User) != r.Text(0) {
				return errUnequal(q.Account)
			}
			if q.Brief {
				members[read].Profile = scanListedProfile(r, 1)
			} else {
				members[read].Profile = scanProfile(r, 1)
			}
			read++
			return nil
		}},
	)
	if err == nil && read < len(members) {
		err = errUnequal(q.Account)
	}
	return members, err
}

func errUnequal(account chime.AccountID) error {
	return fmt.Errorf("the members of account %q and their profiles are not the same users", account)
}

// membersOf returns those of the users who are members of the account.
func (t tx) membersOf(ctx context.Context, id chime.AccountID, users []chime.UserID) (members []chime.Member, err error) {
	err = chunks(users, func(some []chime.UserID) error {
		list, args := in(2, some, []any{string(id)})
		return t.conn.Query(ctx, `SELECT `+memberColumns+` FROM members m
			JOIN member_profiles p ON p.account_id = $1 AND p.user_id = m.user_id
			WHERE m.account_id = $1 AND m.user_id IN `+list, args, func(r Row) error {
			members = append(members, scanMember(r, 0))
			return nil
		})
	})
	return members, err
}

// membersOfType is ListMembers for a query that narrows by the profile.
func (t tx) membersOfType(ctx context.Context, q chime.MemberQuery) ([]chime.Member, error) {
	args := []any{string(q.Account), string(q.After), int64(q.Limit)}
	ofType := "'SharedDevice'" // spelled out, so that the index of devices serves
	if q.Type != chime.SharedDevice {
		args = append(args, string(q.Type))
		ofType = "$4"
	}
	var members []chime.Member
	err := t.conn.Query(ctx, `SELECT `+memberColumns+` FROM member_profiles p
		JOIN members m ON m.account_id = p.account_id AND m.user_id = p.user_id
		WHERE p.account_id = $1 AND p.user_id > $2 AND p.user_type = `+ofType+` ORDER BY p.user_id LIMIT $3`, args, func(r Row) error {
		members = append(members, scanMember(r, 0))
		return nil
	})
	return members, err
}

// MembersByAddress implements chime.Members. SQLite begins where the first condition
// says, and does not see that of the second.
func (t tx) MembersByAddress(ctx context.Context, account chime.AccountID, after chime.AddressPosition, limit int) ([]chime.Member, error) {
	var members []chime.Member
	err := t.conn.Query(ctx, `SELECT `+listedStandingColumns+`, `+listedProfileColumns+` FROM member_profiles p
		JOIN members m ON m.account_id = $1 AND m.user_id = p.user_id
		WHERE p.account_id = $1 AND lower(p.email) >= $2 AND (lower(p.email), p.user_id) > ($2, $3) AND p.email <> ''
		ORDER BY lower(p.email), p.user_id LIMIT $4`,
		[]any{string(account), after.Order, string(after.User), int64(limit)}, func(r Row) error {
			m := scanListedStanding(account, r, 0)
			m.Profile = scanListedProfile(r, 3)
			members = append(members, m)
			return nil
		})
	return members, err
}

// PutMembers implements chime.Members.
func (t tx) PutMembers(ctx context.Context, members ...chime.Member) error {
	if err := t.putMembers(ctx, members); err != nil {
		return err
	}
	rows := make([][]any, 0, len(members))
	for _, m := range members {
		rows = append(rows, []any{
			string(m.Account), string(m.User), m.Email, m.DisplayName, m.PIN, string(m.Type),
			micros(m.Registered), string(m.Invitation), m.InviteID, string(m.EmailStatus), micros(m.Invited),
			m.Alexa.Enabled, m.Alexa.RoomARN, m.Telephony.InboundCalling, m.Telephony.OutboundCalling, m.Telephony.SMS,
		})
	}
	return t.upsert(ctx, profilesTable, rows)
}

// putMembers writes the rows of the membersTable. Where transactions overlap, those
// that this one knows are updated, and only then the others inserted: see
// PutStandings.
func (t tx) putMembers(ctx context.Context, members []chime.Member) error {
	if !t.overlapping {
		return t.upsert(ctx, membersTable, standingRows(members))
	}
	if err := t.PutStandings(ctx, members...); err != nil {
		return err
	}
	rows := membersTable.distinct(standingRows(members))
	return t.insert(ctx, membersTable, rows, " ON CONFLICT (account_id, user_id) DO NOTHING")
}

// standingRows are rows of the membersTable.
func standingRows(members []chime.Member) [][]any {
	rows := make([][]any, 0, len(members))
	for _, m := range members {
		rows = append(rows, []any{
			string(m.Account), string(m.User), string(m.Status), string(m.License), m.Signout.Epoch, micros(m.Signout.At), string(m.Role), m.Record,
		})
	}
	return rows
}

// PutStandings implements chime.Members. It never inserts: where transactions overlap,
// that would revive a member whom another has just deleted. An UPDATE of such a row
// fails instead, and the transaction runs again.
func (t tx) PutStandings(ctx context.Context, members ...chime.Member) error {
	rows := membersTable.distinct(standingRows(members))
	if r, ok := t.conn.repeater(); ok && len(rows) > 0 {
		return r.ExecEach(ctx, `UPDATE members SET status = $3, license = $4, epoch = $5, signed_out = $6, role_id = $7, record_id = $8
			WHERE account_id = $1 AND user_id = $2`, rows)
	}
	for len(rows) > 0 {
		account := rows[0][0]
		n := 1
		for n < min(len(rows), maxRows) && rows[n][0] == account {
			n++
		}
		if err := t.updateStandings(ctx, account, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// updateStandings updates members of one account. As in a list (see in), the last
// one fills up to one of a few sizes.
func (t tx) updateStandings(ctx context.Context, account any, rows [][]any) error {
	size := paddedSize(len(rows))
	columns := len(membersTable.columns) - 1
	args := append(make([]any, 0, 1+size*columns), account)
	for i := range size {
		args = append(args, rows[min(i, len(rows)-1)][1:]...)
	}
	var values strings.Builder
	writeRows(&values, 2, size, columns)
	return t.conn.Exec(ctx, `UPDATE members SET status = v.column2, license = v.column3,
		epoch = CAST(v.column4 AS BIGINT), signed_out = CAST(v.column5 AS BIGINT), role_id = v.column6, record_id = v.column7
		FROM (VALUES `+values.String()+`) AS v WHERE account_id = $1 AND user_id = v.column1`, args...)
}

// DeleteMembers implements chime.Members.
func (t tx) DeleteMembers(ctx context.Context, account chime.AccountID, users []chime.UserID) error {
	return t.deleteUsers(ctx, "members", account, users)
}

func (t tx) deleteUsers(ctx context.Context, from string, account chime.AccountID, users []chime.UserID) error {
	return chunks(users, func(some []chime.UserID) error {
		list, args := in(2, some, []any{string(account)})
		return t.conn.Exec(ctx, "DELETE FROM "+from+" WHERE account_id = $1 AND user_id IN "+list, args...)
	})
}

const formerColumns = "account_id, user_id, email, display_name, user_type, invitation, invited, registered, removed, record_id"

func scanFormer(r Row) chime.FormerMember {
	return chime.FormerMember{
		Account:     chime.AccountID(r.Text(0)),
		User:        chime.UserID(r.Text(1)),
		Email:       r.Text(2),
		DisplayName: r.Text(3),
		Type:        chime.UserType(r.Text(4)),
		Invitation:  chime.InvitationStatus(r.Text(5)),
		Invited:     fromMicros(r.Int(6)),
		Registered:  fromMicros(r.Int(7)),
		Removed:     fromMicros(r.Int(8)),
		Record:      r.Text(9),
	}
}

// FormerMembers implements chime.Members.
func (t tx) FormerMembers(ctx context.Context, account chime.AccountID, users []chime.UserID) ([]chime.FormerMember, error) {
	var former []chime.FormerMember
	err := chunks(users, func(some []chime.UserID) error {
		list, args := in(2, some, []any{string(account)})
		return t.conn.Query(ctx, `SELECT `+formerColumns+` FROM former_members WHERE account_id = $1 AND user_id IN `+list, args,
			func(r Row) error {
				former = append(former, scanFormer(r))
				return nil
			})
	})
	return former, err
}

// ListFormerMembers implements chime.Members.
func (t tx) ListFormerMembers(ctx context.Context, account chime.AccountID, after chime.UserID, limit int) ([]chime.FormerMember, error) {
	var former []chime.FormerMember
	err := t.conn.Query(ctx, `SELECT `+formerColumns+` FROM former_members WHERE account_id = $1 AND user_id > $2
		ORDER BY user_id LIMIT $3`, []any{string(account), string(after), int64(limit)}, func(r Row) error {
		former = append(former, scanFormer(r))
		return nil
	})
	return former, err
}

// PutFormerMembers implements chime.Members.
func (t tx) PutFormerMembers(ctx context.Context, former ...chime.FormerMember) error {
	rows := make([][]any, 0, len(former))
	for _, f := range former {
		rows = append(rows, []any{
			string(f.Account), string(f.User), f.Email, f.DisplayName, string(f.Type), string(f.Invitation),
			micros(f.Invited), micros(f.Registered), micros(f.Removed), f.Record,
		})
	}
	return t.upsert(ctx, formerTable, rows)
}

// DeleteFormerMembers implements chime.Members.
func (t tx) DeleteFormerMembers(ctx context.Context, account chime.AccountID, users []chime.UserID) error {
	if users == nil {
		return t.conn.Exec(ctx, "DELETE FROM former_members WHERE account_id = $1", string(account))
	}
	return t.deleteUsers(ctx, "former_members", account, users)
}
