package web

import (
	"net/url"
	"strings"
	"testing"
)

// A * is the beginning of a word, or is said to be none.
func TestStarIsTold(t *testing.T) {
	s := open(t, team()...)
	for text, begins := range map[string]bool{"team*": true, "te*": false, "te*work": false} {
		_, page, _ := get(t, s, "/?q="+url.QueryEscape(text))
		said := seenText(page)
		if strings.Contains(said, "words that begin so") != begins || strings.Contains(said, "a * ends the beginning of one") == begins {
			t.Errorf("%s: %s", text, said)
		}
	}
}
