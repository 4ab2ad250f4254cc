import type { AccountCode } from '../../../firmware/account/account-code.js';
import { hostCrypto } from '../../../hal/crypto/host.js';
import { hex } from '../../bank/bytes.js';
import { PowerCut } from '../../chip/power-cut.js';
import type { Country, Person } from '../country.js';
import { drawTerms } from '../draws.js';
import { Violation } from '../violation.js';

/** Codes that somebody may have photographed. */
const SHOWN_MAX = 24;
/** Minor units of an ordinary purchase. */
const PRICE_MAX = 400;

/** A code that is on a screen. */
export interface Shown {
  readonly code: AccountCode;
  /** An honest device has made it. */
  readonly isOwn: boolean;
}

/** People whose accounts are billed by a platform, and the codes that their devices make. */
export class Users {
  /** The latest last. */
  readonly shown: Shown[] = [];
  /** By certificate and number, codes that devices have made. */
  readonly #made = new Set<string>();

  constructor(private readonly country: Country) {}

  /** A user and a platform agree, for the first time or anew. */
  async agree({ account, name }: Person): Promise<string> {
    const { bank, bills, below, people } = this.country;
    const others = people.filter((other) => other.account !== account);
    const terms = drawTerms(below, this.country.pick(others).account);
    await bank.platform.setTerms(account, terms);
    bills.agreed(account, terms);
    return `${name} line ${terms.line} quota ${terms.quota}`;
  }

  /** A fresh code of somebody who has a certificate that holds; power may fail while it is made. */
  make(): Shown | undefined {
    const { below, people } = this.country;
    const able = people.filter(({ device }) => device.wallet.codes.refusal === undefined);
    if (able.length === 0) return undefined;
    const person = this.country.pick(able);
    const { device } = person;
    if (below(12) === 0) device.nor.cutAtOperation(1 + below(3), () => below(2 ** 32));
    try {
      const { code } = device.wallet.codes.make(below(2) === 0 ? this.amount() : undefined);
      return code && this.#show(code, person);
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      device.nor.powerOn();
      device.boot();
      return undefined;
    } finally {
      device.nor.powerOn();
    }
  }

  #show(code: AccountCode, { hacked }: Person): Shown {
    const isOwn = hacked === undefined;
    const name = `${hex(code.certificate.pseudonym)} ${code.counter}`;
    if (isOwn && this.#made.has(name)) throw new Violation(`code ${name} is made twice`);
    this.#made.add(name);
    const shown = { code, isOwn };
    this.shown.push(shown);
    if (this.shown.length > SHOWN_MAX) this.shown.shift();
    return shown;
  }

  /** What a purchase comes to. */
  amount(): number {
    const { below } = this.country;
    return 1 + below(below(5) === 0 ? 8 * PRICE_MAX : PRICE_MAX);
  }

  /** The key (64 bytes) of the device that has made a code. */
  keyOf({ certificate: { publicKey } }: AccountCode): Uint8Array {
    const owner = this.country.people.find(({ device }) =>
      hostCrypto.equal(device.wallet.signingKey.subarray(32), publicKey),
    )!;
    return owner.device.wallet.signingKey;
  }

  async revoke(): Promise<string> {
    const { operator, name, device } = this.country.someone();
    const { certificate } = device.wallet.codes;
    if (!certificate) return 'none';
    await this.country.bank.platform.revoke(operator, certificate.serial);
    return name;
  }

  /** Who owes does not leave. */
  async leave(): Promise<string> {
    const { bank, books } = this.country;
    const { account, name } = this.country.someone();
    const { state, since_s } = await bank.platform.leave(account);
    this.country.leaving.set(account, since_s);
    const { available } = await bank.balance(account);
    if ((await books.netOf(account)) < available) throw new Violation(`${name} owes, and leaves`);
    return `${state} ${name}`;
  }
}
