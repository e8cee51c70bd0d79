package web

import (
	"net/http"
	"net/url"
	"strings"
)

// forbiddenView is what the template "forbidden" takes.
type forbiddenView struct {
	Page   string // by its name in the head, "" = another one
	Lacks  string
	Has    string
	Again  bool // one can sign in as somebody else
	SignIn string
	Back   bool // to the search, which the caller may use
}

// forbidden is the page that says which right is missing, and who gives it.
func (h *handler) forbidden(a *asked, lacks *rightError) *screen {
	a.tongue(h)
	v := forbiddenView{Lacks: rightList(lacks.Lacks), Has: rightList(a.caller.Rights), Again: h.signs != nil, SignIn: signInRoute, Back: a.caller.Rights.May(MaySearch)}
	for _, n := range navs(a) {
		if n.route == a.route {
			v.Page = n.text
		}
	}
	return &screen{name: "forbidden", status: http.StatusForbidden, title: a.T("This needs another right"), view: v}
}

// hiddenView is what the template "hidden" takes.
type hiddenView struct{ Lift, Back string }

// hidden is the page that says that blind reading hides what was asked for, and how it is
// lifted.
func (h *handler) hidden(a *asked) *screen {
	back := recordURL(a, a.PathValue("id"))
	p := url.Values{"to": {back}}
	if a.named {
		p.Set("tenant", a.caller.Tenant)
	}
	return &screen{name: "hidden", status: http.StatusForbidden, title: a.T("Blind reading hides this"), view: hiddenView{Lift: to("/blind", p), Back: back}}
}

// rightList gives the names of rights for a person.
func rightList(r Rights) string { return strings.ReplaceAll(r.String(), ",", ", ") }
