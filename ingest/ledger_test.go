package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/index"
	"assay/index/record"
	"assay/ingest/examine"
	"assay/ingest/natsd"

	"github.com/nats-io/nats.go/jetstream"
)

// wanted is what a submission must have come to.
type wanted struct {
	tenant, application, content string
	sequence                     uint64
	as                           State
}

// ledger is what was acknowledged, under a fault.
type ledger struct {
	t *testing.T
	e *memory

	mu    sync.Mutex
	r     *rig
	all   map[string]wanted
	again int // submissions that were tried again
}

func newLedger(t *testing.T, r *rig, e *memory) *ledger {
	return &ledger{t: t, r: r, e: e, all: map[string]wanted{}}
}

// put hands an application in, again and again until the queue has it.
func (l *ledger) put(tenant, application, content string) {
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		l.mu.Lock()
		r := l.r
		l.mu.Unlock()
		rc, err := r.sub.Submit(l.t.Context(), submission(tenant, application, content))
		l.mu.Lock()
		if err == nil {
			l.all[tenant+"/"+application] = wanted{tenant, application, content, rc.Sequence, Indexed}
			l.mu.Unlock()
			return
		}
		l.again++
		l.mu.Unlock()
	}
	l.t.Errorf("%s is not taken", application)
}

// many hands n applications in with several hands; content gives what each holds.
func (l *ledger) many(n int, content func(i int) string) {
	var next atomic.Int64
	var hands sync.WaitGroup
	for range 6 {
		hands.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && !l.t.Failed(); i = int(next.Add(1)) - 1 {
				l.put([]string{"acme", "rival"}[i%2], fmt.Sprint("A-", i), content(i))
			}
		})
	}
	hands.Wait()
}

// taken is how many were acknowledged.
func (l *ledger) taken() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

func verified(i int) string { return []string{"verified ", "rejected "}[i%5/4] + fmt.Sprint(i) }

// rest waits until nothing waits any more, and says how long that took.
func (l *ledger) rest() time.Duration {
	l.t.Helper()
	begun := time.Now()
	left := ""
	done := func() bool {
		w, err := l.r.Lag(l.t.Context())
		if err != nil || w.Live+w.Batch > 0 || w.Held > 0 {
			left = fmt.Sprint(w, err)
			return false
		}
		for _, x := range l.all {
			if m, err := l.r.last(l.t.Context(), StreamResults, "results."+x.tenant+"."+x.application); x.as != Erased && (err != nil || markOf(m.Header).sequence < x.sequence) {
				left = fmt.Sprint(x, err)
				return false
			}
		}
		return true
	}
	l.until("everything comes to an end", &left, done)
	return time.Since(begun)
}

// untilLong is for the full size.
const untilLong = 10 * time.Minute

// until waits for a condition, for as long as a full size may need.
func (l *ledger) until(what string, left *string, ok func() bool) {
	l.t.Helper()
	if left == nil {
		left = new(string)
	}
	for end := time.Now().Add(untilLong); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) || l.t.Failed() {
			l.t.Fatalf("never: %s %s", what, *left)
		}
	}
}

