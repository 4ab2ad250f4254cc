import { concat, getU16, getU32, putU16, putU32 } from '../../../firmware/bytes.js';
import { generateEphemeral, Initiator } from '../../../firmware/channel/handshake.js';
import type { Session } from '../../../firmware/channel/session.js';
import { emptyHead, nextHead } from '../../../firmware/ledger/journal-entry.js';
import { Lots } from '../../../firmware/ledger/lots.js';
import { CERTIFICATE_BYTES, Certificate } from '../../../firmware/objects/certificate.js';
import { HotList } from '../../../firmware/objects/hot-list.js';
import { Note } from '../../../firmware/objects/note.js';
import { Profile } from '../../../firmware/objects/profile.js';
import { Outcome, Receipt } from '../../../firmware/objects/receipt.js';
import { Settlement, Standing } from '../../../firmware/objects/settlement.js';
import { type NoteInput, type Terms, Transfer } from '../../../firmware/objects/transfer.js';
import { SYNC_PROLOGUE } from '../../../firmware/protocol/prologue.js';
import { Answer, Ask, items, numbered, putItem } from '../../../firmware/protocol/sync-message.js';
import type { Crypto } from '../../../hal/crypto.js';
import type { Entropy } from '../../../hal/entropy.js';
import { hex } from '../../../sim/bank/bytes.js';

const PAGE_BYTES_MAX = 900;
const CURRENCY = new TextEncoder().encode('CNY');

/** Carries one message to the bank and its answer back. */
export type Carrier = (message: Uint8Array) => Promise<Uint8Array>;

/** The line was cut: thrown by a carrier. */
export class Torn extends Error {}

/** The bank has refused to go on. */
export class RefusedByBank extends Error {
  constructor(readonly why: number) {
    super(`refused ${why}`);
  }
}

/** What a test may set in a transfer instead of the truth. */
export interface Signing {
  invoice?: Uint8Array;
  sequence?: number;
  previous?: Uint8Array;
  claimBy_s?: number;
  created_s?: number;
  currency?: Uint8Array;
  purpose?: number;
  target?: number;
  terms?: Partial<Terms>;
}

interface Held {
  note: Note;
  left: number;
}

interface InFlightTransfer {
  transfer: Transfer;
  hash: Uint8Array;
}

export interface Identity {
  id: Uint8Array;
  key: Uint8Array;
  certificate: Uint8Array;
  profile: Uint8Array;
  account: number;
}

/**
 * The least that is a device for the bank: it keeps a journal and the money that follows from it, and does
 * what a test tells it to, crimes included. Its rules are written down once more here, apart from the
 * firmware's.
 */
export class ScriptedDevice {
  entries: Uint8Array[] = [];
  head = emptyHead();
  epoch = 0;
  notes: Held[] = [];
  received = 0;
  claims = 0;
  inFlightTransfers: InFlightTransfer[] = [];
  suspended = false;
  standing = 0;
  time_s: number;
  hotVersion = 0;
  hot = new Set<string>();
  profileVersion: number;
  /** Every note that this device ever held, by its id in hex. */
  readonly #known = new Map<string, Note>();
  #lots = new Lots();
  /** Why it takes no settlement; 0: it takes them. */
  declines = 0;
  #invoices = 0;

  constructor(
    readonly crypto: Crypto,
    readonly entropy: Entropy,
    public identity: Identity,
    time_s: number,
  ) {
    this.time_s = time_s;
    this.profileVersion = Profile.parse(identity.profile)!.limits().version;
  }

  get id(): Uint8Array {
    return this.identity.id;
  }
  get sequence(): number {
    return this.entries.length;
  }
  get held(): number {
    return this.notes.reduce((sum, held) => sum + held.left, 0) + this.received + this.claims;
  }
  get inFlight(): number {
    return this.inFlightTransfers.reduce((sum, inFlightTransfer) => sum + inFlightTransfer.transfer.total, 0);
  }

