package web

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
)

// faultyPaper judges documents and panics.
type faultyPaper struct{ paper }

func (*faultyPaper) CheckBytes(context.Context, string, string, []byte) (json.RawMessage, error) {
	panic("canary")
}

// A fault of ours in a tool is that call's answer, without its words; the next is answered.
func TestE06_ToolFails(t *testing.T) {
	s := openWith(t, Options{Documents: &faultyPaper{}}, document("default", "A1", "One", nil))
	c := assistantOf(t, s, "")
	if got, bad := use(t, c, "check_document", toolCalls["check_document"]); !bad || strings.Contains(got, "canary") {
		t.Errorf("%t %s", bad, got)
	}
	if got, bad := use(t, c, "search_applicants", toolCalls["search_applicants"]); bad {
		t.Errorf("%s", got)
	}
}
