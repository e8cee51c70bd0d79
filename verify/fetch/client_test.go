package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/net/dns/dnsmessage"
	"pgregory.net/rapid"

	"assay/verify/guard"
)

func TestMain(m *testing.M) {
	// The proxy of TestC6_Toxic leaves goroutines behind; ours must not.
	var theirs []goleak.Option
	for _, f := range []string{".(*ToxicLink).read", ".(*ToxicLink).write", "/toxics.(*ToxicStub).Run"} {
		theirs = append(theirs, goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2"+f))
	}
	goleak.VerifyTestMain(m, theirs...)
}

// site serves h over TLS for every host under example.org and example.com, and
// gives Options whose connections all lead there, past the guard.
func site(t testing.TB, h http.HandlerFunc) (Options, *atomic.Int64) {
	t.Helper()
	var hits atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		h(w, r)
	}))
	srv.TLS, srv.Config.ErrorLog = &tls.Config{}, nil
	pool := x509.NewCertPool()
	srv.TLS.Certificates = []tls.Certificate{certificate(t, pool)}
	srv.Config.ErrorLog = discardLog
	srv.StartTLS()
	t.Cleanup(srv.Close)
	addr := srv.Listener.Addr().String()
	return Options{
		RootCAs: pool,
		Burst:   1000, Rate: 1000, PerHost: 100, PerAddress: 1000,
		connect: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, addr)
		},
	}, &hits
}

func certificate(t testing.TB, pool *x509.CertPool) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		DNSNames:  []string{"example.org", "*.example.org", "example.com", "*.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func client(t testing.TB, o Options) *Client {
	t.Helper()
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// clock is a settable time.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}
func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func TestFetch(t *testing.T) {
	o, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "Application/LD+JSON; charset=utf-8")
		fmt.Fprintf(w, `{"host":%q,"accept":%q}`, r.Host, r.Header.Get("Accept"))
	})
	k := newClock()
	o.Now = k.now
	resp, err := client(t, o).Fetch(t.Context(), Request{URL: "https://Badges.Example.org/a?b=c#frag", Accept: "x/y"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(resp.Body), `{"host":"badges.example.org","accept":"x/y"}`; got != want {
		t.Errorf("body %s, want %s", got, want)
	}
	if resp.URL != "https://badges.example.org/a?b=c" || resp.Status != 200 || resp.ContentType != "application/ld+json" ||
		!resp.At.Equal(k.now()) || resp.SHA256 != digest(resp.Body) || !resp.JSON() {
		t.Errorf("%+v", resp)
	}
	if e := resp.Evidence("x"); e.URL != resp.URL || e.SHA256 != resp.SHA256 || e.Note != "x" {
		t.Errorf("evidence %+v", e)
	}
}

// C1, C4: what is refused by its look. The client would reach a server that
// answers everything; it must not be asked.
func TestC4_URLs(t *testing.T) {
	o, hits := site(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") })
	c := client(t, o)
	for _, raw := range []string{
		"", "example.org", "//example.org/x", "https:///x", "https:example.org", "https://",
		"ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "unix:///run/x", "data:,x", "javascript:0", "dict://example.org:11211/",
		"http://example.org/",       // http was not asked for
		"https://example.org:8443/", // port
		"https://example.org:80/",   // port
		"https://example.org:/",     // empty port
		"https://example.org:443x/", // not a port
		"https://user@example.org/", // user
		"https://u:p@example.org/",  // user
		"https://@example.org/",     // empty user
		"https://victim.org\\@evil.example.org/",
		"https://example.org\\.evil.example/",
		"https://exa mple.org/", "https://example.org/a b", "https://example.org/\r\nHost: x", "https://example.org/\x00", "\thttps://example.org/",
		"https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/",
		"https://0/", "https://169.254.169.254/", "https://8.8.8.8/", "https://1.1.1.1./",
		"https://１２７.０.０.１/", "https://127。0。0。1/", "https://①②⑦.⓪.⓪.①/",
		"https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[64:ff9b::7f00:1]/", "https://[2001:4860:4860::8888]/",
		"https://[fe80::1%25lo]/", "https://[2002:7f00:1::]/", "https://[fd00:ec2::254]/", "https://[::]/",
		"https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://metadata/", "https://intranet/",
		"https://exa_mple..org/", "https://-.org/", "https://xn--/", "https://.org/", "https://..../", "https://example.org%00.evil/",
		"https://exa%6dple.0x7f/", "https://1.2.3.08/",
		"https://" + strings.Repeat("a", 64) + ".org/",
		"https://" + strings.Repeat("a.", 130) + "org/",
		"https://example.org/" + strings.Repeat("a", maxURL),
	} {
		resp, err := c.Fetch(t.Context(), Request{URL: raw})
		if !errors.Is(err, ErrForbidden) {
			t.Errorf("%.80q: %v %v", raw, resp, err)
		}
		if Temporary(err) {
			t.Errorf("%.80q: refusal is temporary", raw)
		}
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}

// C4: no spelling of a name passes that a connection would not be made to by
// that very name, in ASCII and lower case.
func TestC4_Generated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		host := rapid.StringMatching(`[a-zA-Z0-9.:%@\[\]\\_０-９。．①-⑨ß-]{1,24}`).Draw(t, "host")
		u, err := checkURL("https://"+host+"/", false, nil)
		if err != nil {
			return
		}
		name := u.Host
		if _, err := netip.ParseAddr(name); err == nil {
			t.Fatalf("%q is the address %s", host, name)
		}
		if name != strings.ToLower(name) || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" ||
			!strings.Contains(name, ".") || strings.HasSuffix(name, ".") {
			t.Fatalf("%q gives host %q", host, name)
		}
		if last := name[strings.LastIndex(name, ".")+1:]; last[0] >= '0' && last[0] <= '9' {
			t.Fatalf("%q gives the numeric name %q", host, name)
		}
		again, err := url.Parse(u.String())
		if err != nil || again.Host != name || again.User != nil {
			t.Fatalf("%q does not survive being written: %v", host, u)
		}
	})
}

