package extract

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"assay/extract/pdf/pdftest"
)

const pdfTestURL = pdftest.URL

func pdfTestJSON(id string) string {
	return `{"@context":"https://w3id.org/openbadges/v2","id":"https://badges.example.org/` + id + `","type":"Assertion","recipient":{"type":"email","identity":"applicant@example.org","hashed":false},"badge":"https://badges.example.org/class"}`
}

func pdfTestJWS(id string) string {
	e := base64.RawURLEncoding.EncodeToString
	return e([]byte(`{"alg":"EdDSA","typ":"JWT"}`)) + "." + e([]byte(`{"iss":"https://issuer.example.org","jti":"urn:`+id+`"}`)) + "." + e(bytes.Repeat([]byte("s"), 64))
}

// pdfFound returns the places of the finding whose payload contains s.
func pdfFound(r Result, s string) []Place {
	for _, f := range r.Findings {
		if strings.Contains(f.Payload, s) {
			return f.Places
		}
	}
	return nil
}

func wheres(places []Place) (out []string) {
	for _, p := range places {
		out = append(out, p.Where)
	}
	return out
}

func TestPDFPlaces(t *testing.T) {
	link := func(n int) string {
		return fmt.Sprintf("https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-%012d", n)
	}
	file := func(b *pdftest.Builder, name, data string) string {
		s := b.Packed("/Type /EmbeddedFile", data)
		return b.Add("<</Type /Filespec /F %s /EF <</F %s>>>>", pdftest.String(name), s)
	}
	for _, tc := range []struct {
		desc string
		make func(b *pdftest.Builder)
		want string // in the payload
		at   string // place, without the document's name
	}{
		{"link annotation", func(b *pdftest.Builder) {
			b.Page = "/Annots [<</Subtype /Link /A <</S /URI /URI (" + link(1) + ")>>>>]"
		}, link(1), "page 1 > link"},
		{"URI as reference, in hexadecimal UTF-16", func(b *pdftest.Builder) {
			u := "feff"
			for _, c := range []byte(link(1)) {
				u += fmt.Sprintf("00%02x", c)
			}
			b.Page = "/Annots [<</Subtype /Link /A <</S /URI /URI " + b.Add("<%s>", u) + ">>>>]"
		}, link(1), "page 1 > link"},
		{"unknown escape", func(b *pdftest.Builder) {
			b.Page = `/Annots [<</Subtype /Link /A <</S /URI /URI (` + strings.Replace(link(1), "credly", `\credly`, 1) + `)>>>>]`
		}, link(1), "page 1 > link"},
		{"Next of an action", func(b *pdftest.Builder) {
			b.Page = "/Annots [<</Subtype /Link /A <</S /GoTo /Next [<</S /Named /N /NextPage /Next <</S /URI /URI (" + link(2) + ")>>>>]>>>>]"
		}, link(2), "page 1 > link"},
		{"previous action", func(b *pdftest.Builder) {
			b.Page = "/Annots [<</Subtype /Link /PA <</S /URI /URI (" + link(3) + ")>>>>]"
		}, link(3), "page 1 > link"},
		{"widget's additional action", func(b *pdftest.Builder) {
			b.Page = "/Annots [<</Subtype /Widget /AA <</U <</S /URI /URI (" + link(4) + ")>>>>>>]"
		}, link(4), "page 1 > form field"},
		{"page's additional action", func(b *pdftest.Builder) { b.Page = "/AA <</O <</S /URI /URI (" + link(5) + ")>>>>" }, link(5), "page 1 > page action"},
		{"open action", func(b *pdftest.Builder) { b.Catalog = "/OpenAction <</S /URI /URI (" + link(6) + ")>>" }, link(6), "open action"},
		{"document action", func(b *pdftest.Builder) { b.Catalog = "/AA <</WC <</S /URI /URI (" + link(7) + ")>>>>" }, link(7), "document action"},
		{"outline", func(b *pdftest.Builder) {
			item := b.Add("<</Title (x) /Next %s>>", b.Add("<</Title (y) /A <</S /URI /URI (%s)>>>>", link(8)))
			b.Catalog = "/Outlines <</First " + item + ">>"
		}, link(8), "outline"},
		{"URL name tree", func(b *pdftest.Builder) {
			b.Catalog = "/Names <</URLS <</Kids [" + b.Add("<</Names [(a) <</S /URI /URI (%s)>>]>>", link(9)) + "]>>>>"
		}, link(9), "name tree"},
		{"base of relative URIs", func(b *pdftest.Builder) {
			b.Catalog = "/URI <</Base (https://www.credly.com/badges/)>>"
			b.Page = "/Annots [<</Subtype /Link /A <</S /URI /URI (7e6dfd1a-6cb8-4a26-9d5b-000000000010)>>>>]"
		}, link(10), "page 1 > link"},
		{"form submitted to a URL", func(b *pdftest.Builder) {
			b.Page = "/Annots [<</Subtype /Widget /A <</S /SubmitForm /F <</FS /URL /F (" + link(11) + ")>>>>>>]"
		}, link(11), "page 1 > form field > SubmitForm"},
		{"info", func(b *pdftest.Builder) { b.Info = "/openbadges " + pdftest.String(pdfTestJSON("info")) }, "/info", "info openbadges"},
		{"info, any key", func(b *pdftest.Builder) { b.Info = "/Keywords (see " + link(12) + " there)" }, link(12), "info Keywords"},
		{"XMP, Salava's element", func(b *pdftest.Builder) {
			b.Catalog = "/Metadata " + b.Stream("/Type /Metadata /Subtype /XML", `<x:xmpmeta xmlns:x="adobe:ns:meta/"><openbadges:assertion xmlns:openbadges="http://openbadges.org" verify="`+pdfTestJWS("xmp")+`"/></x:xmpmeta>`)
		}, pdfTestJWS("xmp"), "xmp"},
		{"XMP, JSON with entities", func(b *pdftest.Builder) {
			b.Catalog = "/Metadata " + b.Packed("/Type /Metadata /Subtype /XML", `<x:xmpmeta xmlns:x="adobe:ns:meta/"><ob:credential xmlns:ob="https://purl.imsglobal.org/ob/v3p0">`+strings.ReplaceAll(pdfTestJSON("xmpjson"), `"`, "&quot;")+`</ob:credential></x:xmpmeta>`)
		}, "/xmpjson", "xmp"},
		{"XMP of a picture", func(b *pdftest.Builder) {
			m := b.Stream("/Type /Metadata", `<a b="`+link(13)+`"/>`)
			img := b.Stream("/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray /Metadata "+m, "x")
			b.Page = "/Resources <</XObject <</Im1 " + img + ">>>> /Metadata " + b.Stream("/Type /Metadata", "<a/>")
		}, link(13), "page 1 > image Im1 > xmp"},
		{"attachment", func(b *pdftest.Builder) {
			b.Catalog = "/Names <</EmbeddedFiles <</Names [(x) " + file(b, "badge.json", pdfTestJSON("file")) + "]>>>>"
		}, "/file", "attachment badge.json"},
		{"what a hybrid of LibreOffice was made from", func(b *pdftest.Builder) {
			b.Trailer = "/AdditionalStreams [/application#2Fvnd#2Eoasis#2Eopendocument#2Etext " + b.Packed("", pdfTestJSON("hybrid")) + "]"
		}, "/hybrid", "original > attachment"},
		{"attachment with every filter", func(b *pdftest.Builder) {
			h := hex.EncodeToString([]byte(pdftest.Deflated(pdfTestJSON("filters")))) + ">"
			s := b.Stream("/Type /EmbeddedFile /Filter [/ASCIIHexDecode /FlateDecode]", h)
			b.Catalog = "/Names <</EmbeddedFiles <</Names [(x) <</F (badge.json) /EF <</F " + s + ">>>>]>>>>"
		}, "/filters", "attachment badge.json"},
		{"associated file of the catalog", func(b *pdftest.Builder) { b.Catalog = "/AF [" + file(b, "a.json", pdfTestJSON("af")) + "]" }, "/af", "attachment a.json"},
		{"associated file of a page", func(b *pdftest.Builder) { b.Page = "/AF " + file(b, "a.json", pdfTestJSON("pageaf")) }, "/pageaf", "page 1 > attachment a.json"},
		{"associated file of a structure element", func(b *pdftest.Builder) {
			b.Catalog = "/StructTreeRoot <</K [<</S /Document /K <</S /P /AF [" + file(b, "a.json", pdfTestJSON("structaf")) + "]>>>>]>>"
		}, "/structaf", "structure > attachment a.json"},
		{"associated file of a form XObject", func(b *pdftest.Builder) {
			form := b.Stream("/Subtype /Form /AF ["+file(b, "a.json", pdfTestJSON("formaf"))+"]", "")
			b.Page = "/Resources <</XObject <</Fm1 " + form + ">>>>"
		}, "/formaf", "page 1 > image Fm1 > attachment a.json"},
		{"file attachment annotation", func(b *pdftest.Builder) {
			b.Page = "/Annots [<</Subtype /FileAttachment /FS " + file(b, "a.json", pdfTestJSON("annot")) + ">>]"
		}, "/annot", "page 1 > attachment a.json"},
		{"rich media", func(b *pdftest.Builder) {
			b.Page = "/Annots [<</Subtype /RichMedia /RichMediaContent <</Assets <</Names [(a) " + file(b, "a.json", pdfTestJSON("rich")) + "]>>>>>>]"
		}, "/rich", "page 1 > attachment a.json"},
		{"form field", func(b *pdftest.Builder) {
			b.Catalog = "/AcroForm <</Fields [" + b.Add("<</T (badge) /FT /Tx /V %s>>", pdftest.String(pdfTestJSON("field"))) + "]>>"
		}, "/field", "form > form field badge"},
		{"form field, value of its parent", func(b *pdftest.Builder) {
			parent := b.Add("<</T (badge) /FT /Tx /V %s>>", pdftest.String(pdfTestJSON("parent")))
			b.Page = "/Annots [<</Subtype /Widget /Parent " + parent + ">>]"
		}, "/parent", "page 1 > form field badge"},
		{"XFA", func(b *pdftest.Builder) {
			b.Catalog = "/AcroForm <</XFA [(datasets) " + b.Packed("", "<d><badge>"+link(14)+"</badge></d>") + "]>>"
		}, link(14), "xfa datasets"},
		{"XFA right behind the name of a namespace", func(b *pdftest.Builder) {
			b.Catalog = "/AcroForm <</XFA " + b.Packed("", `<x:d xmlns:x="y"><x:b>`+link(24)+"</x:b></x:d>") + ">>"
		}, link(24), "xfa"},
		{"script of a link", func(b *pdftest.Builder) {
			b.Page = "/Annots [<</Subtype /Link /A <</S /JavaScript /JS (app.launchURL\\(\"" + link(25) + "\", true\\);)>>>>]"
		}, link(25), "page 1 > link > script"},
		{"script of the document", func(b *pdftest.Builder) {
			b.Catalog = "/Names <</JavaScript <</Names [(a) <</S /JavaScript /JS " + b.Packed("", `app.launchURL("`+link(26)+`")`) + ">>]>>>>"
		}, link(26), "name tree > script"},
		{"text", func(b *pdftest.Builder) { b.Content = "BT /F1 10 Tf 50 700 Td (See " + link(15) + " for it) Tj ET" }, link(15), "page 1 > text"},
		{"text, letter by letter", func(b *pdftest.Builder) {
			b.Content = "BT /F1 10 Tf 50 700 Td ["
			for _, c := range link(16) {
				b.Content += fmt.Sprintf("(%c) 5 ", c)
			}
			b.Content += "] TJ ET"
		}, link(16), "page 1 > text"},
		{"text over two lines", func(b *pdftest.Builder) {
			b.Content = "BT /F1 10 Tf 50 700 Td (" + link(17)[:40] + ") Tj 0 -12 Td (" + link(17)[40:] + ") Tj ET"
		}, link(17), "page 1 > text"},
		{"JWS over lines", func(b *pdftest.Builder) {
			s := pdfTestJWS("lines")
			b.Content = "BT /F1 10 Tf 12 TL 50 700 Td (" + s[:50] + ") Tj (" + s[50:100] + ") ' (" + s[100:] + ") ' ET"
		}, pdfTestJWS("lines"), "page 1 > text"},
		{"text of a form XObject", func(b *pdftest.Builder) {
			form := b.Packed("/Subtype /Form /Matrix [1 0 0 1 10 10]", "BT /F1 10 Tf (x "+link(18)+") Tj ET")
			b.Page = "/Resources <</Font <</F1 <</Subtype /Type1 /BaseFont /Courier>>>> /XObject <</Fm1 " + form + ">>>>"
			b.Content = "/Fm1 Do"
		}, link(18), "page 1 > text"},
		{"text of an appearance", func(b *pdftest.Builder) {
			form := b.Packed("/Subtype /Form /Resources <</Font <</F1 <</Subtype /Type1 /BaseFont /Courier>>>>>>", "BT /F1 10 Tf (x "+link(19)+") Tj ET")
			b.Page = "/Annots [<</Subtype /FreeText /AP <</N " + form + ">>>>]"
		}, link(19), "page 1 > text"},
		{"text by ToUnicode, although an encoding is named", func(b *pdftest.Builder) {
			cmap := "1 begincodespacerange <00> <ff> endcodespacerange\n1 beginbfrange\n<01> <5f> <0020>\nendbfrange"
			font := "<</Subtype /TrueType /BaseFont /ABCDEF+X /Encoding /WinAnsiEncoding /ToUnicode " + b.Stream("", cmap) + ">>"
			b.Page = "/Resources <</Font <</F1 " + b.Add("%s", font) + ">>>>"
			var codes string
			for _, c := range []byte(link(20)) {
				codes += fmt.Sprintf("%02x", c-0x1f)
			}
			b.Content = "BT /F1 10 Tf <" + codes + "> Tj ET"
		}, link(20), "page 1 > text"},
		{"text by the names of glyphs", func(b *pdftest.Builder) {
			b.Page = "/Resources <</Font <</F1 <</Subtype /Type1 /BaseFont /X /Encoding <</Differences [1 /h /t /p /s /colon /slash /w /uni002E /c /r /e /d /l /y /o /m /b /a /g /seven /six /f /one /hyphen /eight /four /two /nine /five /zero]>>>>>>>>"
			var codes string
			for _, c := range []byte(link(21)) {
				codes += fmt.Sprintf("%02x", 1+strings.IndexByte("htps:/w.credlyombag76f1-842950", c))
			}
			b.Content = "BT /F1 10 Tf <" + codes + "> Tj ET"
		}, link(21), "page 1 > text"},
		{"text of a CID font", func(b *pdftest.Builder) {
			cmap := "1 begincodespacerange <0000> <ffff> endcodespacerange\n1 beginbfrange\n<0003> <0080> <0020>\nendbfrange"
			font := "<</Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<</Subtype /CIDFontType2 /DW 500>>] /ToUnicode " + b.Packed("", cmap) + ">>"
			b.Page = "/Resources <</Font <</F1 " + b.Add("%s", font) + ">>>>"
			var codes string
			for _, c := range []byte(link(22)) {
				codes += fmt.Sprintf("%04x", c-0x1d)
			}
			b.Content = "BT /F1 10 Tf <" + codes + "> Tj ET"
		}, link(22), "page 1 > text"},
		{"replacement text", func(b *pdftest.Builder) {
			b.Content = "BT /F1 10 Tf /Span <</ActualText (" + link(23) + ")>> BDC (garbage) Tj EMC ET"
		}, link(23), "page 1 > text"},
		{"text behind an inline image", func(b *pdftest.Builder) {
			b.Content = "BI /W 2 /H 2 /BPC 8 /CS /G ID a EI(b EI BT /F1 10 Tf (" + link(24) + ") Tj ET"
		}, link(24), "page 1 > text"},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			for _, form := range []string{"table", "streams"} {
				b := &pdftest.Builder{}
				tc.make(b)
				if strings.Contains(b.Page, "/Resources") {
					b.Content, b.Page = strings.TrimSpace(b.Content), b.Page+" "
				}
				data := b.Build()
				if form == "streams" {
					data = b.BuildStreams("")
				}
				r := find(t, "cv.pdf", data)
				places := pdfFound(r, tc.want)
				if !slices.Contains(wheres(places), "cv.pdf > "+tc.at) {
					t.Errorf("%s: %q at %q; all: %q", form, tc.want, wheres(places), show(r))
				}
				for _, p := range places {
					if slices.Contains(p.Flags, "rescue") || slices.Contains(p.Flags, "stale") {
						t.Errorf("%s: current and reachable, but marked %v", form, p.Flags)
					}
					if p.Reader == "" {
						t.Errorf("%s: no reader named at %s", form, p.Where)
					}
				}
			}
		})
	}
}

