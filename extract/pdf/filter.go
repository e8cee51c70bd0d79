package pdf

import (
	"bytes"
	"compress/flate"
	"compress/lzw"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"strings"
	"sync"

	quick "github.com/klauspost/compress/flate"
)

// Filters of streams (ISO 32000-1 §7.4), bounded and forgiving: a stream that
// breaks off gives what came before, as every viewer shows it. Pictures
// (DCTDecode, JPXDecode, JBIG2Decode, CCITTFaxDecode) are never decoded here.

// MaxStream is how many decoded bytes one stream may have.
const MaxStream = 32 << 20

const (
	maxFilters = 4
	// A stream that grows more than maxRatio times, beyond the first
	// ratioFree bytes, is a bomb.
	maxRatio  = 200
	ratioFree = 1 << 20
)

// ErrLimit says that a stream decodes to more than is kept.
var ErrLimit = errors.New("decoded stream too large")

// errBroken comes with what was decoded before data that are damaged, or break off. It
// is told in File.Broken and to no reader: every viewer shows what there is.
var errBroken = errors.New("stream is damaged")

// errSum is the same for data of which nothing is missing, but whose checksum is another.
var errSum = fmt.Errorf("%w: another checksum", errBroken)

var errFilter = errors.New("unknown filter")

// filter is one step of a stream's decoding.
type filter struct {
	name                             string
	predictor, columns, colors, bits int
	early                            bool // LZW: EarlyChange
}

// decode undoes the filters and returns at most limit bytes; ErrLimit
// comes with what fits, errBroken with what is whole. It stops in front of a picture's filter, whose name it
// returns.
func decode(raw []byte, filters []filter, limit int) (data []byte, picture string, err error) {
	if len(filters) > maxFilters {
		return nil, "", errFilter
	}
	limit = min(limit, MaxStream, max(ratioFree, len(raw)*maxRatio))
	data = raw
	var broken error
	for i, f := range filters {
		switch f.name {
		case "FlateDecode", "Fl":
			data, err = inflate(data, limit)
		case "LZWDecode", "LZW":
			data, err = unLZW(data, f.early, limit)
		case "ASCIIHexDecode", "AHx":
			data, err = unASCIIHex(data), nil
		case "ASCII85Decode", "A85":
			data, err = unASCII85(data), nil
		case "RunLengthDecode", "RL":
			data, err = unRunLength(data, limit)
		case "Crypt": // Identity: the decryption is the reader's business
		case "DCTDecode", "DCT", "JPXDecode", "JBIG2Decode", "CCITTFaxDecode", "CCF":
			if i == len(filters)-1 {
				return data, f.name, broken
			}
			return nil, "", errFilter
		default:
			return nil, "", errFilter
		}
		if errors.Is(err, errBroken) {
			broken, err = err, nil
		}
		if err != nil && !errors.Is(err, ErrLimit) {
			return nil, "", err
		}
		if f.predictor > 1 && strings.Contains("FlateDecode LZWDecode", f.name) {
			data = unpredict(data, f)
		}
		if err != nil {
			return data, "", err
		}
	}
	if len(data) > limit && len(filters) > 0 {
		return data[:limit], "", ErrLimit
	}
	return data, "", broken
}

// Readers of deflate data. The quick one takes a third less time, and loses the last bytes
// of what breaks off.
var (
	quickInflaters = sync.Pool{New: func() any { return quick.NewReader(bytes.NewReader(nil)) }}
	inflaters      = sync.Pool{New: func() any { return flate.NewReader(bytes.NewReader(nil)) }}
)

// watched remembers that its reader failed.
type watched struct {
	io.Reader
	failed bool
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Reader.Read(b)
	w.failed = w.failed || err != nil && err != io.EOF
	return n, err
}

