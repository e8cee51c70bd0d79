package skills

import (
	"fmt"
	"slices"
	"strings"
)

// Identifiers of O*NET's elements, technologies and occupations.
const (
	onetElem = "https://www.onetonline.org/find/descriptor/result/"
	onetTech = "https://www.onetonline.org/search/tech/example?e="
	onetOcc  = "https://www.onetonline.org/link/summary/"
)

// onetIdentifier reads the id of an element, the code of an occupation, or the
// name of a technology.
func onetIdentifier(u address) (kind, id string) {
	if !hostIs(u.host, "onetonline.org") && !hostIs(u.host, "onetcenter.org") {
		return "", ""
	}
	if strings.HasPrefix(u.path, "/search/tech") {
		if e := param(u.query, "e"); e != "" {
			return "tech", e
		}
	}
	switch id := u.segment(func(s string) bool { return isElement(s) || isSOC(s) }); {
	case isSOC(id):
		return "soc", id
	case id != "":
		return "onet", id
	}
	return "", ""
}

// onetCode reads the code of an element or of an occupation.
func onetCode(code string) (codeForm, string) {
	switch {
	case isSOC(code):
		return codeOccupation, ""
	case isElement(code):
		return codeConcept, ""
	}
	return codeAny, ""
}

// isElement reports whether s is an O*NET element id: 2.A.1.b, 1.C.6, 2.C.10.
func isElement(s string) bool {
	if len(s) < 5 || len(s) > 16 || s[0] < '1' || s[0] > '6' || s[1] != '.' || s[2] < 'A' || s[2] > 'J' || s[3] != '.' {
		return false
	}
	for part := range strings.SplitSeq(s[4:], ".") {
		if part == "" || len(part) > 2 {
			return false
		}
		for i := 0; i < len(part); i++ {
			if c := part[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' && len(part) == 1) {
				return false
			}
		}
	}
	return true
}

// isSOC reports whether s is the code of an O*NET occupation: 15-1252 or
// 15-1252.00.
func isSOC(s string) bool {
	if len(s) != 7 && len(s) != 10 {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case i == 2 && c == '-', i == 7 && c == '.':
		case i == 2, i == 7, c < '0', c > '9':
			return false
		}
	}
	return true
}

// branch is a part of O*NET's content model that a badge can speak of. The rest
// describes work, or, as abilities (1.A) do, what nobody is taught.
type branch struct {
	id, domain string
	word       string // in the branch's own name, where the content model is there to say
}

// Work styles moved in releases 30.x, so their branch is known by its name.
var branches = []branch{
	{"2.A", "skills", "skill"}, {"2.B", "skills", "skill"}, {"2.C", "knowledge", "knowledge"},
	{"1.C", "work styles", "work style"}, {"1.D", "work styles", "work style"},
}

// onetImport is an import of O*NET's files.
type onetImport struct {
	*importer
	outline map[string]string // id of an element → name, headings too
}

// onetFile is a kind of file of O*NET's download.
type onetFile struct {
	patterns []string
	want     []string
	each     func(*onetImport, *record) error
}

// rated are the files that rate elements for occupations, and name them.
var rated = []string{"skills.txt", "essential skills.txt", "transferable skills.txt", "knowledge.txt"}

// onetFiles are read in this order: concepts before what needs them.
var onetFiles = []onetFile{
	{append([]string{"content model reference.txt", "onet_elements.tsv", "work styles.txt"}, rated...), []string{"Element ID|element_id", "Element Name|name"}, (*onetImport).element},
	{[]string{"occupation data.txt"}, []string{"O*NET-SOC Code", "Title"}, (*onetImport).occupation},
	{[]string{"technology skills.txt", "software skills.txt"}, []string{"O*NET-SOC Code", "Example|Workplace Example"}, (*onetImport).used},
	{[]string{"onet_technologies.tsv"}, []string{"name"}, func(x *onetImport, r *record) error {
		return x.technology(r, r.get("name"), r.get("unspsc_code"), r.get("unspsc_title"))
	}},
	{rated, []string{"O*NET-SOC Code", "Element ID", "Scale ID", "Data Value"}, (*onetImport).rating},
}

// onet reads the official text files.
func (im *importer) onet() error {
	im.attribution = []string{AttributionONET(im.Version)}
	x := &onetImport{im, map[string]string{}}
	for i, f := range onetFiles {
		names, err := im.list(f.patterns...)
		if err != nil {
			return err
		}
		for _, n := range names {
			// Skills.txt stands for ratings too; it is counted once.
			again := slices.Contains(im.report.Files, n)
			if err := im.tabs(n, table{want: f.want, each: func(r *record) error { return f.each(x, r) }}); err != nil {
				return err
			}
			if again {
				im.report.Files = im.report.Files[:len(im.report.Files)-1]
			}
		}
		if i == 0 {
			im.elements(x.outline)
		}
	}
	return im.onetLacks()
}

