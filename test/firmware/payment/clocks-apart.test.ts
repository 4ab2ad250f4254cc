import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INVOICE_VALIDITY_S } from '../../../firmware/limits.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import { Refusal, refusalName } from '../../../firmware/protocol/refusal.js';
import type { Wallet } from '../../../firmware/wallet/wallet.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Device } from '../../../sim/device/device.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { type Tear, World } from '../../../sim/world/world.js';
import { Clocks } from '../../support/clocks.js';
import { wholeValue } from '../../support/conservation.js';

const START_S = 1_800_000_000;
const DAY_S = 86_400;
const GRACE_S = 5_000;
const AMOUNT = 100;
const BOUND_MAX_S = 60 * DAY_S;
/** Bytes on the air of a whole touch, and some. */
const AIR_BYTES_MAX = 1_600;

type Kind = 'pull' | 'push';
const KINDS: readonly Kind[] = ['pull', 'push'];
const kinds = fc.constantFrom(...KINDS);

/** Two devices, each with its bound; `ahead_s`: what the payer's clock is before the payee's. */
class Pair {
  readonly world = new World(3, START_S, opensslCrypto);
  readonly payer = this.world.device('payer');
  readonly payee = this.world.device('payee');
  readonly clocks = new Clocks(this.world, this.payer, this.payee);

  constructor(payerBound_s: number, payeeBound_s: number, ahead_s: number) {
    const { payer, payee, world, clocks } = this;
    const bank = new TestBank(world.crypto, START_S);
    bank.enrol(payer, { limits: { clocksApart_s: payerBound_s, claimGrace_s: GRACE_S } });
    bank.enrol(payee, { limits: { clocksApart_s: payeeBound_s }, category: 5812 });
    bank.settle(payer.wallet, bank.notes(payer.wallet, [1_000]));
    clocks.shift(payer, payee.wallet.own_s - payer.wallet.own_s + ahead_s);
  }

  get wallets(): readonly Wallet[] {
    return [this.payer.wallet, this.payee.wallet];
  }

  get times_s(): readonly number[] {
    return this.wallets.map((wallet) => wallet.own_s);
  }

  touch(kind: Kind, tear?: Tear) {
    this.clocks.beat();
    const [reader, card] = kind === 'pull' ? [this.payee, this.payer] : [this.payer, this.payee];
    return this.world.touch(reader, card, reader.terminal.order(kind, AMOUNT), tear).result;
  }

  get lastTransfer(): Transfer {
    const { wallet } = this.payer;
    for (let sequence = wallet.ledger.sequence; ; sequence--) {
      const transfer = Transfer.parse(wallet.entry(sequence)!);
      if (transfer) return transfer;
    }
  }
}

/** Why it is refused, by PROTOCOL.md; undefined: it is paid. */
function refusalOf(kind: Kind, ahead_s: number, payerBound_s: number, payeeBound_s: number) {
  if (ahead_s <= 0) return -ahead_s > payerBound_s ? Refusal.offlineDuration : undefined;
  if (kind === 'pull' && ahead_s > payerBound_s) return Refusal.invoiceExpired;
  return ahead_s > payeeBound_s ? Refusal.offlineDuration : undefined;
}

const nameOf = (why: Refusal | undefined): string => (why === undefined ? 'paid' : refusalName(why));

/** One payment, which must end so; returns what it ended with. */
function play(pair: Pair, kind: Kind): string {
  const value = wholeValue(...pair.wallets);
  const { held } = pair.payee.wallet.ledger;
  pair.clocks.beat();
  const before_s = pair.times_s;
  const result = pair.touch(kind);
  const ended = nameOf(result?.outcome === 'paid' ? undefined : result?.refusal?.why);
  // Nobody has moved another's clock; the touch took a second of the world's.
  expect(pair.times_s).toEqual(before_s.map((time_s) => time_s + 1));
  expect(wholeValue(...pair.wallets)).toBe(value);
  expect(pair.payer.wallet.ledger.inFlightTransfers).toHaveLength(0);
  expect(pair.payee.wallet.ledger.held - held).toBe(ended === 'paid' ? AMOUNT : 0);
  return ended;
}

