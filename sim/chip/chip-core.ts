import type { Quirks } from './quirks.js';
import type { Registers } from './registers.js';
import type { Antenna, RfField } from './rf-field.js';
import type { VirtualClock } from './virtual-clock.js';

/** What the chip's parts ask of the whole. */
export interface ChipCore {
  readonly clock: VirtualClock;
  readonly field: RfField;
  readonly antenna: Antenna;
  readonly registers: Registers;
  readonly quirks: Quirks;
  /** SetParameters bits. */
  readonly automaticRats: boolean;
  readonly isoDepCard: boolean;
  /** Something was asked for that this model does not do as a chip would. */
  warn(message: string): void;
}
