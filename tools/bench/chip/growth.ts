/**
 * Whether a touch costs more when there is more behind it. Each point is a touch between strangers, on the
 * chip.
 */
import type { Device } from '../../../sim/device/device.js';
import { countSides, type Pair } from './count.js';
import type { Side } from './steps.js';
import { Workshop } from './wallets.js';

export interface Point {
  readonly at: number;
  readonly instructions: Record<Side, number>;
}

export interface Curve {
  readonly what: string;
  /** Where the line is said to be flat from. */
  readonly from: number;
  readonly points: readonly Point[];
}

export const CURVES = ['hops', 'notes', 'payments', 'sum'] as const;
export type CurveName = (typeof CURVES)[number];

const CURVE_TEXT: Record<CurveName, string> = {
  /** Before the first it is a note, whose issuer's signature is verified too. */
  hops: 'times the money changed hands before (0: a note)',
  notes: 'notes on the card',
  payments: 'payments made by the card and taken by the terminal before',
  sum: 'payments that the spent sum came from',
};

const AT: Record<CurveName, readonly number[]> = {
  hops: [0, 1, 2, 3, 4, 5, 6, 7, 8],
  notes: [1, 3, 10, 30, 100, 300, 1_000],
  payments: [0, 1, 10, 100, 500, 1_000, 2_500],
  sum: [1, 3, 10, 30, 100, 300, 500],
};

const AMOUNT = 5;
const MUCH = 1_000_000;
/** A wallet keeps two entries of its journal for a payment, and syncs before it is full. */
const PAYMENTS_A_SYNC = 1_500;

export async function grow(name: CurveName): Promise<Curve> {
  const points: Point[] = [];
  for await (const { at, pair } of pairs[name](AT[name])) {
    points.push({ at, instructions: await countSides(pair) });
  }
  return { what: CURVE_TEXT[name], from: name === 'hops' ? 1 : 0, points };
}

interface Met {
  readonly at: number;
  readonly pair: Pair;
}

const pull = (card: Device, terminal: Device, amount = AMOUNT): Pair => ({
  kind: 'pull',
  amount,
  terminal,
  card,
});

const pairs: Record<CurveName, (at: readonly number[]) => Iterable<Met>> = {
  *hops(at) {
    const shop = new Workshop();
    let holder = shop.wallet([MUCH]);
    for (let hop = 0; hop <= at[at.length - 1]; hop++) {
      const next = shop.wallet();
      if (at.includes(hop)) yield { at: hop, pair: pull(holder, next) };
      shop.pay(holder, next, MUCH);
      holder = next;
    }
  },

  *notes(at) {
    for (const notes of at) {
      const shop = new Workshop();
      yield { at: notes, pair: pull(shop.wallet(Array.from({ length: notes }, () => 500)), shop.wallet()) };
    }
  },

  *payments(at) {
    const shop = new Workshop();
    const [card, shopkeeper, terminal, people] = [
      shop.wallet([MUCH]),
      shop.wallet(),
      shop.wallet(),
      shop.wallet([MUCH]),
    ];
    for (let paid = 0; paid <= at[at.length - 1]; paid++) {
      if (at.includes(paid)) yield { at: paid, pair: pull(card, terminal) };
      if (paid % PAYMENTS_A_SYNC === PAYMENTS_A_SYNC - 1) {
        for (const payer of [card, people]) shop.bank.settle(payer.wallet, []);
      }
      shop.pay(card, shopkeeper, AMOUNT);
      shop.pay(people, terminal, AMOUNT);
    }
  },

  *sum(at) {
    const shop = new Workshop();
    const [people, stall] = [shop.wallet([MUCH]), shop.wallet()];
    for (let small = 1; small <= at[at.length - 1]; small++) {
      shop.pay(people, stall, AMOUNT);
      if (at.includes(small)) yield { at: small, pair: pull(stall, shop.wallet(), AMOUNT * small) };
    }
  },
};

/** Instructions for each further hop, note or payment: the line of least squares, both sides together. */
export function slope(curve: Curve): number {
  const points = curve.points.filter(({ at }) => at >= curve.from);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const x = points.map(({ at }) => at);
  const y = points.map(({ instructions }) => instructions.terminal + instructions.card);
  const [mx, my] = [mean(x), mean(y)];
  const above = x.reduce((sum, each, i) => sum + (each - mx) * (y[i] - my), 0);
  return above / x.reduce((sum, each) => sum + (each - mx) ** 2, 0);
}
