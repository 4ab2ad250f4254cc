import { Encoder } from 'cbor-x';
import { decodeStrict } from './cbor.js';

const codec = new Encoder({
  useRecords: false,
  tagUint8Array: false,
  variableMapSize: true,
  mapsAsObjects: true,
});

/** One plain CBOR item (RFC 8949). */
export const encodeCbor = (value: unknown): Uint8Array => new Uint8Array(codec.encode(value));

/** Undefined when the bytes are no CBOR item of the strict subset that bank, client and proofs speak. */
export const decodeCbor = (bytes: Uint8Array): unknown => decodeStrict(bytes);
