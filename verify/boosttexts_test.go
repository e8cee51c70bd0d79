//go:build knowncontexts

package verify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/verify/contexts"
	"assay/verify/fetch"
	"assay/verify/verifytest"
)

// TestBoostTexts judges badges as LearnCard makes them by its own texts, which
// are not in the repository: the folder that ASSAY_KNOWN_CONTEXTS names has them, by
// host and path. On both data models, fetched and from the folder.
func TestBoostTexts(t *testing.T) {
	dir := os.Getenv("ASSAY_KNOWN_CONTEXTS")
	if dir == "" {
		t.Fatal("ASSAY_KNOWN_CONTEXTS names no folder with the texts")
	}
	did, _ := verifytest.DIDKey(issuerKey)
	for _, edition := range []string{"1.0.0", "1.0.1", "1.0.2", "1.0.3"} {
		u := "https://ctx.learncard.com/boosts/" + edition + ".json"
		text, err := os.ReadFile(filepath.Join(dir, strings.TrimPrefix(u, "https://")))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range []m{badge(did), with(badgeV1(did), m{"@context": []any{"https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json", "https://w3id.org/security/data-integrity/v2"}})} {
			b["type"] = []any{"VerifiableCredential", "OpenBadgeCredential", "BoostCredential"}
			b["boostId"], b["display"] = "urn:x:boost", m{"backgroundColor": "#fff", "displayType": "badge"}
			b["attachments"] = []any{m{"title": "t", "type": "link", "url": "https://files.example/"}}
			b["skills"] = []any{m{"category": "durable", "skill": "teamwork", "subskills": []any{"listening"}}}
			signed := extended(b, m{u: string(text)}, u)
			w := issuers()
			w.Put(u, string(text))
			for _, v := range []Verdict{judgeWith(t, w, contexts.Options{}, signed), judgeWith(t, fetch.Offline(), contexts.Options{Folder: dir}, signed)} {
				wantVerified(t, v)
				if len(v.Credential.Alignments) != 3 {
					t.Errorf("%s: %+v", edition, v.Credential.Alignments)
				}
			}
		}
	}
}
