package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// applicantView is the data of templates/applicant.html.
type applicantView struct {
	top
	Title, Sub          string
	Blind, Hidden       bool
	BlindURL, ExportURL string
	PlaceURL            string // of the application in the hiring system
	Timeline            *timeline
	Credentials         []credentialView
	None                string // in place of badges
	Unread              []string
	Links               []linksView
	Proven              []provenView
	Depth               []depthRow
	Breadth             []pair
}

type pair struct{ Name, Value string }

type top struct {
	Home string // query that keeps the tenant and the names, "" or "?tenant=…"
	Here string
}

type seal struct{ Class, Word string }

// Says is what a seal means, in a sentence.
func (s seal) Says() string { return sealWords[s.Word] }

var sealWords = map[string]string{
	"verified":    "Unaltered, in date, not taken back, this applicant’s own, and somebody known stands behind the issuer.",
	"expired":     "A real badge whose time is over. It was right until the day shown.",
	"unvouched":   "Unaltered, but nobody stands behind the issuer: anybody can make such a badge. It proves nothing yet.",
	"authentic":   "A real badge, but nothing ties it to this applicant. It may be somebody else’s.",
	namesAnother:  "A real badge sent to an address that the applicant has not given. Perhaps their other one: ask.",
	"pending":     "Nothing speaks against it. A server that must be asked does not answer; it is asked again.",
	"unsupported": "A form of credential that assay does not judge.",
}

type aspectView struct {
	State verdict.State
	Word  string
	Words string // the verdict's own: the question and its answer
}

type credentialView struct {
	Number   int
	Name     string
	Seal     seal
	Sub      string
	Issuer   string // id
	Alone    bool   // the issuer has issued to this applicant only
	Aspects  []aspectView
	Reason   string
	Passed   string // what the good answers rest on
	Details  []string
	Notes    []string // warnings: what is not as it should be, and speaks for nothing
	Skills   []string
	Where    string
	Evidence string
}

// linksView are links that led to no badge, of one reason.
type linksView struct {
	Text string // how many, why, and what comes of it
	URLs []string
	More int
}

type provenView struct {
	Title string
	Chips []provenChip
}

type provenChip struct {
	Label, Basis string
	Count        int
}

// depthRow is a line of the table of skills: how well each is proven.
type depthRow struct {
	Label, Basis, Credentials, Issuers, Level, First, Last, NextExpiry string
}

// timeline draws when each credential was earned and until when it holds.
type timeline struct {
	Label                        string
	Height, Bottom, TextY, Today int
	Years                        []struct{ X, Year int }
	Bars                         []bar
}

type bar struct {
	Name               string
	X, Y, Width, TextY int
	Good               bool
}

// maxCredentials bounds what one page shows, maxLinks what of links of one reason.
const (
	maxCredentials = 200
	maxLinks       = 20
)

func (h *handler) applicantPage(a *asked) (string, int, any, error) {
	app, err := h.record(a)
	if err != nil {
		return "", 0, nil, err
	}
	now := h.o.Now()
	v := applicantView{top: topOf(a, ""), Blind: a.blind(), Sub: subLine(app.Job, app.AppliedAt, now), BlindURL: blindURL(a)}
	v.Title = title(v.Blind, app.DisplayName, app.ID)
	if !app.CheckedAt.IsZero() {
		v.Sub += " · checked " + ago(app.CheckedAt, now)
	}
	v.PlaceURL = h.placeOf(app.ID, app.Application.Application)
	v.ExportURL = to("/v1/applications/"+app.Application.Application, a.keep())
	for i, c := range app.Credentials[:min(len(app.Credentials), maxCredentials)] {
		v.Credentials = append(v.Credentials, h.credentialOf(app.Application, i, c, now))
	}
	holders := h.holders(a, app.whole)
	for i := range v.Credentials {
		v.Credentials[i].Alone = holders[app.whole.Credentials[i].Verdict.Credential.Issuer.ID] == 1
	}
	v.Timeline = timelineOf(app.Application, now)
	v.Unread = h.unreadOf(app.Unread)
	v.Links = h.linksOf(app.NotFollowed)
	v.None = nothing(app.Application)
	v.Hidden = app.hidden()
	v.Proven, v.Depth = h.provenOf(app, now)
	b := app.breadth(now.Unix())
	v.Breadth = []pair{{"Skills", strconv.Itoa(b.Skills)}, {"Soft skills", strconv.Itoa(b.SoftSkills)}, {"Domains", strconv.Itoa(b.Domains)},
		{"Credentials", strconv.Itoa(b.Credentials)}, {"Issuers", strconv.Itoa(b.Issuers)}, {"Years in a row", strconv.Itoa(b.Years)},
		{"First", monthOrDash(b.First)}, {"Newest", monthOrDash(b.Last)}, {"Next expiry", monthOrDash(b.NextExpiry)}}
	return "applicant", http.StatusOK, v, nil
}

