package web

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"assay/index/record"
)

// What was not read is told with its reason and its kind, on the page in one line
// where there is much of it, and without a word of the applicant's to blind readers.
func TestPageTellsOfUnread(t *testing.T) {
	unread := []record.Unread{
		{Where: "certs.rar", Reason: "unknown_format", Detail: "RAR archive"},
		{Where: "intro.mp4", Reason: "unknown_format", Detail: "video/mp4 by zaphod"},
	}
	for i := range 40 {
		unread = append(unread, record.Unread{Where: fmt.Sprintf("all.zip > %d.doc", i), Reason: "encrypted", Detail: "needs a password"})
	}
	s := openWith(t, Options{Unread: func(reason string) string { return "Words of " + reason + "." }},
		document("default", "A1", "Zaphod", unread), document("default", "A2", "Zaphod", []record.Unread{{Where: "a", Reason: "encrypted", Detail: strings.Repeat("x", 500) + "\u202e"}}))
	_, body, _ := get(t, s, "/applications/A1?blind=off")
	for _, want := range []string{
		"certs.rar : Words of unknown_format. (RAR archive)",
		"all.zip › 0.doc , all.zip › 1.doc , all.zip › 2.doc and 37 more: Words of encrypted. (needs a password)",
	} {
		if !strings.Contains(seenText(body), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := strings.Count(body, "Words of encrypted."); n != 1 {
		t.Errorf("%d lines for one reason", n)
	}
	var v struct {
		Unread []struct{ Where, Reason, Detail, Words string }
	}
	_, body, _ = get(t, s, "/v1/applications/A1?blind=off")
	if err := json.Unmarshal([]byte(body), &v); err != nil || len(v.Unread) != len(unread) || v.Unread[0].Detail != "RAR archive" || v.Unread[0].Words != "Words of unknown_format." {
		t.Errorf("the API: %v, %d parts, the first %+v", err, len(v.Unread), v.Unread[:min(1, len(v.Unread))])
	}
	for _, path := range []string{"/applications/A1", "/v1/applications/A1"} {
		if _, body, _ := get(t, s, path); strings.Contains(strings.ToLower(body), "zaphod") || !strings.Contains(body, "RAR archive") {
			t.Errorf("%s tells blind readers of the applicant, or not of the kind", path)
		}
	}
	if _, body, _ := get(t, s, "/v1/applications/A2?blind=off"); strings.Contains(body, strings.Repeat("x", 201)) || strings.Contains(body, "\u202e") {
		t.Error("a detail is as long as it likes")
	}
}
