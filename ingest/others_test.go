package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"assay/extract"
	"assay/index"
	"assay/index/local"
	"assay/index/record"
	"assay/index/skills"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/verdict"
)

const victim = "victim@example.org"

// holding finds in each document, "badge NAME", the credential of that name, whose
// recipient is the victim: verified for who claims or has proven that address.
func holding(_ context.Context, in examine.Input) ([]examine.Report, error) {
	var out []examine.Report
	for _, d := range in.Documents {
		r := examine.Report{Document: d.Name}
		if name, ok := strings.CutPrefix(string(d.Data), "badge "); ok {
			name, _, _ = strings.Cut(name, " ")
			v := verify.Verdict{Identity: "identity of " + name, Aspects: verdict.Unasked(), Credential: verdict.Credential{ID: name, Name: name}}
			for _, a := range []*verdict.Aspect{&v.Aspects.Integrity, &v.Aspects.Issuer, &v.Aspects.Dates, &v.Aspects.Standing, &v.Aspects.Conformance} {
				a.State = verdict.Pass
			}
			switch {
			case slices.Contains(in.Applicant.Proven, victim):
				v.Aspects.Recipient.State, v.Proven = verdict.Pass, true
			case slices.Contains(in.Applicant.Emails, victim):
				v.Aspects.Recipient = verdict.Aspect{State: verdict.Pass, Reason: verdict.AddressClaimed}
			default:
				v.Aspects.Recipient = verdict.Aspect{State: verdict.Fail, Reason: verdict.RecipientMismatch}
			}
			v.Result = verdict.Decide(v.Aspects)
			v.Reason = v.Aspects.Deciding(v.Result)
			r.Findings = []examine.Finding{{Where: d.Name, Carrier: "png", Verdict: v, Skills: []skills.Skill{{ID: "urn:skill:teamwork", Label: "Teamwork"}}}}
		} else {
			r.Unread = []extract.Unread{{Where: d.Name, Reason: extract.ReasonUnknown}}
		}
		out = append(out, r)
	}
	return out, nil
}

// crowd is a queue with a worker whose applicants hold badges.
type crowd struct {
	*rig
	e       index.Engine
	receipt map[string]*Receipt
}

func (c *crowd) apply(t *testing.T, application, content string, claimed, proven []string) {
	t.Helper()
	rc, err := c.sub.Submit(t.Context(), Submission{Tenant: "acme", Application: application,
		Applicant: Applicant{Emails: claimed, Proven: proven, Name: "Applicant " + application}, Files: []File{{Name: "b.png", Data: []byte(content)}}})
	if err != nil {
		t.Fatal(err)
	}
	c.receipt[application] = rc
}

func (c *crowd) wait(t *testing.T) {
	t.Helper()
	for application, rc := range c.receipt {
		c.outcome(t, "acme", application, rc)
	}
}

// says gives what the index and the newest outcome say of an application's first
// badge: result, reason and who else holds it.
func (c *crowd) says(t *testing.T, application string) string {
	t.Helper()
	a, err := c.e.Get(t.Context(), "acme", application)
	if err != nil {
		return err.Error()
	}
	if len(a.Credentials) == 0 {
		return "none"
	}
	k := &a.Credentials[0]
	warned := slices.Contains(k.Verdict.Warnings, verdict.WarnOtherCandidate)
	if warned != (k.Elsewhere != "") || a.Claims[0].Status != k.Verdict.Result || a.Counts.Of(k.Verdict.Result) != 1 || len(a.Flat.Skills) != a.Counts.Verified {
		t.Errorf("%s does not fit together: %+v, claims %v, counts %+v, flat %+v", application, k, a.Claims[0].Status, a.Counts, a.Flat)
	}
	out := fmt.Sprintf("%s %s/%s %s", k.Verdict.Result, k.Verdict.Aspects.Recipient.State, k.Verdict.Aspects.Recipient.Reason, k.Elsewhere)
	o := c.outcome(t, "acme", application, c.receipt[application])
	f := o.Findings[0]
	if told := fmt.Sprintf("%s %s/%s %s", f.Result, f.Aspects["recipient"].State, f.Aspects["recipient"].Reason, f.Elsewhere); told != out || o.Counts.Of(f.Result) != 1 || o.Counts.Total() != 1 || f.Reason != k.Verdict.Reason {
		t.Errorf("%s: the outcome says %q and %+v, the index %q", application, told, o.Counts, out)
	}
	return out
}

