#!/usr/bin/env bash
# Installs, on Debian or Ubuntu, the programs that some tests compare with. Where one is missing, those tests
# are skipped and say so.
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
  # NFC programs that know nothing of us, for the modelled PN532 behind a pseudo-terminal.
  libnfc-bin libnfc-examples libnfc-pn53x-examples socat
  # The smart-card stack with a virtual reader, and programs of it that know nothing of us.
  pcscd libpcsclite1 vsmartcard-vpcd opensc pcsc-tools iproute2
  # Reads the captures of the simulated air.
  tshark
  # Reads QR codes, and knows nothing of us.
  zbar-tools
  # Shows the page of the simulator, with letters to write in.
  chromium fonts-dejavu-core
  # A token for the bank's keys, in software: PKCS#11.
  softhsm2
  # The model of the bank's decisions.
  spin
  # A broker for the edge gateway of a site.
  mosquitto
  # The bank's suite on a PostgreSQL server: the tests start a cluster of their own.
  postgresql
  # Verifies the proofs of the ledger by Go's own packages.
  golang-go golang-golang-x-mod-dev
  # The XS engine on this machine, and on an emulated rv32imc chip. Its sources, libsodium's and the QR code
  # generator's are fetched at the first build: see tools/xs/README.md. apt needs no source lists for that.
  gcc g++ libc6-dev gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc
)

missing=()
for package in "${packages[@]}"; do
  dpkg -s "$package" > /dev/null 2>&1 || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  # Another apt may be at work, as after every start of some machines: wait for its lock instead of giving up.
  apt=("${sudo[@]}" apt-get -q -o DPkg::Lock::Timeout=600)
  # The lists have a lock of their own, which older versions of apt do not wait for.
  for try in $(seq 60); do
    "${apt[@]}" update && break
    [ "$try" -lt 60 ] || { echo 'setup: apt-get update does not succeed; its messages are above' >&2; exit 1; }
    echo "setup: apt-get update failed, perhaps because another apt is at work; again in 10 s" >&2
    sleep 10
  done
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
fi
