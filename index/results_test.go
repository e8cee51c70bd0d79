package index

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
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
		if err == nil && (!reflect.DeepEqual(*got, pos) || q.Plan.Now != pos.Now) {
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
		{"another choice", open(recordtest.Key, "acme", "python", c, query.Options{Choices: []query.Choice{{Facet: query.FacetStanding, Values: []string{"listed"}}}})},
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

// Attack 158: the name in the texts of a hit, its reasons, what is marked in them,
// its cursor, and as what is asked for.
func TestAttack158BlindHit(t *testing.T) {
	a := record.New(recordtest.Key, record.Submission{Tenant: "acme", Application: "zaphod-1", Job: "Zaphod's job", Candidate: "zaphod", DisplayName: "Zaphod Beeblebrox",
		Submitted: recordtest.Day("2026-05-01"), Checked: recordtest.Day("2026-05-01")}, []record.Entry{
		recordtest.Entry(recordtest.Badge{Name: "Python course of Zaphod", Issuer: "https://beeblebrox.example", Tags: []string{"glazing by Zaphod"}, Level: "Zaphod"}),
		recordtest.Entry(recordtest.Badge{Name: "Zaphod's knots", Issuer: "https://college.example", Result: verdict.Rejected}),
	}, []record.Unread{{Where: "zaphod.pdf", Reason: "encrypted"}})
	ask := func(text string, blind bool) (*Results, Hit, bool) {
		q, err := query.New(text, query.Options{Now: recordtest.Now, Blind: blind, Include: []verdict.Result{verdict.Rejected}, Facets: query.AllFacets()})
		if err != nil {
			t.Fatal(err)
		}
		r := NewResults(&q)
		h, ok := r.Hit("acme", &a)
		q.Plan.CountFacets(&a, []query.Facet{query.FacetIssuer}, func(f query.Facet, v string) { r.AddFacet(f, map[string]int{v: 1}) })
		return r, h, ok
	}
	asJSON := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return strings.ToLower(string(raw))
	}
	for text, want := range map[string]string{"python": "Python course of •••", "course": "Python course of •••", "glazing": "Python course of •••", "": "Python course of •••", "knots": "•••’s knots"} {
		r, h, ok := ask(text, true)
		if s := asJSON(h) + asJSON(r.Facets); !ok || strings.Contains(s, "zaphod") || strings.Contains(s, "beeble") {
			t.Errorf("%q: %v, %s", text, ok, s)
		}
		why := append(h.Why, h.Proven...)
		if len(why) == 0 || text != "knots" && why[0].Name != want || len(h.Refused) != 1 || h.Refused[0].Name != "••• knots" && h.Refused[0].Name != "•••'s knots" || h.Application != a.ID || h.Counts.Verified != 1 || h.Breadth.Credentials != 1 {
			t.Errorf("%q: %+v", text, h)
		}
		for _, m := range why {
			for _, s := range m.NameSpans {
				if s.End > len(m.Name) {
					t.Errorf("%q: marks %v in %q", text, s, m.Name)
				}
			}
		}
	}
	for _, text := range []string{"zaphod", "zaphot", `"course of zaphod"`, "issuer:beeblebrox", "job:zaphod", "skill:zaphod"} {
		if _, _, ok := ask(text, true); ok {
			t.Errorf("%s finds the applicant", text)
		}
		if _, h, ok := ask(text, false); !ok || !strings.Contains(asJSON(h), "zaphod") {
			t.Errorf("%s does not find the applicant for whoever sees names", text)
		}
	}
	// What the reader typed is not masked: that would say whose name it is.
	a2 := record.New(recordtest.Key, record.Submission{Tenant: "acme", Application: "a", DisplayName: "Ann Python", Submitted: recordtest.Day("2026-05-01"), Checked: recordtest.Day("2026-05-01")},
		[]record.Entry{recordtest.Entry(recordtest.Badge{Name: "Python", Issuer: "college"})}, nil)
	q, err := query.New("python", query.Options{Now: recordtest.Now, Blind: true})
	if err != nil {
		t.Fatal(err)
	}
	if h, ok := NewResults(&q).Hit("acme", &a2); !ok || h.Why[0].Term != "python" || strings.Contains(h.Why[0].Label, record.Masked) || h.Why[0].Name != "Python" {
		t.Errorf("%v %+v", ok, h.Why)
	}
	barred, err := query.New("course", query.Options{Now: recordtest.Now, Blind: true})
	if err != nil {
		t.Fatal(err)
	}
	barred.Plan = barred.Plan.Bar([]string{"https://beeblebrox.example"})
	if _, _, ok := barred.Plan.Match(&a); ok {
		t.Error("a blocked issuer whose id names the applicant counts for a blind reader")
	}
	open := q
	open.Plan.Blind = false
	open.Cursor = SealCursor(recordtest.Key, "acme", &q, query.Position{ID: "x", Now: recordtest.Now.Unix()})
	if _, err := OpenCursor(recordtest.Key, "acme", &open); !errors.Is(err, ErrCursor) {
		t.Errorf("a blind reader's cursor for whoever sees names: %v", err)
	}
}

// Of several names of an issuer the same one is shown, in whatever order hits are made.
func TestWhatIssuersAreCalled(t *testing.T) {
	q, err := query.New("python", query.Options{Now: recordtest.Now, Facets: []query.Facet{query.FacetIssuer}})
	if err != nil {
		t.Fatal(err)
	}
	var docs []record.Application
	for _, name := range []string{"The college", "College, The"} {
		a := recordtest.Application(name[:3], recordtest.Badge{Name: "Python", Issuer: "college"})
		for i := range a.Claims {
			a.Claims[i].IssuerName = name
		}
		docs = append(docs, a)
	}
	for range 2 {
		r := NewResults(&q)
		for i := range docs {
			if _, ok := r.Hit("acme", &docs[i]); !ok {
				t.Fatal("no hit")
			}
		}
		r.AddFacet(query.FacetIssuer, map[string]int{"college": 2})
		if l := r.Facets[0].Buckets[0].Label; l != "College, The" {
			t.Errorf("the issuer is called %q", l)
		}
		slices.Reverse(docs)
	}
}
