package session

import (
	"context"
	"sync"
	"time"
)

// maxEnded bounds what is kept of what has ended.
const maxEnded = 100_000

// Memory is an Ended of one process.
type Memory struct {
	now  func() time.Time
	most int

	mu    sync.Mutex
	at    map[string]time.Time
	floor time.Time // what began no later has ended, whoever's it is
}

// NewMemory makes an empty one.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, most: maxEnded, at: map[string]time.Time{}}
}

// End implements [Ended].
func (m *Memory) End(_ context.Context, id string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.at) >= m.most {
		m.forget()
	}
	if at.After(m.at[id]) {
		m.at[id] = at
	}
	return nil
}

// forget drops what no session can be as old as. Where all are younger everybody is
// signed out: a session that was ended must not come back.
func (m *Memory) forget() {
	now := m.now()
	for id, at := range m.at {
		if now.Sub(at) >= Absolute+ahead {
			delete(m.at, id)
		}
	}
	if len(m.at) >= m.most {
		m.floor = now
		clear(m.at)
	}
}

// Since implements [Ended].
func (m *Memory) Since(id string) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at := m.at[id]; at.After(m.floor) {
		return at
	}
	return m.floor
}
