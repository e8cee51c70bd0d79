package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"assay/index"
	"assay/index/query"
	"assay/verify/verdict"
)

// roleView is the data of templates/role.html.
type roleView struct {
	top
	Required, Wished, Occupation string
	Keep                         []field
	Error                        *queryError
	Asked, Blind                 bool
	Headline, Role               string
	Reading                      []readSkill
	Cards                        []roleCard
	BlindURL, ExportURL          string
	BackURL, NextURL             string
}

// readSkill says what a skill of the role was taken for, and which badges
// prove it.
type readSkill struct{ Text, Kind, Note string }

type roleCard struct {
	URL, Title, Sub        string
	Wants                  []want
	Gaps                   []string
	RequiredMet, WishedMet string
	Credentials            int
}

type want struct {
	Seal  seal
	Label string
	Notes []string
}

// roleOf reads a role from the request's parameters: required and wished
// skills, or an occupation of a framework.
func (h *handler) roleOf(p url.Values) (index.Role, index.RoleOptions, error) {
	o := index.RoleOptions{Taxonomy: h.o.Taxonomy(), Now: h.o.Now(), Cursor: p.Get("cursor"), Badges: maxGapBadges}
	var err error
	if o.Size, err = number(p, "size", query.DefaultSize, 1, query.MaxSize); err != nil {
		return index.Role{}, o, err
	}
	role := index.Role{Required: list(p, "required"), Wished: list(p, "wished")}
	if name := strings.TrimSpace(p.Get("occupation")); name != "" {
		found, ok := index.OccupationRole(o.Taxonomy, name)
		if !ok {
			return role, o, badRequest("no framework that is loaded describes the occupation")
		}
		role.Title, role.LeftOut = found.Title, found.LeftOut
		role.Required, role.Wished = append(role.Required, found.Required...), append(role.Wished, found.Wished...)
	}
	for _, s := range append(append([]string(nil), role.Required...), role.Wished...) {
		if utf8.RuneCountInString(s) > maxValue {
			return role, o, badRequest("a skill is longer than %d characters", maxValue)
		}
	}
	return role, o, nil
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

func (h *handler) rolePage(a *asked) (string, int, any, error) {
	p := a.p
	v := &roleView{top: topOf(a, "role"), Required: clean(strings.Join(p["required"], ", ")), Wished: clean(strings.Join(p["wished"], ", ")),
		Occupation: clean(p.Get("occupation")), Blind: a.blind(), BlindURL: blindURL(a)}
	for _, name := range []string{"tenant", "blind", "size"} {
		if p.Get(name) != "" {
			v.Keep = append(v.Keep, field{name, p.Get(name)})
		}
	}
	if len(list(p, "required"))+len(list(p, "wished")) == 0 && v.Occupation == "" {
		return "role", http.StatusOK, v, nil
	}
	role, o, err := h.roleOf(p)
	var res *index.RoleResults
	if err == nil {
		res, err = h.ranked(a, role, o)
	}
	var syntax *query.SyntaxError
	var bad *requestError
	switch {
	case errors.As(err, &syntax):
		v.Error = &queryError{Message: unreadable("role", syntax)}
		return "role", http.StatusBadRequest, v, nil
	case errors.As(err, &bad):
		v.Error = &queryError{Message: "The role cannot be read: " + clean(bad.Problem) + "."}
		return "role", http.StatusBadRequest, v, nil
	case errors.Is(err, index.ErrCursor):
		v.Error = &queryError{Message: "This page belongs to another role, or was asked for too long ago. Start again from the first."}
		return "role", http.StatusBadRequest, v, nil
	case err != nil:
		return "", 0, nil, err
	}
	h.seen(a, len(res.Applicants))
	v.Asked, v.Role = true, clean(res.Title)
	if res.LeftOut > 0 {
		v.Role += fmt.Sprintf(", without %d of its skills: more than a match takes", res.LeftOut)
	}
	v.Headline = plural(res.Total, "applicant") + " with at least one of the skills"
	required, wished := 0, 0
	for _, s := range res.Skills {
		kind := "wished"
		if s.Required {
			kind = "required"
			required++
		} else {
			wished++
		}
		note := ""
		if s.ID == "" {
			note = "in no framework: looked for as words"
		}
		if s.Corrected {
			note = "“" + clean(s.Term) + "” has a typing error"
		}
		v.Reading = append(v.Reading, readSkill{clean(s.Label), kind, note})
	}
	now := h.o.Now()
	for _, x := range res.Applicants {
		c := roleCard{URL: recordURL(a, x.Application), Title: title(v.Blind, x.DisplayName, x.ID),
			Sub: subLine(x.Job, x.AppliedAt, now), Credentials: x.Breadth.Credentials,
			RequiredMet: fmt.Sprintf("%d of %d", x.Required, required), WishedMet: fmt.Sprintf("%d of %d", x.Wished, wished)}
		for i, s := range x.Skills {
			c.Wants = append(c.Wants, h.wantOf(s, res.Skills[i]))
			if gap := gapOf(s, &res.Skills[i]); gap != "" {
				c.Gaps = append(c.Gaps, gap)
			}
		}
		v.Cards = append(v.Cards, c)
	}
	file := a.first()
	file.Del("size")
	file.Set("format", string(formCSV))
	if a.caller.Rights.May(MayExport) {
		v.ExportURL = to("/v1/match", file)
	}
	v.BackURL, v.NextURL = a.paging(res.Cursor)
	return "role", http.StatusOK, v, nil
}

// gapOf names the badges that would close a gap, "" where there is none or no
// badge is known that would.
func gapOf(s index.RoleStanding, skill *index.RoleSkill) string {
	if s.Standing != index.StandingLacks || len(skill.Badges) == 0 {
		return ""
	}
	var names []string
	for _, b := range skill.Badges[:min(len(skill.Badges), maxGapBadges)] {
		name := "“" + clean(b.Name) + "”"
		if b.IssuerName != "" {
			name += " by " + clean(b.IssuerName)
		}
		names = append(names, name)
	}
	kind := "required"
	if !skill.Required {
		kind = "wished"
	}
	return strings.Join(names, " or ") + " would close the gap in " + clean(skill.Label) + " (" + kind + ")."
}

func (h *handler) wantOf(s index.RoleStanding, skill index.RoleSkill) want {
	w := want{Label: clean(skill.Label)}
	switch s.Standing {
	case index.StandingHas:
		w.Seal = seal{sealOf(verdict.Verified).Class, "has"}
	case index.StandingWeaker:
		w.Seal = seal{sealOf(verdict.Pending).Class, "weaker"}
	default:
		w.Seal = seal{sealOf(verdict.Rejected).Class, "lacks"}
	}
	if s.Match != nil {
		if s.Match.Status != verdict.Verified {
			w.Notes = append(w.Notes, sealOf(s.Match.Status).Word)
		}
		w.Notes = append(w.Notes, h.notesOf(s.Match)...)
	}
	return w
}
