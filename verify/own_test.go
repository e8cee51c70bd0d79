package verify

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"assay/verify/contexts"
	"assay/verify/fetch"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// vectorDir holds vectors of assay's own making, which stand in a clean clone:
// see its README.
const vectorDir = "testdata/vectors"

var makeVectors = flag.Bool("vectors", false, "sign testdata/vectors anew (but rdf), to be reviewed")

// vector is one that was read: a badge, the web that it lives on, and what must
// be said of it.
type vector struct {
	badge   []byte
	web     *verifytest.Web
	who     Applicant
	trust   *Trust
	accept  verdict.Level // "" = any key, for a vector that is not about standing
	at      time.Time
	origin  string
	expect  string
	aspects map[verdict.Question]string // those that are named
	format  string
	proof   string
	warns   []string
	other   []string // endorsements and inner credentials
}

// errorsOfHosts are what a host of a vector may fail with.
var errorsOfHosts = map[string]error{
	"timeout": fetch.ErrTimeout, "unreachable": fetch.ErrUnreachable, "offline": fetch.ErrOffline, "forbidden": fetch.ErrForbidden,
	"budget": fetch.ErrBudget, "too_large": fetch.ErrTooLarge,
}

// readVector reads a vector strictly: a key that is not known, or known and
// given twice where once is meant, is an error.
func readVector(data []byte) (*vector, error) {
	a := txtar.Parse(data)
	v := &vector{web: verifytest.NewWeb(nil), at: verifytest.Now, aspects: map[verdict.Question]string{}}
	once := map[string]bool{}
	for line := range strings.Lines(string(a.Comment)) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			return nil, fmt.Errorf("%q is no header", line)
		}
		if many := key == "warns" || key == "endorsed" || key == "holds" || key == "applicant" || key == "applicant-proven" || key == "applicant-id"; once[key] && !many {
			return nil, fmt.Errorf("%s stands twice", key)
		}
		once[key] = true
		var err error
		switch key {
		case "what", "rule":
		case "expect":
			v.expect = value
		case "applicant":
			v.who.Emails = append(v.who.Emails, value)
		case "applicant-proven":
			v.who.Proven = append(v.who.Proven, value)
		case "applicant-id":
			v.who.IDs = append(v.who.IDs, value)
		case "accept":
			v.accept = verdict.Level(value)
		case "applicant-name":
			v.who.Name = value
		case "at":
			v.at, err = time.Parse(time.RFC3339, value)
		case "origin":
			v.origin = value
		case "format":
			v.format = value
		case "proof":
			v.proof = value
		case "warns":
			v.warns = append(v.warns, value)
		case "endorsed", "holds":
			v.other = append(v.other, key+" "+value)
		default:
			q := verdict.Question(key)
			if q.Words() == "" {
				return nil, fmt.Errorf("%q is no key of a header", key)
			}
			v.aspects[q] = value
		}
		if err != nil {
			return nil, err
		}
	}
	for _, key := range []string{"what", "rule", "expect"} {
		if !once[key] {
			return nil, fmt.Errorf("no header %s", key)
		}
	}
	for _, f := range a.Files {
		switch words := strings.Fields(f.Name); {
		case f.Name == "badge":
			v.badge = f.Data
		case f.Name == "registry":
			var err error
			if v.trust, err = LoadTrust(f.Data); err != nil {
				return nil, err
			}
		case len(words) == 1 && strings.HasPrefix(f.Name, "http"):
			v.web.Put(f.Name, string(f.Data))
		case len(words) == 2 && words[0] == "error":
			return nil, fmt.Errorf("%q names no error", f.Name)
		case len(words) == 3 && words[0] == "error" && errorsOfHosts[words[1]] != nil:
			v.web.Put(words[2], verifytest.Answer{Err: errorsOfHosts[words[1]]})
		case len(words) == 3 && words[1] == "=>":
			v.web.Put(words[0], verifytest.Answer{Final: words[2], Body: string(f.Data)})
		case len(words) == 3:
			status, err := strconv.Atoi(words[0])
			if err != nil {
				return nil, fmt.Errorf("%q is no file of a vector", f.Name)
			}
			v.web.Put(words[2], verifytest.Answer{Status: status, Type: words[1], Body: string(f.Data)})
		default:
			return nil, fmt.Errorf("%q is no file of a vector", f.Name)
		}
	}
	if v.accept != "" && v.accept.Rank() == 0 {
		return nil, fmt.Errorf("%q is no standing", v.accept)
	}
	if v.badge == nil {
		return nil, fmt.Errorf("no file badge")
	}
	return v, nil
}

// told is a result or a state with its reason.
func told[T ~string](word T, r Reason) string {
	return strings.TrimSpace(string(word) + " " + string(r))
}

