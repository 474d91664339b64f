package directory_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// described is a change that makes an app.
func described(name string, redirects ...string) directory.AppChange {
	return directory.AppChange{Name: &name, RedirectURIs: redirects}
}

func TestApps(t *testing.T) {
	f := newFixture(t)
	app, secret, err := f.CreateApp(asRoot(t), described("Wiki", "https://wiki.example.com/cb"), false)
	if err != nil || len(secret) < 43 || !bytes.Equal(app.SecretHash, directory.HashSecret(secret)) || app.Tenant != tenantOne {
		t.Fatalf("got %+v with the secret %q and %v", app, secret, err)
	}
	public, none, err := f.CreateApp(asRoot(t), described("SPA", "http://localhost:3000/cb"), true)
	if err != nil || none != "" || !public.Public() {
		t.Fatalf("a public app: got %+v, %q and %v", public, none, err)
	}
	listed, _, err := f.ListApps(asRoot(t), directory.Page{})
	if err != nil || len(listed) != 2 {
		t.Errorf("ListApps: got %v and %v, want two", listed, err)
	}
	back := "https://wiki.example.com/backchannel"
	changed, rotated, err := f.UpdateApp(asRoot(t), app.ID, directory.AppChange{BackchannelLogoutURI: &back}, true)
	if err != nil || rotated == secret || changed.Name != "Wiki" || changed.BackchannelLogoutURI != back || !bytes.Equal(changed.SecretHash, directory.HashSecret(rotated)) {
		t.Errorf("UpdateApp: got %+v, %q and %v", changed, rotated, err)
	}
	got, err := f.GetApp(asRoot(t), app.ID)
	if diff := cmp.Diff(changed, got); diff != "" || err != nil {
		t.Errorf("GetApp (-want +got): %s%v", diff, err)
	}
	_, _, err = f.UpdateApp(asRoot(t), public.ID, directory.AppChange{}, true)
	checkCode(t, "a secret for a public app", err, chime.BadRequest)
	if err := f.DeleteApp(asRoot(t), app.ID); err != nil {
		t.Fatal(err)
	}
	_, err = f.GetApp(asRoot(t), app.ID)
	checkCode(t, "a deleted app", err, chime.NotFound)
}

func TestPagesOfApps(t *testing.T) {
	f := newFixture(t)
	var want, got []chime.ClientID
	for range 5 {
		app, _, err := f.CreateApp(asRoot(t), described("Wiki", "https://wiki.example.com/cb"), true)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, app.ID)
	}
	slices.Sort(want)
	for p := (directory.Page{Limit: 2}); ; {
		apps, next, err := f.ListApps(asRoot(t), p)
		if err != nil || len(apps) > 2 {
			t.Fatalf("a page of two: got %v and %v", apps, err)
		}
		for _, app := range apps {
			got = append(got, app.ID)
		}
		if p.Token = next; next == "" {
			break
		}
		_, _, err = f.ListApps(root(t.Context(), tenantTwo), p)
		checkCode(t, "another tenant's token", err, chime.BadRequest)
	}
	check(t, "the apps of all pages", got, want)
}

func TestAppsOfOthers(t *testing.T) {
	f := newFixture(t)
	app, _, err := f.CreateApp(asRoot(t), described("Wiki", "https://wiki.example.com/cb"), false)
	if err != nil {
		t.Fatal(err)
	}
	if app, err = f.GetApp(asRoot(t), app.ID); err != nil {
		t.Fatal(err)
	}
	other := root(t.Context(), tenantTwo)
	_, getErr := f.GetApp(other, app.ID)
	_, _, updateErr := f.UpdateApp(other, app.ID, described("Mine", "https://evil.example.com/"), true)
	for what, err := range map[string]error{"GetApp": getErr, "UpdateApp": updateErr, "DeleteApp": f.DeleteApp(other, app.ID)} {
		checkCode(t, what+" by another tenant", err, chime.NotFound)
	}
	if listed, _, err := f.ListApps(other, directory.Page{}); err != nil || len(listed) > 0 {
		t.Errorf("ListApps by another tenant: got %v and %v, want none", listed, err)
	}
	if got, err := f.GetApp(asRoot(t), app.ID); err != nil || !cmp.Equal(got, app) {
		t.Errorf("afterwards: got %+v and %v, want %+v", got, err, app)
	}
}

func TestRedirectURIs(t *testing.T) {
	f := newFixture(t)
	for uri, good := range map[string]bool{
		"https://app.example.com/cb": true, "https://app.example.com": true, "https://app.example.com/cb?x=1": true,
		"http://localhost/cb": true, "http://127.0.0.1:8080/cb": true, "http://[::1]:1/": true, "com.example.app:/cb": true,
		"": false, "cb": false, "/cb": false, "https://app.example.com/cb#": false, "https://app.example.com/cb#x": false,
		"HTTP://localhost/cb": false, "HTTPS://app.example.com/": false, "http://app.example.com/cb": false,
		"https://user@app.example.com/": false, "javascript:alert(1)": false, "data:text/html,x": false, "app:/cb": false,
		"https:///cb": false, "//app.example.com/cb": false, "https://app.example.com/" + strings.Repeat("x", 2000): false,
		"http://localhost.example.com/cb": false, "https://app.example.com/\n": false,
	} {
		_, _, err := f.CreateApp(asRoot(t), described("App", uri), false)
		if (err == nil) != good {
			t.Errorf("%q: got %v, want it accepted: %v", uri, err, good)
		}
		if err != nil && chime.CodeOf(err) != chime.BadRequest {
			t.Errorf("%q: got %v, want BadRequest", uri, err)
		}
	}
	for _, name := range []string{"", "  ", "a\nb", strings.Repeat("x", 101)} {
		_, _, err := f.CreateApp(asRoot(t), described(name, "https://app.example.com/"), false)
		checkCode(t, "the name "+name, err, chime.BadRequest)
	}
	_, _, err := f.CreateApp(asRoot(t), described("App"), false)
	checkCode(t, "no redirect URI", err, chime.BadRequest)
	for _, uri := range []string{"ftp://x/", "https://app.example.com/#", "x"} {
		a := described("App", "https://app.example.com/")
		a.BackchannelLogoutURI = &uri
		_, _, err := f.CreateApp(asRoot(t), a, false)
		checkCode(t, "the back-channel URI "+uri, err, chime.BadRequest)
	}
}
