package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/index"
	"assay/index/issuers"
	"assay/index/local"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/fetch"
	"assay/verify/standing"
	"assay/verify/verdict"
)

var deskKey = []byte("id key of a test, long enough....")

// byIssuer finds, in each document, a good badge of each issuer that its lines
// name, and decides it by the policy that it is given.
func byIssuer(_ context.Context, in examine.Input) ([]examine.Report, error) {
	var out []examine.Report
	for _, d := range in.Documents {
		r := examine.Report{Document: d.Name}
		for i, id := range strings.Fields(string(d.Data)) {
			pass := verdict.Aspect{State: verdict.Pass}
			v := verify.Verdict{Format: verdict.OB30, Credential: verdict.Credential{ID: fmt.Sprintf("urn:badge:%d", i), Name: "Teamwork", Issuer: verdict.Party{ID: id, Name: "Mill"}},
				Aspects: verdict.Aspects{Integrity: pass, Issuer: pass, Dates: pass, Recipient: pass, Status: verdict.Aspect{State: verdict.None}, Conformance: pass}, Backing: standing.Of(id, nil)}
			var p verify.Policy
			if in.Policy != nil {
				p = *in.Policy
			}
			verify.Decide(&v, p)
			r.Findings = append(r.Findings, examine.Finding{Where: fmt.Sprintf("%s > %d", d.Name, i), Carrier: "png", Verdict: v,
				Skills: []skills.Skill{{ID: "urn:skill:1", Label: "teamwork", Framework: "House", Basis: skills.BasisURI}}})
		}
		out = append(out, r)
	}
	return out, nil
}

// office is a rig whose worker judges by what employers say.
type office struct {
	*rig
	*Decisions
	engine index.Engine
	asked  *index.Ruled
}

func newOffice(t *testing.T, s server, ex Examiner, change ...func(*DecisionsOptions)) *office {
	t.Helper()
	r := newRig(t, s)
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: deskKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	o := &office{rig: r, engine: e}
	o.Decisions = o.open(t, change...)
	o.asked = &index.Ruled{Engine: e, Barred: o.Barred, Decide: o.Decide, Taxonomy: skills.Builtin}
	follow(t, o.Decisions)
	if ex != nil {
		r.work(t, e, ex, func(w *WorkerOptions) { w.IDKey, w.Decisions = deskKey, o.Decisions })
	}
	return o
}

