// Package mail sends a text by SMTP to an address, through the one server that the
// operator names: over TLS by STARTTLS, or without it on this machine alone. Nothing that
// is given to it ends a header or the message.
//
// Out of scope: what is told, to whom and how often (index/web).
package mail

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"

	"assay/index/web"
	"assay/verify/fetch"
	"assay/verify/read"
)

// Errors of sending. What was refused before the server had the message wraps
// ErrRefused; afterwards it is web.ErrMaybeSent.
var (
	ErrRefused = errors.New("the mail server does not take it")
	ErrPlain   = errors.New("the mail server offers no STARTTLS, and is not on this machine")
	ErrAddress = errors.New("that is not one address of e-mail")
	ErrServer  = errors.New("not HOST:PORT")
)

// Options say which server, and who sends. Server and From are required.
type Options struct {
	Server   string           // HOST:PORT
	From     string           // address
	User     string           // "" = the server asks nobody who he is
	Password string           //
	TLS      *tls.Config      // nil = the system's certificates; its name is the server's
	Now      func() time.Time // nil = time.Now
}

// sendTime bounds one sending.
const sendTime = 30 * time.Second

// maxText bounds a text, in bytes.
const maxText = 64 << 10

// Sender sends. Safe for concurrent use.
type Sender struct {
	o    Options
	host string
}

// New returns a Sender: ErrServer, ErrAddress.
func New(o Options) (*Sender, error) {
	host, port, err := net.SplitHostPort(o.Server)
	if err != nil || host == "" || port == "" {
		return nil, fmt.Errorf("%q is %w", o.Server, ErrServer)
	}
	if !web.IsMail(o.From) {
		return nil, ErrAddress
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Sender{o, host}, nil
}

// Mail sends a text to an address, once.
func (s *Sender) Mail(ctx context.Context, to, subject, text string) error {
	if !web.IsMail(to) {
		return ErrAddress
	}
	body, err := s.message(to, subject, text)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	return s.send(ctx, to, body)
}

func (s *Sender) send(ctx context.Context, to string, body []byte) error {
	conn, err := fetch.DialOperator(ctx, s.o.Server)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	defer conn.Close()
	if at, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(at); err != nil {
			return fmt.Errorf("%w: %w", ErrRefused, err)
		}
	}
	w, c, err := s.begin(conn, to)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if _, err := w.Write(body); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err) // it has no end yet
	}
	if err := w.Close(); err != nil {
		if said := (*textproto.Error)(nil); errors.As(err, &said) {
			return fmt.Errorf("%w: %w", ErrRefused, err) // in so many words
		}
		return fmt.Errorf("%w: %w", web.ErrMaybeSent, err)
	}
	_ = c.Quit() // it is sent, whatever comes of it
	return nil
}

// begin says who sends, and to whom, and gives what takes the message.
func (s *Sender) begin(conn net.Conn, to string) (io.WriteCloser, *smtp.Client, error) {
	c, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return nil, nil, err
	}
	if ok, _ := c.Extension("STARTTLS"); ok {
		config := &tls.Config{MinVersion: tls.VersionTLS12}
		if s.o.TLS != nil {
			config = s.o.TLS.Clone()
		}
		config.ServerName = s.host
		if err := c.StartTLS(config); err != nil {
			return nil, nil, err
		}
	} else if !isLoopback(conn.RemoteAddr()) {
		// A password, and who is told what, do not cross a network in the clear.
		return nil, nil, ErrPlain
	}
	if s.o.User != "" {
		if err := c.Auth(smtp.PlainAuth("", s.o.User, s.o.Password, s.host)); err != nil {
			return nil, nil, err
		}
	}
	if err := c.Mail(s.o.From); err != nil {
		return nil, nil, err
	}
	if err := c.Rcpt(to); err != nil {
		return nil, nil, err
	}
	w, err := c.Data()
	return w, c, err
}

func isLoopback(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}

// message is a mail by RFC 5322: plain text, with nothing of the caller's in a header but
// the address, which was read, and the subject, which is encoded.
func (s *Sender) message(to, subject, text string) ([]byte, error) {
	_, domain, _ := strings.Cut(s.o.From, "@")
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"From", "assay <" + s.o.From + ">"}, {"To", "<" + to + ">"}, {"Subject", mime.QEncoding.Encode("utf-8", oneLine(subject))},
		{"Date", s.o.Now().UTC().Format(time.RFC1123Z)}, {"Message-ID", "<" + strings.ToLower(rand.Text()) + "@" + domain + ">"},
		{"MIME-Version", "1.0"}, {"Content-Type", "text/plain; charset=utf-8"}, {"Content-Transfer-Encoding", "quoted-printable"},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834: no machine answers
	} {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write([]byte(strings.NewReplacer("\r", "", "\n", "\r\n").Replace(read.Cut(text, maxText)))); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// maxSubject bounds a subject, in characters.
const maxSubject = 150

// oneLine is a text without what would end a line, or shows as nothing.
func oneLine(s string) string { return read.Cut(read.Printable(s), maxSubject) }
