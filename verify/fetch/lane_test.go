package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Applications that link to a slow host hold no hand longer than they must: what
// waited in vain twice for a place is done with that host. What is merely asked
// too often is not; and another tenant's links to it, and what that host
// publishes as an issuer, never waited.
func TestAttack130_SlowHostForOthers(t *testing.T) {
	hold := make(chan struct{})
	var held atomic.Int64
	o, _ := site(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			held.Add(1)
			<-hold
		}
	})
	o.PerHost, o.PerAddress, o.MaxWait = DefaultPerHost, DefaultPerAddress, time.Hour
	o.Total, o.Header = time.Hour, time.Hour
	c := client(t, o)
	var wg sync.WaitGroup
	for range DefaultPerHost {
		wg.Go(func() {
			_, _ = c.Fetch(For(t.Context(), "a"), Request{URL: "https://example.org/slow", Private: true, Chosen: true})
		})
	}
	for held.Load() < DefaultPerHost {
		time.Sleep(time.Millisecond)
	}
	ask := func(ctx context.Context, r Request) error {
		done := make(chan error, 1)
		go func() {
			_, err := c.Fetch(ctx, r)
			done <- err
		}()
		select {
		case err := <-done:
			return err
		case <-time.After(10 * time.Second):
			return errors.New("it waits")
		}
	}
	link := Request{URL: "https://example.org/next", Private: true, Chosen: true}
	app := For(t.Context(), "a")
	l := laneOf(app, link)
	for range patience {
		gone, cancel := context.WithTimeout(app, time.Millisecond)
		if _, err := c.host(l, "example.org:443").enter(gone, c, l, time.Hour); !errors.Is(err, ErrBusy) {
			t.Fatal(err)
		}
		cancel() // which tires nobody
		if _, err := c.host(l, "example.org:443").enter(app, c, l, time.Millisecond); !errors.Is(err, ErrBusy) {
			t.Fatal(err)
		}
	}
	if err := ask(app, link); !errors.Is(err, ErrBusy) {
		t.Errorf("a link of an application that waited in vain: %v", err)
	}
	for tenant, r := range map[string]Request{"b": link, "a": {URL: "https://example.org/profile"}} {
		if err := ask(For(t.Context(), tenant), r); err != nil {
			t.Errorf("tenant %s, %s: %v", tenant, r.URL, err)
		}
	}
	close(hold)
	wg.Wait()
	if err := ask(app, Request{URL: "https://other.example.org/", Private: true, Chosen: true}); err != nil {
		t.Errorf("its links to another host: %v", err)
	}
	o.MaxWait, o.Rate, o.Burst = time.Millisecond, 0.001, 1
	c, app = client(t, o), For(t.Context(), "a")
	for i := range 4 * patience {
		if err := ask(app, link); (err == nil) != (i == 0) {
			t.Fatalf("request %d at a rate of one: %v", i, err)
		}
	}
	if applicationOf(app).at(c.host(l, "example.org:443").key, 1).tired() {
		t.Error("the rate tires")
	}
}

// second is one of the defaults' seconds, made short.
const second = 40 * time.Millisecond

// BenchmarkSlowHost works through sixteen applications of twenty links each to a
// host that answers in eight seconds, and then another tenant's with one link to
// a host that is quick, with eight hands and four links of each at a time. s/other
// is when the last one was done, s/alone how long it takes by itself, in the
// defaults' seconds.
func BenchmarkSlowHost(b *testing.B) {
	o, _ := site(b, func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "slow.example.org" {
			time.Sleep(8 * second)
		}
		io.WriteString(w, "{}")
	})
	o.PerHost, o.PerAddress, o.Rate, o.Burst = DefaultPerHost, DefaultPerAddress, DefaultRate/second.Seconds(), DefaultBurst
	o.Total, o.MaxWait, o.Header = 10*second, 5*second, 10*second
	queue := make([]string, 16, 17)
	for i := range queue {
		queue[i] = "a"
	}
	for b.Loop() {
		b.ReportMetric(hands(b, client(b, o), 8, append(queue, "b"))/second.Seconds(), "s/other")
		b.ReportMetric(hands(b, client(b, o), 8, []string{"b"})/second.Seconds(), "s/alone")
	}
}

