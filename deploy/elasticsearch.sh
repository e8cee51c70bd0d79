#!/bin/sh
# Starts, stops and shows a real Elasticsearch on this machine without Docker.
#
#   deploy/elasticsearch.sh start|stop|status [DIR [PORT]]
#
# The server is the build that Elastic publishes on Maven Central for
# integration tests: the whole core, without the optional modules. It listens
# on loopback only and without authentication: for development and tests, not
# for production. It needs a JDK 17 or newer, Maven (for the download only) and
# curl.
#
# Environment, each with its default:
#   ES_DIR        folder of program, data and log   (~/.cache/assay/elasticsearch;
#                                                    as root /var/tmp/assay-elasticsearch)
#   ES_PORT       HTTP port on 127.0.0.1            (9200)
#   ES_JAVA_OPTS  options of its Java               (-Xms512m -Xmx1g)
#   ES_JAVA_HOME  its JDK                           (JAVA_HOME, else the java in PATH)
#   ES_ZIP        a copy of the zip at hand, instead of the download
#   ES_USER       whom to run as when called by root (nobody)
#   ES_WAIT       seconds to wait for the start     (120)
#
# Exit status: 0 done (status: it answers), 1 it failed (status: it does not
# answer), 2 wrong usage.
set -eu

version=8.19.21
sha256=215d5f3dbf0609a149f6218a9e47b6ae2df34ebbff3c5754e35f15a5e5393c8a
artifact=org.elasticsearch.distribution.integ-test-zip:elasticsearch:$version:zip
plugin=org.apache.maven.plugins:maven-dependency-plugin:3.6.1

usage() {
	echo "usage: $0 start|stop|status [DIR [PORT]]" >&2
	exit 2
}

die() {
	echo "elasticsearch.sh: $*" >&2
	exit 1
}

