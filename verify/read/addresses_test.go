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
		"applicant":                      nil,
		"@example.org":                   nil,
		"applicant@":                     nil,
		"a b@example.org":                nil,
		a + ", nobody":                   nil,
		"":                               nil,
		`X <"a b"@example.org>`:          nil,
	} {
		got, ok := Addresses(s)
		if !slices.Equal(got, want) || ok != (want != nil) {
			t.Errorf("%q gives %q, %v; want %q", s, got, ok, want)
		}
	}
}
