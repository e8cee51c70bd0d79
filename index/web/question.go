package web

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"assay/index/query"
	"assay/index/web/look"
	"assay/verify/verdict"
)

// askView is the box with the question, and the question word by word.
type askView struct {
	Text     string
	Keep     []field // hidden inputs: what no box of the filters sets
	HasLast  bool    // Last goes along with the next question
	Last     string  // question that was answered
	Chips    []chipView
	Picked   []pickedView
	ClearURL string
	Wide     *look.Link // to the question as typed, or widened
	Suggest  string     // where suggestions are
	First    bool       // a reader begins in the box
}

// chipView is one thing that is asked for.
type chipView struct {
	Class, How, Word, Read, Hint string
	Told                         bool // it was not read as it was typed
	Turns                        []look.Link
	Links                        []look.Link
	DropURL, DropLabel           string
}

// pickedView is a filter that is set, and the address of the search without it.
type pickedView struct{ Word, Text, URL, Label string }

// wrongView says of a question that cannot be read where and why.
type wrongView struct {
	Title, Message string
	Text, Pointer  string
	Cures          []look.Link // what can be read and is nearest
	Last           string      // of what the answer below is
}

// fullChips is how many things of a question can be turned, each; of a longer one they can
// be taken away.
const fullChips = 8

// shownKin is how many other names of a thing are told.
const shownKin = 6

// askOf shows the question of a request: q is what it was read as, nil where it cannot
// be.
func (a *asked) askOf(q *query.Query) askView {
	v := askView{Text: clean(a.p.Get("q")), Keep: a.hidden(false), Suggest: to("/suggest", a.keep())}
	if q == nil {
		return v
	}
	list := q.Asked()
	for i := range list {
		v.Chips = append(v.Chips, a.chipOf(list, i))
	}
	if q.Tree != nil || len(q.May) > 0 {
		v.Wide = &look.Link{Text: a.T("Search exactly as typed"), URL: a.with("exact", "true")}
		if q.Options.Exact {
			v.Wide = &look.Link{Text: a.T("Other names and typing errors too"), URL: a.with("exact", ""), On: true}
		}
	}
	return v
}

// hidden are the parameters that the form of the question carries along: those that no
// box of the filters sets, or all.
func (a *asked) hidden(all bool) []field {
	var out []field
	kept := a.first()
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		if name == "q" || !all && (name == "include" || slices.Contains(choiceFacets, query.Facet(name))) {
			continue
		}
		for _, value := range kept[name] {
			out = append(out, field{name, value})
		}
	}
	return out
}

// chipOf shows one thing of those that are asked for.
func (a *asked) chipOf(list []query.Asked, i int) chipView {
	x := list[i]
	v := chipView{Class: string(x.As), Word: clean(x.Text), Told: x.Filler || x.Read != nil && x.Read.How == query.HowTypo}
	if x.Filler {
		v.Class = "off"
	}
	v.Read = a.readAs(&x)
	switch x.As {
	case query.AsMust:
		v.How = a.T("must")
	case query.AsMay:
		v.How = a.T("may")
	case query.AsNot:
		v.How = a.T("not")
		v.Hint = a.T("Whoever has this is left out.")
	case query.AsInclude:
		v.Class, v.How = "may", a.T("with")
	}
	if x.Filler {
		v.Hint = a.T("Nearly every badge is called so. Put it in quotes to ask for it.")
	}
	if r := x.Read; r != nil && len(r.Also) > 0 {
		var also []string
		for _, s := range r.Also[:min(len(r.Also), shownKin)] {
			also = append(also, clean(s))
		}
		v.Hint = a.T("Also found by: %s.", strings.Join(also, ", "))
	}
	turn := func(to query.Asked) string {
		changed := slices.Clone(list)
		changed[i] = to
		return a.told(changed)
	}
	if x.As != query.AsInclude && len(list) <= fullChips {
		for _, t := range []struct {
			as   query.As
			text string
		}{{query.AsMust, a.T("must have it")}, {query.AsMay, a.T("may have it: nice to have")}, {query.AsNot, a.T("must not have it")}} {
			if t.as == query.AsMay && x.Kind == query.NodeField && x.Field != "skill" && x.Field != "badge" {
				continue // a condition is met or is not
			}
			to := x
			to.As = t.as
			if url := turn(to); url != "" {
				v.Turns = append(v.Turns, look.Link{Text: t.text, URL: url, On: x.As == t.as})
			}
		}
	}
	switch {
	case len(list) > fullChips:
	case x.Kind == query.NodeWord:
		if url := turn(x.Quoted()); url != "" {
			v.Links = append(v.Links, look.Link{Text: a.T("Ask for “%s” as typed", clean(x.Value)), URL: url})
		}
	case x.Kind == query.NodePhrase || x.Kind == query.NodeField && (x.Field == "badge" || x.Field == "skill"):
		if url := turn(x.Loose()); url != "" {
			v.Links = append(v.Links, look.Link{Text: a.T("Ask for the words without quotes"), URL: url})
		}
	}
	v.DropURL, v.DropLabel = a.told(slices.Delete(slices.Clone(list), i, i+1)), a.T("Take away %s", v.Word)
	return v
}

