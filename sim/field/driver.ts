import type { Order } from '../../firmware/terminal/order.js';
import type { Crypto } from '../../hal/crypto.js';
import type { Device, DeviceOptions } from '../device/device.js';
import { RELAY_MAX_US } from '../relay/bars.js';
import { TestBank } from '../world/test-bank.js';
import { type Tear, type Touch, World } from '../world/world.js';
import { Chance } from './chance.js';
import { airNoise, lineNoise } from './noise.js';
import { ForeignReader, foreignCard } from './strangers.js';
import { wholeValue } from './whole-value.js';

/** What a life may be told to do. */
export interface FieldOptions {
  readonly crypto: Crypto;
  readonly seed: number;
  readonly trace?: ((line: string) => void) | undefined;
}

/** Something that may not happen; the message says what. */
export class FieldFault extends Error {}

const START_S = 1_800_000_000;
const NOTES = [40_000, 40_000, 40_000, 40_000];
const AMOUNT_MAX = 90;
/** One frame in so many goes wrong. */
const RATES = [0, 0, 300, 60, 15] as const;
const BAD_TOUCHES_MAX = 3;
const STRANGERS_MAX = 3;
const TEARS: readonly Tear['what'][] = ['reader power', 'card power', 'hand away'];
const TEAR_BYTE_MAX = 1_300;
/**
 * A reader's first command is whole some 5 ms after the ATS. A chip that is later still lets its reader down
 * beside tags whose anticollision fails: the wallet, let go to make room, does not listen again in time.
 */
const LAG_US_MAX = 6_000;
/** However a touch goes, it ends within this: a few answers of 4 s, and the search. */
const TOUCH_S_MAX = 30;
/**
 * After this long without noise a device is well again: the longest is that of a card whose activation was
 * lost on its serial line.
 */
const WELL_S = 11;

/** What a PN532 may do in one way or another, and the bit rate that it asks for. */
function chipOf(chance: Chance): Pick<DeviceOptions, 'quirks' | 'bitRateMax_kbps'> {
  return {
    bitRateMax_kbps: chance.pick([106, 212, 424]),
    quirks: {
      activationLag_us: chance.once(2) ? chance.below(LAG_US_MAX) : 0,
      handsUp: chance.pick(['whole', 'blocks']),
      answersPps: !chance.once(4),
    },
  };
}

/** A till and a wallet that pay each other, in a field full of noise and strangers. */
export class FieldDriver {
  readonly #chance: Chance;
  readonly #world: World;
  readonly #till: Device;
  readonly #wallet: Device;
  readonly #total: number;
  touches = 0;

