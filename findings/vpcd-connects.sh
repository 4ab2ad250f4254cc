#!/usr/bin/env bash
# vsmartcard's vpcd 3.3 can listen for a card or, with an address in its reader.conf, connect to one. Debian's
# build of the second form takes pcscd 1.9.9 down with it at the start when no card listens there: it waits
# on the socket that it has not got. So put cards into a vpcd that listens, as it does once it is installed.
# That one listens on every address of the machine.
# Needs pcscd and vsmartcard-vpcd (apt-get install pcscd vsmartcard-vpcd), and root or user namespaces.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
driver=/usr/lib/pcsc/drivers/serial/libifdvpcd.so
[ -e "$driver" ] && command -v pcscd > /dev/null || { echo 'pcscd and vsmartcard-vpcd are not installed' >&2; exit 2; }
root=()
[ "$(id -u)" -eq 0 ] || root=(--user --map-root-user)

# Beside the pcscd of this machine: a socket and a network of its own.
start() {
  mkdir -p "$folder/$1/run" "$folder/$1/conf"
  printf 'FRIENDLYNAME "finding"\nDEVICENAME %s\nLIBPATH %s\nCHANNELID 0x8C7B\n' "$2" "$driver" > "$folder/$1/conf/vpcd"
  unshare "${root[@]}" --mount --net sh -c \
    'mkdir -p /run/pcscd && mount --bind "$0/run" /run/pcscd && exec timeout 5 pcscd --foreground --config "$0/conf"' \
    "$folder/$1" > "$folder/$1/log" 2>&1 && status=0 || status=$?
  echo "  $2: status $status, $(tail -n 1 "$folder/$1/log" | tr -d '\n' | cut -c 1-70)"
}

pcscd --version | head -n 1
start listens /dev/null:0x8C7B
listens=$status
start connects 127.0.0.1:0x8C7B
# 124: it still ran when its five seconds were over.
if [ "$listens" -eq 124 ] && [ "$status" -ne 124 ]; then echo 'as described'; else echo 'this has changed'; exit 1; fi
