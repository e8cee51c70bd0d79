package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/extract"
	"assay/verify/schema"

	"go.uber.org/goleak"
)

// parent is the number of the process that started this one: a child cannot ask.
var parent = os.Getppid()

func TestMain(m *testing.M) {
	if len(os.Args) > 3 && os.Args[1] == childArg {
		os.Exit(9)
	}
	if len(os.Args) == 3 && os.Args[1] == childArg {
		guard := enterGuard
		if os.Args[2] == "unguarded" {
			guard = func(int64) Guard { return Guard{Missing: tryToEscape(os.Getppid())} }
		}
		do := work{misbehave(os.Args[2]), follow}
		switch os.Args[2] {
		case "no-schemas":
			do.obeys = nil
		case "remember":
			do.parse = remember
		}
		os.Exit(runChild(os.Stdin, os.Stdout, guard, do))
	}
	Child(follow)
	goleak.VerifyTestMain(m)
}

// mine is the context of one applicant's documents.
var mine = WithOwner(context.Background(), Owner{Tenant: "acme", Application: "A-1"})

// follow follows a schema as the program does, but for what a schema that begins
// with the word harm does.
func follow(id string, text, document []byte) (bool, error) {
	if mode, ok := bytes.CutPrefix(text, []byte("harm ")); ok {
		doHarm(string(mode), request{Name: id}, func(extract.Finding) {})
	}
	return schema.Obeys(id, text, document)
}

// misbehave gives a parser that finds one badge and then does what its mode
// says, but only for documents that are called bad.
func misbehave(mode string) parser {
	return func(ctx context.Context, r request, data []byte, found func(extract.Finding)) extract.Result {
		f := extract.Finding{Kind: extract.KindJSON, Payload: string(data), Carrier: "json", Places: []extract.Place{{Where: r.Name}}}
		found(f)
		if strings.HasPrefix(r.Name, "bad") {
			doHarm(mode, r, found)
		}
		return extract.Result{Findings: []extract.Finding{f}, Unread: liar.Unread}
	}
}

// liar is what a child that was broken into adds to its results.
var liar extract.Result

// deep recurses as long as it is told to: in the test, further than any stack.
func deep(n int) int {
	if n == 0 {
		return 0
	}
	return deep(n-1) + deep(n-2)
}

var (
	sink  [][]byte
	depth int
)

