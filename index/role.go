package index

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// Role is what an employer looks for.
type Role struct {
	Title    string   `json:"title,omitempty"`
	Required []string `json:"required,omitempty"` // names or URIs of skills; named twice, a skill counts once
	Wished   []string `json:"wished,omitempty"`
	LeftOut  int      `json:"left_out,omitempty"` // skills of an occupation beyond the first

	Weights map[string]int `json:"-"` // of its skills as they are named, 1 to MaxWeight; MaxWeight where none is given
}

// MaxWeight is the weight of a skill of which nobody said another one.
const MaxWeight = 3

// Bounds of the skills of a role. An occupation leaves room for skills that are
// named beside it.
const (
	MaxRoleSkills       = 32
	maxOccupationSkills = 24
)

// OccupationRole gives the role that a framework describes for an occupation
// (by its id, code or exact title), when its data says what it needs: its first 24
// skills, required ones first. LeftOut says how many there are beside.
func OccupationRole(t *skills.Taxonomy, name string) (Role, bool) {
	title, needs, ok := t.Occupation(name)
	if !ok || len(needs) == 0 { // some data names occupations and not what they need
		return Role{}, false
	}
	r := Role{Title: title}
	for _, required := range []bool{true, false} {
		for _, n := range needs {
			if n.Required != required {
				continue
			}
			if len(r.Required)+len(r.Wished) == maxOccupationSkills {
				r.LeftOut++
				continue
			}
			if required {
				r.Required = append(r.Required, n.ID)
			} else {
				r.Wished = append(r.Wished, n.ID)
			}
		}
	}
	return r, true
}

// RoleOptions say how to match a role. The zero value is a good default.
type RoleOptions struct {
	Taxonomy *skills.Taxonomy // nil = skills.Builtin()
	Now      time.Time        // zero = time.Now
	Size     int              // applicants, 0 = DefaultSize, MaxSize at most
	Cursor   string
	Badges   int  // badges named for each gap, 0 = 5
	Blind    bool // for a reader who may not see names
}

// Standing says how an applicant stands to one skill of a role.
type Standing string

// Standings.
const (
	StandingHas    Standing = "has"    // verified, and the badge speaks of the skill itself
	StandingWeaker Standing = "weaker" // authentic or pending only, or the skill is read from the badge's words
	StandingLacks  Standing = "lacks"
)

// RoleSkill is one skill of a role.
type RoleSkill struct {
	Term      string `json:"term"`
	ID        string `json:"id,omitempty"` // "" when no framework knows the term
	Label     string `json:"label"`
	Corrected bool   `json:"corrected,omitempty"` // the term was typed with errors, and is read as Label says
	Required  bool   `json:"required"`
	// Badges name verified badges in this tenant's index that prove the skill,
	// those that most applicants hold first: what would close the gap.
	Badges []Badge `json:"badges"`
	Weight int     `json:"-"` // 1 to MaxWeight
}

// Badge is a kind of badge that was seen.
type Badge struct {
	Name       string `json:"name"`
	Issuer     string `json:"issuer,omitempty"`
	IssuerName string `json:"issuer_name,omitempty"`
	Holders    int    `json:"holders"` // among the first MaxSize applicants who prove the skill
}

// RoleApplicant is one applicant against a role.
type RoleApplicant struct {
	Hit
	Required int            `json:"required_met"` // required skills that the applicant has
	Wished   int            `json:"wished_met"`
	Weaker   int            `json:"weaker"`
	Lacks    int            `json:"lacks"`
	Skills   []RoleStanding `json:"skills"` // in the order of RoleResults.Skills
}

// RoleStanding is one applicant's standing to one skill.
type RoleStanding struct {
	Term     string       `json:"term"`
	Required bool         `json:"required"`
	Standing Standing     `json:"standing"`
	Match    *query.Match `json:"match,omitempty"` // the best evidence
	// Instead is what shows something near a skill that is lacked, and proves it not: a
	// badge of it whose time is over, or a verified one of a neighbouring skill.
	Instead *query.Match `json:"-"`
}

// RoleResults ranks applicants against a role.
type RoleResults struct {
	Title      string          `json:"title,omitempty"`
	LeftOut    int             `json:"left_out,omitempty"` // skills of the occupation that were not asked for
	Skills     []RoleSkill     `json:"skills"`
	Total      int             `json:"total"` // applicants with at least one of the skills
	Applicants []RoleApplicant `json:"applicants"`
	Cursor     string          `json:"cursor,omitempty"`
}

