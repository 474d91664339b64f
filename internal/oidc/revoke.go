package oidc

import "net/http"

// revoke is the revocation endpoint (RFC 7009). A refresh token takes all tokens of
// its grant with it. Tokens that are unknown, dead, or another app's are answered as
// if they had been revoked (section 2.2).
func (p *Provider) revoke(w http.ResponseWriter, r *http.Request) error {
	app, token, err := p.presented(w, r)
	if err != nil {
		return err
	}
	if err := p.Sessions.Revoke(r.Context(), app, token); err != nil {
		return err
	}
	noStore(w.Header())
	w.WriteHeader(http.StatusOK)
	return nil
}
