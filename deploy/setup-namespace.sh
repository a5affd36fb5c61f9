#!/bin/sh
# Makes the namespace and its search attributes, as far as they are missing; again and again without harm.
# Runs in temporalio/admin-tools. TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE say where.
set -eu
: "${TEMPORAL_ADDRESS:?}" "${TEMPORAL_NAMESPACE:?}"

attempts=60
until temporal operator cluster health >/dev/null 2>&1; do
  attempts=$((attempts - 1))
  [ "$attempts" -gt 0 ] || { echo "The server at $TEMPORAL_ADDRESS is not healthy." >&2; exit 1; }
  sleep 1
done

temporal operator namespace describe >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "${RETENTION:-168h}"

# A new namespace is known to the whole server within seconds.
attempts=60
until there=$(temporal operator search-attribute list 2>/dev/null); do
  attempts=$((attempts - 1))
  [ "$attempts" -gt 0 ] || { echo "The namespace $TEMPORAL_NAMESPACE does not answer." >&2; exit 1; }
  sleep 1
done

while read -r name type; do
  echo "$there" | grep -qw "$name" || temporal operator search-attribute create --name "$name" --type "$type"
done <<ATTRIBUTES
KgotStatus Keyword
KgotModel Keyword
KgotRounds Int
KgotDollars Double
ATTRIBUTES
