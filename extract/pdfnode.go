package extract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ledongthuc/pdf"
)

// pdfNode is one object of a PDF as some reader shows it. References are
// followed without a word; what is not there, or cannot be read, is a null
// node. No method panics.
type pdfNode interface {
	null() bool
	key(name string) pdfNode // of a dictionary or a stream
	keys() []string
	index(i int) pdfNode
	len() int // of an array
	isDict() bool
	isStream() bool
	str() (string, bool) // the bytes of a string, decrypted
	name() string
	num() (float64, bool)
	isTrue() bool
	object() int // number of the object that holds it, 0 if not known
	// data decodes a stream. Of a picture it returns what the picture's filter
	// gets, and that filter's name.
	data() (b []byte, picture string, err error)
}

// pdfNull is the null node.
type pdfNull struct{}

func (pdfNull) null() bool                    { return true }
func (pdfNull) key(string) pdfNode            { return pdfNull{} }
func (pdfNull) keys() []string                { return nil }
func (pdfNull) index(int) pdfNode             { return pdfNull{} }
func (pdfNull) len() int                      { return 0 }
func (pdfNull) isDict() bool                  { return false }
func (pdfNull) isStream() bool                { return false }
func (pdfNull) str() (string, bool)           { return "", false }
func (pdfNull) name() string                  { return "" }
func (pdfNull) num() (float64, bool)          { return 0, false }
func (pdfNull) isTrue() bool                  { return false }
func (pdfNull) object() int                   { return 0 }
func (pdfNull) data() ([]byte, string, error) { return nil, "", errPDFFilter }

// pdfTextString decodes a text string (ISO 32000-1 §7.9.2.2).
func pdfTextString(s string) string {
	switch {
	case len(s) >= 2 && s[0] == 0xfe && s[1] == 0xff:
		return utf16String(s[2:], 0)
	case len(s) >= 2 && s[0] == 0xff && s[1] == 0xfe:
		return utf16String(s[2:], 1)
	case len(s) >= 3 && s[:3] == "\xef\xbb\xbf":
		return s[3:]
	}
	ascii := true
	for i := 0; i < len(s) && ascii; i++ {
		ascii = s[i] < 0x80
	}
	if ascii {
		return s
	}
	if utf8.ValidString(s) { // not what the standard says, but what writers do
		return s
	}
	out := make([]rune, 0, len(s))
	for i := 0; i < len(s); i++ {
		out = append(out, pdfDocEncoding(s[i]))
	}
	return string(out)
}

// utf16String decodes UTF-16; low is the place of the low byte's index, 0 for
// big endian.
func utf16String(s string, low int) string {
	u := make([]uint16, 0, len(s)/2)
	for i := 0; i+1 < len(s); i += 2 {
		u = append(u, uint16(s[i+low])<<8|uint16(s[i+1-low]))
	}
	return string(utf16.Decode(u))
}

// pdfDocEncoding is PDFDocEncoding where it differs from Latin-1
// (ISO 32000-1 annex D.3).
func pdfDocEncoding(c byte) rune {
	const high = "•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž"
	switch {
	case c >= 0x80 && c < 0x9f:
		return []rune(high)[c-0x80]
	case c == 0xa0:
		return '€'
	}
	return rune(c)
}

// ledongthuc is the structured reader on its overlay.
type ledongthuc struct {
	file   *pdfFile
	errors int // objects that it could not read
	aes    bool
}

type ledongthucNode struct {
	r *ledongthuc
	v pdf.Value
}

var errPDFReader = errors.New("the reader gave up")

// openLedongthuc opens the overlay of f. It refuses what the reader is known
// to get wrong or to die of: encryption other than RC4 and AES of 128 bits, and
// encrypted object streams.
func openLedongthuc(ctx context.Context, f *pdfFile) (r *ledongthuc, trailer pdfNode, err error) {
	defer func() {
		if x := recover(); x != nil {
			r, trailer, err = nil, nil, fmt.Errorf("%w: %v", errPDFReader, x)
		}
	}()
	r = &ledongthuc{file: f}
	if f.encrypted {
		e, _ := f.resolve(f.trailer.get("Encrypt")).(pdfDict)
		v, _ := e.int("V")
		bits, _ := e.int("Length")
		if v != 4 && (v != 2 || bits != 128) {
			return nil, nil, fmt.Errorf("%w: encryption of version %d", errPDFReader, v)
		}
		if f.flags&hasObjStm != 0 {
			// Object streams cannot be written out in the clear here, and in them
			// the library can run in circles until its stack is used up.
			return nil, nil, fmt.Errorf("%w: encrypted object streams", errPDFReader)
		}
		r.aes = v == 4
	}
	o := f.overlay()
	// Every look-up reads its object again: what is read in all is bounded, so
	// that big objects that are looked up often cannot take for ever.
	in := &meteredReader{ctx: ctx, r: o, left: 24<<20 + 2*o.size()}
	reader, err := pdf.NewReader(in, o.size())
	if err != nil {
		return nil, nil, err
	}
	return r, ledongthucNode{r, reader.Trailer()}, nil
}

