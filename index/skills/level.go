package skills

import (
	"strconv"
	"strings"
)

// ParseLevel reads a level on a scale that levels can be compared on: "cefr"
// (A1 to C2), "step" (beginner, intermediate, advanced, expert and their
// neighbours), "medal" (bronze, silver, gold, platinum), "percent", and
// "number" (level 3). The rank is only comparable within its scale; an unknown
// level has scale "".
func ParseLevel(s string) (scale string, rank int) {
	if s == "" || len(s) > 64 {
		return "", 0
	}
	var buf [64]byte
	t := strings.TrimSpace(s)
	if p, ok := strings.CutSuffix(t, "%"); ok {
		if f, err := strconv.ParseFloat(strings.TrimSpace(p), 64); err == nil && f >= 0 && f <= 100 {
			return "percent", int(f)
		}
		return "", 0
	}
	f := string(appendFolded(buf[:0], t))
	f = strings.TrimPrefix(f, "level ")
	f = strings.TrimPrefix(f, "cefr ")
	f = strings.TrimPrefix(f, "grade ")
	f = strings.TrimSuffix(f, " level")
	if len(f) == 2 && f[0] >= 'a' && f[0] <= 'c' && (f[1] == '1' || f[1] == '2') {
		return "cefr", int(f[0]-'a')*2 + int(f[1]-'0')
	}
	switch f {
	case "beginner", "basic", "novice", "entry", "introductory", "foundation", "foundational", "elementary", "awareness", "fundamental", "associate":
		return "step", 1
	case "intermediate", "competent", "practitioner", "developing":
		return "step", 2
	case "advanced", "proficient", "professional", "distinction":
		return "step", 3
	case "expert", "master", "mastery", "specialist":
		return "step", 4
	case "bronze":
		return "medal", 1
	case "silver":
		return "medal", 2
	case "gold":
		return "medal", 3
	case "platinum":
		return "medal", 4
	}
	if n, err := strconv.Atoi(f); err == nil && n >= 0 && n <= 1000 {
		return "number", n
	}
	return "", 0
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
		if s, _ := ParseLevel(tail); s != "" && (s != "number" || strings.HasPrefix(strings.ToLower(tail), "level")) {
			return strings.TrimSpace(n[:i]), tail
		}
	}
	if i := strings.LastIndex(n, " - "); i > 0 {
		if s, _ := ParseLevel(n[i+3:]); s != "" && s != "number" {
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
		if p := strings.LastIndexByte(rest, ' '); p > 0 && strings.EqualFold(rest[p+1:], "level") {
			return strings.TrimSpace(rest[:p]), rest[p+1:] + " " + last
		}
	case "step", "medal":
		return strings.TrimSpace(n[:i]), last
	}
	return name, ""
}
