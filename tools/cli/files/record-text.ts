import { hex } from '../../../sim/bank/bytes.js';

/** A record as JSON; bytes in it are hex. */
export const recordText = (record: object): string => JSON.stringify(record, flatten, 2);

/** Throws SyntaxError for what is no JSON. */
export const parseRecord = <Kept extends object>(text: string): Kept => JSON.parse(text, revive) as Kept;

const flatten = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? { hex: hex(value) } : value;

const revive = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'hex' in value
    ? new Uint8Array(Buffer.from(String(value.hex), 'hex'))
    : value;
