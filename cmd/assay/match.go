package main

import (
	"errors"
	"fmt"
	"strings"

	"assay/index"
	"assay/index/query"
	"assay/index/web/client"
	"assay/verify/verdict"
)

type matchCmd struct {
	asking
	Required   []string `help:"Skills that the role requires, by name or URI (repeatable)." placeholder:"SKILL"`
	Wished     []string `help:"Skills that are wished (repeatable)." placeholder:"SKILL"`
	Occupation string   `help:"Occupation, by title, or by code or id of an imported framework: its skills." placeholder:"NAME"`
}

// Run ranks applicants against a role and prints what each has and lacks.
func (c *matchCmd) Run(e *env) error {
	api, page, err := c.open()
	if err != nil {
		return err
	}
	if len(c.Required)+len(c.Wished) == 0 && c.Occupation == "" {
		return errors.New("match: --required, --wished or --occupation is needed")
	}
	m := client.Match{Required: c.Required, Wished: c.Wished, Occupation: c.Occupation, Page: page}
	if c.JSON {
		body, err := api.MatchJSON(e.ctx, m)
		return printJSON(e, body, err)
	}
	p := newPrinter(e.stdout)
	n, total, next := 0, 0, ""
	first := true
	if err := api.Match(e.ctx, m, func(r *client.Role) error {
		if first {
			first, total = false, r.Total
			p.role(&r.RoleResults)
			if r.LeftOut > 0 {
				p.para(0, plural(r.LeftOut, "more skill")+" of the occupation left out")
			}
		}
		for i := range r.Applicants {
			n++
			p.applicant(c.number(n), r.Skills, &r.Applicants[i], c.Names)
		}
		next = r.Cursor
		return p.err
	}); err != nil {
		return flagged(err)
	}
	p.foot(plural(total, "applicant")+" with any of these skills", total, n, next)
	return p.err
}

// role prints how the role was read.
func (p *printer) role(r *index.RoleResults) {
	if r.Title != "" {
		p.para(0, r.Title)
	}
	for _, s := range r.Skills {
		text := s.Term
		switch {
		case s.ID == "":
			text += ": " + unknownSkill
		case strings.Contains(s.Term, "://"):
			text = s.Label
		case !strings.EqualFold(s.Label, s.Term):
			text += ": read as " + s.Label
		}
		p.para(0, want(s.Required)+" "+text)
	}
}

func want(required bool) string {
	if required {
		return "required"
	}
	return "wished"
}

// standings are the marks of what an applicant has and lacks.
var standings = map[index.Standing]struct{ mark, colour string }{
	index.StandingHas:    {"✔", green},
	index.StandingWeaker: {"?", yellow},
	index.StandingLacks:  {"✘", red},
}

// applicant prints one applicant against the role.
func (p *printer) applicant(number string, list []index.RoleSkill, a *index.RoleApplicant, names bool) {
	p.who(number, &a.Hit, names)
	shown := map[int]bool{}
	required := 0
	for _, s := range list {
		if s.Required {
			required++
		}
	}
	has := fmt.Sprintf("%d of %d required, %d of %d wished", a.Required, required, a.Wished, len(list)-required)
	if a.Weaker > 0 {
		has += fmt.Sprintf("; %d with weaker evidence", a.Weaker)
	}
	if a.Lacks > 0 {
		has += fmt.Sprintf("; lacks %d", a.Lacks)
	}
	p.row("has", dim, has)
	for i, s := range a.Skills {
		if i >= len(list) {
			break
		}
		x := standings[s.Standing]
		label := x.mark + " " + string(s.Standing)
		if s.Match == nil {
			p.row(label, x.colour, list[i].Label+", "+want(s.Required))
		} else {
			shown[s.Match.Credential] = true
			p.row(label, x.colour, provenBy(&list[i], s.Match))
			p.row("", dim, evidence(s.Match, a.CheckedAt))
			p.warned(s.Match)
		}
		if s.Standing == index.StandingHas {
			continue
		}
		p.row("", dim, gap(list[i].Badges))
	}
	p.rest(&a.Hit, shown)
}

// provenBy says by what an applicant has a skill of the role.
func provenBy(s *index.RoleSkill, m *query.Match) string {
	term := s.Term
	if strings.Contains(term, "://") {
		term = s.Label // an occupation's
	}
	status := ""
	if m.Status != verdict.Verified {
		status = ", " + string(m.Status)
	}
	how := met(m.How, term, false)
	if m.Label == s.Label {
		return skillOf(m) + ", " + want(s.Required) + status + " — " + how
	}
	return s.Label + ", " + want(s.Required) + status + " — " + skillOf(m) + ", " + how
}

// gap names the badges that would prove a skill.
func gap(list []index.Badge) string {
	var seen []string
	for _, b := range list {
		text := "“" + b.Name + "”"
		switch {
		case b.IssuerName != "":
			text += " by " + b.IssuerName
		case b.Issuer != "":
			text += " by " + b.Issuer
		}
		seen = append(seen, text+" ("+plural(b.Holders, "holder")+")")
	}
	if len(seen) == 0 {
		return "no badge was seen that would close the gap"
	}
	return "would be closed by " + strings.Join(seen, ", ")
}
