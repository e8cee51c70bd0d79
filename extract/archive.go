package extract

import (
	"archive/tar"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
)

// Archives beside ZIP: tar, and what gzip, bzip2 and xz compress, a tar or one
// file; 7z has a file of its own. All of them have the budgets of the call in
// common, whatever stands in what: members, depth, inflated bytes and time.
// Members are taken one at a time, into memory, and never by their name.

const tarBlock = 512

// sniffTar knows a tar by the checksum of its first header, which all of its
// dialects have (POSIX.1-2017, pax, ustar Interchange Format).
func sniffTar(p *part) bool {
	// Readers of PDF would open one whose first member is called like it.
	return isTar(p.data) && !bytes.HasPrefix(p.data, []byte("%PDF-"))
}

func isTar(b []byte) bool {
	// A name may stand in the part for its beginning alone.
	if len(b) < tarBlock || b[0] == 0 && (b[345] == 0 || string(b[257:262]) != "ustar") {
		return false
	}
	want, err := strconv.ParseUint(strings.Trim(string(b[148:156]), " \x00"), 8, 32)
	if err != nil {
		return false
	}
	var sum, signed int64
	for i, c := range b[:tarBlock] {
		if i >= 148 && i < 156 {
			c = ' '
		}
		sum += int64(c)
		signed += int64(int8(c)) // as some old programs count
	}
	return int64(want) == sum || int64(want) == signed
}

func extractTar(p *part) { p.tar(bytes.NewReader(p.data)) }

func sniffGzip(p *part) bool {
	return len(p.data) > 2 && p.data[0] == 0x1f && p.data[1] == 0x8b && p.data[2] == 8
}

// extractGzip reads what gzip compressed (RFC 1952).
func extractGzip(p *part) {
	b := bytes.NewReader(p.data)
	z, err := gzip.NewReader(b)
	if err != nil {
		p.unpackFailed(p.where, err)
		return
	}
	z.Multistream(false)
	p.unpacked(&gzipMembers{p: p, z: z, b: b}, z.Name)
}

// gzipMembers reads the members of a gzip file one behind the other (RFC 1952
// §2.2). What follows them and is none is padding.
type gzipMembers struct {
	p *part
	z *gzip.Reader
	b *bytes.Reader
}

// Read implements io.Reader.
func (g *gzipMembers) Read(b []byte) (int, error) {
	for {
		n, err := g.z.Read(b)
		switch {
		case n > 0:
			return n, nil // an error comes again
		case err != io.EOF:
			return 0, err
		}
		var head [2]byte
		if _, err := g.b.ReadAt(head[:], g.b.Size()-int64(g.b.Len())); err != nil || head != [2]byte{0x1f, 0x8b} {
			return 0, io.EOF
		}
		if !g.p.count(1) {
			return 0, errTold
		}
		if err := g.z.Reset(g.b); err != nil {
			return 0, err
		}
		g.z.Multistream(false)
	}
}

func sniffBzip2(p *part) bool {
	b := p.data
	return len(b) > 10 && string(b[:3]) == "BZh" && b[3] >= '1' && b[3] <= '9' &&
		(string(b[4:10]) == "1AY&SY" || string(b[4:10]) == "\x17\x72\x45\x38\x50\x90")
}

func extractBzip2(p *part) {
	b := bytes.NewReader(p.data)
	p.unpacked(cutOff{bzip2.NewReader(b), b}, "")
}

// cutOff tells the end of what is packed from damage within it: decoders take
// either for the other.
type cutOff struct {
	r      io.Reader
	packed *bytes.Reader
}

// Read implements io.Reader.
func (c cutOff) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	if err != nil && err != io.EOF && c.packed.Len() == 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// metered takes what a stream unpacks to off the budget of the call as it is
// read, and ends with the time of the call: what is skipped costs, too.
type metered struct {
	p   *part
	r   io.Reader
	err error // comes again
}

// Read implements io.Reader.
func (m *metered) Read(b []byte) (n int, err error) {
	switch {
	case m.err != nil:
		return 0, m.err
	case m.p.done():
		m.err = context.Cause(m.p.ctx)
	case m.p.inflated > 0:
		n, m.err = m.r.Read(b[:min(int64(len(b)), m.p.inflated, 64<<10)])
		m.p.inflated -= int64(n)
	default:
		// What ends just here fits.
		if n, err := m.r.Read(make([]byte, 1)); n > 0 || err == nil {
			m.err = errInflated
		} else {
			m.err = err
		}
	}
	return n, m.err
}