// TestPDFTextByFonts: two pages use one name for two fonts.
func TestPDFTextByFonts(t *testing.T) {
	b := &pdftest.Builder{Content: "BT /F1 10 Tf (https://a.example.org/badges/1) Tj ET"}
	cmap := b.Stream("", "1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <01> <5f> <0020> endbfrange")
	font := b.Add("<</Subtype /TrueType /ToUnicode %s>>", cmap)
	var codes string
	for _, c := range []byte("https://b.example.org/badges/2") {
		codes += fmt.Sprintf("%02x", c-0x1f)
	}
	content := b.Stream("", "BT /F1 10 Tf <"+codes+"> Tj ET")
	page2 := b.Add("<</Type /Page /Parent 2 0 R /Resources <</Font <</F1 %s>>>> /Contents %s>>", font, content)
	data := bytes.Replace(b.Build(), []byte("/Kids [3 0 R]"), []byte("/Kids [3 0 R "+page2+"]"), 1)
	r := find(t, "cv.pdf", data)
	for i, u := range []string{"https://a.example.org/badges/1", "https://b.example.org/badges/2"} {
		if got := wheres(pdfFound(r, u)); !slices.Equal(got, []string{fmt.Sprintf("cv.pdf > page %d > text", i+1)}) {
			t.Errorf("%s at %q", u, got)
		}
	}
}

