package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/index/web/client"
	"assay/verify/read"
	"assay/verify/verdict"
)

// asking are the flags of commands that ask the HTTP API.
type asking struct {
	Server string `help:"HTTP API." default:"http://${http}" placeholder:"URL"`
	Tenant string `help:"The employer; with a token, it is the token's." default:"${tenant}" placeholder:"TOKEN"`
	Token  string `help:"What the HTTP API knows the caller by; better set in the environment." placeholder:"SECRET"`
	Names  bool   `help:"Show the names that applicants gave."`
	Size   *int   `help:"Applicants on a page, 1 to ${maxsize} (default ${size})." placeholder:"N"`
	Cursor string `help:"Go on after the page that printed this." placeholder:"TEXT"`
	All    bool   `help:"All pages." env:"ASSAY_ALL_PAGES"`
	JSON   bool   `name:"json" help:"Print the API's answer as it is."`
}

type searchCmd struct {
	asking
	Query       []string `arg:"" optional:"" help:"What applicants must be able to prove, such as: teamwork AND python."`
	Include     []string `help:"Badges beside verified ones: authentic, expired, unvouched, pending, rejected, unsupported, or all but the last (repeatable)." placeholder:"STATUS" enum:"verified,authentic,expired,unvouched,pending,rejected,unsupported,refused,all"`
	Status      []string `help:"Only badges that stand so (repeatable)." placeholder:"STATUS" enum:"verified,authentic,expired,unvouched,pending,rejected,unsupported,refused,all"`
	Sort        string   `help:"Order: match, breadth or recency." default:"match" enum:"match,breadth,recency" placeholder:"ORDER"`
	Exact       bool     `help:"No other names, narrower skills or typing errors."`
	Skill       []string `help:"Only who has a badge for this skill, by URI (repeatable)." placeholder:"URI"`
	Certificate []string `help:"Only who has a badge of this name, as the certificate facet gives it (repeatable)." placeholder:"NAME" sep:"none"`
	Soft        []string `help:"Only who has a badge for this soft skill (repeatable)." placeholder:"NAME"`
	Framework   []string `help:"Only who has a skill of this framework (repeatable)." placeholder:"NAME"`
	Issuer      []string `help:"Only who has a badge of this issuer, by id (repeatable)." placeholder:"ID"`
	Standing    []string `aliases:"issuer-trust,trust" help:"Only who has a badge whose issuer is listed, a domain, an account, a page, a key, the applicant's self, blocked, unlisted or unasked (repeatable)." placeholder:"STANDING" enum:"listed,domain,account,page,key,self,blocked,unlisted,unasked"`
	Earned      []int    `help:"Only who earned a badge in this year (repeatable)." placeholder:"YEAR"`
	Facets      bool     `help:"Count the answers by proof, skill, issuer and the rest."`
	Format      string   `help:"text, or every applicant as a file: json, csv or ndjson." default:"text" enum:"text,json,csv,ndjson" placeholder:"FORM"`
}

// Run asks the server and prints who was found and why.
func (c *searchCmd) Run(e *env) error {
	api, page, err := c.open()
	if err != nil {
		return err
	}
	s := client.Search{Query: strings.Join(c.Query, " "), Exact: c.Exact, Sort: query.Sort(c.Sort), Include: c.Include, Status: c.Status, Skill: c.Skill,
		Certificate: c.Certificate, Soft: c.Soft, Framework: c.Framework, Issuer: c.Issuer, Standing: c.Standing, Page: page}
	for _, y := range c.Earned {
		s.Earned = append(s.Earned, strconv.Itoa(y))
	}
	switch {
	case c.Format != "text":
		if c.JSON || c.Facets || c.All || c.Cursor != "" || c.Size != nil {
			return fmt.Errorf("--format %s gives every applicant: without --json, --facets, --all, --cursor and --size", c.Format)
		}
		return c.export(e, api, s)
	case c.JSON:
		body, err := api.SearchJSON(e.ctx, s)
		return printJSON(e, body, pointed(err, s.Query))
	}
	p := newPrinter(e.stdout)
	var first *index.Results
	n, next := 0, ""
	if err := api.Search(e.ctx, s, func(r *index.Results) error {
		if first == nil {
			first = r
			p.reading(r)
		}
		for i := range r.Hits {
			n++
			p.hit(c.number(n), r, i, c.Names)
		}
		p.sections(r, c.Names)
		next = r.Cursor
		return p.err
	}); err != nil {
		return flagged(pointed(err, s.Query))
	}
	if c.Facets {
		p.facets(first.Facets)
	}
	p.foot(plural(first.Total, "applicant"), first.Total, n, next)
	if first.Total == 0 {
		p.nothing(first)
	}
	p.ticks(first)
	return p.err
}

