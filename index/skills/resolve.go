package skills

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"assay/verify/verdict"
)

// MaxSkills bounds what one credential can put into the index.
const MaxSkills = 64

// longest bounds a text that can be a name, and the label that is made of a
// longer one, in bytes.
const longest = 200

// collector gathers the skills of one credential on the caller's stack.
type collector struct {
	t       *Taxonomy
	n, left int
	skills  [MaxSkills]mention

	missed []mention // of results that were not attained: the achievement does not make them
	result bool      // a result that was attained speaks, not the achievement
}

// mention is a skill as a collector holds it: a concept by its number, which is
// compared at once and says all but basis and level.
type mention struct {
	concept              int32 // of the taxonomy, noConcept = it holds none of this id
	basis                Basis
	level                string
	id, label, framework string
	target               *verdict.Alignment
	about                bool
	certificate          int32 // row of the table + 1, 0 = none
}

const noConcept = -1

// id gives the concept's URI, "" when unmapped.
func (t *Taxonomy) id(m *mention) string {
	if m.concept >= 0 {
		return t.concepts[m.concept].id
	}
	return m.id
}

// label gives what the skill is called.
func (t *Taxonomy) label(m *mention) string {
	if m.concept >= 0 {
		return t.concepts[m.concept].label
	}
	return m.label
}

// add takes a skill, each concept once, and gives its place: the more exact
// basis and the better level win. Where there is no place left, a known skill
// takes that of an unmapped one; -1 is no place.
func (c *collector) add(m *mention) int {
	for i := 0; i < len(c.missed) && !c.result; i++ {
		if c.t.same(&c.missed[i], m) {
			return -1
		}
	}
	for i := range c.skills[:c.n] {
		h := &c.skills[i]
		if !c.t.same(h, m) {
			continue
		}
		level, about, certificate := BetterLevel(h.level, m.level), h.about || m.about, h.certificate
		if certificate == 0 {
			certificate = m.certificate
		}
		if m.basis.rank() > h.basis.rank() {
			*h = *m
		}
		h.level, h.about, h.certificate = level, about, certificate
		if h.basis == BasisUnmapped {
			if h.framework == "" {
				h.framework = m.framework
			}
			if h.target == nil {
				h.target = m.target
			}
		}
		return i
	}
	if c.n < MaxSkills {
		c.skills[c.n] = *m
		c.n++
		return c.n - 1
	}
	c.left++
	for i := c.n - 1; i >= 0 && m.basis != BasisUnmapped; i-- {
		if c.skills[i].basis == BasisUnmapped {
			c.skills[i] = *m
			return i
		}
	}
	return -1
}

// same reports whether two mentions are of one skill: of one concept, or unmapped
// with one label and nothing that tells them apart.
func (t *Taxonomy) same(a, b *mention) bool {
	if a.concept >= 0 && b.concept >= 0 {
		return a.concept == b.concept
	}
	if x, y := t.id(a), t.id(b); x != "" || y != "" {
		return x == y
	}
	if a.target != nil && b.target != nil && (a.target.TargetURL != b.target.TargetURL || a.target.TargetCode != b.target.TargetCode) {
		return false
	}
	return strings.EqualFold(a.label, b.label) && (a.framework == "" || b.framework == "" || strings.EqualFold(a.framework, b.framework))
}

func (c *collector) concept(i int32, b Basis, level string) int {
	return c.add(&mention{concept: i, basis: b, level: level})
}

// unmapped keeps what no framework knows.
func (c *collector) unmapped(label, framework, level string, target *verdict.Alignment) int {
	return c.add(&mention{concept: noConcept, label: label, framework: framework, basis: BasisUnmapped, level: level, target: target})
}

// Resolve gives the skills of one credential, in the order of first mention,
// each concept once: from the achievement's alignments, its results and their
// alignments, CLR associations, its tags and its name. Each is looked up in the
// order of the Basis constants, and what no framework knows is kept as
// unmapped. It gives MaxSkills at most; ResolveSome says how many were left out.
//
// Alignments to credentials say where the badge is described and rubrics say how
// it was judged (OB 3.0 AlignmentTargetType): neither is a skill, and no more is
// an occupation. A level belongs to the skill whose result, or whose name, says
// it; that of the achievement as a whole only to its one skill.
func (t *Taxonomy) Resolve(c verdict.Credential) []Skill {
	list, _ := t.ResolveSome(c)
	return list
}

