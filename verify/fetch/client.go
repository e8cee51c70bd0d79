package fetch

import (
	"bytes"
	"cmp"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
	"go.uber.org/zap"
	"golang.org/x/sync/singleflight"

	"assay/verify/guard"
)

// Options configure a Client. The zero value is good.
type Options struct {
	// AllowHosts are HOST:PORT pairs, as they stand in a URL (port written
	// out), that may be fetched whatever address they have, over http as well
	// as https. They are the operator's own: rate and concurrency limits and
	// the circuit breaker pass them by.
	AllowHosts []string

	Now       func() time.Time // nil = time.Now; for lifetimes and rates, not for time limits
	Log       *zap.Logger      // nil = none; causes of refusals, which errors do not tell
	Told      func(Asked)      // is told what came of each request; nil = nobody
	UserAgent string           // DefaultUserAgent
	RootCAs   *x509.CertPool   // nil = the system's
	Resolver  *net.Resolver    // nil = the system's

	// Proxy is where nothing else is let out: http or https, HOST:PORT, perhaps a user
	// and password. It is asked to CONNECT to addresses that were checked here. It may
	// have any address, as it is the operator's own; "" = none.
	Proxy string

	Total  time.Duration // one request with its redirects; DefaultTotal
	Dial   time.Duration // name look-up and connection; DefaultDial
	TLS    time.Duration // DefaultTLS
	Header time.Duration // request sent to header read; DefaultHeader

	// A body must come at MinRate bytes a second, counted after Grace.
	MinRate int64         // DefaultMinRate
	Grace   time.Duration // DefaultGrace

	// Limits of each tenant (see For), and of links and what issuers publish
	// apart. One application takes all places of a host or an address but one.
	PerHost    int           // requests at one host at once; DefaultPerHost
	PerAddress int           // requests at one address, whatever the hosts, at once; DefaultPerAddress
	Rate       float64       // requests a second at one host, four times that at one address; DefaultRate
	Burst      int           // DefaultBurst
	MaxWait    time.Duration // longest wait for a turn before ErrBusy; DefaultMaxWait

	MaxAtOnce int // requests in all at once, three quarters of them a tenant's links at most; DefaultMaxAtOnce

	// Failures in a row that open a host's circuit breaker; of a host of issuers
	// those of one application count once.
	BreakAfter int           // DefaultBreakAfter
	BreakFor   time.Duration // how long it stays open, doubled by each failed try to 16 times; DefaultBreakFor

	CacheBytes  int64         // memory for cached bodies; DefaultCacheBytes, negative = no cache
	MinTTL      time.Duration // least lifetime of a 200 answer that may be stored; DefaultMinTTL
	MaxTTL      time.Duration // most lifetime; DefaultMaxTTL
	DefaultTTL  time.Duration // lifetime of an answer that names none; DefaultTTL
	NegativeTTL time.Duration // lifetime of errors and of all but 200; DefaultNegativeTTL

	// connect stands for the guarded dialer in tests of all but the guard.
	connect func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Defaults of Options.
const (
	DefaultUserAgent   = "assay (badge verification)"
	DefaultTotal       = 10 * time.Second
	DefaultDial        = 3 * time.Second
	DefaultTLS         = 3 * time.Second
	DefaultHeader      = 5 * time.Second
	DefaultMinRate     = 1 << 10
	DefaultGrace       = 2 * time.Second
	DefaultPerHost     = 3
	DefaultPerAddress  = 6
	DefaultRate        = 1.0
	DefaultBurst       = 5
	DefaultMaxWait     = 5 * time.Second
	DefaultMaxAtOnce   = 64
	DefaultBreakAfter  = 5
	DefaultBreakFor    = time.Minute
	DefaultCacheBytes  = 64 << 20
	DefaultMinTTL      = 5 * time.Minute
	DefaultMaxTTL      = 24 * time.Hour
	DefaultTTL         = 10 * time.Minute
	DefaultNegativeTTL = time.Minute

	maxHeader     = 64 << 10
	defaultAccept = "application/ld+json, application/json;q=0.9, */*;q=0.5"
)

// Client is the guarded HTTP client. It reaches no address but public ones,
// checked when the socket is made and so after any answer of DNS; no port but
// 80 and 443; nothing through a proxy; and it bounds time, size, rate and
// redirects. Safe for concurrent use.
//
// What is answered with an error is remembered for NegativeTTL, and with a
// 200 for its lawful lifetime (RFC 9111) between MinTTL and MaxTTL, unless the
// answer says no-store, no-cache or private, or the request says Private.
type Client struct {
	o       Options
	allowed map[string]bool
	http    *http.Client
	send    *http.Client // of Send
	flight  singleflight.Group
	cache   *cache
	slots   chan struct{}
	names   *hostNames

	mu    sync.Mutex
	lines map[string]*line
	swept time.Time
}

// NewClient returns a Client.
func NewClient(o Options) (*Client, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.UserAgent == "" {
		o.UserAgent = DefaultUserAgent
	}
	o.Total = cmp.Or(max(o.Total, 0), DefaultTotal)
	o.Dial = cmp.Or(max(o.Dial, 0), DefaultDial)
	o.TLS = cmp.Or(max(o.TLS, 0), DefaultTLS)
	o.Header = cmp.Or(max(o.Header, 0), DefaultHeader)
	o.MinRate = cmp.Or(max(o.MinRate, 0), DefaultMinRate)
	o.Grace = cmp.Or(max(o.Grace, 0), DefaultGrace)
	o.PerHost = cmp.Or(max(o.PerHost, 0), DefaultPerHost)
	o.PerAddress = cmp.Or(max(o.PerAddress, 0), DefaultPerAddress)
	o.Rate = cmp.Or(max(o.Rate, 0), DefaultRate)
	o.Burst = cmp.Or(max(o.Burst, 0), DefaultBurst)
	o.MaxWait = cmp.Or(max(o.MaxWait, 0), DefaultMaxWait)
	o.MaxAtOnce = cmp.Or(max(o.MaxAtOnce, 0), DefaultMaxAtOnce)
	o.BreakAfter = cmp.Or(max(o.BreakAfter, 0), DefaultBreakAfter)
	o.BreakFor = cmp.Or(max(o.BreakFor, 0), DefaultBreakFor)
	o.CacheBytes = cmp.Or(max(o.CacheBytes, 0), DefaultCacheBytes)
	o.MinTTL = cmp.Or(max(o.MinTTL, 0), DefaultMinTTL)
	o.MaxTTL = cmp.Or(max(o.MaxTTL, 0), DefaultMaxTTL)
	o.DefaultTTL = cmp.Or(max(o.DefaultTTL, 0), DefaultTTL)
	o.NegativeTTL = cmp.Or(max(o.NegativeTTL, 0), DefaultNegativeTTL)

	c := &Client{
		o: o, allowed: map[string]bool{}, lines: map[string]*line{},
		cache: newCache(o.CacheBytes), slots: make(chan struct{}, o.MaxAtOnce), names: newHostNames(),
	}
	for _, hp := range o.AllowHosts {
		h, p, err := net.SplitHostPort(hp)
		if err != nil || h == "" || p == "" {
			return nil, fmt.Errorf("allowed host %q is not HOST:PORT", hp)
		}
		c.allowed[net.JoinHostPort(strings.ToLower(h), p)] = true
	}
	guarded := &net.Dialer{Timeout: o.Dial, Resolver: o.Resolver, Control: control()}
	open := &net.Dialer{Timeout: o.Dial, Resolver: o.Resolver}
	connect := guarded.DialContext
	if o.Proxy != "" {
		t, err := newTunnel(&o)
		if err != nil {
			return nil, err
		}
		connect = t.connect
	}
	if o.connect != nil {
		connect = o.connect
	}
	c.http = &http.Client{
		// Redirects are ours to follow: each is checked like the first URL.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: nil, // a proxy would see the address and the guard only the proxy
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				// In a goroutine of the transport's.
				var conn net.Conn
				err := guard.Try("connecting", func() (err error) {
					if c.allowed[strings.ToLower(addr)] {
						conn, err = open.DialContext(ctx, network, addr)
					} else {
						conn, err = c.dial(ctx, connect, network, addr)
					}
					return err
				})
				return conn, err
			},
			TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    o.TLS,
			ResponseHeaderTimeout:  o.Header,
			MaxResponseHeaderBytes: maxHeader,
			// No connection outlives its request, so that none is used for
			// another application than the one it was checked for.
			DisableKeepAlives: true,
			// We ask for gzip and unpack it under our own limit.
			DisableCompression: true,
			// HTTP/1.1 alone: nothing here gains by HTTP/2 and its state.
			ForceAttemptHTTP2: false,
			TLSNextProto:      map[string]func(string, *tls.Conn) http.RoundTripper{},
		},
	}
	c.send = c.sending(connect, open)
	return c, nil
}