// export prints every applicant in one of the API's own forms.
func (c *searchCmd) export(e *env, api *client.Client, s client.Search) error {
	x, err := api.Export(e.ctx, s, c.Format)
	if err != nil {
		return flagged(pointed(err, s.Query))
	}
	defer x.Close()
	if err := harmless(e.stdout, x, c.Format != "csv"); err != nil {
		return err
	}
	if x.Truncated {
		fmt.Fprintf(e.stderr, "assay: there are more applicants than a file holds, %s in all\n", clean(x.Total))
	}
	return nil
}

// open makes the client, and says which page is asked for.
func (a *asking) open() (*client.Client, client.Page, error) {
	p := client.Page{Cursor: a.Cursor, All: a.All, Names: a.Names}
	if a.Size != nil {
		if *a.Size < 1 || *a.Size > query.MaxSize {
			return nil, p, fmt.Errorf("--size %d is not from 1 to %d", *a.Size, query.MaxSize)
		}
		p.Size = *a.Size
	}
	c, err := client.New(client.Options{Server: a.Server, Tenant: a.Tenant, Token: strings.TrimSpace(a.Token)})
	switch {
	case errors.Is(err, client.ErrToken):
		err = fmt.Errorf("--token is %w", err)
	case errors.Is(err, client.ErrServer):
		err = fmt.Errorf("--server %q is %w", read.Redacted(a.Server), err)
	case errors.Is(err, record.ErrToken):
		err = fmt.Errorf("--tenant %.80q is %w", a.Tenant, record.ErrToken)
	}
	return c, p, err
}

// pointed adds to an error of a question that cannot be read the place in it, and what
// is nearest and can be read.
func pointed(err error, question string) error {
	var api *client.Error
	typed := []rune(question)
	if !errors.As(err, &api) || api.Column < 1 || api.Column > len(typed) {
		return err
	}
	at := api.Column - 1
	length := min(max(api.Length, 1), len(typed)-at)
	width := func(r []rune) int { return utf8.RuneCountInString(clean(string(r))) }
	text := "\n  " + clean(question) + "\n  " + strings.Repeat(" ", width(typed[:at])) + strings.Repeat("^", max(1, width(typed[at:at+length])))
	for _, t := range api.Try {
		text += "\n  meant was perhaps: " + clean(t)
	}
	return fmt.Errorf("%w%s", err, text)
}

// flagged says which flag an error of the API is about.
func flagged(err error) error {
	var api *client.Error
	switch {
	case errors.As(err, &api) && api.Status == http.StatusUnauthorized:
		// Its words are about headers, which nobody types here.
		return fmt.Errorf("%s does not know who asks: --token, or better ASSAY_TOKEN in the environment", api.Server)
	case errors.Is(err, client.ErrNotOurs):
		return fmt.Errorf("--server %w", err)
	}
	return err
}

// number is what stands before applicant n; after --cursor nobody knows the
// place.
func (a *asking) number(n int) string {
	if a.Cursor != "" {
		return " · "
	}
	return fmt.Sprintf("%2d.", n)
}

