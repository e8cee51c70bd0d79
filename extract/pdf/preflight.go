package pdf

import (
	"bytes"
	"errors"
	"maps"
	"runtime"
	"slices"
	"sort"
	"strconv"
)

// MaxObjects is the largest object number that is believed.
const MaxObjects = 1 << 20

// The preflight reads the skeleton of a PDF by ourselves: header, cross
// references, physical objects, object streams. Out of it comes a file that
// the structured reader can be let loose on: the overlay.

const (
	maxSections = 1024    // cross-reference sections
	maxPhysical = 1 << 18 // objects that lie in the file
	maxExpanded = 24 << 20
	maxStale    = 8 << 20
	maxObject   = 4 << 20 // bytes of one object without its stream
	maxArray    = 1 << 20 // elements
	keptOpen    = 4096    // elements and entries for which the memory is kept
)

type locKind uint8

const (
	locNone locKind = iota
	locFree
	locPlain  // at off
	locStream // number idx of object stream stm
)

// loc is where the current revision of an object is.
type loc struct {
	off  int // in data, or behind it in expanded
	stm  int32
	gen  uint16
	kind locKind
}

// Physical is an object as it lies in the file, current or not.
type Physical struct {
	Num int // of the object
	Off int // of its header, in bytes from the beginning of the file

	body, end int // behind the header, and of the part before stream data
	stream    int // where stream data begins, 0 without
	gen       uint16
	flags     nameSet
}

// nameSet tells which names occur in an object.
type nameSet uint8

const (
	hasURI nameSet = 1 << iota
	hasFile
	hasObjStm
	hasXRef
	hasAF
	hasMetadata
	hasAlt
)

// names looks for the names in b that say something.
func (f *File) names(b []byte) (flags nameSet) {
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
			switch {
			case bytes.HasPrefix(b, []byte("AF")):
				flags |= hasAF
			case bytes.HasPrefix(b, []byte("Alt")), bytes.HasPrefix(b, []byte("ActualText")):
				flags |= hasAlt
			}
		case 'M':
			if flags&hasMetadata == 0 && bytes.HasPrefix(b, []byte("Metadata")) {
				flags |= hasMetadata
				f.Metadata++
			}
		}
	}
}

// File is what the preflight knows.
type File struct {
	Physical []Physical // every object as it lies in the file
	Trailer  Dict       // of the current revision
	Older    []Dict     // trailers of older revisions that name other objects
	Stale    []Stale    // what object streams hold and is not current

	Metadata  int  // objects that speak of metadata
	Damaged   bool // the cross references were wrong or missing
	Invented  bool // and the page tree is one of our own
	NoEOF     bool // no end of file is marked
	Encrypted bool // there is a security handler, and it stays closed: see Locked
	Opened    bool // there was one, and this is the file in the clear
	Limited   bool // a limit of objects or of text was hit; walkers set it too
	Cut       bool // a stream was decoded only in part

	Locked error // of an encrypted file: ErrPassword or ErrSecurity
	Closed int   // embedded files of an opened one that need a password

	data      []byte
	base      int // of the header: offsets count from there
	locs      []loc
	expanded  []byte       // objects out of object streams, as plain ones
	flags     nameSet      // of all objects together
	broken    map[int]bool // objects whose streams are damaged: whether anything of them is lost
	hybrid    bool         // what an older reader takes for free is read now
	inflated  func(n int) bool
	failed    func(library string)
	huge      map[int]bool // objects, by where they lie, that would take a reader's memory
	endstream int          // where the last search for "endstream" ended up
	searched  int          // and where it began
	entries   []Entry      // memory of the lexer that is used again
	values    []any
}

// Stale is the text of an object of an object stream that is not current.
type Stale struct {
	Num int // of the object

	body string
}

// Open does the preflight of data, which it keeps and never changes. It returns
// nil when there is no object in it. inflated is asked before n decoded bytes
// are kept; false makes the stream one that fails with ErrLimit. failed is told,
// while it panics, of a library that fails by a fault of its own (ledongthuc,
// pdfcpu): it is not to be held against the file.
//
// A file that the empty password opens is given in the clear; one that it does not
// open is Encrypted, and gives what is not packed.
func Open(data []byte, inflated func(n int) bool, failed func(library string)) *File {
	f := open(data, inflated, failed)
	if f == nil || !f.Encrypted {
		return f
	}
	g, err := f.inClear()
	if g != nil {
		return g
	}
	f.Locked = err
	return f
}