// linksOf gathers links that led to no badge by their reasons.
func (h *handler) linksOf(links []record.Link) []linksView {
	type kind struct {
		reason  string
		pending bool
	}
	var order []kind
	counts, urls := map[kind]int{}, map[kind][]string{}
	for _, l := range links {
		k := kind{l.Reason, l.Pending}
		if counts[k] == 0 {
			order = append(order, k)
		}
		counts[k] += 1 + l.More
		if l.URL != "" && len(urls[k]) < maxLinks {
			urls[k] = append(urls[k], clean(l.URL))
		}
	}
	var out []linksView
	for _, k := range order {
		v := linksView{Text: plural(counts[k], "link") + ": " + cmp.Or(h.o.Link(k.reason), capital(words(k.reason))+"."), URLs: urls[k]}
		if k.pending {
			v.Text += " Asked again later."
		}
		if len(v.URLs) > 0 {
			v.More = counts[k] - len(v.URLs)
		}
		out = append(out, v)
	}
	return out
}

// nothing says of an application without a badge how far that is known.
func nothing(a *record.Application) string {
	all, pending := a.LinksOf()
	switch {
	case pending > 0:
		return "No badge was found yet: " + plural(pending, "link") + " that may lead to one could not be asked, and " + isAre(pending) + " asked again."
	case all > 0:
		return "No badge was found in what was read; " + plural(all, "link") + " led to none, or " + wasWere(all) + " not followed."
	case len(a.Unread) > 0:
		return "No badge was found in what could be read."
	}
	return "No badge was found in this application."
}

// fewUnread parts of one reason are listed by themselves; of more, so many are.
const fewUnread = 3

