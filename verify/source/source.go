// Package source reads documents of issuers for the packages that judge them:
// strictly parsed JSON objects with the evidence of where and when they were
// read, and the aspect that follows when there is no answer to read.
//
// Members are read by their literal names. Open Badges 1.x and 2.x documents
// are plain JSON in practice; a JSON-LD alias in them is not followed, so a
// renamed member counts as absent and never as another.
package source

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"assay/verify/fetch"
	"assay/verify/strict"
	"assay/verify/verdict"
)

// AcceptJSON is what is asked for where a JSON document is expected.
const AcceptJSON = "application/ld+json, application/json;q=0.9, */*;q=0.1"

// Document is a JSON object as a host gave it.
type Document struct {
	Object   Object
	URL      string // after redirects
	Status   int
	Body     []byte
	Evidence verdict.Evidence
}

// Why there is a response but no document.
var (
	ErrImage  = errors.New("source: answer is a picture")
	ErrFormat = errors.New("source: answer is not a JSON object")
)

// Get fetches one JSON object. A response of another status than 2xx has its
// Object when it is one, and no error: the caller knows what a 410 means.
func Get(ctx context.Context, f fetch.Fetcher, r fetch.Request) (*Document, error) {
	if r.Accept == "" {
		r.Accept = AcceptJSON
	}
	resp, err := f.Fetch(ctx, r)
	if err != nil {
		return nil, err
	}
	d := &Document{
		URL: resp.URL, Status: resp.Status, Body: resp.Body,
		Evidence: verdict.Evidence{URL: r.URL, At: resp.At.UTC(), SHA256: resp.SHA256},
	}
	if d.URL == "" {
		d.URL = r.URL
	}
	if resp.Status/100 == 2 && (strings.HasPrefix(resp.ContentType, "image/") || isPNG(resp.Body)) {
		return d, ErrImage
	}
	obj, err := Parse(resp.Body)
	if err != nil {
		if resp.Status/100 == 2 {
			return d, ErrFormat
		}
		return d, nil
	}
	d.Object = obj
	return d, nil
}

func isPNG(b []byte) bool { return strings.HasPrefix(string(b[:min(len(b), 8)]), "\x89PNG") }

// Unreached is the aspect that follows when err kept a document from being
// read. Its reason is the same for every cause that lies in the network.
func Unreached(err error, url string) verdict.Aspect {
	a := verdict.Aspect{State: verdict.Unknown, Reason: verdict.HostUnreachable, Passing: true}
	if url != "" {
		a.Evidence = []verdict.Evidence{{URL: url, Note: "no answer"}}
	}
	switch {
	case errors.Is(err, fetch.ErrOffline):
		a.Reason = verdict.Offline
	case errors.Is(err, fetch.ErrBudget):
		a.Reason = verdict.Budget
	case errors.Is(err, fetch.ErrTooLarge):
		a.State, a.Reason, a.Passing = verdict.Fail, verdict.AnswerTooLarge, false
	case !fetch.Temporary(err):
		// Refused by the guard. The reason must not tell it from a host that
		// is down: it would say which names are private.
		a.Passing = false
	}
	return a
}

// Answered tells a response that says something about the document from one
// that says only that the server cannot answer now: 5xx, 429 and 408 pass; 401
// and 403 keep the document from us without denying it.
func Answered(status int) bool {
	switch {
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout,
		status == http.StatusUnauthorized, status == http.StatusForbidden:
		return false
	}
	return true
}

// HTTPURL parses an absolute http or https URL that names a host and no user,
// and reports whether s is one.
func HTTPURL(s string) (*url.URL, bool) {
	// Characters that parsers disagree about never stand in an id.
	if s == "" || strings.ContainsAny(s, " \t\r\n\\") {
		return nil, false
	}
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.Hostname() == "" || u.Opaque != "" {
		return nil, false
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return nil, false
	}
	return u, true
}

// Authority is the host and effective port of u in one spelling: lower case,
// no trailing dot, the port always written out.
func Authority(u *url.URL) string {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	port := u.Port()
	if port == "" {
		port = "443"
		if u.Scheme == "http" {
			port = "80"
		}
	}
	return host + ":" + port
}

// SameOrigin reports whether two URLs lie on the same host and port. Plain
// http on its usual port and https on its usual port of one host count as the
// same: old badges name the one and redirect to the other.
func SameOrigin(a, b *url.URL) bool {
	x, y := Authority(a), Authority(b)
	if x == y {
		return a.Scheme == b.Scheme
	}
	hx, px, _ := cutPort(x)
	hy, py, _ := cutPort(y)
	usual := (px == "80" && py == "443" && a.Scheme == "http" && b.Scheme == "https") ||
		(px == "443" && py == "80" && a.Scheme == "https" && b.Scheme == "http")
	return hx == hy && usual
}

func cutPort(s string) (host, port string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// Parse reads a strict JSON object of at most 4 MiB and 32 levels.
func Parse(data []byte) (Object, error) {
	m, err := strict.ParseObject(data, strict.Limits{})
	if err != nil {
		return nil, err
	}
	return m, nil
}