func doHarm(mode string, r request, found func(extract.Finding)) {
	switch mode {
	case "panic": // where nothing guards
		go panic("parser")
		time.Sleep(time.Hour)
	case "fault":
		panic("a secret of the document")
	case "made-up":
		liar.Unread = []extract.Unread{{Where: r.Name, Reason: extract.ReasonReaderFailed, Reader: "A. Person", At: "walk.go:1"}}
	case "exit":
		os.Exit(0)
	case "stack":
		depth += deep(1 << 62)
	case "memory":
		for {
			b := make([]byte, 16<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			sink = append(sink, b)
		}
	case "spin":
		for i := 0; ; i++ {
			if i < 0 {
				return
			}
		}
	case "hang":
		time.Sleep(time.Hour)
	case "slow":
		time.Sleep(time.Second)
	case "flood":
		for i := 0; ; i++ {
			found(extract.Finding{Kind: extract.KindJSON, Payload: fmt.Sprint(i), Carrier: "json", Places: []extract.Place{{Where: r.Name}}})
		}
	case "garbage":
		_, _ = os.Stdout.Write(bytes.Repeat([]byte{0xff, 0x00, 'R'}, 1000))
	case "huge":
		_, _ = os.Stdout.Write([]byte{frameDone, 0xff, 0xff, 0xff, 0xff})
	case "found":
		_ = writeFrame(os.Stdout, frameFinding, []byte(`{"kind":"json","payload":"{}","carrier":"json","places":[{"where":"a"}]}`))
		time.Sleep(time.Hour)
	case "both":
		_ = writeFrame(os.Stdout, frameAnswer, []byte(`{"obeys":true,"unknown":true,"cpu":1}`))
		time.Sleep(time.Hour)
	case "words":
		_ = writeFrame(os.Stdout, frameAnswer, []byte(`{"unknown":true,"failed":"words of the document","cpu":1}`))
		time.Sleep(time.Hour)
	case "elsewhere":
		found(extract.Finding{Kind: extract.KindJSON, Payload: "{}", Carrier: "json", Places: []extract.Place{{Where: "another.pdf"}}})
	case "environment":
		if len(os.Environ()) > 0 {
			panic("the environment is not empty")
		}
	case "reach":
		if list := reachable(parent); len(list) > 0 {
			panic("reached by " + list[0])
		}
	case "escape":
		if len(tryToEscape(parent)) > 0 {
			return
		}
		panic("shut in")
	}
}

// TestB08_MisbehavingParser: whatever a parser does, the worker survives, what
// was found before is kept, the reason is named, and the next document is
// right.
func TestB08_MisbehavingParser(t *testing.T) {
	for _, tc := range []struct {
		mode   string
		reason extract.Reason
	}{
		{"panic", extract.ReasonCrashed},
		{"exit", extract.ReasonCrashed},
		{"stack", extract.ReasonCrashed},
		{"memory", extract.ReasonMemory},
		{"spin", extract.ReasonTime},
		{"hang", extract.ReasonTime},
		{"flood", extract.ReasonCrashed},
		{"garbage", extract.ReasonCrashed},
		{"huge", extract.ReasonCrashed},
		{"elsewhere", extract.ReasonCrashed},
		{"made-up", extract.ReasonCrashed},
	} {
		t.Run(tc.mode, func(t *testing.T) {
			o := Options{Workers: 1, CPU: time.Second, Wall: 3 * time.Second, Memory: 200 << 20, childArgs: []string{tc.mode}}
			if tc.mode == "stack" {
				// A race-detecting build keeps several bytes for each one of the stack, and
				// is slow to fill it.
				o.Memory, o.CPU, o.Wall = 2<<30, 10*time.Second, 30*time.Second
			}
			p, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			res, err := p.Extract(mine, extract.Document{Name: "bad.pdf", Data: []byte(`{"bad":1}`)})
			if err != nil {
				t.Fatalf("a bad document is not an error: %v", err)
			}
			if len(res.Unread) != 1 || res.Unread[0].Reason != tc.reason {
				t.Errorf("unread = %+v, want reason %s", res.Unread, tc.reason)
			}
			if len(res.Findings) == 0 || res.Findings[0].Payload != `{"bad":1}` {
				t.Errorf("findings = %+v, want what was found before the breach", res.Findings)
			}
			res, err = p.Extract(mine, extract.Document{Name: "good.pdf", Data: []byte(`{"good":1}`)})
			if err != nil || len(res.Unread) != 0 || len(res.Findings) != 1 || res.Findings[0].Payload != `{"good":1}` {
				t.Errorf("next document = %+v, %v", res, err)
			}
			if s := p.Stats(); s.Started != 2 || s.Killed != 1 {
				t.Errorf("stats = %+v, want 2 started, 1 killed", s)
			}
			if s := p.Stats(); s.Ended[End(tc.reason)] != 1 || len(s.Ended) != 1 || !slices.Contains(Ends, End(tc.reason)) || s.Working != 0 {
				t.Errorf("ends = %v, want %s", s.Ended, tc.reason)
			}
		})
	}
}

// TestChildEndedFromOutside: the system ends a child where memory is short, and the document
// is read in another one.
func TestChildEndedFromOutside(t *testing.T) {
	linuxOnly(t)
	p, err := New(Options{Workers: 1, childArgs: []string{"slow"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if res, err := p.Extract(mine, extract.Document{Name: "good.pdf", Data: []byte("{}")}); err != nil || len(res.Unread) > 0 {
		t.Fatalf("%+v, %v", res, err)
	}
	p.mu.Lock()
	child := p.idle[0].cmd.Process
	p.mu.Unlock()
	var once sync.Once
	begun := func() { once.Do(func() { time.AfterFunc(100*time.Millisecond, func() { _ = child.Kill() }) }) }
	res, err := p.Extract(mine, extract.Document{Name: "bad.pdf", Data: []byte(`{"bad":1}`), Started: begun})
	if err != nil || len(res.Unread) > 0 || len(res.Findings) != 1 {
		t.Errorf("%+v, %v", res, err)
	}
	if s := p.Stats(); s.Started != 2 || s.Killed != 1 {
		t.Errorf("%+v, want 2 started, 1 killed", s)
	}
}

func linuxOnly(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the guard is Linux's")
	}
}

// TestB09_GuardHolds: the self-test says that nothing is open, and the same
// self-test in this unguarded process says that everything is: it can fail.
func TestB09_GuardHolds(t *testing.T) {
	linuxOnly(t)
	p, err := New(Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	g := p.Guard()
	if !g.Holds() || !g.Seccomp {
		t.Errorf("guard = %+v, want nothing missing", g)
	}
	if got := tryToEscape(parent); !strings.HasPrefix(strings.Join(got, " "), "file write network exec process: ") {
		t.Errorf("unguarded self-test = %v: it does not see what is open", got)
	}
}

// TestB09_GuardHoldsLater: the guard still holds while a document is parsed,
// on whatever thread.
func TestB09_GuardHoldsLater(t *testing.T) {
	linuxOnly(t)
	p, err := New(Options{Workers: 1, childArgs: []string{"escape"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	res, err := p.Extract(mine, extract.Document{Name: "bad", Data: []byte("{}")})
	if err != nil || len(res.Unread) != 1 {
		t.Errorf("a parser got out: %+v, %v", res, err)
	}
}

// TestB09_Unguarded: a child that could break out is refused, unless the
// operator says otherwise.
func TestB09_Unguarded(t *testing.T) {
	linuxOnly(t)
	o := Options{Workers: 1, childArgs: []string{"unguarded"}}
	if _, err := New(o); !errors.Is(err, ErrUnguarded) {
		t.Fatalf("err = %v, want ErrUnguarded", err)
	}
	o.Unsafe = true
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if p.Guard().Holds() {
		t.Error("the missing guard is not told")
	}
	if res, err := p.Extract(mine, extract.Document{Name: "good", Data: []byte("{}")}); err != nil || len(res.Findings) != 1 {
		t.Errorf("result = %+v, %v", res, err)
	}
}

func TestNoProtocol(t *testing.T) {
	// More arguments than a child takes: the process ends without a hello.
	if _, err := New(Options{Workers: 1, childArgs: []string{"none", "-test.run=^$"}}); !errors.Is(err, ErrStart) {
		t.Errorf("err = %v, want ErrStart", err)
	}
}

// TestF05_EnvironmentIsEmpty: a child says itself what it has of its parent's
// environment: nothing.
func TestF05_EnvironmentIsEmpty(t *testing.T) {
	t.Setenv("ASSAY_SECRET", "canary")
	p, err := New(Options{Workers: 1, childArgs: []string{"environment"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	res, err := p.Extract(mine, extract.Document{Name: "bad", Data: []byte("{}")})
	if err != nil || len(res.Unread) != 0 || len(res.Findings) != 1 {
		t.Errorf("the child's environment is not empty, or it did not say: %+v, %v", res, err)
	}
}

func TestRecycle(t *testing.T) {
	p, err := New(Options{Workers: 1, recycle: 3, childArgs: []string{"none"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for i := range 10 {
		if res, err := p.Extract(mine, extract.Document{Name: "a", Data: []byte("{}")}); err != nil || len(res.Findings) != 1 {
			t.Fatalf("document %d: %+v, %v", i, res, err)
		}
	}
	if s := p.Stats(); s.Started != 4 || s.Killed != 0 {
		t.Errorf("stats = %+v, want 4 started for 10 documents", s)
	}
	if s := p.Stats(); s.Ended[EndWorn] != 3 || len(s.Ended) != 1 {
		t.Errorf("ends = %v", s.Ended)
	}
	if s := p.Stats(); runtime.GOOS == "linux" && s.PeakRSS == 0 {
		t.Error("no memory of the children was measured")
	}
}

func TestCancelled(t *testing.T) {
	p, err := New(Options{Workers: 1, childArgs: []string{"hang"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ctx, cancel := context.WithTimeout(mine, 100*time.Millisecond)
	defer cancel()
	if _, err := p.Extract(ctx, extract.Document{Name: "bad", Data: []byte("{}")}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v, want the caller's deadline", err)
	}
	if res, err := p.Extract(mine, extract.Document{Name: "good", Data: []byte("{}")}); err != nil || len(res.Findings) != 1 {
		t.Errorf("next document: %+v, %v", res, err)
	}
}

func TestLargeDocument(t *testing.T) {
	p, err := New(Options{Workers: 1, childArgs: []string{"none"}, Limits: extract.Limits{}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	data := bytes.Repeat([]byte("x"), 3<<20)
	res, err := p.Extract(mine, extract.Document{Name: "big", Data: data})
	if err != nil || len(res.Findings) != 1 || len(res.Findings[0].Payload) != len(data) {
		t.Errorf("a document larger than the pipe did not pass: %d findings, %v", len(res.Findings), err)
	}
}

func TestClosed(t *testing.T) {
	p, err := New(Options{Workers: 1, childArgs: []string{"none"}})
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	p.Close()
	if _, err := p.Extract(mine, extract.Document{Name: "a"}); !errors.Is(err, ErrClosed) {
		t.Errorf("err = %v, want ErrClosed", err)
	}
}

// TestChildExtracts: the real child finds a real badge.
func TestChildExtracts(t *testing.T) {
	p, err := New(Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	badge := `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],"type":["VerifiableCredential","OpenBadgeCredential"],"id":"urn:uuid:1"}`
	res, err := p.Extract(mine, extract.Document{Name: "badge.json", Data: []byte(badge)})
	if err != nil || len(res.Findings) != 1 || res.Findings[0].Kind != extract.KindJSON {
		t.Errorf("result = %+v, %v", res, err)
	}
}

// TestChildKnowsWhoseItIs: the names over which no address is read on reach the child.
func TestChildKnowsWhoseItIs(t *testing.T) {
	p, err := New(Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	text := []byte("https://badges.example.org/academy/of/welding/a-\nlovelace\n")
	for own, links := range map[string]int{"Ada Lovelace": 1, "Role Account": 2} {
		res, err := p.Extract(mine, extract.Document{Name: "cv.txt", Data: text, Own: []string{own}})
		if err != nil || len(res.Findings) != links {
			t.Errorf("of %s: %+v, %v, want %d links", own, res, err, links)
		}
	}
}

func FuzzReadFrame(f *testing.F) {
	var ok bytes.Buffer
	_ = writeFrame(&ok, frameDone, []byte(`{"result":{"findings":null},"cpu":0}`))
	f.Add(ok.Bytes())
	f.Add([]byte{frameHello, 0, 0, 0, 2, '{', '}'})
	f.Add([]byte{frameDone, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		kind, body, err := readFrame(bytes.NewReader(b), fromChild)
		if err != nil {
			return
		}
		if len(body) > fromChild(kind) || len(body)+5 > len(b) {
			t.Fatalf("frame %q of %d bytes out of %d", kind, len(body), len(b))
		}
		if n := binary.BigEndian.Uint32(b[1:]); int(n) != len(body) {
			t.Fatalf("length %d, body %d", n, len(body))
		}
		var r done
		if strictDecode(body, &r) == nil && checkResult(r.Result, "doc", extract.Limits{}) == nil {
			for _, f := range r.Result.Findings {
				if !strings.HasPrefix(f.Places[0].Where, "doc") {
					t.Fatal("a place outside the document passed")
				}
			}
		}
	})
}

func TestCheckResult(t *testing.T) {
	good := extract.Finding{Kind: extract.KindJSON, Payload: "{}", Carrier: "png", Places: []extract.Place{{Where: "a > b"}}}
	with := func(change func(*extract.Finding)) extract.Result {
		f := good
		f.Places = []extract.Place{good.Places[0]}
		change(&f)
		return extract.Result{Findings: []extract.Finding{f}}
	}
	honest := with(func(*extract.Finding) {})
	honest.Unread = []extract.Unread{{Where: "a", Reason: extract.ReasonReaderFailed, Reader: "pdf", At: "walk.go:12"}, {Where: "a", Reason: extract.ReasonReaderFailed, Reader: extract.ReaderNone}}
	if err := checkResult(honest, "a", extract.Limits{}); err != nil {
		t.Fatalf("an honest result is refused: %v", err)
	}
	for desc, r := range map[string]extract.Result{
		"unknown kind":              with(func(f *extract.Finding) { f.Kind = "verdict" }),
		"no payload":                with(func(f *extract.Finding) { f.Payload = "" }),
		"no carrier":                with(func(f *extract.Finding) { f.Carrier = "" }),
		"no place":                  with(func(f *extract.Finding) { f.Places = nil }),
		"other place":               with(func(f *extract.Finding) { f.Places[0].Where = "b" }),
		"too many":                  {Findings: []extract.Finding{good, good, good}},
		"empty reason":              {Unread: []extract.Unread{{Where: "a"}}},
		"negative sum":              {Inflated: -1},
		"negative sum of pixels":    {Pixels: -1},
		"unread beside":             {Unread: []extract.Unread{{Where: "b", Reason: "x"}}},
		"a fault of no reader":      {Unread: []extract.Unread{{Where: "a", Reason: extract.ReasonReaderFailed}}},
		"a fault of nobody's":       {Unread: []extract.Unread{{Where: "a", Reason: extract.ReasonReaderFailed, Reader: "applicant"}}},
		"a reader of another cause": {Unread: []extract.Unread{{Where: "a", Reason: extract.ReasonEncrypted, Reader: "pdf"}}},
		"words for a line":          {Unread: []extract.Unread{{Where: "a", Reason: extract.ReasonReaderFailed, Reader: "pdf", At: "A. Person.go:1"}}},
		"a line without a fault":    {Unread: []extract.Unread{{Where: "a", Reason: extract.ReasonEncrypted, At: "walk.go:1"}}},
	} {
		if err := checkResult(r, "a", extract.Limits{Badges: 2}); !errors.Is(err, errProtocol) {
			t.Errorf("%s: err = %v, want a broken protocol", desc, err)
		}
	}
}

// The way through the sandbox: the same document parsed here and in a child.
func BenchmarkExtract(b *testing.B) {
	d := extract.Document{Name: "a.json", Data: []byte(`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://example.org/1"}`)}
	b.Run("here", func(b *testing.B) {
		e := extract.Extractor{}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := e.Extract(context.Background(), d); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("child", func(b *testing.B) {
		p, err := New(Options{Workers: 1, recycle: 1 << 30})
		if err != nil {
			b.Fatal(err)
		}
		defer p.Close()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.Extract(mine, d); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkStartChild(b *testing.B) {
	for b.Loop() {
		c, err := startChild(Options{Memory: DefaultMemory})
		if err != nil {
			b.Fatal(err)
		}
		c.stop()
	}
}
