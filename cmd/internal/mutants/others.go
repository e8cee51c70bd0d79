package main

// otherMutants are the checks that tell one badge with several candidates.
var otherMutants = []mutant{
	{"recipient: a claimed address is a proven one", "verify/recipient.go", "l, _, _ := compare(id, Applicant{Emails: who.Proven})", "l, _, _ := compare(id, who)", top, "Recipient|OwnVectors"},
	{"recipient: a claimed address is not told", "verify/recipient.go", "case claimed:\n\t\t\ta.Reason", "case claimed && false:\n\t\t\ta.Reason", top, "Recipient|OwnVectors"},
	{"others: what is not proven has an identity", "verify/identity.go", "v.Aspects.Integrity.State != verdict.Pass || v.Aspects.Issuer.State != verdict.Pass || c", "c", top, "^TestAttack204"},
	{"others: an old badge is what its address is", "verify/identity.go", `if c.ID != "" && !old {`, `if c.ID != "" && (!old || true) {`, top, "^TestAttack204"},
	{"others: a form of its own has an identity of its own", "verify/identity.go", "\tpart(c.Issuer.ID)\n", "\tpart(c.Issuer.ID)\n\tpart(v.Proof)\n", top, "^TestAttack204"},
	{"others: a claimed address in common makes one person", "index/record/held.go", "for _, a := range fold(proven) {", "for _, a := range fold(slices.Concat(claimed, proven)) {", worker, "^TestAttack200_"},
	{"others: a proven one takes nothing from the others", "index/record/held.go", "now == HeldByProvenOther && !c.Proven", "false && !c.Proven", worker, "^TestAttack200_"},
	{"others: a proven one loses to the others", "index/record/held.go", "now == HeldByProvenOther && !c.Proven", "now != \"\"", worker, "^TestAttack200_"},
	{"others: those who were first are not told", "ingest/others.go", "if h := &list[i]; outdated(doc, h) {", "if false {\n\t\t\th := &list[i]", worker, "^TestAttack200_"},
	{"others: the outcome of who was first stays", "ingest/others.go", "\t\t\t\terr = q.retell(ctx, doc)\n", "", worker, "^TestAttack200_"},
	{"others: an outcome that came too late stays", "ingest/others.go", "\t\treturn w.q.retell(ctx, now)\n", "\t\treturn nil\n", worker, "^TestAttack201_OutcomeTooLate$"},
	{"others: one person's two applications are two persons'", "index/record/held.go", "return h.Application != a.Application && !slices.ContainsFunc(h.Persons, func(m string) bool { return slices.Contains(a.Persons, m) })", "return h.Application != a.Application", worker, "^TestAttack202_"},
	{"others: what was erased speaks of others", "ingest/erase.go", "if err := q.leave(ctx, e, tenant, application); err != nil {", "if err := error(nil); err != nil {", worker, "^TestAttack203_ErasedAndReplaced$"},
	{"others: what is half erased speaks of others", "ingest/others.go", "case errors.Is(err, ErrErased):\n\t\tcase err != nil:\n\t\t\treturn nil, err\n\t\tdefault:", "case err != nil && !errors.Is(err, ErrErased):\n\t\t\treturn nil, err\n\t\tdefault:", worker, "^TestAttack203_HalfErased$"},
	{"others: what was replaced speaks of others", "ingest/others.go", "append(doc.Keys(), before...)", "append(doc.Keys(), before[:0]...)", worker, "^TestAttack203_ErasedAndReplaced$"},
	{"others: other tenants' holders show", "index/local/holders.go", "k := heldKey{r.tenant, h.Key}", "k := heldKey{\"\", h.Key}", local, "^TestConformance$/^holders$"},
	{"others: replaced rows hold on", "index/local/local.go", "\t\t\te.hold(before, false)\n", "", local, "^TestConformance$/^holders$"},
	{needsServer + "holders are looked for in what was seen a second ago", "index/elastic/holders.go", "if err := e.Refresh(ctx); err != nil {", "if err := error(nil); err != nil {", elastic, "^TestConformance$/^holders$"},
	{"a proven address that is none is taken", "ingest/message.go", "if !ok || !printable(s) || len(all) != 1 {", "if !ok && len(all) > 1 {", worker, "^TestAttack389_"},
	{"two addresses are proven by one", "ingest/message.go", "if !ok || !printable(s) || len(all) != 1 {", "if !ok || !printable(s) {", worker, "^TestAttack389_"},
	{"two addresses are proven by one flag", "cmd/assay/addresses.go", "if !ok || len(a) != 1 {", "if !ok {", []string{"./cmd/assay"}, "^TestAddressesOfFlags$"},
}
