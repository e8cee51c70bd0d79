package fetch

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"assay/verify/read"
)

// entry is one answer of a recorded web.
type entry struct {
	Status      int               `json:"status,omitempty"`
	ContentType string            `json:"contentType,omitempty"`
	Headers     map[string]string `json:"headers,omitempty"`
	File        string            `json:"file,omitempty"`  // path beside the web file
	Error       string            `json:"error,omitempty"` // a name of errorNames in place of an answer
}

// errorNames are what stands under "error" in a recorded web.
var errorNames = map[string]error{
	"unreachable": ErrUnreachable,
	"timeout":     ErrTimeout,
	"busy":        ErrBusy,
	"forbidden":   ErrForbidden,
	"redirect":    ErrRedirect,
	"too_large":   ErrTooLarge,
	"malformed":   ErrMalformed,
}

func errorName(err error) string {
	for name, e := range errorNames {
		if errors.Is(err, e) {
			return name
		}
	}
	return ""
}

// web answers from a recorded web.
type web struct {
	entries map[string]entry
	allowed map[string]bool
	root    *os.Root
	now     func() time.Time
}

// maxWeb bounds the file of a recorded web.
const maxWeb = 64 << 20

// OpenRecorded opens a recorded web: a JSON file
//
//	{"https://…": {"status":200,"contentType":"…","headers":{…},"file":"path beside it"}}
//
// whose entries may be {"error":"timeout"} (or unreachable, busy, forbidden,
// redirect, too_large, malformed). Nothing is fetched: a URL that it lacks is
// a host that cannot be reached. An answer with a status of 3xx and a Location
// is followed by the rules of the client. Files outside the folder of the web
// file are never read. now is the time of the answers; nil = time.Now.
//
// A URL is looked up without its fragment, first as asked, then in its
// normal spelling. The rules for addresses hold as for the client, except
// that a host which is listed by its IP address or with its own port counts as
// allowed: whoever made the file allowed it then.
func OpenRecorded(path string, now func() time.Time) (Fetcher, error) {
	if now == nil {
		now = time.Now
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("recorded web: %w", err)
	}
	if _, err := read.ParseObject(data, read.Limits{Bytes: maxWeb}); err != nil {
		return nil, fmt.Errorf("recorded web %s: %w", path, err)
	}
	w := &web{allowed: map[string]bool{}, now: now}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w.entries); err != nil {
		return nil, fmt.Errorf("recorded web %s: %w", path, err)
	}
	for raw, e := range w.entries {
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("recorded web %s: %q is not an absolute URL", path, raw)
		}
		if e.Error != "" && errorNames[e.Error] == nil {
			return nil, fmt.Errorf("recorded web %s: %s: unknown error %q", path, raw, e.Error)
		}
		if e.Error == "" && (e.Status < 100 || e.Status > 999) {
			return nil, fmt.Errorf("recorded web %s: %s: status %d", path, raw, e.Status)
		}
		if e.File != "" && !filepath.IsLocal(filepath.FromSlash(e.File)) {
			return nil, fmt.Errorf("recorded web %s: %s: file %q lies outside the folder", path, raw, e.File)
		}
		_, ip := netip.ParseAddr(u.Hostname())
		if u.Port() != "" || ip == nil {
			w.allowed[hostPort(u)] = true
		}
	}
	// A Root keeps symbolic links, too, from leading out of the folder.
	if w.root, err = os.OpenRoot(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("recorded web: %w", err)
	}
	return w, nil
}

func (w *web) find(u *url.URL, raw string) (entry, bool) {
	if e, ok := w.entries[raw]; ok {
		return e, true
	}
	e, ok := w.entries[u.String()]
	return e, ok
}

// Fetch implements Fetcher.
func (w *web) Fetch(ctx context.Context, r Request) (*Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTimeout, err)
	}
	r.MaxBytes = cmp.Or(max(r.MaxBytes, 0), DefaultMaxBytes)
	u, err := checkURL(r.URL, r.PlainHTTP, w.allowed)
	if err != nil {
		return nil, err
	}
	raw, _, _ := strings.Cut(r.URL, "#")
	for seen := map[string]bool{}; ; {
		// By the spelling that was asked for: a recorder writes the way from
		// there to the normal one as a redirect.
		seen[raw] = true
		e, ok := w.find(u, raw)
		if !ok {
			return nil, fmt.Errorf("%w: not in the recorded web", ErrUnreachable)
		}
		if e.Error != "" {
			return nil, fmt.Errorf("%w (recorded)", errorNames[e.Error])
		}
		h := http.Header{}
		for k, v := range e.Headers {
			h.Set(k, v)
		}
		if loc := h.Get("Location"); isRedirect(e.Status) && loc != "" {
			if u, err = redirect(u, loc, r, seen, w.allowed); err != nil {
				return nil, err
			}
			raw = u.String()
			continue
		}
		return w.answer(u, e, h, r)
	}
}

