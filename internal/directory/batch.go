package directory

import (
	"context"
	"strings"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// The limits of a batch (shapes UserIdList, UserEmailList and
// UpdateUserRequestItemList). Clients do not check them.
const (
	MaxBatch   = 50
	MaxUpdates = 20
)

func tooMany(what string, limit int) error {
	return chime.Errorf(chime.BadRequest, "Too many %s: at most %d a request.", what, limit)
}

func validUserID(id chime.UserID) error {
	if strings.TrimSpace(string(id)) == "" {
		return chime.Errorf(chime.BadRequest, "A user id must not be blank.")
	}
	return nil
}

// distinctUsers returns the ids of a batch in their order, each once.
func distinctUsers(users []chime.UserID) ([]chime.UserID, error) {
	if len(users) > MaxBatch {
		return nil, tooMany("user ids", MaxBatch)
	}
	seen := make(map[chime.UserID]bool, len(users))
	distinct := make([]chime.UserID, 0, len(users))
	for _, user := range users {
		if err := validUserID(user); err != nil {
			return nil, err
		}
		if !seen[user] {
			seen[user] = true
			distinct = append(distinct, user)
		}
	}
	return distinct, nil
}

// batch reads the account and those of the users who are its members.
func (d *Directory) batch(ctx context.Context, caller iam.Caller, tx chime.Tx, id chime.AccountID, users []chime.UserID) (chime.Account, map[chime.UserID]chime.Member, error) {
	account, members, err := tx.AccountMembers(ctx, id, users)
	if err != nil {
		return chime.Account{}, nil, err
	}
	if err := visible(caller, id, account); err != nil {
		return chime.Account{}, nil, err
	}
	return *account, byUser(members), nil
}

func byUser(list []chime.Member) map[chime.UserID]chime.Member {
	members := make(map[chime.UserID]chime.Member, len(list))
	for _, m := range list {
		members[m.User] = m
	}
	return members
}

// outcomes collects whom a batch refused, in the order of the request.
type outcomes struct{ errors []UserError }

func (o *outcomes) refuse(user chime.UserID, why *chime.Error) {
	o.errors = append(o.errors, UserError{User: user, Code: why.Code, Message: why.Message})
}

// response is the outcome as the audit records it.
func (o *outcomes) response() audit.Values {
	list := make([]audit.Values, 0, len(o.errors))
	for _, e := range o.errors {
		list = append(list, audit.Values{"userId": e.User, "errorCode": e.Code, "errorMessage": e.Message})
	}
	return audit.Values{"userErrors": list}
}
