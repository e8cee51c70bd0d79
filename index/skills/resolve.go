package skills

import (
	"net/url"
	"strings"

	"assay/verify/verdict"
)

func queryEscape(s string) string { return url.QueryEscape(s) }

// maxSkills bounds what one credential can put into the index.
const maxSkills = 64

// collector gathers the skills of one credential on the caller's stack.
type collector struct {
	t    *Taxonomy
	n    int
	few  [12]Skill
	many []Skill // from the 13th on, all of them
}

func (c *collector) all() []Skill {
	if c.many != nil {
		return c.many
	}
	return c.few[:c.n]
}

// add takes a skill, each concept once: the more exact basis and the better
// level win.
func (c *collector) add(s Skill) {
	have := c.all()
	for i := range have {
		h := &have[i]
		if s.ID != "" && h.ID == s.ID || s.ID == "" && h.ID == "" && strings.EqualFold(h.Label, s.Label) {
			if s.Basis.rank() > h.Basis.rank() {
				s.Level = BetterLevel(s.Level, h.Level)
				*h = s
			} else {
				h.Level = BetterLevel(h.Level, s.Level)
			}
			return
		}
	}
	switch {
	case len(have) >= maxSkills:
	case c.many == nil && c.n < len(c.few):
		c.few[c.n] = s
		c.n++
	default:
		if c.many == nil {
			c.many = append(make([]Skill, 0, 2*len(c.few)), c.few[:]...)
		}
		c.many = append(c.many, s)
	}
}

// Resolve gives the skills of one credential, in the order of first mention,
// each concept once: from the achievement's alignments, its results and their
// alignments, CLR associations, its tags and its name. Each is looked up in the
// order of the Basis constants, and what no framework knows is kept as
// unmapped.
//
// Alignments of type ceterms:Credential say where the badge is described and
// rubrics say how it was judged (OB 3.0 AlignmentTargetType): neither is a skill.
// A level is a result's level or value, else what the badge's name says.
func (t *Taxonomy) Resolve(c verdict.Credential) []Skill {
	col := collector{t: t}
	for i := range c.Alignments {
		col.alignment(&c.Alignments[i], "")
	}
	general, generals := "", 0
	for i := range c.Results {
		r := &c.Results[i]
		level := r.Level
		if level == "" {
			level = r.Value
		}
		aligned := false
		for j := range r.Alignments {
			if a := &r.Alignments[j]; a.TargetType == "CFRubricCriterionLevel" && level == "" {
				level = a.TargetName
			}
		}
		for j := range r.Alignments {
			aligned = col.alignment(&r.Alignments[j], level) || aligned
		}
		if !aligned && level != "" && isLevelResult(r) {
			if s, ok := t.byName(r.Name, ""); ok {
				s.Level = level
				col.add(s)
				continue
			}
			general = BetterLevel(general, level)
			generals++
		}
	}
	for i := range c.Associations {
		col.association(&c.Associations[i], &c)
	}
	for _, tag := range c.Tags {
		col.text(tag, "")
	}
	col.name(&c)
	if col.n == 0 && col.many == nil {
		return nil
	}
	out := make([]Skill, len(col.all()))
	copy(out, col.all())
	if generals == 0 {
		_, general = levelInName(c.Name)
	}
	if general != "" {
		for i := range out {
			if out[i].Level == "" {
				out[i].Level = general
			}
		}
	}
	return out
}

// isLevelResult reports whether a result says how well, not how much or how
// long (OB 3.0 ResultType).
func isLevelResult(r *verdict.Attainment) bool {
	switch r.Type {
	case "CreditHours", "ECTS", "GradePointAverage", "Status", "Result":
		return r.Level != ""
	}
	return true
}

