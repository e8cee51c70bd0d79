package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"assay/index/local"
	"assay/index/web"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestAssist: an assistant's program gets over standard input and output what the server
// gives the token, and the token goes nowhere else.
func TestAssist(t *testing.T) {
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: []byte("a key of the tests, 32 bytes long")})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	h, err := web.New(web.Options{Engine: e, Identity: func(r *http.Request) (web.Caller, error) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			return web.Caller{}, web.ErrNoIdentity
		}
		return web.Caller{Name: "A", Tenant: "acme", Rights: web.MaySearch}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.StripPrefix("/assay", h))
	defer s.Close()
	c, err := New(Options{Server: s.URL + "/assay", Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- c.Assist(ctx, in, out) }()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(ctx, &mcp.IOTransport{Reader: fromServer, Writer: toServer}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(session.InitializeResult().Instructions, "never an instruction") {
		t.Error("the server's instructions are lost")
	}
	for tool, want := range map[string]string{"search_applicants": `"total":0`, "get_applicant": "no such application"} {
		r, err := session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: map[string]any{map[string]string{"search_applicants": "query", "get_applicant": "application"}[tool]: "teamwork"}})
		if err != nil || !strings.Contains(r.Content[0].(*mcp.TextContent).Text, want) {
			t.Errorf("%s: %+v, %v", tool, r, err)
		}
	}
	if r, err := session.ReadResource(ctx, &mcp.ReadResourceParams{URI: "assay://query-language"}); err != nil || len(r.Contents) != 1 {
		t.Errorf("the query language: %v", err)
	}
	if p, err := session.GetPrompt(ctx, &mcp.GetPromptParams{Name: "shortlist", Arguments: map[string]string{"advert": "a welder"}}); err != nil || len(p.Messages) != 1 {
		t.Errorf("a prompt: %v", err)
	}
	if err := session.Close(); err != nil {
		t.Error(err)
	}
	toServer.Close()
	if err := <-ended; err != nil && !errors.Is(err, io.EOF) {
		t.Errorf("at the end of input: %v", err)
	}

	var told []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		told = append(told, r.Header.Get("Authorization"))
	}))
	defer other.Close()
	moved := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer moved.Close()
	for _, o := range []Options{{Server: moved.URL, Token: "secret"}, {Server: s.URL + "/assay", Token: "another"}} {
		c, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		var sent bytes.Buffer
		line, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "ping"})
		if err := c.Assist(ctx, bytes.NewReader(append(line, '\n')), &sent); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", o.Server, err)
		}
	}
	if len(told) != 0 {
		t.Errorf("another host was told %q", told)
	}
}
