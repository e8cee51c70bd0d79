package web

import (
	"encoding/json"
	"strings"
	"testing"

	"assay/verify/verdict"
)

// TestIssuerOfOneApplicant: of an issuer that has issued to nobody else here, page
// and API say so.
func TestIssuerOfOneApplicant(t *testing.T) {
	own := badge("Juggling", "urn:juggling", "juggling", verdict.Verified, "")
	own.Verdict.Credential.Issuer = verdict.Party{ID: "did:key:zOwn", Name: "MIT"}
	shared := badge("Teamwork", teams, "work in teams", verdict.Verified, "")
	s := open(t, document("default", "A1", "", nil, own, shared), document("default", "A2", "", nil, shared))
	const says = "This issuer has issued to this applicant only"
	for id, want := range map[string]int{"A1": 1, "A2": 0} {
		_, page, _ := get(t, s, "/applications/"+id)
		if n := strings.Count(page, says); n != want {
			t.Errorf("%s: said %d times, want %d", id, n, want)
		}
	}
	_, body, _ := get(t, s, "/v1/applications/A1")
	var v struct {
		Credentials []struct {
			Name    string `json:"issuer_name"`
			Holders int    `json:"issuer_holders"`
		}
	}
	if err := json.Unmarshal([]byte(body), &v); err != nil || len(v.Credentials) != 2 {
		t.Fatal(err, body)
	}
	if c := v.Credentials; c[0].Holders != 1 || c[1].Holders != 2 || c[0].Name != `a key that calls itself "MIT"` {
		t.Errorf("%+v", c)
	}
}

// TestUnvouchedIsOffered: an empty answer tells who has a badge behind whose issuer
// nobody stands.
func TestUnvouchedIsOffered(t *testing.T) {
	s := open(t, document("default", "A1", "", nil, badge("Juggling", "urn:juggling", "juggling", verdict.Unvouched, verdict.IssuerUnvouched)))
	_, page, _ := get(t, s, "/?q=juggling")
	if text := seenText(page); !strings.Contains(text, "0 applicants found") || !strings.Contains(text, "What would add somebody include: Unvouched +1") || strings.Contains(text, "include: Expired") {
		t.Error(text)
	}
	_, page, _ = get(t, s, "/?q=juggling&include=unvouched")
	if text := seenText(page); !strings.Contains(text, "1 applicant found") || !strings.Contains(page, `class="seal s-unvouched"`) {
		t.Error(text)
	}
	if _, page, _ = get(t, s, "/?q=welding"); strings.Contains(page, "include: Unvouched") {
		t.Error("offered where nobody has one")
	}
}

// TestOverAndAnothers: a badge whose time is over and that names somebody else says both.
func TestOverAndAnothers(t *testing.T) {
	e := badge("Juggling", "urn:juggling", "juggling", verdict.Authentic, verdict.RecipientMismatch)
	e.Verdict.Credential.Expires = now.AddDate(0, -1, 0)
	s := open(t, document("default", "A1", "", nil, e))
	_, page, _ := get(t, s, "/?q=juggling&include=expired")
	if text := seenText(page); !strings.Contains(text, "expired Juggling another address or person") {
		t.Error(text)
	}
	_, body, _ := get(t, s, "/v1/applications/A1")
	if !strings.Contains(body, `"status_now":"expired"`) || !strings.Contains(body, `"result":"authentic"`) {
		t.Error(body)
	}
}

// TestResemblesIsTold: a hit says whom its issuer could be taken for, and that the
// badge names another address.
func TestResemblesIsTold(t *testing.T) {
	e := badge("Juggling", "urn:juggling", "juggling", verdict.Authentic, verdict.RecipientMismatch)
	e.Verdict.Warnings = []verdict.Warning{verdict.WarnNameLookalike}
	s := open(t, document("default", "A1", "", nil, e))
	for _, path := range []string{"/?q=juggling&include=authentic", "/match?required=juggling"} {
		_, page, _ := get(t, s, path)
		if text := seenText(page); !strings.Contains(text, "resembles") || !strings.Contains(text, "another address") {
			t.Errorf("%s: %s", path, text)
		}
	}
	_, page, _ := get(t, s, "/applications/A1")
	if text := seenText(page); !strings.Contains(text, "names another address") || !strings.Contains(text, "resembles") || !strings.Contains(page, "Perhaps their other address: ask.") {
		t.Errorf("record: %s", text)
	}
	_, csv, _ := get(t, s, "/v1/export?q=juggling&include=authentic")
	if !strings.Contains(csv, ",recipient_mismatch,") || !strings.Contains(csv, ",issuer_name_lookalike,") {
		t.Error(csv)
	}
}
