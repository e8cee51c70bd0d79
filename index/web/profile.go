package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/index/record"
	"assay/index/skills"
	"assay/index/web/look"
	"assay/verify/verdict"
)

// kind is a kind of skill, as the profile tells them apart.
type kind int

const (
	kindSoft kind = iota
	kindTrade
	kindCare
	kindLanguage
	kindOffice
	kindIT
	kindOther
	kinds
)

// kindNames are the kinds' names, and what stands of them under a narrow column.
var kindNames = [kinds]struct{ name, short string }{
	{msg("Soft skills"), msg("Soft")}, {msg("Trade and machines"), msg("Trade")}, {msg("Care and health"), msg("Care")}, {msg("Languages"), msg("Lang.")},
	{msg("Office and business"), msg("Office")}, {msg("Computing"), msg("IT")}, {msg("Other skills"), msg("Other")},
}

// kindsOf sorts the divisions of ESCO, by the words that begin them.
var kindsOf = []struct {
	kind   kind
	starts []string
}{
	{kindSoft, []string{"social and communication", "life skills", "generic programmes", "work_style"}},
	{kindTrade, []string{"engineering", "working with machinery", "handling and moving", "constructing", "agriculture"}},
	{kindCare, []string{"assisting and caring", "health and welfare"}},
	{kindLanguage, []string{"languages"}},
	{kindOffice, []string{"business", "management skills", "information skills", "communication, collaboration", "education", "social sciences"}},
	{kindIT, []string{"information and communication technologies", "working with computers"}},
}

func kindOf(c *record.Claim) kind {
	if c.Soft != "" {
		return kindSoft
	}
	domain := strings.ToLower(c.Domain)
	for _, k := range kindsOf {
		if slices.ContainsFunc(k.starts, func(s string) bool { return strings.HasPrefix(domain, s) }) {
			return k.kind
		}
	}
	if c.Framework == skills.ONET && strings.HasSuffix(domain, "software") {
		return kindIT
	}
	return kindOther
}

// unit is what a badge shows of a skill, as a diamond: full, open, or dashed.
type unit int

const (
	unitExact unit = iota
	unitName       // read from its name
	unitOver       // its time is over
	units
)

var unitClasses = [units]string{"u1", "u0", "u-old"}

// tally counts badges by what they show.
type tally [units]int

func (n tally) words(t *look.Tongue) string {
	var out []string
	for i, say := range []func(int) string{
		func(n int) string { return t.T("%d exact", n) }, func(n int) string { return t.T("%d by name", n) }, func(n int) string { return t.T("%d over", n) },
	} {
		if n[i] > 0 {
			out = append(out, say(n[i]))
		}
	}
	if len(out) == 0 {
		return t.T("none")
	}
	return strings.Join(out, ", ")
}

// list gives the classes of the first diamonds, and how many are beyond.
func (n tally) list(most int) (classes []string, more int) {
	for i, count := range n {
		for range count {
			if len(classes) < most {
				classes = append(classes, unitClasses[i])
			} else {
				more++
			}
		}
	}
	return classes, more
}

// profileView is a picture of the kinds of skill that badges show: a column for each,
// of as many diamonds as badges.
type profileView struct {
	ID          string
	Title, Desc string
	Columns     []columnView
}

type columnView struct {
	X, Name string
	Empty   bool
	Marks   []markView
	More    string
}

type markView struct {
	Class string
	Y     int
}

// unitView is a diamond in a row.
type unitView struct{ Class, D string }

// maxStack is how many diamonds stand on each other or beside each other.
const maxStack = 5

// proven is what an applicant's badges show, by skill.
type proven struct {
	kinds [kinds]tally
	rows  []skillRow
}

// skillRow is a skill and how well it is proven.
type skillRow struct {
	kind                      kind
	over                      bool // every badge of it
	Label, Level              string
	tally                     tally
	Units                     []unitView
	UnitsWords, More          string
	Issuers                   int
	Newest, NextExpiry, Ended string
}

// kindView is a group of the table of skills.
type kindView struct {
	Name string
	Rows []skillRow
}

