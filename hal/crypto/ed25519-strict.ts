/**
 * The byte-level half of strict Ed25519, done before any curve arithmetic and shared by the JavaScript
 * providers, so that they refuse exactly what libsodium 1.0.18 refuses.
 *
 * RFC 8032 leaves room here (section 5.1.7 allows either equation, and says nothing of small order).
 * Chalkias, Garillot and Nikolaenko, "Taming the many EdDSAs" (2020) list where real verifiers differ. With
 * money, a signature that one device accepts and another refuses is a way to cheat, so every choice is fixed.
 */

/** L = 2^252 + 27742317777372353535851937790883648493, little endian (RFC 8032 section 5.1). */
const groupOrder = bytesOf('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');

/** p = 2^255 - 19, little endian. */
const fieldPrime = bytesOf('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');

/**
 * The y of every point whose order divides 8, sign bit clear: orders 4, 1, 8, 8 and 2. Other encodings of the
 * same points are p + 0 and p + 1.
 */
const smallOrderY = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(bytesOf);

/**
 * True when `publicKey` (32 bytes) and `signature` (64 bytes, R then S) may go on to the equation sB = R +
 * kA. R needs no test for canonical form: it is compared with an encoding that is canonical.
 */
export function isStrictEd25519(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    publicKey.length === 32 &&
    signature.length === 64 &&
    isBelow(signature, 32, 0xff, groupOrder) &&
    !isSmallOrder(signature) &&
    isBelow(publicKey, 0, 0x7f, fieldPrime) &&
    !isSmallOrder(publicKey)
  );
}

/** The top byte is masked, so that the sign of x is left out of a comparison of y. */
function isBelow(bytes: Uint8Array, offset: number, topMask: number, bound: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const byte = i === 31 ? bytes[offset + i] & topMask : bytes[offset + i];
    if (byte !== bound[i]) return byte < bound[i];
  }
  return false;
}

/** Looks at the first 32 bytes, a point; its sign bit does not matter. Public data: time may depend on it. */
function isSmallOrder(bytes: Uint8Array): boolean {
  for (const y of smallOrderY) {
    let i = 0;
    while (i < 31 && bytes[i] === y[i]) i++;
    if (i === 31 && (bytes[31] & 0x7f) === y[31]) return true;
  }
  return false;
}

function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