// ResolveSome is Resolve, and says how many mentions of skills found no place
// among the first MaxSkills.
func (t *Taxonomy) ResolveSome(c verdict.Credential) (list []Skill, left int) {
	col := collector{t: t}
	all, achieved := true, true // of its results were attained; as a whole it was
	for i := range c.Results {
		all = all && attained(&c.Results[i])
	}
	if !all {
		col.missed = t.missed(&c)
		achieved = t.achieved(&c)
	}
	if c.Undisclosed.Results {
		achieved = false // its holder may have left out the result that says so
	}
	name := c.Name
	if !achieved {
		// What its single results attained is all that there is.
		c = verdict.Credential{Results: c.Results}
	}
	for i := range c.Alignments {
		col.alignment(&c.Alignments[i], "")
	}
	whole := ""
	col.result = true
	for i := range c.Results {
		if r := &c.Results[i]; all || attained(r) {
			whole = BetterLevel(whole, col.attainment(r, name, achieved))
		}
	}
	col.result = false
	if !achieved {
		whole = ""
	}
	for i := range c.Associations {
		col.association(&c.Associations[i], &c)
	}
	stated := col.n
	for _, tag := range c.Tags {
		col.tag(tag, &c)
	}
	of := col.name(&c)
	if of < 0 && (stated == 1 || col.n == 1) {
		of = 0
		// "Rope access technician, level 2" says how well its one alignment, "use rope
		// access techniques", is done; "Harbour week, level 2" says nothing of it.
		if base, level := levelInName(c.Name); whole == "" && shareWord(base, t.label(&col.skills[0])) {
			whole = t.levelOn(col.skills[0].concept, level)
		}
	}
	if col.n == 0 {
		return nil, 0
	}
	col.rest(stated)
	if s := &col.skills[max(of, 0)]; of >= 0 && s.level == "" {
		s.level = whole
	}
	list = make([]Skill, col.n)
	for i := range list {
		t.write(&list[i], &col.skills[i])
	}
	return list, col.left
}

// mostStated is how many skills a badge may be aligned with to be about each.
const mostStated = 2

// rest marks what a badge is about whose name does not say it: the few things that
// it was aligned with, or the only thing that is known of it.
func (c *collector) rest(stated int) {
	for i := range c.skills[:c.n] {
		if c.skills[i].about {
			return
		}
	}
	if stated == 0 && c.n == 1 {
		stated = 1
	}
	for i := range c.skills[:min(stated, mostStated, c.n)] {
		c.skills[i].about = true
	}
}

// attainment takes one result that was attained: its level goes to the skill that it is aligned with
// or named after. What it says of the achievement as a whole is given back. Of an
// achievement that was not attained only what is plainly a skill is taken.
func (col *collector) attainment(r *verdict.Attainment, achievement string, achieved bool) (whole string) {
	name := strings.TrimSpace(r.Name)
	measure, general := resultName(name)
	level := levelOf(r, measure)
	for j := range r.Alignments {
		if a := &r.Alignments[j]; level == "" && strings.EqualFold(a.TargetType, "CFRubricCriterionLevel") {
			level = a.TargetName
		}
	}
	aligned := false
	for j := range r.Alignments {
		aligned = col.alignment(&r.Alignments[j], level) || aligned
	}
	switch {
	case aligned, r.Value == "" && r.Level == "" && level == "", measure:
	case !achieved && strings.EqualFold(name, strings.TrimSpace(achievement)):
	case col.named(name, "", level):
	case level == "":
	case general || strings.EqualFold(name, strings.TrimSpace(achievement)):
		return level
	case !achieved: // nobody knows what this is a part of
	default:
		col.unmapped(cutLabel(name), "", level, nil)
	}
	return ""
}

