import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CliError } from '../../cli/cli-error.js';
import { Exit } from '../../cli/output/exit.js';

/** Bash counts what a process took, and the children that it has waited for, to a millisecond. */
const TIMED = `TIMEFORMAT='%3U %3S'; time { "$@" 2>/dev/null & echo "$!" >&3; wait "$!"; }`;

/**
 * The processor time of a program of Node, user and system, in ms: until it ends; or until its output matches
 * `until`, and then it is ended. Throws CliError `no-start` when it fails, or never says that.
 */
export async function processorTime(cwd: string, args: readonly string[], until?: RegExp): Promise<number> {
  const bash = spawn('bash', ['-c', TIMED, 'bash', process.execPath, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [output, , program] = bash.stdio.slice(1) as Readable[];
  const closed = once(bash, 'close');
  const times = text(bash.stderr!);
  const [line] = await once(program, 'data');
  let [said, isSeen] = ['', false];
  for await (const piece of output) {
    said += piece;
    if (isSeen || !until?.test(said)) continue;
    isSeen = true;
    process.kill(Number(line), 'SIGKILL');
  }
  const [status] = await closed;
  if (until ? !isSeen : status !== 0)
    throw new CliError(Exit.violated, 'no-start', `node ${args.join(' ')} (${cwd}): status ${status}`);
  const [user_s, system_s] = (await times).trim().split('\n').at(-1)!.split(' ').map(Number);
  return (user_s + system_s) * 1_000;
}
