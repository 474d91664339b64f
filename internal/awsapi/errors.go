package awsapi

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/sigv4"
	"github.com/carillon-id/carillon/internal/web"
)

// The policy of errors. A *chime.Error is shown with the exception that the
// contract has for its code; a refusal at the front door (Fault, sigv4.Error,
// web's own) with its AWS name. Everything else is a ServiceFailureException with
// a fixed text. What the caller is not shown, and every 5xx, goes to the log
// with the request id. Who is refused for now, by a 429 or a 503, is told when to
// come again.

// headerErrorType names the exception: without it SDKs do not raise the class.
const headerErrorType = "x-amzn-ErrorType"

// statusClientGone is logged, and sent to nobody, for a client that left.
const statusClientGone = 499

// Fault is a refusal at the front door, before any operation is at work.
type Fault struct {
	Status  int
	Name    string // as in x-amzn-ErrorType
	Message string
}

func (f *Fault) Error() string { return f.Name + ": " + f.Message }

// throttled is a refusal for the rate of requests.
type throttled struct {
	after time.Duration // from when on the next request will do
}

func (t *throttled) Error() string { return "the request rate is over its limit" }

// face is how an error looks to the caller.
type face struct {
	status int
	name   string
	body   any
}

// exception is the body of the exceptions that the contract has.
type exception struct {
	Code    chime.Code
	Message string
}

// frontDoor is the body of the errors that are common to all AWS services.
type frontDoor struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

// ErrorWriter returns the one place where an error meets a response of this API.
func ErrorWriter(log *slog.Logger) web.ErrorWriter {
	return func(w http.ResponseWriter, r *http.Request, err error) {
		// net/http cancels the context of a client that was cut off, too; that one is told.
		if errors.Is(r.Context().Err(), context.Canceled) && !errors.Is(err, web.ErrBodyTooSlow) {
			w.WriteHeader(statusClientGone)
			return
		}
		f := faceOf(r.Context(), err)
		if f.status >= http.StatusInternalServerError {
			req := reqctx.From(r.Context())
			log.LogAttrs(r.Context(), slog.LevelError, "request failed",
				slog.String("request_id", req.ID), slog.String("operation", req.Operation), slog.Any("error", err))
		}
		if f.status == http.StatusTooManyRequests || f.status == http.StatusServiceUnavailable {
			setRetryAfter(w.Header(), err)
		}
		body, encodeErr := encode(f.body)
		if encodeErr != nil {
			body = nil // cannot be: the bodies are strings
		}
		w.Header()[headerErrorType] = []string{f.name}
		send(w, f.status, body)
	}
}

// faceOf chooses how err is shown.
func faceOf(ctx context.Context, err error) face {
	var (
		refused *chime.Error
		fault   *Fault
		limited *throttled
		unsound *sigv4.Error
	)
	switch {
	case errors.As(err, &fault):
		return frontDoorFace(fault.Status, fault.Name, fault.Message)
	case errors.As(err, &unsound):
		return frontDoorFace(unsound.Status, unsound.Name, unsound.Message)
	case errors.As(err, &limited):
		return exceptionFace(chime.Errorf(chime.Throttled, "Rate exceeded"))
	case errors.As(err, &refused):
		return exceptionFace(refused)
	}
	if f, ok := webFace(err); ok {
		return f
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return exceptionFace(chime.Errorf(chime.ServiceUnavailable, "The service could not answer in time."))
	}
	return exceptionFace(chime.Errorf(chime.ServiceFailure, "The service encountered an unexpected error."))
}

// webFace is the face of what package web refuses by itself.
func webFace(err error) (face, bool) {
	switch {
	case errors.Is(err, web.ErrPath):
		return exceptionFace(chime.Errorf(chime.BadRequest, "The path must not hold an empty segment or a dot segment.")), true
	case errors.Is(err, web.ErrBodyTooLarge):
		return frontDoorFace(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException",
			"The request body is too large."), true
	case errors.Is(err, web.ErrBodyTooSlow):
		return frontDoorFace(http.StatusRequestTimeout, "RequestTimeoutException", "The request did not arrive in time."), true
	case errors.Is(err, web.ErrBodyIncomplete):
		return frontDoorFace(http.StatusBadRequest, "RequestAbortedException", "The request body is incomplete."), true
	}
	return face{}, false
}

func frontDoorFace(status int, name, message string) face {
	return face{status, name, frontDoor{Type: name, Message: message}}
}

// exceptionFace is the table of the contract's exceptions that the directory uses.
func exceptionFace(e *chime.Error) face {
	body := exception{Code: e.Code, Message: e.Message}
	switch e.Code {
	case chime.BadRequest:
		return face{http.StatusBadRequest, "BadRequestException", body}
	case chime.Unauthorized:
		return face{http.StatusUnauthorized, "UnauthorizedClientException", body}
	case chime.Forbidden:
		return face{http.StatusForbidden, "ForbiddenException", body}
	case chime.NotFound:
		return face{http.StatusNotFound, "NotFoundException", body}
	case chime.Conflict:
		return face{http.StatusConflict, "ConflictException", body}
	case chime.Unprocessable:
		return face{http.StatusUnprocessableEntity, "UnprocessableEntityException", body}
	case chime.Throttled:
		return face{http.StatusTooManyRequests, "ThrottledClientException", body}
	case chime.ServiceUnavailable:
		return face{http.StatusServiceUnavailable, "ServiceUnavailableException", body}
	default:
		return face{http.StatusInternalServerError, "ServiceFailureException", body}
	}
}

// setRetryAfter says when to come again, in whole seconds for every client and in
// milliseconds for those that know the AWS header.
func setRetryAfter(h http.Header, err error) {
	after := time.Second
	var limited *throttled
	if errors.As(err, &limited) {
		after = limited.after
	}
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
	h["x-amz-retry-after"] = []string{strconv.Itoa(int(math.Ceil(after.Seconds() * 1000)))}
}
