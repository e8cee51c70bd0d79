package extract

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"maps"
	"slices"
	"strings"
	"testing"
)

// tiffOf writes gray pictures of one size, uncompressed, as the pages of a TIFF;
// last is where the chain goes on behind the last of them.
func tiffOf(order binary.ByteOrder, w, h int, last uint32, pages ...[]byte) []byte {
	b := []byte("II*\x00\x00\x00\x00\x00")
	if order == binary.BigEndian {
		copy(b, "MM\x00*")
	}
	next := 4 // where the place of the next directory is to be written
	for _, pix := range pages {
		at := len(b)
		b = append(b, pix...)
		order.PutUint32(b[next:], uint32(len(b)))
		entries := [][3]uint32{{256, 4, uint32(w)}, {257, 4, uint32(h)}, {258, 4, 8}, {259, 4, 1}, {262, 4, 1}, {273, 4, uint32(at)}, {277, 4, 1}, {278, 4, uint32(h)}, {279, 4, uint32(len(pix))}}
		b = append(b, 0, 0)
		order.PutUint16(b[len(b)-2:], uint16(len(entries)))
		for _, e := range entries {
			var f [12]byte
			order.PutUint16(f[:], uint16(e[0]))
			order.PutUint16(f[2:], uint16(e[1]))
			order.PutUint32(f[4:], 1)
			order.PutUint32(f[8:], e[2])
			b = append(b, f[:]...)
		}
		next = len(b)
		b = append(b, 0, 0, 0, 0)
	}
	order.PutUint32(b[next:], last)
	return b
}

func TestTIFFPages(t *testing.T) {
	const u = "https://example.org/badges/1"
	code := qr(t, u, 4)
	w, h := code.Rect.Dx(), code.Rect.Dy()
	white := bytes.Repeat([]byte{255}, w*h)
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, tc := range []struct {
			desc string
			data []byte
			want []string
		}{
			{"one page", tiffOf(order, w, h, 0, code.Pix), []string{"link " + u + " | x.tif > QR code"}},
			{"the third page", tiffOf(order, w, h, 0, white, white, code.Pix), []string{"link " + u + " | x.tif > page 3 > QR code"}},
			{"a chain that ends nowhere", tiffOf(order, w, h, 0xFFFFFFF0, white, code.Pix), []string{"link " + u + " | x.tif > page 2 > QR code", "unread x.tif: truncated"}},
		} {
			if got := show(find(t, "x.tif", tc.data)); !slices.Equal(got, tc.want) {
				t.Errorf("%v, %s: %q, want %q", order, tc.desc, got, tc.want)
			}
		}
	}
}

// A fax has half as many rows to an inch as columns, and says so.
func TestTIFFStretched(t *testing.T) {
	const u = "https://example.org/badges/1"
	code := qr(t, u, 1)
	w, h := code.Rect.Dx(), code.Rect.Dy()
	fax := repeated(string(code.Pix), w, 6, 3)
	fraction := func(over, under uint32) []byte {
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, over), under)
	}
	page := func(x, y []byte) []byte {
		return tiffForm{w: 6 * w, h: 3 * h, cells: [][]byte{[]byte(fax)},
			tags: map[uint16][]int{258: {8}, 259: {1}, 262: {1}, 273: nil, 277: {1}, 278: {3 * h}, 279: nil},
			raw:  map[uint16][]byte{282: x, 283: y}}.bytes(binary.BigEndian)
	}
	for _, tc := range []struct {
		desc string
		x, y []byte
		want []string
	}{
		{"204 by 98", fraction(204, 1), fraction(98, 1), []string{"link " + u + " | x.tif > QR code"}},
		{"in fractions", fraction(2040000, 10000), fraction(9800, 100), []string{"link " + u + " | x.tif > QR code"}},
		{"as fine as another", fraction(204, 1), fraction(204, 1), nil},
		{"none", fraction(0, 0), fraction(0, 0), nil},
	} {
		if got := show(find(t, "x.tif", page(tc.x, tc.y))); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.desc, got, tc.want)
		}
	}
}

