package schema

import (
	"errors"
	"testing"
)

func TestObeys(t *testing.T) {
	for _, tc := range []struct {
		desc, text, doc string
		obeys           bool
		err             error
	}{
		{"obeyed", `{"required":["name"]}`, `{"name":"A"}`, true, nil},
		{"broken", `{"required":["gpa"]}`, `{"name":"A"}`, false, nil},
		{"a number as it is written", `{"properties":{"n":{"const":12345678901234567890}}}`, `{"n":12345678901234567890}`, true, nil},
		{"another number", `{"properties":{"n":{"const":12345678901234567890}}}`, `{"n":12345678901234567891}`, false, nil},
		{"anything", `{}`, `{"name":"A"}`, true, nil},
		{"a reference within", `{"$ref":"#/$defs/a","$defs":{"a":{"required":["name"]}}}`, `{}`, false, nil},
		{"a reference out", `{"$ref":"https://elsewhere.example/s.json"}`, `{}`, false, ErrNone},
		{"no object", `true`, `{}`, false, ErrNone},
		{"no schema", `{"type":7}`, `{}`, false, ErrNone},
		{"an address that is none", `{}`, `{}`, false, ErrNone},
	} {
		id := "https://issuer.example/s.json"
		if tc.desc == "an address that is none" {
			id = "https://[::"
		}
		if got, err := Obeys(id, []byte(tc.text), []byte(tc.doc)); got != tc.obeys || !errors.Is(err, tc.err) {
			t.Errorf("%s: %t, %v", tc.desc, got, err)
		}
	}
	if got, err := Obeys("https://issuer.example/s.json", []byte(`{}`), []byte(`no JSON`)); got || err == nil {
		t.Errorf("no document: %t, %v", got, err)
	}
}
