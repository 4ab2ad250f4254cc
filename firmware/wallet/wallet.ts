import type { Crypto } from '../../hal/crypto.js';
import type { Prompt } from '../../hal/presence.js';
import { CodeMaker } from '../account/code-maker.js';
import { sameBytes } from '../bytes.js';
import type { KeyPair } from '../channel/handshake.js';
import { KeyAhead } from '../channel/key-ahead.js';
import { draw } from '../draw.js';
import type { Env } from '../env.js';
import type { JournalEntry } from '../ledger/journal-entry.js';
import { type Ledger, LedgerError } from '../ledger/ledger.js';
import { LedgerStore } from '../ledger/ledger-store.js';
import { IDLE_STEPS_MAX, PUK_TRIES_MAX } from '../limits.js';
import type { Certificate } from '../objects/certificate.js';
import { Note } from '../objects/note.js';
import type { Operator } from '../objects/operator.js';
import type { Limits } from '../objects/profile.js';
import type { Receipt } from '../objects/receipt.js';
import { type Consent, Consents, type PaymentQuestion } from '../payment/consent.js';
import { InvoiceIds } from '../payment/invoice-id.js';
import { type Lifecycle, lifecycle } from '../payment/lifecycle.js';
import type { PaymentHost } from '../payment/payment-host.js';
import { Refusal } from '../protocol/refusal.js';
import { isUnwritable } from '../store/errors.js';
import { Key } from '../store/keys.js';
import { MirroredStore } from '../store/mirrored-store.js';
import type { Store } from '../store/store.js';
import type { Trust } from '../trust/trust.js';
import { Credentials } from './credentials.js';
import { drawIdentity, type Identity, readIdentity } from './identity.js';
import { type Personalisation, refusePersonalisation } from './personalisation.js';
import { Pin, type PinVerdict } from './pin.js';
import { TIME_BYTES, WallClock } from './wall-clock.js';
import { asWalletError, openOrFormat, tryToWrite, WalletError } from './wallet-error.js';

/**
 * What a try of PIN or PUK may write: counters before and after it, new secrets; heads of records included.
 */
const PIN_TRY_BYTES = [2, 2, 80, 80];
const NO_TRIES = Uint8Array.of(0, PUK_TRIES_MAX);

/**
 * A wallet: what lies in flash, and the state that follows from it. It commits what paying and receiving
 * decide, and keeps what belongs to no single touch (keys, trust, PIN, clock, the user's consent).
 */
export class Wallet implements PaymentHost {
  readonly crypto: Crypto;
  readonly #store: Store;
  readonly #mirrored: MirroredStore;
  #identity: Identity | undefined;
  readonly #credentials: Credentials;
  #ledgerStore: LedgerStore | undefined;
  readonly #keyAhead: KeyAhead;
  readonly #consents: Consents;
  readonly #clock: WallClock;
  readonly invoiceIds: InvoiceIds;
  readonly pin: Pin;
  /** Of its account, if it has one. */
  readonly codes: CodeMaker;

  /**
   * Reads the wallet from flash; formats it when it is all ones. Throws WalletError for anything that is
   * neither a wallet nor blank: there may be somebody's money on it.
   */
  static open(env: Env): Wallet {
    try {
      return new Wallet(env, openOrFormat(env));
    } catch (error) {
      throw asWalletError(error);
    }
  }