// A chain that comes back to itself ends, one of many pages is bounded, and a page
// that cannot be decoded is told.
func TestTIFFChain(t *testing.T) {
	white := bytes.Repeat([]byte{255}, 30*30)
	order := binary.LittleEndian
	round := tiffOf(order, 30, 30, 8+uint32(len(white)), white, white)
	if pages, more, cut := tiffPages(round, 100); len(pages) != 2 || more || cut {
		t.Errorf("a ring of two: %d pages, more %v", len(pages), more)
	}
	many := tiffOf(order, 30, 30, 0, white, white, white)
	if pages, more, cut := tiffPages(many, 2); len(pages) != 2 || !more || cut {
		t.Errorf("three of two: %d pages, more %v", len(pages), more)
	}
	broken := slices.Clone(many)
	at := 8 + len(white)
	order.PutUint16(broken[at+2+12*3+8:], 77) // a compression that nobody knows
	r := find(t, "x.tif", broken)
	if len(r.Unread) != 1 || !strings.HasSuffix(r.Unread[0].Where, "page 1") || r.Unread[0].Reason != ReasonUnknown {
		t.Errorf("unread %+v", r.Unread)
	}
}

// tiffForm is one page: its strips or tiles, and its tags.
type tiffForm struct {
	w, h  int
	cells [][]byte
	tags  map[uint16][]int // of the places and lengths, what they are called, with nothing
	raw   map[uint16][]byte
}

func (f tiffForm) bytes(order binary.ByteOrder) []byte {
	b := []byte("II*\x00\x00\x00\x00\x00")
	if order == binary.BigEndian {
		copy(b, "MM\x00*")
	}
	var places, lengths []int
	for _, c := range f.cells {
		places, lengths = append(places, len(b)), append(lengths, len(c))
		b = append(b, c...)
	}
	tags := map[uint16][]int{256: {f.w}, 257: {f.h}}
	for k, v := range f.tags {
		switch tags[k] = v; k {
		case 273, 324:
			tags[k] = places
		case 279, 325:
			tags[k] = lengths
		}
	}
	var dir []byte
	add := func(tag uint16, kind, n int, v []byte) {
		e := make([]byte, 12)
		order.PutUint16(e, tag)
		order.PutUint16(e[2:], uint16(kind))
		order.PutUint32(e[4:], uint32(n))
		if copy(e[8:], v); len(v) > 4 {
			order.PutUint32(e[8:], uint32(len(b)))
			b = append(b, v...)
		}
		dir = append(dir, e...)
	}
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		v := make([]byte, 4*len(tags[tag]))
		for i, n := range tags[tag] {
			order.PutUint32(v[4*i:], uint32(n))
		}
		add(tag, 4, len(tags[tag]), v)
	}
	for tag, v := range f.raw {
		if tag == tiffXResolution || tag == tiffYResolution {
			add(tag, 5, len(v)/8, v)
			continue
		}
		add(tag, 7, len(v), v)
	}
	order.PutUint32(b[4:], uint32(len(b)))
	b = append(b, 0, 0)
	order.PutUint16(b[len(b)-2:], uint16(len(dir)/12))
	return append(append(b, dir...), 0, 0, 0, 0)
}

// abbreviated takes the tables out of a JPEG (ITU-T T.81 §B.4, §B.5).
func abbreviated(b []byte) (tables, rest []byte) {
	tables, rest = []byte{0xFF, 0xD8}, []byte{0xFF, 0xD8}
	for b = b[2:]; b[1] != 0xDA; {
		n := 2 + int(binary.BigEndian.Uint16(b[2:]))
		if b[1] == 0xDB || b[1] == 0xC4 {
			tables = append(tables, b[:n]...)
		} else {
			rest = append(rest, b[:n]...)
		}
		b = b[n:]
	}
	return append(tables, 0xFF, 0xD9), append(rest, b...)
}

// pixelsAs makes of each pixel of a code so many bytes.
func pixelsAs(code *image.Gray, of func(v byte) []byte) []byte {
	var b []byte
	for _, v := range code.Pix {
		b = append(b, of(v)...)
	}
	return b
}

