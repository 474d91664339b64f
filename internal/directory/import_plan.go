package directory

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// importPlan is what is known of a batch's accounts and people: first as the
// store has it, then, record by record, as it will be.
type importPlan struct {
	now       time.Time
	tenant    chime.TenantID
	overwrite bool
	newTenant bool

	tenants   map[chime.TenantID]bool
	accounts  map[chime.AccountID]chime.Account
	people    map[chime.UserID]chime.Person
	epochs    map[chime.UserID]int64 // of people, as the store has them
	members   map[chime.MemberKey]chime.Member
	former    map[chime.MemberKey]chime.FormerMember
	addresses holders
	pins      holders

	// What has changed, in order, maybe more than once. A member that has changed
	// and is no more has left.
	changedAccounts []chime.AccountID
	changedPeople   []chime.UserID
	changedMembers  []chime.MemberKey
	changedFormer   []chime.MemberKey
	pinless         []chime.UserID

	written         []chime.MemberKey // the records that were added or replaced
	writtenAccounts []chime.AccountID
	refusals        []ImportRefusal
	result          ImportResult
}

// holders says who holds each of a set of addresses or PINs.
type holders struct {
	before, now map[string]chime.UserID
}

func newHolders(known map[string]chime.UserID) holders {
	return holders{before: known, now: maps.Clone(known)}
}

// other returns who else than the user holds the key; "" for nobody.
func (h holders) other(key string, user chime.UserID) chime.UserID {
	if holder := h.now[key]; key != "" && holder != user {
		return holder
	}
	return ""
}

func (h holders) claim(key string, user chime.UserID) {
	if key != "" {
		h.now[key] = user
	}
}

func (h holders) release(key string, user chime.UserID) {
	if h.now[key] == user {
		h.now[key] = ""
	}
}

// changes returns which keys change hands, and whose they are then.
func (h holders) changes() (released []string, claimed map[string]chime.UserID) {
	claimed = make(map[string]chime.UserID)
	for key, user := range h.now {
		if user == h.before[key] {
			continue
		}
		if h.before[key] != "" {
			released = append(released, key)
		}
		if user != "" {
			claimed[key] = user
		}
	}
	return released, claimed
}

// set collects distinct values in their order.
type set[T comparable] struct {
	list []T
	seen map[T]bool
}

// newSet returns a set for about n values.
func newSet[T comparable](n int) set[T] { return set[T]{make([]T, 0, n), make(map[T]bool, n)} }

func (s *set[T]) add(v T) {
	if !s.seen[v] {
		s.seen[v] = true
		s.list = append(s.list, v)
	}
}

func distinct[T comparable](values []T) []T {
	s := newSet[T](len(values))
	for _, v := range values {
		s.add(v)
	}
	return s.list
}

// readImport reads all that the batch is about, in sets.
func readImport(ctx context.Context, tx chime.Tx, b ImportBatch, now time.Time) (*importPlan, error) {
	p := &importPlan{
		now: now, tenant: b.Tenant, overwrite: b.Overwrite,
		tenants:  make(map[chime.TenantID]bool),
		accounts: make(map[chime.AccountID]chime.Account),
		people:   make(map[chime.UserID]chime.Person, len(b.Users)),
		epochs:   make(map[chime.UserID]int64),
		members:  make(map[chime.MemberKey]chime.Member, len(b.Users)),
		former:   make(map[chime.MemberKey]chime.FormerMember),
	}
	if err := p.readAccounts(ctx, tx, b); err != nil {
		return nil, err
	}
	if err := p.readPeople(ctx, tx, b.Users); err != nil {
		return nil, err
	}
	return p, p.readHolders(ctx, tx, b.Users)
}

func (p *importPlan) readAccounts(ctx context.Context, tx chime.Tx, b ImportBatch) error {
	ids, tenants := newSet[chime.AccountID](len(b.Accounts)), newSet[chime.TenantID](1)
	if b.MakeTenant {
		tenants.add(b.Tenant)
	}
	for _, a := range b.Accounts {
		ids.add(a.ID)
		tenants.add(a.Tenant)
	}
	for _, u := range b.Users {
		if u.Account != "" {
			ids.add(u.Account)
		}
	}
	accounts, err := tx.Accounts(ctx, ids.list)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		p.accounts[a.ID] = a
		p.tenants[a.Tenant] = true
	}
	for _, tenant := range tenants.list { // one or a few
		if p.tenants[tenant], err = knownTenant(ctx, tx, tenant); err != nil {
			return err
		}
	}
	return nil
}

