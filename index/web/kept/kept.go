// Package kept is what recruiters keep of an index: shortlists of applicants, and
// searches that are asked again; who has seen what of them, who reads them as feeds, and
// who is told when there is something new.
//
// Applicants are kept by the ids of their documents, which name nobody, and leave all of
// it when they are erased (Thing.Forget). Everything is bounded.
//
// Out of scope: where it lies (a store), and what is asked (package web).
package kept

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"assay/verify/read"
)

// Bounds of what is kept.
const (
	MaxOwn     = 32  // things of one caller
	MaxTenant  = 256 // of a tenant
	MaxEntries = 100 // applicants of a shortlist
	MaxBadges  = 64  // of an applicant, whose states are kept
	MaxSeen    = 500 // applicants of a search that are known again
	MaxLooks   = 8   // callers whose last look is kept
	MaxFeeds   = 8   // of a search
	MaxName    = 80  // characters
	MaxQuery   = 4 << 10
	MaxValue   = 256 << 10 // bytes of a thing
)

// Errors of things.
var (
	ErrNone   = errors.New("nothing of that name is kept")
	ErrMany   = fmt.Errorf("a caller keeps %d shortlists and searches at most, a tenant %d", MaxOwn, MaxTenant)
	ErrName   = fmt.Errorf("a name is 1 to %d printable characters", MaxName)
	ErrFull   = fmt.Errorf("a shortlist has %d applicants at most", MaxEntries)
	ErrFeeds  = fmt.Errorf("a search has %d feeds at most", MaxFeeds)
	ErrQuery  = fmt.Errorf("the question of a search is longer than %d bytes", MaxQuery)
	ErrLarge  = errors.New("it does not fit into what is kept of one thing")
	ErrOthers = errors.New("only who keeps it may do that")
	ErrAway   = errors.New("what is kept cannot be read or written now")
)

// Thing is a shortlist or a search that somebody keeps: List or Search is there.
type Thing struct {
	ID      string          `json:"id"`
	Tenant  string          `json:"tenant"`
	Owner   string          `json:"owner"` // the caller's name
	Name    string          `json:"name"`
	Lifted  bool            `json:"lifted,omitempty"` // who named it saw names of applicants
	Shared  bool            `json:"shared,omitempty"` // with the tenant
	Created time.Time       `json:"created"`
	List    *List           `json:"list,omitempty"`
	Search  *Search         `json:"search,omitempty"`
	Looks   map[string]Look `json:"looks,omitempty"` // by the caller's name
}

// List is a shortlist.
type List struct {
	Entries []Entry `json:"entries,omitempty"`
}

// Entry is an applicant on a shortlist.
type Entry struct {
	ID    string    `json:"id"` // of the document
	Added time.Time `json:"added"`
	By    string    `json:"by,omitempty"`
}

// Search is a question that is asked again.
type Search struct {
	Query string `json:"query"` // the page's parameters
	Feeds []Feed `json:"feeds,omitempty"`
	Alert *Alert `json:"alert,omitempty"`
}

// Feed is a token that reads a search, by its digest.
type Feed struct {
	Digest string    `json:"digest"`
	By     string    `json:"by,omitempty"`
	At     time.Time `json:"at"`
}

// Alert says who is told of what is new, once a day at most: an address of e-mail, or a
// destination of the tenant's webhooks by its id.
type Alert struct {
	Mail  string    `json:"mail,omitempty"`
	Hook  string    `json:"hook,omitempty"`
	By    string    `json:"by,omitempty"`
	Lang  string    `json:"lang,omitempty"`  // of what is told, as a language's code
	Seen  []string  `json:"seen,omitempty"`  // whom it knows
	Next  time.Time `json:"next"`            // it is not looked at before
	Sent  time.Time `json:"sent,omitzero"`   // last
	Error string    `json:"error,omitempty"` // of the last try
}

// Look is what a caller has seen of a thing: the applicants by Short, each of a list with
// its badges by States.
type Look struct {
	At   time.Time         `json:"at"`
	Seen map[string]string `json:"seen,omitempty"`
	More bool              `json:"more,omitempty"` // there were more than are kept
}

