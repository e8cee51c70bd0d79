package record

import (
	"errors"
	"net/url"
	"strings"
)

// linkName stands for an application in the template of a link.
const linkName = "{application}"

// ErrLink: a template of links to the hiring system is none.
var ErrLink = errors.New("not an address https://HOST/… with " + linkName + " in its path or query")

// CheckURL refuses a template of links that is none; "" is no template, and none is made.
func CheckURL(template string) error {
	if template == "" {
		return nil
	}
	u, err := url.Parse(strings.ReplaceAll(template, linkName, "x"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil ||
		!strings.Contains(template, linkName) {
		return ErrLink
	}
	if host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(template, "https://"), "http://"), "/"); strings.Contains(host, linkName) {
		return ErrLink // whose site it is, no application says
	}
	return nil
}

// URLOf is where the hiring system has an application, by a template that CheckURL takes;
// "" where there is none.
func URLOf(template, application string) string {
	if template == "" || CheckToken("", application) != nil {
		return ""
	}
	return strings.ReplaceAll(template, linkName, application)
}
