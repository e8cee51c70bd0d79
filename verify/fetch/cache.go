package fetch

import (
	"container/list"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// cache keeps answers in memory, the least recently used going first.
type cache struct {
	mu    sync.Mutex
	most  int64
	bytes int64
	byKey map[string]*list.Element
	order *list.List // of *kept, newest first
}

type kept struct {
	key   string
	resp  *Response
	err   error
	until time.Time
	size  int64
}

// overhead is what an entry costs beside its body, by estimate.
const overhead = 1 << 10

func newCache(most int64) *cache {
	return &cache{most: most, byKey: map[string]*list.Element{}, order: list.New()}
}

func (c *cache) get(key string, now time.Time) (*Response, error, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byKey[key]
	if e == nil {
		return nil, nil, false
	}
	k := e.Value.(*kept)
	if !now.Before(k.until) {
		c.drop(e)
		return nil, nil, false
	}
	c.order.MoveToFront(e)
	if k.err != nil {
		return nil, k.err, true
	}
	r := *k.resp
	r.Cached = true
	return &r, nil, true
}

func (c *cache) put(key string, resp *Response, err error, until time.Time) {
	if until.IsZero() {
		return
	}
	size := int64(overhead + len(key))
	if resp != nil {
		resp.Expires = until
		size += int64(len(resp.Body))
		for n, v := range resp.Header {
			size += int64(len(n) + len(strings.Join(v, "")))
		}
	}
	if size > c.most {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.byKey[key]; e != nil {
		c.drop(e)
	}
	c.byKey[key] = c.order.PushFront(&kept{key: key, resp: resp, err: err, until: until, size: size})
	for c.bytes += size; c.bytes > c.most; {
		c.drop(c.order.Back())
	}
}

func (c *cache) drop(e *list.Element) {
	k := c.order.Remove(e).(*kept)
	delete(c.byKey, k.key)
	c.bytes -= k.size
}

// Forget drops all answers that are kept, and gives how many there were: some may name
// whom a badge was given to.
func (c *Client) Forget() int {
	c.cache.mu.Lock()
	defer c.cache.mu.Unlock()
	n := c.cache.order.Len()
	for e := c.cache.order.Back(); e != nil; e = c.cache.order.Back() {
		c.cache.drop(e)
	}
	return n
}

// lifetime tells until when an answer may be used again; zero = not at all.
func (c *Client) lifetime(resp *Response, err error) time.Time {
	now := c.o.Now()
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, ErrBusy):
		return time.Time{} // nothing was learnt about the host
	case err != nil:
		return now.Add(c.o.NegativeTTL)
	}
	life, ok := freshness(resp.Header, resp.At, c.o.DefaultTTL)
	if !ok {
		return time.Time{}
	}
	if resp.Status != http.StatusOK || resp.Challenge() {
		return now.Add(c.o.NegativeTTL)
	}
	return now.Add(min(max(life, c.o.MinTTL), c.o.MaxTTL))
}

// freshness reads the lifetime of a response (RFC 9111 §4.2.1) as a shared
// cache: false when it must not be stored, or not be used unasked (§5.2.2).
func freshness(h http.Header, now time.Time, otherwise time.Duration) (time.Duration, bool) {
	for _, v := range h.Values("Vary") {
		if strings.Contains(v, "*") {
			return 0, false
		}
	}
	life, named := time.Duration(0), false
	shared := false
	for _, v := range h.Values("Cache-Control") {
		for d := range strings.SplitSeq(v, ",") {
			name, arg, _ := strings.Cut(strings.TrimSpace(d), "=")
			switch strings.ToLower(name) {
			case "no-store", "no-cache", "private":
				return 0, false
			case "max-age", "s-maxage":
				n, err := strconv.ParseUint(strings.Trim(arg, `"`), 10, 31)
				if err != nil {
					n = 0 // RFC 9111 §4.2.1: invalid freshness counts as stale
				}
				if s := strings.EqualFold(name, "s-maxage"); s || !shared {
					life, named, shared = time.Duration(n)*time.Second, true, s
				}
			}
		}
	}
	if !named {
		e := h.Get("Expires")
		if e == "" {
			return otherwise, true
		}
		t, err := http.ParseTime(e)
		if err != nil {
			return 0, true
		}
		from := now
		if d, err := http.ParseTime(h.Get("Date")); err == nil {
			from = d
		}
		life = t.Sub(from)
	}
	if age, err := strconv.ParseUint(h.Get("Age"), 10, 31); err == nil {
		life -= time.Duration(age) * time.Second
	}
	return life, true
}
