package query

import (
	"regexp"
	"slices"
	"strings"

	"assay/index/record"
)

// orMore are words behind an "or" that ask for no other thing: "B2 or better" is what
// a level means anyhow.
var orMore = []string{"better", "above", "higher", "more", "similar", "equivalent", "besser", "mieux", "mejor"}

// orLater are those behind a year.
var orLater = []string{"later", "newer", "after", "since", "spater"}

// spoken reads an "or" that was written small among words as it is spoken: it stands
// between the two names beside it, and the words before and after them are asked for
// whichever it is. "HR manager with CIPD or SHRM" asks for no SHRM alone. An OR in
// capitals, or one among brackets, quotes and fields, is read as it stands.
func (b *planner) spoken(tree *Node) *Node {
	if tree == nil || tree.Op != NodeOr || !tree.plain || tree.bound || b.o.Exact {
		return tree
	}
	var sides [][]*Node
	for _, k := range tree.Kids {
		side := []*Node{k}
		if k.Op == NodeAnd {
			side = k.Kids
		}
		if slices.ContainsFunc(side, func(n *Node) bool { return n.Op != NodeWord || n.bound }) {
			return tree
		}
		sides = append(sides, side)
	}
	first, last := sides[0], sides[len(sides)-1]
	if len(sides) == 2 {
		word := strings.Join(record.Words(last[0].Value), " ")
		end := first[len(first)-1]
		switch {
		case slices.Contains(orLater, word) && isYear.MatchString(end.Value):
			since := &Node{Op: NodeWord, Value: "since", Column: last[0].Column}
			return anded(slices.Concat(first[:len(first)-1], []*Node{since, end}, last[1:]))
		case slices.Contains(orMore, word) && (len(last) == 1 || isCEFR.MatchString(end.Value) || isCount.MatchString(end.Value)):
			return anded(slices.Concat(first, last[1:]))
		}
	}
	from := len(first) - max(b.nameAtEnd(first), 1)
	to := max(b.nameAtStart(last), 1)
	if from == 0 && to == len(last) {
		return tree
	}
	either := &Node{Op: NodeOr, Column: first[from].Column}
	either.Kids = append(either.Kids, anded(first[from:]))
	for _, s := range sides[1 : len(sides)-1] {
		either.Kids = append(either.Kids, anded(s))
	}
	either.Kids = append(either.Kids, anded(last[:to]))
	return anded(slices.Concat(first[:from], []*Node{either}, last[to:]))
}

func anded(list []*Node) *Node {
	if len(list) == 1 {
		return list[0]
	}
	return &Node{Op: NodeAnd, Kids: slices.Clone(list), Column: list[0].Column}
}

// isNamed reports whether words together are the name of a skill or a certificate.
func (b *planner) isNamed(run []*Node) bool {
	_, certificate := b.o.Taxonomy.Certificate(joined(run))
	return certificate || b.o.Taxonomy.IsName(record.Words(joined(run)))
}

// nameAtEnd gives how many of the last words are one name, 0 where none is.
func (b *planner) nameAtEnd(run []*Node) int {
	for n := len(run); n > 0; n-- {
		if b.isNamed(run[len(run)-n:]) {
			return n
		}
	}
	return 0
}

// nameAtStart gives how many of the first words are one name, 0 where none is.
func (b *planner) nameAtStart(run []*Node) int {
	for n := len(run); n > 0; n-- {
		if b.isNamed(run[:n]) {
			return n
		}
	}
	return 0
}

// Weights of a certificate that was asked for by its name.
const (
	weightCertificate = weightConcept                         // the badge is it
	weightSuccessor   = weightNarrower                        // the badge is one that takes its place, or that its holder needed it for
	weightCertified   = weightCertificate * StandingStep / 10 // above others that prove a skill of that name
	weightEdition     = weightCertified / 2                   // the badge's name holds the edition that was asked for
	weightCalled      = 3 * StandingStep                      // and its own name is the one that was typed, of several in the table
)

