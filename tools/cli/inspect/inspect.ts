import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { geometryOf, writtenGeometry } from '../../../sim/inspect/image.js';
import { inspect as look } from '../../../sim/inspect/inspect.js';
import { moneyFormat } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { jsonText } from '../files/output-file.js';
import { readUserFile } from '../files/user-file.js';
import { Exit } from '../output/exit.js';
import { Output } from '../output/terminal-output.js';
import { complain } from '../run-command.js';
import { printInspection } from './print.js';

export interface InspectCommand {
  readonly json?: boolean;
  readonly unit?: 4 | 16;
  readonly sectorBytes?: number;
  readonly secrets?: boolean;
  readonly verbose?: boolean;
}

/** The largest flash that a processor of this kind has. */
const IMAGE_BYTES_MAX = 16 * 1024 * 1024;

const noImage = (file: string): string =>
  `${file}: it is no image of a wallet's flash: not one sector in it was written by this firmware. ` +
  'An image is the partition "notes", read from its first byte on';

/** Tells what is in a flash image; returns the exit status. */
export function inspect(file: string, options: InspectCommand): Exit {
  const image = readUserFile(file, IMAGE_BYTES_MAX);
  const isBlank = image.length > 0 && image.every((byte) => byte === 0xff);
  if (!isBlank && writtenGeometry(image) === undefined)
    throw new CliError(Exit.usage, 'no-image', noImage(file));
  if (options.secrets)
    complain('warning: what follows holds secret keys: who has them has the money of this device');
  const found = geometryOf(image);
  const inspection = look(image, {
    crypto: opensslCrypto,
    geometry: { unit: options.unit ?? found.unit, sectorBytes: options.sectorBytes ?? found.sectorBytes },
    showsSecrets: options.secrets === true,
    money: moneyFormat,
  });
  if (options.json) process.stdout.write(jsonText({ file, ...inspection }));
  else printInspection(new Output(), file, inspection, options.verbose === true);
  return inspection.faults.length === 0 ? Exit.fine : Exit.violated;
}
