package extract

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"assay/extract/pdf/pdftest"

	"github.com/google/go-cmp/cmp"
)

// sample is a small file of one carrier with one badge or link in it.
type sample struct {
	name string
	data []byte
	want string // as show writes it, below the file's own name
}

// samples has one file for each carrier, made here.
func samples(t testing.TB) map[string]sample {
	t.Helper()
	a, u := "json "+assertionA, "link "+urlA
	tnef := func(level byte, id uint32, v string) string {
		b := append([]byte{level}, binary.LittleEndian.AppendUint32(nil, id)...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(v)))
		return string(b) + v + "\x00\x00"
	}
	return map[string]sample{
		"png":     {"a.png", baked(assertionA), a + " | %s > iTXt openbadges"},
		"jpeg":    {"a.jpg", jpegWith(t, 0xE1, "http://ns.adobe.com/xap/1.0/\x00"+xmpOf(`<openbadges:assertion verify="`+jwsA+`"/>`)), "jws " + jwsA + " | %s > XMP > assertion verify"},
		"gif":     {"a.gif", gifWith(t, "\x21\xFE"+subBlocks(assertionA)), a + " | %s > comment"},
		"webp":    {"a.webp", webpWith("XMP ", xmpOf(`<openbadges:assertion verify="`+jwsA+`"/>`)), "jws " + jwsA + " | %s > XMP > assertion verify"},
		"picture": {"a.heic", append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), xmpOf(`<openbadges:assertion verify="`+jwsA+`"/>`)...), "jws " + jwsA + " | %s > XMP > assertion verify"},
		"rtf":     {"a.rtf", []byte(`{\rtf1\ansi see ` + urlA + `\par}`), u + " | %s > text"},
		"ole":     {"a.msg", compoundFile(file{"__substg1.0_1000001F", wide("see " + urlA + "\r\n")}), u + " | %s > body > text"},
		"tnef":    {"winmail.dat", []byte("\x78\x9f\x3e\x22\x01\x00" + tnef(1, 0x00069002, "xx") + tnef(2, 0x00018010, "b.png\x00") + tnef(2, 0x0006800F, string(baked(assertionA)))), a + " | %s > attachment b.png > iTXt openbadges"},
		"zip":     {"a.zip", zipped(t, file{"in.png", string(baked(assertionA))}), a + " | %s > in.png > iTXt openbadges"},
		"7z":      {"a.7z", stored7(file{"in.png", string(baked(assertionA))}), a + " | %s > in.png > iTXt openbadges"},
		"xz":      {"a.txt.xz", xzed(t, []byte("see "+urlA)), u + " | %s > a.txt > text"},
		"bzip2":   {"a.txt.bz2", unbase64(t, bzip2A), u + " | %s > a.txt > text"},
		"tar":     {"a.tar", tarred(t, file{"in.png", string(baked(assertionA))}), a + " | %s > in.png > iTXt openbadges"},
		"gzip":    {"a.txt.gz", gzipped([]byte("see " + urlA)), u + " | %s > a.txt > text"},
		"cbor":    {"a.mdoc", mdocA(), "form " + base64.RawURLEncoding.EncodeToString(mdocA()) + " | %s"},
		"cms":     {"a.p7m", cmsSignedA("see " + urlA), u + " | %s > content > text"},
		"plist":   {"a.webloc", binaryPlist(map[string]any{"URL": urlA}), u + " | %s > URL"},
		"vcard":   {"a.vcf", []byte("BEGIN:VCARD\r\nURL:" + urlA + "\r\n"), u + " | %s > URL"},
		"pdf":     {"a.pdf", (&pdftest.Builder{Page: "/Annots [<</Subtype /Link /A <</S /URI /URI (" + urlA + ")>>>>]"}).Build(), u + " | %s > page 1 > link"},
		"svg":     {"a.svg", []byte(svgWith(nsOB2, `<o:assertion xmlns:o="`+nsOB2+`" verify="`+jwsA+`"/>`)), "jws " + jwsA + " | %s > assertion verify"},
		"json":    {"a.json", []byte(assertionA), a + " | %s"},
		"jws":     {"a.jwt", []byte(jwsA), "jws " + jwsA + " | %s"},
		"mail":    {"a.eml", []byte(mailHead + "Content-Type: text/plain\r\n\r\nsee " + urlA + "\r\n"), u + " | %s > text"},
		"encoded": {"a.hqx", []byte(binhexed("a.txt", "see "+urlA)), u + " | %s > a.txt > text"},
		"html":    {"a.html", []byte(`<!DOCTYPE html><a href="` + urlA + `">x</a>`), u + " | %s > link"},
		"xml":     {"a.xml", []byte(`<?xml version="1.0"?><a href="` + urlA + `"/>`), u + " | %s > link"},
		"csv":     {"a.csv", []byte("Name,Url,Authority\nWelding," + urlA + ",Northgate\n"), u + " | %s > row 2 Url"},
		"text":    {"a.txt", []byte("see " + urlA + " there\n"), u + " | %s > text"},
	}
}

