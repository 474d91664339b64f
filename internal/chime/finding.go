package chime

// FindingKind says what sort of thing a check found.
type FindingKind string

// The kinds of findings.
const (
	// FoundDamage is in the database itself: its pages, indexes or constraints.
	FoundDamage FindingKind = "damage"
	// FoundConstraint is a value, or two values, that no operation would have left.
	FoundConstraint FindingKind = "constraint"
	// FoundOrphan is something that belongs to what is not there.
	FoundOrphan FindingKind = "orphan"
	// FoundUnrecorded is a state that no audit record accounts for.
	FoundUnrecorded FindingKind = "unrecorded"
)

// Finding is something in a directory that is not as it must be.
type Finding struct {
	Kind FindingKind
	// Object is what it is about, such as "member U of account A".
	Object string
	// Problem says what is wrong, and Remedy what the operator can do.
	Problem string
	Remedy  string
}
