import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SelfTestCode, Verdict } from '../../../firmware/console/codes.js';
import {
  ALPHA_BITS,
  CLAIMED_BITS,
  PROPORTION_MAX,
  passesProportion,
  passesRepetition,
  REPETITION_MAX,
  WINDOW_BYTES,
} from '../../../firmware/selftest/noise-tests.js';
import { selfTest } from '../../../firmware/selftest/self-test.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';

/**
 * P(X >= least) of a binomial law, exactly: `trials` draws that hit once in 2^bits. As a fraction over
 * 2^(bits * trials).
 */
function tail(trials: number, bits: number, least: number): bigint {
  let [sum, choose] = [0n, 1n];
  const misses = 2n ** BigInt(bits) - 1n;
  for (let hits = 0; hits <= trials; hits++) {
    if (hits >= least) sum += choose * misses ** BigInt(trials - hits);
    choose = (choose * BigInt(trials - hits)) / BigInt(hits + 1);
  }
  return sum;
}

describe('the health tests of SP 800-90B', () => {
  it('have the cutoffs of sections 4.4.1 and 4.4.2 for half the entropy of a byte', () => {
    expect(REPETITION_MAX).toBe(9);
    const alpha = 2n ** BigInt(CLAIMED_BITS * WINDOW_BYTES - ALPHA_BITS);
    expect(tail(WINDOW_BYTES, CLAIMED_BITS, PROPORTION_MAX) <= alpha).toBe(true);
    expect(tail(WINDOW_BYTES, CLAIMED_BITS, PROPORTION_MAX - 1) <= alpha).toBe(false);
  });

  it('pass a sound source, whatever its seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), (seed) => {
        const bytes = new Uint8Array(2 * WINDOW_BYTES);
        new SimEntropy(seed).fill(bytes);
        return passesRepetition(bytes) && passesProportion(bytes);
      }),
    );
  });

  it('find a byte that repeats, wherever', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 99 }), (at, seed) => {
        const bytes = new Uint8Array(2 * WINDOW_BYTES);
        new SimEntropy(seed).fill(bytes);
        bytes.fill(7, at, at + REPETITION_MAX);
        return !passesRepetition(bytes);
      }),
    );
  });

  it('find a pattern that repeats, which has no two equal bytes in a row', () => {
    const bytes = Uint8Array.from({ length: WINDOW_BYTES }, (_, i) => i % 7);
    expect(passesRepetition(bytes)).toBe(true);
    expect(passesProportion(bytes)).toBe(false);
  });
});

describe('the self-test of entropy', () => {
  const INDEX = 7;
  const run = (entropy: object): [number, number] => {
    let result: [number, number] = [-1, -1];
    selfTest({ entropy } as never, INDEX, (code, verdict, detail) => {
      expect(code).toBe(SelfTestCode.entropy);
      result = [verdict, detail];
    });
    return result;
  };
  const sound = new SimEntropy(3);
  const fill = (target: Uint8Array): void => sound.fill(target);

  it('passes a sound source, raw or not', () => {
    expect(run({ fill })).toEqual([Verdict.passed, 0]);
    expect(run({ fill, sample: fill })).toEqual([Verdict.passed, 0]);
  });

  it('looks at what went in: a stuck source looks sound once it is conditioned', () => {
    expect(run({ fill, sample: (target: Uint8Array) => target.fill(0x5a) })).toEqual([Verdict.failed, 0x18]);
    // Fair but for every fourth byte.
    const slow = (target: Uint8Array): void => {
      sound.fill(target);
      for (let i = 0; i < target.length; i += 4) target[i] = 0x5a;
    };
    expect(run({ fill, sample: slow })).toEqual([Verdict.failed, 0x10]);
  });

  it('says which: a throw, a draw that comes again, bits of one kind', () => {
    const stuck = () => {
      throw new Error('stuck');
    };
    expect(run({ fill: stuck })).toEqual([Verdict.failed, 0x01]);
    expect(run({ fill: (target: Uint8Array) => target.fill(1), sample: fill })).toEqual([
      Verdict.failed,
      0x02,
    ]);
    const lopsided = (target: Uint8Array) => {
      sound.fill(target);
      for (let i = 0; i < target.length; i++) target[i] &= 0x7f;
    };
    expect(run({ fill, sample: lopsided })).toEqual([Verdict.failed, 0x04]);
  });
});
