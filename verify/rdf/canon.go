package rdf

import (
	"bytes"
	"context"
	"crypto"
	_ "crypto/sha256" // the hashes of RDFC-1.0 §1.2
	_ "crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"
	"sync"

	"assay/verify/verdict"
)

// Canonical is the canonical form of a dataset.
type Canonical struct {
	NQuads []byte            // the statements, sorted, a line each
	Labels map[string]string // label of a blank node in the input → its canonical label
}

// Canonicalize puts a dataset into the canonical form of RDFC-1.0 with h,
// crypto.SHA256 or crypto.SHA384. It stops with ErrBudget when the graph needs
// more work than l allows, and with ctx's error when that ends first.
func Canonicalize(ctx context.Context, quads []Quad, h crypto.Hash, l Limits) (*Canonical, error) {
	c := new(canonicalizer)
	if err := c.run(ctx, quads, h, l); err != nil {
		return nil, err
	}
	out := &Canonical{NQuads: c.join(), Labels: make(map[string]string, len(c.nodes))}
	for i := range c.nodes {
		out.Labels[c.nodes[i].label] = c.issued.label(int32(i))
	}
	return out, nil
}

// Hash gives the digest of the canonical form of a dataset, without keeping
// the form.
func Hash(ctx context.Context, quads []Quad, h crypto.Hash, l Limits) ([]byte, error) {
	c, _ := workspaces.Get().(*canonicalizer)
	if c == nil {
		c = new(canonicalizer)
	}
	if err := c.run(ctx, quads, h, l); err != nil {
		return nil, err
	}
	c.hash.Reset()
	for _, s := range c.lines {
		c.hash.Write(c.scratch[s.from:s.to])
	}
	sum := c.hash.Sum(nil)
	if cap(c.arena) <= maxKept {
		clear(c.nodes) // they hold on to the document's labels
		c.ctx = nil
		workspaces.Put(c)
	}
	return sum, nil
}

// workspaces keeps the buffers of Hash for the next document; larger ones than
// maxKept bytes go to the collector.
var workspaces sync.Pool

const maxKept = 64 << 10

// reuse gives a slice of n elements, in s if it is large enough. The elements
// are as they were left.
func reuse[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	return make([]T, n)
}

// A span is a stretch of the arena.
type span struct{ from, to int32 }

// A row is a quad with its unchanging parts written out. A blank node is its
// index, everything else has index -1.
type row struct {
	predicate span
	text      [3]span  // subject, object, graph
	node      [3]int32 // the same
}

// A blankNode is what the algorithm keeps of a blank node (RDFC-1.0 §4.2).
type blankNode struct {
	label string
	first string  // its hash-first-degree-quads, hex
	rows  []int32 // the quads that name it
}

type canonicalizer struct {
	ctx     context.Context
	arena   []byte
	scratch []byte
	rows    []row
	nodes   []blankNode
	hash    hash.Hash
	kind    crypto.Hash
	order   []int32
	seen    map[uint64]int32
	index   map[string]int32
	counts  []int32
	lists   []int32
	sum     []byte
	buffer  []byte
	work    int
	steps   int
	issued  *issuer
	lines   []span
}

// An issuer gives identifiers to blank nodes in the order that they are asked
// for (RDFC-1.0 §4.3). The canonical one knows the number of every node; the
// temporary ones are copied often and name few, so they look it up in order.
type issuer struct {
	prefix string
	id     []int32 // of the canonical issuer: per node its number, or -1
	order  []int32
}

func newCanonicalIssuer(n int) *issuer {
	s := &issuer{prefix: "c14n", id: make([]int32, n), order: make([]int32, 0, n)}
	for i := range s.id {
		s.id[i] = -1
	}
	return s
}

func (s *issuer) clone() *issuer {
	order := make([]int32, len(s.order), len(s.order)+4)
	copy(order, s.order)
	return &issuer{prefix: s.prefix, order: order}
}

// number gives the number of a node, or -1.
func (s *issuer) number(node int32) int {
	if s.id != nil {
		return int(s.id[node])
	}
	return slices.Index(s.order, node)
}

func (s *issuer) has(node int32) bool { return s.number(node) >= 0 }

func (s *issuer) issue(node int32) {
	if s.has(node) {
		return
	}
	if s.id != nil {
		s.id[node] = int32(len(s.order))
	}
	s.order = append(s.order, node)
}

func (s *issuer) label(node int32) string { return string(s.append(nil, node)) }

func (s *issuer) append(b []byte, node int32) []byte {
	b = append(b, s.prefix...)
	return strconv.AppendInt(b, int64(s.number(node)), 10)
}

