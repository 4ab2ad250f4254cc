/**
 * A raw NOR flash partition: bits go from 1 to 0 by programming, back to 1 only by erasing a sector.
 *
 * A power cut during `program` leaves any subset of the pending bits programmed; a cut during `erase`
 * leaves the sector undefined. `program` and `erase` return when the part has finished.
 */
export interface Flash {
  readonly sectorBytes: number;
  readonly sectorCount: number;
  /** Programming works in aligned units of this many bytes (4, or 16 under flash encryption). */
  readonly programUnitBytes: number;
  /** Fills `target` from byte `address`. */
  read(address: number, target: Uint8Array): void;
  /**
   * `address` and `data.length` are multiples of `programUnitBytes`. Throws FlashError when the part fails.
   */
  program(address: number, data: Uint8Array): void;
  /** Sets every byte of the sector to 0xFF. Throws FlashError when the part fails. */
  erase(sector: number): void;
}

export class FlashError extends Error {
  constructor(
    readonly code: 'alignment' | 'range' | 'program' | 'erase',
    message: string,
  ) {
    super(message);
  }
}
