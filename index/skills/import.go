package skills

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"assay/verify/read"
)

// AttributionESCO is what ESCO's licence asks for (Decision 2011/833/EU).
const AttributionESCO = "This service uses the ESCO classification of the European Commission."

// AttributionONET gives the credit that O*NET's licence prescribes; it names the
// version of the database (onetcenter.org/license_db.html).
func AttributionONET(version string) string {
	if version != "" {
		version += " "
	}
	return "This page includes information from the O*NET " + version + "Database by the U.S. Department of Labor, Employment and Training Administration (USDOL/ETA). Used under the CC BY 4.0 license. O*NET® is a trademark of USDOL/ETA. All or some of this information has been modified. USDOL/ETA has not approved, endorsed, or tested these modifications."
}

// ErrRefused is wrapped by errors about an import that could be read, but that
// would take away or pass for something else that is there.
var ErrRefused = errors.New("import refused")

// Formats that a Source can have.
const (
	FormatESCO = "esco" // official CSV download (skills_xx.csv, skillGroups_xx.csv, skillsHierarchy_xx.csv, broaderRelationsSkillPillar_xx.csv, occupations_xx.csv, occupationSkillRelations_xx.csv, …Collection_xx.csv), or JSON lines with uri, label, alt, broader, code
	FormatONET = "onet" // official text files (Content Model Reference.txt, Skills.txt, Essential Skills.txt, Transferable Skills.txt, Knowledge.txt, Work Styles.txt, Technology Skills.txt, Software Skills.txt, Occupation Data.txt), or tables of elements and technologies
	FormatCASE = "case" // CASE 1.0 and 1.1 CFPackage JSON
	FormatRSD  = "rsd"  // Open Skills Network rich skill descriptors: OSMT's JSON, a collection or a list
	FormatCTDL = "ctdl" // CTDL-ASN JSON-LD: competencies by CTID
)

// Source is a skills framework as its publisher gives it.
type Source struct {
	Format   string // one of the Format constants
	Files    fs.FS  // files that the format does not know are left alone
	Folder   string // what Files is called: its version is read from that when nothing else says it
	Name     string // what the framework is called; ESCO and O*NET keep their own names
	Version  string
	Language string // whose labels are the preferred ones; "" = en
}

// Report says what an import read.
type Report struct {
	Version     Version
	Skills      int
	Groups      int
	Occupations int
	Relations   int      // of a concept to a broader one, of an occupation to a skill
	Files       []string // those that were read
	Warnings    []string // what the framework cannot do as it was read
}

// row is one line of a prepared file.
type row struct {
	kind, id, code, label string
	broader               []string
	same                  string   // the same concept in another framework: identity, never mere likeness
	needs                 []string // of an occupation; ! before what is required
	names                 []string // in the wanted language
	foreign               []string // labels and names in other languages
	other                 string   // preferred label of another language, for want of one in the wanted
}

type rows map[string]*row

// importer gathers the rows of one import within its bounds.
type importer struct {
	Source
	max         bounds
	rows        rows
	text, links int   // kept so far
	left        int64 // bytes that may still be read
	files       int
	err         error // the bound that was hit first
	report      Report
	title       string // what the files call the framework
	issue       string // and its version
	attribution []string
}

// bounds say how much one import takes in: data of others must not fill the
// memory of whoever tries it out.
type bounds struct {
	file, total int64 // bytes of a file, of all files
	record      int   // bytes of one line, record or JSON value
	files       int
	items       int // concepts
	links       int // relations
	text        int // bytes of the ids, labels and names that are kept
	depth       int // of JSON
}

// importBounds leave all of ESCO in ten languages room to spare.
var importBounds = bounds{file: 256 << 20, total: 1 << 30, record: 1 << 20, files: 10_000, items: 500_000, links: 4_000_000, text: 128 << 20, depth: 64}

func (im *importer) over(format string, args ...any) {
	if im.err == nil {
		im.err = fmt.Errorf(format, args...)
	}
}

// get gives the row of an id, a new one at its first mention.
func (im *importer) get(kind, id string) *row {
	x := im.rows[id]
	if x == nil {
		if len(im.rows) >= im.max.items {
			im.over("more than %d concepts", im.max.items)
			return &row{}
		}
		id = im.keep(id)
		x = &row{kind: kind, id: id}
		im.rows[id] = x
	}
	return x
}

