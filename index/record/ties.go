package record

import (
	"slices"
	"time"

	"assay/index/skills"
)

// TieKind is one thing that settles ties among those who prove a concept by issuers
// of like standing. Flat.Ties holds the kinds with the concepts that they hold for, by
// the verified badges; a higher step holds with each lower one.
type TieKind string

// Kinds of ties.
const (
	TieMiddle  TieKind = "level1"  // its level is above the first of its scale
	TieHigh    TieKind = "level2"  // and near the top
	TieBadges  TieKind = "badges1" // several independent badges prove it
	TieIssuers TieKind = "badges2" // and of several issuers
)

// TieKinds lists every kind.
func TieKinds() []TieKind { return []TieKind{TieMiddle, TieHigh, TieBadges, TieIssuers} }

// Badges reports whether a kind is of the number of badges, and not of the level.
func (k TieKind) Badges() bool { return k == TieBadges || k == TieIssuers }

// Of gives the value that Flat.Ties has where a kind holds for a concept.
func (k TieKind) Of(id string) string { return string(k) + " " + id }

// ties works out Flat.Ties as of now (Unix seconds).
func (a *Application) ties(now int64) []string {
	var out []string
	for _, d := range DepthOf(a, now) {
		if d.ID == "" {
			continue
		}
		steps := levelSteps(d.Level)
		for kind, holds := range map[TieKind]bool{TieMiddle: steps >= 1, TieHigh: steps >= 2, TieBadges: d.Credentials >= 2, TieIssuers: d.Issuers >= 2} {
			if holds {
				out = append(out, kind.Of(d.ID))
			}
		}
	}
	slices.Sort(out)
	return out
}

// levelSteps says how high a level is on its scale: 0 at the beginning or where there
// is none to say it by, 2 near the top.
func levelSteps(level string) int {
	scale, rank := skills.ParseLevel(level)
	middle, high := 0, 0
	switch scale {
	case "cefr":
		middle, high = 3, 5 // B1, C1
	case "step", "medal", "number":
		middle, high = 2, 3
	case "percent":
		middle, high = 70, 90
	default:
		return 0
	}
	switch {
	case rank >= high:
		return 2
	case rank >= middle:
		return 1
	}
	return 0
}

// The years that Breadth.Fresh tells apart.
const firstFresh, lastFresh = 1970, 1970 + 126

// Fresh gives the year of the newest proven badge as a small number that grows with it,
// 0 where there is none: ties go by it.
func (b *Breadth) Fresh() int {
	if b.Last.IsZero() {
		return 0
	}
	return min(max(b.Last.In(time.UTC).Year(), firstFresh), lastFresh) - firstFresh + 1
}
