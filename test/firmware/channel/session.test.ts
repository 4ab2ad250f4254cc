import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChannelError } from '../../../firmware/channel/errors.js';
import { Session } from '../../../firmware/channel/session.js';
import { CHANNEL_MESSAGES_MAX } from '../../../firmware/limits.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { established } from './pair.js';

const message = fc.uint8Array({ maxLength: 60 });
const hash = new Uint8Array(32);

function expectDead(session: Session, code: string, valid: Uint8Array): void {
  expect(session.failure).toBe(code);
  expect(session.open(valid)).toBeUndefined();
  expect(() => session.seal(valid)).toThrow(ChannelError);
  expect(() => session.seal(valid)).toThrow(expect.objectContaining({ code }));
  expect(session.failure).toBe(code);
}

describe('a session', () => {
  test('carries messages both ways in order, however they interleave', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), message), { maxLength: 20 }), (sent) => {
        const { card, terminal } = established();
        for (const [fromCard, text] of sent) {
          const [from, to] = fromCard ? [card.session, terminal.session] : [terminal.session, card.session];
          const sealed = from.seal(text);
          expect(sealed.length).toBe(text.length + 16);
          expect(to.open(sealed)).toEqual(text);
        }
      }),
    );
  });

  const attacks = {
    'a flipped bit': (all: Uint8Array[], i: number, at: number) => {
      const copy = all[i].slice();
      const bit = at % (copy.length * 8);
      copy[bit >> 3] ^= 1 << (bit & 7);
      return copy;
    },
    'a cut': (all: Uint8Array[], i: number, at: number) => all[i].subarray(0, at % all[i].length),
    'an added byte': (all: Uint8Array[], i: number, at: number) => Uint8Array.of(...all[i], at),
    'another place in the order': (all: Uint8Array[], i: number, at: number) =>
      all[(i + 1 + (at % (all.length - 1))) % all.length],
    'a reflection': (all: Uint8Array[]) => all[all.length - 1],
  };

  for (const [name, attack] of Object.entries(attacks)) {
    test(`dies for good at ${name}`, () => {
      fc.assert(
        fc.property(
          fc.array(message, { minLength: 2, maxLength: 5 }),
          fc.nat(),
          fc.nat(),
          (texts, nth, at) => {
            const { card, terminal } = established();
            const victim = terminal.session;
            // The last entry is one that the victim itself sends.
            const all = [...texts.map((text) => card.session.seal(text)), victim.seal(texts[0])];
            const i = nth % texts.length;
            for (let before = 0; before < i; before++)
              expect(victim.open(all[before])).toEqual(texts[before]);
            expect(victim.open(attack(all, i, at))).toBeUndefined();
            expectDead(victim, 'tag', all[i]);
          },
        ),
      );
    });
  }

  test('dies at the bound of messages, each way', () => {
    const key = () => new Uint8Array(32).fill(3);
    const sender = new Session(crypto, key(), key(), hash);
    const receiver = new Session(crypto, key(), key(), hash);
    const empty = new Uint8Array(0);
    for (let n = 0; n < CHANNEL_MESSAGES_MAX; n++) {
      if (receiver.open(sender.seal(empty)) === undefined) throw new Error(`died at ${n}`);
    }
    expect(() => sender.seal(empty)).toThrow(expect.objectContaining({ code: 'exhausted' }));
    expectDead(sender, 'exhausted', empty);
    expect(receiver.dead).toBe(false);
    expect(receiver.open(crypto.seal(key(), CHANNEL_MESSAGES_MAX, empty, empty))).toBeUndefined();
    expectDead(receiver, 'exhausted', empty);
  });

  test('wipes its keys when it dies and when it is closed, and keeps the first reason', () => {
    for (const end of ['close', 'tag'] as const) {
      const keys = [new Uint8Array(32).fill(3), new Uint8Array(32).fill(4)];
      const session = new Session(crypto, keys[0], keys[1], hash);
      if (end === 'tag') session.open(new Uint8Array(20));
      session.close();
      expect(keys).toEqual([new Uint8Array(32), new Uint8Array(32)]);
      expectDead(session, end === 'tag' ? 'tag' : 'closed', new Uint8Array(20));
    }
  });
});