// keep copies a string out of the buffer it stands in, and counts it.
func (im *importer) keep(s string) string {
	if im.text += len(s); im.text > im.max.text {
		im.over("more than %d MiB of ids and labels", im.max.text>>20)
		return ""
	}
	return strings.Clone(s)
}

func (im *importer) link(to []string, ref string) []string {
	if im.links++; im.links > im.max.links {
		im.over("more than %d relations", im.max.links)
		return to
	}
	return append(to, im.keep(ref))
}

// Longest label and other name that are kept, in bytes: no badge names a skill
// by more.
const (
	maxLabel = 1000
	maxName  = 200
)

func (im *importer) label(s string) string { return im.keep(cut(cell(s), maxLabel)) }

func (im *importer) addNames(x *row, names ...string) {
	for _, n := range names {
		if n = cell(n); n != "" && len(n) <= maxName {
			x.names = append(x.names, im.keep(n))
		}
	}
}

// addForeign keeps names in another language than the wanted one.
func (im *importer) addForeign(x *row, names ...string) {
	at := len(x.names)
	im.addNames(x, names...)
	x.foreign = append(x.foreign, x.names[at:]...)
	x.names = x.names[:at]
}

func (im *importer) warn(format string, args ...any) {
	im.report.Warnings = append(im.report.Warnings, fmt.Sprintf(format, args...))
}

// Prepare reads a framework's files and writes a prepared file: what Open loads
// in a fraction of a second. An error that wraps ErrFormat means that nothing
// usable was found or that a file is broken, and says which and where; one that
// wraps ErrRefused, that the framework goes by a name that is taken.
func (s Source) Prepare(out io.Writer) (Report, error) { return s.prepare(out, importBounds) }

func (s Source) prepare(out io.Writer, max bounds) (Report, error) {
	s.Name, s.Version = cut(cell(s.Name), maxName), cut(cell(s.Version), 64)
	s.Language = cmp.Or(strings.ToLower(s.Language), "en")
	im := &importer{Source: s, max: max, rows: rows{}, left: max.total}
	f := ofFormat(s.Format)
	if f.read == nil {
		return Report{}, fmt.Errorf("%w: no format %q", ErrFormat, s.Format)
	}
	if f.closed {
		im.Name, im.Version = f.name, cmp.Or(s.Version, versionIn(s.Folder))
	}
	err := f.read(im)
	if err == nil && im.err != nil { // hit where no file is at fault
		err = fmt.Errorf("%w: %w", ErrFormat, im.err)
	}
	if err != nil {
		return Report{}, err
	}
	if !f.closed {
		im.Name = cmp.Or(im.Name, im.title, strings.ToUpper(s.Format))
		im.Version = cmp.Or(im.Version, im.issue, versionIn(s.Folder), "1")
		if err := im.reserved(); err != nil {
			return Report{}, err
		}
	}
	im.finish()
	if im.report.Skills == 0 {
		return Report{}, fmt.Errorf("%w: no skill in %s", ErrFormat, strings.Join(im.report.Files, ", "))
	}
	im.report.Version = Version{
		Framework: im.Name, Version: cut(cell(im.Version), 64),
		Concepts: len(im.rows), Attribution: cut(cell(strings.Join(im.attribution, "; ")), 2000),
	}
	return im.report, im.write(out)
}

// ofFormat gives the framework whose imports have a format.
func ofFormat(format string) framework {
	for i := range frameworks {
		if frameworks[i].format == format && format != "" {
			return frameworks[i]
		}
	}
	return framework{}
}

// reserved refuses names under which badges are looked up in another framework:
// a list of rope work that calls itself ESCO would answer for ESCO.
func (im *importer) reserved() error {
	taken := frameworkName(im.Name) != "" || Folded(im.Name) == ""
	for _, v := range Builtin().Versions() {
		taken = taken || Folded(v.Framework) == Folded(im.Name)
	}
	for i := range frameworks {
		other := frameworks[i].format
		taken = taken || other != "" && other != im.Format && Folded(other) == Folded(im.Name)
	}
	if taken {
		return fmt.Errorf("%w: the name %q stands for another framework or for none; give this one another", ErrRefused, im.Name)
	}
	return nil
}

