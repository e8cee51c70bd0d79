package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"assay/index/record"
	"assay/verify/read"

	"go.uber.org/zap"
	"golang.org/x/time/rate"
)

// Caller is who asks.
type Caller struct {
	Name   string // for the audit, "" where nobody is asked
	Tenant string
	Rights Rights
}

// ErrNoIdentity: the request bears no token that is known.
var ErrNoIdentity = errors.New("a token is needed")

// Bounds of a file of tokens and of what a request may present.
const (
	maxTokensFile = 1 << 20
	maxToken      = 512 // bytes
	maxCallerName = 64  // characters
)

// Tokens know callers by the tokens that they bear. Only SHA-256 digests are
// kept: who reads the file cannot call with it. A digest without salt is enough
// because a token is 32 random bytes, not a password that somebody thought of.
type Tokens struct {
	path string
	list atomic.Pointer[tokenList]
}

type tokenList struct {
	file    [sha256.Size]byte // of the file's bytes
	entries []tokenEntry
}

type tokenEntry struct {
	digest [sha256.Size]byte
	caller Caller
}

// OpenTokens reads a file of tokens: a line each of the SHA-256 of a token in
// hex, the tenant that it speaks for, rights= with the names of what it may do
// (Rights) by commas, and the caller's name, which may hold spaces and need not be
// the only one of its kind (a caller with two tokens has two lines). A line
// without rights= may search and export and sees no names. Empty lines and those
// that begin with # are left out.
func OpenTokens(path string) (*Tokens, error) {
	t := &Tokens{path: path}
	if _, err := t.Reload(); err != nil {
		return nil, err
	}
	return t, nil
}

// Reload reads the file again and reports whether it says something new. On an
// error the tokens stay as they were.
func (t *Tokens) Reload() (bool, error) {
	f, err := os.Open(t.path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxTokensFile+1))
	if err != nil {
		return false, err
	}
	sum := sha256.Sum256(b)
	if have := t.list.Load(); have != nil && have.file == sum {
		return false, nil
	}
	entries, err := parseTokens(b)
	if err != nil {
		return false, fmt.Errorf("%s: %w", t.path, err)
	}
	t.list.Store(&tokenList{file: sum, entries: entries})
	return true, nil
}

// Follow reads the file again as it changes, until ctx ends, so that a token can
// be taken back without a restart.
func (t *Tokens) Follow(ctx context.Context, every time.Duration, log *zap.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	type state struct { // of the file: of each that cannot be read it is said once
		size int64
		at   time.Time
	}
	var said *state
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		changed, err := t.Reload()
		if err == nil {
			said = nil
			if changed {
				log.Info("file of tokens read again", zap.Int("tokens", len(t.list.Load().entries)))
			}
			continue
		}
		var now state
		if i, err := os.Stat(t.path); err == nil {
			now = state{i.Size(), i.ModTime()}
		}
		if said == nil || *said != now {
			said = &now
			log.Error("file of tokens cannot be read: those of before stay", zap.Error(err))
		}
	}
}

// parseTokens reads the file's lines. Its errors name the line and never what
// stands in it: it might be a token that somebody put there by mistake.
func parseTokens(b []byte) ([]tokenEntry, error) {
	if len(b) > maxTokensFile {
		return nil, fmt.Errorf("larger than %d bytes", maxTokensFile)
	}
	var out []tokenEntry
	seen := map[[sha256.Size]byte]int{}
	n := 0
	for raw := range bytes.Lines(b) {
		n++
		line := strings.TrimSpace(string(raw))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		digest, rest := firstWord(line)
		tenant, name := firstWord(rest)
		rights := lineRights
		if list, ok := strings.CutPrefix(name, "rights="); ok {
			var err error
			list, name = firstWord(list)
			if rights, err = parseRights(list); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
		}
		var e tokenEntry
		if k, err := hex.Decode(e.digest[:], []byte(digest[:min(len(digest), 2*sha256.Size)])); err != nil || k != sha256.Size || len(digest) != 2*sha256.Size {
			return nil, fmt.Errorf("line %d: does not begin with the 64 hex digits of a token's SHA-256", n)
		}
		if e.digest == sha256.Sum256(nil) {
			return nil, fmt.Errorf("line %d: is the SHA-256 of nothing, not of a token", n)
		}
		if record.CheckToken("tenant", tenant) != nil {
			return nil, fmt.Errorf("line %d: the tenant is not 1 to 64 of A-Z a-z 0-9 _ -", n)
		}
		if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxCallerName || strings.ContainsFunc(name, func(r rune) bool { return !read.Shown(r) }) {
			return nil, fmt.Errorf("line %d: the caller's name is not 1 to %d printable characters", n, maxCallerName)
		}
		if strings.HasPrefix(name, byIssuer) {
			return nil, fmt.Errorf("line %d: a name that begins with %s is one that an issuer gives", n, byIssuer)
		}
		if first, ok := seen[e.digest]; ok {
			return nil, fmt.Errorf("line %d: the token of line %d again", n, first)
		}
		seen[e.digest] = n
		e.caller = Caller{Name: name, Tenant: tenant, Rights: rights}
		out = append(out, e)
	}
	if len(out) == 0 {
		return nil, errors.New("holds no token")
	}
	return out, nil
}

