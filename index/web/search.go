package web

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	things "assay/index/web/kept"
	"assay/index/web/look"
	"assay/verify/verdict"
)

// searchView is what the template "search" takes.
type searchView struct {
	Ask    askView
	Dense  bool
	Start  *startView
	Wrong  *wrongView // a question that cannot be read
	Answer *answerView
}

// field is a name and its value: of a hidden input, or of a fact.
type field struct{ Name, Value string }

// answerView is what a question finds.
type answerView struct {
	Headline, Sub  string
	Nobody, Lead   string // where it finds nobody
	Facets         []facetView
	Orders, Views  []look.Link
	Order          string // the one in force
	Exports        []look.Link
	Cut            string // how many of them a file holds, where that is not all
	Save           *saveView
	Tray           *trayView
	Heading, Asked string // of those who have all of it
	Cards          []cardView
	Sections       []sectionView
	Back, Next     string
	Help           *helpView
	ClearURL       string // where filters leave nobody
}

// sectionView is a part of the page below the hits: who is found by a looser reading.
type sectionView struct {
	ID, Heading, Says, NextURL string
	Cards                      []cardView
}

// saveView is the form that keeps a search.
type saveView struct {
	Name, Query, URL string
	Tells            bool // of new applicants
}

// trayView is what may be done with those who were chosen.
type trayView struct {
	Compare, Match, Lists string // where their forms lead, "" = nowhere from here
	Keep                  []field
}

// pageHits is how many applicants a page shows, unless size= says otherwise: a first view
// stays small with names of any length.
const pageHits = 10

// viewCookie keeps how much of each applicant a reader wishes to see.
const viewCookie = "assay-view"

// cookieYear is how long a browser keeps what was chosen, in seconds.
const cookieYear = 365 * 24 * 60 * 60

func (h *handler) searchPage(a *asked) (*screen, error) {
	include, err := statusesOf(a.p, "include")
	if err != nil {
		return nil, err
	}
	if a.p.Has("include") {
		// One value each, so that every box can be ticked and taken back alone.
		a.p.Del("include")
		for _, s := range include {
			if s != verdict.Verified {
				a.p.Add("include", string(s))
			}
		}
	}
	v := &searchView{Dense: a.dense(h.o.secure)}
	q, err := h.searchOf(a.p, a.hides(), query.AllFacets(), false)
	if syntax := (*query.SyntaxError)(nil); errors.As(err, &syntax) {
		return h.unread(a, v, syntax)
	}
	if err != nil {
		return nil, err
	}
	if !a.asksAny() {
		return h.startPage(a, v)
	}
	v.Ask = a.askOf(&q)
	return h.answer(a, v, q)
}

// dense reports whether the reader wishes to see less of each, and keeps what he chose
// just now.
func (a *asked) dense(secure bool) bool {
	chosen := a.p.Get("view")
	if chosen != "" {
		http.SetCookie(a.w, &http.Cookie{Name: viewCookie, Value: chosen, Path: "/", MaxAge: cookieYear, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: secure})
	} else if c, err := a.Cookie(viewCookie); err == nil {
		chosen = c.Value
	}
	return chosen == "dense"
}

// asksAny reports whether anything is asked: a text, a filter, an order.
func (a *asked) asksAny() bool {
	for name, values := range a.p {
		if name != "tenant" && name != "blind" && name != "view" && name != "last" && (name != "q" || strings.TrimSpace(strings.Join(values, "")) != "") {
			return true
		}
	}
	return false
}

// before is the request with the question that was answered last, as the page's own
// form carries it along.
func (a *asked) before() (*asked, bool) {
	if !a.p.Has("last") {
		return nil, false
	}
	b := *a
	b.p = a.again()
	b.p.Set("q", a.p.Get("last"))
	return &b, true
}