// finish takes out what stands twice, and counts.
func (im *importer) finish() {
	unnamed, byOther := 0, 0
	for id, x := range im.rows {
		if x.label == "" && x.other != "" {
			x.label = x.other
			byOther++
		}
		if x.label == "" {
			delete(im.rows, id)
			unnamed++
			continue
		}
		x.names = unique(x.names, "|", x.label)
		x.foreign = slices.DeleteFunc(unique(x.foreign, "|", x.label), func(n string) bool { return slices.Contains(x.names, n) })
		x.broader = unique(x.broader, ",", "")
		x.needs = unique(x.needs, ",", "")
		if x.kind != "element" && x.kind != "technology" { // what these are under is a heading, not a concept
			im.report.Relations += len(x.broader) + len(x.needs)
		}
		switch x.kind {
		case "group":
			im.report.Groups++
		case "occupation":
			im.report.Occupations++
		default:
			im.report.Skills++
		}
	}
	if byOther > 0 {
		im.warn("%d concepts have no label in %s and go by that of another language", byOther, im.Language)
	}
	if unnamed > 0 {
		im.warn("%d concepts have no label and are left out", unnamed)
	}
}

// unique makes values fit into a cell that lists them, each once.
func unique(list []string, separator, but string) []string {
	seen := map[string]bool{"": true, but: true}
	out := list[:0]
	for _, s := range list {
		if s = strings.ReplaceAll(cell(s), separator, " "); !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// source begins the second line of a prepared file: what it was made from. To
// who loads the file it is a comment.
const source = "#from\t"

// write gives the prepared form: groups first, then by id, so that the same
// data always makes the same file.
func (im *importer) write(out io.Writer) error {
	list := slices.SortedFunc(maps.Values(im.rows), func(a, b *row) int {
		group := func(x *row) int {
			if x.kind == "group" {
				return 0
			}
			return 1
		}
		return cmp.Or(group(a)-group(b), strings.Compare(a.id, b.id))
	})
	v := im.report.Version
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", magic, v.Framework, v.Version, v.Attribution)
	fmt.Fprintf(w, "%s%s\t%s\n", source, im.Format, cell(im.Language))
	for _, x := range list {
		seventh := cell(x.same)
		if x.kind == "occupation" {
			seventh = strings.Join(x.needs, ",")
		}
		names := x.names
		if len(x.foreign) > 0 { // behind an empty name
			names = slices.Concat(names, []string{""}, x.foreign)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t\t%s\t%s\n", x.kind, cell(x.id), cell(x.code), x.label, strings.Join(x.broader, ","), seventh, strings.Join(names, "|"))
	}
	return w.Flush()
}

// cell makes a value fit into one cell.
func cell(s string) string { return strings.Join(strings.Fields(s), " ") }

// cut shortens s to n bytes at most, not inside a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.TrimSpace(read.Cut(s, n))
}

// versioned is how publishers write versions into the names of what they give
// out: esco-1.2.0, "ESCO dataset - v1.2.0 - …", db_30_2_text.
var versioned = regexp.MustCompile(`\d+(?:[._]\d+)+`)

func versionIn(name string) string {
	return strings.ReplaceAll(versioned.FindString(name), "_", ".")
}

// Install imports into a folder that Open reads: the prepared file is written
// beside and renamed, so that a reader sees the old one or the new one. It takes
// the place of an earlier version of the same framework. Unless force is set, it
// does not when that came in another format, or had more than twice as many
// concepts: the likelier cause is a wrong folder or half a download. Such an
// error wraps ErrRefused.
func (s Source) Install(dir string, force bool) (Report, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Report{}, err
	}
	tmp, err := os.CreateTemp(dir, ".import-*")
	if err != nil {
		return Report{}, err
	}
	defer os.Remove(tmp.Name())
	r, err := s.Prepare(tmp)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return Report{}, err
	}
	if r.Version.Version == "" {
		return Report{}, fmt.Errorf("%w: neither the name of the folder, %q, nor --version says which version of %s it is", ErrRefused, s.Folder, r.Version.Framework)
	}
	made, err := CheckPrepared(tmp.Name()) // what cannot be loaded is not installed
	if err != nil {
		return Report{}, err
	}
	// One framework has one file: what stood before under another version goes.
	others, err := filepath.Glob(filepath.Join(dir, "*"+Suffix))
	if err != nil {
		return Report{}, err
	}
	var old []string
	file := fileName(r.Version, false)
	for _, p := range others {
		was, err := describe(p)
		if err != nil {
			r.Warnings = append(r.Warnings, fmt.Sprintf("%v: no framework loads until that file is gone", err))
			continue
		}
		if Folded(was.Framework) != Folded(r.Version.Framework) {
			if filepath.Base(p) == file { // two names that make one file name
				file = fileName(r.Version, true)
			}
			continue
		}
		if !force {
			if err := replaces(was, made); err != nil {
				return Report{}, err
			}
		}
		old = append(old, p)
	}
	if err := os.Chmod(tmp.Name(), 0o644); err != nil {
		return Report{}, err
	}
	if err := os.Rename(tmp.Name(), filepath.Join(dir, file)); err != nil {
		return Report{}, err
	}
	for _, p := range old {
		if filepath.Base(p) != file {
			if err := os.Remove(p); err != nil {
				return Report{}, err
			}
		}
	}
	return r, nil
}

