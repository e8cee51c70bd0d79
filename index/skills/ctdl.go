package skills

import (
	"cmp"
	"strings"
)

// ctdlIdentifier reads a CTID, alone or in an address of the registry.
func ctdlIdentifier(u address) (kind, id string) {
	id = u.last
	switch {
	case u.host == "":
		id = u.raw
	case !hostIs(u.host, "credentialfinder.org") && !hostIs(u.host, "credentialengineregistry.org") && !hostIs(u.host, "credreg.net"):
		return "", ""
	}
	if strings.HasPrefix(id, "ce-") && isUUID(id[3:]) {
		return "ctdl", id
	}
	return "", ""
}

// ctdlKeeps takes what the registry calls a competency, or the badge does where
// the registry does not say.
func ctdlKeeps(raw string, competency bool) (id string, ok bool) {
	switch ctdlSection(raw) {
	case ctdlCompetency:
		return raw, true
	case ctdlUnsaid:
		return raw, competency
	}
	return "", false
}

// What a URL of the Credential Registry says about the thing it names.
type ctdlKind uint8

const (
	ctdlUnsaid     ctdlKind = iota // /resources/ce-…: anything
	ctdlCompetency                 // /competency/ce-…
	ctdlOther                      // /credential/ce-…, /organization/ce-…: no skill
)

// ctdlSection reads the part of a registry's URL before the CTID.
func ctdlSection(raw string) ctdlKind {
	raw, _, _ = strings.Cut(raw, "?")
	i := strings.LastIndexByte(raw, '/')
	for i >= 0 && !strings.HasPrefix(raw[i:], "/ce-") {
		i = strings.LastIndexByte(raw[:i], '/')
	}
	if i < 0 {
		return ctdlUnsaid
	}
	section := raw[:i]
	section = section[strings.LastIndexByte(section, '/')+1:]
	switch strings.ToLower(section) {
	case "competency", "competencies":
		return ctdlCompetency
	case "resources", "graph", "api", "ce-registry", "id":
		return ctdlUnsaid
	}
	return ctdlOther
}

// readCTDL takes CTDL-ASN JSON-LD: a competency, or a graph of them.
func (im *importer) readCTDL(file string) error {
	n := 0
	item := func(_ string, it any) error {
		n++
		switch im.str(it, "@type", "type") {
		case "ceasn:CompetencyFramework":
			return im.called(im.str(it, "ceasn:name"))
		case "ceasn:Competency":
		default:
			return nil
		}
		x, err := im.concept(n, im.str(it, "@id", "id"), cmp.Or(im.str(it, "ceasn:competencyLabel"), im.str(it, "ceasn:competencyText")), "@id", "ceasn:competencyText")
		if err != nil {
			return err
		}
		x.code = im.keep(cell(cmp.Or(im.str(it, "ceasn:codedNotation"), im.str(it, "ceterms:ctid"))))
		ref := func(v any) string {
			s, _ := v.(string)
			return cmp.Or(strings.TrimSpace(s), im.str(v, "@id"))
		}
		for _, b := range values(it, "ceasn:isChildOf") {
			x.broader = im.link(x.broader, ref(b))
		}
		// Exact alignment says that both describe the same (CTDL-ASN exactAlignment).
		for _, e := range values(it, "ceasn:exactAlignment") {
			if _, fw := appendKey(nil, ref(e)); x.same == "" && (fw == ESCO || fw == ONET) {
				x.same = im.keep(ref(e))
			}
		}
		return nil
	}
	return im.document(file, shape{
		lists: []string{"@graph"},
		keep:  []string{"@type", "type", "@id", "id", "ceasn:name", "ceasn:competencyLabel", "ceasn:competencyText", "ceasn:codedNotation", "ceterms:ctid", "ceasn:isChildOf", "ceasn:exactAlignment"},
		item:  item,
		done: func(head map[string]any, listed bool) error {
			if listed {
				return nil
			}
			return item("", head)
		},
	})
}