// knownTenant reports whether the tenant has a principal or an account.
func knownTenant(ctx context.Context, tx chime.Tx, tenant chime.TenantID) (bool, error) {
	if tenant == "" {
		return false, nil
	}
	principals, err := tx.ListPrincipals(ctx, tenant)
	if err != nil || len(principals) > 0 {
		return len(principals) > 0, err
	}
	accounts, err := tx.ScanAccounts(ctx, tenant, "", 1)
	return len(accounts) > 0, err
}

func (p *importPlan) readPeople(ctx context.Context, tx chime.Tx, users []ImportUser) error {
	ids := newSet[chime.UserID](len(users))
	keys, places := newSet[chime.MemberKey](len(users)), newSet[chime.MemberKey](len(users))
	for _, u := range users {
		ids.add(u.User)
		if u.Account != "" {
			keys.add(u.Key())
			places.add(u.Key())
		}
	}
	people, err := tx.People(ctx, ids.list)
	if err != nil {
		return err
	}
	for _, person := range people {
		p.people[person.ID] = person
		if !person.Free() {
			places.add(chime.MemberKey{Account: person.Account, User: person.ID})
		}
	}
	members, err := tx.MembersAt(ctx, places.list)
	if err != nil {
		return err
	}
	for _, m := range members {
		p.members[m.Key()] = m
	}
	for id, person := range p.people {
		p.epochs[id] = p.epoch(person)
	}
	former, err := tx.FormerMembersAt(ctx, keys.list)
	for _, f := range former {
		p.former[f.Key()] = f
	}
	return err
}

func (p *importPlan) readHolders(ctx context.Context, tx chime.Tx, users []ImportUser) error {
	addresses, pins := newSet[string](len(users)), newSet[string](len(users))
	for _, u := range users {
		if address := p.address(u); address != "" {
			addresses.add(address)
		}
		if u.PIN != "" {
			pins.add(u.PIN)
		}
	}
	if p.overwrite { // what people have now may be released
		for _, person := range p.people {
			addresses.add(chime.EmailKey(person.Email))
			pins.add(person.PIN)
		}
	}
	known, err := tx.AddressHolders(ctx, addresses.list)
	if err != nil {
		return err
	}
	p.addresses = newHolders(known)
	known, err = tx.PINHolders(ctx, pins.list)
	if err != nil {
		return err
	}
	p.pins = newHolders(known)
	if p.overwrite {
		return p.readRivals(ctx, tx, users)
	}
	return nil
}

// address is the key of the address that the record says, or else that the user was
// invited by; "" for neither.
func (p *importPlan) address(u ImportUser) string {
	return chime.EmailKey(cmp.Or(u.Email, p.members[u.Key()].Email))
}

// epoch is that of the person's current sign-out.
func (p *importPlan) epoch(person chime.Person) int64 {
	return chime.Subject{Person: person, Member: p.home(person)}.CurrentSignout().Epoch
}

// home is the person's membership; nil for free people.
func (p *importPlan) home(person chime.Person) *chime.Member {
	if m, ok := p.members[chime.MemberKey{Account: person.Account, User: person.ID}]; ok {
		return &m
	}
	return nil
}

// signedOut returns whom the batch signs out.
func (p *importPlan) signedOut() (list []chime.EventPerson) {
	for _, person := range values(p.people, p.changedPeople) {
		if before, known := p.epochs[person.ID]; known && before != p.epoch(person) {
			list = append(list, chime.EventPerson{User: person.ID, Epoch: before})
		}
	}
	return list
}

// readRivals reads those who hold the users' addresses, as far as they are
// people, and their memberships of the users' accounts.
func (p *importPlan) readRivals(ctx context.Context, tx chime.Tx, users []ImportUser) error {
	var rivals []chime.UserID
	var places []chime.MemberKey
	for _, u := range users {
		rival := p.addresses.other(p.address(u), u.User)
		if _, known := p.people[rival]; rival != "" && !known {
			rivals = append(rivals, rival)
			places = append(places, chime.MemberKey{Account: u.Account, User: rival})
		}
	}
	people, err := tx.People(ctx, distinct(rivals))
	if err != nil {
		return err
	}
	for _, person := range people {
		p.people[person.ID] = person
	}
	members, err := tx.MembersAt(ctx, distinct(places))
	for _, m := range members {
		p.members[m.Key()] = m
	}
	return err
}