func firstWord(s string) (word, rest string) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimLeft(s[i:], " \t")
}

// Caller tells who a request is from: by Authorization: Bearer TOKEN
// (RFC 6750 §2.1), or by HTTP Basic with the token as password and any user name
// (RFC 7617), which is how a browser asks a person. Else ErrNoIdentity.
func (t *Tokens) Caller(r *http.Request) (Caller, error) {
	if len(r.Header.Values("Authorization")) != 1 {
		return Caller{}, ErrNoIdentity
	}
	token := ""
	if _, password, ok := r.BasicAuth(); ok {
		token = password
	} else if scheme, rest, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		token = strings.Trim(rest, " ")
	}
	if token == "" || len(token) > maxToken {
		return Caller{}, ErrNoIdentity
	}
	digest := sha256.Sum256([]byte(token))
	if c, ok := t.of(digest[:]); ok {
		return c, nil
	}
	return Caller{}, ErrNoIdentity
}

// of gives the caller of a token by its digest.
func (t *Tokens) of(digest []byte) (Caller, bool) {
	// Every entry is compared, each in constant time.
	entries, found := t.list.Load().entries, -1
	for i := range entries {
		if subtle.ConstantTimeCompare(digest, entries[i].digest[:]) == 1 {
			found = i
		}
	}
	if found < 0 {
		return Caller{}, false
	}
	return entries[found].caller, true
}

// holds gives what the tokens of a tenant's caller allow together, and whether he has one.
func (t *Tokens) holds(tenant, name string) (rights Rights, found bool) {
	for _, e := range t.list.Load().entries {
		if e.caller.Tenant == tenant && e.caller.Name == name {
			rights, found = rights|e.caller.Rights, true
		}
	}
	return rights, found
}

// errTooMany: the caller asks faster than the limit.
type errTooMany struct{ wait time.Duration }

func (e errTooMany) Error() string { return "too many requests" }

// limiter is a token bucket for each caller, so that one caller's script does
// not take the index from the others.
type limiter struct {
	rate  rate.Limit
	burst int
	now   func() time.Time
	mu    sync.Mutex
	of    map[Caller]*rate.Limiter // maxLimited at most but for those who ask just now
}

// newLimiter lets each caller ask burst times at once, and then at a rate.
func newLimiter(r rate.Limit, burst int, now func() time.Time) *limiter {
	return &limiter{rate: r, burst: burst, now: now, of: map[Caller]*rate.Limiter{}}
}

// maxLimited is how many callers are counted before those are forgotten whose buckets
// are full: an issuer may know any number of callers.
const maxLimited = 4096

// forget drops whoever could ask as often as a new caller.
func (l *limiter) forget(now time.Time) {
	for c, b := range l.of {
		if b.TokensAt(now) >= float64(l.burst) {
			delete(l.of, c)
		}
	}
}

// take counts one request of a caller, and gives the time after which he may ask
// again when it is one too many.
func (l *limiter) take(c Caller) error {
	if l == nil {
		return nil
	}
	now := l.now()
	l.mu.Lock()
	b := l.of[c]
	if b == nil {
		if len(l.of) >= maxLimited {
			l.forget(now)
		}
		b = rate.NewLimiter(l.rate, l.burst)
		l.of[c] = b
	}
	l.mu.Unlock()
	r := b.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now) // refused, so not counted
		return errTooMany{wait}
	}
	return nil
}
