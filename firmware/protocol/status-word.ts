/** Status words (SW1 SW2). Those of ISO 7816-4, 5.6 keep their meaning there. */
export const StatusWord = {
  ok: 0x9000,
  /** The random source gives nothing: nothing was done, and the session is dead. Try again. */
  noEntropy: 0x6400,
  /** The low byte: how much more GET RESPONSE can fetch, 0 for 256 and more. */
  more: 0x6100,
  wrongLength: 0x6700,
  /** Another command in the middle of a chain: it is forgotten. */
  lastExpected: 0x6883,
  /** The session is dead or was never there: SELECT again. */
  noSession: 0x6985,
  /** The secured message did not open: the session is dead, the wallet untouched. */
  badMessage: 0x6988,
  wrongData: 0x6a80,
  notFound: 0x6a82,
  wrongParameters: 0x6a86,
  unknownInstruction: 0x6d00,
  unknownClass: 0x6e00,
  /** The device has no certificate, or (for personalisation) has one already. */
  wrongLifecycle: 0x6283,
  /** The wallet cannot go on: its flash contradicts itself. */
  broken: 0x6581,
  /** The flash does not take writes any more ("memory problem", ETSI TS 151 011, 9.4.3). */
  unwritable: 0x9240,
} as const;