// enter compares the index, the outcomes and the queue with what was acknowledged.
func (l *ledger) enter(row, fault string, recovered time.Duration, note string) {
	l.t.Helper()
	x := testenv.Ledger{Row: row, Fault: fault, Taken: len(l.all), Recovered: recovered, Note: note}
	if l.again > 0 {
		x.Note = strings.TrimPrefix(fmt.Sprintf("%s; %d tried again", x.Note, l.again), "; ")
	}
	indexed, queued := 0, 0
	wrong := func(w wanted, what string, v ...any) {
		x.Wrong++
		l.t.Errorf("%s/%s: "+what, append([]any{w.tenant, w.application}, v...)...)
	}
	for _, w := range l.all {
		doc, err := l.e.Get(l.t.Context(), w.tenant, w.application)
		m, told := l.r.last(l.t.Context(), StreamResults, "results."+w.tenant+"."+w.application)
		if w.as == Erased {
			indexed++ // the stub
			if !errors.Is(err, index.ErrErased) || told == nil && !bytes.Contains(m.Data, []byte(`"erased"`)) {
				x.Forbidden++
				l.t.Errorf("%s is back: %v", w.application, err)
			}
			continue
		}
		queued++
		var o Outcome
		if told == nil {
			told = json.Unmarshal(m.Data, &o)
		}
		if told != nil || w.as == Indexed && err != nil {
			x.Lost++
			l.t.Errorf("%s/%s is lost: %v, %v", w.tenant, w.application, err, told)
			continue
		}
		if o.State != w.as || o.Sequence != w.sequence {
			wrong(w, "outcome %s of %d, want %s of %d", o.State, o.Sequence, w.as, w.sequence)
		}
		if w.as != Indexed {
			continue
		}
		indexed++
		_, seq, _ := record.Place(doc.Version)
		word, _, _ := strings.Cut(strings.TrimPrefix(w.content, "hosted "), " ")
		switch {
		case doc.Tenant != w.tenant || doc.Application != w.application:
			x.Forbidden++
		case seq != w.sequence || o.Version != doc.Version:
			wrong(w, "in the index is %d, told as %d; want submission %d", doc.Version, o.Version, w.sequence)
		case word == "verified" && doc.Counts.Verified != 1 || word == "rejected" && doc.Counts.Rejected != 1:
			wrong(w, "counts %+v of %q", doc.Counts, w.content)
		}
	}
	x.Duplicate += max(0, l.e.count()-indexed)
	s, err := l.r.js.Stream(l.t.Context(), StreamApplications)
	if err != nil {
		l.t.Fatal(err)
	}
	x.Duplicate += max(0, int(s.CachedInfo().State.Msgs)-queued)
	x.Enter(l.t)
}

// brief has what a worker does not answer come again soon.
func brief(o *QueueOptions) { o.AckWait, o.MaxTries = 2*time.Second, 50 }

// lossy is an index of which answers are lost once they were to be had.
type lossy struct {
	*memory
	lose func() bool
}

func (e *lossy) Write(ctx context.Context, docs []record.Application) []index.Outcome {
	out := e.memory.Write(ctx, docs)
	if e.lose() {
		for i := range out {
			out[i] = index.Outcome{Err: index.ErrUnavailable}
		}
	}
	return out
}

// TestLongLedger is the table of faults of which operators read, at the size that SCALE
// says: whatever happens, what was acknowledged is in the index once, as it was last
// submitted, with its outcome. R1 and R17 are in cmd/assay.
func TestLongLedger(t *testing.T) {
	if os.Getenv("ASSAY_LONG") == "" {
		t.Skip("is long: make test-long")
	}
	for _, x := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"R2", killedServer}, {"R4", flippedBits}, {"R6", refusingIndex}, {"R7", lostAnswers}, {"R8", readOnlyIndex}, {"R9", poison},
		{"R11", outOfOrder}, {"R12", repeated}, {"R13", slowHosts}, {"R14", fullDisk}, {"R15", jumpingClock}, {"R16", rollingRestart}, {"R19", lostIndex},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			x.run(t)
		})
	}
	if os.Getenv("SCALE") == "" {
		return // TestLongCluster does as much, and what is worked off gives way after a minute
	}
	for name, run := range map[string]func(*testing.T){"R4 of three": flippedMember, "R5": lostMembers, "R18": overload} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t)
		})
	}
}

func killedServer(t *testing.T) {
	s := newProcess(t)
	l := newLedger(t, newRig(t, s, brief), newMemory())
	l.r.work(t, l.e, examiner(byContent))
	n, kills := testenv.Scaled(t, 10_000, 100), testenv.Scaled(t, 20, 3)
	done := make(chan struct{})
	go func() { defer close(done); l.many(n, verified) }()
	for i := 1; i <= kills; i++ {
		for l.taken() < i*n/(kills+1) && !t.Failed() {
			time.Sleep(5 * time.Millisecond)
		}
		s.stop()
		s.start(t)
	}
	<-done
	l.enter("R2", fmt.Sprintf("nats-server killed %d times", kills), l.rest(), "")
}

