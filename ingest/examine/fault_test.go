package examine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/extract"
	"assay/index/skills"
	"assay/verify"
	"assay/verify/fetch"
	"assay/verify/guard"
	"assay/verify/verdict"
)

const faultWords = "words of a document"

// failing fails where a document or a link says so.
type failing struct{ script }

func (f failing) Extract(ctx context.Context, d extract.Document) (extract.Result, error) {
	if string(d.Data) == "fail" || string(d.Data) == "https://link.example/fail" {
		panic(faultWords)
	}
	return f.script.Extract(ctx, d)
}

type failingWeb struct{ *web }

func (f failingWeb) Fetch(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	if strings.HasSuffix(r.URL, "/fail") {
		panic(faultWords)
	}
	return f.web.Fetch(ctx, r)
}

// A fault of assay's own costs what it failed on, and nothing else: the rest of
// the application is found, and the error says that there was one.
func TestE06_Faults(t *testing.T) {
	table := []struct {
		desc   string
		docs   []string
		links  []string
		badges int    // taxonomies that are given out before one fails; 0 = none fails
		faults string // where, one a line
		found  string // result/reason of each finding, document by document
		unread string // document: reason
		not    string // links that were not followed: URL: reason
	}{
		{desc: "none", docs: []string{`json {"a":1}`}, found: "unsupported/format_unknown"},
		{desc: "a document cannot be read", docs: []string{`json {"a":1}`, "fail", `json {"b":1}`},
			faults: "reading a document", found: "unsupported/format_unknown unsupported/format_unknown", unread: "doc1: reader_failed"},
		{desc: "a link cannot be looked up", docs: []string{`json {"a":1}`}, links: []string{"https://link.example/fail", "https://link.example/x"},
			faults: "reading a link\nfollowing a link", found: "unsupported/format_unknown", not: "https://link.example/fail: internal_fault https://link.example/x: no_answer"},
		{desc: "a link cannot be followed", docs: []string{"likely https://likely.example/fail\nlikely https://likely.example/good"},
			faults: "following a link", found: "unsupported/format_unknown", not: "https://likely.example/fail: internal_fault"},
		{desc: "a badge's own link cannot be followed", docs: []string{"bake https://bake.example/fail\nlikely https://likely.example/good"},
			faults: "following a link", found: "unsupported/internal_fault unsupported/format_unknown", not: "https://bake.example/fail: internal_fault"},
		{desc: "what is behind a link cannot be read", docs: []string{"known https://known.example/unreadable", `json {"a":1}`},
			faults: "following a link", found: "unsupported/internal_fault unsupported/format_unknown", not: "https://known.example/unreadable: internal_fault"},
		{desc: "skills cannot be resolved", docs: []string{`json {"a":1}`, `json {"b":1}`, `json {"c":1}`}, badges: 1,
			faults: "judging a badge", found: "unsupported/format_unknown unsupported/internal_fault unsupported/format_unknown"},
	}
	for _, tt := range table {
		t.Run(tt.desc, func(t *testing.T) {
			v, err := verify.New(verify.Options{Fetcher: Budgeted(fetch.Offline())})
			if err != nil {
				t.Fatal(err)
			}
			asked, builtin := 0, skills.Builtin()
			e, err := New(Options{Extraction: failing{}, Verifier: v, Limits: Limits{Parallel: 1},
				Fetcher: failingWeb{&web{pages: map[string]string{"https://likely.example/good": `json {"z":1}`, "https://known.example/unreadable": "fail"}}},
				Taxonomy: func() *skills.Taxonomy {
					if asked++; tt.badges > 0 && asked == tt.badges+1 {
						panic(faultWords)
					}
					return builtin
				}})
			if err != nil {
				t.Fatal(err)
			}
			var in Input
			for i, d := range tt.docs {
				in.Documents = append(in.Documents, extract.Document{Name: fmt.Sprintf("doc%d", i), Data: []byte(d)})
			}
			in.Links = tt.links
			var reports []Report
			done := make(chan struct{})
			go func() {
				defer close(done)
				reports, err = e.Examine(t.Context(), in)
			}()
			select {
			case <-done:
			case <-time.After(20 * time.Second):
				t.Fatal("after a fault, the rest waits for ever")
			}
			var where, found, unread, not []string
			for _, f := range guard.Faults(err) {
				where = append(where, f.Where)
			}
			if errors.Is(err, guard.ErrFault) != (tt.faults != "") || err != nil && strings.Contains(err.Error(), faultWords) {
				t.Errorf("error %v", err)
			}
			if len(reports) != len(tt.docs)+len(tt.links) {
				t.Fatalf("%d reports", len(reports))
			}
			for _, r := range reports {
				for _, f := range r.Findings {
					found = append(found, fmt.Sprintf("%s/%s", f.Result, f.Reason))
					for q, a := range map[string]verdict.Aspect{"integrity": f.Aspects.Integrity, "issuer": f.Aspects.Issuer} {
						if f.Reason == verdict.InternalFault && a.State != verdict.None {
							t.Errorf("%s is %q", q, a.State)
						}
					}
				}
				for _, u := range r.Unread {
					unread = append(unread, r.Document+": "+string(u.Reason))
				}
				for _, u := range r.NotFollowed {
					not = append(not, u.URL+": "+string(u.Reason))
				}
			}
			for what, x := range map[string][2]string{"faults": {tt.faults, strings.Join(where, "\n")}, "found": {tt.found, strings.Join(found, " ")},
				"unread": {tt.unread, strings.Join(unread, " ")}, "not followed": {tt.not, strings.Join(not, " ")}} {
				if x[0] != x[1] {
					t.Errorf("%s: %q, want %q", what, x[1], x[0])
				}
			}
		})
	}
}

// endless is a web of which one host never answers, whatever its context says.
type endless struct {
	*web
	over chan struct{}
}

func (e endless) Fetch(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	if strings.HasPrefix(r.URL, "https://known.example/endless") {
		<-e.over
		return nil, fetch.ErrTimeout
	}
	return e.web.Fetch(ctx, r)
}

// TestAttack113_LinkWithoutEnd: a host that never answers costs an application its
// time and not its slot, and what else was found is told.
func TestAttack113_LinkWithoutEnd(t *testing.T) {
	v, err := verify.New(verify.Options{Fetcher: Budgeted(fetch.Offline())})
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	e, err := New(Options{Extraction: failing{}, Verifier: v, Limits: Limits{Application: 300 * time.Millisecond}, Fetcher: endless{&web{}, over}})
	if err != nil {
		t.Fatal(err)
	}
	type answer struct {
		reports []Report
		err     error
	}
	done := make(chan answer, 1)
	go func() {
		r, err := e.Examine(t.Context(), Input{Documents: []extract.Document{{Name: "doc", Data: []byte("known https://known.example/endless\njson {\"a\":1}")}}})
		done <- answer{r, err}
	}()
	select {
	case a := <-done:
		if a.err != nil || len(a.reports) != 1 || len(a.reports[0].Findings) != 2 || len(a.reports[0].NotFollowed) != 1 || a.reports[0].NotFollowed[0].Reason != SkippedTime {
			t.Errorf("%+v, %v", a.reports, a.err)
		}
		for _, f := range a.reports[0].Findings {
			if f.Reason != verdict.LimitTime {
				t.Errorf("%s %s: what was not judged for want of time", f.Result, f.Reason)
			}
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it is waited for")
	}
	if n := e.Left(); n != 1 {
		t.Errorf("%d are left, want 1", n)
	}
	close(over)
	for end := time.Now().Add(10 * time.Second); e.Left() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it is left for ever")
		}
	}
}
