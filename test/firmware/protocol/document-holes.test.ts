import { describe, expect, it } from 'vitest';
import { concat, putU16, putU32 } from '../../../firmware/bytes.js';
import { Card } from '../../../firmware/card/card.js';
import { generateEphemeral, Responder } from '../../../firmware/channel/handshake.js';
import { Role } from '../../../firmware/objects/certificate.js';
import { HotList } from '../../../firmware/objects/hot-list.js';
import type { Invoice } from '../../../firmware/objects/invoice.js';
import { Note } from '../../../firmware/objects/note.js';
import type { Limits } from '../../../firmware/objects/profile.js';
import { Receipt } from '../../../firmware/objects/receipt.js';
import { Settlement, Standing } from '../../../firmware/objects/settlement.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import { AID, buildCommand, CLA_ISO, Ins } from '../../../firmware/protocol/apdu.js';
import { Message } from '../../../firmware/protocol/message.js';
import { SYNC_PROLOGUE } from '../../../firmware/protocol/prologue.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { Answer, numbered } from '../../../firmware/protocol/sync-message.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { exchange } from '../../../sim/device/contacts.js';
import type { Device } from '../../../sim/device/device.js';
import { ascii, CURRENCY, TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { HostileTerminal, rogue } from '../../support/hostile-terminal.js';

const START_S = 1_800_000_000;
const OK = 0x9000;

function setUp(options: { limits?: Partial<Limits>; pin?: string; values?: number[] } = {}) {
  const world = new World(5, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const watch = world.device('watch');
  bank.enrol(watch, options);
  bank.settle(watch.wallet, bank.notes(watch.wallet, options.values ?? [10_000]));
  const identity = rogue(bank, { category: 5812 });
  const terminal = new HostileTerminal(bank, (command) => watch.exchange(command), identity);
  return { world, bank, watch, terminal };
}

/** A bank on paper at the other end of the pipe: it answers the sync's messages one by one. */
class PaperSync {
  readonly #responder: Responder;
  readonly #certificate: Uint8Array;

  constructor(
    private readonly bank: TestBank,
    private readonly device: Device,
  ) {
    const identity = rogue(bank, { role: Role.bank });
    this.#certificate = identity.certificate.bytes;
    const ephemeral = generateEphemeral(bank.crypto, new SimEntropy(9, 'sync'));
    this.#responder = new Responder(bank.crypto, identity.agreement, ephemeral);
  }

  /** Up to the point where the bank would send its settlement. */
  begin(): void {
    this.device.exchange(buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4 }));
    const e = this.#envelope(new Uint8Array(0)).data;
    this.#responder.hello(SYNC_PROLOGUE, e);
    const time = this.#responder.finish(new Uint8Array(4));
    this.#open(this.#envelope(concat(this.#certificate, this.#responder.e, time)).data);
    this.say(numbered(Answer.from, this.device.wallet.ledger.sequence + 1));
  }

  say(answer: Uint8Array): number {
    const { status, data } = this.#envelope(this.#responder.session.seal(answer));
    if (status === OK && data.length > 0) this.#open(data);
    return status;
  }

  /** A settlement for where the journal is now, with one fresh note of `value`. */
  settlement(value: number, standing: number = Standing.good): { message: Uint8Array; objects: Uint8Array } {
    const { bank, device } = this;
    const [note] = bank.notes(device.wallet, [value]);
    const { sequence, head, epoch } = device.wallet.ledger;
    const settlement = Settlement.build(bank.crypto, bank.operatorKey, {
      device: device.wallet.certificate.id,
      issuer: bank.number,
      sequence,
      head,
      time_s: bank.now_s,
      epoch: epoch + 1,
      standing,
      retireUntil_s: 0xffffffff,
      notes: 1,
      notesHash: bank.crypto.sha256(new Uint8Array(32), note.bytes).slice(),
      resolved: [],
    });
    const length = new Uint8Array(2);
    putU16(length, 0, note.bytes.length);
    return {
      message: concat(Uint8Array.of(Answer.settlement, 0, 1), settlement.bytes),
      objects: concat(Uint8Array.of(Answer.objects), length, note.bytes),
    };
  }

  #open(sealed: Uint8Array): Uint8Array {
    return this.#responder.session.open(sealed)!;
  }

  #envelope(data: Uint8Array): { status: number; data: Uint8Array } {
    const response = this.device.exchange(buildCommand(Ins.envelope, data, { cla: CLA_ISO, long: true }));
    const end = response.length - 2;
    return { status: (response[end] << 8) | response[end + 1], data: response.slice(0, end) };
  }
}

