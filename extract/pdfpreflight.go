package extract

import (
	"bytes"
	"encoding/binary"
	"io"
	"strconv"
)

// The preflight reads the skeleton of a PDF by ourselves: header, cross
// references, physical objects, object streams. Out of it comes a file that
// the structured reader can be let loose on: the overlay.

const (
	pdfMaxSections = 1024    // cross-reference sections
	pdfMaxObjects  = 1 << 20 // the largest object number
	pdfMaxPhysical = 1 << 18 // objects that lie in the file
	pdfMaxExpanded = 24 << 20
	pdfMaxStale    = 8 << 20
	pdfMaxObject   = 4 << 20 // bytes of one object without its stream
	pdfMaxArray    = 1 << 20 // elements
)

type pdfLocKind uint8

const (
	locNone pdfLocKind = iota
	locFree
	locPlain  // at off
	locStream // number idx of object stream stm
)

// pdfLoc is where the current revision of an object is.
type pdfLoc struct {
	off  int // in data, or behind it in expanded
	stm  int32
	gen  uint16
	kind pdfLocKind
}

// pdfPhysical is an object as it lies in the file, current or not.
type pdfPhysical struct {
	off, body, end int // of the header, behind it, of the part before stream data
	stream         int // where stream data begins, 0 without
	num            int
	gen            uint16
	flags          pdfFlags
}

// pdfFlags tells which names occur in an object.
type pdfFlags uint8

const (
	hasURI pdfFlags = 1 << iota
	hasFile
	hasObjStm
	hasXRef
	hasAF
	hasMetadata
)

// names looks for the names in b that say something.
func (f *pdfFile) names(b []byte) (flags pdfFlags) {
	for {
		i := bytes.IndexByte(b, '/')
		if i < 0 || i+3 > len(b) {
			return flags
		}
		b = b[i+1:]
		switch b[0] {
		case 'U':
			if bytes.HasPrefix(b, []byte("URI")) {
				flags |= hasURI
			}
		case 'E':
			if bytes.HasPrefix(b, []byte("EmbeddedFile")) {
				flags |= hasFile
			}
		case 'O':
			if bytes.HasPrefix(b, []byte("ObjStm")) {
				flags |= hasObjStm
			}
		case 'X':
			if bytes.HasPrefix(b, []byte("XRef")) {
				flags |= hasXRef
			}
		case 'A':
			if bytes.HasPrefix(b, []byte("AF")) {
				flags |= hasAF
			}
		case 'M':
			if flags&hasMetadata == 0 && bytes.HasPrefix(b, []byte("Metadata")) {
				flags |= hasMetadata
				f.metadata++
			}
		}
	}
}

// pdfFile is what the preflight knows.
type pdfFile struct {
	data     []byte
	base     int // of the header: offsets count from there
	locs     []pdfLoc
	physical []pdfPhysical
	trailer  pdfDict
	older    []pdfDict // trailers of older revisions that name other objects
	expanded []byte    // objects out of object streams, as plain ones
	stale    []pdfStale
	flags    pdfFlags // of all objects together

	metadata  int  // objects that speak of metadata
	damaged   bool // the cross references were wrong or missing
	invented  bool // and the page tree is one of our own
	noEOF     bool
	hybrid    bool // what an older reader takes for free is read now
	encrypted bool
	limited   bool             // a limit of objects or of text was hit
	cut       bool             // a stream was decoded only in part
	inflated  func(n int) bool // asked before decoded bytes are kept
	endstream int              // where the last search for "endstream" ended up
	searched  int              // and where it began
}

// pdfStale is the text of an object of an object stream that is not current.
type pdfStale struct {
	num  int
	body string
}

