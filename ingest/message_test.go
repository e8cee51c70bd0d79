package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"assay/verify/read"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"
)

const emptySHA = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// TestE04_Decode reads every message of our own: what is expected stands beside
// it. Every refusal of message.go is expected by one.
func TestE04_Decode(t *testing.T) {
	vectors, err := txtar.ParseFile("testdata/vectors/message.txt")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, v := range vectors.Files {
		what, want, ok := strings.Cut(v.Name, " => ")
		if !ok {
			t.Fatalf("%q says nothing of what is expected", v.Name)
		}
		told = append(told, want)
		t.Run(what, func(t *testing.T) {
			text, err := template.New("").Funcs(template.FuncMap{
				"repeat": func(n int, s string) string { return strings.Repeat(s, n) }, "empty": func() string { return emptySHA },
			}).Parse(string(v.Data))
			if err != nil {
				t.Fatal(err)
			}
			var body strings.Builder
			if err := text.Execute(&body, nil); err != nil {
				t.Fatal(err)
			}
			a, err := Decode([]byte(body.String()), "acme", "A-1")
			got := "taken"
			if err == nil && a != nil {
				var without []string
				for _, u := range outcome(a.whole(nil), len(a.Documents)).Unread {
					without = append(without, u.Document+" ("+u.Reason+")")
				}
				if len(without) > 0 {
					got += " without " + strings.Join(without, ", ")
				}
			}
			if e := (*EnvelopeError)(nil); errors.As(err, &e) && errors.Is(err, ErrEnvelope) && a == nil {
				got = e.Why
			} else if err != nil || a == nil {
				got = fmt.Sprint(a, err)
			}
			if got != want {
				t.Errorf("%s, want %s", got, want)
			}
			if strings.HasPrefix(got, "taken") {
				if err := obeys("submission", []byte(body.String())); err != nil {
					t.Errorf("it is none of the contract's: %v", err)
				}
			}
		})
	}
	// A refusal is what malformed is called with.
	source, err := os.ReadFile("message.go")
	if err != nil {
		t.Fatal(err)
	}
	refusals := regexp.MustCompile(`malformed\("([^"]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(refusals) < 13 {
		t.Errorf("%d refusals were seen", len(refusals))
	}
	for _, r := range refusals {
		form := regexp.MustCompile("^" + regexp.MustCompile(`%[dsv]`).ReplaceAllString(regexp.QuoteMeta(r[1]), ".+") + "$")
		if !slices.ContainsFunc(told, form.MatchString) {
			t.Errorf("no vector expects the refusal %q", r[1])
		}
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
	f.Add([]byte(`{"v":1,"tenant":"acme","application":"A-1","applicant":{},"documents":[{"namE":"x","size":0}]}`))
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"v":0,"tenant":"acme","application":"A-1","documents":[]}`))
	f.Add([]byte(`{"v":1,"tenant":"acme","application":"A-1","applicant":null,"documents":[null,{"data":"aGk=","size":2,"object":false}],"links":["x",null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		sameAsJSON(t, data)
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

// sameAsJSON holds what is made of a submission against what another reader makes of it.
func sameAsJSON(t *testing.T, data []byte) {
	t.Helper()
	m, err := read.ParseObject(data, envelopeLimits)
	if err != nil || allKnown(m) != nil {
		return
	}
	ours, err := filled(m)
	var theirs Application
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	failed := dec.Decode(&theirs)
	if failed != nil && strings.Contains(failed.Error(), "unknown field") {
		return // is refused before
	}
	if (err == nil) != (failed == nil) || err == nil && !cmp.Equal(*ours, theirs, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(Application{}, Document{})) {
		t.Fatalf("%s:\n%+v, %v; want\n%+v, %v", data, ours, err, theirs, failed)
	}
}

// An error names the member.
func TestWrongTypes(t *testing.T) {
	const rest = `"v":1,"tenant":"acme","application":"A-1"`
	for body, member := range map[string]string{
		`{"v":"1","tenant":"acme","application":"A-1"}`:                       "v",
		`{"v":1.5,"tenant":"acme","application":"A-1"}`:                       "v",
		`{"v":1,"tenant":1,"application":"A-1"}`:                              "tenant",
		`{` + rest + `,"applicant":[]}`:                                       "applicant",
		`{` + rest + `,"applicant":{"emails":["a@example.org",{}]}}`:          "applicant.emails[1]",
		`{` + rest + `,"applicant":{"name":true}}`:                            "applicant.name",
		`{` + rest + `,"documents":{}}`:                                       "documents",
		`{` + rest + `,"documents":[{},"x"]}`:                                 "documents[1]",
		`{` + rest + `,"documents":[{"size":1,"data":"?"}]}`:                  "documents[0].data",
		`{` + rest + `,"documents":[{"size":99999999999999999999,"name":1}]}`: "documents[0].name",
		`{` + rest + `,"documents":[{"object":"yes"}]}`:                       "documents[0].object",
		`{` + rest + `,"links":"https://example.org"}`:                        "links",
	} {
		_, err := Decode([]byte(body), "acme", "A-1")
		e := new(EnvelopeError)
		if !errors.As(err, &e) || e.Member != member || !strings.Contains(e.Why, "wrong type") {
			t.Errorf("%s: %v, want the member %s", body, err, member)
		}
	}
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

// Attack 389: two addresses in the one field whose message was answered, so that the
// one of a stranger counts as confirmed. A proven address is one, in Emails or not,
// written as mail writes it; what is none, or several, is refused.
func TestAttack389_ProvenAddresses(t *testing.T) {
	for s, ok := range map[string]bool{
		"a@example.org": true, "a+b@example.org": true, "\u00e4@ex\u00e4mple.org": true,
		"A <a@example.org>": true, "mailto:a@example.org": true, "A@Example.org.": true, "\"b@example.org\" <a@example.org>": true,
		"": false, "a": false, "@example.org": false, "a@": false, "a b@example.org": false, "a@example.org,b@example.org": false, "a@example.org b@example.org": false, "a\u202e@example.org": false,
		"a@example.org; <b@example.org>": false, "mailto:a@example.org,b@example.org": false,
	} {
		body, err := json.Marshal(Application{V: 1, Tenant: "acme", Application: "A-1", Applicant: Applicant{Proven: []string{s}}})
		if err != nil {
			t.Fatal(err)
		}
		a, err := Decode(body, "acme", "A-1")
		if ok != (err == nil) || ok && !slices.Contains([]string{"a@example.org", "A@Example.org", s}, a.Applicant.Proven[0]) || ok && len(a.Applicant.Proven) != 1 || !ok && !errors.Is(err, ErrEnvelope) {
			t.Errorf("%q: %v", s, err)
		}
	}
}
