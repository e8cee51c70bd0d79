package extract

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// der is an item of definite length (X.690 §8.1), ber one of indefinite length.
func der(tag byte, parts ...string) string {
	body := strings.Join(parts, "")
	n := len(body)
	switch {
	case n < 0x80:
		return string([]byte{tag, byte(n)}) + body
	case n < 0x10000:
		return string([]byte{tag, 0x82, byte(n >> 8), byte(n)}) + body
	}
	return string([]byte{tag, 0x84, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}) + body
}

func ber(tag byte, parts ...string) string {
	return string([]byte{tag, 0x80}) + strings.Join(parts, "") + "\x00\x00"
}

type item = func(tag byte, parts ...string) string

// cmsMessage is a message of a kind around a content, in the items of item.
func cmsMessage(in item, kind string, content ...string) []byte {
	return []byte(in(0x30, der(6, kind), in(0xa0, content...)))
}

// cmsAround is signed, digested or compressed data that contains octets.
func cmsAround(in item, kind string, octets ...string) []byte {
	inner := in(0x30, der(6, cmsData), strings.Join(octets, ""))
	return cmsMessage(in, kind, in(0x30, der(2, "\x01"), in(0x31, der(0x30, der(6, "\x60\x86\x48\x01\x65\x03\x04\x02\x01"))), inner, in(0x31)))
}

func cmsSignedA(text string) []byte {
	return cmsAround(der, cmsSigned, der(0xa0, der(4, text)))
}

func TestCMS(t *testing.T) {
	const u = "https://example.org/badges/1"
	entity := "Content-Type: multipart/mixed; boundary=b9\r\n\r\n" + parts("b9", "Content-Type: text/plain\r\n\r\nsee "+u, attachment("badge.png", "image/png", baked(assertionA)))
	streamed := string(cmsAround(ber, cmsSigned, ber(0xa0, ber(0x24, der(4, entity[:100]), ber(0x24, der(4, entity[100:200])), der(4, entity[200:])))))
	whole := string(cmsAround(der, cmsSigned, der(0xa0, der(4, entity))))
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	w.Write([]byte(entity))
	w.Close()
	in := func(where string) []string {
		return []string{"link " + u + " | " + where + " > part 1 > text", "json " + assertionA + " | " + where + " > part 2 badge.png > iTXt openbadges"}
	}
	mail := mailHead + "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	detached := mailHead + "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b1\r\n\r\n" +
		parts("b1", "Content-Type: text/plain\r\n\r\nsee "+u, attachment("smime.p7s", "application/octet-stream", cmsAround(der, cmsSigned)))
	for _, tc := range []struct {
		desc, name, data string
		want             []string
	}{
		{"signed", "smime.p7m", whole, in("smime.p7m > content")},
		{"signed, in parts", "smime.p7m", streamed, in("smime.p7m > content")},
		{"by a wrong name", "x", streamed, in("x > content")},
		{"in base64", "a.p7m", b64([]byte(whole)), in("a.p7m > content")},
		{"in armour", "a.pem", "-----BEGIN PKCS7-----\n" + b64([]byte(whole)) + "-----END PKCS7-----\n", in("a.pem > content")},
		{"in armour of CMS", "a.pem", "-----BEGIN CMS-----\n" + b64([]byte(whole)) + "-----END CMS-----\n", in("a.pem > content")},
		{"another thing in armour", "a.pem", "-----BEGIN CERTIFICATE-----\n" + b64([]byte(whole)) + "-----END CERTIFICATE-----\n", nil},
		{"mail signed as one piece", "m.eml", mail + b64([]byte(streamed)), in("m.eml > part 1 smime.p7m > content")},
		{"signed twice", "m.p7m", string(cmsSignedA(whole)), in("m.p7m > content > content")},
		{"a document", "cv.json.p7m", string(cmsSignedA(assertionA)), []string{"json " + assertionA + " | cv.json.p7m > content"}},
		{"data alone", "cv.p7m", string(cmsMessage(der, cmsData, der(4, assertionA))), []string{"json " + assertionA + " | cv.p7m > content"}},
		{"with a digest", "cv.p7m", string(cmsAround(der, cmsDigested, der(0xa0, der(4, assertionA)))), []string{"json " + assertionA + " | cv.p7m > content"}},
		{"compressed", "z.p7m", string(cmsAround(der, cmsCompressed, der(0xa0, der(4, z.String())))), in("z.p7m > content")},
		{"a signature beside what it signs", "cv.pdf.p7s", string(cmsAround(der, cmsSigned)), nil},
		{"and in mail", "m.eml", detached, []string{"link " + u + " | m.eml > part 1 > text"}},
		{"encrypted", "m.p7m", string(cmsMessage(der, cmsEnveloped, der(0x30, der(2, "\x00")))), []string{"unread m.p7m: encrypted"}},
		{"encrypted, in mail", "m.eml", mail + b64(cmsMessage(ber, cmsEnveloped, ber(0x30, der(2, "\x00")))), []string{"unread m.eml > part 1 smime.p7m: encrypted"}},
		{"encrypted by AEAD", "m.p7m", string(cmsMessage(der, cmsAuthSealed, der(0x30, der(2, "\x00")))), []string{"unread m.p7m: encrypted"}},
		{"encrypted by PGP", "m.eml", mailHead + "Content-Type: multipart/encrypted; boundary=b1\r\n\r\n" + parts("b1", "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1", attachment("a.asc", "application/octet-stream", []byte("-----BEGIN PGP MESSAGE-----"))), []string{"unread m.eml: encrypted"}},
		{"cut off", "m.p7m", string(cmsAround(der, cmsSigned, der(0xa0, der(4, "see "+u+" "+strings.Repeat("more ", 100)))))[:300], []string{"unread m.p7m: truncated", "link " + u + " | m.p7m > content > text"}},
		{"of a type that is not known", "m.p7m", string(cmsMessage(der, cmsPKCS7+"\x63", der(4, assertionA))), []string{"unread m.p7m: unknown_format"}},
		{"another sequence", "m.der", der(0x30, der(6, "\x2a\x03"), der(4, assertionA)), nil},
	} {
		got := show(find(t, tc.name, []byte(tc.data)))
		switch {
		case tc.desc == "cut off":
			if all := strings.Join(got, "\n"); !strings.Contains(all, tc.want[0]) || !strings.Contains(all, tc.want[1]) {
				t.Errorf("%s: %s", tc.desc, all)
			}
		case tc.want == nil && tc.desc == "another sequence":
			if all := strings.Join(got, "\n"); strings.Contains(all, "content") {
				t.Errorf("%s: %s", tc.desc, all)
			}
		default:
			if d := cmp.Diff(sorted(tc.want), sorted(got)); d != "" {
				t.Errorf("%s: %s", tc.desc, d)
			}
		}
	}
}

