package web

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"assay/index/record"
	"assay/index/web/session"
	"assay/verify/fetch"
	"assay/verify/read"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"go.uber.org/zap"
	"golang.org/x/oauth2"
)

// Errors of Logins.
var (
	// ErrLogin: options of Logins that cannot be taken.
	ErrLogin = errors.New("cannot be taken for callers of an OpenID issuer")
	// ErrIssuerAway: nobody's token can be judged, because the issuer's keys cannot be
	// had.
	ErrIssuerAway = errors.New("the issuer of callers' tokens does not answer now")
)

// LoginOptions say whose tokens are believed, and what they are good for.
type LoginOptions struct {
	Issuer   string // as its tokens name it, to the letter; https, and its keys are found by discovery
	Audience string // assay's own name with the issuer: tokens for others are refused

	// A claim is named as it is written, or by a JSON pointer (RFC 6901) that begins
	// with a slash: /realm_access/roles.
	TenantClaim string   // the claim that is the tenant's name; or else
	Tenant      string   // the one tenant of all who come by this issuer
	RightsClaim string   // DefaultRightsClaim; words by spaces, or a list
	Rights      []string // VALUE=RIGHT,RIGHT: what a word of that claim allows
	NameClaim   string   // for the audit; DefaultNameClaim

	// By the issuer people sign in to the pages, too, where assay is a client of it
	// (OpenID Connect Core 1.0 §3.1, with PKCE).
	Client   string // assay's id there; "" = nobody signs in so
	Secret   string // that goes with it; "" = it is a public client
	Redirect string // where the issuer sends them back: https, and for this machine's own names http

	CA  []byte           // PEM: who may sign the issuer's certificate; nil = the system's
	Now func() time.Time // nil = time.Now
	Log *zap.Logger      // nil = no log
}

// Defaults of LoginOptions.
const (
	DefaultRightsClaim = "scope" // RFC 9068 §2.2.3
	DefaultNameClaim   = "sub"
)

// Bounds of tokens and of their issuer's keys.
const (
	maxLogin  = 8 << 10          // bytes of a token
	skew      = time.Minute      // by which clocks may differ
	keysFresh = 10 * time.Minute // a key that the issuer takes back is good no longer
	keysStale = time.Hour        // the same while the issuer does not answer
	keysPause = 5 * time.Second  // between questions, whatever keys are named
	maxKeys   = 100
)

// loginAlgs are the signatures that are taken: nothing symmetric, nothing unsigned.
var loginAlgs = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA}

// Logins know callers by the access tokens (RFC 9068, or any JWT of its kind) that an
// OpenID Connect issuer gave them. The issuer is the operator's own: it says who a
// caller is, and the options say what that allows. An ID token, which says to a page
// that somebody has signed in there, is no access token and is refused, as are tokens
// that only the holder of a key may use (cnf).
type Logins struct {
	o      LoginOptions
	rights map[string]Rights
	own    string // names the issuer, and how its word is read
	ask    *fetch.Operator

	turn  sync.Mutex // is held by who asks the issuer
	mu    sync.Mutex
	keys  []jose.JSONWebKey
	place oauth2.Endpoint // where people sign in, and codes are changed for tokens
	at    time.Time       // of both; zero = there are none yet
	tried time.Time
}

