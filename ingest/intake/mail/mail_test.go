package mail

import (
	"bufio"
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
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/index/web"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// server is a mail server on loopback that notes what it is told.
type server struct {
	net.Listener
	tls    *tls.Config       // nil = it offers no STARTTLS
	answer map[string]string // to a command, in place of what is good; "" = it hangs up
	mu     sync.Mutex
	said   []string // commands
	mails  []string
	secure []bool // of each mail
}

func newServer(t *testing.T, s *server) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Listener = l
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return s
}

func (s *server) serve(c net.Conn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	r, secure := bufio.NewReader(c), false
	say := func(what string) { fmt.Fprintf(c, "%s\r\n", what) }
	say("220 ready")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		word := strings.ToUpper(strings.SplitN(strings.SplitN(line, " ", 2)[0], ":", 2)[0])
		s.mu.Lock()
		s.said = append(s.said, line)
		s.mu.Unlock()
		if a, ok := s.answer[word]; ok && word != "DATA" {
			if a == "" {
				return
			}
			say(a)
			continue
		}
		switch word {
		case "EHLO":
			if s.tls != nil && !secure {
				say("250-here")
				say("250 STARTTLS")
			} else {
				say("250-here")
				say("250 AUTH PLAIN")
			}
		case "STARTTLS":
			say("220 go on")
			x := tls.Server(c, s.tls)
			if x.Handshake() != nil {
				return
			}
			c, r, secure = x, bufio.NewReader(x), true
		case "AUTH":
			say("235 good")
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				b.WriteString(strings.TrimPrefix(line, "."))
			}
			s.mu.Lock()
			s.mails, s.secure = append(s.mails, b.String()), append(s.secure, secure)
			s.mu.Unlock()
			if a, ok := s.answer["DATA"]; ok {
				if a == "" {
					return
				}
				say(a)
				continue
			}
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 good")
		}
	}
}

func (s *server) came() (said, mails []string, secure []bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.said), slices.Clone(s.mails), slices.Clone(s.secure)
}