// errGuard marks refusals at the dial.
var errGuard = errors.New("address refused")

// control checks the address of every socket before it connects: the IANA
// special-purpose registries by package ssrf, and what clouds keep at
// addresses that look public.
func control() func(network, address string, _ syscall.RawConn) error {
	g := ssrf.New(ssrf.WithDeniedV4Prefixes(
		netip.MustParsePrefix("168.63.129.16/32"), // Azure's platform service
	))
	return func(network, address string, rc syscall.RawConn) error {
		if err := g.Safe(network, address, rc); err != nil {
			return fmt.Errorf("%w: %w", errGuard, err)
		}
		return nil
	}
}

// Fetch implements Fetcher. Errors say nothing of the network that the client
// runs in, but only which of the errors of this package it was, or that it was a
// fault of assay's own (guard.ErrFault).
func (c *Client) Fetch(ctx context.Context, r Request) (*Response, error) {
	also, _ := ctx.Value(toldKey{}).(func(Asked))
	if c.o.Told == nil && also == nil {
		resp, _, err := c.fetch(ctx, r)
		return resp, err
	}
	start := time.Now()
	resp, cached, err := c.fetch(ctx, r)
	if errors.Is(err, ErrLater) {
		return resp, err
	}
	a := Asked{Chosen: r.Chosen, Outcome: outcome(resp, err), Cached: cached, Took: time.Since(start)}
	for _, told := range []func(Asked){c.o.Told, also} {
		if told != nil {
			told(a)
		}
	}
	return resp, err
}

