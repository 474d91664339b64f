package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// file is one file of the build. Its compressed forms are made when they are first
// asked for, once.
type file struct {
	contentType string
	hash        string
	plain       []byte
	encodings   []encoding // in order of preference; none for what is compressed already
}

type encoding struct {
	name string
	body func() []byte
}

// brotliLevel is the highest whose compression of the whole console takes less than
// a second of one processor.
const brotliLevel = 9

func newFile(name string, body []byte) *file {
	sum := sha256.Sum256(body)
	f := &file{contentType: contentType(name), hash: hex.EncodeToString(sum[:8]), plain: body}
	if !strings.HasPrefix(f.contentType, "font/") {
		f.encodings = []encoding{
			{"br", sync.OnceValue(func() []byte { return brotliOf(body) })},
			{"gzip", sync.OnceValue(func() []byte { return gzipOf(body) })},
		}
	}
	return f
}

// contentType does not ask the machine's tables, which differ.
func contentType(name string) string {
	switch extension := path.Ext(name); extension {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	default:
		return "application/octet-stream"
	}
}

func brotliOf(body []byte) []byte {
	var compressed bytes.Buffer
	w := brotli.NewWriterLevel(&compressed, brotliLevel)
	_, _ = w.Write(body) // a buffer takes everything
	_ = w.Close()
	return compressed.Bytes()
}

func gzipOf(body []byte) []byte {
	var compressed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&compressed, gzip.BestCompression) // the level is one that there is
	_, _ = w.Write(body)
	_ = w.Close()
	return compressed.Bytes()
}

// accepted returns the best form of the file that an Accept-Encoding header takes,
// and its name; "" for the plain one.
func (f *file) accepted(header string) (string, []byte) {
	for _, e := range f.encodings {
		if accepts(header, e.name) {
			return e.name, e.body()
		}
	}
	return "", f.plain
}

// accepts reports whether an Accept-Encoding header names the coding with a weight
// that is not zero (RFC 9110, section 12.5.3).
func accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		weight, weighted := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
		if !weighted {
			return true
		}
		q, err := strconv.ParseFloat(weight, 64)
		return err == nil && q > 0
	}
	return false
}
