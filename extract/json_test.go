package extract

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJSON(t *testing.T) {
	clr := `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential","ClrCredential"],"issuer":"x","credentialSubject":{"verifiableCredential":[` + credentialA + `]}}`
	for _, tc := range []struct {
		desc, name, text string
		want             []string
	}{
		{"assertion", "x.json", assertionA, []string{"json " + assertionA + " | x.json"}},
		{"with space and BOM", "x.json", "\uFEFF\n " + assertionA + "\n", []string{"json " + assertionA + " | x.json"}},
		{"without extension", "x", assertionA, []string{"json " + assertionA + " | x"}},
		{"credential", "x.jsonld", credentialA, []string{"json " + credentialA + " | x.jsonld"}},
		{"CLR is one", "x.json", clr, []string{"json " + clr + " | x.json"}},
		{"array", "x.json", "[" + assertionA + "," + assertionB + "]", []string{"json " + assertionA + " | x.json > [0]", "json " + assertionB + " | x.json > [1]"}},
		{"a value a line", "x.jsonl", assertionA + "\n" + assertionB + "\n", []string{"json " + assertionA + " | x.jsonl > value 1", "json " + assertionB + " | x.jsonl > value 2"}},
		{"a value a line, with links", "x.json", `{"text":"see https://example.org/badges/1"}` + "\n" + `{"text":"nothing"}`, []string{"link https://example.org/badges/1 | x.json > value 1 > text"}},
		{"a value a line, the last cut off", "x.json", `{"text":"see https://example.org/badges/1"}` + "\n" + `{"text":"not`, []string{"link https://example.org/badges/1 | x.json", "unread x.json: malformed"}},
		{"presentation", "x.json", `{"type":"VerifiablePresentation","verifiableCredential":[` + credentialA + `,"` + jwsA + `"]}`,
			[]string{"json " + credentialA + " | x.json > verifiableCredential[0]", "jws " + jwsA + " | x.json > verifiableCredential[1]"}},
		{"enveloped", "x.json", `{"verifiableCredential":[{"@context":"https://www.w3.org/ns/credentials/v2","id":"data:application/vc+jwt,` + vcJWS + `","type":"EnvelopedVerifiableCredential"}]}`,
			[]string{"jws " + vcJWS + " | x.json > verifiableCredential[0].id > data: URI"}},
		{"enveloped as drafts had it", "x.json", `{"verifiableCredential":[{"@context":"https://www.w3.org/ns/credentials/v2","id":"data:application/vc+ld+json+jwt;` + vcJWS + `","type":"EnvelopedVerifiableCredential"}]}`,
			[]string{"jws " + vcJWS + " | x.json > verifiableCredential[0].id > data: URI"}},
		{"enveloped in a way that is not known", "x.json", `{"verifiableCredential":[{"id":"data:application/vc+new,1","type":["EnvelopedVerifiableCredential"]}]}`,
			[]string{`json {"id":"data:application/vc+new,1","type":["EnvelopedVerifiableCredential"]} | x.json > verifiableCredential[0]`}},
		{"enveloped by its address", "x.json", `{"verifiableCredential":[{"id":"https://issuer.example.org/credentials/1","type":"EnvelopedVerifiableCredential"}]}`,
			[]string{"link https://issuer.example.org/credentials/1 | x.json > verifiableCredential[0].id"}},
		{"LER-RS", "x.json", `{"type":"LERRS","person":{"name":{}},"certifications":[{"name":"x","verifications":[` + credentialA + `]}],"verifications":[` + clr + `]}`,
			[]string{"json " + credentialA + " | x.json > certifications[0].verifications[0]", "json " + clr + " | x.json > verifications[0]"}},
		{"JSON in a string", "x.json", `{"verification":"` + strings.ReplaceAll(credentialA, `"`, `\"`) + `"}`, []string{"json " + credentialA + " | x.json > verification"}},
		{"links in strings", "x.json", `{"certificates":[{"url":"https://example.org/badges/1"}],"$schema":"https://example.org/schema.json"}`, []string{"link https://example.org/badges/1 | x.json > certificates[0].url"}},
		{"OB 0.5", "x.json", `{"recipient":"sha256$00","salt":"x","badge":{"version":"0.5.0","name":"x"}}`, []string{`json {"recipient":"sha256$00","salt":"x","badge":{"version":"0.5.0","name":"x"}} | x.json`}},
		{"OB 1.0 without recipient", "x.json", `{"uid":"1","identity":{"recipient":"x"},"verify":{"type":"hosted","url":"https://badges.example.org/a/1"},"badge":"https://badges.example.org/b"}`,
			[]string{`json {"uid":"1","identity":{"recipient":"x"},"verify":{"type":"hosted","url":"https://badges.example.org/a/1"},"badge":"https://badges.example.org/b"} | x.json`}},
		{"a class is no badge", "x.json", `{"type":"BadgeClass","name":"x","issuer":"y"}`, nil},
		{"an issuer is no badge", "x.json", `{"type":"Issuer","name":"x"}`, nil},
		{"no badge", "x.json", `{"a":[1,2,{"b":null}]}`, nil},
		{"prefixed type", "x.json", `{"@type":"ob:Assertion","id":"urn:x"}`, []string{`json {"@type":"ob:Assertion","id":"urn:x"} | x.json`}},
		{"escaped name", "x.json", `{"\u0074ype":"Assertion","id":"urn:x"}`, []string{`json {"\u0074ype":"Assertion","id":"urn:x"} | x.json`}},
		{"cut off", "x.json", assertionA[:100], []string{"link " + urlA + " | x.json", "unread x.json: truncated"}},
		{"broken", "x.json", `{"type":"Assertion" "id":1}`, []string{"unread x.json: malformed"}},
		{"prose that begins like JSON", "x.md", "[[wiki]] and [\"quoted\"]\n", nil},
		{"comments before", "x.json", "// a badge\n" + assertionA, []string{"json " + assertionA + " | x.json > text"}},
		{"two in a row", "x.json", assertionA + "\n" + assertionB, []string{"json " + assertionA + " | x.json > value 1", "json " + assertionB + " | x.json > value 2"}},
		{"JWS", "x.jwt", jwsA + "\n", []string{"jws " + jwsA + " | x.jwt"}},
		{"JWS with another name", "x.txt", jwsA, []string{"jws " + jwsA + " | x.txt"}},
		{"deep, n", "x.json", strings.Repeat("[", maxJSONDepth) + assertionA + strings.Repeat("]", maxJSONDepth), []string{"json " + assertionA + " | x.json > " + strings.Repeat("[0]", maxJSONDepth)}},
		{"deep, n+1", "x.json", strings.Repeat("[", maxJSONDepth+1) + assertionA + strings.Repeat("]", maxJSONDepth+1), []string{"unread x.json: limit_depth"}},
		{"very deep", "x.json", strings.Repeat("[", 1_000_000), []string{"unread x.json: malformed"}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			if d := cmp.Diff(tc.want, show(find(t, tc.name, []byte(tc.text)))); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPayloadLimit(t *testing.T) {
	sized := func(n int) string {
		s := `{"type":"Assertion","id":"`
		return s + strings.Repeat("a", n-len(s)-2) + `"}`
	}
	for _, tc := range []struct {
		desc string
		text string
		want int // findings
	}{
		{"n-1", sized(maxPayload - 1), 1},
		{"n", sized(maxPayload), 1},
		{"n+1", sized(maxPayload + 1), 0},
		{"what grows when it is written down", `{"type":"Assertion","id":"` + strings.Repeat("<", maxPayload-100) + `"}`, 0},
	} {
		r := find(t, "x.json", []byte(tc.text))
		if len(r.Findings) != tc.want || tc.want == 0 && (len(r.Unread) != 1 || r.Unread[0].Reason != ReasonTooLarge) {
			t.Errorf("%s: %d findings, %v", tc.desc, len(r.Findings), r.Unread)
		}
	}
}

func TestSameBadge(t *testing.T) {
	for _, tc := range []struct {
		desc, a, b string
		want       bool
	}{
		{"itself", assertionA, assertionA, true},
		{"order of members", `{"a":1,"b":[1,2]}`, ` {"b":[1,2],"a":1}`, true},
		{"order of elements", `{"b":[1,2]}`, `{"b":[2,1]}`, false},
		{"number written otherwise", `{"a":1}`, `{"a":1.0}`, false},
		{"member twice", `{"a":1,"a":2}`, `{"a":2}`, false},
		{"escapes", `{"a":"\u0041"}`, `{"a":"A"}`, true},
		{"hosted by id", assertionA, urlA, true},
		{"hosted elsewhere", assertionA, "https://badges.example.org/a/2", false},
		{"hosted by verify.url", `{"uid":"1","verify":{"type":"hosted","url":"https://badges.example.org/a/1"}}`, urlA, true},
		{"signed, not hosted", `{"id":"https://badges.example.org/a/1","type":"Assertion","verification":{"type":"SignedBadge"}}`, urlA, false},
		{"credential with a proof", `{"id":"https://badges.example.org/a/1","type":["VerifiableCredential"],"proof":{}}`, urlA, false},
		{"URL with tracking", urlA + "?utm_source=x", urlA, true},
		{"two URLs", urlA, "https://badges.example.org/a/2", false},
		{"JWS and JSON", jwsA, `{"a":1}`, true},
		{"JWS and other JSON", jwsA, `{"a":2}`, false},
		{"JWS and JWS", jwsA, vcJWS, false},
		{"JWS and URL", jwsA, urlA, false},
	} {
		if got := sameBadge(tc.a, tc.b); got != tc.want {
			t.Errorf("%s: %v", tc.desc, got)
		}
		if got := sameBadge(tc.b, tc.a); got != tc.want {
			t.Errorf("%s, turned round: %v", tc.desc, got)
		}
	}
}

// TestJSONLinesMany: of very many values those behind the first are read as prose, and none
// is lost.
func TestJSONLinesMany(t *testing.T) {
	many := strings.Repeat("{\"a\":1}\n", maxValues)
	last := `{"u":"https://example.org/badges/1"}`
	want := []string{"link https://example.org/badges/1 | x.jsonl > values behind " + strconv.Itoa(maxValues)}
	if got := show(find(t, "x.jsonl", []byte(many+last))); !slices.Equal(got, want) {
		t.Errorf("a link behind many: %q, want %q", got, want)
	}
	want = []string{"json " + assertionA + " | x.jsonl > values behind " + strconv.Itoa(maxValues)}
	if got := show(find(t, "x.jsonl", []byte(many+assertionA+"\n"))); !slices.Equal(got, want) {
		t.Errorf("a badge behind many: %q, want %q", got, want)
	}
}
