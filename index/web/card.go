package web

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/index/web/look"
	"assay/verify/verdict"
)

// cardView is an applicant of a list.
type cardView struct {
	ID, Value    string // of the element; of the box that chooses
	Title, URL   string
	Choose       string // what the box does
	Sub          string
	Marks        []bool // what was asked for, met or not
	Met          string
	Proof        []proofView
	More         int // badges that match, too
	Badges       int
	Issuers      int
	Newest, Next string
	Left, Lacks  string // what does not count, and what is lacking
	Unread       string
	Pending      string // links that could not be asked yet
	UnreadURL    string
}

// proofView is a badge that met the question.
type proofView struct {
	labels []string // of the skills that are shown

	State     look.State
	Form      string // of what is not judged, or what else is known of what is over
	Name      []look.Part
	URL       string // of its evidence
	By        byView
	Warn, Why string // whom its issuer could be taken for; why it does not hold
	Skills    []skillView
	Earned    time.Time
	Dated     bool
	End       string
}

// byView names an issuer by what stands behind it: what is known before what it calls
// itself.
type byView struct {
	Listed              string
	Before, Host, Claim string
}

// skillView is a skill that a badge shows, and how that is known.
type skillView struct {
	Label []look.Part
	Level string
	Tags  []tagView
}

// tagView is a word, and the sentence that says what it means.
type tagView struct{ Word, Help string }

// shownProof bounds the badges on a card, and shownSkills the skills of one.
const (
	shownProof  = 3
	shownSkills = 2
	shownText   = 90 // characters of a text that a stranger wrote
)

// cardOf shows a hit: all are the words that were asked for in its tier, lacks those of
// them that were given up.
func (h *handler) cardOf(a *asked, hit index.Hit, n int, all, lacks []string) cardView {
	now := h.o.Now()
	c := cardView{ID: "c" + a.speaks.Number(n), Value: hit.Application, URL: recordURL(a, hit.Application), Title: a.called(hit.DisplayName, hit.ID),
		Badges: hit.Counts.Verified, Issuers: hit.Breadth.Issuers}
	c.Choose = a.T("Choose %s", c.Title)
	sub := []string{jobOf(hit.Job)}
	if !hit.AppliedAt.IsZero() {
		sub = append(sub, a.T("applied %s", a.speaks.Ago(hit.AppliedAt, now)))
	}
	c.Sub = strings.Join(slices.DeleteFunc(sub, func(s string) bool { return s == "" }), " · ")
	for _, at := range []struct {
		to *string
		at time.Time
	}{{&c.Newest, hit.Breadth.Last}, {&c.Next, hit.Breadth.NextExpiry}} {
		if !at.at.IsZero() {
			*at.to = a.speaks.Month(at.at)
		}
	}
	c.Proof, c.More = a.proofs(&hit, c.URL)
	if len(all) > 1 {
		met, missing := 0, []string{}
		for _, w := range all {
			if slices.ContainsFunc(hit.Why, func(m query.Match) bool { return m.Term == w && m.How != query.HowRelated }) || !slices.Contains(lacks, w) {
				met++
			} else {
				missing = append(missing, clean(w))
			}
		}
		for i := range all {
			c.Marks = append(c.Marks, i < met)
		}
		c.Met, c.Lacks = a.T("%[1]d of %[2]d", met, len(all)), strings.Join(missing, ", ")
	}
	c.Left = a.left(&hit.Counts)
	if hit.Unread > 0 {
		c.Unread = a.T("%d parts could not be read", hit.Unread)
	}
	if hit.Pending > 0 {
		c.Pending = a.T("%d links could not be asked yet", hit.Pending)
	}
	c.UnreadURL = c.URL + "#unread"
	return c
}

// left says which badges do not count.
func (a *asked) left(n *verdict.Counts) string {
	var out []string
	// Beyond what a record holds, badges are counted among those that are not judged.
	beyond := min(max(n.Total()-record.MaxCredentials, 0), n.Unsupported)
	unjudged := n.Unsupported - beyond
	for _, x := range []struct {
		n    int
		text string
	}{{n.Expired, a.T("%d expired", n.Expired)}, {n.Pending, a.T("%d waiting", n.Pending)}, {n.Authentic, a.T("%d authentic or for another address or person", n.Authentic)}, {n.Unvouched, a.T("%d unvouched", n.Unvouched)},
		{n.Rejected, a.T("%d altered, revoked, blocked, not yet valid or otherwise refused", n.Rejected)}, {unjudged, a.T("%d not judged", unjudged)}, {beyond, a.T("%d not kept", beyond)}} {
		if x.n > 0 {
			out = append(out, x.text)
		}
	}
	return strings.Join(out, ", ")
}

// refusedState is how a rejected badge stands, as the record has it.
func refusedState(b *index.Refused) look.State {
	if b.Blocked {
		return stateOf(verdict.Rejected, b.Reason, record.Blocked)
	}
	return stateOf(verdict.Rejected, b.Reason, "")
}

