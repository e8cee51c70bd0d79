package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"html"
	"image"
	"image/color"
	"image/png"
	"strings"
)

// badgePicture draws a lozenge in the issuer's colour.
func badgePicture(c color.NRGBA) []byte {
	const n = 96
	img := image.NewNRGBA(image.Rect(0, 0, n, n))
	for y := range n {
		for x := range n {
			d := abs(x-n/2) + abs(y-n/2)
			switch {
			case d < n/2-12:
				img.SetNRGBA(x, y, c)
			case d < n/2-4:
				img.SetNRGBA(x, y, color.NRGBA{255, 255, 255, 255})
			case d < n/2:
				img.SetNRGBA(x, y, c)
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // cannot happen: a picture in memory
	}
	return b.Bytes()
}

func abs(n int) int { return max(n, -n) }

// bakeChunk puts one chunk right behind IHDR (PNG: 8 bytes of signature, then
// IHDR with 25).
func bakeChunk(picture []byte, kind string, data []byte) []byte {
	const behindIHDR = 8 + 25
	var chunk bytes.Buffer
	_ = binary.Write(&chunk, binary.BigEndian, uint32(len(data)))
	chunk.WriteString(kind)
	chunk.Write(data)
	crc := crc32.NewIEEE()
	crc.Write([]byte(kind))
	crc.Write(data)
	_ = binary.Write(&chunk, binary.BigEndian, crc.Sum32())
	return bytes.Join([][]byte{picture[:behindIHDR], chunk.Bytes(), picture[behindIHDR:]}, nil)
}

// bakeITXt bakes as OB 2.0 baking and the OB 3.0 document format say: an
// uncompressed iTXt chunk.
func bakeITXt(picture []byte, keyword, text string) []byte {
	return bakeChunk(picture, "iTXt", []byte(keyword+"\x00\x00\x00\x00\x00"+text))
}

// bakeTEXt bakes as Open Badges 0.5 did: the assertion's URL in tEXt.
func bakeTEXt(picture []byte, url string) []byte {
	return bakeChunk(picture, "tEXt", []byte("openbadges\x00"+url))
}

const svgBody = `<rect width="96" height="96" rx="14" fill="%s"/><path d="m26 50 14 14 30-32" fill="none" stroke="#fff" stroke-width="9"/>`

func svgOB2(fill, verify, body string) []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="http://openbadges.org" viewBox="0 0 96 96">
<openbadges:assertion verify="%s"><![CDATA[%s]]></openbadges:assertion>
`+svgBody+`
</svg>
`, html.EscapeString(verify), body, fill)
}

func svgOB3(fill, body string) []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:ob="https://purl.imsglobal.org/ob/v3p0" viewBox="0 0 96 96">
<ob:credential><![CDATA[%s]]></ob:credential>
`+svgBody+`
</svg>
`, body, fill)
}

// resume is a one-page PDF (ISO 32000-1) with lines of text, link annotations,
// embedded files in the name tree and file attachment annotations.
type resume struct {
	lines    []string
	links    []string
	embedded map[string][]byte
	pinned   map[string][]byte
}

func (r resume) bytes() []byte {
	var b bytes.Buffer
	var offsets []int
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	object := func(body string) int {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(offsets), body)
		return len(offsets)
	}
	stream := func(dict string, data []byte) int {
		return object(fmt.Sprintf("<<%s /Length %d>>\nstream\n%s\nendstream", dict, len(data), data))
	}
	fileSpec := func(name string, data []byte) int {
		file := stream(" /Type /EmbeddedFile", data)
		return object(fmt.Sprintf("<</Type /Filespec /F (%s) /UF (%s) /EF <</F %d 0 R>>>>", name, name, file))
	}
	var text strings.Builder
	text.WriteString("BT /F1 11 Tf 56 780 Td 15 TL\n")
	for _, l := range r.lines {
		fmt.Fprintf(&text, "(%s) Tj T*\n", strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(l))
	}
	text.WriteString("ET")
	font := object("<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>")
	content := stream("", []byte(text.String()))
	var annots []string
	for i, l := range r.links {
		n := object(fmt.Sprintf("<</Type /Annot /Subtype /Link /Rect [56 %d 300 %d] /Border [0 0 0] /A <</S /URI /URI (%s)>>>>", 400-20*i, 414-20*i, l))
		annots = append(annots, fmt.Sprintf("%d 0 R", n))
	}
	for _, name := range sortedKeys(r.pinned) {
		spec := fileSpec(name, r.pinned[name])
		n := object(fmt.Sprintf("<</Type /Annot /Subtype /FileAttachment /Rect [500 700 520 720] /FS %d 0 R /Contents (%s)>>", spec, name))
		annots = append(annots, fmt.Sprintf("%d 0 R", n))
	}
	var names []string
	for _, name := range sortedKeys(r.embedded) {
		names = append(names, fmt.Sprintf("(%s) %d 0 R", name, fileSpec(name, r.embedded[name])))
	}
	page := len(offsets) + 1
	object(fmt.Sprintf("<</Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Resources <</Font <</F1 %d 0 R>>>> /Contents %d 0 R /Annots [%s]>>",
		page+1, font, content, strings.Join(annots, " ")))
	object(fmt.Sprintf("<</Type /Pages /Kids [%d 0 R] /Count 1>>", page))
	root := object(fmt.Sprintf("<</Type /Catalog /Pages %d 0 R /Names <</EmbeddedFiles <</Names [%s]>>>>>>", page+1, strings.Join(names, " ")))
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d /Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, root, start)
	return b.Bytes()
}
