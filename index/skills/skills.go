// Package skills resolves what credentials say to concepts of skills
// frameworks, and widens what recruiters ask to the concepts that they mean.
//
// A Taxonomy holds any number of frameworks: the core that assay carries
// (Builtin) and what Source.Prepare has made of ESCO, O*NET, CASE, OSMT (RSD) and
// CTDL data (Open), with the certificates, occupations and soft skills that assay
// knows by itself. It is local and immutable: no URL that a badge names is ever
// fetched to learn a skill, and a newer version is a new Taxonomy that the
// program swaps in behind a pointer.
//
// The sources obeyed are Open Badges 3.0 Alignment and AlignmentTargetType,
// Open Badges 2.0 AlignmentObject, Open Badges 1.x alignment, CLR 2.0
// Association, and the identifiers of the frameworks themselves. Out of scope:
// guessing skills from free text (criteria, descriptions), and frameworks whose
// licence forbids bundling (Lightcast), whose identifiers are kept as they are.
//
// # Adding a framework
//
// A framework whose publisher gives it out in a format that a Source reads needs
// nothing: assay skills import makes it known. One that is to be known by its own
// identifiers, names or files needs a file that reads them and a row of the
// table frameworks (framework.go). sfia.go:
//
//	// sfiaIdentifier reads the name of a skill in the addresses of SFIA.
//	func sfiaIdentifier(u address) (kind, id string) {
//		if hostIs(u.host, "sfia-online.org") && strings.Contains(u.path, "/skills/") {
//			return "sfia", u.last
//		}
//		return "", ""
//	}
//
//	// sfiaKeeps takes such an address for a skill: SFIA's licence forbids to
//	// bundle it, so that there is nothing to look it up in.
//	func sfiaKeeps(raw string, _ bool) (string, bool) { return raw, true }
//
// And its row:
//
//	{name: "SFIA", names: []string{"sfia"}, identifier: sfiaIdentifier, keeps: sfiaKeeps},
//
// Where its publisher gives out files, the row names what reads them (rsd.go is
// the shortest of those) and their format, which the flag --format of assay
// skills import lists, too. What is written in words only (levels, types of
// targets) stands in words.tsv.
package skills

import (
	"strings"

	"assay/verify/verdict"
)

// Basis says how a skill was recognised, from exact to inferred.
type Basis string

const (
	BasisURI      Basis = "uri"      // the alignment's URL is the concept's, or an identifier of CTDL, CASE, RSD or Lightcast in its right form
	BasisCode     Basis = "code"     // framework and code
	BasisLabel    Basis = "label"    // exact label or alternative label inside the named framework
	BasisAlias    Basis = "alias"    // the curated alias table
	BasisName     Basis = "name"     // a curated name, or that of a certificate that shows the skill, stands within a tag or the badge's name
	BasisText     Basis = "text"     // a tag or the badge's name equals a unique label
	BasisUnmapped Basis = "unmapped" // known to no framework: kept with its raw label
)

// rank orders bases from exact to inferred; 0 is no basis at all.
func (b Basis) rank() int {
	switch b {
	case BasisURI:
		return 7
	case BasisCode:
		return 6
	case BasisLabel:
		return 5
	case BasisAlias:
		return 4
	case BasisName:
		return 3
	case BasisText:
		return 2
	case BasisUnmapped:
		return 1
	}
	return 0
}

// Exact reports whether the badge itself named the concept (uri or code), as
// against a reading of its words. Where the framework is loaded, the label is
// the framework's; where it is one that assay knows by identifiers only, the
// label is the badge's own. An ESCO or O*NET identifier that the loaded version
// lacks is never exact: it may have been made up.
func (b Basis) Exact() bool { return b == BasisURI || b == BasisCode }

// Skill is one skill that one credential speaks of.
type Skill struct {
	ID        string `json:"id,omitempty" blind:"-"` // concept URI, "" when unmapped
	Label     string `json:"label" blind:"ID"`
	Framework string `json:"framework,omitempty" blind:"ID"` // of an unmapped skill: as the badge names it
	Basis     Basis  `json:"basis"`
	Level     string `json:"level,omitempty"`          // best level or result, as given; a raw score says that it is one
	Soft      string `json:"soft,omitempty" blind:"-"` // soft skill of hiring that it belongs to

	Above *Above `json:"-"` // where the concept stands, nil when unmapped; shared, never changed

	// About reports whether the badge is about this skill before others: it is named
	// after it, or says nothing else. Others it proves among several.
	About       bool         `json:"-"`
	Certificate *Certificate `json:"-"` // the certificate of the table that the badge is, if this is what it is most about; shared, never changed

	// Target is what the badge points at, where that led to no concept: whoever
	// maps skills by hand needs its URL and code. Shared with the credential,
	// never changed. A pointer, because a budget of 2 KB a credential leaves room
	// for no more.
	Target *verdict.Alignment `json:"target,omitempty"`
}

// Above says where a concept stands in its framework.
type Above struct {
	Ancestors []string // URIs of every broader concept and group
	Domain    string   // label of the division of the framework it belongs to
}

// maxAbbreviation bounds what a label says in parentheses that is a name of its
// own, not what tells the label from its like: PM².
const maxAbbreviation = 6

// Searched gives what of the label a search by words looks in: without what a
// framework adds that is no word of the skill, "(computer programming)" behind a
// language's name and the vendor before a product's. Who has Excel is no answer
// to "software" or "microsoft".
func (s *Skill) Searched() string {
	label := s.Label
	if s.ID == "" || s.Framework != ESCO && s.Framework != ONET {
		return label
	}
	if at := strings.LastIndex(label, " ("); at > 0 && strings.HasSuffix(label, ")") && len(label)-at-3 > maxAbbreviation {
		label = label[:at]
	}
	if !strings.HasPrefix(s.ID, onetTech) {
		return label
	}
	for _, w := range words.vendors {
		if hasPrefixFold(label, w) {
			label = label[len(w):]
			break
		}
	}
	for _, w := range words.products {
		if n := len(label) - len(w); n > 0 && strings.EqualFold(label[n:], w) {
			label = label[:n]
			break
		}
	}
	return label
}
