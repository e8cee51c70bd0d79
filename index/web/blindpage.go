package web

import (
	"net/http"
	"net/url"
	"slices"

	"assay/index/web/look"
	"assay/index/web/session"
)

// blindPage says what blind reading hides, and where it is changed.
func (h *handler) blindPage(a *asked) (*screen, error) {
	return &screen{name: "blindness", title: a.T("Blind reading")}, nil
}

// readingOf says how a page is read.
func readingOf(a *asked) *look.Reading {
	r := &look.Reading{On: a.blind(), Schools: a.kept.Schools, Dates: a.kept.Dates, MayLift: a.caller.Rights.May(MayNames), Session: a.session != nil, To: sameAgain(a.Request)}
	switch {
	case r.Schools && r.Dates:
		r.Says = a.T("Hidden: names, pictures, places, file names, schools, dates of study.")
	case r.Schools:
		r.Says = a.T("Hidden: names, pictures, places, file names, schools. Shown: dates of study.")
	case r.Dates:
		r.Says = a.T("Hidden: names, pictures, places, file names, dates of study. Shown: schools.")
	default:
		r.Says = a.T("Hidden: names, pictures, places, file names. Shown: schools, dates of study.")
	}
	return r
}

// setBlind remembers how somebody reads. That names are shown takes the right to them,
// and the audit is told.
func (h *handler) setBlind(a *asked, posted url.Values) (*screen, error) {
	kept := session.Blind{Schools: slices.Contains(posted["hide"], "schools"), Dates: slices.Contains(posted["hide"], "dates")}
	switch posted.Get("do") {
	case "keep":
	case "lift":
		if !a.caller.Rights.May(MayNames) {
			return nil, &rightError{MayNames}
		}
		kept = a.kept
		kept.Lifted = true
		h.o.Audit(a.Request, Seen{Caller: a.caller, Route: a.route + " lift"})
	default:
		return nil, badRequest("do is not keep or lift")
	}
	if err := h.sessions.SetBlind(a.w, a.session, kept); err != nil {
		return nil, err
	}
	a.w.Header().Set("Location", ownPage(posted.Get("to")))
	a.w.WriteHeader(http.StatusSeeOther)
	return nil, nil
}

// sameAgain is the page that is gone back to: without what belongs to one look at it.
func sameAgain(r *http.Request) string {
	page := wanted(r)
	u, err := url.Parse(page)
	if err != nil {
		return page
	}
	p := u.Query()
	if !p.Has("last") && !p.Has("view") {
		return page
	}
	p.Del("last")
	p.Del("view")
	return to(u.Path, p)
}

// blindLink says in the head how the page is read.
func blindLink(a *asked) *look.Link {
	text := a.T("Blind: on")
	if !a.blind() {
		text = a.T("Blind: off")
	}
	p := url.Values{"to": {sameAgain(a.Request)}}
	if a.named {
		p.Set("tenant", a.caller.Tenant)
	}
	return &look.Link{Text: text, URL: to("/blind", p)}
}
