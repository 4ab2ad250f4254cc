import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChannelError } from '../../../firmware/channel/errors.js';
import { Initiator, Responder } from '../../../firmware/channel/handshake.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { established, greeted, handshakes, hear, keyPair, prologue } from './pair.js';

const version = Uint8Array.of(9);
const zeros = new Uint8Array(32);

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    return error instanceof ChannelError ? error.code : String(error);
  }
  return undefined;
}

/** Each thing that both sides must see alike, or that only its holder has. */
const parts = ['rs', 'e1', 'payload1', 'e2', 'payload2', 'prologue'] as const;

describe('the handshake', () => {
  test('gives both sides the same session', () => {
    const { card, terminal } = established();
    expect(card.session.handshakeHash).toEqual(terminal.session.handshakeHash);
    expect(card.session.handshakeHash.length).toBe(32);
    expect(terminal.session.open(card.session.seal(version))).toEqual(version);
    expect(card.session.open(terminal.session.seal(zeros))).toEqual(zeros);
  });

  test('dies at the card when any bit of anything was changed on the way', () => {
    fc.assert(
      fc.property(fc.constantFrom(...parts), fc.nat(), (part, at) => {
        const changed = (name: string, bytes: Uint8Array) => {
          if (name !== part) return bytes;
          const copy = bytes.slice();
          const bit = at % (copy.length * 8);
          copy[bit >> 3] ^= 1 << (bit & 7);
          return copy;
        };
        const { card, terminalStatic } = handshakes();
        const terminal = new Responder(crypto, terminalStatic, keyPair(6));
        if (
          !terminal.hello(changed('prologue', prologue), changed('e1', card.e), changed('payload1', version))
        )
          return;
        const payload2 = terminal.finish(zeros);
        hear(card, changed('rs', terminalStatic.publicKey), changed('e2', terminal.e));
        expect(card.finish(changed('payload2', payload2))).toBeUndefined();
        expect(card.failure).toMatch(/tag|key|order/);
        expect(codeOf(() => card.session)).toBe(card.failure);
      }),
    );
  });

  test('dies at the card when the answer is cut short, and when it comes from a terminal without the static key', () => {
    for (const length of [0, 1, 15, 16, 47]) {
      const { card, terminal } = greeted();
      expect(card.finish(terminal.finish(zeros).subarray(0, length))).toBeUndefined();
      expect(card.failure).toBe('tag');
    }
    const { card, terminalStatic } = handshakes();
    const stolen = { publicKey: terminalStatic.publicKey, secret: new Uint8Array(32).fill(8) };
    const impostor = new Responder(crypto, stolen, keyPair(6));
    expect(impostor.hello(prologue, card.e, version)).toBe(true);
    expect(hear(card, stolen.publicKey, impostor.e)).toBe(true);
    expect(card.finish(impostor.finish(zeros))).toBeUndefined();
  });

  test('refuses keys of low order and of wrong length on either side', () => {
    const good = keyPair(7).publicKey;
    for (const bad of [
      zeros,
      Uint8Array.of(1, ...new Uint8Array(31)),
      new Uint8Array(31),
      new Uint8Array(33),
    ]) {
      for (const [rs, e] of [
        [bad, good],
        [good, bad],
      ]) {
        const { card } = handshakes();
        expect(hear(card, rs, e)).toBe(false);
        expect(card.failure).toBe('key');
        expect(card.finish(new Uint8Array(64))).toBeUndefined();
        expect(card.failure).toBe('key');
      }
      const { terminal } = handshakes();
      expect(terminal.hello(prologue, bad, version)).toBe(false);
      expect(codeOf(() => terminal.finish(zeros))).toBe('key');
    }
  });

  test('dies when its steps come out of turn or twice', () => {
    const early = handshakes();
    expect(codeOf(() => early.card.session)).toBe('order');
    expect(early.card.finish(new Uint8Array(64))).toBeUndefined();
    expect(hear(early.card, early.terminalStatic.publicKey, early.terminal.e)).toBe(false);
    expect(early.card.failure).toBe('order');
    expect(codeOf(() => early.terminal.finish(zeros))).toBe('order');

    const twice = greeted();
    expect(twice.card.hello(prologue, twice.terminalStatic.publicKey)).toBe(false);
    expect(twice.card.finish(twice.terminal.finish(zeros))).toBeUndefined();
    expect(codeOf(() => twice.terminal.finish(zeros))).toBe('order');
  });

  test('wipes the ephemeral secret once it is used, and when it ends early; never the static key', () => {
    for (const end of ['hello', 'close', 'low order'] as const) {
      const one = keyPair(5);
      const two = keyPair(6);
      const terminalStatic = keyPair(7);
      const card = new Initiator(crypto, one);
      const terminal = new Responder(crypto, terminalStatic, two);
      if (end === 'close') {
        card.close();
        terminal.close();
        expect([card.failure, terminal.failure]).toEqual(['closed', 'closed']);
      } else {
        hear(card, terminalStatic.publicKey, end === 'hello' ? terminal.e : zeros);
        terminal.hello(prologue, end === 'hello' ? card.e : zeros);
      }
      expect(one.secret).toEqual(zeros);
      expect(two.secret).toEqual(zeros);
      expect(terminalStatic.secret).toEqual(zeros.slice().fill(7));
    }
  });

  test('closing it closes its session', () => {
    const { card, terminal } = established();
    card.close();
    expect(card.dead).toBe(true);
    expect(card.session.failure).toBe('closed');
    expect(terminal.session.dead).toBe(false);
  });
});
