package skills

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sectors are those that the table sorts certificates by.
var sectors = strings.Fields("it pm health safety transport trades finance language teaching food security driving office quality law")

// Each row of the table holds what the type promises.
func TestCertificates(t *testing.T) {
	list, tax := certificates().list, Builtin()
	ids := map[string]bool{}
	for _, c := range list {
		if ids[c.ID] {
			t.Errorf("%s: twice", c.ID)
		}
		ids[c.ID] = true
	}
	slug := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	names := map[string]string{}
	for _, c := range list {
		if !slug.MatchString(c.ID) {
			t.Errorf("%s: no slug", c.ID)
		}
		for _, id := range slices.Concat(c.Supersedes, c.Equivalent) {
			if !ids[id] || id == c.ID {
				t.Errorf("%s: speaks of %s", c.ID, id)
			}
		}
		for _, uri := range c.Skills {
			if i, ok := tax.lookup(uri); !ok || !tax.concepts[i].core {
				t.Errorf("%s: the core lacks %s", c.ID, uri)
			}
		}
		if !slices.Contains(sectors, c.Sector) {
			t.Errorf("%s: sector %q", c.ID, c.Sector)
		}
		if len(c.Issuers) == 0 {
			t.Errorf("%s: nobody issues it", c.ID)
		}
		for _, issuer := range c.Issuers {
			for _, h := range issuer.Hosts {
				if h != strings.ToLower(h) || !strings.Contains(h, ".") || strings.ContainsAny(h, "/: ") {
					t.Errorf("%s: host %q", c.ID, h)
				}
			}
		}
		if level := levelText(c.Level); c.Level != "" {
			if scale, rank := ParseLevel(level); scale+" " != c.Level[:len(scale)+1] || rank < 1 {
				t.Errorf("%s: level %q is %s %d", c.ID, c.Level, scale, rank)
			}
		}
		for _, name := range append([]string{c.Name}, c.Names...) {
			key := Folded(name)
			if key == "" || len(name) > longest || strings.TrimSpace(name) != name {
				t.Errorf("%s: name %q", c.ID, name)
			}
			if was, taken := names[key]; taken {
				t.Errorf("%s: %q is a name of %s, too", c.ID, name, was)
			}
			names[key] = c.ID
			if got, ok := tax.Certificate(name); !ok || got.ID != c.ID {
				t.Errorf("%q is %q, want %s", name, got.ID, c.ID)
			}
		}
	}
}

func TestBadCertificates(t *testing.T) {
	good := "pmp\tProject Management Professional\tPMP\tPMI=pmi.org\t7111b95d-0ce3-441a-9d92-4c75d05c4388\tstep 3\t\t\tpm\thttps://www.pmi.org/"
	if table, err := readCertificates("# pm\n\n" + good + "\n"); err != nil || len(table.list) != 1 {
		t.Fatal(table, err)
	}
	for name, change := range map[string][2]string{
		"a field is missing": {"\tstep 3", ""},
		"no id":              {"pmp\t", "\t"},
		"no skill":           {"7111b95d-0ce3-441a-9d92-4c75d05c4388", ""},
		"no such level":      {"step 3", "step 5"},
		"no source":          {"https://www.pmi.org/", "pmi"},
		"no safe source":     {"https://www.pmi.org/", "http://www.pmi.org/"},
	} {
		if _, err := readCertificates(strings.Replace(good, change[0], change[1], 1)); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}

// A certificate is known by its code without the hyphen, by its name without the vendor's,
// and a part or a lower step of one is not the whole of it.
func TestCertificatesAsTyped(t *testing.T) {
	for name, want := range map[string]string{
		"pl-200": "pl-200", "pl200": "pl-200", "PL 200": "pl-200", "az900": "az-900", "az9000": "", "part-66 b1": "part66-b1", "part 66 b2": "part66-b2", "sqe": "sqe",
		"CCST": "ccst", "cisco certified technician": "cct", "ICAEW CFAB": "icaew-cfab", "icaew aca": "icaew-aca", "soa exam p": "soa-exam", "dip cii": "cii-dip", "cert cii": "cii-cert",
		"dsd i": "dsd", "dsd ii": "dsd-2", "ride on roller": "roller", "forward tipping dumper": "dumper", "radar observer": "radar-arpa", "bridge resource management": "brm", "ecdis": "ecdis",
		"b96": "dl-b96", "führerschein be": "dl-be", "change management practitioner": "apmg-cm-p", "change management foundation": "apmg-cm", "alteryx designer advanced": "alteryx-adv",
		"ilm level 2": "ilm-2", "ilm level 3": "ilm-3", "community interpreting level 3": "comm-int", "dpsi": "ciol-dps", "ceh v13": "ceh",
		"itil v4 foundation": "itil-f", "ITIL V4": "itil-f", "mot tester": "mot-tester", "sap mm": "sap-mm", "category c1": "hgv-c1", "cnh d": "pcv-d",
	} {
		if c, _ := Builtin().Certificate(name); c.ID != want {
			t.Errorf("%q is %q, want %q", name, c.ID, want)
		}
	}
	// The list of all standards says nothing about who issues what is no standard.
	for _, c := range certificates().list {
		if strings.Contains(c.Source, "iso.org/standards.html") && !slices.ContainsFunc(append([]string{c.Name}, c.Names...), func(n string) bool { return strings.Contains(n, "ISO") }) {
			t.Errorf("%s: its source is %s", c.ID, c.Source)
		}
	}
}

// TestAuditorsHaveRows: whoever audits inside a company does not lead audits of others, and
// a search for one finds the other as such only by what supersedes what.
func TestAuditorsHaveRows(t *testing.T) {
	tax := Builtin()
	for _, c := range certificates().list {
		inside, leads := false, false
		for _, n := range append([]string{c.Name}, c.Names...) {
			inside = inside || strings.Contains(n, "Internal Auditor")
			leads = leads || strings.Contains(n, "Lead ")
		}
		if inside && leads {
			t.Errorf("%s is both", c.ID)
		}
	}
	for name, id := range map[string]string{
		"ISO 13485 Internal Auditor": "iso13485-ia", "ISO 50001 Lead Implementer": "iso50001-li", "ISO 50001 Lead Auditor": "iso50001",
		"ISO/IEC 20000 Lead Auditor": "iso20000-la", "AS9100 Internal Auditor": "as9100-ia", "IATF 16949 Lead Auditor": "iatf16949-la",
	} {
		if c, ok := tax.Certificate(name); !ok || c.ID != id {
			t.Errorf("%s is %s", name, c.ID)
		}
	}
}