// Weights of a role, by those that the employer gives: what is had counts much more
// than what is only likely, and a required skill more than nine wished ones of its
// weight. The heaviest are those of a role without weights, so that sums stay exact.
var (
	weightsRequired = [MaxWeight]roleWeight{{24, 10}, {47, 20}, {70, 30}}
	weightsWished   = [MaxWeight]roleWeight{{3, 2}, {5, 2}, {7, 3}}
)

// roleWeight is what a skill counts that is had, and one for which there is any evidence;
// whoever has it gets both.
type roleWeight struct{ full, part int }

func weightOf(weight int, required bool) roleWeight {
	if required {
		return weightsRequired[weight-1]
	}
	return weightsWished[weight-1]
}

// MatchRole ranks the tenant's applicants against a role by what they have of
// its required and wished skills, and shows the gaps and what would close them.
// An error is a *SyntaxError when the role is at fault.
func MatchRole(ctx context.Context, e Engine, tenant string, role Role, o RoleOptions) (*RoleResults, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	if o.Taxonomy == nil {
		o.Taxonomy = skills.Builtin()
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.Size == 0 {
		o.Size = query.DefaultSize
	}
	if o.Size < 0 || o.Size > query.MaxSize {
		return nil, &query.SyntaxError{Problem: "size must be from 1 to " + strconv.Itoa(query.MaxSize)}
	}
	if o.Badges == 0 {
		o.Badges = 5
	}
	if n := len(role.Required) + len(role.Wished); n == 0 || n > MaxRoleSkills {
		return nil, query.WrongSkills.At(0, strconv.Itoa(MaxRoleSkills), strconv.Itoa(n))
	}
	out := &RoleResults{Title: role.Title, LeftOut: role.LeftOut, Applicants: []RoleApplicant{}}
	strong, weak := make([]query.Cond, 0), make([]query.Cond, 0)
	root := query.Cond{Op: query.OpOr}
	key := "role"
	for i, term := range slices.Concat(role.Required, role.Wished) {
		term = strings.TrimSpace(term)
		if len(record.Words(term)) == 0 || len(term) > 512 {
			return nil, query.WrongSkill.At(0, strconv.Itoa(i+1))
		}
		required := i < len(role.Required)
		weight, ok := role.Weights[term]
		if !ok {
			weight = MaxWeight
		}
		if weight < 1 || weight > MaxWeight {
			return nil, query.WrongWeight.At(0, strconv.Itoa(MaxWeight), strconv.Itoa(weight))
		}
		worth := weightOf(weight, required)
		s, w, exp := query.Evidence(o.Taxonomy, term, worth.full, worth.part)
		if slices.ContainsFunc(out.Skills, func(r RoleSkill) bool {
			return r.ID != "" && r.ID == exp.Concept || skills.Folded(r.Term) == skills.Folded(term)
		}) {
			continue
		}
		strong, weak = append(strong, s), append(weak, w)
		root.Kids = append(root.Kids, s, w)
		r := RoleSkill{Term: term, ID: exp.Concept, Label: exp.Label, Corrected: exp.How == query.HowTypo, Required: required, Badges: []Badge{}, Weight: weight}
		if r.Label == "" {
			r.Label = term
		}
		out.Skills = append(out.Skills, r)
		key += "\x00" + term
		if required {
			key += "!"
		}
		if weight != MaxWeight {
			key += "^" + strconv.Itoa(weight)
		}
	}
	q := query.Query{
		Text: key, Sort: query.SortMatch, Size: o.Size, Cursor: o.Cursor,
		Plan:    query.Plan{Root: root, Include: []verdict.Result{verdict.Verified}, Now: o.Now.Unix(), Blind: o.Blind},
		Options: query.Options{Taxonomy: o.Taxonomy},
	}
	res, err := e.Search(ctx, tenant, q)
	if err != nil {
		return nil, err
	}
	out.Total, out.Cursor = res.Total, res.Cursor
	for _, h := range res.Hits {
		a, err := e.Get(ctx, tenant, h.Application)
		if err != nil {
			continue // gone since: erased or replaced
		}
		out.Applicants = append(out.Applicants, standing(o.Taxonomy, h, a, &res.q.Plan, out.Skills, strong, weak))
	}
	// What would close a gap is worth asking only where somebody has one.
	for i := range out.Skills {
		if !slices.ContainsFunc(out.Applicants, func(a RoleApplicant) bool { return a.Skills[i].Standing != StandingHas }) {
			continue
		}
		if out.Skills[i].Badges, err = badges(ctx, e, tenant, o, out.Skills[i].Term, strong[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// StandingTo is how one application stands to a skill that is named as a role names it:
// an error is a *SyntaxError when it is none.
func StandingTo(a *record.Application, term string, o RoleOptions) (RoleStanding, error) {
	if len(record.Words(term)) == 0 || len(term) > 512 {
		return RoleStanding{}, &query.SyntaxError{Problem: "a skill has no letter or digit to search for, or is too long"}
	}
	worth := weightOf(MaxWeight, true)
	s, w, _ := query.Evidence(o.Taxonomy, term, worth.full, worth.part)
	r := standing(o.Taxonomy, Hit{}, a, &query.Plan{Now: o.Now.Unix(), Blind: o.Blind}, []RoleSkill{{Term: term}}, []query.Cond{s}, []query.Cond{w}).Skills[0]
	if r.Match != nil && o.Blind {
		record.MaskOf(a).Fill(r.Match)
	}
	return r, nil
}

func standing(t *skills.Taxonomy, h Hit, a *record.Application, asked *query.Plan, list []RoleSkill, strong, weak []query.Cond) RoleApplicant {
	h.Why = nil // told skill by skill instead
	r := RoleApplicant{Hit: h}
	for i, s := range list {
		v := RoleStanding{Term: s.Term, Required: s.Required, Standing: StandingLacks}
		for _, try := range []struct {
			c query.Cond
			s Standing
		}{{strong[i], StandingHas}, {weak[i], StandingWeaker}} {
			p := query.Plan{Root: try.c, Now: asked.Now, Blind: asked.Blind}
			if _, why, ok := p.Match(a); ok {
				v.Standing = try.s
				if len(why) > 0 {
					v.Match = &why[0]
				}
				break
			}
		}
		if v.Standing == StandingLacks {
			for _, c := range query.Beside(t, s.Term) {
				p := query.Plan{Root: c, Now: asked.Now, Blind: asked.Blind}
				if _, why, ok := p.Match(a); ok && len(why) > 0 {
					v.Instead = &why[0]
					break
				}
			}
		}
		switch {
		case v.Standing == StandingLacks:
			r.Lacks++
		case v.Standing == StandingWeaker:
			r.Weaker++
		case s.Required:
			r.Required++
		default:
			r.Wished++
		}
		r.Skills = append(r.Skills, v)
	}
	return r
}

// badges lists kinds of badges that prove a skill in this tenant's index.
func badges(ctx context.Context, e Engine, tenant string, o RoleOptions, term string, strong query.Cond) ([]Badge, error) {
	q := query.Query{
		Text: "badges\x00" + term, Sort: query.SortRecency, Size: query.MaxSize,
		Plan:    query.Plan{Root: strong, Include: []verdict.Result{verdict.Verified}, Now: o.Now.Unix(), Blind: o.Blind},
		Options: query.Options{Taxonomy: o.Taxonomy},
	}
	res, err := e.Search(ctx, tenant, q)
	if err != nil {
		return nil, err
	}
	out := []Badge{}
	for _, h := range res.Hits {
		seen := map[Badge]bool{}
		for _, m := range h.Why {
			b := Badge{Name: m.Name, Issuer: m.Issuer, IssuerName: m.IssuerName}
			if m.Name == "" || seen[b] {
				continue
			}
			seen[b] = true
			i := slices.IndexFunc(out, func(x Badge) bool { return x.Name == b.Name && x.Issuer == b.Issuer })
			if i < 0 {
				i = len(out)
				out = append(out, b)
			}
			out[i].Holders++
		}
	}
	slices.SortStableFunc(out, func(x, y Badge) int {
		return cmp.Or(y.Holders-x.Holders, strings.Compare(x.Name, y.Name), strings.Compare(x.Issuer, y.Issuer))
	})
	return out[:min(len(out), o.Badges)], nil
}
