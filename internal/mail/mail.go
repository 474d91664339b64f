// Package mail writes the mails that people get, and sends them: over SMTP, or
// into a folder where none is configured. It owns their words and their form.
package mail

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"net/url"
	"strings"
	"sync"
	texttemplate "text/template"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"github.com/carillon-id/carillon/internal/chime"
)

//go:embed templates
var templates embed.FS

// ErrRefused says that the mail server refused a message for good (a 5xx reply):
// trying again will not help.
var ErrRefused = errors.New("the mail server refused the message for good")

// Transport carries a message. Its Send returns once the message is handed over;
// an error that is ErrRefused is final.
type Transport interface {
	Send(ctx context.Context, message *gomail.Msg) error
	// Real reports whether somebody gets the mail, rather than a folder.
	Real() bool
}

// Sender sends the product's mails.
type Sender struct {
	Transport Transport
	// From is the sender's address.
	From string
	// PublicURL is where people reach the server.
	PublicURL string
	Now       func() time.Time

	parsed sync.Once
	text   *texttemplate.Template
	html   *htmltemplate.Template
}

// Real reports whether somebody gets the mail.
func (s *Sender) Real() bool { return s.Transport.Real() }

// Invitation is what the mail of an invitation says.
type Invitation struct {
	To      string
	Account string // the inviting account's name
	Link    string
	Expires time.Time
}

// Invite sends an invitation.
func (s *Sender) Invite(ctx context.Context, i Invitation) error {
	i.Account = oneLine(i.Account)
	return s.send(ctx, i.To, "Invitation to join "+i.Account, "invitation", map[string]any{
		"Account": i.Account, "Link": i.Link, "Expires": i.Expires.UTC().Format("2 January 2006"), "Host": s.host(),
	})
}

// Code sends a one-time code for signing in.
func (s *Sender) Code(ctx context.Context, to, code string, lifetime time.Duration) error {
	return s.send(ctx, to, "Your sign-in code", "code", map[string]any{
		"Code": code, "Minutes": int(lifetime.Minutes()), "Host": s.host(),
	})
}

func (s *Sender) host() string {
	if u, err := url.Parse(s.PublicURL); err == nil && u.Host != "" {
		return u.Host
	}
	return s.PublicURL
}

func (s *Sender) parse() {
	s.text = texttemplate.Must(texttemplate.ParseFS(templates, "templates/*.txt"))
	s.html = htmltemplate.Must(htmltemplate.ParseFS(templates, "templates/*.html"))
}

func (s *Sender) send(ctx context.Context, to, subject, name string, data map[string]any) error {
	s.parsed.Do(s.parse)
	var text, html strings.Builder
	if err := errors.Join(s.text.ExecuteTemplate(&text, name+".txt", data), s.html.ExecuteTemplate(&html, name+".html", data)); err != nil {
		return fmt.Errorf("writing a mail: %w", err)
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := errors.Join(m.FromFormat("Carillon", s.From), m.To(chime.ASCIIDomain(to))); err != nil {
		return fmt.Errorf("addressing a mail: %w", errors.Join(ErrRefused, err))
	}
	m.Subject(oneLine(subject))
	m.SetDateWithValue(s.Now())
	m.SetMessageIDWithValue(rand.Text() + s.From[strings.LastIndexByte(s.From, '@'):]) // without the machine's name
	m.SetGenHeader("Auto-Submitted", "auto-generated")                                 // RFC 3834: nobody answers it by a machine
	m.SetBodyString(gomail.TypeTextPlain, text.String())
	m.AddAlternativeString(gomail.TypeTextHTML, html.String())
	return s.Transport.Send(ctx, m)
}

// oneLine is text that somebody chose, without what could begin another header or
// turn around what stands beside it.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, text)
}