func TestPDFOlderRevision(t *testing.T) {
	b := &pdftest.Builder{
		Page: "/Annots [6 0 R]",
		Info: "/openbadges " + pdftest.String(pdfTestJSON("old")),
	}
	b.Add("<</Subtype /Link /A <</S /URI /URI (https://old.example.org/badges/1)>>>>")
	data := b.Build()
	prev := bytes.LastIndex(data, []byte("xref\n0"))
	link, info := len(data), 0
	data = append(data, "6 0 obj\n<</Subtype /Link /A <</S /URI /URI (https://new.example.org/badges/1)>>>>\nendobj\n"...)
	info = len(data)
	data = append(data, "7 0 obj\n<</openbadges "+pdftest.String(pdfTestJSON("new"))+">>\nendobj\n"...)
	start := len(data)
	data = append(data, fmt.Sprintf("xref\n6 2\n%010d 00000 n \n%010d 00000 n \ntrailer\n<</Size 8 /Root 1 0 R /Info 7 0 R /Prev %d>>\nstartxref\n%d\n%%%%EOF\n", link, info, prev, start)...)
	r := find(t, "cv.pdf", data)
	for _, tc := range []struct {
		want, at string
		stale    bool
	}{
		{"https://new.example.org/badges/1", "cv.pdf > page 1 > link", false},
		{"https://old.example.org/badges/1", "cv.pdf > object 6 > link", true},
		{"badges.example.org/new", "cv.pdf > info openbadges", false},
		{"badges.example.org/old", "cv.pdf > info openbadges", true},
	} {
		places := pdfFound(r, tc.want)
		if len(places) != 1 || places[0].Where != tc.at || slices.Contains(places[0].Flags, "stale") != tc.stale {
			t.Errorf("%s: %+v, want %s, stale %v", tc.want, places, tc.at, tc.stale)
		}
	}
}

