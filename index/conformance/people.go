package conformance

import (
	"cmp"
	"strings"
	"time"

	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// badge is a credential of a made-up applicant.
type badge struct {
	name     string
	skills   []string // ESCO ids or URLs, "=label" for what no framework knows, "@id label" for one that is not loaded, and "@id label < URI" for one below another
	issuer   party
	result   verdict.Result // "" = verified
	standing string         // a verdict.Level or record.Blocked
	earned   string         // day
	expires  string         // day, "" = never
	ends     time.Time      // instead of expires
	about    string
	level    string
	id       string // of the achievement
}

type party struct{ id, name string }

var (
	uni    = party{"https://badges.montreal.example/issuer", "Université de Montréal"}
	code   = party{"https://code.example/issuer", "Code Academy"}
	forge  = party{"https://forge.example/issuer", "Forge Mill"}
	club   = party{"https://speakers.example/club", "Speakers Club"}
	redaid = party{"https://redaid.example/", "Red Aid"}
	ecole  = party{"https://ecole.example/issuer", "École des Langues"}
	ligo   = party{"https://ligo.example/", "Café Ligo"}
	yard   = party{"did:web:yard.example", "Harbour Yard"}
)

// Concepts of ESCO that the built-in core knows.
const (
	python     = "ccd0a1d9-afda-43d9-b901-96344886e14d"
	java       = "19a8293b-8e95-4de3-983f-77484079c389"
	sql        = "598de5b0-5b58-4ea7-8058-a4bc4d18c742"
	mysql      = "4da171e5-779c-4983-a76f-91c16751e99f"
	moderate   = "5b46f572-7ced-4efd-b270-a81a164d521c" // moderate a discussion
	teams      = "60c78287-22eb-4103-9c8c-28deaa460da0" // work in teams
	firstAid   = "1d21f6ad-340f-45da-a0a3-4e83867f47a6" // provide first aid
	wound      = "1c6736c2-77de-419c-9b84-8932e15abc21" // carry out wound care
	dressings  = "fa845322-85c4-42cb-b230-c1d43d308f02" // apply wound dressings, below wound
	welding    = "530cb489-d900-46ab-9350-4d50ccd49eea"
	arcWelding = "27d26fd6-5795-4f0a-884e-112df7c68314"
	spokenFr   = "bfb5f0b8-0ea0-4e44-a48d-7d876f966758" // interact verbally in French
	esco       = "http://data.europa.eu/esco/skill/"
)

type person struct {
	name    string
	shown   string // name of the applicant, "" = name
	mails   []string
	old     bool // written before it was known what names the applicant
	job     string
	applied string
	badges  []badge
	unread  int
}

// people are the applicants of the suite.
var people = []person{
	{name: "ana", job: "Backend Developer", applied: "2026-01-10", badges: []badge{
		{name: "Python Programming Basics", skills: []string{python}, issuer: uni, standing: "listed", earned: "2023-05-10", level: "beginner", about: "Loops, functions, kubernetes and a zeppelin."},
	}},
	{name: "ben", job: "Backend Developer", applied: "2026-02-01", badges: []badge{
		{name: "Python in Practice", skills: []string{python}, issuer: code, standing: "domain", earned: "2025-03-01", level: "advanced"},
		{name: "Querying Databases", skills: []string{sql}, issuer: uni, standing: "listed", earned: "2024-02-02"},
	}},
	{name: "cyd", job: "Backend Developer", applied: "2026-02-03", badges: []badge{
		{name: "Python in Practice", skills: []string{python}, issuer: code, result: verdict.Authentic, standing: "domain", earned: "2025-03-02"},
	}},
	{name: "dan", job: "Backend Developer", applied: "2026-02-04", badges: []badge{
		{name: "Python Grandmaster", skills: []string{python}, issuer: forge, result: verdict.Rejected, standing: record.Blocked, earned: "2025-03-03"},
	}},
	{name: "eve", job: "Backend Developer", applied: "2026-02-05", badges: []badge{
		{name: "Python Programming Basics", skills: []string{python}, issuer: uni, result: verdict.Pending, standing: "listed", earned: "2025-03-04"},
	}},
	{name: "fay", job: "Backend Developer", applied: "2026-02-06", badges: []badge{
		{name: "Python Programming Basics", skills: []string{python}, issuer: uni, standing: "listed", earned: "2024-03-01", expires: "2026-03-01"},
	}},
	{name: "gus", job: "Town Guide", applied: "2026-02-07", badges: []badge{
		{name: "Round Table Host", skills: []string{moderate}, issuer: club, earned: "2024-06-15"},
	}},
	{name: "hal", job: "Town Guide", applied: "2026-02-08", badges: []badge{
		{name: "Better Together", skills: []string{teams}, issuer: club, earned: "2022-09-01"},
	}},
	{name: "ivy", job: "Nurse (night shift)", applied: "2026-02-09", badges: []badge{
		{name: "Emergency Responder", skills: []string{firstAid}, issuer: redaid, standing: "listed", earned: "2025-01-01", expires: "2027-01-01"},
		{name: "Bandaging", skills: []string{dressings}, issuer: redaid, standing: "listed", earned: "2025-11-30"},
	}},
	{name: "jon", job: "Welder", applied: "2026-02-10", badges: []badge{
		{name: "Shipyard Joining", skills: []string{welding, arcWelding}, issuer: yard, standing: "listed", earned: "2021-04-01", level: "expert"},
	}},
	{name: "kim", job: "Café Manager", applied: "2026-02-11", badges: []badge{
		{name: "Latte Art Champion", skills: []string{"=Latte Art"}, issuer: ligo, standing: "domain", earned: "2024-12-31"},
		{name: "Crème Brûlée Mastery", skills: []string{"=crème brûlée"}, issuer: ligo, standing: "domain", earned: "2025-12-31"},
	}},
	{name: "lea", job: "Town Guide", applied: "2026-02-12", badges: []badge{
		{name: "Diplôme de français", skills: []string{spokenFr}, issuer: ecole, standing: "listed", earned: "2020-07-14", level: "B2"},
	}},
	{name: "mia", job: "Backend Developer", applied: "2026-02-13", badges: []badge{
		{name: "Java Essentials", skills: []string{java}, issuer: uni, standing: "listed", earned: "2022-01-01"},
		{name: "Python Programming Basics", skills: []string{python}, issuer: uni, standing: "listed", earned: "2025-06-01"},
	}},
	{name: "ned", job: "Backend Developer", applied: "2026-02-14", badges: []badge{
		{name: "Python in Practice", skills: []string{python}, issuer: code, standing: "domain", earned: "2022-02-01"},
		{name: "Java Essentials", skills: []string{java}, issuer: uni, standing: "listed", earned: "2025-07-01"},
	}},
	{name: "oli", job: "Welder", applied: "2026-02-15", unread: 2},
	{name: "pam", job: "Welder", applied: "2026-02-16", badges: []badge{
		{name: "Welding Token", skills: []string{welding}, issuer: yard, result: verdict.Unsupported, earned: "2025-01-01"},
	}},
	{name: "quy", job: "Nurse", applied: "2026-02-17", badges: []badge{
		{name: "Employee of the Month", issuer: redaid, standing: "listed", earned: "2026-01-31"},
	}},
	{name: "rex", job: "Town Guide", applied: "2026-02-18", badges: []badge{
		{name: "Onboarding", skills: []string{"=Onboarding"}, issuer: club, earned: "2019-01-01", about: "The welcome week: origami, kubernetes, a zeppelin and cake."},
	}},
	{name: "sue", job: "Data Keeper", applied: "2026-02-19", badges: []badge{
		{name: "MySQL Operations", skills: []string{mysql, sql}, issuer: code, standing: "domain", earned: "2023-08-08", level: "75%"},
		{name: "C++ and C#", skills: []string{"=C++", "=C#"}, issuer: code, standing: "domain", earned: "2023-09-09", level: "gold"},
	}},
	{name: "tom", job: "Nurse", applied: "2026-02-20", badges: []badge{
		{name: "Wound Clinic", skills: []string{wound}, issuer: redaid, result: verdict.Authentic, standing: "listed", earned: "2025-02-02", expires: "2026-02-02"},
		{name: "Better Together", skills: []string{teams, moderate}, issuer: club, earned: "2025-02-03", expires: "2026-06-01"},
	}},
	{name: "una", job: "Juggler", applied: "2026-02-21", badges: []badge{
		{name: "Card Tricks", skills: []string{python, "=Card tricks"}, issuer: party{"did:key:z6MkUna", uni.name}, result: verdict.Unvouched, standing: "key", earned: "2025-02-04"},
	}},
}

func day(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err) // a mistake in this file
	}
	return t
}

