package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/index"
	"assay/verify/verdict"
)

// searchView is the data of templates/search.html.
type searchView struct {
	top
	Text                                   string
	Keep, KeepPlain                        []field // hidden inputs: all parameters, and those that no filter sets
	Chips                                  []chip
	Error                                  *queryError
	Results                                *index.Results
	Widened                                string
	Exact                                  bool
	ExactURL, WideURL, BlindURL, ExportURL string
	SortURL, SortWord, NextURL             string
	Blind                                  bool
	Facets                                 []facetView
	Headline, SubLine, Nobody              string
	Cards                                  []card
}

type field struct{ Name, Value string }

type chip struct{ Class, Word, Text string }

type queryError struct{ Message, Pointer string }

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
	Refused              int
	RefusedWhy           []why
}

type why struct {
	Seal                seal
	Label               []part
	Level, Basis, Trust string
}

// part is a piece of a label, marked where the question met it.
type part struct {
	Text string
	Mark bool
}

// shownRows bounds the rows of one facet on the page.
const shownRows = 8

func (h *handler) searchPage(r *http.Request, tenant string) (string, int, any, error) {
	p := r.URL.Query()
	v := &searchView{top: topOf(r, "search"), Text: p.Get("q"), Blind: blind(r)}
	for _, name := range sorted(p) {
		if name == "q" || name == "cursor" {
			continue
		}
		for _, value := range p[name] {
			v.Keep = append(v.Keep, field{name, value})
			if name != "include" && !slices.Contains(choiceFacets, index.Facet(name)) {
				v.KeepPlain = append(v.KeepPlain, field{name, value})
			}
		}
	}
	q, err := h.searchOf(p, false)
	if syntax := (*index.SyntaxError)(nil); errors.As(err, &syntax) {
		v.Error = &queryError{Message: "The query cannot be read: " + syntax.Error() + "."}
		if syntax.Column > 0 {
			v.Error.Pointer = clean(v.Text) + "\n" + strings.Repeat(" ", syntax.Column-1) + "^"
		}
		return "search", http.StatusBadRequest, v, nil
	}
	if err != nil {
		return "", 0, nil, err
	}
	res, err := h.o.Engine.Search(r.Context(), tenant, q)
	if errors.Is(err, index.ErrCursor) {
		v.Error = &queryError{Message: "This page belongs to another search. Start again from the first."}
		return "search", http.StatusBadRequest, v, nil
	}
	if err != nil {
		return "", 0, nil, err
	}
	now := h.o.Now()
	v.Results = res
	v.Chips = chipsOf(res.Tree)
	v.Widened = widened(res.Expanded)
	v.Exact = p.Get("exact") == "true"
	v.ExactURL, v.WideURL = with(r, "exact", "true"), with(r, "exact", "")
	v.BlindURL = with(r, "blind", map[bool]string{true: "off", false: ""}[v.Blind])
	v.ExportURL = (&url.URL{Path: "/v1/export", RawQuery: mustEncode(p)}).String()
	v.SortURL, v.SortWord = nextSort(r, q.Sort)
	if res.Cursor != "" {
		more := r.URL.Query()
		more.Set("cursor", res.Cursor)
		v.NextURL = "/?" + more.Encode()
	}
	h.nameBuckets(r.Context(), tenant, res)
	v.Facets = facetsOf(res, p)
	v.Headline, v.SubLine, v.Nobody = headline(res, v.Text)
	for _, hit := range res.Hits {
		v.Cards = append(v.Cards, cardOf(hit, v, now))
	}
	return "search", http.StatusOK, v, nil
}

// nameBuckets gives the shown issuers and skills a label where the page's hits
// and the frameworks have none: it stands in the documents. A label that cannot
// be had costs nothing but itself.
func (h *handler) nameBuckets(ctx context.Context, tenant string, res *index.Results) {
	for _, f := range res.Facets {
		if f.Facet != index.FacetIssuer && f.Facet != index.FacetSkill {
			continue
		}
		for i := range f.Buckets[:min(len(f.Buckets), shownRows)] {
			if b := &f.Buckets[i]; b.Label == "" {
				b.Label = h.nameOf(ctx, tenant, f.Facet, b.Value)
			}
		}
	}
}

// nameOf reads the label of an issuer or a skill from one application that has
// it.
func (h *handler) nameOf(ctx context.Context, tenant string, f index.Facet, value string) string {
	q, err := index.NewQuery("", index.QueryOptions{Taxonomy: h.o.Taxonomy(), Now: h.o.Now(), Size: 1,
		Include: []verdict.Result{verdict.Authentic, verdict.Pending, verdict.Rejected}, Choices: []index.Choice{{Facet: f, Values: []string{value}}}})
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
	for _, c := range app.Claims {
		switch {
		case f == index.FacetIssuer && c.Issuer == value && c.IssuerName != "":
			return c.IssuerName
		case f == index.FacetSkill && c.ID == value && c.Label != "":
			return c.Label
		}
	}
	return ""
}

