import { BankClient } from '../../../sim/bank/server/client.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';

/** Of a bank that this computer serves. */
export const BANK_PORT = 4_810;

/** The bank at a URL that a user gave. `token` opens its counter. Throws CliError `bank-url`. */
export function bankAt(url: string, token?: string): BankClient {
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url))
    throw new CliError(
      Exit.usage,
      'bank-url',
      `--bank ${url}: expected a URL such as http://127.0.0.1:${BANK_PORT}`,
    );
  return new BankClient(url.replace(/\/$/, ''), token);
}
