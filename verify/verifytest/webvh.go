package verifytest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"assay/verify/rdf"

	"github.com/mr-tron/base58"
)

// WebVHEntry is an entry of a did:webvh's log as WebVHLog makes it. "{SCID}" stands for
// the SCID.
type WebVHEntry struct {
	Parameters map[string]any
	State      map[string]any // nil = that of the entry before, or one with Key for assertions
	Key        ed25519.PrivateKey
	Time       string // nil = a day after that of the entry before

	Before func(entry map[string]any) // changes it before it is hashed
	Hashed func(entry map[string]any) // before it is signed
	Signed func(entry map[string]any) // after
}

// WebVHLog gives a did:webvh at a place ("host.example:path") and its log.
func WebVHLog(place string, list ...WebVHEntry) (did, log string) {
	const mark = "{SCID}"
	scid, before := mark, mark
	var state map[string]any
	var out strings.Builder
	for i, e := range list {
		if e.State != nil {
			state = e.State
		} else if state == nil {
			id := "did:webvh:" + mark + ":" + place
			state = map[string]any{"@context": []any{"https://www.w3.org/ns/did/v1"}, "id": id, "assertionMethod": []any{
				map[string]any{"id": id + "#key", "type": "Multikey", "controller": id, "publicKeyMultibase": Multikey(e.Key)}}}
		}
		entry := map[string]any{"versionId": before, "versionTime": e.Time, "parameters": e.Parameters, "state": state}
		if e.Parameters == nil {
			entry["parameters"] = map[string]any{}
		}
		if e.Time == "" {
			entry["versionTime"] = Now.AddDate(0, 0, i-100).Format("2006-01-02T15:04:05Z")
		}
		if i == 0 {
			scid = Multihash(canonical(entry))
		}
		entry = Object(strings.ReplaceAll(string(JSON(entry)), mark, scid))
		if e.Before != nil {
			e.Before(entry)
		}
		entry["versionId"] = fmt.Sprintf("%d-%s", i+1, Multihash(canonical(entry)))
		if e.Hashed != nil {
			e.Hashed(entry)
		}
		m := Multikey(e.Key)
		entry["proof"] = []any{ProofJCS(entry, e.Key, "did:key:"+m+"#"+m)}
		before = entry["versionId"].(string)
		if e.Signed != nil {
			e.Signed(entry)
		}
		out.Write(JSON(entry))
		out.WriteByte('\n')
	}
	return "did:webvh:" + scid + ":" + place, out.String()
}

// ProofJCS gives a proof of eddsa-jcs-2022 over any object, which need be no credential;
// kv are members of the proof that are other than usual.
func ProofJCS(doc map[string]any, key ed25519.PrivateKey, method string, kv ...string) map[string]any {
	config := map[string]any{"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "created": "2026-08-01T00:00:00Z", "verificationMethod": method, "proofPurpose": "assertionMethod"}
	for i := 0; i+1 < len(kv); i += 2 {
		config[kv[i]] = kv[i+1]
	}
	plain := maps.Clone(doc)
	delete(plain, "proof")
	a, b := sha256.Sum256(canonical(config)), sha256.Sum256(canonical(plain))
	config["proofValue"] = "z" + base58.Encode(ed25519.Sign(key, slices.Concat(a[:], b[:])))
	return config
}

// Multihash gives the SHA-256 of data as a multihash in base58btc.
func Multihash(data []byte) string {
	sum := sha256.Sum256(data)
	return base58.Encode(append([]byte{0x12, 0x20}, sum[:]...))
}

func canonical(v map[string]any) []byte {
	b, err := rdf.CanonicalJSON(Clone(v))
	if err != nil {
		panic(err)
	}
	return b
}
