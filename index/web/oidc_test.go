package web

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// realm is an OpenID issuer of our own: discovery and keys over TLS.
type realm struct {
	*httptest.Server
	t *testing.T

	mu     sync.Mutex
	keys   []any // JWKs, public
	names  string
	away   bool
	asked  int
	moved  string // where keys are redirected to, "" = nowhere
	signer map[string]any
	grants *grants // how people sign in there; nil = they do not
}

func newRealm(t *testing.T) *realm {
	t.Helper()
	s := &realm{t: t, signer: map[string]any{}}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	s.names = s.URL
	s.rotate("one")
	return s
}

func (s *realm) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	w.Header().Set("Content-Type", "application/json")
	switch {
	case s.away:
		w.WriteHeader(http.StatusBadGateway)
	case r.URL.Path == "/.well-known/openid-configuration":
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": s.names, "jwks_uri": s.URL + "/keys", "authorization_endpoint": s.URL + "/authorize", "token_endpoint": s.URL + "/token", "id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}})
	case r.URL.Path == "/keys" && s.moved != "":
		http.Redirect(w, r, s.moved, http.StatusFound)
	case r.URL.Path == "/keys", r.URL.Path == "/keys2":
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": s.keys})
	case s.grants != nil && r.URL.Path == "/authorize":
		s.grants.authorize(w, r)
	case s.grants != nil && r.URL.Path == "/token":
		s.grants.token(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// rotate gives the issuer a new key of its own, by this name, and none but it.
func (s *realm) rotate(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = nil
	s.add(id, map[string]any{})
}

func (s *realm) add(id string, more map[string]any) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	s.signer[id] = key
	b, err := (&jose.JSONWebKey{Key: key.Public(), KeyID: id}).MarshalJSON()
	if err != nil {
		s.t.Fatal(err)
	}
	var k map[string]any
	if err := json.Unmarshal(b, &k); err != nil {
		s.t.Fatal(err)
	}
	maps.Copy(k, more)
	s.keys = append(s.keys, k)
}

func (s *realm) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

