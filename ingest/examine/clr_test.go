package examine

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"assay/extract"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify"
	"assay/verify/fetch"
	"assay/verify/verdict"
	"assay/verify/verifytest"

	"github.com/google/go-cmp/cmp"
)

// TestRecord takes a signed CLR from its document to the index: what check shows
// is what a search finds. The achievement that the record asserts has its
// alignment's skill, the credential in it that of the record's association, a
// stranger's credential none of those, and the record's own title is no skill.
func TestRecord(t *testing.T) {
	type m = map[string]any
	const (
		teams   = "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0"
		aid     = "http://data.europa.eu/esco/skill/1d21f6ad-340f-45da-a0a3-4e83867f47a6"
		records = "https://issuer.example/"
	)
	key, other := verifytest.Ed25519(1), verifytest.Ed25519(2)
	did, method := verifytest.DIDKey(key)
	otherDID, otherMethod := verifytest.DIDKey(other)
	contexts := []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"}
	identifier := []any{m{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false, "identityHash": "applicant@example.org"}}
	achievement := func(id, name string) m {
		return m{"id": records + id, "type": []any{"Achievement"}, "name": name, "description": "d", "criteria": m{"narrative": "n"}}
	}
	inner := func(id, name, issuer string) m {
		return m{"@context": []any{contexts[0], contexts[2]}, "id": "urn:uuid:" + id, "type": []any{"VerifiableCredential", "OpenBadgeCredential"},
			"issuer": m{"id": issuer, "type": []any{"Profile"}, "name": "Issuer"}, "validFrom": "2026-01-01T00:00:00Z",
			"credentialSubject": m{"type": []any{"AchievementSubject"}, "identifier": identifier, "achievement": achievement(id, name)}}
	}
	asserted := achievement("asserted", "Alpha")
	asserted["alignment"] = []any{m{"type": []any{"Alignment"}, "targetName": "work in teams", "targetUrl": teams}}
	link := func(typ, source, target string) m {
		return m{"type": []any{"Association"}, "associationType": typ, "sourceId": source, "targetId": target}
	}
	clr := func(typ string) m {
		return m{"@context": contexts, "id": "urn:uuid:record", "type": []any{"VerifiableCredential", "ClrCredential"}, "name": "first aid",
			"issuer": m{"id": did, "type": []any{"Profile"}, "name": "Issuer"}, "validFrom": "2026-01-01T00:00:00Z",
			"credentialSubject": m{"type": []any{"ClrSubject"}, "id": "did:example:applicant", "identifier": identifier,
				"achievement": []any{asserted},
				"verifiableCredential": []any{
					verifytest.Secure(inner("own", "Beta", did), key, method, "eddsa-jcs-2022"),
					verifytest.Secure(inner("strange", "Gamma", otherDID), other, otherMethod, "eddsa-jcs-2022"),
				},
				"association": []any{link(typ, records+"own", aid), link(typ, records+"strange", aid)},
			}}
	}
	v, err := verify.New(verify.Options{Fetcher: Budgeted(fetch.Offline()), Accept: verdict.LevelKey, Now: func() time.Time { return verifytest.Now }})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{Extraction: script{}, Verifier: v, Fetcher: fetch.Offline()})
	if err != nil {
		t.Fatal(err)
	}
	type skill struct {
		Name   string // of the credential
		Result verdict.Result
		ID     string
		Label  string // where there is no ID
	}
	skillOf := func(name string, r verdict.Result, id, label string) skill {
		if id != "" {
			label = ""
		}
		return skill{name, r, id, label}
	}
	for _, tc := range []struct {
		desc string
		clr  m
		want []skill
	}{
		{"an inner achievement below a skill", verifytest.Secure(clr("isChildOf"), key, method, "eddsa-jcs-2022"),
			[]skill{{"Beta", verdict.Verified, aid, ""}, {"Alpha", verdict.Verified, teams, ""}}},
		{"an inner achievement that is the skill", verifytest.Secure(clr("exactMatchOf"), key, method, "eddsa-jcs-2022"),
			[]skill{{"Beta", verdict.Verified, aid, ""}, {"Alpha", verdict.Verified, teams, ""}}},
		{"a relation that makes no skill", verifytest.Secure(clr("precedes"), key, method, "eddsa-jcs-2022"),
			[]skill{{"Alpha", verdict.Verified, teams, ""}}},
		{"a record that nobody signed", clr("isChildOf"),
			[]skill{{"Alpha", verdict.Rejected, teams, ""}}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			reports, err := e.Examine(t.Context(), Input{Documents: []extract.Document{{Name: "record.json", Data: append([]byte("json "), verifytest.JSON(tc.clr)...)}},
				Applicant: verify.Applicant{Emails: []string{"applicant@example.org"}}})
			if err != nil || len(reports) != 1 || len(reports[0].Findings) != 1 {
				t.Fatalf("%+v, %v", reports, err)
			}
			f := reports[0].Findings[0]
			var names []string
			for _, c := range f.Contained {
				names = append(names, c.Credential.Name)
			}
			if !slices.Equal(names, []string{"Beta", "Gamma", "Alpha"}) || f.Contained[0].Result != verdict.Verified || f.Contained[1].Result != verdict.Verified {
				t.Fatalf("%v: %+v", names, f.Verdict)
			}

			// What check prints.
			b, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			type said struct {
				Result     verdict.Result
				Asserted   bool
				Credential struct {
					Name   string
					Skills []skills.Skill
				}
			}
			var printed struct {
				said
				Contained []said
			}
			if err := json.Unmarshal(b, &printed); err != nil {
				t.Fatal(err)
			}
			var shown []skill
			for i, x := range append([]said{printed.said}, printed.Contained...) {
				for _, s := range x.Credential.Skills {
					shown = append(shown, skillOf(x.Credential.Name, x.Result, s.ID, s.Label))
				}
				if x.Asserted != (i == 3) {
					t.Errorf("credential %d, %s: asserted %t", i, x.Credential.Name, x.Asserted)
				}
			}
			known := slices.DeleteFunc(slices.Clone(shown), func(s skill) bool { return s.ID == "" })
			if d := cmp.Diff(tc.want, known); d != "" {
				t.Errorf("check (-want +got):\n%s", d)
			}

			// What is indexed, at once and by a rebuild.
			resolve := skills.Builtin().Resolve
			app := record.New([]byte("key"), record.Submission{Tenant: "acme", Application: "A-1", Submitted: verifytest.Now, Checked: verifytest.Now},
				record.Entries(f.Where, f.Carrier, f.Verdict, f.Skills, f.Inner), nil)
			indexed := func(a *record.Application) (out []skill) {
				for _, c := range a.Claims {
					if c.Label != "" {
						out = append(out, skillOf(a.Credentials[c.Credential].Verdict.Credential.Name, c.Status, c.ID, c.Label))
					}
				}
				return out
			}
			if d := cmp.Diff(shown, indexed(&app)); d != "" {
				t.Errorf("check and the index differ (-check +index):\n%s", d)
			}
			record.Remake(&app, resolve)
			if d := cmp.Diff(shown, indexed(&app)); d != "" {
				t.Errorf("check and a rebuilt index differ (-check +index):\n%s", d)
			}
		})
	}
}
