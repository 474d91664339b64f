package chime

import "time"

// EventID names an event: a UUIDv7, so that the order of ids is that of time.
type EventID string

// EventKind says what an event is.
type EventKind string

// The kinds of events.
const (
	// SignedOut ended all sessions of people.
	SignedOut EventKind = "SignedOut"
	// SessionEnded ended one session of one person.
	SessionEnded EventKind = "SessionEnded"
	// Invited made invitations that are to be mailed.
	Invited EventKind = "Invited"
)

// Event is what a commit has to tell the world: one row a call, whoever many it
// concerns. It is delivered afterwards, at least once.
type Event struct {
	// Account is where it happened; "" for what a free person did.
	Account AccountID
	ID      EventID
	Kind    EventKind
	// People are those whom it concerns. Session is the one that ended, for SessionEnded.
	People  []EventPerson
	Session SessionID
	Created time.Time
	// Due is when somebody has to look at it; zero when all is delivered or given
	// up. Whoever takes it moves Due ahead, so that nobody else does meanwhile.
	Due time.Time
	// Spread says that its deliveries are there.
	Spread bool
}

// EventPerson is one whom an event concerns.
type EventPerson struct {
	User UserID
	// Epoch is the one that ended: sessions that were born with it are over.
	Epoch int64
	// Invite is the invitation, for Invited.
	Invite string
}

// DeliveryStatus is what became of a delivery.
type DeliveryStatus string

// The statuses of a delivery.
const (
	DeliveryPending   DeliveryStatus = "Pending"
	DeliveryConfirmed DeliveryStatus = "Confirmed"
	DeliveryFailed    DeliveryStatus = "Failed"
)

// Delivery is the message of an event to one app about one person, keyed by
// (User, Event, Client, Session).
type Delivery struct {
	User    UserID
	Event   EventID
	Client  ClientID
	Session SessionID // "" when all sessions ended
	// Account is the event's.
	Account  AccountID
	Status   DeliveryStatus
	Attempts int64
	Created  time.Time
	// Due is when it is tried next, while it is pending.
	Due time.Time
	// Settled is when the app confirmed, or when it was given up.
	Settled time.Time
	// Reason says why the last attempt failed.
	Reason string
}
