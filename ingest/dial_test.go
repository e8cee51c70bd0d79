package ingest

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/deploy/testenv"
)

// Attack 391: a start that fails prints what it was given for an address, password
// and all. And what it says is so: a server that refuses the login is there.
func TestAttack391_Dial(t *testing.T) {
	t.Parallel()
	dial := func(t *testing.T, url string, want error) string {
		t.Helper()
		q, err := Dial(t.Context(), QueueOptions{URL: url})
		if err == nil {
			q.Close()
			t.Fatalf("%s: connected", url)
		}
		if !errors.Is(err, want) || want == ErrLogin && errors.Is(err, ErrNoServer) {
			t.Errorf("%s: %v, want %v", url, err, want)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is in %q", err)
		}
		return err.Error()
	}
	for _, url := range []string{"nats://user:secretpw@127.0.0.1:1", "nats://secretpw@127.0.0.1:1", "nats://user:secret/pw@127.0.0.1:1", "nats://user:sec%secret@127.0.0.1:1", "nats://user:secret pw@127.0.0.1:1", "secretpw@127.0.0.1:1"} {
		dial(t, url, ErrNoServer)
	}
	bin := testenv.NATSServer(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	dir := t.TempDir()
	config := filepath.Join(dir, "nats.conf")
	if err := os.WriteFile(config, []byte(`listen: "`+at+`"
jetstream { store_dir: "`+dir+`" }
authorization { users = [ { user: user, password: right }, { user: other, password: right, permissions: { publish: { allow: ["applications.acme.*"] } } } ] }
`), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "-c", config)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 200 {
		if c, err := net.Dial("tcp", at); err == nil {
			c.Close()
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	if got, want := dial(t, "nats://user:secretpw@"+at, ErrLogin), ErrLogin.Error()+" at nats://user:xxxxx@"+at+": "; !strings.HasPrefix(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	dial(t, "nats://"+at, ErrLogin)
	for range 5 { // of several in any order, of which others are down
		dial(t, "nats://user:secretpw@"+at+",nats://user:secretpw@127.0.0.1:1", ErrLogin)
	}
	q, err := Dial(t.Context(), QueueOptions{URL: "nats://user:right@" + at})
	if err != nil {
		t.Fatal(err)
	}
	q.Close()
	// What is not allowed is not answered: it is told at once, with the subject.
	if q, err = Dial(t.Context(), QueueOptions{URL: "nats://other:right@" + at}); err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	begun := time.Now()
	if err := q.Setup(t.Context()); !errors.Is(err, ErrRights) || !strings.Contains(err.Error(), `"$JS.API.STREAM.`) {
		t.Errorf("%v, want %v", err, ErrRights)
	}
	if sub, err := NewSubmitter(q, nil); err != nil {
		t.Error(err)
	} else if _, err := sub.Submit(t.Context(), submission("rival", "A-1", "x")); !errors.Is(err, ErrRights) || !strings.Contains(err.Error(), `"applications.rival.A-1"`) {
		t.Errorf("%v, want %v", err, ErrRights)
	}
	if d := time.Since(begun); d > defaultTimeout/2 {
		t.Errorf("told after %v", d)
	}
}
