package extract

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The corpus is read in children of the test binary, so that a document that
// kills or hangs its reader is named, and the rest goes on.

const (
	pdfChildEnv     = "ASSAY_TEST_PDF_CHILD"
	pdfChildSeconds = 10
	pdfChildMiB     = 400
)

type pdfExpected struct {
	File     string
	URIs     []string `json:"uris"`
	TextURLs []string `json:"text_urls_poppler_and_mupdf"`
	Attach   []struct{ SHA256 string }
}

// pdfReport is what a child says of one document.
type pdfReport struct {
	Links   map[string]pdfSeen
	Files   map[string]pdfSeen
	Text    string // of the pages
	Found   []string
	Unread  []Unread
	Second  bool
	Seconds float64 // of CPU
	PeakKiB int
}

// pdfReadAs reads data as a whole extraction would; with all, by every reader
// and with everything counted.
func pdfReadAs(ctx context.Context, data []byte, all bool) (*pdfDoc, *part, string) {
	qr := QRAuto
	if all || raceDetector {
		qr = QRNever // pixels are slow, and have their own tests
	}
	p := &part{call: newCall(ctx, Limits{Links: 5000, Badges: 5000, QR: qr}.WithDefaults(), nil), where: "d.pdf", name: "d.pdf", data: data, carrier: "pdf"}
	var text strings.Builder
	d := &pdfDoc{p: p, all: all, onText: func(s string) { text.WriteString(s) }}
	d.read()
	return d, p, text.String()
}

// TestPDFChild is no test: it is the child's side. It reads names of files and
// writes a report for each.
func TestPDFChild(t *testing.T) {
	if os.Getenv(pdfChildEnv) == "" {
		t.Skip("only as a child of the corpus tests")
	}
	debug.SetGCPercent(20) // as a child of the sandbox has it for a large document
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		data, err := os.ReadFile(in.Text())
		if err != nil {
			t.Fatal(err)
		}
		debug.SetMemoryLimit(int64(max(len(data), 4<<20)) + 20<<20)
		resetPeak()
		start := cpuSeconds()
		d, p, text := pdfReadAs(context.Background(), data, false)
		r := pdfReport{Second: d.second, Seconds: cpuSeconds() - start, PeakKiB: peakKiB(), Text: text, Links: map[string]pdfSeen{}, Files: map[string]pdfSeen{}}
		for _, f := range p.result().Findings {
			r.Found = append(r.Found, f.Payload)
		}
		r.Unread = p.unreads
		d, _, _ = pdfReadAs(context.Background(), data, true)
		for k, v := range d.links {
			r.Links[k] = v
		}
		for k, v := range d.files {
			r.Files[hex.EncodeToString(k[:])] = v
		}
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("\nREPORT %s\n", b)
	}
	os.Exit(0)
}

// cpuSeconds is the CPU time of this process where the system tells it, else
// the wall clock: the machine may be busy with other things.
func cpuSeconds() float64 {
	b, err := os.ReadFile("/proc/self/stat")
	if err == nil {
		_, rest, _ := strings.Cut(string(b), ") ")
		if f := strings.Fields(rest); len(f) > 12 {
			user, _ := strconv.ParseFloat(f[11], 64)
			system, _ := strconv.ParseFloat(f[12], 64)
			return (user + system) / 100
		}
	}
	return time.Since(processStart).Seconds()
}

var processStart = time.Now()

// resetPeak and peakKiB measure the memory of one document, where the system
// tells it.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

func peakKiB() int {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(b), "\n") {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmHWM:" {
			n, _ := strconv.Atoi(f[1])
			return n
		}
	}
	return 0
}

