package main

// formMutants are the checks of forms that are named, of seals, and of the DID
// methods that are read from a log or a register.
var formMutants = []mutant{
	// Forms that are named.
	{"a badge that names no way of verifying it is another form", "verify/ob2/chain.go", `if t != "Extension" && t != "VerificationObject" {`, `if t != "VerificationObject" {`, top, "^TestOwnVectors$"},
	{"a signed badge without its signature is another form", "verify/ob2/chain.go", "if verificationKind(o) != \"\" {\n\t\treturn \"\"\n\t}\n", "", top, "^TestAttack333"},
	{"whatever names a form is one", "verify/verify.go", "\tobj, token := in.Object, in.Token\n", "\tobj, token := in.Object, in.Token\n\tif out, ok := namedForm(obj); ok {\n\t\treturn out\n\t}\n", top, "^TestAttack333"},
	{"extract: CBOR is as deep as it likes", "extract/forms.go", "if !ok || depth > maxCBORDepth {", "if !ok {", extract, "^TestAttack334"},
	{"extract: a list of CBOR claims what it likes", "extract/forms.go", "if n > uint64(len(b)-at) {\n\t\t\treturn 0, false // each", "if false {\n\t\t\treturn 0, false // each", extract, "^TestAttack334"},
	{"extract: any element is a Europass credential", "extract/forms.go", `strings.TrimRight(a.Value, "/#") == europassSpace`, "true", extract, "^TestForms$"},
	{"extract: any JWS in JSON is sealed", "extract/forms.go", "return payload && sealed", "return sealed && (payload || !payload)", extract, "^TestForms$"},

	// Seals.
	{"seal: whoever names himself is vouched for", "verify/vc/seal.go", "if root := chained(s, env); root != nil && organisation(leaf) {", "if root := s.Certificates[len(s.Certificates)-1]; organisation(leaf) {", top, "^TestAttack320"},
	{"seal: a person speaks for the organisation", "verify/vc/seal.go", "if root := chained(s, env); root != nil && organisation(leaf) {", "if root := chained(s, env); root != nil {", top, "^TestAttack325"},
	{"seal: a given name is an organisation's", "verify/vc/seal.go", "if len(attribute(c, oidSurname))+len(attribute(c, oidGivenName))+len(attribute(c, oidPseudonym)) > 0 {", "if len(attribute(c, oidSurname)) > 0 {", top, "^TestAttack325"},
	{"seal: any common name goes with an organisation", "verify/vc/seal.go", `cn == "" || cn == o[0]`, `cn == "" || cn != ""`, top, "^TestAttack325"},
	{"seal: the first of two organisations is it", "verify/vc/seal.go", "if len(o) != 1 || ", "if len(o) == 0 || ", top, "^TestAttack325"},
	{"seal: letters that are not seen make a name", "verify/vc/seal.go", ` || o[0] != read.Printable(o[0])`, "", top, "^TestAttack325"},
	{"seal: a server's certificate is an organisation's", "verify/vc/seal.go", "if !forDocuments(c) {", "if false {", top, "^TestAttack324"},
	{"seal: a certificate for encryption seals", "verify/vc/seal.go", "case leaf.KeyUsage != 0 && leaf", "case false && leaf", top, "^TestAttack324"},
	{"seal: a certificate for timestamps seals", "verify/vc/seal.go", "case otherPurpose(leaf):", "case false:", top, "^TestAttack324"},
	{"seal: the time of a certificate is not asked", "verify/vc/seal.go", "case !s.Signed.IsZero() && s.Signed.After(leaf.NotAfter):", "case false:", top, "^TestAttack323"},
	{"seal: a seal can be dated back", "verify/vc/seal.go", "case now.After(leaf.NotAfter):", "case false:", top, "^TestAttack323"},
	{"seal: a seal is older than its certificate", "verify/vc/seal.go", "case at.Before(leaf.NotBefore):", "case false:", top, "^TestAttack323"},
	{"seal: a seal from the future is good", "verify/vc/seal.go", "case at.After(env.Now.Add(Skew)):", "case false:", top, "^TestAttack323"},
	{"seal: an authority that has run out vouches", "verify/vc/seal.go", "range []time.Time{s.Signed, env.Now}", "range []time.Time{s.Signed}", top, "^TestAttack323"},
	{"seal: of two times the earlier counts", "verify/proof/seal.go", "t.After(x.Signed)", "x.Signed.IsZero()", top, "^TestAttack323"},
	{"seal: the thumbprint is not compared", "verify/proof/seal.go", "if v != any(base64", "if v == nil && v != any(base64", top, "^TestAttack321"},
	{"seal: another thumbprint is not compared", "verify/proof/seal.go", `if sum != nil && o.Str("digVal")`, `if sum == nil && o.Str("digVal")`, top, "^TestAttack321"},
	{"seal: what no signature covers counts beside it", "verify/proof/seal.go", "if _, twice := head[name]; twice {", "if _, twice := head[name]; twice && false {", top, "^TestAttack321"},
	{"seal: two forms at once", "verify/proof/seal.go", "if twofold {", "if twofold && false {", top, "^TestAttack321"},
	{"seal: the arithmetic is not asked", "verify/proof/seal.go", "if !good {", "if !good && pub == nil {", top, "^TestSeal$"},
	{"seal: a payload is read in two ways", "verify/proof/seal.go", "func(y *Seal) bool { return y.plain != x.plain }", "func(y *Seal) bool { return y == nil }", top, "^TestAttack322"},
	{"seal: b64 needs no crit", "verify/proof/seal.go", `if !isBool || !read.Has(head["crit"], "b64") {`, "if !isBool {", top, "^TestAttack322"},
	{"seal: crit is not obeyed", "verify/proof/seal.go", `if !slices.Contains(understood, name) && name != "sigD" {`, "if false {", top, "^TestAttack327"},
	{"seal: what lies elsewhere is sealed", "verify/proof/seal.go", `if head.Has("sigD") {`, "if false {", top, "^TestAttack327"},
	{"seal: a weak key seals", "verify/proof/seal.go", "if err := CheckKey(pub); err != nil {", "if pub == nil {\n\t\tvar err error", top, "^TestAttack327"},
	{"seal: any curve fits", "verify/proof/seal.go", `if x.Alg[:2] != "ES" || map`, `if x.Alg[:2] != "ES" && map`, top, "^TestAttack327"},
	{"seal: as many certificates as one likes", "verify/proof/seal.go", "if len(list) > MaxCertificates {", "if len(list) > 99 {", top, "^TestAttack326"},
	{"seal: a key that its holder must have is not asked for", "verify/vc/seal.go", "c.boundToHolder()", "false", top, "^TestSeal$"},
	{"an unsealed credential is good", "verify/vc/vc.go", "if c.v.Format == verdict.EDC && a.Integrity.Reason == verdict.Unsigned {", "if false {", top, "^TestSeal$"},
	{"a right that has run out is good", "verify/vc/registered.go", "range edcRights(c.tree) {", "range edcRights(nil) {", top, "^TestSeal$"},
	{"roots of seals: a file may hold anything", "verify/seals.go", `if block.Type != "CERTIFICATE" {`, "if false {", top, "^TestLoadSealRoots$"},
}
