import { platformIdOf } from '../../firmware/account/account-certificate.js';
import type { AccountCode } from '../../firmware/account/account-code.js';
import { SerialSet } from '../../firmware/account/serial-set.js';
import type { Limits } from '../../firmware/objects/profile.js';
import type { Crypto } from '../../hal/crypto.js';
import { SimEntropy } from '../chip/entropy.js';
import { Gate } from './gate.js';
import { Phone } from './phone.js';

const SEED_BYTES = 32;
/** Its number as an operator: there is one platform at a site. */
const OPERATOR = 1;

/** A site where one pays by code: its platform, the phones of its users, its gates. */
export class Site {
  readonly phones = new Map<string, Phone>();
  readonly gates = new Map<string, Gate>();
  readonly #platformKey: Uint8Array;
  #serial = 0;

  constructor(
    private readonly crypto: Crypto,
    private readonly seed: number,
  ) {
    const seedBytes = new Uint8Array(SEED_BYTES);
    new SimEntropy(seed, 'platform').fill(seedBytes);
    this.#platformKey = crypto.ed25519KeyFromSeed(seedBytes);
  }

  addPhone(options: { name: string; quota: number; tier: number; scene: number }): void {
    const { crypto, seed } = this;
    this.phones.set(options.name, new Phone({ ...options, crypto, seed }));
  }

  addGate(options: { name: string; limits: Limits; scene: number; tierMin: number; now_s: number }): void {
    const { crypto } = this;
    const publicKey = this.#platformKey.subarray(32);
    const platform = {
      id: platformIdOf(crypto, publicKey),
      publicKey,
      operator: OPERATOR,
      denied: new SerialSet([]),
    };
    const { now_s: lastSync_s, ...rest } = options;
    this.gates.set(options.name, new Gate({ ...rest, crypto, platform, lastSync_s }));
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
    return this.phone(who).show(this.#platformKey, () => ++this.#serial, now_s, amount);
  }

  /** What is wrong with the bills; undefined when they add up and none is there twice. */
  check(): string | undefined {
    for (const { name, bills, amount } of this.gates.values()) {
      const sum = bills.reduce((all, bill) => all + bill.amount, 0);
      if (sum !== amount) return `${name} has bills of ${sum} minor units, and has counted ${amount}`;
      const codes = new Set(bills.map(({ who, counter }) => `${who} ${counter}`));
      if (codes.size !== bills.length) return `${name} has booked a code twice`;
    }
    return undefined;
  }
}
