package skills

import (
	"bytes"
	"strings"

	"assay/verify/verdict"
)

// maxStep is the highest number that is read as a level where it stands alone;
// above it, it is a score.
const maxStep = 20

// scorePrefix marks a level that is a raw or scaled score: 85 points and level
// 85 are not one scale.
const scorePrefix = "score "

// ParseLevel reads a level on a scale that levels can be compared on: "cefr"
// (A1 to C2), "step" (beginner, intermediate, advanced, expert and their
// neighbours), "medal" (bronze, silver, gold, platinum), "percent", "number"
// (level 3) and "score" (85 of how many is not known). The rank is only
// comparable within its scale; an unknown level has scale "".
func ParseLevel(s string) (scale string, rank int) {
	if s == "" || len(s) > 64 {
		return "", 0
	}
	t := strings.TrimSpace(s)
	if p, ok := strings.CutSuffix(t, "%"); ok {
		p = strings.TrimSpace(p)
		whole, part, _ := strings.Cut(p, ".")
		n, ok := digits(whole)
		if _, fine := digits(part); !ok || part != "" && !fine || n > 100 || n == 100 && strings.Trim(part, "0") != "" {
			return "", 0
		}
		return "percent", n
	}
	if t == "" || t[0] == '-' { // below nothing there is no level
		return "", 0
	}
	var buf [128]byte
	f := appendFolded(buf[:0], t)
	isLevel := bytes.HasPrefix(f, []byte("level "))
	score := bytes.HasPrefix(f, []byte(scorePrefix))
	f = bytes.TrimPrefix(f, []byte(scorePrefix))
	if i := bytes.IndexByte(f, ' '); i > 0 && words.kinds.of(f[:i])&wordRung != 0 {
		f, isLevel = f[i+1:], true
	}
	f = bytes.TrimPrefix(f, []byte("cefr "))
	f = bytes.TrimPrefix(f, []byte("grade "))
	f = bytes.TrimSuffix(f, []byte(" level"))
	if len(f) >= 2 && f[0] >= 'a' && f[0] <= 'c' && (f[1] == '1' || f[1] == '2') && isHalf(f[2:]) {
		return "cefr", int(f[0]-'a')*2 + int(f[1]-'0')
	}
	if s := words.levels.of(f); s.rank > 0 {
		return s.scale, s.rank
	}
	f, part, _ := bytes.Cut(f, []byte{' '}) // 85.5 is folded to "85 5", and only of a score that is a number
	n, ok := digits(string(f))
	switch {
	case !ok || len(part) > 0 && !score:
	case score || n > maxStep && !isLevel:
		return "score", n
	case n <= 1000:
		return "number", n
	}
	return "", 0
}

// isHalf reports whether nothing stands behind a level of the CEFR but which part of it
// was reached, or that it is a little more: A1.2, B1+.
func isHalf(f []byte) bool {
	return len(f) == 0 || string(f) == "+" || len(f) == 2 && f[0] == ' ' && f[1] >= '1' && f[1] <= '4'
}

// isRung reports whether a word is one that a level's number stands behind: level,
// Stufe, nível.
func isRung(word string) bool {
	var buf [64]byte
	return len(word) <= 16 && words.kinds.of(appendFolded(buf[:0], word))&wordRung != 0
}

// numbered reports whether a level begins with a word for it.
func numbered(level string) bool {
	first, _, more := strings.Cut(level, " ")
	return more && isRung(first)
}

