package extract

import (
	"hash/maphash"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"assay/extract/pdf"
	"assay/extract/raster"
)

// Bounds of one walk.
const (
	pdfMaxNodes  = 400_000 // nodes looked at
	pdfMaxDepth  = 64      // of trees: pages, names, outlines, fields
	pdfMaxChain  = 64      // of /Next actions
	pdfMaxStruct = 50_000  // structure elements
	pdfMaxInner  = 1000    // parts of one object in one tree
)

// pdfWalk goes through the tree of one reader and hands what it finds to the
// document.
type pdfWalk struct {
	d       *pdfDoc
	reader  string
	trailer pdf.Node
	left    int
	over    bool        // the time of the call is: nothing more is looked at
	base    *url.URL    // of relative URIs
	seen    map[int]int // objects, how often
	pages   []pdfPage
	// Pictures of the page that were searched as parts of larger ones.
	inGroups  map[int]bool
	stretched map[int]float64 // how many times as high as wide pictures of the page are drawn
	shown     map[uint64]bool // parts of pages that were drawn and searched, by their pixels
	seed      maphash.Seed    // of shown: nobody knows beforehand what falls together
	survey    raster.Survey   // of the page that is looked through
	clips     raster.Survey   // and that of its clips
	glyphs    map[int]bool    // large ones whose pictures are searched, by their objects
	short     string          // where the picture that was decoded last breaks off; "" for a whole one
}

// spend takes a node off the budget. Every loop of the walk asks it: once the time is
// over, all of them end.
func (w *pdfWalk) spend() bool {
	if w.over {
		return false
	}
	if w.left--; w.left < 0 {
		w.d.file.Limited = true
		return false
	}
	w.over = w.left%256 == 0 && w.d.p.done()
	return !w.over
}

// first reports whether the object of n is met for the first time. A part of
// the object from that it hangs on is no object of its own: it counts as new, up
// to a bound, as it may be that object itself again.
func (w *pdfWalk) first(n pdf.Node, from int) bool {
	num := n.Object()
	if num == 0 {
		return true
	}
	w.seen[num]++
	if num == from {
		return w.seen[num] < pdfMaxInner
	}
	return w.seen[num] == 1
}

func (w *pdfWalk) place(n pdf.Node, steps ...string) Place {
	pl := w.d.p.place(steps...)
	pl.Reader, pl.Object = w.reader, n.Object()
	return pl
}

// run walks everything but the text.
func (w *pdfWalk) run() {
	w.left, w.seen = pdfMaxNodes, map[int]int{}
	root := w.trailer.Key("Root")
	if b, ok := root.Key("URI").Key("Base").Str(); ok {
		if u, err := url.Parse(pdf.TextString(b)); err == nil && u.IsAbs() {
			w.base = u
		}
	}
	w.info(w.trailer.Key("Info"))
	w.action(root.Key("OpenAction"), "open action")
	w.actions(root.Key("AA"), "document action")
	names := root.Key("Names")
	w.nameTree(names.Key("EmbeddedFiles"), func(name string, v pdf.Node) { w.filespec(v, name) })
	w.hybrid(w.trailer.Key("AdditionalStreams"))
	w.nameTree(names.Key("URLS"), func(_ string, v pdf.Node) {
		w.action(v, "name tree")
		w.uri(v.Key("URL"), "name tree")
	})
	w.nameTree(names.Key("JavaScript"), func(_ string, v pdf.Node) { w.action(v, "name tree") })
	w.pageTree(root.Key("Pages"))
	for i, page := range w.pages {
		w.page(page, i+1)
	}
	w.common(root)
	w.outlines(root.Key("Outlines"))
	form := root.Key("AcroForm")
	w.fields(form.Key("Fields"))
	w.xfa(form.Key("XFA"))
	if w.d.file.AssociatedFiles() || w.d.file.Opened {
		w.structure(root.Key("StructTreeRoot"))
	}
}

// info reads the document information dictionary: badges stand under
// `openbadges`, links anywhere.
func (w *pdfWalk) info(info pdf.Node) {
	for _, key := range info.Keys() {
		v := info.Key(key)
		if s, ok := v.Str(); ok {
			w.text(v, s, "info "+key)
		}
	}
}

