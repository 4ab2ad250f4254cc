import { airTime_us, BIT_US, BITS_A_BYTE, type BitRate, lead_us } from './timing.js';
import type { VirtualAlarm, VirtualClock } from './virtual-clock.js';

/** How a frame is modulated. Only 'A' carries cards here; others are heard by nobody, but take their time. */
export type Modulation = 'A' | 'B' | 'F';

export interface RfFrame {
  readonly bytes: Uint8Array;
  /** Data bits without parity: 7 for a short frame, any number in anticollision. */
  readonly bits: number;
  readonly modulation: Modulation;
  readonly rate: BitRate;
  /** The first bit in which answers that came together differ; -1 for none. */
  readonly collisionBit: number;
}

/** Whoever can be in a field: a reader's or a card's antenna. */
export interface Antenna {
  readonly name: string;
  /** Another antenna's carrier came or went. */
  onCarrier(on: boolean): void;
  /** A whole frame from another antenna. */
  onFrame(frame: RfFrame): void;
}

export type Direction = 'reader-to-card' | 'card-to-reader';
/**
 * What happens to a frame on its way: a damaged one arrives with a wrong bit, a lost one not at all, a
 * doubled one twice.
 */
export type Noise = (
  bytes: Uint8Array,
  direction: Direction,
  rate: BitRate,
) => 'clean' | 'damaged' | 'lost' | 'doubled';

/** What a listener (a capture) sees: every frame, truncated ones included. */
export interface AirEvent {
  readonly start_us: number;
  readonly end_us: number;
  readonly direction: Direction;
  readonly sender: string;
  readonly bytes: Uint8Array;
  readonly bits: number;
  readonly outcome: 'heard' | 'damaged' | 'lost' | 'doubled' | 'cut';
}

export interface AirCounters {
  readerToCard_bytes: number;
  cardToReader_bytes: number;
  frames: number;
  /** Time in which something was sent. */
  busy_us: number;
}

class Sending {
  alarm: VirtualAlarm | undefined;
  /** When its first bit begins. */
  readonly first_us: number;
  finished = false;
  cut = false;

  constructor(
    readonly sender: Antenna,
    readonly direction: Direction,
    readonly bytes: Uint8Array,
    readonly bits: number,
    readonly modulation: Modulation,
    readonly rate: BitRate,
    readonly start_us: number,
    readonly end_us: number,
  ) {
    this.first_us = start_us + lead_us(rate, direction === 'card-to-reader');
  }
}

/**
 * The few centimetres in which devices can hear each other. They come and go at any instant; a frame that is
 * on the air then, from or to the one that goes, is not delivered.
 */
export class RfField {
  readonly clock: VirtualClock;
  readonly counters: AirCounters = { readerToCard_bytes: 0, cardToReader_bytes: 0, frames: 0, busy_us: 0 };
  noise: Noise | undefined;
  listener: ((event: AirEvent) => void) | undefined;
  readonly #entered_us = new Map<Antenna, number>();
  readonly #carriers = new Set<Antenna>();
  #source: Antenna | undefined;
  #down: Sending | undefined;
  #up: Sending[] = [];
  #cutAfter_bytes = 0;
  #cutAction: (() => void) | undefined;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  /** Bytes on the air in both directions since the counters were reset. */
  get bytes(): number {
    return this.counters.readerToCard_bytes + this.counters.cardToReader_bytes;
  }

  resetCounters(): void {
    Object.assign(this.counters, { readerToCard_bytes: 0, cardToReader_bytes: 0, frames: 0, busy_us: 0 });
  }

  has(antenna: Antenna): boolean {
    return this.#entered_us.has(antenna);
  }

