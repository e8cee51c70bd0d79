package web

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/index/web/look"
)

// span is a badge over the years.
type span struct {
	Name     string
	State    look.State
	From, To time.Time // earned, and the end; zero = it gives none
}

// timelineView draws when badges were earned and until when they hold: places across in
// per cent and down in pixels, so that letters keep their size on any screen.
type timelineView struct {
	ID          string // of its title; its description has a "d" behind it
	Title, Desc string
	Height      int // of the whole
	Bottom      int // of the lines of the years
	YearY       int
	Years       []yearView
	Now         string // where today is
	NowY        int
	NowLeft     bool // its word stands before the line
	Rows        []timeRow
}

type yearView struct {
	Line, At string // where the year begins, and where its number stands
	Year     string // "" = the line only
}

// timeRow is a badge: a name, and below it a bar, or a mark where its dates prove nothing.
type timeRow struct {
	Title, Name, Why string
	NameY, BarY      int
	Class            string // of the bar; "" = a mark
	X, Width         string
	Open             bool // it has no end: an arrow
	EndY             int
	Cross            string // where it was taken back; "" = it was not
	Mark             string // its shape, where there is no bar
	MarkY            int
}

// Measures of the timeline, in pixels and years.
const (
	rowHeight   = 38
	maxYears    = 8  // whose numbers stand there
	pastYears   = 40 // before today that are drawn
	aheadYears  = 10 // after it
	longName    = 40 // characters of a name, and of one with words behind it
	shortName   = 26
	leastBar    = 0.8 // per cent
	firstRows   = 24  // further badges are in a picture that unfolds
	edgeOfToday = 85  // per cent; beyond, the word stands before the line
)

var barClasses = map[look.State]string{
	look.Verified: "b-ok", look.Expired: "b-old", look.Unvouched: "b-key", look.Authentic: "b-au", look.Waiting: "b-wait", look.Other: "b-au",
	look.Early: "b-wait", look.Unjudged: "b-key", look.Blocked: "b-no", look.Revoked: "b-no", look.Suspended: "b-no", look.Gone: "b-no",
}

// undatedEnds say of badges that their issuers have ended that nobody tells when.
var undatedEnds = map[look.State]string{
	look.Revoked: msg("revoked (on which day is not known)"), look.Suspended: msg("suspended (since which day is not known)"), look.Gone: msg("no longer at its host (since which day is not known)"),
}

// timelinesOf draws badges: the first by the date of what counts, and in a second
// picture those that are too many for one. Those without a date are counted only.
func timelinesOf(t *look.Tongue, spans []span, now time.Time) (pictures []timelineView, undated int) {
	var list []span
	for _, s := range spans {
		if s.From.IsZero() {
			undated++
			continue
		}
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b span) int {
		if (a.State == look.Verified) != (b.State == look.Verified) {
			if a.State == look.Verified {
				return -1
			}
			return 1
		}
		return cmp.Or(b.From.Compare(a.From), strings.Compare(a.Name, b.Name))
	})
	from, to := yearsOf(list, now)
	for i := 0; i < len(list); {
		n := len(list)
		if i == 0 {
			n = min(n, firstRows)
		}
		pictures = append(pictures, timelineOf(t, list[i:n], from, to, now, "tl"+strconv.Itoa(len(pictures)+1)))
		i = n
	}
	return pictures, undated
}

// yearsOf gives the years that hold badges and today: from the first day of one to the
// first day of another.
func yearsOf(list []span, now time.Time) (from, to int) {
	now = now.UTC()
	from, to = now.Year(), now.Year()+2
	for _, s := range list {
		from = min(from, max(s.From.UTC().Year(), now.Year()-pastYears))
		to = max(to, min(max(s.From.UTC().Year(), s.To.UTC().Year())+1, now.Year()+aheadYears))
	}
	return from, to
}

func timelineOf(t *look.Tongue, list []span, from, to int, now time.Time, id string) timelineView {
	first := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(to, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(x time.Time) float64 {
		return min(max(100*x.Sub(first).Seconds()/last.Sub(first).Seconds(), 0), 100)
	}
	v := timelineView{ID: id, Bottom: rowHeight*len(list) + 10, Now: percent(at(now))}
	v.NowLeft = at(now) > edgeOfToday
	v.NowY, v.YearY, v.Height = v.Bottom-4, v.Bottom+18, v.Bottom+24
	v.Title = t.T("Timeline of %d badges, %[2]s to %[3]s", len(list), strconv.Itoa(from), strconv.Itoa(to))
	step := (to - from + maxYears - 1) / maxYears
	for y := from; y < to; y++ {
		x := yearView{Line: percent(at(time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)))}
		if x.At = percent(at(time.Date(y, 7, 2, 0, 0, 0, 0, time.UTC))); (y-from)%step == 0 {
			x.Year = strconv.Itoa(y)
		}
		v.Years = append(v.Years, x)
	}
	var desc []string
	for i, s := range list {
		r := timeRow{NameY: 18 + rowHeight*i, BarY: 23 + rowHeight*i, EndY: 28 + rowHeight*i, MarkY: 22 + rowHeight*i, Class: barClasses[s.State], Mark: s.State.Shape()}
		word := t.T(s.State.Word())
		r.Title, r.X = s.Name+": "+word, percent(at(s.From))
		end := s.To
		switch {
		case s.State == look.Expired && !end.IsZero():
			r.Why = t.T("ended %s", t.Month(end))
		case s.State != look.Verified:
			r.Why = word
		}
		if ended := undatedEnds[s.State]; ended != "" {
			end = minTime(end, now) // before it was asked, and no sooner is known
			r.Cross, r.Title = percent(at(end)), s.Name+": "+t.T(ended)
		}
		r.Name = clipped(s.Name, longName)
		if r.Why != "" {
			r.Name = clipped(s.Name, shortName)
		}
		width := 100 - at(s.From)
		if r.Open = end.IsZero() || end.After(last); !r.Open {
			width = at(end) - at(s.From)
		}
		r.Width = percent(max(width, leastBar))
		r.Open = r.Open && r.Class != ""
		v.Rows = append(v.Rows, r)
		desc = append(desc, spanWords(t, &s, t.T(cmp.Or(undatedEnds[s.State], s.State.Word()))))
	}
	v.Desc = strings.Join(desc, "; ") + ". " + t.T("Today is %s.", t.Date(now))
	return v
}

func spanWords(t *look.Tongue, s *span, word string) string {
	if s.To.IsZero() {
		return t.T("%[1]s: %[2]s, from %[3]s, no end", s.Name, word, t.Month(s.From))
	}
	return t.T("%[1]s: %[2]s, from %[3]s to %[4]s", s.Name, word, t.Month(s.From), t.Month(s.To))
}

func minTime(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// percent writes a place across, to a hundredth.
func percent(x float64) string {
	return strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64) + "%"
}

// clipped gives the beginning of a text that is longer than n characters.
func clipped(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
