import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, getU32, putU32 } from '../../../firmware/bytes.js';
import { Invoice } from '../../../firmware/objects/invoice.js';
import { Outcome } from '../../../firmware/objects/receipt.js';
import { Ins } from '../../../firmware/protocol/apdu.js';
import { Message } from '../../../firmware/protocol/message.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { type HostileCard, YES } from '../../support/hostile-card.js';
import { rogue } from '../../support/hostile-terminal.js';
import { expectUntouched, ownInvoice, PRICE, START_S, sale, stall } from './hostile-card-setup.js';

describe('what a card resumes', () => {
  test('is not taken once its certificate has run out, whatever time it claims to be from', () => {
    const { device, card } = stall((bank) => rogue(bank, { notAfter_s: START_S - 100 }));
    const note = card.note();
    card.terminal = device.wallet.certificate;
    const invoice = new Uint8Array(8).fill(5);
    putU32(invoice, 0, device.wallet.ledger.epoch);
    const transfer = card.transfer(note, { invoice, created_s: START_S - 200 });
    card.answers.set(Message.resume, () => card.hands(transfer, note));
    card.answers.set(Message.receipt, () => YES);
    card.touch(device, device.terminal.order('resume', 0));
    expectUntouched(device);
  });

  test('comes to an end, although the card never runs out of it', () => {
    for (const kind of ['resume', 'pull'] as const) {
      const { device, card } = stall();
      const note = card.note({ value: 1_000_000 });
      card.answers.set(Message.invoice, () => Uint8Array.of(Refusal.resume));
      card.answers.set(Message.receipt, () => YES);
      card.answers.set(Message.resume, () => {
        const notes = [{ id: note.id, amount: 1 }];
        return card.hands(card.transfer(note, { invoice: ownInvoice(device), notes }), note);
      });
      const result = card.touch(device, device.terminal.order(kind, PRICE));
      expect(result.outcome).toBe('refused');
      expect(card.commands).toBeLessThan(100);
      expect(device.wallet.ledger.held).toBe(result.resumed.length);
    }
  });
});

describe('a terminal that pays', () => {
  function payer() {
    const all = stall();
    const { bank, device, card } = all;
    bank.settle(device.wallet, bank.notes(device.wallet, [1_000]));
    const offer = (amount: number) => (body: Uint8Array) => {
      const created_s = getU32(body, 4);
      const id = bank.random(8);
      putU32(id, 0, 1);
      const invoice = card.invoiceFor(id, amount, created_s);
      const signature = invoice.sign(bank.crypto, card.identity.signingKey, card.session!.handshakeHash);
      return concat(YES, card.identity.certificate.compact, invoice.compact, signature);
    };
    return { ...all, offer };
  }

  test('pays what its user ordered, not what the card asks', () => {
    const { device, card, offer } = payer();
    card.answers.set(Message.offer, offer(PRICE + 1));
    expect(card.touch(device, device.terminal.order('push', PRICE)).refusal).toEqual({
      by: 'terminal',
      why: Refusal.mismatch,
    });
    expect(device.wallet.ledger.held).toBe(1_000);
  });

  test('pays no invoice that was signed in another session', () => {
    const { bank, device, card, offer } = payer();
    card.answers.set(Message.offer, (body) => {
      const good = offer(PRICE)(body);
      const forged = good.slice();
      const { certificate } = card.identity;
      const { invoice } = Invoice.expand(good, 1 + certificate.compact.length, certificate)!;
      const elsewhere = invoice.sign(bank.crypto, card.identity.signingKey, bank.random(32));
      forged.set(elsewhere, forged.length - 64);
      return forged;
    });
    expect(card.touch(device, device.terminal.order('push', PRICE)).refusal?.why).toBe(Refusal.signature);
    expect(device.wallet.ledger.held).toBe(1_000);
  });

  test('keeps what a card has neither accepted nor voided in flight, and says that it is not over', () => {
    const answers: Record<string, (card: HostileCard) => Uint8Array> = {
      'a refusal': () => Uint8Array.of(Refusal.full),
      garbage: () => Uint8Array.of(0, 1, 2, 3),
      'a receipt for something else': (card) => {
        const other = card.receiptFor(new Uint8Array(32).fill(7), Outcome.void);
        return concat(YES, other.compact, Uint8Array.of(Refusal.full));
      },
    };
    for (const [name, answer] of Object.entries(answers)) {
      const { device, card, offer } = payer();
      card.answers.set(Message.offer, offer(PRICE));
      card.answers.set(Message.deliver, () => answer(card));
      const order = device.terminal.order('push', PRICE);
      const result = card.touch(device, order);
      expect(device.wallet.ledger.inFlightTransfers, name).toHaveLength(1);
      expect(device.wallet.ledger.held, name).toBe(1_000 - PRICE);
      expect(result.outcome, name).toBe('torn');
      expect(order.done, name).toBe(false);
    }
  });

  test('pays once, although the card takes the money and says that it has not', () => {
    const { device, card, offer } = payer();
    card.answers.set(Message.offer, offer(PRICE));
    card.answers.set(Message.identify, () =>
      concat(YES, card.identity.certificate.compact, new Uint8Array(4)),
    );
    card.answers.set(Message.deliver, () => Uint8Array.of(Refusal.malformed));
    const order = device.terminal.order('push', PRICE);
    for (let again = 0; again < 5; again++) card.touch(device, order);
    expect(device.wallet.ledger.inFlight + device.wallet.ledger.held).toBe(1_000);
    expect(device.wallet.ledger.inFlightTransfers).toHaveLength(1);
  });
});

