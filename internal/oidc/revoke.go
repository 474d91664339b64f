package oidc

import "net/http"

// revoke is the revocation endpoint (RFC 7009). A refresh token takes all tokens of
// its grant with it. Tokens that are unknown, dead, or another app's are answered as
// if they had been revoked (section 2.2).
func (p *Provider) revoke(w http.ResponseWriter, r *http.Request) error {
	form, err := readPresented(w, r)
	if err != nil {
		return err
	}
	app, err := p.client(r, form)
	if err != nil {
		return err
	}
	if err := p.Sessions.Revoke(r.Context(), app, form.get("token")); err != nil {
		return err
	}
	noStore(w.Header())
	w.WriteHeader(http.StatusOK)
	return nil
}
