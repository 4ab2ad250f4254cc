/** Where the money of a device came from: the way of each payment back to the notes that it was made of. */
import { sameBytes } from '../../firmware/bytes.js';
import type { JournalEntry } from '../../firmware/ledger/journal-entry.js';
import { afterHop } from '../../firmware/ledger/ledger.js';
import { type Lot, Lots } from '../../firmware/ledger/lots.js';
import { Outcome } from '../../firmware/objects/receipt.js';
import type { Terms, Transfer } from '../../firmware/objects/transfer.js';
import type { Crypto } from '../../hal/crypto.js';
import { hex } from '../bank/bytes.js';

/** What is left of a payment that was received, or went on in another. Minor units. */
export interface Piece {
  readonly transfer: Transfer;
  readonly amount: number;
}

/** A payment that was made, and the received value that it used up. */
interface Paid {
  readonly transfer: Transfer;
  readonly inputs: readonly Piece[];
}

/** A journal gone through from its first entry here: what is held of what was received, and what was paid. */
export interface Traced {
  readonly held: readonly Piece[];
  readonly paid: readonly Paid[];
}

/** A piece, and the lot that it lies in. */
interface Held extends Omit<Piece, 'amount'> {
  amount: number;
  readonly lot: string;
}

const nameOf = ({ purpose, hops, hopsLimit, expires_s }: Omit<Lot, 'amount'>): string =>
  [purpose, hops, hopsLimit, expires_s].join(' ');

/**
 * Follows a journal by the firmware's own rule for what a payment uses up (`Lots`). Within a lot, which is
 * one sum, what came first is taken first.
 */
export function trace(crypto: Crypto, entries: readonly JournalEntry[]): Traced {
  const lots = new Lots();
  const paid: Paid[] = [];
  let held: Held[] = [];

  const amounts = (): Map<string, number> => new Map(lots.lots.map((lot) => [nameOf(lot), lot.amount]));
  /** Puts pieces into the lot that their sum joins. */
  const put = (pieces: readonly Piece[], purpose: number, sum: number, terms: Terms): void => {
    const before = amounts();
    lots.add(purpose, sum, terms);
    const [lot = ''] = [...amounts()].find(([name, now]) => now !== before.get(name)) ?? [];
    held.push(...pieces.map((piece) => ({ ...piece, lot })));
  };
  const take = (transfer: Transfer): Piece[] => {
    const { purpose, received, created_s } = transfer;
    const before = amounts();
    lots.spend(purpose, received, created_s, transfer);
    const after = amounts();
    return [...before].flatMap(([lot, was]) => takeFrom(held, lot, was - (after.get(lot) ?? 0)));
  };

  for (const entry of entries) {
    if (entry.kind === 'settled') {
      lots.clear();
      held = [];
    } else if (entry.kind === 'in') {
      const { transfer } = entry;
      const { purpose, total } = transfer;
      put([{ transfer, amount: total }], purpose, total, afterHop(transfer));
    } else if (entry.kind === 'out') {
      paid.push({
        transfer: entry.transfer,
        inputs: entry.transfer.received > 0 ? take(entry.transfer) : [],
      });
    } else if (entry.kind === 'answer' && entry.receipt.outcome !== Outcome.accepted) {
      const back = paid.find(({ transfer }) => sameBytes(transfer.hash(crypto), entry.receipt.transfer));
      // As one sum, under the terms that it was paid with.
      if (back && back.inputs.length > 0)
        put(back.inputs, back.transfer.purpose, back.transfer.received, back.transfer);
    }
    held = held.filter(({ amount }) => amount > 0);
  }
  return { held: held.map(({ transfer, amount }) => ({ transfer, amount })), paid };
}

function takeFrom(held: readonly Held[], lot: string, amount: number): Piece[] {
  const taken: Piece[] = [];
  let left = amount;
  for (const piece of held) {
    if (piece.lot !== lot || left <= 0) continue;
    const part = Math.min(piece.amount, left);
    piece.amount -= part;
    left -= part;
    taken.push({ transfer: piece.transfer, amount: part });
  }
  return taken;
}

export interface OriginNode {
  readonly key: string;
  /** A note as its issuer has signed it; a device; where the flash of a device does not say any more. */
  readonly kind: 'note' | 'device' | 'forgotten';
  /** The note's id, or whose device it is. */
  readonly name: string;
  /** Payments from here to the device that holds the money. */
  readonly depth: number;
}

export interface OriginEdge {
  readonly from: string;
  readonly to: string;
  /** Of what was paid: what went on. Minor units. */
  readonly amount: number;
  readonly payments: number;
}

export interface Origins {
  readonly nodes: readonly OriginNode[];
  readonly edges: readonly OriginEdge[];
}

export interface OriginsOf {
  /** The device that holds the money, 8 bytes, and what it holds. */
  readonly device: Uint8Array;
  readonly notes: readonly { readonly id: string; readonly left: number }[];
  readonly held: readonly Piece[];
  /** What a device has paid, by all flash that says so. */
  paidBy(device: Uint8Array): readonly Paid[];
  nameOf(device: Uint8Array): string;
}

/** Walks from what a device holds back to notes. Payments between two devices, at one hop, are one edge. */
export function originsOf({ device, notes, held, paidBy, nameOf }: OriginsOf): Origins {
  const nodes = new Map<string, OriginNode>();
  const edges = new Map<string, OriginEdge>();
  const node = (kind: OriginNode['kind'], name: string, depth: number): string => {
    const key = `${kind} ${name} ${depth}`;
    if (!nodes.has(key)) nodes.set(key, { key, kind, name, depth });
    return key;
  };
  const edge = (from: string, to: string, amount: number): void => {
    const key = `${from} → ${to}`;
    const before = edges.get(key);
    edges.set(key, {
      from,
      to,
      amount: amount + (before?.amount ?? 0),
      payments: 1 + (before?.payments ?? 0),
    });
  };
  const walk = ({ transfer, amount }: Piece, to: string, depth: number): void => {
    const from = node('device', nameOf(transfer.payer), depth);
    edge(from, to, amount);
    for (let i = 0; i < transfer.noteCount; i++)
      edge(node('note', hex(transfer.noteId(i)), depth + 1), from, transfer.noteAmount(i));
    if (transfer.received === 0) return;
    const paid = paidBy(transfer.payer).find((each) => sameBytes(each.transfer.bytes, transfer.bytes));
    const known = paid?.inputs ?? [];
    for (const input of known) walk(input, from, depth + 1);
    const missing = transfer.received - known.reduce((sum, each) => sum + each.amount, 0);
    if (missing > 0) edge(node('forgotten', nameOf(transfer.payer), depth + 1), from, missing);
  };
  const end = node('device', nameOf(device), 0);
  for (const { id, left } of notes) if (left > 0) edge(node('note', id, 1), end, left);
  for (const piece of held) walk(piece, end, 1);
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}
