import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { type Policy, PolicyError, parsePolicy } from '../../../sim/bank/ledger/policy.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import { readUserText } from './user-file.js';

const FILE_BYTES_MAX = 65_536;

/** A policy that a user has named. Throws CliError. */
export const readPolicy = (path: string): Policy => policyIn(path, readUserText(path, FILE_BYTES_MAX));

/** `where`: what has this text. */
export function policyIn(where: string, text: string): Policy {
  try {
    return parsePolicy(opensslCrypto, text);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new CliError(Exit.usage, 'policy', `${where}: no policy of a log: ${error.message}`);
  }
}
