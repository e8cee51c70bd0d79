package did

import (
	"context"
	"net/url"
	"strings"

	"assay/verify/verdict"
)

// webDocument reads the document of a did:web.
func webDocument(ctx context.Context, l *lookup, did string) (*document, error) {
	where, err := webURL(did)
	if err != nil {
		return nil, err
	}
	return l.read(ctx, where)
}

// webURL gives the URL of a did:web's document (did:web §2.5.2): always https,
// with a port only as %3A, and no path segment that would lead elsewhere.
func webURL(did string) (string, error) {
	host, rest, _ := strings.Cut(strings.TrimPrefix(did, "did:web:"), ":")
	authority, ok := webHost(host)
	if !ok {
		return "", errWeb
	}
	path := "/.well-known"
	if strings.Count(did, ":") > 2 {
		path = ""
		for p := range strings.SplitSeq(rest, ":") {
			if !webSegment(p) {
				return "", errWeb
			}
			path += "/" + p
		}
	}
	return "https://" + authority + path + "/did.json", nil
}

// canonical gives a did:web, or what begins with one, with its host in small
// letters: it is a name of the DNS, whatever letters it is written in. All else is
// given back as it is.
func canonical(id string) string {
	rest, ok := strings.CutPrefix(id, "did:web:")
	if !ok {
		return id
	}
	n := strings.IndexAny(rest, ":#?/")
	if n < 0 {
		n = len(rest)
	}
	return "did:web:" + strings.ToLower(rest[:n]) + rest[n:]
}

var errWeb = verdict.Because(ErrMethod, "not a did:web")

// webHost is the host of a did:web, with its port where it names one.
func webHost(encoded string) (string, bool) {
	host, err := url.PathUnescape(encoded)
	if err != nil || host == "" || !only(host, ".-:") {
		return "", false
	}
	if name, port, ok := strings.Cut(host, ":"); ok &&
		(strings.Trim(port, "0123456789") != "" || port == "" || name == "" || !strings.Contains(strings.ToUpper(encoded), "%3A")) {
		return "", false
	}
	return host, true
}

// webSegment reports whether s is one segment of a path, that leads nowhere else.
func webSegment(s string) bool {
	plain, err := url.PathUnescape(s)
	return err == nil && plain != "" && plain != "." && plain != ".." && !strings.ContainsAny(plain, "/\\?#\x00%") && only(s, "._-%")
}

// only reports whether s is made of ASCII letters, digits and others.
func only(s, others string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune(others, c)
	})
}