// Asked is what came of one request: nothing of whom, and for whom.
type Asked struct {
	Chosen  bool          // as of the Request
	Outcome string        // the class of the status ("2xx"), or the name of the error ("timeout")
	Cached  bool          // the cache had the answer, or the error
	Took    time.Duration // with the wait for a turn
}

// outcome gives Asked.Outcome, one of a fixed set.
func outcome(resp *Response, err error) string {
	switch {
	case err == nil && resp.Status >= 100 && resp.Status <= 599:
		return string('0'+rune(resp.Status/100)) + "xx"
	case err == nil:
		return "malformed"
	case errors.Is(err, guard.ErrFault):
		return "fault"
	}
	return cmp.Or(errorName(err), "other")
}

// Broken is how many hosts the circuit breakers leave alone just now, each counted for
// every tenant and purpose for which they do.
func (c *Client) Broken() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, n := c.o.Now(), 0
	for _, l := range c.lines {
		l.mu.Lock()
		if now.Before(l.open) {
			n++
		}
		l.mu.Unlock()
	}
	return n
}

// fetch is Fetch, and says whether the cache had the answer.
func (c *Client) fetch(ctx context.Context, r Request) (_ *Response, cached bool, _ error) {
	r.MaxBytes = cmp.Or(max(r.MaxBytes, 0), DefaultMaxBytes)
	u, err := checkURL(r.URL, r.PlainHTTP, c.allowed)
	if err != nil {
		return nil, false, err
	}
	if err := ctx.Err(); err != nil {
		return nil, false, fmt.Errorf("%w: %w", ErrTimeout, err)
	}
	if r.personal() {
		c.names.own(u.Hostname(), true)
	}
	if r.Private {
		// Neither kept nor shared: the address alone may be a person's.
		done, err := Ask(ctx)
		if err != nil {
			return nil, false, err
		}
		defer done()
		resp, err := c.get(ctx, u, r)
		return resp, false, err
	}
	key := fmt.Sprintf("%s\n%s\n%d %t %t", u, r.Accept, r.MaxBytes, r.SameHost, r.PlainHTTP)
	if !r.Fresh {
		if resp, err, ok := c.cache.get(key, c.o.Now()); ok {
			return resp, true, err
		}
	}
	answered, err := Ask(ctx)
	if err != nil {
		return nil, false, err
	}
	defer answered()
	// The flight outlives the one who started it: others may wait for it. Its
	// own time limit ends it.
	// A tenant's question may wait or be refused for reasons of his own.
	done := c.flight.DoChan(laneOf(ctx, r).key+"\n"+key, func() (any, error) {
		if !r.Fresh {
			// The one before may have ended since the look above.
			if resp, err, ok := c.cache.get(key, c.o.Now()); ok {
				return resp, err
			}
		}
		resp, err := c.get(context.WithoutCancel(ctx), u, r)
		if !r.Fresh && !errors.Is(err, guard.ErrFault) {
			c.cache.put(key, resp, err, c.lifetime(resp, err))
		}
		return resp, err
	})
	select {
	case <-ctx.Done():
		return nil, false, fmt.Errorf("%w: %w", ErrTimeout, ctx.Err())
	case res := <-done:
		if res.Err != nil {
			return nil, false, res.Err
		}
		resp := res.Val.(*Response)
		return resp, resp.Cached, nil
	}
}

