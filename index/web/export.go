package web

import (
	"fmt"
	"net/http"

	"assay/index"
)

// maxExport bounds the applicants of one export.
const maxExport = 10000

// export writes every hit of a search, maxExport at most. Names are left out
// unless blind=off asks for them.
func (h *handler) export(w http.ResponseWriter, r *http.Request, tenant string) (any, error) {
	p := r.URL.Query()
	format := index.ExportFormat(p.Get("format"))
	switch {
	case !p.Has("format"):
		format = index.ExportCSV
	case format == index.ExportCSV, format == index.ExportJSON, format == index.ExportNDJSON:
	default:
		return nil, fmt.Errorf("%w: format=%.32q is not csv, json or ndjson", errBadRequest, format)
	}
	if b := p.Get("blind"); p.Has("blind") && b != "on" && b != "off" {
		return nil, fmt.Errorf("%w: blind=%.32q is not on or off", errBadRequest, b)
	}
	p.Del("size")
	p.Del("cursor")
	var hits []index.Hit
	for len(hits) < maxExport {
		q, err := h.searchOf(p, true)
		if err != nil {
			return nil, err
		}
		res, err := h.o.Engine.Search(r.Context(), tenant, q)
		if err != nil {
			return nil, err
		}
		hits = append(hits, res.Hits...)
		if res.Cursor == "" {
			break
		}
		p.Set("cursor", res.Cursor)
	}
	if blind(r) {
		for i := range hits {
			hits[i].DisplayName = ""
		}
	}
	w.Header().Set("Content-Type", format.ContentType())
	w.Header().Set("Content-Disposition", `attachment; filename="applicants.`+string(format)+`"`)
	return nil, index.Export(w, format, hits[:min(len(hits), maxExport)])
}
