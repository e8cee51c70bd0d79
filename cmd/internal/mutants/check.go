package main

// checkMutants are the checks of what is judged on the spot.
var checkMutants = []mutant{
	{"spot: any token has something checked", "index/web/rights.go", `"POST /v1/check": MayCheck,`, `"POST /v1/check": 0,`, webPackage, "^TestCheckBounds$"},
	{"spot: any number of questions is in hand", "index/web/check.go", "\tif !ok {\n\t\treturn nil, &DoorError{Kind: KindBusy,", "\tif !ok && false {\n\t\treturn nil, &DoorError{Kind: KindBusy,", webPackage, "^TestCheckBounds$"},
	{"spot: any number of questions in an hour", "index/web/check.go", "if err := h.hourly.take(a.caller); err != nil {", "if err := h.hourly.take(a.caller); err != nil && false {", webPackage, "^TestCheckBounds$"},
	{"spot: files without end", "index/web/check.go", "if len(c.Files) == maxCheckParts {", "if false {", webPackage, "^TestCheck$"},
	{"spot: the employer's word does not count", "ingest/intake/check.go", "if c.Policy != nil {", "if c.Policy != nil && false {", []string{"./ingest/intake"}, "^TestCheckedOnTheSpot$"},
	{"spot: a context is kept", "verify/contexts/aside.go", "return &aside{of: k}", "return k", []string{"./verify/contexts"}, "^TestAside$"},
	{"door: a form that ends before its end is whole", "index/web/handin.go", "errors.Is(err, io.EOF) && errors.Unwrap(err) == nil", "errors.Is(err, io.EOF)", webPackage, "^TestCheck$"},
}
