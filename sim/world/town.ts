import { sameBytes } from '../../firmware/bytes.js';
import type { InFlightTransfer } from '../../firmware/ledger/ledger.js';
import { Role } from '../../firmware/objects/certificate.js';
import type { Limits } from '../../firmware/objects/profile.js';
import { buildCommand, Ins, SELECT_APPLICATION } from '../../firmware/protocol/apdu.js';
import type { Order } from '../../firmware/terminal/order.js';
import { askStatement, type StatementResult } from '../../firmware/terminal/statement.js';
import type { Crypto } from '../../hal/crypto.js';
import type { AuditTerms, NamedDebt } from '../bank/accounts/audit.js';
import { Bank } from '../bank/bank.js';
import type { BankOptions, OperatorSetup } from '../bank/bank-options.js';
import { hex } from '../bank/bytes.js';
import type { Parameters } from '../bank/context.js';
import type { KeyStores } from '../bank/key-store.js';
import type { LostMoney } from '../bank/lost-money.js';
import { CLOCK_STEP_MAX_S } from '../bank/settlement/tick.js';
import { SimEntropy } from '../chip/entropy.js';
import { expectOk } from '../device/contacts.js';
import type { Device, Face } from '../device/device.js';
import type { Processors } from './compute.js';
import { Gateway, type SyncOutcome } from './gateway.js';
import { ORDINARY } from './ordinary.js';
import { personaliseFor } from './personalise.js';
import { sharedCrypto } from './shared-crypto.js';
import { hasTaken } from './taken.js';
import { ascii } from './test-bank.js';
import { CONNECT_MS, type Tear, type Touch, World } from './world.js';

export interface ResidentOptions {
  /** Number of the operator that keeps the account. */
  readonly operator?: number;
  /** One that there is, for another device of it; a new one otherwise. */
  readonly account?: number;
  /** Merchant category; a resident with one is a merchant. */
  readonly category?: number;
  /** See `PersonaliseOptions`. */
  readonly tier?: number;
  /** Where it stands, for money that is bound to a place; nowhere when left out. */
  readonly place?: number;
  readonly limits?: Partial<Limits>;
  /** What is paid into the account at the beginning, minor units. */
  readonly deposit?: number;
  readonly settleTo?: 'device' | 'account';
  /** Of somebody who is not registered: see `AccountOptions`. */
  readonly password?: string;
  /** ASCII digits. */
  readonly pin?: string;
  readonly flashSectors?: number;
  /** See `DeviceOptions`. */
  readonly apduBytesMax?: number;
  readonly face?: Face;
}

/** Somebody with an account and a device. */
export interface Resident {
  readonly name: string;
  readonly account: number;
  readonly device: Device;
  readonly id: Uint8Array;
}

/** The bank's books and the devices' own reckoning, side by side. Minor units. */
export interface TownAudit {
  readonly ok: boolean;
  /** What is wrong, in words. */
  readonly faults: readonly string[];
  /** What is lost, by the device that caused it. */
  readonly losses: readonly NamedDebt[];
  readonly bank: AuditTerms;
  /** What the genuine devices hold, by their own flash. */
  readonly held: number;
  /** Handed over by a payer and neither taken by the payee nor given back by the bank. */
  readonly inFlight: number;
  /** Devices of which a counterfeit exists: what they and it hold proves nothing. */
  readonly cloned: readonly string[];
}

export interface TownOptions {
  readonly crypto: Crypto;
  readonly seed: number;
  /** Unix seconds. */
  readonly start_s: number;
  readonly operators?: readonly OperatorSetup[];
  readonly currency?: string;
  readonly parameters?: Partial<Parameters>;
  /** See `BankOptions`. */
  readonly lostMoney?: LostMoney;
  readonly keyStores?: KeyStores;
  /** See `DeviceOptions`. */
  readonly bitRateMax_kbps?: number;
  /** See `World`. */
  readonly processors?: Processors;
  /** A database engine to share, and the name of this town's part of it. */
  readonly database?: NonNullable<BankOptions['database']>;
  readonly schema?: string;
}

/**
 * A world with a bank in it: people who hold devices and accounts, and the one thing that must always hold.
 */
export class Town {
  readonly world: World;
  readonly gateway: Gateway;
  readonly residents = new Map<string, Resident>();
  /** Names of residents whose flash was copied. */
  readonly cloned = new Set<string>();
  readonly #currency: string;

  #bank: Bank;

  private constructor(bank: Bank, options: TownOptions) {
    this.#bank = bank;
    const { seed, start_s, crypto, bitRateMax_kbps, processors } = options;
    this.world = new World(seed, start_s, crypto, bitRateMax_kbps, processors);
    this.gateway = new Gateway(this.world);
    this.#currency = options.currency ?? 'CNY';
  }

  static async open(options: TownOptions): Promise<Town> {
    const { seed, start_s, ...bankOptions } = options;
    const entropy = new SimEntropy(seed, 'bank');
    const crypto = sharedCrypto(options.crypto);
    const bank = await Bank.open({ ...bankOptions, crypto, entropy, time_s: start_s });
    return new Town(bank, { ...options, crypto });
  }

  get bank(): Bank {
    return this.#bank;
  }

  /** Everybody's bank from now on, as when its books were put back to an earlier time. */
  useBank(bank: Bank): void {
    this.#bank = bank;
  }

  close(): Promise<void> {
    return this.bank.close();
  }

  resident(name: string): Resident {
    const resident = this.residents.get(name);
    if (!resident) throw new RangeError(`nobody is called ${name}`);
    return resident;
  }

