package natsd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/zap"
)

// Why nothing is taken; see Server.Ready.
var (
	ErrNoSpace  = errors.New("the disk is full")
	ErrReadOnly = errors.New("the embedded queue cannot write")
)

const (
	lookEvery = 500 * time.Millisecond // at the disk
	mendEvery = 20                     // looks before a store is begun anew
	probeSize = 1 << 20                // bytes that can be written before that is tried
)

// Ready says why the server takes nothing just now: ErrNoSpace when too little of
// its disk is free, ErrReadOnly when it could not write. It goes on by itself when
// there is room.
func (s *Server) Ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// watch looks at the disk until ctx ends.
func (s *Server) watch(ctx context.Context) error {
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			s.look()
		case <-ctx.Done():
			return nil
		}
	}
}

// look has nothing taken while too little of the disk is free, and begins the store
// anew when it could not write: the server itself would stay so until its process is
// started again.
func (s *Server) look() {
	low := s.low()
	s.looks++
	if !s.broke() {
		s.streams = s.s.GlobalAccount().JetStreamUsage().Streams
	}
	select {
	case <-s.broken:
		s.set(fmt.Errorf("%w: a message could not be stored", ErrReadOnly))
		s.looks = 0
	default:
	}
	if s.broke() && low == nil && s.looks >= mendEvery {
		s.looks = 0
		if err := s.anew(); err != nil {
			s.o.Log.Error("the embedded queue cannot write, and does not begin anew", zap.Error(err))
			s.set(fmt.Errorf("%w: %w", ErrReadOnly, err))
			return
		}
		s.o.Log.Info("the embedded queue writes again")
		s.set(nil)
	}
	if s.broke() {
		return
	}
	if shut := low != nil; shut != s.shut {
		if err := s.take(!shut); err != nil {
			s.o.Log.Error("the embedded queue cannot be told of its disk", zap.Error(err))
		} else if shut {
			s.o.Log.Error("the embedded queue takes nothing more", zap.Error(low))
		} else {
			s.o.Log.Info("the embedded queue has room again")
		}
	}
	s.set(low)
}

// broke reports that the store could not write and was not begun anew.
func (s *Server) broke() bool {
	return errors.Is(s.Ready(), ErrReadOnly) || !s.s.JetStreamEnabled()
}

func (s *Server) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = err
}

// low wraps ErrNoSpace when too little is free; of a disk that was full, an eighth
// more than enough must be.
func (s *Server) low() error {
	free, err := s.free(s.o.Dir)
	if err != nil {
		return nil // a disk that cannot be asked is met when it is full
	}
	want := s.o.MinFree
	if s.shut {
		want += want / 8
	}
	if free >= want {
		return nil
	}
	return fmt.Errorf("%w: %d MiB are free, %d MiB are to stay so", ErrNoSpace, free>>20, s.o.MinFree>>20)
}

// take has the server take what comes, or refuse it in words. What it holds can be
// read, answered and removed all the same.
func (s *Server) take(all bool) error {
	l := server.JetStreamAccountLimits{MaxMemory: -1, MaxStore: -1, MaxStreams: -1, MaxConsumers: -1, MaxAckPending: -1, MemoryMaxStreamBytes: -1, StoreMaxStreamBytes: -1}
	if !all {
		l.MaxStore = 0
	}
	if err := s.s.GlobalAccount().UpdateJetStreamLimits(map[string]server.JetStreamAccountLimits{"": l}); err != nil {
		return err
	}
	s.shut = !all
	return nil
}

// anew closes the store and opens it again. What was acknowledged is on the disk. A
// stream that cannot be read again is not missing: the store stays closed, or
// somebody would make it anew.
func (s *Server) anew() error {
	if err := s.probe(); err != nil {
		return err
	}
	if err := s.s.ShutdownJetStream(); err != nil {
		return err
	}
	c := s.store
	if err := s.s.EnableJetStream(&c); err != nil {
		return err
	}
	s.shut = false // the limits begin anew, too
	if n := s.s.GlobalAccount().JetStreamUsage().Streams; n < s.streams {
		return errors.Join(fmt.Errorf("%d of %d streams can be read", n, s.streams), s.s.ShutdownJetStream())
	}
	return nil
}

// probe writes to the disk and takes it away again: what is opened on a disk that does
// not take anything may lose more.
func (s *Server) probe() error {
	f, err := os.CreateTemp(s.o.Dir, "probe")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(make([]byte, probeSize))
	return errors.Join(err, f.Sync(), f.Close())
}

// ear hears the server say that a store could not write. There is no other way to
// know: it answers nothing to what is published then, and does not tell when asked.
// Nothing else that it says is kept: it may name who published.
type ear struct{ s *Server }

const cannotWrite = "ritical write error" // of a stream and of its store

// Errorf hears.
func (e ear) Errorf(format string, v ...any) {
	if !strings.Contains(format, cannotWrite) {
		return
	}
	for _, x := range v {
		if err, ok := x.(error); ok {
			e.s.o.Log.Error("the embedded queue cannot write", zap.Error(err))
		}
	}
	select {
	case e.s.broken <- struct{}{}:
	default:
	}
}

// Noticef does nothing.
func (ear) Noticef(string, ...any) {}

// Warnf does nothing.
func (ear) Warnf(string, ...any) {}

// Fatalf does nothing: Start says it.
func (ear) Fatalf(string, ...any) {}

// Debugf does nothing.
func (ear) Debugf(string, ...any) {}

// Tracef does nothing.
func (ear) Tracef(string, ...any) {}
