package record

import "testing"

func TestSearchedText(t *testing.T) {
	for in, want := range map[string]string{
		"Sewing machine: learning to thread": "sewing machine · learning to thread",
		"Node.js (basics), go":               "node js · basic · go",
		"a\xffb; c":                          "a b · c",
		"well-being – a course.":             "well being · a course",
		"…":                                  "",
	} {
		if got := text(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	if got := text("one", "two"); got != "one · two" {
		t.Errorf("two texts are %q", got)
	}
}
