#!/bin/sh
# Gives assay its user in the Elasticsearch of deploy/compose.yaml, with no more rights
# than elasticsearch-role.json names.
set -eu
cd "$(dirname "$0")"
put() { # PATH, the body on standard input
	body=$(cat)
	printf 'user = "elastic:%s"\n' "$(cat password)" |
		curl -fsS -K - --cacert ca.crt -X PUT -H 'Content-Type: application/json' -d "$body" -o /dev/null "https://elasticsearch:9200/_security/$1"
}
put role/assay <elasticsearch-role.json
printf '{"password":"%s","roles":["assay"]}' "$(cat assay)" | put user/assay
