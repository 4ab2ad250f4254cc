/**
 * What a touch may cost, and what it costs as counted last: the one is a promise, the other a guard against
 * growing unnoticed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ComputeCount } from '../../../sim/world/compute.js';
import { rootFolder } from '../../xs/folders.js';
import { BUDGETED_CASES, type CaseName } from './cases.js';
import type { CountedTouch } from './count.js';
import { LINK_OF_BUDGET } from './measure.js';
import { benchNeed_bytes, memoryNeed_bytes, syncNeed_bytes } from './memory.js';
import type { Budgeted } from './results.js';
import { CRYPTO, type Side, sum } from './steps.js';
import type { Pace } from './touch-model.js';

export interface Verdict {
  readonly what: string;
  readonly most: number;
  readonly is: number;
  readonly unit: string;
}

/**
 * Instructions, on the path that the touch waits for. The shorter the touch is on the air, the less of them
 * is done meanwhile; and where one side's crypto is faster, the touch waits for more of what the other does
 * beside.
 */
const CRYPTO_MOST: Readonly<Record<(typeof BUDGETED_CASES)[number], number>> = {
  strangers: 4_250_000,
  'terminal known': 5_350_000,
  'both known': 5_250_000,
};
const OTHER_MOST = 2_900_000;
const APDU_BYTES_MOST = { strangers: 790, 'both known': 665 };
const TOUCH_MS_MOST = 166;
/** The same, with the work of the PN532's driver. */
const WITH_DRIVER_MS_MOST = 175;
/** R2. */
const SESSION_TO_TRANSFER_MS_MOST = 100;
/** Air, links and flash alone. */
const WITHOUT_COMPUTE_MS_MOST = 118;
const MEMORY_BYTES_MOST = 120 * 1_024;
/** R28. */
const FRESH_CODE_MOST = 3_000_000;
const DECISION_MOST = { prepared: 3_700_000, alone: 5_500_000 };

export function verdicts({ cases, driver, memory, code, decision }: Budgeted): Verdict[] {
  const { strangers } = cases;
  return [
    ...BUDGETED_CASES.map((name) => ({
      what: `crypto the touch waits for, ${name}`,
      most: CRYPTO_MOST[name],
      is: cases[name].done.crypto,
      unit: 'instructions',
    })),
    {
      what: 'everything else the touch waits for, strangers',
      most: OTHER_MOST,
      is: strangers.done.other,
      unit: 'instructions',
    },
    ...(['strangers', 'both known'] as const).map((name) => ({
      what: `APDUs of a touch, one note, ${name}`,
      most: APDU_BYTES_MOST[name],
      is: cases[name].apduBytes,
      unit: 'bytes',
    })),
    {
      what: 'the same touch with a processor that takes no time, strangers',
      most: WITHOUT_COMPUTE_MS_MOST,
      is: strangers.links.find(({ link }) => link === LINK_OF_BUDGET)!.withoutCompute_ms,
      unit: 'ms',
    },
    {
      what: 'modelled touch at 921,600 baud, strangers',
      most: TOUCH_MS_MOST,
      is: strangers.done.end_ms,
      unit: 'ms',
    },
    {
      what: 'the same with the work of the PN532’s driver',
      most: WITH_DRIVER_MS_MOST,
      is: driver.touch_ms,
      unit: 'ms',
    },
    {
      what: 'from session to transfer (R2), with that work',
      most: SESSION_TO_TRANSFER_MS_MOST,
      is: driver.sessionToTransfer_ms,
      unit: 'ms',
    },
    {
      what: 'memory of the engine',
      most: MEMORY_BYTES_MOST,
      is: memoryNeed_bytes(memory),
      unit: 'bytes',
    },
    {
      what: 'the same while the device measures itself',
      most: MEMORY_BYTES_MOST,
      is: benchNeed_bytes(memory),
      unit: 'bytes',
    },
    {
      what: `the same in a sync over a cable, messages of up to ${memory.syncPages.messageBytes} bytes`,
      most: MEMORY_BYTES_MOST,
      is: syncNeed_bytes(memory),
      unit: 'bytes',
    },
    {
      what: 'a fresh code of an account, made and drawn',
      most: FRESH_CODE_MOST,
      is: code.made + code.drawn,
      unit: 'instructions',
    },
    {
      what: 'a terminal decides about a code of its own platform',
      most: DECISION_MOST.prepared,
      is: decision.prepared,
      unit: 'instructions',
    },
    {
      what: 'the same of another platform',
      most: DECISION_MOST.alone,
      is: decision.alone,
      unit: 'instructions',
    },
  ];
}

export const isMet = ({ is, most }: Verdict): boolean => is <= most;

// The guard

/**
 * Instructions of each side's crypto and of everything else that it does in the touch, and the bytes of the
 * APDUs.
 */
export type Guard = Record<Side, { crypto: number; other: number }> & { apduBytes: number };

/** Cases that the guard watches: those that a test can count in a few seconds. */
export const GUARDED = ['strangers', 'both known', 'push'] as const satisfies readonly CaseName[];
const SLACK = 0.05;

const FILE = join(rootFolder, 'tools/bench/chip/budget.json');

export const readGuards = (): Record<string, Guard> => JSON.parse(readFileSync(FILE, 'utf8'));

export function writeGuards(guards: Record<string, Guard>): void {
  writeFileSync(FILE, `${JSON.stringify(guards, null, 2)}\n`);
}

export function guardOf({ steps }: Pick<CountedTouch, 'steps'>): Guard {
  const guard: Guard = { terminal: { crypto: 0, other: 0 }, card: { crypto: 0, other: 0 }, apduBytes: 0 };
  for (const { side, name, spans, instructions, sentBytes } of steps) {
    if (name === 'search' || name === 'idle') continue;
    const crypto = Math.round(sum(spans, CRYPTO));
    guard[side].crypto += crypto;
    guard[side].other += Math.round(instructions) - crypto;
    guard.apduBytes += sentBytes;
  }
  return guard;
}

// What the simulator spends

const COMPUTE_FILE = join(rootFolder, 'sim/world/compute.json');

/** Instructions of each exchange, before a side's message leaves and behind it. */
export function computeOf({ steps }: Pick<CountedTouch, 'steps'>): ComputeCount {
  const count: Record<string, Record<Side, [number, number]>> = {};
  for (const { side, name, behind, instructions } of steps) {
    if (name === 'search' || name === 'idle' || name === 'end') continue;
    const exchange = name.toLowerCase();
    count[exchange] ??= { terminal: [0, 0], card: [0, 0] };
    count[exchange][side][behind ? 1 : 0] += Math.round(instructions);
  }
  return count;
}

export function writeCompute(pace: Pace, cases: Record<string, ComputeCount>): void {
  writeFileSync(COMPUTE_FILE, `${JSON.stringify({ pace, cases }, null, 2)}\n`);
}

/** What has grown beyond the slack, in words; empty when nothing has. */
export function grown(before: Guard, now: Guard): string[] {
  const figures = (of: Guard): [string, number][] => [
    ['terminal, crypto', of.terminal.crypto],
    ['terminal, other', of.terminal.other],
    ['card, crypto', of.card.crypto],
    ['card, other', of.card.other],
    ['APDU bytes', of.apduBytes],
  ];
  const was = new Map(figures(before));
  return figures(now)
    .filter(([what, count]) => count > was.get(what)! * (1 + SLACK))
    .map(([what, count]) => `${what}: ${count}, was ${was.get(what)}`);
}