// text hands over a string that may be a badge, a link, or prose.
func (w *pdfWalk) text(n pdf.Node, s string, steps ...string) {
	s = pdf.TextString(s)
	if len(s) < 8 || !w.spend() || !pdfTelling(s) {
		return
	}
	w.d.text(s, w.place(n, steps...))
}

// pdfTelling reports whether a string could hold a URL, a JWS or JSON.
func pdfTelling(s string) bool {
	return strings.IndexByte(s, '/') >= 0 || strings.IndexByte(s, '{') >= 0 || strings.Contains(s, "ey")
}

// value hands over a string or a stream of text, rich text (XHTML) too.
func (w *pdfWalk) value(v pdf.Node, steps ...string) {
	s, ok := v.Str()
	if v.IsStream() && w.first(v, 0) && w.spend() {
		b, _, err := v.Data()
		s, ok = string(b), err == nil
	}
	switch {
	case !ok:
	case strings.HasPrefix(s, "<"):
		w.d.xml([]byte(s), w.place(v, steps...))
	default:
		w.text(v, s, steps...)
	}
}

// common reads what a catalog, a page, an annotation, a picture and a structure
// element may all have: metadata and associated files.
func (w *pdfWalk) common(n pdf.Node, steps ...string) {
	if m := n.Key("Metadata"); m.IsStream() && w.first(m, n.Object()) && w.spend() {
		if b, _, err := m.Data(); err == nil {
			w.d.xmp(b, w.place(m, append(steps, "xmp")...))
		}
	}
	w.files(n.Key("AF"), steps...)
}

func (w *pdfWalk) files(af pdf.Node, steps ...string) {
	if af.IsDict() {
		w.filespec(af, "", steps...)
	}
	for i := 0; i < af.Len() && w.spend(); i++ {
		w.filespec(af.Index(i), "", steps...)
	}
}

// filespec hands over the file that a file specification embeds
// (ISO 32000-1 §7.11).
func (w *pdfWalk) filespec(spec pdf.Node, name string, steps ...string) {
	if !spec.IsDict() || !w.spend() {
		return
	}
	for _, key := range []string{"UF", "F", "Unix", "DOS", "Mac"} {
		if s, ok := spec.Key(key).Str(); ok && s != "" {
			name = pdf.TextString(s)
			break
		}
	}
	ef := spec.Key("EF")
	if ef.Null() {
		if spec.Key("FS").Name() == "URL" {
			w.d.link(name, w.place(spec, append(steps, "file")...), w.reader)
		}
		return
	}
	done := map[int]bool{}
	for _, key := range []string{"UF", "F", "Unix", "DOS", "Mac"} {
		s := ef.Key(key)
		if !s.IsStream() || done[s.Object()] {
			continue
		}
		done[s.Object()] = true
		w.attachment(s, name, steps...)
	}
	// Related files (§7.11.4.3): an array of names and streams.
	if rf := spec.Key("RF"); rf.IsDict() {
		for _, key := range rf.Keys() {
			list := rf.Key(key)
			for i := 1; i < list.Len() && w.spend(); i += 2 {
				sub, _ := list.Index(i - 1).Str()
				w.attachment(list.Index(i), pdf.TextString(sub), steps...)
			}
		}
	}
}

// hybrid hands over the document that a hybrid PDF of LibreOffice was made from: the trailer
// has kinds and streams by turns. Its pictures are whole there, on the page they are pixels.
func (w *pdfWalk) hybrid(list pdf.Node) {
	for i := 1; i < list.Len() && w.spend(); i += 2 {
		w.attachment(list.Index(i), "", "original")
	}
}

func (w *pdfWalk) attachment(s pdf.Node, name string, steps ...string) {
	if !s.IsStream() || !w.spend() {
		return
	}
	step := "attachment"
	if name != "" {
		step += " " + name
	}
	pl := w.place(s, append(steps, step)...)
	if w.d.sameFile(w.reader, s.Object()) {
		return
	}
	b, _, err := s.Data() // a picture's filter is the file's own form: a JPEG stays a JPEG
	if err != nil && b == nil {
		w.d.failed(pl.Where, err)
		return
	}
	if err != nil {
		w.d.failed(pl.Where, err)
	}
	w.d.met(s, pl.Where)
	w.d.embed(b, name, s.Key("Subtype").Name(), pl, w.reader)
}