// pdfChildren reads the files in n children and calls each with what they say;
// a nil report means that the child died or hung on this file.
func pdfChildren(t *testing.T, n int, files []string, each func(file string, r *pdfReport, why string)) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	work := make(chan string)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			var cmd *exec.Cmd
			var in io.WriteCloser
			var out *bufio.Reader
			stop := func() {
				if cmd != nil {
					_ = in.Close()
					_ = cmd.Wait()
					cmd = nil
				}
			}
			defer stop()
			for file := range work {
				if cmd == nil {
					cmd = exec.Command(self, "-test.run=^TestPDFChild$")
					cmd.Env = append(os.Environ(), pdfChildEnv+"=1")
					in, _ = cmd.StdinPipe()
					pipe, _ := cmd.StdoutPipe()
					out = bufio.NewReaderSize(pipe, 1<<20)
					if err := cmd.Start(); err != nil {
						t.Error(err)
						return
					}
				}
				// The machine may be busy: far more than is allowed, then it hangs.
				limit := time.Duration(pdfChildSeconds) * 12 * time.Second
				timer := time.AfterFunc(limit, func() { _ = cmd.Process.Kill() })
				_, err := fmt.Fprintln(in, file)
				var r *pdfReport
				for err == nil {
					var line string
					line, err = out.ReadString('\n')
					if b, ok := strings.CutPrefix(line, "REPORT "); ok {
						r = &pdfReport{}
						err = json.Unmarshal([]byte(b), r)
						break
					}
				}
				why := ""
				if err != nil {
					r = nil
					why = "the reader died"
				}
				if !timer.Stop() {
					r, why = nil, "the reader hung"
				}
				if r == nil {
					stop()
				}
				mu.Lock()
				each(file, r, why)
				mu.Unlock()
			}
		})
	}
	for _, f := range files {
		work <- f
	}
	close(work)
	wg.Wait()
}

// TestPDFCorpus holds the readers against what qpdf, poppler and MuPDF see in
// public documents.
func TestPDFCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("the corpus is long")
	}
	root := shared(t, "corpus", "pdf")
	list, err := os.Open(filepath.Join(root, "EXPECTED.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	expected := map[string]pdfExpected{}
	var files []string
	sc := bufio.NewScanner(list)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		var e pdfExpected
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		f := filepath.Join(root, e.File)
		expected[f] = e
		files = append(files, f)
	}
	type row struct{ links, files int }
	var all, united row
	var by [3]row
	var texts, textsFound, second, unread int
	var slowest, largest pdfReport
	lines := regexp.MustCompile(`\s*\n\s*`)
	pdfChildren(t, 2, files, func(file string, r *pdfReport, why string) {
		e := expected[file]
		if r == nil {
			t.Errorf("%s: %s", e.File, why)
			return
		}
		if r.Seconds > pdfChildSeconds {
			t.Errorf("%s took %.1f s", e.File, r.Seconds)
		}
		if r.PeakKiB > pdfChildMiB<<10 && !raceDetector {
			t.Errorf("%s took %d MiB", e.File, r.PeakKiB>>10)
		}
		if r.Seconds > slowest.Seconds {
			slowest = *r
			slowest.Text = e.File
		}
		if r.PeakKiB > largest.PeakKiB {
			largest = *r
			largest.Text = e.File
		}
		if r.Second {
			second++
		}
		if len(r.Unread) > 0 {
			unread++
		}
		count := func(seen pdfSeen, col func(*row) *int) bool {
			*col(&all)++
			for i := range by {
				if seen&(1<<i) != 0 {
					*col(&by[i])++
				}
			}
			if seen != 0 {
				*col(&united)++
			}
			return seen != 0
		}
		slices.Sort(e.URIs)
		for _, u := range slices.Compact(e.URIs) {
			seen := r.Links[u]
			for k, v := range r.Links {
				// qpdf keeps spaces, and does not resolve on /URI /Base.
				if strings.TrimSpace(k) == strings.TrimSpace(u) || u != "" && strings.HasSuffix(k, "/"+u) {
					seen |= v
				}
			}
			if !count(seen, func(r *row) *int { return &r.links }) {
				t.Logf("%s: link not found: %s", e.File, u)
			}
		}
		for _, a := range e.Attach {
			if !count(r.Files[a.SHA256], func(r *row) *int { return &r.files }) {
				t.Errorf("%s: attachment not found: %s", e.File, a.SHA256)
			}
		}
		joined := lines.ReplaceAllString(r.Text, "")
		found := strings.Join(r.Found, "\n")
		for _, u := range e.TextURLs {
			texts++
			// In the text, and then among the findings: a finding is normalised,
			// so its beginning must do.
			u = strings.TrimRight(u, "?.,)")
			bare, _, _ := strings.Cut(u, "#")
			if (strings.Contains(r.Text, u) || strings.Contains(joined, u)) && strings.Contains(found, bare) {
				textsFound++
			} else {
				t.Logf("%s: text URL not found: %s", e.File, u)
			}
		}
	})
	t.Logf("%d documents; second reader asked in %d; %d with something unread", len(files), second, unread)
	t.Logf("slowest: %.2f s %s; largest: %d MiB %s", slowest.Seconds, slowest.Text, largest.PeakKiB>>10, largest.Text)
	t.Logf("%-12s %6s %6s", "reader", "links", "files")
	for i, name := range []string{readerLedongthuc, readerPdfcpu, readerRaw} {
		t.Logf("%-12s %6d %6d", name, by[i].links, by[i].files)
	}
	t.Logf("%-12s %6d %6d of %d and %d; text URLs %d of %d", "united", united.links, united.files, all.links, all.files, textsFound, texts)
	if len(files) == 0 || all.links == 0 || all.files == 0 || texts == 0 {
		t.Fatal("an empty corpus proves nothing")
	}
	if float64(united.links) < 0.995*float64(all.links) {
		t.Errorf("%d of %d links, want 99.5 %%", united.links, all.links)
	}
	if float64(textsFound) < 0.95*float64(texts) {
		t.Errorf("%d of %d text URLs, want 95 %%", textsFound, texts)
	}
}

