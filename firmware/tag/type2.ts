import { concat, getU16 } from '../bytes.js';
import { TAG_CONTROL_TLVS_MAX, TAG_MESSAGE_BYTES_MAX } from '../limits.js';
import { TagFault } from './tag-fault.js';

/*
 * NFC Forum, Type 2 Tag, technical specification 1.2: pages of 4 bytes, a capability container in page 3, and
 * from page 4 on TLV blocks.
 */

export const PAGE_BYTES = 4;
/** READ gives so many bytes, from a page on. */
export const READ_BYTES = 16;
/** Commands: READ page; WRITE page, 4 bytes. */
export const Type2Command = { read: 0x30, write: 0xa2 } as const;

export const CONTAINER_AT = 12;
export const DATA_AT = 16;
const MAGIC = 0xe1;
const MAJOR_VERSION = 1;
/** The container's third byte counts these. */
const SIZE_UNIT_BYTES = 8;

const Tlv = { null: 0x00, lockControl: 0x01, memoryControl: 0x02, message: 0x03, terminator: 0xfe } as const;
/** A length byte that says: two more come. */
const LONG = 0xff;
const CONTROL_BYTES = 3;

/**
 * What the memory says, from its first byte on as far as it has been read: the message, what is wrong, or how
 * many bytes are `need`ed to say.
 */
export type Type2Found =
  | { readonly message: Uint8Array }
  | { readonly fault: TagFault }
  | { readonly need: number };

/** The first message among the TLV blocks. Bytes that control TLVs reserve are passed over. */
export function findMessage(memory: Uint8Array): Type2Found {
  if (memory.length < DATA_AT) return { need: DATA_AT };
  const [magic, version, size, access] = memory.subarray(CONTAINER_AT, DATA_AT);
  if (magic !== MAGIC) return { fault: TagFault.noNdef };
  if (version >> 4 !== MAJOR_VERSION) return { fault: TagFault.mapping };
  if (access >> 4 !== 0) return { fault: TagFault.readProtected };
  return new Walk(memory, DATA_AT + size * SIZE_UNIT_BYTES).run();
}

/** One way through the data area. What has not been read yet stops it, and it begins again with more. */
class Walk {
  #at = DATA_AT;
  /** First byte and end of each area that control TLVs reserve. */
  readonly #reserved: { readonly from: number; readonly to: number }[] = [];

  constructor(
    private readonly memory: Uint8Array,
    private readonly end: number,
  ) {}

  run(): Type2Found {
    for (;;) {
      this.#skipReserved();
      if (this.#at >= this.end) return { fault: TagFault.noNdef };
      const type = this.#take(1);
      if (!type) return this.#stopped();
      if (type[0] === Tlv.null) continue;
      if (type[0] === Tlv.terminator) return { fault: TagFault.noNdef };
      const length = this.#takeLength();
      if (length === undefined) return this.#stopped();
      if (type[0] === Tlv.message && length > TAG_MESSAGE_BYTES_MAX) return { fault: TagFault.tooLong };
      // A length that goes beyond the tag is known for wrong before all of it is read.
      if (length > this.end - this.#at) return { fault: TagFault.cut };
      const value = this.#take(length);
      if (!value) return this.#stopped();
      if (type[0] === Tlv.message) return length === 0 ? { fault: TagFault.empty } : { message: value };
      const isControl = type[0] === Tlv.lockControl || type[0] === Tlv.memoryControl;
      if (isControl && !this.#reserve(value, type[0] === Tlv.lockControl)) return { fault: TagFault.tooLong };
    }
  }

  /** What could not be taken lies beyond the tag, or beyond what has been read. */
  #stopped(): Type2Found {
    return this.#at >= this.end ? { fault: TagFault.cut } : { need: this.#at + 1 };
  }

  /**
   * So many bytes that are not reserved; undefined when they are not here, and `#at` is the first of those.
   */
  #take(count: number): Uint8Array | undefined {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      this.#skipReserved();
      if (this.#at >= this.end || this.#at >= this.memory.length) return undefined;
      bytes[i] = this.memory[this.#at++];
    }
    return bytes;
  }

  /** One byte, or three of which the first is LONG. */
  #takeLength(): number | undefined {
    const short = this.#take(1);
    if (!short) return undefined;
    if (short[0] !== LONG) return short[0];
    const long = this.#take(2);
    return long && getU16(long, 0);
  }

  #skipReserved(): void {
    for (let i = 0; i < this.#reserved.length; i++) {
      const { from, to } = this.#reserved[i];
      if (this.#at < from || this.#at >= to) continue;
      this.#at = to;
      // The areas stand in any order.
      i = -1;
    }
  }

  /**
   * Position (4 bits page, 4 bits offset), size (bits of locks, or bytes; 0 stands for 256), and in the low
   * half of the last byte how many bytes a page has, as a power of two. False for one too many.
   */
  #reserve(value: Uint8Array, isLock: boolean): boolean {
    if (value.length !== CONTROL_BYTES || this.#reserved.length === TAG_CONTROL_TLVS_MAX) return false;
    const [position, size, page] = value;
    const from = ((position >> 4) << (page & 0x0f)) + (position & 0x0f);
    const count = size || 256;
    this.#reserved.push({ from, to: from + (isLock ? (count + 7) >> 3 : count) });
    return true;
  }
}

/** What stands from page 4 on: the message, then a terminator where there is room; whole pages. */
export function messageTlv(message: Uint8Array): Uint8Array {
  const { length } = message;
  const head =
    length < LONG
      ? Uint8Array.of(Tlv.message, length)
      : Uint8Array.of(Tlv.message, LONG, length >> 8, length);
  const bytes = concat(head, message, Uint8Array.of(Tlv.terminator));
  const whole = new Uint8Array(Math.ceil(bytes.length / PAGE_BYTES) * PAGE_BYTES);
  whole.set(bytes);
  return whole;
}
