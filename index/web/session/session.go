// Package session knows who has signed in to the pages, and what is remembered of him
// while he is: cookies that are sealed with a key of the installation's.
//
// A session is in its cookie and not in the memory of a process, so that it holds with
// each of several processes that have the same key, and over a restart. Nobody can read
// or make a cookie but who has the key (AES-256-GCM). It names whoever signed in and
// holds none of his rights: the caller of this package looks these up at each request,
// so that a token that is taken back ends its sessions at once. What a cookie cannot
// know by itself is that it was ended before its time: that is kept by Ended.
//
// A session ends half an hour after it was last used, and twelve hours after it began.
// It has a key for forms, which goes into each form anew masked, since pages are
// compressed and what is the same in many could be guessed by their length (BREACH).
//
// Out of scope: who may sign in, and what he may do.
package session

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Bounds of a session.
const (
	Idle     = 30 * time.Minute // after its last use
	Absolute = 12 * time.Hour   // after it began
	WayTime  = 10 * time.Minute // for signing in elsewhere

	touchEvery = time.Minute     // how often its last use is written down
	ahead      = 2 * time.Minute // by which clocks of processes may differ
	maxCookie  = 4 << 10         // bytes; browsers keep no larger one
	keyLength  = 32              // bytes of what is random or derived
	blindTime  = 30 * 24 * 3600  // seconds for which it is remembered how somebody reads who does not sign in
	plainName  = "assay"         // of the cookie over plain HTTP
	secureName = "__Host-assay"  // over https: no other host and no plain page can set it
)

// Errors of Keeper.Read.
var (
	ErrNone  = errors.New("no session")
	ErrIdle  = errors.New("the session was not used for too long")
	ErrOver  = errors.New("the session has come to its end")
	ErrEnded = errors.New("the session was ended")
)

// Who names whoever signed in: by a token of a file, or by an issuer's word.
type Who struct {
	Token string `json:"t,omitempty"` // the SHA-256 of the token, hex

	By     string   `json:"o,omitempty"` // the issuer, and how its word is read: a digest
	Tenant string   `json:"n,omitempty"`
	Name   string   `json:"u,omitempty"`
	Words  []string `json:"w,omitempty"` // to which the operator gives rights
}

// Session is somebody who has signed in.
type Session struct {
	ID     string    `json:"i"` // 32 random bytes
	Who    Who       `json:"p"`
	Issued time.Time `json:"b"`
	Seen   time.Time `json:"s"`
}

// Ended is where it is kept which sessions were ended before their time. An id is a
// digest that tells nothing.
type Ended interface {
	// End ends what an id stands for, as far as it began no later than a moment.
	End(ctx context.Context, id string, at time.Time) error
	// Since gives the last such moment; zero = none.
	Since(id string) time.Time
}

// Options configure a Keeper.
type Options struct {
	Key    []byte           // of the installation; nil = a random one, so that sessions end with the process
	Secure bool             // browsers come over https
	Ended  Ended            // nil = in this process's memory
	Now    func() time.Time // nil = time.Now
	Random io.Reader        // nil = crypto/rand
}

// Keeper seals and opens cookies.
type Keeper struct {
	o     Options
	aead  cipher.AEAD
	forms []byte
}

// New makes a Keeper.
func New(o Options) (*Keeper, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Ended == nil {
		o.Ended = NewMemory(o.Now)
	}
	k := &Keeper{o: o}
	if o.Key == nil {
		k.o.Key = make([]byte, keyLength)
		if _, err := io.ReadFull(o.Random, k.o.Key); err != nil {
			return nil, err
		}
	}
	key, err := hkdf.Key(sha256.New, k.o.Key, nil, "assay cookies", keyLength)
	if err != nil {
		return nil, err
	}
	if k.forms, err = hkdf.Key(sha256.New, k.o.Key, nil, "assay forms", keyLength); err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	k.aead, err = cipher.NewGCM(block)
	return k, err
}

