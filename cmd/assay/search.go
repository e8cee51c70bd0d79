package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/read"
	"assay/verify/verdict"
)

// asking are the flags of commands that ask the HTTP API.
type asking struct {
	Server string `help:"HTTP API." default:"http://127.0.0.1:8080" placeholder:"URL"`
	Tenant string `help:"The employer; with a token, it is the token's." default:"default" placeholder:"TOKEN"`
	Token  string `help:"What the HTTP API knows the caller by; better set in the environment." placeholder:"SECRET"`
	Names  bool   `help:"Show the names that applicants gave."`
	Size   *int   `help:"Applicants on a page, 1 to 50 (default 20)." placeholder:"N"`
	Cursor string `help:"Go on after the page that printed this." placeholder:"TEXT"`
	All    bool   `help:"All pages." env:"ASSAY_ALL_PAGES"`
	JSON   bool   `name:"json" help:"Print the API's answer as it is."`
}

type searchCmd struct {
	asking
	Query     []string `arg:"" optional:"" help:"What applicants must be able to prove, such as: teamwork AND python."`
	Include   []string `help:"Badges beside verified ones: authentic, pending, rejected, unsupported, or all for the first three (repeatable)." placeholder:"STATUS" enum:"verified,authentic,pending,rejected,unsupported,refused,expired,all"`
	Status    []string `help:"Only badges that stand so (repeatable)." placeholder:"STATUS" enum:"verified,authentic,pending,rejected,unsupported,refused,expired,all"`
	Sort      string   `help:"Order: match, breadth or recency." default:"match" enum:"match,breadth,recency" placeholder:"ORDER"`
	Exact     bool     `help:"No other names, narrower skills or typing errors."`
	Skill     []string `help:"Only who has a badge for this skill, by URI (repeatable)." placeholder:"URI"`
	Soft      []string `help:"Only who has a badge for this soft skill (repeatable)." placeholder:"NAME"`
	Framework []string `help:"Only who has a skill of this framework (repeatable)." placeholder:"NAME"`
	Issuer    []string `help:"Only who has a badge of this issuer, by id (repeatable)." placeholder:"ID"`
	// Not named trust: a file or a variable that names serve's --trust for all
	// commands must not reach here.
	Trust  []string `name:"issuer-trust" aliases:"trust" help:"Only who has a badge of an issuer that is listed, unlisted, blocked or unasked (repeatable)." placeholder:"STATE" enum:"listed,unlisted,blocked,unasked"`
	Earned []int    `help:"Only who earned a badge in this year (repeatable)." placeholder:"YEAR"`
	Facets bool     `help:"Count the answers by proof, skill, issuer and the rest."`
	Format string   `help:"text, or every applicant as a file: json, csv or ndjson." default:"text" enum:"text,json,csv,ndjson" placeholder:"FORM"`
}

// Run asks the server and prints who was found and why.
func (c *searchCmd) Run(e *env) error {
	v, err := c.values()
	if err != nil {
		return err
	}
	v.Set("q", strings.Join(c.Query, " "))
	v.Set("sort", c.Sort)
	if c.Exact {
		v.Set("exact", "true")
	}
	for name, list := range map[string][]string{"include": c.Include, "status": c.Status, "skill": c.Skill, "soft": c.Soft, "framework": c.Framework, "issuer": c.Issuer, "trust": c.Trust} {
		if len(list) > 0 {
			v[name] = list
		}
	}
	for _, y := range c.Earned {
		v.Add("earned", strconv.Itoa(y))
	}
	switch {
	case c.Format != "text":
		if c.JSON || c.Facets || c.All || c.Cursor != "" || c.Size != nil {
			return fmt.Errorf("--format %s gives every applicant: without --json, --facets, --all, --cursor and --size", c.Format)
		}
		return c.export(e, v)
	case c.JSON:
		return c.json(e, "/v1/search", "hits", v)
	}
	p := newPrinter(e.stdout)
	var first *index.Results
	n, next := 0, ""
	err = c.pages(e, "/v1/search", v, func(body []byte) (string, error) {
		r := &index.Results{}
		if json.Unmarshal(body, r) != nil {
			return "", c.notOurs()
		}
		if first == nil {
			first = r
			p.reading(r)
		}
		for i := range r.Hits {
			n++
			p.hit(c.number(n), r, i, c.Names)
		}
		next = r.Cursor
		return next, p.err
	})
	if err != nil {
		return err
	}
	if c.Facets {
		p.facets(first.Facets)
	}
	p.foot(plural(first.Total, "applicant"), first.Total, n, next)
	if first.Total == 0 {
		p.nothing(first)
	}
	return p.err
}

