import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import type { Order } from '../../../firmware/terminal/order.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { type Tear, World } from '../../../sim/world/world.js';
import { FARES } from '../../firmware/account/fares.js';

const START_S = 1_800_000_000;
const LOADED = 2_000;
const TRANSPORT = 4_111;

/** Two gates at two stations, whose readers are tills as well, and somebody with a card of money. */
function network() {
  const world = new World(1, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const [market, airport, mei] = ['Market gate', 'Airport gate', 'Mei'].map((name) => world.device(name));
  for (const gate of [market, airport]) bank.enrol(gate, { category: TRANSPORT });
  bank.enrol(mei);
  bank.settle(mei.wallet, bank.notes(mei.wallet, [LOADED]));
  const touch = (gate: typeof market, order: Order, tear?: Tear) => {
    const { result } = world.touch(gate, mei, order, tear);
    const [all, flying] = [
      [market, airport, mei].reduce((sum, { wallet }) => sum + wallet.ledger.held, 0),
      mei.wallet.ledger.inFlight,
    ];
    // What is in flight to a gate that has taken it counts once.
    expect([LOADED, LOADED + FARES.flat]).toContain(all + flying);
    return result;
  };
  const fare = (gate: typeof market) => gate.terminal.order('pull', FARES.flat);
  const refund = (gate: typeof market, amount: number): Order => {
    const order = gate.terminal.order('push', amount);
    order.refund = {};
    return order;
  };
  const held = () => [market, airport, mei].map(({ wallet }) => wallet.ledger.held);
  return { market, airport, mei, touch, fare, refund, held };
}

describe('a card with money at the gate of a network', () => {
  it('pays the flat fare with the touch that opens the gate', () => {
    const { market, touch, fare, held } = network();
    expect(touch(market, fare(market))?.outcome).toBe('paid');
    expect(held()).toEqual([FARES.flat, 0, LOADED - FARES.flat]);
  });

  it('pays it once when the touch is torn anywhere and the card is put there again', () => {
    for (let airByte = 50; ; airByte += 150) {
      const { market, mei, touch, fare, held } = network();
      const order = fare(market);
      const first = touch(market, order, { airByte, what: 'hand away' });
      const wasTorn = first?.outcome === 'torn';
      if (wasTorn || mei.wallet.ledger.inFlight > 0) touch(market, order);
      expect(held(), `torn at byte ${airByte}`).toEqual([FARES.flat, 0, LOADED - FARES.flat]);
      expect(mei.wallet.ledger.inFlight).toBe(0);
      if (!wasTorn) return;
    }
  });

  it('gets nothing back at another gate, which has sold it nothing; so there is no deposit for the way', () => {
    const { market, airport, touch, fare, refund, held } = network();
    touch(market, fare(market));
    const refusal = { by: 'terminal', why: Refusal.notSold };
    expect(touch(airport, refund(airport, 1))?.refusal).toEqual(refusal);
    expect(held()).toEqual([FARES.flat, 0, LOADED - FARES.flat]);
    // The gate that took it can: when it has not opened, say.
    expect(touch(market, refund(market, FARES.flat))?.outcome).toBe('paid');
    expect(held()).toEqual([0, 0, LOADED]);
    expect(touch(market, refund(market, 1))?.refusal).toEqual(refusal);
  });
});
