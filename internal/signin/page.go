package signin

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/session"
	"github.com/carillon-id/carillon/internal/web"
)

var (
	//go:embed pages
	pageFiles embed.FS
	//go:embed static
	staticFiles embed.FS
)

// templates has one template a page, each with the layout.
var templates = parsePages()

func parsePages() map[string]*template.Template {
	parsed := map[string]*template.Template{}
	layout := template.Must(template.ParseFS(pageFiles, "pages/layout.html"))
	for _, name := range []string{"address", "code", "name", "invitation", "leaving", "me", "commandline", "problem"} {
		parsed[name] = template.Must(template.Must(layout.Clone()).ParseFS(pageFiles, "pages/"+name+".html"))
	}
	return parsed
}

// page is what every page has.
type page struct {
	Title string
	// Problem is what went wrong with the form that was sent; "" for nothing.
	Problem string
	// Notice is what went well.
	Notice string
	// Refresh is where the browser goes on to by itself; "" for nowhere.
	Refresh string
	// Scripts are the files under static that the page needs.
	Scripts []string
	// Content is the page's own.
	Content any
	visit   visit // of the pages of a login
}

// At returns the address of a page of the same login.
func (p page) At(path string) string { return p.visit.at(path) }

// show writes a page.
func (s *Site) show(w http.ResponseWriter, status int, name string, p page) error {
	var body bytes.Buffer
	if err := templates[name].ExecuteTemplate(&body, "layout", p); err != nil {
		return fmt.Errorf("making the page %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", strings.TrimSpace("default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "+
		"img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' "+p.visit.scheme))
	private(h)
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a client that left gets nothing
	return nil
}

// private are the headers of everything that is somebody's own.
func private(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
}

// static serves the style and the scripts.
func (s *Site) static(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	text, err := fs.ReadFile(staticFiles, "static/"+path.Base(name))
	if err != nil {
		return errNothing
	}
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	h := w.Header()
	h.Set("Content-Type", kinds[path.Ext(name)])
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(text)
	return nil
}

// redirect has the browser get another page.
func redirect(w http.ResponseWriter, to string) error {
	w.Header().Set("Location", to)
	private(w.Header())
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// problem is an error that the person is told in full.
type problem struct {
	status int
	Title  string
	Text   string
}

var errNothing = &problem{http.StatusNotFound, "There is nothing here", "The page that you asked for does not exist."}

// nothing answers for pages that there are not.
func (s *Site) nothing(http.ResponseWriter, *http.Request) error { return errNothing }

func (p *problem) Error() string { return p.Title + ": " + p.Text }

// statusClientGone is for the access log alone: the browser did not wait.
const statusClientGone = 499

// writeError shows what went wrong. What is not the person's business is the
// operator's.
func (s *Site) writeError(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		w.WriteHeader(statusClientGone)
		return
	}
	var refused *session.Refusal
	if r.Method == http.MethodPost && errors.As(err, &refused) {
		if v, err := s.visit(r); err == nil {
			_ = v.wrong(w, refusedPath, refused.Reason) // a redirect is always made
			return
		}
	}
	p := s.explain(r, err)
	if p.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	if err := s.show(w, p.status, "problem", page{Title: p.Title, Content: over{p.Text, s.again(r)}}); err != nil {
		s.Logger.Error("making a page", "request_id", reqctx.From(r.Context()).ID, "error", err)
	}
}

// refusedPath is that of the page on which a form ends that was refused.
const refusedPath = Path + "/refused"

func (s *Site) refusedPage(_ http.ResponseWriter, r *http.Request) error {
	if _, err := s.visit(r); err != nil {
		return err
	}
	return &session.Refusal{Reason: directory.Reason(r.URL.Query().Get(problemParam))}
}

// forScript tells a script what went wrong, for it to show.
func (s *Site) forScript(handle web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := handle(w, r)
		if err == nil {
			return nil
		}
		p := s.explain(r, err)
		return answerJSON(w, p.status, map[string]string{"problem": p.Text})
	}
}

// over is the page after which there is only a beginning.
type over struct {
	Text string
	// Again is the address of the first page of the same login; "" when that is over too.
	Again string
}

// again returns where somebody with a problem can try another way.
func (s *Site) again(r *http.Request) string {
	if !strings.HasPrefix(r.URL.Path, Path) {
		return ""
	}
	v, err := s.visit(r)
	if err != nil {
		return ""
	}
	return v.at(Path)
}

func (s *Site) explain(r *http.Request, err error) *problem {
	var (
		told    *problem
		refused *session.Refusal
		known   *chime.Error
	)
	switch {
	case errors.As(err, &told):
		return told
	case errors.As(err, &refused):
		return &problem{http.StatusForbidden, "You cannot sign in", words(refused.Reason)}
	case errors.Is(err, session.ErrDead):
		return &problem{http.StatusForbidden, "This sign-in is over", "It was finished, took too long, or was begun in another browser. Begin again where you came from."}
	case errors.As(err, &known) && known.Code != chime.ServiceUnavailable && known.Code != chime.ServiceFailure:
		return &problem{statusOf(known.Code), "This did not work", known.Message}
	}
	s.Logger.Error("answering a page", "request_id", reqctx.From(r.Context()).ID, "error", err)
	return &problem{http.StatusServiceUnavailable, "Something went wrong", "That is on our side. Please try again in a moment."}
}

func statusOf(code chime.Code) int {
	switch code {
	case chime.NotFound:
		return http.StatusNotFound
	case chime.Conflict:
		return http.StatusConflict
	case chime.Forbidden:
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}

// nameInvalid says that what was typed cannot be a display name.
const nameInvalid directory.Reason = "NameInvalid"

// words say a reason to the person whom it concerns.
func words(reason directory.Reason) string {
	text := map[directory.Reason]string{
		directory.AddressInvalid:  "That is not an e-mail address.",
		directory.CodeWrong:       "That is not the code. Look again at the newest mail from us.",
		directory.CodeExpired:     "The code is no longer good. Ask for a new one.",
		directory.TooManyAttempts: "That was wrong too often. Ask for a new code.",
		directory.TooManyHere:     "Too many codes were asked for where you are. Try again in an hour, or sign in another way.",
		directory.LoginOver:       "Something changed while you signed in. Begin again where you came from.",
		directory.Suspended:       "Your account is suspended. Ask your administrator.",
		directory.UseProvider:     "Sign in with your organization's own sign-in page.",
		directory.NoMethod:        "There is no way to sign in with this address yet. Ask your administrator.",
		directory.NotInGroups:     "You are in none of the groups that may use this. Ask your administrator.",
		directory.NameMissing:     "Tell us what you want to be called.",
		nameInvalid:               "Use at most 100 characters, and none that cannot be seen.",
		directory.AddressMissing:  "Prove an e-mail address first.",
	}[reason]
	return cmp.Or(text, "This way of signing in is not open to you. Try another one, or ask your administrator.")
}
