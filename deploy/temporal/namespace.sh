#!/bin/sh
# Creates the namespace and the search attributes of access requests. Repeating it is harmless.
# Needs TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE. Runs that have ended can be looked at for 90 days.
set -eu

# A new namespace is known to every part of the server after some seconds.
patiently() {
  tries=60
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "gave up: $*" >&2; return 1; }
    sleep 1
  done
}

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  patiently temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 90d

patiently temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
  --name GuichetSiren --type Keyword \
  --name GuichetState --type Keyword \
  --name GuichetDeadline --type Datetime
