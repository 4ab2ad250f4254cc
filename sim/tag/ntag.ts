import {
  CONTAINER_AT,
  DATA_AT,
  messageTlv,
  PAGE_BYTES,
  READ_BYTES,
  Type2Command,
} from '../../firmware/tag/type2.js';
import { RawCard } from '../chip/raw-peers.js';
import type { RfField } from '../chip/rf-field.js';
import type { TypeACardIdentity } from '../chip/type-a-card.js';

/*
 * NXP's NTAG213, 215 and 216: data sheet "NTAG213/215/216, NFC Forum Type 2 Tag compliant IC", revision 3.2.
 * Section numbers are that document's. Passwords and counters are not modelled: what asks for them is
 * refused.
 */

/** What differs between the three (8.5, 8.5.6, 10.1). */
export interface NtagKind {
  readonly name: string;
  readonly pages: number;
  /** The third byte of the capability container: the data area of NDEF, in 8 bytes. */
  readonly containerSize: number;
  /** The page that locks those from 16 on, so many of them a bit. */
  readonly lockPage: number;
  readonly pagesALock: number;
  /** GET_VERSION's byte of storage size. */
  readonly storage: number;
}

export const NTAGS = {
  ntag213: { name: 'NTAG213', pages: 45, containerSize: 0x12, lockPage: 0x28, pagesALock: 2, storage: 0x0f },
  ntag215: {
    name: 'NTAG215',
    pages: 135,
    containerSize: 0x3e,
    lockPage: 0x82,
    pagesALock: 16,
    storage: 0x11,
  },
  ntag216: {
    name: 'NTAG216',
    pages: 231,
    containerSize: 0x6d,
    lockPage: 0xe2,
    pagesALock: 16,
    storage: 0x13,
  },
} as const satisfies Readonly<Record<string, NtagKind>>;

const CONTAINER_PAGE = CONTAINER_AT / PAGE_BYTES;
const DATA_PAGE = DATA_AT / PAGE_BYTES;
/** Pages behind the user's: locks, two of configuration, password, PACK (8.5). */
const SYSTEM_PAGES = 5;
const LOCK_AT = 10;
const CASCADE_TAG = 0x88;
const GET_VERSION = 0x60;
const FAST_READ = 0x3a;
/** Four bits (10.3). */
const ACK = 0x0a;
const NAK_ARGUMENT = 0x00;
const NAK_WRITE = 0x05;
const ANSWER_BITS = 4;
/** 10.7: most that a WRITE takes. */
const WRITE_US = 4_100;

/** User memory in bytes: 504 on an NTAG215 and 888 on an NTAG216. */
export const userBytes = ({ pages }: NtagKind): number => (pages - DATA_PAGE - SYSTEM_PAGES) * PAGE_BYTES;
/** Of it, what the container gives to NDEF: 496 and 872. */
export const ndefBytes = ({ containerSize }: NtagKind): number => 8 * containerSize;

/** A tag as NXP delivers it (8.5.6): an empty message, nothing locked. `uid`: 7 bytes. */
export function blankMemory(kind: NtagKind, uid: Uint8Array): Uint8Array {
  const memory = new Uint8Array(kind.pages * PAGE_BYTES);
  const [a, b, c, d, e, f, g] = uid as unknown as readonly number[];
  memory.set([a!, b!, c!, CASCADE_TAG ^ a! ^ b! ^ c!, d!, e!, f!, g!, d! ^ e! ^ f! ^ g!, 0x48]);
  memory.set([0xe1, 0x10, kind.containerSize, 0x00], CONTAINER_AT);
  memory.set(messageTlv(new Uint8Array(0)), DATA_AT);
  // CFG0: no page wants a password.
  memory.set([0x04, 0x00, 0x00, 0xff], (kind.lockPage + 1) * PAGE_BYTES);
  return memory;
}

/** The same with a message in it. Throws RangeError where it has no room. */
export function memoryWith(
  kind: NtagKind,
  uid: Uint8Array,
  message: Uint8Array,
  isLocked = false,
): Uint8Array {
  const tlv = messageTlv(message);
  if (tlv.length > ndefBytes(kind))
    throw new RangeError(
      `${message.length} bytes in TLVs do not fit the ${ndefBytes(kind)} of an ${kind.name}`,
    );
  const memory = blankMemory(kind, uid);
  memory.set(tlv, DATA_AT);
  if (isLocked) lock(kind, memory);
  return memory;
}

