package skills

import (
	"testing"

	"assay/verify/verdict"
)

// certificateOf gives the certificate that a badge is, by its name and its issuer's.
func certificateOf(name, issuer string) (id, level string) {
	for _, s := range Builtin().Resolve(verdict.Credential{Name: name, Issuer: verdict.Party{Name: issuer}}) {
		if s.Certificate != nil {
			return s.Certificate.ID, s.Level
		}
	}
	return "", ""
}

// Issuers call themselves by their abbreviations, as their hosts are called.
func TestIssuersAsTheyCallThemselves(t *testing.T) {
	tests := []struct{ name, issuer, want string }{
		{"Certified Information Systems Security Professional (CISSP)", "(ISC)²", "cissp"},
		{"Certified Information Systems Security Professional (CISSP)", "ISC2", "cissp"},
		{"Certified Public Accountant (CPA)", "AICPA", "cpa"},
		{"Microsoft Office Specialist: Word Associate", "Certiport - a Pearson VUE business", "mos-word"},
		{"IELTS Academic", "British Council", "ielts"},
		{"C1 Advanced", "Cambridge Assessment English", "cam-c1"},
		{"Certified Pharmacy Technician (CPhT)", "PTCB", "cpht"},
		// A short word of a host begins others' names, too, and a long one is no part of a word.
		{"Basic Life Support (BLS) Provider", "Heart of England Training", ""},
		{"Microsoft Office Specialist: Word Associate", "Certiporters Ltd", ""},
		{"Google Cloud Digital Leader", "Cloud Academy", ""},
	}
	for _, tt := range tests {
		if got, _ := certificateOf(tt.name, tt.issuer); got != tt.want {
			t.Errorf("%q of %s is %q, want %q", tt.name, tt.issuer, got, tt.want)
		}
	}
}

// Who prepares for a certificate, wants it, or examines others for it has none of it.
func TestPreparingIsNoCertificate(t *testing.T) {
	tests := []struct{ name, issuer, want string }{
		{"CISSP Study Group", "ISC2", ""},
		{"CompTIA Security+ Practice Test", "CompTIA", ""},
		{"CFA Level I Candidate", "CFA Institute", ""},
		{"Prüfungsvorbereitung AEVO", "IHK", ""},
		{"Voorbereiding VCA-examen", "SSVV", ""},
		{"IELTS Examiner", "British Council", ""},
		{"CIMA Management Case Study", "AICPA", ""},
		{"CompTIA Security+ certification: study group", "CompTIA", ""},
		{"ServSafe Food Handler (food preparation)", "National Restaurant Association", "servsafe-h"},
		{"SAFe Practice Consultant", "Scaled Agile, Inc.", "safe-spc"}, // a word of its name
		{"BLS Instructor", "American Heart Association", "bls"},
	}
	for _, tt := range tests {
		if got, _ := certificateOf(tt.name, tt.issuer); got != tt.want {
			t.Errorf("%q of %s is %q, want %q", tt.name, tt.issuer, got, tt.want)
		}
	}
}

// A word that is a title above its certificate's step is no level, where the name as a
// whole is a skill's, too.
func TestTitlesAreNoLevels(t *testing.T) {
	if id, level := certificateOf("Tableau Desktop Specialist", "Tableau"); id != "tab-ds" || level != "" {
		t.Errorf("%s %q", id, level)
	}
}

// A name of one word is not what the issuer does not speak of.
func TestNamesOfOthersWords(t *testing.T) {
	tests := []struct{ name, issuer, want string }{
		{"Chef Fundamentals", "Chef Software", ""},
		{"Chef Fundamentals", "Cookery School", "use cooking techniques"},
		{"AWS", "American Welding Society", ""},
		{"AWS", "Amazon", "Amazon Web Services AWS software"},
		{"Advanced Excel Formulas", "School of Arts and Crafts", "use spreadsheets software"},
	}
	for _, tt := range tests {
		got := ""
		for _, s := range Builtin().Resolve(verdict.Credential{Name: tt.name, Issuer: verdict.Party{Name: tt.issuer}}) {
			if s.Basis != BasisUnmapped {
				got = s.Label
			}
		}
		if got != tt.want {
			t.Errorf("%q of %s is %q, want %q", tt.name, tt.issuer, got, tt.want)
		}
	}
}

// A certificate is called by its name with its own first letters beside it.
func TestNamedWithItsLetters(t *testing.T) {
	for name, want := range map[string]string{
		"Certified Phlebotomy Technician (CPT)":      "cpt-phleb",
		"First Aid at Work (FAW)":                    "faw",
		"Certified in Cybersecurity (CC)":            "isc2-cc",
		"Certified Phlebotomy Technician (CPX)":      "",
		"Certified Phlebotomy Technician Instructor": "",
	} {
		if got, _ := Builtin().NamedLike(&verdict.Credential{Name: name}); got.ID != want {
			t.Errorf("%q is %q, want %q", name, got.ID, want)
		}
	}
}
