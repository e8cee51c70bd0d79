package query

import (
	"slices"
	"strings"

	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// Part is a part of a question that must hold beside the others.
type Part struct {
	Text string // as it was read
	Rest string // the question without it
	node *Node
}

// Bounds of what is asked around a question.
const (
	maxParts    = 8
	maxVariants = 8
)

// Parts gives the parts of a question that must all hold, words of one name together;
// none where there is one only, or more than are worth telling apart.
func (q *Query) Parts() []Part {
	if q.Tree == nil || q.Tree.Op != NodeAnd {
		return nil
	}
	groups := q.groups()
	if len(groups) < 2 || len(groups) > maxParts {
		return nil
	}
	out := make([]Part, len(groups))
	for i, g := range groups {
		rest := slices.Concat(slices.Concat(groups[:i]...), slices.Concat(groups[i+1:]...))
		out[i] = Part{Text: beside(g), Rest: q.withInclude(beside(rest))}
		if len(g) == 1 {
			out[i].node = g[0]
		}
	}
	return out
}

// groups gives the conditions of a question's AND, words that are one name together.
func (q *Query) groups() [][]*Node {
	thing := map[*Node]int{}
	for i := range q.items {
		for _, n := range q.items[i].words {
			thing[n] = i + 1
		}
	}
	var out [][]*Node
	for i, k := range q.Tree.Kids {
		if i > 0 && thing[k] > 0 && thing[k] == thing[q.Tree.Kids[i-1]] {
			out[len(out)-1] = append(out[len(out)-1], k)
			continue
		}
		out = append(out, []*Node{k})
	}
	return out
}

// beside writes conditions of an AND as they are typed: with AND where it was.
func beside(nodes []*Node) string {
	var b strings.Builder
	for i, n := range nodes {
		switch {
		case i == 0:
		case n.bound && nodes[i-1].bound:
			b.WriteString(" AND ")
		case n.and && n.Op == NodeWord:
			b.WriteString(" and ")
		default:
			b.WriteByte(' ')
		}
		n.print(&b, true)
	}
	return b.String()
}

// withInclude adds what include: named in the question's text, and what may be.
func (q *Query) withInclude(text string) string {
	for _, n := range q.May {
		text = strings.TrimSpace(text + " ?" + inner(n))
	}
	var named []string
	for _, s := range q.Plan.Include {
		if s != verdict.Verified && !slices.Contains(q.Options.Include, s) && !q.OnlyStatus() {
			named = append(named, string(s))
		}
	}
	if len(named) == 0 {
		return text
	}
	return strings.TrimSpace(text + " include:" + strings.Join(named, ","))
}

// OnlyStatus reports whether a result was picked beside the text, alone.
func (q *Query) OnlyStatus() bool {
	return slices.ContainsFunc(q.Options.Choices, func(c Choice) bool { return c.Facet == FacetStatus && len(c.Values) > 0 })
}

// Like is another question asked as this one: with its choices, from the first page.
// False where the text is none.
func (q *Query) Like(text string) (Query, bool) {
	o := q.Options
	o.Cursor, o.Facets, o.Export, o.Size = "", nil, false, 0
	other, err := New(text, o)
	if err == nil && q.OnlyStatus() {
		other.Plan = other.Plan.WithInclude(other.Plan.Include...)
	}
	return other, err == nil
}

// Variant is a question like another, of which a part is asked in another way.
type Variant struct {
	Text string
	Why  string // what is other about it
	Part string // as it was
}

// Variants gives questions that ask for a part in another way: spelt right, without
// quotes, as an issuer or a badge of that name.
func (q *Query) Variants(part Part) []Variant {
	n := part.node
	if n == nil && q.Tree != nil && q.Tree.Op != NodeAnd { // the whole question
		n = q.Tree
	}
	if n == nil || n.Op != NodeWord && n.Op != NodePhrase && n.Op != NodeField {
		return nil
	}
	var out []Variant
	add := func(text, why string) {
		if text == "" || text == n.String() || slices.ContainsFunc(out, func(v Variant) bool { return v.Text == text }) || len(out) == maxVariants {
			return
		}
		out = append(out, Variant{text, why, n.String()})
	}
	words := strings.Join(record.Words(n.Value), " ")
	if words == "" || strings.Contains(n.Value, "://") {
		return nil
	}
	quoted := `"` + words + `"`
	switch {
	case n.Op == NodeField && n.Field == "issuer":
		if n.Cmp == "=" {
			add("issuer~"+quoted, "also issuers that only call themselves so")
		}
		add(words, "as words, not as an issuer")
	case n.Op == NodeField && (n.Field == "badge" || n.Field == "skill"):
		add(q.spelt(n), "spelt right")
		add(words, "as words, anywhere in a badge")
	case n.Op == NodeField:
		return nil
	default:
		why := "without quotes, spelt right"
		if n.Op == NodeWord {
			why = "spelt right"
		}
		add(q.spelt(n), why)
		if n.Op == NodePhrase {
			add(words, "without quotes")
		}
		add("badge:"+quoted, "badges of that name")
		add("issuer:"+quoted, "issuers of that name")
		add("issuer~"+quoted, "issuers that call themselves so")
	}
	for i := range out {
		if part.Rest != "" {
			out[i].Text += " " + part.Rest
		} else {
			out[i].Text = q.withInclude(out[i].Text)
		}
	}
	return out
}

// spelt gives what a node asks for with the typing errors of its words set right, ""
// where there are none.
func (q *Query) spelt(n *Node) string {
	if _, certificate := q.Options.Taxonomy.Certificate(n.Value); certificate {
		return "" // Security+ is no security
	}
	if s := q.Options.Taxonomy.Expand(n.Value, true); s.Known() {
		if s.Corrected {
			return s.Term
		}
		return ""
	}
	words, changed := skills.Typed(n.Value), false
	for i, w := range words {
		if s := q.Options.Taxonomy.Expand(w, true); s.Corrected {
			words[i], changed = s.Term, true
		}
	}
	if !changed {
		return ""
	}
	return strings.Join(words, " ")
}
