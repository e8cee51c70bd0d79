package extract

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	assertionA  = `{"@context":"https://w3id.org/openbadges/v2","id":"https://badges.example.org/a/1","type":"Assertion","recipient":{"type":"email","identity":"applicant@example.org"},"badge":"https://badges.example.org/b/1","issuedOn":"2024-01-01T00:00:00Z","verification":{"type":"HostedBadge"}}`
	assertionB  = `{"@context":"https://w3id.org/openbadges/v2","id":"https://badges.example.org/a/2","type":"Assertion","recipient":{"type":"email","identity":"applicant@example.org"},"badge":"https://badges.example.org/b/2","issuedOn":"2024-01-01T00:00:00Z","verification":{"type":"HostedBadge"}}`
	credentialA = `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"urn:uuid:1","type":["VerifiableCredential","OpenBadgeCredential"],"issuer":"https://issuer.example.org","credentialSubject":{"type":["AchievementSubject"]},"proof":{"type":"DataIntegrityProof"}}`
	urlA        = "https://badges.example.org/a/1"
	// header {"alg":"EdDSA"}, payload {"a":1}, a signature of the right length.
	jwsA = "eyJhbGciOiJFZERTQSJ9.eyJhIjoxfQ.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)

// chunk makes one PNG chunk.
func chunk(kind string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(b, kind...)
	b = append(b, body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func iTXt(keyword, text string) []byte {
	return chunk("iTXt", []byte(keyword+"\x00\x00\x00\x00\x00"+text))
}
func tEXt(keyword, text string) []byte { return chunk("tEXt", []byte(keyword+"\x00"+text)) }
func zTXt(keyword, text string) []byte {
	return chunk("zTXt", append([]byte(keyword+"\x00\x00"), zlibbed(text)...))
}

func zlibbed(s string) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.Bytes()
}

var iend = chunk("IEND", nil)

// onePixel is a PNG of one pixel up to, and without, its end chunk.
var onePixel = func() []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1)))
	return b.Bytes()[:b.Len()-12]
}()

// pngWith is a picture with chunks before its end, or after it.
func pngWith(chunks ...[]byte) []byte {
	return append(slices.Concat(onePixel, slices.Concat(chunks...)), iend...)
}

func baked(text string) []byte { return pngWith(iTXt("openbadges", text)) }