describe('what was agreed holds for one point of the journal', () => {
  it('a settlement between INVOICE and TRANSFER calls the payment off, and the journal stays sound', () => {
    const { bank, watch, terminal } = setUp();
    terminal.open();
    expect(terminal.ask(terminal.invoice())[0]).toBe(0);
    bank.settle(watch.wallet, bank.notes(watch.wallet, [500]), { retireUntil_s: 0xffffffff });
    expect(terminal.say(Message.transfer)[0]).toBe(Refusal.order);
    watch.powerOff();
    watch.powerOn();
    expect(watch.wallet.ledger.held).toBe(500);
  });

  it('a payment in the middle of a sync ends the sync: no value is there twice', () => {
    const { bank, watch, terminal: other } = setUp();
    const sync = new PaperSync(bank, watch);
    sync.begin();
    const { message, objects } = sync.settlement(10_000);
    expect(sync.say(message)).toBe(OK);
    // Another way in than the one on which the sync runs.
    const contacts = new Card(watch.wallet);
    const terminal = new HostileTerminal(bank, (command) => exchange(contacts, command), other.identity);
    terminal.takeMoney(terminal.invoice({ amount: 4_000 }));
    expect(sync.say(objects)).not.toBe(OK);
    expect(watch.wallet.ledger.held + watch.wallet.ledger.inFlight).toBe(10_000);
    expect(watch.wallet.ledger.epoch).toBe(2);
  });

  it('a sync that nothing disturbs is applied', () => {
    const { bank, watch } = setUp();
    const sync = new PaperSync(bank, watch);
    sync.begin();
    const { message, objects } = sync.settlement(9_000);
    expect(sync.say(message)).toBe(OK);
    expect(sync.say(objects)).toBe(OK);
    expect(watch.wallet.ledger.held).toBe(9_000);
    expect(watch.wallet.ledger.epoch).toBe(3);
  });

  it('a sync ends the session before it', () => {
    const { watch, terminal } = setUp();
    terminal.open();
    expect(terminal.ask(terminal.invoice())[0]).toBe(0);
    watch.exchange(buildCommand(Ins.envelope, new Uint8Array(0), { cla: CLA_ISO, long: true }));
    expect(terminal.sendSealed(terminal.seal(Uint8Array.of(Message.transfer))).status).toBe(0x6985);
  });
});

describe('an invoice', () => {
  it('cannot keep value in flight for longer than an invoice is valid', () => {
    const { terminal } = setUp();
    terminal.open();
    expect(terminal.ask(terminal.invoice({ validity_s: 301 }))[0]).toBe(Refusal.mismatch);
    expect(terminal.ask(terminal.invoice({ validity_s: 0xffff }))[0]).toBe(Refusal.mismatch);
    expect(terminal.ask(terminal.invoice())[0]).toBe(0);
  });
});

describe('a stranger with a made-up certificate', () => {
  it('gets one answer, whatever dates and operators it makes up', () => {
    const { bank, watch } = setUp();
    const forger = bank.crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(3));
    const answers = [START_S - 1_000, START_S + 1_000_000].map((notAfter_s) => {
      const identity = rogue(bank, { notAfter_s, issuerKey: forger });
      const terminal = new HostileTerminal(bank, (command) => watch.exchange(command), identity);
      terminal.open();
      return terminal.say(Message.identify)[0];
    });
    expect(answers).toEqual([Refusal.certificate, Refusal.certificate]);
  });
});

describe('a clock that has stood still', () => {
  it('does not make a wallet refuse who was certified since, its bank least of all', () => {
    const { world, watch } = setUp();
    const later = new TestBank(world.crypto, START_S + 30 * 86_400);
    const terminal = new HostileTerminal(later, (command) => watch.exchange(command), rogue(later));
    terminal.open();
    expect(terminal.ask(terminal.invoice({ created_s: START_S }))[0]).toBe(0);
  });
});

describe('a hot list', () => {
  it('of an older version holds until a newer one is here whole', () => {
    const { bank, watch } = setUp();
    const { trust } = watch.wallet;
    const [a, b, c] = [1, 2, 3].map((byte) => new Uint8Array(8).fill(byte));
    const part = (version: number, part: number, parts: number, ids: Uint8Array[]) =>
      HotList.build(bank.crypto, bank.operatorKey, { issuer: bank.number, version, part, parts, ids });
    const listed = () => [a, b, c].map((id) => trust.isHot(id));
    trust.addHotList(part(1, 0, 1, [a]));
    expect(listed()).toEqual([true, false, false]);
    trust.addHotList(part(2, 1, 2, [b]));
    expect(listed()).toEqual([true, true, false]);
    trust.addHotList(part(3, 0, 2, [c]));
    expect(listed()).toEqual([true, false, true]);
    trust.addHotList(part(3, 1, 2, [b]));
    expect(listed()).toEqual([false, true, true]);
    trust.addHotList(part(1, 0, 1, [a]));
    expect(listed()).toEqual([false, true, true]);
  });
});

describe('a sale that was called off', () => {
  it('is refused from then on, not taken for paid', () => {
    const { world, bank, watch } = setUp();
    const stall = world.device('stall');
    bank.enrol(stall, { category: 5812 });
    const order = stall.terminal.order('pull', 20_000);
    expect(world.touch(stall, watch, order).result?.refusal?.why).toBe(Refusal.insufficient);
    expect(stall.terminal.cancel(order)).toBeUndefined();
    expect(stall.terminal.cancel(order)).toBe(Refusal.order);
    const { result } = world.touch(stall, watch, order);
    expect(result?.outcome).toBe('refused');
    expect(result?.refusal).toEqual({ by: 'terminal', why: Refusal.order });
  });

  it('and has been settled since is the bank’s affair', () => {
    const { world, bank, watch } = setUp();
    const stall = world.device('stall');
    bank.enrol(stall, { category: 5812 });
    const order = stall.terminal.order('pull', 20_000);
    world.touch(stall, watch, order);
    bank.settle(stall.wallet, []);
    expect(stall.terminal.cancel(order)).toBe(Refusal.settledSince);
  });
});

