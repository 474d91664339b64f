package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"time"
)

const (
	keyID     = "AKIABENCHBENCHBENCH1"
	secretKey = "bench-secret-key-that-nobody-else-ever-uses"
	region    = "us-east-1"
	service   = "chime"
)

// signer writes requests with an AWS Signature Version 4. It works in buffers of
// its own, so that signing costs the driver little. It is one connection's.
type signer struct {
	host string

	second  int64 // that the texts below are of
	date    string
	scope   string
	day     string
	mac     hash.Hash // with the key of the day
	scratch []byte
	out     []byte
}

// request returns the bytes of a signed request, which are good until the next
// one. Path and query MUST be in canonical form.
func (s *signer) request(method, path, query string, body []byte) []byte {
	s.setDate(time.Now().UTC())
	payload := sha256.Sum256(body)
	b := s.scratch[:0]
	b = append(b, method...)
	b = append(b, '\n')
	b = append(b, path...)
	b = append(b, '\n')
	b = append(b, query...)
	b = append(b, "\nhost:"...)
	b = append(b, s.host...)
	b = append(b, "\nx-amz-date:"...)
	b = append(b, s.date...)
	b = append(b, "\n\nhost;x-amz-date\n"...)
	b = hex.AppendEncode(b, payload[:])
	canonical := sha256.Sum256(b)
	b = append(b[:0], "AWS4-HMAC-SHA256\n"...)
	b = append(b, s.date...)
	b = append(b, '\n')
	b = append(b, s.scope...)
	b = append(b, '\n')
	b = hex.AppendEncode(b, canonical[:])
	s.mac.Reset()
	s.mac.Write(b)
	signature := s.mac.Sum(b[:0])
	s.scratch = b
	return s.write(method, path, query, signature, body)
}

func (s *signer) write(method, path, query string, signature, body []byte) []byte {
	b := s.out[:0]
	b = append(b, method...)
	b = append(b, ' ')
	b = append(b, path...)
	if query != "" {
		b = append(b, '?')
		b = append(b, query...)
	}
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, s.host...)
	b = append(b, "\r\nUser-Agent: carillon-bench\r\nX-Amz-Date: "...)
	b = append(b, s.date...)
	b = append(b, "\r\nAuthorization: AWS4-HMAC-SHA256 Credential="+keyID+"/"...)
	b = append(b, s.scope...)
	b = append(b, ", SignedHeaders=host;x-amz-date, Signature="...)
	b = hex.AppendEncode(b, signature)
	if body != nil {
		b = append(b, "\r\nContent-Type: application/json\r\nContent-Length: "...)
		b = appendInt(b, len(body))
	}
	b = append(b, "\r\n\r\n"...)
	b = append(b, body...)
	s.out = b
	return b
}

func (s *signer) setDate(now time.Time) {
	if now.Unix() == s.second {
		return
	}
	s.second = now.Unix()
	s.date = now.Format("20060102T150405Z")
	if day := s.date[:8]; day != s.day {
		s.day, s.scope = day, day+"/"+region+"/"+service+"/aws4_request"
		key := []byte("AWS4" + secretKey)
		for _, part := range []string{day, region, service, "aws4_request"} {
			h := hmac.New(sha256.New, key)
			h.Write([]byte(part))
			key = h.Sum(nil)
		}
		s.mac = hmac.New(sha256.New, key)
	}
}