// flip flips bits in what a server's folder has of submissions and outcomes.
func flip(t *testing.T, dir string) (flips int, seed uint64) {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "*", "msgs", "*.blk"))
	if err != nil {
		t.Fatal(err)
	}
	seed = uint64(time.Now().UnixNano())
	chance := rand.New(rand.NewPCG(seed, 0))
	for _, name := range blocks {
		if !strings.Contains(name, StreamApplications) && !strings.Contains(name, StreamResults) {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) == 0 {
			continue
		}
		for range 1 + len(b)/(64<<10) {
			b[chance.IntN(len(b))] ^= 1 << chance.IntN(8)
			flips++
		}
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if flips == 0 {
		t.Fatalf("no blocks below %s", dir)
	}
	return flips, seed
}

// flippedBits: what cannot be read of a store that a disk has changed is missed, and comes
// back from who submitted it; nothing is read as anything else than it was.
func flippedBits(t *testing.T) {
	s := newProcess(t)
	l := newLedger(t, newRig(t, s, brief), newMemory())
	stop := l.r.work(t, l.e, examiner(byContent))
	n := testenv.Scaled(t, 10_000, 100)
	l.many(n, verified)
	l.rest()
	stop()
	l.many(n+n/10, verified) // some again, and some that wait
	before := map[string][]byte{}
	for k, w := range l.all {
		m, err := l.r.last(t.Context(), StreamApplications, "applications."+w.tenant+"."+w.application)
		if err != nil {
			t.Fatal(err)
		}
		before[k] = m.Data
	}
	l.r.Close()
	s.stop()
	at := filepath.Join(t.TempDir(), "js")
	if err := os.CopyFS(at, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	flips, seed := flip(t, at)
	begun := time.Now()
	s.dir = at
	s.start(t)
	l.r = newRig(t, s, brief)
	l.r.work(t, l.e, examiner(byContent))
	missed, altered := 0, 0
	// As one who submits again later: by then the queue takes nothing for a repetition.
	var err error
	if l.r.sub, err = NewSubmitter(l.r.Queue, []byte("another key")); err != nil {
		t.Fatal(err)
	}
	for k, w := range l.all {
		m, err := l.r.last(t.Context(), StreamApplications, "applications."+w.tenant+"."+w.application)
		if err == nil && !bytes.Equal(m.Data, before[k]) {
			altered++
			t.Errorf("%s is read as something else", k)
		}
		told, e := l.r.last(t.Context(), StreamResults, "results."+w.tenant+"."+w.application)
		if err != nil || e != nil || markOf(told.Header).sequence < w.sequence {
			missed++
			l.put(w.tenant, w.application, w.content)
		}
	}
	l.rest()
	l.enter("R4", fmt.Sprintf("%d bits flipped in a copy of the stores (seed %d)", flips, seed), time.Since(begun), fmt.Sprintf("%d missed by who submitted and submitted again, %d altered", missed, altered))
}

// lostMembers is TestLongCluster in short.
func lostMembers(t *testing.T) {
	ofThree(t, "R5", func(c *cluster) string {
		times := testenv.Scaled(t, 12, 1)
		for range times {
			c.stepDown(t, StreamApplications)
			c.led(t, func(n *node) {
				n.kill()
				time.Sleep(2 * time.Second)
				n.start(t)
			})
		}
		return fmt.Sprintf("of three servers the leader steps down, and is killed, %d times", times)
	})
}

// flippedMember has bits flipped in one of three stores: the other two have everything, and
// give it all anew once its store is removed.
func flippedMember(t *testing.T) {
	ofThree(t, "R4", func(c *cluster) string {
		flips, seed, of := 0, uint64(0), (*node)(nil)
		c.led(t, func(n *node) {
			n.stop()
			flips, seed = flip(t, c.file(n.name))
			n.start(t)
			of = n
		})
		of.stop()
		if err := os.RemoveAll(c.file(of.name)); err != nil {
			t.Fatal(err)
		}
		of.start(t)
		c.whole(t, StreamApplications)
		c.whole(t, StreamResults)
		return fmt.Sprintf("%d bits flipped in one of three stores (seed %d)", flips, seed)
	})
}

// ofThree enters a row of what three servers go through.
func ofThree(t *testing.T, row string, trouble func(c *cluster) (fault string)) {
	n, count, fault := testenv.Scaled(t, 2500, 60), func() int { return 0 }, ""
	_, _, rest := clusterLoses(t, n, 20*time.Millisecond, func(c *cluster, _ *Queue, taken func() int) {
		count = taken
		for taken() < n/2 && !t.Failed() {
			time.Sleep(5 * time.Millisecond)
		}
		fault = trouble(c)
	})
	x := testenv.Ledger{Row: row, Fault: fault, Taken: count(), Recovered: rest, Note: "each is compared"}
	if t.Failed() {
		x.Wrong = 1
	}
	x.Enter(t)
}

// led does something to the server that leads submissions, and waits until all keep up.
func (c *cluster) led(t *testing.T, f func(*node)) {
	t.Helper()
	name := c.whole(t, StreamApplications)
	for _, x := range c.nodes {
		if x.name == name {
			f(x)
		}
	}
	c.whole(t, StreamApplications)
	c.whole(t, StreamResults)
}

// trouble has the index in trouble from now on for a while of a full size of half a minute.
func trouble(t *testing.T) (over func() bool, last time.Time) {
	last = time.Now().Add(time.Duration(testenv.Scaled(t, 30_000, 1500)) * time.Millisecond)
	return func() bool { return time.Now().After(last) }, last
}

func refusingIndex(t *testing.T) {
	r, e := alone(t, brief)
	l := newLedger(t, r, e)
	over, last := trouble(t)
	half := time.Until(last) / 2
	e.set(func(record.Application) error {
		if !over() && (time.Until(last) > half || rand.IntN(10) < 3) { // all of it, and then three in ten
			return index.ErrUnavailable
		}
		return nil
	})
	r.work(t, e, examiner(byContent))
	l.many(testenv.Scaled(t, 1500, 100), verified)
	l.rest()
	l.enter("R6", "the index refuses all, then three in ten", max(0, time.Since(last)), "")
}

func lostAnswers(t *testing.T) {
	r, e := alone(t, brief)
	l := newLedger(t, r, e)
	over, last := trouble(t)
	r.work(t, &lossy{e, func() bool { return !over() }}, examiner(byContent))
	l.many(testenv.Scaled(t, 1500, 100), verified)
	l.rest()
	l.enter("R7", "the index writes, and its answers are lost", max(0, time.Since(last)), "")
}

func readOnlyIndex(t *testing.T) {
	r, e := alone(t, brief)
	l := newLedger(t, r, e)
	over, last := trouble(t)
	bad := func(i int) bool { return i%50 == 7 }
	e.set(func(d record.Application) error {
		var i int
		_, _ = fmt.Sscanf(d.Application, "A-%d", &i)
		switch {
		case !over():
			return index.ErrUnavailable
		case bad(i):
			return &index.Refusal{Kind: "too large"}
		}
		return nil
	})
	r.work(t, e, examiner(byContent))
	n, refused := testenv.Scaled(t, 1500, 100), 0
	l.many(n, verified)
	for i := range n {
		if bad(i) {
			k := []string{"acme", "rival"}[i%2] + "/" + fmt.Sprint("A-", i)
			w := l.all[k]
			w.as = Refused
			l.all[k] = w
			refused++
		}
	}
	l.rest()
	if got := len(r.letters(t)); got != refused {
		t.Errorf("%d letters, want %d", got, refused)
	}
	l.enter("R8", "the index is read-only, then refuses one document in fifty", max(0, time.Since(last)), fmt.Sprintf("%d letters", refused))
}

// poison is R9, and R10: what could not be worked on, once that is mended.
func poison(t *testing.T) {
	r, e := alone(t, func(o *QueueOptions) { o.AckWait, o.MaxTries = 2*time.Second, 2 })
	l := newLedger(t, r, e)
	var mended atomic.Bool
	worked := r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		if word := string(in.Documents[0].Data); strings.HasPrefix(word, "poison") {
			if !mended.Load() {
				panic("beside itself")
			}
			in.Documents[0].Data = []byte("verified")
		}
		return byContent(ctx, in)
	}))
	defer worked()
	n, bad := testenv.Scaled(t, 10_000, 200), 0
	l.many(n, func(i int) string {
		if i%100 == 50 {
			return "poison"
		}
		return verified(i)
	})
	for i := range n {
		if i%100 != 51 {
			if i%100 == 50 {
				bad++
			}
			continue
		}
		bad++ // what is no submission takes the place of one
		ack, err := r.js.Publish(t.Context(), fmt.Sprintf("applications.%s.A-%d", []string{"acme", "rival"}[i%2], i), []byte("poison"))
		if err != nil {
			t.Fatal(err)
		}
		k := []string{"acme", "rival"}[i%2] + "/" + fmt.Sprint("A-", i)
		w := l.all[k]
		w.as, w.sequence = Refused, ack.Sequence
		l.all[k] = w
	}
	rest := l.rest()
	e.mu.Lock() // the index keeps of a poisoned place what was there before
	for k, w := range l.all {
		if w.as == Refused {
			delete(e.docs, k)
		}
	}
	e.mu.Unlock()
	letters := r.letters(t)
	if len(letters) != bad {
		t.Errorf("%d letters, want %d", len(letters), bad)
	}
	l.enter("R9", "one in fifty is poison", rest, fmt.Sprintf("%d letters", len(letters)))
	mended.Store(true)
	begun, again := time.Now(), 0
	for _, x := range letters {
		if x.Class == ClassFault {
			again++
			if err := r.RetryDeadLetter(t.Context(), x.Sequence); err != nil {
				t.Error(err)
			}
		}
	}
	good := func() (n int) {
		for _, w := range l.all {
			if doc, err := e.Get(t.Context(), w.tenant, w.application); w.content == "poison" && err == nil && doc.Counts.Verified == 1 {
				n++
			}
		}
		return n
	}
	l.until("all are indexed once mended", nil, func() bool { return good() == again && len(r.letters(t)) == bad-again })
	l.rest()
	for k, w := range l.all {
		if w.content == "poison" && w.as == Indexed {
			w.content = "verified"
			l.all[k] = w
		}
	}
	l.enter("R10", "letters are tried again once that is mended", time.Since(begun), fmt.Sprintf("%d tried again", again))
}

