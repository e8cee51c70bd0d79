package extract

import (
	"bytes"
	"encoding/binary"
	"image"
	"testing"

	"golang.org/x/image/bmp"
)

// Pictures that are cut off, or of a form that the decoders do not know, are told:
// a code in them may be overlooked. What is whole has nothing to tell.
func TestPicturesCut(t *testing.T) {
	code := qr(t, "https://example.org/badges/1", 6)
	w, h := code.Rect.Dx(), code.Rect.Dy()
	var b bytes.Buffer
	if err := bmp.Encode(&b, code); err != nil {
		t.Fatal(err)
	}
	white := bytes.Repeat([]byte{255}, w*h)
	for name, data := range map[string][]byte{
		"x.jpg":  encoded(t, "jpg", code),
		"x.png":  encoded(t, "png", code),
		"x.gif":  encoded(t, "gif", code),
		"x.bmp":  b.Bytes(),
		"x.tif":  tiffOf(binary.LittleEndian, w, h, 0, code.Pix),
		"xx.tif": tiffOf(binary.BigEndian, w, h, 0, white, code.Pix),
	} {
		if r := find(t, name, data); len(r.Unread) != 0 || len(r.Findings) != 1 {
			t.Errorf("%s: %q", name, show(r))
		}
		for _, percent := range []int{50, 95, 99} {
			r := find(t, name, data[:len(data)*percent/100])
			if len(r.Unread) != 1 || r.Unread[0].Reason != ReasonTruncated {
				t.Errorf("%s cut at %d %%: %q", name, percent, show(r))
			}
		}
	}
	// Forms of JPEG: arithmetic coding, and twelve bits a sample.
	whole := encoded(t, "jpg", image.NewGray(image.Rect(0, 0, 40, 40)))
	at := bytes.Index(whole, []byte{0xFF, 0xC0})
	for desc, change := range map[string]func(b []byte){
		"arithmetic":  func(b []byte) { b[at+1] = 0xC9 },
		"twelve bits": func(b []byte) { b[at+4] = 12 },
	} {
		b := bytes.Clone(whole)
		change(b)
		if r := find(t, "x.jpg", b); len(r.Unread) != 1 || r.Unread[0].Reason != ReasonUnknown {
			t.Errorf("%s: %q", desc, show(r))
		}
	}
	// Where nothing is asked of the pixels, nothing is told of them.
	cut := tiffOf(binary.LittleEndian, w, h, 0, code.Pix)[:100]
	if r := findWith(t, Limits{QR: QRNever}, Document{Name: "x.tif", Data: cut}); len(r.Unread) != 0 {
		t.Errorf("without a search for codes: %q", show(r))
	}
}