// hands works through the applications of tenants in order, as so many workers
// do, and gives the seconds until the last one was done.
func hands(b *testing.B, c *Client, n int, tenants []string) float64 {
	b.Helper()
	start := time.Now()
	var done time.Duration
	free := make(chan struct{}, n)
	var wg sync.WaitGroup
	for i, tenant := range tenants {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			ctx, cancel := context.WithTimeout(For(b.Context(), tenant), 60*second)
			defer cancel()
			host, links := "slow.example.org", 20
			if tenant == "b" {
				host, links = "fine.example.org", 1
			}
			parallel := make(chan struct{}, 4)
			var all sync.WaitGroup
			for k := range links {
				parallel <- struct{}{}
				all.Go(func() {
					defer func() { <-parallel }()
					_, err := c.Fetch(ctx, Request{URL: fmt.Sprintf("https://%s/%d/%d", host, i, k), Private: true, Chosen: true})
					if tenant == "b" && err != nil {
						b.Errorf("the other tenant's link: %v", err)
					}
				})
			}
			all.Wait()
			if i == len(tenants)-1 {
				done = time.Since(start)
			}
		})
	}
	wg.Wait()
	return done.Seconds()
}

// breaker is a client of a site whose paths below /bad answer 500, and a clock.
func breaker(t *testing.T) (*Client, *clock) {
	t.Helper()
	o, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
		if len(r.URL.Path) > 4 && r.URL.Path[:4] == "/bad" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	k := newClock()
	o.Now, o.NegativeTTL = k.now, time.Nanosecond
	return client(t, o), k
}

// Five links of an applicant that answer 500 on an issuer's host: that host is
// left alone for that tenant's links, and for nothing else.
func TestAttack131_BrokenLinksOnIssuersHost(t *testing.T) {
	c, _ := breaker(t)
	link := func(tenant string, i int, path string) error {
		_, err := c.Fetch(For(t.Context(), tenant), Request{URL: fmt.Sprintf("https://issuer.example.org/%s/%d", path, i), Private: true, Chosen: true})
		return err
	}
	for i := range DefaultBreakAfter {
		if err := link("a", i, "bad"); err != nil {
			t.Fatal(err)
		}
	}
	if err := link("a", 0, "good"); !errors.Is(err, ErrBusy) {
		t.Errorf("the host of five failed links is asked on: %v", err)
	}
	if err := link("b", 0, "good"); err != nil {
		t.Errorf("another tenant's link: %v", err)
	}
	for _, tenant := range []string{"a", "b"} {
		if _, err := c.Fetch(For(t.Context(), tenant), Request{URL: "https://issuer.example.org/profile-of-" + tenant}); err != nil {
			t.Errorf("the issuer's own document for tenant %s: %v", tenant, err)
		}
	}
}

// One application whose badges name failing documents on an issuer's host leaves
// that host open for the tenant's others; as many applications as failures do
// not.
func TestAttack132_BrokenDocumentsOfOneApplication(t *testing.T) {
	c, k := breaker(t)
	n := 0
	doc := func(ctx context.Context, path string) error {
		n++
		_, err := c.Fetch(ctx, Request{URL: fmt.Sprintf("https://issuer.example.org/%s/%d", path, n)})
		return err
	}
	hostile := For(t.Context(), "a")
	for range DefaultBreakAfter {
		if err := doc(hostile, "bad"); err != nil {
			t.Fatal(err)
		}
	}
	if err := doc(hostile, "bad"); !errors.Is(err, ErrBusy) {
		t.Errorf("the application itself goes on asking: %v", err)
	}
	if err := doc(For(t.Context(), "a"), "good"); err != nil {
		t.Errorf("another application of the tenant: %v", err)
	}
	for range DefaultBreakAfter {
		if err := doc(For(t.Context(), "a"), "bad"); err != nil {
			t.Fatal(err)
		}
	}
	if err := doc(For(t.Context(), "a"), "good"); !errors.Is(err, ErrBusy) {
		t.Errorf("a host that failed %d applications is asked on: %v", DefaultBreakAfter, err)
	}
	if err := doc(For(t.Context(), "b"), "good"); err != nil {
		t.Errorf("another tenant: %v", err)
	}
	k.add(DefaultBreakFor + time.Second)
	if err := doc(For(t.Context(), "a"), "good"); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

// One application with four requests in hand at a host has not all of its places:
// another's is answered at once.
func TestAttack133_OneApplicationHoldsAHost(t *testing.T) {
	release := make(chan struct{})
	var in atomic.Int64
	o, _ := site(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/honest" {
			in.Add(1)
			<-release
		}
	})
	o.PerHost, o.PerAddress, o.MaxWait = DefaultPerHost, DefaultPerAddress, time.Minute
	c := client(t, o)
	app, cancel := context.WithCancel(For(t.Context(), "a"))
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() { _, _ = c.Fetch(app, Request{URL: fmt.Sprintf("https://example.org/%d", i), Private: true}) })
	}
	for in.Load() < DefaultPerHost-1 {
		time.Sleep(time.Millisecond)
	}
	done := make(chan error, 1)
	go func() {
		_, err := c.Fetch(For(t.Context(), "a"), Request{URL: "https://example.org/honest", Private: true})
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("another application's request waits for those of one")
	}
	if n := in.Load(); n != DefaultPerHost-1 {
		t.Errorf("one application has %d requests at a host", n)
	}
	cancel()
	close(release)
	wg.Wait()
}

