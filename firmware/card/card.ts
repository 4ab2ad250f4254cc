import type { NfcCardHandler } from '../../hal/nfc.js';
import { join, NOTHING, putU16 } from '../bytes.js';
import { ChannelError } from '../channel/errors.js';
import { Initiator } from '../channel/handshake.js';
import type { Session } from '../channel/session.js';
import { EntropyError } from '../draw.js';
import { PROXIMITY_TRIES_MAX } from '../limits.js';
import { Certificate } from '../objects/certificate.js';
import {
  AID,
  answer,
  CLA,
  CLA_CHAINING,
  CLA_ISO,
  type Command,
  Ins,
  VERSIONS,
  type Versions,
} from '../protocol/apdu.js';
import { touchPrologue } from '../protocol/prologue.js';
import { Refusal } from '../protocol/refusal.js';
import { nameInPlaceOf } from '../protocol/shown-certificate.js';
import { StatusWord } from '../protocol/status-word.js';
import { isUnwritable } from '../store/errors.js';
import { pageBytesMax, SyncClient } from '../sync/client.js';
import { type GenuineCertificate, isRefusal } from '../trust/trust.js';
import type { Wallet } from '../wallet/wallet.js';
import { AccountApplet } from './account-applet.js';
import { OwnerApplet } from './owner-applet.js';
import { PaymentApplet, refuseWith } from './payment-applet.js';
import { PersonalisationApplet } from './personalisation-applet.js';
import { ApduTransport } from './transport.js';

const EPHEMERAL_BYTES = 32;
const NONCE_BYTES = 4;
/** What this card itself takes for the answer to a proximity check, beside its front end. */
const PROXIMITY_OWN_US = 500;
const STATEMENT_STEP_US = 500;
const U16_MAX = 0xffff;

/**
 * Where a card's session stands: nobody has selected it; selected; HELLO heard, and the session computed or
 * about to be; a secured session; a sync with the bank; nothing any more until it is started again.
 */
export type CardState = 'idle' | 'selected' | 'greeted' | 'secured' | 'syncing' | 'stopped';

/**
 * The card side of a touch: takes command APDUs, gives each one answer. A stranger's bytes get a status word
 * and change nothing.
 *
 * The card computes one half of the session while the rest of HELLO comes in, and the other when it has
 * answered it, so that both sides compute at the same time.
 */
export class Card implements NfcCardHandler {
  readonly #payment: PaymentApplet;
  readonly #owner: OwnerApplet;
  readonly #account: AccountApplet;
  readonly #personalisation: PersonalisationApplet;
  readonly #transport = new ApduTransport();
  readonly #carryOut = (command: Command): Uint8Array => this.#dispatch(command);
  #selected = false;
  #handshake: Initiator | undefined;
  #session: Session | undefined;
  #greeted = false;
  /** As the front end has it: see NfcCardHandler. */
  #answer_us: number | undefined;
  /** The card's nonces (4 each) for all checks of a session; the last check, and how many there were. */
  #nonces: Uint8Array = NOTHING;
  #proximity: Uint8Array = NOTHING;
  #proximityTries = 0;
  /** What the terminal has said in HELLO, until the session is computed. */
  #heard: { terminal: Certificate; theirs: Uint8Array; version: number } | undefined;
  /** Whom we deal with, or why with nobody. */
  #terminal: GenuineCertificate | Refusal = Refusal.certificate;
  /** Whether we remember it from an earlier touch, and show ourselves by name. */
  #isAcquainted = false;
  #named: { readonly certificate: Certificate; readonly name: Uint8Array } | undefined;
  /** It has proved its key, and is to be remembered. */
  #proved: GenuineCertificate | undefined;
  #sync: SyncClient | undefined;
  /** The status word that answers everything once the wallet cannot go on. */
  #stopped: number | undefined;

  /** `versions`: of the protocol, as in SELECT's answer. */
  constructor(
    private readonly wallet: Wallet,
    private readonly versions: Versions = VERSIONS,
  ) {
    this.#payment = new PaymentApplet(wallet);
    this.#owner = new OwnerApplet(wallet);
    this.#account = new AccountApplet(wallet);
    this.#personalisation = new PersonalisationApplet(wallet);
  }

