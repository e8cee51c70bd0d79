package web

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// errNoSkill: no framework that is loaded knows the skill.
var errNoSkill = errors.New("no such skill")

func (h *handler) search(a *asked) (any, error) {
	q, err := h.searchOf(a.p, query.AllFacets(), false)
	if err != nil {
		return nil, err
	}
	res, err := h.o.Engine.Search(a.Context(), a.caller.Tenant, q)
	if err != nil {
		return nil, err
	}
	if a.blind() {
		for i := range res.Hits {
			res.Hits[i].DisplayName = ""
		}
	} else {
		h.seen(a, len(res.Hits))
	}
	return res, nil
}

// seen tells the audit of a list of applicants.
func (h *handler) seen(a *asked, n int) {
	h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route, Count: n, Blind: a.blind()})
}

// record reads one application and tells the audit of it. In blind reading it
// has neither the applicant's name nor the names of his files, which often hold
// it.
func (h *handler) record(a *asked) (*record.Application, error) {
	app, err := h.o.Engine.Get(a.Context(), a.caller.Tenant, a.PathValue("id"))
	if err != nil {
		return nil, err
	}
	h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route, Application: app.Application, Count: 1, Blind: a.blind()})
	if a.blind() {
		app.DisplayName = ""
		number := places{}
		for i := range app.Credentials {
			app.Credentials[i].Where = number.blind(app.Credentials[i].Where)
		}
		for i := range app.Unread {
			app.Unread[i].Where = number.blind(app.Unread[i].Where)
		}
	}
	return app, nil
}

// places number the documents and links that badges were found in.
type places map[string]string

// blind puts "document 1" in the place of a file's name, and "link 1" in that of
// a link that the applicant gave.
func (p places) blind(where string) string {
	name, rest, inside := strings.Cut(where, " > ")
	kind := "document "
	if strings.Contains(name, "://") {
		kind = "link "
	}
	if p[name] == "" {
		n := 1
		for _, have := range p {
			if strings.HasPrefix(have, kind) {
				n++
			}
		}
		p[name] = kind + strconv.Itoa(n)
	}
	if !inside {
		return p[name]
	}
	return p[name] + " > " + rest
}

// recordAnswer is an application as the API gives it: as of now where the
// document is as of the check, and without what is there for the index only.
type recordAnswer struct {
	ID          string             `json:"id"`
	Tenant      string             `json:"tenant"`
	Application string             `json:"application"`
	Version     string             `json:"version"` // of 63 bits, which a number of JavaScript cannot hold
	Job         string             `json:"job,omitempty"`
	Candidate   string             `json:"candidate,omitempty"`
	DisplayName string             `json:"display_name,omitempty"`
	AppliedAt   time.Time          `json:"applied_at,omitzero"`
	CheckedAt   time.Time          `json:"checked_at,omitzero"`
	Credentials []credentialAnswer `json:"credentials"`
	Claims      []claimAnswer      `json:"claims"`
	Unread      []unreadAnswer     `json:"unread"`
	Counts      verdict.Counts     `json:"counts"`
	Breadth     record.Breadth     `json:"breadth"`
	Depth       []record.Depth     `json:"depth"`
}

// credentialAnswer is a badge, with what its verdict's reason means.
type credentialAnswer struct {
	record.Credential
	Words string `json:"words,omitempty"`
}

// unreadAnswer is a part that was not read, with what the reason means.
type unreadAnswer struct {
	record.Unread
	Words string `json:"words,omitempty"`
}

