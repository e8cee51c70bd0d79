package extract

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// tarred is a tar of files; a name that ends in a slash is a folder's.
func tarred(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Size: int64(len(f.text)), Mode: 0o644, Typeflag: tar.TypeReg}
		if strings.HasSuffix(f.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		err := w.WriteHeader(h)
		if err == nil {
			_, err = w.Write([]byte(f.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func xzed(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := xz.NewWriter(&out)
	if err == nil {
		_, err = w.Write(b)
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bzip2A is a sentence with urlA, compressed.
const bzip2A = "QlpoOTFBWSZTWdgC/x4AABJZgAAQQAGgEDbG3EAgADFMJpoDTEKB6TIGh6jQHZ2XDQErmY8r2dto54cJ4ZMkKjI+LuSKcKEhsAX+PA=="

func archived(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "archives", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// number7 writes an integer of a 7z header.
func number7(n uint64) string {
	if n < 0x80 {
		return string([]byte{byte(n)})
	}
	return "\xFF" + string(binary.LittleEndian.AppendUint64(nil, n))
}

// seal7 puts the signature header before packed bytes and behind them a header.
func seal7(packed, header string) []byte {
	b := []byte(sevenMagic + "\x00\x04\x00\x00\x00\x00")
	b = binary.LittleEndian.AppendUint64(b, uint64(len(packed)))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(header)))
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(header)))
	binary.LittleEndian.PutUint32(b[8:], crc32.ChecksumIEEE(b[12:32]))
	return append(b, packed+header...)
}

// sevened is a 7z of one folder, packed by one coder of this id and these
// properties; sizes are what the members are said to have.
func sevened(id, props, packed string, sizes []uint64, names ...string) []byte {
	var total uint64
	for _, n := range sizes {
		total += n
	}
	h := "\x01\x04\x06" + number7(0) + number7(1) + "\x09" + number7(uint64(len(packed))) + "\x00"
	h += "\x07\x0B" + number7(1) + "\x00" + number7(1) + string([]byte{byte(len(id)) | 0x20}) + id + number7(uint64(len(props))) + props
	h += "\x0C" + number7(total) + "\x00\x08\x0D" + number7(uint64(len(sizes)))
	if len(sizes) > 1 {
		h += "\x09"
		for _, n := range sizes[:len(sizes)-1] {
			h += number7(n)
		}
	}
	h += "\x00\x00\x05" + number7(uint64(len(sizes)))
	list := "\x00"
	for _, n := range names {
		list += wide(n + "\x00")
	}
	h += "\x11" + number7(uint64(len(list))) + list + "\x00\x00"
	return seal7(packed, h)
}

// stored7 is a 7z whose members are not compressed.
func stored7(files ...file) []byte {
	var sizes []uint64
	var names []string
	packed := ""
	for _, f := range files {
		sizes, names, packed = append(sizes, uint64(len(f.text))), append(names, f.name), packed+f.text
	}
	return sevened("\x00", "", packed, sizes, names...)
}

// lzmaOf compresses by LZMA and gives its properties apart.
func lzmaOf(t testing.TB, s string) (props, packed string) {
	t.Helper()
	var b bytes.Buffer
	w, err := lzma.WriterConfig{SizeInHeader: true, Size: int64(len(s))}.NewWriter(&b)
	if err == nil {
		_, err = w.Write([]byte(s))
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.String()[:5], b.String()[13:]
}

// TestArchives: each kind, a tar in it or one file, and what is cut off, damaged,
// locked, or compressed in another way. The files of testdata/archives were made
// by 7-Zip 26, GNU tar, bzip2 and xz from one folder.
func TestArchives(t *testing.T) {
	a, u := "json "+assertionA, "link "+urlA
	two := []file{{"certs/badge.json", assertionA}, {"cv.txt", "see " + urlA}}
	plain := tarred(t, append([]file{{"certs/", ""}}, two...)...)
	// The address is that of the badge itself.
	from := func(name string) []string {
		return []string{a + " | " + name + " > certs/badge.json | " + name + " > cv.txt > text"}
	}
	and := func(s []string, more ...string) []string { return append(slices.Clone(s), more...) }
	v7 := func() []byte { // without the words that later dialects begin with
		b := bytes.Clone(tarred(t, two[0]))
		copy(b[257:], make([]byte, 255))
		sum := 0
		copy(b[148:], "        ")
		for _, c := range b[:512] {
			sum += int(c)
		}
		copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
		return b
	}()
	props, packed := lzmaOf(t, assertionA+"see "+urlA+" there")
	seven := func(name string) []string {
		return and(from(name), "unread "+name+" > nothing.txt: empty", "unread "+name+" > link.txt: unknown_format")
	}
	for _, tc := range []struct {
		name string
		data []byte
		want []string
	}{
		{"a.tar", plain, from("a.tar")},
		{"v7.tar", v7, []string{a + " | v7.tar > certs/badge.json"}},
		{"a", plain, from("a")},
		{"cut.tar", plain[:len(plain)-2048+10], []string{a + " | cut.tar > certs/badge.json", "unread cut.tar: truncated"}},
		{"damaged.tar", func() []byte { b := bytes.Clone(plain); b[1536+3] ^= 1; return b }(), []string{a + " | damaged.tar > certs/badge.json", "unread damaged.tar: malformed"}},
		{"a.tar.gz", gzipped(plain), from("a.tar.gz")},
		{"a.tgz", gzipped(plain), from("a.tgz")},
		{"two.tar.gz", slices.Concat(gzipped(plain[:700]), gzipped(plain[700:]), make([]byte, 512)), from("two.tar.gz")},
		{"cut.tar.gz", gzipped(plain)[:len(gzipped(plain))/2], nil}, // told below
		{"badge.json.gz", gzipped([]byte(assertionA)), []string{a + " | badge.json.gz > badge.json"}},
		{"x.bin", gzipped([]byte(assertionA)), []string{a + " | x.bin > content"}},
		{"cut.gz", gzipped([]byte(assertionA))[:9], []string{"unread cut.gz: truncated"}},
		{"a.tar.xz", xzed(t, plain), from("a.tar.xz")},
		{"badge.json.xz", xzed(t, []byte(assertionA)), []string{a + " | badge.json.xz > badge.json"}},
		{"damaged.xz", func() []byte { b := xzed(t, []byte(assertionA)); b[len(b)-30] ^= 1; return b }(), nil},
		{"cut.xz", xzed(t, plain)[:120], nil},
		{"cut-folder.7z", sevened("\x03\x01\x01", props, packed[:40], []uint64{uint64(len(assertionA)) + 200}, "a.json"), nil},
		{"blocks.tar.xz", archived(t, "blocks.tar.xz"), and(from("blocks.tar.xz"), "unread blocks.tar.xz > link.txt: unknown_format", "unread blocks.tar.xz > nothing.txt: empty")},
		{"two.xz", archived(t, "two.xz"), []string{a + " | two.xz > two > text | two.xz > two > text"}},
		{"filtered.xz", archived(t, "filtered.xz"), []string{u + " | filtered.xz > filtered > text"}},
		{"tar.bz2", archived(t, "tar.bz2"), and(from("tar.bz2"), "unread tar.bz2 > link.txt: unknown_format", "unread tar.bz2 > nothing.txt: empty")},
		{"cv.txt.bz2", archived(t, "cv.txt.bz2"), []string{u + " | cv.txt.bz2 > cv.txt > text"}},
		{"cut.bz2", archived(t, "cv.txt.bz2")[:40], []string{"unread cut.bz2: truncated"}},
		{"stored.7z", stored7(two...), from("stored.7z")},
		{"lzma.7z", sevened("\x03\x01\x01", props, packed, []uint64{uint64(len(assertionA)), uint64(len("see " + urlA + " there"))}, "certs/badge.json", "cv.txt"), from("lzma.7z")},
		{"cut.7z", stored7(two...)[:300], []string{"unread cut.7z: truncated"}},
		{"none.7z", append([]byte(sevenMagic+"\x00\x04\x8D\x9B\xD5\x0F"), make([]byte, 20)...), nil},
		{"damaged.7z", func() []byte { b := stored7(two...); b[len(b)-3] ^= 1; return b }(), []string{"unread damaged.7z: malformed"}},
		{"locked.7z", archived(t, "locked.7z"), []string{"unread locked.7z > nothing.txt: empty", "unread locked.7z > certs/badge.json: encrypted", "unread locked.7z > cv.txt: encrypted", "unread locked.7z > link.txt: encrypted"}},
		{"locked-header.7z", archived(t, "locked-header.7z"), []string{"unread locked-header.7z: encrypted"}},
		{"ppmd.7z", archived(t, "ppmd.7z"), []string{"unread ppmd.7z > nothing.txt: empty", "unread ppmd.7z > certs/badge.json: unknown_format", "unread ppmd.7z > cv.txt: unknown_format", "unread ppmd.7z > link.txt: unknown_format"}},
		{"pdf.tar", tarred(t, file{"%PDF-1.4", "1 0 obj <</S /URI /URI (" + urlA + ")>> endobj\n%%EOF\n"}), []string{u + " | pdf.tar > object 1 > link (rescue)", "unread pdf.tar: malformed"}},
		{"litter.tar", tarred(t, file{"__MACOSX/a", "x"}, file{"._cv.pdf", "x"}, file{"d/.DS_Store", "x"}), nil},
		{"litter.7z", stored7(file{"__MACOSX/a", "x"}, file{"d/Thumbs.db", "x"}), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := find(t, tc.name, tc.data)
			if tc.want == nil && (strings.HasPrefix(tc.name, "cut") || strings.HasPrefix(tc.name, "damaged")) {
				want := ReasonTruncated
				if strings.HasPrefix(tc.name, "damaged") {
					want = ReasonMalformed
				}
				if len(r.Unread) == 0 || !strings.HasPrefix(r.Unread[0].Where, tc.name) || r.Unread[0].Reason != want {
					t.Errorf("%q", show(r))
				}
				return
			}
			if d := cmp.Diff(tc.want, show(r)); d != "" {
				t.Error(d)
			}
		})
	}
	for _, name := range []string{"copy.7z", "lzma.7z", "lzma2.7z", "bzip2.7z", "deflate.7z", "single.7z", "plain-header.7z", "filtered.7z"} {
		got := show(find(t, name, archived(t, name)))
		slices.Sort(got)
		want := seven(name)
		slices.Sort(want)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	// A CRC that is not the member's is a flag, as in a ZIP.
	b := archived(t, "plain-header.7z")
	crc := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(assertionA)))
	at := bytes.Index(b, crc)
	b[at] ^= 1
	size := binary.LittleEndian.Uint64(b[20:])
	binary.LittleEndian.PutUint32(b[28:], crc32.ChecksumIEEE(b[uint64(len(b))-size:]))
	binary.LittleEndian.PutUint32(b[8:], crc32.ChecksumIEEE(b[12:32]))
	if got := show(find(t, "x.7z", b)); len(got) == 0 || got[0] != a+" | x.7z > certs/badge.json (bad_crc) | x.7z > cv.txt > text" {
		t.Errorf("%q", got)
	}
}

// allocated is how much memory do takes, all in all.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestAttack368_Bombs: what every kind of archive unpacks to ends at the bytes of
// a file and at the budget of the application, whoever skips it, and is told.
func TestAttack368_Bombs(t *testing.T) {
	zeros := strings.Repeat("\x00", 1<<20)
	props, packed := lzmaOf(t, zeros)
	bomb := tarred(t, file{"a.bin", zeros}, file{"b.json", assertionA})
	limits := Limits{FileBytes: 64 << 10, InflatedBytes: 256 << 10}
	for name, data := range map[string][]byte{
		"x.gz":      gzipped([]byte(zeros)),
		"x.xz":      xzed(t, []byte(zeros)),
		"x.tar.gz":  gzipped(bomb),
		"x.tar.xz":  xzed(t, bomb),
		"lzma.7z":   sevened("\x03\x01\x01", props, packed, []uint64{1 << 20}, "a.bin"),
		"skip.7z":   sevened("\x03\x01\x01", props, packed, []uint64{1<<20 - 10, 10}, "a.bin", "b.bin"),
		"litter.7z": sevened("\x03\x01\x01", props, packed, []uint64{1<<20 - 10, 10}, "__MACOSX/a", "b.bin"),
	} {
		e := Extractor{Limits: limits}
		r, err := e.Extract(t.Context(), Document{Name: name, Data: data})
		told := slices.ContainsFunc(r.Unread, func(u Unread) bool { return u.Reason == ReasonTooLarge || u.Reason == ReasonInflated })
		if err != nil || r.Inflated > limits.InflatedBytes || !told {
			t.Errorf("%s: %d bytes, %q, %v", name, r.Inflated, show(r), err)
		}
		if one := name == "x.gz" || name == "x.xz"; one && r.Inflated > limits.FileBytes+1 {
			t.Errorf("%s: %d bytes for one file", name, r.Inflated)
		} else if !one && r.Inflated != limits.InflatedBytes {
			t.Errorf("%s: %d bytes were taken off the budget, want all of it", name, r.Inflated)
		}
	}
	// What fits is read: a clean page is no bomb, in whatever it is packed.
	for name, data := range map[string][]byte{
		"x.tar.gz": gzipped(bomb), "x.tar.xz": xzed(t, bomb), "x.zip": zipped(t, file{"a.txt", strings.Repeat(" ", 20<<20)}, file{"b.json", assertionA}),
	} {
		if r := find(t, name, data); len(r.Findings) != 1 || slices.ContainsFunc(r.Unread, func(u Unread) bool { return u.Reason == ReasonInflated }) {
			t.Errorf("%s: %q", name, show(r))
		}
	}
}

// TestAttack369_Memory: a file of a few bytes that asks for a dictionary of 4 GiB,
// or counts things by the million, is given the memory of what is there.
func TestAttack369_Memory(t *testing.T) {
	const huge = "\xFF\xFF\xFF\xFF"
	props, packed := lzmaOf(t, assertionA)
	wide := xzed(t, []byte(assertionA))
	block := wide[12 : 12+(int(wide[12])+1)*4]
	at := bytes.IndexByte(block, 0x21)
	block[at+2] = 40
	binary.LittleEndian.PutUint32(block[len(block)-4:], crc32.ChecksumIEEE(block[:len(block)-4]))
	var two bytes.Buffer
	w, err := lzma.NewWriter2(&two)
	if err == nil {
		_, err = w.Write([]byte(assertionA))
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	size := []uint64{uint64(len(assertionA))}
	many := number7(1 << 22)
	start := "\x01\x04\x06" + number7(0)
	for _, tc := range []struct {
		desc   string
		data   []byte
		reason Reason // "": it is read all the same
	}{
		{"xz", wide, ""},
		{"7z, LZMA", sevened("\x03\x01\x01", props[:1]+huge, packed, size, "a.json"), ""},
		{"7z, LZMA2", sevened("\x21", "\x28", two.String(), size, "a.json"), ""},
		{"7z, LZMA that claims to give as much", sevened("\x03\x01\x01", props[:1]+huge, packed, []uint64{1 << 33}, "a.json"), ReasonMemory},
		{"7z, LZMA of more than a dictionary may be", sevened("\x03\x01\x01", props[:1]+huge, packed, []uint64{maxDictionary + 1}, "a.json"), ReasonMemory},
		{"7z, LZMA of many GiB", sevened("\x03\x01\x01", props[:1]+huge, packed, []uint64{1 << 60}, "a.json"), ReasonMemory},
		{"7z, files", seal7("", "\x01\x05"+many), ReasonMalformed},
		{"7z, packed streams", seal7("", start+many+"\x09"), ReasonMalformed},
		{"7z, folders", seal7("x", start+"\x01\x09\x01\x00\x07\x0B"+many), ReasonMalformed},
		{"7z, coders", seal7("x", start+"\x01\x09\x01\x00\x07\x0B\x01\x00"+many), ReasonMalformed},
		{"7z, properties", seal7("x", start+"\x01\x09\x01\x00\x07\x0B\x01\x00\x01\x21\x00"+many), ReasonMalformed},
		{"7z, streams in", seal7("x", start+"\x01\x09\x01\x00\x07\x0B\x01\x00\x01\x11\x00"+many+"\x01"), ReasonMalformed},
		{"7z, members of a folder", seal7("x", start+"\x01\x09\x01\x00\x07\x0B\x01\x00\x01\x01\x00\x0C\x01\x00\x08\x0D"+many+"\x09"), ReasonMalformed},
		{"7z, a folder of no coder and no packed stream", seal7("", "\x01\x04\x07\x0B\x01\x00\x00"), ReasonMalformed},
		{"7z, a folder of more streams out than in", seal7("", "\x01\x04\x07\x0B\x01\x00\x01\x11\x00\x00\x01"), ReasonMalformed},
		{"7z, a header of megabytes", seal7("", "\x01\x05\x01"+strings.Repeat("\x19\x00", sevenMaxHeader/2)), ReasonTooLarge},
		{"7z, an offset beyond", seal7("", "\x01\x04\x06"+number7(1<<63)+"\x01\x09\x01\x00"), ReasonMalformed},
		{"7z, a packed header in a packed header", seal7("", strings.Repeat("\x17\x06\x00\x01\x09\x00\x00\x07\x0B\x01\x00\x01\x01\x00\x0C\x00\x00\x00", 1)), ReasonMalformed},
	} {
		var r Result
		took := allocated(func() { r = find(t, "x", tc.data) })
		switch {
		case tc.reason == "" && (len(r.Findings) != 1 || len(r.Unread) != 0):
			t.Errorf("%s: %q", tc.desc, show(r))
		case tc.reason != "" && (len(r.Unread) != 1 || r.Unread[0].Reason != tc.reason):
			t.Errorf("%s: %q, want %s", tc.desc, show(r), tc.reason)
		}
		if took > 8<<20 {
			t.Errorf("%s: took %d bytes of memory for a file of %d", tc.desc, took, len(tc.data))
		}
	}
}

// TestAttack370_Mixed: files in files of mixed kinds have one depth and one budget.
func TestAttack370_Mixed(t *testing.T) {
	pack := []func([]byte) []byte{
		gzipped,
		func(b []byte) []byte { return xzed(t, b) },
		func(b []byte) []byte { return stored7(file{"in", string(b)}) },
		func(b []byte) []byte { return tarred(t, file{"in", string(b)}) },
		func(b []byte) []byte { return zipped(t, file{"in", string(b)}) },
	}
	for i := range pack {
		b := []byte(assertionA)
		for n := range DefaultDepth + 1 {
			if r := find(t, "x", b); len(r.Findings) != 1 {
				t.Errorf("kind %d, %d deep: %q", i, n, show(r))
			}
			k := i + n
			if pack = slices.Clone(pack); n > 0 && (k-1)%len(pack) == 0 && k%len(pack) == 3 {
				k++ // a tar in a gzip is one archive
			}
			b = pack[k%len(pack)](b)
		}
		r := find(t, "x", b)
		if len(r.Findings) == 0 && (len(r.Unread) != 1 || r.Unread[0].Reason != ReasonDepth) {
			t.Errorf("kind %d: %q", i, show(r))
		}
	}
	nested := []byte(assertionA)
	for range DefaultDepth + 1 {
		nested = gzipped(nested)
	}
	if r := find(t, "x", nested); len(r.Findings) != 0 || len(r.Unread) != 1 || r.Unread[0].Reason != ReasonDepth {
		t.Errorf("gzip in gzip: %q", show(r))
	}
	// Each member is small; together they are more than the budget.
	member := strings.Repeat("x ", 50<<10)
	each := []file{{"a.gz", string(gzipped([]byte(member)))}, {"b.xz", string(xzed(t, []byte(member)))}, {"c.zip", string(zipped(t, file{"c", member}))}, {"d.tar.gz", string(gzipped(tarred(t, file{"d", member})))}}
	r := findWith(t, Limits{InflatedBytes: 350 << 10}, Document{Name: "x.tar.gz", Data: gzipped(tarred(t, each...))})
	if len(r.Unread) != 1 || r.Unread[0].Reason != ReasonInflated || !strings.Contains(r.Unread[0].Where, "d.tar.gz") {
		t.Errorf("one budget: %q", show(r))
	}
	if r := findWith(t, Limits{InflatedBytes: 500 << 10}, Document{Name: "x.tar.gz", Data: gzipped(tarred(t, each...))}); len(r.Unread) != 0 {
		t.Errorf("within the budget: %q", show(r))
	}
}

// TestAttack371_Names: names that climb out and links are flags and words; nothing
// is opened by them.
func TestAttack371_Names(t *testing.T) {
	a := "json " + assertionA
	for _, name := range []string{"../../etc/badge.json", "/etc/badge.json", `C:\badge.json`, `..\..\badge.json`} {
		shown := strings.ReplaceAll(name, `\`, "/")
		for archive, data := range map[string][]byte{"x.tar": tarred(t, file{name, assertionA}), "x.7z": stored7(file{name, assertionA})} {
			want := name
			if archive == "x.7z" {
				want = shown
			}
			if d := cmp.Diff([]string{a + " | " + archive + " > " + want + " (hostile_name)"}, show(find(t, archive, data))); d != "" {
				t.Errorf("%s in %s: %s", name, archive, d)
			}
		}
	}
	twice := []file{{"a.json", assertionA}, {"a.json", assertionB}}
	for archive, data := range map[string][]byte{"x.tar": tarred(t, twice...), "x.7z": stored7(twice...)} {
		if d := cmp.Diff([]string{a + " | " + archive + " > a.json", "json " + assertionB + " | " + archive + " > a.json (duplicate_name)"}, show(find(t, archive, data))); d != "" {
			t.Errorf("%s: %s", archive, d)
		}
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{
		{Name: "soft", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		{Name: "hard", Typeflag: tar.TypeLink, Linkname: "../x"},
		{Name: "device", Typeflag: tar.TypeBlock},
		{Name: "pipe", Typeflag: tar.TypeFifo},
	} {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"unread x.tar > soft: unknown_format", "unread x.tar > hard: unknown_format", "unread x.tar > device: unknown_format", "unread x.tar > pipe: unknown_format"}, show(find(t, "x.tar", b.Bytes()))); d != "" {
		t.Error(d)
	}
	// What compressed file says of its name is no path either.
	z := gzipped([]byte(assertionA))
	z[3] |= 8
	named := slices.Concat(z[:10], []byte("../../etc/badge.json\x00"), z[10:])
	if d := cmp.Diff([]string{a + " | x.gz > ../../etc/badge.json (hostile_name)"}, show(find(t, "x.gz", named))); d != "" {
		t.Error(d)
	}
}

// TestAttack372_Sizes: a tar whose sizes lie: more than there is, holes of a
// terabyte, records that overrule the header.
func TestAttack372_Sizes(t *testing.T) {
	// sized is a tar of one member, with the size of the header or that of a record
	// overwritten.
	sized := func(kind byte, size string, records ...string) []byte {
		var b []byte
		head := func(name string, kind byte, size string) {
			h := make([]byte, 512)
			copy(h, name)
			copy(h[100:], "0000644\x000000000\x000000000\x00")
			copy(h[124:], size)
			copy(h[136:], "00000000000\x00        ")
			h[156] = kind
			copy(h[257:], "ustar\x0000")
			sum := 0
			for _, c := range h {
				sum += int(c)
			}
			copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
			b = append(b, h...)
		}
		pax := ""
		for _, r := range records {
			pax += fmt.Sprintf("%d %s\n", len(r)+4, r) // its own length has two digits
		}
		if pax != "" {
			head("pax", 'x', fmt.Sprintf("%011o\x00", len(pax)))
			b = append(b, pax+strings.Repeat("\x00", 512-len(pax)%512)...)
		}
		head("a.json", kind, size)
		b = append(b, assertionA+strings.Repeat("\x00", 512-len(assertionA)%512)...)
		return append(b, make([]byte, 1024)...)
	}
	fair := fmt.Sprintf("%011o\x00", len(assertionA))
	if r := find(t, "x.tar", sized('0', fair)); len(r.Findings) != 1 || len(r.Unread) != 0 {
		t.Fatalf("a fair one: %q", show(r))
	}
	terabyte := "GNU.sparse.realsize=1099511627776"
	for desc, data := range map[string][]byte{
		"a size beyond the end":         sized('0', "77777777777\x00"),
		"a negative size":               sized('0', "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
		"a record of a size beyond":     sized('0', fair, "size=999999999999"),
		"a record of a negative size":   sized('0', fair, "size=-5"),
		"a hole of a terabyte":          sized('0', fair, "GNU.sparse.major=0", "GNU.sparse.minor=1", "GNU.sparse.name=a.json", "GNU.sparse.size=1099511627776", "GNU.sparse.numblocks=1", fmt.Sprintf("GNU.sparse.map=1099511627000,%d", 0)),
		"a hole of a terabyte, 1.0":     sized('0', fair, "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=a.json", terabyte),
		"a hole of a terabyte, old GNU": sized('S', fair),
	} {
		var r Result
		began := time.Now()
		took := allocated(func() {
			r = findWith(t, Limits{FileBytes: 1 << 20, InflatedBytes: 2 << 20}, Document{Name: "x.tar", Data: data})
		})
		if len(r.Unread) == 0 || took > 16<<20 || time.Since(began) > 10*time.Second {
			t.Errorf("%s: %q, %d bytes of memory", desc, show(r), took)
		}
	}
	// Holes cost the budget what they are long.
	hole := sized('0', fair, "GNU.sparse.major=0", "GNU.sparse.minor=1", "GNU.sparse.name=a.txt", "GNU.sparse.size=1000000", "GNU.sparse.numblocks=1", fmt.Sprintf("GNU.sparse.map=0,%d", len(assertionA)))
	e := Extractor{}
	r, err := e.Extract(t.Context(), Document{Name: "x.tar", Data: hole})
	if err != nil || r.Inflated < 900_000 {
		t.Errorf("a hole of a megabyte costs %d bytes: %q, %v", r.Inflated, show(r), err)
	}
}

// TestAttack373_Empty: streams and blocks without end that give nothing are
// counted.
func TestAttack373_Empty(t *testing.T) {
	empty := gzipped(nil)
	block := xzed(t, nil)
	for name, data := range map[string][]byte{
		"x.gz":  append(bytes.Repeat(empty, DefaultParts+10), gzipped([]byte(assertionA))...),
		"x.tar": bytes.Repeat(tarred(t, file{"a/", ""})[:512], DefaultParts+10),
	} {
		r := find(t, name, data)
		if len(r.Findings) != 0 || !slices.ContainsFunc(r.Unread, func(u Unread) bool { return u.Reason == ReasonParts }) {
			t.Errorf("%s: %q", name, show(r))
		}
	}
	// Of 7z, properties that would each be read over all members.
	once := string(stored7(file{"a.json", assertionA}))
	once = once[32:]
	packed, header := once[:len(assertionA)], once[len(assertionA):]
	for _, more := range []string{"\x0F\x00", "\x0E\x01\x00"} {
		filler := strings.TrimSuffix(header, "\x00\x00") + "\x19\x00\x19\x00" + more + "\x00\x00"
		if r := find(t, "x.7z", seal7(packed, filler)); len(r.Findings) != 1 {
			t.Errorf("7z, what may be said once: %q", show(r))
		}
		filler = strings.TrimSuffix(header, "\x00\x00") + more + more + "\x00\x00"
		if r := find(t, "x.7z", seal7(packed, filler)); len(r.Unread) != 1 || r.Unread[0].Reason != ReasonMalformed {
			t.Errorf("7z, %q twice: %q", more, show(r))
		}
	}
	// Of xz a stream without a block costs nothing; its blocks are counted.
	head, full := block[:12], xzed(t, []byte("x"))
	index := bytes.LastIndex(full[:len(full)-12], []byte{0, 1})
	one := full[12:index]
	many := slices.Concat(head, bytes.Repeat(one, DefaultParts+10))
	if r := find(t, "x.xz", many); !slices.ContainsFunc(r.Unread, func(u Unread) bool { return u.Reason == ReasonParts }) {
		t.Errorf("xz: %q", show(r))
	}
}

func unbase64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func FuzzArchive(f *testing.F) {
	props, packed := lzmaOf(f, assertionA)
	all := [][]byte{tarred(f, file{"a.json", assertionA}), gzipped(tarred(f, file{"a.json", assertionA})), gzipped([]byte(assertionA)), xzed(f, []byte(assertionA)),
		stored7(file{"a.json", assertionA}, file{"b.txt", urlA}), sevened("\x03\x01\x01", props, packed, []uint64{uint64(len(assertionA))}, "a.json")}
	names, _ := filepath.Glob(filepath.Join("testdata", "archives", "*"))
	for _, name := range names {
		all = append(all, archived(f, filepath.Base(name)))
	}
	fuzzCarrier(f, "x", all...)
}

// FuzzSevenZip puts the checksums right, so that headers are read.
func FuzzSevenZip(f *testing.F) {
	names, _ := filepath.Glob(filepath.Join("testdata", "archives", "*.7z"))
	add := func(b []byte) {
		n := binary.LittleEndian.Uint64(b[20:])
		f.Add(b[32:uint64(len(b))-n], b[uint64(len(b))-n:])
	}
	for _, name := range names {
		add(archived(f, filepath.Base(name)))
	}
	props, packed := lzmaOf(f, assertionA)
	add(stored7(file{"a.json", assertionA}, file{"b.txt", urlA}))
	add(sevened("\x03\x01\x01", props, packed, []uint64{uint64(len(assertionA))}, "a.json"))
	f.Add([]byte{}, []byte("\x01\x04\x07\x0B\x01\x00\x00"))
	f.Fuzz(func(t *testing.T, packed, header []byte) {
		if len(packed)+len(header) > 1<<20 {
			t.Skip()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		e := Extractor{Limits: Limits{InflatedBytes: 8 << 20}}
		r, err := e.Extract(ctx, Document{Name: "x.7z", Data: seal7(string(packed), string(header))})
		if err != nil {
			t.Fatal("took longer than ten seconds")
		}
		check(t, "x.7z", r)
		for _, u := range r.Unread {
			if u.Reason == ReasonReaderFailed {
				t.Fatalf("the reader panics: %+v", u)
			}
		}
	})
}

// A tar whose first name is so long that it stands in the part for its beginning alone
// (POSIX.1-2017, ustar): programs end a folder's name there.
func TestTarPrefix(t *testing.T) {
	b := tarred(t, file{strings.Repeat("d", 90) + "/", ""}, file{"a.txt", "See " + urlA + " ."})
	copy(b[345:], b[:91])
	clear(b[:100])
	b[345+90] = 0
	sum := 0
	copy(b[148:156], "        ")
	for _, c := range b[:512] {
		sum += int(c)
	}
	copy(b[148:156], fmt.Sprintf("%06o\x00 ", sum))
	if r := find(t, "a.tar", b); len(r.Findings) != 1 || len(r.Unread) != 0 {
		t.Errorf("%q", show(r))
	}
}