// export prints every applicant in one of the API's own forms.
func (c *searchCmd) export(e *env, v url.Values) error {
	v.Set("format", c.Format)
	resp, err := c.open(e, "/v1/export", v)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := harmless(e.stdout, resp.Body, c.Format != "csv"); err != nil {
		return fmt.Errorf("the answer of %s breaks off: %w", c.where(), err)
	}
	if resp.Header.Get("X-Truncated") == "true" {
		fmt.Fprintf(e.stderr, "assay: there are more applicants than a file holds, %s in all\n", clean(resp.Header.Get("X-Total-Count")))
	}
	return nil
}

// bearer is the form of a token: RFC 6750 §2.1.
var bearer = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// values gives the parameters that every question has.
func (a *asking) values() (url.Values, error) {
	v := url.Values{}
	a.Token = strings.TrimSpace(a.Token)
	switch {
	case a.Token != "" && !bearer.MatchString(a.Token):
		return nil, errors.New("--token is of no form that a token may have (RFC 6750)")
	case a.Token != "": // the tenant is the token's
	case record.CheckToken("tenant", a.Tenant) != nil:
		return nil, fmt.Errorf("--tenant %.80q is not 1 to 64 of A-Z a-z 0-9 _ -", a.Tenant)
	default:
		v.Set("tenant", a.Tenant)
	}
	if a.Names {
		v.Set("blind", "off")
	}
	if a.Size != nil {
		if *a.Size < 1 || *a.Size > query.MaxSize {
			return nil, fmt.Errorf("--size %d is not from 1 to %d", *a.Size, query.MaxSize)
		}
		v.Set("size", strconv.Itoa(*a.Size))
	}
	if a.Cursor != "" {
		v.Set("cursor", a.Cursor)
	}
	return v, nil
}

// where names the server without a password that may stand in its URL.
func (a *asking) where() string {
	u, err := url.Parse(a.Server)
	if err != nil {
		return "--server"
	}
	return u.Redacted()
}

func (a *asking) notOurs() error {
	return fmt.Errorf("--server %s: the answer is not that of assay", a.where())
}

// number is what stands before applicant n; after --cursor nobody knows the
// place.
func (a *asking) number(n int) string {
	if a.Cursor != "" {
		return " · "
	}
	return fmt.Sprintf("%2d.", n)
}

// Bounds of an answer.
const (
	maxAnswer = 32 << 20
	maxError  = 600 // characters of an error that are printed
	maxWait   = 30  // seconds that a server may ask to wait
	retries   = 5
	patience  = 2 * time.Minute
)

// ask asks the HTTP API once.
func (a *asking) ask(e *env, path string, v url.Values) (*http.Response, error) {
	u, err := url.Parse(a.Server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("--server %q is no http(s) URL", a.Server)
	}
	req, err := http.NewRequestWithContext(e.ctx, http.MethodGet, strings.TrimRight(a.Server, "/")+path+"?"+v.Encode(), nil)
	if err != nil {
		return nil, err
	}
	if a.Token != "" {
		req.Header.Set("Authorization", "Bearer "+a.Token)
	}
	resp, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return nil, fmt.Errorf("no server at %s: %w", a.where(), err)
	}
	return resp, nil
}

// open asks the HTTP API, and again where that says to ask more slowly; an error
// of the API is its message.
func (a *asking) open(e *env, path string, v url.Values) (*http.Response, error) {
	resp, err := a.ask(e, path, v)
	for range retries {
		if err != nil || resp.StatusCode != http.StatusTooManyRequests {
			break
		}
		wait, serr := strconv.Atoi(resp.Header.Get("Retry-After"))
		if serr != nil || wait < 0 || wait > maxWait {
			break
		}
		resp.Body.Close()
		select {
		case <-e.ctx.Done():
			return nil, e.ctx.Err()
		case <-time.After(time.Duration(wait) * time.Second):
		}
		resp, err = a.ask(e, path, v)
	}
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode == http.StatusOK:
		return resp, nil
	}
	defer resp.Body.Close()
	text := ""
	if body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16)); err == nil {
		var p struct {
			Title  string `json:"title"`
			Detail string `json:"detail"`
			Error  string `json:"error"`
		}
		if json.Unmarshal(body, &p) == nil {
			for _, s := range []string{p.Title, p.Error, p.Detail} {
				if s != "" {
					text = strings.TrimPrefix(s, "bad request: ")
				}
			}
		}
	}
	if r := []rune(text); len(r) > maxError {
		text = string(r[:maxError]) + "…"
	}
	if text == "" {
		text = fmt.Sprintf("%s answers %s", a.where(), resp.Status)
	}
	if resp.StatusCode == http.StatusUnauthorized {
		// Its words are about headers, which nobody types here.
		text = a.where() + " does not know who asks: --token, or better ASSAY_TOKEN in the environment"
	}
	return nil, errors.New(text)
}

