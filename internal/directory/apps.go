package directory

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

const (
	// maxURIs bounds each of an app's lists of URIs, and maxURI the length of one.
	maxURIs = 50
	maxURI  = 2000
)

// AppChange is what an app has; for UpdateApp, nil leaves the value.
type AppChange struct {
	Name                   *string
	RedirectURIs           []string
	PostLogoutRedirectURIs []string
	BackchannelLogoutURI   *string
}

// CreateApp registers an app of the caller's tenant and returns it with its
// secret, which nobody can read again; "" for a public app.
func (d *Directory) CreateApp(ctx context.Context, a AppChange, public bool) (app chime.App, secret string, err error) {
	app = chime.App{ID: chime.ClientID(uuid.NewString())}
	if err := a.apply(&app); err != nil {
		return app, "", err
	}
	if !public {
		secret = newSecret()
		app.SecretHash = HashSecret(secret)
	}
	c := call{operation: "CreateApp", params: a.params()}.with("public", public)
	err = d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, c *call) error {
		app.Tenant, app.Created = caller.Tenant, d.Now()
		c.response = audit.Values{"clientId": app.ID}
		return tx.PutApp(ctx, app)
	})
	return app, secret, err
}

// newSecret returns 256 random bits. Nobody can guess them, so a plain hash keeps them.
func newSecret() string {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(bits[:])
}

// HashSecret is what is kept of a secret of 256 random bits.
func HashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// apply changes the app, after checking it.
func (a AppChange) apply(app *chime.App) error {
	if a.Name != nil {
		app.Name = *a.Name
	}
	if a.RedirectURIs != nil {
		app.RedirectURIs = a.RedirectURIs
	}
	if a.PostLogoutRedirectURIs != nil {
		app.PostLogoutRedirectURIs = a.PostLogoutRedirectURIs
	}
	if a.BackchannelLogoutURI != nil {
		app.BackchannelLogoutURI = *a.BackchannelLogoutURI
	}
	return checkApp(app)
}

// checkApp returns BadRequest for an app that must not be.
func checkApp(app *chime.App) error {
	if strings.TrimSpace(app.Name) == "" || len([]rune(app.Name)) > maxAccountName || strings.ContainsFunc(app.Name, func(r rune) bool { return r < ' ' }) {
		return chime.Errorf(chime.BadRequest, "An app's name has 1 to %d characters, one of them not blank.", maxAccountName)
	}
	if len(app.RedirectURIs) == 0 {
		return chime.Errorf(chime.BadRequest, "An app needs a redirect URI.")
	}
	for _, uris := range [][]string{app.RedirectURIs, app.PostLogoutRedirectURIs} {
		if len(uris) > maxURIs {
			return tooMany("URIs", maxURIs)
		}
		for _, uri := range uris {
			if err := validRedirect(uri); err != nil {
				return err
			}
		}
	}
	return validBackchannel(app.BackchannelLogoutURI)
}

// validRedirect holds a redirect URI to OAuth 2.1: absolute and without a
// fragment; https, or http on the person's own machine, or a private-use scheme of
// a native app (RFC 8252, section 7.1: a domain name backwards).
func validRedirect(uri string) error {
	u, err := url.Parse(uri)
	switch {
	case err != nil, len(uri) > maxURI, strings.Contains(uri, "#"), u.User != nil, !strings.HasPrefix(uri, u.Scheme+":"):
	case secure(u):
		return nil
	case u.Host == "" && strings.Contains(u.Scheme, ".") && strings.HasPrefix(u.Path, "/"):
		return nil
	}
	return chime.Errorf(chime.BadRequest, "%.200q is no redirect URI: it must be an absolute https URL without a fragment "+
		"(http is for localhost only), or begin with a private-use scheme such as com.example.app:/", uri)
}

