package ingest

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/extract/sandbox"
	"assay/index"
	"assay/index/record"
	"assay/ingest/examine"
	"assay/verify/fetch"
	"assay/verify/guard"
	"assay/verify/verdict"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// scraped is what Prometheus reads.
func scraped(t *testing.T, reg *prometheus.Registry) string {
	t.Helper()
	w := httptest.NewRecorder()
	promhttp.HandlerFor(reg, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 200 {
		t.Errorf("metrics: %d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func says(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, "\n"+w+"\n") {
			name, _, _ := strings.Cut(w, "{")
			t.Errorf("not said: %s; but\n%s", w, strings.Join(lines(text, name), "\n"))
		}
	}
}

func lines(text, name string) (out []string) {
	for l := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(l, name) {
			out = append(out, l)
		}
	}
	return out
}

// TestMetrics: what happens to applications is counted, by labels of fixed sets.
func TestMetrics(t *testing.T) {
	r, e := alone(t)
	reg := prometheus.NewRegistry()
	m := NewMetrics(reg)
	says(t, scraped(t, reg), `assay_dead_letters_total{class="malformed"} 0`, `assay_index_errors_total{kind="read_only"} 0`, `assay_redeliveries_total{queue="live"} 0`,
		`assay_step_seconds_count{step="judge"} 0`)
	fails := 1
	judged := examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		if in.Application == "A-flaky" && fails > 0 {
			fails--
			return nil, errFlaky
		}
		out, err := byContent(ctx, in)
		for i := range out {
			for j := range out[i].Findings {
				v := &out[i].Findings[j].Verdict
				v.Aspects.Standing = verdict.Aspect{State: verdict.Pass, Level: verdict.LevelDomain}
				if v.Result == verdict.Rejected {
					v.Reason = verdict.ProofInvalid
				}
				if in.Application == "A-odd" {
					v.Reason = "canary of a badge"
				}
			}
		}
		return out, err
	})
	r.work(t, e, judged, func(o *WorkerOptions) { o.Metrics = m })
	e.set(func(doc record.Application) error {
		if doc.Application == "A-refused" {
			return &index.Refusal{Kind: "too large"}
		}
		return nil
	})
	for _, a := range []struct{ application, content string }{{"A-1", "verified"}, {"A-2", "rejected"}, {"A-flaky", "verified"}, {"A-odd", "rejected"}, {"A-refused", "verified"}} {
		r.outcome(t, "acme", a.application, r.submit(t, "acme", a.application, a.content))
	}
	if err := r.nc.PublishMsg(&nats.Msg{Subject: "applications.acme.A-poison", Data: []byte("canary")}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "letters", func() bool { return len(r.letters(t)) == 2 })
	eventually(t, "answered", func() bool { l, err := r.Lag(t.Context()); return err == nil && l.Held == 0 })
	text := scraped(t, reg)
	says(t, text, `assay_verdicts_total{reason="",result="verified",standing="domain"} 2`, `assay_verdicts_total{reason="proof_invalid",result="rejected",standing="domain"} 1`,
		`assay_verdicts_total{reason="other",result="rejected",standing="domain"} 1`,
		`assay_dead_letters_total{class="index_refused"} 1`, `assay_dead_letters_total{class="malformed"} 1`, `assay_index_errors_total{kind="rejected"} 1`,
		`assay_redeliveries_total{queue="live"} 1`, `assay_in_hand{queue="live"} 0`, `assay_index_bulk_documents_sum 5`,
		`assay_step_seconds_count{step="wait"} 6`, `assay_step_seconds_count{step="examine"} 6`, `assay_step_seconds_count{step="write"} 5`)
	for _, word := range []string{"canary", "acme", "A-", "applicant@"} {
		if strings.Contains(text, word) {
			t.Errorf("metrics tell %q", word)
		}
	}
}

// TestMetricsOfParts: what hosts, engines and children do is counted.
func TestMetricsOfParts(t *testing.T) {
	reg := prometheus.NewRegistry()
	m := NewMetrics(reg)
	m.Fetched(fetch.Asked{Chosen: true, Outcome: "2xx", Took: time.Second})
	m.Fetched(fetch.Asked{Outcome: "timeout", Cached: true})
	m.Troubled(index.TroubleReadOnly)
	m.Examined(examine.StepJudge, time.Second)
	reg.MustRegister(ChildrenCollector(func() sandbox.Stats {
		return sandbox.Stats{Started: 3, Working: 1, Ended: map[sandbox.End]int64{sandbox.EndMemory: 2}}
	}, nil))
	CountBroken(reg, func() int { return 4 }, nil)
	says(t, scraped(t, reg), `assay_fetches_total{cache="miss",outcome="2xx",purpose="links"} 1`, `assay_fetches_total{cache="hit",outcome="timeout",purpose="issuers"} 1`,
		`assay_fetch_seconds_count{purpose="links"} 1`, `assay_index_errors_total{kind="read_only"} 1`, `assay_step_seconds_count{step="judge"} 1`,
		`assay_children_started_total 3`, `assay_children_working 1`, `assay_children_ended_total{end="limit_memory"} 2`, `assay_children_ended_total{end="worn"} 0`,
		`assay_fetch_breakers_open 4`)
}

