package natsd

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Role is a user of a NATS server of one's own: what stands in it is all that it may do.
type Role struct {
	Name      string // of its key's file and its inbox
	Tenant    string // whose account it is in; "" = assay's own
	Publish   []string
	Subscribe []string
}

// Inbox is what the subjects of answers to it begin with: one of its own, as others'
// inboxes are handed applications.
func (r *Role) Inbox() string { return "_INBOX_" + r.Name }

// Roles are assay's own processes and operators, and two of each tenant: one who
// submits, and one who reads what became of it.
//
// A tenant is an account of its own, and meets in assay's account what is named here
// and nothing else. Rights alone would not do: the server sends its answer to whatever
// subject a message names for it, without asking whether its sender may, so that a
// tenant could write over another's submissions.
func Roles(tenants []string) []Role {
	api := func(verb string, streams ...string) (all []string) {
		for _, s := range streams {
			all = append(all, "$JS.API."+verb+"."+s)
		}
		return all
	}
	follow := func(streams ...string) []string { // a bucket, as it changes
		return slices.Concat(api("STREAM.INFO", streams...), api("CONSUMER.CREATE", more(streams)...), api("CONSUMER.DELETE", more(streams)...),
			api("CONSUMER.INFO", more(streams)...), api("DIRECT.GET", more(streams)...), api("DIRECT.GET", streams...), flow(streams))
	}
	walked := []string{"DEADLETTERS", "RESULTS"}
	work := Role{Name: "worker",
		Publish: slices.Concat([]string{"results.*.*", "deadletters.*.*", "rechecks.*.*", "pending.*.*", "$KV.>", "$O.DOCUMENTS.>",
			"_INBOX_operator.>", "$JS.ACK.>", "$JS.FC.>", "$JS.API.INFO"},
			api("STREAM.CREATE", "*"), api("STREAM.UPDATE", "*"), api("STREAM.INFO", "*"), api("STREAM.NAMES"), api("STREAM.PURGE", "*"), api("STREAM.MSG.GET", "*"), api("STREAM.MSG.DELETE", "*"),
			api("CONSUMER", ">"), api("DIRECT.GET", ">")),
		Subscribe: []string{"assay.>"}}
	// Who takes applications over HTTP writes them, too.
	serve := Role{Name: "serve", Publish: append([]string{"applications.*.*"}, work.Publish...), Subscribe: slices.Clone(work.Subscribe)}
	all := []Role{
		work, serve,
		{Name: "web", Publish: slices.Concat([]string{"$KV.ISSUERS.>", "$KV.SIGNEDOUT.>", "$KV.SAVED.>"}, follow("KV_ISSUERS", "KV_REDECIDE", "KV_SIGNEDOUT", "KV_SAVED"))},
		{Name: "operator", Publish: slices.Concat([]string{"assay.>", "applications.*.*", "rechecks.*.*", "$O.DOCUMENTS.>", "$KV.CONTEXTS.>"},
			api("STREAM.INFO", "*"), api("STREAM.MSG.DELETE", "DEADLETTERS"), api("STREAM.MSG.GET", "DEADLETTERS"), api("DIRECT.GET", ">"),
			api("CONSUMER.LIST", "*"), api("CONSUMER.INFO", "*.*"), api("CONSUMER.CREATE", more(walked)...), api("CONSUMER.MSG.NEXT", more(walked)...), api("CONSUMER.DELETE", more(walked)...), follow("KV_CONTEXTS", "OBJ_DOCUMENTS")),
			Subscribe: []string{"results.*.*"}},
	}
	for _, t := range tenants {
		results := "$JS.API.DIRECT.GET.RESULTS.results." + t + ".*"
		all = append(all,
			Role{Name: "submit_" + t, Tenant: t, Publish: []string{"applications." + t + ".*", "parts." + t + ".*.*.*", results}, Subscribe: []string{"results." + t + ".*"}},
			Role{Name: "results_" + t, Tenant: t, Publish: []string{results}, Subscribe: []string{"results." + t + ".*"}})
	}
	for i := range all {
		r := &all[i]
		r.Subscribe = append(r.Subscribe, r.Inbox()+".>")
	}
	return all
}

// more is what stands below the names of streams.
func more(streams []string) (all []string) {
	for _, s := range streams {
		all = append(all, s+".>")
	}
	return all
}

// flow is how one who is sent messages says that it keeps up.
func flow(streams []string) (all []string) {
	for _, s := range streams {
		all = append(all, "$JS.FC."+s+".>")
	}
	return all
}

// ErrRoles is behind every error of MakeRoles that is not one of a key.
var ErrRoles = errors.New("the users of the queue")

// RolesFile is what MakeRoles writes, for a server's configuration to include.
const RolesFile = "roles.conf"

// MakeRoles writes the configuration of Roles to dir, with the public keys alone, and
// beside it for each of them NAME.nk, the seed that its process needs. Keys that are there
// stay: made again with more tenants, it adds theirs. The tenants are tokens. Errors wrap
// ErrSeed or ErrRoles.
func MakeRoles(dir string, tenants []string) ([]Role, error) {
	tenants = slices.Compact(slices.Sorted(slices.Values(tenants)))
	roles := Roles(tenants)
	users := map[string][]string{} // of each tenant
	for _, r := range roles {
		public, err := MakeSeed(filepath.Join(dir, r.Name+".nk"))
		if err != nil {
			return nil, err
		}
		users[r.Tenant] = append(users[r.Tenant], fmt.Sprintf("\t\t\t# %s\n\t\t\t{ nkey: %s, permissions: { publish: { allow: [%s] }, subscribe: { allow: [%s] } } }\n",
			r.Name, public, quoted(r.Publish), quoted(r.Subscribe)))
	}
	var b strings.Builder
	b.WriteString("# Who may do what on a NATS server for assay. Made by assay roles, which makes it anew:\n# what is written here by hand is lost. Keys are public.\n\naccounts: {\n")
	for _, t := range append([]string{""}, tenants...) {
		account, say := "assay", "\t\tjetstream: enabled\n\t\texports: [\n"
		if t == "" {
			for _, x := range tenants {
				for _, w := range between(x) {
					say += fmt.Sprintf("\t\t\t{ %s: %q, accounts: [%q] }\n", w[0], w[1], accountOf(x))
				}
			}
		} else {
			account, say = accountOf(t), "\t\timports: [\n"
			for _, w := range between(t) {
				say += fmt.Sprintf("\t\t\t{ %s: { account: \"assay\", subject: %q } }\n", w[0], w[1])
			}
		}
		fmt.Fprintf(&b, "\t%q: {\n%s\t\t]\n\t\tusers: [\n%s\t\t]\n\t}\n", account, say, strings.Join(users[t], ""))
	}
	b.WriteString("}\n")
	if err := write(filepath.Join(dir, RolesFile), []byte(b.String())); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRoles, err)
	}
	return roles, nil
}

// between are the subjects that a tenant's account and assay's share, by kind.
func between(tenant string) [][2]string {
	return [][2]string{
		{"service", "applications." + tenant + ".*"},
		{"service", "parts." + tenant + ".*.*.*"},
		{"service", "$JS.API.DIRECT.GET.RESULTS.results." + tenant + ".*"},
		{"stream", "results." + tenant + ".*"},
	}
}

func accountOf(tenant string) string { return "tenant_" + tenant }

func quoted(list []string) string {
	all := make([]string, len(list))
	for i, s := range list {
		all[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(all, ", ")
}
