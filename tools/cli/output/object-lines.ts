import type { Shape } from '../../../firmware/objects/shape.js';
import { hex } from '../../../sim/bank/bytes.js';

const HEX_MAX = 32;

/** At most so much of a value is shown in a table. */
export function shortHex(bytes: Uint8Array): string {
  const value = hex(bytes);
  return value.length > HEX_MAX ? `${value.slice(0, HEX_MAX)}…` : value;
}

/** For a document: the fields of an object at their places in its bytes, with the object's values. */
export const objectLines = (shape: Shape, object: Uint8Array): string[] => [
  '| at | bytes | field | here |',
  '|---:|---:|---|---|',
  ...shape.fields.map(
    ({ at, bytes, name }) =>
      `| ${at} | ${bytes} | \`${name}\` | \`${shortHex(object.subarray(at, at + bytes))}\` |`,
  ),
];