func (o *office) open(t *testing.T, change ...func(*DecisionsOptions)) *Decisions {
	t.Helper()
	opts := DecisionsOptions{Queue: o.Queue, Engine: o.engine, Key: deskKey, Installation: &verify.Policy{Accept: verdict.LevelKey}, Settle: 50 * time.Millisecond, Log: o.log.logger()}
	for _, f := range change {
		f(&opts)
	}
	d, err := OpenDecisions(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// follow has decisions followed until the test ends.
func follow(t testing.TB, d *Decisions) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() { defer close(done); _ = d.Follow(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
}

func (o *office) say(t *testing.T, tenant string, kind issuers.Kind, issuer string) issuers.Receipt {
	t.Helper()
	r, err := o.Say(t.Context(), tenant, issuers.Word{Kind: kind, Issuer: issuer, By: "Jo", At: time.Now().UTC()})
	if err != nil {
		t.Fatalf("%s %s: %v", kind, issuer, err)
	}
	return r
}

// carried waits until the index follows.
func (o *office) carried(t *testing.T, tenant string) {
	t.Helper()
	eventually(t, "the index follows", func() bool {
		l, err := o.List(t.Context(), tenant, 1)
		return err == nil && l.Work == nil
	})
}

// found gives the applications that a question finds, as a reader asks it.
func (o *office) found(t *testing.T, tenant, text string) []string {
	t.Helper()
	q, err := query.New(text, query.Options{Facets: query.AllFacets()})
	if err != nil {
		t.Fatal(err)
	}
	r, err := o.asked.Search(t.Context(), tenant, q)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, h := range r.Hits {
		out = append(out, h.Application)
	}
	slices.Sort(out)
	return out
}

const (
	millID  = "https://mill.example/issuers/1"
	goodID  = "https://good.example/issuer"
	otherID = "https://other.example/issuer"
)

// TestDecisionHolds: a block holds for the next question, then for what is indexed,
// for what is published and for what comes; and so does taking it back.
func TestDecisionHolds(t *testing.T) {
	servers(t, func(t *testing.T, s server) {
		o := newOffice(t, s, examiner(byIssuer))
		rc := o.submit(t, "acme", "A-1", millID+" "+goodID)
		o.submit(t, "acme", "A-2", goodID)
		o.submit(t, "rival", "A-1", millID)
		if out := o.outcome(t, "acme", "A-1", rc); out.Counts.Verified != 2 {
			t.Fatalf("%+v", out.Counts)
		}
		eventually(t, "all are indexed", func() bool {
			return len(o.found(t, "acme", "teamwork")) == 2 && len(o.found(t, "rival", "teamwork")) == 1
		})
		before, err := o.engine.Get(t.Context(), "acme", "A-1")
		if err != nil {
			t.Fatal(err)
		}
		got := o.say(t, "acme", issuers.Block, "MILL.example")
		if got.Applicants != 1 {
			t.Errorf("%+v", got)
		}
		// At once: no rewrite is waited for.
		if l := o.found(t, "acme", "issuer:mill.example"); len(l) != 0 {
			t.Errorf("found %v", l)
		}
		a, err := o.asked.Get(t.Context(), "acme", "A-1")
		if err != nil || a.Counts.Rejected != 1 || a.Credentials[0].Verdict.Reason != verdict.IssuerBlocked {
			t.Errorf("shown %+v, %v", a, err)
		}
		o.carried(t, "acme")
		after, err := o.engine.Get(t.Context(), "acme", "A-1")
		if err != nil || after.Version <= before.Version || after.Counts.Rejected != 1 || after.Counts.Verified != 1 || after.Claims[0].Status != verdict.Rejected || after.Claims[1].Status != verdict.Verified {
			t.Fatalf("indexed %+v, %v", after, err)
		}
		if len(after.Claims) != 2 || after.Claims[0].ID != "urn:skill:1" || !slices.Equal(after.Flat.Issuers, []string{goodID}) {
			t.Errorf("claims %+v, flat %+v", after.Claims, after.Flat)
		}
		if b := o.Barred("acme"); b != nil {
			t.Errorf("barred %v", b)
		}
		eventually(t, "the outcome is told", func() bool {
			out := o.outcome(t, "acme", "A-1", rc)
			return out.Version == after.Version && !out.Decided.IsZero() && out.Counts.Rejected == 1 && out.Findings[0].Reason == verdict.IssuerBlocked &&
				out.Findings[0].Aspects["standing"].State == verdict.Fail && out.Findings[1].Result == verdict.Verified
		})
		// The next application, and another employer's.
		if out := o.outcome(t, "acme", "A-3", o.submit(t, "acme", "A-3", millID)); out.Counts.Rejected != 1 {
			t.Errorf("the next: %+v", out.Counts)
		}
		if l := o.found(t, "rival", "teamwork"); len(l) != 1 {
			t.Errorf("of another employer: %v", l)
		}
		// A second word in the same minute does not tie with the first.
		o.say(t, "acme", issuers.Forget, "mill.example")
		o.carried(t, "acme")
		again, err := o.engine.Get(t.Context(), "acme", "A-1")
		if err != nil || again.Version <= after.Version || again.Counts.Verified != 2 {
			t.Errorf("taken back: %+v, %v", again, err)
		}
		log, err := o.Log(t.Context(), "acme")
		if err != nil || len(log) != 2 || log[0].Kind != issuers.Block || log[0].By != "Jo" || log[1].Kind != issuers.Forget || log[0].At.IsZero() {
			t.Errorf("log %+v, %v", log, err)
		}
		if log, err := o.Log(t.Context(), "rival"); err != nil || len(log) != 0 {
			t.Errorf("another's log %+v, %v", log, err)
		}
	})
}

// TestWould: what a word would change is counted before it is said, by what holds now and
// not by what the index still says; and counting says nothing.
func TestWould(t *testing.T) {
	servers(t, func(t *testing.T, s server) {
		o := newOffice(t, s, examiner(byIssuer))
		o.outcome(t, "acme", "A-1", o.submit(t, "acme", "A-1", millID+" "+millID+" "+goodID))
		o.outcome(t, "acme", "A-2", o.submit(t, "acme", "A-2", goodID))
		o.outcome(t, "rival", "A-1", o.submit(t, "rival", "A-1", millID))
		eventually(t, "all are indexed", func() bool {
			return len(o.found(t, "acme", "teamwork")) == 2 && len(o.found(t, "rival", "teamwork")) == 1
		})
		would := func(kind issuers.Kind, issuer string) string {
			t.Helper()
			c, err := o.Would(t.Context(), "acme", issuers.Word{Kind: kind, Issuer: issuer, By: "Jo", At: time.Now().UTC()})
			if err != nil {
				return err.Error()
			}
			return fmt.Sprintf("%+v", *c)
		}
		a, err := o.engine.Get(t.Context(), "acme", "A-1")
		if err != nil {
			t.Fatal(err)
		}
		if got, want := would(issuers.Block, "mill.example"), "{Issuers:1 Apps:1 Read:1 Badges:2 Gain:0 Lose:2 Gaining:0 Losing:1 Judged:true First:[{ID:"+a.ID+" Application:A-1 Name: Reference:A-1 Gain:[] Lose:[Teamwork Teamwork]}]}"; got != want {
			t.Errorf("a block: %s", got)
		}
		if got, want := would(issuers.Trust, goodID), "{Issuers:1 Apps:2 Read:2 Badges:2 Gain:0 Lose:0 Gaining:0 Losing:0 Judged:true First:[]}"; got != want {
			t.Errorf("trust in what counts: %s", got)
		}
		if l, err := o.Log(t.Context(), "acme"); err != nil || len(l) != 0 {
			t.Errorf("it was said: %v %v", l, err)
		}
		o.say(t, "acme", issuers.Block, "mill.example")
		// At once, whether the index follows or not.
		if got := would(issuers.Block, millID); !strings.Contains(got, "Lose:0") {
			t.Errorf("again: %s", got)
		}
		if got := would(issuers.Forget, "mill.example"); !strings.Contains(got, "Gain:2 Lose:0 Gaining:1") {
			t.Errorf("taking back: %s", got)
		}
		if got := would(issuers.Trust, millID); !strings.Contains(got, issuers.ErrBlocked.Error()) {
			t.Errorf("trust beside a block: %s", got)
		}
		if c, err := o.Would(t.Context(), "acme", issuers.Word{Kind: issuers.Accept, Accept: verdict.LevelListed, By: "Jo", At: time.Now().UTC()}); err != nil || c.Apps != 2 || c.Lose != 2 || c.Losing != 1 { // both are of one applicant
			t.Errorf("a standing: %+v, %v", c, err)
		}
	})
}

// byTag finds a good badge with the tag that each document is, read as the employer has
// words.
func byTag(_ context.Context, in examine.Input) ([]examine.Report, error) {
	var out []examine.Report
	for _, d := range in.Documents {
		pass := verdict.Aspect{State: verdict.Pass}
		v := verify.Verdict{Format: verdict.OB30, Credential: verdict.Credential{ID: "urn:badge:1", Name: "Course", Tags: []string{string(d.Data)}, Issuer: verdict.Party{ID: goodID, Name: "Good"}},
			Aspects: verdict.Aspects{Integrity: pass, Issuer: pass, Dates: pass, Recipient: pass, Status: verdict.Aspect{State: verdict.None}, Conformance: pass}, Backing: standing.Of(goodID, nil)}
		verify.Decide(&v, *in.Policy)
		tax := skills.Builtin()
		out = append(out, examine.Report{Document: d.Name, Findings: []examine.Finding{{Where: d.Name, Carrier: "png", Verdict: v, Skills: tax.Mapped(tax.Resolve(v.Credential), in.Words)}}})
	}
	return out, nil
}

// TestWordMapped: what an employer says that a word of badges is holds for what is
// indexed and for what comes, for that employer alone, until it is taken back.
func TestWordMapped(t *testing.T) {
	const teams = "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0"
	servers(t, func(t *testing.T, s server) {
		o := newOffice(t, s, examiner(byTag))
		o.outcome(t, "acme", "A-1", o.submit(t, "acme", "A-1", "Foam rosettas"))
		o.outcome(t, "rival", "A-1", o.submit(t, "rival", "A-1", "Foam rosettas"))
		unmapped := func(tenant string) int {
			list, err := ListUnmapped(t.Context(), o.engine, tenant)
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		eventually(t, "both are indexed", func() bool { return unmapped("acme") == 1 && unmapped("rival") == 1 })
		say := func(skill string) {
			t.Helper()
			if _, err := o.Say(t.Context(), "acme", issuers.Word{Kind: issuers.Map, Label: "foam ROSETTAS", Skill: skill, By: "Jo", At: time.Now().UTC()}); err != nil {
				t.Fatal(err)
			}
			o.carried(t, "acme")
		}
		say(teams)
		if l := o.found(t, "acme", "teamwork"); len(l) != 1 || unmapped("acme") != 0 {
			t.Errorf("indexed: found %v", l)
		}
		o.outcome(t, "rival", "A-2", o.submit(t, "rival", "A-2", "Foam rosettas"))
		eventually(t, "another employer's next", func() bool {
			list, err := ListUnmapped(t.Context(), o.engine, "rival")
			return len(o.found(t, "rival", "teamwork")) != 0 || err == nil && len(list) == 1 && list[0].Applications == 2
		})
		if l := o.found(t, "rival", "teamwork"); len(l) != 0 {
			t.Errorf("of another employer: %v", l)
		}
		o.outcome(t, "acme", "A-2", o.submit(t, "acme", "A-2", "Foam rosettas"))
		eventually(t, "the next", func() bool { return len(o.found(t, "acme", "teamwork")) == 2 })
		l, err := o.List(t.Context(), "acme", 1)
		if err != nil || len(l.Mapped) != 1 || l.Mapped[0].By != "Jo" || len(l.Decisions) != 0 {
			t.Errorf("%+v, %v", l, err)
		}
		if l, err := o.List(t.Context(), "acme", 0); err != nil || len(l.Mapped) != 1 || l.Total != 0 || len(l.Issuers) != 0 {
			t.Errorf("of no issuers: %+v, %v", l, err)
		}
		say("")
		if l := o.found(t, "acme", "teamwork"); len(l) != 0 || unmapped("acme") != 1 {
			t.Errorf("taken back: found %v", l)
		}
	})
}

// spellings are ways to write the address of one host's issuer.
var spellings = map[string]string{
	"170 scheme":     "http://mill.example/issuers/1",
	"171 port":       "https://mill.example:8443/issuers/1",
	"172 case":       "HTTPS://MILL.Example/issuers/1",
	"173 IDNA":       "https://xn--mhle-0ra.example/issuers/1",
	"173 Unicode":    "https://mühle.example/issuers/1",
	"174 full width": "https://ｍｉｌｌ．example/issuers/1",
	"174 full stop":  "https://mill。example/issuers/1",
	"175 www":        "https://www.mill.example/issuers/1",
	"176 sub-domain": "https://a.b.mill.example/issuers/1",
	"177 did:web":    "did:web:mill.example:issuers:1",
	"177 port":       "did:web:mill.example%3A8443",
	"177 key":        "did:web:mill.example#key-1",
	"178 last dot":   "https://mill.example./issuers/1",
	"178 tab":        "https://mill.example/%2e%2e/issuers/1",
}

// TestAttack170To178Spellings has each spelling of a blocked host issue a badge: to
// an applicant who is there already, and to one who comes. Each way of naming the
// host blocks all of them, end to end.
func TestAttack170To178Spellings(t *testing.T) {
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	o := newOffice(t, s, examiner(byIssuer))
	names := []string{"mill.example", "MILL.EXAMPLE", "https://mill.example", "http://mill.example:8080/", "https://www.mill.example/", "did:web:mill.example", "https://ｍｉｌｌ.example/", "mill.example."}
	unlike := []string{"https://notmill.example/issuers/1", "https://mill.example.org/issuers/1", "https://example/issuers/1", "https://other.example/mill.example/", "did:web:other.example:mill.example", "did:key:z6MkMill"}
	ids := slices.Sorted(maps.Values(spellings))
	ids = slices.DeleteFunc(ids, func(id string) bool { return strings.Contains(id, "mühle") || strings.Contains(id, "xn--") })
	all := strings.Join(ids, " ")
	for i, name := range names {
		t.Run(fmt.Sprintf("blocked %d", i), func(t *testing.T) {
			t.Parallel()
			tenant := fmt.Sprintf("t%d", i)
			if out := o.outcome(t, tenant, "old", o.submit(t, tenant, "old", all)); out.Counts.Verified != len(ids) {
				t.Fatalf("before: %+v", out.Counts)
			}
			o.say(t, tenant, issuers.Block, name)
			if l := o.found(t, tenant, "teamwork"); len(l) != 0 {
				t.Errorf("%s blocked: found at once", name)
			}
			out := o.outcome(t, tenant, "new", o.submit(t, tenant, "new", all+" "+strings.Join(unlike, " ")))
			for _, f := range out.Findings {
				if id := f.Credential.Issuer.ID; (f.Result == verdict.Rejected) != slices.Contains(ids, id) {
					t.Errorf("%s blocked: %s comes out %s", name, id, f.Result)
				}
			}
			if len(out.Findings) != len(ids)+len(unlike) {
				t.Errorf("%d findings", len(out.Findings))
			}
			o.carried(t, tenant)
			a, err := o.engine.Get(t.Context(), tenant, "old")
			if err != nil || a.Counts.Rejected != len(ids) {
				t.Errorf("%s blocked: the index has %+v, %v", name, a, err)
			}
		})
	}
	t.Run("international", func(t *testing.T) {
		t.Parallel()
		for i, name := range []string{"mühle.example", "xn--mhle-0ra.example"} {
			tenant := fmt.Sprintf("idna-%d", i)
			o.say(t, tenant, issuers.Block, name)
			if out := o.outcome(t, tenant, "A", o.submit(t, tenant, "A", spellings["173 IDNA"]+" "+spellings["173 Unicode"])); out.Counts.Rejected != 2 {
				t.Errorf("%s blocked: %+v", name, out.Counts)
			}
		}
	})
}

// TestAttack179To181ForgedDecisions writes past the server into the bucket of
// decisions, with all the rights of NATS but without the installation's key.
func TestAttack179To181ForgedDecisions(t *testing.T) {
	servers(t, func(t *testing.T, s server) {
		o := newOffice(t, s, nil)
		o.say(t, "acme", issuers.Block, "mill.example")
		w := issuers.Word{Kind: issuers.Block, Issuer: "mill.example"}
		key := w.Keys()[0]
		real, err := o.kv.Get(t.Context(), "acme."+key)
		if err != nil {
			t.Fatal(err)
		}
		trust, _ := json.Marshal(issuers.Word{Kind: issuers.Trust, Issuer: "mill.example", By: "Jo", At: time.Now()})
		mine := &Decisions{o: DecisionsOptions{Key: []byte("another key")}}
		forged, _ := json.Marshal(signed{trust, mine.mac("acme", key, trust)})
		other := (&issuers.Word{Kind: issuers.Block, Issuer: "good.example"}).Keys()[0]
		for what, put := range map[string]func() error{
			"179 unsigned":           func() error { _, err := o.kv.Put(t.Context(), "acme."+key, trust); return err },
			"179 another key":        func() error { _, err := o.kv.Put(t.Context(), "acme."+key, forged); return err },
			"180 another's word":     func() error { _, err := o.kv.Put(t.Context(), "rival."+key, real.Value()); return err },
			"180 of another issuer":  func() error { _, err := o.kv.Put(t.Context(), "acme."+other, real.Value()); return err },
			"181 taken out":          func() error { return o.kv.Delete(t.Context(), "acme."+key) },
			"181 taken out and gone": func() error { return o.kv.Purge(t.Context(), "acme."+key) },
		} {
			if err := put(); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
		// What is said after them is known, so they were met.
		o.say(t, "acme", issuers.Block, "last.example")
		if p, _ := o.Policy("acme"); !p.Blocks(millID) || p.Blocks(goodID) {
			t.Error("a forged decision holds")
		}
		if p, _ := o.Policy("rival"); p.Blocks(millID) {
			t.Error("a decision of another employer holds")
		}
		if !strings.Contains(o.log.String(), "passed over") {
			t.Error("nothing is said of it")
		}
	})
}

// TestAttack183And184HostsOfMany trusts whole hosts on which strangers have places.
func TestAttack183And184HostsOfMany(t *testing.T) {
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	o := newOffice(t, s, nil)
	for _, host := range []string{"github.io", "https://mallory.github.io/", "pastebin.com", "sites.google.com", "badgr.com", "https://api.badgr.io", "10.0.0.1", "www.credly.com"} {
		_, err := o.Say(t.Context(), "acme", issuers.Word{Kind: issuers.Trust, Issuer: host, By: "Jo", At: time.Now()})
		if !errors.Is(err, verify.ErrMany) {
			t.Errorf("%s: %v", host, err)
		}
		o.say(t, "acme", issuers.Block, host) // that, anybody may
	}
	o2 := newOffice(t, s, nil)
	for _, id := range []string{"https://api.badgr.io/public/issuers/abc", "https://mallory.github.io/badges/", "did:key:z6MkOne", "good.example"} {
		o2.say(t, "rival", issuers.Trust, id)
	}
	if log, err := o.Log(t.Context(), "acme"); err != nil || slices.ContainsFunc(log, func(w issuers.Word) bool { return w.Kind == issuers.Trust }) {
		t.Errorf("log %+v, %v", log, err)
	}
	// Trust beside a block would be a word without effect (184).
	if _, err := o2.Say(t.Context(), "acme", issuers.Word{Kind: issuers.Trust, Issuer: "https://mallory.github.io/badges/", By: "Jo", At: time.Now()}); !errors.Is(err, issuers.ErrBlocked) {
		t.Errorf("trust under a block: %v", err)
	}
}

// TestAttack186InHand: an application that is judged while its issuer is blocked
// comes out blocked, however late it is written.
func TestAttack186InHand(t *testing.T) {
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	judged, go1 := make(chan struct{}, 1), make(chan struct{})
	o := newOffice(t, s, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		r, err := byIssuer(ctx, in)
		judged <- struct{}{}
		<-go1
		return r, err
	}))
	told, err := o.nc.SubscribeSync("results.acme.A-1")
	if err != nil {
		t.Fatal(err)
	}
	rc := o.submit(t, "acme", "A-1", millID)
	<-judged
	o.say(t, "acme", issuers.Block, "mill.example")
	o.carried(t, "acme") // it was nowhere to be found
	close(go1)
	if out := o.outcome(t, "acme", "A-1", rc); out.Counts.Rejected != 1 {
		t.Errorf("%+v", out.Counts)
	}
	if l := o.found(t, "acme", "teamwork"); len(l) != 0 {
		t.Errorf("found %v", l)
	}
	// Nobody was told anything else in between.
	n := 0
	for m, err := told.NextMsg(time.Second); err == nil; m, err = told.NextMsg(200 * time.Millisecond) {
		n++
		var out Outcome
		if err := json.Unmarshal(m.Data, &out); err != nil || out.Counts.Rejected != 1 {
			t.Errorf("told in between: %+v, %v", out.Counts, err)
		}
	}
	if n == 0 {
		t.Error("nothing was told")
	}
}

// TestAttack187Resumed: whoever carries a word over dies on the way; another goes
// on where it stopped, and what was written meanwhile is not lost.
func TestAttack187Resumed(t *testing.T) {
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	o := newOffice(t, s, nil)
	const n = 3*redecideLot + 7
	var docs []record.Application
	for i := range n {
		docs = append(docs, filed("acme", fmt.Sprintf("A-%d", i), millID))
	}
	for _, out := range o.engine.Write(t.Context(), docs) {
		if out.Err != nil {
			t.Fatal(out.Err)
		}
	}
	o.say(t, "acme", issuers.Block, "mill.example")
	// The first dies after its first lot.
	ctx, cancel := context.WithCancel(t.Context())
	dying := &failing{Engine: o.engine, after: 1, die: cancel}
	first := o.open(t, func(x *DecisionsOptions) { x.Engine = dying })
	_ = first.redecide(ctx, "acme")
	x, err := o.Decisions.work.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	var state redecision
	if err := json.Unmarshal(x.Value(), &state); err != nil || state.Applied != 0 || state.After == "" || state.Done != redecideLot || state.Holder != "" {
		t.Fatalf("state %+v, %v", state, err)
	}
	count := &failing{Engine: o.engine}
	second := o.open(t, func(x *DecisionsOptions) { x.Engine = count })
	if err := second.redecide(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if got := count.written.Load(); got != n-redecideLot {
		t.Errorf("%d are written again, want %d", got, n-redecideLot)
	}
	o.carried(t, "acme")
	rejected := 0
	if err := o.engine.Scan(t.Context(), "acme", func(a *record.Application) error {
		rejected += a.Counts.Rejected
		return nil
	}); err != nil || rejected != n {
		t.Errorf("%d of %d, %v", rejected, n, err)
	}
	// Nothing is written twice when nothing is new.
	if err := second.redecide(t.Context(), "acme"); err != nil || count.written.Load() != n-redecideLot {
		t.Errorf("%d, %v", count.written.Load(), err)
	}
}

// failing counts what is replaced, and dies after some calls.
type failing struct {
	index.Engine
	after   int64 // calls; 0 = never
	calls   atomic.Int64
	written atomic.Int64
	die     func()
}

func (f *failing) Write(ctx context.Context, docs []record.Application) []index.Outcome {
	if f.after > 0 && f.calls.Add(1) > f.after {
		f.die()
		return slices.Repeat([]index.Outcome{{Err: context.Canceled}}, len(docs))
	}
	f.written.Add(int64(len(docs)))
	return f.Engine.Write(ctx, docs)
}

// filed makes a document with a good badge of an issuer.
func filed(tenant, application, issuer string) record.Application {
	pass := verdict.Aspect{State: verdict.Pass}
	v := verify.Verdict{Format: verdict.OB30, Credential: verdict.Credential{ID: "urn:badge:0", Name: "Teamwork", Issuer: verdict.Party{ID: issuer, Name: "Mill"}},
		Aspects: verdict.Aspects{Integrity: pass, Issuer: pass, Dates: pass, Recipient: pass, Status: verdict.Aspect{State: verdict.None}, Conformance: pass}, Backing: standing.Of(issuer, nil)}
	verify.Decide(&v, verify.Policy{Accept: verdict.LevelKey})
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	return record.New(deskKey, record.Submission{Tenant: tenant, Application: application, Submitted: at, Checked: at.Add(time.Second)},
		[]record.Entry{{Where: "resume.png", Carrier: "png", Verdict: v, Skills: []skills.Skill{{ID: "urn:skill:1", Label: "teamwork", Framework: "House", Basis: skills.BasisURI}}}}, nil)
}

// registries answers with what a registry says now, and keeps what was asked.
type registries struct {
	body   atomic.Value // string; "" = cannot be reached
	asked  atomic.Int64
	unlike atomic.Int64 // requests that are not as they must be
}

func (r *registries) Fetch(_ context.Context, q fetch.Request) (*fetch.Response, error) {
	r.asked.Add(1)
	if !q.SameHost || !q.Fresh || q.PlainHTTP || q.MaxBytes == 0 || !strings.HasPrefix(q.URL, "https://") {
		r.unlike.Add(1)
	}
	b := r.body.Load().(string)
	if b == "" {
		return nil, fetch.ErrUnreachable
	}
	return &fetch.Response{URL: q.URL, Status: 200, Body: []byte(b)}, nil
}

// TestAttack188Registry: a registry counts only as far as it was chosen, as long as
// it lists an issuer, and is read again every day by the clock that is given.
func TestAttack188Registry(t *testing.T) {
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	var now atomic.Int64
	now.Store(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC).Unix())
	web := &registries{}
	o := newOffice(t, s, nil, func(x *DecisionsOptions) {
		x.Fetcher, x.Now = web, func() time.Time { return time.Unix(now.Load(), 0).UTC() }
	})
	list := func(ids ...string) {
		m := map[string]any{}
		for _, id := range ids {
			m[id] = map[string]string{"name": "Name of " + id[len(id)-1:]}
		}
		b, _ := json.Marshal(map[string]any{"meta": map[string]string{"title": "Registry"}, "registry": m})
		web.body.Store(string(b))
	}
	listed := func(tenant, id string) bool {
		p, _ := o.Policy(tenant)
		v := verify.Verdict{Credential: verdict.Credential{Issuer: verdict.Party{ID: id}}, Backing: standing.Of(id, nil)}
		v.Aspects.Integrity.State, v.Aspects.Issuer.State, v.Aspects.Dates.State = verdict.Pass, verdict.Pass, verdict.Pass
		verify.Decide(&v, p)
		return v.Aspects.Standing.Level == verdict.LevelListed
	}
	const source = "https://registry.example/list.json"
	list("did:key:z1", "did:key:z2", "did:key:z3")
	choose := func(tenant string, whole bool, entries ...string) issuers.Receipt {
		t.Helper()
		r, err := o.Import(t.Context(), tenant, issuers.Chosen{Source: source, Whole: whole, Entries: entries, By: "Jo"})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := choose("none", false); r.Entries != 0 || len(r.Offered) != 3 || listed("none", "did:key:z1") {
		t.Errorf("by itself: %+v", r)
	}
	choose("some", false, "did:key:z1")
	choose("some", false, "did:key:z2")
	choose("whole", true)
	for tenant, want := range map[string][3]bool{"none": {}, "some": {true, true, false}, "whole": {true, true, true}, "nobody": {}} {
		if got := [3]bool{listed(tenant, "did:key:z1"), listed(tenant, "did:key:z2"), listed(tenant, "did:key:z3")}; got != want {
			t.Errorf("%s: %v", tenant, got)
		}
	}
	if _, err := o.Import(t.Context(), "some", issuers.Chosen{Source: source, Entries: []string{"did:key:z9"}, By: "Jo"}); !errors.Is(err, issuers.ErrRegistry) {
		t.Errorf("an entry that is none: %v", err)
	}
	// z1 vanishes, z4 is new. Before a day is over nothing is asked.
	list("did:key:z2", "did:key:z3", "did:key:z4")
	asked := web.asked.Load()
	now.Add(int64(refreshEvery/time.Second) - 60)
	o.refresh(t.Context())
	if web.asked.Load() != asked {
		t.Error("asked before a day was over")
	}
	now.Add(120)
	o.refresh(t.Context())
	for tenant, want := range map[string][4]bool{"none": {}, "some": {false, true, false, false}, "whole": {false, true, true, true}} {
		if got := [4]bool{listed(tenant, "did:key:z1"), listed(tenant, "did:key:z2"), listed(tenant, "did:key:z3"), listed(tenant, "did:key:z4")}; got != want {
			t.Errorf("a day later %s: %v", tenant, got)
		}
	}
	// z1 comes back: who had chosen it chose an entry that ended.
	list("did:key:z1", "did:key:z2")
	now.Add(int64(refreshEvery / time.Second))
	o.refresh(t.Context())
	if listed("some", "did:key:z1") || !listed("whole", "did:key:z1") {
		t.Error("an entry that vanished is back by itself, or a whole registry's is not")
	}
	// It may be looked at while it is read again (for the race detector).
	var reading sync.WaitGroup
	reading.Go(func() {
		for range 50 {
			now.Add(int64(refreshEvery / time.Second))
			o.refresh(t.Context())
		}
	})
	for range 50 {
		if l, err := o.List(t.Context(), "some", 1); err != nil || len(l.Registries) != 1 || l.Registries[0].Why != "" {
			t.Errorf("while it is read: %+v, %v", l, err)
		}
	}
	reading.Wait()
	// It cannot be loaded: what counted counts, and it is said.
	web.body.Store("")
	now.Add(int64(refreshEvery / time.Second))
	o.refresh(t.Context())
	l, err := o.List(t.Context(), "some", 1)
	if err != nil || len(l.Registries) != 1 || l.Registries[0].Why != "the registry could not be loaded" || l.Registries[0].Failed.IsZero() || !listed("some", "did:key:z2") {
		t.Errorf("%+v, %v", l, err)
	}
	if _, err := o.Import(t.Context(), "new", issuers.Chosen{Source: source, By: "Jo"}); !errors.Is(err, issuers.ErrRegistry) || strings.Contains(err.Error(), "reached") {
		t.Errorf("%v", err)
	}
	asked = web.asked.Load()
	o.refresh(t.Context())
	if web.asked.Load() != asked {
		t.Error("asked again at once")
	}
	for _, bad := range []string{`{"blocked":["did:key:z1"]}`, `{"registry":{"MIT":{}}}`, `[]`, `{"registry":{},"registry":{}}`} {
		web.body.Store(bad)
		if _, err := o.Import(t.Context(), "new", issuers.Chosen{Source: source, Whole: true, By: "Jo"}); !errors.Is(err, issuers.ErrRegistry) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for _, src := range []string{"http://registry.example/", "file:///etc/passwd", "list.json", ""} {
		if _, err := o.Import(t.Context(), "new", issuers.Chosen{Source: src, By: "Jo"}); !errors.Is(err, issuers.ErrForm) {
			t.Errorf("%q: %v", src, err)
		}
	}
	if web.unlike.Load() != 0 {
		t.Errorf("%d requests over another way, or to another host", web.unlike.Load())
	}
	// A file, and dropping.
	if _, err := o.Import(t.Context(), "file", issuers.Chosen{Source: "r.json", Body: []byte(`{"registry":{"did:key:z7":{}}}`), Whole: true, By: "Jo"}); err != nil || !listed("file", "did:key:z7") {
		t.Errorf("%v", err)
	}
	if _, err := o.Say(t.Context(), "whole", issuers.Word{Kind: issuers.Drop, Registry: &issuers.Registry{Source: source}, By: "Jo", At: time.Now()}); err != nil || listed("whole", "did:key:z2") {
		t.Errorf("dropped: %v", err)
	}
}

// TestRetoldNamesNobody: an outcome that is told again masks what names the
// applicant, as the first did, unless it is asked to stay.
func TestRetoldNamesNobody(t *testing.T) {
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	r := newRig(t, s)
	a := filed("acme", "A-1", goodID)
	v := a.Credentials[0].Verdict
	v.Credential.Name = "Certificate for Zaphod"
	named := record.New(deskKey, record.Submission{Tenant: "acme", Application: "A-1", DisplayName: "Zaphod Beeblebrox", Submitted: a.AppliedAt, Checked: a.CheckedAt},
		[]record.Entry{{Where: "resume.png", Carrier: "png", Verdict: v}}, nil)
	for i, names := range []bool{false, true} {
		named.Version += int64(i)
		if err := r.republish(t.Context(), &named, a.CheckedAt, names); err != nil {
			t.Fatal(err)
		}
		m, err := r.last(t.Context(), StreamResults, "results.acme.A-1")
		if err != nil {
			t.Fatal(err)
		}
		// What was masked once stays so.
		if strings.Contains(string(m.Data), "Zaphod") || !strings.Contains(string(m.Data), "Certificate for") {
			t.Errorf("names %v: %s", names, m.Data)
		}
	}
	if err := r.republish(t.Context(), func() *record.Application {
		b := named
		b.Application, b.Version = "A-2", named.Version+1
		return &b
	}(), a.CheckedAt, true); err != nil {
		t.Fatal(err)
	}
	if m, err := r.last(t.Context(), StreamResults, "results.acme.A-2"); err != nil || !strings.Contains(string(m.Data), "Zaphod") {
		t.Errorf("asked to stay: %v", err)
	}
}