// inflate reads a zlib stream (RFC 1950), and tries bare deflate data where the header is
// not one. What breaks off comes with errBroken, what has another checksum with errSum; none
// has what some writers leave out.
func inflate(b []byte, limit int) ([]byte, error) {
	body := deflated(b)
	if len(body) == 0 {
		return nil, nil
	}
	var behind []byte
	from := func(readers *sync.Pool) (out []byte, whole bool, err error) {
		r := readers.Get().(io.ReadCloser)
		defer readers.Put(r)
		rest := bytes.NewReader(body)
		_ = r.(flate.Resetter).Reset(rest, nil)
		w := &watched{Reader: r}
		out, err = readAll(w, limit, len(b)*3)
		behind = body[len(body)-rest.Len():]
		return out, !w.failed, err
	}
	out, whole, err := from(&quickInflaters)
	if !whole {
		out, whole, err = from(&inflaters)
	}
	switch {
	case err != nil:
	case !whole && !flushed(body):
		err = errBroken
	case whole && len(b) > len(body) && len(behind) >= adler32.Size && binary.BigEndian.Uint32(behind) != adler32.Checksum(out):
		err = errSum
	}
	return out, err
}

// flushed reports whether deflate data end as some writers leave them who never close what
// they flush: with an empty block (RFC 1951 §3.2.4). Nothing is missing there.
func flushed(b []byte) bool {
	return bytes.HasSuffix(bytes.TrimRight(b, "\r\n"), []byte{0, 0, 0xff, 0xff})
}

// deflated is a zlib stream without its header, nil for none.
func deflated(b []byte) []byte {
	for len(b) > 0 && classOf[b[0]] == classSpace && b[0] != 0 && b[0] != ' ' {
		b = b[1:] // an end of line too many after "stream"
	}
	if len(b) < 2 {
		return nil
	}
	body := b
	if b[0]&0x0f == 8 {
		body = b[2:]
		if b[1]&0x20 != 0 && len(body) >= 4 {
			body = body[4:]
		}
	}
	return body
}

// scratch is where streams are unpacked whose size is not known before.
var scratch = sync.Pool{New: func() any { b := make([]byte, scratchSize); return &b }}

const scratchSize = 256 << 10

// readAll reads until the end, an error or the limit. Errors of the data end
// it without a word.
func readAll(r io.Reader, limit, guess int) ([]byte, error) {
	if guess > scratchSize {
		return readOn(r, make([]byte, 0, min(guess, limit, 4<<20)+512), limit)
	}
	room := scratch.Get().(*[]byte)
	defer scratch.Put(room)
	b := (*room)[:min(limit, scratchSize)]
	n := 0
	for n < len(b) {
		more, err := r.Read(b[n:])
		if n += more; err != nil {
			return append([]byte{}, b[:n]...), nil
		}
	}
	return readOn(r, append(make([]byte, 0, 2*n+512), b...), limit)
}

// readOn is readAll behind what out has.
func readOn(r io.Reader, out []byte, limit int) ([]byte, error) {
	for {
		n, err := r.Read(out[len(out):min(cap(out), limit+1)])
		out = out[:len(out)+n]
		if len(out) > limit {
			return out[:limit], ErrLimit
		}
		if err != nil {
			return out, nil
		}
		if len(out) == cap(out) {
			out = append(out, 0)[:len(out)]
		}
	}
}

func unLZW(b []byte, early bool, limit int) ([]byte, error) {
	if !early {
		r := lzw.NewReader(bytes.NewReader(b), lzw.MSB, 8)
		defer r.Close()
		return readAll(r, limit, len(b)*3)
	}
	// With EarlyChange the width grows one code sooner than in GIF, which is
	// what compress/lzw reads.
	const clearCode, endCode = 256, 257
	var prefix [4096]uint16
	var suffix, first [4096]byte
	var length [4096]uint16
	for i := range 256 {
		suffix[i], first[i], length[i] = byte(i), byte(i), 1
	}
	out := make([]byte, 0, min(len(b)*3, limit))
	next, width, prev := 258, 9, -1
	var acc uint32
	var have int
	for i, c := range b {
		acc = acc<<8 | uint32(c)
		have += 8
		if have < width {
			continue
		}
		code := int(acc>>(have-width)) & (1<<width - 1)
		have -= width
		switch {
		case code == clearCode:
			next, width, prev = 258, 9, -1
			continue
		case code == endCode:
			return out, nil
		case code > next || code == next && prev < 0:
			if i+2 >= len(b) {
				return out, nil // what pads the last byte, where the end is not marked
			}
			return out, errBroken
		}
		entry := code
		if code == next { // the code that is being defined
			entry = prev
		}
		n := int(length[entry])
		if code == next {
			n++
		}
		if len(out)+n > limit {
			return out, ErrLimit
		}
		at := len(out)
		out = append(out, make([]byte, n)...)
		end := at + n
		if code == next {
			end--
			out[end] = first[prev]
		}
		for e, i := entry, end-1; i >= at; i-- {
			out[i] = suffix[e]
			e = int(prefix[e])
		}
		if prev >= 0 && next < 4096 {
			prefix[next], suffix[next], first[next], length[next] = uint16(prev), out[at], first[prev], length[prev]+1
			next++
			if next+1 >= 1<<width && width < 12 {
				width++
			}
		}
		prev = code
	}
	return out, nil
}

