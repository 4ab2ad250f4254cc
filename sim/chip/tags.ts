import { ORDINARY_CARD, RawCard } from './raw-peers.js';
import type { RfField } from './rf-field.js';

/** Tags and memory cards that others hold to a reader: how they show themselves, and no more. */
export const TAGS = {
  /** NXP's NTAG21x: a UID of seven bytes, and no ISO 14443-4 (their data sheets, section 10). */
  ntag: (field: RfField) => new RawCard(field, 'ntag', { ...tag(ORDINARY_CARD.uid, 0x44), sak: 0x00 }),
  /** NXP's MIFARE Classic 1K with a UID of four bytes: AN10833. */
  mifare: (field: RfField) =>
    new RawCard(field, 'mifare', { ...tag(Uint8Array.of(0x3a, 0x5b, 0x7c, 0x9d), 0x04), sak: 0x08 }),
} as const;

const tag = (uid: Uint8Array, atqa: number) => ({ atqa: Uint8Array.of(atqa, 0x00), uid });
