package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// edc is a European Digital Credential of our own making.
func edc(change func(m)) m {
	b := m{
		"@context": []any{"https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap"},
		"id":       "urn:credential:5f7c0ab0", "type": []any{"VerifiableCredential", "EuropeanDigitalCredential"},
		"issuer":       m{"id": "urn:epass:org:1", "type": "Organisation", "legalName": m{"en": "Tidewater University"}},
		"issuanceDate": "2026-01-10T08:00:00Z", "issued": "2026-01-10T08:00:00Z",
		"displayParameter": m{"title": m{"en": "A diploma"}},
		"credentialSubject": m{
			"id": "urn:epass:person:1", "type": "Person", "fullName": m{"en": "Applicant One"},
			"contactPoint": m{"type": "ContactPoint", "emailAddress": m{"id": "mailto:applicant@example.org", "type": "Mailbox"}},
			"hasClaim": m{
				"id": "urn:epass:learningAchievement:1", "type": "LearningAchievement", "title": m{"de": "Nautik", "en": []any{"Nautical Science"}},
				"specifiedBy": m{"type": "Qualification", "title": m{"en": "Nautical Science, BSc"}, "learningOutcome": []any{
					m{"type": "LearningOutcome", "title": m{"en": "x"}, "relatedESCOSkill": []any{
						m{"id": "http://data.europa.eu/esco/skill/1", "prefLabel": m{"en": "work in teams"}}, m{"id": "urn:epass:x", "prefLabel": m{"en": "navigate"}}}},
				}},
				"hasPart": m{"type": "LearningAchievement", "title": m{"en": "Part"}, "specifiedBy": m{"learningOutcome": m{"relatedSkill": m{"prefLabel": m{"en": "sail"}}}}},
			},
		},
	}
	if change != nil {
		change(b)
	}
	return b
}

// authority is a certificate with its key.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

var (
	oidID        = asn1.ObjectIdentifier{2, 5, 4, 97}
	oidGiven     = asn1.ObjectIdentifier{2, 5, 4, 42}
	oidPseudonym = asn1.ObjectIdentifier{2, 5, 4, 65}
)

// certified makes a certificate by an authority, nil = by itself.
func certified(t testing.TB, by *authority, key crypto.Signer, change func(*x509.Certificate)) *authority {
	t.Helper()
	if key == nil {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: verifytest.Now.AddDate(-1, 0, 0), NotAfter: verifytest.Now.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, BasicConstraintsValid: true,
		Subject: pkix.Name{Country: []string{"SE"}, Organization: []string{"Tidewater University"}, CommonName: "Tidewater University"},
	}
	if change != nil {
		change(c)
	}
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return &authority{c, key}
}

// isAuthority makes a certificate one of an authority.
func isAuthority(name string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign
		c.Subject = pkix.Name{Organization: []string{name}, CommonName: name + " CA"}
	}
}

// seal seals a payload, as it is written where plain.
type seal struct {
	by     *authority
	chain  []*authority
	head   m // put over what is usual
	plain  bool
	signed string // sigT
	alg    string
}

