import { type DatabaseHosts, DatabaseUrlError, parseDatabaseUrl } from '../../../sim/bank/db/hosts.js';
import { NoHost } from '../../../sim/bank/db/postgres.js';
import { CliError, systemReason } from '../cli-error.js';
import { Exit } from '../output/exit.js';

/** Of a database's URL that a user gave. Throws CliError. */
export function hostsOf(url: string): DatabaseHosts {
  try {
    return parseDatabaseUrl(url);
  } catch (error) {
    if (!(error instanceof DatabaseUrlError)) throw error;
    throw new CliError(Exit.usage, error.code, `--database: ${error.message}`);
  }
}

/** What is wrong with a database on these hosts. The password of its URL is told to nobody. */
export function databaseFault(error: Error, names: readonly string[]): CliError {
  const why =
    error instanceof NoHost
      ? error.failures.map((failure, host) => `${names[host]}: ${reasonOf(failure)}`).join('; ')
      : `${names.join(', ')}: ${reasonOf(error)}`;
  return new CliError(Exit.absent, 'database', `the database at ${why}`);
}

export const reasonOf = (error: Error): string =>
  (error as NodeJS.ErrnoException).code?.startsWith('E') ? systemReason(error) : error.message;
