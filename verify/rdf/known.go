package rdf

// A review is what is known of an extension context that circulates: the texts
// of it that were read through, by SHA-256. What such a text does that another
// extension may not (a term of its own scope that has a specification's name, a
// property that goes backwards) was seen; the terms that would hide something
// are refused where a document uses them.
type review struct {
	what string
	sums []string
}

// reviewed are extension contexts that issuers' software names, by address. Their
// texts are not in the bundle: they are fetched, compared and kept, or taken
// from a folder. NOTICE has none of them.
var reviewed = map[string]review{
	"https://ctx.learncard.com/boosts/1.0.0.json": {"LearnCard boosts 1.0.0", []string{
		"6f8e96263e9cf535ac975daea5920bc3333db39940267003d157689220379379",
		"e002a232b48b5ffd5f361e6eb3df3d919a937cf2e634b5d0e1733a656b554ce4", // before the term network
		"a273854149f05e7a131bd81a5501c8f0831abf4623434461a1b48e692bbce4a4",
	}},
	"https://ctx.learncard.com/boosts/1.0.1.json": {"LearnCard boosts 1.0.1", []string{"6200ca4131ecfc2f551e59da8d1166ed903b56eb5e3de1cb2ea4c8398c0879ee"}},
	"https://ctx.learncard.com/boosts/1.0.2.json": {"LearnCard boosts 1.0.2", []string{"6f5a115f036cace53844876c0c8611d06058a68fa55cb812517c44d8193e1883"}},
	"https://ctx.learncard.com/boosts/1.0.3.json": {"LearnCard boosts 1.0.3", []string{"66965be33f3a0bb5d781bb180bd0287ef9cc3016b13356c20fa092e9c81b691a"}},
	"https://w3id.org/dcc/v1":                     {"Digital Credentials Consortium, v1", []string{"1543695325471b0d23e839a28166ba4ea445cca294ac46fe034ca584cbfc6077"}},
	"https://raw.githubusercontent.com/educredentials/obv3-examples/refs/heads/main/contexts/educredential.json": {"SURF educredential",
		[]string{"c56c11e50a8222d9a3420779b44c5959d0b88feabe10e8757e422efba11ad129"}},
}

// Reviewed reports whether an extension context of that address is known by its
// text.
func Reviewed(url string) bool { return len(reviewed[url].sums) > 0 }
