package web

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"assay/index/record"
	"assay/index/skills"
	"assay/index/web/look"
	"assay/verify/verdict"
)

// credentialView is a badge on a record: what it is, how it stands, and what that rests
// on.
type credentialView struct {
	Number      int
	Name        string
	State       look.State
	By          issuerView
	When        string
	Warnings    []string // whom its issuer could be taken for, and for whom else it has issued
	Aspects     []aspectView
	Good        bool // all that was asked is good: folded where there is little room
	Reasons     []string
	Description string
	Skills      []skillTag
	More        int // further skills
	Evidence    []evidenceRow
	Where       string
	Links       []look.Link
	Decide      string // where its issuer is decided on
}

// aspectView is one of the seven questions, and its answer.
type aspectView struct{ Class, Sign, Question, Word, Answer string }

type skillTag struct{ Label, Tag string }

// evidenceRow is what was asked, what was found, and where.
type evidenceRow struct {
	Term    string
	Found   []foundView
	Sources []sourceView
}

// foundView is what was found, in the words of the page, or in English on a page of another
// language, where the check alone has words for it.
type foundView struct{ Text, English string }

// sourceView is a place that was read.
type sourceView struct {
	URL, Place, Read string
	Note             foundView
}

// issuerView names an issuer by what stands behind it: its listed name, or its host and
// then what it calls itself, or one text.
type issuerView struct {
	Name   string // as it is listed
	Host   string
	Claim  string // what it calls itself, behind the host
	Text   string
	Listed bool
}

// Bounds of what a badge shows of itself.
const (
	maxDescription = 500 // characters
	maxTags        = 16
	maxSources     = 6 // of one answer
	maxAddress     = 2048
)

// nowOf gives the result of a badge as it is now: what was real until its time was over
// has expired since the check.
func nowOf(d *verdict.Verdict, now time.Time) (result verdict.Result, since bool) {
	if ended(d, now) && good(d.Result) {
		return verdict.Expired, true
	}
	return d.Result, false
}

// ended reports whether a badge is past the end that it names, however it stands.
func ended(d *verdict.Verdict, now time.Time) bool {
	e := d.Credential.Expires
	return !e.IsZero() && !e.After(now)
}

func good(r verdict.Result) bool { return r == verdict.Verified || r == verdict.Authentic }

// badgeState is the state of a badge now.
func badgeState(d *verdict.Verdict, now time.Time) look.State {
	result, _ := nowOf(d, now)
	standing := string(d.Aspects.Standing.Level)
	if d.Aspects.Standing.State == verdict.Fail {
		standing = record.Blocked
	}
	return stateOf(result, d.Reason, standing)
}

// safeURL gives an address that a link may lead to; "" for any other.
func safeURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || len(s) > maxAddress || clean(s) != s || strings.Contains(s, record.Masked) {
		return ""
	}
	return s
}

