package web

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"assay/index/record"
	"assay/verify/verdict"
)

// The page says how far it is known that there is no badge, and lists links that led
// to none with why and what comes of it.
func TestPageTellsOfLinks(t *testing.T) {
	silent := record.Link{Where: "cv.txt", URL: "https://badges.example/99", Reason: "no_answer", Pending: true}
	left := record.Link{Where: "cv.txt", URL: "https://short.example/abc", Reason: "policy"}
	with := func(id string, links []record.Link, unread ...record.Unread) record.Application {
		a := document("default", id, "Applicant", unread)
		a.NotFollowed = links
		return a
	}
	many := []record.Link{left}
	for i := range 30 {
		many = append(many, record.Link{Where: "cv.txt", URL: fmt.Sprintf("https://short.example/%d", i), Reason: "policy"})
	}
	many[30].More = 5
	holder := document("default", "B1", "Applicant", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, ""))
	holder.NotFollowed = []record.Link{silent}
	s := openWith(t, Options{Link: func(reason string) string { return "Words of " + reason + "." }},
		with("A1", nil), with("A2", nil, record.Unread{Where: "scans.pdf", Reason: "encrypted"}), with("A3", []record.Link{left}), with("A4", []record.Link{silent, left}), with("A5", many), holder)
	for id, want := range map[string][]string{
		"A1": {"No badge was found in this application."},
		"A2": {"No badge was found in what could be read."},
		"A3": {"No badge was found in what was read; 1 link led to none, or was not followed.", "1 link: Words of policy.", "https://short.example/abc"},
		"A4": {"No badge was found yet: 1 link that may lead to one could not be asked, and is asked again.", "1 link: Words of no_answer. Asked again later.", "https://badges.example/99", "1 link: Words of policy.<"},
		"A5": {"36 links led to none, or were not followed", "36 links: Words of policy.", "https://short.example/18<", "and 16 more"},
		"B1": {"1 link: Words of no_answer. Asked again later.", "Teamwork"},
	} {
		_, body, _ := get(t, s, "/applications/"+id+"?blind=off")
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("%s: the page does not say %q", id, w)
			}
		}
		if id != "A1" && strings.Contains(body, "No badge was found in this application") || id == "B1" && strings.Contains(body, "No badge") {
			t.Errorf("%s: the page says that there is none", id)
		}
	}
	// A card tells of those that are asked again beside what it counts, and leads to them.
	_, list, _ := get(t, s, "/?q=teamwork&blind=off")
	if !strings.Contains(list, `1 link could not be asked yet: <a href="/applications/B1?blind=off#unread">which</a>`) {
		t.Errorf("the card does not tell of the link: %s", seenText(list))
	}
	var v struct {
		NotFollowed []map[string]any `json:"not_followed"`
	}
	_, body, _ := get(t, s, "/v1/applications/A4?blind=off")
	if err := json.Unmarshal([]byte(body), &v); err != nil || len(v.NotFollowed) != 2 || v.NotFollowed[0]["url"] != silent.URL || v.NotFollowed[0]["pending"] != true || v.NotFollowed[0]["words"] != "Words of no_answer." || v.NotFollowed[1]["pending"] != nil {
		t.Errorf("the API: %v %+v", err, v)
	}
}

// TestAttack388LinkNamesTheApplicant: a blind reader is not told the address of a link,
// in which any part may name the applicant by words that nobody gave.
func TestAttack388LinkNamesTheApplicant(t *testing.T) {
	a := document("default", "A1", "Zaphod Beeblebrox", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, ""))
	a.NotFollowed = []record.Link{{Where: "trillian.pdf > annotation arthur", URL: "https://heartofgold.example/president42", Reason: "no_answer", Pending: true}, {Where: "https://heartofgold.example/president42", URL: "https://heartofgold.example/president42", Reason: "policy"}}
	s := open(t, a)
	for _, path := range []string{"/applications/A1", "/v1/applications/A1"} {
		_, body, _ := get(t, s, path)
		for _, told := range []string{"heartofgold", "president42", "trillian", "arthur", "zaphod"} {
			if strings.Contains(strings.ToLower(body), told) {
				t.Errorf("%s tells a blind reader %q", path, told)
			}
		}
		if low := strings.ToLower(body); !strings.Contains(low, "no answer") && !strings.Contains(low, "no_answer") {
			t.Errorf("%s does not tell of the link at all", path)
		}
		if _, body, _ = get(t, s, path+"?blind=off"); !strings.Contains(body, "president42") {
			t.Errorf("%s does not tell who may see it", path)
		}
	}
}
