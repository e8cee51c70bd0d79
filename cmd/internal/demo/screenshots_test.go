//go:build screenshots

package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// quality is of WebP, in per cent: letters are clear and a picture takes some 40 KB.
const quality = 60

// limit is the time that all may take.
const limit = 2 * time.Minute

// picture is one page as a reader sees it.
type picture struct {
	name, path    string
	width, height int64
	dark          bool
}

var pictures = []picture{
	{"search", "/?q=" + url.QueryEscape(`teamwork "first aid"`) + "&blind=off", 1280, 820, false},
	{"record", "/applications/A-08-resume-pdf?blind=off", 1280, 960, false},
	{"match", "/match?required=teamwork&required=first+aid&wished=welding&blind=off", 1280, 980, true},
	{"phone", "/?q=teamwork&blind=off", 390, 780, false},
}

// TestScreenshots is `make screenshots`: it takes the README's pictures of the page, from
// the sample applications, in a real Chromium. The page's address is in PAGE, as demo -run
// gives it; they are written to the folder that SCREENSHOTS names.
func TestScreenshots(t *testing.T) {
	if err := take(os.Getenv("PAGE"), os.Getenv("SCREENSHOTS"), "chromium"); err != nil {
		t.Fatal(err)
	}
}

func take(address, out, chromium string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-background-networking", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, limit)
	defer cancel()
	for _, p := range pictures {
		scheme := "light"
		if p.dark {
			scheme = "dark"
		}
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(p.width, p.height)); err != nil {
			return err
		}
		if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}); err != nil {
			return err
		}
		if err := chromedp.Do(ctx, chromedp.Navigate(address+p.path)); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: new(int64(quality))})
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if err := os.WriteFile(filepath.Join(out, p.name+".webp"), shot.Data, 0o644); err != nil {
			return err
		}
		fmt.Printf("%s: %d KB\n", p.name, len(shot.Data)>>10)
	}
	return nil
}