func open(data []byte, inflated func(n int) bool, failed func(library string)) *File {
	f := &File{data: data, inflated: inflated, failed: failed}
	f.base = max(bytes.Index(data[:min(len(data), 64<<10)], []byte("%PDF-")), 0)
	f.NoEOF = bytes.LastIndex(data, []byte("%%EOF")) < 0
	ok := f.readSections()
	f.scan()
	if len(f.Physical) == 0 {
		return nil
	}
	f.Damaged = !ok || !f.validate()
	f.Encrypted = f.Trailer.Get("Encrypt") != nil
	if !f.Damaged && !f.Encrypted {
		f.expand()
		_, ok := f.Resolve(f.Trailer.Get("Root")).(Dict)
		f.Damaged = !ok
	}
	if f.Damaged {
		f.rebuild()
		if !f.Encrypted {
			f.Stale = nil
			f.expand()
		}
		f.findRoot()
	}
	return f
}

// gaveUp takes what a library panicked with. ledongthuc says by a panic of its
// own that an object is broken; a runtime error is a fault of the library.
func (f *File) gaveUp(library string, x any) {
	if _, fault := x.(runtime.Error); fault {
		f.failed(library)
	}
}

func (f *File) set(num int, l loc, replace bool) {
	if num < 0 || num >= MaxObjects {
		f.Limited = true
		return
	}
	if num >= len(f.locs) {
		if num >= cap(f.locs) {
			f.locs = append(make([]loc, 0, num+num/2+64), f.locs...)
		}
		f.locs = f.locs[:num+1]
	}
	if replace || f.locs[num].kind == locNone || f.hybrid && f.locs[num].kind == locFree {
		f.locs[num] = l
	}
}