// openPDF does the preflight. It returns nil when there is no PDF header and
// no object. inflated is asked before decoded bytes are kept.
func openPDF(data []byte, inflated func(n int) bool) *pdfFile {
	f := &pdfFile{data: data, inflated: inflated}
	f.base = max(bytes.Index(data[:min(len(data), 64<<10)], []byte("%PDF-")), 0)
	f.noEOF = bytes.LastIndex(data, []byte("%%EOF")) < 0
	ok := f.readSections()
	f.scan()
	if len(f.physical) == 0 {
		return nil
	}
	f.damaged = !ok || !f.validate()
	f.encrypted = f.trailer.get("Encrypt") != nil
	if !f.damaged && !f.encrypted {
		f.expand()
		_, ok := f.resolve(f.trailer.get("Root")).(pdfDict)
		f.damaged = !ok
	}
	if f.damaged {
		f.rebuild()
		if !f.encrypted {
			f.stale = nil
			f.expand()
		}
		f.findRoot()
	}
	return f
}

func (f *pdfFile) set(num int, l pdfLoc, replace bool) {
	if num < 0 || num >= pdfMaxObjects {
		f.limited = true
		return
	}
	if num >= len(f.locs) {
		if num >= cap(f.locs) {
			f.locs = append(make([]pdfLoc, 0, num+num/2+64), f.locs...)
		}
		f.locs = f.locs[:num+1]
	}
	if replace || f.locs[num].kind == locNone || f.hybrid && f.locs[num].kind == locFree {
		f.locs[num] = l
	}
}

// readSections follows startxref and /Prev (ISO 32000-1 §7.5.4 to §7.5.8),
// the newest section first. It says whether all of it made sense.
func (f *pdfFile) readSections() bool {
	i := bytes.LastIndex(f.data, []byte("startxref"))
	if i < 0 {
		return false
	}
	l := pdfLexer{b: f.data, p: i + len("startxref")}
	t := l.next()
	if t.kind != tokInt {
		return false
	}
	seen := map[int]bool{}
	type section struct {
		off    int
		hybrid bool
	}
	queue := []section{{int(t.num), false}}
	defer func() { f.hybrid = false }()
	for len(queue) > 0 {
		off := queue[0].off
		f.hybrid = queue[0].hybrid
		queue = queue[1:]
		if seen[off] || len(seen) >= pdfMaxSections {
			return false
		}
		seen[off] = true
		p := off + f.base
		if off < 0 || p >= len(f.data) {
			return false
		}
		d, ok := f.section(p)
		if !ok {
			return false
		}
		if f.trailer == nil {
			f.trailer = d
		} else if d.ref("Info") != f.trailer.ref("Info") || d.ref("Root") != f.trailer.ref("Root") {
			f.older = append(f.older, d)
		}
		var more []section
		if n, ok := d.int("XRefStm"); ok && !seen[n] {
			more = append(more, section{n, true})
		}
		if n, ok := d.int("Prev"); ok && !f.hybrid {
			if seen[n] {
				return false
			}
			more = append(more, section{n, false})
		}
		queue = append(more, queue...)
	}
	return f.trailer != nil
}

// section reads one cross-reference table or stream.
func (f *pdfFile) section(p int) (pdfDict, bool) {
	l := pdfLexer{b: f.data, p: p}
	l.skipSpace()
	if !bytes.HasPrefix(f.data[l.p:], []byte("xref")) {
		return f.xrefStream(l.p)
	}
	l.p += len("xref")
	first := true
	for {
		t := l.next()
		if t.kind == tokKeyword && string(t.bytes) == "trailer" {
			v, _ := l.object(0, false)
			d, ok := v.(pdfDict)
			return d, ok
		}
		n := l.next()
		if t.kind != tokInt || n.kind != tokInt || t.num < 0 || n.num < 0 {
			return nil, false
		}
		num := int(t.num)
		for i := 0; i < int(n.num); i++ {
			before := l.p
			off, gen, use := l.next(), l.next(), l.next()
			if off.kind != tokInt || gen.kind != tokInt || use.kind != tokKeyword {
				if off.kind == tokKeyword && string(off.bytes) == "trailer" {
					l.p = before // fewer entries than promised
					break
				}
				return nil, false
			}
			free := string(use.bytes) == "f"
			if first && free && num == 1 && off.num == 0 && gen.num == 65535 {
				num = 0 // a table that should have begun at 0
			}
			first = false
			if free || off.num == 0 {
				f.set(num, pdfLoc{kind: locFree}, false)
			} else {
				f.set(num, pdfLoc{kind: locPlain, off: int(off.num) + f.base, gen: uint16(gen.num)}, false)
			}
			num++
		}
	}
}

