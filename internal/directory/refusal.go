package directory

// Reason is a reason for which somebody cannot sign in.
type Reason string

// The reasons.
const (
	// AddressInvalid says that what was typed is no mail address.
	AddressInvalid Reason = "AddressInvalid"
	// AddressMissing says that an address has to be proven too, by a mailed code.
	AddressMissing Reason = "AddressMissing"
	// NameMissing says that a first sign-in needs a display name.
	NameMissing     Reason = "NameMissing"
	CodeWrong       Reason = "CodeWrong"
	CodeExpired     Reason = "CodeExpired"
	TooManyAttempts Reason = "TooManyAttempts"
	TooManyHere     Reason = "TooManyHere"
	// LoginOver says that the login has to be begun again.
	LoginOver Reason = "LoginOver"
	Suspended Reason = "Suspended"
	// NotAllowed says that this way of signing in is not one of this person's.
	NotAllowed Reason = "NotAllowed"
	// UseProvider says that the provider of the account answers for this person.
	UseProvider Reason = "UseProvider"
	// NoMethod says that there is no way to sign in yet.
	NoMethod    Reason = "NoMethod"
	NotInGroups Reason = "NotInGroups"
)

// Refusal is why somebody cannot sign in, for them to read.
type Refusal struct{ Reason Reason }

func (r *Refusal) Error() string { return "sign-in refused: " + string(r.Reason) }

func refuse(reason Reason) error { return &Refusal{reason} }
