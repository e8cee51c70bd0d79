package query

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
)

func TestParseQuery(t *testing.T) {
	tests := []struct {
		desc, in, want string
		include        []verdict.Result
	}{
		{"empty", "", "", nil},
		{"spaces", "  \t ", "", nil},
		{"word", "python", "python", nil},
		{"adjacency is AND", "python java", "python AND java", nil},
		{"explicit AND", "python AND java", "python AND java", nil},
		{"AND before OR", "a OR b c", "a OR (b AND c)", nil},
		{"AND before OR, other side", "a b OR c", "(a AND b) OR c", nil},
		{"NOT before AND", "NOT a b", "NOT a AND b", nil},
		{"NOT before OR", "NOT a OR b", "NOT a OR b", nil},
		{"NOT of a group", "NOT (a OR b) c", "NOT (a OR b) AND c", nil},
		{"double NOT", "NOT NOT a", "a", nil},
		{"minus", "python -java", "python AND NOT java", nil},
		{"minus of a phrase", `-"rope access"`, `NOT "rope access"`, nil},
		{"hyphen inside a word", "problem-solving", "problem-solving", nil},
		{"small operators", "a and b or not c", "(a AND b) OR NOT c", nil},
		{"parentheses", "(a OR b) AND (c OR d)", "(a OR b) AND (c OR d)", nil},
		{"parentheses need no spaces", "(a)(b)", "a AND b", nil},
		{"phrase", `"rope access"`, `"rope access"`, nil},
		{"typographic quotes", "“rope access” „x y“", `"rope access" AND "x y"`, nil},
		{"fields", `skill:python issuer:"harbour college" earned>2024`, `skill:python AND issuer:"harbour college" AND earned>2024`, nil},
		{"comparisons", "level>=B2 level<=4 expires<2027-01 earned:2024-05-31", "level>=B2 AND level<=4 AND expires<2027-01 AND earned:2024-05-31", nil},
		{"colon and comparison", "earned:>2024", "earned>2024", nil},
		{"field names in any case", "Skill:python STATUS:verified", "skill:python AND status:verified", nil},
		{"a URI is a word", "http://data.europa.eu/esco/skill/x", "http://data.europa.eu/esco/skill/x", nil},
		{"signs of languages", "C++ C# .NET", "C++ AND C# AND .NET", nil},
		{"include", "python include:authentic include:pending", "python", []verdict.Result{"authentic", "pending"}},
		{"include list", "include:authentic,rejected python", "python", []verdict.Result{"authentic", "rejected"}},
		{"include alone", "include:all", "", []verdict.Result{"verified", "authentic", "expired", "unvouched", "pending", "rejected"}},
		{"include expired", "x include:expired", "x", []verdict.Result{"expired"}},
		{"include inside a top AND", "(a include:pending) b", "a AND b", []verdict.Result{"pending"}},
		{"include in an AND under OR", "a OR b include:pending", "a OR b", []verdict.Result{"pending"}},
		{"query language of engines means nothing", `na*me ~x ^2 /re/ [1 TO 2] _exists_`, "na*me AND ~x AND ^2 AND /re/ AND [1 AND TO AND 2] AND _exists_", nil},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			p, err := Parse(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Tree.String(); got != tt.want {
				t.Errorf("read as %s, want %s", got, tt.want)
			}
			if d := cmp.Diff(tt.include, p.Include); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseQueryRefuses(t *testing.T) {
	tests := []struct {
		desc, in string
		column   int
		problem  string
	}{
		{"open quote", `python "`, 8, "not closed"},
		{"empty quote", `""`, 1, "no word"},
		{"open parenthesis", "a (b OR c", 3, "not closed"},
		{"closing parenthesis", "a b)", 4, "without"},
		{"empty parentheses", "a ()", 4, "nothing to search"},
		{"only an open parenthesis", "(", 1, "not closed"},
		{"AND at the start", "AND a", 1, "before it"},
		{"AND at the end", "a AND", 3, "after it"},
		{"OR at the start", "OR a", 1, "each side"},
		{"OR at the end", "a OR", 3, "after it"},
		{"OR twice", "a OR OR b", 6, "each side"},
		{"AND twice", "a AND AND b", 3, "after it"},
		{"NOT at the end", "a NOT", 3, "after it"},
		{"a wish for nothing", `a ?"`, 3, "after it"},
		{"NOT before a closing parenthesis", "(a NOT)", 4, "after it"},
		{"unknown field", "python name:ann", 8, `no field "name"`},
		{"field without value", "issuer: x", 8, "value right after"},
		{"bad comparison", "issuer>x", 7, "colon"},
		{"bad status", "status:good", 8, "status knows"},
		{"bad trust", "trust:me", 7, "trust knows"},
		{"bad level", "level>=tall", 8, "not a level"},
		{"bad date", "earned>last-year", 8, "not a date"},
		{"bad month", "earned>2024-13", 8, "not a date"},
		{"no letter", " ***", 2, "no letter"},
		{"nothing but signs", "& 🐍 -", 1, "no letter"},
		{"not equal", "level!=3", 6, "write NOT level=…"},
		{"include under OR", "a OR include:pending", 6, "operand"},
		{"include under NOT", "a NOT include:pending", 7, "operand"},
		{"bad include", "include:x", 9, "include knows"},
		{"too long", strings.Repeat("a ", 129), 257, "longer than 256"},
		{"too many terms", strings.Repeat("a ", 17), 33, "more than 16"},
		{"too deep", strings.Repeat("(", 30) + "a", 18, "deeper"},
		{"columns count characters", "ééé x:y", 5, "no field"},
		{"not UTF-8", "a\xff", 0, "UTF-8"},
		{"CVE-2023-31419", strings.Repeat("/*", 10000), 257, "longer"},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			_, err := Parse(tt.in)
			var s *SyntaxError
			if !errors.As(err, &s) {
				t.Fatalf("error %v", err)
			}
			if s.Column != tt.column || !strings.Contains(s.Problem, tt.problem) {
				t.Errorf("column %d, %q; want column %d, …%s…", s.Column, s.Problem, tt.column, tt.problem)
			}
		})
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{`?"`, `(?"`, `a b OR NOT (c "d e") -f`, `skill:x issuer:"y z" level>=B2 earned>2024 expires<2030-01-01`, "include:all (", `“x” AND`, "a:b", "NOT NOT NOT a", "((a))", "status:verified,pending trust:listed job:x", "-", "--a", "日本 é", "http://x/?a=b", "ŗ", "python cissp 5 years", "NOT NOT!", "000000 CisA0 00 0 1 Yr A", "and, or?", "2025", "B2", "2022-2024", "Level 3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err != nil {
			var e *SyntaxError
			if !errors.As(err, &e) || e.Column < 0 || e.Column > MaxRunes+1 || e.Problem == "" {
				t.Fatalf("%q: error %v", s, err)
			}
			return
		}
		printed := p.Tree.String()
		// What is printed reads as the same tree; it can be longer than what was
		// typed, and then be refused for that alone.
		again, err := Parse(printed)
		var e *SyntaxError
		if errors.As(err, &e) && (strings.Contains(e.Problem, "longer than") || strings.Contains(e.Problem, "deeper")) {
			return
		}
		if err != nil {
			t.Fatalf("%q printed as %q: %v", s, printed, err)
		}
		if got := again.Tree.String(); got != printed {
			t.Errorf("%q printed as %q and then as %q", s, printed, got)
		}
		q, err := New(s, Options{})
		if err != nil {
			t.Fatalf("%q parses, but: %v", s, err)
		}
		checkPlan(t, &q.Plan.Root, &q.Plan)
		met := make([]int, len(q.Things()))
		for i := range met {
			met[i] = i
		}
		var path []Reading
		for _, r := range append(q.Relax(), q.RelaxBy(met)...) {
			path = append(path, r)
			loose, ok := q.Read(path, true)
			if !ok {
				t.Errorf("%q has no reading %+v", s, r)
			}
			checkPlan(t, &loose.Plan.Root, &loose.Plan)
			if !loose.Plan.AsksBadge() {
				t.Errorf("%q by %+v finds whoever has no badge", s, r)
			}
		}
		for _, o := range []Options{{Exact: true}, {Unnamed: true}} {
			q, err := New(s, o)
			if err != nil {
				continue // it asks for an issuer
			}
			for _, r := range append(q.Relax(), q.RelaxBy(make([]int, len(q.Things())))...) {
				if _, ok := q.Read([]Reading{r}, true); !ok {
					t.Errorf("%q, %+v, has no reading %+v", s, o, r)
				}
			}
		}
	})
}

