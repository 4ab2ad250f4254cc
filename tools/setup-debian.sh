#!/usr/bin/env bash
# Installs the programs that tests can use on Debian or Ubuntu. Without them those tests say that they are skipped.
# Nothing is needed so far beyond Node 20.19: this checks for it and stops with a hint when it is missing.
set -euo pipefail

if ! command -v node > /dev/null; then
  echo 'setup: no node on PATH; install Node 20.19 or later (https://nodejs.org)' >&2
  exit 1
fi
node -e '
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error("setup: Node " + process.versions.node + " is too old; 20.19 or later is needed");
    process.exit(1);
  }
'