// alignment takes one alignment and reports whether it named a skill.
func (col *collector) alignment(a *verdict.Alignment, level string) bool {
	t := col.t
	target := targetOf(a.TargetType)
	if target == targetOther {
		return false
	}
	f := t.find(a.TargetURL)
	if f.concept >= 0 {
		col.concept(f.concept, BasisURI, level)
		return true
	}
	section := ctdlUnsaid
	if f.framework == CTDL {
		section = ctdlSection(a.TargetURL)
	}
	if f.occupation || section == ctdlOther || target == targetRegistry && section != ctdlCompetency {
		return false
	}
	named := t.framework(a.TargetFramework)
	if named == "" && strings.TrimSpace(a.TargetFramework) == "" {
		named = f.framework
	}
	invented := known(f.framework).closed // an id that its own framework lacks
	if code := strings.TrimSpace(a.TargetCode); code != "" && !invented {
		switch col.coded(a, named, code, target, level) {
		case codeTaken:
			return true
		case codeNoSkill:
			return false
		case codeInvented:
			invented = true
		}
	}
	if id, ok := opaque(f.framework, a.TargetURL, target == targetCompetency); ok && !invented {
		return col.byID(id, f.framework, BasisURI, a, level)
	}
	if !invented && col.named(a.TargetName, named, level) {
		return true
	}
	label := labelOf(a)
	if label == "" {
		return false
	}
	at := a
	if a.TargetURL == "" && a.TargetCode == "" {
		at = nil
	}
	col.unmapped(label, strings.TrimSpace(a.TargetFramework), level, at)
	return true
}

// What the code of an alignment led to.
type codeFound uint8

const (
	codeNothing  codeFound = iota // to nothing: the rest of the alignment is asked
	codeTaken                     // to a skill, which was taken
	codeNoSkill                   // to what is none
	codeInvented                  // to an identifier that its framework lacks
)

// coded looks the code of an alignment up. named is the framework that the badge
// names, "" when it names none that is known.
func (col *collector) coded(a *verdict.Alignment, named, code string, target targetKind, level string) codeFound {
	t := col.t
	form, id := codeOf(named, code)
	if form == codeOccupation {
		return codeNoSkill
	}
	if i, ok := t.coded(named, code); ok {
		if t.concepts[i].kind == kindOccupation {
			return codeNoSkill
		}
		col.concept(i, BasisCode, level)
		return codeTaken
	}
	if strings.TrimSpace(a.TargetFramework) == "" && isElement(code) {
		// The form alone is other frameworks' too: the name must agree.
		if i, ok := t.byCode(ONET, code); ok && t.fits(i, a.TargetName) {
			col.concept(i, BasisCode, level)
			return codeTaken
		}
	}
	switch {
	case isURI(code): // some issuers put the concept's URI into the code
		g := t.find(code)
		if g.concept >= 0 {
			col.concept(g.concept, BasisURI, level)
			return codeTaken
		}
		if g.occupation {
			return codeNoSkill
		}
		if id, ok := opaque(g.framework, code, target == targetCompetency); ok {
			col.byID(id, g.framework, BasisCode, a, level)
			return codeTaken
		}
		if known(g.framework).closed {
			return codeInvented
		}
	case form == codeConcept:
		if i, ok := t.lookup(id); ok && id != "" {
			col.concept(i, BasisCode, level)
			return codeTaken
		}
		return codeInvented
	case form == codeKept:
		col.byID(id, named, BasisCode, a, level)
		return codeTaken
	}
	return codeNothing
}

// byID takes a concept of a framework that assay knows by identifiers only. Its
// label is the badge's own.
func (col *collector) byID(id, framework string, b Basis, a *verdict.Alignment, level string) bool {
	label := labelOf(a)
	if label == "" {
		label = id
	}
	col.add(&mention{concept: noConcept, id: id, label: label, framework: framework, basis: b, level: level})
	return true
}