func (s seal) part(t testing.TB, payload []byte) (protected, signature string) {
	t.Helper()
	sum := sha256.Sum256(s.by.cert.Raw)
	x5c := []any{base64.StdEncoding.EncodeToString(s.by.cert.Raw)}
	for _, c := range s.chain {
		x5c = append(x5c, base64.StdEncoding.EncodeToString(c.cert.Raw))
	}
	head := m{"alg": "ES256", "x5c": x5c, "x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:]), "sigT": "2026-01-12T08:00:00Z", "crit": []any{"sigT"}, "typ": "jose+json"}
	if s.signed != "" {
		head["sigT"] = s.signed
	}
	if s.plain {
		head["b64"], head["crit"] = false, []any{"b64", "sigT"}
	}
	switch s.by.key.(type) {
	case ed25519.PrivateKey:
		head["alg"] = "EdDSA"
	case *rsa.PrivateKey:
		head["alg"] = "RS256"
	}
	if s.alg != "" {
		head["alg"] = s.alg
	}
	maps.Copy(head, s.head)
	maps.DeleteFunc(head, func(_ string, v any) bool { return v == nil })
	protected = base64.RawURLEncoding.EncodeToString(verifytest.JSON(head))
	text := string(payload)
	if !s.plain {
		text = base64.RawURLEncoding.EncodeToString(payload)
	}
	input := []byte(protected + "." + text)
	var sig []byte
	var err error
	switch k := s.by.key.(type) {
	case *ecdsa.PrivateKey:
		h := sha256.Sum256(input)
		r, v, err := ecdsa.Sign(rand.Reader, k, h[:])
		if err != nil {
			t.Fatal(err)
		}
		sig = make([]byte, 64)
		r.FillBytes(sig[:32])
		v.FillBytes(sig[32:])
	case ed25519.PrivateKey:
		sig = ed25519.Sign(k, input)
	case *rsa.PrivateKey:
		h := sha256.Sum256(input)
		if s.alg == "PS256" {
			sig, err = rsa.SignPSS(rand.Reader, k, crypto.SHA256, h[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		} else {
			sig, err = rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, h[:])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return protected, base64.RawURLEncoding.EncodeToString(sig)
}

// sealed gives a document in the general JSON serialisation.
func sealed(t testing.TB, doc any, seals ...seal) m {
	t.Helper()
	payload := verifytest.JSON(doc)
	out := m{"payload": base64.RawURLEncoding.EncodeToString(payload)}
	var list []any
	for _, s := range seals {
		if s.plain {
			out["payload"] = string(payload)
		}
		protected, signature := s.part(t, payload)
		list = append(list, m{"protected": protected, "header": m{"etsiU": []any{"e30"}}, "signature": signature})
	}
	out["signatures"] = list
	return out
}

// sealJudge judges by the roots given.
func sealJudge(t testing.TB, accept verdict.Level, roots ...*authority) *Verifier {
	t.Helper()
	var b []byte
	for _, r := range roots {
		b = append(b, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.cert.Raw})...)
	}
	o := Options{Fetcher: verifytest.NewWeb(nil), Now: clock, Accept: accept}
	if len(roots) > 0 {
		var err error
		if o.SealRoots, err = LoadSealRoots(b); err != nil {
			t.Fatal(err)
		}
	}
	v, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestSeal: a European Digital Credential that is sealed is judged by its seal, in each
// form, and its twins that were altered or have run out are not good.
func TestSeal(t *testing.T) {
	t.Parallel()
	root := certified(t, nil, nil, isAuthority("Trust"))
	below := certified(t, root, nil, isAuthority("Trust Seals"))
	leaf := certified(t, below, nil, nil)
	ed := certified(t, root, verifytest.Ed25519(7), nil)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	byRSA := certified(t, root, rsaKey, nil)
	s := seal{by: leaf, chain: []*authority{below}}
	compact := func(s seal) []byte {
		p := verifytest.JSON(edc(nil))
		head, sig := s.part(t, p)
		return []byte(head + "." + base64.RawURLEncoding.EncodeToString(p) + "." + sig)
	}
	flat := sealed(t, edc(nil), s)
	one := flat["signatures"].([]any)[0].(m)
	flat = m{"payload": flat["payload"], "protected": one["protected"], "signature": one["signature"]}
	altered := sealed(t, edc(nil), s)
	altered["payload"] = base64.RawURLEncoding.EncodeToString(verifytest.JSON(edc(func(b m) { b["id"] = "urn:credential:other" })))
	for name, tc := range map[string]struct {
		badge any
		want  string
	}{
		"general":                       {sealed(t, edc(nil), s), "verified "},
		"flattened":                     {flat, "verified "},
		"compact":                       {compact(s), "verified "},
		"payload as it is":              {sealed(t, edc(nil), seal{by: leaf, chain: s.chain, plain: true}), "verified "},
		"EdDSA":                         {sealed(t, edc(nil), seal{by: ed}), "verified "},
		"RS256":                         {sealed(t, edc(nil), seal{by: byRSA}), "verified "},
		"PS256":                         {sealed(t, edc(nil), seal{by: byRSA, alg: "PS256"}), "verified "},
		"iat in place of sigT":          {sealed(t, edc(nil), seal{by: leaf, chain: s.chain, head: m{"sigT": nil, "crit": nil, "iat": 1768204800}}), "verified "},
		"no time":                       {sealed(t, edc(nil), seal{by: leaf, chain: s.chain, head: m{"sigT": nil, "crit": nil}}), "verified "},
		"two seals, of which one holds": {sealed(t, edc(nil), seal{by: leaf, chain: s.chain, head: m{"alg": "ES384"}}, s), "verified "},
		"altered":                       {altered, "rejected proof_invalid"},
		"expired":                       {sealed(t, edc(func(b m) { b["expirationDate"] = "2026-11-01T00:00:00Z" }), s), "expired expired"},
		"a right that has run out": {sealed(t, edc(func(b m) {
			b["credentialSubject"].(m)["hasClaim"] = m{"type": "LearningEntitlement", "title": m{"en": "x"}, "expiryDate": "2026-11-01T00:00:00Z"}
		}), s), "expired expired"},
		"another's": {sealed(t, edc(func(b m) {
			b["credentialSubject"].(m)["contactPoint"].(m)["emailAddress"].(m)["id"] = "mailto:other@example.org"
		}), s), "authentic recipient_mismatch"},
		"a status of another kind":          {sealed(t, edc(func(b m) { b["credentialStatus"] = m{"id": "https://x.example/1", "type": "EuropeanStatus"} }), s), "unknown"},
		"for whoever holds a key":           {sealed(t, edc(func(b m) { b["cnf"] = m{"jwk": m{}} }), s), "verified "},
		"a certificate that cannot be read": {sealed(t, edc(nil), seal{by: leaf, head: m{"x5c": []any{"MIIB"}, "x5t#S256": nil}}), "unsupported suite_unsupported"},
		"no certificate":                    {sealed(t, edc(nil), seal{by: leaf, head: m{"x5c": nil}}), "unsupported suite_unsupported"},
		"another document":                  {sealed(t, m{"type": "Invoice"}, s), "unsupported suite_unsupported"},
		"without its seal":                  {edc(nil), "unsupported unsealed"},
	} {
		t.Run(name, func(t *testing.T) {
			b, isText := tc.badge.([]byte)
			if !isText {
				b = verifytest.JSON(tc.badge)
			}
			got := judged(t, sealJudge(t, "", root), Assertion{Payload: b}, applicant)
			said := fmt.Sprint(got.Result, " ", got.Reason)
			if tc.want == "unknown" {
				if got.Result == verdict.Verified || got.Aspects.Status.Reason != verdict.StatusUnknownType {
					t.Errorf("%s, status %v", said, got.Aspects.Status)
				}
				return
			}
			if said != tc.want {
				t.Errorf("%s, want %s: %s", said, tc.want, short(got))
			}
		})
	}
	got := judged(t, sealJudge(t, "", root), Assertion{Payload: verifytest.JSON(sealed(t, edc(nil), s))}, applicant)
	c := got.Credential
	if c.Name != "Nautical Science" || len(c.Alignments) != 3 || c.Alignments[0].TargetURL != "http://data.europa.eu/esco/skill/1" || c.Alignments[1].TargetName != "navigate" || c.Alignments[1].TargetURL != "" || c.Alignments[2].TargetName != "sail" {
		t.Errorf("read as %+v", c)
	}
	if got.Format != verdict.EDC || got.Proof != "jades ES256" || c.Issuer.Shown != "Tidewater University, by Trust Seals CA" || got.Aspects.Standing.Level != verdict.LevelDomain {
		t.Errorf("%s %s, shown as %q, standing %v", got.Format, got.Proof, c.Issuer.Shown, got.Aspects.Standing)
	}
	if s := got.Seal; s == nil || s.Subject != "Tidewater University" || s.Issuer != "Trust Seals CA" || !s.Vouched || s.Signed.IsZero() {
		t.Errorf("seal %+v", got.Seal)
	}
}

// TestAttack399StolenFromAWallet: a credential that is made out to the key of a wallet
// counts for whom it names, with or without a proof of the key, and never for who has
// but a copy of it.
func TestAttack399StolenFromAWallet(t *testing.T) {
	root := certified(t, nil, nil, isAuthority("Trust Seals"))
	s := seal{by: certified(t, root, nil, nil), chain: []*authority{root}}
	holder := verifytest.Ed25519(77)
	key := m{"jwk": verifytest.JWK(holder.Public())}
	subject := func(change func(subject m)) []byte {
		return verifytest.JSON(sealed(t, edc(func(b m) { b["cnf"] = key; change(b["credentialSubject"].(m)) }), s))
	}
	thief := Applicant{Emails: []string{"thief@example.org"}, Name: "Applicant One"}
	judge := func(b []byte, who Applicant) Verdict {
		return judged(t, sealJudge(t, "", root), Assertion{Payload: b}, who)
	}
	own := judge(subject(func(m) {}), applicant)
	wantVerified(t, own)
	if len(own.Warnings) == 0 || own.Warnings[0] != verdict.WarnHolderKey {
		t.Errorf("it is not told: %v", own.Warnings)
	}
	wantReason(t, judge(subject(func(m) {}), Applicant{Emails: thief.Emails}), verdict.Authentic, verdict.RecipientMismatch)
	wantReason(t, judge(subject(func(m) {}), thief), verdict.Authentic, verdict.RecipientWeak) // who calls himself alike
	for desc, change := range map[string]func(subject m){
		"nothing but a name":       func(s m) { delete(s, "contactPoint") },
		"nothing but the key":      func(s m) { delete(s, "contactPoint"); delete(s, "fullName") },
		"the key's DID":            func(s m) { delete(s, "contactPoint"); s["id"] = "did:key:" + verifytest.Multikey(holder) },
		"no address that is read":  func(s m) { s["contactPoint"] = m{"emailAddress": "x"} },
		"an address of the wallet": func(s m) { s["contactPoint"] = m{"emailAddress": m{"id": "mailto:holder@wallet.example"}} },
	} {
		v := judge(subject(change), thief)
		if v.Result == verdict.Verified || v.Aspects.Recipient.State == verdict.Pass || v.Aspects.Integrity.State != verdict.Pass {
			t.Errorf("%s: %s", desc, short(v))
		}
		if v.Aspects.Recipient.Reason == verdict.RecipientMissing {
			t.Errorf("%s: it is said to name nobody", desc)
		}
	}
	// An SD-JWT, by the same rule: shown without the key, and with the thief's.
	did, _ := verifytest.DIDKey(issuerKey)
	c := concealed(with(badge(did), m{"cnf": key}), "name")
	wantVerified(t, check(t, issuers(), c.Show(0)))
	stolen := checkFor(t, issuers(), c.Show(0), thief)
	wantReason(t, stolen, verdict.Authentic, verdict.RecipientMismatch)
	wantReason(t, checkFor(t, issuers(), verifytest.Bind(c.Show(0), m{"alg": "EdDSA", "typ": "kb+jwt"}, evilKey), thief), verdict.Rejected, verdict.DisclosureBad)
	nobody := with(badge(did), m{"cnf": key})
	delete(at(nobody, "credentialSubject"), "identifier")
	if v := checkFor(t, issuers(), concealed(nobody, "name").Show(0), thief); v.Result != verdict.Authentic || v.Aspects.Recipient.State != verdict.Unknown {
		t.Errorf("an SD-JWT that names a key alone: %s", short(v))
	}
}

// TestSealAgain: a certificate that was made anew is the same issuer's, and one seal
// can be trusted by itself.
func TestSealAgain(t *testing.T) {
	t.Parallel()
	root := certified(t, nil, nil, isAuthority("Trust"))
	id := func(roots []*authority, by *authority) Verdict {
		return judged(t, sealJudge(t, "", roots...), Assertion{Payload: verifytest.JSON(sealed(t, edc(nil), seal{by: by}))}, applicant)
	}
	a, b := certified(t, root, nil, nil), certified(t, root, nil, func(c *x509.Certificate) { c.SerialNumber = big.NewInt(2) })
	if x, y := id([]*authority{root}, a), id([]*authority{root}, b); x.Credential.Issuer.ID == "" || x.Credential.Issuer.ID != y.Credential.Issuer.ID {
		t.Errorf("%q and %q", x.Credential.Issuer.ID, y.Credential.Issuer.ID)
	}
	if got := id([]*authority{a}, a); got.Result != verdict.Verified {
		t.Errorf("a seal's own certificate as root: %s", short(got))
	}
	alone := id(nil, a)
	trust, err := LoadTrust(verifytest.JSON(m{"registry": m{alone.Credential.Issuer.ID: m{"name": "Tidewater"}}}))
	if err != nil {
		t.Fatal(err)
	}
	v := sealJudge(t, verdict.LevelListed).For(Policy{Trust: trust, Accept: verdict.LevelListed})
	if got := judged(t, v, Assertion{Payload: verifytest.JSON(sealed(t, edc(nil), seal{by: a}))}, applicant); got.Result != verdict.Verified || got.Credential.Issuer.Shown != "Tidewater" {
		t.Errorf("listed: %s", short(got))
	}
	if got := judged(t, v, Assertion{Payload: verifytest.JSON(sealed(t, edc(nil), seal{by: b}))}, applicant); got.Result != verdict.Unvouched {
		t.Errorf("another certificate of that name: %s", short(got))
	}
}

// TestAttack320OwnSeal: a certificate that a forger made himself, or had an authority of
// his own make, names whom he likes; nobody stands behind it.
func TestAttack320OwnSeal(t *testing.T) {
	t.Parallel()
	root := certified(t, nil, nil, isAuthority("Trust"))
	fake := certified(t, nil, nil, isAuthority("Trust")) // of the same name
	self := certified(t, nil, nil, nil)
	byFake := certified(t, fake, nil, nil)
	for name, s := range map[string]seal{
		"by itself":                          {by: self},
		"by an authority of the same name":   {by: byFake, chain: []*authority{fake}},
		"with the real root beside it":       {by: byFake, chain: []*authority{fake, root}},
		"by a seal that plays the authority": {by: certified(t, certified(t, root, nil, nil), nil, nil)},
		"by a seal that plays it, with the seal": func() seal {
			a := certified(t, root, nil, nil)
			return seal{by: certified(t, a, nil, nil), chain: []*authority{a}}
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			for accept, want := range map[verdict.Level]verdict.Result{verdict.LevelAccount: verdict.Unvouched, verdict.LevelKey: verdict.Verified} {
				got := judged(t, sealJudge(t, accept, root), Assertion{Payload: verifytest.JSON(sealed(t, edc(nil), s))}, applicant)
				if got.Result != want || got.Aspects.Standing.Level != verdict.LevelKey || got.Credential.Issuer.Shown != `a key that calls itself "Tidewater University"` || got.Seal.Vouched {
					t.Errorf("accept %s: %s, shown as %q, %+v", accept, short(got), got.Credential.Issuer.Shown, got.Seal)
				}
			}
		})
	}
	if got := judged(t, sealJudge(t, ""), Assertion{Payload: verifytest.JSON(sealed(t, edc(nil), seal{by: certified(t, root, nil, nil)}))}, applicant); got.Result != verdict.Unvouched {
		t.Errorf("no roots: %s", short(got))
	}
}

// TestAttack321CertificateSwapped: the certificate counts that the signature covers,
// and whose key made it.
func TestAttack321CertificateSwapped(t *testing.T) {
	t.Parallel()
	root := certified(t, nil, nil, isAuthority("Trust"))
	real, own := certified(t, root, nil, nil), certified(t, nil, nil, nil)
	b64 := func(a *authority) []any { return []any{base64.StdEncoding.EncodeToString(a.cert.Raw)} }
	beside := sealed(t, edc(nil), seal{by: own, head: m{"x5c": nil, "x5t#S256": nil}})
	beside["signatures"].([]any)[0].(m)["header"] = m{"x5c": b64(own)}
	both := sealed(t, edc(nil), seal{by: own})
	both["signatures"].([]any)[0].(m)["header"] = m{"x5c": b64(real)}
	alg := sealed(t, edc(nil), seal{by: own, head: m{"alg": nil}})
	alg["signatures"].([]any)[0].(m)["header"] = m{"alg": "ES256"}
	twofold := sealed(t, edc(nil), seal{by: own})
	twofold["protected"], twofold["signature"] = twofold["signatures"].([]any)[0].(m)["protected"], "AAAA"
	for name, tc := range map[string]struct {
		badge m
		want  string
	}{
		"another's certificate over an own signature":           {sealed(t, edc(nil), seal{by: own, head: m{"x5c": b64(real), "x5t#S256": nil}}), "rejected proof_invalid"},
		"the thumbprint of another's":                           {sealed(t, edc(nil), seal{by: real, head: m{"x5c": b64(own)}}), "rejected proof_malformed"},
		"the same by another hash":                              {sealed(t, edc(nil), seal{by: own, head: m{"x5t#o": m{"digAlg": "S512", "digVal": "AAAA"}}}), "rejected proof_malformed"},
		"one that no signature covers":                          {beside, "unsupported"},
		"one that no signature covers, beside one that it does": {both, "rejected proof_malformed"},
		"an algorithm that no signature covers":                 {alg, "unsupported suite_unsupported"},
		"two forms at once":                                     {twofold, "rejected proof_malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			got := judged(t, sealJudge(t, verdict.LevelKey, root), Assertion{Payload: verifytest.JSON(tc.badge)}, applicant)
			if s := fmt.Sprint(got.Result, " ", got.Reason); !strings.HasPrefix(s, tc.want) {
				t.Errorf("%s, want %s", s, tc.want)
			}
		})
	}
}

// TestAttack322PayloadTwoWays: one payload has one reading.
func TestAttack322PayloadTwoWays(t *testing.T) {
	t.Parallel()
	own := certified(t, nil, nil, nil)
	plain, coded := seal{by: own, plain: true}, seal{by: own}
	mixed := sealed(t, edc(nil), plain, coded)
	uncritical := sealed(t, edc(nil), seal{by: own, plain: true, head: m{"crit": []any{"sigT"}}})
	spaced := sealed(t, edc(nil), plain)
	spaced["payload"] = spaced["payload"].(string) + " "
	notBool := sealed(t, edc(nil), seal{by: own, plain: true, head: m{"b64": "false"}})
	for name, b := range map[string]m{"read in two ways": mixed, "b64 without crit": uncritical, "a space more": spaced, "b64 that is no truth value": notBool} {
		t.Run(name, func(t *testing.T) {
			if got := judged(t, sealJudge(t, verdict.LevelKey), Assertion{Payload: verifytest.JSON(b)}, applicant); got.Result != verdict.Rejected {
				t.Error(short(got))
			}
		})
	}
}

// TestAttack323SealDates: a seal is made while its certificate lasts, and once that has
// run out the time that the seal claims proves nothing.
func TestAttack323SealDates(t *testing.T) {
	t.Parallel()
	root := certified(t, nil, nil, func(c *x509.Certificate) {
		isAuthority("Trust")(c)
		c.NotBefore, c.NotAfter = verifytest.Now.AddDate(-9, 0, 0), verifytest.Now.AddDate(9, 0, 0)
	})
	lasting := func(from, until time.Time) *authority {
		return certified(t, root, nil, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = from, until })
	}
	now := verifytest.Now
	text := func(x time.Time) string { return x.Format(time.RFC3339) }
	over := lasting(now.AddDate(-2, 0, 0), now.AddDate(0, -1, 0))
	for name, tc := range map[string]struct {
		s    seal
		want string
	}{
		"before it begins":                     {seal{by: lasting(now.AddDate(0, -1, 0), now.AddDate(1, 0, 0)), signed: text(now.AddDate(0, -2, 0))}, "rejected proof_expired"},
		"after it has run out":                 {seal{by: over, signed: text(now.AddDate(0, 0, -1))}, "rejected key_expired"},
		"dated back":                           {seal{by: over, signed: text(now.AddDate(-1, 0, 0))}, "unsupported key_outdated"},
		"without a time, run out":              {seal{by: over, head: m{"sigT": nil, "crit": nil}}, "unsupported key_outdated"},
		"dated in the future":                  {seal{by: lasting(now.AddDate(0, -1, 0), now.AddDate(1, 0, 0)), signed: text(now.AddDate(0, 1, 0))}, "rejected proof_expired"},
		"a time that cannot be read":           {seal{by: over, signed: "yesterday"}, "rejected proof_malformed"},
		"two times, of which the earlier fits": {seal{by: over, signed: text(now.AddDate(-1, 0, 0)), head: m{"iat": now.AddDate(0, 0, -1).Unix()}}, "rejected key_expired"},
	} {
		t.Run(name, func(t *testing.T) {
			got := judged(t, sealJudge(t, verdict.LevelKey, root), Assertion{Payload: verifytest.JSON(sealed(t, edc(nil), tc.s))}, applicant)
			if s := fmt.Sprint(got.Result, " ", got.Reason); s != tc.want {
				t.Errorf("%s, want %s", s, tc.want)
			}
		})
	}
	// An authority that has run out since vouches for nothing any more.
	gone := certified(t, root, nil, func(c *x509.Certificate) { isAuthority("Gone")(c); c.NotAfter = now.AddDate(0, -1, 0) })
	got := judged(t, sealJudge(t, "", root), Assertion{Payload: verifytest.JSON(sealed(t, edc(nil), seal{by: certified(t, gone, nil, nil), chain: []*authority{gone}}))}, applicant)
	if got.Result != verdict.Unvouched {
		t.Errorf("an authority that has run out: %s", short(got))
	}
}

