package awsapi

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// UserSession is a browser in which a user is signed in, and the caller's apps that
// they use there.
type UserSession struct {
	Apps             []string  `json:"Apps"`
	CreatedTimestamp Timestamp `json:"CreatedTimestamp"`
	Device           string    `json:"Device"`
	Method           string    `json:"Method"` // Mail, Passkey, Amazon or Provider
	SessionID        string    `json:"SessionId"`
}

func wireSession(s directory.UserSession) UserSession {
	return UserSession{
		Apps: convert(s.Apps, func(name string) string { return name }), CreatedTimestamp: Timestamp(s.Since), Device: s.Device,
		Method: string(s.Method), SessionID: string(s.Session),
	}
}

// ListUserSessionsResponse is the output of ListUserSessions.
type ListUserSessionsResponse struct {
	Sessions []UserSession `json:"Sessions"`
}

// EndUserSessionRequest is the input of EndUserSession.
type EndUserSessionRequest struct {
	AccountUserRequest
	SessionID string
}

func (in *EndUserSessionRequest) read(r *reader) {
	in.AccountUserRequest.read(r)
	in.SessionID = required(r.label("SessionId", "sessionId"), readNonEmptyString)
}

// Signout says what became of telling an app of a sign-out.
type Signout struct {
	AppName            *string    `json:"AppName"`  // null for an app that is gone, and for another tenant's
	Attempts           int64      `json:"Attempts"` // to tell the app
	ClientID           *string    `json:"ClientId"` // null while nobody has begun to tell apps
	ConfirmedTimestamp *Timestamp `json:"ConfirmedTimestamp"`
	CreatedTimestamp   Timestamp  `json:"CreatedTimestamp"`
	Error              *string    `json:"Error"` // of the last attempt, when it failed
	EventID            string     `json:"EventId"`
	FailedTimestamp    *Timestamp `json:"FailedTimestamp"` // when it was given up
	Kind               string     `json:"Kind"`            // SignedOut, or SessionEnded for one session
	NextTryTimestamp   *Timestamp `json:"NextTryTimestamp"`
	SessionID          *string    `json:"SessionId"`
	Status             string     `json:"Status"` // Pending, Confirmed or Failed
}

func wireSignout(s directory.Signout) Signout {
	wire := Signout{
		AppName: orNull(s.App), Attempts: s.Attempts, ClientID: orNull(string(s.Client)), CreatedTimestamp: Timestamp(s.Created),
		Error: orNull(s.Reason), EventID: string(s.Event), Kind: string(chime.SignedOut), SessionID: orNull(string(s.Session)), Status: string(s.Status),
	}
	if s.Session != "" {
		wire.Kind = string(chime.SessionEnded)
	}
	switch s.Status {
	case chime.DeliveryPending:
		wire.NextTryTimestamp = orNullTime(s.Due)
	case chime.DeliveryConfirmed:
		wire.ConfirmedTimestamp = orNullTime(s.Settled)
	case chime.DeliveryFailed:
		wire.FailedTimestamp = orNullTime(s.Settled)
	}
	return wire
}

// ListSignoutsResponse is the output of ListSignouts.
type ListSignoutsResponse struct {
	Signouts []Signout `json:"Signouts"`
}

func (a *api) listUserSessions(ctx context.Context, in *AccountUserRequest) (*ListUserSessionsResponse, error) {
	sessions, err := a.dir.ListUserSessions(ctx, chime.AccountID(in.AccountID), chime.UserID(in.UserID), a.sessionAlive)
	if err != nil {
		return nil, err
	}
	return &ListUserSessionsResponse{Sessions: convert(sessions, wireSession)}, nil
}

func (a *api) endUserSession(ctx context.Context, in *EndUserSessionRequest) (*struct{}, error) {
	return new(struct{}), a.dir.EndUserSession(ctx, chime.AccountID(in.AccountID), chime.UserID(in.UserID), chime.SessionID(in.SessionID))
}

func (a *api) listSignouts(ctx context.Context, in *AccountUserRequest) (*ListSignoutsResponse, error) {
	list, err := a.dir.ListSignouts(ctx, chime.AccountID(in.AccountID), chime.UserID(in.UserID))
	if err != nil {
		return nil, err
	}
	return &ListSignoutsResponse{Signouts: convert(list, wireSignout)}, nil
}
