package skills

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// caseIdentifier reads the UUID of an item, whoever serves it (CASE 1.0 §5,
// CASE 1.1 §5).
func caseIdentifier(u address) (kind, id string) {
	if isUUID(u.last) && strings.Contains(u.path, "/CFItems/") {
		return "case", u.last
	}
	return "", ""
}

// caseKeeps takes the address of an item where the specification has it.
func caseKeeps(raw string, _ bool) (id string, ok bool) {
	path := urlPath(raw)
	n := len("/CFItems/") + 36
	if len(path) < n {
		return "", false
	}
	at := path[:len(path)-n]
	return raw, strings.HasPrefix(path[len(path)-n:], "/CFItems/") && (strings.HasSuffix(at, "/ims/case/v1p0") || strings.HasSuffix(at, "/ims/case/v1p1"))
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
