package skills

import "strings"

// rsdIdentifier reads the UUID of a rich skill descriptor, whoever serves it.
func rsdIdentifier(u address) (kind, id string) {
	if isUUID(u.last) && (strings.Contains(u.path, "/api/skills/") || strings.Contains(u.path, "/api/v3/skills/")) {
		return "rsd", u.last
	}
	return "", ""
}

// rsdKeeps takes the address of a descriptor where OSMT has it.
func rsdKeeps(raw string, _ bool) (id string, ok bool) {
	path := strings.Replace(urlPath(raw), "/api/v3/", "/api/", 1)
	return raw, len(path) == len("/api/skills/")+36 && strings.HasPrefix(path, "/api/skills/")
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
