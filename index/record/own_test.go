package record_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"assay/index/record"
	"assay/index/record/recordtest"
	"assay/verify/verdict"

	"github.com/rogpeppe/go-internal/txtar"
)

// unnamed are the members that no vector names, and why.
var unnamed = map[string]string{
	"claim ancestors": "dozens of URIs, see TestNewApplication", "flat ancestors": "the same",
	"claim trust": "of the issuer, see TestNewApplication", "flat trust": "the same",
	"claim url": "of what a badge points at, see TestUnmappedHasNoFramework", "claim code": "the same", "claim named": "the same",
}

// TestOwnVectors makes the document of every application of our own: what it must
// be stands beside it. Every member is named by one.
func TestOwnVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/vectors/*.txt")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	named := map[string]bool{}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil || len(a.Files) != 2 {
				t.Fatal(err)
			}
			var badges []recordtest.Badge
			for line := range strings.Lines(string(a.Files[0].Data)) {
				var b recordtest.Badge
				dec := json.NewDecoder(strings.NewReader(line))
				dec.DisallowUnknownFields()
				if err := dec.Decode(&b); err != nil {
					t.Fatal(err)
				}
				badges = append(badges, b)
			}
			made, err := json.Marshal(recordtest.Application("a1", badges...))
			if err != nil {
				t.Fatal(err)
			}
			var got, want map[string]any
			if err := json.Unmarshal(made, &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(a.Files[1].Data, &want); err != nil {
				t.Fatal(err)
			}
			for _, d := range differs("", got, want) {
				t.Error(d)
			}
			for _, part := range []string{"counts", "breadth", "flat"} {
				for member := range want[part].(map[string]any) {
					named[part+" "+member] = true
				}
			}
			for _, c := range want["claims"].([]any) {
				for member := range c.(map[string]any) {
					named["claim "+member] = true
				}
			}
		})
	}
	for part, of := range map[string]any{"claim": record.Claim{}, "counts": verdict.Counts{}, "breadth": record.Breadth{}, "flat": record.Flat{}} {
		for f := range reflect.TypeOf(of).Fields() {
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			member := part + " " + tag
			if _, excused := unnamed[member]; named[member] == excused {
				t.Errorf("%s: named by a vector %v, excused %v", member, named[member], excused)
			}
		}
	}
}

// differs tells where a document is otherwise than what a vector names of it. What
// is left out of JSON for being empty is as good as what is named to be so.
func differs(at string, got, want any) (out []string) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok && got != nil {
			return []string{fmt.Sprintf("%s is %v", at, got)}
		}
		for name, v := range w {
			out = append(out, differs(at+"."+name, g[name], v)...)
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return []string{fmt.Sprintf("%s is %v", at, got)}
		}
		for i := range w {
			out = append(out, differs(fmt.Sprintf("%s[%d]", at, i), g[i], w[i])...)
		}
	default:
		if got == nil && (want == "" || want == 0.0) || got == want {
			return nil
		}
		return []string{fmt.Sprintf("%s is %v, want %v", at, got, want)}
	}
	return out
}
