package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"assay/index/query"
	"assay/index/record"
	"assay/index/web/look"
	"assay/verify/verdict"
)

// TestCutTextsAreSaid: a text that is cut says so wherever the cut falls, and what the
// question met is not cut off.
func TestCutTextsAreSaid(t *testing.T) {
	long := strings.Repeat("a", shownText)
	for _, tc := range []struct {
		text  string
		spans []query.Span
		want  []look.Part
	}{
		{"rope access", []query.Span{{Start: 0, End: 4}}, []look.Part{{Text: "rope", Mark: true}, {Text: " access"}}},
		{long + "b", []query.Span{{Start: 0, End: shownText}}, []look.Part{{Text: long, Mark: true}, {Text: "…"}}},
		{long + "rope", []query.Span{{Start: shownText, End: shownText + 4}}, []look.Part{{Text: "…"}, {Text: long[4:]}, {Text: "rope", Mark: true}}},
		{long, []query.Span{{Start: 0, End: 1}}, []look.Part{{Text: "a", Mark: true}, {Text: long[1:]}}},
	} {
		if got := parts(tc.text, tc.spans, false); fmt.Sprint(got) != fmt.Sprint(tc.want) {
			t.Errorf("%s %v: %v, want %v", tc.text, tc.spans, got, tc.want)
		}
	}
}

// TestCutsAreSaid: a page that shows the first of many says that there are more.
func TestCutsAreSaid(t *testing.T) {
	s := open(t, stood()...)
	for path, want := range map[string]string{
		"/?q=" + url.QueryEscape("teamwork include:all,unsupported"): "Those held most; others are found by their name.",
		"/match?required=teamwork&left=3":                            "3 skills of the form are left out: more than a match takes.",
	} {
		if _, page, _ := get(t, s, path); !strings.Contains(seenText(page), want) {
			t.Errorf("%s: no %q", path, want)
		}
	}
	a := &asked{speaks: english(t), Request: newGet(t), p: url.Values{}}
	if got := a.left(&verdict.Counts{Verified: record.MaxCredentials - 1, Unsupported: 3}); got != "1 not judged, 2 not kept" {
		t.Error(got)
	}
	x := verdict.Aspect{Evidence: make([]verdict.Evidence, maxSources+2)}
	if got := a.sourcesOf(&x); len(got) != 1 || got[0].Read != "2 further places were read" {
		t.Errorf("%+v", got)
	}
}

func newGet(t *testing.T) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFeedSaysThatItIsCut: a feed of the newest says of how many.
func TestFeedSaysThatItIsCut(t *testing.T) {
	var all []record.Application
	for i := range maxFeed + 1 {
		all = append(all, applicant("acme", fmt.Sprint("A", i), "", firstAid(verdict.Verified, "")))
	}
	s := newSaver(t, all...)
	token := s.feed(t, "of Jo", s.keep(t, "of Jo", "searches", url.Values{"name": {"x"}, "q": {"q=teamwork"}}))
	for form, want := range map[string]string{".atom": "<subtitle>50 of 51 applicants, the newest</subtitle>", ".json": `"description":"50 of 51 applicants, the newest"`} {
		if _, body, _ := as(t, s.Server, "", "/feeds/"+token+form); !strings.Contains(body, want) {
			t.Errorf("%s: %.300s", form, body)
		}
	}
}
