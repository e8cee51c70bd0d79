// Package elastic is the index.Engine on Elasticsearch 8.
//
// It uses the core of Elasticsearch alone (keyword, text with the whitespace
// analyzer, date, nested, aliases, index templates, external versions), so it
// runs on every distribution of version 8. Folding of accents, stemming,
// synonyms and hierarchy are settled in Go before a document or a query comes
// here: a query is a query.Plan, data only, and what a user typed never becomes
// part of a query language.
//
// Layout: versioned indices PREFIX-applications-000001, …2 behind the alias
// PREFIX-applications. Every write demands the alias, every document is routed
// by its tenant, every version is external. An index remembers the fingerprint
// of the id key that its document ids were made with, and is refused under
// another.
//
// Out of scope: users, roles, snapshots and life cycle of the cluster.
package elastic

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"assay/index"

	elasticsearch "github.com/elastic/go-elasticsearch/v8"
	"go.uber.org/zap"
)

// Defaults of Options.
const (
	DefaultPrefix      = "assay"
	DefaultFlushDocs   = 500
	DefaultFlushBytes  = 5 << 20
	DefaultConcurrency = 4
	DefaultRetryFor    = time.Minute
	DefaultTimeout     = 2 * time.Second // of a search, on the server
	DefaultRefresh     = time.Second
)

// NoReplicas of Options asks for no copy of a shard beside the first.
const NoReplicas = -1

// maxResponse bounds what is read of one answer.
const maxResponse = 256 << 20

// Options say where the cluster is and how to use it. Addresses and Key are
// required; the zero value of the rest is good.
type Options struct {
	Addresses []string // http(s)://host:port
	Key       []byte   // the installation's id key
	Prefix    string   // of every name in the cluster; lower case letters, digits, - and _; "" = DefaultPrefix
	Username  string
	Password  string
	APIKey    string // base64, instead of Username and Password
	CACert    []byte // PEM, for a private authority

	Existing bool // Open makes nothing: index.ErrNotFound where there is no index

	// Shards and Replicas (of each shard, beside the first copy) may also be set in
	// the cluster: what stands there is kept, by a rebuild too, unless they say
	// otherwise. Shards can only change by a rebuild.
	Shards   int // 0 = as they are; of a first index, 1
	Replicas int // 0 = as they are; of a first index, 1 as soon as there is a second node; NoReplicas = none

	Refresh     time.Duration // how late a write is seen by searches; 0 = DefaultRefresh
	FlushDocs   int           // documents in one request; 0 = DefaultFlushDocs
	FlushBytes  int           // bytes in one request; 0 = DefaultFlushBytes
	Concurrency int           // bulk requests under way at once; 0 = DefaultConcurrency
	RetryFor    time.Duration // how long a write is tried again before index.ErrUnavailable; 0 = DefaultRetryFor
	Timeout     time.Duration // of a search, on the server; 0 = DefaultTimeout

	Transport http.RoundTripper // nil = one of our own, without a proxy
	Log       *zap.Logger       // nil = none
	Now       func() time.Time  // nil = time.Now

	Troubled func(index.Trouble) // is told what requests meet, at each try; nil = nobody
}

// Engine is an index.Engine on an Elasticsearch cluster. It is safe for
// concurrent use.
type Engine struct {
	o     Options
	es    *elasticsearch.BaseClient
	alias string
	log   *zap.Logger
	now   func() time.Time
	bulk  *writer

	writes index.Writes

	fresh refresher

	states atomic.Bool // the documents in the index carry states; see claimed

	held     sync.Mutex
	since    time.Time     // when the write block was first met, zero = is not
	patience time.Duration // see blockPatience

	linger time.Duration // how long Rebuild leaves the old index to searches under way
}

var _ index.Engine = (*Engine)(nil)

var prefixForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// Errors of Open that do not pass by themselves.
var (
	ErrLogin  = errors.New("the server refuses the user, the password or the API key")
	ErrRights = errors.New("the user lacks a right that assay needs in Elasticsearch")
	ErrOther  = errors.New("the server is not Elasticsearch 8")
)

// Open connects to the cluster, makes template and index where they are missing
// (unless Options.Existing) and checks the id key: index.ErrKey when the index
// was written under another, index.ErrUnavailable when the cluster does not
// answer, and ErrLogin, ErrRights or ErrOther when it answers and asking again
// would not help.
func Open(ctx context.Context, o Options) (*Engine, error) {
	e, err := connect(o)
	if err != nil {
		return nil, err
	}
	if o.Existing {
		name, m, err := e.current(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.alias, lasting(err))
		}
		return e, lasting(e.adopt(ctx, name, m))
	}
	if err := e.Init(ctx); err != nil {
		return nil, lasting(err)
	}
	return e, nil
}

