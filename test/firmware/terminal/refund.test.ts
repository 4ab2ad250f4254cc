import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import type { Order } from '../../../firmware/terminal/order.js';
import { newestRefundTo } from '../../../firmware/terminal/refund.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';

const START_S = 1_800_000_000;
const LOADED = 1_000;

function shop() {
  const world = new World(1, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const till = world.device('till');
  const [mei, bo] = ['Mei', 'Bo'].map((name) => world.device(name));
  bank.enrol(till, { category: 5812 });
  for (const buyer of [mei, bo]) {
    bank.enrol(buyer);
    bank.settle(buyer.wallet, bank.notes(buyer.wallet, [LOADED]));
  }
  type Buyer = typeof mei;
  const held = () => [till, mei, bo].reduce((sum, { wallet }) => sum + wallet.ledger.held, 0);
  const isWhole = () => expect(held()).toBe(2 * LOADED);
  /** Number of the sale. */
  const sells = (buyer: Buyer, amount: number): number => {
    expect(world.touch(till, buyer, till.terminal.order('pull', amount)).result?.outcome).toBe('paid');
    isWhole();
    return till.wallet.ledger.sequence;
  };
  const refundOf = (amount: number, refund: Order['refund'] = {}): Order => {
    const order = till.terminal.order('push', amount);
    order.refund = refund;
    return order;
  };
  const refunds = (buyer: Buyer, amount: number, refund?: Order['refund']) => {
    const { result } = world.touch(till, buyer, refundOf(amount, refund));
    isWhole();
    return result?.outcome === 'refused'
      ? result.refusal
      : newestRefundTo(till.wallet, buyer.wallet.certificate.id);
  };
  return { world, bank, till, mei, bo, sells, refunds, refundOf, isWhole };
}

const NOT_SOLD = { by: 'terminal', why: Refusal.notSold };

describe('a refund', () => {
  it('goes to the card that has paid, and in all to no more than it has paid', () => {
    const { mei, bo, sells, refunds } = shop();
    expect(refunds(mei, 1)).toEqual(NOT_SOLD);
    const sale = sells(mei, 100);
    expect(refunds(bo, 1)).toEqual(NOT_SOLD);
    expect(refunds(mei, 101)).toEqual(NOT_SOLD);
    expect(refunds(mei, 40)).toEqual([{ sale, amount: 40 }]);
    expect(refunds(mei, 61)).toEqual(NOT_SOLD);
    expect(refunds(mei, 60)).toEqual([{ sale, amount: 60 }]);
    expect(refunds(mei, 1)).toEqual(NOT_SOLD);
  });

  it('is of the latest sale first, or of the one that was named and no other', () => {
    const { mei, sells, refunds } = shop();
    const [first, second] = [sells(mei, 100), sells(mei, 50)];
    expect(refunds(mei, 30, { sale: first })).toEqual(NOT_SOLD);
    expect(refunds(mei, 51, { sale: second })).toEqual(NOT_SOLD);
    expect(refunds(mei, 30, { sale: second })).toEqual([{ sale: second, amount: 30 }]);
    expect(refunds(mei, 60)).toEqual([
      { sale: second, amount: 20 },
      { sale: first, amount: 40 },
    ]);
    expect(refunds(mei, 61)).toEqual(NOT_SOLD);
    expect(refunds(mei, 60, { sale: first })).toEqual([{ sale: first, amount: 60 }]);
  });

  it('counts what was paid to the card in any other way, in flight too', () => {
    const { world, till, mei, sells, refunds, refundOf, isWhole } = shop();
    sells(mei, 100);
    expect(world.touch(till, mei, till.terminal.order('push', 30)).result?.outcome).toBe('paid');
    isWhole();
    const torn = refundOf(50);
    for (let airByte = 1; till.wallet.ledger.inFlight === 0; airByte++)
      world.touch(till, mei, torn, { airByte, what: 'hand away' });
    expect(newestRefundTo(till.wallet, mei.wallet.certificate.id)).toMatchObject([{ amount: 50 }]);
    expect(refunds(mei, 21)).toEqual(NOT_SOLD);
    expect(till.wallet.ledger.inFlight).toBe(0);
    expect(refunds(mei, 20)).toMatchObject([{ amount: 20 }]);
  });

  it('is of no sale from before the last sync: the bank has those', () => {
    const { bank, till, mei, sells, refunds } = shop();
    sells(mei, 100);
    bank.settle(till.wallet, bank.notes(till.wallet, [100]));
    expect(refunds(mei, 1)).toEqual(NOT_SOLD);
  });
});
