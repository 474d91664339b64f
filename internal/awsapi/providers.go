package awsapi

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// OpenIDConfig is the OpenID provider of an account. Its client secret is never
// shown.
type OpenIDConfig struct {
	AccountID        string    `json:"AccountId"`
	BasicGroups      []string  `json:"BasicGroups"`
	ClientID         string    `json:"ClientId"`
	CreatedTimestamp Timestamp `json:"CreatedTimestamp"`
	GroupsClaim      string    `json:"GroupsClaim"`
	HasClientSecret  bool      `json:"HasClientSecret"`
	Issuer           string    `json:"Issuer"`
	ProGroups        []string  `json:"ProGroups"`
}

func wireProvider(p chime.Provider) *OpenIDConfig {
	text := func(s string) string { return s }
	return &OpenIDConfig{
		AccountID: string(p.Account), BasicGroups: convert(p.BasicGroups, text), ClientID: p.ClientID, CreatedTimestamp: Timestamp(p.Created),
		GroupsClaim: p.GroupsClaim, HasClientSecret: len(p.SealedSecret) > 0, Issuer: p.Issuer, ProGroups: convert(p.ProGroups, text),
	}
}

// AccountRequest is the input of operations on an account that take nothing else.
type AccountRequest struct{ AccountID string }

func (in *AccountRequest) read(r *reader) {
	in.AccountID = required(r.label("AccountId", "accountId"), readNonEmptyString)
}

// UpdateAccountOpenIDConfigRequest is the input of UpdateAccountOpenIdConfig.
// Without a ClientSecret, the one of the same client at the same issuer stays;
// an empty one is a public client's.
type UpdateAccountOpenIDConfigRequest struct {
	AccountID    string
	BasicGroups  *[]string
	ClientID     string
	ClientSecret *string
	GroupsClaim  *string
	Issuer       string
	ProGroups    *[]string
}

func (in *UpdateAccountOpenIDConfigRequest) read(r *reader) {
	*in = UpdateAccountOpenIDConfigRequest{
		AccountID:    required(r.label("AccountId", "accountId"), readNonEmptyString),
		BasicGroups:  optional(r.body("BasicGroups"), readTexts),
		ClientID:     required(r.body("ClientId"), readNonEmptyString),
		ClientSecret: optional(r.body("ClientSecret"), readSensitiveString),
		GroupsClaim:  optional(r.body("GroupsClaim"), readString),
		Issuer:       required(r.body("Issuer"), readNonEmptyString),
		ProGroups:    optional(r.body("ProGroups"), readTexts),
	}
}

// readTexts reads a list whose bounds the directory knows.
func readTexts(v value) []string { return readList(v, 0, 0, readString) }

// OpenIDConfigResponse is the output of the operations on an account's OpenID
// provider: the provider, and the addresses of Carillon that it has to be told, also
// before there is one.
type OpenIDConfigResponse struct {
	BackchannelLogoutURL string        `json:"BackchannelLogoutUrl"`
	CallbackURL          string        `json:"CallbackUrl"`
	OpenIDConfig         *OpenIDConfig `json:"OpenIdConfig"`
}

func (a *api) openIDConfig(id chime.AccountID, config *OpenIDConfig) *OpenIDConfigResponse {
	callback, logout := a.providerAddresses(id)
	return &OpenIDConfigResponse{BackchannelLogoutURL: logout, CallbackURL: callback, OpenIDConfig: config}
}

func (a *api) getOpenIDConfig(ctx context.Context, in *AccountRequest) (*OpenIDConfigResponse, error) {
	provider, err := a.dir.GetProvider(ctx, chime.AccountID(in.AccountID))
	if err != nil {
		return nil, err
	}
	var config *OpenIDConfig
	if provider != nil {
		config = wireProvider(*provider)
	}
	return a.openIDConfig(chime.AccountID(in.AccountID), config), nil
}

func (a *api) updateOpenIDConfig(ctx context.Context, in *UpdateAccountOpenIDConfigRequest) (*OpenIDConfigResponse, error) {
	provider, err := a.dir.SetProvider(ctx, chime.AccountID(in.AccountID), directory.NewProvider{
		Issuer: in.Issuer, ClientID: in.ClientID, ClientSecret: in.ClientSecret, GroupsClaim: orZero(in.GroupsClaim),
		BasicGroups: orZero(in.BasicGroups), ProGroups: orZero(in.ProGroups),
	})
	if err != nil {
		return nil, err
	}
	return a.openIDConfig(provider.Account, wireProvider(provider)), nil
}

func (a *api) deleteOpenIDConfig(ctx context.Context, in *AccountRequest) (*struct{}, error) {
	return new(struct{}), a.dir.DeleteProvider(ctx, chime.AccountID(in.AccountID))
}
