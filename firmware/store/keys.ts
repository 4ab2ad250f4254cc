import { HOT_LIST_PARTS_MAX, IN_FLIGHT_MAX, OPERATORS_MAX, STORE_KEYS_MAX } from '../limits.js';

/**
 * The keys under which a wallet keeps things in its store; what each holds. A key never changes its meaning.
 */
export const Key = {
  /** Ed25519 seed (32), currency (3). Made on the device, once. */
  identity: 1,
  /** The central bank's public key (32). */
  root: 2,
  certificate: 3,
  profile: 4,
  /** See `Pin`: salt (16), hash of the PIN (32), hash of the PUK (32). */
  pinSecrets: 5,
  /** The ledger as it stood after some journal entry: see `snapshot.ts`. */
  ledger: 6,
  /** Tries left: PIN (1), PUK (1). */
  pinTries: 7,
  /** Bank time (4), what the hardware had counted then (4). */
  clock: 8,
  /** Of codes of the device's account: pseudonym (8), number of its last code (4). */
  accountCounter: 9,
  accountCertificate: 10,
  /** Of codes given in a touch: minor units since the owner last confirmed one (4). */
  accountUnconfirmed: 11,
  /** Operators, in the order in which they came. */
  operators: 32,
  /** Parts of the hot list: of one list, then of the list before or after it. */
  hotLists: 48,
  /** Transfers in flight whose journal entry may go: sequence (4), transfer. */
  inFlightTransfers: 64,
  /** The note index, so many notes a page: see `NoteIndex.page`. */
  noteIndex: 80,
  /** Dealings with counterparties: see `Counterparties.page`. */
  counterparties: 112,
  /** See `CertificateCache`: the hash of a certificate (32), the certificate. */
  certificateCache: 116,
  /** Notes, each in a place of its own. */
  notes: 148,
} as const;

/** More than NOTES_MAX, so that a sync can bring notes before it takes others back. */
export const NOTE_PLACES = STORE_KEYS_MAX - Key.notes;

/** What would take the wallet with it is kept twice. */
const MIRRORED_MAX = Key.ledger;
const MIRROR = 16;

export const isMirrored = (key: number): boolean => key <= MIRRORED_MAX;
export const mirrorOf = (key: number): number => key + MIRROR;
/** The key whose second copy `key` is, or undefined. */
export const mirroredBy = (key: number): number | undefined =>
  key > MIRROR && isMirrored(key - MIRROR) ? key - MIRROR : undefined;

const SINGLE: Readonly<Record<number, string>> = {
  [Key.identity]: 'identity',
  [Key.root]: 'root key',
  [Key.certificate]: 'certificate',
  [Key.profile]: 'profile',
  [Key.pinSecrets]: 'PIN',
  [Key.ledger]: 'ledger',
  [Key.pinTries]: 'PIN tries',
  [Key.clock]: 'clock',
  [Key.accountCounter]: 'counter of codes',
  [Key.accountCertificate]: 'account certificate',
  [Key.accountUnconfirmed]: 'codes that nobody confirmed',
};

/** In words, for an error that says what was lost. */
export function nameOfKey(key: number): string {
  const mirrored = mirroredBy(key);
  if (mirrored !== undefined) return `${nameOfKey(mirrored)} (second copy)`;
  if (key < Key.operators) return SINGLE[key] ?? `key ${key}`;
  if (key < Key.operators + OPERATORS_MAX) return `operator ${key - Key.operators}`;
  if (key < Key.hotLists + 2 * HOT_LIST_PARTS_MAX) return `part ${key - Key.hotLists} of the hot lists`;
  if (key < Key.inFlightTransfers + IN_FLIGHT_MAX) return `transfer in flight ${key - Key.inFlightTransfers}`;
  if (key < Key.counterparties) return `page ${key - Key.noteIndex} of the note index`;
  if (key < Key.certificateCache) return `page ${key - Key.counterparties} of the counterparties`;
  if (key < Key.notes) return `cached certificate ${key - Key.certificateCache}`;
  return `note ${key - Key.notes}`;
}