// TestAttack324SealUsage: a certificate for another purpose seals nothing, and one of a
// server stands for no organisation.
func TestAttack324SealUsage(t *testing.T) {
	t.Parallel()
	root := certified(t, nil, nil, isAuthority("Trust"))
	for name, tc := range map[string]struct {
		change func(*x509.Certificate)
		want   string
	}{
		"for encryption":      {func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }, "rejected key_not_for_claims"},
		"for timestamps":      {func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping} }, "rejected key_not_for_claims"},
		"for programs":        {func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning} }, "rejected key_not_for_claims"},
		"of a server":         {func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }, "unvouched issuer_unvouched"},
		"of a kind not known": {func(c *x509.Certificate) { c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 2, 3}} }, "unvouched issuer_unvouched"},
		"for mail and servers": {func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageEmailProtection}
		}, "verified "},
		"for documents": {func(c *x509.Certificate) {
			c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 36}}
		}, "verified "},
	} {
		t.Run(name, func(t *testing.T) {
			got := judged(t, sealJudge(t, "", root), Assertion{Payload: verifytest.JSON(sealed(t, edc(nil), seal{by: certified(t, root, nil, tc.change)}))}, applicant)
			if s := fmt.Sprint(got.Result, " ", got.Reason); s != tc.want {
				t.Errorf("%s, want %s", s, tc.want)
			}
		})
	}
}

