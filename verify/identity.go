package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"assay/verify/verdict"
)

// identity names the credential that a badge is: the same for one that was baked
// twice, is hosted, or comes as a token or with other parts disclosed. Issuer and
// id name it (OB2 "Assertion" id; OB3 "AchievementCredential" id). An Open Badge
// of before 2.0 is what its address is, which its holder can write in many ways,
// and so is one without an id: what it says names these. Nothing that was not
// proven has an identity: anybody could copy another's.
func identity(v *Verdict) string {
	c := &v.Credential
	if v.Aspects.Integrity.State != verdict.Pass || v.Aspects.Issuer.State != verdict.Pass || c.Issuer.ID == "" {
		return ""
	}
	h := sha256.New()
	part := func(s string) { fmt.Fprintf(h, "%d %s\n", len(s), s) }
	part(c.Issuer.ID)
	old := v.Format == verdict.OB05 || v.Format == verdict.OB10 || v.Format == verdict.OB11
	if c.ID != "" && !old {
		part("id")
		part(c.ID)
		return hex.EncodeToString(h.Sum(nil))
	}
	part("content")
	part(c.AchievementID)
	part(c.Name)
	part(c.Issued.UTC().Format(time.RFC3339))
	part(c.SubjectID)
	var who []string
	for _, id := range c.Identities {
		who = append(who, id.Kind+"\x00"+id.Value+"\x00"+id.Salt)
	}
	slices.Sort(who)
	for _, w := range who {
		part(w)
	}
	return hex.EncodeToString(h.Sum(nil))
}