// put writes what has changed, in sets.
func (p *importPlan) put(ctx context.Context, tx chime.Tx) error {
	if p.newTenant {
		root := chime.Principal{Tenant: p.tenant, Name: chime.RootName, ID: string(p.tenant), Created: p.now}
		if err := tx.PutPrincipal(ctx, root); err != nil {
			return err
		}
	}
	if err := tx.PutAccounts(ctx, values(p.accounts, p.changedAccounts)...); err != nil {
		return err
	}
	if err := p.putHolders(ctx, tx); err != nil {
		return err
	}
	var left []chime.MemberKey
	for _, key := range distinct(p.changedMembers) {
		if _, stays := p.members[key]; !stays {
			left = append(left, key)
		}
	}
	if err := tx.DeleteMembersAt(ctx, left); err != nil {
		return err
	}
	if err := tx.PutMembers(ctx, values(p.members, p.changedMembers)...); err != nil {
		return err
	}
	if err := tx.PutStandings(ctx, p.keptMembers()...); err != nil {
		return err
	}
	if err := tx.PutFormerMembers(ctx, values(p.former, p.changedFormer)...); err != nil {
		return err
	}
	return tx.PutPeople(ctx, values(p.people, p.changedPeople)...)
}

// keptMembers are those by whom the import decided to leave them as they are. When
// it writes others, it writes them too, so that no suspension in place goes by.
func (p *importPlan) keptMembers() (kept []chime.Member) {
	if len(p.changedAccounts)+len(p.changedMembers)+len(p.changedPeople)+len(p.changedFormer) == 0 {
		return nil
	}
	changed := newSet[chime.MemberKey](len(p.changedMembers))
	for _, key := range p.changedMembers {
		changed.add(key)
	}
	for key, m := range p.members {
		if !changed.seen[key] {
			kept = append(kept, m)
		}
	}
	return kept
}

func (p *importPlan) putHolders(ctx context.Context, tx chime.Tx) error {
	released, claimed := p.addresses.changes()
	if err := tx.ReleaseAddresses(ctx, released); err != nil {
		return err
	}
	if err := tx.ClaimAddresses(ctx, claimed); err != nil {
		return err
	}
	released, claimed = p.pins.changes()
	if err := tx.ReleasePINs(ctx, released); err != nil {
		return err
	}
	return tx.ClaimPINs(ctx, claimed)
}

// values returns the values of the keys that have one, each once.
func values[K comparable, V any](of map[K]V, keys []K) []V {
	list := make([]V, 0, len(keys))
	for _, key := range distinct(keys) {
		if v, ok := of[key]; ok {
			list = append(list, v)
		}
	}
	return list
}

// pinRounds is how often free PINs are looked for: each round finds nearly all
// that are missing, unless the space is crowded.
const pinRounds = 10

// makePINs gives a PIN that nobody has to everybody who needs one.
func (p *importPlan) makePINs(ctx context.Context, tx chime.Tx, from Stretch) error {
	missing := distinct(p.pinless)
	for range pinRounds {
		if len(missing) == 0 {
			return nil
		}
		candidates := newSet[string](len(missing))
		for range missing {
			pin, err := newPIN(from)
			if err != nil {
				return err
			}
			if _, named := p.pins.now[pin]; !named {
				candidates.add(pin)
			}
		}
		taken, err := tx.PINHolders(ctx, candidates.list)
		if err != nil {
			return err
		}
		free := slices.DeleteFunc(candidates.list, func(pin string) bool { return taken[pin] != "" })
		for i, pin := range free {
			p.givePIN(missing[i], pin)
		}
		missing = missing[len(free):]
	}
	if len(missing) > 0 {
		return errPINs
	}
	return nil
}

func (p *importPlan) givePIN(user chime.UserID, pin string) {
	person := p.people[user]
	person.PIN = pin
	p.people[user] = person
	key := chime.MemberKey{Account: person.Account, User: user}
	if m, ok := p.members[key]; ok {
		m.PIN = pin
		p.members[key] = m
	}
	p.pins.claim(pin, user)
}
