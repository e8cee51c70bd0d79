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
}