func TestPNG(t *testing.T) {
	badCRC := iTXt("openbadges", assertionA)
	badCRC[len(badCRC)-1] ^= 1
	lies := iTXt("openbadges", assertionA)
	binary.BigEndian.PutUint32(lies, 0xffffffff)
	for _, tc := range []struct {
		desc string
		data []byte
		want []string
	}{
		{"no badge", pngWith(), nil},
		{"unrelated text", pngWith(tEXt("Comment", "made by hand"), iTXt("Title", assertionA)), nil},
		{"OB2 assertion", baked(assertionA), []string{"json " + assertionA + " | x.png > iTXt openbadges"}},
		{"a token as a string of JSON", pngWith(iTXt("openbadgecredential", `"`+jwsA+`"`)), []string{"jws " + jwsA + " | x.png > iTXt openbadgecredential"}},
		{"OB3 credential", pngWith(iTXt("openbadgecredential", credentialA)), []string{"json " + credentialA + " | x.png > iTXt openbadgecredential"}},
		{"CLR", pngWith(iTXt("clrcredential", credentialA)), []string{"json " + credentialA + " | x.png > iTXt clrcredential"}},
		{"old keyword", pngWith(tEXt("openbadge", urlA)), []string{"link " + urlA + " | x.png > tEXt openbadge (legacy_keyword)"}},
		{"old URL", pngWith(tEXt("openbadges", urlA)), []string{"link " + urlA + " | x.png > tEXt openbadges"}},
		{"JWS", baked(jwsA), []string{"jws " + jwsA + " | x.png > iTXt openbadges"}},
		{"space and BOM around it", baked("\uFEFF \n" + assertionA + "\x00"), []string{"json " + assertionA + " | x.png > iTXt openbadges"}},
		{"zTXt", pngWith(zTXt("openbadges", assertionA)), []string{"json " + assertionA + " | x.png > zTXt openbadges (compressed)"}},
		{"compressed iTXt", pngWith(chunk("iTXt", append([]byte("openbadges\x00\x01\x00en\x00Abzeichen\x00"), zlibbed(assertionA)...))),
			[]string{"json " + assertionA + " | x.png > iTXt openbadges (compressed)"}},
		{"language", pngWith(chunk("iTXt", []byte("openbadges\x00\x00\x00en\x00Abzeichen\x00"+assertionA))), []string{"json " + assertionA + " | x.png > iTXt openbadges"}},
		{"wrong case", pngWith(iTXt("OpenBadges", assertionA)), []string{"json " + assertionA + " | x.png > iTXt OpenBadges (wrong_keyword)"}},
		{"after IEND", append(pngWith(), iTXt("openbadges", assertionA)...), []string{"json " + assertionA + " | x.png > iTXt openbadges (after_iend)"}},
		{"bad CRC", pngWith(badCRC), []string{"json " + assertionA + " | x.png > iTXt openbadges (bad_crc)"}},
		{"length beyond the file", pngWith(lies), []string{"json " + assertionA + " | x.png > iTXt openbadges (truncated)", "unread x.png: truncated"}},
		{"no end", slices.Concat(onePixel, iTXt("openbadges", assertionA)[:200]), []string{"json " + assertionA[:200-8-15] + " | x.png > iTXt openbadges (truncated)", "unread x.png: truncated"}},
		{"not a badge under the keyword", baked("see my portfolio"), []string{"unread x.png > iTXt openbadges: malformed"}},
		{"empty text", baked(""), nil},
		{"no NUL", pngWith(chunk("iTXt", []byte("openbadges"))), nil},
		{"keyword too long", pngWith(tEXt(strings.Repeat("openbadges", 9), assertionA)), nil},
		{"iTXt without its fields", pngWith(chunk("iTXt", []byte("openbadges\x00\x00"))), []string{"unread x.png > iTXt openbadges: malformed"}},
		{"unknown compression", pngWith(chunk("iTXt", []byte("openbadges\x00\x01\x07\x00\x00abc"))), []string{"unread x.png > iTXt openbadges: malformed"}},
		{"not UTF-8", baked(`{"id":"` + "\xff" + `"}`), []string{`json {"id":"` + "\uFFFD" + `"} | x.png > iTXt openbadges (not_utf8)`}},
		{"XMP", pngWith(iTXt("XML:com.adobe.xmp", `<x:xmpmeta xmlns:x="adobe:ns:meta/"><d>see https://badges.example.org/a/1 here</d></x:xmpmeta>`)),
			[]string{"link " + urlA + " | x.png > XMP"}},
		{"only a signature", []byte(pngSignature), nil},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			if d := cmp.Diff(tc.want, show(find(t, "x.png", tc.data))); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestAttack61_PNG: several bakes in one picture. Ones that differ are
// ambiguous, ones that are the same badge are one finding.
func TestAttack61_PNG(t *testing.T) {
	spaced := strings.ReplaceAll(assertionA, `,"`, `, "`)
	for _, tc := range []struct {
		desc      string
		data      []byte
		ambiguous int // findings
		plain     int
	}{
		{"two chunks", pngWith(iTXt("openbadges", assertionA), iTXt("openbadges", assertionB)), 2, 0},
		{"both keywords, other payloads", pngWith(iTXt("openbadges", assertionA), iTXt("openbadgecredential", credentialA)), 2, 0},
		{"one after IEND", append(baked(assertionA), iTXt("openbadges", assertionB)...), 2, 0},
		{"tEXt and iTXt", pngWith(tEXt("openbadges", assertionB), iTXt("openbadges", assertionA)), 2, 0},
		{"tEXt URL of another", pngWith(tEXt("openbadges", "https://badges.example.org/a/2"), iTXt("openbadges", assertionA)), 2, 0},
		{"tEXt URL of the same", pngWith(tEXt("openbadges", urlA), iTXt("openbadges", assertionA)), 0, 1},
		{"the same twice", pngWith(iTXt("openbadges", assertionA), iTXt("openbadges", assertionA)), 0, 1},
		{"the same in another layout", pngWith(iTXt("openbadges", assertionA), zTXt("openbadges", spaced)), 0, 1},
		{"a member told twice", pngWith(iTXt("openbadges", `{"id":1,"id":2}`), iTXt("openbadges", `{"id":2}`)), 2, 0},
		{"three, two alike", pngWith(iTXt("openbadges", assertionA), iTXt("openbadges", assertionA), iTXt("openbadges", jwsA)), 2, 0},
		{"compressed with the other", pngWith(zTXt("openbadges", assertionB), iTXt("openbadges", assertionA)), 2, 0},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			r := find(t, "x.png", tc.data)
			ambiguous, plain := 0, 0
			for _, f := range r.Findings {
				if !f.Bake {
					t.Errorf("not marked as a bake: %v", f)
				}
				if f.Ambiguous != "" {
					ambiguous++
				} else {
					plain++
				}
			}
			if ambiguous != tc.ambiguous || plain != tc.plain {
				t.Errorf("%d ambiguous, %d plain; want %d and %d: %v", ambiguous, plain, tc.ambiguous, tc.plain, show(r))
			}
		})
	}
}

