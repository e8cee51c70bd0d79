package did_test

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/verify/did"
	"assay/verify/fetch"
	vt "assay/verify/verifytest"
)

const vhPlace = "issuer.example.org:schools:one"

// first is the first entry of a log, by a key that may update and that makes claims.
func first(k ed25519.PrivateKey, kv ...any) vt.WebVHEntry {
	p := obj{"method": "did:webvh:1.0", "scid": "{SCID}", "updateKeys": []any{vt.Multikey(k)}}
	for i := 0; i < len(kv); i += 2 {
		p[kv[i].(string)] = kv[i+1]
	}
	return vt.WebVHEntry{Parameters: p, Key: k}
}

// then is an entry after it.
func then(k ed25519.PrivateKey, kv ...any) vt.WebVHEntry {
	p := obj{}
	for i := 0; i < len(kv); i += 2 {
		p[kv[i].(string)] = kv[i+1]
	}
	return vt.WebVHEntry{Parameters: p, Key: k}
}

// before, hashed and signed change an entry: before it is hashed, before it is signed, and
// after.
func before(e vt.WebVHEntry, change func(e obj)) vt.WebVHEntry { e.Before = change; return e }
func hashed(e vt.WebVHEntry, change func(e obj)) vt.WebVHEntry { e.Hashed = change; return e }
func signed(e vt.WebVHEntry, change func(e obj)) vt.WebVHEntry { e.Signed = change; return e }

func hash(k ed25519.PrivateKey) string { return vt.Multihash([]byte(vt.Multikey(k))) }

// resolveVH resolves the key of a log that is served where its DID says.
func resolveVH(t *testing.T, id, log string, more map[string]any) error {
	t.Helper()
	w := vt.NewWeb(more)
	where := "https://issuer.example.org/schools/one/did.jsonl"
	if strings.Count(id, ":") == 3 {
		where = "https://issuer.example.org/.well-known/did.jsonl"
	}
	if _, told := w.Answers[where]; !told {
		w.Put(where, vt.Answer{Type: "text/jsonl", Body: log})
	}
	k, evidence, err := did.New(w, options).Resolve(t.Context(), id, id+"#key")
	if (k == nil) == (err == nil) {
		t.Errorf("key %v, error %v", k, err)
	}
	if err == nil && (len(evidence) == 0 || evidence[0].URL != where) {
		t.Errorf("evidence %v", evidence)
	}
	return err
}

