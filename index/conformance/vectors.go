package conformance

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"

	"github.com/rogpeppe/go-internal/txtar"
)

//go:embed testdata/vectors/*.txt
var vectors embed.FS

// unasked are the fields of a document that no vector names, and why.
var unasked = map[string]string{
	"version": "of writes, see suite.write", "candidate": "stored", "persons": "marks, given as written by holders: see suite.holders",
	"display_name": "stored, never searched", "checked_at": "stored", "claims": "member by member", "counts": "stored", "own": "stored", "blind_rule": "stored",
	"held": "member by member", "held.elsewhere": "given as written by holders, see suite.holders", "breadth": "by its skills", "flat": "member by member",
	"claims.credential": "stored", "claims.basis": "stored", "claims.domain": "stored", "claims.level": "by scale and rank",
	"claims.issuer_name": "stored", "claims.expires": "by until", "claims.url": "stored", "claims.code": "stored", "claims.named": "stored",
	"flat.ancestors": "stored", "flat.domains": "stored",
	"breadth.domains": "stored", "breadth.soft_skills": "stored", "breadth.credentials": "stored", "breadth.issuers": "stored", "breadth.years": "stored",
	"breadth.first": "stored", "breadth.last": "stored", "breadth.next_expiry": "stored",
}

// Vectors asks an engine every vector of our own (testdata/vectors): what it must
// answer stands in it. Every field of a document is named by one. open is as for Run.
func Vectors(t *testing.T, open func(t *testing.T) index.Engine) {
	files, err := vectors.ReadDir("testdata/vectors")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	var mu sync.Mutex
	named, ran := map[string]bool{}, 0
	t.Run("files", func(t *testing.T) {
		for _, file := range files {
			t.Run(strings.TrimSuffix(file.Name(), ".txt"), func(t *testing.T) {
				t.Parallel()
				records, lines := readVectors(t, path.Join("testdata/vectors", file.Name()))
				e := open(t)
				put(t, e, records...)
				for _, v := range lines {
					t.Run(v.what, func(t *testing.T) {
						if got := v.ask(t, e, records); got != v.answer {
							t.Errorf("%s %q, %v:\n  %s\nwant\n  %s", v.verb, v.text, v.options, got, v.answer)
						}
					})
				}
				mu.Lock()
				defer mu.Unlock()
				ran++
				for _, v := range lines {
					for _, f := range v.fields {
						named[f] = true
					}
				}
			})
		}
	})
	if ran < len(files) { // there is no engine, or -run asked for a part of them
		return
	}
	known := fieldsOf()
	for f := range known {
		if _, excused := unasked[f]; named[f] == excused {
			t.Errorf("%s: named by a vector %v, excused %v", f, named[f], excused)
		}
	}
	for f := range named {
		if !known[f] {
			t.Errorf("%s: no field of a document", f)
		}
	}
}

// fieldsOf names the fields of a document, and the facets.
func fieldsOf() map[string]bool {
	out := map[string]bool{}
	add := func(path string, of any) {
		for f := range reflect.TypeOf(of).Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			out[path+name] = true
		}
	}
	add("", record.Application{})
	add("claims.", record.Claim{})
	add("held.", record.Held{})
	add("flat.", record.Flat{})
	add("breadth.", record.Breadth{})
	for _, f := range query.AllFacets() {
		out["facet."+string(f)] = true
	}
	return out
}

// vector is a line: what is asked, and what must be answered.
type vector struct {
	what    string
	fields  []string
	verb    string
	text    string
	options []string
	answer  string
}