// Pages as scanners, fax servers and programs for print write them: JPEGs within, in
// strips and tiles, with and without tables in common; planes, inks, transparency,
// differences; sixteen bits.
func TestTIFFForms(t *testing.T) {
	const u = "https://example.org/badges/1"
	code := qr(t, u, 8)
	w, h := code.Rect.Dx(), code.Rect.Dy()
	jpg := func(r image.Rectangle) []byte {
		m := image.NewGray(image.Rect(0, 0, r.Dx(), r.Dy()))
		for y := range r.Dy() {
			for x := range r.Dx() {
				m.Pix[y*m.Stride+x] = 255
				if (image.Point{r.Min.X + x, r.Min.Y + y}).In(code.Rect) {
					m.Pix[y*m.Stride+x] = code.GrayAt(r.Min.X+x, r.Min.Y+y).Y
				}
			}
		}
		return encoded(t, "jpg", m)
	}
	strips := func(tags map[uint16][]int, cells ...[]byte) tiffForm {
		f := tiffForm{w: w, h: h, cells: cells, tags: map[uint16][]int{273: nil, 279: nil, 278: {h}, 258: {8}, 262: {1}}}
		maps.Copy(f.tags, tags)
		return f
	}
	var inStrips, inTiles, bare [][]byte
	var tables []byte
	for y := 0; y < h; y += 64 {
		inStrips = append(inStrips, jpg(image.Rect(0, y, w, min(h, y+64))))
		var rest []byte
		tables, rest = abbreviated(inStrips[len(inStrips)-1])
		bare = append(bare, rest)
		for x := 0; x < w; x += 64 {
			inTiles = append(inTiles, jpg(image.Rect(x, y, x+64, y+64)))
		}
	}
	shared := strips(map[uint16][]int{259: {7}, 278: {64}}, bare...)
	shared.raw = map[uint16][]byte{347: tables}
	tiled := tiffForm{w: w, h: h, cells: inTiles, tags: map[uint16][]int{258: {8}, 259: {7}, 262: {1}, 322: {64}, 323: {64}, 324: nil, 325: nil}}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	differences := bytes.Clone(code.Pix)
	for y := range h {
		for x := w - 1; x > 0; x-- {
			differences[y*w+x] -= differences[y*w+x-1]
		}
	}
	if _, err := z.Write(differences); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	same := func(n int) func(byte) []byte { return func(v byte) []byte { return bytes.Repeat([]byte{v}, n) } }
	var runs []byte
	for y := range h {
		for x := 0; x < w; x += 8 { // the modules are so wide
			runs = append(runs, 0xF9, code.Pix[y*w+x])
		}
	}
	for desc, f := range map[string]tiffForm{
		"JPEG in strips":             strips(map[uint16][]int{259: {7}, 278: {64}}, inStrips...),
		"JPEG with tables in common": shared,
		"JPEG in tiles":              tiled,
		"CMYK":                       strips(map[uint16][]int{262: {5}, 277: {4}}, pixelsAs(code, func(v byte) []byte { return []byte{0, 0, 0, 255 - v} })),
		"planes":                     strips(map[uint16][]int{262: {2}, 277: {3}, 284: {2}}, code.Pix, code.Pix, code.Pix),
		"sixteen bits":               strips(map[uint16][]int{258: {16}}, pixelsAs(code, same(2))),
		"transparent":                strips(map[uint16][]int{277: {2}, 338: {2}}, pixelsAs(code, func(v byte) []byte { return []byte{0, 255 - v} })),
		"white is zero":              strips(map[uint16][]int{262: {0}}, pixelsAs(code, func(v byte) []byte { return []byte{255 - v} })),
		"YCbCr":                      strips(map[uint16][]int{262: {6}, 277: {3}, 530: {1, 1}}, pixelsAs(code, func(v byte) []byte { return []byte{v, 128, 128} })),
		"runs":                       strips(map[uint16][]int{259: {32773}}, runs),
		"differences":                strips(map[uint16][]int{259: {8}, 317: {2}}, packed.Bytes()),
		"a strip of no length":       {w: w, h: h, cells: [][]byte{code.Pix}, tags: map[uint16][]int{273: nil, 258: {8}, 262: {1}}},
	} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			if got, want := show(find(t, "x.tif", f.bytes(order))), []string{"link " + u + " | x.tif > QR code"}; !slices.Equal(got, want) {
				t.Errorf("%s, %v: %q", desc, order, got)
			}
		}
	}
	// What is not read is told by what it is, and costs that page alone.
	for desc, tc := range map[string]struct {
		f    tiffForm
		want Reason
	}{
		"fax of two dimensions":       {strips(map[uint16][]int{258: {1}, 259: {3}, 292: {1}}, code.Pix), ReasonUnknown},
		"numbers with points":         {strips(map[uint16][]int{258: {16}, 339: {3}}, code.Pix), ReasonUnknown},
		"a JPEG larger than its tile": {strips(map[uint16][]int{259: {7}, 278: {22}}, encoded(t, "jpg", image.NewGray(image.Rect(0, 0, 2000, 2000)))), ReasonUnknown},
		"no JPEG":                     {strips(map[uint16][]int{259: {7}}, code.Pix), ReasonMalformed},
		"places out of the file":      {tiffForm{w: w, h: h, tags: map[uint16][]int{258: {8}, 262: {1}, 273: nil, 279: nil}}, ReasonTruncated},
		"too wide":                    {tiffForm{w: 1 << 20, h: 30, cells: [][]byte{code.Pix}, tags: map[uint16][]int{258: {8}, 273: nil, 279: nil}}, ReasonPixels},
		"tiles wider than any page":   {tiffForm{w: 30, h: 30, cells: [][]byte{code.Pix}, tags: map[uint16][]int{258: {8}, 322: {60_000}, 323: {60_000}, 324: nil, 325: nil}}, ReasonPixels},
	} {
		if r := find(t, "x.tif", tc.f.bytes(binary.LittleEndian)); len(r.Unread) != 1 || r.Unread[0].Reason != tc.want {
			t.Errorf("%s: %q, want %s", desc, show(r), tc.want)
		}
	}
}