// TestAttack325PersonAsOrganisation: an authority that is accepted makes certificates
// for persons, too, in which the organisation stands that they belong to, and a name may
// be anything that its holder calls himself.
func TestAttack325PersonAsOrganisation(t *testing.T) {
	t.Parallel()
	root := certified(t, nil, nil, isAuthority("Trust"))
	extra := func(oid asn1.ObjectIdentifier, v string) []pkix.AttributeTypeAndValue {
		return []pkix.AttributeTypeAndValue{{Type: oid, Value: v}}
	}
	uni := []string{"Tidewater University"}
	for name, tc := range map[string]struct {
		subject pkix.Name
		level   verdict.Level
		shown   string
	}{
		"a student":                         {pkix.Name{Organization: uni, CommonName: "Sam Student"}, verdict.LevelKey, `a key that calls itself "Sam Student"`},
		"a student by given name":           {pkix.Name{Organization: uni, CommonName: "Tidewater University", ExtraNames: extra(oidGiven, "Sam")}, verdict.LevelKey, `a key that calls itself "Tidewater University"`},
		"a pseudonym":                       {pkix.Name{Organization: uni, CommonName: "Tidewater University", ExtraNames: extra(oidPseudonym, "Tidewater University")}, verdict.LevelKey, `a key that calls itself "pseudonym Tidewater University"`},
		"no organisation":                   {pkix.Name{CommonName: "Tidewater University"}, verdict.LevelKey, `a key that calls itself "Tidewater University"`},
		"two organisations":                 {pkix.Name{Organization: []string{"Tidewater University", "Mallory Ltd"}}, verdict.LevelKey, `a key that calls itself "Mallory Ltd, Tidewater University"`},
		"letters that are not seen":         {pkix.Name{Organization: []string{"Tide\u200bwater University"}}, verdict.LevelKey, `a key that calls itself "Tidewater University"`},
		"a name that ends the quotes":       {pkix.Name{CommonName: `x", by "Trust`}, verdict.LevelKey, `a key that calls itself "x', by 'Trust"`},
		"an organisation by its identifier": {pkix.Name{Organization: uni, CommonName: "Seal of the registrar", ExtraNames: extra(oidID, "NTRSE-1")}, verdict.LevelDomain, "Tidewater University, by Trust CA"},
	} {
		t.Run(name, func(t *testing.T) {
			by := certified(t, root, nil, func(c *x509.Certificate) { c.Subject = tc.subject })
			got := judged(t, sealJudge(t, "", root), Assertion{Payload: verifytest.JSON(sealed(t, edc(nil), seal{by: by}))}, applicant)
			if got.Backing.Level != tc.level || got.Credential.Issuer.Shown != tc.shown {
				t.Errorf("%s, shown as %q", got.Backing.Level, got.Credential.Issuer.Shown)
			}
			if (got.Result == verdict.Verified) != (tc.level == verdict.LevelDomain) {
				t.Error(short(got))
			}
		})
	}
}

