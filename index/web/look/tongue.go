package look

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// Tongue is one language of the page: its messages, dates and numbers.
type Tongue struct {
	Code string // BCP 47
	Name string // as its readers call it
	has  map[string]bool
	p    *message.Printer
}

// messages is the file of a language. A message is the English text, with verbs as
// fmt has them; one whose first number decides its form has a form each for "one"
// and "other".
type messages struct {
	Language string                     `json:"language"`
	Name     string                     `json:"name"`
	Messages map[string]json.RawMessage `json:"messages"`
}

// ErrCatalogue: a file of messages cannot be taken.
var ErrCatalogue = errors.New("messages cannot be read")

// readTongue reads a language's file.
func readTongue(b []byte) (*Tongue, error) {
	var m messages
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCatalogue, err)
	}
	tag, err := language.Parse(m.Language)
	if err != nil {
		return nil, fmt.Errorf("%w: language: %w", ErrCatalogue, err)
	}
	if m.Name == "" {
		return nil, fmt.Errorf("%w: it has no name", ErrCatalogue)
	}
	c := catalog.NewBuilder(catalog.Fallback(tag))
	t := &Tongue{Code: tag.String(), Name: m.Name, has: map[string]bool{}}
	for key, raw := range m.Messages {
		var text string
		forms := map[string]string{}
		if err := json.Unmarshal(raw, &text); err == nil {
			err = c.SetString(tag, key, text)
			if err != nil {
				return nil, fmt.Errorf("%w: %q: %w", ErrCatalogue, key, err)
			}
		} else if err := json.Unmarshal(raw, &forms); err != nil || forms["other"] == "" {
			return nil, fmt.Errorf("%w: %q is neither a text nor forms with one for other", ErrCatalogue, key)
		} else {
			var cases []any
			for _, form := range slices.Sorted(maps.Keys(forms)) {
				if form != "other" {
					cases = append(cases, form, forms[form])
				}
			}
			if err := c.Set(tag, key, plural.Selectf(1, "", append(cases, "other", forms["other"])...)); err != nil {
				return nil, fmt.Errorf("%w: %q: %w", ErrCatalogue, key, err)
			}
		}
		t.has[key] = true
	}
	t.p = message.NewPrinter(tag, message.Catalog(c))
	return t, nil
}

// T gives a message in the language; one that it lacks stays English. Numbers
// among args are written as the language writes them.
func (t *Tongue) T(msg string, args ...any) string {
	if len(args) == 0 && !t.has[msg] {
		return msg // no format: a percent sign in it is one
	}
	return t.p.Sprintf(msg, args...)
}

// Number writes a whole number.
func (t *Tongue) Number(n int) string { return t.p.Sprintf("%d", n) }

// monthNames are messages; the short ones too.
var monthNames = []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

// Date writes a day (UTC): 14 May 2025.
func (t *Tongue) Date(at time.Time) string {
	at = at.UTC()
	// A year and a day are no numbers that are grouped.
	return t.T("%[1]s %[2]s %[3]s", strconv.Itoa(at.Day()), t.T(monthNames[at.Month()-1]), strconv.Itoa(at.Year()))
}

// Month writes a month (UTC), short: May 2025.
func (t *Tongue) Month(at time.Time) string {
	at = at.UTC()
	return t.T(at.Format("Jan")) + " " + strconv.Itoa(at.Year())
}

// Time writes a moment (UTC): 14 May 2025, 09:12 UTC.
func (t *Tongue) Time(at time.Time) string {
	return t.Date(at) + ", " + at.UTC().Format("15:04") + " UTC"
}

// Ago says how long before now a moment was; the month, where that is long.
func (t *Tongue) Ago(at, now time.Time) string {
	d := now.Sub(at)
	switch days := int(d.Hours() / 24); {
	case d < time.Minute:
		return t.T("just now")
	case d < time.Hour:
		return t.T("%d minutes ago", int(d.Minutes()))
	case d < 24*time.Hour:
		return t.T("%d hours ago", int(d.Hours()))
	case days == 1:
		return t.T("yesterday")
	case days < 60:
		return t.T("%d days ago", days)
	}
	return t.Month(at)
}

// Tongue gives the language that was chosen by its code, else the one that a
// browser's Accept-Language (RFC 9110 §12.5.4) likes best, else the first.
func (l *Look) Tongue(chosen, accept string) *Tongue {
	for _, t := range l.tongues {
		if t.Code == chosen {
			return t
		}
	}
	if len(accept) > maxAccept {
		accept = ""
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 {
		return l.tongues[0]
	}
	_, i, _ := l.matcher.Match(wanted...)
	return l.tongues[i]
}

// maxAccept bounds a header, in bytes.
const maxAccept = 512

// Tongues lists the languages, English first.
func (l *Look) Tongues() []*Tongue { return l.tongues }

// readTongues reads the files of a folder, English first.
func readTongues(fsys fs.FS, dir string) ([]*Tongue, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var out []*Tongue
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		t, err := readTongue(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, t)
	}
	slices.SortStableFunc(out, func(a, b *Tongue) int {
		if (a.Code == "en") != (b.Code == "en") {
			if a.Code == "en" {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Code, b.Code)
	})
	return out, nil
}