// nameTree calls each for every leaf (ISO 32000-1 §7.9.6).
func (w *pdfWalk) nameTree(root pdf.Node, each func(name string, v pdf.Node)) {
	type level struct {
		n           pdf.Node
		from, depth int
	}
	stack := []level{{root, root.Object(), 0}}
	for len(stack) > 0 {
		l := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !l.n.IsDict() || !w.spend() || !w.first(l.n, l.from) {
			continue
		}
		names := l.n.Key("Names")
		for i := 0; i+1 < names.Len() && w.spend(); i += 2 {
			s, _ := names.Index(i).Str()
			each(pdf.TextString(s), names.Index(i+1))
		}
		kids := l.n.Key("Kids")
		for i := min(kids.Len(), 10_000) - 1; i >= 0 && l.depth < pdfMaxDepth && w.spend(); i-- {
			stack = append(stack, level{kids.Index(i), l.n.Object(), l.depth + 1})
		}
	}
}

// pageTree collects the pages in order, each once.
func (w *pdfWalk) pageTree(root pdf.Node) {
	type level struct {
		n           pdf.Node
		from, depth int
		res         pdf.Node // inherited resources
	}
	stack := []level{{root, 0, 0, pdf.Null{}}}
	for len(stack) > 0 {
		l := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !l.n.IsDict() || !w.spend() || !w.first(l.n, l.from) {
			continue
		}
		kids, kind := l.n.Key("Kids"), l.n.Key("Type").Name()
		if kids.Len() == 0 && (kind == "Pages" || kind == "Catalog") {
			continue // a tree without a page
		}
		if kids.Len() == 0 || kind == "Page" {
			if len(w.pages) < w.d.maxPages() {
				w.pages = append(w.pages, pdfPage{Node: l.n, inherited: l.res})
			} else {
				w.d.tooManyPages(w.d.maxPages())
			}
			continue
		}
		if l.depth >= pdfMaxDepth {
			continue
		}
		res := l.n.Key("Resources")
		if res.Null() {
			res = l.res
		}
		for i := min(kids.Len(), pdf.MaxObjects) - 1; i >= 0 && w.spend(); i-- {
			stack = append(stack, level{kids.Index(i), l.n.Object(), l.depth + 1, res})
		}
	}
}

// byOurselves walks the same pages by our own reader, which keeps what it has read;
// it is w where that does not come upon the same ones.
func (w *pdfWalk) byOurselves() *pdfWalk {
	own := &pdfWalk{d: w.d, reader: w.reader, trailer: w.d.file.Tree(), left: pdfMaxNodes, seen: map[int]int{}}
	own.pageTree(own.trailer.Key("Root").Key("Pages"))
	if !slices.EqualFunc(w.pages, own.pages, func(a, b pdfPage) bool { return a.Object() == b.Object() }) {
		return w
	}
	return own
}

// pdfPage is a page with the resources that it inherits.
type pdfPage struct {
	pdf.Node
	inherited pdf.Node
	drawn     pdfDrawn
}

func (p pdfPage) resources() pdf.Node {
	if r := p.Key("Resources"); !r.Null() {
		return r
	}
	return p.inherited
}

func (w *pdfWalk) page(page pdfPage, number int) {
	here := "page " + strconv.Itoa(number)
	w.common(page, here)
	w.actions(page.Key("AA"), here, "page action")
	annots := page.Key("Annots")
	for i := 0; i < annots.Len() && w.spend(); i++ {
		w.annotation(annots.Index(i), here)
	}
	if w.d.metadata() {
		w.pictures(page.resources(), here, 0)
	}
}

func (w *pdfWalk) annotation(a pdf.Node, here string) {
	if !a.IsDict() {
		return
	}
	kind := "annotation"
	switch a.Key("Subtype").Name() {
	case "Link":
		kind = "link"
	case "Widget":
		kind = "form field"
		w.first(a, 0) // fields need not visit it again
	case "FileAttachment":
		w.filespec(a.Key("FS"), "", here)
	case "RichMedia", "3D", "Screen", "Movie", "Sound":
		w.richMedia(a, here)
	}
	w.action(a.Key("A"), here, kind)
	w.action(a.Key("PA"), here, kind)
	w.actions(a.Key("AA"), here, kind)
	w.uri(a.Key("URI"), here, kind) // without an action: an old writer's mistake
	w.common(a, here, kind)
	for _, key := range []string{"Contents", "RC"} {
		w.value(a.Key(key), here, kind)
	}
	if kind == "form field" {
		w.field(a, here)
	}
}

