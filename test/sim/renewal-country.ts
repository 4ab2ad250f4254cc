import { expect } from 'vitest';
import { Role } from '../../firmware/objects/certificate.js';
import { SELECT_APPLICATION } from '../../firmware/protocol/apdu.js';
import { hostCrypto } from '../../hal/crypto/host.js';
import { Bank } from '../../sim/bank/bank.js';
import { hex } from '../../sim/bank/bytes.js';
import { certificatesOf, type Parameters } from '../../sim/bank/context.js';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { LooseDevice } from '../../sim/fuzz/loose-device.js';
import { ORDINARY } from '../../sim/world/ordinary.js';
import { personaliseFor } from '../../sim/world/personalise.js';
import { fileEngine } from '../support/file-engine.js';

export const DAY_S = 86_400;
const START_S = 1_800_000_000;
export const CERTIFICATE_DAYS = 100;
export const KEY_DAYS = 400;
export const MONEY = 1_000;

/** The line to the bank was cut. */
export class Cut extends Error {}

export interface Person {
  readonly name: string;
  readonly account: number;
  readonly id: Uint8Array;
  readonly device: LooseDevice;
}

let countries = 0;

/**
 * A bank of two operators whose certificates last 100 days and whose keys last 400, and real firmware that is
 * touched without an antenna.
 */
export class Country {
  private constructor(
    readonly bank: Bank,
    readonly world: { now_s: number },
  ) {}

  static async open(parameters: Partial<Parameters> = {}): Promise<Country> {
    const number = ++countries;
    const bank = await Bank.open({
      crypto: hostCrypto,
      entropy: new SimEntropy(number, 'bank'),
      time_s: START_S,
      database: await fileEngine(),
      schema: `renewal_${process.pid}_${number}`,
      parameters: {
        ...certificatesOf(CERTIFICATE_DAYS * DAY_S),
        endorsementLife_s: KEY_DAYS * DAY_S,
        ...parameters,
      },
    });
    return new Country(bank, { now_s: START_S });
  }

  /** A customer of `operator`, with money on a device that has synced. */
  async person(name: string, operator = 1): Promise<Person> {
    const device = new LooseDevice(name, this.world, new SimEntropy(countries, name));
    const account = await this.bank.createAccount(operator, name);
    device.exchange(SELECT_APPLICATION);
    const id = await personaliseFor(this.bank, (command) => device.exchange(command), {
      account,
      role: Role.person,
      category: 0,
      limits: { ...ORDINARY, offlineDuration_s: 2_000 * DAY_S, clocksApart_s: 2_000 * DAY_S },
      currency: 'CNY',
      now_s: this.world.now_s,
    });
    await this.bank.deposit(account, MONEY);
    await this.bank.load(account, id, MONEY);
    const person = { name, account, id, device };
    if (!(await this.sync(person))) throw new Error(`${name} cannot sync`);
    return person;
  }

  async pass(days: number): Promise<void> {
    this.world.now_s += days * DAY_S;
    await this.bank.tick(this.world.now_s);
  }

  daysFromNow = (days: number): number => this.world.now_s + days * DAY_S;

  /** Days from now until the certificate that the device has runs out. */
  daysLeft = ({ device }: Person): number =>
    Math.floor((device.wallet.certificate.notAfter_s - this.world.now_s) / DAY_S);

  /** Whether a sync comes to its end; `messages`: cut after so many, the last one `isHeard` by the bank. */
  async sync({ device }: Person, operator = 1, messages = 10_000, isHeard = false): Promise<boolean> {
    const session = this.bank.openSync(operator);
    let left = messages;
    return device.sync(async (message) => {
      if (left-- > 0) return session.step(message);
      if (isHeard) await session.step(message);
      throw new Cut();
    });
  }

  /** `payer` is read by `payee`; how that ended. */
  pay(payer: Person, payee: Person, amount: number): string {
    const terminal = payee.device.terminalFor(payer.device);
    let outcome = 'unfinished';
    terminal.touch(terminal.order('pull', amount), 1_000, ({ outcome: ended, refusal }) => {
      outcome = refusal ? `${refusal.by} ${refusal.why}` : ended;
    });
    for (const { device } of [payer, payee]) device.wallet.idle();
    return outcome;
  }

  async agrees({ id, device }: Person): Promise<boolean> {
    const { devices } = await this.bank.positions();
    const { held, undelivered } = devices.get(hex(id))!;
    return held - undelivered === device.wallet.ledger.held;
  }
}

/** Everybody has all their money, the books agree, and nobody is accused. */
export async function expectWhole(country: Country, ...people: readonly Person[]): Promise<void> {
  const held = people.reduce((sum, { device }) => sum + device.wallet.ledger.held, 0);
  expect(held).toBe(people.length * MONEY);
  for (const person of people) expect(await country.agrees(person), person.name).toBe(true);
  expect((await country.bank.audit()).ok).toBe(true);
  expect((await country.bank.hotList()).devices).toEqual([]);
}
