package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/index"
	things "assay/index/web/kept"
	"assay/index/web/look"
	"assay/verify/verdict"

	"go.uber.org/zap"
	"golang.org/x/time/rate"
)

// feedRoute is where feeds are read. Below it stands a token, which goes into no log and
// no metric.
const feedRoute = "/feeds/"

// Bounds of feeds.
const (
	maxFeed     = 50                  // applicants
	feedAge     = 90 * 24 * time.Hour // after the last look of an owner of whom no more is known
	feedBurst   = 20                  // readings of one feed at once, and then one in feedEvery
	feedEvery   = 10 * time.Second
	knockBurst  = 100 // of one address, for what is not there
	knockEvery  = time.Second / 5
	lengthToken = 43 // of 32 bytes, base64url
)

// feedLimits bound how often a feed is read, and an address asks for none that there is:
// many readers may come from one address.
type feedLimits struct{ feed, knock *limiter }

func newFeedLimits(now func() time.Time) *feedLimits {
	return &feedLimits{newLimiter(rate.Every(feedEvery), feedBurst, now), newLimiter(rate.Every(knockEvery), knockBurst, now)}
}

// feed answers a reader of a feed. Nobody is asked who he is: the token reads one search,
// blind, and nothing else.
func (h *handler) feed(w http.ResponseWriter, r *http.Request) {
	if err := h.readFeed(w, r); err != nil {
		h.problem(w, r, err)
	}
}

func (h *handler) readFeed(w http.ResponseWriter, r *http.Request) error {
	token, form, ok := strings.Cut(r.PathValue("feed"), ".")
	if h.o.Saved == nil || !ok || form != "atom" && form != "json" || len(token) != lengthToken || r.URL.RawQuery != "" {
		return errNothing
	}
	ctx, cancel := context.WithTimeout(r.Context(), requestTime)
	defer cancel()
	sum := things.Digest(token)
	t, err := h.o.Saved.Feed(ctx, sum)
	if errors.Is(err, things.ErrNone) {
		if err := h.feeds.knock.take(Caller{Name: addressOf(r)}); err != nil {
			return err
		}
	}
	if err != nil {
		return unsaved(err)
	}
	// Known by now: what knows no token cannot fill the limiter.
	if err := h.feeds.feed.take(Caller{Tenant: t.Tenant, Name: sum}); err != nil {
		return err
	}
	i := slices.IndexFunc(t.Search.Feeds, func(f things.Feed) bool { return f.Digest == sum })
	if i < 0 || !t.Sees(t.Search.Feeds[i].By) || !h.holds(t, t.Search.Feeds[i].By, t.Search.Feeds[i].At, MaySearch) {
		return errNothing
	}
	f, err := h.findSaved(ctx, t.Tenant, t.Search.Query, hides{names: true})
	if err != nil {
		return err
	}
	h.o.Audit(r, Seen{Caller: Caller{Name: t.Search.Feeds[i].By, Tenant: t.Tenant}, Route: feedRoute, Count: min(len(f.hits), maxFeed), Blind: true})
	feed := h.feedOf(t, f.hits[:min(len(f.hits), maxFeed)], h.baseOf(r))
	if f.total > maxFeed {
		feed.note = h.look.Tongue("", "").T("%[1]d of %[2]d applicants, the newest", maxFeed, f.total)
	}
	if form == "json" {
		w.Header().Set("Content-Type", "application/feed+json")
		if err := json.NewEncoder(w).Encode(feed.json()); err != nil {
			h.o.Log.Debug("feed not written", zap.Error(err))
		}
		return nil
	}
	b, err := xml.Marshal(feed.atom())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	_, _ = w.Write(append([]byte(xml.Header), b...))
	return nil
}

// holds reports whether who keeps or made something still has a right, as far as that is
// known: of a caller whom an issuer's word alone makes known it is not, and then a look of
// his not too long ago stands for it.
func (h *handler) holds(t *things.Thing, name string, since time.Time, need Rights) bool {
	if h.o.Holds == nil {
		return true
	}
	rights, known := h.o.Holds(t.Tenant, name)
	if known {
		return rights.May(need)
	}
	if l, ok := t.Looks[name]; ok && l.At.After(since) {
		since = l.At
	}
	return h.o.Now().Sub(since) < feedAge
}