// A hundred and twenty names of one address are one address: so many requests at
// once and no more, and each of them gets its answer. Those of another tenant, and
// what issuers publish there, do not wait for them.
func TestAttack134_ManyNamesOfOneAddress(t *testing.T) {
	var now, most atomic.Int64
	hold := make(chan struct{})
	o, hits := site(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hold" {
			<-hold
			return
		}
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(5 * time.Millisecond)
		now.Add(-1)
	})
	o.PerAddress, o.MaxWait, o.MaxAtOnce = DefaultPerAddress, time.Minute, 200
	c := client(t, o)
	var wg sync.WaitGroup
	for i := range 120 {
		wg.Go(func() {
			if _, err := c.Fetch(For(t.Context(), "a"), Request{URL: fmt.Sprintf("https://n%d.example.org/", i), Private: true, Chosen: true}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most.Load() > DefaultPerAddress || hits.Load() != 120 {
		t.Errorf("%d at once, want %d; %d answers", most.Load(), DefaultPerAddress, hits.Load())
	}
	// All its places can be taken: the host waits for as many.
	for i := range DefaultPerAddress {
		wg.Go(func() {
			_, _ = c.Fetch(For(t.Context(), "a"), Request{URL: fmt.Sprintf("https://n%d.example.org/hold", i), Private: true, Chosen: true})
		})
	}
	for hits.Load() < 120+DefaultPerAddress {
		time.Sleep(time.Millisecond)
	}
	for tenant, chosen := range map[string]bool{"b": true, "a": false} {
		if _, err := c.Fetch(For(t.Context(), tenant), Request{URL: "https://other.example.org/", Private: true, Chosen: chosen}); err != nil {
			t.Errorf("tenant %s, chosen %t: %v", tenant, chosen, err)
		}
	}
	close(hold)
	wg.Wait()
	o.MaxWait = 50 * time.Millisecond
	o.PerAddress = 1
	c = client(t, o)
	turn, err := c.address(lane{key: "\nlinks", chosen: true}, "127.0.0.1").enter(t.Context(), c, lane{key: "\nlinks", chosen: true}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Fetch(t.Context(), Request{URL: "https://n1.example.org/", Private: true, Chosen: true}); !errors.Is(err, ErrBusy) {
		t.Errorf("an address without a place: %v", err)
	}
	turn(nothing)
	if _, err := c.Fetch(t.Context(), Request{URL: "https://n1.example.org/", Private: true, Chosen: true}); err != nil {
		t.Errorf("and with one: %v", err)
	}
}

// An address is one customer's: of IPv6 a network of 64 bits.
func TestAddressOf(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.1:443": "192.0.2.1", "[::ffff:192.0.2.1]:443": "192.0.2.1", "[2001:db8:1:2:3::4]:443": "2001:db8:1:2::/64", "[fe80::1%eth0]:443": "fe80::/64",
	} {
		if got := addressOf(connection(addr)); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}

// connection is one that leads to that address.
type connection string

func (c connection) RemoteAddr() net.Addr { return named(c) }
func (c connection) Close() error         { return nil }

func (connection) Read([]byte) (int, error)         { return 0, io.EOF }
func (connection) Write([]byte) (int, error)        { return 0, io.EOF }
func (connection) LocalAddr() net.Addr              { return nil }
func (connection) SetDeadline(time.Time) error      { return nil }
func (connection) SetReadDeadline(time.Time) error  { return nil }
func (connection) SetWriteDeadline(time.Time) error { return nil }

type named string

func (named) Network() string  { return "tcp" }
func (n named) String() string { return string(n) }

// A caller who goes away, or whose own time is up, says nothing of the host: its
// breaker stays closed, for him and for others.
func TestAttack135_CallersWhoGoAway(t *testing.T) {
	entered := make(chan string, 100)
	var answer atomic.Bool
	o, _ := site(t, func(_ http.ResponseWriter, r *http.Request) {
		if !answer.Load() {
			entered <- r.URL.Path
			<-r.Context().Done()
		}
	})
	c := client(t, o)
	for _, ctx := range []context.Context{t.Context(), For(t.Context(), "a")} {
		for i := range 2 * DefaultBreakAfter {
			for _, chosen := range []bool{true, false} {
				gone, cancel := context.WithCancel(ctx)
				if i%2 == 0 {
					gone, cancel = context.WithTimeout(ctx, 20*time.Millisecond)
				}
				done, path := make(chan error, 1), fmt.Sprintf("/%d", i)
				go func() {
					_, err := c.Fetch(gone, Request{URL: "https://example.org" + path, Private: true, Chosen: chosen})
					done <- err
				}()
				for waiting := true; waiting; {
					select {
					case seen := <-entered: // an earlier one may come late, after its caller
						waiting = seen != path
					case err := <-done:
						if !errors.Is(err, ErrTimeout) { // who was too late to be seen went away all the same
							t.Fatalf("try %d was not made: %v", i, err)
						}
						waiting = false
						done <- err
					}
				}
				if i%2 == 1 {
					cancel()
				}
				if err := <-done; !errors.Is(err, ErrTimeout) {
					t.Fatalf("try %d: %v", i, err)
				}
				cancel()
			}
		}
		answer.Store(true)
		for _, chosen := range []bool{true, false} {
			if _, err := c.Fetch(ctx, Request{URL: "https://example.org/", Private: true, Chosen: chosen}); err != nil {
				t.Errorf("chosen %t: %v", chosen, err)
			}
		}
		answer.Store(false)
	}
	// Our own limit is the host's doing.
	o.Total = 20 * time.Millisecond
	c = client(t, o)
	for range DefaultBreakAfter {
		if _, err := c.Fetch(t.Context(), Request{URL: "https://example.org/", Private: true}); !errors.Is(err, ErrTimeout) {
			t.Fatal(err)
		}
	}
	if _, err := c.Fetch(t.Context(), Request{URL: "https://example.org/", Private: true}); !errors.Is(err, ErrBusy) {
		t.Errorf("a host that timed out %d times: %v", DefaultBreakAfter, err)
	}
}

// What makes one tenant's question wait is not the answer to another's: equal
// questions are asked together within a lane, and what was answered is kept for
// all. What an applicant chose is kept for nobody.
func TestAttack136_AnotherTenantsWait(t *testing.T) {
	o, hits := site(t, func(_ http.ResponseWriter, r *http.Request) {})
	o.MaxWait = 10 * second
	c := client(t, o)
	key := lane{key: "tenant a\nissuers"}
	var turns []func(learnt)
	for range o.PerHost {
		turn, err := c.host(key, "example.org:443").enter(t.Context(), c, key, 0)
		if err != nil {
			t.Fatal(err)
		}
		turns = append(turns, turn)
	}
	waiting := make(chan error, 1)
	go func() {
		_, err := c.Fetch(For(t.Context(), "a"), Request{URL: "https://example.org/profile"})
		waiting <- err
	}()
	time.Sleep(second)
	if _, err := c.Fetch(For(t.Context(), "b"), Request{URL: "https://example.org/profile"}); err != nil {
		t.Errorf("another tenant's question: %v", err)
	}
	if err := <-waiting; !errors.Is(err, ErrBusy) {
		t.Errorf("the tenant who waits: %v", err)
	}
	for _, turn := range turns {
		turn(nothing)
	}
	if resp, err := c.Fetch(For(t.Context(), "a"), Request{URL: "https://example.org/profile"}); err != nil || !resp.Cached || hits.Load() != 1 {
		t.Errorf("the answer is asked for twice: %v, %d", err, hits.Load())
	}
	for range 2 {
		if resp, err := c.Fetch(For(t.Context(), "a"), Request{URL: "https://example.org/chosen", Private: true, Chosen: true}); err != nil || resp.Cached {
			t.Errorf("a link's answer was kept: %v", err)
		}
	}
}
