package rdf

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/deploy/testenv"
)

// shared gives a directory of the shared test data, or skips.
func shared(t testing.TB, elem ...string) string {
	t.Helper()
	return testenv.Shared(t, elem...)
}

func TestRDFC10(t *testing.T) {
	dir := shared(t, "vectors", "w3c-rdf-canon")
	data, err := os.ReadFile(filepath.Join(dir, "manifest.jsonld"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Entries []struct{ ID, Type, Name, Action, Result, HashAlgorithm string }
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, e := range manifest.Entries {
		t.Run(strings.TrimPrefix(e.ID, "#"), func(t *testing.T) {
			in, err := os.ReadFile(filepath.Join(dir, e.Action))
			if err != nil {
				t.Fatal(err)
			}
			quads, err := parseNQuads(in)
			if err != nil {
				t.Fatal(err)
			}
			h := crypto.SHA256
			if e.HashAlgorithm == "SHA384" {
				h = crypto.SHA384
			}
			c, err := Canonicalize(context.Background(), quads, h, Limits{})
			count[e.Type]++
			if e.Type == "rdfc:RDFC10NegativeEvalTest" {
				if !errors.Is(err, ErrBudget) {
					t.Fatalf("got %v, want ErrBudget", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(dir, e.Result))
			if err != nil {
				t.Fatal(err)
			}
			if e.Type == "rdfc:RDFC10MapTest" {
				var m map[string]string
				if err := json.Unmarshal(want, &m); err != nil {
					t.Fatal(err)
				}
				if len(m) != len(c.Labels) {
					t.Fatalf("got %v, want %v", c.Labels, m)
				}
				for k, v := range m {
					if c.Labels[k] != v {
						t.Errorf("label of %s: got %s, want %s", k, c.Labels[k], v)
					}
				}
				return
			}
			if string(c.NQuads) != string(want) {
				t.Errorf("got\n%s\nwant\n%s", c.NQuads, want)
			}
		})
	}
	if count["rdfc:RDFC10EvalTest"] != 64 || count["rdfc:RDFC10MapTest"] != 21 || count["rdfc:RDFC10NegativeEvalTest"] != 1 {
		t.Errorf("tests run: %v", count)
	}
}

// clique gives a graph in which each of n blank nodes names every other one.
func clique(n int) []Quad {
	var q []Quad
	for i := range n {
		for j := range n {
			if i != j {
				q = append(q, Quad{
					Subject:   Term{Kind: Blank, Value: blankLabel(i)},
					Predicate: Term{Kind: IRI, Value: "http://example.org/p"},
					Object:    Term{Kind: Blank, Value: blankLabel(j)},
				})
			}
		}
	}
	return q
}

// TestAttack39 and A13: a graph made to need endless work is stopped by the
// work counter, not by a clock.
func TestAttack39PoisonGraph(t *testing.T) {
	done := 0
	for n := 4; n <= 12; n++ {
		_, err := Canonicalize(context.Background(), clique(n), crypto.SHA256, Limits{})
		if err != nil && !errors.Is(err, ErrBudget) {
			t.Errorf("clique of %d: %v", n, err)
		}
		if err == nil {
			done++
		}
	}
	if done == 0 || done == 9 {
		t.Errorf("%d of 9 cliques done: the limit tells nothing apart", done)
	}
	if _, err := Canonicalize(context.Background(), clique(12), crypto.SHA256, Limits{Work: 1000}); !errors.Is(err, ErrBudget) {
		t.Errorf("got %v, want ErrBudget", err)
	}
}

// The price of a step grows with what it copies: large graphs of look-alikes
// stop as well, while many small ones are no work.
func TestLargeLookAlikes(t *testing.T) {
	node := func(i int) Term { return Term{Kind: Blank, Value: blankLabel(i)} }
	p := Term{Kind: IRI, Value: "http://example.org/p"}
	const n = 1999
	var ring, hubs, pairs []Quad
	for i := range n {
		for k := 1; k <= 5; k++ {
			ring = append(ring, Quad{Subject: node(i), Predicate: p, Object: node((i + k*k) % n)})
		}
		if i >= 5 {
			for hub := range 5 {
				hubs = append(hubs, Quad{Subject: node(hub), Predicate: p, Object: node(i)})
			}
		}
		if i < 900 {
			pairs = append(pairs, Quad{Subject: node(2 * i), Predicate: p, Object: node(2*i + 1)})
		}
	}
	for desc, q := range map[string][]Quad{"ring": ring, "hubs": hubs} {
		if _, err := Canonicalize(context.Background(), q, crypto.SHA256, Limits{}); !errors.Is(err, ErrBudget) {
			t.Errorf("%s: got %v, want ErrBudget", desc, err)
		}
	}
	if _, err := Canonicalize(context.Background(), pairs, crypto.SHA256, Limits{}); err != nil {
		t.Errorf("pairs: %v", err)
	}
}

// A step that copies many names costs more than one that copies none.
func TestPriceOfAStep(t *testing.T) {
	c := &canonicalizer{ctx: context.Background(), work: 10}
	if err := c.spend(&issuer{}); err != nil {
		t.Errorf("few names: %v", err)
	}
	if err := c.spend(&issuer{order: make([]int32, 320)}); !errors.Is(err, ErrBudget) {
		t.Errorf("many names: got %v, want ErrBudget", err)
	}
}

func TestCanonicalizeStopsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Canonicalize(ctx, clique(2), crypto.SHA256, Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("before the work: got %v, want context.Canceled", err)
	}
	late := &endingContext{Context: context.Background(), after: 3}
	if _, err := Canonicalize(late, clique(12), crypto.SHA256, Limits{Work: 1 << 30}); !errors.Is(err, context.Canceled) {
		t.Errorf("amid the work: got %v, want context.Canceled", err)
	}
}

func TestCanonicalizeLimits(t *testing.T) {
	for _, tt := range []struct {
		desc string
		l    Limits
	}{
		{"statements", Limits{Quads: 11}},
		{"blank nodes", Limits{Blanks: 3}},
	} {
		if _, err := Canonicalize(context.Background(), clique(4), crypto.SHA256, tt.l); !errors.Is(err, ErrBudget) {
			t.Errorf("%s: got %v, want ErrBudget", tt.desc, err)
		}
	}
	if _, err := Canonicalize(context.Background(), clique(4), crypto.SHA256, Limits{Quads: 12, Blanks: 4}); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := Canonicalize(context.Background(), clique(3), crypto.MD5, Limits{}); !errors.Is(err, ErrMalformed) {
		t.Errorf("MD5: got %v", err)
	}
}

// The same graph with other labels and another order of statements has the
// same form, and a statement given twice counts once.
func TestCanonicalizeIsLabelBlind(t *testing.T) {
	a := []byte("_:x <http://e/p> _:y .\n_:y <http://e/q> \"v\" .\n_:x <http://e/p> _:z .\n_:z <http://e/q> \"w\" _:g .\n")
	b := []byte("_:n1 <http://e/q> \"w\" _:n9 .\n_:n0 <http://e/p> _:n1 .\n_:n0 <http://e/p> _:n2 .\n_:n2 <http://e/q> \"v\" .\n_:n2 <http://e/q> \"v\" .\n")
	var out [2]string
	for i, in := range [][]byte{a, b} {
		q, err := parseNQuads(in)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Canonicalize(context.Background(), q, crypto.SHA256, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		sum, err := Hash(context.Background(), q, crypto.SHA256, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		want := crypto.SHA256.New()
		want.Write(c.NQuads)
		if string(sum) != string(want.Sum(nil)) {
			t.Error("Hash and Canonicalize differ")
		}
		out[i] = string(c.NQuads)
	}
	if out[0] != out[1] {
		t.Errorf("%s\nis not\n%s", out[0], out[1])
	}
}

func TestParseNQuadsRefuses(t *testing.T) {
	for _, s := range []string{
		`<http://e/s> <http://e/p> .`,
		`<http://e/s> _:p <http://e/o> .`,
		`"s" <http://e/p> <http://e/o> .`,
		`<s> <http://e/p> <http://e/o> .`,
		`<http://e/s> <http://e/p> "o .`,
		`<http://e/s> <http://e/p> "o\x" .`,
		`<http://e/s> <http://e/p> "\uD800" .`,
		`<http://e/s> <http://e/p> "o"@ .`,
		`<http://e/s> <http://e/p> "o"@toolonglanguage .`,
		`<http://e/s> <http://e/p> "o" . <http://e/s>`,
		`<http://e/s> <http://e/p> "o" "g" .`,
		`<http://e/s> <http://e/p> "o"`,
		`<http://e/s> <http://e/p> <http://e/o o> .`,
		`_: <http://e/p> "o" .`,
		"<http://e/s> <http://e/p> \"\xff\" .",
	} {
		if _, err := parseNQuads([]byte(s)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v, want ErrMalformed", s, err)
		}
	}
}

// FuzzNQuads: what parses can be written and parses to the same again, and its
// canonical form is a fixed point.
func FuzzNQuads(f *testing.F) {
	for _, s := range []string{
		"<http://e/s> <http://e/p> \"a\\n\\u0041\\\"\"@en-GB <http://e/g> .\n",
		"_:a <http://e/p> _:b . # note\n_:b <http://e/p> _:a .",
		"<http://e/s> <http://e/p> \"1\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n",
		"_:a.b <http://e/p> \"\x7f\x00\" _:g .\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		quads, err := parseNQuads(data)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		var b []byte
		for _, q := range quads {
			b = AppendQuad(b, q)
		}
		again, err := parseNQuads(b)
		if err != nil {
			t.Fatalf("%v in what was written: %q", err, b)
		}
		if len(again) != len(quads) {
			t.Fatalf("%d statements became %d", len(quads), len(again))
		}
		for i := range quads {
			if quads[i] != again[i] {
				t.Fatalf("%+v became %+v", quads[i], again[i])
			}
		}
		l := Limits{Quads: 200, Blanks: 50, Work: 2000}
		c, err := Canonicalize(context.Background(), quads, crypto.SHA256, l)
		if errors.Is(err, ErrBudget) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := parseNQuads(c.NQuads)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Canonicalize(context.Background(), canonical, crypto.SHA256, l)
		if err == nil && string(d.NQuads) != string(c.NQuads) {
			t.Fatalf("not a fixed point:\n%s\n%s", c.NQuads, d.NQuads)
		}
	})
}

// endingContext ends after it was asked a number of times.
type endingContext struct {
	context.Context
	after int
}

func (c *endingContext) Err() error {
	if c.after--; c.after < 0 {
		return context.Canceled
	}
	return nil
}
