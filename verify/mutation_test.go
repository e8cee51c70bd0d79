package verify

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"sort"
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// slot is one value in a JSON document and how to replace it.
type slot struct {
	path   string
	value  any
	set    func(v any)
	remove func()
}

// slots lists every value in v.
func slots(v any, path string) (out []slot) {
	switch x := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(x))
		for k := range x {
			names = append(names, k)
		}
		sort.Strings(names)
		for _, k := range names {
			out = append(out, slot{path + "/" + k, x[k], func(v any) { x[k] = v }, func() { delete(x, k) }})
			out = append(out, slots(x[k], path+"/"+k)...)
		}
	case []any:
		for i := range x {
			at := fmt.Sprintf("%s/%d", path, i)
			out = append(out, slot{at, x[i], func(v any) { x[i] = v }, func() { x[i] = nil }})
			out = append(out, slots(x[i], at)...)
		}
	}
	return out
}

// mutate changes one field of a document and says how. A change that leaves
// the value as it was gives "".
func mutate(r *rand.Rand, doc m) (where, how string) {
	all := slots(doc, "")
	s := all[r.IntN(len(all))]
	text, isText := s.value.(string)
	switch n := r.IntN(7); {
	case n == 0:
		s.remove()
		return s.path, "removed"
	case n == 1 && isText && text != "":
		i := r.IntN(len(text))
		if text[i] == 'x' {
			s.set(text[:i] + "y" + text[i+1:])
		} else {
			s.set(text[:i] + "x" + text[i+1:])
		}
		return s.path, "one character"
	case n == 2 && isText:
		s.set(text + "x")
		return s.path, "longer"
	case n == 3:
		s.set("something else entirely")
		return s.path, "replaced"
	case n == 4:
		s.set([]any{s.value, "urn:x:another"})
		return s.path, "one more"
	case n == 5:
		if o, ok := s.value.(map[string]any); ok {
			o["name2"] = "x"
			return s.path, "member added"
		}
		s.set(m{"id": "urn:x:another"})
		return s.path, "object in its place"
	case n == 6 && isText:
		s.set(strings.ToUpper(text))
		if strings.ToUpper(text) == text {
			return s.path, ""
		}
		return s.path, "capitals"
	}
	return s.path, ""
}

// unsignedFields are the places where a change leaves a badge what it is,
// because its specification does not sign them:
//
//   - entries of @context that no term of the badge rests on: a Data Integrity
//     proof over RDF signs statements, and a context is none;
//   - null and what is as good as null, where a statement was none before;
//   - that a JCS proof writes the context that it was signed with, which is the
//     document's.
//
// A change there may verify, and then must claim the very same.
func unsignedField(where, how string) bool {
	return strings.HasPrefix(where, "/@context") || where == "/proof/@context" && how == "removed"
}

// TestMutations changes one field of a signed badge, some thousand times: none
// is verified, and none authentic.
func TestMutations(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	ob2 := ob2Web()
	ob2.Put(ob2Profile, with(verifytest.Object(ob2.Answers[ob2Profile].Body), m{"publicKey": "https://issuer.example/key"}))
	ob2.Put("https://issuer.example/key", m{"@context": ob2Context, "type": "CryptographicKey", "id": "https://issuer.example/key", "owner": ob2Profile, "publicKeyPem": verifytest.PEM(issuerKey.Public())})
	ob2Signed := with(ob2Badge(), m{"id": "urn:uuid:1", "verification": m{"type": "signed", "creator": "https://issuer.example/key"}})

	token := func(b []byte) func(r *rand.Rand) ([]byte, string, string) {
		parts := strings.Split(string(b), ".")
		return func(r *rand.Rand) ([]byte, string, string) {
			n := r.IntN(10)
			if n < 2 { // the signature
				sig := []byte(parts[2])
				i := r.IntN(len(sig) - 1)
				if sig[i] == 'A' {
					sig[i] = 'B'
				} else {
					sig[i] = 'A'
				}
				return []byte(parts[0] + "." + parts[1] + "." + string(sig)), "/signature", "one character"
			}
			which := 1
			if n == 2 {
				which = 0
			}
			doc := verifytest.Object(string(unb64(parts[which])))
			where, how := mutate(r, doc)
			p := append([]string(nil), parts...)
			p[which] = b64(doc)
			if p[which] == parts[which] {
				how = ""
			}
			return []byte(strings.Join(p, ".")), where, how
		}
	}
	embedded := func(b m) func(r *rand.Rand) ([]byte, string, string) {
		return func(r *rand.Rand) ([]byte, string, string) {
			doc := verifytest.Clone(b)
			where, how := mutate(r, doc)
			return verifytest.JSON(doc), where, how
		}
	}
	jcs := verifytest.Secure(badge(did), issuerKey, method, "eddsa-jcs-2022")
	for _, tc := range []struct {
		desc string
		good []byte
		next func(r *rand.Rand) ([]byte, string, string)
		web  *verifytest.Web
		n    int
	}{
		{"OB3 eddsa-rdfc-2022", verifytest.JSON(secured()), embedded(secured()), issuers(), 2500},
		{"OB3 eddsa-jcs-2022", verifytest.JSON(jcs), embedded(jcs), issuers(), 1000},
		{"OB3 VC-JWT, VCDM 2.0", tokenOf(badge(did), m{"alg": "EdDSA", "kid": method}, issuerKey), token(tokenOf(badge(did), m{"alg": "EdDSA", "kid": method}, issuerKey)), issuers(), 1000},
		{"OB3 VC-JWT, VCDM 1.1", tokenOf(badgeV1(did), m{"alg": "EdDSA", "kid": method}, issuerKey), token(tokenOf(badgeV1(did), m{"alg": "EdDSA", "kid": method}, issuerKey)), issuers(), 1000},
		{"OB2 signed", verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(ob2Signed), issuerKey), token(verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(ob2Signed), issuerKey)), ob2, 1000},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			v := newVerifier(t, tc.web, nil)
			original := judged(t, v, Assertion{Payload: tc.good}, applicant)
			wantVerified(t, original)
			r := rand.New(rand.NewPCG(20261123, 1))
			tried, same := 0, 0
			for tried < tc.n {
				b, where, how := tc.next(r)
				if how == "" {
					continue
				}
				tried++
				got := judged(t, v, Assertion{Payload: b}, applicant)
				good := got.Result == verdict.Verified || got.Result == verdict.Authentic
				switch {
				case !good:
				case unsignedField(where, how) && got.Result == original.Result && reflect.DeepEqual(got.Credential, original.Credential):
					same++
				default:
					t.Errorf("%s %s: %s\n%s", where, how, short(got), b)
				}
			}
			t.Logf("%d mutations, %d of what is not signed", tried, same)
		})
	}
}
