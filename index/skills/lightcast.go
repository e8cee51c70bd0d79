package skills

import "strings"

const lightcastSkill = "https://lightcast.io/open-skills/skills/"

// lightcastIdentifier reads the id of a skill; its name may stand behind it.
func lightcastIdentifier(u address) (kind, id string) {
	if hostIs(u.host, "lightcast.io") || hostIs(u.host, "economicmodeling.com") || hostIs(u.host, "emsidata.com") {
		return "lightcast", u.segment(isLightcast)
	}
	return "", ""
}

// lightcastKeeps takes a skill's id, wherever it stands in the address: the
// framework's licence forbids to bundle it.
func lightcastKeeps(raw string, _ bool) (id string, ok bool) {
	for seg := range strings.SplitSeq(urlPath(raw), "/") {
		if isLightcast(seg) {
			return lightcastSkill + seg, true
		}
	}
	return "", false
}

// lightcastCode reads a skill's id.
func lightcastCode(code string) (codeForm, string) {
	if isLightcast(code) {
		return codeKept, lightcastSkill + code
	}
	return codeAny, ""
}

// isLightcast reports whether s is an identifier of Lightcast Open Skills:
// KS125LS6N7WP4S6SFTCK, ES… and BGS… alike.
func isLightcast(s string) bool {
	if len(s) < 17 || len(s) > 22 || !strings.HasPrefix(s, "KS") && !strings.HasPrefix(s, "ES") && !strings.HasPrefix(s, "BGS") {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return true
}