func outOfOrder(t *testing.T) {
	r, e := alone(t, brief)
	l := newLedger(t, r, e)
	r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		if strings.Contains(string(in.Documents[0].Data), "slow") {
			time.Sleep(20 * time.Millisecond)
		}
		return byContent(ctx, in)
	}))
	n := testenv.Scaled(t, 2000, 60)
	var late int
	for i := range n {
		a := fmt.Sprint("A-", i)
		l.put("acme", a, "rejected slow")
		l.put("acme", a, "verified "+a)
		if i%10 == 3 {
			if err := r.Erase(t.Context(), e, "acme", a, time.Now()); err != nil {
				t.Error(err)
			}
			if _, err := r.sub.Submit(t.Context(), submission("acme", a, "verified")); errors.Is(err, ErrErased) {
				late++
			} else {
				t.Errorf("what was erased is taken again: %v", err)
			}
			w := l.all["acme/"+a]
			w.as = Erased
			l.all["acme/"+a] = w
		}
	}
	l.enter("R11", "a second submission over a slow first one; one in ten erased meanwhile", l.rest(), fmt.Sprintf("%d late submissions refused", late))
}

func repeated(t *testing.T) {
	r, e := alone(t, brief)
	l := newLedger(t, r, e)
	r.work(t, e, examiner(byContent))
	n := testenv.Scaled(t, 300, 20)
	for i := range n {
		for k := range 10 {
			if i%2 == 1 { // each by another submitter, whom the queue does not know for the same
				sub, err := NewSubmitter(r.Queue, fmt.Append(nil, "key ", k))
				if err != nil {
					t.Fatal(err)
				}
				r.sub = sub
			}
			l.put("acme", fmt.Sprint("A-", i), verified(i))
		}
	}
	l.enter("R12", "each is submitted ten times", l.rest(), fmt.Sprintf("%d requests", 10*n))
}

