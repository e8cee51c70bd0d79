package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"assay/index/web/session"

	"go.uber.org/zap"
)

// Routes of signing in and out.
const (
	signInRoute  = "/sign-in"
	companyRoute = signInRoute + "/company"
	backRoute    = signInRoute + "/back"
	signOutRoute = "/sign-out"
	everyOut     = signOutRoute + "/everywhere"
)

// What may be tried at the door: enough for a company whose proxy is one address, too
// little to try tokens.
const (
	triesOfOne = 20 // at once, and one in two seconds
	triesOfAll = 100
)

// signIn is how people sign in to the pages.
type signIn struct {
	tokens *Tokens // nil: nobody by one
	logins *Logins // nil: nobody by an issuer
	all    *limiter
	each   *limiter // by address
}

func newSignIn(tokens *Tokens, logins *Logins, now func() time.Time) *signIn {
	return &signIn{tokens: tokens, logins: logins,
		all:  newLimiter(10, triesOfAll, now),
		each: newLimiter(0.5, triesOfOne, now)}
}

// take counts one try. Each address is asked first, so that one alone does not use up
// those of all.
func (s *signIn) take(r *http.Request) error {
	if err := s.each.take(Caller{Name: addressOf(r)}); err != nil {
		return err
	}
	return s.all.take(Caller{})
}

// addressOf is where a request comes from; the addresses of one /64 of IPv6 are one.
func addressOf(r *http.Request) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return networkOf(at.Addr().Unmap()).String()
}

// errTaken: the token by which somebody signed in is not known any more.
var errTaken = errors.New("the token was taken back")

// caller tells what whoever has signed in may do now: ErrNoIdentity, with errTaken.
func (s *signIn) caller(who session.Who) (Caller, error) {
	switch {
	case who.Token != "" && s.tokens != nil:
		if digest, err := hex.DecodeString(who.Token); err == nil {
			if c, ok := s.tokens.of(digest); ok {
				return c, nil
			}
		}
	case who.Token == "" && s.logins.signs() && who.By == s.logins.own:
		return s.logins.known(who), nil
	}
	return Caller{}, errTaken
}

// signedIn tells who asks by the cookie of a session.
func (h *handler) signedIn(r *http.Request) (Caller, *session.Session, error) {
	s, err := h.sessions.Read(r)
	if err == nil {
		var c Caller
		if c, err = h.signs.caller(s.Who); err == nil {
			if err = h.sessions.Still(s, c.Tenant, c.Name); err == nil {
				return c, s, nil
			}
		}
	}
	return Caller{}, nil, fmt.Errorf("%w: %w", ErrNoIdentity, err)
}

// maxTo bounds the address of a page that is gone back to, in bytes.
const maxTo = 2048

// ownPage gives the address of a page of this server, and that of the start where it is
// another one's, or none.
func ownPage(to string) string {
	if len(to) > maxTo || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsFunc(to, func(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }) {
		return "/"
	}
	u, err := url.Parse(to)
	if err != nil {
		return "/"
	}
	for _, own := range []string{signInRoute, signOutRoute, languageRoute} {
		if u.Path == own || strings.HasPrefix(u.Path, own+"/") {
			return "/" // not to the door again
		}
	}
	return to
}

// wanted is the page that a request is for.
func wanted(r *http.Request) string {
	if !taken(r) {
		return "/"
	}
	if r.URL.Path == signInRoute || r.URL.Path == "/blind" {
		return ownPage(r.URL.Query().Get("to"))
	}
	return ownPage(r.URL.RequestURI())
}

// readsPages reports whether a client says that it takes pages: a browser does.
func readsPages(r *http.Request) bool {
	for _, list := range r.Header.Values("Accept") {
		for one := range strings.SplitSeq(list, ",") {
			if kind, _, err := mime.ParseMediaType(strings.TrimSpace(one)); err == nil && kind == "text/html" {
				return true
			}
		}
	}
	return false
}

