package directory

import (
	"context"
	"time"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// HistoryRecord is an audit record, as far as it is about one user.
type HistoryRecord struct {
	ID        string
	Time      time.Time
	Operation string
	Principal string
	// Error says why the call failed, "" for one that did not, and UserError why a
	// batch left the user as they were.
	Error     string
	UserError string
	Repeats   int64
}

// historyScan is how many records a page of a history is looked for among.
const historyScan = 250

// ListUserHistory returns those records of the account's audit that name the user, by
// id or by the address that the account knows, newest first, and the token of the
// next page, "" after the last. It looks at so many records at a time, so a page may
// be short, or empty, and have a next one. Of somebody whom the account does not know
// any more it finds what names their id.
func (d *Directory) ListUserHistory(ctx context.Context, id chime.AccountID, user chime.UserID, p Page) (list []HistoryRecord, next string, err error) {
	err = d.read(ctx, on("ListUserHistory", id).with("userId", user), func(caller iam.Caller, tx chime.Tx) error {
		bound := bindToken("ListUserHistory", string(caller.Tenant), string(id), string(user))
		before, limit, err := d.position(bound, p)
		if err != nil {
			return err
		}
		names, err := d.namesOf(ctx, caller, tx, id, user)
		if err != nil {
			return err
		}
		records, err := tx.ScanAudit(ctx, chime.AuditScan{Account: id, Before: before, Newest: true, Whole: true, Limit: historyScan})
		if err != nil {
			return err
		}
		for i, r := range records {
			// The denials of callers of other tenants are theirs.
			if r.Tenant == caller.Tenant && len(audit.Mentions(r.Document, names...)) > 0 {
				list = append(list, history(r, user))
			}
			if len(list) == limit && i+1 < len(records) || i+1 == historyScan {
				next = d.Tokens.SealToken(bound, r.ID)
				return nil
			}
		}
		return nil
	})
	return list, next, err
}

// namesOf returns what records of the account name a user by.
func (d *Directory) namesOf(ctx context.Context, caller iam.Caller, tx chime.Tx, id chime.AccountID, user chime.UserID) ([]string, error) {
	known, err := d.seen(ctx, caller, tx, id, user)
	switch {
	case chime.CodeOf(err) == chime.NotFound:
		_, err = d.account(ctx, caller, tx, id)
		return []string{string(user)}, err
	case err != nil:
		return nil, err
	case known.Email == "":
		return []string{string(user)}, nil
	}
	return []string{string(user), known.Email}, nil
}

func history(r chime.AuditRecord, user chime.UserID) HistoryRecord {
	h := HistoryRecord{ID: r.ID, Time: r.Time, Operation: r.Operation, Principal: r.Principal, Repeats: r.Repeats}
	h.Error, h.UserError = audit.Outcome(r.Document, string(user))
	return h
}
