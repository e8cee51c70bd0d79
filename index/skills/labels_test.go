package skills

import (
	"slices"
	"strings"
	"testing"

	"assay/verify/verdict"
)

// What people type and what badges are called in other languages than English.
func TestForeignNames(t *testing.T) {
	tests := []struct{ language, name, label string }{
		{"de", "Schweißen", "welding techniques"}, {"de", "SCHWEISSEN", "welding techniques"}, {"de", "Gabelstapler", "operate forklift"},
		{"de", "Staplerfahrer", "operate forklift"}, {"de", "Erste Hilfe", "first aid"}, {"de", "Krankenpflege", "nursing science"},
		{"de", "Führerschein", "drive vehicles"}, {"de", "Fuehrerschein", "drive vehicles"}, {"de", "Altenpflege", "tend to elderly people"}, {"de", "Teamfähigkeit", "work in teams"},
		{"fr", "gestion de projet", "project management"}, {"fr", "Premiers secours", "first aid"}, {"fr", "soudure", "welding techniques"},
		{"fr", "cariste", "operate forklift"}, {"fr", "travail d'équipe", "work in teams"}, {"fr", "travail d’équipe", "work in teams"},
		{"es", "primeros auxilios", "first aid"}, {"es", "Soldadura", "welding techniques"}, {"es", "atención al cliente", "customer service"},
		{"es", "gestion de proyectos", "project management"}, {"es", "camarero", "serve food in table service"},
		{"it", "saldatura", "welding techniques"}, {"it", "primo soccorso", "first aid"}, {"it", "sicurezza sul lavoro", "health and safety in the workplace"},
		{"nl", "verpleging", "nursing science"}, {"nl", "lassen", "welding techniques"}, {"nl", "heftruckchauffeur", "operate forklift"}, {"nl", "EHBO", "first aid"},
		{"pl", "obsługa klienta", "customer service"}, {"pl", "spawanie", "welding techniques"}, {"pl", "pierwsza pomoc", "first aid"}, {"pl", "obsluga klienta", "customer service"},
		{"pt", "trabalho em equipe", "work in teams"}, {"pt", "trabalho em equipa", "work in teams"}, {"pt", "gestão de projetos", "project management"},
		{"pt", "gerenciamento de projetos", "project management"}, {"pt", "empilhadeira", "operate forklift"}, {"pt", "enfermagem", "nursing science"},
	}
	for version, tax := range taxonomies(t) {
		for _, tt := range tests {
			s := tax.Expand(tt.name, false)
			if !slices.ContainsFunc(slices.Concat(s.Exact, s.Alias), func(r Ref) bool { return r.Label == tt.label }) || s.Corrected {
				t.Errorf("%s: a search for %q (%s) means %v %v, want %s", version, tt.name, tt.language, s.Exact, s.Alias, tt.label)
			}
			if !tax.IsName(Words(tt.name)) {
				t.Errorf("%s: %q is no name", version, tt.name)
			}
			for _, c := range []verdict.Credential{tagged(tt.name), {Name: tt.name}} {
				got := tax.Resolve(c)
				_, certificate := tax.Certificate(tt.name) // which shows more than the one skill
				if len(got) != 1 && !certificate || len(got) == 0 || got[0].Label != tt.label || got[0].Basis != BasisAlias && got[0].Basis != BasisText {
					t.Errorf("%s: a badge of %q (%s) shows %+v, want %s", version, tt.name, tt.language, got, tt.label)
				}
			}
		}
		// A soft skill of hiring is meant as a whole.
		if s := tax.Expand("Teamarbeit", false); !slices.Contains(s.Soft, "teamwork") {
			t.Errorf("%s: Teamarbeit: %+v", version, s.Soft)
		}
		if s := tax.Expand("Schweisen", true); !s.Corrected || !slices.ContainsFunc(s.Alias, func(r Ref) bool { return r.Label == "welding techniques" }) {
			t.Errorf("%s: a typing error in a foreign name: %+v", version, s)
		}
	}
}

// Names are known without the small words between them, where these are no other name.
func TestTerseNames(t *testing.T) {
	for name, label := range map[string]string{
		"gestion projet": "project management", "gestão projetos": "project management", "atención cliente": "customer service",
		"trabajo equipo": "work in teams", "conducteur engins de chantier": "operate excavator", "conducteur engins chantier": "operate excavator",
		"segurança trabalho": "health and safety in the workplace", "Dachdeckermeister": "roofing techniques", "asystent ds. kadr i płac": "manage payroll", "Malermeister": "paint surfaces",
	} {
		s := Builtin().Expand(name, false)
		if !slices.ContainsFunc(slices.Concat(s.Exact, s.Alias), func(r Ref) bool { return r.Label == label }) || s.Corrected {
			t.Errorf("%q means %v %v, want %s", name, s.Exact, s.Alias, label)
		}
	}
	if s := Builtin().Expand("chef projet", false); s.Occupation == nil || s.Occupation.Title != "project manager" {
		t.Errorf("chef projet is %+v", s.Occupation)
	}
	for _, name := range []string{"de projet", "gestion", "projet"} {
		if Builtin().IsName(Words(name)) {
			t.Errorf("%q is a name", name)
		}
	}
}

