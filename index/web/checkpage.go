package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"

	"assay/index/web/look"
	"assay/verify"
	"assay/verify/read"
	"assay/verify/verdict"
)

// checkView is what the template "check" takes, of the public page and of the one for
// whoever is signed in.
type checkView struct {
	Public       bool   // anybody's page: with what is done with what is sent
	Action       string // of the form
	Hourly       int    // checks, 0 = as many as one likes
	Emails, Link string
	Problem      string
	At           time.Time // when it was checked, zero before
	Took         string
	Files        []checkedFile
}

// checkedFile is what was found in a file or behind a link.
type checkedFile struct {
	ID      string
	Name    string
	Says    string // how many badges count
	Badges  []checkedBadge
	Counts  int
	Mend    int
	Unread  []checkedGap
	Unasked []checkedGap
	NoBadge bool
}

type checkedBadge struct {
	ID, Name string
	State    look.State
	Issuer   string
	When     string
	Says     string
	Skills   string
	Aspects  []checkedAspect
	Todo     []checkedTodo
	Where    string
}

// checkedAspect is an answer: its class, sign, word, and yes, no or not known for whoever
// does not see the sign.
type checkedAspect struct{ Class, Sign, Word, Answer string }

// checkedTodo is why, and what to do.
type checkedTodo struct{ Why, Do string }

type checkedGap struct{ Where, Why, Do string }

// title of the window.
func (v *checkView) title(t *look.Tongue) string {
	var out []string
	if v.Problem != "" {
		out = append(out, t.T("Not checked"))
	}
	for _, f := range v.Files {
		out = append(out, f.Name+": "+f.Says)
	}
	return strings.Join(append(out, t.T("What will an employer see?")), " · ")
}

// checkErrors are what kinds of errors mean to a person who has sent a form.
var checkErrors = map[Kind]string{
	KindTooLarge:  msg("That is too much: 5 files and 25 MiB are read in all."),
	KindMediaType: msg("That was no form of this page."),
	KindMalformed: msg("The form did not come in whole. Try again."),
	KindBusy:      msg("Too much is being checked at the moment. Try again in a few seconds."),
}

// typedIn is what the form shows again, and its key.
type typedIn struct{ emails, link, key string }

// readChecking reads the form of a page that checks.
func readChecking(w http.ResponseWriter, r *http.Request, body io.Reader) (c Checking, typed typedIn, err error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return c, typed, &DoorError{Kind: KindMediaType}
	}
	left := int64(publicBytes)
	err = readForm(body, params["boundary"], formFields{
		once: map[string]*string{"link": &typed.link, "email": &typed.emails, "key": &typed.key},
		file: func(part *multipart.Part, kind string) error {
			data, err := io.ReadAll(io.LimitReader(part, left+1))
			if err != nil {
				return broken(err)
			}
			if left -= int64(len(data)); left < 0 || len(c.Files) == publicFiles {
				return &DoorError{Kind: KindTooLarge}
			}
			if len(data) > 0 || part.FileName() != "" { // a browser sends a field without a file, too
				c.Files = append(c.Files, File{part.FileName(), kind, data})
			}
			return nil
		},
	})
	if s := strings.TrimSpace(typed.emails); s != "" {
		c.Emails = []string{s}
	}
	if s := strings.TrimSpace(typed.link); s != "" {
		c.Links = []string{s}
	}
	if err == nil && len(c.Files)+len(c.Links) == 0 {
		err = &DoorError{Kind: KindRefused}
	}
	return c, typed, err
}

// checking judges what was sent by a form, and shows it.
type checking struct {
	checker      Checker
	t            *look.Tongue
	now          func() time.Time
	unread, link func(reason string) string
}

