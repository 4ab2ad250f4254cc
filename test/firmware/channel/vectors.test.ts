import { describe, expect, test } from 'vitest';
import { Initiator, type KeyPair, Responder } from '../../../firmware/channel/handshake.js';
import type { Crypto } from '../../../hal/crypto.js';
import { fromHex, providers, toHex } from '../../hal/crypto/providers.js';
import { skipWithout } from '../../support/external.js';
import { readVectors, vectorsPresent } from '../../support/vectors.js';

describe.skipIf(skipWithout(vectorsPresent, 'the vectors'))('Noise NK1 of cacophony', () => {
  for (const [name, crypto] of providers) {
    const vector = vectorsPresent
      ? readVectors('noise/cacophony-nk.json').vectors.find((v: { protocol_name: string }) =>
          v.protocol_name.startsWith('Noise_NK1_'),
        )
      : undefined;
    const messages: [payload: string, ciphertext: string][] = vector?.messages.map(
      (m: { payload: string; ciphertext: string }) => [m.payload, m.ciphertext],
    );

    test(`${name}: the initiator reads and writes each byte of it`, () => {
      const [[payload1, message1], [payload2, message2], ...transport] = messages;
      const initiator = new Initiator(crypto, pairOf(crypto, vector.init_ephemeral), fromHex(payload1));
      expect(toHex(initiator.e) + payload1).toBe(message1);
      const e = fromHex(message2).subarray(0, 32);
      expect(
        initiator.agree(e) &&
          initiator.hello(fromHex(vector.init_prologue), fromHex(vector.init_remote_static)),
      ).toBe(true);
      expect(toHex(initiator.finish(fromHex(message2).subarray(32))!)).toBe(payload2);
      const session = initiator.session;
      expect(toHex(session.handshakeHash)).toBe(vector.handshake_hash);
      transport.forEach(([payload, ciphertext], i) => {
        if (i % 2 === 0) expect(toHex(session.seal(fromHex(payload)))).toBe(ciphertext);
        else expect(toHex(session.open(fromHex(ciphertext))!)).toBe(payload);
      });
    });

    test(`${name}: the responder reads and writes each byte of it`, () => {
      const [[payload1, message1], [payload2, message2], ...transport] = messages;
      const responder = new Responder(
        crypto,
        pairOf(crypto, vector.resp_static),
        pairOf(crypto, vector.resp_ephemeral),
      );
      expect(
        responder.hello(fromHex(vector.resp_prologue), fromHex(message1).subarray(0, 32), fromHex(payload1)),
      ).toBe(true);
      expect(toHex(responder.e) + toHex(responder.finish(fromHex(payload2)))).toBe(message2);
      const session = responder.session;
      expect(toHex(session.handshakeHash)).toBe(vector.handshake_hash);
      transport.forEach(([payload, ciphertext], i) => {
        if (i % 2 === 0) expect(toHex(session.open(fromHex(ciphertext))!)).toBe(payload);
        else expect(toHex(session.seal(fromHex(payload)))).toBe(ciphertext);
      });
    });
  }
});

function pairOf(crypto: Crypto, secret: string): KeyPair {
  return { publicKey: crypto.x25519PublicKey(fromHex(secret)), secret: fromHex(secret) };
}
