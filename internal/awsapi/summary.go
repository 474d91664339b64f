package awsapi

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// GetAccountSummaryRequest is the input of GetAccountSummary.
type GetAccountSummaryRequest struct{ AccountID string }

func (in *GetAccountSummaryRequest) read(r *reader) {
	in.AccountID = required(r.label("AccountId", "accountId"), readNonEmptyString)
}

// Members are how many members there are of each kind.
type Members struct {
	// Basic, Plus, Pro and ProTrial count those with the license; an invitation has none.
	Basic        int64 `json:"Basic"`
	Plus         int64 `json:"Plus"`
	Pro          int64 `json:"Pro"`
	ProTrial     int64 `json:"ProTrial"`
	Registered   int64 `json:"Registered"`
	Suspended    int64 `json:"Suspended"`
	Unregistered int64 `json:"Unregistered"`
}

// AccountSummary is what was counted in an account.
type AccountSummary struct {
	ComputedTimestamp Timestamp `json:"ComputedTimestamp"`
	Members
}

// GetAccountSummaryResponse is the output of GetAccountSummary.
type GetAccountSummaryResponse struct {
	Summary *AccountSummary `json:"Summary"` // null until something was counted
}

// GetSummaryRequest is the input of GetSummary, which has no members.
type GetSummaryRequest struct{}

func (in *GetSummaryRequest) read(*reader) {}

// Summary is what was counted in all active accounts together.
type Summary struct {
	Accounts          int64     `json:"Accounts"`
	ComputedTimestamp Timestamp `json:"ComputedTimestamp"`
	// Days are the last 30, in their order, those without anything left out.
	Days []DaySummary `json:"Days"`
	Members
}

// DaySummary is what happened on a day in UTC.
type DaySummary struct {
	// Confirmed and Failed count messages of sign-outs to apps, by the day of the outcome.
	Confirmed int64 `json:"Confirmed"`
	// ConfirmedMedian and ConfirmedP90 are within how many milliseconds after the
	// sign-out half, and nine tenths, of them were confirmed: up to a tenth too much;
	// null without any.
	ConfirmedMedian *int64 `json:"ConfirmedMedianMilliseconds"`
	ConfirmedP90    *int64 `json:"ConfirmedP90Milliseconds"`
	Day             string `json:"Day"` // such as 2026-01-31
	Failed          int64  `json:"Failed"`
	SignIns         int64  `json:"SignIns"`
	Suspensions     int64  `json:"Suspensions"` // of users
}

// GetSummaryResponse is the output of GetSummary.
type GetSummaryResponse struct {
	Summary *Summary `json:"Summary"` // null until something was counted
}

func wireMembers(counts []chime.MemberCount) (m Members) {
	for _, c := range counts {
		switch c.Status {
		case chime.Registered:
			m.Registered += c.Users
		case chime.Suspended:
			m.Suspended += c.Users
		case chime.Unregistered:
			m.Unregistered += c.Users
			continue
		}
		switch c.License {
		case chime.Basic:
			m.Basic += c.Users
		case chime.Plus:
			m.Plus += c.Users
		case chime.Pro:
			m.Pro += c.Users
		case chime.ProTrial:
			m.ProTrial += c.Users
		}
	}
	return m
}

func wireDay(d chime.DaySummary) DaySummary {
	quantile := func(part float64) *int64 {
		if took, known := directory.Quantile(d, part); known {
			return new(took.Milliseconds())
		}
		return nil
	}
	return DaySummary{
		Confirmed: d.Confirmed, ConfirmedMedian: quantile(0.5), ConfirmedP90: quantile(0.9), Day: d.Day, Failed: d.Failed,
		SignIns: d.SignIns, Suspensions: d.Suspensions,
	}
}

func (a *api) getAccountSummary(ctx context.Context, in *GetAccountSummaryRequest) (*GetAccountSummaryResponse, error) {
	s, err := a.dir.GetAccountSummary(ctx, chime.AccountID(in.AccountID))
	if err != nil || s == nil {
		return new(GetAccountSummaryResponse), err
	}
	return &GetAccountSummaryResponse{Summary: &AccountSummary{Timestamp(s.Computed), wireMembers(s.Counts)}}, nil
}

func (a *api) getSummary(ctx context.Context, _ *GetSummaryRequest) (*GetSummaryResponse, error) {
	s, err := a.dir.GetSummary(ctx)
	if err != nil || s == nil {
		return new(GetSummaryResponse), err
	}
	return &GetSummaryResponse{Summary: &Summary{
		Accounts: s.Accounts, ComputedTimestamp: Timestamp(s.Computed), Members: wireMembers(s.Counts), Days: convert(s.Days, wireDay),
	}}, nil
}
