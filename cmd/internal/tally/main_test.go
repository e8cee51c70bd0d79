package main

import (
	"fmt"
	"strings"
	"testing"
)

// lines are events in the short form ACTION PACKAGE TEST OUTPUT.
func lines(events ...[4]string) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "{\"Action\":%q,\"Package\":%q,\"Test\":%q,\"Output\":%q}\n", e[0], e[1], e[2], e[3])
	}
	return b.String()
}

func TestTally(t *testing.T) {
	ok := lines([4]string{"output", "p", "", "ok  \tp\t0.1s\n"}, [4]string{"pass", "p", "", ""})
	pass := lines([4]string{"output", "p", "TestA", "it works\n"}, [4]string{"pass", "p", "TestA", ""})
	skip := func(test, says string) string {
		return lines([4]string{"output", "p", test, "    a_test.go:1: " + says + "\n"}, [4]string{"output", "p", test, "--- SKIP: " + test + "\n"}, [4]string{"skip", "p", test, ""})
	}
	for _, c := range []struct {
		desc, in, require string
		want              []string // parts of the output
		lacks             string   // what the output must not hold
		err               string
	}{
		{"all pass", pass + ok, "elasticsearch", []string{"ok  \tp\t0.1s", "\n1 passed, 0 failed, 0 skipped\nskipped: 0\n"}, "it works", ""},
		{"one fails", pass + lines([4]string{"output", "p", "TestB", "b is wrong\n"}, [4]string{"fail", "p", "TestB", ""}, [4]string{"fail", "p", "", ""}), "",
			[]string{"b is wrong", "1 passed, 1 failed, 0 skipped"}, "it works", "failed: p"},
		{"the order of a run that passes is nobody's news", lines([4]string{"output", "p", "", "-test.shuffle 17\n"}) + pass + ok, "", nil, "shuffle", ""},
		{"the order of a run that fails is told", lines([4]string{"output", "p", "", "-test.shuffle 17\n"}, [4]string{"fail", "p", "TestB", ""}, [4]string{"fail", "p", "", ""}), "", []string{"-test.shuffle 17\n", "0 passed, 1 failed"}, "", "failed: p"},
		{"wants are counted", pass + skip("TestB", "no Elasticsearch: set ASSAY_ELASTIC") + skip("TestC", "no Elasticsearch here") + skip("TestD", "shared test data is not here") + ok, "",
			[]string{"1 passed, 0 failed, 3 skipped\nskipped: 3 tests for want of elasticsearch (2), shared (1)\n"}, "", ""},
		{"what is required may not lack", pass + skip("TestB", "no Elasticsearch") + ok, "nats,elasticsearch", nil, "", "1 tests were skipped for want of elasticsearch"},
		{"what is not required may", pass + skip("TestB", "no chromium") + ok, "nats,elasticsearch", []string{"chromium (1)"}, "", ""},
		{"the last word is the reason", pass + skip("TestB", "> [!nats] skip 'no nats-server'\n> [!elasticsearch] skip 'no Elasticsearch'") + ok, "", []string{"elasticsearch (1)"}, "nats (", ""},
		{"an unknown reason", pass + skip("TestB", "the moon is full") + ok, "", []string{"skipped: 1 tests for want of other reasons (1)"}, "", ""},
		{"an unknown reason where something is required", pass + skip("TestB", "the moon is full") + ok, "nats", nil, "", "1 tests were skipped for other reasons"},
		{"skipped here and passed there", pass + skip("TestB", "measured without the race detector") + ok + lines([4]string{"pass", "p", "TestB", ""}) + ok, "",
			[]string{"2 passed, 0 failed, 0 skipped"}, "", ""},
		{"passed here and failed there", pass + ok + lines([4]string{"fail", "p", "TestA", ""}, [4]string{"fail", "p", "", ""}), "", []string{"0 passed, 1 failed"}, "", "failed: p"},
		{"a child is no test", pass + skip("TestB", "only as a child of the corpus tests") + ok, "", []string{"1 passed, 0 failed, 0 skipped"}, "", ""},
		{"a run that breaks off", pass + ok + `{"Action":"broken"}` + "\n", "", nil, "", "broke off"},
		{"a package that does not build", pass + ok + `{"ImportPath":"q","Action":"build-output","Output":"q.go:1: no\n"}` + "\n" + lines([4]string{"fail", "q", "", ""}), "", []string{"q.go:1: no"}, "", "failed: q"},
		{"a panic shows what the test said", lines([4]string{"output", "p", "TestB", "panic: oh\n"}, [4]string{"fail", "p", "", ""}), "", []string{"panic: oh", "0 passed, 1 failed"}, "", "failed: p"},
		{"nothing was run", ok, "", nil, "", "no test was run"},
		{"a line of another kind", "go: downloading x\n" + pass + ok, "", []string{"go: downloading x\n"}, "", ""},
	} {
		t.Run(c.desc, func(t *testing.T) {
			var out strings.Builder
			x := tally{out: &out, tests: map[key]*test{}}
			if err := x.read(strings.NewReader(c.in)); err != nil {
				t.Fatal(err)
			}
			err := x.close(strings.FieldsFunc(c.require, func(r rune) bool { return r == ',' }))
			for _, w := range c.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("no %q in:\n%s", w, out.String())
				}
			}
			if c.lacks != "" && strings.Contains(out.String(), c.lacks) {
				t.Errorf("%q in:\n%s", c.lacks, out.String())
			}
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}

func TestSlowest(t *testing.T) {
	x := tally{out: &strings.Builder{}, tests: map[key]*test{}}
	in := `{"Action":"pass","Package":"p","Test":"TestA","Elapsed":1}
{"Action":"pass","Package":"p","Test":"TestB","Elapsed":3}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":2}
`
	if err := x.read(strings.NewReader(in)); err != nil {
		t.Fatal(err)
	}
	if got, want := x.slowest(), "    3.00  p TestB\n    2.00  p TestA\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
