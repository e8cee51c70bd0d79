package extract

import (
	"path"
	"runtime"
	"strconv"
	"strings"
)

// ReaderNone is Unread.Reader when no carrier's reader failed, but what stands
// around them.
const ReaderNone = "none"

// Carriers are the names of the carriers, in the order in which they are asked.
func Carriers() []string {
	names := make([]string, len(carriers))
	for i := range carriers {
		names[i] = carriers[i].name
	}
	return names
}

// guard is deferred around everything that reads bytes of the document. It
// keeps a panic, of ours or of a library below, to this part, and says whose it
// was: what was found stays, and nothing is said of the file. The panic's value
// may hold the document's words, so it goes nowhere.
func (p *part) guard(reader string) {
	if recover() != nil {
		p.failed(reader, "the "+reader+" reader failed")
	}
}

// failed reports a reader that panicked. It is called while it does.
func (p *part) failed(reader, detail string) {
	p.leave(Unread{Where: p.where, Reason: ReasonReaderFailed, Detail: detail, Reader: reader, At: PanicSite()})
}

// PanicSite tells a deferred function where the panic arose that it has just
// recovered from: file and line of the program ("walk.go:12"), "" when that is
// not to be known.
func PanicSite() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	panicking := false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			panicking = true
		case panicking && !strings.HasPrefix(f.Function, "runtime."):
			return path.Base(f.File) + ":" + strconv.Itoa(f.Line)
		}
		if !more {
			return ""
		}
	}
}
