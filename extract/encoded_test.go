package extract

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"mime/quotedprintable"
	"slices"
	"strings"
	"testing"
)

// binhexed is a file in BinHex 4.0.
func binhexed(name, data string) string {
	var b []byte
	b = append(b, byte(len(name)))
	b = append(b, name+"\x00TEXTttxt\x00\x00"...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
	b = binary.BigEndian.AppendUint32(b, 0)
	b = binary.BigEndian.AppendUint16(b, crcXModem(b))
	b = append(b, data...)
	b = binary.BigEndian.AppendUint16(b, crcXModem([]byte(data)))
	b = append(b, 0, 0)
	var packed []byte
	for i := 0; i < len(b); { // runs
		n := 1
		for i+n < len(b) && b[i+n] == b[i] && n < 255 {
			n++
		}
		switch {
		case b[i] == 0x90:
			packed = append(packed, 0x90, 0)
			n = 1
		case n > 3:
			packed = append(packed, b[i], 0x90, byte(n))
		default:
			n = 1
			packed = append(packed, b[i])
		}
		i += n
	}
	var out strings.Builder
	out.WriteString("(This file must be converted with BinHex 4.0)\n\n:")
	var acc, have uint
	at := 1
	put := func(v uint) {
		if at == 64 {
			out.WriteByte('\n')
			at = 0
		}
		out.WriteByte(binhexAlphabet[v&63])
		at++
	}
	for _, c := range packed {
		acc, have = acc<<8|uint(c), have+8
		for have >= 6 {
			have -= 6
			put(acc >> have)
		}
	}
	if have > 0 {
		put(acc << (6 - have))
	}
	return out.String() + ":\n"
}

// yencoded is a file in yEnc.
func yencoded(name, data string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "=ybegin line=128 size=%d name=%s\r\n", len(data), name)
	for i := range len(data) {
		if i > 0 && i%128 == 0 {
			b.WriteString("\r\n")
		}
		switch c := data[i] + 42; c {
		case 0, '\n', '\r', '=':
			b.WriteString("=" + string([]byte{c + 64}))
		default:
			b.WriteByte(c)
		}
	}
	fmt.Fprintf(&b, "\r\n=yend size=%d crc32=%08x\r\n", len(data), crc32.ChecksumIEEE([]byte(data)))
	return b.String()
}

// TestEncodedFiles reads files in yEnc and BinHex, in messages and by themselves.
func TestEncodedFiles(t *testing.T) {
	png := string(baked(assertionA))
	a, u := "json "+assertionA, "link "+urlA
	message := mailHead + "Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n\r\nMy badge:\r\n\r\n"
	spoil := func(s string) string {
		b := []byte(s)
		b[len(b)/2] ^= 1
		return string(b)
	}
	long := "see " + urlA + strings.Repeat(" ", 3000) + "there"
	for _, tc := range []struct {
		desc, name, data string
		want             []string
	}{
		{"yEnc in a message", "m.eml", message + yencoded("badge.png", png), []string{a + " | m.eml > badge.png > iTXt openbadges"}},
		{"text around it", "m.eml", message + yencoded("b.bin.txt", "nothing") + "\r\nsee " + urlA + "\r\n", []string{u + " | m.eml > text"}},
		{"yEnc by itself", "badge.txt", yencoded("badge.png", png), []string{a + " | badge.txt > badge.png > iTXt openbadges"}},
		{"yEnc that breaks off", "badge.txt", yencoded("b.txt", "see "+urlA+" there, and more of it that is cut")[:90], []string{u + " | badge.txt > b.txt > text", "unread badge.txt > b.txt: truncated"}},
		{"yEnc of another checksum", "badge.txt", strings.Replace(yencoded("b.txt", "see "+urlA+" there"), "crc32=", "crc32=00000001 x=", 1), []string{u + " | badge.txt > b.txt > text", "unread badge.txt > b.txt: malformed"}},
		{"one part of many", "m.eml", message + strings.Replace(yencoded("badge.png", png), "=ybegin ", "=ybegin part=1 total=9 ", 1), []string{"unread m.eml > badge.png: unknown_format"}},
		{"BinHex in a message", "m.eml", message + binhexed("badge.png", png), []string{a + " | m.eml > badge.png > iTXt openbadges"}},
		{"BinHex that is attached", "m.eml", mailHead + "Content-Type: application/mac-binhex40; name=x.hqx\r\n\r\n" + binhexed("b.txt", "see "+urlA), []string{u + " | m.eml > part 1 x.hqx > b.txt > text"}},
		{"runs, and the mark of runs", "a.hqx", binhexed("b.txt", long), []string{u + " | a.hqx > b.txt > text"}},
		{"BinHex that breaks off", "a.hqx", binhexed("b.txt", "see "+urlA+" there, and so on, and so on, and so on, and so on")[:170], []string{u + " | a.hqx > b.txt > text", "unread a.hqx > b.txt: truncated"}},
		{"behind a long text", "a.txt", strings.Repeat("My life.\r\n", 300) + yencoded("badge.png", png), []string{a + " | a.txt > badge.png > iTXt openbadges"}},
		{"somebody speaks of yEnc", "a.txt", "A file begins like this:\n=ybegin line=128 size=5 name=x\nand my badge is " + urlA + "\n", []string{u + " | a.txt > text"}},
		{"somebody speaks of BinHex", "a.txt", "A file begins like this:\n(This file must be converted with BinHex 4.0)\nand my badge is " + urlA + "\n", []string{u + " | a.txt > text", "unread a.txt: truncated"}},
		{"BinHex of nothing", "a.hqx", "(This file must be converted with BinHex 4.0)\n\n:", []string{"unread a.hqx: truncated"}},
		{"BinHex that is damaged", "a.hqx", spoil(binhexed("badge.png", png)), nil},
	} {
		got := show(find(t, tc.name, []byte(tc.data)))
		if tc.want == nil { // something is told, whatever it comes to
			if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "unread ") }) {
				t.Errorf("%s: %q", tc.desc, got)
			}
			continue
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.desc, got, tc.want)
		}
	}
}

