package clients_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/chime"
)

// TestRetry: a client of AWS's repeats what was refused for a fault of the
// database, so that its user does not notice a short one.
func TestRetry(t *testing.T) {
	t.Parallel()
	for name, create := range map[string]func(t *testing.T, endpoint string){
		"go": func(t *testing.T, endpoint string) {
			s := server{endpoint: endpoint}
			client := s.goClient(accessKey{rootKeyID, rootSecret})
			_, err := client.CreateAccount(t.Context(), &chime.CreateAccountInput{Name: aws.String("Once")},
				func(o *chime.Options) { o.Retryer = retry.NewStandard() })
			if err != nil {
				t.Errorf("CreateAccount: %v", err)
			}
		},
		"cli": func(t *testing.T, endpoint string) {
			cmd := exec.Command("aws", "chime", "create-account", "--name", "Once", "--endpoint-url", endpoint)
			cmd.Env = append(cleanEnviron(), "AWS_ACCESS_KEY_ID="+rootKeyID, "AWS_SECRET_ACCESS_KEY="+rootSecret,
				"AWS_DEFAULT_REGION=us-east-1", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
				"AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("aws chime create-account: %v: %s", err, out)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t)
			refused := s.failOnce(t)
			create(t, refused.endpoint)
			if n := refused.count(); n != 1 {
				t.Errorf("got %d refusals, want one, and then the account", n)
			}
			if got := strings.Count(string(s.run(t, "export")), `"Name":"Once"`); got != 1 {
				t.Errorf("got %d accounts, want one", got)
			}
		})
	}
}

// fault is one of the database, which ends as soon as a request was refused for it.
type fault struct {
	endpoint string // that clients use meanwhile

	mu      sync.Mutex
	refused int
}

func (f *fault) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.refused
}

// failOnce moves the server's database away until somebody was refused for it.
func (s *server) failOnce(tb testing.TB) *fault {
	tb.Helper()
	path := strings.TrimPrefix(s.database, "sqlite:")
	move := func(from, to string) {
		if err := os.Rename(from, to); err != nil {
			tb.Error(err)
		}
	}
	behind, err := url.Parse(s.endpoint)
	if err != nil {
		tb.Fatal(err)
	}
	f := &fault{}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { // the Host stays: it is signed
			r.Out.URL.Scheme, r.Out.URL.Host = behind.Scheme, behind.Host
		},
		ModifyResponse: func(r *http.Response) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			if r.StatusCode != http.StatusServiceUnavailable {
				return nil
			}
			if f.refused++; f.refused == 1 {
				move(path+".away", path)
			}
			return nil
		},
	})
	tb.Cleanup(proxy.Close)
	f.endpoint = proxy.URL
	move(path, path+".away")
	return f
}
