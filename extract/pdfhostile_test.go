package extract

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pdfHostile are files that kill, hang or bloat PDF readers. Those with find
// are to give their link all the same. Without large only the small ones are
// made.
func pdfHostile(large bool) map[string]struct {
	data []byte
	find bool
} {
	out := map[string]struct {
		data []byte
		find bool
	}{}
	put := func(name string, find bool, data []byte) {
		out[name] = struct {
			data []byte
			find bool
		}{data, find}
	}
	annot := "/Annots [<</Subtype /Link /A <</S /URI /URI (" + pdfTestURL + ")>>>>]"
	base := func() *pdfBuilder { return &pdfBuilder{pageMore: annot} }
	replace := func(b []byte, old, new string) []byte {
		if !bytes.Contains(b, []byte(old)) {
			panic("nothing to replace: " + old)
		}
		return bytes.Replace(b, []byte(old), []byte(new), 1)
	}

	// Cross references.
	plain := base().build()
	put("prev_self", true, replace(plain, "/Root 1 0 R", fmt.Sprintf("/Prev %d /Root 1 0 R", bytes.LastIndex(plain, []byte("xref\n0")))))
	put("xref_hugestart", true, replace(plain, "xref\n0 6\n", "xref\n4294967290 1\n0000000009 00000 n \n0 6\n"))
	put("xref_hugecount", true, replace(plain, "xref\n0 6\n", "xref\n0 999999999\n"))
	put("xref_hugesize", true, replace(plain, "/Size 6", "/Size 9223372036854775807"))
	streams := base().buildStreams("")
	put("xrefstm_hugesize", true, replace(streams, "/Size 8", "/Size 8589934592"))
	put("xrefstm_hugeindex", true, replace(streams, "/W [1 2 1]", "/Index [0 8 4294967290 999999999] /W [1 2 1]"))
	put("xrefstm_w", true, replace(streams, "/W [1 2 1]", "/W [0 0 0]"))
	put("xrefstm_hugew", true, replace(streams, "/W [1 2 1]", "/W [2147483647 2147483647 1]"))
	self := bytes.Clone(streams)
	// The object stream says of itself that it is in itself.
	at := bytes.LastIndex(self, []byte("stream\n\x00")) + len("stream\n")
	copy(self[at+6*4:], []byte{2, 0, 6, 0})
	put("objstm_self", true, self)
	put("objstm_extends_self", true, base().buildStreams("/Extends 6 0 R"))
	put("objstm_hugen", true, replace(streams, "/N 4", "/N 999999999"))
	var chain bytes.Buffer
	for i := range 20_000 {
		fmt.Fprintf(&chain, "xref\n0 1\n0000000000 65535 f \ntrailer <</Size 1 /Prev %d>>\n", i*60)
	}
	put("prev_chain", true, append(bytes.TrimSuffix(plain, []byte("%%EOF\n")), chain.Bytes()...))

	// Trees that are none.
	loop := func(change func(b *pdfBuilder)) []byte {
		b := base()
		change(b)
		return b.build()
	}
	put("kids_self", false, replace(plain, "/Kids [3 0 R]", "/Kids [2 0 R]"))
	put("kids_root", true, replace(plain, "/Kids [3 0 R]", "/Kids [3 0 R 2 0 R 1 0 R 3 0 R]"))
	put("parent_self", true, replace(replace(plain, "/Parent 2 0 R", "/Parent 3 0 R"), "/Resources", "/Rxsources"))
	put("count_huge", true, replace(plain, "/Count 1", "/Count 2147483648"))
	put("contents_self", true, replace(plain, "/Contents 4 0 R", "/Contents [3 0 R 3 0 R [3 0 R]]"))
	put("names_loop", true, loop(func(b *pdfBuilder) {
		b.catalog = "/Names <</EmbeddedFiles 6 0 R>>"
		b.add("<</Kids [6 0 R 6 0 R 7 0 R]>>")
		b.add("<</Kids [6 0 R 7 0 R] /Names [(x) 6 0 R (y)]>>")
	}))
	put("next_loop", true, loop(func(b *pdfBuilder) {
		b.catalog = "/OpenAction 6 0 R"
		b.add("<</S /GoTo /Next [7 0 R 6 0 R 7 0 R]>>")
		b.add("<</S /GoTo /Next [7 0 R 6 0 R]>>")
	}))
	put("outline_loop", true, loop(func(b *pdfBuilder) {
		b.catalog = "/Outlines <</First 6 0 R>>"
		b.add("<</Next 6 0 R /First 7 0 R>>")
		b.add("<</Next 6 0 R /First 7 0 R>>")
	}))
	put("field_loop", true, loop(func(b *pdfBuilder) {
		b.catalog = "/AcroForm <</Fields [6 0 R 7 0 R]>>"
		b.add("<</T (a) /Kids [6 0 R 7 0 R] /Parent 7 0 R>>")
		b.add("<</T (b) /Kids [6 0 R 7 0 R] /Parent 6 0 R>>")
	}))
	put("structure_loop", true, loop(func(b *pdfBuilder) {
		b.catalog = "/AF [] /StructTreeRoot 6 0 R"
		b.add("%s", "<</K ["+strings.Repeat("6 0 R 7 0 R ", 1000)+"]>>")
		b.add("%s", "<</K ["+strings.Repeat("6 0 R 7 0 R ", 1000)+"]>>")
	}))
	put("reference_loop", true, loop(func(b *pdfBuilder) {
		b.catalog = "/Metadata 6 0 R /AcroForm 7 0 R"
		b.add("7 0 R")
		b.add("6 0 R")
	}))
	fan := func(kids string, make func(b *pdfBuilder)) []byte {
		b := base()
		make(b)
		for i := range 30 {
			next := strings.Repeat(fmt.Sprintf("%d 0 R ", i+7), 10)
			b.add("<<"+kids+">>", next)
		}
		b.add("<<>>")
		return b.build()
	}
	put("kids_fan", false, replace(fan("/Type /Pages /Kids [%s]", func(*pdfBuilder) {}), "/Kids [3 0 R]", "/Kids [6 0 R]"))
	put("names_fan", true, fan("/Kids [%s]", func(b *pdfBuilder) { b.catalog = "/Names <</EmbeddedFiles 6 0 R>>" }))
	put("fields_fan", true, fan("/T (x) /Kids [%s]", func(b *pdfBuilder) { b.catalog = "/AcroForm <</Fields [6 0 R]>>" }))
	put("next_fan", true, fan("/S /GoTo /Next [%s]", func(b *pdfBuilder) { b.catalog = "/OpenAction 6 0 R" }))
	forms := base()
	for i := range 20 {
		do := strings.Repeat("/F Do ", 10)
		forms.add("<</Subtype /Form /Resources <</XObject <</F %d 0 R>>>> /Length %d>> stream\n%s\nendstream", i+7, len(do), do)
	}
	forms.pageMore += " /Resources <</XObject <</F 6 0 R>>>>"
	forms.content = "/F Do"
	put("form_fan", true, forms.build())
	formSelf := base()
	formSelf.pageMore += " /Resources <</XObject <</F 6 0 R>>>>"
	formSelf.content = "/F Do"
	formSelf.stream("/Subtype /Form /Resources <</XObject <</F 6 0 R>>>>", "/F Do /F Do")
	put("form_self", true, formSelf.build())

	// Lengths.
	put("length_self", true, replace(plain, "<</Length 0>>", "<</Length 4 0 R>>"))
	put("length_huge", true, replace(plain, "<</Length 0>>", "<</Length 99999999999>>"))
	put("length_negative", true, replace(plain, "<</Length 0>>", "<</Length -5>>"))

	// Syntax without an end.
	put("hexstring_eof", true, loop(func(b *pdfBuilder) { b.content = "BT /F1 10 Tf <" }))
	put("string_eof", true, loop(func(b *pdfBuilder) { b.content = "BT (" + strings.Repeat("(", 1000) }))
	put("dict_eof", true, loop(func(b *pdfBuilder) { b.content = strings.Repeat("<< /A ", 200_000) }))
	put("array_eof", true, loop(func(b *pdfBuilder) { b.content = strings.Repeat("[ ", 1_000_000) }))
	put("inline_image_eof", true, loop(func(b *pdfBuilder) { b.content = strings.Repeat("BI ID ", 200_000) }))
	put("nested_arrays", true, loop(func(b *pdfBuilder) { b.add("%s", strings.Repeat("[", 1_000_000)) }))
	put("nested_dicts", true, loop(func(b *pdfBuilder) { b.add("%s", strings.Repeat("<</A ", 500_000)) }))
	put("nested_objects", true, append(bytes.Clone(plain), strings.Repeat("7 0 obj ", 300_000)...))
	put("unclosed_objects", true, append(bytes.Clone(plain), strings.Repeat("7 0 obj <</URI [", 200_000)...))
	put("unclosed_streams", true, append(bytes.Clone(plain), strings.Repeat("7 0 obj <</Length 5>> stream\n", 100_000)...))
	put("trailers", true, append(replace(plain, "startxref", "startxxxx"), strings.Repeat("trailer<</A(", 300_000)...))
	put("names_with_hashes", true, loop(func(b *pdfBuilder) { b.add("<</%s 1>>", strings.Repeat("#41", 300_000)) }))

	// No file at all.
	put("newlines", false, append([]byte("%PDF-1.7"), bytes.Repeat([]byte("\n"), 1<<20)...))
	put("one_byte", false, []byte("%"))
	put("header_only", false, []byte("%PDF-"))
	put("polyglot_zip", true, append([]byte("PK\x05\x06"+strings.Repeat("\x00", 18)), plain...))
	if !large {
		return out
	}

	// Masses. The race detector makes everything ten times slower.
	part := 1
	if raceDetector {
		part = 8
	}
	many := base()
	var kids strings.Builder
	for range 20_000 / part {
		kids.WriteString(many.add("<</Type /Page /Parent 2 0 R>>") + " ")
	}
	put("pages20000", true, replace(many.build(), "/Kids [3 0 R]", "/Kids [3 0 R "+kids.String()+"]"))
	put("annotations100000", true, loop(func(b *pdfBuilder) {
		b.pageMore = strings.TrimSuffix(annot, "]") + strings.Repeat(" <</Subtype /Link>>", 100_000/part) + "]"
	}))
	put("links100000", false, loop(func(b *pdfBuilder) {
		var s strings.Builder
		for i := range 100_000 / part {
			fmt.Fprintf(&s, " <</Subtype /Link /A <</S /URI /URI (https://example.org/%d)>>>>", i)
		}
		b.pageMore = "/Annots [" + s.String() + "]"
	}))
	put("objects", true, append(bytes.Clone(plain), strings.Repeat("9 0 obj 1 endobj ", 1_300_000/part)...))
	big := base()
	array := big.add("[%s]", strings.Repeat("<</Subtype /Link>> ", 50_000/part))
	for range 500 {
		big.add("<</Type /Page /Annots %s>>", array)
	}
	bigKids := "3 0 R "
	for i := range 500 {
		bigKids += fmt.Sprintf("%d 0 R ", i+7)
	}
	put("big_array_often", true, replace(big.build(), "/Kids [3 0 R]", "/Kids ["+bigKids+"]"))

	// Bombs.
	zeros := deflatedZeros(1 << 30 / part)
	bomb := func(filter, data string) func(b *pdfBuilder) {
		return func(b *pdfBuilder) {
			s := b.stream("/Type /EmbeddedFile /Filter "+filter, data)
			b.catalog = "/Names <</EmbeddedFiles <</Names [(x) <</F (x) /EF <</F " + s + ">>>>]>>>> /Metadata " + s
			b.pageMore = annot + " /Contents " + s
		}
	}
	put("bomb_flate", true, loop(bomb("/FlateDecode", zeros)))
	put("bomb_flate_twice", true, loop(bomb("[/FlateDecode /FlateDecode]", pdfDeflated(zeros))))
	put("bomb_chain", true, loop(bomb("["+strings.Repeat("/FlateDecode ", 100)+"]", zeros)))
	put("bomb_runlength", true, loop(bomb("/RunLengthDecode", strings.Repeat("\x81 ", 1_000_000))))
	put("bomb_ascii85", true, loop(bomb("[/ASCII85Decode /ASCII85Decode /ASCII85Decode /ASCII85Decode]", strings.Repeat("z", 1_000_000))))
	put("bomb_predictor", true, loop(bomb("/FlateDecode /DecodeParms <</Predictor 15 /Columns 2147483647 /Colors 2147483647>>", pdfDeflated("xxxx"))))
	put("bomb_text", true, loop(func(b *pdfBuilder) {
		s := b.packed("", "BT /F1 10 Tf "+strings.Repeat("(https://example.org/aaaaaaaaaaaaaaaaaaaa ) Tj ", 600_000/part))
		b.pageMore = annot + " /Contents [" + strings.Repeat(s+" ", 20) + "]"
	}))
	put("bomb_pages_text", true, func() []byte {
		b := base()
		s := b.packed("", "BT /F1 10 Tf "+strings.Repeat("(aaaa aaaa aaaa aaaa aaaa ) Tj ", 20_000))
		kids := "3 0 R "
		for range 450 / part {
			kids += b.add("<</Type /Page /Resources <</Font <</F1 <</Subtype /Type1 /BaseFont /Courier>>>>>> /Contents %s>>", s) + " "
		}
		return replace(b.build(), "/Kids [3 0 R]", "/Kids ["+kids+"]")
	}())
	put("bomb_pictures", true, func() []byte {
		b := &pdfBuilder{}
		s := b.packed("/Subtype /Image /Width 6000 /Height 6000 /BitsPerComponent 1 /ColorSpace /DeviceGray", strings.Repeat("\x00", 6000*6000/8))
		names := ""
		for i := range 200 / part {
			d := b.packed(fmt.Sprintf("/Subtype /Image /Width 6000 /Height %d /BitsPerComponent 1 /ColorSpace /DeviceGray", 4000+i), strings.Repeat("\x00", 500_000))
			names += fmt.Sprintf("/I%d %s ", i, d)
		}
		b.pageMore = annot + " /Resources <</XObject <</Im " + s + " " + names + ">>>>"
		return b.build()
	}())
	put("cmap_ranges", true, loop(func(b *pdfBuilder) {
		cmap := strings.Repeat("1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <00000000> <ffffffff> <0041> endbfrange\n", 20_000)
		font := b.add("<</Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<</W [0 2147483647 500 0 [%s]]>>] /ToUnicode %s>>", strings.Repeat("1 ", 100_000), b.packed("", cmap))
		b.pageMore = annot + " /Resources <</Font <</F1 " + font + ">>>>"
		b.content = "BT /F1 10 Tf (" + strings.Repeat("abcd", 50_000) + ") Tj ET"
	}))
	put("xmp_nested", true, loop(func(b *pdfBuilder) {
		b.catalog = "/Metadata " + b.stream("/Type /Metadata", strings.Repeat("<openbadges:a b='https://x.example.org/'>", 50_000))
	}))
	put("xmp_attributes", true, loop(func(b *pdfBuilder) {
		b.catalog = "/Metadata " + b.stream("/Type /Metadata", "<openbadges:a "+strings.Repeat("b='http://x.example.org/' ", 50_000)+">")
	}))
	return out
}

