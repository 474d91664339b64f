package mail

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// smtpTimeout bounds the handing over of one message.
const smtpTimeout = 30 * time.Second

// SMTP is a Transport to a mail server.
type SMTP struct{ client *gomail.Client }

// NewSMTP returns the transport of a URL:
//
//	smtp://USER:PASSWORD@HOST:587              with STARTTLS, which must succeed
//	smtps://USER:PASSWORD@HOST:465             with TLS from the beginning
//	smtp://HOST:25?starttls=opportunistic      with STARTTLS where the server has it
//	smtp://127.0.0.1:1025?starttls=never       in the clear
//
// A user is authenticated by what the server offers of SCRAM, CRAM-MD5, PLAIN and
// LOGIN, the last two only over TLS or to this machine.
func NewSMTP(address string) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("a mail server is smtp://USER:PASSWORD@HOST:PORT, or smtps:// for TLS from the beginning") // without the URL, which may hold a password
	}
	options := []gomail.Option{gomail.WithTimeout(smtpTimeout), gomail.WithoutNoop()}
	if u.Port() != "" {
		port, err := strconv.Atoi(u.Port())
		if err != nil {
			return nil, fmt.Errorf("the mail server's port %q is no number", u.Port())
		}
		options = append(options, gomail.WithPort(port))
	}
	tls, err := tlsOptions(u)
	if err != nil {
		return nil, err
	}
	options = append(options, tls...)
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	client, err := gomail.NewClient(u.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("configuring the mail server: %w", err)
	}
	return &SMTP{client}, nil
}

func tlsOptions(u *url.URL) ([]gomail.Option, error) {
	if u.Scheme == "smtps" {
		if u.Port() == "" {
			return []gomail.Option{gomail.WithSSLPort(false)}, nil
		}
		return []gomail.Option{gomail.WithSSL()}, nil
	}
	policies := map[string]gomail.TLSPolicy{
		"": gomail.TLSMandatory, "always": gomail.TLSMandatory, "opportunistic": gomail.TLSOpportunistic, "never": gomail.NoTLS,
	}
	policy, known := policies[u.Query().Get("starttls")]
	if !known {
		return nil, fmt.Errorf("starttls=%s: say always, opportunistic or never", u.Query().Get("starttls"))
	}
	if u.Port() == "" {
		return []gomail.Option{gomail.WithTLSPortPolicy(policy)}, nil
	}
	return []gomail.Option{gomail.WithTLSPolicy(policy)}, nil
}

// Real implements Transport.
func (s *SMTP) Real() bool { return true }

// Send implements Transport.
func (s *SMTP) Send(ctx context.Context, message *gomail.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, smtpTimeout)
	defer cancel()
	err := s.client.DialAndSendWithContext(ctx, message)
	var failed *gomail.SendError
	if errors.As(err, &failed) && !failed.IsTemp() && failed.ErrorCode() >= 500 && failed.Reason != gomail.ErrConnCheck {
		return fmt.Errorf("sending a mail: %w (%d)", ErrRefused, failed.ErrorCode())
	}
	if err != nil {
		return fmt.Errorf("sending a mail: %w", err)
	}
	return nil
}
