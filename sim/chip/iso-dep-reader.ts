import {
  BLOCK_OVERHEAD_BYTES,
  isAck,
  isDeselect,
  isIBlock,
  isNak,
  isWtx,
  Pcb,
  RETRIES_MAX,
  WTXM_MASK,
  WTXM_MAX,
} from './iso-dep.js';
import { ErrorCode } from './manual.js';
import { ACTIVATION_WAIT_US, FRAME_WAIT_MAX_US } from './timing.js';
import type { VirtualAlarm, VirtualClock } from './virtual-clock.js';

/** `more`: the card is chaining, and waits until it is asked to go on. */
export type ExchangeDone = (status: number, data: Uint8Array, more: boolean) => void;

const NOTHING = new Uint8Array(0);

/** The reader's end of the block protocol (ISO 14443-4 section 7.5.3, rules for the PCD). */
export class IsoDepReader {
  #number = 0;
  #done: ExchangeDone | undefined;
  #command = NOTHING as Uint8Array;
  #commandAt = 0;
  #commandMore = false;
  readonly #received: Uint8Array;
  #receivedBytes = 0;
  /** The card's last block was chained, and is not acknowledged yet. */
  #cardChains = false;
  /** A chain from the card is under way: errors are answered by R(ACK), not R(NAK) (rule 5). */
  #receiving = false;
  #lastBlock = NOTHING as Uint8Array;
  #retries = 0;
  /** How often the card has asked for the last I-block again. */
  #resends = 0;
  #wait_us = 0;
  #alarm: VirtualAlarm | undefined;

  constructor(
    private readonly clock: VirtualClock,
    /** Puts a block on the air now, CRC added; returns its time there. */
    private readonly transmit: (block: Uint8Array) => number,
    /** Until when an answer that has begun is on the air; in the past when there is none. */
    private readonly answerEnds_us: () => number,
    /** The card's frame size (FSC), CRC included. */
    private readonly frameBytes: number,
    private readonly frameWait_us: number,
    /** Most bytes that one exchange hands over, and the largest piece that a card may send at once. */
    private readonly limits: { exchangeBytes: number; informationBytes: number },
    private readonly turnAround_us: number,
  ) {
    this.#received = new Uint8Array(limits.exchangeBytes + 256);
  }

  stop(): void {
    this.#alarm?.cancel();
    this.#done = undefined;
  }

  /**
   * Sends `data` (with `more`, as part of a longer command); empty while the card chains asks for its next
   * piece.
   */
  exchange(data: Uint8Array, more: boolean, done: ExchangeDone): void {
    this.#done = done;
    this.#receivedBytes = 0;
    this.#retries = 0;
    if (this.#cardChains) {
      this.#cardChains = false;
      if (data.length > 0) {
        this.#end(ErrorCode.wrongContext);
        return;
      }
      this.#acknowledge();
      return;
    }
    this.#receiving = false;
    this.#command = data;
    this.#commandAt = 0;
    this.#commandMore = more;
    this.#sendPiece();
  }

  /** S(DESELECT), and whether the card agreed. */
  deselect(done: (agreed: boolean) => void): void {
    this.#retries = 0;
    this.#done = (status) => done(status === ErrorCode.none);
    this.#send(Uint8Array.of(Pcb.deselect), 0);
    this.#wait_us = ACTIVATION_WAIT_US; // ISO 14443-4 section 8.1
  }

  /** R(NAK) to a card that has nothing to say: it answers R(ACK) (ISO 14443-4 section 7.5.4.2, rule 12). */
  checkPresence(done: (present: boolean) => void): void {
    this.#retries = RETRIES_MAX;
    this.#done = (status) => done(status === ErrorCode.none);
    this.#send(Uint8Array.of(Pcb.nak | this.#number), 0);
  }

  /** A block from the card; `damaged` when its CRC is wrong or it collided. */
  onBlock(block: Uint8Array, damaged: boolean): void {
    if (this.#done === undefined || this.#alarm === undefined) return;
    this.#alarm.cancel();
    this.#alarm = undefined;
    const pcb = block[0]!;
    if (damaged || (pcb & Pcb.cid) !== 0 || (isIBlock(pcb) && (pcb & Pcb.nad) !== 0)) {
      this.#retry(damaged ? ErrorCode.crc : ErrorCode.rfProtocol);
    } else if (isWtx(pcb) && block.length === 2) {
      this.#extendWait(block);
    } else if (isIBlock(pcb) && (pcb & Pcb.number) === this.#number) {
      this.#takeIBlock(block, (pcb & Pcb.chaining) !== 0);
    } else if (isAck(pcb)) {
      this.#takeAck(pcb);
    } else if (isDeselect(pcb) && this.#lastBlock[0] === Pcb.deselect) {
      this.#end(ErrorCode.none);
    } else {
      this.#retry(ErrorCode.rfProtocol);
    }
  }

  #informationRoom(): number {
    return this.frameBytes - BLOCK_OVERHEAD_BYTES;
  }