// digits reads a number of at most six digits; unlike strconv it makes no error
// for the many words that are none.
func digits(s string) (n int, ok bool) {
	if s == "" || len(s) > 6 {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

func resultType(r *verdict.Attainment) string {
	return strings.TrimPrefix(strings.TrimSpace(r.Type), "ext:")
}

// levelOf gives the level that a result says, "" when it says how much, how long
// or whether, not how well (OB 3.0 ResultType). measure: its name says so.
func levelOf(r *verdict.Attainment, measure bool) string {
	if measure {
		return ""
	}
	typ := resultType(r)
	if r.Level != "" {
		if typ == "Status" || isStatus(r.Level) {
			return ""
		}
		return r.Level
	}
	v := strings.TrimSpace(r.Value)
	switch typ {
	case "CreditHours", "ECTS", "GradePointAverage", "Status", "Result":
		return ""
	case "RawScore", "ScaledScore", "RubricScore":
		if v != "" && v[0] >= '0' && v[0] <= '9' && !strings.HasSuffix(v, "%") {
			return scorePrefix + v
		}
	case "Percent":
		if v != "" && !strings.HasSuffix(v, "%") {
			return v + "%"
		}
	}
	if isStatus(v) {
		return ""
	}
	return v
}

// isStatus reports whether a value says that something was done, not how well.
func isStatus(v string) bool {
	return equalFoldAny(v, words.done...)
}

// isMeasure reports whether a result's name says that it counts attendance,
// progress or time.
func isMeasure(name string) bool {
	measure, _ := resultName(name)
	return measure
}

// isWhole reports whether a result's name speaks of the achievement as a whole
// and names nothing.
func isWhole(name string) bool {
	_, whole := resultName(name)
	return whole
}

// resultName reads the words of a result's name: whether one of them is a
// measure, and whether all of them speak of the whole.
func resultName(name string) (measure, whole bool) {
	var buf [256]byte
	f := appendFolded(buf[:0], cutLabel(name))
	for whole = true; len(f) > 0; {
		var w []byte
		w, f, _ = bytes.Cut(f, []byte{' '})
		is := words.kinds.of(w)
		if is&wordMeasure != 0 {
			return true, false
		}
		if whole && is&wordWhole == 0 {
			_, whole = digits(string(w))
		}
	}
	return false, whole
}

// BetterLevel gives the higher of two levels: on one scale the higher rank,
// else the one that can be compared, else the first that is not empty.
func BetterLevel(a, b string) string {
	if b == "" || a == b {
		return a
	}
	if a == "" {
		return b
	}
	as, ar := ParseLevel(a)
	bs, br := ParseLevel(b)
	switch {
	case as == bs && br > ar && as != "":
		return b
	case as == "" && bs != "":
		return b
	}
	return a
}

// levelInName finds a level that a badge's name ends with or carries after a
// comma, dash or in parentheses ("Rope access technician, level 2", "English
// B2"), and gives the name without it.
func levelInName(name string) (base, level string) {
	n := strings.TrimSpace(name)
	if i := strings.LastIndexAny(n, ",:(–—"); i > 0 {
		tail := strings.Trim(n[i:], " ,:()–—")
		if s, _ := ParseLevel(tail); s != "" && (s != "number" && s != "score" || numbered(tail)) {
			return strings.TrimSpace(n[:i]), tail
		}
	}
	if i := strings.LastIndex(n, " - "); i > 0 {
		if s, _ := ParseLevel(n[i+3:]); s != "" && (s != "number" && s != "score" || numbered(n[i+3:])) {
			return strings.TrimSpace(n[:i]), n[i+3:]
		}
	}
	i := strings.LastIndexByte(n, ' ')
	if i <= 0 {
		return name, ""
	}
	last := n[i+1:]
	switch s, _ := ParseLevel(last); s {
	case "cefr":
		return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(n[:i]), "level")), last
	case "number":
		rest := strings.TrimSpace(n[:i])
		if p := strings.LastIndexByte(rest, ' '); p > 0 && isRung(rest[p+1:]) {
			return strings.TrimSpace(rest[:p]), n[p+1:]
		}
	case "step", "medal":
		if strings.EqualFold(last, "master") { // "Scrum Master": a role
			break
		}
		return strings.TrimSpace(n[:i]), last
	}
	return name, ""
}

// levelFirst finds a level that a badge's name begins with ("Level 2 Food
// Hygiene", "Advanced Excel"), and gives the name without it. Words that belong
// to titles (professional, master) and medals are not read so.
func levelFirst(name string) (base, level string) {
	n := strings.TrimSpace(name)
	first, rest, ok := strings.Cut(n, " ")
	if !ok {
		return name, ""
	}
	if isRung(first) {
		number, after, ok := strings.Cut(strings.TrimLeft(rest, " "), " ")
		number = strings.TrimRight(number, ":,-")
		if _, fine := digits(number); ok && fine {
			return trimLead(after), n[:strings.Index(n, number)+len(number)]
		}
		return name, ""
	}
	switch s, _ := ParseLevel(first); {
	case s == "cefr", lowered(&words.kinds, first)&wordBegins != 0:
		return trimLead(rest), first
	}
	return name, ""
}

func trimLead(s string) string { return strings.TrimLeft(s, " :,-–—") }

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
