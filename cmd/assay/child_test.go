package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"assay/verify/verifytest"
)

// endlessSchema is a schema of 2.6 KB whose definitions each ask for the next one
// twice, 40 times.
func endlessSchema() string {
	var b strings.Builder
	b.WriteString(`{"$ref":"#/$defs/d0","$defs":{`)
	for i := range 40 {
		fmt.Fprintf(&b, `"d%d":{"allOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]},`, i, i+1, i+1)
	}
	b.WriteString(`"d40":{"type":"object"}}}`)
	return b.String()
}

// schemaBadge writes a signed badge that names a schema, and the web that answers
// with that; it gives the names of both files.
func schemaBadge(t *testing.T, dir, schema string) (badge, web string) {
	t.Helper()
	const where = "https://issuer.example/schema.json"
	key := verifytest.Ed25519(1)
	did, method := verifytest.DIDKey(key)
	b := verifytest.Secure(map[string]any{
		"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":       "urn:uuid:1", "type": []any{"VerifiableCredential", "OpenBadgeCredential"}, "validFrom": "2026-01-01T00:00:00Z",
		"issuer":           map[string]any{"id": did, "type": []any{"Profile"}, "name": "Issuer"},
		"credentialSchema": []any{map[string]any{"id": where, "type": "JsonSchema"}},
		"credentialSubject": map[string]any{"type": []any{"AchievementSubject"},
			"identifier":  []any{map[string]any{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false, "identityHash": "applicant@example.org"}},
			"achievement": map[string]any{"id": "https://issuer.example/a", "type": []any{"Achievement"}, "name": "Teamwork", "description": "d", "criteria": map[string]any{"narrative": "n"}}},
	}, key, method, "eddsa-rdfc-2022")
	badge, web = filepath.Join(dir, "badge.json"), filepath.Join(dir, "web.json")
	for name, data := range map[string][]byte{
		badge:                             verifytest.JSON(b),
		filepath.Join(dir, "schema.json"): []byte(schema),
		web:                               fmt.Appendf(nil, `{%q: {"status": 200, "contentType": "application/json", "file": "schema.json"}}`, where),
	} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return badge, web
}

// conformance is what check says of a badge's conformance.
func conformance(t *testing.T, program, schema string) (state, reason string, took time.Duration) {
	t.Helper()
	badge, web := schemaBadge(t, t.TempDir(), schema)
	cmd := exec.Command(program, "check", "--json", "--accept", "key", "--web", web, "--applicant-email", "applicant@example.org", "--at", "2026-11-28", badge)
	cmd.Env = settled()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	out, err := cmd.Output()
	took = time.Since(start)
	if e := (*exec.ExitError)(nil); err != nil && !errors.As(err, &e) {
		t.Fatal(err)
	}
	var got struct {
		Findings []struct {
			Aspects struct {
				Integrity   struct{ State string }
				Conformance struct{ State, Reason string }
			}
		}
	}
	if err := json.Unmarshal(out, &got); err != nil || len(got.Findings) != 1 || got.Findings[0].Aspects.Integrity.State != "pass" {
		t.Fatalf("%v\n%s\n%s", err, out, stderr.String())
	}
	c := got.Findings[0].Aspects.Conformance
	return c.State, c.Reason, took
}

// TestAttack110_Program: on the built program, a badge whose schema never ends is
// judged without it, in a child that is ended; a service that has such badges in
// both hands takes the next application, and ends when it is told to.
func TestAttack110_Program(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "assay")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, tc := range []struct{ desc, schema, state, reason string }{
		{"obeyed", `{"required":["credentialSubject"]}`, "pass", ""},
		{"not obeyed", `{"required":["gpa"]}`, "fail", "schema_mismatch"},
		{"without end", endlessSchema(), "unknown", "schema_unknown"},
		{"without end, and failing", strings.ReplaceAll(endlessSchema(), `{"type":"object"}`, `{"type":"string"}`), "unknown", "schema_unknown"},
	} {
		state, reason, took := conformance(t, program, tc.schema)
		if state != tc.state || reason != tc.reason {
			t.Errorf("%s: %s %s, want %s %s", tc.desc, state, reason, tc.state, tc.reason)
		}
		if took > 15*time.Second {
			t.Errorf("%s: took %s", tc.desc, took)
		}
	}

	dir := t.TempDir()
	badge, web := schemaBadge(t, dir, endlessSchema())
	page, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	queue, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	var log lockedBuffer
	serve := exec.Command(program, "serve", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:"+page, "--nats-listen", "127.0.0.1:"+queue, "--web", web, "--accept", "key", "--workers", "2", "--drain", "1s")
	serve.Env, serve.Stderr = settled(), &log
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve.Wait() }()
	t.Cleanup(func() { _ = serve.Process.Kill() })
	ready := func() bool {
		r, err := http.Get("http://127.0.0.1:" + page + "/readyz")
		if err != nil {
			return false
		}
		_ = r.Body.Close()
		return r.StatusCode == http.StatusOK
	}
	for end := time.Now().Add(60 * time.Second); !ready(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("serve is not ready\n%s", &log)
		}
	}
	submit := func(name, file string, wait bool) (string, error) {
		args := []string{"submit", "--nats", "nats://127.0.0.1:" + queue, "--tenant", "acme", "--application", name, "--applicant-email", "applicant@example.org"}
		if wait {
			args = append(args, "--wait")
		}
		cmd := exec.Command(program, append(args, file)...)
		cmd.Env = settled()
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for i := range 2 {
		if out, err := submit(fmt.Sprintf("endless-%d", i), badge, false); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	plain := filepath.Join(dir, "plain.txt")
	if err := os.WriteFile(plain, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if out, err := submit("after", plain, true); err != nil || !strings.Contains(out, "indexed") {
		t.Errorf("the next application: %v: %s", err, out)
	}
	t.Logf("the next application after two with such badges, in both hands: %s", time.Since(start).Round(10*time.Millisecond))
	for i := range 2 {
		if out, err := submit(fmt.Sprintf("last-%d", i), badge, false); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	start = time.Now()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("serve: %v\n%s", err, &log)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("SIGTERM does not end serve\n%s", &log)
	}
	t.Logf("ended %s after SIGTERM", time.Since(start).Round(10*time.Millisecond))
}