// get asks the network, within the total time. A fault is an error here: the one
// who waits may be another than the one who asked.
func (c *Client) get(ctx context.Context, u *url.URL, r Request) (*Response, error) {
	var resp *Response
	err := guard.Try("fetching", func() (err error) {
		resp, err = c.chase(ctx, u, r)
		return err
	})
	return resp, err
}

// chase asks, and follows redirects.
func (c *Client) chase(caller context.Context, u *url.URL, r Request) (*Response, error) {
	ctx, cancel := context.WithTimeout(caller, c.o.Total)
	defer cancel()
	for seen := map[string]bool{}; ; {
		seen[u.String()] = true
		resp, location, err := c.turn(ctx, caller, u, r)
		if err != nil {
			return nil, err
		}
		if location == "" {
			return resp, nil
		}
		if u, err = redirect(u, location, r, seen, c.allowed); err != nil {
			return nil, err
		}
	}
}

// turn waits for the host's turn, asks once, and tells the breaker.
func (c *Client) turn(ctx, caller context.Context, u *url.URL, r Request) (resp *Response, location string, err error) {
	name := hostPort(u)
	if c.allowed[name] {
		return c.once(ctx, u, r)
	}
	l := laneOf(ctx, r)
	release, err := c.host(l, name).enter(ctx, c, l, c.o.MaxWait)
	if err != nil {
		return nil, "", err
	}
	what := nothing
	defer func() { release(what) }()
	place, err := c.places(l).take(ctx)
	if err != nil {
		return nil, "", err
	}
	defer place()
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, "", ErrBusy
	}
	resp, location, err = c.once(context.WithValue(ctx, laneKey{}, l), u, r)
	switch {
	case resp != nil && resp.Status < 500:
		what = good
	case caller.Err() != nil: // whatever it was, the one who asked ended it
	case resp != nil, errors.Is(err, ErrUnreachable), errors.Is(err, ErrTimeout), errors.Is(err, ErrMalformed):
		what = bad
	}
	return resp, location, err
}

// laneKey carries the lane of a request to where its connection is made.
type laneKey struct{}

// redials is how often a connection is made anew because its address had no
// place.
const redials = 3

