import { platformIdOf } from '../../firmware/account/account-certificate.js';
import type { AccountCode } from '../../firmware/account/account-code.js';
import type { Bill } from '../../firmware/account/bill.js';
import type { Platform } from '../../firmware/account/decision.js';
import type { Faces } from '../../firmware/account/face.js';
import { SerialSet, type Serials } from '../../firmware/account/serial-set.js';
import type { Limits } from '../../firmware/objects/profile.js';
import type { Crypto } from '../../hal/crypto.js';
import { SimEntropy } from '../chip/entropy.js';
import { Gate } from './gate.js';
import { Phone } from './phone.js';
import { pictureOf, StandInRecogniser } from './stand-in-recogniser.js';

const SEED_BYTES = 32;
/** Its number as an operator: there is one platform at a site. */
const OPERATOR = 1;
/** Below this, the stand-in's word is not taken. */
const CONFIDENCE_MIN_PERMILLE = 900;

export interface SiteGate {
  readonly name: string;
  readonly limits: Limits;
  readonly scene: number;
  readonly tierMin: number;
  /** Of a closed site: the only ones who may pay. */
  readonly whitelist?: readonly string[] | undefined;
  /** Minor units that one may pay by face; undefined: none may. */
  readonly faceMax?: number | undefined;
  readonly now_s: number;
}

/** A site where one pays by code: its platform, the phones of its users, its gates. */
export class Site {
  readonly phones = new Map<string, Phone>();
  readonly gates = new Map<string, Gate>();
  readonly #platformKey: Uint8Array;
  /** By serial number, whose certificate or account it is. The platform draws both from one series. */
  readonly #holders: string[] = [];
  /** By name, the account's number in the platform's list. */
  readonly #accounts = new Map<string, number>();

  constructor(
    private readonly crypto: Crypto,
    private readonly seed: number,
  ) {
    this.#platformKey = this.#key('platform');
  }

  addPhone(options: { name: string; quota: number; tier: number; scene: number }): void {
    const { crypto, seed } = this;
    this.phones.set(options.name, new Phone({ ...options, crypto, seed }));
    this.#accounts.set(options.name, this.#number(options.name));
  }

  addGate({ whitelist, faceMax, ...options }: SiteGate): void {
    const { crypto } = this;
    const platform = this.#platformFor(whitelist);
    const faces: Faces | undefined =
      faceMax === undefined
        ? undefined
        : {
            recogniser: new StandInRecogniser(this.#accounts),
            platform,
            accounts: this.#numbersOf(whitelist ?? []),
            confidenceMin_permille: CONFIDENCE_MIN_PERMILLE,
            paymentMax: faceMax,
          };
    const key = this.#key(`gate ${options.name}`);
    this.gates.set(options.name, new Gate({ ...options, crypto, key, platform, place: 0, faces }));
  }

  /** The platform as a gate knows it, whose whitelist has every certificate that those named have by now. */
  #platformFor(whitelist: readonly string[] | undefined): Platform {
    const publicKey = this.#platformKey.subarray(32);
    const id = platformIdOf(this.crypto, publicKey);
    const platform = { id, publicKey, operator: OPERATOR, denied: new SerialSet([]) };
    if (!whitelist) return platform;
    return { ...platform, whitelist: this.#numbersOf(whitelist) };
  }

  /** The numbers of all certificates and accounts that those named have by then. */
  #numbersOf(names: readonly string[]): Serials {
    return { has: (serial) => names.includes(this.#holders[serial]) };
  }

  #key(name: string): Uint8Array {
    const seedBytes = new Uint8Array(SEED_BYTES);
    new SimEntropy(this.seed, name).fill(seedBytes);
    return this.crypto.ed25519KeyFromSeed(seedBytes);
  }

  /** The next number of the platform's series, for somebody. */
  #number(who: string): number {
    return this.#holders.push(who) - 1;
  }

  phone(name: string): Phone {
    const phone = this.phones.get(name);
    if (!phone) throw new RangeError(`no phone is called ${name}`);
    return phone;
  }

  gate(name: string): Gate {
    const gate = this.gates.get(name);
    if (!gate) throw new RangeError(`no gate is called ${name}`);
    return gate;
  }

  /** Somebody's phone shows a fresh code. */
  show(who: string, now_s: number, amount?: number): AccountCode {
    return this.phone(who).show(this.#platformKey, () => this.#number(who), now_s, amount);
  }

  /** A picture of somebody's face, as clear as this in thousandths. */
  picture(who: string, clear_permille: number): Uint8Array {
    return pictureOf(this.phone(who).name, clear_permille);
  }

  /** Whose payment a bill is for. */
  holderOf({ serial }: Bill): string {
    return this.#holders[serial];
  }

  /** What is wrong with the bills; undefined when they add up and none is there twice. */
  check(): string | undefined {
    for (const gate of this.gates.values()) {
      const wrong = gate.check();
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
}
