import { describe, expect, it } from 'vitest';
import { type Prepared, Requests } from '../../../sim/bank/db/wire.js';

/** PostgreSQL's numbers of bool, bytea, int8, int4, text, and of arrays of bytea. */
const types = [16, 17, 20, 23, 25, 1001];
const prepared: Prepared = { name: 's', types, columns: [] };
const codec = { serializers: {}, parsers: {} };
const valuesOf = (length: number) => [
  true,
  new Uint8Array(length).fill(1),
  5_000_000_000,
  -7,
  'näive',
  [new Uint8Array(3).fill(2), null, new Uint8Array(9).fill(4)],
];

describe('what a PGlite is told', () => {
  it('is the same wherever its bytes outgrow the room that was there', () => {
    const roomy = new Requests(codec);
    roomy.run(prepared, valuesOf(1_000_000));
    roomy.take();
    for (let length = 65_300; length < 65_600; length++) {
      const told = [new Requests(codec), roomy].map((requests) => {
        requests.run(prepared, valuesOf(length));
        requests.sync();
        return Buffer.from(requests.take()).toString('hex');
      });
      expect([length, told[0] === told[1]]).toEqual([length, true]);
    }
  });
});
