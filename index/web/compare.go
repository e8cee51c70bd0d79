package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/index/web/look"
	"assay/verify/verdict"
)

// compareView is what the template "compare" takes.
type compareView struct {
	Heading      string
	Problem      string // why there are fewer applicants than were asked for, or none
	People       []personView
	Kinds        []comparedKind
	All, Differ  look.Link
	Left         int // skills that are left out
	MatchURL     string
	Region, Back string
}

// personView is one of the applicants: a profile and figures.
type personView struct {
	N                int
	URL, Title, Sub  string
	Without, Dropped string // address and label of the way without this one
	Profile          profileView
	Facts            []field
}

// comparedKind is a group of skills, of one kind.
type comparedKind struct {
	Name    string
	Columns int
	Rows    []comparedRow
}

// comparedRow is a skill, and what each applicant shows of it.
type comparedRow struct {
	Label string
	Cells []comparedCell
	kind  kind
}

type comparedCell struct {
	Whose  string
	Badges []comparedBadge
	More   int
}

// comparedBadge is a badge in a cell, which leads to its evidence.
type comparedBadge struct {
	State     look.State
	URL, Name string
	By        issuerView
	When      string
}

// Bounds of a comparison.
const (
	maxBeside      = 4
	maxComparedRow = 150 // skills
	maxInCell      = 3   // badges
)

// comparePage shows up to four applicants side by side.
func (h *handler) comparePage(a *asked) (*screen, error) {
	v := &compareView{Back: to("/", a.keep())}
	s := &screen{name: "compare", here: "/", view: v}
	only := a.p.Get("only")
	if a.p.Has("only") && only != "differences" {
		return nil, badRequest("only=%.32q is not differences", only)
	}
	ids := slices.Compact(slices.Clone(a.p["a"]))
	if len(ids) > maxBeside {
		v.Heading = a.T("Too many to stand side by side")
		v.Problem = a.T("%[1]d applicants are chosen; up to %[2]d fit beside each other. Take some away, or match them all with a role.", len(ids), maxBeside)
		p := a.first()
		p.Del("only")
		p["a"] = ids[:min(len(ids), maxChosen)]
		v.MatchURL = to("/match", p)
		s.status, s.title = http.StatusBadRequest, v.Heading
		return s, nil
	}
	var people []*shown
	var gone []string
	for _, id := range ids {
		app, err := h.recordOf(a, id)
		switch {
		case errors.Is(err, index.ErrNotFound), errors.Is(err, index.ErrErased):
			gone = append(gone, clean(id))
			continue
		case err != nil:
			return nil, err
		}
		if !slices.ContainsFunc(people, func(p *shown) bool { return p.ID == app.ID }) {
			people = append(people, app)
		}
	}
	h.compare(a, v, people, only != "")
	if len(gone) > 0 {
		v.Problem = a.T("Not here, or not any more: %s.", strings.Join(gone, ", "))
		s.status = http.StatusNotFound
	}
	s.title = v.Heading
	return s, nil
}

