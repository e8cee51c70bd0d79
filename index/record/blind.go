package record

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Blind reading. Whoever may not see names gets a document without what names the
// applicant: a Mask takes his own words out of every text, Application.Blinded
// makes the whole document so, and Claim.Blind holds what blind readers search
// instead. What belongs to the applicant is worked out when the document is made
// (Submission.DisplayName and Addresses); of a document that does not say so,
// blind readers see and search no text but labels of frameworks.

// BlindRule is the number of the rule by which New says which words are the
// applicant's own. A document of a lower one tells blind readers no texts.
const BlindRule = 1

// BlindWords is what blind readers search of a claim in which a text names the
// applicant: the same fields without his own words. Issuer is "" when the issuer's
// id holds one, and can then be neither asked for nor counted.
type BlindWords struct {
	Issuer      string `json:"issuer,omitempty"`
	Hosts       string `json:"issuer_hosts,omitempty"` // by spaces
	LabelWords  string `json:"label_words,omitempty"`
	NameWords   string `json:"name_words,omitempty"`
	TitleWords  string `json:"title_words,omitempty"`
	Certificate string `json:"certificate,omitempty"`
	AboutWords  string `json:"about_words,omitempty"`
	IssuerW     string `json:"issuer_words,omitempty"`
	ClaimedW    string `json:"claimed_words,omitempty"`
}

// words gives what everybody searches of a claim, in the same form.
func (c *Claim) words() BlindWords {
	return BlindWords{c.Issuer, strings.Join(c.Hosts, " "), c.LabelWords, c.NameWords, c.TitleWords, c.Certificate, c.AboutWords, c.IssuerW, c.ClaimedW}
}

// ForBlind gives the claim as blind readers search it: itself where it is Clear.
// Label, IssuerName and what else is shown are not masked.
func (c *Claim) ForBlind() *Claim {
	if c.Clear {
		return c
	}
	k := *c
	b := c.Blind
	if b == nil {
		b = &BlindWords{}
	}
	k.Issuer, k.Hosts, k.LabelWords, k.NameWords, k.AboutWords = b.Issuer, strings.Fields(b.Hosts), b.LabelWords, b.NameWords, b.AboutWords
	k.IssuerW, k.ClaimedW, k.TitleWords, k.Certificate = b.IssuerW, b.ClaimedW, b.TitleWords, b.Certificate
	return &k
}

// Name gives the text of a badge (its name, a tag) as Text does, but whole where
// it says nothing but words of a skill that the badge has in a framework: a Ms
// Baker keeps her baking. labels are those skills'.
func (m *Mask) Name(s string, labels []string) string {
	if !m.hide && len(m.find(s)) > 0 && says(s, labels) {
		return s
	}
	return m.Text(s)
}

// says reports whether all words of s stand in one of the labels.
func says(s string, labels []string) bool {
	w := Words(s)
	return len(w) > 0 && slices.ContainsFunc(labels, func(l string) bool {
		have := Words(l)
		return !slices.ContainsFunc(w, func(x string) bool { return !slices.Contains(have, x) })
	})
}

// labels gives the framework labels of what credential n speaks of.
func (a *Application) labels(n int) []string {
	var out []string
	for i := range a.Claims {
		if c := &a.Claims[i]; c.Credential == n && c.ID != "" {
			out = once(out, c.Label)
		}
	}
	return out
}

// BadgeName gives the name of credential n as a blind reader sees it.
func (a *Application) BadgeName(m *Mask, n int) string {
	if n < 0 || n >= len(a.Credentials) {
		return ""
	}
	s := a.Credentials[n].Verdict.Credential.Name
	if !m.any(s) {
		return s
	}
	return m.Name(s, a.labels(n))
}

// Reference gives the name by which a blind reader asks for the application: the
// document's id where the application's own holds a word of the applicant's.
func (a *Application) Reference(m *Mask) string {
	if !m.hide && m.Text(a.Application) == a.Application || a.Application == "" {
		return a.Application
	}
	return a.ID
}

// Blinded gives a copy as a blind reader sees it: without the applicant's name,
// each part of a place by its kind, and his own words masked in every text but the
// labels of frameworks. It shares nothing that it changes with the original.
func (a *Application) Blinded() (*Application, error) {
	raw, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	b := &Application{}
	if err := json.Unmarshal(raw, b); err != nil {
		return nil, err
	}
	m := MaskOf(a)
	p := places{}
	for i := range b.Credentials {
		c := &b.Credentials[i]
		name, tags, where := a.BadgeName(m, i), []string(nil), p.blind(c.Where)
		labels := a.labels(i)
		for _, t := range c.Verdict.Credential.Tags {
			tags = append(tags, m.Name(t, labels))
		}
		m.Fill(&c.Verdict)
		c.Verdict.Credential.Name, c.Verdict.Credential.Tags, c.Where, c.Link = name, tags, where, ""
	}
	for i := range b.Unread {
		b.Unread[i].Where, b.Unread[i].Detail = p.blind(b.Unread[i].Where), m.Text(b.Unread[i].Detail)
	}
	for i := range b.NotFollowed {
		// An address may be called like the applicant in any part.
		b.NotFollowed[i].Where, b.NotFollowed[i].URL = p.blind(b.NotFollowed[i].Where), ""
	}
	for i := range b.Claims {
		k := &b.Claims[i]
		k.Blind = nil
		m.Fill(k)
		k.Hosts, k.LabelWords, k.NameWords, k.AboutWords, k.IssuerW, k.ClaimedW = nil, "", "", "", "", "" // for engines only
		k.TitleWords, k.Certificate = "", ""
	}
	b.Application, b.Job, b.Candidate = a.Reference(m), m.Text(a.Job), m.Text(a.Candidate)
	b.DisplayName, b.JobWords, b.BlindJob, b.Own, b.Flat = "", "", "", nil, Flat{NextUntil: a.Flat.NextUntil}
	return b, nil
}

