package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// pdfcpuReader is the second reader: it decrypts with the empty password, and
// repairs in its own way. It reads only; nothing is validated or written.
type pdfcpuReader struct {
	file   *pdfFile
	ctx    *model.Context
	errors int
}

type pdfcpuNode struct {
	r  *pdfcpuReader
	o  types.Object
	id int
}

const pdfcpuStream = 64 << 20

// errPDFPassword says that the empty password does not open a document.
var errPDFPassword = errors.New("needs a password")

// pdfcpuConfig keeps the library from making a directory of its own.
var pdfcpuConfig = sync.OnceFunc(func() { model.ConfigPath = "disable" })

func openPdfcpu(ctx context.Context, f *pdfFile) (r *pdfcpuReader, trailer pdfNode, err error) {
	defer func() {
		if x := recover(); x != nil {
			r, trailer, err = nil, nil, fmt.Errorf("%w: %v", errPDFReader, x)
		}
	}()
	pdfcpuConfig()
	conf := model.NewDefaultConfiguration()
	conf.ValidationMode = model.ValidationRelaxed
	conf.Cmd = model.LISTINFO
	conf.Offline = true
	conf.Limits.MaxStreamBytes = pdfcpuStream
	conf.Limits.MaxDecodeBytes = pdfMaxStream
	conf.Limits.MaxImagePixels = 1
	conf.Limits.MaxImageBytes = 1
	conf.Limits.MaxObjectCount = pdfMaxObjects
	conf.Limits.MaxObjectStreamCount = 200_000
	conf.Limits.MaxXRefEntries = pdfMaxObjects
	conf.Limits.MaxRecursionDepth = pdfMaxNesting
	c, err := pdfcpu.ReadWithContext(ctx, bytes.NewReader(f.data), conf)
	if err != nil {
		if errors.Is(err, pdfcpu.ErrWrongPassword) {
			return nil, nil, errPDFPassword
		}
		return nil, nil, err
	}
	r = &pdfcpuReader{file: f, ctx: c}
	t := types.NewDict()
	if c.Root != nil {
		t["Root"] = *c.Root
	}
	if c.Info != nil {
		t["Info"] = *c.Info
	}
	return r, pdfcpuNode{r, t, 0}, nil
}

// all returns every object of the cross-reference table, in order.
func (r *pdfcpuReader) all() []pdfcpuNode {
	nums := make([]int, 0, len(r.ctx.Table))
	for n := range r.ctx.Table {
		nums = append(nums, n)
	}
	sort.Ints(nums)
	out := make([]pdfcpuNode, 0, len(nums))
	for _, n := range nums {
		if v, ok := r.node(*types.NewIndirectRef(n, 0), 0).(pdfcpuNode); ok {
			out = append(out, v)
		}
	}
	return out
}

func (r *pdfcpuReader) node(o types.Object, num int) (out pdfNode) {
	if ref, ok := o.(types.IndirectRef); ok {
		defer func() {
			if x := recover(); x != nil {
				r.errors++
				out = pdfNull{}
			}
		}()
		v, err := r.ctx.Dereference(ref)
		if err != nil {
			r.errors++
			return pdfNull{}
		}
		o, num = v, ref.ObjectNumber.Value()
	}
	if o == nil {
		return pdfNull{}
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

func (n pdfcpuNode) null() bool { return n.o == nil }

func (n pdfcpuNode) key(name string) pdfNode {
	if o, ok := n.dict()[name]; ok {
		return n.r.node(o, n.id)
	}
	return pdfNull{}
}

func (n pdfcpuNode) keys() []string {
	d := n.dict()
	out := make([]string, 0, len(d))
	for k := range d {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func (n pdfcpuNode) index(i int) pdfNode {
	if a, ok := n.o.(types.Array); ok && i >= 0 && i < len(a) {
		return n.r.node(a[i], n.id)
	}
	return pdfNull{}
}

func (n pdfcpuNode) len() int {
	a, _ := n.o.(types.Array)
	return len(a)
}

func (n pdfcpuNode) isDict() bool   { return n.dict() != nil }
func (n pdfcpuNode) isStream() bool { return n.streamDict() != nil }

func (n pdfcpuNode) str() (string, bool) {
	switch o := n.o.(type) {
	case types.StringLiteral:
		// Its text is still escaped.
		l := pdfLexer{b: []byte(string(o) + ")")}
		return string(l.literal()), true
	case types.HexLiteral:
		l := pdfLexer{b: []byte(string(o) + ">")}
		return string(l.hex()), true
	}
	return "", false
}

func (n pdfcpuNode) name() string {
	o, _ := n.o.(types.Name)
	return string(o)
}

func (n pdfcpuNode) num() (float64, bool) {
	switch o := n.o.(type) {
	case types.Integer:
		return float64(o), true
	case types.Float:
		return float64(o), true
	}
	return 0, false
}

func (n pdfcpuNode) isTrue() bool {
	b, _ := n.o.(types.Boolean)
	return bool(b)
}

func (n pdfcpuNode) object() int { return n.id }

func (n pdfcpuNode) data() ([]byte, string, error) {
	sd := n.streamDict()
	if sd == nil {
		return nil, "", errPDFReader
	}
	b, picture, err := pdfDecode(sd.Raw, n.filters(), pdfMaxStream)
	if !n.r.file.inflated(len(b)) {
		n.r.file.cut = true
		return nil, "", errPDFLimit
	}
	if err == errPDFLimit {
		n.r.file.cut = true
	}
	return b, picture, err
}

func (n pdfcpuNode) filters() []pdfFilter { return nodeFilters(n) }

// nodeFilters reads /Filter and /DecodeParms of a stream.
func nodeFilters(n pdfNode) []pdfFilter {
	list := func(key string) []pdfNode {
		v := n.key(key)
		if v.null() {
			return nil
		}
		if v.len() == 0 {
			return []pdfNode{v}
		}
		var out []pdfNode
		for i := range min(v.len(), pdfMaxFilters+1) {
			out = append(out, v.index(i))
		}
		return out
	}
	parms := list("DecodeParms")
	var out []pdfFilter
	for i, v := range list("Filter") {
		if v.name() == "" {
			continue // an empty array
		}
		step := pdfFilter{name: strings.TrimPrefix(v.name(), "/"), predictor: 1, columns: 1, colors: 1, bits: 8, early: true}
		if i < len(parms) {
			for key, to := range map[string]*int{"Predictor": &step.predictor, "Columns": &step.columns, "Colors": &step.colors, "BitsPerComponent": &step.bits} {
				if f, ok := parms[i].key(key).num(); ok {
					*to = int(f)
				}
			}
			if f, ok := parms[i].key("EarlyChange").num(); ok {
				step.early = f != 0
			}
		}
		out = append(out, step)
	}
	return out
}
