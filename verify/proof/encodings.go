package proof

import (
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"

	"github.com/mr-tron/base58"
)

// inDER reports whether a signature that ought to be r and s of n bytes together is the
// two in ASN.1, as OpenSSL, Java and most hardware give it.
func inDER(sig []byte, n int) bool {
	var of struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(sig, &of)
	return err == nil && len(rest) == 0 && of.R.Sign() > 0 && of.S.Sign() > 0 && of.R.BitLen() <= 4*n && of.S.BitLen() <= 4*n
}

// otherEncoding names the encoding, other than base58btc under its prefix, in which a
// text is a signature of n bytes; "" for none.
func otherEncoding(value string, n int) string {
	sized := func(b []byte, err error) bool { return err == nil && (len(b) == n || inDER(b, n)) }
	if value != "" {
		body := value[1:]
		switch value[0] {
		case 'f', 'F':
			if sized(hex.DecodeString(body)) {
				return "hexadecimal"
			}
		case 'u', 'U', 'm', 'M':
			if sized(anyBase64(body)) {
				return "base64"
			}
		}
	}
	switch {
	case sized(hex.DecodeString(value)):
		return "hexadecimal without a prefix"
	case sized(base58.Decode(value)):
		return "base58 without its prefix"
	case sized(anyBase64(value)):
		return "base64 without a prefix"
	}
	return ""
}

// anyBase64 reads base64 by either alphabet, padded or not.
func anyBase64(s string) ([]byte, error) {
	s = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(s, "="))
	return base64.RawURLEncoding.DecodeString(s)
}
