package skills

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Attributions that the licences of the data ask for.
const (
	AttributionESCO = "This service uses the ESCO classification of the European Commission."
	AttributionONET = "This page includes information from the O*NET Database by the U.S. Department of Labor, Employment and Training Administration (USDOL/ETA). Used under the CC BY 4.0 license. O*NET is a trademark of USDOL/ETA. All or some of this information has been modified. USDOL/ETA has not approved, endorsed, or tested these modifications."
)

// maxImportFile bounds one file of an import.
const maxImportFile = 256 << 20

// Formats that Import reads.
const (
	FormatESCO = "esco" // official CSV download (skills_xx.csv, skillGroups_xx.csv, broaderRelationsSkillPillar_xx.csv, occupations_xx.csv, occupationSkillRelations_xx.csv, …Collection_xx.csv), or JSON lines with uri, label, alt, broader, code
	FormatONET = "onet" // official text files (Content Model Reference.txt, Technology Skills.txt, Occupation Data.txt, Skills.txt, Knowledge.txt), or tables of elements and technologies
	FormatCASE = "case" // CASE 1.0 and 1.1 CFPackage JSON
	FormatRSD  = "rsd"  // Open Skills Network rich skill descriptors: OSMT's JSON, a collection or a list
	FormatCTDL = "ctdl" // CTDL-ASN JSON-LD: competencies by CTID
)

// row is one line of a prepared file.
type row struct {
	kind, id, code, label string
	broader               []string
	same                  string
	names                 []string
}

type rows map[string]*row

func (r rows) get(kind, id string) *row {
	x := r[id]
	if x == nil {
		x = &row{kind: kind, id: id}
		r[id] = x
	}
	return x
}

// Import reads a framework's files from a folder and writes a prepared file:
// what Open loads in a fraction of a second. format is one of the Format
// constants; name and version say what the framework is called (ESCO and O*NET
// keep their own names). Files that the format does not know are left alone. An
// error that wraps ErrFormat means that nothing usable was found or that a file
// is broken.
func Import(format, name, version string, in fs.FS, out io.Writer) (Version, error) {
	r := rows{}
	attribution := ""
	var err error
	switch format {
	case FormatESCO:
		name, attribution = ESCO, AttributionESCO
		err = importESCO(in, r)
	case FormatONET:
		name, attribution = ONET, AttributionONET
		err = importONET(in, r)
	case FormatCASE:
		err = importJSON(in, r, readCASE, &name, &attribution)
	case FormatRSD:
		err = importJSON(in, r, readRSD, &name, &attribution)
	case FormatCTDL:
		err = importJSON(in, r, readCTDL, &name, &attribution)
	default:
		return Version{}, fmt.Errorf("%w: no format %q", ErrFormat, format)
	}
	if err != nil {
		return Version{}, err
	}
	v := Version{Framework: cell(name), Version: cell(version), Attribution: cell(attribution)}
	if v.Framework == "" {
		v.Framework = strings.ToUpper(format)
	}
	for id, x := range r {
		if x.label == "" {
			delete(r, id)
		}
	}
	v.Concepts = len(r)
	if v.Concepts == 0 {
		return Version{}, fmt.Errorf("%w: no skill of format %s found", ErrFormat, format)
	}
	return v, write(out, v, r)
}

