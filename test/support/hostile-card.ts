import { concat } from '../../firmware/bytes.js';
import { Initiator } from '../../firmware/channel/handshake.js';
import type { Session } from '../../firmware/channel/session.js';
import { Certificate } from '../../firmware/objects/certificate.js';
import { Invoice } from '../../firmware/objects/invoice.js';
import { Note, type NoteFields } from '../../firmware/objects/note.js';
import { Receipt } from '../../firmware/objects/receipt.js';
import { Transfer, type TransferFields } from '../../firmware/objects/transfer.js';
import { CLA_CHAINING, Ins, VERSIONS } from '../../firmware/protocol/apdu.js';
import { Message } from '../../firmware/protocol/message.js';
import { touchPrologue } from '../../firmware/protocol/prologue.js';
import type { Order, TouchResult } from '../../firmware/terminal/order.js';
import { Terminal } from '../../firmware/terminal/terminal.js';
import type { NfcError, NfcReader } from '../../hal/nfc.js';
import type { Device } from '../../sim/device/device.js';
import { CURRENCY, type TestBank } from '../../sim/world/test-bank.js';
import type { Identity } from './hostile-terminal.js';

/** What it answers to one message of the terminal's, in clear; the first byte 0 or a refusal. */
export type Answer = (body: Uint8Array) => Uint8Array;

/** No card answers so many commands in one touch. */
const COMMANDS_MAX = 200;

/**
 * A card that obeys nobody, in the place of the terminal's NFC front end: it speaks the channel with a
 * certified key, and answers each message as the test says.
 */
export class HostileCard implements NfcReader {
  readonly #bank: TestBank;
  readonly identity: Identity;
  /** Answers by message; without one the card says that it does not understand. */
  readonly answers = new Map<number, Answer>();
  /** Replaces whole response APDUs, by instruction. */
  readonly raw = new Map<number, () => Uint8Array>();
  /** Messages that the terminal has sent, in clear. */
  readonly heard: Uint8Array[] = [];
  /** What `pays` has handed over last. */
  handed: Transfer | undefined;
  /** What the terminal asked last. */
  invoice: Invoice | undefined;
  terminal: Certificate | undefined;
  session: Session | undefined;
  commands = 0;
  readonly #queue: (() => void)[] = [];
  #handshake: Initiator | undefined;
  /** What has come of a chained command. */
  #begun: Uint8Array = new Uint8Array(0);

  constructor(bank: TestBank, identity: Identity) {
    this.#bank = bank;
    this.identity = identity;
  }

