package extract

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// officeKind names the kind of office document that an archive is: by the
// parts that ECMA-376-2 (OPC) §10 and ODF 1.3-2 §3 require, "" for none.
func officeKind(a *archive) string {
	var types, word, sheet, slides, content bool
	kind := ""
	for i := range a.members {
		m := &a.members[i]
		switch {
		case m.name == "[Content_Types].xml":
			types = true
		case strings.HasPrefix(m.name, "word/"):
			word = true
		case strings.HasPrefix(m.name, "xl/"):
			sheet = true
		case strings.HasPrefix(m.name, "ppt/"):
			slides = true
		case m.name == "content.xml":
			content = true
		case m.name == "mimetype" && m.method == 0 && m.packed < 100 && m.start+m.packed <= int64(len(a.p.data)):
			t, ok := strings.CutPrefix(string(a.p.data[m.start:m.start+m.packed]), "application/vnd.oasis.opendocument.")
			if ok {
				switch t, _, _ = strings.Cut(strings.TrimSpace(t), "-"); t {
				case "spreadsheet":
					kind = "ods"
				case "presentation":
					kind = "odp"
				default:
					kind = "odt"
				}
			}
		}
	}
	switch {
	case kind != "":
		return kind
	case content && !types:
		for i := range a.members {
			if a.members[i].name == odfManifest {
				return "odt"
			}
		}
		return ""
	case !types:
		return ""
	case word:
		return "docx"
	case sheet:
		return "xlsx"
	case slides:
		return "pptx"
	}
	return "office"
}

// dullParts are XML parts that hold neither text nor links of the author.
var dullParts = map[string]bool{
	"styles.xml": true, "stylesWithEffects.xml": true, "fontTable.xml": true, "webSettings.xml": true, "numbering.xml": true,
	"settings.xml": true, "theme1.xml": true, "[Content_Types].xml": true, "presProps.xml": true, "viewProps.xml": true,
	"tableStyles.xml": true, "calcChain.xml": true, "current.xml": true,
}

// office reads the parts of an office document: prose, relationships, fields,
// properties, and every picture and embedded file through the dispatcher.
func (p *part) office(a *archive) {
	odf := strings.HasPrefix(p.carrier, "od")
	names := map[string]int{}
	locked := odf && a.locked()
	if locked {
		p.unread(p.where, ReasonEncrypted, "needs a password")
	}
	type links struct {
		data  []byte
		name  string
		flags []string
	}
	var relations []links        // told when it is known how their part uses them
	uses := map[string]linkUse{} // by part
	defer func() {
		for _, l := range relations {
			if p.done() {
				return
			}
			p.relationships(l.data, l.name, l.flags, uses)
		}
	}()
	kept := 0
	a.linkBase()
	for i := range a.members {
		if p.done() {
			return
		}
		m := &a.members[i]
		if strings.HasSuffix(m.name, "/") || m.name == "mimetype" || odf && m.name == odfManifest {
			continue
		}
		base := path.Base(m.name)
		xmlPart := strings.HasSuffix(base, ".xml") || strings.HasSuffix(base, ".rels") || strings.HasSuffix(base, ".vml")
		// ODF keeps headers and footers with its styles (ODF 1.3-3 §3.1.3.3).
		if dullParts[base] && !strings.HasPrefix(m.name, "customXml/") && !(odf && base == "styles.xml") {
			continue
		}
		data, ok := a.read(m)
		if !ok {
			continue
		}
		name, flags := m.shown(names)
		pl := p.place(name).flagged(flags...)
		p.doubt(m, pl)
		switch {
		case strings.HasSuffix(base, ".rels"):
			if kept += len(data); kept > maxRelations || !strings.HasPrefix(m.name, "word/_rels/") && !strings.HasPrefix(m.name, "xl/worksheets/_rels/") {
				p.relationships(data, name, flags, uses)
				continue
			}
			relations = append(relations, links{data, name, flags})
		case xmlPart:
			if !locked || bytes.HasPrefix(bytes.TrimLeft(data, " \r\n\t\xef\xbb\xbf"), []byte("<")) {
				uses[name] = p.xml(data, pl)
			}
		case strings.HasPrefix(m.name, "xl/") && strings.HasSuffix(base, ".bin") && !strings.HasPrefix(m.name, "xl/embeddings/") && !strings.HasPrefix(string(data[:min(len(data), 4)]), "\xD0\xCF\x11\xE0"):
			p.rescue(data, pl) // a part of a binary workbook ([MS-XLSB])
		case len(data) > 0:
			p.embedQuiet(pl, base, data)
		}
	}
}

