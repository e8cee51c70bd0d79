package verdict

import (
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

// TestDecide walks all combinations of the five deciding aspects and compares
// with the table of results, written here the other way round.
func TestDecide(t *testing.T) {
	all := []State{Pass, Fail, Unknown, None}
	for _, integrity := range all {
		for _, issuer := range all {
			for _, status := range all {
				for _, dates := range all {
					for _, recipient := range all {
						for _, blocked := range []bool{false, true} {
							a := Aspects{Integrity: Aspect{State: integrity}, Issuer: Aspect{State: issuer}, Status: Aspect{State: status},
								Dates: Aspect{State: dates}, Recipient: Aspect{State: recipient}, Trust: Aspect{State: Fail}, Conformance: Aspect{State: Fail}}
							states := []State{integrity, issuer, status, dates, recipient}
							has := func(s State, of []State) bool {
								for _, x := range of {
									if x == s {
										return true
									}
								}
								return false
							}
							real := integrity == Pass && issuer == Pass && dates == Pass && (status == Pass || status == None)
							want := Pending
							switch {
							case has(Fail, states) || blocked:
								want = Rejected
							case real && recipient == Pass:
								want = Verified
							case real:
								want = Authentic
							}
							if got := Decide(a, blocked); got != want {
								t.Errorf("%v blocked %v: %s, want %s", states, blocked, got, want)
							}
						}
					}
				}
			}
		}
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
	if want := (Counts{Verified: 1, Authentic: 2, Rejected: 3, Pending: 4, Unsupported: 5}); c != want || c.Total() != 15 {
		t.Errorf("%+v, %d in all", c, c.Total())
	}
	c.Add("a result of another version", 1)
	c.Add(Pending, -4)
	if c.Of(Unsupported) != 6 || c.Of(Pending) != 0 || c.Total() != 12 {
		t.Errorf("%+v", c)
	}
}
