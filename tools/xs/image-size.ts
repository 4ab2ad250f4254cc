/** How many bytes of flash each part of the chip's image takes, out of the linker's map. */
import { readFileSync } from 'node:fs';
import { mapOf } from './compile.js';

/** Sections that lie in flash; the rest is RAM that starts as zeros, or says something about the program. */
const FLASH = /^ \.(?:text|rodata|srodata|sdata|data|init|init_array|tdata)\b/;
const PARTS = ['xs', 'libsodium', 'qrcodegen', 'hal', 'platform'];

/** By part, then `all`. */
export function imageSize(program: string): Map<string, number> {
  const sizes = new Map<string, number>([...PARTS, 'C library', 'all'].map((part) => [part, 0]));
  // A long section name has the rest of its line on the next.
  const map = readFileSync(mapOf(program), 'utf8')
    .split('Linker script and memory map')[1]
    .replace(/^( \.\S+)\n\s+/gm, '$1 ');
  for (const line of map.split('\n')) {
    const found = /^ \.\S+\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S+)/.exec(line);
    if (!found || !FLASH.test(line) || Number.parseInt(found[1], 16) === 0) continue;
    const bytes = Number.parseInt(found[2], 16);
    const part = PARTS.find((name) => found[3].includes(`/objects/${name}/`)) ?? 'C library';
    sizes.set(part, sizes.get(part)! + bytes);
    sizes.set('all', sizes.get('all')! + bytes);
  }
  return sizes;
}
