package local

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"

	"assay/index/record"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bindex "github.com/blevesearch/bleve_index_api"
)

// A search meets thousands of Bleve's documents and must know the claim of
// each. Segments never change, so the claims of a segment's documents are read
// once, when a search first needs them.

// column is what a search asks of a claim first, read without its row: rows lie
// all over the memory, columns one after the other, four to what a processor reads at once.
type column struct {
	ordinal uint32
	tenant  uint32 // 0: ask the row
	until   uint32 // Unix seconds, or columnNever
	claim   uint16
	is      uint8 // status, and weight by standing
	clear   bool  // blind readers search what everybody does
}

const (
	columnNever = math.MaxUint32 // record.Never
	weightBits  = 4
)

func (c *column) status() uint8 { return c.is >> weightBits }
func (c *column) weight() uint8 { return c.is & (1<<weightBits - 1) }

func (c *column) runsOut() int64 {
	if c.until == columnNever {
		return record.Never
	}
	return int64(c.until)
}

// claimPlaces are the columns of one segment's documents.
type claimPlaces struct {
	once sync.Once
	list []column
	err  error
}

// placeCache keeps the places of the segments of one Bleve index.
type placeCache struct {
	mu       sync.Mutex
	segments map[uint64]*claimPlaces
}

// segment is a segment of a snapshot.
type segment struct {
	first  uint64 // number of its first document
	snap   *scorch.SegmentSnapshot
	places *claimPlaces
}

// of gives the segments of a reader and the number of their documents, deleted
// ones too, and forgets segments that it no longer has.
func (c *placeCache) of(reader bindex.IndexReader) ([]segment, uint64, error) {
	s, ok := reader.(*scorch.IndexSnapshot)
	if !ok {
		return nil, 0, fmt.Errorf("reader is a %T", reader)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := make(map[uint64]*claimPlaces, len(s.Segments()))
	var out []segment
	first := uint64(0)
	for _, g := range s.Segments() {
		p := c.segments[g.Id()]
		if p == nil {
			p = &claimPlaces{}
		}
		kept[g.Id()] = p
		out = append(out, segment{first, g, p})
		first += uint64(g.FullSize())
	}
	c.segments = kept
	return out, first, nil
}

// claims gives the columns of a segment's documents.
func (s *snapshot) claims(g *segment, t *terms) ([]column, error) {
	p := g.places
	p.once.Do(func() {
		p.list = make([]column, g.snap.FullSize())
		for i := range p.list {
			c := &p.list[i]
			id, err := g.snap.DocID(uint64(i))
			if err == nil {
				c.ordinal, c.claim, err = parseClaimID(string(id))
			}
			if err != nil {
				p.err = err
				return
			}
			at := int(c.ordinal) - int(s.base)
			if at < 0 || at >= len(s.rows) || s.rows[at] == nil || int(c.claim) >= len(s.rows[at].claims) {
				continue // replaced long ago
			}
			k := &s.rows[at].claims[c.claim]
			switch {
			case k.until == record.Never:
				c.until = columnNever
			case k.until < 0 || k.until >= columnNever:
				continue
			default:
				c.until = uint32(k.until)
			}
			c.is, c.clear = k.status<<weightBits|k.weight, k.blind == 0
			c.tenant = t.add(s.rows[at].tenant)
		}
	})
	return p.list, p.err
}

// column gives the claim that document n stands for.
func (s *snapshot) column(n uint64, t *terms) (*column, error) {
	i := len(s.segments) - 1
	for i > 0 && s.segments[i].first > n { // there are few
		i--
	}
	if i < 0 {
		return nil, fmt.Errorf("no document %d", n)
	}
	g := &s.segments[i]
	list, err := s.claims(g, t)
	if err != nil {
		return nil, err
	}
	if n -= g.first; n >= uint64(len(list)) {
		return nil, fmt.Errorf("no document %d in a segment of %d", n, len(list))
	}
	return &list[n], nil
}

// claimID names a claim's document in the Bleve index.
func claimID(ordinal uint32, n int) string {
	b := make([]byte, 0, 16)
	b = strconv.AppendUint(b, uint64(ordinal), 36)
	b = append(b, '.')
	return string(strconv.AppendUint(b, uint64(n), 36))
}

func parseClaimID(name string) (ordinal uint32, claim uint16, err error) {
	a, b, ok := strings.Cut(name, ".")
	o, err := strconv.ParseUint(a, 36, 32)
	n, err2 := strconv.ParseUint(b, 36, 16)
	if !ok || err != nil || err2 != nil {
		return 0, 0, fmt.Errorf("strange document %q", name)
	}
	return uint32(o), uint16(n), nil
}