func deflatedZeros(n int) string {
	var z strings.Builder
	w := newDeflater(&z)
	block := make([]byte, 1<<20)
	for range n >> 20 {
		_, _ = w.Write(block)
	}
	_ = w.Close()
	return z.String()
}

// TestPDFHostile: no file kills, hangs or bloats the reader, and what can be
// found is found.
func TestPDFHostile(t *testing.T) {
	dir := t.TempDir()
	hostile := pdfHostile(true)
	var files []string
	for name, h := range hostile {
		f := filepath.Join(dir, name+".pdf")
		if err := os.WriteFile(f, h.data, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	slices.Sort(files)
	pdfChildren(t, 2, files, func(file string, r *pdfReport, why string) {
		name := strings.TrimSuffix(filepath.Base(file), ".pdf")
		if r == nil {
			t.Errorf("%s: %s", name, why)
			return
		}
		t.Logf("%-22s %6.2f s %4d MiB %d findings, unread %v", name, r.Seconds, r.PeakKiB>>10, len(r.Found), r.Unread)
		if r.Seconds > pdfChildSeconds {
			t.Errorf("%s took %.1f s", name, r.Seconds)
		}
		if r.PeakKiB > pdfChildMiB<<10 && !raceDetector {
			t.Errorf("%s took %d MiB", name, r.PeakKiB>>10)
		}
		if hostile[name].find && !slices.Contains(r.Found, pdfTestURL) {
			t.Errorf("%s: the link is not found", name)
		}
	})
}
