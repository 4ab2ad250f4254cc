import {
  BLOCK_OVERHEAD_BYTES,
  CID_MASK,
  isAck,
  isDeselect,
  isIBlock,
  isNak,
  isWtx,
  NAD_ZERO_BITS,
  Pcb,
} from './iso-dep.js';
import type { VirtualAlarm, VirtualClock } from './virtual-clock.js';

export interface IsoDepCardEvents {
  /** Sends a block (without CRC) after the card's turn-around. */
  send(block: Uint8Array): void;
  /**
   * Room for `bytes` more of a command? Without it the block is held, and time is asked for, until `resume`.
   */
  hasRoom(bytes: number): boolean;
  /** A piece of a command; `more` when the reader chains. */
  onData(data: Uint8Array, more: boolean): void;
  /** The response given last has been acknowledged as far as it can be. */
  onSent(): void;
  onDeselect(): void;
}

/** The card's end of the block protocol (ISO 14443-4 section 7.5.3, rules for the PICC). */
export class IsoDepCard {
  /** PICC block number: 1 at activation (rule C). */
  #number = 1;
  #lastBlock: Uint8Array | undefined;
  /** The reader is owed a block. */
  #owing = false;
  #awaitingWtx = false;
  #wtxAlarm: VirtualAlarm | undefined;
  #response: Uint8Array | undefined;
  #responseAt = 0;
  #responseMore = false;
  /** The information of a block that found no room. */
  #held: Uint8Array | undefined;
  #heldMore = false;
  /** The card's last block was chained: it waits for R(ACK). */
  #chaining = false;
  /** The reader's last block had a CID; so has the answer. */
  #withCid = false;
  /** Node address for the first block of the answer, when the command had one. */
  #nad: number | undefined;

  constructor(
    private readonly clock: VirtualClock,
    private readonly events: IsoDepCardEvents,
    /** The reader's frame size (FSD), CRC included. */
    private readonly frameBytes: number,
    /** When to ask for more time: before the reader's patience, FWT, is at its end. */
    private readonly wtxAfter_us: number,
    /** The name that RATS gave this card. */
    private readonly cid: number,
  ) {}

  stop(): void {
    this.#wtxAlarm?.cancel();
    this.#owing = false;
    this.#response = undefined;
    this.#held = undefined;
  }

  /** The host's answer, or (`more`) a piece of it. `events.onSent` tells when the next may come. */
  respond(data: Uint8Array, more: boolean): void {
    this.#response = data;
    this.#responseAt = 0;
    this.#responseMore = more;
    if (this.#owing && !this.#awaitingWtx) this.#sendNext();
  }

  /**
   * There is room again for what was held. While the reader has S(WTX) to answer first, its answer comes back
   * here.
   */
  resume(): void {
    const held = this.#held;
    if (held === undefined || this.#awaitingWtx || !this.events.hasRoom(held.length)) return;
    this.#held = undefined;
    this.#accept(held, this.#heldMore);
  }

  /** A block whose CRC was right. A damaged one is passed over in silence (rule for the PICC in 7.5.4.3). */
  onBlock(block: Uint8Array): void {
    const pcb = block[0]!;
    const header = this.#readHeader(block);
    if (header < 0) return;
    if (isIBlock(pcb)) this.#takeIBlock(block.slice(header), (pcb & Pcb.chaining) !== 0);
    else if (isAck(pcb) || isNak(pcb)) this.#takeRBlock(pcb);
    else if (isWtx(pcb)) this.#takeWtx();
    else if (isDeselect(pcb)) this.#takeDeselect();
  }

  /**
   * Length of PCB, CID and NAD; -1 for a block that is for another card (ISO 14443-4 sections 7.1.1.2 and
   * 7.1.1.3). Card 0 also takes blocks without a CID.
   */
  #readHeader(block: Uint8Array): number {
    const pcb = block[0]!;
    const withCid = (pcb & Pcb.cid) !== 0;
    if (withCid ? block.length < 2 || (block[1]! & CID_MASK) !== this.cid : this.cid !== 0) return -1;
    const header = withCid ? 2 : 1;
    const nad = isIBlock(pcb) && (pcb & Pcb.nad) !== 0 ? block[header] : undefined;
    if (isIBlock(pcb) && (pcb & Pcb.nad) !== 0) {
      if (nad === undefined || (nad & NAD_ZERO_BITS) !== 0) return -1;
      this.#nad = nad;
    }
    this.#withCid = withCid;
    return nad === undefined ? header : header + 1;
  }

  #takeIBlock(information: Uint8Array, more: boolean): void {
    this.#number ^= 1; // rule D
    this.#chaining = false;
    this.#lastBlock = undefined;
    this.#response = undefined;
    this.#awaitingWtx = false;
    this.#owe();
    this.#held = information;
    this.#heldMore = more;
    this.resume();
  }