func sorted(p url.Values) []string {
	names := make([]string, 0, len(p))
	for n := range p {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func mustEncode(p url.Values) string {
	p.Del("cursor")
	return p.Encode()
}

func nextSort(r *http.Request, now index.Sort) (url, word string) {
	switch now {
	case index.SortBreadth:
		return with(r, "sort", string(index.SortRecency)), "Order: breadth"
	case index.SortRecency:
		return with(r, "sort", ""), "Order: newest"
	}
	return with(r, "sort", string(index.SortBreadth)), "Order: match"
}

func headline(res *index.Results, text string) (head, sub, nobody string) {
	switch {
	case text == "":
		head = plural(res.Total, "application")
	case res.Total == 1:
		head = "1 applicant can prove it"
	default:
		head = fmt.Sprintf("%d applicants can prove it", res.Total)
	}
	sub = "in " + max(res.Took, time.Millisecond).Round(time.Millisecond).String()
	nobody = "Nobody can prove this yet. Tick authentic or pending to see who may."
	return head, sub, nobody
}

// chipsOf shows the top of the parsed tree the way it binds.
func chipsOf(n *index.Node) []chip {
	if n == nil {
		return nil
	}
	kids, word, class := []*index.Node{n}, "must", "must"
	switch n.Op {
	case "and":
		kids = n.Kids
	case "or":
		kids, word, class = n.Kids, "or", ""
	}
	if len(kids) < 2 && n.Op != "not" {
		return nil
	}
	var out []chip
	for _, k := range kids {
		if k.Op == "not" && len(k.Kids) == 1 {
			out = append(out, chip{"not", "not", k.Kids[0].String()})
			continue
		}
		out = append(out, chip{class, word, k.String()})
	}
	return out
}

func widened(es []index.Expansion) string {
	var also []string
	for _, e := range es {
		if e.Label != "" && !strings.EqualFold(e.Label, e.Term) {
			also = append(also, e.Label)
		}
		also = append(also, e.Also...)
	}
	if len(also) > 6 {
		return strings.Join(also[:6], ", ") + " and more"
	}
	return strings.Join(also, ", ")
}

var facetTitles = map[index.Facet]string{
	index.FacetStatus: "Proof", index.FacetSkill: "Skill", index.FacetSoft: "Soft skills", index.FacetFramework: "Framework",
	index.FacetIssuer: "Issuer", index.FacetTrust: "Trust", index.FacetYear: "Earned",
}

var trustNames = map[string]string{
	index.TrustListed: "issuer listed", index.TrustUnlisted: "issuer not listed", index.TrustBlocked: "issuer blocked", index.TrustUnasked: "no registry chosen",
}

func facetsOf(res *index.Results, p url.Values) []facetView {
	var out []facetView
	for _, f := range res.Facets {
		v := facetView{Title: facetTitles[f.Facet]}
		name := string(f.Facet)
		if f.Facet == index.FacetStatus {
			name = "include"
		}
		most := 1
		for _, b := range f.Buckets {
			most = max(most, b.Count)
		}
		for i, b := range f.Buckets {
			row := facetRow{Name: name, Value: b.Value, Label: clean(b.Label), Count: b.Count, Share: 100 * b.Count / most}
			row.On = slices.Contains(p[name], b.Value)
			if row.Label == "" {
				row.Label = clean(b.Value)
			}
			switch f.Facet {
			case index.FacetStatus:
				if b.Value == string(verdict.Verified) {
					row.On, row.Fixed = true, true
				}
				row.Label = statusName(b.Value)
			case index.FacetTrust:
				row.Label = trustNames[b.Value]
			case index.FacetSoft:
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

func cardOf(hit index.Hit, v *searchView, now time.Time) card {
	c := card{Title: title(v.Blind, hit.DisplayName, hit.ID), Sub: subLine(hit.Job, hit.AppliedAt, now),
		Credentials: hit.Breadth.Credentials, Issuers: hit.Breadth.Issuers, Newest: monthOrDash(hit.Breadth.Last),
		NextExpiry: monthOrDash(hit.Breadth.NextExpiry), Refused: hit.Counts.Rejected}
	c.URL = "/applications/" + url.PathEscape(hit.Application) + v.Home
	if !v.Blind {
		c.URL = "/applications/" + url.PathEscape(hit.Application) + joinQuery(v.Home, "blind=off")
	}
	for _, m := range append(hit.Why, hit.Proven...) {
		w := why{Seal: sealOf(m.Status), Level: clean(m.Level), Basis: basisName(string(m.Basis), m.Framework)}
		switch {
		case m.Label != "":
			w.Label = marked(m.Label, m.LabelSpans, m.How == index.HowExact || m.How == index.HowAlias)
		default:
			w.Label = marked(m.Name, m.NameSpans, false)
		}
		if m.How == index.HowNarrower {
			w.Basis = "by hierarchy"
		}
		if m.How == index.HowTypo {
			w.Basis = "as if spelt right"
		}
		if m.Expired {
			w.Basis = "expired " + month(m.Expires)
		}
		if m.Trust == index.TrustListed {
			w.Trust = trustNames[m.Trust]
		}
		c.Why = append(c.Why, w)
	}
	for _, b := range hit.Refused {
		c.RefusedWhy = append(c.RefusedWhy, why{Seal: sealOf(verdict.Rejected), Label: []part{{Text: cmp.Or(clean(b.Name), "A badge") + ": " + sentence(b.Reason)}}})
	}
	return c
}

func joinQuery(home, more string) string {
	if home == "" {
		return "?" + more
	}
	return home + "&" + more
}

// marked cuts a label at its spans; whole marks all of it when there is none.
func marked(s string, spans []index.Span, whole bool) []part {
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
