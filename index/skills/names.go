package skills

import (
	"bytes"
	"slices"
	"strings"

	"assay/verify/verdict"
)

// Names hold skills: "ITIL® 4 Foundation", "Commercial Driver's License (CDL),
// Class A". A badge's name, and a tag that is no name of a skill, are read by the
// longest names of certificates and of the core's concepts within them, as whole
// words. What is an ordinary word as well (python, access, French) counts only
// where something else in the badge speaks of its field.

// Bounds of what is read of one name.
const (
	maxWordsIn   = 40 // words of the name
	maxMatchesIn = 12 // names found in it
)

// fields is a set of fields that words of a badge speak of (words.tsv).
type fields uint32

// phrase is a name that may stand within a longer one.
type phrase struct {
	concept  int32  // or row of the table of certificates
	spelling uint32 // a single word must be spelt so, 0 = or otherwise
	homonym  homonym
}

// homonym says what a word needs beside it to be what its name says.
type homonym struct {
	of     fields // fields of which the rest must speak; 0 = it needs nothing
	strict bool   // and must really: that nothing else is said is not enough
	loose  bool   // or of which it must not speak against
}

// starts says how many words the longest names have that begin with a word.
type starts struct{ certificate, concept uint8 }

// addPhrase makes a name of a concept one that is found within longer names, too.
func (t *Taxonomy) addPhrase(name string, concept int32) {
	t.phrase(t.phrases, name, concept, func(s *starts) *uint8 { return &s.concept })
}

// phrase adds a name to phrases, where it does not stand there yet.
func (t *Taxonomy) phrase(phrases map[string]phrase, name string, of int32, longest func(*starts) *uint8) {
	var buf, stems [256]byte
	folded := fold(buf[:0], name, false)
	key := appendStemmed(stems[:0], folded)
	if _, taken := phrases[string(key)]; taken || len(key) == 0 {
		return
	}
	phrases[string(key)] = phrase{of, spelling(folded), words.homonyms.of(folded)}
	first, _, _ := bytes.Cut(key, []byte{' '})
	s := t.starts[string(first)]
	n := longest(&s)
	*n = max(*n, uint8(min(1+bytes.Count(key, []byte{' '}), maxWordsIn)))
	t.starts[string(first)] = s
}

// addPhrasesAbroad makes the names in other languages that assay carries ones that
// are found within longer names. Of a single word the short ones are left out:
// they are words of other languages, too.
func (t *Taxonomy) addPhrasesAbroad() {
	for key, english := range carried().english {
		if len(key) < 5 && strings.IndexByte(key, ' ') < 0 {
			continue
		}
		i, _, ok := t.byName(english, "")
		if !ok || t.concepts[i].kind == kindGroup {
			continue
		}
		// A language's name is weighed by what is beside it.
		if len(key) < 6 && strings.IndexByte(key, ' ') < 0 && t.concepts[i].pillars&pillarLanguages == 0 {
			continue
		}
		t.addPhrase(key, i)
		if p := t.phrases[key]; p.concept == i {
			p.spelling = 0 // its plural is not English
			t.phrases[key] = p
		}
	}
}

// markLanguages marks the languages' names: they are also what is called after a
// country (Swedish massage, French polishing).
func (t *Taxonomy) markLanguages() {
	for key, p := range t.phrases {
		if t.concepts[p.concept].pillars&pillarLanguages != 0 && strings.IndexByte(key, ' ') < 0 && p.homonym.of == 0 {
			p.homonym = homonym{of: words.fieldNames["language"]}
			t.phrases[key] = p
		}
	}
}

// fieldsOf gives the fields that a concept speaks of.
func (t *Taxonomy) fieldsOf(concept int32) fields {
	c := &t.concepts[concept]
	switch {
	case c.pillars&pillarLanguages != 0:
		return words.fieldNames["language"]
	case c.kind == kindTechnology, strings.HasPrefix(c.domain, "information and communication technologies"), c.domain == "working with computers":
		return words.fieldNames["code"] | words.fieldNames["office"]
	}
	return 0
}

// wordIn is a word of a name: where it stands among the folded and the stemmed
// words, and whether a name that was found holds it.
type wordIn struct {
	from, to, stemFrom, stemTo int16
	taken                      bool
	begins                     bool // a part of the name, behind a sign that ends the one before
}

// match is a name found within a longer one.
type match struct {
	from, to    int8 // words
	certificate bool
	phrase      phrase
}

