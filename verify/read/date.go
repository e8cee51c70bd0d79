package read

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Date is a date as a document writes it.
type Date struct {
	First, Last time.Time // UTC; the same of a moment, and of a day, week, month or year its first and last second
	Zoned       bool      // it says its zone; what does not is read as UTC
}

// DateOf reads a date in any spelling that issuers use. A text is ISO 8601: a
// calendar, ordinal or week date, in its basic or extended form, whole or as a
// month or year alone, with or without a time, whose last part may have a
// fraction, 24:00 among them, and a zone of hours or of hours and minutes; T, t
// or a space between, Z, z or UTC behind (the pattern "DateTime" of Open Badges
// 2.0; xsd:dateTime; RFC 3339 §5.6). A number, or a text that is one, is seconds
// since 1970, or of thirteen digits milliseconds (with twelve, software writes seconds
// for "never", which as milliseconds lie before there were badges; a day and a time
// without punctuation is none of them); of eight digits it is a date and of
// fourteen a date and time. A list of one is its element. ok is false for what is
// none of these: it is never guessed.
//
// Dates lie between the years 1 and 9999, those beyond at their edge.
func DateOf(v any) (d Date, ok bool) {
	switch x := v.(type) {
	case string:
		s := strings.TrimSpace(x)
		if d, ok = numeric(s); !ok {
			d, ok = iso8601(s)
		}
	case json.Number:
		d, ok = numeric(x.String())
	case []any:
		if len(x) == 1 {
			return DateOf(x[0])
		}
	}
	d.First, d.Last = within9999(d.First), within9999(d.Last)
	return d, ok
}

// Earliest gives the earliest of the ends that v names, one or many, and a zero of a
// clock ([Zero]) only where it names no other: zero for none, which absent, null, false, 0, an empty text and an empty list are. ok is
// false where one of them cannot be read. The day of no calendar that databases keep
// for none (0000-00-00) is the beginning of the year 1, as others write it.
func Earliest(v any) (end time.Time, ok bool) {
	return first(v, func(e any) (time.Time, bool) {
		if noDay(e) {
			return Dated(time.Time{}), true
		}
		d, ok := DateOf(e)
		return d.Last, ok
	}, sooner)
}

// Zero reports whether a time is the zero of a clock, which software writes that has
// none and writes it all the same: of Go and .NET in the year 1, of Unix in 1970, at
// once or, where it writes the day alone, as that day ends. One second before 1970 is
// the -1 of Unix, and the end of the day on which 1970 began in America.
func Zero(t time.Time) bool {
	const day = 24*60*60 - 1
	switch s, one := t.Unix(), (time.Time{}).Unix(); s {
	case 0, day, -1, one + day:
		return true
	case one:
		return !t.IsZero()
	}
	return false
}

// Sooner gives the earlier of two ends, zero for none. One that may stand for none
// ([Zero]) comes before none and after every other.
func Sooner(a, b time.Time) time.Time {
	if !b.IsZero() && (a.IsZero() || sooner(b, a)) {
		return b
	}
	return a
}

// sooner is Sooner of two that are.
func sooner(a, b time.Time) bool {
	if Zero(a) != Zero(b) {
		return Zero(b)
	}
	return a.Before(b)
}

// noDay reports whether a value is the day of no calendar, at midnight if at any time.
func noDay(v any) bool {
	s, _ := v.(string)
	clock, ok := strings.CutPrefix(strings.TrimSpace(s), "0000-00-00")
	return ok && (clock == "" || strings.HasPrefix(clock[1:], "00:00") && strings.Trim(clock, "Tt 0:.Zz+") == "")
}

// Latest is [Earliest] of beginnings: the latest of them.
func Latest(v any) (begin time.Time, ok bool) {
	return first(v, func(e any) (time.Time, bool) {
		d, ok := DateOf(e)
		return d.First, ok
	}, time.Time.After)
}

// first gives, of the dates that v names, as date reads them, the one that comes
// before all others.
func first(v any, date func(any) (time.Time, bool), before func(t, u time.Time) bool) (t time.Time, ok bool) {
	ok = true
	for _, e := range List(v) {
		if without(e) {
			continue
		}
		d, readable := date(e)
		switch {
		case !readable:
			ok = false
		case t.IsZero() || before(d, t):
			t = d
		}
	}
	return t, ok
}

// without reports whether a value stands for no date at all.
func without(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case bool:
		return !x
	case json.Number:
		f, err := x.Float64()
		return err == nil && f == 0
	case string:
		s := strings.TrimSpace(x)
		return s == "" || s == "0"
	case []any:
		return len(x) == 0
	}
	return false
}