// check asks the checker, unless the form could not be read, and gives what is shown, with
// its status. An error is to be logged; who is gone needs no page.
func (x checking) check(ctx context.Context, w http.ResponseWriter, tenant string, c Checking, typed typedIn, err error) (*checkView, int, error) {
	v := &checkView{Emails: typed.emails, Link: typed.link}
	begun := x.now()
	var reports []json.RawMessage
	if err == nil {
		reports, err = x.checker.Check(ctx, tenant, c)
	}
	if err == nil {
		v.Files, err = x.filesOf(reports)
	}
	var door *DoorError
	switch {
	case err == nil:
		v.At = x.now()
		if took := v.At.Sub(begun); took > 0 {
			v.Took = took.Round(100 * time.Millisecond).String()
		}
		return v, http.StatusOK, nil
	case errors.As(err, &door):
		status := http.StatusBadRequest
		says := cmp.Or(checkErrors[door.Kind], msg("That could not be read. Choose a file, or give a link."))
		switch {
		case door.Kind == KindBusy:
			status = http.StatusServiceUnavailable
			w.Header().Set("Retry-After", "10")
		case door.Kind == KindRefused && strings.HasPrefix(door.Member, "applicant"):
			says = msg("One of the e-mail addresses is none.")
		case door.Kind == KindRefused && strings.HasPrefix(door.Member, "link"):
			says = msg("The link is none that can be opened: it begins with https://.")
		}
		v.Problem = x.t.T(says)
		return v, status, nil
	}
	v.Problem = x.t.T("A fault in this program kept it from checking. It says nothing about your badge.")
	return v, http.StatusInternalServerError, err
}

// checkReport is a report as far as the page shows it.
type checkReport struct {
	Document string
	Findings []checkFinding
	Unread   []struct{ Where, Reason string }

	NotFollowed []struct{ URL, Reason string }
}

type checkFinding struct {
	Where      string
	Result     verify.Result
	Reason     verify.Reason
	Aspects    verify.Aspects
	Credential struct {
		Name    string
		Issuer  verdict.Party
		Issued  time.Time
		Expires time.Time
		Skills  []struct{ Label string }
	}
	Contained []checkFinding
}

// filesOf draws what the page shows from the reports of `assay check --json`.
func (x checking) filesOf(reports []json.RawMessage) ([]checkedFile, error) {
	var out []checkedFile
	badge := 0
	for i, raw := range reports {
		var r checkReport
		if err := json.Unmarshal(raw, &r); err != nil {
			return nil, err
		}
		f := checkedFile{ID: fmt.Sprintf("r%d", i+1), Name: clean(r.Document)}
		var add func(found checkFinding, where string)
		add = func(found checkFinding, where string) {
			badge++
			b := x.badgeOf(found)
			b.ID, b.Where = fmt.Sprintf("b%d", badge), strings.ReplaceAll(clean(where), " > ", " › ")
			if found.Result == verdict.Verified {
				f.Counts++
			} else {
				f.Mend++
			}
			f.Badges = append(f.Badges, b)
			for _, c := range found.Contained {
				add(c, where)
			}
		}
		for _, found := range r.Findings {
			add(found, found.Where)
		}
		for _, u := range r.Unread {
			f.Unread = append(f.Unread, checkedGap{clean(u.Where), x.t.T(cmp.Or(x.unread(u.Reason), words(u.Reason))), x.t.T(unreadRemedies[u.Reason])})
		}
		for _, l := range r.NotFollowed {
			f.Unasked = append(f.Unasked, checkedGap{clean(l.URL), x.t.T(cmp.Or(x.link(l.Reason), words(l.Reason))), x.t.T(unaskedRemedies[l.Reason])})
		}
		f.NoBadge = len(f.Badges) == 0
		switch n := len(f.Badges); {
		case n == 0:
			f.Says = x.t.T("no badge found")
		case n == 1 && f.Counts == 1:
			f.Says = x.t.T("its badge counts")
		case n == 1:
			f.Says = x.t.T("its badge does not count yet")
		default:
			f.Says = x.t.T("%d of %d badges count", f.Counts, n)
		}
		out = append(out, f)
	}
	return out, nil
}