// printJSON prints an answer of the API on one line.
func printJSON(e *env, body []byte, err error) error {
	if err != nil {
		return flagged(err)
	}
	return harmless(e.stdout, bytes.NewReader(append(bytes.TrimSpace(body), '\n')), true)
}

// harmless copies an answer of the API so that it moves no terminal: what may
// not be shown is escaped in JSON, where it can only stand in a string, and left
// out elsewhere.
func harmless(w io.Writer, r io.Reader, isJSON bool) error {
	in, out := bufio.NewReader(r), bufio.NewWriter(w)
	for {
		c, _, err := in.ReadRune()
		switch {
		case err == io.EOF:
			return out.Flush()
		case err != nil:
			return errors.Join(out.Flush(), err)
		case c == '\n' || c == '\r' || c == '\t' || read.Shown(c):
			_, err = out.WriteRune(c)
		case isJSON:
			for _, u := range utf16.Encode([]rune{c}) {
				if _, err = fmt.Fprintf(out, `\u%04x`, u); err != nil {
					break
				}
			}
		}
		if err != nil {
			return err
		}
	}
}

// reading prints how the question was read.
func (p *printer) reading(r *index.Results) {
	if r.Read != "" {
		p.para(0, "searched for "+r.Read)
	}
	for _, x := range r.Expanded {
		if s := readAs(x); s != "" {
			p.para(2, x.Term+": "+s)
		}
	}
}

// sections prints who is found by looser readings, below what each gives up.
func (p *printer) sections(r *index.Results, names bool) {
	for _, s := range r.Sections {
		fmt.Fprintf(p, "\n%s\n", p.paint(clean(s.Heading)+" ("+plural(s.Total, "applicant")+")", bold))
		part := *r
		part.Hits = s.Hits
		for i := range part.Hits {
			p.hit(" · ", &part, i, names)
		}
		if s.Cursor != "" {
			fmt.Fprintf(p, "%s --cursor=%s\n", p.paint("more of these:", dim), clean(s.Cursor))
		}
	}
}

// unknownSkill is said of a term that no framework knows.
const unknownSkill = "in no skills framework that is loaded; looked for as words"

// unknown reports whether no framework knows the term.
func unknown(x query.Expansion) bool {
	return x.Concept == "" && x.Label == "" && x.Narrower == 0 && len(x.Also) == 0
}

// shownAlso is how many of the skills that are searched as well are named.
const shownAlso = 4

// readAs says what a term was taken for, "" when just for what it says.
func readAs(x query.Expansion) string {
	switch {
	case x.Note != "":
		return x.Note
	case unknown(x):
		return unknownSkill
	}
	var parts []string
	switch other := x.Label != "" && !strings.EqualFold(x.Label, x.Term); {
	case x.How == query.HowTypo:
		parts = append(parts, "read as "+x.Label+", a typing error set right")
	case other:
		parts = append(parts, "read as "+x.Label)
	}
	also := x.Also[:min(len(x.Also), shownAlso)]
	switch more := max(x.Narrower, len(x.Also)) - len(also); {
	case len(also) > 0 && more > 0:
		parts = append(parts, fmt.Sprintf("also searching %s and %d more", strings.Join(also, ", "), more))
	case len(also) > 0:
		parts = append(parts, "also searching "+strings.Join(also, ", "))
	case more > 0:
		parts = append(parts, "also searching "+plural(more, "narrower skill"))
	}
	return strings.Join(parts, "; ")
}

