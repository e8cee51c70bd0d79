package extract

import (
	"net/url"
	"strconv"
	"strings"
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
	trailer pdfNode
	left    int
	base    *url.URL    // of relative URIs
	seen    map[int]int // objects, how often
	pages   []pdfPage
}

func (w *pdfWalk) spend() bool {
	if w.left--; w.left < 0 {
		w.d.file.limited = true
		return false
	}
	return w.left%256 != 0 || !w.d.p.done()
}

// first reports whether the object of n is met for the first time. A part of
// the object from that it hangs on is no object of its own: it counts as new, up
// to a bound, as it may be that object itself again.
func (w *pdfWalk) first(n pdfNode, from int) bool {
	num := n.object()
	if num == 0 {
		return true
	}
	w.seen[num]++
	if num == from {
		return w.seen[num] < pdfMaxInner
	}
	return w.seen[num] == 1
}

func (w *pdfWalk) place(n pdfNode, steps ...string) Place {
	pl := w.d.p.place(steps...)
	pl.Reader, pl.Object = w.reader, n.object()
	return pl
}

// run walks everything but the text.
func (w *pdfWalk) run() {
	w.left, w.seen = pdfMaxNodes, map[int]int{}
	root := w.trailer.key("Root")
	if b, ok := root.key("URI").key("Base").str(); ok {
		if u, err := url.Parse(pdfTextString(b)); err == nil && u.IsAbs() {
			w.base = u
		}
	}
	w.info(w.trailer.key("Info"))
	w.action(root.key("OpenAction"), "open action")
	w.actions(root.key("AA"), "document action")
	names := root.key("Names")
	w.nameTree(names.key("EmbeddedFiles"), func(name string, v pdfNode) { w.filespec(v, name) })
	w.nameTree(names.key("URLS"), func(_ string, v pdfNode) {
		w.action(v, "name tree")
		w.uri(v.key("URL"), "name tree")
	})
	w.pageTree(root.key("Pages"))
	for i, page := range w.pages {
		w.page(page, i+1)
	}
	w.common(root)
	w.outlines(root.key("Outlines"))
	form := root.key("AcroForm")
	w.fields(form.key("Fields"))
	w.xfa(form.key("XFA"))
	if w.d.file.associatedFiles() || w.d.file.encrypted {
		w.structure(root.key("StructTreeRoot"))
	}
}

// info reads the document information dictionary: badges stand under
// `openbadges`, links anywhere.
func (w *pdfWalk) info(info pdfNode) {
	for _, key := range info.keys() {
		v := info.key(key)
		if s, ok := v.str(); ok {
			w.text(v, s, "info "+key)
		}
	}
}

