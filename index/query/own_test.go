package query

import (
	"encoding/json"
	"errors"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"assay/index/record"
	"assay/index/record/recordtest"
	"assay/verify/verdict"

	"github.com/rogpeppe/go-internal/txtar"
)

// unasked are the words of a question that no vector uses, and why.
var unasked = map[string]string{
	"FilterField barred": "nobody asks for it, see Plan.Bar",
	"How together":       "is no reason: see TestTogether",
}

// TestOwnVectors asks every vector of our own: who is found stands in it, and how.
// Every word of a question is used by one.
func TestOwnVectors(t *testing.T) {
	a, err := txtar.ParseFile("testdata/vectors/ask.txt")
	if err != nil || len(a.Files) != 2 {
		t.Fatal(err)
	}
	badges := map[string][]recordtest.Badge{}
	for line := range strings.Lines(string(a.Files[0].Data)) {
		name, text, _ := strings.Cut(line, " ")
		var b recordtest.Badge
		dec := json.NewDecoder(strings.NewReader(text))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&b); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		badges[name] = append(badges[name], b)
	}
	people := map[string]record.Application{}
	for name, list := range badges {
		people[name] = recordtest.Application(name, list...)
	}
	used := map[string]bool{}
	for line := range strings.Lines(string(a.Files[1].Data)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n")+" ", "|")
		if len(cells) != 4 {
			t.Fatalf("%q is no line of the table", line)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		t.Run(cells[0], func(t *testing.T) {
			o := optionsOf(t, cells[2])
			q, err := New(cells[1], o)
			var refusal *SyntaxError
			if errors.As(err, &refusal) {
				if got := "refused: " + refusal.Problem; got != cells[3] {
					t.Errorf("%s, want %s", got, cells[3])
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, way, ok := strings.Cut(cells[2], "way="); ok {
				q = loosened(t, q, Way(way), people)
			}
			use(used, &q)
			var got []string
			for _, name := range slices.Sorted(maps.Keys(people)) {
				p := people[name]
				if _, why, ok := q.Plan.Match(&p); ok {
					var hows []string
					for _, m := range why {
						if m.How != "" {
							hows = append(hows, string(m.How))
							used["How "+string(m.How)] = true
						}
					}
					if len(hows) > 0 {
						name += ":" + strings.Join(hows, "+")
					}
					got = append(got, name)
				}
			}
			if s := strings.Join(got, " "); s != cells[3] {
				t.Errorf("finds %q, want %q", s, cells[3])
			}
		})
	}
	codes := wordsOfQuestions(t)
	if len(codes) < 40 {
		t.Errorf("%d words were seen", len(codes))
	}
	for _, c := range codes {
		if _, excused := unasked[c]; used[c] == excused {
			t.Errorf("%s: used by a vector %v, excused %v", c, used[c], excused)
		}
	}
}

// loosened gives the question by its first reading of a way.
func loosened(t *testing.T, q Query, way Way, people map[string]record.Application) Query {
	t.Helper()
	var met []int
	for _, thing := range q.Things() {
		n := 0
		for _, p := range people {
			if _, _, ok := thing.Plan.Match(&p); ok {
				n++
			}
		}
		met = append(met, n)
	}
	for _, r := range append(q.Relax(), q.RelaxBy(met)...) {
		if r.Way != way {
			continue
		}
		loose, ok := q.Read([]Reading{r}, true)
		if !ok {
			t.Fatalf("%+v is no reading", r)
		}
		return loose
	}
	t.Fatalf("no reading is of %s", way)
	return q
}

func optionsOf(t *testing.T, text string) Options {
	t.Helper()
	o := Options{Now: recordtest.Now}
	for w := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(w, "=")
		switch name {
		case "way":
		case "exact":
			o.Exact = true
		case "sort":
			o.Sort = Sort(value)
		case "include":
			o.Include = append(o.Include, verdict.Result(value))
		case "facets":
			for f := range strings.SplitSeq(value, ",") {
				o.Facets = append(o.Facets, Facet(f))
			}
		default:
			o.Choices = append(o.Choices, Choice{Facet(name), []string{value}})
		}
	}
	return o
}

// use notes the words that a question is made of.
func use(used map[string]bool, q *Query) {
	used["Sort "+string(q.Sort)] = true
	for _, f := range q.Facets {
		used["Facet "+string(f)] = true
	}
	var filter func(f *Filter)
	filter = func(f *Filter) {
		used["Op "+string(f.Op)], used["FilterField "+string(f.Field)] = true, true
		for i := range f.Kids {
			filter(&f.Kids[i])
		}
	}
	var cond func(c *Cond)
	cond = func(c *Cond) {
		used["Op "+string(c.Op)] = true
		for i := range c.Kids {
			cond(&c.Kids[i])
		}
		if c.Claim == nil {
			return
		}
		if c.Claim.Where != nil {
			filter(c.Claim.Where)
		}
		for _, tier := range c.Claim.Tiers {
			used["Field "+string(tier.Field)] = true
		}
	}
	cond(&q.Plan.Root)
}

// wordsOfQuestions gives the constants of the types that questions are made of,
// each behind its type.
func wordsOfQuestions(t *testing.T) (out []string) {
	t.Helper()
	f, err := goparser.ParseFile(token.NewFileSet(), "query.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 {
			return true
		}
		of, ok := v.Type.(*ast.Ident)
		lit, isLit := v.Values[0].(*ast.BasicLit)
		if ok && isLit && slices.Contains([]string{"Op", "How", "FilterField", "Field", "Facet", "Sort"}, of.Name) {
			code, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, of.Name+" "+code)
		}
		return true
	})
	return out
}
