package skills

import (
	"bufio"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// ErrFormat is wrapped by every error about a file that is not what it should
// be.
var ErrFormat = errors.New("bad file")

// FileError says what is wrong with a prepared file. It wraps ErrFormat.
type FileError struct {
	File    string // its name without the folder, "" where it is not known
	Line    int    // 1-based
	Problem string
}

// Error says it in one line.
func (e *FileError) Error() string {
	if e.File == "" {
		return fmt.Sprintf("%v: line %d: %s", ErrFormat, e.Line, e.Problem)
	}
	return fmt.Sprintf("%v: %q: line %d: %s", ErrFormat, e.File, e.Line, e.Problem)
}

// Unwrap gives ErrFormat.
func (e *FileError) Unwrap() error { return ErrFormat }

// inFile names the file in an error about it.
func inFile(path string, err error) error {
	if e := (*FileError)(nil); errors.As(err, &e) {
		return &FileError{filepath.Base(path), e.Line, e.Problem}
	}
	return err
}

//go:embed core.tsv
var coreFile string

// Version names a framework that a Taxonomy holds.
type Version struct {
	Framework   string `json:"framework"`
	Version     string `json:"version"`
	Concepts    int    `json:"concepts"`
	Attribution string `json:"attribution,omitempty"` // to be shown where the data is used
}

// Taxonomy is a set of frameworks, ready for look-ups. Immutable; safe for
// concurrent use. Make one with Builtin or Open.
type Taxonomy struct {
	concepts   []concept
	byKey      map[string]int32  // appendKey of the id
	codes      map[string]int32  // framework ":" code
	names      map[string]int32  // folded name → first of its entries
	frameworks map[string]string // folded name → name of a loaded framework
	entries    []nameEntry
	softs      []soft
	kins       map[int32][]kin
	wordKins   map[string][]kin // by folded words that are no skill's name
	above      []Above          // of each concept
	native     int              // entries before this one are names in the language of the frameworks; those behind it are foreign
	versions   []Version

	phrases      map[string]phrase // folded name of a concept of the core → the concept
	certificates map[string]phrase // folded name of a certificate → its row of the table
	starts       map[string]starts // first words of both
	proven       [][]int32         // of each row, the concepts that it shows

	vocabulary func() map[string]int32 // folded words of all names, for typing errors
	prefixes   func() []prefix         // sorted, for suggestions
}

type conceptKind uint8

const (
	kindSkill conceptKind = iota
	kindGroup
	kindElement
	kindTechnology
	kindOccupation
	kindConcept
)

var kindNames = map[string]conceptKind{
	"skill": kindSkill, "group": kindGroup, "element": kindElement,
	"technology": kindTechnology, "occupation": kindOccupation, "concept": kindConcept,
}

type concept struct {
	id, code, label, framework, soft, domain string
	names                                    []string // alternative labels and aliases, as written
	foreign                                  []string // names in other languages than the framework was imported in
	ancestors                                []string
	broader, narrower                        []int32 // as the framework has them
	near                                     []int32 // concepts that a search for this one means too: curated here
	same                                     int32   // the same concept in another framework, -1 = none
	kind                                     conceptKind
	pillars                                  pillars
	core                                     bool // one that applicants often show
	curated                                  bool // the core itself says which soft skill it belongs to
	needs                                    string
}

// pillars are the parts of ESCO that a concept's own groups lie in; 0 outside
// ESCO.
type pillars uint8

const (
	pillarSkills pillars = 1 << iota
	pillarTransversal
	pillarLanguages
	pillarKnowledge
)

func pillarOf(code string) pillars {
	if code == "" {
		return 0
	}
	switch c := code[0]; {
	case c == 'S':
		return pillarSkills
	case c == 'T':
		return pillarTransversal
	case c == 'L':
		return pillarLanguages
	case c == 'K', c >= '0' && c <= '9':
		return pillarKnowledge
	}
	return 0
}

// proves reports whether having skill i shows its broader concept b. ESCO ties
// skills across its pillars where one needs the other (who fells trees must
// make decisions): that is no kind of it, and nobody's proof.
func (t *Taxonomy) proves(i, b int32) bool {
	x, y := &t.concepts[i], &t.concepts[b]
	return y.kind == kindGroup || x.pillars == 0 || y.pillars == 0 || x.pillars&y.pillars != 0
}

// nameKind says whose name it is; a name can be several.
type nameKind uint8

const (
	nameLabel nameKind = 1 << iota // the framework's preferred label
	nameAlt                        // the framework's alternative label
	nameAlias                      // curated here
	nameShort                      // the preferred label without the words in parentheses that tell it from its like
)

// nameEntry is one spelling of a name of a concept.
type nameEntry struct {
	concept, next int32
	spelling      uint32 // hash of the name folded but not stemmed
	kind          nameKind
}

// spelling is the hash of a folded name (FNV-1a).
func spelling(folded []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range folded {
		h = (h ^ uint32(c)) * 16777619
	}
	return h
}

// soft is a soft skill of hiring and the groups that it stands for.
type soft struct {
	name    string
	groups  []int32
	aliases []string
}

// Builtin returns the taxonomy that assay carries.
func Builtin() *Taxonomy { return builtin() }

var builtin = sync.OnceValue(func() *Taxonomy {
	t, err := build()
	if err != nil {
		panic(err) // the embedded file is tested
	}
	return t
})

// Suffix ends the names of prepared files.
const Suffix = ".skills"

// Open returns the built-in taxonomy together with every prepared file of a
// directory: of each framework the one whose name sorts last. A directory that
// does not exist holds nothing.
func Open(dir string) (*Taxonomy, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*"+Suffix))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	newest := map[string]string{}
	for _, p := range paths {
		h, err := readHeader(p)
		if err != nil {
			return nil, err
		}
		newest[h.Framework] = p
	}
	var files []string
	for _, p := range paths {
		h, err := readHeader(p)
		if err != nil {
			return nil, err
		}
		if newest[h.Framework] != p {
			continue
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		files = append(files, string(b))
	}
	if len(files) == 0 {
		return Builtin(), nil
	}
	return build(files...)
}

func readHeader(path string) (Version, error) {
	f, err := os.Open(path)
	if err != nil {
		return Version{}, err
	}
	defer f.Close()
	line, err := bufio.NewReaderSize(f, 8192).ReadSlice('\n')
	if err != nil {
		return Version{}, &FileError{filepath.Base(path), 1, "no header"}
	}
	h, err := parseHeader(string(line))
	return h, inFile(path, err)
}

const magic = "#assay-skills 1"

func parseHeader(line string) (Version, error) {
	f := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
	if len(f) != 4 || f[0] != magic || f[1] == "" {
		return Version{}, &FileError{Line: 1, Problem: "not a prepared file of this version"}
	}
	return Version{Framework: f[1], Version: f[2], Attribution: f[3]}, nil
}

// Versions lists the frameworks that t holds.
func (t *Taxonomy) Versions() []Version { return slices.Clone(t.versions) }

// Len gives the number of concepts.
func (t *Taxonomy) Len() int { return len(t.concepts) }

// pending holds what can be linked only when every row is known.
type pending struct {
	concept       int32
	broader, same string
	from, near    string // a search for from means near too; concept is not used
}

// build reads prepared files, then the core over them: where both have a
// concept, the framework's own label and place win and the core adds aliases.
func build(files ...string) (*Taxonomy, error) {
	rows := strings.Count(coreFile, "\n")
	for _, f := range files {
		rows += strings.Count(f, "\n")
	}
	t := &Taxonomy{
		concepts: make([]concept, 0, rows),
		byKey:    make(map[string]int32, rows),
		codes:    make(map[string]int32, rows/8),
		names:    make(map[string]int32, rows*3),
		phrases:  make(map[string]phrase, 4096),
		starts:   make(map[string]starts, 4096),
		entries:  make([]nameEntry, 0, rows*4),
		kins:     map[int32][]kin{},
		wordKins: map[string][]kin{},
	}
	links := make([]pending, 0, rows)
	var softRows [][]string
	for i, f := range append(files, coreFile) {
		isCore := i == len(files)
		if err := t.read(f, isCore, &links, &softRows); err != nil {
			return nil, err
		}
	}
	t.frameworks = make(map[string]string, len(t.versions))
	for _, v := range t.versions[:len(files)] {
		t.frameworks[Folded(v.Framework)] = v.Framework
	}
	t.link(links)
	for _, r := range softRows {
		s := soft{name: r[3], aliases: splitNames(r[7])}
		for code := range strings.SplitSeq(r[4], ",") {
			if g, ok := t.codes[ESCO+":"+code]; ok {
				s.groups = append(s.groups, g)
			}
		}
		t.softs = append(t.softs, s)
		if len(s.groups) > 0 {
			t.addName(s.name, s.groups[0], nameAlias)
			t.addPhrase(s.name, s.groups[0])
			for _, a := range s.aliases {
				t.addName(a, s.groups[0], nameAlias)
				t.addPhrase(a, s.groups[0])
			}
		}
	}
	t.addForeign()
	t.derive()
	if err := t.readKin(kinFile); err != nil {
		return nil, err
	}
	t.vocabulary = sync.OnceValue(t.makeVocabulary)
	t.prefixes = sync.OnceValue(t.makePrefixes)
	t.addPhrasesAbroad()
	t.markLanguages()
	t.above = make([]Above, len(t.concepts))
	for i := range t.concepts {
		t.above[i] = Above{t.concepts[i].ancestors, t.concepts[i].domain}
	}
	if err := t.addCertificates(); err != nil {
		return nil, err
	}
	return t, nil
}

func splitNames(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "|")
}

// addCode makes a concept known by framework and code; the first has it.
func (t *Taxonomy) addCode(code string, i int32) {
	if _, taken := t.codes[code]; !taken {
		t.codes[code] = i
	}
}

// addPhrases makes a label known to be searched for within badges' names, with and
// without what tells it from its like.
func (t *Taxonomy) addPhrases(label string, i int32) {
	t.addPhrase(label, i)
	if open := strings.Index(label, " ("); open > 0 {
		t.addPhrase(label[:open], i)
	}
}

// readNames takes the other names of a concept; within: badges' names are searched
// for them.
func (t *Taxonomy) readNames(list string, i int32, kind nameKind, within bool) {
	c := &t.concepts[i]
	foreign := false
	for name := range strings.SplitSeq(list, "|") {
		switch {
		case name == "": // what follows is in other languages
			foreign = true
		case foreign:
			c.foreign = append(c.foreign, name)
		default:
			c.names = append(c.names, name)
			t.addName(name, i, kind)
			if within {
				t.addPhrase(name, i)
			}
		}
	}
}

// read takes the rows of one prepared file.
func (t *Taxonomy) read(data string, isCore bool, links *[]pending, softRows *[][]string) error {
	head, data, _ := strings.Cut(data, "\n")
	v, err := parseHeader(head)
	if err != nil {
		return err
	}
	before := len(t.concepts)
	var key []byte
	n := 1
	for data != "" {
		var line string
		line, data, _ = strings.Cut(data, "\n")
		n++
		if line == "" || line[0] == '#' {
			continue
		}
		var f [8]string
		rest := line
		for i := range f {
			var ok bool
			f[i], rest, ok = strings.Cut(rest, "\t")
			if !ok && i < 7 {
				return &FileError{Line: n, Problem: fmt.Sprintf("%d fields, want 8", i+1)}
			}
		}
		if f[0] == "soft" {
			*softRows = append(*softRows, slices.Clone(f[:]))
			continue
		}
		if f[0] == "near" {
			*links = append(*links, pending{from: f[4], near: f[1]})
			continue
		}
		kind, ok := kindNames[f[0]]
		if !ok || f[1] == "" || f[3] == "" {
			return &FileError{Line: n, Problem: "no kind, id or label"}
		}
		id, framework := fullID(kind, f[1])
		if framework == "" {
			framework = v.Framework
		}
		key, _ = appendKey(key[:0], id)
		i, known := t.byKey[string(key)]
		if !known {
			i = int32(len(t.concepts))
			t.concepts = append(t.concepts, concept{id: id, code: f[2], label: f[3], framework: framework, kind: kind, same: -1, needs: f[6]})
			t.byKey[string(key)] = i
			if f[2] != "" && kind != kindTechnology {
				t.addCode(framework+":"+f[2], i)
			}
			*links = append(*links, pending{concept: i, broader: f[4]})
			t.addName(f[3], i, nameLabel)
			if open := strings.Index(f[3], " ("); open > 0 && strings.HasSuffix(f[3], ")") {
				t.addName(f[3][:open], i, nameShort) // "Python (computer programming)"
			}
		}
		c := &t.concepts[i]
		within := isCore && (kind == kindSkill || kind == kindTechnology)
		if within {
			t.addPhrases(f[3], i)
		}
		if isCore {
			c.core = kind != kindGroup
			if f[5] != "" {
				c.soft, c.curated = f[5], true
			}
		}
		if kind == kindOccupation {
			c.needs = f[6]
		} else if f[6] != "" {
			*links = append(*links, pending{concept: i, same: f[6]})
		}
		nk := nameAlt
		if isCore {
			nk = nameAlias
		}
		t.readNames(f[7], i, nk, within)
	}
	v.Concepts = len(t.concepts) - before
	if isCore {
		v.Concepts = 0
		for i := range t.concepts {
			if t.concepts[i].core {
				v.Concepts++
			}
		}
	}
	t.versions = append(t.versions, v)
	return nil
}

// fullID gives the URI of a row's id: whole, or the short form of the
// frameworks that the core speaks of.
func fullID(kind conceptKind, id string) (uri, framework string) {
	if strings.Contains(id, "://") || strings.HasPrefix(id, "urn:") {
		if strings.HasPrefix(id, escoBase) {
			return id, ESCO
		}
		return id, ""
	}
	switch kind {
	case kindSkill, kindGroup:
		if strings.Contains(id, "/") {
			return escoBase + id, ESCO
		}
		return escoSkill + id, ESCO
	case kindElement:
		return onetElem + id, ONET
	case kindTechnology:
		return onetTech + queryEscape(id), ONET
	case kindOccupation:
		return onetOcc + id, ONET
	}
	return id, ""
}

// addName puts a name of a concept into the look-up.
func (t *Taxonomy) addName(name string, c int32, kind nameKind) {
	var buf, stems [256]byte
	folded := fold(buf[:0], name, false)
	if len(folded) == 0 {
		return
	}
	k, sp := appendStemmed(stems[:0], folded), spelling(folded)
	first, ok := t.names[string(k)]
	if !ok {
		t.names[string(k)] = int32(len(t.entries))
		t.entries = append(t.entries, nameEntry{c, -1, sp, kind})
		return
	}
	for i := first; ; i = t.entries[i].next {
		if t.entries[i].concept == c && t.entries[i].spelling == sp {
			t.entries[i].kind |= kind
			return
		}
		if t.entries[i].next < 0 {
			t.entries[i].next = int32(len(t.entries))
			t.entries = append(t.entries, nameEntry{c, -1, sp, kind})
			return
		}
	}
}

// addForeign puts the names in other languages into the look-up, but for those
// that a concept has in the language of the frameworks: an English word means what
// it means in English.
func (t *Taxonomy) addForeign() {
	t.native = len(t.entries)
	var buf [256]byte
	for i := range t.concepts {
		for _, name := range t.concepts[i].foreign {
			if first, ok := t.names[string(appendFolded(buf[:0], name))]; !ok || int(first) >= t.native {
				t.addName(name, int32(i), nameAlt)
			}
		}
	}
}

// link joins broader and equal concepts.
func (t *Taxonomy) link(links []pending) {
	var key []byte
	find := func(from *concept, ref string) (int32, bool) {
		if i, ok := t.codes[from.framework+":"+ref]; ok {
			return i, true
		}
		if !strings.Contains(ref, "://") && !strings.HasPrefix(ref, "urn:") {
			ref, _ = fullID(kindSkill, ref)
		}
		key, _ = appendKey(key[:0], ref)
		i, ok := t.byKey[string(key)]
		return i, ok
	}
	for _, p := range links {
		if p.near != "" {
			esco := &concept{framework: ESCO}
			from, ok := find(esco, p.from)
			if near, found := find(esco, p.near); ok && found && from != near {
				t.concepts[from].near = append(t.concepts[from].near, near)
			}
			continue
		}
		c := &t.concepts[p.concept]
		for rest := p.broader; rest != ""; {
			var ref string
			ref, rest, _ = strings.Cut(rest, ",")
			if c.kind == kindElement || c.kind == kindTechnology {
				c.domain = p.broader
				break
			}
			if b, ok := find(c, ref); ok && b != p.concept {
				c.broader = append(c.broader, b)
				t.concepts[b].narrower = append(t.concepts[b].narrower, p.concept)
			}
		}
		if p.same != "" {
			if s, ok := find(c, p.same); ok && s != p.concept {
				c.same = s
				if t.concepts[s].same < 0 {
					t.concepts[s].same = p.concept
				}
			}
		}
	}
}

// derive works out pillars, ancestors, divisions and soft skills.
func (t *Taxonomy) derive() {
	t.placePillars()
	t.placeAncestors()
	t.placeSofts()
	t.placeCurated()
}

// placeAncestors lists for every concept what it stands below.
func (t *Taxonomy) placeAncestors() {
	done := make([]uint8, len(t.concepts)) // 0 new, 1 on the way, 2 done
	var walk func(i int32)
	walk = func(i int32) {
		if done[i] != 0 {
			return // done, or a circle in the data: cut here
		}
		done[i] = 1
		c := &t.concepts[i]
		ups := c.broader
		if len(ups) == 0 && c.same >= 0 && c.framework != ESCO {
			ups = []int32{c.same} // an O*NET entry stands below its ESCO equal
		}
		for _, b := range ups {
			walk(b)
		}
		for _, b := range ups {
			if !t.proves(i, b) {
				continue
			}
			add := func(id string) {
				if id != c.id && !slices.Contains(c.ancestors, id) {
					c.ancestors = append(c.ancestors, id)
				}
			}
			add(t.concepts[b].id)
			for _, a := range t.concepts[b].ancestors {
				add(a)
			}
		}
		c.ancestors = slices.Clip(c.ancestors)
		done[i] = 2
	}
	for i := range t.concepts {
		walk(int32(i))
	}
}

// placeSofts says for every concept which soft skill of hiring and which division
// it belongs to: the nearest that has one.
func (t *Taxonomy) placeSofts() {
	softOf := make(map[string]string)
	for _, s := range t.softs {
		for _, g := range s.groups {
			if _, taken := softOf[t.concepts[g].id]; !taken {
				softOf[t.concepts[g].id] = s.name
			}
		}
	}
	divisions := make(map[string]string)
	for i := range t.concepts {
		if c := &t.concepts[i]; c.kind == kindGroup && isDivision(c.code) {
			divisions[c.id] = c.label
		}
	}
	for i := range t.concepts {
		c := &t.concepts[i]
		if s, ok := softOf[c.id]; ok && c.soft == "" {
			c.soft = s
		}
		for _, a := range c.ancestors {
			if c.soft == "" {
				c.soft = softOf[a]
			}
			if c.domain == "" {
				c.domain = divisions[a]
			}
		}
		if c.domain == "" {
			c.domain = divisions[c.id]
		}
	}
}

// placeCurated places a skill that the core counts to a soft skill below its
// groups: last, so that what lies below it is not drawn along.
func (t *Taxonomy) placeCurated() {
	for i := range t.concepts {
		c := &t.concepts[i]
		if !c.curated || c.kind == kindGroup {
			continue
		}
		for _, s := range t.softs {
			if s.name != c.soft {
				continue
			}
			for _, g := range s.groups {
				for _, id := range append([]string{t.concepts[g].id}, t.concepts[g].ancestors...) {
					if !slices.Contains(c.ancestors, id) {
						c.ancestors = append(c.ancestors, id)
					}
				}
			}
		}
	}
}

// placePillars says for every ESCO concept which pillars it lies in: those of
// its own groups and, where it has none (the ways of using one language), those
// of its broader concepts.
func (t *Taxonomy) placePillars() {
	for i := range t.concepts {
		c := &t.concepts[i]
		if c.framework != ESCO {
			continue
		}
		if c.kind == kindGroup {
			c.pillars = pillarOf(c.code)
			continue
		}
		for _, b := range c.broader {
			if g := &t.concepts[b]; g.kind == kindGroup {
				c.pillars |= pillarOf(g.code)
			}
		}
	}
	for i := range t.concepts {
		c := &t.concepts[i]
		if c.framework != ESCO || c.kind == kindGroup || c.pillars != 0 {
			continue
		}
		for _, b := range c.broader {
			c.pillars |= t.concepts[b].pillars
		}
	}
}

// isDivision reports whether an ESCO group code is of the second level: S5,
// T4, L1, or 06 of the knowledge pillar (ISCED-F broad field).
func isDivision(code string) bool {
	if len(code) != 2 || code[1] < '0' || code[1] > '9' {
		return false
	}
	return strings.IndexByte("STL01", code[0]) >= 0
}

// found is what a URL led to.
type found struct {
	concept    int32  // -1 = none
	framework  string // that the URL's form belongs to, "" = none
	occupation bool   // it names an occupation, which no badge can prove as a skill
}

// find gives what a URL names. Everything that makes skills of URLs goes
// through it, so that an occupation never becomes one.
func (t *Taxonomy) find(raw string) found {
	var buf [512]byte
	k, fw := appendKey(buf[:0], raw)
	if len(k) == 0 {
		return found{concept: -1}
	}
	i, ok := t.byKey[string(k)]
	if !ok && fw == ESCO { // a group may be named by its code at the end of an ESCO URL
		if code := k[bytes.LastIndexByte(k, ':')+1:]; isGroupCode(string(code)) {
			i, ok = t.coded(ESCO, string(code))
		}
	}
	switch {
	case ok && t.concepts[i].kind == kindOccupation:
		return found{concept: -1, occupation: true}
	case ok:
		return found{concept: i, framework: fw}
	case bytes.HasPrefix(k, []byte("esco:occupation/")), bytes.HasPrefix(k, []byte("soc:")):
		return found{concept: -1, occupation: true}
	}
	return found{concept: -1, framework: fw}
}

// lookup gives the concept that a URL names.
func (t *Taxonomy) lookup(raw string) (int32, bool) {
	f := t.find(raw)
	return f.concept, f.concept >= 0
}

// byCode gives the concept that has a code in a framework, occupations left
// out.
func (t *Taxonomy) byCode(framework, code string) (int32, bool) {
	i, ok := t.coded(framework, code)
	return i, ok && t.concepts[i].kind != kindOccupation
}

// coded gives the concept or occupation that has a code.
func (t *Taxonomy) coded(framework, code string) (int32, bool) {
	var buf [160]byte
	if framework == "" || len(framework)+len(code) > 128 {
		return 0, false
	}
	k := append(append(append(buf[:0], framework...), ':'), code...)
	i, ok := t.codes[string(k)]
	if !ok {
		for j := len(framework) + 1; j < len(k); j++ { // codes are written in capitals and in small letters
			if c := k[j]; c >= 'a' && c <= 'z' {
				k[j] = c - 'a' + 'A'
			}
		}
		i, ok = t.codes[string(k)]
	}
	return i, ok
}
