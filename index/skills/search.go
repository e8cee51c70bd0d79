package skills

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxNarrower bounds how many narrower concepts a Sense lists by id; what is
// beyond is reached through ancestors.
const MaxNarrower = 1024

// Ref names a concept.
type Ref struct {
	ID        string `json:"id"`
	Label     string `json:"label"`
	Framework string `json:"framework,omitempty"`
}

// Sense is what a recruiter's term means to the frameworks.
type Sense struct {
	Term      string   // as it was looked up: corrected where Corrected is set
	Exact     []Ref    // concepts of which the term is the preferred label, or the URI
	Alias     []Ref    // concepts that have it as another name
	Soft      []string // soft skills of hiring that it names
	Roots     []string // URIs of those of them whose narrower concepts are meant too, for "is below one of them"
	Narrower  []string // URIs of every concept below, MaxNarrower at most
	Count     int      // how many there are
	Also      []string // labels of narrower concepts, those that applicants often show first
	Corrected bool     // Term was found by setting typing errors right
	English   string   // the English name that means the same, where Term is of another language: labels and badges hold its words
	Full      string   // Term with the small words that were left out of it, "" where none were
	Kin       []KinRef // related work, closest first: neither the term nor below it, and no proof of it

	// Occupation is what the term says as the title of an occupation, nil where it
	// is none. Who meets its needs is not proven to have worked in it.
	Occupation *Occupation
}

// Known reports whether any framework knows the term as a skill.
func (s *Sense) Known() bool { return len(s.Exact)+len(s.Alias)+len(s.Soft) > 0 }

// Expand looks a term up: as a URI, as a name in any framework, and, when it
// is none and fuzzy is set, as a name with typing errors.
func (t *Taxonomy) Expand(term string, fuzzy bool) Sense {
	if i, ok := t.lookup(term); ok {
		s := Sense{Term: term, Exact: []Ref{t.ref(i)}}
		t.widen(&s, []int32{i})
		return s
	}
	folded := Folded(term)
	if one, ok := t.oneOf(folded); ok {
		folded = one
	}
	occupation := t.titled(folded)
	fuzzy = fuzzy && !IsRight(term)
	s := t.expand(term, folded, fuzzy && occupation == nil)
	s.Occupation = occupation
	if list := t.wordKins[folded]; len(list) > 0 && (!s.Known() || s.Corrected) {
		return Sense{Term: folded, Kin: t.refsOf(list), Occupation: occupation}
	}
	if fuzzy && occupation == nil && (s.Corrected || !s.Known()) {
		most := EditDistance(folded)
		if s.Corrected {
			if n, ok := Within(folded, s.Term, most); ok {
				most = n - 1
			}
		}
		if title, ok := nearestTitle(folded, most); ok {
			s := t.expand(title, title, false) // a title may be a skill's name as well
			s.Term, s.Corrected, s.Occupation = title, true, t.titled(title)
			return s
		}
	}
	return s
}

// leastTitle is how many letters a title has at least that typing errors are set right in.
const leastTitle = 8

// sameEnd reports whether two words end in the same two letters: programme and
// programmer are two words, and so are operations and operaio.
func sameEnd(a, b string) bool {
	return len(a) > 2 && len(b) > 2 && a[len(a)-2:] == b[len(b)-2:]
}

// nearestTitle finds the title of an occupation of the carried table that has the fewest
// typing errors, most of them at most, and the first letter and the end right; none where
// two do.
func nearestTitle(folded string, most int) (string, bool) {
	if most < 1 || len(folded) > maxNearTitle || utf8.RuneCountInString(folded) < leastTitle {
		return "", false // a foreman is no fireman
	}
	best, of := "", (*vocation)(nil)
	for _, title := range carried().initials[initial(folded)] {
		if !sameEnd(title, folded) {
			continue
		}
		o := carried().titles[title]
		switch n, ok := Within(folded, title, most); {
		case !ok:
		case n < most || best == "":
			best, of, most = title, o, n
		case of == o && title < best:
			best = title
		case of != o && n == most:
			of = nil // unless one is nearer still
		}
	}
	return best, of != nil
}

// IsRight reports whether a word is a trade's or the like, right as it stands: nobody
// meant another word that is spelt nearly alike.
func IsRight(word string) bool {
	var buf [256]byte
	return len(word) <= longest && words.kinds.of(fold(buf[:0], word, false))&wordRight != 0
}

