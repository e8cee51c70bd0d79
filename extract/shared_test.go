package extract

import (
	"context"
	"os"
	"strings"
	"testing"

	"assay/deploy/testenv"
)

// shared gives a path in the shared data.
func shared(t testing.TB, elem ...string) string {
	t.Helper()
	return testenv.Shared(t, elem...)
}

func readShared(t testing.TB, elem ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(shared(t, elem...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// find extracts from one document with the default limits.
func find(t testing.TB, name string, data []byte) Result {
	t.Helper()
	return findWith(t, Limits{}, Document{Name: name, Data: data})
}

func findWith(t testing.TB, l Limits, d Document) Result {
	t.Helper()
	e := Extractor{Limits: l}
	r, err := e.Extract(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// show writes a result in short lines, for comparison with what is wanted:
// kind, payload, ambiguity, and each place with its flags.
func show(r Result) []string {
	var out []string
	for _, f := range r.Findings {
		s := string(f.Kind) + " " + f.Payload
		if f.Ambiguous != "" {
			s += " AMBIGUOUS"
		}
		for _, pl := range f.Places {
			s += " | " + pl.Where
			if len(pl.Flags) > 0 {
				s += " (" + strings.Join(pl.Flags, ",") + ")"
			}
		}
		out = append(out, s)
	}
	for _, u := range r.Unread {
		out = append(out, "unread "+u.Where+": "+string(u.Reason))
	}
	return out
}