func (c *crowd) want(t *testing.T, want map[string]string) {
	t.Helper()
	for application, w := range want {
		if got := c.says(t, application); got != w {
			t.Errorf("%s: %q, want %q", application, got, w)
		}
	}
}

// crowds runs a test on both engines, on a worker of its own.
func crowds(t *testing.T, f func(t *testing.T, c *crowd)) {
	engines(t, []byte("id key of a test, long enough...."), func(t *testing.T, e index.Engine) {
		s := &embedded{dir: t.TempDir()}
		s.start(t)
		t.Cleanup(s.stop)
		c := &crowd{newRig(t, s), e, map[string]*Receipt{}}
		c.work(t, e, examiner(holding))
		f(t, c)
	})
}

const (
	lonely  = "verified pass/address_claimed "
	claimed = "verified pass/address_claimed other"
	proven  = "verified pass/ "
	owner   = "verified pass/ other"
	lost    = "authentic unknown/other_candidate proven_other"
	others  = "authentic fail/recipient_mismatch "
	shown   = "authentic fail/recipient_mismatch other"
)

// Another's badge and address, under three names, each of which adds its own
// address: all three are told. When the one comes whose address is confirmed,
// the others are authentic at most, whoever was first. Who gives no address but
// the owner's can be reached by nobody but the owner: that is one person.
func TestAttack200_OneBadgeUnderThreeNames(t *testing.T) {
	t.Parallel()
	crowds(t, func(t *testing.T, c *crowd) {
		c.apply(t, "A-0", "badge one", []string{victim}, nil)
		c.wait(t)
		c.want(t, map[string]string{"A-0": lonely})
		for _, n := range []string{"A-1", "A-2", "A-3"} {
			c.apply(t, n, "badge one", []string{strings.ToLower(n) + "@example.net", victim}, nil)
			c.wait(t)
		}
		c.want(t, map[string]string{"A-0": claimed, "A-1": claimed, "A-2": claimed, "A-3": claimed})
		c.apply(t, "V-1", "badge one", nil, []string{victim})
		c.wait(t)
		c.want(t, map[string]string{"V-1": owner, "A-0": claimed, "A-1": lost, "A-2": lost, "A-3": lost})
		// Whoever comes after.
		c.apply(t, "A-4", "badge one in another copy", []string{"a-4@example.net", victim}, nil)
		c.apply(t, "A-5", "badge two", []string{"a-5@example.net", victim}, nil)
		c.wait(t)
		c.want(t, map[string]string{"V-1": owner, "A-4": "authentic unknown/other_candidate proven_other", "A-5": lonely})
	})
}

// Of those who come at one time, each is told of the others.
func TestAttack201_AtOneTime(t *testing.T) {
	t.Parallel()
	crowds(t, func(t *testing.T, c *crowd) {
		want := map[string]string{}
		for i := range 12 {
			n := fmt.Sprintf("A-%d", i)
			claims, confirmed, says := []string{n + "@example.net", victim}, []string(nil), lost
			if i == 7 {
				claims, confirmed, says = nil, []string{victim}, owner
			}
			c.apply(t, n, "badge one", claims, confirmed)
			want[n] = says
		}
		c.wait(t)
		eventually(t, "all is answered", func() bool { l, err := c.Lag(t.Context()); return err == nil && l.Live == 0 && l.Held == 0 })
		c.want(t, want)
	})
}

// Another who comes while an outcome is on its way does not find it, and so whoever
// publishes it looks again.
func TestAttack201_OutcomeTooLate(t *testing.T) {
	t.Parallel()
	r, _ := alone(t)
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: []byte("id key of a test, long enough....")})
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{r, &late{Engine: e}, map[string]*Receipt{}}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	c.work(t, c.e, examiner(holding))
	c.apply(t, "A-1", "badge one", []string{"a@example.net", victim}, nil)
	c.wait(t)
	eventually(t, "all is answered", func() bool { l, err := c.Lag(t.Context()); return err == nil && l.Live == 0 && l.Held == 0 })
	c.want(t, map[string]string{"A-1": claimed})
}