// English wins: no name that a framework or the core has means anything else than
// it did without the tables of other languages.
func TestEnglishWins(t *testing.T) {
	for version, tax := range taxonomies(t) {
		n := 0
		for name := range tax.names {
			before, ok := tax.sense(name, name)
			if !ok {
				continue
			}
			n++
			if after := tax.expand(name, name, false); !slices.Equal(refs(after), refs(before)) {
				t.Fatalf("%s: %q means %v, and %v with other languages", version, name, refs(before), refs(after))
			}
		}
		if n < 1500 {
			t.Errorf("%s: %d names", version, n)
		}
	}
	// A foreign word that is an English name too means what English means.
	own := 0
	for name, english := range carried().english {
		if s, ok := Builtin().sense(name, ""); ok {
			if want, ok := Builtin().sense(Folded(english), english); !ok || !slices.ContainsFunc(refs(s), func(id string) bool { return slices.Contains(refs(want), id) }) {
				t.Errorf("%q is an English name of something else than %q", name, english)
			}
			own++
		}
	}
	t.Logf("%d of %d foreign names are English ones too", own, len(carried().english))
}

func refs(s Sense) (ids []string) {
	for _, r := range slices.Concat(s.Exact, s.Alias) {
		ids = append(ids, r.ID)
	}
	return append(ids, s.Soft...)
}

// Every row of the tables stands for something, in each of the languages that it
// claims, whatever is imported.
func TestLabels(t *testing.T) {
	have := [languages]int{}
	for line := range strings.Lines(labelsFile) {
		if line[0] == '#' {
			continue
		}
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		for version, tax := range taxonomies(t) {
			if s := tax.Expand(f[0], false); !s.Known() {
				t.Errorf("%s: no framework knows %q", version, f[0])
			}
		}
		if _, ok := Builtin().coreNamed(f[0]); !ok && len(Builtin().Expand(f[0], false).Soft) == 0 && f[0] != "language skills" {
			t.Errorf("%q is no name of the core", f[0])
		}
		for i, column := range f[1:] {
			if column != "" {
				have[i]++
			}
		}
	}
	for i, n := range have {
		if n < 270 {
			t.Errorf("column %d names %d skills, want 270", i+1, n)
		}
	}
}

// Suggestions are in English, one for each concept, and a foreign beginning finds
// them too.
func TestSuggestForeign(t *testing.T) {
	for _, text := range []string{"staplerf", "Gabelst", "empilhad", "heftr"} {
		got := Builtin().Suggest(text, 10)
		if len(got) != 1 || got[0].Label != "operate forklift" {
			t.Errorf("%q: %v", text, got)
		}
	}
	got := Builtin().Suggest("first aid", 10)
	if len(got) == 0 || got[0].Label != "first aid" {
		t.Errorf("%v", got)
	}
	// What English has begins the list.
	for i, r := range Builtin().Suggest("for", 10) {
		if i == 0 && r.Label != "operate forklift" && r.Label != "forensic" && !strings.Contains(strings.ToLower(r.Label), "for") {
			t.Errorf("%v", r)
		}
	}
}

func TestReadTongues(t *testing.T) {
	row := func(fields ...string) string { return strings.Join(fields, "\t") + "\n" }
	good := row("welding", "Schweißen", "soudure", "", "", "", "", "")
	job := row("welder", "", "Schweißer", "", "", "", "", "", "", "welding", "")
	if _, err := readTongues(good, job); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ desc, labels, occupations string }{
		{"a field too few", row("welding", "Schweißen"), job},
		{"no English name", row("", "x", "", "", "", "", "", ""), job},
		{"one name for two skills", good + row("cooking", "schweissen", "", "", "", "", "", ""), job},
		{"a name without a letter", row("welding", "–", "", "", "", "", "", ""), job},
		{"an occupation that needs nothing", good, row("welder", "", "", "", "", "", "", "", "", "", "")},
		{"one title for two occupations", good, job + row("cook", "welder", "", "", "", "", "", "", "", "cooking", "")},
		{"an occupation of fewer fields", good, row("welder", "welding")},
	} {
		if _, err := readTongues(tt.labels, tt.occupations); err == nil {
			t.Errorf("%s is read", tt.desc)
		}
	}
}

// Foreign words that are everyday English words of something else are left out:
// who types them in English means the English.
func TestNoFalseFriends(t *testing.T) {
	for _, w := range strings.Fields(`place places assurance pool pools cutter conductor administration server administrator dispenser logger groom controller
		assembler lager packer montage pressing formation chef pain gift art rat men war hell fast bald brief chair coin sale pie ten
		note stage patron location lecture library photograph actual eventual sensible large tour plate mobile tablet support store cook
		net go r c swift rust ruby spring react ansible salt`) {
		if english, ok := carried().english[Folded(w)]; ok {
			t.Errorf("%q is %q in another language", w, english)
		}
	}
	for _, w := range []string{"server", "administrator", "controller", "container", "assembler", "compiler", "python", "go"} {
		if s := Builtin().Expand(w, false); s.Occupation != nil {
			t.Errorf("%q is the occupation %s", w, s.Occupation.Title)
		}
	}
}