  get state(): CardState {
    if (this.#stopped !== undefined) return 'stopped';
    if (this.#sync) return 'syncing';
    if (this.#session) return 'secured';
    if (this.#greeted) return 'greeted';
    return this.#selected ? 'selected' : 'idle';
  }

  onActivated(answer_us?: number): void {
    this.#answer_us = answer_us;
    this.#transport.reset();
    this.#forget();
  }

  onDeactivated(): void {
    this.#transport.reset();
    this.#forget();
    this.wallet.idle();
  }

  onCommand(bytes: Uint8Array, respond: (response: Uint8Array) => void): void {
    respond(this.#guarded(bytes));
    this.#work();
  }

  /** What the answer did not have to wait for. */
  #work(): void {
    try {
      this.#agreeEarly();
      this.#meetTerminal();
      this.#payment.work();
      if (this.#proved) this.wallet.trust.remember(this.#proved);
      this.#proved = undefined;
    } catch (error) {
      this.#stop(error);
    }
  }

  /** A failing flash, or a journal that contradicts itself, stops the card until it is started again. */
  #guarded(bytes: Uint8Array): Uint8Array {
    if (this.#stopped !== undefined) return answer(this.#stopped);
    try {
      return this.#transport.take(bytes, this.#selected, this.#carryOut);
    } catch (error) {
      if (error instanceof ChannelError) return this.#endSession(StatusWord.noSession);
      if (error instanceof EntropyError) return this.#endSession(StatusWord.noEntropy);
      return answer(this.#stop(error));
    }
  }

  #stop(error: unknown): number {
    this.#stopped = isUnwritable(error) ? StatusWord.unwritable : StatusWord.broken;
    return this.#stopped;
  }

  #dispatch(command: Command): Uint8Array {
    const { cla, ins } = command;
    if (cla === CLA_ISO && ins === Ins.select) return this.#select(command);
    if (!this.#selected) return answer(StatusWord.noSession);
    if (cla === CLA_ISO && ins === Ins.envelope) return this.#envelope(command);
    if (cla !== CLA) return answer(StatusWord.unknownClass);
    if (ins === Ins.hello) return this.#hello(command);
    if (ins === Ins.secure) return this.#secure(command.data);
    if (ins === Ins.proximity) return this.#provenNear(command.data);
    return this.#personalisation.handle(ins, command.data) ?? answer(StatusWord.unknownInstruction);
  }

  #forget(): void {
    this.#handshake?.close();
    this.#handshake = undefined;
    this.#session = undefined;
    this.#greeted = false;
    this.#proximity = NOTHING;
    this.#proximityTries = 0;
    this.#heard = undefined;
    this.#terminal = Refusal.certificate;
    this.#isAcquainted = false;
    this.#sync = undefined;
    this.#selected = false;
    this.#payment.reset();
    this.#owner.reset();
  }

  /** -> newest and oldest version (1 each), ephemeral key (32). Nothing else in it is the same twice. */
  #select(command: Command): Uint8Array {
    if (command.p1 !== 4) return answer(StatusWord.wrongParameters);
    if (!this.wallet.crypto.equal(command.data, AID)) return answer(StatusWord.notFound);
    this.#forget();
    this.#selected = true;
    const versions = Uint8Array.of(this.versions.newest, this.versions.oldest);
    this.#handshake = new Initiator(this.wallet.crypto, this.wallet.takeEphemeral(), versions);
    this.#nonces = this.wallet.random(PROXIMITY_TRIES_MAX * NONCE_BYTES);
    return answer(StatusWord.ok, join(versions, this.#handshake.e));
  }

  /**
   * The terminal's nonce (4) -> our nonce (4), statement (2). Both nonces are part of the session: nobody
   * between us can answer in our place.
   */
  #provenNear(nonce: Uint8Array): Uint8Array {
    if (!this.#handshake || this.#greeted || this.#proximityTries >= PROXIMITY_TRIES_MAX)
      return answer(StatusWord.noSession);
    if (nonce.length !== NONCE_BYTES) return answer(StatusWord.wrongData);
    const own = this.#proximityTries++ * NONCE_BYTES;
    const said = join(this.#nonces.subarray(own, own + NONCE_BYTES), this.#statement);
    this.#proximity = join(nonce, said);
    return answer(StatusWord.ok, said);
  }

  /**
   * What we take for a proximity check, in microseconds (2). In steps: to the microsecond it would be another
   * for each device, and a name for it.
   */
  get #statement(): Uint8Array {
    const steps = Math.round(((this.#answer_us ?? 0) + PROXIMITY_OWN_US) / STATEMENT_STEP_US);
    const statement = new Uint8Array(2);
    putU16(statement, 0, Math.min(steps * STATEMENT_STEP_US, U16_MAX));
    return statement;
  }

  get #mayGreet(): boolean {
    return this.#handshake !== undefined && !this.#greeted && this.wallet.isCertified;
  }

  /**
   * P1 the version; ephemeral key (32), certificate. Answered at once; what is left of the session is
   * computed when the answer is on its way.
   */
  #hello({ p1: version, data }: Command): Uint8Array {
    if (!this.#mayGreet) return answer(StatusWord.noSession);
    if (version < this.versions.oldest || version > this.versions.newest)
      return answer(StatusWord.wrongParameters);
    const shown = Certificate.expand(data, EPHEMERAL_BYTES);
    if (shown?.end !== data.length) return answer(StatusWord.wrongData);
    this.#greeted = true;
    this.#heard = { terminal: shown.certificate, theirs: data.slice(0, EPHEMERAL_BYTES), version };
    return answer(StatusWord.ok);
  }

  /**
   * HELLO comes in two APDUs, of which the first has the terminal's ephemeral key: half of the session is
   * computed while the other is on its way.
   */
  #agreeEarly(): void {
    const begun = this.#transport.begun;
    const isHello = begun?.ins === Ins.hello && (begun.cla & ~CLA_CHAINING) === CLA;
    if (!isHello || !this.#mayGreet || begun.data.length < EPHEMERAL_BYTES) return;
    this.#handshake?.agree(begun.data.subarray(0, EPHEMERAL_BYTES));
  }

  /**
   * Two X25519, or the one that is left, and a verification when the terminal is a stranger, while the
   * terminal computes the same.
   */
  #meetTerminal(): void {
    if (!this.#heard) return;
    const { terminal, theirs, version } = this.#heard;
    this.#heard = undefined;
    const { crypto, trust, own_s } = this.wallet;
    if (!this.#handshake?.agree(theirs)) return;
    if (!this.#handshake.hello(touchPrologue(version, this.#proximity), terminal.agreementKey(crypto)))
      return;
    this.#terminal = trust.admit(terminal, own_s);
    this.#isAcquainted = !isRefusal(this.#terminal) && trust.knew(this.#terminal);
  }

  /** Our certificate, or its name for a terminal that should know it. */
  get #shownCertificate(): Uint8Array {
    const { trust, certificate } = this.wallet;
    if (!this.#isAcquainted) return certificate.compact;
    // A sync may have renewed it.
    if (this.#named?.certificate !== certificate)
      this.#named = { certificate, name: nameInPlaceOf(trust.nameOf(certificate)) };
    return this.#named.name;
  }

  #secure(sealed: Uint8Array): Uint8Array {
    const handshake = this.#handshake;
    const terminal = this.#terminal;
    if (!handshake || !this.#greeted || handshake.dead) return answer(StatusWord.noSession);
    const message = this.#session ? this.#session.open(sealed) : handshake.finish(sealed);
    if (!message) return this.#endSession(StatusWord.badMessage);
    if (!this.#session && !isRefusal(terminal)) this.#proved = terminal;
    this.#session ??= handshake.session;
    const reply = isRefusal(terminal) ? refuseWith(terminal) : this.#reply(message, terminal, this.#session);
    return answer(StatusWord.ok, this.#session.seal(reply));
  }

  /** Everything agreed is off; another SELECT begins anew. */
  #endSession(status: number): Uint8Array {
    this.#forget();
    this.#selected = true;
    return answer(status);
  }

  #reply(message: Uint8Array, terminal: GenuineCertificate, session: Session): Uint8Array {
    return (
      this.#payment.handle(message, terminal, session, this.#shownCertificate) ??
      this.#owner.handle(message, terminal) ??
      this.#account.handle(message, terminal) ??
      refuseWith(Refusal.malformed)
    );
  }

  /**
   * The pipe to the bank: its message in (nothing at first), ours out; an empty answer says that the sync is
   * over. P1 and P2 of the first: how long a message the carrier takes.
   */
  #envelope({ p1, p2, data }: Command): Uint8Array {
    if (!this.wallet.isCertified) return answer(StatusWord.wrongLifecycle);
    if (data.length === 0) {
      const pageMax = pageBytesMax((p1 << 8) | p2);
      if (pageMax === undefined) return answer(StatusWord.wrongParameters);
      // A sync moves the money that a payment counts on, and the other way round: one at a time.
      this.#forget();
      this.#selected = true;
      this.#sync = new SyncClient(this.wallet, pageMax);
      return answer(StatusWord.ok, this.#sync.start());
    }
    if (!this.#sync) return answer(StatusWord.noSession);
    const next = this.#sync.step(data.slice());
    if (this.#sync.state !== 'running') {
      const failed = this.#sync.state === 'failed';
      this.#sync = undefined;
      return answer(failed ? StatusWord.badMessage : StatusWord.ok);
    }
    return answer(StatusWord.ok, next);
  }
}
