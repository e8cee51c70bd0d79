package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"assay/index"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestProblemTypes: what is refused for the caller's pace or rights, or because something is
// away, has a type that /v1/problems lists with the same title and status.
func TestProblemTypes(t *testing.T) {
	t.Parallel()
	h := &handler{o: Options{Log: zap.NewNop()}}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/search", nil)
	for _, err := range []error{ErrNoIdentity, &rightError{Lacks: MaySearch}, errBlind, errTooMany{}, index.ErrUnavailable, ErrIssuerAway, errNoIssuers,
		&DoorError{Kind: KindTooLarge}, &DoorError{Kind: KindMediaType}, &DoorError{Kind: KindRefused}, &DoorError{Kind: KindBusy}, &DoorError{Kind: KindFull}, &DoorError{Kind: KindAway}} {
		p := h.judge(httptest.NewRecorder(), r, err)
		if !slices.ContainsFunc(problemTypes, func(x problemType) bool { return x.Type == p.Type && x.Title == p.Title && x.Status == p.Status }) {
			t.Errorf("%v: %+v is not listed", err, p)
		}
	}
}

// TestHookLog: that a hook is not there anybody can ask for, so that it makes no line in the
// log; that the queue is full is the operator's.
func TestHookLog(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.DebugLevel)
	h := &handler{o: Options{Log: zap.New(core)}}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/hooks/x", nil)
	for kind, want := range map[Kind]int{KindNoHook: 0, KindFull: 1} {
		h.judge(httptest.NewRecorder(), r, &DoorError{Kind: kind})
		if got := logs.TakeAll(); len(got) != want {
			t.Errorf("%s: %v", kind, got)
		}
	}
}

// TestRemoveWebhookDocumented: the document says that there may be no such webhook.
func TestRemoveWebhookDocumented(t *testing.T) {
	t.Parallel()
	doc, _ := readOpenAPI(t)
	if _, ok := doc.Paths["/v1/webhooks"]["delete"].Responses["404"]; !ok {
		t.Error("404 of DELETE /v1/webhooks is not in it")
	}
}

// TestFormTooLarge: a form that says itself to be too large is refused before it is sent.
func TestFormTooLarge(t *testing.T) {
	t.Parallel()
	h, err := New(Options{Engine: &failing{}, Intake: &shelf{}})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/applications", unasked{t})
	r.ContentLength = maxForm + 1
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var p problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusRequestEntityTooLarge || !strings.HasSuffix(p.Type, "#too_large") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// unasked is a body that nobody is to read.
type unasked struct{ t *testing.T }

func (u unasked) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, http.ErrBodyReadAfterClose
}