// issuerOf names the issuer of a badge.
func (a *asked) issuerOf(d *verdict.Verdict) issuerView {
	by, b := &d.Credential.Issuer, &d.Backing
	claim := strings.NewReplacer(`"`, "'", "“", "'", "”", "'", "„", "'").Replace(clean(by.Name)) // nothing of it may seem to stand outside
	listed := d.Aspects.Standing.State != verdict.Fail && d.Aspects.Standing.Level == verdict.LevelListed
	place := clean(b.Host + b.Path)
	calls := func(text, calling string) issuerView {
		if claim == "" {
			return issuerView{Text: text}
		}
		return issuerView{Text: calling}
	}
	switch {
	case a.hides().schools:
		return issuerView{Text: a.hides().issuer}
	case by.ID == "" && by.Name == "" && by.Shown == "":
		return issuerView{Text: a.T("an unnamed issuer")}
	case listed && by.Shown != "" && by.Shown != b.Shown(verdict.LevelListed, "", by.Name):
		return issuerView{Name: clean(by.Shown), Listed: true}
	case b.Level == "" && by.Shown != "":
		return issuerView{Text: clean(by.Shown), Listed: listed}
	case b.Level == verdict.LevelSelf && b.Host == "":
		return calls(a.T("the applicant’s own key"), a.T("the applicant’s own key that calls itself “%s”", claim))
	case b.Level == verdict.LevelKey:
		return calls(a.T("a key"), a.T("a key that calls itself “%s”", claim))
	case b.Level == verdict.LevelPage:
		return calls(a.T("a page on %s", place), a.T("a page on %[1]s that calls itself “%[2]s”", place, claim))
	case b.Level == verdict.LevelAccount:
		platform := clean(b.Platform)
		return calls(a.T("an account on %s", platform), a.T("an account on %[1]s that calls itself “%[2]s”", platform, claim))
	case b.Level != "" && b.Platform != "":
		platform := clean(b.Platform)
		return calls(platform, a.T("%[1]s, by %[2]s", claim, platform))
	case b.Level != "":
		v := issuerView{Host: place, Claim: claim, Listed: listed}
		if strings.EqualFold(claim, place) {
			v.Claim = ""
		}
		return v
	case d.Aspects.Issuer.State == verdict.Pass && d.Aspects.Integrity.State == verdict.Pass:
		return issuerView{Text: clean(record.ShownIssuer(d))}
	}
	return calls(a.T("an issuer that gives no name"), a.T("an issuer that calls itself “%s”", claim))
}

// Words is the issuer in one text.
func (v issuerView) Words(t *look.Tongue) string {
	switch {
	case v.Name != "":
		return v.Name
	case v.Host != "" && v.Claim != "":
		return v.Host + ", " + t.T("which calls itself “%s”", v.Claim)
	}
	return cmp.Or(v.Host, v.Text)
}

// aspectWords are what an answer is called when it passes, fails, is unknown and is
// none.
var aspectWords = map[verdict.Question]struct{ pass, fail, unknown, none string }{
	verdict.Integrity:   {msg("unaltered"), msg("not what was signed"), msg("not compared yet"), msg("nothing to compare")},
	verdict.Issuer:      {msg("issuer’s own key"), msg("not the issuer’s"), msg("issuer not proven"), msg("names no issuer")},
	verdict.Status:      {msg("not taken back"), msg("taken back"), msg("status not known"), msg("names no status list")},
	verdict.Dates:       {msg("in date"), msg("dates do not fit"), msg("dates not known"), msg("names no dates")},
	verdict.Recipient:   {msg("this applicant’s"), msg("names another address or person"), msg("whose, is not known"), msg("names no holder")},
	verdict.Standing:    {msg("known issuer"), msg("issuer blocked by you"), msg("nobody stands behind it"), msg("not asked who stands behind it")},
	verdict.Conformance: {msg("by the book"), msg("breaks its specification"), msg("rules not tried"), msg("held to no specification")},
}

// standingWord is who stands behind an issuer, of one that counts or does not.
var standingWord = map[verdict.Level]string{
	verdict.LevelListed: msg("listed issuer"), verdict.LevelDomain: msg("own domain"), verdict.LevelAccount: msg("only an account"),
	verdict.LevelPage: msg("only a page"), verdict.LevelKey: msg("only a key"), verdict.LevelSelf: msg("only the applicant"),
}

// failedWord is what an answer that fails is called by its reason; "" where the question
// says enough.
func failedWord(q verdict.Question, r verdict.Reason) string {
	switch r {
	case verdict.NotYetValid:
		return msg("not begun yet")
	case verdict.Suspended:
		return msg("suspended")
	case verdict.Gone:
		return msg("no longer at its host")
	case verdict.NotFound:
		return msg("not at its host")
	case verdict.Unsigned:
		return msg("not signed")
	}
	switch {
	case r == "" || fraud(r):
	case q == verdict.Integrity:
		return msg("does not hold")
	case q == verdict.Issuer && r == verdict.RedirectedAway:
		return msg("another host answered")
	case q == verdict.Issuer:
		return msg("key does not hold")
	}
	return ""
}