// richMedia hands over the files of RichMedia and 3D annotations.
func (w *pdfWalk) richMedia(a pdf.Node, here string) {
	w.nameTree(a.Key("RichMediaContent").Key("Assets"), func(name string, v pdf.Node) { w.filespec(v, name, here) })
	for _, v := range []pdf.Node{a.Key("3DD"), a.Key("3DD").Key("3DD"), a.Key("Sound"), a.Key("Movie").Key("F")} {
		switch {
		case v.IsStream():
			w.attachment(v, "", here)
		case v.IsDict():
			w.filespec(v, "", here)
		}
	}
	if r := a.Key("A").Key("R"); r.IsDict() { // a rendition's media clip
		w.filespec(r.Key("C").Key("D"), "", here)
	}
}

// actions reads an additional-actions dictionary.
func (w *pdfWalk) actions(aa pdf.Node, steps ...string) {
	for _, key := range aa.Keys() {
		w.action(aa.Key(key), steps...)
	}
}

// action follows an action and its /Next (ISO 32000-1 §12.6).
func (w *pdfWalk) action(a pdf.Node, steps ...string) {
	type link struct {
		a    pdf.Node
		from int
	}
	queue := []link{{a, a.Object()}}
	var seen map[int]bool
	for n := 0; len(queue) > 0 && n < pdfMaxChain; n++ {
		l := queue[0]
		a, queue = l.a, queue[1:]
		if !a.IsDict() || !w.spend() {
			continue
		}
		num := a.Object()
		if num != l.from {
			if seen[num] {
				continue
			}
			if seen == nil {
				seen = map[int]bool{}
			}
			seen[num] = true
		}
		switch s := a.Key("S").Name(); s {
		case "URI", "":
			w.uri(a.Key("URI"), steps...)
		case "GoToR", "GoToE", "Launch", "SubmitForm", "ImportData":
			w.target(a, s, steps...)
		case "JavaScript": // app.launchURL
			w.value(a.Key("JS"), append(slices.Clone(steps), "script")...)
		}
		next := a.Key("Next")
		if next.IsDict() {
			queue = append(queue, link{next, num})
		}
		for i := 0; i < min(next.Len(), pdfMaxChain); i++ {
			queue = append(queue, link{next.Index(i), num})
		}
	}
}

func (w *pdfWalk) uri(v pdf.Node, steps ...string) {
	s, ok := v.Str()
	if !ok || s == "" {
		return
	}
	w.d.link(w.absolute(pdf.TextString(s)), w.place(v, steps...), w.reader)
}

// absolute resolves a relative URI on the document's /URI /Base.
func (w *pdfWalk) absolute(s string) string {
	if w.base == nil {
		return s
	}
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.IsAbs() {
		return s
	}
	return w.base.ResolveReference(u).String()
}

// target records what an action would open or send to. It is never opened; a
// web address among them is a link like any other.
func (w *pdfWalk) target(a pdf.Node, kind string, steps ...string) {
	f := a.Key("F")
	name, ok := f.Str()
	for _, key := range []string{"UF", "F"} {
		if ok {
			break
		}
		name, ok = f.Key(key).Str()
	}
	if !ok {
		return
	}
	name = pdf.TextString(name)
	pl := w.place(a, append(steps, kind)...)
	if strings.Contains(name, "://") {
		w.d.link(name, pl, w.reader)
		return
	}
	w.d.p.unread(pl.Where, ReasonOutside, "")
}

