package oidc

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// The scopes that apps can be granted. openid alone lets an app know who it is;
// offline_access is taken from those who ask for it, and changes nothing: a refresh
// token is given in any case, and lives no longer than the session that it is of.
const (
	scopeOpenID  = "openid"
	scopeProfile = "profile"
	scopeEmail   = "email"
	scopeOffline = "offline_access"
)

func supportedScopes() []string { return []string{scopeOpenID, scopeProfile, scopeEmail, scopeOffline} }

// cacheable is how long apps may keep the discovery document and the key set; a
// key is published for much longer before it signs (signing.MinPeriod).
const cacheable = time.Hour

// metadata is the discovery document (OpenID Connect Discovery 1.0, section 3; RFC
// 8414; RFC 9207; RP-Initiated Logout 1.0; Back-Channel Logout 1.0).
type metadata struct {
	Issuer                    string   `json:"issuer"`
	AuthorizationEndpoint     string   `json:"authorization_endpoint"`
	TokenEndpoint             string   `json:"token_endpoint"`
	UserinfoEndpoint          string   `json:"userinfo_endpoint"`
	JWKSURI                   string   `json:"jwks_uri"`
	IntrospectionEndpoint     string   `json:"introspection_endpoint"`
	RevocationEndpoint        string   `json:"revocation_endpoint"`
	EndSessionEndpoint        string   `json:"end_session_endpoint"`
	Scopes                    []string `json:"scopes_supported"`
	ResponseTypes             []string `json:"response_types_supported"`
	ResponseModes             []string `json:"response_modes_supported"`
	GrantTypes                []string `json:"grant_types_supported"`
	SubjectTypes              []string `json:"subject_types_supported"`
	SigningAlgorithms         []string `json:"id_token_signing_alg_values_supported"`
	TokenAuthMethods          []string `json:"token_endpoint_auth_methods_supported"`
	IntrospectionAuthMethods  []string `json:"introspection_endpoint_auth_methods_supported"`
	RevocationAuthMethods     []string `json:"revocation_endpoint_auth_methods_supported"`
	CodeChallengeMethods      []string `json:"code_challenge_methods_supported"`
	Prompts                   []string `json:"prompt_values_supported"`
	Claims                    []string `json:"claims_supported"`
	ClaimsParameter           bool     `json:"claims_parameter_supported"`
	RequestParameter          bool     `json:"request_parameter_supported"`
	RequestURIParameter       bool     `json:"request_uri_parameter_supported"` // true when it is left out
	IssInResponse             bool     `json:"authorization_response_iss_parameter_supported"`
	BackchannelLogout         bool     `json:"backchannel_logout_supported"`
	BackchannelLogoutSessions bool     `json:"backchannel_logout_session_supported"`
}

func (p *Provider) metadata() metadata {
	secrets := []string{"client_secret_basic", "client_secret_post"}
	return metadata{
		Issuer:                    p.Issuer,
		AuthorizationEndpoint:     p.Issuer + pathAuthorize,
		TokenEndpoint:             p.Issuer + pathToken,
		UserinfoEndpoint:          p.Issuer + pathUserinfo,
		JWKSURI:                   p.Issuer + pathJWKS,
		IntrospectionEndpoint:     p.Issuer + pathIntrospect,
		RevocationEndpoint:        p.Issuer + pathRevoke,
		EndSessionEndpoint:        p.Issuer + pathLogout,
		Scopes:                    supportedScopes(),
		ResponseTypes:             []string{"code"},
		ResponseModes:             []string{"query"},
		GrantTypes:                []string{grantCode, grantRefresh},
		SubjectTypes:              []string{"public"},
		SigningAlgorithms:         []string{"RS256"},
		TokenAuthMethods:          append([]string{"none"}, secrets...),
		IntrospectionAuthMethods:  secrets,
		RevocationAuthMethods:     append([]string{"none"}, secrets...),
		CodeChallengeMethods:      []string{"S256"},
		Prompts:                   []string{promptNone, promptLogin, promptConsent, promptSelectAccount},
		Claims:                    supportedClaims(),
		IssInResponse:             true,
		BackchannelLogout:         true,
		BackchannelLogoutSessions: true,
	}
}

// discovery answers with what this provider can do.
func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) error {
	return writePublic(w, p.metadata())
}

// jwks answers with the keys that verify ID tokens and logout tokens (RFC 7517).
func (p *Provider) jwks(w http.ResponseWriter, r *http.Request) error {
	keys, err := p.Keys.PublicKeys(r.Context())
	if err != nil {
		return err
	}
	return writePublic(w, keys)
}

// writePublic answers with what anybody may know, and keep for a while.
func writePublic(w http.ResponseWriter, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age="+strconv.Itoa(int(cacheable.Seconds())))
	w.Write(encoded)
	return nil
}
