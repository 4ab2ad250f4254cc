/** `npx tsx tools/curve25519/write-tables.ts`: writes the constants of the chip's Ed25519 into its folder. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { files } from './tables.js';

const FOLDER = fileURLToPath(new URL('../../hal/crypto/curve25519', import.meta.url));

for (const [name, text] of Object.entries(files())) writeFileSync(join(FOLDER, name), text);
