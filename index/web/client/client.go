// Package client asks the HTTP API of assay, which index/web serves and
// describes at /v1/openapi.json: searches, matches against a role, and exports.
//
// A client bears a token (RFC 6750 §2.1) or, where nobody is asked, names a
// tenant. It asks again where the server says when to come back (status 429, RFC
// 6585 §4, with Retry-After in seconds up to 30, RFC 9110 §10.2.3; five times at
// most), and page after page by the API's cursors, each at most once. An answer
// is 32 MiB at most, but for an export, and takes two minutes at most.
//
// Out of scope: what is shown to whom, which the server decides, and making an
// answer safe for a terminal, which is for whoever prints it.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/verify/read"
)

// Errors of New, beside record.ErrToken, and of answers.
var (
	ErrServer  = errors.New("no http(s) URL")                              // Options.Server
	ErrToken   = errors.New("of no form that a token may have (RFC 6750)") // Options.Token
	ErrNotOurs = errors.New("the answer is not that of assay")             // another server, or a page that leads to itself
)

// Error is what the API says it cannot do, or that it gives no answer of its
// own.
type Error struct {
	Server string // without a password
	Status int    // of HTTP
	Text   string // the API's detail, else its title; "" where the answer is no problem (RFC 9457)

	// Of a question that cannot be read: the place, from 1, how many characters it is of,
	// and what can be read and is nearest.
	Column, Length int
	Try            []string
}

// Error is Text, or names the server and its status.
func (e *Error) Error() string {
	if e.Text != "" {
		return e.Text
	}
	return fmt.Sprintf("%s answers %d %s", e.Server, e.Status, http.StatusText(e.Status))
}

// Bounds of an answer.
const (
	maxAnswer = 32 << 20
	maxError  = 600 // characters of an error that are told
	maxWait   = 30  // seconds that a server may ask to wait
	retries   = 5
	patience  = 2 * time.Minute // of one request
)

// Options say whom to ask, and as whom.
type Options struct {
	Server string // http(s) URL, with the path that a proxy puts before /v1
	Token  string // "": nobody is asked
	Tenant string // where there is no token: a token's tenant is its own
}

// Client asks one server. It may be used by several goroutines.
type Client struct {
	o     Options
	where string // the server without a password that may stand in its URL
	http  *http.Client
}

// bearer is the form of a token: RFC 6750 §2.1.
var bearer = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// New checks the options: ErrServer, ErrToken or record.ErrToken.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.Server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, ErrServer
	}
	if o.Token != "" && !bearer.MatchString(o.Token) {
		return nil, ErrToken
	}
	if o.Token == "" {
		if err := record.CheckToken("tenant", o.Tenant); err != nil {
			return nil, err
		}
	}
	return &Client{o: o, where: read.Redacted(o.Server), http: &http.Client{Timeout: patience}}, nil
}

// Page says which applicants of an answer are asked for.
type Page struct {
	Size   int    // on a page; 0 = the API's default
	Cursor string // go on after the page that gave it
	All    bool   // every page from there to the end
	Names  bool   // with the names that applicants gave
}

// Search is a question of /v1/search and /v1/export, with the API's words.
type Search struct {
	Query                                                                          string
	Exact                                                                          bool
	Sort                                                                           query.Sort // "" = the API's default
	Include, Status, Skill, Certificate, Soft, Framework, Issuer, Standing, Earned []string
	Page
}

// Match is a question of /v1/match: a role.
type Match struct {
	Required, Wished []string // skills by name or URI
	Occupation       string
	Page
}

// Role is a page of the answer to a Match.
type Role struct {
	index.RoleResults
	LeftOut int `json:"left_out"` // skills of the occupation that were not asked for
}