// expand is Expand of what is no URI, as a skill.
func (t *Taxonomy) expand(term, folded string, fuzzy bool) Sense {
	if s, ok := t.sense(folded, term); ok {
		return s
	}
	if s, ok := t.abroad(folded); ok {
		return s
	}
	if fuzzy && folded != "" {
		if c, ok := t.apart(folded); ok {
			if s, ok := t.sense(c, ""); ok {
				s.Corrected = true
				return s
			}
		}
		for _, words := range [][]string{strings.Fields(folded), Typed(term)} {
			if c, ok := t.correct(words); ok {
				if s, ok := t.sense(c, ""); ok {
					s.Corrected = true
					return s
				}
			}
		}
		if c, ok := carried().correct(strings.Fields(folded)); ok {
			if s, ok := t.abroad(c); ok {
				s.Corrected = true
				return s
			}
		}
	}
	return Sense{Term: folded}
}

// IsName reports whether the words are a name of a concept or soft skill, in
// any language that assay knows, or the plural of a title.
func (t *Taxonomy) IsName(words []string) bool {
	name := strings.Join(words, " ")
	if t.isNamed(name) {
		return true
	}
	one, ok := t.oneOf(name)
	return ok && t.isNamed(one)
}

// isNamed is IsName of what is no plural.
func (t *Taxonomy) isNamed(name string) bool {
	_, ok := t.names[name]
	if !ok {
		_, ok = carried().meaning([]byte(name))
	}
	return ok
}

// sense gives what a folded name means. written is how it was typed, "" when it
// was not: one word means what is spelt like it, before what is its plural.
func (t *Taxonomy) sense(folded, written string) (Sense, bool) {
	first, ok := t.names[folded]
	if !ok {
		return Sense{}, false
	}
	var buf [256]byte
	whole := fold(buf[:0], written, false)
	spelt := spelling(whole)
	single := written != "" && !strings.Contains(folded, " ")
	exact, known := false, false // so spelt; and the core knows the word
	for e := first; e >= 0; e = t.entries[e].next {
		exact = exact || t.entries[e].spelling == spelt
		n := &t.entries[e]
		known = known || n.spelling == spelt && (n.kind&nameAlias != 0 || n.kind&nameLabel != 0 && t.concepts[n.concept].core)
	}
	s := Sense{Term: folded}
	var roots []int32
	for e := first; e >= 0; e = t.entries[e].next {
		n := t.entries[e]
		if t.concepts[n.concept].kind == kindOccupation || slices.Contains(roots, n.concept) {
			continue
		}
		if single && n.spelling != spelt && (exact || !t.plainPlural(n.concept, string(whole))) {
			continue
		}
		if single && known && n.kind == nameAlt {
			continue // SQL is no database management system, though one of ESCO's labels says so
		}
		if n.kind&nameLabel != 0 {
			s.Exact = append(s.Exact, t.ref(n.concept))
		} else {
			s.Alias = append(s.Alias, t.ref(n.concept))
		}
		roots = append(roots, n.concept)
	}
	for _, soft := range t.softs {
		if !soft.named(folded) {
			continue
		}
		s.Soft = append(s.Soft, soft.name)
		for _, g := range soft.groups {
			if !slices.Contains(roots, g) {
				roots = append(roots, g)
			}
		}
	}
	if !s.Known() {
		return Sense{}, false
	}
	t.widen(&s, roots)
	return s, true
}

// plainPlural reports whether a concept has a name that differs from a word by
// an s alone: spreadsheet, and not security, which is no singular of
// securities.
func (t *Taxonomy) plainPlural(i int32, word string) bool {
	c := &t.concepts[i]
	same := func(name string) bool {
		var buf [256]byte
		f := string(fold(buf[:0], name, false))
		return f == word+"s" || f+"s" == word
	}
	return same(c.label) || slices.ContainsFunc(c.names, same)
}

func (s *soft) named(folded string) bool {
	if Folded(s.name) == folded {
		return true
	}
	for _, a := range s.aliases {
		if Folded(a) == folded {
			return true
		}
	}
	return false
}

