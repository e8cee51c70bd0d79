package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"assay/verify"
	"assay/verify/guard"
	"assay/verify/read"
	"assay/verify/verdict"

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
	page    *template.Template
	style   []byte
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
	if p.page, err = template.ParseFS(files, "templates/public.html"); err != nil {
		return nil, err
	}
	p.style, err = files.ReadFile("static/public.css")
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
	kept(p.faults, "a request to the public page", nil, rw, r, p.answer)
}

func (p *Public) answer(rw http.ResponseWriter, r *http.Request) {
	secured(rw.Header())
	rw.Header().Set("Referrer-Policy", "same-origin") // with none, a browser does not say whose page sends the form
	switch {
	case r.URL.Path == "/" && r.Method == http.MethodPost:
		p.check(rw, r)
	case !taken(r):
		rw.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(rw, "method not allowed", http.StatusMethodNotAllowed)
	case r.URL.Path == "/":
		p.show(rw, http.StatusOK, publicView{})
	case r.URL.Path == "/public.css":
		rw.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = rw.Write(p.style)
	case r.URL.Path == "/healthz":
		_, _ = fmt.Fprintln(rw, "ok")
	default:
		http.NotFound(rw, r)
	}
}

// check answers with what an employer would see.
func (p *Public) check(rw http.ResponseWriter, r *http.Request) {
	who, ok := p.from(r)
	if !ok || fromElsewhere(r) || fromAnother(r) {
		p.refuse(rw, http.StatusForbidden, "A page of another site had your browser ask. Open this page itself.", publicView{})
		return
	}
	end, ok := p.hands.begin(who.String())
	if !ok {
		rw.Header().Set("Retry-After", "10")
		p.refuse(rw, http.StatusServiceUnavailable, "A check of yours is still in hand, or there are too many at the moment. Try again in a few seconds.", publicView{})
		return
	}
	defer end()
	if wait := p.hours.take(who); wait > 0 {
		rw.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		p.refuse(rw, http.StatusTooManyRequests, fmt.Sprintf("You have made %d checks within an hour. The next one is possible in %d minutes.", publicHourly, int(math.Ceil(wait.Minutes()))), publicView{})
		return
	}
	// A writer without deadlines (a test's) has none to move.
	to := http.NewResponseController(rw)
	_ = to.SetReadDeadline(time.Now().Add(publicRead))
	_ = to.SetWriteDeadline(time.Now().Add(publicRead + checkTime))
	ctx, cancel := context.WithTimeout(r.Context(), publicRead+checkTime)
	defer cancel()
	c, typed, err := p.form(rw, r)
	var reports []json.RawMessage
	if err == nil {
		reports, err = p.o.Checker.Check(ctx, "", c)
	}
	view := publicView{Emails: typed.emails, Link: typed.link}
	if err == nil {
		view.Files, err = p.filesOf(reports)
	}
	var door *DoorError
	switch {
	case err == nil:
		view.At = p.o.Now().UTC().Format("2 January 2006 15:04 MST")
		p.show(rw, http.StatusOK, view)
	case errors.Is(err, context.Canceled):
	case errors.As(err, &door):
		status, says := http.StatusBadRequest, publicErrors[door.Kind]
		if door.Kind == KindBusy {
			status = http.StatusServiceUnavailable
			rw.Header().Set("Retry-After", "10")
		}
		if door.Kind == KindRefused && strings.HasPrefix(door.Member, "applicant_email") {
			says = "One of the e-mail addresses is none."
		}
		if door.Kind == KindRefused && strings.HasPrefix(door.Member, "link") {
			says = "The link is none that can be opened: it begins with https://."
		}
		p.refuse(rw, status, cmp.Or(says, "That could not be read. Choose a file, or give a link."), view)
	default:
		p.log.Error("a check of the public page failed", zap.Error(err))
		p.refuse(rw, http.StatusInternalServerError, "A fault in this program kept it from checking. It says nothing about your badge.", view)
	}
}

// publicErrors are what kinds of errors mean to a person who has sent a form.
var publicErrors = map[Kind]string{
	KindTooLarge:  "That is too large: 25 MiB are read in all.",
	KindMediaType: "That was no form of this page.",
	KindMalformed: "The form did not come in whole. Try again.",
	KindBusy:      "Too much is being checked at the moment. Try again in a few seconds.",
}