// lasting tells an error that does not pass by itself from one that does: a running
// engine is patient with both, as a right may be given back.
func lasting(err error) error {
	var f *failure
	switch {
	case errors.Is(err, ErrOther):
		return ErrOther
	case !errors.As(err, &f):
		return err
	case f.status == http.StatusUnauthorized:
		return fmt.Errorf("%w: %w", ErrLogin, f)
	case f.status == http.StatusForbidden && f.kind != "":
		return fmt.Errorf("%w: %w", ErrRights, f)
	case f.status < 500 && f.kind == "": // Elasticsearch always names what it refuses
		return fmt.Errorf("%w: it answers %d", ErrOther, f.status)
	}
	return err
}

// genuine gives ErrOther for a success that is not Elasticsearch's.
type genuine struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (g genuine) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := g.RoundTripper.RoundTrip(r)
	if err == nil && res.StatusCode/100 == 2 && res.Header.Get("X-Elastic-Product") != "Elasticsearch" {
		res.Body.Close()
		return nil, ErrOther
	}
	return res, err
}

func connect(o Options) (*Engine, error) {
	if len(o.Addresses) == 0 {
		return nil, errors.New("no address")
	}
	for _, a := range o.Addresses {
		u, err := url.Parse(a)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return nil, errors.New("an address must be http(s)://host:port")
		}
	}
	if len(o.Key) == 0 {
		return nil, errors.New("no id key")
	}
	o.Prefix = cmp.Or(o.Prefix, DefaultPrefix)
	if !prefixForm.MatchString(o.Prefix) {
		return nil, fmt.Errorf("prefix %q: want lower case letters, digits, - and _", o.Prefix)
	}
	o.Shards, o.Replicas = max(o.Shards, 0), max(o.Replicas, NoReplicas)
	o.FlushDocs = cmp.Or(max(o.FlushDocs, 0), DefaultFlushDocs)
	o.FlushBytes = cmp.Or(max(o.FlushBytes, 0), DefaultFlushBytes)
	o.Concurrency = cmp.Or(max(o.Concurrency, 0), DefaultConcurrency)
	o.RetryFor = cmp.Or(max(o.RetryFor, 0), DefaultRetryFor)
	o.Timeout = cmp.Or(max(o.Timeout, 0), DefaultTimeout)
	o.Refresh = cmp.Or(max(o.Refresh, 0), DefaultRefresh)
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Troubled == nil {
		o.Troubled = func(index.Trouble) {}
	}
	transport := o.Transport
	if transport == nil {
		var private *tls.Config
		if len(o.CACert) > 0 {
			private = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
			if !private.RootCAs.AppendCertsFromPEM(o.CACert) {
				return nil, errors.New("no certificate of an authority")
			}
		}
		transport = &http.Transport{
			TLSClientConfig:       private,
			Proxy:                 nil, // the engine is named by its operator, not by the environment
			DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			TLSHandshakeTimeout:   5 * time.Second,
			MaxIdleConnsPerHost:   32,
			IdleConnTimeout:       90 * time.Second,
			ResponseHeaderTimeout: time.Minute,
		}
	}
	// The client with every API as a method would add 19 MB to the program.
	es, err := elasticsearch.NewBaseClient(elasticsearch.Config{
		Addresses:         o.Addresses,
		Username:          o.Username,
		Password:          o.Password,
		APIKey:            o.APIKey,
		Transport:         genuine{transport},
		DisableRetry:      true, // the writer retries item by item
		DisableMetaHeader: true,
	})
	if err != nil {
		return nil, err
	}
	e := &Engine{o: o, es: es, alias: o.Prefix + "-applications", log: o.Log, now: o.Now, linger: o.Timeout, patience: blockPatience}
	e.bulk = &writer{
		e:        e,
		gate:     newGate(o.Concurrency),
		docs:     o.FlushDocs,
		bytes:    o.FlushBytes,
		retryFor: o.RetryFor,
		jitter:   rand.Float64,
		sleep:    sleep,
	}
	return e, nil
}

// response is an answer of the cluster, read to its end.
type response struct {
	status int
	header http.Header
	body   []byte
}

// failure is an answer that is not a success. Its text holds the type of the
// error only: reasons quote documents.
type failure struct {
	status int
	kind   string
}

func (f *failure) Error() string {
	if f.kind == "" {
		return fmt.Sprintf("elasticsearch answers %d", f.status)
	}
	return fmt.Sprintf("elasticsearch answers %d %s", f.status, f.kind)
}