  /** Opens an account, personalises a new device for it over contacts, and syncs it for the first time. */
  async enrol(name: string, options: ResidentOptions = {}): Promise<Resident> {
    const { category = 0 } = options;
    const account = options.account ?? (await this.#openAccount(name, options));
    if (options.deposit) await this.bank.deposit(account, options.deposit);
    const { flashSectors, apduBytesMax, face } = options;
    const device = this.world.device(name, {
      ...(flashSectors === undefined ? {} : { flashSectors }),
      ...(apduBytesMax === undefined ? {} : { apduBytesMax }),
      ...(face === undefined ? {} : { face }),
    });
    expectOk(device.exchange(SELECT_APPLICATION));
    if (options.pin) expectOk(device.exchange(buildCommand(Ins.setPin, ascii(PUK + options.pin))));
    const id = await personaliseFor(this.bank, (command) => device.exchange(command), {
      account,
      role: category === 0 ? Role.person : Role.merchant,
      category,
      ...(options.tier !== undefined && { tier: options.tier }),
      ...(options.place !== undefined && { place: options.place }),
      limits: { ...ORDINARY, ...options.limits },
      currency: this.#currency,
      now_s: this.world.now_s,
    });
    const resident = { name, account, device, id };
    this.residents.set(name, resident);
    await this.sync(name);
    return resident;
  }

  #openAccount(name: string, options: ResidentOptions): Promise<number> {
    const { operator = 1, settleTo = 'device', password } = options;
    return this.bank.createAccount(operator, password === undefined ? name : '', {
      settleTo,
      ...(password !== undefined && { password }),
    });
  }

  /** Freezes money in the account for the device (R20); its next sync brings the note. */
  async load(name: string, amount: number): Promise<void> {
    const { account, id } = this.resident(name);
    await this.bank.load(account, id, amount);
  }

  /** Puts the device to the gateway, which carries its sync to the bank. `tearAfter`: see `Gateway.sync`. */
  async sync(name: string, tearAfter?: number): Promise<SyncOutcome> {
    return this.syncDevice(this.resident(name).device, tearAfter);
  }

  async syncDevice(device: Device, tearAfter?: number): Promise<SyncOutcome> {
    await this.tick();
    const session = this.bank.openSync();
    return this.gateway.sync(device, (message) => session.step(message), tearAfter);
  }

  /** The bank's clock follows the world's, in steps that a bank takes; what is due happens. */
  async tick(): Promise<void> {
    const { bank, world } = this;
    while (world.now_s - bank.time_s > CLOCK_STEP_MAX_S) await bank.tick(bank.time_s + CLOCK_STEP_MAX_S);
    await bank.tick(world.now_s);
  }

  /** One touch: `reader` runs `order` against `card`. */
  touch(reader: string, card: string, order: Order, tear?: Tear): Touch {
    return this.world.touch(this.#device(reader), this.#device(card), order, tear);
  }

  /** The owner of `card` asks for a statement at `reader`, and types the PIN there. */
  statement(reader: string, card: string, pin: string): StatementResult {
    const [terminal, asked] = [this.#device(reader), this.#device(card)];
    let result: StatementResult = { outcome: 'torn', fault: { kind: 'protocol' } };
    this.world.meet(terminal, asked, () => {
      let isOver = false;
      asked.listen();
      askStatement(terminal.wallet, terminal.reader, ascii(pin), CONNECT_MS, (told) => {
        result = told;
        isOver = true;
      });
      return () => isOver;
    });
    return result;
  }

  #device(name: string): Device {
    const device = this.world.devices.get(name);
    if (!device) throw new RangeError(`no device is called ${name}`);
    return device;
  }

  /** A second device with a copy of the first one's flash. */
  clone(name: string, as: string): Device {
    const original = this.resident(name).device;
    this.world.rest(original);
    const copy = this.world.device(as, { flashSectors: original.nor.sectorCount });
    copy.powerOff();
    copy.nor.importImage(original.nor.exportImage());
    copy.powerOn();
    this.cloned.add(name);
    return copy;
  }

  /** Value that left a device and is nowhere else yet, by what the payees' own journals and the bank know. */
  async inFlight(): Promise<number> {
    const inFlightTransfers = [...this.residents.values()].flatMap(
      ({ device }) => device.wallet.ledger.inFlightTransfers,
    );
    const open = inFlightTransfers.filter((flight) => !this.#isTaken(flight));
    if (open.length === 0) return 0;
    const { places } = await this.bank.positions();
    return open
      .filter(({ hash }) => (places.get(hex(hash)) ?? 'in-flight') === 'in-flight')
      .reduce((total, { transfer }) => total + transfer.total, 0);
  }

  #isTaken(flight: InFlightTransfer): boolean {
    const payee = [...this.residents.values()].find(({ id }) => sameBytes(id, flight.transfer.payee));
    return payee !== undefined && hasTaken(payee.device, flight);
  }

  /** What all genuine devices hold, and what is between them. It changes by a sync only. */
  async offline(): Promise<{ held: number; inFlight: number }> {
    let held = 0;
    for (const { device } of this.residents.values()) held += device.wallet.ledger.held;
    return { held, inFlight: await this.inFlight() };
  }

  /** Whether the bank's books and a device agree to the last fen; they do right after a sync. */
  async agrees(name: string): Promise<boolean> {
    const { device, id } = this.resident(name);
    const { devices } = await this.bank.positions();
    const position = devices.get(hex(id));
    return position !== undefined && position.held - position.undelivered === device.wallet.ledger.held;
  }

  async audit(): Promise<TownAudit> {
    const { ok, faults, losses, currencies } = await this.bank.audit();
    const bank = currencies[this.#currency];
    return { ok, faults, losses, bank, ...(await this.offline()), cloned: [...this.cloned] };
  }
}

/** Of every simulated PIN. */
export const PUK = '12345678';
