package pdf

import (
	"encoding/binary"
	"io"
	"strconv"
)

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

func (f *File) overlay() *overlay {
	tail := append(make([]byte, 0, len(f.expanded)+len(f.locs)*8+1024), f.expanded...)
	num := len(f.locs)
	at := len(f.data) + len(tail)
	var index Array
	var entries []byte
	entry := func(kind byte, a, b int) {
		entries = append(entries, kind)
		entries = binary.BigEndian.AppendUint32(entries, uint32(a))
		entries = binary.BigEndian.AppendUint16(entries, uint16(b))
	}
	f.measure()
	run := -2
	for n, l := range f.locs {
		if l.kind != locPlain || f.huge[l.off] {
			continue
		}
		if n != run+1 {
			index = append(index, n, 0)
		}
		run = n
		index[len(index)-1] = index[len(index)-1].(int) + 1
		entry(1, l.off+len(overlayHeader), int(l.gen))
	}
	d := Dict{{"Type", Name("XRef")}, {"Size", num + 1}, {"W", Array{1, 4, 2}}, {"Index", index}, {"Length", len(entries)}}
	d = f.withTrailer(d)
	tail = strconv.AppendInt(tail, int64(num), 10)
	tail = append(tail, " 0 obj\n"...)
	tail = appendObject(tail, d)
	tail = append(tail, " stream\n"...)
	tail = append(tail, entries...)
	tail = append(tail, "\nendstream\nendobj\n"...)
	for range 4 { // the reader looks for the end in the last 100 bytes
		tail = append(tail, "%                               \n"...)
	}
	tail = append(tail, "startxref\n"...)
	tail = strconv.AppendInt(tail, int64(at+len(overlayHeader)), 10)
	tail = append(tail, "\n%%EOF\n"...)
	return &overlay{[]byte(overlayHeader), f.data, tail, true}
}

// withTrailer is d with what a trailer says that badges hide behind. LibreOffice's has the
// document that the file was made from under AdditionalStreams.
func (f *File) withTrailer(d Dict) Dict {
	for _, key := range []string{"Root", "Info", "ID", "AdditionalStreams"} {
		if v := f.Trailer.Get(key); v != nil {
			d = append(d, Entry{key, v})
		}
	}
	return d
}

// measure looks for objects that no reader is given.
func (f *File) measure() {
	f.huge = map[int]bool{}
	for i := range f.Physical {
		if o := &f.Physical[i]; o.end-o.body > maxObject {
			f.huge[o.Off] = true
			f.Limited = true
		}
	}
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