// widen fills in what lies below the roots. Below a transversal group or a soft
// skill of hiring lie transversal skills alone, and those that the core counts
// to it: nearly every occupational skill of ESCO needs some of them, and proves
// none.
func (t *Taxonomy) widen(s *Sense, roots []int32) {
	soft := len(s.Soft) > 0
	for _, r := range roots {
		c := &t.concepts[r]
		soft = soft || c.kind == kindGroup && c.pillars == pillarTransversal
	}
	meant := func(i int32) bool {
		c := &t.concepts[i]
		return !soft || c.pillars&pillarTransversal != 0 || c.curated && slices.Contains(s.Soft, c.soft)
	}
	seen := make(map[int32]bool, len(roots))
	queue := slices.Clone(roots)
	for _, r := range roots {
		seen[r] = true
		if c := &t.concepts[r]; !soft || c.pillars&pillarTransversal != 0 {
			s.Roots = append(s.Roots, c.id)
		}
	}
	visit := func(i int32) {
		if !seen[i] {
			seen[i] = true
			queue = append(queue, i)
		}
	}
	for _, name := range s.Soft {
		for i := range t.concepts {
			if c := &t.concepts[i]; c.soft == name && meant(int32(i)) {
				visit(int32(i))
			}
		}
	}
	isRoot := len(roots)
	var below []int32
	for at := 0; at < len(queue); at++ {
		i := queue[at]
		if at >= isRoot {
			below = append(below, i)
		}
		c := &t.concepts[i]
		if c.same >= 0 {
			visit(c.same)
		}
		for _, n := range c.near {
			visit(n)
		}
		for _, n := range c.narrower {
			if t.proves(n, i) && meant(n) {
				visit(n)
			}
		}
	}
	s.Count = len(below)
	s.Kin = t.kinOf(roots, seen)
	for _, i := range below[:min(len(below), MaxNarrower)] {
		s.Narrower = append(s.Narrower, t.concepts[i].id)
	}
	slices.SortStableFunc(below, func(a, b int32) int {
		x, y := &t.concepts[a], &t.concepts[b]
		if x.core != y.core {
			if x.core {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(len(x.ancestors), len(y.ancestors)), cmp.Compare(x.label, y.label))
	})
	for _, i := range below {
		if t.concepts[i].kind == kindGroup {
			continue
		}
		if l := t.concepts[i].label; !slices.Contains(s.Also, l) {
			s.Also = append(s.Also, l)
		}
		if len(s.Also) == 8 {
			break
		}
	}
}

func (t *Taxonomy) ref(i int32) Ref {
	c := &t.concepts[i]
	return Ref{c.id, c.label, c.framework}
}

// EditDistance gives how many typing errors are forgiven in a word: none below
// five letters, one below eight, else two.
func EditDistance(word string) int {
	switch n := utf8.RuneCountInString(word); {
	case n < 5:
		return 0
	case n < 8:
		return 1
	default:
		return 2
	}
}

// Within reports whether two words are at most max edits apart (insert,
// delete, replace, swap neighbours; each place edited once), and how many.
func Within(a, b string, max int) (int, bool) {
	x, y := []rune(a), []rune(b)
	if d := len(x) - len(y); d > max || -d > max {
		return 0, false
	}
	prev2 := make([]int, len(y)+1)
	prev := make([]int, len(y)+1)
	row := make([]int, len(y)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], prev2[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > max {
			return 0, false
		}
		prev2, prev, row = prev, row, prev2
	}
	return prev[len(y)], prev[len(y)] <= max
}

// apart finds a name of several words that was written as one: firstaid.
func (t *Taxonomy) apart(word string) (string, bool) {
	if strings.Contains(word, " ") || t.vocabulary()[word] > 0 {
		return "", false
	}
	for i := range word {
		if i < 2 || len(word)-i < 2 {
			continue
		}
		if two := word[:i] + " " + word[i:]; t.IsName(strings.Fields(two)) {
			return two, true
		}
	}
	return "", false
}

// missing finds the word that lacks one letter among the names of what
// applicants often show: exel. Words of four letters are not guessed at
// otherwise.
func (t *Taxonomy) missing(word string) (string, bool) {
	best := ""
	for i := range t.concepts {
		c := &t.concepts[i]
		if !c.core {
			continue
		}
		for _, name := range c.names {
			f := Folded(name)
			if len(f) != len(word)+1 || f[0] != word[0] || f == best || strings.Contains(f, " ") {
				continue
			}
			for at := 1; at < len(f); at++ {
				if f[:at]+f[at+1:] != word {
					continue
				}
				if best != "" {
					return "", false // two words it could be
				}
				best = f
				break
			}
		}
	}
	return best, best != ""
}

// Letters of a short word that may have a typing error.
const (
	leastShort = 5
	mostShort  = 6
)

// Misspelt gives the skill's name of one word that a short word of a text is with a typing
// error: the only one of assay's own or a framework's that it could be, with the first
// letter right and the end (joined is no joiner), where the word is no ordinary one.
func (t *Taxonomy) Misspelt(word string) (string, bool) {
	n := utf8.RuneCountInString(word)
	if n < leastShort || n > mostShort || IsRight(word) || words.kinds.of([]byte(word))&wordOrdinary != 0 {
		return "", false
	}
	vocabulary := t.vocabulary()
	if vocabulary[word] > 0 || carried().vocabulary[word] > 0 {
		return "", false
	}
	first, _ := utf8.DecodeRuneInString(word)
	last, size := utf8.DecodeLastRuneInString(word)
	best := ""
	for v := range vocabulary {
		r, _ := utf8.DecodeRuneInString(v)
		end, endSize := utf8.DecodeLastRuneInString(v)
		if r != first || utf8.RuneCountInString(v) < leastShort {
			continue
		}
		if _, ok := t.names[v]; !ok {
			continue
		}
		if _, ok := Within(word, v, 1); !ok {
			continue
		}
		if best != "" {
			return "", false // two names that it could be
		}
		if best = v; end != last && (word[:len(word)-size] == v[:len(v)-endSize] || word[:len(word)-size] == v || word == v[:len(v)-endSize]) {
			return "", false
		}
	}
	return best, best != ""
}

// correct sets typing errors right, word by word, against the words of all
// names; the first letter is taken as meant.
func (t *Taxonomy) correct(words []string) (string, bool) {
	vocabulary := t.vocabulary()
	words = slices.Clone(words)
	changed := false
	for i, w := range words {
		if vocabulary[w] > 0 {
			continue
		}
		limit := EditDistance(w)
		if limit == 0 {
			if len(words) == 1 && len(w) == 4 {
				return t.missing(w)
			}
			return "", false
		}
		best := nearest(vocabulary, w, limit, func(v string) bool {
			_, name := t.names[v]
			return name && len(words) == 1
		})
		if best == "" {
			return "", false
		}
		words[i], changed = best, true
	}
	return strings.Join(words, " "), changed
}

// nearest gives the word of a vocabulary that has the fewest typing errors, ""
// where none is within the limit. A word that is a name by itself is the
// likelier meaning.
func nearest(vocabulary map[string]int32, w string, limit int, name func(string) bool) string {
	first, _ := utf8.DecodeRuneInString(w)
	best, bestDistance, bestCount := "", limit+1, int32(0)
	for v, n := range vocabulary {
		if r, _ := utf8.DecodeRuneInString(v); r != first {
			continue
		}
		d, ok := Within(w, v, limit)
		if !ok {
			if d = 1; !moved(w, v) {
				continue
			}
		}
		if name(v) {
			n += 1000
		}
		if d < bestDistance || d == bestDistance && (n > bestCount || n == bestCount && v < best) {
			best, bestDistance, bestCount = v, d, n
		}
	}
	return best
}

// moved reports whether two words differ by the place of one letter: phyton, python.
func moved(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	from, to := 0, len(a)
	for from < to && a[from] == b[from] {
		from++
	}
	for to > from && a[to-1] == b[to-1] {
		to--
	}
	if to-from < 2 {
		return false
	}
	x, y := a[from:to], b[from:to]
	n := len(x) - 1
	return x[0] == y[n] && x[1:] == y[:n] || x[n] == y[0] && x[:n] == y[1:]
}

func (t *Taxonomy) makeVocabulary() map[string]int32 {
	v := make(map[string]int32, len(t.names))
	for name, first := range t.names {
		if int(first) >= t.native {
			continue
		}
		for w := range strings.SplitSeq(name, " ") {
			v[w]++
		}
	}
	return v
}

// prefix is one place in a name where a completion may begin.
type prefix struct {
	key     string // folded name from that word on
	concept int32
	start   bool // the name's own beginning
	label   bool // the preferred label, not an alias
	foreign bool // a name in another language
}

func (t *Taxonomy) makePrefixes() []prefix {
	var out []prefix
	add := func(name string, c int32, label bool) {
		f := Folded(name)
		for at := 0; at < len(f); {
			out = append(out, prefix{f[at:], c, at == 0, label, false})
			next := strings.IndexByte(f[at:], ' ')
			if next < 0 {
				break
			}
			at += next + 1
		}
	}
	for i := range t.concepts {
		c := &t.concepts[i]
		if c.kind == kindOccupation {
			continue
		}
		add(c.label, int32(i), true)
		if c.core {
			for _, n := range c.names {
				add(n, int32(i), false)
			}
		}
	}
	for _, s := range t.softs {
		if len(s.groups) > 0 {
			add(s.name, s.groups[0], false)
		}
	}
	for _, n := range carried().suggested {
		if i, ok := t.coreNamed(n.english); ok {
			out = append(out, prefix{Folded(n.name), i, true, false, true})
		}
	}
	slices.SortFunc(out, func(a, b prefix) int {
		return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(a.concept, b.concept))
	})
	return out
}

