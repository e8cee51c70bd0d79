package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"assay/index/web"

	"go.uber.org/zap"
)

// logins are the flags of an OpenID issuer whose access tokens are believed beside the
// file of --tokens, and by which people sign in to the page.
type logins struct {
	Issuer      string   `help:"OpenID issuer whose access tokens are believed, beside those of --tokens." placeholder:"URL"`
	Audience    string   `help:"What that issuer calls this installation; tokens for others are refused." placeholder:"NAME"`
	TenantClaim string   `help:"Claim of a token that is the tenant; one that begins with a slash is a JSON pointer." placeholder:"CLAIM"`
	Tenant      string   `help:"The tenant of all who come by that issuer, in place of a claim." placeholder:"TENANT"`
	Rights      []string `help:"What a word of the claim of rights allows, such as recruiter=search,names (repeatable)." placeholder:"WORD=RIGHTS" sep:"none"`
	RightsClaim string   `help:"Claim of a token with words that give rights." default:"${rights}" placeholder:"CLAIM"`
	NameClaim   string   `help:"Claim of a token that the audit log calls the caller by." default:"${caller}" placeholder:"CLAIM"`
	ClientID    string   `name:"client-id" help:"Assay's id with that issuer, so that people sign in to the page there; needs --page-url." placeholder:"NAME"`
	SecretFile  string   `name:"client-secret-file" help:"File with the secret of that client; none for a public client." placeholder:"FILE"`
	CA          string   `name:"ca" help:"Certificates that may sign the issuer's (PEM)." placeholder:"FILE"`
}

// maxSecret bounds a client's secret, in bytes.
const maxSecret = 4 << 10

// options are what the flags say; people come back to the page.
func (l *logins) options(page string, log *zap.Logger) (web.LoginOptions, error) {
	o := web.LoginOptions{Issuer: l.Issuer, Audience: l.Audience, TenantClaim: l.TenantClaim, Tenant: l.Tenant,
		Rights: l.Rights, RightsClaim: l.RightsClaim, NameClaim: l.NameClaim, Client: l.ClientID, Log: log}
	if page != "" {
		o.Redirect = strings.TrimSuffix(page, "/") + web.SignInBack
	}
	if l.SecretFile != "" {
		b, err := os.ReadFile(l.SecretFile)
		if err == nil && (len(b) > maxSecret || len(bytes.TrimSpace(b)) == 0) {
			err = errors.New("it holds no secret")
		}
		if err != nil {
			return o, fmt.Errorf("--oidc-client-secret-file: %w", err)
		}
		o.Secret = string(bytes.TrimSpace(b))
	}
	if l.CA != "" {
		b, err := os.ReadFile(l.CA)
		if err != nil {
			return o, fmt.Errorf("--oidc-ca: %w", err)
		}
		o.CA = b
	}
	return o, nil
}

// open makes what knows callers by the issuer's tokens; nil where none is named.
func (l *logins) open(page string, log *zap.Logger) (*web.Logins, error) {
	if cmp.Or(l.Issuer, l.Audience, l.TenantClaim, l.Tenant, l.ClientID, l.SecretFile, l.CA) == "" && len(l.Rights) == 0 {
		return nil, nil
	}
	o, err := l.options(page, log)
	if err != nil {
		return nil, err
	}
	known, err := web.NewLogins(o)
	if err != nil {
		return nil, fmt.Errorf("--oidc-issuer: %w", err)
	}
	return known, nil
}
