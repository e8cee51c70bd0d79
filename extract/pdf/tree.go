package pdf

import (
	"io"
	"slices"
)

// What pages hold is asked for many times over: every font, form and picture of every
// page, when its text is read, when it is looked through for codes and when it is
// drawn. The libraries read an object anew each time that it is asked for. Tree
// keeps what it has read.

const (
	treeKept = 512 << 10 // bytes of objects that are kept as they were read; in memory they are several times that
	treeFree = 24 << 20  // bytes of objects that are read of any document
)

// ownTree is the objects of a File in the clear, by the preflight's own cross
// references. What is read in all is bounded, so that big objects that are asked for
// in turn cannot take for ever.
type ownTree struct {
	f    *File
	objs map[int]any
	kept int
	left int
}

// Tree gives the trailer of f as nodes of our own reader; what is broken in an object
// is skipped. f must be in the clear.
func (f *File) Tree() Node {
	f.measure()
	t := &ownTree{f: f, objs: map[int]any{}, left: treeFree + 2*len(f.data)}
	return treeNode{t, f.Trailer, 0}
}

// object is File.Object of what was read before, or is read now.
func (t *ownTree) object(num int) any {
	if v, ok := t.objs[num]; ok {
		return v
	}
	f := t.f
	if t.left < 0 || num < 0 || num >= len(f.locs) || f.huge[f.locs[num].off] {
		return nil
	}
	v, size := f.object(num)
	t.left -= size + 64 // a look-up has its cost, too
	if t.left < 0 {
		f.Limited = true
	}
	if t.kept += size + 64; t.kept > treeKept {
		clear(t.objs)
		t.kept = size + 64
	}
	t.objs[num] = v
	return v
}

// node follows a reference, and a reference to a reference, no further.
func (t *ownTree) node(v any, num int) Node {
	for range 3 {
		r, ok := v.(Ref)
		if !ok {
			break
		}
		v, num = t.object(r.Num), r.Num
	}
	switch v.(type) {
	case nil, Ref:
		return Null{}
	}
	return treeNode{t, v, num}
}

type treeNode struct {
	t   *ownTree
	v   any
	num int
}

func (n treeNode) dict() Dict {
	switch v := n.v.(type) {
	case Dict:
		return v
	case Stream:
		return v.Dict
	}
	return nil
}

func (n treeNode) Null() bool { return n.v == nil }

func (n treeNode) Key(name string) Node {
	if v := n.dict().Get(name); v != nil {
		return n.t.node(v, n.num)
	}
	return Null{}
}

func (n treeNode) Keys() []string {
	d := n.dict()
	keys := make([]string, len(d))
	for i := range d {
		keys[i] = d[i].Key
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func (n treeNode) Index(i int) Node {
	if a, ok := n.v.(Array); ok && i >= 0 && i < len(a) {
		return n.t.node(a[i], n.num)
	}
	return Null{}
}

// number is Index(i).Num() of n, which of our own nodes takes no memory.
func number(n Node, i int) (float64, bool) {
	if n, ok := n.(treeNode); ok {
		if a, ok := n.v.(Array); ok && i >= 0 && i < len(a) {
			switch v := a[i].(type) {
			case int:
				return float64(v), true
			case float64:
				return v, true
			}
		}
	}
	return n.Index(i).Num()
}

func (n treeNode) Len() int {
	a, _ := n.v.(Array)
	return len(a)
}

func (n treeNode) IsDict() bool {
	switch n.v.(type) {
	case Dict, Stream:
		return true
	}
	return false
}

func (n treeNode) IsStream() bool {
	_, ok := n.v.(Stream)
	return ok
}

func (n treeNode) Str() (string, bool) {
	s, ok := n.v.(string)
	return s, ok
}

func (n treeNode) Name() string {
	s, _ := n.v.(Name)
	return string(s)
}

func (n treeNode) Num() (float64, bool) {
	switch v := n.v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func (n treeNode) IsTrue() bool {
	b, _ := n.v.(bool)
	return b
}

func (n treeNode) Object() int { return n.num }

func (n treeNode) Data() (b []byte, picture string, err error) {
	s, ok := n.v.(Stream)
	if !ok {
		return nil, "", errReader
	}
	return n.t.f.Decode(s)
}

func (n treeNode) Samples(size int64) (io.Reader, string, error) {
	s, ok := n.v.(Stream)
	if !ok {
		return nil, "", errReader
	}
	f := n.t.f
	return samplesOf(f.raw(s), f.filters(s.Dict), size, n.Data)
}
