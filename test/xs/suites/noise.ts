/** The channel against a published Noise vector, as either side. */
import { Initiator, type KeyPair, Responder } from '../../../firmware/channel/handshake.js';
import type { Crypto } from '../../../hal/crypto.js';
import { fromHex, same, toHex } from '../check.js';
import type { Suite } from '../suite.js';

/** As cacophony writes them. */
export interface NoiseVector {
  readonly init_prologue: string;
  readonly init_ephemeral: string;
  readonly init_remote_static: string;
  readonly resp_prologue: string;
  readonly resp_static: string;
  readonly resp_ephemeral: string;
  readonly handshake_hash: string;
  readonly messages: readonly { payload: string; ciphertext: string }[];
}

export const suite: Suite<NoiseVector> = ({ crypto }, vector) => [
  {
    name: 'the initiator reads and writes each byte of the vector',
    run: () => {
      const [first, second, ...transport] = vector.messages;
      const initiator = new Initiator(crypto, pairOf(crypto, vector.init_ephemeral), fromHex(first.payload));
      same(toHex(initiator.e) + first.payload, first.ciphertext);
      const answer = fromHex(second.ciphertext);
      same(initiator.agree(answer.subarray(0, 32)), true);
      same(initiator.hello(fromHex(vector.init_prologue), fromHex(vector.init_remote_static)), true);
      same(initiator.finish(answer.subarray(32)), fromHex(second.payload));
      const { session } = initiator;
      same(session.handshakeHash, fromHex(vector.handshake_hash));
      transport.forEach(({ payload, ciphertext }, i) => {
        if (i % 2 === 0) same(session.seal(fromHex(payload)), fromHex(ciphertext));
        else same(session.open(fromHex(ciphertext)), fromHex(payload));
      });
    },
  },
  {
    name: 'the responder reads and writes each byte of the vector',
    run: () => {
      const [first, second, ...transport] = vector.messages;
      const responder = new Responder(
        crypto,
        pairOf(crypto, vector.resp_static),
        pairOf(crypto, vector.resp_ephemeral),
      );
      same(
        responder.hello(
          fromHex(vector.resp_prologue),
          fromHex(first.ciphertext).subarray(0, 32),
          fromHex(first.payload),
        ),
        true,
      );
      same(toHex(responder.e) + toHex(responder.finish(fromHex(second.payload))), second.ciphertext);
      const { session } = responder;
      same(session.handshakeHash, fromHex(vector.handshake_hash));
      transport.forEach(({ payload, ciphertext }, i) => {
        if (i % 2 === 0) same(session.open(fromHex(ciphertext)), fromHex(payload));
        else same(session.seal(fromHex(payload)), fromHex(ciphertext));
      });
    },
  },
];

function pairOf(crypto: Crypto, secret: string): KeyPair {
  return { publicKey: crypto.x25519PublicKey(fromHex(secret)), secret: fromHex(secret) };
}
