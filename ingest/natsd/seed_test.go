package natsd

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

// Nobody gets in without the key; who may read its file finds it by the
// address alone, and shows it to no other server.
func TestSeed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seed := filepath.Join(dir, "of the queue", "queue.nk")
	s, err := Start(Options{Dir: filepath.Join(dir, "nats"), Seed: seed, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if i, err := os.Stat(seed); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", i.Mode(), err)
	}
	other := filepath.Join(dir, "other.nk")
	if _, err := MakeSeed(other); err != nil {
		t.Fatal(err)
	}
	another, err := nats.NkeyOptionFromSeed(other)
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string][]nats.Option{
		"nobody": nil, "another key": {another}, "a user": {nats.UserInfo("assay", "assay")},
	} {
		if c, err := nats.Connect(s.URL(), o...); err == nil || name != "in the process" && !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("%s: %v", name, err)
			c.Close()
		}
	}
	found := Seed(t.Context(), s.URL())
	if found != seed {
		t.Fatalf("found %q, want %q", found, seed)
	}
	if at := Running(t.Context(), seed); at != s.URL() {
		t.Errorf("it runs at %q, want %q", at, s.URL())
	}
	if at := Running(t.Context(), other); at != "" {
		t.Errorf("a server of another folder runs at %q", at)
	}
	// One that ran there before: the address is another's by now.
	if b, err := os.ReadFile(at(seed)); err != nil || os.WriteFile(at(other), b, 0o600) != nil {
		t.Fatal(err)
	}
	if at := Running(t.Context(), other); at != "" {
		t.Errorf("another server is taken for it, at %q", at)
	}
	o, err := nats.NkeyOptionFromSeed(found)
	if err != nil {
		t.Fatal(err)
	}
	c, err := nats.Connect(s.URL(), o)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()

	// One that claims the key, at an address of its own.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprintf(c, "INFO {\"server_name\":%q,\"nonce\":\"x\"}\r\n", serverName+url.PathEscape(seed))
			_, _ = bufio.NewReader(c).ReadByte()
			c.Close()
		}
	}()
	for _, address := range []string{l.Addr().String(), "nats://" + l.Addr().String(), "nats://192.0.2.1:4222", "nats://user:x@" + strings.TrimPrefix(s.URL(), "nats://"), s.URL() + ",nats://127.0.0.1:1", "::", "nats://127.0.0.1:1"} {
		if got := Seed(t.Context(), address); got != "" {
			t.Errorf("%s: %q", address, got)
		}
	}

	// The key stays.
	before, err := os.ReadFile(seed)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if s, err = Start(Options{Dir: filepath.Join(dir, "nats"), Seed: seed}); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(seed); err != nil || string(after) != string(before) {
		t.Errorf("another key: %v", err)
	}
}

func TestSeedRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open, none := filepath.Join(dir, "open.nk"), filepath.Join(dir, "none.nk")
	if _, err := MakeSeed(open); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(open, 0o644), os.WriteFile(none, []byte("nothing\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{open, none, dir} {
		if _, err := Start(Options{Dir: filepath.Join(dir, "nats"), Seed: f}); !errors.Is(err, ErrSeed) {
			t.Errorf("%s: %v", f, err)
		}
	}
}
