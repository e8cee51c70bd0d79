package verify

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// The search tries every combination of what a forger controls: all documents
// of a host of one's own, a page of the victim's host that echoes what it is
// asked for, an upload folder there for files that are no badge, and what is
// handed in. What it looks for is a badge of the forger's making that comes out
// as the victim's, whom the employer's registry lists by profile, host and DID.

const (
	victimHost    = "https://university.example/"
	victimProfile = victimHost + "profile"
	victimClass   = victimHost + "class"
	victimBadge   = victimHost + "badges/1" // real, and another applicant's
	victimKey     = victimHost + "keys/1"
	victimEcho    = victimHost + "search?q=key"
	victimUpload  = victimHost + "uploads/key"
	victimDID     = "did:web:university.example"
	evilBadge     = evilHost + "1"
	evilClass     = evilHost + "class"
	evilIssuer    = evilHost + "issuer"
	evilKeyURL    = evilHost + "key"
	forgedName    = "Chief Surgeon"
)

// dimension is one thing that a forger chooses: in how many ways.
type dimension struct {
	name string
	n    int
}

// combination is a choice in each dimension.
type combination map[string]int

func (c combination) String() string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(c)) {
		out = append(out, fmt.Sprintf("%s %d", k, c[k]))
	}
	return strings.Join(out, ", ")
}

// combinations gives the i-th of all and how many there are.
func combinations(dims []dimension) (total int, nth func(i int) combination) {
	total = 1
	for _, d := range dims {
		total *= d.n
	}
	return total, func(i int) combination {
		c := combination{}
		for _, d := range dims {
			c[d.name] = i % d.n
			i /= d.n
		}
		return c
	}
}

// registryOfVictim lists the victim in every way that a registry can.
const registryOfVictim = `{"registry":{"` + victimProfile + `":{"name":"U"},"` + victimHost + `":{"name":"U"},"` + victimDID + `":{"name":"U"}}}`

// forged reports whether a verdict says of a badge of the forger's that it is
// the victim's.
func forged(v Verdict) bool {
	theirs := v.Aspects.Standing.Level == verdict.LevelListed ||
		v.Aspects.Issuer.State == verdict.Pass && strings.Contains(strings.ToLower(v.Credential.Issuer.ID), "university.example")
	return theirs && v.Aspects.Integrity.State == verdict.Pass && (v.Credential.Name == forgedName || v.Result == verdict.Verified)
}

var openBadges2 = []dimension{
	{"victim", 3}, {"context", 5}, {"recipient", 2}, {"issuer", 8}, {"policy", 5}, {"class", 4}, {"verification", 8}, {"id", 4}, {"handed in", 3},
}

// over is with, on a copy of the outermost object alone.
func over(o, change m) m {
	out := maps.Clone(o)
	for k, v := range change {
		if out[k] = v; v == nil {
			delete(out, k)
		}
	}
	return out
}

var evilPEM = sync.OnceValue(func() string { return verifytest.PEM(evilKey.Public()) })

// victimWeb is what stays the same in all combinations: the victim's key, class
// and badge, its page that echoes, its upload folder; and the forger's key.
var victimWeb = sync.OnceValue(func() map[string]verifytest.Answer {
	return verifytest.NewWeb(m{
		victimKey:   m{"@context": ob2Context, "type": "CryptographicKey", "id": victimKey, "owner": victimProfile, "publicKeyPem": verifytest.PEM(issuerKey.Public())},
		victimClass: m{"@context": ob2Context, "type": "BadgeClass", "id": victimClass, "name": "Nurse", "description": "d", "image": "x", "criteria": "x", "issuer": victimProfile},
		victimBadge: m{"@context": ob2Context, "type": "Assertion", "id": victimBadge, "badge": victimClass, "issuedOn": "2026-01-01T00:00:00Z", "verification": m{"type": "hosted"},
			"recipient": m{"type": "email", "hashed": false, "identity": "another@example.org"}},
		victimEcho:   verifytest.Answer{Type: "text/html", Body: "<html>You asked for\n" + evilPEM() + "</html>"},
		victimUpload: m{"type": "CryptographicKey", "owner": victimProfile, "controller": victimProfile, "publicKeyPem": evilPEM()},
		evilKeyURL:   m{"@context": ob2Context, "type": "CryptographicKey", "id": evilKeyURL, "owner": victimProfile, "publicKeyPem": evilPEM()},
	}).Answers
})