// TestB04_PNG: a picture costs what it weighs, whatever it claims.
func TestB04_PNG(t *testing.T) {
	header := func(w, h uint32) []byte {
		b := binary.BigEndian.AppendUint32(nil, w)
		b = binary.BigEndian.AppendUint32(b, h)
		return append([]byte(pngSignature), chunk("IHDR", append(b, 8, 6, 0, 0, 0))...)
	}
	bomb := func(n int) []byte { return zlibbed(strings.Repeat("a", n)) }
	many := func(n int) []byte {
		b := bytes.Clone(onePixel)
		for range n {
			b = append(b, tEXt("Comment", "")...)
		}
		return append(b, iend...)
	}
	tiny := bytes.Clone(onePixel)
	for range 50_000 {
		tiny = append(tiny, chunk("aaAa", nil)...)
	}
	tiny = append(tiny, iend...)
	for _, tc := range []struct {
		desc string
		data []byte
		want []string
	}{
		{"20000 by 20000 in 65 bytes", slices.Concat(header(20000, 20000), chunk("IDAT", []byte{1, 2}), iend), []string{"unread x.png: limit_pixels"}},
		{"6000 by 6000 in 70 bytes", slices.Concat(header(6000, 6000), chunk("IDAT", zlibbed("\x00\x00")), iend), []string{"unread x.png: truncated"}},
		{"iTXt bomb", pngWith(chunk("iTXt", append([]byte("openbadges\x00\x01\x00\x00\x00"), bomb(32<<20)...))), []string{"unread x.png > iTXt openbadges: limit_inflated"}},
		{"zTXt bomb", pngWith(chunk("zTXt", append([]byte("openbadges\x00\x00"), bomb(32<<20)...))), []string{"unread x.png > zTXt openbadges: limit_inflated"}},
		{"a chunk too long", baked(`{"id":"` + strings.Repeat("a", 1<<20) + `"}`), []string{"unread x.png > iTXt openbadges: limit_file_size"}},
		{"text chunks, n-1", many(DefaultParts - 1), nil},
		{"text chunks, n", many(DefaultParts), nil},
		{"text chunks, n+1", many(DefaultParts + 1), []string{"unread x.png: limit_parts"}},
		{"50,000 tiny chunks", tiny, nil},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r := find(t, "x.png", tc.data)
			runtime.ReadMemStats(&after)
			if d := cmp.Diff(tc.want, show(r)); d != "" {
				t.Error(d)
			}
			// A bomb costs the text that it may unpack to, buffers included.
			most := uint64(5 << 20)
			if strings.Contains(tc.desc, "bomb") {
				most = 16 << 20
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > most {
				t.Errorf("%d bytes allocated", grown)
			}
		})
	}
}

// TestBaked: every payload of the measured list is found in its image.
func TestBaked(t *testing.T) {
	table := readShared(t, "vectors", "BAKED.tsv")
	checked := 0
	for i, line := range strings.Split(strings.TrimSpace(string(table)), "\n") {
		col := strings.Split(line, "\t")
		if i == 0 || len(col) < 7 {
			continue
		}
		b := readShared(t, "vectors", filepath.FromSlash(col[0]))
		r := find(t, filepath.Base(col[0]), b)
		want := col[6]
		ok := false
		for _, f := range r.Findings {
			h := sha256.Sum256([]byte(f.Payload))
			ok = ok || hex.EncodeToString(h[:8]) == want
			// A URL is a place of the assertion that is hosted there.
			if col[4] == "URL" && f.Kind == KindJSON {
				for _, u := range hostedURLs(f.Payload) {
					h := sha256.Sum256([]byte(u))
					ok = ok || hex.EncodeToString(h[:8]) == want && slices.ContainsFunc(f.Places, func(p Place) bool { return strings.HasSuffix(p.Where, " verify") })
				}
			}
			if f.Ambiguous != "" || !f.Bake {
				t.Errorf("%s: ambiguous %q, bake %v", col[0], f.Ambiguous, f.Bake)
			}
		}
		if !ok {
			t.Errorf("%s: %s %s not found among %d findings", col[0], col[1], want, len(r.Findings))
		}
		checked++
	}
	if checked != 10 {
		t.Errorf("%d rows checked, want 10", checked)
	}
}

