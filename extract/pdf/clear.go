package pdf

import (
	"encoding/binary"
	"errors"
	"strconv"
)

// inClear gives an encrypted file without its encryption: every physical object
// with its strings and its stream unpacked, and cross references that say of each
// what those of the file say. All readers are given that one, so that none of them
// has to know of keys. The error is why it stays closed.
func (f *File) inClear() (*File, error) {
	s, err := f.handler()
	if s == nil {
		return nil, err
	}
	filesClosed := errors.Is(err, ErrPassword)
	out := make([]byte, 0, len(f.data)+len(f.data)/8+1024)
	out = append(out, overlayHeader...)
	at := map[int]int{} // where an object lies now, by where it lay
	for i := range f.Physical {
		o := &f.Physical[i]
		l := Lexer{b: f.data, p: o.body}
		v, _ := l.object(0, true)
		if d, ok := dictOf(v); ok && (d.Name("Type") == "XRef" || isHandler(d)) {
			continue
		}
		at[o.Off] = len(out)
		out = strconv.AppendInt(out, int64(o.Num), 10)
		out = append(out, ' ')
		out = strconv.AppendInt(out, int64(o.gen), 10)
		out = append(out, " obj\n"...)
		stream, ok := v.(Stream)
		if !ok {
			out = append(appendObject(out, f.clearStrings(s, o, v, 0)), "\nendobj\n"...)
			continue
		}
		data := f.raw(stream)
		m, named := f.streamMethod(s, stream.Dict)
		switch {
		case filesClosed && m != methodNone:
			f.Closed++
			data = nil
		default:
			// What does not come out even is what there is of it: a stream that was cut.
			data, _ = s.unpack(m, o.Num, int(o.gen), data)
		}
		d, _ := f.clearStrings(s, o, stream.Dict, 0).(Dict)
		out = appendObject(out, f.withoutCrypt(d, named, len(data)))
		out = append(out, "\nstream\n"...)
		out = append(out, data...)
		out = append(out, "\nendstream\nendobj\n"...)
	}
	clear := f.closing(out, at)
	g := open(clear, f.inflated, f.failed)
	if g == nil {
		return nil, ErrSecurity
	}
	g.Older, g.NoEOF, g.Opened, g.Closed = f.Older, f.NoEOF, true, f.Closed
	g.Damaged, g.Limited = g.Damaged || f.Damaged, g.Limited || f.Limited
	return g, nil
}

func dictOf(v any) (Dict, bool) {
	switch v := v.(type) {
	case Dict:
		return v, true
	case Stream:
		return v.Dict, true
	}
	return nil, false
}

// isHandler tells the dictionary of /Encrypt, whose strings are not packed.
func isHandler(d Dict) bool {
	return d.Name("Filter") == "Standard" && d.Get("O") != nil && d.Get("U") != nil && d.Get("V") != nil
}

// clearStrings unpacks the strings in an object.
func (f *File) clearStrings(s *security, o *Physical, v any, depth int) any {
	if depth > maxNesting || s.strings == methodNone {
		return v
	}
	switch v := v.(type) {
	case string:
		if b, ok := s.unpack(s.strings, o.Num, int(o.gen), []byte(v)); ok {
			return string(b)
		}
		return v
	case Array:
		out := make(Array, len(v))
		for i, e := range v {
			out[i] = f.clearStrings(s, o, e, depth+1)
		}
		return out
	case Dict:
		out := make(Dict, len(v))
		for i, e := range v {
			out[i] = Entry{e.Key, f.clearStrings(s, o, e.Value, depth+1)}
		}
		return out
	}
	return v
}

// streamMethod tells how a stream is packed (ISO 32000-1 §7.6.5); named says that it
// names a crypt filter of its own.
func (f *File) streamMethod(s *security, d Dict) (m method, named bool) {
	filters, parms := f.Resolve(d.Get("Filter")), f.Resolve(d.Get("DecodeParms"))
	if a, ok := filters.(Array); ok && len(a) > 0 {
		filters = f.Resolve(a[0])
		if p, ok := parms.(Array); ok && len(p) > 0 {
			parms = f.Resolve(p[0])
		}
	}
	switch {
	case filters == Name("Crypt"):
		p, _ := parms.(Dict)
		name := p.Name("Name")
		if name == "" {
			name = "Identity"
		}
		return s.filters[name], true
	case d.Name("Type") == "Metadata" && !s.metadata:
		return methodNone, false
	case d.Name("Type") == "EmbeddedFile":
		return s.files, false
	}
	return s.streams, false
}

// withoutCrypt is a stream's dictionary with the length that it has now, and
// without the crypt filter that it named.
func (f *File) withoutCrypt(d Dict, named bool, length int) Dict {
	out := make(Dict, 0, len(d)+1)
	for _, e := range d {
		switch {
		case e.Key == "Length":
			continue
		case named && (e.Key == "Filter" || e.Key == "DecodeParms"):
			a, ok := f.Resolve(e.Value).(Array)
			if !ok || len(a) == 0 {
				continue
			}
			e.Value = a[1:]
		}
		out = append(out, e)
	}
	return append(out, Entry{"Length", length})
}

// closing adds the cross references, if the file's own are good, and a trailer.
func (f *File) closing(out []byte, at map[int]int) []byte {
	if f.Damaged {
		out = append(out, "trailer\n"...)
		out = appendObject(out, f.withTrailer(nil))
		return append(out, "\n%%EOF\n"...)
	}
	start, num := len(out), len(f.locs)
	var index Array
	var entries []byte
	run := -2
	for n, l := range f.locs {
		var kind byte
		var a, b int
		switch off, there := at[l.off]; {
		case l.kind == locPlain && there:
			kind, a, b = 1, off, int(l.gen)
		case l.kind == locStream:
			kind, a = 2, int(l.stm)
		default:
			continue
		}
		if n != run+1 {
			index = append(index, n, 0)
		}
		run = n
		index[len(index)-1] = index[len(index)-1].(int) + 1
		entries = append(entries, kind)
		entries = binary.BigEndian.AppendUint32(entries, uint32(a))
		entries = binary.BigEndian.AppendUint16(entries, uint16(b))
	}
	out = strconv.AppendInt(out, int64(num), 10)
	out = append(out, " 0 obj\n"...)
	out = appendObject(out, f.withTrailer(Dict{{"Type", Name("XRef")}, {"Size", num + 1}, {"W", Array{1, 4, 2}}, {"Index", index}, {"Length", len(entries)}}))
	out = append(out, "\nstream\n"...)
	out = append(out, entries...)
	out = append(out, "\nendstream\nendobj\nstartxref\n"...)
	out = strconv.AppendInt(out, int64(start), 10)
	return append(out, "\n%%EOF\n"...)
}
