/** The touches that are measured in full. */
import type { Pair } from './count.js';
import { Workshop } from './wallets.js';

export const CASES = ['strangers', 'terminal known', 'both known', 'push', 'received sum'] as const;
export type CaseName = (typeof CASES)[number];
/** Those that have budgets. */
export const BUDGETED_CASES = [
  'strangers',
  'terminal known',
  'both known',
] as const satisfies readonly CaseName[];

export const CASE_TEXT: Record<CaseName, string> = {
  strangers: 'a purchase between strangers, one note',
  'terminal known': 'the card knows the terminal’s certificate',
  'both known': 'both know each other',
  push: 'the terminal pays a card that is a stranger (PUSH)',
  'received sum': 'strangers; paid with the sum of 100 payments received',
};

const AMOUNT = 1_250;
const SMALL = 7;
const SMALL_PAYMENTS = 100;

export function pairOf(name: CaseName): Pair {
  const shop = new Workshop();
  const purchase = { kind: 'pull', amount: AMOUNT } as const;
  if (name === 'push')
    return { ...purchase, kind: 'push', terminal: shop.wallet([10_000]), card: shop.wallet() };
  if (name === 'received sum') {
    const [people, stall] = [shop.wallet([10_000]), shop.wallet()];
    for (let i = 0; i < SMALL_PAYMENTS; i++) shop.pay(people, stall, SMALL);
    return { ...purchase, amount: SMALL * SMALL_PAYMENTS, terminal: shop.wallet(), card: stall };
  }
  const [terminal, card] = [shop.wallet(), shop.wallet([10_000])];
  // Each has met the other, in either role.
  if (name === 'both known') shop.pay(card, terminal, SMALL);
  // The terminal was met by a copy of this card: it has forgotten, as far as this terminal can know.
  if (name === 'terminal known') {
    const before = terminal.nor.exportImage();
    shop.pay(card, terminal, SMALL);
    shop.restore(terminal, before);
  }
  return { ...purchase, terminal, card };
}
