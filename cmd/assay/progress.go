package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar is a progress bar on a terminal, and nothing elsewhere.
type bar struct {
	w    io.Writer
	word string
	b    *progressbar.ProgressBar
}

func progress(w io.Writer, word string) *bar {
	if f, ok := w.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		w = nil
	}
	return &bar{w: w, word: word}
}

func (b *bar) set(n, total int) {
	if b.w == nil || total <= 0 {
		return
	}
	if b.b == nil {
		b.b = progressbar.NewOptions(total, progressbar.OptionSetWriter(b.w), progressbar.OptionSetDescription(b.word),
			progressbar.OptionShowCount(), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
	}
	if total != b.b.GetMax() {
		b.b.ChangeMax(total)
	}
	_ = b.b.Set(n)
}

func (b *bar) end() {
	if b.b != nil {
		_ = b.b.Finish()
		b.b = nil
	}
}
