package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/index/record"
	"assay/ingest/natsd"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// node is one of three real servers with the configuration that is shipped.
type node struct {
	bin, name, conf, at string
	cmd                 *exec.Cmd
}

func (n *node) start(t *testing.T) {
	t.Helper()
	n.cmd = exec.Command(n.bin, "-c", n.conf)
	n.cmd.Env = append(os.Environ(), "NATS_NAME="+n.name)
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// kill ends it as a crash does.
func (n *node) kill() { _ = n.cmd.Process.Kill(); _ = n.cmd.Wait() }

// cluster is three servers on loopback, by deploy/nats-cluster.conf and the users that
// assay makes, and one more user who may do everything.
type cluster struct {
	shipped
	nodes []*node
	admin *nats.Conn
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	bin := testenv.NATSServer(t)
	dir := t.TempDir()
	c := &cluster{shipped: shipped{dir: dir, roles: map[string]natsd.Role{}}}
	others := filepath.Join(dir, "others")
	if err := os.Mkdir(others, 0o700); err != nil {
		t.Fatal(err)
	}
	certificates(t, dir)
	certificates(t, others) // of another authority
	roles, err := natsd.MakeRoles(dir, []string{"acme"})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range roles {
		c.roles[r.Name] = r
	}
	read := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("roles.conf", strings.Replace(read(c.file(natsd.RolesFile)), "\t\tusers: [\n", "\t\tusers: [\n\t\t\t{ user: \"test\", password: \"test\" }\n", 1))
	ports := make([]string, 9)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports[i] = l.Addr().String()
		defer l.Close()
	}
	deploy := filepath.Join(testenv.Root(t), "deploy")
	var urls []string
	for i := range 3 {
		n := &node{bin: bin, name: fmt.Sprintf("nats-%d", i+1), at: ports[i]}
		own := n.name + ".conf"
		for name, changes := range map[string][]string{
			"nats.conf": {`"/data"`, `"` + filepath.Join(dir, n.name) + `"`, "0.0.0.0:4222", n.at,
				"/etc/nats/tls.crt", c.file("tls.crt"), "/etc/nats/tls.key", c.file("tls.key"), "/etc/nats/ca.crt", c.file("ca.crt")},
			"nats-cluster.conf": {"0.0.0.0:6222", ports[3+i], "tls://nats-1:6222", "tls://" + ports[3], "tls://nats-2:6222", "tls://" + ports[4], "tls://nats-3:6222", "tls://" + ports[5],
				"127.0.0.1:8222", ports[6+i], `include "nats.conf"`, `include "` + own + `"`,
				"/etc/nats/cluster.crt", filepath.Join(others, "tls.crt"), "/etc/nats/cluster.key", filepath.Join(others, "tls.key"), "/etc/nats/cluster-ca.crt", filepath.Join(others, "ca.crt")},
		} {
			text := read(filepath.Join(deploy, name))
			_, body, _ := strings.Cut(text, "\n\n") // without what is written above
			for k := 0; k < len(changes); k += 2 {
				if strings.Count(body, changes[k]) != 1 {
					t.Fatalf("%s does not have one %s", name, changes[k])
				}
			}
			text = strings.NewReplacer(changes...).Replace(body)
			if name == "nats.conf" {
				write(own, text)
			} else {
				n.conf = write(n.name+"-cluster.conf", text)
			}
		}
		c.nodes = append(c.nodes, n)
		urls = append(urls, "tls://"+n.at)
	}
	c.url = strings.Join(urls, ",")
	return c
}

// up starts all, and waits until the cluster has a leader.
func (c *cluster) up(t *testing.T) {
	t.Helper()
	for _, n := range c.nodes {
		cmd := exec.Command(n.bin, "-t", "-c", n.conf)
		cmd.Env = append(os.Environ(), "NATS_NAME="+n.name)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		n.start(t)
	}
	t.Cleanup(func() {
		for _, n := range c.nodes {
			n.kill()
		}
	})
	eventually(t, "the cluster is up", func() bool {
		if c.admin == nil {
			c.admin, _ = nats.Connect(c.url, nats.RootCAs(c.file("ca.crt")), nats.ClientCert(c.file("tls.crt"), c.file("tls.key")), nats.UserInfo("test", "test"),
				nats.MaxReconnects(-1), nats.ReconnectWait(200*time.Millisecond))
		}
		if c.admin == nil {
			return false
		}
		m, err := c.admin.Request("$JS.API.INFO", nil, time.Second)
		return err == nil && !strings.Contains(string(m.Data), `"error"`)
	})
	t.Cleanup(c.admin.Close)
}

