package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/extract/sandbox"
	"assay/index/local/localtest"
	"assay/ingest/natsd"
	"assay/verify/schema"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	sandbox.Child(schema.Obeys) // a parser child of the program under test is this binary
	testscript.Main(m, map[string]func(){"assay": main})
}

func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers")
	}
	top := root(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			web, err := freePort()
			if err != nil {
				return err
			}
			queue, err := freePort()
			if err != nil {
				return err
			}
			second, err := freePort()
			if err != nil {
				return err
			}
			env.Setenv("SAMPLES", filepath.Join(top, "testdata", "applications"))
			env.Setenv("SITE", filepath.Join(top, "testdata", "site", "web.json"))
			env.Setenv("TRUST", filepath.Join(top, "testdata", "site", "trust.json"))
			env.Setenv("HTTP", "127.0.0.1:"+web)
			env.Setenv("HTTP2", "127.0.0.1:"+second) // of a second process
			env.Setenv("QUEUE", "127.0.0.1:"+queue)
			env.Setenv("NATS_SERVER", testenv.FindNATSServer())
			env.Setenv("ELASTIC", os.Getenv("ASSAY_ELASTIC"))
			env.Setenv("PREFIX", "script-"+queue)
			return nil
		},
		Condition: func(name string) (bool, error) {
			var found bool
			switch name {
			case "nats":
				found = testenv.FindNATSServer() != ""
			case "elasticsearch":
				found = os.Getenv("ASSAY_ELASTIC") != ""
			default:
				return false, fmt.Errorf("unknown condition %s", name)
			}
			if !found && testenv.Required(name) {
				return false, fmt.Errorf("%s is required and not there", name)
			}
			return found, nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"eventually":   eventually,
			"exits":        exits,
			"ready":        ready,
			"get":          get1,
			"json":         jsonHas,
			"publish":      publish,
			"serve-nats":   serveNATS,
			"drop-elastic": dropElastic,
			"snapshot":     snapshot,
			"outcomes":     outcomes,
			"sample":       sample,
			"former":       former,
			"fill":         filled,
			"lose":         lose,
			"answer":       answers(),
			"collector":    collector,
		},
	})
}

// serveNATS runs the real server until the script ends: serve-nats PROGRAM
// HOST:PORT FOLDER [ARG…].
func serveNATS(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: serve-nats PROGRAM HOST:PORT FOLDER [ARG…]")
	}
	host, port, err := net.SplitHostPort(args[1])
	ts.Check(err)
	cmd := exec.Command(args[0], append([]string{"-js", "-sd", ts.MkAbs(args[2]), "-a", host, "-p", port}, args[3:]...)...)
	ts.Check(cmd.Start())
	ts.Defer(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 400 {
		if c, err := net.Dial("tcp", args[1]); err == nil {
			c.Close()
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	ts.Fatalf("nats-server does not listen")
}

// dropElastic removes what a script wrote: drop-elastic URL PREFIX.
func dropElastic(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: drop-elastic URL PREFIX")
	}
	resp, err := http.Get(args[0] + "/_cat/indices/" + args[1] + "*?h=index")
	ts.Check(err)
	b, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	ts.Check(err)
	paths := []string{"/_index_template/" + args[1] + "*"}
	for _, name := range strings.Fields(string(b)) {
		paths = append([]string{"/" + name}, paths...)
	}
	for _, path := range paths {
		req, err := http.NewRequest(http.MethodDelete, args[0]+path, nil)
		ts.Check(err)
		resp, err := http.DefaultClient.Do(req)
		ts.Check(err)
		resp.Body.Close()
	}
}

// snapshot takes a snapshot of what a script has in Elasticsearch, or puts it in the place
// of what is there: snapshot take|restore URL PREFIX.
func snapshot(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: snapshot take|restore URL PREFIX")
	}
	url, prefix := args[1], args[2]
	ask := func(method, path, body string) {
		req, err := http.NewRequest(method, url+path, strings.NewReader(body))
		ts.Check(err)
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		ts.Check(err)
		defer resp.Body.Close()
		if b, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode >= 300 {
			ts.Fatalf("%s %s: %s %s %v", method, path, resp.Status, b, err)
		}
	}
	one := "/_snapshot/" + prefix + "/one"
	only := `{"indices":"` + prefix + `-*","include_global_state":false}`
	if args[0] == "take" {
		ask(http.MethodPut, "/_snapshot/"+prefix, `{"type":"fs","settings":{"location":"`+prefix+`"}}`)
		ts.Defer(func() { ask(http.MethodDelete, one, ""); ask(http.MethodDelete, "/_snapshot/"+prefix, "") })
		ask(http.MethodPut, one+"?wait_for_completion=true", only)
		return
	}
	dropElastic(ts, false, args[1:])
	ask(http.MethodPost, one+"/_restore?wait_for_completion=true", only)
}

