package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/index/web/look"
	"assay/verify/verdict"
)

// matchView is what the template "match" takes.
type matchView struct {
	Heading, Sub, Error string
	Nothing             bool // the advert named no skill
	RoleTitle           string
	Skills              []roleSkill
	Chosen              []string    // applicants who alone are compared
	Meant               []look.Link // of an occupation that nobody describes: those that are spelt nearly so
	Gone                string      // chosen, and not here any more
	AllURL              string      // the same with everybody
	Asked               bool
	Heads               []headView
	Rows                []matrixRow
	Gaps                []gapView
	LeftOut             string
	ExportURL           string
	Cut                 string // how many a file holds, where that is not all
	BackURL, NextURL    string
	Range               string
	Tray                *trayView
}

// roleSkill is a skill of the role as the form has it.
type roleSkill struct {
	N               int
	Term, Label     string
	Note            string // what it was read as
	Must            bool
	Weight          int
	Weights         []look.Choice
	MustAs, HeavyAs string // labels of its fields
	Drop            string
}

// headView is the head of a skill's column.
type headView struct{ Label, Kind, Holders string }

// matrixRow is an applicant against the skills.
type matrixRow struct {
	ID, URL, Title, Sub, Choose string
	Cells                       []cellView
	Must, Wish                  string
}

// cellView is how an applicant stands to a skill: a sign and a word, where it says so,
// and the badge below it.
type cellView struct {
	Class, Sign, Word string
	URL               string // of the evidence
	Whole             string // skill and applicant, for who does not see the column
	Small             []string
}

// gapView is a skill that some lack, and the badges that would close the gap.
type gapView struct {
	Skill, Lack string
	Badges      []string
}

// Bounds of the page.
const (
	maxChosen    = 20  // applicants who alone are compared
	maxRoleTitle = 100 // characters
	maxMeant     = 4   // occupations that one may have been meant for
	cellName     = 28
	gapName      = 80
)

// matchPage ranks applicants against a role.
func (h *handler) matchPage(a *asked) (*screen, error) {
	v := &matchView{RoleTitle: clipped(clean(a.p.Get("title")), maxRoleTitle)}
	s := &screen{name: "match", here: "/match", view: v}
	v.Nothing = a.p.Get("found") == "none"
	v.Tray = &trayView{Compare: "/compare", Keep: a.keepFields()}
	if len(a.p["a"]) > maxChosen {
		return nil, badRequest("more than %d applicants are chosen", maxChosen)
	}
	for _, id := range a.p["a"] {
		v.Chosen = append(v.Chosen, clean(id))
	}
	if len(list(a.p, "required"))+len(list(a.p, "wished")) == 0 && strings.TrimSpace(a.p.Get("occupation")) == "" {
		v.Heading, s.title = a.T("Who fits a role"), a.T("Match with a role")
		return s, nil
	}
	role, o, err := h.roleOf(a.p)
	v.RoleTitle = cmp.Or(v.RoleTitle, clipped(clean(role.Title), maxRoleTitle))
	var res *index.RoleResults
	if err == nil {
		res, err = h.ranked(a, role, o)
	}
	if v.Heading, s.title = a.T("Who fits this role"), a.T("Match with a role"); v.RoleTitle != "" {
		v.Heading, s.title = a.T("Who fits “%s”", v.RoleTitle), a.T("Match: %s", v.RoleTitle)
	}
	if err != nil {
		if v.Error = unmatched(a, err); v.Error == "" {
			return nil, err
		}
		s.status = http.StatusBadRequest
		v.Skills = rolesAs(a, role)
		if errors.Is(err, errNoOccupation) {
			for _, title := range o.Taxonomy.NearOccupations(a.p.Get("occupation"), maxMeant) {
				v.Meant = append(v.Meant, look.Link{Text: clean(title), URL: a.with("occupation", title)})
			}
		}
		return s, nil
	}
	if len(v.Chosen) > 0 {
		gone, err := h.only(a, res, o)
		if err != nil {
			return nil, err
		}
		if len(gone) > 0 {
			v.Gone = a.T("Not here, or not any more: %s.", strings.Join(gone, ", "))
		}
		v.AllURL = a.with("a", "")
	}
	h.seen(a, len(res.Applicants))
	have := haveOf(res)
	if len(v.Chosen) == 0 {
		have = h.haveIt(a, res, o)
	}
	h.matrix(a, v, res, have)
	return s, nil
}