// unpacked sends on what a compressed file unpacks to: the members of a tar, or
// one file. name is what the compressed file calls it, if it does.
func (p *part) unpacked(r io.Reader, name string) {
	m := &metered{p: p, r: r}
	head := make([]byte, tarBlock)
	n, _ := io.ReadFull(m, head) // its error comes again with what follows
	head = head[:n]
	whole := io.MultiReader(bytes.NewReader(head), m)
	if isTar(head) {
		p.tar(whole)
		return
	}
	flags := hostileName(name)
	if name == "" {
		name = p.inner()
	}
	data, err := p.whole(whole)
	if err != nil {
		p.unpackFailed(p.where, err)
		if len(data) == 0 {
			return
		}
	}
	p.embed(p.place(name).flagged(flags...), baseName(name), "", data)
}

// inner is the name of the file in a compressed one: its own, without the ending
// that says how it is compressed.
func (p *part) inner() string {
	base := baseName(p.name)
	switch ext := strings.ToLower(path.Ext(base)); ext {
	case ".tgz", ".tbz", ".tbz2", ".txz":
		return base[:len(base)-len(ext)] + ".tar"
	case ".gz", ".bz2", ".xz":
		if len(base) > len(ext) {
			return base[:len(base)-len(ext)]
		}
	}
	return "content"
}

// whole reads one file, which may be as large as a file may be. What was read
// before an error comes with it.
func (p *part) whole(r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(r, p.limits.FileBytes+1))
	if n > p.limits.FileBytes {
		return b.Bytes()[:p.limits.FileBytes], errTooLarge
	}
	return b.Bytes(), err
}

// unpackFailed is inflateFailed for streams.
func (p *part) unpackFailed(where string, err error) {
	switch {
	case p.done(), errors.Is(err, errTold):
	case errors.Is(err, io.EOF):
		p.unread(where, ReasonTruncated, "")
	case errors.Is(err, errMethod):
		p.unread(where, ReasonUnknown, "compressed in a way that is not read")
	case errors.Is(err, errDictionary):
		p.unread(where, ReasonMemory, "its dictionary takes more than "+strconv.Itoa(maxDictionary>>20)+" MiB")
	default:
		p.inflateFailed(where, err)
	}
}

// tar reads the members of a tar (POSIX.1-2017, pax).
func (p *part) tar(r io.Reader) {
	raw := &counted{r: r}
	t := tar.NewReader(raw)
	names := map[string]int{}
	for {
		h, err := t.Next()
		if err == io.EOF || p.done() {
			return
		}
		if err != nil {
			if errors.Is(err, tar.ErrHeader) {
				p.unread(p.where, ReasonMalformed, "a member without a header")
				return
			}
			p.unpackFailed(p.where, err)
			return
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if !p.count(1) {
			return
		}
		where := p.place(h.Name).Where
		switch h.Typeflag {
		case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
		case tar.TypeDir:
			continue
		case tar.TypeSymlink, tar.TypeLink:
			p.unread(where, ReasonUnknown, "a link to another file")
			continue
		default:
			p.unread(where, ReasonUnknown, "no file, but a device or the like")
			continue
		}
		if isLitter(h.Name) {
			continue
		}
		before := raw.n
		data, err := p.whole(t)
		// A sparse member is more than there is of it in the archive.
		if holes := int64(len(data)) - (raw.n - before); holes > 0 {
			if holes > p.inflated {
				p.inflated = 0
				p.inflateFailed(where, errInflated)
				return
			}
			p.inflated -= holes
		}
		if err != nil {
			p.unpackFailed(where, err)
			if !errors.Is(err, errTooLarge) {
				if len(data) > 0 {
					p.embed(p.place(h.Name).flagged(oddName(h.Name, names)...), baseName(h.Name), "", data)
				}
				return // nor would the next be there
			}
		}
		p.embed(p.place(h.Name).flagged(oddName(h.Name, names)...), baseName(h.Name), "", data)
	}
}

// counted counts what is read.
type counted struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// baseName is the last step of a member's name, in the manner of any system.
func baseName(name string) string { return path.Base(strings.ReplaceAll(name, `\`, "/")) }

// hostileName flags a name that would leave the folder that it is unpacked to.
func hostileName(name string) []string {
	slashed := strings.ReplaceAll(name, `\`, "/")
	if path.IsAbs(slashed) || strings.Contains("/"+slashed+"/", "/../") || len(slashed) > 1 && slashed[1] == ':' {
		return []string{"hostile_name"}
	}
	return nil
}

// oddName is what is odd about the name of a member, of which names holds those
// before it.
func oddName(name string, names map[string]int) []string {
	flags := hostileName(name)
	if names[name]++; names[name] > 1 {
		flags = append(flags, "duplicate_name")
	}
	return flags
}

// isLitter reports whether a member is what file managers leave in archives.
func isLitter(name string) bool {
	base := baseName(name)
	return strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(base, "._") || base == ".DS_Store" || base == "Thumbs.db"
}
