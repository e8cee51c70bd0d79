package read

import (
	"slices"
	"testing"
)

func TestAddresses(t *testing.T) {
	const a, b = "applicant08@example.org", "applicant09@example.org"
	for s, want := range map[string][]string{
		a:                                {a},
		"Applicant 8 <" + a + ">":        {a},
		`"Eight, Applicant" <` + a + ">": {a},
		"<" + a + ">":                    {a},
		"mailto:" + a + "?subject=x":     {a},
		"'" + a + "'":                    {a},
		a + ".":                          {a},
		"Applicant08@Example.ORG":        {"Applicant08@Example.ORG"},
		a + ", Nine <" + b + ">":         {a, b},
		a + "; " + b:                     {a, b},
		`"` + b + `" <` + a + ">":        {a}, // the name is what its writer likes
		"applicant@bücher.example":       {"applicant@bücher.example"},
		"Eight, Applicant <" + a + ">":   {a},
		"Eight, A. <" + a + ">, " + b:    {a, b},
		"Dr. Eight (HR) <" + a + ">":     {a},
		"Eight @Work <" + a + ">":        {a},
		b + " <" + a + ">":               {a}, // a name again
		a + "<mailto:" + a + ">":         {a},
		a + " [mailto:" + a + "]":        {a},
		"<mailto:" + a + ">":             {a},
		"MAILTO:a%2Bb@example.org":       {"a+b@example.org"},
		"mailto:" + a + "," + b + "?subject=Hello, you": {a, b},
		"mailto:" + a + ", mailto:" + b:                 {a, b},
		a + "\n" + b:                                    {a, b},
		a + ",, " + a + ";":                             {a},
		"„" + a + "“":                                   {a},
		"\u200b" + a + "\u00a0":                         {a},
		a + " (Applicant, Eight)":                       {a},
		"=?utf-8?q?=C3=84?= <" + a + ">":                {a},
		"=?x-none?q?=C4?= <" + a + ">":                  {a},
		"Two: " + a + ", " + b + ";":                    {a, b},
		"mailto:mailto:" + a:                            {a},
		"applicant\u200b08@example.org":                 nil,
		`":"@example.org`:                               nil, // read again it were none
		`"mailto:applicant08"@example.org`:              nil, // nor is it the address in it
		"a@b@example.org":                               nil,
		"nobody; Nine <" + b + ">":                      nil,
		"applicant":                                     nil,
		"@example.org":                                  nil,
		"applicant@":                                    nil,
		"a b@example.org":                               nil,
		a + ", nobody":                                  nil,
		"":                                              nil,
		`X <"a b"@example.org>`:                         nil,
		"mailto:applicant08%40example.org":              {a},
		"applicant_8@example.org":                       {"applicant_8@example.org"},
		"a..b@example.org":                              {"a..b@example.org"}, // some hosts give such
		"smtp:" + a:                                     nil,                  // no name that a host has for anybody
		"Email:" + a:                                    nil,
		"https://example.org/@applicant":                nil,
		a + "?subject=x":                                nil,
		"applicant@example..org":                        nil,
		"applicant@-example.org":                        nil,
		"applicant@[192.0.2.1]":                         nil,
	} {
		got, ok := Addresses(s)
		if !slices.Equal(got, want) || ok != (want != nil) {
			t.Errorf("%q gives %q, %v; want %q", s, got, ok, want)
		}
	}
}

// Attack 390: somebody's address in the name before one's own, in any spelling.
func TestAttack390_NamesAreNoAddresses(t *testing.T) {
	const victim, own = "applicant09@example.org", "applicant08@example.org"
	for _, s := range []string{
		`"` + victim + `" <` + own + ">", victim + " <" + own + ">", "'" + victim + "' <" + own + ">", own + " (" + victim + ")",
		`"` + victim + `, x" <` + own + ">", victim + " [mailto:" + own + "]", "=?utf-8?q?" + victim + "?= <" + own + ">", `"<` + victim + `>" <` + own + ">",
	} {
		if all, ok := Addresses(s); !ok || !slices.Equal(all, []string{own}) {
			t.Errorf("%s gives %q, %v", s, all, ok)
		}
	}
}

// What is read is one address each, read again the same; and stands in the text.
func FuzzAddresses(f *testing.F) {
	for _, s := range []string{"a@example.org", "A, B <a@example.org>; c@example.org.", "mailto:a%40b@example.org?x=,", `"a@b" <c@d>`, "a@b [mailto:c@d]", `":"@D`, `"mailto:x"@d`, "mailto:mailto:a@b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		all, ok := Addresses(s)
		if ok != (len(all) > 0) {
			t.Fatalf("%q gives %q, %v", s, all, ok)
		}
		for _, a := range all {
			if again, ok := Addresses(a); !ok || len(again) != 1 || again[0] != a || !isAddress(a) {
				t.Fatalf("%q of %q is read again as %q", a, s, again)
			}
		}
	})
}