// meteredReader ends with an error when too much was read or time is over.
type meteredReader struct {
	ctx  context.Context
	r    io.ReaderAt
	left int64
	n    int
}

func (m *meteredReader) ReadAt(p []byte, off int64) (int, error) {
	if m.n++; m.left < 0 || m.n%64 == 0 && m.ctx.Err() != nil {
		m.left = -1
		return 0, errPDFReader
	}
	n, err := m.r.ReadAt(p, off)
	m.left -= int64(n)
	return n, err
}

// safely calls get and turns a panic of the library into a null node.
func (n ledongthucNode) safely(get func() pdf.Value) (out pdfNode) {
	defer func() {
		if x := recover(); x != nil {
			n.r.errors++
			out = pdfNull{}
		}
	}()
	v := get()
	if v.Kind() == pdf.Null {
		return pdfNull{}
	}
	return ledongthucNode{n.r, v}
}

func (n ledongthucNode) null() bool { return n.v.Kind() == pdf.Null }
func (n ledongthucNode) key(name string) pdfNode {
	return n.safely(func() pdf.Value { return n.v.Key(name) })
}
func (n ledongthucNode) keys() []string { return n.v.Keys() }
func (n ledongthucNode) index(i int) pdfNode {
	return n.safely(func() pdf.Value { return n.v.Index(i) })
}
func (n ledongthucNode) len() int       { return n.v.Len() }
func (n ledongthucNode) isDict() bool   { return n.v.Kind() == pdf.Dict || n.v.Kind() == pdf.Stream }
func (n ledongthucNode) isStream() bool { return n.v.Kind() == pdf.Stream }
func (n ledongthucNode) isTrue() bool   { return n.v.Bool() }
func (n ledongthucNode) name() string   { return n.v.Name() }

func (n ledongthucNode) str() (string, bool) {
	s := n.v.RawString()
	if n.r.aes { // the library leaves the padding on
		if l := len(s); l > 0 && l%16 == 0 && s[l-1] >= 1 && s[l-1] <= 16 {
			pad := int(s[l-1])
			for _, c := range []byte(s[l-pad:]) {
				if int(c) != pad {
					return s, n.v.Kind() == pdf.String
				}
			}
			s = s[:l-pad]
		}
	}
	return s, n.v.Kind() == pdf.String
}

func (n ledongthucNode) num() (float64, bool) {
	k := n.v.Kind()
	return n.v.Float64(), k == pdf.Integer || k == pdf.Real
}

// object reads the number that the library keeps to itself. Cycles cannot be
// told without it.
func (n ledongthucNode) object() int {
	ptr := reflect.ValueOf(n.v).FieldByName("ptr")
	if !ptr.IsValid() {
		return 0
	}
	id := ptr.FieldByName("id")
	if !id.IsValid() || !id.CanUint() {
		return 0
	}
	return int(id.Uint())
}

func (n ledongthucNode) data() (b []byte, picture string, err error) {
	f := n.r.file
	if !f.encrypted {
		// Our own filters know more, and their limits.
		if s, ok := f.object(n.object()).(pdfStream); ok {
			return f.decode(s)
		}
		return nil, "", errPDFReader
	}
	defer func() {
		if x := recover(); x != nil {
			n.r.errors++
			b, picture, err = nil, "", fmt.Errorf("%w: %v", errPDFReader, x)
		}
	}()
	rd := n.v.Reader()
	defer rd.Close()
	raw, _ := f.object(n.object()).(pdfStream)
	limit := max(pdfRatioFree, len(f.raw(raw))*pdfMaxRatio)
	b, err = pdfReadAll(rd, min(limit, pdfMaxStream), 64<<10)
	if !f.inflated(len(b)) {
		f.cut = true
		return nil, "", errPDFLimit
	}
	return b, "", err
}
