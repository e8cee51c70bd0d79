package vc

import (
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// otherForm names a Verifiable Credential of a kind that is no badge and that has a
// name of its own: Blockcerts 3, OpenAttestation 3 and 4.
func otherForm(o read.Object) (verdict.Format, verdict.Reason, bool) {
	contexts := strings.Join(o.Strs("@context"), " ")
	var proofs []string
	for _, p := range o.Objs("proof") {
		proofs = append(proofs, p.Strs("type")...)
	}
	has := func(prefix string) bool {
		for _, p := range proofs {
			if strings.HasPrefix(p, prefix) {
				return true
			}
		}
		return false
	}
	switch {
	case o.IsType("BlockcertsCredential"), strings.Contains(contexts, "w3id.org/blockcerts/"), has("MerkleProof20"):
		return verdict.Blockcerts, verdict.SuiteUnsupported, true
	case strings.Contains(contexts, "openattestation.com/"), has("OpenAttestation"), o.IsType("OpenAttestationCredential"):
		return verdict.OpenAttest, verdict.OpenAttestation, true
	}
	return "", "", false
}
