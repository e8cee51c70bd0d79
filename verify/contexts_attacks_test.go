package verify

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mr-tron/base58"

	"assay/verify/contexts"
	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/rdf"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// Contexts of an honest issuer.
const (
	studyContext = "https://contexts.example/study/v1.json"
	studyTerms   = "https://contexts.example/study#"
)

func study() m {
	return m{"@context": m{
		"@protected": true, "id": "@id", "type": "@type",
		"Course": m{"@id": studyTerms + "Course", "@context": m{
			"id": "@id", "type": "@type",
			"load": m{"@id": studyTerms + "load", "@type": "http://www.w3.org/2001/XMLSchema#integer"}, "remark": studyTerms + "remark",
			"unit": m{"@id": studyTerms + "unit", "@type": "@id"}, "raw": m{"@id": studyTerms + "raw", "@type": "@json"},
		}},
	}}
}

// extended gives a badge that a did:key signed with extension contexts. An
// object in the list of contexts stands in the badge.
func extended(b m, texts map[string]any, more ...any) m {
	b = verifytest.Clone(b)
	b["@context"] = append(b["@context"].([]any), more...)
	ext := rdf.Extensions{}
	for u, text := range texts {
		b, ok := text.(string)
		if !ok {
			b = string(verifytest.JSON(text))
		}
		e, err := rdf.ParseExtension(u, []byte(b))
		if err != nil {
			panic(err)
		}
		ext[u] = e
	}
	_, method := verifytest.DIDKey(issuerKey)
	p := m{"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "created": "2026-01-01T00:00:00Z", "verificationMethod": method, "proofPurpose": "assertionMethod"}
	data, err := proof.HashExtended(context.Background(), b, p, ext)
	if err != nil {
		panic(err)
	}
	p["proofValue"] = "z" + base58.Encode(ed25519.Sign(issuerKey, data))
	b["proof"] = p
	return b
}

// studied is a badge with a term of the issuer's own, and the web it needs.
func studied(change ...func(b m)) (m, *verifytest.Web) {
	did, _ := verifytest.DIDKey(issuerKey)
	b := badge(did)
	a := at(b, "credentialSubject", "achievement")
	a["type"], a["load"] = []any{"Achievement", "Course"}, 5
	for _, f := range change {
		f(b)
	}
	w := issuers()
	w.Put(studyContext, study())
	return extended(b, m{studyContext: study()}, studyContext), w
}

// judgeWith judges with a store of contexts.
func judgeWith(t testing.TB, f fetch.Fetcher, o contexts.Options, badge any) Verdict {
	t.Helper()
	s, err := contexts.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return judgeBy(t, f, s, badge)
}

func judgeBy(t testing.TB, f fetch.Fetcher, s *contexts.Store, badge any) Verdict {
	t.Helper()
	v, err := New(Options{Fetcher: f, Contexts: s, Now: clock, Accept: verdict.LevelKey, Schemas: verifytest.Schemas{}})
	if err != nil {
		t.Fatal(err)
	}
	return judged(t, v, Assertion{Payload: verifytest.JSON(badge)}, applicant)
}

// notReal fails if a badge is verified, or anything else that calls it real.
func notReal(t testing.TB, desc string, v Verdict) {
	t.Helper()
	switch v.Result {
	case verdict.Verified, verdict.Authentic, verdict.Expired, verdict.Unvouched:
		t.Errorf("%s: %s", desc, short(v))
	}
}

// TestExtension: a badge with terms of its issuer's own is judged, as without
// them, and its context is among the evidence.
func TestExtension(t *testing.T) {
	b, w := studied()
	v := judgeWith(t, w, contexts.Options{}, b)
	wantVerified(t, v)
	if !slices.Contains(v.Warnings, verdict.WarnContextAdds) {
		t.Error(v.Warnings)
	}
	text := verifytest.JSON(study())
	e, err := rdf.ParseExtension(studyContext, text)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, x := range v.Aspects.Integrity.Evidence {
		found = found || x.URL == studyContext && x.SHA256 == e.SHA256 && !x.At.IsZero()
	}
	if !found {
		t.Errorf("%+v", v.Aspects.Integrity.Evidence)
	}
	// What was signed is: the term's value, too.
	at(b, "credentialSubject", "achievement")["load"] = 6
	wantReason(t, judgeWith(t, w, contexts.Options{}, b), verdict.Rejected, verdict.ProofInvalid)
	// The issuer may say which text it means.
	sum := sha256.Sum256(text)
	for digest, want := range map[string]verdict.State{"sha256-" + base64.StdEncoding.EncodeToString(sum[:]): verdict.Pass, "sha256-AAAA": verdict.Fail} {
		named, w := studied(func(b m) { b["relatedResource"] = []any{m{"id": studyContext, "digestSRI": digest}} })
		if v := judgeWith(t, w, contexts.Options{}, named); v.Aspects.Integrity.State != want || want == verdict.Fail && v.Reason != verdict.ContextDiffers {
			t.Errorf("%s: %s", digest, short(v))
		}
	}
	// Its twin: over.
	over, w := studied(func(b m) { b["validUntil"] = "2026-02-01T00:00:00Z" })
	if v := judgeWith(t, w, contexts.Options{}, over); v.Result != verdict.Expired {
		t.Error(short(v))
	}
	// By JSON text: the same contexts, and none of them of another meaning.
	did, method := verifytest.DIDKey(issuerKey)
	in := with(badge(did), m{"@context": append(badge(did)["@context"].([]any), m{"grade": "https://contexts.example/#grade"}), "grade": "A"})
	wantVerified(t, judgeWith(t, issuers(), contexts.Options{}, verifytest.Secure(in, issuerKey, method, "eddsa-jcs-2022")))
	wantVerified(t, judgeWith(t, issuers(), contexts.Options{}, extended(with(badge(did), m{"grade": "A"}), nil, m{"grade": "https://contexts.example/#grade"})))
}

// TestExtensionPlaces: an extension may stand anywhere after the data model, on
// both data models, in a record and in what it holds, and in a status list; each
// with a twin that is over or taken back.
func TestExtensionPlaces(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	w := issuers()
	w.Put(studyContext, study())
	texts := m{studyContext: study()}
	graded := m{"grade": studyTerms + "grade"}
	over := m{"validUntil": "2026-02-01T00:00:00Z"}
	contextsOf := func(b m, list ...any) m { return with(b, m{"@context": list}) }
	list := badge(did)["@context"].([]any)
	v1 := []any{"https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context.json", "https://w3id.org/security/data-integrity/v2"}
	for desc, c := range map[string][]any{
		"second":         {list[0], studyContext, list[1], list[2], graded},
		"in the middle":  {list[0], list[1], graded, studyContext, list[2]},
		"twice":          {list[0], studyContext, list[1], studyContext, graded, graded},
		"an object last": {list[0], list[1], studyContext, graded},
		"data model 1.1": append(slices.Clone(v1), studyContext, graded),
		"1.1, second":    {v1[0], studyContext, graded, v1[1], v1[2]},
	} {
		b := badge(did)
		if strings.HasPrefix(desc, "1.1") || strings.HasSuffix(desc, "1.1") {
			b = with(badgeV1(did), nil)
		}
		b = contextsOf(with(b, m{"grade": "A"}), c...)
		a := at(b, "credentialSubject", "achievement")
		a["type"], a["load"] = []any{"Achievement", "Course"}, 5
		v := judgeWith(t, w, contexts.Options{}, extended(b, texts))
		if v.Aspects.Integrity.State != verdict.Pass || v.Result != verdict.Verified {
			t.Errorf("%s: %s", desc, short(v))
		}
		end := m{"validUntil": over["validUntil"]}
		if b["issuanceDate"] != nil {
			end = m{"expirationDate": over["validUntil"]}
		}
		if v := judgeWith(t, w, contexts.Options{}, extended(with(b, end), texts)); v.Result != verdict.Expired {
			t.Errorf("%s, over: %s", desc, short(v))
		}
	}
	// A record, whose credentials have their own.
	good, _ := studied()
	late, _ := studied(func(b m) { b["validUntil"] = "2026-02-01T00:00:00Z" })
	record := extended(with(clrOf(did, good, late), m{"grade": "A"}), texts, graded)
	v := judgeWith(t, w, contexts.Options{}, record)
	wantVerified(t, v)
	if len(v.Contained) != 2 || v.Contained[0].Result != verdict.Verified || v.Contained[1].Result != verdict.Expired {
		t.Error(short(v), v.Contained)
	}
	// A status list.
	where := "https://issuer.example/status/9"
	status := func(bits ...int) m {
		return extended(m{
			"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": where, "type": []any{"VerifiableCredential", "BitstringStatusListCredential"},
			"issuer": did, "validFrom": "2026-01-01T00:00:00Z", "grade": "A",
			"credentialSubject": m{"id": where + "#list", "type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": encodedList(131072, bits...)},
		}, nil, graded)
	}
	listed := verifytest.Secure(with(badge(did), m{"credentialStatus": m{"id": where + "#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": where}}), issuerKey, method, "eddsa-rdfc-2022")
	w.Put(where, status())
	wantVerified(t, judgeWith(t, w, contexts.Options{}, listed))
	w.Put(where, status(7))
	wantReason(t, judgeWith(t, w, contexts.Options{}, listed), verdict.Rejected, verdict.Revoked)
}

// everything is a badge with as many members as a reader looks for.
func everything() (m, *verifytest.Web) {
	did, _ := verifytest.DIDKey(issuerKey)
	b := badge(did)
	w := issuers()
	list := "https://issuer.example/status/1"
	w.Put(list, verifytest.Secure(m{
		"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": list, "type": []any{"VerifiableCredential", "BitstringStatusListCredential"},
		"issuer": did, "validFrom": "2026-01-01T00:00:00Z",
		"credentialSubject": m{"id": list + "#list", "type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": encodedList(131072, 7)},
	}, issuerKey, method(issuerKey), "eddsa-rdfc-2022"))
	b["validUntil"] = "2026-02-01T00:00:00Z"
	b["credentialStatus"] = m{"id": list + "#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": list}
	b["awardedDate"] = "2026-01-01T00:00:00Z"
	s := at(b, "credentialSubject")
	s["id"] = "did:example:somebody"
	s["result"] = []any{m{"type": []any{"Result"}, "status": "Failed", "value": "3", "resultDescription": "urn:uuid:d1", "achievedLevel": "urn:uuid:l1"}}
	a := at(s, "achievement")
	a["creator"] = m{"id": "https://other.example/", "type": []any{"Profile"}, "name": "Other"}
	a["resultDescription"] = []any{m{"id": "urn:uuid:d1", "type": []any{"ResultDescription"}, "name": "Grade", "resultType": "Percent", "requiredValue": "50",
		"rubricCriterionLevel": []any{m{"id": "urn:uuid:l1", "type": []any{"RubricCriterionLevel"}, "name": "Poor"}}}}
	return b, w
}

func method(k ed25519.PrivateKey) string {
	_, method := verifytest.DIDKey(k)
	return method
}

// eachMember calls f for every member of a document: the object, its path and
// the member's name.
func eachMember(v any, path []string, f func(o m, path []string, name string)) {
	switch x := v.(type) {
	case []any:
		for _, e := range x {
			eachMember(e, path, f)
		}
	case m:
		for _, name := range slices.Sorted(maps.Keys(x)) {
			if name == "@context" || name == "proof" && len(path) == 0 {
				continue
			}
			f(x, path, name)
			eachMember(x[name], append(slices.Clone(path), name), f)
		}
	}
}

// iriOf gives the IRI of a member, read off the statements that go with it.
func iriOf(t *testing.T, b m, name string, path []string) string {
	t.Helper()
	c := verifytest.Clone(b)
	delete(c, "proof")
	before, err := rdf.ToRDF(c, "", rdf.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	eachMember(c, nil, func(o m, p []string, n string) {
		if n == name && slices.Equal(p, path) {
			delete(o, n)
		}
	})
	after, err := rdf.ToRDF(c, "", rdf.Limits{})
	if err != nil {
		return ""
	}
	count := map[string]int{}
	for _, q := range before.Quads {
		count[q.Predicate.Value]++
	}
	for _, q := range after.Quads {
		count[q.Predicate.Value]--
	}
	best := ""
	for iri, n := range count {
		if n > 0 && (best == "" || strings.HasSuffix(strings.ToLower(iri), strings.ToLower(name))) {
			best = iri
		}
	}
	return best
}

// TestAttack275RenamedMember: the holder of an expired, revoked or failed badge
// adds a context of his own, in the document or at an address, that gives a new
// term the IRI of one of the members, and renames the member. The statements are
// the signed ones; no reader of the JSON would see the member. Each member of
// the badge that can be said otherwise so is tried.
func TestAttack275RenamedMember(t *testing.T) {
	b, w := everything()
	_, m1 := verifytest.DIDKey(issuerKey)
	good := verifytest.Secure(b, issuerKey, m1, "eddsa-rdfc-2022")
	wantReason(t, judgeWith(t, w, contexts.Options{}, good), verdict.Rejected, verdict.Revoked)
	tried := map[string]bool{}
	eachMember(b, nil, func(_ m, path []string, name string) {
		iri := iriOf(t, b, name, path)
		if name == "id" || name == "type" {
			return
		}
		if iri == "" {
			t.Fatalf("%v.%s has no IRI", path, name)
		}
		for _, coerced := range []string{"", "@id", "http://www.w3.org/2001/XMLSchema#dateTime", "https://www.w3.org/2001/XMLSchema#dateTime", "https://www.w3.org/2001/XMLSchema#string", "http://www.w3.org/2001/XMLSchema#string", "https://www.w3.org/2001/XMLSchema#anyURI", "https://www.w3.org/2001/XMLSchema#boolean"} {
			def := m{"@id": iri}
			if coerced != "" {
				def["@type"] = coerced
			}
			forged := verifytest.Clone(good)
			eachMember(forged, nil, func(o m, p []string, n string) {
				if n == name && slices.Equal(p, path) {
					o["zz"] = o[n]
					delete(o, n)
				}
			})
			inline := verifytest.Clone(forged)
			inline["@context"] = append(inline["@context"].([]any), m{"zz": def})
			notReal(t, strings.Join(append(slices.Clone(path), name), ".")+" "+coerced+", in the document", judgeWith(t, w, contexts.Options{}, inline))
			w.Put("https://evil.example/c.json", m{"@context": m{"zz": def}})
			fetched := verifytest.Clone(forged)
			fetched["@context"] = append(fetched["@context"].([]any), "https://evil.example/c.json")
			v := judgeWith(t, w, contexts.Options{}, fetched)
			notReal(t, strings.Join(append(slices.Clone(path), name), ".")+" "+coerced, v)
			if a := v.Aspects.Integrity; a.State != verdict.Unknown || a.Reason != verdict.ContextNotPinned {
				t.Errorf("%v.%s: %s", path, name, short(v))
			}
		}
		tried[name] = true
	})
	for _, name := range []string{"validUntil", "credentialStatus", "issuer", "validFrom", "credentialSubject", "identifier", "identityHash", "achievement", "result", "status", "statusListIndex", "statusPurpose", "requiredValue", "value", "creator", "hashed"} {
		if !tried[name] {
			t.Errorf("%s was not renamed", name)
		}
	}
}

// TestAttack276RenamedByPrefix: the same by other ways to write an IRI: a prefix
// of the context's own or of another one, a term of the specification, the type
// of a scope, a term that looks like an IRI; and in the document by a prefix or
// the whole IRI.
func TestAttack276RenamedByPrefix(t *testing.T) {
	const cred = "https://www.w3.org/2018/credentials#"
	did, m1 := verifytest.DIDKey(issuerKey)
	good := verifytest.Secure(with(badge(did), m{"validUntil": "2026-02-01T00:00:00Z"}), issuerKey, m1, "eddsa-rdfc-2022")
	date := func(id string) m { return m{"@id": id, "@type": "http://www.w3.org/2001/XMLSchema#dateTime"} }
	for desc, c := range map[string]struct {
		name string
		more []any
	}{
		"a prefix":                       {"zz", []any{m{"p": cred, "zz": date("p:validUntil")}}},
		"half of the name in the prefix": {"zz", []any{m{"p": m{"@id": cred + "valid", "@prefix": true}, "zz": date("p:Until")}}},
		"a prefix of another context":    {"zz", []any{m{"p": cred}, m{"zz": date("p:validUntil")}}},
		"a term of the specification":    {"zz", []any{m{"zz": date("validUntil")}}},
		"a scope of a new type":          {"zz", []any{m{"Z": m{"@id": "https://evil.example/Z", "@context": m{"zz": date(cred + "validUntil")}}}}},
		"a keyword in between":           {"zz", []any{m{"@vocab": cred, "zz": m{"@id": "validUntil"}}}},
		"a vocabulary":                   {"validUntil2", []any{m{"@vocab": cred}}},
		"a term like an IRI":             {cred + "validUntil", []any{m{cred + "validUntil": date(cred + "validUntil")}}},
		"a term like a compact IRI":      {"p:validUntil", []any{m{"p": cred, "p:validUntil": date(cred + "validUntil")}}},
		"by a prefix in the document":    {"p:validUntil", []any{m{"p": cred}}},
		"by half of it in the document":  {"p:Until", []any{m{"p": m{"@id": cred + "valid", "@prefix": true}}}},
		"by the IRI in the document":     {cred + "validUntil", []any{m{"zz": "https://evil.example/zz"}}},
		"nested":                         {"zz", []any{m{"zz": "@nest"}}},
		"percent-encoded":                {"zz", []any{m{"zz": date(cred + "valid%55ntil")}}},
		"by http":                        {"zz", []any{m{"zz": date("http://www.w3.org/2018/credentials#validUntil")}}},
		"another case of the host":       {"zz", []any{m{"zz": date("https://WWW.w3.org/2018/credentials#validUntil")}}},
		"letters that look alike":        {"validUntіl", []any{m{"validUntіl": date(cred + "validUntil")}}},
		"the name without a definition":  {"zz", []any{m{"yy": "https://evil.example/yy"}}},
	} {
		forged := verifytest.Clone(good)
		forged[c.name] = forged["validUntil"]
		if c.name == "zz" && desc == "nested" {
			forged["zz"] = m{"validUntil": forged["validUntil"]}
		}
		delete(forged, "validUntil")
		forged["@context"] = append(forged["@context"].([]any), c.more...)
		notReal(t, desc, judgeWith(t, issuers(), contexts.Options{}, forged))
	}
	// The escape of JSON is the same name, and the same end.
	b := string(verifytest.JSON(good))
	v := judgeWith(t, issuers(), contexts.Options{}, json.RawMessage(strings.Replace(b, `"validUntil"`, `"valid\u0055ntil"`, 1)))
	if v.Result != verdict.Expired {
		t.Error(short(v))
	}
}

// TestAttack277ClaimsByOwnNames: what the issuer did sign by terms of its own, the
// holder has read as what it is not, by a context that calls those terms by the
// specification's names, or types, or has JSON read as more of the badge.
func TestAttack277ClaimsByOwnNames(t *testing.T) {
	b, w := studied(func(b m) {
		a := at(b, "credentialSubject", "achievement")
		a["remark"] = "Doctor of Medicine"
		a["unit"] = m{"id": "https://issuer.example/achievements/teamwork", "type": []any{"Course"}}
		a["raw"] = m{"id": "https://issuer.example/achievements/teamwork", "name": "Doctor of Medicine", "tag": []any{"surgery"}}
	})
	v := judgeWith(t, w, contexts.Options{}, b)
	wantVerified(t, v)
	if strings.Contains(string(verifytest.JSON(v.Credential)), "Doctor") || slices.Contains(v.Credential.Tags, "surgery") {
		t.Errorf("%+v", v.Credential)
	}
	for _, name := range []string{"name", "description", "tag", "achievementType", "humanCode", "narrative", "targetName"} {
		evil := study()
		terms := at(evil, "@context", "Course", "@context")
		terms[name] = terms["remark"]
		delete(terms, "remark")
		w.Put("https://evil.example/study.json", evil)
		f := verifytest.Clone(b)
		f["@context"] = append(slices.Clone(f["@context"].([]any)[:3]), "https://evil.example/study.json")
		a := at(f, "credentialSubject", "achievement")
		remark := a["remark"]
		delete(a, "remark")
		if a[name] == nil {
			a[name] = remark
		}
		notReal(t, "the remark is called "+name, judgeWith(t, w, contexts.Options{}, f))
	}
	// Nor a type, by which other readers would ask the holder's host.
	renewal := study()
	at(renewal, "@context")["Renewal"] = studyTerms + "Renewal"
	did, _ := verifytest.DIDKey(issuerKey)
	good := extended(with(badge(did), m{"refreshService": m{"id": "https://evil.example/renewed", "type": "Renewal"}}), m{studyContext: renewal}, studyContext)
	w.Put(studyContext, renewal)
	wantVerified(t, judgeWith(t, w, contexts.Options{}, good))
	at(renewal, "@context")["1EdTechCredentialRefresh"] = studyTerms + "Renewal"
	w.Put("https://evil.example/study.json", renewal)
	f := verifytest.Clone(good)
	f["@context"].([]any)[3] = "https://evil.example/study.json"
	at(f, "refreshService")["type"] = "1EdTechCredentialRefresh"
	wantReason(t, judgeWith(t, w, contexts.Options{}, f), verdict.Unsupported, verdict.ContextNotPinned)
	if w.Asked["https://evil.example/renewed"] != 0 {
		t.Error("a type of an extension is taken for the specification's")
	}
}

// TestAttack278Against: what an extension's terms say against the badge is heard,
// by the names that issuers use, though nothing else of them is read.
func TestAttack278Against(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	for name, value := range map[string]string{"expiry": "2026-02-01T00:00:00Z", "revoked": "2026-02-01T00:00:00Z", "not_before": "2027-01-01T00:00:00Z"} {
		def := any(studyTerms + name)
		if name == "revoked" { // a term of a specification, word for word
			def = m{"@id": "https://w3id.org/security#revoked", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}
		}
		v := judgeWith(t, issuers(), contexts.Options{}, extended(with(badge(did), m{name: value}), nil, m{name: def}))
		if v.Result == verdict.Verified || v.Result == verdict.Authentic {
			t.Errorf("%s: %s", name, short(v))
		}
		if v.Aspects.Integrity.State != verdict.Pass {
			t.Errorf("%s: %s", name, short(v))
		}
	}
}

// TestAttack279ContextHosts: what a context's host may do: it may not send assay
// to another host, serve another text later, or be asked more than three times
// for one badge; and a context is read over https, by a public address.
func TestAttack279ContextHosts(t *testing.T) {
	b, w := studied()
	// Another text later, in one process and in several that share what is kept.
	for _, shared := range []contexts.Keeper{nil, &contexts.Memory{}} {
		s, err := contexts.Open(contexts.Options{Keeper: shared, Now: clock})
		if err != nil {
			t.Fatal(err)
		}
		wantVerified(t, judgeBy(t, w, s, b))
		other := study()
		at(other, "@context")["more"] = studyTerms + "more"
		changed := issuers()
		changed.Put(studyContext, other)
		v := judgeBy(t, changed, s, b)
		wantReason(t, v, verdict.Pending, verdict.ContextChanged)
		if v.RetryAfter == 0 {
			t.Error("nobody asks again")
		}
		if _, err := s.Accept(t.Context(), "https://contexts.example/other", ""); err == nil {
			t.Error("what nobody waits for is accepted")
		}
		// The old text again, and a host that is away, are what was pinned.
		wantVerified(t, judgeBy(t, w, s, b))
		away := issuers()
		away.Put(studyContext, verifytest.Answer{Err: fetch.ErrTimeout})
		wantVerified(t, judgeBy(t, away, s, b))
		wantVerified(t, judgeBy(t, fetch.Offline(), s, b))
		// By a text that may be older than the badge nothing is called false.
		later := extended(with(verifytest.Clone(b), m{"proof": nil, "more": "x"}), m{studyContext: other})
		page := issuers()
		page.Put(studyContext, "<html>")
		for _, gone := range []*verifytest.Web{away, page} {
			wantVerified(t, judgeBy(t, gone, s, b))
			wantReason(t, judgeBy(t, gone, s, later), verdict.Pending, verdict.ContextUnavailable)
		}
		wantReason(t, judgeBy(t, w, s, later), verdict.Rejected, verdict.DataLoss)
		if list, err := s.List(t.Context()); err != nil || len(list) != 1 || list[0].Pending != "" {
			t.Errorf("the old text is back: %+v, %v", list, err)
		}
		wantReason(t, judgeBy(t, changed, s, b), verdict.Pending, verdict.ContextChanged)
		list, err := s.List(t.Context())
		if err != nil || len(list) != 1 || list[0].Pending == "" || list[0].URL != studyContext {
			t.Fatalf("%+v, %v", list, err)
		}
		if _, err := s.Accept(t.Context(), studyContext, "00"); err == nil {
			t.Error("another text than the one that was looked at is accepted")
		}
		if _, err := s.Accept(t.Context(), studyContext, list[0].Pending[:12]); err != nil {
			t.Fatal(err)
		}
		wantVerified(t, judgeBy(t, changed, s, b))
		wantReason(t, judgeBy(t, w, s, b), verdict.Pending, verdict.ContextChanged)
		if shared == nil {
			continue
		}
		// Another process sees the same pins.
		again, err := contexts.Open(contexts.Options{Keeper: shared, Now: clock})
		if err != nil {
			t.Fatal(err)
		}
		wantVerified(t, judgeBy(t, changed, again, b))
		wantReason(t, judgeBy(t, w, again, b), verdict.Pending, verdict.ContextChanged)
	}
	for desc, tc := range map[string]struct {
		answer any
		result Result
		reason Reason
	}{
		"away":          {verifytest.Answer{Err: fetch.ErrTimeout}, verdict.Pending, verdict.ContextUnavailable},
		"busy":          {verifytest.Answer{Status: 503}, verdict.Pending, verdict.ContextUnavailable},
		"offline":       {verifytest.Answer{Err: fetch.ErrOffline}, verdict.Pending, verdict.ContextUnavailable},
		"not there":     {verifytest.Answer{Status: 404}, verdict.Unsupported, verdict.ContextNotPinned},
		"a page":        {"<html>", verdict.Unsupported, verdict.ContextNotPinned},
		"forbidden":     {verifytest.Answer{Err: fetch.ErrForbidden}, verdict.Unsupported, verdict.ContextNotPinned},
		"another host":  {verifytest.Answer{Err: fetch.ErrRedirect}, verdict.Unsupported, verdict.ContextNotPinned},
		"twice a name":  {`{"@context":{"Course":"https://a.example/","Course":"https://b.example/"}}`, verdict.Unsupported, verdict.ContextNotPinned},
		"no context":    {`{"context":{}}`, verdict.Unsupported, verdict.ContextNotPinned},
		"another again": {`{"@context":["https://evil.example/more.json"]}`, verdict.Unsupported, verdict.ContextNotPinned},
	} {
		w := issuers()
		w.Put(studyContext, tc.answer)
		v := judgeWith(t, w, contexts.Options{}, b)
		if v.Result != tc.result || v.Reason != tc.reason || v.Aspects.Integrity.State != verdict.Unknown {
			t.Errorf("%s: %s", desc, short(v))
		}
		if w.Asked["https://evil.example/more.json"] != 0 {
			t.Errorf("%s: the context of a context was asked for", desc)
		}
	}
	// Three a badge, however they are spread.
	var many []any
	texts := m{}
	w = issuers()
	for i := range 4 {
		u := "https://contexts.example/" + string(rune('a'+i)) + ".json"
		text := m{"@context": m{"t" + string(rune('a'+i)): "https://contexts.example/#" + string(rune('a'+i))}}
		texts[u], many = text, append(many, u)
		w.Put(u, text)
	}
	did, _ := verifytest.DIDKey(issuerKey)
	wantVerified(t, judgeWith(t, w, contexts.Options{}, extended(badge(did), texts, many[:3]...)))
	before := w.Total()
	wantReason(t, judgeWith(t, w, contexts.Options{}, extended(badge(did), texts, many...)), verdict.Unsupported, verdict.ContextNotPinned)
	if n := w.Total() - before; n > contexts.MaxFetched {
		t.Errorf("%d were asked for", n)
	}
	// A context is asked for as what an applicant chose, without leaving its host;
	// addresses that none is read from are not asked.
	b, w = studied()
	wantVerified(t, judgeWith(t, &onlyPublic{w}, contexts.Options{}, b))
	for _, u := range []string{"http://contexts.example/study/v1.json", "ftp://contexts.example/x", "data:application/json,{}", "urn:uuid:1", "https://contexts.example:8443/x", "https://user@contexts.example/x", "contexts.example"} {
		f := verifytest.Clone(b)
		f["@context"].([]any)[3] = u
		w := &onlyPublic{issuers()}
		if v := judgeWith(t, w, contexts.Options{}, f); v.Aspects.Integrity.State == verdict.Pass || w.Total() != 0 && strings.HasPrefix(u, "http:") {
			t.Errorf("%s: %s, %d asked", u, short(v), w.Total())
		}
	}
	// An address that is known by its text may lead to another host, which gives
	// that text or nothing.
	const dcc = "https://w3id.org/dcc/v1"
	stranger := m{"@context": m{"grade": "https://evil.example/#grade"}}
	graded := extended(with(badge(did), m{"grade": "A"}), m{dcc: stranger}, dcc)
	w = issuers()
	w.Put(dcc, verifytest.Answer{Final: "https://evil.example/dcc.json", Body: string(verifytest.JSON(stranger))})
	wantReason(t, judgeWith(t, w, contexts.Options{}, graded), verdict.Unsupported, verdict.ContextNotPinned)
	w.Put(dcc, stranger)
	wantVerified(t, judgeWith(t, w, contexts.Options{}, graded))
	// What is kept and is not what was pinned is nobody's.
	shared := &contexts.Memory{}
	b, w = studied()
	wantVerified(t, judgeWith(t, w, contexts.Options{Keeper: shared, Now: clock}, b))
	names, err := shared.Names(t.Context())
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	text, err := shared.Get(t.Context(), names[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{{"study#load", "study#loaf"}, {studyContext, "https://contexts.example/other.json"}} {
		if err := shared.Replace(t.Context(), names[0], bytes.Replace(text, []byte(change[0]), []byte(change[1]), 1)); err != nil {
			t.Fatal(err)
		}
		wantReason(t, judgeWith(t, w, contexts.Options{Keeper: shared, Now: clock}, b), verdict.Pending, verdict.ContextUnavailable)
	}
	// And none is asked for on the word of a badge whose key nobody has.
	f := verifytest.Clone(b)
	at(f, "proof")["verificationMethod"] = "did:example:nobody#key"
	w = issuers()
	w.Put(studyContext, study())
	judgeWith(t, w, contexts.Options{}, f)
	if w.Asked[studyContext] != 0 {
		t.Error("a context was fetched for a badge without a key")
	}
	// Without a store, nothing is fetched.
	w = issuers()
	if v := judgeBy(t, w, nil, b); v.Reason != verdict.ContextNotPinned || w.Asked[studyContext] != 0 {
		t.Error(short(v))
	}
}

// onlyPublic is a web that is asked by addresses that a client lets through.
type onlyPublic struct{ *verifytest.Web }

func (o *onlyPublic) Fetch(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	if !strings.HasPrefix(r.URL, "https://") || strings.Contains(r.URL, "@") || strings.Contains(r.URL, ":8443") {
		return nil, fetch.ErrForbidden
	}
	if !r.SameHost || !r.Chosen || r.MaxBytes > rdf.MaxExtension || r.PlainHTTP {
		return nil, fetch.ErrForbidden
	}
	return o.Web.Fetch(ctx, r)
}

// TestContextsOfAFolder: an operator's folder gives contexts by host and path,
// without any network, and no other meaning than a host could give.
func TestContextsOfAFolder(t *testing.T) {
	b, _ := studied()
	dir := t.TempDir()
	write(t, dir, "contexts.example/study/v1.json", verifytest.JSON(study()))
	write(t, dir, ".hidden/x.json", []byte("no context"))
	v := judgeWith(t, fetch.Offline(), contexts.Options{Folder: dir, Now: func() time.Time { return clock() }}, b)
	wantVerified(t, v)
	evil := t.TempDir()
	write(t, evil, "contexts.example/study/v1.json", []byte(`{"@context":{"@vocab":"https://x.example/"}}`))
	if _, err := contexts.Open(contexts.Options{Folder: evil}); err == nil || !strings.Contains(err.Error(), "@vocab") {
		t.Errorf("a folder with a context that no badge may be read by: %v", err)
	}
	if _, err := contexts.Open(contexts.Options{Folder: dir + "/none"}); err == nil {
		t.Error("a folder that is not there")
	}
}

// TestBoostSkills: the skills of a LearnCard boost reach its claims, from
// statements by their IRIs, from a token by their names; a member of that name
// that says something else does not.
func TestBoostSkills(t *testing.T) {
	const terms = "https://docs.learncard.com/definitions#"
	boost := func(terms string) m {
		return m{"BoostCredential": m{"@id": terms + "boostCredential", "@context": m{"skills": m{"@id": terms + "boostSkills", "@container": "@set", "@context": m{
			"category": terms + "boostSkillCategory", "skill": terms + "boostSkill", "subskills": m{"@id": terms + "boostSubskills", "@container": "@set"},
		}}}}}
	}
	did, method := verifytest.DIDKey(issuerKey)
	b := with(badge(did), m{
		"type":   []any{"VerifiableCredential", "OpenBadgeCredential", "BoostCredential"},
		"skills": []any{m{"category": "durable", "skill": "teamwork", "subskills": []any{"listening", "trust"}}, m{"category": "technical", "skill": "rigging"}},
	})
	named := func(v Verdict) (out []string) {
		wantVerified(t, v)
		for _, a := range v.Credential.Alignments[1:] {
			out = append(out, a.TargetFramework+"/"+a.TargetName)
		}
		slices.Sort(out)
		return out
	}
	want := []string{"durable/listening", "durable/teamwork", "durable/trust", "technical/rigging"}
	if got := named(judgeWith(t, issuers(), contexts.Options{}, extended(b, nil, boost(terms)))); !slices.Equal(got, want) {
		t.Errorf("statements: %v", got)
	}
	if got := named(judgeWith(t, issuers(), contexts.Options{}, extended(b, nil, boost(studyTerms)))); len(got) != 0 {
		t.Errorf("other statements: %v", got)
	}
	token := with(b, m{"@context": append(b["@context"].([]any), "https://ctx.learncard.com/boosts/1.0.3.json")})
	if got := named(check(t, issuers(), tokenOf(token, m{"alg": "EdDSA", "kid": method}, issuerKey))); !slices.Equal(got, want) {
		t.Errorf("token: %v", got)
	}
	if got := named(check(t, issuers(), tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey))); len(got) != 0 {
		t.Errorf("token without the context: %v", got)
	}
}