// dial connects, and has the address that answered count: a host may have any
// number of names. Who waits for the address does so without a connection.
func (c *Client) dial(ctx context.Context, connect func(context.Context, string, string) (net.Conn, error), network, addr string) (net.Conn, error) {
	l, _ := ctx.Value(laneKey{}).(lane)
	var at string
	release := func(learnt) {}
	for range redials {
		conn, err := connect(ctx, network, addr)
		if err != nil {
			release(nothing)
			return nil, err
		}
		if to := addressOf(conn); to != at {
			release(nothing)
			at = to
			free, err := c.address(l, at).enter(ctx, c, l, 0)
			if err != nil {
				_ = conn.Close()
				if release, err = c.address(l, at).enter(ctx, c, l, c.o.MaxWait); err != nil {
					return nil, err
				}
				continue
			}
			release = free
		}
		return &counted{Conn: conn, end: sync.OnceFunc(func() { release(nothing) })}, nil
	}
	release(nothing)
	return nil, ErrBusy
}

// addressOf is the address that a connection leads to; of IPv6 the network that
// one customer has.
func addressOf(c net.Conn) string {
	a, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return c.RemoteAddr().String()
	}
	if ip := a.Addr().Unmap(); ip.Is4() {
		return ip.String()
	}
	p, _ := a.Addr().WithZone("").Prefix(64)
	return p.String()
}

// counted is a connection that has a place at its address.
type counted struct {
	net.Conn
	end func()
}

// Close closes the connection and gives its place free.
func (c *counted) Close() error {
	defer c.end()
	return c.Conn.Close()
}

// once asks one URL and follows nothing.
func (c *Client) once(ctx context.Context, u *url.URL, r Request) (*Response, string, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var answered atomic.Bool // something came back
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotFirstResponseByte: func() { answered.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, "", fmt.Errorf("%w: not a URL", ErrForbidden)
	}
	accept := r.Accept
	if accept == "" {
		accept = defaultAccept
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("User-Agent", c.o.UserAgent)
	at := c.o.Now().UTC()
	res, err := c.http.Do(req)
	if err != nil {
		return nil, "", c.explain(ctx, u, r, err, answered.Load())
	}
	defer res.Body.Close()
	out := &Response{URL: u.String(), Status: res.StatusCode, Header: res.Header, At: at}
	out.ContentType, out.Charset = mediaType(res.Header.Get("Content-Type"))
	if loc := res.Header.Get("Location"); isRedirect(res.StatusCode) && loc != "" {
		return out, loc, nil
	}
	if out.Body, err = c.body(ctx, cancel, res, r.MaxBytes); err != nil {
		return nil, "", c.explain(ctx, u, r, err, answered.Load())
	}
	out.SHA256 = digest(out.Body)
	return out, "", nil
}

// body reads a body under the limits of size, packed and unpacked, and rate.
func (c *Client) body(ctx context.Context, cancel context.CancelCauseFunc, res *http.Response, most int64) ([]byte, error) {
	if res.ContentLength > most {
		return nil, ErrTooLarge
	}
	m := &meter{r: res.Body}
	stop := m.watch(c.o.Grace, c.o.MinRate, cancel)
	defer stop()
	packed := &capped{r: m, left: most}
	var in io.Reader = packed
	switch enc := strings.ToLower(strings.TrimSpace(res.Header.Get("Content-Encoding"))); enc {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(packed)
		if err != nil {
			if cause := firstOf(err, context.Cause(ctx)); cause != nil {
				return nil, cause
			}
			return nil, fmt.Errorf("%w: bad gzip", ErrMalformed)
		}
		in = z
	default:
		return nil, fmt.Errorf("%w: content encoding not asked for", ErrMalformed)
	}
	body, err := readAll(in, most)
	if errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || isFlate(err) {
		return nil, fmt.Errorf("%w: bad gzip", ErrMalformed)
	}
	// A server that sees us hang up may end its body in good order, and that
	// end may still reach us: what was cut short must not pass for the whole.
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	return body, err
}

// firstOf tells what really stopped a gzip header from being read.
func firstOf(err, cause error) error {
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || isFlate(err) {
		return nil
	}
	if cause != nil {
		return cause
	}
	if errors.Is(err, io.EOF) {
		return nil // an empty body under a gzip label
	}
	return err
}

// isFlate reports an error of package flate: of the packed bytes.
func isFlate(err error) bool {
	var corrupt flate.CorruptInputError
	var internal flate.InternalError
	return errors.As(err, &corrupt) || errors.As(err, &internal)
}

// readAll reads r to its end and fails with ErrTooLarge beyond most bytes.
func readAll(r io.Reader, most int64) ([]byte, error) {
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(r, most+1))
	if err != nil {
		return nil, err
	}
	if n > most {
		return nil, ErrTooLarge
	}
	return b.Bytes(), nil
}