describe('a payee that cannot take a payment', () => {
  it.each(['pull', 'push'] as const)('says so before the payer commits: %s', (kind) => {
    const { world, bank, watch } = setUp(kind === 'push' ? { limits: { balanceMax: 10_100 } } : {});
    const stall = world.device('stall');
    bank.enrol(stall, { category: 5812, limits: kind === 'pull' ? { balanceMax: 10_100 } : {} });
    bank.settle(stall.wallet, bank.notes(stall.wallet, [10_000]));
    const entries = () => [stall, watch].map((device) => device.wallet.ledger.sequence);
    const before = entries();
    const { result } = world.touch(stall, watch, stall.terminal.order(kind, 500));
    expect(result?.refusal).toEqual({ by: kind === 'pull' ? 'terminal' : 'card', why: Refusal.balanceLimit });
    expect(entries()).toEqual(before);
  });
});

describe('an order to pay a card', () => {
  it('that the card has voided gets another invoice when it comes again, and is not called paid', () => {
    const { bank, terminal } = setUp();
    const { certificate, signingKey } = terminal.identity;
    const [time, amount, epoch, order] = [
      new Uint8Array(4),
      new Uint8Array(4),
      new Uint8Array(4),
      bank.random(8),
    ];
    putU32(time, 0, START_S);
    putU32(amount, 0, 500);
    terminal.open();
    const offer = () => terminal.say(Message.offer, amount, time, epoch, order);
    const invoiceOf = (answer: Uint8Array) => terminal.invoiceIn(answer);
    const invoice = invoiceOf(offer());
    expect(invoiceOf(offer()).id).toEqual(invoice.id);
    const note = Note.build(bank.crypto, bank.operatorKey, {
      id: bank.random(8),
      issuer: bank.number,
      value: 10_000,
      currency: CURRENCY,
      owner: certificate.id,
      issued_s: START_S,
      expires_s: START_S + 86_400,
      hopsMax: 3,
      purpose: 0,
      registry: 1,
    });
    const pay = (asked: Invoice, total: number) => {
      const transfer = Transfer.build(bank.crypto, signingKey, {
        payer: certificate.id,
        payee: asked.payee,
        invoice: asked.id,
        currency: CURRENCY,
        purpose: 0,
        sequence: 1,
        previous: new Uint8Array(32),
        created_s: START_S,
        claimBy_s: START_S + 86_400,
        received: 0,
        terms: { hops: 0, hopsLimit: 3, expires_s: START_S + 86_400 },
        notes: [{ id: note.id, amount: total }],
      });
      const packed = concat(Uint8Array.of(1), note.compact, transfer.compact(false));
      const answer = terminal.say(Message.deliver, time, packed);
      return Receipt.expand(bank.crypto, answer, 1, transfer)!.receipt;
    };
    expect(pay(invoice, 499).outcome).toBe(1);
    const again = invoiceOf(offer());
    expect(again.id).not.toEqual(invoice.id);
    expect(pay(again, 500).outcome).toBe(0);
    expect(offer()).toEqual(Uint8Array.of(Refusal.paid));
  });
});

describe('a stall without limits for one customer', () => {
  it('serves more strangers between two syncs than a wallet can count', () => {
    const { watch, terminal } = setUp();
    for (let i = 0; i < 300; i++) {
      const id = new Uint8Array(8);
      id[6] = i >> 8;
      id[7] = i;
      watch.wallet.ledger.counterparties.count(id, 1);
    }
    terminal.open();
    expect(terminal.ask(terminal.invoice())[0]).toBe(0);
  });

  it('but one with such limits says that it is full', () => {
    const { watch, terminal } = setUp({ limits: { counterpartyCountMax: 5 } });
    for (let i = 0; i < 300; i++)
      watch.wallet.ledger.counterparties.count(Uint8Array.of(0, 0, 0, 0, 0, 1, i >> 8, i), 1);
    terminal.open();
    expect(terminal.ask(terminal.invoice())[0]).toBe(Refusal.full);
  });
});

describe('the PUK', () => {
  it('can be tried once a session, so that a terminal cannot use it up in one touch', () => {
    const { watch, terminal } = setUp({ pin: '1234' });
    terminal.open();
    const guess = ascii('000000001111');
    expect(terminal.say(Message.unlock, guess)[0]).toBe(Refusal.pin);
    expect(terminal.say(Message.unlock, guess)[0]).toBe(Refusal.order);
    terminal.open();
    expect(terminal.say(Message.unlock, ascii('123456784321'))[0]).toBe(0);
    expect(watch.wallet.pin.triesLeft).toBe(3);
  });
});
