import type { Command } from 'commander';
import type { BankClient } from '../../../sim/bank/server/client.js';
import { jsonText } from '../files/output-file.js';
import { EXIT_HELP, Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { BANK_PORT, bankAt } from './bank-at.js';
import { neededToken } from './token.js';

export interface CounterFlags {
  readonly bank: string;
  readonly tokenFile?: string;
  readonly json?: true;
  /** Of commands that have rows for a sheet. */
  readonly csv?: true;
}

/** What a command at the counter does: the value for programs, and the lines for people. */
export interface Told {
  readonly value: unknown;
  readonly lines: readonly string[];
  readonly csv?: string;
  readonly exit?: Exit;
}

/** Does it at the counter that the flags name, and tells what came of it. */
export async function tell(
  out: Output,
  flags: CounterFlags,
  work: (bank: BankClient) => Promise<Told>,
): Promise<void> {
  const { value, lines, csv, exit } = await work(bankAt(flags.bank, neededToken(flags.tokenFile)));
  if (flags.json) process.stdout.write(jsonText(value));
  else if (flags.csv && csv !== undefined) process.stdout.write(csv);
  else for (const line of lines) out.line(line);
  process.exitCode = exit ?? Exit.fine;
}

/** Nothing but that it was done. */
export const done = (line: string, value: object = {}): Told => ({
  value: { done: true, ...value },
  lines: [line],
});

/** Makes commands at the counter, with what all of them take. */
export const counterOf =
  (bank: Command) =>
  (name: string, description: string): Command =>
    bank
      .command(name)
      .description(description)
      .option('--bank <url>', 'where it is served', `http://127.0.0.1:${BANK_PORT}`)
      .option('--token-file <file>', 'of the counter (default: TAPNOTE_COUNTER_TOKEN_FILE)')
      .option('-j, --json', 'for programs')
      .addHelpText('after', EXIT_HELP);