// run is the canonicalization algorithm (§4.4.3). It leaves the sorted lines in
// lines and scratch.
func (c *canonicalizer) run(ctx context.Context, quads []Quad, h crypto.Hash, l Limits) error {
	if h != crypto.SHA256 && h != crypto.SHA384 {
		return verdict.Because(ErrMalformed, "hash %v", h)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	l = l.orDefault()
	if len(quads) > l.Quads {
		return verdict.Because(ErrBudget, "more than %d statements", l.Quads)
	}
	c.ctx, c.work = ctx, l.Work
	if c.hash == nil || c.kind != h {
		c.hash, c.kind = h.New(), h
	}
	if err := c.load(quads, l); err != nil {
		return err
	}
	c.issued = newCanonicalIssuer(len(c.nodes))

	// Step 3: hash the nodes by their own statements.
	order := reuse(c.order, len(c.nodes))
	c.order = order
	for i := range c.nodes {
		c.firstDegree(int32(i))
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		return strings.Compare(c.nodes[a].first, c.nodes[b].first)
	})
	// Step 4: those told apart get their labels.
	for i, n := range order {
		if !c.shared(order, i) {
			c.issued.issue(n)
		}
	}
	// Step 5: the others are told apart by their neighbours.
	for i := 0; i < len(order); {
		j := i + 1
		for j < len(order) && c.nodes[order[j]].first == c.nodes[order[i]].first {
			j++
		}
		if j-i > 1 {
			if err := c.tellApart(order[i:j]); err != nil {
				return err
			}
		}
		i = j
	}
	c.render()
	return nil
}

// shared reports whether the i-th node in order has its hash in common with a
// neighbour.
func (c *canonicalizer) shared(order []int32, i int) bool {
	h := c.nodes[order[i]].first
	return i > 0 && c.nodes[order[i-1]].first == h || i+1 < len(order) && c.nodes[order[i+1]].first == h
}

// load writes the unchanging parts of the quads into the arena and collects
// the blank nodes (§4.4.3 step 2).
func (c *canonicalizer) load(quads []Quad, l Limits) error {
	size := 0
	blanks := 0 // mentions as object: about as many as there are nodes
	for i := range quads {
		q := &quads[i]
		size += len(q.Subject.Value) + len(q.Predicate.Value) + len(q.Object.Value) + len(q.Object.Datatype) + len(q.Graph.Value) + 16
		if q.Object.Kind == Blank {
			blanks++
		}
	}
	c.rows = reuse(c.rows, len(quads))
	c.arena = reuse(c.arena, size+size/8)[:0]
	c.scratch = reuse(c.scratch, size+32*len(quads))[:0]
	c.lines = reuse(c.lines, len(quads))[:0]
	c.nodes = reuse(c.nodes, min(blanks+1, l.Blanks))[:0]
	if c.seen == nil {
		c.seen, c.index = make(map[uint64]int32, len(quads)), make(map[string]int32, blanks+1)
	}
	clear(c.seen)
	clear(c.index)
	index, seen := c.index, c.seen
	kept := int32(0)
	mentions := 0
	for i := range quads {
		q := &quads[i]
		r := &c.rows[kept]
		*r = row{}
		if q.Predicate.Kind != IRI || q.Subject.Kind != IRI && q.Subject.Kind != Blank || q.Graph.Kind == Literal || q.Object.Kind == DefaultGraph {
			return verdict.Because(ErrMalformed, "a statement with a term out of place")
		}
		from := int32(len(c.arena))
		c.arena = appendIRI(c.arena, q.Predicate.Value)
		r.predicate = span{from, int32(len(c.arena))}
		for p, t := range [3]*Term{&q.Subject, &q.Object, &q.Graph} {
			if t.Kind != Blank {
				from := int32(len(c.arena))
				c.arena = appendTerm(c.arena, t)
				r.text[p], r.node[p] = span{from, int32(len(c.arena))}, -1
				continue
			}
			n, ok := index[t.Value]
			if !ok {
				n = int32(len(c.nodes))
				if int(n) >= l.Blanks {
					return verdict.Because(ErrBudget, "more than %d blank nodes", l.Blanks)
				}
				index[t.Value] = n
				c.nodes = append(c.nodes, blankNode{label: t.Value})
			}
			r.text[p], r.node[p] = span{}, n
		}
		// A dataset is a set: a statement given twice is one.
		key := c.rowHash(r)
		if was, ok := seen[key]; ok && c.sameRow(&c.rows[was], r) || ok && c.anySame(kept, r) {
			continue
		}
		seen[key] = kept
		kept++
	}
	c.rows = c.rows[:kept]
	// One slice for the lists of all nodes.
	c.counts = reuse(c.counts, len(c.nodes))
	counts := c.counts
	clear(counts)
	for i := range c.rows {
		for _, n := range c.rows[i].node {
			if n >= 0 {
				counts[n]++
				mentions++
			}
		}
	}
	c.lists = reuse(c.lists, mentions)
	all := c.lists
	at := int32(0)
	for i := range c.nodes {
		c.nodes[i].rows = all[at:at:int32(at+counts[i])]
		at += counts[i]
	}
	for i := range c.rows {
		r := &c.rows[i]
		for p, n := range r.node {
			if n >= 0 && (p < 1 || r.node[0] != n) && (p < 2 || r.node[1] != n) {
				c.nodes[n].rows = append(c.nodes[n].rows, int32(i))
			}
		}
	}
	return nil
}

