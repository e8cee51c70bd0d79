package extract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// An assertion of one's own, the n-th.
func assertion(n int) string {
	return strings.ReplaceAll(assertionA, "/a/1", fmt.Sprintf("/a/%d", n))
}

func TestOneBadgeFivePlaces(t *testing.T) {
	indented := strings.ReplaceAll(assertionA, `,"`, ",\n  \"")
	z := zipped(t,
		file{"badge.png", string(baked(assertionA))},
		file{"badge.svg", svgWith(nsOB2, `<o:assertion verify="`+urlA+`">`+cdata(assertionA)+`</o:assertion>`)},
		file{"badge.json", indented},
		file{"cv.docx", string(docx(t, file{"word/media/image1.png", string(baked(assertionA))}))},
		file{"links.txt", "see " + urlA + " .\n"},
	)
	want := []string{"json " + assertionA + " | b.zip > badge.png > iTXt openbadges | b.zip > badge.svg > assertion body | b.zip > badge.json | b.zip > cv.docx > word/media/image1.png > iTXt openbadges | b.zip > badge.svg > assertion verify | b.zip > links.txt > text"}
	if d := cmp.Diff(want, show(find(t, "b.zip", z))); d != "" {
		t.Error(d)
	}
}

// TestAttack61_Ambiguous: what is ambiguous in one image stays so when it is
// found again where it is plain.
func TestAttack61_Ambiguous(t *testing.T) {
	two := string(pngWith(iTXt("openbadges", assertionA), iTXt("openbadges", assertionB)))
	for _, files := range [][]file{
		{{"a.json", assertionA}, {"b.png", two}},
		{{"b.png", two}, {"a.json", assertionA}},
	} {
		for _, f := range find(t, "x.zip", zipped(t, files...)).Findings {
			if f.Ambiguous == "" {
				t.Errorf("not ambiguous: %v", f.Places)
			}
		}
	}
}

