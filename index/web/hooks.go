package web

import (
	"cmp"
	"context"
	"io"
	"net/http"
)

// Hooks take what hiring systems notify: hooks.Hooks, which this package may not know.
// Its errors are *DoorError.
type Hooks interface {
	// Known reports whether there is a hook of a name.
	Known(hook string) bool
	// Take takes a notification to a hook. Who sent it, its signature says.
	Take(ctx context.Context, hook string, header http.Header, body []byte) (HookAnswer, error)
}

// HookAnswer says what became of a notification.
type HookAnswer struct {
	Status      int    // that the hiring system takes for success
	Name, Value string // a header that it wants to see again
	State       string // taken, repeated or ignored
}

// Bounds of notifications.
const (
	maxHook    = 4 << 20 // bytes
	hookAtOnce = 16      // that come in at a time, half of one hook at most
)

// hook takes a notification. Nobody is asked who he is: the signature says it, which
// stands for a hook's tenant, whatever else a request says.
func (h *handler) hook(w http.ResponseWriter, r *http.Request) {
	if h.o.Hooks == nil {
		h.problem(w, r, &DoorError{Kind: KindNoHook})
		return
	}
	name := r.PathValue("hook")
	if !h.o.Hooks.Known(name) {
		// Whoever makes names up takes nobody's place.
		_, err := h.o.Hooks.Take(r.Context(), name, r.Header, nil)
		h.problem(w, r, cmp.Or(err, error(&DoorError{Kind: KindNoHook})))
		return
	}
	end, ok := h.hooks.begin(name)
	if !ok {
		h.problem(w, r, errAtOnce)
		return
	}
	defer end()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHook))
	if err != nil {
		h.problem(w, r, broken(err))
		return
	}
	a, err := h.o.Hooks.Take(r.Context(), name, r.Header, body)
	if err != nil {
		h.problem(w, r, err)
		return
	}
	if a.Name != "" {
		w.Header().Set(a.Name, a.Value)
	}
	asked := asked{w: w}
	_, _ = asked.answer(a.Status, map[string]string{"state": a.State})
}