  #accept(information: Uint8Array, more: boolean): void {
    if (more) this.#reply(Uint8Array.of(Pcb.ack | this.#number)); // rule 2
    this.events.onData(information, more);
  }

  #takeRBlock(pcb: number): void {
    if ((pcb & Pcb.number) === this.#number) {
      // Rule 11: the same again.
      if (this.#lastBlock !== undefined) this.events.send(this.#lastBlock);
    } else if (isNak(pcb)) {
      this.#reply(Uint8Array.of(Pcb.ack | this.#number)); // rule 12
    } else if (this.#chaining) {
      this.#chaining = false;
      this.#number ^= 1; // rule E
      this.#owe();
      this.#continueChain(); // rule 13
    }
  }

  #continueChain(): void {
    const response = this.#response;
    if (response === undefined) return;
    if (this.#responseAt < response.length) {
      this.#sendNext();
    } else if (this.#responseMore) {
      this.#response = undefined;
      this.events.onSent();
    }
  }

  #takeWtx(): void {
    if (!this.#awaitingWtx) return;
    this.#awaitingWtx = false;
    if (this.#response !== undefined) {
      this.#sendNext();
      return;
    }
    this.#owe();
    this.resume();
  }

  #takeDeselect(): void {
    this.stop();
    this.events.send(this.#addressed(Uint8Array.of(Pcb.deselect)));
    this.events.onDeselect();
  }

  #sendNext(): void {
    const response = this.#response!;
    const nad = this.#responseAt === 0 ? this.#nad : undefined;
    this.#nad = undefined;
    const header = (this.#withCid ? 1 : 0) + (nad === undefined ? 0 : 1);
    const from = this.#responseAt;
    const to = Math.min(from + this.frameBytes - BLOCK_OVERHEAD_BYTES - header, response.length);
    const more = to < response.length || this.#responseMore;
    const pcb = Pcb.iBlock | this.#number | (more ? Pcb.chaining : 0) | (nad === undefined ? 0 : Pcb.nad);
    const start = nad === undefined ? 1 : 2;
    const block = new Uint8Array(start + to - from);
    block[0] = pcb;
    // Where it came from is where it goes to.
    if (nad !== undefined) block[1] = ((nad & 0x07) << 4) | ((nad >> 4) & 0x07);
    block.set(response.subarray(from, to), start);
    this.#chaining = more;
    this.#responseAt = to;
    this.#reply(block);
    if (!more) {
      this.#response = undefined;
      this.events.onSent();
    }
  }

  #reply(block: Uint8Array): void {
    this.#wtxAlarm?.cancel();
    this.#owing = false;
    this.#lastBlock = this.#addressed(block);
    this.events.send(this.#lastBlock);
  }

  #addressed(block: Uint8Array): Uint8Array {
    if (!this.#withCid) return block;
    return Uint8Array.of(block[0]! | Pcb.cid, this.cid, ...block.subarray(1));
  }

  #owe(): void {
    this.#owing = true;
    this.#wtxAlarm?.cancel();
    this.#wtxAlarm = this.clock.schedule(this.wtxAfter_us, () => {
      this.#awaitingWtx = true;
      this.#lastBlock = this.#addressed(Uint8Array.of(Pcb.wtx, 1));
      this.events.send(this.#lastBlock);
    });
  }
}
