package web

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/index/web/look"
)

// suggestView is the list below the box of the question.
type suggestView struct{ Groups []suggestGroup }

// suggestGroup are suggestions of one kind.
type suggestGroup struct {
	ID, Title string
	Options   []suggestOption
}

// suggestOption is a suggestion, and what the box holds once it is taken.
type suggestOption struct {
	ID, Fill, Note string
	Label          []look.Part
	Claim          string
}

// Bounds of suggestions.
const (
	suggestKinds = 4 // of one kind
	suggestWords = 3 // of the end of the question are looked at together
	leastTyped   = 2 // letters
)

// suggestPart answers what is typed with what somebody of the tenant holds: a part of a
// page.
func (h *handler) suggestPart(a *asked) (*screen, error) {
	text := a.p.Get("q")
	if utf8.RuneCountInString(text) > query.MaxRunes {
		text = ""
	}
	v := &suggestView{}
	for _, at := range endings(text) {
		list, err := index.Suggest(a.Context(), h.o.Engine, h.o.Taxonomy(), a.caller.Tenant, text[at:], maxSuggestions)
		if err != nil {
			return nil, err
		}
		if v.Groups = a.groups(list, text, at); len(v.Groups) > 0 {
			break
		}
	}
	return &screen{name: "suggestions", view: v, here: "/"}, nil
}

// endings gives where the last words of a text begin, the most of them first: none of
// them in quotes, a field or an operator.
func endings(text string) []int {
	begin := 0
	for i, r := range text {
		if strings.ContainsRune(`"“”„«»()`, r) {
			begin = i + utf8.RuneLen(r)
		}
	}
	if strings.Count(text, `"`)%2 == 1 {
		return []int{begin}
	}
	var at []int
	in := false
	for i, r := range text[begin:] {
		if space := unicode.IsSpace(r); !space && !in {
			at = append(at, begin+i)
			in = true
		} else if space {
			in = false
		}
	}
	if !in {
		return nil // the last word is done
	}
	var out []int
	for n := len(at) - 1; n >= 0 && len(at)-n <= suggestWords; n-- {
		word, _, _ := strings.Cut(text[at[n]:], " ")
		if sign := strings.TrimLeft(word, "-?"); sign != word && n == len(at)-1 {
			out = append(out, at[n]+len(word)-len(sign))
			break
		}
		switch strings.ToUpper(word) {
		case "AND", "OR", "NOT":
			n = 0
			continue
		}
		if strings.ContainsAny(word, ":<>=~") {
			break
		}
		out = append([]int{at[n]}, out...)
	}
	kept := out[:0]
	for _, i := range out {
		if utf8.RuneCountInString(strings.TrimSpace(text[i:])) >= leastTyped {
			kept = append(kept, i)
		}
	}
	return kept
}

// groups shows suggestions by their kinds; those that nobody holds are left out.
func (a *asked) groups(list []index.Suggestion, text string, at int) []suggestGroup {
	typed := text[at:]
	before := strings.TrimRight(text[:at], `"“„«`) // the fill has quotes of its own
	var out []suggestGroup
	n := 0
	for k, kind := range index.SuggestionKinds() {
		g := suggestGroup{ID: "k" + strconv.Itoa(k)}
		switch kind {
		case index.SuggestSkill:
			g.Title = a.T("Skills")
		case index.SuggestCertificate:
			g.Title = a.T("Certificates")
		default:
			g.Title = a.T("Issuers")
		}
		for _, s := range list {
			if s.Kind != kind || s.Count == 0 || len(g.Options) == suggestKinds || a.hides().schools && kind == index.SuggestIssuer {
				continue
			}
			o := suggestOption{Label: beginning(clean(s.Label), typed), Note: a.T("%d hold it", s.Count)}
			if kind == index.SuggestIssuer {
				by := a.byOf(s.Label, "")
				o.Label, o.Claim, o.Note = beginning(strings.TrimSpace(by.Before+" "+by.Host+by.Listed), typed), by.Claim, a.T("issued to %d", s.Count)
			}
			if o.Fill = clean(before + fillOf(&s) + " "); utf8.RuneCountInString(o.Fill) > query.MaxRunes {
				continue
			}
			o.ID = "o" + strconv.Itoa(n)
			n++
			g.Options = append(g.Options, o)
		}
		if len(g.Options) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// fillOf asks for what is suggested, and for nothing else.
func fillOf(s *index.Suggestion) string {
	switch s.Kind {
	case index.SuggestCertificate:
		return badgeQuestion(s.Label)
	case index.SuggestIssuer:
		return `issuer:"` + strings.ReplaceAll(s.ID, `"`, "") + `"`
	}
	words := strings.ReplaceAll(s.Label, `"`, " ")
	if strings.ContainsFunc(words, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return `"` + words + `"`
	}
	return words
}

// beginning marks the words of a label that begin as the last one that was typed.
func beginning(label, typed string) []look.Part {
	words := strings.Fields(skills.Folded(typed))
	var out []look.Part
	at := 0
	for _, w := range skills.WordSpans(label) {
		for _, t := range words {
			if w.Start >= at && strings.HasPrefix(w.Word, t) {
				out = append(out, look.Part{Text: label[at:w.Start]}, look.Part{Text: label[w.Start:w.End], Mark: true})
				at = w.End
			}
		}
	}
	return append(out, look.Part{Text: label[at:]})
}

// badgeQuestion asks for badges that are called so.
func badgeQuestion(name string) string {
	var all []string
	for _, p := range record.Phrases(strings.ReplaceAll(name, `"`, " ")) {
		all = append(all, `badge:"`+p+`"`)
	}
	return strings.Join(all, " ")
}