func TestPDFDamage(t *testing.T) {
	b := &pdftest.Builder{
		Page:    "/Annots [<</Subtype /Link /A <</S /URI /URI (" + pdfTestURL + ")>>>>]",
		Content: "BT /F1 10 Tf (https://text.example.org/badges/1) Tj ET",
		Info:    "/openbadges " + pdftest.String(pdfTestJSON("info")),
	}
	b.Catalog = "/Names <</EmbeddedFiles <</Names [(x) <</F (a.jwt) /EF <</F " + b.Packed("/Type /EmbeddedFile", pdfTestJWS("file")) + ">>>>]>>>>"
	plain, streams := b.Build(), b.BuildStreams("")
	xref := bytes.LastIndex(plain, []byte("xref\n0"))
	for _, tc := range []struct {
		desc string
		data []byte
		lost []string // what is gone with the damage
	}{
		{"plain", plain, nil},
		{"junk before", append([]byte("junk\n\x00more\n"), plain...), nil},
		{"junk behind", append(bytes.Clone(plain), bytes.Repeat([]byte("\x00junk"), 700)...), nil},
		{"PDF 2.0", bytes.Replace(plain, []byte("%PDF-1.7"), []byte("%PDF-2.0"), 1), nil},
		{"odd header", bytes.Replace(plain, []byte("%PDF-1.7\n"), []byte("%PDF-1.7 "), 1), nil},
		{"wrong startxref", bytes.Replace(plain, []byte("startxref\n"), []byte("startxref\n9"), 1), nil},
		{"no cross references", plain[:xref], []string{"/info"}},
		{"offsets off", bytes.Replace(plain, []byte("%PDF-1.7\n"), []byte("%PDF-1.7\n%x\n"), 1), nil},
		{"cut behind the objects' middle", plain[:bytes.Index(plain, []byte("5 0 obj"))], []string{"/info", "https://issuer"}},
		{"object streams, junk before", append([]byte("junk\n"), streams...), nil},
		{"object streams, wrong startxref", bytes.Replace(streams, []byte("startxref\n"), []byte("startxref\n9"), 1), nil},
		{"carriage returns for line ends", bytes.Replace(plain, []byte("%PDF-1.7\n"), []byte("%PDF-1.7\r"), 1), nil},
		{"wrong length", bytes.Replace(plain, []byte("/Length 46"), []byte("/Length 4 "), 1), nil},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			r := find(t, "cv.pdf", tc.data)
			for _, want := range []string{pdfTestURL, "https://text.example.org/badges/1", "/info", pdfTestJWS("file")} {
				if slices.Contains(tc.lost, want) || strings.HasPrefix(want, "ey") && slices.Contains(tc.lost, "https://issuer") {
					continue
				}
				if pdfFound(r, want) == nil {
					t.Errorf("%.40s is not found: %q", want, show(r))
				}
			}
		})
	}
}

