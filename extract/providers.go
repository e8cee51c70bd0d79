package extract

import (
	"encoding/base64"
	"regexp"
	"strings"
	"sync"
)

// provider is a row of the table of those who issue or show badges: how their
// links look, and where the machine form of the same badge is.
type provider struct {
	name    string
	hosts   []string // exact, or "*.example.org" for it and all below, or "*" for any
	path    string   // regular expression over path?query, anchored at both ends
	machine string   // URL with $1.. for groups of path and $host; "" = ask the page
	claim   bool     // no machine form is known to exist: claim_only
	portal  bool     // a page that lists badges
	share   bool     // the machine form is there for as long as the holder shares it
	source  string   // where the row comes from: S = source or documentation read, R = links seen in public (in repositories, most), U = reported by others
	example string   // a link the row is for
}

// Pieces of the patterns.
const (
	reUUID    = `([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})`
	reHex40   = `([0-9a-f]{40})`
	reID      = `([A-Za-z0-9_-]{6,64})`
	reBadgr   = `([A-Za-z0-9_-]{22}|[0-9a-f]{24}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})` // badgr-server: 22 of base64url; before, 24 hex or a UUID
	reAnyUUID = `[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`
	reForms   = `(?:\.json|/image|/baked)?/?` + reQuery
	reQuery   = `(?:\?.*)?`
	credlyAPI = "https://api.credly.com/v1/obi/v2/badge_assertions/$1"
)

