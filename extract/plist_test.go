package extract

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// binaryPlist writes texts, bytes, lists and dictionaries as a property list.
func binaryPlist(v any) []byte {
	var objects []string
	var add func(v any) int
	add = func(v any) int {
		at := len(objects)
		objects = append(objects, "")
		refs := func(kind byte, all ...int) string {
			s := ""
			for _, r := range all {
				s += string([]byte{byte(r >> 8), byte(r)})
			}
			n := len(all)
			if kind == 0xd0 {
				n /= 2
			}
			return plistHead(kind, n) + s
		}
		switch v := v.(type) {
		case string:
			objects[at] = plistHead(0x50, len(v)) + v
		case []uint16:
			b := plistHead(0x60, len(v))
			for _, c := range v {
				b += string([]byte{byte(c >> 8), byte(c)})
			}
			objects[at] = b
		case []byte:
			objects[at] = plistHead(0x40, len(v)) + string(v)
		case []any:
			var all []int
			for _, e := range v {
				all = append(all, add(e))
			}
			objects[at] = refs(0xa0, all...)
		case map[string]any:
			var keys, values []int
			for _, k := range slices.Sorted(maps.Keys(v)) {
				keys = append(keys, add(k))
				values = append(values, add(v[k]))
			}
			objects[at] = refs(0xd0, append(keys, values...)...)
		}
		return at
	}
	add(v)
	return plistOf(objects...)
}

func plistHead(kind byte, n int) string {
	if n < 15 {
		return string([]byte{kind | byte(n)})
	}
	return string([]byte{kind | 15, 0x12}) + string(binary.BigEndian.AppendUint32(nil, uint32(n)))
}

// plistOf is a list of objects as they are written, the first of which holds the others,
// with references of two bytes.
func plistOf(objects ...string) []byte {
	b := []byte("bplist00")
	var offsets []byte
	for _, o := range objects {
		offsets = binary.BigEndian.AppendUint32(offsets, uint32(len(b)))
		b = append(b, o...)
	}
	table := len(b)
	b = append(b, offsets...)
	b = append(b, 0, 0, 0, 0, 0, 0, 4, 2)
	b = binary.BigEndian.AppendUint64(b, uint64(len(objects)))
	b = binary.BigEndian.AppendUint64(b, 0)
	return binary.BigEndian.AppendUint64(b, uint64(table))
}

func TestPlist(t *testing.T) {
	const u = "https://example.org/badges/1"
	page := []byte(`<html><a href="/badges/1">x</a>`)
	for _, tc := range []struct {
		desc, name string
		data       []byte
		want       []string
	}{
		{"a link that was saved", "a.webloc", binaryPlist(map[string]any{"URL": u}), []string{"link " + u + " | a.webloc > URL"}},
		{"of wide characters", "a.webloc", binaryPlist(map[string]any{"URL": []uint16{'h', 't', 't', 'p', 's', ':', '/', '/', 'e', 'x', 'a', 'm', 'p', 'l', 'e', '.', 'o', 'r', 'g', '/', 'b', 'a', 'd', 'g', 'e', 's', '/', '1'}}), []string{"link " + u + " | a.webloc > URL"}},
		{"a text alone", "a", binaryPlist("see " + u), []string{"link " + u + " | a"}},
		{"files and lists", "a.plist", binaryPlist(map[string]any{"all": []any{baked(assertionA), "see " + u}}), []string{"json " + assertionA + " | a.plist > all > iTXt openbadges", "link " + u + " | a.plist > all"}},
		{"a page that was saved", "a.webarchive", binaryPlist(map[string]any{
			"WebMainResource": map[string]any{"WebResourceData": page, "WebResourceMIMEType": "text/html", "WebResourceTextEncodingName": "UTF-8", "WebResourceURL": "https://example.org/u/ada"},
			"WebSubresources": []any{map[string]any{"WebResourceData": baked(assertionA), "WebResourceMIMEType": "image/png", "WebResourceURL": "https://cdn.example.org/badge.png"}},
		}), []string{
			"link https://example.org/u/ada | a.webarchive > WebMainResource > address", "link " + u + " | a.webarchive > WebMainResource > link",
			"json " + assertionA + " | a.webarchive > WebSubresources > iTXt openbadges",
		}},
		{"a page in a list in XML, whose lines are set in", "a.webarchive", []byte("<?xml version=\"1.0\"?>\n<plist version=\"1.0\">\n<dict>\n\t<key>WebResourceData</key>\n\t<data>\n\t" +
			strings.ReplaceAll(strings.TrimSpace(b64([]byte(`<a href="`+u+`">my badges of these years</a>`))), "\r\n", "\n\t") + "\n\t</data>\n</dict>\n</plist>\n"), []string{"link " + u + " | a.webarchive > plist/dict/data > link"}},
		{"a page that was saved, in XML", "a.webarchive", []byte(`<?xml version="1.0"?><plist version="1.0"><dict><key>WebMainResource</key><dict><key>WebResourceData</key><data>` + b64([]byte(`<a href="../badges/1">my badge</a> and other things`)) +
			`</data><key>WebResourceMIMEType</key><string>text/html</string><key>WebResourceURL</key><string>https://example.org/u/ada</string></dict>` +
			`<key>WebSubresources</key><array><dict><key>WebResourceURL</key><string>https://cdn.example.org/badge.png</string><key>WebResourceData</key><data>` + b64([]byte(baked(assertionA))) + `</data></dict></array></dict></plist>`), []string{
			"link https://example.org/u/ada | a.webarchive > WebMainResource > address", "link " + u + " | a.webarchive > WebMainResource > link",
			"json " + assertionA + " | a.webarchive > WebSubresources > iTXt openbadges",
		}},
		{"a page in XML that was cut off", "a.webarchive", []byte(`<?xml version="1.0"?><plist version="1.0"><dict><key>WebMainResource</key><dict><key>WebResourceURL</key><string>https://example.org/u/ada</string><key>WebResourceData</key><data>` + b64([]byte(`<a href="../badges/1">my badge</a>`))), []string{
			"link https://example.org/u/ada | a.webarchive > WebMainResource > address", "link " + u + " | a.webarchive > WebMainResource > link", "unread a.webarchive: truncated"}},
		{"an address of no page, in XML", "a.webloc", []byte(`<?xml version="1.0"?><plist version="1.0"><dict><key>WebResourceURL</key><string>` + u + `</string></dict></plist>`), []string{"link " + u + " | a.webloc > plist/dict/string"}},
		{"nothing", "a.plist", binaryPlist(map[string]any{"a": "b"}), nil},
		{"cut off", "a.plist", []byte("bplist00\xd0"), []string{"unread a.plist: truncated"}},
		{"no table", "a.plist", append([]byte("bplist00"), make([]byte, 64)...), []string{"unread a.plist: malformed"}},
	} {
		if d := cmp.Diff(sorted(tc.want), sorted(show(find(t, tc.name, tc.data)))); d != "" {
			t.Errorf("%s: %s", tc.desc, d)
		}
	}
}

