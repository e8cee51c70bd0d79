package skills

import (
	"fmt"
	"math"
	"runtime"
	"testing"
	"unsafe"

	"assay/verify/verdict"
)

// budget is what resolving one credential may allocate (issue 4), in bytes.
const budget = 2048

// hard are credentials as they come, the awkward ones among them.
func hard() map[string]verdict.Credential {
	tags := func(list ...string) verdict.Credential {
		return verdict.Credential{Name: "Semaine du port", Tags: list}
	}
	known := []string{"python", "teamwork", "leadership", "excel", "welding", "first aid", "golang", "docker", "SQL", "customer service", "forklift", "Spanish", "project management",
		"machine learning", "critical thinking", "carpentry", "nursing", "accounting", "GDPR", "time management"}
	accented := make([]string, 20)
	for i := range accented {
		accented[i] = fmt.Sprintf("Sécurité maritime, œuvre nº %d à Łódź", i+1)
	}
	mixed := []string{"Python", "Ténis", "teamwork", "Gestión de proyectos", "EXCEL", "Sécurité incendie", "First Aid", "Straßenbau", "golang", "Łódź 2024", "SQL", "Œuvre d'art", "Leadership", "日本語", "Español"}
	french := verdict.Credential{
		Name: "Sauveteur secouriste du travail, niveau 2", Tags: []string{"sécurité", "premiers secours", "prévention", "santé au travail"},
		Alignments: []verdict.Alignment{
			{TargetURL: "https://www.francecompetences.fr/recherche/rs/5801/", TargetName: "Intervenir face à une situation d’accident du travail", TargetFramework: "Répertoire spécifique"},
			{TargetURL: uFirstAid, TargetName: "premiers secours", TargetFramework: "ESCO"},
			{TargetName: "Contribuer à la prévention des risques professionnels dans l’entreprise", TargetCode: "BC02", TargetFramework: "Référentiel de compétences"},
		},
		Results: []verdict.Attainment{{Name: "Évaluation finale", Type: "Status", Value: "Completed"}, {Name: "Compétence nº 1", Level: "Acquis"}},
	}
	unknown := verdict.Credential{Name: "Rigger"}
	for i := range 12 {
		unknown.Alignments = append(unknown.Alignments, verdict.Alignment{TargetURL: fmt.Sprintf("https://college.example/skills/%d", i), TargetName: fmt.Sprintf("Harbour skill number %d", i), TargetFramework: "College"})
	}
	opaque := verdict.Credential{Name: "Rigger"}
	for i := range 10 {
		opaque.Alignments = append(opaque.Alignments, verdict.Alignment{TargetURL: fmt.Sprintf("https://credentialfinder.org/competency/ce-deadbeef-0000-4000-8000-0000000000%02d", i), TargetName: fmt.Sprintf("Competency %d", i), TargetType: "ceasn:Competency"})
	}
	return map[string]verdict.Credential{
		"usual": usual(), "accented tag": tags("Ténis"), "French": french, "13 tags": tags(known[:13]...), "14 tags": tags(known[:14]...), "mixed 14": tags(mixed[:14]...),
		"list in a tag": tags("python, teamwork, Knot tying, SQL"), "12 unknown alignments": unknown, "10 CTDL": opaque,
		"long tag":     tags("python " + fmt.Sprint(accented)),
		"mixed 15":     tags(mixed...),
		"20 tags":      tags(known...),
		"20 accented":  tags(accented...),
		"certificate":  {Name: "Certified Customer Service Professional (CCSP)", Issuer: verdict.Party{Name: "Customer Service Institute"}, Tags: []string{"customer service", "AZ-104 Microsoft Azure Administrator", "CPP"}},
		"level and so": {Name: "Level 3 Certificate in Advanced Rope Splicing (Gold) – Training", Description: "x"},
	}
}

// What is allocated is the list that is returned, and next to nothing beside it:
// 14 skills fit the budget, more than that are larger than it by themselves.
func TestResolveBudget(t *testing.T) {
	if size := unsafe.Sizeof(Skill{}); 14*size > budget {
		t.Errorf("a skill has %d bytes", size)
	}
	for version, tax := range taxonomies(t) {
		for desc, c := range hard() {
			list := tax.Resolve(c) // the vocabulary is made once
			got := allocated(func() { tax.Resolve(c) })
			limit := int64(budget)
			if len(list) > 14 {
				limit = int64(len(list)) * int64(unsafe.Sizeof(Skill{})) * 9 / 8 // the next size that the allocator has
			}
			if got > limit {
				t.Errorf("%s, %s: %d bytes for %d skills, want %d at most", version, desc, got, len(list), limit)
			}
		}
	}
}

// allocated gives how many bytes a call allocates.
func allocated(f func()) int64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const runs = 100
	least := int64(math.MaxInt64)
	for range 3 { // what else the process does can only add to it
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			f()
		}
		runtime.ReadMemStats(&after)
		least = min(least, int64(after.TotalAlloc-before.TotalAlloc)/runs)
	}
	return least
}

func BenchmarkResolve(b *testing.B) {
	tax := importDir(b, FormatESCO, shared(b, "skills/build"))
	for desc, c := range hard() {
		b.Run(desc, func(b *testing.B) {
			tax.Resolve(c)
			b.ReportAllocs()
			for b.Loop() {
				tax.Resolve(c)
			}
		})
	}
}
