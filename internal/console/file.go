package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"
)

// file is one file of the build. It is read, and compressed, when it is first asked
// for: a server whose console nobody opens has none of it in memory.
type file struct {
	contentType string
	hash        func() string
	plain       func() []byte
	encodings   []encoding // in order of preference; none for what is compressed already
}

type encoding struct {
	name string
	body func() []byte
}

// brotliSuffix ends the name of a file's compressed form, which the build makes: the
// best compression takes seconds.
const brotliSuffix = ".br"

func newFile(build fs.FS, name string) *file {
	plain := reading(build, name)
	f := &file{contentType: contentType(name), plain: plain}
	f.hash = sync.OnceValue(func() string {
		sum := sha256.Sum256(plain())
		return hex.EncodeToString(sum[:8])
	})
	if strings.HasPrefix(f.contentType, "font/") {
		return f
	}
	if _, err := fs.Stat(build, name+brotliSuffix); err == nil {
		f.encodings = append(f.encodings, encoding{"br", reading(build, name+brotliSuffix)})
	}
	f.encodings = append(f.encodings, encoding{"gzip", sync.OnceValue(func() []byte { return gzipOf(plain()) })})
	return f
}

// reading reads a file once. It is there, because it was listed, and a file of the
// binary cannot fail to be read.
func reading(build fs.FS, name string) func() []byte {
	return sync.OnceValue(func() []byte {
		body, _ := fs.ReadFile(build, name)
		return body
	})
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
	return "", f.plain()
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
