import { ORDINARY_CARD, RawCard } from '../chip/raw-peers.js';
import type { RfField } from '../chip/rf-field.js';
import { blankMemory, NTAGS, NtagTag } from './ntag.js';
import { NdefApplication, Type4Tag } from './type4-tag.js';

/** The file of an empty Type 4 tag here, in bytes. */
const FILE_BYTES = 1_024;

/** Tags and memory cards that others hold to a reader. */
export const TAGS = {
  /** An empty NTAG215. */
  ntag: (field: RfField) =>
    new NtagTag(field, 'ntag', NTAGS.ntag215, blankMemory(NTAGS.ntag215, ORDINARY_CARD.uid)),
  /** An empty Type 4 tag. */
  type4: (field: RfField) => new Type4Tag(field, 'type4', new NdefApplication(new Uint8Array(FILE_BYTES))),
  /** NXP's MIFARE Classic 1K with a UID of four bytes: AN10833. It shows itself, and no more. */
  mifare: (field: RfField) =>
    new RawCard(field, 'mifare', {
      atqa: Uint8Array.of(0x04, 0x00),
      uid: Uint8Array.of(0x3a, 0x5b, 0x7c, 0x9d),
      sak: 0x08,
    }),
} as const;
