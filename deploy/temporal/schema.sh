#!/bin/sh
# Creates Temporal's databases and brings their schema to this version. Repeating it is harmless.
# Needs SQL_HOST, SQL_USER and SQL_PASSWORD.
set -eu

bring_up_to_date() {
  database=$1 schema=$2
  tool="temporal-sql-tool --plugin postgres12 --endpoint $SQL_HOST --port 5432 --user $SQL_USER --database $database"
  $tool create
  $tool setup-schema --version 0.0
  $tool update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$schema/versioned"
}

bring_up_to_date temporal temporal
bring_up_to_date temporal_visibility visibility
