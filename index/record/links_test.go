package record_test

import (
	"testing"

	"assay/index/record"
	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// A document keeps what is asked again first, and counts what it does not list.
func TestKeepLinks(t *testing.T) {
	var links []record.Link
	for range 2 * record.MaxLinks {
		links = append(links, record.Link{URL: "https://a.example/", Reason: "policy"})
	}
	links = append(links, record.Link{URL: "https://b.example/", Reason: "no_answer", Pending: true}, record.Link{URL: "https://c.example/", Reason: "refused"},
		record.Link{URL: "https://d.example/", Reason: "policy", More: 7})
	kept := record.KeepLinks(links)
	if len(kept) != record.MaxLinks+1 || kept[0].Reason != "no_answer" || kept[record.MaxLinks].Reason != "refused" {
		t.Fatalf("%d kept, first %+v, last %+v", len(kept), kept[0], kept[len(kept)-1])
	}
	a := record.Application{NotFollowed: kept}
	if all, pending := a.LinksOf(); all != len(links)+7 || pending != 1 {
		t.Errorf("%d links, %d pending, want %d and 1", all, pending, len(links)+7)
	}
	if again := record.KeepLinks(kept); !cmp.Equal(kept, again) {
		t.Error("what was kept once is kept otherwise")
	}
	if got := record.KeepLinks([]record.Link{{Where: "a\x1bb", URL: "https://a.example/\u202e", Reason: "policy"}}); got[0].Where != "ab" || got[0].URL != "https://a.example/" {
		t.Errorf("%+v", got)
	}
}

// A verdict alone is what it was before others were known to hold the credential.
func TestAlone(t *testing.T) {
	pass := verdict.Aspect{State: verdict.Pass}
	v := verdict.Verdict{Result: verdict.Verified, Identity: "one", Aspects: verdict.Aspects{Integrity: pass, Issuer: pass, Status: pass, Dates: pass, Recipient: pass, Standing: pass, Conformance: pass}}
	a := record.New([]byte("key"), record.Submission{Tenant: "acme", Application: "A-1", Persons: []string{"one"}}, []record.Entry{{Where: "cv", Verdict: v}}, nil)
	whole := a.Credentials[0].Verdict
	for _, proven := range []bool{false, true} {
		if !record.Share(&a, []record.Holder{{Application: "A-2", Persons: []string{"two"}, Held: []record.Held{{Key: a.Credentials[0].Key, Proven: proven}}}}) {
			t.Fatal("nothing is told of the other")
		}
		c := a.Credentials[0]
		if d := cmp.Diff(whole, c.Alone(), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("alone (-want +got):\n%s", d)
		}
		if c = a.Credentials[0]; c.Elsewhere == "" || len(c.Verdict.Warnings) != 1 || proven != (c.Verdict.Result == verdict.Authentic) {
			t.Errorf("the record has changed: %+v", c)
		}
	}
}
