package local

import (
	"reflect"
	"slices"
	"testing"

	"assay/index/record"
)

// What collects garbage passes claims and what they hide by.
func TestClaimsHoldNoPointers(t *testing.T) {
	for _, v := range []any{claim{}, blindTexts{}, column{}} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			switch f := typ.Field(i); f.Type.Kind() {
			case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Int32, reflect.Int64, reflect.Bool:
			default:
				t.Errorf("%v.%s is a %v", typ, f.Name, f.Type)
			}
		}
	}
}

// A row has its texts in a piece of its own, and leaves the record's as they are.
func TestPackedRow(t *testing.T) {
	rec := &stored{Tenant: "acme", Application: "a-1", Persons: []string{"p1", "", "p2"}, Held: []record.Held{{Key: "k", Proven: true}}, Candidate: "c", JobWords: "a job", BlindJob: "job",
		Flat: record.Flat{Skills: []string{"x", "y", "x"}, Years: []string{"2025"}, Ties: []string{"tie"}}}
	terms := newTerms()
	r := terms.row("id", rec)
	if r.id != "id" || r.application != "a-1" || r.candidate != "c" || r.jobWords != "a job" || r.blindJob != "job" ||
		!slices.Equal(r.persons, []string{"p1", "", "p2"}) || !slices.Equal(r.held, rec.Held) {
		t.Errorf("%+v", r)
	}
	r.persons[0], r.held[0].Proven = "other", false
	if rec.Persons[0] != "p1" || !rec.Held[0].Proven {
		t.Error("the record's own texts are the row's")
	}
	for facet, want := range map[int][]string{facetSkill: {"x", "y"}, facetSoft: nil, facetYear: {"2025"}, facets: {"tie"}} {
		var got []string
		for _, v := range r.flat(facet) {
			got = append(got, terms.list()[v])
		}
		if !slices.Equal(got, want) {
			t.Errorf("facet %d: %q, want %q", facet, got, want)
		}
	}
}