// outcomes writes every outcome that the queue has, a line each: outcomes URL FILE.
func outcomes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: outcomes URL FILE")
	}
	nc, err := connected(args[0])
	ts.Check(err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	ts.Check(err)
	ctx := context.Background()
	s, err := js.Stream(ctx, "RESULTS")
	ts.Check(err)
	i, err := s.Info(ctx, jetstream.WithSubjectFilter(">"))
	ts.Check(err)
	var b strings.Builder
	for _, subject := range slices.Sorted(maps.Keys(i.State.Subjects)) {
		m, err := s.GetLastMsgForSubject(ctx, subject)
		ts.Check(err)
		fmt.Fprintf(&b, "%s %d %s\n", subject, m.Sequence, m.Data)
	}
	if b.Len() == 0 {
		ts.Fatalf("no outcomes")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

// connected connects as who may read the key of a queue that serve runs.
func connected(address string) (*nats.Conn, error) {
	seed := natsd.Seed(context.Background(), address)
	if seed == "" {
		return nats.Connect(address)
	}
	key, err := nats.NkeyOptionFromSeed(seed)
	if err != nil {
		return nil, err
	}
	return nats.Connect(address, key)
}

// publish puts a message on the queue as a stranger does: publish URL SUBJECT BODY.
func publish(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: publish URL SUBJECT BODY")
	}
	nc, err := connected(args[0])
	ts.Check(err)
	defer nc.Close()
	ts.Check(nc.Publish(args[1], []byte(args[2])))
	ts.Check(nc.Flush())
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// exits runs a program that must end with a status: exits STATUS PROGRAM ARG….
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM ARG…")
	}
	got, err := 0, ts.Exec(args[1], args[2:]...)
	if e := (*exec.ExitError)(nil); errors.As(err, &e) {
		got = e.ExitCode()
	} else {
		ts.Check(err)
	}
	if want := args[0]; strconv.Itoa(got) != want {
		ts.Fatalf("exit status %d, want %s", got, want)
	}
}

// eventually runs a program until what it prints matches: eventually PATTERN
// PROGRAM ARG….
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN PROGRAM ARG…")
	}
	want := regexp.MustCompile(args[0])
	for range 300 {
		if err := ts.Exec(args[1], args[2:]...); err == nil && want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	ts.Fatalf("never printed %s", args[0])
}

// ready waits until a server says that it is ready.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ready HOST:PORT")
	}
	for range 400 {
		resp, err := http.Get("http://" + args[0] + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s is not ready", args[0])
}

// get1 fetches a page into a file.
func get1(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: get URL FILE")
	}
	resp, err := http.Get(args[0])
	ts.Check(err)
	defer resp.Body.Close()
	if ok := resp.StatusCode == http.StatusOK; ok == neg {
		ts.Fatalf("%s: %s", args[0], resp.Status)
	}
	b, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o600))
}

// jsonHas looks a value up in a file of JSON lines: json FILE LINE PATH WANT,
// with the path's parts separated by dots.
func jsonHas(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 4 {
		ts.Fatalf("usage: json FILE LINE PATH WANT")
	}
	lines := strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n")
	var n int
	_, err := fmt.Sscan(args[1], &n)
	ts.Check(err)
	if n < 1 || n > len(lines) {
		ts.Fatalf("%d lines", len(lines))
	}
	var v any
	ts.Check(json.Unmarshal([]byte(lines[n-1]), &v))
	for _, part := range strings.Split(args[2], ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			var i int
			if part == "len" {
				v = len(x)
				continue
			}
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(x) {
				ts.Fatalf("%s: no element %s of %d", args[2], part, len(x))
			}
			v = x[i]
		default:
			v = nil
		}
	}
	if got := fmt.Sprint(v); (got == args[3]) == neg {
		ts.Fatalf("%s is %q, want %q", args[2], got, args[3])
	}
}

// sample writes a badge of the bench's generator: sample FILE NUMBER EMAIL.
func sample(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: sample FILE NUMBER EMAIL")
	}
	var n int
	_, err := fmt.Sscan(args[1], &n)
	ts.Check(err)
	s, err := newSampler()
	ts.Check(err)
	text, err := s.badge(context.Background(), n, args[2])
	ts.Check(err)
	data := []byte(text)
	if strings.HasSuffix(args[0], ".png") {
		data = bake(s.picture, text)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// former takes an index in files back to what schema 2 kept: former FOLDER.
func former(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: former FOLDER")
	}
	ts.Check(localtest.Former(ts.MkAbs(args[0])))
}

// filled writes a text of so many bytes: fill FILE BYTES.
func filled(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fill FILE BYTES")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Repeat("Dear employer,\n", n/15+1)[:n]), 0o600))
}

// lose takes the chunks of an application's documents out of the object store, which
// knows them still: lose URL TENANT/APPLICATION.
func lose(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lose URL TENANT/APPLICATION")
	}
	nc, err := connected(args[0])
	ts.Check(err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	ts.Check(err)
	ctx := context.Background()
	store, err := js.ObjectStore(ctx, "DOCUMENTS")
	ts.Check(err)
	list, err := store.List(ctx)
	ts.Check(err)
	chunks, err := js.Stream(ctx, "OBJ_DOCUMENTS")
	ts.Check(err)
	lost := 0
	for _, o := range list {
		if strings.HasPrefix(o.Name, args[1]+"/") {
			ts.Check(chunks.Purge(ctx, jetstream.WithPurgeSubject("$O.DOCUMENTS.C."+o.NUID)))
			lost++
		}
	}
	if lost == 0 {
		ts.Fatalf("%s has no document in the store", args[1])
	}
}

// answers gives a command that answers every request at an address with a status,
// until another takes its place: answer HOST:PORT STATUS|none.
func answers() func(ts *testscript.TestScript, neg bool, args []string) {
	var mu sync.Mutex
	servers := map[string]*http.Server{}
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 2 {
			ts.Fatalf("usage: answer HOST:PORT STATUS|none")
		}
		mu.Lock()
		defer mu.Unlock()
		if s := servers[args[0]]; s != nil {
			_ = s.Close()
		}
		if args[1] == "none" {
			return
		}
		status, err := strconv.Atoi(args[1])
		ts.Check(err)
		l, err := net.Listen("tcp", args[0])
		ts.Check(err)
		s := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(status) })}
		servers[args[0]] = s
		go func() { _ = s.Serve(l) }()
		ts.Defer(func() { _ = s.Close() })
	}
}

// settled is the environment of a program under test: this one's without what
// would set its flags, such as the server that other tests ask, and with more.
func settled(more ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "ASSAY_") })
	return append(env, more...)
}
