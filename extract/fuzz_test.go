package extract

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/deploy/testenv"
)

// fuzzCarrier runs the dispatcher over what the fuzzer makes of the seeds, under
// a name that leads to the carrier that is meant. Every carrier's fuzz target
// calls it.
func fuzzCarrier(f *testing.F, name string, seeds ...[]byte) {
	f.Helper()
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<20 {
			t.Skip()
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		e := Extractor{Limits: Limits{InflatedBytes: 8 << 20}}
		r, err := e.Extract(ctx, Document{Name: name, Data: b})
		if err != nil {
			t.Fatal("took longer than ten seconds")
		}
		check(t, name, r)
		for _, u := range r.Unread {
			if u.Reason == ReasonReaderFailed {
				t.Fatalf("a carrier panics: %+v", u)
			}
		}
	})
}

// seeds are the files of the shared data that match, as far as there are any.
func seeds(f *testing.F, pattern ...string) [][]byte {
	var all [][]byte
	root := testenv.Find(f)
	if root == "" {
		return nil
	}
	files, _ := filepath.Glob(filepath.Join(append([]string{root}, pattern...)...))
	for _, name := range files[:min(len(files), 200)] {
		if b, err := os.ReadFile(name); err == nil && len(b) < 64<<10 {
			all = append(all, b)
		}
	}
	return all
}

func FuzzPNG(f *testing.F) {
	fuzzCarrier(f, "x.png", append(seeds(f, "corpus", "made", "pngvariants", "*.png"),
		baked(assertionA), pngWith(zTXt("openbadges", assertionA), tEXt("openbadge", urlA)), append(pngWith(), iTXt("openbadges", jwsA)...))...)
}

func FuzzSVG(f *testing.F) {
	fuzzCarrier(f, "x.svg",
		[]byte(svgWith(nsOB2, `<o:assertion verify="`+urlA+`">`+cdata(assertionA)+`</o:assertion>`)),
		[]byte(svgWith(nsOB3, `<o:credential verify="`+jwsA+`"/><a href="data:image/png;base64,aaaa"/><text>`+urlA+`</text>`)),
		gzipped([]byte(svgWith(nsCLR, `<o:credential>`+quoted(credentialA)+`</o:credential>`))),
		[]byte(drawnSVG(f, urlA, `<style>.a{fill:red}</style><use href="#a"/>`)))
}

func FuzzOffice(f *testing.F) {
	png := string(baked(assertionA))
	fuzzCarrier(f, "x.docx",
		docx(f, file{"word/document.xml", body(run(urlA) + `<w:fldSimple w:instr=" HYPERLINK &quot;` + urlA + `&quot; "/>`)}, file{"word/_rels/document.xml.rels", rels(urlA)}, file{"word/media/image1.png", png}),
		zipped(f, file{"mimetype", "application/vnd.oasis.opendocument.text"}, file{"content.xml", `<a xlink:href="` + urlA + `">x</a>`}, file{"META-INF/manifest.xml", "<m/>"}),
		overlapping(3),
		compoundFile(file{"__substg1.0_1000001F", wide(urlA)}, file{"__attach_version1.0_#00000000/__substg1.0_37010102", png}))
}

func FuzzRTF(f *testing.F) {
	fuzzCarrier(f, "x.rtf",
		[]byte(`{\rtf1\ansi see `+urlA+`\par{\field{\*\fldinst{HYPERLINK "`+urlA+`"}}{\fldrslt x}}{\pict\pngblip 89504e470d0a1a0a}{\pict\bin3 abc}\u8364?\'e9}`))
}

func FuzzMail(f *testing.F) {
	fuzzCarrier(f, "x.eml", append(seeds(f, "corpus", "other", "go-fuzz-mail", "mail", "corpus", "*"),
		[]byte(mailHead+"Content-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n"+parts("b1", "Content-Type: text/plain\r\n\r\n"+urlA, attachment("badge.png", "image/png", baked(assertionA)))),
		[]byte("From x\n"+strings.ReplaceAll(mailHead, "\r\n", "\n")+"Content-Transfer-Encoding: quoted-printable\n\n=20"+urlA+"\n"))...)
}

func FuzzHTML(f *testing.F) {
	fuzzCarrier(f, "x.html", append(seeds(f, "corpus", "other", "go-fuzz-stdhtml", "stdhtml", "corpus", "*"),
		[]byte(`<!DOCTYPE html><a href="`+urlA+`">x</a><script type="application/ld+json">`+credentialA+`</script><svg xmlns:o="`+nsOB2+`"><o:assertion verify="`+jwsA+`"/></svg><img src="data:image/png;base64,aaaa">`))...)
}

func FuzzPicture(f *testing.F) {
	fuzzCarrier(f, "x", jpegWith(f, 0xE1, "http://ns.adobe.com/xap/1.0/\x00"+xmpOf(`<openbadges:assertion verify="`+urlA+`"/>`)),
		gifWith(f, "\x21\xFE"+subBlocks(assertionA)), webpWith("XMP ", xmpOf(urlA)), encoded(f, "png", qr(f, urlA, 2)))
}

func FuzzText(f *testing.F) {
	fuzzCarrier(f, "x.txt", []byte("see "+urlA+",\nand "+jwsA[:40]+"\n"+jwsA[40:]+"\n"+assertionA+" credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"))
}

func FuzzJSON(f *testing.F) {
	fuzzCarrier(f, "x.json", []byte(assertionA), []byte(`{"verifications":[`+credentialA+`,"`+jwsA+`",{"a":"`+urlA+`"}]}`))
}

// FuzzLink: a normal form is its own normal form, of the same class, and bears
// no address.
func FuzzLink(f *testing.F) {
	for _, p := range providers {
		f.Add(p.example)
	}
	for _, b := range seeds(f, "corpus", "other", "go-fuzz-url", "url", "corpus", "*") {
		f.Add(string(b))
	}
	f.Add("hxxps[:]//example[.]org/a?identity__email=applicant%40example.org&amp;utm_source=x#acc.1")
	f.Add("https:/https:zu.b@@m")
	f.Add("http;/http:0.@0")
	f.Add("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.org%2Fa")
	f.Fuzz(func(t *testing.T, raw string) {
		u, l, ok := ParseLink(raw)
		if !ok {
			return
		}
		again, k, ok := ParseLink(u)
		if !ok || again != u || k.Class != l.Class || k.Provider != l.Provider {
			t.Errorf("%q gives %q %+v, that gives %q %+v, %v", raw, u, l, again, k, ok)
		}
		if !strings.HasPrefix(u, "https://") && !strings.HasPrefix(u, "http://") {
			t.Errorf("%q", u)
		}
		if l.Machine != "" {
			if _, _, ok := ParseLink(l.Machine); !ok {
				t.Errorf("%q: machine form %q", raw, l.Machine)
			}
		}
	})
}
