package chime

import (
	"context"
	"time"
)

// MemberCount is how many members of an account, or of all accounts of a tenant,
// stand alike.
type MemberCount struct {
	Status  RegistrationStatus
	License License
	Users   int64
}

// AccountSummary is what was counted in an account.
type AccountSummary struct {
	Account  AccountID
	Computed time.Time // when the count ended
	Counts   []MemberCount
}

// TenantSummary is what was counted in a tenant.
type TenantSummary struct {
	Tenant TenantID
	// Computed is when the count of the members ended; zero before the first did. The
	// Days are brought up to date apart from it.
	Computed time.Time
	Accounts int64 // that are active
	Counts   []MemberCount
	Days     []DaySummary // in their order; those on which nothing happened are left out
}

// DaySummary is what happened on a day in UTC.
type DaySummary struct {
	Day         string // as in 2006-01-02
	SignIns     int64
	Suspensions int64 // of users, however many at a time
	Confirmed   int64 // messages of a sign-out that an app confirmed that day
	Failed      int64 // and those that were given up
	// Times has how many of the confirmed took how long, by classes of durations
	// that package directory defines.
	Times map[int]int64
}

// Job is where a background job stands that one server at a time does.
type Job struct {
	Name string
	// Holder is who does it, until Until unless they say so again.
	Holder string
	Until  time.Time
	State  []byte // the job's own
}

// Summaries keeps what was counted in the background, so that no request has to
// count. It can be counted again, and so is no part of the Contents.
type Summaries interface {
	// CountMembers counts members of an account after the user, at most limit of
	// them. It returns the last of them and how many they were.
	CountMembers(ctx context.Context, account AccountID, after UserID, limit int) (counts []MemberCount, last UserID, read int, err error)
	// SessionsByExpiry returns sessions in the order of (Expires, User, ID), from the
	// one after the given one on. It is for jobs.
	SessionsByExpiry(ctx context.Context, after Session, limit int) ([]Session, error)
	// SettledDeliveries returns deliveries that were confirmed or given up in the order
	// of Settled, then of their keys, from the one after the given one on. It is for jobs.
	SettledDeliveries(ctx context.Context, after Delivery, limit int) ([]Delivery, error)

	AccountSummary(ctx context.Context, id AccountID) (*AccountSummary, error)
	PutAccountSummaries(ctx context.Context, summaries ...AccountSummary) error
	TenantSummary(ctx context.Context, id TenantID) (*TenantSummary, error)
	PutTenantSummaries(ctx context.Context, summaries ...TenantSummary) error

	Job(ctx context.Context, name string) (*Job, error)
	PutJob(ctx context.Context, job Job) error
}
