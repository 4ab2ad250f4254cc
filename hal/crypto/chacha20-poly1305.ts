/**
 * ChaCha20-Poly1305 of RFC 8439 in portable TypeScript, for the reference provider. Written to be read against the
 * RFC; the big integers are not constant time, like the curves beside it, so it guards no real money.
 */

const TAG_BYTES = 16;
const BLOCK_BYTES = 64;
const POLY1305_PRIME = (1n << 130n) - 5n;
/** Which bits of r are kept (RFC 8439 section 2.5.1). */
const POLY1305_CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

/** Text then tag of 16 bytes. `nonce` is 12 bytes (RFC 8439 section 2.8.1). */
export function chacha20Poly1305Seal(
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
  const state = initialState(key, nonce);
  const tagKey = keyStreamBlock(state, 0);
  xorKeyStream(state, plaintext, sealed);
  const text = sealed.subarray(0, plaintext.length);
  sealed.set(poly1305(tagKey, associated, text), plaintext.length);
  return sealed;
}

/** The plaintext, or undefined when the tag does not match. */
export function chacha20Poly1305Open(
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const length = sealed.length - TAG_BYTES;
  if (length < 0) return undefined;
  const state = initialState(key, nonce);
  const text = sealed.subarray(0, length);
  const tag = poly1305(keyStreamBlock(state, 0), associated, text);
  let difference = 0;
  for (let i = 0; i < TAG_BYTES; i++) difference |= tag[i] ^ sealed[length + i];
  if (difference !== 0) return undefined;
  const plaintext = new Uint8Array(length);
  xorKeyStream(state, text, plaintext);
  return plaintext;
}

/** RFC 8439 section 2.3: constants, key, block counter, nonce. */
function initialState(key: Uint8Array, nonce: Uint8Array): Uint32Array {
  const state = new Uint32Array(16);
  state.set([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]);
  for (let i = 0; i < 8; i++) state[4 + i] = word(key, 4 * i);
  for (let i = 0; i < 3; i++) state[13 + i] = word(nonce, 4 * i);
  return state;
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

function keyStreamBlock(state: Uint32Array, counter: number): Uint8Array {
  state[12] = counter;
  const x = state.slice();
  for (let round = 0; round < 10; round++) {
    quarterRound(x, 0, 4, 8, 12);
    quarterRound(x, 1, 5, 9, 13);
    quarterRound(x, 2, 6, 10, 14);
    quarterRound(x, 3, 7, 11, 15);
    quarterRound(x, 0, 5, 10, 15);
    quarterRound(x, 1, 6, 11, 12);
    quarterRound(x, 2, 7, 8, 13);
    quarterRound(x, 3, 4, 9, 14);
  }
  const block = new Uint8Array(BLOCK_BYTES);
  for (let i = 0; i < 16; i++) {
    const sum = x[i] + state[i];
    block[4 * i] = sum;
    block[4 * i + 1] = sum >>> 8;
    block[4 * i + 2] = sum >>> 16;
    block[4 * i + 3] = sum >>> 24;
  }
  return block;
}

function quarterRound(x: Uint32Array, a: number, b: number, c: number, d: number): void {
  x[a] += x[b];
  x[d] = rotateLeft(x[d] ^ x[a], 16);
  x[c] += x[d];
  x[b] = rotateLeft(x[b] ^ x[c], 12);
  x[a] += x[b];
  x[d] = rotateLeft(x[d] ^ x[a], 8);
  x[c] += x[d];
  x[b] = rotateLeft(x[b] ^ x[c], 7);
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Block 0 made the Poly1305 key, so the text starts at block 1 (RFC 8439 section 2.8). */
function xorKeyStream(state: Uint32Array, source: Uint8Array, target: Uint8Array): void {
  for (let at = 0, counter = 1; at < source.length; at += BLOCK_BYTES, counter++) {
    const stream = keyStreamBlock(state, counter);
    const end = Math.min(BLOCK_BYTES, source.length - at);
    for (let i = 0; i < end; i++) target[at + i] = source[at + i] ^ stream[i];
  }
}

/** The tag over associated data and text, each padded to 16 bytes, and their lengths (RFC 8439 section 2.8). */
function poly1305(tagKey: Uint8Array, associated: Uint8Array, text: Uint8Array): Uint8Array {
  const paddedAssociated = Math.ceil(associated.length / 16) * 16;
  const paddedText = Math.ceil(text.length / 16) * 16;
  const message = new Uint8Array(paddedAssociated + paddedText + 16);
  message.set(associated);
  message.set(text, paddedAssociated);
  const view = new DataView(message.buffer);
  view.setUint32(message.length - 16, associated.length, true);
  view.setUint32(message.length - 8, text.length, true);

  const key = new DataView(tagKey.buffer, tagKey.byteOffset);
  const r = number128(key, 0) & POLY1305_CLAMP;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    sum = ((sum + (number128(view, at) | (1n << 128n))) * r) % POLY1305_PRIME;
  }
  sum += number128(key, 16);
  const tag = new Uint8Array(TAG_BYTES);
  const out = new DataView(tag.buffer);
  out.setBigUint64(0, BigInt.asUintN(64, sum), true);
  out.setBigUint64(8, BigInt.asUintN(64, sum >> 64n), true);
  return tag;
}

function number128(view: DataView, at: number): bigint {
  return view.getBigUint64(at, true) | (view.getBigUint64(at + 8, true) << 64n);
}
