import { Command, CommanderError } from 'commander';
import { BankError } from '../../sim/bank/codes.js';
import { printable } from '../../sim/printable.js';
import { ScenarioError } from '../../sim/scenario/scenario-error.js';
import { CliError, systemReason } from './cli-error.js';
import { Exit } from './output/exit.js';
import { fitted, widthOf } from './output/text.js';

/** A command line whose help fits the terminal, and that ends in `runCommand` instead of by itself. */
export function commandLine(name: string): Command {
  return new Command(name).exitOverride().configureOutput({
    getOutHelpWidth: () => widthOf(process.stdout),
    getErrHelpWidth: () => widthOf(process.stderr),
    writeOut: (text) => process.stdout.write(fitted(text, widthOf(process.stdout))),
    writeErr: (text) => process.stderr.write(fitted(text, widthOf(process.stderr))),
    // `report` says it, with its code.
    outputError: () => {},
  });
}

/**
 * Runs what the command line asks for. Every error ends here: in one line and a status, and a bug with its
 * stack.
 */
export async function runCommand(command: Command): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(process.exitCode ?? Exit.fine);
      throw error;
    });
  process.on('uncaughtException', (error) => process.exit(report(error)));
  try {
    await command.parseAsync();
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? misused(command, error) : report(error);
  }
}

/** Commander's names for what is wrong with a command line, and ours. */
const USAGE_CODES: Readonly<Record<string, string>> = {
  'commander.help': 'missing-command',
  'commander.missingArgument': 'missing-argument',
  'commander.missingMandatoryOptionValue': 'missing-option',
  'commander.optionMissingArgument': 'missing-argument',
  'commander.unknownOption': 'unknown-option',
  'commander.unknownCommand': 'unknown-command',
  'commander.invalidArgument': 'invalid-argument',
  'commander.excessArguments': 'excess-argument',
  'commander.conflictingOption': 'conflicting-options',
};

/** Wrong usage, in one line that says where help is; help that was asked for has been written already. */
function misused(command: Command, { code, exitCode, message }: CommanderError): Exit {
  if (exitCode === 0) return Exit.fine;
  const what =
    code === 'commander.help'
      ? 'which command?'
      : message
          .replace(/^error: /, '')
          .replace(/\n/g, ' ')
          .replace(/\.$/, '');
  const kind = USAGE_CODES[code] ?? 'usage';
  return fail(`${what} (${namedIn(command)} --help shows what there is)`, kind, Exit.usage);
}

/** The command that this command line names, as it is typed. */
function namedIn(command: Command): string {
  let [found, name] = [command, command.name()];
  for (const word of process.argv.slice(2)) {
    const next = found.commands.find((each) => each.name() === word);
    if (!next) break;
    [found, name] = [next, `${name} ${word}`];
  }
  return name;
}

/** Says what is wrong on standard error; the exit status for it. */
export function report(error: unknown): Exit {
  if (error instanceof ScenarioError) {
    complain(error.message);
    return Exit.usage;
  }
  if (error instanceof CliError) return fail(error.message, error.code, error.exit);
  if (error instanceof BankError) {
    const exit = error.code === 'unreachable' ? Exit.absent : Exit.violated;
    return fail(`the bank: ${error.message}`, `bank-${error.code}`, exit);
  }
  if (isSystemError(error)) {
    const { path, code = '' } = error;
    const where = path === undefined ? 'what is written cannot be' : path;
    return fail(`${where}: ${systemReason(error)}`, `system-${code.toLowerCase()}`, Exit.absent);
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`error: a bug in tapnote, please report it with what follows [bug]\n${stack}\n`);
  return Exit.bug;
}

/**
 * What the system says of a file or a stream that the user named: a part of its path is no folder, the disk
 * is full. Another error without a file is a bug.
 */
const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error &&
  'syscall' in error &&
  ('path' in error || (error as NodeJS.ErrnoException).code === 'ENOSPC');

function fail(message: string, code: string, exit: Exit): Exit {
  complain(`error: ${message} [${code}]`);
  return exit;
}

/** Lines on standard error. What others wrote into it gives the terminal no orders. */
export function complain(lines: string): void {
  process.stderr.write(`${lines.split('\n').map(printable).join('\n')}\n`);
}