// Suggest gives concepts that have a word beginning with text, n at most: those
// that applicants often show first, then those whose name begins with it, then
// the shorter ones, and last those that only another language calls so. Each is
// given once, by its own label.
func (t *Taxonomy) Suggest(text string, n int) []Ref {
	f := Folded(text)
	if f == "" || n <= 0 {
		return nil
	}
	all := t.prefixes()
	from, _ := slices.BinarySearchFunc(all, f, func(p prefix, f string) int { return strings.Compare(p.key, f) })
	type candidate struct {
		concept, rank int32
	}
	best := map[int32]int32{}
	for _, p := range all[from:] {
		if !strings.HasPrefix(p.key, f) {
			break
		}
		c := &t.concepts[p.concept]
		rank := int32(min(len(c.label), 255))
		if !c.core {
			rank += 4096
		}
		if p.key != f {
			rank += 256
		}
		if !p.start {
			rank += 1024
		}
		if !p.label {
			rank += 512
		}
		if p.foreign {
			rank += 8192
		}
		if old, ok := best[p.concept]; !ok || rank < old {
			best[p.concept] = rank
		}
	}
	list := make([]candidate, 0, len(best))
	for c, r := range best {
		list = append(list, candidate{c, r})
	}
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(t.concepts[a.concept].label, t.concepts[b.concept].label), cmp.Compare(a.concept, b.concept))
	})
	var out []Ref
	labels := map[string]bool{}
	for _, c := range list {
		r := t.ref(c.concept)
		if k := Folded(r.Label); !labels[k] {
			labels[k] = true
			out = append(out, r)
		}
		if len(out) == n {
			break
		}
	}
	return out
}