// alignment takes one alignment and reports whether it named a skill.
func (col *collector) alignment(a *verdict.Alignment, level string) bool {
	t := col.t
	switch a.TargetType {
	case "ceterms:Credential", "CFRubric", "CFRubricCriterion", "CFRubricCriterionLevel":
		return false
	case "CTDL", "ext:Credential":
		if strings.Contains(a.TargetURL, "/credential/") {
			return false
		}
	}
	i, key, byURL, known := t.lookup(a.TargetURL)
	if known {
		if t.concepts[i].kind == kindOccupation {
			return false
		}
		col.add(t.skill(i, BasisURI, level))
		return true
	}
	named := frameworkName(a.TargetFramework)
	if named == "" {
		named = byURL
	}
	if a.TargetCode != "" {
		code := strings.TrimSpace(a.TargetCode)
		if i, ok := t.byCode(named, code); ok {
			col.add(t.skill(i, BasisCode, level))
			return true
		}
		if named == "" && isElement(code) {
			if i, ok := t.byCode(ONET, code); ok {
				col.add(t.skill(i, BasisCode, level))
				return true
			}
		}
		// Some issuers put the concept's URI or bare id into the code.
		if i, _, _, ok := t.lookup(code); ok {
			col.add(t.skill(i, BasisURI, level))
			return true
		}
		if named == ESCO && isUUID(code) {
			if i, _, _, ok := t.lookup(escoSkill + code); ok {
				col.add(t.skill(i, BasisCode, level))
				return true
			}
		}
	}
	if s, ok := t.byName(a.TargetName, named); ok {
		s.Level = level
		col.add(s)
		return true
	}
	label := strings.TrimSpace(a.TargetName)
	if label == "" {
		label = strings.TrimSpace(a.TargetCode)
	}
	if key != "" && !strings.HasPrefix(key, "esco:occupation/") {
		// The URL's form says which framework's concept it is, though that
		// framework is not loaded: its identity is exact, its label is the badge's.
		id := canonical(key, a.TargetURL)
		if label == "" {
			label = id
		}
		col.add(Skill{ID: id, Label: label, Framework: byURL, Basis: BasisURI, Level: level})
		return true
	}
	if label == "" {
		return false
	}
	if named == "" {
		named = strings.TrimSpace(a.TargetFramework)
	}
	col.add(Skill{Label: label, Framework: named, Basis: BasisUnmapped, Level: level})
	return true
}

// association takes a CLR association that ties the achievement to a concept:
// the achievement is the same as it, below it, or a part of it (CLR 2.0
// AssociationType).
func (col *collector) association(a *verdict.Association, c *verdict.Credential) {
	var target string
	switch a.Type {
	case "exactMatchOf":
		target = a.Target
		if a.Target == c.AchievementID {
			target = a.Source
		}
	case "isChildOf", "isPartOf":
		if a.Target != c.AchievementID {
			target = a.Target
		}
	case "isParentOf":
		if a.Source != c.AchievementID {
			target = a.Source
		}
	}
	if target == "" {
		return
	}
	if i, _, _, ok := col.t.lookup(target); ok && col.t.concepts[i].kind != kindOccupation {
		col.add(col.t.skill(i, BasisURI, ""))
	}
}

// text takes a tag.
func (col *collector) text(tag, level string) {
	tag = strings.TrimSpace(tag)
	if tag == "" {
		return
	}
	if i, _, _, ok := col.t.lookup(tag); ok {
		col.add(col.t.skill(i, BasisURI, level))
		return
	}
	if s, ok := col.t.byName(tag, ""); ok {
		s.Level = level
		col.add(s)
		return
	}
	if len(tag) > 200 || strings.Contains(tag, "://") {
		return
	}
	col.add(Skill{Label: tag, Basis: BasisUnmapped, Level: level})
}

// name takes the achievement's own name. It is a skill when a framework knows
// it, when the achievement says that it is one (achievementType Competency), or
// when nothing else was said, so that nothing is lost.
func (col *collector) name(c *verdict.Credential) {
	base, level := levelInName(c.Name)
	if strings.TrimSpace(base) == "" {
		return
	}
	if strings.EqualFold(c.AchievementType, "Competency") {
		if i, _, _, ok := col.t.lookup(c.AchievementID); ok {
			col.add(col.t.skill(i, BasisURI, level))
			return
		}
	}
	if s, ok := col.t.byName(c.Name, ""); ok {
		col.add(s)
		return
	}
	if s, ok := col.t.byName(base, ""); ok {
		s.Level = level
		col.add(s)
		return
	}
	if trimmed := trimBadgeWords(base); trimmed != base {
		if s, ok := col.t.byName(trimmed, ""); ok {
			s.Level = level
			col.add(s)
			return
		}
	}
	if strings.EqualFold(c.AchievementType, "Competency") || len(col.all()) == 0 {
		col.add(Skill{Label: strings.TrimSpace(base), Basis: BasisUnmapped, Level: level})
	}
}

// trimBadgeWords takes off what names of badges say about being badges.
func trimBadgeWords(name string) string {
	for {
		before := name
		for _, w := range []string{" certificate", " certification", " badge", " certified", " course", " training", " award", " micro-credential", " credential", " qualification"} {
			if n := len(name) - len(w); n > 0 && strings.EqualFold(name[n:], w) {
				name = name[:n]
			}
		}
		for _, w := range []string{"certificate in ", "certified in ", "certificate of ", "award in ", "introduction to ", "intro to ", "diploma in ", "badge: ", "certified ", "foundations of ", "fundamentals of "} {
			if len(name) > len(w) && strings.EqualFold(name[:len(w)], w) {
				name = name[len(w):]
			}
		}
		if name == before {
			return strings.TrimSpace(name)
		}
	}
}

