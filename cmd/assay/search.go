package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"assay/index"
)

type searchCmd struct {
	Query   []string `arg:"" optional:"" help:"What applicants must be able to prove, such as: teamwork AND python."`
	Server  string   `help:"HTTP API." default:"http://127.0.0.1:8080" placeholder:"URL"`
	Tenant  string   `help:"The employer." default:"default" placeholder:"TOKEN"`
	Include []string `help:"Badges beside verified ones: authentic, pending, rejected." placeholder:"STATUS"`
	Sort    string   `help:"match, breadth or recency." default:"match" enum:"match,breadth,recency"`
	Size    int      `help:"Hits to show." default:"20"`
	JSON    bool     `name:"json" help:"Print the answer as JSON."`
}

// Run asks the server and prints who was found and why.
func (c *searchCmd) Run(e *env) error {
	if err := index.CheckTenant(c.Tenant); err != nil {
		return fmt.Errorf("--tenant %.80q is not 1 to 64 of A-Z a-z 0-9 _ -", c.Tenant)
	}
	v := url.Values{"q": {strings.Join(c.Query, " ")}, "tenant": {c.Tenant}, "sort": {c.Sort}, "size": {strconv.Itoa(c.Size)}}
	if len(c.Include) > 0 {
		v.Set("include", strings.Join(c.Include, ","))
	}
	body, err := get(e, c.Server, "/v1/search", v)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := e.stdout.Write(append([]byte(strings.TrimRight(string(body), "\n")), '\n'))
		return err
	}
	var r index.Results
	if err := json.Unmarshal(body, &r); err != nil {
		return fmt.Errorf("--server %s: the answer is not that of assay", c.Server)
	}
	newPrinter(e.stdout).results(&r)
	return nil
}

// get asks the HTTP API; an error of the API is its message.
func get(e *env, server, path string, v url.Values) ([]byte, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("--server %q is no http(s) URL", server)
	}
	req, err := http.NewRequestWithContext(e.ctx, http.MethodGet, strings.TrimRight(server, "/")+path+"?"+v.Encode(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := (&http.Client{Timeout: 30 * time.Second}).Do(req)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return nil, fmt.Errorf("no server at %s: %w", server, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 32<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		var p struct {
			Title  string `json:"title"`
			Detail string `json:"detail"`
			Error  string `json:"error"`
		}
		if json.Unmarshal(body, &p) == nil {
			for _, s := range []string{p.Detail, p.Error, p.Title} {
				if s != "" {
					return nil, errors.New(s)
				}
			}
		}
		return nil, fmt.Errorf("%s answers %s", server, resp.Status)
	}
	return body, nil
}

func (p *printer) results(r *index.Results) {
	if r.Read != "" {
		fmt.Fprintf(p, "%s %s\n", p.paint("searched for", dim), clean(r.Read))
	}
	for _, x := range r.Expanded {
		if len(x.Also) > 0 {
			more := ""
			if x.Narrower > len(x.Also) {
				more = fmt.Sprintf(" and %d more", x.Narrower-len(x.Also))
			}
			fmt.Fprintf(p, "%s %s: %s%s\n", p.paint("also", dim), clean(x.Term), clean(strings.Join(x.Also, ", ")), more)
		}
	}
	for i, h := range r.Hits {
		name := h.DisplayName
		if name == "" {
			name = h.Application
		}
		job := ""
		if h.Job != "" {
			job = " for " + h.Job
		}
		fmt.Fprintf(p, "\n%s %s %s\n", p.paint(fmt.Sprintf("%2d.", i+1), dim), p.paint(clean(name), bold),
			p.paint(clean(fmt.Sprintf("(%s%s, applied %s)", h.Application, job, h.AppliedAt.UTC().Format(time.DateOnly))), dim))
		for _, m := range h.Why {
			x := results[m.Status]
			text := m.Label
			if m.Name != "" && m.Name != m.Label {
				text += " — " + m.Name
			}
			if m.IssuerName != "" {
				text += ", by " + m.IssuerName
			}
			if !m.Earned.IsZero() {
				text += ", " + m.Earned.UTC().Format(time.DateOnly)
			}
			fmt.Fprintf(p, "     %s %s\n", p.paint(x.mark+" "+string(m.Status), x.colour), clean(text))
		}
	}
	n := plural(r.Total, "applicant")
	if len(r.Hits) < r.Total {
		n += fmt.Sprintf(", %d shown", len(r.Hits))
	}
	fmt.Fprintf(p, "\n%s\n", n)
}