// readSections follows startxref and /Prev (ISO 32000-1 §7.5.4 to §7.5.8),
// the newest section first. It says whether all of it made sense.
func (f *File) readSections() bool {
	i := bytes.LastIndex(f.data, []byte("startxref"))
	if i < 0 {
		return false
	}
	l := Lexer{b: f.data, p: i + len("startxref")}
	t := l.Next()
	if t.Kind != TokenInt {
		return false
	}
	seen := map[int]bool{}
	type section struct {
		off    int
		hybrid bool
	}
	queue := []section{{int(t.Num), false}}
	defer func() { f.hybrid = false }()
	for len(queue) > 0 {
		off := queue[0].off
		f.hybrid = queue[0].hybrid
		queue = queue[1:]
		if seen[off] || len(seen) >= maxSections {
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
		if f.Trailer == nil {
			f.Trailer = d
		} else if d.Ref("Info") != f.Trailer.Ref("Info") || d.Ref("Root") != f.Trailer.Ref("Root") {
			f.Older = append(f.Older, d)
		}
		var more []section
		if n, ok := d.integer("XRefStm"); ok && !seen[n] {
			more = append(more, section{n, true})
		}
		if n, ok := d.integer("Prev"); ok && !f.hybrid {
			if seen[n] {
				return false
			}
			more = append(more, section{n, false})
		}
		queue = append(more, queue...)
	}
	return f.Trailer != nil
}

// section reads one cross-reference table or stream.
func (f *File) section(p int) (Dict, bool) {
	l := Lexer{b: f.data, p: p}
	l.skipSpace()
	if !bytes.HasPrefix(f.data[l.p:], []byte("xref")) {
		return f.xrefStream(l.p)
	}
	l.p += len("xref")
	first := true
	for {
		t := l.Next()
		if t.Kind == TokenKeyword && string(t.Bytes) == "trailer" {
			v, _ := l.object(0, false)
			d, ok := v.(Dict)
			return d, ok
		}
		n := l.Next()
		if t.Kind != TokenInt || n.Kind != TokenInt || t.Num < 0 || n.Num < 0 {
			return nil, false
		}
		num := int(t.Num)
		for i := 0; i < int(n.Num); i++ {
			before := l.p
			off, gen, use := l.Next(), l.Next(), l.Next()
			if off.Kind != TokenInt || gen.Kind != TokenInt || use.Kind != TokenKeyword {
				if off.Kind == TokenKeyword && string(off.Bytes) == "trailer" {
					l.p = before // fewer entries than promised
					break
				}
				return nil, false
			}
			free := string(use.Bytes) == "f"
			if first && free && num == 1 && off.Num == 0 && gen.Num == 65535 {
				num = 0 // a table that should have begun at 0
			}
			first = false
			if free || off.Num == 0 {
				f.set(num, loc{kind: locFree}, false)
			} else {
				f.set(num, loc{kind: locPlain, off: int(off.Num) + f.base, gen: uint16(gen.Num)}, false)
			}
			num++
		}
	}
}

func (f *File) xrefStream(p int) (Dict, bool) {
	_, _, body, ok := objectHeader(f.data, p)
	if !ok {
		return nil, false
	}
	l := Lexer{b: f.data, p: body}
	v, _ := l.object(0, true)
	s, ok := v.(Stream)
	if !ok || s.Dict.Name("Type") != "XRef" {
		return nil, false
	}
	data, err := f.decodeDirect(s)
	if err != nil && data == nil {
		return nil, false
	}
	w, _ := s.Dict.Get("W").(Array)
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
	size, _ := s.Dict.integer("Size")
	index, _ := s.Dict.Get("Index").(Array)
	if index == nil {
		index = Array{0, size}
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
				f.set(num, loc{kind: locFree}, false)
			case kind == 1 && a >= 0:
				f.set(num, loc{kind: locPlain, off: a + f.base, gen: uint16(b)}, false)
			case kind == 2 && a > 0 && a < MaxObjects:
				f.set(num, loc{kind: locStream, stm: int32(a)}, false)
			}
			num++
		}
	}
	return s.Dict, true
}

