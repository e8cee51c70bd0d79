package verify

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// ErrSealRoots is wrapped by LoadSealRoots when a file holds no certificates.
var ErrSealRoots = errors.New("not certificates in PEM")

// LoadSealRoots reads the certificates of authorities whose word on whose a seal is
// counts, in PEM (RFC 7468): roots, authorities below a root, or single certificates of
// seals. Text between them is let pass; a block that is no certificate, or one that
// cannot be read, is an error.
func LoadSealRoots(data []byte) (*x509.CertPool, error) {
	pool, n := x509.NewCertPool(), 0
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		n++
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%w: block %d is a %q", ErrSealRoots, n, block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%w: block %d: %w", ErrSealRoots, n, err)
		}
		pool.AddCert(c)
		data = rest
	}
	if n == 0 || bytes.Contains(data, []byte("-----BEGIN ")) {
		return nil, fmt.Errorf("%w: after block %d", ErrSealRoots, n)
	}
	return pool, nil
}
