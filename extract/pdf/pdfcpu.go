package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"sync"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// Pdfcpu is the second reader, which repairs in its own way. It reads only;
// nothing is validated or written.
type Pdfcpu struct {
	file   *File
	ctx    *model.Context
	errors int
}

type pdfcpuNode struct {
	r  *Pdfcpu
	o  types.Object
	id int
}

const pdfcpuStream = 64 << 20

// pdfcpuConfig keeps the library from making a directory of its own.
var pdfcpuConfig = sync.OnceFunc(func() { model.ConfigPath = "disable" })

// OpenPdfcpu reads f, which must be in the clear, with pdfcpu and returns its
// trailer. The error says why the library gave up.
func OpenPdfcpu(ctx context.Context, f *File) (r *Pdfcpu, trailer Node, err error) {
	defer func() {
		if x := recover(); x != nil {
			f.gaveUp("pdfcpu", x)
			r, trailer, err = nil, nil, fmt.Errorf("%w: %v", errReader, x)
		}
	}()
	if f.Encrypted {
		return nil, nil, f.Locked
	}
	pdfcpuConfig()
	conf := model.NewDefaultConfiguration()
	conf.ValidationMode = model.ValidationRelaxed
	conf.Cmd = model.LISTINFO
	conf.Offline = true
	conf.Limits.MaxStreamBytes = pdfcpuStream
	conf.Limits.MaxDecodeBytes = MaxStream
	conf.Limits.MaxImagePixels = 1
	conf.Limits.MaxImageBytes = 1
	conf.Limits.MaxObjectCount = MaxObjects
	conf.Limits.MaxObjectStreamCount = 200_000
	conf.Limits.MaxXRefEntries = MaxObjects
	conf.Limits.MaxRecursionDepth = maxNesting
	c, err := pdfcpu.ReadWithContext(ctx, bytes.NewReader(f.data), conf)
	if err != nil {
		return nil, nil, err
	}
	r = &Pdfcpu{file: f, ctx: c}
	t := types.NewDict()
	if c.Root != nil {
		t["Root"] = *c.Root
	}
	if c.Info != nil {
		t["Info"] = *c.Info
	}
	return r, pdfcpuNode{r, t, 0}, nil
}

// All returns every object of the cross-reference table, in order.
func (r *Pdfcpu) All() []Node {
	nums := make([]int, 0, len(r.ctx.Table))
	for n := range r.ctx.Table {
		nums = append(nums, n)
	}
	sort.Ints(nums)
	out := make([]Node, 0, len(nums))
	for _, n := range nums {
		if v, ok := r.node(*types.NewIndirectRef(n, 0), 0).(pdfcpuNode); ok {
			out = append(out, v)
		}
	}
	return out
}

func (r *Pdfcpu) node(o types.Object, num int) (out Node) {
	if ref, ok := o.(types.IndirectRef); ok {
		defer func() {
			if x := recover(); x != nil {
				r.file.gaveUp("pdfcpu", x)
				r.errors++
				out = Null{}
			}
		}()
		v, err := r.ctx.Dereference(ref)
		if err != nil {
			r.errors++
			return Null{}
		}
		o, num = v, ref.ObjectNumber.Value()
	}
	if o == nil {
		return Null{}
	}
	return pdfcpuNode{r, o, num}
}

func (n pdfcpuNode) dict() types.Dict {
	switch o := n.o.(type) {
	case types.Dict:
		return o
	case types.StreamDict:
		return o.Dict
	case *types.StreamDict:
		if o != nil {
			return o.Dict
		}
	case types.ObjectStreamDict:
		return o.Dict
	case types.XRefStreamDict:
		return o.Dict
	}
	return nil
}

func (n pdfcpuNode) streamDict() *types.StreamDict {
	switch o := n.o.(type) {
	case types.StreamDict:
		return &o
	case *types.StreamDict:
		return o
	}
	return nil
}

func (n pdfcpuNode) Null() bool { return n.o == nil }

func (n pdfcpuNode) Key(name string) Node {
	if o, ok := n.dict()[name]; ok {
		return n.r.node(o, n.id)
	}
	return Null{}
}

func (n pdfcpuNode) Keys() []string {
	d := n.dict()
	out := make([]string, 0, len(d))
	for k := range d {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func (n pdfcpuNode) Index(i int) Node {
	if a, ok := n.o.(types.Array); ok && i >= 0 && i < len(a) {
		return n.r.node(a[i], n.id)
	}
	return Null{}
}

func (n pdfcpuNode) Len() int {
	a, _ := n.o.(types.Array)
	return len(a)
}

func (n pdfcpuNode) IsDict() bool   { return n.dict() != nil }
func (n pdfcpuNode) IsStream() bool { return n.streamDict() != nil }

func (n pdfcpuNode) Str() (string, bool) {
	switch o := n.o.(type) {
	case types.StringLiteral:
		// Its text is still escaped.
		l := Lexer{b: []byte(string(o) + ")")}
		return string(l.literal()), true
	case types.HexLiteral:
		l := Lexer{b: []byte(string(o) + ">")}
		return string(l.hex()), true
	}
	return "", false
}

func (n pdfcpuNode) Name() string {
	o, _ := n.o.(types.Name)
	return string(o)
}

func (n pdfcpuNode) Num() (float64, bool) {
	switch o := n.o.(type) {
	case types.Integer:
		return float64(o), true
	case types.Float:
		return float64(o), true
	}
	return 0, false
}

func (n pdfcpuNode) IsTrue() bool {
	b, _ := n.o.(types.Boolean)
	return bool(b)
}

func (n pdfcpuNode) Object() int { return n.id }

func (n pdfcpuNode) Data() ([]byte, string, error) {
	sd := n.streamDict()
	if sd == nil {
		return nil, "", errReader
	}
	b, picture, err := decode(sd.Raw, n.filters(), MaxStream)
	if errors.Is(err, errBroken) {
		n.r.file.broke(n.id, err)
		err = nil
	}
	if !n.r.file.inflated(len(b)) {
		n.r.file.Cut = true
		return nil, "", ErrLimit
	}
	if err == ErrLimit {
		n.r.file.Cut = true
	}
	return b, picture, err
}

func (n pdfcpuNode) Samples(size int64) (io.Reader, string, error) {
	sd := n.streamDict()
	if sd == nil {
		return nil, "", errReader
	}
	return samplesOf(sd.Raw, n.filters(), size, n.Data)
}

func (n pdfcpuNode) filters() []filter { return nodeFilters(n) }

// nodeFilters reads /Filter and /DecodeParms of a stream.
func nodeFilters(n Node) []filter {
	list := func(key string) []Node {
		v := n.Key(key)
		if v.Null() {
			return nil
		}
		if v.Len() == 0 {
			return []Node{v}
		}
		var out []Node
		for i := range min(v.Len(), maxFilters+1) {
			out = append(out, v.Index(i))
		}
		return out
	}
	parms := list("DecodeParms")
	var out []filter
	for i, v := range list("Filter") {
		if v.Name() == "" {
			continue // an empty array
		}
		step := filter{name: strings.TrimPrefix(v.Name(), "/"), predictor: 1, columns: 1, colors: 1, bits: 8, early: true}
		if i < len(parms) {
			for key, to := range map[string]*int{"Predictor": &step.predictor, "Columns": &step.columns, "Colors": &step.colors, "BitsPerComponent": &step.bits} {
				if f, ok := parms[i].Key(key).Num(); ok {
					*to = int(f)
				}
			}
			if f, ok := parms[i].Key("EarlyChange").Num(); ok {
				step.early = f != 0
			}
		}
		out = append(out, step)
	}
	return out
}