// TestAttackA21_Polyglot: a file that is several kinds at once is read as the
// first kind of the table, by content and never by its name, and where it has
// a badge the place says how it was reached.
func TestAttackA21_Polyglot(t *testing.T) {
	png := baked(assertionA)
	for _, tc := range []struct {
		desc, name string
		data       []byte
		want       []string
	}{
		{"a PNG called PDF", "cv.pdf", png, []string{"json " + assertionA + " | cv.pdf > iTXt openbadges"}},
		{"a JSON called PNG", "badge.png", []byte(assertionA), []string{"json " + assertionA + " | badge.png"}},
		{"PNG with a ZIP behind it", "x.png", slices.Concat(png, zipped(t, file{"b.json", assertionB})), []string{"json " + assertionA + " | x.png > iTXt openbadges", "json " + assertionB + " | x.png > after IEND > b.json (after_iend)"}},
		{"PNG with a ZIP behind it, called ZIP", "x.zip", slices.Concat(png, zipped(t, file{"b.json", assertionB})), []string{"json " + assertionA + " | x.zip > iTXt openbadges", "json " + assertionB + " | x.zip > after IEND > b.json (after_iend)"}},
		{"PNG that speaks of PDF", "x.png", pngWith(tEXt("Comment", "%PDF-1.7 is not what this is"), iTXt("openbadges", assertionA)), []string{"json " + assertionA + " | x.png > iTXt openbadges"}},
		{"ZIP with a stored file that speaks of PDF", "x.zip", zipped(t, file{"mimetype", "%PDF-1.7 is not what this is"}, file{"b.json", assertionB}), []string{"json " + assertionB + " | x.zip > b.json"}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			got := show(find(t, tc.name, tc.data))
			// What the PDF reader says of a file that is none is its own affair.
			got = slices.DeleteFunc(got, func(s string) bool {
				return strings.HasPrefix(s, "unread") && (strings.Contains(s, " > PDF") || strings.Contains(s, " > mimetype"))
			})
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestB11_Limits: n-1, n, n+1 of each limit; what was found before it is kept.
func TestB11_Limits(t *testing.T) {
	badges := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, assertion(i))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	links := func(host string, n int) string {
		s := ""
		for i := range n {
			s += fmt.Sprintf("see https://%s/%d here\n", host, i)
		}
		return s
	}
	for _, tc := range []struct {
		desc     string
		limits   Limits
		name     string
		text     string
		findings int
		unread   Reason
	}{
		{"badges n-1", Limits{}, "x.json", badges(DefaultBadges - 1), DefaultBadges - 1, ""},
		{"badges n", Limits{}, "x.json", badges(DefaultBadges), DefaultBadges, ""},
		{"badges n+1", Limits{}, "x.json", badges(DefaultBadges + 1), DefaultBadges, ReasonBadges},
		{"badges n, each twice", Limits{}, "x.json", "[" + badges(DefaultBadges) + "," + badges(DefaultBadges) + "]", DefaultBadges, ""},
		{"links n-1", Limits{}, "x.txt", links("example.org", DefaultLinks-1), DefaultLinks - 1, ""},
		{"links n", Limits{}, "x.txt", links("example.org", DefaultLinks), DefaultLinks, ""},
		{"links n+1", Limits{}, "x.txt", links("example.org", DefaultLinks+1), DefaultLinks, ReasonLinks},
		{"likely links n", Limits{}, "x.txt", links("badges.example.org", DefaultLinks), DefaultLinks, ""},
		{"likely links n+1", Limits{}, "x.txt", links("badges.example.org", DefaultLinks+1), DefaultLinks, ReasonLinks},
		{"links of one's own limit", Limits{Links: 3}, "x.txt", links("example.org", 4), 3, ReasonLinks},
		{"badges and links do not share", Limits{Badges: 1, Links: 1}, "x.txt", assertionA + "\nhttps://example.org/x\n", 2, ""},
		{"file n", Limits{FileBytes: int64(len(assertionA))}, "x.json", assertionA, 1, ""},
		{"file n+1", Limits{FileBytes: int64(len(assertionA)) - 1}, "x.json", assertionA, 0, ReasonTooLarge},
		{"file n-1", Limits{FileBytes: int64(len(assertionA)) + 1}, "x.json", assertionA, 1, ""},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			r := findWith(t, tc.limits, Document{Name: tc.name, Data: []byte(tc.text)})
			if len(r.Findings) != tc.findings {
				t.Errorf("%d findings, want %d", len(r.Findings), tc.findings)
			}
			if tc.unread == "" && len(r.Unread) > 0 || tc.unread != "" && (len(r.Unread) != 1 || r.Unread[0].Reason != tc.unread) {
				t.Errorf("unread %v, want %q", r.Unread, tc.unread)
			}
		})
	}
	// A flood of links does not push out the ones that matter.
	r := find(t, "x.txt", []byte(links("example.org", 1000)+links("badges.example.org", DefaultLinks/2)))
	likely := 0
	for _, f := range r.Findings {
		if f.Link.Class == ClassLikely {
			likely++
		}
	}
	if len(r.Findings) != DefaultLinks || likely != DefaultLinks/2 {
		t.Errorf("%d findings, %d likely", len(r.Findings), likely)
	}
	// One badge 10,000 times costs one finding with a bounded list of places.
	r = find(t, "x.txt", []byte(strings.Repeat(urlA+"\n", 10_000)))
	if len(r.Findings) != 1 || len(r.Findings[0].Places) != maxPlaces {
		t.Errorf("%d findings", len(r.Findings))
	}
}

func TestDocuments(t *testing.T) {
	for _, tc := range []struct {
		desc string
		doc  Document
		want []string
	}{
		{"empty", Document{Name: "x.pdf"}, []string{"unread x.pdf: empty"}},
		{"no name", Document{Data: []byte(assertionA)}, []string{"json " + assertionA + " | document"}},
		{"unknown", Document{Name: "x", Data: []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3}}, []string{"unread x: unknown_format"}},
		{"one byte", Document{Name: "x", Data: []byte{'a'}}, nil},
		{"only lines", Document{Name: "x", Data: []byte(strings.Repeat("\n", 1000))}, nil},
		{"a name that is no UTF-8", Document{Name: "caf\xe9.json", Data: []byte(assertionA)}, []string{"json " + assertionA + " | caf\uFFFD.json"}},
	} {
		if d := cmp.Diff(tc.want, show(findWith(t, Limits{}, tc.doc))); d != "" {
			t.Errorf("%s: %s", tc.desc, d)
		}
	}
}

// A file that is embedded twice is read once, and found twice.
func TestTwins(t *testing.T) {
	png := string(baked(assertionA))
	in := string(zipped(t, file{"a.png", png}, file{"x.bin", "\x00\x01\x02\x03"}))
	want := []string{
		"json " + assertionA + " | x.zip > 1.png > iTXt openbadges | x.zip > 2.png > iTXt openbadges | x.zip > in1.zip > a.png > iTXt openbadges | x.zip > in2.zip > a.png > iTXt openbadges",
		"unread x.zip > in1.zip > x.bin: unknown_format",
		"unread x.zip > in2.zip > x.bin: unknown_format",
	}
	if d := cmp.Diff(want, show(find(t, "x.zip", zipped(t, file{"1.png", png}, file{"2.png", png}, file{"in1.zip", in}, file{"in2.zip", in})))); d != "" {
		t.Error(d)
	}
}

