package elastic

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"assay/index"
)

// TestTroubled: what the server refuses is told at each try, long before a document is
// given up; what it answers in order is not.
func TestTroubled(t *testing.T) {
	for _, tc := range []struct {
		desc  string
		fault func(w http.ResponseWriter) bool
		item  func() (int, string)
		want  index.Trouble // "" = none
	}{
		{"in order", nil, nil, ""},
		{"a conflict", nil, func() (int, string) { return 409, "version_conflict_engine_exception" }, ""},
		{"too many requests", func(w http.ResponseWriter) bool { return answer(w, 429, "es_rejected_execution_exception") }, nil, index.TroubleOverloaded},
		{"too many writes", nil, func() (int, string) { return 429, "es_rejected_execution_exception" }, index.TroubleOverloaded},
		{"not available", func(w http.ResponseWriter) bool { return answer(w, 503, "") }, nil, index.TroubleUnwell},
		{"a disk that is nearly full", nil, func() (int, string) { return 429, "cluster_block_exception" }, index.TroubleReadOnly},
		{"a block by hand", nil, func() (int, string) { return 403, "cluster_block_exception" }, index.TroubleReadOnly},
		{"another user", func(w http.ResponseWriter) bool { return answer(w, 403, "security_exception") }, nil, index.TroubleForbidden},
		{"cut off", func(w http.ResponseWriter) bool { cutOff(w); return true }, nil, index.TroubleUnreachable},
		{"an index without our fields", nil, func() (int, string) { return 400, "strict_dynamic_mapping_exception" }, index.TroubleMapping},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			c := newCluster(t)
			var mu sync.Mutex
			told := map[index.Trouble]int{}
			e := c.engine(func(o *Options) {
				o.Troubled = func(k index.Trouble) { mu.Lock(); defer mu.Unlock(); told[k]++ }
			})
			c.fault = func(_ *cluster, n int, w http.ResponseWriter, _ []byte) bool {
				return n < 3 && tc.fault != nil && tc.fault(w)
			}
			c.item = func(n int, id string, v int64) (int, string) {
				if n < 3 && tc.item != nil {
					status, kind := tc.item()
					if status == 409 {
						c.stored[id] = v
					}
					return status, kind
				}
				return 0, ""
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			for _, o := range e.Write(ctx, apps(3)) {
				if o.Err != nil {
					t.Error(o.Err)
				}
			}
			want := map[index.Trouble]int{}
			if tc.want != "" {
				want[tc.want] = 3
			}
			if fmt.Sprint(told) != fmt.Sprint(want) {
				t.Errorf("told %v, want %v", told, want)
			}
		})
	}
}

// TestNotReady: an index whose disk is full answers every read in order, and is not ready
// all the same, until it takes a write.
func TestNotReady(t *testing.T) {
	c := newCluster(t)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	e := c.engine(func(o *Options) { o.Now = func() time.Time { return now } })
	tries := 0
	c.item = func(_ int, _ string, _ int64) (int, string) {
		if err := e.Ready(t.Context()); (err != nil) != (tries > 2) {
			t.Errorf("after %d tries: %v", tries, err)
		}
		now = now.Add(5 * time.Second)
		if tries++; tries < 5 {
			return 429, blockedType
		}
		return 0, ""
	}
	if out := e.Write(t.Context(), apps(1)); out[0].Err != nil || tries != 5 {
		t.Fatalf("%v after %d tries", out[0].Err, tries)
	}
	if err := e.Ready(t.Context()); err != nil {
		t.Errorf("when it took one: %v", err)
	}
}