// shownBy works out what an applicant proves now, and what badges proved whose time is
// over.
func shownBy(t *look.Tongue, app *shown, now time.Time) *proven {
	p := &proven{}
	depth := app.depth(now.Unix())
	at := map[string]int{} // rows by skill
	var frameworks []string
	for i := range depth {
		d := &depth[i]
		r := skillRow{kind: kindOther, Label: clean(d.Label), Level: clean(d.Level), Issuers: d.Issuers}
		if !d.Last.IsZero() {
			r.Newest = t.Month(d.Last)
		}
		if !d.NextExpiry.IsZero() {
			r.NextExpiry = t.Month(d.NextExpiry)
		}
		at[skillKey(d.ID, d.Label)] = len(p.rows)
		p.rows, frameworks = append(p.rows, r), append(frameworks, d.Framework)
	}
	ended := map[int]time.Time{}
	issuers := map[[2]string]bool{}
	best := map[[2]int]unit{} // of a row's or kind's badge
	for i := range app.Claims {
		c := &app.Claims[i]
		status := record.EffectiveStatus(c, now.Unix())
		if c.Label == "" || status != verdict.Verified && status != verdict.Expired {
			continue
		}
		row, ok := at[skillKey(c.ID, c.Label)]
		if !ok && len(c.Ancestors) > 0 { // another framework's name for one that is there
			row, ok = at[skillKey(c.Ancestors[0], "")]
			ok = ok && frameworks[row] != c.Framework
		}
		if !ok {
			row = len(p.rows)
			at[skillKey(c.ID, c.Label)] = row
			p.rows, frameworks = append(p.rows, skillRow{Label: clean(c.Label), over: true}), append(frameworks, c.Framework)
		}
		p.rows[row].kind = kindOf(c)
		if r := &p.rows[row]; r.over { // nothing of it counts now: what it was
			r.Level = skills.BetterLevel(r.Level, clean(c.Level))
			if by := [2]string{strconv.Itoa(row), c.Issuer}; !issuers[by] {
				issuers[by] = true
				r.Issuers++
			}
		}
		u := unitName
		switch {
		case status == verdict.Expired:
			u = unitOver
			if c.Expires.After(ended[row]) {
				ended[row] = c.Expires
			}
		case c.Basis.Exact():
			u = unitExact
		}
		for place, x := range [2]int{row, int(p.rows[row].kind)} {
			k := [2]int{place<<30 | x, c.Credential}
			was, had := best[k]
			if had && was <= u {
				continue
			}
			sum := &p.rows[row].tally
			if place == 1 {
				sum = &p.kinds[x]
			}
			if had {
				sum[was]--
			}
			sum[u]++
			best[k] = u
		}
	}
	for i := range p.rows {
		r := &p.rows[i]
		if r.NextExpiry == "" && r.tally[unitExact]+r.tally[unitName] == 0 && !ended[i].IsZero() {
			r.Ended = t.T("ended %s", t.Month(ended[i]))
		}
		var more int
		var classes []string
		classes, more = r.tally.list(maxStack)
		for n, class := range classes {
			x := 7 + 16*n
			r.Units = append(r.Units, unitView{class, "M" + strconv.Itoa(x) + " 1 " + strconv.Itoa(x+6) + " 7 " + strconv.Itoa(x) + " 13 " + strconv.Itoa(x-6) + " 7z"})
		}
		if r.UnitsWords = r.tally.words(t); more > 0 {
			r.More = "+" + t.Number(more)
		}
	}
	return p
}

func skillKey(id, label string) string {
	if id != "" {
		return id
	}
	return "label:" + cmp.Or(skills.Folded(label), label)
}

// table gives the skills by kind.
func (p *proven) table(t *look.Tongue) []kindView {
	var out []kindView
	for k := range kinds {
		v := kindView{Name: t.T(kindNames[k].name)}
		for _, r := range p.rows {
			if r.kind == k {
				v.Rows = append(v.Rows, r)
			}
		}
		if len(v.Rows) > 0 {
			out = append(out, v)
		}
	}
	return out
}

// picture draws the kinds. whose is the applicant's title where there are several on a
// page.
func (p *proven) picture(t *look.Tongue, id, whose string) profileView {
	v := profileView{ID: id, Title: t.T("Profile: badges by kind of skill")}
	if whose != "" {
		v.Title = t.T("Profile of %s: badges by kind of skill", whose)
	}
	var desc []string
	for k := range kinds {
		n := p.kinds[k]
		name := t.T(kindNames[k].name)
		desc = append(desc, name+": "+n.words(t))
		c := columnView{X: percent(100 * (float64(k) + 0.5) / float64(kinds)), Name: t.T(kindNames[k].short), Empty: n == tally{}}
		classes, more := n.list(maxStack)
		if more > 0 { // its number takes the place of one
			classes, more = classes[:maxStack-1], more+1
			c.More = "+" + t.Number(more)
		}
		for i, class := range classes {
			c.Marks = append(c.Marks, markView{class, 69 - 16*i})
		}
		v.Columns = append(v.Columns, c)
	}
	v.Desc = strings.Join(desc, "; ") + "."
	return v
}
