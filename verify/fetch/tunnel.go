package fetch

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// ErrProxy: what is given for a proxy is none, or does not go with AllowHosts, which are
// reached without one.
var ErrProxy = errors.New("not a proxy http://HOST:PORT or https://HOST:PORT")

// tunnel reaches hosts through a proxy (CONNECT, RFC 9110 §9.3.6). The address is looked
// up and checked here and named to the proxy in place of the host: what the proxy would
// look up might be another. The proxy sees where, and nothing of what.
type tunnel struct {
	proxy    *url.URL
	names    *net.Resolver // nil = the system's
	check    func(network, address string, _ syscall.RawConn) error
	wait     time.Duration // for the look-up, the proxy and its answer together
	maxReply int64
}

func newTunnel(o *Options) (*tunnel, error) {
	u, err := url.Parse(o.Proxy)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Port() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return nil, ErrProxy // without the words, which quote a password
	}
	if len(o.AllowHosts) > 0 {
		return nil, fmt.Errorf("%w that reaches allowed hosts: they are reached without one", ErrProxy)
	}
	return &tunnel{proxy: u, names: o.Resolver, check: control(), wait: o.Dial, maxReply: maxHeader}, nil
}

// connect connects to HOST:PORT.
func (t *tunnel) connect(ctx context.Context, _, hostport string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, t.wait)
	defer cancel()
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, err
	}
	all, err := t.resolver().LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	var refused, failed []error
	for _, ip := range all {
		ip = ip.Unmap().WithZone("")
		network := "tcp6"
		if ip.Is4() {
			network = "tcp4"
		}
		at := net.JoinHostPort(ip.String(), port)
		if err := t.check(network, at, nil); err != nil {
			refused = append(refused, err)
			continue
		}
		conn, err := t.through(ctx, at)
		if err == nil {
			return conn, nil
		}
		failed = append(failed, err)
	}
	if len(failed) > 0 {
		return nil, errors.Join(failed...) // where there is one that may be reached, it may be later
	}
	return nil, errors.Join(refused...)
}

func (t *tunnel) resolver() *net.Resolver {
	if t.names != nil {
		return t.names
	}
	return net.DefaultResolver
}

// through has the proxy connect to an address.
func (t *tunnel) through(ctx context.Context, at string) (net.Conn, error) {
	to, err := netip.ParseAddrPort(at)
	if err != nil {
		return nil, err
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", t.proxy.Host)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = conn.Close()
		}
	}()
	if deadline, ok := ctx.Deadline(); ok {
		if err = conn.SetDeadline(deadline); err != nil {
			return nil, err
		}
	}
	if t.proxy.Scheme == "https" {
		conn = tls.Client(conn, &tls.Config{ServerName: t.proxy.Hostname(), MinVersion: tls.VersionTLS12})
	}
	ask := "CONNECT " + at + " HTTP/1.1\r\nHost: " + at + "\r\n"
	if u := t.proxy.User; u != nil {
		word, _ := u.Password()
		ask += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+word)) + "\r\n"
	}
	if _, err = io.WriteString(conn, ask+"\r\n"); err != nil {
		return nil, err
	}
	// Of what comes behind the answer nothing may be lost, and of a long one not
	// everything read.
	r := bufio.NewReader(io.LimitReader(conn, t.maxReply))
	answer, err := http.ReadResponse(r, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return nil, err
	}
	_ = answer.Body.Close()
	switch {
	case answer.StatusCode != http.StatusOK:
		err = fmt.Errorf("the proxy answers %d", answer.StatusCode)
	case r.Buffered() > 0:
		err = errors.New("the proxy sends before it is asked") // a client speaks first
	default:
		err = conn.SetDeadline(time.Time{})
	}
	if err != nil {
		return nil, err
	}
	return &tunnelled{conn, net.TCPAddrFromAddrPort(to)}, nil
}

// tunnelled is a connection that leads to another address than the proxy's.
type tunnelled struct {
	net.Conn
	to net.Addr
}

// RemoteAddr is where the connection leads.
func (t *tunnelled) RemoteAddr() net.Addr { return t.to }