  /** A copy of all that is in flash, keys included. */
  clone(): ScriptedDevice {
    const copy = new ScriptedDevice(this.crypto, this.entropy, this.identity, this.time_s);
    copy.entries = [...this.entries];
    copy.head = this.head;
    copy.epoch = this.epoch;
    copy.notes = this.notes.map((held) => ({ ...held }));
    copy.received = this.received;
    copy.claims = this.claims;
    copy.inFlightTransfers = [...this.inFlightTransfers];
    copy.suspended = this.suspended;
    for (const [id, note] of this.#known) copy.#known.set(id, note);
    for (const lot of this.#lots.lots) copy.#lots.restore({ ...lot });
    copy.#invoices = this.#invoices + 1000;
    return copy;
  }

  /** The settlement at the end of the journal. */
  get lastSettlement(): Settlement {
    return Settlement.parse(this.entries[this.entries.length - 1])!;
  }

  /** The latest transfer in the journal. */
  get lastOut(): Transfer {
    return this.entries.map((entry) => Transfer.parse(entry)).findLast((transfer) => transfer)!;
  }

  append(entry: Uint8Array): void {
    this.head = nextHead(this.crypto, this.head, entry);
    this.entries.push(entry);
  }

  invoice(): Uint8Array {
    const id = new Uint8Array(8);
    putU32(id, 0, this.epoch);
    putU32(id, 4, ++this.#invoices);
    return id;
  }

  /** Takes from notes first, then from what was received. `lie` changes what is signed. */
  pay(payee: ScriptedDevice, amount: number, options: Signing = {}): Transfer {
    const inputs: NoteInput[] = [];
    let left = amount;
    for (const held of this.notes) {
      const part = Math.min(held.left, left);
      if (part === 0 || inputs.length === 4 || held.note.tag !== 0) continue;
      inputs.push({ id: held.note.id, amount: part });
      held.left -= part;
      left -= part;
    }
    if (left > this.received) throw new RangeError(`short of ${left - this.received}`);
    this.received -= left;
    return this.sign(payee, inputs, left, options);
  }

  sign(
    payee: { id: Uint8Array; invoice(): Uint8Array },
    notes: readonly NoteInput[],
    received: number,
    options: Signing = {},
  ): Transfer {
    const created_s = options.created_s ?? this.time_s;
    const transfer = Transfer.build(this.crypto, this.identity.key, {
      payer: this.id,
      payee: payee.id,
      invoice: options.invoice ?? payee.invoice(),
      currency: options.currency ?? CURRENCY,
      purpose: options.purpose ?? 0,
      target: options.target ?? 0,
      sequence: options.sequence ?? this.sequence + 1,
      previous: options.previous ?? this.head,
      created_s,
      claimBy_s: options.claimBy_s ?? this.time_s + 1_000,
      received,
      terms: { ...this.#terms(notes, received, options.purpose ?? 0, created_s), ...options.terms },
      notes,
    });
    this.append(transfer.bytes);
    this.inFlightTransfers.push({ transfer, hash: transfer.hash(this.crypto) });
    return transfer;
  }

  /** The strictest of all that is spent; what is spent without being there has terms that pass anywhere. */
  #terms(notes: readonly NoteInput[], received: number, purpose: number, time_s: number): Terms {
    const terms: Terms = { hops: received > 0 ? 1 : 0, hopsLimit: 5, expires_s: this.time_s + 90 * 86_400 };
    const sum = received > 0 ? this.#lots.spend(purpose, received, time_s) : undefined;
    const known = notes.flatMap(({ id }) => this.#known.get(hex(id)) ?? []);
    const limits = known.map((note) => ({ hopsLimit: note.hopsMax, expires_s: note.expires_s }));
    if (sum) terms.hops = sum.hops;
    for (const other of [...limits, ...(sum ? [sum] : [])]) {
      terms.hopsLimit = Math.min(terms.hopsLimit, other.hopsLimit);
      terms.expires_s = Math.min(terms.expires_s, other.expires_s);
    }
    return terms;
  }

  take(transfer: Transfer): Receipt {
    const receipt = this.#receipt(transfer, Outcome.accepted);
    this.append(concat(receipt.bytes, transfer.bytes));
    this.received += transfer.total;
    const { purpose, total, hops, hopsLimit, expires_s } = transfer;
    this.#lots.add(purpose, total, { hops: hops + 1, hopsLimit, expires_s });
    return receipt;
  }

  refuse(transfer: Transfer): Receipt {
    const receipt = this.#receipt(transfer, Outcome.void);
    this.append(concat(receipt.bytes, transfer.bytes));
    return receipt;
  }

  close(invoice: Uint8Array): Receipt {
    const receipt = Receipt.build(this.crypto, this.identity.key, {
      payee: this.id,
      payer: new Uint8Array(8),
      invoice,
      transfer: new Uint8Array(32),
      outcome: Outcome.void,
      sequence: this.sequence + 1,
      created_s: this.time_s,
    });
    this.append(receipt.bytes);
    return receipt;
  }

  receiptFor(transfer: Transfer, outcome: number): Receipt {
    return this.#receipt(transfer, outcome);
  }

  #receipt(transfer: Transfer, outcome: number): Receipt {
    return Receipt.build(this.crypto, this.identity.key, {
      payee: this.id,
      payer: transfer.payer,
      invoice: transfer.invoice,
      transfer: transfer.hash(this.crypto),
      outcome,
      sequence: this.sequence + 1,
      created_s: this.time_s,
    });
  }

  /** Books a payee's answer, if the transfer is still in flight. */
  book(receipt: Receipt): void {
    const at = this.inFlightTransfers.findIndex(
      (inFlightTransfer) => hex(inFlightTransfer.hash) === hex(receipt.transfer),
    );
    if (at < 0) return;
    const [{ transfer }] = this.inFlightTransfers.splice(at, 1);
    this.append(receipt.bytes);
    if (receipt.outcome === Outcome.accepted) return;
    for (let i = 0; i < transfer.noteCount; i++) {
      const held = this.notes.find((each) => hex(each.note.id) === hex(transfer.noteId(i)));
      if (held) held.left += transfer.noteAmount(i);
      else this.claims += transfer.noteAmount(i);
    }
    this.received += transfer.received;
    const { purpose, hops, hopsLimit, expires_s } = transfer;
    if (transfer.received > 0) this.#lots.add(purpose, transfer.received, { hops, hopsLimit, expires_s });
  }

  /** One whole sync. What arrived before a Torn is kept, as in flash. */
  async sync(carry: Carrier): Promise<void> {
    const session = await this.#meet(carry);
    const ask = async (message: Uint8Array): Promise<Uint8Array> => {
      const answer = session.open(await carry(session.seal(message)));
      if (!answer) throw new Error('the bank’s answer does not open');
      if (answer[0] === Answer.refused) throw new RefusedByBank(answer[1]);
      return answer;
    };
    await this.#upload(ask, session);
    const answer = await ask(Uint8Array.of(Ask.settle));
    if (this.declines > 0) await ask(Uint8Array.of(Ask.decline, this.declines, 0xff, 0xff));
    const settlement = Settlement.parse(answer.slice(3))!;
    if (settlement.sequence !== this.sequence || hex(settlement.head) !== hex(this.head)) {
      throw new Error('a settlement for another point');
    }
    const objects = await this.#download(ask, getU16(answer, 1));
    this.apply(settlement, objects);
    const applied = new Uint8Array(37);
    applied[0] = Ask.applied;
    putU32(applied, 1, this.sequence);
    applied.set(this.head, 5);
    const done = await ask(applied);
    if (done[0] !== Answer.done) throw new Error(`no done but ${done[0]}`);
  }

  /** One plaintext message in a session of its own, whatever it says; the bank's answer. */
  async exchange(carry: Carrier, plaintext: Uint8Array): Promise<Uint8Array> {
    const session = await this.#meet(carry);
    return session.open(await carry(session.seal(plaintext)))!;
  }

  async #meet(carry: Carrier): Promise<Session> {
    const handshake = new Initiator(this.crypto, generateEphemeral(this.crypto, this.entropy));
    const answer = await carry(handshake.e);
    const bank = Certificate.parse(answer.slice(0, CERTIFICATE_BYTES))!;
    handshake.agree(answer.slice(CERTIFICATE_BYTES, CERTIFICATE_BYTES + 32));
    handshake.hello(SYNC_PROLOGUE, bank.agreementKey(this.crypto));
    const time = handshake.finish(answer.slice(CERTIFICATE_BYTES + 32));
    if (!time) throw new Error('no session');
    return handshake.session;
  }

  async #upload(ask: Carrier, session: Session): Promise<void> {
    const hello = new Uint8Array(1 + CERTIFICATE_BYTES + 64 + 36);
    hello[0] = Ask.hello;
    hello.set(this.identity.certificate, 1);
    hello.set(this.crypto.ed25519Sign(this.identity.key, session.handshakeHash), 1 + CERTIFICATE_BYTES);
    putU32(hello, 65 + CERTIFICATE_BYTES, this.sequence);
    hello.set(this.head, 69 + CERTIFICATE_BYTES);
    let from = getU32(await ask(hello), 1);
    while (from <= this.sequence) {
      const page = new Uint8Array(1024);
      page.set(numbered(Ask.page, from));
      let at = 5;
      for (let i = from - 1; i < this.entries.length; i++) {
        if (at > 5 && at + 2 + this.entries[i].length > PAGE_BYTES_MAX) break;
        at = putItem(page, at, this.entries[i]);
      }
      from = getU32(await ask(page.subarray(0, at)), 1);
    }
  }

  async #download(ask: Carrier, count: number): Promise<Uint8Array[]> {
    const objects: Uint8Array[] = [];
    while (objects.length < count) {
      const message = new Uint8Array(3);
      message[0] = Ask.objects;
      putU16(message, 1, objects.length);
      const found = items(await ask(message), 1)!;
      if (found.length === 0) throw new Error('an answer without objects');
      objects.push(...found.map((object) => object.slice()));
    }
    return objects;
  }