[ $# -ge 1 ] && [ $# -le 3 ] || usage
command=$1
root=no
[ "$(id -u)" -ne 0 ] || root=yes
if [ $root = yes ]; then
	default=/var/tmp/assay-elasticsearch
else
	default=${XDG_CACHE_HOME:-$HOME/.cache}/assay/elasticsearch
fi
dir=${2:-${ES_DIR:-$default}}
port=${3:-${ES_PORT:-9200}}
user=${ES_USER:-nobody}
case $port in
'' | *[!0-9]*) usage ;;
esac
case $dir in
/*) ;;
*) dir=$(pwd)/$dir ;;
esac

url=http://127.0.0.1:$port
home=$dir/elasticsearch-$version
conf=$dir/config-$port
data=$dir/data-$port
logs=$dir/logs-$port
pidfile=$dir/pid-$port

# as runs a command as the user that the server runs as: it refuses root.
as() {
	if [ $root = yes ]; then
		runuser -u "$user" -- "$@"
	else
		"$@"
	fi
}

answers() {
	curl -fsS --noproxy '*' --max-time 5 "$url/_cluster/health" >/dev/null 2>&1
}

# ours tells whether the process of the pid file is still that server, so that
# a number that was given to another process since is left alone.
ours() {
	[ -s "$pidfile" ] || return 1
	pid=$(cat "$pidfile")
	kill -0 "$pid" 2>/dev/null || return 1
	tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q elasticsearch ||
		ps -p "$pid" -o args= 2>/dev/null | grep -q elasticsearch
}

checksum() {
	if command -v sha256sum >/dev/null; then
		sha256sum "$1" | cut -d' ' -f1
	else
		shasum -a 256 "$1" | cut -d' ' -f1
	fi
}

java_home() {
	h=${ES_JAVA_HOME:-${JAVA_HOME:-}}
	if [ -z "$h" ]; then
		j=$(command -v java) || die "no java found: install a JDK 17 or set ES_JAVA_HOME"
		while [ -L "$j" ]; do
			t=$(readlink "$j")
			case $t in
			/*) j=$t ;;
			*) j=$(dirname "$j")/$t ;;
			esac
		done
		h=$(dirname "$(dirname "$j")")
	fi
	[ -x "$h/bin/java" ] || die "no java under $h"
	v=$("$h/bin/java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
	[ "${v:-0}" -ge 17 ] || die "java under $h is version ${v:-unknown}; Elasticsearch $version needs 17 or newer"
	echo "$h"
}

install() {
	[ ! -x "$home/bin/elasticsearch" ] || return 0
	zip=${ES_ZIP:-}
	if [ -z "$zip" ]; then
		zip=$dir/elasticsearch-$version.zip
		if [ ! -s "$zip" ]; then
			command -v mvn >/dev/null || die "no mvn found: install Maven, or set ES_ZIP to a copy of $artifact"
			echo "fetching $artifact" >&2
			mvn -q -B "$plugin:copy" -Dartifact="$artifact" -DoutputDirectory="$dir" >&2 ||
				die "the download failed"
		fi
	fi
	[ -s "$zip" ] || die "no file $zip"
	[ "$(checksum "$zip")" = $sha256 ] || die "$zip is not the published $artifact (SHA-256 differs)"
	# Unpacked beside and then renamed: a start cut off half-way leaves nothing
	# that looks whole.
	rm -rf "$dir/unpack"
	mkdir -p "$dir/unpack"
	if command -v unzip >/dev/null; then
		unzip -q "$zip" -d "$dir/unpack"
	else
		jar=$(java_home)/bin/jar
		zip=$(cd "$(dirname "$zip")" && pwd)/$(basename "$zip")
		(cd "$dir/unpack" && "$jar" xf "$zip")
		chmod +x "$dir/unpack/elasticsearch-$version"/bin/*
	fi
	mv "$dir/unpack/elasticsearch-$version" "$home"
	rmdir "$dir/unpack"
}

start() {
	if answers; then
		echo "$url answers already"
		return 0
	fi
	command -v curl >/dev/null || die "no curl found"
	java=$(java_home)
	mkdir -p "$dir"
	install
	mkdir -p "$conf" "$data" "$logs"
	cp "$home/config/jvm.options" "$home/config/log4j2.properties" "$conf/"
	cat >"$conf/elasticsearch.yml" <<YML
cluster.name: assay-$port
node.name: assay
discovery.type: single-node
network.host: 127.0.0.1
http.port: $port
transport.port: $((port + 100))
path.data: $data
path.logs: $logs
path.repo: $data/snapshots
xpack.security.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
YML
	if [ $root = yes ]; then
		id "$user" >/dev/null 2>&1 || die "no user $user: set ES_USER to one that may run the server"
		chown -R "$user" "$conf" "$data" "$logs"
		: >"$pidfile"
		chown "$user" "$pidfile"
		as test -x "$home/bin/elasticsearch" || die "user $user cannot reach $home: choose another DIR"
	fi
	rm -f "$logs/start.out"
	(
		cd "$data"
		as env ES_JAVA_HOME="$java" ES_PATH_CONF="$conf" ES_JAVA_OPTS="${ES_JAVA_OPTS:--Xms512m -Xmx1g}" \
			ES_TMPDIR="$data" "$home/bin/elasticsearch" -d -p "$pidfile"
	) >"$logs/start.out" 2>&1 </dev/null || {
		tail -n 20 "$logs/start.out" >&2
		die "it did not start (log: $logs)"
	}
	left=${ES_WAIT:-120}
	until curl -fsS --noproxy '*' --max-time 5 "$url/_cluster/health?wait_for_status=yellow&timeout=3s" >/dev/null 2>&1; do
		left=$((left - 1))
		[ $left -gt 0 ] || die "it does not answer at $url (log: $logs)"
		ours || die "it ended again (log: $logs)"
		sleep 1
	done
	echo "$url"
}

stop() {
	if ! ours; then
		echo "not running"
		rm -f "$pidfile"
		return 0
	fi
	kill "$pid"
	left=60
	while kill -0 "$pid" 2>/dev/null; do
		left=$((left - 1))
		[ $left -gt 0 ] || die "process $pid does not end"
		sleep 1
	done
	rm -f "$pidfile"
	echo "stopped"
}

status() {
	if answers; then
		curl -fsS --noproxy '*' --max-time 5 "$url/_cluster/health?filter_path=status,number_of_nodes,active_shards"
		echo " $url"
	else
		echo "$url does not answer"
		return 1
	fi
}

case $command in
start | stop | status) $command ;;
*) usage ;;
esac
