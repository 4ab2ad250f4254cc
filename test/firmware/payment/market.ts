import { expect } from 'vitest';
import type { Limits } from '../../../firmware/objects/profile.js';
import type { Refusal } from '../../../firmware/protocol/refusal.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Device } from '../../../sim/device/device.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { wholeValue } from '../../support/conservation.js';

export const START_S = 1_800_000_000;
export const CATEGORY = 5812;

export type Kind = 'pull' | 'push';
export type Side = 'payer' | 'payee';

export interface Setup {
  readonly kind: Kind;
  readonly side: Side;
  readonly limits: Partial<Limits>;
  /** Notes that the payer has. */
  readonly notes?: readonly number[];
  /** Notes that a third party pays to the payer first, so that it has received value. */
  readonly received?: number;
  readonly pin?: string;
  /** Strength of the payer's identity and of the payee's. */
  readonly tiers?: readonly [payer: number, payee: number];
}

/** A payer and a payee, one of them with `limits`, the other without any. */
export class Market {
  readonly world = new World(3, START_S, opensslCrypto);
  readonly bank = new TestBank(this.world.crypto, START_S);
  readonly payer: Device;
  readonly payee: Device;
  readonly #setup: Setup;
  readonly #value: number;

  constructor(setup: Setup) {
    this.#setup = setup;
    const of = (side: Side) => (side === setup.side ? { limits: setup.limits } : {});
    this.payer = this.world.device('payer');
    this.payee = this.world.device('payee');
    const [payerTier, payeeTier] = setup.tiers ?? [1, 1];
    this.bank.enrol(this.payer, { ...of('payer'), pin: setup.pin ?? '2468', tier: payerTier });
    this.bank.enrol(this.payee, { ...of('payee'), category: CATEGORY, tier: payeeTier });
    this.bank.settle(this.payer.wallet, this.bank.notes(this.payer.wallet, setup.notes ?? [100_000]));
    if (setup.received) {
      const donor = this.world.device('donor');
      this.bank.enrol(donor);
      this.bank.settle(donor.wallet, this.bank.notes(donor.wallet, [setup.received]));
      const order = donor.terminal.order('push', setup.received);
      expect(this.world.touch(donor, this.payer, order).result?.outcome).toBe('paid');
    }
    this.#value = wholeValue(this.payer.wallet, this.payee.wallet);
  }

  /** One payment: 'paid', or the code with which the limited side refused. */
  pay(amount: number, pin?: string): 'paid' | Refusal {
    const { kind, side } = this.#setup;
    const [reader, card] = kind === 'pull' ? [this.payee, this.payer] : [this.payer, this.payee];
    const order = reader.terminal.order(kind, amount, pin ? new TextEncoder().encode(pin) : undefined);
    const before = this.payee.wallet.ledger.held;
    const { result } = this.world.touch(reader, card, order);
    const paid = result?.outcome === 'paid';
    expect(this.payee.wallet.ledger.held - before).toBe(paid ? amount : 0);
    expect(wholeValue(this.payer.wallet, this.payee.wallet)).toBe(this.#value);
    expect(this.payer.wallet.ledger.inFlightTransfers).toHaveLength(0);
    if (paid) return 'paid';
    const limited = side === 'payer' ? this.payer : this.payee;
    expect(result?.refusal?.by).toBe(limited === reader ? 'terminal' : 'card');
    return result!.refusal!.why;
  }

  press(): boolean {
    return this.world.press(this.payer);
  }

  /** Lets time go by until both wallets' own clocks show `own_s`, counted from the settlement. */
  waitUntil(own_s: number): void {
    const wallets = [this.payer.wallet, this.payee.wallet];
    while (wallets.some((wallet) => wallet.own_s < START_S + own_s)) this.world.pass(0.01);
  }
}
