#!/usr/bin/env bash
# Debian 12's tshark 4.0.17 reads ISO 14443 captures (link type 264) by the length of a frame. In the form
# without CRC (events FA and FB), blocks of one byte get no name: R-blocks and DESELECT are left blank or
# called malformed. With CRC (events FE and FF) R-blocks are named; DESELECT is called malformed even then. So
# write CRCs into a capture, also where the chip has dropped them.
# Needs tshark (apt-get install tshark) and node.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v tshark > /dev/null || { echo 'tshark is not installed' >&2; exit 2; }
cd "$folder"

cat > see.mjs <<'END'
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const tshark = (...options) =>
  execFileSync('tshark', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** CRC_A, ISO 14443-3 annex B. */
function crcA(bytes) {
  let crc = 0x6363;
  for (let byte of bytes) {
    byte ^= crc & 0xff;
    byte = (byte ^ (byte << 4)) & 0xff;
    crc = ((crc >> 8) ^ (byte << 8) ^ (byte << 3) ^ (byte >> 4)) & 0xffff;
  }
  return [crc & 0xff, crc >> 8];
}

const FRAMES = [
  ['RATS', 'reader', [0xe0, 0x80]],
  ['ATS', 'card', [0x05, 0x78, 0x80, 0x70, 0x02]],
  ['I(0)', 'reader', [0x02, 0x00, 0xa4, 0x04, 0x00]],
  ['I(0)', 'card', [0x02, 0x90, 0x00]],
  ['R(NAK)', 'reader', [0xb2]],
  ['R(ACK)', 'card', [0xa3]],
  ['S(DESELECT)', 'reader', [0xc2]],
  ['S(DESELECT)', 'card', [0xc2]],
];
const EVENTS = { with: { reader: 0xfe, card: 0xff }, without: { reader: 0xfa, card: 0xfb } };

/** What tshark calls each frame. */
function read(crc) {
  const parts = [Buffer.from('d4c3b2a1020004000000000000000000ffff000008010000', 'hex')];
  FRAMES.forEach(([, who, bytes], i) => {
    const data = crc === 'with' ? [...bytes, ...crcA(bytes)] : bytes;
    const packet = Buffer.from([0, EVENTS[crc][who], data.length >> 8, data.length & 0xff, ...data]);
    const head = Buffer.alloc(16);
    head.writeUInt32LE(1_000 * i, 4);
    head.writeUInt32LE(packet.length, 8);
    head.writeUInt32LE(packet.length, 12);
    parts.push(head, packet);
  });
  writeFileSync(`${crc}.pcap`, Buffer.concat(parts));
  const out = tshark('-r', `${crc}.pcap`, '-T', 'fields', '-e', '_ws.col.Info');
  return out.split('\n').slice(0, FRAMES.length);
}

const [named, bare] = [read('with'), read('without')];
console.log(tshark('--version').split('\n')[0]);
console.log(`  ${'frame'.padEnd(12)} ${'with CRC'.padEnd(40)} without`);
FRAMES.forEach(([what], i) => {
  console.log(`  ${what.padEnd(12)} ${named[i].padEnd(40)} ${bare[i] || '(nothing)'}`);
});
const isSame =
  named[4].startsWith('R-block') && !bare[4].includes('R-block') && !bare[5].includes('R-block') &&
  named[6].includes('Malformed') && !bare[6].includes('Deselect');
console.log(isSame ? 'as described' : 'this has changed');
process.exitCode = isSame ? 0 : 1;
END
node see.mjs
