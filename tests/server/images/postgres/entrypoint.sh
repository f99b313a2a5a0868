# What the public image does at its first start: a cluster, the user and its database, the password from a file.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  chown postgres: "$PGDATA"
  cp "$POSTGRES_PASSWORD_FILE" /tmp/password && chown postgres /tmp/password
  setpriv --reuid=postgres --regid=postgres --clear-groups \
    initdb --username="$POSTGRES_USER" --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8 >/dev/null
  rm /tmp/password
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  setpriv --reuid=postgres --regid=postgres --clear-groups pg_ctl --wait start -o "-c listen_addresses='' -k /tmp" >/dev/null
  [ "$POSTGRES_DB" = postgres ] || PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE") \
    createdb --host=/tmp --username="$POSTGRES_USER" "$POSTGRES_DB"
  setpriv --reuid=postgres --regid=postgres --clear-groups pg_ctl --wait stop >/dev/null
fi
exec setpriv --reuid=postgres --regid=postgres --clear-groups postgres -c listen_addresses='*' -k /tmp