  constructor(private readonly options: FieldOptions) {
    this.#chance = new Chance(options.seed, 'field');
    this.#world = new World(options.seed, START_S, options.crypto);
    const bank = new TestBank(this.#world.crypto, START_S, { seed: options.seed });
    const [till, wallet] = ['till', 'wallet'].map((name) => {
      const device = this.#world.device(name, chipOf(new Chance(options.seed, `chip of the ${name}`)));
      // With nobody between them no clean touch may be refused for one, whatever was before.
      bank.enrol(device, { limits: { relayMax_us: this.#chance.once(2) ? RELAY_MAX_US : 0 } });
      bank.settle(device.wallet, bank.notes(device.wallet, NOTES));
      return device;
    });
    this.#till = till!;
    this.#wallet = wallet!;
    this.#total = this.#value();
  }

  /** So many touches at least; the last order is brought to its end. Throws FieldFault. */
  live(touches: number): void {
    while (this.touches < touches) this.#carryOut();
  }

  /** One order: some touches in which anything may go wrong, then one in which nothing does. */
  #carryOut(): void {
    const chance = this.#chance;
    const kind = chance.once(2) ? 'push' : 'pull';
    const amount = 1 + chance.below(AMOUNT_MAX);
    const order = this.#till.terminal.order(kind, amount);
    const held = this.#held();
    const moves = kind === 'pull' ? amount : -amount;
    for (let bad = chance.below(BAD_TOUCHES_MAX + 1); bad > 0; bad--) {
      if (chance.once(4)) this.#visitReader();
      this.#judge(this.#badTouch(order), order, held, moves);
    }
    this.#world.pass(WELL_S);
    this.#cleanTouch(order, held, moves);
    if (chance.once(4)) this.#cleanTouch(order, held, moves);
  }

  #badTouch(order: Order): Touch {
    const chance = this.#chance;
    const { field } = this.#world;
    const strangers = Array.from({ length: chance.below(STRANGERS_MAX + 1) }, () =>
      foreignCard(field, chance, chance.once(2)),
    );
    for (const stranger of strangers) stranger.enter();
    field.noise = airNoise(chance, chance.pick(RATES));
    for (const { module } of [this.#till, this.#wallet])
      module.uart.noise = lineNoise(chance, chance.pick(RATES));
    const tear = chance.once(3)
      ? { airByte: 1 + chance.below(TEAR_BYTE_MAX), what: chance.pick(TEARS) }
      : undefined;
    const touch = this.#touch(order, tear);
    field.noise = undefined;
    for (const { module } of [this.#till, this.#wallet]) module.uart.noise = undefined;
    for (const stranger of strangers) stranger.leave();
    const { outcome, fault } = touch.result ?? { outcome: 'no power', fault: undefined };
    const why = fault === undefined ? '' : ` ${fault.kind} ${fault.kind === 'nfc' ? fault.error.code : ''}`;
    const beside = strangers.map(({ name }) => name).join(', ');
    this.#log(`${order.kind} ${order.amount}: ${outcome}${why}; beside it: ${beside || 'nobody'}`);
    if (touch.result === undefined && tear?.what !== 'reader power')
      throw new FieldFault(`a touch without an end, after ${touch.cost.total_us / 1e6} s`);
    if (touch.cost.total_us > TOUCH_S_MAX * 1e6)
      throw new FieldFault(`a touch of ${touch.cost.total_us / 1e6} s`);
    return touch;
  }

  /** With nobody beside it but a tag, perhaps, and no noise: the order is paid, whatever was before. */
  #cleanTouch(order: Order, held: number, moves: number): void {
    const { field } = this.#world;
    const beside = this.#chance.once(3) ? foreignCard(field, this.#chance, true) : undefined;
    beside?.enter();
    const touch = this.#touch(order);
    beside?.leave();
    this.#log(
      `${order.kind} ${order.amount}: ${touch.result?.outcome}, with ${beside?.name ?? 'nobody'}, no noise`,
    );
    this.#judge(touch, order, held, moves);
    if (touch.result?.outcome !== 'paid')
      throw new FieldFault(`not well again after ${WELL_S} s: ${JSON.stringify(touch.result)}`);
  }

  #touch(order: Order, tear?: Tear): Touch {
    this.touches++;
    return this.#world.touch(this.#till, this.#wallet, order, tear);
  }

  /** The wallet alone with a reader that knows nothing of it. */
  #visitReader(): void {
    const { field } = this.#world;
    const reader = new ForeignReader(field, this.#chance);
    this.#world.rest(this.#wallet);
    this.#wallet.module.chip.enterField(field);
    this.#world.run(() => this.#wallet.listen());
    this.#world.pass(0.1);
    reader.come();
    this.#world.run(() => this.#world.pass(1 + this.#chance.below(20)));
    reader.go();
    this.#world.part(this.#wallet);
    this.#checkValue('a foreign reader');
  }

  /** No value comes or goes; the order moves its amount once or never, and has when it is called paid. */
  #judge({ result }: Touch, order: Order, held: number, moves: number): void {
    this.#checkValue(`a ${order.kind}`);
    const moved = this.#held() - held;
    if (moved !== 0 && moved !== moves) throw new FieldFault(`an order over ${moves} has moved ${moved}`);
    if (result?.outcome === 'paid' && moved !== moves) throw new FieldFault('paid, and nothing has moved');
  }

  #checkValue(after: string): void {
    const value = this.#value();
    if (value !== this.#total)
      throw new FieldFault(`${value - this.#total} more than before, after ${after}`);
  }

  #held(): number {
    return this.#till.wallet.ledger.held;
  }

  #value(): number {
    return wholeValue(this.#till.wallet, this.#wallet.wallet);
  }

  #log(line: string): void {
    this.options.trace?.(`${this.touches} at ${(this.#world.clock.now_us / 1e6).toFixed(3)} s: ${line}`);
  }
}
