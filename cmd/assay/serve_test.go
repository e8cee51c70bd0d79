package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

const goodToken = "a-token-of-the-tests"

// tokensFile writes a file of one token of the tenant acme.
func tokensFile(t *testing.T) string {
	t.Helper()
	sum := sha256.Sum256([]byte(goodToken))
	path := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(path, []byte(hex.EncodeToString(sum[:])+" acme Recruiter One\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// certificate writes a certificate and its key.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	kder, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: kder}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// Others than this machine are served only where it is known who asks.
func TestAccess(t *testing.T) {
	tokens := tokensFile(t)
	cert, key := certificate(t)
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("# tokens\nnonsense acme Recruiter\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		desc, listen, err string
		a                 *access
		warns             bool
	}{
		{"loopback", "127.0.0.1:8080", "", &access{}, false},
		{"loopback by name", "localhost:0", "", &access{}, false},
		{"loopback of IPv6", "[::1]:1", "", &access{}, false},
		{"loopback of a worker", "127.0.0.1:8081", "", nil, false},
		{"everywhere", "0.0.0.0:80", "only loopback is served", &access{}, false},
		{"everywhere, unsaid", ":80", "only loopback is served", &access{}, false},
		{"another address", "192.0.2.1:80", "only loopback is served", &access{}, false},
		{"a name", "example.org:80", "only loopback is served", &access{}, false},
		{"a worker elsewhere", "192.0.2.1:80", "only loopback is served", nil, false},
		{"no port", "8080", "is not HOST:PORT", &access{}, false},
		{"everywhere, with tokens, in the clear", "0.0.0.0:80", "", &access{Tokens: tokens}, true},
		{"everywhere, with tokens, encrypted", "0.0.0.0:80", "", &access{Tokens: tokens, TLSCert: cert, TLSKey: key}, false},
		{"everywhere, encrypted, nobody asked", "0.0.0.0:80", "only loopback is served", &access{TLSCert: cert, TLSKey: key}, false},
		{"loopback with tokens", "127.0.0.1:80", "", &access{Tokens: tokens}, false},
		{"no such tokens", "127.0.0.1:80", "--tokens: ", &access{Tokens: tokens + "x"}, false},
		{"broken tokens", "127.0.0.1:80", "line 2", &access{Tokens: broken}, false},
		{"half a certificate", "127.0.0.1:80", "need each other", &access{TLSCert: cert}, false},
		{"a certificate that is none", "127.0.0.1:80", "--tls-cert, --tls-key", &access{TLSCert: broken, TLSKey: key}, false},
		{"a host with a port", "127.0.0.1:80", "--host: ", &access{Host: []string{"example.org:80"}}, false},
		{"a host with a scheme", "127.0.0.1:80", "--host: ", &access{Host: []string{"https://example.org"}}, false},
		{"any host", "127.0.0.1:80", "--host: ", &access{Host: []string{"*"}}, false},
	} {
		core, logged := observer.New(zap.WarnLevel)
		_, err := tc.a.open(zap.New(core), nil, tc.listen)
		if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: %v, want %q", tc.desc, err, tc.err)
		}
		if (logged.Len() > 0) != tc.warns {
			t.Errorf("%s: %d warnings", tc.desc, logged.Len())
		}
	}
}
