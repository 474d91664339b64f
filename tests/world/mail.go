package world

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// Patience bounds every wait, generously: the machine may be building something
// else at the same time.
const Patience = 30 * time.Second

// PostOffice is a mail server, and the mailboxes of everybody.
type PostOffice struct {
	address string

	mu    sync.Mutex
	boxes map[string]chan Letter
}

// Letter is a mail that arrived.
type Letter struct{ Subject, text, html string }

func newPostOffice(tb testing.TB) *PostOffice {
	tb.Helper()
	listener := Must(net.Listen("tcp", "127.0.0.1:0"))(tb)
	p := &PostOffice{address: listener.Addr().String(), boxes: map[string]chan Letter{}}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{office: p}, nil }))
	server.Domain = "localhost"
	go func() { _ = server.Serve(listener) }()
	tb.Cleanup(func() { _ = server.Close() })
	return p
}

func (p *PostOffice) box(address string) chan Letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.boxes[address] == nil {
		p.boxes[address] = make(chan Letter, 20)
	}
	return p.boxes[address]
}

// Next returns the next mail to the address, once it is there.
func (p *PostOffice) Next(tb testing.TB, address string) Letter {
	tb.Helper()
	select {
	case l := <-p.box(address):
		return l
	case <-time.After(Patience):
		tb.Fatalf("no mail to %s within %v", address, Patience)
		return Letter{}
	}
}

// delivery is a conversation with a mail client.
type delivery struct {
	office *PostOffice
	to     []string
}

func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error { d.to = append(d.to, to); return nil }

func (d *delivery) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	l, err := readLetter(data)
	for _, to := range d.to {
		d.office.box(to) <- l
	}
	return err
}

func (d *delivery) Reset()        { d.to = nil }
func (d *delivery) Logout() error { return nil }

// readLetter reads a message with a text and an HTML part.
func readLetter(data []byte) (l Letter, err error) {
	message, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return l, err
	}
	l.Subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil {
		return l, err
	}
	_, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return l, err
	}
	for parts := multipart.NewReader(message.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return l, err
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return l, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			l.html = string(body)
		} else {
			l.text = strings.ReplaceAll(string(body), "\r\n", "\n")
		}
	}
}

var (
	codePattern = regexp.MustCompile(`(?m)^    (\S.*)$`)
	linkPattern = regexp.MustCompile(`(?m)^https?://\S+/invitations\?token=\S+$`)
)

// Code returns the code that is in the mail.
func (l Letter) Code(tb testing.TB) string {
	tb.Helper()
	found := codePattern.FindStringSubmatch(l.text)
	if found == nil {
		tb.Fatalf("the mail %q has no code:\n%s", l.Subject, l.text)
	}
	return found[1]
}

// Link returns the link of an invitation.
func (l Letter) Link(tb testing.TB) string {
	tb.Helper()
	link := linkPattern.FindString(l.text)
	if link == "" {
		tb.Fatalf("the mail %q has no link:\n%s", l.Subject, l.text)
	}
	return link
}
