package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
)

var (
	accountsTable = newTable("accounts", 1, `account_id tenant_id name account_type status created default_license
		supported_licenses signin_delegate_groups deleted disable_remote_control enable_dial_out released_domains record_id`)
	tenantAccountsTable = newTable("tenant_accounts", 2, `tenant_id account_id name account_type status created default_license
		supported_licenses signin_delegate_groups deleted`)
)

// accountColumns are the columns that scanAccount reads, of the alias a.
const accountColumns = `a.account_id, a.tenant_id, a.name, a.account_type, a.status, a.created, a.default_license,
	a.supported_licenses, a.signin_delegate_groups, a.deleted`

const accountColumnCount = 10

// fullAccountColumns are accountColumns and what lists leave out.
const (
	fullAccountColumns     = accountColumns + ", a.disable_remote_control, a.enable_dial_out, a.released_domains, a.record_id"
	fullAccountColumnCount = accountColumnCount + 4
)

func scanAccount(r Row) (chime.Account, error) {
	a := chime.Account{
		ID:             chime.AccountID(r.Text(0)),
		Tenant:         chime.TenantID(r.Text(1)),
		Name:           r.Text(2),
		Type:           chime.AccountType(r.Text(3)),
		Status:         chime.AccountStatus(r.Text(4)),
		Created:        fromMicros(r.Int(5)),
		DefaultLicense: chime.License(r.Text(6)),
		Deleted:        fromMicros(r.Int(9)),
	}
	var err error
	if a.SupportedLicenses, err = parseList[chime.License](r.Text(7)); err != nil {
		return a, fmt.Errorf("reading the licenses of account %q: %w", a.ID, err)
	}
	if a.SigninDelegateGroups, err = parseList[string](r.Text(8)); err != nil {
		return a, fmt.Errorf("reading the delegate groups of account %q: %w", a.ID, err)
	}
	return a, nil
}

// Account implements chime.Accounts. Nearly every request asks for it, as for its
// key (KeyAndPrincipal).
func (t tx) Account(ctx context.Context, id chime.AccountID) (*chime.Account, error) {
	load := func() (found *chime.Account, err error) {
		err = t.conn.QueryAll(ctx, accountQuery(id, &found))
		return found, err
	}
	c, ok := t.conn.Conn.(Recaller)
	if !ok {
		return load()
	}
	known, err := c.Recall("account "+string(id), func() (any, error) { return load() })
	found, _ := known.(*chime.Account)
	if err != nil || found == nil {
		return nil, err
	}
	account := *found
	return &account, nil
}

func accountQuery(id chime.AccountID, found **chime.Account) Query {
	return Query{
		"SELECT " + fullAccountColumns + " FROM accounts a WHERE a.account_id = $1",
		[]any{string(id)},
		func(r Row) error {
			a, err := scanFullAccount(r)
			*found = &a
			return err
		},
	}
}

// AccountMembers implements chime.Accounts. Where the account is known already, a
// query need not bring it along.
func (t tx) AccountMembers(ctx context.Context, id chime.AccountID, users []chime.UserID) (*chime.Account, []chime.Member, error) {
	if _, ok := t.conn.Conn.(Recaller); ok {
		account, err := t.Account(ctx, id)
		if account == nil || err != nil {
			return nil, nil, err
		}
		members, err := t.membersOf(ctx, id, users)
		return account, members, err
	}
	r := t.roll()
	err := t.conn.QueryAll(ctx, r.members(id, users)...)
	return r.account, r.present, err
}

// AccountRoll implements chime.Accounts. Unless the account is of the type, nothing
// is looked for among the profiles, nor among the former members. Where no journey
// is saved by that, these are asked for only once the type is known.
func (t tx) AccountRoll(ctx context.Context, id chime.AccountID, users []chime.UserID, full chime.AccountType) (
	*chime.Account, []chime.Member, []chime.FormerMember, error,
) {
	r := t.roll()
	queries := r.membersOfType(id, users, full)
	if r.apart {
		err := t.conn.QueryAll(ctx, queries...)
		if err != nil || r.account == nil || r.account.Type != full {
			return r.account, r.present, nil, err
		}
		r.former, err = t.FormerMembers(ctx, id, users)
		return r.account, r.present, r.former, err
	}
	err := t.conn.QueryAll(ctx, append(queries, r.formerMembers(id, users, full)...)...)
	return r.account, r.present, r.former, err
}

