package query

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"assay/index/skills"
	"assay/verify/verdict"
)

// Way says what a reading of a question gives up.
type Way string

// Ways of reading a question that finds fewer than a page, in the order in which
// they are asked.
const (
	WayFillers    Way = "fillers"    // words that name no skill are left out
	WayForms      Way = "forms"      // words in another form count, too
	WaySpelling   Way = "spelling"   // words that nothing is called count as issuers' names with typing errors, too
	WayOccupation Way = "occupation" // an occupation that was named means skills that it needs
	WayRelated    Way = "related"    // neighbours of the skills that were asked for count, too
	WayMost       Way = "most"       // not all that was asked for is needed
	WayAny        Way = "any"        // one thing of it is enough
)

// Reading is one way of reading a question more loosely than it was put.
type Reading struct {
	Way   Way    `json:"w"`
	Drop  uint32 `json:"d,omitempty"` // things that are given up, by their place among those asked for
	Least int    `json:"l,omitempty"` // of the other loose ones so many are needed, 0 = all
}

// Bounds of Relax.
const (
	maxDropped  = 3  // readings without one thing each
	maxReadings = 14 // as many as Relax and RelaxBy give together
)

// Thing is one thing that a question asks for and that may be given up.
type Thing struct {
	Text string
	Plan Plan // whoever meets it alone
	at   int
}

// Things lists what a question asks for that may be given up, but for filler words:
// bare words, where they are neither in brackets nor beside an AND that was written
// out.
func (q *Query) Things() []Thing {
	fillers := q.fillers()
	var out []Thing
	for i := range q.items {
		if it := &q.items[i]; it.loose() && fillers&(1<<i) == 0 {
			p := q.Plan
			if p.Root = it.cond; it.number {
				p.Root = Cond{Op: OpBest, Kids: []Cond{it.cond, *it.within}}
			}
			out = append(out, Thing{joined(it.words), p, i})
		}
	}
	return out
}

// Widened gives, thing by thing, a plan of whoever meets it by what a way of reading
// adds alone.
func (q *Query) Widened(w Way) []Plan {
	var out []Plan
	for _, t := range q.Things() {
		it, p := &q.items[t.at], q.Plan
		p.Root = Cond{Op: OpOr} // nobody
		if tiers := q.wider(it, w); len(tiers) > 0 {
			b := planner{o: &q.Options, include: q.Plan.Include}
			p.Root = b.claim(t.Text, tiers, it.where)
		}
		out = append(out, p)
	}
	return out
}

// Hopeless reports whether a reading finds nobody whom those before it do not: where it
// keeps a thing of Things that nobody meets, by met in its own words and by wide in
// those of the reading's way, or where nobody meets any in those.
func (q *Query) Hopeless(r Reading, met, wide []int) bool {
	if r.Way != WayForms && r.Way != WaySpelling && r.Way != WayRelated && r.Way != WayFillers {
		return false
	}
	misspelt, wider := false, r.Way == WayFillers
	for i, t := range q.Things() {
		if r.Drop&(1<<t.at) != 0 {
			continue
		}
		// Neighbours of what was set right help where it finds nobody itself.
		wider = wider || wide[i] > 0 && !(r.Way == WayRelated && q.items[t.at].typo && met[i] > 0)
		if met[i] == 0 {
			if wide == nil || wide[i] == 0 {
				return true
			}
			misspelt = true
		}
	}
	return !wider || r.Way == WaySpelling && !misspelt // a word that somebody meets is none
}

// fillers gives the places of the filler words, none where there is nothing beside
// them.
func (q *Query) fillers() uint32 {
	drop, kept := uint32(0), false
	for i := range q.items {
		switch it := &q.items[i]; {
		case it.loose() && it.isFiller():
			drop |= 1 << i
		case it.term && !it.number:
			kept = true
		}
	}
	if !kept {
		return 0
	}
	return drop
}

