package directory

import (
	"context"
	"maps"
	"slices"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// MaxReservations is the greatest number of addresses of one ReserveImport: a
// transaction that does not keep others waiting for long.
const MaxReservations = 5000

// ReserveImport gives addresses (by chime.EmailKey) to users whom an import will
// make. One that somebody else has taken meanwhile stays theirs, and the Import
// decides on it. A large import does this first, for all of its users, in the order
// of the addresses: a database writes a million keys in their order in a small part
// of the time in which it writes them in another.
//
// Until its user is there, a reserved address is like one that was only ever
// invited: whoever invites it invites that user. The reservations of a run that was
// stopped are used when it is repeated. A crash of the machine may lose those whose
// Import did not end.
//
// Only the command line may reserve.
func (d *Directory) ReserveImport(ctx context.Context, claims map[string]chime.UserID) error {
	if err := operator(ctx); err != nil {
		return err
	}
	if len(claims) > MaxReservations {
		return tooMany("addresses to reserve", MaxReservations)
	}
	return d.write(ctx, call{operation: opImport, unsynced: true}, func(_ iam.Caller, tx chime.Tx, c *call) error {
		taken, err := tx.AddressHolders(ctx, slices.Collect(maps.Keys(claims)))
		if err != nil {
			return err
		}
		free := maps.Clone(claims)
		for key := range taken {
			delete(free, key)
		}
		c.response = audit.Values{"addressesReserved": len(free)}
		return tx.ClaimAddresses(ctx, free)
	})
}

// free are the keys that nobody holds before, and who does then.
func (h holders) free() map[string]chime.UserID {
	_, claimed := h.changes()
	maps.DeleteFunc(claimed, func(key string, _ chime.UserID) bool { return h.before[key] != "" })
	return claimed
}
