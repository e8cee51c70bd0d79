package extract

import (
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
)

// numbersOf writes bytes as a list of numbers.
func numbersOf(b []byte, between string) string {
	list := make([]string, len(b))
	for i, c := range b {
		list[i] = fmt.Sprint(c)
	}
	return "[" + between + strings.Join(list, ","+between) + "]"
}

// TestBesideWhatIsRead: what stands beside a picture, a quoted tag, or in a part that is
// kept apart does not hide a badge.
func TestBesideWhatIsRead(t *testing.T) {
	const badge = "https://www.credly.com/badges/3f2c9a1e-0b4d-4c56-8a7b-1234567890ab"
	picture := hex.EncodeToString(baked(assertionA))
	markdown := []byte("# Badges\n\nsee " + badge + " for one, and more text behind it\n")
	quoted := func(s string) []byte {
		b, err := json.Marshal(map[string]string{"cv": s})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for desc, tc := range map[string]struct {
		name string
		data []byte
		want string
	}{
		"an id beside a picture in RTF":        {"a.rtf", []byte(`{\rtf1\ansi {\*\shppict{\pict\pngblip\bliptag1{\*\blipuid 00112233445566778899aabbccddeeff}` + picture + `}}}`), assertionA},
		"its properties":                       {"a.rtf", []byte(`{\rtf1\ansi {\*\shppict{\pict{\*\picprop{\sp{\sn shapeType}{\sv 75}}}\pngblip ` + picture + `}}}`), assertionA},
		"HTML that quotes a tag":               {"a.json", quoted(`<p>I teach &lt;script&gt; and more</p><p><a href="` + badge + `">badge</a></p>`), badge},
		"HTML that quotes a comment":           {"a.json", quoted(`<p>&lt;!-- &gt;</p><p><a href="` + badge + `">badge</a></p>`), badge},
		"HTML that was escaped once more":      {"a.json", quoted(`&lt;a href="` + badge + `"&gt;badge&lt;/a&gt;`), badge},
		"an address behind numbers":            {"a.json", []byte(`{"a":[` + strings.Repeat("1,", 100) + `"see ` + badge + `"]}`), badge},
		"a list of bytes":                      {"a.json", []byte(`{"data":` + numbersOf(markdown, "") + `}`), badge},
		"a list of bytes, a line each":         {"a.json", []byte("{\n  \"data\": " + numbersOf(markdown, "\n    ") + "}"), badge},
		"behind many lists of numbers":         {"a.json", []byte(`{"all":[` + strings.Repeat(numbersOf(make([]byte, 66), "")+",", 4200) + `0],"cv":` + numbersOf(markdown, "") + `}`), badge},
		"an address with a hash of 64 letters": {"a.txt", []byte("see https://moodle.example.org/badges/badge.php?hash=" + strings.Repeat("ab", 32) + " now"), "?hash=" + strings.Repeat("ab", 32)},
		"an id in another form":                {"a.txt", []byte("see " + badge + ".json now"), badge + ".json"},
		"an id with a note behind it":          {"a.txt", []byte("see " + badge + "3 now"), badge},
	} {
		if got := strings.Join(show(find(t, tc.name, tc.data)), "\n"); !strings.Contains(got, tc.want) {
			t.Errorf("%s: %s", desc, got)
		}
	}
}

// TestPagesOwnLists: a list of bytes in what was fetched names no further addresses.
func TestPagesOwnLists(t *testing.T) {
	words := []byte("# Badges\n\nsee " + urlA + " for one, and more text behind it, and more\n")
	for fetched, want := range map[bool]int{false: 1, true: 0} {
		r := findWith(t, Limits{}, Document{Name: "https://issuer.example/a.json", Fetched: fetched, Data: []byte(`{"data":` + numbersOf(words, "") + `}`)})
		if len(r.Findings) != want {
			t.Errorf("fetched %v: %v", fetched, show(r))
		}
	}
}

// TestFragmentsAreBounded: a part notes so many of its links, and no more.
func TestFragmentsAreBounded(t *testing.T) {
	u := linkUse{map[string]bool{}, map[string][]string{}}
	for i := range 2 * maxFragmented {
		u.fragment(xml.StartElement{Attr: []xml.Attr{{Name: xml.Name{Space: "r", Local: "id"}, Value: fmt.Sprint(i)}}})
	}
	if len(u.fragments) != maxFragmented {
		t.Error(len(u.fragments))
	}
	for target, want := range map[string]string{"a": "https://example.org/a#a", "100%": "https://example.org/a", strings.Repeat("a", 600): "https://example.org/a"} {
		if got := withFragment("https://example.org/a", target); got != want {
			t.Errorf("%.10s: %s", target, got)
		}
	}
}

// TestHostsStay: backslashes make no other host.
func TestHostsStay(t *testing.T) {
	for _, address := range []string{`//www.credly.com\.evil.example/badges/x`, `//good.example\-evil.example/badges/x`, `[//good.example\-evil.example/badges/x`, `https://good.example\.evil.example/badges/x`} {
		if got := strings.Join(show(find(t, "a.html", []byte(`<a href="`+address+`">x</a>`))), "\n"); strings.Contains(got, "evil.example") {
			t.Errorf("%s: %s", address, got)
		}
	}
	if got := unescapeSigns(`https://example.org/a\_b\-c`); got != "https://example.org/a_b-c" {
		t.Error(got)
	}
}

// TestPGPIsToldOnce for a file, however many of its cells hold one.
func TestPGPIsToldOnce(t *testing.T) {
	r := find(t, "a.csv", []byte("name,note\n"+strings.Repeat("a,"+pgpMessage+"\n", 20)))
	if len(r.Unread) != 1 || r.Unread[0].Reason != ReasonEncrypted {
		t.Error(show(r))
	}
}
