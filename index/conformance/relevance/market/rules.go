package market

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"assay/verify/verdict"
)

// Nonsense is the kind of question whose right answer is nobody.
const Nonsense = "nonsense"

// Question is what a recruiter types, with the rule by which people are graded.
type Question struct {
	Line       int
	Kind, Text string
	Held       bool // of the set that is not worked on
	rule       []clause
}

// clause gives a grade to whom all its atoms hold for.
type clause struct {
	atoms []atom
	grade int
}

// atom holds where somebody has one badge that stands every test, or none.
type atom struct {
	tests []test
	not   bool
}

type test struct {
	key, value string
	scale      string // of level
	rank       int
	least      bool // level and earned: that or more

	is, kin []bool // of each kind of badge, whether it is one that is named, and one that is kin to it
}

// Questions reads the questions, which kinds of badges must have answers to.
func Questions(kinds []Badge) ([]Question, error) {
	data, err := file("questions.tsv")
	if err != nil {
		return nil, err
	}
	return questions(data, kinds)
}

func questions(data []byte, kinds []Badge) ([]Question, error) {
	var out []Question
	for i, l := range bytes.Split(data, []byte("\n")) {
		if len(l) == 0 || l[0] == '#' {
			continue
		}
		f := strings.Split(string(l), "\t")
		if len(f) != 3 || f[0] == "" || f[1] == "" || (f[2] == "-") != (f[0] == Nonsense) {
			return nil, fmt.Errorf("line %d is no kind, question and rule", i+1)
		}
		q := Question{Line: i + 1, Kind: f[0], Text: f[1], Held: chance("held "+f[1])%5 < 2}
		if f[2] != "-" {
			for s := range strings.FieldsSeq(f[2]) {
				c, err := parseClause(s, kinds)
				if err != nil {
					return nil, fmt.Errorf("line %d: %w", i+1, err)
				}
				q.rule = append(q.rule, c)
			}
		}
		out = append(out, q)
	}
	return out, nil
}

func parseClause(s string, kinds []Badge) (clause, error) {
	at := strings.LastIndexByte(s, '=')
	if at < 0 {
		return clause{}, fmt.Errorf("%q has no grade", s)
	}
	c := clause{}
	var err error
	if c.grade, err = strconv.Atoi(s[at+1:]); err != nil || c.grade < 1 || c.grade > 3 {
		return c, fmt.Errorf("%q has no grade from 1 to 3", s)
	}
	for part := range strings.SplitSeq(s[:at], "&") {
		a := atom{}
		part, a.not = strings.CutPrefix(part, "!")
		for one := range strings.SplitSeq(part, "+") {
			t, err := parseTest(one, kinds)
			if err != nil {
				return c, err
			}
			a.tests = append(a.tests, t)
		}
		c.atoms = append(c.atoms, a)
	}
	return c, nil
}

func parseTest(s string, kinds []Badge) (test, error) {
	t := test{}
	var ok bool
	if t.key, t.value, ok = strings.Cut(s, ">"); ok {
		t.least = true
	} else if t.key, t.value, ok = strings.Cut(s, ":"); !ok {
		return t, fmt.Errorf("%q has no value", s)
	}
	known := false
	switch t.key {
	case "cert", "topic", "near", "sector":
		t.is, t.kin = make([]bool, len(kinds)), make([]bool, len(kinds))
		for i := range kinds {
			b := &kinds[i]
			t.is[b.at] = t.names(b)
			t.kin[b.at] = t.key == "topic" && slices.Contains(b.Near, t.value)
			known = known || t.is[b.at]
		}
	case "issuer", "name":
		known = folded(t.value) != ""
		t.value = " " + folded(t.value) + " " // whole words, next to each other
	case "level":
		t.scale, t.rank = level(t.value)
		known = t.rank > 0
	case "earned":
		t.rank, _ = strconv.Atoi(t.value)
		known = t.rank > 2000
	case "status":
		known = slices.Contains([]string{"authentic", "expired", "rejected", "unvouched", "pending"}, t.value)
	}
	if !known || t.least && t.key != "level" && t.key != "earned" {
		return t, fmt.Errorf("%q is no test that anything stands", s)
	}
	return t, nil
}

// names reports whether a test of the kind of badge holds for one.
func (t *test) names(b *Badge) bool {
	switch t.key {
	case "cert":
		stem, open := strings.CutSuffix(t.value, "*")
		return b.ID == t.value || open && strings.HasPrefix(b.ID, stem)
	case "topic":
		return slices.Contains(b.Topics, t.value)
	case "near":
		return slices.Contains(b.Topics, t.value) || slices.Contains(b.Near, t.value)
	}
	return b.Sector == t.value
}

// trust says how much is believed: what badges prove, topics by impostors' badges
// too, certificates by them too, or what a badge is only kin to.
type trust int

const (
	given trust = iota
	topics
	named
	kin
)

func (t *test) holds(h *Held, by trust) bool {
	switch t.key {
	case "cert":
		return t.is[h.Badge.at] && (!h.Impostor || by == named)
	case "topic", "near", "sector":
		return (t.is[h.Badge.at] || by == kin && t.kin[h.Badge.at]) && (!h.Impostor || by >= topics)
	case "issuer":
		return strings.Contains(h.by, t.value)
	case "name":
		return strings.Contains(h.words, t.value)
	case "level":
		return h.Badge.Scale == t.scale && (h.Badge.Rank == t.rank || t.least && h.Badge.Rank > t.rank)
	case "earned":
		y := h.Issued.UTC().Year()
		return y == t.rank || t.least && y > t.rank
	case "status":
		if t.value == string(verdict.Expired) {
			return (h.Result == verdict.Verified || h.Result == verdict.Authentic) && !h.Expires.IsZero() && !h.Expires.After(Now)
		}
		return string(h.Result) == t.value && (h.Expires.IsZero() || h.Expires.After(Now))
	}
	return false
}

// folded gives the words of a text in small letters without accents, in a way of its
// own: grades do not move with how the search folds.
func folded(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

func (a *atom) holds(p *Person, by trust) bool {
	asked := slices.ContainsFunc(a.tests, func(t test) bool { return t.key == "status" })
	for i := range p.Held {
		h := &p.Held[i]
		if !asked && !h.Counts() {
			continue
		}
		all := true
		for k := range a.tests {
			all = all && a.tests[k].holds(h, by)
		}
		if all {
			return !a.not
		}
	}
	return a.not
}

// Grade gives what somebody is worth as an answer, 0 to 3. Where only a badge named
// like others' speaks for him, it is at most 2 for a topic and 1 for a certificate.
func (q *Question) Grade(p *Person) int {
	best := 0
	for by, most := range []int{3, 2, 1, 1} {
		for _, c := range q.rule {
			ok := min(c.grade, most) > best
			for i := range c.atoms {
				ok = ok && c.atoms[i].holds(p, trust(by))
			}
			if ok {
				best = min(c.grade, most)
			}
		}
	}
	return best
}

// Grades gives the grades of all who have one, by application.
func (q *Question) Grades(people []Person) map[string]int {
	out := map[string]int{}
	for i := range people {
		if g := q.Grade(&people[i]); g > 0 {
			out[people[i].ID] = g
		}
	}
	return out
}
