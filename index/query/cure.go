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
		case !errors.As(err, &bad) || bad.Column == 0 || bad.Column > MaxRunes:
			return ""
		}
		runes := []rune(text)
		at := bad.Column - 1
		if at >= len(runes) {
			return ""
		}
		end := at + 1
		switch sign := runes[at]; {
		case add && isQuote(sign):
			text += `"`
			continue
		case add && sign == '(':
			text += ")"
			continue
		case !isQuote(sign) && sign != '(' && sign != ')':
			for end < len(runes) && !unicode.IsSpace(runes[end]) && !strings.ContainsRune("()", runes[end]) && !isQuote(runes[end]) {
				end++
			}
			for at > 0 && !unicode.IsSpace(runes[at-1]) && !strings.ContainsRune("()", runes[at-1]) && !isQuote(runes[at-1]) {
				at-- // the field whose value is wrong
			}
		}
		text = string(runes[:at]) + string(runes[end:])
	}
	return ""
}
