package client

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"assay/index/issuers"
	"assay/verify/verdict"
)

// Issuers gives the issuers of badges, n at most, 0 = as many as the API gives by
// itself, with the answer as it came.
func (c *Client) Issuers(ctx context.Context, n int) (*issuers.List, []byte, error) {
	v := c.values(Page{})
	if n != 0 {
		v.Set("n", strconv.Itoa(n))
	}
	body, err := c.get(ctx, "/v1/issuers", v)
	if err != nil {
		return nil, nil, err
	}
	var l issuers.List
	if json.Unmarshal(body, &l) != nil || l.Accept == "" {
		return nil, nil, c.notOurs()
	}
	return &l, body, nil
}

// IssuersLog gives every word on issuers, oldest first, with the answer as it came.
func (c *Client) IssuersLog(ctx context.Context) ([]issuers.Word, []byte, error) {
	body, err := c.get(ctx, "/v1/issuers/log", c.values(Page{}))
	if err != nil {
		return nil, nil, err
	}
	var l struct {
		Words *[]issuers.Word `json:"words"`
	}
	if json.Unmarshal(body, &l) != nil || l.Words == nil {
		return nil, nil, c.notOurs()
	}
	return *l.Words, body, nil
}

// Word is what a caller says of issuers: the members of POST /v1/issuers.
type Word struct {
	Decision issuers.Kind    `json:"decision"`
	Issuer   string          `json:"issuer,omitempty"`
	Name     string          `json:"name,omitempty"`
	Note     string          `json:"note,omitempty"`
	Accept   verdict.Level   `json:"accept,omitempty"`
	Source   string          `json:"source,omitempty"`
	Registry json.RawMessage `json:"registry,omitempty"`
	Entries  []string        `json:"entries,omitempty"`
	Whole    bool            `json:"whole,omitempty"`
}

// Say has a word hold, once: it is not sent again.
func (c *Client) Say(ctx context.Context, w Word) (*issuers.Receipt, []byte, error) {
	in, err := json.Marshal(w)
	if err != nil {
		return nil, nil, err
	}
	resp, err := c.send(ctx, http.MethodPost, "/v1/issuers", c.values(Page{}), in)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, nil, c.refusal(resp)
	}
	body, err := io.ReadAll(io.LimitReader(breaking{resp.Body, c.where}, maxAnswer))
	if err != nil {
		return nil, nil, err
	}
	var r issuers.Receipt
	if json.Unmarshal(body, &r) != nil {
		return nil, nil, c.notOurs()
	}
	return &r, body, nil
}
