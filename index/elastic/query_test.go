package elastic

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/index/conformance"
	"assay/index/query"
	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden queries anew")

// The queries as they are sent, for a person to read.
func TestQueryGolden(t *testing.T) {
	for _, c := range []struct {
		name string
		text string
		o    query.Options
	}{
		{"everything", "", query.Options{}},
		{"word", "latte", query.Options{}},
		{"operators", `(latte OR "cup of tea") NOT zither`, query.Options{Exact: true}},
		{"same credential", `zither issuer:"code academy" earned>2024 level>=B2 trust:listed`, query.Options{Exact: true}},
		{"statuses", "zither status:expired include:rejected", query.Options{Exact: true}},
		{"blind", `job:nurse latte issuer:"code academy"`, query.Options{Blind: true, Exact: true}},
		{"choices", "job:nurse", query.Options{Choices: []query.Choice{{Facet: query.FacetYear, Values: []string{"2024"}}, {Facet: query.FacetSkill, Values: []string{"urn:x"}}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Now = conformance.Now
			c.o.Facets = []query.Facet{query.FacetSkill, query.FacetYear}
			if c.o.Blind {
				c.o.Facets = append(c.o.Facets, query.FacetIssuer)
			}
			q, err := query.New(c.text, c.o)
			if err != nil {
				t.Fatal(err)
			}
			e := &Engine{}
			e.states.Store(true)
			keys, _ := e.order(q.Sort, q.Plan, nil)
			got, err := json.MarshalIndent(object{"query": e.query("acme", q.Plan), "counted": e.counted("acme", q.Plan), "sort": keys, "aggs": e.facetAggs(q.Facets, q.Plan)}, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			file := filepath.Join("testdata", "query", strings.ReplaceAll(c.name, " ", "-")+".json")
			if *update {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(got)); d != "" {
				t.Errorf("(-want +got; go test -update writes it anew):\n%s", d)
			}
		})
	}
}

// keys are all that may stand as a key in a query.
var keys = map[string]bool{}

func init() {
	for _, k := range strings.Fields(`bool filter must should must_not minimum_should_match term terms prefix range match_all match_none
		constant_score boost dis_max queries nested path score_mode query match_phrase fuzzy value fuzziness prefix_length transpositions
		rewrite slop gte lte gt format erased tenant job_words claims.status claims.until claims.skill claims.ancestors claims.soft claims.issuer
		claims.issuer_words claims.issuer_hosts claims.claimed_words claims.framework_key claims.standing claims.scale claims.rank claims.earned claims.year claims.label_words
		claims.name_words claims.title_words claims.about_words claimed.until claimed.beyond claimed.statuses later.from later.until later.statuses flat.ties flat.next_until`) {
		keys[k] = true
	}
	for _, s := range verdict.Results() {
		for _, r := range append(weights(s), ofAny) {
			for _, f := range []string{"skill", "ancestors", "soft", "label", "name", "title", "about"} {
				keys["claimed."+string(s)+"."+r+"."+f] = true
				keys["later."+string(s)+"."+r+"."+f] = true
			}
		}
	}
}

// foreign finds a key that is not ours.
func foreign(v any) string {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if !keys[k] {
				return k
			}
			if f := foreign(x); f != "" {
				return f
			}
		}
	case []any:
		for _, x := range v {
			if f := foreign(x); f != "" {
				return f
			}
		}
	}
	return ""
}

// Whatever is typed, it becomes values of a query, never a key: no field of the
// user's choice, no script, no query language.
func FuzzQueryKeys(f *testing.F) {
	for _, s := range []string{
		"python", `"python 3"`, "a OR b NOT c", `{"match_all":{}}`, `/.*/`, "tenant:other", "_id:x", "erased:true", "script:1", `\u0022}`,
		"level>=B2 french", "issuer:x earned<2020-02", "status:expired include:all", "job:nurse", "pyhton*", "'\"", "a:b:c", "x\x00y",
	} {
		f.Add(s)
	}
	e := &Engine{}
	e.states.Store(true)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := query.New(text, query.Options{Now: conformance.Now})
		if err != nil {
			return
		}
		for _, p := range []query.Plan{q.Plan, q.Plan.WithInclude(verdict.Rejected)} {
			for _, query := range []object{e.query("acme", p), e.counted("acme", p)} {
				raw, err := json.Marshal(query)
				if err != nil {
					t.Fatal(err)
				}
				var v map[string]any
				if err := json.Unmarshal(raw, &v); err != nil {
					t.Fatal(err)
				}
				if k := foreign(v); k != "" {
					t.Errorf("%q makes a query with the key %q", text, k)
				}
				// The tenant's filter stands outside all that was asked.
				outer := v["bool"].(map[string]any)
				filter, _ := json.Marshal(outer["filter"])
				erased, _ := json.Marshal(outer["must_not"])
				if string(filter) != `{"term":{"tenant":"acme"}}` || string(erased) != `{"term":{"erased":true}}` || len(outer) != 3 {
					t.Errorf("%q: filter %s, must_not %s", text, filter, erased)
				}
			}
		}
	})
}
