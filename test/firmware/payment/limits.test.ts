import { describe, expect, test } from 'vitest';
import { Role } from '../../../firmware/objects/certificate.js';
import { type Limits, ReceivedPolicy } from '../../../firmware/objects/profile.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { CATEGORY, Market, type Side, START_S } from './market.js';

/** Payments in turn, and what becomes of each. The last is one beyond the bound, all before it are within. */
interface Bound {
  readonly limits: Partial<Limits>;
  readonly amounts: readonly number[];
  readonly beyond: Refusal;
  readonly received?: number;
  readonly notes?: readonly number[];
}

function check(name: string, side: Side, bound: Bound): void {
  for (const kind of ['pull', 'push'] as const) {
    const role = (side === 'payer') === (kind === 'push') ? 'terminal' : 'card';
    test(`${name} (by the ${role})`, () => {
      const market = new Market({ kind, side, ...bound });
      const within = bound.amounts.slice(0, -1);
      for (const amount of within) expect(market.pay(amount), `${amount} is within`).toBe('paid');
      expect(market.pay(bound.amounts[within.length])).toBe(bound.beyond);
    });
  }
}

const onBothSides: Record<string, Bound> = {
  'one payment is at most so much': {
    limits: { paymentMax: 500 },
    amounts: [500, 501],
    beyond: Refusal.paymentLimit,
  },
  'so much of one payment may be received value': {
    limits: { receivedPaymentMax: 300 },
    amounts: [300, 301],
    beyond: Refusal.receivedLimit,
    notes: [],
    received: 5_000,
  },
  'so many payments are made between two syncs': {
    limits: { offlineCountMax: 3 },
    amounts: [10, 20, 30, 40],
    beyond: Refusal.offlineCount,
  },
  'so many payments are made with one counterparty': {
    limits: { counterpartyCountMax: 2 },
    amounts: [10, 20, 30],
    beyond: Refusal.counterparty,
  },
  'payments with one counterparty come to at most so much': {
    limits: { counterpartyAmountMax: 100 },
    amounts: [60, 40, 1],
    beyond: Refusal.counterparty,
  },
};

const ofReceiving: Record<string, Bound> = {
  'the balance is at most so much, received value included, when it circulates': {
    limits: { balanceMax: 100, received: ReceivedPolicy.circulating },
    amounts: [60, 40, 1],
    beyond: Refusal.balanceLimit,
  },
  'the balance is at most so much, received value included, while it is pending': {
    limits: { balanceMax: 100, received: ReceivedPolicy.pending },
    amounts: [60, 40, 1],
    beyond: Refusal.balanceLimit,
  },
};

const ofPaying: Record<string, Bound> = {
  'payments of one day come to at most so much': {
    limits: { dayMax: 100 },
    amounts: [60, 40, 1],
    beyond: Refusal.dayLimit,
  },
  'one payment to this merchant category is at most so much': {
    limits: {
      categoryLimits: [
        { category: 5411, paymentMax: 1 },
        { category: CATEGORY, paymentMax: 70 },
      ],
    },
    amounts: [70, 71],
    beyond: Refusal.categoryLimit,
  },
  'nothing goes to a merchant category that is forbidden': {
    limits: { categoryLimits: [{ category: CATEGORY, paymentMax: 0 }] },
    amounts: [1],
    beyond: Refusal.categoryLimit,
  },
  'received value is not spent while it is frozen': {
    limits: { received: ReceivedPolicy.frozen },
    amounts: [50, 1],
    beyond: Refusal.receivedLimit,
    notes: [50],
    received: 5_000,
  },
  'received value is not spent while it is pending': {
    limits: { received: ReceivedPolicy.pending },
    amounts: [50, 1],
    beyond: Refusal.receivedLimit,
    notes: [50],
    received: 5_000,
  },
  'received value that circulates is spent to the last fen': {
    limits: { received: ReceivedPolicy.circulating },
    amounts: [50, 5_000, 1],
    beyond: Refusal.insufficient,
    notes: [50],
    received: 5_000,
  },
};

describe('the payer sees to it that', () => {
  for (const [name, bound] of Object.entries({ ...onBothSides, ...ofPaying })) check(name, 'payer', bound);
});

