package index

import (
	"errors"
	"strings"
	"testing"
	"time"

	"assay/index/query"
	"assay/index/record"
	"assay/index/record/recordtest"
	"assay/verify/verdict"
)

func TestHitRefusesOthers(t *testing.T) {
	q, err := query.New("python", query.Options{Now: recordtest.Now})
	if err != nil {
		t.Fatal(err)
	}
	a := recordtest.Folk["both"]
	r := NewResults(&q)
	if _, ok := r.Hit("acme", &a); !ok {
		t.Error("own applicant refused")
	}
	for _, tenant := range []string{"other", "", "acme ", "ACME", "acme*"} {
		if _, ok := r.Hit(tenant, &a); ok {
			t.Errorf("tenant %q sees acme's applicant", tenant)
		}
	}
	b := recordtest.Folk["java"]
	if _, ok := r.Hit("acme", &b); ok {
		t.Error("a document that does not match became a hit")
	}
	s := record.Stub(recordtest.Key, "acme", "both")
	q, _ = query.New("", query.Options{Now: recordtest.Now})
	r = NewResults(&q)
	if _, ok := r.Hit("acme", &s); ok {
		t.Error("an erased applicant became a hit")
	}
}

func TestCursor(t *testing.T) {
	q, err := query.New("python", query.Options{Now: recordtest.Now})
	if err != nil {
		t.Fatal(err)
	}
	pos := query.Position{Score: 10, Breadth: 2, Applied: 5, ID: "x", Seen: 20, Now: recordtest.Now.Unix()}
	c := SealCursor(recordtest.Key, "acme", &q, pos)
	open := func(key []byte, tenant, text, cursor string, o query.Options) error {
		o.Cursor = cursor
		o.Now = recordtest.Now.Add(time.Hour)
		q, err := query.New(text, o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := OpenCursor(key, tenant, &q)
		if err == nil && (*got != pos || q.Plan.Now != pos.Now) {
			t.Errorf("%+v at %d", got, q.Plan.Now)
		}
		return err
	}
	if err := open(recordtest.Key, "acme", "python", c, query.Options{}); err != nil {
		t.Error(err)
	}
	flipped := []byte(c)
	flipped[len(flipped)/2] ^= 1
	tests := []struct {
		desc string
		err  error
	}{
		{"another tenant", open(recordtest.Key, "other", "python", c, query.Options{})},
		{"another query", open(recordtest.Key, "acme", "java", c, query.Options{})},
		{"another include", open(recordtest.Key, "acme", "python", c, query.Options{Include: []verdict.Result{verdict.Pending}})},
		{"another order", open(recordtest.Key, "acme", "python", c, query.Options{Sort: query.SortRecency})},
		{"another choice", open(recordtest.Key, "acme", "python", c, query.Options{Choices: []query.Choice{{Facet: query.FacetTrust, Values: []string{"listed"}}}})},
		{"exact now", open(recordtest.Key, "acme", "python", c, query.Options{Exact: true})},
		{"another key", open([]byte("k"), "acme", "python", c, query.Options{})},
		{"changed", open(recordtest.Key, "acme", "python", string(flipped), query.Options{})},
		{"cut", open(recordtest.Key, "acme", "python", c[:10], query.Options{})},
		{"rubbish", open(recordtest.Key, "acme", "python", "!!", query.Options{})},
		{"long", open(recordtest.Key, "acme", "python", strings.Repeat("A", 100_000), query.Options{})},
	}
	for _, tt := range tests {
		if !errors.Is(tt.err, ErrCursor) {
			t.Errorf("%s: error %v", tt.desc, tt.err)
		}
	}
}

// A badge that is not verified does not name an issuer, and a moment of long ago
// is not asked again.
func TestFacetAndCursor(t *testing.T) {
	forged := recordtest.Application("f", recordtest.Badge{Name: "Python", Issuer: "college", Result: verdict.Rejected})
	forged.Claims[0].IssuerName = "Forge Mill"
	q, err := query.New("python include:rejected", query.Options{Now: recordtest.Now, Facets: []query.Facet{query.FacetIssuer}})
	if err != nil {
		t.Fatal(err)
	}
	r := NewResults(&q)
	for _, a := range []record.Application{forged, recordtest.Folk["both"]} {
		h, ok := r.Hit("acme", &a)
		if !ok {
			t.Fatal("no hit")
		}
		r.Hits = append(r.Hits, h)
	}
	r.AddFacet(query.FacetIssuer, map[string]int{"college": 2})
	if l := r.Facets[0].Buckets[0].Label; l != "The college" {
		t.Errorf("the issuer is called %q", l)
	}
	cursor := SealCursor(recordtest.Key, "acme", &q, q.Position(&forged, 1, 1))
	for age, want := range map[time.Duration]error{0: nil, 59 * time.Minute: nil, 61 * time.Minute: ErrCursor, -61 * time.Minute: ErrCursor} {
		later, err := query.New("python include:rejected", query.Options{Now: recordtest.Now.Add(age), Facets: []query.Facet{query.FacetIssuer}, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := OpenCursor(recordtest.Key, "acme", &later); !errors.Is(err, want) {
			t.Errorf("after %v: %v", age, err)
		}
	}
}
