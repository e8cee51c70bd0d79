package web

import (
	"io"
	"mime"
	"net/http"
	"net/url"

	"assay/index/web/look"

	"go.uber.org/zap"
)

// screen is a page that is to be shown: its template, what stands in the window's
// title, and the view that the template takes.
type screen struct {
	name   string
	status int // 0 = 200
	title  string
	here   string // the route of the page among those of the head
	view   any
}

// tongueCookie keeps the language that a reader chose.
const tongueCookie = "assay-language"

// tongueOf gives the language of the answer to a request.
func (h *handler) tongueOf(r *http.Request) *look.Tongue {
	chosen := ""
	if c, err := r.Cookie(tongueCookie); err == nil {
		chosen = c.Value
	}
	return h.look.Tongue(chosen, r.Header.Get("Accept-Language"))
}

// frame is what stands round the view of a page.
func (h *handler) frame(a *asked, s *screen) *look.Page {
	p := &look.Page{Title: s.title, View: s.view}
	if keep := a.keep(); len(keep) > 0 {
		p.Keep = "?" + keep.Encode()
	}
	p.Tongues = h.tongues(a)
	if a.caller.Tenant == "" {
		return p // nobody is known
	}
	p.Named = !a.blind()
	for _, n := range navs(a) {
		if permit(a.caller, n.route) == nil {
			p.Nav = append(p.Nav, look.Link{Text: n.text, URL: n.route + p.Keep, On: s.here == n.route})
		}
	}
	if permit(a.caller, "/blind") == nil {
		p.Blind, p.Reading = blindLink(a), readingOf(a)
	}
	p.Me = me(a, p.Keep)
	if a.session != nil {
		var err error
		if p.Key, err = h.sessions.FormKey(a.session); err != nil {
			h.o.Log.Error("forms have no key", zap.Error(err))
		}
	}
	return p
}

type nav struct{ route, text string }

// navs are the pages that the head links to.
func navs(a *asked) []nav {
	return []nav{{"/", a.T("Search")}, {"/match", a.T("Match")}, {"/saved", a.T("Saved")}, {"/issuers", a.T("Issuers")}, {"/operations", a.T("Operations")}}
}

// me says who is signed in, and lets him sign out.
func me(a *asked, keep string) *look.Me {
	m := &look.Me{Name: clean(a.caller.Name), Hint: a.T("%s, rights: %s", a.caller.Tenant, rightList(a.caller.Rights))}
	if m.Name == "" {
		m.Name = a.T("This computer")
	}
	if permit(a.caller, "/check") == nil {
		m.Links = append(m.Links, look.Link{Text: a.T("Check a document"), URL: "/check" + keep})
	}
	if a.session != nil {
		m.Forms = []look.Link{{Text: a.T("Sign out"), URL: signOutRoute}, {Text: a.T("Sign out everywhere"), URL: everyOut}}
	}
	return m
}

// show writes a page, small where the client takes gzip. Keys of forms are told apart
// by every answer, so that its length tells nothing of them.
func (h *handler) show(a *asked, s *screen) {
	b, err := h.look.Render(a.tongue(h), s.name, h.frame(a, s))
	if err != nil {
		h.o.Log.Error("page not made", zap.String("page", s.name), zap.Error(err))
		http.Error(a.w, "internal error", http.StatusInternalServerError)
		return
	}
	h.write(a.w, a.Request, s.status, b)
}

func (h *handler) write(w http.ResponseWriter, r *http.Request, status int, b []byte) {
	if err := writePage(w, r, status, b); err != nil {
		h.o.Log.Debug("page not written", zap.Error(err))
	}
}

// writePage writes a page, small where the client takes gzip.
func writePage(w http.ResponseWriter, r *http.Request, status int, b []byte) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Encoding, Accept-Language, Cookie")
	if look.Zips(r) {
		w.Header().Set("Content-Encoding", "gzip")
		b = look.Compress(b)
	}
	if status != 0 {
		w.WriteHeader(status)
	}
	_, err := w.Write(b)
	return err
}

// tongue is the language of the answer.
func (a *asked) tongue(h *handler) *look.Tongue {
	if a.speaks == nil {
		a.speaks = h.tongueOf(a.Request)
	}
	return a.speaks
}

// T gives a message in the reader's language.
func (a *asked) T(msg string, args ...any) string { return a.speaks.T(msg, args...) }

// see answers a form that has been taken: the browser asks for a page anew (RFC 9110
// §15.4.4).
func (a *asked) see(path string, p url.Values) {
	a.w.Header().Set("Location", to(path, p))
	a.w.WriteHeader(http.StatusSeeOther)
}

// maxPosted bounds what a page's form posts, in bytes.
const maxPosted = 64 << 10

// form wraps a handler of a form of a page: f is given what was posted and answers by
// see, or with a page. A form that another site's page posted is refused, and of who has
// signed in one without the key that pages of his session have.
func (h *handler) form(route string, f func(*asked, url.Values) (*screen, error)) http.HandlerFunc {
	return h.paged(route, true, func(a *asked) (*screen, error) {
		if fromElsewhere(a.Request) || a.session == nil && foreign(a.Request) {
			return nil, errStrange
		}
		posted, err := postedForm(a)
		if err != nil {
			return nil, err
		}
		if a.session != nil && !h.sessions.FormOf(a.session, posted.Get("key")) {
			return nil, errStrange
		}
		posted.Del("key")
		return f(a, posted)
	})
}

// msg marks a message of the catalogues that stands in a table.
func msg(s string) string { return s }

// postedForm reads what a page's form posts.
func postedForm(a *asked) (url.Values, error) {
	if kind, _, err := mime.ParseMediaType(a.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, badRequest("what a page posts is a form")
	}
	b, err := io.ReadAll(http.MaxBytesReader(a.w, a.Body, maxPosted))
	if err != nil {
		return nil, badRequest("the form is larger than %d bytes, or broke off", maxPosted)
	}
	posted, err := url.ParseQuery(string(b))
	if err != nil {
		return nil, badRequest("the form cannot be read")
	}
	return posted, nil
}