// NewLogins checks the options: ErrLogin. The issuer is first asked when a token is to
// be judged, so that it may come up later than assay.
func NewLogins(o LoginOptions) (*Logins, error) {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrLogin, fmt.Sprintf(format, args...))
	}
	if o.RightsClaim == "" {
		o.RightsClaim = DefaultRightsClaim
	}
	if o.NameClaim == "" {
		o.NameClaim = DefaultNameClaim
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	u, err := url.Parse(o.Issuer)
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, bad("the issuer is no https URL without query") // OpenID Connect Discovery 1.0 §3
	case o.Audience == "":
		return nil, bad("it needs an audience: else tokens for others would do")
	case (o.Tenant == "") == (o.TenantClaim == ""):
		return nil, bad("it needs a tenant, or the claim that is the tenant, and not both")
	case o.Tenant != "" && record.CheckToken("tenant", o.Tenant) != nil:
		return nil, bad("the tenant is not 1 to 64 of A-Z a-z 0-9 _ -")
	case len(o.Rights) == 0:
		return nil, bad("no value of %s gives a right", o.RightsClaim)
	}
	if err := o.client(); err != nil {
		return nil, bad("%v", err)
	}
	l := &Logins{o: o, rights: map[string]Rights{}, own: o.own()}
	for _, r := range o.Rights {
		i := strings.LastIndexByte(r, '=')
		if i < 1 {
			return nil, bad("%q is not VALUE=RIGHT,RIGHT", r)
		}
		rights, err := parseRights(r[i+1:])
		if err != nil {
			return nil, bad("%q: %v", r, err)
		}
		l.rights[r[:i]] |= rights
	}
	var roots *x509.CertPool
	if o.CA != nil {
		if roots = x509.NewCertPool(); !roots.AppendCertsFromPEM(o.CA) {
			return nil, bad("no certificate of an authority")
		}
	}
	l.ask = fetch.NewOperator(roots)
	return l, nil
}

// Caller tells who bears a token (Authorization: Bearer, RFC 6750 §2.1): ErrNoIdentity,
// or ErrIssuerAway.
func (l *Logins) Caller(r *http.Request) (Caller, error) {
	if len(r.Header.Values("Authorization")) != 1 {
		return Caller{}, ErrNoIdentity
	}
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return Caller{}, ErrNoIdentity
	}
	c, err := l.judge(r.Context(), strings.Trim(token, " "))
	switch {
	case errors.Is(err, ErrIssuerAway):
		return Caller{}, err
	case err != nil:
		l.o.Log.Debug("access token refused", zap.Error(err))
		return Caller{}, ErrNoIdentity
	}
	return c, nil
}

// judge gives the caller of whom a token speaks. Its other errors than ErrIssuerAway
// say what is wrong with the token, and nothing that stands in it.
func (l *Logins) judge(ctx context.Context, token string) (Caller, error) {
	claims, err := l.signed(ctx, token, l.o.Audience, "at+jwt", "application/at+jwt", "jwt")
	if err != nil {
		return Caller{}, err
	}
	return l.believed(claims)
}

// signed gives the claims of a token of one of some types that the issuer signed for an
// audience.
func (l *Logins) signed(ctx context.Context, token, audience string, types ...string) (read.Object, error) {
	if len(token) > maxLogin {
		return nil, errors.New("too long")
	}
	// Compact alone: what is handed on would take the JSON form too.
	jws, err := jose.ParseSignedCompact(token, loginAlgs)
	if err != nil {
		return nil, errors.New("no signed token")
	}
	head := jws.Signatures[0].Header
	typ, _ := head.ExtraHeaders[jose.HeaderType].(string)
	if _, named := head.ExtraHeaders[jose.HeaderType]; named && !slices.Contains(types, strings.ToLower(typ)) {
		return nil, errors.New("a token of another type")
	}
	keys, err := l.keysOf(head.KeyID, head.Algorithm)
	if err != nil {
		return nil, err
	}
	checked, err := oidc.NewVerifier(l.o.Issuer, &oidc.StaticKeySet{PublicKeys: keys}, &oidc.Config{ClientID: audience,
		SupportedSigningAlgs: []string{head.Algorithm}, SkipExpiryCheck: true, // which forgives five minutes: see dated
	}).Verify(ctx, token)
	if err != nil {
		return nil, errors.New("not signed by the issuer, or of another issuer or for others")
	}
	var raw json.RawMessage
	if err := checked.Claims(&raw); err != nil {
		return nil, errors.New("no claims")
	}
	// Read strictly, where encoding/json takes AUD for aud.
	claims, err := read.ParseDocument(raw)
	if err != nil {
		return nil, errors.New("claims that are no strict JSON")
	}
	// The verifier lets one issuer's name pass without its scheme.
	if claims.Str("iss") != l.o.Issuer {
		return nil, errors.New("another issuer")
	}
	if !slices.Contains(claims.Strs("aud"), audience) {
		return nil, errors.New("another audience")
	}
	return claims, dated(claims, l.o.Now())
}