// typedIn is what the form shows again.
type typedIn struct{ emails, link string }

// form reads what was sent.
func (p *Public) form(rw http.ResponseWriter, r *http.Request) (c Checking, typed typedIn, err error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return c, typed, &DoorError{Kind: KindMediaType}
	}
	left := int64(publicBytes)
	err = readForm(http.MaxBytesReader(rw, r.Body, publicBytes+maxFields), params["boundary"], formFields{
		once: map[string]*string{"link": &typed.link, "email": &typed.emails},
		file: func(part *multipart.Part, kind string) error {
			data, err := io.ReadAll(io.LimitReader(part, left+1))
			if err != nil {
				return broken(err)
			}
			if left -= int64(len(data)); left < 0 || len(c.Files) == publicFiles {
				return &DoorError{Kind: KindTooLarge}
			}
			if len(data) > 0 || part.FileName() != "" { // a browser sends a field without a file, too
				c.Files = append(c.Files, File{part.FileName(), kind, data})
			}
			return nil
		},
	})
	if s := strings.TrimSpace(typed.emails); s != "" {
		c.Emails = []string{s}
	}
	if s := strings.TrimSpace(typed.link); s != "" {
		c.Links = []string{s}
	}
	if err == nil && len(c.Files)+len(c.Links) == 0 {
		err = &DoorError{Kind: KindRefused}
	}
	return c, typed, err
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
	if at.Is6() {
		n, err := at.WithZone("").Prefix(64)
		return n.Addr(), err == nil
	}
	return at, true
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

// publicView is the data of templates/public.html.
type publicView struct {
	Emails, Link string
	Problem      string
	At           string // when it was checked, "" before
	Files        []publicFile
}

// publicFile is what was found in a file or behind a link.
type publicFile struct {
	ID      string
	Name    string
	Says    string // how many badges count
	Badges  []publicBadge
	Counts  int
	Mend    int
	Unread  []publicGap
	Unasked []publicGap
	NoBadge bool
}

type publicBadge struct {
	ID, Name string
	Result   string // of the seal
	Word     string
	Issuer   string
	When     string
	Says     string
	Skills   string
	Aspects  []publicAspect
	Todo     []publicTodo
	Where    string
}

type publicAspect struct{ Class, Question, Answer string }

// publicTodo is why, and what to do.
type publicTodo struct{ Why, Do string }

type publicGap struct{ Where, Why, Do string }

// publicReport is a report as far as the page shows it.
type publicReport struct {
	Document string
	Findings []publicFinding
	Unread   []struct{ Where, Reason string }

	NotFollowed []struct{ URL, Reason string }
}

type publicFinding struct {
	Where      string
	Result     verify.Result
	Reason     verify.Reason
	Aspects    verify.Aspects
	Credential struct {
		Name    string
		Issuer  verdict.Party
		Issued  time.Time
		Expires time.Time
		Skills  []struct{ Label string }
	}
	Contained []publicFinding
}

// filesOf draws what the page shows from the reports of `assay check --json`.
func (p *Public) filesOf(reports []json.RawMessage) ([]publicFile, error) {
	var out []publicFile
	badge := 0
	for i, raw := range reports {
		var r publicReport
		if err := json.Unmarshal(raw, &r); err != nil {
			return nil, err
		}
		f := publicFile{ID: fmt.Sprintf("r%d", i+1), Name: clean(r.Document)}
		var add func(x publicFinding, where string)
		add = func(x publicFinding, where string) {
			badge++
			b := badgeShown(x)
			b.ID, b.Where = fmt.Sprintf("b%d", badge), clean(where)
			if x.Result == verdict.Verified {
				f.Counts++
			} else {
				f.Mend++
			}
			f.Badges = append(f.Badges, b)
			for _, c := range x.Contained {
				add(c, where)
			}
		}
		for _, x := range r.Findings {
			add(x, x.Where)
		}
		for _, u := range r.Unread {
			f.Unread = append(f.Unread, publicGap{clean(u.Where), cmp.Or(p.o.Unread(u.Reason), words(u.Reason)), unreadRemedies[u.Reason]})
		}
		for _, l := range r.NotFollowed {
			f.Unasked = append(f.Unasked, publicGap{clean(l.URL), cmp.Or(p.o.Link(l.Reason), words(l.Reason)), unaskedRemedies[l.Reason]})
		}
		f.NoBadge = len(f.Badges) == 0
		f.Says = fmt.Sprintf("%d of %d badges count", f.Counts, len(f.Badges))
		switch {
		case f.NoBadge:
			f.Says = "no badge found"
		case len(f.Badges) == 1 && f.Counts == 1:
			f.Says = "its badge counts"
		case len(f.Badges) == 1:
			f.Says = "its badge does not count yet"
		case f.Counts == 1:
			f.Says = fmt.Sprintf("1 of %d badges counts", len(f.Badges))
		}
		out = append(out, f)
	}
	return out, nil
}

