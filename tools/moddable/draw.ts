/**
 * `npx tsx tools/moddable/draw.ts`: writes the wiring drawings (hal/boards/NAME/wiring-LINK.svg) and the pin
 * tables of hal/README.md from the boards' manifests. A test holds them to it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BOARDS, boards, LINKS, ROOT } from './boards.js';
import { withTables } from './pin-tables.js';
import { drawWiring } from './wiring.js';

const README = join(ROOT, 'hal/README.md');

for (const { name, board } of boards())
  for (const link of LINKS) writeFileSync(join(BOARDS, name, `wiring-${link}.svg`), drawWiring(board, link));
writeFileSync(README, withTables(readFileSync(README, 'utf8'), boards()));
