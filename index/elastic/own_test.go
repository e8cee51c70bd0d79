package elastic

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/index/conformance"
	"assay/index/record"
	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestOwnDocuments makes of every record of our own what Elasticsearch is given: what
// that must be stands beside it.
func TestOwnDocuments(t *testing.T) {
	files, err := filepath.Glob("testdata/vectors/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return filepath.Base(f) == "fields.txt" })
	if len(files) < 4 {
		t.Fatalf("%d files", len(files))
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil || len(a.Files) != 2 {
				t.Fatalf("%d parts: %v", len(a.Files), err)
			}
			app := record.Stub(conformance.Key, "acme", "a1")
			if line := string(a.Files[0].Data); line != "erased\n" {
				app = conformance.RecordOf(t, line)
			}
			made, err := json.Marshal(newDocument(&app))
			if err != nil {
				t.Fatal(err)
			}
			var got, want any
			if err := json.Unmarshal(made, &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(a.Files[1].Data, &want); err != nil {
				t.Fatal(err)
			}
			for _, d := range differs("", got, want) {
				t.Error(d)
			}
		})
	}
}

// differs tells where a document is otherwise than what a vector names of it. Values
// of a list may stand in any order.
func differs(at string, got, want any) (out []string) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %v", at, got)}
		}
		for name, v := range w {
			out = append(out, differs(at+"."+name, g[name], v)...)
		}
		return out
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return []string{fmt.Sprintf("%s is %v, want %v", at, got, want)}
		}
		for i := range w {
			if text, ok := w[i].(string); ok {
				if !slices.Contains(g, any(text)) {
					out = append(out, fmt.Sprintf("%s is %v, want %s among them", at, got, text))
				}
				continue
			}
			out = append(out, differs(fmt.Sprintf("%s[%d]", at, i), g[i], w[i])...)
		}
		return out
	}
	if got != want {
		return []string{fmt.Sprintf("%s is %v, want %v", at, got, want)}
	}
	return nil
}

// TestOwnFields compares the mapping with what is written down of it, field by
// field.
func TestOwnFields(t *testing.T) {
	raw, err := os.ReadFile("testdata/vectors/fields.txt")
	if err != nil {
		t.Fatal(err)
	}
	made, err := json.Marshal(mapping(meta{}))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(made, &m); err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	described(t, fields, "", "", m)
	var lines []string
	for name, is := range fields {
		lines = append(lines, name+" | "+is+"\n")
	}
	slices.Sort(lines)
	want := slices.DeleteFunc(slices.Collect(strings.Lines(string(raw))), func(l string) bool { return strings.HasPrefix(l, "#") })
	if d := cmp.Diff(want, lines); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// described says in words what is done with each field below one.
func described(t *testing.T, out map[string]string, path, real string, m map[string]any) {
	t.Helper()
	if m["dynamic"] != "strict" {
		t.Errorf("%q takes fields of a badge's making: dynamic %v", path, m["dynamic"])
	}
	properties, _ := m["properties"].(map[string]any)
	for name, v := range properties {
		f, named := v.(map[string]any), name
		for _, r := range verdict.Results() {
			if name == string(r) && (path == "claimed." || path == "later.") {
				name = "result"
			}
		}
		if slices.Contains(ofVerified, name) || slices.Contains(ofOthers, name) {
			if strings.HasSuffix(path, "result.") {
				name = "standing"
			}
		}
		if to, ok := f["copy_to"].(string); ok {
			// Of its own status, whatever stands behind the issuer.
			of := strings.SplitN(real, ".", 3)
			if to != strings.Join([]string{of[0], of[1], ofAny, named}, ".") {
				t.Errorf("%s%s is copied to %s", real, name, to)
			}
			f["copy_to"] = "any"
		}
		is := inWords(f)
		if was, ok := out[path+name]; ok && was != is {
			t.Errorf("%s%s is %q and %q", path, name, was, is)
		}
		out[path+name] = is
		if _, ok := f["properties"]; ok {
			described(t, out, path+name+".", real+named+".", f)
		}
	}
}

// inWords says what is done with one field.
func inWords(f map[string]any) string {
	is := fmt.Sprint(f["type"])
	if a, ok := f["analyzer"]; ok {
		is += " " + fmt.Sprint(a)
	}
	for _, k := range slices.Sorted(maps.Keys(f)) {
		switch k {
		case "type", "analyzer", "properties", "dynamic":
		default:
			is += fmt.Sprintf(", %s %v", k, f[k])
		}
	}
	return is
}