  #sendPiece(): void {
    const from = this.#commandAt;
    const to = Math.min(from + this.#informationRoom(), this.#command.length);
    const more = to < this.#command.length || this.#commandMore;
    const block = new Uint8Array(1 + to - from);
    block[0] = Pcb.iBlock | this.#number | (more ? Pcb.chaining : 0);
    block.set(this.#command.subarray(from, to), 1);
    this.#commandAt = to;
    this.#send(block, this.turnAround_us);
  }

  #acknowledge(): void {
    this.#send(Uint8Array.of(Pcb.ack | this.#number), this.turnAround_us);
  }

  #send(block: Uint8Array, delay_us: number): void {
    this.#lastBlock = block;
    this.#resends = 0;
    this.#wait_us = this.frameWait_us;
    this.#schedule(block, delay_us);
  }

  #schedule(block: Uint8Array, delay_us: number): void {
    this.#alarm?.cancel();
    this.#alarm = this.clock.schedule(delay_us, () => {
      this.#await(this.clock.now_us + this.transmit(block) + this.#wait_us);
    });
  }

  /**
   * The waiting time is the time until an answer starts (ISO 14443-4 section 7.2): one that has started is
   * heard to its end.
   */
  #await(until_us: number): void {
    this.#alarm = this.clock.scheduleAt(until_us, () => {
      const ends_us = this.answerEnds_us();
      if (ends_us > this.clock.now_us) this.#await(ends_us);
      else this.#retry(ErrorCode.timeout);
    });
  }

  #extendWait(block: Uint8Array): void {
    const factor = block[1]! & WTXM_MASK;
    if (factor === 0 || factor > WTXM_MAX) {
      this.#retry(ErrorCode.rfProtocol);
      return;
    }
    // ISO 14443-4 section 7.3: FWT times WTXM, for the next block only, and never above FWI 14's.
    this.#wait_us = Math.min(this.frameWait_us * factor, FRAME_WAIT_MAX_US);
    this.#schedule(Uint8Array.of(Pcb.wtx, factor), this.turnAround_us);
    this.#retries = 0;
  }

  #takeIBlock(block: Uint8Array, more: boolean): void {
    if (this.#commandAt < this.#command.length || this.#commandMore) {
      // An answer in the middle of our chain.
      this.#end(ErrorCode.rfProtocol);
      return;
    }
    this.#number ^= 1; // rule B
    this.#retries = 0;
    const bytes = block.length - 1;
    if (bytes > this.limits.informationBytes) {
      this.#end(ErrorCode.internalOverflow);
      return;
    }
    for (let at = 1; at < block.length; at++) this.#received[this.#receivedBytes++] = block[at]!;
    if (!more) {
      this.#end(ErrorCode.none);
      return;
    }
    this.#receiving = true;
    if (this.#receivedBytes + this.limits.informationBytes > this.limits.exchangeBytes) {
      this.#cardChains = true;
      this.#end(ErrorCode.none, true);
    } else {
      this.#acknowledge(); // rule 2
    }
  }

  #takeAck(pcb: number): void {
    if (isNak(this.#lastBlock[0]!)) {
      this.#end(ErrorCode.none);
      return;
    }
    if ((pcb & Pcb.number) !== this.#number) {
      this.#resend(ErrorCode.rfProtocol); // rule 6
      return;
    }
    if (!isIBlock(this.#lastBlock[0]!) || (this.#lastBlock[0]! & Pcb.chaining) === 0) {
      this.#end(ErrorCode.rfProtocol);
      return;
    }
    this.#number ^= 1; // rule B
    this.#retries = 0;
    if (this.#commandAt < this.#command.length)
      this.#sendPiece(); // rule 7
    else this.#end(ErrorCode.none);
  }

  #resend(status: number): void {
    if (this.#resends++ >= RETRIES_MAX) {
      this.#end(status);
      return;
    }
    this.#retries = 0; // a good block came
    this.#wait_us = this.frameWait_us;
    this.#schedule(this.#lastBlock, this.turnAround_us);
  }

  /** No block or a bad one: rules 4 and 5. */
  #retry(status: number): void {
    this.#alarm = undefined;
    if (this.#retries++ >= RETRIES_MAX) {
      this.#end(status);
      return;
    }
    if (this.#lastBlock[0] === Pcb.deselect) this.#schedule(this.#lastBlock, this.turnAround_us);
    else this.#askAgain(Uint8Array.of((this.#receiving ? Pcb.ack : Pcb.nak) | this.#number));
  }

  #askAgain(block: Uint8Array): void {
    this.#wait_us = this.frameWait_us;
    this.#schedule(block, this.turnAround_us);
  }

  #end(status: number, more = false): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    const done = this.#done;
    this.#done = undefined;
    done?.(
      status,
      status === ErrorCode.none ? this.#received.subarray(0, this.#receivedBytes) : NOTHING,
      more,
    );
  }
}
