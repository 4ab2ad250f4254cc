import {
  bank,
  DAY_S,
  noteOf,
  paysTargeted,
  person,
  type Row,
  receiver,
  sync,
  takeAnyhow,
  takes,
} from './hacked-devices.js';

export const PAYEE: Row[] = [
  ['a payment is at most so much', () => takes({ limits: { paymentMax: 50 } }, [60]), 'paymentLimit'],
  ['so much is held at most', () => takes({ limits: { balanceMax: 50 } }, [30, 30]), 'balanceLimit'],
  ['so many payments from one', () => takes({ limits: { counterpartyCountMax: 1 } }, [1, 1]), 'counterparty'],
  ['so much from one', () => takes({ limits: { counterpartyAmountMax: 50 } }, [30, 30]), 'counterparty'],
  [
    'so much by its own tier',
    () => takes({ tier: 0, limits: { tierMax: [50, 90, 90, 90] } }, [60]),
    'tierLimit',
  ],
  [
    'so much from a weaker tier',
    async () => {
      const limits = { tierMax: [10, 90, 90, 90] };
      const [payer, payee] = [await person(100, { tier: 0 }), await person(0, { tier: 3, limits })];
      return takeAnyhow(payee, payer.pay(payee, 11));
    },
    'tierLimit',
  ],
  [
    'so many payments, then a sync',
    () => takes({ limits: { offlineCountMax: 2 } }, [1, 1, 1]),
    'offlineCount',
  ],
  [
    'so long without a sync',
    async () => {
      const payee = await person(0, { limits: { offlineDuration_s: 60 } });
      payee.time_s += 61;
      const payer = await person(10);
      return takeAnyhow(payee, payer.pay(payee, 10));
    },
    'offlineDuration',
  ],
  [
    'a payment is dated no further ahead than clocks may be apart',
    async () => {
      const [payer, payee] = [await person(10), await person(0, { limits: { clocksApart_s: DAY_S } })];
      payee.time_s = bank.time_s + DAY_S + 1;
      return takeAnyhow(payee, payer.pay(payee, 10));
    },
    'offlineDuration',
  ],
  [
    'received value meets its bank before more is taken',
    async () => {
      const [payer, payee] = [await person(20), await person(0, { limits: { emptyWithin_s: 60 } })];
      payer.book(payee.take(payer.pay(payee, 10)));
      payee.time_s += 61;
      return takeAnyhow(payee, payer.pay(payee, 10));
    },
    'emptyFirst',
  ],
  [
    'so much received value in one payment',
    async () => {
      const [payer, payee] = [await receiver(), await person(0, { limits: { receivedPaymentMax: 20 } })];
      return takeAnyhow(payee, payer.pay(payee, 30));
    },
    'receivedLimit',
  ],
  [
    'nobody is paid by who is on the hot list',
    async () => {
      const [payer, payee] = [await person(10), await person()];
      await bank.reportLost(payer.id);
      await sync(payee);
      return takeAnyhow(payee, payer.pay(payee, 10));
    },
    'hotListed',
  ],
  [
    'a certificate that has run out is refused',
    async () => {
      const [payer, payee] = [await person(10), await person()];
      payee.time_s += 6 * 365 * DAY_S;
      return takeAnyhow(payee, payer.pay(payee, 10, { terms: { expires_s: payee.time_s + 1 } }));
    },
    'certificateExpired',
  ],
  [
    'targeted money is taken by its category',
    async () => {
      const [payer, payee] = [await person(), await person()];
      const { account } = payer.identity;
      await bank.deposit(account, 10, 5411);
      await bank.load(account, payer.id, 10, 5411);
      await sync(payer);
      return takeAnyhow(payee, payer.sign(payee, [{ id: noteOf(payer), amount: 10 }], 0, { purpose: 5411 }));
    },
    'accepted',
  ],
  [
    'money of a place is taken there',
    async () => {
      const payee = await person(0, { place: 8 });
      return takeAnyhow(payee, (await paysTargeted(await person(), payee, { place: 7 })).lastOut);
    },
    'accepted',
  ],
  [
    'money for one payee is taken by nobody else',
    async () => {
      const [payee, meant] = [await person(), await person()];
      return takeAnyhow(payee, (await paysTargeted(await person(), payee, { payee: meant.id })).lastOut);
    },
    'accepted',
  ],
  [
    'money that has run out is not taken',
    async () => {
      const [payer, payee] = [await person(10), await person()];
      payee.time_s += 200 * DAY_S;
      return takeAnyhow(payee, payer.pay(payee, 10));
    },
    'accepted',
  ],
  [
    'terms milder than the notes’ are not taken',
    async () => {
      const [payer, payee] = [await person(10), await person()];
      return takeAnyhow(payee, payer.pay(payee, 10, { terms: { hopsLimit: 9 } }));
    },
    'accepted',
  ],
  [
    'a note that is another’s is not taken',
    async () => {
      const [payer, payee, owner] = [await person(10), await person(), await person(10)];
      const transfer = payer.sign(payee, [{ id: noteOf(owner), amount: 10 }], 0);
      return takeAnyhow(payee, transfer);
    },
    '',
  ],
  [
    'an invoice is paid once',
    async () => {
      const [payer, payee] = [await person(10), await person()];
      const invoice = payee.invoice();
      payee.take(payer.pay(payee, 4, { invoice }));
      payee.take(payer.pay(payee, 5, { invoice }));
      return payee;
    },
    'receipts',
  ],
  [
    'what was refused is not taken',
    async () => {
      const [payer, payee] = [await person(10), await person()];
      const invoice = payee.invoice();
      payee.refuse(payer.pay(payee, 4, { invoice }));
      payee.take(payer.pay(payee, 5, { invoice }));
      return payee;
    },
    'receipts',
  ],
  [
    'an invoice is paid before the payee settles',
    async () => {
      const [payer, payee] = [await person(10), await person(0, { settleTo: 'account' })];
      const transfer = payer.pay(payee, 10);
      for (const device of [payer, payee]) await sync(device);
      await bank.tick(bank.time_s + 1);
      await sync(payer);
      return takeAnyhow(payee, transfer);
    },
    'settledSince',
  ],
  [
    'a transfer is signed by its payer',
    async () => {
      const [payer, payee] = [await person(10), await person()];
      const transfer = payer.pay(payee, 10);
      transfer.bytes[transfer.bytes.length - 1] ^= 1;
      return takeAnyhow(payee, transfer);
    },
    'signature of the transfer',
  ],
  [
    'a stopped device takes nothing',
    async () => {
      const [payer, payee] = [await person(10), await person()];
      await bank.reportLost(payee.id);
      await sync(payee);
      return takeAnyhow(payee, payer.pay(payee, 10));
    },
    'suspended',
  ],
];
