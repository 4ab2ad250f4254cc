#!/usr/bin/env bash
# npm's zxing-wasm 3.1.4 carries its .wasm file and does not use it: at the first call it fetches the same
# file from a content delivery network, in Node as in a page. A program that is offline fails, and one that is
# online tells a third party. `prepareZXingModule({ overrides: { wasmBinary } })` before the first call
# prevents it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --silent --ignore-scripts --no-audit --no-fund zxing-wasm@3.1.4

cat > see.mjs <<'END'
import { readFileSync } from 'node:fs';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

// Nothing really goes out: what would be fetched is noted, and refused.
const fetched = [];
globalThis.fetch = async (url) => {
  fetched.push(String(url));
  throw new Error('offline');
};
console.error = () => {};
const data = new Uint8ClampedArray(4 * 16 * 16).fill(255);
const image = { data, width: 16, height: 16, colorSpace: 'srgb' };
const outcome = () => readBarcodes(image).then((found) => `${found.length} codes`, () => 'fails');
const asItComes = await outcome();
const host = new URL(fetched[0] ?? 'none:').host;
const wasmBinary = readFileSync('node_modules/zxing-wasm/dist/reader/zxing_reader.wasm').buffer;
prepareZXingModule({ overrides: { wasmBinary } });
const count = fetched.length;
const prepared = await outcome();
console.log('zxing-wasm 3.1.4, a white image, without a network');
console.log(`  as it comes          ${asItComes}; it would have fetched ${fetched[0]}`);
console.log(`  with its own .wasm   ${prepared}; fetched ${fetched.length - count}`);
const isFetched = asItComes === 'fails' && host.endsWith('jsdelivr.net');
const isSame = isFetched && prepared === '0 codes' && count === fetched.length;
console.log(isSame ? 'as described' : 'this has changed');
process.exitCode = isSame ? 0 : 1;
END
node see.mjs 2> see.log
