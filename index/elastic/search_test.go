package elastic

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"assay/index"
	"assay/index/conformance"
	"assay/index/query"
	"assay/verify/guard"
)

// TestHalfAnswer: hits and facets are asked for at once, and where one of them fails
// there is no answer, and nobody waits for the other.
func TestHalfAnswer(t *testing.T) {
	for _, fails := range []string{"hits", "facets", ""} {
		t.Run("fails: "+fails, func(t *testing.T) {
			both := make(chan bool, 2)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				of, answers := "hits", 1
				if bytes.Contains(body, []byte(`"aggs"`)) {
					of, answers = "facets", bytes.Count(body, []byte{'\n'})/2
				}
				both <- true
				switch fails {
				case "":
					w.Header().Set("X-Elastic-Product", "Elasticsearch")
					w.Header().Set("Content-Type", "application/json")
					one := []byte(`{"hits":{"total":{"value":0},"hits":[]},"aggregations":{},"status":200}`)
					_, _ = w.Write(append(append([]byte(`{"responses":[`), bytes.Join(repeated(one, answers), []byte{','})...), `]}`...))
				case of:
					for len(both) < 2 { // until the other one is asked, too
						time.Sleep(time.Millisecond)
					}
					w.WriteHeader(http.StatusServiceUnavailable)
				default:
					<-r.Context().Done()
				}
			}))
			defer server.Close()
			e, q := askedOf(t, Options{Addresses: []string{server.URL}})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			res, err := e.Search(ctx, "acme", q)
			switch {
			case fails == "" && (err != nil || res.Total != 0):
				t.Error(res, err)
			case fails != "" && (!errors.Is(err, index.ErrUnavailable) || errors.Is(err, context.Canceled) || ctx.Err() != nil):
				t.Errorf("%v, want the fault, at once", err)
			}
		})
	}
}

// askedOf is an engine of a server, and a question with all facets.
func askedOf(t *testing.T, o Options) (*Engine, query.Query) {
	t.Helper()
	o.Key = conformance.Key
	e, err := connect(o)
	if err != nil {
		t.Fatal(err)
	}
	e.states.Store(true)
	q, err := query.New("latte", query.Options{Now: conformance.Now, Facets: query.AllFacets()})
	if err != nil {
		t.Fatal(err)
	}
	return e, q
}

// TestE06_AskingFails: a panic while one half is asked for is that of the request, and of
// no goroutine that nobody keeps.
func TestE06_AskingFails(t *testing.T) {
	for where, asked := range map[string]string{"asking for hits": `"_source":{"excludes"`, "asking for counts": `"aggs"`} {
		e, q := askedOf(t, Options{Addresses: []string{"http://127.0.0.1:1"}, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if body, _ := io.ReadAll(r.Body); bytes.Contains(body, []byte(asked)) {
				panic("words of a document")
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		})})
		err := guard.Do("a request", func() { _, _ = e.Search(t.Context(), "acme", q) })
		fault := (*guard.Fault)(nil)
		if !errors.As(err, &fault) || fault.Where != where {
			t.Errorf("%s: %v", where, err)
		}
	}
}

func repeated(b []byte, n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = b
	}
	return out
}