// labelOf gives what a badge calls the target of an alignment.
func labelOf(a *verdict.Alignment) string {
	for _, s := range []string{a.TargetName, a.TargetCode, a.TargetURL} {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return ""
}

// What the type of an alignment's target says about it.
type targetKind uint8

const (
	targetAny        targetKind = iota // nothing, or what assay does not know: can be a skill
	targetCompetency                   // it is a skill
	targetRegistry                     // CTDL: something in the Credential Registry, a skill or not
	targetOther                        // it is a credential, rubric, occupation or the like
)

// targetOf reads a target's type in any of its spellings: "CFItem",
// "ceterms:Credential", "https://purl.org/ctdl/terms/Credential" (OB 3.0
// AlignmentTargetType, and CTDL's classes).
func targetOf(typ string) targetKind {
	typ = strings.TrimSpace(typ)
	i := strings.LastIndexAny(typ, ":/#") + 1
	space, name := typ[:i], typ[i:]
	kind := lowered(&words.targets, name)
	switch {
	case name == "":
		return targetAny
	case strings.EqualFold(name, "CTDL"):
		return targetRegistry
	case kind == targetCompetency:
		return targetCompetency
	case containsFold(space, "ceterms"), containsFold(space, "ctdl/terms"), containsFold(space, "ceasn"), containsFold(space, "ctdlasn"):
		return targetOther
	case kind == targetOther:
		return targetOther
	}
	for _, w := range words.targetParts {
		if containsFold(name, w) {
			return targetOther
		}
	}
	return targetAny
}

func equalFoldAny(s string, list ...string) bool {
	for _, x := range list {
		if strings.EqualFold(s, x) {
			return true
		}
	}
	return false
}

// shareWord reports whether a word of four letters or more of a stands in b.
func shareWord(a, b string) bool {
	for w := range strings.FieldsSeq(a) {
		if len(w) >= 4 && containsFold(b, w) {
			return true
		}
	}
	return false
}

// containsFold reports whether s contains w, in capitals or not.
func containsFold(s, w string) bool {
	for i := 0; i+len(w) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(w)], w) {
			return true
		}
	}
	return false
}

// association takes a CLR association that ties the achievement to a concept:
// the achievement is the same as it, below it, or a part of it (CLR 2.0
// AssociationType). One between others says nothing about this credential.
func (col *collector) association(a *verdict.Association, c *verdict.Credential) {
	own := func(id string) bool { return id != "" && (id == c.AchievementID || id == c.ID) }
	target, label := "", ""
	switch a.Type {
	case "exactMatchOf":
		if label = c.Name; own(a.Source) {
			target = a.Target
		} else if own(a.Target) {
			target = a.Source
		}
	case "isChildOf", "isPartOf":
		if own(a.Source) {
			target = a.Target
		}
	case "isParentOf":
		if own(a.Target) {
			target = a.Source
		}
	}
	if target == "" || own(target) {
		return
	}
	f := col.t.find(target)
	if f.concept >= 0 {
		col.concept(f.concept, BasisURI, "")
		return
	}
	// Other URIs are other achievements of the record.
	if f.framework == "" || f.occupation || ctdlSection(target) == ctdlOther && f.framework == CTDL {
		return
	}
	at := &verdict.Alignment{TargetURL: target, TargetName: label}
	if id, ok := opaque(f.framework, target, true); ok {
		col.byID(id, f.framework, BasisURI, at, "")
		return
	}
	col.unmapped(labelOf(at), "", "", at)
}

// tag takes a tag: a skill's name, its URL, or a list of names.
func (col *collector) tag(tag string, c *verdict.Credential) {
	tag = strings.TrimSpace(tag)
	switch {
	case tag == "":
	case isURI(tag):
		f := col.t.find(tag)
		if f.concept >= 0 {
			col.concept(f.concept, BasisURI, "")
			return
		}
		if f.occupation {
			return
		}
		at := &verdict.Alignment{TargetURL: tag}
		if id, ok := opaque(f.framework, tag, false); ok {
			col.byID(id, f.framework, BasisURI, at, "")
			return
		}
		col.unmapped(cutLabel(tag), "", "", at)
	case col.named(tag, "", ""):
	case col.isList(tag):
		for tag != "" {
			var part string
			if part, tag = cutList(tag); part != "" && !col.named(part, "", "") {
				col.parts(part, c)
			}
		}
	default:
		col.parts(tag, c)
	}
}