// TestUnbinhex gives back what was written, the mark of runs and runs of it, too.
func TestUnbinhex(t *testing.T) {
	data := "\x90" + strings.Repeat("\x90\x90x", 50) + strings.Repeat("y", 300) + "\x90\x00"
	text := binhexed("b.bin", data)
	out, n, over := unbinhex([]byte(text[strings.IndexByte(text, ':')+1:]), 1<<20)
	if over || !strings.Contains(string(out), data) || n == 0 {
		t.Errorf("%d bytes of %d characters", len(out), n)
	}
}

// TestBinHexIsNoBomb bounds what runs come to.
func TestBinHexIsNoBomb(t *testing.T) {
	r := findWith(t, Limits{InflatedBytes: 1 << 20}, Document{Name: "a.hqx", Data: []byte(binhexed("b.bin", strings.Repeat("\x00", 4<<20)))})
	if len(r.Unread) != 1 || r.Unread[0].Reason != ReasonInflated || r.Inflated > 1<<20 {
		t.Errorf("%d bytes, %v", r.Inflated, r.Unread)
	}
}

// TestBinHexTooLarge tells a file that is larger than files may be from one for which
// nothing is left, and reads what stands behind it.
func TestBinHexTooLarge(t *testing.T) {
	data := []byte(binhexed("b.bin", strings.Repeat("\x00", 1<<20)) + "see " + urlA + "\n")
	for _, tc := range []struct {
		limits Limits
		want   []string
	}{
		{Limits{FileBytes: 64 << 10}, []string{"link " + urlA + " | a.txt > text", "unread a.txt: limit_file_size"}},
		{Limits{InflatedBytes: 64 << 10}, []string{"link " + urlA + " | a.txt > text", "unread a.txt: limit_inflated"}},
	} {
		if got := show(findWith(t, tc.limits, Document{Name: "a.txt", Data: data})); !slices.Equal(got, tc.want) {
			t.Errorf("%+v: %q, want %q", tc.limits, got, tc.want)
		}
		p := &part{call: newCall(t.Context(), tc.limits.WithDefaults(), nil), where: "a.txt", name: "a.txt"}
		if got, want := string(p.encodedFiles(data, p.place())), "\nsee "+urlA+"\n"; got != want {
			t.Errorf("%+v: what is left is %q, want %q", tc.limits, got, want)
		}
	}
}

// TestEncodedFilesOnce searches no part of a text twice for the same, however many
// beginnings there are and however far their ends.
func TestEncodedFilesOnce(t *testing.T) {
	const many = 2000
	speaks := strings.Repeat("=ybegin line=128 size=5 name=x\nmy life\n", many)
	empty := strings.Repeat("=ybegin line=128 size=0 name=x\n=yend size=0\n", many)
	hex := strings.Repeat("(This file must be converted with BinHex 4.0)\n\nand so on\n", many)
	for _, tc := range []struct{ desc, data string }{
		{"beginnings without an end", speaks},
		{"and with one, far behind", speaks + strings.Repeat("my life \n", 10_000) + "=yend size=5\n"},
		{"files of one kind, and one of another behind them", empty + binhexed("a.txt", "see "+urlA)},
		{"of another, and one of the first behind them", hex + yencoded("a.txt", "see "+urlA)},
		{"by turns", strings.Repeat("=ybegin line=128 size=0 name=x\n=yend size=0\n(This file must be converted with BinHex 4.0)\n\n:::\n", many/2)},
	} {
		p := &part{call: newCall(t.Context(), Limits{}.WithDefaults(), nil), where: "a.txt", name: "a.txt"}
		l := &lines{b: []byte(tc.data)}
		if p.encodedIn(l, p.place()); l.looked == 0 || l.looked > 3*len(tc.data) { // for three kinds of lines
			t.Errorf("%s: %d bytes were searched of %d", tc.desc, l.looked, len(tc.data))
		}
	}
}

