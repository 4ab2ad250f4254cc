import { AccountCertificate, platformIdOf } from '../../firmware/account/account-certificate.js';
import type { AccountCode } from '../../firmware/account/account-code.js';
import { type Bill, Means } from '../../firmware/account/bill.js';
import type { BillLog } from '../../firmware/account/bill-log.js';
import type { Faces } from '../../firmware/account/face.js';
import type { Fares } from '../../firmware/account/fare.js';
import { SerialSet, type Serials } from '../../firmware/account/serial-set.js';
import type { Limits } from '../../firmware/objects/profile.js';
import type { Terms } from '../bank/platform/terms.js';
import type { Town } from '../world/town.js';
import { DirectPool } from './direct-pool.js';
import { Gate } from './gate.js';
import { Phone } from './phone.js';
import { NO_POOL_RULES, Pool } from './pool.js';
import { seededKey } from './seeded-key.js';
import { pictureOf, StandInRecogniser } from './stand-in-recogniser.js';
import { type Uploaded, uploadBills } from './upload-bills.js';

/** The operator that is the platform of a site. */
const OPERATOR = 1;
/** Below this, the stand-in's word is not taken. */
const CONFIDENCE_MIN_PERMILLE = 900;

export interface SiteUser {
  readonly name: string;
  /** Minor units. */
  readonly deposit: number;
  readonly terms: Partial<Terms> & Pick<Terms, 'quota'>;
}

export interface SiteGate {
  readonly name: string;
  /** Whose terminal it is: those of one merchant are paid into one account. */
  readonly merchant: string;
  readonly limits: Limits;
  readonly scene: number;
  readonly tierMin: number;
  /** Station, or merchant category. */
  readonly place: number;
  /** Of a gate of a network. */
  readonly fares?: Fares | undefined;
  /** Name of the pool with which it counts; undefined: it counts alone. */
  readonly pool?: string | undefined;
  /** Of a closed site: the only ones who may pay. */
  readonly whitelist?: readonly string[] | undefined;
  /** Minor units that one may pay by face; undefined: none may. */
  readonly faceMax?: number | undefined;
}

/**
 * Where one pays by code: the phones of users, and the gates and tills of merchants, all with accounts at the
 * bank, whose first operator is their platform.
 */
export class Site {
  readonly phones = new Map<string, Phone>();
  readonly gates = new Map<string, Gate>();
  /** Merchants' accounts at the bank, by their names. */
  readonly merchants = new Map<string, number>();
  readonly #pools = new Map<string, Pool>();
  /** By gate, which certificates it knows to be taken back. */
  readonly #denied = new Map<string, Serials>();
  /** By serial number, whose certificate it is. */
  readonly #certified = new Map<number, string>();
  /** Of users, by their names. */
  readonly #accounts = new Map<string, number>();
  isPoolUp = true;

  constructor(private readonly town: Town) {}

  async addPhone({ name, deposit, terms }: SiteUser): Promise<void> {
    const { bank, world } = this.town;
    await bank.platform.make(OPERATOR);
    const account = await bank.createAccount(OPERATOR, name);
    if (deposit > 0) await bank.deposit(account, deposit);
    await bank.platform.setTerms(account, terms);
    const { crypto, seed } = world;
    this.phones.set(name, new Phone({ name, crypto, seed, quota: terms.quota, account }));
    this.#accounts.set(name, account);
  }

  /** A device whose account is billed, too: its next sync brings the certificate. */
  async addCard(name: string, account: number, terms: Partial<Terms>): Promise<void> {
    const { bank } = this.town;
    await bank.platform.make(OPERATOR);
    await bank.platform.setTerms(account, terms);
    this.#accounts.set(name, account);
    await this.town.sync(name);
  }

