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
		im.addNames(x, label)
	}
}

// esco reads the official download, one language or several, or JSON lines made
// from it. Skills must be there: a folder of collections and occupations holds
// enough to look like ESCO and too little to be it.
func (im *importer) esco() error {
	im.attribution = []string{AttributionESCO}
	skills, err := im.ordered("skills_*.csv")
	if err != nil {
		return err
	}
	jsonLines, err := im.ordered("esco*.jsonl")
	if err != nil {
		return err
	}
	main := append(slices.Clone(skills), jsonLines...)
	if !slices.ContainsFunc(main, func(n string) bool { return im.foreign(n) == 0 }) {
		if len(main) > 0 {
			return fmt.Errorf("%w: no skills_%s.csv, but %s: is --language %s meant?", ErrFormat, im.Language, strings.Join(main, ", "), languageOf(main[0]))
		}
		return fmt.Errorf("%w: no skills_%s.csv (or esco*.jsonl) in the folder: it is the file of ESCO's download that has the skills", ErrFormat, im.Language)
	}
	lost := 0 // relations of what no file has
	id := func(r *record, column string) (string, error) {
		s, ok := escoID(r.get(strings.ToLower(column)))
		if !ok {
			return "", broken(r.place, "%s is %q; want an ESCO URI", column, cut(r.get(strings.ToLower(column)), 80))
		}
		return s, nil
	}
	var file string
	concept := func(kind string) func(r *record) error {
		return func(r *record) error {
			k, err := id(r, "conceptUri")
			if err != nil {
				return err
			}
			if kind == "occupation" {
				k = escoBase + k
			}
			x := im.get(kind, k)
			im.call(x, file, r.get("preferredlabel"))
			if c := r.get("code"); c != "" && kind != "skill" {
				x.code = im.keep(c)
			}
			im.addNames(x, splitAny(r.get("altlabels"))...)
			im.addNames(x, splitAny(r.get("hiddenlabels"))...)
			for _, b := range splitAny(r.get("broaderconcepturi")) {
				if s, ok := escoID(b); ok {
					x.broader = im.link(x.broader, s)
				}
			}
			return nil
		}
	}
	steps := []struct {
		missing  string // what is said when there is no such file
		patterns []string
		table
	}{
		{"", []string{"skillgroups_*.csv"}, table{want: []string{"conceptUri", "preferredLabel"}, each: concept("group")}},
		{"", []string{"skillshierarchy_*.csv"}, table{want: []string{"Level 0 URI", "Level 0 preferred term"}, ragged: true, each: func(r *record) error { return im.hierarchy(file, r) }}},
		{"", []string{"skills_*.csv"}, table{want: []string{"conceptUri", "preferredLabel"}, each: concept("skill")}},
		{"", []string{"*skillscollection_*.csv"}, table{want: []string{"conceptUri", "preferredLabel"}, each: concept("skill")}},
		{"", []string{"broaderrelationsskillpillar*.csv"}, table{want: []string{"conceptUri", "broaderUri"}, each: func(r *record) error {
			k, err := id(r, "conceptUri")
			if err != nil {
				return err
			}
			b, err := id(r, "broaderUri")
			if err != nil {
				return err
			}
			if x := im.rows[k]; x != nil && im.rows[b] != nil {
				x.broader = im.link(x.broader, b)
			} else {
				lost++
			}
			return nil
		}}},
		{"no occupations_" + im.Language + ".csv: what an occupation needs is not known", []string{"occupations_*.csv"}, table{want: []string{"conceptUri", "preferredLabel"}, each: concept("occupation")}},
		{"no occupationSkillRelations_" + im.Language + ".csv: no occupation says what it needs", []string{"occupationskillrelations*.csv"}, table{want: []string{"occupationUri", "relationType", "skillUri"}, each: func(r *record) error {
			o, err := id(r, "occupationUri")
			if err != nil {
				return err
			}
			s, err := id(r, "skillUri")
			if err != nil {
				return err
			}
			x := im.rows[escoBase+o]
			if x == nil || im.rows[s] == nil {
				lost++
				return nil
			}
			need := r.get("skilluri")
			if r.get("relationtype") == "essential" {
				need = "!" + need
			}
			x.needs = im.link(x.needs, need)
			return nil
		}}},
	}
	for i, step := range steps {
		names, err := im.ordered(step.patterns...)
		if err != nil {
			return err
		}
		for _, file = range names {
			if err := im.csv(file, step.table); err != nil {
				return err
			}
		}
		if len(names) == 0 && step.missing != "" && !slices.Contains(im.report.Warnings, steps[i-1].missing) {
			im.warn("%s", step.missing)
		}
		if i > 0 {
			continue
		}
		for _, n := range jsonLines {
			if err := im.escoLines(n); err != nil {
				return err
			}
		}
	}
	if im.err != nil {
		return nil
	}
	groups, below := 0, 0
	for _, x := range im.rows {
		if x.kind == "group" {
			groups++
		}
		if x.kind == "skill" && len(x.broader) > 0 {
			below++
		}
	}
	if groups == 0 {
		im.warn("no skillGroups_%s.csv and no skillsHierarchy_%s.csv: no groups, and no soft skills of hiring beyond the built-in ones", im.Language, im.Language)
	}
	if below == 0 {
		im.warn("no broaderRelationsSkillPillar_%s.csv: the skills have no hierarchy, and a search for a group does not find what lies below it", im.Language)
	}
	if lost > 0 {
		im.warn("%d relations speak of concepts that no file has: a file is missing, cut short, or of another version", lost)
	}
	return nil
}

// hierarchy takes a line of skillsHierarchy: the way from a pillar down to one
// group.
func (im *importer) hierarchy(file string, r *record) error {
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
		x := im.rows[id]
		known := x != nil
		if !known {
			x = im.get("group", id)
		}
		if !known || x.label == "" {
			im.call(x, file, r.get(column+"preferred term"))
		}
		if c := r.get(column + "code"); c != "" && x.code == "" {
			x.code = im.keep(c)
		}
		if above != "" && !slices.Contains(x.broader, above) {
			x.broader = im.link(x.broader, above)
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
		im.addNames(x, c.Alt...)
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