// write gives the prepared form: groups first, then by id, so that the same
// data always makes the same file.
func write(out io.Writer, v Version, r rows) error {
	list := slices.SortedFunc(maps.Values(r), func(a, b *row) int {
		group := func(x *row) int {
			if x.kind == "group" {
				return 0
			}
			return 1
		}
		return cmp.Or(group(a)-group(b), strings.Compare(a.id, b.id))
	})
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", magic, v.Framework, v.Version, v.Attribution)
	for _, x := range list {
		label := cell(x.label)
		var names []string
		for _, n := range x.names {
			if n = strings.ReplaceAll(cell(n), "|", " "); n != "" && n != label && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
		var broader []string
		for _, b := range x.broader {
			if b = strings.ReplaceAll(cell(b), ",", " "); b != "" && !slices.Contains(broader, b) {
				broader = append(broader, b)
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t\t%s\t%s\n", x.kind, cell(x.id), cell(x.code), label, strings.Join(broader, ","), x.same, strings.Join(names, "|"))
	}
	return w.Flush()
}

// cell makes a value fit into one cell.
func cell(s string) string { return strings.Join(strings.Fields(s), " ") }

// Install imports into a folder that Open reads: the prepared file is written
// beside and renamed, so that a reader sees the old one or the new one.
func Install(dir, format, name, version string, in fs.FS) (Version, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Version{}, err
	}
	tmp, err := os.CreateTemp(dir, ".import-*")
	if err != nil {
		return Version{}, err
	}
	defer os.Remove(tmp.Name())
	v, err := Import(format, name, version, in, tmp)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return Version{}, err
	}
	b, err := os.ReadFile(tmp.Name())
	if err != nil {
		return Version{}, err
	}
	if _, err := build(string(b)); err != nil { // what cannot be loaded is not installed
		return Version{}, err
	}
	file := strings.ReplaceAll(Folded(v.Framework), " ", "-") + "-" + strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, v.Version) + Suffix
	if err := os.Chmod(tmp.Name(), 0o644); err != nil {
		return Version{}, err
	}
	// One framework has one file: what stood before under another version goes.
	old, err := filepath.Glob(filepath.Join(dir, "*"+Suffix))
	if err != nil {
		return Version{}, err
	}
	if err := os.Rename(tmp.Name(), filepath.Join(dir, file)); err != nil {
		return Version{}, err
	}
	for _, p := range old {
		if h, err := readHeader(p); err == nil && h.Framework == v.Framework && filepath.Base(p) != file {
			if err := os.Remove(p); err != nil {
				return Version{}, err
			}
		}
	}
	return v, nil
}

// files lists the files of a folder whose name, in small letters, fits one of
// the patterns.
func files(in fs.FS, patterns ...string) ([]string, error) {
	var out []string
	entries, err := fs.ReadDir(in, ".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		for _, p := range patterns {
			if ok, _ := path.Match(p, strings.ToLower(e.Name())); ok && e.Type().IsRegular() {
				out = append(out, e.Name())
				break
			}
		}
	}
	return out, nil
}

func read(in fs.FS, name string) ([]byte, error) {
	f, err := in.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxImportFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxImportFile {
		return nil, fmt.Errorf("%w: %s is larger than %d MiB", ErrFormat, name, maxImportFile>>20)
	}
	return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), nil
}

// table reads a CSV or TSV file by the names of its columns.
func table(in fs.FS, name string, comma rune, each func(get func(column string) string)) error {
	b, err := read(in, name)
	if err != nil {
		return err
	}
	c := csv.NewReader(bytes.NewReader(b))
	c.Comma, c.LazyQuotes, c.FieldsPerRecord, c.ReuseRecord = comma, true, -1, true
	if comma == '\t' {
		return tabs(b, each)
	}
	head, err := c.Read()
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrFormat, name, err)
	}
	at := columns(head)
	var rec []string
	get := func(column string) string {
		if i, ok := at[column]; ok && i < len(rec) {
			return rec[i]
		}
		return ""
	}
	for {
		rec, err = c.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrFormat, name, err)
		}
		each(get)
	}
}

