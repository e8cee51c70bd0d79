package vc

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verdict"
)

// A seal (JAdES) is judged by its certificate: whoever that names is the issuer, not
// whom the credential names. That the certificate's key signed makes it an issuer
// that anybody can be; who stands behind it is known only where its chain ends in a
// root that the operator gave, and then it is the organisation that the certificate
// names (ETSI EN 319 412-3). The certificates are those of the seal alone: nothing is
// fetched, so that whether one was revoked (CRL, OCSP) is not looked at, and the
// evidence says so. Timestamps of others (RFC 3161) are not read.

// Sealed gives the verdict on a credential that seals vouch for, but for recipient,
// standing and result; ok is false where what is sealed is no European Digital
// Credential.
func (g *Judge) Sealed(ctx context.Context, env Env, seals []*proof.Seal) (v verdict.Verdict, ok bool) {
	c := &credential{judge: g, ctx: ctx, env: env}
	c.v.Format = verdict.EDC
	best := -1
	var taken judgedSeal
	for _, s := range seals {
		doc, err := read.ParseDocument(s.Payload)
		if err != nil || !isEDC(doc) {
			continue
		}
		j := judgeSeal(s, env)
		n := 0
		switch {
		case j.integrity.State == verdict.Pass && j.issuer.State == verdict.Pass && j.backing.Level == verdict.LevelDomain:
			n = 4
		case j.integrity.State == verdict.Pass && j.issuer.State == verdict.Pass:
			n = 3
		case j.integrity.State == verdict.Pass:
			n = 2
		case j.integrity.State == verdict.Unknown:
			n = 1
		}
		if n > best {
			// What is read is what this very seal is over.
			best, taken, c.doc = n, j, doc
		}
		if j.integrity.State == verdict.Fail && len(seals) > 1 {
			c.warn(verdict.WarnMalformedProof)
		}
	}
	if best < 0 {
		return v, false
	}
	c.in = Input{Object: c.doc}
	c.sealed(&taken)
	return c.v, true
}

// judgedSeal is a seal and what it says.
type judgedSeal struct {
	seal              *proof.Seal
	integrity, issuer verdict.Aspect
	by                verdict.Party
	backing           verdict.Backing
	shown             *verdict.Seal
}

// sealed judges the credential by a seal.
func (c *credential) sealed(j *judgedSeal) {
	a := &c.v.Aspects
	c.v.Proof = strings.TrimSpace("jades " + j.seal.Alg)
	a.Integrity, a.Issuer = j.integrity, j.issuer
	c.v.Backing, c.v.Seal = j.backing, j.shown
	if len(j.seal.Certificates) > 0 && j.integrity.State == verdict.Pass {
		if t, err := proof.Thumbprint(j.seal.Certificates[0].PublicKey); err == nil {
			c.v.Signer = t
		}
	}
	if c.namesKey() {
		c.warn(verdict.WarnHolderKey)
	}
	var err error
	if c.tree, err = tree(c.doc, true, false); err != nil {
		if a.Integrity.State != verdict.Fail {
			a.Integrity = proof.Aspect(err)
		}
		c.tree = read.Object{}
	}
	c.conformance()
	c.readClaims()
	cred := &c.v.Credential
	if claimed := cred.Issuer; claimed.Name != "" && claimed.Name != j.by.Name && cred.Creator.Name == "" {
		cred.Creator = claimed
	}
	cred.Issuer = j.by
	if cred.Creator.Name != "" && cred.Creator.Name != cred.Issuer.Name {
		c.warn(verdict.WarnOtherCreator)
	} else {
		cred.Creator = verdict.Party{}
	}
	c.dates()
	if a.Integrity.State == verdict.Pass && a.Issuer.State != verdict.Fail {
		c.status()
	}
}

