package skills

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Identifiers of ESCO's concepts.
const (
	escoBase  = "http://data.europa.eu/esco/"
	escoSkill = escoBase + "skill/"
)

// escoIdentifier reads the URI of a concept, also where the portals name it in
// ?uri=, escaped or not.
func escoIdentifier(u address) (kind, id string) {
	if !hostIs(u.host, "europa.eu") {
		return "", ""
	}
	path := u.path
	if in, ok := cutScheme(param(u.query, "uri")); ok {
		if h, p, ok := strings.Cut(in, "/"); ok && strings.EqualFold(h, "data.europa.eu") {
			path = "/" + strings.TrimRight(p, "/")
		}
	}
	_, p, ok := strings.Cut(path, "esco/")
	if !ok || !strings.HasPrefix(p, "skill/") && !strings.HasPrefix(p, "isced-f/") && !strings.HasPrefix(p, "occupation/") {
		return "", ""
	}
	return "esco", strings.TrimPrefix(p, "skill/")
}

// escoCode reads a skill's UUID, or a group's code.
func escoCode(code string) (codeForm, string) {
	switch {
	case isUUID(code):
		return codeConcept, escoSkill + code
	case isGroupCode(code):
		return codeConcept, ""
	}
	return codeAny, ""
}

// isGroupCode reports whether s has the form of an ESCO group's code: T4.1,
// S1.12.3, L1, 0613.
func isGroupCode(s string) bool {
	if s == "" || len(s) > 8 {
		return false
	}
	if strings.IndexByte("STLKstlk", s[0]) >= 0 {
		s = s[1:]
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '.' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// escoID gives an ESCO URI in the short form of prepared files.
func escoID(uri string) (string, bool) {
	uri = strings.TrimSpace(uri)
	if rest, ok := strings.CutPrefix(uri, "https://"); ok {
		uri = "http://" + rest
	}
	if s, ok := strings.CutPrefix(uri, escoSkill); ok {
		return s, s != ""
	}
	s, ok := strings.CutPrefix(uri, escoBase)
	return s, ok && s != ""
}

// splitAny splits a cell that lists values by line breaks or bars.
func splitAny(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' || r == '|' })
}

// inLanguage is how ESCO's files say the language of their labels.
var inLanguage = regexp.MustCompile(`_([a-z]{2,3}(?:-[a-z]+)?)\.(?:csv|jsonl)$`)

func languageOf(file string) string {
	if m := inLanguage.FindStringSubmatch(strings.ToLower(file)); m != nil {
		return m[1]
	}
	return ""
}

// ordered lists files of a pattern: those of the wanted language first, and
// those that name none with them.
func (im *importer) ordered(patterns ...string) ([]string, error) {
	names, err := im.list(patterns...)
	slices.SortStableFunc(names, func(a, b string) int { return im.foreign(a) - im.foreign(b) })
	return names, err
}

func (im *importer) foreign(file string) int {
	if l := languageOf(file); l != "" && l != im.Language {
		return 1
	}
	return 0
}

// call takes a preferred label: the row's when it is of the wanted language,
// else one more name.
func (im *importer) call(x *row, file, label string) {
	switch {
	case im.foreign(file) == 0:
		if label != "" {
			x.label = im.label(label)
		}
	case label != "":
		if x.other == "" {
			x.other = im.label(label)
		}
		im.addForeign(x, label)
	}
}

// escoImport is an import of ESCO's files.
type escoImport struct {
	*importer
	file string // in hand
	lost int    // relations of what no file has
}

// escoFile is a kind of file of ESCO's download: its names, its columns, and what
// is done with each line of it.
type escoFile struct {
	patterns []string
	want     []string
	ragged   bool
	each     func(*escoImport, *record) error
	missing  string // what is said when there is no such file; %s is the language
}

// escoFiles are read in this order: groups before what stands in them, concepts
// before their relations.
var escoFiles = []escoFile{
	{patterns: []string{"skillgroups_*.csv"}, want: []string{"conceptUri", "preferredLabel"}, each: escoConcept("group")},
	{patterns: []string{"esco*.jsonl"}},
	{patterns: []string{"skillshierarchy_*.csv"}, want: []string{"Level 0 URI", "Level 0 preferred term"}, ragged: true, each: (*escoImport).hierarchy},
	{patterns: []string{"skills_*.csv"}, want: []string{"conceptUri", "preferredLabel"}, each: escoConcept("skill")},
	{patterns: []string{"*skillscollection_*.csv"}, want: []string{"conceptUri", "preferredLabel"}, each: escoConcept("skill")},
	{patterns: []string{"broaderrelationsskillpillar*.csv"}, want: []string{"conceptUri", "broaderUri"}, each: (*escoImport).broader},
	{patterns: []string{"occupations_*.csv"}, want: []string{"conceptUri", "preferredLabel"}, each: escoConcept("occupation"),
		missing: "no occupations_%s.csv: what an occupation needs is not known"},
	{patterns: []string{"occupationskillrelations*.csv"}, want: []string{"occupationUri", "relationType", "skillUri"}, each: (*escoImport).need,
		missing: "no occupationSkillRelations_%s.csv: no occupation says what it needs"},
}

// esco reads the official download, one language or several, or JSON lines made
// from it.
func (im *importer) esco() error {
	im.attribution = []string{AttributionESCO}
	if err := im.escoIsThere(); err != nil {
		return err
	}
	x := &escoImport{importer: im}
	missing := ""
	for _, f := range escoFiles {
		names, err := im.ordered(f.patterns...)
		if err != nil {
			return err
		}
		for _, x.file = range names {
			if f.each == nil {
				err = im.escoLines(x.file)
			} else {
				err = im.csv(x.file, table{want: f.want, ragged: f.ragged, each: func(r *record) error { return f.each(x, r) }})
			}
			if err != nil {
				return err
			}
		}
		if len(names) == 0 && f.missing != "" && missing == "" { // one file that is missing is enough
			missing = fmt.Sprintf(f.missing, im.Language)
			im.warn("%s", missing)
		}
	}
	if im.err == nil {
		x.lacks()
	}
	return nil
}

// escoIsThere refuses a folder without the skills: one of collections and
// occupations holds enough to look like ESCO and too little to be it.
func (im *importer) escoIsThere() error {
	main, err := im.ordered("skills_*.csv", "esco*.jsonl")
	switch {
	case err != nil:
		return err
	case slices.ContainsFunc(main, func(n string) bool { return im.foreign(n) == 0 }):
		return nil
	case len(main) > 0:
		return fmt.Errorf("%w: no skills_%s.csv, but %s: is --language %s meant?", ErrFormat, im.Language, strings.Join(main, ", "), languageOf(main[0]))
	}
	return fmt.Errorf("%w: no skills_%s.csv (or esco*.jsonl) in the folder: it is the file of ESCO's download that has the skills", ErrFormat, im.Language)
}

// lacks warns of what cannot be done with what was read.
func (x *escoImport) lacks() {
	groups, below := 0, 0
	for _, r := range x.rows {
		if r.kind == "group" {
			groups++
		}
		if r.kind == "skill" && len(r.broader) > 0 {
			below++
		}
	}
	if groups == 0 {
		x.warn("no skillGroups_%s.csv and no skillsHierarchy_%s.csv: no groups, and no soft skills of hiring beyond the built-in ones", x.Language, x.Language)
	}
	if below == 0 {
		x.warn("no broaderRelationsSkillPillar_%s.csv: the skills have no hierarchy, and a search for a group does not find what lies below it", x.Language)
	}
	if x.lost > 0 {
		x.warn("%d relations speak of concepts that no file has: a file is missing, cut short, or of another version", x.lost)
	}
}

// id reads a column that must hold an ESCO URI.
func (x *escoImport) id(r *record, column string) (string, error) {
	value := r.get(strings.ToLower(column))
	s, ok := escoID(value)
	if !ok {
		return "", broken(r.place, "%s is %q; want an ESCO URI", column, cut(value, 80))
	}
	return s, nil
}

// escoConcept takes a line that is a concept.
func escoConcept(kind string) func(*escoImport, *record) error {
	return func(x *escoImport, r *record) error {
		id, err := x.id(r, "conceptUri")
		if err != nil {
			return err
		}
		if kind == "occupation" {
			id = escoBase + id
		}
		c := x.get(kind, id)
		x.call(c, x.file, r.get("preferredlabel"))
		if code := r.get("code"); code != "" && kind != "skill" {
			c.code = x.keep(code)
		}
		add := x.addNames
		if x.foreign(x.file) > 0 {
			add = x.addForeign
		}
		add(c, splitAny(r.get("altlabels"))...)
		add(c, splitAny(r.get("hiddenlabels"))...)
		for _, b := range splitAny(r.get("broaderconcepturi")) {
			if s, ok := escoID(b); ok {
				c.broader = x.link(c.broader, s)
			}
		}
		return nil
	}
}

// broader takes a line that says what a skill stands below.
func (x *escoImport) broader(r *record) error {
	id, err := x.id(r, "conceptUri")
	if err != nil {
		return err
	}
	b, err := x.id(r, "broaderUri")
	if err != nil {
		return err
	}
	if c := x.rows[id]; c != nil && x.rows[b] != nil {
		c.broader = x.link(c.broader, b)
	} else {
		x.lost++
	}
	return nil
}

// need takes a line that says what an occupation needs.
func (x *escoImport) need(r *record) error {
	o, err := x.id(r, "occupationUri")
	if err != nil {
		return err
	}
	s, err := x.id(r, "skillUri")
	if err != nil {
		return err
	}
	c := x.rows[escoBase+o]
	if c == nil || x.rows[s] == nil {
		x.lost++
		return nil
	}
	need := r.get("skilluri")
	if r.get("relationtype") == "essential" {
		need = "!" + need
	}
	c.needs = x.link(c.needs, need)
	return nil
}

// hierarchy takes a line of skillsHierarchy: the way from a pillar down to one
// group.
func (x *escoImport) hierarchy(r *record) error {
	above := ""
	for level := 0; ; level++ {
		column := fmt.Sprintf("level %d ", level)
		uri := r.get(column + "uri")
		if uri == "" {
			if level == 0 {
				return broken(r.place, "no Level 0 URI")
			}
			return nil
		}
		id, ok := escoID(uri)
		if !ok {
			return broken(r.place, "Level %d URI is %q; want an ESCO URI", level, cut(uri, 80))
		}
		c := x.rows[id]
		known := c != nil
		if !known {
			c = x.get("group", id)
		}
		if !known || c.label == "" {
			x.call(c, x.file, r.get(column+"preferred term"))
		}
		if code := r.get(column + "code"); code != "" && c.code == "" {
			c.code = x.keep(code)
		}
		if above != "" && !slices.Contains(c.broader, above) {
			c.broader = x.link(c.broader, above)
		}
		above = id
	}
}

// escoLines reads JSON lines with uri, label, alt, broader, code.
func (im *importer) escoLines(name string) error {
	return im.lines(name, func(n int, line string) error {
		place := fmt.Sprintf("%s:%d", name, n)
		if strings.TrimSpace(line) == "" {
			return nil
		}
		var c struct {
			URI, Code, Label string
			Alt, Broader     []string
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			return broken(place, "%w; want an object with uri, label, alt, broader, code", err)
		}
		id, ok := escoID(c.URI)
		if !ok || strings.TrimSpace(c.Label) == "" {
			return broken(place, "uri is %q and label %q; want an ESCO URI and a label", cut(c.URI, 80), cut(c.Label, 80))
		}
		kind := "skill"
		if c.Code != "" || strings.HasPrefix(id, "isced-f/") {
			kind = "group"
		}
		x := im.get(kind, id)
		im.call(x, name, c.Label)
		x.code = im.keep(c.Code)
		if im.foreign(name) > 0 {
			im.addForeign(x, c.Alt...)
		} else {
			im.addNames(x, c.Alt...)
		}
		for _, b := range c.Broader {
			s, ok := escoID(b)
			if !ok {
				return broken(place, "broader is %q; want an ESCO URI", cut(b, 80))
			}
			x.broader = im.link(x.broader, s)
		}
		if im.err != nil {
			return broken(place, "%w", im.err)
		}
		return nil
	})
}