// checkPlan holds a plan to what engines rely on.
func checkPlan(t *testing.T, c *Cond, p *Plan) {
	t.Helper()
	switch c.Op {
	case OpAll, OpJob:
	case OpMost:
		if c.Least < 1 || c.Least > len(c.Kids) {
			t.Errorf("%d of %d", c.Least, len(c.Kids))
		}
	case OpAnd, OpOr, OpBest:
		if len(c.Kids) < 2 {
			t.Errorf("%s of %d", c.Op, len(c.Kids))
		}
	case OpNot, OpMay:
		if len(c.Kids) != 1 {
			t.Errorf("%s of %d", c.Op, len(c.Kids))
		}
	case OpTies:
		if len(c.Kids) != 0 || len(c.Ties) == 0 {
			t.Errorf("ties of %d, %d", len(c.Kids), len(c.Ties))
		}
		for _, tie := range c.Ties {
			if tie.Weight <= 0 || len(tie.Any) == 0 {
				t.Errorf("empty tie %+v", tie)
			}
		}
	case OpClaim:
		if len(c.Claim.Status) == 0 || !slices.IsSorted(c.Claim.Status) {
			t.Errorf("statuses %q", c.Claim.Status)
		}
		for i, tier := range c.Claim.Tiers {
			if tier.Weight <= 0 || i > 0 && tier.Weight > c.Claim.Tiers[i-1].Weight {
				t.Errorf("weights do not descend")
			}
			if tier.Field != "" && len(tier.Words) == 0 || tier.Field == "" && len(tier.Skills)+len(tier.Under)+len(tier.Soft) == 0 {
				t.Errorf("empty tier %+v", tier)
			}
			for _, w := range tier.Words {
				if w == "" || strings.ContainsAny(w, " \t\n") {
					t.Errorf("word %q", w)
				}
			}
		}
	default:
		t.Errorf("op %q", c.Op)
	}
	for i := range c.Kids {
		checkPlan(t, &c.Kids[i], p)
	}
}
