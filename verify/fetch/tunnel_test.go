package fetch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// proxy is a proxy of a test: it tells what it was asked, and leads wherever is asked
// to one place.
type proxy struct {
	mu     sync.Mutex
	asked  []string
	login  []string
	answer string // in place of leading on
	url    string
}

func newProxy(t *testing.T, to func() (net.Conn, error)) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p := &proxy{url: "http://" + l.Addr().String()}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c, to)
		}
	}()
	return p
}

func (p *proxy) serve(c net.Conn, to func() (net.Conn, error)) {
	defer c.Close()
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	p.mu.Lock()
	p.asked, p.login = append(p.asked, r.Method+" "+r.RequestURI), append(p.login, r.Header.Get("Proxy-Authorization"))
	answer := p.answer
	p.mu.Unlock()
	if answer != "" {
		_, _ = io.WriteString(c, answer)
		return
	}
	d, err := to()
	if err != nil {
		return
	}
	defer d.Close()
	_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() { _, _ = io.Copy(d, c) }()
	_, _ = io.Copy(c, d)
}

func (p *proxy) seen() (asked, login string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.asked, ", "), strings.Join(p.login, ", ")
}

// TestProxy: hosts are reached through the proxy, by the address that was looked up and
// checked here; what must not be reached is not asked of it.
func TestProxy(t *testing.T) {
	o, hits := site(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "there") })
	direct := o.connect
	o.connect = nil
	p := newProxy(t, func() (net.Conn, error) { return direct(t.Context(), "tcp", "") })
	o.Resolver = dnsServer(t, func(name string, n int) []netip.Addr {
		switch {
		case strings.HasPrefix(name, "inner"):
			return []netip.Addr{netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("127.0.0.1")}
		case strings.HasPrefix(name, "cloud"):
			return []netip.Addr{netip.MustParseAddr("168.63.129.16")}
		}
		return []netip.Addr{netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("198.41.0.4")}
	})
	o.Proxy = strings.Replace(p.url, "http://", "http://us:word@", 1)
	c := client(t, o)
	if r, err := c.Fetch(t.Context(), Request{URL: "https://badges.example.org/a"}); err != nil || string(r.Body) != "there" {
		t.Fatalf("%+v, %v", r, err)
	}
	if asked, login := p.seen(); asked != "CONNECT 198.41.0.4:443" || login != "Basic dXM6d29yZA==" {
		t.Errorf("asked %q as %q", asked, login)
	}
	for _, host := range []string{"inner.example.org", "cloud.example.org"} {
		if _, err := c.Fetch(t.Context(), Request{URL: "https://" + host + "/"}); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if asked, _ := p.seen(); strings.Count(asked, "CONNECT") != 1 || hits.Load() != 1 {
		t.Errorf("asked %q", asked)
	}
	for i, answer := range []string{"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 403 Forbidden\r\n\r\nno", "no HTTP\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"} {
		p.mu.Lock()
		p.answer = answer
		p.mu.Unlock()
		if _, err := c.Fetch(t.Context(), Request{URL: fmt.Sprintf("https://badges.example.org/%d", i)}); !errors.Is(err, ErrUnreachable) {
			t.Errorf("%q: %v", answer, err)
		}
	}
}

// A proxy that says nothing holds nobody longer than a host may.
func TestProxySilent(t *testing.T) {
	silent := make(chan struct{})
	p := newProxy(t, func() (net.Conn, error) { <-silent; return nil, io.EOF })
	t.Cleanup(func() { close(silent) })
	c := client(t, Options{Proxy: p.url, Dial: 100 * time.Millisecond, Resolver: dnsServer(t, func(string, int) []netip.Addr {
		return []netip.Addr{netip.MustParseAddr("198.41.0.4")}
	})})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := c.Fetch(ctx, Request{URL: "https://badges.example.org/"}); !errors.Is(err, ErrTimeout) && !errors.Is(err, ErrUnreachable) || ctx.Err() != nil {
		t.Errorf("%v", err)
	}
}

func TestProxyRefused(t *testing.T) {
	for _, o := range []Options{
		{Proxy: "proxy:3128"}, {Proxy: "socks5://proxy:1080"}, {Proxy: "http://proxy"}, {Proxy: "http://us:secretpw@proxy:1/x"}, {Proxy: "http://us:sec%retpw@proxy:1"},
		{Proxy: "http://proxy:3128", AllowHosts: []string{"127.0.0.1:80"}},
	} {
		if _, err := NewClient(o); !errors.Is(err, ErrProxy) || strings.Contains(err.Error(), "retpw") {
			t.Errorf("%s: %v", o.Proxy, err)
		}
	}
}
