package query

import (
	"slices"
	"strings"

	"assay/index/record"
)

// As says how a thing is asked for.
type As string

// Ways of asking for a thing.
const (
	AsMust    As = "must"
	AsMay     As = "may" // it is nice to have
	AsNot     As = "not"
	AsInclude As = "include" // results that count, too
)

// Asked is one thing that a question asks for, as it was read.
type Asked struct {
	Text   string // as it is typed, alone
	As     As
	Kind   NodeOp     // of a thing of several nodes: NodeAnd, or NodeWord where all are bare words
	Field  string     // of a field
	Cmp    string     // of a field
	Value  string     // of a field, a phrase and words
	Filler bool       // it names no skill, and is given up before all
	Read   *Expansion // what it was taken to mean; nil where no framework knows it

	bound bool // as Node has it
	and   bool // as Node has it
	knot  bool // brackets must stand round it, wherever it is not alone
}

// Asked lists what the question asks for, thing by thing: words of one name together.
// Tell makes a question of the list.
func (q *Query) Asked() []Asked {
	var out []Asked
	fillers := map[*Node]bool{}
	drop := q.fillers()
	for i := range q.items {
		for _, n := range q.items[i].words {
			fillers[n] = drop&(1<<i) != 0
		}
	}
	var groups [][]*Node
	switch {
	case q.Tree == nil:
	case q.Tree.Op == NodeAnd:
		groups = q.groups()
	default:
		groups = [][]*Node{{q.Tree}}
	}
	for _, g := range groups {
		one := q.asked(AsMust, g)
		if n := g[0]; len(g) == 1 && n.Op == NodeNot {
			one = q.asked(AsNot, n.Kids)
			one.bound = n.bound
		}
		one.Filler = fillers[g[0]]
		out = append(out, one)
	}
	for _, n := range q.May {
		out = append(out, q.asked(AsMay, []*Node{n}))
	}
	if named := strings.TrimPrefix((&Query{Plan: q.Plan, Options: q.Options}).withInclude(""), "include:"); named != "" {
		out = append(out, Asked{Text: "include:" + named, As: AsInclude, Kind: NodeField, Field: "include", Cmp: "=", Value: named})
	}
	return out
}

// asked says what nodes ask for that are one thing.
func (q *Query) asked(as As, g []*Node) Asked {
	n := g[0]
	if len(g) == 1 && n.Op == NodeAnd && !slices.ContainsFunc(n.Kids, func(k *Node) bool { return k.Op != NodeWord || k.bound }) && as != AsMust {
		g, n = n.Kids, n.Kids[0] // brackets that NOT or a question mark needs
	}
	out := Asked{As: as, Kind: n.Op, Text: beside(g), bound: n.bound, and: n.and && as == AsMust && n.Op == NodeWord}
	switch {
	case len(g) > 1:
		out.Kind, out.Value = NodeWord, joined(g)
	case n.Op == NodeAnd || n.Op == NodeOr || n.Op == NodeNot:
		out.Text, out.knot = n.String(), true
	default:
		out.Field, out.Cmp, out.Value = n.Field, n.Cmp, n.Value
	}
	for i := range q.Expanded {
		if e := &q.Expanded[i]; out.Value != "" && e.Term == out.Value && e.known() {
			out.Read = e
			break
		}
	}
	return out
}

// Tell writes a question that asks for the things of a list.
func Tell(list []Asked) string {
	var b strings.Builder
	for i, a := range list {
		switch {
		case i == 0:
		case a.bound && list[i-1].bound && a.As != AsMay && list[i-1].As != AsMay:
			b.WriteString(" AND ")
		case a.and:
			b.WriteString(" and ")
		default:
			b.WriteByte(' ')
		}
		several := a.knot || len(strings.Fields(a.Text)) > 1 && a.Kind == NodeWord
		switch a.As {
		case AsNot:
			b.WriteString("NOT ")
		case AsMay:
			b.WriteByte('?')
		default:
			several = a.knot && (len(list) > 1 || a.Kind == NodeNot)
		}
		if several {
			b.WriteString("(" + a.Text + ")")
		} else {
			b.WriteString(a.Text)
		}
	}
	return b.String()
}

// Quoted asks for words as they stand, side by side.
func (a Asked) Quoted() Asked {
	words := strings.ReplaceAll(a.Value, `"`, "")
	return Asked{As: a.As, Kind: NodePhrase, Text: `"` + words + `"`, Value: words, bound: a.bound}
}

// Loose asks for the words of a phrase or a field as bare words.
func (a Asked) Loose() Asked {
	words := strings.Join(record.Words(a.Value), " ")
	return Asked{As: a.As, Kind: NodeWord, Text: words, Value: words}
}

// inner prints a node as it stands within others.
func inner(n *Node) string {
	var b strings.Builder
	n.print(&b, true)
	return b.String()
}

// Printed is the question as it was read, with every operator and parenthesis.
func (q *Query) Printed() string {
	if len(q.May) == 0 {
		return q.Tree.String()
	}
	var parts []string
	if q.Tree != nil {
		text := q.Tree.String()
		if q.Tree.Op == NodeOr {
			text = inner(q.Tree)
		}
		parts = append(parts, text)
	}
	for _, n := range q.May {
		parts = append(parts, "?"+inner(n))
	}
	return strings.Join(parts, " ")
}
