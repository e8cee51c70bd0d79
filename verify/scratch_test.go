package verify

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"assay/verify/fetch"
)

func TestScratch(t *testing.T) {
	v, _ := New(Options{Fetcher: fetch.Offline(), Now: func() time.Time { return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) }})
	filepath.Walk("../../shared/vectors/"+os.Getenv("SUB"), func(p string, i os.FileInfo, err error) error {
		if i.IsDir() {
			return nil
		}
		b, _ := os.ReadFile(p)
		out := v.Verify(context.Background(), Assertion{Payload: b}, Applicant{})
		a := out.Aspects
		s := func(x Aspect) string { return fmt.Sprintf("%s/%s", x.State, x.Reason) }
		fmt.Println(filepath.Base(p), out.Format, out.Proof, out.Result, out.Reason, "|", s(a.Integrity), s(a.Issuer), s(a.Status), s(a.Dates), s(a.Recipient), s(a.Trust), s(a.Conformance), a.Conformance.Detail, a.Integrity.Detail, out.Warnings)
		return nil
	})
}
