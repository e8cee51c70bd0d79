package status

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"compress/zlib"
	"container/list"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"assay/verify/fetch"
	"assay/verify/guard"
	"assay/verify/read"
	"assay/verify/verdict"
)

// bitlist is what a status list says, as far as it could be read.
type bitlist struct {
	id, issuer  string
	purposes    []string
	from, until time.Time
	bits        []byte
	size        int64         // bits of one status that the list itself names; 0 = none, below it one that cannot be read
	ttl         time.Duration // 0 = the list names none
	evidence    []verdict.Evidence
	verified    time.Time
	unproven    error // why its proof does not hold
	fault       error // that, or why else it is not to be relied on where it says nothing against a credential
}

// reverify is how long the proof of a list that has not changed is taken as
// checked: its key may be revoked meanwhile.
const reverify = time.Hour

var (
	errList = errors.New("not a status list")
	errKind = errors.New("the status list is not of the kind that the badge names")
	errBits = errors.New("bitstring cannot be read")
)

// list fetches, verifies and unpacks the list at where. It returns nil and the
// answer when there is none, else where the list was read in the end.
func (c *Checker) list(ctx context.Context, q *Query, where string, f *form) (*bitlist, string, answer) {
	l, final, a := c.listOnce(ctx, q, where, f, false)
	if l != nil && l.ttl > 0 && q.Now.Sub(a.Evidence[0].At) > l.ttl {
		// §3.1.2: ttl is the list's own word on how long a copy will do.
		if again, final, b := c.listOnce(ctx, q, where, f, true); again != nil {
			return again, final, b
		}
	}
	return l, final, a
}

func (c *Checker) listOnce(ctx context.Context, q *Query, where string, f *form, fresh bool) (*bitlist, string, answer) {
	resp, a := get(ctx, q, where, f.accept, fresh)
	if resp == nil {
		return nil, "", a
	}
	key := f.credential + " " + where + " " + resp.SHA256
	if f == &tokenList {
		key += " " + q.Issuer // whose key it is sought by, where it does not say
	}
	l := c.lists.get(ctx, key, resp.At, func() *bitlist { return f.unpack(ctx, q, resp, where, f) })
	a.Evidence = append(a.Evidence, l.evidence...)
	return l, resp.URL, a
}

// unpack reads a status list credential.
func unpack(ctx context.Context, q *Query, resp *fetch.Response, where string, f *form) *bitlist {
	l, m := verified(ctx, q.VerifyList, resp, where)
	s, _ := m["credentialSubject"].(map[string]any)
	l.id = m.Str("id")
	for _, purpose := range read.Strings(s["statusPurpose"]) {
		l.purposes = append(l.purposes, fold(purpose))
	}
	if len(l.purposes) == 0 && f.purpose != "" {
		l.purposes = []string{f.purpose}
	}
	if o := read.Object(s); o.Has("statusSize") {
		if n, ok := sizeOf(o); ok {
			l.size = n
		} else {
			l.size = -1
		}
	}
	if n, ok := s["ttl"].(json.Number); ok {
		l.lives(n, time.Millisecond)
	}
	switch {
	case !read.Has(m["type"], f.credential):
		l.doubt(fmt.Errorf("%w: the type of its credential", errKind))
	case s == nil || !read.Has(s["type"], f.subject):
		l.doubt(fmt.Errorf("%w: the type of its subject", errKind))
	}
	var err error
	l.bits, err = inflate(read.Object(s).Str("encodedList"))
	l.doubt(err)
	return l
}

// verified gives the list that verify says it is, and its members.
func verified(ctx context.Context, verify func(context.Context, []byte, string) (*List, error), resp *fetch.Response, where string) (*bitlist, read.Object) {
	l := &bitlist{verified: resp.At}
	if verify == nil {
		l.fault = fmt.Errorf("%w: it was not verified", errList)
		l.unproven = l.fault
		return l, nil
	}
	v, err := verify(ctx, resp.Text(), where)
	if err != nil {
		l.fault, l.unproven = err, err
		return l, nil
	}
	l.unproven = v.Fault
	l.issuer, l.from, l.until, l.evidence, l.fault = v.Issuer, v.ValidFrom, v.ValidUntil, v.Evidence, v.Fault
	return l, v.Credential
}

// current reports whether the list is in force.
func (l *bitlist) current(now time.Time) bool {
	return (l.from.IsZero() || !now.Before(l.from)) && (l.until.IsZero() || now.Before(l.until))
}

// denies is what a status that is set says against a credential, "" when nothing:
// whoever keeps the list, however old or short it is, for what was revoked stays so;
// and by the word of the list or of the entry where the other names no purpose.
func (l *bitlist) denies(purpose string, now time.Time) verdict.Reason {
	word := []string{purpose}
	switch {
	case purpose == "":
		word = l.purposes
	case len(l.purposes) > 0 && !slices.Contains(l.purposes, purpose):
		return ""
	}
	switch {
	case slices.Contains(word, "revocation"):
		return verdict.Revoked
	case slices.Contains(word, "suspension") && l.current(now):
		return verdict.Suspended
	}
	return ""
}

// says tells who said that a credential is revoked or suspended.
func (l *bitlist) says(what string, q *Query) string {
	switch {
	case l.unproven != nil:
		return what + ", says the list at the address that the issuer named, which nothing proves"
	case l.issuer != q.Issuer:
		return what + ", says the list that another keeps at the address that the issuer named"
	}
	return what + " by the issuer"
}

