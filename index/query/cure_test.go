package query

import (
	"errors"
	"slices"
	"testing"
)

// What cannot be read is pointed at, and what is nearest can be read.
func TestCures(t *testing.T) {
	for _, tc := range []struct {
		text string
		mark string
		want []string
	}{
		{`teamwork AND ("rope access" OR climbing`, `(`, []string{`teamwork AND ("rope access" OR climbing)`, `teamwork AND "rope access" OR climbing`}},
		{`python)`, `)`, []string{`python`}},
		{`python AND`, `AND`, []string{`python`}},
		{`OR python`, `OR`, []string{`python`}},
		{`python NOT`, `NOT`, []string{`python`}},
		{`python level:wizard`, `wizard`, []string{`python`}},
		{`python colour:red`, `colour:red`, []string{`python`}},
		{`python AND (java OR "rope`, `(`, []string{`python AND (java OR "rope")`, `python AND java OR "rope`}},
		{`(`, `(`, nil},
		{`""`, `"`, nil},
		{`"" python`, `"`, []string{`python`}},
		{`python "  " java`, `"`, []string{`python java`}},
		{`AND`, `AND`, nil},
	} {
		_, err := Parse(tc.text)
		bad := (*SyntaxError)(nil)
		if !errors.As(err, &bad) {
			t.Errorf("%s can be read", tc.text)
			continue
		}
		from, to, ok := bad.Mark(tc.text)
		if mark := string([]rune(tc.text)[from:to]); !ok || mark != tc.mark {
			t.Errorf("%s: the mark is at %q, want %q", tc.text, mark, tc.mark)
		}
		if got := Cures(tc.text); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.text, got, tc.want)
		}
	}
	if got := Cures("python java"); !slices.Equal(got, []string{"python java"}) {
		t.Errorf("what can be read: %q", got)
	}
}

// A question is parted at what must hold, and each rest asks for all the others.
func TestParts(t *testing.T) {
	for text, want := range map[string][]string{
		`python`:                             nil,
		`"a b" OR c`:                         nil,
		`python java`:                        {"python", "java", "java", "python"},
		`machine learning python`:            {"machine learning", "python", "python", "machine learning"},
		`"rope access" level>=3 NOT trainee`: {`"rope access"`, "level>=3 NOT trainee", "level>=3", `"rope access" NOT trainee`, "NOT trainee", `"rope access" level>=3`},
		`python AND java include:expired`:    {"python", "java include:expired", "java", "python include:expired"},
		`(a OR b) AND c AND d`:               {"(a OR b)", "c AND d", "c", "(a OR b) AND d", "d", "(a OR b) AND c"},
	} {
		q, err := New(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range q.Parts() {
			got = append(got, p.Text, p.Rest)
			if _, ok := q.Like(p.Rest); !ok {
				t.Errorf("%s: %q cannot be read", text, p.Rest)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func FuzzCures(f *testing.F) {
	for _, s := range []string{`?"`, `a ?"`, `python "rope`, `a AND (b`, `level:x)`, `((((`, `"" ""`, `x:"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range Cures(text) {
			if _, err := Parse(c); err != nil {
				t.Errorf("%q cannot be read either: %v", c, err)
			}
		}
	})
}
