package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// sayEvery is how often progress is a line where it is no bar.
const sayEvery = time.Minute

// bar is a progress bar on a terminal, and a line a minute elsewhere.
type bar struct {
	w     io.Writer
	word  string
	plain bool // no terminal
	b     *progressbar.ProgressBar
	now   func() time.Time
	begun time.Time // first word of progress, and how far it was then
	first int
	said  time.Time
}

func progress(w io.Writer, word string) *bar {
	f, ok := w.(*os.File)
	return &bar{w: w, word: word, plain: !ok || !term.IsTerminal(int(f.Fd())), now: time.Now}
}

func (b *bar) set(n, total int) {
	if total <= 0 {
		return
	}
	if b.plain {
		b.say(n, total)
		return
	}
	if b.b == nil {
		b.b = progressbar.NewOptions(total, progressbar.OptionSetWriter(b.w), progressbar.OptionSetDescription(b.word),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
	}
	if total != b.b.GetMax() {
		b.b.ChangeMax(total)
	}
	_ = b.b.Set(n)
}

// say writes a line a minute: how far it is, how much a second, and what is left.
func (b *bar) say(n, total int) {
	now := b.now()
	if b.begun.IsZero() {
		b.begun, b.first, b.said = now, n, now
		return
	}
	if now.Sub(b.said) < sayEvery {
		return
	}
	b.said = now
	line := fmt.Sprintf("%s %d of %d", b.word, n, total)
	if rate := float64(n-b.first) / now.Sub(b.begun).Seconds(); rate > 0 {
		left := time.Duration(float64(total-n) / rate * float64(time.Second))
		line += fmt.Sprintf(", %.1f a second, %v left", rate, left.Round(time.Second))
	}
	fmt.Fprintln(b.w, line)
}

func (b *bar) end() {
	if b.b != nil {
		_ = b.b.Finish()
		b.b = nil
	}
}
