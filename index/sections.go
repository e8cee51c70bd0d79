package index

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/index/query"
)

// Section is a part of an answer below its hits: who is found by a looser reading
// of the question, and by none before it.
type Section struct {
	Way     query.Way `json:"way"`
	Heading string    `json:"heading"`           // what was given up, in a sentence
	GaveUp  []string  `json:"gave_up,omitempty"` // of what was asked for, not needed any more
	Fillers []string  `json:"fillers,omitempty"` // words that name no skill and were left out
	Kept    []string  `json:"kept,omitempty"`    // what is looked for still
	Least   int       `json:"least,omitempty"`   // so many of Kept are needed, 0 = all; or so many of an occupation's skills are enough, as is the first
	Related []string  `json:"related,omitempty"` // neighbours that were looked for, or an occupation's skills
	Title   string    `json:"title,omitempty"`   // of the occupation
	Total   int       `json:"total"`
	Hits    []Hit     `json:"hits"`
	Cursor  string    `json:"cursor,omitempty"` // of the section's next page, taken like that of the answer

	beside bool // the question asks for more than bare words, which is needed as before
}

// WordCount says how many applicants meet one thing alone that was asked for.
type WordCount struct {
	Words string `json:"words"`
	Count int    `json:"count"`
}

// Bounds of the sections of one answer.
const (
	maxSections = 4
	maxReadings = 8 // readings that are searched for them
)

// Search answers a question: by what it says, and below that, where this finds
// fewer than a page, by looser readings, each in a section of its own that says
// what it gives up (query.Query.Relax). Nobody stands in an answer twice. A cursor
// leads to the next page of the answer or of the section that it is of: of a section
// the answer has that section alone.
func Search(ctx context.Context, e Engine, tenant string, q query.Query) (*Results, error) {
	path, err := pathOf(q.Cursor)
	if err != nil {
		return nil, err
	}
	if len(path) > 0 {
		return nextOf(ctx, e, tenant, q, path)
	}
	ctx = WithMemory(ctx)
	res, err := e.Search(ctx, tenant, q)
	if err != nil || q.Cursor != "" || len(res.Hits) >= page(&q) || res.Total > len(res.Hits) {
		return res, err
	}
	return res, loosen(ctx, e, tenant, q, res)
}

