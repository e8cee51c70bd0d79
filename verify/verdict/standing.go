package verdict

import "strings"

// Level is what stands behind an issuer's id.
type Level string

// The levels, best first.
const (
	LevelListed  Level = "listed"  // the employer, or a registry that the employer chose, names the issuer
	LevelDomain  Level = "domain"  // an internet domain, a platform that vets its issuers by contract, or a seal of an organisation whose authority the operator accepts
	LevelAccount Level = "account" // an account at a badge platform with open sign-up
	LevelPage    Level = "page"    // a place where anybody can put a file
	LevelKey     Level = "key"     // nothing but a key that anybody can make
	LevelSelf    Level = "self"    // the applicant's own id, key or site; never accepted
)

// Levels are the six levels, best first.
func Levels() []Level {
	return []Level{LevelListed, LevelDomain, LevelAccount, LevelPage, LevelKey, LevelSelf}
}

// Rank orders the levels: 6 for listed down to 1 for self, 0 for none of them.
func (l Level) Rank() int {
	for i, x := range Levels() {
		if l == x {
			return len(Levels()) - i
		}
	}
	return 0
}

// Accepts reports whether an employer who accepts issuers from level l on accepts
// one of level x. Self is never accepted.
func (l Level) Accepts(x Level) bool { return x != LevelSelf && x.Rank() > 0 && x.Rank() >= l.Rank() }

// Words is what the level means, in a sentence for a recruiter; "" for none of
// the six.
func (l Level) Words() string {
	switch l {
	case LevelListed:
		return "The employer, or a registry that the employer chose, names this issuer."
	case LevelDomain:
		return "The issuer speaks from its own internet domain, by a platform that knows its issuers by contract, or by a seal that an authority vouches for."
	case LevelAccount:
		return "The issuer is an account at a badge platform where anybody can sign up."
	case LevelPage:
		return "The issuer is a page at a place where anybody can put one."
	case LevelKey:
		return "The issuer is nothing but a key, which anybody can make."
	case LevelSelf:
		return "The issuer is the applicant."
	}
	return ""
}

// Backing is who stands behind an issuer's id by itself, whatever an employer or
// a registry says of it: what a decision is made from, and made from again
// (package verify).
type Backing struct {
	Level    Level  `json:"level,omitempty"`    // never listed
	Host     string `json:"host,omitempty"`     // as it may be shown: Unicode, but punycode where scripts mix
	Path     string `json:"path,omitempty"`     // behind the host, where the host itself does not speak
	Platform string `json:"platform,omitempty"` // the platform's name, of an account and of a vetted issuer
	Counts   string `json:"counts,omitempty"`   // as what the issuer counts among others: a registrable domain, a platform, an id
}

// Shown is what may be told a person of an issuer, whose name is a claim: the
// listed name where the issuer is listed under one; else what is known, its host,
// and then what it calls itself. It is "" for an issuer of which nothing is
// proven.
func (b Backing) Shown(level Level, listed, claimed string) string {
	claimed = strings.ReplaceAll(claimed, `"`, "'") // nothing of it may seem to stand outside
	calls := func(s string) string {
		if claimed == "" {
			return s
		}
		return s + ` that calls itself "` + claimed + `"`
	}
	place := b.Host + b.Path
	switch {
	case level == LevelListed && listed != "":
		return listed
	case b.Level == "":
		return ""
	case level == LevelSelf && b.Host == "":
		return calls("the applicant's own key")
	case b.Level == LevelKey:
		return calls("a key")
	case b.Level == LevelPage:
		return calls("a page on " + place)
	case b.Level == LevelAccount:
		return calls("an account on " + b.Platform)
	case b.Platform != "" && claimed != "":
		return claimed + ", by " + b.Platform
	case b.Platform != "":
		return b.Platform
	case claimed == "" || strings.EqualFold(claimed, place):
		return place
	}
	return place + `, which calls itself "` + claimed + `"`
}