// unread is the page of a question that cannot be read: it points at the place, offers
// what is nearest, and keeps the last answer.
func (h *handler) unread(a *asked, v *searchView, syntax *query.SyntaxError) (*screen, error) {
	v.Wrong = a.wrongOf(syntax)
	v.Ask = a.askOf(nil)
	v.Ask.Picked, v.Ask.ClearURL = a.pickedOf(a.facetsOf(noFacets()))
	title := a.T("The question cannot be read")
	bad := &screen{name: "search", status: http.StatusBadRequest, title: title, here: "/", view: v}
	last, ok := a.before()
	if !ok {
		v.Ask.Keep = a.hidden(true)
		return bad, nil
	}
	q, err := h.searchOf(last.p, a.hides(), query.AllFacets(), false)
	if err != nil {
		v.Ask.Keep = a.hidden(true)
		return bad, nil
	}
	v.Wrong.Last = a.T("The answer below is to no question: it is everybody.")
	if text := clean(last.p.Get("q")); text != "" {
		v.Wrong.Last = a.T("The answer below is to your last question, “%s”.", text)
	}
	v.Ask.HasLast, v.Ask.Last = true, clean(last.p.Get("q"))
	s, err := h.answer(last, v, q)
	if err != nil {
		return nil, err
	}
	s.status, s.title = bad.status, bad.title
	return s, nil
}