// unreadOf gives a line for each part that was not read, and one for many that
// were not for one reason.
func (h *handler) unreadOf(unread []record.Unread) (lines []string) {
	for _, group := range record.UnreadGroups(unread) {
		why := cmp.Or(h.o.Unread(group[0].Reason), words(group[0].Reason))
		if d := group[0].Detail; d != "" {
			why += " (" + clean(d) + ")"
		}
		var where []string
		for _, u := range group[:min(len(group), fewUnread)] {
			where = append(where, clean(u.Where))
		}
		if more := len(group) - fewUnread; more > 0 {
			lines = append(lines, strings.Join(where, ", ")+" and "+strconv.Itoa(more)+" more: "+why)
			continue
		}
		for _, w := range where {
			lines = append(lines, w+": "+why)
		}
	}
	return lines
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

func (h *handler) credentialOf(app *record.Application, i int, c record.Credential, now time.Time) credentialView {
	d := c.Verdict
	v := credentialView{Number: i + 1, Name: cmp.Or(clean(d.Credential.Name), "A badge without a name"), Where: clean(c.Where)}
	result, expired := d.Result, false
	if !d.Credential.Expires.IsZero() && !d.Credential.Expires.After(now) && good(result) {
		result, expired = verdict.Expired, true
	}
	v.Seal = sealOf(result)
	if result == verdict.Authentic && d.Reason == verdict.RecipientMismatch {
		v.Seal.Word = namesAnother
	}
	v.Issuer = clean(d.Credential.Issuer.ID)
	sub := []string{cmp.Or(clean(record.ShownIssuer(&d)), "an unnamed issuer")}
	if !d.Credential.Issued.IsZero() {
		sub = append(sub, "earned "+month(d.Credential.Issued))
	}
	if e := d.Credential.Expires; !e.IsZero() {
		word := "expires "
		if !e.After(now) {
			word = "expired "
		}
		sub = append(sub, word+month(e))
	}
	sub = append(sub, formatName(d.Format))
	if d.Proof != "" {
		sub = append(sub, d.Proof)
	}
	v.Sub = strings.Join(sub, " · ")
	for q, a := range d.Aspects.Each() {
		v.Aspects = append(v.Aspects, aspectView{a.State, aspectWord(q, a.State), q.Words() + " " + capital(cmp.Or(a.State, verdict.None).Words()) + "."})
		if a.Detail != "" && a.State != verdict.Pass {
			v.Details = append(v.Details, clean(a.Detail))
		}
		for _, e := range a.Evidence {
			if v.Evidence == "" && e.SHA256 != "" {
				v.Evidence = "sha256 " + e.SHA256[:min(12, len(e.SHA256))]
			}
		}
	}
	switch {
	case expired:
		v.Reason = "It ran out on " + d.Credential.Expires.UTC().Format("2 January 2006") + ", after it was checked. It proves nothing any more."
	case d.Reason != "" && result != verdict.Verified:
		v.Reason = sentence(d.Reason)
		if result == verdict.Pending {
			v.Reason += " It will be asked again."
		}
	}
	if !expired {
		v.Passed = passed(&d)
	}
	if words := d.Unconfirmed.Words(); words != "" && !good(d.Result) {
		v.Notes = append(v.Notes, clean(words))
	}
	for _, w := range d.Warnings {
		if w == verdict.WarnCertificate {
			if words := record.CertificateWords(&d, h.o.Taxonomy()); words != "" {
				v.Notes = append(v.Notes, clean(words))
				continue
			}
		}
		v.Notes = append(v.Notes, cmp.Or(w.Words(), capital(words(string(w)))+"."))
	}
	for _, claim := range app.Claims {
		if claim.Credential == i && claim.Label != "" {
			label := clean(claim.Label)
			if claim.Level != "" {
				label += ", " + clean(claim.Level)
			}
			v.Skills = append(v.Skills, label+" · "+basisOf(h.o.Taxonomy(), claim.Basis, cmp.Or(claim.Framework, claim.Named), claim.ID, d.Credential.Name))
		}
	}
	return v
}

func good(r verdict.Result) bool { return r == verdict.Verified || r == verdict.Authentic }

// aspectWords are what a chip says of each aspect when it passes, fails, is
// unknown and is none.
var aspectWords = map[verdict.Question][4]string{
	verdict.Integrity:   {"unchanged", "not what was signed", "not compared yet", "nothing to compare"},
	verdict.Issuer:      {"issuer's own key", "not the issuer's", "issuer not proven", "names no issuer"},
	verdict.Status:      {"not revoked", "revoked or suspended", "status not known", "names no status list"},
	verdict.Dates:       {"in date", "out of date", "dates not known", "names no dates"},
	verdict.Recipient:   {"applicant's own", "somebody else's", "holder not known", "names no holder"},
	verdict.Standing:    {"somebody stands behind the issuer", "issuer blocked", "nobody stands behind the issuer", "not asked who stands behind the issuer"},
	verdict.Conformance: {"conformant", "breaks its specification", "conformance not known", "not held to a specification"},
}

func aspectWord(q verdict.Question, s verdict.State) string {
	w := aspectWords[q]
	switch s {
	case verdict.Pass:
		return w[0]
	case verdict.Fail:
		return w[1]
	case verdict.Unknown:
		return w[2]
	}
	return w[3]
}

func timelineOf(app *record.Application, now time.Time) *timeline {
	const left, right, most = 170, 750, 12
	type span struct {
		name     string
		from, to time.Time
		good     bool
	}
	var spans []span
	first, last := now, now.AddDate(0, 6, 0)
	for _, c := range app.Credentials {
		cr := c.Verdict.Credential
		if cr.Issued.IsZero() || cr.Issued.Year() < 1990 || len(spans) == most {
			continue
		}
		s := span{clean(cr.Name), cr.Issued, cr.Expires, c.Verdict.Result == verdict.Verified || c.Verdict.Result == verdict.Authentic}
		if s.to.IsZero() || s.to.After(now.AddDate(3, 0, 0)) {
			s.to = now.AddDate(3, 0, 0)
		}
		if s.from.Before(first) {
			first = s.from
		}
		if s.to.After(last) {
			last = s.to
		}
		spans = append(spans, s)
	}
	if len(spans) == 0 || !last.After(first) {
		return nil
	}
	slices.SortStableFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	x := func(t time.Time) int {
		return left + int(float64(right-left)*t.Sub(first).Seconds()/last.Sub(first).Seconds())
	}
	t := &timeline{Bottom: 24 + 32*len(spans), Today: x(now)}
	t.TextY, t.Height = t.Bottom+16, t.Bottom+22
	t.Label = fmt.Sprintf("Timeline of credentials %d to %d", first.Year(), last.Year())
	step := max(1, (last.Year()-first.Year())/6)
	for y := first.Year() + 1; y <= last.Year(); y += step {
		t.Years = append(t.Years, struct{ X, Year int }{x(time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)), y})
	}
	for i, s := range spans {
		name := []rune(s.name)
		if len(name) > 24 {
			name = append(name[:23], '…')
		}
		y := 28 + 32*i
		t.Bars = append(t.Bars, bar{Name: string(name), X: x(s.from), Width: max(6, x(s.to)-x(s.from)), Y: y, TextY: y + 11, Good: s.good})
	}
	return t
}

