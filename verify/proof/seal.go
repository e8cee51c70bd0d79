package proof

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"time"

	"assay/verify/read"
	"assay/verify/verdict"
)

// Bounds of one seal.
const (
	MaxSeals        = 4         // signatures of one document that are judged
	MaxCertificates = 8         // certificates that a seal brings
	maxCertificate  = 16 << 10  // bytes of one
	maxSealHead     = 256 << 10 // bytes of a protected head
)

// Seal is a JWS by which a certificate vouches for a document (JAdES, ETSI TS 119
// 182-1), read and not yet checked. Whose certificate it is, and who stands behind
// that, is not asked here.
type Seal struct {
	Alg          string              // of the protected head
	Signed       time.Time           // when it says that it was made (sigT or iat), zero when it does not
	Certificates []*x509.Certificate // the one that seals, then those that it brings for its chain
	Payload      []byte              // what is sealed

	plain     bool   // the payload is signed as it is written (RFC 7797)
	input     []byte // what is signed
	signature []byte
	err       error // why it is no seal that could hold
}

// sealMembers are the members of a protected head that make it one of a seal (ETSI
// TS 119 182-1 §5.1.7 to §5.2.1).
var sealMembers = []string{"x5c", "x5t#S256", "x5t#o", "sigT", "sigD"}

// covered are the members that decide about a seal, and must be covered by it.
var covered = append([]string{"alg", "crit", "b64", "iat"}, sealMembers...)

// understood are the members that crit may name.
var understood = []string{"b64", "sigT", "iat", "x5t#S256", "x5t#o", "x5c"}

// ReadSeals reads a JWS in its JSON serialisation, general or flattened (RFC 7515
// §7.2), by which certificates seal one payload; ok is false for an object that is
// none, of which no protected head has a member of a seal. A seal that cannot hold
// says why when it is verified.
func ReadSeals(o read.Object) (seals []*Seal, ok bool) {
	payload, isText := o["payload"].(string)
	list := o.Objs("signatures")
	if o.Has("protected") {
		list = append(list, o)
	}
	if !isText || len(list) == 0 {
		return nil, false
	}
	twofold := o.Has("signatures") && (o.Has("protected") || o.Has("signature"))
	for _, s := range list[:min(len(list), MaxSeals)] {
		protected := s.Str("protected")
		head, err := sealHead([]byte(protected))
		if err != nil || !isSealHead(head) {
			continue
		}
		x := &Seal{Alg: head.Str("alg"), Payload: likely(payload)}
		seals = append(seals, x)
		if twofold {
			// RFC 7515 §7.2.2: two readers could take two signatures.
			x.err = verdict.Because(ErrMalformed, "flattened and general at once")
			continue
		}
		for name := range s.Obj("header") {
			if _, twice := head[name]; twice {
				x.err = verdict.Because(ErrMalformed, "%.40q stands twice", name) // RFC 7515 §7.2.1
			} else if x.err == nil && slices.Contains(covered, name) {
				x.err = verdict.Because(ErrUnsupported, "%.40q stands where no signature covers it", name)
			}
		}
		if x.err == nil {
			x.err = x.read(head, protected, payload, s.Str("signature"))
		}
	}
	for _, x := range seals {
		// RFC 7797 §3: all read the payload alike, or two readers see two documents.
		if slices.ContainsFunc(seals, func(y *Seal) bool { return y.plain != x.plain }) {
			x.err = verdict.Because(ErrMalformed, "two readings of one payload")
		}
	}
	return seals, len(seals) > 0
}

// ReadSeal reads a compact JWS as a seal; ok is false for one whose head has no
// member of a seal.
func ReadSeal(token []byte) (seal *Seal, ok bool) {
	parts := strings.Split(string(token), ".")
	if len(parts) != 3 {
		return nil, false
	}
	head, err := sealHead([]byte(parts[0]))
	if err != nil || !isSealHead(head) {
		return nil, false
	}
	x := &Seal{Payload: likely(parts[1])}
	x.err = x.read(head, parts[0], parts[1], parts[2])
	return x, true
}

// likely is what a payload seems to be of which nobody knows yet how it is written, by
// which a seal that cannot hold tells what it is over.
func likely(payload string) []byte {
	if b, err := decode64([]byte(payload)); err == nil {
		return b
	}
	return []byte(payload)
}