// TestPNGVariants: every candidate of the shared variants, with its flags.
func TestPNGVariants(t *testing.T) {
	const a = `json {"id":"https://e.example/a/1","type":"Assertion","name":"é"}`
	const j = `jws eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2ln`
	want := map[string][]string{
		"after_iend.png":           {a + " | after_iend.png > iTXt openbadges (after_iend)"},
		"badcrc.png":               {a + " | badcrc.png > iTXt openbadges (bad_crc)"},
		"bomb_itxt_1g.png":         {"unread bomb_itxt_1g.png > iTXt openbadges: limit_inflated"},
		"dims_65500.png":           {a + " | dims_65500.png > iTXt openbadges"},
		"dup_two.png":              {a + " AMBIGUOUS | dup_two.png > iTXt openbadges", j + " AMBIGUOUS | dup_two.png > iTXt openbadges"},
		"itxt_compressed.png":      {a + " | itxt_compressed.png > iTXt openbadges (compressed)"},
		"itxt_jws.png":             {j + " | itxt_jws.png > iTXt openbadges"},
		"itxt_lang.png":            {a + " | itxt_lang.png > iTXt openbadges"},
		"itxt_ob2_head.png":        {a + " | itxt_ob2_head.png > iTXt openbadges"},
		"itxt_ob2_tail_moodle.png": {a + " | itxt_ob2_tail_moodle.png > iTXt openbadges"},
		"kw_case.png":              {a + " | kw_case.png > iTXt OpenBadges (wrong_keyword)"},
		"kw_clr.png":               {a + " | kw_clr.png > iTXt clrcredential"},
		"kw_obcred_jwt.png":        {j + " | kw_obcred_jwt.png > iTXt openbadgecredential"},
		"kw_openbadge.png":         {"link https://e.example/a/1 | kw_openbadge.png > tEXt openbadge (legacy_keyword)"},
		"len_ffffffff.png":         {a + " | len_ffffffff.png > iTXt openbadges (truncated)", "unread len_ffffffff.png: truncated"},
		"other_itxt_first.png":     {a + " | other_itxt_first.png > iTXt openbadges"},
		"text_json.png":            {a + " | text_json.png > tEXt openbadges"},
		"text_then_itxt.png":       {a + " | text_then_itxt.png > iTXt openbadges | text_then_itxt.png > tEXt openbadges"},
		"text_url_legacy.png":      {"link https://e.example/a/1 | text_url_legacy.png > tEXt openbadges"},
		"truncated_idat_tail.png":  {`json {"id":"https://e.example/a/1","type":"Assertion","name":" | truncated_idat_tail.png > iTXt openbadges (truncated)`, "unread truncated_idat_tail.png: truncated"},
		"ztxt.png":                 {"link https://e.example/a/1 | ztxt.png > zTXt openbadges (compressed)"},
	}
	files, err := filepath.Glob(filepath.Join(shared(t, "corpus", "made", "pngvariants"), "*.png"))
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d variants, want %d: %v", len(files), len(want), err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want[filepath.Base(f)], show(find(t, filepath.Base(f), b))); d != "" {
			t.Errorf("%s: %s", filepath.Base(f), d)
		}
	}
}

// bigPNG is a picture of about n bytes of noise, in data chunks of 32 KiB as
// encoders write them, with a badge before the end.
func bigPNG(n int) []byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	b := bytes.Clone(onePixel)
	for n > 0 {
		body := make([]byte, min(n, 32<<10))
		for i := range body {
			body[i] = byte(rnd.Uint32())
		}
		b = append(b, chunk("IDAT", body)...)
		n -= len(body)
	}
	return slices.Concat(b, iTXt("openbadges", assertionA), iend)
}

func BenchmarkPNG(b *testing.B) {
	for _, size := range []int{10 << 10, 10 << 20} {
		data := bigPNG(size)
		b.Run(fmt.Sprintf("extract/%dKB", size>>10), func(b *testing.B) {
			b.ReportAllocs()
			e := Extractor{}
			for b.Loop() {
				r, _ := e.Extract(context.Background(), Document{Name: "x.png", Data: data})
				if len(r.Findings) != 1 {
					b.Fatal(r)
				}
			}
		})
		// The primitive beside it: a walk over the chunk headers alone.
		b.Run(fmt.Sprintf("hop/%dKB", size>>10), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for off := 8; off+12 <= len(data); n++ {
					off += 12 + int(binary.BigEndian.Uint32(data[off:]))
				}
				if n < 4 {
					b.Fatal(n)
				}
			}
		})
	}
}
