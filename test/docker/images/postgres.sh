#!/usr/bin/env bash
set -eu
[ "$1" = postgres ] || exec "$@"
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
install -d -m 700 -o postgres -g postgres "$(dirname "$PGDATA")" "$PGDATA"
install -d -m 3775 -o postgres -g postgres /var/run/postgresql
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # shellcheck disable=SC2086
  as_postgres bash -c 'initdb --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") "$@"' initdb \
    --username="$POSTGRES_USER" --auth=trust $POSTGRES_INITDB_ARGS
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  as_postgres pg_ctl --wait -o "-c listen_addresses=''" start
  [ "$POSTGRES_DB" = postgres ] || as_postgres createdb --username="$POSTGRES_USER" --maintenance-db=postgres "$POSTGRES_DB"
  as_postgres pg_ctl --wait --mode=fast stop
fi
exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