// leader is the server that leads a stream, "" for none.
func (c *cluster) leader(stream string) string {
	m, err := c.admin.Request("$JS.API.STREAM.INFO."+stream, nil, 2*time.Second)
	var i struct {
		Cluster struct {
			Leader   string
			Replicas []struct{ Current bool }
		}
	}
	if err != nil || json.Unmarshal(m.Data, &i) != nil {
		return ""
	}
	for _, r := range i.Cluster.Replicas {
		if !r.Current {
			return ""
		}
	}
	if len(i.Cluster.Replicas) != 2 {
		return ""
	}
	return i.Cluster.Leader
}

// whole waits until a stream has a leader and two copies that keep up, and gives the first.
func (c *cluster) whole(t *testing.T, stream string) string {
	t.Helper()
	var name string
	eventually(t, stream+" is whole", func() bool { name = c.leader(stream); return name != "" })
	return name
}

func (c *cluster) stepDown(t *testing.T, stream string) {
	t.Helper()
	var said string
	for range 50 { // while there is no leader, there is none to step down
		m, err := c.admin.Request("$JS.API.STREAM.LEADER.STEPDOWN."+stream, nil, 5*time.Second)
		if err == nil && strings.Contains(string(m.Data), `"success":true`) {
			return
		}
		if said = fmt.Sprint(err); m != nil {
			said = string(m.Data)
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Fatalf("step down: %s", said)
}

// R5: leaders step down, servers are killed, hang and come back, while applications come
// in, n and as many as it takes, one each pace, and two worker processes work. Every
// submission that was taken has one document and one outcome, of its own sequence.
func clusterLoses(t *testing.T, n int, pace time.Duration, trouble func(c *cluster, people *Queue, taken func() int)) (_ *cluster, _ *Queue, rest time.Duration) {
	c := newCluster(t)
	c.up(t)
	e, began := newMemory(), time.Now()
	dial := func(role string) *rig {
		o := c.as(role)
		l := &logs{}
		o.Replicas, o.AckWait, o.MaxTries, o.Log = 3, 5*time.Second, 20, l.logger()
		q, err := Dial(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(q.Close)
		return &rig{Queue: q, log: l}
	}
	first, second, people := dial("worker"), dial("worker"), dial("operator")
	eventually(t, "the queue is set up", func() bool { return first.Setup(t.Context()) == nil })
	c.whole(t, StreamApplications)
	var twice atomic.Int64
	seen := map[string]bool{}
	var mu sync.Mutex
	e.after = func(d record.Application) {
		mu.Lock()
		defer mu.Unlock()
		if seen[d.Application] {
			twice.Add(1) // once more, after a redelivery: of the same version, which changes nothing
		}
		seen[d.Application] = true
	}
	end := []func(){first.work(t, e, examiner(byContent)), second.work(t, e, examiner(byContent))}
	eventually(t, "both workers are there", func() bool {
		all, err := people.RequestFigures(t.Context())
		return err == nil && len(all) == 2
	})
	sub, err := NewSubmitter(people.Queue, []byte("key of a test"))
	if err != nil {
		t.Fatal(err)
	}
	receipts, again := map[string]*Receipt{}, 0
	var taken atomic.Int64
	var over atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; i < n || !over.Load(); i++ {
			a := fmt.Sprintf("A-%d", i)
			for t.Context().Err() == nil { // until the queue says that it has it
				rc, err := sub.Submit(t.Context(), submission("acme", a, "verified "+a))
				if err == nil {
					receipts[a] = rc
					taken.Add(1)
					break
				}
				again++
				time.Sleep(100 * time.Millisecond)
			}
			time.Sleep(pace)
		}
	}()
	trouble(c, people.Queue, func() int { return int(taken.Load()) })
	over.Store(true)
	<-done
	n = int(taken.Load())
	last := time.Now()
	eventually(t, "all are worked off", func() bool {
		l, err := people.Lag(t.Context())
		return err == nil && l.Live == 0 && l.Held == 0 && e.count() >= n
	})
	rest = time.Since(last)
	t.Logf("%d applications in %v, %d submitted once more, %d written once more; at rest %v after the last", n, last.Sub(began).Round(time.Second), again, twice.Load(), time.Since(last).Round(time.Second))
	if len(receipts) != n || e.count() != n {
		t.Errorf("%d taken, %d in the index, want %d", len(receipts), e.count(), n)
	}
	for a, rc := range receipts {
		doc, err := e.Get(t.Context(), "acme", a)
		if err != nil {
			t.Errorf("%s is lost: %v", a, err)
			continue
		}
		var o Outcome
		for range 20 { // one member may have a hole, or be late; the others are not
			var m *jetstream.RawStreamMsg
			if m, err = people.last(t.Context(), StreamResults, "results.acme."+a); err == nil {
				o = Outcome{}
				err = json.Unmarshal(m.Data, &o)
			}
			if err == nil && o.State == Indexed && o.Sequence == rc.Sequence && o.Version == doc.Version {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if err != nil || o.State != Indexed || o.Sequence != rc.Sequence || o.Version != doc.Version {
			t.Errorf("%s: outcome %+v, %v; taken as %d, in the index as %d", a, o, err, rc.Sequence, doc.Version)
		}
	}
	eventually(t, "the queue says what it holds", func() bool { // a member that has just come back may not at once
		s, err := people.js.Stream(t.Context(), StreamApplications)
		if err != nil {
			return false
		}
		if got := s.CachedInfo().State.Msgs; got != uint64(n) {
			t.Errorf("the queue holds %d, want %d", got, n)
		}
		return true
	})
	var letters []DeadLetter
	eventually(t, "the queue gives its letters", func() bool { // likewise
		letters = nil
		return people.DeadLetters(t.Context(), "", func(d DeadLetter) error { letters = append(letters, d); return nil }) == nil
	})
	if len(letters) != 0 {
		t.Errorf("letters %+v", letters)
	}
	for _, f := range end {
		f()
	}
	return c, first.Queue, rest
}

// stop ends it as an operator does.
func (n *node) stop() { _ = n.cmd.Process.Signal(os.Interrupt); _ = n.cmd.Wait() }

// told is what a cluster holds, of submissions and outcomes.
func (c *cluster) told(t *testing.T, q *Queue) string {
	t.Helper()
	var b strings.Builder
	for _, stream := range []string{StreamApplications, StreamResults} {
		c.whole(t, stream)
		s, err := q.js.Stream(t.Context(), stream)
		if err != nil {
			t.Fatal(err)
		}
		i := s.CachedInfo().State
		fmt.Fprintln(&b, stream, i.Msgs, i.FirstSeq, i.LastSeq, i.NumSubjects)
		for seq := i.FirstSeq; seq <= i.LastSeq; seq++ {
			if m, err := s.GetMsg(t.Context(), seq); err == nil {
				fmt.Fprintln(&b, m.Subject, m.Sequence, string(m.Data))
			}
		}
	}
	return b.String()
}

// slowly is eventually, with four times the patience.
func slowly(ok func() bool) bool {
	for range 4800 {
		if ok() {
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}

// TestLongCluster: leaders step down, each of the three servers is killed in turn, whoever leads
// first, and comes back, and one hangs. In the end all are stopped, and go on with copies of their stores
// as they were.
func TestLongCluster(t *testing.T) {
	if os.Getenv("ASSAY_LONG") == "" {
		t.Skip("is long: make test-long")
	}
	t.Parallel()
	c, q, _ := clusterLoses(t, 400, 60*time.Millisecond, func(c *cluster, people *Queue, taken func() int) {
		killed := map[string]bool{}
		for range c.nodes {
			c.stepDown(t, StreamApplications)
			name := c.whole(t, StreamApplications)
			for _, n := range c.nodes {
				if killed[name] && !killed[n.name] {
					name = n.name
				}
			}
			for _, n := range c.nodes {
				if n.name == name {
					killed[name] = true
					n.kill()
					time.Sleep(3 * time.Second)
					n.start(t)
				}
			}
			c.whole(t, StreamApplications)
			c.whole(t, StreamResults)
		}
		if len(killed) != 3 {
			t.Errorf("killed %v", killed)
		}
		// One hangs, as behind a network that swallows everything: who is connected to it
		// notices by itself and goes to another.
		for _, n := range c.nodes {
			if n.name != people.nc.ConnectedServerName() {
				continue
			}
			hang := time.Now()
			if err := n.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			before := taken()
			// Half a minute until it is let go of; more on a machine that is busy.
			if !slowly(func() bool { return taken() > before }) {
				t.Fatalf("submitting does not go on beside %s, which hangs: connected to %q, lost it %d times; %s is led by %q, %s by %q", n.name,
					people.nc.ConnectedServerName(), people.nc.Stats().Reconnects, StreamApplications, c.leader(StreamApplications), StreamResults, c.leader(StreamResults))
			}
			t.Logf("%s hung, submitting went on after %v", n.name, time.Since(hang).Round(time.Second))
			if err := n.cmd.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			break
		}
		c.whole(t, StreamApplications)
		c.whole(t, StreamResults)
	})
	before := c.told(t, q)
	for _, n := range c.nodes {
		n.stop()
	}
	for _, n := range c.nodes {
		at := c.file(n.name)
		if err := errors.Join(os.CopyFS(at+"-copy", os.DirFS(at)), os.RemoveAll(at), os.Rename(at+"-copy", at)); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range c.nodes {
		n.start(t)
	}
	if after := c.told(t, q); after != before {
		t.Errorf("after a restore:\n%.2000s\nbefore:\n%.2000s", after, before)
	}
}
