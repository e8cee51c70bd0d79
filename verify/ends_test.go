package verify

import (
	"context"
	"testing"
	"time"

	"assay/verify/contexts"
	"assay/verify/fetch"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// endless is what is asked for and never answers, whatever its context says,
// until the test is over; every address but the one given is answered.
type endless struct {
	*verifytest.Web
	at   string
	over chan struct{}
	met  chan struct{}
}

func (e *endless) wait() {
	select {
	case e.met <- struct{}{}:
	default:
	}
	<-e.over
}

func (e *endless) Fetch(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	if r.URL == e.at {
		e.wait()
		return nil, fetch.ErrTimeout
	}
	return e.Web.Fetch(ctx, r)
}

func (e *endless) Obeys(context.Context, string, []byte, []byte) (bool, error) {
	e.wait()
	return true, nil
}

// A badge is given up when its time is over, whatever it is that does not end: it
// is pending, and when that ends at last nothing is left of it.
func TestAttack113_NothingThatEnds(t *testing.T) {
	const list, schema = "https://issuer.example/list", "https://issuer.example/schema.json"
	did, method := verifytest.DIDKey(issuerKey)
	web := verifytest.NewWeb(nil)
	web.Put(schema, `{}`)
	listed := secured(func(b m) {
		b["credentialStatus"] = m{"id": list + "#5", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "5", "statusListCredential": list}
	})
	named := tokenOf(with(badge(did), m{"credentialSchema": []any{m{"id": schema, "type": "JsonSchema"}}}), m{"alg": "EdDSA", "kid": method}, issuerKey)
	byWeb := with(badge(didWeb), nil)
	ownTerms, _ := studied()
	for _, tc := range []struct {
		desc, at string
		badge    any
		now      bool // the clock is what does not end, in the midst of judging
	}{
		{desc: "the host of a badge", at: ob2URL, badge: ob2Badge()},
		{desc: "the document of a proof's key", at: "https://issuer.example/.well-known/did.json", badge: verifytest.Secure(byWeb, issuerKey, webMethod(issuerKey), "eddsa-rdfc-2022")},
		{desc: "a status list", at: list, badge: listed},
		{desc: "the text of a schema", at: schema, badge: named},
		{desc: "a schema", badge: named},
		{desc: "a context", at: studyContext, badge: ownTerms},
		{desc: "judging itself", badge: badge(did), now: true},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			e := &endless{Web: web, at: tc.at, over: make(chan struct{}), met: make(chan struct{}, 1)}
			known, err := contexts.Open(contexts.Options{Now: clock})
			if err != nil {
				t.Fatal(err)
			}
			o := Options{Fetcher: e, Schemas: e, Contexts: known, Now: clock}
			if tc.now {
				o.Now = func() time.Time { e.wait(); return clock() }
			}
			v, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			p, ok := tc.badge.([]byte)
			if !ok {
				p = verifytest.JSON(tc.badge)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			type answer struct {
				v   Verdict
				err error
			}
			got := make(chan answer, 1)
			go func() {
				v, err := v.Verify(ctx, Assertion{Payload: p}, applicant)
				got <- answer{v, err}
			}()
			select {
			case <-e.met:
			case a := <-got:
				t.Fatalf("it did not come to what does not end: %s, %v", short(a.v), a.err)
			}
			cancel()
			select {
			case a := <-got:
				if a.err != nil || a.v.Result != verdict.Pending || a.v.Reason != verdict.LimitTime || a.v.RetryAfter == 0 {
					t.Errorf("%s, %v", short(a.v), a.err)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("it is waited for")
			}
			if n := v.Left(); n != 1 {
				t.Errorf("%d are left, want 1", n)
			}
			close(e.over)
			for end := time.Now().Add(10 * time.Second); v.Left() > 0; time.Sleep(time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("it is left for ever")
				}
			}
		})
	}
}

// Without something that follows schemas, one that the issuer names is unknown:
// it is not even fetched, and neither passes nor fails.
func TestAttack110_NobodyFollowsSchemas(t *testing.T) {
	const where = "https://issuer.example/schema.json"
	did, method := verifytest.DIDKey(issuerKey)
	b := tokenOf(with(badge(did), m{"credentialSchema": []any{m{"id": where, "type": "JsonSchema"}}}), m{"alg": "EdDSA", "kid": method}, issuerKey)
	for _, text := range []string{`{}`, `{"required":["gpa"]}`} {
		w := issuers()
		w.Put(where, text)
		v, err := New(Options{Fetcher: w, Now: clock, Accept: verdict.LevelKey})
		if err != nil {
			t.Fatal(err)
		}
		got := judged(t, v, Assertion{Payload: b}, applicant)
		wantVerified(t, got)
		if a := got.Aspects.Conformance; a.State != verdict.Unknown || a.Reason != verdict.SchemaUnknown {
			t.Errorf("%+v", a)
		}
		if w.Total() != 0 {
			t.Error("the schema was fetched")
		}
	}
}
