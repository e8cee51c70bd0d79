package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// AcceptJSON is what is asked for where a JSON document is expected.
const AcceptJSON = "application/ld+json, application/json;q=0.9, */*;q=0.1"

// Document is a JSON object as a host gave it.
type Document struct {
	Object      read.Object
	URL         string // after redirects
	Status      int
	ContentType string // media type alone, lower case
	Body        []byte // as UTF-8; a picture as it came
	Page        bool   // it is an HTML page
	Evidence    verdict.Evidence
}

// Why there is a response but no document.
var (
	ErrImage    = errors.New("answer is a picture")
	ErrFormat   = errors.New("answer is not a JSON object")
	ErrWithheld = errors.New("host does not give it out now") // neither given nor denied; passes
)

// Get fetches one JSON object. A response that denies it (404, 410) has its
// Object when it is one, and no error: the caller knows what a 410 means. Beside
// ErrImage, ErrFormat and ErrWithheld stands the document without an Object.
func Get(ctx context.Context, f Fetcher, r Request) (*Document, error) {
	if r.Accept == "" {
		r.Accept = AcceptJSON
	}
	resp, err := f.Fetch(ctx, r)
	if err != nil {
		return nil, err
	}
	d := &Document{
		URL: resp.URL, Status: resp.Status, ContentType: resp.ContentType, Body: resp.Text(), Page: resp.page(),
		Evidence: verdict.Evidence{URL: r.URL, At: resp.At.UTC(), SHA256: resp.SHA256},
	}
	if d.URL == "" {
		d.URL = r.URL
	}
	if !resp.Gives() && !resp.Denies() {
		d.Evidence.Note = resp.withheld()
		return d, ErrWithheld
	}
	if resp.Status/100 == 2 && (strings.HasPrefix(resp.ContentType, "image/") || isPNG(resp.Body) || isSVG(resp.Body)) {
		d.Body = resp.Body
		return d, ErrImage
	}
	obj, err := read.ParseDocument(d.Body)
	if err != nil {
		if resp.Status/100 == 2 {
			return d, ErrFormat
		}
		return d, nil
	}
	d.Object = obj
	return d, nil
}

// Withheld is the aspect that follows from ErrWithheld.
func (d *Document) Withheld() verdict.Aspect {
	return verdict.Aspect{State: verdict.Unknown, Reason: verdict.HostUnreachable, Passing: true,
		Detail: "the server answers, and does not give it out now: " + d.Evidence.Note, Evidence: []verdict.Evidence{d.Evidence}}
}

// withheld says what came in place of what was asked for.
func (r *Response) withheld() string {
	switch {
	case r.Challenge():
		return "a check for robots"
	case r.Status/100 == 2:
		return "an empty answer, or a promise of one"
	}
	return fmt.Sprintf("status %d", r.Status)
}

// isSVG reports whether a document of XML is a picture, whatever the host calls it.
func isSVG(b []byte) bool {
	b = bytes.TrimLeft(bytes.TrimPrefix(b[:min(len(b), 1024)], []byte("\xef\xbb\xbf")), " \t\r\n")
	return bytes.HasPrefix(b, []byte("<svg")) || bytes.HasPrefix(b, []byte("<?xml")) && bytes.Contains(b, []byte("<svg"))
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
	case errors.Is(err, ErrOffline):
		a.Reason = verdict.Offline
	case errors.Is(err, ErrBudget):
		a.Reason = verdict.Budget
	case errors.Is(err, ErrLater):
		a.Reason = verdict.BeingAsked
	case errors.Is(err, ErrTooLarge):
		a.Reason, a.Passing = verdict.AnswerTooLarge, false
	case !Temporary(err):
		// Refused by the guard. The reason must not tell it from a host that
		// is down: it would say which names are private.
		a.Passing = false
	}
	return a
}
