package verify

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"assay/verify/contexts"
	"assay/verify/read"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

var update = flag.Bool("update", false, "write testdata/aspects.tsv anew, to be reviewed")

// vectorWeb is the web that the owners of the vectors publish them on, as far
// as it came with them.
func vectorWeb(t testing.TB) *verifytest.Web {
	w := verifytest.NewWeb(nil)
	dcc := verifytest.Shared(t, "vectors", "dcc-vc-test-fixtures")
	const pages = "https://digitalcredentials.github.io/vc-test-fixtures/"
	for _, dir := range []string{"dids", "statusLists"} {
		for _, p := range files(t, filepath.Join(dcc, dir)) {
			rel, err := filepath.Rel(dcc, p)
			if err != nil {
				t.Fatal(err)
			}
			w.Put(pages+filepath.ToSlash(rel), string(contents(t, p)))
		}
	}
	ob3 := verifytest.Shared(t, "vectors", "1edtech-public-validator", "vc", "ob30", "bit-string-list")
	w.Put("https://raw.githubusercontent.com/1EdTech/digital-credentials-public-validator/refs/heads/main/inspector-vc/src/test/resources/ob30/bit-string-list/testlist",
		string(contents(t, filepath.Join(ob3, "testlist"))))
	ob2 := verifytest.Shared(t, "vectors", "1edtech-public-validator", "vc", "ob20")
	for _, p := range files(t, filepath.Join(ob2, "assets")) {
		o, err := read.ParseObject(contents(t, p), read.Limits{})
		if err != nil {
			continue // pictures, and what its owner left broken
		}
		if id := read.Object(o).Str("id"); strings.HasPrefix(id, "http") {
			w.Put(id, o)
		}
		for _, scheme := range []string{"http", "https"} {
			w.Put(scheme+"://example.org/"+filepath.Base(p), o)
		}
	}
	return w
}

