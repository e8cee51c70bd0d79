package skills

import (
	"fmt"
	"strings"
	"testing"

	"assay/verify/verdict"
)

// read writes skills as "label level", those alone that a part of a name told.
func readWithin(list []Skill) string {
	var out []string
	for _, s := range list {
		if s.Basis == BasisName {
			out = append(out, strings.TrimSpace(s.Label+" "+s.Level))
		}
	}
	return strings.Join(out, ", ")
}

// A badge's name is read by the names within it.
func TestNamesHoldSkills(t *testing.T) {
	tests := []struct{ name, want string }{
		// Certificates, with and without their issuer's name, abbreviations, signs and levels.
		{"AWS Certified Solutions Architect – Associate", "Amazon Web Services AWS software Associate, design cloud architecture Associate, cloud technologies Associate"},
		{"Microsoft Certified: Azure Administrator Associate", "Microsoft Azure software Associate, administer ICT system Associate, cloud technologies Associate"},
		{"CompTIA Security+ ce Certification", "cyber security"},
		{"CompTIA® A+®", "provide ICT support, solve ICT system problems, operating systems"},
		{"Cisco Certified Network Associate (CCNA)", "network engineering, ICT network routing"},
		// Concepts.
		{"Data Analysis with Python", "data analytics, Python (computer programming)"},
		{"Forklift safety refresher", "operate forklift"},
		{"Safe lashing & first aid at sea", "first aid"},
		{"Health & Safety Week", "health and safety in the workplace"},
		{"Conversational Spanish B2 (evening class)", "Spanish B2"},
		{"Advanced Project Management Bootcamp", "project management Advanced"},
		{"Welding Safety B2", "welding techniques"},
		{"Introduction to Machine Learning with TensorFlow", "machine learning, TensorFlow"},
		{"Barista Master™ Class", "prepare specialised coffee"},
		// Homonyms, both ways.
		{"Python Developer Badge", ""}, // the whole of it is an alias
		{"Python Programming II", "Python (computer programming)"},
		{"Python, Part 2", "Python (computer programming)"},
		{"Python Bite First Response", ""},
		{"Reptile Keeping: Python", ""},
		{"Java Coffee Tasting", ""},
		{"Java SE 17 Developer", "Java (computer programming)"},
		{"Excel in Customer Service", "customer service"},
		{"Excel for Accountants", "use spreadsheets software"},
		{"Swift Water Rescue Technician", "rescue bathers"},
		{"Swift iOS Apps", "Swift (computer programming), iOS"},
		{"Rust Removal Safety", ""},
		{"Go Green Ambassador", ""},
		{"Go Backend Developer", "Go"},
		{"Swedish Massage Practitioner", "give massages Practitioner"},
		{"German Red Cross Helper", ""},
		{"French Cuisine Course", "use cooking techniques"},
		{"French Course for Travel", "French"},
		{"Nail Polish Professional", ""},
		{"DATEV-Führerschein Finanzbuchführung", "accounting"},
		{"PKW-Führerschein Klasse B", "drive vehicles"},
		{"Polish for Nurses", "Polish"},
		{"World Health Organization Ambassador", ""},
		{"Water Analysis Week", ""},
		{"Mental Health First Aid England", "promote mental health, provide first aid"},
		{"Psychological First Aid", ""},
		{"Pastry Chef Diploma", "cook pastry products"},
		{"Chef Automation Server", ""},
		{"Cloud Photography", "photography"},
		{"Driving Change", ""},
		{"Driving a Minibus", "drive vehicles"},
		{"Systems Architect Track", ""},
		{"Personal Trainer Award", ""},
		{"Data Cleaning Workshop", ""},
		{"Sewing machine: learning to hem", "sew pieces of fabric"},
		{"Jumble Sales Helper", ""},

		{"Excel and PowerPoint", "use spreadsheets software, use presentation software"},
		{"Excel and Thrive", ""},
		{"CNA Insurance Risk Control", "types of insurance"},
		{"CFA Institute Volunteer", ""},
		{"CFA Institute Research Challenge", "scientific research methodology"},
		{"PALS Peer Leader", ""},
		{"HGV CPC", "manoeuvre heavy trucks, drive vehicles"},

		// Levels in the languages of the labels, and words of courses there.
		{"Inglês Intermediário", ""}, // the whole of it is a name and a level
		{"Curso de Inglés, nivel intermedio", "English nivel intermedio"},
		{"Python für Fortgeschrittene", "Python (computer programming) Fortgeschrittene"},
		{"Excel voor gevorderden", "use spreadsheets software gevorderden"},
		{"Formation Excel niveau 2", "use spreadsheets software niveau 2"},

		// Of several languages each has its own level; what is no language has none of theirs.
		{"German C1 and English B2", "German C1, English B2"},
		{"English C1, French B1", "English C1, French B1"},
		{"English and German B2", "English B2, German B2"},
		{"Führerschein Klasse C1", "manoeuvre heavy trucks, drive vehicles"},
		{"EU-Fernpilotenzeugnis A2", "unmanned air systems, operate drones in civil engineering"},

		// A word above the step of its certificate is a title.
		{"Kanban Management Professional", "lean project management, Agile development"},

		// Who gets ready for an examination has not passed it.
		{"Vorbereitungskurs Goethe-Zertifikat B2", "German"},
		{"Przygotowanie do egzaminu FCE", "English"},

		// What is not meant, and what shows nothing.
		{"Not Python: Pseudocode Programming", "computer programming"},
		{"Attendee: AWS Summit", ""},
		{"Harbour Week", ""},
	}
	for version, tax := range taxonomies(t) {
		for _, tt := range tests {
			got := tax.Resolve(verdict.Credential{Name: tt.name})
			if s := readWithin(got); s != tt.want {
				t.Errorf("%s: %q is %q, want %q (%s)", version, tt.name, s, tt.want, fmt.Sprint(got))
			}
		}
	}
}
