package skills

import (
	"strings"
	"testing"
	"testing/fstest"

	"assay/verify/verdict"
)

// Files of our own making in the layout of the publishers', so that the rules
// that their downloads show hold without them, too.
var ownDownloads = []struct {
	format, version                         string
	skills, groups, occupations, warnings   int
	files                                   map[string]string
	alignment                               verdict.Alignment
	id, label, framework, below, notAnswers string
}{
	{
		format: FormatESCO, version: "9.9.9", skills: 2, groups: 2, occupations: 1,
		files: map[string]string{
			"skillGroups_en.csv": "conceptUri,preferredLabel,code\n" + escoSkill + "S8,working with ropes and knots,S8\n" + escoSkill + "S8.1,splicing of ropes,S8.1\n",
			"skillsHierarchy_en.csv": "Level 0 URI,Level 0 preferred term,Level 0 code,Level 1 URI,Level 1 preferred term,Level 1 code\n" +
				escoSkill + "S8,working with ropes and knots,S8," + escoSkill + "S8.1,splicing of ropes,S8.1\n",
			"skills_en.csv": "conceptUri,preferredLabel,altLabels\n" +
				escoSkill + "11111111-1111-4111-8111-111111111111,splice mooring lines,\"splice hawsers\nmake eye splices\"\n" +
				escoSkill + "22222222-2222-4222-8222-222222222222,whip rope ends,\n",
			"broaderRelationsSkillPillar_en.csv":   "conceptUri,broaderUri\n" + escoSkill + "11111111-1111-4111-8111-111111111111," + escoSkill + "S8.1\n",
			"occupations_en.csv":                   "conceptUri,preferredLabel,code\n" + escoBase + "occupation/33333333-3333-4333-8333-333333333333,hawser splicer of the harbour,9999\n",
			"occupationSkillRelations_en.csv":      "occupationUri,relationType,skillUri\n" + escoBase + "occupation/33333333-3333-4333-8333-333333333333,essential," + escoSkill + "11111111-1111-4111-8111-111111111111\n",
			"a file that the format does not know": "left alone",
		},
		alignment: verdict.Alignment{TargetName: "Make eye splices", TargetFramework: "ESCO"},
		id:        escoSkill + "11111111-1111-4111-8111-111111111111", label: "splice mooring lines", framework: ESCO, below: escoSkill + "S8", notAnswers: "working with ropes and knots",
	},
	{
		format: FormatONET, version: "99.9", skills: 2, occupations: 1,
		files: map[string]string{
			"Content Model Reference.txt": "Element ID\tElement Name\tDescription\n2.A\tBasic Skills\tx\n2.A.9\tRope Skills\tx\n2.A.9.a\tMooring Splices\tx\n1.A.1.a\tStrength of Grip\tnobody is taught it\n",
			"Occupation Data.txt":         "O*NET-SOC Code\tTitle\tDescription\n99-9999.00\tHawser Splicers\tx\n",
			"Technology Skills.txt":       "O*NET-SOC Code\tExample\tCommodity Code\tCommodity Title\tHot Technology\tIn Demand\n99-9999.00\tSplicewright 3000\t1\tRope software\tY\tN\n",
		},
		alignment: verdict.Alignment{TargetName: "splices", TargetFramework: "O*NET", TargetCode: "2.A.9.a"},
		id:        onetElem + "2.A.9.a", label: "Mooring Splices", framework: ONET, notAnswers: "Rope Skills",
	},
}

func TestOwnDownloads(t *testing.T) {
	for _, d := range ownDownloads {
		t.Run(d.format, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, text := range d.files {
				files[name] = &fstest.MapFile{Data: []byte(text)}
			}
			dir := t.TempDir()
			r, err := Source{Format: d.format, Version: d.version, Files: files}.Install(dir, false)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Warnings) != d.warnings || r.Skills != d.skills || r.Groups != d.groups || r.Occupations != d.occupations || r.Version.Version != d.version || r.Version.Framework != d.framework || len(r.Version.Attribution) == 0 {
				t.Errorf("%+v", r)
			}
			tax, err := Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			got := tax.Resolve(verdict.Credential{Alignments: []verdict.Alignment{d.alignment}})
			if len(got) != 1 || got[0].ID != d.id || got[0].Label != d.label || got[0].Framework != d.framework {
				t.Errorf("%+v", got)
			} else if d.below != "" && !strings.Contains(strings.Join(got[0].Above.Ancestors, " "), d.below) {
				t.Errorf("stands below %q", got[0].Above.Ancestors)
			}
			if got := tax.Resolve(verdict.Credential{Tags: []string{d.notAnswers}}); len(got) != 1 || got[0].Basis != BasisUnmapped {
				t.Errorf("a heading is a skill: %+v", got)
			}
		})
	}
}