func TestC4_IDNA(t *testing.T) {
	u, err := checkURL("https://BÜCHER.example.org/", false, nil)
	if err != nil || u.Host != "xn--bcher-kva.example.org" {
		t.Errorf("%v %v", u, err)
	}
}

// dnsServer answers A queries on loopback by answer(name, nth).
func dnsServer(t *testing.T, answer func(name string, n int) []netip.Addr) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		asked := map[string]int{}
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			name := strings.TrimSuffix(q.Name.String(), ".")
			if q.Type == dnsmessage.TypeA {
				asked[name]++
			}
			for _, ip := range answer(name, asked[name]) {
				h := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 0}
				switch {
				case ip.Is4() && q.Type == dnsmessage.TypeA:
					m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: ip.As4()}})
				case ip.Is6() && q.Type == dnsmessage.TypeAAAA:
					m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
				}
			}
			if out, err := m.Pack(); err == nil {
				pc.WriteTo(out, from)
			}
		}
	}()
	t.Cleanup(func() { pc.Close(); <-done })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

// C1: names that resolve to addresses which must not be reached. Nothing must
// even try to connect, and each cause must read the same (C13).
func TestC1_Addresses(t *testing.T) {
	addrs := []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.0.1", "100.64.0.1",
		"169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
		"192.0.2.1", "192.88.99.1",
		"::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
		"2002:7f00:1::1", "2001::1", "2001:db8::1", "ff02::1", "::127.0.0.1", "fec0::1", "100::1",
	}
	resolver := dnsServer(t, func(name string, _ int) []netip.Addr {
		var i int
		if _, err := fmt.Sscanf(name, "h%d.example.org", &i); err != nil {
			return nil
		}
		return []netip.Addr{netip.MustParseAddr(addrs[i])}
	})
	c := client(t, Options{Resolver: resolver})
	var messages []string
	for i, a := range addrs {
		_, err := c.Fetch(t.Context(), Request{URL: fmt.Sprintf("https://h%d.example.org/", i)})
		if !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", a, err)
			continue
		}
		messages = append(messages, err.Error())
	}
	for _, m := range messages {
		if m != messages[0] || strings.ContainsAny(m, "0123456789") {
			t.Errorf("refusals tell addresses apart: %q and %q", m, messages[0])
		}
	}
}

// C2: the name answers with a public address to whoever looks first, and with
// loopback to whoever connects.
func TestC2_Rebinding(t *testing.T) {
	var reached atomic.Int64
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ErrorLog: discardLog, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) })}
	go srv.Serve(lis)
	defer srv.Close()
	port := lis.Addr().(*net.TCPAddr).Port

	resolver := dnsServer(t, func(name string, n int) []netip.Addr {
		switch {
		case strings.HasPrefix(name, "mixed"):
			return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")}
		case n <= 1:
			return []netip.Addr{netip.MustParseAddr("198.41.0.4")} // what a check by look-up would see
		default:
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}
		}
	})
	naive := func(host string) bool {
		ips, err := resolver.LookupNetIP(t.Context(), "ip4", host)
		if err != nil || len(ips) == 0 || ips[0].IsLoopback() {
			return false
		}
		d := net.Dialer{Resolver: resolver, Timeout: time.Second}
		conn, err := d.DialContext(t.Context(), "tcp4", fmt.Sprintf("%s:%d", host, port))
		if err == nil {
			conn.Close()
		}
		return err == nil
	}
	if !naive("rebind.example.org") {
		t.Fatal("the trap does not work: a check by look-up did not reach loopback")
	}
	c := client(t, Options{Resolver: resolver})
	for _, host := range []string{"rebind.example.org", "mixed.example.org"} {
		if _, err := c.Fetch(t.Context(), Request{URL: "http://" + host + "/", PlainHTTP: true}); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", host, err)
		}
	}
	// The same guard at the very port that listens.
	d := net.Dialer{Resolver: resolver, Control: control()}
	if conn, err := d.DialContext(t.Context(), "tcp4", fmt.Sprintf("rebind.example.org:%d", port)); err == nil {
		conn.Close()
		t.Error("guarded dialer reached loopback")
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("the server was asked %d times", n)
	}
}