// raw performs one request. An error means that no whole answer came.
func (e *Engine) raw(ctx context.Context, method, path, contentType string, body []byte) (*response, error) {
	req, err := http.NewRequestWithContext(ctx, method, path, nil)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Body = io.NopCloser(bytes.NewReader(body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		req.ContentLength = int64(len(body))
		req.Header.Set("Content-Type", contentType)
	}
	if strings.Contains(path, "/_bulk") || strings.Contains(path, "/_msearch") {
		// The server takes longer to compress what it says of each document than
		// to say it.
		req.Header.Set("Accept-Encoding", "identity")
	}
	res, err := e.es.Perform(req)
	if err != nil {
		e.broken(ctx, err)
		return nil, err
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if n := res.ContentLength; n > 0 && n < maxResponse {
		b.Grow(int(n) + bytes.MinRead)
	}
	if _, err := b.ReadFrom(io.LimitReader(res.Body, maxResponse+1)); err != nil {
		e.broken(ctx, err)
		return nil, err
	}
	if b.Len() > maxResponse {
		e.o.Troubled(index.TroubleOdd)
		return nil, errors.New("answer too long")
	}
	if t := troubleOf(res.StatusCode, func() string { return errorType(b.Bytes()) }); t != "" {
		e.o.Troubled(t)
	}
	return &response{res.StatusCode, res.Header, b.Bytes()}, nil
}

// call performs a JSON request and decodes the answer into out. Failures are
// *failure; those of transport, 429 and 5xx wrap index.ErrUnavailable too.
func (e *Engine) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	return e.send(ctx, method, path, "application/json", body, out)
}

func (e *Engine) send(ctx context.Context, method, path, contentType string, body []byte, out any) error {
	res, err := e.raw(ctx, method, path, contentType, body)
	if err != nil {
		return fmt.Errorf("%w: %w", index.ErrUnavailable, err)
	}
	if res.status >= 300 {
		f := &failure{res.status, errorType(res.body)}
		if res.status == http.StatusTooManyRequests || res.status >= 500 ||
			res.status == http.StatusUnauthorized || res.status == http.StatusForbidden {
			return fmt.Errorf("%w: %w", index.ErrUnavailable, f)
		}
		return f
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(res.body, out); err != nil {
		return fmt.Errorf("%w: answer of elasticsearch: %w", index.ErrUnavailable, err)
	}
	return nil
}

// errorType reads the type of an error answer, "" when there is none.
func errorType(body []byte) string {
	var a struct {
		Error struct {
			Type      string `json:"type"`
			RootCause []struct {
				Type string `json:"type"`
			} `json:"root_cause"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &a) != nil {
		return ""
	}
	if len(a.Error.RootCause) > 0 && a.Error.RootCause[0].Type != "" {
		return a.Error.RootCause[0].Type
	}
	return a.Error.Type
}

func failed(err error, status int) bool {
	var f *failure
	return errors.As(err, &f) && f.status == status
}

// Ready reports whether the cluster takes writes and searches: the alias stands
// and every primary shard behind it is there.
func (e *Engine) Ready(ctx context.Context) error {
	var h struct {
		Status string `json:"status"`
	}
	err := e.call(ctx, http.MethodGet, "/_cluster/health/"+e.alias+"?level=indices&timeout=1s&filter_path=status", nil, &h)
	if err != nil {
		return unavailable(err)
	}
	if h.Status != "green" && h.Status != "yellow" {
		return fmt.Errorf("%w: index is %s", index.ErrUnavailable, h.Status)
	}
	return e.writes.Ready(e.now())
}

func unavailable(err error) error {
	if errors.Is(err, index.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", index.ErrUnavailable, err)
}

// Refresh makes every write so far visible to searches. Searches do without, as
// the index refreshes itself; Holders does not.
func (e *Engine) Refresh(ctx context.Context) error {
	return e.call(ctx, http.MethodPost, "/"+e.alias+"/_refresh", nil, nil)
}

// Remove takes away all that is in the cluster under the prefix: of a trial.
func (e *Engine) Remove(ctx context.Context) error {
	name, _, err := e.current(ctx)
	if err == nil {
		err = e.call(ctx, http.MethodDelete, "/"+url.PathEscape(name), nil, nil)
	}
	if errors.Is(err, index.ErrNotFound) {
		err = nil
	}
	return errors.Join(err, gone(e.call(ctx, http.MethodDelete, "/_index_template/"+e.alias, nil, nil)))
}

// Close lets idle connections go.
func (e *Engine) Close() error {
	return e.es.Close(context.Background())
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
