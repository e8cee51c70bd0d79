package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/extract"
	"assay/index/record"
	"assay/index/skills"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/read"
	"assay/verify/verdict"

	"golang.org/x/term"
)

// printer writes reports for a person. Colours only on a terminal, and not
// under NO_COLOR (no-color.org).
type printer struct {
	w      io.Writer
	colour bool
	width  int
	err    error // the first error of w
	docs   int
	unread int
	links  linkCount
}

// linkCount counts links that led to no badge.
type linkCount struct {
	silent  int // asked, without an answer that says what is there
	unasked int
	nothing int // asked, and nothing there
}

func (n *linkCount) add(s examine.Skipped, links int) {
	switch {
	case s == examine.SkippedNoBadge, s == examine.SkippedNotFound:
		n.nothing += links
	case s.Asked():
		n.silent += links
	default:
		n.unasked += links
	}
}

// words says how many links were asked in vain and how many were not asked, "" for
// none.
func (n linkCount) words() string {
	var parts []string
	for _, x := range []struct {
		n     int
		words string
	}{{n.nothing, "asked, with nothing there"}, {n.silent, "asked without an answer that counts"}, {n.unasked, "not asked"}} {
		if x.n > 0 {
			parts = append(parts, plural(x.n, "link")+" "+x.words)
		}
	}
	return strings.Join(parts, ", ")
}

func newPrinter(w io.Writer) *printer {
	p := &printer{w: w, width: 100}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 40 {
			p.width = min(n, 120)
		}
	}
	return p
}

// Write passes on to the printer's writer until that fails.
func (p *printer) Write(b []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.w.Write(b)
	p.err = err
	return n, err
}

// SGR codes of a terminal.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func (p *printer) paint(s string, codes ...string) string {
	if !p.colour || len(codes) == 0 {
		return s
	}
	return "\x1b[" + strings.Join(codes, ";") + "m" + s + "\x1b[0m"
}

// clean is what may be shown of text from strangers, safe for a terminal: no
// control characters, nothing that turns the direction of writing.
func clean(s string) string { return read.Printable(s) }

var results = map[verdict.Result]struct{ mark, word, colour string }{
	verdict.Verified:    {"✔", "VERIFIED", green},
	verdict.Authentic:   {"●", "AUTHENTIC", cyan},
	verdict.Expired:     {"◷", "EXPIRED", dim},
	verdict.Unvouched:   {"○", "UNVOUCHED", yellow},
	verdict.Rejected:    {"✘", "REJECTED", red},
	verdict.Pending:     {"…", "PENDING", yellow},
	verdict.Unsupported: {"–", "UNSUPPORTED", yellow},
}

var states = map[verdict.State]struct{ mark, colour string }{
	verdict.Pass:    {"✔", green},
	verdict.Fail:    {"✘", red},
	verdict.Unknown: {"?", yellow},
	verdict.None:    {"·", dim},
}

// line prints a label and, beside it, text: wrapped and cleaned.
func (p *printer) line(label, text string, codes ...string) { p.row(label, dim, text, codes...) }

// row is line with a colour for the label.
func (p *printer) row(label, colour, text string, codes ...string) {
	const indent = 17
	label = clean(label)
	for i, l := range wrap(clean(text), p.width-indent) {
		if i > 0 {
			label = ""
		}
		fmt.Fprintf(p, "    %s %s\n", p.paint(fmt.Sprintf("%-11s", label), colour), p.paint(l, codes...))
	}
}

// para prints text that hangs under its beginning, wrapped and cleaned.
func (p *printer) para(indent int, text string) {
	pad := strings.Repeat(" ", indent)
	for _, l := range wrap(clean(text), p.width-indent-2) {
		fmt.Fprintf(p, "%s%s\n", pad, l)
		pad = strings.Repeat(" ", indent+2)
	}
}

// wrap breaks text at spaces, and words that are longer than a line anywhere.
func wrap(s string, width int) []string {
	var out []string
	line := ""
	n := 0
	for _, w := range strings.Fields(s) {
		for len([]rune(w)) > width {
			if n > 0 {
				out, line, n = append(out, line), "", 0
			}
			r := []rune(w)
			out, w = append(out, string(r[:width])), string(r[width:])
		}
		l := len([]rune(w))
		if n > 0 && n+1+l > width {
			out, line, n = append(out, line), "", 0
		}
		if n > 0 {
			line, n = line+" ", n+1
		}
		line, n = line+w, n+l
	}
	return append(out, line)
}

func (p *printer) report(r examine.Report) {
	if p.docs > 0 {
		fmt.Fprintln(p)
	}
	p.docs++
	p.unread += len(r.Unread)
	fmt.Fprintln(p, p.paint(clean(r.Document), bold))
	if len(r.Findings) == 0 {
		fmt.Fprintln(p, "  "+p.paint("no badge found", dim))
	}
	for _, f := range r.Findings {
		p.finding(f)
	}
	p.unreadParts(r.Unread)
	p.notFollowed(r.NotFollowed)
}

