package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// temporary are the credentials of an administrator.
type temporary struct{ AccessKeyID, SecretAccessKey, SessionToken, Expiration string }

// readTemporary reads what the server answered.
func readTemporary(tb testing.TB, got answer) (key temporary) {
	tb.Helper()
	if err := json.Unmarshal([]byte(got.body), &key); err != nil || got.status != http.StatusOK || !strings.HasPrefix(key.AccessKeyID, "ASIA") {
		tb.Fatalf("asking for credentials: got %d %s, %v", got.status, got.body, err)
	}
	return key
}

// callAs makes a request that is signed with the credentials.
func (s *server) callAs(tb testing.TB, key temporary, method, path, body string) answer {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, s.endpoint+path, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	hash := sha256.Sum256([]byte(body))
	signer := aws.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey, SessionToken: key.SessionToken}
	if err := v4.NewSigner().SignHTTP(tb.Context(), signer, req, hex.EncodeToString(hash[:]), "chime", "us-east-1", time.Now()); err != nil {
		tb.Fatal(err)
	}
	got, err := send(http.DefaultClient, req)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

// empower makes somebody an administrator of the tenant.
func (r *row) empower(tb testing.TB, p *person) {
	tb.Helper()
	r.s.mustCall(tb, "PUT", "/iam/administrators/"+r.home()+"/"+string(p.id), "")
}

func issueKey(tb testing.TB, r *row, p *person) {
	tb.Helper()
	r.empower(tb, p)
	p.key = readTemporary(tb, p.browser.post(tb, "/admin/credentials").answer())
}

// asksWhoTheyAre reports whether a request with the key is answered; else it has to be
// refused as one whose time is over.
func asksWhoTheyAre(tb testing.TB, r *row, p *person) bool {
	tb.Helper()
	got := r.s.callAs(tb, p.key, "GET", "/caller", "")
	if got.status != http.StatusOK && got.exception() != "ExpiredTokenException" {
		tb.Fatalf("a request with the key: got %d %s", got.status, got.body)
	}
	return got.status == http.StatusOK
}

// commandLineURI is where a command line would wait.
const commandLineURI = "http://127.0.0.1:9/callback"

// commandLineCode has the person let a command line act for them, and returns the code
// that it gets.
func (r *row) commandLineCode(tb testing.TB, p *person) string {
	tb.Helper()
	r.empower(tb, p)
	request := url.Values{
		"redirect_uri": {commandLineURI}, "state": {"state"}, "code_challenge": {codeChallenge}, "code_challenge_method": {"S256"},
	}
	if got := p.browser.get(tb, "/me/command-line?"+request.Encode()); got.status != http.StatusOK || !strings.Contains(got.body, "act as you?") {
		tb.Fatalf("the page that asks: got %d %s", got.status, got.body)
	}
	got := p.browser.post(tb, "/me/command-line", "redirect_uri", commandLineURI, "state", "state", "code_challenge", codeChallenge,
		"code_challenge_method", "S256", "answer", "yes")
	code := got.to.Query().Get("code")
	if got.to.Host != "127.0.0.1:9" || got.to.Query().Get("state") != "state" || code == "" {
		tb.Fatalf("saying yes: got %d, to %q: %s", got.status, got.to, got.body)
	}
	return code
}

// commandLine exchanges the code for what keys are asked for with; "" when it is not good.
func (r *row) commandLine(tb testing.TB, code string) string {
	tb.Helper()
	got := newBrowser(tb, r.s, r.mail).post(tb, "/me/command-line/token", "code", code, "redirect_uri", commandLineURI, "code_verifier", codeVerifier)
	if got.status == http.StatusBadRequest {
		return ""
	}
	token, _ := got.answer().member(tb, "Token").(string)
	return token
}

// keyOfCommandLine asks for a key with what the command line holds.
func (r *row) keyOfCommandLine(tb testing.TB, token string) answer {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, r.s.endpoint+"/admin/credentials", http.NoBody)
	if err != nil {
		tb.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	got, err := send(http.DefaultClient, req)
	if err != nil || got.status != http.StatusOK && got.status != http.StatusUnauthorized {
		tb.Fatalf("asking for a key: got %d %s, %v", got.status, got.body, err)
	}
	return got
}

// answer is what a program sees of the page.
func (p page) answer() answer { return answer{status: p.status, body: p.body} }
