import { describe, expect, it } from 'vitest';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { wholeValue } from '../../support/conservation.js';

const NOW_S = 1_800_000_000;

/** Without limits, so that only the amount itself can be wrong. */
function pair() {
  const world = new World(7, NOW_S, opensslCrypto);
  const bank = new TestBank(world.crypto, NOW_S);
  const [stall, watch] = ['stall', 'watch'].map((name) => world.device(name));
  bank.enrol(stall, { category: 5812 });
  bank.enrol(watch);
  return { world, bank, stall, watch };
}

describe('an order for what is no amount', () => {
  for (const kind of ['pull', 'push'] as const)
    it.each([0, -1, 1.5, Number.NaN, AMOUNT_MAX + 1, 2 ** 32, 2 ** 32 + 5])(
      `${kind} %d is refused by the terminal, before the card hears of it`,
      (amount) => {
        const { world, bank, stall, watch } = pair();
        for (const device of [stall, watch]) bank.settle(device.wallet, bank.notes(device.wallet, [5_000]));
        const before = wholeValue(stall.wallet, watch.wallet);
        const { result } = world.touch(stall, watch, stall.terminal.order(kind, amount));
        expect(result).toMatchObject({
          outcome: 'refused',
          refusal: { by: 'terminal', why: Refusal.malformed },
        });
        expect(wholeValue(stall.wallet, watch.wallet)).toBe(before);
        expect(stall.wallet.ledger.inFlight + watch.wallet.ledger.inFlight).toBe(0);
      },
    );

  it('the largest amount there is passes', () => {
    const { world, bank, stall, watch } = pair();
    bank.settle(stall.wallet, []);
    bank.settle(watch.wallet, bank.notes(watch.wallet, [AMOUNT_MAX]));
    const { result } = world.touch(stall, watch, stall.terminal.order('pull', AMOUNT_MAX));
    expect(result).toMatchObject({ outcome: 'paid' });
    expect(stall.wallet.ledger.held).toBe(AMOUNT_MAX);
    expect(watch.wallet.ledger.held).toBe(0);
  });
});