// provenOf lists what the applicant can prove now, soft skills first, and how
// well.
func (h *handler) provenOf(app *shown, now time.Time) ([]provenView, []depthRow) {
	soft, hard := provenView{Title: "Soft"}, provenView{Title: "Technical"}
	var rows []depthRow
	for _, d := range app.depth(now.Unix()) {
		r := depthRow{Label: clean(d.Label), Basis: h.depthBasis(app.Application, &d, now), Credentials: strconv.Itoa(d.Credentials),
			Issuers: strconv.Itoa(d.Issuers), Level: cmp.Or(clean(d.Level), "–"), First: monthOrDash(d.First), Last: monthOrDash(d.Last), NextExpiry: monthOrDash(d.NextExpiry)}
		rows = append(rows, r)
		c := provenChip{r.Label, r.Basis, d.Credentials}
		if d.Soft != "" {
			soft.Chips = append(soft.Chips, c)
		} else {
			hard.Chips = append(hard.Chips, c)
		}
	}
	var out []provenView
	for _, v := range []provenView{soft, hard} {
		if len(v.Chips) > 0 {
			out = append(out, v)
		}
	}
	return out, rows
}

// depthBasis says on what a skill is proven now: the most exact of all badges
// that prove it.
func (h *handler) depthBasis(app *record.Application, d *record.Depth, now time.Time) string {
	best := &record.Claim{}
	for i := range app.Claims {
		c := &app.Claims[i]
		same := c.ID == d.ID && (c.ID != "" || c.Label == d.Label || skills.Folded(d.Label) != "" && skills.Folded(c.Label) == skills.Folded(d.Label))
		if same && better(c.Basis, best.Basis) && record.EffectiveStatus(c, now.Unix()) == verdict.Verified {
			best = c
		}
	}
	name := ""
	if best.Credential < len(app.Credentials) {
		name = app.Credentials[best.Credential].Verdict.Credential.Name
	}
	return basisOf(h.o.Taxonomy(), best.Basis, cmp.Or(best.Framework, best.Named), best.ID, name)
}

// placeOf is where the hiring system has an application; "" where nobody says, and for one
// that goes by the id of its document, as its own tells who applies.
func (h *handler) placeOf(id, application string) string {
	if id == application {
		return ""
	}
	return record.URLOf(h.o.ApplicationURL, application)
}
