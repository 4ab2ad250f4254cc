#!/usr/bin/env bash
# npm's jsqr 1.4.0 leaves a byte segment out of `data` when it is no UTF-8, without a word: of a code with the
# segments "HELLO:", 00 ff 80 41 and "12345" it gives "HELLO:12345". Nothing in the result says that something
# is missing. `binaryData` has every byte: read that, and decode it yourself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --silent --ignore-scripts --no-audit --no-fund jsqr@1.4.0 qrcode@1.5.4

cat > see.mjs <<'END'
import QRCode from 'qrcode';
import jsQR from 'jsqr';

// One QR code of three segments, as ISO/IEC 18004 allows: alphanumeric, bytes, numeric.
const { modules } = QRCode.create([
  { data: 'HELLO:', mode: 'alphanumeric' },
  { data: Uint8Array.of(0x00, 0xff, 0x80, 0x41), mode: 'byte' },
  { data: '12345', mode: 'numeric' },
]);
const CONTENT = '48454c4c4f3a' + '00ff8041' + '3132333435';
const [PIXELS, QUIET] = [8, 4];
const width = (modules.size + 2 * QUIET) * PIXELS;
const isDark = (x, y) => x >= 0 && y >= 0 && x < modules.size && y < modules.size && modules.get(y, x) === 1;
const gray = new Uint8ClampedArray(width * width).map((_, at) => {
  const [x, y] = [at % width, Math.floor(at / width)].map((value) => Math.floor(value / PIXELS) - QUIET);
  return isDark(x, y) ? 0 : 255;
});
const hex = (bytes) => Buffer.from(bytes).toString('hex');

const pixels = new Uint8ClampedArray(4 * gray.length).map((_, at) => gray[at >> 2]);
const read = (jsQR.default ?? jsQR)(pixels, width, width);
console.log('jsqr 1.4.0');
console.log('  data        ', JSON.stringify(read.data));
console.log('  binaryData  ', hex(read.binaryData));
const isSame = read.data === 'HELLO:12345' && hex(read.binaryData) === CONTENT;
console.log(isSame ? 'as described' : 'this has changed');
process.exitCode = isSame ? 0 : 1;
END
node see.mjs