// Relax gives the looser readings of the question, best first, that need no more
// than its words: without fillers, then with what is another form of a word, then
// with what is related.
func (q *Query) Relax() []Reading {
	var out []Reading
	drop := q.fillers()
	if drop != 0 {
		out = append(out, Reading{Way: WayFillers, Drop: drop})
	}
	if q.widens(WayForms, drop) {
		out = append(out, Reading{Way: WayForms, Drop: drop})
	}
	if q.widens(WaySpelling, drop) {
		out = append(out, Reading{Way: WaySpelling, Drop: drop})
	}
	if o := q.occupation(); o != nil {
		out = append(out, Reading{Way: WayOccupation, Drop: drop &^ o.at})
	}
	if lean := q.leaning(); lean != 0 {
		drop |= lean
		out = append(out, Reading{Way: WayMost, Drop: drop})
	}
	if q.widens(WayRelated, drop) {
		out = append(out, Reading{Way: WayRelated, Drop: drop})
	}
	return slices.DeleteFunc(out, func(r Reading) bool { return !q.good(r) })
}

// leaning gives the places of what says something only beside another, none where
// there is nothing beside it.
func (q *Query) leaning() uint32 {
	lean, kept := uint32(0), false
	for i := range q.items {
		switch it := &q.items[i]; {
		case it.loose() && it.leans():
			lean |= 1 << i
		case it.term && !it.isFiller():
			kept = true
		}
	}
	if !kept {
		return 0
	}
	return lean
}

// RelaxBy gives the readings that ask for less, best first. met says how many
// applicants meet each of Things alone: what nobody meets is given up first, then
// one thing, the commonest first, then half of them, then all but one.
func (q *Query) RelaxBy(met []int) []Reading {
	things := q.Things()
	if len(met) != len(things) {
		return nil
	}
	drop, fixed := q.fillers(), 0
	for i := range q.items {
		if it := &q.items[i]; it.term && !it.loose() {
			fixed++
		}
	}
	var found []int // of things that stand alone, the commonest first
	none, lean := drop, q.leaning()
	for i, n := range met {
		switch bit := uint32(1) << things[i].at; {
		case n == 0:
			none |= bit
		case q.items[things[i].at].leans():
		default:
			found = append(found, i)
		}
	}
	n := len(found)
	if n+fixed == 0 {
		return nil
	}
	slices.SortStableFunc(found, func(a, b int) int { return cmp.Or(met[b]-met[a], b-a) })
	var out []Reading
	unmet := none // and what nobody meets
	if unmet != drop {
		out = append(out, Reading{Way: WayMost, Drop: unmet})
	}
	if lean&^none != 0 {
		if none |= lean; none != drop|lean { // which Relax has
			out = append(out, Reading{Way: WayMost, Drop: none})
		}
	}
	if n+fixed >= 2 {
		for _, i := range found[:min(n, maxDropped)] {
			out = append(out, Reading{Way: WayMost, Drop: none | 1<<things[i].at})
		}
	}
	if n >= 4 {
		out = append(out, Reading{Way: WayMost, Drop: none, Least: (n + 1) / 2})
	}
	if n >= 3 {
		out = append(out, Reading{Way: WayAny, Drop: none, Least: 1})
	}
	if fixed > 0 && n >= 2 {
		all := none
		for _, i := range found {
			all |= 1 << things[i].at
		}
		out = append(out, Reading{Way: WayMost, Drop: all})
	}
	if unmet != drop && q.widens(WayRelated, unmet) { // else Relax has it
		out = append(out, Reading{Way: WayRelated, Drop: unmet})
	}
	out = slices.DeleteFunc(out, func(r Reading) bool { return !q.good(r) })
	return out[:min(len(out), maxReadings)]
}

// Read is the question by the last of some readings, without whom the readings before
// find, and without whom it finds as it stands where that is somebody: nobody stands
// in two of them. False where there is no such reading of it.
func (q Query) Read(path []Reading, found bool) (Query, bool) {
	if len(path) == 0 || len(path) > maxReadings || len(q.items) == 0 {
		return q, false
	}
	var before []Cond
	if found {
		before = append(before, q.Plan.Root)
	}
	for _, r := range path {
		if !q.good(r) {
			return q, false
		}
		before = append(before, q.read(r))
	}
	n := len(before) - 1
	last := before[n]
	for i := range n {
		before[i] = beyond(before[i], last)
	}
	before = widest(before[:n])
	n = len(before)
	not := Cond{Op: OpOr, Kids: before}
	if n == 1 {
		not = before[0]
	}
	if q.Plan.Root = last; n > 0 {
		q.Plan.Root = and(last, Cond{Op: OpNot, Kids: []Cond{not}})
	}
	q.Path, q.items = path, nil
	return q, true
}

