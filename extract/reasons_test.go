package extract

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// reasons are all constants of type Reason, read from the source: one that is
// added without words is seen.
func reasons(t *testing.T) (all []Reason) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "reasons.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 {
			return true
		}
		if kind, ok := v.Type.(*ast.Ident); ok && kind.Name == "Reason" {
			s, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, Reason(s))
		}
		return true
	})
	return all
}

// TestReasonWords: every reason has a sentence of its own, without a code in it.
func TestReasonWords(t *testing.T) {
	all := reasons(t)
	if len(all) < 18 || !slices.Contains(all, ReasonReaderFailed) || !slices.Contains(all, ReasonOutside) {
		t.Fatalf("only %d reasons were seen: %q", len(all), all)
	}
	seen := map[string]Reason{}
	for _, r := range all {
		w := r.Words()
		if len(w) < 10 || !strings.HasSuffix(w, ".") || strings.ToUpper(w[:1]) != w[:1] || strings.Contains(w, "_") {
			t.Errorf("%s: %q is no sentence", r, w)
		}
		if before, twice := seen[w]; twice {
			t.Errorf("%s and %s have one sentence", r, before)
		}
		seen[w] = r
	}
	if len(reasonWords) != len(all) {
		t.Errorf("%d sentences for %d reasons", len(reasonWords), len(all))
	}
	if w := Reason("of another version").Words(); w != "" {
		t.Errorf("an unknown reason says %q", w)
	}
}
