#!/bin/sh
# Runs once, on an empty data folder. Each role creates its own databases: Guichet one for each service,
# Temporal two.
set -eu

psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres \
  --set=guichet="$GUICHET_DATABASE_PASSWORD" --set=temporal="$TEMPORAL_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE guichet LOGIN CREATEDB PASSWORD :'guichet';
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'temporal';
SQL