// onetLacks warns of what cannot be done with what was read.
func (im *importer) onetLacks() error {
	count := map[string]int{}
	for _, x := range im.rows {
		count[x.kind]++
	}
	if count["element"]+count["technology"] == 0 {
		return fmt.Errorf("%w: none of O*NET's files of skills is in the folder: Content Model Reference.txt, Skills.txt, Essential Skills.txt, Transferable Skills.txt, Knowledge.txt, Work Styles.txt, Technology Skills.txt, Software Skills.txt", ErrFormat)
	}
	if count["element"] == 0 {
		im.warn("no Content Model Reference.txt, nor Skills.txt, Knowledge.txt, Work Styles.txt: technologies only, no skills, knowledge or work styles")
	}
	if count["technology"] == 0 {
		im.warn("no Technology Skills.txt: no technologies")
	}
	if count["occupation"] == 0 {
		im.warn("no Occupation Data.txt: what an occupation needs is not known")
	}
	return nil
}

// element takes a line that names an element of a branch that can be spoken of.
func (x *onetImport) element(r *record) error {
	id, name := r.get("element id", "element_id"), r.get("element name", "name")
	if id == "" || name == "" {
		return broken(r.place, "element %q is called %q; want an id and a name", cut(id, 40), cut(name, 40))
	}
	for _, b := range branches {
		if id != b.id && !strings.HasPrefix(id, b.id+".") {
			continue
		}
		if _, known := x.outline[id]; known {
			continue
		}
		if len(x.outline) >= x.max.items {
			x.over("more than %d concepts", x.max.items)
			return nil
		}
		x.outline[x.keep(id)] = x.label(name)
	}
	return nil
}

// occupation takes a line that names an occupation.
func (x *onetImport) occupation(r *record) error {
	soc, title := r.get("o*net-soc code"), r.get("title")
	if soc == "" || title == "" {
		return broken(r.place, "occupation %q is called %q; want a code and a title", cut(soc, 40), cut(title, 40))
	}
	c := x.get("occupation", onetOcc+soc)
	c.code, c.label = x.keep(soc), x.label(title)
	return nil
}

func (x *onetImport) technology(r *record, name, code, title string) error {
	if name == "" {
		return broken(r.place, "no name of a technology")
	}
	c := x.get("technology", name)
	if c.label == "" {
		c.code, c.label, c.broader = x.keep(code), x.label(name), []string{x.keep(title)}
	}
	return nil
}

// used takes a line that says that an occupation uses a technology.
func (x *onetImport) used(r *record) error {
	name := r.get("example", "workplace example")
	if err := x.technology(r, name, r.get("commodity code"), r.get("commodity title")); err != nil {
		return err
	}
	c := x.rows[onetOcc+r.get("o*net-soc code")]
	if c == nil || r.get("hot technology") != "Y" {
		return nil
	}
	need := onetTech + queryEscape(name)
	if r.get("in demand") == "Y" {
		need = "!" + need
	}
	c.needs = x.link(c.needs, need)
	return nil
}

// rating takes a line that says how important an element is to an occupation
// (scale IM, 1 to 5): 4 and above is required, 3 and above wished.
func (x *onetImport) rating(r *record) error {
	c := x.rows[onetOcc+r.get("o*net-soc code")]
	if c == nil || r.get("scale id") != "IM" {
		return nil
	}
	switch id, v := onetElem+r.get("element id"), r.get("data value"); {
	case v == "":
	case v[0] == '4' || v[0] == '5':
		c.needs = x.link(c.needs, "!"+id)
	case v[0] == '3':
		c.needs = x.link(c.needs, id)
	}
	return nil
}

// elements makes skills of the leaves of the outline. A heading ("Content",
// "Social Skills") is no skill: it is left out, for a group of a prepared file
// answers to its name like a skill, and nothing could be placed below it.
func (im *importer) elements(outline map[string]string) {
	heading := map[string]bool{}
	for id := range outline {
		for i := strings.LastIndexByte(id, '.'); i > 0; i = strings.LastIndexByte(id[:i], '.') {
			heading[id[:i]] = true
		}
	}
	for _, b := range branches {
		if name, ok := outline[b.id]; ok && !strings.Contains(strings.ToLower(name), b.word) {
			continue
		}
		for id, name := range outline {
			if strings.HasPrefix(id, b.id+".") && isElement(id) && !heading[id] {
				x := im.get("element", id)
				x.code, x.label, x.broader = x.id, name, []string{b.domain}
			}
		}
	}
}