// believed gives the caller of whom an access token's claims speak.
func (l *Logins) believed(claims read.Object) (Caller, error) {
	if another(claims) {
		return Caller{}, errors.New("a token of another type")
	}
	who, err := l.whoOf(claims)
	if err != nil {
		return Caller{}, err
	}
	return l.known(who), nil
}

// whoOf tells of whom claims speak. Of the words that give rights it keeps those that do.
func (l *Logins) whoOf(claims read.Object) (session.Who, error) {
	who := session.Who{By: l.own, Tenant: l.o.Tenant}
	if l.o.TenantClaim != "" {
		who.Tenant, _ = claimOf(claims, l.o.TenantClaim).(string)
	}
	if record.CheckToken("tenant", who.Tenant) != nil {
		return who, errors.New("no tenant")
	}
	name, _ := claimOf(claims, l.o.NameClaim).(string)
	if name == "" || utf8.RuneCountInString(name) > maxCallerName || strings.ContainsFunc(name, func(r rune) bool { return !read.Shown(r) }) {
		return who, errors.New("no name that can be shown")
	}
	who.Name = name
	for _, word := range wordsOf(claimOf(claims, l.o.RightsClaim)) {
		if l.rights[word] != 0 && !slices.Contains(who.Words, word) {
			who.Words = append(who.Words, word)
		}
	}
	return who, nil
}

// byIssuer begins the names of callers whom an issuer knows, and of nobody else.
const byIssuer = "oidc:"

// known gives the caller and what he may do, by what the options say now.
func (l *Logins) known(who session.Who) Caller {
	c := Caller{Name: byIssuer + who.Name, Tenant: who.Tenant}
	for _, word := range who.Words {
		c.Rights |= l.rights[word]
	}
	return c
}

// dated refuses a token before and after its time. exp has to be there (RFC 9068 §2.2).
func dated(claims read.Object, now time.Time) error {
	if exp, ok := momentOf(claims["exp"]); !ok || !now.Before(exp.Add(skew)) {
		return errors.New("no end, or its time is over")
	}
	for _, name := range []string{"nbf", "iat"} {
		if at, ok := momentOf(claims[name]); claims.Has(name) && (!ok || at.After(now.Add(skew))) {
			return errors.New("its time has not begun")
		}
	}
	return nil
}

// momentOf reads a NumericDate (RFC 7519 §2).
func momentOf(v any) (time.Time, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return time.Time{}, false
	}
	f, err := n.Float64()
	if err != nil || f < 0 || f > 253402300799 { // the year 9999
		return time.Time{}, false
	}
	return time.Unix(int64(math.Floor(f)), 0), true
}

// another reports whether claims are those of an ID token (OpenID Connect Core 1.0 §2,
// §3.3.2.11), of a logout token or another event (RFC 8417), or of a token that is bound
// to a key (RFC 7800), which whoever holds the text alone may not use; or of a kind that
// issuers name in claims of their own.
func another(claims read.Object) bool {
	for _, name := range []string{"nonce", "at_hash", "c_hash", "s_hash", "events", "cnf"} {
		if claims.Has(name) {
			return true
		}
	}
	own := claims.Has("typ") && !slices.Contains([]string{"Bearer", "JWT", "at+jwt"}, claims.Str("typ"))
	return own || claims.Has("token_use") && claims.Str("token_use") != "access"
}

// claimOf finds a claim by its name, or by a JSON pointer.
func claimOf(claims read.Object, name string) any {
	if !strings.HasPrefix(name, "/") {
		return claims[name]
	}
	var v any = map[string]any(claims)
	for _, step := range strings.Split(name[1:], "/") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
	}
	return v
}