// document makes the document of a person, with Checked at the day of applying.
func (p person) document(tenant string) record.Application {
	s := record.Submission{
		Tenant: tenant, Application: p.name, Job: p.job, Candidate: "candidate-" + p.name,
		DisplayName: cmp.Or(p.shown, strings.ToUpper(p.name[:1])+p.name[1:]), Addresses: p.mails, Submitted: day(p.applied), Checked: day(p.applied).Add(time.Minute),
	}
	var entries []record.Entry
	for _, b := range p.badges {
		entries = append(entries, b.entry())
	}
	var unread []record.Unread
	for range p.unread {
		unread = append(unread, record.Unread{Where: "resume.pdf", Reason: "encrypted"})
	}
	a := record.New(Key, s, entries, unread)
	for i := range p.unread {
		a.NotFollowed = append(a.NotFollowed, record.Link{Where: "resume.pdf", URL: "https://badges.example/1", Reason: "no_answer", Pending: i == 0, More: i})
	}
	if p.old {
		a.Own, a.BlindRule = nil, 0
		record.Refresh(&a)
	}
	return a
}

func (b badge) entry() record.Entry {
	c := verdict.Credential{
		ID: "urn:badge:" + strings.ReplaceAll(b.name, " ", "-"), Name: b.name, Description: b.about,
		Issuer: verdict.Party{ID: b.issuer.id, Name: b.issuer.name},
		Issued: day(b.earned), Expires: day(b.expires), AchievementID: b.id,
	}
	if !b.ends.IsZero() {
		c.Expires = b.ends
	}
	v := verdict.Verdict{Format: verdict.OB30, Proof: "eddsa-rdfc-2022", Result: b.result, Credential: c}
	if v.Result == "" {
		v.Result = verdict.Verified
	}
	v.Aspects = verdict.Aspects{Integrity: pass, Issuer: pass, Dates: pass, Recipient: pass, Standing: b.aspect()}
	v.Backing = b.backing()
	v.Credential.Issuer.Shown = v.Backing.Shown(v.Aspects.Standing.Level, b.issuer.name, b.issuer.name)
	e := record.Entry{Where: "resume.pdf", Carrier: "png", Verdict: v}
	for _, id := range b.skills {
		if label, ok := strings.CutPrefix(id, "="); ok {
			e.Skills = append(e.Skills, skills.Skill{Label: label, Basis: skills.BasisUnmapped, Level: b.level})
			continue
		}
		if named, ok := strings.CutPrefix(id, "@"); ok {
			id, label, _ := strings.Cut(named, " ")
			label, above, _ := strings.Cut(label, " < ")
			e.Skills = append(e.Skills, skills.Skill{ID: id, Label: label, Framework: "House", Basis: skills.BasisURI, Level: b.level, Above: &skills.Above{Ancestors: strings.Fields(above)}})
			continue
		}
		if !strings.Contains(id, "://") {
			id = esco + id
		}
		found := skills.Builtin().Resolve(verdict.Credential{Alignments: []verdict.Alignment{{TargetURL: id}}})
		for _, s := range found {
			s.Level = b.level
			e.Skills = append(e.Skills, s)
		}
	}
	return e
}

