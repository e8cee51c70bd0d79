package web

import (
	"slices"
	"strconv"
	"strings"

	"assay/index"
)

// helpView says of a thin answer what would add somebody, and of an empty one which
// word found nobody and what is near. Nothing is offered that adds nobody.
type helpView struct {
	Parts []partView
	Try   []offer
	Near  []offer
	Ticks []offer
}

// partView is a part of the question: whom it finds alone, and the others without it.
type partView struct {
	Words, Alone, Without string
	Nobody                bool
	AloneURL, WithoutURL  string // "" where nobody is found
}

// offer is a link to another answer, and what it would find.
type offer struct{ Text, Note, URL string }

// helpOf makes links of what an answer knows of a way on, nil where it knows none.
func helpOf(a *asked, res *index.Results) *helpView {
	v := &helpView{}
	ask := func(n int, q string) string {
		if n == 0 {
			return ""
		}
		return a.with("q", q)
	}
	if h := res.Help; h != nil {
		for _, p := range h.Parts {
			v.Parts = append(v.Parts, partView{clean(p.Words), plural(p.Count, "applicant"), plural(p.Without, "applicant"), p.Count == 0, ask(p.Count, p.Words), ask(p.Without, p.Rest)})
		}
		for _, t := range h.Try {
			v.Try = append(v.Try, offer{clean(t.Query), t.Why + " · " + plural(t.Count, "applicant"), a.with("q", t.Query)})
		}
		if h.Widened > 0 {
			v.Try = append(v.Try, offer{"not exactly as typed", plural(h.Widened, "applicant"), a.with("exact", "")})
		}
		if h.Unfiltered > 0 {
			p := a.first()
			for _, name := range searching.many {
				if name != "include" {
					p.Del(name)
				}
			}
			v.Try = append(v.Try, offer{"without the picked filters", plural(h.Unfiltered, "applicant"), to(a.URL.Path, p)})
		}
		for _, s := range h.Near {
			text := s.Label
			if strings.ContainsRune(text, ' ') {
				text = `"` + strings.ReplaceAll(text, `"`, "") + `"`
			}
			v.Near = append(v.Near, offer{clean(s.Label), plural(s.Count, "applicant") + " can prove it", a.with("q", text)})
		}
	} else if len(res.Words) > 1 { // thin: what each word finds alone
		for _, w := range res.Words {
			v.Parts = append(v.Parts, partView{Words: clean(w.Words), Alone: plural(w.Count, "applicant"), Nobody: w.Count == 0, AloneURL: ask(w.Count, w.Words)})
		}
	}
	for _, b := range res.Instead {
		p := a.first()
		p.Add("include", b.Value)
		v.Ticks = append(v.Ticks, offer{"include " + strings.ToLower(statusName(b.Value)), "+" + strconv.Itoa(b.Count), to(a.URL.Path, p)})
	}
	if len(v.Parts)+len(v.Try)+len(v.Near)+len(v.Ticks) == 0 {
		return nil
	}
	return v
}

// Without reports whether the others were counted without a part.
func (h *helpView) Without() bool {
	return slices.ContainsFunc(h.Parts, func(p partView) bool { return p.Without != "" })
}
