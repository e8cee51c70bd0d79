package ingest

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

const emptySHA = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestE04_Decode(t *testing.T) {
	const head = `{"v":1,"tenant":"acme","application":"A-1",`
	doc := func(s string) string { return head + `"applicant":{},"documents":[` + s + `]}` }
	table := []struct {
		desc, body string
		ok         bool
	}{
		{"least", head + `"applicant":{}}`, true},
		{"all", head + `"job":"welder","applicant":{"emails":["applicant@example.org"],"name":"Applicant","ids":["did:example:1"]},"documents":[{"name":"cv.pdf","type":"application/pdf","sha256":"` + emptySHA + `","size":0}],"links":["https://example.org/x"]}`, true},
		{"by reference", doc(`{"name":"cv.pdf","sha256":"` + emptySHA + `","size":26214400,"object":true}`), true},
		{"no applicant", `{"v":1,"tenant":"acme","application":"A-1"}`, true},
		{"empty", ``, false},
		{"null", `null`, false},
		{"list", `[]`, false},
		{"version 2", `{"v":2,"tenant":"acme","application":"A-1","applicant":{}}`, false},
		{"no version", `{"tenant":"acme","application":"A-1","applicant":{}}`, false},
		{"other tenant", `{"v":1,"tenant":"rival","application":"A-1","applicant":{}}`, false},
		{"other application", `{"v":1,"tenant":"acme","application":"A-2","applicant":{}}`, false},
		{"unknown member", head + `"applicant":{},"x":1}`, false},
		{"unknown member of applicant", head + `"applicant":{"phone":"1"}}`, false},
		{"unknown member of a document", doc(`{"name":"x","sha256":"` + emptySHA + `","size":0,"url":"x"}`), false},
		{"twice", head + `"applicant":{},"tenant":"acme"}`, false},
		{"other case", head + `"applicant":{},"Tenant":"rival"}`, false},
		{"other case of applicant", head + `"Applicant":{}}`, false},
		{"wrong type", head + `"applicant":[]}`, false},
		{"after the end", head + `"applicant":{}} {}`, false},
		{"byte order mark", "\ufeff" + head + `"applicant":{}}`, false},
		{"sha256 of something else", doc(`{"name":"x","sha256":"` + strings.Repeat("0", 64) + `","size":0}`), false},
		{"sha256 as a path", doc(`{"name":"x","sha256":"../../rival/A-9/` + strings.Repeat("0", 48) + `","size":1,"object":true}`), false},
		{"wrong size", doc(`{"name":"x","sha256":"` + emptySHA + `","size":1}`), false},
		{"negative size", doc(`{"name":"x","sha256":"` + emptySHA + `","size":-1,"object":true}`), false},
		{"too large", doc(`{"name":"x","sha256":"` + emptySHA + `","size":26214401,"object":true}`), false},
		{"too large in all", doc(strings.TrimSuffix(strings.Repeat(`{"name":"x","sha256":"`+emptySHA+`","size":26214400,"object":true},`, 3), ",")), false},
		{"data and reference", doc(`{"name":"x","sha256":"` + emptySHA + `","size":1,"data":"eA==","object":true}`), false},
		{"no name", doc(`{"sha256":"` + emptySHA + `","size":0}`), false},
		{"control character in a name", doc(`{"name":"a\u001b[2Jb","sha256":"` + emptySHA + `","size":0}`), false},
		{"link of another scheme", head + `"applicant":{},"links":["file:///etc/passwd"]}`, false},
		{"link without a host", head + `"applicant":{},"links":["https:///x"]}`, false},
		{"empty address", head + `"applicant":{"emails":[""]}}`, false},
		{"too many addresses", head + `"applicant":{"emails":["a"` + strings.Repeat(`,"a"`, 16) + `]}}`, false},
		{"too many links", head + `"applicant":{},"links":["https://a"` + strings.Repeat(`,"https://a"`, 100) + `]}`, false},
		{"long job", head + `"applicant":{},"job":"` + strings.Repeat("x", maxText+1) + `"}`, false},
	}
	for _, tt := range table {
		t.Run(tt.desc, func(t *testing.T) {
			a, err := Decode([]byte(tt.body), "acme", "A-1")
			if (err == nil) != tt.ok {
				t.Fatalf("%v", err)
			}
			if err != nil && (!errors.Is(err, ErrEnvelope) || a != nil) {
				t.Errorf("%v, %v", a, err)
			}
		})
	}
}

func TestSplit(t *testing.T) {
	table := []struct {
		subject             string
		tenant, application string
		ok                  bool
	}{
		{"applications.acme.A-1", "acme", "A-1", true},
		{"applications.acme.A.1", "", "", false},
		{"applications.acme", "", "", false},
		{"applications..A", "", "", false},
		{"applications.acme.", "", "", false},
		{"results.acme.A-1", "", "", false},
		{"applications.acme.*", "", "", false},
		{"applications.ac me.A", "", "", false},
	}
	for _, tt := range table {
		tenant, application, ok := split(tt.subject, "applications")
		if ok != tt.ok || ok && (tenant != tt.tenant || application != tt.application) {
			t.Errorf("%q: %q %q %v", tt.subject, tenant, application, ok)
		}
	}
}

// What Decode accepts is what its own JSON says again, and never another's.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"v":1,"tenant":"acme","application":"A-1","applicant":{"emails":["a@example.org"]},"documents":[{"name":"x","sha256":"` + emptySHA + `","size":0}],"links":["https://example.org"]}`))
	f.Add([]byte(`{"v":1,"tenant":"acme","application":"A-1","applicant":{},"Tenant":"x"}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Decode(data, "acme", "A-1")
		if err != nil {
			if !errors.Is(err, ErrEnvelope) {
				t.Fatalf("%v", err)
			}
			return
		}
		if a.Tenant != "acme" || a.Application != "A-1" {
			t.Fatalf("%+v", a)
		}
		b, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(b, "acme", "A-1"); err != nil && len(b) <= maxMessage {
			t.Fatalf("%s: %v", b, err)
		}
		references(data)
	})
}

func BenchmarkDecode(b *testing.B) {
	body, err := json.Marshal(Application{V: 1, Tenant: "acme", Application: "A-1", Documents: []Document{{Name: "x", SHA256: emptySHA}}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(body, "acme", "A-1"); err != nil {
			b.Fatal(err)
		}
	}
}
