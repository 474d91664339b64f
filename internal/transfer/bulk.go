package transfer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// BulkAction is what a bulk run does to people.
type BulkAction string

// The bulk actions.
const (
	BulkSuspend   BulkAction = "suspend"
	BulkUnsuspend BulkAction = "unsuspend"
	BulkUpdate    BulkAction = "update" // of the license
	BulkInvite    BulkAction = "invite"
	BulkLogout    BulkAction = "logout"
)

// Bulk does one thing to many users of an account.
type Bulk struct {
	Directory *directory.Directory
	Account   chime.AccountID
	Action    BulkAction
	// License is the one that BulkUpdate gives.
	License chime.License
	// Again has BulkInvite replace invitations that are pending, by new mails.
	Again bool
	Now   func() time.Time
	// Wait waits before something is tried again, and returns early, with an error,
	// when ctx ends; nil waits by the machine's clock.
	Wait func(ctx context.Context, d time.Duration) error
	// Progress, when set, is told how many entries are resolved, and then done.
	Progress func(step Step, done, total int64)
}

// The steps of a bulk run.
const (
	Resolving Step = "resolving"
	Applying  Step = "applying"
)

// Target is whom an entry means, and what will happen to them.
type Target struct {
	Entry string
	User  *directory.User // nil when the account knows nobody by the entry
	// Same is the earlier entry that means the same person; "" for none.
	Same   string
	Effect Effect
}

// outcome is the target's, without what became of it.
func (t Target) outcome(now time.Time) Outcome {
	o := Outcome{Entry: t.Entry, Time: now}
	if t.User != nil {
		o.UserID, o.Email = t.User.ID, t.User.Email
	} else if chime.ValidEmail(t.Entry) {
		o.Email = t.Entry
	}
	return o
}

