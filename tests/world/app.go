package world

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// programs is where the programs are that run in Node.js, and what they import.
const programs = "../signin"

// App is an app that people sign in to.
type App struct {
	Name     string // as people see it
	Library  string // that it signs in with
	URL      string // of the page that it protects
	Domain   string // of the people of its story
	ClientID string
}

// registration is what `carillon apps create` prints.
type registration struct {
	ClientID     string `json:"ClientId"`
	ClientSecret string
}

// register registers an app whose address is base for browsers, and port on this
// machine for Carillon.
func (w *World) register(tb testing.TB, name, base, port string) registration {
	tb.Helper()
	var r registration
	w.Command(tb, &r, "apps", "create", "--name", name, "--redirect-uri", base+"/callback",
		"--post-logout-redirect-uri", base+"/goodbye", "--backchannel-logout-uri", "https://127.0.0.1:"+port+"/backchannel-logout")
	return r
}

func (w *World) nodeApp(tb testing.TB, host, name, library, program string) App {
	tb.Helper()
	port := FreePort(tb)
	base := "https://" + host + ".test:" + port
	r := w.register(tb, name, base, port)
	w.startNode(tb, program, base, "ISSUER="+w.URL, "CLIENT_ID="+r.ClientID, "CLIENT_SECRET="+r.ClientSecret)
	return App{Name: name, Library: library, URL: base + "/", Domain: host + ".example", ClientID: r.ClientID}
}

// startNode starts a program that serves at the address.
func (w *World) startNode(tb testing.TB, program, base string, environ ...string) {
	tb.Helper()
	cmd := exec.Command(node(tb), filepath.Join(programs, program))
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