// outlines reads the bookmarks (ISO 32000-1 §12.3.3).
func (w *pdfWalk) outlines(root pdf.Node) {
	type level struct {
		n    pdf.Node
		from int
	}
	stack := []level{{root.Key("First"), root.Object()}}
	for n := 0; len(stack) > 0 && n < pdfMaxStruct; n++ {
		l := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !l.n.IsDict() || !w.spend() || !w.first(l.n, l.from) {
			continue
		}
		w.action(l.n.Key("A"), "outline")
		num := l.n.Object()
		stack = append(stack, level{l.n.Key("Next"), num}, level{l.n.Key("First"), num})
	}
}

// fields reads the form's fields that have no widget on a page, and the
// widgets again: a place more does no harm.
func (w *pdfWalk) fields(list pdf.Node) {
	type level struct {
		n           pdf.Node
		from, depth int
	}
	var stack []level
	push := func(list pdf.Node, from, depth int) {
		for i := min(list.Len(), 20_000) - 1; i >= 0 && depth < pdfMaxDepth && w.spend(); i-- {
			stack = append(stack, level{list.Index(i), from, depth})
		}
	}
	push(list, list.Object(), 0)
	for len(stack) > 0 {
		l := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !l.n.IsDict() || !w.first(l.n, l.from) || !w.spend() {
			continue
		}
		w.field(l.n, "form")
		w.action(l.n.Key("A"), "form", "form field")
		w.actions(l.n.Key("AA"), "form", "form field")
		push(l.n.Key("Kids"), l.n.Object(), l.depth+1)
	}
}

// field reads the values of a field, its parents' too (ISO 32000-1 §12.7.3).
func (w *pdfWalk) field(f pdf.Node, here string) {
	name := ""
	seen := map[int]bool{}
	for n := 0; f.IsDict() && n < pdfMaxDepth && w.spend(); n++ {
		if num := f.Object(); num != 0 {
			if seen[num] {
				return
			}
			seen[num] = true
		}
		if s, ok := f.Key("T").Str(); ok && name == "" {
			name = " " + pdf.TextString(s)
		}
		for _, key := range []string{"V", "DV", "RV"} {
			v := f.Key(key)
			w.value(v, here, "form field"+name)
			for i := 0; i < min(v.Len(), 1000); i++ {
				w.value(v.Index(i), here, "form field"+name)
			}
		}
		parent := f.Key("Parent")
		if parent.Key("T").Null() && parent.Key("V").Null() && parent.Key("RV").Null() && parent.Key("DV").Null() {
			return
		}
		f = parent
	}
}

// xfa reads the packets of an XFA form.
func (w *pdfWalk) xfa(x pdf.Node) {
	packet := func(s pdf.Node, name string) {
		if !s.IsStream() || !w.spend() {
			return
		}
		step := "xfa"
		if name != "" {
			step += " " + name
		}
		if b, _, err := s.Data(); err == nil {
			w.d.xml(b, w.place(s, step))
		}
	}
	packet(x, "")
	for i := 0; i+1 < min(x.Len(), 256); i += 2 {
		name, _ := x.Index(i).Str()
		packet(x.Index(i+1), name)
	}
}

// structure looks for associated files in the structure tree.
func (w *pdfWalk) structure(root pdf.Node) {
	type level struct {
		n    pdf.Node
		from int
	}
	stack := []level{{root, root.Object()}}
	for n := 0; len(stack) > 0 && n < pdfMaxStruct; n++ {
		l := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !l.n.IsDict() || !w.spend() || !w.first(l.n, l.from) {
			continue
		}
		w.common(l.n, "structure")
		num := l.n.Object()
		k := l.n.Key("K")
		if k.IsDict() {
			stack = append(stack, level{k, num})
		}
		for i := min(k.Len(), pdfMaxStruct) - 1; i >= 0 && w.spend(); i-- {
			stack = append(stack, level{k.Index(i), num})
		}
	}
}

// pictures reads the metadata and associated files of pictures and forms.
func (w *pdfWalk) pictures(resources pdf.Node, here string, depth int) {
	x := resources.Key("XObject")
	if depth > 8 || !x.IsDict() {
		return
	}
	for _, key := range x.Keys() {
		o := x.Key(key)
		if !o.IsStream() || !w.spend() || !w.first(o, 0) {
			continue
		}
		w.common(o, here, "image "+key)
		if o.Key("Subtype").Name() == "Form" {
			w.pictures(o.Key("Resources"), here, depth+1)
		}
	}
}