// TestPDFTruncated: cut anywhere, what came before is found, and nothing breaks.
func TestPDFTruncated(t *testing.T) {
	b := &pdftest.Builder{Page: "/Annots [<</Subtype /Link /A <</S /URI /URI (" + pdfTestURL + ")>>>>]"}
	for _, data := range [][]byte{b.Build(), b.BuildStreams("")} {
		whole := bytes.Index(data, []byte(pdfTestURL))
		for n := range len(data) {
			r := find(t, "cv.pdf", data[:n])
			if whole > 0 && n > whole+len(pdfTestURL)+200 && pdfFound(r, pdfTestURL) == nil {
				t.Fatalf("cut at %d of %d: the link is lost", n, len(data))
			}
		}
	}
}

func TestPDFInPDF(t *testing.T) {
	inner := (&pdftest.Builder{Page: "/Annots [<</Subtype /Link /A <</S /URI /URI (" + pdfTestURL + ")>>>>]"}).Build()
	for _, packed := range []bool{true, false} {
		b := &pdftest.Builder{}
		s := b.Stream("/Type /EmbeddedFile", string(inner))
		if packed {
			s = b.Packed("/Type /EmbeddedFile", string(inner))
		}
		b.Catalog = "/Names <</EmbeddedFiles <</Names [(x) <</F (inner.pdf) /EF <</F " + s + ">>>>]>>>>"
		r := find(t, "cv.pdf", b.Build())
		if got := wheres(pdfFound(r, pdfTestURL)); !slices.Equal(got, []string{"cv.pdf > attachment inner.pdf > page 1 > link"}) {
			t.Errorf("packed %v: %q", packed, got)
		}
	}
	// As deep as is allowed, and one deeper.
	data := inner
	for range 6 {
		b := &pdftest.Builder{}
		b.Catalog = "/AF [<</F (a.pdf) /EF <</F " + b.Packed("/Type /EmbeddedFile", string(data)) + ">>>>]"
		data = b.Build()
	}
	r := find(t, "cv.pdf", data)
	if pdfFound(r, pdfTestURL) != nil || len(r.Unread) != 1 || r.Unread[0].Reason != ReasonDepth {
		t.Errorf("six deep: %q, want the limit of depth", show(r))
	}
}

