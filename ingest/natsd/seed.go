package natsd

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nkeys"
)

// ErrSeed is behind every error of a file that holds a key.
var ErrSeed = errors.New("the key of the queue")

// MakeSeed gives the public key of the NKey whose seed is in the file, which is made,
// for its owner alone, where it is missing. Errors wrap ErrSeed.
func MakeSeed(file string) (public string, err error) {
	seed, err := os.ReadFile(file)
	switch {
	case err == nil:
		key, err := nkeys.ParseDecoratedNKey(seed)
		if err != nil {
			return "", fmt.Errorf("%w: %s holds none", ErrSeed, file)
		}
		defer key.Wipe()
		if i, err := os.Stat(file); err != nil || i.Mode().Perm()&0o077 != 0 {
			return "", fmt.Errorf("%w: %s may be read by others: chmod 600 it", ErrSeed, file)
		}
		return key.PublicKey()
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%w: %w", ErrSeed, err)
	}
	key, err := nkeys.CreateUser()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrSeed, err)
	}
	defer key.Wipe()
	if seed, err = key.Seed(); err != nil {
		return "", fmt.Errorf("%w: %w", ErrSeed, err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", fmt.Errorf("%w: %w", ErrSeed, err)
	}
	if err := write(file, append(seed, '\n')); err != nil {
		return "", err
	}
	return key.PublicKey()
}

// write writes a file for its owner alone, whole or not at all.
func write(file string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".new-*") // 0600
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSeed, err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("%w: %w", ErrSeed, err)
	}
	return nil
}

// serverName begins the name of a server; the file of its key follows.
const serverName = "assay@"

// at is the file beside a key that says at which address its server is.
func at(seed string) string { return seed + ".at" }

// announce writes where the server listens, so that its key is shown to no other.
func (s *Server) announce() error {
	a, ok := s.s.Addr().(*net.TCPAddr)
	if !ok {
		return fmt.Errorf("%w: the server has no address", ErrStart)
	}
	return write(at(s.seed), []byte(a.String()+"\n"))
}

// Seed is the file of the key that one who connects needs.
func (s *Server) Seed() string { return s.seed }

// askTime is how long a server may take to say who it is.
const askTime = 2 * time.Second

// Seed gives the file of the key for the server at an address of this machine, where it
// is one that Start started, and this user may read the file; else "". The server says
// where the file is before anybody has logged in; the file says beside it at which
// address, so that another server that claims it is shown nothing.
func Seed(ctx context.Context, address string) string {
	if strings.Contains(address, ",") {
		return ""
	}
	if !strings.Contains(address, "://") {
		address = "nats://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "nats" || u.User != nil {
		return ""
	}
	host, port := u.Hostname(), u.Port()
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return ""
	}
	if port == "" {
		port = "4222"
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	c, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return ""
	}
	defer c.Close()
	if deadline, ok := ctx.Deadline(); ok {
		_ = c.SetReadDeadline(deadline)
	}
	line, err := bufio.NewReader(io.LimitReader(c, 64<<10)).ReadString('\n')
	info, ok := strings.CutPrefix(line, "INFO ")
	var says struct {
		Name string `json:"server_name"`
	}
	if err != nil || !ok || json.Unmarshal([]byte(info), &says) != nil {
		return ""
	}
	escaped, ok := strings.CutPrefix(says.Name, serverName)
	file, err := url.PathUnescape(escaped)
	if !ok || err != nil || !filepath.IsAbs(file) {
		return ""
	}
	where, err := os.ReadFile(at(file))
	if err != nil || strings.TrimSpace(string(where)) != c.RemoteAddr().String() {
		return ""
	}
	return file
}

// Running gives the address of the server whose key is in the file, where it runs on this
// machine and lets outside clients in; else "".
func Running(ctx context.Context, file string) string {
	where, err := os.ReadFile(at(file))
	if err != nil {
		return ""
	}
	address := "nats://" + strings.TrimSpace(string(where))
	found := Seed(ctx, address)
	a, err := os.Stat(file)
	if found == "" || err != nil {
		return ""
	}
	if b, err := os.Stat(found); err != nil || !os.SameFile(a, b) {
		return ""
	}
	return address
}
