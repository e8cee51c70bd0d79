// Matching a role by the API (/v1/match): the page of it is match.go.

package web

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"assay/index"
	"assay/index/query"
)

// What a role is refused for.
var (
	errNoOccupation = badRequest("no framework that is loaded describes the occupation")
	errLongSkill    = badRequest("a skill is longer than %d characters", maxValue)
)

// roleOf reads a role from the request's parameters: required and wished
// skills, or an occupation of a framework.
func (h *handler) roleOf(p url.Values) (index.Role, index.RoleOptions, error) {
	o := index.RoleOptions{Taxonomy: h.o.Taxonomy(), Now: h.o.Now(), Cursor: p.Get("cursor"), Badges: maxGapBadges}
	var err error
	if o.Size, err = number(p, "size", query.DefaultSize, 1, query.MaxSize); err != nil {
		return index.Role{}, o, err
	}
	role := index.Role{Weights: map[string]int{}}
	for _, s := range list(p, "required") {
		role.Required = append(role.Required, weighed(s, role.Weights))
	}
	for _, s := range list(p, "wished") {
		role.Wished = append(role.Wished, weighed(s, role.Weights))
	}
	if name := strings.TrimSpace(p.Get("occupation")); name != "" {
		found, ok := index.OccupationRole(o.Taxonomy, name)
		if !ok {
			return role, o, errNoOccupation
		}
		role.Title, role.LeftOut = found.Title, found.LeftOut
		role.Required, role.Wished = append(role.Required, found.Required...), append(role.Wished, found.Wished...)
	}
	for _, s := range append(append([]string(nil), role.Required...), role.Wished...) {
		if utf8.RuneCountInString(s) > maxValue {
			return role, o, errLongSkill
		}
	}
	return role, o, nil
}

// weighed takes the weight off a skill that is named with one, teamwork^2, and notes it.
func weighed(s string, weights map[string]int) string {
	term, weight, ok := strings.Cut(s, "^")
	if n, err := strconv.Atoi(weight); ok && err == nil {
		term = strings.TrimSpace(term)
		weights[term] = n
		return term
	}
	return s
}

// list reads a parameter that may be repeated and may hold commas.
func list(p url.Values, name string) []string {
	var out []string
	for _, v := range p[name] {
		for s := range strings.SplitSeq(v, ",") {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// maxGapBadges bounds the badges that are named for one gap.
const maxGapBadges = 3

// match ranks applicants against a role.
func (h *handler) match(a *asked) (any, error) {
	if f := a.p.Get("format"); a.p.Has("format") && f != "json" && f != "csv" {
		return nil, badRequest("format=%.32q is not json or csv", f)
	}
	if a.isFile() {
		return nil, h.matchFile(a)
	}
	role, o, err := h.roleOf(a.p)
	if err != nil {
		return nil, err
	}
	res, err := h.ranked(a, role, o)
	if err != nil {
		return nil, err
	}
	h.seen(a, len(res.Applicants))
	return res, nil
}

// ranked matches a role as its reader may see it.
func (h *handler) ranked(a *asked, role index.Role, o index.RoleOptions) (*index.RoleResults, error) {
	o.Blind = a.blind()
	res, err := index.MatchRole(a.Context(), h.o.Engine, a.caller.Tenant, role, o)
	if err == nil {
		a.hides().role(res)
	}
	return res, err
}

// matchColumns are the columns of a match as CSV: a line for each applicant and
// skill of the role.
var matchColumns = []string{
	"application", "candidate", "display_name", "job", "applied_at", "required_met", "wished_met", "weaker", "lacks",
	"skill", "skill_id", "required", "standing", "basis", "match", "status", "reason", "issuer_standing", "level", "badge", "issuer", "issuer_id", "issuer_resembles", "earned", "expires",
}

// matchFile writes a match as CSV, maxMatch applicants at most, a page of them
// at a time.
func (h *handler) matchFile(a *asked) error {
	if a.p.Has("size") || a.p.Has("cursor") {
		return badRequest("a file has no size and no cursor")
	}
	role, o, err := h.roleOf(a.p)
	if err != nil {
		return err
	}
	o.Size = query.MaxSize
	res, err := h.ranked(a, role, o)
	if err != nil {
		return err // nothing is written yet: a problem can be
	}
	n, limit := 0, min(maxMatch, h.o.Export)
	defer func() { h.seen(a, n) }()
	a.file("match", formCSV, res.Total, limit)
	out := newSheet(a.w, matchColumns)
	for {
		for _, x := range res.Applicants[:min(len(res.Applicants), limit-n)] {
			for i, s := range x.Skills {
				skill, m := &res.Skills[i], s.Match
				if m == nil {
					m = &query.Match{}
				}
				if err := out.line(x.Application, x.Candidate, x.DisplayName, x.Job, stamp(x.AppliedAt),
					strconv.Itoa(x.Required), strconv.Itoa(x.Wished), strconv.Itoa(x.Weaker), strconv.Itoa(x.Lacks),
					skill.Label, skill.ID, strconv.FormatBool(skill.Required), string(s.Standing), string(m.Basis), string(m.How), string(m.Status), string(m.Reason), m.Standing, m.Level,
					m.Name, m.IssuerName, m.Issuer, string(m.Resembles), stamp(m.Earned), stamp(m.Expires)); err != nil {
					h.breakOff(a, err)
				}
			}
			n++
		}
		if res.Cursor == "" || n >= limit {
			break
		}
		o.Cursor = res.Cursor
		if res, err = h.ranked(a, role, o); err != nil {
			h.breakOff(a, err)
		}
	}
	if err := out.end(); err != nil {
		h.breakOff(a, err)
	}
	return nil
}