// TestB11_Spent: a document gets what those before it left of the application's
// limits, and tells what it used itself.
func TestB11_Spent(t *testing.T) {
	packed := zipped(t, file{"b.json", assertionA + strings.Repeat(" ", 1000)})
	whole := findWith(t, Limits{}, Document{Name: "x.zip", Data: packed})
	if len(whole.Findings) != 1 || whole.Inflated < int64(len(assertionA)) {
		t.Fatalf("%d findings, %d bytes inflated", len(whole.Findings), whole.Inflated)
	}
	for _, tc := range []struct {
		desc   string
		spent  Spent
		reason Reason
	}{
		{"just enough", Spent{Inflated: DefaultInflatedBytes - whole.Inflated, Badges: DefaultBadges - 1}, ""},
		{"a byte short", Spent{Inflated: DefaultInflatedBytes - whole.Inflated + 1}, ReasonInflated},
		{"no badge left", Spent{Badges: DefaultBadges}, ReasonBadges},
		{"links do not count", Spent{Links: DefaultLinks}, ""},
	} {
		r := findWith(t, Limits{}, Document{Name: "x.zip", Data: packed, Spent: tc.spent})
		ok := len(r.Unread) == 0 && len(r.Findings) == 1
		if tc.reason != "" {
			ok = len(r.Unread) > 0 && r.Unread[0].Reason == tc.reason
		}
		if !ok {
			t.Errorf("%s: %d findings, unread %v, want %q", tc.desc, len(r.Findings), r.Unread, tc.reason)
		}
	}
	if got := (Spent{Inflated: 5, Pixels: 7}).After(whole); got.Badges != 1 || got.Inflated != 5+whole.Inflated || got.Pixels != 7 {
		t.Errorf("after it: %+v", got)
	}

	// A document full of links leaves the next its own to known providers, up to as many.
	lines := make([]string, DefaultLinks+10)
	for i := range lines {
		lines[i] = fmt.Sprintf("https://www.credly.com/badges/%08x-6cb8-4a26-9d5b-2c2f8a0b1c11", i)
	}
	known := Document{Name: "a.txt", Data: []byte(strings.Join(lines, "\n") + "\nhttps://example.org/badges/1\n")}
	for _, tc := range []struct {
		spent Spent
		want  int
	}{{Spent{}, DefaultLinks}, {Spent{Links: DefaultLinks}, DefaultLinks}, {Spent{Links: DefaultLinks, Known: DefaultLinks - 3}, 3}, {Spent{Links: 2 * DefaultLinks, Known: DefaultLinks}, 0}} {
		known.Spent = tc.spent
		r := findWith(t, Limits{}, known)
		if len(r.Findings) != tc.want || len(r.Unread) != 1 || r.Unread[0].Reason != ReasonLinks {
			t.Errorf("%+v: %d links, %+v", tc.spent, len(r.Findings), r.Unread)
		}
		if got := tc.spent.After(r); got.Links != tc.spent.Links+tc.want || got.Known != tc.spent.Known+tc.want {
			t.Errorf("%+v, and after it %+v", tc.spent, got)
		}
	}

	picture := encoded(t, "png", qr(t, urlA, 4))
	seen := findWith(t, Limits{}, Document{Name: "a.png", Data: picture})
	if len(seen.Findings) != 1 || seen.Pixels < 100*100 {
		t.Fatalf("%d findings, %d pixels", len(seen.Findings), seen.Pixels)
	}
	for short, found := range map[int64]int{0: 1, 1: 0} {
		r := findWith(t, Limits{}, Document{Name: "a.png", Data: picture, Spent: Spent{Pixels: manyPixels - seen.Pixels + short}})
		if len(r.Findings) != found || (found == 0) != (len(r.Unread) == 1 && r.Unread[0].Reason == ReasonPixels) {
			t.Errorf("%d pixels short: %v, %+v", short, show(r), r.Unread)
		}
	}
	if got := (Spent{Pixels: 5}).After(seen); got.Pixels != 5+seen.Pixels {
		t.Errorf("after it: %+v", got)
	}
}

