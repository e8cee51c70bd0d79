#!/bin/sh
# Makes what deploy/compose.yaml needs: certificates, keys, passwords and folders.
#
#   deploy/keys.sh DIR TENANT…
#
# DIR/nats, work, web, doors and elasticsearch hold what each service gets to see and nothing
# more; DIR/people what hiring systems and operators are given: client.crt, client.key,
# ca.crt, and a .nk for each role. The two authorities' own keys lie in DIR/authorities:
# take them to another place. What is there stays: run it again with all tenants and one more, and
# then docker compose … kill -s HUP nats-1 nats-2 nats-3.
#
# Needs openssl, and assay in PATH (or ASSAY=/path/to/it). Certificates hold for ten
# years the authorities', for two years the others.
set -eu
[ $# -ge 2 ] || {
	echo "usage: $0 DIR TENANT…" >&2
	exit 2
}
umask 077
mkdir -p "$1"
dir=$(cd "$1" && pwd)
shift
deploy=$(cd "$(dirname "$0")" && pwd)
assay=${ASSAY:-assay}
tenants=$(
	IFS=,
	echo "$*"
)

cd "$dir"
mkdir -p authorities nats work web doors elasticsearch people data/nats-1 data/nats-2 data/nats-3 data/elasticsearch

# quietly has a program say nothing, unless it fails.
quietly() {
	said=$("$@" 2>&1) || {
		echo "$said" >&2
		exit 1
	}
}
authority() { # NAME
	[ -e "authorities/$1.key" ] || quietly openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
		-subj "/CN=assay $1" -addext "keyUsage=critical,keyCertSign" -keyout "authorities/$1.key" -out "authorities/$1.crt"
}
certificate() { # AUTHORITY PLACE USAGE NAMES
	[ ! -e "$2.crt" ] || return 0
	quietly openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=assay" -keyout "$2.key" -out "$2.csr"
	printf 'basicConstraints=CA:FALSE\nextendedKeyUsage=%s\n%s\n' "$3" "${4:+subjectAltName=$4}" >"$2.ext"
	quietly openssl x509 -req -in "$2.csr" -CA "authorities/$1.crt" -CAkey "authorities/$1.key" -CAcreateserial -days 730 -extfile "$2.ext" -out "$2.crt"
	rm -f "$2.csr" "$2.ext"
}
random() { openssl rand -hex 32; }

authority clients
authority cluster
three=DNS:nats-1,DNS:nats-2,DNS:nats-3
certificate clients nats/tls serverAuth "$three,DNS:localhost,IP:127.0.0.1"
certificate cluster nats/cluster serverAuth,clientAuth "$three"
certificate clients elasticsearch/tls serverAuth DNS:elasticsearch,DNS:localhost,IP:127.0.0.1
for who in work web doors people; do certificate clients "$who/client" clientAuth ""; done
for who in nats work web doors elasticsearch people; do cp authorities/clients.crt "$who/ca.crt"; done
cp authorities/cluster.crt nats/cluster-ca.crt

"$assay" roles --tenants "$tenants" people >/dev/null
cp "$deploy/nats.conf" "$deploy/nats-cluster.conf" people/roles.conf nats/
for role in worker:work web:web serve:doors; do
	[ ! -e "people/${role%:*}.nk" ] || cp "people/${role%:*}.nk" "${role#*:}/"
done

[ -e work/id.key ] || random >work/id.key
cp work/id.key web/id.key
cp work/id.key doors/id.key
[ -e elasticsearch/password ] || random >elasticsearch/password
[ -e elasticsearch/assay ] || random >elasticsearch/assay
cp "$deploy/elasticsearch-role.json" "$deploy/elasticsearch-user.sh" elasticsearch/
printf 'elastic:\n  user: assay\n  password: %s\n' "$(cat elasticsearch/assay)" >work/elastic.yaml
cp work/elastic.yaml web/elastic.yaml
cp work/elastic.yaml doors/elastic.yaml
for who in web doors; do [ -e $who/tokens ] || echo "# see Who may ask in README.md" >$who/tokens; done
[ -e doors/hooks.yaml ] || printf '# see Webhooks of hiring systems in README.md\nhooks: {}\n' >doors/hooks.yaml
uid=$(id -u) gid=$(id -g)
if [ "$uid" -eq 0 ]; then # Elasticsearch refuses root, and nobody else needs to be it
	uid=65532 gid=65532
	chown -R $uid:$gid nats work web doors elasticsearch data
fi
printf 'ASSAY_HOME=%s\nASSAY_UID=%s\nASSAY_GID=%s\n' "$dir" $uid $gid >compose.env
echo "docker compose --env-file $dir/compose.env -f $deploy/compose.yaml up --wait"