func sender(t *testing.T, s *server, change ...func(*Options)) *Sender {
	t.Helper()
	o := Options{Server: s.Addr().String(), From: "assay@example.org", Now: func() time.Time { return now }}
	for _, f := range change {
		f(&o)
	}
	x, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestMail: a text comes as it was given, as plain text, and nothing of it is a header.
func TestMail(t *testing.T) {
	s := newServer(t, &server{})
	text := "Three new: größer, schöner.\n.\n..\nQUIT\r\n.\r\nMAIL FROM:<evil@example.org>\n" + strings.Repeat("long ", 100) + "\n"
	subject := "assay: 3 new applicants · Bauleitung\r\nBcc: evil@example.org\r\n\r\n<script>\x00\u202e " + strings.Repeat("ü", 300)
	if err := sender(t, s).Mail(t.Context(), "jo@example.org", subject, text); err != nil {
		t.Fatal(err)
	}
	said, mails, _ := s.came()
	if len(mails) != 1 || !slices.Contains(said, "MAIL FROM:<assay@example.org>") || !slices.Contains(said, "RCPT TO:<jo@example.org>") || strings.Count(strings.Join(said, "\n"), "MAIL FROM") != 1 {
		t.Fatalf("%q, %q", said, mails)
	}
	m, err := mail.ReadMessage(strings.NewReader(mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"From", "To", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted"}
	for name := range m.Header {
		if !slices.Contains(want, name) {
			t.Errorf("a header %s", name)
		}
	}
	got, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || !strings.HasPrefix(got, "assay: 3 new applicants · Bauleitung  Bcc: evil@example.org") || strings.ContainsAny(got, "\r\n\x00\u202e") || len(got) > maxSubject {
		t.Errorf("%q, %v", got, err)
	}
	if m.Header.Get("To") != "<jo@example.org>" || len(m.Header) != len(want) {
		t.Errorf("%v", m.Header)
	}
	if at, err := m.Header.Date(); err != nil || !at.Equal(now) {
		t.Error(at, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if plain := strings.ReplaceAll(string(body), "\r\n", "\n"); err != nil || strings.ReplaceAll(plain, "\r", "") != strings.ReplaceAll(text, "\r", "") {
		t.Errorf("%q, %v", plain, err)
	}
	for line := range strings.Lines(mails[0]) {
		if len(line) > 998 {
			t.Errorf("a line of %d", len(line))
		}
	}
}

// TestAddresses: only one address is sent to, and nobody is asked before that is known.
func TestAddresses(t *testing.T) {
	s := newServer(t, &server{})
	x := sender(t, s)
	for _, bad := range []string{"", "jo", "Jo <jo@example.org>", "jo@example.org,lee@example.org", "jo@example.org\r\nRCPT TO:<all@example.org>", "jo@example.org>\r\nDATA", "jo@exa mple.org", "<jo@example.org>", "jo@example.org\n"} {
		if err := x.Mail(t.Context(), bad, "s", "t"); !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if said, _, _ := s.came(); len(said) > 0 {
		t.Errorf("%q", said)
	}
	for _, o := range []Options{{Server: "127.0.0.1", From: "a@example.org"}, {Server: ":25", From: "a@example.org"}, {Server: "h:", From: "a@example.org"}} {
		if _, err := New(o); !errors.Is(err, ErrServer) {
			t.Errorf("%v: %v", o, err)
		}
	}
	if _, err := New(Options{Server: "h:25", From: "a@example.org\r\nx"}); !errors.Is(err, ErrAddress) {
		t.Error(err)
	}
}

// TestRefused: what the server refuses in words was not taken; where it hangs up after the
// message, that is not known.
func TestRefused(t *testing.T) {
	for _, tc := range []struct {
		answer map[string]string
		want   error
	}{
		{map[string]string{"MAIL": "550 no"}, ErrRefused}, {map[string]string{"RCPT": "550 no"}, ErrRefused}, {map[string]string{"RCPT": ""}, ErrRefused},
		{map[string]string{"DATA": "554 no"}, ErrRefused}, {map[string]string{"DATA": ""}, web.ErrMaybeSent}, {map[string]string{"QUIT": "500 no"}, nil},
	} {
		s := newServer(t, &server{answer: tc.answer})
		err := sender(t, s).Mail(t.Context(), "jo@example.org", "s", "t")
		if !errors.Is(err, tc.want) || tc.want != web.ErrMaybeSent && errors.Is(err, web.ErrMaybeSent) {
			t.Errorf("%v: %v", tc.answer, err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := sender(t, &server{Listener: l}).Mail(t.Context(), "jo@example.org", "s", "t"); !errors.Is(err, ErrRefused) {
		t.Errorf("nobody there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sender(t, newServer(t, &server{})).Mail(ctx, "jo@example.org", "s", "t"); err == nil {
		t.Error("who is ending sends")
	}
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// TestSecure: where the server offers TLS it is taken, and its certificate looked at, before
// a password or an address crosses; without it, nothing crosses a network.
func TestSecure(t *testing.T) {
	cert, pool := certificate(t)
	s := newServer(t, &server{tls: &tls.Config{Certificates: []tls.Certificate{cert}}})
	login := func(o *Options) { o.User, o.Password = "assay", "secret of a test" }
	if err := sender(t, s, login).Mail(t.Context(), "jo@example.org", "s", "t"); !errors.Is(err, ErrRefused) {
		t.Errorf("a certificate that nobody signed: %v", err)
	}
	if said, mails, _ := s.came(); len(mails) > 0 || strings.Contains(strings.Join(said, "\n"), "AUTH") {
		t.Errorf("%q", said)
	}
	trusting := func(o *Options) { o.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12} }
	if err := sender(t, s, login, trusting).Mail(t.Context(), "jo@example.org", "s", "t"); err != nil {
		t.Fatal(err)
	}
	if _, mails, secure := s.came(); len(mails) != 1 || !secure[0] {
		t.Errorf("%q, %v", mails, secure)
	}
	// No address of this machine: a pipe has none.
	there, here := net.Pipe()
	defer here.Close()
	var all sync.WaitGroup
	plain := &server{}
	all.Go(func() { plain.serve(there) })
	x := sender(t, s, login)
	if _, _, err := x.begin(here, "jo@example.org"); !errors.Is(err, ErrPlain) {
		t.Errorf("over a network in the clear: %v", err)
	}
	here.Close()
	all.Wait()
	if said, _, _ := plain.came(); len(said) != 1 {
		t.Errorf("%q", said)
	}
}
