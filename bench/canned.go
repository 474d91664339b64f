package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/carillon-id/carillon/internal/awsapi"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/oidc"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/session"
	"github.com/carillon-id/carillon/internal/web"
)

// cannedStore knows one key and one token, without a database.
type cannedStore struct {
	chime.Store
	tx cannedTx
}

type cannedTx struct {
	chime.Tx
	key       chime.AccessKey
	principal chime.Principal
	bearer    chime.Bearer
}

func (s cannedStore) View(_ context.Context, fn func(chime.Tx) error) error { return fn(s.tx) }
func (s cannedStore) Peek(_ context.Context, fn func(chime.Tx) error) error { return fn(s.tx) }

func (t cannedTx) KeyAndPrincipal(context.Context, string) (*chime.AccessKey, *chime.Principal, error) {
	return &t.key, &t.principal, nil
}

func (t cannedTx) Bearer(context.Context, string) (*chime.Bearer, error) { return &t.bearer, nil }

func (t cannedTx) BriefBearer(context.Context, string) (*chime.Bearer, error) { return &t.bearer, nil }

// serveCanned serves what the server's own middleware can do at most: the chain,
// the signature, the log and the encoding are the server's, and what is answered
// is ready.
func serveCanned(address string, log io.Writer) error {
	keyring := secret.NewKeyring(secret.NewMasterKey(), nil)
	box := keyring.For(secret.AccessKeySecret)
	store := cannedStore{tx: cannedTx{
		key: chime.AccessKey{
			ID: keyID, Tenant: tenant, Principal: chime.RootName, SealedSecret: box.Seal([]byte(secretKey), tenant, keyID),
		},
		principal: chime.Principal{Tenant: tenant, Name: chime.RootName, ID: tenant},
		bearer:    newBearer(time.Now()),
	}}
	logger := slog.New(slog.NewJSONHandler(log, nil))
	signatures := awsapi.NewSignatures(awsapi.SignatureConfig{Keys: iam.NewAuthenticator(store, box), Now: time.Now})
	answers := cannedAnswers()
	writeError := awsapi.ErrorWriter(logger)
	apps, err := cannedApps(store, logger)
	if err != nil {
		return err
	}
	api := web.Adapt(func(w http.ResponseWriter, r *http.Request) error {
		body, err := web.ReadBody(w, r)
		if err != nil {
			return err
		}
		if _, err := signatures.Authenticate(r.Context(), r, body); err != nil {
			return err
		}
		if r.Method == http.MethodPost {
			return awsapi.Answer(w, http.StatusOK, awsapi.BatchSuspendUserResponse{UserErrors: []awsapi.UserError{}})
		}
		return awsapi.Answer(w, http.StatusOK, answers[strings.Count(r.URL.Path, "/")])
	}, writeError)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/oauth2/") {
			apps.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
	server := &http.Server{
		Handler: web.Chain(web.Options{
			Logger: logger, WriteError: writeError, StrictRoots: awsapi.Roots(),
			Observe: func(string, int, time.Duration) {},
		}, handler),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: time.Hour,
	}
	return serveUntilStopped(server, address)
}

// cannedApps answers apps as the server does, whatever their token, of a bearer that
// is ready.
func cannedApps(store chime.Store, logger *slog.Logger) (http.Handler, error) {
	provider, err := oidc.New(oidc.Config{
		Issuer: "http://localhost:8420", Store: store, Sessions: session.New(session.Config{Store: store, Now: time.Now}), Logger: logger, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	provider.Register(mux)
	return mux, nil
}

func serveUntilStopped(server *http.Server, address string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("serving canned answers: %w", err)
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// cannedAnswers are the answers by the number of slashes in the path.
func cannedAnswers() map[int]any {
	now := awsapi.Timestamp(time.Now())
	account, pro, pin, email, name := uuidOf(1), awsapi.License("Pro"), "0123456789", "person.0000001@example.com", "Person Number 1"
	invited, registered, private := awsapi.InviteStatus("Accepted"), awsapi.RegistrationStatus("Registered"), awsapi.UserType("PrivateUser")
	user := awsapi.User{
		AccountID: &account, UserID: uuidOf(2), DisplayName: &name, InvitedOn: &now, LicenseType: &pro, PersonalPIN: &pin,
		PrimaryEmail: &email, RegisteredOn: &now, UserInvitationStatus: &invited, UserRegistrationStatus: &registered, UserType: &private,
		AlexaForBusinessMetadata: &awsapi.AlexaForBusinessMetadata{IsAlexaForBusinessEnabled: new(bool)},
	}
	page := awsapi.ListUsersResponse{Users: make([]awsapi.User, 100), NextToken: new(strings.Repeat("t", 120))}
	for i := range page.Users {
		page.Users[i] = user
		page.Users[i].PersonalPIN = nil
	}
	return map[int]any{
		1: awsapi.ListAccountsResponse{Accounts: []awsapi.Account{}},
		3: page,
		4: awsapi.GetUserResponse{User: &user},
	}
}
