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
    return plain(codec.decode(bytes));
  } catch {
    return undefined;
  }
}

/** Byte strings as Uint8Arrays that share nothing, whatever the decoder made of them. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}
