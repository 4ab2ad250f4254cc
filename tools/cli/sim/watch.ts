import { readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { t } from '../../../sim/texts/language.js';
import { untilSignal } from '../front-ends/until-signal.js';
import type { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { report } from '../run-command.js';
import { scenarioFile } from './scenario-file.js';
import { type SimOptions, sim } from './sim.js';

/** Editors write a file in several goes. */
const SETTLE_MS = 50;

/** Plays a scenario, and again whenever its file is another, until it gets a signal. Throws CliError. */
export async function playAndWatch(out: Output, given: string, options: SimOptions): Promise<Exit> {
  const file = scenarioFile(given);
  const ending = untilSignal();
  let wake = (): void => {};
  // Of the folder: many editors put a new file in the old one's place.
  const watcher = watch(dirname(file) || '.', () => wake());
  let played: string | undefined;
  try {
    for (;;) {
      const changed = new Promise<undefined>((resolve) => {
        wake = () => void setTimeout(() => resolve(undefined), SETTLE_MS);
      });
      const text = textOf(file);
      if (text === played) {
        const exit = await Promise.race([changed, ending.promise]);
        if (exit !== undefined) return exit;
        continue;
      }
      if (played !== undefined) out.line(out.style('bold', t`${file} has changed`));
      played = text;
      // What is wrong in it is told, and mended in the editor.
      await sim(given, options).catch(report);
      out.line(t`Waiting for ${file} to change. Ctrl-C ends it.`);
    }
  } finally {
    watcher.close();
  }
}

/** Empty while it is not there, as between two writes of an editor. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
