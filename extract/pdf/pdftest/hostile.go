package pdftest

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// URL is the link that the files of Hostile and Seeds bear.
const URL = "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"

// HostileFile is one file of Hostile.
type HostileFile struct {
	Data []byte
	Find bool // URL is to be found in it all the same
}

// Hostile are files that kill, hang or bloat PDF readers, by name. The masses
// and the bombs among them are made a part-th as large; part 0 leaves them out.
func Hostile(part int) map[string]HostileFile {
	out := map[string]HostileFile{}
	put := func(name string, find bool, data []byte) { out[name] = HostileFile{data, find} }
	annot := "/Annots [<</Subtype /Link /A <</S /URI /URI (" + URL + ")>>>>]"
	base := func() *Builder { return &Builder{Page: annot} }
	replace := func(b []byte, old, new string) []byte {
		if !bytes.Contains(b, []byte(old)) {
			panic("nothing to replace: " + old)
		}
		return bytes.Replace(b, []byte(old), []byte(new), 1)
	}

	// Cross references.
	plain := base().Build()
	put("prev_self", true, replace(plain, "/Root 1 0 R", fmt.Sprintf("/Prev %d /Root 1 0 R", bytes.LastIndex(plain, []byte("xref\n0")))))
	put("xref_hugestart", true, replace(plain, "xref\n0 6\n", "xref\n4294967290 1\n0000000009 00000 n \n0 6\n"))
	put("xref_hugecount", true, replace(plain, "xref\n0 6\n", "xref\n0 999999999\n"))
	put("xref_hugesize", true, replace(plain, "/Size 6", "/Size 9223372036854775807"))
	streams := base().BuildStreams("")
	put("xrefstm_hugesize", true, replace(streams, "/Size 8", "/Size 8589934592"))
	put("xrefstm_hugeindex", true, replace(streams, "/W [1 2 1]", "/Index [0 8 4294967290 999999999] /W [1 2 1]"))
	put("xrefstm_w", true, replace(streams, "/W [1 2 1]", "/W [0 0 0]"))
	put("xrefstm_hugew", true, replace(streams, "/W [1 2 1]", "/W [2147483647 2147483647 1]"))
	self := bytes.Clone(streams)
	// The object stream says of itself that it is in itself.
	at := bytes.LastIndex(self, []byte("stream\n\x00")) + len("stream\n")
	copy(self[at+6*4:], []byte{2, 0, 6, 0})
	put("objstm_self", true, self)
	put("objstm_extends_self", true, base().BuildStreams("/Extends 6 0 R"))
	put("objstm_hugen", true, replace(streams, "/N 4", "/N 999999999"))
	var chain bytes.Buffer
	for i := range 20_000 {
		fmt.Fprintf(&chain, "xref\n0 1\n0000000000 65535 f \ntrailer <</Size 1 /Prev %d>>\n", i*60)
	}
	put("prev_chain", true, append(bytes.TrimSuffix(plain, []byte("%%EOF\n")), chain.Bytes()...))

	// Trees that are none.
	loop := func(change func(b *Builder)) []byte {
		b := base()
		change(b)
		return b.Build()
	}
	put("kids_self", false, replace(plain, "/Kids [3 0 R]", "/Kids [2 0 R]"))
	put("kids_root", true, replace(plain, "/Kids [3 0 R]", "/Kids [3 0 R 2 0 R 1 0 R 3 0 R]"))
	put("parent_self", true, replace(replace(plain, "/Parent 2 0 R", "/Parent 3 0 R"), "/Resources", "/Rxsources"))
	put("count_huge", true, replace(plain, "/Count 1", "/Count 2147483648"))
	put("contents_self", true, replace(plain, "/Contents 4 0 R", "/Contents [3 0 R 3 0 R [3 0 R]]"))
	put("names_loop", true, loop(func(b *Builder) {
		b.Catalog = "/Names <</EmbeddedFiles 6 0 R>>"
		b.Add("<</Kids [6 0 R 6 0 R 7 0 R]>>")
		b.Add("<</Kids [6 0 R 7 0 R] /Names [(x) 6 0 R (y)]>>")
	}))
	put("next_loop", true, loop(func(b *Builder) {
		b.Catalog = "/OpenAction 6 0 R"
		b.Add("<</S /GoTo /Next [7 0 R 6 0 R 7 0 R]>>")
		b.Add("<</S /GoTo /Next [7 0 R 6 0 R]>>")
	}))
	put("outline_loop", true, loop(func(b *Builder) {
		b.Catalog = "/Outlines <</First 6 0 R>>"
		b.Add("<</Next 6 0 R /First 7 0 R>>")
		b.Add("<</Next 6 0 R /First 7 0 R>>")
	}))
	put("field_loop", true, loop(func(b *Builder) {
		b.Catalog = "/AcroForm <</Fields [6 0 R 7 0 R]>>"
		b.Add("<</T (a) /Kids [6 0 R 7 0 R] /Parent 7 0 R>>")
		b.Add("<</T (b) /Kids [6 0 R 7 0 R] /Parent 6 0 R>>")
	}))
	put("structure_loop", true, loop(func(b *Builder) {
		b.Catalog = "/AF [] /StructTreeRoot 6 0 R"
		b.Add("%s", "<</K ["+strings.Repeat("6 0 R 7 0 R ", 1000)+"]>>")
		b.Add("%s", "<</K ["+strings.Repeat("6 0 R 7 0 R ", 1000)+"]>>")
	}))
	put("reference_loop", true, loop(func(b *Builder) {
		b.Catalog = "/Metadata 6 0 R /AcroForm 7 0 R"
		b.Add("7 0 R")
		b.Add("6 0 R")
	}))
	fan := func(kids string, make func(b *Builder)) []byte {
		b := base()
		make(b)
		for i := range 30 {
			next := strings.Repeat(fmt.Sprintf("%d 0 R ", i+7), 10)
			b.Add("<<"+kids+">>", next)
		}
		b.Add("<<>>")
		return b.Build()
	}
	put("kids_fan", false, replace(fan("/Type /Pages /Kids [%s]", func(*Builder) {}), "/Kids [3 0 R]", "/Kids [6 0 R]"))
	put("names_fan", true, fan("/Kids [%s]", func(b *Builder) { b.Catalog = "/Names <</EmbeddedFiles 6 0 R>>" }))
	put("fields_fan", true, fan("/T (x) /Kids [%s]", func(b *Builder) { b.Catalog = "/AcroForm <</Fields [6 0 R]>>" }))
	put("next_fan", true, fan("/S /GoTo /Next [%s]", func(b *Builder) { b.Catalog = "/OpenAction 6 0 R" }))
	forms := base()
	for i := range 20 {
		do := strings.Repeat("/F Do ", 10)
		forms.Add("<</Subtype /Form /Resources <</XObject <</F %d 0 R>>>> /Length %d>> stream\n%s\nendstream", i+7, len(do), do)
	}
	forms.Page += " /Resources <</XObject <</F 6 0 R>>>>"
	forms.Content = "/F Do"
	put("form_fan", true, forms.Build())
	formSelf := base()
	formSelf.Page += " /Resources <</XObject <</F 6 0 R>>>>"
	formSelf.Content = "/F Do"
	formSelf.Stream("/Subtype /Form /Resources <</XObject <</F 6 0 R>>>>", "/F Do /F Do")
	put("form_self", true, formSelf.Build())

	// Lengths.
	put("length_self", true, replace(plain, "<</Length 0>>", "<</Length 4 0 R>>"))
	put("length_huge", true, replace(plain, "<</Length 0>>", "<</Length 99999999999>>"))
	put("length_negative", true, replace(plain, "<</Length 0>>", "<</Length -5>>"))

	// Syntax without an end.
	put("hexstring_eof", true, loop(func(b *Builder) { b.Content = "BT /F1 10 Tf <" }))
	put("string_eof", true, loop(func(b *Builder) { b.Content = "BT (" + strings.Repeat("(", 1000) }))
	put("dict_eof", true, loop(func(b *Builder) { b.Content = strings.Repeat("<< /A ", 200_000) }))
	put("array_eof", true, loop(func(b *Builder) { b.Content = strings.Repeat("[ ", 1_000_000) }))
	put("inline_image_eof", true, loop(func(b *Builder) { b.Content = strings.Repeat("BI ID ", 200_000) }))
	put("nested_arrays", true, loop(func(b *Builder) { b.Add("%s", strings.Repeat("[", 1_000_000)) }))
	put("nested_dicts", true, loop(func(b *Builder) { b.Add("%s", strings.Repeat("<</A ", 500_000)) }))
	put("nested_objects", true, append(bytes.Clone(plain), strings.Repeat("7 0 obj ", 300_000)...))
	put("unclosed_objects", true, append(bytes.Clone(plain), strings.Repeat("7 0 obj <</URI [", 200_000)...))
	put("unclosed_streams", true, append(bytes.Clone(plain), strings.Repeat("7 0 obj <</Length 5>> stream\n", 100_000)...))
	put("trailers", true, append(replace(plain, "startxref", "startxxxx"), strings.Repeat("trailer<</A(", 300_000)...))
	put("names_with_hashes", true, loop(func(b *Builder) { b.Add("<</%s 1>>", strings.Repeat("#41", 300_000)) }))

	// No file at all.
	put("newlines", false, append([]byte("%PDF-1.7"), bytes.Repeat([]byte("\n"), 1<<20)...))
	put("one_byte", false, []byte("%"))
	put("header_only", false, []byte("%PDF-"))
	put("polyglot_zip", true, append([]byte("PK\x05\x06"+strings.Repeat("\x00", 18)), plain...))
	if part == 0 {
		return out
	}

	// Masses.
	many := base()
	var kids strings.Builder
	for range 20_000 / part {
		kids.WriteString(many.Add("<</Type /Page /Parent 2 0 R>>") + " ")
	}
	put("pages20000", true, replace(many.Build(), "/Kids [3 0 R]", "/Kids [3 0 R "+kids.String()+"]"))
	put("annotations100000", true, loop(func(b *Builder) {
		b.Page = strings.TrimSuffix(annot, "]") + strings.Repeat(" <</Subtype /Link>>", 100_000/part) + "]"
	}))
	put("links100000", false, loop(func(b *Builder) {
		var s strings.Builder
		for i := range 100_000 / part {
			fmt.Fprintf(&s, " <</Subtype /Link /A <</S /URI /URI (https://example.org/%d)>>>>", i)
		}
		b.Page = "/Annots [" + s.String() + "]"
	}))
	put("objects", true, append(bytes.Clone(plain), strings.Repeat("9 0 obj 1 endobj ", 1_300_000/part)...))
	big := base()
	array := big.Add("[%s]", strings.Repeat("<</Subtype /Link>> ", 50_000/part))
	for range 500 {
		big.Add("<</Type /Page /Annots %s>>", array)
	}
	bigKids := "3 0 R "
	for i := range 500 {
		bigKids += fmt.Sprintf("%d 0 R ", i+7)
	}
	put("big_array_often", true, replace(big.Build(), "/Kids [3 0 R]", "/Kids ["+bigKids+"]"))

	// Bombs.
	zeros := deflatedZeros(1 << 30 / part)
	bomb := func(filter, data string) func(b *Builder) {
		return func(b *Builder) {
			s := b.Stream("/Type /EmbeddedFile /Filter "+filter, data)
			b.Catalog = "/Names <</EmbeddedFiles <</Names [(x) <</F (x) /EF <</F " + s + ">>>>]>>>> /Metadata " + s
			b.Page = annot + " /Contents " + s
		}
	}
	put("bomb_flate", true, loop(bomb("/FlateDecode", zeros)))
	put("bomb_flate_twice", true, loop(bomb("[/FlateDecode /FlateDecode]", Deflated(zeros))))
	put("bomb_chain", true, loop(bomb("["+strings.Repeat("/FlateDecode ", 100)+"]", zeros)))
	put("bomb_runlength", true, loop(bomb("/RunLengthDecode", strings.Repeat("\x81 ", 1_000_000))))
	put("bomb_ascii85", true, loop(bomb("[/ASCII85Decode /ASCII85Decode /ASCII85Decode /ASCII85Decode]", strings.Repeat("z", 1_000_000))))
	put("bomb_predictor", true, loop(bomb("/FlateDecode /DecodeParms <</Predictor 15 /Columns 2147483647 /Colors 2147483647>>", Deflated("xxxx"))))
	put("bomb_text", true, loop(func(b *Builder) {
		s := b.Packed("", "BT /F1 10 Tf "+strings.Repeat("(https://example.org/aaaaaaaaaaaaaaaaaaaa ) Tj ", 600_000/part))
		b.Page = annot + " /Contents [" + strings.Repeat(s+" ", 20) + "]"
	}))
	put("bomb_pages_text", true, func() []byte {
		b := base()
		s := b.Packed("", "BT /F1 10 Tf "+strings.Repeat("(aaaa aaaa aaaa aaaa aaaa ) Tj ", 20_000))
		kids := "3 0 R "
		for range 450 / part {
			kids += b.Add("<</Type /Page /Resources <</Font <</F1 <</Subtype /Type1 /BaseFont /Courier>>>>>> /Contents %s>>", s) + " "
		}
		return replace(b.Build(), "/Kids [3 0 R]", "/Kids ["+kids+"]")
	}())
	put("bomb_pictures", true, func() []byte {
		b := &Builder{}
		s := b.Packed("/Subtype /Image /Width 6000 /Height 6000 /BitsPerComponent 1 /ColorSpace /DeviceGray", strings.Repeat("\x00", 6000*6000/8))
		names := ""
		for i := range 200 / part {
			d := b.Packed(fmt.Sprintf("/Subtype /Image /Width 6000 /Height %d /BitsPerComponent 1 /ColorSpace /DeviceGray", 4000+i), strings.Repeat("\x00", 500_000))
			names += fmt.Sprintf("/I%d %s ", i, d)
		}
		b.Page = annot + " /Resources <</XObject <</Im " + s + " " + names + ">>>>"
		return b.Build()
	}())
	put("cmap_ranges", true, loop(func(b *Builder) {
		cmap := strings.Repeat("1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <00000000> <ffffffff> <0041> endbfrange\n", 20_000)
		font := b.Add("<</Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<</W [0 2147483647 500 0 [%s]]>>] /ToUnicode %s>>", strings.Repeat("1 ", 100_000), b.Packed("", cmap))
		b.Page = annot + " /Resources <</Font <</F1 " + font + ">>>>"
		b.Content = "BT /F1 10 Tf (" + strings.Repeat("abcd", 50_000) + ") Tj ET"
	}))
	put("xmp_nested", true, loop(func(b *Builder) {
		b.Catalog = "/Metadata " + b.Stream("/Type /Metadata", strings.Repeat("<openbadges:a b='https://x.example.org/'>", 50_000))
	}))
	put("xmp_attributes", true, loop(func(b *Builder) {
		b.Catalog = "/Metadata " + b.Stream("/Type /Metadata", "<openbadges:a "+strings.Repeat("b='http://x.example.org/' ", 50_000)+">")
	}))
	return out
}

