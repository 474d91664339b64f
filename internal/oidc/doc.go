// Package oidc is the face that apps see of signing in: an OpenID provider of a
// narrow profile. It has the authorization code flow with PKCE by S256 (OAuth 2.1,
// RFC 7636), refresh tokens, userinfo, introspection (RFC 7662), revocation (RFC
// 7009) and RP-initiated logout, and says so by discovery. What the profile does
// not have is refused by the error that the specifications name for it.
//
// It owns the protocol: parameters, errors, redirects, claims, and what browsers
// of other origins may read. Whether a credential is alive is decided in package
// session, whose tokens are opaque here; keys are those of package signing; the
// pages on which somebody signs in are another front end's, which hands the login
// back by Continue.
//
// There is one file an endpoint, and one writer of errors.
package oidc