// readVectors reads the records of a file, and its lines.
func readVectors(t *testing.T, name string) (records []record.Application, lines []vector) {
	t.Helper()
	raw, err := vectors.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	a := txtar.Parse(raw)
	if len(a.Files) != 2 {
		t.Fatalf("%s: %d parts, want records and what is asked", name, len(a.Files))
	}
	for line := range strings.Lines(string(a.Files[0].Data)) {
		records = append(records, RecordOf(t, line))
	}
	for line := range strings.Lines(string(a.Files[1].Data)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 {
			t.Fatalf("%s: %q is no line of the table", name, line)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		verb, text, _ := strings.Cut(cells[2], " ")
		lines = append(lines, vector{cells[0], strings.Fields(cells[1]), verb, text, strings.Fields(cells[3]), cells[4]})
	}
	return records, lines
}

// RecordOf makes the document of a record of a vector.
func RecordOf(t *testing.T, line string) record.Application {
	t.Helper()
	var r struct {
		Tenant, Application, Job, Applied, Shown string
		Mails                                    []string
		Unread                                   int
		Badges                                   []struct {
			Name                                                                string
			Skills                                                              []string
			Issuer, Calls, Standing, Earned, Expires, About, Level, Achievement string
			Result                                                              verdict.Result
			Key                                                                 string
			Proven                                                              bool
		}
	}
	dec := json.NewDecoder(strings.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	p := person{name: r.Application, shown: r.Shown, mails: r.Mails, job: r.Job, applied: r.Applied, unread: r.Unread}
	for _, b := range r.Badges {
		p.badges = append(p.badges, badge{name: b.Name, skills: b.Skills, issuer: party{b.Issuer, b.Calls}, result: b.Result, standing: b.Standing,
			earned: b.Earned, expires: b.Expires, about: b.About, level: b.Level, id: b.Achievement})
	}
	a := p.document(cmp.Or(r.Tenant, "acme"))
	for i, b := range r.Badges {
		a.Credentials[i].Key, a.Credentials[i].Proven = b.Key, b.Proven
	}
	record.Refresh(&a)
	return a
}

// ask asks an engine and gives its answer as the files write it.
func (v *vector) ask(t *testing.T, e index.Engine, records []record.Application) string {
	tenant, o := v.optionsOf(t)
	ctx := t.Context()
	var out []string
	switch v.verb {
	case "search":
		r := search(t, e, tenant, v.text, o)
		out = names(r)
		if o.Sort == "" {
			slices.Sort(out)
		}
		if r.Total != len(r.Hits) { // what the engine found and the second look refused
			out = append(out, fmt.Sprintf("of %d", r.Total))
		}
		for _, f := range r.Facets {
			var counts []string
			for _, b := range f.Buckets {
				counts = append(counts, fmt.Sprintf("%s=%d", b.Value, b.Count))
			}
			out = append(out, "<"+strings.Join(counts, " ")+">")
		}
	case "suggest":
		list, err := e.Suggest(ctx, tenant, index.SuggestSkill, v.text, 5)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			out = append(out, fmt.Sprintf("%s=%d", s.Label, s.Count))
		}
	case "issuers":
		list, err := e.Issuers(ctx, tenant)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range list {
			out = append(out, fmt.Sprintf("%s=%d", i.ID, i.Applications))
		}
	case "holders":
		list, err := e.Holders(ctx, tenant, []string{v.text})
		if err != nil {
			t.Fatal(err)
		}
		confirmed := func(h record.Holder) bool {
			return slices.ContainsFunc(h.Held, func(k record.Held) bool { return k.Key == v.text && k.Proven })
		}
		for n := 0; len(list) > 0; list, n = list[n:], 0 { // those that are alike come in any order
			var alike []string
			for n < len(list) && confirmed(list[n]) == confirmed(list[0]) {
				alike = append(alike, list[n].Application)
				n++
			}
			slices.Sort(alike)
			out = append(out, alike...)
		}
	case "erase":
		if err := e.Erase(ctx, tenant, v.text); err != nil {
			t.Fatal(err)
		}
		refresh(t, e)
		return "erased"
	case "get":
		return v.get(t, e, tenant, records)
	default:
		t.Fatalf("%q is no question", v.verb)
	}
	return strings.Join(out, " ")
}

// get compares a document with what was written.
func (v *vector) get(t *testing.T, e index.Engine, tenant string, records []record.Application) string {
	a, err := e.Get(t.Context(), tenant, v.text)
	switch {
	case errors.Is(err, index.ErrNotFound):
		return "none"
	case errors.Is(err, index.ErrErased):
		return "erased"
	case err != nil:
		t.Fatal(err)
	}
	got, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		if r := &records[i]; r.Tenant == tenant && r.Application == v.text {
			want, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Equal(got, want) {
				return "as written"
			}
		}
	}
	return string(got)
}

func (v *vector) optionsOf(t *testing.T) (tenant string, o query.Options) {
	tenant, o = "acme", query.Options{Now: Now, Size: query.MaxSize}
	for _, w := range v.options {
		name, value, _ := strings.Cut(w, "=")
		switch name {
		case "tenant":
			tenant = value
		case "exact":
			o.Exact = true
		case "blind":
			o.Blind = true
		case "sort":
			o.Sort = query.Sort(value)
		case "include":
			o.Include = append(o.Include, verdict.Result(value))
		case "count":
			o.Facets = append(o.Facets, query.Facet(value))
		case "now":
			now, err := time.Parse(time.RFC3339, value)
			if err != nil {
				now = day(value)
			}
			o.Now = now
		default:
			o.Choices = append(o.Choices, query.Choice{Facet: query.Facet(name), Values: []string{value}})
		}
	}
	return tenant, o
}