func (f *pdfFile) xrefStream(p int) (pdfDict, bool) {
	_, _, body, ok := pdfObjectHeader(f.data, p)
	if !ok {
		return nil, false
	}
	l := pdfLexer{b: f.data, p: body}
	v, _ := l.object(0, true)
	s, ok := v.(pdfStream)
	if !ok || s.dict.name("Type") != "XRef" {
		return nil, false
	}
	data, err := f.decodeDirect(s)
	if err != nil && data == nil {
		return nil, false
	}
	w, _ := s.dict.get("W").(pdfArray)
	if len(w) < 3 {
		return nil, false
	}
	var width [3]int
	total := 0
	for i := range width {
		n, ok := w[i].(int)
		if !ok || n < 0 || n > 8 {
			return nil, false
		}
		width[i] = n
		total += n
	}
	if total == 0 {
		return nil, false
	}
	size, _ := s.dict.int("Size")
	index, _ := s.dict.get("Index").(pdfArray)
	if index == nil {
		index = pdfArray{0, size}
	}
	field := func(b []byte) (n int) {
		for _, c := range b {
			n = n<<8 | int(c)
		}
		return n
	}
	for i := 0; i+1 < len(index); i += 2 {
		num, ok1 := index[i].(int)
		count, ok2 := index[i+1].(int)
		if !ok1 || !ok2 || num < 0 {
			return nil, false
		}
		for ; count > 0 && len(data) >= total; count-- {
			kind := 1
			if width[0] > 0 {
				kind = field(data[:width[0]])
			}
			a := field(data[width[0] : width[0]+width[1]])
			b := field(data[width[0]+width[1] : total])
			data = data[total:]
			switch {
			case kind == 0:
				f.set(num, pdfLoc{kind: locFree}, false)
			case kind == 1 && a >= 0:
				f.set(num, pdfLoc{kind: locPlain, off: a + f.base, gen: uint16(b)}, false)
			case kind == 2 && a > 0 && a < pdfMaxObjects:
				f.set(num, pdfLoc{kind: locStream, stm: int32(a)}, false)
			}
			num++
		}
	}
	return s.dict, true
}

// scan finds every physical object. Stream data is jumped over where its
// length is right, so that a PDF within the PDF is not taken for part of it.
func (f *pdfFile) scan() {
	b := f.data
	for p := 0; p < len(b); {
		i := bytes.Index(b[p:], []byte("obj"))
		if i < 0 {
			return
		}
		at := p + i
		start, num, gen, ok := headerBefore(b, at)
		if !ok || start < p {
			p = at + 3
			continue
		}
		if len(f.physical) >= pdfMaxPhysical {
			f.limited = true
			return
		}
		o := pdfPhysical{off: start, body: at + 3, num: num, gen: uint16(gen)}
		p = f.extent(&o)
		o.flags = f.names(b[o.body:o.end])
		f.flags |= o.flags
		f.physical = append(f.physical, o)
	}
}

// headerBefore reads "N G " backwards from the "obj" at p.
func headerBefore(b []byte, p int) (start, num, gen int, ok bool) {
	back := func(class func(c byte) bool, most int) int {
		n := 0
		for p > 0 && n < most && class(b[p-1]) {
			p--
			n++
		}
		return n
	}
	space := func(c byte) bool { return pdfClass[c] == pdfSpace }
	digit := func(c byte) bool { return c-'0' <= 9 }
	back(space, 32)
	end := p
	if back(digit, 5) == 0 {
		return 0, 0, 0, false
	}
	for _, c := range b[p:end] {
		gen = gen*10 + int(c-'0')
	}
	if back(space, 32) == 0 {
		return 0, 0, 0, false
	}
	end = p
	if back(digit, 10) == 0 {
		return 0, 0, 0, false
	}
	for _, c := range b[p:end] {
		num = num*10 + int(c-'0')
	}
	return p, num, gen, true
}

