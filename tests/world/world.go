package world

import (
	"crypto/tls"
	"net/http"
	"testing"
)

// World is all that people meet: Carillon, a mail server, a DNS server, apps,
// providers, and a browser.
type World struct {
	*Server
	certificate certificate
	browser     *browser
	Mail        *PostOffice
	DNS         *NameServer
	Provider    string // the issuer
	Apps        []App
}

// New starts everything, Carillon with more flags.
func New(tb testing.TB, flags ...string) *World {
	tb.Helper()
	w := &World{certificate: newCertificate(tb), Mail: newPostOffice(tb), DNS: newNameServer(tb)}
	url := "https://localhost:" + FreePort(tb)
	w.Provider = "https://127.0.0.1:" + FreePort(tb)
	w.Server = StartServer(tb, url, w.certificate.authority, append([]string{
		"--tls-cert", w.certificate.cert, "--tls-key", w.certificate.key,
		"--smtp-url", "smtp://" + w.Mail.address + "?starttls=never", "--dns-resolver", w.DNS.address, "--allow-private-callbacks",
		"--lwa-client-id", "amazon", "--lwa-client-secret", "amazon-secret",
		"--lwa-auth-url", w.Provider + "/auth", "--lwa-token-url", w.Provider + "/token", "--lwa-profile-url", w.Provider + "/amazon/profile",
	}, flags...)...)
	w.browser = newBrowser(tb, w.certificate.pin)
	w.startNode(tb, "provider.mjs", w.Provider, "CARILLON="+url, "ISSUER="+w.Provider)
	w.Apps = []App{
		w.nodeApp(tb, "express", "Ledger", "express-openid-connect", "app_express_openid_connect.mjs"),
		w.nodeApp(tb, "client", "Wiki", "openid-client", "app_openid_client.mjs"),
		w.goApp(tb, "go", "Roster", "go-oidc"),
	}
	return w
}

// Plain is a world with a browser and a server alone, which may be as it comes,
// over http and without a mail server.
func Plain(tb testing.TB, s *Server) *World {
	tb.Helper()
	return &World{Server: s, browser: newBrowser(tb, "")}
}

// Account is what the AWS CLI prints of an account.
type Account struct {
	AccountID   string `json:"AccountId"`
	AccountType string
}

// CreateAccount makes a Team account, as an administrator does.
func (w *World) CreateAccount(tb testing.TB, name string) Account {
	tb.Helper()
	var created struct{ Account Account }
	w.AWS(tb, &created, "create-account", "--name", name)
	return created.Account
}

// Claim has the account claim and verify a domain, which makes it EnterpriseLWA.
func (w *World) Claim(tb testing.TB, a Account, domain string) {
	tb.Helper()
	var claimed struct{ RecordName, RecordValue, Status string }
	w.Command(tb, &claimed, "domains", "add", "--account", a.AccountID, domain)
	w.DNS.Set(claimed.RecordName, claimed.RecordValue)
	w.Command(tb, &claimed, "domains", "verify", "--account", a.AccountID, domain, "--dns-resolver", w.DNS.address)
	if claimed.Status != "Verified" {
		tb.Fatalf("the domain %s: got the status %q, want Verified", domain, claimed.Status)
	}
}

// UserID finds the person in the account.
func (w *World) UserID(tb testing.TB, a Account, address string) string {
	tb.Helper()
	var listed struct {
		Users []struct {
			UserID string `json:"UserId"`
		}
	}
	w.AWS(tb, &listed, "list-users", "--account-id", a.AccountID, "--user-email", address)
	if len(listed.Users) != 1 {
		tb.Fatalf("got %d users with the address %s, want one", len(listed.Users), address)
	}
	return listed.Users[0].UserID
}

// Change suspends or unsuspends somebody: batch-suspend-user, batch-unsuspend-user.
func (w *World) Change(tb testing.TB, command string, a Account, user string) {
	tb.Helper()
	var answer struct{ UserErrors []any }
	w.AWS(tb, &answer, command, "--account-id", a.AccountID, "--user-id-list", user)
	if len(answer.UserErrors) > 0 {
		tb.Fatalf("%s: got the errors %v", command, answer.UserErrors)
	}
}

// Client returns what calls the server, and takes the world's certificate.
func (w *World) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.certificate.pool, MinVersion: tls.VersionTLS12}}}
}