// TestAttack326Chain: a chain is as long as its authorities let it be, says nothing of
// names that they exclude, and costs no more than a seal may.
func TestAttack326Chain(t *testing.T) {
	t.Parallel()
	root := certified(t, nil, nil, func(c *x509.Certificate) {
		isAuthority("Trust")(c)
		c.MaxPathLen, c.MaxPathLenZero = 0, true
	})
	below := certified(t, root, nil, isAuthority("Below"))
	long := certified(t, nil, nil, isAuthority("Long"))
	chain := []*authority{long}
	for range 9 {
		chain = append(chain, certified(t, chain[len(chain)-1], nil, isAuthority("Step")))
	}
	slices.Reverse(chain)
	for name, tc := range map[string]struct {
		s    seal
		want string
	}{
		"longer than the root lets it be": {seal{by: certified(t, below, nil, nil), chain: []*authority{below}}, "unvouched issuer_unvouched"},
		"as the root lets it be":          {seal{by: certified(t, root, nil, nil)}, "verified "},
		"more certificates than are read": {seal{by: certified(t, chain[0], nil, nil), chain: chain}, "rejected proof_malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			got := judged(t, sealJudge(t, "", root, long), Assertion{Payload: verifytest.JSON(sealed(t, edc(nil), tc.s))}, applicant)
			if s := fmt.Sprint(got.Result, " ", got.Reason); s != tc.want {
				t.Errorf("%s, want %s", s, tc.want)
			}
		})
	}
}

