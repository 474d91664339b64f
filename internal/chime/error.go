package chime

import (
	"errors"
	"fmt"
)

// Code says what kind of refusal an Error is. The values are the ErrorCode
// enumeration of the Amazon Chime API, so that a per-user outcome can be
// written to the wire as it is.
type Code string

// The codes that Carillon uses.
const (
	BadRequest         Code = "BadRequest"
	Unauthorized       Code = "Unauthorized"
	Forbidden          Code = "Forbidden"
	NotFound           Code = "NotFound"
	Conflict           Code = "Conflict"
	Unprocessable      Code = "Unprocessable"
	Throttled          Code = "Throttled"
	ServiceFailure     Code = "ServiceFailure"
	ServiceUnavailable Code = "ServiceUnavailable"
)

// Error is the one error that a caller may be shown. Whatever is not an Error
// is a ServiceFailure, and its text is for the operator only.
type Error struct {
	Code    Code
	Message string
}

// Errorf returns an Error of the code with a formatted message. The message
// MUST NOT hold a secret, a PIN or a token.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// CodeOf returns the code of the Error in err's chain, and ServiceFailure for
// any other error that is not nil.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	default:
		return ServiceFailure
	}
}
