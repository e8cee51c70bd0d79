package vc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	kinds "github.com/santhosh-tekuri/jsonschema/v6/kind"

	"assay/verify/read"
	"assay/verify/verifytest"
)

// publishedSchemas are the schemas of 1EdTech for credentials on VC data model
// 2.0, by the type that they are for.
func publishedSchemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	out := map[string]*jsonschema.Schema{}
	for typ, name := range map[string]string{"OpenBadgeCredential": "achievementcredential.json", "EndorsementCredential": "endorsementcredential.json"} {
		data, err := os.ReadFile(verifytest.Shared(t, "vectors", "schemas", "1edtech-ob3-ghpages", name))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		compiler := jsonschema.NewCompiler()
		if err := compiler.AddResource("https://schema.example/"+name, doc); err != nil {
			t.Fatal(err)
		}
		s, err := compiler.Compile("https://schema.example/" + name)
		if err != nil {
			t.Fatal(err)
		}
		out[typ] = s
	}
	return out
}

func schemaFor(all map[string]*jsonschema.Schema, o read.Object) *jsonschema.Schema {
	switch {
	case version(o) != 2 || isCLR(o):
		return nil
	case o.IsType("EndorsementCredential"):
		return all["EndorsementCredential"]
	case isBadge(o):
		return all["OpenBadgeCredential"]
	}
	return nil
}

// TestPublishedSchemasOverVectors: a credential of the vectors that our data
// model accepts obeys the published schema, and the other way round.
func TestPublishedSchemasOverVectors(t *testing.T) {
	all := publishedSchemas(t)
	compared := 0
	err := filepath.WalkDir(verifytest.Shared(t, "vectors"), func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(p) != ".json" {
			return err
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		o, err := read.ParseDocument(data)
		if err != nil {
			return nil
		}
		s := schemaFor(all, o)
		if s == nil {
			return nil
		}
		compared++
		ours, theirs := conform(o), s.Validate(map[string]any(o))
		switch {
		case (len(ours) == 0) == (theirs == nil), theirs != nil && onlyBrackets(theirs):
		case theirs == nil && slices.Equal(ours, []string{"credentialSubject has neither id nor identifier"}):
			// OB3 §B.1.6 demands one of them, which the schema cannot say.
		default:
			t.Errorf("%s:\n ours %v\n theirs %.600v", p, ours, theirs)
		}
		return nil
	})
	if err != nil || compared < 30 {
		t.Errorf("%d credentials compared: %v", compared, err)
	}
}

// onlyBrackets reports whether a schema complains of nothing but lists of one
// without their brackets, or with them, which JSON-LD reads alike and both the
// specification's examples and issuers write.
func onlyBrackets(err error) bool {
	var e *jsonschema.ValidationError
	if !errors.As(err, &e) {
		return false
	}
	if len(e.Causes) > 0 {
		return !slices.ContainsFunc(e.Causes, func(c *jsonschema.ValidationError) bool { return !onlyBrackets(c) })
	}
	_, ok := e.ErrorKind.(*kinds.Type)
	where := strings.Join(e.InstanceLocation, ".")
	return ok && (brackets.MatchString(where) || where == "issuer") // the other form of an issuer
}

var brackets = regexp.MustCompile(`(^|\.)type$|^(proof|credentialSchema|termsOfUse)$`)

// A difference between our data model and the published schema: who
// accepts what the other refuses, and why that stands.
type difference struct {
	who, changes string
	path         *regexp.Regexp
	why          string
}

// defended are all there are.
var defended = []difference{
	{"ours", "a list of it|its element", regexp.MustCompile(`(^|\.)type$`), "one type, or a list of one: JSON-LD reads them alike, and the specification's examples have both"},
	{"ours", "its element", regexp.MustCompile(`^(proof|credentialSchema|termsOfUse)$`), "one in place of a list of one, as VC Data Model 2.0 has it"},
	{"ours", "a list of it|an empty list|twice", regexp.MustCompile(`^credentialStatus$`), "VC Data Model 2.0 §4.10 allows several"},
	{"ours", "removed", regexp.MustCompile(`^credentialStatus\.id$`), "VC Data Model 2.0 §4.10: the id is optional"},
	{"ours", "a text|empty text", regexp.MustCompile(`^type\.1$`), "a credential of another type is told from a badge before"},
	{"theirs", "a text|empty text", regexp.MustCompile(`(^|\.)(id|url|targetUrl|requiredLevel|achievedLevel|issuer)$|\.result\.\d+\.resultDescription$`), "the specification says URI; format is an annotation of JSON Schema 2019-09"},
	{"theirs", "a text|empty text", regexp.MustCompile(`(^|\.)(awardedDate|validFrom|validUntil|activityStartDate|activityEndDate)$`), "the specification says DateTimeZ; likewise"},
	{"theirs", "empty text", regexp.MustCompile(`(^|\.)type$`), "a type without a name is none"},
	{"theirs", "removed|an empty list", regexp.MustCompile(`\.achievement\.resultDescription$`), "a result names a description that must be there (OB3 §B.1.21), which the schema cannot say"},
}