describe('the payee sees to it that', () => {
  for (const [name, bound] of Object.entries({ ...onBothSides, ...ofReceiving })) check(name, 'payee', bound);
});

for (const side of ['payer', 'payee'] as const) {
  for (const kind of ['pull', 'push'] as const) {
    test(`the ${side} deals until the offline duration is over, and not a second longer (${kind})`, () => {
      const market = new Market({ side, kind, limits: { offlineDuration_s: 4 } });
      market.waitUntil(4);
      expect(market.pay(10)).toBe('paid');
      market.waitUntil(5);
      expect(market.pay(10)).toBe(Refusal.offlineDuration);
    });

    test(`the ${side} deals only with customers of operators on its list, if it has one (${kind})`, () => {
      expect(new Market({ side, kind, limits: { operators: [7] } }).pay(10)).toBe('paid');
      expect(new Market({ side, kind, limits: { operators: [6, 8] } }).pay(10)).toBe(Refusal.operator);
    });
  }
}

test('received value that is frozen is outside the balance limit', () => {
  const limits = { balanceMax: 100, received: ReceivedPolicy.frozen };
  const market = new Market({ side: 'payee', kind: 'pull', limits });
  for (const amount of [60, 40, 1, 5_000]) expect(market.pay(amount)).toBe('paid');
});

test('payments made and received count together against the offline count', () => {
  const limits = { offlineCountMax: 2 };
  const market = new Market({ side: 'payer', kind: 'pull', limits, received: 40 });
  expect(market.pay(10)).toBe('paid');
  expect(market.pay(10)).toBe(Refusal.offlineCount);
});

test('a sync opens the count and the dealings again', () => {
  const limits = { offlineCountMax: 1, counterpartyCountMax: 1, counterpartyAmountMax: 60 };
  const market = new Market({ side: 'payer', kind: 'pull', limits });
  expect(market.pay(60)).toBe('paid');
  expect(market.pay(60)).toBe(Refusal.offlineCount);
  market.bank.settle(market.payer.wallet, []);
  expect(market.pay(60)).toBe('paid');
});

test('what protects the user, the day and what goes unconfirmed, outlasts a sync and a boot; the next day of the bank opens the day', () => {
  const limits = { dayMax: 100, noConfirmMax: 30, noConfirmTotalMax: 40 };
  const market = new Market({ side: 'payer', kind: 'pull', limits });
  expect(market.pay(30)).toBe('paid');
  market.bank.settle(market.payer.wallet, []);
  expect(market.pay(11)).toBe(Refusal.button);
  market.payer.powerOff();
  market.payer.powerOn();
  expect(market.pay(10)).toBe('paid');
  expect(market.pay(1)).toBe(Refusal.button);
  market.bank.settle(market.payer.wallet, []);
  expect(market.pay(61)).toBe(Refusal.dayLimit);
  const nextDay = { time_s: START_S + 86_400 };
  const { bank, payee } = market;
  bank.settle(market.payer.wallet, [], nextDay);
  // An invoice is dated by its payee, which gets fresh notes for what it has received.
  bank.settle(payee.wallet, bank.notes(payee.wallet, [payee.wallet.ledger.held]), nextDay);
  expect(market.pay(61)).toBe(Refusal.button);
});

test('a clock that goes back, since its power was lost, does not begin the day anew', () => {
  const market = new Market({ side: 'payer', kind: 'pull', limits: { dayMax: 60 } });
  market.world.pass(86_400);
  expect(market.pay(60)).toBe('paid');
  market.payer.powerOff();
  market.payer.powerOn();
  expect(market.pay(1)).toBe(Refusal.dayLimit);
});

test("the day limit opens again at midnight by the wallet's own clock", () => {
  const market = new Market({ side: 'payer', kind: 'pull', limits: { dayMax: 60 } });
  expect(market.pay(60)).toBe('paid');
  expect(market.pay(1)).toBe(Refusal.dayLimit);
  const midnight_s = 86_400 - (START_S % 86_400);
  market.world.pass(midnight_s - 5);
  expect(market.payer.wallet.own_s).toBeLessThan(START_S + midnight_s);
  expect(market.pay(1)).toBe(Refusal.dayLimit);
  market.waitUntil(midnight_s);
  expect(market.pay(60)).toBe('paid');
  expect(market.pay(1)).toBe(Refusal.dayLimit);
});