// extent finds where o's text ends and its stream begins, and returns where
// the scan goes on.
func (f *pdfFile) extent(o *pdfPhysical) int {
	b := f.data
	next := len(b)
	if i := bytes.Index(b[o.body:], []byte("obj")); i >= 0 {
		next = o.body + i
	}
	o.end = next
	s := bytes.Index(b[o.body:next], []byte("stream"))
	if s < 0 {
		return next // the loop looks at this "obj" again
	}
	s += o.body
	if bytes.HasSuffix(b[:s], []byte("end")) {
		return next
	}
	o.end = s
	p := s + len("stream")
	if p < len(b) && b[p] == '\r' {
		p++
	}
	if p < len(b) && b[p] == '\n' {
		p++
	}
	o.stream = p
	if i := bytes.LastIndex(b[o.body:s], []byte("/Length")); i >= 0 {
		l := pdfLexer{b: b[:s], p: o.body + i}
		if t := l.next(); string(t.bytes) == "Length" {
			v, _ := l.object(0, false)
			if n, ok := f.length(v); ok && f.endsAt(p, n) {
				return p + n
			}
		}
	}
	if e := f.findEndstream(p); e >= 0 {
		return e
	}
	return next
}

// length resolves a /Length, which may be a reference to a number.
func (f *pdfFile) length(v any) (int, bool) {
	if r, ok := v.(pdfRef); ok {
		if r.num >= len(f.locs) || f.locs[r.num].kind != locPlain {
			return 0, false
		}
		num, _, body, ok := pdfObjectHeader(f.data, f.locs[r.num].off)
		if !ok || num != r.num {
			return 0, false
		}
		l := pdfLexer{b: f.data, p: body}
		v, _ = l.object(0, false)
	}
	n, ok := v.(int)
	return n, ok && n >= 0
}

// endsAt reports whether a stream at p is followed by its end after n bytes.
func (f *pdfFile) endsAt(p, n int) bool {
	if n < 0 || n > len(f.data)-p {
		return false
	}
	rest := f.data[p+n:]
	rest = rest[:min(len(rest), 32)]
	rest = bytes.TrimLeft(rest, "\x00\t\n\f\r ")
	return bytes.HasPrefix(rest, []byte("endstream")) || bytes.HasPrefix(rest, []byte("endobj"))
}

// findEndstream returns the position of the next "endstream". It remembers the
// last answer, so that many streams without an end cost one search.
func (f *pdfFile) findEndstream(p int) int {
	if p < f.searched || f.endstream >= 0 && p > f.endstream || f.searched == 0 {
		f.searched = p
		f.endstream = bytes.Index(f.data[p:], []byte("endstream"))
		if f.endstream >= 0 {
			f.endstream += p
		}
	}
	return f.endstream
}

// raw returns a stream's bytes as they are in the file.
func (f *pdfFile) raw(s pdfStream) []byte {
	if s.start > len(f.data) {
		return nil
	}
	if n, ok := f.length(s.dict.get("Length")); ok && f.endsAt(s.start, n) {
		return f.data[s.start : s.start+n]
	}
	if e := f.findEndstream(s.start); e >= 0 {
		b := f.data[s.start:e]
		b = bytes.TrimSuffix(b, []byte("\n"))
		return bytes.TrimSuffix(b, []byte("\r"))
	}
	return f.data[s.start:]
}

// filters reads /Filter and /DecodeParms, resolving what is a reference.
func (f *pdfFile) filters(d pdfDict) []pdfFilter {
	list := func(long, short string) pdfArray {
		v := f.resolve(d.get(long))
		if v == nil {
			v = f.resolve(d.get(short))
		}
		if a, ok := v.(pdfArray); ok {
			return a
		}
		if v == nil {
			return nil
		}
		return pdfArray{v}
	}
	names, parms := list("Filter", "F"), list("DecodeParms", "DP")
	var out []pdfFilter
	for i, v := range names {
		n, _ := f.resolve(v).(pdfName)
		step := pdfFilter{name: string(n), predictor: 1, columns: 1, colors: 1, bits: 8, early: true}
		if i < len(parms) {
			if p, ok := f.resolve(parms[i]).(pdfDict); ok {
				for key, to := range map[string]*int{"Predictor": &step.predictor, "Columns": &step.columns, "Colors": &step.colors, "BitsPerComponent": &step.bits} {
					if n, ok := f.resolve(p.get(key)).(int); ok {
						*to = n
					}
				}
				if n, ok := f.resolve(p.get("EarlyChange")).(int); ok {
					step.early = n != 0
				}
			}
		}
		if out = append(out, step); len(out) > pdfMaxFilters {
			break
		}
	}
	return out
}

