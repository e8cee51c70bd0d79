package proof

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"strings"
	"testing"

	"assay/verify/verdict"
)

// Every sentinel of the package has its reason, and no two the same.
func TestAspect(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "proof.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	ast.Inspect(f, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "Err") {
			declared++
		}
		return true
	})
	if declared != len(aspects) || declared < 11 {
		t.Errorf("%d errors, %d of them with a reason", declared, len(aspects))
	}
	reasons := map[verdict.Reason]error{}
	for _, x := range aspects {
		if other := reasons[x.reason]; other != nil {
			t.Errorf("%v and %v are both %s", x.kind, other, x.reason)
		}
		reasons[x.reason] = x.kind
		a := Aspect(fmt.Errorf("one of many: %w", verdict.Because(x.kind, "at %s", "the root")))
		want := verdict.Aspect{State: verdict.Fail, Reason: x.reason}
		if x.kind == ErrUnread || x.kind == ErrChanged {
			want.State, want.Passing = verdict.Unknown, true
		}
		if x.kind == ErrContext || x.kind == ErrBudget || x.kind == ErrUndated || errors.Is(x.kind, ErrUnsupported) {
			want.State = verdict.Unknown
		}
		if x.tell {
			want.Detail = x.kind.Error() + ": at the root"
		}
		if a.State != want.State || a.Reason != want.Reason || a.Detail != want.Detail || a.Passing != want.Passing {
			t.Errorf("%v: %+v, want %+v", x.kind, a, want)
		}
		if bare := Aspect(x.kind); bare.Detail != "" || bare.Reason != x.reason {
			t.Errorf("%v without a cause: %+v", x.kind, bare)
		}
	}
	for _, tc := range []struct {
		desc string
		err  error
		want verdict.Aspect
	}{
		{"an error of others", io.EOF, verdict.Aspect{State: verdict.Fail, Reason: verdict.ProofInvalid}},
		{"time is up", context.DeadlineExceeded, verdict.Aspect{State: verdict.Unknown, Reason: verdict.LimitTime, Passing: true}},
		{"the end of the proof before", verdict.Because(ErrChain, "the one before: %w", verdict.Because(ErrDates, "expired")),
			verdict.Aspect{State: verdict.Fail, Reason: verdict.ProofExpired, Detail: ErrChain.Error() + ": the one before: " + ErrDates.Error() + ": expired"}},
		{"a proof before that does not hold", verdict.Because(ErrChain, "the one before: %w", ErrSignature), verdict.Aspect{State: verdict.Fail, Reason: verdict.ProofChain}},
		{"a long cause", verdict.Because(ErrContext, "%s", strings.Repeat("ü", 300)),
			verdict.Aspect{State: verdict.Unknown, Reason: verdict.ContextNotPinned, Detail: verdict.Clip(ErrContext.Error() + ": " + strings.Repeat("ü", 300))}},
	} {
		if a := Aspect(tc.err); a.State != tc.want.State || a.Reason != tc.want.Reason || a.Detail != tc.want.Detail || a.Passing != tc.want.Passing {
			t.Errorf("%s: %+v, want %+v", tc.desc, a, tc.want)
		}
	}
	if err := verdict.Because(ErrHeader, "%q", "x5u"); !errors.Is(err, ErrHeader) || errors.Is(err, ErrKey) {
		t.Error(err)
	}
}