  private constructor(
    private readonly env: Env,
    store: Store,
  ) {
    this.crypto = env.crypto;
    this.#store = store;
    this.#mirrored = new MirroredStore(store);
    this.#credentials = new Credentials(env.crypto, this.#mirrored);
    this.#keyAhead = new KeyAhead(env.crypto, env.entropy);
    this.#clock = new WallClock(env.clock);
    this.invoiceIds = new InvoiceIds(env.crypto);
    this.#consents = new Consents(env.clock, env.presence);
    this.pin = new Pin(env.crypto, {
      writeSecrets: (secrets) => this.#mirrored.write(Key.pinSecrets, secrets),
      writeTries: (tries) => this.#mirrored.write(Key.pinTries, tries),
      refusesTry: () => (this.isUnwritable ? 'unwritable' : this.#fitsPinTry ? undefined : 'full'),
    });
    this.codes = new CodeMaker(env.crypto, this.#mirrored, this);
    this.#restore();
  }

  #restore(): void {
    const mirrored = this.#mirrored;
    const identity = mirrored.read(Key.identity);
    if (identity) this.#identity = readIdentity(this.crypto, identity);
    const secrets = mirrored.read(Key.pinSecrets);
    if (secrets) this.pin.restoreSecrets(secrets);
    // Tries that do not read are none: the PUK and the bank give new ones.
    const tries = mirrored.has(Key.pinTries) ? (mirrored.readIfSound(Key.pinTries) ?? NO_TRIES) : undefined;
    if (tries) this.pin.restoreTries(tries);
    const time = mirrored.readIfSound(Key.clock);
    if (time) this.#clock.restore(time);
    this.#restoreGiven();
  }

  /** What a bank has given. */
  #restoreGiven(): void {
    this.#credentials.restore();
    if (!this.isCertified) return;
    this.#ledgerStore = new LedgerStore(this.crypto, this.#mirrored, this.certificate.id);
    this.codes.restore();
  }

  // Personalisation

