import { join, NOTHING } from '../bytes.js';

/**
 * Noise prologue of a touch, "tapnote/", the version (1) that the terminal has chosen, and the last proximity
 * check if there was one (10: command and answer): who has seen another version or another check makes
 * another session.
 */
export const touchPrologue = (version: number, proximity: Uint8Array = NOTHING): Uint8Array =>
  join(Uint8Array.of(0x74, 0x61, 0x70, 0x6e, 0x6f, 0x74, 0x65, 0x2f, version), proximity);

/** Noise prologue of a sync, "tapnote/2 sync". */
export const SYNC_PROLOGUE = Uint8Array.from([
  0x74, 0x61, 0x70, 0x6e, 0x6f, 0x74, 0x65, 0x2f, 0x32, 0x20, 0x73, 0x79, 0x6e, 0x63,
]);
