package verify

import (
	"errors"
	"fmt"
	"testing"

	"assay/verify/standing"
	"assay/verify/verdict"
)

// TestDecisionKey: what names the same issuer has one key, and what names another
// has another.
func TestDecisionKey(t *testing.T) {
	for _, same := range [][]Decision{
		{{Issuer: "mill.example"}, {Issuer: "MILL.example"}, {Issuer: "https://www.mill.example/"}, {Issuer: "http://mill.example:8080", Block: true}, {Issuer: "did:web:mill.example", Block: true}, {Issuer: "https://ｍｉｌｌ.example/"}},
		{{Issuer: "https://mill.example/a/"}, {Issuer: "https://www.MILL.example:443/a/", Block: true}},
		{{Issuer: "https://mill.example/a"}, {Issuer: "http://mill.example/a", Block: true}},
		{{Issuer: "did:web:mill.example"}, {Issuer: " did:web:MILL.example#key "}},
		{{Issuer: "did:key:z1"}, {Issuer: "did:key:z1", Block: true}},
		{{Issuer: "did:key:Z1"}},
		{{Issuer: "https://mühle.example"}, {Issuer: "xn--mhle-0ra.example", Block: true}},
	} {
		want, err := same[0].Key()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range same {
			if got, err := d.Key(); err != nil || got != want {
				t.Errorf("%+v: %q, %v, want %q", d, got, err, want)
			}
		}
	}
	for _, bad := range []Decision{{Issuer: ""}, {Issuer: "MIT"}, {Issuer: "mailto:a@b.example"}, {Issuer: "mill.example:8443"}, {Issuer: "", Block: true}} {
		if _, err := bad.Key(); !errors.Is(err, ErrTrust) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	d := Decision{Issuer: "mill.example", Block: true}
	for id, want := range map[string]bool{"https://a.mill.example/x": true, "did:web:mill.example": true, "https://notmill.example/": false, "": false, "did:key:z1": false} {
		if d.Of(id) != want || (Decision{Issuer: "MIT"}).Of(id) {
			t.Errorf("%q: %v", id, !want)
		}
	}
}

// BenchmarkDecide decides a badge by an employer who has chosen a registry of
// 5,000 issuers, trusts 50 and blocks 50: what standing costs a badge, and what
// deciding it again does.
func BenchmarkDecide(b *testing.B) {
	r := Registry{Title: "Registry", Entries: map[string]string{}}
	for i := range 5000 {
		r.Entries[fmt.Sprintf("did:web:college%d.example", i)] = fmt.Sprintf("College of Sciences %d", i)
	}
	var all []Decision
	for i := range 50 {
		all = append(all, Decision{Issuer: fmt.Sprintf("academy%d.example", i), Name: fmt.Sprintf("Academy %d", i)}, Decision{Issuer: fmt.Sprintf("mill%d.example", i), Block: true})
	}
	tr, err := (*Trust)(nil).WithRegistry(r).With(all...)
	if err != nil {
		b.Fatal(err)
	}
	p := Policy{Trust: tr}
	for _, tc := range []struct{ name, id string }{
		{"listed", "did:web:college7.example"}, {"domain", "https://badges.example.org/issuer"}, {"key", "did:key:z6MkgeRi5oS4cdwLHcYDjuaj9VdTcwJ48qWuM1Zt8eeo4wTR"}, {"blocked", "https://www.mill7.example/issuers/1"},
	} {
		b.Run(tc.name, func(b *testing.B) {
			v := Verdict{Format: verdict.OB30, Credential: Credential{Issuer: verdict.Party{ID: tc.id, Name: "An Issuer of Badges"}}}
			v.Aspects.Integrity.State, v.Aspects.Issuer.State, v.Aspects.Dates.State, v.Aspects.Status.State = verdict.Pass, verdict.Pass, verdict.Pass, verdict.None
			b.ReportAllocs()
			for b.Loop() {
				v.Backing = standing.Of(tc.id, nil)
				Decide(&v, p)
			}
		})
	}
}
