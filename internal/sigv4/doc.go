// Package sigv4 verifies AWS Signature Version 4 on requests that arrive: the
// form with an Authorization header, and for GET the presigned form.
//
// It owns what is signed and how (the canonical request, the clock window, the
// credential scope, the session token) and the names and words of each refusal.
// It does not own the keys: a Lookup answers them, and what a key's owner may do
// is decided elsewhere. It reads no body either: the caller hands over its hash.
//
// The rules are those of the "Signature Version 4 signing process" in the IAM
// user guide, for a service other than S3:
//
//   - The path is taken as it was sent, each segment encoded once more, and is
//     never normalised: a server MUST refuse empty and dot segments by itself,
//     because some clients drop them before they sign.
//   - The query is taken as url.ParseQuery reads it, so that what was verified is
//     what a handler sees. A raw + is therefore a blank, as it is for AWS, and a
//     query that ParseQuery refuses is refused here.
//   - Blanks and tabs in a header's value are trimmed and collapsed, several
//     values are joined by commas.
//   - The payload is always the hash of the real body. UNSIGNED-PAYLOAD and the
//     streaming forms belong to S3 and are refused.
package sigv4