// tabs reads O*NET's text files, where quotes mean nothing.
func tabs(b []byte, each func(get func(column string) string)) error {
	lines := strings.Split(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n")
	at := columns(strings.Split(lines[0], "\t"))
	var rec []string
	get := func(column string) string {
		if i, ok := at[column]; ok && i < len(rec) {
			return strings.TrimSpace(rec[i])
		}
		return ""
	}
	for _, l := range lines[1:] {
		if l == "" {
			continue
		}
		rec = strings.Split(l, "\t")
		each(get)
	}
	return nil
}

func columns(head []string) map[string]int {
	at := map[string]int{}
	for i, h := range head {
		at[strings.ToLower(strings.TrimSpace(h))] = i
	}
	return at
}

// short writes an ESCO URI in the short form of prepared files.
func short(uri string) string {
	uri = strings.TrimSpace(uri)
	if s, ok := strings.CutPrefix(uri, escoSkill); ok {
		return s
	}
	if s, ok := strings.CutPrefix(uri, escoBase); ok {
		return s
	}
	return uri
}

// splitAny splits a cell that lists values by line breaks or bars.
func splitAny(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' || r == '|' })
}

func importESCO(in fs.FS, r rows) error {
	for _, step := range []struct {
		patterns []string
		each     func(get func(string) string)
	}{
		{[]string{"skillgroups_*.csv"}, func(get func(string) string) {
			if id := short(get("concepturi")); id != "" {
				x := r.get("group", id)
				x.code, x.label = get("code"), get("preferredlabel")
				x.names = append(x.names, splitAny(get("altlabels"))...)
			}
		}},
		{[]string{"skills_*.csv", "*skillscollection_*.csv"}, func(get func(string) string) {
			if id := short(get("concepturi")); id != "" && get("preferredlabel") != "" {
				x := r.get("skill", id)
				x.label = get("preferredlabel")
				x.names = append(x.names, splitAny(get("altlabels"))...)
				x.names = append(x.names, splitAny(get("hiddenlabels"))...)
				for _, b := range splitAny(get("broaderconcepturi")) {
					x.broader = append(x.broader, short(b))
				}
			}
		}},
		{[]string{"broaderrelationsskillpillar*.csv"}, func(get func(string) string) {
			if x := r[short(get("concepturi"))]; x != nil {
				x.broader = append(x.broader, short(get("broaderuri")))
			}
		}},
		{[]string{"occupations_*.csv"}, func(get func(string) string) {
			if uri := strings.TrimSpace(get("concepturi")); uri != "" {
				x := r.get("occupation", uri)
				x.code, x.label = get("code"), get("preferredlabel")
				x.names = append(x.names, splitAny(get("altlabels"))...)
			}
		}},
		{[]string{"occupationskillrelations*.csv"}, func(get func(string) string) {
			if x := r[strings.TrimSpace(get("occupationuri"))]; x != nil && x.kind == "occupation" {
				need := strings.TrimSpace(get("skilluri"))
				if get("relationtype") == "essential" {
					need = "!" + need
				}
				x.same += "," + need
			}
		}},
	} {
		names, err := files(in, step.patterns...)
		if err != nil {
			return err
		}
		for _, n := range names {
			if err := table(in, n, ',', step.each); err != nil {
				return err
			}
		}
	}
	names, err := files(in, "esco*.jsonl")
	if err != nil {
		return err
	}
	for _, n := range names {
		b, err := read(in, n)
		if err != nil {
			return err
		}
		d := json.NewDecoder(bytes.NewReader(b))
		for {
			var c struct {
				URI, Code, Label string
				Alt, Broader     []string
			}
			if err := d.Decode(&c); err == io.EOF {
				break
			} else if err != nil {
				return fmt.Errorf("%w: %s: %w", ErrFormat, n, err)
			}
			if c.URI == "" {
				continue
			}
			kind := "skill"
			if c.Code != "" || strings.Contains(c.URI, "/isced-f/") {
				kind = "group"
			}
			x := r.get(kind, short(c.URI))
			x.code, x.label = c.Code, c.Label
			x.names = append(x.names, c.Alt...)
			for _, b := range c.Broader {
				x.broader = append(x.broader, short(b))
			}
		}
	}
	return nil
}

func importONET(in fs.FS, r rows) error {
	each := func(patterns []string, f func(get func(string) string)) error {
		names, err := files(in, patterns...)
		for _, n := range names {
			if err = table(in, n, '\t', f); err != nil {
				return err
			}
		}
		return err
	}
	element := func(get func(string) string) {
		id, label := get("element id"), get("element name")
		if id == "" {
			id, label = get("element_id"), get("name")
		}
		// Skills, knowledge and work styles are what a badge can speak of; the rest
		// of the content model describes work.
		if isElement(id) && (strings.HasPrefix(id, "2.A.") || strings.HasPrefix(id, "2.B.") || strings.HasPrefix(id, "2.C.") || strings.HasPrefix(id, "1.C.")) {
			x := r.get("element", id)
			x.code, x.label = id, label
			switch id[:3] {
			case "1.C":
				x.broader = []string{"work styles"}
			case "2.C":
				x.broader = []string{"knowledge"}
			default:
				x.broader = []string{"skills"}
			}
		}
	}
	if err := each([]string{"content model reference.txt", "onet_elements.tsv", "skills.txt", "knowledge.txt", "essential skills.txt", "work styles.txt"}, element); err != nil {
		return err
	}
	technology := func(name, code, title string) {
		if name == "" {
			return
		}
		x := r.get("technology", name)
		x.code, x.label, x.broader = code, name, []string{title}
	}
	if err := each([]string{"occupation data.txt"}, func(get func(string) string) {
		if soc := get("o*net-soc code"); soc != "" {
			x := r.get("occupation", onetOcc+soc)
			x.code, x.label = soc, get("title")
		}
	}); err != nil {
		return err
	}
	needed := map[string]bool{}
	if err := each([]string{"technology skills.txt"}, func(get func(string) string) {
		name := get("example")
		technology(name, get("commodity code"), get("commodity title"))
		soc := get("o*net-soc code")
		x := r[onetOcc+soc]
		if x == nil || needed[soc+"\x00"+name] || get("hot technology") != "Y" {
			return
		}
		needed[soc+"\x00"+name] = true
		need := onetTech + queryEscape(name)
		if get("in demand") == "Y" {
			need = "!" + need
		}
		x.same += "," + need
	}); err != nil {
		return err
	}
	if err := each([]string{"onet_technologies.tsv"}, func(get func(string) string) {
		technology(get("name"), get("unspsc_code"), get("unspsc_title"))
	}); err != nil {
		return err
	}
	// What an occupation rates as important (scale IM, 1 to 5): 4 and above is
	// required, 3 and above wished.
	return each([]string{"skills.txt", "knowledge.txt", "essential skills.txt"}, func(get func(string) string) {
		x := r[onetOcc+get("o*net-soc code")]
		if x == nil || get("scale id") != "IM" {
			return
		}
		id, v := get("element id"), get("data value")
		switch {
		case len(v) >= 1 && (v[0] == '4' || v[0] == '5'):
			x.same += ",!" + onetElem + id
		case len(v) >= 1 && v[0] == '3':
			x.same += "," + onetElem + id
		}
	})
}

// importJSON reads every .json and .jsonld file of a folder.
func importJSON(in fs.FS, r rows, one func(doc any, r rows, name, attribution *string) error, name, attribution *string) error {
	names, err := files(in, "*.json", "*.jsonld")
	if err != nil {
		return err
	}
	for _, n := range names {
		b, err := read(in, n)
		if err != nil {
			return err
		}
		var doc any
		if err := json.Unmarshal(b, &doc); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrFormat, n, err)
		}
		if err := one(doc, r, name, attribution); err != nil {
			return fmt.Errorf("%s: %w", n, err)
		}
	}
	return nil
}