// signInView is what the template "signin" takes.
type signInView struct {
	Where   string // the server's name
	Company string // where the company's own sign-in begins, "" = there is none
	Token   bool   // there are tokens
	Notice  string // why one has to sign in again
	Problem string // with the token
	Fault   string // with the company's own sign-in
	To      string // the page that was asked for
}

// signInPage is the page on which one signs in.
func (h *handler) signInPage(a *asked, status int, v signInView) *screen {
	a.tongue(h)
	v.Where, v.Token = clean(hostName(a.Host)), h.signs.tokens != nil
	if v.To == "" {
		v.To = wanted(a.Request)
	}
	if h.signs.logins.signs() {
		v.Company = companyRoute + "?" + url.Values{"to": {v.To}}.Encode()
	}
	return &screen{name: "signin", status: status, title: a.T("Sign in"), view: v}
}

// whyAgain says why somebody who was signed in has to sign in again.
func whyAgain(a *asked, err error) string {
	switch {
	case errors.Is(err, session.ErrIdle):
		return a.T("You were signed out after 30 minutes without use. What you asked for is kept.")
	case errors.Is(err, session.ErrOver):
		return a.T("You were signed out after 12 hours. What you asked for is kept.")
	case errors.Is(err, session.ErrEnded):
		return a.T("You were signed out.")
	case errors.Is(err, errTaken):
		return a.T("You were signed out: your token is not known here any more.")
	}
	return ""
}

// unknown answers a browser whose user is not known with the page to sign in. The
// challenge is one that opens no password box.
func (h *handler) unknown(a *asked, err error) {
	a.tongue(h)
	notice := whyAgain(a, err)
	if notice != "" {
		h.sessions.Forget(a.w) // it is said once
	}
	a.w.Header().Set("WWW-Authenticate", `Bearer realm="assay"`)
	h.show(a, h.signInPage(a, http.StatusUnauthorized, signInView{Notice: notice}))
}

// door wraps a handler of a page that those use whom nobody knows yet.
func (h *handler) door(route string, f func(*asked) (*screen, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a := &asked{Request: r, w: w, route: route}
		a.tongue(h)
		s, err := (*screen)(nil), error(nil)
		if h.signs == nil {
			err = errNothing
		} else {
			s, err = f(a)
		}
		switch {
		case err != nil:
			h.failed(a, err)
		case s != nil:
			h.show(a, s)
		}
	}
}

