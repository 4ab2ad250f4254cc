/** Why a tag shows no payee. None ever changes its meaning. */
export const TagFault = Object.freeze({
  // The memory
  /** No capability container, no NDEF application, or no message in it. */
  noNdef: 1,
  /** Another version of the mapping of NDEF to its memory. */
  mapping: 2,
  /** It may not be read without a key. */
  readProtected: 3,
  /** A length goes beyond what is there. */
  cut: 4,
  /** A message longer than TAG_MESSAGE_BYTES_MAX, or more control TLVs or records than we look at. */
  tooLong: 5,

  // The message
  /** The message has no bytes, or is one record without content. */
  empty: 6,
  /** Not a record of NDEF: its flags, its type name format and its lengths do not go together. */
  record: 7,
  /** Chunks that do not follow on one another. */
  chunk: 8,
  /** Records, and none of them a payee. */
  foreign: 9,
  /** More than one payee. */
  several: 10,

  // The payee
  /** Not the fixed shape of a payee tag, to the byte. */
  malformed: 11,
  /** No operator that we know has signed the certificate. */
  certificate: 12,
  /** The certificate has run out, or its operator's endorsement. */
  certificateExpired: 13,
  /** The payee is on the hot list. */
  hotListed: 14,
  /** The payee has not signed it. */
  signature: 15,
  /** It has run out. */
  expired: 16,
  /** It asks for another currency. */
  currency: 17,
} as const);
export type TagFault = (typeof TagFault)[keyof typeof TagFault];

/** The name of a code, for people. */
export function tagFaultName(code: number): string {
  for (const name in TagFault) if (TagFault[name as keyof typeof TagFault] === code) return name;
  return `code ${code}`;
}
