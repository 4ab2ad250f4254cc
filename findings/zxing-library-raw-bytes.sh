#!/usr/bin/env bash
# `getRawBytes()` of npm's @zxing/library 0.21.3 are not the bytes of the content but the code words of the QR
# code, with its mode and length bits and padding. Of a code of mixed segments the content cannot be had as
# bytes: the metadata BYTE_SEGMENTS has the byte segments only, and the text has U+FFFD where they are no
# UTF-8.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --silent --ignore-scripts --no-audit --no-fund @zxing/library@0.21.3 qrcode@1.5.4

cat > see.mjs <<'END'
import QRCode from 'qrcode';
import * as zxing from '@zxing/library';

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

const source = new zxing.RGBLuminanceSource(gray, width, width);
const bitmap = new zxing.BinaryBitmap(new zxing.HybridBinarizer(source));
const result = new zxing.QRCodeReader().decode(bitmap);
const segments = result.getResultMetadata().get(zxing.ResultMetadataType.BYTE_SEGMENTS).map(hex);
console.log('@zxing/library 0.21.3');
console.log('  content       ', CONTENT);
console.log('  getRawBytes() ', hex(result.getRawBytes()));
console.log('  BYTE_SEGMENTS ', segments);
console.log('  getText()     ', JSON.stringify(result.getText()));
const isSame =
  !hex(result.getRawBytes()).includes(CONTENT) &&
  String(segments) === '00ff8041' &&
  result.getText() === 'HELLO:\u0000\ufffd\ufffdA12345';
console.log(isSame ? 'as described' : 'this has changed');
process.exitCode = isSame ? 0 : 1;
END
node see.mjs
