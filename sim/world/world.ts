import type { TagRead } from '../../firmware/terminal/expected-payee.js';
import type { Order, TouchResult } from '../../firmware/terminal/order.js';
import type { Press } from '../../firmware/ui/user-interface.js';
import type { Crypto } from '../../hal/crypto.js';
import { survives } from '../chip/power-cut.js';
import { RfField } from '../chip/rf-field.js';
import { VirtualClock } from '../chip/virtual-clock.js';
import { Device, type DeviceOptions, type FlashWork } from '../device/device.js';
import type { Processors } from './compute.js';
import { Relay } from './relay.js';

/** What one touch cost. */
export interface TouchCost {
  /** Virtual time from the first look for a card to the last answer, microseconds. */
  readonly total_us: number;
  readonly air_us: number;
  readonly airBytes: number;
  readonly airFrames: number;
  /** Both links between processor and PN532. */
  readonly link_us: number;
  readonly linkBytes: number;
  readonly apduBytes: number;
  readonly flash_us: number;
  /** Of both processors; 0 in a world where they take no time. */
  readonly compute_us: number;
  /** Flash programs on the reader's side and on the card's. */
  readonly flashPrograms: readonly [number, number];
}

type Counts = Omit<TouchCost, 'total_us'>;

export interface Touch {
  /** Undefined when the reader lost power in it. */
  readonly result: TouchResult | undefined;
  readonly cost: TouchCost;
}

export interface Tear {
  /** The byte on the air, counted from 1 at the beginning of the touch, with which it happens. */
  readonly airByte: number;
  readonly what: 'reader power' | 'card power' | 'hand away';
}

/** Something that a hand brings into a field and takes out again. */
export interface Movable {
  enter(): void;
  leave(): void;
}

/** Hears what happens in a world: for captures. */
export interface WorldListener {
  /** A device was made. */
  onDevice(device: Device): void;
  onTouchBegin(reader: Device, card: Device): void;
  onTouch(touch: {
    readonly start_us: number;
    readonly end_us: number;
    readonly reader: string;
    readonly card: string;
    readonly outcome: string;
  }): void;
}

/** How long a terminal looks for a card. */
export const CONNECT_MS = 500;
const TOUCH_US_MAX = 60_000_000;
/** From the end of a touch until the next: hands move. */
const PAUSE_US = 300_000;
/** Of a touch that a reader without power does not begin. */
const NO_COST: TouchCost = {
  total_us: 0,
  air_us: 0,
  airBytes: 0,
  airFrames: 0,
  link_us: 0,
  linkBytes: 0,
  apduBytes: 0,
  flash_us: 0,
  compute_us: 0,
  flashPrograms: [0, 0],
};
/** How long an owner looks at a question before the button is pressed. */
const LOOK_S = 1;

/** Many devices in one place and one time, made from one seed. */
export class World {
  readonly clock = new VirtualClock();
  readonly field = new RfField(this.clock);
  readonly devices = new Map<string, Device>();
  readonly crypto: Crypto;
  listener: WorldListener | undefined;

  constructor(
    readonly seed: number,
    /** Unix seconds at the beginning. */
    readonly start_s: number,
    crypto: Crypto,
    /** Of its devices as readers: see `DeviceOptions`. */
    readonly bitRateMax_kbps = 106,
    /** What computing takes; undefined for no time. */
    readonly processors?: Processors,
  ) {
    this.crypto = crypto;
  }

  /** What a good clock on the wall shows. */
  get now_s(): number {
    return this.start_s + Math.floor(this.clock.now_us / 1e6);
  }

  /** Time goes by. */
  pass(seconds: number): void {
    this.clock.runFor(seconds * 1e6);
  }

  device(name: string, options: Partial<DeviceOptions> = {}): Device {
    const { clock, field, crypto, seed, bitRateMax_kbps } = this;
    const device = new Device({ name, clock, field, crypto, seed, bitRateMax_kbps, ...options });
    this.devices.set(name, device);
    this.listener?.onDevice(device);
    return device;
  }

  /** One for a touch, over a network that adds so much to each exchange, there and back. */
  relay(network_us: number): Relay {
    return new Relay({ clock: this.clock, field: this.field, network_us });
  }

  /**
   * Puts `card` to `reader`, which runs `order`; `tear` goes wrong in the middle. Both are apart again, and
   * powered, when it returns. With a `relay` the card is elsewhere, and the touch carried to it.
   */
  touch(reader: Device, card: Device, order: Order, tear?: Tear, relay?: Relay): Touch {
    this.rest(reader, card);
    if (reader.isSwitchedOff) return { result: undefined, cost: NO_COST };
    const before = this.#count(reader, card, reader.flashWork, card.flashWork);
    let readerWork: FlashWork | undefined;
    this.listener?.onTouchBegin(reader, card);
    const processors = this.processors?.ofTouch(reader, card, order.kind);
    reader.processor = processors?.terminal;
    card.processor = processors?.card;
    const start_us = this.clock.now_us;
    let end_us = start_us;
    let result: TouchResult | undefined;
    const callOff = tear && this.field.cutAtByte(tear.airByte, () => this.#tear(reader, card, tear));
    const play = (): (() => boolean) => {
      card.listen();
      relay?.start();
      reader.terminal.touch(order, CONNECT_MS, (outcome) => {
        result = outcome;
        readerWork = reader.flashWork;
      });
      return () => {
        end_us = this.clock.now_us;
        return result !== undefined;
      };
    };
    this.meet(reader, card, play, relay);
    callOff?.();
    for (const device of [reader, card]) device.processor = undefined;
    if (result?.outcome === 'paid') this.processors?.met(reader, card);
    const after = this.#count(
      reader,
      card,
      readerWork ?? reader.flashWork,
      card.workInTouch ?? card.flashWork,
    );
    const cost = { ...difference(before, after), total_us: end_us - start_us };
    const outcome = result?.outcome ?? 'torn';
    this.listener?.onTouch({ start_us, end_us, reader: reader.name, card: card.name, outcome });
    return { result, cost };
  }