// get reads a whole answer.
func (a *asking) get(e *env, path string, v url.Values) ([]byte, error) {
	resp, err := a.open(e, path, v)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("the answer of %s breaks off: %w", a.where(), err)
	}
	if len(b) > maxAnswer {
		return nil, fmt.Errorf("the answer of %s is larger than %d MiB", a.where(), maxAnswer>>20)
	}
	return b, nil
}

// pages calls f with a page, or with --all with every page to the end. f gives
// the cursor of the next.
func (a *asking) pages(e *env, path string, v url.Values, f func(body []byte) (string, error)) error {
	for {
		body, err := a.get(e, path, v)
		if err != nil {
			return err
		}
		next, err := f(body)
		if err != nil || !a.All || next == "" {
			return err
		}
		if next == v.Get("cursor") {
			return a.notOurs() // it would never end
		}
		v.Set("cursor", next)
	}
}

// json prints a page as the API gave it; of all pages the first, with the list
// of every page.
func (a *asking) json(e *env, path, list string, v url.Values) error {
	var out []byte
	var whole map[string]json.RawMessage
	var items []json.RawMessage
	pages := 0
	err := a.pages(e, path, v, func(body []byte) (string, error) {
		var page map[string]json.RawMessage
		var more []json.RawMessage
		var next string
		if json.Unmarshal(body, &page) != nil || page[list] == nil || json.Unmarshal(page[list], &more) != nil ||
			page["cursor"] != nil && json.Unmarshal(page["cursor"], &next) != nil {
			return "", a.notOurs()
		}
		if pages++; pages == 1 {
			out, whole = body, page
		}
		items = append(items, more...)
		return next, nil
	})
	if err != nil {
		return err
	}
	if pages > 1 {
		delete(whole, "cursor")
		if whole[list], err = json.Marshal(items); err != nil {
			return err
		}
		if out, err = json.Marshal(whole); err != nil {
			return err
		}
	}
	return harmless(e.stdout, bytes.NewReader(append(bytes.TrimSpace(out), '\n')), true)
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
	if unknown(x) {
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
		mark, word, colour := standing(m, why)
		text := skillOf(m)
		if s := reasonsMet(list[i:], r.Expanded); s != "" {
			text += " — " + s
		}
		p.row(mark+" "+word, colour, text)
		p.row("", dim, evidence(m, h.CheckedAt))
		if why != "" && word != "expired" {
			p.row("", dim, coded(string(why), why.Words()), colour)
		}
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

// standing gives how a badge stands now: expired only where nothing worse is
// known of it.
func standing(m *query.Match, why verdict.Reason) (mark, word, colour string) {
	x := results[m.Status]
	if m.Expired && (why == "" || why == verdict.Expired) {
		return x.mark, "expired", x.colour
	}
	return x.mark, string(m.Status), x.colour
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
	switch {
	case who == "":
	case m.Status == verdict.Verified || m.Status == verdict.Authentic:
		text += " by " + who
	default: // unproven: anybody can write a name
		text += ", says it is by " + who
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
	if s := trustWords[m.Trust]; s != "" {
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
		if f.Facet == query.FacetTrust {
			flag = "issuer-trust"
		}
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

// nothing says why nobody may have been found.
func (p *printer) nothing(r *index.Results) {
	for _, x := range r.Expanded {
		if unknown(x) {
			p.para(0, "no skills framework that is loaded knows "+x.Term+", so only its words were looked for")
		}
	}
	for _, f := range r.Facets {
		if f.Facet != query.FacetStatus {
			continue
		}
		for _, b := range f.Buckets {
			if b.Count > 0 && b.Value != string(verdict.Verified) {
				p.para(0, fmt.Sprintf("%s with --include %s", plural(b.Count, "applicant"), b.Value))
			}
		}
	}
}
