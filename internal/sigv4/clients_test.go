package sigv4_test

import (
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/sigv4"
)

// The requests below were signed and sent by the clients named, and taken down
// as they arrived; what is not signed and says nothing here was left out.

// By botocore 1.43.11, its clock set to when.
const (
	list = `GET /accounts?name=a%20b%2Bc%2F%C3%A9~%2A%27%28%3B%29&user-email=x%26y%3Dz%40example.com&max-results=10 HTTP/1.1
Host: 127.0.0.1:8420
X-Amz-Date: 20190108T183005Z
Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20190108/eu-west-1/chime/aws4_request, SignedHeaders=host;x-amz-date, Signature=941f54e9b6eb1eccc2e0cd9b34db91f638f937a5bb40a5920e5fc9a8239fad09

`
	suspend = `POST /accounts/12a3456b-7c89-012d-3456-78901e23fg45/users?operation=suspend HTTP/1.1
Host: 127.0.0.1:8420
Content-Type: application/json
X-Amz-Date: 20190108T183005Z
Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20190108/eu-west-1/chime/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=d97d78e80baa60ea46faf03a6510360bc3fd96ba603054faa916034484faab80
amz-sdk-request: attempt=1
Content-Length: 28

{"UserIdList": ["u1", "u2"]}`
	get = `GET /accounts/a%2Fb%20c%2B%C3%A9%25~%2A%27%28%3B%29/users/u%3A1%40%3D%2C%24%26%21 HTTP/1.1
Host: 127.0.0.1:8420
X-Amz-Date: 20190108T183005Z
Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20190108/eu-west-1/chime/aws4_request, SignedHeaders=host;x-amz-date, Signature=d01dd7cc8b9bb5db930ce6a8f0210406a41bb2516a23ccc8d1e018e6ac7362c9

`
	root = `GET / HTTP/1.1
Host: 127.0.0.1:8420
X-Amz-Date: 20190108T183005Z
Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20190108/us-east-1/chime/aws4_request, SignedHeaders=host;x-amz-date, Signature=47657f4ae27f4012c5da8278a721704c3030fc00386c617781b63016f2da88df

`
	createWithToken = `POST /accounts HTTP/1.1
Host: 127.0.0.1:8420
Content-Type: application/json
X-Amz-Date: 20190108T183005Z
X-Amz-Security-Token: AQoDYXdzEPT//wEXAMPLE+tok=
Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20190108/eu-west-1/chime/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=7b912d4846e4c51e2bad2f48f861f34fdbcdff0a77ca1ce641e7a97c20a6b51c
Content-Length: 19

{"Name": "Example"}`
	presigned = `GET /accounts/a%2Fb/users?user-email=a%20b%2Bc%40example.com&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20190108%2Feu-west-1%2Fchime%2Faws4_request&X-Amz-Date=20190108T183005Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=d64378e34153a155df3c6c9bd1fb7c2065cfe5d65d06831189c709d9bba4dee7 HTTP/1.1
Host: 127.0.0.1:8420

`
	presignedWithToken = `GET /accounts/a%2Fb/users?user-email=a%20b%2Bc%40example.com&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20190108%2Feu-west-1%2Fchime%2Faws4_request&X-Amz-Date=20190108T183005Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Security-Token=AQoDYXdzEPT%2F%2FwEXAMPLE%2Btok%3D&X-Amz-Signature=f52271bd6fcaaaa43019b31e5eb66397600b1b78093a8438be5aeeb7d9ceef4e HTTP/1.1
Host: 127.0.0.1:8420

`
	// With a Date header in place of X-Amz-Date.
	withQuery = `GET /accounts?b=2&a=2&a-b=1&a=1&flag= HTTP/1.1
Host: 127.0.0.1:8420
X-Note:   two   blanks 
Date: Tue, 08 Jan 2019 18:30:05 -0000
Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20190108/us-east-1/chime/aws4_request, SignedHeaders=date;host;x-note, Signature=7c0957500af397ba44aed5e2a7b6374a16e7a94582a7fb58a4eb0f3ecf8f3f3d

`
	// The same with other forms of the date, which botocore was made to write.
	withDate = `GET /accounts HTTP/1.1
Host: 127.0.0.1:8420
Date: Tue, 08 Jan 2019 18:30:05 GMT
Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20190108/us-east-1/chime/aws4_request, SignedHeaders=date;host, Signature=2f208674c064dc37b81d7a97c9aabbd85abf76d01491b7ceb6c4907a8fcbc619

`
	withBasicDate = `GET /accounts HTTP/1.1
Host: 127.0.0.1:8420
Date: 20190108T183005Z
Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20190108/us-east-1/chime/aws4_request, SignedHeaders=date;host, Signature=1f44949cde025e7c62987a5de6a77e533bc491f5505b5befd7014a6a0bd80ad3

`
)

