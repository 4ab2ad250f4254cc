#!/usr/bin/env bash
# esptool-js 0.6.1 writes an image to flash and is content: it asks the chip for the MD5 of what was written
# (command 13) only when its caller passes `calculateMD5Hash`, a function that the caller has to bring. One
# expects of a flasher that it compares. ESP Web Tools 10.4.0 pass none: a board that a page has flashed was
# never compared with its image. So let the board check itself, or pass a hash where you call esptool-js.
# Needs node.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --ignore-scripts --no-audit --no-fund esptool-js@0.6.1 esp-web-tools@10.4.0
cp node_modules/esptool-js/bundle.js esptool.mjs

cat > see.mjs <<'END'
import { readFileSync } from 'node:fs';
import { ESPLoader } from './esptool.mjs';

const WRITES = new Set([0x02, 0x03, 0x04, 0x10, 0x11, 0x12]);
const MD5 = 0x13;

/** The commands that reach a chip which says yes to all of them. */
async function commands(more) {
  const sent = [];
  const loader = new ESPLoader({ transport: { tracing: false, getInfo: () => 'nowhere' }, baudrate: 115_200, terminal: quiet });
  Object.assign(loader, { chip: { CHIP_NAME: 'ESP32-C3', BOOTLOADER_FLASH_OFFSET: 0 }, IS_STUB: true });
  loader.command = async (op) => {
    sent.push(op);
    return [0, new Uint8Array(18)];
  };
  const file = { data: new Uint8Array(4096).fill(0x5a), address: 0x10000 };
  const flash = { flashSize: 'keep', flashMode: 'keep', flashFreq: 'keep' };
  const options = { fileArray: [file], ...flash, eraseAll: false, compress: true, ...more };
  // The chip's answer is no MD5 of the image: with one to compare, that is noticed.
  const said = await loader.writeFlash(options).then(() => 'written', (error) => error.message);
  return { writes: sent.filter((op) => WRITES.has(op)).length, asks: sent.includes(MD5), said };
}
const quiet = { clean() {}, write() {}, writeLine() {} };

const plain = await commands({});
const hashed = await commands({ calculateMD5Hash: () => 'ab'.repeat(16) });
const page = readFileSync('node_modules/esp-web-tools/dist/flash.js', 'utf8');
console.log(`without a hash: ${plain.writes} commands that write, asks for the MD5: ${plain.asks}, ${plain.said}`);
console.log(`with one: ${hashed.writes} commands that write, asks for the MD5: ${hashed.asks}, ${hashed.said}`);
console.log(`ESP Web Tools pass one: ${page.includes('calculateMD5Hash')}`);
END
node see.mjs | tee said.txt
diff said.txt - <<'END'
without a hash: 3 commands that write, asks for the MD5: false, written
with one: 3 commands that write, asks for the MD5: true, MD5 of file does not match data in flash!
ESP Web Tools pass one: false
END
