package web

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"assay/index"
	"assay/index/query"
	"assay/verify/verdict"
)

// helpView says of a thin answer what would add somebody, and of an empty one which
// word found nobody and what is near. Nothing is offered that adds nobody.
type helpView struct {
	Parts   []partView
	Without bool // the others were counted without each part
	Nobody  bool // a part finds nobody alone
	Try     []offer
	Near    []offer
	Ticks   []offer
	LostURL string // where nothing here is near: what there is
	Schools bool   // issuers were looked through, too
}

// partView is a part of the question: whom it finds alone, and the others without it.
type partView struct {
	Words                string
	Alone, Without       string
	AloneURL, WithoutURL string // "" where nobody is found
}

// offer is a link to another answer, and what it would find.
type offer struct {
	Text, Note, URL string
	Shape           string
}

// otherwise are the ways in which a part of a question may be asked, as query.Variant
// names them.
var otherwise = []string{
	msg("also issuers that only call themselves so"), msg("as words, not as an issuer"), msg("spelt right"), msg("as words, anywhere in a badge"), msg("without quotes, spelt right"),
	msg("without quotes"), msg("badges of that name"), msg("issuers of that name"), msg("issuers that call themselves so"),
}

// helpOf makes links of what an answer knows of a way on, nil where it knows none.
func (a *asked) helpOf(q *query.Query, res *index.Results) *helpView {
	v := &helpView{}
	ask := func(n int, q string) (text, url string) {
		if n == 0 {
			return a.T("nobody"), ""
		}
		return a.T("%d applicants", n), a.with("q", q)
	}
	if h := res.Help; h != nil {
		v.Without = true
		for _, p := range h.Parts {
			x := partView{Words: clean(p.Words)}
			x.Alone, x.AloneURL = ask(p.Count, p.Words)
			x.Without, x.WithoutURL = ask(p.Without, p.Rest)
			v.Nobody = v.Nobody || p.Count == 0
			v.Parts = append(v.Parts, x)
		}
		a.offers(v, h)
		if t := q.Tree; t != nil && len(h.Parts) == 0 {
			v.Without = false
			if h.Unfiltered == 0 { // else somebody may be found by it, without the filters
				v.Nobody, v.Parts = true, []partView{{Words: clean(t.String()), Alone: a.T("nobody")}}
			}
			if h.Looked && len(v.Try)+len(h.Near)+len(res.Instead)+len(res.Sections) == 0 {
				v.LostURL, v.Schools = to("/", a.keep()), !q.Options.Unnamed
			}
		}
	} else if len(res.Words) > 1 { // thin: what each word finds alone
		for _, w := range res.Words {
			x := partView{Words: clean(w.Words)}
			x.Alone, x.AloneURL = ask(w.Count, w.Words)
			v.Parts = append(v.Parts, x)
		}
	}
	for _, b := range res.Instead {
		p := a.first()
		p.Add("include", b.Value)
		r := verdict.Result(b.Value)
		v.Ticks = append(v.Ticks, offer{Text: a.T("include: %s", a.resultWord(r)), Note: "+" + strconv.Itoa(b.Count), URL: to(a.URL.Path, p), Shape: stateOf(r, "", "").Shape()})
	}
	if len(v.Parts)+len(v.Try)+len(v.Near)+len(v.Ticks) == 0 {
		return nil
	}
	return v
}

// offers fills in what else may be asked where a question finds nobody.
func (a *asked) offers(v *helpView, h *index.Help) {
	for _, t := range h.Try {
		why := t.Why
		if slices.Contains(otherwise, why) {
			why = a.T(why)
		}
		v.Try = append(v.Try, offer{Text: clean(t.Query), Note: why + " · " + a.T("%d applicants", t.Count), URL: a.with("q", t.Query)})
	}
	if h.Widened > 0 {
		v.Try = append(v.Try, offer{Text: a.T("not exactly as typed"), Note: a.T("%d applicants", h.Widened), URL: a.with("exact", "")})
	}
	if h.Unfiltered > 0 {
		p := a.first()
		for _, name := range searching.many {
			if name != "include" {
				p.Del(name)
			}
		}
		v.Try = append(v.Try, offer{Text: a.T("without the picked filters"), Note: a.T("%d applicants", h.Unfiltered), URL: to(a.URL.Path, p)})
	}
	for _, s := range h.Near {
		fill := fillOf(&s)
		if utf8.RuneCountInString(fill) > query.MaxRunes {
			continue
		}
		o := offer{Text: clean(s.Label), URL: a.with("q", fill)}
		switch s.Kind {
		case index.SuggestCertificate:
			o.Note = a.T("Certificates") + " · " + a.T("%d hold it", s.Count)
		case index.SuggestIssuer:
			o.Text, o.Note = a.byOf(s.Label, "").text(), a.T("Issuers")+" · "+a.T("issued to %d", s.Count)
		default:
			o.Note = a.T("Skills") + " · " + a.T("%d applicants can prove it", s.Count)
		}
		v.Near = append(v.Near, o)
	}
}
