/** Dealings with many counterparties: against a map. */

import { COUNTERPARTY_PAGES, Counterparties } from '../../../../firmware/ledger/counterparties.js';
import { COUNTERPARTIES_MAX } from '../../../../firmware/limits.js';
import { same } from '../../check.js';
import { Dice } from '../../hardware/dice.js';
import type { Case } from '../../suite.js';

const OPERATIONS = 500;
const IDS = COUNTERPARTIES_MAX + 40;

/** With the counterparty of that number. */
interface Dealings {
  payments: number;
  amount: number;
}

export const counterparties = (seed: number): Case[] => [
  {
    name: 'counterparties: payments and amounts are those of a map, from their pages too, and full is full',
    run: () => {
      const dice = new Dice(seed, 'counterparties');
      // Some of them on a few places of the table.
      const ids = Array.from({ length: IDS }, (_, i) => {
        const id = dice.bytes(8);
        if (i % 8 === 0) id.set([0, dice.below(4)], 6);
        return id;
      });
      let real = new Counterparties();
      const naive = new Map<number, Dealings>();
      for (let i = 0; i < OPERATIONS; i++) {
        const which = i < IDS && dice.below(6) > 0 ? i : dice.below(IDS);
        const id = ids[which];
        const known = naive.get(which);
        const fits = known !== undefined || naive.size < COUNTERPARTIES_MAX - 1;
        same(real.fits(id), fits, `fits at ${i}`);
        const amount = dice.below(100_000);
        real.count(id, amount);
        if (known) {
          known.payments++;
          known.amount += amount;
        } else if (fits) naive.set(which, { payments: 1, amount });
        if (dice.oneIn(50)) real = reloaded(real);
        same(real.used, naive.size, `counterparties at ${i}`);
        if (dice.oneIn(200)) expectSame(real, ids, naive);
      }
      same(naive.size, COUNTERPARTIES_MAX - 1, 'counterparties in the end');
      expectSame(real, ids, naive);
      real.clear();
      naive.clear();
      expectSame(real, ids, naive);
    },
  },
];

function expectSame(
  real: Counterparties,
  ids: readonly Uint8Array[],
  naive: ReadonlyMap<number, Dealings>,
): void {
  ids.forEach((id, which) => {
    const known = naive.get(which);
    same(real.with(id).payments, known?.payments ?? 0, 'payments');
    same(real.with(id).amount, known?.amount ?? 0, 'amount');
  });
}

function reloaded(real: Counterparties): Counterparties {
  const loaded = new Counterparties();
  for (let page = 0; page < COUNTERPARTY_PAGES && loaded.used < real.used; page++) {
    same(loaded.load(page, real.used, real.page(page)), true, `page ${page}`);
  }
  return loaded;
}