var rowSeed = maphash.MakeSeed()

func (c *canonicalizer) rowHash(r *row) uint64 {
	var h maphash.Hash
	h.SetSeed(rowSeed)
	h.Write(c.arena[r.predicate.from:r.predicate.to])
	for p := range 3 {
		var n [4]byte
		binary.LittleEndian.PutUint32(n[:], uint32(r.node[p]))
		h.Write(n[:])
		h.Write(c.arena[r.text[p].from:r.text[p].to])
	}
	return h.Sum64()
}

func (c *canonicalizer) sameRow(x, y *row) bool {
	same := func(s, t span) bool { return bytes.Equal(c.arena[s.from:s.to], c.arena[t.from:t.to]) }
	return x.node == y.node && same(x.predicate, y.predicate) && same(x.text[0], y.text[0]) && same(x.text[1], y.text[1]) && same(x.text[2], y.text[2])
}

// anySame looks at all rows before the n-th: for the rare clash of hashes.
func (c *canonicalizer) anySame(n int32, r *row) bool {
	for i := range c.rows[:n] {
		if c.sameRow(&c.rows[i], r) {
			return true
		}
	}
	return false
}

// write appends a quad's line, with the labels of its blank nodes as label
// gives them.
func (c *canonicalizer) write(b []byte, r *row, label func([]byte, int32) []byte) []byte {
	for p := range 3 {
		if p == 2 && r.node[2] < 0 && r.text[2].from == r.text[2].to {
			break // the default graph
		}
		if n := r.node[p]; n >= 0 {
			b = append(b, "_:"...)
			b = label(b, n)
		} else {
			b = append(b, c.arena[r.text[p].from:r.text[p].to]...)
		}
		b = append(b, ' ')
		if p == 0 {
			b = append(b, c.arena[r.predicate.from:r.predicate.to]...)
			b = append(b, ' ')
		}
	}
	return append(b, '.', '\n')
}

// sortLines sorts c.lines, stretches of b, by code point order, which UTF-8
// keeps.
func (c *canonicalizer) sortLines(b []byte) {
	slices.SortFunc(c.lines, func(x, y span) int { return bytes.Compare(b[x.from:x.to], b[y.from:y.to]) })
}

// firstDegree is hash-first-degree-quads (§4.6).
func (c *canonicalizer) firstDegree(node int32) {
	b := c.scratch[:0]
	c.lines = c.lines[:0]
	label := func(b []byte, n int32) []byte {
		if n == node {
			return append(b, 'a')
		}
		return append(b, 'z')
	}
	for _, i := range c.nodes[node].rows {
		from := int32(len(b))
		b = c.write(b, &c.rows[i], label)
		c.lines = append(c.lines, span{from, int32(len(b))})
	}
	c.scratch = b
	c.sortLines(b)
	c.hash.Reset()
	for _, s := range c.lines {
		c.hash.Write(b[s.from:s.to])
	}
	c.nodes[node].first = c.hexSum()
}

func (c *canonicalizer) hexSum() string {
	c.sum = c.hash.Sum(c.sum[:0])
	return hex.EncodeToString(c.sum)
}

// render writes the canonical lines and sorts them.
func (c *canonicalizer) render() {
	b := c.scratch[:0]
	c.lines = c.lines[:0]
	for i := range c.rows {
		from := int32(len(b))
		b = c.write(b, &c.rows[i], c.issued.append)
		c.lines = append(c.lines, span{from, int32(len(b))})
	}
	c.sortLines(b)
	c.scratch = b
}

// join gives the canonical lines in order.
func (c *canonicalizer) join() []byte {
	b := make([]byte, 0, len(c.scratch))
	for _, s := range c.lines {
		b = append(b, c.scratch[s.from:s.to]...)
	}
	return b
}

