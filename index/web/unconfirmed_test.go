package web

import (
	"strings"
	"testing"

	"assay/verify/verdict"
)

// TestUnconfirmedIsTold: a record says what only the copy says of a pending badge, as
// what it is, and no search finds the badge by it.
func TestUnconfirmedIsTold(t *testing.T) {
	e := badge("", "", "", verdict.Pending, verdict.HostUnreachable)
	e.Skills = nil
	e.Verdict.Credential.Name, e.Verdict.Credential.Issuer = "", verdict.Party{}
	e.Verdict.Unconfirmed = verdict.Unconfirmed{Name: "Brain Surgery", Issuer: "MIT", Recipient: verdict.Fail}
	s := open(t, document("default", "A1", "", nil, e))
	_, page, _ := get(t, s, "/applications/A1")
	if text := seenText(page); !strings.Contains(text, "A badge without a name") || !strings.Contains(text, "calls it “Brain Surgery” and its issuer “MIT”. The copy names somebody else. None of this is confirmed.") {
		t.Error(text)
	}
	if _, page := inGerman(t, s, "/applications/A1"); !strings.Contains(seenText(page), "Die gesendete Kopie nennt ihn „Brain Surgery“ und seinen Aussteller „MIT“. Die Kopie nennt jemand anderen. Nichts davon ist bestätigt.") {
		t.Error(seenText(page))
	}
	_, page, _ = get(t, s, "/?q=brain+surgery&include=pending,rejected,unsupported,authentic,unvouched")
	if text := seenText(page); !strings.Contains(text, "Nobody has all of it") {
		t.Error(text)
	}
}
