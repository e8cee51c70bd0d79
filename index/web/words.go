package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"assay/verify/verdict"
)

// sealOf gives a result its shape and word: told apart by both before colour.
func sealOf(r verdict.Result) seal {
	switch r {
	case verdict.Verified:
		return seal{"verified", "verified"}
	case verdict.Authentic:
		return seal{"authentic", "authentic"}
	case verdict.Pending:
		return seal{"pending", "pending"}
	case verdict.Unsupported:
		return seal{"pending", "unsupported"}
	}
	return seal{"refused", "refused"}
}

func formatName(f verdict.Format) string {
	switch f {
	case verdict.OB05:
		return "Open Badges 0.5"
	case verdict.OB10:
		return "Open Badges 1.0"
	case verdict.OB11:
		return "Open Badges 1.1"
	case verdict.OB20:
		return "Open Badges 2.0"
	case verdict.OB30:
		return "Open Badges 3.0"
	case verdict.CLR20:
		return "Comprehensive Learner Record 2.0"
	case verdict.Unnamed:
		return "unknown form"
	}
	return cmp.Or(string(f), "unknown form")
}

// basisName says whether a skill was named by the badge or inferred.
func basisName(basis, framework string) string {
	switch basis {
	case "uri", "code":
		return "exact · " + cmp.Or(clean(framework), "framework")
	case "label":
		return "by label · " + cmp.Or(clean(framework), "framework")
	case "alias":
		return "by another name"
	case "text":
		return "inferred from a tag"
	}
	return "in no framework"
}

// words turns a reason code into words.
func words(code string) string { return strings.ReplaceAll(clean(code), "_", " ") }

// clean takes out what could turn or hide text: control and format characters,
// the bidirectional ones among them (Unicode TR 36).
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Cc, r) || r == '\u2028' || r == '\u2029' {
			if r == '\n' || r == '\t' {
				return ' '
			}
			return -1
		}
		return r
	}, s)
}

func month(t time.Time) string { return t.UTC().Format("Jan 2006") }

func monthOrDash(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return month(t)
}

func ago(t, now time.Time) string {
	d := now.Sub(t)
	switch days := int(d.Hours() / 24); {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return plural(int(d.Minutes()), "minute") + " ago"
	case d < 24*time.Hour:
		return plural(int(d.Hours()), "hour") + " ago"
	case days == 1:
		return "yesterday"
	case days < 60:
		return plural(days, "day") + " ago"
	}
	return month(t)
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func subLine(job string, applied, now time.Time) string {
	s := clean(strings.ReplaceAll(job, "-", " "))
	if !applied.IsZero() {
		if s != "" {
			s += " · "
		}
		s += "applied " + ago(applied, now)
	}
	return s
}

// title is the applicant's name, or in blind reading a short form of the id.
func title(blind bool, name, id string) string {
	if !blind && name != "" {
		return clean(name)
	}
	id = strings.ToUpper(id)
	if len(id) < 6 {
		return "Applicant " + id
	}
	return "Applicant " + id[:2] + "-" + id[2:6]
}

// blind reports whether names are hidden: they are, unless asked for.
func blind(r *http.Request) bool { return r.URL.Query().Get("blind") != "off" }

// with gives the request's URL with one parameter set, or taken out when value
// is "". A change of the question starts again at the first page.
func with(r *http.Request, name, value string) string {
	q := r.URL.Query()
	q.Del("cursor")
	if value == "" {
		q.Del(name)
	} else {
		q.Set(name, value)
	}
	return (&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String()
}

func topOf(r *http.Request, here string) top {
	t := top{Here: here}
	if tenant := r.URL.Query().Get("tenant"); tenant != "" {
		t.Home = "?" + url.Values{"tenant": {tenant}}.Encode()
	}
	return t
}
