package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"assay/extract"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/fetch"
	"assay/verify/guard"
	"assay/verify/verdict"

	"go.uber.org/zap"
)

// What the documents prove by themselves is told without asking anybody; what hosts have
// said once counts among it.
func TestDocumentsFirst(t *testing.T) {
	s, err := newSampler()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if s.academy, err = newAcademy(t.Context(), s, "http://"+l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := s.publish(dir); err != nil {
		t.Fatal(err)
	}
	site := httptest.NewUnstartedServer(http.FileServer(http.Dir(dir)))
	site.Listener.Close()
	site.Listener = l
	site.Start()
	defer site.Close()
	j := judging{Follow: "likely", QR: "never", Accept: "account", AllowHost: []string{l.Addr().String()}}
	if j.registry, err = s.registry(); err != nil {
		t.Fatal(err)
	}
	f, err := openFrameworks("")
	if err != nil {
		t.Fatal(err)
	}
	e := &env{ctx: t.Context(), log: zap.NewNop()}
	in, err := j.open(e, &guard.Watch{}, "", 1, f)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.close() }()
	sub, err := s.resume(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	look := func(asks func(context.Context) (func(), error), links ...string) (map[verdict.Result]int, map[verdict.Reason]int, []examine.Unfollowed) {
		t.Helper()
		read := false
		reports, err := in.examiner.Examine(t.Context(), examine.Input{Tenant: "acme", Application: "A-1", Links: links, Asks: asks, Read: func() { read = true },
			Documents: []extract.Document{{Name: "cv.pdf", ContentType: "application/pdf", Data: sub.Files[0].Data}},
			Applicant: verify.Applicant{Emails: sub.Applicant.Emails, Proven: sub.Applicant.Proven}})
		if err != nil || !read {
			t.Fatal(err, read)
		}
		results, reasons := map[verdict.Result]int{}, map[verdict.Reason]int{}
		var left []examine.Unfollowed
		for _, r := range reports {
			for _, f := range r.Findings {
				results[f.Result]++
				reasons[f.Reason]++
			}
			left = append(left, r.NotFollowed...)
		}
		return results, reasons, left
	}
	var asked atomic.Int64
	later := func(context.Context) (func(), error) {
		asked.Add(1)
		return nil, fetch.ErrLater
	}
	if results, reasons, _ := look(later); results[verdict.Pending] != 3 || reasons[verdict.BeingAsked] != 3 || asked.Load() == 0 {
		t.Errorf("at first: %v, %v, %d questions", results, reasons, asked.Load())
	}
	waits := atomic.Int64{}
	now := func(context.Context) (func(), error) {
		waits.Add(1)
		return func() { waits.Add(100) }, nil
	}
	if results, reasons, _ := look(now); results[verdict.Verified] != 3 {
		t.Errorf("when hosts are asked: %v, %v", results, reasons)
	}
	if n := waits.Load(); n == 0 || n/100 != n%100 {
		t.Errorf("%d questions, %d answers", n%100, n/100)
	}
	asked.Store(0)
	if results, reasons, _ := look(later); results[verdict.Verified] != 3 || asked.Load() != 0 {
		t.Errorf("afterwards: %v, %v, %d questions", results, reasons, asked.Load())
	}
	// A link is an applicant's, of which nothing is kept.
	for range 2 {
		_, _, left := look(later, "http://"+l.Addr().String()+"/badge.json")
		if len(left) != 1 || left[0].Reason != examine.SkippedLater || !left[0].Pending {
			t.Errorf("links: %+v", left)
		}
		if _, _, left := look(nil, "http://"+l.Addr().String()+"/badge.json"); len(left) != 1 || left[0].Reason != examine.SkippedNotFound {
			t.Errorf("links: %+v", left)
		}
	}
}

// The stages of the processor's time are by the innermost package that is known.
func TestStages(t *testing.T) {
	var shares map[string]float64
	var err error
	// A hundred samples a second of the processor's time: the more is done, the more there are.
	for n := 1000; n <= 32000 && shares["judging"] < 0.2; n *= 2 {
		shares, err = profiled(func() error {
			s, err := newSampler()
			if err != nil {
				return err
			}
			for i := range n {
				if _, err := s.badge(t.Context(), 2*i, "applicant@example.org"); err != nil {
					return err
				}
			}
			return nil
		}, "")
		if err != nil {
			t.Fatal(err)
		}
	}
	sum := 0.0
	for _, v := range shares {
		sum += v
	}
	if sum < 0.999 || sum > 1.001 || shares["judging"] < 0.2 {
		t.Errorf("stages %v: signing is by the judge's own canonical form", shares)
	}
	if got := byWeight(map[string]float64{"a": 1, "b": 2}); !strings.HasPrefix(got, "b 2.00, a") {
		t.Errorf("listed as %q", got)
	}
}