// claimAnswer is one skill that one credential speaks of.
type claimAnswer struct {
	Credential int            `json:"credential"`
	Skill      string         `json:"skill,omitempty"`
	Label      string         `json:"label,omitempty"`
	Framework  string         `json:"framework,omitempty"`
	Basis      skills.Basis   `json:"basis,omitempty"`
	Exact      bool           `json:"exact"`
	Soft       string         `json:"soft,omitempty"`
	Ancestors  []string       `json:"ancestors,omitempty"`
	Domain     string         `json:"domain,omitempty"`
	Level      string         `json:"level,omitempty"`
	URL        string         `json:"url,omitempty"`
	Code       string         `json:"code,omitempty"`
	Named      string         `json:"named,omitempty"`
	Status     verdict.Result `json:"status"`
	Expired    bool           `json:"expired,omitempty"`
	Trust      string         `json:"trust"`
	Issuer     string         `json:"issuer,omitempty"`
	IssuerName string         `json:"issuer_name,omitempty"`
	Earned     time.Time      `json:"earned,omitzero"`
	Expires    time.Time      `json:"expires,omitzero"`
}

func (h *handler) application(a *asked) (any, error) {
	app, err := h.record(a)
	if err != nil {
		return nil, err
	}
	now := h.o.Now().Unix()
	v := recordAnswer{ID: app.ID, Tenant: app.Tenant, Application: app.Application, Version: strconv.FormatInt(app.Version, 10), Job: app.Job,
		Candidate: app.Candidate, DisplayName: app.DisplayName, AppliedAt: app.AppliedAt, CheckedAt: app.CheckedAt,
		Credentials: []credentialAnswer{}, Claims: []claimAnswer{}, Unread: []unreadAnswer{},
		Counts: record.CountsAt(app, now), Breadth: record.BreadthOf(app, now), Depth: record.DepthOf(app, now)}
	for _, c := range app.Credentials {
		v.Credentials = append(v.Credentials, credentialAnswer{c, c.Verdict.Reason.Words()})
	}
	for _, u := range app.Unread {
		v.Unread = append(v.Unread, unreadAnswer{u, h.o.Unread(u.Reason)})
	}
	for i := range app.Claims {
		c := &app.Claims[i]
		k := claimAnswer{Credential: c.Credential, Skill: c.ID, Label: c.Label, Framework: c.Framework, Basis: c.Basis, Exact: c.Basis.Exact(),
			Soft: c.Soft, Ancestors: c.Ancestors, Domain: c.Domain, Level: c.Level, URL: c.URL, Code: c.Code, Named: c.Named, Status: record.EffectiveStatus(c, now), Trust: c.Trust,
			Issuer: c.Issuer, IssuerName: c.IssuerName, Earned: c.Earned, Expires: c.Expires}
		k.Expired = c.Until <= now
		v.Claims = append(v.Claims, k)
	}
	return v, nil
}

func (h *handler) suggest(a *asked) (any, error) {
	n, err := number(a.p, "n", 8, 1, maxSuggestions)
	if err != nil {
		return nil, err
	}
	prefix := a.p.Get("prefix")
	if utf8.RuneCountInString(prefix) > query.MaxRunes {
		return nil, badRequest("prefix is longer than %d characters", query.MaxRunes)
	}
	s, err := index.Suggest(a.Context(), h.o.Engine, h.o.Taxonomy(), a.caller.Tenant, prefix, n)
	if err != nil {
		return nil, err
	}
	if s == nil {
		s = []index.Suggestion{}
	}
	return map[string]any{"suggestions": s}, nil
}

// skill gives a concept of the frameworks and how many of the tenant's
// applicants can prove it.
func (h *handler) skill(a *asked) (any, error) {
	concept, ok := h.o.Taxonomy().Concept(a.PathValue("id")) // also with one slash behind the scheme, which is what proxies leave
	if !ok {
		return nil, errNoSkill
	}
	q, err := query.New("", query.Options{Taxonomy: h.o.Taxonomy(), Now: h.o.Now(), Size: 1,
		Choices: []query.Choice{{Facet: query.FacetSkill, Values: []string{concept.ID}}}})
	if err != nil {
		return nil, err
	}
	res, err := h.o.Engine.Search(a.Context(), a.caller.Tenant, q)
	if err != nil {
		return nil, err
	}
	return struct {
		skills.Concept
		Applicants int `json:"applicants"` // who can prove it now
	}{concept, res.Total}, nil
}