// TestAttack327SealHead: what must be understood and is not, what lies elsewhere, no
// algorithm, and keys that are too weak are never good.
func TestAttack327SealHead(t *testing.T) {
	t.Parallel()
	weakKey, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	own := certified(t, nil, nil, nil)
	weak := certified(t, nil, weakKey, nil)
	for name, tc := range map[string]struct {
		s    seal
		want string
	}{
		"crit that is not known":  {seal{by: own, head: m{"crit": []any{"sigT", "srCms"}, "srCms": []any{}}}, "unsupported suite_unsupported"},
		"crit of what is missing": {seal{by: own, head: m{"crit": []any{"sigT", "b64"}}}, "rejected proof_malformed"},
		"crit of nothing":         {seal{by: own, head: m{"crit": []any{}}}, "rejected proof_malformed"},
		"detached":                {seal{by: own, head: m{"sigD": m{"mId": "x"}}}, "unsupported suite_unsupported"},
		"alg none":                {seal{by: own, head: m{"alg": "none"}}, "rejected header_not_allowed"},
		"alg HS256":               {seal{by: own, head: m{"alg": "HS256"}}, "rejected header_not_allowed"},
		"alg of another key":      {seal{by: own, head: m{"alg": "RS256"}}, "rejected proof_key"},
		"alg of another curve":    {seal{by: own, head: m{"alg": "ES384"}}, "rejected proof_key"},
		"a weak key":              {seal{by: weak}, "rejected proof_key"},
	} {
		t.Run(name, func(t *testing.T) {
			got := judged(t, sealJudge(t, verdict.LevelKey), Assertion{Payload: verifytest.JSON(sealed(t, edc(nil), tc.s))}, applicant)
			if s := fmt.Sprint(got.Result, " ", got.Reason); s != tc.want {
				t.Errorf("%s, want %s", s, tc.want)
			}
		})
	}
	// A token of Open Badges has no issuer in its certificates.
	token := verifytest.Compact(m{"alg": "EdDSA", "x5c": []any{base64.StdEncoding.EncodeToString(own.cert.Raw)}}, verifytest.JSON(badge("did:web:issuer.example")), issuerKey)
	if got := judged(t, sealJudge(t, verdict.LevelKey, own), Assertion{Payload: token}, applicant); got.Result == verdict.Verified || got.Result == verdict.Authentic || got.Seal != nil {
		t.Errorf("a token with a certificate: %s", short(got))
	}
}

