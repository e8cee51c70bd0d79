// Package relevance measures how well an index.Engine ranks: judged queries
// over a made corpus, as nDCG at 10 and as recall of what a recruiter must find.
// The judgments lie in testdata/relevance and were made by reading the corpus,
// not by running an engine.
//
// The measure is normalised discounted cumulative gain (Järvelin and Kekäläinen,
// 2002) with gains 2^grade-1. Out of scope: speed.
package relevance

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"assay/index"
	"assay/index/skills"
	"assay/verify/verdict"
)

// Tenants of the corpus: the judged one, and one that holds twins.
const (
	Tenant = "acme"
	Other  = "other"
)

// Now is the moment at which the judgments hold.
var Now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// A line is an applicant: id, job, and badges separated by semicolons. A badge
// is a name, then words that begin with a sign: #tag, =ESCO concept by name as
// an alignment with its URL, ~O*NET code or technology as an alignment with its
// URL, @issuer, year, !status, <expiry year, *level, "description. An underscore
// is a space.
const lines = `
p1 developer Python_Programming =python @college 2025 *Advanced
p2 developer Backend_badge #python @academy 2021
p3 developer Scripting ~Python @college 2023
p4 analyst Python_for_Finance =financial_analysis @academy 2024
p5 developer Python_Expert =python @college 2025 !rejected
p6 developer Python_Workshop =python @college 2025 !authentic
p7 developer Python_Exam =python @slowhost 2026 !pending
p8 developer Python_Basics =python @college 2022 <2025
p9 developer Web_apps #django @academy 2024 "Building_sites_in_Python
p10 developer Python_Programming =python @academy 2024 ; Java_SE =java @college 2023
p11 developer Python_Programming =python @academy 2020 ; Office =office_administration @college 2025
g1 developer Gophers #golang @academy 2025
g2 developer Go_services ~Go @college 2022
j1 developer Java_Developer =java @academy 2025 *Intermediate
j2 developer Java_Foundations #java @college 2019
js1 developer Front_end #javascript #css @academy 2025
js2 developer Typed_web #typescript @academy 2023
cc1 developer Systems =c++ @college 2024
cs1 developer Desktop =c# @college 2024
sq1 analyst SQL_Querying =sql @college 2025
sq2 analyst Data_stores #mysql @academy 2023
sq3 analyst Reporting #sql #tableau @academy 2022
ml1 analyst Machine_Learning #machine_learning @college 2025
ml2 analyst Neural_nets =deep_learning @college 2024
ml3 analyst Data_Science #data_science @academy 2025
cl1 operator Cloud_Practitioner #aws @cloudco 2025
cl2 operator Azure_Fundamentals ~Microsoft_Azure_software @cloudco 2024
cl3 operator Cluster_admin #k8s #docker @cloudco 2026
cl4 operator Cloud_architecture =design_cloud_architecture @college 2025
sec1 operator Cyber_Security_Essentials #cybersecurity @college 2025
sec2 operator Ethical_hacker =ethical_hacking_principles @academy 2024
x1 clerk Spreadsheets_1 =excel @college 2025
x2 clerk Excel_Specialist ~Microsoft_Excel @academy 2024 *Expert
x3 clerk Office_Skills #microsoft_office @college 2020
x4 clerk Bookkeeper #bookkeeping @college 2023
x5 clerk Payroll_Practice =payroll @college 2024
t1 crew Team_Player =work_in_teams @club 2025
t2 crew Good_Colleague =cooperate_with_colleagues @college 2024
t3 crew Works_well ~2.B.1.b @academy 2023
t4 crew Summer_crew #teamwork @club 2022
t5 crew Spirit =build_team_spirit @club 2024
t6 crew Team_Player =work_in_teams @club 2025 !rejected
m1 host Round_tables =moderate_a_discussion @club 2025
m2 host Soft_Skills_1 #communication_skills @college 2024
m3 host Speaker =address_an_audience @club 2023
m4 host Listener ~2.A.1.b @academy 2022
m5 host Deal_maker =negotiate_compromises @academy 2025
l1 manager People_lead =lead_others @college 2025
l2 manager Crew_chief #team_lead @club 2024
l3 manager Head_start ~1.C.2.b @academy 2021
ps1 technician Fixer =solve_problems @college 2025
ps2 technician Puzzle #problem-solving @club 2023
ct1 analyst Clear_mind =think_critically @college 2025
cr1 designer Ideas =think_creatively @college 2024
tm1 clerk On_time =manage_time @college 2025
ad1 crew Open_to_change =adapt_to_change @club 2025
in1 crew First_mover =show_initiative @club 2024
et1 clerk Fair_dealing =demonstrate_trustworthiness @college 2024
dl1 clerk Digital_basics #digital_skills @college 2025
dl2 clerk Web_searcher =conduct_web_searches @college 2023
f1 crew First_Aid_at_Work =provide_first_aid @redaid 2025 <2028
f2 crew First_Aid_theory =first_aid @redaid 2024
f3 crew First_Aid_at_Work =provide_first_aid @redaid 2025 !rejected
f4 crew First_Aid_at_Work =provide_first_aid @redaid 2021 <2024
f5 crew Heart_saver #cpr @redaid 2025
k1 warehouse Forklift_Licence #forklift @yard 2025 <2030
k2 warehouse Lift_trucks =operate_forklift @yard 2023
k3 warehouse Forklift_Operator =operate_forklift @forge 2025 !rejected
k4 warehouse Order_picker =warehouse_picking @yard 2024
w1 welder Welding_1 =welding_techniques @yard 2025
w2 welder Arc_welder =arc_welding @yard 2024
w3 welder Certified_Welder #welder @academy 2021
r1 rigger Rope_access_technician,_level_2 @harbour 2025 *level_2
r2 rigger Rope_access_technician,_level_3 @harbour 2023 *level_3
r3 rigger Rope_access_rescue @yard 2024
r4 rigger Window_cleaner #cleaning @yard 2024 "Cleaning_of_towers_by_rope_access
r5 trainee Rope_access_trainee @harbour 2026
r6 rigger Site_rigging =rigging @harbour 2024
e1 host English_C1 #english @ecole 2025 *C1
e2 host English_B2 =english @ecole 2024 *B2
e3 host English_A2 =english @ecole 2023 *A2
e4 host Conversation =spoken_english @ecole 2022
e5 host French_B2 =french @ecole 2024 *B2
e6 host Español #spanish_language @ecole 2025
n1 nurse Registered_Nurse =nursing_science @hospital 2025
n2 nurse Wound_clinic =wound_care @hospital 2024
n3 nurse Blood_room #phlebotomy @hospital 2023
n4 nurse Clean_hands #infection_control @hospital 2025
n5 carer Elder_Care =tend_to_elderly_people @hospital 2024
el1 electrician Electrical_Installation #electrician @yard 2025
el2 electrician Roof_power =solar_installation @yard 2024
pl1 plumber Pipes =plumbing @yard 2025
br1 mason Wall_1 #bricklaying @yard 2025
fd1 cook Food_Hygiene_Certificate #food_hygiene @kitchen 2025
fd2 cook HACCP_1 =haccp @kitchen 2024
ba1 barista Barista_Basics #barista @kitchen 2025
pm1 manager PRINCE2_Foundation #prince2 @academy 2024
pm2 manager Project_Management =project_management @college 2025
pm3 manager Scrum_room =agile_project_management @academy 2025
gd1 clerk Privacy_day #gdpr @college 2025
sf1 foreman Site_Safety =health_and_safety_in_the_workplace @yard 2025
sf2 foreman Heights #working_at_height @yard 2024
mx1 manager Leading_Python_teams =python =lead_a_team @college 2026 ; First_Aid_at_Work =provide_first_aid @redaid 2026 <2029
mx2 developer Data_toolkit =python =sql #tableau @college 2026
mx3 crew All_round #teamwork #communication_skills #leadership @club 2026
tr1 driver Heavy_goods #hgv @yard 2025
sl1 seller Shop_floor =customer_service @college 2024
mk1 seller Search_marketing #seo @academy 2025
gr1 designer Picture_maker #photoshop #illustrator @academy 2024
cad1 designer Draughting ~Autodesk_AutoCAD @college 2024
te1 teacher Teaching_practice =pedagogy @college 2023
`

