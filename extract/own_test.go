package extract

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// overLines writes lines of text as each kind of document has them.
func overLines(t *testing.T, lines ...string) map[string][]byte {
	t.Helper()
	var runs string
	for _, l := range lines {
		runs += run(l)
	}
	crlf := strings.Join(lines, "\r\n")
	return map[string][]byte{
		"cv.txt":    []byte(strings.Join(lines, "\n") + "\n"),
		"cv.md":     []byte("> " + strings.Join(lines, "\n> ") + "\n"),
		"in.txt":    []byte("<" + strings.Join(lines, "\n") + ">\n"),
		"cv.html":   []byte("<html><p>" + strings.Join(lines, "<br>\n") + "</p>"),
		"pre.html":  []byte("<html><pre>" + strings.Join(lines, "\n") + "</pre>"),
		"mail.eml":  []byte(mailHead + "Content-Type: text/plain\r\n\r\n" + crlf + "\r\n"),
		"reply.eml": []byte(mailHead + "Content-Type: text/plain; format=flowed\r\n\r\n> " + strings.Join(lines, "\r\n> ") + "\r\n"),
		"cv.rtf":    []byte(`{\rtf1 ` + strings.Join(lines, `\par `) + `}`),
		"cv.docx":   docx(t, file{"word/document.xml", body(runs)}),
		"cv.xml":    []byte(`<?xml version="1.0"?><a><b>` + strings.Join(lines, "\n") + `</b></a>`),
		"cv.json":   []byte(fmt.Sprintf("{%q:%q}", "summary", strings.Join(lines, "\n"))),
		"cv.pdf":    pdfOfLines(pdfParagraph(40, 700, lines...)...),
	}
}

// TestAttack381_WordsOfTheApplicant: whoever writes an address that goes on in the next
// line is told nothing of the applicant that stands there, in whatever kind of document:
// no address of mail, no number, no date, no heading, no other page and no word of the
// applicant's name.
func TestAttack381_WordsOfTheApplicant(t *testing.T) {
	starts := []string{
		"https://badges.example.org/academy/of/welding/and/brazing/7",
		"https://badges.example.org/academy/of/welding/and/brazing/a-",
		"https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-",
		"credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-",
		"https://openbadgepassport.com/app/badge/info/",
		"https://www.udemy.com/certificate/UC-",
		"https://badges.example.org/academy/of/welding/and/brazing/?",
		"https://badges.example.org/academy/of/welding/and/brazing?a=b&",
		"https://", "https://badges",
	}
	words := []string{
		"applicant@example.org", "applicant@example.org/x-1", "+49-170-1234567", "01701234567", "1999", "2021-05-03", "03.05.2021", "May2021", "March-2021",
		"Telephone:", "Education", "EDUCATION", "LinkedIn", "https://example.com/me", "www.example.com/me",
		"Name=Anna", "name=Anna.Smith", "Vorname:Anna", "first_name=Anna&x=1", "E-Mail=a", "Phone=+49-170-1234567", "M:0170-1234567", "x+491701234567", "DOB:1985-01-01",
		"Tel-0170-1234567", "Tel/0170-1234567", "M/0170-1234567", "Ph#0170-1234567", "DNI:12345678Z", "ID:AB1234567", "Skype:live.annasmith1",
		"Anna.Smith", "A.Smith", "Jürgen.Öztürk1.", "anna.github.io",
		"Ada", "LOVELACE", "ada", "lovelace", "ada-lovelace", "ada.lovelace", "adalovelace1", "Lovelace/cv.pdf", "x-lovelace-1",
	}
	pathless := []string{"Node.js", "Node.js/React.js", "nameless", "ASP.NET/C", "Ltd.Co/x", "annasmith1990", "anna-smith-1990"} // could be of a path, but of no host and no query
	for _, start := range starts {
		words := words
		if _, rest, _ := strings.Cut(start, "://"); !strings.Contains(rest, "/") || strings.Contains(start, "?") {
			words = append(pathless, words...)
		}
		for _, word := range words {
			if strings.HasSuffix(start, "-") && strings.HasSuffix(word, ".io") {
				continue // what is broken behind a hyphen may look like a host
			}
			for name, data := range overLines(t, start, word) {
				r := findWith(t, Limits{}, Document{Name: name, Data: data, Own: []string{"Ada M. Lovelace"}})
				for _, l := range linksOf(r) {
					if name == "in.txt" && !strings.Contains(word, "@") && !strings.Contains(word, "://") && !isOwn(word) {
						continue // the bracket says where the address ends
					}
					_, told, _ := strings.Cut(l, "://")
					_, begun, with := strings.Cut(start, "://")
					if !with {
						begun = start
					}
					if rest, ok := strings.CutPrefix(told, begun); ok && rest != "" && rest != "/" && !(begun == "" && (strings.Contains(word, "example.com") || strings.Contains(word, "github.io"))) {
						t.Errorf("%s: %q above %q: told %q", name, start, word, l)
					}
				}
			}
		}
	}
}

func isOwn(word string) bool {
	word = strings.ToLower(word)
	return strings.Contains(word, "ada") || strings.Contains(word, "lovelace")
}

