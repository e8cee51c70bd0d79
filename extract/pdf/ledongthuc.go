package pdf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/ledongthuc/pdf"
)

// Ledongthuc is the structured reader on its overlay.
type Ledongthuc struct {
	file   *File
	Errors int // objects that it could not read
	aes    bool
}

type ledongthucNode struct {
	r *Ledongthuc
	v pdf.Value
}

var errReader = errors.New("the reader gave up")

// OpenLedongthuc opens the overlay of f. It refuses what the reader is known
// to get wrong or to die of: encryption other than RC4 and AES of 128 bits, and
// encrypted object streams.
func OpenLedongthuc(ctx context.Context, f *File) (r *Ledongthuc, trailer Node, err error) {
	defer func() {
		if x := recover(); x != nil {
			f.gaveUp("ledongthuc", x)
			r, trailer, err = nil, nil, fmt.Errorf("%w: %v", errReader, x)
		}
	}()
	r = &Ledongthuc{file: f}
	if f.Encrypted {
		e, _ := f.Resolve(f.Trailer.Get("Encrypt")).(Dict)
		v, _ := e.integer("V")
		bits, _ := e.integer("Length")
		if v != 4 && (v != 2 || bits != 128) {
			return nil, nil, fmt.Errorf("%w: encryption of version %d", errReader, v)
		}
		if f.flags&hasObjStm != 0 {
			// Object streams cannot be written out in the clear here, and in them
			// the library can run in circles until its stack is used up.
			return nil, nil, fmt.Errorf("%w: encrypted object streams", errReader)
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
		return 0, errReader
	}
	n, err := m.r.ReadAt(p, off)
	m.left -= int64(n)
	return n, err
}

// safely calls get and turns a panic of the library into a null node.
func (n ledongthucNode) safely(get func() pdf.Value) (out Node) {
	defer func() {
		if x := recover(); x != nil {
			n.r.file.gaveUp("ledongthuc", x)
			n.r.Errors++
			out = Null{}
		}
	}()
	v := get()
	if v.Kind() == pdf.Null {
		return Null{}
	}
	return ledongthucNode{n.r, v}
}

func (n ledongthucNode) Null() bool { return n.v.Kind() == pdf.Null }
func (n ledongthucNode) Key(name string) Node {
	return n.safely(func() pdf.Value { return n.v.Key(name) })
}
func (n ledongthucNode) Keys() []string { return n.v.Keys() }
func (n ledongthucNode) Index(i int) Node {
	return n.safely(func() pdf.Value { return n.v.Index(i) })
}
func (n ledongthucNode) Len() int       { return n.v.Len() }
func (n ledongthucNode) IsDict() bool   { return n.v.Kind() == pdf.Dict || n.v.Kind() == pdf.Stream }
func (n ledongthucNode) IsStream() bool { return n.v.Kind() == pdf.Stream }
func (n ledongthucNode) IsTrue() bool   { return n.v.Bool() }
func (n ledongthucNode) Name() string   { return n.v.Name() }

func (n ledongthucNode) Str() (string, bool) {
	s := n.v.RawString()
	if n.r.aes {
		s = s[:len(s)-padding(s)]
	}
	return s, n.v.Kind() == pdf.String
}

// padding is the length of AES's padding at the end of s, which the library
// leaves on (ISO 32000-1 §7.6.2).
func padding[T string | []byte](s T) int {
	l := len(s)
	if l == 0 || l%16 != 0 || s[l-1] < 1 || s[l-1] > 16 {
		return 0
	}
	pad := int(s[l-1])
	for i := l - pad; i < l; i++ {
		if int(s[i]) != pad {
			return 0
		}
	}
	return pad
}

func (n ledongthucNode) Num() (float64, bool) {
	k := n.v.Kind()
	return n.v.Float64(), k == pdf.Integer || k == pdf.Real
}

// object reads the number that the library keeps to itself. Cycles cannot be
// told without it.
func (n ledongthucNode) Object() int {
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

func (n ledongthucNode) Data() (b []byte, picture string, err error) {
	f := n.r.file
	if !n.IsStream() {
		return nil, "", errReader
	}
	if !f.Encrypted {
		// Our own filters know more, and their limits.
		if s, ok := f.Object(n.Object()).(Stream); ok {
			return f.Decode(s)
		}
		return nil, "", errReader
	}
	defer func() {
		if x := recover(); x != nil {
			n.r.file.gaveUp("ledongthuc", x)
			n.r.Errors++
			b, picture, err = nil, "", fmt.Errorf("%w: %v", errReader, x)
		}
	}()
	rd := n.v.Reader()
	defer rd.Close()
	raw, _ := f.Object(n.Object()).(Stream)
	limit := max(ratioFree, len(f.raw(raw))*maxRatio)
	b, err = readAll(rd, min(limit, MaxStream), 64<<10)
	if !f.inflated(len(b)) {
		f.Cut = true
		return nil, "", ErrLimit
	}
	if n.r.aes && len(nodeFilters(n)) == 0 {
		b = b[:len(b)-padding(b)]
	}
	return b, "", err
}
