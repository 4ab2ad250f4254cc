import { behind, concat, getU16, getU32, NOTHING, putU16, putU32, sameBytes } from '../bytes.js';
import { Initiator } from '../channel/handshake.js';
import { APDU_DATA_BYTES_MAX, SYNC_LONG_PAGE_BYTES_MAX, SYNC_PAGE_BYTES_MAX } from '../limits.js';
import { CERTIFICATE_BYTES, Certificate, Role } from '../objects/certificate.js';
import { Note } from '../objects/note.js';
import { SETTLEMENT_BYTES, Settlement, Standing } from '../objects/settlement.js';
import { SYNC_PROLOGUE } from '../protocol/prologue.js';
import { Refusal } from '../protocol/refusal.js';
import { ACCOUNT_OFFERED, Answer, Ask, items, numbered, putItem } from '../protocol/sync-message.js';
import type { Wallet } from '../wallet/wallet.js';

const KEY_BYTES = 32;
const TIME_BYTES = 4;
/** A sealed message is longer by its tag. */
const SEAL_BYTES = 16;
/** Instead of the index of an object: the settlement as a whole. */
const WHOLE = 0xffff;

/** Where a sync stands. `failed`: nothing is lost; the next one begins where the bank says. */
export type SyncState = 'running' | 'done' | 'failed';

/**
 * The wallet's side of a sync: messages in, messages out, whoever carries them. First the journal goes up,
 * from where the bank wants it; then its answer comes down, objects first, and takes effect with one record
 * at the end.
 */
export class SyncClient {
  state: SyncState = 'running';
  /** Code of SyncRefusal when the bank has refused, else 0. */
  refusal = 0;
  readonly #handshake: Initiator;
  #expect: number = 0;
  #settlement: Settlement | undefined;
  #objects = 0;
  #taken = 0;
  #notes = 0;
  #notesHash = new Uint8Array(KEY_BYTES);

  /** `pageMax`: bytes of a page of the journal; one entry may be longer, see APDU_DATA_BYTES_MAX. */
  constructor(
    private readonly wallet: Wallet,
    private readonly pageMax = SYNC_PAGE_BYTES_MAX,
  ) {
    this.#handshake = new Initiator(wallet.crypto, wallet.takeEphemeral());
  }

  start(): Uint8Array {
    return this.#handshake.e;
  }

  /** The bank's message in, ours out: empty when the state is no longer `running`. */
  step(message: Uint8Array): Uint8Array {
    if (this.state !== 'running') return NOTHING;
    const next = this.#expect === 0 ? this.#meet(message) : this.#receive(message);
    if (next) return this.#handshake.session.seal(next);
    if (this.state === 'running') this.state = 'failed';
    this.#handshake.close();
    return NOTHING;
  }

