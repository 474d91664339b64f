package chime

import "time"

// ClientID names an app, as OAuth 2.0 calls it: a lower-case UUID.
type ClientID string

// App is a relying party: an application that lets people sign in here. Anybody
// may sign in to any app; its tenant alone sees and changes it.
type App struct {
	ID     ClientID
	Tenant TenantID
	Name   string
	// SecretHash is the SHA-256 of the secret; nil for a public app, which has none.
	SecretHash             []byte
	RedirectURIs           []string
	PostLogoutRedirectURIs []string
	BackchannelLogoutURI   string // "" for an app that is not told of sign-outs
	Created                time.Time
}

// Public reports whether the app cannot keep a secret (RFC 6749, section 2.1).
func (a App) Public() bool { return len(a.SecretHash) == 0 }

// SessionID names a session of a person; it is the sid of OpenID Connect.
type SessionID string

// Session is one browser in which a person is signed in. The cookie that proves
// it holds the person's id, the session's, and a secret of 256 random bits.
type Session struct {
	User       UserID
	ID         SessionID
	SecretHash []byte // SHA-256 of the cookie's secret
	Epoch      int64  // of the person's Signout when they signed in
	Method     Method
	Device     string // what the browser said it is, for people to read
	Created    time.Time
	Expires    time.Time
	Ended      time.Time
	// Upstream is the provider that answers for the person; nil for codes and passkeys.
	Upstream *Upstream
}

// Method is how somebody proved who they are.
type Method string

// The methods of signing in.
const (
	ByMail     Method = "Mail"     // a one-time code, mailed
	ByPasskey  Method = "Passkey"  // WebAuthn
	ByAmazon   Method = "Amazon"   // Login with Amazon
	ByProvider Method = "Provider" // the OpenID provider of an account
)

// Upstream is what a session knows of the provider that answers for it.
type Upstream struct {
	Issuer  string
	Subject string
	// SID is the provider's own name for its session; "" when it gave none.
	SID string
	// Account is whose provider it is; "" for Login with Amazon.
	Account AccountID
	// SealedToken is the provider's refresh token, sealed; nil when it gave none.
	SealedToken []byte
	// Confirmed is when the provider last confirmed the session, and Tried when
	// somebody last set out to ask it.
	Confirmed time.Time
	Tried     time.Time
}

// GrantID names one consent of a sign-in: what one authorization code gave.
type GrantID string

// Grant is an app's part in a session: a code, and all tokens that came of it.
type Grant struct {
	User    UserID
	ID      GrantID
	Session SessionID
	Client  ClientID
	Epoch   int64 // the session's
	Created time.Time
	Ended   time.Time
}

// CredentialKind says what a credential may be used for. One of a kind is never
// taken for another.
type CredentialKind string

// The credentials that apps are given.
const (
	AuthorizationCode CredentialKind = "AuthorizationCode"
	AccessToken       CredentialKind = "AccessToken"
	RefreshToken      CredentialKind = "RefreshToken"
)

// The credentials that administrators are given. They hang on a session and on the
// role, whose id stands in the place of the Grant; there is no Client.
const (
	// AdministratorKey is the session token of a short-lived access key.
	AdministratorKey CredentialKind = "AdministratorKey"
	// CommandLineCode is what the command line gets by way of a browser, once.
	CommandLineCode CredentialKind = "CommandLineCode"
	// CommandLine is what the command line asks for short-lived access keys with.
	CommandLine CredentialKind = "CommandLine"
)

// Credential is a code or token that an app or an administrator holds, found by the
// hash of it.
type Credential struct {
	Hash    string // SHA-256 of the value, in unpadded base64url
	Kind    CredentialKind
	User    UserID
	Session SessionID
	Grant   GrantID // or an administrator's role
	Client  ClientID
	// Account is where the person was when it was issued: where to look first.
	Account AccountID
	Epoch   int64
	Issued  time.Time
	Expires time.Time
	// Used is when it was redeemed: a code and a refresh token work once.
	Used  time.Time
	Ended time.Time // by a revocation of it alone
	// Scope is what was granted, separated by spaces.
	Scope string
	// Request is what the code must be redeemed with; empty for tokens.
	Request CodeRequest
}

// CodeRequest is the part of an authorization request that its code is bound to.
type CodeRequest struct {
	RedirectURI string
	Challenge   string // the S256 code challenge (RFC 7636)
	Nonce       string
	AuthTime    time.Time
}

// LoginID names a login in progress.
type LoginID string

// Login is a login in progress. It is bound to the browser that began it, by a
// cookie whose secret's hash is here, and cannot be resumed once it is finished.
type Login struct {
	ID         LoginID
	SecretHash []byte
	Created    time.Time
	Expires    time.Time
	Finished   time.Time
	// User and Epoch are of the person for whom a code was mailed or whose proof is
	// complete; "" for an address that is nobody's yet.
	User  UserID
	Epoch int64
	Code  MailedCode
	// Proof is what was proven so far; its At is zero before it says who somebody is.
	Proof Proof
	// Request is what the login is for, as package oidc writes it.
	Request []byte
}

// Proof is what somebody proved of themselves in a login, and how.
type Proof struct {
	Method Method
	At     time.Time
	// Email is an address that is proven to be theirs by this very login; "" for none.
	Email string
	// Claim names the verified claim of that address's domain (its Challenge), as it
	// stood when its proof began; "" for a domain that was nobody's. Who joins by a
	// claim needs a proof made under it.
	Claim string
	// User is whose passkey it was; "" for any other method.
	User UserID
	// Identity is that of the passkey.
	Identity int64
	// Name is what the person, or their provider, calls them; "" when nobody said.
	Name string
	// Upstream is the provider that vouches, nil for none, and Groups what it says
	// that they are in.
	Upstream *Upstream
	Groups   []string
}

// MailedCode is a one-time code that was mailed. A zero value is none.
type MailedCode struct {
	Email    string
	MAC      []byte // of the code, keyed by the installation
	Expires  time.Time
	Attempts int64 // that failed
	Used     time.Time
}

// Passkey is a WebAuthn credential of a person.
type Passkey struct {
	User UserID
	ID   string // the credential's id, in unpadded base64url
	Name string
	// Identity is the person's when it was made: another one has voided it.
	Identity int64
	// Key is the public key and its counters, as package signin writes them.
	Key     []byte
	Created time.Time
}

// Link says which person a provider's subject is.
type Link struct {
	Issuer  string
	Subject string
	User    UserID
	// Identity is the person's when it was made: another one has voided it.
	Identity int64
	Created  time.Time
}

// Subject is a person and where they stand, as one read found it: what decides
// whether they may sign in.
type Subject struct {
	Person
	// Account and Member are nil for a free person. The Member is without its Profile,
	// which decides nothing.
	Account *Account
	Member  *Member
}

// CurrentSignout returns the sign-out that credentials are compared with: the
// membership's, or a free person's own.
func (s Subject) CurrentSignout() Signout {
	if s.Member != nil {
		return s.Member.Signout
	}
	return s.Person.Signout
}

// Bearer is a credential with all that decides whether it is alive, as one read
// found it. What is not there is nil.
type Bearer struct {
	Credential Credential
	Subject    *Subject
	Session    *Session
	Grant      *Grant
	App        *App
}
