package ingest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"assay/verify/contexts"

	"github.com/nats-io/nats.go/jetstream"
)

// BucketContexts is the bucket of the JSON-LD contexts that badges are read by, a
// key a context and one for a text that waits to be accepted (package contexts).
const BucketContexts = "CONTEXTS"

// pinTime is how long the bucket may take to answer: whoever waits for a badge does
// not wait for it longer.
const pinTime = 5 * time.Second

// Pins keeps the contexts of an installation in the queue's bucket CONTEXTS, for all
// of its processes: a [contexts.Keeper]. What is kept is signed with the
// installation's key; what anybody else put there is not believed, and a badge that
// needs it waits. Safe for concurrent use.
type Pins struct {
	q   *Queue
	key []byte
}

// Pins gives those of the installation that has this key. The bucket is asked for
// when it is needed first: Setup makes it.
func (q *Queue) Pins(key []byte) *Pins { return &Pins{q, key} }

// ErrForgedPin says that somebody without the installation's key wrote to the bucket
// of contexts.
var ErrForgedPin = errors.New("what is kept of a context was not written by this installation")

// pinned is a value as it lies in the bucket.
type pinned struct {
	Pin json.RawMessage `json:"pin"`
	MAC string          `json:"mac"`
}

// with calls f with the bucket.
func (p *Pins) with(ctx context.Context, f func(ctx context.Context, kv jetstream.KeyValue) error) error {
	ctx, cancel := context.WithTimeout(ctx, pinTime)
	defer cancel()
	p.q.mu.Lock()
	kv := p.q.contexts
	p.q.mu.Unlock()
	if kv == nil {
		var err error
		if kv, err = p.q.js.KeyValue(ctx, BucketContexts); err != nil {
			return p.q.explain(err)
		}
		p.q.mu.Lock()
		p.q.contexts = kv
		p.q.mu.Unlock()
	}
	if err := f(ctx, kv); err != nil {
		return p.q.explain(err)
	}
	return nil
}

// Get is [contexts.Keeper.Get]. The error wraps ErrForgedPin where the key of
// another wrote.
func (p *Pins) Get(ctx context.Context, name string) (value []byte, err error) {
	err = p.with(ctx, func(ctx context.Context, kv jetstream.KeyValue) error {
		e, err := kv.Get(ctx, name)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		var s pinned
		if json.Unmarshal(e.Value(), &s) != nil || !hmac.Equal([]byte(s.MAC), []byte(p.mac(name, s.Pin))) {
			return fmt.Errorf("%w: %s", ErrForgedPin, name)
		}
		value = s.Pin
		return nil
	})
	return value, err
}

func (p *Pins) mac(name string, value []byte) string {
	m := hmac.New(sha256.New, p.key)
	for _, part := range []string{"contexts 1", name} {
		fmt.Fprintf(m, "%d:%s", len(part), part)
	}
	m.Write(value)
	return hex.EncodeToString(m.Sum(nil))
}

// sign gives a value as it lies in the bucket.
func (p *Pins) sign(name string, value []byte) ([]byte, error) {
	return json.Marshal(pinned{value, p.mac(name, value)})
}

// Create is [contexts.Keeper.Create]: of several processes the first to write wins.
func (p *Pins) Create(ctx context.Context, name string, value []byte) error {
	b, err := p.sign(name, value)
	if err != nil {
		return err
	}
	return p.with(ctx, func(ctx context.Context, kv jetstream.KeyValue) error {
		_, err := kv.Create(ctx, name, b)
		if errors.Is(err, jetstream.ErrKeyExists) {
			return nil
		}
		return err
	})
}

// Replace is [contexts.Keeper.Replace].
func (p *Pins) Replace(ctx context.Context, name string, value []byte) error {
	b, err := p.sign(name, value)
	if err != nil {
		return err
	}
	return p.with(ctx, func(ctx context.Context, kv jetstream.KeyValue) error {
		_, err := kv.Put(ctx, name, b)
		return err
	})
}

// Remove is [contexts.Keeper.Remove].
func (p *Pins) Remove(ctx context.Context, name string) error {
	return p.with(ctx, func(ctx context.Context, kv jetstream.KeyValue) error { return kv.Purge(ctx, name) })
}

// Names is [contexts.Keeper.Names].
func (p *Pins) Names(ctx context.Context) (names []string, err error) {
	err = p.with(ctx, func(ctx context.Context, kv jetstream.KeyValue) error {
		names, err = kv.Keys(ctx)
		if errors.Is(err, jetstream.ErrNoKeysFound) {
			return nil
		}
		return err
	})
	return names, err
}

// Full is [contexts.Keeper.Full].
func (p *Pins) Full(ctx context.Context) (full bool, err error) {
	err = p.with(ctx, func(ctx context.Context, kv jetstream.KeyValue) error {
		s, err := kv.Status(ctx)
		if err != nil {
			return err
		}
		full = contexts.Full(int(s.Values()), int(s.Bytes()))
		return nil
	})
	return full, err
}