// reading is a name that is read by what stands within it.
type reading struct {
	folded, stems []byte
	words         [maxWordsIn]wordIn
	n             int
	matches       [maxMatchesIn]match
	found         int
}

// foldParts folds a name and marks the words that begin a part of it. The slices
// go in and out by value so that the caller's buffers stay on its stack.
func foldParts(name string, folded, stems []byte, words *[maxWordsIn]wordIn) ([]byte, []byte) {
	for name != "" {
		part := name
		if i := strings.IndexAny(name, ":;,()|!?"); i >= 0 {
			part, name = name[:i], name[i+1:]
		} else {
			name = ""
		}
		at := len(folded)
		if at > 0 {
			folded = append(folded, ' ')
		}
		before := len(folded)
		if folded = fold(folded, part, false); len(folded) == before {
			folded = folded[:at] // a part without words
		} else if first := bytes.Count(folded[:before], []byte{' '}); first < len(words) {
			words[first].begins = true
		}
	}
	return folded, appendStemmed(stems, folded)
}

// split finds the words.
func (r *reading) split() {
	at, stem := 0, 0
	for at < len(r.folded) && r.n < len(r.words) {
		w := wordIn{from: int16(at), stemFrom: int16(stem), begins: r.words[r.n].begins}
		for at < len(r.folded) && r.folded[at] != ' ' {
			at++
		}
		for stem < len(r.stems) && r.stems[stem] != ' ' {
			stem++
		}
		w.to, w.stemTo = int16(at), int16(stem)
		r.words[r.n] = w
		r.n++
		at, stem = at+1, stem+1
	}
}

func (r *reading) word(i int) []byte { return r.folded[r.words[i].from:r.words[i].to] }

func (r *reading) stem(i int) []byte { return r.stems[r.words[i].stemFrom:r.words[i].stemTo] }

// find takes the longest names from left to right: of certificates, and then of
// concepts in what is left.
func (r *reading) find(t *Taxonomy, certificates bool) {
	for i := 0; i < r.n; i++ {
		if r.words[i].taken {
			continue
		}
		s := t.starts[string(r.stem(i))]
		longest, phrases := int(s.concept), t.phrases
		if certificates {
			longest, phrases = int(s.certificate), t.certificates
		}
		for n := min(longest, r.n-i); n > 0; n-- {
			last := i + n - 1
			if r.words[last].taken || !certificates && r.parted(i, last) {
				continue
			}
			p, ok := phrases[string(r.stems[r.words[i].stemFrom:r.words[last].stemTo])]
			if !ok || n == 1 && p.spelling != 0 && p.spelling != spelling(r.word(i)) {
				continue
			}
			if i == 0 || words.kinds.of(r.word(i-1))&wordNot == 0 {
				if r.found == len(r.matches) {
					return
				}
				r.matches[r.found] = match{int8(i), int8(last + 1), certificates, p}
				r.found++
			}
			for j := i; j <= last; j++ {
				r.words[j].taken = true
			}
			i = last
			break
		}
	}
}

// parted reports whether a part of the name ends between two words: "sewing
// machine: learning to hem" is no machine learning.
func (r *reading) parted(first, last int) bool {
	for i := first + 1; i <= last; i++ {
		if r.words[i].begins {
			return true
		}
	}
	return false
}

// drop takes a match out again.
func (r *reading) drop(i int) {
	for j := r.matches[i].from; j < r.matches[i].to; j++ {
		r.words[j].taken = false
	}
	copy(r.matches[i:r.found], r.matches[i+1:r.found])
	r.found--
}

// said is what a badge speaks of and against.
type said struct{ of, against fields }

// isBeside reports whether a word says something of the word before it alone: in, at, and.
func isBeside(word []byte) bool {
	return len(word) <= 3 && words.kinds.of(word)&wordNeutral != 0
}

func (s *said) take(word []byte) {
	f := words.fields.of(word)
	s.of |= f.of
	if !isBeside(word) {
		s.against |= f.against
	}
}