// forgedOpenBadge makes the badge of a combination and the web around it. It is
// handed in as a copy, with the address that it was fetched from, or signed. ok
// is false for a combination that repeats another: where the victim is named by
// address alone, there is no place for a policy.
func forgedOpenBadge(c combination) (w *verifytest.Web, payload []byte, origin string, ok bool) {
	if c["issuer"] == 0 && c["policy"] > 0 {
		return nil, nil, "", false
	}
	pem := evilPEM()
	profile := m{"@context": ob2Context, "type": "Profile", "id": victimProfile, "name": "Example University", "url": victimHost, "email": "b@university.example"}
	victim := []any{
		over(profile, m{"publicKey": victimKey, "verification": m{"startsWith": victimHost + "badges/"}}),
		m{"name": "Example University", "url": victimHost}, // of 1.0
		verifytest.Answer{Type: "text/html", Body: "<html>"},
	}[c["victim"]]
	policy := []m{
		nil,
		{"verification": m{"allowedOrigins": []any{"evil.example", "university.example"}}},
		{"verification": m{"startsWith": []any{evilHost, victimHost}}},
		{"publicKey": m{"type": "CryptographicKey", "id": evilKeyURL, "owner": victimProfile, "publicKeyPem": pem}},
		{"publicKey": []any{evilKeyURL, victimEcho, victimUpload}, "verification": m{"allowedOrigins": "evil.example"}},
	}[c["policy"]]
	issuer := []any{
		victimProfile,
		over(profile, policy),
		over(profile, over(m{"id": nil, "origin": "https://university.example"}, policy)),
		over(profile, over(m{"id": nil, "origin": victimProfile}, policy)),
		over(profile, over(m{"origin": "https://university.example"}, policy)),
		over(profile, over(m{"id": evilIssuer}, policy)), // whose document says that it is the victim
		evilIssuer,
		victimHost + "go?to=" + evilIssuer, // the victim's open redirect
	}[c["issuer"]]
	class := m{"@context": ob2Context, "type": "BadgeClass", "id": evilClass, "version": "0.5.0", "name": forgedName, "description": "d", "image": "https://evil.example/i.png", "criteria": "https://evil.example/c", "issuer": issuer}
	a := m{
		"uid": "1", "issuedOn": "2026-01-01T00:00:00Z", "type": "Assertion",
		"badge":     []any{over(class, m{"id": nil}), evilClass, victimClass, over(class, m{"id": victimClass})}[c["class"]],
		"recipient": []any{"applicant@example.org", m{"type": "email", "hashed": false, "identity": "applicant@example.org"}}[c["recipient"]],
	}
	maps.Copy(a, []m{
		{}, {"@context": "https://w3id.org/openbadges/v1"}, {"@context": ob2Context}, {"@context": []any{ob2Context, m{"x": "y:z"}}}, {"@context": m{"x": "y:z"}},
	}[c["context"]])
	maps.Copy(a, []m{
		{},
		{"verify": m{"type": "hosted", "url": evilBadge}},
		{"verification": m{"type": "hosted", "startsWith": evilHost, "allowedOrigins": "evil.example"}},
		{"verify": m{"type": "signed", "url": evilKeyURL}},
		{"verify": m{"type": "signed", "url": victimEcho}},
		{"verify": m{"type": "signed", "url": victimUpload}},
		{"verification": m{"type": "signed", "creator": []any{evilKeyURL, victimUpload}[c["issuer"]%2]}},
		{"verification": m{"type": "signed", "creator": m{"id": victimKey, "owner": victimProfile, "publicKeyPem": pem}}},
	}[c["verification"]])
	id := []any{nil, evilBadge, victimBadge, "urn:uuid:1"}[c["id"]]
	a = over(a, m{"id": id})
	w = &verifytest.Web{Answers: maps.Clone(victimWeb()), Asked: map[string]int{}}
	evil := over(profile, policy)
	w.Put(victimProfile, victim)
	w.Put(evilIssuer, evil)
	w.Put(victimHost+"go?to="+evilIssuer, verifytest.Answer{Final: evilIssuer, Body: w.Answers[evilIssuer].Body})
	w.Put(evilBadge, over(a, m{"id": []any{id, evilBadge}[c["id"]/2]}))
	w.Put(evilClass, class)
	if c["handed in"] == 2 {
		return w, verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(a), evilKey), "", true
	}
	return w, verifytest.JSON(a), []string{"", evilBadge}[c["handed in"]], true
}

