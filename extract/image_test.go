package extract

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// qr draws a QR code of text with modules of n pixels.
func qr(t testing.TB, text string, n int) *image.Gray {
	t.Helper()
	m, err := qrcode.NewQRCodeWriter().EncodeWithoutHint(text, gozxing.BarcodeFormat_QR_CODE, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewGray(image.Rect(0, 0, m.GetWidth()*n, m.GetHeight()*n))
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			v := byte(255)
			if m.Get(x/n, y/n) {
				v = 0
			}
			img.Pix[y*img.Stride+x] = v
		}
	}
	return img
}

func encoded(t testing.TB, kind string, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch kind {
	case "png":
		err = png.Encode(&b, img)
	case "jpg":
		err = jpeg.Encode(&b, img, nil)
	case "gif":
		err = gif.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func xmpOf(inside string) string {
	return `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:openbadges="http://openbadges.org">` + inside + `</rdf:Description></rdf:RDF></x:xmpmeta>`
}

// jpegWith is a small JPEG with a segment after its start.
func jpegWith(t testing.TB, marker byte, body string) []byte {
	b := encoded(t, "jpg", image.NewGray(image.Rect(0, 0, 8, 8)))
	seg := binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(len(body)+2))
	return slices.Concat(b[:2], seg, []byte(body), b[2:])
}

// gifWith is a small GIF with an extension before its trailer.
func gifWith(t testing.TB, ext string) []byte {
	b := encoded(t, "gif", image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{color.Black, color.White}))
	return slices.Concat(b[:len(b)-1], []byte(ext), []byte{0x3B})
}

func subBlocks(s string) string {
	var out strings.Builder
	for len(s) > 0 {
		n := min(len(s), 255)
		out.WriteByte(byte(n))
		out.WriteString(s[:n])
		s = s[n:]
	}
	return out.String() + "\x00"
}

func webpWith(kind, body string) []byte {
	c := kind + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body
	if len(body)%2 == 1 {
		c += "\x00"
	}
	return []byte("RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(c)+4))) + "WEBP" + c)
}

func TestPictures(t *testing.T) {
	const u = "https://example.org/badges/1"
	a := "json " + assertionA
	x := xmpOf(`<openbadges:assertion verify="` + quoted(assertionA) + `"/>`)
	trailer := []byte{1}
	for i := 255; i >= 0; i-- {
		trailer = append(trailer, byte(i))
	}
	for _, tc := range []struct {
		desc, name string
		data       []byte
		want       []string
	}{
		{"JPEG without a badge", "x.jpg", jpegWith(t, 0xE0, "JFIF\x00\x01\x01"), nil},
		{"JPEG XMP", "x.jpg", jpegWith(t, 0xE1, "http://ns.adobe.com/xap/1.0/\x00"+x), []string{a + " | x.jpg > XMP > assertion verify"}},
		{"JPEG XMP text", "x.jpg", jpegWith(t, 0xE1, "http://ns.adobe.com/xap/1.0/\x00"+xmpOf("see "+u)), []string{"link " + u + " | x.jpg > XMP"}},
		{"JPEG XMP attribute", "x.jpg", jpegWith(t, 0xE1, "http://ns.adobe.com/xap/1.0/\x00"+xmpOf(`<a b="`+u+`"/>`)), []string{"link " + u + " | x.jpg > XMP"}},
		{"JPEG comment", "x.jpg", jpegWith(t, 0xFE, jwsA), []string{"jws " + jwsA + " | x.jpg > comment"}},
		{"JPEG Exif", "x.jpg", jpegWith(t, 0xE1, "Exif\x00\x00II*\x00\x08\x00ASCII\x00\x00\x00"+u+"\x00"), []string{"link " + u + " | x.jpg > Exif"}},
		{"JPEG IPTC", "x.jpg", jpegWith(t, 0xED, "Photoshop 3.0\x008BIM\x04\x04\x00\x00\x1c\x02x\x00\x1c"+u), []string{"link " + u + " | x.jpg > IPTC"}},
		{"JPEG extended XMP, in two", "x.jpg", func() []byte {
			x := xmpOf(`<openbadges:assertion verify="` + jwsA + `"/>`)
			head := "http://ns.adobe.com/xmp/extension/\x00" + strings.Repeat("0", 40)
			second := binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(len(head+x[60:])+2))
			b := jpegWith(t, 0xE1, head+x[:60])
			at := 4 + len(head) + 60 + 2
			return slices.Concat(b[:at], second, []byte(head+x[60:]), b[at:])
		}(), []string{"jws " + jwsA + " | x.jpg > XMP > assertion verify"}},
		{"AVIF XMP", "x.avif", []byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00" + x), []string{a + " | x.avif > XMP > assertion verify"}},
		{"JPEG 2000 XMP", "x.jp2", []byte("\x00\x00\x00\x0cjP  \r\n\x87\n" + x), []string{a + " | x.jp2 > XMP > assertion verify"}},
		{"Photoshop XMP", "x.psd", []byte("8BPS\x00\x01\x00\x00\x00\x00\x00\x00" + x), []string{a + " | x.psd > XMP > assertion verify"}},
		{"TIFF XMP", "x.tif", []byte("II*\x00\x08\x00\x00\x00\x00\x00\x00\x00" + x), []string{a + " | x.tif > XMP > assertion verify"}},
		{"JPEG cut off", "x.jpg", jpegWith(t, 0xFE, jwsA)[:50], []string{"unread x.jpg: truncated"}},
		{"GIF without a badge", "x.gif", gifWith(t, ""), nil},
		{"GIF comment", "x.gif", gifWith(t, "\x21\xFE"+subBlocks(assertionA)), []string{a + " | x.gif > comment"}},
		{"GIF XMP", "x.gif", gifWith(t, "\x21\xFF\x0BXMP DataXMP"+x+string(trailer)+"\x00"), []string{a + " | x.gif > XMP > assertion verify"}},
		{"GIF cut off", "x.gif", gifWith(t, "\x21\xFE"+subBlocks(assertionA))[:40], []string{"unread x.gif: truncated"}},
		{"WebP XMP", "x.webp", webpWith("XMP ", x), []string{a + " | x.webp > XMP > assertion verify"}},
		{"WebP without a badge", "x.webp", webpWith("VP8 ", "xx"), []string{"unread x.webp: truncated"}},
		{"WebP cut off", "x.webp", webpWith("XMP ", x)[:60], []string{"unread x.webp: truncated"}},
		{"TIFF XMP", "x.tif", []byte("II*\x00\x08\x00\x00\x00\x00\x00" + x), []string{a + " | x.tif > XMP > assertion verify"}},
		{"HEIC is not searched for QR codes", "x.heic", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), []string{"unread x.heic: unknown_format"}},
		{"QR in PNG", "x.png", encoded(t, "png", qr(t, u, 4)), []string{"link " + u + " | x.png > QR code"}},
		{"QR in JPEG", "x.jpg", encoded(t, "jpg", qr(t, u, 4)), []string{"link " + u + " | x.jpg > QR code"}},
		{"QR in GIF", "x.gif", encoded(t, "gif", qr(t, u, 4)), []string{"link " + u + " | x.gif > QR code"}},
		{"QR with a JWS", "x.png", encoded(t, "png", qr(t, vcJWS, 3)), []string{"jws " + vcJWS + " | x.png > QR code"}},
		{"QR in capitals", "x.png", encoded(t, "png", qr(t, "HTTPS://EXAMPLE.ORG/BADGES/1", 3)), []string{"link https://example.org/BADGES/1 | x.png > QR code"}},
		{"QR with other text", "x.png", encoded(t, "png", qr(t, "hello", 4)), nil},
		{"QR with text around a URL", "x.png", encoded(t, "png", qr(t, "Badge: "+u, 4)), []string{"link " + u + " | x.png > QR code"}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			if d := cmp.Diff(tc.want, show(find(t, tc.name, tc.data))); d != "" {
				t.Error(d)
			}
		})
	}
	carrier := find(t, "x.png", encoded(t, "png", qr(t, u, 4))).Findings[0].Carrier
	if carrier != "qr" {
		t.Errorf("carrier %q", carrier)
	}
}

