package query

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/index/record"
)

// Numbers among words: a year is when a badge was earned, C1 a level, "5+ years" how
// long ago at least. They are names as well (Windows 2019, OSHA 30), so that this is
// one of two readings, and the words as they stand come first.
var (
	isYear  = regexp.MustCompile(`^(19[89]|20[0-4])[0-9]$`)
	isCEFR  = regexp.MustCompile(`^[ABCabc][12]\+?$`)
	isSpan  = regexp.MustCompile(`^((?:19[89]|20[0-4])[0-9])[-–/]((?:19[89]|20[0-4])[0-9])$`)
	isCEFRs = regexp.MustCompile(`^([ABCabc][12])[-–/][ABCabc][12]$`)
	isCount = regexp.MustCompile(`^[1-9][0-9]?\+?$`)
)

// Words beside a number, folded, in the languages of filler.tsv.
var (
	levelWords = []string{"level", "lvl", "grade", "tier", "stufe", "niveau", "nivel", "livello", "poziom", "poziomie", "stopien"}
	yearWords  = []string{"year", "yr", "jahr", "jahre", "jahren", "an", "annee", "ano", "anno", "anni", "jaar", "jaren", "rok", "lat", "lata"}
	untilWords = []string{"before", "until", "till", "vor", "bis", "avant", "ante", "prima", "voor", "przed"}
	openWords  = []string{"between", "zwischen", "entre", "tra", "fra", "tussen", "miedzy", "from", "von", "de", "van", "dal", "od"}
	spanWords  = []string{"to", "and", "bis", "und", "a", "au", "et", "y", "e", "al", "hasta", "tot", "en", "do", "i"}
	sinceWords = []string{"since", "after", "from", "seit", "ab", "depuis", "apre", "desde", "dal", "sind", "od"}
)

// number is a number among words, and the condition that it is read as.
type number struct {
	words []*Node
	field *Node
	told  string // what it was read as
	any   bool   // one of the words is enough
}

// numbers takes the numbers out of the words of an AND.
func (b *planner) numbers(kids []*Node) (rest []*Node, found []number) {
	word := func(i int) string {
		if i >= len(kids) || kids[i].Op != NodeWord {
			return ""
		}
		return strings.Join(record.Words(kids[i].Value), " ")
	}
	for i := 0; i < len(kids); {
		if l := b.certified(kids[i:]); l > 0 {
			rest = append(rest, kids[i:i+l]...)
			i += l
			continue
		}
		n, take := number{}, 0
		next := ""
		if i+1 < len(kids) && kids[i+1].Op == NodeWord {
			next = kids[i+1].Value
		}
		value := ""
		if kids[i].Op == NodeWord {
			value = kids[i].Value
		}
		count := strings.TrimSuffix(value, "+")
		span, spanned := spanAt(kids[i:])
		switch {
		case spanned > 0:
			n, take = span, spanned
		case kids[i].Op == NodeOr && !kids[i].bound && eachYear(kids[i]):
			n, take = anyYear(kids[i]), 1
		case value == "":
		case isCEFRs.MatchString(value):
			level := strings.ToUpper(isCEFRs.FindStringSubmatch(value)[1])
			n, take = number{field: fieldOf("level", ">=", level), told: "level " + level + " or above"}, 1
		case slices.Contains(untilWords, word(i)) && isYear.MatchString(next):
			n, take = number{field: fieldOf("earned", "<=", next), told: "earned in " + next + " or before"}, 2
		case slices.Contains(sinceWords, word(i)) && isYear.MatchString(next):
			n, take = number{field: fieldOf("earned", ">=", next), told: "earned in " + next + " or later"}, 2
		case levelBeside(word(i), next):
			n, take = cefrOf(next), 2
		case isYear.MatchString(value):
			n, take = number{field: fieldOf("earned", "=", value), told: "earned in " + value}, 1
		case isCEFR.MatchString(value):
			if n, take = cefrOf(value), 1; slices.Contains(levelWords, word(i+1)) && !isCount.MatchString(word(i+2)) {
				take = 2 // B1 level, and not B1, level 3
			}
		case slices.Contains(levelWords, word(i)) && isCount.MatchString(next):
			n, take = number{field: fieldOf("level", ">=", strings.TrimSuffix(next, "+")), told: "level " + strings.TrimSuffix(next, "+") + " or above"}, 2
		case isCount.MatchString(value) && slices.Contains(yearWords, word(i+1)):
			years, _ := strconv.Atoi(count)
			day := b.o.Now.UTC().AddDate(-years, 0, 0).Format(time.DateOnly)
			n, take = number{field: fieldOf("earned", "<=", day), told: "earned by " + day}, 2
		}
		if take == 0 || n.field == nil {
			rest = append(rest, kids[i])
			i++
			continue
		}
		if !n.any {
			n.words = kids[i : i+take]
		}
		found = append(found, n)
		i += take
	}
	return rest, found
}

// spanAt reads the first words as two years with all between them, and gives how many they
// are: 2022-2024, between 2022 and 2024, von 2022 bis 2024, 2022 to 2024.
func spanAt(kids []*Node) (number, int) {
	var run []string // the words, with "" for what is none
	for _, k := range kids[:min(len(kids), 4)] {
		w := ""
		if k.Op == NodeWord {
			w = strings.Join(record.Words(k.Value), " ")
		}
		run = append(run, w)
	}
	if kids[0].Op == NodeWord && isSpan.MatchString(kids[0].Value) {
		m := isSpan.FindStringSubmatch(kids[0].Value)
		return spanOf(m[1], m[2]), 1
	}
	i := 0
	opened := slices.Contains(openWords, run[0])
	if opened {
		i++
	}
	if i+1 >= len(run) || !isYear.MatchString(run[i]) {
		return number{}, 0
	}
	j := i + 1
	between := slices.Contains(spanWords, run[j])
	if between {
		j++
	}
	if j >= len(run) || !isYear.MatchString(run[j]) || !between && !(opened && kids[j].and) {
		return number{}, 0
	}
	return spanOf(run[i], run[j]), j + 1
}