// unmatched says why a role cannot be matched; "" where that is no fault of the role.
func unmatched(a *asked, err error) string {
	var syntax *query.SyntaxError
	var bad *requestError
	switch {
	case errors.As(err, &syntax):
		return a.T("The role cannot be read.") + " " + cmp.Or(a.problem(syntax), capital(clean(syntax.Problem))+".")
	case errors.Is(err, errNoOccupation):
		return a.T("No framework that is loaded describes the occupation.")
	case errors.Is(err, errLongSkill):
		return a.T("A skill is longer than %d characters.", maxValue)
	case errors.As(err, &bad):
		return a.T("The role cannot be read: %s.", clean(bad.Problem))
	case errors.Is(err, index.ErrCursor):
		return a.T("This page belongs to another role, or was asked for too long ago. Start again from the first.")
	}
	return ""
}

// rolesAs lists the skills of a role that was not matched, so that they can be mended.
func rolesAs(a *asked, role index.Role) []roleSkill {
	var list []index.RoleSkill
	for i, term := range slices.Concat(role.Required, role.Wished) {
		weight, ok := role.Weights[term]
		if !ok || weight < 1 || weight > index.MaxWeight {
			weight = index.MaxWeight
		}
		list = append(list, index.RoleSkill{Term: term, Label: term, ID: term, Required: i < len(role.Required), Weight: weight})
	}
	return skillRows(a, list[:min(len(list), index.MaxRoleSkills)])
}

func skillRows(a *asked, list []index.RoleSkill) []roleSkill {
	var out []roleSkill
	for i := range list {
		s := &list[i]
		r := roleSkill{N: i + 1, Term: s.Term, Label: clean(s.Label), Must: s.Required, Weight: s.Weight}
		if strings.Contains(r.Label, "://") && s.Label == s.Term {
			r.Label = clipped(r.Label, 2*cellName)
		}
		switch typed := clean(s.Term); {
		case s.ID == "":
			r.Note = a.T("in no framework: looked for as words")
		case s.Corrected:
			r.Note = a.T("“%s”, a typing error set right", typed)
		case !strings.EqualFold(typed, s.Label) && !strings.Contains(typed, "://"):
			r.Note = a.T("“%s”", typed)
		}
		for w := 1; w <= index.MaxWeight; w++ {
			r.Weights = append(r.Weights, look.Choice{Code: strconv.Itoa(w), Text: a.T("weight %d", w), On: w == s.Weight})
		}
		r.MustAs, r.HeavyAs, r.Drop = a.T("%s: must or wish", r.Label), a.T("%s: weight", r.Label), a.T("Take away %s", r.Label)
		out = append(out, r)
	}
	return out
}

// haveIt counts who has each skill; nil where that cannot be had, as it is a help only.
func (h *handler) haveIt(a *asked, res *index.RoleResults, o index.RoleOptions) []int {
	var plans []query.Plan
	for i := range res.Skills {
		strong, _, _ := query.Evidence(o.Taxonomy, res.Skills[i].Term, 1, 1)
		plans = append(plans, query.Plan{Root: strong, Include: []verdict.Result{verdict.Verified}, Now: o.Now.Unix(), Blind: a.blind()})
	}
	n, err := h.o.Engine.Count(a.Context(), a.caller.Tenant, plans)
	if err != nil || len(n) != len(plans) {
		return nil
	}
	return n
}

// haveOf counts who of those in the matrix has each skill.
func haveOf(res *index.RoleResults) []int {
	n := make([]int, len(res.Skills))
	for i := range res.Applicants {
		for k := range n {
			if res.Applicants[i].Skills[k].Standing == index.StandingHas {
				n[k]++
			}
		}
	}
	return n
}

// only puts the chosen applicants in the place of those whom the match ranks first, and
// gives those who are not here any more.
func (h *handler) only(a *asked, res *index.RoleResults, o index.RoleOptions) (gone []string, err error) {
	o.Blind = a.blind()
	res.Applicants, res.Cursor = nil, ""
	for _, id := range a.p["a"] {
		app, err := h.o.Engine.Get(a.Context(), a.caller.Tenant, id)
		if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrErased) {
			gone = append(gone, clean(id))
			continue
		}
		if err != nil {
			return nil, err
		}
		x := index.RoleApplicant{Hit: index.Hit{ID: app.ID, Application: app.Application, DisplayName: app.DisplayName, Job: app.Job, AppliedAt: app.AppliedAt}}
		if o.Blind {
			mask := record.MaskOf(app)
			x.Application, x.DisplayName, x.Job = app.Reference(mask), "", mask.Text(app.Job)
		}
		for i := range res.Skills {
			k, err := index.StandingTo(app, res.Skills[i].Term, o)
			if err != nil {
				return nil, err
			}
			switch required := res.Skills[i].Required; {
			case k.Standing == index.StandingHas && required:
				x.Required++
			case k.Standing == index.StandingHas:
				x.Wished++
			case k.Standing == index.StandingWeaker:
				x.Weaker++
			}
			x.Skills = append(x.Skills, k)
		}
		res.Applicants = append(res.Applicants, x)
	}
	res.Total = len(res.Applicants)
	a.hides().role(res)
	return gone, nil
}