// A file inside another is held against the same limit, however it got there.
func TestB11_EmbeddedSize(t *testing.T) {
	for _, tc := range []struct {
		desc string
		n    int
		want []string
	}{
		{"n-1", 999, nil}, {"n", 1000, nil}, {"n+1", 1001, []string{"unread x > y: limit_file_size"}},
	} {
		p := &part{call: newCall(t.Context(), Limits{FileBytes: 1000}.WithDefaults(), nil), where: "x"}
		p.embed(p.place("y"), "y.txt", "", []byte(strings.Repeat("a", tc.n)))
		if d := cmp.Diff(tc.want, show(p.result())); d != "" {
			t.Errorf("%s: %s", tc.desc, d)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	e := Extractor{Found: func(Finding) { cancel() }}
	var files []file
	for i := range 100 {
		files = append(files, file{fmt.Sprintf("%d.json", i), assertion(i)})
	}
	r, err := e.Extract(ctx, Document{Name: "x.zip", Data: zipped(t, files...)})
	if !errors.Is(err, context.Canceled) || len(r.Findings) != 1 {
		t.Errorf("%d findings, %v", len(r.Findings), err)
	}
}

// Found is told of every finding once, as it is at its first place.
func TestFound(t *testing.T) {
	var told []string
	e := Extractor{Found: func(f Finding) {
		if len(f.Places) != 1 {
			t.Errorf("%d places at first sight", len(f.Places))
		}
		told = append(told, f.Payload)
	}}
	var text string
	for i := range 80 {
		text += fmt.Sprintf("https://example.org/%d .\nhttps://example.org/%d .\n", i, i)
	}
	r, err := e.Extract(context.Background(), Document{Name: "x.txt", Data: []byte(text + assertionA)})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range r.Findings {
		all = append(all, f.Payload)
	}
	if d := cmp.Diff(all, told); d != "" || len(all) != 81 {
		t.Error(d)
	}
}

// check holds what every result obeys, whatever the document.
func check(t testing.TB, name string, r Result) {
	t.Helper()
	links, badges := 0, 0
	for _, f := range r.Findings {
		if f.Payload == "" || f.Carrier == "" || len(f.Places) == 0 || len(f.Places) > maxPlaces {
			t.Errorf("finding without payload, carrier or place: %+v", f)
		}
		if !utf8.ValidString(f.Payload) || len(f.Payload) > maxPayload+maxURL {
			t.Errorf("payload of %d bytes", len(f.Payload))
		}
		if (f.Kind == KindLink) != (f.Link != nil) {
			t.Errorf("kind %s with link %v", f.Kind, f.Link)
		}
		if f.Kind == KindLink {
			links++
			if strings.Contains(strings.ToLower(f.Payload), "identity__email") {
				t.Errorf("address in %q", f.Payload)
			}
			if again, _, ok := ParseLink(f.Payload); !ok || again != f.Payload {
				t.Errorf("%q is not its own normal form: %q", f.Payload, again)
			}
		} else {
			badges++
		}
		for _, p := range f.Places {
			if !strings.HasPrefix(p.Where, name) || !utf8.ValidString(p.Where) || len(p.Where) > len(name)+2*maxWhere || p.Offset < 0 {
				t.Errorf("place %+v", p)
			}
		}
		if b, err := json.Marshal(f); err != nil || len(b) > 4<<20 {
			t.Errorf("a finding of %d bytes: %v", len(b), err)
		}
	}
	if links > DefaultLinks || badges > DefaultBadges || len(r.Unread) > maxUnread {
		t.Errorf("%d links, %d badges, %d unread", links, badges, len(r.Unread))
	}
	for _, u := range r.Unread {
		if u.Reason == "" || !strings.HasPrefix(u.Where, name) || !utf8.ValidString(u.Where) {
			t.Errorf("unread %+v", u)
		}
	}
}

// TestArrows: extract imports nothing of ours but the rooms below it.
func TestArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, p := range strings.Fields(string(out)) {
		if strings.HasPrefix(p, "assay/") && p != "assay/extract" && p != "assay/extract/pdf" && p != "assay/extract/raster" {
			t.Errorf("extract imports %s", p)
		}
	}
}

// TestDefaults: every limit has a default, for zero and for less.
func TestDefaults(t *testing.T) {
	want := Limits{DefaultFileBytes, DefaultInflatedBytes, DefaultDepth, DefaultBadges, DefaultLinks, DefaultParts, DefaultPages, QRAuto}
	for _, l := range []Limits{{}, {-1, -1, -1, -1, -1, -1, -1, QRAuto}} {
		if got := l.WithDefaults(); got != want {
			t.Errorf("%+v gives %+v, want %+v", l, got, want)
		}
	}
	own := Limits{1, 2, 3, 4, 5, 6, 7, QRNever}
	if got := own.WithDefaults(); got != own {
		t.Errorf("%+v becomes %+v", own, got)
	}
}
