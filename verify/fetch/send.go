package fetch

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"

	"assay/verify/guard"
)

// Message is a request to an address that the operator or an employer named, and never a
// document: it may carry a key, and a body.
type Message struct {
	Method   string
	URL      string // https, or a host of Options.AllowHosts
	Header   http.Header
	Body     []byte
	MaxBytes int64 // of the answer; 0 = DefaultMaxBytes
	Told     bool  // the answer's status is all that is wanted: a body that is too long, slow or broken is left out
}

// sending is the client of Send: its connections are checked as all are, and have no place
// in the lines of those whom strangers chose.
func (c *Client) sending(connect func(context.Context, string, string) (net.Conn, error), open *net.Dialer) *http.Client {
	t := c.http.Transport.(*http.Transport).Clone()
	t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		var conn net.Conn
		err := guard.Try("connecting to send", func() (err error) {
			if c.allowed[strings.ToLower(addr)] {
				conn, err = open.DialContext(ctx, network, addr)
			} else {
				conn, err = connect(ctx, network, addr)
			}
			return err
		})
		return conn, err
	}
	return &http.Client{CheckRedirect: c.http.CheckRedirect, Transport: t}
}

// Send sends a message, once, to the address that it names and no other: a redirect is an
// answer like any other, so that what the message carries goes nowhere else. Nothing is
// kept. Errors are as of Fetch. How often a host is asked is the caller's to bound.
func (c *Client) Send(ctx context.Context, m Message) (*Response, error) {
	var resp *Response
	err := guard.Try("sending", func() (err error) {
		resp, err = c.sendOnce(ctx, m)
		return err
	})
	return resp, err
}

func (c *Client) sendOnce(ctx context.Context, m Message) (*Response, error) {
	u, err := checkURL(m.URL, false, c.allowed)
	if err != nil {
		return nil, err
	}
	ctx, done := context.WithTimeout(ctx, c.o.Total)
	defer done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var answered atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotFirstResponseByte: func() { answered.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, m.Method, u.String(), bytes.NewReader(m.Body))
	if err != nil {
		return nil, fmt.Errorf("%w: not a URL", ErrForbidden)
	}
	for name, values := range m.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("User-Agent", c.o.UserAgent)
	at := c.o.Now().UTC()
	of := Request{URL: m.URL}
	res, err := c.send.Do(req)
	if err != nil {
		return nil, c.explain(ctx, u, of, err, answered.Load())
	}
	defer res.Body.Close()
	out := &Response{URL: u.String(), Status: res.StatusCode, Header: res.Header, At: at}
	out.ContentType, out.Charset = mediaType(res.Header.Get("Content-Type"))
	if out.Body, err = c.body(ctx, cancel, res, cmp.Or(max(m.MaxBytes, 0), DefaultMaxBytes)); err != nil && !m.Told {
		return nil, c.explain(ctx, u, of, err, answered.Load())
	}
	out.SHA256 = digest(out.Body)
	return out, nil
}

// Check refuses an address that Send would refuse before it asks anybody: an ErrForbidden.
func (c *Client) Check(address string) error {
	_, err := checkURL(address, false, c.allowed)
	return err
}
