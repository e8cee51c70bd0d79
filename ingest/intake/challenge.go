package intake

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"sync"
	"time"

	"assay/index/record"
	"assay/index/web"
)

// challengeTime is how long a challenge may be answered.
const challengeTime = 10 * time.Minute

// maxChallenges are open at a time.
const maxChallenges = 10000

// Challenges are what holders were asked to sign, for ten minutes and in this process
// alone: what another one issued, or one before a restart, proves nothing here. Safe for
// concurrent use.
type Challenges struct {
	now  func() time.Time
	rand io.Reader

	mu   sync.Mutex
	open map[issued]time.Time // until when
}

// issued is a challenge, and whom and what it was issued for.
type issued struct{ tenant, application, domain, text string }

// NewChallenges returns an empty list. random is for tests; nil = crypto/rand.
func NewChallenges(now func() time.Time, random io.Reader) *Challenges {
	if random == nil {
		random = rand.Reader
	}
	return &Challenges{now: now, rand: random, open: map[issued]time.Time{}}
}

// issue makes a challenge.
func (c *Challenges) issue(tenant, application, domain string) (string, time.Time, error) {
	if application != "" && record.CheckToken("application", application) != nil {
		return "", time.Time{}, &web.DoorError{Kind: web.KindRefused, Member: "application", Detail: "is " + record.ErrToken.Error()}
	}
	var b [32]byte
	if _, err := io.ReadFull(c.rand, b[:]); err != nil {
		return "", time.Time{}, err
	}
	text := base64.RawURLEncoding.EncodeToString(b[:])
	now := c.now()
	until := now.Add(challengeTime)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) >= maxChallenges {
		maps.DeleteFunc(c.open, func(_ issued, until time.Time) bool { return now.After(until) })
	}
	if len(c.open) >= maxChallenges {
		return "", time.Time{}, &web.DoorError{Kind: web.KindBusy, Err: errors.New("as many challenges are open as may be")}
	}
	if application != "" { // else it is for nobody, and proves nothing of anybody
		c.open[issued{tenant, application, domain, text}] = until
	}
	return text, until.UTC(), nil
}

// take reports whether a challenge was issued for just this, is in time, and was not
// taken before.
func (c *Challenges) take(tenant, application, domain, text string) bool {
	of := issued{tenant, application, domain, text}
	c.mu.Lock()
	defer c.mu.Unlock()
	until, ok := c.open[of]
	delete(c.open, of)
	return ok && !c.now().After(until)
}
