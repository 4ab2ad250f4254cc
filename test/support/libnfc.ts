import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import type { Pn532Chip } from '../../sim/chip/pn532-chip.js';
import { RfField } from '../../sim/chip/rf-field.js';
import { VirtualClock } from '../../sim/chip/virtual-clock.js';
import { RealTime } from '../../sim/host/real-time.js';
import { SerialChip } from '../../sim/host/serial-chip.js';

/** nfc-poll looks for 36 s and ends after 42. */
const PROGRAM_MS_MAX = 90_000;

/**
 * For tests of programs that wait 300 ms for a chip's answer, whatever the machine does meanwhile: on a busy
 * one they have seen nobody at times, and are asked again.
 */
export const IMPATIENT = { retry: 9 };

/** Is this program of libnfc's installed, and what a pseudo-terminal needs? */
export function hasProgram(name: string): boolean {
  const has = (program: string): boolean => spawnSync('which', [program]).status === 0;
  return has(name) && has('python3');
}

export interface ReaderBench {
  readonly clock: VirtualClock;
  readonly field: RfField;
  readonly chip: Pn532Chip;
  /**
   * Runs a program on the chip; `hear` gets each line of its output when it comes. Resolves with all of it.
   */
  run(program: string, args?: readonly string[], hear?: (line: string) => void): Promise<string[]>;
  close(): Promise<void>;
}

/** A modelled PN532 behind a pseudo-terminal, in real time, for programs that know nothing of us. */
export async function openReaderBench(): Promise<ReaderBench> {
  const clock = new VirtualClock();
  const field = new RfField(clock);
  const realTime = new RealTime(clock);
  const chip = await SerialChip.open(field, realTime, 'reader');
  return {
    clock,
    field,
    chip: chip.module.chip,
    run: (program, args = [], hear = () => {}) => runOn(chip.path, program, args, hear),
    close: () => {
      realTime.stop();
      return chip.close();
    },
  };
}

/** Runs a program of libnfc's on the chip at a serial port. Resolves with its output. */
export function runOn(
  path: string,
  program: string,
  args: readonly string[] = [],
  hear: (line: string, child: ChildProcess) => void = () => {},
): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn('stdbuf', ['-oL', program, ...args], {
      env: { ...process.env, LIBNFC_DEFAULT_DEVICE: `pn532_uart:${path}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    let rest = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), PROGRAM_MS_MAX);
    const take = (text: string): void => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        hear(line, child);
      }
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      resolve(lines);
    });
  });
}
