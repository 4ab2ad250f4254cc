import { Encoder } from 'cbor-x';

const codec = new Encoder({
  useRecords: false,
  tagUint8Array: false,
  variableMapSize: true,
  mapsAsObjects: true,
});

/** One plain CBOR item (RFC 8949). */
export const encodeCbor = (value: unknown): Uint8Array => new Uint8Array(codec.encode(value));

/** Undefined when the bytes are no CBOR item. */
export function decodeCbor(bytes: Uint8Array): unknown {
  try {
    return codec.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A byte string of `value`, as a Uint8Array that shares nothing; undefined when it is none. */
export const bytesOf = (value: unknown): Uint8Array | undefined =>
  value instanceof Uint8Array ? Uint8Array.from(value) : undefined;
