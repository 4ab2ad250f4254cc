#!/usr/bin/env bash
# npm's cbor-x 1.6.8 does not write the shortest form that RFC 8949, section 4.2, calls preferred: the length
# of an object takes two bytes more, a whole number from 2^32 on becomes a float, a Uint8Array gets tag 64
# (RFC 8746) and a Map tag 259; a Buffer and an array get no tag. So its bytes are not those of another
# encoder, and a hash or a signature over them does not match. Where bytes count, give Buffers, and compare
# with a fixed shape.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --silent --ignore-scripts --no-audit --no-fund cbor-x@1.6.8

cat > see.mjs <<'END'
import { encode } from 'cbor-x';

const CASES = [
  ['{ a: 1 }', { a: 1 }, 'b90001616101', 'a1616101'],
  ['Uint8Array of 1, 2', Uint8Array.of(1, 2), 'd840420102', '420102'],
  ['Buffer of 1, 2', Buffer.of(1, 2), '420102', '420102'],
  ['[1]', [1], '8101', '8101'],
  ['Map of 1 to 2', new Map([[1, 2]]), 'd90103a10102', 'a10102'],
  ['2 ** 40', 2 ** 40, 'fb4270000000000000', '1b0000010000000000'],
];
let changed = false;
console.log('cbor-x 1.6.8'.padEnd(22), 'seen'.padEnd(20), 'preferred by RFC 8949');
for (const [what, value, before, preferred] of CASES) {
  const seen = Buffer.from(encode(value)).toString('hex');
  changed ||= seen !== before;
  console.log(what.padEnd(22), seen.padEnd(20), preferred);
}
console.log(changed ? 'this has changed' : 'as described');
process.exitCode = changed ? 1 : 0;
END
node see.mjs