func slowHosts(t *testing.T) {
	r, e := alone(t, brief)
	l := newLedger(t, r, e)
	ex := &hosting{slow: make(chan struct{})}
	r.work(t, e, ex)
	n := testenv.Scaled(t, 1000, 60)
	p95 := func(from int) time.Duration {
		var all []time.Duration
		for i := from; i < from+n; i++ {
			a, begun := fmt.Sprint("A-", i), time.Now()
			l.put("rival", a, verified(i))
			r.outcome(t, "rival", a, &Receipt{Sequence: l.all["rival/"+a].sequence})
			all = append(all, time.Since(begun))
		}
		slices.Sort(all)
		return all[len(all)*95/100]
	}
	alone := p95(0)
	for i := range 16 {
		l.put("acme", fmt.Sprint("T-", i), "hosted verified")
	}
	beside := p95(n)
	begun := time.Now()
	close(ex.slow)
	l.rest()
	l.until("those have their outcome", nil, func() bool {
		for i := range 16 {
			if d, err := e.Get(t.Context(), "acme", fmt.Sprint("T-", i)); err != nil || d.Counts.Verified != 1 {
				return false
			}
		}
		l, err := r.Lag(t.Context())
		return err == nil && l == waits{}
	})
	l.enter("R13", "the hosts of 16 do not answer", time.Since(begun), fmt.Sprintf("p95 of others %v, %v without", beside.Round(time.Millisecond), alone.Round(time.Millisecond)))
}

