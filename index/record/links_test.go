package record_test

import (
	"testing"

	"assay/index/record"

	"github.com/google/go-cmp/cmp"
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
