package read

import (
	"strings"
	"testing"
)

// Attack 391: a password that stands in a server's address, however it is written,
// is in nothing that is printed.
func TestAttack391_Redacted(t *testing.T) {
	for s, want := range map[string]string{
		"nats://127.0.0.1:4222":                           "nats://127.0.0.1:4222",
		"127.0.0.1:4222":                                  "127.0.0.1:4222",
		"nats://user:secretpw@127.0.0.1:4222":             "nats://user:xxxxx@127.0.0.1:4222",
		"user:secretpw@127.0.0.1:4222":                    "user:xxxxx@127.0.0.1:4222",
		"nats://secretpw@127.0.0.1:4222":                  "nats://xxxxx@127.0.0.1:4222", // a token
		"http://u:secretpw@es.example:9200/path":          "http://u:xxxxx@es.example:9200/path",
		"http://u:secret%70w@es.example":                  "http://u:xxxxx@es.example",
		"http://u:@es.example":                            "http://u:xxxxx@es.example",
		"http://es.example/?password=secretpw#secretpw":   "http://es.example/",
		"nats://a:secretpw@h1:4222, nats://b:secretpw@h2": "nats://a:xxxxx@h1:4222,nats://b:xxxxx@h2",
		"nats://a:secretpw,secretpw@h1":                   unreadable + ",xxxxx@h1", // two, by NATS
		"nats://user:secretpw/secretpw@127.0.0.1:4222":    unreadable,
		"nats://user:1234/secretpw@127.0.0.1:4222":        unreadable,
		"nats://user:1234?secretpw@127.0.0.1:4222":        unreadable,
		"nats://user:1234#secretpw@127.0.0.1:4222":        unreadable,
		"nats://user:secret%pw@127.0.0.1:4222":            unreadable,
		"nats://user:secret pw@127.0.0.1:4222":            unreadable,
		"user:secretpw://x@127.0.0.1":                     unreadable,
		"nats://user:secret@secretpw@127.0.0.1:4222":      "nats://user:xxxxx@127.0.0.1:4222",
		"": unreadable,
	} {
		got := Redacted(s)
		if strings.Contains(got, "secret") || strings.Contains(got, "1234") {
			t.Errorf("%q is printed as %q", s, got)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
}