func TestWebVH(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		log  []vt.WebVHEntry
		want error
	}{
		"one entry":            {[]vt.WebVHEntry{first(key1)}, nil},
		"updated":              {[]vt.WebVHEntry{first(key1), then(key1, "ttl", 60), then(key1)}, nil},
		"another key updates":  {[]vt.WebVHEntry{first(key1), then(key1, "updateKeys", []any{vt.Multikey(key2)}), then(key2)}, nil},
		"announced keys":       {[]vt.WebVHEntry{first(key1, "nextKeyHashes", []any{hash(key2)}), then(key2, "updateKeys", []any{vt.Multikey(key2)}, "nextKeyHashes", []any{hash(key1)})}, nil},
		"announced no more":    {[]vt.WebVHEntry{first(key1, "nextKeyHashes", []any{hash(key2)}), then(key2, "updateKeys", []any{vt.Multikey(key2)}, "nextKeyHashes", []any{}), then(key2)}, nil},
		"null for the default": {[]vt.WebVHEntry{first(key1, "witness", nil, "nextKeyHashes", nil)}, nil},
		"deactivated":          {[]vt.WebVHEntry{first(key1), then(key1, "deactivated", true)}, did.ErrRevoked},
		"the key is taken out": {[]vt.WebVHEntry{first(key1), func() vt.WebVHEntry { e := then(key1); e.State = obj{"id": "did:webvh:{SCID}:" + vhPlace}; return e }()}, did.ErrNotIssuers},
		"another version":      {[]vt.WebVHEntry{first(key1, "method", "did:webvh:2.0")}, did.ErrUnsupported},
		"a draft's version":    {[]vt.WebVHEntry{first(key1, "method", "did:webvh:0.5")}, did.ErrUnsupported},
		"an unknown parameter": {[]vt.WebVHEntry{first(key1, "quorum", 1)}, did.ErrUnsupported},
		"moved away":           {[]vt.WebVHEntry{first(key1, "portable", true), movedTo("other.example.org", key1)}, did.ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			id, log := vt.WebVHLog(vhPlace, tc.log...)
			if err := resolveVH(t, id, log, nil); !errors.Is(err, tc.want) {
				t.Errorf("%v, want %v", err, tc.want)
			}
		})
	}
	id, log := vt.WebVHLog("issuer.example.org", first(key1))
	if err := resolveVH(t, id, log, nil); err != nil {
		t.Error("at the root:", err)
	}
	id, log = vt.WebVHLog(vhPlace, first(key1))
	const at = "https://issuer.example.org/schools/one/did.jsonl"
	for name, tc := range map[string]struct {
		answer vt.Answer
		want   error
	}{
		"not there":   {vt.Answer{Status: 404}, did.ErrNotFound},
		"down":        {vt.Answer{Err: fetch.ErrTimeout}, fetch.ErrTimeout},
		"busy":        {vt.Answer{Status: 503}, fetch.ErrUnreachable},
		"a page":      {vt.Answer{Type: "text/html", Body: "<html>"}, did.ErrNotFound},
		"empty":       {vt.Answer{Body: "\n"}, did.ErrDocument},
		"no JSON":     {vt.Answer{Body: "{"}, did.ErrDocument},
		"as JSON":     {vt.Answer{Type: "application/json", Body: log}, nil},
		"as a stream": {vt.Answer{Type: "application/octet-stream", Body: log}, nil},
		"elsewhere":   {vt.Answer{Body: log, Final: "https://evil.example/did.jsonl"}, fetch.ErrRedirect},
	} {
		if err := resolveVH(t, id, log, map[string]any{at: tc.answer}); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

func listed(all ...obj) string { return string(vt.JSON(all)) }

// TestWebVHShared: a log that is served as the files of users are is told, as other
// documents are.
func TestWebVHShared(t *testing.T) {
	t.Parallel()
	id, log := vt.WebVHLog(vhPlace, first(key1))
	for contentType, want := range map[string]int{"text/plain": 1, "text/jsonl": 0} {
		told := 0
		w := vt.NewWeb(map[string]any{"https://issuer.example.org/schools/one/did.jsonl": vt.Answer{Type: contentType, Body: log}})
		o := options
		o.Shared = func() { told++ }
		if _, _, err := did.New(w, o).Resolve(t.Context(), id, id+"#key"); err != nil || told != want {
			t.Errorf("%s: told %d times, %v", contentType, told, err)
		}
	}
}

// movedTo is an entry by which a DID moves.
func movedTo(place string, k ed25519.PrivateKey) vt.WebVHEntry {
	e := then(k)
	id := "did:webvh:{SCID}:" + place
	e.State = obj{"id": id, "alsoKnownAs": []any{"did:webvh:{SCID}:" + vhPlace}, "assertionMethod": []any{multikey(id+"#key", id, k)}}
	return e
}

// refused resolves logs that must be refused.
func refused(t *testing.T, logs map[string][]vt.WebVHEntry) {
	t.Helper()
	for name, list := range logs {
		t.Run(name, func(t *testing.T) {
			id, log := vt.WebVHLog(vhPlace, list...)
			if err := resolveVH(t, id, log, nil); !errors.Is(err, did.ErrDocument) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestAttack328WebVHHistory: who can write a host's files cannot write its history: an
// entry that was changed, left out, put in, dated back or begun anew breaks the log.
func TestAttack328WebVHHistory(t *testing.T) {
	t.Parallel()
	newKey := func(e obj) {
		e["state"].(obj)["assertionMethod"].([]any)[0].(obj)["publicKeyMultibase"] = vt.Multikey(evil)
	}
	refused(t, map[string][]vt.WebVHEntry{
		"an entry was changed":             {first(key1), signed(then(key1), newKey)},
		"and signed again by its own key":  {first(key1), hashed(then(key1), newKey)},
		"the first was changed":            {before(first(key1), newKey)},
		"the first was changed and hashed": {signed(first(key1), newKey)},
		"a number is left out":             {first(key1), hashed(then(key1), func(e obj) { e["versionId"] = "3" + e["versionId"].(string)[1:] })},
		"a hash of another entry":          {first(key1), before(then(key1), func(e obj) { e["versionId"] = "1-Qm" })},
		"a number of no number":            {first(key1), hashed(then(key1), func(e obj) { e["versionId"] = "02" + e["versionId"].(string)[1:] })},
		"dated as the one before": {first(key1), func() vt.WebVHEntry {
			e := then(key1)
			e.Time = vt.Now.AddDate(0, 0, -100).Format("2006-01-02T15:04:05Z")
			return e
		}()},
		"dated in the future": {first(key1), func() vt.WebVHEntry {
			e := then(key1)
			e.Time = vt.Now.Add(time.Hour).Format("2006-01-02T15:04:05Z")
			return e
		}()},
		"dated in another zone": {first(key1), func() vt.WebVHEntry {
			e := then(key1)
			e.Time = vt.Now.Add(-time.Hour).Format("2006-01-02T15:04:05") + "+02:00"
			return e
		}()},
		"the SCID once more":       {first(key1), then(key1, "scid", "{SCID}")},
		"after it was deactivated": {first(key1), then(key1, "deactivated", true), then(key1, "deactivated", false)},
		"a document of another SCID": {first(key1), before(then(key1), func(e obj) {
			e["state"].(obj)["id"] = "did:webvh:" + hash(evil) + ":" + vhPlace
		})},
		"a move to another SCID": {first(key1, "portable", true), before(then(key1), func(e obj) {
			state := e["state"].(obj)
			state["alsoKnownAs"] = []any{state["id"]}
			state["id"] = "did:webvh:" + hash(evil) + ":" + vhPlace
		})},
		"a parameter of another kind": {first(key1), then(key1, "deactivated", "no")},
		"parameters that are none":    {first(key1), before(then(key1), func(e obj) { e["parameters"] = "none" })},
	})
	// A history of one's own has a name of its own.
	id, _ := vt.WebVHLog(vhPlace, first(key1))
	_, own := vt.WebVHLog(vhPlace, first(evil))
	if err := resolveVH(t, id, own, nil); !errors.Is(err, did.ErrDocument) {
		t.Errorf("a log begun anew: %v", err)
	}
	_, log := vt.WebVHLog(vhPlace, first(key1), then(key1), then(key1))
	lines := strings.SplitAfter(log, "\n")
	if err := resolveVH(t, id, lines[0]+lines[2], nil); !errors.Is(err, did.ErrDocument) {
		t.Errorf("an entry left out: %v", err)
	}
}

// TestAttack329WebVHKeys: an entry counts by a key that the one before lets update, and
// where keys were announced, by one of these.
func TestAttack329WebVHKeys(t *testing.T) {
	t.Parallel()
	own := vt.Multikey(evil)
	again := func(name, value string) func(e obj) {
		return func(e obj) {
			m := vt.Multikey(key1)
			e["proof"] = []any{vt.ProofJCS(e, key1, "did:key:"+m+"#"+m, name, value)}
		}
	}
	refused(t, map[string][]vt.WebVHEntry{
		"by another key":            {first(key1), then(evil)},
		"by a key that it brings":   {first(key1), then(evil, "updateKeys", []any{own})},
		"by a key of before":        {first(key1), then(key1, "updateKeys", []any{vt.Multikey(key2)}), then(key1)},
		"the first by another":      {func() vt.WebVHEntry { e := first(key1); e.Key = evil; return e }()},
		"no keys to update":         {func() vt.WebVHEntry { e := first(key1); delete(e.Parameters, "updateKeys"); return e }()},
		"a key not announced":       {first(key1, "nextKeyHashes", []any{hash(key2)}), then(evil, "updateKeys", []any{own}, "nextKeyHashes", []any{})},
		"beside one that was":       {first(key1, "nextKeyHashes", []any{hash(key2)}), then(evil, "updateKeys", []any{vt.Multikey(key2), own}, "nextKeyHashes", []any{})},
		"announced, and not used":   {first(key1, "nextKeyHashes", []any{hash(key2)}), then(key1)},
		"announced no further":      {first(key1, "nextKeyHashes", []any{hash(key2)}), then(key2, "updateKeys", []any{vt.Multikey(key2)})},
		"no proof":                  {signed(first(key1), func(e obj) { delete(e, "proof") })},
		"an empty list of proofs":   {signed(first(key1), func(e obj) { e["proof"] = []any{} })},
		"a bad proof beside a good": {signed(first(key1), func(e obj) { e["proof"] = append(e["proof"].([]any), vt.ProofJCS(e, evil, "did:key:"+own+"#"+own)) })},
		"another suite":             {signed(first(key1), again("cryptosuite", "eddsa-rdfc-2022"))},
		"another purpose":           {signed(first(key1), again("proofPurpose", "authentication"))},
		"another type":              {signed(first(key1), again("type", "Ed25519Signature2020"))},
		"announced, and inherited":  {first(key1, "nextKeyHashes", []any{hash(key1)}), then(key1, "nextKeyHashes", []any{hash(key1)})},
		"two keys in one name":      {signed(first(key1), func(e obj) { e["proof"] = []any{vt.ProofJCS(e, key1, "did:key:"+vt.Multikey(key1)+"#"+own)} })},
		"a key under another's name": {signed(first(key1), func(e obj) {
			e["proof"] = []any{vt.ProofJCS(e, evil, "did:key:"+vt.Multikey(key1)+"#"+vt.Multikey(key1))}
		})},
	})
}

// TestAttack330WebVHMoves: a DID moves where its first entry lets it, and takes no
// domain along that it never lay on; witnesses are as many as they must be.
func TestAttack330WebVHMoves(t *testing.T) {
	t.Parallel()
	refused(t, map[string][]vt.WebVHEntry{
		"it may not": {first(key1), movedTo("other.example.org", key1), func() vt.WebVHEntry {
			e := movedTo(vhPlace, key1)
			e.State["alsoKnownAs"] = []any{"did:webvh:{SCID}:other.example.org"}
			return e
		}()},
		"it may only later": {first(key1), then(key1, "portable", true)},
		"without its name before": {first(key1, "portable", true), func() vt.WebVHEntry {
			e := movedTo("other.example.org", key1)
			delete(e.State, "alsoKnownAs")
			return e
		}()},
		"no more": {first(key1, "portable", true), then(key1, "portable", false), movedTo("other.example.org", key1)},
	})
	// What lay on a famous domain, by its own word, and is served here.
	id, log := vt.WebVHLog("university.example.org", first(evil, "portable", true), func() vt.WebVHEntry {
		e := movedTo(vhPlace, evil)
		e.State["alsoKnownAs"] = []any{"did:webvh:{SCID}:university.example.org"}
		return e
	}())
	here := strings.Replace(id, "university.example.org", vhPlace, 1)
	w := vt.NewWeb(map[string]any{"https://issuer.example.org/schools/one/did.jsonl": vt.Answer{Body: log}})
	if _, _, err := did.New(w, options).Resolve(t.Context(), id, id+"#key"); err == nil {
		t.Error("the domain that it names was not asked")
	}
	if err := func() error { _, _, err := did.New(w, options).Resolve(t.Context(), here, here+"#key"); return err }(); err != nil {
		t.Errorf("where it lies now: %v", err)
	}
	key := func(k ed25519.PrivateKey) obj { return obj{"id": "did:key:" + vt.Multikey(k)} }
	two := obj{"threshold": 2, "witnesses": []any{key(key2), key(evil)}}
	id, log = vt.WebVHLog(vhPlace, first(key1, "witness", two), then(key1))
	var versions []string
	for line := range strings.Lines(log) {
		var e obj
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		versions = append(versions, e["versionId"].(string))
	}
	by := func(version string, keys ...ed25519.PrivateKey) obj {
		var list []any
		for _, k := range keys {
			m := vt.Multikey(k)
			list = append(list, vt.ProofJCS(obj{"versionId": version}, k, "did:key:"+m+"#"+m))
		}
		return obj{"versionId": version, "proof": list}
	}
	elsewhere := by("2-"+hash(evil), key2, evil)
	replayed := by(versions[0], key2, evil)
	replayed["versionId"] = versions[1]
	for name, tc := range map[string]struct {
		file any
		want error
	}{
		"both, of the last":             {listed(by(versions[1], key2, evil)), nil},
		"each of another":               {listed(by(versions[1], key2), by(versions[1], evil)), nil},
		"one of them":                   {listed(by(versions[1], key2)), did.ErrDocument},
		"one of them twice":             {listed(by(versions[1], key2, key2)), did.ErrDocument},
		"a stranger":                    {listed(by(versions[1], key2, key1)), did.ErrDocument},
		"of the first alone":            {listed(by(versions[0], key2, evil)), did.ErrDocument},
		"of an entry that is not there": {listed(elsewhere), did.ErrDocument},
		"of another entry":              {listed(replayed), did.ErrDocument},
		"no list":                       {obj{}, did.ErrDocument},
		"not there":                     {vt.Answer{Status: 404}, did.ErrNotFound},
	} {
		t.Run("witnesses: "+name, func(t *testing.T) {
			if err := resolveVH(t, id, log, map[string]any{"https://issuer.example.org/schools/one/did-witness.json": tc.file}); !errors.Is(err, tc.want) {
				t.Errorf("%v, want %v", err, tc.want)
			}
		})
	}
	for name, w := range map[string]any{
		"none at all": obj{"threshold": 0, "witnesses": []any{key(key2)}}, "more than there are": obj{"threshold": 2, "witnesses": []any{key(key2)}},
		"one twice": obj{"threshold": 2, "witnesses": []any{key(key2), key(key2)}}, "no threshold": obj{"witnesses": []any{key(key2)}},
		"no key": obj{"threshold": 1, "witnesses": []any{obj{"id": "did:web:x.example"}}}, "a part of one": obj{"threshold": json.Number("1.5"), "witnesses": []any{key(key2), key(evil)}},
	} {
		t.Run("witnesses: "+name, func(t *testing.T) { refused(t, map[string][]vt.WebVHEntry{"": {first(key1, "witness", w)}}) })
	}
}

// TestAttack331WebVHWork: a log costs no more than its bounds, and one beyond them is not
// judged, for it says nothing against the badge.
func TestAttack331WebVHWork(t *testing.T) {
	t.Parallel()
	list := []vt.WebVHEntry{first(key1)}
	for range 256 {
		list = append(list, then(key1))
	}
	for i := range list {
		list[i].Time = vt.Now.Add(time.Duration(i-300) * time.Minute).Format("2006-01-02T15:04:05Z")
	}
	id, log := vt.WebVHLog(vhPlace, list...)
	if err := resolveVH(t, id, log, nil); !errors.Is(err, did.ErrUnsupported) {
		t.Errorf("257 versions: %v", err)
	}
	id, log = vt.WebVHLog(vhPlace, list[:256]...)
	if err := resolveVH(t, id, log, nil); err != nil {
		t.Errorf("256 versions: %v", err)
	}
	id, log = vt.WebVHLog(vhPlace, first(key1))
	if err := resolveVH(t, id, log+strings.Repeat("\n", 1<<20), nil); !errors.Is(err, did.ErrUnsupported) {
		t.Errorf("more than a megabyte: %v", err)
	}
	many := make([]any, 17)
	for i := range many {
		many[i] = vt.Multikey(key1)
	}
	refused(t, map[string][]vt.WebVHEntry{"more keys than are read": {first(key1, "updateKeys", many)}})
	scid := strings.Split(id, ":")[2]
	for _, bad := range []string{
		"did:webvh:" + scid, "did:webvh::issuer.example.org", "did:webvh:" + scid[1:] + ":issuer.example.org", "did:webvh:" + scid + ":issuer.example.org:..:x",
		"did:webvh:" + scid + ":issuer.example.org%2f..%2fevil.example", "did:webvh:" + scid + ":issuer.example.org:%2e%2e", "did:webvh:" + strings.ToLower(scid) + ":issuer.example.org", "did:webvh:" + scid + ":evil@issuer.example.org",
	} {
		w := vt.NewWeb(nil)
		if _, _, err := did.New(w, options).Resolve(t.Context(), bad, bad+"#key"); !errors.Is(err, did.ErrMethod) || w.Total() != 0 {
			t.Errorf("%s: %v, %d requests", bad, err, w.Total())
		}
	}
}

// TestAttack332EBSI: the register is a constant, what is asked of it is a DID and nothing
// else, and it answers for that DID; the register of the trial is asked for what the
// first says that it does not have, and never because the first does not answer.
func TestAttack332EBSI(t *testing.T) {
	t.Parallel()
	const id = "did:ebsi:zZeKyEJfUTGwajhNyNX928z"
	const one, two = "https://api.ebsi.eu/did-registry/v5/identifiers/" + id, "https://api-pilot.ebsi.eu/did-registry/v5/identifiers/" + id
	doc := func(id string, k ed25519.PrivateKey) obj {
		return obj{"id": id, "verificationMethod": []any{multikey(id+"#key", id, k)}, "assertionMethod": []any{id + "#key"}}
	}
	for name, tc := range map[string]struct {
		web  map[string]any
		want error
	}{
		"in the register":                   {map[string]any{one: doc(id, key1)}, nil},
		"in that of the trial":              {map[string]any{one: vt.Answer{Status: 404}, two: doc(id, key1)}, nil},
		"in neither":                        {map[string]any{one: vt.Answer{Status: 404}, two: vt.Answer{Status: 404}}, did.ErrNotFound},
		"the register is down":              {map[string]any{one: vt.Answer{Status: 503}, two: doc(id, evil)}, fetch.ErrUnreachable},
		"the register cannot be reached":    {map[string]any{two: doc(id, evil)}, fetch.ErrUnreachable},
		"the register shows a page":         {map[string]any{one: vt.Answer{Type: "text/html", Body: "<html>"}, two: doc(id, evil)}, did.ErrNotFound},
		"the register refuses":              {map[string]any{one: vt.Answer{Status: 400}, two: doc(id, evil)}, fetch.ErrUnreachable},
		"the document of another":           {map[string]any{one: doc("did:ebsi:zother", key1)}, did.ErrDocument},
		"another host answers in its stead": {map[string]any{one: vt.Answer{Final: "https://evil.example/x", Body: string(vt.JSON(doc(id, evil)))}, two: doc(id, evil)}, fetch.ErrRedirect},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := did.New(vt.NewWeb(tc.web), options).Resolve(t.Context(), id, id+"#key"); !errors.Is(err, tc.want) {
				t.Errorf("%v, want %v", err, tc.want)
			}
		})
	}
	for bad, want := range map[string]error{
		"did:ebsi:zZeKyEJfUTGwajhNyNX928z/../x": did.ErrUnprovable, "did:ebsi:z%2e%2e": did.ErrMethod, "did:ebsi:z": did.ErrMethod, "did:ebsi:x1": did.ErrMethod,
		"did:ebsi:z" + strings.Repeat("1", 65): did.ErrMethod, "did:ebsi:zabc": did.ErrUnsupported, "did:ebsi:z0O": did.ErrMethod,
	} {
		w := vt.NewWeb(nil)
		if _, _, err := did.New(w, options).Resolve(t.Context(), bad, bad+"#key"); !errors.Is(err, want) || w.Total() != 0 {
			t.Errorf("%s: %v, want %v, %d requests", bad, err, want, w.Total())
		}
	}
}

// FuzzWebVH: no log makes reading it fail, and none gives a key but the honest.
func FuzzWebVH(f *testing.F) {
	id, log := vt.WebVHLog(vhPlace, first(key1), then(key1))
	f.Add(log)
	_, other := vt.WebVHLog(vhPlace, first(key1, "witness", obj{"threshold": 1, "witnesses": []any{obj{"id": "did:key:" + vt.Multikey(key2)}}}))
	f.Add(other)
	f.Fuzz(func(t *testing.T, log string) {
		w := vt.NewWeb(map[string]any{"https://issuer.example.org/schools/one/did.jsonl": vt.Answer{Body: log}})
		k, _, err := did.New(w, options).Resolve(t.Context(), id, id+"#key")
		if err != nil {
			return
		}
		for _, k := range k.Keys {
			if fmt.Sprint(k.Public) != fmt.Sprint(key1.Public()) {
				t.Error("another's key")
			}
		}
	})
}