// checkedSays is what an employer sees in a badge of each state, said to its holder.
var checkedSays = map[look.State]string{
	look.Verified:  msg("An employer sees this as yours and as real."),
	look.Authentic: msg("It is real, but nothing ties it to you."),
	look.Other:     msg("It is real, but it names an address or a person that is not known to be you."),
	look.Expired:   msg("A real badge whose time is over."),
	look.Early:     msg("A real badge whose time has not begun."),
	look.Unvouched: msg("It is unaltered, but nobody stands behind its issuer: anybody could have made it. An employer does not count it."),
	look.Blocked:   msg("The employer has blocked its issuer: nothing in it counts there."),
	look.Revoked:   msg("Its issuer has taken it back, so it does not count any more."),
	look.Suspended: msg("Its issuer has suspended it. It does not count as long as that lasts."),
	look.Gone:      msg("Its issuer’s server says that it was there and is no more. It does not count."),
	look.Void:      msg("Something about it does not hold, which may be a mistake. It does not count."),
	look.Altered:   msg("Something speaks against this badge. Nothing in it counts."),
	look.Waiting:   msg("Not decided yet: something could not be asked."),
	look.Unjudged:  msg("This form of credential is not judged."),
}

// checkedAspects are the answers to each question, in few words.
var checkedAspects = map[verdict.Question]struct{ yes, no, unknown string }{
	verdict.Integrity:   {msg("unaltered"), msg("not what was signed"), msg("whether unaltered, is not known")},
	verdict.Issuer:      {msg("issuer’s own"), msg("not the issuer’s own"), msg("whether the issuer’s own, is not known")},
	verdict.Status:      {msg("not taken back"), msg("taken back"), msg("whether taken back, is not known")},
	verdict.Dates:       {msg("in date"), msg("not in date"), msg("whether in date, is not known")},
	verdict.Recipient:   {msg("yours"), msg("names another address or person"), msg("whose, is not known")},
	verdict.Standing:    {msg("somebody stands behind the issuer"), msg("issuer not taken"), msg("nobody stands behind the issuer")},
	verdict.Conformance: {msg("as its standard asks"), msg("not as its standard asks"), msg("its standard was not tried")},
}

// aspectOf shows an answer. Red is only what speaks of fraud or of taking back.
func (x checking) aspectOf(q verdict.Question, a *verdict.Aspect) checkedAspect {
	w := checkedAspects[q]
	switch a.State {
	case verdict.Pass:
		if q == verdict.Standing && a.Level != "" {
			_, w.yes = signOf(a.Level)
		}
		return checkedAspect{"pass", "yes", x.t.T(w.yes), x.t.T("yes")}
	case verdict.Fail:
		w.no = cmp.Or(failedWord(q, a.Reason), w.no)
		switch q {
		case verdict.Integrity, verdict.Issuer, verdict.Status:
			return checkedAspect{"fail", "bad", x.t.T(w.no), x.t.T("no")}
		case verdict.Dates:
			if a.Reason == verdict.NotYetValid {
				return checkedAspect{"over", "early", x.t.T(w.no), x.t.T("no")}
			}
			return checkedAspect{"over", "old", x.t.T(w.no), x.t.T("no")}
		case verdict.Standing:
			return checkedAspect{"over", "key", x.t.T(w.no), x.t.T("no")}
		}
		return checkedAspect{"unknown", "ask", x.t.T(w.no), x.t.T("no")}
	case verdict.Unknown:
		if q == verdict.Standing {
			if a.Level != "" {
				_, w.unknown = signOf(a.Level)
			}
			return checkedAspect{"over", "key", x.t.T(w.unknown), x.t.T("no")}
		}
		return checkedAspect{"unknown", "ask", x.t.T(w.unknown), x.t.T("not known")}
	}
	return checkedAspect{"none", "lack", x.t.T(w.unknown), x.t.T("not asked")}
}