// judgeSeal checks a seal and asks whose it is.
func judgeSeal(s *proof.Seal, env Env) judgedSeal {
	j := judgedSeal{seal: s, integrity: verdict.Aspect{State: verdict.Pass}}
	if err := s.Verify(); err != nil {
		j.integrity = proof.Aspect(err)
		j.issuer = verdict.Aspect{State: verdict.Unknown, Reason: j.integrity.Reason}
	}
	if len(s.Certificates) == 0 {
		return j
	}
	leaf := s.Certificates[0]
	j.by = verdict.Party{ID: x509DID(leaf, leaf), Name: subjectName(leaf)}
	if j.integrity.State != verdict.Pass {
		return j
	}
	j.shown = &verdict.Seal{Subject: subjectName(leaf), Issuer: authorityName(leaf), From: leaf.NotBefore.UTC(), Until: leaf.NotAfter.UTC(), Signed: s.Signed}
	switch at := s.Signed; {
	case at.IsZero():
	case at.After(env.Now.Add(Skew)):
		j.integrity = verdict.Aspect{State: verdict.Fail, Reason: verdict.ProofExpired, Detail: "the seal is dated in the future"}
	case at.Before(leaf.NotBefore):
		j.integrity = verdict.Aspect{State: verdict.Fail, Reason: verdict.ProofExpired, Detail: "the seal is dated before its certificate"}
	}
	sum := sha256.Sum256(leaf.Raw)
	j.issuer = sealTime(s, leaf, env.Now)
	j.issuer.Evidence = []verdict.Evidence{{At: env.Now.UTC(), SHA256: hex.EncodeToString(sum[:]), Note: "the certificate of the seal; whether it was revoked was not looked at"}}
	j.backing = verdict.Backing{Level: verdict.LevelKey, Counts: "key"}
	if root := chained(s, env); root != nil && organisation(leaf) {
		j.by.ID = x509DID(leaf, root)
		j.backing = verdict.Backing{Level: verdict.LevelDomain, Platform: authorityName(leaf), Counts: j.by.ID}
		j.shown.Vouched = true
	}
	return j
}

// sealTime says whether a certificate may seal, and could when the seal says that it
// was made. That time is the signer's word: once the certificate has run out, whoever
// has its key could date a seal back, so that it proves nothing any more.
func sealTime(s *proof.Seal, leaf *x509.Certificate, now time.Time) verdict.Aspect {
	fail := func(r verdict.Reason, detail string) verdict.Aspect {
		return verdict.Aspect{State: verdict.Fail, Reason: r, Detail: detail}
	}
	switch {
	case leaf.KeyUsage != 0 && leaf.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0:
		return fail(verdict.KeyNotAssertion, "the certificate of the seal is not for signatures")
	case otherPurpose(leaf):
		return fail(verdict.KeyNotAssertion, "the certificate of the seal is for another purpose")
	case !s.Signed.IsZero() && s.Signed.After(leaf.NotAfter):
		return fail(verdict.KeyExpired, "sealed after the time of its certificate")
	case now.After(leaf.NotAfter):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.KeyOutdated, Detail: "the certificate of the seal has run out since, and nothing dated shows that the seal was made before"}
	}
	return verdict.Aspect{State: verdict.Pass}
}

// Purposes of certificates that seal documents (RFC 9336; Microsoft's and Adobe's of
// before).
var documentPurposes = []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 36}, {1, 3, 6, 1, 4, 1, 311, 10, 3, 12}, {1, 2, 840, 113583, 1, 1, 5}}

// otherPurpose reports whether a certificate names its purposes, and each is one that
// no document is sealed for.
func otherPurpose(c *x509.Certificate) bool {
	for _, u := range c.ExtKeyUsage {
		switch u {
		case x509.ExtKeyUsageCodeSigning, x509.ExtKeyUsageTimeStamping, x509.ExtKeyUsageOCSPSigning:
		default:
			return false
		}
	}
	return len(c.ExtKeyUsage) > 0 && len(c.UnknownExtKeyUsage) == 0
}

// forDocuments reports whether a certificate is for documents or mail, among other
// purposes or because it names none.
func forDocuments(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	for _, u := range c.ExtKeyUsage {
		if u == x509.ExtKeyUsageAny || u == x509.ExtKeyUsageEmailProtection {
			return true
		}
	}
	return slices.ContainsFunc(c.UnknownExtKeyUsage, func(u asn1.ObjectIdentifier) bool {
		return slices.ContainsFunc(documentPurposes, u.Equal)
	})
}