// replaces says why what was made must not take the place of what is there.
func replaces(was, made Prepared) error {
	if was.Format != made.Format {
		return fmt.Errorf("%w: %s %s was imported in the format %s, this is %s; --name gives this one a name of its own, --force replaces that one", ErrRefused, was.Framework, was.Version.Version, cmp.Or(was.Format, "of an older assay"), made.Format)
	}
	if was.Framework != made.Framework {
		return fmt.Errorf("%w: %q is there, and %q cannot be told from it; --name gives this one a name of its own, --force replaces that one", ErrRefused, was.Framework, made.Framework)
	}
	if 2*made.Concepts < was.Concepts || 2*made.Skills < was.Skills {
		return fmt.Errorf("%w: %s %s has %d concepts, %d of them skills, and this has %d and %d; --force replaces it all the same", ErrRefused, was.Framework, was.Version.Version, was.Concepts, was.Skills, made.Concepts, made.Skills)
	}
	return nil
}

// fileName gives the name of a prepared file; apart tells it from one of
// another framework that would have the same.
func fileName(v Version, apart bool) string {
	name := strings.ReplaceAll(Folded(v.Framework), " ", "-")
	if len(name) > 80 || apart {
		name = fmt.Sprintf("%s-%x", cut(name, 80), sha256.Sum256([]byte(v.Framework)))[:min(len(name), 80)+9]
	}
	return name + "-" + strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, v.Version) + Suffix
}

// Prepared says what a prepared file holds.
type Prepared struct {
	Version
	Format string // it was imported in, "" when the file does not say
	Skills int    // concepts that are neither group nor occupation
}

// CheckPrepared reads a prepared file as Open does, alone. An error that wraps
// ErrFormat names the file.
func CheckPrepared(path string) (Prepared, error) {
	p, err := describe(path)
	if err != nil {
		return Prepared{}, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return Prepared{}, err
	}
	if _, err := build(string(b)); err != nil {
		return Prepared{}, inFile(path, err)
	}
	return p, nil
}

// describe counts what a prepared file holds, without loading it.
func describe(path string) (Prepared, error) {
	v, err := readHeader(path)
	if err != nil {
		return Prepared{}, err
	}
	v.Concepts = 0
	p := Prepared{Version: v}
	if f := known(v.Framework); f.closed { // files of before the format was noted
		p.Format = f.format
	}
	f, err := os.Open(path)
	if err != nil {
		return Prepared{}, err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	for rest := false; ; {
		line, more, err := r.ReadLine()
		if err == io.EOF {
			return p, nil
		}
		if err != nil {
			return Prepared{}, err
		}
		begins := !rest
		if rest = more; !begins {
			continue
		}
		if f, ok := strings.CutPrefix(string(line), source); ok {
			p.Format, _, _ = strings.Cut(f, "\t")
			continue
		}
		kind, _, _ := strings.Cut(string(line), "\t")
		if _, ok := kindNames[kind]; ok {
			p.Concepts++
			if kind != "group" && kind != "occupation" {
				p.Skills++
			}
		}
	}
}
