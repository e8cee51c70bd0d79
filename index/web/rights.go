package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Rights are what a caller may do, each a bit.
type Rights uint8

// The rights that a line of a file of tokens gives, by their names there.
const (
	MaySearch  Rights = 1 << iota // search: ask who can prove what, and read records
	MayNames                      // names: see who they are, with blind=off
	MayExport                     // export: take hits along as a file
	MayIssuers                    // issuers: decide on issuers
	MaySubmit                     // submit: hand applications in
	MayCheck                      // check: have documents checked on the spot
	MayOperate                    // operate: what operators read, metrics among it, and erasing, dead letters, checking again

	// AllRights are those of whoever sits at the machine, where nobody is asked.
	AllRights = MaySearch | MayNames | MayExport | MayIssuers | MaySubmit | MayCheck | MayOperate
	// lineRights are those of a line that names none, as all did before there were
	// rights: nobody sees names for whom nobody has said so.
	lineRights = MaySearch | MayExport
)

// rightNames are the names of the rights, in the order of their bits.
var rightNames = []string{"search", "names", "export", "issuers", "submit", "check", "operate"}

// May reports whether all of need are among the rights.
func (r Rights) May(need Rights) bool { return r&need == need }

// String gives the names, by commas.
func (r Rights) String() string {
	var out []string
	for i, name := range rightNames {
		if r.May(1 << i) {
			out = append(out, name)
		}
	}
	return strings.Join(out, ",")
}

// parseRights reads names by commas; a name that is none is an error, which does
// not quote it.
func parseRights(s string) (Rights, error) {
	var out Rights
	for name := range strings.SplitSeq(s, ",") {
		i := slices.Index(rightNames, name)
		if i < 0 {
			return 0, fmt.Errorf("a right is none of %s", strings.Join(rightNames, ", "))
		}
		out |= 1 << i
	}
	return out, nil
}

// needs says which right each route asks for; 0 is any caller that is known. What
// does not stand here is refused to everybody.
var needs = map[string]Rights{
	"/":                     MaySearch,
	"/suggest":              MaySearch,
	"/role":                 MaySearch, // of before
	"/match":                MaySearch,
	"/compare":              MaySearch,
	"/applications/{id}":    MaySearch,
	"/blind":                MaySearch,
	signInRoute:             0, // as all of the door: of whom nobody knows yet
	companyRoute:            0,
	backRoute:               0,
	languageRoute:           0,
	"/static/":              0,
	"/issuers":              MayIssuers,
	"POST /issuers":         MayIssuers,
	"/operations":           MayOperate,
	"POST /operations":      MayOperate,
	"/check":                MayCheck,
	"POST /check":           MayCheck,
	"/saved":                MaySearch,
	"/saved/{id}/export":    MaySearch | MayExport,
	feedRoute:               0, // the token says what it reads
	"/v1/search":            MaySearch,
	"/v1/export":            MayExport,
	"/v1/match":             MaySearch,
	"/v1/applications/{id}": MaySearch,
	"/v1/issuers":           MayIssuers,
	"/v1/issuers/log":       MayIssuers,
	"/v1/suggest":           MaySearch,
	"/v1/skills/{id}":       MaySearch,
	"/v1/openapi.json":      0,
	"/v1/":                  0, // where nothing is
	"/metrics":              MayOperate,

	// With the method, where it is not GET.
	"POST /blind":                   MaySearch, // and MayNames to see them
	"POST " + signInRoute:           0,
	"POST " + signOutRoute:          0,
	"POST " + everyOut:              0,
	"POST /match":                   MaySearch,
	"POST /v1/applications":         MaySubmit,
	"/v1/applications/{id}/outcome": MaySubmit,
	"/v1/problems":                  0,
	"/v1/applications/{id}/record":  MayNames | MayExport,
	"/v1/asyncapi.json":             0,
	"/v1/schemas/submission.json":   0,
	"/v1/schemas/outcome.json":      0,
	"/v1/schemas/event.json":        0,
	"DELETE /v1/applications/{id}":  MayOperate,
	"/v1/deadletters":               MayOperate,
	"POST /v1/deadletters":          MayOperate,
	"POST /v1/reprocess":            MayOperate,
	"POST /v1/candidates/erase":     MayOperate,
	"/v1/status":                    MayOperate,

	"POST /saved/lists":    MaySearch,
	"POST /saved/searches": MaySearch,
	"POST /saved/seen":     MaySearch,
	"POST /saved/{id}":     MaySearch, // and MayOperate for where alerts are sent

	assistRoute:                     0, // each tool asks for its own
	"POST /v1/hooks/{hook}":         0, // a signature says who it is, which the hook asks for
	"/v1/webhooks":                  MayOperate,
	"PUT /v1/webhooks":              MayOperate, // and MayNames where names are to be told
	"DELETE /v1/webhooks":           MayOperate,
	"POST /v1/check":                MayCheck,
	"POST /v1/credentials/verify":   MayCheck,
	"POST /v1/presentations/verify": MayCheck,
	"POST /v1/challenges":           MayCheck,
}

// rightError: the caller's token does not allow what he asks for.
type rightError struct{ Lacks Rights }

func (e *rightError) Error() string { return "the right " + e.Lacks.String() + " is needed" }

// permit refuses a caller what his rights do not allow on a route: a *rightError.
func permit(c Caller, route string) error {
	need, ok := needs[route]
	if !ok {
		return errNothing
	}
	if !c.Rights.May(need) {
		return &rightError{need &^ c.Rights}
	}
	return nil
}

// foreign reports whether a form is not of a page of ours, as far as the browser tells:
// by Fetch Metadata, or, where it has none, by the origin of the page (RFC 6454 §7).
// Programs say nothing.
func foreign(r *http.Request) bool {
	if fromElsewhere(r) {
		return true
	}
	if r.Header.Get("Sec-Fetch-Site") != "" {
		return false
	}
	for _, v := range r.Header.Values("Origin") {
		if u, err := url.Parse(v); err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host) {
			return true
		}
	}
	return false
}

// fromElsewhere reports whether a browser says that a page of another site, or of
// another host of the same, had it ask (Fetch Metadata, Sec-Fetch-Site). Programs
// say nothing.
func fromElsewhere(r *http.Request) bool {
	for _, v := range r.Header.Values("Sec-Fetch-Site") {
		if v != "same-origin" && v != "none" {
			return true
		}
	}
	return false
}