  enter(antenna: Antenna): void {
    if (this.has(antenna)) return;
    this.#entered_us.set(antenna, this.clock.now_us);
    if (this.#carriers.has(antenna)) this.#updateSource();
    else if (this.#source !== undefined) antenna.onCarrier(true);
  }

  leave(antenna: Antenna): void {
    if (!this.has(antenna)) return;
    this.#cutFramesOf(antenna);
    this.#entered_us.delete(antenna);
    if (this.#carriers.has(antenna)) this.#updateSource();
    else if (this.#source !== undefined) antenna.onCarrier(false);
  }

  /** A reader switches its carrier on or off, wherever it is. */
  setCarrier(antenna: Antenna, on: boolean): void {
    if (on === this.#carriers.has(antenna)) return;
    if (on) {
      if (this.has(antenna) && antenna !== this.#source && this.#source !== undefined)
        antenna.onCarrier(false);
      this.#carriers.add(antenna);
    } else {
      this.#cutFramesOf(antenna);
      this.#carriers.delete(antenna);
    }
    this.#updateSource();
    if (!on && this.has(antenna) && this.#source !== undefined) antenna.onCarrier(true);
  }

  /** Is there a carrier for this antenna to be powered by, or its own? */
  hasCarrier(antenna: Antenna): boolean {
    return this.has(antenna) && this.#source !== undefined;
  }

  /** Until when an answer that has begun keeps the reader waiting; 0 when none is on the air. */
  get answerEnds_us(): number {
    let end_us = 0;
    for (const sending of this.#up) end_us = Math.max(end_us, sending.end_us);
    return end_us;
  }

  /**
   * When the n-th byte from now (both directions) would end, its frame is cut there, nobody hears it, and
   * `action` runs. One cut at a time; returns a function that calls it off.
   */
  cutAtByte(n: number, action: () => void): () => void {
    if (!(n >= 1)) throw new RangeError('bytes are counted from 1');
    this.#cutAfter_bytes = n;
    this.#cutAction = action;
    return () => {
      this.#cutAction = undefined;
    };
  }

  /** An antenna falls silent in the middle of whatever it is sending. */
  stopSending(antenna: Antenna): void {
    this.#cutFramesOf(antenna);
  }

  /** Sends a frame that starts now. Returns its time on the air, also when nobody is there to hear it. */
  transmit(
    antenna: Antenna,
    bytes: Uint8Array,
    bits = bytes.length * 8,
    modulation: Modulation = 'A',
    rate: BitRate = 1,
  ): number {
    const source = this.#source;
    const duration_us = airTime_us(bits, rate, antenna !== source);
    if (!this.has(antenna) || source === undefined || (this.#carriers.has(antenna) && source !== antenna)) {
      return duration_us;
    }
    const start_us = this.clock.now_us;
    const direction = antenna === source ? 'reader-to-card' : 'card-to-reader';
    const sending = new Sending(
      antenna,
      direction,
      bytes,
      bits,
      modulation,
      rate,
      start_us,
      start_us + duration_us,
    );
    if (antenna === source) this.#down = sending;
    else this.#up.push(sending);
    if (!this.#startCut(sending)) {
      sending.alarm = this.clock.scheduleAt(sending.end_us, () => this.#finish(sending));
    }
    return duration_us;
  }

  /** With two carriers in one field nobody understands anything. */
  #updateSource(): void {
    let source: Antenna | undefined;
    let present = 0;
    for (const antenna of this.#carriers) {
      if (!this.has(antenna)) continue;
      source = antenna;
      present++;
    }
    if (present !== 1) source = undefined;
    if (source === this.#source) return;
    const before = this.#source;
    this.#source = source;
    if (before !== undefined) this.#cutFramesOf(before);
    for (const antenna of [...this.#entered_us.keys()]) {
      if (this.#carriers.has(antenna)) continue;
      if (before !== undefined) antenna.onCarrier(false);
      if (source !== undefined && this.has(antenna)) antenna.onCarrier(true);
    }
  }

  #startCut(sending: Sending): boolean {
    const action = this.#cutAction;
    if (action === undefined) return false;
    const bytes = sending.bytes.length;
    if (this.#cutAfter_bytes > bytes) {
      this.#cutAfter_bytes -= bytes;
      return false;
    }
    this.#cutAction = undefined;
    const bits = 1 + BITS_A_BYTE * this.#cutAfter_bytes;
    const time_us = Math.round(sending.first_us + (bits * BIT_US) / sending.rate);
    sending.alarm = this.clock.scheduleAt(Math.min(time_us, sending.end_us), () => {
      this.#cut(sending);
      action();
    });
    return true;
  }

  #cutFramesOf(antenna: Antenna): void {
    const down = this.#down;
    if (down !== undefined && down.sender === antenna) this.#cut(down);
    if (this.#up.length === 0) return;
    for (const sending of [...this.#up]) {
      if (sending.sender === antenna || antenna === this.#source) this.#cut(sending);
    }
  }

  #cut(sending: Sending): void {
    if (sending.finished || sending.cut) return;
    sending.alarm?.cancel();
    sending.cut = true;
    const byte_us = (BITS_A_BYTE * BIT_US) / sending.rate;
    const bytes = Math.floor((this.clock.now_us - sending.first_us + 1) / byte_us);
    this.#count(sending, Math.max(0, Math.min(bytes, sending.bytes.length)), 'cut');
    if (sending === this.#down) this.#down = undefined;
    else this.#up = this.#up.filter((other) => other !== sending);
  }

  #count(sending: Sending, bytes: number, outcome: AirEvent['outcome']): void {
    const { counters } = this;
    const end_us = this.clock.now_us;
    if (sending.direction === 'reader-to-card') counters.readerToCard_bytes += bytes;
    else counters.cardToReader_bytes += bytes;
    counters.frames++;
    counters.busy_us += end_us - sending.start_us;
    this.listener?.({
      start_us: sending.start_us,
      end_us,
      direction: sending.direction,
      sender: sending.sender.name,
      bytes: sending.bytes.subarray(0, bytes),
      bits: outcome === 'cut' ? bytes * 8 : sending.bits,
      outcome,
    });
  }

  #finish(sending: Sending): void {
    sending.finished = true;
    if (sending.direction === 'reader-to-card') this.#finishDown(sending);
    else this.#finishUp();
  }

  #finishDown(sending: Sending): void {
    if (this.#down === sending) this.#down = undefined;
    this.#passNoise(sending, -1, this.#hearDown);
  }

  readonly #hearDown = (frame: RfFrame, { sender, start_us }: Sending): void => {
    for (const [antenna, entered_us] of this.#entered_us) {
      if (antenna === sender || entered_us > start_us) continue;
      if (!this.#carriers.has(antenna)) antenna.onFrame(frame);
    }
  };

  /** Answers that overlap reach the reader as one, when the last has ended. */
  #finishUp(): void {
    const group = this.#up;
    for (const sending of group) if (!sending.finished) return;
    this.#up = [];
    const source = this.#source;
    for (let index = 1; index < group.length; index++)
      this.#count(group[index]!, group[index]!.bytes.length, 'heard');
    this.#passNoise(group[0]!, group.length === 1 ? -1 : firstDifference(group), (frame) => {
      if (source !== undefined && this.#entered_us.get(source)! <= group[0]!.start_us) source.onFrame(frame);
    });
  }

  #passNoise(
    sending: Sending,
    collisionBit: number,
    deliver: (frame: RfFrame, sending: Sending) => void,
  ): void {
    const outcome = this.noise?.(sending.bytes, sending.direction, sending.rate) ?? 'clean';
    this.#count(sending, sending.bytes.length, outcome === 'clean' ? 'heard' : outcome);
    if (outcome === 'lost') return;
    const { bits, modulation, rate } = sending;
    let { bytes } = sending;
    if (outcome === 'damaged') {
      bytes = bytes.slice();
      bytes[bytes.length >> 1]! ^= 0x10;
    }
    const frame = { bytes, bits, modulation, rate, collisionBit };
    deliver(frame, sending);
    if (outcome === 'doubled') deliver(frame, sending);
  }
}

/**
 * The first bit (least significant first, as on the air) in which any two differ; -1 when all are the same.
 */
function firstDifference(group: readonly Sending[]): number {
  const first = group[0]!;
  let found = Number.POSITIVE_INFINITY;
  for (const other of group) {
    if (other.start_us !== first.start_us) return 0;
    const bits = Math.min(first.bits, other.bits);
    let bit = 0;
    while (bit < bits && bitAt(first.bytes, bit) === bitAt(other.bytes, bit)) bit++;
    if (bit < Math.max(first.bits, other.bits)) found = Math.min(found, bit);
  }
  return found === Number.POSITIVE_INFINITY ? -1 : found;
}

export function bitAt(bytes: Uint8Array, bit: number): number {
  return (bytes[bit >> 3]! >> (bit & 7)) & 1;
}
