package status

import (
	"bytes"
	"compress/gzip"
	"container/list"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"assay/verify/fetch"
	"assay/verify/guard"
	"assay/verify/read"
	"assay/verify/verdict"
)

// bitlist is a status list that was verified and unpacked.
type bitlist struct {
	issuer      string
	purposes    []string
	from, until time.Time
	bits        []byte
	ttl         time.Duration // 0 = the list names none
	evidence    []verdict.Evidence
	verified    time.Time
}

// reverify is how long the proof of a list that has not changed is taken as
// checked: its key may be revoked meanwhile.
const reverify = time.Hour

var (
	errList = errors.New("not a status list")
	errBits = errors.New("bitstring cannot be read")
)

// list fetches, verifies and unpacks the list at where, or says why not.
func (c *Checker) list(ctx context.Context, q *Query, where string, f *form) (*bitlist, verdict.Aspect) {
	l, a := c.listOnce(ctx, q, where, f, false)
	if l != nil && l.ttl > 0 && len(a.Evidence) > 0 && q.Now.Sub(a.Evidence[0].At) > l.ttl {
		// §3.1.2: ttl is the list's own word on how long a copy will do.
		if again, b := c.listOnce(ctx, q, where, f, true); again != nil {
			return again, b
		}
	}
	return l, a
}

func (c *Checker) listOnce(ctx context.Context, q *Query, where string, f *form, fresh bool) (*bitlist, verdict.Aspect) {
	resp, a := get(ctx, q, where, fresh)
	if resp == nil {
		return nil, a
	}
	a.Evidence = []verdict.Evidence{resp.Evidence("status list")}
	if q.VerifyList == nil {
		return nil, verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusInvalid, Detail: "the status list was not verified", Evidence: a.Evidence}
	}
	key := f.credential + " " + where + " " + resp.SHA256
	l, err := c.lists.get(key, resp.At, func() (*bitlist, error) { return unpack(ctx, q, resp, where, f) })
	switch {
	case err == nil:
		a.Evidence = append(a.Evidence, l.evidence...)
		return l, a
	case fetch.Temporary(err):
		b := unread(err, where)
		b.Evidence = a.Evidence
		b.Detail = "the key of the status list could not be had"
		return nil, b
	}
	return nil, verdict.Aspect{State: verdict.Fail, Reason: verdict.StatusInvalid, Detail: err.Error(), Evidence: a.Evidence}
}

func unpack(ctx context.Context, q *Query, resp *fetch.Response, where string, f *form) (*bitlist, error) {
	v, err := q.VerifyList(ctx, resp.Text(), where)
	if err != nil {
		return nil, err
	}
	if !read.Has(v.Credential["type"], f.credential) {
		return nil, fmt.Errorf("%w: a credential of another type", errList)
	}
	s, _ := v.Credential["credentialSubject"].(map[string]any)
	if s == nil || !read.Has(s["type"], f.subject) {
		return nil, fmt.Errorf("%w: a subject of another type", errList)
	}
	l := &bitlist{
		issuer: v.Issuer, purposes: read.Strings(s["statusPurpose"]), from: v.ValidFrom, until: v.ValidUntil,
		evidence: v.Evidence, verified: resp.At,
	}
	if n, ok := s["ttl"].(json.Number); ok {
		if ms, err := n.Int64(); err == nil && ms > 0 && ms < int64(100*365*24*time.Hour/time.Millisecond) {
			l.ttl = time.Duration(ms) * time.Millisecond
		}
	}
	if l.bits, err = inflate(read.Object(s).Str("encodedList"), f); err != nil {
		return nil, err
	}
	return l, nil
}

// decodeMultibase reads base64url without padding under the prefix "u" (§3.1.3).
func decodeMultibase(s string) ([]byte, error) {
	text, ok := strings.CutPrefix(s, "u")
	if !ok || strings.ContainsAny(text, "\r\n") {
		return nil, errBits
	}
	return base64.RawURLEncoding.Strict().DecodeString(text)
}

// decodeBase64 reads what drafts of 2021 wrote: base64url or base64, padded or
// not.
func decodeBase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errBits
	}
	s = strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(s), "=")
	return base64.RawURLEncoding.DecodeString(s)
}

// inflate unpacks an encodedList: one gzip member, nothing after it.
func inflate(s string, f *form) ([]byte, error) {
	raw, err := f.decode(s)
	if err != nil || len(raw) == 0 {
		return nil, fmt.Errorf("%w: encoding", errBits)
	}
	in := bytes.NewReader(raw)
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("%w: gzip", errBits)
	}
	z.Multistream(false)
	var out bytes.Buffer
	n, err := out.ReadFrom(io.LimitReader(z, MaxInflated+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: gzip", errBits)
	case n > MaxInflated:
		return nil, fmt.Errorf("%w: larger than %d bytes", errBits, MaxInflated)
	case in.Len() > 0:
		return nil, fmt.Errorf("%w: data after it", errBits)
	}
	return bytes.Clone(out.Bytes()), nil
}

// lists keeps unpacked lists, the least recently used going first.
type lists struct {
	mu     sync.Mutex
	most   int64
	bytes  int64
	byKey  map[string]*list.Element
	order  *list.List
	flight singleflight.Group
}

type kept struct {
	key string
	l   *bitlist
}

func newLists(most int64) *lists {
	return &lists{most: most, byKey: map[string]*list.Element{}, order: list.New()}
}

func (c *lists) get(key string, at time.Time, make func() (*bitlist, error)) (*bitlist, error) {
	if l := c.look(key, at); l != nil {
		return l, nil
	}
	v, err, shared := c.flight.Do(key, func() (any, error) {
		if l := c.look(key, at); l != nil {
			return l, nil
		}
		var l *bitlist
		err := guard.Try("reading a status list", func() (err error) {
			l, err = make()
			return err
		})
		if err != nil {
			return nil, err
		}
		c.put(key, l)
		return l, nil
	})
	for _, f := range guard.Faults(err) {
		panic(f) // again for each who waits: it is none's answer
	}
	if shared && err != nil && fetch.Temporary(err) {
		// Another application's time or budget ended; ours need not have.
		return make()
	}
	if err != nil {
		return nil, err
	}
	return v.(*bitlist), nil
}

func (c *lists) look(key string, at time.Time) *bitlist {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byKey[key]
	if e == nil {
		return nil
	}
	k := e.Value.(*kept)
	if d := at.Sub(k.l.verified); d > reverify || d < -reverify {
		c.drop(e)
		return nil
	}
	c.order.MoveToFront(e)
	return k.l
}

func (c *lists) put(key string, l *bitlist) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.byKey[key]; e != nil {
		c.drop(e)
	}
	if int64(len(l.bits)) > c.most {
		return
	}
	c.byKey[key] = c.order.PushFront(&kept{key, l})
	for c.bytes += int64(len(l.bits)); c.bytes > c.most; {
		c.drop(c.order.Back())
	}
}

func (c *lists) drop(e *list.Element) {
	k := c.order.Remove(e).(*kept)
	delete(c.byKey, k.key)
	c.bytes -= int64(len(k.l.bits))
}
