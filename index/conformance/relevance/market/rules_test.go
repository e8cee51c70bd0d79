package market

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"assay/index/record"
	"assay/verify/verdict"
)

func text(t *testing.T, d record.Application) string {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The set is as large and as mixed as it claims to be, and each question has
// somebody to find, but nonsense.
func TestQuestions(t *testing.T) {
	kinds, asked := load(t)
	people := People(kinds, Seed, Number)
	seen, of, mixed := map[string]bool{}, map[string]int{}, 0
	for i := range asked {
		q := &asked[i]
		if seen[q.Text] {
			t.Errorf("line %d: %s is asked twice", q.Line, q.Text)
		}
		seen[q.Text] = true
		of[q.Kind]++
		grades := [4]int{}
		for _, g := range q.Grades(people) {
			grades[g]++
		}
		if there := grades[2] + grades[3]; (there > 0) == (q.Kind == Nonsense) {
			t.Errorf("line %d: %s has %d people to find", q.Line, q.Text, there)
		}
		if there := grades[2] + grades[3]; there > Number/6 {
			t.Errorf("line %d: %s is asked for by %d people", q.Line, q.Text, there)
		}
		if grades[3] > 0 && grades[1]+grades[2] > 0 {
			mixed++
		}
	}
	if len(asked) < 400 || len(of) != 16 || mixed < 200 {
		t.Errorf("%d questions of %d kinds, %d with several grades", len(asked), len(of), mixed)
	}
	for kind, n := range of {
		if n < 20 {
			t.Errorf("%d questions of the kind %s", n, kind)
		}
	}
	work, held := split(asked)
	if n := len(asked); len(work)*10 < n*5 || len(held)*10 < n*3 {
		t.Errorf("%d questions to work on, %d held back", len(work), len(held))
	}
	for _, q := range held {
		of[q.Kind] = -1
	}
	for kind, n := range of {
		if n >= 0 {
			t.Errorf("none of the kind %s is held back", kind)
		}
	}
}

func TestGrade(t *testing.T) {
	day := func(year int) time.Time { return time.Date(year, 3, 1, 0, 0, 0, 0, time.UTC) }
	kinds := []Badge{
		{ID: "aws-one", Sector: "it", Topics: []string{"aws"}, Near: []string{"linux"}, Scale: "step", Rank: 2},
		{ID: "b2", Sector: "language", Topics: []string{"german"}, Scale: "cefr", Rank: 4},
		{ID: "lx", Sector: "it", Topics: []string{"linux"}},
	}
	for i := range kinds {
		kinds[i].at = i
	}
	held := func(n int, year int, name, issuer string) Held {
		h := Held{Badge: &kinds[n], Name: name, Issuer: Issuer{issuer, "host.example"}, Issued: day(year), Result: verdict.Verified}
		h.fold()
		return h
	}
	with := func(h Held, change func(*Held)) Held { change(&h); return h }
	aws, b2 := held(0, 2024, "AWS One®", "Amazon"), held(1, 2025, "Goethe B2", "Goethe-Institut")
	tests := []struct {
		desc, rule string
		held       []Held
		want       int
	}{
		{"one of the kind", "cert:aws-one=3", []Held{aws}, 3},
		{"by its beginning", "cert:aws*=2", []Held{aws}, 2},
		{"another", "cert:aws-one=3", []Held{b2}, 0},
		{"the best clause", "topic:aws=2 cert:aws-one=3 sector:it=1", []Held{aws}, 3},
		{"two badges", "topic:aws&topic:german=3 topic:aws=1", []Held{aws, b2}, 3},
		{"half of it", "topic:aws&topic:german=3 topic:aws=1", []Held{aws}, 1},
		{"on one badge", "topic:aws+earned:2025=3", []Held{aws, b2}, 0},
		{"none may be", "topic:aws&!topic:german=3", []Held{aws, b2}, 0},
		{"none is", "topic:aws&!topic:german=3", []Held{aws}, 3},
		{"the level", "level:B2=3", []Held{b2}, 3},
		{"another scale", "level:2=3", []Held{b2}, 0},
		{"or more", "level>B1=3", []Held{b2}, 3},
		{"or more, and less", "level>C1=3", []Held{b2}, 0},
		{"the year", "earned:2024=3", []Held{aws}, 3},
		{"then or later", "earned>2023=3", []Held{aws}, 3},
		{"before", "earned>2025=3", []Held{aws}, 0},
		{"the issuer", "issuer:goethe_institut=3", []Held{b2}, 3},
		{"part of a word", "issuer:goe=3", []Held{b2}, 0},
		{"the name", "name:aws_one=3", []Held{aws}, 3},
		{"kin", "near:linux=2", []Held{aws}, 2},
		{"kin where what proves it is asked", "topic:linux=3", []Held{aws}, 1},
		{"rejected", "topic:aws=3", []Held{with(aws, func(h *Held) { h.Result = verdict.Rejected })}, 0},
		{"run out", "topic:aws=3", []Held{with(aws, func(h *Held) { h.Expires = day(2025) })}, 0},
		{"run out, and asked for", "topic:aws+status:expired=3", []Held{with(aws, func(h *Held) { h.Expires = day(2025) })}, 3},
		{"authentic, and asked for", "topic:aws+status:authentic=3", []Held{with(aws, func(h *Held) { h.Result = verdict.Authentic })}, 3},
		{"named like it", "cert:aws-one=3", []Held{with(aws, func(h *Held) { h.Impostor = true })}, 1},
		{"named like it, for a topic", "topic:aws=3", []Held{with(aws, func(h *Held) { h.Impostor = true })}, 2},
	}
	for _, tt := range tests {
		q, err := questions([]byte("titles\tx\t"+tt.rule+"\n"), kinds)
		if err != nil {
			t.Fatalf("%s: %v", tt.desc, err)
		}
		if got := q[0].Grade(&Person{Held: tt.held}); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.desc, got, tt.want)
		}
	}
	for _, bad := range []string{"titles\tx", "titles\t\ttopic:aws=3", "titles\tx\t-", "nonsense\tx\ttopic:aws=3", "titles\tx\ttopic:aws", "titles\tx\ttopic:aws=4",
		"titles\tx\ttopic:nothing=3", "titles\tx\tcert:aws=3", "titles\tx\tlevel:X9=3", "titles\tx\tearned:x=3", "titles\tx\tstatus:good=3", "titles\tx\tcolour:red=3", "titles\tx\ttopic>aws=3", "titles\tx\taws=3"} {
		if _, err := questions([]byte(bad), kinds); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

// The floor sees what it should: each measure by itself, and the order.
func TestFloor(t *testing.T) {
	q := &Question{Kind: "titles", Text: "x"}
	grades := map[string]int{"a": 3, "b": 2, "c": 1}
	m := &Measure{}
	m.add(q, []string{"a", "b", "c"}, grades, nil)
	m.add(q, nil, grades, nil)
	m.done()
	if m.Questions != 2 || m.NDCG != 0.5 || m.Precision != 0.5 || m.Recall != 0.5 || m.Empty != 1 || m.worst >= 0.5 || len(m.Failing()) != 1 {
		t.Errorf("%+v", m)
	}
	for _, f := range []Floor{{NDCG: 0.6, Empty: 1}, {Precision: 0.6, Empty: 1}, {Recall: 0.6, Empty: 1}, {}} {
		if got := f.problems(m); len(got) != 1 {
			t.Errorf("%+v: %v", f, got)
		}
	}
	if got := (Floor{0.5, 0.5, 0.5, 1}).problems(m); got != nil {
		t.Error(got)
	}
	if s := Table([]string{"one"}, []Measured{{"": m, "titles": m}}); !strings.Contains(s, "0.500") {
		t.Error(s)
	}
}