// skill makes the Skill of a concept.
func (t *Taxonomy) skill(i int32, b Basis, level string) Skill {
	c := &t.concepts[i]
	return Skill{ID: c.id, Label: c.label, Framework: c.framework, Basis: b, Level: level, Soft: c.soft, Ancestors: c.ancestors, Domain: c.domain}
}

// byName looks a name up. Inside a named framework its labels count as label;
// a curated alias counts as alias; elsewhere a label that one concept alone has
// counts as text. A preferred label of ESCO goes before another's alias.
func (t *Taxonomy) byName(name, framework string) (Skill, bool) {
	if len(name) == 0 || len(name) > 200 {
		return Skill{}, false
	}
	var buf [256]byte
	k := appendFolded(buf[:0], name)
	if len(k) == 0 {
		return Skill{}, false
	}
	first, ok := t.names[string(k)]
	if !ok {
		return Skill{}, false
	}
	if framework != "" {
		if i, ok := t.pick(first, nameAlt, framework); ok {
			return t.skill(i, BasisLabel, ""), true
		}
	}
	label, isLabel := t.pick(first, nameLabel, "")
	alias, isAlias := t.pickAlias(first)
	// A product that O*NET lists does not take a curated name from an ESCO skill.
	if isLabel && !(isAlias && t.concepts[label].framework != ESCO && t.concepts[alias].framework == ESCO) {
		return t.skill(t.esco(label), BasisText, ""), true
	}
	if isAlias {
		return t.skill(t.esco(alias), BasisAlias, ""), true
	}
	if i, ok := t.pick(first, nameAlt, ""); ok {
		return t.skill(t.esco(i), BasisText, ""), true
	}
	return Skill{}, false
}

// esco gives the ESCO equal of a concept that was recognised by words alone, so
// that one skill does not go by two names.
func (t *Taxonomy) esco(i int32) int32 {
	if c := &t.concepts[i]; c.framework != ESCO && c.same >= 0 && t.concepts[c.same].framework == ESCO {
		return c.same
	}
	return i
}

// pick gives the one concept among the entries whose name is of a kind up to
// worst: preferred labels before alternative ones, skills before groups, ESCO
// before its equal elsewhere. More than one left is nobody's.
func (t *Taxonomy) pick(first int32, worst nameKind, framework string) (int32, bool) {
	for kind := nameLabel; kind <= worst; kind <<= 1 {
		best, rank, tied := int32(-1), 0, false
		for e := first; e >= 0; e = t.entries[e].next {
			n := &t.entries[e]
			c := &t.concepts[n.concept]
			if n.kind&kind == 0 || c.kind == kindOccupation || framework != "" && c.framework != framework {
				continue
			}
			r := 1
			switch {
			case c.kind == kindGroup:
			case c.framework == ESCO:
				r = 3
			default:
				r = 2
			}
			switch {
			case r > rank:
				best, rank, tied = n.concept, r, false
			case r == rank && !(c.kind == kindGroup && t.below(n.concept, best)):
				tied = true
			}
		}
		if best >= 0 && !tied {
			return best, true
		}
	}
	return 0, false
}

// below reports whether group a lies below group b: ISCED-F repeats a label
// from level to level, and the broadest stands for all.
func (t *Taxonomy) below(a, b int32) bool {
	for _, id := range t.concepts[a].ancestors {
		if id == t.concepts[b].id {
			return true
		}
	}
	return false
}

func (t *Taxonomy) pickAlias(first int32) (int32, bool) {
	for e := first; e >= 0; e = t.entries[e].next {
		if t.entries[e].kind&nameAlias != 0 {
			return t.entries[e].concept, true
		}
	}
	return 0, false
}

// frameworkName gives the name by which t knows a framework that a badge names
// in its own way.
func frameworkName(s string) string {
	if s == "" || len(s) > 200 {
		return ""
	}
	var buf [256]byte
	f := appendFolded(buf[:0], s)
	switch {
	case contains(f, "esco") || contains(f, "european skill competence"):
		return ESCO
	case contains(f, "o net") || contains(f, "onet"):
		return ONET
	case contains(f, "lightcast") || contains(f, "emsi"):
		return Lightcast
	}
	return strings.TrimSpace(s)
}

// contains reports whether the words of w stand in f as whole words.
func contains(f []byte, w string) bool {
	s := string(f) // does not escape
	for at := 0; ; {
		i := strings.Index(s[at:], w)
		if i < 0 {
			return false
		}
		i += at
		end := i + len(w)
		if (i == 0 || s[i-1] == ' ') && (end == len(s) || s[end] == ' ') {
			return true
		}
		at = i + 1
	}
}
