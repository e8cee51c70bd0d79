package ingest

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// ErrNoLeader: the server answers, and its cluster has no leader, who alone decides. It
// comes by itself, with a majority of the servers.
var ErrNoLeader = errors.New("the queue's cluster has no leader yet: a majority of its servers must be there")

// Codes of the server's errors that say so.
const (
	errIncomplete = jetstream.ErrorCode(10004) // incomplete results
	errNoPeers    = jetstream.ErrorCode(10005) // no suitable peers for placement
	errNotThere   = jetstream.ErrorCode(10008) // JetStream system temporarily unavailable
	errNotLeader  = jetstream.ErrorCode(10009) // not the leader
)

// Pauses of Patiently.
const (
	firstPause = 500 * time.Millisecond
	lastPause  = 10 * time.Second
)

// leaderless reports whether an error of the queue is one that a leader would mend: a
// server without one refuses what it is asked, or says nothing.
func leaderless(err error) bool {
	var api *jetstream.APIError
	switch {
	case errors.Is(err, ErrRights):
		return false // what is not allowed is not answered either
	case errors.As(err, &api):
		return api.ErrorCode == errIncomplete || api.ErrorCode == errNoPeers || api.ErrorCode == errNotThere || api.ErrorCode == errNotLeader
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout)
}

// Patiently does f again, with pauses, while the cluster has no leader: who starts beside
// servers that start too waits for them. Meanwhile Ready says what is waited for. The error
// is f's, or ctx's.
func (q *Queue) Patiently(ctx context.Context, f func(context.Context) error) error {
	defer q.leaderless.Store(false)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := f(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil || !leaderless(err):
			return err
		}
		q.leaderless.Store(true)
		q.log.Warn("the queue's cluster has no leader; trying again", zap.Duration("pause", pause), zap.Error(err))
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
	}
}