// good reports whether a reading asks for something still.
func (q *Query) good(r Reading) bool {
	switch r.Way {
	case WayOccupation:
		return r.Least == 0 && q.occupation() != nil
	case WayFillers, WayForms, WaySpelling, WayRelated, WayMost, WayAny:
	default:
		return false
	}
	loose, stands, lean := 0, false, q.leaning()
	for i := range q.items {
		it := &q.items[i]
		if it.loose() && r.Drop&(1<<i) != 0 {
			continue
		}
		if it.loose() {
			loose++
		}
		// A word that was set right may have been right: it stands alone only where
		// nothing else was asked for; several together were not. So does a role's.
		stands = stands || it.term && (lean&(1<<i) == 0 && !it.number) && !(it.typo && len(it.words) == 1 && r.Drop&^q.fillers()&^q.leaning() != 0)
	}
	return stands && r.Least >= 0 && r.Least <= loose
}

// read gives the condition of a reading: what may not be given up, and of the rest
// what is not. Where numbers are among it, they are words, or conditions on the
// badges of the other things.
func (q *Query) read(r Reading) Cond {
	numbers := slices.ContainsFunc(q.items, func(it item) bool { return it.number })
	words := q.reading(r, false)
	for i := range q.items {
		numbers = numbers && (!q.items[i].number || r.Drop&(1<<i) == 0)
	}
	if !numbers {
		return words
	}
	return Cond{Op: OpBest, Kids: []Cond{words, q.reading(r, true)}}
}

// reading is read with the numbers as conditions or, literally, as words.
func (q *Query) reading(r Reading, within bool) Cond {
	var kept, loose []Cond
	var words []string
	var job *occupation
	if r.Way == WayOccupation {
		job = q.occupation()
		kept = append(kept, job.cond)
	}
	for i := range q.items {
		it := &q.items[i]
		if it.loose() && r.Drop&(1<<i) != 0 || job != nil && job.at&(1<<i) != 0 || within && it.number {
			continue
		}
		if !it.loose() {
			kept = append(kept, it.meant(within))
			continue
		}
		loose = append(loose, q.widened(it, r.Way, within))
		words = append(words, wordsOf(it.words)...)
	}
	if r.Least > 0 {
		kept = append(kept, Cond{Op: OpMost, Kids: loose, Least: min(r.Least, len(loose))})
	} else {
		kept = append(kept, loose...)
	}
	// Words of a badge are those of its issuer, too.
	if c, ok := together(words, q.Plan.Include); ok && len(loose) > 1 && r.Least == 0 && !q.Options.Unnamed {
		kept = append(kept, c)
	}
	return and(kept...)
}

// meant gives what a thing means, where numbers are conditions on its badge or are
// not.
func (i *item) meant(within bool) Cond {
	if within && i.within != nil {
		return *i.within
	}
	return i.cond
}

// GivenUp names what a reading gives up, and what it keeps, of what was asked for
// in bare words; fillers are neither.
func (q *Query) GivenUp(r Reading) (gaveUp, kept, fillers []string) {
	skip := q.fillers()
	for i := range q.items {
		it := &q.items[i]
		if len(it.words) == 0 {
			continue
		}
		text := joined(it.words)
		switch {
		case r.Drop&skip&(1<<i) != 0:
			fillers = append(fillers, text)
		case it.loose() && r.Drop&(1<<i) != 0:
			gaveUp = append(gaveUp, text)
		default:
			kept = append(kept, text)
		}
	}
	return gaveUp, kept, fillers
}

// weightTogether is what words weigh that stand in one badge: as much as one more of
// them in a skill's label, so that they stand above the same words in several badges.
const weightTogether = weightLabel * StandingStep

// together lifts whoever has all the words in one badge.
func together(words []string, include []verdict.Result) (Cond, bool) {
	if len(words) < 2 {
		return Cond{}, false
	}
	words = words[:min(len(words), MaxTierWords)]
	c := &ClaimCond{Plain: true, Status: include, Tiers: []Tier{{How: HowTogether, Weight: weightTogether, Unproven: weightTogether, Field: FieldBadge, Words: words}}}
	return Cond{Op: OpMay, Kids: []Cond{{Op: OpClaim, Claim: c}}}, true
}

