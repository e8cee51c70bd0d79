package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"assay/index"
	"assay/verify/verdict"
)

// roleView is the data of templates/role.html.
type roleView struct {
	top
	Required, Wished, Occupation string
	Keep                         []field
	Error                        *queryError
	Asked                        bool
	Headline                     string
	Reading                      []readSkill
	Cards                        []roleCard
	NextURL                      string
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
	Seal        seal
	Label, Note string
}

// roleOf reads a role from the request's parameters: required and wished
// skills, or an occupation of a framework.
func (h *handler) roleOf(p url.Values) (index.Role, index.RoleOptions, error) {
	o := index.RoleOptions{Taxonomy: h.o.Taxonomy(), Now: h.o.Now(), Cursor: p.Get("cursor")}
	var err error
	if o.Size, err = number(p, "size", index.DefaultSize, 1, index.MaxSize); err != nil {
		return index.Role{}, o, err
	}
	role := index.Role{Required: list(p, "required"), Wished: list(p, "wished")}
	if name := strings.TrimSpace(p.Get("occupation")); name != "" {
		found, ok := index.OccupationRole(o.Taxonomy, name)
		if !ok {
			return role, o, fmt.Errorf("%w: no framework that is loaded describes the occupation", errBadRequest)
		}
		role.Title = found.Title
		role.Required, role.Wished = append(role.Required, found.Required...), append(role.Wished, found.Wished...)
	}
	for _, s := range append(append([]string(nil), role.Required...), role.Wished...) {
		if utf8.RuneCountInString(s) > maxValue {
			return role, o, fmt.Errorf("%w: a skill is longer than %d characters", errBadRequest, maxValue)
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

// match ranks applicants against a role.
func (h *handler) match(_ http.ResponseWriter, r *http.Request, tenant string) (any, error) {
	role, o, err := h.roleOf(r.URL.Query())
	if err != nil {
		return nil, err
	}
	return index.MatchRole(r.Context(), h.o.Engine, tenant, role, o)
}

func (h *handler) rolePage(r *http.Request, tenant string) (string, int, any, error) {
	p := r.URL.Query()
	v := &roleView{top: topOf(r, "role"), Required: strings.Join(p["required"], ", "), Wished: strings.Join(p["wished"], ", "), Occupation: p.Get("occupation")}
	for _, name := range []string{"tenant", "blind"} {
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
		res, err = index.MatchRole(r.Context(), h.o.Engine, tenant, role, o)
	}
	if syntax := (*index.SyntaxError)(nil); errors.As(err, &syntax) || errors.Is(err, errBadRequest) {
		v.Error = &queryError{Message: "The role cannot be read: " + err.Error() + "."}
		return "role", http.StatusBadRequest, v, nil
	}
	if err != nil {
		return "", 0, nil, err
	}
	v.Asked = true
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
		v.Reading = append(v.Reading, readSkill{clean(s.Label), kind, note})
	}
	now := h.o.Now()
	hidden := blind(r)
	for _, a := range res.Applicants {
		c := roleCard{URL: "/applications/" + url.PathEscape(a.Application) + v.Home, Title: title(hidden, a.DisplayName, a.ID),
			Sub: subLine(a.Job, a.AppliedAt, now), Credentials: a.Breadth.Credentials,
			RequiredMet: fmt.Sprintf("%d of %d", a.Required, required), WishedMet: fmt.Sprintf("%d of %d", a.Wished, wished)}
		for i, s := range a.Skills {
			c.Wants = append(c.Wants, wantOf(s, res.Skills[i]))
			if s.Standing == index.StandingLacks && s.Required && len(res.Skills[i].Badges) > 0 {
				b := res.Skills[i].Badges[0]
				gap := "“" + clean(b.Name) + "”"
				if b.IssuerName != "" {
					gap += " by " + clean(b.IssuerName)
				}
				c.Gaps = append(c.Gaps, gap+" would close the gap in "+clean(res.Skills[i].Label)+".")
			}
		}
		v.Cards = append(v.Cards, c)
	}
	if res.Cursor != "" {
		p.Set("cursor", res.Cursor)
		v.NextURL = "/role?" + p.Encode()
	}
	return "role", http.StatusOK, v, nil
}

func wantOf(s index.RoleStanding, skill index.RoleSkill) want {
	w := want{Label: clean(skill.Label)}
	switch s.Standing {
	case index.StandingHas:
		w.Seal = seal{sealOf(verdict.Verified).Class, "has"}
	case index.StandingWeaker:
		w.Seal = seal{sealOf(verdict.Pending).Class, "weaker"}
		if s.Match != nil {
			w.Note = string(s.Match.Status) + ", " + basisName(string(s.Match.Basis), s.Match.Framework)
		}
	default:
		w.Seal = seal{sealOf(verdict.Rejected).Class, "lacks"}
	}
	return w
}
