package signin_test

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

// patience bounds every wait, generously: the machine may be building something
// else at the same time.
const patience = 30 * time.Second

// postOffice is a mail server, and the mailboxes of everybody.
type postOffice struct {
	address string

	mu    sync.Mutex
	boxes map[string]chan letter
}

// letter is a mail that arrived.
type letter struct{ subject, text, html string }

func newPostOffice(tb testing.TB) *postOffice {
	tb.Helper()
	listener := must(net.Listen("tcp", "127.0.0.1:0"))(tb)
	p := &postOffice{address: listener.Addr().String(), boxes: map[string]chan letter{}}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{office: p}, nil }))
	server.Domain = "localhost"
	go func() { _ = server.Serve(listener) }()
	tb.Cleanup(func() { _ = server.Close() })
	return p
}

func (p *postOffice) box(address string) chan letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.boxes[address] == nil {
		p.boxes[address] = make(chan letter, 20)
	}
	return p.boxes[address]
}

// next returns the next mail to the address, once it is there.
func (p *postOffice) next(tb testing.TB, address string) letter {
	tb.Helper()
	select {
	case l := <-p.box(address):
		return l
	case <-time.After(patience):
		tb.Fatalf("no mail to %s within %v", address, patience)
		return letter{}
	}
}

// delivery is a conversation with a mail client.
type delivery struct {
	office *postOffice
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
func readLetter(data []byte) (l letter, err error) {
	message, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return l, err
	}
	l.subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
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

// code returns the code that is in the mail.
func (l letter) code(tb testing.TB) string {
	tb.Helper()
	found := codePattern.FindStringSubmatch(l.text)
	if found == nil {
		tb.Fatalf("the mail %q has no code:\n%s", l.subject, l.text)
	}
	return found[1]
}

// link returns the link of an invitation.
func (l letter) link(tb testing.TB) string {
	tb.Helper()
	link := linkPattern.FindString(l.text)
	if link == "" {
		tb.Fatalf("the mail %q has no link:\n%s", l.subject, l.text)
	}
	return link
}
