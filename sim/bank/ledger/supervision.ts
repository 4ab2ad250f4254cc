/** What the central bank finds in copies of the logs, without any bank: who paid whom, and if it adds up. */
import { sameBytes } from '../../../firmware/bytes.js';
import type { Crypto } from '../../../hal/crypto.js';
import { fromUtf8, hex } from '../bytes.js';
import { parseCheckpoint } from './checkpoint.js';
import {
  BLIND_BYTES,
  commitmentTo,
  type Entry,
  LeafType,
  type PaymentRecord,
  parseEntry,
  parseRecord,
} from './leaf.js';
import { CHECKPOINT, ciphertextPath, entriesBetween, tilesOnShelf } from './mirror.js';
import { openBatch, periodKeys } from './supervisor.js';
import type { Shelf } from './witness.js';

export interface Opened {
  readonly operator: number;
  readonly type: LeafType;
  readonly record: PaymentRecord;
}

export interface Supervision {
  readonly leaves: number;
  /** Leaves whose ciphertext is not in the copy. */
  readonly forgotten: number;
  /** By currency and operator: what its customers received, less what they paid. The sum is 0. */
  readonly net: Readonly<Record<string, Readonly<Record<number, number>>>>;
  readonly opened: readonly Opened[];
  readonly faults: readonly string[];
}

/** Opens all that is in the copies. `supervisor`: 32 bytes, of the central bank. */
export async function superviseMirrors(
  crypto: Crypto,
  supervisor: Uint8Array,
  shelves: readonly Shelf[],
): Promise<Supervision> {
  const [opened, faults, logs]: [Opened[], string[], Set<number>] = [[], [], new Set()];
  let [leaves, forgotten] = [0, 0];
  for (const shelf of shelves) {
    const stored = await shelf.read(CHECKPOINT);
    const checkpoint = stored && parseCheckpoint(fromUtf8(stored));
    if (!checkpoint) throw new Error('there is no copy of a log');
    const all = await entriesBetween(tilesOnShelf(shelf), 0, checkpoint.size);
    leaves += all.length;
    const entries = all.map(parseEntry);
    for (let first = 0; first < entries.length; ) {
      const batch = sameCiphertext(entries, first);
      const [head] = batch;
      if (!head) faults.push(`leaf ${first} of ${checkpoint.origin} is none of this version`);
      else {
        logs.add(head.operator);
        const found = await openedOf(crypto, supervisor, shelf, checkpoint.origin, first, batch);
        if (found === 'forgotten') forgotten += batch.length;
        else if (found === 'fault')
          faults.push(`leaves from ${first} of ${checkpoint.origin} are not what their ciphertext says`);
        else opened.push(...found);
      }
      first += Math.max(1, batch.length);
    }
  }
  faults.push(...unmatched(opened, logs));
  return { leaves, forgotten, net: netOf(opened), opened, faults };
}

/** Leaves from `first` on that one ciphertext is of; none where there is no entry. */
function sameCiphertext(entries: readonly (Entry | undefined)[], first: number): Entry[] {
  const batch: Entry[] = [];
  for (let i = first; i < entries.length; i++) {
    const entry = entries[i];
    if (!entry || (batch[0] && !sameBytes(batch[0].ciphertext, entry.ciphertext))) break;
    batch.push(entry);
  }
  return batch;
}

async function openedOf(
  crypto: Crypto,
  supervisor: Uint8Array,
  shelf: Shelf,
  origin: string,
  first: number,
  batch: readonly Entry[],
): Promise<Opened[] | 'forgotten' | 'fault'> {
  const { ciphertext, type, period, operator } = batch[0];
  const sealed = await shelf.read(ciphertextPath(period, ciphertext));
  if (!sealed) return 'forgotten';
  const keys = periodKeys(crypto, supervisor, period);
  const openings = openBatch(crypto, keys, { origin, type, period, first }, sealed);
  const holds =
    openings?.length === batch.length &&
    batch.every(({ commitment }, i) => sameBytes(commitmentTo(crypto, openings[i]), commitment));
  if (!holds) return 'fault';
  return openings.map((opening) => ({ operator, type, record: parseRecord(opening.subarray(BLIND_BYTES)) }));
}

/** A payment between two operators is in both logs, as often and with the same words. */
function unmatched(opened: readonly Opened[], logs: ReadonlySet<number>): string[] {
  const counts = new Map<string, { what: Opened; sides: Map<number, number> }>();
  for (const each of opened) {
    const { transfer, amount, settled_s, payerOperator, payeeOperator } = each.record;
    const key = [each.type, hex(transfer), amount, settled_s].join(' ');
    const found = counts.get(key) ?? {
      what: each,
      sides: new Map([payerOperator, payeeOperator].map((side) => [side, 0])),
    };
    found.sides.set(each.operator, (found.sides.get(each.operator) ?? 0) + 1);
    counts.set(key, found);
  }
  return [...counts.values()].flatMap(({ what, sides }) => {
    const seen = [...sides].filter(([side]) => logs.has(side));
    const isEven = seen.every(([, count]) => count === seen[0][1]);
    return isEven ? [] : [`transfer ${hex(what.record.transfer)} is not in the logs of both its operators`];
  });
}

function netOf(opened: readonly Opened[]): Supervision['net'] {
  const net: Record<string, Record<number, number>> = {};
  for (const { operator, type, record } of opened) {
    const { currency, amount, payerOperator, payeeOperator } = record;
    // Of a late payment the payer's operator bears the loss.
    const signed = type === LeafType.reversal ? -amount : amount;
    const own = (net[currency] ??= {});
    own[operator] ??= 0;
    if (payeeOperator === operator) own[operator] += signed;
    if (payerOperator === operator) own[operator] -= signed;
  }
  return net;
}
