package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// protectedAt is where a client is told who issues tokens for this server (RFC 9728), with
// the resource's path after it.
const protectedAt = "/.well-known/oauth-protected-resource"

// protected are the resources of which it is told, by their paths.
var protected = map[string]bool{"": true, "/v1": true, "/mcp": true}

// describes reports whether a request is for what is told of a resource.
func describes(r *http.Request) bool {
	path, ok := strings.CutPrefix(r.URL.Path, protectedAt)
	return ok && protected[path]
}

// resource is what is told of a resource.
type resource struct {
	Resource string   `json:"resource"`
	Servers  []string `json:"authorization_servers"`
	Bearer   []string `json:"bearer_methods_supported"`
	Name     string   `json:"resource_name"`
}

// describe tells who issues tokens for a resource: whoever has none must be able to read it.
func (l *Logins) describe(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(resource{baseOf(r) + strings.TrimPrefix(r.URL.Path, protectedAt), []string{l.o.Issuer}, []string{"header"}, "assay"})
}

// baseOf is where a client has asked, without a path. Under another name than this
// machine's there is a certificate, if only a proxy's.
func baseOf(r *http.Request) string {
	u := url.URL{Scheme: "https", Host: r.Host}
	if r.TLS == nil && isLoopback(hostName(r.Host)) {
		u.Scheme = "http"
	}
	return u.String()
}

// challenge says in an answer with status 401 how to bear a token, and where an issuer's
// are taken, too, who that is. A browser asks for a password where Basic is said.
func challenge(w http.ResponseWriter, r *http.Request, issued, basic bool) {
	bearer := `Bearer realm="assay"`
	if issued {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		path := ""
		if protected["/"+first] {
			path = "/" + first
		}
		bearer += fmt.Sprintf(`, resource_metadata=%q`, baseOf(r)+protectedAt+path)
	}
	w.Header().Add("WWW-Authenticate", bearer)
	if basic {
		w.Header().Add("WWW-Authenticate", `Basic realm="assay", charset="UTF-8"`)
	}
}

// ofBrowser reports whether a browser asks, as it says itself (Fetch Metadata) or by what
// it takes.
func ofBrowser(r *http.Request) bool {
	for name := range r.Header {
		if strings.HasPrefix(name, "Sec-Fetch-") {
			return true
		}
	}
	return readsPages(r)
}
