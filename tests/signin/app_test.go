package signin_test

import (
	"os/exec"
	"strings"
	"testing"
)

// app is an app that people sign in to.
type app struct {
	name     string // as people see it
	library  string // that it signs in with
	url      string // of the page that it protects
	domain   string // of the people of its story
	clientID string
}

// registration is what `carillon apps create` prints.
type registration struct {
	ClientID     string `json:"ClientId"`
	ClientSecret string
}

// register registers an app whose address is base for browsers, and port on this
// machine for Carillon.
func (w *world) register(tb testing.TB, name, base, port string) registration {
	tb.Helper()
	var r registration
	w.admin(tb, &r, "apps", "create", "--name", name, "--redirect-uri", base+"/callback",
		"--post-logout-redirect-uri", base+"/goodbye", "--backchannel-logout-uri", "https://127.0.0.1:"+port+"/backchannel-logout")
	return r
}

func (w *world) nodeApp(tb testing.TB, host, name, library, program string) app {
	tb.Helper()
	port := freePort(tb)
	base := "https://" + host + ".test:" + port
	r := w.register(tb, name, base, port)
	w.startNode(tb, program, base, "ISSUER="+w.url, "CLIENT_ID="+r.ClientID, "CLIENT_SECRET="+r.ClientSecret)
	return app{name: name, library: library, url: base + "/", domain: host + ".example", clientID: r.ClientID}
}

// startNode starts a program that serves at the address.
func (w *world) startNode(tb testing.TB, program, base string, environ ...string) {
	tb.Helper()
	cmd := exec.Command(node(tb), program)
	cmd.Env = append(cleanEnviron(), "NODE_EXTRA_CA_CERTS="+w.certificate.authority, "CERTIFICATE="+w.certificate.cert, "KEY="+w.certificate.key,
		"BASE_URL="+base, "PORT="+base[strings.LastIndex(base, ":")+1:])
	cmd.Env = append(cmd.Env, environ...)
	lines, _ := startLines(tb, program, cmd)
	go func() { // or it would block when it says more
		for lines.Scan() {
			continue
		}
	}()
}
