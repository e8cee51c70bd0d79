package skills

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Occupation is an occupation and what it asks for.
type Occupation struct {
	Title string
	Needs []Need // those of the carried table first, the required ones of each before the wished
}

// Need is one skill that an occupation asks for.
type Need struct {
	Ref
	Required bool `json:"required"` // else wished
}

// Occupation gives what an occupation needs, by its id, its code, or by one of
// its titles; false when nothing that is loaded says. By a title that assay
// carries it gives the carried needs, and after them, as wished, what an imported
// framework says of an occupation of that title: frameworks count thirty skills
// as essential to one, and badges speak of few of them. By its id or code an
// occupation is as its framework describes it.
func (t *Taxonomy) Occupation(name string) (title string, needs []Need, ok bool) {
	o, carries := carried().titles[Folded(name)]
	i, found := t.occupation(name, carries)
	if !found && !carries {
		return "", nil, false
	}
	seen := map[int32]bool{}
	add := func(i int32, required bool) {
		if !seen[i] && !seen[t.esco(i)] {
			seen[i], seen[t.esco(i)] = true, true
			needs = append(needs, Need{t.ref(i), required})
		}
	}
	if carries {
		title = o.title
		for _, name := range splitNames(o.required) {
			if i, ok := t.coreNamed(name); ok {
				add(i, true)
			}
		}
		for _, name := range splitNames(o.wished) {
			if i, ok := t.coreNamed(name); ok {
				add(i, false)
			}
		}
	}
	if found {
		c := &t.concepts[i]
		title = c.label
		for ref := range strings.SplitSeq(c.needs, ",") {
			ref, required := strings.CutPrefix(ref, "!")
			if ref == "" {
				continue
			}
			if j, ok := t.lookup(ref); ok {
				add(j, required && !carries)
			}
		}
	}
	return title, needs, true
}

// maxNearTitle bounds, in bytes, a title that others are looked for that are spelt nearly so.
const maxNearTitle = 100

// initial gives the first letter of a name, "" of none.
func initial(name string) string {
	_, n := utf8.DecodeRuneInString(name)
	return name[:n]
}

// NearOccupations gives titles of occupations that are spelt nearly as a name, the nearest
// first, n at most: those of which it is known what they need.
func (t *Taxonomy) NearOccupations(name string, n int) []string {
	folded := Folded(name)
	if len(folded) > maxNearTitle || utf8.RuneCountInString(folded) < leastShort {
		return nil
	}
	type near struct {
		title    string
		distance int
	}
	var out []near
	look := func(spelt, title string) {
		d, ok := Within(folded, spelt, EditDistance(folded))
		if !ok || !strings.EqualFold(initial(spelt), initial(folded)) {
			return
		}
		if i := slices.IndexFunc(out, func(o near) bool { return o.title == title }); i < 0 {
			out = append(out, near{title, d})
		} else {
			out[i].distance = min(out[i].distance, d)
		}
	}
	for _, spelt := range carried().initials[initial(folded)] {
		look(spelt, carried().titles[spelt].title)
	}
	for i := range t.concepts {
		if c := &t.concepts[i]; c.kind == kindOccupation && c.needs != "" {
			for _, spelt := range append([]string{c.label}, c.names...) {
				look(Folded(spelt), c.label)
			}
		}
	}
	slices.SortFunc(out, func(a, b near) int { return cmp.Or(a.distance-b.distance, strings.Compare(a.title, b.title)) })
	var titles []string
	for _, o := range out[:min(len(out), n)] {
		titles = append(titles, o.title)
	}
	return titles
}

// titled gives the occupation that a folded title means, nil where it means
// none.
func (t *Taxonomy) titled(folded string) *Occupation {
	if _, ok := carried().titles[folded]; !ok {
		if _, ok := t.occupation(folded, true); !ok {
			return nil
		}
	}
	title, needs, _ := t.Occupation(folded)
	if len(needs) == 0 { // some data names occupations and not what they need
		return nil
	}
	return &Occupation{title, needs}
}

// occupation finds an occupation of an imported framework: by its id, its code,
// its title, or, unless only its title is asked for, by another of its names.
func (t *Taxonomy) occupation(name string, title bool) (int32, bool) {
	var key [512]byte
	k, _ := appendKey(key[:0], name)
	if i, ok := t.byKey[string(k)]; ok && t.concepts[i].kind == kindOccupation {
		return i, true
	}
	for _, fw := range []string{ONET, ESCO} {
		if i, ok := t.coded(fw, name); ok && t.concepts[i].kind == kindOccupation {
			return i, true
		}
	}
	first, ok := t.names[Folded(name)]
	if !ok {
		return 0, false
	}
	i, found := int32(0), false
	for e := first; e >= 0; e = t.entries[e].next {
		n := &t.entries[e]
		c := &t.concepts[n.concept]
		if c.kind != kindOccupation || title && n.kind&nameLabel == 0 || found && c.needs == "" {
			continue
		}
		// Of one title in two frameworks, the one that says what it needs.
		i, found = n.concept, true
		if c.needs != "" {
			break
		}
	}
	return i, found
}
