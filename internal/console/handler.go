package console

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
)

// Path is where the console is. The API has an optional prefix /console, which is
// therefore taken.
const Path = "/admin/"

//go:embed all:dist
var built embed.FS

// policy has a browser load nothing from another host and run nothing but the
// console's own files.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// index is the page that every address of the console shows.
const index = "index.html"

// Built returns the files of the console that the binary carries.
func Built() (fs.FS, error) { return fs.Sub(built, "dist") }

// Handler serves the files of a build below Path. Addresses that are no file's are
// those of screens, and show the one page, whatever they are: the console says
// itself which there are. The error is that of listing the files.
func Handler(build fs.FS) (http.Handler, error) {
	files := map[string]*file{}
	err := fs.WalkDir(build, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasSuffix(name, brotliSuffix) {
			files[name] = newFile(build, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing the files of the console: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "The console is read.", http.StatusMethodNotAllowed)
			return
		}
		serve(w, r, files)
	}), nil
}

func serve(w http.ResponseWriter, r *http.Request, files map[string]*file) {
	name := strings.TrimPrefix(r.URL.Path, Path)
	// What is under assets has its hash in its name, so it is never another file.
	hashed := strings.HasPrefix(name, "assets/")
	f := files[name]
	if f == nil && !hashed {
		f = files[index]
	}
	guard(w.Header())
	if f == nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "There is no such file in this build of the console.", http.StatusNotFound)
		return
	}
	cache := "no-cache" // kept, and asked about at each use
	if hashed {
		cache = "public, max-age=31536000, immutable"
	}
	w.Header().Set("Cache-Control", cache)
	send(w, r, f)
}

// guard sets what limits the page in the browser.
func guard(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
}

// send answers with the form of the file that the browser takes, or says that it has
// it.
func send(w http.ResponseWriter, r *http.Request, f *file) {
	coding, body := f.accepted(r.Header.Get("Accept-Encoding"))
	tag := `"` + f.hash() + `"`
	h := w.Header()
	if coding != "" {
		tag = `"` + f.hash() + "-" + coding + `"`
		h.Set("Content-Encoding", coding)
	}
	h.Set("ETag", tag)
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a client that left gets nothing
}