// C3: redirects.
func TestC3_Redirects(t *testing.T) {
	o, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			code := http.StatusFound
			if r.URL.Query().Get("code") != "" {
				fmt.Sscan(r.URL.Query().Get("code"), &code)
			}
			w.Header().Set("Location", to)
			w.WriteHeader(code)
			return
		}
		var n int
		if _, err := fmt.Sscanf(r.URL.Path, "/hop/%d", &n); err == nil && n > 0 {
			http.Redirect(w, r, fmt.Sprintf("/hop/%d", n-1), http.StatusSeeOther)
			return
		}
		if r.URL.Path == "/loop" {
			http.Redirect(w, r, "/loop2", http.StatusFound)
			return
		}
		if r.URL.Path == "/loop2" {
			http.Redirect(w, r, "/loop", http.StatusFound)
			return
		}
		io.WriteString(w, r.Host)
	})
	c := client(t, o)
	to := func(target string) string { return "https://example.org/?to=" + url.QueryEscape(target) }
	for _, tc := range []struct {
		desc string
		r    Request
		want error
		url  string
	}{
		{desc: "relative", r: Request{URL: to("/end")}, url: "https://example.org/end"},
		{desc: "other host", r: Request{URL: to("https://www.example.com/end")}, url: "https://www.example.com/end"},
		{desc: "scheme-relative", r: Request{URL: to("//www.example.com/end")}, url: "https://www.example.com/end"},
		{desc: "other host, same host asked for", r: Request{URL: to("https://www.example.com/end"), SameHost: true}, want: ErrRedirect},
		{desc: "same host in capitals", r: Request{URL: to("https://EXAMPLE.org/end"), SameHost: true}, url: "https://example.org/end"},
		{desc: "three hops", r: Request{URL: "https://example.org/hop/3"}, url: "https://example.org/hop/0"},
		{desc: "four hops", r: Request{URL: "https://example.org/hop/4"}, want: ErrRedirect},
		{desc: "twenty hops", r: Request{URL: "https://example.org/hop/20"}, want: ErrRedirect},
		{desc: "loop", r: Request{URL: "https://example.org/loop"}, want: ErrRedirect},
		{desc: "to itself", r: Request{URL: "https://example.org/?to=%3Fto%3D%253F"}, url: "https://example.org/?"},
		{desc: "to http", r: Request{URL: to("http://example.org/end")}, want: ErrForbidden},
		{desc: "to http where http is let pass", r: Request{URL: to("http://example.org/end"), PlainHTTP: true}, want: ErrRedirect},
		{desc: "to file", r: Request{URL: to("file:///etc/passwd")}, want: ErrForbidden},
		{desc: "to gopher", r: Request{URL: to("gopher://example.org/")}, want: ErrForbidden},
		{desc: "to loopback", r: Request{URL: to("https://127.0.0.1/")}, want: ErrForbidden},
		{desc: "to metadata", r: Request{URL: to("https://169.254.169.254/latest")}, want: ErrForbidden},
		{desc: "to another port", r: Request{URL: to("https://example.org:22/")}, want: ErrForbidden},
		{desc: "to a user", r: Request{URL: to("https://a@example.org/")}, want: ErrForbidden},
		{desc: "to a very long URL", r: Request{URL: to("/" + strings.Repeat("a", 3000) + "/" + strings.Repeat("b", 500))}, url: "https://example.org/" + strings.Repeat("a", 3000) + "/" + strings.Repeat("b", 500)},
		{desc: "to rubbish", r: Request{URL: "https://example.org/?to=%00"}, want: ErrMalformed},
		{desc: "307", r: Request{URL: to("/end") + "&code=307"}, url: "https://example.org/end"},
		{desc: "308", r: Request{URL: to("/end") + "&code=308"}, url: "https://example.org/end"},
		{desc: "300 is an answer", r: Request{URL: to("/end") + "&code=300"}, url: to("/end") + "&code=300"},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			resp, err := c.Fetch(t.Context(), tc.r)
			if !errors.Is(err, tc.want) {
				t.Fatalf("error %v, want %v", err, tc.want)
			}
			if tc.want == nil && resp.URL != tc.url {
				t.Errorf("ended at %s, want %s", resp.URL, tc.url)
			}
		})
	}
}

// C3: nothing of one request goes along to the next host.
func TestC3_HeadersAreStripped(t *testing.T) {
	o, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "example.org" {
			w.Header().Set("Set-Cookie", "a=b")
			http.Redirect(w, r, "https://www.example.com/", http.StatusFound)
			return
		}
		r.Header.Write(w)
	})
	resp, err := client(t, o).Fetch(t.Context(), Request{URL: "https://example.org/secret?token=1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []string{"Cookie", "Referer", "Authorization"} {
		if strings.Contains(string(resp.Body), h+":") {
			t.Errorf("%s was sent along: %s", h, resp.Body)
		}
	}
}

// C5: a proxy named by the environment is not used.
func TestC5_NoProxy(t *testing.T) {
	var proxied atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied.Add(1) }))
	defer proxy.Close()
	for _, v := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"} {
		t.Setenv(v, proxy.URL)
	}
	o, hits := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 {
			t.Errorf("protocol %s", r.Proto)
		}
		w.Header().Set("Alt-Svc", `h3=":443"`)
		io.WriteString(w, "{}")
	})
	if _, err := client(t, o).Fetch(t.Context(), Request{URL: "https://example.org/"}); err != nil {
		t.Fatal(err)
	}
	// The environment is read once a process; the setting itself must be none.
	if c := client(t, Options{}); c.http.Transport.(*http.Transport).Proxy != nil {
		t.Error("the transport asks for a proxy")
	}
	if proxied.Load() != 0 || hits.Load() != 1 {
		t.Errorf("proxy %d, site %d", proxied.Load(), hits.Load())
	}
}

// C6: slow hosts.
func TestC6_Slow(t *testing.T) {
	stop := make(chan struct{})
	o, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/header":
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		case "/drip":
			for {
				if _, err := io.WriteString(w, "x"); err != nil {
					return
				}
				w.(http.Flusher).Flush()
				select {
				case <-stop:
					return
				case <-r.Context().Done():
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		case "/finite": // comes to an end, after more than the total time
			for range 75 {
				io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		case "/steady":
			for range 10 {
				io.WriteString(w, strings.Repeat("x", 1000))
				w.(http.Flusher).Flush()
				time.Sleep(30 * time.Millisecond)
			}
		}
	})
	defer close(stop)
	o.Header, o.Grace, o.MinRate = 200*time.Millisecond, 200*time.Millisecond, 2000
	core, logs := observer.New(zap.InfoLevel)
	o.Log = zap.New(core)
	c := client(t, o)
	for _, tc := range []struct{ path, limit string }{{"/header", "awaiting response headers"}, {"/drip", errSlow.Error()}} {
		if _, err := c.Fetch(t.Context(), Request{URL: "https://example.org" + tc.path}); !errors.Is(err, ErrTimeout) {
			t.Errorf("%s: %v", tc.path, err)
		}
		// Which of the limits it was, the log knows.
		if all := fmt.Sprint(logs.TakeAll()[0].ContextMap()); !strings.Contains(all, tc.limit) {
			t.Errorf("%s: ended by another limit: %s", tc.path, all)
		}
	}
	if resp, err := c.Fetch(t.Context(), Request{URL: "https://example.org/steady"}); err != nil || len(resp.Body) != 10_000 {
		t.Errorf("a body that comes fast enough: %v", err)
	}
	o.Grace, o.Total = time.Hour, 200*time.Millisecond
	if _, err := client(t, o).Fetch(t.Context(), Request{URL: "https://example.org/finite"}); !errors.Is(err, ErrTimeout) {
		t.Errorf("total time: %v", err)
	}
}