// AccountInvitees implements chime.Accounts. Who holds the addresses is known to
// the second query only once the first has run, so it looks that up itself.
func (t tx) AccountInvitees(ctx context.Context, id chime.AccountID, claims map[string]chime.UserID, domains []string) (chime.Invitees, error) {
	found := chime.Invitees{
		Holders: make(map[string]chime.UserID, len(claims)), Claimed: make(map[string]chime.AccountID, len(domains)),
	}
	queries, err := resolutions(claims, found.Holders)
	if err != nil {
		return found, err
	}
	queries = append(queries, claimQueries(domains, found.Claimed)...)
	r := t.roll()
	if len(claims) == 0 {
		queries = append(queries, r.members(id, nil)...)
	}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(claims)), maxRows) {
		queries = append(queries, r.invitees(id, some))
	}
	err = t.conn.QueryAll(ctx, queries...)
	slices.SortFunc(r.present, func(a, b chime.Member) int { return strings.Compare(string(a.User), string(b.User)) })
	// Somebody may hold two of the addresses.
	r.present = slices.CompactFunc(r.present, func(a, b chime.Member) bool { return a.User == b.User })
	found.Account, found.Members = r.account, r.present
	return found, err
}

// roll is what queries find of an account and its users.
type roll struct {
	account *chime.Account
	present []chime.Member
	former  []chime.FormerMember
	// apart says that the account has a row of its own, see apartQuery.
	apart bool
}

func (t tx) roll() roll {
	_, here := t.conn.repeater()
	return roll{apart: here}
}

// Whose profiles a query reads.
const (
	allMembers         = "m.user_id"
	membersOfType      = "CASE WHEN a.account_type = $2 THEN m.user_id END"
	membersOfTypeApart = "CASE WHEN (SELECT account_type FROM accounts WHERE account_id = $1) = $2 THEN m.user_id END"
)

// members are the queries for the account and those of the users who are its
// members.
func (r *roll) members(id chime.AccountID, users []chime.UserID) []Query {
	return r.chunks(id, users, allMembers, nil)
}

// membersOfType are members without their profiles, unless the account is of the
// type.
func (r *roll) membersOfType(id chime.AccountID, users []chime.UserID, full chime.AccountType) []Query {
	profiled := membersOfType
	if r.apart {
		profiled = membersOfTypeApart
	}
	return r.chunks(id, users, profiled, []any{string(full)})
}

func (r *roll) chunks(id chime.AccountID, users []chime.UserID, profiled string, more []any) (queries []Query) {
	if len(users) == 0 {
		return []Query{accountQuery(id, &r.account)}
	}
	for some := range slices.Chunk(users, maxRows) {
		list, args := in(2+len(more), some, append([]any{string(id)}, more...))
		if r.apart {
			queries = append(queries, r.apartQuery(list, profiled, args))
		} else {
			queries = append(queries, r.query(list, profiled, args))
		}
	}
	return queries
}

// query is one for the account of the first argument and those of its members who
// are in the list. The account's columns repeat in each row and are read from
// the first. Each table is told the account and the list, so that each is looked
// for in one shard, and no plan reads more of it than that.
func (r *roll) query(list, profiled string, args []any) Query {
	return Query{`SELECT ` + fullAccountColumns + `, ` + memberColumns + `
		FROM accounts a
		LEFT JOIN members m ON m.account_id = $1 AND m.user_id IN ` + list + `
		LEFT JOIN member_profiles p ON p.account_id = $1 AND p.user_id = ` + profiled + ` AND p.user_id IN ` + list + `
		WHERE a.account_id = $1`, args, r.scan}
}

// standing is a query for the account and the user's membership without its profile.
func (r *roll) standing(id chime.AccountID, user chime.UserID) Query {
	return Query{`SELECT ` + fullAccountColumns + `, m.account_id, ` + standingColumns + `
		FROM accounts a
		LEFT JOIN members m ON m.account_id = $1 AND m.user_id = $2
		WHERE a.account_id = $1`, []any{string(id), string(user)}, func(row Row) error {
		a, err := scanFullAccount(row)
		r.account = &a
		if !row.Null(fullAccountColumnCount) {
			r.present = append(r.present, scanStanding(row, fullAccountColumnCount))
		}
		return err
	}}
}

