package upstream_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/upstream"
)

// amazon is Login with Amazon, whose every answer a test may change.
type amazon struct {
	*httptest.Server
	token, profile http.HandlerFunc
	asked          url.Values
	bearer         string
}

func newAmazon(t *testing.T) (*amazon, *upstream.Amazon) {
	t.Helper()
	a := &amazon{
		token:   says(200, object{"access_token": "access", "refresh_token": "refresh 2", "token_type": "bearer"}),
		profile: says(200, object{"user_id": "amzn1.account.ANN", "name": "Ann", "email": "ann@corp.example"}),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err == nil {
			a.asked = r.PostForm
		}
		a.token(w, r)
	})
	mux.HandleFunc("GET /profile", func(w http.ResponseWriter, r *http.Request) {
		a.bearer = r.Header.Get("Authorization")
		a.profile(w, r)
	})
	a.Server = httptest.NewServer(mux)
	t.Cleanup(a.Close)
	return a, upstream.NewAmazon(a.Client(), upstream.AmazonConfig{
		ClientID: clientID, ClientSecret: "hush", AuthURL: a.URL + "/auth", TokenURL: a.URL + "/token", ProfileURL: a.URL + "/profile",
	})
}

// TestAmazonItself: without other endpoints they are Amazon's.
func TestAmazonItself(t *testing.T) {
	to, err := upstream.NewAmazon(http.DefaultClient, upstream.AmazonConfig{ClientID: clientID}).Begin(t.Context(), attempt, "")
	if err != nil || !strings.HasPrefix(to, "https://www.amazon.com/ap/oa?") {
		t.Errorf("got %s (%v), want Amazon's page", to, err)
	}
}

func TestAmazon(t *testing.T) {
	a, party := newAmazon(t)
	got, err := party.Finish(t.Context(), attempt, "the code", "")
	if err != nil {
		t.Fatal(err)
	}
	// No address: Amazon verifies none.
	want := upstream.Identity{Issuer: upstream.AmazonIssuer, Subject: "amzn1.account.ANN", Name: "Ann", Token: "refresh 2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the identity (-want +got):\n%s", diff)
	}
	if a.asked.Get("code_verifier") != attempt.Verifier || a.asked.Get("redirect_uri") != attempt.RedirectURI || a.bearer != "Bearer access" {
		t.Errorf("got asked with %v and %q", a.asked, a.bearer)
	}
	next, err := party.Refresh(t.Context(), "amzn1.account.ANN", "refresh 1")
	if err != nil || next != "refresh 2" || a.asked.Get("refresh_token") != "refresh 1" {
		t.Errorf("refreshing: got %q and %v, asked with %v", next, err, a.asked)
	}
	_, err = party.Refresh(t.Context(), "amzn1.account.EVE", "refresh 1")
	same(t, "the profile of another customer", err, upstream.ErrRefused)
}

func TestAmazonProfiles(t *testing.T) {
	for name, profile := range map[string]http.HandlerFunc{
		"no customer":       says(200, object{"name": "Ann"}),
		"an empty customer": says(200, object{"user_id": ""}),
		"an odd answer":     says(200, []string{}),
		"a refusal":         says(400, object{"error": "invalid_token"}),
		"an outage":         says(500, object{"user_id": "amzn1.account.ANN"}),
		"a redirect":        func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"hangs up":          func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		a, party := newAmazon(t) // nobody knows when a call that was given up is over
		a.profile = profile
		_, err := party.Finish(t.Context(), attempt, "code", "")
		same(t, name, err, upstream.ErrUnreachable)
		_, err = party.Refresh(t.Context(), "amzn1.account.ANN", "refresh 1")
		same(t, name+", refreshing", err, upstream.ErrUnreachable)
	}
}

func TestAmazonRefusals(t *testing.T) {
	for name, c := range refusals() {
		a, party := newAmazon(t)
		a.token = c.answer
		_, err := party.Finish(t.Context(), attempt, "code", "")
		same(t, name, err, c.want)
		_, err = party.Refresh(t.Context(), "amzn1.account.ANN", "refresh 1")
		same(t, name+", refreshing", err, c.want)
	}
}