func unASCIIHex(b []byte) []byte {
	if i := bytes.IndexByte(b, '>'); i >= 0 {
		b = b[:i]
	}
	l := Lexer{b: b}
	return bytes.Clone(l.hex())
}

func unASCII85(b []byte) []byte {
	b = bytes.TrimPrefix(bytes.TrimLeft(b, "\x00\t\n\f\r "), []byte("<~"))
	out := make([]byte, 0, len(b)*4/5+4)
	var group uint32
	n := 0
	for _, c := range b {
		switch {
		case c == '~':
			goto end
		case c == 'z' && n == 0:
			out = append(out, 0, 0, 0, 0)
		case c >= '!' && c <= 'u':
			group = group*85 + uint32(c-'!')
			if n++; n == 5 {
				out = append(out, byte(group>>24), byte(group>>16), byte(group>>8), byte(group))
				group, n = 0, 0
			}
		}
	}
end:
	if n > 1 {
		for i := n; i < 5; i++ {
			group = group*85 + 84
		}
		out = append(out, []byte{byte(group >> 24), byte(group >> 16), byte(group >> 8)}[:n-1]...)
	}
	return out
}

func unRunLength(b []byte, limit int) ([]byte, error) {
	var out []byte
	for len(b) > 0 && b[0] != 128 {
		n := int(b[0])
		if n < 128 {
			n = min(n+1, len(b)-1)
			if out = append(out, b[1:1+n]...); n <= int(b[0]) {
				return out, errBroken
			}
			b = b[1+n:]
		} else {
			if len(b) < 2 {
				break
			}
			out = append(out, bytes.Repeat(b[1:2], 257-n)...)
			b = b[2:]
		}
		if len(out) > limit {
			return out[:limit], ErrLimit
		}
	}
	return out, nil
}

// widths gives the bytes of a pixel and of a row, ok = false where they make no
// sense.
func (f filter) widths() (bpp, row int, ok bool) {
	if f.columns <= 0 || f.columns > 1<<24 || f.colors <= 0 || f.colors > 64 || f.bits <= 0 || f.bits > 16 {
		return 0, 0, false
	}
	return (f.colors*f.bits + 7) / 8, (f.columns*f.colors*f.bits + 7) / 8, true
}

// unpredict undoes the predictors of PNG and, for eight bits, of TIFF
// (ISO 32000-1 §7.4.4.4). It works in place.
func unpredict(b []byte, f filter) []byte {
	bpp, row, ok := f.widths()
	if !ok || f.predictor < 2 || f.predictor > 2 && f.predictor < 10 {
		return b
	}
	if f.predictor == 2 {
		for at := 0; at+row <= len(b); at += row {
			f.difference(b[at:at+row], bpp)
		}
		return b
	}
	out := b[:0]
	prev := make([]byte, row)
	for len(b) > 1 {
		kind := b[0]
		line := b[1:min(row+1, len(b))]
		rest := b[1+len(line):]
		unfilter(kind, line, prev, bpp)
		copy(prev, line)
		out = append(out, line...)
		b = rest
	}
	return out
}

// difference undoes TIFF's predictor in a row of eight bits.
func (f filter) difference(line []byte, bpp int) {
	if f.bits == 8 {
		for i := bpp; i < len(line); i++ {
			line[i] += line[i-bpp]
		}
	}
}