// fewUnread parts of one reason have a line each; of more, so many are named in one.
const fewUnread = 3

// unreadParts lists what was not read with its reason. All of it is in --json.
func (p *printer) unreadParts(unread []extract.Unread) {
	all := make([]record.Unread, len(unread))
	for i, u := range unread {
		all[i] = record.Unread{Where: u.Where, Reason: string(u.Reason), Detail: u.Detail}
	}
	for _, group := range record.UnreadGroups(all) {
		why := coded(group[0].Reason, extract.Reason(group[0].Reason).Words())
		if d := group[0].Detail; d != "" {
			why += " (" + clean(d) + ")"
		}
		var where []string
		for _, u := range group[:min(len(group), fewUnread)] {
			where = append(where, clean(u.Where))
		}
		if more := len(group) - fewUnread; more > 0 {
			where = []string{strings.Join(where, ", ") + " and " + strconv.Itoa(more) + " more"}
		}
		for _, w := range where {
			fmt.Fprintf(p, "\n  %s %s: %s\n", p.paint("! unread", yellow), w, why)
		}
	}
}

// fewLinks of one reason are listed with it each; of more, the reason stands above.
const fewLinks = 3

// notFollowed lists links that led to no badge, those that were asked apart from
// those that were not, by their reasons.
func (p *printer) notFollowed(links []examine.Unfollowed) {
	if len(links) > 0 {
		fmt.Fprintln(p)
	}
	by, n := map[examine.Skipped][]string{}, map[examine.Skipped]int{}
	var order []examine.Skipped
	for _, u := range links {
		p.links.add(u.Reason, 1+u.More)
		n[u.Reason] += 1 + u.More
		if by[u.Reason] == nil {
			order = append(order, u.Reason)
		}
		url := clean(u.URL)
		if u.More > 0 {
			url += fmt.Sprintf(" and %d more of that page", u.More)
		}
		by[u.Reason] = append(by[u.Reason], url)
	}
	slices.SortStableFunc(order, func(a, b examine.Skipped) int {
		switch {
		case a.Asked() == b.Asked():
			return 0
		case a.Asked():
			return -1
		}
		return 1
	})
	for _, s := range order {
		mark, why := "→ link not asked", coded(string(s), s.Words())
		if s.Asked() {
			mark = "→ link asked"
		}
		if urls := by[s]; len(urls) > fewLinks {
			fmt.Fprintf(p, "  %s %s\n", p.paint(mark, dim), plural(n[s], "link")+p.paint(" — "+why, dim))
			for _, u := range urls {
				fmt.Fprintf(p, "      %s\n", u)
			}
			continue
		}
		for _, u := range by[s] {
			fmt.Fprintf(p, "  %s %s\n", p.paint(mark, dim), u+p.paint(" — "+why, dim))
		}
	}
}

func (p *printer) finding(f examine.Finding) {
	fmt.Fprintln(p)
	p.head(f.Verdict)
	p.line("found", f.Where)
	for _, x := range f.Places[min(1, len(f.Places)):] {
		p.line("and", x.Where)
	}
	p.body(f.Verdict)
	p.skills(f.Result, f.Skills)
	for i, c := range f.Contained {
		fmt.Fprintln(p)
		p.head(c)
		p.line("found", fmt.Sprintf("%s > credential %d", f.Where, i+1))
		p.body(c)
		if i < len(f.Inner) {
			p.skills(c.Result, f.Inner[i])
		}
	}
}

// skills prints what a badge shows, or would if it were verified.
func (p *printer) skills(r verdict.Result, list []skills.Skill) {
	var s []string
	for _, k := range list {
		s = append(s, skillText(k.Label, k.Framework, k.Basis, k.Level))
	}
	switch {
	case len(s) == 0:
	case r == verdict.Verified:
		p.line("skills", strings.Join(s, ", "))
	default:
		p.line("would show", strings.Join(s, ", "))
	}
}

func (p *printer) head(v verify.Verdict) {
	x := results[v.Result]
	name := clean(v.Credential.Name)
	if name == "" {
		name = clean(v.Credential.ID)
	}
	if name == "" {
		name = "badge without a name"
	}
	fmt.Fprintf(p, "  %s  %s\n", p.paint(x.mark+" "+fmt.Sprintf("%-11s", x.word), x.colour, bold), p.paint(name, bold))
}