func sealHead(protected []byte) (read.Object, error) {
	if len(protected) > maxSealHead {
		return nil, verdict.Because(ErrMalformed, "protected head of %d bytes", len(protected))
	}
	b, err := decode64(protected)
	if err != nil {
		return nil, err
	}
	return read.ParseObject(b, read.Limits{Bytes: maxSealHead, Depth: 8})
}

// isSealHead reports whether a head is one of a seal. A head that names its key by a
// DID is none, whatever certificate it has as well.
func isSealHead(head read.Object) bool {
	return !strings.HasPrefix(head.Str("kid"), "did:") && slices.ContainsFunc(sealMembers, func(name string) bool { return head.Has(name) })
}

// read takes a seal out of its head, its payload as it is written, and its
// signature.
func (x *Seal) read(head read.Object, protected, payload, signature string) error {
	x.Alg = head.Str("alg")
	if v, there := head["b64"]; there {
		encoded, isBool := v.(bool)
		if !isBool || !read.Has(head["crit"], "b64") {
			// RFC 7797 §6: who does not know the member must not go on.
			return verdict.Because(ErrMalformed, "b64 without crit")
		}
		x.plain = !encoded
	}
	x.Payload = []byte(payload)
	if !x.plain {
		var err error
		if x.Payload, err = decode64([]byte(payload)); err != nil {
			return err
		}
	}
	if err := x.critical(head); err != nil {
		return err
	}
	if head.Has("sigD") {
		return verdict.Because(ErrUnsupported, "a seal over what lies elsewhere (sigD)")
	}
	x.input = slices.Concat([]byte(protected), []byte("."), []byte(payload))
	var err error
	if x.signature, err = decode64([]byte(signature)); err != nil {
		return err
	}
	if err := x.time(head); err != nil {
		return err
	}
	return x.certificates(head)
}

// critical refuses a head that says what must be understood and is not (RFC 7515
// §4.1.11).
func (x *Seal) critical(head read.Object) error {
	v, there := head["crit"]
	if !there {
		return nil
	}
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return verdict.Because(ErrMalformed, "crit")
	}
	for _, e := range list {
		name, ok := e.(string)
		if _, there := head[name]; !ok || !there {
			return verdict.Because(ErrMalformed, "crit names what is not there")
		}
		if !slices.Contains(understood, name) && name != "sigD" {
			return verdict.Because(ErrUnsupported, "crit %.40q", name)
		}
	}
	return nil
}

// time reads when the seal says that it was made (ETSI TS 119 182-1 §5.1.11, iat, and
// §5.2.1, sigT).
func (x *Seal) time(head read.Object) error {
	if v, there := head["sigT"]; there {
		s, _ := v.(string)
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return verdict.Because(ErrMalformed, "sigT")
		}
		x.Signed = t.UTC()
	}
	if v, there := head["iat"]; there {
		n, _ := v.(json.Number)
		sec, err := n.Int64()
		if err != nil || sec < 0 || sec > 1<<36 {
			return verdict.Because(ErrMalformed, "iat")
		}
		// With both, the later one: no key is older for saying two things.
		if t := time.Unix(sec, 0).UTC(); t.After(x.Signed) {
			x.Signed = t
		}
	}
	return nil
}

