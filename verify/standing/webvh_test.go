package standing_test

import (
	"testing"

	"assay/verify/standing"
	"assay/verify/verdict"
)

// TestWebVH: a did:webvh stands where it lies, as a did:web does; a did:ebsi is a number.
func TestWebVH(t *testing.T) {
	const scid = "did:webvh:QmPEQVM1JPTyrvEgBcDXwjK4TeyLGSX1PxjgyeAisdWM1p:"
	for id, want := range map[string]struct {
		level verdict.Level
		host  string
	}{
		scid + "badges.example.edu":        {verdict.LevelDomain, "badges.example.edu"},
		scid + "example.edu:people:dean":   {verdict.LevelDomain, "example.edu"},
		scid + "somebody.github.io":        {verdict.LevelPage, "somebody.github.io"},
		scid + "example.edu:uploads:x":     {verdict.LevelPage, "example.edu"},
		"did:webvh:example.edu":            {verdict.LevelKey, ""},
		"did:ebsi:zZeKyEJfUTGwajhNyNX928z": {verdict.LevelKey, ""},
	} {
		if b := standing.Of(id, nil); b.Level != want.level || b.Host != want.host {
			t.Errorf("%s: %s on %q", id, b.Level, b.Host)
		}
	}
}