// C6: a host that takes the connection and never speaks TLS.
func TestC6_StalledTLS(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	core, logs := observer.New(zap.InfoLevel)
	c := client(t, Options{TLS: 100 * time.Millisecond, Log: zap.New(core), connect: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, lis.Addr().String())
	}})
	if _, err := c.Fetch(t.Context(), Request{URL: "https://example.org/"}); !errors.Is(err, ErrTimeout) {
		t.Errorf("%v", err)
	}
	if all := fmt.Sprint(logs.All()[0].ContextMap()); !strings.Contains(all, "TLS handshake timeout") {
		t.Errorf("ended by another limit: %s", all)
	}
}

func gz(b []byte) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	w.Write(b)
	w.Close()
	return buf.Bytes()
}

// C7: body limits, to the byte, plain and packed.
func TestC7_Size(t *testing.T) {
	const most = 1000
	o, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
		var n int
		fmt.Sscan(r.URL.Query().Get("n"), &n)
		body := bytes.Repeat([]byte("x"), n)
		switch r.URL.Path {
		case "/chunked":
			w.(http.Flusher).Flush()
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			body = gz(body)
		case "/gzip-random":
			w.Header().Set("Content-Encoding", "gzip")
			rand.Read(body)
			body = gz(body)
		case "/gzip-twice":
			w.Header().Set("Content-Encoding", "gzip")
			body = append(gz(body), gz(body)...)
		case "/gzip-of-nothing": // large on the way, nothing unpacked
			w.Header().Set("Content-Encoding", "gzip")
			w.(http.Flusher).Flush()
			body = bytes.Repeat(gz(nil), n)
		case "/br":
			w.Header().Set("Content-Encoding", "br")
		case "/stacked":
			w.Header().Set("Content-Encoding", "gzip, gzip")
			body = gz(gz(body))
		case "/cut":
			w.Header().Set("Content-Encoding", "gzip")
			body = gz(body)
			body = body[:len(body)-6]
		case "/not-gzip":
			w.Header().Set("Content-Encoding", "gzip")
		}
		w.Write(body)
	})
	c := client(t, o)
	for _, tc := range []struct {
		path string
		n    int
		want error
	}{
		{"/plain", most - 1, nil}, {"/plain", most, nil}, {"/plain", most + 1, ErrTooLarge},
		{"/chunked", most, nil}, {"/chunked", most + 1, ErrTooLarge}, {"/chunked", 50 << 20, ErrTooLarge},
		{"/gzip", most - 1, nil}, {"/gzip", most, nil}, {"/gzip", most + 1, ErrTooLarge}, {"/gzip", 5 << 20, ErrTooLarge},
		{"/gzip-random", most * 2, ErrTooLarge},
		{"/gzip-twice", most/2 + 1, ErrTooLarge}, {"/gzip-of-nothing", 100_000, ErrTooLarge},
		{"/br", 10, ErrMalformed}, {"/stacked", 10, ErrMalformed}, {"/cut", 500, ErrUnreachable}, {"/not-gzip", 500, ErrMalformed},
	} {
		t.Run(fmt.Sprint(tc.path, tc.n), func(t *testing.T) {
			resp, err := c.Fetch(t.Context(), Request{URL: fmt.Sprintf("https://example.org%s?n=%d", tc.path, tc.n), MaxBytes: most})
			if !errors.Is(err, tc.want) {
				t.Fatalf("%v, want %v", err, tc.want)
			}
			if err == nil && len(resp.Body) != tc.n {
				t.Errorf("%d bytes of %d", len(resp.Body), tc.n)
			}
		})
	}
}

// C8: a flood of headers.
func TestC8_Headers(t *testing.T) {
	o, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
		var n int
		fmt.Sscan(r.URL.Query().Get("n"), &n)
		for i := range n {
			w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1000))
		}
	})
	c := client(t, o)
	if _, err := c.Fetch(t.Context(), Request{URL: "https://example.org/?n=50"}); err != nil {
		t.Errorf("50 KB: %v", err)
	}
	if _, err := c.Fetch(t.Context(), Request{URL: "https://example.org/?n=80"}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("80 KB: %v", err)
	}
}

// C9: what may be JSON by its type and its first byte.
func TestC9_ContentType(t *testing.T) {
	for _, tc := range []struct {
		typ, body string
		want      bool
	}{
		{"application/json", `{}`, true}, {"application/ld+json", ` {}`, true}, {"application/did+json", "\n{}", true},
		{"application/vc+ld+json", `{}`, true}, {"text/plain", `{}`, true}, {"", `[]`, true}, {"application/octet-stream", `{}`, true},
		{"text/html", `{}`, false}, {"image/png", `{}`, false}, {"application/xml", `{}`, false},
		{"application/json", `<html>`, false}, {"application/json", ``, false}, {"application/json", "\xef\xbb\xbf{}", true}, {"application/json", "\xef\xbb\xbf\xef\xbb\xbf{}", false}, {"application/json", "\xef\xbb\xbf<html>", false}, {"application/json", "\xff\xfe{\x00}\x00", true}, {"application/json", `"x"`, false},
	} {
		r := Response{Body: []byte(tc.body)}
		r.ContentType, r.Charset = mediaType(tc.typ + "; charset=utf-8")
		if got := r.JSON(); got != tc.want {
			t.Errorf("%q %q: %t", tc.typ, tc.body, got)
		}
	}
}

