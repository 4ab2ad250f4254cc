/**
 * Noise prologue of a touch, "tapnote/" and the version (1) that the terminal has chosen: another version makes
 * another session.
 */
export const touchPrologue = (version: number): Uint8Array =>
  Uint8Array.of(0x74, 0x61, 0x70, 0x6e, 0x6f, 0x74, 0x65, 0x2f, version);

/** Noise prologue of a sync, "tapnote/2 sync". */
export const SYNC_PROLOGUE = Uint8Array.from([
  0x74, 0x61, 0x70, 0x6e, 0x6f, 0x74, 0x65, 0x2f, 0x32, 0x20, 0x73, 0x79, 0x6e, 0x63,
]);