// text hands over a string that may be a badge, a link, or prose.
func (w *pdfWalk) text(n pdfNode, s string, steps ...string) {
	s = pdfTextString(s)
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
func (w *pdfWalk) value(v pdfNode, steps ...string) {
	s, ok := v.str()
	if v.isStream() && w.first(v, 0) && w.spend() {
		b, _, err := v.data()
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
func (w *pdfWalk) common(n pdfNode, steps ...string) {
	if m := n.key("Metadata"); m.isStream() && w.first(m, n.object()) && w.spend() {
		if b, _, err := m.data(); err == nil {
			w.d.xmp(b, w.place(m, append(steps, "xmp")...))
		}
	}
	w.files(n.key("AF"), steps...)
}

func (w *pdfWalk) files(af pdfNode, steps ...string) {
	if af.isDict() {
		w.filespec(af, "", steps...)
	}
	for i := 0; i < af.len() && w.spend(); i++ {
		w.filespec(af.index(i), "", steps...)
	}
}

// filespec hands over the file that a file specification embeds
// (ISO 32000-1 §7.11).
func (w *pdfWalk) filespec(spec pdfNode, name string, steps ...string) {
	if !spec.isDict() || !w.spend() {
		return
	}
	for _, key := range []string{"UF", "F", "Unix", "DOS", "Mac"} {
		if s, ok := spec.key(key).str(); ok && s != "" {
			name = pdfTextString(s)
			break
		}
	}
	ef := spec.key("EF")
	if ef.null() {
		if spec.key("FS").name() == "URL" {
			w.d.link(name, w.place(spec, append(steps, "file")...), w.reader)
		}
		return
	}
	done := map[int]bool{}
	for _, key := range []string{"UF", "F", "Unix", "DOS", "Mac"} {
		s := ef.key(key)
		if !s.isStream() || done[s.object()] {
			continue
		}
		done[s.object()] = true
		w.attachment(s, name, steps...)
	}
	// Related files (§7.11.4.3): an array of names and streams.
	if rf := spec.key("RF"); rf.isDict() {
		for _, key := range rf.keys() {
			list := rf.key(key)
			for i := 1; i < list.len() && w.spend(); i += 2 {
				sub, _ := list.index(i - 1).str()
				w.attachment(list.index(i), pdfTextString(sub), steps...)
			}
		}
	}
}

func (w *pdfWalk) attachment(s pdfNode, name string, steps ...string) {
	if !s.isStream() || !w.spend() {
		return
	}
	step := "attachment"
	if name != "" {
		step += " " + name
	}
	pl := w.place(s, append(steps, step)...)
	if w.d.sameFile(w.reader, s.object()) {
		return
	}
	b, picture, err := s.data()
	if err != nil && b == nil {
		w.d.failed(pl.Where, err)
		return
	}
	if picture != "" {
		// The filter is the file's own form: a JPEG stays a JPEG.
		picture = ""
	}
	if err != nil {
		w.d.failed(pl.Where, err)
	}
	w.d.embed(b, name, s.key("Subtype").name(), pl, w.reader)
}

// nameTree calls each for every leaf (ISO 32000-1 §7.9.6).
func (w *pdfWalk) nameTree(root pdfNode, each func(name string, v pdfNode)) {
	type level struct {
		n           pdfNode
		from, depth int
	}
	stack := []level{{root, root.object(), 0}}
	for len(stack) > 0 {
		l := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !l.n.isDict() || !w.spend() || !w.first(l.n, l.from) {
			continue
		}
		names := l.n.key("Names")
		for i := 0; i+1 < names.len() && w.spend(); i += 2 {
			s, _ := names.index(i).str()
			each(pdfTextString(s), names.index(i+1))
		}
		kids := l.n.key("Kids")
		for i := min(kids.len(), 10_000) - 1; i >= 0 && l.depth < pdfMaxDepth && w.spend(); i-- {
			stack = append(stack, level{kids.index(i), l.n.object(), l.depth + 1})
		}
	}
}

// pageTree collects the pages in order, each once.
func (w *pdfWalk) pageTree(root pdfNode) {
	type level struct {
		n           pdfNode
		from, depth int
		res         pdfNode // inherited resources
	}
	stack := []level{{root, 0, 0, pdfNull{}}}
	for len(stack) > 0 {
		l := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !l.n.isDict() || !w.spend() || !w.first(l.n, l.from) {
			continue
		}
		kids := l.n.key("Kids")
		if kids.len() == 0 || l.n.key("Type").name() == "Page" {
			if len(w.pages) < w.d.maxPages() {
				w.pages = append(w.pages, pdfPage{l.n, l.res})
			} else {
				w.d.tooManyPages(w.d.maxPages())
			}
			continue
		}
		if l.depth >= pdfMaxDepth {
			continue
		}
		res := l.n.key("Resources")
		if res.null() {
			res = l.res
		}
		for i := min(kids.len(), pdfMaxObjects) - 1; i >= 0 && w.spend(); i-- {
			stack = append(stack, level{kids.index(i), l.n.object(), l.depth + 1, res})
		}
	}
}

// pdfPage is a page with the resources that it inherits.
type pdfPage struct {
	pdfNode
	inherited pdfNode
}

func (p pdfPage) resources() pdfNode {
	if r := p.key("Resources"); !r.null() {
		return r
	}
	return p.inherited
}

func (w *pdfWalk) page(page pdfPage, number int) {
	here := "page " + strconv.Itoa(number)
	w.common(page, here)
	w.actions(page.key("AA"), here, "page action")
	annots := page.key("Annots")
	for i := 0; i < annots.len() && w.spend(); i++ {
		w.annotation(annots.index(i), here)
	}
	if w.d.metadata() {
		w.pictures(page.resources(), here, 0)
	}
}

func (w *pdfWalk) annotation(a pdfNode, here string) {
	if !a.isDict() {
		return
	}
	kind := "annotation"
	switch a.key("Subtype").name() {
	case "Link":
		kind = "link"
	case "Widget":
		kind = "form field"
		w.first(a, 0) // fields need not visit it again
	case "FileAttachment":
		w.filespec(a.key("FS"), "", here)
	case "RichMedia", "3D", "Screen", "Movie", "Sound":
		w.richMedia(a, here)
	}
	w.action(a.key("A"), here, kind)
	w.action(a.key("PA"), here, kind)
	w.actions(a.key("AA"), here, kind)
	w.uri(a.key("URI"), here, kind) // without an action: an old writer's mistake
	w.common(a, here, kind)
	for _, key := range []string{"Contents", "RC"} {
		w.value(a.key(key), here, kind)
	}
	if kind == "form field" {
		w.field(a, here)
	}
}

// richMedia hands over the files of RichMedia and 3D annotations.
func (w *pdfWalk) richMedia(a pdfNode, here string) {
	w.nameTree(a.key("RichMediaContent").key("Assets"), func(name string, v pdfNode) { w.filespec(v, name, here) })
	for _, v := range []pdfNode{a.key("3DD"), a.key("3DD").key("3DD"), a.key("Sound"), a.key("Movie").key("F")} {
		switch {
		case v.isStream():
			w.attachment(v, "", here)
		case v.isDict():
			w.filespec(v, "", here)
		}
	}
	if r := a.key("A").key("R"); r.isDict() { // a rendition's media clip
		w.filespec(r.key("C").key("D"), "", here)
	}
}

// actions reads an additional-actions dictionary.
func (w *pdfWalk) actions(aa pdfNode, steps ...string) {
	for _, key := range aa.keys() {
		w.action(aa.key(key), steps...)
	}
}

// action follows an action and its /Next (ISO 32000-1 §12.6).
func (w *pdfWalk) action(a pdfNode, steps ...string) {
	type link struct {
		a    pdfNode
		from int
	}
	queue := []link{{a, a.object()}}
	var seen map[int]bool
	for n := 0; len(queue) > 0 && n < pdfMaxChain; n++ {
		l := queue[0]
		a, queue = l.a, queue[1:]
		if !a.isDict() || !w.spend() {
			continue
		}
		num := a.object()
		if num != l.from {
			if seen[num] {
				continue
			}
			if seen == nil {
				seen = map[int]bool{}
			}
			seen[num] = true
		}
		switch s := a.key("S").name(); s {
		case "URI", "":
			w.uri(a.key("URI"), steps...)
		case "GoToR", "GoToE", "Launch", "SubmitForm", "ImportData":
			w.target(a, s, steps...)
		}
		next := a.key("Next")
		if next.isDict() {
			queue = append(queue, link{next, num})
		}
		for i := 0; i < min(next.len(), pdfMaxChain); i++ {
			queue = append(queue, link{next.index(i), num})
		}
	}
}

func (w *pdfWalk) uri(v pdfNode, steps ...string) {
	s, ok := v.str()
	if !ok || s == "" {
		return
	}
	w.d.link(w.absolute(pdfTextString(s)), w.place(v, steps...), w.reader)
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
func (w *pdfWalk) target(a pdfNode, kind string, steps ...string) {
	f := a.key("F")
	name, ok := f.str()
	for _, key := range []string{"UF", "F"} {
		if ok {
			break
		}
		name, ok = f.key(key).str()
	}
	if !ok {
		return
	}
	name = pdfTextString(name)
	pl := w.place(a, append(steps, kind)...)
	if strings.Contains(name, "://") {
		w.d.link(name, pl, w.reader)
		return
	}
	w.d.p.unread(pl.Where, ReasonOutside, "")
}

// outlines reads the bookmarks (ISO 32000-1 §12.3.3).
func (w *pdfWalk) outlines(root pdfNode) {
	type level struct {
		n    pdfNode
		from int
	}
	stack := []level{{root.key("First"), root.object()}}
	for n := 0; len(stack) > 0 && n < pdfMaxStruct; n++ {
		l := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !l.n.isDict() || !w.spend() || !w.first(l.n, l.from) {
			continue
		}
		w.action(l.n.key("A"), "outline")
		num := l.n.object()
		stack = append(stack, level{l.n.key("Next"), num}, level{l.n.key("First"), num})
	}
}

// fields reads the form's fields that have no widget on a page, and the
// widgets again: a place more does no harm.
func (w *pdfWalk) fields(list pdfNode) {
	type level struct {
		n           pdfNode
		from, depth int
	}
	var stack []level
	push := func(list pdfNode, from, depth int) {
		for i := min(list.len(), 20_000) - 1; i >= 0 && depth < pdfMaxDepth && w.spend(); i-- {
			stack = append(stack, level{list.index(i), from, depth})
		}
	}
	push(list, list.object(), 0)
	for len(stack) > 0 {
		l := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !l.n.isDict() || !w.first(l.n, l.from) || !w.spend() {
			continue
		}
		w.field(l.n, "form")
		w.action(l.n.key("A"), "form", "form field")
		w.actions(l.n.key("AA"), "form", "form field")
		push(l.n.key("Kids"), l.n.object(), l.depth+1)
	}
}

// field reads the values of a field, its parents' too (ISO 32000-1 §12.7.3).
func (w *pdfWalk) field(f pdfNode, here string) {
	name := ""
	seen := map[int]bool{}
	for n := 0; f.isDict() && n < pdfMaxDepth && w.spend(); n++ {
		if num := f.object(); num != 0 {
			if seen[num] {
				return
			}
			seen[num] = true
		}
		if s, ok := f.key("T").str(); ok && name == "" {
			name = " " + pdfTextString(s)
		}
		for _, key := range []string{"V", "DV", "RV"} {
			v := f.key(key)
			w.value(v, here, "form field"+name)
			for i := 0; i < min(v.len(), 1000); i++ {
				w.value(v.index(i), here, "form field"+name)
			}
		}
		parent := f.key("Parent")
		if parent.key("T").null() && parent.key("V").null() && parent.key("RV").null() && parent.key("DV").null() {
			return
		}
		f = parent
	}
}

// xfa reads the packets of an XFA form.
func (w *pdfWalk) xfa(x pdfNode) {
	packet := func(s pdfNode, name string) {
		if !s.isStream() || !w.spend() {
			return
		}
		step := "xfa"
		if name != "" {
			step += " " + name
		}
		if b, _, err := s.data(); err == nil {
			w.d.xml(b, w.place(s, step))
		}
	}
	packet(x, "")
	for i := 0; i+1 < min(x.len(), 256); i += 2 {
		name, _ := x.index(i).str()
		packet(x.index(i+1), name)
	}
}

// structure looks for associated files in the structure tree.
func (w *pdfWalk) structure(root pdfNode) {
	type level struct {
		n    pdfNode
		from int
	}
	stack := []level{{root, root.object()}}
	for n := 0; len(stack) > 0 && n < pdfMaxStruct; n++ {
		l := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !l.n.isDict() || !w.spend() || !w.first(l.n, l.from) {
			continue
		}
		w.common(l.n, "structure")
		num := l.n.object()
		k := l.n.key("K")
		if k.isDict() {
			stack = append(stack, level{k, num})
		}
		for i := min(k.len(), pdfMaxStruct) - 1; i >= 0 && w.spend(); i-- {
			stack = append(stack, level{k.index(i), num})
		}
	}
}

// pictures reads the metadata and associated files of pictures and forms.
func (w *pdfWalk) pictures(resources pdfNode, here string, depth int) {
	x := resources.key("XObject")
	if depth > 8 || !x.isDict() {
		return
	}
	for _, key := range x.keys() {
		o := x.key(key)
		if !o.isStream() || !w.spend() || !w.first(o, 0) {
			continue
		}
		w.common(o, here, "image "+key)
		if o.key("Subtype").name() == "Form" {
			w.pictures(o.key("Resources"), here, depth+1)
		}
	}
}