// C10: a thousand askers at once, one request.
func TestC10_OneFetch(t *testing.T) {
	release := make(chan struct{})
	o, hits := site(t, func(w http.ResponseWriter, _ *http.Request) { <-release; io.WriteString(w, "{}") })
	c := client(t, o)
	var wg sync.WaitGroup
	var failed atomic.Int64
	for range 1000 {
		wg.Go(func() {
			if _, err := c.Fetch(t.Context(), Request{URL: "https://example.org/issuer"}); err != nil {
				failed.Add(1)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	close(release)
	wg.Wait()
	for range 1000 {
		if resp, err := c.Fetch(t.Context(), Request{URL: "https://example.org/issuer"}); err != nil || !resp.Cached {
			t.Fatalf("%v %v", resp, err)
		}
	}
	if hits.Load() != 1 || failed.Load() != 0 {
		t.Errorf("%d requests, %d failed", hits.Load(), failed.Load())
	}
}

// C10: ten thousand applications with badges of three issuers: one request an
// issuer, and one more when its time is over.
func TestC10_ThreeIssuers(t *testing.T) {
	o, hits := site(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") })
	k := newClock()
	o.Now = k.now
	c := client(t, o)
	for round := range int64(2) {
		for i := range 10_000 {
			if _, err := c.Fetch(t.Context(), Request{URL: fmt.Sprintf("https://i%d.example.org/issuer", i%3)}); err != nil {
				t.Fatal(err)
			}
		}
		if n := hits.Load(); n != 3*(round+1) {
			t.Errorf("round %d: %d requests", round, n)
		}
		k.add(DefaultTTL)
	}
}

// C10: a host that keeps us waiting keeps nobody else waiting.
func TestC10_SlowHostAlone(t *testing.T) {
	release, entered := make(chan struct{}), make(chan struct{}, 20)
	var waiting sync.WaitGroup
	o, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "slow.example.org" {
			entered <- struct{}{}
			<-release
		}
	})
	o.PerHost, o.MaxWait, o.MaxAtOnce = 2, time.Minute, 4
	c := client(t, o)
	for i := range 20 {
		waiting.Go(func() { c.Fetch(t.Context(), Request{URL: fmt.Sprintf("https://slow.example.org/%d", i)}) })
	}
	<-entered
	<-entered
	// Whatever waits for the slow host holds none of the four places but its two.
	for i := range 20 {
		if _, err := c.Fetch(t.Context(), Request{URL: fmt.Sprintf("https://fast.example.org/%d", i)}); err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	close(release)
	waiting.Wait()
}

// A fault of ours in a goroutine that fetching starts is an error to the one who
// asked: it ends nothing, keeps no slot and is not remembered.
func TestFaultIsAnError(t *testing.T) {
	o, _ := site(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") })
	o.MaxAtOnce, o.PerHost = 1, 1
	dial := o.connect
	var whole atomic.Bool
	o.connect = func(ctx context.Context, n, a string) (net.Conn, error) {
		if !whole.Load() {
			panic("fault of https://h.example.org/secret")
		}
		return dial(ctx, n, a)
	}
	now := o.Now
	inGet := false
	o.Now = func() time.Time {
		if inGet {
			panic("fault of https://h.example.org/secret")
		}
		if now != nil {
			return now()
		}
		return time.Now()
	}
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []Request{{}, {Fresh: true}, {Private: true}} {
		r.URL = "https://h.example.org/secret"
		whole.Store(false)
		for range 2 {
			if _, err := c.Fetch(t.Context(), r); !errors.Is(err, guard.ErrFault) || strings.Contains(err.Error(), "secret") || !Temporary(err) {
				t.Errorf("dial: %v", err)
			}
		}
		whole.Store(true)
		if r.Private || r.Fresh { // else it would be asked of the cache first
			inGet = true
			if _, err := c.Fetch(t.Context(), r); !errors.Is(err, guard.ErrFault) {
				t.Errorf("request: %v", err)
			}
			inGet = false
		}
		if _, err := c.Fetch(t.Context(), r); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	}
}

// C2: no connection serves two requests, and so none serves two applications.
func TestC2_NoConnectionIsReused(t *testing.T) {
	o, _ := site(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") })
	var connections atomic.Int64
	dial := o.connect
	o.connect = func(ctx context.Context, n, a string) (net.Conn, error) {
		connections.Add(1)
		return dial(ctx, n, a)
	}
	c := client(t, o)
	for range 5 {
		if _, err := c.Fetch(t.Context(), Request{URL: "https://example.org/", Private: true}); err != nil {
			t.Fatal(err)
		}
	}
	if n := connections.Load(); n != 5 {
		t.Errorf("%d connections for 5 requests", n)
	}
}

// The one who started a request may go; the others still get the answer.
func TestC10_FirstAskerLeaves(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	o, hits := site(t, func(w http.ResponseWriter, _ *http.Request) { close(entered); <-release; io.WriteString(w, "{}") })
	c := client(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := c.Fetch(ctx, Request{URL: "https://example.org/"})
		first <- err
	}()
	<-entered
	second := make(chan error, 1)
	go func() {
		_, err := c.Fetch(t.Context(), Request{URL: "https://example.org/"})
		second <- err
	}()
	cancel()
	if err := <-first; !errors.Is(err, ErrTimeout) || !errors.Is(err, context.Canceled) {
		t.Errorf("first: %v", err)
	}
	close(release)
	if err := <-second; err != nil {
		t.Errorf("second: %v", err)
	}
	if hits.Load() != 1 {
		t.Errorf("%d requests", hits.Load())
	}
}

// C10: manners towards one host: no more than PerHost at once, no more than
// Burst and then Rate; and none of it for a host that the operator allowed.
func TestC10_PerHost(t *testing.T) {
	var now, most atomic.Int64
	o, hits := site(t, func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		for end := time.Now().Add(time.Second); most.Load() < 2 && time.Now().Before(end); { // a machine that is busy
			time.Sleep(time.Millisecond)
		}
		time.Sleep(5 * time.Millisecond)
		now.Add(-1)
	})
	o.PerHost = 2
	c := client(t, o)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() { c.Fetch(t.Context(), Request{URL: fmt.Sprintf("https://example.org/%d", i)}) })
	}
	wg.Wait()
	if most.Load() != 2 || hits.Load() != 20 {
		t.Errorf("%d at once, %d in all", most.Load(), hits.Load())
	}
}

func TestC10_Rate(t *testing.T) {
	o, hits := site(t, func(http.ResponseWriter, *http.Request) {})
	k := newClock()
	o.Now, o.Rate, o.Burst, o.MaxWait = k.now, 1, 5, time.Millisecond
	c := client(t, o)
	busy := 0
	for i := range 10 {
		if _, err := c.Fetch(t.Context(), Request{URL: fmt.Sprintf("https://example.org/%d", i)}); errors.Is(err, ErrBusy) {
			busy++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if hits.Load() != 5 || busy != 5 {
		t.Errorf("%d went, %d were put off", hits.Load(), busy)
	}
	if _, err := c.Fetch(t.Context(), Request{URL: "https://other.example.org/"}); err != nil {
		t.Errorf("another host: %v", err)
	}
	k.add(2 * time.Second)
	// What was put off is not remembered as an answer.
	for i := range 2 {
		if _, err := c.Fetch(t.Context(), Request{URL: fmt.Sprintf("https://example.org/%d", 5+i)}); err != nil {
			t.Errorf("two seconds later: %v", err)
		}
	}
	if _, err := c.Fetch(t.Context(), Request{URL: "https://example.org/9"}); !errors.Is(err, ErrBusy) {
		t.Errorf("a third: %v", err)
	}
}

// C10: the circuit breaker opens, lets one through to try, and closes.
func TestC10_Breaker(t *testing.T) {
	var bad atomic.Bool
	bad.Store(true)
	o, hits := site(t, func(w http.ResponseWriter, _ *http.Request) {
		if bad.Load() {
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	k := newClock()
	o.Now, o.BreakAfter, o.BreakFor, o.NegativeTTL = k.now, 3, time.Minute, time.Nanosecond
	c := client(t, o)
	n := 0
	get := func() error {
		n++
		_, err := c.Fetch(t.Context(), Request{URL: fmt.Sprintf("https://example.org/%d", n)})
		return err
	}
	for range 3 {
		if err := get(); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		if err := get(); !errors.Is(err, ErrBusy) {
			t.Fatalf("open: %v", err)
		}
	}
	if hits.Load() != 3 {
		t.Errorf("%d requests", hits.Load())
	}
	if c.Broken() != 1 {
		t.Errorf("%d hosts are left alone", c.Broken())
	}
	if _, err := c.Fetch(t.Context(), Request{URL: "https://www.example.org/"}); err != nil {
		t.Errorf("another host: %v", err)
	}
	k.add(61 * time.Second)
	if err := get(); err != nil { // the try, which fails
		t.Errorf("try: %v", err)
	}
	k.add(61 * time.Second)
	if err := get(); !errors.Is(err, ErrBusy) {
		t.Errorf("after a failed try it must stay open longer: %v", err)
	}
	bad.Store(false)
	k.add(2 * time.Minute)
	for range 4 {
		if err := get(); err != nil {
			t.Errorf("closed: %v", err)
		}
	}
	if c.Broken() != 0 {
		t.Errorf("%d hosts are left alone", c.Broken())
	}
}

// TestTold: what came of each request is told by words of a fixed set, and nothing of
// where it went.
func TestTold(t *testing.T) {
	o, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			w.WriteHeader(http.StatusGone)
		}
		io.WriteString(w, "{}")
	})
	var told []string
	o.Told = func(a Asked) {
		if a.Took < 0 || a.Took > time.Minute {
			t.Errorf("took %v", a.Took)
		}
		told = append(told, fmt.Sprintf("%s chosen=%t cached=%t", a.Outcome, a.Chosen, a.Cached))
	}
	c := client(t, o)
	for _, r := range []Request{
		{URL: "https://example.org/a", Chosen: true}, {URL: "https://example.org/a"}, {URL: "https://example.org/gone"}, {URL: "https://example.org/a", Private: true},
		{URL: "https://127.0.0.1/"}, {URL: "https://example.org/a", MaxBytes: 1}, {URL: "https://example.org/a", MaxBytes: 1},
	} {
		_, _ = c.Fetch(t.Context(), r)
	}
	want := []string{"2xx chosen=true cached=false", "2xx chosen=false cached=true", "4xx chosen=false cached=false", "2xx chosen=false cached=false",
		"forbidden chosen=false cached=false", "too_large chosen=false cached=false", "too_large chosen=false cached=true"}
	if fmt.Sprint(told) != fmt.Sprint(want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// C10, C12: a failure is remembered shortly, and a new answer taken up then.
func TestC10_NegativeCache(t *testing.T) {
	var up atomic.Bool
	o, hits := site(t, func(w http.ResponseWriter, _ *http.Request) {
		if !up.Load() {
			w.WriteHeader(http.StatusNotFound)
		}
		io.WriteString(w, "{}")
	})
	k := newClock()
	o.Now = k.now
	dial := o.connect
	var down atomic.Bool
	o.connect = func(ctx context.Context, n, a string) (net.Conn, error) {
		if down.Load() {
			return nil, errors.New("refused")
		}
		return dial(ctx, n, a)
	}
	c := client(t, o)
	r := Request{URL: "https://example.org/x"}
	for range 3 {
		if resp, err := c.Fetch(t.Context(), r); err != nil || resp.Status != 404 {
			t.Fatalf("%v %v", resp, err)
		}
	}
	if hits.Load() != 1 {
		t.Errorf("%d requests for a 404", hits.Load())
	}
	up.Store(true)
	k.add(DefaultNegativeTTL)
	if resp, err := c.Fetch(t.Context(), r); err != nil || resp.Status != 200 || resp.Cached {
		t.Errorf("back again: %v %v", resp, err)
	}
	down.Store(true)
	r.URL = "https://example.org/y"
	for range 3 {
		if _, err := c.Fetch(t.Context(), r); !errors.Is(err, ErrUnreachable) || !Temporary(err) {
			t.Errorf("down: %v", err)
		}
	}
	down.Store(false)
	if _, err := c.Fetch(t.Context(), r); !errors.Is(err, ErrUnreachable) {
		t.Errorf("still remembered: %v", err)
	}
	k.add(DefaultNegativeTTL)
	if _, err := c.Fetch(t.Context(), r); err != nil {
		t.Errorf("up again: %v", err)
	}
}

// C10: lifetimes of answers.
func TestC10_Lifetimes(t *testing.T) {
	k := newClock()
	httpDate := func(d time.Duration) string { return k.now().Add(d).Format(http.TimeFormat) }
	for _, tc := range []struct {
		desc   string
		header http.Header
		want   time.Duration // 0 = not kept
	}{
		{"nothing said", http.Header{}, DefaultTTL},
		{"an hour", http.Header{"Cache-Control": {"public, max-age=3600"}}, time.Hour},
		{"quoted", http.Header{"Cache-Control": {`max-age="3600"`}}, time.Hour},
		{"shared", http.Header{"Cache-Control": {"max-age=600, s-maxage=7200"}}, 2 * time.Hour},
		{"shared first", http.Header{"Cache-Control": {"s-maxage=7200, max-age=600"}}, 2 * time.Hour},
		{"too short", http.Header{"Cache-Control": {"max-age=1"}}, DefaultMinTTL},
		{"too long", http.Header{"Cache-Control": {"max-age=31536000"}}, DefaultMaxTTL},
		{"not a number", http.Header{"Cache-Control": {"max-age=x"}}, DefaultMinTTL},
		{"no-store", http.Header{"Cache-Control": {"no-store, max-age=3600"}}, 0},
		{"no-cache", http.Header{"Cache-Control": {"No-Cache"}}, 0},
		{"private", http.Header{"Cache-Control": {"max-age=3600", "private"}}, 0},
		{"vary by all", http.Header{"Vary": {"*"}, "Cache-Control": {"max-age=3600"}}, 0},
		{"age", http.Header{"Cache-Control": {"max-age=3600"}, "Age": {"600"}}, 50 * time.Minute},
		{"expires", http.Header{"Expires": {httpDate(2 * time.Hour)}}, 2 * time.Hour},
		{"expires by its own date", http.Header{"Expires": {httpDate(2 * time.Hour)}, "Date": {httpDate(time.Hour)}}, time.Hour},
		{"expires in the past", http.Header{"Expires": {"0"}}, DefaultMinTTL},
		{"max-age before expires", http.Header{"Expires": {"0"}, "Cache-Control": {"max-age=3600"}}, time.Hour},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			o, hits := site(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Date"] = nil
				for n, v := range tc.header {
					w.Header()[n] = v
				}
				io.WriteString(w, "{}")
			})
			k := newClock()
			o.Now = k.now
			c := client(t, o)
			get := func() *Response {
				resp, err := c.Fetch(t.Context(), Request{URL: "https://example.org/"})
				if err != nil {
					t.Fatal(err)
				}
				return resp
			}
			at := get().At
			if tc.want == 0 {
				if get(); hits.Load() != 2 {
					t.Error("was kept")
				}
				return
			}
			k.add(tc.want - time.Nanosecond)
			if r := get(); hits.Load() != 1 || !r.Cached || !r.At.Equal(at) {
				t.Errorf("was not kept to its end, or under another time: %+v", r)
			}
			k.add(time.Nanosecond)
			if get(); hits.Load() != 2 {
				t.Error("was kept beyond its end")
			}
		})
	}
}

// C11: an applicant's document is neither kept nor shared; nor does a request
// with other terms get another's answer.
func TestC11_Private(t *testing.T) {
	o, hits := site(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		io.WriteString(w, r.Header.Get("Accept"))
	})
	c := client(t, o)
	for range 3 {
		if r, err := c.Fetch(t.Context(), Request{URL: "https://example.org/badge", Private: true}); err != nil || r.Cached || !r.Expires.IsZero() {
			t.Fatalf("%+v %v", r, err)
		}
	}
	if hits.Load() != 3 {
		t.Errorf("private: %d requests", hits.Load())
	}
	if r, err := c.Fetch(t.Context(), Request{URL: "https://example.org/badge"}); err != nil || r.Cached {
		t.Errorf("after private ones: %+v %v", r, err)
	}
	for _, r := range []Request{
		{URL: "https://example.org/badge", Accept: "image/png"},
		{URL: "https://example.org/badge", MaxBytes: 100},
		{URL: "https://example.org/badge", SameHost: true},
		{URL: "https://example.org/badge", Fresh: true},
		{URL: "https://example.org/badge", Fresh: true},
	} {
		if resp, err := c.Fetch(t.Context(), r); err != nil || resp.Cached {
			t.Errorf("%+v: %+v %v", r, resp, err)
		}
	}
}

// The cache holds no more than it may.
func TestCacheBound(t *testing.T) {
	o, hits := site(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 10_000)) })
	o.CacheBytes = 100_000
	c := client(t, o)
	for i := range 50 {
		if _, err := c.Fetch(t.Context(), Request{URL: fmt.Sprintf("https://example.org/%d", i)}); err != nil {
			t.Fatal(err)
		}
		if c.cache.bytes > o.CacheBytes {
			t.Fatalf("%d bytes", c.cache.bytes)
		}
	}
	if n := c.cache.order.Len(); n < 5 || n != len(c.cache.byKey) {
		t.Errorf("%d entries", n)
	}
	was := hits.Load()
	if r, err := c.Fetch(t.Context(), Request{URL: "https://example.org/49"}); err != nil || !r.Cached {
		t.Errorf("newest is gone: %v", err)
	}
	if r, err := c.Fetch(t.Context(), Request{URL: "https://example.org/0"}); err != nil || r.Cached || hits.Load() != was+1 {
		t.Errorf("oldest is there: %v", err)
	}
}