// Preview resolves entries and says what Run will do, and changes nothing. It is an
// error when the account does not have the action at all.
func (b *Bulk) Preview(ctx context.Context, entries []string, report *Report) ([]Target, error) {
	var account chime.Account
	err := b.patiently(ctx, func(ctx context.Context) (err error) {
		account, err = b.Directory.GetAccount(ctx, b.Account)
		return err
	})
	if err != nil {
		return nil, err
	}
	effects, err := b.effects(account)
	if err != nil {
		return nil, err
	}
	seen := make(map[chime.UserID]string, len(entries))
	if report != nil {
		for user := range report.users {
			seen[user] = "one that was done before"
		}
	}
	targets := make([]Target, 0, len(entries))
	for from := 0; from < len(entries); from += directory.MaxEntries {
		some := entries[from:min(from+directory.MaxEntries, len(entries))]
		var users []directory.ResolvedUser
		err := b.patiently(ctx, func(ctx context.Context) (err error) {
			users, err = b.Directory.GetUsersByEntries(ctx, b.Account, some)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("resolving entries: %w", err)
		}
		for i, entry := range some {
			targets = append(targets, b.target(entry, users[i].User, effects, seen))
		}
		b.progress(Resolving, len(targets), len(entries))
	}
	return targets, nil
}

// effects returns what the action does in the account, by state.
func (b *Bulk) effects(account chime.Account) (map[state]Effect, error) {
	all, err := effectsOf(b.Action)
	if err != nil {
		return nil, err
	}
	effects, can := all.Types[account.Type]
	switch {
	case !can:
		return nil, chime.Errorf(chime.Forbidden, "%s (This one is %s.)", all.Refusal, account.Type)
	case b.Action == BulkUpdate && !account.Supports(b.License):
		return nil, chime.Errorf(chime.BadRequest, "The account does not support the license %s.", b.License)
	}
	return effects, nil
}

// target says whom an entry means. seen has who was meant before, by which entry.
func (b *Bulk) target(entry string, user *directory.User, effects map[state]Effect, seen map[chime.UserID]string) Target {
	t := Target{Entry: entry, User: user, Effect: b.effect(entry, user, effects)}
	if user == nil {
		return t
	}
	if t.Same = seen[user.ID]; t.Same != "" {
		t.Effect = Effect{Nothing, "is the same person as " + t.Same}
		return t
	}
	seen[user.ID] = entry
	return t
}

func (b *Bulk) effect(entry string, user *directory.User, effects map[state]Effect) Effect {
	effect, known := effects[stateOf(user)]
	switch {
	case !known:
		return Effect{Refuses, "stands where no user of such an account does"}
	case b.Action == BulkUpdate && effect.Kind == Changes && user.License == b.License:
		return Effect{Nothing, "has the license already"}
	case b.Action == BulkInvite && user == nil && !chime.ValidEmail(entry):
		return Effect{Refuses, "is no mail address"}
	case b.Action == BulkInvite && b.Again && stateOf(user) == stateInvited:
		return Effect{Changes, "is invited again, and the former invitation is void"}
	}
	return effect
}

// Run applies the action to the targets, by requests of as many as the API takes,
// and hands the outcomes of each to record as soon as they are known. A directory
// that is busy or away is tried again for about a minute. When ctx ends, Run
// finishes the request that it is at and returns ctx's cause. Done once more it does
// no harm: who is suspended stays so.
func (b *Bulk) Run(ctx context.Context, targets []Target, record func([]Outcome) error) error {
	effects, err := effectsOf(b.Action)
	if err != nil {
		return err
	}
	for from := 0; from < len(targets); from += effects.Limit {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		outcomes, err := b.apply(ctx, targets[from:min(from+effects.Limit, len(targets))])
		if recordErr := record(outcomes); recordErr != nil || err != nil {
			return errors.Join(err, recordErr)
		}
		b.progress(Applying, from+len(outcomes), len(targets))
	}
	return nil
}

// apply does one batch. With an error, the outcomes are of those who were done.
func (b *Bulk) apply(ctx context.Context, targets []Target) ([]Outcome, error) {
	outcomes := make([]Outcome, len(targets))
	var changing []int // where in targets
	for i, t := range targets {
		o := t.outcome(b.Now())
		o.Detail = t.Effect.Text
		switch {
		case t.Same != "":
			o.Kind = Repeated
		case t.Effect.Kind == Nothing:
			o.Kind = Unchanged
		case t.Effect.Kind == Refuses:
			o.Kind, o.Code = Refused, chime.NotFound
			if b.Action == BulkInvite {
				o.Code = chime.BadRequest
			}
		default:
			o.Kind = Done
			changing = append(changing, i)
		}
		outcomes[i] = o
	}
	if len(changing) == 0 {
		return outcomes, nil
	}
	if b.Action == BulkLogout {
		return b.logout(ctx, targets, outcomes, changing)
	}
	err := b.patiently(ctx, func(ctx context.Context) error { return b.change(ctx, targets, outcomes, changing) })
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

// change applies the action to those whom it changes, in one request.
func (b *Bulk) change(ctx context.Context, targets []Target, outcomes []Outcome, changing []int) error {
	if b.Action == BulkInvite {
		return b.invite(ctx, outcomes, changing)
	}
	users := make([]chime.UserID, 0, len(changing))
	changes := make([]directory.UserChange, 0, len(changing))
	for _, i := range changing {
		users = append(users, targets[i].User.ID)
		changes = append(changes, directory.UserChange{User: targets[i].User.ID, License: &b.License})
	}
	var refusals []directory.UserError
	var err error
	switch b.Action {
	case BulkSuspend:
		refusals, err = b.Directory.SuspendUsers(ctx, b.Account, users)
	case BulkUnsuspend:
		refusals, err = b.Directory.UnsuspendUsers(ctx, b.Account, users)
	case BulkUpdate:
		refusals, err = b.Directory.UpdateUsers(ctx, b.Account, changes)
	}
	if err != nil {
		return err
	}
	why := make(map[chime.UserID]directory.UserError, len(refusals))
	for _, r := range refusals {
		why[r.User] = r
	}
	for _, i := range changing {
		if r, refused := why[outcomes[i].UserID]; refused {
			outcomes[i].refuse(r.Code, r.Message)
		}
	}
	return nil
}

func (b *Bulk) invite(ctx context.Context, outcomes []Outcome, changing []int) error {
	addresses := make([]string, 0, len(changing))
	for _, i := range changing {
		addresses = append(addresses, outcomes[i].Email)
	}
	invites, err := b.Directory.InviteUsers(ctx, b.Account, addresses, "")
	if err != nil {
		return err
	}
	status := make(map[string]chime.InvitationStatus, len(invites))
	for _, invite := range invites {
		status[chime.EmailKey(invite.Email)] = invite.Status
	}
	for _, i := range changing {
		if status[chime.EmailKey(outcomes[i].Email)] == chime.InvitationFailed {
			outcomes[i].refuse(chime.Forbidden, "nobody can be invited by this address: its domain is another account's")
		}
	}
	return nil
}

// logout signs users out one after the other, as the API does.
func (b *Bulk) logout(ctx context.Context, targets []Target, outcomes []Outcome, changing []int) ([]Outcome, error) {
	for _, i := range changing {
		err := b.patiently(ctx, func(ctx context.Context) error {
			return b.Directory.LogoutUser(ctx, b.Account, targets[i].User.ID)
		})
		var refused *chime.Error
		switch {
		case err == nil:
		case errors.As(err, &refused) && refused.Code == chime.NotFound:
			outcomes[i].refuse(refused.Code, refused.Message)
		default:
			return outcomes[:i], err
		}
	}
	return outcomes, nil
}

func (o *Outcome) refuse(code chime.Code, why string) { o.Kind, o.Code, o.Detail = Refused, code, why }

// What is tried again is so after firstPause, twice that, and so on: 63 seconds
// together.
const (
	firstPause = 250 * time.Millisecond
	maxTries   = 9
)

// patiently does what has an end of its own, although ctx ends meanwhile, and again
// while the directory is busy or away.
func (b *Bulk) patiently(ctx context.Context, do func(context.Context) error) error {
	wait := b.Wait
	if wait == nil {
		wait = sleep
	}
	pause := firstPause
	for tries := 1; ; tries++ {
		err := do(context.WithoutCancel(ctx))
		code := chime.CodeOf(err)
		if tries == maxTries || code != chime.ServiceUnavailable && code != chime.Throttled {
			return err
		}
		if waitErr := wait(ctx, pause); waitErr != nil {
			return errors.Join(waitErr, err)
		}
		pause *= 2
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (b *Bulk) progress(step Step, done, total int) {
	if b.Progress != nil {
		b.Progress(step, int64(done), int64(total))
	}
}