// hit prints one applicant: who, why, how much is proven, what was refused.
func (p *printer) hit(number string, r *index.Results, n int, names bool) {
	h := &r.Hits[n]
	p.who(number, h, names)
	shown := map[int]bool{}
	list := slices.Concat(h.Why, h.Proven)
	for i := range list {
		m := &list[i]
		if slices.ContainsFunc(list[:i], func(o query.Match) bool { return sameClaim(&o, m) }) {
			continue
		}
		shown[m.Credential] = true
		why := refusal(h, m)
		x := results[m.Status]
		colour := x.colour
		text := skillOf(m)
		if s := reasonsMet(list[i:], r.Expanded); s != "" {
			text += " — " + s
		}
		p.row(x.mark+" "+string(m.Status), colour, text)
		p.row("", dim, evidence(m, h.CheckedAt))
		if why != "" {
			p.row("", dim, coded(string(why), why.Words()), colour)
		}
		p.warned(m)
	}
	p.rest(h, shown)
}

func sameClaim(a, b *query.Match) bool {
	return a.Credential == b.Credential && a.Skill == b.Skill && a.Label == b.Label
}

// reasonsMet says in what ways the terms met the claim of the first of a list.
func reasonsMet(list []query.Match, read []query.Expansion) string {
	var out, terms []string
	for i := range list {
		m := &list[i]
		if !sameClaim(&list[0], m) {
			continue
		}
		// A name of two words meets again by each of them.
		part := func(t string) bool {
			return t == string(m.How)+" "+m.Term || strings.HasPrefix(t, string(m.How)+" ") && strings.Contains(t+" ", " "+m.Term+" ")
		}
		if slices.ContainsFunc(terms, part) {
			continue
		}
		terms = append(terms, string(m.How)+" "+m.Term)
		fixed := slices.ContainsFunc(read, func(x query.Expansion) bool { return x.Term == m.Term && x.How == query.HowTypo })
		if s := met(m.How, m.Term, fixed); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "; ")
}

func (p *printer) who(number string, h *index.Hit, names bool) {
	name, about := h.Application, []string{}
	if names && h.DisplayName != "" {
		name, about = h.DisplayName, []string{h.Application}
	}
	if h.Job != "" {
		about = append(about, "for "+h.Job)
	}
	about = append(about, "applied "+date(h.AppliedAt))
	fmt.Fprintf(p, "\n%s %s %s\n", p.paint(number, dim), p.paint(clean(name), bold), p.paint("("+clean(strings.Join(about, ", "))+")", dim))
}

// rest prints what a hit tells beside its matches; badges in shown were printed.
func (p *printer) rest(h *index.Hit, shown map[int]bool) {
	p.row("proves", dim, breadth(h.Breadth))
	told := 0
	for _, r := range h.Refused {
		told++
		if shown[r.Credential] {
			continue
		}
		name := r.Name
		if name == "" {
			name = "a badge without a name"
		}
		if r.Reason != "" {
			name += " — " + coded(string(r.Reason), r.Reason.Words())
		}
		p.row("✘ refused", red, name)
	}
	if n := h.Counts.Expired; n > 0 && !slices.ContainsFunc(h.Why, func(m query.Match) bool { return m.Status == verdict.Expired }) {
		p.row(results[verdict.Expired].mark+" expired", dim, plural(n, "badge")+" whose time is over")
	}
	if n := h.Counts.Unvouched; n > 0 && !slices.ContainsFunc(h.Why, func(m query.Match) bool { return m.Status == verdict.Unvouched }) {
		p.row(results[verdict.Unvouched].mark+" unvouched", yellow, plural(n, "badge")+" whose issuer nobody stands behind")
	}
	if more := h.Counts.Rejected - told; more > 0 && told > 0 {
		p.row("✘ refused", red, fmt.Sprintf("%d more", more))
	}
	if h.Unread > 0 {
		p.row("! unread", yellow, plural(h.Unread, "part")+" of the application could not be read")
	}
}

// refusal gives the reason for which the badge of a match proves nothing, ""
// where that is not told.
func refusal(h *index.Hit, m *query.Match) verdict.Reason {
	for _, x := range h.Refused {
		if x.Credential == m.Credential && m.Status == verdict.Rejected {
			return x.Reason
		}
	}
	return ""
}

