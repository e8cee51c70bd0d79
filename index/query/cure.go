package query

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

// maxCures bounds the questions that Cures gives.
const maxCures = 2

// Cures gives questions that can be read and are nearest to one that cannot: with the
// sign that is missing, or without what stands where the error is.
func Cures(text string) []string {
	var out []string
	for _, add := range []bool{true, false} {
		if s := mended(text, add); s != "" && !slices.Contains(out, s) && len(out) < maxCures {
			out = append(out, s)
		}
	}
	return out
}

// mended mends a question, error by error; with add a sign is closed where it can be.
func mended(text string, add bool) string {
	for range maxNested {
		parsed, err := Parse(text)
		bad := (*SyntaxError)(nil)
		switch {
		case err == nil && parsed.Tree == nil && len(parsed.Include) == 0:
			return ""
		case err == nil:
			return strings.Join(strings.Fields(text), " ")
		case !errors.As(err, &bad) || bad.Column > MaxRunes:
			return ""
		}
		at, end, ok := bad.Mark(text)
		runes := []rune(text)
		switch {
		case !ok:
			return ""
		case add && runes[at] == '(':
			if openQuote(runes) {
				text += `"` // it would hold the bracket
			}
			text += ")"
			continue
		}
		if bad.Kind == WrongQuotes { // both of them
			for end < len(runes) && !isQuote(runes[end]) {
				end++
			}
			end = min(end+1, len(runes))
		}
		for at > 0 && inWord(runes[at]) && inWord(runes[at-1]) {
			at-- // the field whose value is wrong
		}
		text = string(runes[:at]) + string(runes[end:])
	}
	return ""
}

// openQuote reports whether the last quotation mark of a question is not closed.
func openQuote(runes []rune) bool {
	open := false
	for _, r := range runes {
		open = open != isQuote(r)
	}
	return open
}

// Mark gives the characters of the question at which the error is, from and to: a sign,
// or the rest of a word. False where it is nowhere in it.
func (e *SyntaxError) Mark(text string) (from, to int, ok bool) {
	runes := []rune(text)
	if e.Column < 1 || e.Column > len(runes) {
		return 0, 0, false
	}
	from, to = e.Column-1, e.Column
	for inWord(runes[from]) && to < len(runes) && inWord(runes[to]) {
		to++
	}
	return from, to, true
}

// inWord reports whether a character can stand within a word.
func inWord(r rune) bool {
	return !unicode.IsSpace(r) && r != '(' && r != ')' && !isQuote(r)
}