// decode returns a stream's decoded data; for a picture what its last filter
// gets, and that filter's name.
func (f *pdfFile) decode(s pdfStream) (data []byte, picture string, err error) {
	data, picture, err = pdfDecode(f.raw(s), f.filters(s.dict), pdfMaxStream)
	if !f.inflated(len(data)) {
		f.cut = true
		return nil, "", errPDFLimit
	}
	if err == errPDFLimit {
		f.cut = true
	}
	return data, picture, err
}

func (f *pdfFile) decodeDirect(s pdfStream) ([]byte, error) {
	data, _, err := f.decode(s)
	return data, err
}

// validate checks that every entry points at its object, and that the root is
// among them.
func (f *pdfFile) validate() bool {
	good := true
	for num, l := range f.locs {
		if l.kind != locPlain {
			continue
		}
		n, gen, _, ok := pdfObjectHeader(f.data[:min(len(f.data), max(0, l.off)+64)], min(l.off, len(f.data)))
		if !ok || n != num {
			f.locs[num].kind = locNone
			good = false
			continue
		}
		for pdfClass[f.data[l.off]] == pdfSpace {
			l.off++
		}
		f.locs[num].off, f.locs[num].gen = l.off, uint16(gen)
	}
	root, ok := f.trailer.get("Root").(pdfRef)
	if !ok || root.num >= len(f.locs) {
		return false
	}
	k := f.locs[root.num].kind
	return good && (k == locPlain || k == locStream)
}

// rebuild makes the cross references out of the physical objects: of the same
// number the last one counts.
func (f *pdfFile) rebuild() {
	if f.trailer.ref("Root") == (pdfRef{}) {
		f.trailer = f.findTrailer()
	}
	f.encrypted = f.trailer.get("Encrypt") != nil
	f.locs, f.expanded = nil, nil
	for _, o := range f.physical {
		f.set(o.num, pdfLoc{kind: locPlain, off: o.off, gen: o.gen}, true)
	}
	if f.encrypted {
		return
	}
	for _, o := range f.physical {
		if o.flags&hasObjStm == 0 || !f.current(&o) {
			continue
		}
		f.members(o, func(num int, _ []byte) {
			if num >= 0 && num < len(f.locs) && f.locs[num].kind == locPlain && f.locs[num].off >= o.off {
				return // written again, later
			}
			f.set(num, pdfLoc{kind: locStream, stm: int32(o.num)}, true)
		})
	}
}

// findTrailer looks for a trailer with a root: the last one, or that of the
// last cross-reference stream.
func (f *pdfFile) findTrailer() pdfDict {
	for p, tries := len(f.data), 0; p > 0 && tries < 64; tries++ {
		i := bytes.LastIndex(f.data[:p], []byte("trailer"))
		if i < 0 {
			break
		}
		l := pdfLexer{b: f.data, p: i + len("trailer")}
		v, _ := l.object(0, false)
		if d, ok := v.(pdfDict); ok && d.get("Root") != nil {
			return d
		}
		p = i
	}
	for i := len(f.physical) - 1; i >= 0; i-- {
		if o := f.physical[i]; o.flags&hasXRef != 0 {
			l := pdfLexer{b: f.data[:o.end], p: o.body}
			v, _ := l.object(0, false)
			if d, ok := v.(pdfDict); ok && d.get("Root") != nil {
				return d
			}
		}
	}
	return nil
}

