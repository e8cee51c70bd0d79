package verifytest

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
)

// Concealed is an SD-JWT as its issuer gives it to its holder (RFC 9901 §4).
type Concealed struct {
	Signed      string   // the part that is signed
	Disclosures []string // one a path, in their order
}

// Conceal signs a payload in which the claims at some paths are digests. A step of
// a path is the name of a member or the place of an element ("result.0"); of two
// paths, one of which goes on from the other, the longer comes first. Salts are the
// places of the paths.
func Conceal(header, payload map[string]any, k crypto.Signer, paths ...string) *Concealed {
	c, doc := new(Concealed), Clone(payload)
	for i, path := range paths {
		steps := strings.Split(path, ".")
		var holder any = doc
		for _, s := range steps[:len(steps)-1] {
			holder = step(holder, s)
		}
		last := steps[len(steps)-1]
		disclosed := []any{"salt" + strconv.Itoa(i)}
		o, isObject := holder.(map[string]any)
		if isObject {
			disclosed = append(disclosed, last)
		}
		text := base64.RawURLEncoding.EncodeToString(JSON(append(disclosed, step(holder, last))))
		c.Disclosures = append(c.Disclosures, text)
		if isObject {
			delete(o, last)
			sd, _ := o["_sd"].([]any)
			o["_sd"] = append(sd, SDDigest(text))
			continue
		}
		at, err := strconv.Atoi(last)
		if err != nil {
			panic(err)
		}
		holder.([]any)[at] = map[string]any{"...": SDDigest(text)}
	}
	c.Signed = string(Compact(header, JSON(doc), k))
	return c
}

func step(v any, s string) any {
	if list, ok := v.([]any); ok {
		at, err := strconv.Atoi(s)
		if err != nil {
			panic(err)
		}
		return list[at]
	}
	return v.(map[string]any)[s]
}

// SDDigest is the digest of a disclosure by SHA-256.
func SDDigest(disclosure string) string {
	h := sha256.Sum256([]byte(disclosure))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// Show gives the SD-JWT with some of its disclosures, by their places.
func (c *Concealed) Show(which ...int) []byte {
	var b strings.Builder
	b.WriteString(c.Signed + "~")
	for _, i := range which {
		b.WriteString(c.Disclosures[i] + "~")
	}
	return []byte(b.String())
}

// Bind adds the proof of a holder's key to an SD-JWT (RFC 9901 §4.3). change alters
// its claims.
func Bind(sd []byte, header map[string]any, k crypto.Signer, change ...func(claims map[string]any)) []byte {
	claims := map[string]any{"iat": 1767225600, "aud": "https://verifier.example", "nonce": "n", "sd_hash": SDDigest(string(sd))}
	for _, f := range change {
		f(claims)
	}
	return append(append([]byte(nil), sd...), Compact(header, JSON(claims), k)...)
}
