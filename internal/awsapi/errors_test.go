package awsapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/awsapi"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/sigv4"
	"github.com/carillon-id/carillon/internal/web"
)

// first returns a header's value whatever its spelling in the map is.
func first(h http.Header, name string) string {
	for k, v := range h {
		if strings.EqualFold(k, name) {
			return v[0]
		}
	}
	return ""
}

func TestErrorWriter(t *testing.T) {
	tests := []struct {
		err    error
		status int
		name   string
		body   string
		logged bool
	}{
		{chime.Errorf(chime.BadRequest, "a <b>"), 400, "BadRequestException", `{"Code":"BadRequest","Message":"a <b>"}`, false},
		{chime.Errorf(chime.Unauthorized, "m"), 401, "UnauthorizedClientException", `{"Code":"Unauthorized","Message":"m"}`, false},
		{chime.Errorf(chime.Forbidden, "m"), 403, "ForbiddenException", `{"Code":"Forbidden","Message":"m"}`, false},
		{fmt.Errorf("secret: %w", chime.Errorf(chime.NotFound, "m")), 404, "NotFoundException", `{"Code":"NotFound","Message":"m"}`, false},
		{chime.Errorf(chime.Conflict, "m"), 409, "ConflictException", `{"Code":"Conflict","Message":"m"}`, false},
		{chime.Errorf(chime.Unprocessable, "m"), 422, "UnprocessableEntityException", `{"Code":"Unprocessable","Message":"m"}`, false},
		{chime.Errorf(chime.Throttled, "m"), 429, "ThrottledClientException", `{"Code":"Throttled","Message":"m"}`, false},
		{chime.Errorf(chime.ServiceFailure, "m"), 500, "ServiceFailureException", `{"Code":"ServiceFailure","Message":"m"}`, true},
		{fmt.Errorf("secret: %w", chime.Errorf(chime.ServiceUnavailable, "m")), 503, "ServiceUnavailableException", `{"Code":"ServiceUnavailable","Message":"m"}`, true},
		{errors.New("secret"), 500, "ServiceFailureException", `{"Code":"ServiceFailure","Message":"The service encountered an unexpected error."}`, true},
		{fmt.Errorf("secret: %w", context.DeadlineExceeded), 503, "ServiceUnavailableException", `{"Code":"ServiceUnavailable","Message":"The service could not answer in time."}`, true},
		{fmt.Errorf("secret: %w", context.Canceled), 500, "ServiceFailureException", `{"Code":"ServiceFailure","Message":"The service encountered an unexpected error."}`, true},
		{&awsapi.Fault{Status: 404, Name: "UnknownOperationException", Message: "m"}, 404, "UnknownOperationException", `{"__type":"UnknownOperationException","message":"m"}`, false},
		{fmt.Errorf("secret: %w", &sigv4.Error{Status: 403, Name: "InvalidSignatureException", Message: "m"}), 403, "InvalidSignatureException", `{"__type":"InvalidSignatureException","message":"m"}`, false},
		{web.ErrPath, 400, "BadRequestException", `{"Code":"BadRequest","Message":"The path must not hold an empty segment or a dot segment."}`, false},
		{web.ErrBodyTooLarge, 413, "RequestEntityTooLargeException", `{"__type":"RequestEntityTooLargeException","message":"The request body is too large."}`, false},
		{web.ErrBodyTooSlow, 408, "RequestTimeoutException", `{"__type":"RequestTimeoutException","message":"The request did not arrive in time."}`, false},
		{fmt.Errorf("%w: secret", web.ErrBodyIncomplete), 400, "RequestAbortedException", `{"__type":"RequestAbortedException","message":"The request body is incomplete."}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.err.Error(), func(t *testing.T) {
			var log bytes.Buffer
			rec := httptest.NewRecorder()
			r := httptest.NewRequest("GET", "/", nil)
			r = r.WithContext(reqctx.With(r.Context(), &reqctx.Request{ID: "the-id"}))
			awsapi.ErrorWriter(slog.New(slog.NewTextHandler(&log, nil)))(rec, r, tt.err)
			if rec.Code != tt.status || rec.Body.String() != tt.body {
				t.Errorf("got %d %s, want %d %s", rec.Code, rec.Body, tt.status, tt.body)
			}
			if got := first(rec.Header(), "x-amzn-ErrorType"); got != tt.name {
				t.Errorf("x-amzn-ErrorType: got %q, want %q", got, tt.name)
			}
			if got, want := rec.Header().Get("Content-Length"), fmt.Sprint(len(tt.body)); got != want {
				t.Errorf("Content-Length: got %q, want %q", got, want)
			}
			if got := log.Len() > 0; got != tt.logged {
				t.Errorf("logged: got %v, want %v: %s", got, tt.logged, &log)
			}
			if tt.logged && (!strings.Contains(log.String(), "request_id=the-id") || !strings.Contains(log.String(), tt.err.Error())) {
				t.Errorf("the log %s lacks the request id or the error %v", &log, tt.err)
			}
		})
	}
}

// TestRetryAfter: who is refused for now is told when to come again, and nobody
// else is.
func TestRetryAfter(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	l := awsapi.NewLimiter(2, func() time.Time { return now })
	var throttled error
	for throttled == nil {
		throttled = l.Take("key")
	}
	for _, tt := range []struct {
		err             error
		status          int
		seconds, millis string
	}{
		{throttled, 429, "1", "500"},
		{chime.Errorf(chime.Throttled, "from elsewhere"), 429, "1", "1000"},
		{chime.Errorf(chime.ServiceUnavailable, "the database is gone"), 503, "1", "1000"},
		{context.DeadlineExceeded, 503, "1", "1000"},
		{chime.Errorf(chime.ServiceFailure, "a bug"), 500, "", ""},
		{chime.Errorf(chime.Conflict, "taken"), 409, "", ""},
	} {
		rec := httptest.NewRecorder()
		awsapi.ErrorWriter(slog.New(slog.DiscardHandler))(rec, httptest.NewRequest("GET", "/", nil), tt.err)
		seconds, millis := first(rec.Header(), "Retry-After"), first(rec.Header(), "x-amz-retry-after")
		if rec.Code != tt.status || seconds != tt.seconds || millis != tt.millis {
			t.Errorf("%v: got %d, to come again after %q s or %q ms, want %d, %q and %q",
				tt.err, rec.Code, seconds, millis, tt.status, tt.seconds, tt.millis)
		}
	}
}

func TestAClientThatLeftGetsNothing(t *testing.T) {
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	rec := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil).WithContext(ctx)
	awsapi.ErrorWriter(slog.New(slog.NewTextHandler(&log, nil)))(rec, r, ctx.Err())
	if rec.Body.Len() > 0 || log.Len() > 0 {
		t.Errorf("got body %q and log %q, want nothing", rec.Body, &log)
	}
}
