package query

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Adverts say that everybody is meant: "Elektriker:in (m/w/d)", "soudeur(se) H/F",
// "soldador/a". None of that asks for anything, and what it stands beside is meant.
var (
	// saidInBrackets stands in brackets behind a title.
	saidInBrackets = regexp.MustCompile(`(?i)\(\s*(?:[a-z](?:\s?[/|,*]\s?[a-z]){1,3}|all genders|any gender|gn\*?|alle geschlechter|tous genres)\s*\)`)
	// saidAlone stands as a word.
	saidAlone = regexp.MustCompile(`(?i)^[a-z](?:[/|][a-z]){1,3}[,;.]?$`)
	// otherEnding is the ending of the other gender behind a title.
	otherEnding = regexp.MustCompile(`(?i)^-?\p{L}[\p{L}-]*\p{L}{3}(` +
		`[:*_·•](?:innen|in)|` +
		`[·•](?:e|es|ne|se|euse|trice|rice|ère|le)|` +
		`/-?(?:innen|in|euse|trice|rice|ora|ka|a|o|e)|` +
		`\((?:innen|in|e|ne|se|euse|trice|rice|ère|le|a|o|ora|ka)\))[,;.]?$`)
)

// genders reports whether single letters are those of men, women and others in the
// languages of adverts: m/w/d, h/f, m/v, k/m.
func genders(said string) bool {
	men, others := false, 0
	for _, r := range strings.ToLower(said) {
		switch {
		case r == 'm' || r == 'h':
			men = true
			others++
		case strings.ContainsRune("wfvkdxi", r):
			others++
		case r >= 'a' && r <= 'z':
			return false
		}
	}
	return men && others > 1
}

// ungendered gives a question without what says that everybody is meant, with blanks
// in its place so that every other sign stays where it is. What is in quotes, a URL or
// a field's value stays; so does a question of nothing else.
func ungendered(text string) string {
	if strings.ContainsFunc(text, isQuote) {
		return text
	}
	out := saidInBrackets.ReplaceAllStringFunc(text, func(s string) string {
		if in := strings.Trim(s, "() "); len(strings.Fields(in)) == 1 && !strings.EqualFold(strings.TrimSuffix(in, "*"), "gn") && !genders(in) {
			return s
		}
		return blank(s)
	})
	var b strings.Builder
	for rest := out; rest != ""; {
		n := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsSpace(r) })
		if n < 0 {
			n = len(rest)
		}
		b.WriteString(rest[:n])
		rest = rest[n:]
		if n = strings.IndexFunc(rest, unicode.IsSpace); n < 0 {
			n = len(rest)
		}
		b.WriteString(spokenWord(rest[:n]))
		rest = rest[n:]
	}
	if strings.TrimSpace(b.String()) == "" {
		return text
	}
	return b.String()
}

// spokenWord is ungendered of one word.
func spokenWord(w string) string {
	if strings.Contains(w, "://") {
		return w
	}
	if saidAlone.MatchString(w) && genders(w) {
		return blank(w)
	}
	m := otherEnding.FindStringSubmatchIndex(w)
	if m == nil {
		return w
	}
	if name, _, _ := strings.Cut(w, ":"); fields[strings.ToLower(name)] != "" {
		return w
	}
	return w[:m[2]] + blank(w[m[2]:m[3]]) + w[m[3]:]
}

// blank gives as many blanks as a text has characters.
func blank(s string) string { return strings.Repeat(" ", utf8.RuneCountInString(s)) }