// parts takes what stands within a tag, and the tag itself where that leaves words
// of it.
func (col *collector) parts(tag string, c *verdict.Credential) {
	if _, whole := col.within(tag, c, part); !whole {
		col.unmapped(cutLabel(tag), "", "", nil)
	}
}

// isList reports whether a tag is several: parts between separators, of which
// at least half are names. "Portland, Maine" is one.
func (col *collector) isList(tag string) bool {
	parts, known := 0, 0
	for tag != "" {
		var part string
		if part, tag = cutList(tag); part == "" {
			continue
		}
		parts++
		if _, _, ok := col.t.byName(part, ""); ok {
			known++
		}
	}
	return parts > 1 && 2*known >= parts
}

// cutList takes the first part off a list.
func cutList(s string) (part, rest string) {
	i := strings.IndexAny(s, ",;|\n\t•·")
	if i < 0 {
		return strings.TrimSpace(s), ""
	}
	return strings.TrimSpace(s[:i]), strings.TrimLeft(s[i:], ",;|\n\t•· ")
}

// cutLabel shortens what is kept as a label.
func cutLabel(s string) string { return cut(s, longest) }

// name takes the achievement's own name and gives the place of the skill that
// it is, -1 when it is none. It is one when a framework knows it, when the
// achievement says that it is one (achievementType Competency), or when nothing
// else was said, so that nothing is lost.
func (col *collector) name(c *verdict.Credential) int {
	competency := strings.EqualFold(c.AchievementType, "Competency")
	before, last := levelInName(c.Name)
	base, level := before, last
	if rest, l := levelFirst(c.Name); level == "" && numbered(l) {
		base, level = rest, l
	}
	base = strings.TrimSpace(base)
	if competency && isURI(c.AchievementID) {
		f := col.t.find(c.AchievementID)
		if f.concept >= 0 {
			return col.add(&mention{concept: f.concept, basis: BasisURI, level: level, about: true})
		}
		if id, ok := opaque(f.framework, c.AchievementID, true); ok && base != "" {
			return col.add(&mention{concept: noConcept, id: id, label: base, framework: f.framework, basis: BasisURI, level: level, about: true})
		}
	}
	if base == "" {
		return -1
	}
	if i, b, level, ok := col.t.inName(c.Name, before, last); ok && !spokenAgainst(base, c) {
		if row, is := col.t.row(c.Name); is && level != "" {
			level = certificates().list[row].levelWithin(level)
		}
		of := col.add(&mention{concept: i, basis: b, level: col.t.levelOn(i, level), about: true})
		col.within(c.Name, c, whole)
		return of
	}
	of, _ := col.within(c.Name, c, itself)
	if competency || col.n == 0 {
		return col.unmapped(base, "", level, nil)
	}
	return of
}

// spokenAgainst reports whether a badge's name is a word that means something else to
// its issuer or its tags: "Chef" of Chef Software.
func spokenAgainst(name string, c *verdict.Credential) bool {
	var buf [256]byte
	if len(name) > longest {
		return false
	}
	h := words.homonyms.of(fold(buf[:0], trimBadgeWords(name), false))
	if h.of == 0 {
		return false
	}
	var s said
	s.text(buf[:0], c.Issuer.Name)
	for _, tag := range c.Tags {
		s.text(buf[:0], tag)
	}
	return s.against&h.of != 0 && s.of&h.of == 0
}

// inName looks a badge's name up: as it is, then without the level and the
// words about being a badge that it begins or ends with. before and last are what
// levelInName says of it.
func (t *Taxonomy) inName(name, before, last string) (i int32, b Basis, level string, ok bool) {
	for range 8 {
		if i, b, ok = t.byName(name, ""); ok {
			return i, b, level, true
		}
		rest, l := name, ""
		if level == "" {
			if rest, l = before, last; l == "" {
				rest, l = levelFirst(name)
			}
		}
		if l == "" {
			rest = trimBadgeWords(name)
		}
		if rest == name || rest == "" {
			break
		}
		if name = rest; l != "" {
			level = l
		} else if level == "" {
			before, last = levelInName(name)
		}
	}
	return 0, "", "", false
}

