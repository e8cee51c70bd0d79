package fetch

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
)

// hostNames know how the log calls a host. One that an applicant's own link or
// badge lies on may be called like him: it has a pseudonym, also where an issuer's
// document on it is asked for afterwards.
type hostNames struct {
	secret [32]byte // of this process: nobody finds a host out by trying names

	mu         sync.Mutex
	young, old map[string]bool // pseudonyms of such hosts
}

// personal reports whether the address is an applicant's: he gave it, or his badge
// lies there.
func (r *Request) personal() bool { return r.Private || r.Chosen }

// maxOwnHosts is how many of them are remembered at least.
const maxOwnHosts = 8192

func newHostNames() *hostNames {
	n := &hostNames{young: map[string]bool{}}
	_, _ = rand.Read(n.secret[:]) // never fails: crypto/rand ends the program instead
	return n
}

// pseudonym gives the name that the log has for a host for as long as this process
// lives.
func (n *hostNames) pseudonym(host string) string {
	m := hmac.New(sha256.New, n.secret[:])
	m.Write([]byte(strings.ToLower(strings.TrimSuffix(host, "."))))
	return "applicant's " + hex.EncodeToString(m.Sum(nil)[:6])
}

// own reports whether a host is one of an applicant's own: the request is, or one
// before it was.
func (n *hostNames) own(host string, is bool) bool {
	p := n.pseudonym(host)
	n.mu.Lock()
	defer n.mu.Unlock()
	if !is && !n.young[p] && !n.old[p] {
		return false
	}
	if n.young[p] = true; len(n.young) > maxOwnHosts {
		n.young, n.old = map[string]bool{}, n.young
	}
	return true
}