// C13: an open and a closed port, a private and a metadata address, a name that
// is not there and one that refuses: within a kind all read the same, and only
// the log knows.
func TestC13_UniformErrors(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	resolver := dnsServer(t, func(name string, _ int) []netip.Addr {
		switch name {
		case "a.example.org":
			return []netip.Addr{netip.MustParseAddr("10.1.2.3")}
		case "b.example.org":
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}
		}
		return nil
	})
	c := client(t, Options{Resolver: resolver, Log: zap.New(core)})
	var got []string
	for _, u := range []string{"https://a.example.org/jane.doe?mail=x", "https://b.example.org/", "http://b.example.org/"} {
		_, err := c.Fetch(t.Context(), Request{URL: u, PlainHTTP: true})
		got = append(got, fmt.Sprint(err))
	}
	if got[0] != got[1] || got[1] != got[2] || got[0] != ErrForbidden.Error() {
		t.Errorf("%q", got)
	}
	if logs.Len() != 3 || !strings.Contains(fmt.Sprint(logs.All()[0].ContextMap()["error"]), "10.1.2.3") {
		t.Errorf("log: %v", logs.All())
	}
	if all := fmt.Sprint(logs.All()); strings.Contains(all, "jane") || strings.Contains(all, "mail") {
		t.Errorf("the log holds more of a URL than its host: %s", all)
	}
	_, err := c.Fetch(t.Context(), Request{URL: "https://nowhere.example.org/"})
	if fmt.Sprint(err) != ErrUnreachable.Error() {
		t.Errorf("%v", err)
	}
}