func deflatedZeros(n int) string {
	var z strings.Builder
	w := zlib.NewWriter(&z)
	block := make([]byte, 1<<20)
	for range n >> 20 {
		_, _ = w.Write(block)
	}
	_ = w.Close()
	return z.String()
}

// Seeds are small files, good and bad, for fuzz targets.
func Seeds() (all [][]byte) {
	add := func(b []byte) { all = append(all, b) }
	b := &Builder{
		Page:    "/Annots [<</Subtype /Link /A <</S /URI /URI (" + URL + ")>>>>] /AA <</O <</S /URI /URI <feff0068>>>>>",
		Content: "BT /F1 10 Tf 12 TL 50 700 Td [(https:) -20 (//a.example.org/1)] TJ (x) ' ET",
		Info:    "/openbadges (" + URL + ")",
		Catalog: "/OpenAction 3 0 R /Outlines <</First 3 0 R>> /AcroForm <</Fields [3 0 R]>>",
	}
	add(b.Build())
	add(b.BuildStreams(""))
	b.Catalog += " /AF [<</F (a) /EF <</F " + b.Packed("/Type /EmbeddedFile", URL) + ">>>>] /Metadata " + b.Stream("/Type /Metadata", "<a b='"+URL+"'>{</a>")
	add(b.Build())
	plain := b.Build()
	add(bytes.Replace(plain, []byte("startxref\n"), []byte("startxref\n9"), 1))
	add(plain[:len(plain)*2/3])
	hostile := Hostile(0)
	for _, name := range slices.Sorted(maps.Keys(hostile)) {
		if h := hostile[name]; len(h.Data) < 4096 {
			add(h.Data)
		}
	}
	return all
}
