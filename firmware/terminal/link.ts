import type { ExchangeTiming, NfcError, NfcReader } from '../../hal/nfc.js';
import { getU16, join, NOTHING } from '../bytes.js';
import { Responder } from '../channel/handshake.js';
import type { Session } from '../channel/session.js';
import { EntropyError } from '../draw.js';
import { PROXIMITY_STATED_US_MAX, PROXIMITY_TRIES_MAX } from '../limits.js';
import { AID, CLA_ISO, commonVersion, Ins, SELECT_APPLICATION, VERSIONS } from '../protocol/apdu.js';
import { touchPrologue } from '../protocol/prologue.js';
import { StatusWord } from '../protocol/status-word.js';
import type { Wallet } from '../wallet/wallet.js';
import { type ApduCommand, ApduLink } from './apdu-link.js';

const KEY_BYTES = 32;
const VERSIONS_BYTES = 2;
const NONCE_BYTES = 4;
/** Head, Lc, nonce, Le. */
const PROXIMITY_COMMAND_BYTES = 5 + NONCE_BYTES + 1;
const SELECT: ApduCommand = { ins: Ins.select, data: AID, cla: CLA_ISO, p1: 4 };

/** What only a card of ours answers to SELECT when something is wrong with it. */
const OUR_FAULTS: readonly number[] = [StatusWord.broken, StatusWord.unwritable, StatusWord.noEntropy];

/** Why a touch stopped below the level of payments. */
export type Fault =
  | { readonly kind: 'nfc'; readonly error: NfcError }
  | { readonly kind: 'status'; readonly status: number }
  /** The card does not keep to the protocol. */
  | { readonly kind: 'protocol' }
  /** A card of ours that speaks no version that we speak. */
  | { readonly kind: 'version' }
  /** The card's answer takes longer than one that is near: it may come from elsewhere. Microseconds. */
  | { readonly kind: 'relay'; readonly excess_us: number }
  /** Another touch of ours is under way. */
  | { readonly kind: 'busy' }
  /** Our own random source gives nothing. */
  | { readonly kind: 'entropy' }
  /** A card, and not one of ours. */
  | { readonly kind: 'foreign' }
  /** More than one of ours, or more cards than can be told apart. */
  | { readonly kind: 'crowd' };

/** The terminal's end of one session: SELECT, HELLO, then secured messages, one at a time. */
export class CardLink {
  #responder: Responder | undefined;
  /** What HELLO says, made with the responder. */
  #greeting: Uint8Array = NOTHING;
  #session: Session | undefined;
  readonly #apdus: ApduLink;
  /** Instruction of the command that was sent last; undefined while there is no card. */
  ins: number | undefined;
  /** How much longer than it must the proximity check took, in microseconds; undefined when none was made. */
  excess_us: number | undefined;

  constructor(
    private readonly wallet: Wallet,
    private readonly reader: NfcReader,
    private readonly onFault: (fault: Fault) => void,
    /** Work for the time in which a card is asked who it is. */
    private readonly prepare: () => void = () => {},
  ) {
    this.#apdus = new ApduLink(reader);
  }

