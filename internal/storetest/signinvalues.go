package storetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/carillon-id/carillon/internal/chime"
)

// Values of what signing in keeps, in which no field is zero. The number tells
// those of a case apart.

func newApp(id chime.ClientID, tenant chime.TenantID) chime.App {
	return chime.App{
		ID: id, Tenant: tenant, Name: "Name of " + string(id), SecretHash: []byte{0, 0xff, '\''},
		RedirectURIs:           []string{"https://app.example/cb?a=1&b=<2>", "http://127.0.0.1/"},
		PostLogoutRedirectURIs: []string{`https://app.example/"quoted"\`},
		BackchannelLogoutURI:   "https://app.example/logout", Created: at(1),
	}
}

func newUpstream(n int) *chime.Upstream {
	return &chime.Upstream{
		Issuer: "https://provider.example/?<&>", Subject: fmt.Sprint("subject ", n), SID: "their sid", Account: "their account",
		SealedToken: []byte{0, 1, 0xff}, Confirmed: at(n), Tried: at(n + 1),
	}
}

func newSession(user chime.UserID, id chime.SessionID, n int) chime.Session {
	return chime.Session{
		User: user, ID: id, SecretHash: []byte{byte(n), 0, 0xff}, Epoch: int64(n), Method: chime.ByProvider, Device: "Firefox, Ümlaut",
		Created: at(n), Expires: at(n + 1), Ended: at(n + 2), Upstream: newUpstream(n),
	}
}

func newGrant(user chime.UserID, id chime.GrantID, session chime.SessionID, n int) chime.Grant {
	return chime.Grant{User: user, ID: id, Session: session, Client: "client", Epoch: int64(n), Created: at(n), Ended: at(n + 1)}
}

func newCredential(hash string, user chime.UserID, n int) chime.Credential {
	return chime.Credential{
		Hash: hash, Kind: chime.AuthorizationCode, User: user, Session: "session", Grant: "grant", Client: "client", Account: "account",
		Epoch: int64(n), Issued: at(n), Expires: at(n + 1), Used: at(n + 2), Ended: at(n + 3), Scope: "openid email",
		Request: chime.CodeRequest{RedirectURI: "https://app.example/?a&b", Challenge: "challenge", Nonce: "nonce\u2028\"", AuthTime: at(n)},
	}
}

func newLogin(id chime.LoginID, n int) chime.Login {
	return chime.Login{
		ID: id, SecretHash: []byte{byte(n), 0}, Created: at(n), Expires: at(n + 1), Finished: at(n + 2), User: "user", Epoch: int64(n),
		Code: chime.MailedCode{Email: "person@example.com", MAC: []byte{0, 0xff}, Expires: at(n), Attempts: int64(n), Used: at(n + 1)},
		Proof: chime.Proof{
			Method: chime.ByPasskey, At: at(n), Email: "person@example.com", Claim: "challenge", User: "user", Identity: int64(n), Name: "Pérson <1>",
			Upstream: newUpstream(n), Groups: []string{"a, b", `"c"`},
		},
		Request: []byte{0, 0xff, '{'},
	}
}

func newPasskey(user chime.UserID, id string, n int) chime.Passkey {
	return chime.Passkey{User: user, ID: id, Name: fmt.Sprint("Key ", n), Identity: int64(n), Key: []byte{0, byte(n), 0xff}, Created: at(n)}
}

func newLink(issuer, subject string, n int) chime.Link {
	return chime.Link{Issuer: issuer, Subject: subject, User: chime.UserID(fmt.Sprint("user ", n)), Identity: int64(n), Created: at(n)}
}

func newDomain(account chime.AccountID, name string, n int) chime.Domain {
	return chime.Domain{
		Account: account, Name: name, Status: chime.DomainVerified, Challenge: fmt.Sprint("challenge ", n), Added: at(n), Verified: at(n + 1),
	}
}

func newProvider(account chime.AccountID, n int) chime.Provider {
	return chime.Provider{
		Account: account, Issuer: "https://provider.example", ClientID: fmt.Sprint("client ", n), SealedSecret: []byte{0, byte(n), 0xff},
		GroupsClaim: "groups", BasicGroups: []string{"a", `"b"`}, ProGroups: []string{"c\\"}, Created: at(n),
	}
}

func newEvent(account chime.AccountID, id chime.EventID, n int) chime.Event {
	return chime.Event{
		Account: account, ID: id, Kind: chime.SessionEnded, Session: "session", Created: at(n), Due: at(n + 1), Spread: true,
		People: []chime.EventPerson{{User: "ü", Epoch: int64(n), Invite: "invite"}, {User: `"`, Epoch: 1 << 60}},
	}
}

func newDelivery(user chime.UserID, event chime.EventID, client chime.ClientID, session chime.SessionID, n int) chime.Delivery {
	return chime.Delivery{
		User: user, Event: event, Client: client, Session: session, Account: "account", Status: chime.DeliveryFailed, Attempts: int64(n),
		Created: at(n), Due: at(n + 1), Settled: at(n + 2), Reason: "connection refused",
	}
}

// writeSignins writes a row of each kind that signing in keeps, all of them named
// by id.
func writeSignins(ctx context.Context, tx chime.Tx, id string) error {
	account, user := chime.AccountID(id), chime.UserID(id)
	return errors.Join(
		tx.PutApp(ctx, newApp(chime.ClientID(id), tenantOne)),
		tx.PutSessions(ctx, newSession(user, chime.SessionID(id), 1)),
		tx.PutGrants(ctx, newGrant(user, chime.GrantID(id), chime.SessionID(id), 1)),
		tx.PutCredentials(ctx, newCredential(id, user, 1)),
		tx.PutLogin(ctx, newLogin(chime.LoginID(id), 1)),
		tx.PutPasskey(ctx, newPasskey(user, id, 1)),
		tx.PutLink(ctx, newLink(id, id, 1)),
		tx.Claim(ctx, id+".example", account),
		tx.PutDomain(ctx, newDomain(account, id+".example", 1)),
		tx.PutProvider(ctx, newProvider(account, 1)),
		tx.AppendEvent(ctx, newEvent(account, chime.EventID(id), 1)),
		tx.AddDeliveries(ctx, newDelivery(user, chime.EventID(id), chime.ClientID(id), "", 1)),
	)
}
