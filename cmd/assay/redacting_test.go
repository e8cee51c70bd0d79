package main

import (
	"bytes"
	"strings"
	"testing"

	"go.uber.org/zap"
)

// Attack 391: a password in an address that a library quotes, or that stands where
// no address belongs, does not reach a log or a terminal.
func TestAttack391_Redacting(t *testing.T) {
	for line, want := range map[string]string{
		"no server at nats://user:secretpw@127.0.0.1:4222: refused\n":        "no server at nats://user:xxxxx@127.0.0.1:4222: refused\n",
		"nats://secretpw@h,nats://b:secretpw@h2":                             "nats://xxxxx@h,nats://b:xxxxx@h2",
		`parse "nats://user:secret/pw@127.0.0.1:4222": invalid port ":secr"`: `parse "nats://user:xxxxx@127.0.0.1:4222": invalid port ":secr"`,
		`proxy "http://u:secret?pw@h"`:                                       `proxy "http://u:xxxxx@h"`,
		"http://:secretpw@h":                                                 "http://:xxxxx@h",
		"https://blog.example/@user and https://blog.example:8443/@user":     "https://blog.example/@user and https://blog.example:8443/@user",
		"applicant@example.org: //x":                                         "applicant@example.org: //x",
		"":                                                                   "",
	} {
		var b bytes.Buffer
		if n, err := (redacting{&b}).Write([]byte(line)); b.String() != want || n != len(line) || err != nil {
			t.Errorf("%q is %q, want %q; %d, %v", line, b.String(), want, n, err)
		}
	}
	for _, asJSON := range []bool{false, true} {
		var b bytes.Buffer
		logger(&b, "info", asJSON).Info("x http://u:secretpw@h", zap.String("host", "http://u:secretpw@h"))
		if strings.Contains(b.String(), "secretpw") || strings.Count(b.String(), "http://u:xxxxx@h") != 2 {
			t.Errorf("log %s", b.String())
		}
	}
	var b bytes.Buffer
	fail(&b, &guessed{"http://u:secretpw@h"})
	if b.String() != "assay: http://u:xxxxx@h\n" {
		t.Errorf("%s", b.String())
	}
}

type guessed struct{ text string }

func (g *guessed) Error() string { return g.text }

// A quiet log is quiet at every level, without a word on itself.
func TestQuieter(t *testing.T) {
	for level, want := range map[string]string{"debug": "w e", "info": "w e", "warn": "w e", "error": "e"} {
		var b bytes.Buffer
		l := quieter(logger(&b, level, false))
		l.Debug("d")
		l.Info("i")
		l.Warn("w")
		l.Error("e")
		var got []string
		for line := range strings.Lines(b.String()) {
			f := strings.Fields(line)
			got = append(got, f[len(f)-1])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q", level, b.String())
		}
	}
}
