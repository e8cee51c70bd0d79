package ingest

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/index"
	"assay/index/elastic"
	"assay/index/local"
	"assay/index/skills"
	"assay/ingest/examine"
)

// engines runs a test with each real engine.
func engines(t *testing.T, key []byte, f func(t *testing.T, e index.Engine)) {
	t.Run("local", func(t *testing.T) {
		e, err := local.Open(local.Options{Dir: t.TempDir(), Key: key})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		})
		f(t, e)
	})
	t.Run("elasticsearch", func(t *testing.T) {
		addr := testenv.Elastic(t)
		prefix := "test-" + strings.ToLower(rand.Text()[:12])
		e, err := elastic.Open(t.Context(), elastic.Options{Addresses: []string{addr}, Key: key, Prefix: prefix})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			st, err := e.Status(context.WithoutCancel(t.Context()))
			if err != nil {
				t.Error(err)
			}
			for _, path := range []string{"/" + st.Name, "/_index_template/" + prefix + "-applications"} {
				req, err := http.NewRequest(http.MethodDelete, strings.TrimSuffix(addr, "/")+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				if res.StatusCode != http.StatusOK {
					t.Errorf("DELETE %s: %s", path, res.Status)
				}
			}
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		})
		f(t, e)
	})
}

// A real engine refuses two documents of eight: they are dead letters that say
// why without a word of the document, their neighbours are indexed, and nothing
// waits.
func TestEnginesRefuseDocuments(t *testing.T) {
	t.Parallel()
	key := []byte("id key of a test, long enough....")
	engines(t, key, func(t *testing.T, e index.Engine) {
		s := &embedded{dir: t.TempDir()}
		s.start(t)
		t.Cleanup(s.stop)
		r := newRig(t, s)
		const canary = "canary"
		bad := map[string]bool{"A-3": true, "A-5": true}
		apps := names(8)
		receipts := make([]*Receipt, len(apps))
		for i, a := range apps {
			content := "verified"
			if bad[a] {
				content += " bad"
			}
			receipts[i] = r.submit(t, "acme", a, content)
		}
		r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
			out, err := byContent(ctx, in)
			s := skills.Skill{ID: "urn:skill:1", Label: "splice", Basis: skills.BasisURI}
			if strings.HasSuffix(string(in.Documents[0].Data), "bad") { // a keyword longer than any engine takes
				s.Above = &skills.Above{Ancestors: []string{strings.Repeat(canary, 6000)}}
			}
			out[0].Findings[0].Skills = []skills.Skill{s}
			return out, err
		}), func(o *WorkerOptions) {
			o.Workers, o.IDKey = len(apps), key
		})
		for i, a := range apps {
			o := r.outcome(t, "acme", a, receipts[i])
			_, err := e.Get(t.Context(), "acme", a)
			switch {
			case bad[a] && (o.State != Refused || o.Reason != string(ClassIndex) || err == nil):
				t.Errorf("%s: %s %s, in the index: %v; want it refused", a, o.State, o.Reason, err)
			case !bad[a] && (o.State != Indexed || err != nil):
				t.Errorf("%s: %s %s, %v; want it indexed", a, o.State, o.Reason, err)
			}
		}
		eventually(t, "all answered", func() bool {
			l, err := r.Lag(t.Context())
			return err == nil && l == waits{DeadLetters: 2}
		})
		c, err := r.js.Consumer(t.Context(), StreamApplications, consumerOf(ConsumerLive, "acme"))
		if err != nil {
			t.Fatal(err)
		}
		if i := c.CachedInfo(); i.AckFloor.Stream != receipts[7].Sequence || i.NumRedelivered != 0 {
			t.Errorf("answered up to %d of %d, %d again", i.AckFloor.Stream, receipts[7].Sequence, i.NumRedelivered)
		}
		st, err := e.Status(t.Context())
		for range 100 { // Elasticsearch counts what is refreshed
			if err != nil || st.Applications == 6 {
				break
			}
			time.Sleep(100 * time.Millisecond)
			st, err = e.Status(t.Context())
		}
		if err != nil || st.Applications != 6 {
			t.Errorf("index %+v, %v; want 6 applications", st, err)
		}
		letters := r.letters(t)
		if len(letters) != 2 {
			t.Fatalf("letters %+v", letters)
		}
		for _, l := range letters {
			detail, ok := strings.CutPrefix(l.Error, meaning[ClassIndex]+": ")
			if !bad[l.Application] || l.Class != ClassIndex || l.Attempts != 1 || !ok || detail == "" || strings.Contains(l.Error, canary) {
				t.Errorf("letter %+v", l)
			}
			// The kind of fault, and of Elasticsearch the field too.
			if !strings.HasPrefix(detail, "keyword too long") && !strings.HasSuffix(detail, "_exception in claims.ancestors") {
				t.Errorf("letter says %q: not what is wrong", detail)
			}
		}
		if strings.Contains(r.log.String(), canary) {
			t.Error("the document is in the log")
		}
	})
}
