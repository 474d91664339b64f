package directory

import (
	"context"
	"fmt"
	"time"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
)

// claim is what a row claims: that the transaction of a record wrote it.
type claim struct {
	object string
	record string
	// account, when set, is the one that the record is of, unless it is of none.
	account chime.AccountID
	// names are what the record may call the object by.
	names []string
	// differs says what the record says otherwise, or "".
	differs func(chime.AuditRecord) string
	remedy  string
}

// recordLimit is how many records are looked at together. Each is 100 KiB at most.
const recordLimit = 100

// checkRecords looks for the records of rows, and compares them.
func (c *checking) checkRecords(ctx context.Context, claims []claim) (findings []chime.Finding, err error) {
	of := make(map[string][]claim, len(claims))
	ids := newSet[string](len(claims))
	for _, cl := range claims {
		if cl.record == "" {
			findings = append(findings, cl.finding("no audit record accounts for its state"))
			continue
		}
		of[cl.record] = append(of[cl.record], cl)
		ids.add(cl.record)
	}
	for left := ids.list; len(left) > 0; left = left[min(recordLimit, len(left)):] {
		records, err := c.tx.AuditRecords(ctx, left[:min(recordLimit, len(left))])
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			findings = append(findings, compare(r, of[r.ID])...)
			delete(of, r.ID)
		}
	}
	for _, id := range ids.list {
		for _, cl := range of[id] {
			findings = append(findings, cl.finding(fmt.Sprintf("the audit record %s, which accounts for its state, is not there", id)))
		}
	}
	return findings, nil
}

func (cl claim) finding(problem string) chime.Finding {
	return chime.Finding{Kind: chime.FoundUnrecorded, Object: cl.object, Problem: problem, Remedy: askWho + cl.remedy}
}

// compare compares what the rows say with the record of their transaction.
func compare(r chime.AuditRecord, claims []claim) (findings []chime.Finding) {
	var names []string
	for _, cl := range claims {
		names = append(names, cl.names...)
	}
	mentioned := audit.Mentions(r.Document, names...)
	for _, cl := range claims {
		problem := cl.differs(r)
		switch {
		case cl.account != "" && r.Account != "" && r.Account != cl.account:
			problem = "is of account " + string(r.Account)
		case r.Operation != opRestoreDirectory && !cl.mentioned(mentioned):
			problem = "does not name it"
		}
		if problem != "" {
			findings = append(findings, cl.finding(fmt.Sprintf("the audit record %s (%s), which accounts for its state, %s", r.ID, r.Operation, problem)))
		}
	}
	return findings
}

func (cl claim) mentioned(names map[string]bool) bool {
	for _, name := range cl.names {
		if name != "" && names[name] {
			return true
		}
	}
	return false
}

// memberClaim: what an operation leaves a member as, it has to be.
func memberClaim(object string, m chime.Member) claim {
	return claim{
		object: object, record: m.Record, account: m.Account, names: []string{string(m.User), m.Email},
		remedy: "What the user may do is recorded anew by suspending, or unsuspending, or signing them out.",
		differs: func(r chime.AuditRecord) string {
			if statuses := statusesAfter(r.Operation); statuses != nil && !oneOf(m.Status, statuses...) {
				return fmt.Sprintf("did not leave it %s", m.Status)
			}
			switch r.Operation {
			case opSuspend, opLogout, opRestoreDirectory:
				return atAnotherTime(r, "signed out", m.Signout.At)
			}
			return ""
		},
	}
}

// statusesAfter are what an operation leaves those members as whom it writes; nil
// for any.
func statusesAfter(operation string) []chime.RegistrationStatus {
	switch operation {
	case opSuspend:
		return []chime.RegistrationStatus{chime.Suspended}
	case opUnsuspend, opAccept, opCreateUser, opGrantAdministrator:
		return []chime.RegistrationStatus{chime.Registered}
	case opInvite, opInvitationFailed:
		return []chime.RegistrationStatus{chime.Unregistered}
	case opLogout, opRestoreDirectory:
		return []chime.RegistrationStatus{chime.Registered, chime.Suspended}
	}
	return nil
}

// atAnotherTime says that what a record's call did was not done when it was made.
func atAnotherTime(r chime.AuditRecord, did string, at time.Time) string {
	if at.Equal(r.Time) {
		return ""
	}
	return fmt.Sprintf("was made at %s, and they were %s at %s", r.Time.Format(time.RFC3339Nano), did, at.Format(time.RFC3339Nano))
}

func formerClaim(object string, f chime.FormerMember) claim {
	return claim{
		object: object, record: f.Record, account: f.Account, names: []string{string(f.User), f.Email},
		remedy: "Inviting the user and suspending them makes the record anew.",
		differs: func(r chime.AuditRecord) string {
			switch r.Operation {
			case opSuspend:
				return atAnotherTime(r, "removed", f.Removed)
			case opImport:
				return ""
			}
			return "removes nobody"
		},
	}
}

func personClaim(p chime.Person) claim {
	return claim{
		object: personName(p), record: p.Record, names: []string{string(p.ID), p.Email},
		remedy: "What the account that they are in does to them is recorded anew.",
		differs: func(r chime.AuditRecord) string {
			if r.Operation == opRestoreDirectory {
				return atAnotherTime(r, "signed out", p.Signout.At)
			}
			return ""
		},
	}
}

func accountClaim(object string, a chime.Account) claim {
	return claim{
		object: object, record: a.Record, account: a.ID, names: []string{string(a.ID)},
		remedy: "Giving the account the name that it has, with `aws chime update-account`, records it anew.",
		differs: func(r chime.AuditRecord) string {
			switch deleted := a.Status == chime.AccountSuspended; {
			case r.Operation == opImport:
				return ""
			case deleted != (r.Operation == opDeleteAccount):
				return fmt.Sprintf("did not leave it %s", a.Status)
			case deleted:
				return atAnotherTime(r, "deleted", a.Deleted)
			}
			return ""
		},
	}
}

func principalClaim(object string, p chime.Principal) claim {
	return claim{
		object: object, record: p.Record, names: []string{p.Name, string(p.Tenant)},
		remedy:  "`carillon principals disable` and `enable` record the principal anew.",
		differs: func(r chime.AuditRecord) string { return otherStatus(r, p.Disabled) },
	}
}

func administratorClaim(object string, a chime.Administrator) claim {
	return claim{
		object: object, record: a.Record, account: a.Account, names: []string{string(a.User)},
		remedy: "Granting the role again records it anew; or revoke it.",
		differs: func(r chime.AuditRecord) string {
			if r.Operation != opGrantAdministrator {
				return "grants nothing"
			}
			return ""
		},
	}
}

func keyClaim(object string, k chime.AccessKey) claim {
	return claim{
		object: object, record: k.Record, names: []string{k.ID},
		remedy:  "`carillon keys disable` and `enable` record the key anew; or delete it and make another.",
		differs: func(r chime.AuditRecord) string { return otherStatus(r, k.Disabled) },
	}
}

// otherStatus says that a record of IAM's left a key or principal enabled that is
// disabled, or the other way round. A change of policies leaves that as it was.
func otherStatus(r chime.AuditRecord, disabled bool) string {
	switch r.Operation {
	case "PutUserPolicy", "AttachUserPolicy", "DeleteUserPolicy", "DetachUserPolicy":
		return ""
	}
	left := audit.Parameter(r.Document, "status") == "Inactive" // UpdateAccessKey and UpdateUser
	switch {
	case disabled && !left:
		return "did not leave it disabled"
	case !disabled && left:
		return "left it disabled"
	}
	return ""
}