func TestLoadSealRoots(t *testing.T) {
	t.Parallel()
	der := certified(t, nil, nil, nil).cert.Raw
	good := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if _, err := LoadSealRoots(slices.Concat([]byte("a list\n"), good, []byte("\nand\n"), good)); err != nil {
		t.Error(err)
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "no PEM": []byte("x"), "another kind": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}),
		"rubbish": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), "cut off": good[:len(good)-40], "cut off after one": slices.Concat(good, good[:80]),
	} {
		if _, err := LoadSealRoots(b); !errors.Is(err, ErrSealRoots) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzSeal: no document that is sealed makes judging fail, and none is verified that
// the keys here did not sign.
func FuzzSeal(f *testing.F) {
	root := certified(f, nil, nil, isAuthority("Trust"))
	good := verifytest.JSON(sealed(f, edc(nil), seal{by: certified(f, root, nil, nil)}))
	f.Add(good)
	f.Add(verifytest.JSON(sealed(f, edc(nil), seal{by: certified(f, root, nil, nil), plain: true})))
	v := sealJudge(f, "", root)
	f.Fuzz(func(t *testing.T, b []byte) {
		var was, now any
		got := judged(t, v, Assertion{Payload: b}, applicant)
		if got.Result == verdict.Verified && json.Unmarshal(good, &was) == nil && json.Unmarshal(b, &now) == nil {
			if x, y := was.(m), now.(m); x["payload"] != y["payload"] && got.Credential.ID != "urn:credential:5f7c0ab0" {
				t.Error("verified")
			}
		}
	})
}