  /**
   * certificate, ephemeral key (32), sealed: bank time and, where the operator has renewed its key, the
   * root's endorsement of the one in use. Whether they hold the key comes before anything about
   * the certificate, even its signature: nothing hurries here, and who does not hold it gets the same work
   * out of every wallet.
   */
  #meet(message: Uint8Array): Uint8Array | undefined {
    const bank = Certificate.parse(message.slice(0, CERTIFICATE_BYTES));
    const theirs = message.slice(CERTIFICATE_BYTES, CERTIFICATE_BYTES + KEY_BYTES);
    if (bank?.role !== Role.bank || theirs.length !== KEY_BYTES) return undefined;
    const { crypto } = this.wallet;
    if (!this.#handshake.agree(theirs)) return undefined;
    if (!this.#handshake.hello(SYNC_PROLOGUE, bank.agreementKey(crypto))) return undefined;
    const told = this.#handshake.finish(message.slice(CERTIFICATE_BYTES + KEY_BYTES));
    if (!told || told.length < TIME_BYTES) return undefined;
    return this.wallet.admitsBank(bank, told.subarray(TIME_BYTES)) ? this.#hello() : undefined;
  }

  #hello(): Uint8Array {
    this.wallet.tidy();
    const { crypto, certificate, signingKey, ledger } = this.wallet;
    const proof = crypto.ed25519Sign(signingKey, this.#handshake.session.handshakeHash);
    this.#expect = Answer.from;
    return concat(numbered(Ask.hello, 0).subarray(0, 1), certificate.bytes, proof, position(ledger));
  }

  #receive(sealed: Uint8Array): Uint8Array | undefined {
    const message = this.#handshake.session.open(sealed);
    if (!message || message.length === 0) return undefined;
    if (message[0] === Answer.refused) this.refusal = message[1];
    if (message[0] !== this.#expect) return undefined;
    switch (message[0]) {
      case Answer.from:
        return message.length === 5 ? this.#up(getU32(message, 1)) : undefined;
      case Answer.settlement:
        return this.#announced(message);
      case Answer.objects:
        return this.#take(message);
      case Answer.done:
        return message[1] === ACCOUNT_OFFERED ? this.#askAccount() : this.#done();
      default:
        return this.#takeAccount(message.subarray(1));
    }
  }

  #done(): undefined {
    this.state = 'done';
  }

