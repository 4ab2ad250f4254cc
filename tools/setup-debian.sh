#!/usr/bin/env bash
# Installs, on Debian or Ubuntu, the programs that some tests compare with. Without them those tests say that they are skipped.
# Run as root, or as a user who may use sudo.
set -euo pipefail

node -e '
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error("setup: Node " + process.versions.node + " is too old; 20.19 or later is needed");
    process.exit(1);
  }
' || { echo 'setup: Node 20.19 or later must be on PATH (https://nodejs.org)' >&2; exit 1; }

# python3 and libsodium: another implementation to compare Ed25519 with.
packages=(python3 libsodium23)

missing=()
for package in "${packages[@]}"; do
  dpkg -s "$package" > /dev/null 2>&1 || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update -q
  "${sudo[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
fi