// Concept is all that a Taxonomy knows of one concept.
type Concept struct {
	Ref
	Code     string   `json:"code,omitempty"`
	Soft     string   `json:"soft,omitempty"`
	Domain   string   `json:"domain,omitempty"`
	Aliases  []string `json:"aliases,omitempty"`
	Same     *Ref     `json:"same,omitempty"` // the same concept in another framework
	Broader  []Ref    `json:"broader,omitempty"`
	Narrower []Ref    `json:"narrower,omitempty"`
	Group    bool     `json:"group,omitempty"` // a heading, not a skill
}

// Concept gives the concept of a URI, in any of its known forms.
func (t *Taxonomy) Concept(uri string) (Concept, bool) {
	i, ok := t.lookup(uri)
	if !ok {
		return Concept{}, false
	}
	c := &t.concepts[i]
	out := Concept{Ref: t.ref(i), Code: c.code, Soft: c.soft, Domain: c.domain, Aliases: slices.Concat(c.names, c.foreign), Group: c.kind == kindGroup}
	if c.same >= 0 {
		r := t.ref(c.same)
		out.Same = &r
	}
	for _, b := range c.broader {
		out.Broader = append(out.Broader, t.ref(b))
	}
	for _, n := range c.narrower {
		out.Narrower = append(out.Narrower, t.ref(n))
	}
	return out, true
}

// Label gives the label of a concept's id, "" when it is not loaded.
func (t *Taxonomy) Label(id string) string {
	if i, ok := t.lookup(id); ok {
		return t.concepts[i].label
	}
	return ""
}

// SoftSkill is a soft skill of hiring.
type SoftSkill struct {
	Name    string   `json:"name"`
	Groups  []Ref    `json:"groups"` // ESCO groups that it stands for
	Aliases []string `json:"aliases"`
}

// SoftSkills lists the soft skills of hiring.
func (t *Taxonomy) SoftSkills() []SoftSkill {
	var out []SoftSkill
	for _, s := range t.softs {
		v := SoftSkill{Name: s.name, Aliases: s.aliases}
		for _, g := range s.groups {
			v.Groups = append(v.Groups, t.ref(g))
		}
		out = append(out, v)
	}
	return out
}