func TestPDFTargetsAreNotOpened(t *testing.T) {
	b := &pdftest.Builder{Page: "/Annots [<</Subtype /Link /A <</S /Launch /F (secret name.exe)>>>> <</Subtype /Link /A <</S /GoToR /F <</F (other.pdf)>> /D [0 /Fit]>>>>]"}
	r := find(t, "cv.pdf", b.Build())
	if len(r.Findings) != 0 || len(r.Unread) != 2 {
		t.Fatalf("%q, want two targets told", show(r))
	}
	for i, at := range []string{"cv.pdf > page 1 > link > Launch", "cv.pdf > page 1 > link > GoToR"} {
		if u := r.Unread[i]; u.Where != at || u.Reason != ReasonOutside || strings.Contains(u.Detail, "secret") {
			t.Errorf("unread %+v, want %s", u, at)
		}
	}
}

func TestPDFNothing(t *testing.T) {
	r := find(t, "cv.pdf", (&pdftest.Builder{Content: "BT /F1 10 Tf (An ordinary life) Tj ET", Info: "/Producer (a writer 1.0)"}).Build())
	if len(r.Findings) != 0 || len(r.Unread) != 0 {
		t.Errorf("%q, want nothing found and nothing unread", show(r))
	}
	r = find(t, "cv.pdf", []byte("%PDF-1.4\nno more than that"))
	if len(r.Unread) != 1 || r.Unread[0].Reason != ReasonMalformed {
		t.Errorf("%q, want it reported as malformed", show(r))
	}
}