func TestQRMode(t *testing.T) {
	img := encoded(t, "png", qr(t, "https://example.org/badges/2", 4))
	both := slices.Concat(img[:33], iTXt("openbadges", assertionA), img[33:])
	for _, tc := range []struct {
		mode QRMode
		data []byte
		want int
	}{
		{QRAuto, img, 1}, {QRAuto, both, 1}, {QRAlways, img, 1}, {QRAlways, both, 2}, {QRNever, img, 0}, {QRNever, both, 1},
	} {
		if r := findWith(t, Limits{QR: tc.mode}, Document{Name: "x.png", Data: tc.data}); len(r.Findings) != tc.want {
			t.Errorf("mode %q: %v, want %d", tc.mode, show(r), tc.want)
		}
	}
}

// TestQRConditions: turned, inverted, small, without margin, transparent, and
// several in one picture.
func TestQRConditions(t *testing.T) {
	const u = "https://example.org/badges/1"
	code := qr(t, u, 4)
	onPage := func(imgs ...image.Image) *image.Gray {
		page := image.NewGray(image.Rect(0, 0, 1000, 1400))
		draw.Draw(page, page.Rect, image.White, image.Point{}, draw.Src)
		for i, img := range imgs {
			draw.Draw(page, img.Bounds().Add(image.Pt(100+400*(i%2), 100+400*(i/2))), img, image.Point{}, draw.Src)
		}
		return page
	}
	inverted := image.NewGray(code.Rect)
	for i, v := range code.Pix {
		inverted.Pix[i] = 255 - v
	}
	turned := image.NewGray(code.Rect)
	for y := range code.Rect.Dy() {
		for x := range code.Rect.Dx() {
			turned.SetGray(y, code.Rect.Dx()-1-x, code.GrayAt(x, y))
		}
	}
	clear := image.NewNRGBA(code.Rect)
	for y := range code.Rect.Dy() {
		for x := range code.Rect.Dx() {
			if code.GrayAt(x, y).Y == 0 {
				clear.SetNRGBA(x, y, color.NRGBA{0, 0, 0, 255})
			}
		}
	}
	colours := image.NewRGBA(code.Rect)
	for y := range code.Rect.Dy() {
		for x := range code.Rect.Dx() {
			c := color.RGBA{250, 240, 200, 255}
			if code.GrayAt(x, y).Y == 0 {
				c = color.RGBA{120, 20, 60, 255}
			}
			colours.SetRGBA(x, y, c)
		}
	}
	for _, tc := range []struct {
		desc string
		img  image.Image
		want []string
	}{
		{"plain", code, []string{u}},
		{"on a page", onPage(code), []string{u}},
		{"inverted", inverted, []string{u}},
		{"inverted on a page", onPage(inverted), []string{u}},
		{"turned", turned, []string{u}},
		{"small", qr(t, u, 2), []string{u}},
		{"one pixel a module", onPage(qr(t, u, 1)), nil},
		{"transparent", clear, []string{u}},
		{"colours", colours, []string{u}},
		{"two", onPage(code, qr(t, u+"2", 4)), []string{u, u + "2"}},
		{"five", onPage(code, qr(t, u+"2", 5), qr(t, u+"3", 4), qr(t, u+"4", 6), qr(t, u+"5", 3)), []string{u, u + "2", u + "3", u + "4", u + "5"}},
		{"large", func() image.Image {
			page := image.NewGray(image.Rect(0, 0, 3000, 4000))
			draw.Draw(page, page.Rect, image.White, image.Point{}, draw.Src)
			draw.Draw(page, qr(t, u, 10).Rect.Add(image.Pt(1000, 2000)), qr(t, u, 10), image.Point{}, draw.Src)
			return page
		}(), []string{u}},
		{"nothing", onPage(), nil},
		{"smaller than any code", image.NewGray(image.Rect(0, 0, 20, 20)), nil},
	} {
		r := find(t, "x.png", encoded(t, "png", tc.img))
		var got []string
		for _, f := range r.Findings {
			got = append(got, f.Payload)
		}
		slices.Sort(got)
		if tc.desc == "one pixel a module" && len(got) > 0 {
			continue // better than asked
		}
		if d := cmp.Diff(tc.want, got); d != "" || len(r.Unread) > 0 {
			t.Errorf("%s: %s %v", tc.desc, d, r.Unread)
		}
	}
}

