#!/usr/bin/env bash
# npm's ndef 0.2.0 does not join chunked records (NFC Forum, NDEF 1.0, section 2.3.3): the first chunk becomes
# a record with a cut-off value, and the rest one of type name format 6. A reader of tags has to join them
# itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --silent --ignore-scripts --no-audit --no-fund ndef@0.2.0

cat > see.mjs <<'END'
import ndef from 'ndef';

const ascii = (text) => [...Buffer.from(text, 'latin1')];
const payload = ascii('\x02enhello world');
const [first, rest] = [payload.slice(0, 5), payload.slice(5)];
const [MB, ME, CF, SR] = [0x80, 0x40, 0x20, 0x10];
const WELL_KNOWN = 1;
const UNCHANGED = 6;
const whole = [MB | ME | SR | WELL_KNOWN, 1, payload.length, ...ascii('T'), ...payload];
const chunked = [
  ...[MB | CF | SR | WELL_KNOWN, 1, first.length, ...ascii('T'), ...first],
  ...[ME | SR | UNCHANGED, 0, rest.length, ...rest],
];
const told = (message) =>
  ndef.decodeMessage(message).map(({ tnf, value }) => `${tnf}: ${value ?? 'no value'}`);
const [one, two] = [told(whole), told(chunked)];
console.log('ndef 0.2.0, a text record "hello world"; type name format and value of each record');
console.log('  in one piece  ', one);
console.log('  in two chunks ', two);
const isSame = String(one) === '1: hello world' && String(two) === '1: he,6: no value';
console.log(isSame ? 'as described' : 'this has changed');
process.exitCode = isSame ? 0 : 1;
END
node see.mjs