// capped fails once more than left bytes were read.
type capped struct {
	r    io.Reader
	left int64
}

func (l *capped) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}

var errSlow = errors.New("body comes too slowly")

// meter counts what was read and ends a body that comes too slowly.
type meter struct {
	r io.Reader
	n atomic.Int64
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.n.Add(int64(n))
	return n, err
}

// watch calls stop with errSlow when, after grace, fewer than rate bytes a second came
// since the beginning of the body. The returned function ends the watch.
func (m *meter) watch(grace time.Duration, rate int64, stop context.CancelCauseFunc) func() {
	start := time.Now()
	end := make(chan struct{})
	guard.Go("fetching", func() {
		t := time.NewTimer(grace)
		defer t.Stop()
		for {
			select {
			case <-end:
				return
			case <-t.C:
			}
			if float64(m.n.Load()) < time.Since(start).Seconds()*float64(rate) {
				stop(errSlow)
				return
			}
			t.Reset(grace / 4)
		}
	}, stop)
	return sync.OnceFunc(func() { close(end) })
}

// headerTooLarge reports whether net/http gave up on the headers at
// MaxResponseHeaderBytes, an error that it gives no type.
func headerTooLarge(err error) bool {
	return strings.Contains(err.Error(), "response headers exceeded")
}

// broke reports whether a connection ended before its answer did. Any other
// error once something was answered is that it was not HTTP.
func broke(err error) bool {
	var op *net.OpError
	var no syscall.Errno
	return errors.As(err, &op) || errors.As(err, &no) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// explain maps an error of net/http to one of ours, tells the log the cause
// and the caller only its kind.
func (c *Client) explain(ctx context.Context, u *url.URL, r Request, err error, answered bool) error {
	kind := ErrUnreachable
	if own := (*guard.Fault)(nil); errors.As(err, &own) {
		return own
	}
	var ne net.Error
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, guard.ErrFault):
		kind = cause
	case errors.Is(err, ErrTooLarge), headerTooLarge(err):
		kind = ErrTooLarge
	case errors.Is(err, ErrMalformed):
		kind = ErrMalformed
	case errors.Is(err, ErrBusy):
		kind = ErrBusy
	case errors.Is(err, errGuard):
		kind = ErrForbidden
	case errors.Is(cause, errSlow), errors.Is(cause, context.DeadlineExceeded), errors.Is(cause, context.Canceled):
		kind = ErrTimeout
	case errors.As(err, &ne) && ne.Timeout():
		kind = ErrTimeout
	case errors.Is(err, http.ErrSchemeMismatch), answered && !broke(err):
		kind = ErrMalformed
	}
	// net/http puts the whole URL into its error, and a path may hold a name.
	if ue := (*url.Error)(nil); errors.As(err, &ue) {
		err = ue.Err
	}
	host, cause := u.Hostname(), zap.Error(err)
	if c.names.own(host, r.personal()) {
		// A host of an applicant's own may be called like him, and errors name it.
		host, cause = c.names.pseudonym(host), zap.String("type", fmt.Sprintf("%T", err))
	}
	c.o.Log.Info("no answer", zap.String("host", host), zap.String("kind", kind.Error()), cause)
	return kind
}