// certificates reads x5c, and compares what the head says of the certificate that
// seals.
func (x *Seal) certificates(head read.Object) error {
	list := read.List(head["x5c"])
	if !head.Has("x5c") || len(list) == 0 {
		return verdict.Because(ErrUnsupported, "a seal without its certificate")
	}
	if len(list) > MaxCertificates {
		return verdict.Because(ErrMalformed, "%d certificates", len(list))
	}
	for i, e := range list {
		s, _ := e.(string)
		if len(s) > maxCertificate*4/3 {
			return verdict.Because(ErrMalformed, "a certificate of %d characters", len(s))
		}
		der, err := base64.StdEncoding.DecodeString(s)
		var c *x509.Certificate
		if err == nil {
			c, err = x509.ParseCertificate(der)
		}
		switch {
		case err == nil && i > 0 && tooCostly(c):
		case err == nil:
			x.Certificates = append(x.Certificates, c)
		case i == 0:
			return verdict.Because(ErrUnsupported, "a certificate that cannot be read")
		}
	}
	leaf := x.Certificates[0].Raw
	if v, there := head["x5t#S256"]; there {
		sum := sha256.Sum256(leaf)
		if v != any(base64.RawURLEncoding.EncodeToString(sum[:])) {
			return verdict.Because(ErrMalformed, "x5t#S256 is of another certificate")
		}
	}
	if o := head.Obj("x5t#o"); o != nil {
		var sum []byte
		switch o.Str("digAlg") {
		case "S256":
			s := sha256.Sum256(leaf)
			sum = s[:]
		case "S384":
			s := sha512.Sum384(leaf)
			sum = s[:]
		case "S512":
			s := sha512.Sum512(leaf)
			sum = s[:]
		}
		if sum != nil && o.Str("digVal") != base64.RawURLEncoding.EncodeToString(sum) {
			return verdict.Because(ErrMalformed, "x5t#o is of another certificate")
		}
	}
	return nil
}

// tooCostly reports whether checking by a key would cost more than a seal may.
func tooCostly(c *x509.Certificate) bool {
	k, ok := c.PublicKey.(*rsa.PublicKey)
	return ok && k.N.BitLen() > MaxRSABits
}

// sealAlgorithms are those that a seal may be made by (RFC 7518 §3.1, RFC 8037), each
// with its hash.
var sealAlgorithms = map[string]crypto.Hash{
	"RS256": crypto.SHA256, "RS384": crypto.SHA384, "RS512": crypto.SHA512,
	"PS256": crypto.SHA256, "PS384": crypto.SHA384, "PS512": crypto.SHA512,
	"ES256": crypto.SHA256, "ES384": crypto.SHA384, "ES512": crypto.SHA512,
	"EdDSA": 0, "Ed25519": 0,
}

// Verify reports whether the key of the seal's certificate signed the payload: nil,
// or an error that [Aspect] knows. The algorithm must fit the key, and the key must
// be one that signatures may rest on ([CheckKey]).
func (x *Seal) Verify() error {
	if x.err != nil {
		return x.err
	}
	hash, ok := sealAlgorithms[x.Alg]
	if !ok {
		if x.Alg == "" || strings.EqualFold(x.Alg, "none") || strings.HasPrefix(strings.ToUpper(x.Alg), "HS") {
			return verdict.Because(ErrHeader, "alg %.40q", x.Alg)
		}
		return verdict.Because(ErrUnsupported, "alg %.40q", x.Alg)
	}
	pub := x.Certificates[0].PublicKey
	if err := CheckKey(pub); err != nil {
		return err
	}
	var sum []byte
	if hash != 0 {
		h := hash.New()
		h.Write(x.input)
		sum = h.Sum(nil)
	}
	good := false
	switch k := pub.(type) {
	case *rsa.PublicKey:
		switch x.Alg[:2] {
		case "RS":
			good = rsa.VerifyPKCS1v15(k, hash, sum, x.signature) == nil
		case "PS":
			good = rsa.VerifyPSS(k, hash, sum, x.signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		default:
			return verdict.Because(ErrKey, "%s", x.Alg)
		}
	case *ecdsa.PublicKey:
		size := (k.Curve.Params().BitSize + 7) / 8
		if x.Alg[:2] != "ES" || map[crypto.Hash]int{crypto.SHA256: 256, crypto.SHA384: 384, crypto.SHA512: 521}[hash] != k.Curve.Params().BitSize {
			return verdict.Because(ErrKey, "%s", x.Alg)
		}
		if len(x.signature) == 2*size {
			r, s := new(big.Int).SetBytes(x.signature[:size]), new(big.Int).SetBytes(x.signature[size:])
			good = ecdsa.Verify(k, sum, r, s)
		}
	case ed25519.PublicKey:
		if hash != 0 {
			return verdict.Because(ErrKey, "%s", x.Alg)
		}
		good = len(x.signature) == ed25519.SignatureSize && ed25519.Verify(k, x.input, x.signature)
	}
	if !good {
		return ErrSignature
	}
	return nil
}
