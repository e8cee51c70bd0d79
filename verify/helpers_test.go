package verify

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"assay/verify/verifytest"
)

// judged is what v says of a badge; that nothing of ours is at fault, and that it
// keeps the one rule, is part of every test.
func judged(t testing.TB, v *Verifier, a Assertion, who Applicant) Verdict {
	t.Helper()
	out, err := v.Verify(context.Background(), a, who)
	if err != nil {
		t.Error(err)
	}
	for _, broken := range verifytest.OneRule(&out) {
		t.Error(broken)
	}
	return out
}

func hmac256(secret []byte, s string) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(s))
	return h.Sum(nil)
}

// encodedList gives a bitstring of n bits as a status list has it.
func encodedList(n int, bits ...int) string {
	b := make([]byte, n/8)
	for _, i := range bits {
		b[i/8] |= 1 << (7 - i%8)
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return "u" + base64.RawURLEncoding.EncodeToString(out.Bytes())
}

// clrOf gives a CLR 2.0 of an issuer that holds credentials.
func clrOf(issuer string, inner ...any) m {
	return m{
		"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":       "urn:uuid:c1", "type": []any{"VerifiableCredential", "ClrCredential"}, "name": "Record",
		"issuer": m{"id": issuer, "type": []any{"Profile"}, "name": "Example University"}, "validFrom": "2026-01-01T00:00:00Z",
		"credentialSubject": m{
			"type": []any{"ClrSubject"}, "id": "did:example:applicant",
			"identifier":           []any{m{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false, "identityHash": "applicant@example.org"}},
			"verifiableCredential": inner,
		},
	}
}

// tokenOfAny signs a credential on VCDM 2.0 by the issuer's key, without
// claims of its own.
func tokenOfAny(c m, header m) []byte {
	return verifytest.Compact(header, verifytest.JSON(c), issuerKey)
}

func unb64(s string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// write writes a file of a folder, with the folders that it is in.
func write(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
