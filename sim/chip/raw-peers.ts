import { appendCrcA, hasCrcA } from './crc-a.js';
import type { Antenna, RfField, RfFrame } from './rf-field.js';
import { type BitRate, CHIP } from './timing.js';
import { TypeACard, type TypeACardIdentity } from './type-a-card.js';
import { TypeAReader, type TypeATarget, WUPA } from './type-a-reader.js';
import type { VirtualAlarm } from './virtual-clock.js';

/** A card of the usual kind: UID of seven bytes, FSC 256, FWI 7, SFGI 0. */
export const ORDINARY_CARD: TypeACardIdentity = {
  atqa: Uint8Array.of(0x44, 0x00),
  uid: Uint8Array.of(0x04, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0x80),
  sak: 0x20,
  ats: Uint8Array.of(0x05, 0x78, 0x80, 0x70, 0x02),
};

/** A card that is no chip of ours: what it does after activation is up to whoever made it, good or bad. */
export class RawCard implements Antenna {
  readonly #card: TypeACard;

  constructor(
    private readonly field: RfField,
    readonly name: string,
    identity: TypeACardIdentity = ORDINARY_CARD,
    /**
     * A block from the reader, CRC checked and taken off. Answer with `sendBlock` or `sendFrame`, now or
     * later, or not.
     */
    onBlock: (block: Uint8Array, card: RawCard) => void = () => {},
    /** A command to a card that is selected and not activated: MIFARE and the like, CRC taken off. */
    onOther: (frame: Uint8Array, card: RawCard) => void = () => {},
  ) {
    this.#card = new TypeACard(
      field.clock,
      (bytes, bits, rate) => field.transmit(this, bytes, bits, 'A', rate),
      identity,
      {
        onRats: () => {},
        onBlock: (block) => onBlock(block, this),
        onOther: (frame) => onOther(frame, this),
        onLost: () => {},
      },
    );
  }

  onCarrier(on: boolean): void {
    this.#card.onCarrier(on);
  }

  onFrame(frame: RfFrame): void {
    this.#card.onFrame(frame);
  }

  /** Goes to HALT, as after S(DESELECT): WUPA wakes it. */
  halt(): void {
    this.#card.halt();
  }

  sendBlock(block: Uint8Array): void {
    this.#card.sendBlock(block);
  }

  /** As it is: no CRC is added. */
  sendFrame(bytes: Uint8Array, delay_us: number = CHIP.turnAround_us): void {
    this.field.clock.schedule(delay_us, () => this.field.transmit(this, bytes));
  }

  /** An answer of less than a byte. */
  sendBits(bytes: Uint8Array, bits: number, delay_us: number = CHIP.turnAround_us): void {
    this.field.clock.schedule(delay_us, () => this.field.transmit(this, bytes, bits));
  }

  /** Takes no commands before it is selected anew, as after one that it refuses. */
  back(): void {
    this.#card.back();
  }

  enter(): void {
    this.field.enter(this);
  }

  leave(): void {
    this.field.leave(this);
  }
}

const WAIT_US = 1_000_000;

/** A reader that is no chip of ours, and sends what it is told to. */
export class RawReader implements Antenna {
  readonly #typeA: TypeAReader;
  #onFrame: ((frame: RfFrame | undefined) => void) | undefined;
  #alarm: VirtualAlarm | undefined;

  constructor(
    private readonly field: RfField,
    readonly name: string,
    /** RATS without CRC: frame size code and CID. */
    rats: Uint8Array = Uint8Array.of(0xe0, 0x80),
  ) {
    this.#typeA = new TypeAReader({ field, antenna: this }, rats);
  }

  onCarrier(): void {
    // It never listens.
  }

  onFrame(frame: RfFrame): void {
    const onFrame = this.#onFrame;
    if (onFrame === undefined) {
      this.#typeA.onFrame(frame);
      return;
    }
    this.#onFrame = undefined;
    this.#alarm?.cancel();
    onFrame(frame);
  }

  enter(): void {
    this.field.enter(this);
  }

  leave(): void {
    this.field.leave(this);
  }

  setCarrier(on: boolean): void {
    this.field.setCarrier(this, on);
  }

  /** One look for a card, up to ATS. */
  activate(done: (target: TypeATarget | undefined) => void): void {
    this.#onFrame = undefined;
    this.#alarm?.cancel();
    this.#typeA.activate({ request: WUPA, rats: true }, (target) => done(target));
  }

  /**
   * Sends a block, and hands over the one that answers; undefined when none comes, or one with a wrong CRC.
   */
  sendBlock(
    block: Uint8Array,
    done: (answer: Uint8Array | undefined) => void,
    wait_us = WAIT_US,
    rate: BitRate = 1,
  ): void {
    const heard = (frame: RfFrame | undefined): void => {
      const good = frame !== undefined && frame.collisionBit < 0 && hasCrcA(frame.bytes);
      done(good ? frame.bytes.slice(0, -2) : undefined);
    };
    this.sendFrame(appendCrcA(block), heard, wait_us, rate);
  }

  /** As it is: no CRC is added. */
  sendFrame(
    bytes: Uint8Array,
    done: (frame: RfFrame | undefined) => void,
    wait_us = WAIT_US,
    rate: BitRate = 1,
  ): void {
    this.#onFrame = done;
    const air_us = this.field.transmit(this, bytes, bytes.length * 8, 'A', rate);
    this.#alarm = this.field.clock.schedule(air_us + wait_us, () => {
      this.#onFrame = undefined;
      done(undefined);
    });
  }
}
