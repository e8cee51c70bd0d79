package rdf

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The bundle equals, as JSON, the documents that their owners publish.
func TestBundleEqualsPublished(t *testing.T) {
	dir := shared(t, "vectors", "contexts")
	var published map[string]struct{ File string }
	data, err := os.ReadFile(filepath.Join(dir, "MAP.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &published); err != nil {
		t.Fatal(err)
	}
	for u, file := range map[string]string{
		"https://w3id.org/openbadges/legacy-v1":                  "1edtech-ob0-2/v1/legacy-v1.json",
		"https://purl.imsglobal.org/spec/ob/v2p1/ob_v2p1.jsonld": "1edtech-ob2p1/ob_v2p1.jsonld",
	} {
		published[u] = struct{ File string }{file} // MAP.json names them by no address
	}
	variants := map[string]string{"1edtech-validator": "1edtech-public-validator/ob-v3p0-3.0.3.json"}
	compared := 0
	for _, s := range Bundle() {
		file := published[s.URL].File
		if s.Variant != "" {
			file = variants[s.Variant]
		}
		if file == "" {
			t.Errorf("%s (%s): nothing to compare with", s.URL, s.Variant)
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		var ours, theirs any
		if err := json.Unmarshal(s.Data, &ours); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &theirs); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(theirs, ours); d != "" {
			t.Errorf("%s: %s", s.URL, d)
		}
		compared++
	}
	if compared != len(bundle) {
		t.Errorf("%d of %d compared", compared, len(bundle))
	}
}

// Where a specification publishes the digest of its context, ours has it, so
// that a relatedResource of a credential can be compared.
func TestPublishedDigests(t *testing.T) {
	published := map[string]string{
		"https://www.w3.org/ns/credentials/v2":        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734", // VCDM 2.0 §B.1
		"https://w3id.org/security/data-integrity/v2": "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4", // VC Data Integrity §2.4
		"https://w3id.org/security/multikey/v1":       "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597", // the same
	}
	for _, s := range Bundle() {
		if want, ok := published[s.URL]; ok && s.SHA256 != want {
			t.Errorf("%s: %s, published %s", s.URL, s.SHA256, want)
		}
	}
}

// TestAttack38PinnedContexts: a file that is not the pinned one is never used.
func TestAttack38PinnedContexts(t *testing.T) {
	for _, b := range bundle {
		data, err := bundleFiles.ReadFile("contexts/" + b.file)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != b.sha256 {
			t.Errorf("%s is not the pinned one", b.file)
		}
		b.sha256 = "zz" + b.sha256[2:]
		if _, err := load(b); !errors.Is(err, ErrBundle) {
			t.Errorf("%s with another digest: got %v, want ErrBundle", b.file, err)
		}
	}
}

func TestCheckContext(t *testing.T) {
	const (
		v1   = "https://www.w3.org/2018/credentials/v1"
		v2   = "https://www.w3.org/ns/credentials/v2"
		ob   = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
		ob1  = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"
		clr  = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
		ext  = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
		ed   = "https://w3id.org/security/suites/ed25519-2020/v1"
		di   = "https://w3id.org/security/data-integrity/v2"
		exam = "https://www.w3.org/ns/credentials/examples/v2"
	)
	list := func(l ...any) any { return l }
	for _, tt := range []struct {
		desc  string
		value any
		ok    bool
	}{
		{"data model alone", v2, true},
		{"data model alone in a list", list(v1), true},
		{"Open Badges", list(v2, ob), true},
		{"Open Badges with extensions and suites", list(v1, ob1, ext, ed, di), true},
		{"suites in another order", list(v1, ob1, di, ed), true},
		{"CLR before Open Badges", list(v2, clr, ob, ext), true},
		{"general vocabulary", list(v2, exam, ed), true},
		{"CLR after Open Badges", list(v2, ob, clr), true},
		{"Open Badges first", list(ob, v2), false},
		{"Open Badges alone", ob, false},
		{"suite before Open Badges", list(v2, ed, ob), true},
		{"extensions before Open Badges", list(v2, ext, ob), true},
		{"two data models", list(v2, v1, ob), false},
		{"the data model twice", list(v2, ob, v2), true},
		{"two editions of Open Badges", list(v2, ob1, ob), false},
		{"two editions of CLR", list(v2, "https://purl.imsglobal.org/spec/clr/v2p0/context.json", clr, ob), false},
		{"two addresses of one edition", list(v1, "https://purl.imsglobal.org/spec/ob/v3p0/context.json", "https://purl.imsglobal.org/spec/ob/v3p0/context/ob_v3p0.jsonld"), true},
		{"Open Badges twice", list(v2, ob, ob), true},
		{"one twice", list(v2, ob, ed, ed), true},
		{"general vocabulary beside Open Badges", list(v2, ob, exam), false},
		{"general vocabulary before Open Badges", list(v2, exam, ob), false},
		{"general vocabulary beside CLR", list(v2, clr, exam), false},
		{"more than a credential has", append(list(v2).([]any), slices.Repeat(list(di).([]any), maxContexts)...), false},
		{"object that adds a term", list(v2, ob, map[string]any{"gpa": "https://e/gpa"}), true},
		{"object first", list(map[string]any{"gpa": "https://e/gpa"}, v2, ob), false},
		{"object beside a general vocabulary", list(v2, exam, map[string]any{"gpa": "https://e/gpa"}), false},
		{"object that redefines a term", list(v2, ob, map[string]any{"name": "https://e/name"}), false},
		{"object alone", map[string]any{"@vocab": "https://e/"}, false},
		{"null in the list", list(v2, ob, nil), false},
		{"null", nil, false},
		{"empty list", list(), false},
		{"http instead of https", list(v2, "http://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"), false},
		{"look-alike host", list(v2, "https://purl.imsgIobal.org/spec/ob/v3p0/context-3.0.3.json"), false},
		{"trailing slash", list("https://www.w3.org/ns/credentials/v2/", ob), false},
		{"with a query", list(v2, ob+"?x=1"), false},
		{"unknown version", list(v2, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.9.json"), false},
		{"list in the list", list(v2, list(ob)), false},
		{"Open Badges 1", list(v1, "https://w3id.org/openbadges/v1"), false},
		{"Open Badges 1, legacy", list(v1, "https://w3id.org/openbadges/legacy-v1"), false},
		{"Open Badges 2", list(v2, "https://w3id.org/openbadges/v2"), false},
		{"Open Badges 2 before a suite", list(v2, "https://w3id.org/openbadges/v2", di), false},
		{"Open Badges 2 first", list("https://w3id.org/openbadges/v2", v2), false},
		{"Open Badges 2 alone", "https://w3id.org/openbadges/v2", false},
		{"Open Badges 2.1", list(v2, "https://purl.imsglobal.org/spec/ob/v2p1/context/ob_v2p1.jsonld"), false},
		{"Open Badges 2.1, the other address", list(v2, ob, "https://purl.imsglobal.org/spec/ob/v2p1/ob_v2p1.jsonld"), false},
	} {
		err := CheckContext(tt.value, nil)
		if tt.ok != (err == nil) || err != nil && !errors.Is(err, ErrContext) {
			t.Errorf("%s: got %v, want ok %v", tt.desc, err, tt.ok)
		}
	}
}

// Every context of the bundle compiles, on both data models or on the one it
// is made for.
func TestBundleCompiles(t *testing.T) {
	cats, err := catalogues()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cats {
		for u, d := range c.docs {
			compiles := d.role == roleBase
			for _, base := range []string{"https://www.w3.org/2018/credentials/v1", "https://www.w3.org/ns/credentials/v2"} {
				a, err := c.empty.withDocument(c.docs[base])
				if err != nil {
					t.Fatal(err)
				}
				if d.role == roleBase {
					continue
				}
				a, err = a.withDocument(d)
				if err != nil {
					continue
				}
				ok := true
				for _, term := range a.terms {
					if term.scope == nil {
						continue
					}
					if _, err := a.withType(term.scope); err != nil {
						ok = false
					}
				}
				compiles = compiles || ok
			}
			if !compiles {
				t.Errorf("%s: compiles on no data model", u)
			}
		}
	}
}

// NOTICE says where every context comes from, under which licence, and its
// digest.
func TestNotice(t *testing.T) {
	notice, err := os.ReadFile(filepath.Join("..", "..", "NOTICE"))
	if err != nil {
		t.Fatal(err)
	}
	entries := make(map[string]string)
	for _, e := range strings.Split(string(notice), "\n\n") {
		name, rest, _ := strings.Cut(strings.TrimSpace(e), "\n")
		entries[name] = rest
	}
	for _, b := range bundle {
		e := entries[b.file]
		for _, want := range []string{b.url, "source   ", "licence  ", "sha256   " + b.sha256} {
			if !strings.Contains(e, want) {
				t.Errorf("%s: NOTICE lacks %q", b.file, want)
			}
		}
	}
}