  /** Makes the keys of a blank device. Throws WalletError `state` when it has them, EntropyError. */
  makeKeys(currency: Uint8Array): void {
    if (this.#identity) throw new WalletError('state', 'the device has keys already');
    const record = drawIdentity(this.env.entropy, currency);
    this.#mirrored.write(Key.identity, record);
    this.#identity = readIdentity(this.crypto, record);
    record.fill(0);
  }

  get hasKeys(): boolean {
    return this.#identity !== undefined;
  }
  /** Ed25519 public key, 32 bytes. */
  get publicKey(): Uint8Array {
    return this.signingKey.subarray(32);
  }
  /** Proof of possession: a signature over `statement`, which begins as no signed object begins. */
  prove(statement: Uint8Array): Uint8Array {
    return this.crypto.ed25519Sign(this.signingKey, statement);
  }

  /** Takes a bank's certificate. Undefined when done, else why not; nothing is stored then. */
  personalise(given: Personalisation): Refusal | undefined {
    if (!this.#identity || this.isCertified) return Refusal.order;
    const why = refusePersonalisation(this.crypto, this.publicKey, given);
    if (why !== undefined) return why;
    const time = { key: Key.clock, payload: this.#clock.record(given.time_s) };
    this.#store.batch(Credentials.writesOf(given, [time]));
    this.#clock.set(given.time_s);
    this.#restoreGiven();
    return undefined;
  }

  // What a sync brings

  /** Our own operator, as that of its endorsements that an object names. */
  ownOperator(named: { readonly endorsement: number }): Operator | undefined {
    return this.#credentials.ownOperator(named);
  }

  /** See Credentials. */
  admitsBank(bank: Certificate, endorsement: Uint8Array): boolean {
    return this.#credentials.admitsBank(bank, endorsement, this.own_s);
  }

  /** What is no note: see Credentials. False for what its issuer has not signed. */
  takeObject(bytes: Uint8Array): boolean {
    return this.#credentials.take(bytes);
  }

  /** Stages a fresh note; a settlement makes it ours. Undefined when done, else why not. */
  takeNote(bytes: Uint8Array): Refusal | undefined {
    const note = Note.parse(bytes.slice());
    const issuer = note && this.trust.operator(note.issuer, note.endorsement);
    if (!issuer || this.own_s > issuer.notAfter_s) return Refusal.note;
    if (!sameBytes(note.owner, this.certificate.id)) return Refusal.note;
    if (!sameBytes(note.currency, this.currency)) return Refusal.currency;
    if (!note.verify(this.crypto, issuer.key)) return Refusal.note;
    if (this.ledger.knows(note.id)) return Refusal.noteHeld;
    return this.#requireLedgerStore.stage(note) ? undefined : Refusal.full;
  }

  /** Forgets the notes of a sync that came to nothing: before the first note of the next. */
  clearStage(): void {
    this.#requireLedgerStore.clearStage();
  }

  setTime(time_s: number): void {
    this.#mirrored.write(Key.clock, this.#clock.record(time_s));
    this.#clock.set(time_s);
  }

  /** After a loss of power: the time as it is, beside the count that began anew. */
  #keepTime(): boolean {
    if (!this.#clock.isCountRestarted || !this.#store.fits([], [TIME_BYTES])) return false;
    this.setTime(this.own_s);
    return true;
  }

  // The touch

  /**
   * Appends a journal entry: on flash first, then in the ledger. Undefined when done; else nothing was
   * written.
   */
  commit(entry: JournalEntry, confirmed: boolean): Refusal | undefined {
    if (this.isUnwritable) return Refusal.unwritable;
    try {
      this.#requireLedgerStore.commit(entry, confirmed, this.own_s);
    } catch (error) {
      if (isUnwritable(error)) return Refusal.unwritable;
      if (!(error instanceof LedgerError)) throw error;
      return this.stopped === undefined ? Refusal.unsound : Refusal.stopped;
    }
    this.trust.certificateCache.allowSave();
    if (entry.kind === 'out') this.#consents.forget();
    return undefined;
  }

  /** What is wrong with the first entry that does not read, in words. */
  get stopped(): string | undefined {
    return this.#ledgerStore?.stopped;
  }

  noteBytes(id: Uint8Array): Uint8Array | undefined {
    return this.#requireLedgerStore.noteBytes(id);
  }

  compactNote(id: Uint8Array): Uint8Array | undefined {
    return this.#requireLedgerStore.compactNote(id);
  }

  /** The journal entry of that number, or undefined: those from the last settlement on are here. */
  entry(sequence: number): Uint8Array | undefined {
    return this.#requireLedgerStore.entry(sequence);
  }

  get journal(): Pick<LedgerStore, 'journalEnd' | 'bytesOfEntry' | 'search'> {
    return this.#requireLedgerStore;
  }

  madeAfter(invoice: Uint8Array): number {
    return this.ledger.settledAt + this.invoiceIds.entriesBefore(this.invoiceSecret, invoice);
  }

  closing(invoice: Uint8Array, since = this.madeAfter(invoice)): Receipt | undefined {
    return this.#requireLedgerStore.closing(invoice, since);
  }

  fits(entryBytes: number): boolean {
    return this.#requireLedgerStore.fits(entryBytes);
  }

  fitsReserved(entryBytes: number): boolean {
    return this.#requireLedgerStore.fitsReserved(entryBytes);
  }

  /** All that is left to do on flash between touches, for a sync: no touch can come meanwhile. */
  tidy(): void {
    while (this.#tidyStep());
  }

  #tidyStep(): boolean {
    if (this.#keepTime()) return true;
    if (this.#ledgerStore === undefined) return this.#store.tidy();
    return this.#ledgerStore.tidy() || (this.fits(0) && this.trust.certificateCache.save());
  }

  /** An ephemeral key pair for the next session. Throws EntropyError. */
  takeEphemeral(): KeyPair {
    return this.#keyAhead.take();
  }

  /** Work for the time between touches: keys made, flash erased. Bounded: the next touch waits for it. */
  idle(): void {
    this.#keyAhead.make();
    this.#credentials.makeReady();
    this.#ledgerStore?.makeReady();
    for (let step = 0; step < IDLE_STEPS_MAX && tryToWrite(() => this.#tidyStep()); step++);
  }

  /** Throws EntropyError. */
  random(bytes: number): Uint8Array {
    return draw(this.env.entropy, bytes);
  }

  // The user

  /**
   * The user pressed the button while they saw `shown`: consent to that payment, and false when it is not
   * asked any more.
   */
  pressButton(shown: Prompt): boolean {
    return this.#consents.press(shown);
  }

  ask(question: PaymentQuestion): void {
    this.#consents.ask(question, this.currency);
  }

  /** Whether there is a payment that the user is asked about. */
  get isAsking(): boolean {
    return this.#consents.isAsking;
  }

  /** The user said no, to whatever is asked: it is forgotten, with what was given for it. */
  decline(): void {
    this.#consents.forget();
  }

  /** The user typed a PIN for the payment `shown`. Undefined, and no try is made, when that is not asked. */
  enterPin(pin: Uint8Array, shown: Prompt): PinVerdict | undefined {
    return this.#consents.isAsked(shown) ? this.verifyPin(pin) : undefined;
  }

  /** One that came through `terminal` (8 bytes) is consent to that terminal's own invoice only. */
  verifyPin(pin: Uint8Array, terminal?: Uint8Array): PinVerdict {
    const verdict = this.pin.verify(pin);
    if (verdict === 'right') this.#consents.givePin(terminal);
    return verdict;
  }

  unlockPin(puk: Uint8Array, newPin: Uint8Array): PinVerdict {
    return this.pin.unlock(this.env.entropy, puk, newPin);
  }

  get #fitsPinTry(): boolean {
    return this.#store.fits([], PIN_TRY_BYTES) && (this.#ledgerStore?.fits(0) ?? true);
  }

  /** Replaces what there was. False when the PIN or the PUK has the wrong form. */
  setPin(pin: Uint8Array, puk: Uint8Array): boolean {
    return this.pin.enrol(this.env.entropy, pin, puk);
  }

  consentFor(invoice: Uint8Array): Consent {
    return this.#consents.for(invoice);
  }

  // What paying and receiving look at

  get lifecycle(): Lifecycle {
    const store = this.#ledgerStore;
    return lifecycle({
      certified: this.isCertified,
      stopped: store?.stopped !== undefined,
      epoch: store?.ledger.epoch ?? 0,
      suspended: store?.ledger.suspended ?? false,
      certificateUntil_s: this.#credentials.until_s,
      time_s: this.#clock.now_s,
      pinLocked: this.pin.locked,
    });
  }
  /** Whether an erase of the flash would lose something. */
  get holdsMoney(): boolean {
    return this.#ledgerStore !== undefined && !this.ledger.isEmpty;
  }
  get isCertified(): boolean {
    return this.#credentials.isCertified;
  }
  get pinLocked(): boolean {
    return this.pin.locked;
  }
  get isUnwritable(): boolean {
    return this.#store.isUnwritable;
  }
  get own_s(): number {
    return this.#clock.now_s;
  }
  get currency(): Uint8Array {
    return (this.#identity ?? lacks('keys')).currency;
  }
  get signingKey(): Uint8Array {
    return (this.#identity ?? lacks('keys')).signingKey;
  }
  get agreement(): KeyPair {
    return (this.#identity ?? lacks('keys')).agreement;
  }
  get invoiceSecret(): Uint8Array {
    return (this.#identity ?? lacks('keys')).invoiceSecret;
  }
  get certificate(): Certificate {
    return this.#credentials.certificate;
  }
  get trust(): Trust {
    return this.#credentials.trust;
  }
  get ledger(): Ledger {
    return (this.#ledgerStore ?? lacks('a certificate')).ledger;
  }
  get #requireLedgerStore(): LedgerStore {
    return this.#ledgerStore ?? lacks('a certificate');
  }
  get limits(): Limits {
    return this.#credentials.limits;
  }
}

function lacks(what: string): never {
  throw new WalletError('state', `the device has not got ${what}`);
}