func TestAllowHosts(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
			return
		}
		io.WriteString(w, "{}")
	}))
	defer srv.Close()
	addr := srv.Listener.Addr().String()
	c := client(t, Options{AllowHosts: []string{addr}, Rate: 0.001, Burst: 1})
	for i := range 20 {
		if _, err := c.Fetch(t.Context(), Request{URL: fmt.Sprintf("http://%s/%d", addr, i)}); err != nil {
			t.Fatalf("allowed host: %v", err)
		}
	}
	if _, err := c.Fetch(t.Context(), Request{URL: "http://" + addr + "/away"}); !errors.Is(err, ErrForbidden) {
		t.Errorf("away from the allowed host: %v", err)
	}
	if _, err := client(t, Options{}).Fetch(t.Context(), Request{URL: "http://" + addr + "/", PlainHTTP: true}); !errors.Is(err, ErrForbidden) {
		t.Errorf("not allowed: %v", err)
	}
	for _, bad := range []string{"127.0.0.1", ":80", "host:", "http://host:80"} {
		if _, err := NewClient(Options{AllowHosts: []string{bad}}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestPlainHTTP(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) }))
	defer srv.Close()
	c := client(t, Options{connect: func(ctx context.Context, n, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, n, srv.Listener.Addr().String())
	}})
	if r, err := c.Fetch(t.Context(), Request{URL: "http://old.example.org/a", PlainHTTP: true}); err != nil || string(r.Body) != "old.example.org" {
		t.Errorf("%v", err)
	}
	if _, err := c.Fetch(t.Context(), Request{URL: "http://old.example.org/a"}); !errors.Is(err, ErrForbidden) {
		t.Errorf("not asked for, and cached by the one who did: %v", err)
	}
}

