package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/verify/read"
)

// shared gives a path in the shared test data, or skips.
func shared(t testing.TB, elem ...string) string {
	t.Helper()
	return testenv.Shared(t, elem...)
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parseDoc(t testing.TB, data []byte) map[string]any {
	t.Helper()
	v, err := read.Parse(data, read.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return v.(map[string]any)
}

var errNoKey = errors.New("test: no key")

// fragmentKeys reads the key from the method's own text, as these vectors
// have it: signature arithmetic only, nothing is bound to anyone.
func fragmentKeys(_ context.Context, method string) ([]*Key, error) {
	value := method[strings.LastIndexAny(method, "#")+1:]
	if !strings.HasPrefix(value, "z") {
		value = strings.TrimPrefix(method, "did:key:")
	}
	pub, err := ParseMultikey(value)
	if err != nil {
		return nil, err
	}
	return []*Key{{ID: method, Public: pub, Assertion: true}}, nil
}

var testNow = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// baked gives the credential in a baked image of the vectors.
func baked(t testing.TB, path string) []byte {
	data := readFile(t, path)
	from := max(0, bytes.Index(data, []byte("openbadgecredential")))
	from += bytes.IndexByte(data[from:], '{')
	dec := json.NewDecoder(bytes.NewReader(data[from:]))
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		t.Fatal(err)
	}
	return raw
}

// stricter lists the rows of EXPECTED.tsv whose signature holds by arithmetic
// and which assay refuses all the same.
var stricter = map[string]struct {
	err error
	why string
}{
	"dcc-vc-test-fixtures/verifiableCredentials/v2/dataIntegrityProof/didKey/twoOIDF-revoked-notExpired-badSchema.json 0": {ErrContext, "a context object in the document gives a known term another IRI"},
}

// otherwise gives rows whose measurement is known to be at fault.
var otherwise = map[string]string{
	// Measured with SHA-256 for all canonicalization; P-384 needs SHA-384.
	"w3c-vc-di-ecdsa/ecdsa-rdfc-2019-p384/employ/signedECDSAP384.json 0": "SIG_OK",
}

func TestExpectedVectors(t *testing.T) {
	dir := shared(t, "vectors")
	count := map[string]int{}
	for i, line := range strings.Split(strings.TrimSpace(string(readFile(t, filepath.Join(dir, "EXPECTED.tsv")))), "\n") {
		f := strings.Split(line, "\t")
		if i == 0 || strings.HasPrefix(f[2], "JWS") {
			continue
		}
		n, err := strconv.Atoi(f[1])
		if err != nil {
			t.Fatal(err)
		}
		t.Run(f[0]+" "+f[1], func(t *testing.T) {
			path, image, _ := strings.Cut(f[0], "::")
			path = filepath.Join(dir, filepath.FromSlash(path))
			var data []byte
			if image != "" {
				data = baked(t, path)
			} else {
				data = readFile(t, path)
			}
			v, err := read.Parse(data, read.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			results, err := VerifyDataIntegrity(context.Background(), v.(map[string]any), DIOptions{Keys: fragmentKeys, Now: testNow})
			if err != nil {
				t.Fatal(err)
			}
			r := results[n]
			if r.Suite != f[2] {
				t.Errorf("suite: got %s, want %s", r.Suite, f[2])
			}
			want := strings.Fields(f[4])[0]
			if w, ok := otherwise[f[0]+" "+f[1]]; ok {
				want = w
			}
			if s, ok := stricter[f[0]+" "+f[1]]; ok {
				if !errors.Is(r.Err, s.err) {
					t.Errorf("got %v, want %v (%s)", r.Err, s.err, s.why)
				}
				count["stricter"]++
				return
			}
			count[want]++
			switch want {
			case "SIG_OK":
				if r.Err != nil || r.Document == nil {
					t.Errorf("got %v, want a good signature", r.Err)
				}
			case "SIG_BAD":
				// A document that would lose statements is refused before
				// its signature is looked at.
				if !errors.Is(r.Err, ErrSignature) && !errors.Is(r.Err, ErrDataLoss) && !errors.Is(r.Err, ErrContext) {
					t.Errorf("got %v, want a bad signature", r.Err)
				}
				if r.Document != nil {
					t.Error("a document without a good signature")
				}
			default:
				t.Logf("%s: %v", f[4], r.Err)
			}
		})
	}
	if count["SIG_OK"] < 158 || count["SIG_BAD"] < 15 {
		t.Errorf("rows judged: %v", count)
	}
	t.Log(count)
}