// differs tells what a verdict says otherwise than its vector. An aspect that the
// vector does not name is a pass, or was not asked.
func (v *vector) differs(got Verdict) (out []string) {
	if s := told(got.Result, got.Reason); s != v.expect {
		out = append(out, fmt.Sprintf("expect: %s", s))
	}
	for q, a := range got.Aspects.Each() {
		want, named := v.aspects[q]
		s := told(a.State, a.Reason)
		if q == verdict.Standing && named {
			s = strings.TrimSpace(s + " " + string(a.Level))
		}
		if named && s != want || !named && a.State != verdict.Pass && a.State != verdict.None {
			out = append(out, fmt.Sprintf("%s: %s", q, s))
		}
	}
	var warns, other []string
	for _, w := range got.Warnings {
		warns = append(warns, string(w))
	}
	for _, e := range got.Endorsements {
		other = append(other, "endorsed "+told(e.Result, e.Reason))
	}
	for _, c := range got.Contained {
		other = append(other, "holds "+told(c.Result, c.Reason))
	}
	slices.Sort(warns)
	slices.Sort(v.warns)
	if !slices.Equal(slices.Compact(warns), v.warns) {
		for _, w := range warns {
			out = append(out, "warns: "+w)
		}
		if len(warns) == 0 {
			out = append(out, "no warning")
		}
	}
	if !slices.Equal(other, v.other) {
		out = append(out, fmt.Sprintf("beside it %q", other))
	}
	if v.format != "" && v.format != string(got.Format) || v.proof != "" && v.proof != got.Proof {
		out = append(out, fmt.Sprintf("format: %s, proof: %s", got.Format, got.Proof))
	}
	return out
}

// unspoken are the reasons and warnings that no vector expects, and why.
var unspoken = map[string]string{
	"limit_time":            "examine's, of a whole application",
	"other_candidate":       "of two applications, see index/record and ingest",
	"claim_only":            "examine's, of a link",
	"being_asked":           "of a first look, see cmd/assay's TestDocumentsFirst",
	"internal_fault":        "a fault, see TestFaultIsNoVerdict",
	"payload_too_large":     "4 MiB, see TestVerifyUnreadable",
	"holder_bound":          "see TestAttack96RegisteredClaims",
	"context_changed":       "needs a context that was read before, see TestAttack279ContextHosts",
	"context_variant":       "needs the copy of a context, see TestContextVariant",
	"old_cryptosuite_name":  "a draft's, see TestAttack28NoProof",
	"truncated":             "needs more than 100 credentials, see TestAttack64FanOut",
	"not_shared":            "examine's, of a link",
	"holder_proven":         "of a presentation that was asked for, see TestPresent",
	"certificate_of_others": "of its skills, see index/record",
}

// TestOwnVectors judges every vector of our own: what is expected stands in it.
// Every reason and warning that verify can give is expected by one.
func TestOwnVectors(t *testing.T) {
	if *makeVectors {
		writeVectors(t)
	}
	spoken := map[string]bool{}
	n := 0
	for _, dir := range []string{"did", "ob2", "proof", "status", "vc", "verify"} {
		names, err := filepath.Glob(filepath.Join(vectorDir, dir, "*.txt"))
		if err != nil || len(names) == 0 {
			t.Errorf("%s: no vectors (%v)", dir, err)
		}
		for _, name := range names {
			n++
			t.Run(dir+"/"+strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
				data, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				v, err := readVector(data)
				if err != nil {
					t.Fatal(err)
				}
				known, err := contexts.Open(contexts.Options{})
				if err != nil {
					t.Fatal(err)
				}
				judge, err := New(Options{Fetcher: v.web, Contexts: known, Trust: v.trust, Schemas: verifytest.Schemas{}, Pictures: verifytest.Pictures{}, Accept: cmp.Or(v.accept, verdict.LevelKey), Now: func() time.Time { return v.at }})
				if err != nil {
					t.Fatal(err)
				}
				got := judged(t, judge, Assertion{Payload: v.badge, Origin: v.origin}, v.who)
				if d := v.differs(got); len(d) > 0 {
					t.Errorf("says\n%s\n%s", strings.Join(d, "\n"), short(got))
				}
				for _, words := range append(append(slices.Collect(maps.Values(v.aspects)), v.expect), append(v.warns, v.other...)...) {
					for w := range strings.FieldsSeq(words) {
						spoken[w] = true
					}
				}
			})
		}
	}
	if n < 120 {
		t.Errorf("%d vectors", n)
	}
	for _, code := range everyCode(t) {
		_, excused := unspoken[code]
		if spoken[code] == excused {
			t.Errorf("%s: expected by a vector %v, excused %v", code, spoken[code], excused)
		}
	}
}

func TestReadVectorIsStrict(t *testing.T) {
	const good = "what: w\nrule: r\nexpect: verified\n-- badge --\n{}\n"
	if _, err := readVector([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"colour: red\n" + good, "expect: rejected\n" + good, "what: w\nexpect: verified\n-- badge --\n{}\n", "what: w\nrule: r\nexpect: verified\n",
		good + "-- bagde --\n{}\n", "a line\n" + good, "at: yesterday\n" + good, good + "-- error nap https://h.example/ --\n", good + "-- registry --\n[]x\n",
		good + "-- x text/html https://h.example/ --\n",
	} {
		if _, err := readVector([]byte(bad)); err == nil {
			t.Errorf("read in silence:\n%s", bad)
		}
	}
}

// everyCode gives the codes of all reasons and warnings.
func everyCode(t *testing.T) (out []string) {
	t.Helper()
	for _, name := range []string{"verdict/reasons.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok {
				code, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, code)
			}
			return true
		})
	}
	if len(out) < 85 {
		t.Errorf("%d codes", len(out))
	}
	return out
}