// aspectOf gives an answer as a chip: its sign and word come before its colour. over is
// an end that has come since the check.
func (a *asked) aspectOf(q verdict.Question, x *verdict.Aspect, d *verdict.Verdict, over bool) aspectView {
	w := aspectWords[q]
	v := aspectView{Class: "none", Sign: "lack", Question: a.T(q.Words()), Word: a.T(w.none), Answer: a.T("not asked")}
	hosted := d.Proof == "hosted"
	switch x.State {
	case verdict.Pass:
		v.Class, v.Sign, v.Word, v.Answer = "pass", "yes", a.T(w.pass), a.T("yes")
		switch {
		case q == verdict.Integrity && hosted:
			v.Word = a.T("as on the issuer’s host")
		case q == verdict.Issuer && hosted:
			v.Word = a.T("issuer’s own host")
		case q == verdict.Standing:
			v.Word = a.T(cmp.Or(standingWord[x.Level], w.pass))
		}
	case verdict.Fail:
		v.Class, v.Sign, v.Word, v.Answer = "fail", "bad", a.T(w.fail), a.T("no")
		switch word := failedWord(q, x.Reason); {
		case x.Reason == verdict.NotYetValid:
			v.Class, v.Sign, v.Word = "over", "early", a.T(word)
		case word != "":
			v.Word = a.T(word)
		case q == verdict.Integrity && hosted:
			v.Word = a.T("not as on the issuer’s host")
		}
	case verdict.Unknown:
		v.Class, v.Sign, v.Word, v.Answer = "unknown", "ask", a.T(w.unknown), a.T("not known")
		if q == verdict.Standing {
			v.Class, v.Sign, v.Word, v.Answer = "over", "key", a.T(cmp.Or(standingWord[x.Level], w.unknown)), a.T("no")
		}
	}
	if q == verdict.Dates && (over || x.State == verdict.Fail && x.Reason == verdict.PastEnd) {
		v.Class, v.Sign, v.Answer = "over", "old", a.T("no")
		if v.Word = a.T("over"); !d.Credential.Expires.IsZero() {
			v.Word = a.T("over since %s", a.speaks.Month(d.Credential.Expires))
		}
	}
	return v
}

// foundOf says what was found of an aspect. over is an end that has come since the check.
func (a *asked) foundOf(q verdict.Question, x *verdict.Aspect, d *verdict.Verdict, over bool) []foundView {
	if x.State != verdict.Pass {
		var out []foundView
		if x.Reason != "" {
			out = append(out, foundView{Text: a.T(sentence(x.Reason))})
		}
		if x.Detail != "" {
			out = append(out, a.detail(x.Detail))
		}
		return out
	}
	c := &d.Credential
	text := ""
	switch q {
	case verdict.Integrity:
		if text = a.T("The text is exactly what was signed (%s).", clean(d.Proof)); d.Proof == "hosted" {
			text = a.T("The issuer’s server says the same.")
		}
	case verdict.Issuer:
		if text = a.T("Signed with the issuer’s own key."); d.Proof == "hosted" {
			text = a.T("It lies on a host that the issuer answers for.")
		}
	case verdict.Status:
		text = a.T("Not taken back by the issuer.")
	case verdict.Dates:
		switch {
		case over && !c.Issued.IsZero():
			text = a.T("Began %[1]s; ended %[2]s.", a.speaks.Date(c.Issued), a.speaks.Date(c.Expires))
		case over:
			text = a.T("Ended %s.", a.speaks.Date(c.Expires))
		case !c.Issued.IsZero() && !c.Expires.IsZero():
			text = a.T("Began %[1]s; ends %[2]s.", a.speaks.Date(c.Issued), a.speaks.Date(c.Expires))
		case !c.Issued.IsZero():
			text = a.T("Began %s; names no end.", a.speaks.Date(c.Issued))
		case !c.Expires.IsZero():
			text = a.T("Ends %s.", a.speaks.Date(c.Expires))
		default:
			text = a.T("Nothing in it has ended.")
		}
	case verdict.Recipient:
		switch x.Reason {
		case "":
			text = a.T("What the applicant gave matches the holder that it names.")
		case verdict.RecipientWeak:
			text = a.T("It names the applicant, by evidence that others could make fit.")
		default:
			text = a.T(sentence(x.Reason))
		}
	case verdict.Standing:
		text = a.T(x.Level.Words())
	case verdict.Conformance:
		text = a.T("%s, all rules met.", a.T(formatName(d.Format)))
	}
	if text == "" {
		return nil
	}
	return []foundView{{Text: text}}
}