// doubt keeps the first fault.
func (l *bitlist) doubt(err error) { l.fault = cmp.Or(l.fault, err) }

// lives sets for how long a copy of the list will do.
func (l *bitlist) lives(n json.Number, unit time.Duration) {
	if i, err := n.Int64(); err == nil && i > 0 && i < int64(100*365*24*time.Hour/unit) {
		l.ttl = time.Duration(i) * unit
	}
}

// decode reads an encoded list: base64url or base64, padded or not, and with or
// without the prefix of a multibase (§3.1.3 has "u"). What is packed begins with
// two bytes that tell which.
func decode(s string) ([]byte, error) {
	for _, prefixed := range []bool{false, true} {
		text := s
		if prefixed {
			if text == "" || !strings.Contains("uUmM", text[:1]) {
				break
			}
			text = text[1:]
		}
		if strings.ContainsAny(text, "\r\n") {
			break
		}
		text = strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(text), "=")
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err == nil && (isGzip(raw) || isZlib(raw) || prefixed && unpacked(raw)) {
			return raw, nil
		}
	}
	return nil, fmt.Errorf("%w: encoding", errBits)
}

// unpacked tells a bitstring that nobody packed from what is packed in a way that is
// not known here: it is as long as the standard wants one, and has few bits set,
// where half of them are in anything packed.
func unpacked(b []byte) bool {
	if len(b) < MinListEntries/8 || len(b) > MaxInflated || isGzip(b) || isZlib(b) {
		return false
	}
	set := 0
	for _, x := range b {
		set += bits.OnesCount8(x)
	}
	return set <= len(b)*8/4
}

// isGzip and isZlib tell RFC 1952 §2.3.1 from RFC 1950 §2.2.
func isGzip(b []byte) bool { return len(b) > 2 && b[0] == 0x1f && b[1] == 0x8b && b[2] == 8 }
func isZlib(b []byte) bool {
	return len(b) > 2 && b[0]&0x8f == 0x08 && b[1]&0x20 == 0 && (int(b[0])<<8|int(b[1]))%31 == 0
}

// inflate unpacks an encoded list: one member of gzip, or zlib, and nothing after
// it, MaxInflated bytes at most. With an error it returns what could be read, as it
// does of what is not packed: §3.1.3 has it so, and only what such a list says
// against a credential is plain.
func inflate(s string) ([]byte, error) {
	raw, err := decode(s)
	if err != nil {
		return nil, err
	}
	if unpacked(raw) {
		return raw, fmt.Errorf("%w: it is not packed", errBits)
	}
	in := bytes.NewReader(raw)
	z, err := reader(in, isGzip(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: packing", errBits)
	}
	var out bytes.Buffer
	n, err := out.ReadFrom(io.LimitReader(z, MaxInflated+1))
	switch {
	case err != nil:
		err = fmt.Errorf("%w: packing", errBits)
	case n > MaxInflated:
		err = fmt.Errorf("%w: larger than %d bytes", errBits, MaxInflated)
	case in.Len() > 0:
		err = fmt.Errorf("%w: data after it", errBits)
	}
	return bytes.Clone(out.Bytes()[:min(out.Len(), MaxInflated)]), err
}

func reader(in *bytes.Reader, isGzip bool) (io.Reader, error) {
	if !isGzip {
		return zlib.NewReader(in)
	}
	z, err := gzip.NewReader(in)
	if err == nil {
		z.Multistream(false)
	}
	return z, err
}

// lists keeps unpacked lists, the least recently used going first.
type lists struct {
	mu     sync.Mutex
	most   int64
	bytes  int64
	byKey  map[string]*list.Element
	order  *list.List
	flight singleflight.Group

	readers map[string]int // of what is read just now
}

type kept struct {
	key string
	l   *bitlist
}

func newLists(most int64) *lists {
	return &lists{most: most, byKey: map[string]*list.Element{}, order: list.New(), readers: map[string]int{}}
}

func (c *lists) get(ctx context.Context, key string, at time.Time, make func() *bitlist) *bitlist {
	if l := c.look(key, at); l != nil {
		return l
	}
	// Whoever reads it may wait for a host, and who waits for him does so too.
	if c.begin(key) {
		answered, err := fetch.Ask(ctx)
		if err != nil {
			c.end(key)
			return &bitlist{verified: at, fault: err}
		}
		defer answered()
	}
	defer c.end(key)
	v, err, shared := c.flight.Do(key, func() (any, error) {
		if l := c.look(key, at); l != nil {
			return l, nil
		}
		var l *bitlist
		err := guard.Do("reading a status list", func() { l = make() })
		if err != nil {
			return nil, err
		}
		if l.fault == nil {
			c.put(key, l)
		}
		return l, nil
	})
	for _, f := range guard.Faults(err) {
		panic(f) // again for each who waits: it is none's answer
	}
	l := v.(*bitlist)
	if shared && l.fault != nil && fetch.Temporary(l.fault) {
		// Another application's time or budget ended; ours need not have.
		return make()
	}
	return l
}

// begin notes one who reads a list, or waits for that, and reports whether there are
// others.
func (c *lists) begin(key string) (others bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readers[key]++
	return c.readers[key] > 1
}

func (c *lists) end(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.readers[key]--; c.readers[key] == 0 {
		delete(c.readers, key)
	}
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