// ErrPageURL: no address of a page.
var ErrPageURL = errors.New("not http(s)://HOST, perhaps with a port")

// CheckPageURL refuses what Options.PageURL cannot be.
func CheckPageURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery+u.Fragment != "" || strings.ContainsAny(s, " <>\"") {
		return ErrPageURL
	}
	return nil
}

// baseOf is where this server is asked, for links that leave it: as the operator says, or
// else as the reader asked, over https but on this machine: there may be a proxy.
func (h *handler) baseOf(r *http.Request) string {
	if h.o.PageURL != "" {
		return strings.TrimSuffix(h.o.PageURL, "/")
	}
	return baseOf(r)
}

// feed is one before it has a form.
type feed struct {
	id, title, page string
	note            string // of what is left out
	updated         time.Time
	items           []feedItem
}

type feedItem struct {
	id, title, url, text string
	at                   time.Time
}

func (h *handler) feedOf(t *things.Thing, hits []index.Hit, base string) *feed {
	f := &feed{id: urnOf(t.ID), title: outwards(h.look.Tongue("", ""), t), page: base + "/saved?open=" + t.ID, updated: t.Created}
	tongue := h.look.Tongue("", "")
	for i := range hits {
		x := &hits[i]
		item := feedItem{id: urnOf(t.ID, x.ID), title: nameless(tongue, x.ID), url: base + "/applications/" + x.ID, at: cmp.Or(x.CheckedAt, x.AppliedAt, t.Created)}
		item.text = tongue.T("%d verified badges", x.Counts.Verified)
		var names []string
		for _, m := range slices.Concat(x.Why, x.Proven) {
			if name := clean(cmp.Or(m.Label, m.Name)); m.Status == verdict.Verified && name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			item.text += ": " + strings.Join(names, ", ")
		}
		if item.at.After(f.updated) {
			f.updated = item.at
		}
		f.items = append(f.items, item)
	}
	return f
}

// outwards is how a search is called where nobody sees names: its own name may hold one,
// where it was given by somebody who saw them.
func outwards(tongue *look.Tongue, t *things.Thing) string {
	if t.Lifted {
		return tongue.T("Search of %s", tongue.Date(t.Created))
	}
	return clean(t.Name)
}

// urnOf is an id for good, made of what it is the id of (RFC 9562 §5.8).
func urnOf(parts ...string) string {
	b := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// atomFeed is a feed by RFC 4287.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Note    string      `xml:"subtitle,omitempty"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Link    atomLink    `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Summary string   `xml:"summary"`
}

func (f *feed) atom() *atomFeed {
	out := &atomFeed{ID: f.id, Title: f.title, Note: f.note, Updated: f.updated.UTC().Format(time.RFC3339), Author: "assay", Link: atomLink{"alternate", f.page}}
	for _, i := range f.items {
		out.Entries = append(out.Entries, atomEntry{i.id, i.title, i.at.UTC().Format(time.RFC3339), atomLink{"alternate", i.url}, i.text})
	}
	return out
}

// jsonFeed is a feed by JSON Feed 1.1.
type jsonFeed struct {
	Version string     `json:"version"`
	Title   string     `json:"title"`
	Page    string     `json:"home_page_url"`
	Note    string     `json:"description,omitempty"`
	Items   []jsonItem `json:"items"`
}

type jsonItem struct {
	ID       string `json:"id"`
	URL      string `json:"url"`
	Title    string `json:"title"`
	Text     string `json:"content_text"`
	Modified string `json:"date_modified"`
}

func (f *feed) json() *jsonFeed {
	out := &jsonFeed{Version: "https://jsonfeed.org/version/1.1", Title: f.title, Page: f.page, Note: f.note, Items: []jsonItem{}}
	for _, i := range f.items {
		out.Items = append(out.Items, jsonItem{i.id, i.url, i.title, i.text, i.at.UTC().Format(time.RFC3339)})
	}
	return out
}
