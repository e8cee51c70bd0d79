package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"assay/index/web"
	"assay/index/web/look"
	"assay/ingest"
	"assay/ingest/intake/mail"
	"assay/ingest/intake/tell"
)

// mailing are the flags of the mail server that tells recruiters what is new in their
// searches.
type mailing struct {
	Server       string `name:"smtp" help:"Mail server that tells recruiters what is new in searches that they keep; over STARTTLS, but for one on this machine." placeholder:"HOST:PORT"`
	From         string `name:"smtp-from" help:"Address of e-mail that it is told from." placeholder:"ADDRESS"`
	User         string `name:"smtp-user" help:"User of the mail server." placeholder:"NAME"`
	PasswordFile string `name:"smtp-password-file" help:"File with the password of that user." placeholder:"FILE"`
}

// open makes what sends; nil where no server is named.
func (m *mailing) open() (*mail.Sender, error) {
	if m == nil || m.Server == "" {
		if m != nil && m.From+m.User+m.PasswordFile != "" {
			return nil, errors.New("--smtp-from, --smtp-user and --smtp-password-file need --smtp")
		}
		return nil, nil
	}
	o := mail.Options{Server: m.Server, From: m.From, User: m.User}
	if (m.User == "") != (m.PasswordFile == "") {
		return nil, errors.New("--smtp-user and --smtp-password-file need each other")
	}
	if m.PasswordFile != "" {
		b, err := os.ReadFile(m.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("--smtp-password-file: %w", err)
		}
		o.Password = strings.TrimRight(string(b), "\r\n")
	}
	s, err := mail.New(o)
	switch {
	case errors.Is(err, mail.ErrAddress):
		return nil, fmt.Errorf("--smtp-from: %w", err)
	case err != nil:
		return nil, fmt.Errorf("--smtp: %w", err)
	}
	return s, nil
}

// alerter tells what is new by webhooks, and where there is a mail server, by e-mail.
type alerter struct {
	*tell.Teller
	mail *mail.Sender
}

// Mails reports whether there is a mail server.
func (a *alerter) Mails() bool { return a.mail != nil }

// Mail sends a text to an address.
func (a *alerter) Mail(ctx context.Context, to, subject, text string) error {
	if a.mail == nil {
		return web.ErrNoMail
	}
	return a.mail.Mail(ctx, to, subject, text)
}

// beside gives the page its further languages, and what lies in the queue beside
// applications: decisions on issuers, sessions that were ended, and what recruiters keep.
// Without a queue it has none of that.
func (a *access) beside(o web.Options, q *ingest.Queue, desk *ingest.Decisions, out *ingest.SignedOut, key []byte) (web.Options, error) {
	for _, name := range a.Language {
		b, err := os.ReadFile(name)
		if err != nil {
			return o, fmt.Errorf("--language: %w", err)
		}
		if err := look.Check(b); err != nil {
			return o, fmt.Errorf("--language: %s: %w", name, err)
		}
		o.Messages = append(o.Messages, b)
	}
	if q == nil {
		return o, nil
	}
	s, err := q.Saved(key)
	if err != nil {
		return o, err
	}
	o.Issuers, o.Ended, o.Saved = desk, out, s
	return o, nil
}