// Protocol errors.
func TestMalformed(t *testing.T) {
	for _, tc := range []struct {
		desc, answer string
		want         error
	}{
		{"not HTTP", "hello\r\n\r\n", ErrMalformed},
		{"bad header", "HTTP/1.1 200 OK\r\nbad header\r\n\r\n", ErrMalformed},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", ErrUnreachable},
		{"bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ErrMalformed},
		{"cut off", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab", ErrUnreachable},
		{"nothing", "", ErrUnreachable},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			lis, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer lis.Close()
			go func() {
				conn, err := lis.Accept()
				if err != nil {
					return
				}
				conn.Read(make([]byte, 4096))
				io.WriteString(conn, tc.answer)
				conn.Close()
			}()
			addr := lis.Addr().String()
			_, err = client(t, Options{AllowHosts: []string{addr}}).Fetch(t.Context(), Request{URL: "http://" + addr + "/"})
			if !errors.Is(err, tc.want) && !(tc.want == ErrUnreachable && errors.Is(err, ErrMalformed)) {
				t.Errorf("%v, want %v", err, tc.want)
			}
		})
	}
}

// TestForget: what was kept is asked for again, and what comes then is kept.
func TestForget(t *testing.T) {
	o, hits := site(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		io.WriteString(w, "{}")
	})
	c := client(t, o)
	ask := func(want int64) {
		t.Helper()
		for _, path := range []string{"a", "b"} {
			if _, err := c.Fetch(t.Context(), Request{URL: "https://example.org/" + path}); err != nil {
				t.Fatal(err)
			}
		}
		if n := hits.Load(); n != want {
			t.Errorf("%d requests, want %d", n, want)
		}
	}
	ask(2)
	ask(2)
	if n := c.Forget(); n != 2 || c.cache.bytes != 0 {
		t.Errorf("%d answers dropped, %d bytes stay", n, c.cache.bytes)
	}
	ask(4)
	ask(4)
}
