import { APDU_LOG_MARK, readApduLog } from '../../../sim/capture/apdu-log.js';
import { type Explained, explainExchanges, explainPcap, TORN } from '../../../sim/capture/explain.js';
import { PcapError } from '../../../sim/capture/pcap.js';
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

function explain(path: string, bytes: Uint8Array): Explained[] {
  try {
    const mark = new TextEncoder().encode(APDU_LOG_MARK);
    const isLog = mark.every((byte, i) => bytes[i] === byte);
    return isLog ? explainExchanges(readApduLog(new TextDecoder().decode(bytes))) : explainPcap(bytes);
  } catch (error) {
    if (error instanceof PcapError)
      throw new CliError(Exit.usage, `capture-${error.code}`, `${path}: ${error.message}`);
    if (error instanceof RangeError)
      throw new CliError(Exit.usage, 'capture-apdu', `${path}: ${error.message}`);
    throw error;
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
