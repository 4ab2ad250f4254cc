/**
 * What both ends of the ISO 14443-4 half-duplex block protocol share: the bits of a block's first byte, PCB.
 */
export const Pcb = Object.freeze({
  iBlock: 0x02,
  iBlockMask: 0xe2,
  chaining: 0x10,
  ack: 0xa2,
  nak: 0xb2,
  rBlockMask: 0xf6,
  cid: 0x08,
  nad: 0x04,
  number: 0x01,
  deselect: 0xc2,
  wtx: 0xf2,
  sBlockMask: 0xf7,
});

/** Low half of the byte after PCB. 15 is reserved (ISO 14443-4 section 7.1.1.2). */
export const CID_MASK = 0x0f;
/**
 * Bits of NAD that are always 0, as in ISO 7816-3; the rest are source (low) and destination (high) of three
 * bits each.
 */
export const NAD_ZERO_BITS = 0x88;

/** ISO 14443-4 table 1: frame sizes, CRC included. */
const FRAME_SIZES = [16, 24, 32, 40, 48, 64, 96, 128, 256] as const;

export function frameSize(code: number): number {
  return FRAME_SIZES[Math.min(code, FRAME_SIZES.length - 1)]!;
}

export const isIBlock = (pcb: number): boolean => (pcb & Pcb.iBlockMask) === Pcb.iBlock;
export const isAck = (pcb: number): boolean => (pcb & Pcb.rBlockMask) === Pcb.ack;
export const isNak = (pcb: number): boolean => (pcb & Pcb.rBlockMask) === Pcb.nak;
export const isWtx = (pcb: number): boolean => (pcb & Pcb.sBlockMask) === Pcb.wtx;
export const isDeselect = (pcb: number): boolean => (pcb & Pcb.sBlockMask) === Pcb.deselect;

/** The two bytes of CRC_A and the PCB: what a block costs beside its information. */
export const BLOCK_OVERHEAD_BYTES = 3;
/**
 * Blocks that are sent again before a peer is given up (ISO 14443-4 section 7.5.4.2 leaves the number open).
 */
export const RETRIES_MAX = 2;
/** WTXM is six bits, 1 to 59 (ISO 14443-4 section 7.3). */
export const WTXM_MASK = 0x3f;
export const WTXM_MAX = 59;