// sourcesOf gives what was read for an answer. A blind reader is told the host alone: any
// other part of an address may name the applicant.
func (a *asked) sourcesOf(x *verdict.Aspect) []sourceView {
	var out []sourceView
	for _, e := range x.Evidence[:min(len(x.Evidence), maxSources)] {
		s := sourceView{URL: safeURL(e.URL), Place: clean(e.URL)}
		if a.blind() {
			s.URL, s.Place = "", ""
			if u, err := url.Parse(e.URL); err == nil {
				s.Place = clean(u.Host)
			}
		}
		var read []string
		if !e.At.IsZero() {
			read = append(read, a.T("read %s", a.speaks.Time(e.At)))
		}
		if e.SHA256 != "" {
			read = append(read, "sha256 "+clean(e.SHA256))
		}
		if e.Note != "" {
			s.Note = a.detail(e.Note)
		}
		if s.Read = strings.Join(read, " · "); s.Place != "" || s.Read != "" || e.Note != "" {
			out = append(out, s)
		}
	}
	if more := len(x.Evidence) - maxSources; more > 0 {
		out = append(out, sourceView{Read: a.T("%d further places were read", more)})
	}
	return out
}

// whenOf says when a badge was earned, until when it holds, and what form it has.
func (a *asked) whenOf(d *verdict.Verdict, now time.Time) string {
	var out []string
	if at := d.Credential.Issued; !at.IsZero() {
		out = append(out, a.T("earned %s", a.speaks.Date(at)))
	}
	switch end := d.Credential.Expires; {
	case a.hides().dates:
	case end.IsZero():
		out = append(out, a.T("no end"))
	case end.After(now):
		out = append(out, a.T("runs out %s", a.speaks.Date(end)))
	default:
		out = append(out, a.T("ended %s", a.speaks.Date(end)))
	}
	return strings.Join(append(out, a.T(formatName(d.Format))), " · ")
}

// credentialOf shows credential i of a record. alone: its issuer has issued to nobody
// else here.
func (h *handler) credentialOf(a *asked, app *record.Application, i int, alone bool, now time.Time) credentialView {
	c := &app.Credentials[i]
	d := &c.Verdict
	v := credentialView{Number: i + 1, Name: cmp.Or(clean(d.Credential.Name), a.T("A badge without a name")), State: badgeState(d, now), By: a.issuerOf(d),
		When: a.whenOf(d, now), Description: clipped(clean(d.Credential.Description), maxDescription), Where: strings.ReplaceAll(clean(c.Where), " > ", " › ")}
	result, since := nowOf(d, now)
	v.Good = result == verdict.Verified
	for q, x := range d.Aspects.Each() {
		chip := a.aspectOf(q, x, d, ended(d, now))
		v.Aspects = append(v.Aspects, chip)
		v.Good = v.Good && (chip.Class == "pass" || chip.Class == "none")
		row := evidenceRow{Term: capital(chip.Word), Found: a.foundOf(q, x, d, ended(d, now)), Sources: a.sourcesOf(x)}
		if len(row.Found)+len(row.Sources) > 0 {
			v.Evidence = append(v.Evidence, row)
		}
	}
	switch {
	case since:
		v.Reasons = append(v.Reasons, a.T("It ran out on %s, after it was checked. It proves nothing any more.", a.speaks.Date(d.Credential.Expires)))
	case d.Reason != "" && result != verdict.Verified:
		v.Reasons = append(v.Reasons, a.T(sentence(d.Reason)))
	}
	if result == verdict.Pending {
		v.Reasons = append(v.Reasons, a.T("It will be asked again."))
	}
	if says := a.unconfirmed(d.Unconfirmed); says != "" && !good(d.Result) {
		v.Reasons = append(v.Reasons, says)
	}
	h.warn(a, d, &v)
	if alone {
		v.Warnings = append(v.Warnings, a.T("This issuer has issued to this applicant only, of all applicants here."))
	}
	h.skillsOf(a, app, i, &v)
	if id := clean(d.Credential.Issuer.ID); id != "" {
		v.Evidence = append(v.Evidence, evidenceRow{Term: a.T("Issuer’s id"), Found: []foundView{{Text: id}}})
	}
	criteria := safeURL(d.Credential.Criteria)
	if text := clean(d.Credential.Criteria); text != "" && criteria == "" {
		v.Evidence = append(v.Evidence, evidenceRow{Term: a.T("Criteria"), Found: []foundView{{Text: clipped(text, maxDescription)}}})
	}
	if at := safeURL(d.Credential.ID); at != "" && !a.blind() { // its page names whose it is
		v.Links = append(v.Links, look.Link{Text: a.T("Badge"), URL: at})
	}
	if criteria != "" {
		v.Links = append(v.Links, look.Link{Text: a.T("Criteria"), URL: criteria})
	}
	if at := cmp.Or(safeURL(d.Credential.Issuer.URL), safeURL(d.Credential.Issuer.ID)); at != "" {
		v.Links = append(v.Links, look.Link{Text: a.T("Issuer"), URL: at})
	}
	return v
}