// Earliest is the function [Earliest] of a member.
func (o Object) Earliest(name string) (time.Time, bool) { return Earliest(o[name]) }

// Latest is the function [Latest] of a member.
func (o Object) Latest(name string) (time.Time, bool) { return Latest(o[name]) }

// Zoned reports whether a text is a date and time that says its zone.
func Zoned(s string) bool {
	d, ok := iso8601(strings.TrimSpace(s))
	return ok && d.Zoned
}

// Stamp reports whether a text is an xsd:dateTimeStamp (XML Schema 1.1 §3.4.28),
// the one spelling that Verifiable Credentials and Open Badges 3.0 allow.
func Stamp(s string) bool {
	if len(s) < len("2006-01-02T15:04:05Z") || len(s) > 40 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || strings.ContainsAny(s, ",z ") {
		return false
	}
	if strings.HasSuffix(s, "Z") && strings.ContainsAny(s[11:], "+-") {
		return false
	}
	if t := s[11:]; strings.Count(t, ":") < 2 || t[2] != ':' || t[5] != ':' || !strings.HasSuffix(t, "Z") && (len(t) < 14 || t[len(t)-3] != ':') {
		return false
	}
	return !strings.HasPrefix(s[17:], "60") && Zoned(s)
}

// within9999 keeps a time where it can be written and says something ([Dated]).
func within9999(t time.Time) time.Time {
	t = t.UTC()
	switch {
	case t.Year() < 1:
		t = time.Time{}
	case t.Year() > 9999:
		t = last
	}
	return Dated(t)
}

// numeric reads a date that is written in digits alone, but for a fraction.
func numeric(s string) (Date, bool) {
	if s == "" || strings.Trim(s[:1], "0123456789") != "" || strings.Trim(s, "0123456789.eE+") != "" {
		return Date{}, false
	}
	switch plain := strings.Trim(s, "0123456789") == ""; {
	case plain && len(s) == 8, plain && len(s) == 14:
		return compact(s)
	case plain && len(s) < 9, isMinute(s):
		return Date{}, false // a year, or nothing that a badge is dated by
	}
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil, f < flags, f >= 1e13:
		return Date{}, false
	case f >= 1e12:
		f /= 1000
	}
	whole, part := math.Modf(f)
	t := time.Unix(int64(whole), int64(math.Round(part*1e9)))
	return Date{First: t, Last: t, Zoned: true}, true
}

// isMinute reports whether twelve digits, which are seconds for "never", may as well be a
// day with hours and minutes, or with seconds and a year of two digits.
func isMinute(s string) bool {
	s, _, _ = strings.Cut(s, ".")
	return slices.ContainsFunc([]string{"200601021504", "060102150405"}, func(layout string) bool {
		_, err := time.Parse(layout, s)
		return err == nil
	})
}

// compact reads 20160225, and 20160225032503 as some databases write it.
func compact(s string) (Date, bool) {
	if len(s) > 8 {
		s = s[:8] + "T" + s[8:]
	}
	return iso8601(s)
}

// iso8601 reads a text that is a date of ISO 8601 and nothing else.
func iso8601(s string) (Date, bool) {
	s = strings.TrimPrefix(s, "+")
	if n := (&letters{s}).count(); n > 4 && strings.HasPrefix(s[n:], "-") {
		// A later year (XML Schema 1.1 §3.3.7). With less than a month and a day behind
		// it, or a zero before, it may as well be a day with a zone, or a slip.
		if s[0] == '0' || len(s) < n+len("-01-01") || s[n+3] != '-' {
			return Date{}, false
		}
		d, ok := civil("9999" + s[n:])
		return Date{First: last, Last: last, Zoned: d.Zoned}, ok
	}
	return civil(s)
}

