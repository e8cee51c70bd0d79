package read

import (
	"encoding/json"
	"regexp"
	"testing"
	"time"
)

// dates are dates and what is read of them: the first and the last moment, the
// one alone where it is the same, and "" for what is no date.
var dates = []struct {
	desc string
	in   any
	want string
}{
	{"RFC 3339", "2016-02-25T03:25:03Z", "2016-02-25T03:25:03Z zoned"},
	{"a fraction", "2016-02-25T03:25:03.987Z", "2016-02-25T03:25:03.987Z zoned"},
	{"a fraction behind a comma", "2016-02-25T03:25:03,5Z", "2016-02-25T03:25:03.5Z zoned"},
	{"of twelve digits", "2016-02-25T03:25:03.123456789012Z", "2016-02-25T03:25:03.123456789Z zoned"},
	{"a fraction of a minute", "2016-02-25T03:25.5Z", "2016-02-25T03:25:30Z zoned"},
	{"a fraction of an hour", "2016-02-25T03.25Z", "2016-02-25T03:15:00Z zoned"},
	{"no seconds", "2016-02-25T03:25Z", "2016-02-25T03:25:00Z zoned"},
	{"no minutes", "2016-02-25T03Z", "2016-02-25T03:00:00Z zoned"},
	{"offset of hours and minutes", "2016-02-25T03:25:03+01:30", "2016-02-25T01:55:03Z zoned"},
	{"without the colon", "2016-02-25T03:25:03.000+0100", "2016-02-25T02:25:03Z zoned"},
	{"of hours alone", "2016-02-25T03:25:03+01", "2016-02-25T02:25:03Z zoned"},
	{"of hours alone, no seconds", "2016-02-25T03:25-05", "2016-02-25T08:25:00Z zoned"},
	{"with a minus sign of Unicode", "2016-02-25T03:25:03−01:00", "2016-02-25T04:25:03Z zoned"},
	{"small letters", "2016-02-25t03:25:03z", "2016-02-25T03:25:03Z zoned"},
	{"no zone is UTC", "2016-02-25T03:25:03", "2016-02-25T03:25:03Z"},
	{"a space between, as databases print it", "2016-02-25 03:25:03", "2016-02-25T03:25:03Z"},
	{"a space before the zone", "2016-02-25 03:25:03 +0100", "2016-02-25T02:25:03Z zoned"},
	{"UTC behind it", "2016-02-25 03:25:03 UTC", "2016-02-25T03:25:03Z zoned"},
	{"space around it", " 2016-02-25T03:25:03Z\r\n", "2016-02-25T03:25:03Z zoned"},
	{"basic form", "20160225T032503Z", "2016-02-25T03:25:03Z zoned"},
	{"basic form, no zone", "20160225T0325", "2016-02-25T03:25:00Z"},
	{"date in basic form, time in extended", "20160225T03:25:03Z", "2016-02-25T03:25:03Z zoned"},
	{"midnight is 24:00", "2016-02-25T24:00:00Z", "2016-02-26T00:00:00Z zoned"},
	{"midnight with a fraction", "2016-12-31T24:00:00.000+01:00", "2016-12-31T23:00:00Z zoned"},
	{"a second after 24:00", "2016-02-25T24:00:01Z", ""},
	{"a fraction after 24:00", "2016-02-25T24:00:00.1Z", ""},
	{"half past 24", "2016-02-25T24:30Z", ""},
	{"a leap second", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z zoned"},
	{"second 61", "2016-12-31T23:59:61Z", ""},
	{"minute 60", "2016-12-31T23:60:00Z", ""},
	{"hour 25", "2016-12-31T25:00:00Z", ""},
	{"a day", "2015-04-30", "2015-04-30T00:00:00Z to 2015-04-30T23:59:59Z"},
	{"a day with a zone", "2015-04-30+02:00", "2015-04-29T22:00:00Z to 2015-04-30T21:59:59Z"},
	{"a day in UTC", "2015-04-30Z", "2015-04-30T00:00:00Z to 2015-04-30T23:59:59Z"},
	{"eight digits", "20150430", "2015-04-30T00:00:00Z to 2015-04-30T23:59:59Z"},
	{"eight digits as a number", json.Number("20150430"), "2015-04-30T00:00:00Z to 2015-04-30T23:59:59Z"},
	{"eight digits that are no date", "99999999", ""},
	{"fourteen digits", "20160225032503", "2016-02-25T03:25:03Z"},
	{"fourteen digits that are no date", "99999999999999", ""},
	{"a month", "2016-02", "2016-02-01T00:00:00Z to 2016-02-29T23:59:59Z"},
	{"a year", "2016", "2016-01-01T00:00:00Z to 2016-12-31T23:59:59Z"},
	{"the fifty-sixth day", "2016-056", "2016-02-25T00:00:00Z to 2016-02-25T23:59:59Z"},
	{"the same in basic form", "2016056", "2016-02-25T00:00:00Z to 2016-02-25T23:59:59Z"},
	{"with a time", "2016-056T03:25Z", "2016-02-25T03:25:00Z zoned"},
	{"day 366 of a leap year", "2016-366", "2016-12-31T00:00:00Z to 2016-12-31T23:59:59Z"},
	{"day 366 of another", "2015-366", ""},
	{"day 0", "2016-000", ""},
	{"a week", "2016-W08", "2016-02-22T00:00:00Z to 2016-02-28T23:59:59Z"},
	{"a day of a week", "2016-W08-4", "2016-02-25T00:00:00Z to 2016-02-25T23:59:59Z"},
	{"the same in basic form", "2016W084", "2016-02-25T00:00:00Z to 2016-02-25T23:59:59Z"},
	{"with a time", "2016-W08-4T03:25:03Z", "2016-02-25T03:25:03Z zoned"},
	{"week 53 of a long year", "2015-W53", "2015-12-28T00:00:00Z to 2016-01-03T23:59:59Z"},
	{"week 53 of another", "2016-W53", ""},
	{"day 8 of a week", "2016-W08-8", ""},
	{"a time on a week", "2016-W08T03:25", ""},
	{"a time on a month", "2016-02T03:25", ""},
	{"a sign before the year", "+2016-02-25", "2016-02-25T00:00:00Z to 2016-02-25T23:59:59Z"},
	{"a year before the first", "-2016-02-25", ""},
	{"the year 0", "0000-12-31T00:00:00Z", "0001-01-01T00:00:00.000000001Z zoned"},
	{"the year 1, which is no missing date", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000001Z zoned"},
	{"the year 10000", "10000-01-01T00:00:00Z", "9999-12-31T23:59:59Z zoned"},
	{"over the edge of the years by its zone", "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z zoned"},
	{"the zero of a database", "0000-00-00", ""},
	{"seconds", json.Number("1456370703"), "2016-02-25T03:25:03Z zoned"},
	{"seconds in a text", "1456370703", "2016-02-25T03:25:03Z zoned"},
	{"seconds with a fraction", json.Number("1456370703.25"), "2016-02-25T03:25:03.25Z zoned"},
	{"seconds with an exponent", json.Number("1.456370703E9"), "2016-02-25T03:25:03Z zoned"},
	{"milliseconds", json.Number("1456370703000"), "2016-02-25T03:25:03Z zoned"},
	{"milliseconds in a text", "1456370703250", "2016-02-25T03:25:03.25Z zoned"},
	{"never, in seconds", json.Number("253402300799"), "9999-12-31T23:59:59Z zoned"},
	{"never, rounded up", "253402300800", "9999-12-31T23:59:59Z zoned"},
	{"never, in nines", json.Number("999999999999"), "9999-12-31T23:59:59Z zoned"},
	{"day and minute, or seconds", "202502250325", ""},
	{"day and minute, or seconds, in a number", json.Number("202502250325"), ""},
	{"day and minute, or seconds, with a fraction", json.Number("202502250325.0"), ""},
	{"day and second of a year of two digits, or seconds", "250225032503", ""},
	{"seconds of twelve digits that are no day", "300000000000", "9999-12-31T23:59:59Z zoned"},
	{"the first of thirteen digits", json.Number("1000000000000"), "2001-09-09T01:46:40Z zoned"},
	{"microseconds", json.Number("1456370703000000"), ""},
	{"a small number", json.Number("7"), ""},
	{"a number below zero", json.Number("-1456370703"), ""},
	{"a list of one", []any{"2016-02-25T03:25:03Z"}, "2016-02-25T03:25:03Z zoned"},
	{"a list of two", []any{"2016-02-25T03:25:03Z", "2017-02-25T03:25:03Z"}, ""},
	{"day, month and year", "25.02.2016", ""},
	{"day and month 13", "2016-13-01", ""},
	{"30 February", "2016-02-30", ""},
	{"day 0", "2016-02-00", ""},
	{"half a date", "2016-0225", ""},
	{"half a date, the other way", "201602-25", ""},
	{"a date and T", "2016-02-25T", ""},
	{"data after it", "2016-02-25T03:25:03Zx", ""},
	{"a zone of 24 hours", "2016-02-25T03:25:03+24:00", ""},
	{"a zone of sixty minutes", "2016-02-25T03:25:03+01:60", ""},
	{"a word", "yesterday", ""},
	{"digits of another script", "٢٠١٦-٠٢-٢٥", ""},
	{"nothing", "", ""},
	{"null", nil, ""},
	{"true", true, ""},
	{"an object", map[string]any{"@value": "2016-02-25"}, ""},
}

func written(d Date) string {
	s := d.First.Format(time.RFC3339Nano)
	if !d.Last.Equal(d.First) {
		s += " to " + d.Last.Format(time.RFC3339Nano)
	}
	if d.Zoned {
		s += " zoned"
	}
	return s
}

func TestDateOf(t *testing.T) {
	for _, tc := range dates {
		d, ok := DateOf(tc.in)
		got := ""
		if ok {
			got = written(d)
		}
		if got != tc.want {
			t.Errorf("%s, %v: %q, want %q", tc.desc, tc.in, got, tc.want)
		}
	}
}

// TestEndsAndBegins: of several ends the earliest counts, of several beginnings
// the latest, and what stands for none is none.
func TestEndsAndBegins(t *testing.T) {
	for _, tc := range []struct {
		desc        string
		in          any
		first, last string // the latest beginning and the earliest end, "" for none
		unreadable  bool
	}{
		{desc: "absent"}, {desc: "null", in: nil}, {desc: "empty", in: ""}, {desc: "space", in: " \n"}, {desc: "false", in: false},
		{desc: "zero", in: json.Number("0")}, {desc: "zero with a fraction", in: json.Number("0.0")}, {desc: "zero in a text", in: "0"},
		{desc: "empty list", in: []any{}}, {desc: "list of nothing", in: []any{nil, ""}},
		{desc: "true", in: true, unreadable: true}, {desc: "an object", in: map[string]any{}, unreadable: true}, {desc: "a word", in: "never", unreadable: true},
		{desc: "a day", in: "2016-02-25", first: "2016-02-25T00:00:00Z", last: "2016-02-25T23:59:59Z"},
		{desc: "two", in: []any{"2018-01-01T00:00:00Z", "2017-01-01T00:00:00Z"}, first: "2018-01-01T00:00:00Z", last: "2017-01-01T00:00:00Z"},
		{desc: "two, one unreadable", in: []any{"soon", "2017-01-01T00:00:00Z"}, first: "2017-01-01T00:00:00Z", last: "2017-01-01T00:00:00Z", unreadable: true},
		{desc: "two, one empty", in: []any{"", "2017-01-01T00:00:00Z"}, first: "2017-01-01T00:00:00Z", last: "2017-01-01T00:00:00Z"},
	} {
		o := Object{"d": tc.in}
		begin, okBegin := o.Latest("d")
		end, okEnd := o.Earliest("d")
		text := func(at time.Time) string {
			if at.IsZero() {
				return ""
			}
			return at.Format(time.RFC3339)
		}
		if text(begin) != tc.first || text(end) != tc.last || okBegin == tc.unreadable || okEnd == tc.unreadable {
			t.Errorf("%s: begins %q %v, ends %q %v", tc.desc, text(begin), okBegin, text(end), okEnd)
		}
	}
}

// TestEndOfNoCalendar: the day that databases write for none is read as an end alone,
// and no other time of it.
func TestEndOfNoCalendar(t *testing.T) {
	for in, want := range map[string]bool{
		"0000-00-00": true, " 0000-00-00 ": true, "0000-00-00 00:00:00": true, "0000-00-00T00:00:00Z": true, "0000-00-00T00:00:00.000+00:00": true, "0000-00-00T00:00": true,
		"0000-00-00T00:00:01Z": false, "0000-00-01": false, "0000-00": false, "0000-00-000": false, "0000-00-00T": false, "0000-00-00 soon": false,
	} {
		end, ok := Earliest(in)
		if ok != want || ok && (end.IsZero() || end.Unix() != (time.Time{}).Unix()) {
			t.Errorf("%q: %v %v", in, end, ok)
		}
		if _, ok := Latest(in); ok {
			t.Errorf("%q is a beginning", in)
		}
	}
}

func TestStamp(t *testing.T) {
	for in, want := range map[string]bool{
		"2016-02-25T03:25:03Z": true, "2016-02-25T03:25:03.5Z": true, "2016-02-25T03:25:03+01:00": true, "2016-02-25T24:00:00Z": true,
		"2016-02-25T03:25:03": false, "2016-02-25T03:25:03+01": false, "2016-02-25T03:25:03+0100": false, "2016-02-25T03:25Z": false, "2016-02-25t03:25:03z": false,
		"2016-02-25 03:25:03Z": false, "20160225T032503Z": false, "2016-02-25T03:25:03,5Z": false, "2016-02-25": false, "2016-12-31T23:59:60Z": false, "": false,
		" 2016-02-25T03:25:03Z": false, "2016-02-25T03:25:03UTC": false, "2016-W08-4T03:25:03+01:00": false,
	} {
		if Stamp(in) != want {
			t.Errorf("%q: %v", in, !want)
		}
	}
}

// FuzzDate holds the reader against the standard library's: what that takes for
// RFC 3339 and is (a zone of sixty minutes is none) is the same moment here, whatever is read lies between the years 1 and
// 9999, in order, and can be written.
func FuzzDate(f *testing.F) {
	for _, tc := range dates {
		if s, ok := tc.in.(string); ok {
			f.Add(s)
		}
	}
	rfc3339 := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,30})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := DateOf(s)
		if want, err := time.Parse(time.RFC3339Nano, s); err == nil && rfc3339.MatchString(s) {
			if !ok || !d.Zoned || d.First.Sub(within9999(want)).Abs() > time.Nanosecond {
				t.Fatalf("%q: %v %v, want %v", s, d, ok, want)
			}
		}
		if !ok {
			return
		}
		for _, at := range []time.Time{d.First, d.Last} {
			if _, err := at.MarshalJSON(); err != nil || at.IsZero() {
				t.Fatalf("%q: %v", s, at)
			}
		}
		if d.Last.Before(d.First) {
			t.Fatalf("%q ends before it begins: %v", s, d)
		}
		if Stamp(s) && !d.Zoned {
			t.Fatalf("%q is a stamp and says no zone", s)
		}
	})
}
