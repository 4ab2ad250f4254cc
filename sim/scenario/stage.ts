import type { PGlite } from '@electric-sql/pglite';
import { sameBytes } from '../../firmware/bytes.js';
import { type Limits, ReceivedPolicy } from '../../firmware/objects/profile.js';
import type { Crypto } from '../../hal/crypto.js';
import { Site } from '../account/site.js';
import type { Terms } from '../bank/platform/terms.js';
import { SimEntropy } from '../chip/entropy.js';
import type { Device } from '../device/device.js';
import { Processors } from '../world/compute.js';
import { NETWORK_CLOCKS_APART_S, ORDINARY } from '../world/ordinary.js';
import { limitsOfTier } from '../world/tiers.js';
import { type ResidentOptions, Town } from '../world/town.js';
import type { AccountTerms } from './account-scenario.js';
import type { Holding } from './events.js';
import {
  type Amount,
  EVERYONE,
  listOf,
  type Names,
  type Person,
  type Scenario,
  seconds,
} from './scenario.js';
import { faresOf, sceneNumber, stationNumber } from './transit.js';

const QUOTA = 1e12;
/** Of a user whose credit line is not said: it covers so many certificates, one after another. */
const CERTIFICATES = 10;
/** Of whoever may pay by face. */
const FACE_PAYMENTS_A_DAY = 10;

/** Nobody is known by a device without an account. */
const tierOf = ({ tier, password }: Person): number | undefined => (password === undefined ? tier : 0);

/** The town of a scenario, by the scenario's names. */
export class Stage {
  readonly #random: SimEntropy;
  /** Where one pays by code. */
  readonly site: Site;

  private constructor(
    readonly scenario: Scenario,
    readonly town: Town,
    seed: number,
  ) {
    this.#random = new SimEntropy(seed, 'scenario');
    this.site = new Site(town);
  }

  /** `database`: an engine to use; by default one is started. */
  static async open(crypto: Crypto, scenario: Scenario, seed: number, database?: PGlite): Promise<Stage> {
    const operators = (scenario.operators ?? [{ name: 'Operator', quota: QUOTA }]).map((operator, i) => ({
      number: i + 1,
      name: operator.name,
      reserves: operator.quota,
      ...(operator.reservePermille !== undefined && { reservePermille: operator.reservePermille }),
    }));
    const start_s = Date.parse(scenario.start) / 1000;
    const currency = scenario.currency ?? 'CNY';
    const { bitRate_kbps: bitRateMax_kbps = 106 } = scenario;
    const town = await Town.open({
      crypto,
      seed,
      start_s,
      operators,
      currency,
      bitRateMax_kbps,
      ...(scenario.denominations && { parameters: { denominations: scenario.denominations } }),
      ...(scenario.lostMoney && { lostMoney: scenario.lostMoney }),
      ...(scenario.compute === 'modelled' && { processors: new Processors() }),
      ...(database && { database }),
    });
    const stage = new Stage(scenario, town, seed);
    await stage.#openSite();
    return stage;
  }

