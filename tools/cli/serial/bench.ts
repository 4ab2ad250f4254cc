import { getU32 } from '../../../firmware/bytes.js';
import { BenchUnit, ConsoleCommand, ConsoleStatus } from '../../../firmware/console/codes.js';
import { RANDOM_BYTES, RANDOM_NAME } from '../../../firmware/selftest/bench.js';
import { hex } from '../../../sim/bank/bytes.js';
import { benchOnChip } from '../../console-chip/bench.js';
import { table } from '../output/table.js';
import type { Output } from '../output/terminal-output.js';
import { type AirRow, tellAir } from './air-bench.js';
import { type ConsoleClient, ConsoleError } from './client.js';
import type { Checkup } from './doctor.js';

/** What tools/xs and tools/bench/chip assume of an ESP32-C3 when they make times of instructions. */
const PACE = { cyclesPerInstruction: 1.3, clock_MHz: 160 } as const;
const MEASURE_MS = 120_000;

export interface Measured {
  readonly name: string;
  readonly unit: 'instructions' | 'us';
  readonly value: number;
}

export interface BenchRow {
  readonly name: string;
  /** On the device; undefined when it counts instructions only, or could not. */
  readonly device_ms: number | undefined;
  readonly device_instructions: number | undefined;
  /** The same code on the emulated chip; undefined where that cannot run. */
  readonly instructions: number | undefined;
  readonly ms: number | undefined;
  /**
   * Cycles that one instruction takes on the device, if it is clocked as assumed: to be put in the place of
   * the assumption.
   */
  readonly cyclesPerInstruction: number | undefined;
}

export interface BenchReport {
  readonly cyclesPerInstruction: number;
  readonly clock_MHz: number;
  /** Whose milliseconds the device's are: a board's own, or those of the computer that simulates one. */
  readonly millisecondsOf: 'device' | 'computer';
  readonly rows: readonly BenchRow[];
  /** Why there are no figures of the emulated chip. */
  readonly emulatedMissing: string | undefined;
  /** What its front end and another's take for each other; undefined when there is no other. */
  readonly air: readonly AirRow[] | undefined;
}

/** Every measurement that the firmware on the device offers. */
export async function benchOverPort(client: ConsoleClient, say: (what: string) => void): Promise<Measured[]> {
  const all: Measured[] = [];
  for (let index = 0; ; index++) {
    try {
      const data = await client.ask(ConsoleCommand.bench, Uint8Array.of(index), { timeout_ms: MEASURE_MS });
      const name = String.fromCharCode(...data.subarray(5));
      const unit = data[0] === BenchUnit.instructions ? 'instructions' : 'us';
      all.push({ name, unit, value: getU32(data, 1) });
      say(name);
    } catch (error) {
      if (error instanceof ConsoleError && error.status === ConsoleStatus.noMore) return all;
      throw error;
    }
  }
}

export async function compare(
  measured: readonly Measured[],
  {
    isSimulated,
    emulate,
    air,
  }: { readonly isSimulated: boolean; readonly emulate: boolean; readonly air?: readonly AirRow[] },
): Promise<BenchReport> {
  const emulated = emulate ? await benchOnChip() : 'not asked for';
  const counts = new Map(
    typeof emulated === 'string' ? [] : emulated.map(({ name, value }) => [name, value]),
  );
  const rows = measured.map(({ name, unit, value }): BenchRow => {
    // The emulated chip has no noise to wait for.
    const instructions = name === RANDOM_NAME ? undefined : counts.get(name);
    const device_ms = unit === 'us' ? value / 1e3 : undefined;
    const ms = instructions && (instructions * PACE.cyclesPerInstruction) / (PACE.clock_MHz * 1e3);
    return {
      name,
      device_ms,
      device_instructions: unit === 'instructions' ? value : undefined,
      instructions,
      ms,
      cyclesPerInstruction:
        device_ms !== undefined && instructions && !isSimulated
          ? (device_ms * PACE.clock_MHz * 1e3) / instructions
          : undefined,
    };
  });
  const millisecondsOf = isSimulated ? 'computer' : 'device';
  return {
    ...PACE,
    millisecondsOf,
    rows,
    emulatedMissing: typeof emulated === 'string' ? emulated : undefined,
    air,
  };
}

/** Bytes a second that the device's source gives for keys; undefined when it was not measured in time. */
export function randomRate(rows: readonly BenchRow[]): number | undefined {
  const ms = rows.find(({ name }) => name === RANDOM_NAME)?.device_ms;
  return ms ? (1e3 * RANDOM_BYTES) / ms : undefined;
}

export function tellBench(
  out: Output,
  { rows, emulatedMissing, millisecondsOf, air, ...pace }: BenchReport,
): void {
  const number = (value: number | undefined, digits: number): string =>
    value === undefined
      ? '-'
      : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const head = [
    'one call',
    millisecondsOf === 'device' ? 'device, ms' : 'this computer, ms',
    'device, instructions',
    'emulated, instructions',
    'emulated, ms',
    'cycles each',
  ];
  const lines = rows.map((row) => [
    row.name,
    number(row.device_ms, 3),
    number(row.device_instructions, 0),
    number(row.instructions, 0),
    number(row.ms, 3),
    number(row.cyclesPerInstruction, 2),
  ]);
  for (const line of table([head, ...lines])) out.line(line);
  const rate = randomRate(rows);
  if (rate !== undefined) out.line(`random bytes: ${number(rate, 0)} B/s`);
  out.line();
  if (air) tellAir(out, air, millisecondsOf);
  if (millisecondsOf === 'computer')
    out.line('The board is simulated on this computer: its milliseconds are the computer’s, not a chip’s.');
  out.line(
    emulatedMissing === undefined
      ? `The emulated milliseconds assume ${pace.cyclesPerInstruction} cycles an instruction at ${pace.clock_MHz} MHz.`
      : `No figures of the emulated chip: ${emulatedMissing}`,
  );
}

/**
 * Everything about a board that somebody else needs to fill the table of what has run on silicon. Nothing of
 * its wallet.
 */
export function boardReport(bench: BenchReport, checkup: Checkup): object {
  const { identity, selfTests, findings, opinion } = checkup;
  return {
    tapnote: 'board report',
    version: 1,
    made: new Date().toISOString(),
    board: identity.board,
    chip: identity.chip,
    /** Half of the chip's number: enough to tell two reports apart. */
    chipId: hex(identity.chipId.subarray(3, 6)),
    link: identity.link,
    firmware: identity.firmware,
    storeFormat: identity.formatVersion,
    lifecycle: identity.lifecycle,
    opinion: opinion.code,
    selfTests,
    findings,
    bench,
  };
}
