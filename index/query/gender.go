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
	saidInBrackets = regexp.MustCompile(`(?i)\(\s*(?:([a-z](?:\s?[/|,*]\s?[a-z]){1,3})|all genders|any gender|gn\*?|alle geschlechter|tous genres)\s*\)`)
	// saidAlone stands as a word.
	saidAlone = regexp.MustCompile(`(?i)^[a-z](?:[/|][a-z]){1,3}[,;.]?$`)
	// otherEnding is the ending of the other gender behind a title. A capital alone is a
	// class of licences: permis(E).
	otherEnding = regexp.MustCompile(`^-?\p{L}[\p{L}-]*\p{L}{3}(` +
		`(?i:[:*_·•](?:innen|in))|` +
		`[·•](?:e|(?i:es|ne|se|euse|trice|rice|ère|le))|` +
		`/-?(?:a|o|e|(?i:innen|in|euse|trice|rice|ora|ka))|` +
		`\((?:e|a|o|(?i:innen|in|ne|se|euse|trice|rice|ère|le|ora|ka))\))[,;.]?$`)
)

// shortStem is how many letters a word has at most that is no title where it begins with
// a small letter and ends in /in: plug/in.
const shortStem = 5

// genders reports whether single letters are those of men and others in the languages of
// adverts: m/w/d, h/f, m/v, k/m. H/W is hardware.
func genders(said string) bool {
	var of [26]bool
	for _, r := range strings.ToLower(said) {
		switch {
		case strings.ContainsRune("mhwfvkdxi", r):
			of[r-'a'] = true
		case r >= 'a' && r <= 'z':
			return false
		}
	}
	is := func(letters string) bool {
		return strings.ContainsFunc(letters, func(r rune) bool { return of[r-'a'] })
	}
	return of['m'-'a'] && !of['h'-'a'] && is("wfvkd") || of['h'-'a'] && of['f'-'a'] && !is("mwvk")
}

// ungendered gives a question without what says that everybody is meant, with blanks
// in its place so that every other sign stays where it is. What is in quotes, a URL or
// a field's value stays; so does a question of nothing else.
func ungendered(text string) string {
	var b strings.Builder
	for rest, quoted := text, false; rest != ""; quoted = !quoted {
		n := strings.IndexFunc(rest, isQuote)
		if n < 0 {
			n = len(rest)
		}
		part := rest[:n]
		rest = rest[n:]
		if _, size := utf8.DecodeRuneInString(rest); size > 0 {
			part, rest = part+rest[:size], rest[size:]
		}
		if !quoted {
			part = unquotedGenders(part)
		}
		b.WriteString(part)
	}
	if strings.TrimSpace(b.String()) == "" {
		return text
	}
	return b.String()
}

// unquotedGenders is ungendered of what stands outside quotes.
func unquotedGenders(text string) string {
	var out strings.Builder
	from := 0
	for _, m := range saidInBrackets.FindAllStringSubmatchIndex(text, -1) {
		if m[2] >= 0 && !genders(text[m[2]:m[3]]) {
			continue // C and R are languages, B and C classes
		}
		out.WriteString(text[from:m[0]])
		out.WriteString(blank(text[m[0]:m[1]]))
		from = m[1]
	}
	out.WriteString(text[from:])
	var b strings.Builder
	for rest := out.String(); rest != ""; {
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
	return b.String()
}

// spokenWord is ungendered of one word, with the signs before it and the brackets that
// it closes for others.
func spokenWord(w string) string {
	core := strings.TrimLeft(w, "(?!-–—")
	before, after := w[:len(w)-len(core)], ""
	for strings.HasSuffix(core, ")") && strings.Count(core, ")") > strings.Count(core, "(") {
		core, after = core[:len(core)-1], ")"+after
	}
	if saidAlone.MatchString(core) && genders(core) {
		return before + blank(core) + after
	}
	m := otherEnding.FindStringSubmatchIndex(core)
	if m == nil {
		return w
	}
	if name, _, _ := strings.Cut(core, ":"); fields[strings.ToLower(name)] != "" {
		return w
	}
	ending := core[m[2]:m[3]]
	if first, _ := utf8.DecodeRuneInString(core); ending[0] == '/' && strings.EqualFold(strings.Trim(ending, "/-"), "in") && !unicode.IsUpper(first) && utf8.RuneCountInString(core[:m[2]]) <= shortStem {
		return w
	}
	return before + core[:m[2]] + blank(ending) + core[m[3]:] + after
}

// blank gives as many blanks as a text has characters.
func blank(s string) string { return strings.Repeat(" ", utf8.RuneCountInString(s)) }
