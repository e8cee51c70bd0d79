package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/extract"
)

// seen are the names of all documents that this process was given, when it is a
// child.
var seen []string

// remember finds the names of all the documents that the child has been given.
func remember(_ context.Context, r request, _ []byte, found func(extract.Finding)) extract.Result {
	seen = append(seen, r.Name)
	f := extract.Finding{Kind: extract.KindJSON, Payload: strings.Join(seen, " "), Carrier: "json", Places: []extract.Place{{Where: r.Name}}}
	found(f)
	res := extract.Result{Findings: []extract.Finding{f}}
	switch {
	case strings.HasSuffix(r.Name, "-failed"):
		res.Unread = []extract.Unread{{Where: r.Name, Reason: extract.ReasonReaderFailed, Reader: "pdf", At: "walk.go:1"}}
	case strings.HasSuffix(r.Name, "-limit"):
		res.Unread = []extract.Unread{{Where: r.Name, Reason: extract.ReasonDepth}}
	case strings.HasSuffix(r.Name, "-panic"):
		panic("a secret of the document")
	case strings.HasSuffix(r.Name, "-chatty"):
		// It goes on when it has answered, so that the next answer is its own.
		time.AfterFunc(100*time.Millisecond, func() {
			_ = writeFrame(os.Stdout, frameDone, []byte(`{"result":{"findings":null},"cpu":1}`))
		})
	}
	return res
}

// given has a document read and gives the names of all that its child was given.
func given(t *testing.T, p *Pool, o Owner, name string) []string {
	t.Helper()
	ctx := context.Background()
	if o != (Owner{}) {
		ctx = WithOwner(ctx, o)
	}
	res, err := p.Extract(ctx, extract.Document{Name: name, Data: []byte("{}")})
	if err != nil || len(res.Findings) != 1 {
		t.Fatalf("%s: %+v, %v", name, res, err)
	}
	return strings.Fields(res.Findings[0].Payload)
}

