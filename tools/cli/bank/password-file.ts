import { PASSWORD } from '../../../sim/bank/accounts/withdrawal-password.js';
import { CliError } from '../cli-error.js';
import { readUserText } from '../files/user-file.js';
import { Exit } from '../output/exit.js';

const FILE_BYTES_MAX = 1_024;

/** The withdrawal password in a file: on a command line everybody at the machine sees it. Throws CliError. */
export function readPassword(file: string): string {
  const password = readUserText(file, FILE_BYTES_MAX).trim();
  if (PASSWORD.test(password)) return password;
  const wanted = 'expected 6 to 64 characters of ASCII without spaces';
  throw new CliError(Exit.usage, 'password', `${file}: ${wanted}`);
}
