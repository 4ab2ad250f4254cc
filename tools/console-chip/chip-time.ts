import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { VirtualClock } from '../../sim/chip/virtual-clock.js';
import { REST_US_MAX } from './rest.js';

/** As `struct Time` of chip-board.c has it: what the chip writes, and after that what is written for it. */
const Field = { asked_us: 0, wrote_us: 4, written_bytes: 8, sent_bytes: 12, granted_us: 16 } as const;
const CHIP_BYTES = 12;
const FIELD_BYTES = 4;
/** A machine that was asleep does not catch up with more rests than these. */
const RESTS_US_MAX = 50_000;
const POLL_MS = 1;

/**
 * One time for the emulated chip and for the simulated parts on its UART. The chip computes at the emulator's
 * pace, which depends on what else the machine does, and it rests only as far as simulated time has come,
 * with all bytes that were under way until then: so a slow machine makes both slow, and tears no touch. Nor
 * does it rest for less than the same real time: people and tools are at the other end of the console.
 */
export class ChipTime {
  readonly #file: number;
  readonly #mail = Buffer.alloc(CHIP_BYTES);
  readonly #field = Buffer.alloc(FIELD_BYTES);
  readonly #start_us: number;
  #real_ms = performance.now();
  /** So long may the chip still rest. */
  #rests_us = 0;
  /** Of the chip's own time, which it counts in 32 bits. */
  #granted_us = 0;
  #granted_ms = Number.NEGATIVE_INFINITY;
  #sent_bytes = 0;
  #received_bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #isRunning = true;
  #begin: (() => void) | undefined;
  /** The chip has started, and rests for the first time: its console listens. */
  readonly begun = new Promise<void>((begin) => {
    this.#begin = begin;
  });

  /** The chip's RAM in a file, and where in it the mailbox begins. */
  constructor(
    private readonly clock: VirtualClock,
    path: string,
    private readonly at: number,
  ) {
    this.#file = openSync(path, 'r+');
    this.#start_us = clock.now_us;
    this.#go();
  }

  /** So many bytes more are on their way to the chip. */
  sent(bytes: number): void {
    if (!this.#isRunning) return;
    this.#sent_bytes += bytes;
    this.#write(Field.sent_bytes, this.#sent_bytes);
  }

  /** So many bytes have come from the chip: brings simulated time to when it wrote them. */
  received(bytes: number): void {
    if (!this.#isRunning) return;
    this.#look();
    this.#received_bytes += bytes;
    this.#runTo(this.#granted_us + this.#ahead_us(Field.wrote_us));
  }

  /** Brings simulated time up to the chip's, and lets it go on: as far as real time allows. */
  catchUp(): void {
    if (!this.#isRunning) return;
    const real_ms = performance.now();
    this.#rests_us = Math.min(this.#rests_us + (real_ms - this.#real_ms) * 1_000, RESTS_US_MAX);
    this.#real_ms = real_ms;
    this.#look();
    const ahead_us = this.#ahead_us(Field.asked_us);
    if (ahead_us <= 0 || this.#isUnderWay || this.#rests_us < REST_US_MAX) return;
    this.#rests_us -= Math.min(ahead_us, 2 * REST_US_MAX);
    this.#granted_us += ahead_us;
    this.#runTo(this.#granted_us);
    this.#write(Field.granted_us, this.#granted_us);
    this.#granted_ms = real_ms;
    this.#begin?.();
  }

  stop(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    clearTimeout(this.#timer);
    if (this.#turn) clearImmediate(this.#turn);
    closeSync(this.#file);
  }

  readonly #go = (): void => {
    this.catchUp();
    if (!this.#isRunning) return;
    // One that may go on asks again at once, most often.
    if (this.#real_ms - this.#granted_ms < POLL_MS) this.#turn = setImmediate(this.#go);
    else this.#timer = setTimeout(this.#go, POLL_MS);
  };

  #look(): void {
    readSync(this.#file, this.#mail, 0, CHIP_BYTES, this.at);
  }

  /** How far what the chip wrote there is beyond what it was granted; negative when it is from before. */
  #ahead_us(field: number): number {
    return (this.#mail.readUInt32LE(field) - this.#granted_us) | 0;
  }

  /** Whether the chip has written bytes that have not come here yet. */
  get #isUnderWay(): boolean {
    return ((this.#mail.readUInt32LE(Field.written_bytes) - this.#received_bytes) | 0) !== 0;
  }

  #runTo(chip_us: number): void {
    this.clock.runFor(Math.max(0, this.#start_us + chip_us - this.clock.now_us));
  }

  #write(field: number, value: number): void {
    this.#field.writeUInt32LE(value >>> 0);
    writeSync(this.#file, this.#field, 0, FIELD_BYTES, this.at + field);
  }
}