// warned tells whom an issuer could be taken for.
func (p *printer) warned(m *query.Match) {
	if m.Resembles != "" {
		p.row("! resembles", yellow, m.Resembles.Words())
	}
}

// skillOf names the skill of a match, or its badge where that speaks of none.
func skillOf(m *query.Match) string {
	if m.Label == "" {
		return badgeName(m)
	}
	return skillText(m.Label, m.Framework, m.Basis, m.Level)
}

// skillText says how a skill was recognised: named by the badge (exact), or
// inferred from its words.
func skillText(label, framework string, basis skills.Basis, level string) string {
	var in []string
	if framework != "" {
		in = append(in, framework)
	}
	switch {
	case basis == skills.BasisUnmapped || basis == "":
		in = []string{"unmapped"}
		if framework != "" { // the badge's word alone
			in = append(in, "says "+framework)
		}
	case basis.Exact():
		in = append(in, "exact")
	default:
		in = append(in, "by name")
	}
	if level != "" {
		if l := strings.ToLower(level); !strings.HasPrefix(l, "level") && !strings.HasPrefix(l, "score") {
			level = "level " + level
		}
		in = append(in, level)
	}
	return label + " (" + strings.Join(in, ", ") + ")"
}

// met says in what way a term met a badge; of a term whose typing error was
// set right, that too.
func met(how query.How, term string, fixed bool) string {
	if fixed && how != query.HowTypo {
		term += " (set right)"
	}
	switch how {
	case query.HowExact:
		return term + " itself"
	case query.HowAlias:
		return "another name of " + term
	case query.HowNarrower:
		return "below " + term + " in the framework"
	case query.HowLabel:
		return term + " in the skill's words"
	case query.HowName:
		return term + " in the badge's name or tags"
	case query.HowAbout:
		return term + " in the badge's description"
	case query.HowTypo:
		return term + ", a typing error set right"
	case query.HowForm:
		return "another form of " + term
	case query.HowIssuer:
		return term + " in the issuer's name"
	case query.HowClaimed:
		return term + " in what the issuer calls itself"
	case query.HowCertificate:
		return "the certificate " + term
	case query.HowRelated:
		return "related to " + term + ", and no proof of it"
	}
	return ""
}

func badgeName(m *query.Match) string {
	if m.Name == "" {
		return "badge without a name"
	}
	return "“" + m.Name + "”"
}

