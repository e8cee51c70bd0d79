package record_test

import (
	"testing"

	"assay/index/record"
	"assay/verify/verdict"
)

func TestShownIssuer(t *testing.T) {
	pass := verdict.Aspect{State: verdict.Pass}
	for _, tt := range []struct {
		desc   string
		by     verdict.Party
		proven bool
		want   string
	}{
		{"as the verdict says", verdict.Party{ID: "https://a.example", Name: "A", Shown: "The A"}, true, "The A"},
		{"a host, of a verdict of before", verdict.Party{ID: "https://a.example/issuer", Name: "MIT"}, true, `a.example/issuer, which calls itself "MIT"`},
		{"a did:web, of a verdict of before", verdict.Party{ID: "did:web:a.example:b", Name: "MIT"}, true, `a.example/b, which calls itself "MIT"`},
		{"a key, of a verdict of before", verdict.Party{ID: "did:key:z6Mk", Name: "MIT"}, true, `a key that calls itself "MIT"`},
		{"no name", verdict.Party{ID: "did:key:z6Mk"}, true, "a key"},
		{"not proven", verdict.Party{ID: "https://mit.edu", Name: "MIT"}, false, `an issuer that calls itself "MIT"`},
		{"a name with quotes", verdict.Party{ID: "x", Name: `MIT", listed "`}, false, `an issuer that calls itself "MIT', listed '"`},
		{"not proven, no name", verdict.Party{ID: "https://mit.edu"}, false, "an issuer that gives no name"},
		{"nothing", verdict.Party{}, false, ""},
	} {
		v := verdict.Verdict{Result: verdict.Rejected, Credential: verdict.Credential{Issuer: tt.by}}
		if tt.proven {
			v.Aspects.Integrity, v.Aspects.Issuer = pass, pass
		}
		if got := record.ShownIssuer(&v); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.desc, got, tt.want)
		}
	}
}