// wordsOf gives the words of a text, or the texts of a list.
func wordsOf(v any) []string {
	if s, ok := v.(string); ok {
		return strings.Fields(s)
	}
	list, _ := v.([]any)
	var out []string
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// keysOf gives the issuer's keys of a name that may sign in a way.
func (l *Logins) keysOf(id, alg string) ([]crypto.PublicKey, error) {
	now := l.o.Now()
	found, at := l.look(id, alg)
	if len(found) == 0 || now.Sub(at) >= keysFresh {
		switch {
		case l.begin(now):
			l.refresh(now)
		case len(found) == 0: // whoever asks the issuer just now is waited for
			l.turn.Lock()
			l.turn.Unlock() //nolint:staticcheck // waiting is all that is wanted
		}
		found, at = l.look(id, alg)
	}
	switch {
	case at.IsZero() || now.Sub(at) >= keysStale:
		return nil, ErrIssuerAway
	case len(found) == 0:
		return nil, errors.New("a key that the issuer does not have")
	}
	return found, nil
}

// look gives the keys that are at hand, and as of when. Without a name the one key that
// there is is meant.
func (l *Logins) look(id, alg string) (found []crypto.PublicKey, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.keys {
		k := &l.keys[i]
		switch {
		case id == "" && len(l.keys) > 1, id != "" && k.KeyID != id:
		case k.Algorithm != "" && k.Algorithm != alg:
		default:
			found = append(found, k.Key)
		}
	}
	return found, l.at
}

// begin reports whether it is the caller's to ask the issuer; then refresh must follow.
func (l *Logins) begin(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.tried.IsZero() && now.Sub(l.tried) < keysPause || !l.turn.TryLock() {
		return false
	}
	l.tried = now
	return true
}

// refresh asks the issuer for its keys. Those of before stay where it does not answer.
func (l *Logins) refresh(now time.Time) {
	defer l.turn.Unlock()
	keys, place, err := l.fetchKeys()
	if err != nil {
		l.o.Log.Warn("the issuer of callers' tokens does not give its keys", zap.Error(err))
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys, l.place, l.at = keys, place, now
}

// fetchKeys asks for the issuer's keys by discovery, whose answer has to name the same
// issuer. What is no public key for signatures is left out.
func (l *Logins) fetchKeys() ([]jose.JSONWebKey, oauth2.Endpoint, error) {
	// Not for one caller: that he goes is no reason to stop.
	ctx := oidc.ClientContext(context.Background(), l.ask.HTTP)
	p, err := oidc.NewProvider(ctx, l.o.Issuer)
	if err != nil {
		return nil, oauth2.Endpoint{}, err
	}
	var meta struct {
		Keys  string   `json:"jwks_uri"`
		Known []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := p.Claims(&meta); err != nil {
		return nil, oauth2.Endpoint{}, err
	}
	place := p.Endpoint()
	place.AuthStyle = oauth2.AuthStyleInHeader
	if l.o.Secret == "" || len(meta.Known) > 0 && !slices.Contains(meta.Known, "client_secret_basic") {
		place.AuthStyle = oauth2.AuthStyleInParams
	}
	body, err := l.ask.Read(ctx, meta.Keys)
	if err != nil {
		return nil, place, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, place, err
	}
	var out []jose.JSONWebKey
	for _, raw := range set.Keys[:min(len(set.Keys), maxKeys)] {
		var k jose.JSONWebKey
		// A kind that is not known is another one's business (RFC 7517 §5).
		if k.UnmarshalJSON(raw) == nil && k.IsPublic() && (k.Use == "" || k.Use == "sig") {
			out = append(out, k)
		}
	}
	return out, place, nil
}

// own tells one issuer from another one, and one way to read its word from another, so
// that no session outlives what it came by.
func (o *LoginOptions) own() string {
	h := sha256.New()
	for _, part := range []string{o.Issuer, o.Client, o.Tenant, o.TenantClaim, o.NameClaim, o.RightsClaim} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// client checks what is said of assay as a client of the issuer.
func (o *LoginOptions) client() error {
	if o.Client == "" {
		if o.Secret != "" {
			return errors.New("a secret without the client that it is of")
		}
		return nil
	}
	u, err := url.Parse(o.Redirect)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return errors.New("for people to sign in it needs the https address at which browsers reach the page")
	}
	return nil
}

// signs reports whether people sign in to the pages by the issuer.
func (l *Logins) signs() bool { return l != nil && l.o.Client != "" }

// asOf is when the issuer told last what it says of itself; zero = never.
func (l *Logins) asOf() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at
}

// flow is how people sign in there: ErrIssuerAway, while it has not said where.
func (l *Logins) flow() (*oauth2.Config, error) {
	now := l.o.Now()
	if at := l.asOf(); now.Sub(at) >= keysFresh {
		if l.begin(now) {
			l.refresh(now)
		} else if at.IsZero() { // whoever asks the issuer just now is waited for
			l.turn.Lock()
			l.turn.Unlock() //nolint:staticcheck // waiting is all that is wanted
		}
		if at = l.asOf(); now.Sub(at) >= keysStale {
			return nil, ErrIssuerAway
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if u, err := url.Parse(l.place.AuthURL); err != nil || u.Scheme != "https" || l.place.TokenURL == "" {
		return nil, ErrIssuerAway
	}
	return &oauth2.Config{ClientID: l.o.Client, ClientSecret: l.o.Secret, RedirectURL: l.o.Redirect, Endpoint: l.place, Scopes: []string{oidc.ScopeOpenID}}, nil
}

// wayTo gives the address at which somebody signs in: by the code flow (OpenID Connect
// Core 1.0 §3.1.2.1) with PKCE (RFC 7636 §4.3).
func (l *Logins) wayTo(way session.Way) (string, error) {
	flow, err := l.flow()
	if err != nil {
		return "", err
	}
	return flow.AuthCodeURL(way.State, oidc.Nonce(way.Nonce), oauth2.S256ChallengeOption(way.Verifier)), nil
}

// errCode: what somebody brought back from the issuer does not say who he is.
var errCode = errors.New("the company's sign-in did not say who you are")

// redeem changes a code for an ID token and tells who came the way (OpenID Connect Core
// 1.0 §3.1.3.7): ErrIssuerAway, or errCode with what is wrong, and nothing of the token.
func (l *Logins) redeem(ctx context.Context, code string, way session.Way) (session.Who, error) {
	flow, err := l.flow()
	if err != nil {
		return session.Who{}, err
	}
	token, err := flow.Exchange(oidc.ClientContext(ctx, l.ask.HTTP), code, oauth2.VerifierOption(way.Verifier))
	if refused := (*oauth2.RetrieveError)(nil); errors.As(err, &refused) && refused.Response.StatusCode < 500 {
		return session.Who{}, fmt.Errorf("%w: the code is refused", errCode)
	}
	if err != nil {
		return session.Who{}, fmt.Errorf("%w: %w", ErrIssuerAway, err)
	}
	raw, _ := token.Extra("id_token").(string)
	claims, err := l.signed(ctx, raw, l.o.Client, "jwt")
	if errors.Is(err, ErrIssuerAway) {
		return session.Who{}, err
	}
	if err == nil {
		err = l.forUs(claims, way.Nonce)
	}
	if err != nil {
		return session.Who{}, fmt.Errorf("%w: %w", errCode, err)
	}
	who, err := l.whoOf(claims)
	if err != nil {
		return who, fmt.Errorf("%w: %w", errCode, err)
	}
	return who, nil
}

// forUs refuses an ID token that was given to another client, or for another question
// than ours.
func (l *Logins) forUs(claims read.Object, nonce string) error {
	switch azp := claims.Str("azp"); {
	case claims.Has("azp") && azp != l.o.Client, !claims.Has("azp") && len(claims.Strs("aud")) > 1:
		return errors.New("given to another client")
	case subtle.ConstantTimeCompare([]byte(claims.Str("nonce")), []byte(nonce)) != 1:
		return errors.New("given for another question")
	case claims.Has("events"), claims.Has("typ") && !slices.Contains([]string{"ID", "JWT"}, claims.Str("typ")), claims.Has("token_use") && claims.Str("token_use") != "id":
		return errors.New("a token of another type")
	}
	return nil
}