// members decodes the object stream o (ISO 32000-1 §7.5.7) and calls each for
// every object in it.
func (f *pdfFile) members(o pdfPhysical, each func(num int, body []byte)) {
	if o.stream == 0 {
		return
	}
	l := pdfLexer{b: f.data, p: o.body}
	v, _ := l.object(0, true)
	s, ok := v.(pdfStream)
	if !ok || s.dict.name("Type") != "ObjStm" {
		return
	}
	data, _, err := f.decode(s)
	if err != nil && data == nil {
		return
	}
	first, _ := f.resolve(s.dict.get("First")).(int)
	n, _ := f.resolve(s.dict.get("N")).(int)
	if first <= 0 || first > len(data) {
		return
	}
	head := pdfLexer{b: data[:first]}
	type pair struct{ num, off int }
	var pairs []pair
	for range n {
		a, b := head.next(), head.next()
		if a.kind != tokInt || b.kind != tokInt {
			break
		}
		if at := first + int(b.num); b.num >= 0 && at < len(data) {
			pairs = append(pairs, pair{int(a.num), at})
		}
	}
	for i, p := range pairs {
		end := len(data)
		if i+1 < len(pairs) && pairs[i+1].off > p.off {
			end = pairs[i+1].off
		} else if i+1 < len(pairs) {
			// Out of order: the object itself tells its end.
			l := pdfLexer{b: data, p: p.off}
			l.object(0, false)
			end = l.p
		}
		each(p.num, data[p.off:end])
	}
}

// expand writes the objects of object streams as plain ones behind the file,
// so that no reader inflates a stream twice or runs in circles through it.
func (f *pdfFile) expand() {
	if f.flags&hasObjStm == 0 {
		f.dropStream()
		return
	}
	stale := 0
	for _, o := range f.physical {
		if o.flags&hasObjStm == 0 {
			continue
		}
		current := o.num < len(f.locs) && f.locs[o.num].kind == locPlain && f.locs[o.num].off == o.off
		f.members(o, func(num int, body []byte) {
			f.flags |= f.names(body)
			if !current || num >= len(f.locs) || f.locs[num].kind != locStream || int(f.locs[num].stm) != o.num {
				if stale += len(body); stale < pdfMaxStale {
					f.stale = append(f.stale, pdfStale{num, string(body)})
				}
				return
			}
			if len(f.expanded)+len(body) > pdfMaxExpanded || len(body) > pdfMaxObject {
				f.limited = true
				return
			}
			f.locs[num] = pdfLoc{kind: locPlain, off: len(f.data) + len(f.expanded)}
			f.expanded = strconv.AppendInt(f.expanded, int64(num), 10)
			f.expanded = append(f.expanded, " 0 obj\n"...)
			f.expanded = append(f.expanded, body...)
			f.expanded = append(f.expanded, "\nendobj\n"...)
		})
	}
	f.dropStream()
}

// dropStream forgets the entries that no object stream could give.
func (f *pdfFile) dropStream() {
	for i := range f.locs {
		if f.locs[i].kind == locStream {
			f.locs[i].kind = locNone
		}
	}
}

// findRoot gives a damaged file a catalog when it lost its own, of the pages
// that are there, and its information dictionary.
func (f *pdfFile) findRoot() {
	if f.encrypted {
		return
	}
	hasPages := func(catalog pdfDict) bool {
		pages, ok := f.resolve(catalog.get("Pages")).(pdfDict)
		return ok && f.resolve(pages.get("Kids")) != nil
	}
	root, _ := f.resolve(f.trailer.get("Root")).(pdfDict)
	good := hasPages(root)
	if good && f.trailer.get("Info") != nil {
		return
	}
	var catalog pdfDict
	var kids pdfArray
	var info any
	for num, l := range f.locs {
		if l.kind != locPlain || len(kids) >= 10000 {
			continue
		}
		d, ok := f.object(num).(pdfDict)
		if !ok {
			continue
		}
		switch d.name("Type") {
		case "Catalog":
			catalog = d
		case "Page":
			kids = append(kids, pdfRef{num, int(l.gen)})
		case "":
			for _, key := range []string{"Producer", "Creator", "CreationDate", "openbadges"} {
				if _, ok := f.resolve(d.get(key)).(string); ok {
					info = pdfRef{num, int(l.gen)}
				}
			}
		}
	}
	if info != nil && f.trailer.get("Info") == nil {
		f.trailer = append(append(pdfDict{}, f.trailer...), pdfEntry{"Info", info})
	}
	if good {
		return
	}
	if hasPages(catalog) {
		kids = nil
	}
	if kids != nil {
		n := max(len(f.locs), 1)
		f.add(n, pdfDict{{"Type", pdfName("Pages")}, {"Count", len(kids)}, {"Kids", kids}})
		catalog = append(append(pdfDict{}, catalog...), pdfEntry{"Pages", pdfRef{n, 0}})
	}
	if catalog == nil {
		return
	}
	f.invented = true
	n := len(f.locs)
	f.add(n, catalog)
	f.trailer = append(append(pdfDict{}, f.trailer...), pdfEntry{"Root", pdfRef{n, 0}})
}