func TestPDFCodes(t *testing.T) {
	m, err := qrcode.NewQRCodeWriter().Encode(pdfTestURL, gozxing.BarcodeFormat_QR_CODE, 200, 200, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, h := m.GetWidth(), m.GetHeight()
	gray, rgb, bits := make([]byte, w*h), make([]byte, 3*w*h), make([]byte, (w+7)/8*h)
	deep, cmyk, inverted := make([]byte, 2*w*h), make([]byte, 4*w*h), make([]byte, 4*w*h)
	picture := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := byte(255)
			if m.Get(x, y) {
				v = 0
			} else {
				bits[y*((w+7)/8)+x/8] |= 0x80 >> (x % 8)
			}
			gray[y*w+x] = v
			copy(rgb[3*(y*w+x):], []byte{v, v, v})
			deep[2*(y*w+x)] = v
			copy(cmyk[4*(y*w+x):], []byte{0, 0, 0, 255 - v})
			copy(inverted[4*(y*w+x):], []byte{255, 255, 255, v})
			picture.SetGray(x, y, color.Gray{Y: v})
		}
	}
	var jpg bytes.Buffer
	if err := jpeg.Encode(&jpg, picture, nil); err != nil {
		t.Fatal(err)
	}
	size := fmt.Sprintf("/Subtype /Image /Width %d /Height %d ", w, h)
	indexed := make([]byte, len(gray))
	for i, v := range gray {
		if v == 0 {
			indexed[i] = 1
		}
	}
	for _, tc := range []struct {
		desc string
		add  func(b *pdftest.Builder) string
	}{
		{"gray", func(b *pdftest.Builder) string {
			return b.Packed(size+"/BitsPerComponent 8 /ColorSpace /DeviceGray", string(gray))
		}},
		{"rgb", func(b *pdftest.Builder) string {
			return b.Packed(size+"/BitsPerComponent 8 /ColorSpace /DeviceRGB", string(rgb))
		}},
		{"one bit", func(b *pdftest.Builder) string {
			return b.Packed(size+"/BitsPerComponent 1 /ColorSpace /DeviceGray", string(bits))
		}},
		{"sixteen bits", func(b *pdftest.Builder) string {
			return b.Packed(size+"/BitsPerComponent 16 /ColorSpace /DeviceGray", string(deep))
		}},
		{"inverted", func(b *pdftest.Builder) string {
			negative := bytes.Clone(gray)
			for i := range negative {
				negative[i] = 255 - negative[i]
			}
			return b.Packed(size+"/BitsPerComponent 8 /ColorSpace /DeviceGray /Decode [1 0]", string(negative))
		}},
		{"cmyk", func(b *pdftest.Builder) string {
			return b.Packed(size+"/BitsPerComponent 8 /ColorSpace /DeviceCMYK", string(cmyk))
		}},
		{"cmyk inverted", func(b *pdftest.Builder) string {
			return b.Packed(size+"/BitsPerComponent 8 /ColorSpace /DeviceCMYK /Decode [1 0 1 0 1 0 1 0]", string(inverted))
		}},
		{"mask", func(b *pdftest.Builder) string { return b.Packed(size+"/ImageMask true", string(bits)) }},
		{"indexed", func(b *pdftest.Builder) string {
			return b.Packed(size+"/BitsPerComponent 8 /ColorSpace [/Indexed /DeviceRGB 1 <ffffff000000>]", string(indexed))
		}},
		{"jpeg", func(b *pdftest.Builder) string {
			return b.Stream(size+"/BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /DCTDecode", jpg.String())
		}},
		{"within a form", func(b *pdftest.Builder) string {
			img := b.Packed(size+"/BitsPerComponent 8 /ColorSpace /DeviceGray", string(gray))
			return b.Stream("/Subtype /Form /Resources <</XObject <</Im1 "+img+">>>>", "/Im1 Do")
		}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			b := &pdftest.Builder{}
			b.Page = "/Resources <</XObject <</Im1 " + tc.add(b) + ">>>>"
			data := b.Build()
			r := find(t, "cv.pdf", data)
			if got := wheres(pdfFound(r, pdfTestURL)); !slices.Equal(got, []string{"cv.pdf > page 1 > image Im1 > QR code"}) {
				t.Errorf("%q; %q", got, show(r))
			}
			if r := findWith(t, Limits{QR: QRNever}, Document{Name: "cv.pdf", Data: data}); len(r.Findings) != 0 {
				t.Errorf("pixels were read although they must not: %q", show(r))
			}
			b.Info = "/openbadges " + pdftest.String(pdfTestJSON("info"))
			if r := find(t, "cv.pdf", b.Build()); pdfFound(r, pdfTestURL) != nil {
				t.Error("pixels were read although a badge was found already")
			}
			if r := findWith(t, Limits{QR: QRAlways}, Document{Name: "cv.pdf", Data: b.Build()}); pdfFound(r, pdfTestURL) == nil {
				t.Error("pixels were not read although they must always be")
			}
		})
	}
}

// TestB03_PDFPictures: a picture that claims to be huge costs nothing.
func TestB03_PDFPictures(t *testing.T) {
	b := &pdftest.Builder{}
	b.Page = "/Resources <</XObject <</Im1 " + b.Packed("/Subtype /Image /Width 32000 /Height 32000 /BitsPerComponent 8 /ColorSpace /DeviceGray", "x") + ">>>>"
	if n := testing.Benchmark(func(tb *testing.B) {
		for tb.Loop() {
			find(tb, "cv.pdf", b.Build())
		}
	}).AllocedBytesPerOp(); n > 4<<20 {
		t.Errorf("a picture that claims to be huge costs %d bytes", n)
	}
}

func TestPDFCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	e := Extractor{}
	_, err := e.Extract(ctx, Document{Name: "cv.pdf", Data: (&pdftest.Builder{}).Build()})
	if err == nil {
		t.Error("no error of the context")
	}
}

