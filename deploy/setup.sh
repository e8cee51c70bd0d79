#!/bin/sh
# Sets this machine up for a target and says nothing when nothing is missing:
#
#   deploy/setup.sh run    for make build and make run
#   deploy/setup.sh test   for make test as well
#   deploy/setup.sh ci     for .ci/run as well
#
# What Debian and Ubuntu package is installed with apt-get, as root or with sudo
# where sudo asks for no password or a person is there to type it. Elsewhere, and
# with ASSAY_SETUP=tell, each missing thing is named with how to get it. Go itself
# is never installed: it is needed to begin with.
#
#   run   Go as go.mod asks, make, CA certificates
#   test  curl, openssl, unzip, a JDK 17 or newer and Maven (the real Elasticsearch), Chromium
#         (the page in a real browser), gcc and libc6-dev (the race detector), as
#         root util-linux (runuser: Elasticsearch refuses root), python3 where the
#         shared data is
#   ci    python3 with venv, schemathesis from PyPI into bin/python, nats-py and
#         openapi-python-client into bin/clients; systemd-analyze; npm, and its packages nats,
#         openapi-typescript, typescript and axe-core into bin/node; jnats and what it
#         needs, by Maven, into bin/java
#
# Other downloads: Go modules of go.sum; the Elasticsearch zip from Maven Central
# (deploy/elasticsearch.sh names it with its SHA-256).
#
# Exit status: 0 all is there, or what is lacking only makes tests be left out;
# 1 something is lacking without which the target cannot run, or which
# ASSAY_REQUIRE names (elasticsearch, chromium, race, shared, axe); 2 wrong usage.
set -eu
cd "$(dirname "$0")/.."

case ${1:-} in
run) for="run" ;;
test) for="run test" ;;
ci) for="run test ci" ;;
*)
	echo "usage: $0 run|test|ci" >&2
	exit 2
	;;
esac

say() { echo "setup: $*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }
wanted() { case " $for " in *" $1 "*) ;; *) return 1 ;; esac }
required() { case " $(echo "${ASSAY_REQUIRE:-}" | tr , ' ') " in *" $1 "*) ;; *) return 1 ;; esac }

java17() {
	j=${ES_JAVA_HOME:-${JAVA_HOME:-}}
	if [ -n "$j" ]; then j=$j/bin/java; else j=java; fi
	v=$("$j" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
	[ "${v:-0}" -ge 17 ]
}

certificates() {
	for f in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem /etc/ssl/ca-bundle.pem; do
		[ ! -s "$f" ] || return 0
	done
	return 1
}

compiles() {
	has gcc && printf '#include <stdlib.h>\n' | gcc -E - >/dev/null 2>&1
}

# there tells whether a thing is here already.
there() {
	case $1 in
	# A machine that has every module needs no certificates.
	certificates) certificates || GOPROXY=off "$go" list -deps ./... >/dev/null 2>&1 ;;
	java) java17 2>/dev/null ;;
	maven) has mvn || [ -n "${ES_ZIP:-}" ] ;;
	compiler) compiles ;;
	runuser) [ "$(id -u)" -ne 0 ] || has runuser ;;
	venv) has python3 && python3 -c 'import ensurepip, venv' 2>/dev/null ;;
	*) has "$1" ;;
	esac
}

# packages names what apt-get would install for a thing, the first of the lines
# that the machine's lists know.
packages() {
	case $1 in
	certificates) echo ca-certificates ;;
	java) printf '%s\n' openjdk-17-jdk-headless openjdk-21-jdk-headless openjdk-25-jdk-headless default-jdk-headless ;;
	compiler) echo gcc libc6-dev ;;
	runuser) echo util-linux ;;
	venv) echo python3 python3-venv ;;
	systemd-analyze) echo systemd ;;
	*) echo "$1" ;;
	esac
}

# advice says how a person gets a thing where apt-get does not bring it.
advice() {
	case $1 in
	make) echo "make: from the system's packages (macOS: xcode-select --install)" ;;
	certificates) echo "CA certificates: the system's package ca-certificates, or SSL_CERT_FILE" ;;
	curl | unzip | openssl) echo "$1: from the system's packages" ;;
	java) echo "a JDK 17 or newer: from the system's packages or adoptium.net; ES_JAVA_HOME names one outside PATH" ;;
	maven) echo "Maven: from the system's packages or maven.apache.org; or ES_ZIP, a copy of the zip that deploy/elasticsearch.sh names" ;;
	chromium) echo "Chromium: from the system's packages; on Ubuntu: snap install chromium" ;;
	compiler) echo "gcc and the C library's headers, for the race detector: from the system's packages" ;;
	runuser) echo "runuser: the system's package util-linux, or do not be root" ;;
	python3) echo "Python 3: from the system's packages" ;;
	systemd-analyze) echo "systemd-analyze: the system's package systemd" ;;
	npm) echo "npm: from the system's packages or nodejs.org" ;;
	venv) echo "Python 3 with venv: from the system's packages" ;;
	esac
}

