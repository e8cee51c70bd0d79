package main

import (
	"encoding/binary"
	"testing"
	"unicode/utf16"

	"assay/extract"
	"assay/verify/read"
)

// TestOneReadingOfTexts: a document that an applicant sends and the same one that
// a host answers with hold the same badge, whatever it is encoded in. extract may
// import nothing of ours, so it decodes texts by a few lines of its own.
func TestOneReadingOfTexts(t *testing.T) {
	const badge = "{\"@context\":\"https://w3id.org/openbadges/v2\",\r\n\"type\":\"Assertion\",\"id\":\"https://example.org/badges/1\",\r\n" +
		"\"recipient\":{\"type\":\"email\",\"hashed\":false,\"identity\":\"jörg@example.org\"},\"badge\":\"https://example.org/class/1\",\"verification\":{\"type\":\"hosted\"},\"issuedOn\":\"2026-01-01T00:00:00Z\"}"
	in := func(order binary.AppendByteOrder) string {
		var b []byte
		for _, u := range utf16.Encode([]rune("\uFEFF" + badge)) {
			b = order.AppendUint16(b, u)
		}
		return string(b)
	}
	for desc, text := range map[string]string{
		"UTF-8": badge, "with a byte order mark": "\uFEFF" + badge, "space around it": " \r\n" + badge + "\r\n",
		"UTF-16, the low byte first": in(binary.LittleEndian), "UTF-16, the high byte first": in(binary.BigEndian),
	} {
		answer, err := read.ParseDocument(read.UTF8([]byte(text), ""))
		if err != nil {
			t.Errorf("%s: as an answer: %v", desc, err)
			continue
		}
		res, err := (&extract.Extractor{}).Extract(t.Context(), extract.Document{Name: "badge.json", Data: []byte(text)})
		if err != nil || len(res.Findings) != 1 {
			t.Errorf("%s: as a document: %d findings, %v", desc, len(res.Findings), err)
			continue
		}
		document, err := read.ParseDocument([]byte(res.Findings[0].Payload))
		if err != nil || !read.Equal(map[string]any(answer), map[string]any(document)) {
			t.Errorf("%s: an answer is read as %v, a document as %v (%v)", desc, answer, document, err)
		}
	}
}
