package index

import (
	"context"
	"sync"
)

// Memory is what an engine has worked out for one question: an answer is made of several
// searches and counts, which ask much of the same.
type Memory struct {
	mu   sync.Mutex
	kept any
}

type memoryKey struct{}

// WithMemory returns a context of one question, under which an engine may keep what it
// works out for the next that it is asked.
func WithMemory(ctx context.Context) context.Context {
	return context.WithValue(ctx, memoryKey{}, &Memory{})
}

// MemoryOf gives the memory of a question, nil where there is none.
func MemoryOf(ctx context.Context) *Memory {
	m, _ := ctx.Value(memoryKey{}).(*Memory)
	return m
}

// Take takes out what is kept, nil where nothing is or somebody else has it.
func (m *Memory) Take() any {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := m.kept
	m.kept = nil
	return kept
}

// Keep keeps something until it is taken out.
func (m *Memory) Keep(x any) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = x
}