// TestAttack378_Plist: objects that stand in themselves or in each other many times
// over, and numbers that lead out of the file.
func TestAttack378_Plist(t *testing.T) {
	var many []string // each holds the next twice
	for i := range 30 {
		many = append(many, "\xa2\x00"+string(rune(i+1))+"\x00"+string(rune(i+1)))
	}
	many = append(many, "\x5ahttps://xy")
	deep := make([]string, 100)
	for i := range deep {
		deep[i] = "\xa1\x00" + string(rune(i+1))
	}
	deep = append(deep, "\x51x")
	far := plistOf("\xa1\x00\x01", "\x51x")
	binary.BigEndian.PutUint32(far[len(far)-plistTrailer-4:], 1<<31)
	wide := plistOf("\x51x")
	wide[len(wide)-plistTrailer+6] = 9
	objects := plistOf("\x51x")
	binary.BigEndian.PutUint64(objects[len(objects)-24:], 1<<62)
	for desc, tc := range map[string]struct {
		data   []byte
		reason Reason
	}{
		"a list in itself":            {plistOf("\xa1\x00\x00"), ReasonDepth},
		"two to the thirtieth":        {plistOf(many...), ReasonParts},
		"lists in lists":              {plistOf(deep...), ReasonDepth},
		"an object that is not there": {plistOf("\xa1\x7f\xff"), ReasonMalformed},
		"a place beyond the end":      {far, ReasonMalformed},
		"a text longer than the file": {plistOf("\x5f\x12\x7f\xff\xff\xff"), ReasonMalformed},
		"a text beyond the end":       {plistOf("\xa1\x00\x02", plistHead(0x40, 200)+strings.Repeat("x", 200), plistHead(0x50, 200)), ReasonMalformed},
		"members beyond the end":      {plistOf("\xdf\x12\x00\x00\x00\x20"), ReasonMalformed},
		"a length of no number":       {plistOf("\x5f\xff"), ReasonMalformed},
		"offsets of nine bytes":       {wide, ReasonMalformed},
		"more objects than there are": {objects, ReasonMalformed},
		// A file that a page keeps is read by its members, which are visited no more.
		"the members of one, twice":    {plistOf("\xa2\x00\x01\x00\x01", plistHead(0xd0, 3000)+strings.Repeat("\x00\x02", 3000)+strings.Repeat("\x00\x03", 3000), plistHead(0x50, 15)+"WebResourceData", "\x41x"), ReasonParts},
		"as many members as are read?": {plistOf(plistHead(0xd0, 5000) + strings.Repeat("\x00\x01", 10000)), ReasonParts},
	} {
		start := time.Now()
		r := find(t, "a.plist", tc.data)
		if got := strings.Join(show(r), "\n"); !strings.Contains(got, string(tc.reason)) || strings.Contains(got, string(ReasonReaderFailed)) {
			t.Errorf("%s: %s, want %s", desc, got, tc.reason)
		}
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("%s: %v", desc, d)
		}
	}
}

func FuzzPlist(f *testing.F) {
	fuzzCarrier(f, "x.webloc", binaryPlist(map[string]any{"URL": urlA}), binaryPlist([]any{"see " + urlA, []byte(assertionA), []uint16{'a', 'b'}}), plistOf("\xa1\x00\x00"),
		binaryPlist(map[string]any{"WebMainResource": map[string]any{"WebResourceData": []byte("<html>"), "WebResourceURL": urlA}}))
}