// spanOf reads two years as all between them.
func spanOf(one, other string) number {
	from, to := min(one, other), max(one, other)
	return number{field: anded([]*Node{fieldOf("earned", ">=", from), fieldOf("earned", "<=", to)}), told: "earned from " + from + " to " + to}
}

// levelBeside reports whether a word stands before a level of the CEFR as its own: level
// B1, ab B1.
func levelBeside(word, level string) bool {
	return isCEFR.MatchString(level) && (slices.Contains(levelWords, word) || slices.Contains(sinceWords, word))
}

// cefrOf reads a level of the CEFR.
func cefrOf(value string) number {
	level := strings.ToUpper(strings.TrimSuffix(value, "+"))
	return number{field: fieldOf("level", ">=", level), told: "level " + level + " or above"}
}

// maxCertified bounds the words of a certificate's name among which a number is none.
const maxCertified = 12

// certified gives how many of the first words together are a certificate's name, in
// which a number is part of it: PRINCE2 2017 Practitioner, ASE A1. 0 where they are none.
func (b *planner) certified(kids []*Node) int {
	n := 0
	for n < len(kids) && n < maxCertified && kids[n].Op == NodeWord {
		n++
	}
	for ; n > 1; n-- {
		c, ok := b.o.Taxonomy.Certificate(joined(kids[:n]))
		if !ok {
			continue
		}
		// A level that all of the name's levels share a row with is asked for all the same.
		rest := slices.DeleteFunc(slices.Clone(kids[:n]), func(k *Node) bool { return isCEFR.MatchString(k.Value) || isCEFRs.MatchString(k.Value) })
		if same, ok := b.o.Taxonomy.Certificate(joined(rest)); len(rest) < n && ok && same.ID == c.ID {
			continue
		}
		return n
	}
	return 0
}

// eachYear reports whether an OR is between years alone.
func eachYear(n *Node) bool {
	return !slices.ContainsFunc(n.Kids, func(k *Node) bool { return k.Op != NodeWord || !isYear.MatchString(k.Value) })
}

// anyYear reads years with an OR between them.
func anyYear(n *Node) number {
	either := &Node{Op: NodeOr, Column: n.Column}
	var told []string
	for _, k := range n.Kids {
		either.Kids = append(either.Kids, fieldOf("earned", "=", k.Value))
		told = append(told, k.Value)
	}
	return number{words: n.Kids, field: either, told: "earned in " + strings.Join(told, " or "), any: true}
}

// fieldOf makes a condition, nil where its value is none.
func fieldOf(field, cmp, value string) *Node {
	n := &Node{Op: NodeField, Field: field, Cmp: cmp, Value: value}
	if n.check(0) != nil {
		return nil
	}
	return n
}

// alone works out a question of nothing but numbers: who has a badge of that name, and
// below, of that date or level.
func (b *planner) alone(tree *Node) []item {
	if b.o.Exact || tree.Op != NodeWord && tree.Op != NodeAnd {
		return nil
	}
	kids := []*Node{tree}
	if tree.Op == NodeAnd {
		kids = tree.Kids
	}
	rest, found := b.numbers(kids)
	if len(rest) > 0 {
		return nil
	}
	var literal []Cond
	var where []Filter
	var words []*Node
	told := len(b.expanded)
	for _, n := range found {
		for _, w := range n.words {
			literal = append(literal, b.word(w, nil, false))
		}
		words = append(words, n.words...)
		where = append(where, b.filter(n.field))
	}
	b.expanded = b.expanded[:told]
	for _, n := range found {
		b.expanded = append(b.expanded, Expansion{Term: joined(n.words), Label: n.told})
	}
	return []item{{cond: Cond{Op: OpBest, Kids: []Cond{and(literal...), b.claim("", nil, where)}}, words: words, term: true}}
}

// numbered works an AND out that has numbers among its words: what each other thing
// means alone, and what it means where the numbers are conditions on its badge. nil
// where no number is one, or nothing is asked for beside.
func (b *planner) numbered(tree *Node) []item {
	if tree.Op != NodeAnd || b.o.Exact {
		return nil
	}
	rest, found := b.numbers(tree.Kids)
	if len(found) == 0 || !slices.ContainsFunc(rest, hasTerm) {
		return nil
	}
	with := slices.Clone(rest)
	for _, n := range found {
		with = append(with, n.field)
	}
	items := b.items(&Node{Op: NodeAnd, Kids: rest}, nil, false)
	told := len(b.expanded)
	within := b.items(&Node{Op: NodeAnd, Kids: with}, nil, false)
	b.expanded = b.expanded[:told]
	if len(within) != len(items) {
		return nil
	}
	for i := range items {
		items[i].within, items[i].whereIn = &within[i].cond, within[i].where
	}
	for _, n := range found {
		var literal []Cond
		for _, w := range n.words {
			literal = append(literal, b.word(w, nil, false))
		}
		b.expanded = append(b.expanded[:told], Expansion{Term: joined(n.words), Label: n.told})
		told++
		is := b.claim("", nil, []Filter{b.filter(n.field)})
		asked := and(literal...)
		if n.any {
			asked = Cond{Op: OpOr, Kids: literal}
		}
		items = append(items, item{cond: asked, words: n.words, number: true, within: &is})
	}
	return items
}
