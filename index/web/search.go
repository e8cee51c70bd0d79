package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"
)

// searchView is the data of templates/search.html.
type searchView struct {
	top
	Text, Asked                 string  // in the box; of the answer, which is the last one where the box cannot be read
	HasLast                     bool    // Asked goes along with the next question
	Keep, KeepPlain             []field // hidden inputs: all parameters, and those that no filter sets
	Chips                       []chip
	Filters                     []filter
	ClearURL                    string
	Error                       *queryError
	Results                     *index.Results
	Read, Widened               string
	Exact                       bool
	ExactURL, WideURL, BlindURL string
	Exports, Orders             []link
	BackURL, NextURL            string
	Blind                       bool
	Facets                      []facetView
	Headline, SubLine, Nobody   string
	Cards                       []card
	Sections                    []sectionView
	Help                        *helpView
}

// sectionView is a part of the page below the hits: who is found by a looser reading.
type sectionView struct {
	Heading, Count, NextURL string
	Cards                   []card
}

type field struct{ Name, Value string }

type chip struct{ Class, Word, Text string }

// filter is a picked value and the address of the same search without it.
type filter struct{ Word, Text, URL string }

// link is a link; one that is On is where the reader is.
type link struct {
	Text, URL string
	On        bool
}

type queryError struct {
	Message, Pointer string
	Cures            []link // what can be read and is nearest
	Last             string // of what the answer below is, where there is one
}

type facetView struct {
	Title string
	Rows  []facetRow
}

type facetRow struct {
	Name, Value, Label string
	Count, Share       int
	On, Fixed          bool
}

type card struct {
	URL, Title, Sub      string
	Why                  []why
	Credentials, Issuers int
	Newest, NextExpiry   string
	Expired, Unvouched   int
	Refused              int
	RefusedWhy           []why
}

type why struct {
	Seal  seal
	Label []part
	Level string
	Notes []string // exact or inferred, how it was met, what else there is to know
}

// part is a piece of a label, marked where the question met it.
type part struct {
	Text string
	Mark bool
}

// shownRows bounds the rows of one facet on the page.
const shownRows = 8

