package transfer

import (
	"errors"
	"io"

	"github.com/carillon-id/carillon/internal/chime"
)

// kind tells accounts' documents from users'.
type kind int64

const (
	ofAccount kind = iota
	ofUser
)

// document is one account's or user's document.
type document struct {
	kind   kind
	at     Position
	values []string // by the places of the kind
}

// documents reads all that stands in one source.
type documents struct {
	*scanner
	accounts, users shape
	found           func(document) error
	kept            [max(accountValues, userValues)]string // of the current document
}

// read reads the source and calls found for each account and user. The document
// is found's only during the call.
func read(source string, from io.Reader, found func(document) error) error {
	d := &documents{scanner: newScanner(source, from), accounts: accountShape(), users: userShape(), found: found}
	if err := d.skipMark(); err != nil {
		return err
	}
	for {
		switch _, err := d.next(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return d.cut(err)
		}
		if err := d.document(); err != nil {
			return err
		}
	}
}

// document reads one document of the stream.
func (d *documents) document() error {
	at, known := d.position(), false
	if c, err := d.within(); err != nil || c != '{' {
		return orElse(err, d.unknown(at))
	}
	err := d.object(func(name []byte) error {
		switch string(name) {
		case "Account":
			known = true
			return d.account()
		case "Accounts":
			known = true
			return d.array(d.account)
		case "User":
			known = true
			return d.user()
		case "Users":
			known = true
			return d.array(d.user)
		}
		return d.skip()
	})
	if err == nil && !known {
		return d.unknown(at)
	}
	return err
}

func (d *documents) unknown(at Position) error {
	return &DocumentError{at, "the document is none of {\"Accounts\": [...]}, {\"Account\": {...}}, {\"Users\": [...]} and {\"User\": {...}}"}
}

func (d *documents) begin(k kind, values int) document {
	clear(d.kept[:])
	return document{kind: k, at: d.position(), values: d.kept[:values]}
}

func (d *documents) account() error {
	if _, err := d.within(); err != nil {
		return err
	}
	doc := d.begin(ofAccount, accountValues)
	if err := d.values(d.accounts, doc.values); err != nil {
		return err
	}
	if doc.values[accountID] == "" {
		return &DocumentError{doc.at, "the account has no AccountId"}
	}
	return d.found(doc)
}

func (d *documents) user() error {
	if _, err := d.within(); err != nil {
		return err
	}
	doc := d.begin(ofUser, userValues)
	if err := d.values(d.users, doc.values); err != nil {
		return err
	}
	if err := doc.contradiction(); err != "" {
		return &DocumentError{doc.at, err}
	}
	return d.found(doc)
}

// contradiction is why no user can be as the document says; "" when one can.
func (d document) contradiction() string {
	status := chime.RegistrationStatus(d.values[registrationStatus])
	account, former := d.values[userAccountID], d.values[formerAccountID]
	switch {
	case d.values[userID] == "":
		return "the user has no UserId"
	case former != "" && account != "":
		return "the user has an AccountId, so the document cannot be that of a former member"
	case former != "" && status != "" && status != chime.Suspended:
		return "a former member has the UserRegistrationStatus Suspended"
	case former == "" && d.values[removedOn] != "":
		return "only a former member has a RemovedOn: there is no FormerAccountId"
	case former == "" && account == "" && status == chime.Unregistered:
		return "an Unregistered user is invited to an account, but there is no AccountId"
	}
	return ""
}

// The following say what a document is about. They are asked of merged
// documents too.

// owner is whom the document is about: an account or a user.
func (d document) owner() string {
	if d.kind == ofAccount {
		return d.values[accountID]
	}
	return d.values[userID]
}

// place is the account that a user's document is about; "" for none.
func (d document) place() string {
	if d.kind == ofAccount {
		return ""
	}
	return d.values[userAccountID] + d.values[formerAccountID] // at most one is set
}

// rank orders those who claim an address.
type rank int64

const (
	person rank = iota
	invitation
	former
)

func (d document) rank() rank {
	switch {
	case d.kind == ofAccount:
		return person
	case d.values[formerAccountID] != "":
		return former
	case d.values[registrationStatus] == string(chime.Unregistered):
		return invitation
	}
	return person
}

// isHome reports whether the document places the person in an account.
func (d document) isHome() bool { return d.place() != "" && d.rank() == person }

// address is the key of the address that the document claims; "" for none.
func (d document) address() string {
	if d.kind == ofAccount {
		return ""
	}
	return chime.EmailKey(d.values[primaryEmail])
}

// pin is the PIN that the document claims; "" for none.
func (d document) pin() string {
	if d.kind == ofAccount || d.rank() != person {
		return ""
	}
	return d.values[personalPIN]
}

// makesPIN reports whether a PIN may have to be made: such records come last, so
// that none is made which another record names.
func (d document) makesPIN() bool { return d.kind == ofUser && d.rank() == person && d.pin() == "" }
