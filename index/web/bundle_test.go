package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"assay/verify/verdict"
)

// shelf is an intake that keeps one submission, and finds in each document its bytes.
type shelf struct {
	Intake
	docs []Original
	over bool
}

func (s *shelf) Originals(_ context.Context, tenant, application string, f func(Original) error) error {
	if s.over || tenant != "acme" {
		return &DoorError{Kind: KindNotFound}
	}
	for _, d := range s.docs {
		if err := f(d); err != nil {
			return err
		}
	}
	return nil
}

// reading finds in a document one credential: all of it.
type reading struct{ Documents }

func (reading) Credentials(_ context.Context, _, _ string, o Original) ([]Written, int, error) {
	return []Written{{Text: string(o.Data), Token: strings.HasPrefix(string(o.Data), "ey")}}, 1, nil
}

// TestBundles: credentials leave as they are written, in a form that can be read, and
// nothing in one changes the bundle around it.
func TestBundles(t *testing.T) {
	t.Parallel()
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	const vc = "{ \"type\": [\"VerifiableCredential\"],\n  \"name\": \"\\u003cA&B> \" , \"n\":1.0e0 }"
	const ob2 = `{"type":"Assertion","id":"https://issuer.example/1"}`
	token := "ey" + part(`{"alg":"ES256"}`)[2:] + "." + part(`{"vc":{}}`) + ".c2ln"
	old := "ey" + part(`{"alg":"RS256"}`)[2:] + "." + part(`{"type":"Assertion"}`) + ".c2ln"
	in := &shelf{docs: []Original{{Data: []byte(vc)}, {Data: []byte(vc)}, {Data: []byte(ob2)}, {Data: []byte(token)}, {Data: []byte(old)},
		{Data: []byte(`{"type":"VerifiableCredential"}]}],"type":"evil","x":[{"y":[{}`)}, {Gone: "document_missing"}}}
	tokens, _, err := tokensOf(t, rightsLines+digest("both")+" acme rights=names,export B\n"+digest("rival")+" rival rights=names,export R\n")
	if err != nil {
		t.Fatal(err)
	}
	s := openWith(t, Options{Intake: in, Documents: reading{}, Identity: tokens.Caller}, document("acme", "A1", "Applicant \"One\"\u202e", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")))
	ask := func(token, form string) (int, string, http.Header) {
		t.Helper()
		return as(t, s, token, "/v1/applications/A1/record?as="+form)
	}
	for form, want := range map[string]struct {
		holds []string
		left  string
	}{
		"clr":    {[]string{vc, "data:application/vc+jwt," + token}, "4"},
		"ler-rs": {[]string{vc, ob2, "data:application/vc+jwt," + token, "data:application/vc+jwt," + old, `"formattedName":"Applicant \"One\""`}, "2"},
	} {
		status, body, h := ask("both", form)
		if status != 200 || h.Get("X-Left-Out") != want.left || h.Get("X-Unread") != "6" || h.Get("Content-Disposition") != `attachment; filename="A1.`+form+`.json"` {
			t.Errorf("%s: %d, %v", form, status, h)
		}
		for _, w := range want.holds {
			if strings.Count(body, w) != 1 {
				t.Errorf("%s: not once %s in %s", form, w, body)
			}
		}
		var v map[string]any
		if err := json.Unmarshal([]byte(body), &v); err != nil || strings.Contains(body, "evil") {
			t.Errorf("%s: %v %s", form, err, body)
		}
		for token, want := range map[string]int{"may names": 403, "may export": 403, "may search": 403, "rival": 404} {
			if status, body, _ := ask(token, form); status != want || strings.Contains(body, "Applicant") {
				t.Errorf("%s with %s: %d", form, token, status)
			}
		}
	}
	in.over = true
	if status, body, _ := ask("both", "clr"); status != 404 || !strings.Contains(body, "its time on the queue is over") {
		t.Errorf("a submission that is kept no longer: %d %s", status, body)
	}
	if status, _, _ := ask("both", "pdf"); status != 400 {
		t.Errorf("another form: %d", status)
	}
	if got := envelope(`a.b"},{"x":".c` + "\n"); strings.ContainsAny(got, "\"\n") {
		t.Errorf("an envelope is left: %s", got)
	}
	if _, err := bundleOf("clr", recordAnswer{}, nil, time.Time{}); err != nil {
		t.Error(err)
	}
}