// unfilter undoes a predictor of PNG in a row.
func unfilter(kind byte, line, prev []byte, bpp int) {
	switch kind {
	case 1:
		for i := bpp; i < len(line); i++ {
			line[i] += line[i-bpp]
		}
	case 2:
		i := 0
		for ; i+8 <= len(line); i += 8 { // eight at once, the highest bits apart: nothing is carried
			a, b := binary.LittleEndian.Uint64(line[i:]), binary.LittleEndian.Uint64(prev[i:])
			const high = 0x8080808080808080
			binary.LittleEndian.PutUint64(line[i:], (a&^high+b&^high)^(a^b)&high)
		}
		for ; i < len(line); i++ {
			line[i] += prev[i]
		}
	case 3:
		for i := range min(bpp, len(line)) {
			line[i] += prev[i] / 2
		}
		for i := bpp; i < len(line); i++ {
			line[i] += byte((int(line[i-bpp]) + int(prev[i])) / 2)
		}
	case 4:
		n := min(bpp, len(line))
		for i := range n {
			line[i] += prev[i]
		}
		// The colours of a pixel need nothing of one another.
		rest, left, up, corner := line[n:], line[:len(line)-n], prev[n:len(line)], prev[:len(line)-n]
		for i, v := range rest {
			rest[i] = v + paeth(int(left[i]), int(up[i]), int(corner[i]))
		}
	}
}

// rows is unpredict for a picture that is read row by row.
type rows struct {
	r          io.Reader
	f          filter
	bpp        int
	line, prev []byte
	left       []byte // of line, not given yet
}

func (p *rows) Read(b []byte) (int, error) {
	if len(p.left) == 0 {
		var kind [1]byte
		if p.f.predictor >= 10 {
			if _, err := io.ReadFull(p.r, kind[:]); err != nil {
				return 0, io.EOF
			}
		}
		n, _ := io.ReadFull(p.r, p.line)
		if n == 0 {
			return 0, io.EOF
		}
		p.left = p.line[:n]
		if p.f.predictor >= 10 {
			unfilter(kind[0], p.left, p.prev, p.bpp)
			copy(p.prev, p.left)
		} else {
			p.f.difference(p.left, p.bpp)
		}
	}
	n := copy(b, p.left)
	p.left = p.left[n:]
	return n, nil
}

// samples gives the samples of a picture as they are decoded, at most size bytes
// of them, which is what the picture's dictionary makes of them: so no honest page
// is too small a file for its size, and no bomb gives more. ok is false for a chain
// of filters that is no such stream.
func samples(raw []byte, filters []filter, size int64) (r io.Reader, ok bool) {
	if len(filters) == 0 || len(filters) > maxFilters {
		return nil, false
	}
	last := filters[len(filters)-1]
	if last.name != "FlateDecode" && last.name != "Fl" {
		return nil, false
	}
	for _, f := range filters[:len(filters)-1] {
		if f.name != "ASCIIHexDecode" && f.name != "AHx" && f.name != "ASCII85Decode" && f.name != "A85" {
			return nil, false // what unpacks in two steps is bounded by its ratio
		}
	}
	data, _, err := decode(raw, filters[:len(filters)-1], MaxStream)
	if err != nil {
		return nil, false
	}
	unpacker := quickInflaters.Get().(io.ReadCloser)
	_ = unpacker.(flate.Resetter).Reset(bytes.NewReader(deflated(data)), nil)
	r = unpacker
	if last.predictor == 2 || last.predictor >= 10 {
		bpp, row, ok := last.widths()
		if !ok {
			return nil, false
		}
		r = &rows{r: r, f: last, bpp: bpp, line: make([]byte, row), prev: make([]byte, row)}
	}
	return &lent{io.LimitedReader{R: r, N: size}, unpacker}, true
}

// lent gives its unpacker back when there is no more to read.
type lent struct {
	io.LimitedReader
	unpacker io.ReadCloser
}

func (l *lent) Read(b []byte) (int, error) {
	n, err := l.LimitedReader.Read(b)
	if (err != nil || l.N <= 0) && l.unpacker != nil {
		quickInflaters.Put(l.unpacker)
		l.R, l.N, l.unpacker = bytes.NewReader(nil), 0, nil
	}
	return n, err
}

// paeth gives the one of three that is nearest to a+b-c, without a branch: none would
// be foreseen.
func paeth(a, b, c int) byte {
	pa, pb := b-c, a-c
	pc := abs(pa + pb)
	pa, pb = abs(pa), abs(pb)
	first := (pb - pa) >> 16 // all bits where b is nearer
	a ^= (a ^ b) & first
	pa ^= (pa ^ pb) & first
	return byte(a ^ (a^c)&((pc-pa)>>16))
}

func abs(n int) int {
	sign := n >> 16
	return (n ^ sign) - sign
}
