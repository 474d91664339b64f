package mail

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"

	gomail "github.com/wneessen/go-mail"
)

// Folder is a Transport that puts each message into a file of its own, for whoever
// tries the product out without a mail server.
type Folder struct {
	Path string
}

// Real implements Transport.
func (Folder) Real() bool { return false }

// Send implements Transport. The file appears under its name, YYYYMMDD-hhmmss-*.eml,
// once it is whole; its owner alone can read it.
func (f Folder) Send(_ context.Context, message *gomail.Msg) error {
	if err := os.MkdirAll(f.Path, 0o700); err != nil {
		return fmt.Errorf("making the folder for mail: %w", err)
	}
	temporary, err := os.CreateTemp(f.Path, ".mail-*")
	if err != nil {
		return fmt.Errorf("writing a mail: %w", err)
	}
	_, err = message.WriteTo(temporary)
	err = errors.Join(err, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), filepath.Join(f.Path, fileName(message)))
	}
	if err != nil {
		return fmt.Errorf("writing a mail: %w", errors.Join(err, os.Remove(temporary.Name())))
	}
	return nil
}

// fileName sorts by the time of the message.
func fileName(message *gomail.Msg) string {
	name := "mail"
	if dates := message.GetGenHeader(gomail.HeaderDate); len(dates) > 0 {
		if t, err := mail.ParseDate(dates[0]); err == nil {
			name = t.UTC().Format("20060102-150405")
		}
	}
	return name + "-" + rand.Text()[:8] + ".eml"
}