  /** Runs `order` on a terminal that has this card in front of it. Throws when the touch does not end. */
  touch(device: Device, order: Order): TouchResult {
    let result: TouchResult | undefined;
    let ends = 0;
    new Terminal(device.wallet, this).touch(order, 500, (outcome) => {
      result = outcome;
      ends++;
    });
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) next();
    if (!result || ends !== 1) throw new Error(`the touch ended ${ends} times`);
    return result;
  }

  connect(_timeout_ms: number, done: (error: NfcError | undefined) => void): void {
    this.commands = 0;
    this.session = undefined;
    this.#queue.push(() => done(undefined));
  }

  transceive(command: Uint8Array, done: (error: NfcError | undefined, response: Uint8Array) => void): void {
    if (++this.commands > COMMANDS_MAX) throw new Error('the terminal never ends');
    const response = this.#respond(command.slice());
    this.#queue.push(() => done(undefined, response));
  }

  release(done: (error: NfcError | undefined) => void): void {
    this.#queue.push(() => done(undefined));
  }

  #respond(command: Uint8Array): Uint8Array {
    const ins = command[1];
    const raw = this.raw.get(ins);
    if (raw) return raw();
    const long = command[4] === 0;
    const part = long
      ? command.slice(7, 7 + ((command[5] << 8) | command[6]))
      : command.slice(5, 5 + command[4]);
    const data = concat(this.#begun, part);
    const isMoreToCome = (command[0] & CLA_CHAINING) !== 0;
    this.#begun = isMoreToCome ? data : new Uint8Array(0);
    if (isMoreToCome) return ok(new Uint8Array(0));
    // It has no rest of an answer, whatever it has said of one.
    if (ins === Ins.getResponse) return Uint8Array.of(0x6d, 0x00);
    if (ins === Ins.select) return ok(this.#select());
    if (ins === Ins.hello) return ok(this.#hello(data));
    return ok(this.#secure(data));
  }

  #select(): Uint8Array {
    const secret = this.#bank.random(32);
    const ephemeral = { secret, publicKey: this.#bank.crypto.x25519PublicKey(secret) };
    const version = Uint8Array.of(VERSIONS.newest, VERSIONS.oldest);
    this.#handshake = new Initiator(this.#bank.crypto, ephemeral, version);
    return concat(version, this.#handshake.e);
  }

  #hello(data: Uint8Array): Uint8Array {
    this.terminal = Certificate.expand(data, 32)?.certificate;
    this.#handshake?.agree(data.slice(0, 32));
    this.#handshake?.hello(touchPrologue(VERSIONS.newest), this.terminal?.agreementKey(this.#bank.crypto));
    return new Uint8Array(0);
  }

  #secure(sealed: Uint8Array): Uint8Array {
    const message = this.session ? this.session.open(sealed) : this.#handshake?.finish(sealed);
    if (!message) throw new Error('the terminal does not keep to the channel');
    this.session ??= this.#handshake?.session;
    this.heard.push(message);
    if (message[0] === Message.invoice) this.invoice = Invoice.expand(message, 1, this.terminal!)?.invoice;
    const answer = this.answers.get(message[0])?.(message.slice(1)) ?? Uint8Array.of(0x37);
    return this.session!.seal(answer);
  }

  /** A note of this card's, of 1,000, unless told otherwise. */
  note(fields: Partial<NoteFields> = {}, issuerKey = this.#bank.operatorKey): Note {
    return Note.build(this.#bank.crypto, issuerKey, {
      id: this.#bank.random(8),
      issuer: this.#bank.number,
      value: 1_000,
      currency: CURRENCY,
      owner: this.identity.certificate.id,
      issued_s: this.#bank.now_s,
      expires_s: this.#bank.now_s + 86_400 * 30,
      hopsMax: 3,
      purpose: 0,
      registry: 1,
      ...fields,
    });
  }

  /** A transfer of `note` for what the terminal has asked, unless told otherwise. */
  transfer(
    note: Note | undefined,
    fields: Partial<TransferFields> = {},
    key = this.identity.signingKey,
  ): Transfer {
    const { invoice } = this;
    const expires_s = note?.expires_s ?? this.#bank.now_s + 86_400;
    return Transfer.build(this.#bank.crypto, key, {
      payer: this.identity.certificate.id,
      payee: this.terminal!.id,
      invoice: invoice?.id ?? this.#bank.random(8),
      currency: CURRENCY,
      purpose: 0,
      sequence: 1,
      previous: new Uint8Array(32),
      created_s: this.#bank.now_s,
      claimBy_s: this.#bank.now_s + 86_400,
      received: 0,
      terms: { hops: 0, hopsLimit: note?.hopsMax ?? 3, expires_s },
      notes: note ? [{ id: note.id, amount: invoice?.amount ?? 100 }] : [],
      ...fields,
    });
  }

  /** An invoice of this card's, as OFFER asks for. */
  invoiceFor(id: Uint8Array, amount: number, created_s: number): Invoice {
    const { certificate } = this.identity;
    const { category } = certificate;
    return Invoice.build({
      payee: certificate.id,
      id,
      amount,
      currency: CURRENCY,
      category,
      created_s,
      validity_s: 300,
    });
  }

  /** A receipt of this card's for the transfer with this hash, by the terminal. */
  receiptFor(transfer: Uint8Array, outcome: number): Receipt {
    return Receipt.build(this.#bank.crypto, this.identity.signingKey, {
      payee: this.identity.certificate.id,
      payer: this.terminal!.id,
      invoice: new Uint8Array(8),
      transfer,
      outcome,
      sequence: 1,
      created_s: this.#bank.now_s,
    });
  }

  /** certificate, notes: the answer to INVOICE. */
  shows(...notes: readonly Note[]): Uint8Array {
    return concat(YES, this.identity.certificate.compact, ...notes.map((note) => note.compact));
  }

  /** certificate, number of notes, notes, transfer: the answer to RESUME. */
  hands(transfer: Transfer, ...notes: readonly Note[]): Uint8Array {
    const count = Uint8Array.of(notes.length);
    const shown = notes.map((note) => note.compact);
    return concat(YES, this.identity.certificate.compact, count, ...shown, transfer.compact(false));
  }

  /** Pays as a good card does, with `note`, but for what the test changes in the transfer. */
  pays(note: Note, fields: () => Partial<TransferFields> = () => ({})): void {
    this.answers.set(Message.invoice, () => this.shows(note));
    this.answers.set(Message.transfer, () => {
      this.handed = this.transfer(note, fields());
      return concat(YES, this.handed.compact(true));
    });
    this.answers.set(Message.receipt, () => YES);
  }
}

export const YES = Uint8Array.of(0);

const ok = (data: Uint8Array): Uint8Array => concat(data, Uint8Array.of(0x90, 0));