# serves names what ASSAY_REQUIRE calls the tests that a thing is for.
serves() {
	case $1 in
	java | maven | curl | unzip | runuser) echo elasticsearch ;;
	chromium | openssl) echo "$1" ;;
	compiler) echo race ;;
	python3) echo shared ;;
	npm) echo axe ;;
	systemd-analyze) echo systemd ;;
	esac
}

go=${GO:-go}
need=$(sed -n 's/^go \([0-9]*\.[0-9]*\).*/\1/p' go.mod)
if ! has "$go"; then
	say "Go $need or newer is not in PATH: go.dev/dl has it"
	exit 1
fi
version=$("$go" env GOVERSION 2>/dev/null || echo none)
if [ "$version" = none ] || ! printf '%s\n' "$version" | awk -v need="$need" '{ sub(/^go/, ""); split($1, v, /[.a-z]/); split(need, n, "."); exit !(v[1] > n[1] || v[1] == n[1] && v[2] >= n[2]) }'; then
	say "Go $need or newer is needed, here is $("$go" version 2>/dev/null | cut -d' ' -f3): go.dev/dl has it"
	exit 1
fi

things=
! wanted run || things="make certificates"
if wanted test; then
	things="$things curl chromium compiler openssl"
	# The cases of the shared data are run by a script of theirs.
	[ ! -d "${ASSAY_SHARED:-../shared}/cases" ] || things="$things python3"
	# An Elasticsearch that runs already needs nothing here.
	[ -n "${ASSAY_ELASTIC:-}" ] || things="$things unzip java maven runuser"
fi
! wanted ci || things="$things venv npm systemd-analyze"

lacking() {
	for t in $things; do there "$t" || echo "$t"; done
}

missing=$(lacking)
as_root=no
if [ -n "$missing" ] && [ "${ASSAY_SETUP:-}" != tell ] && has apt-get; then
	if [ "$(id -u)" -eq 0 ]; then
		as_root=
	elif has sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
		as_root=sudo
	fi
fi
if [ "$as_root" != no ]; then
	say "missing:" $missing
	$as_root apt-get update -qq || say "apt-get update failed"
	list=
	for t in $missing; do
		found=$(packages "$t" | while read -r line; do
			for p in $line; do
				apt-cache policy "$p" 2>/dev/null | grep -q 'Candidate: [0-9]' || continue 2
			done
			echo "$line"
			break
		done)
		list="$list $found"
	done
	if [ -n "${list# }" ]; then
		say "apt-get install$list"
		$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $list >/dev/null ||
			say "apt-get install failed"
	fi
	# Ubuntu has Chromium as a snap only.
	if wanted test && ! there chromium && has snap; then
		$as_root snap install chromium >&2 || say "snap install chromium failed"
	fi
	hash -r
	missing=$(lacking)
fi

status=0
for t in $missing; do
	say "not here: $(advice "$t")"
	case $t in
	make | certificates | venv) status=1 ;;
	*) ! required "$(serves "$t")" || status=1 ;;
	esac
done
[ $status -eq 0 ] || exit $status

# For the example clients, the clients that generators make, and axe, whose tests are
# left out without.
if wanted ci && ! [ -x bin/clients/bin/openapi-python-client ]; then
	python3 -m venv bin/clients
	bin/clients/bin/pip -q install 'nats-py[nkeys]==2.16.0' openapi-python-client==0.29.1
fi
if wanted ci && has npm && ! [ -d bin/node/node_modules/axe-core ]; then
	mkdir -p bin/node
	npm install --prefix bin/node --silent --no-fund --no-audit nats@2.29.3 openapi-typescript@7.13.0 typescript@5.9.3 axe-core@4.14.1 >/dev/null || say "packages of npm are not here: what is tested with them is left out"
fi
if wanted ci && has mvn && ! [ -s bin/java/jnats-2.21.1.jar ]; then
	for jar in org.bouncycastle:bcprov-lts8on:2.73.7 io.nats:jnats:2.21.1; do
		mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy -Dartifact=$jar -DoutputDirectory=bin/java >/dev/null 2>&1 ||
			say "$jar is not here: the client in Java is left out"
	done
fi
if wanted ci && ! [ -x bin/python/bin/schemathesis ]; then
	python3 -m venv bin/python
	bin/python/bin/pip -q install schemathesis==4.32.5
fi
