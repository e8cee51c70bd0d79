package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"assay/index/web/look"
	"assay/verify/guard"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// Public is the server of one page for applicants and issuers: what an employer will see of
// a document or badge, and what to do about what is missing. It knows no tenant, no index
// and no decision, keeps nothing, and logs nothing of who asks. Each address has ten checks
// an hour, one in hand at a time; addresses of one /64 of IPv6 are one.
type Public struct {
	port
	o       PublicOptions
	proxies []netip.Prefix
	look    *look.Look
	hands   *atOnce
	hours   *hours
}

// PublicOptions configure a Public. Listen and Checker are required.
type PublicOptions struct {
	Listen  string   // HOST:PORT
	Proxies []string // addresses, or networks (CIDR), whose X-Forwarded-For is believed
	Checker Checker  // is asked for no tenant
	Unread  func(reason string) string
	Link    func(reason string) string
	Now     func() time.Time // nil = time.Now
	Faults  *guard.Watch     // nil = Log is told
	Log     *zap.Logger      // nil = no log

	Messages [][]byte // files of further languages (look.New)
}

// ErrProxies: an entry of PublicOptions.Proxies is neither an address nor a network.
var ErrProxies = errors.New("neither an address nor a network")

// Bounds of the public page.
const (
	publicHourly    = 10
	publicAtOnce    = 8        // checks that come in or are in hand
	publicBytes     = 25 << 20 // of the files of one check
	publicFiles     = 5        // and links
	publicRead      = time.Minute
	publicAddresses = 100_000 // that are remembered, for an hour at most
)

// NewPublic returns the server of the public page. Errors wrap ErrAddress or ErrProxies.
func NewPublic(o PublicOptions) (*Public, error) {
	if _, _, err := net.SplitHostPort(o.Listen); err != nil {
		return nil, fmt.Errorf("%q is %w", o.Listen, ErrAddress)
	}
	o.Log = cmp.Or(o.Log, zap.NewNop())
	o.Faults = cmp.Or(o.Faults, &guard.Watch{Log: o.Log})
	if o.Now == nil {
		o.Now = time.Now
	}
	p := &Public{port: port{at: o.Listen, faults: o.Faults, log: o.Log}, o: o, hands: newAtOnce(publicAtOnce, 1), hours: &hours{now: o.Now, of: map[netip.Addr]hour{}}}
	for _, s := range o.Proxies {
		n, err := netip.ParsePrefix(s)
		if a, e := netip.ParseAddr(s); e == nil {
			n, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("%q is %w", s, ErrProxies)
		}
		p.proxies = append(p.proxies, n.Masked())
	}
	var err error
	p.look, err = look.New(o.Messages...)
	return p, err
}

// Serve serves until ctx ends, and then what is in hand for ten seconds at most.
func (p *Public) Serve(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	p.serve(ctx, g, p)
	return g.Wait()
}

// ServeHTTP answers a request.
func (p *Public) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	guarded(p.faults, "a request to the public page", nil, rw, r, p.answer)
}

func (p *Public) answer(rw http.ResponseWriter, r *http.Request) {
	secured(rw.Header())
	switch {
	case r.URL.Path == "/" && r.Method == http.MethodPost:
		p.check(rw, r)
	case !taken(r):
		rw.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(rw, "method not allowed", http.StatusMethodNotAllowed)
	case r.URL.Path == "/":
		p.show(rw, r, http.StatusOK, &checkView{})
	case strings.HasPrefix(r.URL.Path, look.StaticPath):
		p.look.ServeHTTP(rw, r)
	case r.URL.Path == "/healthz":
		_, _ = fmt.Fprintln(rw, "ok")
	default:
		http.NotFound(rw, r)
	}
}

