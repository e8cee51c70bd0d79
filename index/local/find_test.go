package local

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
	"unicode/utf8"

	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/guard"

	bindex "github.com/blevesearch/bleve_index_api"
)

// A part of a search that fails is the search's fault and nobody else's, and none goes on
// when the search is over.
func TestE06_PartOfASearchFails(t *testing.T) {
	boom := errors.New("boom")
	nothing := func() error { return nil }
	fails := func() error { return boom }
	for name, err := range map[string]error{"the first": together(fails, nothing), "the second": together(nothing, fails), "both": together(fails, fails)} {
		if !errors.Is(err, boom) {
			t.Errorf("%s failed: %v", name, err)
		}
	}
	if err := together(nothing, nothing); err != nil {
		t.Error(err)
	}
	fault := (*guard.Fault)(nil)
	err := guard.Do("a request", func() { _ = together(func() error { panic("words of a document") }, nothing) })
	if !errors.As(err, &fault) || fault.Where != "a part of a search" {
		t.Errorf("the first panics: %v", err)
	}
	ended := false
	err = guard.Do("a request", func() {
		begun := make(chan struct{})
		_ = together(
			func() error { close(begun); time.Sleep(20 * time.Millisecond); ended = true; return nil },
			func() error { <-begun; panic("words of a document") })
	})
	if !errors.Is(err, guard.ErrFault) || !ended {
		t.Errorf("the second panics: %v, and the first has ended: %v", err, ended)
	}
}

// Words of every script are found with the typing errors that skills.Within
// forgives, mixed scripts included.
func TestWordsWithinTypingErrors(t *testing.T) {
	e := open(t)
	r := rand.New(rand.NewPCG(5, 5))
	var scripts [][]rune
	for _, s := range []struct {
		first rune
		n     int
	}{{'a', 26}, {'α', 25}, {'а', 32}, {'ა', 33}, {'ᄀ', 100}, {'א', 27}, {'𐐨', 40}} {
		var letters []rune
		for i := range s.n {
			letters = append(letters, s.first+rune(i))
		}
		scripts = append(scripts, letters)
	}
	letter := func() rune {
		s := scripts[r.IntN(len(scripts))]
		return s[r.IntN(len(s))]
	}
	mistype := func(w []rune, with rune) []rune {
		k := 1 + r.IntN(len(w)-1)
		switch out := append([]rune(nil), w...); r.IntN(4) {
		case 0:
			out[k] = with
			return out
		case 1:
			return append(out[:k], w[k+1:]...)
		case 2:
			return append(append(out[:k], with), w[k:]...)
		default:
			out[k-1], out[k] = out[k], out[k-1]
			return out
		}
	}
	var words []string
	var docs []record.Application
	for i := range 2400 {
		own := scripts[i%len(scripts)]
		var w []rune
		switch {
		case i < 300:
			for range 4 + r.IntN(7) {
				w = append(w, own[r.IntN(len(own))])
			}
		case r.IntN(3) == 0:
			w = mistype([]rune(words[r.IntN(len(words))]), letter())
		default:
			w = []rune(words[r.IntN(len(words))])
			w = mistype(w, w[0])
		}
		if len(w) < 3 {
			continue
		}
		words = append(words, string(w))
		a := app(fmt.Sprintf("app-%d", i), 1, "x")
		a.Claims[0].LabelWords = string(w)
		docs = append(docs, a)
	}
	put(t, e, docs...)
	snap, ours, err := e.acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	defer snap.release()
	f := &finder{ctx: t.Context(), e: e, snap: snap, tenant: "acme", tenantRows: ours}
	asked, found := 0, 0
	for i := range 2000 {
		w := words[r.IntN(len(words))]
		if i%2 == 0 {
			w = string(mistype([]rune(w), letter()))
		}
		d := query.EditDistance(w)
		if d == 0 {
			continue
		}
		first, _ := utf8.DecodeRuneInString(w)
		want := 0
		for _, have := range words {
			if h, _ := utf8.DecodeRuneInString(have); h == first {
				if _, ok := skills.Within(have, w, d); ok {
					want++
				}
			}
		}
		s, err := f.word(string(query.FieldLabel), w, d)
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		if err := f.drain(s, func(bindex.IndexInternalID) error { got++; return nil }); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%q is near %d words, want %d", w, got, want)
		}
		asked++
		found += got
	}
	if asked < 1000 || found < 2*asked {
		t.Errorf("%d words asked, %d found: too few to say anything", asked, found)
	}
}

// No list of a search stands in another, however many it makes, and where some end the others
// go on.
func TestLists(t *testing.T) {
	var l lists
	defer l.free(lists{})
	sizes := []int{listFew, 3, listPiece / 2, listPiece / 2, listPiece, listFew + 1}
	fill := func(list []scored, v uint32) []scored {
		for range cap(list) {
			list = append(list, scored{ordinal: v})
		}
		return list
	}
	var all [][]scored
	for i, n := range sizes {
		list := l.list(n)
		if len(list) != 0 || cap(list) != n {
			t.Fatalf("a list for %d has %d of %d", n, len(list), cap(list))
		}
		all = append(all, fill(list, uint32(i)))
	}
	before := l
	fill(l.list(listPiece/2), 100)
	fill(l.list(listPiece/2), 101)
	l.free(before)
	all = append(all, fill(l.list(listFew), uint32(len(all))))
	for i, list := range all {
		for _, x := range list {
			if x.ordinal != uint32(i) {
				t.Fatalf("list %d holds what is in list %d", i, x.ordinal)
			}
		}
	}
}
