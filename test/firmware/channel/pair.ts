import {
  generateEphemeral,
  Initiator,
  type KeyPair,
  Responder,
} from '../../../firmware/channel/handshake.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';

/** A key pair from one repeated byte, fresh at each call: handshakes wipe what they are given. */
export function keyPair(byte: number): KeyPair {
  return generateEphemeral(crypto, { fill: (target) => void target.fill(byte) });
}

export const prologue = Uint8Array.of(1, 2, 3);

export function handshakes(): { card: Initiator; terminal: Responder; terminalStatic: KeyPair } {
  const terminalStatic = keyPair(7);
  const card = new Initiator(crypto, keyPair(5), Uint8Array.of(9));
  const terminal = new Responder(crypto, terminalStatic, keyPair(6));
  return { card, terminal, terminalStatic };
}

/** All that HELLO brings to a card. */
export const hear = (
  card: Initiator,
  responderStatic: Uint8Array,
  responderEphemeral: Uint8Array,
  seen: Uint8Array = prologue,
): boolean => card.agree(responderEphemeral) && card.hello(seen, responderStatic);

/** Both sides past `hello`, ready to finish. */
export function greeted(): ReturnType<typeof handshakes> {
  const all = handshakes();
  if (!hear(all.card, all.terminalStatic.publicKey, all.terminal.e)) throw new Error('card died');
  if (!all.terminal.hello(prologue, all.card.e, Uint8Array.of(9))) throw new Error('terminal died');
  return all;
}

export function established(): ReturnType<typeof handshakes> {
  const all = greeted();
  if (all.card.finish(all.terminal.finish(Uint8Array.of(1))) === undefined) throw new Error('card died');
  return all;
}