// spend counts a step of hash-n-degree-quads against the budget. Its price
// grows with the nodes that the temporary issuer has named, because copying and
// searching it does.
func (c *canonicalizer) spend(is *issuer) error {
	c.work -= 1 + len(is.order)/32
	if c.work < 0 {
		return verdict.Because(ErrBudget, "a graph of look-alike nodes")
	}
	if c.steps++; c.steps%128 == 0 {
		if err := c.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// tellApart labels nodes that have the same first hash (§4.4.3 step 5).
func (c *canonicalizer) tellApart(group []int32) error {
	type path struct {
		hash   string
		issuer *issuer
	}
	var paths []path
	for _, n := range group {
		if c.issued.has(n) {
			continue
		}
		temporary := &issuer{prefix: "b"}
		temporary.issue(n)
		h, is, err := c.nDegree(n, temporary)
		if err != nil {
			return err
		}
		paths = append(paths, path{h, is})
	}
	slices.SortStableFunc(paths, func(a, b path) int { return strings.Compare(a.hash, b.hash) })
	for _, p := range paths {
		for _, n := range p.issuer.order {
			c.issued.issue(n)
		}
	}
	return nil
}

// related is hash-related-blank-node (§4.7).
func (c *canonicalizer) related(n int32, r *row, position byte, is *issuer) string {
	b := append(c.buffer[:0], position)
	if position != 'g' {
		b = append(b, c.arena[r.predicate.from:r.predicate.to]...)
	}
	switch {
	case c.issued.has(n):
		b = c.issued.append(append(b, "_:"...), n)
	case is.has(n):
		b = is.append(append(b, "_:"...), n)
	default:
		b = append(b, c.nodes[n].first...)
	}
	c.buffer = b
	c.hash.Reset()
	c.hash.Write(b)
	return c.hexSum()
}

// nDegree is hash-n-degree-quads (§4.8).
func (c *canonicalizer) nDegree(node int32, is *issuer) (string, *issuer, error) {
	type neighbours struct {
		hash string
		list []int32
	}
	var all []neighbours
	for _, i := range c.nodes[node].rows {
		r := &c.rows[i]
		for p, n := range r.node {
			if n < 0 || n == node {
				continue
			}
			if err := c.spend(is); err != nil {
				return "", nil, err
			}
			h := c.related(n, r, "sog"[p], is)
			at, ok := slices.BinarySearchFunc(all, h, func(x neighbours, h string) int { return strings.Compare(x.hash, h) })
			if !ok {
				all = slices.Insert(all, at, neighbours{hash: h})
			}
			all[at].list = append(all[at].list, n)
		}
	}
	data := make([]byte, 0, 256)
	for _, group := range all {
		data = append(data, group.hash...)
		var chosen []byte
		var chosenIssuer *issuer
		slices.Sort(group.list)
		for more := true; more; more = nextPermutation(group.list) {
			if err := c.spend(is); err != nil {
				return "", nil, err
			}
			path, pathIssuer, err := c.path(group.list, is.clone(), chosen)
			if err != nil {
				return "", nil, err
			}
			if path != nil && (chosen == nil || bytes.Compare(path, chosen) < 0) {
				chosen, chosenIssuer = path, pathIssuer
			}
		}
		data = append(data, chosen...)
		is = chosenIssuer
	}
	c.hash.Reset()
	c.hash.Write(data)
	return c.hexSum(), is, nil
}

// path writes the path of one order of neighbours, or gives nil when it is
// certain to come after best (§4.8.2 steps 5.4.4 and 5.4.5).
func (c *canonicalizer) path(list []int32, is *issuer, best []byte) ([]byte, *issuer, error) {
	late := func(path []byte) bool {
		return best != nil && len(path) >= len(best) && bytes.Compare(path, best) > 0
	}
	path := make([]byte, 0, 64)
	var recursion []int32
	for _, n := range list {
		if c.issued.has(n) {
			path = c.issued.append(append(path, "_:"...), n)
		} else {
			if !is.has(n) {
				recursion = append(recursion, n)
				is.issue(n)
			}
			path = is.append(append(path, "_:"...), n)
		}
		if late(path) {
			return nil, nil, nil
		}
	}
	for _, n := range recursion {
		if err := c.spend(is); err != nil {
			return nil, nil, err
		}
		h, next, err := c.nDegree(n, is)
		if err != nil {
			return nil, nil, err
		}
		is.issue(n)
		path = is.append(append(path, "_:"...), n)
		path = append(path, '<')
		path = append(path, h...)
		path = append(path, '>')
		is = next
		if late(path) {
			return nil, nil, nil
		}
	}
	return path, is, nil
}

// nextPermutation puts list into the next order; false after the last one.
func nextPermutation(list []int32) bool {
	i := len(list) - 2
	for i >= 0 && list[i] >= list[i+1] {
		i--
	}
	if i < 0 {
		return false
	}
	j := len(list) - 1
	for list[j] <= list[i] {
		j--
	}
	list[i], list[j] = list[j], list[i]
	slices.Reverse(list[i+1:])
	return true
}
