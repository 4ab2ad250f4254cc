import type { Crypto } from '../../hal/crypto.js';
import { getU16, getU32 } from '../bytes.js';
import { IN_FLIGHT_MAX, NOTES_MAX } from '../limits.js';
import { fieldTiny, fieldU16, fieldU32, Shape } from './shape.js';
import { signInPlace, verifySigned } from './signed.js';

/** What became of a transfer that was in flight. */
export const Resolution = { accepted: 1, returned: 2 } as const;

export interface ResolvedTransfer {
  /** The payer's journal sequence number of the transfer. */
  sequence: number;
  resolution: number;
}

/**
 * Whether the bank lets the wallet go on. `unlocked`: it does, and gives the PIN all its tries again (P2).
 */
export const Standing = { good: 0, suspended: 1, unlocked: 2 } as const;

const RESOLVED_BYTES = 5;
const SHAPE = new Shape(
  14,
  9,
  `
  device 8
  issuer u32
  endorsement u16
  sequence u32
  head 32
  time_s u32
  epoch u32
  standing tiny
  retireUntil_s u32
  notes u16
  notesHash 32
  resolved ${IN_FLIGHT_MAX * RESOLVED_BYTES}
  signature 64
`,
);
const [
  DEVICE,
  ISSUER,
  ENDORSEMENT,
  SEQUENCE,
  HEAD,
  TIME,
  EPOCH,
  STANDING,
  RETIRE,
  NOTES,
  NOTES_HASH,
  RESOLVED,
] = SHAPE.offsets;

export const SETTLEMENT_BYTES = SHAPE.length;

export interface SettlementFields {
  device: Uint8Array;
  issuer: number;
  /** Version of the issuer's endorsement whose key signs; 0 when left out. */
  endorsement?: number;
  /** Journal entries that the bank has seen: the settlement holds for a wallet at exactly this point. */
  sequence: number;
  /** Journal hash at this point, 32 bytes. */
  head: Uint8Array;
  /** Bank time: the only time that moves a wallet's clock. */
  time_s: number;
  /** Number of this settlement, counted for the device from 1: the epoch that it opens. */
  epoch: number;
  standing: number;
  /** Notes that expire up to this time are retired; their remainder is in the fresh notes or the account. */
  retireUntil_s: number;
  /** Fresh notes that come with it, in the order of `notesHash`. */
  notes: number;
  /** SHA-256 chained over the fresh notes: h = SHA-256(h, note), from 32 zero bytes. */
  notesHash: Uint8Array;
  resolved: readonly ResolvedTransfer[];
}

/**
 * Settlement: a bank's answer to a journal. In one step all received value is the bank's, fresh notes stand
 * in its place, resolved transfers are no longer in flight, counters begin again, and the clock is set.
 */
export class Settlement {
  /** Its fields, for whoever shows bytes to people. */
  static get shape(): Shape {
    return SHAPE;
  }

  private constructor(readonly bytes: Uint8Array) {}

  static build(crypto: Crypto, issuerKey: Uint8Array, fields: SettlementFields): Settlement {
    const bytes = SHAPE.blank();
    bytes.set(fields.device, DEVICE);
    fieldU32(bytes, ISSUER, fields.issuer);
    fieldU16(bytes, ENDORSEMENT, fields.endorsement ?? 0);
    fieldU32(bytes, SEQUENCE, fields.sequence);
    bytes.set(fields.head, HEAD);
    fieldU32(bytes, TIME, fields.time_s);
    fieldU32(bytes, EPOCH, fields.epoch);
    fieldTiny(bytes, STANDING, fields.standing);
    fieldU32(bytes, RETIRE, fields.retireUntil_s);
    fieldU16(bytes, NOTES, fields.notes);
    bytes.set(fields.notesHash, NOTES_HASH);
    fields.resolved.forEach((entry, i) => {
      fieldU32(bytes, RESOLVED + i * RESOLVED_BYTES, entry.sequence);
      bytes[RESOLVED + i * RESOLVED_BYTES + 4] = entry.resolution;
    });
    signInPlace(crypto, issuerKey, bytes);
    return new Settlement(bytes);
  }

  static parse(bytes: Uint8Array): Settlement | undefined {
    if (!SHAPE.fits(bytes)) return undefined;
    const settlement = new Settlement(bytes);
    return settlement.notes <= NOTES_MAX && settlement.standing <= Standing.unlocked ? settlement : undefined;
  }

  verify(crypto: Crypto, issuerPublicKey: Uint8Array): boolean {
    return verifySigned(crypto, issuerPublicKey, this.bytes);
  }

  get device(): Uint8Array {
    return this.bytes.subarray(DEVICE, DEVICE + 8);
  }
  get issuer(): number {
    return getU32(this.bytes, ISSUER);
  }
  get endorsement(): number {
    return getU16(this.bytes, ENDORSEMENT);
  }
  get sequence(): number {
    return getU32(this.bytes, SEQUENCE);
  }
  get head(): Uint8Array {
    return this.bytes.subarray(HEAD, HEAD + 32);
  }
  get time_s(): number {
    return getU32(this.bytes, TIME);
  }
  get epoch(): number {
    return getU32(this.bytes, EPOCH);
  }
  get standing(): number {
    return this.bytes[STANDING];
  }
  get retireUntil_s(): number {
    return getU32(this.bytes, RETIRE);
  }
  get notes(): number {
    return getU16(this.bytes, NOTES);
  }
  get notesHash(): Uint8Array {
    return this.bytes.subarray(NOTES_HASH, NOTES_HASH + 32);
  }
  /** The entries that are used. */
  resolved(): ResolvedTransfer[] {
    const entries: ResolvedTransfer[] = [];
    for (let i = 0; i < IN_FLIGHT_MAX; i++) {
      const at = RESOLVED + i * RESOLVED_BYTES;
      const resolution = this.bytes[at + 4];
      if (resolution !== 0) entries.push({ sequence: getU32(this.bytes, at), resolution });
    }
    return entries;
  }
}