  /** As a wallet applies it: old notes go, fresh ones come, received value is the bank's. */
  apply(settlement: Settlement, objects: readonly Uint8Array[]): void {
    const fresh: Note[] = [];
    let hash: Uint8Array = new Uint8Array(32);
    for (const object of objects) {
      const note = Note.parse(object);
      if (note) {
        fresh.push(note);
        this.#known.set(hex(note.id), note);
        hash = this.crypto.sha256(hash, object);
      } else this.#learn(object);
    }
    if (hex(hash) !== hex(settlement.notesHash)) throw new Error('notes and settlement do not match');
    const gone = new Set(settlement.resolved().map((entry) => entry.sequence));
    this.inFlightTransfers = this.inFlightTransfers.filter(
      (inFlightTransfer) => !gone.has(inFlightTransfer.transfer.sequence),
    );
    this.notes = this.notes.filter((held) => held.note.expires_s > settlement.retireUntil_s);
    for (const note of fresh) this.notes.push({ note, left: note.value });
    this.received = 0;
    this.#lots.clear();
    this.claims = 0;
    this.epoch = settlement.epoch;
    this.standing = settlement.standing;
    this.suspended = settlement.standing === Standing.suspended;
    this.time_s = settlement.time_s;
    this.append(settlement.bytes);
  }

  #learn(object: Uint8Array): void {
    const profile = Profile.parse(object);
    if (profile) this.profileVersion = profile.limits().version;
    if (Certificate.parse(object)) this.identity = { ...this.identity, certificate: object };
    const part = HotList.parse(object);
    if (!part) return;
    this.hotVersion = part.version;
    for (let at = 0; at < part.ids.length; at += 8) this.hot.add(hex(part.ids.subarray(at, at + 8)));
  }
}
