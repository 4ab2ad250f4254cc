import { type Bill, BillKind, Means, terminalIdOf } from '../../firmware/account/bill.js';
import type { BillLog } from '../../firmware/account/bill-log.js';
import type { Platform } from '../../firmware/account/decision.js';
import type { Faces } from '../../firmware/account/face.js';
import type { Fares } from '../../firmware/account/fare.js';
import { FareGate, type Way } from '../../firmware/account/fare-gate.js';
import { openBillLog } from '../../firmware/account/open-bill-log.js';
import type { PoolHook } from '../../firmware/account/pool-hook.js';
import { Pos, type Taken } from '../../firmware/account/pos.js';
import { sameBytes } from '../../firmware/bytes.js';
import type { Limits } from '../../firmware/objects/profile.js';
import { crc32 } from '../../hal/crc32.js';
import type { Crypto } from '../../hal/crypto.js';
import { NorFlash } from '../chip/nor-flash.js';
import { CODE_REFUSALS, type CodeRefusalName } from './refusal-words.js';
import { scanned } from './scanned.js';

/** Room for some 500 bills. */
const FLASH_SECTORS = 64;
const TIDY_STEPS_MAX = 1_000;

export interface GateOptions {
  readonly name: string;
  readonly crypto: Crypto;
  /** Its own signing key, 64 bytes. */
  readonly key: Uint8Array;
  readonly platform: Platform;
  readonly limits: Limits;
  readonly scene: number;
  readonly tierMin: number;
  /** Station, or merchant category. */
  readonly place: number;
  /** Of a gate of a network. */
  readonly fares?: Fares | undefined;
  readonly faces?: Faces | undefined;
  /** Of a site whose terminals count together. */
  readonly pool?: ((log: BillLog) => PoolHook) | undefined;
  readonly now_s: number;
}

/** A gate or a till without wallets: scans codes or looks at faces, decides offline, and books. */
export class Gate {
  readonly name: string;
  /** As `terminalIdOf` names its key, 8 bytes. */
  readonly id: Uint8Array;
  readonly pos: Pos;
  readonly #fareGate: FareGate | undefined;

  constructor(private readonly options: GateOptions) {
    const { name, crypto, key, platform, limits, scene, tierMin, place, fares, faces, now_s } = options;
    this.name = name;
    this.id = terminalIdOf(crypto, key.subarray(32));
    const log = openBillLog(new NorFlash({ sectorCount: FLASH_SECTORS }), crc32, {
      crypto,
      terminal: this.id,
      clocksApart_s: limits.clocksApart_s,
      now_s,
    });
    const home = platform.publicKey;
    const pool = options.pool?.(log);
    this.pos = new Pos({
      crypto,
      key,
      log,
      platforms: [platform],
      home,
      limits,
      scene,
      tierMin,
      faces,
      pool,
    });
    this.#fareGate = fares && new FareGate(this.pos, fares, place);
  }

  /** What each tap is authorised for; undefined: it is no gate of a network. */
  get fares(): Fares | undefined {
    return this.options.fares;
  }

  /** What it has counted, minor units. */
  get amount(): number {
    return this.pos.counts.amount;
  }

  /** What it has booked and still has at hand. */
  get bills(): Bill[] {
    const { log } = this.pos;
    return Array.from({ length: log.last + 1 - log.first }, (_, i) => log.at(log.first + i));
  }

  /** Scans `text` for `amount`, and books it; or says why not, and has booked nothing. */
  scan(text: string, amount: number, now_s: number): CodeRefusalName | undefined {
    return this.#end((done) => this.pos.scan(this.#sale(amount), now_s, scanned(text), done));
  }

  /** Takes the code that an account card has given, in its compact form, and goes on as `scan`. */
  tap(code: Uint8Array, amount: number, now_s: number): CodeRefusalName | undefined {
    return this.#end((done) => this.pos.tap(this.#sale(amount), now_s, code, done));
  }

  /** Lets somebody in or out by the code `text`, and books it; or says why not, and has booked nothing. */
  pass(way: Way, text: string, now_s: number): CodeRefusalName | undefined {
    const gate = this.#fareGate;
    if (!gate) throw new RangeError(`${this.name} is no gate of a network`);
    return this.#end((done) => gate.scan(way, now_s, scanned(text), done));
  }

  /** Looks at a picture of a face, and goes on as `scan`. */
  look(picture: Uint8Array, amount: number, now_s: number): CodeRefusalName | undefined {
    return this.#end((done) => this.pos.look(this.#sale(amount), now_s, picture, done));
  }

  /** What is wrong with its bills; undefined when they are a chain, add up, and no code is there twice. */
  check(): string | undefined {
    const { name, bills, amount } = this;
    const { crypto, key } = this.options;
    if (this.pos.log.stopped !== undefined) return `${name}: ${this.pos.log.stopped}`;
    const open = bills.filter(({ sequence }) => sequence > this.pos.log.receipted);
    const sum = open.reduce((all, bill) => all + bill.amount, 0);
    if (sum !== amount) return `${name} has bills of ${sum} minor units, and has counted ${amount}`;
    const codes = bills.filter(({ means }) => means !== Means.face);
    if (new Set(codes.map(({ evidence }) => evidence.join())).size !== codes.length)
      return `${name} has booked a code twice`;
    const isChain = bills.every(
      (bill, i) =>
        bill.verify(crypto, key.subarray(32)) &&
        (i === 0 || sameBytes(bill.previous, bills[i - 1].hash(crypto))),
    );
    return isChain ? undefined : `${name} has bills that are no chain`;
  }

  #sale(amount: number) {
    return { kind: BillKind.sale, amount, place: this.options.place };
  }

  #end(run: (done: (taken: Taken) => void) => void): CodeRefusalName | undefined {
    let refusal: number | undefined;
    run((taken) => {
      refusal = taken.refusal;
    });
    for (let steps = 0; this.pos.log.tidy() && steps < TIDY_STEPS_MAX; steps++);
    return refusal === undefined ? undefined : nameOf(refusal);
  }
}

const nameOf = (refusal: number): CodeRefusalName =>
  (Object.keys(CODE_REFUSALS) as CodeRefusalName[]).find((name) => CODE_REFUSALS[name] === refusal) ??
  'malformed';