// TestPDFEncrypted: with the empty password everything is found, however the
// file is encrypted; with another one it is told, and what was left in the clear
// is found all the same.
func TestPDFEncrypted(t *testing.T) {
	for _, way := range pdftest.Encryptions {
		t.Run(way, func(t *testing.T) {
			b := &pdftest.Builder{
				Encrypt: way,
				Page:    "/Annots [<</Subtype /Link /A <</S /URI /URI (" + pdfTestURL + ")>>>>]",
				Content: "BT /F1 10 Tf (https://text.example.org/badges/1) Tj ET",
				Info:    "/openbadges " + pdftest.String(pdfTestJSON("info")),
			}
			b.Catalog = "/Names <</EmbeddedFiles <</Names [(x) <</F (a.jwt) /EF <</F " + b.Packed("/Type /EmbeddedFile", pdfTestJWS("packed")) + ">>>> (y) <</F (b.json) /EF <</F " + b.Stream("/Type /EmbeddedFile", pdfTestJSON("plain")) + ">>>>]>>>>"
			b.Trailer = "/AdditionalStreams [/application#2Fvnd#2Eoasis#2Eopendocument#2Etext " + b.Packed("", pdfTestJSON("hybrid")) + "]"
			r := find(t, "cv.pdf", b.Build())
			for want, at := range map[string]string{
				pdfTestURL:                          "page 1 > link",
				"https://text.example.org/badges/1": "page 1 > text",
				"/info":                             "info openbadges",
				pdfTestJWS("packed"):                "attachment a.jwt",
				"/plain":                            "attachment b.json",
				"/hybrid":                           "original > attachment",
			} {
				if got := wheres(pdfFound(r, want)); !slices.Contains(got, "cv.pdf > "+at) {
					t.Errorf("%.40s at %q, want %s", want, got, at)
				}
			}
			if len(r.Unread) != 0 {
				t.Errorf("unread %+v", r.Unread)
			}
			b.Password = "not empty"
			if r := find(t, "cv.pdf", b.Build()); len(r.Findings) != 0 || len(r.Unread) != 1 || r.Unread[0].Reason != ReasonEncrypted {
				t.Errorf("behind a password: %q", show(r))
			}
		})
	}
	// Metadata that an encrypted file leaves in the clear (ISO 32000-1 §7.6.3.2,
	// EncryptMetadata false).
	b := &pdftest.Builder{Encrypt: "aes-128", Password: "not empty"}
	data := b.Build()
	clear := `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><openbadges:assertion xmlns:openbadges="http://openbadges.org" verify="` + pdfTestJWS("clear") + `"/></rdf:RDF></x:xmpmeta>`
	data = bytes.Replace(data, []byte("xref\n0"), fmt.Appendf(nil, "90 0 obj\n<</Type /Metadata /Length %d>> stream\n%s\nendstream\nendobj\nxref\n0", len(clear), clear), 1)
	if got := wheres(pdfFound(find(t, "cv.pdf", data), pdfTestJWS("clear"))); !slices.Equal(got, []string{"cv.pdf > object 90 > xmp"}) {
		t.Errorf("metadata in the clear: %q", got)
	}
}

// TestPDFOlderObjects: what only an older revision leads to is found, and is
// marked stale: files, metadata, and strings that object streams hold.
func TestPDFOlderObjects(t *testing.T) {
	b := &pdftest.Builder{}
	b.Packed("/Type /EmbeddedFile", pdfTestJSON("oldfile"))                                                                           // 6
	b.Stream("/Type /Metadata", `<openbadges:assertion xmlns:openbadges="http://openbadges.org" verify="`+pdfTestJWS("oldxmp")+`"/>`) // 7
	b.Add("<</Any [(x) %s]>>", pdftest.String(pdfTestJSON("oldstring")))                                                              // 8
	b.Add("<</Type /Catalog /Pages 2 0 R /Metadata 7 0 R>>")                                                                          // 9
	data := b.Build()
	prev := bytes.LastIndex(data, []byte("xref\n0"))
	var table strings.Builder
	for n := 6; n <= 8; n++ {
		fmt.Fprintf(&table, "%010d 00000 n \n", len(data))
		data = append(data, fmt.Sprintf("%d 0 obj\n<</Empty true>>\nendobj\n", n)...)
	}
	start := len(data)
	data = append(data, fmt.Sprintf("xref\n6 3\n%strailer\n<</Size 10 /Root 1 0 R /Prev %d>>\nstartxref\n%d\n%%%%EOF\n", table.String(), prev, start)...)
	r := find(t, "cv.pdf", data)
	for want, at := range map[string]string{
		"/oldfile":           "object 6 > attachment",
		pdfTestJWS("oldxmp"): "object 7 > xmp",
		"/oldstring":         "object 8",
	} {
		places := pdfFound(r, want)
		if len(places) == 0 || places[0].Where != "cv.pdf > "+at || !slices.Contains(places[0].Flags, "stale") {
			t.Errorf("%.40s at %+v, want %s, stale", want, places, at)
		}
	}
}

// TestPDFOrphans: a file that no tree leads to is found, and marked so.
func TestPDFOrphans(t *testing.T) {
	b := &pdftest.Builder{}
	b.Packed("/Type /EmbeddedFile", pdfTestJSON("orphan"))
	b.Add("<</S /URI /URI (" + pdfTestURL + ")>>")
	r := find(t, "cv.pdf", b.Build())
	for _, want := range []string{"/orphan", pdfTestURL} {
		if places := pdfFound(r, want); len(places) == 0 || !slices.Contains(places[0].Flags, "rescue") {
			t.Errorf("%.40s at %+v, want it, marked as rescued", want, places)
		}
	}
}