// officeProperties is where a document says from where its relative links lead
// (ECMA-376-1 §22.2.2.12). It may stand behind what it speaks of, so it is read first.
const officeProperties = "docProps/app.xml"

var hyperlinkBase = regexp.MustCompile(`<HyperlinkBase>([^<]{1,1000})</HyperlinkBase>`)

// linkBase reads that part, and takes from it where relative links lead to.
func (a *archive) linkBase() {
	for i := range a.members {
		m := &a.members[i]
		if m.name != officeProperties {
			continue
		}
		data, ok := a.read(m)
		m.ahead = &unpackedMember{data, ok}
		if b := hyperlinkBase.FindSubmatch(data); b != nil {
			a.p.linkBase, _ = url.Parse(strings.TrimSpace(html.UnescapeString(string(b[1]))))
		}
		return
	}
}

// onBase gives the addresses that a relative target of a document may mean: on its base as
// addresses are put together, and, where that is a folder without its last slash, in the
// folder. There are none without a base that is an address.
func (p *part) onBase(target string) []string {
	target = strings.TrimSpace(target)
	if p.linkBase == nil || p.linkBase.Host == "" || target == "" || strings.HasPrefix(target, "#") {
		return nil
	}
	u, err := url.Parse(strings.ReplaceAll(target, `\`, "/"))
	if err != nil || u.IsAbs() || u.Host != "" {
		return nil
	}
	all := []string{p.linkBase.ResolveReference(u).String()}
	if last := path.Base(p.linkBase.Path); !strings.HasSuffix(p.linkBase.Path, "/") && !strings.Contains(last, ".") {
		folder := *p.linkBase
		folder.Path, folder.RawPath = folder.Path+"/", ""
		if second := folder.ResolveReference(u).String(); second != all[0] {
			all = append(all, second)
		}
	}
	return all
}

// maxRelations is how many bytes of relationships wait for the parts that they speak for.
const maxRelations = 4 << 20

// odfManifest tells which parts of an OpenDocument are encrypted (ODF 1.3-2 §4.8).
// It mostly stands last, so it is read before the others.
const odfManifest = "META-INF/manifest.xml"

func (a *archive) locked() bool {
	for i := range a.members {
		if m := &a.members[i]; m.name == odfManifest {
			if data, _ := a.read(m); bytes.Contains(data, []byte("encryption-data")) {
				return true
			}
		}
	}
	return false
}

// relationships lists the external targets of one part (ECMA-376-2 §9.3).
// Nothing is fetched for them here or by their kind: a remote template is a
// link like any other. uses is what is known of how the parts use them.
func (p *part) relationships(data []byte, name string, flags []string, uses map[string]linkUse) {
	// word/_rels/document.xml.rels speaks for word/document.xml.
	dir, base := path.Split(name)
	of := path.Join(strings.TrimSuffix(dir, "_rels/"), strings.TrimSuffix(base, ".rels"))
	d := newXML(data)
	for {
		t, err := d.Token()
		if err != nil {
			if err != io.EOF {
				p.unread(p.place(name).Where, ReasonMalformed, "not well-formed XML")
			}
			return
		}
		e, ok := t.(xml.StartElement)
		if !ok || e.Name.Local != "Relationship" {
			continue
		}
		var id, target, kind string
		external := false
		for _, a := range e.Attr {
			switch a.Name.Local {
			case "Id":
				id = a.Value
			case "Target":
				target = a.Value
			case "Type":
				kind = path.Base(a.Value)
			case "TargetMode":
				external = a.Value == "External"
			}
		}
		if kind == "" {
			kind = "relationship"
		}
		step := "link"
		if kind != "hyperlink" {
			step = "link " + kind
		}
		if isTarget(target) && !uses[of].out[id] {
			for _, fragment := range uses[of].fragments[id] {
				p.link(withFragment(target, fragment), p.place(of, step).flagged(flags...))
			}
			if uses[of].fragments[id] == nil {
				p.link(target, p.place(of, step).flagged(flags...))
			}
		} else if kind == "hyperlink" && external && !uses[of].out[id] {
			for _, u := range p.onBase(target) {
				p.link(u, p.place(of, step).flagged(flags...))
			}
		}
	}
}

// field matches the field codes that name a URL (ECMA-376-1 §17.16.5).
var field = regexp.MustCompile(`(?i)\b(HYPERLINK|INCLUDEPICTURE|INCLUDETEXT|DISPLAYBARCODE|MERGEBARCODE)\s+(?:\\[a-z]\s+)*(?:"([^"]*)"|(\S+))`)

// fieldPlace matches the switch that names a place within the target of a field
// HYPERLINK (§17.16.5.25): programs write the fragment of an address so.
var fieldPlace = regexp.MustCompile(`\\l\s+(?:"([^"]*)"|([^\s"\\]+))`)

func (p *part) fields(code string, pl Place) {
	all := field.FindAllStringSubmatchIndex(code, -1)
	for i, at := range all {
		if p.done() {
			return
		}
		rest := code[at[1]:]
		if i+1 < len(all) {
			rest = code[at[1]:all[i+1][0]]
		}
		group := func(n int) string { return code[max(0, at[2*n]):max(0, at[2*n+1])] }
		fragment := ""
		if m := fieldPlace.FindStringSubmatch(rest); m != nil {
			fragment = m[1] + m[2]
		}
		fp := pl
		fp.Where += " > field " + strings.ToUpper(group(1))
		target := group(2) + group(3)
		p.link(withFragment(target, fragment), fp)
		if !isTarget(target) && strings.EqualFold(group(1), "HYPERLINK") && !strings.HasPrefix(target, `\`) && !within(code[at[0]:at[1]]) {
			for _, u := range p.onBase(target) {
				p.link(withFragment(u, fragment), fp)
			}
		}
	}
}

// within reports whether a field leads to a place in its own document: its target stands
// behind the switch \l.
func within(field string) bool { return fieldPlace.MatchString(field) }

// withFragment gives back the fragment that office programs keep apart from its address.
func withFragment(target, fragment string) string {
	if _, err := url.PathUnescape(fragment); err != nil || fragment == "" || len(fragment) > maxFragment || strings.Contains(target, "#") {
		return target
	}
	return target + "#" + fragment
}

// xml reads one XML part of a document as prose, links, fields and base64
// files. It gives how it uses its links.
func (p *part) xml(b []byte, pl Place) linkUse {
	if isUTF16(b) {
		b = []byte(decodeText(b))
		if i := bytes.Index(b[:min(len(b), 200)], []byte("?>")); i >= 0 {
			b = b[i+2:] // its declaration names the encoding it no longer has
		}
	}
	r := xmlReader{p: p, place: pl, use: linkUse{map[string]bool{}, map[string][]string{}}}
	err := r.read(b)
	r.flushField()
	prose := pl
	prose.Where += " > text"
	prose.Offset = 0
	p.prose(r.text(), prose)
	switch {
	case err == nil:
	case errors.Is(err, errDepth):
		p.unread(pl.Where, ReasonDepth, "elements nested too deep")
	default:
		p.unread(pl.Where, ReasonMalformed, "not well-formed XML")
	}
	maps.DeleteFunc(r.use.out, func(_ string, out bool) bool { return !out })
	return r.use
}

// linkUse is how a part uses its links, by the ids of their relationships.
type linkUse struct {
	out       map[string]bool     // links that are closed: whether the author took out all of their text while changes were kept
	fragments map[string][]string // fragments of their addresses, "" for none
}

// fragment notes the fragment with which an element uses its link
// (ECMA-376-1 §17.16.22, §18.3.1.47).
func (u linkUse) fragment(t xml.StartElement) {
	id := relationOf(t)
	if id == "" {
		return
	}
	fragment := ""
	for _, a := range t.Attr {
		if a.Name.Local == "anchor" || a.Name.Local == "location" {
			fragment = a.Value
		}
	}
	all, there := u.fragments[id]
	if !there && len(u.fragments) >= maxFragmented || len(all) >= maxFragments || slices.Contains(all, fragment) {
		return
	}
	u.fragments[id] = append(all, fragment)
}

const (
	maxFragments  = 16     // of one relationship
	maxFragment   = 512    // bytes of one
	maxFragmented = 10_000 // relationships of a part
)

type xmlReader struct {
	p     *part
	place Place
	prose []byte
	code  strings.Builder // of the field that is open
	outer [][]byte        // what was written before each of the elements beside the text that are open
	later []byte          // what those held that are closed: it follows the paragraph they stand in

	link string // relationship of the link that is open
	kept bool   // it has text that stays
	cut  bool   // it has some that was taken out, or was with all in it
	use  linkUse
}

// linked notes of the link that is open, or of one that is taken out with all in it,
// whether it stays.
func (r *xmlReader) linked(id string, stays bool) {
	if _, known := r.use.out[id]; id != "" && (stays || !known) {
		r.use.out[id] = !stays
	}
}

func (r *xmlReader) flushField() {
	if r.code.Len() > 0 {
		r.p.fields(r.code.String(), r.place)
		r.code.Reset()
	}
}

// isBeside reports whether an element stands beside the text, wherever in it it is
// anchored: a drawing, a text box, a note, a comment.
func isBeside(n xml.Name) bool {
	switch n.Space {
	case "w":
		return n.Local == "drawing" || n.Local == "pict" || n.Local == "object" || n.Local == "txbxContent"
	case "text":
		return n.Local == "note" || n.Local == "ruby-text"
	case "office":
		return n.Local == "annotation"
	case "draw":
		return n.Local == "frame" || n.Local == "custom-shape" || n.Local == "g" || n.Local == "rect" || n.Local == "ellipse"
	}
	return false
}

// beside keeps what follows apart from the text around it, until apart.
func (r *xmlReader) beside() {
	r.outer = append(r.outer, r.prose)
	r.prose = nil
}

func (r *xmlReader) apart() {
	if len(r.outer) == 0 {
		return
	}
	r.later = append(append(append(r.later, '\n'), r.prose...), '\n')
	r.prose = r.outer[len(r.outer)-1]
	r.outer = r.outer[:len(r.outer)-1]
}

// line ends a line, and tells what stood beside it.
func (r *xmlReader) line() {
	r.prose = append(r.prose, '\n')
	if len(r.outer) == 0 {
		r.prose = append(r.prose, r.later...)
		r.later = r.later[:0]
	}
}

// text is all that was written, also where the document breaks off.
func (r *xmlReader) text() string {
	for len(r.outer) > 0 {
		r.apart()
	}
	r.line()
	return string(r.prose)
}

func (r *xmlReader) read(b []byte) error {
	d := newXML(b)
	depth, gone := 0, 0 // elements that are open; how many were at the one that was deleted
	local := ""
	var binary strings.Builder
	for n := 0; ; n++ {
		if n&0x3ff == 0 && r.p.done() {
			return nil
		}
		t, err := d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxXMLDepth {
				return errDepth
			}
			local = t.Name.Local
			if gone == 0 && isDeletion(t.Name) {
				gone, r.cut = depth, true
			}
			if t.Name.Space == "w" && local == "hyperlink" { // ECMA-376-1 §17.16.22
				r.link, r.kept, r.cut = relationOf(t), false, gone > 0
			}
			if gone > 0 {
				continue
			}
			if local == "hyperlink" {
				r.use.fragment(t)
			} else {
				r.kept = r.kept || local == "r"
				r.linked(relationOf(t), true)
			}
			for _, a := range t.Attr {
				r.attr(local, a)
			}
			r.begins(t.Name)
		case xml.EndElement:
			if t.Name.Space == "w" && t.Name.Local == "hyperlink" {
				r.linked(r.link, r.kept || !r.cut)
				r.link = ""
			}
			if depth == gone {
				gone = 0
			}
			if depth--; gone > 0 {
				continue
			}
			r.ends(t.Name)
			switch t.Name.Local {
			case "binaryData", "binary-data", "binData":
				r.binary(t.Name.Local, binary.String())
				binary.Reset()
			}
			local = ""
		case xml.CharData:
			switch local {
			case "instrText":
				if gone == 0 {
					r.code.Write(t)
				}
			case "binaryData", "binary-data", "binData":
				if int64(binary.Len()+len(t)) < r.p.limits.FileBytes {
					binary.Write(t)
				}
			default:
				if gone == 0 {
					r.prose = append(r.prose, t...)
				}
			}
		}
	}
}

// ends writes what the end of an element stands for.
func (r *xmlReader) ends(n xml.Name) {
	if isBeside(n) {
		r.apart()
	}
	switch n.Local {
	case "p", "h", "tr", "si", "row", "c", "lpwstr", "property", "f", "note-citation", "creator", "date", "desc":
		r.line()
	}
}

// begins writes what an element without text stands for.
func (r *xmlReader) begins(n xml.Name) {
	if isBeside(n) {
		r.beside()
	}
	switch n.Local {
	case "tab", "ptab", "s":
		r.prose = append(r.prose, ' ')
	case "noBreakHyphen": // ECMA-376-1 §17.3.3.18
		r.prose = append(r.prose, '-')
	case "br", "line-break", "cr":
		r.prose = append(r.prose, '\n')
	}
}

// binary reads the file that an element holds in base64.
func (r *xmlReader) binary(element, text string) {
	if data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), "")); err == nil && len(data) > 0 {
		pl := r.place
		pl.Where += " > " + element
		r.p.embedQuiet(pl, "", data)
	}
}

// relationOf is the id of the relationship that an element names.
func relationOf(t xml.StartElement) string {
	for _, a := range t.Attr {
		if a.Name.Space == "r" && a.Name.Local == "id" {
			return a.Value
		}
	}
	return ""
}

// isDeletion reports whether an element holds what its author took out while changes
// were kept (ECMA-376-1 §17.13.5.14, §17.13.5.22; ODF 1.3-3 §5.5.1).
func isDeletion(n xml.Name) bool {
	return n.Space == "w" && (n.Local == "del" || n.Local == "moveFrom" || n.Local == "delText" || n.Local == "delInstrText") ||
		n.Space == "text" && n.Local == "tracked-changes"
}

func (r *xmlReader) attr(element string, a xml.Attr) {
	switch {
	case a.Name.Space == "xmlns" || a.Name.Local == "xmlns" || a.Name.Local == "schemaLocation":
	case element == "fldChar" && a.Name.Local == "fldCharType":
		r.flushField()
	case a.Name.Local == "instr":
		r.p.fields(a.Value, r.place)
	case a.Name.Local == "href" || a.Name.Local == "Target":
		if isTarget(a.Value) {
			pl := r.place
			pl.Where += " > link"
			r.p.link(a.Value, pl)
		}
	case a.Name.Local == "uri": // names of extensions
	case len(a.Value) >= 12 && (strings.Contains(a.Value, "http") || strings.Contains(a.Value, "eyJ") || strings.HasPrefix(a.Value, "{")):
		// Descriptions of pictures, tool tips, properties.
		pl := r.place
		pl.Where += " > " + cleanStep(element+" "+a.Name.Local)
		pl.Offset = 0
		r.p.text(a.Value, pl)
	}
}

// sniffXML is for XML that no other carrier knows: flat office documents, XMP
// packets, exports.
func sniffXML(p *part) bool {
	if isEuropassXML(p.data) {
		return true
	}
	b := bytes.TrimLeft(bytes.TrimPrefix(p.data[:min(len(p.data), maxRoot)], []byte("\xEF\xBB\xBF")), " \t\r\n")
	if bytes.HasPrefix(b, []byte("<?xml")) || bytes.HasPrefix(b, []byte("<?xpacket")) || bytes.HasPrefix(b, []byte("<x:xmpmeta")) {
		return true
	}
	// Without its declaration it is known by an end that fits its beginning.
	if len(b) < 4 || b[0] != '<' || !isLetter(b[1]) && b[1] != '!' && b[1] != '_' {
		return false
	}
	root, ok := rootOf(b)
	if !ok {
		return false
	}
	name := root.Name.Local
	if root.Name.Space != "" {
		name = root.Name.Space + ":" + name
	}
	end := bytes.TrimRight(p.data[max(0, len(p.data)-maxStep):], " \t\r\n>")
	return bytes.HasSuffix(end, []byte("</"+name)) || p.ext() == ".xml"
}

// rootOf gives the first element of XML, in whose first bytes it is.
func rootOf(b []byte) (xml.StartElement, bool) {
	d := newXML(b[:min(len(b), maxRoot)])
	for {
		t, err := d.RawToken()
		if err != nil {
			return xml.StartElement{}, false
		}
		if e, ok := t.(xml.StartElement); ok {
			return e, true
		}
		if words, ok := t.(xml.CharData); ok && len(bytes.TrimSpace(words)) > 0 && !bytes.HasPrefix(words, []byte("\xEF\xBB\xBF")) {
			return xml.StartElement{}, false
		}
	}
}

func extractXML(p *part) {
	if isEuropassXML(p.data) {
		p.form(trimPayload(decodeText(p.data)), p.place())
		return
	}
	if root, ok := rootOf(p.data); !ok || isOffice(root.Name.Space) || p.root().fetched {
		p.xml(p.data, p.place())
		return
	}
	extractXMLData(p)
}
