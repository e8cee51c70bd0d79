package verdict

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestDecide walks all combinations of the deciding aspects and compares with the
// table of results, written here the other way round.
func TestDecide(t *testing.T) {
	all := []State{Pass, Fail, Unknown, None}
	is := func(s State, of ...State) bool { return slices.Contains(of, s) }
	for n := range 1 << 12 {
		at := func(i int) State { return all[n>>(2*i)&3] }
		integrity, issuer, status, dates, recipient, standing := at(0), at(1), at(2), at(3), at(4), at(5)
		for _, over := range []bool{false, true} {
			for _, lasting := range []bool{false, true} {
				aspect := func(s State) Aspect {
					if s == Unknown && lasting {
						return Aspect{State: s, Reason: SuiteUnsupported}
					}
					return Aspect{State: s}
				}
				a := Aspects{Integrity: aspect(integrity), Issuer: aspect(issuer), Status: aspect(status), Dates: aspect(dates),
					Recipient: aspect(recipient), Standing: aspect(standing), Conformance: Aspect{State: Fail}}
				if dates == Fail && over {
					a.Dates.Reason = PastEnd
				}
				begun := dates == Pass || dates == Fail && over
				real := integrity == Pass && issuer == Pass && is(status, Pass, None) && begun
				bad := is(Fail, integrity, issuer, status, standing) || dates == Fail && !over
				open := is(Unknown, integrity, issuer, status, dates)
				if dates == Fail && over && integrity == Pass && issuer == Pass && status == Unknown {
					real, open = true, false // nothing is left to wait for
				}
				want := Pending
				switch {
				case bad:
					want = Rejected
				case open && lasting:
					want = Unsupported
				case real && standing != Pass:
					want = Unvouched
				case real && dates == Fail:
					want = Expired
				case real && recipient == Pass:
					want = Verified
				case real:
					want = Authentic
				}
				if got := Decide(a); got != want {
					t.Fatalf("%+v: %s, want %s", a, got, want)
				}
				if sound := real && dates == Pass; a.Sound() != sound {
					t.Fatalf("%+v: sound %v", a, a.Sound())
				}
			}
		}
	}
}

// The reason beside a result is that of the aspect which decided it.
func TestDeciding(t *testing.T) {
	pass := Aspect{State: Pass}
	good := Aspects{Integrity: pass, Issuer: pass, Status: pass, Dates: pass, Recipient: pass, Standing: pass, Conformance: Aspect{State: Fail, Reason: SchemaInvalid}}
	for _, c := range []struct {
		desc   string
		change func(a *Aspects)
		result Result
		reason Reason
	}{
		{"nothing", func(a *Aspects) {}, Verified, ""},
		{"another's", func(a *Aspects) { a.Recipient = Aspect{State: Fail, Reason: RecipientMismatch} }, Authentic, RecipientMismatch},
		{"over", func(a *Aspects) { a.Dates = Aspect{State: Fail, Reason: PastEnd} }, Expired, PastEnd},
		{"over, and another's", func(a *Aspects) {
			a.Dates, a.Recipient = Aspect{State: Fail, Reason: PastEnd}, Aspect{State: Fail, Reason: RecipientMismatch}
		}, Expired, PastEnd},
		{"over, and taken back", func(a *Aspects) {
			a.Dates, a.Status = Aspect{State: Fail, Reason: PastEnd}, Aspect{State: Fail, Reason: Revoked}
		}, Rejected, Revoked},
		{"over, and blocked", func(a *Aspects) {
			a.Dates, a.Standing = Aspect{State: Fail, Reason: PastEnd}, Aspect{State: Fail, Reason: IssuerBlocked}
		}, Rejected, IssuerBlocked},
		{"nobody stands behind it", func(a *Aspects) {
			a.Standing, a.Recipient = Aspect{State: Unknown, Reason: IssuerUnvouched}, Aspect{State: Fail, Reason: RecipientMismatch}
		}, Unvouched, IssuerUnvouched},
		{"over, and nobody stands behind it", func(a *Aspects) {
			a.Standing, a.Dates = Aspect{State: Unknown, Reason: IssuerUnvouched}, Aspect{State: Fail, Reason: PastEnd}
		}, Unvouched, IssuerUnvouched},
		{"a host down", func(a *Aspects) { a.Status = Aspect{State: Unknown, Reason: StatusUnreachable} }, Pending, StatusUnreachable},
		{"over, and a host down", func(a *Aspects) {
			a.Dates, a.Status = Aspect{State: Fail, Reason: PastEnd}, Aspect{State: Unknown, Reason: StatusUnreachable}
		}, Expired, PastEnd},
	} {
		a := good
		c.change(&a)
		r := Decide(a)
		if r != c.result || a.Deciding(r) != c.reason {
			t.Errorf("%s: %s %s, want %s %s", c.desc, r, a.Deciding(r), c.result, c.reason)
		}
	}
}

