/** A card whose certificate is signed by nobody, in the place of a terminal's front end. */

import { concat, NOTHING, u32 } from '../../firmware/bytes.js';
import { generateEphemeral, Initiator } from '../../firmware/channel/handshake.js';
import type { Session } from '../../firmware/channel/session.js';
import { Certificate } from '../../firmware/objects/certificate.js';
import { Invoice } from '../../firmware/objects/invoice.js';
import { CLA_CHAINING, Ins, parseCommand, VERSIONS } from '../../firmware/protocol/apdu.js';
import { Message } from '../../firmware/protocol/message.js';
import { touchPrologue } from '../../firmware/protocol/prologue.js';
import { Refusal } from '../../firmware/protocol/refusal.js';
import type { NfcError, NfcReader } from '../../hal/nfc.js';
import type { VirtualClock } from '../chip/virtual-clock.js';
import type { TestBank } from '../world/test-bank.js';
import { Rogue } from './rogue.js';

const VERSION = Uint8Array.of(VERSIONS.newest, VERSIONS.oldest);
const YES = Uint8Array.of(0);

/** What its maker has written into the certificate. */
export type Claim = Partial<Pick<Certificate, 'id' | 'issuer' | 'notAfter_s' | 'role'>>;

export class ForgedCard implements NfcReader {
  /** Messages that the terminal has sent, by their first bytes. */
  readonly heard: number[] = [];
  readonly #certificate: Certificate;
  readonly #maker: Rogue;
  #terminal: Certificate | undefined;
  #invoice: Invoice | undefined;
  #handshake: Initiator | undefined;
  /** What has come of a chained command. */
  #begun: Uint8Array = NOTHING;
  #session: Session | undefined;

  constructor(
    private readonly bank: TestBank,
    private readonly world: VirtualClock,
    claim: Claim,
  ) {
    const { crypto } = bank;
    const key = crypto.ed25519KeyFromSeed(bank.random(32)).slice();
    this.#maker = new Rogue(bank, 0, key);
    const { certificate } = this.#maker;
    const { id, issuer, publicKey, notAfter_s, role, category, tier } = certificate;
    const fields = { id, issuer, publicKey, notAfter_s, role, category, tier };
    this.#certificate = Certificate.build(crypto, key, { ...fields, ...claim });
  }

  connect(_timeout_ms: number, done: (error: NfcError | undefined) => void): void {
    this.world.schedule(0, () => done(undefined));
  }

  transceive(command: Uint8Array, done: (error: NfcError | undefined, response: Uint8Array) => void): void {
    const response = concat(this.#answer(command.slice()), Uint8Array.of(0x90, 0));
    this.world.schedule(0, () => done(undefined, response));
  }

  release(done: (error: NfcError | undefined) => void): void {
    this.world.schedule(0, () => done(undefined));
  }

  #answer(bytes: Uint8Array): Uint8Array {
    const { cla, ins, data: part } = parseCommand(bytes)!;
    const data = concat(this.#begun, part);
    this.#begun = (cla & CLA_CHAINING) !== 0 ? data : NOTHING;
    if (this.#begun.length > 0) return NOTHING;
    if (ins === Ins.select) return this.#select();
    if (ins === Ins.hello) return this.#hello(data);
    const message = this.#session ? this.#session.open(data) : this.#handshake!.finish(data);
    if (!message) throw new Error('the terminal does not keep to the channel');
    this.#session ??= this.#handshake!.session;
    this.heard.push(message[0]);
    return this.#session.seal(this.#say(message));
  }

  #select(): Uint8Array {
    const { bank } = this;
    const ephemeral = generateEphemeral(bank.crypto, {
      fill: (bytes) => bytes.set(bank.random(bytes.length)),
    });
    this.#handshake = new Initiator(bank.crypto, ephemeral, VERSION);
    return concat(VERSION, this.#handshake.e);
  }

  #hello(data: Uint8Array): Uint8Array {
    this.#terminal = Certificate.expand(data, 32)!.certificate;
    this.#handshake!.agree(data.slice(0, 32));
    this.#handshake!.hello(touchPrologue(VERSIONS.newest), this.#terminal.agreementKey(this.bank.crypto));
    return new Uint8Array(0);
  }

  #say(message: Uint8Array): Uint8Array {
    const { compact } = this.#certificate;
    switch (message[0]) {
      case Message.identify: {
        const epoch = u32(1);
        return concat(YES, compact, epoch);
      }
      case Message.invoice:
        this.#invoice = Invoice.expand(message, 1, this.#terminal!)!.invoice;
        return concat(YES, compact);
      case Message.transfer: {
        const { amount, created_s } = this.#invoice!;
        const terms = { hops: 1, hopsLimit: 3, expires_s: created_s + 86_400 };
        const fields = { received: amount, terms };
        return concat(YES, this.#maker.transfer(this.#terminal!.id, this.#invoice!, fields).compact(true));
      }
      default:
        return Uint8Array.of(Refusal.malformed);
    }
  }
}