func (h *handler) compare(a *asked, v *compareView, people []*shown, differ bool) {
	now, t := h.o.Now(), a.speaks
	switch len(people) {
	case 0:
		v.Heading = a.T("Nobody to compare yet")
		return
	case 1:
		v.Heading = a.T("One applicant, and nobody beside")
	default:
		v.Heading = a.T("%d applicants, side by side", len(people))
	}
	v.Region = a.T("Skills of %d applicants", len(people))
	v.All = look.Link{Text: a.T("All skills"), URL: a.with("only", ""), On: !differ}
	v.Differ = look.Link{Text: a.T("Only where they differ"), URL: a.with("only", "differences"), On: differ}
	at := map[string]int{}
	var rows []comparedRow
	for n, app := range people {
		p := personView{N: n + 1, URL: recordURL(a, app.Application.Application), Title: a.called(app.DisplayName, app.ID), Sub: jobOf(app.Job)}
		p.Without, p.Dropped = a.without("a", a.asID(app)), a.T("Take away %s", p.Title)
		shows := shownBy(t, app, now)
		p.Profile = shows.picture(t, "kinds"+t.Number(n+1), p.Title)
		b := app.breadth(now.Unix())
		p.Facts = slices.Concat([]field{{a.T("Verified badges"), t.Number(record.CountsAt(app.whole, now.Unix()).Verified)}, {a.T("Issuers"), t.Number(b.Issuers)}, {a.T("Skills proven"), t.Number(b.Skills)}}, breadthPairs(a, &b)[4:])
		v.People = append(v.People, p)
		for i := range app.Claims {
			rows = h.compareClaim(a, rows, at, app, i, n, p.URL, now)
		}
	}
	for i := range rows {
		for n := range rows[i].Cells {
			slices.SortStableFunc(rows[i].Cells[n].Badges, func(x, y comparedBadge) int {
				return slices.Index(look.States(), x.State) - slices.Index(look.States(), y.State)
			})
		}
		for n := len(rows[i].Cells); n < len(people); n++ {
			rows[i].Cells = append(rows[i].Cells, comparedCell{})
		}
		for n := range rows[i].Cells {
			rows[i].Cells[n].Whose = v.People[n].Title
		}
	}
	if differ {
		rows = slices.DeleteFunc(rows, func(r comparedRow) bool { return !r.differs() })
	}
	if len(rows) > maxComparedRow {
		v.Left, rows = len(rows)-maxComparedRow, rows[:maxComparedRow]
	}
	for i := range rows { // the best stay, whichever came first
		for n := range rows[i].Cells {
			if c := &rows[i].Cells[n]; len(c.Badges) > maxInCell {
				c.More, c.Badges = len(c.Badges)-maxInCell, c.Badges[:maxInCell]
			}
		}
	}
	for k := range kinds {
		g := comparedKind{Name: a.T(kindNames[k].name), Columns: len(people) + 1}
		for _, r := range rows {
			if r.kind == k {
				g.Rows = append(g.Rows, r)
			}
		}
		if len(g.Rows) > 0 {
			v.Kinds = append(v.Kinds, g)
		}
	}
}

// asID gives the name by which the address asked for an application.
func (a *asked) asID(app *shown) string {
	for _, id := range a.p["a"] {
		if id == app.whole.Application || id == app.ID {
			return id
		}
	}
	return ""
}

// compareClaim puts a claim of applicant n where its skill stands.
func (h *handler) compareClaim(a *asked, rows []comparedRow, at map[string]int, app *shown, claim, n int, url string, now time.Time) []comparedRow {
	c := &app.Claims[claim]
	if c.Label == "" {
		return rows
	}
	key := skillKey(c.ID, c.Label)
	i, ok := at[key]
	if !ok {
		i = len(rows)
		at[key] = i
		rows = append(rows, comparedRow{Label: clean(c.Label), kind: kindOf(c)})
	}
	r := &rows[i]
	for len(r.Cells) <= n {
		r.Cells = append(r.Cells, comparedCell{})
	}
	cell := &r.Cells[n]
	d := &app.Credentials[c.Credential].Verdict
	b := comparedBadge{State: badgeState(d, now), URL: anchor(url, c.Credential), Name: clean(d.Credential.Name), By: a.issuerOf(d), When: a.spanOf(d, now)}
	if b.Name == "" {
		b.Name = a.T("A badge without a name")
	}
	if slices.ContainsFunc(cell.Badges, func(x comparedBadge) bool { return x.URL == b.URL }) {
		return rows // of one skill twice
	}
	cell.Badges = append(cell.Badges, b)
	return rows
}

// differs reports whether the applicants do not stand alike to the skill.
func (r *comparedRow) differs() bool {
	best := func(c *comparedCell) int {
		least := len(look.States())
		for _, b := range c.Badges {
			least = min(least, slices.Index(look.States(), b.State))
		}
		return least
	}
	for i := range r.Cells {
		if best(&r.Cells[i]) != best(&r.Cells[0]) {
			return true
		}
	}
	return false
}

// spanOf gives the months of a badge.
func (a *asked) spanOf(d *verdict.Verdict, now time.Time) string {
	from, end := d.Credential.Issued, d.Credential.Expires
	switch t := a.speaks; {
	case !end.IsZero() && !end.After(now):
		return a.T("ended %s", t.Month(end))
	case a.hides().dates:
		return ""
	case from.IsZero() && end.IsZero():
		return a.T("no date")
	case from.IsZero():
		return a.T("runs out %s", t.Month(end))
	case end.IsZero():
		return a.T("%s, no end", t.Month(from))
	default:
		return a.T("%[1]s to %[2]s", t.Month(from), t.Month(end))
	}
}