// places number the documents and links that badges were found in.
type places map[string]string

// kinds are the steps of a place that say what stands there; what follows one is
// left out, unless it is a number.
var kinds = words("annotation attachment body cell chart comment credential field file footnote form frame header image info inline itxt json-ld key link member message metadata name object page paragraph part pdf picture properties qr sheet slide stream svg text textbox url variant xmp")

// blind gives a place without names: "document 1" or "link 1" for what was sent,
// and for each step in it its kind.
func (p places) blind(where string) string {
	steps := strings.Split(where, " > ")
	for i, s := range steps {
		if i > 0 {
			steps[i] = kindOf(s)
			continue
		}
		kind := "document "
		if strings.Contains(s, "://") || strings.HasPrefix(s, "link: ") { // one that is no URL
			kind = "link "
		}
		if p[s] == "" {
			n := 1
			for _, have := range p {
				if strings.HasPrefix(have, kind) {
					n++
				}
			}
			p[s] = kind + strconv.Itoa(n)
		}
		steps[i] = p[s]
	}
	return strings.Join(steps, " > ")
}

// kindOf says what a step of a place is: "attachment" of "attachment jane.pdf".
func kindOf(step string) string {
	switch step {
	case "QR code", "inline SVG", "inline file", "data: URI":
		return step
	}
	kind, rest, _ := strings.Cut(step, " ")
	switch {
	case strings.Contains(step, "://"):
		return "link"
	case !kinds[strings.ToLower(kind)]:
		return "file"
	case rest != "" && len(rest) < 7 && strings.Trim(rest, "0123456789") == "":
		return step
	}
	return kind
}

// blind works out what blind readers search: Claim.Clear, Claim.Blind, BlindJob
// and Flat's part of it.
func (a *Application) blind() {
	m := MaskOf(a)
	a.BlindJob = text(m.Text(a.Job))
	plain := !m.hide && len(m.needles) == 0
	last, touched := -1, false
	var labels []string
	var is BlindWords // of the credential at hand
	sets := make([]BlindWords, len(a.Claims))
	clear := true
	for i := range a.Claims {
		c := &a.Claims[i]
		if c.Clear, c.Blind = plain, nil; plain {
			continue
		}
		if n := c.Credential; n != last && n >= 0 && n < len(a.Credentials) {
			last = n
			v := &a.Credentials[n].Verdict.Credential
			hosts, by := known(&a.Credentials[n].Verdict)
			if touched = m.hide || m.any(slices.Concat([]string{v.Name, v.Description, v.Issuer.Name, v.Issuer.ID}, v.Tags, hosts, by)...); touched {
				labels = a.labels(n)
				title := m.Name(v.Name, labels)
				names := []string{title}
				for _, t := range v.Tags {
					names = append(names, m.Name(t, labels))
				}
				is = BlindWords{NameWords: signed(text(names...), signsOf(c.NameWords)...), AboutWords: text(m.Text(v.Description)), ClaimedW: text(m.Text(v.Issuer.Name), m.Text(v.Issuer.ID))}
				if is.TitleWords = text(title); title == v.Name {
					is.TitleWords, is.Certificate = c.TitleWords, c.Certificate
				}
				for i := range by {
					by[i] = m.Text(by[i])
				}
				is.IssuerW = text(by...)
				if m.Text(c.Issuer) == c.Issuer {
					// The proven host is not always that of the id.
					is.Issuer, is.Hosts = c.Issuer, strings.Join(slices.DeleteFunc(hosts, func(h string) bool { return m.any(h) }), " ")
				}
			}
		}
		b := c.words()
		if touched {
			b.Issuer, b.Hosts, b.NameWords, b.IssuerW, b.ClaimedW = is.Issuer, is.Hosts, is.NameWords, is.IssuerW, is.ClaimedW
			b.TitleWords, b.Certificate = is.TitleWords, is.Certificate
			if b.AboutWords != "" {
				b.AboutWords = is.AboutWords
			}
		}
		if c.ID == "" && m.any(c.Label) {
			b.LabelWords = text(m.Text(c.Label))
		}
		sets[i], clear = b, clear && b == c.words()
	}
	if plain {
		return
	}
	// All or none, so that an application is counted by one of the two alone.
	for i := range a.Claims {
		if a.Claims[i].Clear = clear; !clear {
			a.Claims[i].Blind = &sets[i]
		}
	}
}

// any reports whether one of the texts is not as blind readers see it.
func (m *Mask) any(list ...string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return m.hide && s != "" || len(m.find(s)) > 0 })
}
