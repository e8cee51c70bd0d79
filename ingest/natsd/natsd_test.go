package natsd

import (
	"errors"
	"net"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func key(t *testing.T, s *Server) nats.Option {
	t.Helper()
	o, err := nats.NkeyOptionFromSeed(s.Seed())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// What was accepted is there after a restart, and both ways in lead to the same
// server.
func TestStoreSurvives(t *testing.T) {
	dir := t.TempDir()
	s, err := Start(Options{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	in, err := nats.Connect("", nats.InProcessServer(s), key(t, s))
	if err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "X", Subjects: []string{"x"}}); err != nil {
		t.Fatal(err)
	}
	out, err := nats.Connect(s.URL(), key(t, s))
	if err != nil {
		t.Fatal(err)
	}
	js, err = jetstream.New(out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "x", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	out.Close()
	in.Close()
	s.Close()

	s, err = Start(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	in, err = nats.Connect("", nats.InProcessServer(s), key(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	js, err = jetstream.New(in)
	if err != nil {
		t.Fatal(err)
	}
	st, err := js.Stream(t.Context(), "X")
	if err != nil {
		t.Fatal(err)
	}
	if m, err := st.GetMsg(t.Context(), 1); err != nil || string(m.Data) != "kept" {
		t.Errorf("%v, %v", m, err)
	}
}

func TestStartRefuses(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	table := []struct {
		listen string
		want   error
	}{
		{"0.0.0.0:0", ErrAddress}, {":4222", ErrAddress}, {"192.0.2.1:4222", ErrAddress}, {"example.org:1", ErrAddress},
		{"127.0.0.1", ErrAddress}, {"127.0.0.1:x", ErrAddress}, {"127.0.0.1:99999", ErrAddress},
		{l.Addr().String(), ErrStart}, // taken: an error, not the end of the process
	}
	for _, tt := range table {
		s, err := Start(Options{Dir: t.TempDir(), Listen: tt.listen})
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.listen, err)
		}
		if err == nil {
			s.Close()
		}
	}
}
