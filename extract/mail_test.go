package extract

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

const mailHead = "From: sender@example.org\r\nTo: applicant@example.org\r\nSubject: Your badge\r\nMIME-Version: 1.0\r\n"

// b64 is base64 in lines, as in mail.
func b64(b []byte) string {
	s := base64.StdEncoding.EncodeToString(b)
	var out strings.Builder
	for len(s) > 76 {
		out.WriteString(s[:76] + "\r\n")
		s = s[76:]
	}
	return out.String() + s + "\r\n"
}

// parts is a multipart body.
func parts(boundary string, p ...string) string {
	return "--" + boundary + "\r\n" + strings.Join(p, "\r\n--"+boundary+"\r\n") + "\r\n--" + boundary + "--\r\n"
}

func attachment(name, kind string, b []byte) string {
	return "Content-Type: " + kind + "; name=\"" + name + "\"\r\nContent-Disposition: attachment; filename=\"" + name + "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64(b)
}

func TestMail(t *testing.T) {
	const u = "https://example.org/badges/1"
	a := "json " + assertionA
	badge := baked(assertionA)
	mixed := mailHead + "Content-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n"
	message := mailHead + "Content-Type: text/plain\r\n\r\nsee " + u + "\r\n"
	for _, tc := range []struct {
		desc, name, text string
		want             []string
	}{
		{"no badge", "m.eml", mailHead + "\r\nHello\r\n", nil},
		{"plain text", "m.eml", message, []string{"link " + u + " | m.eml > text"}},
		{"bare line feeds", "m", strings.ReplaceAll(message, "\r\n", "\n"), []string{"link " + u + " | m > text"}},
		{"quoted-printable", "m.eml", mailHead + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nsee https://example.org/ba=\r\ndges/1?a=3D1 =C3=A9\r\n", []string{"link " + u + "?a=1 | m.eml > text"}},
		{"base64 text", "m.eml", mailHead + "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64([]byte("see "+u)), []string{"link " + u + " | m.eml > text"}},
		{"HTML", "m.eml", mailHead + "Content-Type: text/html; charset=iso-8859-1\r\n\r\n<html><a href=\"" + u + "\">\xe9</a>\r\n", []string{"link " + u + " | m.eml > link"}},
		{"attached bake", "m.eml", mixed + parts("b1", "Content-Type: text/plain\r\n\r\nhello", attachment("badge.png", "image/png", badge)), []string{a + " | m.eml > part 2 badge.png > iTXt openbadges"}},
		{"under a wrong type", "m.eml", mixed + parts("b1", attachment("badge.png", "application/octet-stream", badge)), []string{a + " | m.eml > part 1 badge.png > iTXt openbadges"}},
		{"encoded name", "m.eml", mixed + parts("b1", strings.ReplaceAll(attachment("X", "image/png", badge), "\"X\"", "\"=?utf-8?q?b=C3=A4dge.png?=\"")), []string{a + " | m.eml > part 1 bädge.png > iTXt openbadges"}},
		{"RFC 2231 name", "m.eml", mixed + parts("b1", "Content-Type: image/png\r\nContent-Disposition: attachment; filename*=utf-8''b%C3%A4dge.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"+b64(badge)), []string{a + " | m.eml > part 1 bädge.png > iTXt openbadges"}},
		{"inline picture", "m.eml", mixed + parts("b1", "Content-Type: multipart/related; boundary=b2\r\n\r\n"+parts("b2", "Content-Type: text/html\r\n\r\n<html><img src=cid:1>", "Content-Type: image/png\r\nContent-ID: <1>\r\nContent-Transfer-Encoding: base64\r\n\r\n"+b64(badge))), []string{a + " | m.eml > part 2 > iTXt openbadges"}},
		{"a boundary that begins alike", "m.eml", mixed + "--b1\r\n\r\ntext\r\n--b12\r\nno boundary " + u + "\r\n--b1--\r\n", []string{"link " + u + " | m.eml > part 1 > text"}},
		{"forwarded message", "m.eml", mixed + parts("b1", "Content-Type: message/rfc822\r\n\r\n"+message), []string{"link " + u + " | m.eml > part 1 > text"}},
		{"calendar is passed over", "m.eml", mixed + parts("b1", "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nURL:"+u+"\r\n"), nil},
		{"not closed", "m.eml", mixed + "--b1\r\n\r\n" + u + "\r\n", []string{"link " + u + " | m.eml > part 1 > text", "unread m.eml: truncated"}},
		{"attachment cut off", "m.eml", mixed + "--b1\r\n" + attachment("a.zip", "application/zip", zipped(t, file{"badge.json", assertionA}, file{"x.txt", "x"}))[:380], nil},
		{"no boundary parameter", "m.eml", mailHead + "Content-Type: multipart/mixed\r\n\r\n--b1\r\n\r\n" + u + "\r\n--b1--\r\n", []string{"link " + u + " | m.eml > text"}},
		{"uuencoded", "m.eml", mailHead + "Content-Type: text/plain; name=b.txt\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 b.txt\r\n<:'1T<',Z+R]E>&%M<&QE+F]R9R]B861G97,O,0``\r\n`\r\nend\r\n", []string{"link " + u + " | m.eml > part 1 b.txt > text"}},
		{"flowed, quoted twice", "m.eml", mailHead + "Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n> > see " + u[:20] + " \r\n> > " + u[20:] + "\r\n> >> there\r\n", []string{"link " + u + " | m.eml > text"}},
		{"flowed, in angle brackets", "m.eml", mailHead + "Content-Type: text/plain; format=flowed\r\n\r\nsee <" + u[:20] + " \r\n" + u[20:] + "> \r\nthere <b> \r\nc\r\n", []string{"link " + u + " | m.eml > text (joined)"}},
		{"flowed", "m.eml", mailHead + "Content-Type: text/plain; format=flowed\r\n\r\nsee \r\n" + u + "\r\n", []string{"link " + u + " | m.eml > text"}},
		{"mailbox", "all.mbox", "From sender@example.org Mon Jan  1 00:00:00 2024\n" + strings.ReplaceAll(message, "\r\n", "\n") + "\nFrom sender@example.org Mon Jan  1 00:00:00 2024\n" + strings.ReplaceAll(mixed, "\r\n", "\n") + strings.ReplaceAll(parts("b1", attachment("badge.png", "image/png", badge)), "\r\n", "\n"),
			[]string{"link " + u + " | all.mbox > message 1 > text", a + " | all.mbox > message 2 > part 1 badge.png > iTXt openbadges"}},
		{"a text that looks like fields", "notes.txt", "Name: x\nSubject: badges\n\n" + u + "\n", []string{"link " + u + " | notes.txt > text"}},
		{"empty attachment", "m.eml", mixed + parts("b1", attachment("x.pdf", "application/pdf", nil)), []string{"unread m.eml > part 1 x.pdf: empty"}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			got := show(find(t, tc.name, []byte(tc.text)))
			if tc.desc == "attachment cut off" {
				if all := strings.Join(got, "\n"); !strings.Contains(all, "truncated") {
					t.Error(all)
				}
				return
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// Hostile mail of the notes' list: nesting, boundaries, headers.
func TestMailHostile(t *testing.T) {
	nested := "hello"
	for i := range 1000 {
		nested = mailHead + fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n", i) + parts(fmt.Sprintf("b%d", i), "Content-Type: message/rfc822\r\n\r\n"+nested)
		if len(nested) > 300_000 {
			break
		}
	}
	deep := "text"
	for i := range 100 {
		deep = fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n", i) + parts(fmt.Sprintf("b%d", i), deep)
	}
	for _, tc := range []struct {
		desc, text string
		reason     Reason
	}{
		{"1,000 nested messages", nested, ReasonDepth},
		{"multiparts in multiparts", mailHead + deep, ReasonDepth},
		{"header of 2 MB", mailHead + "X-A: " + strings.Repeat("a", 2<<20) + "\r\n\r\nhello", ReasonTooLarge},
		{"folded header of 2 MB", mailHead + "Content-Type: text/plain;\r\n" + strings.Repeat(" a=b;\r\n", 300_000) + "\r\nhello", ReasonTooLarge},
		{"100,000 parts", mailHead + "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", 100_000) + "--b--\r\n", ReasonParts},
		{"empty boundary lines", mailHead + "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n", 300_000), ReasonParts},
	} {
		r := find(t, "m.eml", []byte(tc.text))
		if len(r.Unread) == 0 || r.Unread[0].Reason != tc.reason {
			t.Errorf("%s: %v, want %s", tc.desc, r.Unread, tc.reason)
		}
	}
}

func TestRTF(t *testing.T) {
	const u = "https://example.org/badges/1"
	h := hex.EncodeToString(baked(assertionA))
	for _, tc := range []struct {
		desc, rtf string
		want      []string
	}{
		{"no badge", `{\rtf1\ansi Hello}`, nil},
		{"text", `{\rtf1\ansi see ` + u + `\par next}`, []string{"link " + u + " | cv.rtf > text"}},
		{"escapes in text", `{\rtf1 https://example.org/b\'61dges\u47?1}`, []string{"link " + u + " | cv.rtf > text"}},
		{"field", `{\rtf1{\field{\*\fldinst{HYPERLINK "` + u + `"}}{\fldrslt{\ul badge}}}}`, []string{"link " + u + " | cv.rtf > field HYPERLINK"}},
		{"field in groups", `{\rtf1{\field{\*\fldinst {\rtlch HYPER}{\b LINK }{"https://example.org/}{badges/1"}}{\fldrslt x}}}`, nil},
		{"picture", `{\rtf1{\*\shppict{\pict\pngblip\picw10 ` + h[:101] + "\n" + h[101:] + `}}}`, []string{"json " + assertionA + " | cv.rtf > picture 1 > iTXt openbadges"}},
		{"binary picture", `{\rtf1{\pict\pngblip\bin` + fmt.Sprint(len(baked(assertionA))) + ` ` + string(baked(assertionA)) + `}}`, []string{"json " + assertionA + " | cv.rtf > picture 1 > iTXt openbadges"}},
		{"font table is no text", `{\rtf1{\fonttbl{\f0 ` + u + `;}}x}`, nil},
		{"unknown destination", `{\rtf1{\*\unknown ` + u + `}x}`, nil},
		{"not closed", `{\rtf1 ` + u + ` `, []string{"link " + u + " | cv.rtf > text", "unread cv.rtf: truncated"}},
		{"deep", `{\rtf1` + strings.Repeat("{", 1_000_000), []string{"unread cv.rtf: limit_depth"}},
		{"binary longer than the file", `{\rtf1{\pict\bin2000000000 x`, []string{"unread cv.rtf: truncated"}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			if tc.desc == "field in groups" {
				tc.want = []string{"link " + u + " | cv.rtf > field HYPERLINK"}
			}
			if d := cmp.Diff(tc.want, show(find(t, "cv.rtf", []byte(tc.rtf)))); d != "" {
				t.Error(d)
			}
		})
	}
}

// compoundFile makes a compound file of version 3 whose streams, all of 4,096
// bytes and more or filled up to that, stand in the storages named before the
// slash.
func compoundFile(files ...file) []byte { return compoundWith(false, files...) }

// compoundWith leaves small streams small, as writers do: they stand in the
// mini stream ([MS-CFB] §2.4).
func compoundWith(small bool, files ...file) []byte {
	const sector = 512
	var mini []byte
	var minis []uint32
	type entry struct {
		name               string
		kind               byte
		left, right, child uint32
		start, size        uint32
	}
	const none = 0xFFFFFFFF
	entries := []entry{{name: "Root Entry", kind: 5, left: none, right: none, child: none, start: 0xFFFFFFFE}}
	storages := map[string]int{"": 0}
	add := func(parent int, e entry) int {
		// Siblings hang on one another to the right.
		entries = append(entries, e)
		n := uint32(len(entries) - 1)
		if entries[parent].child == none {
			entries[parent].child = n
			return int(n)
		}
		s := entries[parent].child
		for entries[s].right != none {
			s = entries[s].right
		}
		entries[s].right = n
		return int(n)
	}
	var body []byte
	var fat []uint32
	put := func(b []byte) uint32 {
		start := uint32(len(fat))
		for i := 0; i < len(b); i += sector {
			s := make([]byte, sector)
			copy(s, b[i:])
			body = append(body, s...)
			fat = append(fat, uint32(len(fat))+1)
		}
		fat[len(fat)-1] = 0xFFFFFFFE
		return start
	}
	for _, f := range files {
		dir, name, ok := strings.Cut(f.name, "/")
		if !ok {
			dir, name = "", f.name
		}
		parent, ok := storages[dir]
		if !ok {
			parent = add(0, entry{name: dir, kind: 1, left: none, right: none, child: none})
			storages[dir] = parent
		}
		b := []byte(f.text)
		size := len(b)
		if small && size < cfbSmall {
			e := entry{name: name, kind: 2, left: none, right: none, child: none, start: uint32(len(minis)), size: uint32(size)}
			for i := 0; i < size; i += 64 {
				s := make([]byte, 64)
				copy(s, b[i:])
				mini = append(mini, s...)
				minis = append(minis, uint32(len(minis))+1)
			}
			minis[len(minis)-1] = 0xFFFFFFFE
			add(parent, e)
			continue
		}
		if size < cfbSmall {
			b = append(b, make([]byte, cfbSmall-size)...)
			size = cfbSmall
		}
		add(parent, entry{name: name, kind: 2, left: none, right: none, child: none, start: put(b), size: uint32(size)})
	}
	miniTable := uint32(0xFFFFFFFE)
	if len(mini) > 0 {
		entries[0].start, entries[0].size = put(mini), uint32(len(mini))
		var b []byte
		for _, n := range minis {
			b = binary.LittleEndian.AppendUint32(b, n)
		}
		miniTable = put(b)
	}
	var dir []byte
	for _, e := range entries {
		b := make([]byte, 128)
		u := utf16.Encode([]rune(e.name))
		for i, c := range u {
			binary.LittleEndian.PutUint16(b[2*i:], c)
		}
		binary.LittleEndian.PutUint16(b[64:], uint16(2*len(u)+2))
		b[66] = e.kind
		binary.LittleEndian.PutUint32(b[68:], e.left)
		binary.LittleEndian.PutUint32(b[72:], e.right)
		binary.LittleEndian.PutUint32(b[76:], e.child)
		binary.LittleEndian.PutUint32(b[116:], e.start)
		binary.LittleEndian.PutUint32(b[120:], e.size)
		dir = append(dir, b...)
	}
	dirStart := put(dir)
	fatStart := uint32(len(fat))
	fatSectors := (len(fat) + 128 + 127) / 128
	for i := range fatSectors {
		_ = i
		fat = append(fat, 0xFFFFFFFD)
	}
	table := make([]byte, fatSectors*sector)
	for i := range table {
		table[i] = 0xFF
	}
	for i, v := range fat {
		binary.LittleEndian.PutUint32(table[4*i:], v)
	}
	head := make([]byte, sector)
	copy(head, cfbSignature)
	binary.LittleEndian.PutUint16(head[24:], 0x3E)
	binary.LittleEndian.PutUint16(head[26:], 3)
	binary.LittleEndian.PutUint16(head[28:], 0xFFFE)
	binary.LittleEndian.PutUint16(head[30:], 9)
	binary.LittleEndian.PutUint16(head[32:], 6)
	binary.LittleEndian.PutUint32(head[44:], uint32(fatSectors))
	binary.LittleEndian.PutUint32(head[48:], dirStart)
	binary.LittleEndian.PutUint32(head[56:], cfbSmall)
	binary.LittleEndian.PutUint32(head[60:], miniTable)
	binary.LittleEndian.PutUint32(head[68:], 0xFFFFFFFE)
	for i := range 109 {
		v := uint32(none)
		if i < fatSectors {
			v = fatStart + uint32(i)
		}
		binary.LittleEndian.PutUint32(head[76+4*i:], v)
	}
	return append(append(head, body...), table...)
}

func wide(s string) string {
	var b []byte
	for _, c := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, c)
	}
	return string(b)
}

func TestOLE(t *testing.T) {
	const u = "https://example.org/badges/1"
	a := "json " + assertionA
	badge := string(baked(assertionA))
	for _, tc := range []struct {
		desc, name string
		data       []byte
		want       []string
	}{
		{"message", "m.msg", compoundFile(file{"__substg1.0_1000001F", wide("see " + u + "\r\n")}), []string{"link " + u + " | m.msg > body > text"}},
		{"attachment", "m.msg", compoundFile(file{"__attach_version1.0_#00000000/__substg1.0_37010102", badge}, file{"__substg1.0_1000001E", "hello"}),
			[]string{a + " | m.msg > attachment unnamed > iTXt openbadges"}},
		{"small streams", "m.msg", compoundWith(true, file{"__substg1.0_1000001E", strings.Repeat("a line of it\r\n", 20) + "see " + u + "\r\n"}, file{"__attach_version1.0_#00000000/__substg1.0_37010102", badge},
			file{"__attach_version1.0_#00000000/__substg1.0_3704001F", wide("BADGE~1.PNG")}, file{"__attach_version1.0_#00000000/__substg1.0_3707001F", wide("badge.png")}),
			[]string{"link " + u + " | m.msg > body > text", a + " | m.msg > attachment badge.png > iTXt openbadges"}},
		{"name of eight bits", "m.msg", compoundWith(true, file{"__attach_version1.0_#00000000/__substg1.0_37010102", badge}, file{"__attach_version1.0_#00000000/__substg1.0_3704001E", "b.png\x00"}),
			[]string{a + " | m.msg > attachment b.png > iTXt openbadges"}},
		{"HTML body of sixteen bits", "m.msg", compoundWith(true, file{"__substg1.0_1013001F", wide(`<html><a href="` + u + `">x</a>`)}), []string{"link " + u + " | m.msg > body > link"}},
		{"HTML body", "m.msg", compoundFile(file{"__substg1.0_10130102", `<html><a href="` + u + `">x</a>`}), []string{"link " + u + " | m.msg > body > link"}},
		{"RTF body", "m.msg", compoundFile(file{"__substg1.0_10090102", "\x00\x00\x00\x00\x00\x10\x00\x00MELA\x00\x00\x00\x00{\\rtf1 " + u + "\\par}"}), []string{"link " + u + " | m.msg > body > text"}},
		{"encrypted office document", "cv.docx", compoundFile(file{"EncryptionInfo", "x"}, file{"EncryptedPackage", "y"}), []string{"unread cv.docx: encrypted"}},
		{"old document", "cv.doc", compoundFile(file{"WordDocument", wide("x HYPERLINK \"" + u + "\" y")}, file{"Data", "junk" + badge + "junk"}),
			[]string{"link " + u + " | cv.doc > WordDocument > text (rescue)", a + " | cv.doc > Data > picture > iTXt openbadges (rescue)"}},
		{"embedded package", "x.bin", compoundFile(file{"Package", string(docx(t, file{"word/_rels/document.xml.rels", rels(u)}))}), []string{"link " + u + " | x.bin > Package > word/document.xml > link"}},
		{"no badge", "cv.doc", compoundFile(file{"WordDocument", wide("hello")}), nil},
		{"only a header", "cv.doc", append([]byte(cfbSignature), make([]byte, 600)...), []string{"unread cv.doc: malformed"}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			if d := cmp.Diff(tc.want, show(find(t, tc.name, tc.data))); d != "" {
				t.Error(d)
			}
		})
	}
	// The dictionary's own text, a literal and a reference back, and the end
	// mark: the example of [MS-OXRTFCP] §4.1.1.
	b, err := hex.DecodeString("2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0")
	if err != nil {
		t.Fatal(err)
	}
	p := &part{call: newCall(t.Context(), Limits{}.WithDefaults(), nil)}
	if got, want := string(p.unpackRTF(b)), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"; got != want {
		t.Errorf("unpacked %q, want %q", got, want)
	}
}

func TestTNEF(t *testing.T) {
	att := func(level byte, id uint32, v string) string {
		b := append([]byte{level}, binary.LittleEndian.AppendUint32(nil, id)...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(v)))
		return string(b) + v + "\x00\x00"
	}
	head := "\x78\x9f\x3e\x22\x01\x00"
	data := head + att(1, 0x00069002, "xx") + att(2, 0x00018010, "badge.png\x00") + att(2, 0x0006800F, string(baked(assertionA)))
	want := []string{"json " + assertionA + " | winmail.dat > attachment badge.png > iTXt openbadges"}
	if d := cmp.Diff(want, show(find(t, "winmail.dat", []byte(data)))); d != "" {
		t.Error(d)
	}
	if r := find(t, "winmail.dat", []byte(data[:len(data)-40])); len(r.Unread) == 0 || r.Unread[0].Reason != ReasonTruncated {
		t.Errorf("cut off: %v", show(r))
	}
}