// widens reports whether a way of reading changes what some kept thing means.
func (q *Query) widens(w Way, drop uint32) bool {
	for i := range q.items {
		if it := &q.items[i]; it.loose() && drop&(1<<i) == 0 && len(q.wider(it, w)) > 0 {
			return true
		}
	}
	return false
}

// widened gives what a thing means by a way of reading: as it stands, or, below
// that, what the way adds.
func (q *Query) widened(it *item, w Way, within bool) Cond {
	tiers := q.wider(it, w)
	if len(tiers) == 0 {
		return it.meant(within)
	}
	where := it.where
	if within {
		where = it.whereIn
	}
	b := planner{o: &q.Options, include: q.Plan.Include}
	wide := b.claim(joined(it.words), tiers, where)
	if w == WayRelated && wide.Op == OpClaim {
		wide.Claim.Alike = true // it is no proof, whoever stands behind it
	}
	return Cond{Op: OpBest, Kids: []Cond{it.meant(within), wide}}
}

// wider gives the ways of meeting a thing that a way of reading adds, by descending
// weight.
func (q *Query) wider(it *item, w Way) []Tier {
	words := wordsOf(it.words)
	if it.number {
		return nil
	}
	switch w {
	case WayForms:
		var out []Tier
		add := func(t Tier) {
			t.How, t.Weight = HowForm, weightForm
			for _, t.Field = range []Field{FieldLabel, FieldName} {
				out = append(out, t)
			}
		}
		if len(words) == 1 {
			// The table makes who does it of what is done; Snowball knows the forms of
			// seven languages, and takes no surveyor for surveying.
			forms := formsOf(words[0])
			for _, w := range skills.Inflected(words[0]) {
				if !slices.Contains(forms, w) {
					forms = append(forms, w)
				}
			}
			if len(forms) > 0 {
				add(Tier{Words: forms, Any: true})
			}
			if m := numberedName.FindStringSubmatch(words[0]); m != nil && it.unknown() {
				add(Tier{Words: m[1:], Phrase: true}) // NR10, NR-10
			}
			if utf8.RuneCountInString(words[0]) >= minApart && it.unknown() {
				for _, two := range apart(words[0]) {
					add(Tier{Words: two, Phrase: true})
				}
			}
		} else if len(words) == 2 {
			add(Tier{Words: []string{words[0] + words[1]}})
		}
		if len(it.beside) > 0 {
			add(Tier{Words: it.beside, Any: true})
		}
		return out
	case WaySpelling:
		if !q.Options.Unnamed && (it.unknown() || it.typo) {
			return misnamed(words)
		}
	case WayRelated:
		tiers := kinTiers(q.Options.Taxonomy.Expand(joined(it.words), it.typo))
		if main := q.shown(it); main != "" {
			t := Tier{How: HowRelated, Weight: weightRelated + skills.KinClose - skills.KinField, Skills: []string{main}, Under: []string{main}}
			tiers = append([]Tier{t}, tiers...)
		}
		return tiers
	}
	return nil
}

// misnamed looks for words as names of issuers that were typed with errors: in what is
// known of an issuer, and then in what it calls itself.
func misnamed(words []string) []Tier {
	if !slices.ContainsFunc(words, func(w string) bool { return EditDistance(w) > 0 }) {
		return nil
	}
	out := issuerTiers(words)
	for i := range out {
		out[i].How, out[i].Phrase, out[i].Fuzzy = HowTypo, false, true
		out[i].Weight = weightMisnamed - 2*i
	}
	return out
}

// shown gives the skill that a certificate is most about which a thing names, "" where
// it names none or the skill itself.
func (q *Query) shown(it *item) string {
	name := joined(it.words)
	c, ok := q.Options.Taxonomy.Certificate(name)
	if s := q.Options.Taxonomy.Expand(name, false); !ok || len(s.Exact)+len(s.Alias) > 0 || len(c.Skills) == 0 {
		return ""
	}
	return c.Skills[0]
}