// aspect is what a check would have answered of the issuer's standing.
func (b badge) aspect() verdict.Aspect {
	switch b.standing {
	case "":
		return verdict.Aspect{State: verdict.None}
	case record.Blocked:
		return verdict.Aspect{State: verdict.Fail, Reason: verdict.IssuerBlocked}
	}
	return verdict.Aspect{State: verdict.Pass, Level: verdict.Level(b.standing)}
}

// backing is who stands behind the issuer by itself, in short: the domain of an
// address is its last two words.
func (b badge) backing() verdict.Backing {
	l := verdict.Level(b.standing)
	if l == verdict.LevelListed || l.Rank() == 0 {
		l = verdict.LevelDomain
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(b.issuer.id, "did:web:"), "https://"), "/")
	if l == verdict.LevelKey || l == verdict.LevelSelf {
		return verdict.Backing{Level: l, Counts: "key"}
	}
	labels := strings.Split(host, ".")
	k := verdict.Backing{Level: l, Host: host, Counts: strings.Join(labels[max(0, len(labels)-2):], ".")}
	if l == verdict.LevelAccount {
		k.Platform = k.Counts
	}
	return k
}

// documents makes everybody's documents for one tenant.
func documents(tenant string) []record.Application {
	var out []record.Application
	for _, p := range people {
		out = append(out, p.document(tenant))
	}
	return out
}
