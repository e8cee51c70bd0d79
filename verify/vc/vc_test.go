package vc

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

type m = map[string]any

func sound() m {
	return m{
		"@context": []any{contextV2, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":       "urn:uuid:1", "type": []any{"VerifiableCredential", "OpenBadgeCredential"},
		"issuer": m{"id": "https://issuer.example/", "type": []any{"Profile"}, "name": "Issuer"}, "validFrom": "2026-01-01T00:00:00Z",
		"credentialSubject": m{
			"id": "did:example:1", "type": []any{"AchievementSubject"},
			"identifier": []any{m{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false, "identityHash": "a@example.org"}},
			"result":     []any{m{"type": []any{"Result"}, "resultDescription": "urn:uuid:d", "achievedLevel": "urn:uuid:l2", "value": "B"}},
			"achievement": m{
				"id": "https://issuer.example/a", "type": []any{"Achievement"}, "name": "Teamwork", "description": "d", "criteria": m{"narrative": "n"},
				"achievementType": "Certificate", "tag": []any{"x", "y"},
				"alignment": []any{m{"type": []any{"Alignment"}, "targetName": "n", "targetUrl": "https://f.example/1", "targetCode": "c", "targetType": "CFItem"}},
				"resultDescription": []any{m{"id": "urn:uuid:d", "type": []any{"ResultDescription"}, "name": "Grade", "resultType": "LetterGrade",
					"alignment":            []any{m{"type": []any{"Alignment"}, "targetName": "r", "targetUrl": "https://f.example/2"}},
					"rubricCriterionLevel": []any{m{"id": "urn:uuid:l2", "type": []any{"RubricCriterionLevel"}, "name": "Good", "level": "2"}}}},
			},
		},
	}
}

// at gives the object at a path.
func at(o any, path ...any) m {
	for _, p := range path {
		switch x := p.(type) {
		case string:
			o = o.(m)[x]
		case int:
			o = o.([]any)[x]
		}
	}
	return o.(m)
}

// TestConform: a sound credential has no fault, and each single change to it
// is told at its place.
func TestConform(t *testing.T) {
	if p := conform(verifytest.Clone(sound())); p != nil {
		t.Fatal(p)
	}
	subject := []any{"credentialSubject"}
	achievement := append(subject, "achievement")
	for _, tc := range []struct {
		desc  string
		path  []any
		name  string
		value any // nil = removed
		want  string
	}{
		{"no id", nil, "id", nil, "id is missing"},
		{"id no URI", nil, "id", "1", "id is no absolute URI"},
		{"no type", nil, "type", nil, "type is missing"},
		{"no issuer", nil, "issuer", nil, "issuer is missing"},
		{"issuer relative", nil, "issuer", "issuer", "issuer is no absolute URI"},
		{"issuer of another type", []any{"issuer"}, "type", []any{"Person"}, "issuer.type is not Profile"},
		{"no begin", nil, "validFrom", nil, "validFrom is missing"},
		{"begin without zone", nil, "validFrom", "2026-01-01T00:00:00", "validFrom is no date"},
		{"end a date", nil, "validUntil", "2026-01-01", "validUntil is no date"},
		{"other context first", nil, "@context", []any{"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", contextV2}, "@context does not begin"},
		{"no context of Open Badges", nil, "@context", []any{contextV2}, "@context is not followed"},
		{"context of a look-alike", nil, "@context", []any{contextV2, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json/../x.json"}, "@context is not followed"},
		{"nobody's", subject, "id", nil, ""},
		{"subject of another type", subject, "type", []any{"Person"}, "credentialSubject.type"},
		{"no achievement", subject, "achievement", nil, "credentialSubject.achievement is missing"},
		{"no name", achievement, "name", nil, "achievement.name is missing"},
		{"no criteria", achievement, "criteria", nil, "achievement.criteria is missing"},
		{"criteria a text", achievement, "criteria", "n", "achievement.criteria is no object"},
		{"type of achievement", achievement, "achievementType", "Medal", "achievementType is none"},
		{"type of achievement, own", achievement, "achievementType", "ext:Medal", ""},
		{"tag alone", achievement, "tag", "x", "tag is no list"},
		{"tag a number", achievement, "tag", []any{1}, "tag[0] is no text"},
		{"credits a text", achievement, "creditsAvailable", "3", "creditsAvailable is no number"},
		{"alignment without URL", append(achievement, "alignment", 0), "targetUrl", nil, "alignment[0].targetUrl is missing"},
		{"hashed a text", append(subject, "identifier", 0), "hashed", "false", "identifier[0].hashed is no boolean"},
		{"unknown identityType", append(subject, "identifier", 0), "identityType", "shoeSize", "identityType is none"},
		{"more in an identity", append(subject, "identifier", 0), "favourite", "blue", "identifier[0].favourite is not allowed here"},
		{"more in an achievement", achievement, "favourite", "blue", ""},
		{"a type that is no text", nil, "type", []any{"VerifiableCredential", "OpenBadgeCredential", 7}, "type holds what is no text"},
		{"credits true", achievement, "creditsAvailable", true, "creditsAvailable is no number"},
		{"second context in a list", nil, "@context", []any{contextV2, []any{"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"}}, "@context is not followed"},
		{"status of a result", append(subject, "result", 0), "status", "Perhaps", "status is none of the words"},
		{"language", achievement, "inLanguage", "English", "inLanguage is no language tag"},
		{"language with its script and region", achievement, "inLanguage", "zh-Hant-TW", ""},
		{"parent of a profile", []any{"issuer"}, "parentOrg", m{"id": "https://p.example/", "type": []any{"Person"}}, "issuer.parentOrg.type is not Profile"},
		{"terms without a type", nil, "termsOfUse", []any{m{"id": "https://t.example/"}}, "termsOfUse[0].type is missing"},
		{"type of one's own, without a name", achievement, "achievementType", "ext:", "achievementType is none"},
		{"result of nothing", append(subject, "result", 0), "resultDescription", "urn:uuid:x", "names no description"},
		{"endorsementJwt no JWS", nil, "endorsementJwt", []any{"x"}, "endorsementJwt[0] is no compact JWS"},
		{"schema alone", nil, "credentialSchema", m{"id": "https://s.example/", "type": "JsonSchema"}, ""},
		{"status without type", nil, "credentialStatus", m{"id": "https://s.example/"}, "credentialStatus[0].type is missing"},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			doc := verifytest.Clone(sound())
			o := at(doc, tc.path...)
			if tc.value == nil {
				delete(o, tc.name)
			} else {
				o[tc.name] = tc.value
			}
			got := strings.Join(conform(verifytest.Clone(doc)), "; ")
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
	doc := verifytest.Clone(sound())
	delete(at(doc, "credentialSubject"), "id")
	delete(at(doc, "credentialSubject"), "identifier")
	if p := conform(doc); len(p) != 1 || !strings.Contains(p[0], "neither id nor identifier") {
		t.Error(p)
	}
}

func TestTree(t *testing.T) {
	for _, tc := range []struct {
		desc, in, want string
	}{
		{"plain", `{"a":"b"}`, `{"a":"b"}`},
		{"list of one", `{"a":["b"]}`, `{"a":"b"}`},
		{"nested lists", `{"a":[["b"],[["c"]]]}`, `{"a":["b","c"]}`},
		{"list of one and nothing", `{"a":["b",null,[]]}`, `{"a":"b"}`},
		{"nulls and empty lists", `{"a":null,"b":[],"c":[null],"d":{"e":null}}`, `{"d":{}}`},
		{"text in a language", `{"a":{"@value":"x","@language":"de"}}`, `{"a":"x"}`},
		{"text in several", `{"a":[{"@value":"x","@language":"de"},{"@value":"y","@language":"en-GB"},{"@value":"z","@language":"cs"}]}`, `{"a":"y"}`},
		{"text in several, in another order", `{"a":[{"@value":"z","@language":"cs","@direction":"ltr"},{"@value":"x","@language":"de"}]}`, `{"a":"z"}`},
		{"keywords", `{"@id":"a","x":[{"@type":"T","@id":"b"}]}`, `{"id":"a","x":{"type":"T","id":"b"}}`},
		{"contexts stay", `{"@context":["x"],"a":{"@context":["y"]}}`, `{"@context":["x"],"a":{"@context":["y"]}}`},
	} {
		got, err := tree(verifytest.Object(tc.in), false, false)
		if err != nil || !reflect.DeepEqual(map[string]any(got), verifytest.Object(tc.want)) {
			t.Errorf("%s: %v %v", tc.desc, got, err)
		}
	}
	if _, err := tree(verifytest.Object(`{"@id":"x","id":"y"}`), false, false); !errors.Is(err, proof.ErrUnsupported) {
		t.Errorf("@id beside id: %v", err)
	}
	for _, in := range []string{`{"a":{"@value":"x"}}`, `{"https://x.example/a":1}`, `{"a":[{"schema:name":"x"}]}`} {
		if _, err := tree(verifytest.Object(in), false, false); !errors.Is(err, proof.ErrDataLoss) {
			t.Errorf("%s: %v", in, err)
		}
		if _, err := tree(verifytest.Object(in), true, false); err != nil {
			t.Errorf("%s, signed as it is: %v", in, err)
		}
	}
	deep := any("x")
	for range 100 {
		deep = m{"a": deep}
	}
	if _, err := tree(deep.(m), true, false); !errors.Is(err, proof.ErrMalformed) {
		t.Error(err)
	}
}

func TestClaims(t *testing.T) {
	tr, err := tree(verifytest.Clone(sound()), false, false)
	if err != nil {
		t.Fatal(err)
	}
	c, warn := claims(tr)
	if len(warn) != 0 {
		t.Error(warn)
	}
	want := verdict.Credential{
		ID: "urn:uuid:1", Name: "Teamwork", Description: "d", Issuer: verdict.Party{ID: "https://issuer.example/", Name: "Issuer"},
		SubjectID: "did:example:1", AchievementID: "https://issuer.example/a", AchievementType: "Certificate", Criteria: "n", Tags: []string{"x", "y"},
		Alignments: []verdict.Alignment{{TargetURL: "https://f.example/1", TargetName: "n", TargetCode: "c", TargetType: "CFItem"}},
		Results:    []verdict.Attainment{{Name: "Grade", Type: "LetterGrade", Value: "B", Level: "Good", Alignments: []verdict.Alignment{{TargetURL: "https://f.example/2", TargetName: "r"}}}},
		Identities: []verdict.Identity{{Kind: "id", Value: "did:example:1"}, {Kind: "emailAddress", Value: "a@example.org"}},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("%+v", c)
	}
}

// OB3 §B.1.17 Result: a result may have a status in place of a value, or beside it.
func TestResultStatus(t *testing.T) {
	tr, err := tree(verifytest.Clone(sound()), false, false)
	if err != nil {
		t.Fatal(err)
	}
	results := []any{map[string]any{"type": []any{"Result"}, "status": "Failed"}, map[string]any{"type": []any{"Result"}, "status": "Completed", "value": "B"}}
	tr["credentialSubject"].(map[string]any)["result"] = results
	c, _ := claims(tr)
	if len(c.Results) != 2 || c.Results[0].Status != "Failed" || c.Results[0].Value != "Failed" || c.Results[1].Status != "Completed" || c.Results[1].Value != "B" {
		t.Errorf("%+v", c.Results)
	}
}

func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		`{"type":["VerifiableCredential"]}`: true, `{"vc":{"type":"VerifiableCredential"}}`: true, `{"@context":["https://www.w3.org/ns/credentials/v2"]}`: true,
		`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion"}`: false, `{}`: false, `{"vc":7}`: false,
	} {
		if Is(verifytest.Object(text)) != want {
			t.Error(text)
		}
	}
}

func TestNumericDate(t *testing.T) {
	for text, want := range map[string]int64{`1767225600`: 1767225600, `1767225600.5`: 1767225600, `0`: 0} {
		if got, ok := numericDate(read.Object{"n": json.Number(text)}, "n"); !ok || got.Unix() != want {
			t.Errorf("%s: %v %v", text, got, ok)
		}
	}
	for _, bad := range []any{json.Number("-1"), json.Number("1e300"), "1767225600", nil, true} {
		if _, ok := numericDate(read.Object{"n": bad}, "n"); ok {
			t.Errorf("%v is a date", bad)
		}
	}
}

// TestIssuerAspect: what keeps a key from being had is told apart from what
// makes it somebody else's.
func TestIssuerAspect(t *testing.T) {
	w := verifytest.NewWeb(m{"https://issuer.example/404": verifytest.Answer{Status: 404}})
	w.Put("https://issuer.example/down", verifytest.Answer{Err: fetch.ErrTimeout})
	c := &credential{judge: New(), ctx: context.Background(), env: Env{Fetcher: w, Now: verifytest.Now}}
	for issuer, want := range map[string]verdict.Reason{
		"https://issuer.example/down": verdict.HostUnreachable,
		"urn:uuid:1":                  verdict.IssuerUnprovable,
		"":                            verdict.IssuerUnprovable,
		"did:example:1":               verdict.SuiteUnsupported,
	} {
		b := c.key(context.Background(), issuer, issuer+"#k")
		if b.tried != nil || b.issuer.Reason != want {
			t.Errorf("%s: %+v", issuer, b.issuer)
		}
	}
}

// TestAttack409OneIssuer: whatever lets the issuer of the key differ from the one that
// is shown, such a badge is none's.
func TestAttack409OneIssuer(t *testing.T) {
	for _, tc := range []struct {
		doc, tree any
		want      verdict.State
	}{
		{"https://a.example/", "https://a.example/", verdict.Pass},
		{m{"id": "https://a.example/"}, m{"id": "https://a.example/", "name": "A"}, verdict.Pass},
		{"https://a.example/", m{"id": "https://b.example/"}, verdict.Fail},
		{"https://a.example/", nil, verdict.Fail},
		{nil, "https://a.example/", verdict.Pass}, // no key is anybody's
	} {
		c := &credential{doc: read.Object{"issuer": tc.doc}, tree: read.Object{"issuer": tc.tree}}
		c.v.Aspects.Integrity.State = verdict.Pass
		if c.oneIssuer(); c.v.Aspects.Integrity.State != tc.want {
			t.Errorf("%v, %v: %v", tc.doc, tc.tree, c.v.Aspects.Integrity)
		}
	}
}
