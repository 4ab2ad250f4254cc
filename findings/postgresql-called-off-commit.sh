#!/usr/bin/env bash
# With synchronous replication, PostgreSQL 15 answers COMMIT, with no more than a warning, when the wait for
# the standby is called off (pg_cancel_backend, say). The row is there, and the standby does not have it.
# Whoever reads it afterwards writes nothing, so his own commit waits for no standby and comes without a
# warning: what he tells others as certain may be gone after a failover. So take a warning at a commit for
# "unknown", and have a transaction that relies on what it has read write something itself, such as
# pg_logical_emit_message(true, ..): its commit waits for everything before it.
set -euo pipefail
programs=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2> /dev/null | sort -V | tail -1)
[ -n "$programs" ] || { echo 'missing: a PostgreSQL server (Debian: postgresql)' >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The server does not run as root: then the user of Debian's package runs it.
as=()
if [ "$(id -u)" = 0 ]; then
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  chown postgres: "$folder"
fi
stop() { "${as[@]}" "$programs/pg_ctl" -D "$folder/data" -m immediate stop > /dev/null 2>&1 || true; }
cd "$folder"
"${as[@]}" "$programs/initdb" -D "$folder/data" -U someone -A trust --no-sync > "$folder/log" 2>&1
"${as[@]}" "$programs/pg_ctl" -D "$folder/data" -w -l "$folder/server.log" \
  -o "-c listen_addresses='' -c unix_socket_directories='$folder' -c fsync=off" start > /dev/null
trap 'stop; cd /; rm -rf "$folder"' EXIT
ask() { psql -h "$folder" -U someone -d postgres -qXAt "$@" 2>&1; }
ask -c 'select version()' -c 'create table notes (n integer)'
# From here on no commit that writes comes to its end by itself: there is no such standby.
ask -c "alter system set synchronous_standby_names = 'gone'" -c 'select pg_reload_conf()' > /dev/null
sleep 1
call_off() {
  until ask -c "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'" | grep -q t
  do sleep 0.1; done
}
# Runs a statement, calls its wait off, and says how it ended.
waiting() {
  ask -c "$1" -c "select 'committed'" > said & call_off; wait $!
  echo "$(grep -c '^WARNING' said) warning, $(grep -c '^committed$' said) committed"
}
writer=$(waiting 'insert into notes values (1)')
reader=$(ask -c 'select count(*) from notes')
fenced=$(waiting "select pg_logical_emit_message(true, 'x', 'y')")
echo "a writer: $writer; a reader after it, at once: $reader row; a reader that writes: $fenced"
one='1 warning, 1 committed'
if [ "$writer" = "$one" ] && [ "$reader" = 1 ] && [ "$fenced" = "$one" ]; then
  echo 'as described'
else
  echo 'this has changed'
  exit 1
fi
