import { CaptureError } from '../../../sim/capture/captured.js';
import { type Explained, TORN } from '../../../sim/capture/explain.js';
import { explainCapture } from '../../../sim/capture/explain-file.js';
import { CliError } from '../cli-error.js';
import { readUserFile } from '../files/user-file.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';

const FILE_BYTES_MAX = 256 * 1024 * 1024;

/** Explains a capture line by line. Throws CliError for a file that is none. */
export function explainFile(out: Output, path: string, { isBrief }: { readonly isBrief: boolean }): Exit {
  const explained = explain(path, readUserFile(path, FILE_BYTES_MAX));
  const start_s = explained[0]?.time_s ?? 0;
  for (const line of explained) {
    if (isBrief && line.kind === 'frame') continue;
    out.line(lineOf(line, line.time_s - start_s));
  }
  const count = (kind: Explained['kind']): number =>
    explained.filter((line) => line.kind === kind && line.text !== TORN).length;
  out.line(`${count('frame')} frames, ${count('command')} commands, ${count('answer')} answers`);
  return Exit.fine;
}

function explain(path: string, capture: Uint8Array): Explained[] {
  try {
    return explainCapture(capture);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    throw new CliError(Exit.usage, `capture-${error.code}`, `${path}: ${error.message}`);
  }
}

const MARKS: Readonly<Record<Explained['kind'], string>> = {
  frame: '  ',
  command: '',
  answer: '',
  field: '    ',
};

function lineOf({ kind, fromReader, text }: Explained, since_s: number): string {
  const arrow = fromReader ? '→' : '←';
  return `${(since_s * 1_000).toFixed(3).padStart(12)} ms  ${arrow} ${MARKS[kind]}${text}`;
}
