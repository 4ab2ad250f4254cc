import type { Crypto } from '../../hal/crypto.js';
import { generateEphemeral, type KeyPair } from '../channel/handshake.js';
import type { Env } from '../env.js';
import { SYNC_RESERVE_BYTES } from '../limits.js';
import { Certificate } from '../note/certificate.js';
import { HotList } from '../note/hot-list.js';
import { Note } from '../note/note.js';
import { Operator } from '../note/operator.js';
import { type Limits, Profile } from '../note/profile.js';
import { getU32, putU32, sameBytes } from '../note/shape.js';
import { format, openStore } from '../store/open.js';
import type { Store } from '../store/store.js';
import { Consent, Consents } from './consent.js';
import { entryOf, entryRecord, Ledger, RECORD_HEAD_BYTES } from './ledger.js';
import { type Lifecycle, lifecycle } from './lifecycle.js';
import { Pin, type PinVerdict } from './pin.js';
import { Kind } from './records.js';
import { Refusal } from './refusal.js';
import { Trust } from './trust.js';
import type { Effect, Step, View } from './view.js';
import { WallClock } from './wall-clock.js';

const SEED_BYTES = 32;
const IDENTITY_BYTES = 2 * SEED_BYTES + 3;
/** What a try of PIN or PUK may write: counters before and after it, new secrets; heads of records included. */
const PIN_TRY_BYTES = 256;

/** Flash that holds no wallet we may touch: damaged, or of another format. Never overwritten by itself. */
export class WalletError extends Error {
  constructor(
    readonly code: 'damaged' | 'version' | 'journal' | 'state' | 'full',
    message: string,
  ) {
    super(message);
  }
}

/** What a bank gives a device that has made its keys. */
export interface Personalisation {
  root: Uint8Array;
  operators: readonly Uint8Array[];
  certificate: Uint8Array;
  profile: Uint8Array;
  time_s: number;
}

/**
 * A wallet: what lies in flash, and the state that follows from it. It commits what the machines in `payer.ts` and `payee.ts`
 * decide, and keeps what belongs to no single touch (keys, trust, PIN, clock, the user's consent).
 */
export class Wallet implements View {
  readonly crypto: Crypto;
  #store: Store;
  #signingKey = new Uint8Array(0);
  #agreement: KeyPair | undefined;
  #currency = new Uint8Array(3);
  #certificate: Certificate | undefined;
  #trust: Trust | undefined;
  #ledger: Ledger | undefined;
  #limits: Limits | undefined;
  #ephemeral: KeyPair | undefined;
  readonly #consents: Consents;
  readonly #clock: WallClock;
  readonly pin: Pin;

  /**
   * Reads the wallet from flash; formats it when it is all ones. Throws WalletError for anything that is neither a wallet nor blank:
   * there may be somebody's money on it.
   */
  static open(env: Env): Wallet {
    const opened = openStore(env.flash);
    if (opened.status === 'ok') return new Wallet(env, opened.store);
    if (opened.status !== 'blank') throw new WalletError(opened.status, `flash: ${opened.status}`);
    format(env.flash);
    const fresh = openStore(env.flash);
    if (fresh.status !== 'ok') throw new WalletError('damaged', 'flash: does not take a format');
    return new Wallet(env, fresh.store);
  }

  private constructor(
    private readonly env: Env,
    store: Store,
  ) {
    this.crypto = env.crypto;
    this.#store = store;
    this.#clock = new WallClock(env.clock);
    this.#consents = new Consents(env.clock, env.presence);
    this.pin = new Pin(env.crypto, {
      writeSecrets: (secrets) => void this.#store.append(Kind.pinSecrets, secrets),
      writeTries: (tries) => void this.#store.append(Kind.pinTries, tries),
    });
    this.#store.scan((kind, address) => this.#restore(kind, this.#store.read(address), address));
    this.#ledger?.clearStage();
  }