// late is an engine in which another candidate's word comes into an application
// after all that its worker reads of it but the last.
type late struct {
	index.Engine
	holders atomic.Int64
}

func (l *late) Holders(ctx context.Context, tenant string, keys []string) ([]record.Holder, error) {
	out, err := l.Engine.Holders(ctx, tenant, keys)
	// Before it is written, and for those who are there.
	if l.holders.Add(1) == 2 && err == nil {
		a, e := l.Engine.Get(ctx, tenant, "A-1")
		if e != nil {
			return nil, e
		}
		record.Share(a, []record.Holder{{Application: "Z", Held: []record.Held{{Key: keys[0]}}}})
		a.Version = record.NextVersion(a.Version)
		err = l.Engine.Write(ctx, []record.Application{*a})[0].Err
	}
	return out, err
}

// What others hold is told however often the index takes nothing meanwhile.
func TestOthersAreToldAfterAFault(t *testing.T) {
	t.Parallel()
	r, _ := alone(t)
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: []byte("id key of a test, long enough....")})
	if err != nil {
		t.Fatal(err)
	}
	x := &faint{Engine: e}
	c := &crowd{r, x, map[string]*Receipt{}}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	c.work(t, x, examiner(holding))
	c.apply(t, "A-1", "badge one", []string{"a@example.net", victim}, nil)
	c.wait(t)
	c.want(t, map[string]string{"A-1": claimed})
	if x.failed.Load() != 1 {
		t.Errorf("the index failed %d times: this test sees nothing", x.failed.Load())
	}
}

// faint is an engine in which another candidate comes while A-1 is written, and which
// then takes nothing for once.
type faint struct {
	index.Engine
	holders, failed atomic.Int64
}

func (f *faint) Holders(ctx context.Context, tenant string, keys []string) ([]record.Holder, error) {
	out, err := f.Engine.Holders(ctx, tenant, keys)
	if f.holders.Add(1) >= 2 && err == nil {
		out = append(out, record.Holder{Application: "Z", Held: []record.Held{{Key: keys[0], Elsewhere: record.HeldByOther}}})
	}
	return out, err
}

func (f *faint) Get(ctx context.Context, tenant, application string) (*record.Application, error) {
	if f.holders.Load() == 2 && f.failed.Add(1) == 1 {
		return nil, index.ErrUnavailable
	}
	return f.Engine.Get(ctx, tenant, application)
}

// One person's applications for two jobs are nobody else's: by a confirmed address
// that both have, or by the same addresses. Another's badge is told on both sides
// whatever it names.
func TestAttack202_OneApplicantTwoJobs(t *testing.T) {
	t.Parallel()
	crowds(t, func(t *testing.T, c *crowd) {
		c.apply(t, "V-1", "badge one", []string{victim, "v@example.net"}, []string{victim})
		c.apply(t, "V-2", "badge one", []string{"other@example.net"}, []string{strings.ToUpper(victim[:1]) + victim[1:], victim})
		c.apply(t, "C-1", "badge two", []string{"c@example.net", victim}, nil)
		c.apply(t, "C-2", "badge two", []string{victim, "C@example.net"}, nil)
		c.apply(t, "N-1", "badge three", []string{"n@example.net"}, nil)
		c.wait(t)
		eventually(t, "all is answered", func() bool { l, err := c.Lag(t.Context()); return err == nil && l.Live == 0 && l.Held == 0 })
		c.want(t, map[string]string{"V-1": proven, "V-2": proven, "C-1": lonely, "C-2": lonely, "N-1": others})
		c.apply(t, "N-2", "badge three", []string{"n2@example.net"}, nil)
		c.wait(t)
		c.want(t, map[string]string{"N-1": shown, "N-2": shown})
	})
}

