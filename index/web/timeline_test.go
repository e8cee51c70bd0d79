package web

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index/web/look"
)

func english(t *testing.T) *look.Tongue {
	t.Helper()
	l, err := look.New()
	if err != nil {
		t.Fatal(err)
	}
	return l.Tongue("en", "")
}

// TestTimeline: bars stand where their dates are, arrows where there is no end, a cross
// where a badge was taken back, and a mark where the dates of an altered one prove nothing.
func TestTimeline(t *testing.T) {
	en := english(t)
	spans := []span{
		{"Full", look.Verified, date(2025, 1), date(2027, 1)},
		{"Open", look.Verified, date(2026, 1), time.Time{}},
		{"Over", look.Expired, date(2024, 1), date(2025, 1)},
		{"Back", look.Revoked, date(2024, 1), date(2028, 1)},
		{"Forged", look.Altered, date(2025, 1), date(2026, 1)},
		{"Undated", look.Verified, time.Time{}, date(2026, 1)},
	}
	list, undated := timelinesOf(en, spans, date(2026, 1))
	if len(list) != 1 || undated != 1 || len(list[0].Rows) != 5 {
		t.Fatalf("%d pictures, %d undated: %+v", len(list), undated, list)
	}
	v := list[0]
	// The years are 2024 to 2028, so that a year is 20 per cent and a day more or less.
	want := map[string]timeRow{
		"Full": {X: "20.03%", Width: "39.96%", Class: "b-ok"}, "Open": {X: "40.01%", Width: "59.99%", Class: "b-ok", Open: true},
		"Over": {X: "0%", Width: "20.03%", Class: "b-old", Why: "ended Jan 2025"}, "Back": {X: "0%", Width: "40.01%", Class: "b-no", Why: "revoked", Cross: "40.01%"},
		"Forged": {X: "20.03%", Width: "19.98%", Why: "altered or forged"},
	}
	for i, r := range v.Rows {
		w := want[r.Name]
		if r.X != w.X || r.Width != w.Width || r.Class != w.Class || r.Open != w.Open || r.Cross != w.Cross || r.Why != w.Why || r.BarY != 23+rowHeight*i {
			t.Errorf("%+v, want %+v", r, w)
		}
	}
	if v.Rows[0].Name != "Open" || v.Rows[1].Name != "Full" {
		t.Errorf("what counts is not first, the newest before: %s, %s", v.Rows[0].Name, v.Rows[1].Name)
	}
	if v.Now != "40.01%" || v.NowLeft || len(v.Years) != 5 || v.Years[1].Line != "20.03%" || v.Years[0].Year != "2024" || v.Title != "Timeline of 5 badges, 2024 to 2029" {
		t.Errorf("%+v", v)
	}
	for _, w := range []string{"Full: verified, from Jan 2025 to Jan 2027", "Open: verified, from Jan 2026, no end", "Back: revoked (on which day is not known), from Jan 2024 to Jan 2028", "Today is 1 January 2026."} {
		if !strings.Contains(v.Desc, w) {
			t.Errorf("%q is not described: %s", w, v.Desc)
		}
	}
}

// TestTimelineOfAny: none, one, four hundred, dates that a stranger chose.
func TestTimelineOfAny(t *testing.T) {
	en := english(t)
	if list, undated := timelinesOf(en, nil, now); list != nil || undated != 0 {
		t.Errorf("of nothing: %+v", list)
	}
	var spans []span
	for i := range 400 {
		spans = append(spans, span{fmt.Sprint("Badge ", i, strings.Repeat("x", 80)), look.States()[i%len(look.States())], now.AddDate(-i/10, 0, i), now.AddDate(1, 0, i)})
	}
	list, _ := timelinesOf(en, spans, now)
	if len(list) != 2 || len(list[0].Rows) != firstRows || len(list[1].Rows) != 400-firstRows || list[1].Height < rowHeight*(400-firstRows) || list[0].Years[0] != list[1].Years[0] {
		t.Errorf("%d pictures", len(list))
	}
	if n := len(slices.DeleteFunc(slices.Clone(list[0].Years), func(y yearView) bool { return y.Year == "" })); n > maxYears {
		t.Errorf("%d years are written", n)
	}
	for _, from := range []time.Time{date(1, 2), date(1970, 1), date(9999, 1), now} {
		for _, to := range []time.Time{{}, date(1, 2), date(9999, 12), now} {
			list, _ := timelinesOf(en, []span{{strings.Repeat("n", 500), look.Verified, from, to}}, now)
			if len(list) != 1 || len(list[0].Years) > pastYears+aheadYears+1 {
				t.Fatalf("%v to %v: %+v", from, to, list)
			}
			r := list[0].Rows[0]
			var x, width float64
			if _, err := fmt.Sscanf(r.X+" "+r.Width, "%f%% %f%%", &x, &width); err != nil || x < 0 || x > 100 || width < leastBar || width > 100 || len([]rune(r.Name)) > longName {
				t.Errorf("%v to %v: %+v %v", from, to, r, err)
			}
		}
	}
}
