package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
)

func (s *suite) rebuild(t *testing.T) {
	e := s.open(t)
	docs := documents("acme")
	put(t, e, docs...)
	if err := e.Erase(t.Context(), "acme", "oli"); err != nil {
		t.Fatal(err)
	}
	s.run(t, "as they are", func(t *testing.T) {
		var last, total int
		if err := e.Rebuild(t.Context(), nil, func(d, n int) { last, total = d, n }); err != nil {
			t.Fatal(err)
		}
		if last != len(docs) || total != len(docs) {
			t.Errorf("progress ended at %d of %d, want %d", last, total, len(docs))
		}
		var live []record.Application
		for _, a := range docs {
			if a.Application != "oli" {
				live = append(live, a)
			}
		}
		for _, text := range []string{"", "python", "communication", "include:all job:backend"} {
			if err := check(t.Context(), e, live, "acme", ask(t, text, query.Options{Facets: query.AllFacets()})); err != nil {
				t.Error(err)
			}
		}
	})
	s.run(t, "versions and stubs come along", func(t *testing.T) {
		a := docs[0]
		a.Version--
		stub := docs[slices.IndexFunc(docs, func(d record.Application) bool { return d.Application == "oli" })]
		for _, o := range e.Write(t.Context(), []record.Application{a, stub}) {
			if o.Err != nil || !o.Superseded {
				t.Errorf("%+v", o)
			}
		}
		if _, err := e.Get(t.Context(), "acme", "oli"); !errors.Is(err, index.ErrErased) {
			t.Errorf("%v", err)
		}
	})
	s.run(t, "remade", func(t *testing.T) {
		err := e.Rebuild(t.Context(), func(a *record.Application) {
			a.JobWords = "remade"
			a.Tenant = "other" // is not its business
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r := search(t, e, "acme", "job:remade", query.Options{}); r.Total != len(docs)-1 {
			t.Errorf("%d, want %d", r.Total, len(docs)-1)
		}
	})
	s.run(t, "with no moment without results, and no write lost", s.busyRebuild)
	s.run(t, "two at the same time", s.twoRebuilds)
}

// load is what goes on while an index is rebuilt: searches that must find the
// same each time, and writes and erasures, some of them of what is there.
type load struct {
	t        *testing.T
	e        index.Engine
	searches atomic.Int64
	writes   atomic.Int64 // each a new person, some with an older version of somebody
	erasures atomic.Int64 // of doomed people, and of people written a moment ago
	wg       sync.WaitGroup
	stop     context.CancelFunc
}

const (
	loadBase   = 400 // people who know Python, besides the four of the suite
	loadDoomed = 400 // people to erase
)

// startLoad fills an engine and begins.
func startLoad(t *testing.T, e index.Engine) *load {
	docs := documents("acme")
	for i := range loadBase {
		docs = append(docs, one("acme", fmt.Sprintf("base-%d", i), 5, badge{name: "Python", skills: []string{python}, issuer: uni, earned: "2024-01-01"}))
	}
	for i := range loadDoomed {
		docs = append(docs, doomed(i, 5))
	}
	put(t, e, docs...)
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{t: t, e: e, stop: cancel}
	l.wg.Go(func() {
		for ctx.Err() == nil {
			r, err := e.Search(t.Context(), "acme", ask(t, `python "python"`, query.Options{}))
			if err != nil {
				t.Errorf("in the middle of a rebuild: %v", err)
				return
			}
			if r.Total != loadBase+4 || len(r.Hits) != query.DefaultSize {
				t.Errorf("in the middle of a rebuild: %d found, %d hits", r.Total, len(r.Hits))
				return
			}
			l.searches.Add(1)
		}
	})
	l.wg.Go(func() {
		for i := int64(0); ctx.Err() == nil; i++ {
			w := []record.Application{welder(fmt.Sprintf("live-%d", i), 5)}
			if i%4 == 0 { // and an older version of something that is there
				w = append(w, welder(fmt.Sprintf("base-%d", i%loadBase), 4))
			}
			for k, o := range e.Write(t.Context(), w) {
				if o.Err != nil || o.Superseded != (k == 1) {
					t.Errorf("in the middle of a rebuild: %+v", o)
					return
				}
			}
			l.writes.Add(1)
			// It does not run away: an engine that looks at everybody would answer
			// ever later.
			for ctx.Err() == nil && l.writes.Load() > 100*(l.searches.Load()+5) {
				time.Sleep(time.Millisecond)
			}
		}
	})
	l.wg.Go(func() {
		for i := int64(0); ctx.Err() == nil && i < loadDoomed; i++ {
			// From both ends, so that some are copied already and some are not.
			n := i / 2
			if i%2 == 1 {
				n = loadDoomed - 1 - i/2
			}
			if err := e.Erase(t.Context(), "acme", doomed(int(n), 5).Application); err != nil {
				t.Errorf("in the middle of a rebuild: %v", err)
				return
			}
			l.erasures.Add(1)
		}
	})
	return l
}

func welder(name string, version int64) record.Application {
	return one("acme", name, version, badge{name: "Welding", skills: []string{welding}, issuer: yard, earned: "2024-01-01"})
}

func doomed(i int, version int64) record.Application {
	return one("acme", fmt.Sprintf("doomed-%d", i), version, badge{name: "Doom", skills: []string{mysql}, issuer: code, earned: "2024-01-01"})
}

// more waits until n more searches, writes and erasures have come through.
func (l *load) more(n int64) {
	s, w, x := l.searches.Load()+n, l.writes.Load()+n, min(l.erasures.Load()+n, loadDoomed)
	for until := time.Now().Add(time.Minute); !l.t.Failed(); time.Sleep(time.Millisecond) {
		if l.searches.Load() >= s && l.writes.Load() >= w && l.erasures.Load() >= x {
			return
		}
		if time.Now().After(until) {
			l.t.Errorf("in a minute of a rebuild, not %d searches (%d missing), writes (%d) and erasures (%d)",
				n, s-l.searches.Load(), w-l.writes.Load(), x-l.erasures.Load())
			return
		}
	}
}

// end ends the load and looks whether everything that was acknowledged is so.
func (l *load) end() {
	t := l.t
	t.Helper()
	l.stop()
	l.wg.Wait()
	refresh(t, l.e)
	count := func(text string) int { return search(t, l.e, "acme", text, query.Options{}).Total }
	if n := count("welding"); int64(n) != l.writes.Load()+1 { // and jon
		t.Errorf("%d welders, want %d", n, l.writes.Load()+1)
	}
	if n := count("python"); n != loadBase+4 {
		t.Errorf("%d with Python, want %d", n, loadBase+4)
	}
	// Who was erased is gone, and is not brought back.
	gone := map[string]bool{}
	for i := int64(0); i < l.erasures.Load(); i++ {
		n := i / 2
		if i%2 == 1 {
			n = loadDoomed - 1 - i/2
		}
		gone[doomed(int(n), 5).Application] = true
	}
	if n := count("mysql"); n != loadDoomed-len(gone)+1 { // and sue
		t.Errorf("%d are left of the %d to erase and sue, want %d", n, loadDoomed, loadDoomed-len(gone)+1)
	}
	err := l.e.Scan(t.Context(), "acme", func(a *record.Application) error {
		if gone[a.Application] {
			t.Errorf("%s was erased and is scanned", a.Application)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	var late []record.Application
	for name := range gone {
		if _, err := l.e.Get(t.Context(), "acme", name); !errors.Is(err, index.ErrErased) {
			t.Errorf("%s was erased: %v", name, err)
		}
		a := doomed(0, 9)
		a.Application, a.ID = name, record.ID(Key, "acme", name)
		late = append(late, a)
	}
	for _, o := range l.e.Write(t.Context(), late) {
		if o.Err != nil || !o.Superseded {
			t.Errorf("what was erased is written again: %+v", o)
		}
	}
}

func (s *suite) busyRebuild(t *testing.T) {
	e := s.open(t)
	l := startLoad(t, e)
	const floor = 5 // of each, at each step
	steps := 0
	for range 2 {
		err := e.Rebuild(t.Context(), nil, func(int, int) {
			if steps++; steps < 12 {
				l.more(floor) // writers and searchers are not held up by a rebuild
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
	searches, writes, erasures := l.searches.Load(), l.writes.Load(), l.erasures.Load()
	l.end()
	if most := int64(min(steps, 11)) * floor; most < 2*floor || searches < most || writes < most || erasures < min(most, loadDoomed) {
		t.Errorf("%d searches, %d writes and %d erasures during two rebuilds of %d steps, want %d of each", searches, writes, erasures, steps, most)
	}
	t.Logf("%d searches, %d writes and %d erasures during two rebuilds of %d steps", searches, writes, erasures, steps)
}

// twoRebuilds: an engine may refuse one or give up the other, but must lose
// nothing by it.
func (s *suite) twoRebuilds(t *testing.T) {
	e := s.open(t)
	l := startLoad(t, e)
	var done atomic.Int64
	for range 2 {
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if err := e.Rebuild(t.Context(), nil, func(int, int) { l.more(2) }); err != nil {
					t.Logf("one of two rebuilds: %v", err)
					return
				}
				done.Add(1)
			})
		}
		wg.Wait()
	}
	if err := e.Rebuild(t.Context(), nil, nil); err != nil {
		t.Errorf("a rebuild after them: %v", err)
	}
	l.end()
	t.Logf("%d of 4 rebuilds came to their end, beside %d writes and %d erasures", done.Load(), l.writes.Load(), l.erasures.Load())
}