// TestAttack377_CMS: lengths that are not there, items in items and parts in parts
// without end, and what unpacks to more than is allowed.
func TestAttack377_CMS(t *testing.T) {
	deep := strings.Repeat("\x30\x80", 1<<20)
	partsDeep := strings.Repeat("\x24\x80", 1<<20)
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	w.Write(make([]byte, 40<<20))
	w.Close()
	for desc, tc := range map[string]struct {
		data   []byte
		reason Reason
	}{
		"items in items":     {cmsMessage(ber, cmsSigned, ber(0x30, der(2, "\x01"), deep)), ""},
		"parts in parts":     {cmsAround(ber, cmsSigned, ber(0xa0, partsDeep)), ""},
		"empty parts":        {cmsAround(ber, cmsSigned, ber(0xa0, ber(0x24, strings.Repeat("\x04\x00", 1<<20)))), ""},
		"four gigabytes":     {[]byte("\x30\x84\xff\xff\xff\xff\x06\x09" + cmsSigned + "\xa0\x84\xff\xff\xff\xff\x30\x84\xff\xff\xff\xff\x02\x01\x01\x31\x84\xff\xff\xff\xff"), ReasonTruncated},
		"half a type":        {[]byte("00\x060"), ""},
		"a length of eight":  {[]byte("\x30\x80\x06\x09" + cmsSigned + "\xa0\x88\xff\xff\xff\xff\xff\xff\xff\xff\x30"), ""},
		"a bomb":             {cmsAround(der, cmsCompressed, der(0xa0, der(4, z.String()))), ReasonTooLarge},
		"messages in others": {messages(10), ReasonDepth},
	} {
		r := find(t, "m.p7m", tc.data)
		if len(r.Findings) > 0 {
			t.Errorf("%s: %v", desc, r.Findings)
		}
		for _, u := range r.Unread {
			if u.Reason == ReasonReaderFailed {
				t.Errorf("%s: %+v", desc, u)
			}
		}
		if got := show(r); tc.reason != "" && !strings.Contains(strings.Join(got, "\n"), string(tc.reason)) {
			t.Errorf("%s: %v, want %s", desc, got, tc.reason)
		}
	}
}

// Items within items and parts within parts are read to a depth, and no deeper.
func TestAttack377_BERDepth(t *testing.T) {
	items, parts := "", der(4, "in")
	for depth := range 2 * maxBERDepth {
		items, parts = ber(0x30, items), der(0x24, parts)
		if _, ok := berEnd([]byte(items), 0); ok != (depth <= maxBERDepth) {
			t.Errorf("items in %d: %v", depth, ok)
		}
		if got := berOctetString([]byte(parts), 0); (string(got) == "in") != (depth <= maxBERDepth) {
			t.Errorf("parts in %d: %q", depth, got)
		}
	}
}

// What a message unpacks to is of the application's budget.
func TestCMSBudget(t *testing.T) {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	w.Write(make([]byte, 2<<20))
	w.Close()
	r := findWith(t, Limits{InflatedBytes: 1 << 20}, Document{Name: "m.p7m", Data: cmsAround(der, cmsCompressed, der(0xa0, der(4, z.String())))})
	if got := strings.Join(show(r), "\n"); !strings.Contains(got, "unread m.p7m: "+string(ReasonInflated)) {
		t.Error(got)
	}
}

func messages(n int) []byte {
	m := cmsSignedA(assertionA)
	for range n {
		m = cmsSignedA(string(m))
	}
	return m
}

func FuzzCMS(f *testing.F) {
	fuzzCarrier(f, "x.p7m", cmsSignedA("see "+urlA), cmsAround(ber, cmsSigned, ber(0xa0, ber(0x24, der(4, "see "), der(4, urlA)))),
		cmsMessage(ber, cmsEnveloped, ber(0x30, der(2, "\x00"))), []byte(base64.StdEncoding.EncodeToString(cmsSignedA(assertionA))))
}
