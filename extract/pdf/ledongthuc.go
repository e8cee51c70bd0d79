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
	in     *meteredReader
	Errors int // objects that it could not read
}

// Spent reports whether it has read all that it may: it shows nothing any more.
func (r *Ledongthuc) Spent() bool { return r.in.left < 0 }

type ledongthucNode struct {
	r *Ledongthuc
	v pdf.Value
}

var errReader = errors.New("the reader gave up")

// OpenLedongthuc opens the overlay of f, which must be in the clear.
func OpenLedongthuc(ctx context.Context, f *File) (r *Ledongthuc, trailer Node, err error) {
	defer func() {
		if x := recover(); x != nil {
			f.gaveUp("ledongthuc", x)
			r, trailer, err = nil, nil, fmt.Errorf("%w: %v", errReader, x)
		}
	}()
	r = &Ledongthuc{file: f}
	if f.Encrypted {
		return nil, nil, f.Locked
	}
	o := f.overlay()
	// Every look-up reads its object again: what is read in all is bounded, so
	// that big objects that are looked up often cannot take for ever.
	r.in = &meteredReader{ctx: ctx, r: o, left: 24<<20 + 2*o.size()}
	reader, err := pdf.NewReader(r.in, o.size())
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
	return n.v.RawString(), n.v.Kind() == pdf.String
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
	// Our own filters know more, and their limits.
	if s, ok := f.Object(n.Object()).(Stream); ok {
		return f.Decode(s)
	}
	return nil, "", errReader
}

func (n ledongthucNode) Samples(size int64) (io.Reader, string, error) {
	f := n.r.file
	s, ok := f.Object(n.Object()).(Stream)
	if !ok || !n.IsStream() {
		return nil, "", errReader
	}
	return samplesOf(f.raw(s), f.filters(s.Dict), size, n.Data)
}