// trimBadgeWords takes off what names of badges say about being badges.
func trimBadgeWords(name string) string {
	for {
		before := name
		for _, w := range words.ends {
			if n := len(name) - len(w); n > 0 && strings.EqualFold(name[n:], w) {
				name = name[:n]
			}
		}
		for _, w := range words.opens {
			if len(name) > len(w) && strings.EqualFold(name[:len(w)], w) {
				name = name[len(w):]
			}
		}
		if name == before {
			return strings.TrimSpace(name)
		}
	}
}

// write makes the Skill of a mention.
func (t *Taxonomy) write(s *Skill, m *mention) {
	s.Basis, s.Level = m.basis, m.level
	if m.concept < 0 {
		s.ID, s.Label, s.Framework, s.Target, s.About = m.id, m.label, m.framework, m.target, m.about
		return
	}
	c := &t.concepts[m.concept]
	s.ID, s.Label, s.Framework, s.Soft, s.Above, s.About = c.id, c.label, c.framework, c.soft, &t.above[m.concept], m.about
	if m.certificate > 0 {
		s.Certificate = &certificates().list[m.certificate-1]
	}
}

// named takes the skill that a name means, if it means one.
func (col *collector) named(name, framework, level string) bool {
	i, b, ok := col.t.byName(name, framework)
	if ok {
		col.concept(i, b, level)
	}
	return ok
}

// asked is a name that is looked up.
type asked struct {
	framework string // look in this one only, "" = in all
	key       []byte // the name, folded
	spelling  uint32
	single    bool // it is one word
	exact     bool // other spellings (plurals) do not count
}

// byName looks a name up. Inside a named framework its names count as label; a
// curated alias counts as alias; elsewhere a name that one concept alone has
// counts as text. Names as they are spelt go first; a name of several words is
// found in the singular and plural too, a single word is not: security is not
// securities. What is no English name may be one of another language.
func (t *Taxonomy) byName(name, framework string) (int32, Basis, bool) {
	if len(name) == 0 || len(name) > longest {
		return 0, "", false
	}
	var buf, stems [256]byte
	folded := fold(buf[:0], name, false)
	if len(folded) == 0 {
		return 0, "", false
	}
	key := appendStemmed(stems[:0], folded)
	if i, b, ok := t.byOwnName(folded, key, framework); ok {
		return i, b, true
	}
	english, ok := carried().meaning(key)
	if !ok {
		return 0, "", false
	}
	// No framework that is loaded calls the concept so: an alias, whatever the
	// English name is.
	folded = fold(buf[:0], english, false)
	i, _, ok := t.byOwnName(folded, appendStemmed(stems[:0], folded), "")
	return i, BasisAlias, ok
}

// byOwnName is byName without the names in other languages that assay carries.
func (t *Taxonomy) byOwnName(folded, key []byte, framework string) (int32, Basis, bool) {
	first, ok := t.names[string(key)]
	if !ok {
		return 0, "", false
	}
	q := asked{framework: framework, key: key, spelling: spelling(folded), single: bytes.IndexByte(folded, ' ') < 0}
	for _, q.exact = range []bool{true, false} {
		if q.single && !q.exact {
			break
		}
		if framework != "" {
			if i, ok := t.pick(first, &q); ok {
				return i, BasisLabel, true
			}
		}
		if i, ok := t.pickAlias(first, &q); ok {
			return t.esco(i), BasisAlias, true
		}
		if q.single && words.kinds.of(folded)&wordAlone != 0 {
			break
		}
		everywhere := q
		everywhere.framework = ""
		if i, ok := t.pick(first, &everywhere); ok {
			return t.esco(i), BasisText, true
		}
	}
	return 0, "", false
}

// fits reports whether name is one of concept i's.
func (t *Taxonomy) fits(i int32, name string) bool {
	var buf [256]byte
	if len(name) > longest {
		return false
	}
	first, ok := t.names[string(appendFolded(buf[:0], name))]
	if !ok {
		return false
	}
	for e := first; e >= 0; e = t.entries[e].next {
		if t.entries[e].concept == i {
			return true
		}
	}
	return false
}