// apartQuery is query for a Repeater, which has one shard: the
// account's columns, which are many, are read once and not with each member. What
// is not there in one kind of row is NULL.
func (r *roll) apartQuery(list, profiled string, args []any) Query {
	return Query{`SELECT ` + fullAccountColumns + strings.Repeat(", NULL", memberColumnCount-fullAccountColumnCount) + `, 1
		FROM accounts a WHERE a.account_id = $1
		UNION ALL SELECT ` + memberColumns + `, 0 FROM members m
		LEFT JOIN member_profiles p ON p.account_id = $1 AND p.user_id = ` + profiled + `
		WHERE m.account_id = $1 AND m.user_id IN ` + list, args, r.scanApart}
}

// scanApart reads a row of an account, or of a member.
func (r *roll) scanApart(row Row) error {
	if row.Int(memberColumnCount) == 0 {
		r.scanMember(row, 0)
		return nil
	}
	a, err := scanFullAccount(row)
	r.account = &a
	return err
}

// scanMember reads a member whose columns begin at column c.
func (r *roll) scanMember(row Row, c int) {
	if row.Null(c + standingColumnCount) {
		r.present = append(r.present, scanStanding(row, c))
	} else {
		r.present = append(r.present, scanMember(row, c))
	}
}

// invitees is the query for the account and those of its members who hold the
// addresses, which it finds out by itself. It does so once, and before anything
// else: as a condition on the members, a plan of a PostgreSQL that knows nothing of
// its tables yet would do it for each pair of a member and a profile.
func (r *roll) invitees(id chime.AccountID, keys []string) Query {
	list, args := in(2, keys, []any{string(id)})
	return Query{`WITH holders AS MATERIALIZED (SELECT user_id FROM addresses WHERE email_key IN ` + list + `)
		SELECT ` + fullAccountColumns + `, ` + memberColumns + `
		FROM accounts a
		LEFT JOIN holders h ON TRUE
		LEFT JOIN members m ON m.account_id = $1 AND m.user_id = h.user_id
		LEFT JOIN member_profiles p ON p.account_id = $1 AND p.user_id = m.user_id AND p.user_id = h.user_id
		WHERE a.account_id = $1`, args, r.scan}
}

// scan reads a row of an account with a member, or with none.
func (r *roll) scan(row Row) error {
	if r.account == nil {
		a, err := scanFullAccount(row)
		if err != nil {
			return err
		}
		r.account = &a
	}
	if !row.Null(fullAccountColumnCount) {
		r.scanMember(row, fullAccountColumnCount)
	}
	return nil
}

// formerMembers are the queries for those of the users whom the account suspended,
// when it is of the type.
func (r *roll) formerMembers(id chime.AccountID, users []chime.UserID, full chime.AccountType) (queries []Query) {
	for some := range slices.Chunk(users, maxRows) {
		list, args := in(3, some, []any{string(id), string(full)})
		queries = append(queries, Query{
			`SELECT ` + formerColumns + `
			FROM (SELECT account_id AS id FROM accounts WHERE account_id = $1 AND account_type = $2) AS of_type
			CROSS JOIN former_members WHERE account_id = $1 AND user_id IN ` + list, args,
			func(row Row) error {
				r.former = append(r.former, scanFormer(row))
				return nil
			},
		})
	}
	return queries
}

// ListAccounts implements chime.Accounts.
func (t tx) ListAccounts(ctx context.Context, q chime.AccountQuery) ([]chime.Account, error) {
	where, args := "a.tenant_id = $1 AND a.account_id > $2 AND a.status = $3", []any{string(q.Tenant), string(q.After), string(q.Status)}
	if q.NamePrefix != "" {
		where += " AND substr(a.name, 1, length($5)) = $5"
	}
	args = append(args, int64(q.Limit))
	if q.NamePrefix != "" {
		args = append(args, q.NamePrefix)
	}
	var accounts []chime.Account
	err := t.conn.Query(ctx, `SELECT `+accountColumns+` FROM tenant_accounts a WHERE `+where+`
		ORDER BY a.account_id LIMIT $4`, args, func(r Row) error {
		a, err := scanAccount(r)
		accounts = append(accounts, a)
		return err
	})
	return accounts, err
}