// showSignIn shows the page to sign in.
func (h *handler) showSignIn(a *asked) (*screen, error) {
	p, err := parameters(signInRoute, a.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	v := signInView{}
	switch p.Get("said") {
	case "out":
		v.Notice = a.T("You are signed out.")
	case "everywhere":
		v.Notice = a.T("You are signed out on every device.")
	}
	return h.signInPage(a, http.StatusOK, v), nil
}

// signInByToken takes the form with a token.
func (h *handler) signInByToken(a *asked) (*screen, error) {
	if foreign(a.Request) {
		return nil, errStrange
	}
	if err := h.signs.take(a.Request); err != nil {
		return nil, err
	}
	posted, err := postedForm(a)
	if err != nil {
		return nil, err
	}
	to, token := ownPage(posted.Get("to")), strings.TrimSpace(posted.Get("token"))
	if h.signs.tokens != nil && token != "" && len(token) <= maxToken {
		digest := sha256.Sum256([]byte(token))
		if _, ok := h.signs.tokens.of(digest[:]); ok {
			if _, err := h.sessions.Begin(a.w, session.Who{Token: hex.EncodeToString(digest[:])}); err != nil {
				return nil, err
			}
			a.w.Header().Set("Location", to)
			a.w.WriteHeader(http.StatusSeeOther)
			return nil, nil
		}
	}
	return h.signInPage(a, http.StatusUnauthorized, signInView{To: to, Problem: a.T("This token is not known here, or was taken back.")}), nil
}

// signInElsewhere sends a browser to the company's own sign-in.
func (h *handler) signInElsewhere(a *asked) (*screen, error) {
	if !h.signs.logins.signs() {
		return nil, errNothing
	}
	if err := h.signs.take(a.Request); err != nil {
		return nil, err
	}
	p, err := parameters(companyRoute, a.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	way := session.Way{To: ownPage(p.Get("to"))}
	for _, text := range []*string{&way.State, &way.Nonce, &way.Verifier} {
		if *text, err = h.sessions.Text(); err != nil {
			return nil, err
		}
	}
	there, err := h.signs.logins.wayTo(way)
	if err == nil {
		err = h.sessions.SetWay(a.w, way)
	}
	if err != nil {
		return nil, err
	}
	a.w.Header().Set("Location", there)
	a.w.WriteHeader(http.StatusSeeOther)
	return nil, nil
}

// wayOn is what the template "signedin" takes.
type wayOn struct{ To string }

// signInBack takes who comes back from there.
func (h *handler) signInBack(a *asked) (*screen, error) {
	if !h.signs.logins.signs() {
		return nil, errNothing
	}
	if err := h.signs.take(a.Request); err != nil {
		return nil, err
	}
	way, err := h.sessions.Way(a.w, a.Request)
	if err != nil {
		return h.signInPage(a, http.StatusBadRequest, signInView{To: "/", Fault: a.T("This way of signing in has ended, or began in another browser. Begin again.")}), nil
	}
	ctx, cancel := context.WithTimeout(a.Context(), requestTime)
	defer cancel()
	who, err := h.cameBack(ctx, a.URL.RawQuery, way)
	if errors.Is(err, ErrIssuerAway) {
		return nil, err
	}
	if err != nil {
		h.o.Log.Warn("somebody did not come to sign in by the issuer", zap.Error(err))
		return h.signInPage(a, http.StatusForbidden, signInView{To: way.To, Fault: a.T("Your company’s sign-in did not say who you are. Try again, or ask who runs it.")}), nil
	}
	if _, err := h.sessions.Begin(a.w, who); err != nil {
		return nil, err
	}
	// What a redirect led to from another site would count as asked for by it: the page
	// itself goes on.
	a.w.Header().Set("Refresh", "0; url="+way.To)
	return &screen{name: "signedin", title: a.T("Signed in"), view: wayOn{way.To}}, nil
}

// cameBack tells who comes back with an answer of the issuer's.
func (h *handler) cameBack(ctx context.Context, raw string, way session.Way) (session.Who, error) {
	p, err := url.ParseQuery(raw)
	if err != nil {
		return session.Who{}, fmt.Errorf("%w: an address that cannot be read", errCode)
	}
	for _, name := range []string{"state", "code", "iss", "error"} {
		if len(p[name]) > 1 {
			return session.Who{}, fmt.Errorf("%w: %s stands there twice", errCode, name)
		}
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(p.Get("state")), []byte(way.State)) != 1:
		return session.Who{}, fmt.Errorf("%w: the answer is to another question", errCode)
	case p.Has("iss") && p.Get("iss") != h.signs.logins.o.Issuer: // RFC 9207 §2.4
		return session.Who{}, fmt.Errorf("%w: another issuer answers", errCode)
	case p.Has("error"):
		return session.Who{}, fmt.Errorf("%w: it answers %.64q", errCode, p.Get("error"))
	case p.Get("code") == "" || len(p.Get("code")) > maxLogin:
		return session.Who{}, fmt.Errorf("%w: there is no code", errCode)
	}
	return h.signs.logins.redeem(ctx, p.Get("code"), way)
}

// comesBack reports whether a browser is sent here by the issuer: the one request that a
// page of another site may have it make.
func comesBack(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.Path == backRoute && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

// signOut ends the session.
func (h *handler) signOut(a *asked, _ url.Values) (*screen, error) {
	said := "out"
	switch {
	case a.session == nil:
		return nil, badRequest("you have not signed in here: your browser or program bears a token")
	case a.route == "POST "+everyOut:
		said = "everywhere"
		if err := h.sessions.EndAll(a.Context(), a.w, a.session, a.caller.Tenant, a.caller.Name); err != nil {
			return nil, err
		}
	default:
		if err := h.sessions.End(a.Context(), a.w, a.session); err != nil {
			return nil, err
		}
	}
	a.see(signInRoute, url.Values{"said": {said}})
	return nil, nil
}
