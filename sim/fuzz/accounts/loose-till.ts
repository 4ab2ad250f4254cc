import type { AccountCode } from '../../../firmware/account/account-code.js';
import { type Bill, BillKind, terminalIdOf } from '../../../firmware/account/bill.js';
import { CodeRefusal } from '../../../firmware/account/decision.js';
import { openBillLog } from '../../../firmware/account/open-bill-log.js';
import { Pos, type Taken } from '../../../firmware/account/pos.js';
import { SerialSet } from '../../../firmware/account/serial-set.js';
import { sameBytes } from '../../../firmware/bytes.js';
import type { Limits } from '../../../firmware/objects/profile.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { crc32 } from '../../../hal/crc32.js';
import { hostCrypto } from '../../../hal/crypto/host.js';
import { type BillUpload, uploadBills } from '../../account/upload-bills.js';
import { hex } from '../../bank/bytes.js';
import { NorFlash } from '../../chip/nor-flash.js';
import { PowerCut, survives } from '../../chip/power-cut.js';
import { codeName } from '../../code-name.js';
import { ORDINARY } from '../../world/ordinary.js';
import { DAY_S } from '../draws.js';
import type { WorldClock } from '../loose-device.js';
import { Violation } from '../violation.js';

const SECTORS = 64;
/** How tills of the country are registered. */
export const TILL_LIMITS: Limits = {
  ...ORDINARY,
  clocksApart_s: 120,
  offlineDuration_s: 3 * DAY_S,
  offlineCountMax: 24,
  counterpartyAmountMax: 5_000,
};
/** What a till of the country never says of a code of an honest device. */
const NEVER: readonly number[] = [
  ...[Refusal.malformed, Refusal.operator, Refusal.mismatch, Refusal.certificate, Refusal.signature],
  ...[CodeRefusal.ahead, CodeRefusal.early, CodeRefusal.scene, CodeRefusal.tier, CodeRefusal.sealed],
];

/** A platform as a till knows it. */
export interface KnownPlatform {
  readonly id: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly operator: number;
}

/** A bill as its till has booked it. */
export interface Booked {
  readonly bill: Bill;
  readonly evidence: Uint8Array;
}

export type Scanned = 'taken' | 'cut' | `refused ${string}`;

/**
 * A till for accounts: the point of sale of the firmware over a flash whose power may fail in any operation.
 * It remembers by itself what it has been told, and looks whether its log says the same after each start.
 */
export class LooseTill {
  readonly id: Uint8Array;
  /** By sequence, all that it has ever booked. */
  readonly booked = new Map<number, Booked>();
  /** The bank's people have suspended it. */
  suspended = false;
  /** It has uploaded to books that were lost. */
  mayBeAhead = false;
  pos!: Pos;
  readonly #nor = new NorFlash({ sectorCount: SECTORS, unstableErases: true });
  readonly #denied = new Map<number, SerialSet>();

  constructor(
    private readonly world: WorldClock,
    private readonly key: Uint8Array,
    /** Of the merchant. */
    readonly site: number,
    readonly home: KnownPlatform,
    private readonly platforms: readonly KnownPlatform[],
  ) {
    this.id = terminalIdOf(hostCrypto, key.subarray(32));
    this.#start();
  }

  /** Power fails in the n-th operation of the flash from now on, unless what comes next has fewer. */
  cutAfter(operations: number, random32: () => number): void {
    this.#nor.cutAtOperation(operations, random32);
  }

  /** What it is told that a platform has taken back. */
  deny(operator: number, serials: readonly number[]): void {
    this.#denied.set(operator, new SerialSet(serials));
    this.#open(this.pos.log);
  }

  #start(): void {
    const { clocksApart_s } = TILL_LIMITS;
    const options = { crypto: hostCrypto, terminal: this.id, clocksApart_s, now_s: this.world.now_s };
    this.#open(openBillLog(this.#nor, crc32, options));
  }

  #open(log: Pos['log']): void {
    const platforms = this.platforms.map((platform) => ({
      ...platform,
      denied: this.#denied.get(platform.operator) ?? new SerialSet([]),
    }));
    const { key, home } = this;
    const rules = { limits: TILL_LIMITS, scene: 0, tierMin: 0 };
    this.pos = new Pos({ crypto: hostCrypto, key, log, platforms, home: home.publicKey, ...rules });
  }

  /** Power comes back. What it has said that it has taken is there, and at most one bill more. */
  boot(): void {
    this.#nor.powerOn();
    this.#start();
    const { log } = this.pos;
    if (log.stopped !== undefined) throw new Violation(`the log of a till has stopped: ${log.stopped}`);
    const { size } = this.booked;
    if (log.last < size || log.last > size + 1)
      throw new Violation(`a till has booked ${size} bills, and has ${log.last} after a power cut`);
    for (let sequence = log.first; sequence <= log.last; sequence++) this.#know(sequence);
  }

  #know(sequence: number): void {
    const { bill, evidence } = this.pos.log.booked(sequence);
    const known = this.booked.get(sequence);
    if (known && !sameBytes(known.bill.bytes, bill.bytes))
      throw new Violation(`bill ${sequence} of a till is another one after a power cut`);
    if (!known) this.booked.set(sequence, { bill, evidence });
  }

  /** Somebody shows a code. `isOwn`: an honest device has made it as it is. */
  scan(code: Uint8Array, amount: number, isOwn: boolean): Scanned {
    let taken: Taken | undefined;
    const purchase = { kind: BillKind.sale, amount, place: 5_812 } as const;
    const scan = (): void =>
      this.pos.scan(purchase, this.world.now_s, code, (given) => {
        taken = given;
      });
    if (!this.#survives(scan)) return 'cut';
    if (!taken) throw new Violation('a till does not answer');
    const { refusal, bill } = taken;
    if (bill) this.#know(bill.sequence);
    if (refusal === undefined) return 'taken';
    const why = codeName({ ...Refusal, ...CodeRefusal }, refusal);
    if (isOwn && NEVER.includes(refusal)) throw new Violation(`a till refuses an honest code: ${why}`);
    return `refused ${why}`;
  }

  /** As `scan`, for somebody with a code at hand: the amount is the code's own where it has one. */
  sell(code: AccountCode, amount: number, isOwn: boolean): Scanned {
    return this.scan(code.textBytes, code.amount ?? amount, isOwn);
  }

  refund(sequence: number, amount: number): Scanned {
    let taken: Taken | undefined;
    const refund = (): void => {
      taken = this.pos.refund(sequence, this.world.now_s, amount);
    };
    if (!this.#survives(refund)) return 'cut';
    if (!taken) throw new Violation('a till does not answer');
    if (taken.bill) this.#know(taken.bill.sequence);
    return taken.refusal === undefined
      ? 'taken'
      : `refused ${codeName({ ...Refusal, ...CodeRefusal }, taken.refusal)}`;
  }

  #survives(action: () => void): boolean {
    const isAlive = survives(action);
    if (isAlive) this.#nor.powerOn();
    else this.boot();
    return isAlive;
  }

  /** False when power failed in it. Throws what `uploadBills` throws. */
  async upload(send: (upload: BillUpload) => Promise<unknown>): Promise<boolean> {
    try {
      await uploadBills(this.pos, this.id, send);
      while (this.pos.log.tidy()) {}
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      this.boot();
      return false;
    } finally {
      this.#nor.powerOn();
    }
    return true;
  }

  get name(): string {
    return hex(this.id);
  }
}
