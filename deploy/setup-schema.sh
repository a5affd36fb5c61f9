#!/bin/sh
# Makes Temporal's two databases in PostgreSQL, or brings them to this version; again and again without harm.
# Runs in temporalio/admin-tools. The password is in SQL_PASSWORD.
set -eu
: "${POSTGRES_SEEDS:?}" "${POSTGRES_USER:?}" "${SQL_PASSWORD:?}"
schemas=${SCHEMA_DIRECTORY:-/etc/temporal/schema/postgresql/v12}

sql_tool() {
  database=$1
  shift
  temporal-sql-tool --plugin postgres12 --endpoint "$POSTGRES_SEEDS" --port "${DB_PORT:-5432}" \
    --user "$POSTGRES_USER" --database "$database" "$@"
}

setup() {
  database=$1
  versions=$2
  sql_tool "$database" create-database
  # A database without a version is new.
  if ! sql_tool "$database" update-schema --schema-dir "$versions"; then
    sql_tool "$database" setup-schema --version 0.0
    sql_tool "$database" update-schema --schema-dir "$versions"
  fi
}

setup temporal "$schemas/temporal/versioned"
setup temporal_visibility "$schemas/visibility/versioned"
