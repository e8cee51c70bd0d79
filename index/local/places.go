package local

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bindex "github.com/blevesearch/bleve_index_api"
)

// A search meets thousands of Bleve's documents and must know the claim of
// each. Segments never change, so the claims of a segment's documents are read
// once, when a search first needs them.

// claimPlace is an ordinal and a claim's number in it.
type claimPlace uint64

func (p claimPlace) ordinal() uint32 { return uint32(p >> 16) }
func (p claimPlace) claim() uint16   { return uint16(p) }

// column is what a search asks of a claim first, read without its row: rows lie
// all over the memory, columns one after the other.
type column struct {
	place  claimPlace
	until  int64
	tenant uint32
	status uint8
	weight uint8 // by standing
	known  bool  // false: ask the row
	clear  bool  // blind readers search what everybody does
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
				c.place, err = parseClaimID(string(id))
			}
			if err != nil {
				p.err = err
				return
			}
			at := int(c.place.ordinal()) - int(s.base)
			if at < 0 || at >= len(s.rows) || s.rows[at] == nil {
				continue // replaced long ago
			}
			r := s.rows[at]
			if n := int(c.place.claim()); n < len(r.claims) {
				k := &r.claims[n]
				c.until, c.status, c.weight, c.clear, c.known = k.until, k.status, k.weight, k.blind == nil, true
				c.tenant = t.add(r.tenant)
			}
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

func parseClaimID(name string) (claimPlace, error) {
	a, b, ok := strings.Cut(name, ".")
	ordinal, err := strconv.ParseUint(a, 36, 32)
	n, err2 := strconv.ParseUint(b, 36, 16)
	if !ok || err != nil || err2 != nil {
		return 0, fmt.Errorf("strange document %q", name)
	}
	return claimPlace(ordinal<<16 | n), nil
}
