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