  async addGate({ whitelist, faceMax, pool, merchant, ...options }: SiteGate): Promise<void> {
    const { bank, world } = this.town;
    const { crypto, now_s } = world;
    const { name, limits, scene, tierMin } = options;
    const publicKey = await bank.platform.make(OPERATOR);
    const denied: Serials = { has: (serial) => this.#denied.get(name)?.has(serial) ?? false };
    const known = { id: platformIdOf(crypto, publicKey), publicKey, operator: OPERATOR, denied };
    const certified = whitelist && {
      has: (serial: number) => whitelist.includes(this.#certified.get(serial) ?? ''),
    };
    const platform = { ...known, whitelist: certified };
    const faces: Faces | undefined =
      faceMax === undefined
        ? undefined
        : {
            recogniser: new StandInRecogniser(this.#accounts),
            platform,
            accounts: { has: (account) => (whitelist ?? []).includes(this.#nameOf(account)) },
            confidenceMin_permille: CONFIDENCE_MIN_PERMILLE,
            paymentMax: faceMax,
          };
    const key = seededKey(crypto, world.seed, `gate ${name}`);
    const reach = () => (pool !== undefined && this.isPoolUp ? this.#poolOf(pool) : undefined);
    const hook = (log: BillLog) => new DirectPool(name, log, reach, () => world.now_s);
    const gate = {
      ...options,
      crypto,
      key,
      platform,
      faces,
      now_s,
      pool: pool === undefined ? undefined : hook,
    };
    this.gates.set(name, new Gate(gate));
    await bank.platform.addTerminal(await this.#merchant(merchant), key.slice(32), {
      limits,
      scene,
      tierMin,
      category: options.fares ? 0 : options.place,
    });
  }

  async #merchant(name: string): Promise<number> {
    const known = this.merchants.get(name);
    if (known !== undefined) return known;
    const account = await this.town.bank.createAccount(OPERATOR, name);
    this.merchants.set(name, account);
    return account;
  }

  #poolOf(name: string): Pool {
    const pool = this.#pools.get(name) ?? new Pool(NO_POOL_RULES);
    this.#pools.set(name, pool);
    return pool;
  }

  #nameOf(account: number): string {
    return [...this.#accounts].find(([, number]) => number === account)?.[0] ?? '';
  }

  /** Users' accounts at the bank, by their names. */
  get users(): ReadonlyMap<string, number> {
    return this.#accounts;
  }

  account(name: string): number {
    const account = this.#accounts.get(name);
    if (account === undefined) throw new RangeError(`${name} has no account that is billed`);
    return account;
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

  /**
   * Somebody's phone shows a fresh code, for `amount` alone where it is given. Its platform is asked for a
   * new certificate when there is none that holds. Throws BankError when it gives none.
   */
  async show(who: string, amount?: number): Promise<AccountCode> {
    const { world } = this.town;
    const phone = this.phone(who);
    const held = phone.isCertified(world.now_s) ? phone.certificate : undefined;
    return phone.show(held ?? (await this.#certify(phone)), world.now_s, amount);
  }

  async #certify(phone: Phone): Promise<AccountCertificate> {
    await this.town.tick();
    const bytes = await this.town.bank.platform.certify(phone.account, phone.publicKey);
    const certificate = AccountCertificate.parse(bytes);
    if (!certificate) throw new Error('the bank has issued what is no certificate');
    this.#certified.set(certificate.serial, phone.name);
    phone.certificate = certificate;
    return certificate;
  }

  /** A gate sends its bills, and hears which certificates were taken back. */
  async upload(name: string): Promise<Uploaded> {
    const { bank } = this.town;
    const gate = this.gate(name);
    await this.town.tick();
    const told = await uploadBills(gate.pos, gate.id, (upload) => bank.platform.upload(upload));
    this.#denied.set(name, new SerialSet((await bank.platform.denyList(OPERATOR)).serials));
    return told;
  }

  /** The device of somebody pays by this certificate: its bills are known by that. */
  noteHolder(name: string, { serial }: Pick<AccountCertificate, 'serial'>): void {
    this.#certified.set(serial, name);
  }

  /** A picture of somebody's face, as clear as this in thousandths. */
  picture(who: string, clear_permille: number): Uint8Array {
    return pictureOf(this.phone(who).name, clear_permille);
  }

  /** Whose payment a bill is for. */
  holderOf({ serial, means }: Bill): string {
    return means === Means.face ? this.#nameOf(serial) : (this.#certified.get(serial) ?? '');
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
