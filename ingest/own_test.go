package ingest

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/ingest/examine"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rogpeppe/go-internal/txtar"
)

// way is a vector of the worker that is gone.
type way struct {
	*rig
	e       *memory
	serves  []string
	working bool
	newest  map[string]uint64 // sequence of each application's newest submission
}

// begin starts the worker, once.
func (w *way) begin(t *testing.T) {
	if w.working {
		return
	}
	w.working = true
	w.work(t, w.e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		for _, d := range in.Documents {
			switch string(d.Data) {
			case "panics":
				panic("about somebody")
			case "fails":
				return nil, errFlaky
			}
		}
		return byContent(ctx, in)
	}), func(o *WorkerOptions) { o.Tenants = w.serves })
}

// step does one, or says what is otherwise than it says.
func (w *way) step(t *testing.T, line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	tenant, rest2, _ := strings.Cut(rest, " ")
	application, words, _ := strings.Cut(rest2, " ")
	of := tenant + "." + application
	switch line {
	case "no letter":
		w.begin(t)
		if l := w.letters(t); len(l) != 0 {
			return fmt.Errorf("letters %+v", l)
		}
		return nil
	case "refuses":
		w.e.set(func(record.Application) error { return index.ErrRejected })
		return nil
	}
	switch verb {
	case "serves":
		w.serves = []string{rest}
	case "holds":
		w.e.docs[tenant+"/"+application] = record.Application{Tenant: tenant, Application: application, Version: record.VersionErased - 1, AppliedAt: time.Now().Add(time.Hour)}
	case "object":
		name, text, _ := strings.Cut(words, " ")
		return w.putDocuments(t.Context(), tenant, application, map[string][]byte{name: []byte(text)})
	case "publish":
		ack, err := w.js.Publish(t.Context(), tenant, []byte(rest2))
		if err == nil {
			w.newest[strings.TrimPrefix(tenant, "applications.")] = ack.Sequence
		}
		return err
	case "submit":
		rc, err := w.sub.Submit(t.Context(), submission(tenant, application, words))
		if err == nil {
			w.newest[of] = rc.Sequence
		}
		return err
	case "shut":
		if _, err := w.sub.Submit(t.Context(), submission(tenant, application, "verified")); !errors.Is(err, ErrErased) {
			return fmt.Errorf("submitting says %v", err)
		}
	case "erase":
		return w.Erase(t.Context(), w.e, tenant, application, time.Now())
	case "outcome":
		w.begin(t)
		o := w.outcome(t, tenant, application, &Receipt{Sequence: w.newest[of]})
		if got := strings.TrimSpace(string(o.State) + " " + o.Reason); got != words {
			return fmt.Errorf("outcome %s", got)
		}
	case "found", "unread":
		w.begin(t)
		o := w.outcome(t, tenant, application, &Receipt{Sequence: w.newest[of]})
		var got []string
		for _, f := range o.Findings {
			if verb == "found" {
				got = append(got, string(f.Result))
			}
		}
		for _, u := range o.Unread {
			if verb == "unread" {
				got = append(got, u.Reason)
			}
		}
		if strings.Join(got, " ") != words {
			return fmt.Errorf("%s %q", verb, got)
		}
	case "letter":
		w.begin(t)
		eventually(t, "a dead letter", func() bool { return len(w.letters(t)) > 0 })
		if l := w.letters(t); len(l) != 1 || fmt.Sprintf("%s %s %d", l[0].Class, l[0].Tenant, l[0].Attempts) != rest || l[0].Class.Words() == "" {
			return fmt.Errorf("letters %+v", l)
		}
	case "indexed":
		if _, err := w.e.Get(t.Context(), tenant, application); err != nil {
			return err
		}
	case "not":
		if _, err := w.e.Get(t.Context(), application, words); !errors.Is(err, index.ErrNotFound) && !errors.Is(err, index.ErrErased) {
			return fmt.Errorf("the engine has it: %v", err)
		}
	case "gone":
		for stream, prefix := range map[string]string{StreamApplications: "applications", StreamResults: "results", StreamDeadLetters: "deadletters", StreamPending: "pending", StreamRechecks: "rechecks"} {
			if _, err := w.last(t.Context(), stream, prefix+"."+of); !errors.Is(err, jetstream.ErrMsgNotFound) {
				return fmt.Errorf("%s: %v", stream, err)
			}
		}
	default:
		return fmt.Errorf("no such step")
	}
	return nil
}

// unexpected are the codes that no vector expects, and why.
var unexpected = map[string]string{
	"Class document_mismatch": "of earlier versions: the rest is indexed today, see the vectors",
	"Class document_missing":  "of earlier versions, likewise",
	"Class unknown_tenant":    "of earlier versions, see TestAttack137_BuriedBefore",
	"Class stuck":             "is waited for, see TestAttack114_ApplicationWithoutEnd",
}

// TestOwnVectors goes every way of our own: what must become of it stands in it.
// Every state of an outcome and every class of a dead letter is expected by one.
func TestOwnVectors(t *testing.T) {
	t.Parallel()
	vectors, err := txtar.ParseFile("testdata/vectors/worker.txt")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, v := range vectors.Files {
		for line := range strings.Lines(string(v.Data)) {
			switch words := strings.Fields(line); words[0] {
			case "outcome":
				told["State "+words[3]] = true
			case "letter":
				told["Class "+words[1]] = true
			}
		}
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			s := &embedded{dir: t.TempDir()}
			s.start(t)
			t.Cleanup(s.stop)
			w := &way{rig: newRig(t, s, func(o *QueueOptions) { o.MaxTries = 1 }), e: newMemory(), newest: map[string]uint64{}}
			for line := range strings.Lines(string(v.Data)) {
				if err := w.step(t, strings.TrimSpace(line)); err != nil {
					t.Fatalf("%s: %v\n%s", strings.TrimSpace(line), err, w.log)
				}
			}
		})
	}
	codes := codesOf(t, "State", "Class")
	if len(codes) < 12 {
		t.Errorf("%d codes were seen", len(codes))
	}
	for _, c := range codes {
		if _, excused := unexpected[c]; told[c] == excused {
			t.Errorf("%s: expected by a vector %v, excused %v", c, told[c], excused)
		}
	}
}

// codesOf gives the constants of types of this package, each behind its type.
func codesOf(t *testing.T, types ...string) (out []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || len(v.Values) != 1 {
				return true
			}
			of, ok := v.Type.(*ast.Ident)
			lit, isLit := v.Values[0].(*ast.BasicLit)
			if !ok || !isLit || !slices.Contains(types, of.Name) {
				return true
			}
			code, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, of.Name+" "+code)
			return true
		})
	}
	return out
}