// unconfirmed says what only the copy at hand says of a badge; "" = nothing.
func (a *asked) unconfirmed(u verdict.Unconfirmed) string {
	var says []string
	quoted := func(s string) string {
		return strings.NewReplacer(`"`, "'", "“", "'", "”", "'", "„", "'").Replace(clean(s)) // nothing of it may seem to stand outside
	}
	switch {
	case u.Name != "" && u.Issuer != "":
		says = append(says, a.T("The copy that was sent calls it “%[1]s” and its issuer “%[2]s”.", quoted(u.Name), quoted(u.Issuer)))
	case u.Name != "":
		says = append(says, a.T("The copy that was sent calls it “%s”.", quoted(u.Name)))
	case u.Issuer != "":
		says = append(says, a.T("The copy that was sent calls its issuer “%s”.", quoted(u.Issuer)))
	}
	switch u.Recipient {
	case verdict.Pass:
		says = append(says, a.T("The copy names the applicant."))
	case verdict.Fail:
		says = append(says, a.T("The copy names somebody else."))
	case verdict.Unknown:
		says = append(says, a.T("The copy names its holder by what is not known of the applicant."))
	case verdict.None:
		says = append(says, a.T("The copy names no holder."))
	}
	if len(says) == 0 {
		return ""
	}
	return strings.Join(append(says, a.T("None of this is confirmed.")), " ")
}

// details are what the checks add to a reason in words of their own: the messages among
// them. The rest quotes what was found, and stays as it is.
var details = map[string]bool{
	msg("no answer"):                                                                                 true,
	msg("the seal is dated in the future"):                                                           true,
	msg("the seal is dated before its certificate"):                                                  true,
	msg("its issuer is written so that two readers see two"):                                         true,
	msg("the token holds its credential twice"):                                                      true,
	msg("the issuer's documents do not refer to the key"):                                            true,
	msg("names the schema of another kind of credential"):                                            true,
	msg("the schema is not the one that was named"):                                                  true,
	msg("the key is past its date; the issuer's host has the signed badge from before"):              true,
	msg("the key is past its date; the issuer's host has the badge from before"):                     true,
	msg("the proof of the holder is not over what is disclosed"):                                     true,
	msg("the claim status of a token"):                                                               true,
	msg("more revocation lists than are asked"):                                                      true,
	msg("the revocation list has no http address"):                                                   true,
	msg("the key is the issuer's, the signature is not this key's"):                                  true,
	msg("the issuer's id is no http address, or leads on to a file that anybody may have put there"): true,
	msg("the issuer's profile does not list the key"):                                                true,
	msg("the key does not lie on the issuer's host"):                                                 true,
	msg("the issuer's document refers to no key"):                                                    true,
	msg("not signed, and names no address at which its issuer confirms it"):                          true,
	msg("says that it is signed, and comes without its signature"):                                   true,
	msg("there is nothing at the address of its class, which says what it is for"):                   true,
	msg("names a class or issuer by no address"):                                                     true,
	msg("another server answered in its stead, and does not speak for it"):                           true,
}

