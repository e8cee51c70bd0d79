package main

var (
	top    = []string{"./verify"}
	ob2    = []string{"./verify/ob2"}
	fetch  = []string{"./verify/fetch"}
	did    = []string{"./verify/did"}
	status = []string{"./verify/status"}
	proof  = []string{"./verify/proof"}
	read   = []string{"./verify/read"}
	rdf    = []string{"./verify/rdf", "./verify/proof"}
	skills = []string{"./index/skills"}
)

// notSlow are the tests of package verify but the random ones and the vectors.
const notSlow = "Attack|Sound|CLR|Recipient|Trust|Refresh|Schema|Pending|Never|Unreadable"

// mutants are the checks that are taken out.
var mutants = []mutant{
	// Key and issuer.
	{"a key that is not the issuer's counts as his", "verify/vc/keys.go", "b := &binding{err: err, issuer: IssuerAspect(err)}", "b := &binding{err: err, issuer: verdict.Aspect{State: verdict.Pass}}", top, notSlow},
	{"the key in a token's header counts as the issuer's", "verify/vc/keys.go", "b := &binding{key: forArithmetic(c.in.Token.JWK), issuer: IssuerAspect(err)}", "b := &binding{key: forArithmetic(c.in.Token.JWK), issuer: verdict.Aspect{State: verdict.Pass}}", top, notSlow},
	{"a neighbour on the issuer's host publishes a key for him", "verify/did/did.go", "return nil, ErrUnreferred", "doc, err := l.read(ctx, own)\n\t\tif err != nil {\n\t\t\treturn nil, err\n\t\t}\n\t\treturn l.pick(doc)", top, "Attack75"},
	{"did: a link to another key than the proof's is followed", "verify/did/did.go", `if e.ref == "" || l.method != "" && e.ref != l.method {`, `if e.ref == "" {`, did, ""},
	{"did: the controller of a key is not compared", "verify/did/did.go", `if c := e.controller(); c != "" && c != l.issuer {`, `if c := e.controller(); c != "" && c != l.issuer && false {`, did, ""},
	{"did: a key for another purpose is taken", "verify/did/did.go", "if !e.assertion {", "if !e.assertion && false {", did, ""},
	{"did: a revoked key is taken", "verify/did/did.go", "if !k.Revoked.IsZero() && !now.Before(k.Revoked) {", "if false {", did, ""},
	{"did: an expired key is taken", "verify/did/did.go", "if !k.Expires.IsZero() && !now.Before(k.Expires) {", "if false {", did, ""},
	{"did: a document of another DID is taken", "verify/did/method.go", `if d.m["id"] != any(did) {`, "if false {", did, ""},
	{"did: a method of another DID is looked up", "verify/did/did.go", "if base != l.issuer {", "if base == \"\" {", did, ""},
	{"did: redirects to other hosts are followed", "verify/did/did.go", "MaxBytes: maxDocument, SameHost: true}", "MaxBytes: maxDocument}", did, ""},

	// Signatures.
	{"jose: any header is taken", "verify/proof/jose.go", `return nil, verdict.Because(ErrHeader, "%q", name)`, "continue", proof, ""},
	{"jose: the algorithm need not fit the key", "verify/proof/jose.go", "if key == nil || !a.fits(key.Public) {", "if key == nil {", proof, ""},
	{"jose: a key's own algorithm is not compared", "verify/proof/jose.go", `if key.Alg != "" && key.Alg != t.Alg`, `if key.Alg == "x" && key.Alg != t.Alg`, proof, ""},
	{"jose: weak keys are taken", "verify/proof/key.go", "if n := k.N.BitLen(); n < MinRSABits || n > MaxRSABits {", "if n := k.N.BitLen(); n > MaxRSABits {", proof, ""},
	{"jose: keys of small order are taken", "verify/proof/key.go", "if s == low {", "if s == low && false {", proof, ""},
	{"Data Integrity: any purpose will do", "verify/proof/dataintegrity.go", `if p["proofPurpose"] != "assertionMethod" {`, "if false {", proof, ""},
	{"Data Integrity: a proof from the future is good", "verify/proof/dataintegrity.go", "else if r.Created.After(v.o.Now.Add(skew)) {", "else if false {", proof, ""},
	{"Data Integrity: an expired proof is good", "verify/proof/dataintegrity.go", "if !v.o.Now.Before(r.Expires) {", "if false {", proof, ""},
	{"Data Integrity: proofs before a proof need not hold", "verify/proof/dataintegrity.go", "if err := v.results[j].Err; err != nil {", "if err := v.results[j].Err; err != nil && false {", proof, ""},
	{"JSON-LD: an undefined type is dropped in silence", "verify/rdf/expand.go", `return b.errorf(ErrDataLoss, "type %.80q is not defined", n)`, "continue", rdf, ""},
	{"strict JSON: names may occur twice", "verify/read/parse.go", "if _, dup := m[k]; dup {", "if _, dup := m[k]; dup && false {", read, ""},

	// The credential.
	{"claims of a token are not compared with the credential", "verify/vc/jwt.go", "if bad := c.claimsOfToken(); len(bad) > 0 {", "if bad := c.claimsOfToken(); len(bad) > 99 {", top, notSlow},
	{"a token may hold two credentials", "verify/vc/vc.go", `if inner == nil || c.token.Has("credentialSubject") || c.token.Has("issuer") || c.token.Has("@context") {`, "if inner == nil {", top, notSlow},
	{"lists of one hide a member from the reader", "verify/vc/tree.go", "case 1:\n\t\t\treturn out[0], nil", "case -1:\n\t\t\treturn out[0], nil", top, notSlow},
	{"an expired credential is good", "verify/vc/vc.go", "case !to.IsZero() && !to.After(c.env.Now):", "case false:", top, notSlow},
	{"a credential from the future is good", "verify/vc/vc.go", "case from.After(c.env.Now.Add(Skew)):", "case false:", top, notSlow},
	{"exp of a token is not asked", "verify/vc/vc.go", `if t, ok := numericDate(c.token, "exp"); ok && (to.IsZero() || t.Before(to)) {`, `if t, ok := numericDate(c.token, "exp"); ok && false {`, top, notSlow},
	{"our own schema check is left out", "verify/vc/vc.go", "case len(problems) > 0:", "case len(problems) > 999:", top, "Schema|Attack41|CLR"},
	{"a closed class takes any member", "verify/vc/conform.go", "if c.closed {", "if false {", []string{"./verify/vc"}, "Conform"},
	{"digests of contexts are not compared", "verify/vc/proofs.go", "if !ok {\n\t\t\t*a =", "if false {\n\t\t\t*a =", top, notSlow},
	{"digests of schemas are not compared", "verify/vc/schema.go", "return nil, ev, err\n\t}\n\tg.parsed", "_ = err\n\t}\n\tg.parsed", top, "Attack40|Schema"},
	{"a refreshed copy may be of another issuer", "verify/vc/nested.go", "now.Issuer.ID != old.Issuer.ID, ", "", top, "Refresh"},
	{"a refreshed copy may be about another subject", "verify/vc/nested.go", "now.SubjectID != old.SubjectID,", "false,", top, "Refresh"},
	{"a refreshed copy need not be signed", "verify/vc/nested.go", "n.v.Aspects.Integrity.State != verdict.Pass, ", "", top, "Refresh"},
	{"an endorsement of another subject counts", "verify/vc/nested.go", `case about == "" || s.v.Credential.SubjectID != about:`, "case false:", top, "Attack65"},
	{"an endorsement by the issuer itself counts", "verify/vc/nested.go", "case s.v.Credential.Issuer.ID == issuer:", "case false:", top, "Attack65"},
	{"what a holder may have hidden counts as absent", "verify/vc/status.go", "if c.selective != nil && a.State != verdict.Fail && !c.selective.Fixed", "if c.selective != nil && a.State == verdict.None && !c.selective.Fixed", top, "Attack94"},
	{"a link that a holder may leave out is all there is", "verify/proof/sd.go", "if !l.mandatory {\n\t\t\treturn false\n\t\t}", "", top, "Attack94"},
	{"part of a status may be left out", "verify/proof/sd.go", "return found && !slices.ContainsFunc(s.links, func(l link) bool { return about[l.subject] && !l.mandatory })", "return found", top, "Attack94"},
	{"a holder may leave out the beginning", "verify/vc/status.go", `return !s.Fixed(credentialTerms+"validFrom") &&`, "return false && ", top, "Attack94"},
	{"a holder may choose the end", "verify/vc/status.go", `!s.Fixed(credentialTerms+"validUntil") && !s.Fixed(credentialTerms+"expirationDate")`, `!c.tree.Has("validUntil") && !c.tree.Has("expirationDate")`, top, "Attack94"},
	{"a status list may be disclosed in part", "verify/vc/status.go", "if l.selective != nil {", "if false {", top, "Attack94"},

	// Status.
	{"status: a list of another issuer counts", "verify/status/status.go", "if l.issuer != q.Issuer {", "if false {", status, ""},
	{"status: a list for another purpose counts", "verify/status/status.go", "if !slices.Contains(l.purposes, purpose) {", "if false {", status, ""},
	{"status: a short list counts", "verify/status/status.go", "if bits/size < MinListEntries {", "if false {", status, ""},
	{"status: an expired list counts", "verify/status/status.go", "if !l.from.IsZero() && q.Now.Before(l.from) || !l.until.IsZero() && !q.Now.Before(l.until) {", "if false {", status, ""},
	{"status: a list of any type counts", "verify/status/list.go", `if s == nil || !read.Has(s["type"], f.subject) {`, "if s == nil {", status, ""},
	{"status: bombs are unpacked", "verify/status/list.go", "case n > MaxInflated:", "case n > 1<<40:", status, ""},
	{"status: only the best entry counts", "verify/status/status.go", "case rank(a) > rank(worst):", "case rank(a) > rank(worst) && false:", status, ""},
	{"status: a revocation list of another issuer counts", "verify/status/status.go", "return bad(verdict.StatusForeign, \"the revocation list is another issuer's\")", "", status, ""},
	{"a status list need not be signed by its issuer", "verify/vc/status.go", "for _, x := range []verdict.Aspect{a.Integrity, a.Issuer} {", "for _, x := range []verdict.Aspect{a.Integrity} {", top, "Attack50|Aspects"},

	// Open Badges 1 and 2.
	{"ob2: the copy at hand is judged in place of the host's", "verify/ob2/chain.go", "j.assertion = p\n", "j.assertion = p\n\tj.assertion.obj = j.in.Object\n", ob2, ""},
	{"ob2: an assertion may lie on any host", "verify/ob2/scope.go", "if !restricted && !read.SameOrigin(assertion, s.Profile) {", "if false {", ob2, ""},
	{"ob2: a class may lie on any host", "verify/ob2/scope.go", "if !read.SameOrigin(class, s.Profile) {", "if false {", ob2, ""},
	{"ob2: startsWith matches within a name", "verify/ob2/scope.go", `return base == "" || strings.HasSuffix(base, "/") || len(have) == len(base) || have[len(base)] == '/'`, "return true", ob2, ""},
	{"ob2: startsWith is climbed out of by dots", "verify/ob2/scope.go", "if odd(p) || odd(u) {", "if false {", ob2, ""},
	{"ob2: a way up with a parameter is none", "verify/ob2/scope.go", `name, _, _ := strings.Cut(s, ";")`, "name := s", top, "Attack76"},
	{"ob2: a path is unescaped once", "verify/ob2/scope.go", "if i == 8 {", "if i == 1 {\n\t\t\treturn false\n\t\t}\n\t\tif i == 8 {", top, "Attack76"},
	{"ob2: where a host leads to need not be in scope", "verify/ob2/scope.go", "[]*url.URL{assertion, j.assertion.owner}", "[]*url.URL{assertion}", top, "Attack76"},
	{"ob2: a policy lets in a host that does not name the issuer", "verify/ob2/scope.go", "if !read.SameOrigin(assertion, s.Profile) && !s.Named {", "if false {", top, "Attack73"},
	{"ob2: a policy that cannot be read is none", "verify/ob2/scope.go", "if s, ok := e.(string); ok && in(s, u) {", "if s, ok := e.(string); !ok || in(s, u) {", top, "Attack73"},
	{"ob2: what came embedded has authority", "verify/ob2/authority.go", "if !ok || p.owner == nil {", "if !ok {", top, "Attack74"},
	{"ob2: an assertion of 0.5 may name any host as its issuer", "verify/ob2/scope.go", "case !read.SameOrigin(origin, by.at):", "case origin == by.at:", top, "Attack70"},
	{"ob2: the path of an origin of 0.5 counts", "verify/ob2/authority.go", "at := &url.URL{Scheme: j.assertion.owner.Scheme, Host: j.assertion.owner.Host}", `at, _ := read.HTTPURL(j.issuer.obj.Str("origin"))`, top, "Attack70"},
	{"ob2: a host's copy lowers the generation", "verify/ob2/chain.go", "j.v.Format = later(j.v.Format, f)", "j.v.Format = f", top, "Attack71"},
	{"ob2: a key of an old badge need not be referred to", "verify/ob2/signed.go", "return nil, j.unreferred(by)", "listed = []any{j.keyURL()}", top, "Attack72"},
	{"a page that quotes a key is a key", "verify/proof/key.go", "case !bytes.HasPrefix(data, []byte(begin)), len(bytes.TrimSpace(rest)) > 0:", "case len(rest) < 0:", top, "Attack72"},
	{"ob2: a key document may hold two keys", "verify/ob2/signed.go", "if len(found) != 1 {", "if len(found) == 0 {", ob2, ""},
	{"ob2: anything at the issuer's id is a profile", "verify/ob2/chain.go", "case r.State == verdict.Pass && (isProfile(p.obj) || p.embedded):", "case r.State == verdict.Pass:", top, "Attack74"},
	{"ob2: an issuer without a profile is proven", "verify/ob2/scope.go", "a.Issuer.State, a.Issuer.Reason, a.Issuer.Detail = verdict.Unknown, verdict.IssuerUnprovable, ", "a.Issuer.Detail = ", top, "Attack74"},
	{"ob2: a class of another host is read from within the badge", "verify/ob2/chain.go", `return ok && obj.Has("name") && j.assertion.owner != nil && read.SameOrigin(u, j.assertion.owner)`, `return ok && obj.Has("name") && j.assertion.owner != nil && u != nil`, ob2, ""},
	{"ob2: a host of many is not told", "verify/ob2/authority.go", "if p.plain {", "if p.plain && false {", top, "SharedHost"},
	{"vc: a host of many is not told", "verify/vc/keys.go", "if shared {", "if false {", top, "SharedHost"},
	{"a blocked issuer without a profile is listed by its host", "verify/trust.go", "return !t.blocks(id) && len(t.listings(id)) > 0", "return len(t.listings(id)) > 0", top, "Trust"},
	{"ob2: an open redirect speaks for its host", "verify/ob2/chain.go", "case sameID(id, d.URL), sameID(id, want) && read.SameOrigin(asked, final):", "case sameID(id, d.URL), sameID(id, want):", ob2, ""},
	{"ob2: a key need not be listed by the issuer", "verify/ob2/signed.go", "case !found:", "case !found && creator == \"x\":", ob2, ""},
	{"ob2: a key may have another owner", "verify/ob2/signed.go", "case !sameID(owner, by.id):", "case false:", ob2, ""},
	{"ob2: the key of an old badge may lie anywhere", "verify/ob2/signed.go", `case owner == "" && bare && p.owner != nil && read.SameOrigin(p.owner, by.at):`, `case owner == "" && bare && p.owner != nil:`, ob2, ""},
	{"ob2: revocation by uid is missed", "verify/ob2/status.go", `o.Text("@id"), o.Text("uid"),`, `o.Text("@id"),`, ob2, ""},
	{"ob2: a revocation list of another counts", "verify/ob2/status.go", "case !sameID(issuer, by.id):", "case false:", ob2, ""},
	{"ob2: revoked in the assertion is missed", "verify/ob2/status.go", "a.Status = takenBack(j.assertion, j.env.Now); a.Status.State != verdict.None {", "a.Status = takenBack(j.assertion, j.env.Now); false {", ob2, ""},
	{"ob2: an expired badge is good", "verify/ob2/status.go", "case !to.IsZero() && !to.After(j.env.Now):", "case false:", ob2, ""},
	{"ob2: the payload of a signed badge needs no signature", "verify/ob2/chain.go", "if verificationKind(j.in.Object) == signedKind {", "if false {", ob2, ""},
	{"ob2: an endorsement of another object counts", "verify/ob2/endorse.go", `about == "" || !sameID(claim, about)`, `about == "" && !sameID(claim, about)`, ob2, ""},

	// What speaks against a badge.
	{"a flag that is no boolean is no", "verify/read/denied.go", "case f >= flags:\n\t\t\treturn seconds(f), Yes\n\t\t}\n\t\treturn from, Yes", "case f >= flags:\n\t\t\treturn seconds(f), Yes\n\t\t}\n\t\treturn from, No", top, "Attack90"},
	{"a flag that cannot be read is no", "verify/read/denied.go", "return t, Yes\n\t\t}\n\t\treturn from, Unclear", "return t, Yes\n\t\t}\n\t\treturn from, No", top, "Attack90"},
	{"an object in place of a flag is no", "verify/read/denied.go", "return from, said\n\t}\n\treturn from, Unclear", "return from, said\n\t}\n\treturn from, No", top, "Attack90"},
	{"a revocation list names by id alone", "verify/read/denied.go", `[]string{"id", "@id", "uid"}`, `[]string{"id", "uid"}`, top, "Attack91"},
	{"a UUID in capitals is another", "verify/read/denied.go", "return lowerUUIDs(s)", "return s", top, "Attack91"},
	{"a revocation list is no map", "verify/read/denied.go", "if said != any(false) && unlessFalse", "if said == any(0) && unlessFalse", top, "Attack91"},
	{"an entry in a form of its own is another's", "verify/read/denied.go", "if whose == 0 && mentions(x, ids, 0) {", "if false {", top, "Attack91"},
	{"ob2: only the first revocation list is asked", "verify/ob2/status.go", "if i == maxLists {", "if i == 1 {\n\t\t\tbreak\n\t\t}\n\t\tif i == maxLists {", top, "Attack91"},
	{"ob2: a withdrawn key signs", "verify/ob2/signed.go", "case read.Yes:\n\t\treturn fail(verdict.KeyRevoked, \"\")", "case 9:\n\t\treturn fail(verdict.KeyRevoked, \"\")", top, "Attack90"},
	{"ob2: what the profile says of a key is not asked", "verify/ob2/signed.go", "switch withdrawn(j.env.Now, obj, p.obj) {", "switch withdrawn(j.env.Now, p.obj) {", top, "Attack90"},
	{"did: a key withdrawn in its JWK signs", "verify/did/document.go", "[]read.Object{e.m, jwk}", "[]read.Object{e.m, nil, jwk}[:2]", top, "Attack90"},
	{"did: a deactivated DID signs", "verify/did/did.go", `switch read.Object(d.m).Denied("deactivated", l.r.now()) {`, `switch read.Object(nil).Denied("deactivated", l.r.now()) {`, top, "Attack90"},
	{"an end or a status beside the claim vc is not asked", "verify/vc/jwt.go", "case !out.Has(name):\n\t\t\tout[name] = token[name]", "case !out.Has(name):", top, "Attack91"},
	{"a second status beside the claim vc is not asked", "verify/vc/jwt.go", "case name == \"credentialStatus\" &&", "case false &&", top, "Attack91"},
	{"dates beside the claim vc may differ", "verify/vc/proofs.go", `if c.legacy && name != "credentialStatus" && t.Has(name)`, `if false && t.Has(name)`, top, "Attack91"},
	{"a token that says revoked is good", "verify/vc/status.go", `switch max(c.token.Denied("revoked", c.env.Now), c.tree.Denied("revoked", c.env.Now)) {`, "switch read.No {", top, "Attack90"},
	{"an SD-JWT without its disclosures is a plain token", "verify/proof/sdjwt.go", "err == nil && HoldsDigests(map[string]any(m)) {", "err == nil && m == nil {", top, "Attack92"},
	{"a token that says that it is an SD-JWT is a plain one", "verify/proof/sdjwt.go", `typ == "sd-jwt" || strings.HasSuffix(typ, "+sd-jwt")`, `typ == "sd-jwt"`, top, "Attack92"},
	{"a digest in a list hides nothing", "verify/proof/sdjwt.go", `case "_sd", "_sd_alg", "...":`, `case "_sd", "_sd_alg":`, top, "Attack92"},
	{"an object with digests is read like any other", "verify/vc/vc.go", "if proof.HoldsDigests(map[string]any(c.doc)) {", "if false {", top, "Attack92"},
	{"extract: an SD-JWT loses its tilde", "extract/text.go", "if end := disclosures(s, at); isSDJWT(text + s[at:end]) {", "if end := disclosures(s, at); end < 0 {", []string{"./extract"}, "^TestSDJWT$"},
	{"what a holder may have left out is pending", "verify/verdict/reasons.go", "ImageUnsupported, NotDisclosed, IssuerUnprovable:", "ImageUnsupported, IssuerUnprovable:", top, "Aspects"},
	{"skills: any status has attained", "index/skills/attained.go", `r.Status != "" && !saysAttained(r.Status) ||`, "", skills, "Attack93"},
	{"skills: a predicted score has attained", "index/skills/attained.go", `strings.EqualFold(typ, "PredictedScore") ||`, "", skills, "Attack93"},
	{"skills: a value below the required one has attained", "index/skills/attained.go", `|| r.Short {`, "{", skills, "Attack93"},
	{"skills: a failed result silences its own alignment alone", "index/skills/resolve.go", "achieved = t.achieved(&c)", "_ = t.achieved(&c)", skills, "Attack93"},
	{"skills: attendance outweighs a failed course", "index/skills/attained.go", "case tells(r):", "default:", skills, "Attack93"},
	{"skills: the achievement makes what its result failed", "index/skills/resolve.go", "col.missed = t.missed(&c)", "_ = t.missed(&c)", skills, "Attack93"},
	{"a result of the record's subject is not heard", "verify/vc/nested.go", `"result": resultsOf(a, c.tree.Obj("credentialSubject"))`, `"result": resultsOf(a, nil)`, skills, "Attack93"},
	{"two statuses are none", "verify/vc/claims.go", `return "several: " + strings.Join(r.Strs("status"), ", ")`, `return ""`, skills, "Attack93"},
	{"an end in the year 1 is no end", "verify/read/denied.go", "return t.Add(time.Nanosecond)", "return t", top, "Attack95"},
	{"names that look like one are two", "verify/names.go", "return strings.TrimSpace(read.Printable(s))", "return strings.TrimSpace(s + read.Printable(\"\"))", top, "Attack95"},
	{"a filler makes another issuer's name", "verify/standing/resemble.go", "norm.NFKD.String(read.Printable(s))", "norm.NFKD.String(s)", top, "Attack95"},
	{"an end in another place is none", "verify/vc/vc.go", "if !end.IsZero() && (to.IsZero() || end.Before(to)) {", "if false {", top, "Attack96"},
	{"a beginning in another place is none", "verify/vc/vc.go", "if begin.After(from) {", "if false {", top, "Attack96"},
	{"an end that cannot be read is none", "verify/vc/vc.go", "case unclear:", "case unclear && false:", top, "Attack96"},
	{"the status claim of a token is not asked", "verify/vc/status.go", "if other, said := c.statusClaim(); said &&", "if other, said := c.statusClaim(); !said &&", top, "Attack96"},
	{"a token for the holder of a key is anybody's", "verify/vc/jwt.go", "if c.boundToHolder() {", "if false {", top, "Attack96"},
	{"ob2: exp of a token is not asked", "verify/ob2/status.go", "if !exp.IsZero() && (to.IsZero() || exp.Before(to)) {", "if false {", top, "Attack96"},
	{"what is said of a node elsewhere is not read", "verify/vc/tree.go", "if !signedJSON {\n\t\tvar err error", "if false {\n\t\tvar err error", top, "Attack97"},
	{"lists have the order of whoever holds the badge", "verify/vc/nodes.go", "return ordered(out)", "return out, nil", top, "Attack97"},
	{"nodes may double without end", "verify/vc/nodes.go", "if n.work++; n.work > maxNodes {", "if n.work++; n.work > maxNodes<<8 {", []string{"./verify/vc"}, "^TestMergedIsBounded$"},
	{"rdf: a property by the name of a class is let pass", "verify/rdf/expand.go", "&& active.hasTwin(k, t.iri):", "&& active == nil:", top, "Attack97"},
	{"rdf: a type by its IRI is let pass", "verify/rdf/expand.go", `strings.Contains(n, ":") && known(iri) {`, `strings.Contains(n, " ") && known(iri) {`, top, "Attack97"},
	{"rdf: an identifier by a prefix is let pass", "verify/rdf/expand.go", "if iri != n.id {", "if iri == \"\" {", top, "Attack97"},

	// Applicant and employer.
	{"an ambiguous picture is judged like any other", "verify/verify.go", `if ambiguous != "" {`, "if false {", top, notSlow},
	{"the budget of fetches is endless", "verify/verify.go", "if b.left.Add(-1) < 0 {", "if false {", top, "Attack64"},
	{"a record of any issuer says who a subject is", "verify/verify.go", "outer.Credential.Issuer.ID == inner.Credential.Issuer.ID", "true", top, "CLR"},
	{"the salt of a recipient is left out", "verify/recipient.go", "for _, k := range known {\n\t\tif subtle.ConstantTimeCompare(sum(k+id.Salt), digest) == 1 {", "for _, k := range known {\n\t\tif subtle.ConstantTimeCompare(sum(k), digest) == 1 {", top, "Recipient|Attack5"},
	{"another's address is not a mismatch", "verify/recipient.go", "case other:", "case false:", top, "Recipient|Attack57"},
	{"a name alone makes a badge the applicant's", "verify/recipient.go", "return near, []verdict.Warning{verdict.WarnNameOnly}", "return same, nil", top, "Recipient"},
	{"addresses are folded by Unicode", "verify/recipient.go", "if r >= 0x80 && norm.NFC.String(string(r))[0] < 0x80 {", "if r >= 0x80 && norm.NFC.String(string(r))[0] < 0x20 {", top, "Recipient"},
	{"a forger who names a listed issuer is trusted", "verify/standing.go", "case !proven && len(listings) > 0:", "case false:", top, "Trust"},
	{"the block list is not asked", "verify/standing.go", "if p.Trust.blocks(by.ID) {", "if false {", top, "Trust"},

	// Faults of our own.
	{"a fault in the verifier is no error", "verify/verify.go", "return verdict.NotJudged(verdict.InternalFault), err", "return verdict.NotJudged(verdict.InternalFault), nil", top, "Fault"},
	{"a fault of a fetch is a host that is down", "verify/verify.go", "if errors.Is(err, ErrFault) {", "if false {", top, "Fault"},
	{"a fault tells what it was panicked with", "verify/guard/guard.go", `Type: fmt.Sprintf("%T", r)`, "Type: fmt.Sprint(r)", []string{"./verify/guard"}, ""},
	{"fetch: a fault ends the process", "verify/fetch/client.go", "err := guard.Try(\"fetching\", func() (err error) {", "err := func(_ string, f func() error) error { return f() }(\"\", func() (err error) {", fetch, "Fault"},
	{"status: a fault is remembered as an answer", "verify/status/list.go", "for _, f := range guard.Faults(err) {", "for _, f := range guard.Faults(nil) {", status, "Fault"},
	{"a fault is not passed up", "ingest/examine/examine.go", "return reports, errors.Join(x.faults...)", "return reports, errors.Join()", []string{"./ingest/examine"}, "Fault"},

	// What is shown.
	{"zero width and tags are shown", "verify/read/shown.go", "return unicode.IsGraphic(r) && r", "return (unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r)) && r", read, ""},
	{"fillers and selectors are shown", "verify/read/shown.go", " && !unicode.IsOneOf(unseen, r)", "", read, ""},

	// The network.
	{"fetch: addresses are not checked at the dial", "verify/fetch/client.go", "Resolver: o.Resolver, Control: control()}", "Resolver: o.Resolver}", fetch, "C1_|C2_"},
	{"fetch: a proxy of the environment is used", "verify/fetch/client.go", "Proxy: nil, //", "Proxy: http.ProxyFromEnvironment, //", fetch, "C5_"},
	{"fetch: users in URLs are let pass", "verify/fetch/url.go", "if u.User != nil {", "if false {", fetch, "C4_"},
	{"fetch: documents are read over http", "verify/fetch/url.go", `if u.Scheme == "http" && !plain {`, "if false {", fetch, "Plain|C3_|C4_"},
	{"fetch: any port is asked", "verify/fetch/url.go", `if u.Scheme == "https" && port != "443" || u.Scheme == "http" && port != "80" {`, "if false {", fetch, "C4_|C1_"},
	{"fetch: answers of any size are read", "verify/fetch/client.go", "if n > most {", "if n > most+1 {", fetch, "C7_"},
}
