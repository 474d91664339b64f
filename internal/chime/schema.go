package chime

// Schema says which schema a database has and which one the program is made for.
//
// A schema has the number of its last migration, and that is a hundred times the
// number of its release, and then some: 101 and 102 are of release 1, 203 is of
// release 2. A release is one that changed the schema; others count as the one
// before them. What a release adds leaves the release before it working: it adds
// tables, indexes, and columns with a default, and takes away only what the
// release before it no longer used. A release that cannot keep to that skips a
// number.
type Schema struct {
	// Database is the number of the schema that the database has; 0 for none.
	Database int64
	// Program is the number of the one that the program is made for.
	Program int64
	// Pending are the names of the program's migrations that the database has not
	// seen, in their order.
	Pending []string
}

// SchemaState is how a database's schema stands to the program's.
type SchemaState string

// The states of a schema.
const (
	SchemaMissing SchemaState = "missing" // there is nothing of Carillon's
	SchemaOlder   SchemaState = "older"   // migrations are pending
	SchemaCurrent SchemaState = "current"
	SchemaNewer   SchemaState = "newer"   // by one release at most: the program runs on it
	SchemaTooNew  SchemaState = "too new" // the program does not know what it may do
)

// schemasOfRelease is how many numbers a release has for its migrations.
const schemasOfRelease = 100

// State returns how the database's schema stands to the program's.
func (s Schema) State() SchemaState {
	switch {
	case s.Database == 0:
		return SchemaMissing
	case s.Database < s.Program:
		return SchemaOlder
	case s.Database == s.Program:
		return SchemaCurrent
	case s.Database/schemasOfRelease-s.Program/schemasOfRelease <= 1:
		return SchemaNewer
	}
	return SchemaTooNew
}
