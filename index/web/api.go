package web

import (
	"errors"
	"slices"
	"strconv"
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
	q, err := h.searchOf(a.p, a.hides(), query.AllFacets(), false)
	if err != nil {
		return nil, err
	}
	res, err := h.find(a, q)
	if err != nil {
		return nil, err
	}
	if !a.blind() {
		h.seen(a, res.Shown())
	}
	return res, nil
}

// seen tells the audit of a list of applicants.
func (h *handler) seen(a *asked, n int) {
	h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route, Count: n, Blind: a.blind()})
}

// shown is an application as its reader may see it.
type shown struct {
	*record.Application
	whole *record.Application // for what is counted
	mask  *record.Mask        // of what is made of whole
	hides hides
}

// hidden reports whether texts are kept back because it is not known which words
// in them name the applicant.
func (s *shown) hidden() bool {
	return s.whole != s.Application && s.whole.BlindRule < record.BlindRule
}

// depth says how well each skill is proven at a moment (Unix seconds).
func (s *shown) depth(now int64) []record.Depth {
	list := record.DepthOf(s.whole, now)
	s.mask.Fill(&list)
	s.hides.depth(list)
	return list
}

// breadth says how much an applicant can prove at a moment (Unix seconds).
func (s *shown) breadth(now int64) record.Breadth {
	b := record.BreadthOf(s.whole, now)
	s.hides.breadth(&b)
	return b
}

// record reads the application that the address names, and tells the audit of it.
func (h *handler) record(a *asked) (*shown, error) { return h.recordOf(a, a.PathValue("id")) }

// recordOf reads one application and tells the audit of it.
func (h *handler) recordOf(a *asked, id string) (*shown, error) {
	app, err := h.o.Engine.Get(a.Context(), a.caller.Tenant, id)
	if err != nil {
		return nil, err
	}
	h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route, Application: app.Application, Count: 1, Blind: a.blind()})
	s := &shown{app, app, &record.Mask{}, a.hides()}
	if a.blind() {
		s.mask = record.MaskOf(app)
		if s.Application, err = app.Blinded(); err != nil {
			return nil, err
		}
		s.hides.record(s.Application, h.o.Now())
	}
	return s, nil
}

// recordAnswer is an application as the API gives it: as of now where the
// document is as of the check, and without what is there for the index only.
type recordAnswer struct {
	ID          string             `json:"id"`
	Tenant      string             `json:"tenant"`
	Application string             `json:"application"`
	Place       string             `json:"application_url,omitempty"` // in the hiring system
	Version     string             `json:"version"`                   // of 63 bits, which a number of JavaScript cannot hold
	Job         string             `json:"job,omitempty"`
	Candidate   string             `json:"candidate,omitempty"`
	DisplayName string             `json:"display_name,omitempty"`
	AppliedAt   time.Time          `json:"applied_at,omitzero"`
	CheckedAt   time.Time          `json:"checked_at,omitzero"`
	Credentials []credentialAnswer `json:"credentials"`
	Claims      []claimAnswer      `json:"claims"`
	Unread      []unreadAnswer     `json:"unread"`
	NotFollowed []linkAnswer       `json:"not_followed"`
	Counts      verdict.Counts     `json:"counts"`
	Breadth     record.Breadth     `json:"breadth"`
	Depth       []record.Depth     `json:"depth"`
	Hidden      bool               `json:"hidden,omitempty"` // texts are left out: see shown.hidden
}

// credentialAnswer is a badge, with what its verdict's reason means.
type credentialAnswer struct {
	record.Credential
	Now     verdict.Result `json:"status_now"` // the verdict's result, and expired where its time is over since
	Words   string         `json:"words,omitempty"`
	Shown   string         `json:"issuer_name,omitempty"`     // as the issuer may be named
	Holders int            `json:"issuer_holders,omitempty"`  // how many of the tenant's applicants have a badge of the issuer, fewHolders at most; 1 = this one only
	Whose   string         `json:"recipient_words,omitempty"` // what the recipient's reason means
}

// unreadAnswer is a part that was not read, with what the reason means.
type unreadAnswer struct {
	record.Unread
	Words string `json:"words,omitempty"`
}

// linkAnswer is a link that led to no badge, with what the reason means.
type linkAnswer struct {
	record.Link
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
	Standing   string         `json:"standing,omitempty"`
	Issuer     string         `json:"issuer,omitempty"`
	IssuerName string         `json:"issuer_name,omitempty"`
	Earned     time.Time      `json:"earned,omitzero"`
	Expires    time.Time      `json:"expires,omitzero"`
}

func (h *handler) application(a *asked) (any, error) {
	if f := a.p.Get("format"); a.p.Has("format") && f != "json" && f != "csv" {
		return nil, badRequest("format=%.32q is not json or csv", f)
	}
	if a.isFile() {
		return nil, h.recordFile(a)
	}
	app, err := h.record(a)
	if err != nil {
		return nil, err
	}
	now := h.o.Now().Unix()
	v := recordAnswer{ID: app.ID, Tenant: app.Tenant, Application: app.Application.Application, Place: h.placeOf(app.ID, app.Application.Application), Version: strconv.FormatInt(app.Version, 10), Job: app.Job,
		Candidate: app.Candidate, DisplayName: app.DisplayName, AppliedAt: app.AppliedAt, CheckedAt: app.CheckedAt,
		Credentials: []credentialAnswer{}, Claims: []claimAnswer{}, Unread: []unreadAnswer{}, NotFollowed: []linkAnswer{},
		Counts: record.CountsAt(app.whole, now), Breadth: app.breadth(now), Depth: app.depth(now), Hidden: app.hidden()}
	holders := h.holders(a, app.whole)
	for i, c := range app.Credentials {
		c.Key, c.Named = "", nil // the index's own
		status, _ := nowOf(&c.Verdict, h.o.Now())
		v.Credentials = append(v.Credentials, credentialAnswer{c, status, c.Verdict.Reason.Words(), record.ShownIssuer(&c.Verdict), holders[app.whole.Credentials[i].Verdict.Credential.Issuer.ID], c.Verdict.Aspects.Recipient.Reason.Words()})
	}
	for _, u := range app.Unread {
		v.Unread = append(v.Unread, unreadAnswer{u, h.o.Unread(u.Reason)})
	}
	for _, l := range app.NotFollowed {
		v.NotFollowed = append(v.NotFollowed, linkAnswer{l, h.o.Link(l.Reason)})
	}
	for i := range app.Claims {
		c := &app.Claims[i]
		k := claimAnswer{Credential: c.Credential, Skill: c.ID, Label: c.Label, Framework: c.Framework, Basis: c.Basis, Exact: c.Basis.Exact(),
			Soft: c.Soft, Ancestors: c.Ancestors, Domain: c.Domain, Level: c.Level, URL: c.URL, Code: c.Code, Named: c.Named, Status: record.EffectiveStatus(c, now), Standing: c.Standing,
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
	if a.hides().schools {
		s = slices.DeleteFunc(s, func(x index.Suggestion) bool { return x.Kind == index.SuggestIssuer })
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