var openBadges3 = []dimension{
	{"victim", 5}, {"issuer", 6}, {"method", 12}, {"proof", 5}, {"upload", 6}, {"model", 2},
}

// forgedCredential is forgedOpenBadge for Open Badges 3.0. Signing costs more
// than judging: made keeps what was signed, by what goes into it.
// The contexts of VCDM 1.1 know no DataIntegrityProof: ok is false.
func forgedCredential(c combination, made map[string][]byte) (w *verifytest.Web, payload []byte, ok bool) {
	if c["model"] == 1 && c["proof"] == 0 {
		return nil, nil, false
	}
	multikey := verifytest.Multikey(evilKey)
	evilDID, evilMethod := verifytest.DIDKey(evilKey)
	profile := m{"id": victimProfile, "type": "Profile", "name": "Example University"}
	key := m{"id": victimProfile + "#k", "type": "Multikey", "controller": victimProfile, "publicKeyMultibase": verifytest.Multikey(issuerKey)}
	id := []string{victimProfile, victimHost, victimDID, victimProfile, victimProfile, victimHost + "go?to=" + evilIssuer}[c["issuer"]]
	victim := []any{
		with(profile, m{"verificationMethod": []any{key}}), profile, verifytest.Answer{Status: 404}, verifytest.Answer{Type: "text/html", Body: "<html>"}, with(profile, m{"verificationMethod": []any{}, "publicKey": "none"}),
	}[c["victim"]]
	methods := []string{
		victimUpload, victimUpload + "#k", evilKeyURL, evilKeyURL + "#k", id + "#" + multikey, id + "#k", evilMethod, evilDID, "did:web:evil.example#k", "k", victimEcho, victimHost + ".well-known/../uploads/key#k",
	}
	method := methods[c["method"]]
	if c["proof"] < 2 && method == "k" {
		method = "urn:uuid:k" // in a proof it must be an identifier
	}
	evil := func(where string) m {
		return m{"id": where, "type": "Multikey", "controller": id, "publicKeyMultibase": multikey}
	}
	upload := []any{
		evil(victimUpload), m{"controller": id, "publicKeyMultibase": multikey}, with(verifytest.JWK(evilKey.Public()), m{"iss": id, "kid": "k"}), m{"owner": id, "publicKeyPem": verifytest.PEM(evilKey.Public())},
		m{"id": id, "assertionMethod": []any{evil(victimUpload + "#k")}}, m{"keys": []any{with(verifytest.JWK(evilKey.Public()), m{"iss": id, "kid": "k"})}},
	}[c["upload"]]
	w = verifytest.NewWeb(m{
		victimProfile: victim, victimHost: victim,
		victimHost + ".well-known/did.json":  didDocument(victimDID, issuerKey),
		victimHost + ".well-known/jwks.json": verifytest.Answer{Status: 404},
		victimHost + "go?to=" + evilIssuer:   verifytest.Answer{Final: evilIssuer, Body: string(verifytest.JSON(m{"id": id, "verificationMethod": []any{evil(id + "#k")}}))},
		victimUpload:                         upload, victimEcho: verifytest.Answer{Type: "text/plain", Body: string(verifytest.JSON(upload))},
		victimHost + ".well-known/../uploads/key": upload,
		evilKeyURL:                        m{"id": id, "verificationMethod": []any{evil(evilKeyURL), evil(evilKeyURL + "#k")}, "assertionMethod": []any{evilKeyURL, evilKeyURL + "#k"}},
		evilHost + ".well-known/did.json": with(didDocument("did:web:evil.example", evilKey), m{"id": []string{"did:web:evil.example", id}[c["upload"]%2], "alsoKnownAs": []any{id}}),
		evilIssuer:                        m{"id": id, "verificationMethod": []any{evil(id + "#k")}},
	})
	name := fmt.Sprint(c["issuer"], c["method"], c["proof"], c["model"])
	if p, ok := made[name]; ok {
		return w, p, true
	}
	b := badge(id)
	if c["model"] == 1 {
		b = badgeV1(id)
	}
	at(b, "credentialSubject", "achievement")["name"] = forgedName
	switch c["issuer"] {
	case 3:
		b["issuer"] = id
	case 4: // what the badge brings along of its issuer
		at(b, "issuer")["otherIdentifier"] = []any{m{"type": "IdentifierEntry", "identifierType": "ext:did", "identifier": evilDID}}
		at(b, "issuer")["url"] = evilHost
	}
	switch c["proof"] {
	case 0:
		payload = verifytest.JSON(verifytest.Secure(b, evilKey, method, "eddsa-rdfc-2022"))
	case 1:
		payload = verifytest.JSON(verifytest.Secure(b, evilKey, method, "eddsa-jcs-2022", func(p m) { p["controller"] = id }))
	case 2:
		payload = tokenOf(b, m{"alg": "EdDSA", "kid": method}, evilKey)
	case 3:
		payload = tokenOf(b, m{"alg": "EdDSA", "jwk": verifytest.JWK(evilKey.Public())}, evilKey)
	case 4:
		payload = tokenOf(b, m{"alg": "EdDSA", "kid": method, "jwk": with(verifytest.JWK(evilKey.Public()), m{"kid": method})}, evilKey)
	}
	made[name] = payload
	return w, payload, true
}