// certificate adds to what a word means the certificate of that name.
func (b *planner) certificate(c Cond, typed string, where []Filter, negated bool) (Cond, bool) {
	cert, ok := b.o.Taxonomy.Certificate(typed)
	if !ok || b.o.Exact {
		return c, false
	}
	edition := editionOf(typed, cert.Name)
	tiers := []Tier{{How: HowCertificate, Weight: weightCertificate, Field: FieldName, Words: []string{record.Sign(cert.ID)}}}
	if negated {
		return Cond{Op: OpOr, Kids: []Cond{c, b.claim(typed, tiers, where)}}, true
	}
	if later := cert.Successors(); len(later) > 0 {
		var signs []string
		for _, id := range later {
			signs = append(signs, record.Sign(id))
		}
		tiers = append(tiers, Tier{How: HowCertificate, Weight: weightSuccessor, Field: FieldName, Words: signs, Any: true})
	}
	for i := range b.expanded {
		if e := &b.expanded[i]; e.Term == typed && !e.known() {
			e.Label, e.How = cert.Name, HowCertificate
			if len(edition) > 0 {
				e.Note = NoteEditions
			}
		}
	}
	above := tiers[0]
	above.Weight = weightCertified
	lifts := []Cond{b.lift([]Tier{above}, where)}
	if words := record.Words(typed); len(words) > 0 {
		called, says := tiers[0], Filter{Op: OpLeaf, Field: FilterBadge, Words: words}
		called.Weight = weightCalled
		lifts = append(lifts, b.lift([]Tier{called}, append(slices.Clone(where), says)))
	}
	if len(edition) > 0 {
		is := Filter{Op: OpLeaf, Field: FilterCertificate, Values: []string{cert.Name}}
		lifts = append(lifts, b.lift([]Tier{{How: HowName, Weight: weightEdition, Field: FieldTitle, Words: edition}}, append(slices.Clone(where), is)))
	}
	return and(append([]Cond{{Op: OpBest, Kids: []Cond{b.claim(typed, tiers, where), c}}}, lifts...)...), true
}

// NoteEditions is the note of a certificate's edition that was asked for.
const NoteEditions = "other editions of it are found, too, after this one"

// isEditionWord is a word that tells one edition of a certificate from another.
var isEditionWord = regexp.MustCompile(`^(?:(?:19[89]|20[0-4])[0-9]|v[0-9]{1,2})$`)

// editionOf gives the words of a certificate's name as it was typed that name an edition,
// where the table counts all of them as one.
func editionOf(typed, name string) []string {
	return slices.DeleteFunc(record.Words(typed), func(w string) bool {
		return !isEditionWord.MatchString(w) || slices.Contains(record.Words(name), w)
	})
}

// called gives how many of the first words together are the name of a certificate or
// of an issuer of certificates, two at least; 0 where they are none.
func (b *planner) called(run []*Node) int {
	for l := len(run); l >= 2; l-- {
		if _, ok := b.o.Taxonomy.Certificate(joined(run[:l])); ok || b.o.Taxonomy.IsIssuer(record.Words(joined(run[:l]))) {
			return l
		}
	}
	return 0
}

// whole takes words for the certificate or the issuer of that name, or each for
// itself.
func (b *planner) whole(run []*Node, where []Filter) Cond {
	told := len(b.expanded)
	apart := and(conds(b.words(run, where, true))...)
	name := joined(run)
	if issuer := record.Words(name); b.o.Taxonomy.IsIssuer(issuer) && !b.o.Unnamed {
		apart = Cond{Op: OpBest, Kids: []Cond{apart, b.claim(name, issuerTiers(issuer), where)}}
	}
	if _, ok := b.o.Taxonomy.Certificate(name); ok {
		b.expanded = append(b.expanded[:told], Expansion{Term: name})
		apart, _ = b.certificate(apart, name, where, false)
	}
	return apart
}
