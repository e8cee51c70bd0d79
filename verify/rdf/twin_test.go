package rdf

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestTwins: where a context of the bundle has two terms for one IRI, one of
// them is a class, with a capital, and that one is refused as a property. Two
// properties of one IRI would need a rule of their own.
func TestTwins(t *testing.T) {
	found := map[string]bool{}
	var walk func(where string, context any, around map[string]string)
	walk = func(where string, context any, around map[string]string) {
		list, ok := context.([]any)
		if !ok {
			list = []any{context}
		}
		for _, c := range list {
			terms, ok := c.(map[string]any)
			if !ok {
				continue
			}
			here := maps.Clone(around)
			for name, def := range terms {
				if strings.HasPrefix(name, "@") {
					continue
				}
				id, _ := def.(string)
				if m, ok := def.(map[string]any); ok {
					id, _ = m["@id"].(string)
				}
				here[name] = id
			}
			byIRI := map[string][]string{}
			for name, id := range here {
				if id != "" && !strings.HasPrefix(id, "@") {
					byIRI[id] = append(byIRI[id], name)
				}
			}
			for _, names := range byIRI {
				slices.Sort(names) // capitals first
				small := slices.IndexFunc(names, func(n string) bool { return n[0] >= 'a' })
				if len(names) > 1 && small != len(names)-1 {
					t.Errorf("%s: %v are one property", where, names)
				}
				if len(names) > 1 {
					found[strings.Join(names, "/")] = true
				}
			}
			for name, def := range terms {
				if m, ok := def.(map[string]any); ok && m["@context"] != nil {
					walk(where+" "+name, m["@context"], here)
				}
			}
		}
	}
	for _, src := range Bundle() {
		if strings.Contains(src.URL, "openbadges/v") || strings.Contains(src.URL, "ob/v2p1") || strings.Contains(src.URL, "openbadgespec") {
			continue // not processed
		}
		var doc map[string]any
		if err := json.Unmarshal(src.Data, &doc); err != nil {
			t.Fatal(err)
		}
		walk(src.URL, doc["@context"], map[string]string{})
	}
	if got := slices.Sorted(maps.Keys(found)); strings.Join(got, " ") != "Achievement/achievement Address/address Criteria/criteria GeoCoordinates/geo Image/image Profile/creator" {
		t.Errorf("%v", got)
	}
}