func validBackchannel(uri string) error {
	if uri == "" {
		return nil
	}
	u, err := url.Parse(uri)
	if err != nil || len(uri) > maxURI || u.Host == "" || u.User != nil || strings.Contains(uri, "#") || u.Scheme != "https" && u.Scheme != "http" {
		return chime.Errorf(chime.BadRequest, "%.200q is no back-channel logout URI: it must be an absolute http or https URL without a fragment.", uri)
	}
	return nil
}

func (a AppChange) params() audit.Values {
	params := audit.Values{}
	if a.Name != nil {
		params["name"] = *a.Name
	}
	if a.RedirectURIs != nil {
		params["redirectUris"] = a.RedirectURIs
	}
	if a.PostLogoutRedirectURIs != nil {
		params["postLogoutRedirectUris"] = a.PostLogoutRedirectURIs
	}
	if a.BackchannelLogoutURI != nil {
		params["backchannelLogoutUri"] = *a.BackchannelLogoutURI
	}
	return params
}

// app reads an app of the caller's tenant.
func (d *Directory) app(ctx context.Context, caller iam.Caller, tx chime.Tx, id chime.ClientID) (chime.App, error) {
	app, err := tx.App(ctx, id)
	if err == nil && (app == nil || app.Tenant != caller.Tenant) {
		err = chime.Errorf(chime.NotFound, "App %s not found", id)
	}
	if err != nil {
		return chime.App{}, err
	}
	return *app, nil
}

func onApp(operation string, id chime.ClientID) call {
	return call{operation: operation, params: audit.Values{"clientId": id}}
}

// GetApp returns an app of the caller's tenant.
func (d *Directory) GetApp(ctx context.Context, id chime.ClientID) (app chime.App, err error) {
	err = d.read(ctx, onApp("GetApp", id), func(caller iam.Caller, tx chime.Tx) error {
		app, err = d.app(ctx, caller, tx, id)
		return err
	})
	return app, err
}

// ListApps returns a page of the caller's tenant's apps, ordered by id, and the token
// of the next page, "" after the last.
func (d *Directory) ListApps(ctx context.Context, p Page) (apps []chime.App, next string, err error) {
	err = d.read(ctx, call{operation: "ListApps", params: audit.Values{}}, func(caller iam.Caller, tx chime.Tx) error {
		bound := bindToken("ListApps", string(caller.Tenant))
		after, limit, err := d.position(bound, p)
		if err != nil {
			return err
		}
		if apps, err = tx.ListApps(ctx, caller.Tenant, chime.ClientID(after), limit+1); err != nil {
			return err
		}
		if len(apps) > limit {
			apps = apps[:limit]
			next = d.Tokens.SealToken(bound, string(apps[limit-1].ID))
		}
		return nil
	})
	return apps, next, err
}

// UpdateApp changes an app. With rotate the old secret is dead at once, and the
// new one is returned.
func (d *Directory) UpdateApp(ctx context.Context, id chime.ClientID, a AppChange, rotate bool) (app chime.App, secret string, err error) {
	c := onApp("UpdateApp", id)
	for name, value := range a.params() {
		c.with(name, value)
	}
	if rotate {
		secret = newSecret()
		c.with("clientSecret", audit.Hidden)
	}
	err = d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, _ *call) error {
		if app, err = d.app(ctx, caller, tx, id); err != nil {
			return err
		}
		if err := a.apply(&app); err != nil {
			return err
		}
		if rotate && app.Public() {
			return chime.Errorf(chime.BadRequest, "App %s is public: it has no secret.", id)
		}
		if rotate {
			app.SecretHash = HashSecret(secret)
		}
		return tx.PutApp(ctx, app)
	})
	return app, secret, err
}

// DeleteApp removes an app. Its tokens are dead at once, because an app that is
// not there has none.
func (d *Directory) DeleteApp(ctx context.Context, id chime.ClientID) error {
	return d.write(ctx, onApp("DeleteApp", id), func(caller iam.Caller, tx chime.Tx, _ *call) error {
		app, err := d.app(ctx, caller, tx, id)
		if err != nil {
			return err
		}
		return tx.DeleteApp(ctx, app.Tenant, id)
	})
}