  /** What is settled is settled: whatever becomes of this, the next sync asks again. */
  #askAccount(): Uint8Array {
    this.#expect = Answer.account;
    return behind(Ask.account, this.wallet.codes.request);
  }

  #takeAccount(certificate: Uint8Array): undefined {
    if (certificate.length > 0) {
      this.wallet.tidy();
      this.wallet.codes.take(certificate);
    }
    this.#done();
  }

  /** The next page of the journal, or the question for the settlement when the bank has it all. */
  #up(from: number): Uint8Array | undefined {
    const { ledger } = this.wallet;
    if (from > ledger.sequence && this.wallet.stopped !== undefined) return this.#setAside(from);
    if (from < 1 || from > ledger.sequence + 1) return undefined;
    if (from === ledger.sequence + 1) {
      this.#expect = Answer.settlement;
      return Uint8Array.of(Ask.settle);
    }
    const page = new Uint8Array(Math.max(APDU_DATA_BYTES_MAX, this.pageMax));
    page[0] = Ask.page;
    putU32(page, 1, from);
    let at = 5;
    for (let sequence = from; sequence <= ledger.sequence; sequence++) {
      const entry = this.wallet.entry(sequence);
      if (!entry) return undefined;
      if (at + 2 + entry.length > this.pageMax && at > 5) break;
      at = putItem(page, at, entry);
    }
    return page.subarray(0, at);
  }

  /**
   * What lies behind the entry at which the journal has stopped, itself first, as far as it gives any bytes.
   */
  #setAside(from: number): Uint8Array | undefined {
    const last = this.wallet.journal.journalEnd;
    if (from > last) return undefined;
    const page = new Uint8Array(APDU_DATA_BYTES_MAX);
    page[0] = Ask.aside;
    putU32(page, 1, from);
    putU32(page, 5, last);
    let at = 9;
    for (let number = from; number <= last; number++) {
      const bytes = this.wallet.journal.bytesOfEntry(number);
      if (at + 2 + bytes.length > APDU_DATA_BYTES_MAX) break;
      at = putItem(page, at, bytes);
    }
    return page.subarray(0, at);
  }

  /** number of objects (2), settlement. It holds for the wallet as it stands now, or not at all. */
  #announced(message: Uint8Array): Uint8Array | undefined {
    const { wallet } = this;
    const settlement = Settlement.parse(message.slice(3));
    const issuer = settlement && wallet.ownOperator(settlement);
    if (message.length !== 3 + SETTLEMENT_BYTES || !issuer) return undefined;
    const ours =
      settlement.verify(wallet.crypto, issuer.key) &&
      sameBytes(settlement.device, wallet.certificate.id) &&
      settlement.issuer === wallet.certificate.issuer;
    if (!ours || !this.#holds(settlement)) return undefined;
    if (!wallet.ledger.hasRoomFor(settlement)) return decline(Refusal.full, WHOLE);
    this.#settlement = settlement;
    this.#objects = getU16(message, 1);
    wallet.clearStage();
    return this.#objects > 0 ? this.#askObjects() : this.#apply();
  }

  /** Whether the journal still ends where the settlement says: nothing was paid or received since. */
  #holds(settlement: Settlement): boolean {
    const { ledger } = this.wallet;
    return (
      settlement.sequence === ledger.sequence &&
      sameBytes(settlement.head, ledger.head) &&
      settlement.epoch === ledger.epoch + 1
    );
  }

  #askObjects(): Uint8Array {
    const ask = new Uint8Array(3);
    ask[0] = Ask.objects;
    putU16(ask, 1, this.#taken);
    this.#expect = Answer.objects;
    return ask;
  }

  #take(message: Uint8Array): Uint8Array | undefined {
    const objects = items(message, 1);
    if (!objects || objects.length === 0) return undefined;
    for (const object of objects) {
      const why = this.#takeOne(object);
      if (why !== undefined) return decline(why, this.#taken);
      this.#taken++;
    }
    this.wallet.tidy();
    return this.#taken < this.#objects ? this.#askObjects() : this.#apply();
  }

  #takeOne(object: Uint8Array): Refusal | undefined {
    if (!Note.parse(object)) return this.wallet.takeObject(object.slice()) ? undefined : Refusal.signature;
    const why = this.wallet.takeNote(object);
    if (why !== undefined) return why;
    this.#notes++;
    this.#notesHash = this.wallet.crypto.sha256(this.#notesHash, object).slice();
    return undefined;
  }

  /** One record, and everything is settled. */
  #apply(): Uint8Array | undefined {
    const settlement = this.#settlement;
    const complete =
      settlement &&
      this.#holds(settlement) &&
      this.#taken === this.#objects &&
      settlement.notes === this.#notes &&
      sameBytes(settlement.notesHash, this.#notesHash);
    if (!complete) return undefined;
    if (!this.wallet.ledger.canHoldAfter(settlement)) return decline(Refusal.balanceLimit, WHOLE);
    this.wallet.setTime(settlement.time_s);
    // Before the commit: cut off between the two, the settlement comes again and unlocks again.
    if (settlement.standing === Standing.unlocked) this.wallet.pin.unlockByBank();
    const why = this.wallet.commit({ kind: 'settled', settlement }, false);
    if (why !== undefined) return decline(why, WHOLE);
    this.#expect = Answer.done;
    return concat(Uint8Array.of(Ask.applied), position(this.wallet.ledger));
  }
}

/**
 * Bytes of a page of the journal, for a carrier that takes messages of `carries_bytes`; 0: as long as any
 * does. Undefined when no carrier takes so little.
 */
export function pageBytesMax(carries_bytes: number): number | undefined {
  if (carries_bytes === 0) return SYNC_PAGE_BYTES_MAX;
  const page = carries_bytes - SEAL_BYTES;
  return page < APDU_DATA_BYTES_MAX ? undefined : Math.min(page, SYNC_LONG_PAGE_BYTES_MAX);
}

/** Tells the bank why nothing comes of its settlement; it then refuses to go on, and has the reason. */
function decline(why: Refusal, index: number): Uint8Array {
  const message = Uint8Array.of(Ask.decline, why, 0, 0);
  putU16(message, 2, index);
  return message;
}

/** sequence (4), head (32). */
function position(ledger: { sequence: number; head: Uint8Array }): Uint8Array {
  const bytes = new Uint8Array(4 + KEY_BYTES);
  putU32(bytes, 0, ledger.sequence);
  bytes.set(ledger.head, 4);
  return bytes;
}