// weigh drops the homonyms that nothing else in the badge speaks for.
func (r *reading) weigh(col *collector, c *verdict.Credential) {
	if !r.homonyms(col.t) {
		return
	}
	var s said
	neutral := true
	for i := range r.n {
		s.take(r.word(i))
		neutral = neutral && (r.words[i].taken || isNeutral(r.word(i)) || isNeutral(r.stem(i)))
	}
	exact := false
	for i := range col.skills[:col.n] {
		if m := &col.skills[i]; m.concept >= 0 && m.basis != BasisName {
			s.of |= col.t.fieldsOf(m.concept)
			exact = exact || m.basis.Exact()
		}
	}
	stated := s.of
	for i := range r.matches[:r.found] {
		if m := &r.matches[i]; m.phrase.homonym.of == 0 && !m.certificate {
			s.of |= col.t.fieldsOf(m.phrase.concept)
		}
	}
	var buf [256]byte
	s.text(buf[:0], c.Issuer.Name)
	for _, tag := range c.Tags {
		s.text(buf[:0], tag)
	}
	for i := r.found - 1; i >= 0; i-- {
		m := &r.matches[i]
		h := m.phrase.homonym
		drop := false
		switch {
		case col.t.spelledOut(r, m):
			drop = true // as something else: "Certified Protection Professional (CPP)"
		case exact && !m.certificate && col.t.concepts[m.phrase.concept].soft != "":
			drop = true // "Teamwork makes the dream work: poster design" is about design
		case h.of == 0:
		case s.against&h.of != 0, r.turned(int(m.to), h.of, s.of):
			drop = true
		case h.loose:
		case exact && stated&h.of == 0: // the badge itself says that it is about something else
			drop = true
		case int(m.to) < r.n && string(r.word(int(m.to))) == "for": // Excel for accountants
		case s.of&h.of == 0 && (h.strict || !neutral):
			drop = true
		}
		if drop {
			r.drop(i)
		}
	}
}

// turned reports whether the small word behind a homonym makes it another thing:
// "Excel at interviews", "Excel and thrive", but "Excel and PowerPoint".
func (r *reading) turned(next int, field, spoken fields) bool {
	if next >= r.n || r.words[next].taken {
		return false
	}
	w := r.word(next)
	return isBeside(w) && words.fields.of(w).against&field != 0 && (spoken&field == 0 || string(w) != "and")
}

// homonyms reports whether anything that was found could mean something else.
func (r *reading) homonyms(t *Taxonomy) bool {
	return slices.ContainsFunc(r.matches[:r.found], func(m match) bool {
		return r.short(&m) || m.phrase.homonym.of != 0 || !m.certificate && t.concepts[m.phrase.concept].soft != ""
	})
}

// Bounds of what can be an abbreviation, in letters.
const (
	minShort = 3
	maxShort = 6
)

// short reports whether a match is one word that may be an abbreviation.
func (r *reading) short(m *match) bool {
	n := len(r.word(int(m.from)))
	return m.to-m.from == 1 && n >= minShort && n <= maxShort && r.n > n
}

// spelledOut reports whether the name itself spells an abbreviation out as what
// has no word of it in any name of the concept or certificate that it would mean.
func (t *Taxonomy) spelledOut(r *reading, m *match) bool {
	if !r.short(m) {
		return false
	}
	w := r.word(int(m.from))
	for first := 0; first+len(w) <= r.n; first++ {
		fits := true
		for i := range w {
			fits = fits && first+i != int(m.from) && r.word(first + i)[0] == w[i]
		}
		if !fits {
			continue
		}
		for i := first; i < first+len(w); i++ {
			if words.kinds.of(r.word(i))&(wordCertificate|wordNeutral|wordBegins) == 0 && words.levels.of(r.word(i)).rank == 0 && t.inNames(m, r.stem(i)) {
				return false
			}
		}
		return true
	}
	return false
}

// inNames reports whether a word stands in a name of what a match means.
func (t *Taxonomy) inNames(m *match, stem []byte) bool {
	has := func(name string) bool {
		var buf [256]byte
		return len(name) <= longest && slices.Contains(strings.Fields(string(fold(buf[:0], name, true))), string(stem))
	}
	if m.certificate {
		c := &certificates().list[m.phrase.concept]
		return has(c.Name) || slices.ContainsFunc(c.Names, has)
	}
	c := &t.concepts[m.phrase.concept]
	return has(c.label) || slices.ContainsFunc(c.names, has)
}

// text takes the words of a text.
func (s *said) text(buf []byte, text string) {
	if len(text) > longest {
		return
	}
	for folded := fold(buf, text, false); len(folded) > 0; {
		var w []byte
		w, folded, _ = bytes.Cut(folded, []byte{' '})
		s.take(w)
	}
}