func (w *web) answer(u *url.URL, e entry, h http.Header, r Request) (*Response, error) {
	var body []byte
	if e.File != "" {
		f, err := w.root.Open(filepath.FromSlash(e.File))
		if err != nil {
			return nil, fmt.Errorf("%w: recorded file: %w", ErrUnreachable, err)
		}
		defer f.Close()
		if body, err = readAll(f, r.MaxBytes); err != nil {
			return nil, err
		}
	}
	ct := e.ContentType
	if ct == "" {
		ct = h.Get("Content-Type")
	}
	now := w.now().UTC()
	resp := &Response{URL: u.String(), Status: e.Status, Header: h, Body: body, At: now, SHA256: digest(body)}
	resp.ContentType, resp.Charset = mediaType(ct)
	return resp, nil
}

// mediaType reads a Content-Type: the type alone, and its charset.
func mediaType(v string) (media, charset string) {
	if t, params, err := mime.ParseMediaType(v); err == nil {
		return t, strings.ToLower(strings.TrimSpace(params["charset"]))
	}
	t, _, _ := strings.Cut(v, ";")
	return strings.ToLower(strings.TrimSpace(t)), ""
}

func digest(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// Recorder passes requests on to another Fetcher and keeps every answer, so
// that a verdict can be replayed with OpenRecorded. Safe for concurrent use.
// What it keeps is as private as the badges that were checked.
type Recorder struct {
	f    Fetcher
	path string

	mu      sync.Mutex
	entries map[string]entry
	bodies  map[string][]byte // by file name
}

// NewRecorder returns a Recorder over f. Close writes the recorded web to path
// and the bodies to the folder path + ".d" beside it.
func NewRecorder(f Fetcher, path string) *Recorder {
	return &Recorder{f: f, path: path, entries: map[string]entry{}, bodies: map[string][]byte{}}
}

// Fetch implements Fetcher. A failure of the application's own making (budget,
// offline, cancelled) is passed on and not recorded.
func (c *Recorder) Fetch(ctx context.Context, r Request) (*Response, error) {
	resp, err := c.f.Fetch(ctx, r)
	asked, _, _ := strings.Cut(r.URL, "#")
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		if name := errorName(err); name != "" && ctx.Err() == nil {
			if _, answered := c.entries[asked]; !answered {
				c.entries[asked] = entry{Error: name}
			}
		}
		return nil, err
	}
	e := entry{Status: resp.Status, ContentType: resp.ContentType}
	if t := mime.FormatMediaType(resp.ContentType, map[string]string{"charset": resp.Charset}); t != "" && resp.Charset != "" {
		e.ContentType = t
	}
	kept := []string{"Cache-Control", "Etag", "Last-Modified", "Content-Disposition", "Link"}
	for k := range challengeHeaders {
		kept = append(kept, k)
	}
	for _, k := range kept {
		if v := resp.Header.Get(k); v != "" {
			if e.Headers == nil {
				e.Headers = map[string]string{}
			}
			e.Headers[k] = v
		}
	}
	if len(resp.Body) > 0 {
		name := resp.SHA256[:32]
		e.File = filepath.ToSlash(filepath.Join(filepath.Base(c.path)+".d", name))
		c.bodies[name] = resp.Body
	}
	c.entries[resp.URL] = e
	if asked != resp.URL {
		if u, err := url.Parse(asked); err == nil && u.String() == asked {
			c.entries[asked] = entry{Status: http.StatusFound, Headers: map[string]string{"Location": resp.URL}}
		}
	}
	return resp, nil
}

// Close writes the recorded web. The Recorder may be used and closed again.
func (c *Recorder) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	dir := c.path + ".d"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("recorded web: %w", err)
	}
	for name, body := range maps.All(c.bodies) {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			return fmt.Errorf("recorded web: %w", err)
		}
	}
	data, err := json.MarshalIndent(c.entries, "", "  ")
	if err != nil {
		return fmt.Errorf("recorded web: %w", err)
	}
	if err := os.WriteFile(c.path, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("recorded web: %w", err)
	}
	return nil
}

type offline struct{}

// Offline returns a Fetcher that answers every request with ErrOffline.
func Offline() Fetcher { return offline{} }

func (offline) Fetch(context.Context, Request) (*Response, error) { return nil, ErrOffline }
