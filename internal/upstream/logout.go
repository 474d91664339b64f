package upstream

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// maxLogouts bounds the logout tokens that are remembered.
const maxLogouts = 10_000

// logouts remembers which logout tokens had their effect, until they expire: one
// that comes again would end what began since.
type logouts struct {
	mu   sync.Mutex
	done map[string]time.Time // when each expires
}

func (l *logouts) has(token string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, done := l.done[token]
	return done
}

func (l *logouts) add(token string, expires, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.done) >= maxLogouts {
		maps.DeleteFunc(l.done, func(_ string, expires time.Time) bool { return expires.Before(now) })
	}
	if len(l.done) < maxLogouts {
		l.done[token] = expires
	}
}

// LoggedOut verifies a logout token of the provider (OpenID Connect Back-Channel
// Logout 1.0, section 2.6) and has end, whose errors it returns, end what it is
// about: the sessions of the subject, or only that with the sid; one of them may be
// "". For a token that had its effect here already, it does nothing.
func (o *OpenID) LoggedOut(ctx context.Context, r Registration, raw string, end func(subject, sid string) error) error {
	p := openIDProvider{o, r}
	d, err := p.discover(ctx)
	if err != nil {
		return err
	}
	token, err := d.Verifier(&oidc.Config{ClientID: r.ClientID, Now: o.now}).VerifyLogout(oidc.ClientContext(ctx, o.client), raw)
	if err == nil {
		err = mayBeLogout(raw)
	}
	if err != nil {
		return fmt.Errorf("verifying a logout token: %w (%w)", ErrRefused, err)
	}
	name := r.Issuer + "\x00" + r.ClientID + "\x00" + token.TokenID
	if o.logouts.has(name) {
		return nil
	}
	if err := end(token.Subject, token.SessionID); err != nil {
		return err
	}
	o.logouts.add(name, token.Expiry, o.now())
	return nil
}

// mayBeLogout refuses a token whose header says that it is of another kind. Most
// providers say nothing, or JWT (section 2.4).
func mayBeLogout(raw string) error {
	var header struct {
		Type string `json:"typ"`
	}
	first, _, _ := strings.Cut(raw, ".")
	text, err := base64.RawURLEncoding.DecodeString(first)
	if err := errors.Join(err, json.Unmarshal(text, &header)); err != nil {
		return fmt.Errorf("reading the header: %w", err)
	}
	kind := strings.TrimPrefix(strings.ToLower(header.Type), "application/")
	if !slices.Contains([]string{"", "jwt", "logout+jwt"}, kind) {
		return fmt.Errorf("a token of the type %.40q", header.Type)
	}
	return nil
}
