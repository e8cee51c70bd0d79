// Package natsd runs a NATS server with JetStream inside the process: the
// queue of an installation that brings none of its own.
//
// Every accepted message is on the disk before it is acknowledged
// (sync always): the server's own default of two minutes would lose them in a
// power failure. A disk that fills up is met before it is full: nothing more is
// taken, in words, until there is room again (see [Server.Ready]). Nobody gets in but
// who has the key that it makes beside its store; this machine's client commands find
// it by themselves (Seed).
//
// Who may do what on a server of one's own is in Roles. Out of scope: clusters.
package natsd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"assay/verify/guard"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/zap"
)

// Defaults of Options, in bytes.
const (
	DefaultMaxStore = 10 << 30
	DefaultMinFree  = 256 << 20
)

// startTime is how long a start may take: a large store is read first.
const startTime = 10 * time.Second

// Errors of Start.
var (
	ErrAddress = errors.New("the address is not HOST:PORT of this machine")
	ErrStart   = errors.New("the embedded queue does not start")
)

// Options configure a Server. Dir is required.
type Options struct {
	Dir      string // where JetStream stores
	Seed     string // file of the NKey's seed that one who connects needs; made when it is missing; "" = queue.nk in Dir
	Listen   string // HOST:PORT for outside clients; "" = none. Without TLS only loopback is allowed
	MaxStore int64  // bytes of the store, so that a full disk is met as a clean refusal; 0 = DefaultMaxStore
	MinFree  int64  // bytes that stay free on the disk: with fewer nothing is taken; 0 = DefaultMinFree
	NoSync   bool   // leave it to the operating system when to write: a power failure may lose what was accepted

	Faults *guard.Watch // is told of assay's own faults; nil = Log is
	Log    *zap.Logger  // nil = no log
}

// Server is a running server.
type Server struct {
	s     *server.Server
	seed  string
	o     Options
	free  func(dir string) (int64, error) // bytes free on its disk
	store server.JetStreamConfig
	end   func() // stops the watch over the disk, and waits for that

	broken chan struct{} // holds one when the server said that it cannot write
	looks  int           // since it could not write, or was begun anew

	streams int // that it held when it could write

	mu    sync.Mutex
	state error // what Ready says
	shut  bool  // nothing is taken
}

// Start starts a server and waits until it is ready. Errors wrap ErrAddress,
// ErrSeed or ErrStart.
func Start(o Options) (*Server, error) { return start(o, free) }

func start(o Options, free func(string) (int64, error)) (*Server, error) {
	o.MaxStore = cmp.Or(max(o.MaxStore, 0), DefaultMaxStore)
	o.MinFree = cmp.Or(max(o.MinFree, 0), DefaultMinFree)
	o.Log = cmp.Or(o.Log, zap.NewNop())
	o.Faults = cmp.Or(o.Faults, &guard.Watch{Log: o.Log})
	if o.Seed == "" {
		o.Seed = filepath.Join(o.Dir, "queue.nk")
	}
	seed, err := filepath.Abs(o.Seed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSeed, err)
	}
	public, err := MakeSeed(seed)
	if err != nil {
		return nil, err
	}
	so := &server.Options{
		ServerName: serverName + url.PathEscape(seed), Nkeys: []*server.NkeyUser{{Nkey: public}}, JetStream: true, StoreDir: o.Dir,
		JetStreamMaxStore:  o.MaxStore + 1, // nothing is taken by a limit of 0 in place of -1, which is a byte more
		JetStreamMaxMemory: 64 << 20, SyncAlways: !o.NoSync, NoSigs: true, NoLog: true,
		DontListen: o.Listen == "", MaxPayload: 1 << 20, DisableJetStreamBanner: true,
	}
	if o.Listen != "" {
		host, port, err := net.SplitHostPort(o.Listen)
		if err != nil {
			return nil, fmt.Errorf("%w: %q", ErrAddress, o.Listen)
		}
		p, err := strconv.Atoi(port)
		if err != nil || p < 0 || p > 65535 {
			return nil, fmt.Errorf("%w: %q", ErrAddress, o.Listen)
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, fmt.Errorf("%w: %q: without TLS only loopback is served; use a server of your own with --nats", ErrAddress, o.Listen)
		}
		if p == 0 {
			p = server.RANDOM_PORT
		}
		so.Host, so.Port = host, p
	}
	s, err := server.NewServer(so)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	}
	if o.Listen != "" && so.Port > 0 {
		// The server would end the whole process when the port is taken.
		l, err := net.Listen("tcp", net.JoinHostPort(so.Host, strconv.Itoa(so.Port)))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrStart, err)
		}
		l.Close()
	}
	d := &Server{s: s, seed: seed, o: o, free: free, broken: make(chan struct{}, 1),
		store: server.JetStreamConfig{StoreDir: o.Dir, SyncAlways: so.SyncAlways, MaxMemory: so.JetStreamMaxMemory, MaxStore: so.JetStreamMaxStore, Strict: true}}
	s.SetLoggerV2(ear{d}, false, false, false)
	s.Start()
	if !s.ReadyForConnections(startTime) || !s.JetStreamEnabled() {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("%w: not ready after %v (is the store in use, or the disk full?)", ErrStart, startTime)
	}
	d.look()
	ctx, cancel := context.WithCancel(context.Background())
	var watch sync.WaitGroup
	watch.Go(func() { _ = o.Faults.Keep(ctx, "the disk of the queue", d.watch) })
	d.end = func() { cancel(); watch.Wait() }
	if o.Listen != "" {
		if err := d.announce(); err != nil {
			d.Close()
			return nil, err
		}
	}
	return d, nil
}

// InProcessConn connects without a network. It makes *Server usable as
// ingest.QueueOptions.InProcess.
func (s *Server) InProcessConn() (net.Conn, error) { return s.s.InProcessConn() }

// URL is the address for outside clients.
func (s *Server) URL() string { return s.s.ClientURL() }

// Close shuts the server down and waits until its store is closed.
func (s *Server) Close() {
	s.end()
	s.s.Shutdown()
	s.s.WaitForShutdown()
}
