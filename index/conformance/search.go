package conformance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index/query"
	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
)

// searches are queries and whom they find, in any order.
var searches = []struct {
	desc  string
	query string
	o     query.Options
	want  string // names, by spaces
}{
	{desc: "everybody", query: "", want: "ana ben cyd dan eve fay gus hal ivy jon kim lea mia ned oli pam quy rex sue tom una"},
	{desc: "a skill, verified only", query: "python", want: "ana ben mia ned"},
	{desc: "upper case", query: "PYTHON", want: "ana ben mia ned"},
	{desc: "the label of the concept", query: `"python (computer programming)"`, want: "ana ben mia ned"},
	{desc: "the concept by its URI", query: "skill:" + esco + python, want: "ana ben mia ned"},
	{desc: "skill field", query: "skill:python", want: "ana ben mia ned"},
	{desc: "a name that is an alias", query: `skill:"python programming"`, want: "ana ben mia ned"},
	{desc: "an unknown word", query: "zymurgology", want: ""},

	{desc: "include authentic", query: "python include:authentic", want: "ana ben cyd mia ned"},
	{desc: "include pending", query: "python include:pending", want: "ana ben eve mia ned"},
	{desc: "include rejected", query: "python include:rejected", want: "ana ben dan mia ned"},
	{desc: "include expired", query: "python include:expired", want: "ana ben fay mia ned"},
	{desc: "include all", query: "python include:all", want: "ana ben cyd dan eve fay mia ned una"},
	{desc: "include two", query: "python include:authentic,pending", want: "ana ben cyd eve mia ned"},
	{desc: "include by option", query: "python", o: query.Options{Include: []verdict.Result{verdict.Authentic}}, want: "ana ben cyd mia ned"},
	{desc: "unsupported is never found by a skill", query: "welding include:all", want: "jon"},
	{desc: "unsupported by option", query: "welding", o: query.Options{Include: []verdict.Result{verdict.Unsupported}}, want: "jon pam"},

	{desc: "and", query: "python AND java", want: "mia ned"},
	{desc: "words beside each other", query: "python java", want: "mia ned"},
	{desc: "and across credentials", query: "python sql", want: "ben"},
	{desc: "or", query: "python OR welding", want: "ana ben jon mia ned"},
	{desc: "or of three", query: "sql OR welding OR teamwork", want: "ben hal jon sue"},
	{desc: "not", query: "python NOT java", want: "ana ben"},
	{desc: "minus", query: "python -java", want: "ana ben"},
	{desc: "not alone finds those without", query: "NOT python", want: "cyd dan eve fay gus hal ivy jon kim lea oli pam quy rex sue tom una"},
	{desc: "not of not", query: "NOT NOT python", want: "ana ben mia ned"},
	{desc: "and binds closer than or", query: "welding OR python AND java", want: "jon mia ned"},
	{desc: "parentheses", query: "(welding OR python) AND java", want: "mia ned"},
	{desc: "not binds closest", query: "NOT java AND python", want: "ana ben"},
	{desc: "not before parentheses", query: "python NOT (java OR sql)", want: "ana"},
	{desc: "and of ors", query: "(python OR welding) (java OR sql)", want: "ben mia ned"},
	{desc: "deep", query: "((python AND (java OR (sql AND NOT welding))))", want: "ben mia ned"},
	{desc: "or in lower case", query: "python or welding", want: "ana ben jon mia ned"},

	{desc: "phrase in the badge's name", query: `"in practice"`, want: "ben ned"},
	{desc: "phrase in order", query: `"practice in"`, want: ""},
	{desc: "phrase with a word between", query: `"python practice"`, want: ""},
	{desc: "phrase of one word", query: `"python"`, want: "ana ben mia ned"},
	{desc: "phrase over the end of a name", query: `"basics querying"`, want: ""},
	{desc: "a word of the badge's name", query: "responder", want: "ivy"},
	{desc: "words of the badge's name", query: "better together", want: "hal"},
	{desc: "a word of the description", query: "origami", want: "rex"},
	{desc: "phrase in the description", query: `"welcome week"`, want: "rex"},
	{desc: "a description of two", query: "zeppelin", want: "ana rex"},
	{desc: "a description does not prove what a framework knows", query: "kubernetes", want: ""},
	{desc: "skill: does not look into descriptions", query: "skill:origami", want: ""},
	{desc: "skill: does not look into names", query: "skill:responder", want: ""},
	{desc: "plural for singular", query: "latte arts", want: "kim"},

	{desc: "accents in the document", query: `"creme brulee"`, want: "kim"},
	{desc: "accents in the query", query: "crème", want: "kim"},
	{desc: "accents in both, other case", query: "CRÈME BRÛLÉE", want: "kim"},
	{desc: "decomposed accents", query: "cre\u0300me", want: "kim"},
	{desc: "accents in an issuer", query: `issuer:"universite de montreal"`, want: "ana ben mia ned"},
	{desc: "accents in a job", query: "job:cafe", want: "kim"},
	{desc: "a name with plus signs", query: "C++", want: "sue"},
	{desc: "a name with a hash", query: "C#", want: "sue"},

	{desc: "synonym", query: "teamwork", want: "hal"},
	{desc: "another synonym", query: `"team player"`, want: "hal"},
	{desc: "hierarchy", query: "communication", want: "gus"},
	{desc: "hierarchy of skills", query: `"wound care"`, want: "ivy"},
	{desc: "hierarchy includes the concept itself", query: `"wound care" include:all`, want: "ivy tom"},
	{desc: "the narrower does not find the broader", query: `"wound dressing" include:all`, want: "ivy"},
	{desc: "exact: no hierarchy", query: "communication", o: query.Options{Exact: true}, want: ""},
	{desc: "exact still finds the concept", query: `"moderate a discussion"`, o: query.Options{Exact: true}, want: "gus"},
	{desc: "language above the spoken one", query: "french", want: "lea"},

	{desc: "typing error, letters swapped", query: "pyhton", want: "ana ben mia ned"},
	{desc: "typing error, a letter too many", query: "weldding", want: "jon"},
	{desc: "typing error, a letter missing", query: "teamwrk", want: "hal"},
	{desc: "typing error in a name, letter replaced", query: "champiom", want: "kim"},
	{desc: "typing error in a name, letters swapped", query: "shipyrad", want: "jon"},
	{desc: "typing error in a name, two of them", query: "responderrs", want: "ivy"},
	{desc: "typing error in the first letter is none", query: "xhampion", want: ""},
	{desc: "short words forgive nothing", query: "lata", want: ""},
	{desc: "exact forgives nothing", query: "champiom", o: query.Options{Exact: true}, want: ""},
	{desc: "quotes forgive nothing", query: `"champiom"`, want: ""},

	{desc: "a badge by its own name", query: `badge:"in practice"`, want: "ben ned"},
	{desc: "a badge by its own name, and a skill of it", query: "sql badge:practice", want: ""},
	{desc: "a badge by words out of order", query: `badge:"practice in"`, want: ""},
	{desc: "a badge by what its skill is called", query: "badge:moderate", want: ""},
	{desc: "the beginning of a word", query: "respon*", want: "ivy"},
	{desc: "the beginning of a skill's word", query: "pyth*", want: "ana ben mia ned"},
	{desc: "a beginning that nothing has", query: "zymur*", want: ""},
	{desc: "a beginning in NOT", query: "python NOT jav*", want: "ana ben"},

	{desc: "issuer by its listed name", query: `issuer:"université de montréal"`, want: "ana ben mia ned"},
	{desc: "issuer by a word of its listed name", query: "issuer:université", want: "ana ben mia ned"},
	{desc: "issuer by its domain's name", query: "issuer:code", want: "ben ned sue"},
	{desc: "issuer by its host", query: "issuer:Code.example", want: "ben ned sue"},
	{desc: "issuer by the domain above its host", query: "issuer:montreal.example", want: "ana ben mia ned"},
	{desc: "issuer by part of a host", query: "issuer:real.example", want: ""},
	{desc: "issuer by what it calls itself alone", query: `issuer:"code academy"`, want: ""},
	{desc: "issuer by a word of what it calls itself alone", query: "issuer:academy", want: ""},
	{desc: "claimed issuer by name", query: `issuer~"code academy"`, want: "ben ned sue"},
	{desc: "claimed issuer by a word", query: "issuer~academy", want: "ben ned sue"},
	{desc: "claimed issuer by words out of order", query: `issuer~"academy code"`, want: ""},
	{desc: "issuer by id", query: "issuer:https://code.example/issuer", want: "ben ned sue"},
	{desc: "issuer by words out of order", query: `issuer:"montréal université"`, want: ""},
	{desc: "issuer of a badge without skills", query: "issuer:redaid", want: "ivy quy"},
	{desc: "issuer nobody has", query: "issuer:nobody", want: ""},
	{desc: "issuer and skill in one credential", query: `python issuer:montreal`, want: "ana mia"},
	{desc: "issuer and another skill's issuer", query: `java issuer~"code academy"`, want: ""},
	{desc: "skill, issuer and date in one credential", query: "python issuer:montreal earned>2024", want: "mia"},
	{desc: "two skills by one issuer", query: "python java issuer:montreal", want: "mia"},
	{desc: "framework", query: "framework:ESCO", want: "ana ben gus hal ivy jon lea mia ned sue"},
	{desc: "framework in another case", query: "framework:esco python", want: "ana ben mia ned"},
	{desc: "framework that nobody has", query: "framework:casinoskills", want: ""},

	{desc: "level at least", query: "python level>=advanced", want: "ben"},
	{desc: "level above", query: "python level>beginner", want: "ben"},
	{desc: "level exactly", query: "python level:beginner", want: "ana"},
	{desc: "level below", query: "python level<advanced", want: "ana"},
	{desc: "level of another scale is not compared", query: "welding level>=B1", want: ""},
	{desc: "CEFR", query: "french level>=B1", want: "lea"},
	{desc: "CEFR above", query: "french level>B2", want: ""},
	{desc: "percent", query: "level>=70%", want: "sue"},
	{desc: "medal", query: "level:gold", want: "sue"},

	{desc: "earned after a year", query: "python earned>2024", want: "ben mia"},
	{desc: "earned from a year", query: "python earned>=2023", want: "ana ben mia"},
	{desc: "earned before a year", query: "python earned<2023", want: "ned"},
	{desc: "earned up to a year", query: "python earned<=2023", want: "ana ned"},
	{desc: "earned in a year", query: "python earned:2023", want: "ana"},
	{desc: "earned in a month", query: "earned:2024-06", want: "gus"},
	{desc: "earned on a day", query: "earned:2025-03-01", want: "ben"},
	{desc: "earned on the last day of a year", query: "earned:2024-12-31", want: "kim"},
	{desc: "earned after the last day of a year", query: "latte earned>2024-12-31", want: ""},
	{desc: "earned within bounds", query: "earned>=2021 earned<=2022", want: "hal jon mia ned"},
	{desc: "earned bounds hold for one credential", query: "earned>2024 earned<2023", want: ""},
	{desc: "earned and not", query: "python NOT earned>2024", want: "ana ned"},

	{desc: "expires after a year, or never", query: "python expires>2026", want: "ana ben mia ned"},
	{desc: "expires before a day", query: "expires<2027-06-01", want: "ivy"},
	{desc: "expires in a year", query: "expires:2027", want: "ivy"},
	{desc: "expired by name", query: "status:expired", want: "fay tom"},
	{desc: "expired skill", query: "python status:expired", want: "fay"},

	{desc: "status verified", query: "python status:verified", want: "ana ben mia ned"},
	{desc: "status rejected", query: "python status:rejected", want: "dan"},
	{desc: "status authentic", query: "python status:authentic", want: "cyd"},
	{desc: "status pending", query: "python status:pending", want: "eve"},
	{desc: "status of two", query: "python status:pending,authentic", want: "cyd eve"},
	{desc: "status alone", query: "status:rejected", want: "dan"},
	{desc: "status unvouched", query: "python status:unvouched", want: "una"},
	{desc: "unvouched ones are not found unasked", query: `"card tricks"`, want: ""},
	{desc: "unvouched ones included", query: `"card tricks" include:unvouched`, want: "una"},
	{desc: "what is included stands behind what is proven", query: "python include:all", want: "ana ben cyd dan eve fay mia ned una"},
	{desc: "an unvouched issuer is not found by the name of another", query: `issuer:"université de montréal" include:unvouched`, want: "ana ben mia ned"},
	{desc: "but by the name that it claims", query: `issuer~"université de montréal" include:unvouched NOT job:developer`, want: "una"},

	{desc: "standing listed", query: "python standing:listed", want: "ana mia"},
	{desc: "standing domain", query: "python standing:domain", want: "ben ned"},
	{desc: "standing key", query: "standing:key include:unvouched", want: "una"},
	{desc: "standing unasked", query: "standing:unasked", want: "gus hal rex"},
	{desc: "trust listed", query: "python trust:listed", want: "ana mia"},
	{desc: "trust unlisted", query: "python trust:unlisted", want: "ben ned"},
	{desc: "trust and date in one credential", query: "trust:listed earned>=2026", want: "quy"},
	{desc: "trust of the rejected", query: "trust:blocked include:rejected", want: "dan"},

	{desc: "job", query: "job:welder", want: "jon oli pam"},
	{desc: "job of two words", query: `job:"backend developer" python`, want: "ana ben mia ned"},
	{desc: "job by its second word", query: "job:shift", want: "ivy"},
	{desc: "job and not", query: "job:nurse NOT issuer:redaid", want: "tom"},
	{desc: "job of nobody", query: "job:astronaut", want: ""},

	{desc: "choice of an issuer, of any credential", query: "python", o: choose(query.FacetIssuer, uni.id), want: "ana ben mia ned"},
	{desc: "choice of another issuer", query: "python", o: choose(query.FacetIssuer, code.id), want: "ben ned"},
	{desc: "choice of two issuers", query: "python", o: choose(query.FacetIssuer, uni.id, code.id), want: "ana ben mia ned"},
	{desc: "choice of a skill", query: "", o: choose(query.FacetSkill, esco+sql), want: "ben sue"},
	{desc: "choice of a certificate, by its own name", query: "", o: choose(query.FacetCertificate, "Python in Practice"), want: "ben ned"},
	{desc: "choice of a certificate, by words of it", query: "", o: choose(query.FacetCertificate, "in practice"), want: ""},
	{desc: "choice of a soft skill", query: "", o: choose(query.FacetSoft, "teamwork"), want: "hal"},
	{desc: "choice of a framework", query: "", o: choose(query.FacetFramework, "ESCO"), want: "ana ben gus hal ivy jon lea mia ned sue"},
	{desc: "choice of standing", query: "python", o: choose(query.FacetStanding, string(verdict.LevelListed)), want: "ana ben mia ned"},
	{desc: "choice of a year", query: "", o: choose(query.FacetYear, "2021"), want: "jon"},
	{desc: "choice of a year that is none", query: "", o: choose(query.FacetYear, "021"), want: ""},
	{desc: "choice of a status", query: "python", o: choose(query.FacetStatus, "rejected"), want: "dan"},
	{desc: "choice of a value that is not there", query: "", o: choose(query.FacetSkill, esco+"nothing"), want: ""},

	{desc: "expiry: the day before", query: "python", o: at("2026-02-28"), want: "ana ben fay mia ned"},
	{desc: "expiry: the very second", query: "python", o: at("2026-03-01"), want: "ana ben mia ned"},
	{desc: "expiry: a second before", query: "python", o: query.Options{Now: day("2026-03-01").Add(-time.Second)}, want: "ana ben fay mia ned"},
	{desc: "expiry of an authentic one", query: `"wound clinic" include:authentic`, o: at("2026-02-01"), want: "tom"},
	{desc: "expiry of an authentic one, after", query: `"wound clinic" include:authentic`, want: ""},
	{desc: "expiry does not matter to status:expired before", query: "status:expired", o: at("2026-01-01"), want: ""},
	{desc: "everything has run out one day", query: "expires>2000 first aid", o: at("2030-01-01"), want: ""},
	{desc: "a word that runs out today", query: "teamwork", o: at("2026-05-31"), want: "hal tom"},
}

func choose(f query.Facet, values ...string) query.Options {
	return query.Options{Choices: []query.Choice{{Facet: f, Values: values}}}
}

func at(d string) query.Options { return query.Options{Now: day(d)} }

func (s *suite) search(t *testing.T) {
	e := s.open(t)
	docs := documents("acme")
	put(t, e, docs...)
	put(t, e, documents("other")...)
	for _, c := range searches {
		s.run(t, c.desc, func(t *testing.T) {
			c.o.Size = query.MaxSize
			c.o.Facets = query.AllFacets()
			q := ask(t, c.query, c.o)
			r, err := e.Search(t.Context(), "acme", q)
			if err != nil {
				t.Fatal(err)
			}
			got := names(r)
			slices.Sort(got)
			if d := cmp.Diff(strings.Fields(c.want), got, equateEmpty); d != "" {
				t.Errorf("%s finds (-want +got):\n%s", c.query, d)
			}
			if d := oracle(docs, "acme", &q).differs(&q, r); d != "" {
				t.Errorf("%s: %s", c.query, d)
			}
		})
	}
}