  async #openSite(): Promise<void> {
    const { accounts = [], gates = [] } = this.scenario;
    const fares = faresOf(this.scenario);
    for (const { name, deposit = 0, ...terms } of accounts)
      await this.site.addPhone({ name, deposit, terms: this.#termsOf(terms) });
    for (const { name, merchant = name, scene = 0, tierMin = 0, profile, ...gate } of gates) {
      const own = profile === undefined ? {} : this.scenario.profiles?.[profile];
      const limits = {
        ...this.#limitsOf({}, profile),
        clocksApart_s: own?.clocksApart_s ?? NETWORK_CLOCKS_APART_S,
      };
      const { whitelist, faceMax, station, category = 0, pool } = gate;
      const place = station === undefined ? category : stationNumber(this.scenario, station);
      const here = station === undefined ? undefined : fares;
      const more = { whitelist, faceMax, place, fares: here, pool };
      await this.site.addGate({ name, merchant, limits, scene: sceneNumber(scene), tierMin, ...more });
      if (here) await this.town.bank.platform.setFares(this.site.merchants.get(merchant)!, here);
    }
  }

  /** Whose reader stands in a gate or a till. */
  tillOf(name: string): string {
    const till = this.scenario.gates?.find((gate) => gate.name === name)?.till;
    if (till === undefined) throw new RangeError(`${name} has no reader of wallets`);
    return till;
  }

  #termsOf({
    quota,
    line,
    for: life,
    tier = 0,
    scene = 0,
  }: AccountTerms): Partial<Terms> & { quota: number } {
    const faceMax = Math.max(0, ...(this.scenario.gates ?? []).map((gate) => gate.faceMax ?? 0));
    return {
      ...{ quota, tier, scene: sceneNumber(scene) },
      line: line ?? quota * CERTIFICATES,
      faceDayMax: faceMax * FACE_PAYMENTS_A_DAY,
      ...(life !== undefined && { life_s: seconds(life) }),
    };
  }

  async enrol(person: Person): Promise<void> {
    const { name, category, place, deposit, pin, settleTo, password, flashSectors, face } = person;
    const tier = tierOf(person);
    const options: ResidentOptions = {
      operator: this.operatorNumber(person.operator),
      limits: this.#limitsOf({ tier }, person.profile),
      ...(tier !== undefined && { tier }),
      ...(category !== undefined && { category }),
      ...(place !== undefined && { place }),
      ...(deposit !== undefined && { deposit }),
      ...(pin !== undefined && { pin }),
      ...(settleTo !== undefined && { settleTo }),
      ...(password !== undefined && { password }),
      ...(flashSectors !== undefined && { flashSectors }),
      ...(face !== undefined && { face }),
    };
    const { account } = await this.town.enrol(name, options);
    if (person.billed) await this.site.addCard(name, account, this.#termsOf(person.billed));
  }

  /** Somebody's limits under a profile. */
  limits(name: string, profile: string): Limits {
    const person = this.scenario.people.find((each) => each.name === name);
    return this.#limitsOf({ tier: person && tierOf(person) }, profile);
  }

  #limitsOf({ tier }: { readonly tier?: number | undefined }, profile: string | undefined): Limits {
    const named = profile === undefined ? undefined : this.scenario.profiles?.[profile];
    const { received, operators, ...numbers } = named ?? {};
    return {
      ...(tier === undefined ? ORDINARY : limitsOfTier(tier)),
      ...numbers,
      received: received === undefined ? ORDINARY.received : ReceivedPolicy[received],
      operators: (operators ?? []).map((name) => this.operatorNumber(name)),
    };
  }

  /** The first one for none. */
  operatorNumber(name: string | undefined): number {
    const at = (this.scenario.operators ?? []).findIndex((operator) => operator.name === name);
    return at < 0 ? 1 : at + 1;
  }

  get currency(): string {
    return this.scenario.currency ?? 'CNY';
  }

  get people(): readonly string[] {
    return [...this.town.residents.keys()];
  }

  /** Everybody with a device, clones included. */
  get devices(): readonly string[] {
    return [...this.town.world.devices.keys()];
  }

  device(name: string): Device {
    const device = this.town.world.devices.get(name);
    if (!device) throw new RangeError(`no device is called ${name}`);
    return device;
  }

  /** Whose device it is; undefined for nobody's here. */
  nameOf(id: Uint8Array): string | undefined {
    return [...this.town.residents.values()].find((resident) => sameBytes(resident.id, id))?.name;
  }

  /** `all`: whom "everyone" stands for. */
  names(names: Names, all: readonly string[] = this.people): readonly string[] {
    return names === EVERYONE ? all : listOf(names);
  }

  amount(amount: Amount, payer: string): number {
    if (typeof amount === 'number') return amount;
    if (amount === 'received') return this.device(payer).wallet.ledger.lots.total;
    const { from, to, step = 1 } = amount;
    return from + this.#below(Math.floor((to - from) / step) + 1) * step;
  }

  /** A whole number from 0 to `count` - 1, from the seed. */
  #below(count: number): number {
    const bytes = new Uint8Array(6);
    this.#random.fill(bytes);
    return Number(bytes.reduce((number, byte) => number * 256n + BigInt(byte), 0n) % BigInt(count));
  }

  async holding(name: string): Promise<Holding> {
    const { ledger } = this.device(name).wallet;
    const resident = this.town.residents.get(name);
    const account = resident && (await this.town.bank.balance(resident.account)).available;
    return { name, held: ledger.held, received: ledger.lots.total, inFlight: ledger.inFlight, account };
  }

  async holdings(names: readonly string[]): Promise<Holding[]> {
    const holdings: Holding[] = [];
    for (const name of names) holdings.push(await this.holding(name));
    return holdings;
  }
}