// answer fills the page with what a question finds.
func (h *handler) answer(a *asked, v *searchView, q query.Query) (*screen, error) {
	if !a.p.Has("size") {
		q.Size = pageHits
	}
	s := &screen{name: "search", here: "/", view: v}
	res, err := h.find(a, q)
	if errors.Is(err, index.ErrCursor) {
		v.Wrong = &wrongView{Title: a.T("This page belongs to another search"), Message: a.T("Or it was asked for too long ago. Start again from the first page.")}
		s.status, s.title = http.StatusBadRequest, v.Wrong.Title
		v.Ask.Keep = a.hidden(true)
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	if !a.blind() {
		h.seen(a, res.Shown())
	}
	h.siblings(a, res)
	h.nameBuckets(a.Context(), a.caller.Tenant, res, shownRows, a.blind())
	w := &answerView{Facets: a.facetsOf(res)}
	v.Answer = w
	v.Ask.HasLast, v.Ask.Last = true, clean(a.p.Get("q"))
	v.Ask.Picked, v.Ask.ClearURL = a.pickedOf(w.Facets)
	filtered := len(v.Ask.Picked) > 0
	w.Headline, w.Nobody = a.headline(&q, res, filtered)
	w.Sub = a.T("in %s", lasted(res.Took))
	if all := h.everybody(a, &q, filtered); all >= res.Total {
		w.Sub = a.T("of %[1]s, in %[2]s", a.speaks.Number(all), lasted(res.Took))
	}
	if n, of, ok := provenOnPage(&q, res); ok {
		w.Sub = a.T("%[1]d of the %[2]d on this page verified", n, of) + " · " + w.Sub
	}
	if text := clean(a.p.Get("q")); s.title == "" {
		s.title = w.Headline
		if text != "" {
			s.title += ": " + text
		}
	}
	h.tools(a, w, &q)
	w.Cut = h.cutOf(a, res)
	h.cards(a, w, &q, res)
	if a.p.Get("cursor") == "" {
		w.Help = a.helpOf(&q, res)
	}
	if len(res.Hits) == 0 {
		if filtered && (res.Help == nil || res.Help.Unfiltered > 0) {
			w.ClearURL = v.Ask.ClearURL
		}
		if w.Nobody != "" && len(res.Sections) == 0 && res.Total == 0 && len(q.Things()) == 0 && q.Tree != nil {
			w.Lead = a.T("Words in quotes and fields are taken as written, so nothing was given up by itself.")
		}
	} else {
		w.Nobody = ""
	}
	return s, nil
}

// lasted is how long an answer took.
func lasted(d time.Duration) string {
	return max(d, time.Millisecond).Round(time.Millisecond).String()
}

// cards fills in the applicants, tier by tier.
func (h *handler) cards(a *asked, w *answerView, q *query.Query, res *index.Results) {
	w.Back, w.Next = a.paging(res.Cursor)
	met := q.Parts()
	var words []string
	for _, p := range met {
		words = append(words, clean(p.Text))
	}
	w.Heading, w.Asked = a.T("Applicants"), ""
	if len(words) > 1 {
		w.Heading, w.Asked = a.T("All of it"), strings.Join(words, ", ")
	}
	n := 0
	card := func(hit index.Hit, all, lacks []string) cardView {
		n++
		return h.cardOf(a, hit, n, all, lacks)
	}
	for _, hit := range res.Hits {
		w.Cards = append(w.Cards, card(hit, nil, nil))
	}
	for i, s := range res.Sections {
		x := sectionView{ID: "t" + a.speaks.Number(i+2)}
		x.Heading, x.Says = a.tierOf(&s)
		for _, hit := range s.Hits {
			x.Cards = append(x.Cards, card(hit, slices.Concat(s.Kept, s.GaveUp), s.GaveUp))
		}
		if s.Cursor != "" {
			_, x.NextURL = a.paging(s.Cursor)
		}
		w.Sections = append(w.Sections, x)
	}
}

// tools fills in the orders, how much is shown, and what may be taken along.
func (h *handler) tools(a *asked, w *answerView, q *query.Query) {
	for _, o := range []struct {
		sort query.Sort
		word string
	}{{query.SortMatch, a.T("best proof first")}, {query.SortBreadth, a.T("most skills first")}, {query.SortRecency, a.T("applied last first")}} {
		l := look.Link{Text: o.word, URL: a.with("sort", string(o.sort)), On: q.Sort == o.sort}
		if l.On {
			w.Order = o.word
		}
		w.Orders = append(w.Orders, l)
	}
	dense := a.dense(h.o.secure)
	w.Views = []look.Link{{Text: a.T("Full"), URL: a.with("view", "full"), On: !dense}, {Text: a.T("Dense"), URL: a.with("view", "dense"), On: dense}}
	if a.caller.Rights.May(MayExport) {
		for _, f := range []fileForm{formCSV, formJSON, formNDJSON} {
			p := a.first()
			p.Del("size")
			p.Set("format", string(f))
			w.Exports = append(w.Exports, look.Link{Text: strings.ToUpper(string(f)), URL: to("/v1/export", p)})
		}
	}
	if h.o.Saved != nil && permit(a.caller, "POST /saved/searches") == nil {
		p := a.first()
		p.Del("tenant")
		name := clipped(clean(a.p.Get("q")), things.MaxName)
		if !a.blind() { // it may be asked for somebody
			name = a.T("Search of %s", a.speaks.Date(h.o.Now()))
		}
		w.Save = &saveView{Name: name, Query: p.Encode(), URL: to("/saved/searches", a.keep()), Tells: h.tells()}
	}
	w.Tray = h.trayOf(a)
	if w.Tray.Compare+w.Tray.Match+w.Tray.Lists == "" {
		w.Tray = nil
	}
}

// trayOf is what the reader may do with applicants whom he chooses.
func (h *handler) trayOf(a *asked) *trayView {
	t := &trayView{Keep: a.keepFields()}
	for _, x := range []struct {
		route string
		to    *string
		path  string
	}{{"/compare", &t.Compare, "/compare"}, {"/match", &t.Match, "/match"}, {"POST /saved/lists", &t.Lists, "/saved"}} {
		if permit(a.caller, x.route) == nil {
			*x.to = x.path
		}
	}
	if h.o.Saved == nil {
		t.Lists = ""
	}
	return t
}

// cutOf says how many of those who are found a file holds, "" where it holds them all or
// none can be had.
func (h *handler) cutOf(a *asked, res *index.Results) string {
	total, most := res.Total, res.Total
	for i := range res.Sections {
		total += res.Sections[i].Total
		most += min(res.Sections[i].Total, query.MaxExportSize)
	}
	return h.heldOf(a, total, min(most, h.o.Export))
}

// heldOf says that a file ends before all that are found.
func (h *handler) heldOf(a *asked, total, most int) string {
	if total <= most || !a.caller.Rights.May(MayExport) {
		return ""
	}
	return a.T("A file holds the first %[1]d of %[2]d.", most, total)
}

// keepFields are the hidden inputs of forms that lead to other pages.
func (a *asked) keepFields() []field {
	var out []field
	p := a.keep()
	for _, name := range slices.Sorted(maps.Keys(p)) {
		out = append(out, field{name, p.Get(name)})
	}
	return out
}

// everybody counts the tenant's applications where less was asked for; -1 when
// nothing was, or when it cannot be had: it is a help only.
func (h *handler) everybody(a *asked, q *query.Query, filtered bool) int {
	if q.Tree == nil && !filtered {
		return -1
	}
	all, err := query.New("", query.Options{Taxonomy: h.o.Taxonomy(), Now: h.o.Now(), Size: 1})
	if err != nil {
		return -1
	}
	res, err := h.o.Engine.Search(a.Context(), a.caller.Tenant, all)
	if err != nil {
		return -1
	}
	return res.Total
}

// siblings counts each facet that has a picked value as if none were picked in
// it, so that the values beside it, any of which would do, still show. A count
// that cannot be had costs nothing but itself.
func (h *handler) siblings(a *asked, res *index.Results) {
	for i := range res.Facets {
		f := &res.Facets[i]
		if !a.p.Has(string(f.Facet)) || !slices.Contains(choiceFacets, f.Facet) {
			continue
		}
		p := a.again()
		p.Del(string(f.Facet))
		q, err := h.searchOf(p, a.hides(), []query.Facet{f.Facet}, false)
		if err != nil {
			continue
		}
		q.Size = 1
		if wide, err := h.o.Engine.Search(a.Context(), a.caller.Tenant, q); err == nil && len(wide.Facets) == 1 {
			f.Buckets = wide.Facets[0].Buckets
		}
	}
}

// nameBuckets gives the shown issuers and skills, n of each, a label where the page's hits
// and the frameworks have none: it stands in the documents. A label that cannot
// be had costs nothing but itself.
func (h *handler) nameBuckets(ctx context.Context, tenant string, res *index.Results, n int, blind bool) {
	for _, f := range res.Facets {
		if f.Facet != query.FacetIssuer && f.Facet != query.FacetSkill {
			continue
		}
		for i := range f.Buckets[:min(len(f.Buckets), n)] {
			if b := &f.Buckets[i]; b.Label == "" {
				b.Label = h.nameOf(ctx, tenant, f.Facet, b.Value, blind)
			}
		}
	}
}

// nameOf reads the label of an issuer or a skill from one application that has
// it.
func (h *handler) nameOf(ctx context.Context, tenant string, f query.Facet, value string, blind bool) string {
	q, err := query.New("", query.Options{Taxonomy: h.o.Taxonomy(), Now: h.o.Now(), Size: 1, Blind: blind,
		Include: query.FacetStatuses(), Choices: []query.Choice{{Facet: f, Values: []string{value}}}})
	if err != nil {
		return ""
	}
	res, err := h.o.Engine.Search(ctx, tenant, q)
	if err != nil || len(res.Hits) == 0 {
		return ""
	}
	app, err := h.o.Engine.Get(ctx, tenant, res.Hits[0].Application)
	if err != nil {
		return ""
	}
	mask := &record.Mask{}
	if blind {
		mask = record.MaskOf(app)
	}
	for _, c := range app.Claims {
		switch {
		case f == query.FacetIssuer && c.Issuer == value && c.Proven() && c.IssuerName != "":
			return mask.Text(c.IssuerName)
		case f == query.FacetSkill && c.ID == value && c.Label != "":
			return c.Label
		}
	}
	return ""
}

// headline says what was found, and no more than that: whoever was found by a badge
// that is not verified, or by what he has not, cannot prove it.
func (a *asked) headline(q *query.Query, res *index.Results, filtered bool) (head, nobody string) {
	if !hasTerm(q.Tree) {
		nobody = a.T("No application is like this.")
		if q.Tree == nil && !filtered {
			nobody = a.T("There is no application yet.")
		}
		return a.T("%d applications", res.Total), nobody
	}
	nobody = a.T("Nobody can prove this yet.")
	if unverified(&q.Plan.Root) {
		nobody = a.T("Nobody has a badge for this.")
	}
	if res.Total == 0 && len(q.Parts()) > 1 {
		return a.T("Nobody has all of it"), nobody
	}
	return a.T("%d applicants found", res.Total), nobody
}

// provenOnPage counts those of a page whose every term is met by a verified badge, where
// others count too.
func provenOnPage(q *query.Query, res *index.Results) (n, of int, ok bool) {
	if !hasTerm(q.Tree) || !unverified(&q.Plan.Root) || len(res.Hits) == 0 {
		return 0, 0, false
	}
	for i := range res.Hits {
		if allVerified(res.Hits[i].Why) {
			n++
		}
	}
	return n, len(res.Hits), true
}

// hasTerm reports whether a skill is asked for, not only where a NOT keeps it
// out.
func hasTerm(n *query.Node) bool {
	if n == nil || n.Op == query.NodeNot {
		return false
	}
	return n.Op == query.NodeWord || n.Op == query.NodePhrase || n.Op == query.NodeField && n.Field == "skill" || slices.ContainsFunc(n.Kids, hasTerm)
}

// unverified reports whether badges that are not verified count too.
func unverified(c *query.Cond) bool {
	if c.Claim != nil && slices.ContainsFunc(c.Claim.Status, func(s verdict.Result) bool { return s != verdict.Verified }) {
		return true
	}
	for i := range c.Kids {
		if unverified(&c.Kids[i]) {
			return true
		}
	}
	return false
}

// allVerified reports whether each term was met by a verified badge.
func allVerified(list []query.Match) bool {
	met := map[string]bool{}
	for _, m := range list {
		met[m.Term] = met[m.Term] || m.Status == verdict.Verified
	}
	for _, ok := range met {
		if !ok {
			return false
		}
	}
	return len(met) > 0
}

// tierOf says what a looser reading gave up: in few words, and in a sentence.
func (a *asked) tierOf(s *index.Section) (heading, says string) {
	list := func(words []string) string {
		var out []string
		for _, w := range words[:min(len(words), shownNames)] {
			out = append(out, clean(w))
		}
		if more := len(words) - shownNames; more > 0 {
			return a.T("%[1]s and %[2]d more", strings.Join(out, ", "), more)
		}
		return strings.Join(out, ", ")
	}
	kept, gave := list(s.Kept), list(s.GaveUp)
	switch {
	case s.Way == query.WayFillers:
		heading, says = a.T("Without filler words"), a.T("left out: %s", list(s.Fillers))
	case s.Way == query.WayForms:
		heading, says = a.T("By another form of the words"), kept
	case s.Way == query.WaySpelling:
		heading, says = a.T("With typing errors set right"), a.T("in the names of issuers: %s", kept)
	case s.Way == query.WayOccupation:
		heading, says = cmp.Or(clean(s.Title), a.T("By occupation")), a.T("by the skills that it needs: %s", list(s.Related))
	case s.Way == query.WayRelated:
		heading, says = a.T("Related, and no proof of it"), a.T("related to %[1]s: %[2]s", kept, list(s.Related))
	case s.Least > 0:
		heading, says = a.T("%[1]d of the %[2]d", s.Least, len(s.Kept)+len(s.GaveUp)), a.T("at least so many of: %s", kept)
	case len(s.Kept) == 0:
		heading, says = a.T("Not all of it"), a.T("the rest of the question, without %s", gave)
	default:
		heading, says = a.T("%[1]d of the %[2]d", len(s.Kept), len(s.Kept)+len(s.GaveUp)), a.T("%[1]s, without %[2]s", kept, gave)
	}
	return heading, says + " · " + a.T("%d applicants", s.Total)
}

// shownNames is how many names a line holds.
const shownNames = 6
