package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// ReadBody reads the whole body of a request that came through a Chain. A client
// that sends slowly is cut off at the deadline of the request's context.
//
// The error is, or wraps, ErrBodyTooLarge, ErrBodyTooSlow, ErrBodyIncomplete or
// the error of the context.
func ReadBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	conn := http.NewResponseController(w)
	if deadline, ok := r.Context().Deadline(); ok {
		// A writer that has no connection (a test's recorder) needs no deadline.
		_ = conn.SetReadDeadline(deadline)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyError(r, err)
	}
	// net/http goes on reading the connection, to notice when the client leaves; a
	// deadline would look like that.
	_ = conn.SetReadDeadline(time.Time{})
	return body, nil
}

func bodyError(r *http.Request, err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return ErrBodyTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ErrBodyTooSlow
	case r.Context().Err() != nil:
		return fmt.Errorf("read the body: %w", r.Context().Err())
	default:
		return fmt.Errorf("%w: %w", ErrBodyIncomplete, err)
	}
}
