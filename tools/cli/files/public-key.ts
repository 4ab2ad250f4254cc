import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import { readUserText } from './user-file.js';

const KEY = /^[0-9a-f]{64}$/i;
const FILE_BYTES_MAX = 1_024;

/** 32 bytes that a user has given as 64 hex digits, or as a file with them; undefined where it is neither. */
export function hexKey(given: string): Uint8Array | undefined {
  const digits = KEY.test(given) ? given : readUserText(given, FILE_BYTES_MAX).trim();
  return KEY.test(digits) ? Uint8Array.from(Buffer.from(digits, 'hex')) : undefined;
}

/** The public key (32 bytes) that `--NAME` gives; `maker`: what prints it. Throws CliError `NAME-key`. */
export function publicKey(name: string, given: string, maker: string): Uint8Array {
  const key = hexKey(given);
  if (key) return key;
  const why = `expected 64 hex digits, as "${maker}" prints them, or a file with them`;
  throw new CliError(Exit.usage, `${name}-key`, `--${name} ${given}: ${why}`);
}
