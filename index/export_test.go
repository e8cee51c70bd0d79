package index

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
)

func TestSafeCell(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain", "plain"}, {"", ""},
		{"=1+1", "'=1+1"}, {"+1", "'+1"}, {"-1", "'-1"}, {"@SUM(A1)", "'@SUM(A1)"},
		{"\t=1", "' =1"}, {"\r\n=1", "'  =1"}, {" =1", "' =1"}, {"\u00a0=1", "'\u00a0=1"},
		{"＝1", "'＝1"}, {",=1", "',=1"}, {"\"=1", "'\"=1"}, {";=cmd", "';=cmd"},
		{"\u202e=1", "'=1"}, {"\ufeff=1", "'=1"}, {"a=1", "a=1"}, {"x\x00\x1by", "xy"}, {"-", "'-"},
		{"line\nbreak", "line break"},
	}
	for _, tt := range tests {
		if got := safeCell(tt.in); got != tt.want {
			t.Errorf("safeCell(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzSafeCell(f *testing.F) {
	for _, s := range []string{"=1", " \t=x", "a", "'=1", "\u202e\u00a0-1", "\xff=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := safeCell(s)
		if strings.ContainsAny(got, "\t\r\n\x00") {
			t.Errorf("%q has a control character", got)
		}
		if got != "" && strings.ContainsRune("=+-@", rune(got[0])) {
			t.Errorf("%q begins a formula", got)
		}
	})
}

func hits(t *testing.T) []Hit {
	t.Helper()
	a := application("a1", made{name: "=HYPERLINK(\"http://evil.example\")", tags: []string{"python", "@cmd"}, issuer: "+college", earned: "2025-01-01"})
	q, err := NewQuery("python OR cmd", QueryOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	h, ok := q.Hit("acme", &a)
	if !ok {
		t.Fatal("no hit")
	}
	return []Hit{h, {Application: "a2"}}
}

func TestExportCSV(t *testing.T) {
	var b bytes.Buffer
	if err := Export(&b, ExportCSV, hits(t)); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 4 || rows[0][0] != "application" {
		t.Fatalf("%q", rows)
	}
	for _, r := range rows {
		if len(r) != len(exportColumns) {
			t.Errorf("%d cells", len(r))
		}
		for _, c := range r {
			if c != "" && strings.ContainsRune("=+-@", rune(c[0])) {
				t.Errorf("cell %q begins a formula", c)
			}
		}
	}
	if rows[1][16] != "'=HYPERLINK(\"http://evil.example\")" || rows[1][18] != "'+college" {
		t.Errorf("%q", rows[1])
	}
}

func TestExportJSON(t *testing.T) {
	var b bytes.Buffer
	if err := Export(&b, ExportJSON, hits(t)); err != nil {
		t.Fatal(err)
	}
	var list []Hit
	if err := json.Unmarshal(b.Bytes(), &list); err != nil || len(list) != 2 {
		t.Errorf("%d, %v", len(list), err)
	}
	b.Reset()
	if err := Export(&b, ExportNDJSON, hits(t)); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 2 {
		t.Errorf("%d lines", len(lines))
	}
	for _, l := range lines {
		var h Hit
		if err := json.Unmarshal([]byte(l), &h); err != nil {
			t.Error(err)
		}
	}
	b.Reset()
	if err := Export(&b, ExportJSON, nil); err != nil || strings.TrimSpace(b.String()) != "[]" {
		t.Errorf("%q, %v", b.String(), err)
	}
	if err := Export(&b, "xlsx", nil); err == nil {
		t.Error("a form that there is not")
	}
}