// chained gives the root in which the chain of a seal's certificate ends, nil where it
// ends in none of the operator's. The chain must hold when the seal says that it was
// made, and now.
func chained(s *proof.Seal, env Env) *x509.Certificate {
	if env.SealRoots == nil {
		return nil
	}
	o := x509.VerifyOptions{Roots: env.SealRoots, Intermediates: x509.NewCertPool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	for _, c := range s.Certificates[1:] {
		o.Intermediates.AddCert(c)
	}
	var root *x509.Certificate
	for _, at := range []time.Time{s.Signed, env.Now} {
		if at.IsZero() {
			continue
		}
		o.CurrentTime = at
		chains, err := s.Certificates[0].Verify(o)
		if err != nil || len(chains) == 0 {
			return nil
		}
		root = chains[0][len(chains[0])-1]
	}
	return root
}

// Attributes of a subject (X.520) that crypto/x509 has no names for.
var (
	oidSurname      = asn1.ObjectIdentifier{2, 5, 4, 4}
	oidGivenName    = asn1.ObjectIdentifier{2, 5, 4, 42}
	oidPseudonym    = asn1.ObjectIdentifier{2, 5, 4, 65}
	oidOrganisation = asn1.ObjectIdentifier{2, 5, 4, 97} // organizationIdentifier
)

// attribute gives the values of an attribute of a subject.
func attribute(c *x509.Certificate, oid asn1.ObjectIdentifier) (out []string) {
	for _, n := range c.Subject.Names {
		if s, ok := n.Value.(string); ok && n.Type.Equal(oid) {
			out = append(out, s)
		}
	}
	return out
}

// organisation reports whether a certificate is one of an organisation and no
// person's: it names exactly one, by its identifier or as the only name (ETSI EN 319
// 412-3 §4.2), and no given name, surname or pseudonym. A person's may name the
// organisation that they belong to, and do not speak for.
func organisation(c *x509.Certificate) bool {
	o := c.Subject.Organization
	if len(o) != 1 || strings.TrimSpace(read.Printable(o[0])) == "" || o[0] != read.Printable(o[0]) {
		return false
	}
	if len(attribute(c, oidSurname))+len(attribute(c, oidGivenName))+len(attribute(c, oidPseudonym)) > 0 {
		return false
	}
	if !forDocuments(c) {
		return false // that of a server or a client, which another keeps for it
	}
	cn := c.Subject.CommonName
	return len(attribute(c, oidOrganisation)) == 1 || cn == "" || cn == o[0]
}

// maxName bounds a name out of a certificate, in bytes.
const maxName = 200

// subjectName is what a certificate calls its subject: the organisation of an
// organisation's, else the common name.
func subjectName(c *x509.Certificate) string {
	name := c.Subject.CommonName
	if organisation(c) || name == "" {
		name = strings.Join(c.Subject.Organization, ", ")
	}
	if p := attribute(c, oidPseudonym); len(p) > 0 {
		name = "pseudonym " + strings.Join(p, ", ")
	}
	return read.Cut(strings.TrimSpace(read.Printable(name)), maxName)
}

// authorityName is what a certificate calls the authority that made it.
func authorityName(c *x509.Certificate) string {
	name := c.Issuer.CommonName
	if name == "" {
		name = strings.Join(c.Issuer.Organization, ", ")
	}
	return read.Cut(strings.TrimSpace(read.Printable(name)), maxName)
}

// x509DID names the subject of a certificate under an authority (did:x509, draft 0 of
// its authors): by the authority's fingerprint, and by what of the subject's name stays
// when the certificate is made anew. A certificate that nobody vouches for is its own.
func x509DID(c, authority *x509.Certificate) string {
	sum := sha256.Sum256(authority.Raw)
	var b strings.Builder
	b.WriteString("did:x509:0:sha256:" + base64.RawURLEncoding.EncodeToString(sum[:]) + "::subject")
	add := func(name string, values []string) {
		for _, v := range values {
			b.WriteString(":" + name + ":" + strings.ReplaceAll(url.QueryEscape(read.Cut(v, maxName)), "+", "%20"))
		}
	}
	add("C", c.Subject.Country)
	add("O", c.Subject.Organization)
	add("2.5.4.97", attribute(c, oidOrganisation))
	if !organisation(c) && c.Subject.CommonName != "" {
		add("CN", []string{c.Subject.CommonName})
	}
	return b.String()
}