// badgeOf is a badge as its holder sees it.
func (x checking) badgeOf(found checkFinding) checkedBadge {
	t := x.t
	state := stateOf(found.Result, found.Reason, "")
	b := checkedBadge{Name: cmp.Or(clean(found.Credential.Name), t.T("A badge without a name")), State: state, Says: t.T(checkedSays[state])}
	by := found.Credential.Issuer
	switch {
	case by.Shown != "":
		b.Issuer = byOf(t, by.Shown, string(found.Aspects.Standing.Level), "").text()
	case by.Name != "":
		b.Issuer = t.T("says that it is from “%s”", clean(read.Cut(by.Name, maxClaim)))
	}
	var when []string
	if at := found.Credential.Issued; !at.IsZero() {
		when = append(when, t.T("earned %s", t.Month(at)))
	}
	switch end := found.Credential.Expires; {
	case end.IsZero():
	case end.After(x.now()):
		when = append(when, t.T("runs out %s", t.Month(end)))
	default:
		when = append(when, t.T("ended %s", t.Month(end)))
	}
	b.When = strings.Join(when, " · ")
	var skills []string
	for _, s := range found.Credential.Skills {
		skills = append(skills, clean(s.Label))
	}
	b.Skills = strings.Join(skills, ", ")
	tell := func(reason verdict.Reason) {
		why := t.T(sentence(reason))
		if reason != "" && !slices.ContainsFunc(b.Todo, func(o checkedTodo) bool { return o.Why == why }) {
			b.Todo = append(b.Todo, checkedTodo{why, t.T(remedies[reason])})
		}
	}
	if found.Result != verdict.Verified {
		tell(found.Reason)
	}
	for q, a := range found.Aspects.Each() {
		if a.State == "" || a.State == verdict.None && q != verdict.Recipient {
			continue
		}
		b.Aspects = append(b.Aspects, x.aspectOf(q, a))
		if a.State == verdict.Fail || a.State == verdict.Unknown && found.Result != verdict.Verified {
			tell(a.Reason)
		}
	}
	if found.Result == verdict.Authentic && found.Aspects.Recipient.State == verdict.None {
		tell(cmp.Or(found.Aspects.Recipient.Reason, verdict.RecipientUnknown))
	}
	return b
}

// checkPage shows the form.
func (h *handler) checkPage(a *asked) (*screen, error) {
	if h.o.Checker == nil {
		return nil, errNoChecks
	}
	return h.checkScreen(a, http.StatusOK, &checkView{}), nil
}

func (h *handler) checkScreen(a *asked, status int, v *checkView) *screen {
	v.Action, v.Hourly = to("/check", a.keep()), h.o.Checks
	return &screen{name: "check", status: status, title: v.title(a.speaks), here: "/check", view: v}
}

// checkPosted answers with what an employer would see, by what the tenant says of
// issuers. Nothing of it is kept.
func (h *handler) checkPosted(a *asked) (*screen, error) {
	if h.o.Checker == nil {
		return nil, errNoChecks
	}
	if fromElsewhere(a.Request) || a.session == nil && foreign(a.Request) {
		return nil, errStrange
	}
	end, err := h.beginCheck(a)
	if err != nil {
		return nil, err
	}
	defer end()
	body := &paced{ReadCloser: http.MaxBytesReader(a.w, a.Body, publicBytes+maxFields), to: http.NewResponseController(a.w), end: time.Now().Add(publicRead)}
	c, typed, err := readChecking(a.w, a.Request, body)
	if a.session != nil && !h.sessions.FormOf(a.session, typed.key) {
		return nil, errStrange // as form has it; a form that broke off before its key, too
	}
	v, status, err := checking{h.o.Checker, a.speaks, h.o.Now, h.o.Unread, h.o.Link}.check(a.Context(), a.w, a.caller.Tenant, c, typed, err)
	if err != nil {
		return nil, err
	}
	return h.checkScreen(a, status, v), nil
}