// publicResults are what the states are called, with what an employer sees in them.
var publicResults = map[verify.Result]struct{ word, says string }{
	verdict.Verified:    {"verified", "An employer sees this as yours and as real."},
	verdict.Authentic:   {"authentic", "It is real, but nothing ties it to you."},
	verdict.Expired:     {"expired", "A real badge whose time is over."},
	verdict.Unvouched:   {"unvouched", "It is unaltered, but nobody stands behind its issuer: anybody could have made it. An employer does not count it."},
	verdict.Rejected:    {"does not count", "Something speaks against this badge. Nothing in it counts."},
	verdict.Pending:     {"waiting", "Nothing speaks against it, and something could not be asked yet."},
	verdict.Unsupported: {"not judged", "This form of credential is not judged."},
}

// badgeShown is a badge as its holder sees it.
func badgeShown(x publicFinding) publicBadge {
	r := publicResults[x.Result]
	b := publicBadge{Name: cmp.Or(clean(x.Credential.Name), "A badge without a name"), Result: string(x.Result), Word: r.word, Says: r.says}
	b.Issuer = clean(cmp.Or(x.Credential.Issuer.Shown, said(x.Credential.Issuer)))
	if t := x.Credential.Issued; !t.IsZero() {
		b.When = "earned " + t.UTC().Format("January 2006")
	}
	if t := x.Credential.Expires; !t.IsZero() {
		b.When = strings.TrimPrefix(b.When+" · runs out "+t.UTC().Format("January 2006"), " · ")
	}
	var skills []string
	for _, s := range x.Credential.Skills {
		skills = append(skills, clean(s.Label))
	}
	b.Skills = strings.Join(skills, ", ")
	tell := func(reason verdict.Reason) {
		why := sentence(reason)
		if reason != "" && !slices.ContainsFunc(b.Todo, func(t publicTodo) bool { return t.Why == why }) {
			b.Todo = append(b.Todo, publicTodo{why, remedies[reason]})
		}
	}
	if x.Result != verdict.Verified {
		tell(x.Reason)
	}
	for q, a := range x.Aspects.Each() {
		if a.State == "" || a.State == verdict.None && q != verdict.Recipient {
			continue
		}
		b.Aspects = append(b.Aspects, publicAspect{string(a.State), q.Words(), a.State.Words()})
		if a.State == verdict.Fail || a.State == verdict.Unknown && x.Result != verdict.Verified {
			tell(a.Reason)
		}
	}
	if x.Result == verdict.Authentic && x.Aspects.Recipient.State == verdict.None {
		tell(cmp.Or(x.Aspects.Recipient.Reason, verdict.RecipientUnknown))
	}
	return b
}

// said is what a badge says of its issuer, where nothing is proven of it.
func said(by verdict.Party) string {
	if by.Name == "" {
		return ""
	}
	return "says that it is from “" + read.Cut(by.Name, 120) + "”"
}

func (p *Public) refuse(rw http.ResponseWriter, status int, says string, v publicView) {
	v.Problem = says
	p.show(rw, status, v)
}

func (p *Public) show(rw http.ResponseWriter, status int, v publicView) {
	var b bytes.Buffer
	if err := p.page.ExecuteTemplate(&b, "public.html", v); err != nil {
		p.log.Error("page not made", zap.String("page", "public"), zap.Error(err))
		http.Error(rw, "internal error", http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.WriteHeader(status)
	_, _ = rw.Write(b.Bytes()) // who is gone needs no page
}
