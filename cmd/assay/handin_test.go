package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/deploy/testenv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// killable is an "assay serve" that is killed and started again on the same folder.
type killable struct {
	t     *testing.T
	exe   string
	args  []string
	http  string
	mu    sync.Mutex
	cmd   *exec.Cmd
	kills int
}

func newKillable(t *testing.T, args ...string) *killable {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if built := os.Getenv("ASSAY_BUILT"); built != "" { // the program as it was built, in place of the test
		exe = built
	}
	k := &killable{t: t, exe: filepath.Join(t.TempDir(), "assay")}
	if err := os.Symlink(exe, k.exe); err != nil { // by this name the test is the program
		t.Fatal(err)
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	k.http = "http://127.0.0.1:" + port
	k.args = append([]string{"serve", "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:" + port}, args...)
	k.start()
	t.Cleanup(func() { _ = k.cmd.Process.Kill(); _ = k.cmd.Wait() })
	k.ready()
	return k
}

func (k *killable) start() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.cmd = exec.Command(k.exe, k.args...)
	k.cmd.Env = settled()
	if err := k.cmd.Start(); err != nil {
		k.t.Error(err)
	}
}

// kill ends the process as a crash does, and starts another.
func (k *killable) kill() {
	_ = k.cmd.Process.Kill()
	_ = k.cmd.Wait()
	k.kills++
	k.start()
}

func (k *killable) ready() {
	k.t.Helper()
	for range 1200 {
		if r, err := http.Get(k.http + "/readyz"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	k.t.Fatal("assay serve is not ready")
}

// handIn hands an application in under a key, again and again until it is taken, as a
// hiring system does.
func (k *killable) handIn(name, key, text string) (sequence uint64, tries int, err error) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("application", name)
	_ = w.WriteField("applicant_email", name+"@example.org")
	f, _ := w.CreateFormFile("file", "cv.txt")
	_, _ = io.WriteString(f, text)
	_ = w.Close()
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		tries++
		r, err := http.NewRequest(http.MethodPost, k.http+"/v1/applications", bytes.NewReader(body.Bytes()))
		if err != nil {
			return 0, tries, err
		}
		r.Header.Set("Content-Type", w.FormDataContentType())
		r.Header.Set("Idempotency-Key", key)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			continue
		}
		b, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode == http.StatusServiceUnavailable {
			continue
		}
		var handed struct{ Sequence uint64 }
		if err := json.Unmarshal(b, &handed); err != nil || resp.StatusCode != http.StatusAccepted {
			return 0, tries, fmt.Errorf("%d %s", resp.StatusCode, b)
		}
		return handed.Sequence, tries, nil
	}
	return 0, tries, fmt.Errorf("%s is not taken in three minutes", name)
}

func (k *killable) get(path string, into any) (int, error) {
	r, err := http.Get(k.http + path)
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	return r.StatusCode, json.NewDecoder(r.Body).Decode(into)
}