// OneByOne is Searches of an engine that is no quicker with several.
func OneByOne(list []query.Query, search func(q query.Query) (*Results, error)) ([]*Results, error) {
	out := make([]*Results, len(list))
	for i, q := range list {
		var err error
		if out[i], err = search(q); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Shown counts the hits of an answer with those of its sections.
func (r *Results) Shown() int {
	n := len(r.Hits)
	for i := range r.Sections {
		n += len(r.Sections[i].Hits)
	}
	return n
}

// page is how many hits an answer has at least that is not thin: an export is as thin
// as the page that it is of.
func page(q *query.Query) int {
	if q.Size <= 0 || q.Options.Export {
		return query.DefaultSize
	}
	return q.Size
}

// pathOf gives the readings that a cursor says it is of. Nothing is proven of it:
// OpenCursor is asked with the plan that they make.
func pathOf(cursor string) ([]query.Reading, error) {
	if cursor == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) <= macSize || len(cursor) > maxCursor {
		return nil, ErrCursor
	}
	var pos query.Position
	if err := json.Unmarshal(raw[macSize:], &pos); err != nil {
		return nil, ErrCursor
	}
	return pos.Path, nil
}

// nextOf gives the next page of a section.
func nextOf(ctx context.Context, e Engine, tenant string, q query.Query, path []query.Reading) (*Results, error) {
	// The answer's own total and facets are those of its first page.
	first := q
	first.Cursor, first.Size = "", 1
	res, err := e.Search(ctx, tenant, first)
	if err != nil {
		return nil, err
	}
	loose, ok := q.Read(path, res.Total > 0)
	if !ok {
		return nil, ErrCursor
	}
	if res.Total > 0 {
		loose.Facets = nil
	}
	r, err := e.Search(ctx, tenant, loose)
	if err != nil {
		return nil, err
	}
	if loose.Facets != nil {
		res.Facets = r.Facets
	}
	s := sectionOf(&q, path[len(path)-1], res.Total)
	s.Total, s.Hits, s.Cursor = r.Total, r.Hits, r.Cursor
	res.Hits, res.Cursor, res.Sections = []Hit{}, "", []Section{s}
	res.Took += r.Took
	return res, nil
}

// loosen adds the sections of an answer, and what is known of a way on. What is to be
// counted is asked for at once: first what each word finds, then what this leaves open.
func loosen(ctx context.Context, e Engine, tenant string, q query.Query, res *Results) error {
	things := q.Things()
	results, ticked := ticks(&q)
	each := make([]query.Plan, len(things))
	for i, t := range things {
		each[i] = t.Plan
	}
	var way *helping
	if res.Total == 0 && !q.Options.Export {
		way = helpFor(&q)
	}
	// What nobody meets, in no form of it, needs no search.
	counts, err := countOf(ctx, e, tenant, ticked, way.around(), each, q.Widened(query.WayForms), q.Widened(query.WayRelated), q.Widened(query.WaySpelling))
	if err != nil {
		return err
	}
	res.Instead = added(results, counts[0], res.Total)
	others := way.others(counts[1])
	met, wide := counts[2], map[query.Way][]int{query.WayForms: counts[3], query.WayRelated: counts[4], query.WaySpelling: counts[5]}
	l := loosening{ctx: ctx, e: e, tenant: tenant, q: &q, res: res, room: page(&q) - len(res.Hits)}
	var list []query.Reading
	if len(things) > 0 {
		for i, t := range things {
			res.Words = append(res.Words, WordCount{t.Text, met[i]})
		}
		list = slices.DeleteFunc(q.Relax(), func(r query.Reading) bool { return q.Hopeless(r, met, wide[r.Way]) })
		list = slices.Concat(list, q.RelaxBy(met))
	}
	// A search costs more than a count: readings are counted beside what is counted
	// anyway, or where the first seldom finds anybody.
	var plans []query.Plan
	var at []int
	if len(list) > 1 && (len(others) > 0 || seldom(list[0])) {
		plans, at = l.plans(list, 0)
	}
	if counts, err = countOf(ctx, e, tenant, others, plans); err != nil {
		return err
	}
	if res.Help, err = way.made(ctx, e, tenant, counts[0]); err != nil {
		return err
	}
	return l.ask(list, known(list, at, counts[1]))
}

// seldom reports whether a reading is of a way that seldom finds anybody.
func seldom(r query.Reading) bool {
	return r.Way == query.WayForms || r.Way == query.WayRelated || r.Way == query.WaySpelling
}

// loosening is an answer to which sections are added.
type loosening struct {
	ctx    context.Context
	e      Engine
	tenant string
	q      *query.Query
	res    *Results
	room   int // hits that the page has room for
	asked  int
	path   []query.Reading // of the sections so far
}

func (l *loosening) full() bool {
	return l.room <= 0 || len(l.res.Sections) == maxSections || l.asked == maxReadings
}

// ask adds a section for each of the readings that finds somebody, until the page is
// full. Where counts are nil the first is searched for, and the others are counted at
// once if it does not fill the page.
func (l *loosening) ask(list []query.Reading, counts []int) error {
	for i := 0; i < len(list) && !l.full(); {
		if counts == nil && i > 0 && len(list)-i > 1 {
			plans, at := l.plans(list, i)
			found, err := countOf(l.ctx, l.e, l.tenant, plans)
			if err != nil {
				return err
			}
			counts = known(list, at, found[0])
		}
		next, parts := l.next(list, i, counts)
		if err := l.add(parts); err != nil {
			return err
		}
		i = next
	}
	return nil
}

// part is a section to be searched for.
type part struct {
	path  []query.Reading
	loose query.Query
}

// next gives the sections that the page has room for by the counts, where they are
// known, else one, and the place of the reading after them.
func (l *loosening) next(list []query.Reading, from int, counts []int) (next int, out []part) {
	path, room := l.path, l.room
	for i := from; i < len(list); i++ {
		if room <= 0 || len(l.res.Sections)+len(out) == maxSections || l.asked+len(out) == maxReadings {
			return i, out
		}
		with := append(path[:len(path):len(path)], list[i])
		loose, ok := l.q.Read(with, l.res.Total > 0)
		if !ok || counts != nil && counts[i] == 0 {
			continue
		}
		// Nobody by the question: the filters beside the answer count the section.
		if l.res.Total > 0 || len(l.res.Sections)+len(out) > 0 {
			loose.Facets = nil
		}
		if counts != nil {
			loose.Found = max(counts[i], 0)
		}
		out, path = append(out, part{with, loose}), with
		if counts == nil {
			return i + 1, out
		}
		room -= min(counts[i], page(l.q))
	}
	return len(list), out
}

// plans gives the plans of the readings from the one on, each without whom those before
// it find, and the readings' places.
func (l *loosening) plans(list []query.Reading, from int) (plans []query.Plan, at []int) {
	path := slices.Clone(l.path)
	for i := from; i < len(list); i++ {
		if loose, ok := l.q.Read(append(path, list[i]), l.res.Total > 0); ok {
			path, plans, at = append(path, list[i]), append(plans, loose.Plan), append(at, i)
		}
	}
	return plans, at
}

// known gives how many each of the readings finds that none before it does; -1 where
// that is not known, nil where of none it is.
func known(list []query.Reading, at, found []int) []int {
	if len(found) == 0 {
		return nil
	}
	counts := slices.Repeat([]int{-1}, len(list))
	for i, n := range found {
		counts[at[i]] = n
	}
	return counts
}

// add searches for parts and adds a section for each that finds somebody.
func (l *loosening) add(parts []part) error {
	list := make([]query.Query, len(parts))
	for i := range parts {
		list[i] = parts[i].loose
	}
	all, err := l.e.Searches(l.ctx, l.tenant, list)
	if err != nil {
		return err
	}
	for i, found := range all {
		l.asked++
		l.res.Took += found.Took
		if found.Total == 0 {
			continue
		}
		p := parts[i]
		if p.loose.Facets != nil {
			l.res.Facets = found.Facets
		}
		s := sectionOf(l.q, p.path[len(p.path)-1], l.res.Total)
		s.Total, s.Hits, s.Cursor = found.Total, found.Hits, found.Cursor
		l.res.Sections = append(l.res.Sections, s)
		l.path, l.room = p.path, l.room-len(found.Hits)
	}
	return nil
}

// sectionOf says what a reading gives up of a question that finds total.
func sectionOf(q *query.Query, r query.Reading, total int) Section {
	s := Section{Way: r.Way, Least: r.Least}
	s.GaveUp, s.Kept, s.Fillers = q.GivenUp(r)
	s.beside = len(q.Parts()) > len(s.GaveUp)+len(s.Kept)+len(s.Fillers)
	s.Related = q.Related(r)
	if r.Way == query.WayOccupation {
		s.Title, s.Related, s.Least = q.Occupation()
	}
	s.Heading = s.heading(total)
	return s
}

// heading says in a sentence what a section gives up.
func (s *Section) heading(total int) string {
	all, kept := len(s.Kept)+len(s.GaveUp), strings.Join(s.Kept, ", ")
	without := ""
	if len(s.Fillers) > 0 {
		without = "without the words “" + strings.Join(s.Fillers, " ") + "”"
	}
	nobody := ""
	if total == 0 && all > 1 {
		nobody = "nobody has all " + counted(all) + "; "
		if all == 2 {
			nobody = "nobody has both; "
		}
	}
	if s.beside {
		// What stands in quotes or fields is no word that was kept, and is not given up.
		if nobody = ""; total == 0 {
			nobody = "nobody has all of it; "
		}
	}
	switch s.Way {
	case query.WayFillers:
		return without
	case query.WayForms:
		return "by another form of the words: " + kept
	case query.WaySpelling:
		return "with typing errors set right, in the names of issuers: " + kept
	case query.WayOccupation:
		if s.Least == 0 {
			return s.Title + ", by the skills that it needs; these have: " + s.Related[0]
		}
		return fmt.Sprintf("%s, by the skills that it needs; these have the first, or %s of: %s", s.Title, counted(s.Least), named(s.Related))
	case query.WayRelated:
		return fmt.Sprintf("related to %s, and no proof of it: %s", kept, named(s.Related))
	}
	switch {
	case s.beside && len(s.Kept) == 0:
		return fmt.Sprintf("%sthese have the rest of the question, without %s", nobody, strings.Join(s.GaveUp, ", "))
	case s.beside && s.Least == 0:
		return fmt.Sprintf("%sthese have %s and the rest of the question, without %s", nobody, kept, strings.Join(s.GaveUp, ", "))
	case s.beside:
		nobody += "with the rest of the question, "
	}
	if s.Least > 0 {
		return fmt.Sprintf("%sthese have at least %s of: %s", nobody, counted(s.Least), kept)
	}
	have := counted(len(s.Kept))
	if len(s.Kept) == 1 {
		have = "one"
	}
	return fmt.Sprintf("%sthese have %s: %s, without %s", nobody, have, kept, strings.Join(s.GaveUp, ", "))
}

// shownNames is how many names a heading holds.
const shownNames = 6

// named gives names in one line, the first few.
func named(list []string) string {
	if more := len(list) - shownNames; more > 0 {
		return strings.Join(list[:shownNames], ", ") + " and " + strconv.Itoa(more) + " more"
	}
	return strings.Join(list, ", ")
}

// counted is a small number as a word.
func counted(n int) string {
	words := []string{"none", "one", "two", "three", "four", "five", "six"}
	if n < len(words) {
		return words[n]
	}
	return strconv.Itoa(n)
}
