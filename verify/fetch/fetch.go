// Package fetch is the only way from assay to an address that a stranger or an
// employer chose: a guarded HTTP client, its cache, and the recorded web that
// replays answers without any network. Servers that the operator runs beside
// assay (queue, Elasticsearch, collector of traces) are asked by who knows them.
//
// What the client asks for, a stranger wrote into a badge. So a URL must be
// https (http only where the request lets it), on its usual port, by a public
// name and not an IP address in any spelling, without a user; the address that
// the name gives is checked when the socket is made, after DNS has spoken its
// last word; each of at most three redirects is checked like the first URL and
// never leads from https to http; time, size, rate and number are bounded; and
// what a host does to us is told to the operator's log alone.
//
// A failure says that there is no answer, never that a badge is false. It is
// remembered for a minute. An answer is remembered for as long as it lets a
// shared cache (RFC 9111), within bounds, and never when it is an applicant's.
//
// What the operator or an employer named is sent messages by the same client (Send):
// with a key and a body, to that address alone, whose redirects lead nowhere. Operator is
// apart from all this: it asks what the operator himself named, and nobody else's address
// may come to it.
//
// Out of scope: HTTP/2 and later, cookies, proxies that look up names, HTML.
package fetch

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"assay/verify/guard"
	"assay/verify/read"
	"assay/verify/verdict"
)

// Request asks for one document.
type Request struct {
	URL      string
	Accept   string // value of the Accept header, "" for the client's default
	MaxBytes int64  // most bytes of the decoded body; 0 = DefaultMaxBytes
	SameHost bool   // refuse a redirect to another host (did:web)
	Fresh    bool   // do not answer from the cache (a hosted badge's own assertion)
	Private  bool   // the answer is an applicant's, not an issuer's: never cached across applications

	// Chosen says that an applicant chose the address: a link of his documents,
	// or what a badge calls its own place. Such requests are kept apart from those
	// for what issuers publish.
	Chosen bool

	// PlainHTTP lets the document be read over http, and redirects stay on
	// http. Only a link in a document, a hosted Open Badges 1 or 2 document and the
	// signed credential of a copy that has lost its proof may be had so: keys, DID documents and status lists need https.
	PlainHTTP bool
}

// DefaultMaxBytes bounds a body when the request names no bound.
const DefaultMaxBytes = 1 << 20

// Response is what a host said, whatever the status: 404 and 410 are answers.
type Response struct {
	URL         string // after redirects
	Status      int
	ContentType string // media type alone, lower case
	Charset     string // as the host declares it, lower case; "" = not at all
	Header      http.Header
	Body        []byte
	At          time.Time // when the host was asked (of the cached answer, too)
	SHA256      string    // hex, of Body
	Expires     time.Time // until when the answer may be reused; zero = not
	Cached      bool
}

// Evidence is the response as a verdict cites it: note says what it showed.
func (r *Response) Evidence(note string) verdict.Evidence {
	return verdict.Evidence{URL: r.URL, At: r.At.UTC(), SHA256: r.SHA256, Note: note}
}

// Text is the body as UTF-8, without a byte order mark ([read.UTF8]).
func (r *Response) Text() []byte { return read.UTF8(r.Body, r.Charset) }

// JSON reports whether the body may be a JSON document: not a page, a picture
// or nothing. Hosts of plain files call JSON text/plain or leave the type out,
// so the type alone refuses only what cannot be meant.
func (r *Response) JSON() bool {
	t := r.ContentType
	switch {
	case t == "", t == "text/plain", t == "text/json", t == "application/octet-stream",
		t == "application/json", strings.HasSuffix(t, "+json"):
	default:
		return false
	}
	b := bytes.TrimLeft(r.Text(), " \t\r\n")
	return len(b) > 0 && (b[0] == '{' || b[0] == '[')
}

// Fetcher answers requests. The guarded client, the recorded web, the recorder
// and the offline fetcher implement it.
type Fetcher interface {
	// Fetch returns an error that wraps exactly one of the errors below when
	// there is no answer to read, or guard.ErrFault. Any HTTP status is an answer.
	Fetch(ctx context.Context, r Request) (*Response, error)
}

// Why there is no answer. Temporary tells which of them pass.
var (
	ErrUnreachable = errors.New("host cannot be reached")        // DNS, refused, TLS, reset
	ErrTimeout     = errors.New("host did not answer in time")   // any of the time limits
	ErrBusy        = errors.New("host is not asked just now")    // rate limit or open circuit breaker
	ErrForbidden   = errors.New("address may not be fetched")    // scheme, port, userinfo, private address
	ErrRedirect    = errors.New("redirect refused")              // too many, loop, downgrade, other host
	ErrTooLarge    = errors.New("answer is larger than allowed") // body or headers
	ErrMalformed   = errors.New("answer is not HTTP")            // protocol errors, bad encoding
	ErrOffline     = errors.New("network is not used")           // --offline
	ErrBudget      = errors.New("budget of this application is used up")
	ErrLater       = errors.New("host is asked in a moment") // see Asking
)

// askKey carries what Asking was given.
type askKey struct{}

// Asking has f called before a host is asked for what the cache does not have, and what
// f gives when the answer is there, or none comes. An error of f, which should wrap
// ErrLater, is the answer, and nobody is asked.
func Asking(ctx context.Context, f func(context.Context) (done func(), err error)) context.Context {
	return context.WithValue(ctx, askKey{}, f)
}

// Ask calls what Asking was given, for who waits for what another one asks.
func Ask(ctx context.Context) (done func(), err error) {
	f, ok := ctx.Value(askKey{}).(func(context.Context) (func(), error))
	if !ok {
		return func() {}, nil
	}
	return f(ctx)
}

type toldKey struct{}

// Telling has f told, beside Options.Told, what came of the requests of a context.
func Telling(ctx context.Context, f func(Asked)) context.Context {
	return context.WithValue(ctx, toldKey{}, f)
}

// Temporary reports whether the cause of err passes, so that asking again
// later may give an answer. A fault of ours does: it says nothing of the host.
func Temporary(err error) bool {
	for _, e := range []error{ErrUnreachable, ErrTimeout, ErrBusy, ErrOffline, ErrBudget, ErrLater, ErrWithheld, guard.ErrFault, context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