// sign makes a token of these parts with a key.
func sign(t *testing.T, key any, alg jose.SignatureAlgorithm, head map[string]any, claims any) string {
	t.Helper()
	o := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{}}
	for name, v := range head {
		o.ExtraHeaders[jose.HeaderKey(name)] = v
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, o)
	if err != nil {
		t.Fatal(err)
	}
	payload, raw := claims.([]byte)
	if !raw {
		if payload, err = json.Marshal(claims); err != nil {
			t.Fatal(err)
		}
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// clock is a time that tests set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }
func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func (s *realm) options(c *clock) LoginOptions {
	return LoginOptions{Issuer: s.URL, Audience: "assay", TenantClaim: "org", RightsClaim: "/realm/roles",
		Rights: []string{"recruiter=search,names", "hr=export"}, CA: s.pem(), Now: c.now}
}

func (s *realm) claims(c *clock) map[string]any {
	now := c.now().Unix()
	return map[string]any{"iss": s.URL, "aud": "assay", "sub": "u-1", "org": "acme", "iat": now, "exp": now + 300, "realm": map[string]any{"roles": []string{"recruiter"}}}
}

func bearing(token string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/v1/search", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

// TestLogins: an issuer's access token is believed as far as the operator said, and
// every other token is refused.
func TestLogins(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	s := newRealm(t)
	s.mu.Lock()
	s.add("two", map[string]any{})
	s.add("enc", map[string]any{"use": "enc"})
	s.add("es384", map[string]any{"alg": "ES384"})
	public, err := x509.MarshalPKIXPublicKey(s.signer["one"].(*ecdsa.PrivateKey).Public())
	if err != nil {
		t.Fatal(err)
	}
	secret := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	s.keys = append(s.keys, map[string]any{"kty": "oct", "kid": "oct", "k": base64.RawURLEncoding.EncodeToString(secret)}, map[string]any{"kty": "new", "kid": "new"})
	s.mu.Unlock()
	l, err := NewLogins(s.options(c))
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	one := s.signer["one"]
	now := c.now().Unix()
	for _, tc := range []struct {
		desc   string
		claims map[string]any // beside the good ones; nil takes one out
		head   map[string]any // beside kid one
		key    any
		alg    jose.SignatureAlgorithm
		want   *Caller
	}{
		{desc: "good", want: &Caller{"oidc:u-1", "acme", MaySearch | MayNames}},
		{desc: "another of its keys", head: map[string]any{"kid": "two"}, key: s.signer["two"], want: &Caller{"oidc:u-1", "acme", MaySearch | MayNames}},
		{desc: "several audiences", claims: map[string]any{"aud": []string{"other", "assay"}}, want: &Caller{"oidc:u-1", "acme", MaySearch | MayNames}},
		{desc: "more roles, some of them others'", claims: map[string]any{"realm": map[string]any{"roles": []string{"recruiter", "hr", "admin", "operate"}}}, want: &Caller{"oidc:u-1", "acme", MaySearch | MayNames | MayExport}},
		{desc: "roles by spaces", claims: map[string]any{"realm": map[string]any{"roles": "hr other"}}, want: &Caller{"oidc:u-1", "acme", MayExport}},
		{desc: "no role", claims: map[string]any{"realm": nil}, want: &Caller{"oidc:u-1", "acme", 0}},
		{desc: "a right's own name is no role", claims: map[string]any{"realm": map[string]any{"roles": []string{"search"}}}, want: &Caller{"oidc:u-1", "acme", 0}},
		{desc: "the type of an access token", head: map[string]any{"typ": "at+JWT"}, want: &Caller{"oidc:u-1", "acme", MaySearch | MayNames}},
		{desc: "the type of any", head: map[string]any{"typ": "JWT"}, claims: map[string]any{"typ": "Bearer", "token_use": "access"}, want: &Caller{"oidc:u-1", "acme", MaySearch | MayNames}},
		{desc: "ended within the skew of clocks", claims: map[string]any{"exp": now - 59}, want: &Caller{"oidc:u-1", "acme", MaySearch | MayNames}},
		{desc: "begun within the skew of clocks", claims: map[string]any{"nbf": now + 59, "iat": now + 59}, want: &Caller{"oidc:u-1", "acme", MaySearch | MayNames}},

		{desc: "expired", claims: map[string]any{"exp": now - 61}},
		{desc: "without an end", claims: map[string]any{"exp": nil}},
		{desc: "an end that is no number", claims: map[string]any{"exp": "tomorrow"}},
		{desc: "an end beyond all time", claims: map[string]any{"exp": json.Number("1e300")}},
		{desc: "not yet valid", claims: map[string]any{"nbf": now + 61}},
		{desc: "a beginning that is no number", claims: map[string]any{"nbf": "now"}},
		{desc: "of the future", claims: map[string]any{"iat": now + 61}},
		{desc: "another audience", claims: map[string]any{"aud": "other"}},
		{desc: "no audience", claims: map[string]any{"aud": nil}},
		{desc: "another issuer", claims: map[string]any{"iss": "https://issuer.example"}},
		{desc: "the issuer with a slash", claims: map[string]any{"iss": s.URL + "/"}},
		{desc: "no tenant", claims: map[string]any{"org": nil}},
		{desc: "a tenant that is none", claims: map[string]any{"org": "acme.*"}},
		{desc: "two tenants", claims: map[string]any{"org": []string{"acme", "rival"}}},
		{desc: "nobody", claims: map[string]any{"sub": nil}},
		{desc: "a name that turns text", claims: map[string]any{"sub": "a\u202eb"}},
		{desc: "a long name", claims: map[string]any{"sub": strings.Repeat("a", 65)}},
		{desc: "an ID token, by its nonce", claims: map[string]any{"nonce": "n"}},
		{desc: "an ID token, by the hash of its access token", claims: map[string]any{"at_hash": "h"}},
		{desc: "an ID token, as its issuer says", claims: map[string]any{"typ": "ID"}},
		{desc: "a refresh token, as its issuer says", claims: map[string]any{"typ": "Refresh"}},
		{desc: "an ID token, as another issuer says", claims: map[string]any{"token_use": "id"}},
		{desc: "a logout token", head: map[string]any{"typ": "logout+jwt"}},
		{desc: "an event", claims: map[string]any{"events": map[string]any{}}},
		{desc: "a type that is no text", head: map[string]any{"typ": 7}},
		{desc: "bound to a key", claims: map[string]any{"cnf": map[string]any{"jkt": "x"}}},
		{desc: "an unknown key", head: map[string]any{"kid": "three"}},
		{desc: "no key's name where there are several", head: map[string]any{"kid": nil}},
		{desc: "the name of another key", head: map[string]any{"kid": "two"}},
		{desc: "a key for encryption", head: map[string]any{"kid": "enc"}, key: s.signer["enc"]},
		{desc: "a key for another algorithm", head: map[string]any{"kid": "es384"}, key: s.signer["es384"]},
		{desc: "a stranger's key", key: stranger, alg: jose.RS256},
		{desc: "a stranger's key in the header", head: map[string]any{"jwk": jose.JSONWebKey{Key: stranger.Public()}}, key: stranger, alg: jose.RS256},
		{desc: "HS256 with the public key as secret", key: secret, alg: jose.HS256},
		{desc: "HS256 with a secret that the issuer publishes", head: map[string]any{"kid": "oct"}, key: secret, alg: jose.HS256},
	} {
		claims := s.claims(c)
		maps.Copy(claims, tc.claims)
		for name, v := range claims {
			if v == nil {
				delete(claims, name)
			}
		}
		head := map[string]any{"kid": "one"}
		maps.Copy(head, tc.head)
		if head["kid"] == nil {
			delete(head, "kid")
		}
		key, alg := any(one), jose.ES256
		if tc.key != nil {
			key = tc.key
		}
		if tc.alg != "" {
			alg = tc.alg
		}
		got, err := l.Caller(bearing(sign(t, key, alg, head, claims)))
		switch {
		case tc.want == nil && !errors.Is(err, ErrNoIdentity):
			t.Errorf("%s: %+v, %v", tc.desc, got, err)
		case tc.want != nil && (err != nil || got != *tc.want):
			t.Errorf("%s: %+v, %v; want %+v", tc.desc, got, err, *tc.want)
		}
	}

	good := sign(t, one, jose.ES256, map[string]any{"kid": "one"}, s.claims(c))
	parts := strings.Split(good, ".")
	part := func(v string) string { return base64.RawURLEncoding.EncodeToString([]byte(v)) }
	asJSON := fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2])
	// What encoding/json takes for a claim's name, and for its last word.
	capitals := func(name string, v, also any) string {
		b := must(json.Marshal(with(s.claims(c), name, v)))
		b = append(b[:len(b)-1], fmt.Sprintf(",%q:%q}", strings.ToUpper(name), also)...)
		return sign(t, one, jose.ES256, map[string]any{"kid": "one"}, b)
	}
	for desc, token := range map[string]string{
		"an audience in capitals":   capitals("aud", "other", "assay"),
		"an issuer in capitals":     capitals("iss", "https://issuer.example", s.URL),
		"nothing":                   "",
		"no signature":              parts[0] + "." + parts[1] + ".",
		"alg none":                  part(`{"alg":"none","kid":"one"}`) + "." + parts[1] + ".",
		"alg None, signed":          part(`{"alg":"None","kid":"one"}`) + "." + parts[1] + "." + parts[2],
		"the JSON form":             asJSON,
		"a part more":               good + ".e30",
		"claims that were changed":  parts[0] + "." + part(`{"iss":"`+s.URL+`","aud":"assay","org":"rival","sub":"u-1","exp":99999999999}`) + "." + parts[2],
		"claims that are twice":     sign(t, one, jose.ES256, map[string]any{"kid": "one"}, []byte(strings.Replace(string(must(json.Marshal(s.claims(c)))), `{`, `{"org":"rival",`, 1))),
		"too long":                  sign(t, one, jose.ES256, map[string]any{"kid": "one"}, with(s.claims(c), "pad", strings.Repeat("a", maxLogin))),
		"a critical header unknown": sign(t, one, jose.ES256, map[string]any{"kid": "one", "crit": []string{"x"}, "x": true}, s.claims(c)),
	} {
		if got, err := l.Caller(bearing(token)); !errors.Is(err, ErrNoIdentity) {
			t.Errorf("%s: %+v, %v", desc, got, err)
		}
	}
	twice := bearing(good)
	twice.Header.Add("Authorization", "Bearer "+good)
	basic := httptest.NewRequest(http.MethodGet, "/", nil)
	basic.SetBasicAuth("u", good)
	for _, r := range []*http.Request{twice, basic} {
		if _, err := l.Caller(r); !errors.Is(err, ErrNoIdentity) {
			t.Errorf("%v: %v", r.Header["Authorization"], err)
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func with(m map[string]any, name string, v any) map[string]any { m[name] = v; return m }

// TestLoginsKeys: the issuer's keys are read again when a new one is named and when they
// are old, but not more often than every few seconds; a key that was taken back is good
// no longer, and while the issuer is away those of before are, for an hour.
func TestLoginsKeys(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	s := newRealm(t)
	s.away = true
	l, err := NewLogins(s.options(c))
	if err != nil {
		t.Fatal(err)
	}
	token := func(id string) *http.Request {
		s.mu.Lock()
		defer s.mu.Unlock()
		return bearing(sign(t, s.signer[id], jose.ES256, map[string]any{"kid": id}, s.claims(c)))
	}
	want := func(desc, id string, want error) {
		t.Helper()
		if _, err := l.Caller(token(id)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", desc, err, want)
		}
	}
	set := func(f func()) { s.mu.Lock(); defer s.mu.Unlock(); f() }
	want("away from the beginning", "one", ErrIssuerAway)
	set(func() { s.away = false })
	want("asked a moment ago", "one", ErrIssuerAway)
	c.add(keysPause)
	want("there", "one", nil)

	s.rotate("two")
	want("the key of before, for a while", "one", nil)
	c.add(keysPause)
	want("a new key", "two", nil)
	want("a key that was taken back", "one", ErrNoIdentity)
	s.rotate("three")
	c.add(keysFresh)
	want("a key that was taken back, by time", "two", ErrNoIdentity)
	want("the key of now", "three", nil)

	c.add(keysPause)
	set(func() { s.asked = 0; s.signer["none"] = s.signer["one"] })
	for range 20 {
		want("an unknown key", "none", ErrNoIdentity)
	}
	if s.asked != 2 { // discovery and keys
		t.Errorf("%d requests for twenty tokens of unknown keys", s.asked)
	}

	set(func() { s.away = true })
	c.add(keysStale - time.Second)
	want("away for less than an hour", "three", nil)
	c.add(2 * time.Second)
	want("away for an hour", "three", ErrIssuerAway)
	set(func() { s.away = false; s.names = "https://issuer.example" })
	c.add(keysPause)
	want("another issuer answers", "three", ErrIssuerAway)

	other := newRealm(t)
	other.mu.Lock()
	other.keys = s.keys
	other.mu.Unlock()
	set(func() { s.names = s.URL; s.moved = other.URL + "/keys" })
	c.add(keysPause)
	want("keys at another host", "three", ErrIssuerAway)
	set(func() { s.moved = s.URL + "/keys2" })
	c.add(keysPause)
	want("keys at another place of the host", "three", nil)

	// Without a name of its key a token is of the only one that there is; secrets are none.
	set(func() { s.keys = append(s.keys, map[string]any{"kty": "oct", "kid": "oct", "k": "c2VjcmV0"}) })
	c.add(keysFresh)
	r := bearing(sign(t, s.signer["three"], jose.ES256, nil, s.claims(c)))
	if _, err := l.Caller(r); err != nil {
		t.Errorf("the only key, not named: %v", err)
	}
}

// TestNewLogins: options that would believe too much are refused.
func TestNewLogins(t *testing.T) {
	good := LoginOptions{Issuer: "https://issuer.example/realms/hr", Audience: "assay", Tenant: "acme", Rights: []string{"a=search"}}
	if _, err := NewLogins(good); err != nil {
		t.Fatal(err)
	}
	for desc, change := range map[string]func(*LoginOptions){
		"plain HTTP":          func(o *LoginOptions) { o.Issuer = "http://issuer.example" },
		"no issuer":           func(o *LoginOptions) { o.Issuer = "" },
		"a query":             func(o *LoginOptions) { o.Issuer += "?a" },
		"a user":              func(o *LoginOptions) { o.Issuer = "https://u@issuer.example" },
		"no audience":         func(o *LoginOptions) { o.Audience = "" },
		"no tenant":           func(o *LoginOptions) { o.Tenant = "" },
		"two tenants":         func(o *LoginOptions) { o.TenantClaim = "org" },
		"any tenant":          func(o *LoginOptions) { o.Tenant = "*" },
		"no rights":           func(o *LoginOptions) { o.Rights = nil },
		"a right of no value": func(o *LoginOptions) { o.Rights = []string{"=search"} },
		"a right that is none": func(o *LoginOptions) {
			o.Rights = []string{"a=search,all"}
		},
		"no authority": func(o *LoginOptions) { o.CA = []byte("PEM") },
	} {
		o := good
		change(&o)
		if _, err := NewLogins(o); !errors.Is(err, ErrLogin) {
			t.Errorf("%s: %v", desc, err)
		}
	}
}

// TestLoginsAtTheDoor: who comes by an issuer's word sees his own tenant, as far as his
// rights go; tokens of the file go on being good beside it.
func TestLoginsAtTheDoor(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	s := newRealm(t)
	l, err := NewLogins(s.options(c))
	if err != nil {
		t.Fatal(err)
	}
	tokens, _, err := tokensOf(t, digest("a-token")+" acme Recruiter One\n")
	if err != nil {
		t.Fatal(err)
	}
	server, err := NewServer(Access{Listen: "192.0.2.1:443", Tokens: tokens, Logins: l})
	if err != nil {
		t.Fatal(err)
	}
	engine := &failing{}
	pages, err := New(Options{Engine: engine, Identity: server.access.caller})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewServer(Access{Listen: "192.0.2.1:443", Logins: l}); err != nil {
		t.Errorf("with an issuer alone: %v", err)
	}
	token := func(claims map[string]any) string {
		all := s.claims(c)
		maps.Copy(all, claims)
		return sign(t, s.signer["one"], jose.ES256, map[string]any{"kid": "one"}, all)
	}
	for _, tc := range []struct {
		desc, path, token string
		want              int
	}{
		{"a right that he has", "/v1/openapi.json", token(nil), 200},
		{"no token", "/v1/openapi.json", "", 401},
		{"a token of the file", "/v1/openapi.json", "a-token", 200},
		{"a missing right", "/v1/issuers", token(nil), 403},
		{"no right at all", "/v1/search?q=go", token(map[string]any{"realm": 1}), 403},
		{"another tenant", "/v1/search?q=go&tenant=acme", token(map[string]any{"org": "rival"}), 400},
		{"expired", "/v1/openapi.json", token(map[string]any{"exp": 1}), 401},
	} {
		r := httptest.NewRequest(http.MethodGet, tc.path, nil)
		if tc.token != "" {
			r.Header.Set("Authorization", "Bearer "+tc.token)
		}
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, r)
		if w.Code != tc.want {
			t.Errorf("%s: %d, want %d: %s", tc.desc, w.Code, tc.want, w.Body)
		}
	}
	s.mu.Lock()
	s.away = true
	s.mu.Unlock()
	c.add(2 * keysStale)
	r := bearing(token(nil))
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("the issuer is away: %d", w.Code)
	}
}

// TestLimiterForgets: callers whom an issuer knows are any number.
func TestLimiterForgets(t *testing.T) {
	c := &clock{at: time.Unix(0, 0)}
	l := newLimiter(1, 2, c.now)
	for i := range maxLimited {
		if err := l.take(Caller{Name: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	c.add(time.Second)
	if err := l.take(Caller{Name: "new"}); err != nil || len(l.of) != 1 {
		t.Errorf("%v, %d are counted", err, len(l.of))
	}
}