// handInKilled hands n applications in, while the service is killed, and keeps the ledger:
// what was acknowledged has its outcome, and nothing is on the queue or in the index twice.
func handInKilled(t *testing.T, row, fault string, n, kills int, args ...string) {
	k := newKillable(t, append([]string{"--offline", "--workers", "4"}, args...)...)
	var next, taken, again atomic.Int64
	start := time.Now()
	sequences := make([]uint64, n)
	var hands sync.WaitGroup
	for range 8 {
		hands.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && !t.Failed(); i = int(next.Add(1)) - 1 {
				text := fmt.Sprintf("Dear all, number %d", i)
				if i%100 == 7 { // too large for a message
					text = strings.Repeat(text+"\n", 20_000)
				}
				sequence, tries, err := k.handIn(fmt.Sprintf("A-%d", i), fmt.Sprintf("key %d", i), text)
				if err != nil {
					t.Error(err)
					return
				}
				sequences[i] = sequence
				taken.Add(1)
				again.Add(int64(tries - 1))
			}
		})
	}
	for i := 1; i <= kills; i++ {
		for taken.Load() < int64(i*n/(kills+1)) && !t.Failed() {
			time.Sleep(5 * time.Millisecond)
		}
		k.kill()
		k.ready()
	}
	hands.Wait()
	handed := time.Since(start)
	seen, last := map[uint64]int{}, uint64(0)
	for _, s := range sequences {
		seen[s]++
		last = max(last, s)
	}
	lost, begun := 0, time.Now()
	for i, s := range sequences {
		var o struct {
			State    string
			Sequence uint64
			Unread   []any
		}
		for try := range 4 {
			status, err := k.get(fmt.Sprintf("/v1/applications/A-%d/outcome?sequence=%d&wait=60s", i, s), &o)
			if err == nil && status == http.StatusOK {
				break
			}
			if try == 3 {
				t.Errorf("A-%d: %d %v", i, status, err)
			}
		}
		if o.State != "indexed" || o.Sequence != s || len(o.Unread) > 0 {
			lost++
			t.Errorf("A-%d: %+v, want submission %d", i, o, s)
		}
	}
	recovered := time.Since(begun)
	var st struct {
		Stores []struct {
			Name     string
			Messages int
		}
		Letters map[string]int
		Index   struct{ Applications int }
	}
	if status, err := k.get("/v1/status", &st); err != nil || status != http.StatusOK {
		t.Fatal(status, err)
	}
	if len(seen) != n || last != uint64(n) || st.Index.Applications != n || len(st.Letters) > 0 {
		t.Errorf("%d sequences of %d, the last %d; %d in the index; letters %v", len(seen), n, last, st.Index.Applications, st.Letters)
	}
	testenv.Ledger{Row: row, Fault: fmt.Sprintf("assay serve killed %d times, over HTTP%s", k.kills, fault), Taken: n, Lost: lost, Duplicate: max(0, int(last)-n) + max(0, st.Index.Applications-n),
		Recovered: recovered, Note: fmt.Sprintf("%d requests sent again; handed in within %v", again.Load(), handed.Round(time.Second))}.Enter(t)
}

// TestHandInKilled: applications that come over HTTP are neither lost nor there twice when
// the service is killed.
func TestHandInKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers")
	}
	t.Parallel()
	handInKilled(t, "R1", "", 400, 2, "--nats-listen", "none")
}

// TestLongHandInKilled is the same for longer, and where SCALE is set so much of 10,000 with
// 50 ends.
func TestLongHandInKilled(t *testing.T) {
	if os.Getenv("ASSAY_LONG") == "" {
		t.Skip("is long: make test-long")
	}
	n, kills := handedIn(t)
	handInKilled(t, "R1", "", n, kills, "--nats-listen", "none")
}

// handedIn is how many applications are handed in, and how often the service is killed.
func handedIn(t *testing.T) (n, kills int) {
	if os.Getenv("SCALE") != "" {
		return testenv.Scaled(t, 10_000, 200), testenv.Scaled(t, 50, 2)
	}
	return 2000, 5
}

// TestLongHandInKilledOutside: the same with the queue in a server of its own, which writes
// each message to the disk before it acknowledges it; and of each application there is one
// outcome on its stream.
func TestLongHandInKilledOutside(t *testing.T) {
	if os.Getenv("ASSAY_LONG") == "" {
		t.Skip("is long: make test-long")
	}
	bin := testenv.NATSServer(t)
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "nats.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, "listen: \"127.0.0.1:%s\"\njetstream { store_dir: %q, sync_interval: always }\n", port, dir), 0o600); err != nil {
		t.Fatal(err)
	}
	server := exec.Command(bin, "-c", config)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	n, kills := handedIn(t)
	handInKilled(t, "R20", ", the queue in a server of its own", n, kills, "--nats", "nats://127.0.0.1:"+port)
	nc, err := nats.Connect("nats://127.0.0.1:" + port)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	results, err := js.Stream(t.Context(), "RESULTS")
	if err != nil {
		t.Fatal(err)
	}
	info, err := results.Info(t.Context(), jetstream.WithSubjectFilter("results.>"))
	if err != nil {
		t.Fatal(err)
	}
	twice := 0
	for _, count := range info.State.Subjects {
		twice += int(count) - 1
	}
	t.Logf("%d outcomes of %d applications", info.State.Msgs, len(info.State.Subjects))
	if len(info.State.Subjects) != n || twice != 0 {
		t.Errorf("%d applications of %d have an outcome, %d outcomes are there again", len(info.State.Subjects), n, twice)
	}
}
