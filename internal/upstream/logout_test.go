package upstream_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/carillon-id/carillon/internal/upstream"
)

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// logoutClaims are those of a logout token in which nothing is wrong.
func (p *provider) logoutClaims() object {
	return object{
		"iss": p.URL, "aud": clientID, "sub": "ann", "sid": "session", "iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(),
		"jti": "one", "events": object{logoutEvent: object{}},
	}
}

// listener is who is told of logouts.
type listener struct {
	*upstream.OpenID
	p     *provider
	ended []string // a subject and a sid each
	fails error
}

func (p *provider) listener() *listener {
	return &listener{OpenID: upstream.NewOpenID(p.Client(), clock), p: p}
}

func (l *listener) hear(ctx context.Context, r upstream.Registration, token string) error {
	return l.LoggedOut(ctx, r, token, func(subject, sid string) error {
		if l.fails == nil {
			l.ended = append(l.ended, subject+" "+sid)
		}
		return l.fails
	})
}

func TestLogoutTokens(t *testing.T) {
	p := newProvider(t)
	claims := p.logoutClaims()
	for name, c := range map[string]struct {
		typ    jose.ContentType
		claims object
		ends   string // "" for refused
	}{
		"both":                {"logout+jwt", claims, "ann session"},
		"everywhere":          {"logout+jwt", with(claims, "sid", nil), "ann "},
		"a session alone":     {"logout+jwt", with(claims, "sub", nil), " session"},
		"nobody":              {"logout+jwt", with(claims, "sub", nil, "sid", nil), ""},
		"no type":             {"", claims, "ann session"},
		"a common type":       {"JWT", claims, "ann session"},
		"the whole type":      {"application/logout+JWT", claims, "ann session"},
		"an access token":     {"at+jwt", claims, ""},
		"another event token": {"secevent+jwt", claims, ""},
		"another issuer":      {"logout+jwt", with(claims, "iss", "https://evil.example"), ""},
		"another audience":    {"logout+jwt", with(claims, "aud", "other"), ""},
		"no audience":         {"logout+jwt", with(claims, "aud", nil), ""},
		"expired":             {"logout+jwt", with(claims, "exp", now.Add(-time.Second).Unix()), ""},
		"no end":              {"logout+jwt", with(claims, "exp", nil), ""},
		"no name":             {"logout+jwt", with(claims, "jti", nil), ""},
		"an id_token":         {"", p.claims(), ""},
		"a nonce":             {"logout+jwt", with(claims, "nonce", ""), ""},
		"no event":            {"logout+jwt", with(claims, "events", nil), ""},
		"another event":       {"logout+jwt", with(claims, "events", object{"https://example.com/event": object{}}), ""},
	} {
		l := p.listener()
		err := l.hear(t.Context(), p.registration(), p.sign(t, c.typ, c.claims))
		if c.ends == "" {
			same(t, name, err, upstream.ErrRefused)
		} else if err != nil || len(l.ended) != 1 || l.ended[0] != c.ends {
			t.Errorf("%s: got %q ended, and %v, want %q", name, l.ended, err, c.ends)
		}
		if c.ends == "" && len(l.ended) > 0 {
			t.Errorf("%s: got %q ended", name, l.ended)
		}
	}
	for name, token := range p.forgeries(t, claims) {
		l := p.listener()
		same(t, name, l.hear(t.Context(), p.registration(), token), upstream.ErrRefused)
		if len(l.ended) > 0 {
			t.Errorf("%s: got %q ended", name, l.ended)
		}
	}
}

// TestLogoutTokenHasItsEffectOnce: a token that comes again ends nothing that began
// since, and is no mistake of the provider's; one that had no effect may come again.
func TestLogoutTokenHasItsEffectOnce(t *testing.T) {
	p := newProvider(t)
	l := p.listener()
	token, r := p.sign(t, "logout+jwt", p.logoutClaims()), p.registration()
	hear := func(what string, r upstream.Registration, token string, want error, ended int) {
		t.Helper()
		if err := l.hear(t.Context(), r, token); !errors.Is(err, want) || len(l.ended) != ended {
			t.Errorf("%s: got %v and %d ended, want %v and %d", what, err, len(l.ended), want, ended)
		}
	}
	l.fails = errors.New("the store is gone")
	hear("while the store is gone", r, token, l.fails, 0)
	l.fails = nil
	hear("once it is back", r, token, nil, 1)
	hear("again", r, token, nil, 1)
	hear("another token", r, p.sign(t, "logout+jwt", with(p.logoutClaims(), "jti", "two")), nil, 2)
	other := r
	other.ClientID = "other"
	hear("one of that name for another account", other, p.sign(t, "logout+jwt", with(p.logoutClaims(), "aud", "other")), nil, 3)
	p.Close()
	fresh := p.listener()
	same(t, "while the provider is gone", fresh.hear(t.Context(), r, token), upstream.ErrUnreachable)
}