  /** Waits for a card and sets up the session. `ready` runs once both sides have the keys. */
  open(timeout_ms: number, ready: () => void): void {
    this.#connect(timeout_ms, ready, (status) =>
      // A card of another kind, and perhaps ours is coming: from now on each is asked before it is taken.
      OUR_FAULTS.includes(status)
        ? this.onFault({ kind: 'status', status })
        : this.#connect(timeout_ms, ready, () => this.onFault({ kind: 'foreign' })),
    );
  }

  #connect(timeout_ms: number, ready: () => void, refused: (status: number) => void): void {
    this.ins = undefined;
    const connected = (error: NfcError | undefined): void => {
      if (error) this.onFault(faultOf(error));
      else this.#exchange(this.#select, (answer) => this.#selected(answer, ready), refused);
    };
    // By it a reader tells our cards from others.
    this.reader.connect(timeout_ms, connected, SELECT_APPLICATION);
  }

  get #select(): ApduCommand {
    const meanwhile = (): void => {
      try {
        this.#makeGreeting();
        this.prepare();
      } catch (error) {
        // It is tried again when it is needed, and said then.
        if (!(error instanceof EntropyError)) throw error;
      }
    };
    return { ...SELECT, meanwhile };
  }

  /** Our end of the session, once a touch. */
  #makeGreeting(): Responder {
    const { wallet } = this;
    if (!this.#responder) {
      this.#responder = new Responder(wallet.crypto, wallet.agreement, wallet.takeEphemeral());
      this.#greeting = join(this.#responder.e, wallet.certificate.compact);
    }
    return this.#responder;
  }

  #selected(answer: Uint8Array, ready: () => void): void {
    if (answer.length !== VERSIONS_BYTES + KEY_BYTES) return void this.onFault({ kind: 'protocol' });
    const version = commonVersion(VERSIONS, { newest: answer[0], oldest: answer[1] });
    if (version === undefined) return void this.onFault({ kind: 'version' });
    const { timing } = this.reader;
    const isChecked = timing !== undefined && this.wallet.limits.relayMax_us > 0;
    if (isChecked) this.#checkProximity(timing, answer, version, ready, 1);
    else this.#hello(answer, version, NOTHING, ready);
  }

  /**
   * Whether the card is near: its answer lies ready, so that whatever the exchange takes longer than it must
   * is somebody's in between. A reader that had something else to do asks again.
   */
  #checkProximity(
    timing: ExchangeTiming,
    selected: Uint8Array,
    version: number,
    ready: () => void,
    tries: number,
  ): void {
    const nonce = this.wallet.random(NONCE_BYTES);
    // Only one exchange is timed: an answer that is fetched by another could come from anywhere.
    this.#exchange({ ins: Ins.proximity, data: nonce, atOnce: true }, (answer) => {
      const took_us = timing.last_us;
      if (answer.length !== NONCE_BYTES + 2) return void this.onFault({ kind: 'protocol' });
      const stated_us = Math.min(getU16(answer, NONCE_BYTES), PROXIMITY_STATED_US_MAX);
      const excess_us = took_us - stated_us - timing.least_us(PROXIMITY_COMMAND_BYTES, answer.length + 2);
      this.excess_us = Math.min(excess_us, this.excess_us ?? excess_us);
      const isNear = excess_us <= this.wallet.limits.relayMax_us;
      if (isNear) this.#hello(selected, version, join(nonce, answer), ready);
      else if (tries < PROXIMITY_TRIES_MAX) this.#checkProximity(timing, selected, version, ready, tries + 1);
      else this.onFault({ kind: 'relay', excess_us: this.excess_us });
    });
  }

  #hello(selected: Uint8Array, version: number, proximity: Uint8Array, ready: () => void): void {
    const responder = this.#makeGreeting();
    const [versions, theirs] = [selected.subarray(0, VERSIONS_BYTES), selected.subarray(VERSIONS_BYTES)];
    let hasKeys: boolean | undefined;
    const agree = (): boolean =>
      (hasKeys ??= responder.hello(touchPrologue(version, proximity), theirs, versions));
    const hello: ApduCommand = {
      ins: Ins.hello,
      p1: version,
      data: this.#greeting,
      // The card computes with our key while the certificate is on its way; and so do we.
      first: KEY_BYTES,
      meanwhile: agree,
    };
    this.#exchange(hello, () => {
      if (agree()) ready();
      else this.onFault({ kind: 'protocol' });
    });
  }

  /** The session's channel binding, 32 bytes. Throws before the first message was sent. */
  get handshakeHash(): Uint8Array {
    if (!this.#session) throw new Error('there is no session yet');
    return this.#session.handshakeHash;
  }

  /**
   * Sends one message; `reply` gets the card's answer, its first byte 0 or a refusal. `long`: it may exceed
   * 256 bytes. `meanwhile`: work for the time in which the card computes.
   */
  send(
    message: Uint8Array,
    long: boolean,
    reply: (answer: Uint8Array) => void,
    meanwhile?: () => void,
  ): void {
    const responder = this.#responder;
    if (!responder) return void this.onFault({ kind: 'protocol' });
    const sealed = this.#session ? this.#session.seal(message) : responder.finish(message);
    this.#session ??= responder.session;
    const session = this.#session;
    this.#exchange({ ins: Ins.secure, data: sealed, long }, (answer) => {
      const plaintext = session.open(answer);
      if (!plaintext || plaintext.length === 0) return void this.onFault({ kind: 'protocol' });
      reply(plaintext);
    });
    meanwhile?.();
  }

  close(done: () => void): void {
    this.#responder?.close();
    this.#responder = undefined;
    this.reader.release(() => done());
  }

  /** All that a terminal does in a touch begins with an answer. Whatever of it needs entropy fails here. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof EntropyError)) throw error;
      this.onFault({ kind: 'entropy' });
    }
  }

  #exchange(
    command: ApduCommand,
    next: (data: Uint8Array) => void,
    otherwise: (status: number) => void = (status) => this.onFault({ kind: 'status', status }),
  ): void {
    this.ins = command.ins;
    this.#apdus.exchange(command, (error, status, data) => {
      if (error) return void this.onFault(faultOf(error));
      if (status === 0) return void this.onFault({ kind: 'protocol' });
      if (status === StatusWord.ok) this.#guarded(() => next(data));
      else otherwise(status);
    });
  }
}

function faultOf(error: NfcError): Fault {
  return error.code === 'foreign' || error.code === 'crowd' ? { kind: error.code } : { kind: 'nfc', error };
}
