import { getU16 } from '../../firmware/bytes.js';
import { answer, parseCommand } from '../../firmware/protocol/apdu.js';
import {
  buildContainer,
  buildFile,
  CONTAINER_FILE,
  SELECT_NDEF_APPLICATION,
} from '../../firmware/tag/type4.js';
import { IsoDepCard } from '../chip/iso-dep-card.js';
import { ORDINARY_CARD } from '../chip/raw-peers.js';
import type { Antenna, RfField, RfFrame } from '../chip/rf-field.js';
import { frameWait_us } from '../chip/timing.js';
import { TypeACard, type TypeACardIdentity } from '../chip/type-a-card.js';

/*
 * A Type 4 tag: NFC Forum, Type 4 Tag, technical specification, mapping version 2.0, as an application of a
 * card that has nothing else.
 */

const SELECT = 0xa4;
const READ_BINARY = 0xb0;
const UPDATE_BINARY = 0xd6;
const BY_NAME = 4;
const CLA_ISO = 0x00;
const NDEF_FILE = 0x0001;
/** As ISO 7816-4 has them. */
const SW = {
  ok: 0x9000,
  notFound: 0x6a82,
  wrongOffset: 0x6b00,
  notAllowed: 0x6982,
  length: 0x6700,
  unknown: 0x6d00,
} as const;

/** Files and access of the tag, and how it answers APDUs: for the air, and for whatever else carries them. */
export class NdefApplication {
  readonly #name = parseCommand(SELECT_NDEF_APPLICATION)!.data;
  readonly #container: Uint8Array;
  #isSelected = false;
  #selected: Uint8Array | undefined;

  /** `file`: NLEN and the message, and room behind it; what is written stays there. */
  constructor(
    readonly file: Uint8Array,
    private readonly isLocked = false,
  ) {
    this.#container = buildContainer(NDEF_FILE, file.length, isLocked);
  }

  /** A file of `bytes` with this message. */
  static with(message: Uint8Array, bytes: number, isLocked = false): NdefApplication {
    const file = new Uint8Array(bytes);
    file.set(buildFile(message));
    return new NdefApplication(file, isLocked);
  }

  /** The field has gone. */
  reset(): void {
    this.#isSelected = false;
    this.#selected = undefined;
  }

  onCommand(apdu: Uint8Array): Uint8Array {
    const command = parseCommand(apdu);
    if (!command) return answer(SW.length);
    const { cla, ins, p1, p2, data, expected } = command;
    if (cla !== CLA_ISO) return answer(SW.unknown);
    if (ins === SELECT && p1 === BY_NAME) return this.#selectApplication(data);
    if (ins === SELECT) return this.#selectFile(data);
    const offset = (p1 << 8) | p2;
    if (ins === READ_BINARY) return this.#read(offset, expected);
    if (ins === UPDATE_BINARY) return this.#update(offset, data);
    return answer(SW.unknown);
  }

  #selectApplication(name: Uint8Array): Uint8Array {
    this.reset();
    this.#isSelected = name.length === this.#name.length && this.#name.every((byte, i) => byte === name[i]);
    return answer(this.#isSelected ? SW.ok : SW.notFound);
  }

  #selectFile(id: Uint8Array): Uint8Array {
    const file = id.length === 2 ? getU16(id, 0) : undefined;
    const isThere = this.#isSelected && (file === CONTAINER_FILE || file === NDEF_FILE);
    this.#selected = isThere ? (file === CONTAINER_FILE ? this.#container : this.file) : undefined;
    return answer(isThere ? SW.ok : SW.notFound);
  }

  #read(offset: number, bytes: number): Uint8Array {
    const file = this.#selected;
    if (!file) return answer(SW.notAllowed);
    if (offset >= file.length) return answer(SW.wrongOffset);
    return answer(SW.ok, file.subarray(offset, offset + bytes));
  }

  #update(offset: number, data: Uint8Array): Uint8Array {
    if (this.isLocked || this.#selected !== this.file) return answer(SW.notAllowed);
    if (offset + data.length > this.file.length) return answer(SW.wrongOffset);
    this.file.set(data, offset);
    return answer(SW.ok);
  }
}

const FWI = 7;
/** Half of its frame waiting time; it answers at once, and never comes to it. */
const WTX_AFTER_US = Math.round(frameWait_us(FWI) / 2);

/** The tag in a field. */
export class Type4Tag implements Antenna {
  readonly #card: TypeACard;
  #isoDep: IsoDepCard | undefined;
  #chained: number[] = [];

  constructor(
    private readonly field: RfField,
    readonly name: string,
    readonly application: NdefApplication,
    identity: TypeACardIdentity = ORDINARY_CARD,
  ) {
    this.#card = new TypeACard(
      field.clock,
      (bytes, bits, rate) => field.transmit(this, bytes, bits, 'A', rate),
      identity,
      {
        onRats: (rats, frameBytes) => this.#activate(rats[1]! & 0x0f, frameBytes),
        onBlock: (block) => this.#isoDep?.onBlock(block),
        onOther: () => {},
        onLost: () => this.#lost(),
      },
    );
  }

  onCarrier(on: boolean): void {
    this.#card.onCarrier(on);
  }

  onFrame(frame: RfFrame): void {
    this.#card.onFrame(frame);
  }

  enter(): void {
    this.field.enter(this);
  }

  leave(): void {
    this.field.leave(this);
  }

  #activate(cid: number, frameBytes: number): void {
    this.#isoDep?.stop();
    this.#isoDep = new IsoDepCard(
      this.field.clock,
      {
        send: (block) => this.#card.sendBlock(block),
        hasRoom: () => true,
        onData: (data, more) => this.#take(data, more),
        onSent: () => {},
        onDeselect: () => {
          this.#lost();
          this.#card.halt();
        },
      },
      frameBytes,
      WTX_AFTER_US,
      cid,
    );
  }

  #take(data: Uint8Array, more: boolean): void {
    this.#chained.push(...data);
    if (more) return;
    const apdu = Uint8Array.from(this.#chained);
    this.#chained = [];
    this.#isoDep?.respond(this.application.onCommand(apdu), false);
  }

  #lost(): void {
    this.#isoDep?.stop();
    this.#isoDep = undefined;
    this.#chained = [];
    this.application.reset();
  }
}
