package web

import (
	"net/url"
	"strings"
	"testing"

	"assay/index/query"
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
		if strings.Contains(said, query.NoteStar) == begins {
			t.Errorf("%s: the page says it in other words than the API", text)
		}
		_, answer, _ := get(t, s, "/v1/search?q="+url.QueryEscape(text))
		if strings.Contains(answer, query.NoteStar) == begins {
			t.Errorf("%s: %s", text, answer)
		}
	}
}
