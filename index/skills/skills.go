// Package skills resolves what credentials say to concepts of skills
// frameworks.
package skills

import "assay/verify"

// Basis says how a skill was recognised, from exact to inferred.
type Basis string

const (
	BasisURI      Basis = "uri"      // the alignment's URL is the concept's, or a known alias of it
	BasisCode     Basis = "code"     // framework and code
	BasisLabel    Basis = "label"    // exact label or alternative label inside the named framework
	BasisAlias    Basis = "alias"    // the curated alias table
	BasisText     Basis = "text"     // a tag or the badge's name equals a unique label
	BasisUnmapped Basis = "unmapped" // known to no framework: kept with its raw label
)

// Skill is one skill that one credential speaks of.
type Skill struct {
	ID        string `json:"id,omitempty"` // concept URI, "" when unmapped
	Label     string `json:"label"`
	Framework string `json:"framework,omitempty"`
	Basis     Basis  `json:"basis"`
	Level     string `json:"level,omitempty"` // best level or result, as given
	Soft      string `json:"soft,omitempty"`  // soft skill of hiring that it belongs to
}

// Taxonomy is a set of frameworks, ready for look-ups. Immutable; safe for
// concurrent use.
type Taxonomy struct{}

// Builtin returns the taxonomy that assay carries.
func Builtin() *Taxonomy { return &Taxonomy{} }

// Resolve gives the skills of one credential, in the order of first mention,
// each concept once.
func (t *Taxonomy) Resolve(c verify.Credential) []Skill { return nil }
