package sandbox

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"testing"
)

// pngOf is a PNG with texts of a keyword, and something behind it.
func pngOf(keyword, behind string, texts ...string) []byte {
	chunk := func(kind, data string) string {
		n := len(data)
		sum := crc32.ChecksumIEEE([]byte(kind + data))
		return string([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}) + kind + data +
			string([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	}
	out := "\x89PNG\r\n\x1a\n" + chunk("IHDR", "\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00")
	for _, s := range texts {
		out += chunk("iTXt", keyword+"\x00\x00\x00\x00\x00"+s)
	}
	return []byte(out + chunk("IDAT", "\x78\x9c\x63\x60\x00\x00\x00\x02\x00\x01") + chunk("IEND", "") + behind)
}

// TestUnbake: what is baked into the picture itself, and nothing else.
func TestUnbake(t *testing.T) {
	p, err := New(Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	const a, b = `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://issuer.example/1.png","badge":"https://issuer.example/c"}`,
		`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://issuer.example/2.png","badge":"https://issuer.example/c"}`
	svg := func(inside string) []byte {
		return []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="http://openbadges.org">` + inside + `</svg>`)
	}
	for _, tc := range []struct {
		desc, mediaType string
		picture         []byte
		want            []string
		err             error
	}{
		{"a PNG", "image/png", pngOf("openbadges", "", a), []string{a}, nil},
		{"an SVG", "image/svg+xml", svg(`<openbadges:assertion verify="https://issuer.example/1.png"><![CDATA[` + a + `]]></openbadges:assertion>`), []string{a}, nil},
		{"a picture alone", "image/png", pngOf("Comment", "", a), nil, nil},
		{"an address alone", "image/png", pngOf("openbadges", "", "https://issuer.example/1"), nil, nil},
		{"what lies behind a picture", "image/png", pngOf("openbadges", string(pngOf("openbadges", "", b)), a), []string{a}, nil},
		{"two that are baked", "image/png", pngOf("openbadges", "", a, b), nil, ErrPicture},
	} {
		got, err := p.Unbake(context.Background(), tc.mediaType, tc.picture)
		if !errors.Is(err, tc.err) || !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, %v", tc.desc, got, err)
		}
	}
}

// TestAttack338_ChildOfAPicture: a picture is read by a child that no document of
// whoever asks has been in, so that a document which has broken into one says
// nothing of what a host has.
func TestAttack338_ChildOfAPicture(t *testing.T) {
	p, err := New(Options{Workers: 1, childArgs: []string{"remember"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	o := Owner{Tenant: "a", Application: "1"}
	for i := range 3 {
		if saw := given(t, p, o, fmt.Sprintf("cv-%d", i)); slices.Contains(saw, "picture") {
			t.Errorf("a child that has seen %q reads documents", saw)
		}
		if _, err := p.Unbake(WithOwner(context.Background(), o), "image/png", []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
}