// isNeutral reports whether a word beside a homonym says nothing of its own: about
// badges, levels and numbers.
func isNeutral(word []byte) bool {
	if words.kinds.of(word)&(wordAlone|wordNeutral|wordBegins) != 0 || words.levels.of(word).rank > 0 {
		return true
	}
	_, number := digits(string(word))
	return number
}

// What a text is to a badge in which names are looked for.
type textKind uint8

const (
	part   textKind = iota // a tag
	itself                 // its own name
	whole                  // its own name, which is the name of a skill as a whole
)

// within takes the certificates and the skills whose names stand within a text of the
// credential; of one that is a skill's name as a whole the certificates alone. It gives the place of the one skill that was found, or of the
// one certificate's first, -1 where there is none or several; and whether names
// that were found hold every word of it.
func (col *collector) within(name string, c *verdict.Credential, kind textKind) (of int, all bool) {
	t := col.t
	if name == "" || len(name) > longest {
		return -1, false
	}
	var buf, stems [256]byte
	var r reading
	r.folded, r.stems = foldParts(name, buf[:0], stems[:0], &r.words)
	r.split()
	r.find(t, true)
	if kind != whole {
		r.find(t, false)
	}
	if r.found == 0 {
		return -1, false
	}
	for i := range r.n {
		if words.kinds.of(r.word(i))&wordPresent != 0 { // "Attendee: AWS Summit"
			return -1, false
		}
	}
	r.weigh(col, c)
	level, within := r.level(name)
	prepares := r.prepares()
	of, all = -1, r.found > 0
	for i := range r.matches[:r.found] {
		m := &r.matches[i]
		if !m.certificate {
			j := t.esco(m.phrase.concept)
			if col.narrower(j) {
				continue
			}
			own := r.levelFor(t, m, j, level)
			if scale, _ := ParseLevel(own); prepares && scale == "cefr" {
				own = "" // who gets ready for B2 has not reached it
			}
			of = col.add(&mention{concept: j, basis: BasisName, level: own, about: kind == itself})
			continue
		}
		row := m.phrase.concept
		own := level
		if own == "" {
			own = certificates().list[row].levelWithin(within)
		}
		if prepares {
			own = ""
		}
		for n, j := range t.proven[row] {
			shown := mention{concept: t.esco(j), basis: BasisName, level: t.levelOn(j, own)}
			if n > 0 {
				col.add(&shown)
				continue
			}
			if shown.about = kind != part; shown.about && !prepares && certificates().list[row].givenBy(&c.Issuer) {
				shown.certificate = row + 1
			}
			of = col.add(&shown)
		}
	}
	for i := range r.n {
		all = all && (r.words[i].taken || isNeutral(r.word(i)))
	}
	if r.found != 1 {
		of = -1
	}
	return of, all
}

// narrower reports whether the badge itself names a skill of which this one is the
// wider name: "Welder" of a badge for arc welding adds nothing to it.
func (col *collector) narrower(concept int32) bool {
	for i := range col.skills[:col.n] {
		m := &col.skills[i]
		if m.concept >= 0 && m.basis.Exact() && m.concept != concept && (slices.Contains(col.t.concepts[concept].near, m.concept) || col.t.below(m.concept, concept)) {
			return true
		}
	}
	return false
}

// level gives the level that a name says outside of the names within it, and else
// what it says within them ("Level 2 Food Hygiene").
func (r *reading) level(name string) (outside, within string) {
	if _, last := levelInName(name); last != "" {
		if !r.words[r.n-1].taken {
			return last, ""
		}
		within = last
	}
	if _, first := levelFirst(name); first != "" {
		if !r.words[0].taken {
			return first, ""
		}
		within = BetterLevel(within, first)
	}
	return "", within
}

// prepares reports whether a name says, outside of the names within it, that the
// badge is for getting ready: "CISSP study group", "Vorbereitung DELE B2". Behind a
// word of another thing it speaks of that: food preparation.
func (r *reading) prepares() bool {
	for i := range r.n {
		if r.words[i].taken || words.kinds.of(r.word(i))&wordPrepares == 0 {
			continue
		}
		if i == 0 || r.words[i].begins || r.words[i-1].taken || isNeutral(r.word(i-1)) || isNeutral(r.stem(i-1)) || words.kinds.of(r.word(i-1))&(wordPrepares|wordCertificate) != 0 {
			return true
		}
	}
	return false
}