/** Everybody may read it, and nobody write it any more (8.5.2, 8.5.3). */
function lock(kind: NtagKind, memory: Uint8Array): void {
  memory[CONTAINER_AT + 3] = 0x0f;
  memory.set([0xff, 0xff], LOCK_AT);
  memory.set([0xff, 0xff, 0xff], kind.lockPage * PAGE_BYTES);
}

/** The kind whose memory has so many bytes. */
export const kindOf = (bytes: number): NtagKind | undefined =>
  Object.values(NTAGS).find(({ pages }) => pages * PAGE_BYTES === bytes);

/** The tag in a field. What is written stays in `memory`. */
export class NtagTag extends RawCard {
  constructor(
    field: RfField,
    name: string,
    private readonly kind: NtagKind,
    readonly memory: Uint8Array,
  ) {
    super(field, name, identityOf(memory), undefined, (frame) => this.#take(frame));
  }

  #take(frame: Uint8Array): void {
    const [command, page = 0xff] = frame;
    if (command === Type2Command.read && frame.length === 2) this.#read(page, READ_BYTES / PAGE_BYTES);
    else if (command === FAST_READ && frame.length === 3) this.#fastRead(page, frame[2]!);
    else if (command === Type2Command.write && frame.length === 2 + PAGE_BYTES)
      this.#write(page, frame.subarray(2));
    else if (command === GET_VERSION && frame.length === 1)
      this.sendBlock(Uint8Array.of(0x00, 0x04, 0x04, 0x02, 0x01, 0x00, this.kind.storage, 0x03));
    else this.#refuse(NAK_ARGUMENT);
  }

  /** 10.2: behind the last page comes the first. */
  #read(page: number, count: number): void {
    const { memory, kind } = this;
    if (page >= kind.pages) return this.#refuse(NAK_ARGUMENT);
    const from = page * PAGE_BYTES;
    this.sendBlock(
      Uint8Array.from({ length: count * PAGE_BYTES }, (_, i) => memory[(from + i) % memory.length]!),
    );
  }

  #fastRead(from: number, to: number): void {
    if (to < from || to >= this.kind.pages) return this.#refuse(NAK_ARGUMENT);
    this.#read(from, to - from + 1);
  }

  #write(page: number, bytes: Uint8Array): void {
    const { memory, kind } = this;
    if (page < LOCK_AT >> 2 || page >= kind.pages) return this.#refuse(NAK_ARGUMENT);
    if (isLocked(kind, memory, page)) return this.#refuse(NAK_WRITE);
    const at = page * PAGE_BYTES;
    const first = page === LOCK_AT >> 2 ? 2 : 0;
    // Locks and container are written once: a bit that is set stays set (8.5.2, 8.5.4).
    const isOnce = page <= CONTAINER_PAGE || page === kind.lockPage;
    for (let i = first; i < PAGE_BYTES; i++)
      memory[at + i] = isOnce ? memory[at + i]! | bytes[i]! : bytes[i]!;
    this.sendBits(Uint8Array.of(ACK), ANSWER_BITS, WRITE_US);
  }

  /** After a NAK it wants to be selected anew (10.3, figure of the states in 8.4). */
  #refuse(nak: number): void {
    this.sendBits(Uint8Array.of(nak), ANSWER_BITS);
    this.back();
  }
}

/** 8.5.2: bits 3 to 15 of the static locks are a page each. 8.5.3: the others. */
function isLocked({ lockPage, pagesALock }: NtagKind, memory: Uint8Array, page: number): boolean {
  const bit = (at: number, index: number): boolean => ((memory[at + (index >> 3)]! >> (index & 7)) & 1) !== 0;
  if (page < CONTAINER_PAGE) return false;
  if (page < 16) return bit(LOCK_AT, page);
  return page < lockPage && bit(lockPage * PAGE_BYTES, Math.floor((page - 16) / pagesALock));
}

const identityOf = (memory: Uint8Array): TypeACardIdentity => ({
  atqa: Uint8Array.of(0x44, 0x00),
  uid: Uint8Array.of(...memory.subarray(0, 3), ...memory.subarray(4, 8)),
  sak: 0x00,
});