// TestE06_CollectorFails: a registry asks each collector in a goroutine of its own, where a
// panic ends nothing and takes nobody else's metrics with it.
func TestE06_CollectorFails(t *testing.T) {
	reg := prometheus.NewRegistry()
	var where []string
	var mu sync.Mutex
	faults := &guard.Watch{Count: func(w string) {
		mu.Lock()
		defer mu.Unlock()
		where = append(where, w)
	}}
	reg.MustRegister(ChildrenCollector(func() sandbox.Stats { panic("canary") }, faults))
	CountBroken(reg, func() int { panic("canary") }, faults)
	NewMetrics(reg).Examined(examine.StepJudge, time.Second)
	says(t, scraped(t, reg), `assay_step_seconds_count{step="judge"} 1`)
	slices.Sort(where)
	if !slices.Equal(where, []string{"counting children", "counting hosts that are left alone"}) {
		t.Errorf("told of faults in %q", where)
	}
}

// TestLoad: what waits, for how long, and how full the stores are.
func TestLoad(t *testing.T) {
	r, e := alone(t, func(o *QueueOptions) { o.Retention.MaxBytes = 1 << 20 })
	begin := time.Now()
	for _, a := range names(3) {
		r.submit(t, "acme", a, "verified")
	}
	load := func() *Load {
		t.Helper()
		l, err := r.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	l := load()
	live := l.Waiting[0]
	if live.Queue != "live" || live.Messages != 3 || live.Held != 0 || live.Oldest.Before(begin.Add(-time.Minute)) || live.Oldest.After(time.Now()) {
		t.Errorf("live %+v", live)
	}
	if b := l.Waiting[1]; b.Queue != "batch" || b.Messages != 0 || !b.Oldest.IsZero() {
		t.Errorf("batch %+v", b)
	}
	seen := map[string]Store{}
	for _, s := range l.Stores {
		seen[s.Name] = s
	}
	if len(seen) != len(storesOf) {
		t.Errorf("stores %v", seen)
	}
	if a := seen["applications"]; a.Messages != 3 || a.Bytes == 0 || a.Limit != 1<<20 || a.Oldest != live.Oldest {
		t.Errorf("applications %+v, live %+v", a, live)
	}
	if p := seen["contexts"]; p.Messages != 0 || !p.Oldest.IsZero() {
		t.Errorf("contexts %+v", p)
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(LagCollector(r.Queue, func() time.Time { return live.Oldest.Add(90 * time.Second) }, nil))
	text := scraped(t, reg)
	says(t, text, `assay_queue_messages{queue="live"} 3`, `assay_queue_messages{queue="held"} 0`, `assay_queue_messages{queue="pending"} 0`, `assay_queue_messages{queue="dead_letters"} 0`,
		`assay_queue_oldest_seconds{queue="live"} 90`, `assay_queue_oldest_seconds{queue="batch"} 0`, `assay_queue_limit_bytes{stream="applications"} 1.048576e+06`)
	if n := lines(text, `assay_queue_bytes{stream="documents"}`); len(n) != 1 {
		t.Errorf("documents are not said: %q", n)
	}

	// The oldest in hand is what waits longest, whatever was answered behind it.
	release := make(chan struct{})
	r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		if in.Application == "A-0" {
			<-release
		}
		return byContent(ctx, in)
	}))
	eventually(t, "one in hand", func() bool { l := load(); return l.Waiting[0].Held == 1 && l.Waiting[0].Messages == 0 })
	if l := load(); !l.Waiting[0].Oldest.Equal(live.Oldest) {
		t.Errorf("oldest %v, want %v", l.Waiting[0].Oldest, live.Oldest)
	}
	close(release)
	eventually(t, "none in hand", func() bool {
		l := load()
		return l.Waiting[0].Held == 0 && l.Waiting[0].Oldest.IsZero() && l.Waiting[0].Asking > 0
	})
}

// TestFigures: an operator is told what every worker counts; where none answers, that is
// told too.
func TestFigures(t *testing.T) {
	r, e := alone(t)
	if f, err := r.RequestFigures(t.Context()); err != nil || len(f) != 0 {
		t.Errorf("without workers: %v, %v", f, err)
	}
	for range 2 {
		reg := prometheus.NewRegistry()
		r.work(t, e, examiner(byContent), func(o *WorkerOptions) { o.Metrics, o.Figures = NewMetrics(reg), reg })
	}
	for _, a := range names(4) {
		r.outcome(t, "acme", a, r.submit(t, "acme", a, "verified"))
	}
	var all [][]Figure
	eventually(t, "both answer", func() bool {
		var err error
		all, err = r.RequestFigures(t.Context())
		return err == nil && len(all) == 2
	})
	sum := map[string]float64{}
	for _, w := range all {
		for _, f := range w {
			if f.Value == 0 {
				t.Errorf("%+v", f)
			}
			sum[f.Name+f.Labels["state"]+f.Labels["result"]+f.Labels["step"]] += f.Value
		}
	}
	if sum["assay_applications_totalindexed"] != 4 || sum["assay_badges_totalverified"] != 4 || sum["assay_step_seconds_countwrite"] != 4 || sum["assay_index_bulk_documents_sum"] != 4 {
		t.Errorf("sums %v", sum)
	}
}
