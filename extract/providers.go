package extract

// provider is a row of the table of those who issue or show badges: how their
// links look, and where the machine form of the same badge is.
type provider struct {
	name    string
	hosts   []string // exact, or "*.example.org" for it and all below, or "*" for any
	path    string   // regular expression over path?query, anchored at both ends
	machine string   // URL with $1.. for groups of path and $host; "" = ask the page
	claim   bool     // no machine form is known to exist: claim_only
	portal  bool     // a page that lists badges
	source  string   // where the row comes from: S = source or documentation read, R = links seen in public, U = reported by others
	example string   // a link the row is for
}

// Pieces of the patterns.
const (
	reUUID    = `([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})`
	reHex40   = `([0-9a-f]{40})`
	reID      = `([A-Za-z0-9_-]{6,64})`
	reQuery   = `(?:\?.*)?`
	credlyAPI = "https://api.credly.com/v1/obi/v2/badge_assertions/$1"
)

// providers, first match wins.
var providers = []provider{
	{name: "credly", hosts: []string{"www.credly.com", "credly.com", "www.youracclaim.com", "youracclaim.com"},
		path: `/badges/` + reUUID + `(?:/[A-Za-z_]*)*` + reQuery, machine: credlyAPI,
		source: "S api.credly.com/docs/obi_specified_endpoints; R", example: "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11/public_url"},
	{name: "credly", hosts: []string{"www.credly.com", "credly.com", "www.youracclaim.com", "youracclaim.com"},
		path: `/earner/earned/(?:badge|share)/` + reUUID + `/?` + reQuery, machine: credlyAPI,
		source: "R", example: "https://www.credly.com/earner/earned/badge/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"},
	{name: "credly", hosts: []string{"api.credly.com"},
		path: `/(?:api/)?v1/obi/v2/badge_assertions/` + reUUID + reQuery, machine: credlyAPI,
		source: "S api.credly.com/docs/obi_specified_endpoints", example: "https://api.credly.com/api/v1/obi/v2/badge_assertions/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"},
	{name: "credly", hosts: []string{"www.credly.com", "credly.com"},
		path:   `/go/[A-Za-z0-9_-]+/?` + reQuery, // redirects to the badge
		source: "R", example: "https://www.credly.com/go/AbC12xyz"},
	{name: "credly", hosts: []string{"www.credly.com", "credly.com", "www.youracclaim.com", "youracclaim.com"},
		path: `/users?/[^/?]+(?:/badges)?/?` + reQuery, portal: true,
		source: "R", example: "https://www.credly.com/users/role-account/badges"},

	{name: "edubadges", hosts: []string{"www.edubadges.nl", "edubadges.nl", "api.edubadges.nl"},
		path: `/public/assertions/` + reID + `(?:\.json)?/?` + reQuery, machine: "https://api.edubadges.nl/public/assertions/$1.json",
		source: "S badgr-server fork; R", example: "https://www.edubadges.nl/public/assertions/8bLUrJhgSMyWKF-I7xOosQ"},
	{name: "edubadges", hosts: []string{"demo.edubadges.nl", "api-demo.edubadges.nl"},
		path:   `/public/assertions/` + reID + `(?:\.json)?/?` + reQuery,
		source: "R", example: "https://demo.edubadges.nl/public/assertions/8bLUrJhgSMyWKF-I7xOosQ"},

	{name: "badgr", hosts: []string{"eu.badgr.com", "eu.badgr.io", "api.eu.badgr.io"},
		path: `/public/assertions/` + reID + `(?:\.json|/image|/baked)?/?` + reQuery, machine: "https://api.eu.badgr.io/public/assertions/$1.json",
		source: "S badgr-server public_api.py; R", example: "https://eu.badgr.com/public/assertions/8bLUrJhgSMyWKF-I7xOosQ"},
	{name: "badgr", hosts: []string{"ca.badgr.com", "ca.badgr.io", "api.ca.badgr.io"},
		path: `/public/assertions/` + reID + `(?:\.json|/image|/baked)?/?` + reQuery, machine: "https://api.ca.badgr.io/public/assertions/$1.json",
		source: "R", example: "https://ca.badgr.com/public/assertions/8bLUrJhgSMyWKF-I7xOosQ"},
	{name: "badgr", hosts: []string{"au.badgr.com", "au.badgr.io", "api.au.badgr.io"},
		path: `/public/assertions/` + reID + `(?:\.json|/image|/baked)?/?` + reQuery, machine: "https://api.au.badgr.io/public/assertions/$1.json",
		source: "R", example: "https://au.badgr.com/public/assertions/8bLUrJhgSMyWKF-I7xOosQ"},
	{name: "badgr", hosts: []string{"api.badgr.io", "badgr.io", "badgr.com", "www.badgr.com", "badges.parchment.com", "api.badges.parchment.com"},
		path: `/public/assertions/` + reID + `(?:\.json|/image|/baked)?/?` + reQuery, machine: "https://api.badgr.io/public/assertions/$1.json",
		source: "S badgr-server public_api.py; R", example: "https://api.badgr.io/public/assertions/8bLUrJhgSMyWKF-I7xOosQ?identity__email=applicant%40example.org"},
	{name: "badgr", hosts: []string{"*.badgr.io", "*.badgr.com", "badges.parchment.com"},
		path: `/public/collections/` + reID + `/?` + reQuery, portal: true,
		source: "S badgr-server; R", example: "https://api.badgr.io/public/collections/5f0c3e8a9b7d4c2e1a6f"},
	{name: "badgr", hosts: []string{"*.badgr.io", "*.badgr.com"},
		path:   `/share/badge/[A-Za-z0-9]+/?` + reQuery,
		source: "R", example: "https://badgr.io/share/badge/0a1b2c3d4e5f"},
	{name: "badgr", hosts: []string{"*"},
		path:   `(?:/[^/?]+)*/public/assertions/[A-Za-z0-9_-]{22}(?:\.json)?/?` + reQuery, // own installations of badgr-server
		source: "S badgr-server public_api.py", example: "https://badges.example.edu/public/assertions/8bLUrJhgSMyWKF-I7xOosQ"},

	{name: "moodle", hosts: []string{"*"},
		path: `((?:/[^?]*)?)/badges/badge\.php\?(?:[^#]*&)?hash=` + reHex40 + `(?:&.*)?`, machine: "https://$host$1/badges/assertion.php?b=$2",
		source: "S moodle badges/lib; R", example: "https://moodle.example.edu/learn/badges/badge.php?hash=3feb070ed8e6f9cef27543405d9faf48adaacecc"},
	{name: "moodle", hosts: []string{"*"},
		path: `((?:/[^?]*)?)/badges/assertion\.php\?(?:[^#]*&)?b=` + reHex40 + `(?:&action=[01])?((?:&obversion=[0-9.]+)?)(?:&.*)?`, machine: "https://$host$1/badges/assertion.php?b=$2$3",
		source: "S moodle badges/assertion.php", example: "https://moodle.example.edu/badges/assertion.php?b=3feb070ed8e6f9cef27543405d9faf48adaacecc&obversion=2"},

	{name: "openbadgefactory", hosts: []string{"openbadgefactory.com", "www.openbadgefactory.com", "*.cancred.ca", "factory.cancred.ca"},
		path: `/v1/assertion/` + reHex40 + `(?:\.html)?` + reQuery, machine: "https://$host/v1/assertion/$1",
		source: "R", example: "https://openbadgefactory.com/v1/assertion/db2ebffb91aa1e64c27090cf3feaf3e99dad3700.html"},
	{name: "openbadgepassport", hosts: []string{"openbadgepassport.com", "www.openbadgepassport.com", "passport.cancred.ca"},
		path:   `/app/badge/info/[0-9]+(?:/pic/embed|/[a-z/]*)?` + reQuery,
		source: "R; S salava", example: "https://openbadgepassport.com/app/badge/info/123456"},
	{name: "openbadgepassport", hosts: []string{"openbadgepassport.com", "www.openbadgepassport.com", "passport.cancred.ca"},
		path: `/app/(?:page/view|profile|gallery/[a-z]+|user/profile)/[0-9]+(?:/.*)?` + reQuery, portal: true,
		source: "S salava", example: "https://openbadgepassport.com/app/page/view/4711"},

	{name: "accredible", hosts: []string{"www.credential.net", "*.credential.net", "*.accredible.com"},
		path:   `/(?:credentials?/|embed/)?(?:` + reUUID + `|[0-9]{5,12})(?:/[a-z]*)?` + reQuery + `(?:#.*)?`, // its API asks for a key
		source: "R/U", example: "https://www.credential.net/3f2c9a1e-0b4d-4c6a-9e8f-7d5b3a1c2e4f#acc.abcd1234"},
	{name: "accredible", hosts: []string{"*.credential.net", "*.accredible.com"},
		path: `/profile/[^/?]+(?:/.*)?` + reQuery, portal: true,
		source: "R", example: "https://www.credential.net/profile/roleaccount/wallet"},

	{name: "certifier", hosts: []string{"credsverse.com", "www.credsverse.com"},
		path: `/credentials/` + reUUID + `/?` + reQuery, claim: true,
		source: "R", example: "https://credsverse.com/credentials/3f2c9a1e-0b4d-4c6a-9e8f-7d5b3a1c2e4f?preview=1"},
	{name: "sertifier", hosts: []string{"verified.sertifier.com"},
		path: `/[a-zA-Z-]{2,5}/verify/[0-9]+/?` + reQuery, claim: true,
		source: "R", example: "https://verified.sertifier.com/en/verify/12345678901234/"},
	{name: "badgecraft", hosts: []string{"www.badgecraft.eu", "badgecraft.eu"},
		path: `/[a-z]{2}/user-badges/[A-Za-z0-9_-]+/?` + reQuery, claim: true,
		source: "R", example: "https://www.badgecraft.eu/en/user-badges/12345"},
	{name: "linkedin-learning", hosts: []string{"www.linkedin.com", "linkedin.com"},
		path: `/learning/certificates/[0-9a-f]{32,64}/?` + reQuery, claim: true,
		source: "R", example: "https://www.linkedin.com/learning/certificates/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
	{name: "oracle", hosts: []string{"catalog-education.oracle.com"},
		path: `/[^?]*sharebadge\?(?:.*&)?id=.*`, claim: true,
		source: "R", example: "https://catalog-education.oracle.com/pls/certview/sharebadge?id=0123456789ABCDEF"},
	{name: "redhat", hosts: []string{"rhtapps.redhat.com"},
		path: `/verify/?\?(?:.*&)?cert[Ii]d=.*`, claim: true,
		source: "R", example: "https://rhtapps.redhat.com/verify?certId=123-456-789"},
	{name: "mozilla-backpack", hosts: []string{"backpack.openbadges.org"},
		path: `/share/[0-9a-f]+/?` + reQuery, claim: true, // closed in 2019
		source: "S", example: "https://backpack.openbadges.org/share/0123456789abcdef0123456789abcdef/"},
}