// add appends an object of our own.
func (f *pdfFile) add(num int, v any) {
	f.set(num, pdfLoc{kind: locPlain, off: len(f.data) + len(f.expanded)}, true)
	f.expanded = strconv.AppendInt(f.expanded, int64(num), 10)
	f.expanded = append(f.expanded, " 0 obj\n"...)
	f.expanded = appendPDF(f.expanded, v)
	f.expanded = append(f.expanded, "\nendobj\n"...)
}

// object reads the object num, unresolved.
func (f *pdfFile) object(num int) any {
	if num < 0 || num >= len(f.locs) || f.locs[num].kind != locPlain {
		return nil
	}
	b, off := f.data, f.locs[num].off
	if off >= len(f.data) {
		b, off = f.expanded, off-len(f.data)
	}
	n, _, body, ok := pdfObjectHeader(b, off)
	if !ok || n != num {
		return nil
	}
	l := pdfLexer{b: b, p: body}
	v, _ := l.object(0, true)
	return v
}

// resolve follows a reference, and a reference to a reference, no further.
func (f *pdfFile) resolve(v any) any {
	for range 3 {
		r, ok := v.(pdfRef)
		if !ok {
			return v
		}
		v = f.object(r.num)
	}
	return nil
}

// overlay is the file as the structured reader gets it: a header that it
// knows, the document's own bytes at their places, then the objects of object
// streams as plain ones, one cross-reference stream without /Prev, and an end.
// What that reader dies of or loops in (a /Prev loop, a huge /Size, an object
// stream within itself) is not there any more.
type overlay struct {
	head, data, tail []byte
	short            bool // gives little at a time: whoever reads wants one object
}

const overlayHeader = "%PDF-1.7\n"

func (f *pdfFile) overlay() *overlay {
	tail := append(make([]byte, 0, len(f.expanded)+len(f.locs)*8+1024), f.expanded...)
	num := len(f.locs)
	at := len(f.data) + len(tail)
	var index pdfArray
	var entries []byte
	entry := func(kind byte, a, b int) {
		entries = append(entries, kind)
		entries = binary.BigEndian.AppendUint32(entries, uint32(a))
		entries = binary.BigEndian.AppendUint16(entries, uint16(b))
	}
	huge := map[int]bool{} // what would take the reader's memory
	for i := range f.physical {
		if o := &f.physical[i]; o.end-o.body > pdfMaxObject {
			huge[o.off] = true
			f.limited = true
		}
	}
	run := -2
	for n, l := range f.locs {
		if l.kind != locPlain || huge[l.off] {
			continue
		}
		if n != run+1 {
			index = append(index, n, 0)
		}
		run = n
		index[len(index)-1] = index[len(index)-1].(int) + 1
		entry(1, l.off+len(overlayHeader), int(l.gen))
	}
	d := pdfDict{{"Type", pdfName("XRef")}, {"Size", num + 1}, {"W", pdfArray{1, 4, 2}}, {"Index", index}, {"Length", len(entries)}}
	for _, key := range []string{"Root", "Info", "ID", "Encrypt"} {
		if v := f.trailer.get(key); v != nil {
			d = append(d, pdfEntry{key, v})
		}
	}
	tail = strconv.AppendInt(tail, int64(num), 10)
	tail = append(tail, " 0 obj\n"...)
	tail = appendPDF(tail, d)
	tail = append(tail, " stream\n"...)
	tail = append(tail, entries...)
	tail = append(tail, "\nendstream\nendobj\n"...)
	for range 4 { // the reader looks for the end in the last 100 bytes
		tail = append(tail, "%                               \n"...)
	}
	tail = append(tail, "startxref\n"...)
	tail = strconv.AppendInt(tail, int64(at+len(overlayHeader)), 10)
	tail = append(tail, "\n%%EOF\n"...)
	return &overlay{[]byte(overlayHeader), f.data, tail, !f.encrypted}
}