// Search calls f with the page that is asked for, or with every page.
func (c *Client) Search(ctx context.Context, s Search, f func(*index.Results) error) error {
	return c.pages(ctx, "/v1/search", s.Page, c.searching(s), func(body []byte) (string, error) {
		r := &index.Results{}
		if json.Unmarshal(body, r) != nil {
			return "", c.notOurs()
		}
		return r.Cursor, f(r)
	})
}

// Match calls f with the page that is asked for, or with every page.
func (c *Client) Match(ctx context.Context, m Match, f func(*Role) error) error {
	return c.pages(ctx, "/v1/match", m.Page, c.matching(m), func(body []byte) (string, error) {
		r := &Role{}
		if json.Unmarshal(body, r) != nil || len(r.Skills) == 0 {
			return "", c.notOurs()
		}
		return r.Cursor, f(r)
	})
}

// SearchJSON gives a page as the API gave it; of all pages the first, with the
// hits of every page and without a cursor.
func (c *Client) SearchJSON(ctx context.Context, s Search) ([]byte, error) {
	return c.whole(ctx, "/v1/search", "hits", s.Page, c.searching(s))
}

// MatchJSON is SearchJSON for a role and its applicants.
func (c *Client) MatchJSON(ctx context.Context, m Match) ([]byte, error) {
	return c.whole(ctx, "/v1/match", "applicants", m.Page, c.matching(m))
}

// Export is every applicant of a search as a file. The reader must be closed.
type Export struct {
	io.ReadCloser
	Truncated bool   // there are more than a file holds
	Total     string // applicants, as the server says
}

// Export asks for every applicant in one of the API's forms: csv, json or
// ndjson. The search's page but for Names plays no part. A file that the server
// breaks off ends with an error of Read.
func (c *Client) Export(ctx context.Context, s Search, format string) (*Export, error) {
	s.Page = Page{Names: s.Names}
	v := c.searching(s)
	v.Set("format", format)
	resp, err := c.open(ctx, "/v1/export", v)
	if err != nil {
		return nil, err
	}
	h := resp.Header
	return &Export{ReadCloser: breaking{resp.Body, c.where}, Truncated: h.Get("X-Truncated") == "true", Total: h.Get("X-Total-Count")}, nil
}

// breaking says of whom an answer was that breaks off.
type breaking struct {
	io.ReadCloser
	where string
}

func (b breaking) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("the answer of %s breaks off: %w", b.where, err)
	}
	return n, err
}

// values gives the parameters that every question has.
func (c *Client) values(p Page) url.Values {
	v := url.Values{}
	if c.o.Token == "" {
		v.Set("tenant", c.o.Tenant)
	}
	if p.Names {
		v.Set("blind", "off")
	}
	if p.Size != 0 {
		v.Set("size", strconv.Itoa(p.Size))
	}
	if p.Cursor != "" {
		v.Set("cursor", p.Cursor)
	}
	return v
}

func (c *Client) searching(s Search) url.Values {
	v := c.values(s.Page)
	v.Set("q", s.Query)
	if s.Sort != "" {
		v.Set("sort", string(s.Sort))
	}
	if s.Exact {
		v.Set("exact", "true")
	}
	several(v, map[string][]string{"include": s.Include, "status": s.Status, "skill": s.Skill, "certificate": s.Certificate, "soft": s.Soft,
		"framework": s.Framework, "issuer": s.Issuer, "standing": s.Standing, "earned": s.Earned})
	return v
}

func (c *Client) matching(m Match) url.Values {
	v := c.values(m.Page)
	several(v, map[string][]string{"required": m.Required, "wished": m.Wished})
	if m.Occupation != "" {
		v.Set("occupation", m.Occupation)
	}
	return v
}

func several(v url.Values, lists map[string][]string) {
	for name, list := range lists {
		if len(list) > 0 {
			v[name] = list
		}
	}
}

func (c *Client) notOurs() error { return fmt.Errorf("%s: %w", c.where, ErrNotOurs) }

