package skills

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// json reads every .json and .jsonld file of the source.
func (im *importer) json(one func(file string) error) error {
	names, err := im.list("*.json", "*.jsonld")
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("%w: no .json or .jsonld file in the folder", ErrFormat)
	}
	for _, n := range names {
		if err := one(n); err != nil {
			return err
		}
	}
	if len(im.rows) == 0 {
		return fmt.Errorf("%w: no skill of format %s in %s", ErrFormat, im.Format, strings.Join(names, ", "))
	}
	return nil
}

// str gives the string under one of the keys of an object: itself, its form in
// the wanted language or English where it is a language map, or the first of a
// list.
func (im *importer) str(v any, keys ...string) string {
	m, _ := v.(map[string]any)
	for _, k := range keys {
		switch x := m[k].(type) {
		case string:
			if x = strings.TrimSpace(x); x != "" {
				return x
			}
		case []any:
			if len(x) > 0 {
				if s := im.str(map[string]any{"v": x[0]}, "v"); s != "" {
					return s
				}
			}
		case map[string]any:
			for _, l := range []string{im.Language, "en", "en-US", "en-us", "en-GB", "@value", "@id", "name", "title", "uri"} {
				if s, _ := x[l].(string); strings.TrimSpace(s) != "" {
					return strings.TrimSpace(s)
				}
			}
		}
	}
	return ""
}

// values gives the list under a key; what is no list is a list of itself.
func values(v any, key string) []any {
	m, _ := v.(map[string]any)
	switch x := m[key].(type) {
	case []any:
		return x
	case nil:
		return nil
	default:
		return []any{x}
	}
}

// called takes the name that a file gives its framework. Two frameworks under
// one name would go by the licence of the first.
func (im *importer) called(name string) error {
	name = cut(cell(name), maxName)
	switch {
	case im.Name != "" || name == "":
	case im.title == "":
		im.title = name
	case im.title != name:
		return fmt.Errorf("the framework is called %q, and that of another file %q; import one file at a time, or give one name to both", name, im.title)
	}
	return nil
}

// concept gives the row of an item, which must have an id and a label.
func (im *importer) concept(n int, id, label, idKeys, labelKeys string) (*row, error) {
	id = cell(id)
	switch _, framework := appendKey(nil, id); {
	case id == "":
		return nil, fmt.Errorf("item %d has no id; want %s", n, idKeys)
	case !strings.Contains(id, "://") && !strings.HasPrefix(id, "urn:") && framework != CTDL:
		return nil, fmt.Errorf("item %d has the id %q; want a URL", n, cut(id, 80))
	case framework == ESCO || framework == ONET:
		return nil, fmt.Errorf("item %d has the id %q, which is %s's own", n, cut(id, 80), framework)
	case cell(label) == "":
		return nil, fmt.Errorf("item %d, %s, has no name; want %s", n, cut(id, 80), labelKeys)
	}
	x := im.get("concept", id)
	x.label = im.label(label)
	return x, nil
}

// readCASE takes a CFPackage: items are concepts, isChildOf associations their
// order (CASE 1.0 §4, CASE 1.1 §4).
func (im *importer) readCASE(file string) error {
	type child struct{ origin, destination [2]string } // identifier, uri
	var children []child
	uris := map[string]string{}
	n := 0
	return im.document(file, shape{
		lists: []string{"CFItems", "CFAssociations"},
		keep:  []string{"CFDocument"},
		item: func(list string, it any) error {
			switch list {
			case "CFItems":
				n++
				id, uri := im.str(it, "identifier"), im.str(it, "uri")
				if uri == "" && isUUID(id) {
					uri = "urn:uuid:" + id
				}
				full := im.str(it, "fullStatement")
				label := cmp.Or(im.str(it, "abbreviatedStatement"), full)
				x, err := im.concept(n, uri, label, "uri or identifier", "fullStatement")
				if err != nil {
					return err
				}
				if id != "" {
					uris[im.keep(id)] = x.id
				}
				x.code = im.keep(cell(im.str(it, "humanCodingScheme")))
				if full != label {
					im.addNames(x, full)
				}
			case "CFAssociations":
				if im.str(it, "associationType") != "isChildOf" {
					return nil
				}
				m, _ := it.(map[string]any)
				node := func(k string) [2]string {
					return [2]string{im.keep(im.str(m[k], "identifier")), im.keep(im.str(m[k], "uri"))}
				}
				if im.links++; im.links > im.max.links {
					im.over("more than %d relations", im.max.links)
					return nil
				}
				children = append(children, child{node("originNodeURI"), node("destinationNodeURI")})
			}
			return nil
		},
		done: func(head map[string]any, _ bool) error {
			if n == 0 {
				return errors.New("no CFItems; want a CFPackage")
			}
			cf := head["CFDocument"]
			if err := im.called(im.str(cf, "title")); err != nil {
				return err
			}
			im.issue = cmp.Or(im.issue, im.str(cf, "version"))
			// A framework says itself under which licence it may be used.
			a := im.str(cf, "title")
			if by := im.str(cf, "creator", "publisher"); by != "" {
				a += " by " + by
			}
			if a = cell(a + " " + im.str(cf, "licenseURI")); a != "" && len(im.attribution) < 20 && !slices.Contains(im.attribution, a) {
				im.attribution = append(im.attribution, a)
			}
			lost := 0
			for _, c := range children {
				x := im.rows[cmp.Or(uris[c.origin[0]], c.origin[1])]
				if x == nil {
					lost++
					continue
				}
				x.broader = append(x.broader, cmp.Or(uris[c.destination[0]], c.destination[1]))
			}
			if lost > 0 {
				im.warn("%s: %d associations speak of items that the package has not", file, lost)
			}
			return nil
		},
	})
}

// readRSD takes rich skill descriptors: one, a list, or a collection of them.
// What a descriptor is aligned to is like it, not it ("inspect slings" and
// ESCO's "work in teams"), so no alignment is read as identity.
func (im *importer) readRSD(file string) error {
	n := 0
	item := func(_ string, it any) error {
		n++
		x, err := im.concept(n, im.str(it, "id", "uri", "@id"), im.str(it, "skillName", "name"), "the URL of the descriptor in id", "skillName")
		if err == nil {
			x.code = im.keep(cell(im.str(it, "uuid")))
		}
		return err
	}
	return im.document(file, shape{
		lists: []string{"skills"},
		keep:  []string{"id", "uri", "@id", "skillName", "name", "uuid"},
		item:  item,
		done: func(head map[string]any, listed bool) error {
			if listed {
				return im.called(im.str(head, "name"))
			}
			return item("", head)
		},
	})
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
