package main

import (
	"context"
	"encoding/json"
	"fmt"

	"assay/ingest"
)

// sampleIssuers is the registry of the employer for whom samples are checked: it lists
// the ten issuers, for keys stand for nothing by themselves.
func sampleIssuers() []byte {
	listed := map[string]any{}
	for i := range 10 {
		listed["did:key:"+keyText(sampleKey(i))] = map[string]any{"name": fmt.Sprintf("Bench Issuer %d", i)}
	}
	b, err := json.Marshal(map[string]any{"registry": listed})
	if err != nil {
		return nil // texts marshal
	}
	return b
}

// application makes application number i, of two badges, each baked into a picture or in a
// file of its own.
func (s *sampler) application(ctx context.Context, i int) (ingest.Submission, error) {
	sub, email := s.applicant(i)
	for k := range 2 {
		n := 2*i + k
		text, err := s.badge(ctx, n, email)
		if err != nil {
			return sub, err
		}
		f := ingest.File{Name: fmt.Sprintf("badge%d.png", k), Type: "image/png", Data: bake(s.picture, text)}
		if n%4 == 3 {
			f = ingest.File{Name: fmt.Sprintf("badge%d.jws", k), Data: []byte(text)}
		}
		sub.Files = append(sub.Files, f)
	}
	sub.Files = append(sub.Files, ingest.File{Name: "letter.txt", Type: "text/plain", Data: []byte("I apply for the job. My badges are enclosed.\n")})
	return sub, nil
}
