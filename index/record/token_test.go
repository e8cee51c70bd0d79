package record

import (
	"errors"
	"strings"
	"testing"
)

func TestCheckToken(t *testing.T) {
	for _, good := range []string{"a", "Acme-2_x", strings.Repeat("x", 64)} {
		if err := CheckToken("tenant", good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for bad, says := range map[string]string{
		"":                      "tenant is missing",
		"a b":                   `tenant "a b" is not 1 to 64 of A-Z a-z 0-9 _ -`,
		"a.b":                   `tenant "a.b" is not`,
		"a\n":                   `tenant "a\n" is not`,
		"*":                     `tenant "*" is not`,
		"ä":                     `tenant "ä" is not`,
		"\x1b[31m":              `tenant "\x1b[31m" is not`,
		strings.Repeat("x", 65): "is not",
		strings.Repeat("y", 99): `"` + strings.Repeat("y", 80) + `" is not`,
	} {
		err := CheckToken("tenant", bad)
		var e *TokenError
		if !errors.Is(err, ErrToken) || !errors.As(err, &e) || e.What != "tenant" || e.Value != bad {
			t.Errorf("%q: %#v", bad, err)
		} else if !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %q does not say %q", bad, err, says)
		}
	}
}