// By aws-sdk 2.1693.0 for JavaScript, whose clock was the machine's.
const (
	jsv2List = `GET /accounts?max-results=10&name=a%20b%2Bc%2F%C3%A9~%2A%27%28%3B%29&user-email=x%26y%3Dz%40example.com HTTP/1.1
X-Amz-Content-Sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
Host: 127.0.0.1:8420
X-Amz-Date: 20261120T103946Z
Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/chime/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=73a7ee914f2e5379a55f398175b650c0239e545d5e55e2e7f879e58ec7c884d3

`
	jsv2Suspend = `POST /accounts/a%2Fb%20c%2B%C3%A9%25~%2A%27%28%3B%29/users?operation=suspend HTTP/1.1
Content-Type: application/json
X-Amz-Content-Sha256: 96af25babe26885fd962c0539197aee3d06b982fa3f3a3758223e567cd4b1f77
Content-Length: 26
Host: 127.0.0.1:8420
X-Amz-Date: 20261120T103946Z
Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/chime/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=7f869764221e8bcb9c1083f8e5aebb202babbbd6c32802caafcff1dc31e21636

{"UserIdList":["u1","u2"]}`
)

// By @smithy/signature-v4 2.0.0, the signer of the JavaScript SDK's version 3,
// its clock set to when.
const (
	jsv3List = `GET /console/accounts/a%2Fb%20%27%28%2A%29/users?max-results=10&user-email=a%20b%2Bc%27%28%2A%29%40example.com&x=b&x=a HTTP/1.1
host: 127.0.0.1:8420
x-amz-user-agent: aws-sdk-js/3
amz-sdk-request: attempt=1;  max=3
x-amz-date: 20190108T183005Z
x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20190108/us-east-1/chime/aws4_request, SignedHeaders=amz-sdk-request;host;x-amz-content-sha256;x-amz-date;x-amz-user-agent, Signature=7930d88b91a47713f8cc975ade635aedd8ce4a586749d1dce5a33b9020f71712

`
	jsv3SuspendWithToken = `POST /accounts/a/users?operation=suspend HTTP/1.1
host: 127.0.0.1:8420
content-type: application/json
content-length: 21
x-amz-date: 20190108T183005Z
x-amz-security-token: AQoDYXdzEPT//wEXAMPLE+tok=
x-amz-content-sha256: 85f95704ac00a3caf0d60b26242181ec3c519c8c2f0b977ae588acc6601484de
authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20190108/us-east-1/chime/aws4_request, SignedHeaders=content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=6ab41aed207fac54b0bcbe7b3322f997eb0a3539759b4b57e9b90cea07d9b219

{"UserIdList":["u1"]}`
	jsv3PresignedWithToken = `GET /accounts?name=%C3%A9%27%28%2A%29&x-amz-user-agent=aws-sdk-js%2F3&X-Amz-Security-Token=AQoDYXdzEPT%2F%2FwEXAMPLE%2Btok%3D&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20190108%2Fus-east-1%2Fchime%2Faws4_request&X-Amz-Date=20190108T183005Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host&X-Amz-Signature=6eea4fd964ffc06b7e70cae1fe65f69fb7747e0cd4cf71883ecfe50cf0f8aa21 HTTP/1.1
host: 127.0.0.1:8420

`
)

func TestClients(t *testing.T) {
	jsv2Now := time.Date(2026, time.November, 20, 10, 39, 46, 0, time.UTC)
	const week = 7 * 24 * time.Hour
	tests := []struct {
		name string
		wire string
		now  time.Time
		key  *sigv4.Key
	}{
		{"botocore, query", list, when, permanent()},
		{"botocore, body", suspend, when, permanent()},
		{"botocore, path", get, when, permanent()},
		{"botocore, no path", root, when, permanent()},
		{"botocore, session", createWithToken, when, session()},
		{"botocore, presigned", presigned, when, permanent()},
		{"botocore, presigned session", presignedWithToken, when, session()},
		{"botocore, Date header", withQuery, when, permanent()},
		{"botocore, Date header of HTTP", withDate, when, permanent()},
		{"botocore, Date header in basic form", withBasicDate, when, permanent()},
		{"JavaScript 2, query", jsv2List, jsv2Now, permanent()},
		{"JavaScript 2, path and body", jsv2Suspend, jsv2Now, permanent()},
		{"JavaScript 3, path and query", jsv3List, when, permanent()},
		{"JavaScript 3, session", jsv3SuspendWithToken, when, session()},
		{"JavaScript 3, presigned for a week", jsv3PresignedWithToken, when.Add(week), session()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := verify(t, verifierAt(tt.now), tt.wire, tt.key); err != nil {
				t.Errorf("got %v, want the request accepted", err)
			}
		})
	}
}
