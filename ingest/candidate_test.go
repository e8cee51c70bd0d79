package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/index/record"
	"assay/ingest/examine"
)

// whose are applications of several people at two employers: the index has those that
// were worked on, the queue all.
func whose(t *testing.T, r *rig, e *memory) {
	t.Helper()
	s := &issuer{}
	stop := r.work(t, e, s, func(o *WorkerOptions) { o.Forget = func() int { return 7 } })
	put := func(tenant, application string, a Applicant, files ...File) *Receipt {
		t.Helper()
		rc, err := r.sub.Submit(t.Context(), Submission{Tenant: tenant, Application: application, Applicant: a, Files: append(files, File{Name: "cv.txt", Data: []byte("cv")})})
		if err != nil {
			t.Fatal(err)
		}
		return rc
	}
	big := File{Name: "big.pdf", Data: []byte(strings.Repeat("large ", 100_000))}
	ann, bob := "Ann@Example.org", "bob@example.org"
	for _, x := range []struct {
		tenant, application string
		a                   Applicant
	}{
		{"acme", "proven-1", Applicant{Proven: []string{ann}}},
		{"acme", "proven-2", Applicant{Emails: []string{bob}, Proven: []string{"ann2@example.org", "ann@example.org"}}},
		{"acme", "claims-1", Applicant{Emails: []string{"ann@example.org"}}},
		{"acme", "claims-2", Applicant{Emails: []string{bob, ann}}},
		{"acme", "other", Applicant{Proven: []string{bob}}},
		{"acme", "nobody", Applicant{}},
		{"rival", "proven-1", Applicant{Proven: []string{ann}}},
	} {
		rc := put(x.tenant, x.application, x.a, big)
		r.outcome(t, x.tenant, x.application, rc)
	}
	if err := r.bury(t.Context(), letter{subject: "applications.acme.lettered", data: []byte(`{"v":1,"tenant":"acme","application":"lettered","applicant":{"proven":["ann@example.org"]}}`), class: ClassIndex}); err != nil {
		t.Fatal(err)
	}
	stop()
	put("acme", "waits", Applicant{Proven: []string{ann}}) // no worker had it
	put("acme", "waits-2", Applicant{Emails: []string{ann}})
	// In the index alone: its submission gave way.
	s2, err := r.stream(t.Context(), StreamApplications)
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.last(t.Context(), StreamApplications, "applications.acme.proven-2")
	if err != nil || s2.DeleteMsg(t.Context(), m.Sequence) != nil {
		t.Fatal(err)
	}
}

var testKey = []byte("id key of a test, long enough....")

func namesOf(x *Erasure) string {
	var all []string
	for _, a := range x.Applications {
		all = append(all, a.Application)
	}
	return strings.Join(all, " ")
}

