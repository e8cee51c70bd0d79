package proof

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"testing"
	"time"

	"github.com/piprate/json-gold/ld"

	"assay/verify/rdf"
	"assay/verify/read"
)

// BenchmarkRawEd25519Verify is the primitive that BenchmarkOB3EddsaRdfc is
// measured against.
func BenchmarkRawEd25519Verify(b *testing.B) {
	s := newEd25519(b, 1)
	msg := make([]byte, 64)
	sig := s.sign(msg)
	pub := s.key.Public.(ed25519.PublicKey)
	b.ReportAllocs()
	for b.Loop() {
		if !ed25519.Verify(pub, msg, sig) {
			b.Fatal("bad signature")
		}
	}
}

// BenchmarkOB3EddsaRdfc verifies a badge of usual size from its bytes: strict
// JSON, expansion, canonicalization, hashing, signature.
func BenchmarkOB3EddsaRdfc(b *testing.B) {
	verify, _ := usualBadge(b)
	b.ReportAllocs()
	for b.Loop() {
		verify()
	}
}

// BenchmarkOB3EddsaRdfcRatio times the same beside one ed25519.Verify, in turn,
// and reports the one in units of the other.
func BenchmarkOB3EddsaRdfcRatio(b *testing.B) {
	verify, raw := usualBadge(b)
	var badge, primitive time.Duration
	for b.Loop() {
		start := time.Now()
		verify()
		middle := time.Now()
		raw()
		badge += middle.Sub(start)
		primitive += time.Since(middle)
	}
	b.ReportMetric(float64(badge)/float64(primitive), "×raw")
}

// usualBadge gives two functions: one verifies a badge, the other does the
// signature check in it alone.
func usualBadge(b *testing.B) (verify, raw func()) {
	s := newEd25519(b, 1)
	data, err := json.Marshal(s.signed(b, sample(b), "eddsa-rdfc-2022"))
	if err != nil {
		b.Fatal(err)
	}
	pub := s.key.Public.(ed25519.PublicKey)
	msg := make([]byte, 64)
	sig := s.sign(msg)
	o := s.options()
	return func() {
			doc, err := read.Parse(data, read.Limits{})
			if err != nil {
				b.Fatal(err)
			}
			results, err := VerifyDataIntegrity(context.Background(), doc.(map[string]any), o)
			if err != nil || results[0].Err != nil {
				b.Fatal(err, results)
			}
		}, func() {
			if !ed25519.Verify(pub, msg, sig) {
				b.Fatal("bad signature")
			}
		}
}

func BenchmarkStages(b *testing.B) {
	s := newEd25519(b, 1)
	doc := s.signed(b, sample(b), "eddsa-rdfc-2022")
	data, err := json.Marshal(doc)
	if err != nil {
		b.Fatal(err)
	}
	unsecured := without(doc, "proof")
	ctx := context.Background()
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := read.Parse(data, read.Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("expand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := rdf.ToRDF(unsecured, "", rdf.Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	d, err := rdf.ToRDF(unsecured, "", rdf.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("canonicalize", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := rdf.Hash(ctx, d.Quads, 5, rdf.Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json-gold", func(b *testing.B) {
		b.ReportAllocs()
		loader := newGoldLoader(b)
		for b.Loop() {
			o := ld.NewJsonLdOptions("")
			o.DocumentLoader = loader
			o.SafeMode = true
			o.Algorithm = ld.AlgorithmURDNA2015
			o.Format = "application/n-quads"
			var generic any
			if err := json.Unmarshal(data, &generic); err != nil {
				b.Fatal(err)
			}
			delete(generic.(map[string]any), "proof")
			if _, err := ld.NewJsonLdProcessor().Normalize(generic, o); err != nil {
				b.Fatal(err)
			}
		}
	})
}

type goldLoader map[string]*ld.RemoteDocument

// newGoldLoader serves the bundle to json-gold.
func newGoldLoader(t testing.TB) goldLoader {
	t.Helper()
	l := goldLoader{}
	for _, s := range rdf.Bundle() {
		if s.Variant != "" {
			continue
		}
		var j any
		if err := json.Unmarshal(s.Data, &j); err != nil {
			t.Fatal(err)
		}
		l[s.URL] = &ld.RemoteDocument{DocumentURL: s.URL, Document: j}
	}
	return l
}

func (l goldLoader) LoadDocument(u string) (*ld.RemoteDocument, error) {
	if d, ok := l[u]; ok {
		return d, nil
	}
	return nil, ld.NewJsonLdError(ld.LoadingDocumentFailed, u)
}
