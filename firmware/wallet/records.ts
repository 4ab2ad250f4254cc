/** The kinds of record in the store; what each holds. A kind never changes its meaning. */
export const Kind = {
  /** Ed25519 seed (32), X25519 secret (32), currency (3). Made on the device, once. */
  identity: 1,
  /** The central bank's public key (32). */
  root: 2,
  operator: 3,
  certificate: 4,
  profile: 5,
  hotList: 6,
  /** See `Pin`: salt (16), hash of the PIN (32), hash of the PUK (32). */
  pinSecrets: 7,
  /** Tries left: PIN (1), PUK (1). */
  pinTries: 8,
  /** A fresh note, waiting for the settlement that follows it. */
  note: 9,
  /** See `entryRecord`: a journal entry. */
  entry: 10,
  /** Bank time (4), what the hardware had counted then (4). */
  clock: 11,
} as const;