func (p *printer) body(v verify.Verdict) {
	if form := strings.TrimSpace(string(v.Format) + " · " + v.Proof); form != "·" {
		p.line("form", strings.Trim(form, " ·"))
	}
	if words := v.Unconfirmed.Words(); words != "" {
		p.line("says", words, yellow)
	}
	c := v.Credential
	if who := issuerText(c.Issuer); who != "" {
		p.line("issuer", who)
	}
	if v.Seal != nil {
		p.line("sealed", sealText(v.Seal))
	}
	when := ""
	if !c.Issued.IsZero() {
		when = "issued " + c.Issued.UTC().Format("2006-01-02")
	}
	switch {
	case !c.Expires.IsZero():
		when = strings.TrimPrefix(when+", expires "+c.Expires.UTC().Format("2006-01-02"), ", ")
	case when != "" && v.Aspects.Dates.State != verdict.Unknown: // else its end may be what is not known
		when += ", does not expire"
	}
	if when != "" {
		p.line("dates", when)
	}
	var marks []string
	for q, a := range v.Aspects.Each() {
		if a.State == "" {
			continue
		}
		s := states[a.State]
		mark := p.paint(s.mark, s.colour) + " " + string(q)
		if a.Level != "" {
			mark += " (" + string(a.Level) + ")"
		}
		marks = append(marks, mark)
	}
	if v.Result != verdict.Unsupported && len(marks) > 0 {
		fmt.Fprintf(p, "    %s %s\n", p.paint(fmt.Sprintf("%-11s", "judged"), dim), strings.Join(marks, "  "))
	}
	if v.Result == verdict.Unsupported {
		why := coded(string(v.Reason), v.Reason.Words())
		for _, a := range v.Aspects.Each() {
			if a.Detail != "" && (a.Reason == v.Reason || a.State == verdict.None) {
				why += " (" + a.Detail + ")" // the form, by its name
				break
			}
		}
		p.line("why", why, yellow)
	}
	// One cause is told once, with all that it decides.
	type cause struct {
		text, colour string
		of           []string
	}
	var causes []*cause
	for q, a := range v.Aspects.Each() {
		if a.Reason == "" || v.Result == verdict.Unsupported && a.State != verdict.Fail {
			continue
		}
		text := coded(string(a.Reason), cmp.Or(a.Detail, a.Reason.Words()))
		i := slices.IndexFunc(causes, func(c *cause) bool { return c.text == text })
		if i < 0 {
			i = len(causes)
			causes = append(causes, &cause{text: text, colour: states[a.State].colour})
		}
		causes[i].of = append(causes[i].of, string(q))
	}
	for _, c := range causes {
		if len(c.of) == 1 {
			p.line(c.of[0], c.text, c.colour)
			continue
		}
		p.line("why", c.text+" ("+strings.Join(c.of, ", ")+")", c.colour)
	}
	for _, e := range v.Endorsements {
		p.line("endorsed", fmt.Sprintf("by %s: %s", cmp.Or(issuerText(e.Issuer), "nobody named"), e.Result))
	}
	if words := v.Mend(); words != "" {
		p.line("to mend", words)
	}
	for _, w := range v.Warnings {
		p.line("note", coded(string(w), w.Words()), dim)
	}
}

// sealText says whose certificate sealed a credential, and who made that.
func sealText(s *verdict.Seal) string {
	day := func(t time.Time) string { return t.UTC().Format(time.DateOnly) }
	text := fmt.Sprintf("by the certificate of %q, made by %q for %s to %s", s.Subject, s.Issuer, day(s.From), day(s.Until))
	if !s.Signed.IsZero() {
		text += "; it says: on " + day(s.Signed)
	}
	if !s.Vouched {
		text += "; no authority that is accepted vouches for an organisation of that name"
	}
	return text + "; whether it was revoked was not looked at"
}

// issuerText names an issuer by what is known of it, and gives its id. Of one of
// which nothing is proven it says what the badge claims.
func issuerText(p verdict.Party) string {
	who := p.Shown
	if who == "" && p.Name != "" {
		who = `not proven; it is called "` + strings.ReplaceAll(p.Name, `"`, "'") + `"`
	}
	switch {
	case who == "":
		return p.ID
	case p.ID == "":
		return who
	}
	return who + " — " + p.ID
}

// coded gives a code with what it means.
func coded(code, words string) string {
	if words == "" {
		return clean(code)
	}
	return clean(code) + ": " + words
}

// phrase is a sentence as a part of another: no capital, no stop.
func phrase(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + strings.TrimSuffix(s[1:], ".")
}

func (p *printer) summary(n verdict.Counts) {
	var parts []string
	for _, r := range verdict.Results() {
		if n := n.Of(r); n > 0 {
			parts = append(parts, p.paint(fmt.Sprintf("%d %s", n, r), results[r].colour))
		}
	}
	if p.docs == 0 {
		return
	}
	s := plural(n.Total(), "badge")
	if len(parts) > 0 {
		s += ": " + strings.Join(parts, ", ")
	}
	if p.unread > 0 {
		s += "; " + plural(p.unread, "part") + " unread"
	}
	if words := p.links.words(); words != "" {
		s += "; " + words
	}
	fmt.Fprintf(p, "\n%s\n", s)
}

func plural(n int, word string) string {
	switch n {
	case 0:
		return "no " + word
	case 1:
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