func fullDisk(t *testing.T) {
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(func() { s.stop() })
	l := newLedger(t, newRig(t, s, brief), newMemory())
	n := testenv.Scaled(t, 2000, 60)
	l.many(n, verified)
	l.r.Close()
	s.stop()
	var err error
	if s.d, err = natsd.Start(natsd.Options{Dir: s.dir, NoSync: true, MinFree: 1 << 60}); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, s, brief)
	begun := time.Now()
	if _, err := r.sub.Submit(t.Context(), submission("acme", "A-late", "verified")); !errors.Is(err, ErrFull) {
		t.Errorf("submitted: %v", err)
	}
	refused := time.Since(begun)
	if err := r.Ready(t.Context()); !errors.Is(err, ErrFull) || refused > 5*time.Second {
		t.Errorf("ready: %v; refused after %v", err, refused)
	}
	stop := r.work(t, l.e, examiner(byContent))
	time.Sleep(time.Second)
	stop()
	r.Close()
	s.stop()
	s.start(t)
	l.r = newRig(t, s, brief)
	l.r.work(t, l.e, examiner(byContent))
	l.enter("R14", "the disk is full", l.rest(), fmt.Sprintf("refused with words after %v", refused.Round(time.Millisecond)))
}

func jumpingClock(t *testing.T) {
	r, e := alone(t, brief)
	l := newLedger(t, r, e)
	jumping := func(o *WorkerOptions) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(rand.IntN(1200)-600) * time.Second) }
	}
	r.work(t, e, examiner(byContent), jumping)
	r.work(t, e, examiner(byContent), jumping)
	n := testenv.Scaled(t, 2000, 60)
	for i := range n {
		for _, word := range []string{"rejected ", "verified "} {
			l.put("acme", fmt.Sprint("A-", i), word+fmt.Sprint(i))
		}
	}
	l.enter("R15", "workers' clocks jump by ten minutes and back", l.rest(), "")
}