// ListTenants implements chime.Accounts.
func (t tx) ListTenants(ctx context.Context) ([]chime.TenantID, error) {
	var tenants []chime.TenantID
	err := t.conn.Query(ctx, "SELECT DISTINCT tenant_id FROM tenant_accounts ORDER BY tenant_id", nil, func(r Row) error {
		tenants = append(tenants, chime.TenantID(r.Text(0)))
		return nil
	})
	return tenants, err
}

// PutAccounts implements chime.Accounts.
func (t tx) PutAccounts(ctx context.Context, accounts ...chime.Account) error {
	byID, byTenant := make([][]any, 0, len(accounts)), make([][]any, 0, len(accounts))
	for _, a := range accounts {
		licenses, groups := jsonList(a.SupportedLicenses), jsonList(a.SigninDelegateGroups)
		shared := []any{
			a.Name, string(a.Type), string(a.Status), micros(a.Created), string(a.DefaultLicense),
			licenses, groups, micros(a.Deleted),
		}
		byID = append(byID, slices.Concat([]any{string(a.ID), string(a.Tenant)}, shared,
			[]any{a.Settings.DisableRemoteControl, a.Settings.EnableDialOut, jsonList(a.ReleasedDomains), a.Record}))
		byTenant = append(byTenant, slices.Concat([]any{string(a.Tenant), string(a.ID)}, shared))
	}
	if err := t.upsert(ctx, accountsTable, byID); err != nil {
		return err
	}
	return t.upsert(ctx, tenantAccountsTable, byTenant)
}

// PurgeAccount implements chime.Accounts.
func (t tx) PurgeAccount(ctx context.Context, tenant chime.TenantID, id chime.AccountID) error {
	if err := t.conn.Exec(ctx, "DELETE FROM accounts WHERE account_id = $1", string(id)); err != nil {
		return err
	}
	if err := t.conn.Exec(ctx, "DELETE FROM tenant_accounts WHERE tenant_id = $1 AND account_id = $2", string(tenant), string(id)); err != nil {
		return err
	}
	if err := t.conn.Exec(ctx, "DELETE FROM administrators WHERE tenant_id = $1 AND account_id = $2", string(tenant), string(id)); err != nil {
		return err
	}
	for _, name := range []string{"members", "former_members", "providers", "account_summaries"} {
		if err := t.conn.Exec(ctx, "DELETE FROM "+name+" WHERE account_id = $1", string(id)); err != nil {
			return err
		}
	}
	return t.purgeDomains(ctx, id)
}

func scanFullAccount(r Row) (chime.Account, error) {
	a, err := scanAccount(r)
	if err != nil {
		return a, err
	}
	a.Settings = chime.AccountSettings{
		DisableRemoteControl: r.Int(accountColumnCount) != 0, EnableDialOut: r.Int(accountColumnCount+1) != 0,
	}
	a.Record = r.Text(accountColumnCount + 3)
	if released := r.Text(accountColumnCount + 2); released != "[]" {
		if a.ReleasedDomains, err = parseList[string](released); err != nil {
			return a, fmt.Errorf("reading the released domains of account %q: %w", a.ID, err)
		}
	}
	return a, nil
}

// jsonList is a list of strings as JSON text; nil is an empty list.
func jsonList[S ~string](list []S) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, s := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		quoted, _ := json.Marshal(string(s)) // a string always marshals
		b.Write(quoted)
	}
	b.WriteByte(']')
	return b.String()
}

// parseList reads what jsonList wrote. A list of plain names needs no decoder, and
// an account's list of licenses is read with every request.
func parseList[S ~string](text string) ([]S, error) {
	if text == "[]" {
		return []S{}, nil
	}
	inner, isList := strings.CutPrefix(text, `["`)
	inner, closed := strings.CutSuffix(inner, `"]`)
	if !isList || !closed || strings.IndexByte(inner, '\\') >= 0 {
		var list []S
		err := json.Unmarshal([]byte(text), &list)
		return list, err
	}
	names := strings.Split(inner, `","`)
	list := make([]S, len(names))
	for i, name := range names {
		list[i] = S(name)
	}
	return list, nil
}