// told is the address of a question that asks for the things of a list; "" where it
// would be too long.
func (a *asked) told(list []query.Asked) string {
	text := query.Tell(list)
	if utf8.RuneCountInString(text) > query.MaxRunes {
		return ""
	}
	return strings.ReplaceAll(a.with("q", text), "+", "%20") // a template would write five signs for each
}

// readAs says what a thing was read as.
func (a *asked) readAs(x *query.Asked) string {
	switch {
	case x.Filler:
		return a.T("a filler word, given up first")
	case x.Kind == query.NodeOr:
		return a.T("one of these is enough")
	case x.Kind == query.NodeAnd || x.Kind == query.NodeNot:
		return a.T("all of these")
	case x.Kind == query.NodeField && x.Field != "skill":
		return a.fieldAs(x)
	case x.Kind == query.NodeWord && strings.Contains(x.Value, "*") && (x.Read == nil || x.Read.How == ""):
		if x.Read == nil { // the question has no such beginning
			return a.T("words as they stand: a * ends the beginning of one, of three letters or more") // query.NoteStar
		}
		return a.T("words that begin so")
	case x.Read != nil && x.Read.How == query.HowTypo:
		return a.T("“%s”, a typing error set right", clean(x.Read.Label))
	case x.Read != nil && x.Read.How == query.HowCertificate && x.Read.Note == query.NoteEditions:
		return a.T("certificate “%s”, other editions after this one", clean(x.Read.Label))
	case x.Read != nil && x.Read.How == query.HowCertificate:
		return a.T("certificate “%s”", clean(x.Read.Label))
	case x.Read != nil && x.Read.Label != "" && x.Read.How != "":
		return a.T("skill “%s”", clean(x.Read.Label))
	case x.Read != nil && x.Read.Label != "":
		return a.T("a year or a level of the badge, too")
	case x.As == query.AsNot:
		return a.T("in no badge")
	case x.Kind == query.NodePhrase:
		return a.T("these words, side by side")
	}
	if a.hides().schools {
		return a.T("words in a badge")
	}
	return a.T("words in a badge or of its issuer")
}

// fieldAs says what a field asks for.
func (a *asked) fieldAs(x *query.Asked) string {
	switch x.Field {
	case "badge":
		return a.T("the badge’s own name")
	case "issuer":
		if x.Cmp == "~" {
			return a.T("an issuer that calls itself so")
		}
		return a.T("an issuer known by this name or host")
	case "level":
		return a.T("the level, in the same badge")
	case "earned":
		return a.T("when it was earned, in the same badge")
	case "expires":
		return a.T("when it ends, in the same badge")
	case "standing", "trust":
		return a.T("who stands behind the issuer")
	case "status":
		return a.T("how the badge stands")
	case "framework":
		return a.T("the framework that it names")
	case "job":
		return a.T("the job that was applied for")
	}
	return a.T("these badges count, too")
}

