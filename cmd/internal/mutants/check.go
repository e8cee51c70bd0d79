package main

var desk = []string{"./ingest/intake"}

// checkMutants are the checks of what is judged on the spot.
var checkMutants = []mutant{
	{"spot: any token has something checked", "index/web/rights.go", `"POST /v1/check":                MayCheck,`, `"POST /v1/check":                0,`, webPackage, "^TestCheckBounds$"},
	{"spot: any number of questions is in hand", "index/web/check.go", "\tif !ok {\n\t\treturn nil, &DoorError{Kind: KindBusy,", "\tif !ok && false {\n\t\treturn nil, &DoorError{Kind: KindBusy,", webPackage, "^TestCheckBounds$"},
	{"spot: any number of questions in an hour", "index/web/check.go", "if err := h.hourly.take(a.caller); err != nil {", "if err := h.hourly.take(a.caller); err != nil && false {", webPackage, "^TestCheckBounds$"},
	{"spot: files without end", "index/web/check.go", "if len(c.Files) == maxCheckParts {", "if false {", webPackage, "^TestCheck$"},
	{"spot: the employer's word does not count", "ingest/intake/check.go", "if c.Policy != nil {", "if c.Policy != nil && false {", desk, "^TestCheckedOnTheSpot$"},
	{"spot: a context is kept", "verify/contexts/aside.go", "return &aside{of: k}", "return k", []string{"./verify/contexts"}, "^TestAside$"},
	{"spot: any token has presentations judged", "index/web/rights.go", `"POST /v1/presentations/verify": MayCheck,`, `"POST /v1/presentations/verify": 0,`, webPackage, "^TestVCRights$"},
	{"spot: what is not judged is verified", "index/web/vcapi.go", "out.Verified = len(out.Problems) == 0\n\treturn out", "out.Verified = true\n\treturn out", desk, "^TestVerifyCredential$"},
	{"holder: another challenge", "verify/presentation.go", "p.Challenge == a.Challenge &&", "", desk, "^TestHolderProven$"},
	{"holder: another domain", "verify/presentation.go", "&& p.Domain == a.Domain", "", top, "^TestPresent$"},
	{"holder: a challenge that nobody issued", "verify/presentation.go", "if asked.Own && asked.Challenge", "if asked.Challenge", desk, "^TestHolderProven$"},
	{"holder: a challenge is used twice", "ingest/intake/challenge.go", "\tdelete(c.open, of)\n", "", desk, "^TestHolderProven$"},
	{"holder: late by a second", "ingest/intake/challenge.go", "return ok && !c.now().After(until)", "return ok && !c.now().After(until.Add(time.Second))", desk, "^TestHolderProven$"},
	{"holder: another application", "ingest/intake/challenge.go", "of := issued{tenant, application, domain, text}\n\tc.mu.Lock()", "of := issued{tenant, \"A-1\", domain, text}\n\tc.mu.Lock()", desk, "^TestHolderProven$"},
	{"holder: issued for another domain", "ingest/intake/challenge.go", "of := issued{tenant, application, domain, text}\n\tc.mu.Lock()", "of := issued{tenant, application, \"jobs.example\", text}\n\tc.mu.Lock()", desk, "^TestHolderProven$"},
	{"holder: another tenant", "ingest/intake/challenge.go", "of := issued{tenant, application, domain, text}\n\tc.mu.Lock()", "of := issued{\"acme\", application, domain, text}\n\tc.mu.Lock()", desk, "^TestHolderProven$"},
	{"holder: a challenge for no application", "ingest/intake/challenge.go", "if application != \"\" { // else", "if true { // else", desk, "^TestHolderProven$"},
	{"holder: made to assert", "verify/vc/presentation.go", "Now: env.Now, Purpose: \"authentication\",", "Now: env.Now, Purpose: string(only(vp.Objs(\"proof\")[0][\"proofPurpose\"])),", desk, "^TestHolderProven$"},
	{"holder: a key for assertions", "verify/vc/presentation.go", "did.Options{Purpose: \"authentication\", Now:", "did.Options{Now:", top, "^TestPresentByDocument$"},
	{"holder: a key that is not the subject's", "verify/verify.go", "case who.holder != \"\" && out.Credential.SubjectID == who.holder:", "case who.holder != \"\":", desk, "^TestHolderProven$"},
	{"holder: found in a document", "verify/verify.go", "\twho.holder = \"\" // of a document", "\t// of a document", top, "^TestPresent$"},
	{"holder: a withdrawn key", "verify/vc/presentation.go", "if err := did.Withdrawn(found.Keys[0], env.Now); err != nil {", "if err := did.Withdrawn(found.Keys[0], env.Now); err != nil && false {", top, "^TestPresentByDocument$"},
	{"holder: a key by another name", "verify/vc/presentation.go", "case !found.Named || len(found.Keys) != 1:", "case len(found.Keys) == 0:", top, "^TestPresentByDocument$"},
	{"holder: in another holder's name", "verify/vc/presentation.go", "case named != \"\" && named != holders[r.Method]:", "case false:", top, "^TestPresent$"},
	{"holder: a badge of his own making is another's", "verify/verify.go", "\tif who.holder != \"\" {\n\t\twho.IDs", "\tif false {\n\t\twho.IDs", top, "^TestPresent$"},
	{"door: a form that ends before its end is whole", "index/web/handin.go", "errors.Is(err, io.EOF) && errors.Unwrap(err) == nil", "errors.Is(err, io.EOF)", webPackage, "^TestCheck$"},
}