// minApart is the least number of letters of a word that may be two.
const minApart = 7

// kinTiers gives the neighbours of what a term means, the closest first.
func kinTiers(s skills.Sense) []Tier {
	var out []Tier
	for weight := skills.KinClose; weight >= skills.KinField; weight-- {
		t := Tier{How: HowRelated, Weight: weightRelated + weight - skills.KinField}
		for _, k := range s.Kin {
			if k.Weight == weight {
				t.Skills, t.Under = append(t.Skills, k.ID), append(t.Under, k.ID)
			}
		}
		if len(t.Skills) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// Related names the neighbours that a reading looks for, the closest first.
func (q *Query) Related(r Reading) []string {
	var out []string
	if r.Way != WayRelated {
		return nil
	}
	for i := range q.items {
		if it := &q.items[i]; it.loose() && r.Drop&(1<<i) == 0 {
			if l := q.Options.Taxonomy.Label(q.shown(it)); l != "" && !slices.Contains(out, l) {
				out = append(out, l)
			}
			s := q.Options.Taxonomy.Expand(joined(it.words), it.typo)
			for _, k := range s.Kin {
				if !slices.Contains(out, k.Label) {
					out = append(out, k.Label)
				}
			}
		}
	}
	return out
}

// occupation is one that bare words of a question name.
type occupation struct {
	title string
	needs []string // labels of the skills that are looked for
	least int      // so many of them are enough, as is the first; 0 = the first is needed
	at    uint32   // the words, by their places among what is asked for
	cond  Cond
}

// Occupation gives the title of the occupation that bare words of the question name,
// the labels of its skills, and how many of them are enough, where not only the first
// is; "" where they name none.
func (q *Query) Occupation() (title string, needs []string, least int) {
	o := q.occupation()
	if o == nil {
		return "", nil, 0
	}
	return o.title, o.needs, o.least
}

// Bounds of an occupation that is read as its skills.
const (
	maxNeeds   = 12 // skills of it that are looked for
	leastNeeds = 2  // so many are enough, as is the first alone
)

// occupation finds the longest run of loose words that is the title of an
// occupation.
func (q *Query) occupation() *occupation {
	t := q.Options.Taxonomy
	for n := len(q.items); n > 0; n-- {
		for i := 0; i+n <= len(q.items); i++ {
			run := q.items[i : i+n]
			if slices.ContainsFunc(run, func(it item) bool { return !it.loose() }) {
				continue
			}
			var nodes []*Node
			at := uint32(0)
			for k := range run {
				nodes = append(nodes, run[k].words...)
				at |= 1 << (i + k)
			}
			name := joined(nodes)
			if n == 1 && run[0].title != "" {
				name = run[0].title
			}
			s := t.Expand(name, false)
			if s.Occupation == nil {
				continue
			}
			return q.needed(s.Occupation, at, run[0].where)
		}
	}
	return nil
}

// needed makes an occupation of what it needs: the required skills, and the wished
// ones where it requires none.
func (q *Query) needed(s *skills.Occupation, at uint32, where []Filter) *occupation {
	o := &occupation{title: s.Title, at: at}
	b := planner{o: &q.Options, include: q.Plan.Include}
	var kids []Cond
	for _, required := range []bool{true, false} {
		if len(kids) > 0 {
			break
		}
		for _, n := range s.Needs {
			if n.Required == required && len(kids) < maxNeeds {
				o.needs = append(o.needs, n.Label)
				kids = append(kids, b.claim(n.Label, []Tier{
					{How: HowExact, Weight: weightConcept, Skills: []string{n.ID}},
					{How: HowNarrower, Weight: weightNarrower, Under: []string{n.ID}},
				}, where))
			}
		}
	}
	if len(kids) == 0 {
		return nil
	}
	first := []Cond{kids[0]}
	for _, k := range kids[1:] {
		first = append(first, Cond{Op: OpMay, Kids: []Cond{k}})
	}
	if o.cond = and(first...); len(kids) > leastNeeds {
		o.least = leastNeeds
		o.cond = Cond{Op: OpBest, Kids: []Cond{o.cond, {Op: OpMost, Kids: kids, Least: o.least}}}
	}
	return o
}