// All of a person's applications are found, wherever they are, and nobody else's: not
// another employer's, and not those that merely claim the address.
func TestErasureFinds(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	whose(t, r, e)
	key := func(a Applicant) string {
		return candidate(testKey, &Application{Tenant: "acme", Application: "nobody", Applicant: a})
	}
	for _, c := range []struct {
		what    string
		who     Person
		want    string
		claimed int
	}{
		{"by address", Person{Address: " ann@example.org "}, "lettered proven-1 proven-2 waits", 2},
		{"by address, claimed too", Person{Address: "ANN@example.org", Claimed: true}, "claims-1 claims-2 lettered proven-1 proven-2 waits waits-2", 0},
		{"by another", Person{Address: "bob@example.org"}, "other", 1},
		{"by nobody's", Person{Address: "carl@example.org"}, "", 0},
		{"by key", Person{Candidate: key(Applicant{Proven: []string{"ann@example.org"}})}, "lettered proven-1 waits", 2},
		{"by key, claimed too", Person{Candidate: key(Applicant{Emails: []string{"ann@example.org"}}), Claimed: true}, "claims-1 lettered proven-1 waits waits-2", 0},
		{"by the key of one who gives nothing", Person{Candidate: key(Applicant{})}, "nobody", 0},
	} {
		x, err := r.EraseCandidate(t.Context(), e, testKey, "acme", c.who, true, time.Now)
		if err != nil || namesOf(x) != c.want || x.Claimed != c.claimed || x.Erased != len(strings.Fields(c.want)) {
			t.Errorf("%s: %q, %d claimed, %v; want %q, %d", c.what, namesOf(x), x.Claimed, err, c.want, c.claimed)
		}
		if !x.DryRun || len(x.Left) > 0 {
			t.Errorf("%s: %+v", c.what, x)
		}
	}
	for _, bad := range []Person{{}, {Address: "a@b", Candidate: strings.Repeat("0", 32)}, {Candidate: "*"}, {Address: "nobody"}} {
		if _, err := r.EraseCandidate(t.Context(), e, testKey, "acme", bad, true, time.Now); !errors.Is(err, ErrPerson) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	for _, bad := range []string{"", "*", "acme.>"} {
		if _, err := r.EraseCandidate(t.Context(), e, testKey, bad, Person{Address: "ann@example.org"}, true, time.Now); !errors.Is(err, record.ErrToken) {
			t.Errorf("tenant %q: %v", bad, err)
		}
	}
	// Nothing of this has changed anything.
	for _, name := range []string{"proven-1", "claims-1", "waits"} {
		if err := r.refuseErased(t.Context(), "acme", name); err != nil {
			t.Errorf("a dry run: %s: %v", name, err)
		}
		if places, err := r.placesOf(t.Context(), e, "acme", name); err != nil || places["submissions"] != 1 {
			t.Errorf("a dry run: %s: %v, %v", name, places, err)
		}
	}
}

// A person's applications go from everywhere, with a report, over a worker; whoever asks
// for one tenant reaches no other's.
func TestErasureOfACandidate(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	whose(t, r, e)
	dropped := 0
	r.work(t, e, &issuer{}, func(o *WorkerOptions) {
		o.IDKey, o.Forget = testKey, func() int { dropped++; return 7 }
	})
	eventually(t, "all are worked on", func() bool { return r.told(t, "waits") != nil && r.told(t, "waits-2") != nil })
	if _, err := r.RequestEraseCandidate(t.Context(), "acme", Person{Address: "ann@example.org"}, true); err != nil || dropped > 0 {
		t.Fatal(err, dropped)
	}
	x, err := r.RequestEraseCandidate(t.Context(), "acme", Person{Address: "ann@example.org"}, false)
	if err != nil {
		t.Fatal(err)
	}
	if namesOf(x) != "lettered proven-1 proven-2 waits" || x.Erased != 4 || x.Claimed != 2 || len(x.Left) > 0 || x.Processes != 1 || x.Answers != 7 {
		t.Errorf("%+v", x)
	}
	if got, want := fmt.Sprint(x.Removed), "map[documents:2 index:3 letters:1 outcomes:3 submissions:2]"; !strings.Contains(got, "documents:") || !strings.Contains(got, "index:3 letters:1 outcomes:3 ") || !strings.Contains(got, "submissions:2") {
		t.Errorf("removed %s, want about %s", got, want)
	}
	for _, name := range []string{"proven-1", "proven-2", "waits", "lettered"} {
		if err := r.refuseErased(t.Context(), "acme", name); !errors.Is(err, ErrErased) {
			t.Errorf("%s: %v", name, err)
		}
		places, err := r.placesOf(t.Context(), e, "acme", name)
		if len(places) > 0 || err != nil {
			t.Errorf("left of %s: %v, %v", name, places, err)
		}
	}
	for _, x := range []struct{ tenant, application string }{{"acme", "claims-1"}, {"acme", "claims-2"}, {"acme", "other"}, {"acme", "nobody"}, {"acme", "waits-2"}, {"rival", "proven-1"}} {
		if places, err := r.placesOf(t.Context(), e, x.tenant, x.application); err != nil || places["submissions"] != 1 || places["outcomes"] != 1 || places["index"] != 1 {
			t.Errorf("%v lost something: %v, %v", x, places, err)
		}
	}
	if log := r.log.String(); strings.Contains(strings.ToLower(log), "ann@") {
		t.Error("the log names the person")
	}
}

func TestShow(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	show := func(application string) *Situation {
		t.Helper()
		s, err := r.Show(t.Context(), "acme", application)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := show("A-1"); s.Known() || s.Work != WorkNone || !s.NoWorker {
		t.Errorf("of nothing: %+v", s)
	}
	sub := submission("acme", "A-1", "verified")
	sub.Applicant.Name = "canary-name"
	sub.Files = append(sub.Files, File{Name: "canary-file.pdf", Data: []byte(strings.Repeat("large ", 100_000))})
	rc, err := r.sub.Submit(t.Context(), sub)
	if err != nil {
		t.Fatal(err)
	}
	if s := show("A-1"); s.Work != WorkWaiting || s.Submission == nil || s.Submission.Sequence != rc.Sequence || s.Outcome != nil || s.Index != nil {
		t.Errorf("waiting: %+v", s)
	}
	hold, held := make(chan struct{}), make(chan struct{}, 8)
	r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		held <- struct{}{}
		<-hold
		return byContent(ctx, in)
	}))
	<-held
	if s := show("A-1"); s.Work != WorkInHand {
		t.Errorf("in hand: %+v", s)
	}
	close(hold)
	r.outcome(t, "acme", "A-1", rc)
	if err := r.bury(t.Context(), letter{subject: "applications.acme.A-1", data: []byte("canary-letter"), class: ClassFault, attempts: 3}); err != nil {
		t.Fatal(err)
	}
	if err := r.holdDocuments(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.note(t.Context(), "acme", "A-1", recheck{V: 1, Reason: "pending", At: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	s := show("A-1")
	if s.Work != WorkDone || s.Outcome == nil || s.Outcome.Tries != 1 || s.Index == nil || s.Index.Sequence != rc.Sequence || s.Index.Counts.Verified != 1 ||
		len(s.Letters) != 1 || s.Letters[0].Attempts != 3 || s.Documents != 1 || s.Later == nil || s.NoWorker {
		t.Errorf("done: %+v", s)
	}
	if text := fmt.Sprintf("%+v %+v %+v", s, s.Outcome, s.Index); strings.Contains(text, "canary") || strings.Contains(text, "applicant@") {
		t.Errorf("it names somebody: %s", text)
	}
	if s := show("A-2"); s.Known() {
		t.Errorf("of another: %+v", s)
	}
	if s, err := r.Show(t.Context(), "rival", "A-1"); err != nil || s.Known() {
		t.Errorf("of another's: %+v, %v", s, err)
	}
	if err := r.RequestErase(t.Context(), "acme", "A-1"); err != nil {
		t.Fatal(err)
	}
	if s := show("A-1"); !s.Erased || s.Submission != nil || s.Index != nil || s.Outcome != nil || len(s.Letters)+s.Documents > 0 {
		t.Errorf("erased: %+v", s)
	}
	for _, bad := range []string{"", "*", ">", "a.b"} {
		if _, err := r.Show(t.Context(), bad, "A-1"); !errors.Is(err, record.ErrToken) {
			t.Errorf("tenant %q: %v", bad, err)
		}
		if _, err := r.Show(t.Context(), "acme", bad); !errors.Is(err, record.ErrToken) {
			t.Errorf("application %q: %v", bad, err)
		}
	}
}