func (o *overlay) size() int64 { return int64(len(o.head) + len(o.data) + len(o.tail)) }

// ReadAt implements io.ReaderAt.
func (o *overlay) ReadAt(p []byte, off int64) (int, error) {
	asked := len(p)
	if o.short {
		p = p[:min(len(p), 512)]
	}
	if off < 0 {
		return 0, io.EOF
	}
	n := 0
	for _, part := range [][]byte{o.head, o.data, o.tail} {
		if off < int64(len(part)) {
			n += copy(p[n:], part[off:])
			off = 0
			if n == asked {
				return n, nil
			}
			if n == len(p) {
				return n, io.EOF
			}
			continue
		}
		off -= int64(len(part))
	}
	return n, io.EOF
}

// current reports whether o is the newest form of its object.
func (f *pdfFile) current(o *pdfPhysical) bool {
	return o.num < len(f.locs) && f.locs[o.num].kind == locPlain && f.locs[o.num].off == o.off
}

// at reads the object o as it lies in the file, current or not.
func (f *pdfFile) at(o *pdfPhysical) any {
	v, _ := (&pdfLexer{b: f.data, p: o.body}).object(0, true)
	return v
}

// embedsFile reports whether o speaks of an embedded file.
func (o *pdfPhysical) embedsFile() bool { return o.flags&hasFile != 0 }

// speaksOfMetadata reports whether o has a stream and names metadata.
func (o *pdfPhysical) speaksOfMetadata() bool { return o.stream != 0 && o.flags&hasMetadata != 0 }

// associatedFiles reports whether any object names associated files
// (ISO 32000-2 §14.13).
func (f *pdfFile) associatedFiles() bool { return f.flags&hasAF != 0 }

// value reads the object.
func (s pdfStale) value() any {
	v, _ := (&pdfLexer{b: []byte(s.body)}).object(0, false)
	return v
}

// uris calls each for every /URI with a string in every physical object and
// object stream, with the number and the offset of the object.
func (f *pdfFile) uris(each func(uri string, num, off int, stale bool)) {
	if f.encrypted {
		return
	}
	scan := func(b []byte, num, off int, stale bool) {
		for p := 0; ; {
			i := bytes.Index(b[p:], []byte("/URI"))
			if i < 0 {
				return
			}
			p += i + len("/URI")
			if p < len(b) && pdfClass[b[p]] == pdfRegular {
				continue
			}
			l := pdfLexer{b: b, p: p}
			t := l.next()
			var uri string
			switch t.kind {
			case tokString:
				uri = pdfTextString(string(t.bytes))
			case tokInt: // a reference
				if _, ok := l.reference(); ok {
					s, _ := f.object(int(t.num)).(string)
					uri = pdfTextString(s)
				}
			}
			if uri == "" {
				continue // "/S /URI": the next one may be the key
			}
			p = max(p, min(l.p, len(b)))
			each(uri, num, off, stale)
		}
	}
	for i := range f.physical {
		o := &f.physical[i]
		if o.flags&hasURI != 0 {
			scan(f.data[o.body:o.end], o.num, o.off, !f.current(o))
		}
	}
	if f.flags&hasURI != 0 {
		for num, l := range f.locs {
			if l.kind == locPlain && l.off >= len(f.data) {
				b := f.expanded[l.off-len(f.data):]
				if i := bytes.Index(b, []byte("\nendobj\n")); i >= 0 {
					b = b[:i]
				}
				scan(b, num, 0, false)
			}
		}
	}
	for _, s := range f.stale {
		scan([]byte(s.body), s.num, 0, true)
	}
}
