package fetch

import (
	"errors"
	"net/http"
	"testing"

	"assay/verify/guard"
)

// failingTrip fails as assay's own code may.
type failingTrip struct{}

func (failingTrip) RoundTrip(*http.Request) (*http.Response, error) { panic("canary") }

// TestE06_OperatorFails: a panic in a goroutine of whoever asks is an error to him.
func TestE06_OperatorFails(t *testing.T) {
	o := NewOperator(nil)
	o.HTTP.Transport = operatorTrip{failingTrip{}}
	if _, err := o.Read(t.Context(), "https://id.example/"); !errors.Is(err, guard.ErrFault) {
		t.Errorf("%v", err)
	}
}