// detail is what a check adds to its answer.
func (a *asked) detail(s string) foundView {
	switch {
	case details[s]:
		return foundView{Text: a.T(s)}
	case a.speaks.Code == "en":
		return foundView{Text: clean(s)}
	}
	return foundView{English: clean(s)}
}

// warn tells of what is not as it should be, and speaks for nothing: whom the issuer
// could be taken for before all else.
func (h *handler) warn(a *asked, d *verdict.Verdict, v *credentialView) {
	for _, w := range d.Warnings {
		text := a.T(cmp.Or(w.Words(), capital(words(string(w)))+"."))
		switch w {
		case verdict.WarnNameLookalike, verdict.WarnHostLookalike:
			v.Warnings = append(v.Warnings, text)
			continue
		case verdict.WarnCertificate:
			if c, ok := record.OthersCertificate(d, h.o.Taxonomy()); ok {
				var names []string
				for _, issuer := range c.Issuers {
					names = append(names, clean(issuer.Name))
				}
				text = a.T("It is named like %[1]s, which %[2]s issues; %[3]s is none of theirs.", clean(c.Name), strings.Join(names, " "+a.T("or")+" "), clean(d.Backing.Host))
			}
		}
		v.Reasons = append(v.Reasons, a.T("Note: %s", text))
	}
}

// skillsOf lists the skills of a badge, and among its evidence what each was read from.
func (h *handler) skillsOf(a *asked, app *record.Application, i int, v *credentialView) {
	var row evidenceRow
	for k := range app.Claims {
		c := &app.Claims[k]
		if c.Credential != i || c.Label == "" {
			continue
		}
		if len(v.Skills) == maxTags {
			v.More++
			continue
		}
		s := skillTag{Label: clean(c.Label), Tag: a.T("by name")}
		if c.Level != "" {
			s.Label += ", " + clean(c.Level)
		}
		if c.Basis.Exact() {
			s.Tag = a.T("exact")
		}
		v.Skills = append(v.Skills, s)
		row.Found = append(row.Found, foundView{Text: s.Label + ": " + a.basis(h.o.Taxonomy(), c.Basis, cmp.Or(c.Framework, c.Named), c.ID, app.Credentials[i].Verdict.Credential.Name)})
	}
	if len(row.Found) > 0 {
		row.Term = a.T("Skills")
		v.Evidence = append(v.Evidence, row)
	}
}

// basis says whether a badge names a skill itself, exactly, or the skill was inferred
// from its words, and from which. name is the badge's.
func (a *asked) basis(t *skills.Taxonomy, basis skills.Basis, framework, id, name string) string {
	named := clean(framework)
	framework = cmp.Or(named, a.T("framework"))
	switch basis {
	case skills.BasisURI:
		return a.T("exact, by its %s id", framework)
	case skills.BasisCode:
		return a.T("exact, by its %s code", framework)
	case skills.BasisLabel:
		return a.T("inferred from its name in %s", framework)
	case skills.BasisAlias:
		return a.T("inferred from another name of it")
	case skills.BasisText, skills.BasisName:
		for _, s := range t.Resolve(verdict.Credential{Name: name}) {
			if s.ID == id && s.Basis == basis {
				return a.T("inferred from the badge’s name")
			}
		}
		if basis == skills.BasisName {
			return a.T("inferred from words of a tag")
		}
		return a.T("inferred from a tag")
	case skills.BasisUnmapped:
		if named != "" {
			return a.T("as the badge puts it, not found in %s", named)
		}
		return a.T("as the badge puts it, in no framework")
	}
	return a.T("names no skill")
}
