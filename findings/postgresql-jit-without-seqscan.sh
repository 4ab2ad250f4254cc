#!/usr/bin/env bash
# PostgreSQL 15 (Debian 12) compiles small queries to machine code each time that they run, once
# enable_seqscan is off and a plan needs a sequential scan all the same. "off" only adds 10^10 to the cost of
# such a scan, and that is far above jit_above_cost (100,000), so a sum over ten rows takes hundreds of
# milliseconds. Expected: a setting that keeps the planner from scans costs nothing where there is no other
# way. Whoever turns scans off turns jit off as well.
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
  -o "-c listen_addresses='' -c unix_socket_directories='$folder'" start > /dev/null
trap 'stop; cd /; rm -rf "$folder"' EXIT
ask() { psql -h "$folder" -U someone -d postgres -qAt "$@"; }
ask -c 'select version()'
ask -c 'create table things (n integer); insert into things select generate_series(1, 10)'
query='explain (analyze) select sum(n) from things'
compiled() { ask -c "set enable_seqscan to $1" -c "$query" | grep -c '^JIT:' || true; }
with=$(compiled on)
without=$(compiled off)
echo "a sum over ten rows is compiled: scans on, $with; scans off, $without"
if [ "$with" = 0 ] && [ "$without" = 1 ]; then echo 'as described'; else echo 'this has changed'; exit 1; fi
