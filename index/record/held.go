package record

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"assay/verify/verdict"
)

// Held says that an application holds a credential, so that the tenant's other
// applications which hold the very same one are found. It names neither the
// credential nor the applicant.
type Held struct {
	Key       string    `json:"key"`                 // of the credential: Credential.Key
	Proven    bool      `json:"proven,omitempty"`    // it names an address of the applicant's that is confirmed
	Elsewhere Elsewhere `json:"elsewhere,omitempty"` // what the document says of others who hold it
}

// Elsewhere says that another candidate of the tenant holds the same credential.
type Elsewhere string

// Values of Elsewhere. The zero value means that nobody else does.
const (
	HeldByOther       Elsewhere = "other"        // another candidate holds it, too
	HeldByProvenOther Elsewhere = "proven_other" // and its recipient is an address of theirs that is confirmed
)

// Holder is an application that holds credentials.
type Holder struct {
	Application string   `json:"application"`
	Persons     []string `json:"persons"`
	Held        []Held   `json:"held"`
}

// keyed gives a digest under the installation's key, in which words of different
// places cannot be taken for each other.
func keyed(key []byte, words ...string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(strings.Join(words, "\x00")))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// CredentialKey gives the key of a credential within a tenant (Credential.Key) from
// verdict.Verdict.Identity; "" for "".
func CredentialKey(key []byte, tenant, identity string) string {
	if identity == "" {
		return ""
	}
	return keyed(key, "credential", tenant, identity)
}

// Persons gives the marks by which applications of one tenant are known for one
// person's: two are when they have a mark in common, Submission.Persons. They are
// a confirmed address that both have, or exactly the same addresses, ids where
// there is no address. An address in common that nobody has confirmed makes
// nobody the same: whoever shows another's badge claims that address beside
// their own. Who gives neither address nor id is a person of their own.
func Persons(key []byte, tenant string, claimed, proven, ids []string) []string {
	fold := func(list []string) []string {
		out := make([]string, len(list))
		for i, s := range list {
			out[i] = strings.ToLower(strings.TrimSpace(s))
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	var marks []string
	for _, a := range fold(proven) {
		marks = append(marks, keyed(key, "address", tenant, a))
	}
	if all := fold(slices.Concat(claimed, proven)); len(all) > 0 {
		return append(marks, keyed(key, append([]string{"addresses", tenant}, all...)...))
	}
	if len(ids) > 0 {
		list := slices.Clone(ids)
		slices.Sort(list)
		marks = append(marks, keyed(key, append([]string{"ids", tenant}, slices.Compact(list)...)...))
	}
	return marks
}

// holds works out Held from the credentials.
func (a *Application) holds() {
	a.Held = nil
	for i := range a.Credentials {
		c := &a.Credentials[i]
		if c.Key == "" {
			continue
		}
		h := Held{Key: c.Key, Proven: c.Proven, Elsewhere: c.Elsewhere}
		at := slices.IndexFunc(a.Held, func(x Held) bool { return x.Key == h.Key })
		if at < 0 {
			a.Held = append(a.Held, h)
		} else {
			a.Held[at].Proven = a.Held[at].Proven || h.Proven
		}
	}
}

// Keys are those of the credentials that the application holds; nil holds none.
func (a *Application) Keys() []string {
	var keys []string
	if a == nil {
		return nil
	}
	for _, h := range a.Held {
		keys = append(keys, h.Key)
	}
	return keys
}

// Other reports whether a holder is another application, of another person.
func (a *Application) Other(h *Holder) bool {
	return h.Application != a.Application && !slices.ContainsFunc(h.Persons, func(m string) bool { return slices.Contains(a.Persons, m) })
}

// Share tells the application of the others who hold its credentials, and
// reports whether that changed it. A credential of another candidate bears the
// warning other_candidate; where the other's address is confirmed and this
// applicant's is not, it is authentic at most. When nobody else holds it any
// more, it is as it was.
func Share(a *Application, others []Holder) bool {
	n := 0
	if !slices.ContainsFunc(a.Credentials, func(c Credential) bool { return a.elsewhereOf(&c, others) != c.Elsewhere }) {
		return false
	}
	return Redecide(a, func(*verdict.Verdict) {
		c := &a.Credentials[n]
		n++
		if now := a.elsewhereOf(c, others); now != c.Elsewhere {
			c.tell(now)
		}
	})
}

// elsewhereOf is what the others' holdings mean for a credential.
func (a *Application) elsewhereOf(c *Credential, others []Holder) Elsewhere {
	var out Elsewhere
	for i := range others {
		at := slices.IndexFunc(others[i].Held, func(h Held) bool { return h.Key == c.Key })
		switch {
		case c.Key == "" || at < 0 || !a.Other(&others[i]):
		case others[i].Held[at].Proven:
			return HeldByProvenOther
		default:
			out = HeldByOther
		}
	}
	return out
}

// Alone gives the verdict as it is without the others who hold the credential.
func (c Credential) Alone() verdict.Verdict {
	if c.Elsewhere != "" {
		c.tell("")
	}
	return c.Verdict
}

// tell writes into the verdict what others hold.
func (c *Credential) tell(now Elsewhere) {
	v := &c.Verdict
	c.Elsewhere = now
	v.Warnings = slices.DeleteFunc(slices.Clone(v.Warnings), func(w verdict.Warning) bool { return w == verdict.WarnOtherCandidate })
	if now != "" {
		v.Warnings = append(v.Warnings, verdict.WarnOtherCandidate)
	}
	was := v.Aspects.Recipient
	if c.Named != nil {
		v.Aspects.Recipient, c.Named = *c.Named, nil
	}
	if named := v.Aspects.Recipient; now == HeldByProvenOther && !c.Proven && named.State == verdict.Pass {
		c.Named = &named
		v.Aspects.Recipient = verdict.Aspect{State: verdict.Unknown, Reason: verdict.OtherCandidate, Evidence: named.Evidence}
	}
	if v.Aspects.Recipient.State != was.State {
		v.Result = verdict.Decide(v.Aspects)
		v.Reason = v.Aspects.Deciding(v.Result)
	}
}