// scan finds every physical object. Stream data is jumped over where its
// length is right, so that a PDF within the PDF is not taken for part of it.
func (f *File) scan() {
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
		if len(f.Physical) >= maxPhysical {
			f.Limited = true
			return
		}
		o := Physical{Off: start, body: at + 3, Num: num, gen: uint16(gen)}
		p = f.extent(&o)
		o.flags = f.names(b[o.body:o.end])
		f.flags |= o.flags
		f.Physical = append(f.Physical, o)
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
	space := func(c byte) bool { return classOf[c] == classSpace }
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
func (f *File) extent(o *Physical) int {
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
		l := Lexer{b: b[:s], p: o.body + i}
		if t := l.Next(); string(t.Bytes) == "Length" {
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
func (f *File) length(v any) (int, bool) {
	if r, ok := v.(Ref); ok {
		if r.Num >= len(f.locs) || f.locs[r.Num].kind != locPlain {
			return 0, false
		}
		num, _, body, ok := objectHeader(f.data, f.locs[r.Num].off)
		if !ok || num != r.Num {
			return 0, false
		}
		l := Lexer{b: f.data, p: body}
		v, _ = l.object(0, false)
	}
	n, ok := v.(int)
	return n, ok && n >= 0
}

// endsAt reports whether a stream at p is followed by its end after n bytes.
func (f *File) endsAt(p, n int) bool {
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
func (f *File) findEndstream(p int) int {
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
func (f *File) raw(s Stream) []byte {
	if s.start > len(f.data) {
		return nil
	}
	if n, ok := f.length(s.Dict.Get("Length")); ok && f.endsAt(s.start, n) {
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
func (f *File) filters(d Dict) []filter {
	list := func(long, short string) Array {
		v := f.Resolve(d.Get(long))
		if v == nil {
			v = f.Resolve(d.Get(short))
		}
		if a, ok := v.(Array); ok {
			return a
		}
		if v == nil {
			return nil
		}
		return Array{v}
	}
	names, parms := list("Filter", "F"), list("DecodeParms", "DP")
	var out []filter
	for i, v := range names {
		n, _ := f.Resolve(v).(Name)
		step := filter{name: string(n), predictor: 1, columns: 1, colors: 1, bits: 8, early: true}
		if i < len(parms) {
			if p, ok := f.Resolve(parms[i]).(Dict); ok {
				for key, to := range map[string]*int{"Predictor": &step.predictor, "Columns": &step.columns, "Colors": &step.colors, "BitsPerComponent": &step.bits} {
					if n, ok := f.Resolve(p.Get(key)).(int); ok {
						*to = n
					}
				}
				if n, ok := f.Resolve(p.Get("EarlyChange")).(int); ok {
					step.early = n != 0
				}
			}
		}
		if out = append(out, step); len(out) > maxFilters {
			break
		}
	}
	return out
}

// Decode returns a stream's decoded data; for a picture what its last filter
// gets, and that filter's name. With ErrLimit comes what was decoded before it.
func (f *File) Decode(s Stream) (data []byte, picture string, err error) {
	data, picture, err = decode(f.raw(s), f.filters(s.Dict), MaxStream)
	if errors.Is(err, errBroken) {
		f.broke(f.numberOf(s), err)
		err = nil
	}
	if !f.inflated(len(data)) {
		f.Cut = true
		return nil, "", ErrLimit
	}
	if err == ErrLimit {
		f.Cut = true
	}
	return data, picture, err
}

// numberOf is the number of the object that a stream is, 0 where that is not known.
func (f *File) numberOf(s Stream) int {
	i := sort.Search(len(f.Physical), func(i int) bool { return f.Physical[i].stream >= s.start || f.Physical[i].Off >= s.start })
	if i < len(f.Physical) && f.Physical[i].stream == s.start {
		return f.Physical[i].Num
	}
	return 0
}

// broke notes that the stream of an object is damaged.
func (f *File) broke(num int, err error) {
	if f.broken == nil {
		f.broken = map[int]bool{}
	}
	if len(f.broken) < MaxObjects {
		f.broken[num] = f.broken[num] || !errors.Is(err, errSum)
	}
}

// Broken gives the objects that were decoded and whose streams turned out to be damaged,
// in order. Their number is 0 where it is not known.
func (f *File) Broken() []int { return slices.Sorted(maps.Keys(f.broken)) }

// IsBroken reports whether an object is one of Broken, and whether what comes behind the
// damage is lost: nothing is where only a checksum is another.
func (f *File) IsBroken(num int) (broken, lost bool) {
	lost, broken = f.broken[num]
	return broken, lost
}

func (f *File) decodeDirect(s Stream) ([]byte, error) {
	data, _, err := f.Decode(s)
	return data, err
}

// validate checks that every entry points at its object, and that the root is
// among them.
func (f *File) validate() bool {
	good := true
	for num, l := range f.locs {
		if l.kind != locPlain {
			continue
		}
		n, gen, _, ok := objectHeader(f.data[:min(len(f.data), max(0, l.off)+64)], min(l.off, len(f.data)))
		if !ok || n != num {
			f.locs[num].kind = locNone
			good = false
			continue
		}
		for classOf[f.data[l.off]] == classSpace {
			l.off++
		}
		f.locs[num].off, f.locs[num].gen = l.off, uint16(gen)
	}
	root, ok := f.Trailer.Get("Root").(Ref)
	if !ok || root.Num >= len(f.locs) {
		return false
	}
	k := f.locs[root.Num].kind
	return good && (k == locPlain || k == locStream)
}

// rebuild makes the cross references out of the physical objects: of the same
// number the last one counts.
func (f *File) rebuild() {
	if f.Trailer.Ref("Root") == (Ref{}) {
		f.Trailer = f.findTrailer()
	}
	f.Encrypted = f.Trailer.Get("Encrypt") != nil
	f.locs, f.expanded = nil, nil
	for _, o := range f.Physical {
		f.set(o.Num, loc{kind: locPlain, off: o.Off, gen: o.gen}, true)
	}
	if f.Encrypted {
		return
	}
	for _, o := range f.Physical {
		if o.flags&hasObjStm == 0 || !f.Current(&o) {
			continue
		}
		f.members(o, func(num int, _ []byte) {
			if num >= 0 && num < len(f.locs) && f.locs[num].kind == locPlain && f.locs[num].off >= o.Off {
				return // written again, later
			}
			f.set(num, loc{kind: locStream, stm: int32(o.Num)}, true)
		})
	}
}

// findTrailer looks for a trailer with a root: the last one, or that of the
// last cross-reference stream.
func (f *File) findTrailer() Dict {
	for p, tries := len(f.data), 0; p > 0 && tries < 64; tries++ {
		i := bytes.LastIndex(f.data[:p], []byte("trailer"))
		if i < 0 {
			break
		}
		l := Lexer{b: f.data, p: i + len("trailer")}
		v, _ := l.object(0, false)
		if d, ok := v.(Dict); ok && d.Get("Root") != nil {
			return d
		}
		p = i
	}
	for i := len(f.Physical) - 1; i >= 0; i-- {
		if o := f.Physical[i]; o.flags&hasXRef != 0 {
			l := Lexer{b: f.data[:o.end], p: o.body}
			v, _ := l.object(0, false)
			if d, ok := v.(Dict); ok && d.Get("Root") != nil {
				return d
			}
		}
	}
	return nil
}

// members decodes the object stream o (ISO 32000-1 §7.5.7) and calls each for
// every object in it.
func (f *File) members(o Physical, each func(num int, body []byte)) {
	if o.stream == 0 {
		return
	}
	l := Lexer{b: f.data, p: o.body}
	v, _ := l.object(0, true)
	s, ok := v.(Stream)
	if !ok || s.Dict.Name("Type") != "ObjStm" {
		return
	}
	data, _, err := f.Decode(s)
	if err != nil && data == nil {
		return
	}
	first, _ := f.Resolve(s.Dict.Get("First")).(int)
	n, _ := f.Resolve(s.Dict.Get("N")).(int)
	if first <= 0 || first > len(data) {
		return
	}
	head := Lexer{b: data[:first]}
	type pair struct{ num, off int }
	var pairs []pair
	for range n {
		a, b := head.Next(), head.Next()
		if a.Kind != TokenInt || b.Kind != TokenInt {
			break
		}
		if at := first + int(b.Num); b.Num >= 0 && at < len(data) {
			pairs = append(pairs, pair{int(a.Num), at})
		}
	}
	for i, p := range pairs {
		end := len(data)
		if i+1 < len(pairs) && pairs[i+1].off > p.off {
			end = pairs[i+1].off
		} else if i+1 < len(pairs) {
			// Out of order: the object itself tells its end.
			l := Lexer{b: data, p: p.off}
			l.object(0, false)
			end = l.p
		}
		each(p.num, data[p.off:end])
	}
}

// expand writes the objects of object streams as plain ones behind the file,
// so that no reader inflates a stream twice or runs in circles through it.
func (f *File) expand() {
	if f.flags&hasObjStm == 0 {
		f.dropStream()
		return
	}
	stale := 0
	for _, o := range f.Physical {
		if o.flags&hasObjStm == 0 {
			continue
		}
		current := o.Num < len(f.locs) && f.locs[o.Num].kind == locPlain && f.locs[o.Num].off == o.Off
		f.members(o, func(num int, body []byte) {
			f.flags |= f.names(body)
			if !current || num >= len(f.locs) || f.locs[num].kind != locStream || int(f.locs[num].stm) != o.Num {
				if stale += len(body); stale < maxStale {
					f.Stale = append(f.Stale, Stale{num, string(body)})
				}
				return
			}
			if len(f.expanded)+len(body) > maxExpanded || len(body) > maxObject {
				f.Limited = true
				return
			}
			if more := len(body) + 32; cap(f.expanded)-len(f.expanded) < more {
				f.expanded = slices.Grow(f.expanded, min(len(f.expanded), 1<<20)+more)
			}
			f.locs[num] = loc{kind: locPlain, off: len(f.data) + len(f.expanded)}
			f.expanded = strconv.AppendInt(f.expanded, int64(num), 10)
			f.expanded = append(f.expanded, " 0 obj\n"...)
			f.expanded = append(f.expanded, body...)
			f.expanded = append(f.expanded, "\nendobj\n"...)
		})
	}
	f.dropStream()
}

// dropStream forgets the entries that no object stream could give.
func (f *File) dropStream() {
	for i := range f.locs {
		if f.locs[i].kind == locStream {
			f.locs[i].kind = locNone
		}
	}
}

// findRoot gives a damaged file a catalog when it lost its own, of the pages
// that are there, and its information dictionary.
func (f *File) findRoot() {
	if f.Encrypted {
		return
	}
	hasPages := func(catalog Dict) bool {
		pages, ok := f.Resolve(catalog.Get("Pages")).(Dict)
		return ok && f.Resolve(pages.Get("Kids")) != nil
	}
	root, _ := f.Resolve(f.Trailer.Get("Root")).(Dict)
	good := hasPages(root)
	if good && f.Trailer.Get("Info") != nil {
		return
	}
	var catalog Dict
	var kids Array
	var info any
	for num, l := range f.locs {
		if l.kind != locPlain || len(kids) >= 10000 {
			continue
		}
		d, ok := f.Object(num).(Dict)
		if !ok {
			continue
		}
		switch d.Name("Type") {
		case "Catalog":
			catalog = d
		case "Page":
			kids = append(kids, Ref{num, int(l.gen)})
		case "":
			for _, key := range []string{"Producer", "Creator", "CreationDate", "openbadges"} {
				if _, ok := f.Resolve(d.Get(key)).(string); ok {
					info = Ref{num, int(l.gen)}
				}
			}
		}
	}
	if info != nil && f.Trailer.Get("Info") == nil {
		f.Trailer = append(append(Dict{}, f.Trailer...), Entry{"Info", info})
	}
	if good {
		return
	}
	if hasPages(catalog) {
		kids = nil
	}
	if kids != nil {
		n := max(len(f.locs), 1)
		f.add(n, Dict{{"Type", Name("Pages")}, {"Count", len(kids)}, {"Kids", kids}})
		catalog = append(append(Dict{}, catalog...), Entry{"Pages", Ref{n, 0}})
	}
	if catalog == nil {
		return
	}
	f.Invented = true
	n := len(f.locs)
	f.add(n, catalog)
	f.Trailer = append(append(Dict{}, f.Trailer...), Entry{"Root", Ref{n, 0}})
}

// add appends an object of our own.
func (f *File) add(num int, v any) {
	f.set(num, loc{kind: locPlain, off: len(f.data) + len(f.expanded)}, true)
	f.expanded = strconv.AppendInt(f.expanded, int64(num), 10)
	f.expanded = append(f.expanded, " 0 obj\n"...)
	f.expanded = appendObject(f.expanded, v)
	f.expanded = append(f.expanded, "\nendobj\n"...)
}

// Object reads the current object num: nil, bool, int, float64, string, Name,
// Ref, Array, Dict or Stream; nil, too, when there is none. A reference in it is
// not followed.
func (f *File) Object(num int) any {
	v, _ := f.object(num)
	return v
}

// object is Object, and how many bytes of the file it is.
func (f *File) object(num int) (v any, size int) {
	if num < 0 || num >= len(f.locs) || f.locs[num].kind != locPlain {
		return nil, 0
	}
	b, off := f.data, f.locs[num].off
	if off >= len(f.data) {
		b, off = f.expanded, off-len(f.data)
	}
	n, _, body, ok := objectHeader(b, off)
	if !ok || n != num {
		return nil, 0
	}
	l := Lexer{b: b, p: body, entries: f.entries, values: f.values}
	v, _ = l.object(0, true)
	if cap(l.entries)+cap(l.values) < keptOpen {
		f.entries, f.values = l.entries, l.values
	}
	return v, l.p - off
}

// Resolve follows a reference, and a reference to a reference, no further.
func (f *File) Resolve(v any) any {
	for range 3 {
		r, ok := v.(Ref)
		if !ok {
			return v
		}
		v = f.Object(r.Num)
	}
	return nil
}