// A strip that is the whole page, and unpacks to many times what the page asks for,
// takes the memory of a page in gray.
func TestAttack417_TIFFMemory(t *testing.T) {
	const side = 3000
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	for range 64 { // a page takes 36 of them
		if _, err := z.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	data := tiffForm{w: side, h: side, cells: [][]byte{packed.Bytes()},
		tags: map[uint16][]int{258: {8}, 259: {8}, 262: {2}, 277: {4}, 338: {2}, 273: nil, 279: nil, 278: {side}}}.bytes(binary.LittleEndian)
	var r Result
	n := allocated(func() { r = find(t, "x.tif", data) })
	// The picture, that with its margin, and smaller and lighter ones.
	if n > 8*side*side || len(r.Unread) != 0 {
		t.Errorf("took %d bytes in all, %q", n, show(r))
	}
}

func FuzzTIFF(f *testing.F) {
	code := qr(f, urlA, 3)
	w, h := code.Rect.Dx(), code.Rect.Dy()
	strips := map[uint16][]int{258: {8}, 259: {7}, 262: {1}, 273: nil, 278: {h}, 279: nil}
	jpg := encoded(f, "jpg", code)
	tables, rest := abbreviated(jpg)
	fuzzCarrier(f, "x.tif", tiffOf(binary.BigEndian, w, h, 0, code.Pix, code.Pix),
		tiffForm{w: w, h: h, cells: [][]byte{jpg}, tags: strips}.bytes(binary.LittleEndian),
		tiffForm{w: w, h: h, cells: [][]byte{rest}, tags: strips, raw: map[uint16][]byte{347: tables}}.bytes(binary.LittleEndian),
		tiffForm{w: 40, h: 40, cells: [][]byte{[]byte("\xD9\xFF\xD9\xFF")}, tags: map[uint16][]int{258: {8}, 259: {32773}, 277: {2}, 338: {1}, 317: {2}, 322: {16}, 323: {16}, 324: nil, 325: nil}}.bytes(binary.BigEndian),
		tiffForm{w: 40, h: 40, cells: [][]byte{[]byte("\x26\xA1\x00\x10\x01")}, tags: map[uint16][]int{258: {1}, 259: {4}, 262: {0}, 266: {2}, 273: nil, 279: nil}}.bytes(binary.LittleEndian),
		[]byte("MM\x00*\x00\x00\x00\x08\x00\x02\x01\x00\xff\xff\x00\x00\x00\x01\x00\x00\x00\x00\x01\x40\x00\x02\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")) // numbers of no type
}
