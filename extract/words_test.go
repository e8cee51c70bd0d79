package extract

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestJSONWords: what people and programs keep in the strings of JSON is read as
// what it is, and a string in a string in a string has an end.
func TestJSONWords(t *testing.T) {
	const u = "https://example.org/badges/1"
	text := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	for desc, tc := range map[string]struct {
		value string
		want  []string
	}{
		"prose":           {"My badge: " + u + " and more", []string{"link " + u + " | cv.json > a"}},
		"Markdown":        {"[Welding](" + u + ")", []string{"link " + u + " | cv.json > a"}},
		"HTML":            {`<p>See <a href="` + u + `">it</a></p>`, []string{"link " + u + " | cv.json > a > link"}},
		"a file":          {base64.StdEncoding.EncodeToString(baked(assertionA)), []string{"json " + assertionA + " | cv.json > a > iTXt openbadges"}},
		"a data: URI":     {"data:image/png;base64," + base64.StdEncoding.EncodeToString(baked(assertionA)), []string{"json " + assertionA + " | cv.json > a > data: URI > iTXt openbadges"}},
		"words":           {"I like badges very much", nil},
		"base64 of noise": {strings.Repeat("QUJD", 40), nil},
	} {
		r := find(t, "cv.json", []byte(`{"a":`+text(tc.value)+`}`))
		if d := cmp.Diff(tc.want, show(r)); d != "" || len(r.Unread) > 0 {
			t.Errorf("%s: %s %v", desc, d, r.Unread)
		}
	}
	nested := u
	for range 12 {
		nested = `see {"type":"x","a":` + strings.NewReplacer(`\\`, `\u005c`, `\"`, `\u0022`).Replace(text("note "+nested)) + `} there`
	}
	r := find(t, "cv.json", []byte(`{"a":`+text(nested)+`}`))
	for _, pl := range r.Findings[0].Places {
		if strings.Count(pl.Where, " > a") > maxWords {
			t.Errorf("texts in texts have no end: %s", pl.Where)
		}
	}
}

func TestMailForms(t *testing.T) {
	const u = "https://example.org/badges/one-of-many"
	png := base64.StdEncoding.EncodeToString(baked(assertionA))
	attached := mailHead + "Content-Type: image/png; name=b.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	found := []string{"json " + assertionA + " | m.eml > part 1 b.png > iTXt openbadges"}
	flowed := mailHead + "Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n"
	for desc, tc := range map[string]struct {
		mail string
		want []string
	}{
		"noise in base64":       {attached + png[:40] + "!!" + png[40:80] + "\r\n> " + png[80:], found},
		"blank lines before it": {"\r\n\r\n" + attached + png, found},
		"CR alone":              {strings.ReplaceAll(attached, "\r\n", "\r") + png, found},
		".emlx":                 {"9999  \n" + attached + png + "\n<?xml", found},
		"flowed, with delsp":    {flowed + "At " + u[:30] + " \r\n" + u[30:] + " it is\r\n", []string{"link " + u + " | m.eml > text"}},
		"flowed in a quotation": {flowed + "> At " + u[:30] + " \r\n> " + u[30:] + " it is\r\n", []string{"link " + u + " | m.eml > text"}},
		"another's quotation":   {flowed + "> At " + u[:24] + " \r\nmore/words\r\n", []string{"link " + u[:24] + " | m.eml > text"}},
		"a detached signature":  {mailHead + "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nsee " + u + "\r\n--b\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\n\x30\x80\x01\x02\x03\x04\x05\x06\x07\x08\r\n--b--\r\n", []string{"link " + u + " | m.eml > part 1 > text"}},
	} {
		r := find(t, "m.eml", []byte(tc.mail))
		if d := cmp.Diff(tc.want, show(r)); d != "" || len(r.Unread) > 0 && desc != ".emlx" {
			t.Errorf("%s: %s %v", desc, d, r.Unread)
		}
	}
}