// What was erased, or replaced by a submission without the badge, speaks of
// nobody any more; a recheck and a rebuild change nothing.
func TestAttack203_ErasedAndReplaced(t *testing.T) {
	t.Parallel()
	crowds(t, func(t *testing.T, c *crowd) {
		c.apply(t, "V-1", "badge one", nil, []string{victim})
		c.wait(t)
		c.apply(t, "A-1", "badge one", []string{"a@example.net", victim}, nil)
		c.apply(t, "A-2", "badge one", []string{"b@example.net", victim}, nil)
		c.wait(t)
		eventually(t, "all is answered", func() bool { l, err := c.Lag(t.Context()); return err == nil && l.Live == 0 && l.Held == 0 })
		c.want(t, map[string]string{"V-1": owner, "A-1": lost, "A-2": lost})

		if n, err := c.Reprocess(t.Context(), nil, ReprocessOptions{Tenant: "acme"}); n != 3 || err != nil {
			t.Fatal(n, err)
		}
		eventually(t, "rechecked", func() bool { l, err := c.Lag(t.Context()); return err == nil && l.Batch == 0 && l.Held == 0 })
		c.want(t, map[string]string{"V-1": owner, "A-1": lost, "A-2": lost})
		if err := c.e.Rebuild(t.Context(), nil, nil); err != nil {
			t.Fatal(err)
		}
		for n, w := range map[string]record.Elsewhere{"V-1": record.HeldByOther, "A-1": record.HeldByProvenOther} {
			if a, err := c.e.Get(t.Context(), "acme", n); err != nil || a.Held[0].Elsewhere != w || a.Credentials[0].Elsewhere != w {
				t.Errorf("%s after a rebuild: %+v, %v", n, a, err)
			}
		}

		if err := c.Erase(t.Context(), c.e, "acme", "V-1", c.receipt["V-1"].Submitted); err != nil {
			t.Fatal(err)
		}
		delete(c.receipt, "V-1")
		for n, w := range map[string]record.Elsewhere{"A-1": record.HeldByOther, "A-2": record.HeldByOther} {
			if a, err := c.e.Get(t.Context(), "acme", n); err != nil || a.Credentials[0].Elsewhere != w || a.Credentials[0].Verdict.Result != verdict.Verified || a.Credentials[0].Verdict.Aspects.Recipient.Reason != verdict.AddressClaimed {
				t.Errorf("%s after the erasure: %+v, %v", n, a, err)
			}
		}
		c.apply(t, "A-1", "nothing", []string{"a@example.net", victim}, nil)
		c.wait(t)
		eventually(t, "all is answered", func() bool { l, err := c.Lag(t.Context()); return err == nil && l.Live == 0 && l.Held == 0 })
		c.want(t, map[string]string{"A-2": lonely})
	})
}

// An erasure that was stopped between its door and the index counts as done.
func TestAttack203_HalfErased(t *testing.T) {
	t.Parallel()
	crowds(t, func(t *testing.T, c *crowd) {
		c.apply(t, "V-1", "badge one", nil, []string{victim})
		c.wait(t)
		kv, err := c.doors(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kv.Put(t.Context(), door("acme", "V-1"), []byte("now")); err != nil {
			t.Fatal(err)
		}
		delete(c.receipt, "V-1")
		c.apply(t, "A-1", "badge one", []string{"a@example.net", victim}, nil)
		c.wait(t)
		c.want(t, map[string]string{"A-1": lonely})
	})
}

// heldBy is an index that has these holders.
type heldBy struct {
	index.Engine
	list []record.Holder
}

func (h heldBy) Holders(context.Context, string, []string) ([]record.Holder, error) {
	return slices.Clone(h.list), nil
}

// Whether an application itself was erased is not asked for each of its credentials; of
// others it is, and where that cannot be known nothing is said of them.
func TestHoldersAreOthers(t *testing.T) {
	t.Parallel()
	r, _ := alone(t)
	cut, cancel := context.WithCancel(t.Context())
	cancel() // the queue answers nothing
	for _, tt := range []struct {
		desc  string
		ctx   context.Context
		by    []string
		want  int
		fails bool
	}{
		{"itself", cut, []string{"A-1"}, 0, false},
		{"another one", t.Context(), []string{"A-1", "A-2"}, 1, false},
		{"another one, without the queue", cut, []string{"A-1", "A-2"}, 0, true},
	} {
		var e heldBy
		for _, name := range tt.by {
			e.list = append(e.list, record.Holder{Application: name})
		}
		list, err := r.holders(tt.ctx, e, "acme", "A-1", []string{"key"})
		if len(list) != tt.want || (err != nil) != tt.fails {
			t.Errorf("%s: %d holders, %v", tt.desc, len(list), err)
		}
	}
}
