package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Assist answers an assistant's program over in and out, a message a line, by the tools,
// prompts and resources of the server's /mcp (Model Context Protocol), until in ends.
// What they may do is the token's; nothing is decided here.
func (c *Client) Assist(ctx context.Context, in io.Reader, out io.Writer) error {
	at, err := url.JoinPath(c.o.Server, "mcp")
	if err != nil {
		return ErrServer
	}
	if c.o.Token == "" {
		at += "?" + url.Values{"tenant": {c.o.Tenant}}.Encode()
	}
	there, err := mcp.NewClient(&mcp.Implementation{Name: "assay", Version: "1"}, nil).Connect(ctx, &mcp.StreamableClientTransport{Endpoint: at,
		HTTPClient: &http.Client{Timeout: patience, Transport: bearing{c.o.Token},
			// Another host must not be told the token.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		DisableStandaloneSSE: true, MaxRetries: -1}, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", c.where, err)
	}
	defer func() { _ = there.Close() }()
	o := &mcp.ServerOptions{Capabilities: &mcp.ServerCapabilities{}}
	if init := there.InitializeResult(); init != nil {
		o.Instructions = init.Instructions
	}
	here := mcp.NewServer(&mcp.Implementation{Name: "assay", Version: "1"}, o)
	for t, err := range there.Tools(ctx, nil) {
		if err != nil {
			return fmt.Errorf("%s: %w", c.where, err)
		}
		here.AddTool(t, func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return there.CallTool(ctx, &mcp.CallToolParams{Name: r.Params.Name, Arguments: r.Params.Arguments})
		})
	}
	for p, err := range there.Prompts(ctx, nil) {
		if err != nil {
			return fmt.Errorf("%s: %w", c.where, err)
		}
		here.AddPrompt(p, func(ctx context.Context, r *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return there.GetPrompt(ctx, &mcp.GetPromptParams{Name: r.Params.Name, Arguments: r.Params.Arguments})
		})
	}
	for x, err := range there.Resources(ctx, nil) {
		if err != nil {
			return fmt.Errorf("%s: %w", c.where, err)
		}
		here.AddResource(x, func(ctx context.Context, r *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			return there.ReadResource(ctx, &mcp.ReadResourceParams{URI: r.Params.URI})
		})
	}
	return here.Run(ctx, &mcp.IOTransport{Reader: io.NopCloser(in), Writer: kept{out}})
}

// bearing bears a token with every request.
type bearing struct{ token string }

// RoundTrip implements [http.RoundTripper].
func (b bearing) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.token != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// kept is a writer that stays open.
type kept struct{ io.Writer }

// Close implements [io.Closer].
func (kept) Close() error { return nil }
