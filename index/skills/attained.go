package skills

import (
	"bytes"
	"strings"

	"assay/verify/verdict"
)

// What was not attained makes no skill. A badge of Open Badges 3.0 may say that
// its achievement was failed, is under way or was only predicted: its signature
// holds all the same.

// attained reports whether a result was reached: what was failed, predicted, or
// is under way is no proof (OB 3.0 ResultType and ResultStatusType). Of a status
// only words that say so count, for its other words all say the contrary; of a
// value or a level all but those that are known to deny it.
func attained(r *verdict.Attainment) bool {
	typ := resultType(r)
	if strings.EqualFold(typ, "PredictedScore") || r.Short {
		return false
	}
	if r.Status != "" && !saysAttained(r.Status) || strings.EqualFold(typ, "Status") && r.Value != "" && !saysAttained(r.Value) {
		return false
	}
	return !denies(r.Value, typ) && !denies(r.Level, typ)
}

// saysAttained reports whether a status is a word for having attained something.
func saysAttained(status string) bool {
	var buf [64]byte
	if len(status) > 48 {
		return false
	}
	word := bytes.TrimPrefix(appendFolded(buf[:0], strings.TrimPrefix(strings.TrimSpace(status), "ext:")), []byte("successfully "))
	word, _, _ = bytes.Cut(word, []byte(" with ")) // distinction
	return words.kinds.of(word)&wordAttained != 0
}

// denies reports whether a value or level is a word, grade or score for not
// having attained something.
func denies(v, typ string) bool {
	var buf [96]byte
	if v == "" || len(v) > 48 {
		return false
	}
	word := appendFolded(buf[:0], strings.TrimPrefix(strings.TrimSpace(v), "ext:"))
	switch is := words.kinds.of(word); {
	case is&wordUnattained != 0:
		return true
	case string(word) == "f":
		return typ == "" || typ == "LetterGrade" || typ == "Result"
	case is&wordLetter != 0:
		return typ == "LetterGrade"
	}
	switch typ {
	case "Percent", "RawScore", "ScaledScore", "RubricScore", "GradePointAverage":
		n := strings.TrimSuffix(strings.TrimSpace(v), "%")
		return n != "" && strings.Trim(n, "0.") == "" && strings.Contains(n, "0")
	}
	return false
}

// own reports whether a result speaks of a part of the achievement: of what it
// is aligned with or named after, where its name is not that of the whole.
func (t *Taxonomy) own(r *verdict.Attainment, achievement string) bool {
	name := strings.TrimSpace(r.Name)
	if name == "" || isWhole(name) || isMeasure(name) || strings.EqualFold(name, strings.TrimSpace(achievement)) {
		return false
	}
	_, _, known := t.byName(name, "")
	return known || len(r.Alignments) > 0
}

// tells reports whether a result that was attained says that something was:
// hours, credits and attendance do not, unless their status does.
func tells(r *verdict.Attainment) bool {
	switch resultType(r) {
	case "CreditHours", "ECTS":
		return r.Status != ""
	case "Status":
		return true
	}
	return r.Status != "" || !isMeasure(r.Name)
}

// achieved reports whether the achievement as a whole was attained, by all of
// its results: one that was not, and that speaks of the whole, is outweighed by
// a better one of its kind (a second attempt, another part), and several that
// say nothing but failure are outweighed by nothing.
func (t *Taxonomy) achieved(c *verdict.Credential) bool {
	missed, reached := false, false
	for i := range c.Results {
		r := &c.Results[i]
		switch {
		case !attained(r):
			missed = true
		case tells(r):
			reached = true
		}
	}
	if !missed {
		return true
	}
	if !reached {
		return false
	}
	for i := range c.Results {
		r := &c.Results[i]
		if attained(r) || t.own(r, c.Name) {
			continue
		}
		if !t.outweighed(r, c) {
			return false
		}
	}
	return true
}

// outweighed reports whether another result of the kind of r was attained.
func (t *Taxonomy) outweighed(r *verdict.Attainment, c *verdict.Credential) bool {
	whole := strings.TrimSpace(r.Name) != "" && isWhole(r.Name)
	for i := range c.Results {
		o := &c.Results[i]
		if !attained(o) || !tells(o) {
			continue
		}
		switch {
		case strings.EqualFold(resultType(r), "PredictedScore"):
			// A forecast is over once there is a result of the whole.
			if !t.own(o, c.Name) {
				return true
			}
		case !strings.EqualFold(resultType(o), resultType(r)):
		case !whole || strings.TrimSpace(o.Name) == "" || isWhole(o.Name):
			return true
		}
	}
	return false
}

// missed gives the skills that results name which were not attained.
func (t *Taxonomy) missed(c *verdict.Credential) []mention {
	var out []mention
	for i := range c.Results {
		r := &c.Results[i]
		if attained(r) {
			continue
		}
		col := collector{t: t}
		for j := range r.Alignments {
			col.alignment(&r.Alignments[j], "")
		}
		if name := strings.TrimSpace(r.Name); name != "" && !isMeasure(name) && !isWhole(name) && !strings.EqualFold(name, strings.TrimSpace(c.Name)) && !col.named(name, "", "") {
			col.unmapped(cutLabel(name), "", "", nil)
		}
		out = append(out, col.skills[:col.n]...)
	}
	return out
}
