package fetch

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// C6: the same limits against a real proxy that starves a good server.
func TestC6_Toxic(t *testing.T) {
	o, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
		w.Write(bytes.Repeat([]byte("x"), 200_000))
	})
	upstream := ""
	{ // where the good server listens
		conn, err := o.connect(t.Context(), "tcp", "")
		if err != nil {
			t.Fatal(err)
		}
		upstream = conn.RemoteAddr().String()
		conn.Close()
	}
	for _, tc := range []struct {
		desc, toxic string
		want        error
	}{
		{"no toxic", "", nil},
		{"1 KB/s", `{"type":"bandwidth","stream":"downstream","attributes":{"rate":1}}`, ErrTimeout},
		{"stalled", `{"type":"timeout","stream":"downstream","attributes":{"timeout":0}}`, ErrTimeout},
		{"cut after 10 KB", `{"type":"limit_data","stream":"downstream","attributes":{"bytes":10000}}`, ErrUnreachable},
		{"reset", `{"type":"reset_peer","stream":"downstream","attributes":{"timeout":0}}`, ErrUnreachable},
		{"sliced", `{"type":"slicer","stream":"downstream","attributes":{"average_size":1000,"size_variation":100,"delay":10}}`, nil},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
			p := toxiproxy.NewProxy(server, "good", "127.0.0.1:0", upstream)
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			defer p.Stop()
			if tc.toxic != "" {
				if _, err := p.Toxics.AddToxicJson(strings.NewReader(tc.toxic)); err != nil {
					t.Fatal(err)
				}
			}
			o := o
			o.Total, o.Header, o.TLS, o.Grace, o.MinRate = 3*time.Second, 500*time.Millisecond, 4*time.Second, 300*time.Millisecond, 20_000
			o.connect = func(ctx context.Context, n, _ string) (net.Conn, error) {
				var d net.Dialer
				return d.DialContext(ctx, n, p.Listen)
			}
			resp, err := client(t, o).Fetch(t.Context(), Request{URL: "https://example.org/"})
			if !errors.Is(err, tc.want) {
				t.Fatalf("%v, want %v", err, tc.want)
			}
			if err == nil && len(resp.Body) != 200_000 {
				t.Errorf("%d bytes", len(resp.Body))
			}
		})
	}
}
