package clients_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// TestPublishedSample sends the sample request of BatchSuspendUser's page in
// the Amazon Chime API Reference, byte for byte but for its signature and its
// time, and expects the page's sample response.
func TestPublishedSample(t *testing.T) {
	t.Parallel()
	const (
		accountID = "12a3456b-7c89-012d-3456-78901e23fg45"
		userID    = "4ab2345c-67de-8901-f23g-45h678901j2k"
	)
	for _, accountType := range []string{"Team", "EnterpriseLWA"} {
		t.Run(accountType, func(t *testing.T) {
			t.Parallel()
			sample := fixtureUsers(accountID, "sample", 1)
			sample[0].UserID = userID
			s := newDirectory(t)
			file := writeDocuments(t, s.dir, "sample.json",
				map[string]any{"Account": fixtureAccount(accountID, "Sample", accountType)},
				map[string]any{"User": sample[0]})
			// There is no tenant yet: the import makes it, and the server takes it.
			s.run(t, "import", "--tenant", tenant, file)
			s.start(t)

			const body = `{"UserIdList": ["` + userID + `"]}`
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
				s.endpoint+"/console/accounts/"+accountID+"/users?operation=suspend", bytes.NewBufferString(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Accept-Encoding", "identity")
			req.Header.Set("User-Agent", "aws-cli/1.16.83 Python/3.6.6 Windows/10 botocore/1.12.73")
			sign(t, req, body)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			wantSampleResponse(t, resp)
		})
	}
}

// wantSampleResponse checks the response against the page's: 200,
// application/json, a request id, a Date, and no user errors.
func wantSampleResponse(t *testing.T, resp *http.Response) {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("got status %d and %s, want 200", resp.StatusCode, body)
	}
	if got := resp.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type: got %q, want application/json", got)
	}
	if got := resp.Header.Get("X-Amzn-Requestid"); uuid.Validate(got) != nil {
		t.Errorf("x-amzn-RequestId: got %q, want a UUID", got)
	}
	if _, err := http.ParseTime(resp.Header.Get("Date")); err != nil {
		t.Errorf("Date: %v", err)
	}
	if resp.ContentLength != int64(len(body)) {
		t.Errorf("Content-Length: got %d, want %d", resp.ContentLength, len(body))
	}
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("the body %s: %v", body, err)
	}
	if diff := cmp.Diff(map[string]any{"UserErrors": []any{}}, got); diff != "" {
		t.Errorf("the body: -want +got\n%s", diff)
	}
}

// sign signs the request with the root's key, by AWS's own signer.
func sign(tb testing.TB, req *http.Request, body string) {
	tb.Helper()
	sum := sha256.Sum256([]byte(body))
	root := aws.Credentials{AccessKeyID: rootKeyID, SecretAccessKey: rootSecret}
	err := v4.NewSigner().SignHTTP(req.Context(), root, req, hex.EncodeToString(sum[:]), "chime", "us-east-1", time.Now())
	if err != nil {
		tb.Fatalf("signing: %v", err)
	}
}
