import { BankError } from '../../../sim/bank/codes.js';
import { CliError } from '../cli-error.js';
import { untilSignal } from '../front-ends/until-signal.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';

/**
 * Lets a device sync by itself whenever it and its bank can be reached (R21): at once, and `every_s` after
 * each try, until a signal. What keeps it from that is told once. Throws what will not pass: a wrong option.
 */
export async function keepSynced(out: Output, every_s: number, sync: () => Promise<void>): Promise<Exit> {
  const ended = untilSignal().promise.then(() => 'ended' as const);
  for (let told: string | undefined; ; ) {
    const wrong = await sync().then(() => undefined, passing);
    if (wrong !== undefined && wrong !== told) out.line(out.style('yellow', `not yet: ${wrong}`));
    told = wrong;
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((again) => {
      timer = setTimeout(again, every_s * 1_000);
    });
    const first = await Promise.race([ended, waited]);
    clearTimeout(timer);
    if (first === 'ended') return Exit.fine;
  }
}

/** Why it is to be tried again. Throws everything else. */
function passing(error: unknown): string {
  const passes = error instanceof BankError || (error instanceof CliError && error.exit !== Exit.usage);
  if (!passes) throw error;
  return error.message;
}