// esco gives the ESCO equal of a concept that was recognised by words alone, so
// that one skill does not go by two names.
func (t *Taxonomy) esco(i int32) int32 {
	if c := &t.concepts[i]; c.framework != ESCO && c.same >= 0 && t.concepts[c.same].framework == ESCO {
		return c.same
	}
	return i
}

// pick gives the one concept among the entries that a name means: by preferred
// labels before others, skills before groups, ESCO before its equal elsewhere.
// More than one left is nobody's.
func (t *Taxonomy) pick(first int32, q *asked) (int32, bool) {
	for _, kind := range []nameKind{nameLabel, nameAlt | nameShort} {
		best, rank, tied := int32(-1), 0, false
		for e := first; e >= 0; e = t.entries[e].next {
			n := &t.entries[e]
			if n.kind&kind == 0 || n.concept == best || q.exact && n.spelling != q.spelling || !t.answers(n, q) {
				continue
			}
			c := &t.concepts[n.concept]
			r := 2
			switch {
			case c.kind == kindGroup:
				r = 1
			case c.framework == ESCO:
				r = 3
			}
			switch {
			case r > rank:
				best, rank, tied = n.concept, r, false
			case r < rank:
			case c.kind == kindGroup && t.below(n.concept, best):
			case c.kind == kindGroup && t.below(best, n.concept):
				best = n.concept
			default:
				tied = true
			}
		}
		if best >= 0 && !tied {
			return best, true
		}
	}
	return 0, false
}

// answers reports whether an entry may stand for a name. Where the badge names
// no framework, groups are left out (headings are no skills), and a single word
// must be what its framework calls the concept first, or a word of its own:
// alternative labels and names of products are full of words that mean
// something else to everybody (ESCO knows iron as ironing, O*NET a product
// Salt).
func (t *Taxonomy) answers(n *nameEntry, q *asked) bool {
	c := &t.concepts[n.concept]
	switch {
	case c.kind == kindOccupation:
		return false
	case q.framework != "":
		return c.framework == q.framework
	case c.kind == kindGroup:
		return false
	case !q.single || c.kind == kindConcept:
		return true
	case n.kind&nameLabel != 0:
		return c.kind != kindTechnology || c.core
	}
	if n.kind&nameShort != 0 {
		return c.core
	}
	return c.kind == kindSkill && t.ownWord(c, q.key)
}

// maxProducts is how many single words a concept may have as names before they
// are taken for a list of products of that kind (computer programming: Ada,
// curl, Euphoria).
const maxProducts = 6

// ownWord reports whether a word stands in no other name, and is not one of a
// list of products.
func (t *Taxonomy) ownWord(c *concept, word []byte) bool {
	if len(word) < 5 && word[0] < utf8.RuneSelf || t.vocabulary()[string(word)] > 1 {
		return false
	}
	n := 0
	for _, name := range c.names {
		if strings.IndexByte(name, ' ') < 0 {
			n++
		}
	}
	return n <= maxProducts
}

// below reports whether group a lies below group b: ESCO repeats a label from
// level to level, and the broadest stands for all.
func (t *Taxonomy) below(a, b int32) bool {
	for _, id := range t.concepts[a].ancestors {
		if id == t.concepts[b].id {
			return true
		}
	}
	return false
}

// pickAlias gives the concept that a curated alias means, a skill before a
// group.
func (t *Taxonomy) pickAlias(first int32, q *asked) (int32, bool) {
	best := int32(-1)
	for e := first; e >= 0; e = t.entries[e].next {
		n := &t.entries[e]
		if n.kind&nameAlias == 0 || q.exact && n.spelling != q.spelling || t.concepts[n.concept].kind == kindOccupation {
			continue
		}
		if best < 0 || t.concepts[best].kind == kindGroup && t.concepts[n.concept].kind != kindGroup {
			best = n.concept
		}
	}
	return best, best >= 0
}

// framework gives the name by which t knows a framework that a badge names in
// its own way, "" when it knows none of that name.
func (t *Taxonomy) framework(s string) string {
	if s == "" || len(s) > longest {
		return ""
	}
	var buf [256]byte
	folded := appendFolded(buf[:0], s)
	if name, ok := t.frameworks[string(folded)]; ok {
		return name
	}
	return frameworkOf(folded)
}
