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

packages=(
  # Another implementation to compare Ed25519 with.
  python3 libsodium23
  # The XS engine on this machine, and on an emulated rv32imc chip. Its sources and libsodium's are fetched at the first build: see
  # tools/xs/README.md. apt needs no source lists for that.
  gcc libc6-dev gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc
)

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