// levelOn gives a level as it can be one of a concept: those of the CEFR are
// languages' alone. A driving licence C1, a drone of class A2 are on no scale.
func (t *Taxonomy) levelOn(concept int32, level string) string {
	if scale, _ := ParseLevel(level); scale == "cefr" && concept >= 0 && t.concepts[concept].pillars&pillarLanguages == 0 {
		return ""
	}
	return level
}

// levelFor gives the level of one concept that was found. A language's may stand
// anywhere in the name; of several, each takes the one that is beside it.
func (r *reading) levelFor(t *Taxonomy, m *match, concept int32, level string) string {
	if t.concepts[concept].pillars&pillarLanguages == 0 {
		return t.levelOn(concept, level)
	}
	first, n := 0, 0
	for i := range r.n {
		if r.cefr(i) > 0 {
			if n == 0 {
				first = i
			}
			n++
		}
	}
	if scale, _ := ParseLevel(level); n == 0 || n == 1 && level != "" || scale != "cefr" && level != "" {
		return level
	}
	for i := int(m.to); i < r.n && !r.words[i].taken; i++ {
		if rank := r.cefr(i); rank > 0 {
			return cefr[rank-1]
		}
	}
	for i := int(m.from) - 1; i >= 0 && !r.words[i].taken; i-- {
		if rank := r.cefr(i); rank > 0 {
			return cefr[rank-1]
		}
	}
	return cefr[r.cefr(first)-1]
}

// cefr gives the rank of a word that is a level of the CEFR and in no name that was
// found, 0 of another.
func (r *reading) cefr(i int) int {
	if w := r.word(i); !r.words[i].taken && (len(w) == 2 || len(w) == 3 && w[2] == '+') {
		if scale, rank := ParseLevel(string(w)); scale == "cefr" {
			return rank
		}
	}
	return 0
}

var cefr = [...]string{"A1", "A2", "B1", "B2", "C1", "C2"}

// NamedLike gives the certificate that a credential calls itself by: its name is
// the certificate's, with or without its issuer's and words about being a
// certificate, and nothing else stands there ("PMP exam preparation" is a course).
// An abbreviation alone must be spelt out or spoken of somewhere else in the
// credential: three letters are many things.
func (t *Taxonomy) NamedLike(c *verdict.Credential) (Certificate, bool) {
	if c.Name == "" || len(c.Name) > longest {
		return Certificate{}, false
	}
	var buf, stems [256]byte
	var r reading
	r.folded, r.stems = foldParts(c.Name, buf[:0], stems[:0], &r.words)
	r.split()
	r.find(t, true)
	if r.found == 0 {
		return Certificate{}, false
	}
	row := r.matches[0].phrase.concept
	spelt := false // out
	for i := range r.matches[:r.found] {
		m := &r.matches[i]
		if m.phrase.concept != row {
			return Certificate{}, false
		}
		spelt = spelt || m.to-m.from > 1 || len(r.word(int(m.from))) > 4
	}
	list := certificates().list
	own := &list[row]
	for i := range r.n {
		if !r.words[i].taken && words.kinds.of(r.word(i))&wordCertificate == 0 && !own.isIssuers(r.stem(i)) && !own.shortens(r.word(i)) {
			return Certificate{}, false
		}
	}
	if !spelt {
		for _, text := range append([]string{c.Description, c.Criteria}, c.Tags...) {
			spelt = spelt || shareWord(own.Name, text)
		}
	}
	return *own, spelt
}

// shortens reports whether a word is made of the first letters of the certificate's
// name, the small words counted or not: CPT of a Certified Phlebotomy Technician.
func (c *Certificate) shortens(word []byte) bool {
	all, long := 0, 0
	for w := range strings.FieldsSeq(Folded(c.Name)) {
		if all >= 0 && all < len(word) && word[all] == w[0] {
			all++
		} else {
			all = -1
		}
		if len(w) <= 3 {
			continue
		}
		if long >= 0 && long < len(word) && word[long] == w[0] {
			long++
		} else {
			long = -1
		}
	}
	return len(word) > 1 && (all == len(word) || long == len(word))
}

// isIssuers reports whether a word stands in the name of one of the issuers.
func (c *Certificate) isIssuers(stem []byte) bool {
	for i := range c.Issuers {
		for w := range strings.FieldsSeq(Folded(c.Issuers[i].Name)) {
			if w == string(stem) {
				return true
			}
		}
	}
	return false
}
