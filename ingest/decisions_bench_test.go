package ingest

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/index"
	"assay/index/elastic"
	"assay/index/issuers"
	"assay/index/local"
	"assay/index/record"
	"assay/index/skills"
	"assay/ingest/natsd"
	"assay/verify"
	"assay/verify/standing"
	"assay/verify/verdict"
)

// BenchmarkDecision carries decisions over to the applications of a tenant, from the
// word to the last outcome that is told: one on an issuer that one in a hundred has
// a badge of, and one on an issuer that all have. ASSAY_BENCH_SIZE says how many
// there are (2,000).
func BenchmarkDecision(b *testing.B) {
	n := 2000
	if s := os.Getenv("ASSAY_BENCH_SIZE"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	b.Run("bleve", func(b *testing.B) {
		e, err := local.Open(local.Options{Dir: b.TempDir(), Key: deskKey})
		if err != nil {
			b.Fatal(err)
		}
		defer e.Close()
		benchDecision(b, e, n, func() {})
	})
	b.Run("elasticsearch", func(b *testing.B) {
		e, err := elastic.Open(b.Context(), elastic.Options{Addresses: []string{testenv.Elastic(b)}, Key: deskKey, Prefix: fmt.Sprintf("bench-decision-%d", os.Getpid())})
		if err != nil {
			b.Fatal(err)
		}
		defer e.Close()
		defer func() { drop(b, e) }()
		benchDecision(b, e, n, func() {
			if err := e.Refresh(b.Context()); err != nil {
				b.Fatal(err)
			}
		})
	})
}

func benchDecision(b *testing.B, e index.Engine, n int, refresh func()) {
	s, err := natsd.Start(natsd.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	q, err := Dial(b.Context(), QueueOptions{InProcess: s})
	if err != nil {
		b.Fatal(err)
	}
	defer q.Close()
	if err := q.Setup(b.Context()); err != nil {
		b.Fatal(err)
	}
	const common, mill = "https://common.example/issuer", "https://mill.example/issuer"
	p := verify.Policy{Accept: verdict.LevelKey}
	pass := verdict.Aspect{State: verdict.Pass}
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	var docs []record.Application
	flush := func() {
		for _, o := range e.Write(b.Context(), docs) {
			if o.Err != nil {
				b.Fatal(o.Err)
			}
		}
		docs = docs[:0]
	}
	for i := range n {
		ids := []string{common, fmt.Sprintf("https://issuer-%d.example/", i%97), fmt.Sprintf("did:key:z%d", i%1009)}
		if i%100 == 0 {
			ids[1] = mill
		}
		var entries []record.Entry
		for k, id := range ids {
			v := verify.Verdict{Format: verdict.OB30, Proof: "eddsa-rdfc-2022", Credential: verdict.Credential{ID: fmt.Sprintf("urn:badge:%d-%d", i, k), Name: fmt.Sprintf("Badge number %d", k),
				Description: "What its holder has shown, in a sentence of some length, as most badges have one.", Issuer: verdict.Party{ID: id, Name: "An Issuer"}},
				Aspects: verdict.Aspects{Integrity: pass, Issuer: pass, Dates: pass, Recipient: pass, Status: verdict.Aspect{State: verdict.None}, Conformance: pass}, Backing: standing.Of(id, nil)}
			verify.Decide(&v, p)
			entries = append(entries, record.Entry{Where: "resume.pdf", Carrier: "png", Verdict: v, Skills: []skills.Skill{
				{ID: fmt.Sprintf("urn:skill:%d", (i+k)%50), Label: "teamwork", Framework: "House", Basis: skills.BasisURI}, {Label: "weaving", Basis: skills.BasisUnmapped}}})
		}
		docs = append(docs, record.New(deskKey, record.Submission{Tenant: "acme", Application: fmt.Sprintf("A-%d", i), Submitted: at.Add(time.Duration(i) * time.Second), Checked: at.Add(time.Duration(i+60) * time.Second)}, entries, nil))
		if len(docs) == 1000 {
			flush()
		}
	}
	flush()
	refresh()
	d, err := OpenDecisions(b.Context(), DecisionsOptions{Queue: q, Engine: e, Key: deskKey, Installation: &p, Settle: time.Millisecond})
	if err != nil {
		b.Fatal(err)
	}
	follow(b, d)
	took := func(kind issuers.Kind, issuer string) (answer, all time.Duration, few int) {
		start := time.Now()
		r, err := d.Say(b.Context(), "acme", issuers.Word{Kind: kind, Issuer: issuer, By: "Jo", At: time.Now()})
		if err != nil {
			b.Fatal(err)
		}
		answer = time.Since(start)
		if err := d.redecide(b.Context(), "acme"); err != nil {
			b.Fatal(err)
		}
		return answer, time.Since(start), r.Applicants
	}
	for i := 0; b.Loop(); i++ {
		if i > 0 {
			took(issuers.Forget, mill)
			took(issuers.Forget, common)
		}
		answer, one, few := took(issuers.Block, mill)
		before := cpu(b)
		_, all, many := took(issuers.Block, common)
		b.ReportMetric((cpu(b)-before).Seconds()*1000/float64(many), "cpu-ms/app")
		if few != (n+99)/100 || many != n {
			b.Fatalf("%d and %d of %d", few, many, n)
		}
		b.ReportMetric(answer.Seconds()*1000, "ms-to-hold")
		b.ReportMetric(one.Seconds(), "s/1%")
		b.ReportMetric(float64(many)/all.Seconds(), "apps/s")
		refresh()
		rejected := 0
		if err := e.Scan(b.Context(), "acme", func(a *record.Application) error { rejected += a.Counts.Rejected; return nil }); err != nil || rejected < n {
			b.Fatalf("%d badges are blocked, %v", rejected, err)
		}
	}
}

// cpu is the processor's time that this process has used: on a machine that others
// use, too, it says more than the clock. Elasticsearch's own is not in it.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// drop takes a bench's index out of the cluster.
func drop(b *testing.B, e index.Engine) {
	s, err := e.Status(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodDelete, testenv.Elastic(b)+"/"+s.Name, nil)
	if err != nil {
		b.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil || res.StatusCode != http.StatusOK {
		b.Fatalf("index %s stays: %v", s.Name, err)
	}
	res.Body.Close()
	r.URL.Path = "/_index_template/" + strings.TrimSuffix(s.Name, "-000001")
	if res, err = http.DefaultClient.Do(r); err != nil || res.StatusCode != http.StatusOK {
		b.Fatalf("the template of %s stays: %v", s.Name, err)
	}
	res.Body.Close()
}