// providers, first match wins.
var providers = []provider{
	{name: "credly", hosts: []string{"*.credly.com", "*.youracclaim.com"},
		path: `/badges/` + reUUID + `(?:/[A-Za-z_]*)*` + reQuery, machine: credlyAPI,
		source: "S api.credly.com/docs/obi_specified_endpoints; R", example: "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11/public_url"},
	{name: "credly", hosts: []string{"www.credly.com", "credly.com", "www.youracclaim.com", "youracclaim.com"},
		path: `/earner/earned/(?:badge|share)/` + reUUID + `/?` + reQuery, machine: credlyAPI,
		source: "R", example: "https://www.credly.com/earner/earned/badge/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"},
	{name: "credly", hosts: []string{"*.credly.com", "*.youracclaim.com"},
		path: `/embedded_badge/` + reUUID + `(?:/[A-Za-z_]*)*` + reQuery, machine: credlyAPI,
		source: "R", example: "https://www.credly.com/embedded_badge/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"},
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
		path: `/public/assertions/` + reBadgr + `(?:\.json)?/?` + reQuery, machine: "https://api.edubadges.nl/public/assertions/$1.json",
		source: "S badgr-server fork; R", example: "https://www.edubadges.nl/public/assertions/8bLUrJhgSMyWKF-I7xOosQ"},
	{name: "edubadges", hosts: []string{"demo.edubadges.nl", "api-demo.edubadges.nl"},
		path:   `/public/assertions/` + reBadgr + `(?:\.json)?/?` + reQuery,
		source: "R", example: "https://demo.edubadges.nl/public/assertions/8bLUrJhgSMyWKF-I7xOosQ"},

	// Whose brand a host bears stands before the region, or alone for the United
	// States; the badges of all lie on the region's API.
	{name: "badgr", hosts: []string{"*.eu.badgr.com", "*.eu.badgr.io", "*.eu.badges.parchment.com"},
		path: `/public/assertions/` + reBadgr + reForms, machine: "https://api.eu.badgr.io/public/assertions/$1.json",
		source: "S badgr-server public_api.py, moodle badges/backpack regions; R", example: "https://eu.badgr.com/public/assertions/8bLUrJhgSMyWKF-I7xOosQ"},
	{name: "badgr", hosts: []string{"*.ca.badgr.com", "*.ca.badgr.io", "*.ca.badges.parchment.com"},
		path: `/public/assertions/` + reBadgr + reForms, machine: "https://api.ca.badgr.io/public/assertions/$1.json",
		source: "S moodle badges/backpack regions; R", example: "https://college.ca.badgr.com/public/assertions/8bLUrJhgSMyWKF-I7xOosQ"},
	{name: "badgr", hosts: []string{"*.au.badgr.com", "*.au.badgr.io", "*.au.badges.parchment.com"},
		path: `/public/assertions/` + reBadgr + reForms, machine: "https://api.au.badgr.io/public/assertions/$1.json",
		source: "S moodle badges/backpack regions; R", example: "https://au.badgr.com/public/assertions/8bLUrJhgSMyWKF-I7xOosQ"},
	{name: "badgr", hosts: []string{"*.sg.badgr.com", "*.sg.badgr.io", "*.sg.badges.parchment.com"},
		path: `/public/assertions/` + reBadgr + reForms, machine: "https://api.sg.badgr.io/public/assertions/$1.json",
		source: "S moodle badges/backpack regions", example: "https://sg.badgr.io/public/assertions/8bLUrJhgSMyWKF-I7xOosQ"},
	{name: "badgr", hosts: []string{"*.test.badgr.com", "*.test.badges.parchment.com"},
		path: `/public/assertions/` + reBadgr + reForms, machine: "https://api.test.badgr.com/public/assertions/$1.json",
		source: "R", example: "https://test.badges.parchment.com/public/assertions/8bLUrJhgSMyWKF-I7xOosQ"},
	{name: "badgr", hosts: []string{"*.badgr.io", "*.badgr.com", "*.badges.parchment.com"},
		path: `/public/assertions/` + reBadgr + reForms, machine: "https://api.badgr.io/public/assertions/$1.json",
		source: "S badgr-server public_api.py; R", example: "https://api.badgr.io/public/assertions/8bLUrJhgSMyWKF-I7xOosQ?identity__email=applicant%40example.org"},
	{name: "badgr", hosts: []string{"*.badgr.io", "*.badgr.com", "*.badges.parchment.com"},
		path:   `/public/credentials/` + reBadgr + reForms, // Open Badges 3.0; the page itself is asked
		source: "R", example: "https://college.badges.parchment.com/public/credentials/8bLUrJhgSMyWKF-I7xOosQ"},
	{name: "badgr", hosts: []string{"*.badgr.io", "*.badgr.com", "*.badges.parchment.com"},
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

	{name: "openbadgefactory", hosts: []string{"*.openbadgefactory.com", "*.cancred.ca"},
		path: `/v1/assertion/` + reHex40 + `(?:\.html)?` + reQuery, machine: "https://$host/v1/assertion/$1",
		source: "R", example: "https://openbadgefactory.com/v1/assertion/db2ebffb91aa1e64c27090cf3feaf3e99dad3700.html"},
	{name: "openbadgepassport", hosts: []string{"*.openbadgepassport.com", "passport.cancred.ca"},
		path:   `/app/badge/info/[0-9]+(?:/pic/embed|/[a-z/]*)?` + reQuery,
		source: "R; S salava", example: "https://openbadgepassport.com/app/badge/info/123456"},
	{name: "openbadgepassport", hosts: []string{"*.openbadgepassport.com", "passport.cancred.ca"},
		path: `/app/(?:page/view|profile|gallery/[a-z]+|user/profile)/[0-9]+(?:/.*)?` + reQuery, portal: true,
		source: "S salava", example: "https://openbadgepassport.com/app/page/view/4711"},

	{name: "accredible", hosts: []string{"www.credential.net", "*.credential.net", "*.accredible.com"},
		path:   `/(?:credentials?/|embed/)?(?:` + reUUID + `|[0-9]{5,12})(?:/[a-z]*)?` + reQuery + `(?:#.*)?`, // its API asks for a key
		source: "R/U", example: "https://www.credential.net/3f2c9a1e-0b4d-4c6a-9e8f-7d5b3a1c2e4f#acc.abcd1234"},
	{name: "accredible", hosts: []string{"*.credential.net", "*.accredible.com"},
		path: `/profile/[^/?]+(?:/.*)?` + reQuery, portal: true,
		source: "R", example: "https://www.credential.net/profile/roleaccount/wallet"},

	{name: "verifierplus", hosts: []string{"*.verifierplus.org"},
		path: `(?:/api)?/credentials/` + reUUID + `/?` + reQuery, machine: "https://$host/api/credentials/$1", share: true,
		source: "S digitalcredentials/verifier-plus README", example: "https://verifierplus.org/credentials/3f2c9a1e-0b4d-4c6a-9e8f-7d5b3a1c2e4f"},
	{name: "learncard", hosts: []string{"learncard.app", "www.learncard.app"},
		path: `/share-boost/?\?(?:.*&)?uri=.*`, claim: true, // what it shows is encrypted for who has the link
		source: "S learningeconomy/LearnCard", example: "https://learncard.app/share-boost?uri=credential%3Aexample&seed=0a1b&pin=1234"},

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
		path: `/learning/certificates/[A-Za-z0-9_-]{20,90}/?` + reQuery, claim: true,
		source: "R", example: "https://www.linkedin.com/learning/certificates/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
	{name: "linkedin", hosts: []string{"*.linkedin.com"},
		path: `/in/[^/?]+/(?:[a-z]{2}/)?details/certifications(?:/.*)?` + reQuery, claim: true, // members see it
		source: "R", example: "https://www.linkedin.com/in/role-account/details/certifications/"},
	{name: "coursera", hosts: []string{"www.coursera.org", "coursera.org"},
		path: `/(?:account/accomplishments|verify|share)/(?:[a-z-]+/)*[A-Za-z0-9]{6,40}/?` + reQuery, claim: true,
		source: "R; S blog.coursera.org on verified certificates", example: "https://www.coursera.org/account/accomplishments/verify/AB12CD34EF56"},
	{name: "udemy", hosts: []string{"*.udemy.com", "ude.my"},
		path: `/(?:certificate/)?UC-[A-Za-z0-9-]+/?` + reQuery, claim: true,
		source: "R", example: "https://www.udemy.com/certificate/UC-0a1b2c3d-4e5f-6789-abcd-ef0123456789/"},
	{name: "microsoft-learn", hosts: []string{"learn.microsoft.com", "docs.microsoft.com"},
		path: `(?:/[a-z]{2,3}(?:-[a-z]{2,4})*)?/users/[^/?]+/(?:credentials|achievements)/[^/?]+(?:/[^/?]+)?/?` + reQuery, claim: true,
		source: "R", example: "https://learn.microsoft.com/en-us/users/roleaccount-1234/credentials/ab12cd34ef56ab78"},
	{name: "udemy", hosts: []string{"udemy-certificate.s3.amazonaws.com"},
		path: `/(?:pdf|image)/UC-[A-Za-z0-9-]+\.(?:pdf|jpg)` + reQuery, claim: true,
		source: "R", example: "https://udemy-certificate.s3.amazonaws.com/image/UC-0a1b2c3d-4e5f-6789-abcd-ef0123456789.jpg"},
	{name: "microsoft-learn", hosts: []string{"learn.microsoft.com", "docs.microsoft.com"},
		path: `(?:/[a-z]{2,3}(?:-[a-z]{2,4})*)?/users/[^/?]+/(?:credentials|achievements|certifications)/?` + reQuery, claim: true,
		source: "R", example: "https://learn.microsoft.com/en-us/users/roleaccount-1234/achievements"},
	{name: "microsoft-learn", hosts: []string{"learn.microsoft.com"},
		path: `/api/(?:credentials|achievements)/share/[a-z-]+/[^/?]+/[A-Za-z0-9.]+/?` + reQuery, claim: true,
		source: "R", example: "https://learn.microsoft.com/api/credentials/share/en-us/RoleAccount-1234/AB12CD34EF56AB78?sharingId=0011223344556677"},
	{name: "microsoft-learn", hosts: []string{"learn.microsoft.com", "docs.microsoft.com"},
		path: `(?:/[a-z]{2,3}(?:-[a-z]{2,4})*)?/users/[^/?]+/transcript/[^/?]+/?` + reQuery, claim: true,
		source: "R", example: "https://learn.microsoft.com/en-us/users/roleaccount-1234/transcript/d8yo5cw1g9zmrv2"},
	{name: "edx", hosts: []string{"courses.edx.org", "courses.edge.edx.org", "learning.edx.org"},
		path: `/certificates/(?:user/[0-9]+/course/[^/?]+|(?:download/)?[0-9a-f]{32})/?(?:[^/?]+\.pdf)?` + reQuery, claim: true,
		source: "S openedx/edx-platform lms/djangoapps/certificates/urls.py; R", example: "https://courses.edx.org/certificates/0a1b2c3d4e5f67890a1b2c3d4e5f6789"},
	{name: "edx", hosts: []string{"credentials.edx.org"},
		path: `/(?:credentials|records/programs/shared)/[0-9a-f-]{32,36}/?` + reQuery, claim: true,
		source: "S openedx/credentials urls; R", example: "https://credentials.edx.org/credentials/0a1b2c3d4e5f67890a1b2c3d4e5f6789/"},
	{name: "edx", hosts: []string{"verify.edx.org"},
		path: `/cert/[0-9a-f]{32}/?` + reQuery, claim: true,
		source: "R", example: "https://verify.edx.org/cert/0a1b2c3d4e5f67890a1b2c3d4e5f6789"},
	{name: "freecodecamp", hosts: []string{"www.freecodecamp.org", "freecodecamp.org"},
		path: `(?:/[a-z-]{2,20})?/certification/[^/?]+/[a-z0-9-]+/?` + reQuery, claim: true,
		source: "S freeCodeCamp client/src/templates; R", example: "https://www.freecodecamp.org/certification/roleaccount/responsive-web-design"},
	{name: "google-skills", hosts: []string{"*.cloudskillsboost.google", "*.skills.google", "*.qwiklabs.com"},
		path: `/public_profiles/(?:` + reAnyUUID + `|[0-9]+)(?:/badges/[0-9]+)?/?` + reQuery, claim: true,
		source: "R", example: "https://www.cloudskillsboost.google/public_profiles/3f2c9a1e-0b4d-4c6a-9e8f-7d5b3a1c2e4f/badges/123456"},
	{name: "google-skillshop", hosts: []string{"skillshop.exceedlms.com", "skillshop.credential.net"},
		path: `/student/award/[A-Za-z0-9]+/?` + reQuery, claim: true,
		source: "R", example: "https://skillshop.exceedlms.com/student/award/AbCdEfGhIjKlMnOpQrStUvWx"},
	{name: "hackerrank", hosts: []string{"www.hackerrank.com", "hackerrank.com"},
		path: `/certificates/(?:iframe/)?[0-9a-f]{8,40}/?` + reQuery, claim: true,
		source: "R", example: "https://www.hackerrank.com/certificates/0a1b2c3d4e5f"},
	{name: "datacamp", hosts: []string{"www.datacamp.com", "datacamp.com"},
		path: `/(?:statement-of-accomplishment/(?:badge/)?(?:course|track)/[0-9a-f]{40}(?:\.[a-z]+)?|certificate/[A-Z]{2,4}[0-9]{10,16}|skill-verification/[A-Z]{2,5}[0-9]{10,16})/?` + reQuery, claim: true,
		source: "R", example: "https://www.datacamp.com/statement-of-accomplishment/course/3feb070ed8e6f9cef27543405d9faf48adaacecc?raw=1"},
	{name: "kaggle", hosts: []string{"www.kaggle.com", "kaggle.com"},
		path: `/learn/certification/[^/?]+/[a-z0-9-]+/?` + reQuery, claim: true,
		source: "R", example: "https://www.kaggle.com/learn/certification/roleaccount/intro-to-machine-learning"},
	{name: "duolingo", hosts: []string{"certs.duolingo.com"},
		path: `/[A-Za-z0-9]{8,40}/?` + reQuery, claim: true,
		source: "R", example: "https://certs.duolingo.com/0a1b2c3d4e5f6789"},
	{name: "udacity", hosts: []string{"confirm.udacity.com"},
		path: `/(?:[A-Z0-9]{6,12}|[a-z]{1,2}/[0-9a-f-]{30,40})/?` + reQuery, claim: true,
		source: "R", example: "https://confirm.udacity.com/AB12CD34"},
	{name: "udacity", hosts: []string{"www.udacity.com", "udacity.com"},
		path: `/certificate/(?:[A-Z0-9]{6,12}|[a-z]{1,2}/[0-9a-f-]{30,40})/?` + reQuery, claim: true,
		source: "R", example: "https://www.udacity.com/certificate/e/3f2c9a1e-0b4d-11ee-9e8f-7d5b3a1c2e4f"},
	{name: "futurelearn", hosts: []string{"www.futurelearn.com", "futurelearn.com"},
		path: `/certificates/[a-z0-9]{5,12}/?` + reQuery, claim: true,
		source: "R", example: "https://www.futurelearn.com/certificates/ab1cd2e"},
	{name: "alison", hosts: []string{"alison.com", "www.alison.com"},
		path: `/certification/check/[^/?]+(?:/[^/?]+)?/?` + reQuery, claim: true,
		source: "R", example: "https://alison.com/certification/check/0a1b2c3d4e"},
	{name: "hubspot", hosts: []string{"app.hubspot.com", "app-eu1.hubspot.com"},
		path: `/academy/achievements/[a-z0-9]+(?:/[^?]*)?` + reQuery, claim: true,
		source: "R", example: "https://app.hubspot.com/academy/achievements/ab12cd34/en/1/role-account/digital-marketing"},
	{name: "salesforce", hosts: []string{"trailhead.salesforce.com"},
		path: `(?:/[a-z]{2}(?:-[A-Za-z]{2})?)?/credentials/(?:certification-detail-print|verification)/?\?.+`, claim: true,
		source: "R", example: "https://trailhead.salesforce.com/en/credentials/certification-detail-print/?searchString=AbCdEfGh"},
	{name: "salesforce", hosts: []string{"www.salesforce.com", "trailblazer.me"},
		path: `/(?:trailblazer|id)/[^/?]+/?` + reQuery, claim: true,
		source: "R", example: "https://www.salesforce.com/trailblazer/roleaccount"},
	{name: "pluralsight", hosts: []string{"app.pluralsight.com"},
		path: `/achievements/share/` + reAnyUUID + `/?` + reQuery, claim: true,
		source: "R", example: "https://app.pluralsight.com/achievements/share/3f2c9a1e-0b4d-4c6a-9e8f-7d5b3a1c2e4f"},
	{name: "certmetrics", hosts: []string{"cp.certmetrics.com"}, // AWS, Cisco, CompTIA and others
		path: `/[a-z0-9]+/[a-z]{2}/public/verify/credential/[A-Za-z0-9]+/?` + reQuery, claim: true,
		source: "R", example: "https://cp.certmetrics.com/amazon/en/public/verify/credential/0a1b2c3d4e5f67890a1b2c3d4e5f6789"},
	{name: "certmetrics", hosts: []string{"www.certmetrics.com"},
		path: `/[a-z0-9]+/public/(?:badge|transcript)\.aspx\?.+`, claim: true,
		source: "R", example: "https://www.certmetrics.com/amazon/public/badge.aspx?i=1&t=c&d=2018-04-10&ci=AWS00000000"},
	{name: "codecademy", hosts: []string{"www.codecademy.com", "codecademy.com"},
		path: `/profiles/[^/?]+/certificates/[0-9a-f]{24,32}/?` + reQuery, claim: true,
		source: "R", example: "https://www.codecademy.com/profiles/roleaccount/certificates/0a1b2c3d4e5f67890a1b2c3d4e5f6789"},
	{name: "sololearn", hosts: []string{"www.sololearn.com", "sololearn.com"},
		path: `/(?:[a-z]{2}/)?certificates/C[A-Z]-[A-Z0-9]{6,12}/?` + reQuery, claim: true,
		source: "R", example: "https://www.sololearn.com/certificates/CT-AB12CD34"},
	{name: "greatlearning", hosts: []string{"*.mygreatlearning.com"},
		path: `/certificate/[A-Z]{6,12}/?` + reQuery, claim: true,
		source: "R", example: "https://www.mygreatlearning.com/certificate/ABCDEFGH"},
	{name: "cognitiveclass", hosts: []string{"courses.cognitiveclass.ai"},
		path: `/certificates/[0-9a-f]{32}/?` + reQuery, claim: true,
		source: "R", example: "https://courses.cognitiveclass.ai/certificates/0a1b2c3d4e5f67890a1b2c3d4e5f6789"},
	{name: "cs50", hosts: []string{"cs50.harvard.edu", "certificates.cs50.io"},
		path: `/(?:certificates/)?` + reAnyUUID + `(?:\.(?:pdf|png))?/?` + reQuery, claim: true,
		source: "R", example: "https://cs50.harvard.edu/certificates/3f2c9a1e-0b4d-4c6a-9e8f-7d5b3a1c2e4f"},
	{name: "openclassrooms", hosts: []string{"openclassrooms.com", "www.openclassrooms.com"},
		path: `(?:/[a-z]{2})?/course-certificates/[0-9]+/?` + reQuery, claim: true,
		source: "R", example: "https://openclassrooms.com/course-certificates/1234567890"},
	{name: "simplilearn", hosts: []string{"www.simplilearn.com", "simplilearn.com"},
		path: `/skillup-certificate-landing/?\?.+`, claim: true,
		source: "R", example: "https://www.simplilearn.com/skillup-certificate-landing?token=0a1b2c"},
	{name: "nptel", hosts: []string{"nptel.ac.in"},
		path: `/noc/E_Certificate/[^?]+` + reQuery, claim: true,
		source: "R", example: "https://nptel.ac.in/noc/E_Certificate/NPTEL25CS148S10000000"},
	{name: "platzi", hosts: []string{"platzi.com"},
		path: `/p/[^/?]+/(?:curso|learning-path|ruta)/[^/?]+/diploma/(?:detalle|detail)/?` + reQuery, claim: true,
		source: "R", example: "https://platzi.com/p/roleaccount/curso/2444-react/diploma/detalle/"},
	{name: "skilljar", hosts: []string{"verify.skilljar.com"}, // the academies of many makers of software
		path: `/c/[a-z0-9]{8,16}/?` + reQuery, claim: true,
		source: "R", example: "https://verify.skilljar.com/c/ab12cd34ef56"},
	{name: "scrum", hosts: []string{"www.scrum.org", "scrum.org"},
		path: `/certificates/[0-9]+/?` + reQuery, claim: true,
		source: "R", example: "https://www.scrum.org/certificates/1234567"},
	{name: "w3schools", hosts: []string{"verify.w3schools.com"},
		path: `/[A-Z0-9]{8,14}/?` + reQuery, claim: true,
		source: "R", example: "https://verify.w3schools.com/1AB2CD3EF4"},
	{name: "stepik", hosts: []string{"stepik.org"},
		path: `/cert/[0-9]+/?` + reQuery, claim: true,
		source: "R", example: "https://stepik.org/cert/1234567"},
	{name: "openhpi", hosts: []string{"open.hpi.de"},
		path: `/verify/[a-z0-9-]{8,40}/?` + reQuery, claim: true,
		source: "R", example: "https://open.hpi.de/verify/xabcd-efghi-jklmn-opqrs-tuvwx"},
	{name: "netacad", hosts: []string{"www.netacad.com", "netacad.com"},
		path: `/certificates/?\?(?:.*&)?issuanceId=` + reAnyUUID + `(?:&.*)?`, claim: true,
		source: "R", example: "https://www.netacad.com/certificates?issuanceId=3f2c9a1e-0b4d-4c6a-9e8f-7d5b3a1c2e4f"},
	{name: "mongodb", hosts: []string{"learn.mongodb.com"},
		path: `/c/[A-Za-z0-9_-]{10,40}/?` + reQuery, claim: true,
		source: "R", example: "https://learn.mongodb.com/c/AbCdEfGhIjKlMnOpQrStUv"},
	{name: "efset", hosts: []string{"cert.efset.org"},
		path: `/(?:[a-z]{2}/)?[A-Za-z0-9]{6}/?` + reQuery, claim: true,
		source: "R", example: "https://cert.efset.org/en/Ab12Cd"},
	{name: "efset", hosts: []string{"www.efset.org", "efset.org"},
		path: `/cert/[A-Za-z0-9]{6}/?` + reQuery, claim: true,
		source: "R", example: "https://www.efset.org/cert/Ab12Cd"},
	{name: "testdome", hosts: []string{"www.testdome.com", "testdome.com"},
		path: `/certificates/[0-9a-f]{32}/?` + reQuery, claim: true,
		source: "R", example: "https://www.testdome.com/certificates/0a1b2c3d4e5f67890a1b2c3d4e5f6789"},
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

// fileHosts show a file on a page of theirs and give the file itself at another
// address: how such a link looks, and where the file is. That it is a badge only
// the file can say.
var fileHosts = []struct {
	host, path string // as in provider
	machine    string
	example    string
}{
	{"github.com", `/([^/?]+/[^/?]+)/blob/([^?]+)` + reQuery, "https://github.com/$1/raw/$2", "https://github.com/role-account/portfolio/blob/main/badge.json"},
	{"gist.github.com", `/([^/?]+/[0-9a-f]{20,40})/?` + reQuery, "https://gist.github.com/$1/raw", "https://gist.github.com/role-account/0123456789abcdef0123456789abcdef"},
	{"gitlab.com", `/([^?]+)/-/blob/([^?]+)` + reQuery, "https://gitlab.com/$1/-/raw/$2", "https://gitlab.com/role-account/portfolio/-/blob/main/badge.json"},
	{"bitbucket.org", `/([^/?]+/[^/?]+)/src/([^?]+)` + reQuery, "https://bitbucket.org/$1/raw/$2", "https://bitbucket.org/role-account/portfolio/src/main/badge.json"},
	{"codeberg.org", `/([^/?]+/[^/?]+)/src/([^?]+)` + reQuery, "https://codeberg.org/$1/raw/$2", "https://codeberg.org/role-account/portfolio/src/branch/main/badge.json"},
	{"docs.google.com", `/(document|spreadsheets)/(?:u/[0-9]+/)?d/([A-Za-z0-9_-]{10,80})(?:/(?:edit|view|preview|copy)?)?(?:[?#].*)?`, "https://docs.google.com/$1/d/$2/export?format=pdf", "https://docs.google.com/document/d/1AbCdEfGhIjKlMnOp/edit?usp=sharing"},
	{"docs.google.com", `/presentation/(?:u/[0-9]+/)?d/([A-Za-z0-9_-]{10,80})(?:/(?:edit|view|preview|copy)?)?(?:[?#].*)?`, "https://docs.google.com/presentation/d/$1/export/pdf", "https://docs.google.com/presentation/d/1AbCdEfGhIjKlMnOp/edit"},
	{"*.box.com", `/s/([A-Za-z0-9]{16,40})(?:[?/].*)?`, "https://app.box.com/shared/static/$1", "https://app.box.com/s/0123456789abcdef0123456789abcdef"},
	{"*.sharepoint.com", `(?:/:[a-z]:/[a-z])?((?:/(?:personal|sites|teams)/[^/?]+)?/_layouts/15/)(?i:doc|wopiframe)\.aspx\?(?:.*&)?(?i:sourcedoc)=((?i:%7b|\{)?[0-9A-Fa-f-]{36}(?i:%7d|\})?)(?:&.*)?`, "https://$host$1download.aspx?UniqueId=$2", "https://example.sharepoint.com/:w:/r/sites/team/_layouts/15/Doc.aspx?sourcedoc=%7B0A1B2C3D-0001-0002-0003-0A1B2C3D4E5F%7D&file=cv.docx"},
	{"*.sharepoint.com", `((?:/(?:personal|sites|teams)/[^/?]+)?/_layouts/15/)onedrive\.aspx\?(?:.*&)?id=([^&]+(?i:%2e|\.)[A-Za-z0-9]{2,5})(?:&.*)?`, "https://$host$1download.aspx?SourceUrl=$2", "https://example-my.sharepoint.com/personal/role_account/_layouts/15/onedrive.aspx?id=%2Fpersonal%2Frole%5Faccount%2FDocuments%2Fbadge%2Epng&ga=1"},
	{"*.sharepoint.com", `(/:[a-z]:/[a-z]/[^?]+)(?:\?(?:.*&)?(e=[A-Za-z0-9%]+).*)?`, "https://$host$1?$2&download=1", "https://example-my.sharepoint.com/:b:/g/personal/role_account/EabcDEF?e=a1B2c3"},
	{"1drv.ms", `/[a-z]/.+`, oneDrive, "https://1drv.ms/b/s!AbCdEfGhIjKl"},
	{"onedrive.live.com", `/.*[?&](?:resid|id|redeem)=.+`, oneDrive, "https://onedrive.live.com/?id=0123456789ABCDEF%21123&authkey=%21AbC"},
	{"*", `((?:/[^?]*)?/index\.php/s/[A-Za-z0-9]{15})/?` + reQuery, "https://$host$1/download", "https://cloud.example.org/index.php/s/AbCdEfGhIjKlMnO"}, // Nextcloud, ownCloud
	{"*.dropbox.com", `/(sh?/[^?]+|scl/f[io]/[^?]+\?(?:[^&]+&)*rlkey=[^&]+)(\?|&)?(?:dl=[01]|.*&dl=[01]|[^=]*)?`, "https://www.dropbox.com/$1", "https://www.dropbox.com/s/abc123/badge.json?dl=0"},
	{"drive.google.com", `/(?:a/[^/?]+/)?(?:u/[0-9]+/)?(?:file/(?:u/[0-9]+/)?d/|open\?(?:[^&]+&)*id=)([A-Za-z0-9_-]{10,80})(?:/[a-z]*)?(?:[?&](?:.*&)?(resourcekey=[A-Za-z0-9_-]+)(?:&.*)?|[?&].*)?`, "https://drive.google.com/uc?export=download&id=$1&$2", "https://drive.google.com/file/d/1AbCdEfGhIjKlMnOp/view?usp=sharing"},
}

// oneDrive is where OneDrive gives the file of a link that is shared, which is named by
// the link itself (Microsoft Graph, "Access shared items").
const oneDrive = "https://api.onedrive.com/v1.0/shares/u!$link/root/content"

// fileRules are the patterns of fileHosts.
var fileRules = func() []func() *regexp.Regexp {
	all := make([]func() *regexp.Regexp, len(fileHosts))
	for i, h := range fileHosts {
		all[i] = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:` + h.path + `)$`) })
	}
	return all
}()

// fileOf gives the address of the file that a link to a file host shows, "" for
// any other link.
func fileOf(host, path string) string {
	for i, h := range fileHosts {
		if !matchHost(h.host, host) {
			continue
		}
		re := fileRules[i]()
		m := re.FindStringSubmatchIndex(path)
		if m == nil {
			continue
		}
		link := base64.RawURLEncoding.EncodeToString([]byte("https://" + host + path))
		file := strings.NewReplacer("$host", strings.ReplaceAll(host, "$", "$$"), "$link", link, "$1", "${1}", "$2", "${2}").Replace(h.machine)
		file = strings.Replace(string(re.ExpandString(nil, file, path, m)), "?&", "?", 1)
		file = strings.TrimSuffix(file, "&")
		if h.host == "*.dropbox.com" {
			file = strings.NewReplacer("?dl=0&", "?", "&dl=0&", "&").Replace(file)
			if strings.Contains(file, "?") {
				return file + "&dl=1"
			}
			return file + "?dl=1"
		}
		return file
	}
	return ""
}
