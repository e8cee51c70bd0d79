package main

import (
	"cmp"
	"fmt"
	"os"

	"assay/index/web"

	"go.uber.org/zap"
)

// logins are the flags of an OpenID issuer whose access tokens are believed beside the
// file of --tokens.
type logins struct {
	Issuer      string   `help:"OpenID issuer whose access tokens are believed, beside those of --tokens." placeholder:"URL"`
	Audience    string   `help:"What that issuer calls this installation; tokens for others are refused." placeholder:"NAME"`
	TenantClaim string   `help:"Claim of a token that is the tenant; one that begins with a slash is a JSON pointer." placeholder:"CLAIM"`
	Tenant      string   `help:"The tenant of all who come by that issuer, in place of a claim." placeholder:"TENANT"`
	Rights      []string `help:"What a word of the claim of rights allows, such as recruiter=search,names (repeatable)." placeholder:"WORD=RIGHTS" sep:"none"`
	RightsClaim string   `help:"Claim of a token with words that give rights." default:"${rights}" placeholder:"CLAIM"`
	NameClaim   string   `help:"Claim of a token that the audit log calls the caller by." default:"${caller}" placeholder:"CLAIM"`
	CA          string   `name:"ca" help:"Certificates that may sign the issuer's (PEM)." placeholder:"FILE"`
}

// options are what the flags say.
func (l *logins) options(log *zap.Logger) (web.LoginOptions, error) {
	o := web.LoginOptions{Issuer: l.Issuer, Audience: l.Audience, TenantClaim: l.TenantClaim, Tenant: l.Tenant,
		Rights: l.Rights, RightsClaim: l.RightsClaim, NameClaim: l.NameClaim, Log: log}
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
func (l *logins) open(log *zap.Logger) (*web.Logins, error) {
	if cmp.Or(l.Issuer, l.Audience, l.TenantClaim, l.Tenant, l.CA) == "" && len(l.Rights) == 0 {
		return nil, nil
	}
	o, err := l.options(log)
	if err != nil {
		return nil, err
	}
	known, err := web.NewLogins(o)
	if err != nil {
		return nil, fmt.Errorf("--oidc-issuer: %w", err)
	}
	return known, nil
}
