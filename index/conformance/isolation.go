package conformance

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"

	gocmp "github.com/google/go-cmp/cmp"
)

// Kind is a kind of answer that an engine gives a tenant.
type Kind string

// Kinds of answers.
const (
	KindHits        Kind = "hits"
	KindTotal       Kind = "total"
	KindFacets      Kind = "facets"
	KindSuggestions Kind = "suggestions"
	KindExport      Kind = "export" // pages of up to query.MaxExportSize
	KindScan        Kind = "scan"
	KindRole        Kind = "role"     // index.MatchRole on the engine
	KindSections    Kind = "sections" // of index.Search on the engine
	KindCounts      Kind = "counts"   // of index.Engine.Count
)

// Kinds lists every kind of answer.
func Kinds() []Kind {
	return []Kind{KindHits, KindTotal, KindFacets, KindSuggestions, KindExport, KindScan, KindRole, KindSections, KindCounts}
}

// Leak is an answer that holds other tenants' documents too: it is the one that
// an engine gives which keeps no tenant apart.
type Leak struct {
	Kind Kind
	Text string
}

func (l *Leak) Error() string { return fmt.Sprintf("other tenants show in %s: %s", l.Kind, l.Text) }

// DefaultPairs is how many pairs of tenants and questions a whole run asks.
const DefaultPairs = 10000

// Pairs is how many pairs of tenants and questions a test is to ask: fewer with
// -short, as many as ASSAY_ISOLATION_PAIRS says when that is set, and never
// fewer than DefaultPairs where ASSAY_REQUIRE says that this run counts.
func Pairs(t testing.TB) int {
	t.Helper()
	n := DefaultPairs
	whole := os.Getenv("ASSAY_REQUIRE") != ""
	if testing.Short() && !whole {
		n = 500
	}
	if v := os.Getenv("ASSAY_ISOLATION_PAIRS"); v != "" {
		asked, err := strconv.Atoi(v)
		if err != nil || asked < 1 {
			t.Fatalf("ASSAY_ISOLATION_PAIRS is %q", v)
		}
		if asked > n || !whole {
			n = asked
		}
	}
	return n
}

// BriefPairs is how many pairs are enough to find out in every kind of answer an
// engine that keeps no tenant apart, or misses one place to do so.
const BriefPairs = 600

