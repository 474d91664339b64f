package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// RawPath returns the path as it was sent, so with its escapes as they were.
// URL.EscapedPath does not do: where the sent path holds bytes that should have
// been escaped, it escapes the decoded path anew, and an escaped slash becomes
// a bare one.
func RawPath(u *url.URL) string {
	if u.RawPath != "" {
		return u.RawPath
	}
	return u.EscapedPath()
}

// guardPath refuses the paths that a mux would redirect, that some clients sign
// in another form than they send (botocore drops empty and dot segments first),
// or that a reader takes for another resource than they are.
func guardPath(next http.Handler, strictRoots []string, writeError ErrorWriter) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !cleanPath(RawPath(r.URL), strictRoots) {
			writeError(w, r, ErrPath)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// cleanPath reports whether no segment of the path is a dot segment, escaped or
// not, and none is empty. The last may be empty, which is a closing slash,
// unless the path is under one of the strict roots.
func cleanPath(path string, strictRoots []string) bool {
	rest, rooted := strings.CutPrefix(path, "/")
	if !rooted {
		return path == "*" // OPTIONS *
	}
	segments := strings.Split(rest, "/")
	for i, s := range segments {
		closing := i == len(segments)-1
		if s == "" && (!closing || underStrictRoot(segments, strictRoots)) {
			return false
		}
		if decoded, err := url.PathUnescape(s); err != nil || decoded == "." || decoded == ".." {
			return false
		}
	}
	return true
}

func underStrictRoot(segments, roots []string) bool {
	if len(segments) > 1 && segments[0] == "console" {
		segments = segments[1:]
	}
	return slices.Contains(roots, segments[0])
}
