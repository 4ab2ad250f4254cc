/** What an image can be of. An NTAG213 is too small. */
export const IMAGE_KINDS = ['ntag215', 'ntag216', 'type4'] as const;
export type ImageKind = (typeof IMAGE_KINDS)[number];