// search judges the combinations whose numbers pick gives and reports every
// hit, and of the rest how many there were of each result.
func search(t *testing.T, tr *Trust, total int, nth func(i int) combination, numbers []int, make func(c combination) (*verifytest.Web, Assertion, bool)) map[Result]int {
	t.Helper()
	results := map[Result]int{}
	hits, tried := 0, 0
	for _, i := range numbers {
		c := nth(i)
		w, a, ok := make(c)
		if !ok {
			continue
		}
		v := judged(t, newVerifier(t, w, tr), a, applicant)
		results[v.Result]++
		tried++
		if forged(v) {
			if hits++; hits <= 10 {
				t.Errorf("number %d of %d (%v): %s as %s, trust %s", i, total, c, short(v), v.Credential.Issuer.ID, v.Aspects.Standing.Level)
			}
		}
	}
	t.Logf("%d combinations, %d hits: %v", tried, hits, results)
	return results
}

// some gives n numbers below total, always the same for a seed; all of them
// where n is none.
func some(n, total int, seed uint64) []int {
	out := []int{}
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range total {
		if n == 0 || r.IntN(total) < n {
			out = append(out, i)
		}
	}
	return out
}

func searchOpenBadges2(t *testing.T, n int) {
	total, nth := combinations(openBadges2)
	results := search(t, load(t, registryOfVictim), total, nth, some(n, total, 11), func(c combination) (*verifytest.Web, Assertion, bool) {
		w, payload, origin, ok := forgedOpenBadge(c)
		return w, Assertion{Payload: payload, Origin: origin}, ok
	})
	// The search is no good if nothing in it could be told from noise.
	if results[verdict.Rejected] == 0 || results[verdict.Unsupported] == 0 {
		t.Errorf("results %v", results)
	}
}

func searchOpenBadges3(t *testing.T, n int) {
	total, nth := combinations(openBadges3)
	made := map[string][]byte{}
	results := search(t, load(t, registryOfVictim), total, nth, some(n, total, 13), func(c combination) (*verifytest.Web, Assertion, bool) {
		w, payload, ok := forgedCredential(c, made)
		return w, Assertion{Payload: payload}, ok
	})
	if results[verdict.Rejected] == 0 || results[verdict.Unsupported] == 0 {
		t.Errorf("results %v", results)
	}
}

// TestAttack77ForgerySearch tries a part of all combinations, always the same.
// TestLongForgerySearch tries all, where ASSAY_LONG is set: it takes a minute.
func TestAttack77ForgerySearch(t *testing.T) {
	t.Run("Open Badges 0.5 to 2.1", func(t *testing.T) { searchOpenBadges2(t, 4000) })
	t.Run("Open Badges 3.0", func(t *testing.T) { searchOpenBadges3(t, 400) })
}

func TestLongForgerySearch(t *testing.T) {
	if os.Getenv("ASSAY_LONG") == "" {
		t.Skip("is long: make test-long")
	}
	t.Run("Open Badges 0.5 to 2.1", func(t *testing.T) { searchOpenBadges2(t, 0) })
	t.Run("Open Badges 3.0", func(t *testing.T) { searchOpenBadges3(t, 0) })
}
