package main

// questionMutants are the rules that a question is read by: each kept away from what only
// looks like what it is about.
var questionMutants = []mutant{
	// What says that everybody is meant.
	{"questions: languages in brackets are genders", "index/query/gender.go", "if m[2] >= 0 && !genders(text[m[2]:m[3]]) {", "if m[2] >= len(text) {", meaning, "^TestEverybodyIsMeant$"},
	{"questions: H/W is a gender", "index/query/gender.go", `of['h'-'a'] && of['f'-'a'] && !is("mwvk")`, `of['h'-'a']`, meaning, "^TestEverybodyIsMeant$"},
	{"questions: what is quoted loses its ending", "index/query/gender.go", "if !quoted {", "if true {", meaning, "^TestEverybodyIsMeant$"},
	{"questions: a field's value is an ending", "index/query/gender.go", "fields[strings.ToLower(name)] != \"\" {", "name == \"\" {", meaning, "^TestEverybodyIsMeant$"},
	{"questions: plug/in is a plug of either gender", "index/query/gender.go", "utf8.RuneCountInString(core[:m[2]]) <= shortStem", "utf8.RuneCountInString(core[:m[2]]) < 0", meaning, "^TestEverybodyIsMeant$"},
	{"questions: an operator may lose what it stands before", "index/query/parse.go", "if err != nil && spoken != text {", "if false {", meaning, "^TestEverybodyIsMeant$"},

	// Signs of a text.
	{"questions: the colon of a text is a field's", "index/query/parse.go", "!isURL && !p.announces(i, j)", "!isURL", meaning, "^TestTextsSigns$"},
	{"questions: a field with a blank behind its colon is a text", "index/query/parse.go", "return !known && p.src[j] == ':'", "return (known || !known) && p.src[j] == ':'", meaning, "^TestTextsSigns$"},
	{"questions: an and within a name parts it", "index/query/plan.go", "case i > 0 && k.and:", "case i < 0 && k.and:", meaning, "^TestAndWithinNames$"},

	// Numbers.
	{"questions: a number within a certificate's name is a condition", "index/query/numbers.go", "if l := b.certified(kids[i:]); l > 0 {", "if l := b.certified(kids[i:]); l > maxCertified {", meaning, "^TestNumbersWithinNames$"},
	{"questions: a level that its name's row does not tell is not asked for", "index/query/numbers.go", "len(rest) < n && ok && same.ID == c.ID", "len(rest) > n && ok && same.ID == c.ID", meaning, "^TestNumbersWithinNames$"},
	{"questions: a level's word belongs to the number before it", "index/query/numbers.go", " && !isCount.MatchString(word(i+2))", "", meaning, "^TestLevelOfTwo$"},
	{"questions: an edition stands behind others", "index/query/spoken.go", "Weight: weightEdition,", "Weight: 0 * weightEdition,", meaning, "^TestCertificateEditions$"},
	{"certificates: a code without its hyphen is unknown", "index/skills/certificates.go", "code != nil {", "code != nil && len(code) > 3 {", skills, "^TestCertificatesAsTyped$"},

	// Typing errors, plurals and neighbours.
	{"questions: a word that is right is another one misspelt", "index/skills/search.go", "fuzzy = fuzzy && !IsRight(term)", `fuzzy = fuzzy && term != ""`, skills, "^TestRightWords$"},
	{"questions: a title with another end is one misspelt", "index/skills/search.go", "if !sameEnd(title, folded) {", "if title == \"\" {", skills, "^TestNearestTitle$"},
	{"questions: a short word is a title misspelt", "index/skills/search.go", "utf8.RuneCountInString(folded) < leastTitle {", "folded == \"\" {", skills, "^TestNearestTitle$"},
	{"questions: a misspelt title of two words is two words", "index/query/plan.go", "(all.Known() || all.Corrected && all.Occupation != nil)", "all.Known()", meaning, "^TestMisspeltTitles$"},
	{"questions: any language's ending makes a plural", "index/skills/plurals.go", "carried().spoken[one]&(1<<language) != 0", "carried().spoken[one] != 0", skills, "^TestPluralTitles$"},
	{"questions: the plural of a title is no name", "index/skills/search.go", "return ok && t.isNamed(one)", `return ok && one == ""`, skills, "^TestPluralTitles$"},
	{"questions: words of no skill have no neighbours", "index/skills/search.go", "len(list) > 0 && (!s.Known() || s.Corrected) {", "len(list) > 0 && s.Known() && !s.Corrected {", meaning, "^TestWordsOfNoSkill$"},
	{"questions: neighbours of what somebody has are needed", "index/query/relax.go", " && !(r.Way == WayRelated && q.items[t.at].typo && met[i] > 0)", "", meaning, "^TestMisspeltAndFound$"},
}
