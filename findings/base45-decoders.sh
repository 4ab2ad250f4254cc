#!/usr/bin/env bash
# npm's base45 3.0.0 and base45-js 1.0.2 decode texts that RFC 9285, section 6, says to reject: a triple above
# 65,535, a pair above 255, and a single character at the end. Each gives bytes, of which the overflow is cut
# off. So two texts can decode to the same bytes. Where that matters, encode the bytes again and compare.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --silent --ignore-scripts --no-audit --no-fund base45@3.0.0 base45-js@1.0.2

cat > see.mjs <<'END'
import base45 from 'base45';
import base45js from 'base45-js';

const TEXTS = {
  'FGW': '65,535, the largest triple',
  'GGW': '65,536',
  '::': '2,024 in a pair',
  'QED8': 'one character left',
};
const SEEN = { 'FGW': 'ffff', 'GGW': '0000', '::': 'e8', 'QED8': '696500' };
let changed = false;
for (const [name, { decode }] of Object.entries({ 'base45 3.0.0': base45, 'base45-js 1.0.2': base45js })) {
  console.log(name);
  for (const [text, what] of Object.entries(TEXTS)) {
    let seen;
    try {
      seen = Buffer.from(decode(text)).toString('hex');
    } catch (error) {
      seen = `refused: ${error.message}`;
    }
    changed ||= seen !== SEEN[text];
    console.log(`  ${text.padEnd(8)} ${what.padEnd(28)} ${seen}`);
  }
}
console.log(changed ? 'this has changed' : 'as described');
process.exitCode = changed ? 1 : 0;
END
node see.mjs
