#!/usr/bin/env bash
# readBarcodes of npm's zxing-wasm 3.1.4 does not throw when a file is no picture, and does not give an empty
# list either: it gives one result, with an empty format and text, `isValid: false`, and the reason in
# `error`. Its option returnErrors (false by default) does not change that. So `found.length > 0` is true for
# garbage: look at isValid of each result.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --silent --ignore-scripts --no-audit --no-fund zxing-wasm@3.1.4

cat > see.mjs <<'END'
import { readFileSync } from 'node:fs';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

const wasmBinary = Uint8Array.from(readFileSync('node_modules/zxing-wasm/dist/reader/zxing_reader.wasm')).buffer;
prepareZXingModule({ overrides: { wasmBinary } });
const white = { data: new Uint8ClampedArray(4 * 16 * 16).fill(255), width: 16, height: 16, colorSpace: 'srgb' };
const seen = async (picture) =>
  JSON.stringify(
    (await readBarcodes(picture, { returnErrors: false })).map(({ isValid, format, text, error }) => ({
      isValid,
      format,
      text,
      error,
    })),
  );
const [none, broken] = [await seen(white), await seen(new TextEncoder().encode('not a picture'))];
console.log('zxing-wasm 3.1.4');
console.log('  a white picture  ', none);
console.log('  no picture       ', broken);
const isSame = none === '[]' && broken.startsWith('[{"isValid":false,"format":"","text":"","error":"');
console.log(isSame ? 'as described' : 'this has changed');
process.exitCode = isSame ? 0 : 1;
END
node see.mjs