// full is a badge with every member of the data model.
func full() m {
	img := m{"id": "https://i.example/1.png", "type": "Image", "caption": "c"}
	prof := func(id string) m {
		return m{"id": id, "type": []any{"Profile"}, "name": "n", "url": "https://p.example/", "phone": "+441234567890", "description": "d", "email": "a@p.example",
			"image": verifytest.Clone(img), "official": "o",
			"givenName": "n", "familyName": "n", "additionalName": "n", "patronymicName": "n", "honorificPrefix": "n", "honorificSuffix": "n", "familyNamePrefix": "n", "dateOfBirth": "2000-01-01",
			"parentOrg":       m{"id": "https://parent.example/", "type": []any{"Profile"}, "name": "n"},
			"address":         m{"type": []any{"Address"}, "addressCountry": "GB", "addressRegion": "r", "addressLocality": "l", "streetAddress": "s", "postalCode": "p", "addressCountryCode": "GB", "postOfficeBoxNumber": "1", "geo": m{"type": "GeoCoordinates", "latitude": 1.5, "longitude": 2.5}},
			"otherIdentifier": []any{m{"type": "IdentifierEntry", "identifier": "1", "identifierType": "identifier"}}}
	}
	align := func() []any {
		return []any{m{"type": []any{"Alignment"}, "targetName": "n", "targetUrl": "https://f.example/1", "targetCode": "c", "targetDescription": "d", "targetFramework": "f", "targetType": "CFItem"}}
	}
	b := sound()
	b["name"], b["description"], b["image"] = "n", "d", verifytest.Clone(img)
	b["issuer"], b["awardedDate"], b["validUntil"] = prof("https://issuer.example/"), "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z"
	b["evidence"] = []any{m{"id": "https://e.example/1", "type": []any{"Evidence"}, "narrative": "n", "name": "n", "description": "d", "genre": "g", "audience": "a"}}
	b["credentialSchema"] = []any{m{"id": "https://s.example/1", "type": "1EdTechJsonSchemaValidator2019"}}
	b["credentialStatus"] = m{"id": "https://s.example/2", "type": "1EdTechRevocationList"}
	b["refreshService"] = m{"id": "https://s.example/3", "type": "1EdTechCredentialRefresh"}
	b["termsOfUse"] = []any{m{"id": "https://s.example/4", "type": "T"}}
	b["proof"] = []any{m{"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "created": "2026-01-01T00:00:00Z", "verificationMethod": "https://issuer.example/#k", "proofPurpose": "assertionMethod", "proofValue": "z1", "nonce": "n", "challenge": "c", "domain": "d"}}
	s := at(b, "credentialSubject")
	maps.Copy(s, m{"activityStartDate": "2026-01-01T00:00:00Z", "activityEndDate": "2026-01-02T00:00:00Z", "creditsEarned": 2.5, "image": verifytest.Clone(img), "licenseNumber": "l", "narrative": "n",
		"role": "r", "source": prof("https://source.example/"), "term": "t"})
	at(s, "identifier", 0)["salt"] = "s"
	at(s, "result", 0)["status"], at(s, "result", 0)["alignment"] = "Completed", align()
	a := at(s, "achievement")
	maps.Copy(a, m{"alignment": align(), "creator": prof("https://creator.example/"), "creditsAvailable": 2.5, "fieldOfStudy": "f", "humanCode": "h", "image": verifytest.Clone(img), "inLanguage": "en",
		"otherIdentifier": []any{m{"type": "IdentifierEntry", "identifier": "1", "identifierType": "identifier"}}, "related": []any{m{"id": "https://r.example/1", "type": []any{"Related"}, "version": "1", "inLanguage": "en"}},
		"specialization": "s", "version": "v"})
	at(a, "criteria")["id"] = "https://c.example/1"
	r := at(a, "resultDescription", 0)
	maps.Copy(r, m{"allowedValue": []any{"A", "B"}, "requiredLevel": "urn:uuid:l2", "requiredValue": "B", "valueMin": "0", "valueMax": "1"})
	l := at(r, "rubricCriterionLevel", 0)
	l["points"], l["description"], l["alignment"] = "1", "d", align()
	return b
}

// endorsement is one with every member of its subject.
func endorsement() m {
	b := full()
	delete(b, "evidence")
	delete(b, "image")
	b["type"] = []any{"VerifiableCredential", "EndorsementCredential"}
	b["credentialSubject"] = m{"id": "https://e.example/1", "type": []any{"EndorsementSubject"}, "endorsementComment": "c"}
	return b
}

// changesOf are the ways in which a member is changed.
var changesOf = map[string]func(v any) any{
	"removed": func(any) any { return nil }, "a number": func(any) any { return json.Number("7") }, "a text": func(any) any { return "text" }, "empty text": func(any) any { return "" },
	"true": func(any) any { return true }, "an object": func(any) any { return m{"x": "y"} }, "an empty list": func(any) any { return []any{} }, "a list of it": func(v any) any { return []any{v} },
	"its element": func(v any) any {
		return v.([]any)[0]
	},
	"with more": func(v any) any {
		v.(m)["more"] = "text"
		return v
	},
}

// TestPublishedSchemasOverMutations changes one member of a badge, and of an
// endorsement, that have all of them, each in every way, and asks our data model
// and the published schema.
func TestPublishedSchemasOverMutations(t *testing.T) {
	all := publishedSchemas(t)
	used := map[int]bool{}
	n := 0
	for _, make := range []func() m{full, endorsement} {
		s := schemaFor(all, make())
		if p, err := conform(make()), s.Validate(map[string]any(make())); len(p) > 0 || err != nil {
			t.Fatalf("ours %v\ntheirs %v", p, err)
		}
		for _, path := range paths(nil, make()) {
			for desc, change := range changesOf {
				b := make()
				was := get(b, path)
				if _, object := was.(m); desc == "with more" && !object {
					continue
				}
				if l, list := was.([]any); desc == "its element" && (!list || len(l) != 1) {
					continue
				}
				set(b, path, change(was), desc == "removed")
				n++
				ours, theirs := conform(b), s.Validate(map[string]any(b))
				if (len(ours) == 0) == (theirs == nil) {
					continue
				}
				who := map[bool]string{true: "theirs", false: "ours"}[theirs == nil]
				i := slices.IndexFunc(defended, func(d difference) bool {
					return d.who == who && slices.Contains(strings.Split(d.changes, "|"), desc) && d.path.MatchString(name(path))
				})
				if used[i] = true; i < 0 {
					t.Errorf("%s, %s: accepted by %s only: %v, %.300v", name(path), desc, who, ours, theirs)
				}
			}
		}
	}
	for i, d := range defended {
		if !used[i] {
			t.Errorf("no difference any more: %s, %s, %s", d.who, d.changes, d.path)
		}
	}
	if n < 2000 {
		t.Errorf("%d mutations", n)
	}
}

// paths are the places of all members and elements of v.
func paths(at []any, v any) (out [][]any) {
	if len(at) > 0 {
		out = append(out, at)
	}
	switch x := v.(type) {
	case m:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			out = append(out, paths(append(slices.Clone(at), k), x[k])...)
		}
	case []any:
		for i := range x {
			out = append(out, paths(append(slices.Clone(at), i), x[i])...)
		}
	}
	return out
}

func get(o any, path []any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			o = o.(m)[p]
		case int:
			o = o.([]any)[p]
		}
	}
	return o
}

func name(path []any) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(path), "[]"), " ", ".")
}

// set changes the value at a path, or takes it away.
func set(o any, path []any, v any, remove bool) {
	o = get(o, path[:len(path)-1])
	switch last := path[len(path)-1].(type) {
	case string:
		if remove {
			delete(o.(m), last)
		} else {
			o.(m)[last] = v
		}
	case int:
		o.([]any)[last] = v // nil where removed
	}
}