func (h *handler) searchPage(a *asked) (string, int, any, error) {
	include, err := statusesOf(a.p, "include")
	if err != nil {
		return "", 0, nil, err
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
	v := &searchView{top: topOf(a, "search"), Text: clean(a.p.Get("q")), Blind: a.blind()}
	kept := a.first()
	for _, name := range sorted(kept) {
		if name == "q" {
			continue
		}
		for _, value := range kept[name] {
			v.Keep = append(v.Keep, field{name, value})
			if name != "include" && !slices.Contains(choiceFacets, query.Facet(name)) {
				v.KeepPlain = append(v.KeepPlain, field{name, value})
			}
		}
	}
	q, err := h.searchOf(a.p, query.AllFacets(), false)
	if syntax := (*query.SyntaxError)(nil); errors.As(err, &syntax) {
		v.Error = h.unread(a, v.Text, syntax)
		v.Filters, v.ClearURL = filtersOf(a, facetsOf(noFacets(), a.p))
		last, ok := a.before()
		if !ok {
			return "search", http.StatusBadRequest, v, nil
		}
		if q, err = h.searchOf(last.p, query.AllFacets(), false); err != nil {
			return "search", http.StatusBadRequest, v, nil
		}
		if v.Error.Last = clean(last.p.Get("q")); v.Error.Last != "" {
			v.Error.Last = "your last question, “" + v.Error.Last + "”"
		} else {
			v.Error.Last = "no question: it is everybody"
		}
		name, _, data, err := h.answer(last, v, q)
		return name, http.StatusBadRequest, data, err
	}
	if err != nil {
		return "", 0, nil, err
	}
	return h.answer(a, v, q)
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

// unread says why a question cannot be read, points at the place, and offers what is
// nearest to it.
func (h *handler) unread(a *asked, text string, syntax *query.SyntaxError) *queryError {
	e := &queryError{Message: unreadable("query", syntax)}
	typed := []rune(a.p.Get("q"))
	if at := syntax.Column - 1; at >= 0 && at <= len(typed) {
		e.Pointer = text + "\n" + strings.Repeat(" ", utf8.RuneCountInString(clean(string(typed[:at])))) + "^"
		if from, to, ok := syntax.Mark(string(typed)); ok {
			e.Pointer += strings.Repeat("^", max(1, utf8.RuneCountInString(clean(string(typed[from:to]))))-1)
		}
	}
	for _, c := range query.Cures(a.p.Get("q")) {
		e.Cures = append(e.Cures, link{Text: clean(c), URL: a.with("q", c)})
	}
	return e
}

// answer fills the page with what a question finds.
func (h *handler) answer(a *asked, v *searchView, q query.Query) (string, int, any, error) {
	v.Asked = clean(a.p.Get("q"))
	res, err := h.find(a, q)
	if errors.Is(err, index.ErrCursor) {
		v.Error = &queryError{Message: "This page belongs to another search, or was asked for too long ago. Start again from the first."}
		return "search", http.StatusBadRequest, v, nil
	}
	if err != nil {
		return "", 0, nil, err
	}
	if !v.Blind {
		h.seen(a, res.Shown())
	}
	now := h.o.Now()
	v.Results, v.HasLast = res, true
	v.Read = clean(res.Read)
	v.Chips = chipsOf(res.Tree)
	v.Widened = widened(res.Expanded)
	v.Exact = a.p.Get("exact") == "true"
	v.ExactURL, v.WideURL = a.with("exact", "true"), a.with("exact", "")
	v.BlindURL = blindURL(a)
	for _, f := range []fileForm{formCSV, formJSON, formNDJSON} {
		if !a.caller.Rights.May(MayExport) {
			break
		}
		p := a.first()
		p.Del("size")
		p.Set("format", string(f))
		v.Exports = append(v.Exports, link{Text: strings.ToUpper(string(f)), URL: to("/v1/export", p)})
	}
	for _, o := range []struct {
		sort query.Sort
		word string
	}{{query.SortMatch, "match"}, {query.SortBreadth, "breadth"}, {query.SortRecency, "newest"}} {
		v.Orders = append(v.Orders, link{Text: o.word, URL: a.with("sort", string(o.sort)), On: q.Sort == o.sort})
	}
	v.BackURL, v.NextURL = a.paging(res.Cursor)
	h.siblings(a, res)
	h.nameBuckets(a.Context(), a.caller.Tenant, res, a.blind())
	v.Facets = facetsOf(res, a.p)
	v.Filters, v.ClearURL = filtersOf(a, v.Facets)
	v.Headline, v.SubLine, v.Nobody = headline(&q, res, len(v.Filters) > 0)
	if all := h.everybody(a, &q, len(v.Filters) > 0); all >= res.Total {
		v.SubLine = fmt.Sprintf("of %d, %s", all, v.SubLine)
	}
	for _, hit := range res.Hits {
		v.Cards = append(v.Cards, h.cardOf(a, hit, now))
	}
	for _, s := range res.Sections {
		x := sectionView{Heading: capital(clean(s.Heading)) + ".", Count: plural(s.Total, "applicant")}
		for _, hit := range s.Hits {
			x.Cards = append(x.Cards, h.cardOf(a, hit, now))
		}
		if s.Cursor != "" {
			_, x.NextURL = a.paging(s.Cursor)
		}
		v.Sections = append(v.Sections, x)
	}
	v.Help = helpOf(a, res)
	return "search", http.StatusOK, v, nil
}

// unreadable says where what was typed cannot be read, and why.
func unreadable(what string, e *query.SyntaxError) string {
	at := ""
	if e.Column > 0 {
		at = " at column " + strconv.Itoa(e.Column)
	}
	return "The " + what + " cannot be read" + at + ": " + clean(e.Problem) + "."
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
		p := a.first()
		p.Del(string(f.Facet))
		q, err := h.searchOf(p, []query.Facet{f.Facet}, false)
		if err != nil {
			continue
		}
		q.Size = 1
		if wide, err := h.o.Engine.Search(a.Context(), a.caller.Tenant, q); err == nil && len(wide.Facets) == 1 {
			f.Buckets = wide.Facets[0].Buckets
		}
	}
}

// nameBuckets gives the shown issuers and skills a label where the page's hits
// and the frameworks have none: it stands in the documents. A label that cannot
// be had costs nothing but itself.
func (h *handler) nameBuckets(ctx context.Context, tenant string, res *index.Results, blind bool) {
	for _, f := range res.Facets {
		if f.Facet != query.FacetIssuer && f.Facet != query.FacetSkill {
			continue
		}
		for i := range f.Buckets[:min(len(f.Buckets), shownRows)] {
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

// blindURL is the same page with names where they are hidden, and without where
// they are not; "" to whoever may not see them.
func blindURL(a *asked) string {
	if !a.caller.Rights.May(MayNames) {
		return ""
	}
	if a.blind() {
		return a.with("blind", "off")
	}
	return a.with("blind", "")
}

// headline says what was found, and no more than that: whoever was found by a
// badge that is not verified, or by what he has not, cannot prove it.
func headline(q *query.Query, res *index.Results, filtered bool) (head, sub, nobody string) {
	sub = "in " + max(res.Took, time.Millisecond).Round(time.Millisecond).String()
	if !hasTerm(q.Tree) {
		nobody = "No application is like this."
		if q.Tree == nil && !filtered {
			nobody = "There is no application yet."
		}
		return plural(res.Total, "application"), sub, nobody
	}
	head = plural(res.Total, "applicant") + " found"
	if !unverified(&q.Plan.Root) {
		return head, sub, "Nobody can prove this yet."
	}
	n := 0
	for i := range res.Hits {
		if allVerified(res.Hits[i].Why) {
			n++
		}
	}
	return head, fmt.Sprintf("%d of the %d on this page verified, %s", n, len(res.Hits), sub), "Nobody has a badge for this."
}

// namesAnother is said of a real badge with the reason recipient_mismatch.
const namesAnother = "names another address"

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

// filtersOf lists what is picked beside the text, and gives the address of the
// search without all of it.
func filtersOf(a *asked, facets []facetView) ([]filter, string) {
	var out []filter
	for _, f := range facets {
		for _, row := range f.Rows {
			if row.On && !row.Fixed {
				out = append(out, filter{f.Title, row.Label, a.without(row.Name, row.Value)})
			}
		}
	}
	for _, value := range a.p["status"] {
		out = append(out, filter{"Only", clean(value), a.without("status", value)})
	}
	p := a.first()
	for _, name := range searching.many {
		p.Del(name)
	}
	return out, to(a.URL.Path, p)
}

// chipsOf shows the top of the parsed tree the way it binds.
func chipsOf(n *query.Node) []chip {
	if n == nil {
		return nil
	}
	kids, word, class := []*query.Node{n}, "must", "must"
	switch n.Op {
	case query.NodeAnd:
		kids = n.Kids
	case query.NodeOr:
		kids, word, class = n.Kids, "or", ""
	}
	if len(kids) < 2 && n.Op != query.NodeNot {
		return nil
	}
	var out []chip
	for _, k := range kids {
		if k.Op == query.NodeNot && len(k.Kids) == 1 {
			out = append(out, chip{"not", "not", clean(k.Kids[0].String())})
			continue
		}
		out = append(out, chip{class, word, clean(k.String())})
	}
	return out
}

func widened(es []query.Expansion) string {
	var also []string
	for _, e := range es {
		if e.Label != "" && !strings.EqualFold(e.Label, e.Term) {
			also = append(also, e.Label)
		}
		also = append(also, e.Also...)
	}
	if len(also) > 6 {
		return clean(strings.Join(also[:6], ", ")) + " and more"
	}
	return clean(strings.Join(also, ", "))
}

var facetTitles = map[query.Facet]string{
	query.FacetStatus: "Proof", query.FacetSkill: "Skill", query.FacetCertificate: "Certificate", query.FacetSoft: "Soft skills", query.FacetFramework: "Framework",
	query.FacetIssuer: "Issuer", query.FacetStanding: "Who stands behind the issuer", query.FacetYear: "Earned",
}

// standingNames are the words of the facet.
var standingNames = map[string]string{
	string(verdict.LevelListed): "Listed", string(verdict.LevelDomain): "A domain of its own", string(verdict.LevelAccount): "An account at a platform",
	string(verdict.LevelPage): "A page anybody can put up", string(verdict.LevelKey): "Nothing but a key", string(verdict.LevelSelf): "The applicant",
	record.Blocked: "Blocked by you",
}

// facetsOf makes the filters: the first values of each facet, and every one that
// is picked, also where it finds nothing, so that it can be taken back.
func facetsOf(res *index.Results, p url.Values) []facetView {
	var out []facetView
	for _, f := range res.Facets {
		v := facetView{Title: facetTitles[f.Facet]}
		name := string(f.Facet)
		if f.Facet == query.FacetStatus {
			name = "include"
		}
		buckets := f.Buckets
		for _, value := range p[name] {
			if !slices.ContainsFunc(buckets, func(b index.Bucket) bool { return b.Value == value }) {
				buckets = append(buckets, index.Bucket{Value: value})
			}
		}
		most := 1
		for _, b := range buckets {
			most = max(most, b.Count)
		}
		for i, b := range buckets {
			row := facetRow{Name: name, Value: b.Value, Label: clean(b.Label), Count: b.Count, Share: 100 * b.Count / most}
			row.On = slices.Contains(p[name], b.Value)
			if row.Label == "" {
				row.Label = clean(b.Value)
			}
			switch f.Facet {
			case query.FacetStatus:
				if b.Value == string(verdict.Verified) {
					row.On, row.Fixed = true, true
				}
				row.Label = statusName(b.Value)
			case query.FacetStanding:
				row.Label = cmp.Or(standingNames[b.Value], row.Label)
			case query.FacetSoft:
				row.Label = capital(row.Label)
			}
			if i < shownRows || row.On {
				v.Rows = append(v.Rows, row)
			}
		}
		if len(v.Rows) > 0 {
			out = append(out, v)
		}
	}
	return out
}

// noFacets is an answer that counts nothing: what is picked shows all the same.
func noFacets() *index.Results {
	res := &index.Results{}
	for _, f := range query.AllFacets() {
		res.Facets = append(res.Facets, index.FacetCounts{Facet: f})
	}
	return res
}

func statusName(v string) string {
	if v == string(verdict.Rejected) {
		return "Refused"
	}
	return capital(v)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func (h *handler) cardOf(a *asked, hit index.Hit, now time.Time) card {
	c := card{URL: recordURL(a, hit.Application), Title: title(a.blind(), hit.DisplayName, hit.ID), Sub: subLine(hit.Job, hit.AppliedAt, now),
		Credentials: hit.Breadth.Credentials, Issuers: hit.Breadth.Issuers, Newest: monthOrDash(hit.Breadth.Last),
		NextExpiry: monthOrDash(hit.Breadth.NextExpiry), Expired: hit.Counts.Expired, Unvouched: hit.Counts.Unvouched, Refused: hit.Counts.Rejected}
	for _, m := range slices.Concat(hit.Why, hit.Proven) {
		w := why{Seal: sealOf(m.Status), Level: clean(m.Level), Notes: h.notesOf(&m)}
		switch {
		case m.Label != "":
			w.Label = marked(m.Label, m.LabelSpans, m.How == query.HowExact || m.How == query.HowAlias)
		default:
			w.Label = marked(m.Name, m.NameSpans, false)
		}
		c.Why = append(c.Why, w)
	}
	for _, b := range hit.Refused {
		c.RefusedWhy = append(c.RefusedWhy, why{Seal: sealOf(verdict.Rejected), Label: []part{{Text: cmp.Or(clean(b.Name), "A badge") + ": " + sentence(b.Reason)}}})
	}
	return c
}

// notesOf says of what met a question: exact or inferred, how it was met, and
// what else there is to know. One never stands in the place of another.
func (h *handler) notesOf(m *query.Match) []string {
	notes := []string{basisOf(h.o.Taxonomy(), m.Basis, m.Framework, m.Skill, m.Name)}
	if s := metBy(m.How); s != "" {
		notes = append(notes, s)
	}
	if m.IssuerName != "" {
		notes = append(notes, "by "+clean(m.IssuerName))
	}
	if m.Standing == string(verdict.LevelListed) {
		notes = append(notes, "issuer listed")
	}
	if m.Reason == verdict.RecipientMismatch {
		notes = append(notes, namesAnother)
	}
	if m.Resembles != "" {
		notes = append(notes, m.Resembles.Words())
	}
	if m.Expired {
		notes = append(notes, "expired "+month(m.Expires))
	}
	return notes
}

// marked cuts a label at its spans; whole marks all of it when there is none.
func marked(s string, spans []query.Span, whole bool) []part {
	if len(spans) == 0 {
		return []part{{clean(s), whole}}
	}
	var out []part
	at := 0
	for _, sp := range spans {
		if sp.Start < at || sp.End > len(s) || sp.Start >= sp.End {
			continue
		}
		if sp.Start > at {
			out = append(out, part{clean(s[at:sp.Start]), false})
		}
		out = append(out, part{clean(s[sp.Start:sp.End]), true})
		at = sp.End
	}
	if at < len(s) {
		out = append(out, part{clean(s[at:]), false})
	}
	return out
}