// Isolate holds an empty engine to the isolation of tenants, with so many pairs
// (see Pairs). Of each kind of answer in which other tenants show it says in how
// many, and shows the first; anything else that differs ends the test at once.
func Isolate(t *testing.T, e index.Engine, pairs int) {
	t.Helper()
	w, err := newWorld(t.Context(), e, 1)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	leaks, first := map[Kind]int{}, map[Kind]error{}
	err = w.share(t.Context(), pairs, func(err error) error {
		var l *Leak
		if !errors.As(err, &l) {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if leaks[l.Kind]++; first[l.Kind] == nil {
			first[l.Kind] = err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range Kinds() {
		if n := leaks[k]; n > 0 {
			t.Errorf("other tenants show in %d of %d answers in %s (%d %%), first: %v", n, w.asked[k], k, 100*n/w.asked[k], first[k])
		}
	}
	w.enough(t, pairs)
}

// Isolation fills an empty engine with three tenants' documents that are alike
// and asks pairs questions, each as a random tenant. It fails when an answer
// differs in anything (hits, order, score, total, a facet, a suggestion, a page
// of an export, a scanned document, a standing to a role) from what the tenant's
// own documents give: whatever shows of another tenant is such a difference.
// The error is a *Leak where it is what all tenants' documents give.
func Isolation(ctx context.Context, e index.Engine, seed uint64, pairs int) error {
	w, err := newWorld(ctx, e, seed)
	if err != nil {
		return err
	}
	return w.ask(ctx, pairs, func(err error) error { return err })
}

// NothingForeign asks an empty engine for documents, and no document of another
// tenant may be among them; counts may be wrong, or refused with
// index.ErrForeign. Of an engine as it should be that is a part of what Isolate
// asks: it is asked alone of one whose tenant filter was taken out.
func NothingForeign(t *testing.T, e index.Engine) {
	t.Helper()
	const pairs = 200
	w, err := newWorld(t.Context(), e, 1)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for i := range pairs {
		tenant := pick(w.r, w.tenants)
		own := func(what, id string) {
			seen[what]++
			if !slices.ContainsFunc(w.own[tenant].docs, func(a record.Application) bool { return a.ID == id }) {
				t.Fatalf("pair %d: %s of another tenant", i, what)
			}
		}
		var q query.Query
		if i%2 == 0 {
			q, err = query.New("include:all", query.Options{Export: true, Now: Now})
			if err != nil {
				t.Fatal(err)
			}
		} else {
			q = randomQuery(w.r)
		}
		res, err := e.Search(t.Context(), tenant, q)
		switch {
		case errors.Is(err, index.ErrForeign):
		case err != nil:
			t.Fatal(err)
		default:
			for _, h := range res.Hits {
				own("a hit", h.ID)
			}
		}
		if i%20 == 0 {
			err := e.Scan(t.Context(), tenant, func(a *record.Application) error {
				own("a scanned document", a.ID)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if seen["a hit"] < pairs || seen["a scanned document"] < pairs {
		t.Errorf("hardly any document was looked at: %v", seen)
	}
}

// world is an engine full of three tenants' documents, and what it must answer.
type world struct {
	e       index.Engine
	r       *rand.Rand
	seed    uint64
	tenants []string
	own     map[string]reference
	all     reference
	asked   map[Kind]int
}

func newWorld(ctx context.Context, e index.Engine, seed uint64) (*world, error) {
	w := &world{
		e: e, r: rand.New(rand.NewPCG(seed, 2)), seed: seed, tenants: []string{"acme", "other", "Acme"},
		own: map[string]reference{}, asked: map[Kind]int{},
	}
	docs := randomDocuments(w.r, 30, w.tenants...)
	for _, t := range w.tenants {
		for i := range 8 {
			docs = append(docs, issued(w.r, fmt.Sprintf("issued-%d", i), i).document(t))
		}
	}
	for _, o := range e.Write(ctx, docs) {
		if o.Err != nil {
			return nil, o.Err
		}
	}
	if err := Refresh(ctx, e); err != nil {
		return nil, err
	}
	now := time.Now().Unix()
	w.all = reference{docs: docs, open: true, now: now}
	for _, t := range w.tenants {
		r := reference{now: now}
		for _, d := range docs {
			if d.Tenant == t {
				r.docs = append(r.docs, d)
			}
		}
		w.own[t] = r
	}
	return w, nil
}

// issued makes a person of many issuers, out of more than a facet shows: of some
// the first badges have run out, of some so many that an engine may have given
// up to keep what is left at each moment.
func issued(r *rand.Rand, name string, n int) person {
	p := person{name: name, applied: "2026-01-01", job: pick(r, vocabulary)}
	for k := range 30 {
		i := r.IntN(150)
		b := badge{name: pick(r, vocabulary), issuer: party{fmt.Sprintf("https://i%03d.example/", i), fmt.Sprintf("Issuer %d", i)}, earned: randomDay(r, 2019, 2025)}
		if n%4 == 1 && k < 3 || n%4 == 2 && k < 14 {
			b.expires = randomDay(r, 2026, 2029)
		}
		p.badges = append(p.badges, b)
	}
	return p
}

// question is something to ask an engine. Its answer comes in parts, each as a
// text.
type question struct {
	text string
	ask  func(ctx context.Context, e index.Engine, tenant string) (map[Kind]string, error)
}

// askers ask beside each other: while an engine answers one, the answer to
// another is worked out from the documents.
const askers = 4

// share has askers ask pairs questions in all, each his own.
func (w *world) share(ctx context.Context, pairs int, seen func(error) error) error {
	var all [askers]*world
	var errs [askers]error
	var wg sync.WaitGroup
	for i := range askers {
		one := *w
		one.r, one.asked = rand.New(rand.NewPCG(w.seed, 100+uint64(i))), map[Kind]int{}
		all[i] = &one
		wg.Go(func() {
			n := pairs / askers
			if i < pairs%askers {
				n++
			}
			if err := one.ask(ctx, n, seen); err != nil {
				errs[i] = fmt.Errorf("asker %d: %w", i, err)
			}
		})
	}
	wg.Wait()
	for _, one := range all {
		for k, n := range one.asked {
			w.asked[k] += n
		}
	}
	return errors.Join(errs[:]...)
}

// ask asks pairs questions, and gives each difference to seen, whose error ends
// it.
func (w *world) ask(ctx context.Context, pairs int, seen func(error) error) error {
	for i := range pairs {
		tenant := pick(w.r, w.tenants)
		q := w.question(i)
		fail := func(err error) error {
			return fmt.Errorf("seed %d, pair %d: %s as %s: %w", w.seed, i, q.text, tenant, err)
		}
		got, err := q.ask(ctx, w.e, tenant)
		if err != nil {
			return fail(err)
		}
		want, err := q.ask(ctx, w.own[tenant], tenant)
		if err != nil {
			return fail(err)
		}
		var leaky map[Kind]string
		for _, k := range Kinds() {
			if _, ok := want[k]; !ok {
				continue
			}
			w.asked[k]++
			if got[k] == want[k] {
				continue
			}
			if leaky == nil {
				if leaky, err = q.ask(ctx, w.all, tenant); err != nil {
					return fail(err)
				}
			}
			err := fmt.Errorf("%s (-want +got):\n%s", k, gocmp.Diff(want[k], got[k]))
			if got[k] == leaky[k] {
				err = &Leak{k, gocmp.Diff(want[k], got[k])}
			}
			if err := seen(fail(err)); err != nil {
				return err
			}
		}
	}
	return nil
}

// enough fails a test in which some kind of answer was hardly asked for.
func (w *world) enough(t *testing.T, pairs int) {
	t.Helper()
	for _, k := range Kinds() {
		if n := w.asked[k]; n < pairs/150 || n == 0 {
			t.Errorf("of %d pairs, %d asked for %s", pairs, n, k)
		}
	}
	t.Logf("%d pairs: %v", pairs, w.asked)
}

// question makes question number i: most are searches, as they cost least and
// differ most.
func (w *world) question(i int) question {
	r := w.r
	switch {
	case i%10 == 9:
		return suggestion(r)
	case i%20 == 3: // over nearly everybody, so that facets have more values than they show
		text := pick(r, []string{"", "NOT zymurgology", "include:all", "earned>=2019"})
		q, err := query.New(text, query.Options{
			Now: day(randomDay(r, 2027, 2028)), Size: 1 + r.IntN(query.MaxSize), Facets: query.AllFacets(),
		})
		if err != nil {
			panic(err) // a mistake in this file
		}
		return searched(q)
	case i%20 == 5:
		return exported(r)
	case i%40 == 15:
		return matched(r)
	case i%100 == 31:
		return scanned()
	case i%20 == 17:
		return sectioned(r)
	case i%40 == 21:
		return counting(r)
	}
	q := randomQuery(r)
	if i%4 != 0 {
		q.Facets = nil // they cost an engine most of a search: every fourth tells as well whether they leak
	}
	return searched(q)
}

// sectioned asks for an answer with its sections, and for the next page of each.
func sectioned(r *rand.Rand) question {
	text := looseText(r)
	o := query.Options{Now: day(randomDay(r, 2027, 2028)), Size: 1 + r.IntN(query.MaxSize), Blind: r.IntN(3) == 0}
	return question{fmt.Sprintf("sections of %q", text), func(ctx context.Context, e index.Engine, tenant string) (map[Kind]string, error) {
		out, err := sectionsOf(ctx, e, tenant, text, o)
		return map[Kind]string{KindSections: out}, err
	}}
}

// counting asks how many some plans find.
func counting(r *rand.Rand) question {
	plans := []query.Plan{randomQuery(r).Plan, randomQuery(r).Plan, {Root: randomCond(r, 2), Now: day("2027-01-01").Unix()}}
	return question{"count", func(ctx context.Context, e index.Engine, tenant string) (map[Kind]string, error) {
		n, err := e.Count(ctx, tenant, plans)
		return map[Kind]string{KindCounts: fmt.Sprint(n)}, err
	}}
}

func searched(q query.Query) question {
	return question{fmt.Sprintf("search %q", q.Text), func(ctx context.Context, e index.Engine, tenant string) (map[Kind]string, error) {
		res, err := e.Search(ctx, tenant, q)
		if err != nil {
			return nil, err
		}
		out := map[Kind]string{KindTotal: strconv.Itoa(res.Total)}
		if len(q.Facets) > 0 {
			out[KindFacets] = asJSON(res.Facets)
		}
		var hits strings.Builder
		for _, h := range res.Hits {
			fmt.Fprintf(&hits, "%s %s %s %d\n", h.ID, h.Tenant, h.Application, h.Score)
		}
		out[KindHits] = hits.String()
		return out, nil
	}}
}

// suggestion asks to complete a beginning of one word or two.
func suggestion(r *rand.Rand) question {
	word := []rune(pick(r, vocabulary))
	prefix := string(word[:min(len(word), 1+r.IntN(4))])
	if r.IntN(4) == 0 {
		prefix = pick(r, vocabulary) + " " + prefix
	}
	n := pick(r, []int{1, 2, 3, 10, query.MaxSize})
	kind := pick(r, index.SuggestionKinds())
	if kind == index.SuggestIssuer {
		name := []rune(pick(r, []string{"montreal", "code", "forge", "redaid", "ligo", "yard", "i0"}))
		prefix = string(name[:1+r.IntN(len(name))])
	}
	return question{fmt.Sprintf("suggest %d %s of %q", n, kind, prefix), func(ctx context.Context, e index.Engine, tenant string) (map[Kind]string, error) {
		list, err := e.Suggest(ctx, tenant, kind, prefix, n)
		if len(list) == 0 {
			list = nil
		}
		return map[Kind]string{KindSuggestions: asJSON(list)}, err
	}}
}

// exported asks for a whole export, page by page, as it is written.
func exported(r *rand.Rand) question {
	text := randomText(r, 1)
	o := query.Options{
		Now: day(randomDay(r, 2027, 2028)), Export: true, Size: pick(r, []int{0, 7, 20, 60, query.MaxExportSize}),
		Sort: pick(r, []query.Sort{query.SortMatch, query.SortBreadth, query.SortRecency}),
	}
	if _, err := query.New(text, o); err != nil || r.IntN(2) == 0 {
		text = "include:all"
	}
	return question{fmt.Sprintf("export %q", text), func(ctx context.Context, e index.Engine, tenant string) (map[Kind]string, error) {
		o := o
		var body bytes.Buffer
		for {
			q, err := query.New(text, o)
			if err != nil {
				return nil, err
			}
			res, err := e.Search(ctx, tenant, q)
			if err != nil {
				return nil, err
			}
			for i := range res.Hits {
				if err := json.NewEncoder(&body).Encode(&res.Hits[i]); err != nil {
					return nil, err
				}
			}
			if res.Cursor == "" {
				break
			}
			o.Cursor = res.Cursor
		}
		return map[Kind]string{KindExport: body.String()}, nil
	}}
}

func scanned() question {
	return question{"scan", func(ctx context.Context, e index.Engine, tenant string) (map[Kind]string, error) {
		found := map[string]string{}
		err := e.Scan(ctx, tenant, func(a *record.Application) error {
			if found[a.ID] != "" {
				return fmt.Errorf("%s comes twice", a.ID)
			}
			found[a.ID] = asJSON(a)
			return nil
		})
		var out strings.Builder
		for _, id := range slices.Sorted(maps.Keys(found)) {
			out.WriteString(found[id] + "\n")
		}
		return map[Kind]string{KindScan: out.String()}, err
	}}
}

// matched asks who stands how to a role, and for the second page.
func matched(r *rand.Rand) question {
	role := index.Role{Required: []string{pick(r, vocabulary)}, Wished: []string{pick(r, vocabulary), esco + pick(r, concepts)}}
	o := index.RoleOptions{Now: day(randomDay(r, 2027, 2028)), Size: 1 + r.IntN(5)}
	return question{fmt.Sprintf("role %v", role), func(ctx context.Context, e index.Engine, tenant string) (map[Kind]string, error) {
		o := o
		out := ""
		for range 2 {
			res, err := index.MatchRole(ctx, e, tenant, role, o)
			if err != nil {
				return nil, err
			}
			o.Cursor = res.Cursor
			res.Cursor = ""
			out += asJSON(res) + "\n"
			if o.Cursor == "" {
				break
			}
		}
		return map[Kind]string{KindRole: out}, nil
	}}
}

func asJSON(v any) string {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return cmp.Or(err.Error(), "not JSON")
	}
	return string(b)
}
