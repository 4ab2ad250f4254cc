import { AccountCertificate } from '../../../firmware/account/account-certificate.js';
import type { Crypto } from '../../../hal/crypto.js';
import { Bank } from '../../bank/bank.js';
import type { BankOptions } from '../../bank/bank-options.js';
import { SimEntropy } from '../../chip/entropy.js';
import { Phone } from '../phone.js';
import { terminalKey } from './noon-terminal.js';
import { MORNING_S, NOON_LIMITS, type NoonSize, planUsers, QUOTA } from './plan.js';

export const OPERATOR = 1;
/** Users who are admitted in one transaction. */
const AT_ONCE = 1_000;

/** What the users and the site take along into the hour without a network. */
export interface Morning {
  /** Public key of the platform, 32 bytes. */
  readonly platform: Uint8Array;
  /** Account of the site. */
  readonly site: number;
  readonly users: readonly { readonly account: number; readonly certificate: Uint8Array }[];
}

/** The bank of the simulation, made or opened once more. */
export const openNoonBank = (
  crypto: Crypto,
  { seed }: NoonSize,
  books: Pick<BankOptions, 'database' | 'schema'>,
): Promise<Bank> => Bank.open({ crypto, entropy: new SimEntropy(seed, 'bank'), time_s: MORNING_S, ...books });

const phoneOf = (crypto: Crypto, seed: number, user: number, account = 0): Phone =>
  new Phone({ crypto, seed, name: `user ${user + 1}`, quota: QUOTA, account });

/** While there is a network: users and terminals at the counter. */
export async function prepare(crypto: Crypto, bank: Bank, size: NoonSize): Promise<Morning> {
  const platform = await bank.platform.make(OPERATOR);
  const site = await bank.createAccount(OPERATOR, 'site');
  const { seed, terminals } = size;
  const rules = { limits: NOON_LIMITS, scene: 0, tierMin: 0, category: 0 };
  for (let i = 0; i < terminals; i++)
    await bank.platform.addTerminal(site, terminalKey(crypto, seed, i).slice(32), rules);
  const wanted = planUsers(size).map(({ name, deposit, line }, i) => {
    const { publicKey } = phoneOf(crypto, seed, i);
    return { name, deposit, publicKey, terms: { line, quota: QUOTA } };
  });
  const users: { account: number; certificate: Uint8Array }[] = [];
  for (let from = 0; from < wanted.length; from += AT_ONCE)
    users.push(...(await bank.platform.admit(OPERATOR, wanted.slice(from, from + AT_ONCE))));
  return { platform, site, users };
}

/** The phones of a user: its own, and another with a copy of its key. */
export class Phones {
  readonly #phones = new Map<string, Phone>();
  readonly #certificates: (AccountCertificate | undefined)[] = [];

  constructor(
    private readonly crypto: Crypto,
    private readonly seed: number,
    private readonly morning: Morning,
  ) {}

  /** As it is shown to a scanner: a byte a character. */
  show(user: number, phone: number, now_s: number): Uint8Array {
    const { account, certificate: bytes } = this.morning.users[user];
    const key = `${user} ${phone}`;
    let own = this.#phones.get(key);
    if (!own) this.#phones.set(key, (own = phoneOf(this.crypto, this.seed, user, account)));
    this.#certificates[user] ??= AccountCertificate.parse(bytes)!;
    return own.show(this.#certificates[user]!, now_s).textBytes;
  }
}