// called is the applicant's name, or in blind reading a short form of the id.
func (a *asked) called(name, id string) string {
	if name = shortened(clean(name)); !a.blind() && name != "" {
		return name
	}
	return nameless(a.speaks, id)
}

// nameless is how an applicant is called whose name is not told.
func nameless(t *look.Tongue, id string) string {
	id = strings.ToUpper(id)
	if len(id) >= 6 {
		id = id[:2] + "-" + id[2:6]
	}
	return t.T("Applicant %s", id)
}

// proofs shows the badges of a hit, each once with the skills for which it stands there,
// and then what of it is refused.
func (a *asked) proofs(hit *index.Hit, url string) (out []proofView, more int) {
	at := map[int]int{}
	spans := map[int][]query.Span{} // of each badge's name, by all that met it
	for _, m := range slices.Concat(hit.Why, hit.Proven) {
		i, ok := at[m.Credential]
		switch {
		case !ok && len(at) < shownProof:
			i = len(out)
			out = append(out, a.proofOf(&m, url))
		case !ok:
			i = -1
			more++
		}
		at[m.Credential] = i
		if i < 0 {
			continue
		}
		if len(m.NameSpans) > 0 {
			spans[i] = query.JoinSpans(spans[i], m.NameSpans)
			out[i].Name = parts(m.Name, spans[i], false)
		}
		if m.Label != "" && !slices.Contains(out[i].labels, m.Label) && len(out[i].Skills) < shownSkills {
			out[i].labels = append(out[i].labels, m.Label)
			out[i].Skills = append(out[i].Skills, a.skillOf(&m))
		}
	}
	for _, b := range hit.Refused {
		if _, ok := at[b.Credential]; ok || len(at) >= shownProof {
			continue
		}
		at[b.Credential] = -1
		p := a.proofOf(&b.Shown, url)
		p.State = refusedState(&b)
		if b.Shown.Label != "" {
			p.Skills = append(p.Skills, a.skillOf(&b.Shown))
		}
		out = append(out, p)
	}
	return out, more
}

// why says for what reason a badge does not hold.
func (a *asked) why(r verdict.Reason) string {
	if r == "" {
		return ""
	}
	return a.T(sentence(r))
}

// proofOf shows the badge that a match is of.
func (a *asked) proofOf(m *query.Match, url string) proofView {
	p := proofView{State: stateOf(m.Status, m.Reason, m.Standing), Name: parts(m.Name, m.NameSpans, false), URL: anchor(url, m.Credential), By: a.byOf(m.IssuerName, m.Standing)}
	if clean(m.Name) == "" {
		p.Name = []look.Part{{Text: a.T("a badge without a name")}}
	}
	switch {
	case p.State == look.Unjudged:
		p.Form = a.T(formatName(m.Form))
	case p.State == look.Expired && m.Reason == verdict.RecipientMismatch:
		p.Form = a.T(look.Other.Word())
	}
	if m.Status == verdict.Rejected {
		p.Why = a.why(m.Reason)
	}
	switch m.Resembles {
	case verdict.WarnNameLookalike:
		p.Warn = a.T("Its issuer’s name resembles that of a listed issuer. It is another.")
	case verdict.WarnHostLookalike:
		p.Warn = a.T("Its issuer’s host resembles that of a listed issuer. It is another.")
	}
	p.Dated, p.Earned = !m.Earned.IsZero(), m.Earned
	switch {
	case m.Status == verdict.Rejected && m.Expires.IsZero():
		p.End = a.T("does not count")
	case m.Status == verdict.Rejected:
		p.End = a.T("to %s", a.speaks.Month(m.Expires)) + ", " + a.T("does not count")
	case m.Expires.IsZero() && p.State == look.Expired:
		p.End = a.T("ended")
	case m.Expires.IsZero() && p.Dated:
		p.End = a.T("no end")
	case m.Expires.IsZero():
	case m.Expired:
		p.End = a.T("ended %s", a.speaks.Month(m.Expires))
	default:
		p.End = a.T("to %s", a.speaks.Month(m.Expires))
	}
	return p
}