test('a scene is the category of the merchant, whatever its role', () => {
  const limits = { categoryLimits: [{ category: 5411, paymentMax: 0 }] };
  expect(new Market({ side: 'payer', kind: 'pull', limits }).pay(10)).toBe('paid');
  expect(Role.merchant).toBe(1);
});

describe('what the user must give', () => {
  const pull = (limits: Partial<Limits>) => new Market({ side: 'payer', kind: 'pull', limits });

  test('is nothing up to the no-confirm limit, and a button beyond it', () => {
    const market = pull({ noConfirmMax: 100 });
    expect(market.pay(100)).toBe('paid');
    expect(market.payer.prompt).toBeUndefined();
    expect(market.pay(101)).toBe(Refusal.button);
    expect(market.payer.prompt).toMatchObject({ amount: 101, needsPin: false });
  });

  test('is a button, too, when small payments come to more than may go unconfirmed', () => {
    const market = pull({ noConfirmMax: 100, noConfirmTotalMax: 250 });
    for (const amount of [100, 100, 50]) expect(market.pay(amount)).toBe('paid');
    expect(market.pay(1)).toBe(Refusal.button);
  });

  test('is a PIN beyond the button limit; without a PIN on the terminal, it asks for one', () => {
    const market = pull({ noConfirmMax: 0, buttonMax: 500 });
    expect(market.pay(500)).toBe(Refusal.button);
    expect(market.pay(501)).toBe(Refusal.pin);
    expect(market.payer.prompt).toMatchObject({ amount: 501, needsPin: true });
    expect(market.pay(501, '2468')).toBe('paid');
    expect(market.payer.prompt).toBeUndefined();
  });

  test('is a PIN that is right', () => {
    const market = pull({ noConfirmMax: 0, buttonMax: 500 });
    expect(market.pay(501, '2469')).toBe(Refusal.pin);
    expect(market.payer.wallet.pin.triesLeft).toBe(2);
  });

  /** Order, consent in the pause, the same order again. */
  function confirm(market: Market, amount: number, consent: () => void, between: () => void = () => {}) {
    const order = market.payee.terminal.order('pull', amount);
    const first = market.world.touch(market.payee, market.payer, order).result;
    consent();
    between();
    const second = market.world.touch(market.payee, market.payer, order).result;
    return [first?.refusal?.why, second?.refusal?.why ?? second?.outcome];
  }

  test('given between two touches, is good for the same order', () => {
    const market = pull({ noConfirmMax: 0, buttonMax: 500 });
    expect(confirm(market, 500, () => market.press())).toEqual([Refusal.button, 'paid']);
    expect(confirm(market, 501, () => market.press())).toEqual([Refusal.pin, Refusal.pin]);
    const pin = new TextEncoder().encode('2468');
    expect(confirm(market, 501, () => market.payer.wallet.enterPin(pin, market.payer.prompt!))).toEqual([
      Refusal.pin,
      'paid',
    ]);
  });

  test('is used up by one payment', () => {
    const market = pull({ noConfirmMax: 0, buttonMax: 500 });
    expect(confirm(market, 500, () => market.press())[1]).toBe('paid');
    expect(market.pay(500)).toBe(Refusal.button);
    expect(market.press()).toBe(true); // it shows the new one
  });

  test('confirmed, lets small payments go unconfirmed again', () => {
    const market = pull({ noConfirmMax: 100, noConfirmTotalMax: 100 });
    expect(market.pay(100)).toBe('paid');
    expect(market.pay(1)).toBe(Refusal.button);
    expect(confirm(market, 1, () => market.press())[1]).toBe('paid');
    expect(market.pay(100)).toBe('paid');
  });

  test('is not given by pressing a button at a screen that asks nothing', () => {
    const market = pull({ noConfirmMax: 0, buttonMax: 500 });
    expect(market.press()).toBe(false);
    expect(market.pay(10)).toBe(Refusal.button);
  });

  test('is gone after a power cut', () => {
    const market = pull({ noConfirmMax: 0, buttonMax: 500 });
    const cut = () => {
      market.payer.powerOff();
      market.payer.powerOn();
    };
    expect(confirm(market, 500, () => market.press(), cut)[1]).toBe(Refusal.button);
  });
});