// ask asks once.
func (c *Client) ask(ctx context.Context, path string, v url.Values) (*http.Response, error) {
	return c.send(ctx, http.MethodGet, path, v, nil)
}

// send sends a request; body, where it is not nil, as JSON.
func (c *Client) send(ctx context.Context, method, path string, v url.Values, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.o.Server, "/")+path+"?"+v.Encode(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.o.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.o.Token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err // without the address, in which the question stands
		}
		return nil, fmt.Errorf("no server at %s: %w", c.where, err)
	}
	return resp, nil
}

// open asks, and again where the server says to ask more slowly; an error of the
// API is an *Error.
func (c *Client) open(ctx context.Context, path string, v url.Values) (*http.Response, error) {
	resp, err := c.ask(ctx, path, v)
	for range retries {
		if err != nil || resp.StatusCode != http.StatusTooManyRequests {
			break
		}
		wait, serr := strconv.Atoi(resp.Header.Get("Retry-After"))
		if serr != nil || wait < 0 || wait > maxWait {
			break
		}
		resp.Body.Close()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Duration(wait) * time.Second):
		}
		resp, err = c.ask(ctx, path, v)
	}
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode == http.StatusOK:
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, c.refusal(resp)
}

// refusal reads a problem (RFC 9457).
func (c *Client) refusal(resp *http.Response) *Error {
	e := &Error{Server: c.where, Status: resp.StatusCode}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if err != nil {
		return e
	}
	var p struct {
		Title  string `json:"title"`
		Detail string `json:"detail"`
		Column int    `json:"column"`
		Length int    `json:"length"`

		Try []string `json:"try"`
	}
	if json.Unmarshal(body, &p) != nil {
		return e
	}
	e.Column, e.Length, e.Try = p.Column, p.Length, p.Try
	if e.Text = p.Detail; e.Text == "" {
		e.Text = p.Title
	}
	if r := []rune(e.Text); len(r) > maxError {
		e.Text = string(r[:maxError]) + "…"
	}
	return e
}

// get reads a whole answer.
func (c *Client) get(ctx context.Context, path string, v url.Values) ([]byte, error) {
	resp, err := c.open(ctx, path, v)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(breaking{resp.Body, c.where}, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxAnswer {
		return nil, fmt.Errorf("the answer of %s is larger than %d MiB", c.where, maxAnswer>>20)
	}
	return b, nil
}

// pages calls f with a page, or with every page to the end. f gives the cursor
// of the next.
func (c *Client) pages(ctx context.Context, path string, p Page, v url.Values, f func(body []byte) (string, error)) error {
	for {
		body, err := c.get(ctx, path, v)
		if err != nil {
			return err
		}
		next, err := f(body)
		if err != nil || !p.All || next == "" {
			return err
		}
		if next == v.Get("cursor") {
			return c.notOurs() // it would never end
		}
		v.Set("cursor", next)
	}
}

// whole gives a page as the API gave it; of all pages the first, with the list of
// every page.
func (c *Client) whole(ctx context.Context, path, list string, p Page, v url.Values) ([]byte, error) {
	var out []byte
	var whole map[string]json.RawMessage
	var items []json.RawMessage
	pages := 0
	err := c.pages(ctx, path, p, v, func(body []byte) (string, error) {
		var page map[string]json.RawMessage
		var more []json.RawMessage
		var next string
		if json.Unmarshal(body, &page) != nil || page[list] == nil || json.Unmarshal(page[list], &more) != nil ||
			page["cursor"] != nil && json.Unmarshal(page["cursor"], &next) != nil {
			return "", c.notOurs()
		}
		if pages++; pages == 1 {
			out, whole = body, page
		}
		items = append(items, more...)
		return next, nil
	})
	if err != nil || pages < 2 {
		return out, err
	}
	delete(whole, "cursor")
	if whole[list], err = json.Marshal(items); err != nil {
		return nil, err
	}
	return json.Marshal(whole)
}