// last is the last second that is told of.
var last = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// civil is iso8601 for a year of four digits.
func civil(s string) (Date, bool) {
	l := letters{s}
	year, ok := l.digits(4)
	if !ok {
		return Date{}, false
	}
	day, days, months := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), 1, 0
	switch dash := l.take("-"); {
	case l.take("W"):
		day, days, ok = l.week(year, dash)
	case !dash && l.end():
		days, months = 0, 12
	case l.count() == 3:
		// 2016-056, the fifty-sixth day.
		n, _ := l.digits(3)
		ok = n >= 1 && n <= 366
		day = day.AddDate(0, 0, n-1)
		ok = ok && day.Year() == year
	default:
		var month, d int
		if month, ok = l.digits(2); !ok || month < 1 || month > 12 {
			return Date{}, false
		}
		switch {
		case dash && l.end():
			day, days, months = time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC), 0, 1
		case dash != l.take("-"):
			return Date{}, false
		default:
			if d, ok = l.digits(2); ok {
				day = time.Date(year, time.Month(month), d, 0, 0, 0, 0, time.UTC)
				ok = day.Day() == d
			}
		}
	}
	switch {
	case !ok:
		return Date{}, false
	case l.end():
		return Date{First: day, Last: day.AddDate(0, months, days).Add(-time.Second)}, true
	case days != 1:
		return Date{}, false
	}
	timed := l.take("T") || l.take("t") || l.take(" ")
	var since, length time.Duration
	if timed {
		if since, ok = l.clock(); !ok {
			return Date{}, false
		}
	} else {
		length = 24*time.Hour - time.Second // xsd:date may have a zone
	}
	ahead, zoned, ok := l.zone()
	t := day.Add(since - ahead)
	return Date{First: t, Last: t.Add(length), Zoned: zoned && timed}, ok && l.end()
}

// letters is a text of which the beginning has been read.
type letters struct{ left string }

func (l *letters) end() bool { return l.left == "" }

func (l *letters) take(s string) (ok bool) {
	l.left, ok = strings.CutPrefix(l.left, s)
	return ok
}

// count is how many digits follow.
func (l *letters) count() int { return len(l.left) - len(strings.TrimLeft(l.left, "0123456789")) }

// digits reads a number of n digits.
func (l *letters) digits(n int) (int, bool) {
	if l.count() < n {
		return 0, false
	}
	v, err := strconv.Atoi(l.left[:n])
	l.left = l.left[n:]
	return v, err == nil
}

// week reads what follows the W of a week date: a week, and its day where it
// names one (ISO 8601-1 §5.2.3). Week 1 is the one with the year's 4 January.
func (l *letters) week(year int, dash bool) (day time.Time, days int, ok bool) {
	n, ok := l.digits(2)
	if !ok || n < 1 || n > 53 {
		return day, 0, false
	}
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	day, days = monday.AddDate(0, 0, 7*(n-1)), 7
	if y, _ := day.ISOWeek(); y != year {
		return day, 0, false
	}
	if l.end() {
		return day, days, true
	}
	if dash != l.take("-") {
		return day, 0, false
	}
	d, ok := l.digits(1)
	return day.AddDate(0, 0, d-1), 1, ok && d >= 1 && d <= 7
}

// clock reads a time of day: hours, minutes and seconds, the last that there is
// with a fraction or without.
func (l *letters) clock() (since time.Duration, ok bool) {
	units := []time.Duration{time.Hour, time.Minute, time.Second}
	most := []int{24, 59, 60}
	colons := false
	var parts [3]int
	for i, unit := range units {
		if i == 1 {
			colons = strings.HasPrefix(l.left, ":")
		}
		if i > 0 && (colons && !l.take(":") || !colons && l.count() == 0) {
			break
		}
		n, ok := l.digits(2)
		if !ok || n > most[i] {
			return 0, false
		}
		parts[i] = n
		since += time.Duration(n) * unit
		if strings.HasPrefix(l.left, ".") || strings.HasPrefix(l.left, ",") {
			part, ok := l.fraction()
			if !ok || parts[0] == 24 && part != 0 {
				return 0, false
			}
			return since + time.Duration(math.Round(part*float64(unit))), true
		}
	}
	return since, since <= 24*time.Hour
}

// fraction reads the decimals of a number, behind a point or a comma.
func (l *letters) fraction() (float64, bool) {
	l.left = l.left[1:]
	n := l.count()
	if n == 0 || n > 30 {
		return 0, false
	}
	f, err := strconv.ParseFloat("0."+l.left[:n], 64)
	l.left = l.left[n:]
	return f, err == nil
}

// zone reads how far a zone is ahead of UTC; nothing is UTC.
func (l *letters) zone() (ahead time.Duration, zoned, ok bool) {
	if l.end() {
		return 0, false, true
	}
	l.take(" ")
	for _, utc := range []string{"Z", "z", "UTC", "GMT"} {
		if l.take(utc) {
			return 0, true, true
		}
	}
	sign := time.Duration(1)
	switch {
	case l.take("+"):
	case l.take("-"), l.take("\u2212"):
		sign = -1
	default:
		return 0, false, false
	}
	hours, ok := l.digits(2)
	minutes := 0
	if ok && !l.end() {
		l.take(":")
		minutes, ok = l.digits(2)
	}
	if ok && hours == 0 && minutes == 0 {
		l.take("Z") // Python's isoformat() + "Z" says it twice
	}
	return sign * (time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute), true, ok && hours <= 23 && minutes <= 59
}