var issuers = map[string]verdict.Party{
	"college":  {ID: "did:web:college.example", Name: "Harbour College"},
	"academy":  {ID: "https://academy.example/issuer", Name: "Code Academy"},
	"club":     {ID: "https://club.example/issuer", Name: "Youth Club"},
	"redaid":   {ID: "https://redaid.example/issuer", Name: "Red Aid"},
	"yard":     {ID: "https://yard.example/issuer", Name: "Training Yard"},
	"harbour":  {ID: "did:web:ropes.example", Name: "Harbour Rope School"},
	"cloudco":  {ID: "https://cloud.example/issuer", Name: "Cloud Company"},
	"hospital": {ID: "did:web:hospital.example", Name: "City Hospital"},
	"kitchen":  {ID: "https://kitchen.example/issuer", Name: "Kitchen Guild"},
	"ecole":    {ID: "https://ecole.example/issuer", Name: "École des Langues"},
	"forge":    {ID: "https://forge.example/issuer", Name: "Forge Mill"},
	"slowhost": {ID: "https://slow.example/issuer", Name: "Slow Host"},
}

// Things that nobody asks for: the crowd among which the judged applicants
// stand.
var crowd = []string{
	"milk animals", "fell trees", "lay tiles", "hairdressing", "surveying", "journalism", "civil engineering",
	"retail shelf museum", "landscape design", "asbestos awareness", "tree climbing", "sewing", "robotics", "thatching", "sommelier",
}

