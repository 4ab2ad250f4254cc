import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Transfer } from '../../../firmware/objects/transfer.js';
import { Message } from '../../../firmware/protocol/message.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Crypto } from '../../../hal/crypto.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { HostileTerminal, rogue } from '../../support/hostile-terminal.js';

const START_S = 1_800_000_000;
const HELD = 10_000;

/** A card, what it signs, and when: before the answer to the command at hand, or behind it. */
function stage() {
  const signed = { before: 0, behind: 0 };
  let isAnswered = true;
  const crypto: Crypto = {
    ...opensslCrypto,
    ed25519Sign(key, message) {
      signed[isAnswered ? 'behind' : 'before']++;
      return opensslCrypto.ed25519Sign(key, message);
    },
  };
  const world = new World(4, START_S, crypto);
  const bank = new TestBank(opensslCrypto, START_S);
  const device = world.device('card');
  bank.enrol(device);
  bank.settle(device.wallet, bank.notes(device.wallet, [HELD / 2, HELD / 2]));
  const exchange = (command: Uint8Array): Uint8Array => {
    let answer = new Uint8Array(0);
    isAnswered = false;
    device.card.onCommand(command, (response) => {
      answer = response.slice();
      isAnswered = true;
    });
    return answer;
  };
  const terminal = () => new HostileTerminal(bank, exchange, rogue(bank));
  /** What was signed since this was asked last. */
  const signatures = () => {
    const all = { ...signed };
    signed.before = signed.behind = 0;
    return all;
  };
  signatures();
  return { bank, device, terminal, signatures };
}

/** The journal has these transfers and nothing else, and all the value is on the card or on its way. */
function expectHanded({ device }: ReturnType<typeof stage>, handed: readonly Transfer[]): void {
  const { wallet } = device;
  expect(wallet.ledger.held + wallet.ledger.inFlight).toBe(HELD);
  expect(wallet.ledger.inFlightTransfers.map(({ transfer }) => transfer.bytes)).toEqual(
    handed.map(({ bytes }) => bytes),
  );
}

describe('a transfer', () => {
  test('is signed behind the answer to INVOICE, and not while TRANSFER is waited for', () => {
    const all = stage();
    const terminal = all.terminal();
    terminal.open();
    expect(all.signatures()).toEqual({ before: 0, behind: 0 });
    terminal.ask(terminal.invoice({ amount: 300 }));
    expect(all.signatures()).toEqual({ before: 0, behind: 1 });
    const transfer = terminal.transferOf(terminal.say(Message.transfer));
    expect(all.signatures()).toEqual({ before: 0, behind: 0 });
    expect(transfer.verify(opensslCrypto, all.device.wallet.publicKey)).toBe(true);
    expectHanded(all, [transfer]);
  });

  test('that nobody asked for any more leaves no trace in flash, and the next has its number', () => {
    const all = stage();
    const { device } = all;
    const terminal = all.terminal();
    terminal.open();
    const before = device.nor.exportImage();
    terminal.ask(terminal.invoice({ amount: 300 }));
    expect(all.signatures().behind).toBe(1);
    expect(Buffer.compare(Buffer.from(device.nor.exportImage()), Buffer.from(before))).toBe(0);
    const end = device.wallet.journal.journalEnd;
    device.card.onDeactivated('removed');
    device.card.onActivated();
    expect(terminal.open()).toBe(0x9000);
    expect(terminal.say(Message.transfer)).toEqual(Uint8Array.of(Refusal.order));
    device.powerOff();
    device.powerOn();
    expect(device.wallet.journal.journalEnd).toBe(end);
    expectHanded(all, []);
    const other = all.terminal();
    const transfer = other.takeMoney(other.invoice({ amount: 7 }));
    expect(transfer).toMatchObject({ sequence: end + 1, total: 7 });
    expectHanded(all, [transfer]);
  });

  test('of a refused invoice is not signed', () => {
    const all = stage();
    const terminal = all.terminal();
    terminal.open();
    expect(terminal.ask(terminal.invoice({ amount: HELD + 1 }))[0]).not.toBe(0);
    expect(all.signatures()).toEqual({ before: 0, behind: 0 });
  });

  test('is for what was asked last, whatever was asked and given up before', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('ask' as const), amount: fc.integer({ min: 1, max: 400 }) }),
      fc.record({ kind: fc.constantFrom('go' as const, 'leave' as const, 'another' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 4, maxLength: 12 }), (steps) => {
        const all = stage();
        const { device } = all;
        const handed: Transfer[] = [];
        let terminal = all.terminal();
        terminal.open();
        let asked: ReturnType<HostileTerminal['invoice']> | undefined;
        const anew = (next: HostileTerminal) => {
          terminal = next;
          asked = undefined;
          terminal.open();
        };
        for (const each of steps) {
          if (each.kind === 'ask') {
            const invoice = terminal.invoice({ amount: each.amount });
            asked = terminal.ask(invoice)[0] === 0 ? invoice : undefined;
          } else if (each.kind === 'another') anew(all.terminal());
          else if (each.kind === 'leave') {
            device.card.onDeactivated('removed');
            device.card.onActivated();
            anew(terminal);
          } else {
            const answer = terminal.say(Message.transfer);
            if (asked === undefined) expect(answer).toEqual(Uint8Array.of(Refusal.order));
            else {
              const transfer = terminal.transferOf(answer);
              expect(transfer.invoice).toEqual(asked.id);
              expect(transfer.total).toBe(asked.amount);
              expect(transfer.payee).toEqual(terminal.identity.certificate.id);
              expect(transfer.verify(opensslCrypto, device.wallet.publicKey)).toBe(true);
              handed.push(transfer);
            }
            asked = undefined;
          }
          expectHanded(all, handed);
        }
        expect(all.signatures().before).toBe(0);
        expect(handed.map(({ sequence }) => sequence)).toEqual(handed.map((_, i) => handed[0].sequence + i));
      }),
      { numRuns: 40 },
    );
  });
});
