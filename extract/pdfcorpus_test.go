package extract

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"
)

type pdfExpected struct {
	File     string
	URIs     []string `json:"uris"`
	TextURLs []string `json:"text_urls_poppler_and_mupdf"`
	Attach   []struct{ SHA256 string }
}

func TestScratchCorpus(t *testing.T) {
	root := "/work/shared/corpus/pdf"
	f, err := os.Open(filepath.Join(root, "EXPECTED.jsonl"))
	if err != nil {
		t.Skip(err)
	}
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<24)
	type stat struct {
		got [4]int
		all int
	}
	var uri, att stat
	var slow []string
	txt, txtAll, txtRaw, txtF := 0, 0, 0, 0
	docs, ltOpen := 0, 0
	start := time.Now()
	for sc.Scan() {
		var e pdfExpected
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if s := os.Getenv("ONLY"); s != "" && !strings.Contains(e.File, s) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(root, e.File))
		if err != nil {
			t.Fatal(err)
		}
		docs++
		t0 := time.Now()
		l := Limits{Links: 100000, Badges: 100000}.withDefaults()
		p := &part{call: newCall(context.Background(), l, nil), where: "d.pdf", name: "d.pdf", data: b}
		p.carrier = "pdf"
		var text strings.Builder
		d := &pdfDoc{p: p, forceBoth: os.Getenv("BOTH") != "", onText: func(s string) { text.WriteString(s) }}
		p.guarded(func(*part) { d.read() })
		if dt := time.Since(t0); dt > 300*time.Millisecond {
			slow = append(slow, e.File+" "+dt.String())
		}
		for _, u := range p.unreads {
			if strings.Contains(u.Detail, "gave up") {
				t.Log("PANIC", e.File)
			}
		}
		if d.file != nil && !d.file.damaged {
			ltOpen++
		}
		seen := map[string]bool{}
		for _, u := range e.URIs {
			if seen[u] {
				continue
			}
			seen[u] = true
			uri.all++
			s, ok := d.links[u]
			if !ok {
				for k, v := range d.links {
					if strings.TrimSpace(k) == strings.TrimSpace(u) || strings.HasSuffix(k, u) {
						s |= v
					}
				}
			}
			if s != 0 {
				uri.got[0]++
			} else {
				t.Log("URI", e.File, u)
			}
			for i := range 3 {
				if s&(1<<i) != 0 {
					uri.got[i+1]++
				}
			}
		}
		for _, a := range e.Attach {
			h, _ := hex.DecodeString(a.SHA256)
			att.all++
			s := d.files[[32]byte(h)]
			if s != 0 {
				att.got[0]++
			} else {
				t.Log("ATT", e.File, a.SHA256)
			}
			for i := range 3 {
				if s&(1<<i) != 0 {
					att.got[i+1]++
				}
			}
		}
		_ = sha256.Sum256
		raw := text.String()
		joined := regexp.MustCompile(`\s*\n\s*`).ReplaceAllString(raw, "")
		var fnd []string
		for _, f := range p.result().Findings {
			fnd = append(fnd, f.Payload)
		}
		all := strings.Join(fnd, "\n")
		for _, u := range e.TextURLs {
			txtAll++
			if strings.Contains(raw, u) {
				txtRaw++
			}
			if strings.Contains(raw, u) || strings.Contains(joined, u) {
				txt++
			} else {
				t.Log("TXT", e.File, u)
			}
			if strings.Contains(all, u) {
				txtF++
			} else {
				t.Log("FND", e.File, u)
			}
		}
	}
	sort.Strings(slow)
	t.Log("slow", strings.Join(slow, "\n"))
	t.Logf("docs %d sane %d in %v; uris united/lt/pdfcpu/raw %v of %d; att %v of %d; text %d (raw %d, found %d) of %d", docs, ltOpen, time.Since(start), uri.got, uri.all, att.got, att.all, txt, txtRaw, txtF, txtAll)
}
