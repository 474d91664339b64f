package awsapi_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/awsapi"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/session"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
	"github.com/carillon-id/carillon/internal/web"
)

const tenant = chime.TenantID("111122223333")

// server is the API on a directory of its own, with a clock that stands still.
type server struct {
	url   string
	log   *lockedBuffer
	dir   *directory.Directory
	store *failingStore
	admin *iam.Admin
	root  iam.NewKey
	now   time.Time
	flush func() // writes the audit records that wait; no call may follow
}

// failingStore fails every read while a failure is set.
type failingStore struct {
	chime.Store
	failure atomic.Pointer[error]
}

func (s *failingStore) View(ctx context.Context, fn func(chime.Tx) error) error {
	if err := s.failure.Load(); err != nil {
		return *err
	}
	return s.Store.View(ctx, fn)
}

func (s *failingStore) Peek(ctx context.Context, fn func(chime.Tx) error) error {
	return s.View(ctx, fn)
}

// lockedBuffer is a log that a test may read while the server writes it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func newServer(t *testing.T, rateLimit int) *server {
	t.Helper()
	ctx := t.Context()
	s := &server{log: &lockedBuffer{}, now: time.Date(2019, 1, 8, 18, 30, 5, 42_900_000, time.UTC)}
	clock := func() time.Time { return s.now }
	db, err := sqlite.Open(ctx, sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	store := &failingStore{Store: db}
	s.store = store
	logger := slog.New(slog.NewJSONHandler(s.log, nil))
	ring := secret.NewKeyring(secret.NewMasterKey(), nil)
	sealer := ring.For(secret.AccessKeySecret)
	recorder := audit.NewRecorder(store, clock, logger)
	s.dir = directory.New(directory.Config{Store: store, Tokens: ring, Secrets: ring.For(secret.ProviderSecret), Recorder: recorder, Now: clock})
	s.admin = &iam.Admin{Store: store, Sealer: sealer, Now: clock, Record: s.dir.RecordAdministration}
	if err := s.admin.AdoptMasterKey(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if s.root, _, err = s.admin.FirstRoot(ctx, tenant); err != nil {
		t.Fatal(err)
	}
	sessions := session.New(session.Config{Store: store, CodeKey: ring.For(secret.MailedCode), Now: clock})
	api := awsapi.Handler(awsapi.Config{
		SessionAlive: sessions.Living,
		Directory:    s.dir,
		Admin:        s.admin,
		ProviderAddresses: func(account chime.AccountID) (callback, backchannelLogout string) {
			return "https://id.example/callback", "https://id.example/logout/" + string(account)
		},
		Authenticator: awsapi.NewSignatures(awsapi.SignatureConfig{Keys: iam.NewAuthenticator(store, sealer), RateLimit: rateLimit, Now: clock}),
		Logger:        logger,
	})
	srv := httptest.NewServer(web.Chain(web.Options{Logger: logger, WriteError: awsapi.ErrorWriter(logger), StrictRoots: awsapi.Roots()}, api))
	s.url = srv.URL
	s.flush = sync.OnceFunc(recorder.Close)
	t.Cleanup(func() {
		srv.Close()
		s.flush()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// key makes a principal with managed policies and own documents, and a key of it.
func (s *server) key(t *testing.T, of chime.TenantID, name string, policies ...string) iam.NewKey {
	t.Helper()
	var attached []chime.PrincipalPolicy
	for i, p := range policies {
		if strings.HasPrefix(p, "{") {
			attached = append(attached, chime.PrincipalPolicy{Name: fmt.Sprintf("own%d", i), Document: p})
		} else {
			attached = append(attached, chime.PrincipalPolicy{Name: p})
		}
	}
	key, err := s.admin.CreateKey(t.Context(), of, name, attached)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// answer is what a client sees.
type answer struct {
	status int
	header http.Header
	body   string
}

// exception is the error that an SDK would raise.
func (a answer) exception() string { return a.header.Get("x-amzn-ErrorType") }

// call sends a signed request of the key; "POST /accounts" is method and target.
func (s *server) call(t *testing.T, key iam.NewKey, methodAndTarget, body string) answer {
	t.Helper()
	method, target, _ := strings.Cut(methodAndTarget, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256([]byte(body))
	err = v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey},
		r, hex.EncodeToString(hash[:]), "chime", "eu-central-1", s.now)
	if err != nil {
		t.Fatal(err)
	}
	return send(t, r)
}

func send(t *testing.T, r *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// createAccount returns the id of a new Team account.
func (s *server) createAccount(t *testing.T) string {
	t.Helper()
	a := s.call(t, s.root, "POST /accounts", `{"Name":"Example"}`)
	var created struct{ Account struct{ AccountId string } } //nolint:staticcheck // the wire's spelling
	if err := json.Unmarshal([]byte(a.body), &created); err != nil || a.status != http.StatusCreated {
		t.Fatalf("CreateAccount: got %d %s (%v)", a.status, a.body, err)
	}
	return created.Account.AccountId
}

func TestAnswersOnTheWire(t *testing.T) {
	s := newServer(t, 0)
	id := s.createAccount(t)
	account := `{"AccountId":"` + id + `","AccountStatus":"Active","AccountType":"Team","AwsAccountId":"111122223333",` +
		`"CreatedTimestamp":"2019-01-08T18:30:05.042Z","DefaultLicense":"Pro","Name":"Example","SigninDelegateGroups":[],"SupportedLicenses":["Basic","Pro"]}`
	tests := []struct {
		request, body string
		status        int
		want          string // a regular expression
	}{
		{"GET /accounts/" + id, "", 200, regexp.QuoteMeta(`{"Account":` + account + `}`)},
		{"GET /console/accounts/" + id, "", 200, regexp.QuoteMeta(`{"Account":` + account + `}`)},
		{"GET /accounts?name=Exam&max-results=1", "", 200, regexp.QuoteMeta(`{"Accounts":[` + account + `],"NextToken":null}`)},
		{"GET /accounts?name=x", "", 200, regexp.QuoteMeta(`{"Accounts":[],"NextToken":null}`)},
		{"POST /accounts/" + id, `{"Name":"Other <&>"}`, 200, `^{"Account":{"AccountId":.*"Name":"Other <&>",.*}$`},
		{"POST /accounts/" + id, "", 200, `"Name":"Other <&>"`},
		{"GET /accounts/" + id + "/settings", "", 200, regexp.QuoteMeta(`{"AccountSettings":{"DisableRemoteControl":false,"EnableDialOut":false}}`)},
		{"PUT /accounts/" + id + "/settings", `{"AccountSettings":{"EnableDialOut":true}}`, 204, `^$`},
		{
			"POST /accounts/" + id + "/users?operation=add", `{"UserEmailList":["a@example.com"]}`, 201,
			`^{"Invites":\[{"EmailAddress":"a@example.com","EmailStatus":"NotSent","InviteId":"[0-9a-f-]{36}","Status":"Pending"}]}$`,
		},
		{
			"GET /accounts/" + id + "/users", "", 200,
			`^{"NextToken":null,"Users":\[{"AccountId":"` + id + `","AlexaForBusinessMetadata":null,"DisplayName":null,` +
				`"InvitedOn":"2019-01-08T18:30:05.042Z","LicenseType":null,"PersonalPIN":null,"PrimaryEmail":"a@example.com",` +
				`"PrimaryProvisionedNumber":null,"RegisteredOn":null,"UserId":"[0-9a-f-]{36}","UserInvitationStatus":"Pending",` +
				`"UserRegistrationStatus":"Unregistered","UserType":null}]}$`,
		},
		{"POST /accounts/" + id + "/users?operation=suspend", `{"UserIdList":[]}`, 200, `^{"UserErrors":\[]}$`},
		{
			"POST /accounts/" + id + "/users?operation=suspend", `{"UserIdList":["4ab2345c"]}`, 200,
			`^{"UserErrors":\[{"ErrorCode":"NotFound","ErrorMessage":".+","UserId":"4ab2345c"}]}$`,
		},
		{"GET /accounts/a%2Fb%20%C3%A9", "", 404, `^{"Code":"NotFound","Message":".*a/b é.*"}$`},
		{"GET /accounts/%FF", "", 400, `^{"Code":"BadRequest","Message":"AccountId must be UTF-8"}$`},
		{"GET /accounts/", "", 400, `^{"Code":"BadRequest",`},
		{"GET /accounts/%2e%2e/users", "", 400, `^{"Code":"BadRequest",`},
		{"POST /accounts", `{"Name":`, 400, `^{"__type":"SerializationException","message":".+"}$`},
		{"GET /accounts/x/rooms", "", 404, `^{"__type":"UnknownOperationException","message":".+"}$`},
		{"POST /accounts/" + id + "/users?operation=nothing", "", 404, `^{"__type":"UnknownOperationException",`},
	}
	for _, tt := range tests {
		t.Run(tt.request, func(t *testing.T) {
			got := s.call(t, s.root, tt.request, tt.body)
			if got.status != tt.status || !regexp.MustCompile(tt.want).MatchString(got.body) {
				t.Errorf("got %d %s, want %d %s", got.status, got.body, tt.status, tt.want)
			}
			if h := got.header.Get("Content-Type"); h != "application/json" {
				t.Errorf("Content-Type: got %q, want application/json", h)
			}
			if h := got.header.Get("x-amzn-RequestId"); len(h) != 36 {
				t.Errorf("x-amzn-RequestId: got %q, want a UUID", h)
			}
			if (got.status >= 400) != (got.exception() != "") {
				t.Errorf("x-amzn-ErrorType: got %q with status %d", got.exception(), got.status)
			}
		})
	}
}

func TestOrderOfRefusals(t *testing.T) {
	s := newServer(t, 0)
	nobody := iam.NewKey{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "x"}
	powerless, err := s.admin.CreateKey(t.Context(), tenant, "powerless", nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		key  iam.NewKey
		request, body,
		want string
	}{
		{"the path before the signature", nobody, "GET /accounts//users", "", "BadRequestException"},
		{"the size before the signature", nobody, "POST /accounts", strings.Repeat("x", 1<<20+1), "RequestEntityTooLargeException"},
		{"the signature before the operation", nobody, "GET /nothing", "", "UnrecognizedClientException"},
		{"the operation before the input", s.root, "POST /accounts/%FF/rooms", "{", "UnknownOperationException"},
		{"the input before the permission", powerless, "POST /accounts", "{", "SerializationException"},
		{"the permission before the resource", powerless, "GET /accounts/unknown", "", "ForbiddenException"},
		{"the resource", s.root, "GET /accounts/unknown", "", "NotFoundException"},
		{"the greatest body", s.root, "POST /accounts", strings.Repeat(" ", 1<<20-len(`{"Name":""}`)) + `{"Name":""}`, "BadRequestException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := s.call(t, tt.key, tt.request, tt.body); got.exception() != tt.want {
				t.Errorf("got %s (%d %s), want %s", got.exception(), got.status, got.body, tt.want)
			}
		})
	}
}

func TestWhoIsLetIn(t *testing.T) {
	s := newServer(t, 0)
	key, err := s.admin.CreateKey(t.Context(), tenant, "admin", []chime.PrincipalPolicy{{Name: "AmazonChimeFullAccess"}})
	if err != nil {
		t.Fatal(err)
	}
	wrong := key
	wrong.SecretAccessKey += "x"
	want := func(name string, key iam.NewKey, status int, exception string) {
		t.Helper()
		if got := s.call(t, key, "GET /accounts", ""); got.status != status || got.exception() != exception {
			t.Errorf("%s: got %d %s, want %d %s", name, got.status, got.exception(), status, exception)
		}
	}
	want("a good key", key, 200, "")
	want("a wrong secret", wrong, 403, "InvalidSignatureException")
	if err := s.admin.SetPrincipalDisabled(t.Context(), tenant, "admin", true); err != nil {
		t.Fatal(err)
	}
	want("a disabled principal", key, 401, "UnauthorizedClientException")
	want("a disabled principal's wrong secret", wrong, 403, "InvalidSignatureException")
	if !strings.Contains(s.log.String(), `"principal":"arn:aws:iam::111122223333:user/admin"`) {
		t.Errorf("the log does not name the principal:\n%s", s.log)
	}
}

func TestUnsignedRequestIsRefused(t *testing.T) {
	s := newServer(t, 0)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/accounts", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if got := send(t, r); got.status != 403 || got.exception() != "MissingAuthenticationTokenException" {
		t.Errorf("got %d %s, want 403 MissingAuthenticationTokenException", got.status, got.exception())
	}
}

func TestRateLimit(t *testing.T) {
	s := newServer(t, 2)
	wrong := s.root
	wrong.SecretAccessKey = "wrong"
	for i := range 6 {
		want := "InvalidSignatureException"
		if i >= 4 {
			want = "ThrottledClientException"
		}
		if got := s.call(t, wrong, "GET /accounts", ""); got.exception() != want {
			t.Errorf("failure %d: got %s, want %s", i, got.exception(), want)
		}
	}
	for i := range 6 {
		got := s.call(t, s.root, "GET /accounts", "")
		if i < 4 && got.status != 200 {
			t.Errorf("request %d: got %d %s, want 200 whatever others of the address do", i, got.status, got.body)
		}
		if i >= 4 && (got.status != 429 || got.header.Get("Retry-After") != "1" || got.header.Get("x-amz-retry-after") != "500") {
			t.Errorf("request %d: got %d with %v, want 429 with Retry-After", i, got.status, got.header)
		}
	}
}

func TestAStoreThatFailsIsNotShown(t *testing.T) {
	s := newServer(t, 0)
	for cause, want := range map[error]string{
		errors.New("disk secret"): "ServiceFailureException",
		fmt.Errorf("disk secret: %w", chime.Errorf(chime.ServiceUnavailable, "The database is locked.")): "ServiceUnavailableException",
		fmt.Errorf("disk secret: %w", context.DeadlineExceeded):                                          "ServiceUnavailableException",
	} {
		s.store.failure.Store(&cause)
		got := s.call(t, s.root, "GET /accounts", "")
		if got.exception() != want || strings.Contains(got.body, "secret") {
			t.Errorf("got %s %s, want %s without the cause", got.exception(), got.body, want)
		}
	}
	if got := strings.Count(s.log.String(), "disk secret"); got != 3 {
		t.Errorf("the log tells the cause %d times, want 3:\n%s", got, s.log)
	}
	s.store.failure.Store(nil)
	if got := s.call(t, s.root, "GET /accounts", ""); got.status != 200 {
		t.Errorf("after the store recovered: got %d, want 200", got.status)
	}
}
