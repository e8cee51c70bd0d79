package skills

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed kin.tsv
var kinFile string

// Weights of kin: how far who has the one is what was asked for.
const (
	KinField = 1 // the same field of work: worth a look
	KinPart  = 2 // a part of it, or a tool of it
	KinClose = 3 // nearly the same work: who does one mostly does the other
)

// KinRef is a neighbour of what was asked for: related work, which proves
// nothing of it.
type KinRef struct {
	Ref
	Weight int `json:"weight"` // KinField to KinClose
}

// kin is one line of kin.tsv from one of its ends.
type kin struct {
	concept int32
	weight  int8
}

// kinOfWords is the direction of words that are no skill's name: a badge that says them
// proves none, and who asks for them is shown who has one of the neighbours.
const kinOfWords = "words"

// HasKin reports whether folded words that name no skill have neighbours.
func (t *Taxonomy) HasKin(words []string) bool {
	return len(t.wordKins[strings.Join(words, " ")]) > 0
}

// readKin takes the embedded table of neighbours: a name, a direction, a weight,
// and the names of the neighbours. Names are the core's own.
func (t *Taxonomy) readKin(file string) error {
	n := 0
	for line := range strings.Lines(file) {
		n++
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 4 || f[1] != "both" && f[1] != "to" && f[1] != kinOfWords || len(f[2]) != 1 || f[2][0] < '0'+KinField || f[2][0] > '0'+KinClose {
			return &FileError{"kin.tsv", n, "want a name, both, to or words, a weight of 1 to 3, and names"}
		}
		from, ok := t.coreNamed(f[0])
		if f[1] == kinOfWords {
			if _, taken := t.names[Folded(f[0])]; taken {
				return &FileError{"kin.tsv", n, fmt.Sprintf("%q is a name", f[0])}
			}
			for name := range strings.SplitSeq(f[3], "|") {
				to, ok := t.coreNamed(name)
				if !ok {
					return &FileError{"kin.tsv", n, fmt.Sprintf("the core has no %q beside %q", name, f[0])}
				}
				t.wordKins[Folded(f[0])] = append(t.wordKins[Folded(f[0])], kin{to, int8(f[2][0] - '0')})
			}
			continue
		}
		if !ok {
			return &FileError{"kin.tsv", n, fmt.Sprintf("the core has no %q", f[0])}
		}
		for name := range strings.SplitSeq(f[3], "|") {
			to, ok := t.coreNamed(name)
			if !ok || to == from {
				return &FileError{"kin.tsv", n, fmt.Sprintf("the core has no %q beside %q", name, f[0])}
			}
			t.addKin(from, to, int8(f[2][0]-'0'))
			if f[1] == "both" {
				t.addKin(to, from, int8(f[2][0]-'0'))
			}
		}
	}
	return nil
}

// addKin keeps a neighbour once, with the greater weight.
func (t *Taxonomy) addKin(from, to int32, weight int8) {
	list := t.kins[from]
	if i := slices.IndexFunc(list, func(k kin) bool { return k.concept == to }); i >= 0 {
		list[i].weight = max(list[i].weight, weight)
		return
	}
	t.kins[from] = append(list, kin{to, weight})
}

// coreNamed gives the concept of the core that a name of the core means: its
// curated names before labels, skills before groups, ESCO's before its equal
// elsewhere. Names that imported frameworks bring do not count.
func (t *Taxonomy) coreNamed(name string) (int32, bool) {
	first, ok := t.names[Folded(name)]
	if !ok {
		return 0, false
	}
	best, rank := int32(-1), 0
	for e := first; e >= 0; e = t.entries[e].next {
		n := &t.entries[e]
		c := &t.concepts[n.concept]
		if !c.core {
			continue
		}
		r := 0
		switch {
		case n.kind&nameAlias != 0:
			r = 4
		case n.kind&nameLabel != 0:
			r = 2
		case n.kind&nameShort != 0:
			r = 1
		default:
			continue
		}
		if r *= 2; c.framework == ESCO {
			r++
		}
		if r > rank {
			best, rank = n.concept, r
		}
	}
	if best < 0 {
		return 0, false
	}
	return t.esco(best), true
}

// refsOf gives neighbours as a Sense has them, closest first.
func (t *Taxonomy) refsOf(list []kin) []KinRef {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b kin) int { return cmp.Compare(b.weight, a.weight) })
	var out []KinRef
	for _, k := range list {
		out = append(out, KinRef{t.ref(k.concept), int(k.weight)})
	}
	return out
}

// kinOf lists the neighbours of concepts, closest first, without those that are
// known already.
func (t *Taxonomy) kinOf(roots []int32, known map[int32]bool) []KinRef {
	var list []kin
	add := func(i int32) {
		for _, k := range t.kins[i] {
			if known[k.concept] {
				continue
			}
			if at := slices.IndexFunc(list, func(x kin) bool { return x.concept == k.concept }); at >= 0 {
				list[at].weight = max(list[at].weight, k.weight)
			} else {
				list = append(list, k)
			}
		}
	}
	for _, r := range roots {
		add(r)
		if s := t.concepts[r].same; s >= 0 {
			add(s)
		}
	}
	return t.refsOf(list)
}
