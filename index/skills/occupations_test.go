package skills

import (
	"slices"
	"strings"
	"testing"
)

// A fresh installation knows the commonest occupations and what they need, in any
// of its languages; a search knows them by their titles.
func TestOccupations(t *testing.T) {
	if n := len(carried().occupations); n < 60 {
		t.Errorf("%d occupations, want 60", n)
	}
	for version, tax := range taxonomies(t) {
		for _, o := range carried().occupations {
			for _, list := range []string{o.required, o.wished} {
				for _, name := range splitNames(list) {
					if _, ok := tax.coreNamed(name); !ok {
						t.Errorf("%s: the core has no %q, which %s needs", version, name, o.title)
					}
				}
			}
			title, needs, ok := tax.Occupation(o.title)
			if !ok || title == "" || len(needs) < 4 || !needs[0].Required || needs[len(needs)-1].Required {
				t.Errorf("%s: %s: %q %v", version, o.title, title, needs)
			}
			if s := tax.Expand(o.title, false); s.Occupation == nil || len(s.Occupation.Needs) != len(needs) {
				t.Errorf("%s: a search does not know %s: %+v", version, o.title, s.Occupation)
			}
		}
		tests := []struct{ asked, title, needs string }{
			{"forklift driver", "forklift driver", "operate forklift"},
			{"Forklift Drivers", "forklift driver", "operate forklift"},
			{"Staplerfahrer", "forklift driver", "operate forklift"},
			{"registered nurse", "nurse", "nursing science"},
			{"Krankenschwester", "nurse", "nursing science"},
			{"infirmière", "nurse", "nursing science"},
			{"lorry driver", "lorry driver", "manoeuvre heavy trucks"},
			{"electricista", "electrician", "install electrical and electronic equipment"},
			{"desenvolvedor de software", "software developer", "computer programming"},
			{"devops engineer", "devops engineer", "DevOps"},
		}
		for _, tt := range tests {
			s := tax.Expand(tt.asked, false)
			if s.Occupation == nil || s.Occupation.Title != tt.title && !strings.EqualFold(s.Occupation.Title, tt.title) {
				t.Errorf("%s: %q is %+v", version, tt.asked, s.Occupation)
				continue
			}
			if !slices.ContainsFunc(s.Occupation.Needs, func(n Need) bool { return n.Label == tt.needs && n.Required }) {
				t.Errorf("%s: %q does not need %q: %+v", version, tt.asked, tt.needs, s.Occupation.Needs)
			}
		}
		for _, no := range []string{"python", "welding", "first aid", "zorbing", ""} {
			if s := tax.Expand(no, false); s.Occupation != nil {
				t.Errorf("%s: %q is the occupation %+v", version, no, s.Occupation)
			}
		}
	}
	// What is an occupation only is no skill.
	if s := Builtin().Expand("production worker", false); s.Known() || s.Occupation == nil {
		t.Errorf("%+v", s)
	}
	if got := Builtin().Resolve(tagged("office manager")); len(got) != 1 || got[0].Basis != BasisUnmapped {
		t.Errorf("%+v", got)
	}
}

// An imported occupation of the same title adds to the carried one, each skill
// once; by its own code it is as the framework says.
func TestOccupationMerges(t *testing.T) {
	tax, err := build(magic + "\tONET\t30\tx\n" +
		"technology\tPython\t43232405\tPython\tx\t\tccd0a1d9-afda-43d9-b901-96344886e14d\t\n" +
		"occupation\t15-2051.00\t15-2051.00\tData Scientists\t\t\thttps://www.onetonline.org/search/tech/example?e=Python,!https://www.onetonline.org/find/descriptor/result/2.A.1.e\t\n")
	if err != nil {
		t.Fatal(err)
	}
	labels := func(needs []Need) (out []string) {
		for _, n := range needs {
			out = append(out, n.Label)
		}
		return out
	}
	title, needs, ok := tax.Occupation("data scientist")
	all := labels(needs)
	if !ok || title != "Data Scientists" || all[0] != "data science" || all[len(all)-1] != "Mathematics" || needs[len(all)-1].Required || slices.Contains(all, "Python") {
		t.Errorf("%q %q", title, all)
	}
	_, needs, ok = tax.Occupation("15-2051.00")
	if all := labels(needs); !ok || !slices.Equal(all, []string{"Python", "Mathematics"}) || needs[0].Required || !needs[1].Required {
		t.Errorf("by its code: %q", all)
	}
}

// A title says who, and a technology beside it is asked for: a "Java developer" is a
// developer who knows Java. As one title the two would mean any developer.
func TestTitlesHoldNoTechnology(t *testing.T) {
	tax := Builtin()
	for title, o := range carried().titles {
		w := strings.Fields(title)
		if len(w) < 2 {
			continue
		}
		for _, cut := range []struct{ skill, rest []string }{{w[:1], w[1:]}, {w[len(w)-1:], w[:len(w)-1]}} {
			s := tax.Expand(cut.skill[0], false)
			technology := slices.ContainsFunc(slices.Concat(s.Exact, s.Alias), func(r Ref) bool {
				i, _ := tax.lookup(r.ID)
				c := &tax.concepts[i]
				return c.kind == kindTechnology || c.same >= 0 && tax.concepts[c.same].kind == kindTechnology
			})
			if technology && carried().titles[strings.Join(cut.rest, " ")] == o {
				t.Errorf("%q is a title of %s, and holds %q", title, o.title, cut.skill[0])
			}
		}
	}
}