// wrongOf says why a question cannot be read, points at the place, and offers what is
// nearest to it.
func (a *asked) wrongOf(syntax *query.SyntaxError) *wrongView {
	v := &wrongView{Title: a.T("The question cannot be read"), Message: cmp.Or(a.problem(syntax), capital(clean(syntax.Problem))+".")}
	text := a.p.Get("q")
	typed := []rune(text)
	if at := syntax.Column - 1; at >= 0 && at <= len(typed) {
		v.Text = clean(text)
		v.Pointer = strings.Repeat(" ", utf8.RuneCountInString(clean(string(typed[:at])))) + "^"
		if from, to, ok := syntax.Mark(text); ok {
			v.Pointer += strings.Repeat("^", max(1, utf8.RuneCountInString(clean(string(typed[from:to]))))-1)
		}
		v.Message = a.T("At character %d", syntax.Column) + ": " + v.Message
	}
	for _, c := range query.Cures(text) {
		v.Cures = append(v.Cures, look.Link{Text: clean(c), URL: a.with("q", c)})
	}
	return v
}

// problems are the messages that say to a reader what is wrong with a question or a role.
var problems = map[query.Wrong]string{
	query.WrongUTF8:       msg("The question is no text."),
	query.WrongLength:     msg("The question is longer than %s characters."),
	query.WrongTerms:      msg("The question has more than %s words."),
	query.WrongDepth:      msg("The brackets are nested deeper than %s."),
	query.WrongClose:      msg("A bracket closes here that was not opened."),
	query.WrongOpen:       msg("This bracket is not closed."),
	query.WrongBrackets:   msg("There is nothing to search for in these brackets."),
	query.WrongQuote:      msg("This quote is not closed."),
	query.WrongQuotes:     msg("These quotes hold no word."),
	query.WrongWord:       msg("“%s” has no letter or digit to search for."),
	query.WrongOr:         msg("OR needs a word on each side."),
	query.WrongAnd:        msg("AND needs a word before it."),
	query.WrongEnd:        msg("%s needs a word after it."),
	query.WrongInclude:    msg("include: stands for the whole question, and not within OR or NOT."),
	query.WrongMay:        msg("What is nice to have stands for the whole question, and not within OR or NOT."),
	query.WrongUnequal:    msg("Write NOT before %s, with = in place of !=."),
	query.WrongField:      msg("There is no field “%s”. Put the text in quotes to search for it."),
	query.WrongCompared:   msg("%s takes a colon, not %s."),
	query.WrongComparison: msg("%s needs a value after one comparison."),
	query.WrongNoValue:    msg("%s needs a value right after it."),
	query.WrongStatus:     msg("%s knows verified, authentic, expired, unvouched, pending, rejected, unsupported and all, not “%s”."),
	query.WrongStanding:   msg("%s knows listed, domain, account, page, key, self, blocked, unlisted and unasked, not “%s”."),
	query.WrongLevel:      msg("“%s” is not a level: write 3, B2, 80%%, intermediate or gold."),
	query.WrongDate:       msg("“%s” is not a date: write 2024, 2024-05 or 2024-05-31."),
	query.WrongSkill:      msg("Skill %s of the role has no letter or digit to search for, or is too long."),
	query.WrongSkills:     msg("A role has from 1 to %s skills, not %s."),
	query.WrongIssuer:     msg("While schools are hidden, nobody is found by an issuer: the answer would tell the school. Take the condition away, or show schools."),
	query.WrongDated:      msg("While dates are hidden, nobody is found by one: the answer would tell the date. Take the condition away, or show dates."),
	query.WrongWeight:     msg("A weight is from 1 to %s, not %s."),
}

// problem says in the reader's language what is wrong with a question, "" where there
// are no words for it.
func (a *asked) problem(e *query.SyntaxError) string {
	says, ok := problems[e.Kind]
	if !ok {
		return ""
	}
	var args []any
	for _, arg := range e.Args {
		args = append(args, clean(arg))
	}
	return a.T(says, args...)
}

// pickedOf lists what is picked beside the text, and gives the address of the search
// without all of it.
func (a *asked) pickedOf(facets []facetView) ([]pickedView, string) {
	var out []pickedView
	add := func(word, text, name, value string) {
		out = append(out, pickedView{word, text, a.without(name, value), a.T("Without %[1]s: %[2]s", word, text)})
	}
	for _, f := range facets {
		for _, row := range slices.Concat(f.Rows, f.More) {
			if row.On && !row.Fixed {
				add(f.Title, row.Label, row.Name, row.Value)
			}
		}
	}
	for _, value := range a.p["status"] {
		add(a.T("Only"), a.resultWord(verdict.Result(value)), "status", value)
	}
	p := a.first()
	for _, name := range searching.many {
		p.Del(name)
	}
	return out, to(a.URL.Path, p)
}