  /**
   * Holds a passive tag to a device, which reads it; and takes it away again, at the latest with byte
   * `tornAt` on the air. Undefined when the device has no power.
   */
  readTag(reader: Device, tag: Movable, tornAt?: number): TagRead | undefined {
    this.rest(reader);
    if (reader.isSwitchedOff) return undefined;
    let read: TagRead | undefined;
    const callOff = tornAt === undefined ? () => {} : this.field.cutAtByte(tornAt, () => tag.leave());
    reader.enterField(this.field);
    tag.enter();
    reader.terminal.readTag(CONNECT_MS, (result) => {
      read = result;
    });
    this.run(() => this.clock.runUntil(() => read !== undefined || !reader.powered, TOUCH_US_MAX));
    callOff();
    tag.leave();
    this.part(reader);
    return read;
  }

  /**
   * The owner of a device looks at what it asks, and presses its button. False when it asks nothing, or a
   * button is not enough.
   */
  press(device: Device): boolean {
    if (!this.#look(device)) return false;
    return device.prompt !== undefined && device.wallet.pressButton(device.prompt);
  }

  /** The same on a device with a screen: it shows what came of it. False when it is switched off. */
  pressScreen(device: Device, button: number, press: Press): boolean {
    if (!this.#look(device)) return false;
    this.run(() => void device.press(button, press));
    return true;
  }

  #look(device: Device): boolean {
    if (device.isSwitchedOff) return false;
    this.rest(device);
    this.pass(LOOK_S);
    return true;
  }

  /**
   * Puts two devices together, and plays what `start` begins until what it returns says that it is over, or
   * the reader has no power.
   */
  meet(reader: Device, card: Device, start: () => () => boolean, relay?: Relay): void {
    this.rest(reader, card);
    reader.enterField(this.field);
    card.enterField(relay?.pocket ?? this.field);
    let isOver = () => false;
    survives(() => {
      isOver = start();
    });
    this.run(() => this.clock.runUntil(() => isOver() || !reader.powered, TOUCH_US_MAX));
    if (relay) this.#end((done) => relay.stop(done));
    this.part(reader, card);
  }

  /** Lets devices finish what they are busy with (erasing flash, say) before hands move. */
  rest(...devices: readonly Device[]): void {
    const until_us = Math.max(...devices.map((device) => device.host.local_us));
    this.run(() => this.clock.runFor(Math.max(0, until_us - this.clock.now_us)));
  }

  /** Takes both out of the field, lets them come to rest, and powers what has lost it. */
  part(...devices: readonly Device[]): void {
    for (const device of devices) device.module.chip.leaveField();
    this.run(() => this.clock.runFor(PAUSE_US));
    for (const device of devices) {
      if (device.isSwitchedOff) continue;
      if (!device.powered) device.powerOn();
      else if (device.pn532.owner === device.pn532.card) this.#stop(device);
    }
  }

  #stop(device: Device): void {
    this.#end(
      (done) => device.pn532.card.stop(done),
      () => !device.powered,
    );
    if (!device.powered) device.powerOn();
  }

  /** Plays until what `stop` ends has ended, or cannot any more. */
  #end(stop: (done: () => void) => void, isVain = () => false): void {
    let stopped = false;
    stop(() => {
      stopped = true;
    });
    this.run(() => this.clock.runUntil(() => stopped || isVain(), TOUCH_US_MAX));
  }

  #tear(reader: Device, card: Device, tear: Tear): void {
    if (tear.what === 'reader power') reader.powerOff();
    else if (tear.what === 'card power') card.powerOff();
    else card.module.chip.leaveField();
  }

  /**
   * Plays on, whoever loses power in the middle of a flash operation: that ends the device's own code with an
   * exception.
   */
  run(play: () => void): void {
    while (!survives(play));
  }

  #count(reader: Device, card: Device, readerWork: FlashWork, cardWork: FlashWork): Counts {
    const links = [reader, card].map((device) => device.module.counters);
    return {
      air_us: this.field.counters.busy_us,
      airBytes: this.field.bytes,
      airFrames: this.field.counters.frames,
      link_us: links[0].busy_us + links[1].busy_us,
      linkBytes: links.reduce((sum, link) => sum + link.toChip_bytes + link.toHost_bytes, 0),
      apduBytes: reader.apduBytes,
      flash_us: readerWork.busy_us + cardWork.busy_us,
      compute_us: reader.compute_us + card.compute_us,
      flashPrograms: [readerWork.programs, cardWork.programs] as const,
    };
  }
}

function difference(before: Counts, after: Counts): Omit<TouchCost, 'total_us'> {
  const [reader, card] = after.flashPrograms;
  return {
    air_us: after.air_us - before.air_us,
    airBytes: after.airBytes - before.airBytes,
    airFrames: after.airFrames - before.airFrames,
    link_us: after.link_us - before.link_us,
    linkBytes: after.linkBytes - before.linkBytes,
    apduBytes: after.apduBytes - before.apduBytes,
    flash_us: after.flash_us - before.flash_us,
    compute_us: after.compute_us - before.compute_us,
    flashPrograms: [reader - before.flashPrograms[0], card - before.flashPrograms[1]],
  };
}