describe('whatever a card answers', () => {
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ minLength: 100, maxLength: 1_200 }),
    fc.nat(255).map((code) => Uint8Array.of(code)),
  );

  test('the touch ends with a result, and no money comes from nothing', () => {
    const messages = Object.values(Message);
    const script = fc.dictionary(
      fc.constantFrom(...messages.map(String)),
      fc.oneof(body, fc.constantFrom('certificate', 'certificate and noise', 'note', 'transfer')),
    );
    fc.assert(
      fc.property(script, fc.constantFrom('pull', 'push', 'resume'), (answers, kind) => {
        const { bank, device, card } = stall();
        bank.settle(device.wallet, bank.notes(device.wallet, [1_000]));
        const note = card.note();
        for (const [message, answer] of Object.entries(answers)) {
          card.answers.set(Number(message), () => {
            const { bytes } = card.identity.certificate;
            if (answer === 'certificate') return concat(YES, bytes);
            if (answer === 'certificate and noise') return concat(YES, bytes, bank.random(200));
            if (answer === 'note') return card.shows(note);
            if (answer === 'transfer')
              return concat(
                YES,
                card.transfer(note).bytes.map((byte) => byte ^ 1),
              );
            return answer as Uint8Array;
          });
        }
        const result = card.touch(device, device.terminal.order(kind, PRICE));
        expect(['refused', 'torn', 'resumed', 'paid']).toContain(result.outcome);
        expect(device.wallet.ledger.held + device.wallet.ledger.inFlight).toBe(1_000);
      }),
      { numRuns: 60 },
    );
  });

  test('in place of whole responses, the touch is torn', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(Ins.select, Ins.hello, Ins.secure),
        fc.uint8Array({ maxLength: 300 }),
        (ins, response) => {
          const { device, card } = stall();
          card.pays(card.note());
          card.raw.set(ins, () => response);
          const result = card.touch(device, sale(device));
          expect(result.outcome).toBe('torn');
          expect(result.fault).toBeDefined();
          expectUntouched(device);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a key of low order ends the touch', () => {
    const { device, card } = stall();
    card.raw.set(Ins.select, () => concat(Uint8Array.of(1), new Uint8Array(32), Uint8Array.of(0x90, 0)));
    expect(card.touch(device, sale(device)).fault).toEqual({ kind: 'protocol' });
    expectUntouched(device);
  });

  test('refusals that never end, end', () => {
    for (const why of Object.values(Refusal)) {
      const { device, card } = stall();
      for (const message of Object.values(Message)) card.answers.set(message, () => Uint8Array.of(why));
      const order = device.terminal.order('pull', PRICE, Uint8Array.of(0x31, 0x32, 0x33, 0x34));
      const result = card.touch(device, order);
      expect(result.outcome).toBe('refused');
      expect(card.commands).toBeLessThan(20);
    }
  });
});
