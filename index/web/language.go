package web

import (
	"net/http"
	"net/url"

	"assay/index/web/look"
)

// languageRoute keeps the language that a reader chooses, also of one whom nobody knows
// yet: it is nothing but a word in his own browser.
const languageRoute = "/language"

// tongueTime is how long it is kept, in seconds.
const tongueTime = 365 * 24 * 3600

func (h *handler) language(w http.ResponseWriter, r *http.Request) {
	p, err := parameters(languageRoute, r.URL.RawQuery)
	if err != nil {
		h.pageProblem(w, r, err)
		return
	}
	for _, t := range h.look.Tongues() {
		if t.Code == p.Get("code") {
			http.SetCookie(w, &http.Cookie{Name: tongueCookie, Value: t.Code, Path: "/", MaxAge: tongueTime, Secure: h.o.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
			w.Header().Set("Location", ownPage(p.Get("to")))
			w.WriteHeader(http.StatusSeeOther)
			return
		}
	}
	h.pageProblem(w, r, badRequest("there is no such language"))
}

// tongues are the languages that can be chosen, to read the same page in.
func (h *handler) tongues(a *asked) []look.Choice {
	var out []look.Choice
	for _, t := range h.look.Tongues() {
		out = append(out, look.Choice{Code: t.Code, Text: t.Name, On: t == a.speaks, URL: languageRoute + "?" + url.Values{"code": {t.Code}, "to": {wanted(a.Request)}}.Encode()})
	}
	return out
}
