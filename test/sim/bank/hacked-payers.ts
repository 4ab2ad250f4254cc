import { ReceivedPolicy } from '../../../firmware/objects/profile.js';
import {
  bank,
  DAY_S,
  EUR,
  lie,
  noteOf,
  pays,
  paysTargeted,
  person,
  type Row,
  receiver,
  sync,
} from './hacked-devices.js';
import type { ScriptedDevice } from './scripted-device.js';

async function inFlight(count: number): Promise<ScriptedDevice> {
  const [payer, payee] = [await person(100), await person()];
  for (let i = 0; i < count; i++) payer.pay(payee, 1);
  return payer;
}

export const PAYER: Row[] = [
  ['a currency is three capital letters', () => lie({ currency: new Uint8Array(3) }), 'terms'],
  ['a claim may be made after the payment, not before', () => lie({ claimBy_s: 1 }), 'terms'],
  ['money that has run out is not spent', () => lie({ terms: { expires_s: 5 } }), 'terms'],
  [
    'nobody pays itself',
    async () => {
      const payer = await person(100);
      payer.sign(payer, [{ id: noteOf(payer), amount: 100 }], 0);
      return payer;
    },
    'terms',
  ],
  ['a transfer has the purpose of its notes', () => lie({ purpose: 7 }), 'terms'],
  ['a transfer has the target of its notes', () => lie({ target: 0x10001 }), 'terms'],
  [
    'money for one payee is paid to nobody else',
    async () => {
      const [payer, payee] = [await person(), await person()];
      return paysTargeted(payer, payee, { payee: (await person()).id });
    },
    'terms',
  ],
  [
    'money of a place is paid there',
    async () => paysTargeted(await person(), await person(0, { place: 8 }), { place: 7 }),
    'purpose',
  ],
  [
    'money of a category is paid for it',
    async () => paysTargeted(await person(), await person(0, { category: 5814 }), { purpose: 5411 }),
    'purpose',
  ],
  ['a transfer has the currency of its notes', () => lie({ currency: EUR }), 'terms'],
  ['a note travels no further than it may', () => lie({ terms: { hopsLimit: 6 } }), 'terms'],
  ['a note lasts no longer than it may', () => lie({ terms: { expires_s: 0xfffffff0 } }), 'terms'],
  [
    'a note gives no more than its value',
    async () => {
      const [payer, payee] = [await person(100), await person()];
      payer.sign(payee, [{ id: noteOf(payer), amount: 101 }], 0);
      return payer;
    },
    'terms',
  ],
  [
    'a note gives no more than what is left on it',
    async () => {
      const [payer, payee] = [await person(100), await person()];
      for (const amount of [60, 50]) payer.sign(payee, [{ id: noteOf(payer), amount }], 0);
      return payer;
    },
    'overdrawn',
  ],
  [
    'a retired note is not spent',
    async () => {
      const [payer, payee] = [await person(100), await person()];
      const id = noteOf(payer);
      await bank.unload(payer.identity.account, payer.id, 1);
      await sync(payer);
      payer.sign(payee, [{ id, amount: 100 }], 0);
      return payer;
    },
    'overdrawn',
  ],
  [
    'a note is its owner’s',
    async () => {
      const [payer, payee, owner] = [await person(), await person(), await person(100)];
      payer.sign(payee, [{ id: noteOf(owner), amount: 100 }], 0);
      return payer;
    },
    'draws on a note that is not the payer’s',
  ],
  [
    'received value is not spent before it came',
    async () => {
      const [payer, payee] = [await person(), await person()];
      payer.sign(payee, [], 50);
      return payer;
    },
    'overspent',
  ],
  [
    'received value changes hands as often as it may',
    async () => {
      const [giver, payer, payee] = [await person(100), await person(), await person()];
      giver.book(payer.take(giver.pay(payer, 50, { terms: { hopsLimit: 1 } })));
      payer.sign(payee, [], 50, { terms: { hops: 1, hopsLimit: 2 } });
      return payer;
    },
    'hops',
  ],
  [
    'received value keeps its terms',
    async () => {
      const [payer, payee] = [await receiver(), await person()];
      payer.sign(payee, [], 50, { terms: { expires_s: payer.time_s + 800 * DAY_S } });
      return payer;
    },
    'hops',
  ],
  [
    'received value that has run out is not spent',
    async () => {
      const [giver, payer, payee] = [await person(100), await person(), await person()];
      const soon = giver.time_s + 2 * DAY_S;
      giver.book(payer.take(giver.pay(payer, 50, { terms: { expires_s: soon } })));
      payer.sign(payee, [], 50, { created_s: soon, claimBy_s: soon, terms: { expires_s: soon + 1 } });
      return payer;
    },
    'hops',
  ],
  ['a payment is at most so much', () => pays({ limits: { paymentMax: 50 } }, [60]), 'paymentLimit'],
  ['a day’s payments are at most so much', () => pays({ limits: { dayMax: 70 } }, [40, 40]), 'dayLimit'],
  [
    'so many payments, then a sync',
    () => pays({ limits: { offlineCountMax: 2 } }, [1, 1, 1]),
    'offlineCount',
  ],
  [
    'so long without a sync',
    async () => {
      const [payer, payee] = [await person(100, { limits: { offlineDuration_s: 60 } }), await person()];
      payer.pay(payee, 1, { created_s: payer.time_s + 61 });
      return payer;
    },
    'offlineDuration',
  ],
  [
    'a payment is dated no further ahead than clocks may be apart',
    async () => {
      const [payer, payee] = [await person(100, { limits: { clocksApart_s: DAY_S } }), await person()];
      const created_s = bank.time_s + DAY_S + 1;
      payer.pay(payee, 1, { created_s, claimBy_s: created_s });
      return payer;
    },
    'offlineDuration',
  ],
  ['so many payments to one', () => pays({ limits: { counterpartyCountMax: 1 } }, [1, 1]), 'counterparty'],
  ['so much to one', () => pays({ limits: { counterpartyAmountMax: 50 } }, [30, 30]), 'counterparty'],
  [
    'so much to a merchant category',
    async () => {
      const categoryLimits = [{ category: 5411, paymentMax: 10 }];
      const [payer, shop] = [
        await person(100, { limits: { categoryLimits } }),
        await person(0, { category: 5411 }),
      ];
      payer.pay(shop, 11);
      return payer;
    },
    'categoryLimit',
  ],
  [
    'so much by its own tier',
    () => pays({ tier: 0, limits: { tierMax: [50, 90, 90, 90] } }, [60]),
    'tierLimit',
  ],
  [
    'so much to a weaker tier',
    async () => {
      const limits = { tierMax: [10, 90, 90, 90] };
      const [payer, payee] = [await person(100, { tier: 3, limits }), await person(0, { tier: 0 })];
      payer.pay(payee, 11);
      return payer;
    },
    'tierLimit',
  ],
  [
    'only customers of these operators',
    async () => {
      const [payer, payee] = [
        await person(100, { limits: { operators: [1] } }),
        await person(0, { operator: 2 }),
      ];
      payer.pay(payee, 1);
      return payer;
    },
    'operator',
  ],
  [
    'so much received value in one payment',
    async () => {
      const [payer, payee] = [await receiver({ limits: { receivedPaymentMax: 50 } }), await person()];
      const [giver] = [await person(100)];
      giver.book(payer.take(giver.pay(payer, 50)));
      payer.pay(payee, 60);
      return payer;
    },
    'receivedLimit',
  ],
  [
    'pending value is not spent',
    async () => {
      const [payer, payee] = [
        await receiver({ limits: { received: ReceivedPolicy.pending } }),
        await person(),
      ];
      payer.pay(payee, 10);
      return payer;
    },
    'receivedLimit',
  ],
  [
    'received value that must meet its bank is not spent',
    async () => {
      const [payer, payee] = [await receiver({ limits: { emptyWithin_s: 60 } }), await person()];
      payer.pay(payee, 10, { created_s: payer.time_s + 61 });
      return payer;
    },
    'emptyFirst',
  ],
  [
    'nobody pays who is on the hot list',
    async () => {
      const [payer, payee] = [await person(100), await person()];
      await bank.reportLost(payee.id);
      await sync(payer);
      payer.pay(payee, 10);
      return payer;
    },
    'hotListed',
  ],
  [
    'a stopped device pays nothing',
    async () => {
      const [giver, payer, payee] = [await person(50), await person(100), await person()];
      await bank.reportLost(payer.id);
      await sync(payer);
      giver.book(payer.take(giver.pay(payer, 5)));
      payer.pay(payee, 5);
      return payer;
    },
    'suspended',
  ],
  ['sixteen payments in flight', () => inFlight(17), 'full'],
  [
    'a transfer has its place in the journal',
    async () => {
      const [payer, payee] = [await person(100), await person()];
      payer.pay(payee, 1, { sequence: 9 });
      return payer;
    },
    'another sequence number is signed',
  ],
  [
    'a transfer follows from the journal',
    async () => {
      const [payer, payee] = [await person(100), await person()];
      payer.pay(payee, 1);
      payee.take(payer.pay(payee, 1, { previous: new Uint8Array(32) }));
      await sync(payee);
      return payer;
    },
    'fork',
  ],
  [
    'two transfers have two numbers',
    async () => {
      const [payer, payee] = [await person(100), await person()];
      const copy = payer.clone();
      payee.take(payer.pay(payee, 1));
      payee.take(copy.pay(payee, 2));
      await sync(payee);
      return payer;
    },
    'fork',
  ],
];