test.each(KINDS)(
  'by %s, devices whose clocks are apart pay, up to the bound of either and no further',
  (kind) => {
    const bound = fc.integer({ min: 1, max: BOUND_MAX_S });
    const distance = fc.oneof(
      fc
        .constantFrom('payer', 'payee')
        .chain((whose) => fc.constantFrom(-1, 0, 1).map((beyond_s) => ({ whose, beyond_s, share: 0 }))),
      fc.double({ min: 0, max: 1, noNaN: true }).map((share) => ({ whose: '', beyond_s: 0, share })),
    );
    const run = (
      payerBound_s: number,
      payeeBound_s: number,
      at: { whose: string; beyond_s: number; share: number },
      sign: number,
    ) => {
      const bounds = { payer: payerBound_s, payee: payeeBound_s } as Record<string, number>;
      const apart_s = at.whose ? bounds[at.whose] + at.beyond_s : Math.floor(at.share * BOUND_MAX_S);
      const ahead_s = sign * apart_s;
      const pair = new Pair(payerBound_s, payeeBound_s, ahead_s);
      const wanted = refusalOf(kind, ahead_s, payerBound_s, payeeBound_s);
      expect(play(pair, kind)).toBe(nameOf(wanted));
      if (wanted !== undefined) return;
      const latest_s = Math.max(...pair.times_s);
      expect(pair.lastTransfer.created_s).toBe(latest_s);
      expect(pair.lastTransfer.claimBy_s).toBe(latest_s + INVOICE_VALIDITY_S + GRACE_S);
    };
    fc.assert(fc.property(bound, bound, distance, fc.constantFrom(-1, 1), run), { numRuns: 60 });
  },
);

describe.each(KINDS)('by %s, with one bound for both', (kind) => {
  test.each([-1, 1])(
    'at the bound it is paid and one second beyond it is not, whoever is ahead (%i)',
    (sign) => {
      const bound_s = 3 * DAY_S;
      expect(play(new Pair(bound_s, bound_s, sign * bound_s), kind)).toBe('paid');
      const why = kind === 'pull' && sign > 0 ? Refusal.invoiceExpired : Refusal.offlineDuration;
      expect(play(new Pair(bound_s, bound_s, sign * (bound_s + 1)), kind)).toBe(nameOf(why));
    },
  );
});

test('a stall that had no power for days is paid, and pays on', () => {
  const world = new World(3, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const [stall, watch] = [world.device('stall'), world.device('watch')];
  bank.enrol(stall, { category: 5812 });
  bank.enrol(watch);
  bank.settle(watch.wallet, bank.notes(watch.wallet, [1_000]));
  stall.powerOff();
  world.pass(9 * DAY_S);
  stall.powerOn();
  const touch = (reader: Device, card: Device, kind: Kind) =>
    world.touch(reader, card, reader.terminal.order(kind, AMOUNT)).result?.outcome;
  for (const kind of KINDS) {
    expect(kind === 'pull' ? touch(stall, watch, kind) : touch(watch, stall, kind)).toBe('paid');
    expect(kind === 'pull' ? touch(watch, stall, kind) : touch(stall, watch, kind)).toBe('paid');
  }
  expect(watch.wallet.own_s - stall.wallet.own_s).toBeGreaterThanOrEqual(9 * DAY_S);
  expect(wholeValue(stall.wallet, watch.wallet)).toBe(1_000);
});

test('torn anywhere, what is in flight between clocks that are apart is resumed either way round', () => {
  const apart = fc.integer({ min: -BOUND_MAX_S, max: BOUND_MAX_S });
  const tears = fc.integer({ min: 1, max: AIR_BYTES_MAX });
  fc.assert(
    fc.property(kinds, kinds, apart, tears, (kind, again, ahead_s, airByte) => {
      const pair = new Pair(BOUND_MAX_S, BOUND_MAX_S, ahead_s);
      const value = wholeValue(...pair.wallets);
      pair.touch(kind, { airByte, what: 'hand away' });
      expect(wholeValue(...pair.wallets)).toBe(value);
      expect(pair.touch(again)?.outcome).toBe('paid');
      expect(wholeValue(...pair.wallets)).toBe(value);
      expect(pair.payer.wallet.ledger.inFlightTransfers).toHaveLength(0);
      const { held } = pair.payee.wallet.ledger;
      expect([AMOUNT, 2 * AMOUNT]).toContain(held);
    }),
    { numRuns: 60 },
  );
});