func rollingRestart(t *testing.T) {
	r, e := alone(t) // what is not handed back waits for a minute
	l := newLedger(t, r, e)
	slow := examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return byContent(ctx, in)
	})
	stops := []func(){r.work(t, e, slow), r.work(t, e, slow)}
	n, times := testenv.Scaled(t, 4000, 150), testenv.Scaled(t, 20, 4)
	done := make(chan struct{})
	go func() { defer close(done); l.many(n, verified) }()
	longest := time.Duration(0)
	for i := range times {
		for l.taken() < (i+1)*n/(times+1) && !t.Failed() {
			time.Sleep(5 * time.Millisecond)
		}
		begun := time.Now()
		stops[i%2]()
		longest = max(longest, time.Since(begun))
		stops[i%2] = r.work(t, e, slow)
	}
	<-done
	rest := l.rest()
	if rest > 30*time.Second || longest > 25*time.Second {
		t.Errorf("something was not handed back: at rest after %v, a worker ended after %v", rest, longest)
	}
	l.enter("R16", fmt.Sprintf("two workers end %d times", times), rest, fmt.Sprintf("each ended within %v", longest.Round(time.Millisecond)))
}

func overload(t *testing.T) {
	r, e := alone(t, brief, func(o *QueueOptions) { o.Retention.MaxBytes = 4 << 20 })
	l := newLedger(t, r, e)
	r.work(t, e, examiner(byContent))
	n := testenv.Scaled(t, 1000, 108)
	full := strings.Repeat("x", 30<<10)
	l.many(n, func(i int) string { return verified(i) + " " + full })
	if l.again == 0 {
		t.Error("nothing was refused")
	}
	rest := l.rest()
	// What is worked off gives way; its outcome and its document stay.
	kept := 0
	for k, w := range l.all {
		if _, err := r.last(t.Context(), StreamApplications, "applications."+w.tenant+"."+w.application); err == nil {
			kept++
		} else if !errors.Is(err, jetstream.ErrMsgNotFound) {
			t.Errorf("%s: %v", k, err)
		}
	}
	l.enter("R18", "more than the queue holds is submitted at once", rest, fmt.Sprintf("%d of them on the queue still", kept))
}

func lostIndex(t *testing.T) {
	r, e := alone(t, brief)
	l := newLedger(t, r, e)
	stop := r.work(t, e, examiner(byContent))
	l.many(testenv.Scaled(t, 10_000, 100), verified)
	l.rest()
	stop()
	l.e = newMemory()
	begun := time.Now()
	r.work(t, l.e, examiner(byContent))
	l.until("all are in the index again", nil, func() bool {
		left, err := r.Rechecks(t.Context())
		return err == nil && left == 0 && l.e.count() == len(l.all)
	})
	l.rest()
	took := time.Since(begun)
	plainly := func(m *memory, w wanted) string {
		d, err := m.Get(t.Context(), w.tenant, w.application)
		if err != nil {
			return err.Error()
		}
		x := *d
		x.Version, x.CheckedAt = 0, time.Time{}
		b, err := json.Marshal(x)
		if err != nil {
			return err.Error()
		}
		return string(b)
	}
	for k, w := range l.all {
		if was, is := plainly(e, w), plainly(l.e, w); was != is {
			t.Errorf("%s was\n%s, is\n%s", k, was, is)
		}
	}
	l.enter("R19", "the index is lost", took, "each is byte for byte as it was, but for when it was checked")
}
