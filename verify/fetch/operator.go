package fetch

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"time"

	"assay/verify/guard"
)

// What an Operator bounds.
const (
	operatorTime      = 5 * time.Second
	operatorAnswer    = 1 << 20 // bytes
	operatorRedirects = 3
)

// Operator asks what the operator names, such as the issuer of callers' tokens. That
// may have any address, which is why nothing that an applicant, an issuer of badges or
// a caller names may come to it. It asks over https alone, follows redirects on the same
// host only, knows no proxy of the environment, and takes five seconds and a MiB at
// most: ErrForbidden, ErrRedirect, ErrTooLarge, and errors of package http.
type Operator struct {
	HTTP *http.Client // for libraries that ask by themselves
}

// NewOperator makes the client. roots are the authorities that may sign the other side's
// certificate, nil = the system's.
func NewOperator(roots *x509.CertPool) *Operator {
	return &Operator{&http.Client{
		Timeout: operatorTime,
		Transport: operatorTrip{&http.Transport{
			Proxy:                  nil, // named by the operator, not by the environment
			DialContext:            (&net.Dialer{Timeout: DefaultDial}).DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    DefaultTLS,
			MaxResponseHeaderBytes: maxHeader,
			DisableKeepAlives:      true,
		}},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > operatorRedirects || r.URL.Host != via[0].URL.Host {
				return ErrRedirect
			}
			return nil
		},
	}}
}

// Read gives what is at a URL; another answer than 200 is ErrWithheld.
func (o *Operator) Read(ctx context.Context, url string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := o.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, ErrWithheld
	}
	return io.ReadAll(resp.Body)
}

// operatorTrip refuses what is not https, and reads answers up to a bound.
type operatorTrip struct{ http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (t operatorTrip) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if r.URL.Scheme != "https" {
		return nil, ErrForbidden
	}
	// In goroutines of whoever asks.
	if fault := guard.Try("asking what the operator named", func() error {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", cmp.Or(r.Header.Get("User-Agent"), DefaultUserAgent))
		resp, err = t.RoundTripper.RoundTrip(r)
		return nil
	}); fault != nil {
		return nil, fault
	}
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, operatorAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(body) > operatorAnswer {
		return nil, ErrTooLarge
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return resp, nil
}

// DialOperator connects to a server that the operator names and that speaks no https,
// such as the one that sends mail: HOST:PORT, at any address, in three seconds at most.
// What is said on the connection, and that it is encrypted, is the caller's to see to.
func DialOperator(ctx context.Context, address string) (net.Conn, error) {
	return (&net.Dialer{Timeout: DefaultDial}).DialContext(ctx, "tcp", address)
}
