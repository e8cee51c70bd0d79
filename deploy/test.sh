#!/bin/sh
# Runs every test, with the race detector where several goroutines are at work, against
# the real servers: an
# Elasticsearch (deploy/elasticsearch.sh) and a nats-server built from its Go
# module, each a process of its own that is ended afterwards. What the machine
# lacks is installed or named first (deploy/setup.sh test). The last line says how
# many tests were skipped and for want of what; under ASSAY_REQUIRE a skip for want
# of one of its names fails.
#
#   deploy/test.sh             everything that make test runs
#   deploy/test.sh long        what make test-long runs beside it
#   deploy/test.sh PACKAGE…    go test with these arguments
#
# ASSAY_ELASTIC=http://…  uses an Elasticsearch that runs already. The time of each
# test, the longest first, is left in bin/slow.txt.
set -eu
cd "$(dirname "$0")/.."
mkdir -p bin
deploy/setup.sh test

go build -o bin/tally ./cmd/internal/tally
[ -x bin/nats-server ] || go build -o bin/nats-server github.com/nats-io/nats-server/v2
ASSAY_NATS_SERVER=$(pwd)/bin/nats-server
export ASSAY_NATS_SERVER

# A server of minutes does not earn back what its second compiler costs.
java="-Xms512m -Xmx1g -XX:TieredStopAtLevel=1" limit=20m
[ "${1:-}" != long ] || java="-Xms512m -Xmx1g" limit=40m

if [ -z "${ASSAY_ELASTIC:-}" ]; then
	port=${ES_PORT:-9208}
	if ES_PORT=$port deploy/elasticsearch.sh status >/dev/null 2>&1; then
		: # somebody else's: used, not ended
	elif ES_JAVA_OPTS=${ES_JAVA_OPTS:-$java} ES_PORT=$port deploy/elasticsearch.sh start; then
		trap 'ES_PORT=$port deploy/elasticsearch.sh stop >/dev/null' EXIT INT TERM
	else
		echo "test.sh: no Elasticsearch: its tests are left out (deploy/elasticsearch.sh says why)" >&2
		port=
	fi
	[ -z "$port" ] || ASSAY_ELASTIC=http://127.0.0.1:$port
	export ASSAY_ELASTIC
fi

race=-race
if ! printf '#include <stdlib.h>\n' | gcc -E - >/dev/null 2>&1; then
	race=
	echo "test.sh: no C compiler: the race detector is left out" >&2
fi

# As the program is built: the packages that it is made of are there already.
case " ${GOFLAGS:-} " in
*" -trimpath "*) ;;
*) export GOFLAGS="${GOFLAGS:+$GOFLAGS }-trimpath" ;;
esac
# run prints the events of one go test for bin/tally, which tells a run that broke
# off from one that ended.
run() { go test -json -timeout $limit "$@" || echo '{"Action":"broken"}'; }
racing() { CGO_ENABLED=${race:+1} run $race -shuffle=on "$@"; }
plain() { CGO_ENABLED=0 run -count=1 "$@"; }

# Tests of these names are long: make test-long runs them. By themselves they are
# skipped where ASSAY_LONG is not set.
long='^TestLong'
case ${1:-} in
long)
	packages=$(grep -rl --include='*_test.go' '^func TestLong' . | xargs -n1 dirname | sort -u)
	if [ -z "$packages" ]; then
		echo "no test is named TestLong…"
		exit
	fi
	# Half a million forgeries, thousands of questions to one engine, and archives,
	# on one goroutine each: the race detector says nothing of them.
	one='^TestLong(ForgerySearch|Conformance|Isolation|Market|Frameworks|Reproducible)$'
	export ASSAY_LONG=1
	{
		# These wait more than they work.
		racing -count=1 -run "$long" -skip "$one" $(for p in $packages; do grep -hE '^func TestLong' "$p"/*_test.go | sed 's/func //; s/(.*//' | grep -qvE "$one" && echo "$p"; done) >bin/waiting.json &
		plain -p 3 -run "$one" $packages
		wait
		cat bin/waiting.json
	} | bin/tally -slow bin/slow.txt
	exit
	;;
?*)
	racing "$@" | bin/tally -slow bin/slow.txt
	exit
	;;
esac

# The race detector makes a test ten times longer, and sees only what several
# goroutines do. With it run: the packages that start one, and every test named
# TestConcurrent…; of the engines what is not below; of the program, whose work is
# in those packages, the scripts that serve. All others run without, where memory is
# measured as it is.
starts() {
	go list -f '{{.ImportPath}} {{range .GoFiles}}{{$.Dir}}/{{.}} {{end}}' ./... | while read -r package files; do
		if grep -qE '^[^/"`]*(\bgo (func\b|[a-zA-Z.]+\()|\.Go\()' $files /dev/null; then echo "$package"; fi
	done
}
# Thousands of questions and comparisons on one goroutine; pages in a browser, which goes
# from one to the next; what strangers wrote, on page after page.
lists='^TestConformance$/^(search|facets|paging|why|suggest|sections|edges|expiry|many|issuers|holders|blind|bad|scan|random|forgers)$|^(TestOwnVectors|TestIsolation|TestIsolationBriefly|TestIsolationNamesTheLeak|TestMarket|TestNothingForeignLeaves|Test[A-Za-z]*In(A)?Browser|TestAccessible|TestSearchByKeys|TestFirstView|TestHostileStrings)$'
serving='^TestScripts$/^(serve|deadletters|real)$'
own='-e /index/elastic$ -e /index/local$ -e /cmd/assay$'
# The queue's server, begun anew within its process, races with goroutines of its own.
started=$(starts | grep -v $own | grep -v '/ingest/natsd$')
case $started in
*/ingest*) ;;
*)
	echo "test.sh: nobody is seen to start a goroutine" >&2
	exit 1
	;;
esac
others=$(go list ./... | grep -vxF "$started" | grep -v $own)
concurrent=$(grep -rl --include='*_test.go' '^func TestConcurrent' . | xargs -n1 dirname | sort -u)
# A process under the race detector sleeps for a second before it ends.
export GORACE=atexit_sleep_ms=0

# Several go commands beside each other would each compile what is not there yet, some of
# it for a minute: once is enough.
parts() { go list -test -deps -f '{{if and (or .GoFiles .CgoFiles) (not (or .ForTest (eq .Name "main")))}}{{.ImportPath}}{{end}}' "$@"; }
CGO_ENABLED=${race:+1} go build $race $(CGO_ENABLED=${race:+1} parts $started ./index/elastic ./index/local ./cmd/assay)
CGO_ENABLED=0 go build $(CGO_ENABLED=0 parts ./...)

# Elasticsearch is waited for most of the time, and so are the programs of scripts:
# they run beside all others.
{
	{
		racing -short -parallel 4 -skip "$long|$lists" ./index/elastic
		plain -short -parallel 4 -run "$lists" ./index/elastic
	} >bin/elastic.json &
	{
		racing -run "$serving" ./cmd/assay
		racing -run '^TestConcurrent' $concurrent
	} >bin/waiting.json &
	racing -skip "$long|$lists" ./index/local $started
	plain -shuffle=on -run "$lists" $started
	plain -shuffle=on -skip "$long" ./cmd/assay ./index/local $others
	# The chart, alert rules and dashboard, by the libraries of those who read them.
	(cd deploy/check && plain .)
	wait
	cat bin/elastic.json bin/waiting.json
} | bin/tally -slow bin/slow.txt