// str gives the string under one of the keys of an object: itself, its English
// form where it is a language map, or the first of a list.
func str(v any, keys ...string) string {
	m, _ := v.(map[string]any)
	for _, k := range keys {
		switch x := m[k].(type) {
		case string:
			if x != "" {
				return x
			}
		case []any:
			if len(x) > 0 {
				if s := str(map[string]any{"v": x[0]}, "v"); s != "" {
					return s
				}
			}
		case map[string]any:
			for _, l := range []string{"en", "en-US", "en-us", "en-GB", "@value", "@id", "name", "title", "uri"} {
				if s, ok := x[l].(string); ok && s != "" {
					return s
				}
			}
		}
	}
	return ""
}

func list(v any, keys ...string) []any {
	m, _ := v.(map[string]any)
	for _, k := range keys {
		switch x := m[k].(type) {
		case []any:
			return x
		case nil:
		default:
			return []any{x}
		}
	}
	return nil
}

// readCASE takes a CFPackage: items are concepts, isChildOf associations their
// order (CASE 1.0 §4, CASE 1.1 §4).
func readCASE(doc any, r rows, name, attribution *string) error {
	d, _ := doc.(map[string]any)
	cf := d["CFDocument"]
	items := list(doc, "CFItems")
	if items == nil {
		return fmt.Errorf("%w: no CFItems", ErrFormat)
	}
	if *name == "" {
		*name = str(cf, "title")
	}
	if *attribution == "" {
		// A framework says itself under which licence it may be used.
		*attribution = cell(str(cf, "title") + " by " + str(cf, "creator", "publisher") + " " + str(cf, "licenseURI"))
	}
	uris := map[string]string{}
	for _, it := range items {
		id, uri := str(it, "identifier"), str(it, "uri")
		if uri == "" && isUUID(id) {
			uri = "urn:uuid:" + id
		}
		label := cmp.Or(str(it, "abbreviatedStatement"), str(it, "fullStatement"))
		if uri == "" || label == "" {
			continue
		}
		uris[id] = uri
		x := r.get("concept", uri)
		x.label, x.code = label, str(it, "humanCodingScheme")
		if full := str(it, "fullStatement"); full != label && len(full) <= 200 {
			x.names = append(x.names, full)
		}
	}
	for _, a := range list(doc, "CFAssociations") {
		if str(a, "associationType") != "isChildOf" {
			continue
		}
		node := func(k string) string {
			m, _ := a.(map[string]any)
			id := str(m[k], "identifier")
			return cmp.Or(uris[id], str(m[k], "uri"))
		}
		if x := r[node("originNodeURI")]; x != nil {
			x.broader = append(x.broader, node("destinationNodeURI"))
		}
	}
	return nil
}

