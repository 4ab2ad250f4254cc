import { CliError } from '../cli-error.js';
import { readUserText } from '../files/user-file.js';
import { Exit } from '../output/exit.js';

const KEY = /^[0-9a-f]{64}$/i;
const FILE_BYTES_MAX = 1_024;

/** The root's public key (32 bytes): 64 hex digits, or a file with them. Throws CliError. */
export function rootKey(given: string): Uint8Array {
  const digits = KEY.test(given) ? given : readUserText(given, FILE_BYTES_MAX).trim();
  if (KEY.test(digits)) return Uint8Array.from(Buffer.from(digits, 'hex'));
  const why = 'expected 64 hex digits, as "tapnote bank serve" prints them, or a file with them';
  throw new CliError(Exit.usage, 'root-key', `--root ${given}: ${why}`);
}
