package directory

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// MaxEntries is how many entries GetUsersByEntries takes.
const MaxEntries = 100

// GetUsersByEntries returns, for each entry, the user of the account whom it means,
// by a mail address or by an id, or nil: in the order of the entries, without PINs,
// and with those whom a Team account suspended and still shows.
func (d *Directory) GetUsersByEntries(ctx context.Context, id chime.AccountID, entries []string) (found []*User, err error) {
	if len(entries) > MaxEntries {
		return nil, tooMany("entries", MaxEntries)
	}
	c := on("GetUsersByEntries", id).with("entries", entries)
	err = d.read(ctx, c, func(caller iam.Caller, tx chime.Tx) error {
		holders, err := tx.AddressHolders(ctx, entryKeys(entries))
		if err != nil {
			return err
		}
		users := make([]chime.UserID, 0, len(entries))
		for _, entry := range entries {
			users = append(users, meant(entry, holders))
		}
		account, members, err := d.batch(ctx, caller, tx, id, users)
		if err != nil {
			return err
		}
		former, err := formerMembers(ctx, tx, account, users)
		if err != nil {
			return err
		}
		found = make([]*User, len(entries))
		for i, entry := range entries {
			found[i] = userOfEntry(entry, users[i], members, former)
		}
		return nil
	})
	return found, err
}

// entryKeys returns the keys of those of the entries that are addresses.
func entryKeys(entries []string) []string {
	keys := []string{}
	for _, entry := range entries {
		if chime.ValidEmail(entry) {
			keys = append(keys, chime.EmailKey(entry))
		}
	}
	return keys
}

// meant is the id of whom an entry means: the holder of the address, or the id that it is.
func meant(entry string, holders map[string]chime.UserID) chime.UserID {
	if holder, held := holders[chime.EmailKey(entry)]; held && chime.ValidEmail(entry) {
		return holder
	}
	return chime.UserID(entry)
}

// userOfEntry is the user as the account shows them, unless an entry that is an
// address is one that they have in no such place.
func userOfEntry(entry string, id chime.UserID, members map[chime.UserID]chime.Member, former map[chime.UserID]chime.FormerMember) *User {
	var u User
	if member, ok := members[id]; ok {
		u = view(&member)
		u.PIN = ""
	} else if f, ok := former[id]; ok {
		u = formerView(f)
	} else {
		return nil
	}
	if string(id) != entry && chime.EmailKey(u.Email) != chime.EmailKey(entry) {
		return nil
	}
	return &u
}