// evidence says what a match rests on, as of the check.
func evidence(m *query.Match, checked time.Time) string {
	text := ""
	if m.Label != "" { // else it was told in the skill's place
		text = badgeName(m)
	}
	who := m.IssuerName
	if who == "" {
		who = m.Issuer
	}
	switch proven := m.Status == verdict.Verified || m.Status == verdict.Authentic || m.Status == verdict.Expired || m.Status == verdict.Unvouched; {
	case who == "":
	case m.IssuerName == "" && !proven: // anybody can write an id
		text += ", says it is by " + who
	default:
		text += " by " + who
	}
	if m.Reason == verdict.RecipientMismatch {
		text += ", names another address or person"
	}
	if !m.Earned.IsZero() {
		text += ", earned " + date(m.Earned)
	}
	switch {
	case m.Expired || !m.Expires.IsZero() && !m.Expires.After(checked):
		text += ", expired " + date(m.Expires)
	case !m.Expires.IsZero():
		text += ", expires " + date(m.Expires)
	default:
		text += ", does not expire"
	}
	if s := standingWords[m.Standing]; s != "" {
		text += ", " + s
	}
	return strings.TrimLeft(text, ", ")
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// breadth says how much is proven altogether.
func breadth(b record.Breadth) string {
	if b.Credentials == 0 {
		return "nothing"
	}
	text := plural(b.Skills, "skill")
	if b.Domains > 0 {
		text += " in " + plural(b.Domains, "domain")
	}
	if b.SoftSkills > 0 {
		text += ", " + plural(b.SoftSkills, "soft skill")
	}
	text += ", " + plural(b.Credentials, "badge")
	if b.Issuers > 0 {
		text += " by " + plural(b.Issuers, "issuer")
	}
	if b.Years > 1 {
		text += fmt.Sprintf(", earned %d years running", b.Years)
	} else if b.Years == 1 {
		text += ", earned in 1 year"
	}
	return text
}

// shownBuckets is how many values of a facet are printed.
const shownBuckets = 10

// facets prints how many applicants there are of each kind, with the flag that
// chooses it.
func (p *printer) facets(list []index.FacetCounts) {
	for _, f := range list {
		if len(f.Buckets) == 0 {
			continue
		}
		flag := string(f.Facet)
		fmt.Fprintf(p, "\n%s %s\n", p.paint(clean(string(f.Facet)), bold), p.paint("(--"+clean(flag)+")", dim))
		for i, b := range f.Buckets {
			if i == shownBuckets {
				fmt.Fprintf(p, "       %s\n", p.paint(fmt.Sprintf("and %d more", len(f.Buckets)-i), dim))
				break
			}
			text := clean(b.Value)
			if b.Label != "" && b.Label != b.Value {
				text = clean(b.Label) + " " + p.paint(clean(b.Value), dim)
			}
			fmt.Fprintf(p, "%6d %s\n", b.Count, text)
		}
	}
}

// foot prints how many there are, how many were shown, and how to see the rest.
func (p *printer) foot(text string, total, shown int, next string) {
	if shown < total {
		text += fmt.Sprintf(", %d shown", shown)
	}
	fmt.Fprintf(p, "\n%s\n", text)
	if next != "" {
		fmt.Fprintf(p, "%s --all, or the next page: --cursor=%s\n", p.paint("more:", dim), clean(next))
	}
}

// nothing says why nobody may have been found, and what is near.
func (p *printer) nothing(r *index.Results) {
	for _, x := range r.Expanded {
		if unknown(x) {
			p.para(0, "no skills framework that is loaded knows "+x.Term+", so only its words were looked for")
		}
	}
	h := r.Help
	if h == nil {
		h = &index.Help{}
	}
	for _, w := range h.Parts {
		alone := "nobody has " + w.Words
		if w.Count > 0 {
			alone = w.Words + " alone: " + plural(w.Count, "applicant")
		}
		if w.Without > 0 {
			alone += "; without it, " + plural(w.Without, "applicant") + ": " + w.Rest
		}
		p.para(0, alone)
	}
	if len(h.Parts) == 0 && (len(r.Words) > 1 || len(r.Sections) == 0) {
		for _, w := range r.Words {
			if w.Count == 0 {
				p.para(0, "nobody has "+w.Words)
			}
		}
	}
	for _, t := range h.Try {
		p.para(0, plural(t.Count, "applicant")+" ("+t.Why+"): "+t.Query)
	}
	for _, s := range h.Near {
		switch s.Kind {
		case index.SuggestCertificate:
			p.para(0, "spelt like it: the certificate "+s.Label+", which "+plural(s.Count, "applicant")+" can prove")
		case index.SuggestIssuer:
			p.para(0, "spelt like it: the issuer "+s.Label+", of badges of "+plural(s.Count, "applicant"))
		default:
			p.para(0, "spelt like it: "+s.Label+", which "+plural(s.Count, "applicant")+" can prove")
		}
	}
	if h.Widened > 0 {
		p.para(0, plural(h.Widened, "applicant")+" without --exact")
	}
	if h.Unfiltered > 0 {
		p.para(0, plural(h.Unfiltered, "applicant")+" without the flags that choose")
	}
}

// ticks says what would add somebody to a thin answer.
func (p *printer) ticks(r *index.Results) {
	for _, b := range r.Instead {
		who := plural(b.Count, "applicant")
		if r.Total > 0 {
			who = fmt.Sprintf("%d more", b.Count)
		}
		p.para(0, who+" with --include "+b.Value)
	}
}
