package main

import (
	"testing"

	"assay/verify/guard"

	"go.uber.org/zap"
)

// TestLeftOverOfAll: what runs on is counted of all that judges in a process: of
// applications, on the spot, for assistants and on the public page.
func TestLeftOverOfAll(t *testing.T) {
	t.Parallel()
	f, err := openFrameworks("")
	if err != nil {
		t.Fatal(err)
	}
	e, j := &env{ctx: t.Context(), log: zap.NewNop()}, &judging{Offline: true, Follow: "none", QR: "auto", UnsafeNoSandbox: true}
	in, err := j.open(e, &guard.Watch{}, "", 0, f)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.close() }()
	paper, err := j.documents(in, f, nil, &guard.Watch{}, e.log)
	if err != nil {
		t.Fatal(err)
	}
	_, shut, err := (&publishing{PublicCheck: "127.0.0.1:0"}).open(e, j, &guard.Watch{}, f)
	if err != nil {
		t.Fatal(err)
	}
	defer shut()
	known := map[any]bool{}
	for _, x := range j.made.all {
		known[x] = true
	}
	for what, x := range map[string]any{"of applications": in.examiner, "on the spot": in.aside, "for assistants": paper.Examiner} {
		if !known[x] {
			t.Errorf("what judges %s is not counted", what)
		}
	}
	if len(known) != 5 || j.made.left() != 0 {
		t.Errorf("%d are counted, %d run on", len(known), j.made.left())
	}
}
