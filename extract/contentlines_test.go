package extract

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestContentLines(t *testing.T) {
	const u = "https://example.org/badges/1"
	folded := strings.ReplaceAll(strings.TrimSpace(b64(baked(assertionA))), "\r\n", "\r\n ")
	card := func(lines ...string) []byte {
		return []byte("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Role Account\r\nEMAIL:a@example.org\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCARD\r\n")
	}
	for _, tc := range []struct {
		desc, name string
		data       []byte
		want       []string
	}{
		{"an address", "a.vcf", card("URL:" + u), []string{"link " + u + " | a.vcf > URL"}},
		{"by another name of the file", "a.txt", card("URL:" + u), []string{"link " + u + " | a.txt > URL"}},
		{"folded", "a.vcf", card("URL;TYPE=work:" + u[:20] + "\r\n " + u[20:]), []string{"link " + u + " | a.vcf > URL"}},
		{"folded by a tab, bare line feeds", "a.vcf", []byte(strings.ReplaceAll(string(card("NOTE:see "+u[:20]+"\r\n\t"+u[20:]+" there")), "\r", "")), []string{"link " + u + " | a.vcf > NOTE"}},
		{"of a group, by a name of its own, escaped", "a.vcf", card(`item1.X-BADGE:https\://example.org/badges/1`), []string{"link " + u + " | a.vcf > X-BADGE"}},
		{"lines and commas", "a.vcf", card(`NOTE:` + u + `\, and\nmore`), []string{"link " + u + " | a.vcf > NOTE"}},
		{"a colon in a parameter", "a.vcf", card(`URL;X="a:b":` + u), []string{"link " + u + " | a.vcf > URL"}},
		{"quoted-printable", "a.vcf", card("NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:see https://example.org/bad=", "ges/1 =C3=A9"), []string{"link " + u + " | a.vcf > NOTE"}},
		{"a badge for a picture", "a.vcf", card("PHOTO;ENCODING=b;TYPE=PNG:", " "+folded), []string{"json " + assertionA + " | a.vcf > PHOTO > iTXt openbadges"}},
		{"in a data: URI", "a.vcf", card("PHOTO:data:image/png;base64\\," + strings.ReplaceAll(folded, "\r\n", "\r\n")), []string{"json " + assertionA + " | a.vcf > PHOTO > data: URI > iTXt openbadges"}},
		{"a credential", "a.vcf", card("X-CREDENTIAL:" + assertionA), []string{"json " + assertionA + " | a.vcf > X-CREDENTIAL"}},
		{"an entry of a calendar", "a.ics", []byte("BEGIN:VCALENDAR\r\nTZURL:http://zone.example.org/a\r\nBEGIN:VEVENT\r\nDESCRIPTION:Badges: https://example.org/ba\r\n dges/1\\n\\nBye\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"), []string{"link " + u + " | a.ics > DESCRIPTION"}},
		{"attached to mail", "m.eml", []byte(mailHead + "Content-Type: multipart/mixed; boundary=b1\r\n\r\n" + parts("b1", attachment("a.ics", "text/calendar", []byte("BEGIN:VCALENDAR\r\nURL:"+u+"\r\n")))), []string{"link " + u + " | m.eml > part 1 a.ics > URL"}},
		{"nothing", "a.vcf", card("NOTE:nothing"), nil},
	} {
		if d := cmp.Diff(tc.want, show(find(t, tc.name, tc.data))); d != "" {
			t.Errorf("%s: %s", tc.desc, d)
		}
	}
}

func FuzzContentLines(f *testing.F) {
	fuzzCarrier(f, "x.vcf", []byte("BEGIN:VCARD\r\nitem1.URL;X=\"a:b\":"+urlA[:20]+"\r\n "+urlA[20:]+"\r\nNOTE;ENCODING=QUOTED-PRINTABLE:a=\r\n=3D\r\nPHOTO;ENCODING=b:\r\n aaaa\r\n"),
		[]byte("BEGIN:VCALENDAR\nDESCRIPTION:\\n\\\\,"+urlA+"\n"))
}