// matrix fills the page with applicants against skills.
func (h *handler) matrix(a *asked, v *matchView, res *index.RoleResults, have []int) {
	v.Asked, v.Skills = true, skillRows(a, res.Skills)
	v.Sub = a.T("%d applicants show at least one of the skills, some only weakly", res.Total)
	if res.Total == 0 {
		v.Sub = a.T("nobody shows any of the skills")
	}
	if len(v.Chosen) > 0 {
		v.Sub = a.T("%d applicants, whom you chose", res.Total)
	}
	if n, err := strconv.Atoi(a.p.Get("left")); err == nil && n > 0 && n <= index.MaxAdvert {
		v.LeftOut = a.T("%d skills of the form are left out: more than a match takes.", n)
	}
	if res.LeftOut > 0 {
		v.LeftOut = a.T("%d skills of the occupation are left out: more than a match takes.", res.LeftOut)
	}
	must, wish := 0, 0
	for i := range res.Skills {
		s := &res.Skills[i]
		head := headView{Label: v.Skills[i].Label, Kind: a.T("wish, weight %d", s.Weight)}
		if wish++; s.Required {
			must, wish = must+1, wish-1
			head.Kind = a.T("must, weight %d", s.Weight)
		}
		if have != nil {
			head.Holders = a.T("%d hold it", have[i])
		}
		v.Heads = append(v.Heads, head)
		if g := gapOf(a, s, head.Label, res.Total, have, i); g != nil && slices.ContainsFunc(res.Applicants, func(x index.RoleApplicant) bool { return x.Skills[i].Standing != index.StandingHas }) {
			v.Gaps = append(v.Gaps, *g)
		}
	}
	for _, x := range res.Applicants {
		row := matrixRow{ID: x.Application, URL: recordURL(a, x.Application), Title: a.called(x.DisplayName, x.ID)}
		row.Choose = a.T("Choose %s", row.Title)
		sub := []string{}
		if job := jobOf(x.Job); job != "" {
			sub = append(sub, job)
		}
		if !x.AppliedAt.IsZero() {
			sub = append(sub, a.speaks.Month(x.AppliedAt))
		}
		row.Sub = strings.Join(sub, " · ")
		for i := range x.Skills {
			row.Cells = append(row.Cells, a.cellOf(&x.Skills[i], v.Heads[i].Label, row.Title, row.URL))
		}
		row.Must = a.T("%[1]d of %[2]d must", x.Required, must)
		var more []string
		if wish > 0 {
			more = append(more, a.T("%[1]d of %[2]d wish", x.Wished, wish))
		}
		if x.Weaker > 0 {
			more = append(more, a.T("%d weaker", x.Weaker))
		}
		row.Wish = strings.Join(more, ", ")
		v.Rows = append(v.Rows, row)
	}
	if a.caller.Rights.May(MayExport) && len(v.Chosen) == 0 {
		file := a.first()
		file.Del("size")
		file.Del("title")
		file.Del("left")
		file.Set("format", string(formCSV))
		v.ExportURL, v.Cut = to("/v1/match", file), h.heldOf(a, res.Total, min(maxMatch, h.o.Export))
	}
	v.BackURL, v.NextURL = a.paging(res.Cursor)
	if len(v.Chosen) > 0 {
		v.Range = a.T("in the order in which they were chosen")
		return
	}
	v.Range = a.T("%[1]d of %[2]d applicants, best first: the musts by weight, then the wishes, then who stands behind the badges", len(v.Rows), res.Total)
}

// gapOf names the badges that would close a gap, nil where nobody lacks the skill.
func gapOf(a *asked, s *index.RoleSkill, label string, total int, have []int, i int) *gapView {
	g := &gapView{Skill: label}
	if have != nil {
		lack := max(total-have[i], 0)
		if lack == 0 {
			return nil
		}
		g.Lack = a.T("%[1]d of %[2]d", lack, total)
	}
	for _, b := range s.Badges[:min(len(s.Badges), maxGapBadges)] {
		name := clipped(clean(b.Name), gapName)
		if b.IssuerName != "" {
			name = a.T("%[1]s, by %[2]s", name, clipped(a.byOf(b.IssuerName, "").text(), gapName))
		}
		g.Badges = append(g.Badges, name) // how many hold it is known of the first only
	}
	return g
}