// check answers with what an employer would see.
func (p *Public) check(rw http.ResponseWriter, r *http.Request) {
	t := p.tongue(r)
	who, ok := p.from(r)
	if !ok || fromElsewhere(r) || fromAnother(r) {
		p.show(rw, r, http.StatusForbidden, &checkView{Problem: t.T("A page of another site had your browser ask. Open this page itself.")})
		return
	}
	end, ok := p.hands.begin(who.String())
	if !ok {
		rw.Header().Set("Retry-After", "10")
		p.show(rw, r, http.StatusServiceUnavailable, &checkView{Problem: t.T("A check of yours is still in hand, or there are too many at the moment. Try again in a few seconds.")})
		return
	}
	defer end()
	if wait := p.hours.take(who); wait > 0 {
		rw.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		p.show(rw, r, http.StatusTooManyRequests, &checkView{Problem: t.T("You have made %d checks within an hour.", publicHourly) + " " + t.T("The next one is possible in %d minutes.", int(math.Ceil(wait.Minutes())))})
		return
	}
	// A writer without deadlines (a test's) has none to move.
	to := http.NewResponseController(rw)
	_ = to.SetReadDeadline(time.Now().Add(publicRead))
	_ = to.SetWriteDeadline(time.Now().Add(publicRead + checkTime))
	ctx, cancel := context.WithTimeout(r.Context(), publicRead+checkTime)
	defer cancel()
	c, typed, err := readChecking(rw, r, http.MaxBytesReader(rw, r.Body, publicBytes+maxFields))
	v, status, err := checking{p.o.Checker, t, p.o.Now, p.o.Unread, p.o.Link}.check(ctx, rw, "", c, typed, err)
	switch {
	case errors.Is(err, context.Canceled):
		return
	case err != nil:
		p.log.Error("a check of the public page failed", zap.Error(err))
	}
	p.show(rw, r, status, v)
}

// from is the address that asks: the peer's, or behind a proxy that is believed the last
// one in X-Forwarded-For that is no such proxy.
func (p *Public) from(r *http.Request) (netip.Addr, bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	at := peer.Addr().Unmap()
	list := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, s := range slices.Backward(list) {
		if !slices.ContainsFunc(p.proxies, func(n netip.Prefix) bool { return n.Contains(at) }) {
			break
		}
		a, err := netip.ParseAddr(strings.TrimSpace(s))
		if err != nil {
			break
		}
		at = a.Unmap().WithZone("")
	}
	return networkOf(at), true
}

// networkOf is an address as tries are counted by it: whoever has one of IPv6 has its /64.
func networkOf(at netip.Addr) netip.Addr {
	if !at.Is6() {
		return at
	}
	n, err := at.WithZone("").Prefix(64)
	if err != nil { // which 64 bits never are
		return at
	}
	return n.Addr()
}

// hours count the checks of addresses.
type hours struct {
	now func() time.Time

	mu sync.Mutex
	of map[netip.Addr]hour
}

// hour is the checks of an address since a time.
type hour struct {
	since time.Time
	n     int
}

// take counts one, and gives the time until there may be another where it is one too many.
func (h *hours) take(who netip.Addr) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	x, ok := h.of[who]
	if !ok && len(h.of) >= publicAddresses {
		for a, old := range h.of {
			if now.Sub(old.since) >= time.Hour {
				delete(h.of, a)
			}
		}
		if len(h.of) >= publicAddresses {
			return time.Minute
		}
	}
	if !ok || now.Sub(x.since) >= time.Hour {
		x = hour{since: now}
	}
	if x.n >= publicHourly {
		return x.since.Add(time.Hour).Sub(now)
	}
	x.n++
	h.of[who] = x
	return 0
}

// tongue is the language of the answer.
func (p *Public) tongue(r *http.Request) *look.Tongue {
	return p.look.Tongue(r.URL.Query().Get("language"), r.Header.Get("Accept-Language"))
}

func (p *Public) show(rw http.ResponseWriter, r *http.Request, status int, v *checkView) {
	t := p.tongue(r)
	v.Public, v.Action, v.Hourly = true, "/", publicHourly
	page := &look.Page{Title: v.title(t), View: v}
	for _, x := range p.look.Tongues() {
		page.Tongues = append(page.Tongues, look.Choice{Code: x.Code, Text: x.Name, URL: "/?language=" + x.Code, On: x == t})
		if x == t && r.URL.Query().Has("language") {
			v.Action = "/?language=" + x.Code
		}
	}
	b, err := p.look.Render(t, "check", page)
	if err != nil {
		p.log.Error("page not made", zap.String("page", "check"), zap.Error(err))
		http.Error(rw, "internal error", http.StatusInternalServerError)
		return
	}
	if err := writePage(rw, r, status, b); err != nil {
		p.log.Debug("page not written", zap.Error(err))
	}
}