// TestOwnWords: the twin of it: what is no word of the applicant still goes on.
func TestOwnWords(t *testing.T) {
	const start, rest = "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-", "2c2f8a0b1c11"
	for name, data := range overLines(t, start, rest) {
		for _, own := range []string{"", "Ada M. Lovelace", "B C"} {
			got := linksOf(findWith(t, Limits{}, Document{Name: name, Data: data, Own: []string{own}}))
			if !slices.Contains(got, start+rest) {
				t.Errorf("%s of %q: %q", name, own, got)
			}
		}
	}
	// An id that is no word of people, and a host that has no name.
	for name, data := range overLines(t, "https://badges.parchment.com/public/assertions/AbCdEfGhIj", "KlMnOpQrStUv") {
		if got := linksOf(find(t, name, data)); !slices.Contains(got, "https://badges.parchment.com/public/assertions/AbCdEfGhIjKlMnOpQrStUv") {
			t.Errorf("%s: %q", name, got)
		}
	}
	for word, want := range map[string]bool{"192.0.2.1:8931/": true, "192.0.2.1/badges": true, "192.0.2.1": false, "03.05.2021": false, "0170.1234.567.8/": false,
		"badges.example.org": true, "badges.github.io/a": true, "badges.exam-": true, "badges.example.org:8443/a": true, "Anna.Smith": false, "Node.js": false, "Node.js/a-": false,
		"badges.example.org:8443/12345": true, "badges.example.org:8443/": true, "ASP.NET": false} {
		if got := continues("https://", word, true); got != want {
			t.Errorf("%s: %v", word, got)
		}
	}
	c := call{own: ownWords([]string{"Ada M. Lovelace", "Zoë O'Neil"})}
	for s, want := range map[string]bool{"ada": true, "a-d-a": false, "adamant": false, "lovelaces": true, "m": false, "zoë": true, "ZOË": true, "neil.pdf": true, "kneil": false, "": false} {
		if got := c.owns(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

// TestOwnMail: an address of mail that goes over lines itself is told to nobody: neither
// the applicant's nor one whose host stands behind it. What only stands above one is.
func TestOwnMail(t *testing.T) {
	const start = "https://badges.example.org/academy/7"
	own := []string{"Anna Smith", "Annie <annie.0815@example.org>", "info@example.org"}
	for _, tc := range []struct {
		lines []string
		want  string
	}{
		{[]string{"x-annie.0815"}, start},
		{[]string{"anni", "e.0815@example.org"}, start},
		{[]string{"someone", "@example.org"}, start},
		{[]string{"a-1", "annie.0815@example.org"}, start + "a-1"},
		{[]string{"a-1", "@annie"}, start + "a-1"},
		{[]string{"a-info", "more.words"}, start + "a-info"},
	} {
		lines := append([]string{start}, tc.lines...)
		r := findWith(t, Limits{}, Document{Name: "cv.pdf", Data: pdfOfLines(pdfParagraph(40, 700, lines...)...), Own: own})
		if got := linksOf(r); len(got) == 0 || got[0] != tc.want {
			t.Errorf("%q: %q, want %q first", tc.lines, got, tc.want)
		}
	}
}

// TestOwnBehindSign: nor is what stands behind a comma or a semicolon in the same line.
func TestOwnBehindSign(t *testing.T) {
	row := findWith(t, Limits{}, Document{Name: "cv.txt", Data: []byte("https://badges.example.org/academy/7,Paul,anna@example.org\n")})
	if got := linksOf(row); len(got) == 0 || got[0] != "https://badges.example.org/academy/7" {
		t.Errorf("a row that begins with one: %q", got)
	}
	const u = "https://badges.example.org/academy/7"
	for _, tc := range []struct{ text, want string }{
		{"see " + u + ",anna@example.org", u},
		{"see " + u + ";anna@example.org;more", u},
		{"see " + u + ";Smith,Anna", u},
		{"see " + u + ",2,Tel:0170-1234567", u + ",2"},
		{"see " + u + ",Phone=0170-1234567", u},
		{"see " + u + ",2;v=1", u + ",2;v=1"},
		{"see https://example.org/@52.5,13.4,15z", "https://example.org/@52.5,13.4,15z"},
		// What is a part of the address is none of these.
		{"see " + u + "?a=1&amp;name=Smith&amp;id=2 and", u + "?a=1&name=Smith&id=2"},
		{"see " + u + "?a=1&AMP;mail=anna@example.org&#38;id=2 and", u + "?a=1&mail=anna@example.org&id=2"},
		{"see " + u + ",2024/anna-smith", u + ",2024/anna-smith"},
		{"see " + u + ",Anna-12.pdf", u + ",Anna-12.pdf"},
		{"see " + u + ",Anna.json", u + ",Anna.json"},
		{"see " + u + ";example.net/anna", u},
		{"see " + u + "?a;ftp://example.net/anna", u + "?a"},
		// A value among others ends at the first sign.
		{"1," + u + ",Paul,anna@example.org", u},
	} {
		for _, name := range []string{"cv.txt", "cv.html"} {
			r := findWith(t, Limits{}, Document{Name: name, Data: []byte(tc.text + "\n"), Own: []string{"Anna Smith"}})
			if got := linksOf(r); !slices.Equal(got, []string{tc.want}) {
				t.Errorf("%s %q: %q, want %q", name, tc.text, got, tc.want)
			}
		}
	}
}
