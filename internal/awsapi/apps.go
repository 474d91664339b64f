package awsapi

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// App is an app that people sign in to. Its secret is shown once, by the answer that
// made it.
type App struct {
	BackchannelLogoutURI   *string   `json:"BackchannelLogoutUri"`
	ClientID               string    `json:"ClientId"`
	CreatedTimestamp       Timestamp `json:"CreatedTimestamp"`
	Name                   string    `json:"Name"`
	PostLogoutRedirectURIs []string  `json:"PostLogoutRedirectUris"`
	Public                 bool      `json:"Public"`
	RedirectURIs           []string  `json:"RedirectUris"`
}

func wireApp(a chime.App) App {
	text := func(s string) string { return s }
	return App{
		BackchannelLogoutURI: orNull(a.BackchannelLogoutURI), ClientID: string(a.ID), CreatedTimestamp: Timestamp(a.Created), Name: a.Name,
		PostLogoutRedirectURIs: convert(a.PostLogoutRedirectURIs, text), Public: a.Public(), RedirectURIs: convert(a.RedirectURIs, text),
	}
}

// AppDescription is what CreateApp and UpdateApp say of an app.
type AppDescription struct {
	BackchannelLogoutURI   *string // empty for none
	Name                   *string
	PostLogoutRedirectURIs *[]string
	RedirectURIs           *[]string
}

func (in *AppDescription) read(r *reader) {
	*in = AppDescription{
		BackchannelLogoutURI:   optional(r.body("BackchannelLogoutUri"), readString),
		Name:                   optional(r.body("Name"), readString),
		PostLogoutRedirectURIs: optional(r.body("PostLogoutRedirectUris"), readTexts),
		RedirectURIs:           optional(r.body("RedirectUris"), readTexts),
	}
}

func (in AppDescription) change() directory.AppChange {
	return directory.AppChange{
		Name: in.Name, RedirectURIs: orZero(in.RedirectURIs), PostLogoutRedirectURIs: orZero(in.PostLogoutRedirectURIs),
		BackchannelLogoutURI: in.BackchannelLogoutURI,
	}
}

// CreateAppRequest is the input of CreateApp. A Public app has no secret.
type CreateAppRequest struct {
	AppDescription
	Public *bool
}

func (in *CreateAppRequest) read(r *reader) {
	in.AppDescription.read(r)
	in.Public = optional(r.body("Public"), readBoolean)
}

// UpdateAppRequest is the input of UpdateApp. What is absent stays; with RotateSecret
// the secret is replaced.
type UpdateAppRequest struct {
	AppDescription
	ClientID     string
	RotateSecret *bool
}

func (in *UpdateAppRequest) read(r *reader) {
	in.ClientID = required(r.label("ClientId", "clientId"), readNonEmptyString)
	in.AppDescription.read(r)
	in.RotateSecret = optional(r.body("RotateSecret"), readBoolean)
}

// AppRequest is the input of GetApp and DeleteApp.
type AppRequest struct{ ClientID string }

func (in *AppRequest) read(r *reader) {
	in.ClientID = required(r.label("ClientId", "clientId"), readNonEmptyString)
}

// ListAppsRequest is the input of ListApps.
type ListAppsRequest struct {
	MaxResults *int
	NextToken  *string
}

func (in *ListAppsRequest) read(r *reader) {
	in.MaxResults = optional(r.parameter("MaxResults", "max-results"), readProfileServiceMaxResults)
	in.NextToken = optional(r.parameter("NextToken", "next-token"), readString)
}

// AppResponse is the output of GetApp.
type AppResponse struct {
	App App `json:"App"`
}

// AppSecretResponse is the output of CreateApp and UpdateApp: with the secret, when
// they made one.
type AppSecretResponse struct {
	App          App     `json:"App"`
	ClientSecret *string `json:"ClientSecret"`
}

// ListAppsResponse is the output of ListApps.
type ListAppsResponse struct {
	Apps      []App   `json:"Apps"`
	NextToken *string `json:"NextToken"`
}

func (a *api) createApp(ctx context.Context, in *CreateAppRequest) (*AppSecretResponse, error) {
	app, secret, err := a.dir.CreateApp(ctx, in.change(), orZero(in.Public))
	return appSecretResponse(app, secret, err)
}

func (a *api) updateApp(ctx context.Context, in *UpdateAppRequest) (*AppSecretResponse, error) {
	app, secret, err := a.dir.UpdateApp(ctx, chime.ClientID(in.ClientID), in.change(), orZero(in.RotateSecret))
	return appSecretResponse(app, secret, err)
}

func appSecretResponse(app chime.App, secret string, err error) (*AppSecretResponse, error) {
	if err != nil {
		return nil, err
	}
	return &AppSecretResponse{App: wireApp(app), ClientSecret: orNull(secret)}, nil
}

func (a *api) getApp(ctx context.Context, in *AppRequest) (*AppResponse, error) {
	app, err := a.dir.GetApp(ctx, chime.ClientID(in.ClientID))
	if err != nil {
		return nil, err
	}
	return &AppResponse{App: wireApp(app)}, nil
}

func (a *api) listApps(ctx context.Context, in *ListAppsRequest) (*ListAppsResponse, error) {
	apps, next, err := a.dir.ListApps(ctx, page(in.NextToken, in.MaxResults))
	if err != nil {
		return nil, err
	}
	return &ListAppsResponse{Apps: convert(apps, wireApp), NextToken: orNull(next)}, nil
}

func (a *api) deleteApp(ctx context.Context, in *AppRequest) (*struct{}, error) {
	return new(struct{}), a.dir.DeleteApp(ctx, chime.ClientID(in.ClientID))
}