// What stood in documents before standing was asked is read as it was.
func TestAspectsOfOld(t *testing.T) {
	var v Verdict
	if err := json.Unmarshal([]byte(`{"result":"verified","aspects":{"integrity":{"state":"pass"},"trust":{"state":"unknown","reason":"issuer_not_listed"}}}`), &v); err != nil {
		t.Fatal(err)
	}
	if v.Aspects.Standing.Reason != IssuerNotListed || v.Aspects.Standing.State != Unknown || v.Aspects.Integrity.State != Pass {
		t.Errorf("%+v", v.Aspects)
	}
	if err := json.Unmarshal([]byte(`{"trust":{"state":"pass"},"standing":{"state":"unknown","level":"key"}}`), &v.Aspects); err != nil || v.Aspects.Standing.Level != LevelKey || v.Aspects.Standing.State != Unknown {
		t.Errorf("%+v, %v", v.Aspects.Standing, err)
	}
}

// codes gives the constants of a package's files, by the name of their type.
func codes(t *testing.T, types ...string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			of, ok := v.Type.(*ast.Ident)
			if !ok || !slices.Contains(types, of.Name) {
				return true
			}
			for i, value := range v.Values {
				code, err := strconv.Unquote(value.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				if slices.Contains(out[of.Name], code) {
					t.Errorf("%s stands twice among the constants of %s", code, of.Name)
				}
				if v.Comment.Text() == "" {
					t.Errorf("%s has no meaning beside it", v.Names[i].Name)
				}
				out[of.Name] = append(out[of.Name], code)
			}
			return true
		})
	}
	return out
}

// Every constant is a lower-case code that stands once, with its meaning beside
// it, and has words of its own for a person.
func TestWords(t *testing.T) {
	words := map[string]func(string) string{
		"Reason":   func(s string) string { return Reason(s).Words() },
		"Warning":  func(s string) string { return Warning(s).Words() },
		"Result":   func(s string) string { return Result(s).Words() },
		"State":    func(s string) string { return State(s).Words() },
		"Question": func(s string) string { return Question(s).Words() },
	}
	form := regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	sentence := regexp.MustCompile(`^[A-Z].*[.?]$`)
	got := codes(t, slices.Collect(maps.Keys(words))...)
	for of, least := range map[string]int{"Reason": 61, "Warning": 27, "Result": 5, "State": 4, "Question": 7} {
		if len(got[of]) < least {
			t.Errorf("%s: %d codes, want %d and more", of, len(got[of]), least)
		}
		said := map[string]string{}
		for _, code := range got[of] {
			w := words[of](code)
			if !form.MatchString(code) {
				t.Errorf("%s: code %q", of, code)
			}
			if w == "" || of != "State" && !sentence.MatchString(w) {
				t.Errorf("%s %s: %q is no sentence", of, code, w)
			}
			if said[w] != "" {
				t.Errorf("%s: %s and %s have the same words", of, code, said[w])
			}
			said[w] = code
		}
		if w := words[of]("no_such_code"); w != "" {
			t.Errorf("%s: an unknown code has the words %q", of, w)
		}
	}
	if len(reasonWords) != len(got["Reason"]) || len(warningWords) != len(got["Warning"]) {
		t.Errorf("%d and %d words for %d reasons and %d warnings", len(reasonWords), len(warningWords), len(got["Reason"]), len(got["Warning"]))
	}
}

// Each gives every field of Aspects once, by the name it has in JSON and in the
// order of the questions.
func TestEach(t *testing.T) {
	var a Aspects
	var names []string
	for q, x := range a.Each() {
		x.Detail = string(q)
		names = append(names, string(q))
	}
	v := reflect.ValueOf(a)
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag.Get("json")
		if i >= len(names) || names[i] != tag || v.Field(i).Interface().(Aspect).Detail != tag {
			t.Errorf("aspect %d is %s, Each gives %v", i, tag, names)
		}
	}
	for q := range a.Each() {
		if q != Integrity {
			t.Error("Each goes on after the loop has ended")
		}
		break
	}
	none := NotJudged(InternalFault)
	for q, x := range none.Aspects.Each() {
		if x.State != None || x.Reason != "" {
			t.Errorf("%s of what was not judged is %+v", q, x)
		}
	}
}

func TestCounts(t *testing.T) {
	var c Counts
	for i, r := range Results() {
		c.Add(r, i+1)
	}
	if want := (Counts{Verified: 1, Authentic: 2, Expired: 3, Unvouched: 4, Rejected: 5, Pending: 6, Unsupported: 7}); c != want || c.Total() != 28 {
		t.Errorf("%+v, %d in all", c, c.Total())
	}
	c.Add("a result of another version", 1)
	c.Add(Pending, -4)
	if c.Of(Unsupported) != 8 || c.Of(Pending) != 2 || c.Total() != 25 {
		t.Errorf("%+v", c)
	}
}