// Text gives a random text of 32 bytes.
func (k *Keeper) Text() (string, error) {
	b := make([]byte, keyLength)
	if _, err := io.ReadFull(k.o.Random, b); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// Begin begins a session, under a new id whatever there was before.
func (k *Keeper) Begin(w http.ResponseWriter, who Who) (*Session, error) {
	id, err := k.Text()
	if err != nil {
		return nil, err
	}
	now := k.o.Now()
	s := &Session{ID: id, Who: who, Issued: now, Seen: now}
	return s, k.set(w, "", "", 0, s)
}

// Read gives the session of a request: ErrNone, ErrIdle or ErrOver.
func (k *Keeper) Read(r *http.Request) (*Session, error) {
	var s Session
	if !k.get(r, "", "", &s) || s.ID == "" {
		return nil, ErrNone
	}
	now := k.o.Now()
	switch {
	case s.Issued.After(now.Add(ahead)):
		return nil, ErrNone
	case now.Sub(s.Issued) >= Absolute:
		return nil, ErrOver
	case now.Sub(s.Seen) >= Idle:
		return nil, ErrIdle
	case k.ended(&s, ofSession(&s)):
		return nil, ErrEnded
	}
	return &s, nil
}

// Still refuses a session of a caller who has signed out everywhere since it began:
// ErrEnded.
func (k *Keeper) Still(s *Session, tenant, name string) error {
	if k.ended(s, ofCaller(tenant, name)) {
		return ErrEnded
	}
	return nil
}

func (k *Keeper) ended(s *Session, id string) bool {
	at := k.o.Ended.Since(id)
	return !at.IsZero() && !s.Issued.After(at)
}

// Touch writes down that a session is used.
func (k *Keeper) Touch(w http.ResponseWriter, s *Session) error {
	now := k.o.Now()
	if now.Sub(s.Seen) < touchEvery {
		return nil
	}
	s.Seen = now
	return k.set(w, "", "", 0, s)
}

// Forget has the browser forget its session, which goes on for whoever has copied it.
func (k *Keeper) Forget(w http.ResponseWriter) { k.drop(w, "") }

// End ends a session, and what was remembered during it.
func (k *Keeper) End(ctx context.Context, w http.ResponseWriter, s *Session) error {
	k.drop(w, "")
	k.drop(w, blindCookie)
	return k.o.Ended.End(ctx, ofSession(s), k.endOf(s))
}

// EndAll ends every session of a caller, this one among them.
func (k *Keeper) EndAll(ctx context.Context, w http.ResponseWriter, s *Session, tenant, name string) error {
	return errors.Join(k.End(ctx, w, s), k.o.Ended.End(ctx, ofCaller(tenant, name), k.endOf(s)))
}

// endOf is when a session ends that is ended now: not before it began, by the clock of
// another process perhaps that is ahead of this one's.
func (k *Keeper) endOf(s *Session) time.Time {
	if now := k.o.Now(); now.After(s.Issued) {
		return now
	}
	return s.Issued
}

// ofSession and ofCaller are the ids under which it is kept what has ended.
func ofSession(s *Session) string { return digest("session", s.ID) }

func ofCaller(tenant, name string) string { return digest("caller", tenant, name) }

func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// formKey is what the forms of a session prove that they come from.
func (k *Keeper) formKey(s *Session) []byte {
	m := hmac.New(sha256.New, k.forms)
	_, _ = io.WriteString(m, s.ID) // a hash fails never
	return m.Sum(nil)
}

// FormKey gives the key of a session's forms, masked by a random pad: another text each
// time.
func (k *Keeper) FormKey(s *Session) (string, error) {
	b := make([]byte, 2*keyLength)
	if _, err := io.ReadFull(k.o.Random, b[:keyLength]); err != nil {
		return "", err
	}
	subtle.XORBytes(b[keyLength:], b[:keyLength], k.formKey(s))
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// FormOf reports whether a form's key is of a session. It takes the same time whatever
// the key is.
func (k *Keeper) FormOf(s *Session, key string) bool {
	b, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil || len(b) != 2*keyLength {
		return false
	}
	got := make([]byte, keyLength)
	subtle.XORBytes(got, b[:keyLength], b[keyLength:])
	return subtle.ConstantTimeCompare(got, k.formKey(s)) == 1
}

// name is that of a cookie.
func (k *Keeper) name(of string) string {
	name := plainName
	if k.o.Secure {
		name = secureName
	}
	if of != "" {
		name += "-" + of
	}
	return name
}

func (k *Keeper) cookie(of, value string, age int) *http.Cookie {
	return &http.Cookie{Name: k.name(of), Value: value, Path: "/", MaxAge: age, Secure: k.o.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// set seals a value into a cookie that is good for one purpose, and for one session
// where there is one. An age of 0 is until the browser ends.
func (k *Keeper) set(w http.ResponseWriter, of, session string, age int, v any) error {
	plain, err := json.Marshal(v)
	if err != nil {
		return err
	}
	nonce := make([]byte, k.aead.NonceSize())
	if _, err := io.ReadFull(k.o.Random, nonce); err != nil {
		return err
	}
	text := base64.RawURLEncoding.EncodeToString(k.aead.Seal(nonce, nonce, plain, []byte(of+"\x00"+session)))
	if len(text) > maxCookie-128 {
		return errors.New("more than a cookie holds")
	}
	put(w, k.cookie(of, text, age))
	return nil
}

// put writes a cookie into an answer, in the place of one of the same name.
func put(w http.ResponseWriter, c *http.Cookie) {
	kept := w.Header().Values("Set-Cookie")
	w.Header().Del("Set-Cookie")
	for _, line := range kept {
		if old, err := http.ParseSetCookie(line); err != nil || old.Name != c.Name {
			w.Header().Add("Set-Cookie", line)
		}
	}
	http.SetCookie(w, c)
}

// drop has the browser forget a cookie.
func (k *Keeper) drop(w http.ResponseWriter, of string) { put(w, k.cookie(of, "", -1)) }

// get opens a cookie; one that stands there twice is none.
func (k *Keeper) get(r *http.Request, of, session string, v any) bool {
	list := r.CookiesNamed(k.name(of))
	if len(list) != 1 || len(list[0].Value) > maxCookie {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(list[0].Value)
	if err != nil || len(b) < k.aead.NonceSize() {
		return false
	}
	plain, err := k.aead.Open(nil, b[:k.aead.NonceSize()], b[k.aead.NonceSize():], []byte(of+"\x00"+session))
	return err == nil && json.Unmarshal(plain, v) == nil
}