// TestSamples: every carrier of the table has a sample, knows it for its own,
// and finds what is in it; nothing else is found or left.
func TestSamples(t *testing.T) {
	all := samples(t)
	for i := range carriers {
		k := &carriers[i]
		s, ok := all[k.name]
		if !ok {
			t.Errorf("%s has no sample", k.name)
			continue
		}
		p := &part{call: newCall(t.Context(), Limits{}.WithDefaults(), nil), where: s.name, name: s.name, data: s.data}
		first := slices.IndexFunc(carriers, func(k carrier) bool { return k.sniff(p) })
		if first != i {
			t.Errorf("%s is read by carrier %d of the table, want %d, %s", s.name, first, i, k.name)
		}
		p.dispatch()
		if d := cmp.Diff([]string{fmt.Sprintf(s.want, s.name)}, show(p.result())); d != "" {
			t.Errorf("%s: %s", k.name, d)
		}
	}
	if len(all) != len(carriers) {
		t.Errorf("%d samples of %d carriers", len(all), len(carriers))
	}
	if got := Carriers(); len(got) != len(carriers) || !slices.Contains(got, "pdf") {
		t.Errorf("Carriers gives %q", got)
	}
}

// TestB12_ReaderFails puts a panic into every carrier, behind what it finds and
// into how it knows its files: the fault is told as ours, with the carrier's
// name and the line, and without a word of the document; what was found stays,
// and the rest is read.
func TestB12_ReaderFails(t *testing.T) {
	const secret = "a secret of the document"
	for i := range carriers {
		k := carriers[i]
		t.Run(k.name, func(t *testing.T) {
			defer func() { carriers[i] = k }()
			s := samples(t)[k.name]
			outer, rest := "x.zip", samples(t)["png"]
			if k.name == "png" {
				rest = samples(t)["json"]
			}
			data := zipped(t, file{s.name, string(s.data)}, file{"rest-" + rest.name, string(rest.data)})
			if k.name == "zip" {
				outer = "x.eml"
				data = []byte(mailHead + "Content-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n" + parts("b1", attachment(s.name, "application/zip", s.data), attachment("rest-"+rest.name, "image/png", rest.data)))
			}

			carriers[i].extract = func(p *part) {
				k.extract(p)
				if strings.HasSuffix(p.where, s.name) {
					panic(secret)
				}
			}
			r := find(t, outer, data)
			places := []string{}
			for _, f := range r.Findings {
				for _, pl := range f.Places {
					places = append(places, pl.Where)
				}
			}
			found := strings.Join(places, "\n")
			if !strings.Contains(found, s.name) || !strings.Contains(found, "rest-"+rest.name) {
				t.Errorf("found at %q, want what stood before the fault, and the rest", places)
			}
			fault := func(u Unread, where string) {
				t.Helper()
				if u.Reason != ReasonReaderFailed || u.Reader != k.name || !strings.HasSuffix(u.Where, where) || !strings.HasPrefix(u.At, "samples_test.go:") {
					t.Errorf("unread %+v, want the fault of the %s reader at %s", u, k.name, where)
				}
				if strings.Contains(fmt.Sprint(u), "secret") {
					t.Error("the panic's words are told")
				}
			}
			if len(r.Unread) != 1 {
				t.Fatalf("unread %+v, want the fault alone", r.Unread)
			}
			fault(r.Unread[0], s.name)

			// And in how it knows its files: the next carrier is asked.
			carriers[i] = k
			carriers[i].sniff = func(p *part) bool {
				if k.sniff(p) && strings.HasSuffix(p.where, s.name) {
					panic(secret)
				}
				return k.sniff(p)
			}
			r = find(t, outer, data)
			if len(r.Unread) == 0 {
				t.Fatal("the fault is not told")
			}
			fault(r.Unread[0], s.name)
			if got := strings.Join(show(r), "\n"); !strings.Contains(got, "rest-"+rest.name) {
				t.Errorf("the rest is not read: %s", got)
			}
		})
	}
}

// TestConcurrent: one extractor serves several at once, as it says, and each gets
// what it would get alone. deploy/test.sh runs it with the race detector.
func TestConcurrent(t *testing.T) {
	var e Extractor
	all := samples(t)
	want := map[string][]string{}
	for name, s := range all {
		r, err := e.Extract(t.Context(), Document{Name: s.name, Data: s.data})
		if err != nil {
			t.Fatal(err)
		}
		want[name] = show(r)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 3 {
				for name, s := range all {
					r, err := e.Extract(t.Context(), Document{Name: s.name, Data: s.data})
					if d := cmp.Diff(want[name], show(r)); d != "" || err != nil {
						t.Errorf("%s: %v %s", name, err, d)
					}
				}
			}
		})
	}
	wg.Wait()
}

// TestFaultAround: what stands around the carriers fails in no caller's hands:
// here who is told of findings, at the first of them, and at one that is handed
// out at the end, when the carriers are done.
func TestFaultAround(t *testing.T) {
	for desc, after := range map[string]int{"in a carrier's call": 0, "at the end": DefaultLinks - 10} {
		told := 0
		e := Extractor{Found: func(Finding) {
			if told++; told > after {
				panic("a secret of the document")
			}
		}}
		r, err := e.Extract(t.Context(), Document{Name: "x.txt", Data: []byte(manyLinks(DefaultLinks))})
		if err != nil || len(r.Unread) != 1 || r.Unread[0].Reason != ReasonReaderFailed || strings.Contains(fmt.Sprint(r.Unread), "secret") {
			t.Errorf("%s: %+v, %v", desc, r.Unread, err)
		}
		if len(r.Findings) != after+1 {
			t.Errorf("%s: %d findings, want the %d before the fault", desc, len(r.Findings), after+1)
		}
	}
}

func manyLinks(n int) string {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "https://example.org/%d .\n", i)
	}
	return s.String()
}