// TestUndeclaredQuotedPrintable decodes what is sure, and leaves what is not.
func TestUndeclaredQuotedPrintable(t *testing.T) {
	quoted := func(s string) string {
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		_, _ = w.Write([]byte(s))
		_ = w.Close()
		return b.String()
	}
	const u = "https://badges.example.org/assertions/quoted?id=1&of=somebody-with-a-long-name-that-goes-on"
	prose := "Ich möchte mein Abzeichen zeigen, es steht unter der folgenden Adresse im Netz: " + u + " und ist gültig.\r\n"
	page := `<html><body><p style="color: red">Abzeichen</p><a href="` + u + `" class="link">gültig</a></body></html>`
	for _, tc := range []struct {
		desc, name, data string
		want             []string
	}{
		{"a text", "a.txt", quoted(prose), []string{"link " + u + " | a.txt > text"}},
		{"a message", "m.eml", mailHead + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + quoted(prose), []string{"link " + u + " | m.eml > text"}},
		{"a page", "a.html", quoted(page), []string{"link " + u + " | a.html > link"}},
		{"a page in a message", "m.eml", mailHead + "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + quoted(page), []string{"link " + u + " | m.eml > link"}},
		{"a text with signs of its own", "a.txt", quoted(prose) + quoted(prose) + "a=b\r\n", []string{"unread a.txt > text: unknown_format"}},
		{"an address with signs of its own", "a.txt", "see https://badges.example.org/assertions/1?a=3D&b=20\n\nx=\n", []string{"link https://badges.example.org/assertions/1?a=3D&b=20 | a.txt > text"}},
		{"rules for make", "Makefile", "BADGE=https://badges.example.org/assertions/1?a=3D&b=7 is mine\nX=3D\nY=2A\nTHE_NAME_OF_A_VARIABLE_THAT_IS_AS_LONG_AS_A_LINE_MAY_BE_IN_MAIL___=\nZ=\n",
			[]string{"link https://badges.example.org/assertions/1?a=3D&b=7 | Makefile > text"}},
		{"signs that may be either", "a.txt", "see https://badges.example.org/assertions/1?a=3D1 now\nb=3D\nhere is a line that is as long as those are that writers break in mail=\nand so on\n",
			[]string{"link https://badges.example.org/assertions/1?a=1 | a.txt > text", "link https://badges.example.org/assertions/1?a=3D1 | a.txt > text"}},
		{"signs that may be either, in a message", "m.eml", mailHead + "Content-Type: text/plain\r\n\r\nsee https://badges.example.org/assertions/1?a=3D1 now\r\nb=3D\r\nhere is a line that is as long as those are that writers break in mail=\r\nand so on\r\n",
			[]string{"link https://badges.example.org/assertions/1?a=1 | m.eml > text", "link https://badges.example.org/assertions/1?a=3D1 | m.eml > text"}},
		{"values that no writer has reason to quote", "a.txt", "see https://badges.example.org/assertions/1?a=30 now\nb=41 c=2C d=31\nhere is a line that is as long as those are that writers break in mail=\nand so on\n",
			[]string{"link https://badges.example.org/assertions/1?a=30 | a.txt > text"}},
		{"a formula", "a.txt", "x=10 y=20 z=\n30 w=k\nhttps://badges.example.org/assertions/1 v=u\n", []string{"link https://badges.example.org/assertions/1 | a.txt > text"}},
	} {
		got := show(find(t, tc.name, []byte(tc.data)))
		if tc.desc == "a text with signs of its own" {
			got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "link ") })
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.desc, got, tc.want)
		}
	}
}

func FuzzEncoded(f *testing.F) {
	fuzzCarrier(f, "x.hqx", []byte(binhexed("a.txt", "see "+urlA)), []byte("x\n"+yencoded("a.txt", "see "+urlA)), []byte("=ybegin part=1 line=128 size=3 name=x\n=ypart begin=1 end=3\nabc"))
}
