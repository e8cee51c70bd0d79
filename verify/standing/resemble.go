package standing

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/verify/read"

	"golang.org/x/text/unicode/norm"
)

// Names are names that another one could be taken for. The zero value is empty;
// filled once, it is safe for concurrent use.
type Names struct {
	looks    map[string][]string // skeleton without article and legal form -> keys
	letters  map[string][]string // its letters in order -> keys, for two that have changed places
	acronyms map[string][]string // what its initials spell -> keys
	tellers  map[string][]entry  // its first word that tells -> entries, for names with words more
}

type entry struct {
	words []string
	at    int // of the word that tells
	key   string
}

// Add takes in a name and the key of whom it belongs to.
func (n *Names) Add(name, key string) {
	if n.looks == nil {
		n.looks, n.letters, n.acronyms, n.tellers = map[string][]string{}, map[string][]string{}, map[string][]string{}, map[string][]entry{}
	}
	w := nameWords(name)
	if len(w) == 0 {
		return
	}
	whole := strings.Join(w, "")
	n.looks[whole] = append(n.looks[whole], key)
	n.letters[sorted(whole)] = append(n.letters[sorted(whole)], key)
	if a := acronym(name); a != "" {
		n.acronyms[a] = append(n.acronyms[a], key)
	}
	if at := slices.IndexFunc(w, tells); at >= 0 {
		n.tellers[w[at]] = append(n.tellers[w[at]], entry{w, at, key})
	}
}

// Clone gives a copy that more can be added to.
func (n *Names) Clone() Names {
	var out Names
	if n == nil || n.looks == nil {
		return out
	}
	out = Names{map[string][]string{}, map[string][]string{}, map[string][]string{}, map[string][]entry{}}
	for k, v := range n.looks {
		out.looks[k] = slices.Clone(v)
	}
	for k, v := range n.letters {
		out.letters[k] = slices.Clone(v)
	}
	for k, v := range n.acronyms {
		out.acronyms[k] = slices.Clone(v)
	}
	for k, v := range n.tellers {
		out.tellers[k] = slices.Clone(v)
	}
	return out
}

// Resembles reports whether a name could be taken for one of another key: it
// looks the same, is the same but for an article, two letters that changed places
// or words more, or is what the initials of the other spell, or the other way
// round.
func (n *Names) Resembles(name, key string) bool {
	if n == nil || n.looks == nil {
		return false
	}
	another := func(keys []string) bool {
		return slices.ContainsFunc(keys, func(k string) bool { return k != key })
	}
	w := nameWords(name)
	if len(w) == 0 {
		return false
	}
	whole := strings.Join(w, "")
	if another(n.looks[whole]) || another(n.acronyms[whole]) && len(whole) <= maxAcronym {
		return true
	}
	if a := acronym(name); a != "" && another(n.looks[a]) {
		return true
	}
	if len(whole) >= minTransposed && n.swapped(whole, another) {
		return true
	}
	// Words more before, behind or on both sides of the listed name's.
	for i, word := range w {
		for _, e := range n.tellers[word] {
			from := i - e.at
			if e.key != key && len(e.words) < len(w) && from >= 0 && from+len(e.words) <= len(w) && slices.Equal(e.words, w[from:from+len(e.words)]) {
				return true
			}
		}
	}
	return false
}

// swapped reports whether a listed look is this one with two letters that stand
// side by side changed.
func (n *Names) swapped(whole string, another func([]string) bool) bool {
	if len(n.letters[sorted(whole)]) == 0 {
		return false
	}
	b := []rune(whole)
	for i := range len(b) - 1 {
		b[i], b[i+1] = b[i+1], b[i]
		if other := string(b); other != whole && another(n.looks[other]) {
			return true
		}
		b[i], b[i+1] = b[i+1], b[i]
	}
	return false
}

const (
	maxAcronym    = 8
	minAcronym    = 3
	minTransposed = 5
)

func sorted(s string) string {
	r := []rune(s)
	slices.Sort(r)
	return string(r)
}

// unsaid are words that names of organisations bear or lack without being
// others': articles, legal forms.
var unsaid = map[string]bool{
	"the": true, "a": true, "an": true, "der": true, "die": true, "das": true, "le": true, "la": true, "les": true, "el": true, "los": true, "il": true,
	"inc": true, "llc": true, "ltd": true, "limited": true, "plc": true, "corp": true, "corporation": true, "co": true, "company": true,
	"gmbh": true, "ag": true, "ev": true, "bv": true, "nv": true, "sa": true, "sas": true, "srl": true, "spa": true, "ab": true, "oy": true, "as": true,
}

// small are words that an abbreviation leaves out.
var small = map[string]bool{
	"of": true, "for": true, "and": true, "in": true, "at": true, "on": true, "to": true, "de": true, "du": true, "des": true, "del": true,
	"di": true, "der": true, "und": true, "für": true, "et": true, "y": true, "e": true, "van": true, "von": true, "zu": true,
}