// shortID is how much of an id tells applicants of a tenant apart.
const shortID = 16

// Short is an applicant's document in a Look and an Alert.
func Short(id string) string { return id[:min(len(id), shortID)] }

// CheckName refuses what is no name: ErrName.
func CheckName(s string) error {
	if n := utf8.RuneCountInString(s); !utf8.ValidString(s) || strings.TrimSpace(s) == "" || n > MaxName || strings.ContainsFunc(s, func(r rune) bool { return !read.Shown(r) }) {
		return ErrName
	}
	return nil
}

// Sees reports whether a caller may see a thing.
func (t *Thing) Sees(caller string) bool { return t.Shared || t.Owner == caller }

// Put puts an applicant on a list, once, and reports whether he is new there: ErrFull.
func (t *Thing) Put(e Entry) (bool, error) {
	switch {
	case t.List == nil:
		return false, ErrNone
	case slices.ContainsFunc(t.List.Entries, func(x Entry) bool { return x.ID == e.ID }):
		return false, nil
	case len(t.List.Entries) >= MaxEntries:
		return false, ErrFull
	}
	t.List.Entries = append(t.List.Entries, e)
	return true, nil
}

// Forget takes an applicant out of everything, and reports whether he was anywhere.
func (t *Thing) Forget(id string) bool {
	gone := false
	if t.List != nil {
		n := len(t.List.Entries)
		t.List.Entries = slices.DeleteFunc(t.List.Entries, func(e Entry) bool { return e.ID == id })
		gone = len(t.List.Entries) < n
	}
	short := Short(id)
	for _, l := range t.Looks {
		if _, ok := l.Seen[short]; ok {
			delete(l.Seen, short)
			gone = true
		}
	}
	if t.Search != nil && t.Search.Alert != nil {
		a := t.Search.Alert
		n := len(a.Seen)
		a.Seen = slices.DeleteFunc(a.Seen, func(s string) bool { return s == short })
		gone = gone || len(a.Seen) < n
	}
	return gone
}

// Saw keeps what a caller has seen; of too many callers, who looked longest ago is
// forgotten.
func (t *Thing) Saw(caller string, l Look) {
	if t.Looks == nil {
		t.Looks = map[string]Look{}
	}
	t.Looks[caller] = l
	for len(t.Looks) > MaxLooks {
		delete(t.Looks, t.oldest())
	}
}

func (t *Thing) oldest() string {
	return slices.MinFunc(slices.Sorted(maps.Keys(t.Looks)), func(a, b string) int { return t.Looks[a].At.Compare(t.Looks[b].At) })
}

// Encode gives a thing as it is stored. What does not fit costs the oldest looks first:
// ErrLarge.
func (t *Thing) Encode() ([]byte, error) {
	for {
		b, err := json.Marshal(t)
		switch {
		case err != nil || len(b) <= MaxValue:
			return b, err
		case len(t.Looks) == 0:
			return nil, ErrLarge
		}
		delete(t.Looks, t.oldest())
	}
}

// Digest is how a feed's token is kept.
func Digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Badge is a badge and the state in which it is shown.
type Badge struct{ Key, State string }

// badgeKey is how many characters tell an applicant's badges apart.
const badgeKey = 8

// BadgeKey makes the key of a badge of what tells it apart from an applicant's others.
func BadgeKey(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))[:badgeKey]
}

// States writes badges' states for a Look, MaxBadges at most.
func States(badges []Badge) string {
	var b strings.Builder
	for _, x := range badges[:min(len(badges), MaxBadges)] {
		b.WriteString(x.Key + x.State + " ")
	}
	return b.String()
}

// Was reads what States wrote: the states by the badges' keys.
func Was(s string) map[string]string {
	all := map[string]string{}
	for one := range strings.FieldsSeq(s) {
		if len(one) > badgeKey {
			all[one[:badgeKey]] = one[badgeKey:]
		}
	}
	return all
}
