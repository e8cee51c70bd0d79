package verdict

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

// TestDecide walks all combinations of the five deciding aspects and compares
// with the table of DESIGN.md, written here the other way round.
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

// TestReasons: every code is lower case, stands once, and has its sentence.
func TestReasons(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "reasons.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^"[a-z0-9]+(_[a-z0-9]+)*"$`)
	seen := map[string]string{}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			code := v.Values[0].(*ast.BasicLit).Value
			name := v.Names[0].Name
			if !form.MatchString(code) {
				t.Errorf("%s: %s", name, code)
			}
			if other := seen[code]; other != "" && strings.HasPrefix(other, "Warn") == strings.HasPrefix(name, "Warn") {
				t.Errorf("%s and %s are both %s", name, other, code)
			}
			seen[code] = name
			if v.Comment.Text() == "" {
				t.Errorf("%s has no meaning beside it", name)
			}
		}
	}
	if len(seen) < 60 {
		t.Errorf("%d codes", len(seen))
	}
}
