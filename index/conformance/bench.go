package conformance

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// Documents makes n documents of one tenant for benchmarks: about three badges
// and six claims each, skills of the built-in core by a distribution in which a
// few are frequent and most are rare, like those of real applicants. The same n
// makes the same documents.
func Documents(tenant string, n int) []record.Application {
	out := make([]record.Application, 0, n)
	return slices.AppendSeq(out, EachDocument(tenant, n))
}

// EachDocument makes those of Documents one by one.
func EachDocument(tenant string, n int) iter.Seq[record.Application] {
	return func(yield func(record.Application) bool) {
		r := rand.New(rand.NewPCG(7, 7))
		pool := resolvable(r)
		frequent := rand.NewZipf(r, 1.3, 8, uint64(len(pool)-1))
		for i := range n {
			if !yield(document(r, tenant, i, func() skills.Skill { return pool[frequent.Uint64()] })) {
				return
			}
		}
	}
}

// document makes one of Documents.
func document(r *rand.Rand, tenant string, i int, skill func() skills.Skill) record.Application {
	s := record.Submission{
		Tenant: tenant, Application: fmt.Sprintf("application-%d", i), Job: pick(r, vocabulary) + " specialist",
		Candidate: fmt.Sprintf("candidate-%d", i), DisplayName: fmt.Sprintf("Applicant %d", i),
		Submitted: Now.Add(-time.Duration(r.IntN(500*24)) * time.Hour),
	}
	s.Checked = s.Submitted.Add(time.Minute)
	var entries []record.Entry
	for range 1 + r.IntN(5) {
		issuer := fmt.Sprintf("issuer-%d", int(r.ExpFloat64()*20))
		b := badge{
			name: strings.ToUpper(words(r, 2)), issuer: party{"https://" + issuer + ".example/", issuer},
			earned: randomDay(r, 2018, 2025), standing: pick(r, []string{"listed", "domain", "domain", "account"}),
			result: pick(r, []verdict.Result{"", "", "", "", verdict.Authentic, verdict.Rejected}),
			about:  words(r, 12),
		}
		if r.IntN(5) == 0 {
			b.expires = randomDay(r, 2026, 2030)
		}
		e := b.entry()
		for range 1 + r.IntN(3) {
			e.Skills = append(e.Skills, skill())
		}
		entries = append(entries, e)
	}
	return record.New(Key, s, entries, nil)
}

// resolvable gives the skills of the core that have names to search by, in an
// order of its own.
func resolvable(r *rand.Rand) []skills.Skill {
	t := skills.Builtin()
	var out []skills.Skill
	for _, w := range benchTerms {
		for _, ref := range t.Suggest(w, 20) {
			for _, s := range t.Resolve(verdict.Credential{Alignments: []verdict.Alignment{{TargetURL: ref.ID}}}) {
				if !slices.ContainsFunc(out, func(o skills.Skill) bool { return o.ID == s.ID }) {
					out = append(out, s)
				}
			}
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

var benchTerms = []string{
	"python", "java", "sql", "communication", "teamwork", "welding", "nursing", "first aid", "french", "spanish", "excel", "project management",
	"leadership", "machine learning", "customer service", "driving", "cooking", "accounting", "data", "design", "safety", "writing",
}

// Searches gives n three-word searches with every facet, for benchmarks.
func Searches(n int) ([]query.Query, error) {
	r := rand.New(rand.NewPCG(11, 11))
	out := make([]query.Query, n)
	for i := range out {
		a, b, c := pick(r, benchTerms), pick(r, benchTerms), pick(r, benchTerms)
		text := fmt.Sprintf(`"%s" "%s" "%s"`, a, b, c)
		if i%2 == 0 {
			text = fmt.Sprintf(`"%s" OR "%s" OR "%s"`, a, b, c)
		}
		q, err := query.New(text, query.Options{Now: Now, Facets: query.AllFacets()})
		if err != nil {
			return nil, err
		}
		out[i] = q
	}
	return out, nil
}

// Quantiles gives the median and the 99th percentile of some durations, which
// it sorts.
func Quantiles(d []time.Duration) (p50, p99 time.Duration) {
	if len(d) == 0 {
		return 0, 0
	}
	slices.Sort(d)
	return d[len(d)/2], d[min(len(d)-1, len(d)*99/100)]
}

// Questions gives n questions of three terms as they are typed, with every facet,
// for benchmarks: every other one in bare words, which tiers loosen where few have
// all of them, else with an OR.
func Questions(n int) ([]query.Query, error) {
	r := rand.New(rand.NewPCG(13, 13))
	out := make([]query.Query, n)
	for i := range out {
		text := strings.Join([]string{pick(r, benchTerms), pick(r, benchTerms), pick(r, benchTerms)}, []string{" ", " OR "}[i%2])
		q, err := query.New(text, query.Options{Now: Now, Facets: query.AllFacets()})
		if err != nil {
			return nil, err
		}
		out[i] = q
	}
	return out, nil
}

// Forgiving measures, in turns, a bare term query, which reads a page of documents,
// and whole answers (index.Search with its sections) to Questions, b.N of each. It
// prints how many times the bare query's p99 that of a full page is, and that of a
// thin answer, which has sections.
func Forgiving(b *testing.B, e index.Engine, tenant string, bare func(query.Query) error) {
	questions, err := Questions(b.N)
	if err != nil {
		b.Fatal(err)
	}
	var term, full, thin []time.Duration
	sections := 0
	b.ReportAllocs()
	b.ResetTimer()
	for _, q := range questions {
		start := time.Now()
		if err := bare(q); err != nil {
			b.Fatal(err)
		}
		term = append(term, time.Since(start))
		start = time.Now()
		res, err := index.Search(b.Context(), e, tenant, q)
		if err != nil {
			b.Fatal(err)
		}
		took := time.Since(start)
		if sections += len(res.Sections); len(res.Hits) < query.DefaultSize {
			thin = append(thin, took)
		} else {
			full = append(full, took)
		}
	}
	b.StopTimer()
	_, base := Quantiles(slices.Clone(term))
	for _, x := range []struct {
		name, unit string
		took       []time.Duration
	}{{"bare term query", "", term}, {"three terms, a full page", "full-ratio", full}, {"three terms, a thin answer", "thin-ratio", thin}} {
		p50, p99 := Quantiles(x.took)
		b.Logf("%-28s %6d asked  p50 %10v  p99 %10v  %.1f times", x.name, len(x.took), p50.Round(time.Microsecond), p99.Round(time.Microsecond), float64(p99)/float64(base))
		if x.unit != "" {
			b.ReportMetric(float64(p99)/float64(base), x.unit)
		}
	}
	b.Logf("%d sections in %d thin answers", sections, len(thin))
}
