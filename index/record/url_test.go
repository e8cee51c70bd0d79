package record

import (
	"errors"
	"testing"
)

// TestURL: a link leads to the system that the template names, and nowhere else.
func TestURL(t *testing.T) {
	for _, good := range []string{"", "https://ats.example/{application}", "https://ats.example/a?id={application}&x=1", "http://127.0.0.1:8080/{application}"} {
		if err := CheckURL(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"https://ats.example/", "ats.example/{application}", "javascript:alert('{application}')", "https://{application}.example/", "https://u:p@ats.example/{application}", "https:///{application}", "https://ats.example{application}/"} {
		if err := CheckURL(bad); !errors.Is(err, ErrLink) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for id, want := range map[string]string{"A-1": "https://ats.example/A-1", "../x": "", "": "", "a b": ""} {
		if got := URLOf("https://ats.example/{application}", id); got != want {
			t.Errorf("%q: %q", id, got)
		}
	}
	if URLOf("", "A-1") != "" {
		t.Error("a link without a template")
	}
}
