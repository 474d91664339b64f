package postgres_test

import (
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
)

// TestInspectFindsDamage: what PostgreSQL knows to be wrong is reported as damage.
func TestInspectFindsDamage(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"nothing", "", ""},
		{
			"an index that is not used", "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'member_profiles_of_devices'::regclass",
			"the index member_profiles_of_devices is not valid",
		},
		{
			"a constraint that nobody validated", "ALTER TABLE members ADD CONSTRAINT positive CHECK (epoch >= 0) NOT VALID",
			"the constraint positive of members was never validated",
		},
		{
			"a foreign key that is not enforced", "ALTER TABLE member_profiles DISABLE TRIGGER ALL",
			"a trigger of member_profiles is disabled, with which foreign keys are enforced",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := migrated(t, postgrestest.Distribution())
			execute(t, url, c.sql)
			var damage []string
			err := opened(t, url).View(t.Context(), func(tx chime.Tx) error {
				return tx.Inspect(t.Context(), func(f chime.Finding) error {
					damage = append(damage, f.Problem)
					return nil
				})
			})
			if got := strings.Join(damage, "; "); err != nil || got != c.want {
				t.Errorf("got the damage %q (%v), want %q", got, err, c.want)
			}
		})
	}
}