// skillOf shows the skill of a match, and how it is known.
func (a *asked) skillOf(m *query.Match) skillView {
	s := skillView{Label: parts(m.Label, m.LabelSpans, m.How == query.HowExact || m.How == query.HowAlias), Level: clean(m.Level)}
	switch {
	case m.Basis.Exact():
		s.Tags = append(s.Tags, tagView{a.T("exact"), a.T("The badge names the skill itself, by its public identifier.")})
	case m.Basis == skills.BasisUnmapped:
		s.Tags = append(s.Tags, tagView{a.T("own words"), a.T("The skill stands in no framework: it is as the badge puts it.")})
	default:
		s.Tags = append(s.Tags, tagView{a.T("by name"), a.T("The skill was read from the badge’s name or tags; the issuer did not name it by an identifier.")})
	}
	switch m.How {
	case query.HowNarrower:
		s.Tags = append(s.Tags, tagView{a.T("narrower"), a.T("The badge names a skill that lies below the one you asked for.")})
	case query.HowRelated:
		s.Tags = append(s.Tags, tagView{a.T("related"), a.T("A skill beside the one you asked for. It is no proof of it.")})
	case query.HowTypo:
		s.Tags = append(s.Tags, tagView{a.T("respelt"), a.T("It was found with a typing error in your question set right.")})
	case query.HowForm:
		s.Tags = append(s.Tags, tagView{a.T("another form"), a.T("Another form of the word that you asked for.")})
	case query.HowIssuer, query.HowClaimed:
		s.Tags = append(s.Tags, tagView{a.T("by issuer"), a.T("The words that you asked for are those of its issuer.")})
	case query.HowAbout:
		s.Tags = append(s.Tags, tagView{a.T("described"), a.T("The words that you asked for stand in the badge’s description only.")})
	}
	return s
}

// byOf names an issuer as it may be shown (query.Match.IssuerName). What it calls itself
// stands in quotes behind what is known of it.
func (a *asked) byOf(shown, standing string) byView {
	return byOf(a.speaks, shown, standing, a.hides().issuer)
}

// byOf names an issuer in a language. hidden is what stands for one that is not told.
func byOf(t *look.Tongue, shown, standing, hidden string) byView {
	shown = clean(shown)
	head, claim, calls := strings.Cut(strings.TrimSuffix(shown, `"`), ` calls itself "`)
	head = strings.TrimSuffix(strings.TrimSuffix(head, ", which"), " that")
	on := func(text, at string) byView {
		v := byView{Before: text, Host: at}
		if calls {
			v.Claim = " " + t.T("that calls itself “%s”", shortened(claim))
		}
		return v
	}
	switch {
	case standing == string(verdict.LevelListed) && !calls:
		return byView{Listed: shortened(shown)}
	case head != "" && head == hidden:
		return on(head, "")
	case shown == "an issuer that gives no name":
		return on(t.T("an issuer without a name"), "")
	case head == "a key":
		return on(t.T("a key"), "")
	case head == "the applicant's own key":
		return on(t.T("the applicant’s own key"), "")
	case strings.HasPrefix(head, "an account on "):
		return on(t.T("an account on"), strings.TrimPrefix(head, "an account on "))
	case strings.HasPrefix(head, "a page on "):
		return on(t.T("a page on"), strings.TrimPrefix(head, "a page on "))
	case calls:
		return byView{Host: head, Claim: t.T(", which calls itself “%s”", shortened(claim))}
	}
	return byView{Host: shortened(shown)}
}

// text is the issuer in one text.
func (v byView) text() string { return strings.TrimSpace(v.Before+" "+v.Host+v.Listed) + v.Claim }

// shortened is a text that a stranger wrote, no longer than there is room for.
func shortened(s string) string {
	if r := []rune(s); len(r) > shownText {
		return strings.TrimSpace(string(r[:shownText])) + "…"
	}
	return s
}

// parts cuts a text at its spans; whole marks all of it when there is none.
func parts(s string, spans []query.Span, whole bool) []look.Part {
	if len(spans) == 0 {
		return []look.Part{{Text: shortened(clean(s)), Mark: whole}}
	}
	var all []look.Part
	size, first := 0, -1 // in characters; where the first mark ends
	add := func(text string, mark bool) {
		if text = clean(text); text == "" {
			return
		}
		all = append(all, look.Part{Text: text, Mark: mark})
		if size += utf8.RuneCountInString(text); mark && first < 0 {
			first = size
		}
	}
	at := 0
	for _, sp := range spans {
		if sp.Start < at || sp.End > len(s) || sp.Start >= sp.End {
			continue
		}
		add(s[at:sp.Start], false)
		add(s[sp.Start:sp.End], true)
		at = sp.End
	}
	add(s[at:], false)
	return window(all, size, first)
}

// window is what of a text in parts there is room for: its beginning, or, where the first
// mark ends behind that, a piece that ends with the mark. What is left out is told by "…".
func window(all []look.Part, size, mark int) []look.Part {
	skip := 0
	if mark > shownText {
		skip = mark - shownText
	}
	if size <= shownText {
		return all
	}
	var out []look.Part
	if skip > 0 {
		out = append(out, look.Part{Text: "…"})
	}
	left := shownText
	for _, p := range all {
		r := []rune(p.Text)
		n := min(skip, len(r))
		skip, r = skip-n, r[n:]
		r = r[:min(left, len(r))]
		if left -= len(r); len(r) > 0 {
			out = append(out, look.Part{Text: string(r), Mark: p.Mark})
		}
	}
	if mark < size {
		out = append(out, look.Part{Text: "…"})
	}
	return out
}