// cellOf shows how an applicant stands to a skill.
func (a *asked) cellOf(s *index.RoleStanding, skill, whose, url string) cellView {
	c := cellView{Class: "c-no", Sign: "lack", Word: a.T("lacks"), Whole: ": " + skill + ", " + whose}
	m := s.Match
	if m == nil {
		m = s.Instead
	}
	if m == nil {
		return c
	}
	c.URL = anchor(url, m.Credential)
	name := clipped(clean(m.Name), cellName)
	if !m.Earned.IsZero() {
		name = strings.TrimPrefix(name+", "+strconv.Itoa(m.Earned.UTC().Year()), ", ")
	}
	state := stateOf(m.Status, m.Reason, m.Standing)
	switch {
	case s.Standing == index.StandingHas:
		c.Class, c.Sign, c.Word = "c-has", "ok", a.T("has")
		if !m.Basis.Exact() {
			c.Small = append(c.Small, a.T("by name"))
		}
	case s.Standing == index.StandingWeaker && m.Status == verdict.Pending:
		c.Class, c.Sign, c.Word = "c-wait", "wa", a.T("waiting")
	case s.Standing == index.StandingWeaker:
		c.Class, c.Sign, c.Word = "c-weak", "half", a.T("weaker")
		c.Small = append(c.Small, a.T("only words of the badge"))
		if m.Status != verdict.Verified {
			c.Small[0] = a.T(state.Word())
		}
	case m.Status == verdict.Expired:
		c.Class, c.Sign, c.Word = "c-old", "old", a.T("over")
		if !m.Expires.IsZero() {
			c.Small = append(c.Small, a.T("ended %s", a.speaks.Month(m.Expires)))
		}
	default:
		c.Class, c.Sign, c.Word = "c-rel", "rel", a.T("related")
	}
	c.Small = append(c.Small, name)
	if m.Resembles != "" {
		c.Small = append(c.Small, a.T(m.Resembles.Words()))
	}
	return c
}

// anchor is the address of the evidence of a credential on its record.
func anchor(record string, credential int) string { return record + "#b" + strconv.Itoa(credential+1) }

// matchForm takes the form of the role: what it says becomes an address that can be
// shared. An advert is read here and not kept.
func (h *handler) matchForm(a *asked, posted url.Values) (*screen, error) {
	p := a.keep()
	if len(posted["s"]) > index.MaxRoleSkills || len(posted["k"]) != len(posted["s"]) || len(posted["w"]) != len(posted["s"]) {
		return nil, badRequest("the form is not of a role of at most %d skills", index.MaxRoleSkills)
	}
	add := func(must bool, term string, weight string) {
		name := "wished"
		if must {
			name = "required"
		}
		if n, err := strconv.Atoi(weight); err == nil && n >= 1 && n < index.MaxWeight {
			term += "^" + weight
		}
		if !slices.Contains(p[name], term) {
			p.Add(name, term)
		}
	}
	drop, err := strconv.Atoi(cmp.Or(posted.Get("drop"), "0"))
	if err != nil {
		return nil, badRequest("drop is no number")
	}
	for i, term := range posted["s"] {
		if i+1 != drop {
			add(posted["k"][i] == "must", term, posted["w"][i])
		}
	}
	left := 0 // skills that are not taken
	if drop == 0 {
		for _, term := range list(posted, "add") {
			add(true, term, "")
		}
		if text := posted.Get("advert"); len(text) > index.MaxAdvert {
			return nil, badRequest("the advert is longer than %d bytes", index.MaxAdvert)
		} else if strings.TrimSpace(text) != "" {
			end, ok := h.adverts.begin(a.caller.Tenant + "/" + a.caller.Name)
			if !ok {
				return nil, errManyAsk
			}
			defer end()
			role, err := index.ReadAdvert(a.Context(), h.o.Taxonomy(), text)
			if err != nil {
				return nil, err
			}
			left += role.LeftOut
			for _, term := range role.Required {
				add(true, term, "")
			}
			for _, term := range role.Wished {
				add(false, term, "")
			}
			if len(role.Required)+len(role.Wished) == 0 {
				p.Set("found", "none")
			}
		}
		if name := strings.TrimSpace(posted.Get("occupation")); name != "" {
			p.Set("occupation", name)
		}
	}
	if title := strings.TrimSpace(posted.Get("title")); title != "" && !p.Has("occupation") {
		p.Set("title", clipped(title, maxRoleTitle))
	}
	for _, name := range []string{"required", "wished", "occupation"} {
		for _, v := range p[name] {
			if utf8.RuneCountInString(v) > maxValue {
				return nil, badRequest("a skill is longer than %d characters", maxValue)
			}
		}
		if n := len(p[name]) - maxChoices; n > 0 {
			left, p[name] = left+n, p[name][:maxChoices]
		}
	}
	if left > 0 {
		p.Set("left", strconv.Itoa(left))
	}
	for _, id := range posted["a"] {
		p.Add("a", id)
	}
	a.see("/match", p)
	return nil, nil
}

// roleMoved sends whoever asks for the address of before to the one of now.
func roleMoved(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, (&url.URL{Path: "/match", RawQuery: r.URL.RawQuery}).String(), http.StatusPermanentRedirect)
}