// Corpus gives the documents of both tenants under an id key. other holds the
// twins of some applicants, and more who would all match: none may be found.
func Corpus(key []byte, t *skills.Taxonomy) ([]index.Application, error) {
	var out []index.Application
	add := func(tenant, id, job string, applied time.Time, entries []index.Entry) {
		out = append(out, index.NewApplication(key, index.Submission{
			Tenant: tenant, Application: id, Job: job, Candidate: "c-" + id, DisplayName: "Applicant " + id,
			Submitted: applied, Checked: applied.Add(time.Minute),
		}, entries, nil))
	}
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for n, l := range strings.Split(strings.TrimSpace(lines), "\n") {
		id, rest, _ := strings.Cut(l, " ")
		job, rest, _ := strings.Cut(rest, " ")
		var entries []index.Entry
		for b := range strings.SplitSeq(rest, " ; ") {
			e, err := entry(t, b)
			if err != nil {
				return nil, fmt.Errorf("relevance: applicant %s: %w", id, err)
			}
			entries = append(entries, e)
		}
		applied := day.Add(time.Duration(n) * time.Hour)
		add(Tenant, id, job, applied, entries)
		add(Other, "twin-"+id, job, applied, entries)
	}
	for n := range 200 {
		topic := crowd[n%len(crowd)]
		e, err := entry(t, fmt.Sprintf("Badge_%d #%s @%s %d", n, strings.ReplaceAll(topic, " ", "_"), []string{"yard", "club", "kitchen"}[n%3], 2015+n%8))
		if err != nil {
			return nil, err
		}
		add(Tenant, "crowd-"+strconv.Itoa(n), "crowd", day.Add(-time.Duration(n)*time.Hour), []index.Entry{e})
	}
	return out, nil
}

func entry(t *skills.Taxonomy, spec string) (index.Entry, error) {
	v := verdict.Verdict{Format: verdict.OB30, Result: verdict.Verified}
	c := &v.Credential
	for i, w := range strings.Fields(spec) {
		w = strings.ReplaceAll(w, "_", " ")
		switch arg := w[1:]; {
		case i == 0:
			c.Name = w
		case w[0] == '#':
			c.Tags = append(c.Tags, arg)
		case w[0] == '=':
			s := t.Expand(arg, false)
			id := ""
			for _, r := range append(s.Alias, s.Exact...) {
				if r.Framework == skills.ESCO {
					id = r.ID
				}
			}
			if id == "" {
				return index.Entry{}, fmt.Errorf("%q is no concept of ESCO", arg)
			}
			c.Alignments = append(c.Alignments, verdict.Alignment{TargetURL: id, TargetName: arg})
		case w[0] == '~':
			a := verdict.Alignment{TargetName: arg, TargetFramework: "O*NET", TargetURL: "https://www.onetonline.org/search/tech/example?e=" + strings.ReplaceAll(arg, " ", "+")}
			if arg[1] == '.' {
				a.TargetURL, a.TargetCode = "", arg
			}
			c.Alignments = append(c.Alignments, a)
		case w[0] == '@':
			p, ok := issuers[arg]
			if !ok {
				return index.Entry{}, fmt.Errorf("no issuer %q", arg)
			}
			c.Issuer = p
			c.AchievementID = p.ID + "/" + c.Name
			v.Aspects.Trust.State = verdict.Unknown
			if strings.HasPrefix(p.ID, "did:") {
				v.Aspects.Trust.State = verdict.Pass
			}
		case w[0] == '!':
			v.Result = verdict.Result(arg)
		case w[0] == '<':
			y, err := strconv.Atoi(arg)
			if err != nil {
				return index.Entry{}, err
			}
			c.Expires = time.Date(y, 12, 31, 0, 0, 0, 0, time.UTC)
		case w[0] == '*':
			c.Results = append(c.Results, verdict.Attainment{Name: "Level", Type: "RubricCriterionLevel", Level: arg})
		case w[0] == '"':
			c.Description = arg
		default:
			y, err := strconv.Atoi(w)
			if err != nil {
				return index.Entry{}, fmt.Errorf("%q has no sign", w)
			}
			c.Issued = time.Date(y, 3, 15, 0, 0, 0, 0, time.UTC)
		}
	}
	return index.Entry{Where: "cv.pdf > attachment badge.json", Carrier: "pdf", Verdict: v, Skills: t.Resolve(*c)}, nil
}
