package session

import (
	"cmp"
	"errors"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// How long what a sign-in issues lives at most.
const (
	LoginLifetime        = 30 * time.Minute
	MailedCodeLifetime   = 10 * time.Minute
	SessionLifetime      = 30 * 24 * time.Hour
	CodeLifetime         = time.Minute // of an authorization code
	AccessTokenLifetime  = time.Hour
	RefreshTokenLifetime = 30 * 24 * time.Hour
	KeyLifetime          = time.Hour // of an administrator's access key
)

const (
	// UpstreamLifetime is how long a session lives after its provider confirmed it last.
	UpstreamLifetime = 15 * time.Minute
	// RefreshAfter is when a session in use is due for being confirmed again.
	RefreshAfter = 10 * time.Minute
	// ReuseTolerance is how long after its rotation a refresh token is only refused:
	// an app that sent it twice at once is no thief. Later it ends its grant.
	ReuseTolerance = 10 * time.Second
	// MaxAttempts is how many wrong codes end a mailed code.
	MaxAttempts = 5
)

var (
	// ErrDead says that what was presented is not, or no longer, alive: unknown,
	// used, ended, expired, another's, or of a person who may not sign in.
	ErrDead = errors.New("not alive")
	// ErrClient says that there is no such app, or that the secret is not its.
	ErrClient = errors.New("unknown client, or wrong secret")
	// ErrNoRole says that somebody is signed in, and is no administrator.
	ErrNoRole = errors.New("no administrator")
	// ErrScope says that more was asked for than had been granted.
	ErrScope = errors.New("scope exceeds what was granted")
)

// Refusal is why somebody cannot sign in, for them to read.
type Refusal = directory.Refusal

// Methods are the ways in which the holder of an address may sign in.
type Methods = directory.Methods

// MACKey makes message authentication codes with a key of the installation, over
// texts that are told apart ("a","b" is not "ab").
type MACKey interface {
	MAC(data ...string) []byte
}

// Sealer keeps from everybody what somebody has to carry.
type Sealer interface {
	Seal(plaintext []byte, additionalData ...string) []byte
	Open(sealed []byte, additionalData ...string) ([]byte, error)
}

// Config is what a Service works with.
type Config struct {
	Store     chime.Store
	Directory *directory.Directory
	// CodeKey is for mailed codes alone.
	CodeKey MACKey
	// Keys seals the secrets of administrators' access keys, which they carry themselves.
	Keys Sealer
	Now  func() time.Time
	// MailLimit is how many codes this process has mailed to an address, and in a
	// login, within MailWindow; 0 is DefaultMailLimit.
	MailLimit uint16
	// ClientLimit is how many codes are asked for, from where a client is, within
	// ClientWindow, at most MaxClientLimit; 0 for no limit. Where that is says
	// reqctx.Request.
	ClientLimit uint16
}

// Service is the set of operations on what sign-ins issue. It is safe for
// concurrent use.
type Service struct {
	Config
	mails   *limiter
	clients *limiter
	inUse   *inUse
}

// New returns a service.
func New(c Config) *Service {
	c.MailLimit = cmp.Or(c.MailLimit, DefaultMailLimit)
	return &Service{
		Config: c, mails: newLimiter(c.CodeKey, c.Now, MailWindow), clients: newLimiter(c.CodeKey, c.Now, ClientWindow), inUse: newInUse(),
	}
}

// Signed is somebody who is signed in, as one read found them.
type Signed struct {
	Session chime.Session
	Subject chime.Subject
}