// A child that one employer's, or one applicant's, document has broken into sees
// nothing of another's, whatever comes in between, and however few children there
// are. Its own it may see, or else children would not be kept.
func TestAttack115_ChildOfAnother(t *testing.T) {
	for _, per := range []Per{PerTenant, PerApplication} {
		for _, workers := range []int{1, 2, 3} {
			t.Run(fmt.Sprintf("%s, %d", per, workers), func(t *testing.T) {
				p, err := New(Options{Workers: workers, Per: per, childArgs: []string{"remember"}})
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				together := false
				for i := range 40 {
					o := Owner{Tenant: fmt.Sprintf("tenant%d", i/3%4), Application: fmt.Sprintf("application%d", i/2%3)}
					prefix := o.Tenant + "/"
					if per == PerApplication {
						prefix += o.Application + "/"
					}
					all := given(t, p, o, fmt.Sprintf("%s/%s/%d", o.Tenant, o.Application, i))
					for _, name := range all {
						if !strings.HasPrefix(name, prefix) {
							t.Errorf("a child that %s has broken into is given %s", name, all[len(all)-1])
						}
					}
					together = together || len(all) > 1
					p.mu.Lock()
					if p.over() > p.kept() {
						t.Errorf("%d children more than %d workers", p.over(), workers)
					}
					p.mu.Unlock()
				}
				if !together {
					t.Error("no child is ever used twice")
				}
			})
		}
	}
	// Of nobody in particular: a child each.
	p, err := New(Options{Workers: 1, childArgs: []string{"remember"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for i := range 3 {
		if all := given(t, p, Owner{}, fmt.Sprint("nobody", i)); len(all) != 1 {
			t.Errorf("one child for %v", all)
		}
	}
	// Schemas are tried in children of the same kind.
	for _, tenant := range []string{"a", "b", "a", "b"} {
		ctx := WithOwner(context.Background(), Owner{Tenant: tenant})
		if ok, err := p.Obeys(ctx, schemaAt, []byte(`{}`), []byte(`{}`)); err != nil || !ok {
			t.Errorf("%t, %v", ok, err)
		}
		if all := given(t, p, Owner{Tenant: tenant}, tenant); slices.ContainsFunc(all, func(s string) bool { return s != tenant }) {
			t.Errorf("%v: a child of two tenants", all)
		}
	}
}

// idleOf are the tenants whose children wait, the longest first.
func idleOf(p *Pool) (tenants []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		tenants = append(tenants, c.owner.Tenant)
	}
	return tenants
}

// Where employers take turns their children wait for them, so many beside those that can
// work; of more, who went last gives way, but for who has only just gone.
func TestChildrenWait(t *testing.T) {
	p, err := New(Options{Workers: 2, Kept: 3, keptFor: time.Hour, childArgs: []string{"remember"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	of := func(tenant string) int { return len(given(t, p, Owner{Tenant: tenant}, tenant)) }
	later := func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range p.idle {
			c.since = c.since.Add(-10 * time.Minute)
		}
	}
	for _, tenant := range []string{"a", "b", "c", "d"} {
		of(tenant)
	}
	for _, tenant := range []string{"a", "b", "c", "d"} {
		if n := of(tenant); n != 2 {
			t.Errorf("%s has a child that has seen %d documents, want 2", tenant, n)
		}
	}
	later()
	of("e")
	later()
	of("f") // five there are, and a sixth has no room
	if got := idleOf(p); !slices.Equal(got, []string{"a", "b", "c", "d", "f"}) {
		t.Errorf("idle are those of %v", got)
	}
	of("g") // f has only just gone
	if got := idleOf(p); !slices.Equal(got, []string{"a", "b", "c", "f", "g"}) {
		t.Errorf("idle are those of %v", got)
	}
	if s := p.Stats(); s.Ended[EndIdle] != 0 || s.Ended[EndMadeRoom] != 2 || s.Killed != 0 {
		t.Errorf("%+v", s)
	}
}

// Those that wait too long end, as long as there are more than can work.
func TestChildrenWaitNotForEver(t *testing.T) {
	p, err := New(Options{Workers: 2, Kept: 3, keptFor: 50 * time.Millisecond, childArgs: []string{"remember"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, tenant := range []string{"a", "b", "c", "d"} {
		given(t, p, Owner{Tenant: tenant}, tenant)
	}
	for end := time.Now().Add(20 * time.Second); len(idleOf(p)) > 2; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after a while idle are those of %v", idleOf(p))
		}
	}
	time.Sleep(100 * time.Millisecond)
	if got := idleOf(p); !slices.Equal(got, []string{"c", "d"}) {
		t.Errorf("idle are those of %v", got)
	}
	if s := p.Stats(); s.Ended[EndIdle] != 2 || s.Killed != 0 {
		t.Errorf("%+v", s)
	}
}

// What a document may have done to a child does not last: it ends after a failed
// reader, a limit that was met, words that nobody asked for, and 100 documents.
func TestAttack116_ChildOfABadDocument(t *testing.T) {
	p, err := New(Options{Workers: 1, childArgs: []string{"remember"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	o := Owner{Tenant: "acme"}
	for _, kind := range []string{"failed", "limit", "panic", "chatty"} {
		given(t, p, o, "first")
		if all := given(t, p, o, "bad-"+kind); len(all) != 2 {
			t.Fatalf("%s: %v", kind, all)
		}
		if kind == "chatty" {
			time.Sleep(300 * time.Millisecond)
		}
		if all := given(t, p, o, "after-"+kind); len(all) != 1 {
			t.Errorf("after %s the child goes on: %v", kind, all)
		}
		p.mu.Lock()
		for _, c := range p.idle {
			p.end(c)
		}
		p.idle = nil
		p.mu.Unlock()
	}
	most := 0
	for i := range 201 {
		most = max(most, len(given(t, p, o, fmt.Sprint("honest", i))))
	}
	if most != 100 {
		t.Errorf("%d documents for one child, want 100", most)
	}
}

// A spare child is there before the next owner asks, has seen nothing, and is one.
func TestSpareChild(t *testing.T) {
	p, err := New(Options{Workers: 2, Per: PerApplication, childArgs: []string{"remember"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for i := range 6 {
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
			p.mu.Lock()
			ready := p.spare != nil
			p.mu.Unlock()
			if ready {
				break
			}
			if time.Now().After(end) {
				t.Fatal("there is no spare child")
			}
		}
		if all := given(t, p, Owner{"acme", fmt.Sprint(i)}, fmt.Sprint(i)); len(all) != 1 {
			t.Errorf("%v", all)
		}
	}
	// Where there is one owner alone, none is kept.
	q, err := New(Options{Workers: 2, childArgs: []string{"remember"}})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	for range 5 {
		given(t, q, Owner{Tenant: "acme"}, "a")
	}
	if s := q.Stats(); s.Started != 1 {
		t.Errorf("%+v, want one child", s)
	}
}

// A child reaches no other process, by whatever call; this test's own process,
// which nothing guards, reaches its parent by each of those that the child is
// allowed for itself, so that the test can fail.
func TestAttack117_OtherProcesses(t *testing.T) {
	linuxOnly(t)
	p, err := New(Options{Workers: 1, childArgs: []string{"reach"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	res, err := p.Extract(mine, extract.Document{Name: "bad", Data: []byte("{}")})
	if err != nil || len(res.Findings) != 1 || len(res.Unread) != 0 {
		t.Fatalf("%+v, %v", res, err)
	}
	open := reachable(parent)
	for _, name := range []string{"prlimit64", "tgkill", "sched_getaffinity", "clock_gettime", "clock_nanosleep", "timer_create", "F_SETOWN", "F_SETOWN_EX", "getpgid", "kill"} {
		if !slices.Contains(open, name) {
			t.Errorf("%s is not seen where it is allowed: %v", name, open)
		}
	}
}

// All that a link carries out of a document is 512 bytes that can be printed: a
// child that was broken into can put no more of what it has seen into one, for
// its parent to ask a host for.
func TestAttack118_LinkThatCarries(t *testing.T) {
	link := func(payload, machine string) extract.Result {
		return extract.Result{Findings: []extract.Finding{{Kind: extract.KindLink, Payload: payload, Carrier: "text", Places: []extract.Place{{Where: "a"}}, Link: &extract.Link{Class: "other", Machine: machine}}}}
	}
	const host = "https://example.org/"
	fits := host + strings.Repeat("a", extract.MaxLink-len(host))
	if extract.MaxLink != 512 || checkResult(link(fits, fits), "a", extract.Limits{}) != nil {
		t.Errorf("a link of %d bytes is refused", len(fits))
	}
	long := link(host, "")
	long.Findings[0].Link.Provider = strings.Repeat("x", 65)
	flags := link(host, "")
	flags.Findings[0].Places[0].Flags = []string{strings.Repeat("x", 65)}
	for desc, r := range map[string]extract.Result{
		"too long": link(fits+"a", ""), "a machine form that is": link(host, fits+"a"), "a line break": link(host+"\n", ""), "a space": link(host+"a b", ""),
		"no text": link(host+"\xff", ""), "what nobody sees": link(host+"\u200b", ""), "a provider of many words": long, "a flag of many": flags,
	} {
		if err := checkResult(r, "a", extract.Limits{}); !errors.Is(err, errProtocol) {
			t.Errorf("%s: %v, want a broken protocol", desc, err)
		}
	}
	// And what reads documents honestly gives none that is refused.
	e := extract.Extractor{}
	for desc, url := range map[string]string{"long": fits + "a", "of odd letters": host + "?q=\ue000"} {
		res, err := e.Extract(context.Background(), extract.Document{Name: "a.html", ContentType: "text/html", Data: []byte(`<!DOCTYPE html><html><body><a href="` + url + `">here</a></body></html>`)})
		if err != nil || len(res.Findings) != 0 || len(res.Unread) != 1 || res.Unread[0].Reason != extract.ReasonLinkLength {
			t.Errorf("%s: %+v, %v", desc, res, err)
		}
	}
}

// The time of a document begins when a child has it. When none is to be had, that
// is nothing of the document's: it is told as such, and the document was not
// begun.
func TestAttack119_WaitingForAChild(t *testing.T) {
	p, err := New(Options{Workers: 1, Wall: 2 * time.Second, childArgs: []string{"hang"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	held, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		_, _ = p.Extract(mine, extract.Document{Name: "bad", Data: []byte("{}"), Started: func() { close(held) }})
	}()
	<-held
	ctx, cancel := context.WithTimeout(WithOwner(context.Background(), Owner{Tenant: "other"}), 100*time.Millisecond)
	defer cancel()
	started := false
	res, err := p.Extract(ctx, extract.Document{Name: "good", Data: []byte("{}"), Started: func() { started = true }})
	if !errors.Is(err, ErrBusy) || !errors.Is(err, context.DeadlineExceeded) || started || len(res.Unread) != 0 {
		t.Errorf("%+v, %v, begun %t", res, err, started)
	}
	if _, err := p.Obeys(ctx, schemaAt, []byte(`{}`), []byte(`{}`)); !errors.Is(err, ErrBusy) {
		t.Errorf("a schema: %v", err)
	}
	// Whoever waits long enough has all his time.
	res, err = p.Extract(WithOwner(context.Background(), Owner{Tenant: "other"}), extract.Document{Name: "good", Data: []byte("{}")})
	if err != nil || len(res.Findings) != 1 || len(res.Unread) != 0 {
		t.Errorf("%+v, %v", res, err)
	}
	<-done
}

// What a document costs by what its child is bound to: one employer's after
// another, two employers' in turn, one application's after another's.
func BenchmarkOwners(b *testing.B) {
	d := extract.Document{Name: "a.json", Data: []byte(`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://example.org/1"}`)}
	for _, bc := range []struct {
		desc  string
		per   Per
		owner func(i int) Owner
	}{
		{"one tenant", PerTenant, func(i int) Owner { return Owner{"acme", fmt.Sprint(i)} }},
		{"tenants in turn", PerTenant, func(i int) Owner { return Owner{fmt.Sprint(i), "A-1"} }},
		{"an application each", PerApplication, func(i int) Owner { return Owner{"acme", fmt.Sprint(i)} }},
	} {
		b.Run(bc.desc, func(b *testing.B) {
			p, err := New(Options{Workers: 1, Per: bc.per})
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			i := 0
			for b.Loop() {
				if _, err := p.Extract(WithOwner(context.Background(), bc.owner(i)), d); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}