// readRSD takes rich skill descriptors: one, a list, or a collection of them.
func readRSD(doc any, r rows, name, attribution *string) error {
	var all []any
	switch x := doc.(type) {
	case []any:
		all = x
	default:
		if all = list(doc, "skills"); all == nil {
			all = []any{doc}
		} else if *name == "" {
			*name = str(doc, "name")
		}
	}
	for _, s := range all {
		uri, label := str(s, "id", "uri", "@id"), str(s, "skillName", "name")
		if uri == "" || label == "" {
			continue
		}
		x := r.get("concept", uri)
		x.label = label
		x.code = str(s, "uuid")
		for _, a := range list(s, "alignments") {
			if u := str(a, "id", "uri", "targetUrl"); u != "" && x.same == "" {
				if _, fw := appendKey(nil, u); fw == ESCO || fw == ONET {
					x.same = u
				}
			}
		}
	}
	return nil
}

// readCTDL takes CTDL-ASN JSON-LD: a competency, or a graph of them.
func readCTDL(doc any, r rows, name, attribution *string) error {
	graph := list(doc, "@graph")
	if graph == nil {
		if l, ok := doc.([]any); ok {
			graph = l
		} else {
			graph = []any{doc}
		}
	}
	for _, n := range graph {
		switch str(n, "@type", "type") {
		case "ceasn:CompetencyFramework":
			if *name == "" {
				*name = str(n, "ceasn:name")
			}
			continue
		case "ceasn:Competency":
		default:
			continue
		}
		uri := str(n, "@id", "id")
		label := cmp.Or(str(n, "ceasn:competencyLabel"), str(n, "ceasn:competencyText"))
		if uri == "" || label == "" {
			continue
		}
		x := r.get("concept", uri)
		x.label = label
		x.code = cmp.Or(str(n, "ceasn:codedNotation"), str(n, "ceterms:ctid"))
		for _, b := range list(n, "ceasn:isChildOf") {
			if s, ok := b.(string); ok {
				x.broader = append(x.broader, s)
			} else {
				x.broader = append(x.broader, str(b, "@id"))
			}
		}
		for _, e := range list(n, "ceasn:exactAlignment") {
			s, _ := e.(string)
			if _, fw := appendKey(nil, cmp.Or(s, str(e, "@id"))); x.same == "" && (fw == ESCO || fw == ONET) {
				x.same = cmp.Or(s, str(e, "@id"))
			}
		}
	}
	return nil
}