// TestPDFMade: one CV from twelve producers, and encrypted, rewritten and
// damaged in every way.
func TestPDFMade(t *testing.T) {
	const (
		credly = "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"
		moodle = "https://moodle.example.edu/badges/badge.php?hash=3feb070ed8e6f9cef27543405d9faf48adaacecc"
		obf    = "https://openbadgefactory.com/v1/assertion/db2ebffb91aa1e64c27090cf3feaf3e99dad3700"
		badgr  = "api.badgr.io/public/assertions/8bLUrJhgSMyWKF-I7xOosQ"
		jws    = "eyJhbGciOiJSUzI1NiJ9.eyJpZCI6InVybjp1dWlkOjEyMyJ9eyJpZCI6InVybjp1dWlkOjEyMyJ9"
		json   = `{"@context": "https://w3id.org/openbadges/v2"`
	)
	page := []string{credly, moodle, obf, badgr, jws}
	full := []string{
		credly + " > page 1 > link", moodle + " > page 1 > link", obf + " > page 1 > text",
		json + " > info openbadges", json + " > attachment assertion.json", json + " > attachment badge.png > iTXt openbadges", json + " > page 1 > form field badge",
		jws + " > attachment vc.jwt", jws + " > xmp", jws + " > page 1 > text",
	}
	without := func(list []string, less ...string) (out []string) {
		for _, s := range list {
			if !slices.ContainsFunc(less, func(l string) bool { return strings.Contains(s, l) }) {
				out = append(out, s)
			}
		}
		return out
	}
	special := map[string][]string{
		"cairo.pdf":         {credly, badgr}, // one link and one line of text
		"fpdf2.pdf":         {credly, badgr},
		"reportlab_a85.pdf": {credly, badgr},
		// The JWS runs over the page's edge, into nothing.
		"pdflatex.pdf":                {credly, moodle, obf},
		"pdflatex_noobjstm.pdf":       {credly, moodle},
		"reportlab.pdf":               {credly, moodle, badgr, jws},
		"libreoffice_docx.pdf":        {obf, jws}, // the links were lost on the way
		"libreoffice_pdfa3.pdf":       {obf, jws},
		"weasyprint.pdf":              append(page, json+" > attachment assertion.json"),
		"full_gs.pdf":                 without(full, " > info", " > xmp", " > form field"), // Ghostscript drops them
		"full_enc_aes_256_userpw.pdf": nil,
		"full_objstm_incr.pdf":        without(full, " > info"), // dropped by the update
	}
	dir := shared(t, "corpus", "made")
	files, err := filepath.Glob(filepath.Join(dir, "*.pdf"))
	if err != nil || len(files) < 39 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := find(t, name, data)
			want, ok := special[name]
			if !ok {
				want = page
				if strings.HasPrefix(name, "full_") {
					want = full
				}
			}
			for _, w := range want {
				payload, at, _ := strings.Cut(w, " > ")
				places := wheres(pdfFound(r, payload))
				if len(places) == 0 || at != "" && !slices.Contains(places, name+" > "+at) {
					t.Errorf("%.60s at %q: found at %q", payload, at, places)
				}
			}
			if name == "full_enc_aes_256_userpw.pdf" && (len(r.Unread) != 1 || r.Unread[0].Reason != ReasonEncrypted) {
				t.Errorf("%q, want it reported as encrypted", show(r))
			}
		})
	}
}
