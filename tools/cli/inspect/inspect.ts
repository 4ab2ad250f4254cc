import { readFileSync } from 'node:fs';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { geometryOf } from '../../../sim/inspect/image.js';
import { inspect as look } from '../../../sim/inspect/inspect.js';
import { Exit } from '../output/exit.js';
import { Output } from '../output/terminal-output.js';
import { moneyFormat } from '../output/words.js';
import { printInspection } from './print.js';

export interface InspectCommand {
  readonly json?: boolean;
  readonly unit?: 4 | 16;
  readonly sectorBytes?: number;
  readonly secrets?: boolean;
  readonly verbose?: boolean;
}

/** Tells what is in a flash image; returns the exit status. */
export function inspect(file: string, options: InspectCommand): Exit {
  let image: Uint8Array;
  try {
    image = readFileSync(file);
  } catch (error) {
    process.stderr.write(`error: ${file}: ${(error as NodeJS.ErrnoException).code}\n`);
    return Exit.usage;
  }
  if (options.secrets) {
    process.stderr.write(
      'warning: what follows holds secret keys: who has them has the money of this device\n',
    );
  }
  const found = geometryOf(image);
  const inspection = look(image, {
    crypto: opensslCrypto,
    geometry: { unit: options.unit ?? found.unit, sectorBytes: options.sectorBytes ?? found.sectorBytes },
    showsSecrets: options.secrets === true,
    money: moneyFormat,
  });
  if (options.json) process.stdout.write(`${JSON.stringify({ file, ...inspection }, null, 2)}\n`);
  else printInspection(new Output(), file, inspection, options.verbose === true);
  return inspection.faults.length === 0 ? Exit.fine : Exit.violated;
}
