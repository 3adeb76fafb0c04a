#!/bin/bash
# Run once by docker-compose.yml, and harmless when it is run again: Kibana's own user gets a password, and the relay a user
# with the role of packages/sink-elasticsearch/README.md.
set -euo pipefail
cd "$(dirname "$0")"

put() {
  curl --silent --show-error --fail-with-body --user "$ELASTIC_USERNAME:$ELASTIC_PASSWORD" --request PUT \
    --header 'content-type: application/json' --data "$2" "$ELASTICSEARCH_URL/_security/$1"
  echo
}

put user/kibana_system/_password "{\"password\":\"$KIBANA_PASSWORD\"}"
put role/audit-relay @elasticsearch-role.json
put user/audit-relay "{\"password\":\"$RELAY_PASSWORD\",\"roles\":[\"audit-relay\"]}"