func files(t testing.TB, dir string) (out []string) {
	t.Helper()
	err := filepath.Walk(dir, func(p string, i os.FileInfo, err error) error {
		if err == nil && !i.IsDir() {
			out = append(out, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func contents(t testing.TB, p string) []byte {
	t.Helper()
	b, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	svgToken = regexp.MustCompile(`credential[^>]* verify="([^"]+)"`)
	svgText  = regexp.MustCompile(`(?s)credential[^>]*>\s*<!\[CDATA\[(.*?)\]\]>`)
)

// payload gives the badge in a file: the file, or what is baked into it. (The
// program does this in package extract, which nothing here may import.)
func payload(t testing.TB, p string) []byte {
	b := contents(t, p)
	switch filepath.Ext(p) {
	case ".svg":
		if m := svgToken.FindSubmatch(b); m != nil {
			return m[1]
		}
		if m := svgText.FindSubmatch(b); m != nil {
			return m[1]
		}
		return nil
	case ".png":
		for i := 8; i+12 <= len(b); {
			n := int(binary.BigEndian.Uint32(b[i:]))
			if i+12+n > len(b) {
				return nil
			}
			chunk := b[i+8 : i+8+n]
			if string(b[i+4:i+8]) == "iTXt" {
				if parts := bytes.SplitN(chunk, []byte{0}, 2); strings.HasPrefix(string(parts[0]), "openbadge") {
					rest := parts[1][2:] // compression flag and method
					for range 2 {
						_, rest, _ = bytes.Cut(rest, []byte{0})
					}
					return rest
				}
			}
			i += 12 + n
		}
		return nil
	}
	return b
}

func newVerifier(t testing.TB, w *verifytest.Web, tr *Trust) *Verifier {
	t.Helper()
	known, err := contexts.Open(contexts.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	v, err := New(Options{Fetcher: w, Contexts: known, Now: clock, Trust: tr, Schemas: verifytest.Schemas{}, Accept: verdict.LevelKey})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// states gives the seven aspects, tab-separated, each with its reason.
func states(a Aspects) string {
	var out []string
	for _, x := range a.Each() {
		s := string(x.State)
		if x.Reason != "" {
			s += ":" + string(x.Reason)
		}
		out = append(out, s)
	}
	return strings.Join(out, "\t")
}

// TestAspects compares our seven aspects for every credential of two owners'
// test sets with testdata/aspects.tsv, which says where we are stricter than
// the owner and why.
func TestAspects(t *testing.T) {
	const table = "testdata/aspects.tsv"
	want, notes := map[string]string{}, map[string]string{}
	if b, err := os.ReadFile(table); err == nil {
		for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
			f := strings.Split(s.Text(), "\t")
			if len(f) < 11 || strings.HasPrefix(f[0], "#") {
				continue
			}
			want[f[0]] = strings.Join(f[1:10], "\t")
			notes[f[0]] = f[10]
		}
	}
	who := Applicant{Proven: []string{"student@1edtech.edu", "nobody@example.org"}, IDs: []string{"did:example:ebfeb1f712ebc6f1c276e12ec21"}}
	root := verifytest.Shared(t, "vectors")
	web := vectorWeb(t)
	var out []string
	n := 0
	for _, set := range []string{"1edtech-public-validator", "dcc-vc-test-fixtures"} {
		for _, p := range files(t, filepath.Join(root, set)) {
			b := payload(t, p)
			if b == nil {
				continue // a picture that is baked into nothing
			}
			rel, err := filepath.Rel(root, p)
			if err != nil {
				t.Fatal(err)
			}
			rel = filepath.ToSlash(rel)
			w := verifytest.NewWeb(nil)
			maps.Copy(w.Answers, web.Answers)
			if o, err := read.ParseObject(b, read.Limits{}); err == nil && strings.Contains(rel, "/ob20/") {
				if id := read.Object(o).Str("id"); id != "" {
					w.Put(id, string(b)) // the badge lies where it says
				}
				if _, policy, ok := strings.Cut(rel, "basic-assertion-with-allowed-origins"); ok {
					// Its owner serves one profile address with several policies.
					w.Put("http://example.org/issuer-with-allowed-origins",
						string(contents(t, filepath.Join(filepath.Dir(p), "assets", "issuer-with-allowed-origins"+policy))))
				}
			}
			v := judged(t, newVerifier(t, w, nil), Assertion{Payload: b}, who)
			n++
			got := string(v.Format) + "\t" + string(v.Result) + "\t" + states(v.Aspects)
			note := notes[rel]
			if note == "" {
				note = "-"
			}
			out = append(out, rel+"\t"+got+"\t"+note)
			if !*update && got != want[rel] {
				t.Errorf("%s\ngot  %s\nwant %s\n%s", rel, got, want[rel], v.Aspects.Integrity.Detail)
			}
		}
	}
	if n < 150 {
		t.Errorf("only %d credentials were judged", n)
	}
	if *update {
		sort.Strings(out)
		head := "# credential\tformat\tresult\tintegrity\tissuer\tstatus\tdates\trecipient\ttrust\tconformance\twhere stricter than its owner, and why\n"
		if err := os.WriteFile(table, []byte(head+strings.Join(out, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// differ lists the rows of EXPECTED.tsv on which integrity is not plain
// arithmetic, with the reason.
var differ = map[string]string{
	"w3c-vc-di-ecdsa/ecdsa-rdfc-2019-p384/employ/signedECDSAP384.json":                                                  "the measurement canonicalised with SHA-256 where P-384 demands SHA-384; the signature is good",
	"dcc-vc-test-fixtures/verifiableCredentials/v2/dataIntegrityProof/didKey/twoOIDF-revoked-notExpired-badSchema.json": "the arithmetic holds under a context object inside the document, which anyone may write",
}

// TestExpected compares integrity, through the whole Verifier, with what plain
// signature arithmetic gave for every proof of the vectors.
func TestExpected(t *testing.T) {
	root := verifytest.Shared(t, "vectors")
	type row struct{ ok, bad int }
	rows := map[string]*row{}
	for s := bufio.NewScanner(bytes.NewReader(contents(t, filepath.Join(root, "EXPECTED.tsv")))); s.Scan(); {
		f := strings.Split(s.Text(), "\t")
		if len(f) < 5 || f[4] != "SIG_OK" && f[4] != "SIG_BAD" {
			continue
		}
		name, _, _ := strings.Cut(f[0], "::")
		if rows[name] == nil {
			rows[name] = &row{}
		}
		if f[4] == "SIG_OK" {
			rows[name].ok++
		} else {
			rows[name].bad++
		}
	}
	proofs := 0
	web := vectorWeb(t)
	for name, r := range rows {
		proofs += r.ok + r.bad
		b := payload(t, filepath.Join(root, name))
		v := judged(t, newVerifier(t, web, nil), Assertion{Payload: b}, Applicant{})
		good := v.Aspects.Integrity.State == verdict.Pass
		if why, ok := differ[name]; ok {
			if good == (r.ok > 0) {
				t.Errorf("%s is listed as differing, and does not (%s)", name, why)
			}
			continue
		}
		// One good proof of a set is enough.
		if want := r.ok > 0; good != want {
			t.Errorf("%s: integrity %s %s (%s), %d proofs good and %d bad", name, v.Aspects.Integrity.State, v.Aspects.Integrity.Reason, v.Aspects.Integrity.Detail, r.ok, r.bad)
		}
		if !good && v.Aspects.Integrity.State != verdict.Fail && r.bad > 0 && v.Aspects.Integrity.Reason != verdict.ContextNotPinned {
			// Without its contexts nobody can say what was signed.
			t.Errorf("%s: a bad signature is not a failure: %s", name, v.Aspects.Integrity.State)
		}
		if strings.Contains(name, "1edtech") && v.Result == verdict.Verified {
			t.Errorf("%s is verified, though nothing binds its key to its issuer", name)
		}
	}
	if proofs < 150 {
		t.Errorf("only %d proofs", proofs)
	}
	t.Logf("%d proofs in %d files", proofs, len(rows))
}