// TestQRSamples: the shared pictures of one code under 37 conditions, of which
// gozxing alone reads 31.
func TestQRSamples(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t, "corpus", "made", "qrimgs"), "*"))
	if err != nil || len(files) != 37 {
		t.Fatalf("%d pictures: %v", len(files), err)
	}
	var missed []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		r := find(t, filepath.Base(f), b)
		want := 1
		if strings.Contains(f, "_two") {
			want = 2
		}
		if len(r.Findings) < want {
			missed = append(missed, filepath.Base(f))
		}
		for _, g := range r.Findings {
			if g.Kind != KindLink || !strings.HasPrefix(g.Payload, "https://") {
				t.Errorf("%s: %v", f, g)
			}
		}
	}
	t.Logf("%d of %d read; missed: %v", len(files)-len(missed), len(files), missed)
	if len(files)-len(missed) < 35 {
		t.Errorf("missed %v", missed)
	}
}

// noisy is a picture full of things like finder patterns.
func noisy(n int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, n, n))
	for y := range n {
		for x := range n {
			dx, dy := abs(x%8-3), abs(y%8-3)
			if d := max(dx, dy); d == 2 || x%8 == 7 || y%8 == 7 {
				img.Pix[y*n+x] = 255
			}
		}
	}
	return img
}

func abs(n int) int { return max(n, -n) }

// A picture made of finder patterns must not cost the cube of their number.
func TestQRHostile(t *testing.T) {
	r := find(t, "x.png", encoded(t, "png", noisy(2000)))
	if len(r.Findings)+len(r.Unread) > 0 {
		t.Error(show(r))
	}
}

func BenchmarkQR(b *testing.B) {
	page := image.NewGray(image.Rect(0, 0, 1240, 1754))
	draw.Draw(page, page.Rect, image.White, image.Point{}, draw.Src)
	empty := encoded(b, "png", page)
	code := qr(b, "https://example.org/badges/1", 5)
	draw.Draw(page, code.Rect.Add(image.Pt(800, 200)), code, image.Point{}, draw.Src)
	for _, bc := range []struct {
		name string
		data []byte
		want int
	}{
		{"code alone", encoded(b, "png", code), 1},
		{"page at 150 dpi", encoded(b, "png", page), 1},
		{"page without", empty, 0},
		{"finder patterns everywhere", encoded(b, "png", noisy(1200)), 0},
	} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := find(b, "x.png", bc.data); len(r.Findings) != bc.want {
					b.Fatal(show(r))
				}
			}
		})
	}
	// The primitive beside it: decoding the pixels of the page alone.
	b.Run("png.Decode of the page", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := png.Decode(bytes.NewReader(empty)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
