package web

import (
	"errors"
	"net/http"
)

// Handler answers a request or returns why it cannot. One that returns an error
// MUST have written nothing.
type Handler func(w http.ResponseWriter, r *http.Request) error

// ErrorWriter is the one place of a front end where an error meets a response.
// It shows the caller what the caller may know, and logs what only the operator
// may.
type ErrorWriter func(w http.ResponseWriter, r *http.Request, err error)

// What this package itself refuses a request for, to be told apart by an
// ErrorWriter with errors.Is.
var (
	// ErrPath says that the path holds a dot segment or an empty one.
	ErrPath = errors.New("the path holds an empty segment or a dot segment")
	// ErrBodyTooLarge says that the body is longer than Options.MaxBody.
	ErrBodyTooLarge = errors.New("the body is too large")
	// ErrBodyTooSlow says that the body had not arrived by the deadline.
	ErrBodyTooSlow = errors.New("the body arrived too slowly")
	// ErrBodyIncomplete says that the connection ended within the body, or that
	// the body was not framed as HTTP wants it.
	ErrBodyIncomplete = errors.New("the body is incomplete")
)

// Adapt makes an http.Handler of h: what h returns goes to writeError.
func Adapt(h Handler, writeError ErrorWriter) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			writeError(w, r, err)
		}
	})
}
