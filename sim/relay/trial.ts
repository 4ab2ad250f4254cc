import type { TouchResult } from '../../firmware/terminal/order.js';
import type { Crypto } from '../../hal/crypto.js';
import { BAUD_RATES, BIT_RATES_KBPS } from '../../hal/pn532/commands.js';
import type { Device, DeviceOptions } from '../device/device.js';
import { Chance } from '../field/chance.js';
import { wholeValue } from '../field/whole-value.js';
import { Relay } from '../world/relay.js';
import { TestBank } from '../world/test-bank.js';
import { World } from '../world/world.js';

/** What is between processor and PN532 on both sides. */
export type Wires = Required<Pick<DeviceOptions, 'link' | 'irq'>>;

export interface TrialOptions {
  readonly crypto: Crypto;
  readonly seed: number;
  readonly wires: Wires;
  /** Of the chips of terminal and card, in microseconds. */
  readonly turnAround_us: number;
  /** As in the profile. */
  readonly relayMax_us: number;
}

/** What came of many touches. */
export class Tally {
  touches = 0;
  /** For taking too long. */
  refused = 0;
  /** Microseconds; of the best try of each touch. */
  excessMin_us = Number.POSITIVE_INFINITY;
  excessMax_us = Number.NEGATIVE_INFINITY;

  add({ fault, excess_us = 0 }: TouchResult): void {
    this.touches++;
    if (fault?.kind === 'relay') this.refused++;
    this.excessMin_us = Math.min(this.excessMin_us, excess_us);
    this.excessMax_us = Math.max(this.excessMax_us, excess_us);
  }
}

/** Something that may not happen; the message says what. */
export class TrialFault extends Error {}

const START_S = 1_800_000_000;
const LOADED = 10_000;
/** A pair of devices is used for so long; the next has another seed. */
const TOUCHES_OF_PAIR = 100;
/** Slower ones are for starting with. */
const BAUDS = BAUD_RATES.filter((baud) => baud >= 115_200 && baud <= 921_600);
/** So that touches begin anywhere between two looks of a driver that polls. */
const PHASE_US_MAX = 5_000;
/** In one honest touch of so many, a processor has something else to do, once, somewhere in the touch. */
const BUSY_ONCE_IN = 5;
const BUSY_US_MAX = 10_000;
const TOUCH_US = 300_000;

/** Honest and relayed touches of the same kind of devices, drawn from a seed. */
export class RelayTrial {
  readonly honest = new Tally();
  readonly relayed = new Tally();
  readonly #chance: Chance;
  #pairs = 0;
  #left = 0;
  #world!: World;
  #till!: Device;
  #wallet!: Device;

  constructor(private readonly options: TrialOptions) {
    this.#chance = new Chance(options.seed, 'relay');
  }

  /** A payment from a card that is there: paid, or refused for taking too long. Throws TrialFault. */
  touch(): void {
    this.#take();
    if (this.#chance.once(BUSY_ONCE_IN)) this.#keepBusy(this.#chance.pick([this.#till, this.#wallet]));
    this.honest.add(this.#pay());
  }

  /** One that is carried over a network which adds `network_us` to each exchange. */
  relayedTouch(network_us: number): void {
    this.#take();
    const { clock, field } = this.#world;
    const bitRateMax_kbps = this.#chance.pick(BIT_RATES_KBPS);
    this.relayed.add(this.#pay(new Relay({ clock, field, network_us, bitRateMax_kbps })));
  }

  /** That no value has come or gone with the last pair; the others have been looked at. Throws TrialFault. */
  checkValue(): void {
    if (this.#pairs === 0) return;
    const value = wholeValue(this.#till.wallet, this.#wallet.wallet);
    if (value !== LOADED) throw new TrialFault(`${value - LOADED} more than before`);
  }

  #take(): void {
    if (this.#left === 0) {
      this.checkValue();
      this.#makePair();
    }
    this.#left--;
    this.#till.pn532.reader.bitRateMax_kbps = this.#chance.pick(BIT_RATES_KBPS);
    this.#world.clock.runFor(this.#chance.below(PHASE_US_MAX));
  }

  #makePair(): void {
    const { crypto, seed, wires, turnAround_us, relayMax_us } = this.options;
    this.#left = TOUCHES_OF_PAIR;
    this.#world = new World(seed + this.#pairs++, START_S, crypto);
    const bank = new TestBank(crypto, START_S);
    const device = (name: string): Device => {
      const baud = this.#chance.pick(BAUDS);
      const made = this.#world.device(name, { ...wires, baud, quirks: { turnAround_us } });
      bank.enrol(made, { limits: { relayMax_us } });
      return made;
    };
    this.#till = device('till');
    this.#wallet = device('wallet');
    bank.settle(this.#wallet.wallet, bank.notes(this.#wallet.wallet, [LOADED]));
  }

  #keepBusy({ host }: Device): void {
    const busy_us = 1 + this.#chance.below(BUSY_US_MAX);
    this.#world.clock.schedule(this.#chance.below(TOUCH_US), () => host.spend(busy_us));
  }

  #pay(relay?: Relay): TouchResult {
    const [till, wallet] = [this.#till, this.#wallet];
    const held = till.wallet.ledger.held;
    const order = till.terminal.order('pull', 1);
    const { result } = this.#world.touch(till, wallet, order, undefined, relay);
    const moved = till.wallet.ledger.held - held;
    if (!result) throw new TrialFault('a touch without an end');
    if (result.excess_us === undefined) throw new TrialFault(`no check was made: ${JSON.stringify(result)}`);
    const isRefused = result.fault?.kind === 'relay';
    if (isRefused ? moved !== 0 : result.outcome !== 'paid' || moved !== 1)
      throw new TrialFault(`${moved} has moved: ${JSON.stringify(result)}`);
    return result;
  }
}
