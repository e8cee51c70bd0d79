package conformance

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
)

// Old gives a document as schema 2 had it, in JSON: the aspect of standing was
// called trust, verdicts did not say who stands behind an issuer, what ran out was
// rejected, and claims said trust of a registry.
func Old(a record.Application) []byte {
	raw, err := json.Marshal(a)
	if err != nil {
		panic(err) // of a document of this package
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		panic(err)
	}
	for _, c := range list(doc["credentials"]) {
		v := c["verdict"].(map[string]any)
		delete(v, "backing")
		delete(v["credential"].(map[string]any)["issuer"].(map[string]any), "shown")
		aspects := v["aspects"].(map[string]any)
		delete(aspects, "standing")
		aspects["trust"] = map[string]any{"state": "none"}
	}
	for _, c := range list(doc["claims"]) {
		for _, k := range []string{"standing", "issuer_hosts", "claimed_words", "clear", "blind"} {
			delete(c, k)
		}
		c["trust"] = "unasked"
	}
	delete(doc, "own")
	delete(doc, "blind_rule")
	doc["flat"].(map[string]any)["trust"] = []string{"unasked"}
	delete(doc["flat"].(map[string]any), "standings")
	if raw, err = json.Marshal(doc); err != nil {
		panic(err)
	}
	return raw
}

func list(v any) []map[string]any {
	var out []map[string]any
	all, _ := v.([]any)
	for _, x := range all {
		out = append(out, x.(map[string]any))
	}
	return out
}

// Former are applications with one badge each, of a domain and of a key, as a check
// of before left them: both verified.
func Former() []record.Application {
	var out []record.Application
	for name, p := range map[string]party{"host": code, "key": {"did:key:z6MkFormer", uni.name}} {
		out = append(out, person{name: name, applied: "2026-01-01", badges: []badge{{name: "Python", skills: []string{python}, issuer: p, earned: "2025-01-01"}}}.document("acme"))
	}
	slices.SortFunc(out, func(a, b record.Application) int { return strings.Compare(a.Application, b.Application) })
	return out
}

// Upgraded holds an engine, opened on an index of schema 2 with Former's documents in
// the form of Old, to it that index.Upgrade decides them again, once, and says how far
// it is.
func Upgraded(t *testing.T, e index.Engine) {
	t.Helper()
	told := map[int]int{}
	// As package verify decides, in short.
	decide := func(tenant string) func(*verdict.Verdict) {
		return func(v *verdict.Verdict) {
			v.Backing = verdict.Backing{Level: verdict.LevelDomain, Host: "code.example", Counts: "code.example"}
			if strings.HasPrefix(v.Credential.Issuer.ID, "did:key:") {
				v.Backing = verdict.Backing{Level: verdict.LevelKey, Counts: "key"}
				v.Result, v.Reason = verdict.Unvouched, verdict.IssuerUnvouched
			}
			v.Aspects.Standing = verdict.Aspect{State: verdict.Pass, Level: v.Backing.Level}
			v.Credential.Issuer.Shown = v.Backing.Shown(v.Backing.Level, "", v.Credential.Issuer.Name)
			if tenant != "acme" {
				t.Errorf("decided for tenant %q", tenant)
			}
		}
	}
	done, err := index.Upgrade(t.Context(), e, decide, func(n, total int) { told[n] = total })
	if err != nil || !done || !maps.Equal(told, map[int]int{2: 2}) {
		t.Fatalf("%v, %v, told %v", done, err, told)
	}
	if st, err := e.Status(t.Context()); err != nil || st.Schema != index.SchemaVersion {
		t.Errorf("%+v, %v", st, err)
	}
	refresh(t, e)
	for text, want := range map[string][]string{
		"python": {"host"}, "python include:unvouched": {"host", "key"}, "python standing:domain": {"host"}, "standing:key include:unvouched": {"key"},
		"issuer:code.example": {"host"}, `issuer:"université de montréal" include:all`: nil, `issuer~"université de montréal" include:all`: {"key"},
	} {
		r := search(t, e, "acme", text, query.Options{})
		got := names(r)
		if d := cmp.Diff(want, got, equateEmpty); d != "" {
			t.Errorf("%s (-want +got): %s", text, d)
		}
		for _, h := range r.Hits {
			for _, m := range h.Why {
				if !strings.HasPrefix(m.IssuerName, "code.example, which calls itself") && !strings.HasPrefix(m.IssuerName, "a key that calls itself") {
					t.Errorf("%s: the issuer is shown as %q", text, m.IssuerName)
				}
			}
		}
	}
	if again, err := index.Upgrade(t.Context(), e, decide, nil); err != nil || again {
		t.Errorf("again: %v, %v", again, err)
	}
}
