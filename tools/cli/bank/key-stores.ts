import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { BankError } from '../../../sim/bank/codes.js';
import type { KeyStores } from '../../../sim/bank/key-store.js';
import { KeyToken } from '../../../sim/host/key-token.js';
import { type KeyUri, KeyUriError, parseKeyUri } from '../../../sim/host/key-uri.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';

export interface KeyOptions {
  readonly keys?: string;
  readonly rootKeys?: string;
}

const PIN_VARIABLE = 'TAPNOTE_TOKEN_PIN';
const ROOT_PIN_VARIABLE = 'TAPNOTE_ROOT_TOKEN_PIN';

/** Where the options say that the keys are; undefined: in the books. Throws CliError. */
export function keyStoresOf({ keys, rootKeys }: KeyOptions): KeyStores | undefined {
  if (keys === undefined && rootKeys === undefined) return undefined;
  if (keys === undefined)
    throw new CliError(Exit.usage, 'missing-option', '--root-keys URI takes --keys URI as well');
  const operators = new KeyToken(uriOf('--keys', keys), PIN_VARIABLE, opensslCrypto);
  if (rootKeys === undefined) return { root: operators, operators };
  const root = new KeyToken(uriOf('--root-keys', rootKeys), ROOT_PIN_VARIABLE, opensslCrypto, true);
  return { root, operators };
}

function uriOf(option: string, text: string): KeyUri {
  try {
    return parseKeyUri(text);
  } catch (error) {
    if (!(error instanceof KeyUriError)) throw error;
    throw new CliError(Exit.usage, error.code, `${option}: ${error.message}`);
  }
}

/** What a store says of a bank that cannot be opened, as an end of the command; undefined: it is not that. */
export function keyStoreFault(error: Error): CliError | undefined {
  const isOurs = error instanceof BankError && error.code.startsWith('token');
  return isOurs ? new CliError(Exit.absent, error.code, error.message) : undefined;
}