  #restore(kind: number, payload: Uint8Array, address: number): void {
    switch (kind) {
      case Kind.identity:
        return this.#setIdentity(payload);
      case Kind.root:
        this.#trust = new Trust(this.crypto, payload.slice());
        return;
      case Kind.pinSecrets:
        return this.pin.restoreSecrets(payload);
      case Kind.pinTries:
        return this.pin.restoreTries(payload);
      case Kind.clock:
        return this.#setClock(getU32(payload, 0), getU32(payload, 4));
      case Kind.entry:
        this.ledger.apply(payload.slice(), address);
        return;
      case Kind.note: {
        const note = Note.parse(payload.slice());
        if (note) this.ledger.stage(note, address);
        return;
      }
      default:
        this.#applyObject(payload.slice());
    }
  }

  /** Operator, certificate, profile or hot list: each tells itself by its shape. Signatures were checked before it was stored. */
  #applyObject(bytes: Uint8Array): void {
    const certificate = Certificate.parse(bytes);
    if (certificate) {
      this.#certificate = certificate;
      this.#ledger ??= new Ledger(this.crypto, certificate.id);
      return;
    }
    const operator = Operator.parse(bytes);
    if (operator) return void this.trust.addOperator(operator);
    const profile = Profile.parse(bytes);
    if (profile) this.#limits = profile.limits();
    const hotList = HotList.parse(bytes);
    if (hotList) this.trust.addHotList(hotList);
  }

  // Personalisation

  /** Makes the keys of a blank device. They never leave it. Throws WalletError `state` when there are keys already. */
  makeKeys(currency: Uint8Array): void {
    if (this.#agreement) throw new WalletError('state', 'the device has keys already');
    const identity = new Uint8Array(IDENTITY_BYTES);
    this.env.entropy.fill(identity.subarray(0, 2 * SEED_BYTES));
    identity.set(currency.subarray(0, 3), 2 * SEED_BYTES);
    this.#store.append(Kind.identity, identity);
    this.#setIdentity(identity);
    identity.fill(0);
  }

  #setIdentity(identity: Uint8Array): void {
    this.#signingKey = this.crypto.ed25519KeyFromSeed(identity.subarray(0, SEED_BYTES)).slice();
    const secret = identity.slice(SEED_BYTES, 2 * SEED_BYTES);
    this.#agreement = { secret, publicKey: this.crypto.x25519PublicKey(secret) };
    this.#currency = identity.slice(2 * SEED_BYTES, IDENTITY_BYTES);
  }

  get hasKeys(): boolean {
    return this.#agreement !== undefined;
  }
  /** Ed25519 public key, 32 bytes. */
  get publicKey(): Uint8Array {
    return this.#signingKey.subarray(SEED_BYTES);
  }
  /** Proof of possession: a signature over `statement`, which begins as no signed object begins. */
  prove(statement: Uint8Array): Uint8Array {
    return this.crypto.ed25519Sign(this.#signingKey, statement);
  }

  /** Takes a bank's certificate. Undefined when done, else why not; nothing is stored then. */
  personalise(given: Personalisation): Refusal | undefined {
    if (!this.#agreement || this.#certificate) return Refusal.order;
    const certificate = Certificate.parse(given.certificate);
    const profile = Profile.parse(given.profile);
    const operators = given.operators.map((bytes) => Operator.parse(bytes));
    if (!certificate || !profile || given.root.length !== 32) return Refusal.malformed;
    if (operators.some((operator) => !operator?.verify(this.crypto, given.root))) return Refusal.signature;
    const issuer = operators.find((operator) => operator?.number === certificate.issuer);
    if (!issuer || !certificate.verify(this.crypto, issuer.key)) return Refusal.certificate;
    if (!profile.verify(this.crypto, issuer.key) || !sameBytes(profile.device, certificate.id)) {
      return Refusal.signature;
    }
    const ours =
      sameBytes(certificate.signingKey, this.publicKey) &&
      sameBytes(certificate.agreementKey, this.agreement.publicKey);
    if (!ours) return Refusal.mismatch;
    this.#store.append(Kind.root, given.root);
    this.#trust = new Trust(this.crypto, given.root.slice());
    for (const operator of operators) if (operator) this.#storeObject(Kind.operator, operator.bytes);
    this.#storeObject(Kind.profile, profile.bytes);
    this.setTime(given.time_s);
    // The certificate comes last: it is what makes the device personalised.
    this.#storeObject(Kind.certificate, certificate.bytes);
    return undefined;
  }

  #storeObject(kind: number, bytes: Uint8Array): void {
    this.#store.append(kind, bytes);
    this.#applyObject(bytes.slice());
  }

  // What a sync brings

  /** Stores a newer profile, operator or part of the hot list. False when it is not one, or not signed by its issuer. */
  takeObject(bytes: Uint8Array): boolean {
    const issuerKey = this.trust.operator(this.certificate.issuer)?.key;
    if (!issuerKey) return false;
    const profile = Profile.parse(bytes);
    if (profile) {
      const genuine =
        profile.verify(this.crypto, issuerKey) && sameBytes(profile.device, this.certificate.id);
      if (genuine && profile.limits().version > this.limits.version) this.#storeObject(Kind.profile, bytes);
      return genuine;
    }
    const operator = Operator.parse(bytes);
    if (operator) {
      const known = this.trust.operator(operator.number);
      if (known && sameBytes(known.bytes, bytes)) return true;
      if (!operator.verify(this.crypto, this.trust.root)) return false;
      this.#storeObject(Kind.operator, bytes);
      return true;
    }
    const hotList = HotList.parse(bytes);
    if (!hotList?.verify(this.crypto, issuerKey)) return false;
    if (!this.trust.hasHotList(hotList)) this.#storeObject(Kind.hotList, bytes);
    return true;
  }

  /** Stages a fresh note; the settlement that counts it in makes it ours. */
  takeNote(bytes: Uint8Array): boolean {
    const note = Note.parse(bytes.slice());
    const issuer = note && this.trust.operator(note.issuer);
    if (!issuer || !sameBytes(note.owner, this.certificate.id)) return false;
    if (!note.verify(this.crypto, issuer.key)) return false;
    this.ledger.stage(note, this.#store.append(Kind.note, bytes));
    return true;
  }

  setTime(time_s: number): void {
    const record = new Uint8Array(8);
    putU32(record, 0, time_s);
    putU32(record, 4, this.#clock.uptime_s);
    this.#store.append(Kind.clock, record);
    this.#setClock(time_s, this.#clock.uptime_s);
  }

  #setClock(time_s: number, uptime_s: number): void {
    this.#clock.set(time_s, uptime_s);
  }

  // The touch

  /** Does what a step asks of the wallet, in order, and returns what is left for the wire: at most one effect. */
  perform<State>(step: Step<State>): Effect | undefined {
    let last: Effect | undefined;
    for (const effect of step.effects) {
      if (effect.do === 'commit') this.commit(effect.entry, effect.confirmed);
      else if (effect.do === 'ask') this.#consents.ask(effect, this.currency);
      else last = effect;
    }
    return last;
  }

  /** Appends a journal entry: on flash first, then in the ledger. */
  commit(entry: Uint8Array, confirmed: boolean): void {
    const record = entryRecord(entry, confirmed, this.own_s);
    const address = this.#store.append(Kind.entry, record);
    const { kind } = this.ledger.apply(record, address);
    if (kind === 'out') this.#consents.forget();
  }

  noteBytes(id: Uint8Array): Uint8Array {
    const address = this.ledger.purse.address(id);
    if (address === undefined) throw new WalletError('journal', 'a note in use is not in flash');
    return this.#store.read(address).slice();
  }

  entryAt(address: number): Uint8Array {
    return entryOf(this.#store.read(address)).slice();
  }

  /** The journal entry of that number, from the last settlement on, or undefined. */
  entry(sequence: number): Uint8Array | undefined {
    const address = this.ledger.addressOf(sequence);
    return address === undefined ? undefined : this.entryAt(address);
  }

  fits(entryBytes: number): boolean {
    return this.#store.fits(entryBytes + RECORD_HEAD_BYTES) && this.#store.freeBytes() >= SYNC_RESERVE_BYTES;
  }

  /** Flash erased ahead, in bounded steps; not to be done inside a touch. */
  tidy(): void {
    while (this.#store.tidy());
  }

  /** An ephemeral key pair for the next session, made before it is needed where possible. */
  takeEphemeral(): KeyPair {
    const ready = this.#ephemeral ?? generateEphemeral(this.crypto, this.env.entropy);
    this.#ephemeral = undefined;
    return ready;
  }

  /** Work for the time between touches: keys made ahead, flash erased ahead. */
  idle(): void {
    this.#ephemeral ??= generateEphemeral(this.crypto, this.env.entropy);
    this.tidy();
  }

  random(bytes: number): Uint8Array {
    const random = new Uint8Array(bytes);
    this.env.entropy.fill(random);
    return random;
  }

  // The user

  /** The user pressed the button: consent to the payment that is shown, if one is. */
  pressButton(): boolean {
    return this.#consents.give(Consent.button);
  }

  /** The user gave a PIN, on the device or through `terminal` (8 bytes), where it is consent to that terminal's own invoice only. */
  enterPin(pin: Uint8Array, terminal?: Uint8Array): PinVerdict {
    if (!this.fits(PIN_TRY_BYTES)) return 'full';
    const verdict = this.pin.verify(pin);
    if (verdict === 'right') this.#consents.give(Consent.pin, terminal);
    return verdict;
  }

  unlockPin(puk: Uint8Array, newPin: Uint8Array): PinVerdict {
    if (!this.fits(PIN_TRY_BYTES)) return 'full';
    return this.pin.unlock(this.env.entropy, puk, newPin);
  }

  setPin(pin: Uint8Array, puk: Uint8Array): boolean {
    return !this.pin.set && this.pin.enrol(this.env.entropy, pin, puk);
  }

  consentFor(invoice: Uint8Array): Consent {
    return this.#consents.for(invoice);
  }

  // What the machines look at

  get lifecycle(): Lifecycle {
    return lifecycle({
      certified: this.#certificate !== undefined,
      epoch: this.#ledger?.epoch ?? 0,
      suspended: this.#ledger?.suspended ?? false,
      certificateUntil_s: this.#certificate?.notAfter_s ?? 0,
      time_s: this.own_s,
      pinLocked: this.pinLocked,
    });
  }
  get pinLocked(): boolean {
    return this.pin.locked;
  }
  get own_s(): number {
    return this.#clock.now_s;
  }
  get currency(): Uint8Array {
    return this.#currency;
  }
  get signingKey(): Uint8Array {
    return this.#signingKey;
  }
  get agreement(): KeyPair {
    return this.#need(this.#agreement, 'keys');
  }
  get certificate(): Certificate {
    return this.#need(this.#certificate, 'a certificate');
  }
  get trust(): Trust {
    return this.#need(this.#trust, 'a root key');
  }
  get ledger(): Ledger {
    return this.#need(this.#ledger, 'a certificate');
  }
  get limits(): Limits {
    return this.#need(this.#limits, 'a profile');
  }

  #need<T>(value: T | undefined, what: string): T {
    if (value === undefined) throw new WalletError('state', `the device has not got ${what}`);
    return value;
  }
}
