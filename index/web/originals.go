package web

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"assay/index"
	"assay/verify/read"

	"go.uber.org/zap"
)

// Original is a document of a submission as it came.
type Original struct {
	Name   string `json:"name"`
	Type   string `json:"type,omitempty"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Gone   string `json:"gone,omitempty"` // why it cannot be had; else Data has its bytes
	Data   []byte `json:"-"`
}

// originalsAnswer is an application with what it was judged by.
type originalsAnswer struct {
	Record    any        `json:"record"`
	Kept      bool       `json:"kept"` // the submission; else its time on the queue is over
	Documents []Original `json:"documents"`
}

// originals gives an application with what was submitted: as JSON without the documents'
// bytes, or as a ZIP with them.
func (h *handler) originals(a *asked) (any, error) {
	if a.readsBlind() {
		return nil, errBlind
	}
	if h.o.Intake == nil {
		return nil, errNoDoor
	}
	as := a.p.Get("as")
	if !slices.Contains([]string{"", "json", "zip", "clr", "ler-rs"}, as) {
		return nil, badRequest("as=%.32q is not json, zip, clr or ler-rs", as)
	}
	end, ok := h.reads.begin(a.caller.Tenant)
	if !ok {
		return nil, errAtOnce
	}
	defer end()
	a.p.Set("blind", "off") // what was submitted names who submits: the route's rights
	if as == "clr" || as == "ler-rs" {
		return h.bundled(a, as)
	}
	id := a.PathValue("id")
	var answer originalsAnswer
	var err error
	if answer.Record, err = h.application(a); err != nil {
		return nil, err
	}
	if as != "zip" {
		answer.Documents = []Original{}
		answer.Kept, err = h.kept(a.Context(), a.caller.Tenant, id, func(o Original) error {
			o.Data = nil
			answer.Documents = append(answer.Documents, o)
			return nil
		})
		if err != nil {
			return nil, err
		}
		return answer, nil
	}
	// Nothing is written before the first document is there: until then an error can be told.
	var z *zip.Writer
	begin := func() {
		if z == nil {
			a.w.Header().Set("Content-Type", "application/zip")
			a.w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.zip"`, id))
			z = zip.NewWriter(a.w)
		}
	}
	answer.Documents = []Original{}
	answer.Kept, err = h.kept(a.Context(), a.caller.Tenant, id, func(o Original) error {
		begin()
		answer.Documents = append(answer.Documents, Original{Name: o.Name, Type: o.Type, SHA256: o.SHA256, Size: o.Size, Gone: o.Gone})
		if o.Gone != "" {
			return nil
		}
		f, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("documents/%02d-%s", len(answer.Documents), fileName(o.Name)), Method: zip.Store})
		if err == nil {
			_, err = f.Write(o.Data)
		}
		return err
	})
	if err != nil && z == nil {
		return nil, err
	}
	begin()
	if err == nil {
		var f io.Writer
		if f, err = z.Create("record.json"); err == nil {
			err = errors.Join(json.NewEncoder(f).Encode(answer), z.Close())
		}
	}
	if err != nil { // cut off: without its end it is no ZIP
		h.o.Log.Warn("file of originals broke off", zap.Error(err))
	}
	return nil, nil
}

// kept gives the documents of the submission, and whether the queue has it still.
func (h *handler) kept(ctx context.Context, tenant, id string, f func(Original) error) (bool, error) {
	err := h.o.Intake.Originals(ctx, tenant, id, f)
	var door *DoorError
	if errors.Is(err, index.ErrNotFound) || errors.As(err, &door) && door.Kind == KindNotFound {
		return false, nil
	}
	return err == nil, err
}

// fileName is a document's name as a file in an archive may have it: no path, nothing that
// steers.
func fileName(s string) string {
	s = path.Base(strings.ReplaceAll(clean(s), `\`, "/"))
	s = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"|?*/`, r) {
			return '_'
		}
		return r
	}, s)
	if s == "." || s == ".." || s == "" {
		return "document"
	}
	return read.Cut(s, 120)
}