// common are words that alone name nobody.
var common = map[string]bool{
	"university": true, "college": true, "school": true, "academy": true, "institute": true, "training": true, "education": true, "centre": true,
	"center": true, "department": true, "faculty": true, "association": true, "society": true, "foundation": true, "council": true, "group": true,
	"universität": true, "hochschule": true, "schule": true, "université": true, "universidad": true, "università": true, "learning": true,
	"online": true, "international": true, "national": true, "example": true, "test": true, "demo": true, "skills": true, "badges": true,
}

// tells reports whether a word names somebody by itself.
func tells(w string) bool { return !commonLooks[w] && utf8.RuneCountInString(w) >= 3 }

var commonLooks = func() map[string]bool {
	m := map[string]bool{}
	for w := range common {
		m[look(w)] = true
	}
	return m
}()

// nameWords are the skeletons of a name's words, without those that do not tell.
func nameWords(name string) []string {
	var out []string
	for _, w := range fields(name) {
		if s := look(w); s != "" && !unsaid[strings.ToLower(w)] {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		if s := look(name); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// look is a skeleton in which a small i is the capital one that initials spell.
func look(s string) string { return strings.ReplaceAll(Skeleton(s), "i", "l") }

// fields are the words of a name; letters that stand alone side by side, as in
// "M.I.T.", are one.
func fields(name string) []string {
	var out []string
	alone := false
	for _, w := range letters(name) {
		one := utf8.RuneCountInString(w) == 1
		if one && alone {
			out[len(out)-1] += w
		} else {
			out = append(out, w)
		}
		alone = one
	}
	return out
}

func letters(name string) []string {
	return strings.FieldsFunc(read.Printable(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && confusables[r] == ""
	})
}

// acronym is what the initials of a name's words spell, as a skeleton; "" where
// that is too short to tell.
func acronym(name string) string {
	var b strings.Builder
	n := 0
	for _, w := range fields(name) {
		if l := strings.ToLower(w); small[l] || unsaid[l] {
			continue
		}
		for _, r := range w {
			b.WriteRune(unicode.ToLower(r))
			break
		}
		n++
	}
	if n < minAcronym || n > maxAcronym {
		return ""
	}
	return look(b.String())
}

// Skeleton maps a text to what it looks like (UTS #39 §4, with a table of the
// Latin, Cyrillic and Greek letters and digits that names are spoofed with).
// Case, spaces, punctuation, marks and characters without a shape are left
// out, for a reader overlooks them as well.
func Skeleton(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(read.Printable(s)) {
		if c, ok := confusables[r]; ok {
			b.WriteString(c)
			continue
		}
		r = unicode.ToLower(r)
		if c, ok := confusables[r]; ok {
			b.WriteString(c)
			continue
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	return pairs.Replace(b.String())
}

// pairs are two letters that look like one.
var pairs = strings.NewReplacer("rn", "m", "vv", "w", "cl", "d")

// confusables gives the ASCII look of a character. Capital letters whose
// lower-case form looks different stand here themselves.
var confusables = map[rune]string{
	'I': "l", '1': "l", '|': "l", '!': "l", 'ı': "i", '0': "o", '5': "s", '$': "s", '@': "a",
	// Latin letters with a stroke or of other shape.
	'ø': "o", 'ł': "l", 'đ': "d", 'ħ': "h", 'ŧ': "t", 'ɡ': "g", 'ɑ': "a", 'ɩ': "i", 'ʏ': "y", 'ᴏ': "o", 'ƅ': "b",
	'æ': "ae", 'œ': "oe", 'ß': "ss", 'ⅼ': "l", 'ǀ': "l",
	// Cyrillic.
	'а': "a", 'в': "b", 'с': "c", 'ԁ': "d", 'е': "e", 'ё': "e", 'һ': "h", 'і': "i", 'ї': "i", 'ј': "j", 'к': "k", 'ӏ': "l", 'Ӏ': "l",
	'м': "m", 'н': "h", 'о': "o", 'р': "p", 'ԛ': "q", 'ѕ': "s", 'т': "t", 'у': "y", 'ү': "y", 'ѵ': "v", 'ԝ': "w", 'х': "x",
	'г': "r", 'п': "n", 'ь': "b", 'З': "3", 'з': "3",
	// Greek.
	'α': "a", 'β': "b", 'ε': "e", 'ζ': "z", 'η': "n", 'ι': "i", 'Ι': "l", 'κ': "k", 'μ': "u", 'ν': "v", 'Ν': "n", 'Η': "h", 'Μ': "m",
	'ο': "o", 'ρ': "p", 'ς': "c", 'σ': "o", 'τ': "t", 'υ': "u", 'Υ': "y", 'χ': "x", 'γ': "y", 'ω': "w",
	// Cyrillic and other capitals that NFKD leaves alone look like Latin ones.
	'В': "b", 'Н': "h", 'Т': "t", 'М': "m", 'К': "k", 'Β': "b", 'Ε': "e", 'Ζ': "z", 'Κ': "k", 'Τ': "t", 'Χ': "x", 'Ρ': "p",
}
