import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { TOKEN } from '../../../sim/bank/server/counter.js';
import { PRIVATE_FILE } from '../../../sim/host/private-folder.js';
import { CliError } from '../cli-error.js';
import { OutputFile } from '../files/output-file.js';
import { readUserText } from '../files/user-file.js';
import { Exit } from '../output/exit.js';

/** The counter's token itself, instead of a file with it. */
const TOKEN_VARIABLE = 'TAPNOTE_COUNTER_TOKEN';
const FILE_VARIABLE = 'TAPNOTE_COUNTER_TOKEN_FILE';
const TOKEN_BYTES = 24;
const FILE_BYTES_MAX = 1_024;

/** The token of a bank's own file. When there is none, a new one, which `keep` writes. */
export function ownToken(file: string): { token: string; isNew: boolean; keep(): void } {
  if (existsSync(file)) return { token: readToken(file), isNew: false, keep() {} };
  const token = randomBytes(TOKEN_BYTES).toString('hex');
  const written = OutputFile.check('the counter token', file);
  return { token, isNew: true, keep: () => written.write(`${token}\n`, PRIVATE_FILE) };
}

/** What a user of the counter gave: a file, or what the environment says. Undefined: none. */
function givenToken(file: string | undefined): string | undefined {
  const path = file ?? process.env[FILE_VARIABLE];
  if (path !== undefined && path !== '') return readToken(path);
  return process.env[TOKEN_VARIABLE] || undefined;
}

/** The same where there has to be one. Throws CliError `no-token`. */
export function neededToken(file: string | undefined): string {
  const token = givenToken(file);
  if (token !== undefined) return token;
  const why = `the counter of a bank wants its token: --token-file FILE, or ${FILE_VARIABLE}`;
  throw new CliError(Exit.usage, 'no-token', why);
}

function readToken(file: string): string {
  const token = readUserText(file, FILE_BYTES_MAX).trim();
  if (TOKEN.test(token)) return token;
  throw new CliError(Exit.usage, 'token', `${file}: there is no token of a counter in it`);
}
