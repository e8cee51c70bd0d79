package proof

import (
	"crypto"
	"crypto/sha256"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"assay/verify/verdict"
)

// secp256k1 is the curve of ES256K (RFC 8812), which crypto/ecdsa does not have.

func isSecp256k1(k crypto.PublicKey) bool { _, ok := k.(*secp256k1.PublicKey); return ok }

// newSecp256k1 reads a point in the compressed or the uncompressed form of SEC 1.
func newSecp256k1(point []byte) (*secp256k1.PublicKey, error) {
	pub, err := secp256k1.ParsePubKey(point)
	if err != nil || !pub.IsOnCurve() || len(point) == 65 && point[0] != 4 { // no hybrid form
		return nil, verdict.Because(ErrKey, "point is not on its curve")
	}
	return pub, nil
}

// parseSecp256k1 reads the coordinates of a JWK.
func parseSecp256k1(x, y string) (crypto.PublicKey, error) {
	point := []byte{4}
	for _, s := range []string{x, y} {
		b, err := decode64([]byte(s))
		if err != nil {
			return nil, err
		}
		point = append(point, b...)
	}
	pub, err := newSecp256k1(point)
	if err != nil {
		return nil, err
	}
	return pub, nil
}

// verifySecp256k1 checks r and s, each of 32 bytes and in [1, n-1], over the
// SHA-256 of what was signed. The higher of the two values of s is taken, too:
// RFC 8812 does not ask for the lower, and which of the two stands there changes
// nothing of what was signed.
func verifySecp256k1(pub *secp256k1.PublicKey, input, sig []byte) bool {
	var r, s secp256k1.ModNScalar
	if len(sig) != 64 || r.SetByteSlice(sig[:32]) || s.SetByteSlice(sig[32:]) || r.IsZero() || s.IsZero() {
		return false
	}
	sum := sha256.Sum256(input)
	return ecdsa.NewSignature(&r, &s).Verify(sum[:], pub)
}
